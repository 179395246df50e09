/* SPDX-License-Identifier: MIT */
/*
 * segment_support.h - a small world for the segmentation unit: a CPU, and 192 KiB of memory
 * at linear address WORLD_BASE with its tables.
 *
 *	WORLD_BASE  GDT (8192 slots)   +64 KiB  LDT (8192 slots)   +128 KiB  TSS
 */
#ifndef TESTS_SEGMENT_SUPPORT_H
#define TESTS_SEGMENT_SUPPORT_H

#include <stdlib.h>
#include <string.h>

#include <quire/segment.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define WORLD_BASE 0x100000U
#define WORLD_SIZE 0x30000U
#define GDT_AT 0U
#define LDT_AT 0x10000U
#define TSS_AT 0x20000U

/* Slots that world_init fills in. */
#define KERNEL_CODE 2
#define KERNEL_DATA 3
#define USER_CODE 4
#define USER_DATA 5
#define SLOT_TSS 6
#define SLOT_LDT 7
#define SLOT_TRY 9 /* free for the test */
#define GDT_SLOTS 64
#define LDT_SLOTS 16

struct world {
	struct segment_cpu cpu;
	struct segment_fault fault;
	u8 bytes[WORLD_SIZE];
};

static inline void *world_memory(void *ctx, u64 linear, size_t size)
{
	struct world *w = ctx;

	if (linear < WORLD_BASE || linear - WORLD_BASE + size > WORLD_SIZE)
		return NULL;
	return w->bytes + (linear - WORLD_BASE);
}

/* Writes 8 bytes into a table, byte by byte: independent of the unit's own functions. */
static inline void put_raw(struct world *w, u32 table_at, unsigned int index, u64 raw)
{
	unsigned int i;

	for (i = 0; i < 8; i++)
		w->bytes[table_at + index * 8 + i] = (u8)(raw >> (8 * i));
}

static inline u64 get_raw(const struct world *w, u32 table_at, unsigned int index)
{
	u64 raw = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		raw |= (u64)w->bytes[table_at + index * 8 + i] << (8 * i);
	return raw;
}

/* A descriptor by its parts; `access` is byte 5, `flags` G, D/B, L, AVL. */
static inline u64 make_raw(u32 base, u32 limit, unsigned int access, unsigned int flags)
{
	return (u64)(limit & 0xffff) | (u64)(base & 0xffffff) << 16 | (u64)access << 40 |
	       (u64)(limit >> 16 & 0xf) << 48 | (u64)flags << 52 | (u64)(base >> 24) << 56;
}

static inline void world_level(struct world *w, unsigned int cpl)
{
	w->cpu.reg[SEGMENT_CS].selector = (u16)((cpl ? USER_CODE : KERNEL_CODE) << 3 | cpl);
	w->cpu.reg[SEGMENT_CS].hidden.dpl = (u8)cpl;
}

static inline struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	REQUIRE(w);
	segment_cpu_init(&w->cpu, world_memory, w);
	w->cpu.gdtr.base = WORLD_BASE + GDT_AT;
	w->cpu.gdtr.limit = GDT_SLOTS * 8 - 1;
	put_raw(w, GDT_AT, KERNEL_CODE, 0x00cf9a000000ffff);
	put_raw(w, GDT_AT, KERNEL_DATA, 0x00cf92000000ffff);
	put_raw(w, GDT_AT, USER_CODE, 0x00cffa000000ffff);
	put_raw(w, GDT_AT, USER_DATA, 0x00cff2000000ffff);
	put_raw(w, GDT_AT, SLOT_TSS, make_raw(WORLD_BASE + TSS_AT, 0xeb, 0x89, 0));
	put_raw(w, GDT_AT, SLOT_LDT, make_raw(WORLD_BASE + LDT_AT, LDT_SLOTS * 8 - 1, 0x82, 0));
	world_level(w, 0);
	return w;
}

/* What a failing call must leave as it was. */
struct snapshot {
	struct segment_cpu cpu;
	u8 bytes[WORLD_SIZE];
};

static inline struct snapshot *snapshot_take(const struct world *w)
{
	struct snapshot *s = malloc(sizeof(*s));

	REQUIRE(s);
	memcpy(&s->cpu, &w->cpu, sizeof(s->cpu));
	memcpy(s->bytes, w->bytes, WORLD_SIZE);
	return s;
}

/* Also frees it. */
static inline bool snapshot_same(struct snapshot *s, const struct world *w)
{
	bool is_same = !memcmp(&s->cpu, &w->cpu, sizeof(s->cpu)) &&
		       !memcmp(s->bytes, w->bytes, WORLD_SIZE);

	free(s);
	return is_same;
}

/* The call faults so, and nothing has changed. */
#define CHECK_FAULT(w, call, expected_vector, expected_error)           \
	do {                                                            \
		struct snapshot *fault_before = snapshot_take(w);       \
		memset(&(w)->fault, 0xff, sizeof((w)->fault));          \
		CHECK_EQ(call, -EFAULT);                                \
		CHECK_EQ((w)->fault.vector, expected_vector);           \
		CHECK_EQ((w)->fault.error, expected_error);             \
		CHECK(snapshot_same(fault_before, w));                  \
	} while (0)

/* One of the 2^16 access bytes, flags and high nibbles of the limit, with some base and limit. */
static inline u64 sample_raw(unsigned int n)
{
	static const u32 bases[] = { 0, 0x1000, 0xfffff000, 0x12345678, 0x80000000 };
	static const u32 limits[] = { 0, 1, 0xfff, 0x1000, 0xfffe, 0xffff };

	return make_raw(bases[test_random_below(5)],
			limits[test_random_below(6)] | (n >> 12 & 0xf) << 16, n & 0xff,
			n >> 8 & 0xf);
}

#endif
