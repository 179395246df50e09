/* SPDX-License-Identifier: MIT */
/*
 * page_frag.h - page fragments: small buffers that live as long as their users want, cut
 * from a block of pages, one behind the other. Made for network buffers.
 */
#ifndef QUIRE_PAGE_FRAG_H
#define QUIRE_PAGE_FRAG_H

#include <quire/state.h>

/* The block that fragments are cut from is of this many bytes, memory permitting, or a page. */
#define PAGE_FRAG_CACHE_MAX_SIZE 32768u

/*
 * The block being cut. All zero is a cache without a block. It has no lock: one context at
 * a time allocates from it, a CPU with interrupts off, say. Its fragments may be freed on
 * any CPU at any time.
 */
struct page_frag_cache {
	void *va;	  /* the block; NULL: none */
	u32 offset;	  /* bytes of it that are not cut off yet: from the end down to 0 */
	u32 size;	  /* bytes of the block */
	u32 pagecnt_bias; /* references to the block that the cache holds */
};

/*
 * `fragsz` bytes, 1 .. PAGE_SIZE, in the direct map; contents are undefined unless
 * __GFP_ZERO. Up to PAGE_FRAG_CACHE_MAX_SIZE may be asked for, but what is larger than a
 * page fails as soon as no block of that size is free. The second call aligns the
 * fragment to `align` bytes, a power of two up to PAGE_SIZE. NULL when memory has run out:
 * the cache is then as it was. Misuse, __GFP_HIGHMEM included, is reported and refused.
 * Context: as alloc_pages; the cache is the caller's for the time of the call.
 */
void *page_frag_alloc(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp);
void *page_frag_alloc_align(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp,
			    unsigned int align);

/*
 * Gives a fragment back, by any address inside it; NULL is ignored. The last fragment of a
 * block that the cache has left gives the block back. Context: any but an NMI. An address
 * without an allocated page is reported and refused. A fragment freed twice is found out
 * only when more fragments of its block were freed than taken: when the cache leaves the
 * block, which is then given up for good, or, after that, as a page freed twice.
 */
void page_frag_free(void *addr);

/* Leaves the block: it is freed with its last fragment. The cache is empty. */
void page_frag_cache_drain(struct page_frag_cache *nc);
/*
 * The same from outside of the cache: drops `count` references of its block `page`, the
 * cache's pagecnt_bias, say. More than there are is reported and refused.
 */
void __page_frag_cache_drain(struct page *page, unsigned int count);

#endif
