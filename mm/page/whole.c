/* SPDX-License-Identifier: MIT */
/*
 * whole.c - wholly free leaves, as blocks of LEAF_ORDER and more.
 *
 * Theory. The same buddy system as below, one level up: a block of 1 << n leaves is a member
 * of a set of block numbers (mm/lib/bit_tree.h), one set per order and migrate type. Taking
 * one takes the lowest number, so that free memory gathers at high addresses; giving one
 * back looks for the buddy's number in the set. No page structure is read or written.
 *
 * A zone is cut into as many parts as it has pools, each with its own sets and its own lock.
 * A CPU takes from its own part while there is anything, and what is given back goes to the
 * part it lies in: so CPUs that take large blocks, or leaves for their pools, do not wait for
 * each other, and the leaves that they write share no cache lines.
 *
 *   zone    | part 0               | part 1               |    parts begin at a largest
 *   leaves  0 1 2 ...              256                    512   block: no block is in two
 *
 * Whether a leaf is whole, and its type while it is, are under the lock of its part.
 */
#include "mm/lib/bit_tree.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

static struct whole_blocks *blocks_of(const struct whole_part *part, unsigned int order)
{
	return &part->blocks[order - LEAF_ORDER];
}

/* The block's number in the sets of its part. */
static size_t block_number(const struct whole_part *part, u32 leaf, unsigned int order)
{
	return (leaf - part->first) >> (order - LEAF_ORDER);
}

/* What is isolated nobody may take: it is not free memory. */
static void count_pages(struct whole_part *part, enum migratetype type, long pages)
{
	if (type == MIGRATE_ISOLATE) {
		store_relaxed(part->nr_isolated, part->nr_isolated + (unsigned long)pages);
		return;
	}
	store_relaxed(part->nr_pages, part->nr_pages + (unsigned long)pages);
	if (type == MIGRATE_CMA)
		store_relaxed(part->nr_cma, part->nr_cma + (unsigned long)pages);
}

static void add_block(struct whole_part *part, u32 leaf, unsigned int order, enum migratetype type)
{
	struct whole_blocks *blocks = blocks_of(part, order);

	bit_tree_set(&blocks->tree[type], block_number(part, leaf, order));
	store_relaxed(blocks->nr[type], blocks->nr[type] + 1);
}

static void del_block(struct whole_part *part, u32 leaf, unsigned int order, enum migratetype type)
{
	struct whole_blocks *blocks = blocks_of(part, order);

	bit_tree_clear(&blocks->tree[type], block_number(part, leaf, order));
	store_relaxed(blocks->nr[type], blocks->nr[type] - 1);
}

static bool has_block(const struct whole_part *part, u32 leaf, unsigned int order, enum migratetype type)
{
	return bit_tree_test(&blocks_of(part, order)->tree[type], block_number(part, leaf, order));
}

/* Marks the leaves of a block as whole or not. */
static void set_whole(struct zone *zone, u32 leaf, unsigned int order, bool is_whole)
{
	u32 i;

	for (i = 0; i < 1U << (order - LEAF_ORDER); i++)
		store_relaxed(zone->leaves[leaf + i].is_whole, is_whole);
}

/* ---- with the lock of the part held ---- */

struct whole_part *whole_lock_leaf(const struct zone *zone, u32 leaf)
{
	struct whole_part *part = &zone->parts[zone->leaves[leaf].part];

	spin_lock(&part->lock);
	return part;
}

/* Takes a block of just the order `from` down to one of `order`. Returns its first leaf. */
static u32 take_block(struct zone *zone, struct whole_part *part, unsigned int from, unsigned int order,
		      enum migratetype type)
{
	u32 leaf = part->first + ((u32)bit_tree_first(&blocks_of(part, from)->tree[type]) << (from - LEAF_ORDER));

	del_block(part, leaf, from, type);
	while (from-- > order)
		add_block(part, leaf + (1U << (from - LEAF_ORDER)), from, type);
	set_whole(zone, leaf, order, false);
	count_pages(part, type, -(1L << order));
	return leaf;
}

/* The smallest order, `order` or above, of which the part has a block of the type; else MAX_ORDER. */
static unsigned int smallest_order(const struct whole_part *part, unsigned int order, enum migratetype type)
{
	while (order < MAX_ORDER && !load_relaxed(blocks_of(part, order)->nr[type]))
		order++;
	return order;
}

/*
 * Takes the buddy of a block that is put back out of the sets, if it is there. Being all free,
 * neither has a type of its own: the buddy gets that of the block that comes, if both are of
 * types that may be mixed.
 */
static bool take_buddy(struct zone *zone, struct whole_part *part, u32 buddy, unsigned int order,
		       enum migratetype type)
{
	const struct page_leaf *leaf = &zone->leaves[buddy];
	enum migratetype other = (enum migratetype)leaf->migratetype;

	if (!leaf->is_whole || !has_block(part, buddy, order, other))
		return false;
	if (other != type) {
		if (max_of(type, other) >= MIGRATE_PCPTYPES || order < pageblock_order)
			return false;
		leaves_set_type(zone, buddy, 1U << (order - LEAF_ORDER), type);
	}
	del_block(part, buddy, order, other);
	return true;
}

void whole_put_locked(struct zone *zone, struct whole_part *part, u32 leaf, unsigned int order)
{
	enum migratetype type = (enum migratetype)zone->leaves[leaf].migratetype;

	VM_BUG_ON(!spin_is_locked(&part->lock));
	VM_BUG_ON(leaf & ((1U << (order - LEAF_ORDER)) - 1));
	set_whole(zone, leaf, order, true);
	count_pages(part, type, 1L << order);
	for (; order < MAX_ORDER - 1; order++) {
		u32 buddy = leaf ^ 1U << (order - LEAF_ORDER);

		/* A buddy that the zone's end cuts off is in no set. */
		if (buddy >= zone->nr_leaves || !take_buddy(zone, part, buddy, order, type))
			break;
		leaf = min_of(leaf, buddy);
	}
	add_block(part, leaf, order, type);
}

unsigned int whole_order(const struct zone *zone, u32 leaf, u32 *head)
{
	const struct whole_part *part = &zone->parts[zone->leaves[leaf].part];
	enum migratetype type = (enum migratetype)zone->leaves[leaf].migratetype;
	unsigned int order;

	for (order = LEAF_ORDER; order < MAX_ORDER - 1; order++)
		if (has_block(part, leaf, order, type))
			break;
	*head = leaf & ~((1U << (order - LEAF_ORDER)) - 1);
	return order;
}

void whole_take_leaf_locked(struct zone *zone, struct whole_part *part, u32 leaf)
{
	enum migratetype type = (enum migratetype)zone->leaves[leaf].migratetype;
	u32 head;
	unsigned int order = whole_order(zone, leaf, &head);

	VM_BUG_ON(!spin_is_locked(&part->lock));
	del_block(part, head, order, type);
	while (order-- > LEAF_ORDER) {
		u32 half = 1U << (order - LEAF_ORDER);

		/* The half that the leaf is not in stays. */
		add_block(part, leaf & half ? head : head + half, order, type);
		head += leaf & half;
	}
	set_whole(zone, leaf, LEAF_ORDER, false);
	count_pages(part, type, -(long)LEAF_NR_PAGES);
}

/* ---- of the zone ---- */

/* The parts of the zone, the one that this CPU takes from first. */
static struct whole_part *nth_part(const struct zone *zone, unsigned int n)
{
	unsigned int first = zone->nr_parts == 1 ? 0 : this_cpu_id() % zone->nr_parts;

	n += first;
	return &zone->parts[n < zone->nr_parts ? n : n - zone->nr_parts];
}

/* Up to `max` blocks out of the smallest that will do; one that is larger is used up as far as it goes. */
static unsigned int take_pieces(struct zone *zone, struct whole_part *part, unsigned int order,
				enum migratetype type, u32 *leaves, unsigned int max)
{
	unsigned int from, piece, taken = 0, end;
	u32 leaf;

	while (taken < max && (from = smallest_order(part, order, type)) < MAX_ORDER) {
		for (piece = from; piece > order && max - taken < 1U << (piece - order); piece--)
			;
		leaf = take_block(zone, part, from, piece, type);
		for (end = taken + (1U << (piece - order)); taken < end; taken++, leaf += 1U << (order - LEAF_ORDER))
			leaves[taken] = leaf;
	}
	return taken;
}

/* `pool` becomes that of the leaves' frames, while they cannot be taken for whole any more. */
static unsigned int take_whole_for(struct zone *zone, unsigned int order, enum migratetype type, u32 *leaves,
				   unsigned int max, const struct free_pool *pool)
{
	unsigned int taken = 0, i;

	for (i = 0; i < zone->nr_parts && !taken; i++) {
		struct whole_part *part = nth_part(zone, i);

		if (smallest_order(part, order, type) == MAX_ORDER)
			continue;
		spin_lock(&part->lock);
		taken = take_pieces(zone, part, order, type, leaves, max);
		if (pool && taken)
			whole_set_pool(zone, *leaves, pool);
		spin_unlock(&part->lock);
	}
	return taken;
}

unsigned int whole_take(struct zone *zone, unsigned int order, enum migratetype type, u32 *leaves,
			unsigned int max)
{
	return take_whole_for(zone, order, type, leaves, max, NULL);
}

bool whole_take_for_pool(struct zone *zone, enum migratetype type, const struct free_pool *pool, u32 *leaf)
{
	return take_whole_for(zone, LEAF_ORDER, type, leaf, 1, pool);
}

/* Are the two blocks buddies that may be put back as one? */
static bool are_one_block(const struct zone *zone, u32 leaf, u32 other, unsigned int order)
{
	return order < MAX_ORDER - 1 && other == (leaf ^ 1U << (order - LEAF_ORDER)) &&
	       zone->leaves[leaf].migratetype == zone->leaves[other].migratetype;
}

/*
 * A block that was taken as one may come back in parts: page blocks that it covers may have got
 * other types meanwhile.
 */
static void put_block(struct zone *zone, struct whole_part *part, u32 leaf, unsigned int order)
{
	u32 end = leaf + (1U << (order - LEAF_ORDER)), i = leaf + 1;

	while (i < end && zone->leaves[i].migratetype == zone->leaves[leaf].migratetype)
		i++;
	if (i == end) {
		whole_put_locked(zone, part, leaf, order);
		return;
	}
	for (i = leaf; i < end; i++)
		whole_put_locked(zone, part, i, LEAF_ORDER);
}

void whole_put(struct zone *zone, const u32 *leaves, unsigned int count, unsigned int order)
{
	struct whole_part *part = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		u32 leaf = leaves[i];

		if (part != &zone->parts[zone->leaves[leaf].part]) {
			if (part)
				spin_unlock(&part->lock);
			part = whole_lock_leaf(zone, leaf);
		}
		if (i + 1 < count && are_one_block(zone, leaf, leaves[i + 1], order)) {
			i++;
			leaf = min_of(leaf, leaves[i]);
			if (order == LEAF_ORDER) /* of one type, as was just seen */
				whole_put_locked(zone, part, leaf, order + 1);
			else
				put_block(zone, part, leaf, order + 1);
		} else {
			put_block(zone, part, leaf, order);
		}
	}
	if (part)
		spin_unlock(&part->lock);
}

/* A block of just the order in one of the parts changes its type. */
static bool convert_in_parts(struct zone *zone, unsigned int order, enum migratetype from, enum migratetype to)
{
	bool found = false;
	unsigned int i;

	for (i = 0; i < zone->nr_parts && !found; i++) {
		struct whole_part *part = nth_part(zone, i);

		if (!load_relaxed(blocks_of(part, order)->nr[from]))
			continue;
		spin_lock(&part->lock);
		found = blocks_of(part, order)->nr[from];
		if (found) {
			u32 leaf = take_block(zone, part, order, order, from);

			leaves_set_type(zone, leaf, 1U << (order - LEAF_ORDER), to);
			whole_put_locked(zone, part, leaf, order);
		}
		spin_unlock(&part->lock);
	}
	return found;
}

bool whole_convert_largest(struct zone *zone, unsigned int order, const u8 *from, unsigned int nr_from,
			   enum migratetype to)
{
	unsigned int largest = MAX_ORDER, i;

	while (largest-- > order)
		for (i = 0; i < nr_from; i++)
			if (convert_in_parts(zone, largest, (enum migratetype)from[i], to))
				return true;
	return false;
}
