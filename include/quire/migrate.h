/* SPDX-License-Identifier: MIT */
/*
 * migrate.h - pages that can be moved: who moves them, and the calls that do.
 *
 * A page in use is in the way of large blocks, of memory that shall be taken out, of a device
 * that wants just these frames. Whoever owns a page that is reached through one place only, a
 * table of his own say, gives it a mover: the library then finds another page when it needs
 * to, and the owner copies the contents and changes his table.
 *
 * Names and order of events are Linux's (its movable_operations). What Linux guards by the page
 * lock is the owner's to guard here: see struct movable_operations.
 *
 * The mover is kept in the page's struct page_ext: without CONFIG_PAGE_EXT nothing moves, and of
 * this there are the types alone.
 */
#ifndef QUIRE_MIGRATE_H
#define QUIRE_MIGRATE_H

#include <quire/gfp.h>

/* How a page is taken off its owner's lists. */
typedef unsigned int isolate_mode_t;
#define ISOLATE_UNMAPPED 0x2u	    /* only if no page table maps it */
#define ISOLATE_ASYNC_MIGRATE 0x4u  /* only if it can be moved without waiting */
#define ISOLATE_UNEVICTABLE 0x8u    /* pages that cannot be reclaimed too */

/* How long a page may be waited for. */
enum migrate_mode {
	MIGRATE_ASYNC,	    /* never */
	MIGRATE_SYNC_LIGHT, /* for locks, not for I/O */
	MIGRATE_SYNC,
	MIGRATE_SYNC_NO_COPY, /* and the contents are somebody else's business */
};

/* Why pages are moved. */
enum migrate_reason {
	MR_COMPACTION,
	MR_MEMORY_FAILURE,
	MR_MEMORY_HOTPLUG,
	MR_SYSCALL,
	MR_MEMPOLICY_MBIND,
	MR_NUMA_MISPLACED,
	MR_CONTIG_RANGE,
	MR_LONGTERM_PIN,
	MR_DEMOTION,
	MR_TYPES
};

#define MIGRATEPAGE_SUCCESS 0

/*
 * An owner's mover. Its page is a block as it was taken, of any order: `src` is the first page
 * of one, `dst` of another of the same order, compound if `src` is.
 *
 * Context: no lock of the library is held, interrupts are as the library's caller has them. The
 * library holds a reference: the structure stays a page's meanwhile. But the owner may free
 * the page on another CPU at any moment, and may have done so already: each callback looks
 * under the owner's own lock whether the page is still his.
 *
 *            isolate_page          migrate_page == 0
 *   in use ----------------> isolated ------------------> dst is in use, src is free
 *      ^                        |  |    -EAGAIN: again later; other errors:
 *      +------------------------+  +--> freed by its owner: nothing is called any more
 *             putback_page
 *
 * From isolate_page (true) until migrate_page (0) or putback_page, page->lru is the library's:
 * the owner has the page on no list by lru, and does not free it without need. He may go on
 * using its contents.
 */
struct movable_operations {
	/* Takes the page off the owner's lists. False: not now. Must not sleep, nor call migrate.h. */
	_Alignas(8) bool (*isolate_page)(struct page *page, isolate_mode_t mode);
	/*
	 * Copies the contents and lets the owner's table point to dst. 0: done. The owner has then
	 * taken a reference on dst (get_page), set what he keeps in its structure, made it movable
	 * (__SetPageMovable) if it shall move again, and dropped his reference on src with
	 * __free_pages. -EAGAIN: it may work in a moment, a few tries are made. Other errors: it
	 * will not. May sleep unless mode is MIGRATE_ASYNC. May allocate with __GFP_MEMALLOC.
	 */
	int (*migrate_page)(struct page *dst, struct page *src, enum migrate_mode mode);
	/* The page stays where it is: back onto the owner's lists. Must not sleep. */
	void (*putback_page)(struct page *page);
};

#if CONFIG_PAGE_EXT

/*
 * The page, the first of a block that the caller holds, may be moved from now on. `ops` must
 * stay; it is kept in the page's mapping, tagged as in Linux, so the owner has no other use for
 * page_mapping(). Refused with a warning if nobody holds it. Context: any.
 */
void __SetPageMovable(struct page *page, const struct movable_operations *ops);
/*
 * It may not any more. Not needed before the page is freed: that does it. When it returns,
 * nobody begins to isolate the page; who has done so already calls nothing but migrate_page,
 * which may be running. Context: any.
 */
void __ClearPageMovable(struct page *page);
static inline bool __PageMovable(const struct page *page)
{
	return PageMovable(page);
}
/* Is it isolated (and has a mover)? For its owner, or who isolated it. */
bool PageIsolated(const struct page *page);

/*
 * The same for pages on the LRU lists (PG_lru), which have one mover for all: the layer that keeps
 * those lists. isolate_page is called without a reference, for a page that had PG_lru a moment
 * ago: it looks again under the lock of its lists, and takes the reference there, which is safe
 * because who frees such a page takes it off its list first. False: the page is not there any
 * more, or not to be had. migrate_page deals with the references as an owner's does; putback_page
 * drops the one that isolate_page took. put_page drops the library's reference of dst, which is on
 * a list by then. NULL: nobody. Set once the machine is up.
 */
struct lru_migrate_ops {
	bool (*isolate_page)(struct page *page, isolate_mode_t mode);
	int (*migrate_page)(struct page *dst, struct page *src, enum migrate_mode mode);
	void (*putback_page)(struct page *page);
	void (*put_page)(struct page *page);
};
void set_lru_migrate_ops(const struct lru_migrate_ops *ops);

/*
 * Takes a page with a mover for moving, with a reference that the caller has until it gives the
 * page to migrate_pages or to putback_movable_pages, on a list by page->lru. The page may be
 * anybody's, or nobody's: 0, or -EBUSY if it is not to be had. If it may be nobody's and its memory
 * may go: between memmap_walk_begin and memmap_walk_end (<quire/page.h>). Context: any.
 */
int isolate_movable_page(struct page *page, isolate_mode_t mode);
/* The same for pages on LRU lists too. The page structure must be written (pfn_to_online_page). */
int isolate_page_to_move(struct page *page, isolate_mode_t mode);
/* Gives isolated pages back to their owners. The list is empty then. */
void putback_movable_pages(struct list_head *list);

/* Where a page shall go: a block of the same order, its count 1; NULL: nowhere. */
typedef struct page *new_page_t(struct page *page, unsigned long private_data);
/* Takes a block back that is not needed after all. */
typedef void free_page_t(struct page *page, unsigned long private_data);

/*
 * Moves the isolated pages of the list (one at a time; those that say -EAGAIN are tried ten
 * times). Returns how many are left on the list, to be put back by the caller; or -ENOMEM, if
 * get_new_page had none, with what was not moved on the list. *succeeded (or NULL): how many were
 * moved. A page that its owner freed meanwhile counts as moved. put_new_page NULL: __free_pages.
 * May sleep unless mode is MIGRATE_ASYNC.
 */
int migrate_pages(struct list_head *from, new_page_t *get_new_page, free_page_t *put_new_page,
		  unsigned long private_data, enum migrate_mode mode, enum migrate_reason reason,
		  unsigned int *succeeded);

/* A get_new_page: `private_data` is the address of one of these. */
struct migration_target_control {
	int nid; /* where the search begins; NUMA_NO_NODE: the page's own node */
	gfp_t gfp_mask; /* __GFP_MOVABLE, and __GFP_HIGHMEM for a page that was in highmem, are added */
};
struct page *alloc_migration_target(struct page *page, unsigned long private_data);

#endif

#endif
