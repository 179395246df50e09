/* SPDX-License-Identifier: MIT */
/*
 * compact_zone.c - making large blocks by emptying leaves.
 *
 * Theory. Linux has two scanners for it. One goes up through the zone and takes every movable
 * page it meets, the other comes down and takes every free frame, and what the first has found
 * goes where the second is, until they meet:
 *
 *   | x . . x | x x . x | . . . x | x . x x |        >>> pages    frames <<<
 *
 * They know nothing of what lies ahead, so pages are moved out of places that are nearly full, into
 * places that are nearly empty, and again when the next round begins elsewhere. Here each leaf
 * (512 frames) knows how many of its frames are free. So the two scanners go by fullness, not by
 * address: pages leave the emptiest leaves, where there are the fewest of them, and go into the
 * fullest, which stay broken anyway.
 *
 *   leaves by free frames    0 |###.|##..|#...| 512
 *                        targets >>>     <<< sources
 *
 * A block costs as many moves as the cheapest place for it has pages: with a share f of a zone free
 * and evenly spread, (1 - f) * 512 for order 9, for the emptiest leaf often a tenth of it. For the
 * whole zone no page moves twice: it leaves a leaf for a fuller one, and the run ends when the
 * two scanners meet; n leaves are emptied by the moves that the n emptiest of them need, which is
 * the least there is.
 *
 * Moves for one block of 64 pages, 40% of memory being free after long use, beside a model of the
 * sweep by address that begins anew each time (tests/page/compaction_share_test.c):
 *
 *                                                        by fullness    by address
 *   one at a time; 6% cannot move, and lie everywhere      24 .. 27     320 .. 1100
 *   all of memory, the same                                27 .. 31     230 .. 480
 *   all of memory, what cannot move keeps to itself        33 .. 35      38 .. 40
 *
 * One place, a window: `order` frames of a leaf, a leaf, or some leaves.
 *   survey    a byte a frame: nothing in use there that cannot move? how much is to be moved?
 *             For windows in a leaf, the cheapest of the leaf's. Is there so much room elsewhere?
 *   capture   its free frames become ours: nobody else gets them
 *   move      what is in use; as its last reference is ours, the frame is captured too
 *   give      the window, as one block. Or, if a page would not move, what was captured.
 * Nothing is isolated for that, and only so much memory as the block has is out of reach meanwhile.
 * Frames that lie on CPUs' lists are drained and captured in the next of a few passes.
 *
 * Targets are blocks of the movable page blocks' free memory, below all watermarks: as many
 * frames come free as are taken, and compaction_suitable() sees to it that so many
 * can be spared. Nothing here makes a request: so this does not recurse.
 *
 * Costs: a band of leaves is found by a walk over the leaves' 16 bytes; there are 8 bands, so a run
 * reads the table of leaves 16 times at most, 1 MB of it for 64 GB of memory. A survey reads
 * 512 bytes, and a word of the structure of each page in use. Leaves that could not be emptied are
 * remembered (page_leaf.hint) until the number of their free frames has changed.
 *
 * Two runs in one zone at a time empty different leaves (LEAF_HINT_EMPTYING). For windows in a leaf
 * nothing is marked: of two runs in one window each captures a part, and both give it back.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/compact.h"
#include "mm/page/page_watch.h"

#if CONFIG_PAGE_EXT

#define MOVE_BATCH 32 /* pages isolated at a time */
#define ASYNC_PASSES 2
#define SYNC_PASSES 3

/* ---- leaves, as they are at this moment ---- */

static unsigned int leaf_free(const struct compaction *c, u32 no)
{
	return load_relaxed(c->zone->leaves[no].nr_free);
}

static unsigned int band_of(unsigned int nr_free)
{
	return min_of(nr_free * COMPACT_BANDS >> LEAF_ORDER, COMPACT_BANDS - 1U);
}

static u8 failed_hint(unsigned int nr_free)
{
	return (u8)(LEAF_HINT_FAILED | (nr_free & LEAF_HINT_FREE));
}

static bool has_failed(const struct compaction *c, u32 no)
{
	return leaf_hint(&c->zone->leaves[no]) == failed_hint(leaf_free(c, no));
}

/* May pages be moved out of there, by whom this is done for? */
static bool is_source(const struct compaction *c, u32 no)
{
	unsigned int type = load_relaxed(c->zone->leaves[no].migratetype);

	if (leaf_hint(&c->zone->leaves[no]) == LEAF_HINT_EMPTYING)
		return false;
	if (type == MIGRATE_MOVABLE || type == MIGRATE_CMA)
		return true;
	/* Elsewhere most pages stay where they are: it is seldom worth a look. */
	return type < MIGRATE_PCPTYPES && (c->mode != MIGRATE_ASYNC || type == c->type);
}

/* ---- room ---- */

/* May pages go there? */
static bool is_target(const struct compaction *c, u32 no)
{
	const struct page_leaf *leaf = &c->zone->leaves[no];
	unsigned int nr_free = leaf_free(c, no), type = load_relaxed(leaf->migratetype);

	if (!nr_free || nr_free == LEAF_NR_PAGES || (type != MIGRATE_MOVABLE && type != MIGRATE_CMA) ||
	    leaf_hint(leaf) == LEAF_HINT_EMPTYING)
		return false;
	return !c->whole_zone || nr_free <= c->source_free || has_failed(c, no);
}

/* Is there room for so many pages, outside of the leaves that are emptied? */
static bool has_room(struct compaction *c, unsigned long pages)
{
	unsigned long room = 0;
	u32 no;

	for (no = 0; no < c->zone->nr_leaves && room < pages; no++)
		if (is_target(c, no))
			room += leaf_free(c, no);
	/* Then there is none for fuller leaves either. */
	c->is_full = room < pages;
	return !c->is_full;
}

/* Blocks out of the fullest leaf that has them; returns how many. */
static unsigned int take_targets(struct compaction *c, unsigned int order, struct page **pages, unsigned int max)
{
	unsigned int taken = 0;
	unsigned long irq;

	for (; c->target[order].band < COMPACT_BANDS; c->target[order].band++, c->target[order].no = 0)
		for (; c->target[order].no < c->zone->nr_leaves; c->target[order].no++) {
			u32 no = c->target[order].no;

			/* One that was taken from may be in a lower band by now. */
			if (!is_target(c, no) || band_of(leaf_free(c, no)) > c->target[order].band)
				continue;
			irq = local_irq_save();
			taken = buddy_take_of_leaf(c->zone, no, order, pages, max);
			local_irq_restore(irq);
			c->free_scanned += LEAF_NR_PAGES;
			if (taken) {
				c->last_target = no + 1;
				return taken;
			}
		}
	return 0;
}

/* Where the page goes. */
static struct page *compaction_alloc(struct page *src, unsigned long private_data)
{
	struct compaction *c = (struct compaction *)(uintptr_t)private_data;
	unsigned int order = page_alloc_order(src);
	gfp_t gfp = GFP_NOWAIT | __GFP_MOVABLE | (PageHead(src) ? __GFP_COMP : 0);
	struct page *page = NULL;

	if (order) {
		if (!take_targets(c, order, &page, 1))
			return NULL;
	} else {
		if (!c->nr_stash)
			c->nr_stash = take_targets(c, 0, c->stash, COMPACT_STASH);
		if (!c->nr_stash)
			return NULL;
		page = c->stash[--c->nr_stash];
	}
	c->isolated += 1UL << order;
	prep_new_page(page, gfp, order);
	page_watch_alloc(page, order, gfp, c->migration.caller);
	return page;
}

static void give_stash_back(struct compaction *c)
{
	unsigned long irq;

	if (!c->nr_stash)
		return;
	irq = local_irq_save();
	buddy_put(c->zone, c->stash, c->nr_stash, 0);
	local_irq_restore(irq);
	c->nr_stash = 0;
}

/* ---- survey ---- */

/* What is in the windows of a leaf. */
struct survey {
	unsigned int window;	/* frames of one */
	bool can_be_emptied;	/* this window, so far */
	unsigned int used;	/* pages in it */
	int best_used;		/* of the cheapest window so far; -1: there is none */
	pfn_t best;
};

static void end_window(struct survey *s, pfn_t window)
{
	if (s->can_be_emptied && (s->best_used < 0 || (int)s->used < s->best_used)) {
		s->best_used = (int)s->used;
		s->best = window;
	}
	s->can_be_emptied = true;
	s->used = 0;
}

/* Accounts for the frame; returns how many frames the block has that begins there. */
static unsigned long survey_frame(struct survey *s, const struct page *page)
{
	u8 state = load_acquire(*frame_state(page));
	unsigned long pages = 1UL << (state & PAGE_ORDER_MASK);

	if (!(state & PAGE_HELD)) {
		s->can_be_emptied &= !(state & PAGE_RESERVED);
		return 1;
	}
	/* To move a block of that size would only make another of its kind. */
	if (pages >= s->window || !page_can_move(page))
		s->can_be_emptied = false;
	else
		s->used += (unsigned int)pages;
	return pages;
}

/* Is all of the leaf the zone's, and none of it in the middle of a block that begins before it? */
static bool is_leaf_of_its_own(const struct compaction *c, u32 no)
{
	pfn_t first = leaf_pfn(c->zone, no);
	struct page *head;
	unsigned int order;

	if (!pfn_valid(first) || (leaf_kind(first) & LEAF_ZONE_MASK) != c->zone->number << LEAF_ZONE_SHIFT)
		return false;
	return leaf_free(c, no) || !block_of_frame(first, &head, &order) || page_to_pfn(head) == first;
}

static int survey_frames(struct compaction *c, u32 no, struct survey *s)
{
	pfn_t first = leaf_pfn(c->zone, no), end = first + LEAF_NR_PAGES, pfn, next;

	*s = (struct survey){ .window = 1U << min_of(c->order, LEAF_ORDER), .can_be_emptied = true,
			      .best_used = -1 };
	if (!is_leaf_of_its_own(c, no))
		return -1;
	c->surveys++;
	c->migrate_scanned += LEAF_NR_PAGES;
	if (!pfn_to_online_page(first)) { /* all free, and never touched */
		s->best = first;
		return s->best_used = 0;
	}
	for (pfn = first; pfn < end; pfn = next) {
		pfn_t window = ALIGN_DOWN(pfn, (pfn_t)s->window);

		next = pfn + survey_frame(s, pfn_to_page(pfn));
		if (ALIGN_DOWN(next, (pfn_t)s->window) != window)
			end_window(s, window);
	}
	return s->best_used;
}

/* The cheapest window of a leaf, in s->best; -1: there is none, else how many pages it has. */
static int survey_leaf(struct compaction *c, u32 no, struct survey *s)
{
	u32 walk = memmap_walk_begin();
	int used = survey_frames(c, no, s);

	memmap_walk_end(walk);
	return used;
}

/* ---- capture ---- */

static void capture_free(struct compaction *c)
{
	unsigned long irq = local_irq_save();

	buddy_take_all_of(c->zone, c->start, c->end, c->captured);
	local_irq_restore(irq);
}

static unsigned int bit_of(pfn_t pfn)
{
	return (unsigned int)(pfn & (LEAF_NR_PAGES - 1));
}

/* A page was moved: its frame is ours, unless somebody else still has a reference. */
static void capture_source(struct migration *m, struct page *src, unsigned int order)
{
	struct compaction *c = list_container(m, struct compaction, migration);

	if (release_pages_for(src, order, m->caller))
		bitmap_set(c->captured, bit_of(page_to_pfn(src)), 1UL << order);
}

static bool is_all_captured(const struct compaction *c)
{
	unsigned int bit = bit_of(c->start);
	unsigned int end = bit + (unsigned int)(c->end - c->start);

	return find_next_zero_bit(c->captured, end, bit) >= end;
}

/* What was captured of a window that could not be emptied. */
static void give_captured_back(struct compaction *c)
{
	pfn_t first = ALIGN_DOWN(c->start, LEAF_NR_PAGES);
	size_t size = LEAF_NR_PAGES, bit = 0, end;
	unsigned long irq = local_irq_save();

	for (; (bit = find_next_bit(c->captured, size, bit)) < size; bit = end) {
		end = find_next_zero_bit(c->captured, size, bit);
		buddy_put_range(c->zone, first + bit, first + end);
	}
	local_irq_restore(irq);
}

static void give_block(struct compaction *c, pfn_t pfn, unsigned int order)
{
	unsigned long irq = local_irq_save();

	buddy_put_block(c->zone, pfn, order);
	local_irq_restore(irq);
}

/* ---- move ---- */

static bool isolate_frames(struct compaction *c, pfn_t *pfn, struct list_head *list)
{
	isolate_mode_t mode = ISOLATE_UNEVICTABLE | (c->mode == MIGRATE_ASYNC ? ISOLATE_ASYNC_MIGRATE : 0);
	unsigned int pages = 0;

	/* The memory may have gone since the survey. */
	if (!pfn_to_online_page(*pfn))
		return false;
	while (*pfn < c->end && pages < MOVE_BATCH) {
		struct page *page = pfn_to_page(*pfn);
		u8 state = load_acquire(*frame_state(page));
		unsigned int order = state & PAGE_ORDER_MASK;

		if (!(state & PAGE_HELD)) {
			++*pfn;
			continue;
		}
		/*
		 * Its owner may be freeing it, or may have taken it just now: then it may be as large
		 * as the window, for which there are no targets.
		 */
		if (1UL << order >= c->end - c->start || isolate_page_to_move(page, mode))
			return false;
		list_add_tail(&page->lru, list);
		pages += 1U << order;
		*pfn += 1UL << order;
	}
	c->isolated += pages;
	return true;
}

/* Isolates a few pages of the window from *pfn on. False: one of them is not to be had. */
static bool isolate_some(struct compaction *c, pfn_t *pfn, struct list_head *list)
{
	u32 walk = memmap_walk_begin();
	bool goes_on = isolate_frames(c, pfn, list);

	memmap_walk_end(walk);
	return goes_on;
}

/* Moves what is in use in the window. False: it is not worth to go on there. */
static bool move_window(struct compaction *c)
{
	struct list_head list;
	pfn_t pfn = c->start;
	bool goes_on = true;
	int left;

	INIT_LIST_HEAD(&list);
	while (pfn < c->end && goes_on) {
		goes_on = isolate_some(c, &pfn, &list);
		left = migrate_list(&c->migration, &list);
		putback_movable_pages(&list);
		c->is_full |= left == -ENOMEM;
		goes_on &= !left;
	}
	return goes_on;
}

/* A pool that is locked at this moment keeps others waiting already. */
static bool is_contended(const struct compaction *c, u32 no)
{
	const struct zone *zone = c->zone;

	return c->mode == MIGRATE_ASYNC &&
	       spin_is_locked(&zone->pools[load_relaxed(zone->leaves[no].pool)].lock);
}

/* Empties [start, end), all of one leaf: true, and all its frames are captured. */
static bool empty_window(struct compaction *c, pfn_t start, pfn_t end)
{
	unsigned int passes = c->mode == MIGRATE_ASYNC ? ASYNC_PASSES : SYNC_PASSES, pass;
	bool goes_on = true;

	c->start = start;
	c->end = end;
	memset(c->captured, 0, sizeof(c->captured));
	capture_free(c);
	for (pass = 0; pass < passes && !c->is_full && !is_all_captured(c); pass++) {
		/* What is neither in use nor free may be on a CPU's list. */
		if (pass && goes_on && c->mode == MIGRATE_ASYNC)
			drain_local_pages(c->zone);
		else if (pass)
			drain_all_pages(c->zone);
		capture_free(c);
		goes_on = move_window(c);
		capture_free(c);
	}
	if (is_all_captured(c))
		return true;
	give_captured_back(c);
	return false;
}

/* ---- one place ---- */

/* A block inside of a leaf. */
static bool empty_part_of_leaf(struct compaction *c, u32 no)
{
	struct survey s;
	int used = survey_leaf(c, no, &s);

	if (used < 0 || !has_room(c, (unsigned long)used))
		return false;
	if (!empty_window(c, s.best, s.best + s.window))
		return false;
	give_block(c, s.best, c->order);
	return true;
}

/* Nobody else empties the leaf until end_emptying. */
static bool begin_emptying(const struct compaction *c, u32 no)
{
	struct page_leaf *leaf = &c->zone->leaves[no];
	u8 hint = leaf_hint(leaf);

	/* Of a leaf that is isolated by now, the hint is something else. */
	return hint != LEAF_HINT_EMPTYING && load_relaxed(leaf->migratetype) != MIGRATE_ISOLATE &&
	       exchange_if8(&leaf->hint, hint, LEAF_HINT_EMPTYING);
}

static void end_emptying(const struct compaction *c, u32 no, u8 hint)
{
	/* It may have been isolated meanwhile. */
	exchange_if8(&c->zone->leaves[no].hint, LEAF_HINT_EMPTYING, hint);
}

/* Leaves [no, end) one after the other; returns the first that could not be emptied. */
static u32 empty_each(struct compaction *c, u32 no, u32 end)
{
	for (; no < end; no++) {
		pfn_t first = leaf_pfn(c->zone, no);

		if (!empty_window(c, first, first + LEAF_NR_PAGES))
			break;
	}
	return no;
}

/* Can all of these leaves be emptied, and is there room for what is in them? */
static bool survey_leaves(struct compaction *c, u32 first, u32 end)
{
	unsigned long used = 0;
	struct survey s;
	u32 no;

	for (no = first; no < end; no++) {
		int pages = survey_leaf(c, no, &s);

		if (pages < 0) {
			end_emptying(c, no, failed_hint(leaf_free(c, no)));
			return false;
		}
		used += (unsigned long)pages;
	}
	return has_room(c, used);
}

/* A block of whole leaves. */
static bool empty_leaves(struct compaction *c, u32 first)
{
	unsigned int order = max_of(c->order, LEAF_ORDER);
	u32 end = first + (1U << (order - LEAF_ORDER)), done = first, no = first;
	bool is_made;

	while (no < end && begin_emptying(c, no))
		no++;
	if (no == end && survey_leaves(c, first, end))
		done = empty_each(c, first, end);
	is_made = done == end;
	if (is_made)
		give_block(c, leaf_pfn(c->zone, first), order);
	while (!is_made && done-- > first)
		give_block(c, leaf_pfn(c->zone, done), LEAF_ORDER);
	while (no-- > first)
		end_emptying(c, no, is_made || c->is_full ? 0 : failed_hint(leaf_free(c, no)));
	return is_made;
}

/* ---- all places ---- */

/* Leaves of a place. */
static u32 leaves_of_place(const struct compaction *c)
{
	return c->order > LEAF_ORDER ? 1U << (c->order - LEAF_ORDER) : 1;
}

/* The band of a place; COMPACT_BANDS: it is not to be tried. */
static unsigned int place_band(struct compaction *c, u32 first)
{
	unsigned int leaves = leaves_of_place(c), i;
	unsigned long nr_free = 0;

	/* What was moved there must not move again: the scanners have met. */
	if (c->whole_zone && c->last_target == first + 1)
		return COMPACT_BANDS;
	for (i = 0; i < leaves; i++) {
		if (!is_source(c, first + i))
			return COMPACT_BANDS;
		if (c->order >= LEAF_ORDER && !c->ignores_hints && has_failed(c, first + i)) {
			c->has_skipped = true;
			return COMPACT_BANDS;
		}
		nr_free += leaf_free(c, first + i);
	}
	if (nr_free == (unsigned long)leaves << LEAF_ORDER)
		return COMPACT_BANDS; /* all free: nothing to be done */
	return band_of((unsigned int)(nr_free / leaves));
}

static bool empty_place(struct compaction *c, u32 first)
{
	unsigned int order;
	bool is_made;

	if (is_contended(c, first)) {
		c->is_contended = true;
		return false;
	}
	c->source_free = leaf_free(c, first);
	c->is_full = false;
	for (order = 0; order < LEAF_ORDER_MAX; order++)
		if (c->target[order].band == COMPACT_BANDS)
			c->target[order].band = c->target[order].no = 0;
	is_made = c->order < LEAF_ORDER ? empty_part_of_leaf(c, first) : empty_leaves(c, first);
	/* Their leaves may be next to be emptied. */
	give_stash_back(c);
	return is_made;
}

static bool is_enough(const struct compaction *c)
{
	if (c->is_contended || (c->whole_zone && c->is_full))
		return true;
	return c->whole_zone ? c->max_blocks && c->made >= c->max_blocks : c->made;
}

/* True: it is time to stop. */
static bool try_band(struct compaction *c, unsigned int band)
{
	u32 step = leaves_of_place(c), no;

	for (no = 0; no + step <= c->zone->nr_leaves; no += step) {
		if (place_band(c, no) != band)
			continue;
		if (c->max_surveys && c->surveys >= c->max_surveys) {
			c->has_skipped = true;
			return true;
		}
		c->made += empty_place(c, no);
		if (is_enough(c))
			return true;
	}
	return false;
}

/* Which bands have a place: the others need no walk. */
static unsigned int find_bands(struct compaction *c)
{
	u32 step = leaves_of_place(c), no;
	unsigned int bands = 0;

	for (no = 0; no + step <= c->zone->nr_leaves; no += step)
		bands |= 1U << place_band(c, no);
	return bands;
}

static void count_run(const struct compaction *c)
{
	count_vm_events(COMPACTMIGRATE_SCANNED, c->migrate_scanned);
	count_vm_events(COMPACTFREE_SCANNED, c->free_scanned);
	count_vm_events(COMPACTISOLATED, c->isolated);
	if (!c->is_daemon)
		return;
	count_vm_events(KCOMPACTD_MIGRATE_SCANNED, c->migrate_scanned);
	count_vm_events(KCOMPACTD_FREE_SCANNED, c->free_scanned);
}

enum compact_result compact_zone(struct compaction *c)
{
	unsigned int bands = find_bands(c), band = COMPACT_BANDS;

	c->migration = (struct migration){
		.get_new_page = compaction_alloc,
		.private_data = (uintptr_t)c,
		.release_source = capture_source,
		.mode = c->mode,
		.caller = __builtin_return_address(0),
	};
	while (band-- > 0)
		if ((bands >> band & 1) && try_band(c, band))
			break;
	count_run(c);
	if (c->made)
		return COMPACT_SUCCESS;
	if (c->is_contended)
		return COMPACT_CONTENDED;
	return c->has_skipped ? COMPACT_PARTIAL_SKIPPED : COMPACT_COMPLETE;
}

#endif
