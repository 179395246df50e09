/* SPDX-License-Identifier: MIT */
/*
 * whole.c - wholly free leaves, as blocks of LEAF_ORDER and more.
 *
 * Theory. The same buddy system as below, one level up: a block of 1 << n leaves is a member
 * of a set of block numbers (mm/lib/bit_tree.h), one set per order and migrate type. Taking
 * one takes the lowest number, so that free memory gathers at high addresses; giving one
 * back looks for the buddy's number in the set. No page structure is read or written.
 *
 * Everything here runs with zone->lock held.
 */
#include "mm/lib/bit_tree.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

static struct whole_blocks *blocks_of(const struct zone *zone, unsigned int order)
{
	return &zone->whole[order - LEAF_ORDER];
}

static void count_pages(struct zone *zone, enum migratetype type, long pages)
{
	store_relaxed(zone->nr_whole_pages, zone->nr_whole_pages + (unsigned long)pages);
	if (type == MIGRATE_CMA)
		store_relaxed(zone->nr_whole_cma, zone->nr_whole_cma + (unsigned long)pages);
}

static void add_block(struct zone *zone, u32 leaf, unsigned int order, enum migratetype type)
{
	struct whole_blocks *blocks = blocks_of(zone, order);

	bit_tree_set(&blocks->tree[type], leaf >> (order - LEAF_ORDER));
	store_relaxed(blocks->nr[type], blocks->nr[type] + 1);
}

static void del_block(struct zone *zone, u32 leaf, unsigned int order, enum migratetype type)
{
	struct whole_blocks *blocks = blocks_of(zone, order);

	bit_tree_clear(&blocks->tree[type], leaf >> (order - LEAF_ORDER));
	store_relaxed(blocks->nr[type], blocks->nr[type] - 1);
}

static bool has_block(const struct zone *zone, u32 leaf, unsigned int order, enum migratetype type)
{
	return bit_tree_test(&blocks_of(zone, order)->tree[type], leaf >> (order - LEAF_ORDER));
}

/* Marks the leaves of a block as whole or not. */
static void set_whole(struct zone *zone, u32 leaf, unsigned int order, bool is_whole)
{
	u32 i;

	for (i = 0; i < 1U << (order - LEAF_ORDER); i++)
		zone->leaves[leaf + i].is_whole = is_whole;
}

bool whole_take(struct zone *zone, unsigned int order, enum migratetype type, u32 *leaf)
{
	unsigned int from = order;

	VM_BUG_ON(!spin_is_locked(&zone->lock));
	while (from < MAX_ORDER && !blocks_of(zone, from)->nr[type])
		from++;
	if (from == MAX_ORDER)
		return false;
	*leaf = (u32)bit_tree_first(&blocks_of(zone, from)->tree[type]) << (from - LEAF_ORDER);
	del_block(zone, *leaf, from, type);
	while (from-- > order)
		add_block(zone, *leaf + (1U << (from - LEAF_ORDER)), from, type);
	set_whole(zone, *leaf, order, false);
	count_pages(zone, type, -(1L << order));
	return true;
}

/*
 * The block has no type of its own, being all free, if its neighbour is of another type that
 * may be mixed with: both get the one of the block that comes.
 */
static bool convert_buddy(struct zone *zone, u32 buddy, unsigned int order, enum migratetype type)
{
	enum migratetype other;

	if (type >= MIGRATE_PCPTYPES || order < pageblock_order)
		return false;
	for (other = 0; other < MIGRATE_PCPTYPES; other++) {
		if (other == type || !has_block(zone, buddy, order, other))
			continue;
		del_block(zone, buddy, order, other);
		leaves_set_type(zone, buddy, 1U << (order - LEAF_ORDER), type);
		return true;
	}
	return false;
}

void whole_put(struct zone *zone, u32 leaf, unsigned int order, enum migratetype type)
{
	VM_BUG_ON(!spin_is_locked(&zone->lock));
	VM_BUG_ON(leaf & ((1U << (order - LEAF_ORDER)) - 1));
	set_whole(zone, leaf, order, true);
	count_pages(zone, type, 1L << order);
	for (; order < MAX_ORDER - 1; order++) {
		u32 buddy = leaf ^ 1U << (order - LEAF_ORDER);

		if (buddy + (1U << (order - LEAF_ORDER)) > zone->nr_leaves)
			break;
		if (has_block(zone, buddy, order, type))
			del_block(zone, buddy, order, type);
		else if (!convert_buddy(zone, buddy, order, type))
			break;
		leaf = min_of(leaf, buddy);
	}
	add_block(zone, leaf, order, type);
}

unsigned int whole_order(const struct zone *zone, u32 leaf, u32 *head)
{
	enum migratetype type = (enum migratetype)zone->leaves[leaf].migratetype;
	unsigned int order;

	for (order = LEAF_ORDER; order < MAX_ORDER - 1; order++)
		if (has_block(zone, leaf, order, type))
			break;
	*head = leaf & ~((1U << (order - LEAF_ORDER)) - 1);
	return order;
}

void whole_take_leaf(struct zone *zone, u32 leaf)
{
	enum migratetype type = (enum migratetype)zone->leaves[leaf].migratetype;
	u32 head;
	unsigned int order = whole_order(zone, leaf, &head);

	del_block(zone, head, order, type);
	while (order-- > LEAF_ORDER) {
		u32 half = 1U << (order - LEAF_ORDER);

		/* The half that the leaf is not in stays. */
		add_block(zone, leaf & half ? head : head + half, order, type);
		head += leaf & half;
	}
	set_whole(zone, leaf, LEAF_ORDER, false);
	count_pages(zone, type, -(long)LEAF_NR_PAGES);
}
