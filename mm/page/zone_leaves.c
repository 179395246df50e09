/* SPDX-License-Identifier: MIT */
/*
 * zone_leaves.c - the memory that a zone needs to know its free frames: leaves, pools, and sets
 * of whole blocks.
 *
 * Theory. A zone's leaves are numbered from 0. Where the zone's span is mostly RAM, a leaf's
 * number is its distance from the beginning. Where banks lie far apart it is cut into
 * sections, and only those with RAM of the zone have leaves:
 *
 *   span     | RAM | RAM |     |     |     | RAM |      sections of 64 leaves or more
 *   leaf 0 ..  0     64                      128        leaf_section[]
 *
 * A leaf that lies in two zones has a number in each, and each sees its own frames in it.
 */
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bit_tree.h"
#include "mm/lib/log.h"
#include "mm/page/free_marks.h"
#include "mm/page/internal.h"

#define SECTION_LEAVES_ORDER 6

/* ---- sections ---- */

static pfn_t section_frames(const struct zone *zone)
{
	return (pfn_t)1 << zone->leaf_section_shift;
}

/*
 * Numbers the sections of the zone's RAM, and of what may come to it, or only counts them;
 * returns how many leaves.
 */
static u32 number_sections(struct zone *zone)
{
	u32 per_section = (u32)(section_frames(zone) >> LEAF_ORDER), leaves = 0;
	struct room_walk walk = { .nid = zone->node };
	unsigned long start, end, next = 0, section;
	int nid;

	while (room_next(&walk, &start, &end, &nid)) {
		start = max_of(start, (unsigned long)zone->room_start_pfn);
		end = min_of(end, (unsigned long)zone->room_end_pfn);
		if (start >= end)
			continue;
		section = max_of(next, (start - zone->leaf_base_pfn) >> zone->leaf_section_shift);
		next = ((end - 1 - zone->leaf_base_pfn) >> zone->leaf_section_shift) + 1;
		for (; section < next; section++) {
			if (zone->leaf_section) {
				zone->leaf_section[section] = leaves;
				zone->leaf_section_pfn[leaves / per_section] =
					zone->leaf_base_pfn + (section << zone->leaf_section_shift);
			}
			leaves += per_section;
		}
	}
	return leaves;
}

static int alloc_sections(struct zone *zone)
{
	pfn_t span, per_section;
	size_t sections;

	zone->leaf_base_pfn = ALIGN_DOWN(zone->room_start_pfn, MAX_ORDER_NR_PAGES);
	span = zone->room_end_pfn - zone->leaf_base_pfn;
	zone->leaf_section_shift = BITS_PER_LONG - 1;
	zone->leaf_section_mask = ~0UL;
	if (span / 4 > zone->room_pages) {
		zone->leaf_section_shift = max_of(LEAF_ORDER + SECTION_LEAVES_ORDER, MAX_ORDER - 1);
		zone->leaf_section_mask = (section_frames(zone) >> LEAF_ORDER) - 1;
		zone->nr_leaves = number_sections(zone);
	} else {
		zone->nr_leaves = (u32)((span + LEAF_NR_PAGES - 1) >> LEAF_ORDER);
	}
	sections = ((span - 1) >> zone->leaf_section_shift) + 1;
	per_section = section_frames(zone) >> LEAF_ORDER;
	zone->leaf_section = boot_alloc(sections * sizeof(u32), sizeof(u32), zone->node, "leaf sections");
	zone->leaf_section_pfn = boot_alloc((((unsigned long)zone->nr_leaves - 1) / per_section + 1) * sizeof(pfn_t),
					    sizeof(pfn_t), zone->node, "leaf sections");
	if (!zone->leaf_section || !zone->leaf_section_pfn)
		return -ENOMEM;
	if (sections == 1)
		zone->leaf_section_pfn[0] = zone->leaf_base_pfn;
	else
		number_sections(zone);
	return 0;
}

/* ---- what there is of each leaf, pool and order ---- */

static unsigned int count_pools(const struct zone *zone)
{
	unsigned int pools = min_of(quire_nr_cpus(), MAX_FREE_POOLS + 0U);

	return max_of(1U, min_of(pools, (unsigned int)zone->nr_leaves / 8));
}

static int alloc_leaves(struct zone *zone)
{
	zone->nr_pools = count_pools(zone);
	zone->leaves = boot_alloc(zone->nr_leaves * sizeof(*zone->leaves), 16, zone->node, "leaves");
	zone->pools = boot_alloc(zone->nr_pools * sizeof(*zone->pools), _Alignof(struct free_pool),
				 zone->node, "free pools");
	return zone->leaves && zone->pools ? 0 : -ENOMEM;
}

/* Blocks of an order among so many leaves: the last may be cut off by the zone's end, and is never set. */
static size_t block_numbers(u32 leaves, unsigned int order)
{
	return (leaves >> (order - LEAF_ORDER)) + 1;
}

/* As many parts as pools, but none of less than eight largest blocks; returns the leaves of each. */
static u32 count_parts(struct zone *zone)
{
	u32 largest = 1U << (MAX_ORDER - 1 - LEAF_ORDER);
	u32 leaves = max_of((zone->nr_leaves + zone->nr_pools - 1) / zone->nr_pools, 8 * largest);

	leaves = ALIGN_UP(leaves, largest);
	zone->nr_parts = (zone->nr_leaves + leaves - 1) / leaves;
	return leaves;
}

static int alloc_sets(const struct zone *zone, struct whole_part *part, u32 leaves)
{
	unsigned int orders = MAX_ORDER - LEAF_ORDER, order, type;
	size_t words = 0;
	unsigned long *next;

	for (order = LEAF_ORDER; order < MAX_ORDER; order++)
		words += MIGRATE_TYPES * bit_tree_words(block_numbers(leaves, order));
	part->blocks = boot_alloc(orders * sizeof(*part->blocks), 64, zone->node, "whole blocks");
	next = boot_alloc(words * sizeof(long), 64, zone->node, "whole blocks");
	if (!part->blocks || !next)
		return -ENOMEM;
	for (order = LEAF_ORDER; order < MAX_ORDER; order++)
		for (type = 0; type < MIGRATE_TYPES; type++) {
			size_t size = block_numbers(leaves, order);

			bit_tree_init(&part->blocks[order - LEAF_ORDER].tree[type], next, size);
			next += bit_tree_words(size);
		}
	return 0;
}

static int alloc_parts(struct zone *zone)
{
	u32 leaves = count_parts(zone);
	unsigned int i;
	int err = 0;

	zone->parts = boot_alloc(zone->nr_parts * sizeof(*zone->parts), _Alignof(struct whole_part), zone->node,
				 "whole blocks");
	if (!zone->parts)
		return -ENOMEM;
	for (i = 0; i < zone->nr_parts && !err; i++) {
		zone->parts[i].first = i * leaves;
		err = alloc_sets(zone, &zone->parts[i], min_of(leaves, zone->nr_leaves - i * leaves));
	}
	return err;
}

static void init_leaves(struct zone *zone)
{
	u32 i, part = 0;

	for (i = 0; i < zone->nr_leaves; i++) {
		part += part + 1 < zone->nr_parts && i == zone->parts[part + 1].first;
		zone->leaves[i].part = (u8)part;
		zone->leaves[i].order = LEAF_NO_LIST;
		zone->leaves[i].migratetype = MIGRATE_MOVABLE;
	}
}

/* Takes the frames of other zones out: of a leaf that zones share, or that another has alone. */
static __attribute__((noinline)) void keep_own_frames(const struct zone *zone, pfn_t first, unsigned long *bits)
{
	unsigned int frame;

	for (frame = 0; frame < LEAF_NR_PAGES; frame++)
		if (test_bit(frame, bits) && page_zone(pfn_to_page(first + frame)) != zone)
			clear_bit(frame, bits);
}

void leaf_read_bits(const struct zone *zone, u32 no, unsigned long *bits)
{
	pfn_t first = leaf_pfn(zone, no);

	gather_marks(leaf_states(zone, no), LEAF_ORDER, bits);
	if (__builtin_expect(leaf_is_shared(zone, first), 0))
		keep_own_frames(zone, first, bits);
}

int zone_leaves_alloc(void)
{
	struct zone *zone;
	pg_data_t *pgdat;
	int err = 0;

	for_each_room_zone(pgdat, zone) {
		err = alloc_sections(zone);
		if (!err)
			err = alloc_leaves(zone);
		if (!err)
			err = alloc_parts(zone);
		if (err)
			return err;
		init_leaves(zone);
	}
	return 0;
}
