/* SPDX-License-Identifier: MIT */
/*
 * cma_alloc.c - frames of an area for a device, and back. What an area is: cma.c.
 *
 * A gap of the area's bitmap is frames in a row that no device has. They may be lent: then the
 * pages there are moved away, and the frames taken (contig.c). If one of them cannot be moved, the
 * next gap is tried.
 *
 *   bitmap    1 1 0 0 0 1 0 0     what cma_alloc gave: a bit for 1 << order_per_bit pages
 *   frames    D D . m . D m .     D: a device's; m: lent; .: free
 *
 * The bitmap knows nothing of lent pages: they are nobody's who would be asked.
 *
 * Locks: cma->lock for a bitmap. One cma_alloc empties a range at a time, whichever the area
 * (cma_is_busy): two that meet in a page block would be in each other's way.
 */
#include <quire/cma.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

/* ---- the bitmap ---- */

/*
 * The first run of `bits` clear bits, from `from` on, whose first one stands for a frame that is
 * a multiple of 1 << align; cma_bitmap_maxno: there is none.
 */
static unsigned long find_gap(const struct cma *cma, unsigned long from, unsigned long bits,
			      unsigned int align)
{
	unsigned long total = cma_bitmap_maxno(cma), step = 1, offset, at, next;

	/* A base that is no multiple of what a bit stands for: none of the bits is better aligned. */
	if (cma->base_pfn & ((1UL << min_of(align, cma->order_per_bit)) - 1))
		return total;
	if (align > cma->order_per_bit)
		step = 1UL << (align - cma->order_per_bit);
	offset = (cma->base_pfn >> cma->order_per_bit) & (step - 1);
	for (;;) {
		at = find_next_zero_bit(cma->bitmap, total, from);
		at = ALIGN_UP(at + offset, step) - offset;
		if (at >= total || bits > total - at)
			return total;
		next = find_next_bit(cma->bitmap, at + bits, at);
		if (next >= at + bits)
			return at;
		from = next + 1;
	}
}

static unsigned long bits_of(const struct cma *cma, unsigned long count)
{
	return ALIGN_UP(count, 1UL << cma->order_per_bit) >> cma->order_per_bit;
}

static bool take_bits(struct cma *cma, unsigned long *at, unsigned long bits, unsigned int align)
{
	unsigned long flags = spin_lock_irqsave(&cma->lock);
	bool found;

	*at = find_gap(cma, *at, bits, align);
	found = *at < cma_bitmap_maxno(cma);
	if (found)
		bitmap_set(cma->bitmap, *at, bits);
	spin_unlock_irqrestore(&cma->lock, flags);
	return found;
}

static void clear_bits(struct cma *cma, unsigned long at, unsigned long bits)
{
	unsigned long flags = spin_lock_irqsave(&cma->lock);

	bitmap_clear(cma->bitmap, at, bits);
	spin_unlock_irqrestore(&cma->lock, flags);
}

/* ---- taking and giving back ---- */

/* What runs between the two may sleep: whoever waits lets others run. */
static void begin_to_empty(void)
{
#if CONFIG_SMP
	while (__atomic_exchange_n(&this_quire()->page.cma_is_busy, 1, __ATOMIC_ACQUIRE))
		port_cpu_relax();
#endif
}
static void end_to_empty(void)
{
#if CONFIG_SMP
	store_release(this_quire()->page.cma_is_busy, 0);
#endif
}

static int empty_and_take(unsigned long pfn, unsigned long count, bool no_warn)
{
	int err;

	begin_to_empty();
	err = alloc_contig_range(pfn, pfn + count, MIGRATE_CMA, GFP_KERNEL | (no_warn ? __GFP_NOWARN : 0));
	end_to_empty();
	return err;
}

static struct page *find_and_take(struct cma *cma, unsigned long count, unsigned int align, bool no_warn)
{
	unsigned long at = 0, bits;
	int err = -ENOMEM;

	if (!cma || !cma->count || !count || this_quire()->phase != PHASE_BUDDY || align >= BITS_PER_LONG ||
	    count > cma->count)
		return NULL;
	bits = bits_of(cma, count);
	while (take_bits(cma, &at, bits, align)) {
		unsigned long pfn = cma->base_pfn + (at << cma->order_per_bit);

		err = empty_and_take(pfn, count, no_warn);
		if (!err)
			return pfn_to_page(pfn);
		clear_bits(cma, at, bits);
		if (err != -EBUSY)
			break;
		/* Somebody is in the way there: further on. */
		at += align > cma->order_per_bit ? 1UL << (align - cma->order_per_bit) : 1;
	}
	if (!no_warn)
		pr_err("cma: cma_alloc: %s: alloc failed, req-size: %lu pages, ret: %d", cma->name, count, err);
	return NULL;
}

struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align, bool no_warn)
{
	struct page *page = find_and_take(cma, count, align, no_warn);

	count_vm_event(page ? CMA_ALLOC_SUCCESS : CMA_ALLOC_FAIL);
	return page;
}

bool cma_pages_valid(struct cma *cma, const struct page *pages, unsigned long count)
{
	pfn_t pfn;

	if (!cma || !pages)
		return false;
	pfn = page_to_pfn(pages);
	return pfn >= cma->base_pfn && pfn - cma->base_pfn < cma->count &&
	       count <= cma->count - (pfn - cma->base_pfn);
}

/* Are all of the bits set, and is it whole bits? What nobody has taken is not given back. */
static bool are_taken(struct cma *cma, unsigned long offset, unsigned long bits)
{
	unsigned long at = offset >> cma->order_per_bit, flags;
	bool taken;

	if (offset & ((1UL << cma->order_per_bit) - 1))
		return false;
	flags = spin_lock_irqsave(&cma->lock);
	taken = find_next_zero_bit(cma->bitmap, at + bits, at) >= at + bits;
	spin_unlock_irqrestore(&cma->lock, flags);
	return taken;
}

bool cma_release(struct cma *cma, const struct page *pages, unsigned long count)
{
	unsigned long offset, bits;

	if (!count || !cma_pages_valid(cma, pages, count))
		return false;
	offset = page_to_pfn(pages) - cma->base_pfn;
	bits = bits_of(cma, count);
	if (WARN(!are_taken(cma, offset, bits), "cma_release: %s: %lu pages at frame 0x%lx were not taken",
		 cma->name, count, page_to_pfn(pages)))
		return false;
	free_contig_range(page_to_pfn(pages), count);
	clear_bits(cma, offset >> cma->order_per_bit, bits);
	return true;
}
