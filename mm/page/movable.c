/* SPDX-License-Identifier: MIT */
/*
 * movable.c - pages whose owners have movers: how they are marked, and how one is taken from
 * under an owner who does not know of it and may free it at the same moment.
 *
 * Theory. Who wants to move pages walks over frames that are not his. For him to look at a page
 * longer than for an instant he needs a reference, and a page that nobody holds has none to give.
 * "Add one unless it is zero" does not do here: the common free (free.c) looks at
 * the state's byte alone and never at the count, so a count could be raised of a page that is
 * free already, or somebody else's by then.
 *
 * Therefore a page with a mover has PG_movable, and that flag changes under a lock only: it is set
 * by the owner, and cleared by him or by whoever drops the last reference, all with the lock of
 * the pool that the page's leaf belongs to. So
 *
 *   flag seen under the lock  =>  the page is held, and stays so until the lock is dropped
 *                             =>  its count may be raised
 *
 * (if the leaf is still that pool's: one that was wholly free a moment ago may have changed it.)
 *
 * An owner who frees the page finds PG_movable (the page is touched: it takes the long way of
 * free.c anyway) and drops the last reference under the lock; if a mover was faster there is one
 * left, and the mover's __free_pages is the last. Pages without movers never see that lock.
 *
 * That a page is isolated is a bit of its mapping, beside Linux's two, and not a page flag: the
 * owner writes flags by plain stores, the isolator is somebody else.
 *
 *   mapping   [ struct movable_operations * ......| isolated | 1 | 0 ]      low bits 10: movable
 *
 * Lock order: the leaf's pool->lock is taken with no other lock of mm/page held.
 */
#include <quire/compaction.h>
#include <quire/migrate.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

#if CONFIG_PAGE_EXT

#define PAGE_MAPPING_MOVABLE 0x2UL
#define PAGE_MAPPING_KIND 0x3UL
#define PAGE_MAPPING_ISOLATED 0x4UL
#define PAGE_MAPPING_TAGS (PAGE_MAPPING_KIND | PAGE_MAPPING_ISOLATED)

/* ---- the lock of the page's leaf ---- */

struct leaf_lock {
	struct free_pool *pool;
	unsigned long irq;
};

static struct leaf_lock lock_leaf_of(const struct page *page)
{
	struct zone *zone = page_zone(page);
	struct leaf_lock lock = { .irq = local_irq_save() };

	lock.pool = pool_lock_leaf(zone, leaf_number(zone, page_to_pfn(page)));
	return lock;
}

static void unlock_leaf(struct leaf_lock lock)
{
	spin_unlock_irqrestore(&lock.pool->lock, lock.irq);
}

/* ---- what the mapping says; under the lock, or of a page that one has isolated ---- */

static unsigned long mapping_word(const struct page *page)
{
	return (unsigned long)(uintptr_t)load_relaxed(page_ext(page)->mapping);
}

static void set_mapping_word(struct page *page, unsigned long word)
{
	store_relaxed(page_ext(page)->mapping, (struct address_space *)(uintptr_t)word);
}

/* Was it the owner's mover, not the LRU lists', that the page was isolated with? */
static bool has_own_mover(const struct page *page)
{
	return PageExt(page) && (mapping_word(page) & PAGE_MAPPING_KIND) == PAGE_MAPPING_MOVABLE;
}

/* NULL: the owner has taken the mover away meanwhile. */
static const struct movable_operations *mover_of(const struct page *page)
{
	return (const struct movable_operations *)(uintptr_t)(mapping_word(page) & ~PAGE_MAPPING_TAGS);
}

bool PageIsolated(const struct page *page)
{
	return has_own_mover(page) && (mapping_word(page) & PAGE_MAPPING_ISOLATED);
}

/* ---- for the page allocator ---- */

static void clear_movable_locked(struct page *page)
{
	set_page_flags(page, page_flags(page) & ~(1UL << PG_movable));
	count_add(&this_quire()->page.nr_movable, -1UL);
}

static bool movable_page_dies(struct page *page)
{
	struct leaf_lock lock = lock_leaf_of(page);
	bool is_last = drop_reference(&page->_refs) < 0;

	if (is_last && PageMovable(page))
		clear_movable_locked(page);
	unlock_leaf(lock);
	return is_last;
}

/* From now on there are pages to be moved. */
static void begin_to_move(void)
{
	static const struct page_moving moving = {
		.page_dies = movable_page_dies,
		.compact = try_to_compact_pages,
		.defer_reset = compaction_defer_reset,
		.wake_kcompactd = wakeup_kcompactd,
		.empty_and_take = isolation_empty_and_take,
	};

	store_release(this_quire()->page.moving, &moving);
}

/* ---- for owners ---- */

void __SetPageMovable(struct page *page, const struct movable_operations *ops)
{
	struct leaf_lock lock;

	if (WARN(!(load_relaxed(*frame_state(page)) & PAGE_HELD),
		 "__SetPageMovable: page frame 0x%lx is not the first of a block in use", page_to_pfn(page)))
		return;
	if (WARN(!ops || (uintptr_t)ops & PAGE_MAPPING_TAGS, "__SetPageMovable: %p is no mover",
		 (const void *)ops))
		return;
	begin_to_move();
	page_ext_of_owner(page);
	lock = lock_leaf_of(page);
	if (!PageMovable(page))
		count_add(&this_quire()->page.nr_movable, 1);
	/* Who has it isolated goes on: it is on his list. */
	set_mapping_word(page, (uintptr_t)ops | PAGE_MAPPING_MOVABLE |
				       (PageIsolated(page) ? PAGE_MAPPING_ISOLATED : 0));
	store_release(page->flags, page_flags(page) | 1UL << PG_movable);
	unlock_leaf(lock);
}

void __ClearPageMovable(struct page *page)
{
	struct leaf_lock lock = lock_leaf_of(page);

	if (PageMovable(page)) {
		clear_movable_locked(page);
		/* Who has it isolated sees by what is left that there is nobody to ask any more. */
		set_mapping_word(page, PageIsolated(page) ? mapping_word(page) & PAGE_MAPPING_TAGS : 0);
	}
	unlock_leaf(lock);
}

/* ---- taking a page, and giving it back ---- */

/*
 * Is it a page with a mover, held as long as we have this lock? If it was in nobody's use when we
 * took the lock, its leaf may be another pool's by now, and its owner under another lock.
 */
static bool is_movable_under(struct leaf_lock lock, const struct page *page)
{
	const struct zone *zone = page_zone(page);

	return (load_acquire(page->flags) >> PG_movable & 1) &&
	       pool_has_leaf(zone, lock.pool, leaf_number(zone, page_to_pfn(page)));
}

/* Marks the page and takes a reference; NULL: it has no mover, or somebody else was faster. */
static const struct movable_operations *begin_isolation(struct page *page)
{
	const struct movable_operations *ops = NULL;
	struct leaf_lock lock = lock_leaf_of(page);

	if (is_movable_under(lock, page) && !(mapping_word(page) & PAGE_MAPPING_ISOLATED)) {
		ops = mover_of(page);
		count_up32(&page->_refs);
		set_mapping_word(page, mapping_word(page) | PAGE_MAPPING_ISOLATED);
	}
	unlock_leaf(lock);
	return ops;
}

void movable_end_isolation(struct page *page)
{
	struct leaf_lock lock;

	if (!has_own_mover(page))
		return;
	lock = lock_leaf_of(page);
	/* Without a mover it may go to an LRU list next, and has to look like the others there. */
	set_mapping_word(page, mover_of(page) ? mapping_word(page) & ~PAGE_MAPPING_ISOLATED : 0);
	unlock_leaf(lock);
}

/* The caller's reference, of a block whose order it need not know. */
static void drop_page(struct page *page)
{
	free_pages_for(page, page_alloc_order(page), __builtin_return_address(0));
}

int isolate_movable_page(struct page *page, isolate_mode_t mode)
{
	const struct movable_operations *ops = PageMovable(page) ? begin_isolation(page) : NULL;

	if (!ops)
		return -EBUSY;
	if (ops->isolate_page(page, mode))
		return 0;
	movable_end_isolation(page);
	drop_page(page);
	return -EBUSY;
}

void set_lru_migrate_ops(const struct lru_migrate_ops *ops)
{
	begin_to_move();
	this_quire()->page.lru_migrate = ops;
}

int isolate_page_to_move(struct page *page, isolate_mode_t mode)
{
	const struct lru_migrate_ops *lru = this_quire()->page.lru_migrate;

	/* What the owner of the structure wrote before he held the page is to be seen. */
	if (!(load_acquire(*frame_state(page)) & PAGE_HELD))
		return -EBUSY;
	if (PageMovable(page))
		return isolate_movable_page(page, mode);
	return lru && PageLRU(page) && lru->isolate_page(page, mode) ? 0 : -EBUSY;
}

bool page_can_move(const struct page *page)
{
	return PageMovable(page) || (this_quire()->page.lru_migrate && PageLRU(page));
}

int movable_migrate(struct page *dst, struct page *src, enum migrate_mode mode)
{
	const struct movable_operations *ops;

	if (!has_own_mover(src))
		return this_quire()->page.lru_migrate->migrate_page(dst, src, mode);
	ops = mover_of(src);
	return ops ? ops->migrate_page(dst, src, mode) : -EBUSY;
}

bool movable_is_on_lru(const struct page *page)
{
	return !has_own_mover(page);
}

static void putback_page(struct page *page)
{
	const struct movable_operations *ops;

	if (!has_own_mover(page)) {
		this_quire()->page.lru_migrate->putback_page(page);
		return;
	}
	ops = mover_of(page);
	if (ops && page_ref_count(page) > 1)
		ops->putback_page(page);
	movable_end_isolation(page);
	drop_page(page);
}

void putback_movable_pages(struct list_head *list)
{
	while (!list_empty(list)) {
		struct page *page = list_first_entry(list, struct page, lru);

		list_del(&page->lru);
		putback_page(page);
	}
}

#endif
