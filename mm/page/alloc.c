/* SPDX-License-Identifier: MIT */
/*
 * alloc.c - taking pages: from what a caller asks for to a block.
 *
 * The gfp flags name the highest zone that will do; the node's zonelist holds the zones
 * to try, in order. A request goes three ways, one after the other:
 *
 *   take_own_page           a page of this CPU's own list: nobody else is concerned
 *   get_page_from_freelist  the first zone that stays above its low watermark
 *   alloc_pages_slowpath    (slowpath.c) whatever else there is
 *
 * Before all of them stands alloc_pages(), which has the common case in one piece. Blocks come
 * through the CPU's own lists, but those of a reserve, one by one: a list filled from a reserve
 * would be open to everybody.
 */
#include <quire/fault.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/numa_stat.h"
#include "mm/page/page_annotate.h"
#include "mm/page/page_watch.h"

/* A type that the machine lacks means NORMAL. */
enum zone_type gfp_zone(gfp_t gfp)
{
	enum zone_type type = ZONE_NORMAL;

	if (gfp & __GFP_DMA)
		type = ZONE_DMA;
	else if (gfp & __GFP_DMA32)
		type = ZONE_DMA32;
	else if ((gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE))
		type = ZONE_MOVABLE;
	else if (gfp & __GFP_HIGHMEM)
		type = ZONE_HIGHMEM;
	if (type < ZONE_NORMAL && !zone_configured(type))
		return ZONE_NORMAL;
	/* Without windows onto it, RAM above the direct map cannot be cleared. */
	if (type > ZONE_NORMAL && (gfp & __GFP_ZERO) && load_relaxed(max_low_pfn) < load_relaxed(max_pfn) &&
	    !can_clear_highmem())
		return ZONE_NORMAL;
	return type;
}

enum migratetype gfp_migratetype(gfp_t gfp)
{
	if (!load_relaxed(this_quire()->page.mobility_grouping))
		return MIGRATE_UNMOVABLE;
	if (gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

unsigned int gfp_alloc_flags_cma(gfp_t gfp)
{
	return CONFIG_PAGE_EXT && gfp_migratetype(gfp) == MIGRATE_MOVABLE ? ALLOC_CMA : 0;
}

/* A block of the zone's free memory, the reserves included. */
static struct page *rmqueue_buddy(struct zone *zone, unsigned int order, enum migratetype type,
				  unsigned int alloc_flags)
{
	unsigned long flags = local_irq_save();
	struct page *page = NULL;
	unsigned int taken = 0;

	/* The reserve was made for large blocks. Others get of it what would be refused else. */
	if (order && (alloc_flags & ALLOC_HARDER))
		taken = buddy_take_type(zone, order, MIGRATE_HIGHATOMIC, &page, 1);
	if (!taken)
		taken = buddy_take(zone, order, type, &page, 1);
	if (!taken && (alloc_flags & ALLOC_TAKES_HIGHATOMIC))
		taken = buddy_take_type(zone, order, MIGRATE_HIGHATOMIC, &page, 1);
	local_irq_restore(flags);
	return taken ? page : NULL;
}

/* A block of the zone, or NULL. */
static struct page *rmqueue(struct zone *zone, unsigned int order, enum migratetype type,
			    unsigned int alloc_flags)
{
	return alloc_flags & ALLOC_RESERVES ? rmqueue_buddy(zone, order, type, alloc_flags)
					    : pcp_alloc_slow(zone, order, type);
}

/*
 * What is on a CPU's list has left the zone's free memory: no mark needs to be looked at. But a
 * zone that keeps something from such requests keeps these pages as well.
 */
struct page *take_own_page(unsigned int order, const struct alloc_context *ac)
{
	struct zoneref *ref;
	struct page *page;

	for_each_zone_of(ac, ref) {
		if (load_relaxed(ref->zone->lowmem_reserve[ac->highest_zoneidx]))
			return NULL;
		page = pcp_take(ref->zone, order, ac->migratetype);
		if (page)
			zone_statistics(ref->zone, ref->zone, order, 1);
		return page;
	}
	return NULL;
}

/* May the block leave the zone's free memory? Here, and nowhere else, the marks are looked at. */
static bool zone_may_give(const struct zone *zone, gfp_t gfp, unsigned int order,
			  unsigned int alloc_flags, const struct alloc_context *ac)
{
	unsigned int mark = alloc_flags & ALLOC_WMARK_MASK;

	if (alloc_flags & ALLOC_NO_WATERMARKS)
		return true;
	if (zone_pages_suffice(zone, order, wmark_pages(zone, mark), ac->highest_zoneidx, alloc_flags, 0))
		return true;
	/* The boost is there to find better blocks: a single page needs none, and cannot wait. */
	return !order && (gfp & __GFP_ATOMIC) && mark == ALLOC_WMARK_MIN &&
	       zone_pages_suffice(zone, order, load_relaxed(zone->_watermark[mark]), ac->highest_zoneidx,
				  alloc_flags, 0);
}

/* The marks were boosted: now that no lock is held, background reclaim is told. */
static void wake_for_boost(struct zone *zone)
{
	const struct reclaim_ops *ops = this_quire()->page.reclaim;

	store_relaxed(zone->is_boosted, false);
	if (ops && ops->wake_kswapd)
		ops->wake_kswapd(zone, 0, (enum zone_type)zone->zone_idx);
}

struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac)
{
	struct zone *preferred = NULL;
	struct zoneref *ref;

	for_each_zone_of(ac, ref) {
		struct zone *zone = ref->zone;
		struct page *page;

		if (!preferred)
			preferred = zone;
		if (!zone_may_give(zone, gfp, order, alloc_flags, ac))
			continue;
		page = rmqueue(zone, order, ac->migratetype, alloc_flags);
		if ((alloc_flags & ALLOC_KSWAPD) && load_relaxed(zone->is_boosted))
			wake_for_boost(zone);
		if (!page)
			continue;
		if (order && (alloc_flags & ALLOC_HARDER))
			reserve_highatomic_pageblock(zone, page);
		zone_statistics(preferred, zone, order, 1);
		return page;
	}
	return NULL;
}

/* Links the block's tails to its head, so that one may be found from the other. */
static void prep_compound_page(struct page *page, unsigned int order)
{
	unsigned long i;

	SetPageHead(page);
	for (i = 1; i < 1UL << order; i++)
		page[i].compound_head = (unsigned long)(uintptr_t)page | 1;
	page[1].compound_order = order;
}

bool can_clear_highmem(void)
{
	const struct highmem_ops *ops = this_quire()->page.highmem;

	return ops && ops->clear;
}

/* Clears a block; false: it is highmem, and a page of it cannot be mapped. */
static bool clear_block(struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);
	unsigned long i;

	if (pfn < load_relaxed(max_low_pfn)) {
		memset(phys_to_virt(PFN_PHYS(pfn)), 0, PAGE_SIZE << order);
		return true;
	}
	for (i = 0; i < 1UL << order; i++)
		if (!can_clear_highmem() || !this_quire()->page.highmem->clear(page + i))
			return false;
	return true;
}

bool prep_new_page(struct page *page, gfp_t gfp, unsigned int order)
{
	bool is_ready;

	VM_BUG_ON(load_relaxed(*frame_state(page)) & (PAGE_HELD | PAGE_RESERVED | PAGE_FREE));
	annotate_block_taken(page, order);
	page_poison_alloc(page, gfp, order);
	/* It was part of a block whose owner wrote its structure: it is cleaned now. */
	if (load_relaxed(*frame_state(page))) {
		clean_page(page);
		set_frame_free(page);
	}
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
	is_ready = !(gfp & __GFP_ZERO) || clear_block(page, order);
	store_release(*frame_state(page), (u8)(*frame_state(page) | PAGE_HELD | order));
	return is_ready;
}

/* Every way that there is, in the order of what they cost. */
static struct page *find_block(gfp_t gfp, unsigned int order, int nid, const nodemask_t *nodes)
{
	const struct alloc_context ac = {
		.nid = nid,
		.highest_zoneidx = gfp_zone(gfp),
		.migratetype = gfp_migratetype(gfp),
		.zonelist = zonelist_first(nid, gfp & __GFP_THISNODE),
		.nodes = nodes,
	};
	struct page *page = take_own_page(order, &ac);

	if (!page)
		page = get_page_from_freelist(gfp, order,
					      ALLOC_WMARK_LOW | gfp_alloc_flags_cma(gfp) |
						      (gfp & __GFP_KSWAPD_RECLAIM ? ALLOC_KSWAPD : 0),
					      &ac);
	return page ? page : alloc_pages_slowpath(gfp, order, &ac);
}

struct page *alloc_pages_nodemask_for(gfp_t gfp, unsigned int order, int preferred_nid,
				      const nodemask_t *nodes, const void *caller)
{
	struct page *page = NULL;
	bool is_ready;

	if (__builtin_expect(this_quire()->phase != PHASE_BUDDY, 0)) {
		quire_warn(caller, "alloc_pages while the page allocator is not up: "
				   "use the boot allocator");
		return NULL;
	}
	if (__builtin_expect(order >= MAX_ORDER, 0)) {
		quire_warn(caller, "alloc_pages of order %u: the highest is %u", order,
			   MAX_ORDER - 1);
		return NULL;
	}
	if (!NODE_DATA(preferred_nid))
		return NULL;
	/* What must not fail is not made to fail. */
	if (gfp & __GFP_NOFAIL)
		warn_nofail_order(caller, order);
	if ((gfp & __GFP_NOFAIL) || !should_fail_alloc_page(gfp, order))
		page = find_block(gfp, order, preferred_nid, nodes);
	is_ready = page && prep_new_page(page, gfp, order);
	page_watch_alloc(page, order, gfp, caller);
	if (is_ready || !page)
		return page;
	/*
	 * In a process highmem may be impossible to map, and so to clear: what must not fail gets
	 * lowmem. One call deep: lowmem can always be cleared.
	 */
	free_pages_for(page, order, caller);
	if (gfp & __GFP_NOFAIL)
		return alloc_pages_nodemask_for(gfp & ~__GFP_HIGHMEM, order, preferred_nid, nodes, caller);
	warn_alloc(gfp, order);
	return NULL;
}

struct page *__alloc_pages(gfp_t gfp, unsigned int order, int preferred_nid)
{
	return alloc_pages_for(gfp, order, preferred_nid, __builtin_return_address(0));
}

/* Before the boot there are no nodes: alloc_pages_for says so. */
int alloc_node_or_local(int nid)
{
	if (nid != NUMA_NO_NODE)
		return nid;
	return this_quire()->phase == PHASE_BUDDY ? numa_node_id() : 0;
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	return alloc_pages_for(gfp, order, alloc_node_or_local(nid), __builtin_return_address(0));
}

/* What the common case cannot do. */
static __attribute__((noinline)) struct page *alloc_pages_further(gfp_t gfp, unsigned int order,
								  const void *caller)
{
	return alloc_pages_for(gfp, order, alloc_node_or_local(NUMA_NO_NODE), caller);
}

/* A block of a list, whose first structure is to be cleaned, or that is not free at all. */
static __attribute__((noinline)) struct page *alloc_left_page(struct page *page, gfp_t gfp, unsigned int order,
							      const void *caller)
{
	if (!pcp_is_sound(page))
		return alloc_pages_further(gfp, order, caller);
	prep_new_page(page, gfp, order);
	return page;
}

/*
 * The common case as a whole: a block of a list of this CPU, of the first zone to try, with
 * which nothing is to be done but to make it the caller's.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	const struct page_state *ps = &this_quire()->page;
	struct page_cpu *cpu;
	struct page *page;
	struct pcp_list *list;
	unsigned int count;
	unsigned long irq;

	if (gfp & (__GFP_ZERO | __GFP_COMP | __GFP_ACCOUNT | __GFP_THISNODE) || order >= ps->pcp_orders ||
	    fault_injection_is_on())
		return alloc_pages_further(gfp, order, __builtin_return_address(0));
	irq = cpu_pin();
	cpu = &ps->cpus[this_cpu_id()];
	if (__builtin_expect(!cpu_section_enter(&cpu->section), 0)) {
		cpu_unpin(irq);
		return alloc_pages_further(gfp, order, __builtin_return_address(0));
	}
	list = load_relaxed(cpu->home[gfp % ARRAY_SIZE(cpu->home)]) + (size_t)order * 4;
	count = list->count;
	if (__builtin_expect(!count, 0)) {
		cpu_section_leave(&cpu->section);
		cpu_unpin(irq);
		return alloc_pages_further(gfp, order, __builtin_return_address(0));
	}
	page = list->slot[count - 1];
	store_relaxed(list->count, (u16)(count - 1));
	store_relaxed(list->nr_taken, list->nr_taken + 1);
	cpu_section_leave(&cpu->section);
	cpu_unpin(irq);
	if (__builtin_expect(load_relaxed(ps->frame_state[page - ps->mem_map]), 0))
		return alloc_left_page(page, gfp, order, __builtin_return_address(0));
	annotate_block_taken(page, order);
	store_release(ps->frame_state[page - ps->mem_map], (u8)(PAGE_HELD | order));
	return page;
}

void *page_address(const struct page *page)
{
	pfn_t pfn = page_to_pfn(page);

	if (pfn < load_relaxed(max_low_pfn))
		return phys_to_virt(PFN_PHYS(pfn));
	return this_quire()->page.highmem ? this_quire()->page.highmem->address(page) : NULL;
}

static unsigned long free_pages_at(gfp_t gfp, unsigned int order, const void *caller)
{
	struct page *page;

	if (__builtin_expect(gfp & __GFP_HIGHMEM, 0)) {
		quire_warn(caller, "__get_free_pages cannot give highmem: it has no address");
		return 0;
	}
	page = alloc_pages_for(gfp, order, alloc_node_or_local(NUMA_NO_NODE), caller);
	return page ? (unsigned long)(uintptr_t)page_address(page) : 0;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	return free_pages_at(gfp, order, __builtin_return_address(0));
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return free_pages_at(gfp | __GFP_ZERO, 0, __builtin_return_address(0));
}

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;
	unsigned int cpu;

	for_each_populated_zone(zone) {
		pages += zone_free_pages(zone);
		if (zone->per_cpu_pageset == &this_quire()->page.boot_pageset)
			continue;
		for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
			pages += per_cpu_pages_count(&zone->per_cpu_pageset[cpu]);
	}
	return pages;
}
