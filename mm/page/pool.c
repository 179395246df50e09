/* SPDX-License-Identifier: MIT */
/*
 * pool.c - partly free leaves: blocks below LEAF_ORDER, taken and given back by the lot.
 *
 * Theory. Each pool keeps its leaves on lists by migrate type and by the order of the
 * largest free block: so a request looks at one word of bits (which lists are not empty) and
 * takes the first leaf of the lowest list that will do. The most broken leaves are used up
 * first, and whole ones last. Between the lists a leaf moves seldom: taking changes its
 * place once per lot, giving back only when blocks merge to a new largest one.
 *
 *   orders[type]    . . . . . 1 . 1 1          leaves[type][n], by number
 *                             |   | `- 0:  leaf 17 - leaf 4
 *                             |   `--- 1:  leaf 9
 *                             `------- 3:  leaf 30
 *
 * A pool that runs dry takes a whole leaf from the zone, or one from another pool; a leaf
 * that becomes wholly free goes back to the zone. So CPUs work in leaves of their own, and
 * a page that another CPU gives back finds its way to the pool of its leaf.
 *
 * Locks: pool->lock guards the leaves that name the pool, their marks, and its lists; of two
 * pools the lower one is locked first; whole_part.lock comes after. A leaf changes its pool with
 * the locks of both held, or of the new one and of its part when it ceases to be whole. So who
 * locks the pool of a leaf that may be whole asks again, with its part locked, whose it is.
 */
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/free_marks.h"
#include "mm/page/internal.h"
#include "mm/page/leaf.h"

/* Compiled once for each kind of caller: what these say is constant in it. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* A pool with so many free frames gives leaves to others that have none. */
#define POOL_SHARES (4 * LEAF_NR_PAGES)

/* ---- the lists ---- */

static void link_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order)
{
	struct page_leaf *leaf = &zone->leaves[no];
	u32 *first = &pool->leaves[leaf->migratetype][order];

	store_relaxed(leaf->order, (u8)order);
	leaf->prev = 0;
	leaf->next = *first;
	if (*first)
		zone->leaves[*first - 1].prev = no + 1;
	*first = no + 1;
	store_relaxed(pool->orders[leaf->migratetype], (u16)(pool->orders[leaf->migratetype] | 1U << order));
}

static void unlink_leaf(struct zone *zone, struct free_pool *pool, u32 no)
{
	struct page_leaf *leaf = &zone->leaves[no];
	u32 *first = &pool->leaves[leaf->migratetype][leaf->order];

	if (leaf->next)
		zone->leaves[leaf->next - 1].prev = leaf->prev;
	if (leaf->prev)
		zone->leaves[leaf->prev - 1].next = leaf->next;
	else
		*first = leaf->next;
	if (!*first)
		store_relaxed(pool->orders[leaf->migratetype],
			      (u16)(pool->orders[leaf->migratetype] & ~(1U << leaf->order)));
	store_relaxed(leaf->order, LEAF_NO_LIST);
}

static void move_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order)
{
	if (zone->leaves[no].order == order)
		return;
	if (zone->leaves[no].order != LEAF_NO_LIST)
		unlink_leaf(zone, pool, no);
	link_leaf(zone, pool, no, order);
}

_Static_assert(MIGRATE_CMA + 1 == MIGRATE_ISOLATE && MIGRATE_ISOLATE + 1 == MIGRATE_TYPES,
	       "these two are counted apart");

/* Frames of most types are just free. What is isolated nobody may take: it is not free memory. */
static inline void pool_count(struct free_pool *pool, enum migratetype type, long pages)
{
	if (__builtin_expect(type < MIGRATE_CMA, 1)) {
		store_relaxed(pool->nr_free, pool->nr_free + (unsigned long)pages);
	} else if (type == MIGRATE_CMA) {
		store_relaxed(pool->nr_free, pool->nr_free + (unsigned long)pages);
		store_relaxed(pool->nr_free_cma, pool->nr_free_cma + (unsigned long)pages);
	} else {
		store_relaxed(pool->nr_isolated, pool->nr_isolated + (unsigned long)pages);
	}
}

static struct free_pool *this_cpu_pool(const struct zone *zone)
{
	return zone->nr_pools == 1 ? zone->pools : &zone->pools[this_cpu_id() % zone->nr_pools];
}

struct free_pool *pool_lock_leaf(struct zone *zone, u32 no)
{
	struct free_pool *pool;

	for (;;) {
		pool = &zone->pools[load_relaxed(zone->leaves[no].pool)];
		spin_lock(&pool->lock);
		if (pool_has_leaf(zone, pool, no))
			return pool;
		spin_unlock(&pool->lock);
	}
}

struct free_pool *pool_lock_any_leaf(struct zone *zone, u32 no, struct whole_part **part)
{
	struct free_pool *pool;

	for (;;) {
		pool = pool_lock_leaf(zone, no);
		*part = whole_lock_leaf(zone, no);
		if (zone->leaves[no].is_whole || pool_has_leaf(zone, pool, no))
			return pool;
		spin_unlock(&(*part)->lock);
		spin_unlock(&pool->lock);
	}
}

/* ---- leaves that come ---- */

/* The leaf, which has free frames and is on no list, becomes the pool's. */
static void adopt_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order)
{
	struct page_leaf *leaf = &zone->leaves[no];

	store_relaxed(leaf->pool, (u8)(pool - zone->pools));
	pool_count(pool, (enum migratetype)leaf->migratetype, leaf->nr_free);
	link_leaf(zone, pool, no, order);
}

void pool_adopt_whole(struct zone *zone, struct free_pool *pool, u32 no)
{
	u8 *states = leaf_states(zone, no);

	memmap_complete(zone, no, LEAF_ORDER);
	if (!(load_relaxed(*states) & PAGE_FREE))
		mark_block(states, LEAF_ORDER);
	adopt_leaf(zone, pool, no, LEAF_ORDER);
}

static bool adopt_whole_leaf(struct zone *zone, struct free_pool *pool, enum migratetype type)
{
	u32 no;

	if (!whole_take_for_pool(zone, type, pool, &no))
		return false;
	pool_adopt_whole(zone, pool, no);
	return true;
}

/* Locks a second pool; the first may be unlocked for a moment. */
static void lock_other(struct free_pool *held, struct free_pool *other)
{
	if (other > held) {
		spin_lock(&other->lock);
		return;
	}
	spin_unlock(&held->lock);
	spin_lock(&other->lock);
	spin_lock(&held->lock);
}

/* A leaf of one of the lists of at least `order`; the pool's lock is held. No leaf: -1. */
static long leaf_with(const struct free_pool *pool, unsigned int order, enum migratetype type)
{
	unsigned int orders = (unsigned int)load_relaxed(pool->orders[type]) >> order;

	return orders ? (long)pool->leaves[type][order + __ffs(orders)] - 1 : -1;
}

/* A leaf of another pool that has at least so many free frames. */
static bool adopt_from_others(struct zone *zone, struct free_pool *pool, unsigned int order,
			      enum migratetype type, unsigned long at_least)
{
	unsigned int i;

	for (i = 0; i < zone->nr_pools; i++) {
		struct free_pool *other = &zone->pools[i];
		long no;

		if (other == pool || !(load_relaxed(other->orders[type]) >> order) ||
		    load_relaxed(other->nr_free) < at_least)
			continue;
		lock_other(pool, other);
		no = leaf_with(other, order, type);
		if (no >= 0) {
			unsigned int largest = zone->leaves[no].order;

			unlink_leaf(zone, other, (u32)no);
			pool_count(other, type, -(long)zone->leaves[no].nr_free);
			adopt_leaf(zone, pool, (u32)no, largest);
		}
		spin_unlock(&other->lock);
		if (no >= 0)
			return true;
	}
	return false;
}

/* ---- taking ---- */

/* So many frames were taken from the leaf, and these are left: it goes where it belongs now. */
static void shrink_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frames,
			const unsigned long *bits)
{
	struct page_leaf *leaf = &zone->leaves[no];

	store_relaxed(leaf->nr_free, (u16)(leaf->nr_free - frames));
	pool_count(pool, (enum migratetype)leaf->migratetype, -(long)frames);
	if (leaf->nr_free)
		move_leaf(zone, pool, no, leaf_largest(bits, LEAF_ORDER));
	else
		unlink_leaf(zone, pool, no);
}

static unsigned int take_from_leaf(struct zone *zone, struct free_pool *pool, u32 no,
				   unsigned int order, struct page **pages, unsigned int max)
{
	struct page *first = pfn_to_page(leaf_pfn(zone, no));
	unsigned long before[LEAF_WORDS_MAX], bits[LEAF_WORDS_MAX];
	u16 taken[PCP_BATCH_MAX];
	unsigned int i, n;

	leaf_read_bits(zone, no, before);
	for (i = 0; i < leaf_words(LEAF_ORDER); i++)
		bits[i] = before[i];
	n = leaf_take(bits, LEAF_ORDER, order, taken, min_of(max, PCP_BATCH_MAX + 0U));
	for (i = 0; i < n; i++)
		pages[i] = first + taken[i];
	for (i = 0; i < leaf_words(LEAF_ORDER); i++)
		if (before[i] != bits[i])
			unmark_frames(frame_state(first) + (i << WORD_ORDER), before[i] & ~bits[i]);
	shrink_leaf(zone, pool, no, n << order, bits);
	return n;
}

static unsigned int take_from_pool(struct zone *zone, struct free_pool *pool, unsigned int order,
				   enum migratetype type, struct page **pages, unsigned int max)
{
	unsigned int taken = 0;
	long no;

	while (taken < max && (no = leaf_with(pool, order, type)) >= 0)
		taken += take_from_leaf(zone, pool, (u32)no, order, pages + taken, max - taken);
	return taken;
}

unsigned int pool_take(struct zone *zone, unsigned int order, enum migratetype type,
		       struct page **pages, unsigned int max)
{
	struct free_pool *pool = this_cpu_pool(zone);
	unsigned int taken;

	spin_lock(&pool->lock);
	taken = take_from_pool(zone, pool, order, type, pages, max);
	if (!taken && (adopt_from_others(zone, pool, order, type, POOL_SHARES) ||
		       adopt_whole_leaf(zone, pool, type) ||
		       adopt_from_others(zone, pool, order, type, 0)))
		taken = take_from_pool(zone, pool, order, type, pages, max);
	spin_unlock(&pool->lock);
	return taken;
}

unsigned int pool_borrow(struct zone *zone, unsigned int order, unsigned int from,
			 enum migratetype type, struct page **page)
{
	struct free_pool *pool;
	unsigned int i, taken = 0;
	long no;

	for (i = 0; i < zone->nr_pools && !taken; i++) {
		pool = &zone->pools[i];
		if (!(load_relaxed(pool->orders[type]) >> from & 1))
			continue;
		spin_lock(&pool->lock);
		no = leaf_with(pool, from, type);
		if (no >= 0)
			taken = take_from_leaf(zone, pool, (u32)no, order, page, 1);
		spin_unlock(&pool->lock);
	}
	return taken;
}

/* ---- giving back ---- */

/*
 * What two CPUs freed at the same moment (free.c) comes here twice, or comes here while the
 * other CPU has handed it out again. No caller is known any more.
 */
static inline bool is_freed_twice(const struct page_leaf *leaf, const u8 *state, const struct page *page,
				  unsigned int order)
{
	if (__builtin_expect(!leaf->is_whole && !(load_relaxed(*state) & (PAGE_HELD | PAGE_FREE)) &&
				     (!order || !states_have(state, 1U << order, PAGE_FREE)), 1))
		return false;
	quire_warn(NULL, "bad free, refused: page frame 0x%lx, order %u, was freed by two CPUs at once",
		   page_to_pfn(page), order);
	return true;
}

/* The leaf is wholly free: it leaves the pool. */
static void give_to_zone(struct zone *zone, struct free_pool *pool, u32 no)
{
	struct page_leaf *leaf = &zone->leaves[no];

	if (leaf->order != LEAF_NO_LIST)
		unlink_leaf(zone, pool, no);
	pool_count(pool, (enum migratetype)leaf->migratetype, -(long)LEAF_NR_PAGES);
	whole_put(zone, &no, 1, LEAF_ORDER);
}

/*
 * Will there be a larger free block than the largest so far, when this one, which begins at the
 * frame, is put back? In a leaf that zones share the answer may be yes though it is not so.
 */
static inline bool will_grow(const struct page_leaf *leaf, const u8 *state, size_t frame, unsigned int order)
{
	unsigned int next = leaf->order + 1U;

	/* On no list, it is of no order. */
	if (order >= (next & LEAF_NO_LIST))
		return true;
	return next < LEAF_ORDER && rest_is_marked(state, frame, order, next);
}

/* The leaf has a larger free block than before, or is wholly free. */
static void settle_leaf(struct zone *zone, struct free_pool *pool, u32 no)
{
	unsigned long bits[LEAF_WORDS_MAX];

	if (zone->leaves[no].nr_free == LEAF_NR_PAGES) {
		give_to_zone(zone, pool, no);
		return;
	}
	leaf_read_bits(zone, no, bits);
	move_leaf(zone, pool, no, leaf_largest(bits, LEAF_ORDER));
}

/* A block was put back, and with it a larger one than before: it alone says where the leaf belongs. */
static __attribute__((noinline)) void settle_block(struct zone *zone, struct free_pool *pool, u32 no,
						   unsigned int frame, unsigned int order)
{
	if (zone->leaves[no].nr_free == LEAF_NR_PAGES || leaf_is_shared(zone, leaf_pfn(zone, no)))
		settle_leaf(zone, pool, no);
	else
		move_leaf(zone, pool, no, merged_order(leaf_states(zone, no), frame, order, LEAF_ORDER));
}

/* Putting blocks back into the leaves of one pool, whose lock is held. */
struct putting {
	struct zone *zone;
	struct free_pool *pool;
	struct page_leaf *leaves;
	struct page *mem_map;
	u8 *frame_state;
	unsigned long pages; /* that are put back, but not counted yet */
};

static inline void count_put(struct putting *p, const struct page_leaf *leaf, unsigned int frames)
{
	if (__builtin_expect(leaf->migratetype < MIGRATE_CMA, 1))
		p->pages += frames;
	else
		pool_count(p->pool, (enum migratetype)leaf->migratetype, (long)frames);
}

static inline void end_count(struct putting *p)
{
	store_relaxed(p->pool->nr_free, p->pool->nr_free + p->pages);
	p->pages = 0;
}

/* Puts one block into its leaf. */
static ALWAYS_INLINE void put_into_leaf(struct putting *p, u32 no, size_t frame, unsigned int order)
{
	struct page_leaf *leaf = &p->leaves[no];
	u8 *state = p->frame_state + frame;
	unsigned int nr_free;
	bool grows;

	if (is_freed_twice(leaf, state, p->mem_map + frame, order))
		return;
	grows = will_grow(leaf, state, frame, order);
	mark_block(state, order);
	nr_free = leaf->nr_free + (1U << order);
	store_relaxed(leaf->nr_free, (u16)nr_free);
	count_put(p, leaf, 1U << order);
	if (grows || nr_free >> LEAF_ORDER) {
		end_count(p);
		settle_block(p->zone, p->pool, no, (unsigned int)(frame & (LEAF_NR_PAGES - 1)), order);
	}
}

/* How many blocks from the first on lie one behind the other, in `frames` frames. */
static inline unsigned int run_length(struct page *const *pages, unsigned int count, unsigned int order,
				      unsigned int frames)
{
	unsigned int max = min_of(count, frames >> order), n = 1;

	while (n < max && pages[n] == pages[n - 1] + (1UL << order))
		n++;
	return n;
}

/*
 * Puts neighbours back at one go: so do they come who give back what they took in one piece.
 * False: a frame may have been freed twice, and each block is to be looked at.
 */
static bool put_run(struct zone *zone, struct free_pool *pool, u32 no, u8 *state, unsigned int frames)
{
	struct page_leaf *leaf = &zone->leaves[no];

	if (leaf->is_whole || states_have(state, frames, PAGE_HELD | PAGE_FREE))
		return false;
	mark_frames(state, frames);
	store_relaxed(leaf->nr_free, (u16)(leaf->nr_free + frames));
	pool_count(pool, (enum migratetype)leaf->migratetype, (long)frames);
	settle_leaf(zone, pool, no);
	return true;
}

/* So many neighbours are worth the look at the whole leaf that a run ends with. */
#define MIN_RUN 4

/* Puts back those of the blocks that are the pool's; how many others there are, now at the front. */
static ALWAYS_INLINE unsigned int put_into_pool(struct zone *zone, struct free_pool *pool, struct page **pages,
						unsigned int count, unsigned int order)
{
	const struct page_state *ps = &this_quire()->page;
	unsigned int held = (unsigned int)(pool - zone->pools), others = 0, i = 0;
	struct putting p = { .zone = zone, .pool = pool, .leaves = zone->leaves, .mem_map = ps->mem_map,
			     .frame_state = ps->frame_state };

	while (i < count) {
		struct page *page = pages[i];
		size_t frame = (size_t)(page - p.mem_map);
		u32 no = leaf_number(zone, frame + ps->memmap_base_pfn);
		unsigned int run = 1;

		if (load_relaxed(p.leaves[no].pool) != held) {
			pages[others++] = pages[i++];
			continue;
		}
		if (i + 1 < count && pages[i + 1] == page + (1UL << order))
			run = run_length(pages + i, count - i, order,
					 (unsigned int)(LEAF_NR_PAGES - (frame & (LEAF_NR_PAGES - 1))));
		if (run < MIN_RUN || !put_run(zone, pool, no, p.frame_state + frame, run << order)) {
			put_into_leaf(&p, no, frame, order);
			run = 1;
		}
		i += run;
	}
	end_count(&p);
	return others;
}

void pool_put(struct zone *zone, struct page **pages, unsigned int count, unsigned int order)
{
	while (count) {
		struct free_pool *pool = pool_lock_leaf(zone, leaf_number(zone, page_to_pfn(*pages)));

		/* Single pages are so much more frequent that they get code of their own. */
		count = order ? put_into_pool(zone, pool, pages, count, order)
			      : put_into_pool(zone, pool, pages, count, 0);
		spin_unlock(&pool->lock);
	}
}

/* ---- changing the type, and just these frames ---- */

void pool_retype_leaf(struct zone *zone, struct free_pool *pool, u32 no, enum migratetype type)
{
	struct page_leaf *leaf = &zone->leaves[no];
	unsigned int order = leaf->order;

	if (order != LEAF_NO_LIST) {
		unlink_leaf(zone, pool, no);
		pool_count(pool, (enum migratetype)leaf->migratetype, -(long)leaf->nr_free);
	}
	leaves_set_type(zone, no, 1, type);
	if (order != LEAF_NO_LIST) {
		pool_count(pool, type, leaf->nr_free);
		link_leaf(zone, pool, no, order);
	}
}

unsigned int pool_take_of_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order,
			       struct page **pages, unsigned int max)
{
	return take_from_leaf(zone, pool, no, order, pages, max);
}

unsigned int pool_take_all_of(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frame,
			      unsigned int count, unsigned long *taken)
{
	unsigned int end = frame + count, frames = 0;
	unsigned long bits[LEAF_WORDS_MAX];
	u8 *states = leaf_states(zone, no);

	leaf_read_bits(zone, no, bits);
	for (; frame < end; frame++) {
		if (!test_bit(frame, bits))
			continue;
		unmark_block(&states[frame], 0);
		clear_bit(frame, bits);
		set_bit(frame, taken);
		frames++;
	}
	if (frames)
		shrink_leaf(zone, pool, no, frames, bits);
	return frames;
}

void pool_take_frames(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frame,
		      unsigned int count)
{
	unsigned long bits[LEAF_WORDS_MAX];
	u8 *states = leaf_states(zone, no);
	unsigned int i;

	for (i = 0; i < count; i++)
		unmark_block(&states[frame + i], 0);
	leaf_read_bits(zone, no, bits);
	shrink_leaf(zone, pool, no, count, bits);
}
