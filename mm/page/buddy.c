/* SPDX-License-Identifier: MIT */
/*
 * buddy.c - the buddy system: free blocks by power of two.
 *
 * Theory. Free memory is kept as blocks of 2^order frames, each aligned to its size, on
 * a list per order. A block's buddy is the one other block with which it makes a block of
 * the next order: its frame number differs in one bit.
 *
 *   order 2  |       0       |       4       |        buddy of 0 at order 2 is 4
 *   order 1  |   0   |   2   |   4   |   6   |        buddy of 4 at order 1 is 6
 *   order 0  | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |        buddy of 5 at order 0 is 4
 *
 * Taking a block of an order with an empty list takes one of the next higher order that
 * has any, and puts the upper halves back, order by order (split down). Giving one back
 * looks whether its buddy is free as a whole; if so the two are one block of the next
 * order, whose buddy is looked at next (merge up). So free memory is always in the fewest
 * blocks possible, and which blocks those are depends only on which frames are free, not
 * on the order of frees. Both cost at most MAX_ORDER steps, a few instructions each.
 *
 * Its enemy is external fragmentation: one frame that stays taken keeps its whole largest
 * block from forming. Therefore lists are kept apart by migrate type: frames that will
 * stay put share page blocks with their like, and a type that runs out takes a whole page
 * block of another over. Only when no page block is whole it borrows, the smallest piece
 * that will do, so that large blocks stay.
 *
 * A free block is told by PG_buddy in its first structure, with the order in `private`; the
 * structures of its tails are never looked at (memmap.c may not have written them). The
 * list it is on is the one of its first page block's type.
 *
 * Everything here runs with zone->lock held.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* ---- migrate types of page blocks: written under zone->lock, read without ---- */

const char *migratetype_name(enum migratetype type)
{
	static const char *const names[MIGRATE_TYPES] = {
		[MIGRATE_UNMOVABLE] = "Unmovable",	 [MIGRATE_MOVABLE] = "Movable",
		[MIGRATE_RECLAIMABLE] = "Reclaimable", [MIGRATE_HIGHATOMIC] = "HighAtomic",
		[MIGRATE_CMA] = "CMA",		 [MIGRATE_ISOLATE] = "Isolate",
	};

	return type < MIGRATE_TYPES ? names[type] : "?";
}

static u8 *block_type(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;

	return &ps->pageblock_migratetype[(size_t)(page - ps->mem_map) >> pageblock_order];
}

enum migratetype get_pageblock_migratetype(const struct page *page)
{
	return (enum migratetype)load_relaxed(*block_type(page));
}

void set_pageblock_migratetype(struct page *page, enum migratetype type)
{
	store_relaxed(*block_type(page), (u8)type);
}

/* ---- the lists ---- */

void zone_init_free_lists(struct zone *zone)
{
	unsigned int order, type;

	for (order = 0; order < MAX_ORDER_LIMIT; order++) {
		for (type = 0; type < MIGRATE_TYPES; type++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[type]);
		zone->free_area[order].nr_free = 0;
	}
}

static void add_to_free_list(struct zone *zone, struct page *page, unsigned int order)
{
	struct free_area *area = &zone->free_area[order];

	SetPageBuddy(page);
	set_page_private(page, order);
	list_add(&page->lru, &area->free_list[get_pageblock_migratetype(page)]);
	area->nr_free++;
}

static void del_from_free_list(struct zone *zone, struct page *page, unsigned int order)
{
	ClearPageBuddy(page);
	set_page_private(page, 0);
	list_del(&page->lru);
	zone->free_area[order].nr_free--;
}

/* ---- merge up ---- */

/* Is the structure the head of a free block of just this order in the same zone and node? */
static bool page_is_buddy(const struct page *page, const struct page *buddy, unsigned int order)
{
	/* The zone first: what is another's may change under another lock. */
	return page_flags(page) >> NODES_SHIFT == page_flags(buddy) >> NODES_SHIFT &&
	       PageBuddy(buddy) && buddy_order(buddy) == order;
}

void buddy_free_locked(struct zone *zone, struct page *page, pfn_t pfn, unsigned int order)
{
	unsigned int largest = MAX_ORDER - 1;

	VM_BUG_ON(!spin_is_locked(&zone->lock));
	VM_BUG_ON(pfn & ((1UL << order) - 1));
	zone_count_free(zone, 1L << order);
	for (; order < largest; order++) {
		pfn_t buddy_pfn = pfn ^ (1UL << order);
		struct page *buddy = page + ((long)buddy_pfn - (long)pfn);

		if (!page_is_buddy(page, buddy, order))
			break;
		del_from_free_list(zone, buddy, order);
		if (buddy_pfn < pfn) {
			page = buddy;
			pfn = buddy_pfn;
		}
	}
	add_to_free_list(zone, page, order);
}

/* ---- split down ---- */

/* Cuts a block that left the lists down to `order`, putting the upper halves back. */
static void expand(struct zone *zone, struct page *page, unsigned int from, unsigned int order)
{
	while (from > order) {
		from--;
		add_to_free_list(zone, page + (1UL << from), from);
	}
}

static struct page *take_block(struct zone *zone, struct page *page, unsigned int from,
			       unsigned int order)
{
	del_from_free_list(zone, page, from);
	if (from == MAX_ORDER - 1)
		memmap_complete(page);
	expand(zone, page, from, order);
	zone_count_free(zone, -(1L << order));
	return page;
}

/* The smallest block that suffices on the lists of one type. */
static struct page *alloc_smallest(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned int from;

	for (from = order; from < MAX_ORDER; from++) {
		struct list_head *list = &zone->free_area[from].free_list[type];

		if (!list_empty(list))
			return take_block(zone, list_first_entry(list, struct page, lru), from, order);
	}
	return NULL;
}

/* ---- another type's memory ---- */

/* All of the block's page blocks become `type`. The block is on a list: it moves with them. */
static void claim_page_blocks(struct zone *zone, struct page *page, unsigned int order,
			      enum migratetype type)
{
	unsigned long i;

	del_from_free_list(zone, page, order);
	for (i = 0; i < 1UL << order; i += pageblock_nr_pages)
		set_pageblock_migratetype(page + i, type);
	add_to_free_list(zone, page, order);
}

/* A block of just this order from another type's lists, the type whose loss hurts least first. */
static struct page *other_types_block(struct zone *zone, unsigned int order, enum migratetype type)
{
	static const u8 fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1] = {
		[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
		[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
		[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
	};
	unsigned int i;

	for (i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		struct list_head *list = &zone->free_area[order].free_list[fallbacks[type][i]];

		if (!list_empty(list))
			return list_first_entry(list, struct page, lru);
	}
	return NULL;
}

/*
 * Takes from another type's lists. Whole page blocks, the largest there are, change their
 * type, so that the next request finds its own; what is smaller is only borrowed.
 */
static struct page *alloc_fallback(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned int from;
	struct page *page;

	for (from = MAX_ORDER; from-- > max_of(order, pageblock_order);) {
		page = other_types_block(zone, from, type);
		if (!page)
			continue;
		claim_page_blocks(zone, page, from, type);
		return take_block(zone, page, from, order);
	}
	for (from = order; from < pageblock_order; from++) {
		page = other_types_block(zone, from, type);
		if (page)
			return take_block(zone, page, from, order);
	}
	return NULL;
}

/* ---- just these frames ---- */

/*
 * The head of the free block that the frame is in; NULL: it is not free. From the largest
 * down: a block with unwritten structures is free as a whole, so the search ends at its head.
 */
static struct page *free_block_of(pfn_t pfn)
{
	unsigned int order;

	for (order = MAX_ORDER; order-- > 0;) {
		struct page *head = pfn_to_page(pfn & ~((1UL << order) - 1));

		if (PageBuddy(head) && buddy_order(head) >= order)
			return head;
	}
	return NULL;
}

/* Puts the frames [start, end) of a block that left the lists back on them. */
static void put_back(struct zone *zone, pfn_t start, pfn_t end)
{
	while (start < end) {
		unsigned int order = largest_order(start, end);

		buddy_free_locked(zone, pfn_to_page(start), start, order);
		start += 1UL << order;
	}
}

int buddy_take_range_locked(struct zone *zone, pfn_t start, pfn_t end)
{
	pfn_t pfn = start;

	while (pfn < end) {
		const struct page *head = free_block_of(pfn);

		if (!head)
			return -EBUSY;
		pfn = page_to_pfn(head) + (1UL << buddy_order(head));
	}
	for (pfn = start; pfn < end;) {
		struct page *head = free_block_of(pfn);
		unsigned int order = buddy_order(head);
		pfn_t first = page_to_pfn(head), after = first + (1UL << order);

		take_block(zone, head, order, order);
		put_back(zone, first, max_of(first, start));
		put_back(zone, min_of(after, end), after);
		pfn = after;
	}
	return 0;
}

struct page *buddy_alloc_locked(struct zone *zone, unsigned int order, enum migratetype type)
{
	struct page *page = alloc_smallest(zone, order, type);

	VM_BUG_ON(!spin_is_locked(&zone->lock));
	return page ? page : alloc_fallback(zone, order, type);
}
