/* SPDX-License-Identifier: MIT */
/*
 * memblock_model_test.c - random calls against a model too simple to be wrong: a map with
 * a cell for every 256 bytes, which says what is there.
 *
 *	          4 MiB               4.25 MiB           16 MiB          33 MiB
 *	memory    [ the cells: 1024 of them ]            [ arena, node 0 ]
 *
 * All calls are within the cells. The arena is RAM that nobody touches, so that arrays
 * that grow go there: whatever lies in it is left out of the comparison.
 */
#include "tests/boot/memblock_support.h"

#define CELLS 1024
#define CELL 0x100
#define CELL_BASE (4 * MIB)
#define CELL_END (CELL_BASE + (phys_addr_t)CELLS * CELL)
#define ARENA (16 * MIB)

/* A type in the model. */
struct cell {
	bool there;
	int nid;
	unsigned int flags;
};

static struct cell memory[CELLS], reserved[CELLS];
static bool has_mirror;

static phys_addr_t cell_addr(unsigned int i)
{
	return CELL_BASE + (phys_addr_t)i * CELL;
}

static bool same(const struct cell *a, const struct cell *b)
{
	return a->there == b->there && a->nid == b->nid && a->flags == b->flags;
}

/* ---- the calls, on the model ---- */

struct span {
	unsigned int first, end;
};

static void model_add(struct cell *map, struct span span, int nid, unsigned int flags)
{
	for (unsigned int i = span.first; i < span.end; i++)
		if (!map[i].there)
			map[i] = (struct cell){ true, nid, flags };
}

static void model_remove(struct cell *map, struct span span)
{
	for (unsigned int i = span.first; i < span.end; i++)
		map[i] = (struct cell){ false, 0, 0 };
}

static void model_change(struct cell *map, struct span span, unsigned int set, unsigned int clear)
{
	for (unsigned int i = span.first; i < span.end; i++)
		if (map[i].there)
			map[i].flags = (map[i].flags & ~clear) | set;
}

static void model_set_node(struct cell *map, struct span span, int nid)
{
	for (unsigned int i = span.first; i < span.end; i++)
		if (map[i].there)
			map[i].nid = nid;
}

/* Can a block of `size` cells be at i? All free, on the node, in one region, with the flag. */
static bool model_fits(unsigned int i, unsigned int size, int nid, unsigned int mirror)
{
	for (unsigned int at = i; at < i + size; at++) {
		const struct cell *c = &memory[at];

		if (at >= CELLS || !c->there || reserved[at].there || !same(c, &memory[i]))
			return false;
		if (c->flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED))
			return false;
		if ((mirror && !(c->flags & mirror)) || (nid >= 0 && nid != c->nid))
			return false;
	}
	return true;
}

static unsigned int model_find(struct span range, unsigned int size, unsigned int align, int nid,
			       unsigned int mirror)
{
	bool up = memblock_bottom_up();

	for (unsigned int k = 0; k + size <= range.end - range.first; k++) {
		unsigned int i = up ? range.first + k : range.end - size - k;

		if (i % align == 0 && model_fits(i, size, nid, mirror))
			return i;
	}
	return CELLS;
}

static unsigned int model_alloc(struct span range, unsigned int size, unsigned int align, int nid,
				bool exact)
{
	unsigned int at = CELLS;

	for (int mirror = has_mirror ? MEMBLOCK_MIRROR : 0; at == CELLS; mirror = 0) {
		at = model_find(range, size, align, nid, (unsigned int)mirror);
		if (at == CELLS && nid >= 0 && !exact)
			at = model_find(range, size, align, NUMA_NO_NODE, (unsigned int)mirror);
		if (!mirror)
			break;
	}
	if (at < CELLS)
		model_add(reserved, (struct span){ at, at + size }, NUMA_NO_NODE, 0);
	return at;
}

/* ---- the comparison ---- */

static bool compare_type(const struct memblock_type *type, const struct cell *map)
{
	unsigned long r = 0;
	unsigned int end;

	for (unsigned int i = 0; i < CELLS; i = end) {
		const struct memblock_region *region = &type->regions[r];

		for (end = i + 1; end < CELLS && same(&map[end], &map[i]); end++)
			;
		if (!map[i].there)
			continue;
		if (!CHECK(r < type->cnt) || !CHECK_EQ(region->base, cell_addr(i)) ||
		    !CHECK_EQ(region->size, cell_addr(end) - cell_addr(i)) ||
		    !CHECK_EQ(region->nid, map[i].nid) || !CHECK_EQ(region->flags, map[i].flags))
			return false;
		r++;
	}
	/* behind the last one only what is in the arena */
	return CHECK(r == type->cnt || type->regions[r].base >= ARENA || !type->regions[r].size);
}

static bool is_free_cell(unsigned int i)
{
	return memory[i].there && !reserved[i].there &&
	       !(memory[i].flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED));
}

/* The walk over free ranges finds each free cell once, in order, and splits at regions. */
static bool compare_free_ranges(void)
{
	phys_addr_t start, end;
	unsigned int next = 0;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		if (start >= ARENA)
			break;
		for (; next < CELLS && !is_free_cell(next); next++)
			;
		if (!CHECK_EQ(start, cell_addr(next)))
			return false;
		for (; next < CELLS && cell_addr(next) < end; next++)
			if (!CHECK(is_free_cell(next)))
				return false;
		if (!CHECK_EQ(end, cell_addr(next)))
			return false;
	}
	for (; next < CELLS; next++)
		if (!CHECK(!is_free_cell(next)))
			return false;
	return true;
}

/* The reverse walk is the walk, from the other end. */
static bool compare_walks(void)
{
	static struct machine_range forward[4 * CELLS];
	phys_addr_t start, end;
	size_t nr = 0;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		forward[nr++] = (struct machine_range){ start, end, NULL };
	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		nr--;
		if (!CHECK_EQ(forward[nr].base, start) || !CHECK_EQ(forward[nr].size, end))
			return false;
	}
	return CHECK_EQ(nr, 0);
}

/* ---- random calls ---- */

static struct span random_span(void)
{
	unsigned int length = test_random_below(8) ? 1 + (unsigned int)test_random_below(6)
						   : 1 + (unsigned int)test_random_below(200);
	unsigned int first = (unsigned int)test_random_below(CELLS);

	return (struct span){ first, first + length < CELLS ? first + length : CELLS };
}

static int random_nid(void)
{
	return (int)test_random_below(4) - 1;
}

static void check_alloc(struct span range)
{
	unsigned int size = 1 + (unsigned int)test_random_below(8);
	unsigned int align = 1u << test_random_below(4);
	int nid = random_nid();
	bool exact = test_random_below(2);
	unsigned int at;
	phys_addr_t base;

	memblock_set_bottom_up(test_random_below(2));
	range.end = range.first + 200 < CELLS ? range.first + 200 : CELLS;
	base = memblock_alloc_range_nid(size * CELL, align * CELL, cell_addr(range.first),
					cell_addr(range.end), nid, exact);
	at = model_alloc(range, size, align, nid, exact);
	CHECK_EQ(base, at < CELLS ? cell_addr(at) : 0);
}

static void random_mark(phys_addr_t base, phys_addr_t size, struct span span)
{
	switch (test_random_below(6)) {
	case 0:
		CHECK_EQ(memblock_mark_hotplug(base, size), 0);
		model_change(memory, span, MEMBLOCK_HOTPLUG, 0);
		return;
	case 1:
		CHECK_EQ(memblock_clear_hotplug(base, size), 0);
		model_change(memory, span, 0, MEMBLOCK_HOTPLUG);
		return;
	case 2:
		CHECK_EQ(memblock_mark_nomap(base, size), 0);
		model_change(memory, span, MEMBLOCK_NOMAP, 0);
		return;
	case 3:
		CHECK_EQ(memblock_clear_nomap(base, size), 0);
		model_change(memory, span, 0, MEMBLOCK_NOMAP);
		return;
	case 4:
		CHECK_EQ(memblock_mark_mirror(base, size), 0);
		model_change(memory, span, MEMBLOCK_MIRROR, 0);
		has_mirror = true;
		return;
	default:
		CHECK_EQ(memblock_reserved_mark_noinit(base, size), 0);
		model_change(reserved, span, MEMBLOCK_RSRV_NOINIT, 0);
	}
}

static void random_add(phys_addr_t base, phys_addr_t size, struct span span)
{
	static const enum memblock_flags flags[] = { MEMBLOCK_NONE, MEMBLOCK_NONE, MEMBLOCK_HOTPLUG,
						     MEMBLOCK_DRIVER_MANAGED };
	enum memblock_flags flag = flags[test_random_below(4)];
	int nid = random_nid();

	CHECK_EQ(memblock_add_node(base, size, nid, flag), 0);
	model_add(memory, span, nid, flag);
}

static void random_node(phys_addr_t base, phys_addr_t size, struct span span)
{
	int nid = random_nid();

	if (test_random_below(3)) {
		CHECK_EQ(memblock_set_node(base, size, &memblock.memory, nid), 0);
		model_set_node(memory, span, nid);
	} else {
		CHECK_EQ(memblock_set_node(base, size, &memblock.reserved, nid), 0);
		model_set_node(reserved, span, nid);
	}
}

static void random_call(void)
{
	struct span span = random_span();
	phys_addr_t base = cell_addr(span.first), size = cell_addr(span.end) - base;

	switch (test_random_below(9)) {
	case 0:
	case 1:
		random_add(base, size, span);
		return;
	case 2:
		CHECK_EQ(memblock_remove(base, size), 0);
		model_remove(memory, span);
		return;
	case 3:
	case 4:
		CHECK_EQ(memblock_reserve(base, size), 0);
		model_add(reserved, span, NUMA_NO_NODE, 0);
		return;
	case 5:
		CHECK_EQ(memblock_phys_free(base, size), 0);
		model_remove(reserved, span);
		return;
	case 6:
		random_mark(base, size, span);
		return;
	case 7:
		random_node(base, size, span);
		return;
	default:
		check_alloc(span);
	}
}

static void begin(void)
{
	memset(memory, 0, sizeof(memory));
	memset(reserved, 0, sizeof(reserved));
	has_mirror = false;
	empty_memblock();
	memblock_add_node(ARENA, RAM_END - ARENA, 0, MEMBLOCK_NONE);
	memblock_allow_resize();
}

static void random_calls_leave_what_the_model_has(void)
{
	unsigned long most_memory = 0, most_reserved = 0;

	begin();
	for (unsigned long n = 0; n < test_rounds(20000); n++) {
		random_call();
		log_clear();
		if (!CHECK_EQ(memblock_validate(), 0) || !compare_type(&memblock.memory, memory) ||
		    !compare_type(&memblock.reserved, reserved))
			return;
		if (n % 64 == 0 && (!compare_free_ranges() || !compare_walks()))
			return;
		if (memblock.memory.cnt > most_memory)
			most_memory = memblock.memory.cnt;
		if (memblock.reserved.cnt > most_reserved)
			most_reserved = memblock.reserved.cnt;
	}
	tap_note("at most %lu regions of memory, %lu reserved", most_memory, most_reserved);
	CHECK(most_memory > CONFIG_INIT_MEMBLOCK_REGIONS);
}

/* One call on what is reserved, which may lack room: the model follows only if it did not. */
static int call_in_full_array(void)
{
	static struct cell before[CELLS];
	unsigned long slots = memblock.reserved.max - memblock.reserved.cnt;
	struct span span = random_span();
	phys_addr_t base = cell_addr(span.first), size = cell_addr(span.end) - base;
	int nid = random_nid(), err;

	memcpy(before, reserved, sizeof(before));
	switch (test_random_below(4)) {
	case 0:
		err = memblock_phys_free(base, size);
		model_remove(reserved, span);
		CHECK(!err || slots == 0);
		break;
	case 1:
		err = memblock_reserved_mark_noinit(base, size);
		model_change(reserved, span, MEMBLOCK_RSRV_NOINIT, 0);
		CHECK(!err || slots <= 1);
		break;
	case 2:
		err = memblock_set_node(base, size, &memblock.reserved, nid);
		model_set_node(reserved, span, nid);
		CHECK(!err || slots <= 1);
		break;
	default:
		err = memblock_reserve(base, size);
		model_add(reserved, span, NUMA_NO_NODE, 0);
		CHECK(!err || slots < span.end - span.first);
	}
	if (err)
		memcpy(reserved, before, sizeof(before));
	CHECK(!err || err == -ENOMEM);
	return err;
}

/* Where memory cannot grow, a call does all of what it says, or nothing and says so. */
static void random_calls_in_a_full_array_do_all_or_nothing(void)
{
	unsigned long calls = test_rounds(20000), refused = 0;

	begin();
	this_quire()->memblock_part.can_resize = false;
	memblock.reserved.max = 24;
	for (unsigned long n = 0; n < calls; n++) {
		refused += call_in_full_array() != 0;
		log_clear();
		if (!CHECK_EQ(memblock_validate(), 0) ||
		    !compare_type(&memblock.reserved, reserved))
			return;
	}
	tap_note("%lu of the calls were refused", refused);
	CHECK(refused > calls / 20);
}

const struct tap_test tap_tests[] = {
	TEST(random_calls_leave_what_the_model_has),
	TEST(random_calls_in_a_full_array_do_all_or_nothing),
	{ NULL, NULL },
};
