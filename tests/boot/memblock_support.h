/* SPDX-License-Identifier: MIT */
/*
 * memblock_support.h - what memblock's tests share: a machine, and region arrays as text,
 * so that a test can say in one line what it expects to see.
 *
 *	"1000-3000 3000-4000@1 8000-9000@0:NH"
 *	   no node      node 1      node 0, NOMAP and HOTPLUG
 */
#ifndef TESTS_BOOT_MEMBLOCK_SUPPORT_H
#define TESTS_BOOT_MEMBLOCK_SUPPORT_H

#include <stdio.h>
#include <string.h>

#include <quire/memblock.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define KIB ((phys_addr_t)1024)
#define MIB (1024 * KIB)

/* RAM of the machine below: mapped, and not added to memblock. */
#define RAM_BASE (1 * MIB)
#define RAM_END (33 * MIB)

/* An empty memblock. Its arrays may not grow. */
static inline struct quire_machine *empty_memblock(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, RAM_BASE, RAM_END - RAM_BASE, 0);
	test_machine_ram(m);
	memblock_reset(&this_quire()->memblock_part);
	this_quire()->phase = PHASE_MEMBLOCK;
	return m;
}

/* With the RAM in it, on node 0. */
static inline struct quire_machine *memblock_with_ram(void)
{
	struct quire_machine *m = empty_memblock();

	REQUIRE(!memblock_add_node(RAM_BASE, RAM_END - RAM_BASE, 0, MEMBLOCK_NONE));
	return m;
}

/* Appends one range. A text that is full says so by its end. */
static inline void layout_add(char *text, size_t size, phys_addr_t start, phys_addr_t end, int nid,
			      unsigned int flags)
{
	static const char letters[] = "HMNDI"; /* by bit */
	size_t len = strlen(text);

	if (len + 64 > size) {
		snprintf(text + size - 4, 4, "...");
		return;
	}
	len += (size_t)sprintf(text + len, "%s%llx-%llx", len ? " " : "", (unsigned long long)start,
			       (unsigned long long)end);
	if (nid != NUMA_NO_NODE)
		len += (size_t)sprintf(text + len, "@%d", nid);
	for (unsigned int bit = 0; bit < 5; bit++)
		if (flags & 1u << bit)
			len += (size_t)sprintf(text + len, "%s%c",
					       flags & ((1u << bit) - 1) ? "" : ":", letters[bit]);
}

/* The regions of a type; after checking that every invariant holds. */
static inline const char *layout(const struct memblock_type *type)
{
	static char texts[2][4096];
	static int turn;
	char *text = texts[turn ^= 1];

	CHECK_EQ(memblock_validate(), 0);
	*text = '\0';
	for (unsigned long i = 0; type->total_size && i < type->cnt; i++)
		layout_add(text, sizeof(texts[0]), type->regions[i].base,
			   type->regions[i].base + type->regions[i].size, type->regions[i].nid,
			   type->regions[i].flags);
	return text;
}

#define MEMORY layout(&memblock.memory)
#define RESERVED layout(&memblock.reserved)

/* What is free, in the order of the walk. */
static inline const char *free_layout(int nid, enum memblock_flags flags)
{
	static char text[4096];
	phys_addr_t start, end;
	int of;
	u64 i;

	*text = '\0';
	for_each_free_mem_range(i, nid, flags, &start, &end, &of)
		layout_add(text, sizeof(text), start, end, of, 0);
	return text;
}

static inline const char *free_layout_reverse(int nid, enum memblock_flags flags)
{
	static char text[4096];
	phys_addr_t start, end;
	int of;
	u64 i;

	*text = '\0';
	for_each_free_mem_range_reverse(i, nid, flags, &start, &end, &of)
		layout_add(text, sizeof(text), start, end, of, 0);
	return text;
}

/* A copy of both types' regions, to see that a call that failed changed nothing. */
struct memblock_copy {
	char memory[4096], reserved[4096];
	struct memblock_region *memory_regions, *reserved_regions;
	phys_addr_t memory_size, reserved_size;
};

static inline void memblock_take_copy(struct memblock_copy *copy)
{
	snprintf(copy->memory, sizeof(copy->memory), "%s", MEMORY);
	snprintf(copy->reserved, sizeof(copy->reserved), "%s", RESERVED);
	copy->memory_regions = memblock.memory.regions;
	copy->reserved_regions = memblock.reserved.regions;
	copy->memory_size = memblock.memory.total_size;
	copy->reserved_size = memblock.reserved.total_size;
}

static inline void check_nothing_changed(const struct memblock_copy *copy)
{
	CHECK_STR(MEMORY, copy->memory);
	CHECK_STR(RESERVED, copy->reserved);
	CHECK_PTR(memblock.memory.regions, copy->memory_regions);
	CHECK_PTR(memblock.reserved.regions, copy->reserved_regions);
	CHECK_EQ(memblock.memory.total_size, copy->memory_size);
	CHECK_EQ(memblock.reserved.total_size, copy->reserved_size);
}

#endif
