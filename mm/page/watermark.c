/* SPDX-License-Identifier: MIT */
/*
 * watermark.c - how much of each zone is kept back, for whom, and how much CPUs may hold.
 *
 * Theory. vm.min_free_kbytes is what should always stay free, for those who cannot wait:
 * four times the square root of lowmem in kilobytes, from 128 KB to 256 MB. Each lowmem
 * zone keeps its share of that as its `min` watermark; a highmem zone, which no kernel
 * allocation needs, only a token. `low`, where background reclaim starts, and `high`,
 * where it stops, lie a quarter of min, or a thousandth of the zone, apart.
 *
 *   free pages
 *   high  ------ background reclaim stops
 *   low   ------ below: a request goes the slow way, which wakes background reclaim
 *   min   ------ below: requests that may wait reclaim themselves, others fail
 *   3/4          __GFP_ATOMIC, which cannot wait for anything
 *   1/2          __GFP_HIGH, and dying tasks, so that they come to die
 *   3/8          both: GFP_ATOMIC
 *   0            __GFP_MEMALLOC, who asks in order to free memory
 *
 * lowmem_reserve protects a low zone from requests that could have been served higher up:
 * zone i keeps (managed pages of the zones above it up to j) / ratio[i] pages more from
 * requests that may use zone j. Free pages of CMA areas and of the highatomic reserve are
 * not free for those who may not have them.
 *
 * Boost: a request that had to take from another type's page block mixes it for good. Then
 * the marks rise by a page block, up to a part of `high`, and background reclaim frees
 * more than was asked for, so that the next such request finds a block of its own. Who
 * reclaims lowers them again; without background reclaim there is no boost.
 *
 * The check stands where pages leave the zone's free memory. A page on a CPU's own list has
 * left it when the list was filled, so taking it from there is not checked.
 *
 * Locks: wmark_lock for whoever changes a mark or a reserve, then pcp->lock or zone->lock.
 * They are read without: each on its own is old or new.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

#define MIN_FREE_KBYTES_LOW 128
#define MIN_FREE_KBYTES_HIGH 262144
#define WATERMARK_SCALE_FACTOR 10 /* of 10,000 */
#define WATERMARK_SCALE_MAX 3000
#define WATERMARK_BOOST_FACTOR 15000
#define EXTFRAG_THRESHOLD 500
#define COMPACTION_PROACTIVENESS 20
#define HIGHMEM_MIN_LOW 32        /* pages: SWAP_CLUSTER_MAX */
#define HIGHMEM_MIN_HIGH 128
#define PCP_HIGH_FRACTION_MIN 8

/* a * b / c without overflow in between: the counts are pages, the product may pass 32 bits. */
static unsigned long mul_div(unsigned long a, unsigned long b, unsigned long c)
{
	u64 product = (u64)a * b;
	u64 quotient = 0, part = 0;
	int bit;

	if (!(product >> (8 * sizeof(long) - 1) >> 1))
		return (unsigned long)product / c;
	/* Long division: 64-bit division would need the compiler's library on 32-bit CPUs. */
	for (bit = 63; bit >= 0; bit--) {
		part = part << 1 | (product >> bit & 1);
		quotient <<= 1;
		if (part >= c) {
			part -= c;
			quotient |= 1;
		}
	}
	return (unsigned long)quotient;
}

unsigned long wmark_pages(const struct zone *zone, unsigned int mark)
{
	return load_relaxed(zone->_watermark[mark]) + load_relaxed(zone->watermark_boost);
}

unsigned long nr_free_zone_pages(enum zone_type type)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		if (zone->zone_idx <= (int)type && zone->managed_pages > high_wmark_pages(zone))
			pages += zone->managed_pages - high_wmark_pages(zone);
	return pages;
}

/* The marks of one zone; zone->lock is held against a boost. */
static void setup_zone_wmarks(struct zone *zone, unsigned long pages_min, unsigned long lowmem_pages)
{
	unsigned long factor = this_quire()->page.watermark_scale_factor;
	unsigned long share = 0, min, step;

	if (lowmem_pages)
		share = mul_div(pages_min, zone->managed_pages, lowmem_pages);
	min = share;
	if (zone_is_highmem(zone))
		min = min_of(max_of(zone->managed_pages / 1024, HIGHMEM_MIN_LOW + 0UL),
			     HIGHMEM_MIN_HIGH + 0UL);
	step = max_of(share / 4, mul_div(zone->managed_pages, factor, 10000));
	store_relaxed(zone->watermark_boost, 0UL);
	store_relaxed(zone->_watermark[WMARK_MIN], min);
	store_relaxed(zone->_watermark[WMARK_LOW], min + step);
	store_relaxed(zone->_watermark[WMARK_HIGH], min + 2 * step);
}

static void setup_per_zone_wmarks(void)
{
	unsigned long pages_min = this_quire()->page.min_free_kbytes >> (PAGE_SHIFT - 10);
	unsigned long lowmem_pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		if (!zone_is_highmem(zone))
			lowmem_pages += zone->managed_pages;
	for_each_zone(zone) {
		unsigned long flags = spin_lock_irqsave(&zone->lock);

		setup_zone_wmarks(zone, pages_min, lowmem_pages);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}

/* What zone `low` of the node keeps from requests that may use any zone up to each higher one. */
static void setup_zone_reserve(pg_data_t *pgdat, int low)
{
	int ratio = this_quire()->page.sysctl_lowmem_reserve_ratio[low];
	struct zone *zone = &pgdat->node_zones[low];
	unsigned long above = 0;
	int high;

	for (high = 0; high < MAX_NR_ZONES; high++) {
		unsigned long reserve = 0;

		if (high > low)
			above += pgdat->node_zones[high].managed_pages;
		if (high > low && ratio > 0 && zone->managed_pages)
			reserve = above / (unsigned long)ratio;
		store_relaxed(zone->lowmem_reserve[high], reserve);
	}
}

/* Pages that user space should not count on: watermarks and reserves. */
static void calculate_totalreserve(void)
{
	unsigned long total = 0;
	struct zone *zone;
	int type;

	for_each_zone(zone) {
		unsigned long reserve = 0;

		for (type = zone->zone_idx; type < MAX_NR_ZONES; type++)
			reserve = max_of(reserve, zone->lowmem_reserve[type]);
		total += min_of(reserve + high_wmark_pages(zone), zone->managed_pages);
	}
	this_quire()->page.totalreserve_pages = total;
}

void setup_per_zone_lowmem_reserve(void)
{
	pg_data_t *pgdat;
	int type;

	for_each_online_pgdat(pgdat)
		for (type = 0; type < MAX_NR_ZONES; type++)
			setup_zone_reserve(pgdat, type);
	calculate_totalreserve();
	pcp_find_homes();
}

/* ---- the sizes of per-CPU lists ---- */

/* Pages per refill: a 4096th of the zone, a quarter of 1 MB at most, one less than a power of two. */
static int pcp_batch(const struct zone *zone)
{
	unsigned long batch = min_of(zone->managed_pages >> 10, (1UL << 20) >> PAGE_SHIFT) / 4;

	if (batch < 1)
		batch = 1;
	batch = rounddown_pow_of_two(batch + batch / 2) - 1;
	return batch ? (int)batch : 1;
}

/*
 * Pages per list: the zone's low watermark, or the part of the zone that the sysctl says, among
 * the CPUs of its node (all, if it has none).
 */
static int pcp_high(const struct zone *zone, int batch)
{
	unsigned int fraction = this_quire()->page.percpu_pagelist_high_fraction;
	unsigned long pages = fraction ? zone->managed_pages / fraction : low_wmark_pages(zone), cpus = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		cpus += this_quire()->page.cpu_node[cpu] == zone->node;
	if (!cpus)
		cpus = quire_nr_cpus();
	return max_of((int)min_of(pages / cpus, (unsigned long)INT32_MAX), batch * 4);
}

static void setup_pageset_sizes(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		int batch = pcp_batch(zone);

		pcp_set_limits(zone, batch, pcp_high(zone, batch));
	}
}

/* All that follows from the sysctls. wmark_lock is held. */
static void recompute_locked(void)
{
	setup_per_zone_wmarks();
	setup_per_zone_lowmem_reserve();
	setup_pageset_sizes();
}

/* 16 inside the root is 4 outside, and rounds less. */
static unsigned long default_min_free_kbytes(unsigned long lowmem_kbytes)
{
	return min_of(max_of(int_sqrt(16 * lowmem_kbytes), MIN_FREE_KBYTES_LOW + 0UL),
		      MIN_FREE_KBYTES_HIGH + 0UL);
}

void init_per_zone_wmark_min(void)
{
	struct page_state *ps = &this_quire()->page;
	static const int ratios[MAX_NR_ZONES] = {
		[ZONE_DMA] = 256, [ZONE_DMA32] = 256, [ZONE_NORMAL] = 32,
	};
	unsigned long lowmem_kbytes = nr_free_zone_pages(ZONE_NORMAL) << (PAGE_SHIFT - 10), flags;
	int type;

	flags = spin_lock_irqsave(&ps->wmark_lock);
	for (type = 0; type < MAX_NR_ZONES; type++)
		ps->sysctl_lowmem_reserve_ratio[type] = ratios[type];
	ps->watermark_scale_factor = WATERMARK_SCALE_FACTOR;
	ps->watermark_boost_factor = WATERMARK_BOOST_FACTOR;
	ps->min_free_kbytes = default_min_free_kbytes(lowmem_kbytes);
	recompute_locked();
	spin_unlock_irqrestore(&ps->wmark_lock, flags);
	/* Of compaction, which a kernel without pages that move does not link. */
	ps->extfrag_threshold = EXTFRAG_THRESHOLD;
	ps->compaction_proactiveness = COMPACTION_PROACTIVENESS;
}

/* ---- the sysctls ---- */

static bool is_up(void)
{
	return this_quire()->phase == PHASE_BUDDY;
}

/* Stores the value and recomputes: the common end of all setters. */
static int set_and_recompute(unsigned int *sysctl, unsigned int value)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long flags = spin_lock_irqsave(&ps->wmark_lock);

	store_relaxed(*sysctl, value);
	recompute_locked();
	spin_unlock_irqrestore(&ps->wmark_lock, flags);
	return 0;
}

static unsigned long lowmem_managed_kbytes(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		if (!zone_is_highmem(zone))
			pages += zone->managed_pages;
	return pages << (PAGE_SHIFT - 10);
}

void recompute_wmarks(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long flags = spin_lock_irqsave(&ps->wmark_lock), pages = 0;
	struct zone *zone;

	/* What nr_free_zone_pages says at boot, when there are no marks yet. */
	for_each_zone(zone)
		if (zone->zone_idx <= ZONE_NORMAL)
			pages += zone->managed_pages;
	if (!ps->min_free_is_set)
		ps->min_free_kbytes = default_min_free_kbytes(pages << (PAGE_SHIFT - 10));
	ps->min_free_kbytes = min_of(ps->min_free_kbytes, lowmem_managed_kbytes());
	recompute_locked();
	spin_unlock_irqrestore(&ps->wmark_lock, flags);
}

int set_min_free_kbytes(long kbytes)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long flags;

	if (!is_up() || kbytes < 0 || (unsigned long)kbytes > lowmem_managed_kbytes())
		return -EINVAL;
	flags = spin_lock_irqsave(&ps->wmark_lock);
	ps->min_free_kbytes = (unsigned long)kbytes;
	ps->min_free_is_set = true;
	recompute_locked();
	spin_unlock_irqrestore(&ps->wmark_lock, flags);
	return 0;
}

int set_watermark_scale_factor(int factor)
{
	if (!is_up() || factor < 1 || factor > WATERMARK_SCALE_MAX)
		return -EINVAL;
	return set_and_recompute(&this_quire()->page.watermark_scale_factor, (unsigned int)factor);
}

int set_watermark_boost_factor(int factor)
{
	if (!is_up() || factor < 0)
		return -EINVAL;
	/* Nothing is computed from it until something is boosted. */
	store_relaxed(this_quire()->page.watermark_boost_factor, (unsigned int)factor);
	return 0;
}

int set_lowmem_reserve_ratio(enum zone_type type, int ratio)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long flags;

	if (!is_up() || (unsigned int)type >= MAX_NR_ZONES || ratio < 0)
		return -EINVAL;
	flags = spin_lock_irqsave(&ps->wmark_lock);
	ps->sysctl_lowmem_reserve_ratio[type] = ratio;
	setup_per_zone_lowmem_reserve();
	spin_unlock_irqrestore(&ps->wmark_lock, flags);
	return 0;
}

int set_percpu_pagelist_high_fraction(int fraction)
{
	if (!is_up() || fraction < 0 || (fraction && fraction < PCP_HIGH_FRACTION_MIN))
		return -EINVAL;
	return set_and_recompute(&this_quire()->page.percpu_pagelist_high_fraction,
				 (unsigned int)fraction);
}

/* ---- the check ---- */

/* Free pages that are not free for this request, and those of the block but for one. */
static unsigned long unusable_free(const struct zone *zone, unsigned int order,
				   unsigned int alloc_flags)
{
	unsigned long pages = (1UL << order) - 1;

	if (!(alloc_flags & ALLOC_TAKES_HIGHATOMIC))
		pages += load_relaxed(zone->nr_reserved_highatomic);
	if (!(alloc_flags & ALLOC_CMA))
		pages += zone_page_state(zone, NR_FREE_CMA_PAGES);
	return pages;
}

bool zone_pages_suffice(const struct zone *zone, unsigned int order, unsigned long mark,
			enum zone_type highest_zoneidx, unsigned int alloc_flags,
			unsigned long also_free)
{
	unsigned long more_than;

	if (alloc_flags & ALLOC_HIGH)
		mark -= mark / 2;
	if (alloc_flags & ALLOC_OOM)
		mark -= mark / 2;
	else if (alloc_flags & ALLOC_HARDER)
		mark -= mark / 4;
	more_than = mark + load_relaxed(zone->lowmem_reserve[highest_zoneidx]) +
		    unusable_free(zone, order, alloc_flags);
	return also_free > more_than || zone_has_free_pages(zone, more_than - also_free);
}

bool zone_has_suitable_block(const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	unsigned int types = (1U << MIGRATE_PCPTYPES) - 1, type;
	bool found = false;

	if (alloc_flags & ALLOC_CMA)
		types |= 1U << MIGRATE_CMA;
	if (alloc_flags & ALLOC_TAKES_HIGHATOMIC)
		types |= 1U << MIGRATE_HIGHATOMIC;
	for (type = 0; type < MIGRATE_TYPES && !found; type++)
		found = (types >> type & 1) && zone_has_free_block(zone, order, type);
	return found;
}

bool zone_watermark_ok(struct zone *zone, unsigned int order, unsigned long mark,
		       enum zone_type highest_zoneidx, unsigned int alloc_flags)
{
	if (order >= MAX_ORDER || !zone_pages_suffice(zone, order, mark, highest_zoneidx, alloc_flags, 0))
		return false;
	return !order || zone_has_suitable_block(zone, order, alloc_flags);
}

/* ---- boost ---- */

void boost_watermark(struct zone *zone)
{
	const struct page_state *ps = &this_quire()->page;
	unsigned long factor = load_relaxed(ps->watermark_boost_factor), most;

	VM_BUG_ON(!spin_is_locked(&zone->lock));
	if (!factor || !ps->reclaim || !ps->reclaim->wake_kswapd)
		return;
	/* On a small machine the boost alone would use up what there is. */
	if (pageblock_nr_pages * 4 > zone->managed_pages)
		return;
	most = mul_div(zone->_watermark[WMARK_HIGH], factor, 10000);
	/* The marks are not computed yet. */
	if (!most)
		return;
	most = max_of(most, pageblock_nr_pages);
	store_relaxed(zone->watermark_boost, min_of(zone->watermark_boost + pageblock_nr_pages, most));
	store_relaxed(zone->is_boosted, true);
}

void lower_watermark_boost(struct zone *zone, unsigned long pages)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	store_relaxed(zone->watermark_boost,
		      zone->watermark_boost - min_of(zone->watermark_boost, pages));
	spin_unlock_irqrestore(&zone->lock, flags);
}
