/* SPDX-License-Identifier: MIT */
/*
 * page_frag.c - fragments: many small buffers in one block of pages.
 *
 * Theory. A network packet is smaller than a page, and its buffer is freed wherever and
 * whenever its last reader is done. So buffers are cut from a block, one behind the other,
 * without a list of any kind, and the block is freed with the last of them: a count of
 * references to the block is all there is to know.
 *
 *     va                       offset                              va + size
 *     |  not cut yet             | fragment | gap | fragment | freed | ... |
 *                           <- - cut from the end down, so that 0 is the end
 *
 * One reference for each fragment, taken when it is cut, would be an atomic operation on a
 * line that the freeing CPUs write. So the cache takes references in advance: the count of
 * a fresh block is one for each of its bytes (a fragment has one at least) and one for the
 * cache itself. pagecnt_bias is how many of them the cache still has: cutting a fragment
 * hands one over, by a plain decrement. At the end of the block the cache compares: if the
 * count is its own references alone, all fragments are back and the block is cut again
 * from the start; if not, the cache drops what it has and leaves the block to them.
 *
 * A count below pagecnt_bias says that more fragments were freed than cut. Who uses what
 * of that block is then unknown: it is reported, and never freed.
 */
#include <quire/page_frag.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

static struct page *block_of(const struct page_frag_cache *nc)
{
	return virt_to_page(nc->va);
}

/* Makes a block the cache's own, nothing cut. Nobody else has a reference to it. */
static void start_block(struct page_frag_cache *nc, void *va, u32 size)
{
	*nc = (struct page_frag_cache){
		.va = va,
		.offset = size,
		.size = size,
		.pagecnt_bias = size + 1,
	};
	set_page_count(block_of(nc), (int)nc->pagecnt_bias);
	annotate_noaccess(va, size);
}

/* The next fragment of the block, or NULL: it has no room for it. */
static void *cut(struct page_frag_cache *nc, unsigned int fragsz, unsigned int align)
{
	uintptr_t addr = (uintptr_t)nc->va + nc->offset - fragsz;
	unsigned int gap = (unsigned int)(addr & (align - 1));

	if (fragsz > nc->offset || gap > nc->offset - fragsz)
		return NULL;
	nc->offset -= fragsz + gap;
	nc->pagecnt_bias--;
	annotate_undefined((char *)nc->va + nc->offset, fragsz);
	return (char *)nc->va + nc->offset;
}

static void report_too_many_frees(const struct page *page, const void *caller)
{
	quire_warn(caller,
		   "page fragments: of the block at page frame 0x%lx more were freed than taken; "
		   "it is lost",
		   page_to_pfn(page));
}

/* Drops `count` references, the last of which may free the block; false: there are not so many. */
static bool drop_block(struct page *page, unsigned int count, const void *caller)
{
	if (!subtract_if_enough(&page->_refs, (s32)(count - 1)))
		return false;
	free_pages_for(page, compound_order(page), caller);
	return true;
}

static void leave_block(struct page_frag_cache *nc, const void *caller)
{
	struct page *page = nc->va ? block_of(nc) : NULL;
	unsigned int count = nc->pagecnt_bias;

	*nc = (struct page_frag_cache){ .va = NULL };
	if (page && !drop_block(page, count, caller))
		report_too_many_frees(page, caller);
}

/* Starts the block anew if nobody has a fragment of it. */
static bool recycle_block(struct page_frag_cache *nc, const void *caller)
{
	s32 count;

	if (!nc->va)
		return false;
	/* Acquire: what the fragments' users wrote is over before the block is used again. */
	count = 1 + load_acquire(block_of(nc)->_refs);
	if (count < (s32)nc->pagecnt_bias) {
		leave_block(nc, caller); /* reports it */
		return false;
	}
	if (count > (s32)nc->pagecnt_bias)
		return false;
	start_block(nc, nc->va, nc->size);
	return true;
}

/* The order of the blocks that are cut, memory permitting. */
static unsigned int block_order(void)
{
	return min_of(get_order(PAGE_FRAG_CACHE_MAX_SIZE), MAX_ORDER - 1);
}

/* Takes a block for fragments of this size, or a page, if that will do. */
static struct page *take_block(unsigned int fragsz, gfp_t gfp, const void *caller)
{
	gfp_t no_effort = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC;
	int nid = alloc_node_or_local(NUMA_NO_NODE);
	struct page *page;

	if (!block_order() || fragsz > PAGE_SIZE)
		return alloc_pages_for(gfp | __GFP_COMP, block_order(), nid, caller);
	page = alloc_pages_for(no_effort | __GFP_COMP, block_order(), nid, caller);
	return page ? page : alloc_pages_for(gfp, 0, nid, caller);
}

/* A fresh block; the old one is left to its fragments. False, nothing changed: there is none. */
static bool new_block(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp,
		      const void *caller)
{
	struct page *page = take_block(fragsz, gfp, caller);

	if (!page)
		return false;
	leave_block(nc, caller);
	start_block(nc, page_address(page), (u32)(PAGE_SIZE << compound_order(page)));
	return true;
}

/* Why there can be no such fragment, whatever is free; NULL: there can. */
static const char *why_not_frag(unsigned int fragsz, gfp_t gfp, unsigned int align)
{
	if (!fragsz || fragsz > PAGE_SIZE << block_order())
		return "the size is 0 or larger than a block";
	if (!is_power_of_2(align) || align > PAGE_SIZE)
		return "the alignment is no power of two up to the size of a page";
	if (gfp & __GFP_HIGHMEM)
		return "highmem has no address";
	return NULL;
}

static void *frag_alloc(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp,
			unsigned int align, const void *caller)
{
	const char *why = why_not_frag(fragsz, gfp, align);
	void *frag;

	if (__builtin_expect(why != NULL, 0)) {
		quire_warn(caller, "page_frag_alloc of %u bytes, aligned to %u: %s", fragsz, align,
			   why);
		return NULL;
	}
	frag = cut(nc, fragsz, align);
	if (!frag && recycle_block(nc, caller))
		frag = cut(nc, fragsz, align);
	/* Not the block is cleared but each fragment: it may be the second to lie there. */
	if (!frag && new_block(nc, fragsz, gfp & ~__GFP_ZERO, caller))
		frag = cut(nc, fragsz, align);
	if (frag && (gfp & __GFP_ZERO))
		memset(frag, 0, fragsz);
	return frag;
}

void *page_frag_alloc(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp)
{
	return frag_alloc(nc, fragsz, gfp, 1, __builtin_return_address(0));
}

void *page_frag_alloc_align(struct page_frag_cache *nc, unsigned int fragsz, gfp_t gfp,
			    unsigned int align)
{
	return frag_alloc(nc, fragsz, gfp, align, __builtin_return_address(0));
}

void page_frag_free(void *addr)
{
	const void *caller = __builtin_return_address(0);
	pfn_t pfn = PFN_DOWN(virt_to_phys(addr));
	struct page *page;

	if (!addr)
		return;
	page = pfn < load_relaxed(max_low_pfn) ? pfn_to_online_page(pfn) : NULL;
	if (__builtin_expect(!page, 0)) {
		quire_warn(caller, "bad free, refused: %p is in no page that was allocated", addr);
		return;
	}
	page = compound_head(page);
	free_pages_for(page, compound_order(page), caller);
}

void page_frag_cache_drain(struct page_frag_cache *nc)
{
	leave_block(nc, __builtin_return_address(0));
}

void __page_frag_cache_drain(struct page *page, unsigned int count)
{
	const void *caller = __builtin_return_address(0);

	if (!count)
		return;
	if (count > 0x7fffffffu || !drop_block(page, count, caller))
		quire_warn(caller, "page_frag_cache_drain of %u references, refused: there are %d",
			   count, page_ref_count(page));
}
