/* SPDX-License-Identifier: MIT */
/*
 * bootmem_model_test.c - random calls against a model that keeps a byte for each page and
 * each byte of RAM, and looks for room page by page.
 */
#include <string.h>

#include "tests/boot/bootmem_support.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* The obvious: a char per page, a char per byte, the search page by page. */
struct model {
	unsigned long pages;
	char taken[NODE_PAGES];
	unsigned char owner[NODE_PAGES * PG]; /* 0: nobody's */
	unsigned long last_end, hint;
};

static bool model_fits(const struct model *md, unsigned long first, unsigned long pages,
		       unsigned long step, unsigned long end)
{
	unsigned long i;

	if ((MIN_PFN + first) % step || first + pages > end)
		return false;
	for (i = first; i < first + pages; i++)
		if (md->taken[i])
			return false;
	return true;
}

static unsigned long round_up_to(unsigned long x, unsigned long align)
{
	return (x + align - 1) / align * align;
}

/* Where the allocation will begin, in bytes from the node's start; ~0: nowhere. */
static unsigned long model_place(const struct model *md, unsigned long size, unsigned long align,
				 unsigned long goal_page, unsigned long end)
{
	unsigned long pages = (size + PG - 1) / PG, step = align > PG ? align / PG : 1;
	unsigned long start = goal_page < end ? goal_page : 0, i;
	unsigned long base = MIN_PFN * PG;

	for (i = md->hint > start ? md->hint : start; i < end; i++)
		if (model_fits(md, i, pages, step, end))
			goto found;
	for (i = start; i < end; i++)
		if (model_fits(md, i, pages, step, end))
			goto found;
	return ~0UL;
found:
	if (md->last_end % PG && md->last_end / PG + 1 == i)
		return round_up_to(base + md->last_end, align) - base;
	return i * PG;
}

static void model_alloc(struct model *md, pg_data_t *pgdat, unsigned char owner)
{
	static const unsigned long sizes[] = { 10, 300, 2000, PG, PG + 5, 3 * PG };
	unsigned long size = 1 + test_random_below(sizes[test_random_below(6)]);
	unsigned long align = 1UL << test_random_below(15), expected, i;
	unsigned long goal = test_random_below(2) ? test_random_below(NODE_PAGES + 8) : 0;
	unsigned long end = test_random_below(3) ? NODE_PAGES : 1 + test_random_below(NODE_PAGES);
	unsigned char *p;

	/* A limit that the goal is beyond is dropped. */
	if (goal && phys(goal) + size > phys(end))
		end = NODE_PAGES;
	if (size > phys(end))
		end = NODE_PAGES;
	expected = model_place(md, size, align, goal, end);
	if (expected == ~0UL && goal)
		expected = model_place(md, size, align, 0, end);
	p = ___alloc_bootmem_node_nopanic(pgdat, size, align, goal ? phys(goal) : 0,
					  end == NODE_PAGES ? 0 : phys(end));
	if (expected == ~0UL) {
		CHECK(!p);
		return;
	}
	REQUIRE(p);
	if (!CHECK_EQ(offset_of(p), expected))
		tap_abandon();
	CHECK(all_bytes(p, size, 0));
	CHECK(all_bytes(md->owner + expected, size, 0));
	CHECK_EQ(virt_to_phys(p) % align, 0);
	memset(p, owner, size);
	memset(md->owner + expected, owner, size);
	for (i = expected / PG; i * PG < expected + size; i++)
		md->taken[i] = 1;
	md->last_end = expected + size;
	md->hint = (md->last_end + PG - 1) / PG;
}

static void model_free(struct model *md)
{
	unsigned long first = 1 + test_random_below(NODE_PAGES - 1), i;
	unsigned long count = 1 + test_random_below(6);

	if (first + count > NODE_PAGES)
		count = NODE_PAGES - first;
	for (i = first; i < first + count; i++)
		if (!md->taken[i])
			break;
	/* A range that is not wholly taken is refused; the model keeps as it is. */
	free_bootmem(phys(first) - test_random_below(100), count * PG + 100);
	if (i < first + count)
		return;
	memset(md->taken + first, 0, count);
	memset(md->owner + first * PG, 0, count * PG);
	if (md->hint > first)
		md->hint = first;
	if (md->last_end / PG >= first && md->last_end / PG < first + count)
		md->last_end = 0;
}

static void model_reserve(struct model *md)
{
	unsigned long first = test_random_below(NODE_PAGES), i, clash = 0;
	int flags = test_random_below(2) ? BOOTMEM_EXCLUSIVE : BOOTMEM_DEFAULT;
	unsigned long count = 1 + test_random_below(4);

	if (first + count > NODE_PAGES)
		count = NODE_PAGES - first;
	for (i = first; i < first + count; i++)
		clash += md->taken[i] != 0;
	CHECK_EQ(reserve_bootmem(phys(first) + 7, count * PG - 10, flags),
		 flags == BOOTMEM_EXCLUSIVE && clash ? -EBUSY : 0);
	if (flags != BOOTMEM_EXCLUSIVE || !clash)
		memset(md->taken + first, 1, count);
}

static void check_against_model(const struct model *md, const bootmem_data_t *map)
{
	unsigned long i;

	for (i = 0; i < NODE_PAGES; i++)
		if (!CHECK_EQ(is_taken(map, i), md->taken[i]))
			tap_abandon();
	CHECK_EQ(map->hint_idx, md->hint);
	CHECK_EQ(map->last_end_off, md->last_end);
	check_valid();
}

/* No byte of a live allocation was written by another one. */
static void check_contents(const struct model *md)
{
	unsigned long i;

	for (i = PG; i < NODE_PAGES * PG; i++)
		if (md->owner[i] && !CHECK_EQ((unsigned char)at(0)[i], md->owner[i]))
			tap_abandon();
}

static void random_calls_agree_with_a_byte_map(void)
{
	unsigned long rounds = test_rounds(30), round, step;
	static struct model md;

	for (round = 0; round < rounds; round++) {
		bootmem_data_t *map = begin_one_node();

		memset(&md, 0, sizeof(md));
		md.taken[0] = 1;
		for (step = 0; step < 100; step++) {
			u64 what = test_random_below(10);

			if (what < 6)
				model_alloc(&md, &node_data[0], (unsigned char)(1 + step));
			else if (what < 9)
				model_free(&md);
			else
				model_reserve(&md);
			check_against_model(&md, map);
		}
		check_contents(&md);
	}
}

const struct tap_test tap_tests[] = {
	TEST(random_calls_agree_with_a_byte_map),
	{ NULL, NULL },
};
