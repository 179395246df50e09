/* SPDX-License-Identifier: MIT */
/*
 * compaction_share_test.c - what compaction is good for, measured: how much of the free memory is
 * in whole page blocks, after a long time of use and after compaction, and how many pages were
 * moved for it. Beside it the same memory in a model of two scanners that go by address, as
 * Linux's do: one takes pages from below, the other frames from above, until they meet.
 *
 * 32 MB, page blocks of 64 pages.
 */
#include <quire/compaction.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define FRAMES 8192
#define BLOCK 64

static struct movers *owner;
static struct zone *zone;
static struct page *pinned[FRAMES / 8]; /* pages without movers */

static void boot(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int i;

	test_bank(m, 16 * MB, FRAMES * (phys_addr_t)4096, 0);
	m->max_order = 9;
	m->block_order = 6;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	for (i = 0; i < FRAMES / 8; i++)
		pinned[i] = NULL;
}

/* Pages come and go, as many as there are; one in 16 has no mover. */
static void age(unsigned long rounds)
{
	while (rounds--) {
		unsigned int i;

		if (test_random_below(16)) {
			if (!movers_free((unsigned int)test_random_below(OWNER_SLOTS)) || test_random_below(100) < 90)
				movers_take(GFP_HIGHUSER_MOVABLE, 0);
			continue;
		}
		i = (unsigned int)test_random_below(FRAMES / 8);
		if (pinned[i])
			__free_page(pinned[i]);
		pinned[i] = test_random_below(2) ? alloc_page(GFP_KERNEL | __GFP_NOWARN) : NULL;
	}
	drain_all_pages(NULL);
}

/*
 * Nearly all of memory is in use for a long time; then two of five movable pages are freed. If it
 * was full of movable pages at first, those that stay where they are have come to lie everywhere.
 */
static void age_and_free(bool was_full)
{
	unsigned int i;

	while (was_full && movers_take(GFP_HIGHUSER_MOVABLE, 0) >= 0)
		;
	for (i = 0; i < OWNER_SLOTS; i += 10)
		movers_free(i);
	age(test_rounds(100000));
	for (i = 0; i < OWNER_SLOTS; i++)
		if (test_random_below(5) < 2)
			movers_free(i);
	drain_all_pages(NULL);
}

/* The share of free memory that is in whole page blocks, in per mille. */
static int usable(void)
{
	return 1000 - unusable_free_index(zone, 6);
}

/* ---- the model ---- */

static char frame[FRAMES]; /* '.': free, 'm': may move, 'u': may not */

static void take_picture(void)
{
	unsigned int i;
	pfn_t base = zone->zone_start_pfn;

	for (i = 0; i < FRAMES; i++) {
		struct page *page = pfn_to_online_page(base + i);

		frame[i] = !page || !page_ref_count(page) ? '.' : PageMovable(page) ? 'm' : 'u';
	}
}

static unsigned int whole_blocks(void)
{
	unsigned int blocks = 0, i, used;

	for (i = 0; i < FRAMES; i += BLOCK) {
		unsigned int k;

		for (used = 0, k = 0; k < BLOCK; k++)
			used += frame[i + k] != '.';
		blocks += !used;
	}
	return blocks;
}

/* Moves pages until the scanners meet, or there are so many whole blocks. Returns how many it moved. */
static unsigned int sweep_by_address(unsigned int enough)
{
	unsigned int low = 0, high = FRAMES, moves = 0;

	while (low < high) {
		if (frame[low] != 'm') {
			low++;
			if (low % BLOCK == 0 && whole_blocks() >= enough)
				break;
		} else if (frame[high - 1] != '.') {
			high--;
		} else {
			frame[--high] = 'm';
			frame[low++] = '.';
			moves++;
		}
	}
	return moves;
}

/* ---- the measurements ---- */

static void compact_all(bool was_full)
{
	unsigned int blocks_before, blocks, moves, made;
	int before, after;

	boot();
	age_and_free(was_full);
	before = usable();
	take_picture();
	blocks_before = whole_blocks();
	made = (unsigned int)compact_memory();
	after = usable();
	moves = sweep_by_address(~0U);
	blocks = whole_blocks() - blocks_before;
	tap_note("free: %lu of %u pages; in whole page blocks: %d per mille before, %d after", nr_free_pages(),
		 FRAMES, before, after);
	tap_note("by fullness: %u blocks for %u moves; by address: %u blocks for %u moves", made, owner->moved,
		 blocks, moves);
	CHECK(after > before);
	/* The model also fills page blocks of other types. For each block it does more work. */
	CHECK(made + 3 >= blocks);
	CHECK(owner->moved * blocks <= moves * made);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
}

static void compaction_gives_free_memory_back_its_large_blocks(void)
{
	compact_all(false);
}

static void compaction_finds_the_places_between_pages_that_cannot_move(void)
{
	compact_all(true);
}

static void one_block_costs_what_the_emptiest_place_has_in_use(void)
{
	unsigned int n, by_address = 0, blocks_made = 0;

	boot();
	set_extfrag_threshold(0);
	zone->_watermark[WMARK_MIN] = zone->_watermark[WMARK_LOW] = 0;
	age_and_free(true);
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 6))
		; /* what is whole already is of no interest */
	owner->moved = 0;
	for (n = 0; n < 10; n++) {
		take_picture();
		by_address += sweep_by_address(whole_blocks() + 1);
		if (try_to_compact_pages(GFP_KERNEL, 6, 0, 0, COMPACT_PRIO_SYNC_LIGHT) != COMPACT_SUCCESS)
			break;
		blocks_made++;
		CHECK(alloc_pages(GFP_KERNEL | __GFP_MEMALLOC, 6) != NULL);
	}
	tap_note("%u blocks, one at a time: %u moves by fullness, %u by address", blocks_made, owner->moved,
		 by_address);
	CHECK(blocks_made > 0);
	CHECK(owner->moved <= by_address);
	movers_check_all();
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(compaction_gives_free_memory_back_its_large_blocks),
	TEST(compaction_finds_the_places_between_pages_that_cannot_move),
	TEST(one_block_costs_what_the_emptiest_place_has_in_use),
	{ NULL, NULL },
};
