/* SPDX-License-Identifier: MIT */
/*
 * buddy.c - the buddy system: free blocks by power of two, and whose blocks they are.
 *
 * Theory. Free memory is blocks of 2^order frames, each aligned to its size. A block's
 * buddy is the one other block with which it makes a block of the next order: its frame
 * number differs in one bit.
 *
 *   order 2  |       0       |       4       |        buddy of 0 at order 2 is 4
 *   order 1  |   0   |   2   |   4   |   6   |        buddy of 4 at order 1 is 6
 *   order 0  | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |        buddy of 5 at order 0 is 4
 *
 * A block is split down when a smaller one is wanted, and merges up with its buddy when
 * both are free as a whole. So free memory is always in the fewest blocks possible, and
 * which blocks those are depends only on which frames are free.
 *
 * Linux threads its free lists through the page structures: each block given back then
 * costs cache misses, on the structure of its buddy and of its neighbours in the list, and
 * one lock keeps all CPUs out. Here nothing is kept in the structures of free frames:
 *
 *   a CPU's own blocks     percpu_pages.c   stacks of pointers, by order and type; no lock
 *   from CPU to CPU        pcp_inbox.c      pages that one takes and another gives back
 *   pools, one a CPU       pool.c           partly free leaves, on lists by largest block
 *   leaves                 free_marks.h     512 frames (2 MB) each: a mark in the state of a frame
 *   parts, one a CPU       whole.c          wholly free leaves: blocks of orders 9 and up
 *
 * Blocks below order 9 are not stored at all: they are the aligned runs of marked frames, found
 * by arithmetic on words of bits (leaf.h). Merging is marking. What costs memory, besides the
 * structure and the byte of state that a frame has anyway: 16 bytes a leaf, and the sets of
 * whole ones: 0.04 bytes a frame. And as nobody looks at a free frame's structure, it need not
 * be written before it is first taken (memmap.c).
 *
 * The enemy of large blocks is external fragmentation. Therefore leaves are kept apart by
 * migrate type: frames that will stay put share page blocks with their like, and a type
 * that runs out takes a whole page block of another over. Only when no page block is whole
 * it borrows, the smallest piece that will do, so that large blocks stay.
 *
 * Everything here runs with interrupts off on this CPU.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/free_marks.h"
#include "mm/page/internal.h"
#include "mm/page/leaf.h"

/* ---- migrate types of page blocks ---- */

const char *migratetype_name(enum migratetype type)
{
	static const char *const names[MIGRATE_TYPES] = {
		[MIGRATE_UNMOVABLE] = "Unmovable",	 [MIGRATE_MOVABLE] = "Movable",
		[MIGRATE_RECLAIMABLE] = "Reclaimable", [MIGRATE_HIGHATOMIC] = "HighAtomic",
		[MIGRATE_CMA] = "CMA",		 [MIGRATE_ISOLATE] = "Isolate",
	};

	return type < MIGRATE_TYPES ? names[type] : "?";
}

enum migratetype get_pageblock_migratetype(const struct page *page)
{
	return (enum migratetype)(leaf_kind(page_to_pfn(page)) & LEAF_TYPE_MASK);
}

void leaves_set_type(struct zone *zone, u32 first, u32 count, enum migratetype type)
{
	u32 i;

	for (i = first; i < first + count; i++) {
		store_relaxed(zone->leaves[i].migratetype, (u8)type);
		change_leaf_kind(leaf_pfn(zone, i), LEAF_TYPE_MASK, type);
	}
}

/* One leaf changes its type, and its free frames the lists. Returns how many those are. */
static unsigned long retype_leaf(struct zone *zone, u32 no, enum migratetype type)
{
	struct whole_part *part;
	struct free_pool *pool = pool_lock_any_leaf(zone, no, &part);
	unsigned long pages = 0;

	if (zone->leaves[no].is_whole) {
		whole_take_leaf_locked(zone, part, no);
		leaves_set_type(zone, no, 1, type);
		whole_put_locked(zone, part, no, LEAF_ORDER);
		pages = LEAF_NR_PAGES;
	} else {
		/* One that is on no list has none, or is just being taken or given back with its block. */
		if (zone->leaves[no].order != LEAF_NO_LIST)
			pages = zone->leaves[no].nr_free;
		pool_retype_leaf(zone, pool, no, type);
	}
	spin_unlock(&part->lock);
	spin_unlock(&pool->lock);
	return pages;
}

/* Of spans that overlap: is it a leaf of another zone alone? */
static bool is_leaf_of_another(const struct zone *zone, pfn_t pfn)
{
	unsigned int number = (leaf_kind(pfn) & LEAF_ZONE_MASK) >> LEAF_ZONE_SHIFT;

	return number > LEAF_OF_ZONES >> LEAF_ZONE_SHIFT && number != zone->number;
}

unsigned long move_freepages_block(struct zone *zone, const struct page *page, enum migratetype type)
{
	pfn_t pfn = ALIGN_DOWN(page_to_pfn(page), pageblock_nr_pages), end = pfn + pageblock_nr_pages;
	unsigned long moved = 0;

	pfn = max_of(pfn, ALIGN_DOWN(load_relaxed(zone->zone_start_pfn), LEAF_NR_PAGES));
	end = min_of(end, zone_end_pfn(zone));
	for (; pfn < end; pfn += LEAF_NR_PAGES)
		if (!is_leaf_of_another(zone, pfn))
			moved += retype_leaf(zone, leaf_number(zone, pfn), type);
	return moved;
}

void set_pageblock_migratetype(struct page *page, enum migratetype type)
{
	unsigned long flags = local_irq_save();

	/* Its structure may not be written yet. */
	move_freepages_block(zone_of_valid_frame(page_to_pfn(page)), page, type);
	local_irq_restore(flags);
}

/* ---- taking blocks of LEAF_ORDER and more ---- */

/* The block that left the zone is its taker's: no frame of it is free any more. */
static struct page *open_block(struct zone *zone, u32 no, unsigned int order)
{
	pfn_t pfn = leaf_pfn(zone, no);
	struct page *page = pfn_to_page(pfn);
	u8 *states = frame_state(page);
	u32 i;

	if (order > LEAF_ORDER || leaf_kind(pfn) & LEAF_IS_LAZY)
		memmap_complete(zone, no, order);
	for (i = 0; i < 1U << (order - LEAF_ORDER); i++, states += LEAF_NR_PAGES) {
		store_relaxed(zone->leaves[no + i].nr_free, 0);
		if (load_relaxed(*states) & PAGE_FREE)
			unmark_block(states, LEAF_ORDER);
	}
	return page;
}

static unsigned int take_whole(struct zone *zone, unsigned int order, enum migratetype type,
			       struct page **pages, unsigned int max)
{
	u32 no[PCP_BATCH_MAX];
	unsigned int taken = whole_take(zone, order, type, no, min_of(max, PCP_BATCH_MAX + 0U)), i;

	for (i = 0; i < taken; i++)
		pages[i] = open_block(zone, no[i], order);
	return taken;
}

unsigned int buddy_take_type(struct zone *zone, unsigned int order, enum migratetype type,
			     struct page **pages, unsigned int max)
{
	return order < LEAF_ORDER ? pool_take(zone, order, type, pages, max)
				  : take_whole(zone, order, type, pages, max);
}

/* ---- another type's memory, the type whose loss hurts least first ---- */

static const u8 fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

/* Whole page blocks, the largest block there is of them, become the type's. */
static bool claim_page_blocks(struct zone *zone, unsigned int order, enum migratetype type)
{
	return whole_convert_largest(zone, max_of(order, pageblock_order), fallbacks[type], MIGRATE_PCPTYPES - 1,
				     type);
}

/* A page block has pages of two types now. */
static unsigned int mixed(struct zone *zone, unsigned int taken)
{
	spin_lock(&zone->lock);
	boost_watermark(zone);
	spin_unlock(&zone->lock);
	return taken;
}

static unsigned int borrow(struct zone *zone, unsigned int order, enum migratetype type,
			   struct page **page)
{
	unsigned int from, i, taken;

	for (from = order; from < LEAF_ORDER; from++)
		for (i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
			taken = pool_borrow(zone, order, from, (enum migratetype)fallbacks[type][i], page);
			if (taken)
				return mixed(zone, taken);
		}
	/* A page block that is not whole may have whole leaves. */
	for (i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		taken = buddy_take_type(zone, order, (enum migratetype)fallbacks[type][i], page, 1);
		if (taken)
			return mixed(zone, taken);
	}
	return 0;
}

/*
 * Movable pages go to CMA areas as soon as these have more than half of what is free: else all other
 * memory would be used up first, by what could lie here, and unmovable requests would find
 * nothing though much is free.
 */
static bool prefers_cma(const struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_CMA_PAGES) > zone_free_pages(zone) / 2;
}

unsigned int buddy_take(struct zone *zone, unsigned int order, enum migratetype type,
			struct page **pages, unsigned int max)
{
	bool has_cma = CONFIG_PAGE_EXT && type == MIGRATE_MOVABLE &&
		       __builtin_expect(load_relaxed(zone->cma_pages) != 0, 0);
	unsigned int taken = 0;

	if (has_cma && prefers_cma(zone))
		taken = buddy_take_type(zone, order, MIGRATE_CMA, pages, max);
	if (!taken)
		taken = buddy_take_type(zone, order, type, pages, max);
	if (!taken && has_cma)
		taken = buddy_take_type(zone, order, MIGRATE_CMA, pages, max);
	if (!taken && claim_page_blocks(zone, order, type))
		taken = buddy_take_type(zone, order, type, pages, max);
	return taken ? taken : borrow(zone, order, type, pages);
}

/* ---- giving back ---- */

static bool any_leaf_free(const struct zone *zone, u32 no, unsigned int order)
{
	u32 i;

	for (i = no; i < no + (1U << (order - LEAF_ORDER)); i++)
		if (load_relaxed(zone->leaves[i].nr_free))
			return true;
	return false;
}

/* The frames of a block are free from now on; false: they were already. */
static bool close_block(struct zone *zone, u32 no, unsigned int order)
{
	u32 i;

	if (__builtin_expect(any_leaf_free(zone, no, order), 0)) {
		quire_warn(NULL, "bad free, refused: page frame 0x%lx, order %u, was freed by two CPUs at once",
			   leaf_pfn(zone, no), order);
		return false;
	}
	for (i = no; i < no + (1U << (order - LEAF_ORDER)); i++)
		store_relaxed(zone->leaves[i].nr_free, (u16)LEAF_NR_PAGES);
	return true;
}

static void put_whole(struct zone *zone, struct page *const *pages, unsigned int count, unsigned int order)
{
	u32 no[PCP_BATCH_MAX];
	unsigned int i, closed = 0;

	for (i = 0; i < count; i++) {
		no[closed] = leaf_number(zone, page_to_pfn(pages[i]));
		closed += close_block(zone, no[closed], order);
	}
	whole_put(zone, no, closed, order);
}

void buddy_put(struct zone *zone, struct page **pages, unsigned int count, unsigned int order)
{
	unsigned int now;

	if (order < LEAF_ORDER) {
		pool_put(zone, pages, count, order);
		return;
	}
	for (; count; pages += now, count -= now) {
		now = min_of(count, PCP_BATCH_MAX + 0U);
		put_whole(zone, pages, now, order);
	}
}

void buddy_put_block(struct zone *zone, pfn_t pfn, unsigned int order)
{
	struct page *page = pfn_to_page(pfn);

	buddy_put(zone, &page, 1, order);
}

/* ---- just these frames ---- */

/*
 * Locks the pool of any leaf, and makes a whole leaf the pool's. Are its marks those of a leaf on a
 * list? Those of one that is neither whole nor on a list say nothing: a block of it is being taken,
 * or given back, by somebody who holds no lock any more, or not yet. A leaf that is isolated though
 * it should not be, or the other way round, is left as it is, as if it had none.
 */
static struct free_pool *lock_leaf_with_marks(struct zone *zone, u32 no, bool isolated, bool *has_marks)
{
	struct whole_part *part;
	struct free_pool *pool = pool_lock_any_leaf(zone, no, &part);
	bool is_meant = (zone->leaves[no].migratetype == MIGRATE_ISOLATE) == isolated;
	bool is_whole = is_meant && zone->leaves[no].is_whole;

	if (is_whole) {
		whole_take_leaf_locked(zone, part, no);
		whole_set_pool(zone, no, pool);
	}
	*has_marks = is_whole || (is_meant && zone->leaves[no].order != LEAF_NO_LIST);
	spin_unlock(&part->lock);
	if (is_whole)
		pool_adopt_whole(zone, pool, no);
	return pool;
}

/* Are all frames [start, end), of the zone and of one leaf, marked? */
static bool are_marked(pfn_t start, pfn_t end)
{
	const u8 *state = frame_state(pfn_to_page(start));

	while (start < end && load_relaxed(*state) & PAGE_FREE) {
		start++;
		state++;
	}
	return start == end;
}

/* Takes the frames [start, end), all of one leaf; false: one of them is not free. */
static bool take_in_leaf(struct zone *zone, pfn_t start, pfn_t end, bool isolated)
{
	u32 no = leaf_number(zone, start);
	bool are_free;
	struct free_pool *pool = lock_leaf_with_marks(zone, no, isolated, &are_free);

	are_free = are_free && are_marked(start, end);
	if (are_free)
		pool_take_frames(zone, pool, no, (unsigned int)(start & (LEAF_NR_PAGES - 1)),
				 (unsigned int)(end - start));
	spin_unlock(&pool->lock);
	return are_free;
}

unsigned int buddy_take_all_of(struct zone *zone, pfn_t start, pfn_t end, unsigned long *taken)
{
	u32 no = leaf_number(zone, start);
	unsigned int frames = 0;
	bool has_marks;
	struct free_pool *pool = lock_leaf_with_marks(zone, no, false, &has_marks);

	if (has_marks)
		frames = pool_take_all_of(zone, pool, no, (unsigned int)(start & (LEAF_NR_PAGES - 1)),
					  (unsigned int)(end - start), taken);
	spin_unlock(&pool->lock);
	return frames;
}

unsigned int buddy_take_of_leaf(struct zone *zone, u32 no, unsigned int order, struct page **pages,
				unsigned int max)
{
	struct whole_part *part;
	struct free_pool *pool = pool_lock_any_leaf(zone, no, &part);
	u8 largest = zone->leaves[no].migratetype != MIGRATE_ISOLATE ? zone->leaves[no].order : LEAF_NO_LIST;
	unsigned int taken = 0;

	spin_unlock(&part->lock);
	if (largest != LEAF_NO_LIST && largest >= order)
		taken = pool_take_of_leaf(zone, pool, no, order, pages, max);
	spin_unlock(&pool->lock);
	return taken;
}

bool buddy_is_range_free(struct zone *zone, pfn_t start, pfn_t end)
{
	u32 no = leaf_number(zone, start);
	struct whole_part *part;
	struct free_pool *pool = pool_lock_any_leaf(zone, no, &part);
	bool is_free = zone->leaves[no].is_whole;

	if (!is_free && zone->leaves[no].order != LEAF_NO_LIST)
		is_free = are_marked(start, end);
	spin_unlock(&part->lock);
	spin_unlock(&pool->lock);
	return is_free;
}

void buddy_put_range(struct zone *zone, pfn_t start, pfn_t end)
{
	while (start < end) {
		unsigned int order = min_of(largest_order(start, end), LEAF_ORDER);

		buddy_put_block(zone, start, order);
		start += 1UL << order;
	}
}

int buddy_take_range(struct zone *zone, pfn_t start, pfn_t end, bool isolated)
{
	pfn_t pfn = start;

	while (pfn < end) {
		pfn_t stop = min_of(end, ALIGN_DOWN(pfn, LEAF_NR_PAGES) + LEAF_NR_PAGES);

		if (!take_in_leaf(zone, pfn, stop, isolated)) {
			buddy_put_range(zone, start, pfn);
			return -EBUSY;
		}
		pfn = stop;
	}
	count_vm_events(PGTAKE_RANGE, end - start);
	return 0;
}
