/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug_test.c - memory that comes and goes: zones, nodes, counts, marks and lists
 * follow it; nothing is lost on the way, and nothing changes where it fails.
 */
#include <quire/migrate.h>
#include <quire/quire.h>

#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/hotplug_support.h"
#include "tests/tap.h"

/* ---- the states ---- */

static void a_machine_without_ranges_has_no_hot_plug(void)
{
	hot_describe(1U << ZONE_NORMAL);
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	CHECK_EQ(memory_block_size_bytes(), 0);
	CHECK_EQ(add_memory(0, 64 * MB, 4 * MB, MHP_NONE), -EINVAL);
	CHECK_EQ(remove_memory(16 * MB, 4 * MB), -EINVAL);
	CHECK_EQ(hot_offline(16 * MB, 4 * MB, hot_zone(0, ZONE_NORMAL)), -EINVAL);
	CHECK_EQ(memory_block_state(PFN_DOWN(16 * MB)), MEMORY_BLOCK_ABSENT);
	CHECK_EQ(memory_hotplug_validate(), 0);
}

static void added_memory_is_known_but_nobody_s(void)
{
	struct hot_counts before;

	hot_boot_flat();
	hot_count_all(&before);
	hot_plug(40 * MB, 8 * MB, 0);
	CHECK_EQ(memory_block_state(PFN_DOWN(40 * MB)), MEMORY_BLOCK_OFFLINE);
	CHECK_EQ(memory_block_state(PFN_DOWN(48 * MB)), MEMORY_BLOCK_ABSENT);
	CHECK_EQ(totalram_pages(), before.total);
	CHECK_EQ(nr_free_pages(), before.free);
	CHECK_EQ(memblock_phys_mem_size(), before.ram + 8 * MB);
	CHECK(!pfn_valid(PFN_DOWN(40 * MB)));
	hot_check_all();
	CHECK_EQ(remove_memory(40 * MB, 8 * MB), 0);
	test_unplug(hot_machine, 40 * MB, 8 * MB);
	hot_check_same(&before);
}

static void online_memory_is_the_zone_s_and_can_be_allocated(void)
{
	struct hot_counts before;
	struct zone *zone;
	unsigned long blocks = 0;

	hot_boot_flat();
	hot_count_all(&before);
	hot_plug(40 * MB, 8 * MB, 0);
	zone = hot_online(40 * MB, 8 * MB, 0, MMOP_ONLINE_KERNEL);
	CHECK_PTR(zone, hot_zone(0, ZONE_NORMAL));
	CHECK_EQ(totalram_pages(), before.total + 2 * BLOCK_PAGES);
	CHECK_EQ(zone->managed_pages, before.managed[0][ZONE_NORMAL] + 2 * BLOCK_PAGES);
	CHECK_EQ(zone->present_pages, before.present[0][ZONE_NORMAL] + 2 * BLOCK_PAGES);
	CHECK_EQ(NODE_DATA(0)->node_present_pages, zone->present_pages);
	CHECK_EQ(zone_end_pfn(zone), PFN_DOWN(48 * MB));
	CHECK_EQ(pgdat_end_pfn(NODE_DATA(0)), PFN_DOWN(48 * MB));
	CHECK(low_wmark_pages(zone) > before.low[0][ZONE_NORMAL]);
	hot_check_all();
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, MAX_ORDER - 1))
		blocks++;
	CHECK(blocks >= 2);
	hot_check_all();
}

/* Blocks come and go in any order; in the end all is as it was. */
static void what_went_online_and_offline_leaves_no_trace(void)
{
	struct hot_counts before;
	struct zone *zone;

	hot_boot_flat();
	hot_count_all(&before);
	hot_plug(40 * MB, 12 * MB, 0);
	zone = hot_online(44 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	hot_check_all();
	hot_online(40 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	hot_check_all();
	hot_online(48 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	hot_check_all();
	CHECK_EQ(zone_end_pfn(zone), PFN_DOWN(52 * MB));
	/* A hole in the middle: the span stays. */
	CHECK_EQ(hot_offline(44 * MB, 4 * MB, zone), 0);
	CHECK_EQ(zone_end_pfn(zone), PFN_DOWN(52 * MB));
	hot_check_all();
	CHECK_EQ(hot_offline(48 * MB, 4 * MB, zone), 0);
	CHECK_EQ(zone_end_pfn(zone), PFN_DOWN(44 * MB));
	hot_check_all();
	CHECK_EQ(remove_memory(40 * MB, 12 * MB), -EBUSY);
	CHECK_EQ(hot_offline(40 * MB, 4 * MB, zone), 0);
	CHECK_EQ(remove_memory(40 * MB, 12 * MB), 0);
	test_unplug(hot_machine, 40 * MB, 12 * MB);
	hot_check_same(&before);
}

static void memory_can_come_again_after_it_went(void)
{
	struct hot_counts once;
	unsigned int i;

	hot_boot_flat();
	hot_plug(60 * MB, 4 * MB, 0);
	hot_online(60 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	hot_count_all(&once);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(offline_and_remove_memory(60 * MB, 4 * MB), 0);
		test_unplug(hot_machine, 60 * MB, 4 * MB);
		hot_plug(60 * MB, 4 * MB, 0);
		hot_online(60 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
		once.iomem = this_quire()->report.iomem_resource.child->sibling;
		hot_check_same(&once);
	}
}

/* /proc/iomem has a line for what came at once: of each the part that goes is cut off. */
static void what_came_one_by_one_may_go_at_once(void)
{
	const struct resource *line;
	struct hot_counts before;

	hot_boot_flat();
	hot_count_all(&before);
	hot_plug(40 * MB, 8 * MB, 0);
	hot_plug(48 * MB, 8 * MB, 0);
	CHECK_EQ(remove_memory(44 * MB, 8 * MB), 0);
	line = this_quire()->report.iomem_resource.child->sibling;
	REQUIRE(line && line->sibling);
	CHECK_EQ(line->start, 40 * MB);
	CHECK_EQ(line->end, 44 * MB - 1);
	CHECK_EQ(line->sibling->start, 52 * MB);
	CHECK_EQ(line->sibling->end, 56 * MB - 1);
	CHECK_PTR(line->sibling->sibling, NULL);
	CHECK_EQ(add_memory(0, 44 * MB, 8 * MB, MHP_NONE), 0);
	CHECK_EQ(remove_memory(40 * MB, 16 * MB), 0);
	test_unplug(hot_machine, 40 * MB, 8 * MB);
	test_unplug(hot_machine, 48 * MB, 8 * MB);
	hot_check_same(&before);
}

/* ---- zones and nodes that come to be ---- */

static bool shows(int nid, int kind, const struct zone *zone)
{
	const struct zoneref *ref = NODE_DATA(nid)->node_zonelists[kind]._zonerefs;

	for (; ref->zone; ref++)
		if (ref->zone == zone)
			return ref->zone_idx == zone->zone_idx;
	return false;
}

static void a_movable_zone_comes_with_its_first_memory_and_goes_with_its_last(void)
{
	struct hot_counts before;
	struct zone *movable;
	struct page *page;

	hot_boot_flat();
	hot_count_all(&before);
	hot_plug(40 * MB, 8 * MB, 0);
	CHECK(!populated_zone(hot_zone(0, ZONE_MOVABLE)));
	CHECK(!shows(0, ZONELIST_FALLBACK, hot_zone(0, ZONE_MOVABLE)));
	movable = hot_online(40 * MB, 8 * MB, 0, MMOP_ONLINE_MOVABLE);
	CHECK_PTR(movable, hot_zone(0, ZONE_MOVABLE));
	CHECK(shows(0, ZONELIST_FALLBACK, movable));
	CHECK_EQ(movable->zone_start_pfn, PFN_DOWN(40 * MB));
	CHECK_EQ(NODE_DATA(0)->nr_zones, ZONE_MOVABLE + 1);
	hot_check_all();
	/* Movable requests take it first, others never. */
	page = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	REQUIRE(page);
	CHECK_PTR(page_zone(page), movable);
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	CHECK_EQ(zone_page_state(movable, NR_FREE_PAGES) + 1 <= 2 * BLOCK_PAGES, true);
	CHECK(zone_page_state(movable, NR_FREE_PAGES) > BLOCK_PAGES);
	hot_check_all();
	CHECK_EQ(hot_offline(40 * MB, 8 * MB, movable), -EBUSY);
	__free_pages(page, 0);
	CHECK_EQ(hot_offline(40 * MB, 8 * MB, movable), 0);
	CHECK(!populated_zone(movable));
	CHECK(!shows(0, ZONELIST_FALLBACK, movable));
	CHECK_EQ(movable->spanned_pages, 0);
	CHECK_EQ(low_wmark_pages(movable), 0);
	CHECK_EQ(hot_zone(0, ZONE_NORMAL)->lowmem_reserve[ZONE_MOVABLE],
		 before.reserve[0][ZONE_NORMAL]);
	hot_check_all();
}

/*
 *      16M          32M      40M    46M     52M
 *      | RAM         |  hole  | hot-pluggable |
 *      | in the direct map           |  highmem
 */
/* What was taken from a zone is not undone by the zone's going. */
static void events_of_a_zone_that_is_gone_stay_counted(void)
{
	const enum vm_event_item event = (enum vm_event_item)(PGALLOC_DMA + ZONE_MOVABLE);
	unsigned long taken, freed, hits;
	struct zone *zone;
	unsigned int i;

	hot_boot_flat();
	hot_plug(40 * MB, 8 * MB, 0);
	zone = hot_online(40 * MB, 8 * MB, 0, MMOP_ONLINE_MOVABLE);
	for (i = 0; i < 100; i++) {
		struct page *page = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);

		REQUIRE(page && page_zone(page) == zone);
		__free_pages(page, 0);
	}
	taken = vm_event(event);
	freed = vm_event(PGFREE);
	hits = global_numa_event_state(NUMA_HIT);
	CHECK(taken >= 100);
	CHECK_EQ(hot_offline(40 * MB, 8 * MB, zone), 0);
	CHECK_EQ(zone->present_pages, 0);
	CHECK_EQ(vm_event(event), taken);
	CHECK_EQ(vm_event(PGFREE), freed);
	CHECK_EQ(global_numa_event_state(NUMA_HIT), hits);
}

static void memory_above_the_direct_map_is_highmem(void)
{
	struct zone *zone;

	hot_describe(1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM | 1U << ZONE_MOVABLE);
	hot_machine->lowmem_end = 46 * MB;
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 40 * MB, 12 * MB, 0);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	CHECK_EQ(totalhigh_pages(), 0);
	hot_plug(40 * MB, 4 * MB, 0);
	CHECK_PTR(hot_online(40 * MB, 4 * MB, 0, MMOP_ONLINE), hot_zone(0, ZONE_NORMAL));
	/* Half of it has an address. */
	CHECK_EQ(add_memory(0, 44 * MB, 4 * MB, MHP_NONE), -EINVAL);
	hot_plug(48 * MB, 4 * MB, 0);
	zone = hot_online(48 * MB, 4 * MB, 0, MMOP_ONLINE);
	CHECK_PTR(zone, hot_zone(0, ZONE_HIGHMEM));
	CHECK_EQ(totalhigh_pages(), BLOCK_PAGES);
	CHECK_EQ(max_pfn, PFN_DOWN(52 * MB));
	hot_check_all();
	CHECK_EQ(page_to_pfn(alloc_pages(GFP_HIGHUSER, 0)) >= PFN_DOWN(48 * MB), true);
	CHECK_EQ(hot_offline(48 * MB, 4 * MB, zone), -EBUSY);
	CHECK_EQ(hot_offline(40 * MB, 4 * MB, hot_zone(0, ZONE_NORMAL)), 0);
	hot_check_all();
}

/* Below all RAM of the boot, in a zone of its own: the zone begins with it, and ends with it. */
static void memory_may_come_below_the_ram_of_the_boot(void)
{
	struct zone *zone;
	struct hot_counts before;

	hot_describe(1U << ZONE_DMA | 1U << ZONE_NORMAL);
	hot_machine->zone_end[ZONE_DMA] = 16 * MB;
	test_bank(hot_machine, 32 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 8 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	hot_count_all(&before);
	hot_plug(8 * MB, 16 * MB, 0);
	CHECK(!zone_for_pfn_range(MMOP_ONLINE, 0, NULL, PFN_DOWN(8 * MB), 4 * BLOCK_PAGES)); /* of two zones */
	CHECK_PTR(hot_online(8 * MB, 8 * MB, 0, MMOP_ONLINE), hot_zone(0, ZONE_DMA));
	zone = hot_online(16 * MB, 8 * MB, 0, MMOP_ONLINE);
	CHECK_PTR(zone, hot_zone(0, ZONE_NORMAL));
	CHECK_EQ(zone->zone_start_pfn, PFN_DOWN(16 * MB));
	CHECK_EQ(NODE_DATA(0)->node_start_pfn, PFN_DOWN(8 * MB));
	hot_check_all();
	CHECK_EQ(page_to_pfn(alloc_pages(GFP_DMA, 0)) < PFN_DOWN(16 * MB), true);
	CHECK_EQ(hot_offline(16 * MB, 8 * MB, zone), 0);
	CHECK_EQ(zone->zone_start_pfn, PFN_DOWN(32 * MB));
	CHECK_EQ(zone->spanned_pages, before.spanned[0][ZONE_NORMAL]);
	CHECK_EQ(hot_zone(0, ZONE_DMA)->present_pages, 2 * BLOCK_PAGES);
	hot_check_all();
}

#if CONFIG_NUMA
static void a_node_comes_with_its_first_memory_and_goes_with_its_last(void)
{
	struct zone *zone;
	struct page *page;
	pg_data_t *pgdat;
	unsigned int nodes = 0;

	hot_describe(1U << ZONE_NORMAL);
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 64 * MB, 8 * MB, 1);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	hot_check_all();
	for_each_online_pgdat(pgdat)
		nodes++;
	CHECK_EQ(nodes, 1);
	/* A request for the node is served by the nearest that has memory. */
	page = alloc_pages_node(1, GFP_KERNEL, 0);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 0);
	CHECK(!alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
	CHECK_EQ(add_memory(0, 64 * MB, 4 * MB, MHP_NONE), -EINVAL);
	hot_plug(64 * MB, 8 * MB, 1);
	zone = hot_online(64 * MB, 8 * MB, 1, MMOP_ONLINE);
	CHECK_PTR(NODE_DATA(0)->node_next, NODE_DATA(1));
	CHECK_EQ(NODE_DATA(1)->node_present_pages, 2 * BLOCK_PAGES);
	CHECK(shows(0, ZONELIST_FALLBACK, zone) && shows(1, ZONELIST_FALLBACK, zone));
	CHECK(shows(1, ZONELIST_NOFALLBACK, zone) && !shows(0, ZONELIST_NOFALLBACK, zone));
	hot_check_all();
	page = alloc_pages_node(1, GFP_KERNEL, 0);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 1);
	CHECK_EQ(hot_offline(64 * MB, 8 * MB, zone), -EBUSY);
	__free_pages(page, 0);
	CHECK_EQ(hot_offline(64 * MB, 8 * MB, zone), 0);
	CHECK_EQ(remove_memory(64 * MB, 8 * MB), 0);
	CHECK_PTR(NODE_DATA(0)->node_next, NULL);
	CHECK(!alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
	hot_check_all();
}

static int let_it_come(phys_addr_t start, phys_addr_t size)
{
	(void)start;
	(void)size;
	return 0;
}
static int let_it_stay(phys_addr_t start, phys_addr_t size)
{
	(void)start;
	(void)size;
	return -ENOMEM;
}

/* The direct map may need a page to end inside a larger one. */
static void memory_of_two_nodes_that_cannot_go_stays_theirs(void)
{
	static const struct hotplug_hooks stubborn = { let_it_come, let_it_stay };
	const struct hotplug_hooks *hooks;
	unsigned long i, on[2] = { 0, 0 };
	struct hot_counts before;

	hot_describe(1U << ZONE_NORMAL);
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 40 * MB, 8 * MB, 0);
	test_hotplug(hot_machine, 48 * MB, 8 * MB, 1);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	hot_plug(40 * MB, 8 * MB, 0);
	hot_plug(48 * MB, 8 * MB, 1);
	hot_count_all(&before);
	hooks = this_quire()->page.hotplug.hooks;
	this_quire()->page.hotplug.hooks = &stubborn;
	CHECK_EQ(remove_memory(40 * MB, 16 * MB), -ENOMEM);
	this_quire()->page.hotplug.hooks = hooks;
	hot_check_same(&before);
	for (i = 0; i < memblock.memory.cnt; i++)
		on[memblock_get_region_node(&memblock.memory.regions[i]) == 1] += memblock.memory.regions[i].size;
	CHECK_EQ(on[0], 24 * MB);
	CHECK_EQ(on[1], 8 * MB);
	CHECK_EQ(remove_memory(40 * MB, 16 * MB), 0);
	hot_check_all();
}
#endif

/* Whoever adds it need not think of it again. */
static void added_memory_goes_online_where_that_is_the_policy(void)
{
	hot_boot_flat();
	CHECK_EQ(mhp_get_default_online_type(), MMOP_OFFLINE);
	mhp_set_default_online_type(MMOP_ONLINE_MOVABLE);
	hot_plug(40 * MB, 4 * MB, 0);
	hot_plug(48 * MB, 4 * MB, 0);
	CHECK_EQ(hot_zone(0, ZONE_MOVABLE)->present_pages, 2 * BLOCK_PAGES);
	/* In the neighbourhood of movable memory, and of the kernel's. */
	mhp_set_default_online_type(MMOP_ONLINE);
	hot_plug(44 * MB, 4 * MB, 0);
	CHECK_PTR(zone_of_valid_frame(PFN_DOWN(44 * MB)), hot_zone(0, ZONE_MOVABLE));
	mhp_set_default_online_type(MMOP_ONLINE_KERNEL);
	hot_plug(60 * MB, 4 * MB, 0);
	CHECK_PTR(zone_of_valid_frame(PFN_DOWN(60 * MB)), hot_zone(0, ZONE_NORMAL));
	mhp_set_default_online_type(MMOP_ONLINE);
	hot_plug(56 * MB, 4 * MB, 0);
	CHECK_PTR(zone_of_valid_frame(PFN_DOWN(56 * MB)), hot_zone(0, ZONE_NORMAL));
	log_clear();
	mhp_set_default_online_type(7);
	CHECK(log_contains("there is no type 7"));
	CHECK_EQ(mhp_get_default_online_type(), MMOP_ONLINE);
	hot_check_all();
}

/* ---- in use ---- */

static void a_block_with_a_page_in_use_stays_online(void)
{
	struct hot_counts before;
	struct zone *zone;
	struct page *page, *held[512];
	unsigned int n = 0;

	hot_boot_flat();
	hot_plug(40 * MB, 8 * MB, 0);
	zone = hot_online(40 * MB, 8 * MB, 0, MMOP_ONLINE_KERNEL);
	/* The lowest memory is used up first: until a page comes from what was added. */
	while ((page = alloc_pages(GFP_KERNEL, 3)) && page_to_pfn(page) < PFN_DOWN(44 * MB)) {
		REQUIRE(n < 512 * 3);
		if (n < 512)
			held[n++] = page;
	}
	REQUIRE(page);
	drain_all_pages(NULL);
	hot_count_all(&before);
	CHECK_EQ(hot_offline(44 * MB, 4 * MB, zone), -EBUSY);
	drain_all_pages(NULL);
	hot_check_same(&before);
	CHECK_EQ(offline_and_remove_memory(40 * MB, 8 * MB), -EBUSY);
	hot_check_same(&before);
	while (n)
		__free_pages(held[--n], 3);
	__free_pages(page, 3);
	hot_check_all();
}

/* ---- pages that move away ---- */

#define NR_MOVED 300
static struct page *table[NR_MOVED];
static const struct movable_operations *this_mover(void);

static bool isolate_mine(struct page *page, isolate_mode_t mode)
{
	(void)page;
	(void)mode;
	return true;
}

static int move_mine(struct page *dst, struct page *src, enum migrate_mode mode)
{
	unsigned long index = page_private(src);

	(void)mode;
	memcpy(page_address(dst), page_address(src), PAGE_SIZE);
	get_page(dst);
	set_page_private(dst, index);
	__SetPageMovable(dst, this_mover());
	table[index] = dst;
	__free_pages(src, 0);
	return 0;
}

static void keep_mine(struct page *page)
{
	(void)page;
}

static const struct movable_operations mover = { isolate_mine, move_mine, keep_mine };
static const struct movable_operations *this_mover(void)
{
	return &mover;
}

static void take_movable(unsigned long i)
{
	table[i] = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);
	REQUIRE(table[i]);
	set_page_private(table[i], i);
	__SetPageMovable(table[i], &mover);
	*(unsigned long *)page_address(table[i]) = i * 7;
}

/* All pages in use have a mover: the blocks are emptied, the contents follow. */
static void pages_in_use_are_moved_out_of_a_block_that_goes(void)
{
	struct hot_counts before;
	struct zone *movable;
	unsigned long i, there = 0;

	hot_boot_flat();
	hot_plug(40 * MB, 12 * MB, 0);
	movable = hot_online(40 * MB, 12 * MB, 0, MMOP_ONLINE_MOVABLE);
	for (i = 0; i < NR_MOVED; i++) {
		take_movable(i);
		there += page_zone(table[i]) == movable;
	}
	CHECK_EQ(there, NR_MOVED);
	hot_count_all(&before);
	there = page_to_pfn(table[0]) - (page_to_pfn(table[0]) & (BLOCK_PAGES - 1));
	CHECK_EQ(offline_pages(there, BLOCK_PAGES, movable, NULL), 0);
	hot_check_all();
	CHECK_EQ(movable->present_pages, before.present[0][ZONE_MOVABLE] - BLOCK_PAGES);
	for (i = 0; i < NR_MOVED; i++) {
		CHECK(page_to_pfn(table[i]) < there || page_to_pfn(table[i]) >= there + BLOCK_PAGES);
		CHECK_EQ(*(unsigned long *)page_address(table[i]), i * 7);
	}
	/* All of the zone, to where movable pages find room too. */
	while (movable->present_pages)
		CHECK_EQ(offline_pages(movable->zone_start_pfn, BLOCK_PAGES, movable, NULL), 0);
	for (i = 0; i < NR_MOVED; i++) {
		CHECK_EQ(*(unsigned long *)page_address(table[i]), i * 7);
		__free_pages(table[i], 0);
	}
	CHECK_EQ(remove_memory(40 * MB, 12 * MB), 0);
	hot_check_all();
}

/* What of the highatomic reserve is in a block that goes is gone from its count too. */
static void the_highatomic_reserve_shrinks_with_a_block_that_goes(void)
{
	struct zone *zone;
	struct page *page;
	unsigned long flags;

	hot_boot_flat();
	hot_plug(40 * MB, 4 * MB, 0);
	zone = hot_online(40 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	page = pfn_to_page(PFN_DOWN(40 * MB));
	flags = local_irq_save();
	move_freepages_block(zone, page, MIGRATE_HIGHATOMIC);
	local_irq_restore(flags);
	zone->nr_reserved_highatomic = pageblock_nr_pages;
	hot_check_all();
	CHECK_EQ(hot_offline(40 * MB, 4 * MB, zone), 0);
	CHECK_EQ(zone->nr_reserved_highatomic, 0);
	hot_online(40 * MB, 4 * MB, 0, MMOP_ONLINE_KERNEL);
	CHECK_EQ(get_pageblock_migratetype(page), MIGRATE_MOVABLE);
	hot_check_all();
}

/* Each allocation of the boot fails once: it ends as if it had not begun. */
static void a_boot_with_ranges_that_fails_leaves_nothing(void)
{
	unsigned long n;
	int err = -ENOMEM;

	hot_describe(1U << ZONE_NORMAL | 1U << ZONE_MOVABLE);
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 40 * MB, 24 * MB, 0);
	test_machine_ram(hot_machine);
	for (n = 1; err; n++) {
		quire_fail_nth(n, false);
		err = quire_boot(hot_machine);
		quire_fail_off();
		CHECK(!err || err == -ENOMEM);
		if (err)
			CHECK_EQ(this_quire()->page.hotplug.nr_ranges, 0);
		REQUIRE(n < 200);
	}
	CHECK(n > 10);
	hot_check_all();
	hot_plug(40 * MB, 4 * MB, 0);
	hot_online(40 * MB, 4 * MB, 0, MMOP_ONLINE_MOVABLE);
	hot_check_all();
}

/* RAM of the boot, too, if it is whole blocks that are free. */
static void memory_of_the_boot_can_go_and_come_back(void)
{
	struct zone *zone;
	phys_addr_t base;
	struct hot_counts before;
	bool went = false;

	hot_boot_flat();
	zone = hot_zone(0, ZONE_NORMAL);
	hot_count_all(&before);
	for (base = 16 * MB; base < 32 * MB && !went; base += BLOCK)
		went = !hot_offline(base, BLOCK, zone);
	REQUIRE(went);
	base -= BLOCK;
	CHECK_EQ(zone->present_pages, before.present[0][ZONE_NORMAL] - BLOCK_PAGES);
	hot_check_all();
	CHECK_EQ(remove_memory(base, BLOCK), 0);
	hot_check_all();
	CHECK(!zone_for_pfn_range(MMOP_ONLINE_MOVABLE, 0, NULL, PFN_DOWN(base), BLOCK_PAGES));
	CHECK_EQ(add_memory(0, base, BLOCK, MHP_NONE), 0);
	CHECK_PTR(hot_online(base, BLOCK, 0, MMOP_ONLINE), zone);
	CHECK_EQ(zone->present_pages, before.present[0][ZONE_NORMAL]);
	CHECK_EQ(nr_free_pages(), before.free);
	hot_check_all();
}

static void what_makes_no_sense_is_refused(void)
{
	struct zone *zone, *movable;

	hot_boot_flat();
	zone = hot_zone(0, ZONE_NORMAL);
	movable = hot_zone(0, ZONE_MOVABLE);
	CHECK_EQ(memory_block_size_bytes(), BLOCK);
	CHECK_EQ(add_memory(0, 40 * MB + 4096, BLOCK, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 40 * MB, BLOCK / 2, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 40 * MB, 0, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 40 * MB, ~(u64)0 - BLOCK + 1, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 32 * MB, BLOCK, MHP_NONE), -EINVAL); /* a hole */
	CHECK_EQ(add_memory(0, 60 * MB, 2 * BLOCK, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 16 * MB, BLOCK, MHP_NONE), -EEXIST);
	CHECK_EQ(add_memory(1, 40 * MB, BLOCK, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 40 * MB, BLOCK, 8), -EINVAL);
	CHECK_EQ(online_pages(PFN_DOWN(40 * MB), BLOCK_PAGES, zone, NULL), -ENOENT);
	CHECK_EQ(remove_memory(40 * MB, BLOCK), -ENOENT);
	hot_plug(40 * MB, BLOCK, 0);
	CHECK_EQ(add_memory(0, 40 * MB, BLOCK, MHP_NONE), -EEXIST);
	CHECK_EQ(hot_offline(40 * MB, BLOCK, zone), -ENOENT);
	CHECK_EQ(online_pages(PFN_DOWN(40 * MB), 1, zone, NULL), -EINVAL);
	CHECK_EQ(online_pages(PFN_DOWN(40 * MB), BLOCK_PAGES, hot_zone(0, ZONE_DMA), NULL), -EINVAL);
	hot_online(40 * MB, BLOCK, 0, MMOP_ONLINE_MOVABLE);
	CHECK_EQ(online_pages(PFN_DOWN(40 * MB), BLOCK_PAGES, zone, NULL), -ENOENT);
	CHECK_EQ(hot_offline(40 * MB, BLOCK, zone), -EINVAL);
	CHECK_EQ(hot_offline(40 * MB, BLOCK, movable), 0);
	hot_check_all();
}

/* An address of 0 means failure: at boot that page is reserved, and so it must not come later. */
static void the_page_at_address_0_cannot_come(void)
{
	struct hot_counts before;
	uintptr_t direct_map;

	hot_boot_flat();
	hot_count_all(&before);
	direct_map = this_quire()->geo.direct_map;
	test_plug(hot_machine, 40 * MB, 8 * MB);
	/* As if the direct map began there. */
	this_quire()->geo.direct_map = (uintptr_t)0 - (uintptr_t)(44 * MB);
	CHECK_EQ(add_memory(0, 40 * MB, 8 * MB, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 44 * MB, 4 * MB, MHP_NONE), -EINVAL);
	CHECK_EQ(add_memory(0, 40 * MB, 4 * MB, MHP_NONE), 0);
	CHECK_EQ(remove_memory(40 * MB, 4 * MB), 0);
	this_quire()->geo.direct_map = direct_map;
	test_unplug(hot_machine, 40 * MB, 8 * MB);
	hot_check_same(&before);
}

/* ---- notifiers ---- */

static char trace[256];
static unsigned int trace_length;
static unsigned long refused_action;

static int note(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct memory_notify *about = data;

	if (trace_length < sizeof(trace) - 4) {
		trace[trace_length++] = (char)('a' + nb->priority);
		trace[trace_length++] = (char)(action == MEM_GOING_ONLINE    ? '<'
					       : action == MEM_ONLINE	      ? '+'
					       : action == MEM_CANCEL_ONLINE  ? 'x'
					       : action == MEM_GOING_OFFLINE  ? '>'
					       : action == MEM_OFFLINE	      ? '-'
					       : action == MEM_CANCEL_OFFLINE ? 'y'
									      : '?');
		trace[trace_length] = '\0';
	}
	CHECK_EQ(about->start_pfn, PFN_DOWN(40 * MB));
	CHECK_EQ(about->nr_pages, BLOCK_PAGES);
	return action == refused_action ? notifier_from_errno(-ENOMEM) : NOTIFY_OK;
}

static void forget_trace(void)
{
	trace_length = 0;
	trace[0] = '\0';
}

static void notifiers_are_told_in_order_and_may_refuse(void)
{
	struct notifier_block a = { .notifier_call = note, .priority = 0 };
	struct notifier_block b = { .notifier_call = note, .priority = 1 };
	struct hot_counts before;
	struct zone *zone;

	hot_boot_flat();
	forget_trace();
	refused_action = 0;
	CHECK_EQ(register_memory_notifier(&a), 0);
	CHECK_EQ(register_memory_notifier(&b), 0);
	CHECK_EQ(register_memory_notifier(&a), -EEXIST);
	hot_plug(40 * MB, BLOCK, 0);
	CHECK_STR(trace, "");
	zone = hot_zone(0, ZONE_NORMAL);
	hot_count_all(&before);
	refused_action = MEM_GOING_ONLINE;
	CHECK_EQ(online_pages(PFN_DOWN(40 * MB), BLOCK_PAGES, zone, NULL), -ENOMEM);
	CHECK_STR(trace, "b<bxax");
	hot_check_same(&before);
	forget_trace();
	refused_action = MEM_GOING_OFFLINE;
	hot_online(40 * MB, BLOCK, 0, MMOP_ONLINE_KERNEL);
	CHECK_STR(trace, "b<a<b+a+");
	hot_count_all(&before);
	forget_trace();
	CHECK_EQ(hot_offline(40 * MB, BLOCK, zone), -ENOMEM);
	CHECK_STR(trace, "b>byay");
	hot_check_same(&before);
	forget_trace();
	refused_action = 0;
	CHECK_EQ(unregister_memory_notifier(&b), 0);
	CHECK_EQ(unregister_memory_notifier(&b), -ENOENT);
	CHECK_EQ(hot_offline(40 * MB, BLOCK, zone), 0);
	CHECK_STR(trace, "a>a-");
	CHECK_EQ(unregister_memory_notifier(&a), 0);
}

static int call_back(struct notifier_block *nb, unsigned long action, void *data)
{
	(void)nb;
	(void)action;
	(void)data;
	CHECK_EQ(add_memory(0, 44 * MB, BLOCK, MHP_NONE), -EBUSY);
	CHECK_EQ(remove_memory(44 * MB, BLOCK), -EBUSY);
	return NOTIFY_OK;
}

static void a_notifier_cannot_begin_anew(void)
{
	struct notifier_block nb = { .notifier_call = call_back };

	hot_boot_flat();
	CHECK_EQ(register_memory_notifier(&nb), 0);
	hot_plug(40 * MB, BLOCK, 0);
	hot_online(40 * MB, BLOCK, 0, MMOP_ONLINE_KERNEL);
	CHECK_EQ(unregister_memory_notifier(&nb), 0);
	hot_check_all();
}

/* ---- a model: blocks that come and go at random, while pages are taken and freed ---- */

#define NR_BLOCKS 6

static void check_against_model(const enum memory_block_state *state, const bool *is_movable,
				const struct hot_counts *boot)
{
	unsigned long kernel = 0, movable = 0, ram = 0, i;

	for (i = 0; i < NR_BLOCKS; i++) {
		CHECK_EQ(memory_block_state(PFN_DOWN(40 * MB + i * BLOCK)), state[i]);
		ram += state[i] != MEMORY_BLOCK_ABSENT;
		if (state[i] == MEMORY_BLOCK_ONLINE)
			*(is_movable[i] ? &movable : &kernel) += BLOCK_PAGES;
	}
	CHECK_EQ(hot_zone(0, ZONE_NORMAL)->present_pages, boot->present[0][ZONE_NORMAL] + kernel);
	CHECK_EQ(hot_zone(0, ZONE_MOVABLE)->present_pages, movable);
	CHECK_EQ(totalram_pages(), boot->total + kernel + movable);
	CHECK_EQ(memblock_phys_mem_size(), boot->ram + ram * BLOCK);
	hot_check_all();
}

static void random_blocks_come_and_go_as_in_a_model(void)
{
	enum memory_block_state state[NR_BLOCKS] = { MEMORY_BLOCK_ABSENT };
	bool is_movable[NR_BLOCKS] = { false };
	struct page *held[64] = { NULL };
	unsigned int orders[64], went = 0, stayed = 0;
	unsigned long n = test_rounds(400);
	struct hot_counts boot;

	hot_boot_flat();
	hot_count_all(&boot);
	for (; n; n--) {
		unsigned int i = (unsigned int)test_random_below(NR_BLOCKS), slot = (unsigned int)test_random_below(64);
		phys_addr_t base = 40 * MB + i * BLOCK;
		int err;

		if (held[slot]) {
			__free_pages(held[slot], orders[slot]);
			held[slot] = NULL;
		} else if (test_random_below(2)) {
			orders[slot] = (unsigned int)test_random_below(MAX_ORDER - 1);
			held[slot] = alloc_pages((test_random_below(2) ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE) | __GFP_NOWARN,
						 orders[slot]);
		}
		if (state[i] == MEMORY_BLOCK_ABSENT) {
			hot_plug(base, BLOCK, 0);
			state[i] = MEMORY_BLOCK_OFFLINE;
		} else if (state[i] == MEMORY_BLOCK_OFFLINE && test_random_below(3)) {
			is_movable[i] = test_random_below(2);
			hot_online(base, BLOCK, 0, is_movable[i] ? MMOP_ONLINE_MOVABLE : MMOP_ONLINE_KERNEL);
			state[i] = MEMORY_BLOCK_ONLINE;
		} else if (state[i] == MEMORY_BLOCK_OFFLINE) {
			CHECK_EQ(remove_memory(base, BLOCK), 0);
			test_unplug(hot_machine, base, BLOCK);
			state[i] = MEMORY_BLOCK_ABSENT;
		} else {
			err = hot_offline(base, BLOCK, hot_zone(0, is_movable[i] ? ZONE_MOVABLE : ZONE_NORMAL));
			CHECK(!err || err == -EBUSY);
			went += !err;
			stayed += err != 0;
			if (!err)
				state[i] = MEMORY_BLOCK_OFFLINE;
		}
		check_against_model(state, is_movable, &boot);
	}
	tap_note("%u blocks went, %u were in use", went, stayed);
	for (n = 0; n < 64; n++)
		if (held[n])
			__free_pages(held[n], orders[n]);
	hot_check_all();
}

const struct tap_test tap_tests[] = {
	TEST(a_machine_without_ranges_has_no_hot_plug),
	TEST(added_memory_is_known_but_nobody_s),
	TEST(online_memory_is_the_zone_s_and_can_be_allocated),
	TEST(what_went_online_and_offline_leaves_no_trace),
	TEST(memory_can_come_again_after_it_went),
	TEST(what_came_one_by_one_may_go_at_once),
	TEST(a_movable_zone_comes_with_its_first_memory_and_goes_with_its_last),
	TEST(events_of_a_zone_that_is_gone_stay_counted),
	TEST(memory_above_the_direct_map_is_highmem),
	TEST(memory_may_come_below_the_ram_of_the_boot),
#if CONFIG_NUMA
	TEST(a_node_comes_with_its_first_memory_and_goes_with_its_last),
	TEST(memory_of_two_nodes_that_cannot_go_stays_theirs),
#endif
	TEST(added_memory_goes_online_where_that_is_the_policy),
	TEST(a_block_with_a_page_in_use_stays_online),
	TEST(pages_in_use_are_moved_out_of_a_block_that_goes),
	TEST(the_highatomic_reserve_shrinks_with_a_block_that_goes),
	TEST(a_boot_with_ranges_that_fails_leaves_nothing),
	TEST(memory_of_the_boot_can_go_and_come_back),
	TEST(what_makes_no_sense_is_refused),
	TEST(the_page_at_address_0_cannot_come),
	TEST(notifiers_are_told_in_order_and_may_refuse),
	TEST(a_notifier_cannot_begin_anew),
	TEST(random_blocks_come_and_go_as_in_a_model),
	{ NULL, NULL },
};
