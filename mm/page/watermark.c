/* SPDX-License-Identifier: MIT */
/*
 * watermark.c - how much of each zone is kept back, and how much CPUs may hold.
 *
 * Theory. vm.min_free_kbytes is what should always stay free, for those who cannot wait:
 * four times the square root of lowmem in kilobytes, from 128 KB to 256 MB. Each lowmem
 * zone keeps its share of that as its `min` watermark; a highmem zone, which no kernel
 * allocation needs, only a token. `low`, where background reclaim starts, and `high`,
 * where it stops, lie a quarter of min, or a thousandth of the zone, apart.
 *
 * lowmem_reserve protects a low zone from requests that could have been served higher up:
 * zone i keeps (managed pages of the zones above it up to j) / ratio[i] pages from
 * requests that may use zone j.
 *
 * The numbers are computed and reported here; who may go below which mark is decided
 * where pages are taken.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"

#define MIN_FREE_KBYTES_LOW 128
#define MIN_FREE_KBYTES_HIGH 262144
#define WATERMARK_SCALE_FACTOR 10 /* of 10,000 */
#define HIGHMEM_MIN_LOW 32        /* pages: SWAP_CLUSTER_MAX */
#define HIGHMEM_MIN_HIGH 128

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

unsigned long nr_free_zone_pages(enum zone_type type)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		if (zone->zone_idx <= (int)type && zone->managed_pages > high_wmark_pages(zone))
			pages += zone->managed_pages - high_wmark_pages(zone);
	return pages;
}

static void setup_zone_wmarks(struct zone *zone, unsigned long pages_min, unsigned long lowmem_pages)
{
	unsigned long share = 0, step;

	if (lowmem_pages)
		share = mul_div(pages_min, zone->managed_pages, lowmem_pages);
	if (zone_is_highmem(zone))
		zone->_watermark[WMARK_MIN] = min_of(max_of(zone->managed_pages / 1024, HIGHMEM_MIN_LOW + 0UL),
						     HIGHMEM_MIN_HIGH + 0UL);
	else
		zone->_watermark[WMARK_MIN] = share;
	step = max_of(share / 4, mul_div(zone->managed_pages, WATERMARK_SCALE_FACTOR, 10000));
	zone->watermark_boost = 0;
	zone->_watermark[WMARK_LOW] = zone->_watermark[WMARK_MIN] + step;
	zone->_watermark[WMARK_HIGH] = zone->_watermark[WMARK_LOW] + step;
}

static void setup_per_zone_wmarks(void)
{
	unsigned long pages_min = this_quire()->page.min_free_kbytes >> (PAGE_SHIFT - 10);
	unsigned long lowmem_pages = 0;
	struct zone *zone;

	for_each_zone(zone)
		if (!zone_is_highmem(zone))
			lowmem_pages += zone->managed_pages;
	for_each_zone(zone)
		setup_zone_wmarks(zone, pages_min, lowmem_pages);
}

/* What zone `low` of the node keeps from requests that may use any zone up to each higher one. */
static void setup_zone_reserve(pg_data_t *pgdat, int low)
{
	int ratio = this_quire()->page.sysctl_lowmem_reserve_ratio[low];
	struct zone *zone = &pgdat->node_zones[low];
	unsigned long above = 0;
	int high;

	for (high = 0; high < MAX_NR_ZONES; high++) {
		if (high > low)
			above += pgdat->node_zones[high].managed_pages;
		zone->lowmem_reserve[high] =
			high > low && ratio > 0 && zone->managed_pages ? above / (unsigned long)ratio : 0;
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

/* Pages per list: the zone's low watermark among the CPUs of its node (all, if it has none). */
static int pcp_high(const struct zone *zone, int batch)
{
	unsigned long cpus = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		cpus += this_quire()->page.cpu_node[cpu] == zone->node;
	if (!cpus)
		cpus = quire_nr_cpus();
	return max_of((int)(low_wmark_pages(zone) / cpus), batch * 4);
}

static void setup_pageset_sizes(void)
{
	struct zone *zone;
	unsigned int cpu;

	for_each_populated_zone(zone) {
		int batch = pcp_batch(zone), high = pcp_high(zone, batch);

		for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
			zone->per_cpu_pageset[cpu].batch = batch;
			zone->per_cpu_pageset[cpu].high = high;
		}
	}
}

void init_per_zone_wmark_min(void)
{
	struct page_state *ps = &this_quire()->page;
	static const int ratios[MAX_NR_ZONES] = {
		[ZONE_DMA] = 256, [ZONE_DMA32] = 256, [ZONE_NORMAL] = 32,
	};
	unsigned long lowmem_kbytes = nr_free_zone_pages(ZONE_NORMAL) << (PAGE_SHIFT - 10);
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		ps->sysctl_lowmem_reserve_ratio[type] = ratios[type];
	/* 16 inside the root is 4 outside, and rounds less. */
	ps->min_free_kbytes = min_of(max_of(int_sqrt(16 * lowmem_kbytes), MIN_FREE_KBYTES_LOW + 0UL),
				     MIN_FREE_KBYTES_HIGH + 0UL);
	setup_per_zone_wmarks();
	setup_per_zone_lowmem_reserve();
	setup_pageset_sizes();
}
