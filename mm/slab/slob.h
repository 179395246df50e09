/* SPDX-License-Identifier: MIT */
/*
 * slob.h - one page of the engine slob: free blocks of any size, and what lies between them.
 *
 *   units:  0        2     3           7          9                     PAGE_SIZE / 8
 *           | in use | free | in use   | free     | in use               |
 *             first -> [1, 7]            [2, end]
 *
 * Theory. All is counted in units of 8 bytes. A free block begins with its size and the place of the
 * next one, in ascending order; two of them never touch. That is all a page knows: what is not
 * free is in use, and only its owner knows how much of it is his.
 *
 * Such a link lies where a caller who writes to what he gave back would turn it. So it is mixed
 * with a secret and its own address, and sealed: the other half of its unit depends on both and on
 * the link. One that does not fit its seal, leaves its page, or runs into the next is not followed.
 * kmalloc's pieces have their sizes before them in the same form.
 *
 * To error checkers (mm/lib/annotate.h) all of a page is closed but what callers asked for: what is free,
 * sizes, and what is left of somebody's last unit. slob_seal opens the unit that it writes, and closes it.
 *
 * In the structure of the page:
 *   word 0      units that are free; the first free block; which of the lists it is for
 *   word 1      the page before it on that list, as a number in mem_map; slab_next(): the one behind.
 *               A page without free units is on no list, and has none behind it
 *   slab_cache  NULL
 */
#ifndef MM_SLAB_SLOB_H
#define MM_SLAB_SLOB_H

#include "mm/slab/internal.h"
#include "mm/slab/slab_words.h"

/* Units of a page. As the place of a block: there is none. */
static inline u32 slob_page_units(void)
{
	return (u32)(PAGE_SIZE / SLOB_UNIT);
}

/* Up to 64 KiB a page: 8192 units. */
#define SLOB_FIELD_BITS 14
#define SLOB_FIELD_MASK ((1u << SLOB_FIELD_BITS) - 1)

static inline u32 slob_free_units(const struct page *page)
{
	return slab_word_of(page, 0) & SLOB_FIELD_MASK;
}
static inline u32 slob_first_block(const struct page *page)
{
	return slab_word_of(page, 0) >> SLOB_FIELD_BITS & SLOB_FIELD_MASK;
}
static inline u32 slob_list_of(const struct page *page)
{
	return slab_word_of(page, 0) >> 2 * SLOB_FIELD_BITS;
}
static inline void slob_set_page(struct page *page, u32 free_units, u32 first_block, u32 list)
{
	slab_set_word(page, 0, free_units | first_block << SLOB_FIELD_BITS | list << 2 * SLOB_FIELD_BITS);
}

/* A number below 2^32 that stands in one unit, sealed; false: it is not what was written there. */
void slob_seal(void *at, u32 value);
bool slob_unseal(const void *at, u32 *value);

/* Clears units that no caller has; to error checkers they are closed, before and after. */
void slob_clear(void *at, u32 units);

/* All of the page is one free block, for this list. The heap's lock is held from here on. */
void slob_page_init(struct page *page, u32 list);
/*
 * So many units of the first free block that has room for them, so that the unit `lead` units behind
 * their beginning is aligned to `align` of them. NULL: there is none.
 */
void *slob_page_take(struct page *page, u32 units, u32 lead, u32 align);
/* Units `at` and on are free from now on, and cleared if the machine wants it. NULL, or why not: some are free already. */
const char *slob_page_give(struct page *page, u32 at, u32 units);
/* Is the unit in a free block? */
bool slob_page_has_free(struct page *page, u32 at);
/* Does all of the page hang together? NULL: yes. */
const char *slob_page_check(const struct page *page);
/*
 * In builds with an error checker, for its reports: the free block that the unit is in, or the piece of
 * kmalloc's, if it is one of those or stands before it. NULL: neither, so it is an object's of a cache.
 */
void *slob_page_find(const struct page *page, u32 at, bool *is_free);

#endif
