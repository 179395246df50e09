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
 * Locks: pool->lock guards the leaves that name the pool, their bits, and its lists; of two
 * pools the lower one is locked first; whole_part.lock comes after. A leaf changes its pool with
 * the locks of both held, or of the new one and of its part when it ceases to be whole. So who
 * locks the pool of a leaf that may be whole asks again, with its part locked, whose it is.
 */
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
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
	memmap_complete(zone, no, LEAF_ORDER);
	leaf_set_free(leaf_bits(zone, no), 0, LEAF_ORDER);
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

/* So many frames were taken from the leaf, whose bits say so: it goes where it belongs now. */
static void shrink_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frames)
{
	struct page_leaf *leaf = &zone->leaves[no];

	store_relaxed(leaf->nr_free, (u16)(leaf->nr_free - frames));
	pool_count(pool, (enum migratetype)leaf->migratetype, -(long)frames);
	if (leaf->nr_free)
		move_leaf(zone, pool, no, leaf_largest(leaf_bits(zone, no), LEAF_ORDER));
	else
		unlink_leaf(zone, pool, no);
}

static unsigned int take_from_leaf(struct zone *zone, struct free_pool *pool, u32 no,
				   unsigned int order, struct page **pages, unsigned int max)
{
	struct page *first = pfn_to_page(leaf_pfn(zone, no));
	u16 taken[PCP_BATCH_MAX];
	unsigned int i, n;

	n = leaf_take(leaf_bits(zone, no), LEAF_ORDER, order, taken, min_of(max, PCP_BATCH_MAX + 0U));
	for (i = 0; i < n; i++)
		pages[i] = first + taken[i];
	shrink_leaf(zone, pool, no, n << order);
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
static inline bool is_freed_twice(const struct page_leaf *leaf, const unsigned long *bits, unsigned int bit,
				  const struct page *page, unsigned int order)
{
	if (__builtin_expect(!leaf->is_whole && !leaf_any_free(bits, bit, order) &&
				     !(load_relaxed(*frame_state(page)) & PAGE_HELD), 1))
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

/* Is there a larger free block around the one that was put back than the largest so far? */
static inline bool has_grown(const struct page_leaf *leaf, const unsigned long *bits, unsigned int bit)
{
	unsigned int next = leaf->order + 1U;

	if (leaf->order == LEAF_NO_LIST)
		return true;
	return next < LEAF_ORDER && leaf_all_free(bits, bit >> next << next, next);
}

/* The leaf has a larger free block than before, or is wholly free. */
static __attribute__((noinline)) void settle_leaf(struct zone *zone, struct free_pool *pool, u32 no)
{
	if (zone->leaves[no].nr_free == LEAF_NR_PAGES)
		give_to_zone(zone, pool, no);
	else
		move_leaf(zone, pool, no, leaf_largest(leaf_bits(zone, no), LEAF_ORDER));
}

/* Puts one block into its leaf, of the pool whose lock is held. */
static ALWAYS_INLINE void put_into_leaf(struct zone *zone, struct free_pool *pool, u32 no,
					const struct page *page, unsigned int bit, unsigned int order)
{
	unsigned long *bits = leaf_bits(zone, no);
	struct page_leaf *leaf = &zone->leaves[no];

	if (!leaf->nr_free)
		leaf_set_taken(bits, 0, LEAF_ORDER); /* until now they meant nothing */
	if (is_freed_twice(leaf, bits, bit, page, order))
		return;
	leaf_set_free(bits, bit, order);
	store_relaxed(leaf->nr_free, (u16)(leaf->nr_free + (1U << order)));
	pool_count(pool, (enum migratetype)leaf->migratetype, 1L << order);
	if (has_grown(leaf, bits, bit) || leaf->nr_free >> LEAF_ORDER)
		settle_leaf(zone, pool, no);
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

/* Might a frame have been freed twice? Then each block is to be looked at. */
static bool is_suspect_run(const unsigned long *bits, unsigned int bit, const struct page *page, unsigned int frames)
{
	const u8 *state = frame_state(page);
	unsigned int held = 0, i;

	for (i = 0; i < frames; i++)
		held |= load_relaxed(state[i]);
	return (held & PAGE_HELD) || leaf_any_free_in(bits, bit, frames);
}

/*
 * Puts neighbours back at one go: so do they come who give back what they took in one piece.
 * False: not all of them can be put back.
 */
static bool put_run(struct zone *zone, struct free_pool *pool, u32 no, const struct page *page, unsigned int bit,
		    unsigned int frames)
{
	unsigned long *bits = leaf_bits(zone, no);
	struct page_leaf *leaf = &zone->leaves[no];

	if (!leaf->nr_free)
		leaf_set_taken(bits, 0, LEAF_ORDER);
	if (leaf->is_whole || is_suspect_run(bits, bit, page, frames))
		return false;
	leaf_set_free_in(bits, bit, frames);
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
	unsigned int held = (unsigned int)(pool - zone->pools), others = 0, i = 0;

	while (i < count) {
		struct page *page = pages[i];
		pfn_t pfn = page_to_pfn(page);
		u32 no = leaf_number(zone, pfn);
		unsigned int bit = (unsigned int)(pfn & (LEAF_NR_PAGES - 1)), run;

		if (load_relaxed(zone->leaves[no].pool) != held) {
			pages[others++] = pages[i++];
			continue;
		}
		run = 1;
		if (i + 1 < count && pages[i + 1] == page + (1UL << order))
			run = run_length(pages + i, count - i, order, (unsigned int)LEAF_NR_PAGES - bit);
		if (run < MIN_RUN || !put_run(zone, pool, no, page, bit, run << order)) {
			put_into_leaf(zone, pool, no, page, bit, order);
			run = 1;
		}
		i += run;
	}
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

unsigned int pool_take_all_of(struct zone *zone, struct free_pool *pool, u32 no, unsigned int bit,
			      unsigned int count, unsigned long *taken)
{
	unsigned long *bits = leaf_bits(zone, no);
	unsigned int end = bit + count, frames = 0;

	for (; bit < end; bit++) {
		if (!leaf_any_free(bits, bit, 0))
			continue;
		leaf_set_taken(bits, bit, 0);
		set_bit(bit, taken);
		frames++;
	}
	if (frames)
		shrink_leaf(zone, pool, no, frames);
	return frames;
}

void pool_take_frames(struct zone *zone, struct free_pool *pool, u32 no, unsigned int bit,
		      unsigned int count)
{
	unsigned long *bits = leaf_bits(zone, no);
	unsigned int i;

	for (i = 0; i < count; i++)
		leaf_set_taken(bits, bit + i, 0);
	shrink_leaf(zone, pool, no, count);
}
