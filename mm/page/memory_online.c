/* SPDX-License-Identifier: MIT */
/*
 * memory_online.c - memory blocks that are given to a zone, and taken back from it.
 *
 * Online: the zone's span is widened; the blocks' frames become valid, but for their own
 * structures (see memory_hotplug.c) nothing is written (leaves are lazy, as at boot); they are freed
 * in largest blocks; then what depends on how much memory there is follows: marks and reserves, the
 * limits of the CPUs' lists, the zone's place in the zonelists.
 *
 * Offline is the same backwards. All frames must come to be ours, as if allocated: the page blocks
 * are isolated, so that what comes free stays (isolation.c); before, the layer above gives back what it
 * only keeps (keeper.c); pages in use that can be moved are moved; then the free frames are taken, all of them or none.
 *
 *     span      |. . . . . . . . . . . . . . . . . . . .|
 *     blocks    [ RAM of the boot ][ a ][ b ]      [ c ]      c goes: the span ends behind b
 *                                                             a goes: a hole, the span stays
 */
#include <quire/isolation.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/hotplug.h"
#include "mm/page/internal.h"

typedef unsigned long long ull;

/* ---- which zone ---- */

/* By address, as at boot. */
static struct zone *kernel_zone(int nid, pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat = NODE_DATA(nid);
	int type;

	for (type = 0; type < ZONE_MOVABLE; type++)
		if (pfn < ps->zone_high_pfn[type])
			break;
	return &pgdat->node_zones[type];
}

static bool intersects(const struct zone *zone, pfn_t start, unsigned long pages)
{
	return start < zone_end_pfn(zone) && start + pages > zone->zone_start_pfn;
}

/* May the zone have the block? RAM of the boot goes where it was; else there must be room, and leaves. */
static bool can_have_block(const struct zone *zone, pfn_t start)
{
	const struct memory_block *block = memory_block_of(start);
	pfn_t last = start + hotplug_block_pages() - 1;

	if (block->is_boot_map)
		return block->zone == zone;
	return block->nid == zone->node && zone->room_pages && start >= zone->room_start_pfn &&
	       last < zone->room_end_pfn && hotplug_range_of(start, last + 1) &&
	       (zone->zone_idx == ZONE_MOVABLE ||
		(zone == kernel_zone(zone->node, start) && zone == kernel_zone(zone->node, last)));
}

static bool can_have(const struct zone *zone, pfn_t start, unsigned long pages)
{
	pfn_t pfn;

	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		if (!can_have_block(zone, pfn))
			return false;
	return true;
}

struct zone *zone_for_pfn_range(int online_type, int nid, struct memory_group *group,
				unsigned long start_pfn, unsigned long nr_pages)
{
	struct zone *zone, *movable;

	(void)group;
	if (!NODE_DATA(nid) || !hotplug_is_whole_blocks(start_pfn, nr_pages))
		return NULL;
	zone = kernel_zone(nid, start_pfn);
	movable = &NODE_DATA(nid)->node_zones[ZONE_MOVABLE];
	if (online_type == MMOP_ONLINE && memory_block_of(start_pfn)->is_boot_map)
		zone = memory_block_of(start_pfn)->zone;
	else if (online_type == MMOP_ONLINE_MOVABLE ||
		 (online_type == MMOP_ONLINE && !intersects(zone, start_pfn, nr_pages) &&
		  intersects(movable, start_pfn, nr_pages)))
		zone = movable;
	return zone && can_have(zone, start_pfn, nr_pages) ? zone : NULL;
}

/* ---- spans ---- */

static void set_span(struct zone *zone, pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	store_relaxed(zone->span_seq, zone->span_seq + 1);
	store_release(zone->zone_start_pfn, start);
	store_release(zone->spanned_pages, end - start);
	store_release(zone->span_seq, zone->span_seq + 1);
	spin_unlock_irqrestore(&zone->lock, flags);
	zone->zone_mem_map = end > start ? pfn_to_page(start) : NULL;
}

static void widen_span(struct zone *zone, pfn_t start, pfn_t end)
{
	if (zone->spanned_pages) {
		start = min_of(start, zone->zone_start_pfn);
		end = max_of(end, zone_end_pfn(zone));
	}
	set_span(zone, start, end);
}

static bool is_of_zone(const struct zone *zone, pfn_t pfn)
{
	return pfn_valid(pfn) && zone_of_valid_frame(pfn) == zone;
}

/* Frames [start, end) are not the zone's any more: if the span begins or ends with them, it shrinks. */
static void narrow_span(struct zone *zone, pfn_t start, pfn_t end)
{
	pfn_t first = zone->zone_start_pfn, last = zone_end_pfn(zone);

	if (!zone->present_pages) {
		set_span(zone, 0, 0);
		return;
	}
	/* There is a frame that stops them. */
	if (first >= start && first < end)
		for (first = end; !is_of_zone(zone, first); first++)
			if (!pfn_valid(first))
				first |= MAX_ORDER_NR_PAGES - 1;
	if (last > start && last <= end)
		for (last = start; !is_of_zone(zone, last - 1); last--)
			if (!pfn_valid(last - 1))
				last = ALIGN_DOWN(last - 1, MAX_ORDER_NR_PAGES) + 1;
	set_span(zone, first, last);
}

/* From its first zone's beginning to its last zone's end; and how high its zones go. */
static void follow_spans(pg_data_t *pgdat)
{
	pfn_t start = (pfn_t)-1, end = 0;
	int type, nr_zones = 0;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = &pgdat->node_zones[type];

		if (!zone->spanned_pages)
			continue;
		start = min_of(start, zone->zone_start_pfn);
		end = max_of(end, zone_end_pfn(zone));
		if (zone->present_pages)
			nr_zones = type + 1;
	}
	if (!end)
		start = 0;
	pgdat->node_start_pfn = start;
	pgdat->node_start_paddr = PFN_PHYS(start);
	pgdat->node_spanned_pages = end - start;
	pgdat->node_mem_map = end ? pfn_to_page(start) : NULL;
	pgdat->nr_zones = nr_zones;
}

/* ---- counts, and what follows from them ---- */

static void count_present(struct zone *zone, long pages)
{
	pg_data_t *pgdat = zone->zone_pgdat;

	store_relaxed(zone->present_pages, zone->present_pages + (unsigned long)pages);
	store_relaxed(pgdat->node_present_pages, pgdat->node_present_pages + (unsigned long)pages);
}

static void count_managed(struct zone *zone, long pages)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	store_relaxed(zone->managed_pages, zone->managed_pages + (unsigned long)pages);
	spin_unlock_irqrestore(&zone->lock, flags);
	count_add(&ps->totalram_pages, (unsigned long)pages);
	if (zone_is_highmem(zone))
		count_add(&ps->totalhigh_pages, (unsigned long)pages);
}

static bool has_cpu(int nid)
{
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		if (this_quire()->page.cpu_node[cpu] == nid)
			return true;
	return false;
}

/*
 * A node with memory or a CPU is in the list of nodes. Who stands on one that leaves it walks on
 * from there: node_next stays.
 */
static void list_node(pg_data_t *pgdat)
{
	pg_data_t **link = &this_quire()->page.pgdat_list;
	bool belongs = pgdat->node_present_pages || has_cpu(pgdat->node_id);

	while (*link && (*link)->node_id < pgdat->node_id)
		link = &(*link)->node_next;
	if (belongs && *link != pgdat) {
		store_relaxed(pgdat->node_next, *link);
		store_release(*link, pgdat);
	} else if (!belongs && *link == pgdat) {
		store_release(*link, pgdat->node_next);
	}
}

static void follow_counts(struct zone *zone)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long pages = 0;
	struct zone *each;

	list_node(zone->zone_pgdat);
	zonelists_show_zone(zone);
	for_each_zone(each)
		pages += each->managed_pages;
	store_relaxed(ps->mobility_grouping, pages >= pageblock_nr_pages * MIGRATE_TYPES);
	recompute_wmarks();
}

/* ---- online ---- */

static struct memory_notify about(pfn_t start, unsigned long pages, const struct zone *zone,
				  bool changes_node)
{
	return (struct memory_notify){
		.start_pfn = start,
		.nr_pages = pages,
		.status_change_nid = changes_node ? zone->node : NUMA_NO_NODE,
	};
}

static void online_block(struct zone *zone, pfn_t start)
{
	struct memory_block *block = memory_block_of(start);
	unsigned long own = block->is_own_map ? block->nr_map_pages : 0;

	memmap_show_block(zone, start, own);
	count_present(zone, (long)hotplug_block_pages());
	release_frames(zone, start + own, start + hotplug_block_pages());
	block->zone = zone;
	store_relaxed(block->state, (u8)MEMORY_BLOCK_ONLINE);
}

int hotplug_online(pfn_t start, unsigned long pages, struct zone *zone)
{
	struct memory_notify arg = about(start, pages, zone, !zone->zone_pgdat->node_present_pages);
	pfn_t pfn;
	int err;

	if (!hotplug_all_blocks_are(start, pages, MEMORY_BLOCK_OFFLINE))
		return -ENOENT;
	err = hotplug_notify(MEM_GOING_ONLINE, &arg);
	if (err) {
		hotplug_notify(MEM_CANCEL_ONLINE, &arg);
		return err;
	}
	widen_span(zone, start, start + pages);
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		online_block(zone, pfn);
	follow_spans(zone->zone_pgdat);
	follow_counts(zone);
	pr_info("Online: %lu pages at 0x%llx in node %d, zone %s", pages, (ull)PFN_PHYS(start), zone->node,
		zone->name);
	hotplug_notify(MEM_ONLINE, &arg);
	return 0;
}

int online_pages(unsigned long pfn, unsigned long nr_pages, struct zone *zone, struct memory_group *group)
{
	int err;

	if (group || !zone || !hotplug_is_whole_blocks(pfn, nr_pages))
		return -EINVAL;
	if (!hotplug_begin())
		return -EBUSY;
	err = can_have(zone, pfn, nr_pages) ? hotplug_online(pfn, nr_pages, zone) : -EINVAL;
	hotplug_done();
	return err;
}

/* ---- offline ---- */

struct zone *hotplug_zone_of_block(pfn_t start)
{
	struct zone *zone = pfn_valid(start) ? zone_of_valid_frame(start) : NULL;
	pfn_t pfn;

	for (pfn = start; zone && pfn < start + hotplug_block_pages(); pfn++) {
		if (!is_of_zone(zone, pfn))
			return NULL;
		/* Of a leaf that nobody has touched one frame speaks for all. */
		if (!pfn_to_online_page(pfn))
			pfn |= LEAF_NR_PAGES - 1;
	}
	return zone;
}

/* The block's frames that are not its own structures begin here. */
static pfn_t first_frame(pfn_t start)
{
	const struct memory_block *block = memory_block_of(start);

	return start + (block->is_own_map ? block->nr_map_pages : 0);
}

/* Gives the frames of the blocks [start, end) back to the zone. */
static void give_back(struct zone *zone, pfn_t start, pfn_t end)
{
	for (; start < end; start += hotplug_block_pages()) {
		pfn_t pfn = first_frame(start), stop = start + hotplug_block_pages();
		unsigned long flags = local_irq_save();

		while (pfn < stop) {
			unsigned int order = largest_order(pfn, stop);

			buddy_put_block(zone, pfn, order);
			pfn += 1UL << order;
		}
		/* Nobody had them: vmstat.c would take them for pages that were used and freed. */
		count_vm_events(PGTAKE_RANGE, -(stop - first_frame(start)));
		local_irq_restore(flags);
	}
}

/* All or nothing. */
static int take_frames(struct zone *zone, pfn_t start, pfn_t end)
{
	pfn_t pfn;
	int err;

	for (pfn = start; pfn < end; pfn += hotplug_block_pages()) {
		unsigned long flags = local_irq_save();

		err = buddy_take_range(zone, first_frame(pfn), pfn + hotplug_block_pages(), true);
		local_irq_restore(flags);
		if (err) {
			give_back(zone, start, pfn);
			return err;
		}
	}
	return 0;
}

static void undo_isolation(pfn_t start, pfn_t end)
{
	for (; start < end; start += hotplug_block_pages())
		undo_isolate_page_range(first_frame(start), start + hotplug_block_pages(), MIGRATE_MOVABLE);
}

static int isolate(pfn_t start, pfn_t end)
{
	pfn_t pfn;
	int err;

	for (pfn = start; pfn < end; pfn += hotplug_block_pages()) {
		err = start_isolate_page_range(first_frame(pfn), pfn + hotplug_block_pages(), MIGRATE_MOVABLE,
					       MEMORY_OFFLINE | REPORT_FAILURE);
		if (err) {
			undo_isolation(start, pfn);
			return err;
		}
	}
	return 0;
}

/* All that is in use in the blocks goes elsewhere. */
static int evacuate(pfn_t start, pfn_t end)
{
	int err = 0;

	for (; start < end && !err; start += hotplug_block_pages())
		err = evacuate_page_range(first_frame(start), start + hotplug_block_pages(),
					  GFP_USER | __GFP_RETRY_MAYFAIL | __GFP_NOWARN, MR_MEMORY_HOTPLUG);
	return err;
}

static int isolate_and_take(struct zone *zone, pfn_t start, pfn_t end)
{
	int err;

	/* What is only kept shall not be in the way. */
	keeper_give_back();
	err = isolate(start, end);
	if (err)
		return err;
	err = evacuate(start, end);
	if (!err)
		err = take_frames(zone, start, end);
	if (err)
		undo_isolation(start, end);
	return err == -ENOMEM ? -EBUSY : err;
}

/* Was the isolated page block that the frame is in of the highatomic reserve? (isolation.c) */
static bool was_highatomic(const struct zone *zone, pfn_t pfn)
{
	return leaf_hint(&zone->leaves[leaf_number(zone, pfn)]) == MIGRATE_HIGHATOMIC + 1;
}

/* Under its locks: others may be about to ask for frames that they believe to be free. */
static void forget_leaf(struct zone *zone, u32 no)
{
	struct whole_part *part;
	struct free_pool *pool = pool_lock_any_leaf(zone, no, &part);

	set_leaf_hint(&zone->leaves[no], 0);
	store_relaxed(zone->leaves[no].migratetype, (u8)MIGRATE_MOVABLE);
	spin_unlock(&part->lock);
	spin_unlock(&pool->lock);
}

/* The leaves begin anew, should the block come back; what of the highatomic reserve was there is gone. */
static void forget_types(struct zone *zone, pfn_t start)
{
	u32 first = leaf_number(zone, start), leaves = (u32)(hotplug_block_pages() >> LEAF_ORDER), i;
	unsigned long flags = spin_lock_irqsave(&this_quire()->page.wmark_lock);
	pfn_t pfn = start;

	for (; pfn < start + hotplug_block_pages(); pfn += pageblock_nr_pages)
		if (was_highatomic(zone, max_of(pfn, min_of(first_frame(start), pfn + pageblock_nr_pages - 1))))
			store_relaxed(zone->nr_reserved_highatomic, zone->nr_reserved_highatomic - pageblock_nr_pages);
	for (i = first; i < first + leaves; i++)
		forget_leaf(zone, i);
	spin_unlock_irqrestore(&this_quire()->page.wmark_lock, flags);
}

static void offline_block(struct zone *zone, pfn_t start)
{
	struct memory_block *block = memory_block_of(start);

	forget_types(zone, start);
	count_managed(zone, -(long)(start + hotplug_block_pages() - first_frame(start)));
	count_present(zone, -(long)hotplug_block_pages());
	block->zone = zone;
	store_relaxed(block->state, (u8)MEMORY_BLOCK_OFFLINE);
}

/* The pages of a CMA area are for who names it. */
static bool has_cma(pfn_t start, unsigned long pages)
{
	pfn_t pfn = start;

	for (; pfn < start + pages; pfn += LEAF_NR_PAGES)
		if ((leaf_kind(pfn) & LEAF_TYPE_MASK) == MIGRATE_CMA)
			return true;
	return false;
}

static int check_offline(pfn_t start, unsigned long pages, const struct zone *zone)
{
	pfn_t pfn;

	if (!hotplug_all_blocks_are(start, pages, MEMORY_BLOCK_ONLINE))
		return -ENOENT;
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		if (hotplug_zone_of_block(pfn) != zone)
			return -EINVAL;
	return has_cma(start, pages) ? -EBUSY : 0;
}

int hotplug_offline(pfn_t start, unsigned long pages, struct zone *zone)
{
	struct memory_notify arg =
		about(start, pages, zone, zone->zone_pgdat->node_present_pages == pages);
	pfn_t pfn;
	int err = check_offline(start, pages, zone);

	if (err)
		return err;
	err = hotplug_notify(MEM_GOING_OFFLINE, &arg);
	if (!err)
		err = isolate_and_take(zone, start, start + pages);
	if (err) {
		hotplug_notify(MEM_CANCEL_OFFLINE, &arg);
		return err;
	}
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		memmap_hide_block(pfn);
	/* Until then it stays isolated: who has found it valid cannot isolate it for himself. */
	memmap_wait_for_walks();
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		offline_block(zone, pfn);
	narrow_span(zone, start, start + pages);
	follow_spans(zone->zone_pgdat);
	follow_counts(zone);
	pr_info("Offlined Pages %lu at 0x%llx", pages, (ull)PFN_PHYS(start));
	hotplug_notify(MEM_OFFLINE, &arg);
	return 0;
}

int offline_pages(unsigned long start_pfn, unsigned long nr_pages, struct zone *zone,
		  struct memory_group *group)
{
	int err;

	if (group || !zone || !hotplug_is_whole_blocks(start_pfn, nr_pages))
		return -EINVAL;
	if (!hotplug_begin())
		return -EBUSY;
	err = hotplug_offline(start_pfn, nr_pages, zone);
	hotplug_done();
	return err;
}

/* ---- checked ---- */

#define BROKEN(...) (pr_err("memory_hotplug_validate: " __VA_ARGS__), -EINVAL)

static int check_block(pfn_t start)
{
	const struct memory_block *block = memory_block_of(start);
	bool any = false;
	pfn_t pfn;

	for (pfn = start; pfn < start + hotplug_block_pages(); pfn += MAX_ORDER_NR_PAGES)
		any |= pfn_valid(pfn);
	if (any != (block->state == MEMORY_BLOCK_ONLINE))
		return BROKEN("block 0x%lx is in state %u, but frames of it are %s", start, block->state,
			      any ? "valid" : "not valid");
	if (block->goes_back)
		return BROKEN("block 0x%lx is still to go back", start);
	if (block->is_boot_map || !any)
		return 0;
	if (hotplug_zone_of_block(start) != block->zone)
		return BROKEN("block 0x%lx is not all zone %s's", start, block->zone->name);
	if (!zone_spans_pfn(block->zone, start) || !zone_spans_pfn(block->zone, start + hotplug_block_pages() - 1))
		return BROKEN("block 0x%lx is outside of the span of its zone %s", start, block->zone->name);
	return 0;
}

static int check_node(pg_data_t *pgdat)
{
	unsigned long present = 0;
	pg_data_t *each;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = &pgdat->node_zones[type];

		if (zone->present_pages > zone->spanned_pages || zone->managed_pages > zone->present_pages)
			return BROKEN("zone %s of node %d: %lu pages spanned, %lu present, %lu managed", zone->name,
				      pgdat->node_id, zone->spanned_pages, zone->present_pages, zone->managed_pages);
		present += zone->present_pages;
	}
	if (present != pgdat->node_present_pages)
		return BROKEN("node %d: %lu pages are present, its zones have %lu", pgdat->node_id,
			      pgdat->node_present_pages, present);
	for_each_online_pgdat(each)
		if (each == pgdat)
			return 0;
	return present ? BROKEN("node %d has memory, but is not in the list", pgdat->node_id) : 0;
}

int memory_hotplug_validate(void)
{
	const struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat;
	size_t i;
	int err = 0;

	if (ps->hotplug.is_busy)
		return BROKEN("somebody is adding or removing memory");
	for (i = 0; i < ps->hotplug.nr_blocks && !err; i++)
		err = check_block(ps->memmap_base_pfn + ((pfn_t)i << ps->hotplug.block_order));
	for (pgdat = next_possible_node(-1); pgdat && !err; pgdat = next_possible_node(pgdat->node_id))
		err = check_node(pgdat);
	return err;
}
