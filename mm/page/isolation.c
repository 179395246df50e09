/* SPDX-License-Identifier: MIT */
/*
 * isolation.c - page blocks that nobody may take pages of.
 *
 * Theory. To get just these frames, those of them that are in use must be moved away, and what
 * comes free must not be handed out to somebody else meanwhile. So page blocks become
 * MIGRATE_ISOLATE: a type that no request asks for.
 *
 *   page blocks   | Movable | Isolate | Isolate | Movable |
 *   the range     |       [ wanted frames         ]       |      widened to whole page blocks
 *
 *   taken      from lists by type: never from these
 *   freed      leaf_kind says Isolate: not to a CPU's list, straight to its leaf (free.c)
 *   merged     with blocks of the same type only (whole.c)
 *   counted    apart: nr_isolated of pools and parts. NR_FREE_PAGES has it not, no watermark
 *              relies on it
 *
 * The type that a leaf had is kept in it (page_leaf.hint), so that undoing loses nothing:
 * an isolated piece of the highatomic reserve or of the unmovable page blocks is that again.
 *
 * Two kinds of frames are neither free nor in use, having state 0: those on CPUs' lists, and those
 * between two lists at this moment. The first are drained; a CPU that read the block's type before
 * it changed may put one there afterwards. So who empties a range looks again, and drains again.
 *
 * Costs: a leaf costs what moving it between two lists costs; has_unmovable_pages reads a byte
 * a frame.
 *
 * Locks: wmark_lock while types change, as for the highatomic reserve; below it those of
 * set_pageblock_migratetype.
 */
#include <quire/isolation.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* A flag beside those of isolation.h: -EBUSY for page blocks that are not there. */
#define MUST_BE_THERE 0x100

#define BATCH_PAGES 32	/* isolated at a time */
#define EVACUATE_TRIES 5

/* ---- what is in use ---- */

bool block_of_frame(pfn_t pfn, struct page **head, unsigned int *order)
{
	unsigned int o;

	for (o = 0; o < MAX_ORDER; o++) {
		pfn_t at = ALIGN_DOWN(pfn, 1UL << o);
		struct page *page = pfn_to_online_page(at);
		u8 state = page ? load_acquire(*frame_state(page)) : 0;

		if (!(state & PAGE_HELD))
			continue;
		*head = page;
		*order = state & PAGE_ORDER_MASK;
		return pfn - at < 1UL << *order;
	}
	return false;
}

static bool is_in_the_way(const struct page *page, u8 state)
{
	if (!(state & PAGE_HELD))
		return state & PAGE_RESERVED;
	return page_zonenum(page) != ZONE_MOVABLE && !page_can_move(page);
}

static struct page *find_in_the_way(pfn_t start, pfn_t end, int migratetype, int flags)
{
	pfn_t pfn = start;

	while (pfn < end) {
		struct page *page = pfn_to_online_page(pfn), *head;
		unsigned int order;
		u8 state;

		if (pfn_valid(pfn) && (leaf_kind(pfn) & LEAF_TYPE_MASK) == MIGRATE_CMA &&
		    migratetype != MIGRATE_CMA && !(flags & MEMORY_OFFLINE))
			return pfn_to_page(pfn);
		if (!page) { /* a hole, or free */
			pfn = ALIGN_DOWN(pfn, LEAF_NR_PAGES) + LEAF_NR_PAGES;
			continue;
		}
		/* A block may begin before the range. */
		if (pfn == start && block_of_frame(pfn, &head, &order))
			page = head;
		state = load_acquire(*frame_state(page));
		if (is_in_the_way(page, state))
			return page;
		pfn = page_to_pfn(page) + (state & PAGE_HELD ? 1UL << (state & PAGE_ORDER_MASK) : 1);
		/* What the head says may have changed since. */
		pfn = max_of(pfn, start + 1);
	}
	return NULL;
}

struct page *has_unmovable_pages(pfn_t start, pfn_t end, int migratetype, int flags)
{
	u32 walk = memmap_walk_begin();
	struct page *page = find_in_the_way(start, end, migratetype, flags);

	memmap_walk_end(walk);
	return page;
}

/* ---- page blocks ---- */

/* A zone's part of one page block. */
struct block_part {
	struct zone *zone;
	pfn_t pfn; /* a frame of it that has a page structure */
};

/* The zone that the first frame of [pfn, end) with a page structure belongs to. */
static bool find_part(pfn_t pfn, pfn_t end, struct block_part *part)
{
	for (; pfn < end; pfn++) {
		if (!pfn_valid(pfn))
			continue;
		part->pfn = pfn;
		part->zone = zone_of_valid_frame(pfn);
		return part->zone;
	}
	return false;
}

static struct page_leaf *leaf_of(const struct block_part *part)
{
	return &part->zone->leaves[leaf_number(part->zone, part->pfn)];
}

/* The zone's own: leaf_kind has but one for the zones that meet in a leaf, whichever came last. */
static enum migratetype type_of(const struct block_part *part)
{
	return (enum migratetype)load_relaxed(leaf_of(part)->migratetype);
}

/* Where freed pages go is told by leaf_kind: so of two zones in a leaf one is isolated at a time. */
static bool is_isolated(const struct block_part *part)
{
	return type_of(part) == MIGRATE_ISOLATE || (leaf_kind(part->pfn) & LEAF_TYPE_MASK) == MIGRATE_ISOLATE;
}

/* [start, end) is a part of one page block. */
static int isolate_in_block(pfn_t start, pfn_t end, int migratetype, int flags)
{
	struct block_part part;
	struct page *blocking;
	unsigned long irq;
	int err = -EBUSY;
	u8 before;

	if (!find_part(start, end, &part))
		return flags & MUST_BE_THERE ? -EBUSY : 0;
	irq = spin_lock_irqsave(&this_quire()->page.wmark_lock);
	blocking = is_isolated(&part) ? pfn_to_page(part.pfn)
				      : has_unmovable_pages(start, end, migratetype, flags);
	if (!blocking) {
		before = (u8)(type_of(&part) + 1);
		move_freepages_block(part.zone, pfn_to_page(part.pfn), MIGRATE_ISOLATE);
		/* Now that it is isolated, the hint is nobody else's. */
		set_leaf_hint(leaf_of(&part), before);
		err = 0;
	}
	spin_unlock_irqrestore(&this_quire()->page.wmark_lock, irq);
	if (blocking && (flags & REPORT_FAILURE))
		pr_info("isolation: page frame 0x%lx is in the way", page_to_pfn(blocking));
	return err;
}

static int isolate_block(pfn_t block, pfn_t start, pfn_t end, int migratetype, int flags)
{
	u32 walk = memmap_walk_begin();
	int err = isolate_in_block(max_of(block, start), min_of(block + pageblock_nr_pages, end), migratetype,
				   flags);

	memmap_walk_end(walk);
	return err;
}

/* The part is found by its first frame in the range, as it was when it was isolated. */
static void undo_in_block(pfn_t start, pfn_t end, int migratetype)
{
	struct block_part part;
	unsigned long irq;
	u8 before;

	if (!find_part(start, end, &part))
		return;
	irq = spin_lock_irqsave(&this_quire()->page.wmark_lock);
	if (type_of(&part) == MIGRATE_ISOLATE) {
		before = leaf_hint(leaf_of(&part));
		set_leaf_hint(leaf_of(&part), 0);
		move_freepages_block(part.zone, pfn_to_page(part.pfn),
				     before && before <= MIGRATE_TYPES ? (enum migratetype)(before - 1)
								       : (enum migratetype)migratetype);
	}
	spin_unlock_irqrestore(&this_quire()->page.wmark_lock, irq);
}

static void undo_block(pfn_t block, pfn_t start, pfn_t end, int migratetype)
{
	u32 walk = memmap_walk_begin();

	undo_in_block(max_of(block, start), min_of(block + pageblock_nr_pages, end), migratetype);
	memmap_walk_end(walk);
}

int start_isolate_page_range(pfn_t start, pfn_t end, int migratetype, int flags)
{
	pfn_t block, done = ALIGN_DOWN(start, pageblock_nr_pages);
	int err;

	for (block = done; block < end; block += pageblock_nr_pages) {
		err = isolate_block(block, start, end, migratetype, flags);
		if (!err)
			continue;
		for (; done < block; done += pageblock_nr_pages)
			undo_block(done, start, end, migratetype);
		return err;
	}
	return 0;
}

void undo_isolate_page_range(pfn_t start, pfn_t end, int migratetype)
{
	pfn_t block;

	for (block = ALIGN_DOWN(start, pageblock_nr_pages); block < end; block += pageblock_nr_pages)
		undo_block(block, start, end, migratetype);
}

/* Of one leaf's frames. */
static bool is_isolated_and_free(pfn_t start, pfn_t end)
{
	struct zone *zone;
	unsigned long irq;
	bool is_free;

	if (!pfn_valid(start))
		return true;
	zone = zone_of_valid_frame(start);
	if (!zone || (leaf_kind(start) & LEAF_TYPE_MASK) != MIGRATE_ISOLATE)
		return false;
	irq = local_irq_save();
	is_free = buddy_is_range_free(zone, start, end);
	local_irq_restore(irq);
	return is_free;
}

int test_pages_isolated(pfn_t start, pfn_t end, int flags)
{
	bool is_free = true;
	pfn_t stop;

	(void)flags;
	for (; is_free && start < end; start = stop) {
		u32 walk = memmap_walk_begin();

		stop = min_of(end, ALIGN_DOWN(start, LEAF_NR_PAGES) + LEAF_NR_PAGES);
		is_free = is_isolated_and_free(start, stop);
		memmap_walk_end(walk);
	}
	return is_free ? 0 : -EBUSY;
}

/* ---- moving out ---- */

#if CONFIG_PAGE_EXT
static pfn_t isolate_frames(pfn_t pfn, pfn_t end, struct list_head *list)
{
	unsigned int pages = 0;

	while (pfn < end && pages < BATCH_PAGES) {
		struct page *page = pfn_to_online_page(pfn);
		u8 state;

		if (!page) {
			pfn = ALIGN_DOWN(pfn, LEAF_NR_PAGES) + LEAF_NR_PAGES;
			continue;
		}
		state = load_acquire(*frame_state(page));
		if (!(state & PAGE_HELD)) {
			pfn++;
			continue;
		}
		if (!isolate_page_to_move(page, ISOLATE_UNEVICTABLE)) {
			list_add_tail(&page->lru, list);
			pages += 1U << (state & PAGE_ORDER_MASK);
		}
		pfn += 1UL << (state & PAGE_ORDER_MASK);
	}
	return pfn;
}

/* Isolates movable pages of [pfn, end), about a batch of them; returns where to go on. */
static pfn_t isolate_batch(pfn_t pfn, pfn_t end, struct list_head *list)
{
	u32 walk = memmap_walk_begin();

	pfn = isolate_frames(pfn, end, list);
	memmap_walk_end(walk);
	return pfn;
}

/* Where the block begins that `start` is in; `start` itself, if that is in none. */
static pfn_t start_of_block(pfn_t start)
{
	u32 walk = memmap_walk_begin();
	unsigned int order;
	struct page *head;

	if (block_of_frame(start, &head, &order))
		start = page_to_pfn(head);
	memmap_walk_end(walk);
	return start;
}

/* One way through the range; -ENOMEM ends it. */
static int move_out(pfn_t start, pfn_t end, gfp_t gfp, enum migrate_reason reason)
{
	const struct migration_target_control target = { .nid = NUMA_NO_NODE, .gfp_mask = gfp };
	struct list_head list;
	int err = 0;

	INIT_LIST_HEAD(&list);
	/* A block may begin before the range. */
	start = start_of_block(start);
	while (start < end && err != -ENOMEM) {
		start = isolate_batch(start, end, &list);
		err = migrate_pages(&list, alloc_migration_target, NULL, (uintptr_t)&target, MIGRATE_SYNC,
				    reason, NULL);
		putback_movable_pages(&list);
	}
	return err == -ENOMEM ? err : 0;
}
#else
/* What is in use stays. */
static int move_out(pfn_t start, pfn_t end, gfp_t gfp, enum migrate_reason reason)
{
	(void)start, (void)end, (void)gfp, (void)reason;
	return 0;
}
#endif

int evacuate_page_range(pfn_t start, pfn_t end, gfp_t gfp, enum migrate_reason reason)
{
	int tries, err;

	drain_all_pages(NULL);
	for (tries = 0; tries < EVACUATE_TRIES; tries++) {
		err = move_out(start, end, gfp, reason);
		if (err)
			return err;
		if (!test_pages_isolated(start, end, 0))
			return 0;
		drain_all_pages(NULL);
		if (!test_pages_isolated(start, end, 0))
			return 0;
	}
	return -EBUSY;
}

#if CONFIG_PAGE_EXT
int isolation_empty_and_take(struct zone *zone, pfn_t start, pfn_t end, int migratetype, gfp_t gfp)
{
	/* What we undo must be ours: memory that has gone may come back, and be isolated by another. */
	int err = start_isolate_page_range(start, end, migratetype, MUST_BE_THERE);
	unsigned long flags;

	if (err)
		return err;
	/* Where the pages of the range go is asked for as its caller may ask. */
	gfp &= __GFP_RECLAIM | __GFP_IO | __GFP_FS;
	err = evacuate_page_range(start, end, gfp | __GFP_HARDWALL | __GFP_RETRY_MAYFAIL, MR_CONTIG_RANGE);
	if (!err) {
		flags = local_irq_save();
		err = buddy_take_range(zone, start, end, true);
		local_irq_restore(flags);
	}
	undo_isolate_page_range(start, end, migratetype);
	return err;
}
#endif
