/* SPDX-License-Identifier: MIT */
/*
 * vm_event_test.c - the counts of pages taken and freed, whichever way they go, and of what
 * requests had to do when there were none.
 */
#include <quire/quire.h>
#include <quire/vmstat.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static unsigned long allocs(enum zone_type type)
{
	return vm_event((enum vm_event_item)(PGALLOC_DMA + type));
}

static unsigned long all_allocs(void)
{
	unsigned long pages = 0;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		pages += allocs((enum zone_type)type);
	return pages;
}

static void boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 48 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 24 * MB;
	m->lowmem_end = 48 * MB;
	m->nr_cpus = 2;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
}

/* What the boot allocators gave was free before: as Linux counts, it was freed. */
static void at_boot_all_pages_are_freed_and_none_taken(void)
{
	boot();
	CHECK_EQ(all_allocs(), 0);
	CHECK_EQ(vm_event(PGFREE), 48 * MB / PAGE_SIZE);
}

static void pages_taken_are_counted_by_zone_and_order(void)
{
	struct page *page;
	unsigned int i;

	boot();
	/* The slow way, then the CPU's list; then again with a list of the other CPU. */
	for (i = 1; i <= 20; i++) {
		test_set_cpu(i & 1);
		page = alloc_page(GFP_KERNEL);
		REQUIRE(page);
		CHECK_EQ(allocs(ZONE_NORMAL), i);
	}
	page = alloc_pages(GFP_KERNEL, 3);
	CHECK_EQ(allocs(ZONE_NORMAL), 28);
	CHECK(alloc_pages(GFP_KERNEL | __GFP_COMP, 9) != NULL);
	CHECK_EQ(allocs(ZONE_NORMAL), 28 + 512);
	CHECK(alloc_page(GFP_DMA) && alloc_pages(GFP_HIGHUSER, 1));
	CHECK_EQ(allocs(ZONE_DMA), 1);
	CHECK_EQ(allocs(ZONE_HIGHMEM), 2);
	CHECK_EQ(allocs(ZONE_DMA32), 0);
	/* Nothing was given back. */
	CHECK_EQ(vm_event(PGFREE), 48 * MB / PAGE_SIZE);
	__free_pages(page, 3);
	CHECK_EQ(vm_event(PGFREE), 48 * MB / PAGE_SIZE + 8);
	page = alloc_pages(GFP_KERNEL, 3);
	CHECK_EQ(allocs(ZONE_NORMAL), 28 + 512 + 8);
	CHECK_EQ(vm_event(PGFREE), 48 * MB / PAGE_SIZE + 8);
}

static void lots_exact_sizes_and_ranges_are_counted(void)
{
	unsigned long start;
	struct page *pages[30] = { NULL };
	struct page *page;
	void *virt;
	pfn_t pfn;

	boot();
	start = vm_event(PGFREE);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 30, pages), 30);
	CHECK_EQ(all_allocs(), 30);
	/* A block of 4 pages, of which one is given back at once. */
	virt = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
	CHECK(virt != NULL);
	CHECK_EQ(all_allocs(), 34);
	CHECK_EQ(vm_event(PGFREE), start + 1);
	/* As in Linux a range is no allocation, but its pages are freed like others. */
	page = alloc_pages(GFP_KERNEL, 4);
	REQUIRE(page);
	pfn = page_to_pfn(page);
	__free_pages(page, 4);
	CHECK_EQ(alloc_contig_range(pfn + 3, pfn + 10, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	CHECK_EQ(all_allocs(), 50);
	CHECK_EQ(vm_event(PGFREE), start + 17);
	CHECK_EQ(alloc_contig_range(pfn, pfn + 10, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	CHECK_EQ(vm_event(PGFREE), start + 17);
	free_contig_range(pfn + 3, 7);
	CHECK_EQ(all_allocs(), 50);
	CHECK_EQ(vm_event(PGFREE), start + 24);
	drain_all_pages(NULL);
	CHECK_EQ(vm_event(PGFREE), start + 24);
}

/* ---- when there are none ---- */

static unsigned long no_reclaim(gfp_t gfp, unsigned int order, int nid)
{
	(void)gfp, (void)order, (void)nid;
	return 0;
}

static enum compact_result compact(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
				   enum compact_priority priority)
{
	(void)gfp, (void)nid, (void)alloc_flags, (void)priority;
	return order == 3 ? COMPACT_SKIPPED : COMPACT_COMPLETE;
}

static void requests_that_reclaim_and_compact_are_counted(void)
{
	static const struct reclaim_ops ops = { .direct_reclaim = no_reclaim, .compact = compact };
	gfp_t once = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;

	boot();
	set_reclaim_ops(&ops);
	while (alloc_page(GFP_HIGHUSER | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	CHECK_EQ(vm_event(ALLOCSTALL_DMA + ZONE_NORMAL), 0);
	CHECK(!alloc_page(once));
	CHECK_EQ(vm_event(ALLOCSTALL_DMA + ZONE_NORMAL), 1);
	CHECK(!alloc_page(once | __GFP_HIGHMEM));
	CHECK(!alloc_page(once | __GFP_DMA));
	CHECK(!alloc_page(GFP_NOWAIT | __GFP_NOWARN));
	CHECK_EQ(vm_event(ALLOCSTALL_DMA + ZONE_NORMAL), 1);
	CHECK_EQ(vm_event(ALLOCSTALL_DMA + ZONE_HIGHMEM), 1);
	CHECK_EQ(vm_event(ALLOCSTALL_DMA + ZONE_DMA), 1);
	/* Single pages need none, and what compaction does not even try is no stall. */
	CHECK_EQ(vm_event(COMPACTSTALL), 0);
	CHECK(!alloc_pages(once, 3));
	CHECK_EQ(vm_event(COMPACTSTALL), 0);
	CHECK(!alloc_pages(once, 1));
	CHECK(vm_event(COMPACTSTALL) > 0);
	CHECK_EQ(vm_event(COMPACTFAIL), vm_event(COMPACTSTALL));
	CHECK_EQ(vm_event(COMPACTSUCCESS), 0);
}

static void events_are_counted_by_each_cpu_and_summed(void)
{
	boot();
	count_vm_event(KCOMPACTD_WAKE);
	test_set_cpu(1);
	count_vm_events(KCOMPACTD_WAKE, 41);
	CHECK_EQ(this_quire()->page.cpus_reserved[0].event[KCOMPACTD_WAKE], 1);
	CHECK_EQ(vm_event(KCOMPACTD_WAKE), 42);
	CHECK_EQ(vm_event(PGMIGRATE_FAIL), 0);
}

const struct tap_test tap_tests[] = {
	TEST(at_boot_all_pages_are_freed_and_none_taken),
	TEST(pages_taken_are_counted_by_zone_and_order),
	TEST(lots_exact_sizes_and_ranges_are_counted),
	TEST(requests_that_reclaim_and_compact_are_counted),
	TEST(events_are_counted_by_each_cpu_and_summed),
	{ NULL, NULL },
};
