/* SPDX-License-Identifier: MIT */
/*
 * slab_words.h - what a slab has in the structures of its pages.
 *
 *   slab_cache  in each page, so that an address leads to the cache without a look at the first page;
 *               where others have their references
 *   slab_word   of the first page: 63 bits (31, and slab_spare, where a word has 32), for bit 0 of
 *               this word says of any page whether it is a tail
 *   slab_link   of the first page: the next one of a list; its lowest bit is the 64th
 *
 * Only who holds the lock of the slab's node, or of the heap, reads and changes words and links. But
 * anybody may ask whether a page is a tail meanwhile.
 */
#ifndef MM_SLAB_SLAB_WORDS_H
#define MM_SLAB_SLAB_WORDS_H

#include <quire/page.h>

/* ---- lists ---- */

static inline struct page *slab_next(const struct page *page)
{
	return (struct page *)((uintptr_t)page->slab_link & ~(uintptr_t)1);
}
static inline void slab_set_next(struct page *page, const struct page *next)
{
	page->slab_link = (struct page *)((uintptr_t)next | ((uintptr_t)page->slab_link & 1));
}

/* ---- 64 bits, as two words ---- */

static inline u32 slab_word_of(const struct page *page, unsigned int which)
{
	unsigned long top = (uintptr_t)page->slab_link & 1;

#if __SIZEOF_POINTER__ == 8
	return which ? (u32)(page->slab_word >> 33) | (u32)top << 31 : (u32)(page->slab_word >> 1);
#else
	return which ? page->slab_spare >> 1 | (u32)top << 31
		     : (u32)page->slab_word >> 1 | page->slab_spare << 31;
#endif
}
static inline void slab_set_words(struct page *page, u32 low, u32 high)
{
	uintptr_t link = (uintptr_t)page->slab_link & ~(uintptr_t)1;

	page->slab_link = (struct page *)(link | high >> 31);
#if __SIZEOF_POINTER__ == 8
	store_relaxed(page->slab_word, (unsigned long)low << 1 | (unsigned long)high << 33);
#else
	page->slab_spare = low >> 31 | high << 1;
	store_relaxed(page->slab_word, (unsigned long)low << 1);
#endif
}
static inline void slab_set_word(struct page *page, unsigned int which, u32 value)
{
	slab_set_words(page, which ? slab_word_of(page, 0) : value, which ? value : slab_word_of(page, 1));
}

#endif
