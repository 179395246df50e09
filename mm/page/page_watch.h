/* SPDX-License-Identifier: MIT */
/*
 * page_watch.h - the places where blocks change hands tell page_owner.c and page_poison.c, if
 * somebody wants to know.
 */
#ifndef MM_PAGE_PAGE_WATCH_H
#define MM_PAGE_PAGE_WATCH_H

#include <quire/page_owner.h>
#include <quire/page_poison.h>

/* Makes room for the records, if the machine shall keep them, from boot memory. 0 or -ENOMEM. */
int page_owner_init(const struct quire_machine *machine);

/* Switches on what the machine's flags say. */
void page_poison_init(const struct quire_machine *machine);
/* One of the things that may be watched was switched on or off. */
void page_watch_changed(void);

void page_watch_taken(struct page *page, unsigned int order, gfp_t gfp, const void *caller);
void page_watch_freed(struct page *page, unsigned int order, const void *caller);
void page_watch_was_split(struct page *page, unsigned int order);
void page_poison_block_taken(struct page *page, gfp_t gfp, unsigned int order);
void page_poison_block_freed(struct page *page, unsigned int order);
void page_watch_was_moved(struct page *dst, const struct page *src);

/* A block was taken for `caller`; NULL: there was none. */
static inline void page_watch_alloc(struct page *page, unsigned int order, gfp_t gfp,
				    const void *caller)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_taken(page, order, gfp, caller);
}

/* A block is about to be given back by `caller`. */
static inline void page_watch_free(struct page *page, unsigned int order, const void *caller)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_freed(page, order, caller);
}

/* A block leaves the free memory, and is not used yet; it has come there, and is nobody's. */
static inline void page_poison_alloc(struct page *page, gfp_t gfp, unsigned int order)
{
	if (__builtin_expect(this_quire()->page.watch.poison, 0))
		page_poison_block_taken(page, gfp, order);
}
static inline void page_poison_free(struct page *page, unsigned int order)
{
	if (__builtin_expect(this_quire()->page.watch.poison, 0))
		page_poison_block_freed(page, order);
}

/* A block became single pages: each is its holder's, as the block was. */
static inline void page_watch_split(struct page *page, unsigned int order)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_was_split(page, order);
}

/* What its owner has in src is in dst now: whoever took the one has the other. */
static inline void page_watch_move(struct page *dst, const struct page *src)
{
	if (__builtin_expect(this_quire()->page.watch.is_on, 0))
		page_watch_was_moved(dst, src);
}

#endif
