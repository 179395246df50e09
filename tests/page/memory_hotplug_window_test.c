/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug_window_test.c - memory that comes to a machine whose page structures are in a
 * window: they are backed when it comes, and given back when it goes; each failure of that
 * changes nothing.
 */
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/hotplug_support.h"
#include "tests/tap.h"

static void structures_are_backed_when_memory_comes_and_given_back_when_it_goes(void)
{
	struct hot_counts before;
	unsigned long at_boot;
	struct zone *zone;

	hot_boot_window();
	hot_count_all(&before);
	at_boot = hot_window_mapped;
	test_plug(hot_machine, 128 * MB, 2 * WBLOCK);
	CHECK_EQ(add_memory(0, 128 * MB, 2 * WBLOCK, MHP_NONE), 0);
	CHECK_EQ(hot_window_mapped, at_boot + 2 * 4096 * (sizeof(struct page) + sizeof(struct page_ext) + 1));
	CHECK(nr_free_pages() < before.free);
	hot_check_all();
	zone = hot_online(128 * MB, 2 * WBLOCK, 0, MMOP_ONLINE_KERNEL);
	hot_check_all();
	CHECK_EQ(zone->present_pages, before.present[0][ZONE_NORMAL] + 2 * 4096);
	CHECK_EQ(zone->managed_pages, before.managed[0][ZONE_NORMAL] + 2 * 4096);
	CHECK_EQ(hot_offline(128 * MB, 2 * WBLOCK, zone), 0);
	CHECK_EQ(remove_memory(128 * MB, 2 * WBLOCK), 0);
	CHECK_EQ(hot_window_mapped, at_boot);
	hot_check_same(&before);
	hot_free_window();
}

/* On a machine that has nothing left: the new memory brings its own structures. */
static void structures_may_lie_in_the_new_memory_itself(void)
{
	struct hot_counts before;
	struct zone *zone;
	unsigned long own = 4096 * (sizeof(struct page) + sizeof(struct page_ext) + 1) >> 12;

	hot_boot_window();
	test_plug(hot_machine, 128 * MB, 2 * WBLOCK);
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	hot_count_all(&before);
	CHECK_EQ(add_memory(0, 128 * MB, WBLOCK, MHP_NONE), -ENOMEM);
	drain_all_pages(NULL);
	hot_check_same(&before);
	CHECK_EQ(add_memory(0, 128 * MB, 2 * WBLOCK, MHP_MEMMAP_ON_MEMORY), 0);
	CHECK_EQ(nr_free_pages(), before.free);
	zone = hot_online(128 * MB, 2 * WBLOCK, 0, MMOP_ONLINE_KERNEL);
	CHECK_EQ(zone->present_pages, before.present[0][ZONE_NORMAL] + 2 * 4096);
	CHECK_EQ(zone->managed_pages, before.managed[0][ZONE_NORMAL] + 2 * (4096 - own));
	CHECK_EQ(nr_free_pages(), before.free + 2 * (4096 - own));
	CHECK(PageReserved(pfn_to_page(PFN_DOWN(128 * MB) + own - 1)));
	hot_check_all();
	/* The second block alone. */
	CHECK_EQ(offline_and_remove_memory(128 * MB + WBLOCK, WBLOCK), 0);
	hot_check_all();
	CHECK_EQ(offline_and_remove_memory(128 * MB, WBLOCK), 0);
	hot_check_same(&before);
	hot_free_window();
}

/* Every allocation, and the window, fails once: nothing changes, and the next try succeeds. */
static void each_failure_on_the_way_changes_nothing(void)
{
	struct hot_counts before;
	unsigned long n;
	int err;

	hot_boot_window();
	test_plug(hot_machine, 128 * MB, 4 * WBLOCK);
	drain_all_pages(NULL);
	hot_count_all(&before);
	for (n = 1;; n++) {
		quire_fail_nth(n, true);
		err = add_memory(0, 128 * MB, 4 * WBLOCK, MHP_NONE);
		quire_fail_off();
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
		drain_all_pages(NULL);
		hot_check_same(&before);
		REQUIRE(n < 100);
	}
	CHECK(n > 1);
	tap_note("%lu allocations", n - 1);
	hot_online(128 * MB, 4 * WBLOCK, 0, MMOP_ONLINE_KERNEL);
	CHECK_EQ(offline_and_remove_memory(128 * MB, 4 * WBLOCK), 0);
	drain_all_pages(NULL);
	hot_check_same(&before);
	/* The window has no room for what lies so high. */
	test_plug(hot_machine, 1024 * MB, WBLOCK);
	CHECK_EQ(add_memory(0, 1024 * MB, WBLOCK, MHP_MEMMAP_ON_MEMORY), -ENOMEM);
	drain_all_pages(NULL);
	hot_check_same(&before);
	hot_free_window();
}

/* RAM that begins at physical address 0: frame 0 is a frame as any. */
static void structures_may_lie_in_frame_0(void)
{
	unsigned long own = 4096 * (sizeof(struct page) + sizeof(struct page_ext) + 1) >> 12, i;
	struct page *page, *first = NULL;
	struct hot_counts before;

	hot_describe(1U << ZONE_NORMAL);
	test_bank(hot_machine, 0, 16 * MB, 0);
	test_hotplug(hot_machine, 16 * MB, 16 * MB, 0);
	hot_use_window(32 * MB);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	test_plug(hot_machine, 16 * MB, WBLOCK);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0)))
		if (page_to_pfn(page) == 0)
			first = page;
	REQUIRE(first);
	__free_pages(first, 0);
	for (i = 1; i < 2 * own; i++)
		if (page_ref_count(pfn_to_page(i)) == 1 && !PageReserved(pfn_to_page(i)))
			__free_pages(pfn_to_page(i), 0);
	zone_of_valid_frame(0)->_watermark[WMARK_MIN] = 0;
	drain_all_pages(NULL);
	hot_count_all(&before);
	CHECK_EQ(add_memory(0, 16 * MB, WBLOCK, MHP_NONE), 0);
	CHECK(page_ref_count(pfn_to_page(0)) == 1);
	CHECK_EQ(remove_memory(16 * MB, WBLOCK), 0);
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), before.free);
	hot_free_window();
}

const struct tap_test tap_tests[] = {
	TEST(structures_are_backed_when_memory_comes_and_given_back_when_it_goes),
	TEST(structures_may_lie_in_the_new_memory_itself),
	TEST(each_failure_on_the_way_changes_nothing),
	TEST(structures_may_lie_in_frame_0),
	{ NULL, NULL },
};
