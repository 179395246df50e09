/* SPDX-License-Identifier: MIT */
/*
 * board.c - /memory, the reservation block, /reserved-memory, and /chosen with the command
 * line and the initrd.
 *
 * A part of the RAM that is `no-map` becomes a bank of its own, so that paging_init leaves
 * it out of the direct map:
 *
 *   /memory            |-----------------------------------|
 *   no-map                        |=======|
 *   banks              |----------|=NOMAP=|----------------|
 */
#include <quire/boot_types.h>

#include "port/imx6ul/board.h"

#include "port/imx6ul/memory.h"

/*
 * The end of what a bank may reach: its last byte + 1 must be a number, so the last page of
 * the address space is left out.
 */
#define RAM_END 0xfffff000ull
#define PAGE 0x1000ull

static bool streq(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static bool is_enabled(const struct device_tree *t, dt_node node)
{
	const char *status = dt_string(t, node, "status");

	return !status || streq(status, "okay") || streq(status, "ok");
}

/* ---- pairs of address and size ---- */

struct cells {
	u32 address, size;
};

/* How many cells each has in the children of a node; false if it is not 1 or 2. */
static bool read_cell_counts(const struct device_tree *t, dt_node node, struct cells *cells)
{
	u64 address = 2, size = 1;

	dt_number(t, node, "#address-cells", &address);
	dt_number(t, node, "#size-cells", &size);
	*cells = (struct cells){ (u32)address, (u32)size };
	return address >= 1 && address <= 2 && size >= 1 && size <= 2;
}

/* The part of [base, base + size) below `limit` and not below `start`; size 0: nothing of it. */
static void clip(u64 *base, u64 *size, u64 start, u64 limit)
{
	u64 end = *size > limit || *base > limit - *size ? limit : *base + *size;

	if (*base < start)
		*base = start;
	*size = end > *base ? end - *base : 0;
}

typedef const char *take_pair_t(struct board *b, u64 base, u64 size, const char *name);

/* Calls `take` for each pair of a property, until it says that something is wrong. */
static const char *take_pairs(struct board *b, const struct device_tree *t, dt_node node,
			      const char *property, struct cells cells, take_pair_t *take)
{
	u32 pair = 4 * (cells.address + cells.size), length;
	const u8 *at = dt_property(t, node, property, &length);
	const char *wrong = NULL;

	if (!at)
		return NULL;
	if (length % pair)
		return "a `reg' is not of whole pairs of address and size";
	for (; length && !wrong; length -= pair, at += pair)
		wrong = take(b, dt_cells(at, cells.address),
			     dt_cells(at + 4 * cells.address, cells.size), dt_name(t, node));
	return wrong;
}

/* ---- RAM ---- */

/* What lies outside of the SoC's window for RAM the direct map could not show. */
static const char *take_bank(struct board *b, u64 base, u64 size, const char *name)
{
	(void)name;
	clip(&base, &size, PHYS_OFFSET, RAM_END);
	if (!size)
		return NULL;
	if (b->nr_banks == BOARD_MAX_BANKS)
		return "there are too many banks of RAM";
	b->banks[b->nr_banks++] =
		(struct machine_bank){ .base = (phys_addr_t)base, .size = (phys_addr_t)size };
	return NULL;
}

static const char *take_memory(struct board *b, const struct device_tree *t, dt_node node,
			       struct cells cells)
{
	const char *property = "linux,usable-memory";
	u32 length;

	if (!dt_property(t, node, property, &length))
		property = "reg";
	return take_pairs(b, t, node, property, cells, take_bank);
}

static const char *take_memory_nodes(struct board *b, const struct device_tree *t)
{
	const char *type, *wrong = NULL;
	struct cells cells;
	dt_node node;

	if (!read_cell_counts(t, dt_root(t), &cells))
		return "its addresses or sizes have neither 1 nor 2 cells";
	for (node = dt_first_child(t, dt_root(t)); node; node = dt_next_sibling(t, node)) {
		type = dt_string(t, node, "device_type");
		if (wrong || !is_enabled(t, node))
			continue;
		if ((type && streq(type, "memory")) || dt_is_named(t, node, "memory"))
			wrong = take_memory(b, t, node, cells);
	}
	if (!wrong && !b->nr_banks)
		return "it names no RAM";
	return wrong;
}

/* ---- what is taken ---- */

bool board_reserve(struct board *b, u64 base, u64 size, const char *name)
{
	clip(&base, &size, 0, RAM_END);
	if (!size)
		return true;
	if (b->nr_reserved == BOARD_MAX_RESERVED)
		return false;
	b->reserved[b->nr_reserved++] = (struct machine_range){ .base = (phys_addr_t)base,
								.size = (phys_addr_t)size,
								.name = name };
	return true;
}

static const char *take_reservation(struct board *b, u64 base, u64 size, const char *name)
{
	return board_reserve(b, base, size, name) ? NULL : "there are too many reservations";
}

/* If `at` lies inside of a bank, makes two of it. */
static const char *cut_banks(struct board *b, u64 at)
{
	size_t i, j;

	for (i = 0; i < b->nr_banks; i++) {
		struct machine_bank *bank = &b->banks[i];

		if (at <= bank->base || at - bank->base >= bank->size)
			continue;
		if (b->nr_banks == BOARD_MAX_BANKS)
			return "there are too many banks of RAM";
		for (j = b->nr_banks++; j > i; j--)
			b->banks[j] = b->banks[j - 1];
		bank[0].size = (phys_addr_t)at - bank[0].base;
		bank[1].size -= bank[0].size;
		bank[1].base = (phys_addr_t)at;
		i++;
	}
	return NULL;
}

/* A page that is touched is left out whole. */
static const char *take_nomap(struct board *b, u64 base, u64 size, const char *name)
{
	const char *wrong;
	u64 end;
	size_t i;

	(void)name;
	clip(&base, &size, 0, RAM_END);
	if (!size)
		return NULL;
	end = (base + size + PAGE - 1) & ~(PAGE - 1);
	base &= ~(PAGE - 1);
	wrong = cut_banks(b, base);
	if (!wrong)
		wrong = cut_banks(b, end);
	for (i = 0; i < b->nr_banks; i++)
		if (b->banks[i].base >= base && b->banks[i].base < end)
			b->banks[i].flags = MEMBLOCK_NOMAP;
	return wrong;
}

static const char *take_reservation_block(struct board *b, const struct device_tree *t)
{
	const char *wrong = NULL;
	u64 base, size;
	u32 i;

	for (i = 0; i < t->nr_reservations && !wrong; i++) {
		dt_reservation(t, i, &base, &size);
		wrong = take_reservation(b, base, size, "memreserve");
	}
	return wrong;
}

/* A child without `reg` asks for memory that the kernel may choose: nobody here wants any. */
static const char *take_reserved_memory(struct board *b, const struct device_tree *t)
{
	dt_node parent = dt_child(t, dt_root(t), "reserved-memory"), node;
	const char *wrong = NULL;
	struct cells cells;
	u32 length;

	if (!parent)
		return NULL;
	if (!read_cell_counts(t, parent, &cells))
		return "addresses or sizes of /reserved-memory have neither 1 nor 2 cells";
	for (node = dt_first_child(t, parent); node; node = dt_next_sibling(t, node)) {
		if (wrong || !is_enabled(t, node))
			continue;
		wrong = take_pairs(b, t, node, "reg", cells,
				   dt_property(t, node, "no-map", &length) ? take_nomap
									   : take_reservation);
	}
	return wrong;
}

static const char *take_chosen(struct board *b, const struct device_tree *t)
{
	dt_node chosen = dt_child(t, dt_root(t), "chosen");
	const char *bootargs = chosen ? dt_string(t, chosen, "bootargs") : NULL;
	u64 start, end;

	b->bootargs = bootargs ? bootargs : "";
	if (!chosen || !dt_number(t, chosen, "linux,initrd-start", &start) ||
	    !dt_number(t, chosen, "linux,initrd-end", &end))
		return NULL;
	if (end < start)
		return "the initrd ends before it starts";
	return take_reservation(b, start, end - start, "initrd");
}

const char *board_read(struct board *b, const struct device_tree *t)
{
	const char *wrong = take_memory_nodes(b, t);

	if (!wrong)
		wrong = take_reservation_block(b, t);
	if (!wrong)
		wrong = take_reserved_memory(b, t);
	if (!wrong)
		wrong = take_chosen(b, t);
	b->model = dt_string(t, dt_root(t), "model");
	return wrong;
}

bool board_has_ram(const struct board *b, phys_addr_t base, phys_addr_t size)
{
	size_t i;

	for (i = 0; i < b->nr_banks; i++) {
		const struct machine_bank *bank = &b->banks[i];

		if (!(bank->flags & MEMBLOCK_NOMAP) && base >= bank->base && size <= bank->size &&
		    base - bank->base <= bank->size - size)
			return true;
	}
	return false;
}
