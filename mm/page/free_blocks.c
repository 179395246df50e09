/* SPDX-License-Identifier: MIT */
/*
 * free_blocks.c - what is free, asked from outside: pages, blocks by order and type, the block
 * at a frame.
 *
 * Nothing here takes a lock: the answers are those of a moment in which other CPUs may go
 * on, good for reports and for watermarks, and exact while nobody else allocates. Blocks
 * below LEAF_ORDER are nowhere counted: they are found in the marks of every partly free
 * leaf, which takes some ten nanoseconds a leaf.
 */
#include "mm/page/internal.h"
#include "mm/page/leaf.h"

/* The CPU's pool or part of `nr`, or the n-th after it. */
static unsigned int nth_of(unsigned int nr, unsigned int cpu, unsigned int n)
{
	return nr == 1 ? 0 : (cpu + n) % nr;
}

/*
 * Sums, this CPU's own first, until there are more than so many: what other CPUs write is not
 * looked at without need.
 */
static unsigned long sum_free_pages(const struct zone *zone, unsigned long more_than)
{
	/* Asked for once: who is moved to another CPU meanwhile would count one twice, and one never. */
	unsigned int cpu = max_of(zone->nr_pools, zone->nr_parts) == 1 ? 0 : this_cpu_id(), i;
	unsigned long pages = 0;

	for (i = 0; i < max_of(zone->nr_pools, zone->nr_parts) && pages <= more_than; i++) {
		if (i < zone->nr_parts)
			pages += load_relaxed(zone->parts[nth_of(zone->nr_parts, cpu, i)].nr_pages);
		if (i < zone->nr_pools && pages <= more_than)
			pages += load_relaxed(zone->pools[nth_of(zone->nr_pools, cpu, i)].nr_free);
	}
	return pages;
}

unsigned long zone_free_pages(const struct zone *zone)
{
	return sum_free_pages(zone, ~0UL);
}

bool zone_has_free_pages(const struct zone *zone, unsigned long more_than)
{
	return sum_free_pages(zone, more_than) > more_than;
}

static unsigned long zone_free_cma_pages(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int i;

	if (!load_relaxed(zone->cma_pages))
		return 0;
	for (i = 0; i < zone->nr_parts; i++)
		pages += load_relaxed(zone->parts[i].nr_cma);
	for (i = 0; i < zone->nr_pools; i++)
		pages += load_relaxed(zone->pools[i].nr_free_cma);
	return pages;
}

unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item)
{
	if (item == NR_FREE_PAGES)
		return zone_free_pages(zone);
	if (item == NR_FREE_CMA_PAGES)
		return zone_free_cma_pages(zone);
	return load_relaxed(zone->vm_stat[item]);
}

/* The partly free leaves of a type, -1: of any. */
static void count_in_leaves(const struct zone *zone, int type, unsigned long *count)
{
	unsigned long bits[LEAF_WORDS_MAX];
	u32 walk = memmap_walk_begin(), no;

	for (no = 0; no < zone->nr_leaves; no++) {
		const struct page_leaf *leaf = &zone->leaves[no];

		if (!load_relaxed(leaf->nr_free) || load_relaxed(leaf->is_whole) ||
		    (type >= 0 && load_relaxed(leaf->migratetype) != type))
			continue;
		leaf_read_bits(zone, no, bits);
		leaf_count_blocks(bits, LEAF_ORDER, count);
	}
	memmap_walk_end(walk);
}

/* The zone's blocks of LEAF_ORDER or more. */
static unsigned long count_whole_blocks(const struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned long blocks = 0;
	unsigned int i;

	for (i = 0; i < zone->nr_parts; i++)
		blocks += load_relaxed(zone->parts[i].blocks[order - LEAF_ORDER].nr[type]);
	return blocks;
}

void zone_count_free_blocks(const struct zone *zone, int type, unsigned long *count)
{
	unsigned int order, t;

	for (order = 0; order < MAX_ORDER; order++)
		count[order] = 0;
	count_in_leaves(zone, type, count);
	for (order = LEAF_ORDER; order < MAX_ORDER; order++)
		for (t = 0; t < MIGRATE_TYPES; t++)
			if (type < 0 || (int)t == type)
				count[order] += count_whole_blocks(zone, order, (enum migratetype)t);
}

bool zone_has_free_block(const struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned int i, o;

	for (i = 0; order < LEAF_ORDER && i < zone->nr_pools; i++)
		if (load_relaxed(zone->pools[i].orders[type]) >> order)
			return true;
	for (o = max_of(order, LEAF_ORDER); o < MAX_ORDER; o++)
		if (count_whole_blocks(zone, o, type))
			return true;
	return false;
}

int free_block_order(pfn_t pfn)
{
	struct zone *zone = pfn_valid(pfn) ? zone_of_valid_frame(pfn) : NULL;
	unsigned int bit = (unsigned int)(pfn & (LEAF_NR_PAGES - 1)), order;
	unsigned long bits[LEAF_WORDS_MAX];
	u32 no, head;

	if (!zone || !zone->nr_leaves)
		return -1;
	no = leaf_number(zone, pfn);
	if (zone->leaves[no].is_whole) {
		order = whole_order(zone, no, &head);
		return head == no && !bit ? (int)order : -1;
	}
	if (!zone->leaves[no].nr_free)
		return -1;
	leaf_read_bits(zone, no, bits);
	if (!test_bit(bit, bits))
		return -1;
	order = leaf_merged_order(bits, bit, 0, LEAF_ORDER);
	return bit & ((1U << order) - 1) ? -1 : (int)order;
}
