/* SPDX-License-Identifier: MIT */
/*
 * validate.c - the invariants of mm/page, walked.
 *
 * For each zone: every leaf's count is that of its marks, and it is where its count says: on
 * the list of its pool by type and largest block, in the zone's whole blocks, or nowhere.
 * Whole blocks are aligned, counted, made of whole leaves, and no two buddies are both
 * there. Every frame that is marked is in the zone and in use by nobody, and so are those
 * on CPUs' lists. Then the other way round: every page structure of the zone is read; the
 * frames that are free, reserved and taken make up what is managed.
 */
#include "mm/lib/bit_tree.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/free_marks.h"
#include "mm/page/internal.h"
#include "mm/page/leaf.h"

#define BROKEN(...) (pr_err("page_alloc_validate: " __VA_ARGS__), -EINVAL)

/* ---- leaves ---- */

static bool is_idle(const struct page *page)
{
	u8 state = (u8)(*frame_state(page) & ~(PAGE_POISONED | PAGE_FREE));

	if (state == PAGE_TOUCHED)
		return true; /* by the owner of a block that it was in: it is cleaned when it is taken */
	return !state && !PageReserved(page) && !page->_refs && page->_mapcount == -1;
}

/* Of the zone's frame. In a leaf that is whole the marks may be there or not. */
static bool frame_is_free(const struct zone *zone, pfn_t pfn)
{
	return zone->leaves[leaf_number(zone, pfn)].nr_free == LEAF_NR_PAGES ||
	       load_relaxed(*frame_state(pfn_to_page(pfn))) & PAGE_FREE;
}

/* The frames that are free. */
static int check_free_frames(const struct zone *zone, u32 no)
{
	pfn_t first = leaf_pfn(zone, no), pfn;
	unsigned long bits[LEAF_WORDS_MAX];

	leaf_read_bits(zone, no, bits);
	for (pfn = first; pfn < first + LEAF_NR_PAGES; pfn++) {
		if (zone->leaves[no].nr_free != LEAF_NR_PAGES && !test_bit(pfn - first, bits))
			continue;
		if (!zone_spans_pfn(zone, pfn) || !pfn_valid(pfn))
			return BROKEN("frame 0x%lx is free in zone %s, where it does not lie", pfn, zone->name);
		if (leaf_kind(pfn) & LEAF_IS_LAZY)
			continue;
		if (page_zone(pfn_to_page(pfn)) != zone)
			return BROKEN("frame 0x%lx is free in zone %s, which is not its own", pfn, zone->name);
		if (!is_idle(pfn_to_page(pfn)))
			return BROKEN("frame 0x%lx is free and in use", pfn);
	}
	return 0;
}

/* How many frames the marks say are free; those of a whole leaf are all there, or none. */
static unsigned long count_marks(const struct zone *zone, u32 no)
{
	unsigned long bits[LEAF_WORDS_MAX], count;

	if (leaf_kind(leaf_pfn(zone, no)) & LEAF_IS_LAZY) /* no state is written */
		return zone->leaves[no].nr_free;
	leaf_read_bits(zone, no, bits);
	count = bitmap_weight(bits, LEAF_NR_PAGES);
	return !count && zone->leaves[no].is_whole ? LEAF_NR_PAGES : count;
}

/* Is all of the leaf the zone's? One that two zones share has one type for both where pages are freed. */
static bool zone_spans_leaf(const struct zone *zone, pfn_t pfn)
{
	return zone_spans_pfn(zone, pfn) && zone_spans_pfn(zone, pfn + LEAF_NR_PAGES - 1);
}

/* Is the leaf on the list where it says that it is? */
static bool is_on_list(const struct zone *zone, const struct free_pool *pool, u32 no)
{
	const struct page_leaf *leaf = &zone->leaves[no];
	u32 at = pool->leaves[leaf->migratetype][leaf->order], steps = 0;

	for (; at && steps <= zone->nr_leaves; at = zone->leaves[at - 1].next, steps++)
		if (at == no + 1)
			return true;
	return false;
}

static bool has_frames(const struct zone *zone, pfn_t pfn)
{
	return pfn < zone_end_pfn(zone) && pfn + LEAF_NR_PAGES > zone->zone_start_pfn;
}

static bool is_in_whole_block(const struct zone *zone, u32 no)
{
	const struct whole_part *part = &zone->parts[zone->leaves[no].part];
	u32 head;
	unsigned int n = whole_order(zone, no, &head) - LEAF_ORDER;

	return bit_tree_test(&part->blocks[n].tree[zone->leaves[no].migratetype], (head - part->first) >> n);
}

static int check_leaf(const struct zone *zone, u32 no)
{
	const struct page_leaf *leaf = &zone->leaves[no];
	pfn_t pfn = leaf_pfn(zone, no);
	unsigned long free, bits[LEAF_WORDS_MAX];

	if (!leaf->nr_free && (!has_frames(zone, pfn) || !pfn_valid(pfn)))
		return 0; /* of a section that ends later than the zone, or that has holes */
	free = count_marks(zone, no);
	if (leaf->nr_free != free)
		return BROKEN("leaf 0x%lx counts %u free frames, %lu are marked", pfn, leaf->nr_free, free);
	if (leaf->is_whole != (free == LEAF_NR_PAGES))
		return BROKEN("leaf 0x%lx has %lu free frames and is %s", pfn, free,
			      leaf->is_whole ? "whole" : "not whole");
	if (leaf->pool >= zone->nr_pools || leaf->migratetype >= MIGRATE_TYPES)
		return BROKEN("leaf 0x%lx is of pool %u and type %u", pfn, leaf->pool, leaf->migratetype);
	if (free && (leaf_kind(pfn) & LEAF_TYPE_MASK) != leaf->migratetype && zone_spans_leaf(zone, pfn))
		return BROKEN("leaf 0x%lx is of type %s, frees take it for %s", pfn,
			      migratetype_name(leaf->migratetype), migratetype_name(leaf_kind(pfn) & LEAF_TYPE_MASK));
	if (!leaf->is_whole && leaf_kind(pfn) & LEAF_IS_LAZY && zone_of_valid_frame(pfn) == zone)
		return BROKEN("leaf 0x%lx has unwritten structures but is not free", pfn);
	if (leaf->is_whole && !is_in_whole_block(zone, no))
		return BROKEN("leaf 0x%lx is free, but in no block of its type", pfn);
	if ((leaf->order != LEAF_NO_LIST) != (free && !leaf->is_whole))
		return BROKEN("leaf 0x%lx has %lu free frames, and is %s a list", pfn, free,
			      leaf->order == LEAF_NO_LIST ? "not on" : "on");
	if (leaf->order == LEAF_NO_LIST)
		return 0;
	leaf_read_bits(zone, no, bits);
	if (leaf->order != leaf_largest(bits, LEAF_ORDER))
		return BROKEN("leaf 0x%lx is on the list of order %u, not of its largest block", pfn, leaf->order);
	if (!is_on_list(zone, &zone->pools[leaf->pool], no))
		return BROKEN("leaf 0x%lx is not on the list that it names", pfn);
	return 0;
}

static int check_leaves(const struct zone *zone)
{
	u32 no;
	int err = 0;

	for (no = 0; no < zone->nr_leaves && !err; no++) {
		err = check_leaf(zone, no);
		if (!err && zone->leaves[no].nr_free)
			err = check_free_frames(zone, no);
	}
	return err;
}

/* ---- pools ---- */

static int check_pool_list(const struct zone *zone, const struct free_pool *pool, unsigned int type,
			   unsigned int order, unsigned long *free)
{
	u32 at = pool->leaves[type][order], before = 0, steps = 0;

	if (!at != !(pool->orders[type] >> order & 1))
		return BROKEN("zone %s: a pool's word of orders is wrong for order %u", zone->name, order);
	for (; at; before = at, at = zone->leaves[at - 1].next) {
		const struct page_leaf *leaf = &zone->leaves[at - 1];

		if (at > zone->nr_leaves || leaf->prev != before || ++steps > zone->nr_leaves)
			return BROKEN("zone %s: the list of order %u is torn", zone->name, order);
		if (leaf->order != order || leaf->migratetype != type || &zone->pools[leaf->pool] != pool)
			return BROKEN("leaf 0x%lx is on a list that it does not name", leaf_pfn(zone, at - 1));
		*free += leaf->nr_free;
	}
	return 0;
}

static int check_pools(const struct zone *zone, unsigned long *free_pages)
{
	unsigned int i, type, order;
	int err;

	for (i = 0; i < zone->nr_pools; i++) {
		unsigned long free = 0, before;
		unsigned long cma = 0, isolated = 0;

		for (type = 0; type < MIGRATE_TYPES; type++) {
			before = free;
			for (order = 0; order <= LEAF_ORDER_MAX; order++) {
				err = check_pool_list(zone, &zone->pools[i], type, order, &free);
				if (err)
					return err;
			}
			cma += type == MIGRATE_CMA ? free - before : 0;
			isolated += type == MIGRATE_ISOLATE ? free - before : 0;
		}
		if (free - isolated != zone->pools[i].nr_free || cma != zone->pools[i].nr_free_cma ||
		    isolated != zone->pools[i].nr_isolated)
			return BROKEN("zone %s: pool %u counts %lu free pages, its leaves have %lu", zone->name,
				      i, zone->pools[i].nr_free, free - isolated);
		*free_pages += free;
	}
	return 0;
}

/* ---- whole blocks ---- */

/* One block of a part. */
static int check_whole_block(const struct zone *zone, const struct whole_part *part, size_t number,
			     unsigned int order, unsigned int type)
{
	u32 leaves = 1U << (order - LEAF_ORDER), first = part->first + (u32)number * leaves, i;
	bool has_buddy = order < MAX_ORDER - 1 && (first ^ leaves) + leaves <= zone->nr_leaves;

	for (i = first; i < first + leaves; i++)
		if (i >= zone->nr_leaves || !zone->leaves[i].is_whole || zone->leaves[i].migratetype != type ||
		    &zone->parts[zone->leaves[i].part] != part)
			return BROKEN("block 0x%lx of order %u is not wholly free", leaf_pfn(zone, first), order);
	if (has_buddy && bit_tree_test(&part->blocks[order - LEAF_ORDER].tree[type], number ^ 1))
		return BROKEN("block 0x%lx of order %u was not merged with its buddy", leaf_pfn(zone, first),
			      order);
	return 0;
}

/* The blocks of one order and type are added to *pages. */
static int check_whole_set(const struct zone *zone, const struct whole_part *part, unsigned int order,
			   unsigned int type, unsigned long *pages)
{
	const struct whole_blocks *blocks = &part->blocks[order - LEAF_ORDER];
	const unsigned long *bits = blocks->tree[type].level[0];
	u32 end = part + 1 < zone->parts + zone->nr_parts ? part[1].first : zone->nr_leaves;
	unsigned long size = ((end - part->first) >> (order - LEAF_ORDER)) + 1, count = 0, bit;
	int err;

	for (bit = find_next_bit(bits, size, 0); bit < size; bit = find_next_bit(bits, size, bit + 1), count++) {
		err = check_whole_block(zone, part, bit, order, type);
		if (err)
			return err;
	}
	if (count != blocks->nr[type] || bit_tree_empty(&blocks->tree[type]) != !count)
		return BROKEN("zone %s, order %u: nr is %lu, there are %lu blocks", zone->name, order,
			      blocks->nr[type], count);
	*pages += count << order;
	return 0;
}

static int check_part(const struct zone *zone, const struct whole_part *part, unsigned long *free_pages)
{
	unsigned long of_type[MIGRATE_TYPES] = { 0 }, pages = 0;
	unsigned int order, type;
	int err = 0;

	for (order = LEAF_ORDER; order < MAX_ORDER && !err; order++)
		for (type = 0; type < MIGRATE_TYPES && !err; type++)
			err = check_whole_set(zone, part, order, type, &of_type[type]);
	for (type = 0; type < MIGRATE_TYPES; type++)
		pages += of_type[type];
	if (!err && (pages - of_type[MIGRATE_ISOLATE] != part->nr_pages ||
		     of_type[MIGRATE_ISOLATE] != part->nr_isolated || of_type[MIGRATE_CMA] != part->nr_cma))
		return BROKEN("zone %s: %lu pages are in whole blocks by count, %lu by the sets", zone->name,
			      part->nr_pages, pages - of_type[MIGRATE_ISOLATE]);
	*free_pages += pages;
	return err;
}

static int check_parts(const struct zone *zone, unsigned long *free_pages)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < zone->nr_parts && !err; i++)
		err = check_part(zone, &zone->parts[i], free_pages);
	return err;
}

/* ---- CPUs' lists ---- */

static int check_pcp_list(const struct zone *zone, unsigned int cpu, unsigned int index)
{
	const struct pcp_list *list = &zone->per_cpu_pageset[cpu].lists[index];
	unsigned int i;

	unsigned int room = index == PCP_INBOX ? inbox_room(zone) : pcp_list_room(zone, index / 4);

	if (list->count > (list->slot ? room : 0))
		return BROKEN("zone %s: CPU %u keeps %u blocks of order %u: more than it has room for",
			      zone->name, cpu, list->count, index / 4);
	for (i = 0; i < list->count; i++) {
		const struct page *page = list->slot[i];

		if (page_zone(page) != zone || !is_idle(page) || frame_is_free(zone, page_to_pfn(page)))
			return BROKEN("frame 0x%lx on CPU %u's list is in use", page_to_pfn(page), cpu);
	}
	return 0;
}

static int check_pcp(const struct zone *zone, unsigned long *pcp_pages)
{
	const struct page_state *ps = &this_quire()->page;
	unsigned int cpu, cpus = zone->per_cpu_pageset == &ps->boot_pageset ? 0 : quire_nr_cpus(), i;
	int err;

	*pcp_pages = 0;
	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < PCP_LISTS; i++) {
			err = check_pcp_list(zone, cpu, i);
			if (err)
				return err;
		}
		*pcp_pages += per_cpu_pages_count(&zone->per_cpu_pageset[cpu]);
	}
	return 0;
}

/* ---- all frames ---- */

/* What is neither free nor reserved: allocated, or on a CPU's list. */
static unsigned long count_taken(const struct zone *zone)
{
	unsigned long taken = 0;
	pfn_t pfn;

	for (pfn = zone->zone_start_pfn; pfn < zone_end_pfn(zone); pfn++) {
		const struct page *page = pfn_to_online_page(pfn);

		if (!page) /* a hole, or free: to the next leaf */
			pfn |= LEAF_NR_PAGES - 1;
		else if (page_zone(page) == zone && !PageReserved(page) && !frame_is_free(zone, pfn))
			taken++;
	}
	return taken;
}

int page_alloc_validate(void)
{
	unsigned long free_pages, pcp_pages, managed = 0, taken;
	struct zone *zone;
	int err;

	for_each_populated_zone(zone) {
		free_pages = 0;
		err = check_leaves(zone);
		if (!err)
			err = check_pools(zone, &free_pages);
		if (!err)
			err = check_parts(zone, &free_pages);
		if (!err)
			err = check_pcp(zone, &pcp_pages);
		if (err)
			return err;
		taken = count_taken(zone);
		if (free_pages + taken != zone->managed_pages)
			return BROKEN("zone %s: %lu pages are managed, but %lu are free and %lu taken", zone->name,
				      zone->managed_pages, free_pages, taken);
		if (pcp_pages > taken)
			return BROKEN("zone %s: CPUs keep %lu pages, but %lu are not free", zone->name, pcp_pages,
				      taken);
		managed += zone->managed_pages;
	}
	if (managed != totalram_pages())
		return BROKEN("the zones manage %lu pages, totalram is %lu", managed, totalram_pages());
	return 0;
}
