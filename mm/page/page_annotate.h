/* SPDX-License-Identifier: MIT */
/*
 * page_annotate.h - frames that are free and held, as error checkers of the process see them
 * (mm/lib/annotate.h): in the direct map. Highmem has no address there.
 */
#ifndef MM_PAGE_PAGE_ANNOTATE_H
#define MM_PAGE_PAGE_ANNOTATE_H

#include <quire/page.h>

#include "mm/lib/annotate.h"

static inline void annotate_frames(pfn_t pfn, unsigned long count,
				   void (*annotate)(const volatile void *at, size_t size))
{
	if (ANNOTATE && pfn < load_relaxed(max_low_pfn))
		annotate(phys_to_virt(PFN_PHYS(pfn)), (size_t)count << PAGE_SHIFT);
}

/*
 * Nobody may touch them: before others can take them. Of a piece that is larger, as much is closed
 * at its beginning and its end: a machine that is taken and freed by such blocks would pay an
 * eighth of its RAM.
 */
#define ANNOTATE_LARGE ((size_t)4 << 20)
static inline void annotate_ends(pfn_t pfn, unsigned long count, size_t large)
{
	unsigned long part = large / 2 >> PAGE_SHIFT;

	if (!ANNOTATE || count <= 2 * part) {
		annotate_frames(pfn, count, annotate_noaccess);
		return;
	}
	annotate_frames(pfn, part, annotate_noaccess);
	annotate_frames(pfn + count - part, part, annotate_noaccess);
}
static inline void annotate_frames_free(pfn_t pfn, unsigned long count)
{
	annotate_ends(pfn, count, ANNOTATE_LARGE);
}
/* The same of frames that nobody ever had, which there are many of. */
static inline void annotate_frames_released(pfn_t pfn, unsigned long count)
{
	annotate_ends(pfn, count, (size_t)256 << 10);
}
static inline void annotate_block_free(const struct page *page, unsigned int order)
{
	if (ANNOTATE)
		annotate_frames_free(page_to_pfn(page), 1UL << order);
}

/* The block is its taker's, to be written first. */
static inline void annotate_block_taken(const struct page *page, unsigned int order)
{
	if (ANNOTATE)
		annotate_frames(page_to_pfn(page), 1UL << order, annotate_undefined);
}

/*
 * It may be touched, and its contents count: for the library's own hands; and of a block that is
 * mapped elsewhere too, where somebody may have written it.
 */
static inline void annotate_block_open(const struct page *page, unsigned int order)
{
	if (ANNOTATE)
		annotate_frames(page_to_pfn(page), 1UL << order, annotate_defined);
}

#endif
