/* SPDX-License-Identifier: MIT */
/*
 * buddy_test.c - the buddy allocator: splitting, merging, zones, and what it refuses.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* One zone of 32 MB at 16 MB, nothing taken: 8 blocks of order 10. */
static struct zone *boot_plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	return &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static unsigned long free_blocks(const struct zone *zone, unsigned int order)
{
	return test_free_blocks(zone, order);
}

/* Has every order from 1 to 9 no block, and order 10 all 8? Pages on CPU lists are drained first. */
static void check_untouched(struct zone *zone)
{
	unsigned int order;

	drain_all_pages(NULL);
	for (order = 0; order < 10; order++)
		CHECK_EQ(free_blocks(zone, order), 0);
	CHECK_EQ(free_blocks(zone, 10), 8);
	CHECK_EQ(nr_free_pages(), 8192);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*   order 10 |                a                |
 *   order 3  |ttt|3|  4  |    5    |     6 ...      : the upper halves stay free
 */
static void alloc_splits_a_larger_block_down(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 3);
	unsigned int order;

	REQUIRE(page);
	CHECK_EQ(page_to_pfn(page) & 7, 0);
	CHECK_EQ(page_ref_count(page), 1);
	for (order = 3; order < 10; order++)
		CHECK_EQ(free_blocks(zone, order), 1);
	CHECK_EQ(free_blocks(zone, 10), 7);
	CHECK_EQ(nr_free_pages(), 8192 - 8);
	CHECK_EQ(page_alloc_validate(), 0);
	__free_pages(page, 3);
	check_untouched(zone);
}

static void free_merges_with_its_buddy_on_both_sides(void)
{
	struct zone *zone = boot_plain();
	struct page *pages[4];
	int i;

	for (i = 0; i < 4; i++) {
		pages[i] = alloc_pages(GFP_KERNEL, 8);
		REQUIRE(pages[i]);
	}
	/* a quarter each of one block; the inner ones first, then the outer */
	__free_pages(pages[1], 8);
	__free_pages(pages[2], 8);
	drain_all_pages(NULL);
	CHECK_EQ(free_blocks(zone, 8), 2);
	__free_pages(pages[0], 8);
	drain_all_pages(NULL);
	CHECK_EQ(free_blocks(zone, 8), 1);
	CHECK_EQ(free_blocks(zone, 9), 1);
	__free_pages(pages[3], 8);
	check_untouched(zone);
}

static void every_order_can_be_taken_and_given_back(void)
{
	struct zone *zone = boot_plain();
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++) {
		struct page *page = alloc_pages(GFP_KERNEL, order);

		REQUIRE(page);
		CHECK_EQ(page_to_pfn(page) & ((1UL << order) - 1), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		__free_pages(page, order);
		check_untouched(zone);
	}
}

static void alloc_returns_null_when_nothing_is_free_and_says_so(void)
{
	unsigned int taken = 0;

	boot_plain();
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 10))
		taken++;
	CHECK_EQ(taken, 8);
	CHECK_EQ(nr_free_pages(), 0);
	log_clear();
	CHECK(!alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0));
	CHECK_STR(log_text(), "");
	CHECK(!alloc_pages(GFP_KERNEL, 0));
	CHECK(log_contains("page allocation failure: order:0"));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void alloc_of_an_order_too_large_is_refused_with_a_warning(void)
{
	struct zone *zone = boot_plain();

	CHECK(!alloc_pages(GFP_KERNEL, MAX_ORDER));
	CHECK(log_contains("order 11"));
	check_untouched(zone);
}

static void zeroed_pages_are_zero_in_every_byte(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	unsigned char *bytes;
	size_t i, set = 0;

	REQUIRE(page);
	bytes = page_address(page);
	for (i = 0; i < 4 * PAGE_SIZE; i++)
		bytes[i] = 0xa5;
	__free_pages(page, 2);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2);
	REQUIRE(page);
	CHECK_PTR(page_address(page), bytes);
	for (i = 0; i < 4 * PAGE_SIZE; i++)
		set += bytes[i] != 0;
	CHECK_EQ(set, 0);
	__free_pages(page, 2);
	check_untouched(zone);
}

static void addresses_and_pages_convert_both_ways(void)
{
	struct zone *zone = boot_plain();
	unsigned long addr = __get_free_pages(GFP_KERNEL, 1), zeroed;
	struct page *page;

	REQUIRE(addr);
	page = virt_to_page((void *)addr);
	CHECK_EQ((unsigned long)page_address(page), addr);
	CHECK_EQ(page_to_phys(page), virt_to_phys((void *)addr));
	CHECK_PTR(pfn_to_page(page_to_pfn(page)), page);
	CHECK_PTR(page_zone(page), zone);
	zeroed = get_zeroed_page(GFP_KERNEL);
	REQUIRE(zeroed);
	free_page(zeroed);
	free_pages(addr, 1);
	free_pages(0, 3);
	check_untouched(zone);
}

static void get_free_pages_refuses_highmem(void)
{
	boot_plain();
	CHECK_EQ(__get_free_pages(GFP_HIGHUSER, 0), 0);
	CHECK(log_contains("highmem"));
}

static void a_block_held_twice_is_freed_by_the_second_free(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 4);

	REQUIRE(page);
	set_page_count(page, 2);
	__free_pages(page, 4);
	CHECK_EQ(nr_free_pages(), 8192 - 16);
	__free_pages(page, 4);
	check_untouched(zone);
}

static void compound_pages_know_their_head_and_order(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	int i;

	REQUIRE(page);
	CHECK_EQ(compound_order(page), 3);
	CHECK(!PageTail(page));
	for (i = 1; i < 8; i++) {
		CHECK(PageTail(&page[i]));
		CHECK_PTR(compound_head(&page[i]), page);
	}
	log_clear();
	__free_pages(&page[2], 0);
	CHECK(log_contains("tail of a compound page"));
	__free_pages(page, 3);
	CHECK(!PageTail(&page[2]));
	check_untouched(zone);
}

/* ---- misuse: reported, refused, nothing changed ---- */

static void check_refused(const char *why)
{
	if (!CHECK(log_contains("bad free, refused")) || !CHECK(log_contains(why)))
		tap_note("log: %s", log_text());
	CHECK(log_contains("called from"));
	CHECK_EQ(page_alloc_validate(), 0);
	log_clear();
}

static void a_second_free_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 0), *block = alloc_pages(GFP_KERNEL, 5);

	REQUIRE(page && block);
	__free_pages(page, 0);
	log_clear();
	__free_pages(page, 0);
	check_refused("free already");
	__free_pages(block, 5);
	__free_pages(block, 5);
	check_refused("free already");
	check_untouched(zone);
}

static void a_free_with_another_order_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	REQUIRE(page);
	log_clear();
	__free_pages(page, 2);
	check_refused("another order");
	__free_pages(page, 4);
	check_refused("another order");
	CHECK_EQ(page_ref_count(page), 1);
	__free_pages(page, 3);
	check_untouched(zone);
}

static void a_free_of_the_middle_of_a_block_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	REQUIRE(page);
	log_clear();
	__free_pages(page + 4, 2);
	check_refused("in the middle of a block");
	__free_pages(page, 3);
	check_untouched(zone);
}

/* Frames of blocks that were never touched have no written page structures yet. */
static void a_free_inside_a_never_touched_block_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *first = pfn_to_page(zone->zone_start_pfn);

	log_clear();
	__free_pages(first, 10);
	check_refused("free already");
	__free_pages(first + 5, 0);
	check_refused("free already");
	check_untouched(zone);
}

static void a_free_of_a_reserved_page_is_refused(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 32 * MB, 0);
	test_reserve(m, 20 * MB, 1 * MB);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	log_clear();
	__free_pages(phys_to_page(20 * MB), 0);
	check_refused("reserved");
}

static void a_free_of_something_that_is_no_page_is_refused(void)
{
	struct zone *zone = boot_plain();
	struct page *outside = (struct page *)(uintptr_t)0x1000;
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	unsigned long addr;

	REQUIRE(page);
	addr = (unsigned long)page_address(page);
	log_clear();
	__free_pages(outside, 0);
	check_refused("no page structure");
	__free_pages((struct page *)((char *)page + 8), 0);
	check_refused("no page structure");
	free_pages(addr + 16, 0);
	check_refused("no page of the direct map");
	free_page(addr);
	check_untouched(zone);
}

/* ---- migrate types ---- */

static void movable_and_unmovable_pages_do_not_share_page_blocks(void)
{
	struct page *movable[64], *unmovable[64];
	int i, shared = 0;

	boot_plain();
	for (i = 0; i < 64; i++) {
		movable[i] = alloc_pages(GFP_HIGHUSER_MOVABLE, 1);
		unmovable[i] = alloc_pages(GFP_KERNEL, 1);
		REQUIRE(movable[i] && unmovable[i]);
	}
	for (i = 0; i < 64; i++)
		shared += page_to_pfn(movable[i]) >> pageblock_order ==
			  page_to_pfn(unmovable[i]) >> pageblock_order;
	CHECK_EQ(shared, 0);
	CHECK_EQ(get_pageblock_migratetype(movable[0]), MIGRATE_MOVABLE);
	CHECK_EQ(get_pageblock_migratetype(unmovable[0]), MIGRATE_UNMOVABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/*
 * No page block is whole (frame 0 of each is reserved), and all are of the movable type. What
 * other requests borrow comes out of one leaf, its smallest pieces first: the others stay.
 */
static void check_large_blocks_survive(phys_addr_t ram, unsigned int blocks)
{
	struct quire_machine *m = test_machine_new();
	struct zone *zone;
	unsigned int i;

	test_bank(m, 16 * MB, ram, 0);
	for (i = 0; i < blocks; i++)
		test_reserve(m, 16 * MB + i * 4 * MB, 4096);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	CHECK_EQ(this_quire()->page.mobility_grouping, blocks > 6);
	CHECK_EQ(free_blocks(zone, 9), blocks);
	for (i = 0; i < 15 * blocks; i++)
		REQUIRE(alloc_page(GFP_KERNEL));
	drain_all_pages(NULL);
	CHECK_EQ(free_blocks(zone, 9), blocks);
	/* one leaf is used up before the next: of each order it loses one block at most */
	CHECK(free_blocks(zone, 4) >= blocks - 1);
	CHECK_EQ(page_alloc_validate(), 0);
	REQUIRE(alloc_pages(GFP_KERNEL, 9));
	CHECK_EQ(free_blocks(zone, 9), blocks - 1);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void borrowed_pages_leave_large_blocks_whole(void)
{
	check_large_blocks_survive(64 * MB, 16);
	check_large_blocks_survive(16 * MB, 4);
}

static void a_whole_page_block_changes_its_type_with_its_first_page(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_page(GFP_KERNEL), *next;
	unsigned long count[MAX_ORDER_LIMIT];
	unsigned int order;

	REQUIRE(page);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_UNMOVABLE);
	zone_count_free_blocks(zone, MIGRATE_MOVABLE, count);
	for (order = 0; order < 10; order++)
		CHECK_EQ(count[order], 0);
	next = alloc_pages(GFP_KERNEL, 9);
	CHECK_EQ(page_to_pfn(next) >> 10, page_to_pfn(page) >> 10);
	/* the same for another type: a whole block if there is one */
	next = alloc_page(GFP_KERNEL | __GFP_RECLAIMABLE);
	REQUIRE(next);
	CHECK_EQ(get_pageblock_migratetype(next), MIGRATE_RECLAIMABLE);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* With page blocks of order 8: the four of a block of order 10 change together. */
static void all_page_blocks_of_a_block_change_their_type(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page;
	int i;

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	m->block_order = 8;
	REQUIRE(test_machine_boot(m) == 0);
	page = alloc_pages(GFP_KERNEL, 10);
	REQUIRE(page);
	for (i = 0; i < 4; i++)
		CHECK_EQ(get_pageblock_migratetype(page + i * 256 + 255), MIGRATE_UNMOVABLE);
	CHECK_EQ(get_pageblock_migratetype(page + 1024), MIGRATE_MOVABLE);
	__free_pages(page, 10);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- what an owner leaves behind ---- */

static void spoil(struct page *page)
{
	SetPagePrivate(page);
	SetPageLRU(page);
	set_page_mapcount(page, 5);
	set_page_mapping(page, (struct address_space *)(uintptr_t)0x1230, 77);
	set_page_private(page, 99);
}

static void check_clean(const struct page *page)
{
	CHECK_EQ(page_flags(page) & PAGE_FLAGS_MASK, 0);
	CHECK_PTR(page_mapping(page), NULL);
	CHECK_EQ(page_index(page), 0);
	CHECK_EQ(page_private(page), 0);
	CHECK_EQ(page_mapcount(page), 0);
	CHECK_EQ(page_ref_count(page), 1);
}

static void a_new_owner_sees_nothing_of_the_one_before(void)
{
	struct zone *zone = boot_plain();
	struct page *page = alloc_page(GFP_KERNEL), *block;
	int i;

	REQUIRE(page);
	check_clean(page);
	spoil(page);
	__free_page(page);
	CHECK_EQ(page_flags(page) & PAGE_FLAGS_MASK, 0);
	CHECK_PTR(alloc_page(GFP_KERNEL), page);
	check_clean(page);
	__free_page(page);
	drain_all_pages(NULL);

	/* a block's owner may write to every structure of it; then they are owned one by one */
	block = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(block);
	for (i = 0; i < 8; i++) {
		spoil(block + i);
		if (i)
			SetPageReserved(block + i);
	}
	__free_pages(block, 3);
	CHECK_EQ(alloc_contig_range(page_to_pfn(block), page_to_pfn(block) + 8, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	for (i = 0; i < 8; i++)
		check_clean(block + i);
	free_contig_range(page_to_pfn(block), 8);
	CHECK_EQ(this_quire()->log.warnings, 0);
	check_untouched(zone);
}

static void frees_of_highmem_by_address_are_refused(void)
{
	struct quire_machine *m = test_machine_new();
	pfn_t first = 32 * MB >> 12;

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 32 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(alloc_contig_range(first, first + 1, MIGRATE_MOVABLE, GFP_KERNEL) == 0);
	log_clear();
	free_page((unsigned long)(uintptr_t)phys_to_virt(32 * MB));
	check_refused("no page of the direct map");
	CHECK_EQ(page_ref_count(pfn_to_page(first)), 1);
	log_clear();
	__free_pages(pfn_to_page(first) + 65536, 0);
	check_refused("no page structure");
	__free_pages(this_quire()->page.mem_map - 1, 0);
	check_refused("no page structure");
}

static void the_last_page_of_another_type_is_still_found(void)
{
	unsigned long taken = 0;

	boot_plain();
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		taken++;
	CHECK_EQ(taken, 8192);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(alloc_splits_a_larger_block_down),
	TEST(free_merges_with_its_buddy_on_both_sides),
	TEST(every_order_can_be_taken_and_given_back),
	TEST(alloc_returns_null_when_nothing_is_free_and_says_so),
	TEST(alloc_of_an_order_too_large_is_refused_with_a_warning),
	TEST(zeroed_pages_are_zero_in_every_byte),
	TEST(addresses_and_pages_convert_both_ways),
	TEST(get_free_pages_refuses_highmem),
	TEST(a_block_held_twice_is_freed_by_the_second_free),
	TEST(compound_pages_know_their_head_and_order),
	TEST(a_second_free_is_refused),
	TEST(a_free_with_another_order_is_refused),
	TEST(a_free_of_the_middle_of_a_block_is_refused),
	TEST(a_free_inside_a_never_touched_block_is_refused),
	TEST(a_free_of_a_reserved_page_is_refused),
	TEST(a_free_of_something_that_is_no_page_is_refused),
	TEST(movable_and_unmovable_pages_do_not_share_page_blocks),
	TEST(borrowed_pages_leave_large_blocks_whole),
	TEST(a_whole_page_block_changes_its_type_with_its_first_page),
	TEST(the_last_page_of_another_type_is_still_found),
	TEST(all_page_blocks_of_a_block_change_their_type),
	TEST(a_new_owner_sees_nothing_of_the_one_before),
	TEST(frees_of_highmem_by_address_are_refused),
	{ NULL, NULL },
};
