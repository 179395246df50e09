/* SPDX-License-Identifier: MIT */
/*
 * cma.h - contiguous memory areas: frames in a row, set aside at boot for devices that need them,
 * and lent to movable pages until they do.
 *
 * Names, arguments and behaviour are those of <linux/cma.h>, Linux 6.1.
 */
#ifndef QUIRE_CMA_H
#define QUIRE_CMA_H

#include <quire/mmzone.h>

#define CMA_MAX_NAME 64

/* An area. To be read, for reports; the calls below change it. */
struct cma {
	unsigned long base_pfn;
	unsigned long count;	  /* pages; 0: it could not be activated */
	unsigned long *bitmap;	  /* a bit for each 1 << order_per_bit pages: they are taken */
	unsigned int order_per_bit;
	spinlock_t lock;	  /* of the bitmap */
	bool reserve_pages_on_error;
	char name[CMA_MAX_NAME];
	struct cma *next;	  /* in the order in which they were declared */
};

/* How many bits the area's bitmap has. */
static inline unsigned long cma_bitmap_maxno(const struct cma *cma)
{
	return cma->count >> cma->order_per_bit;
}

/* Pages of all areas, free or not. */
#define totalcma_pages (this_quire()->page.nr_cma_pages)

/*
 * ---- during the boot: from the machine's early hook, while memblock hands out memory. What
 * the machine's description names (struct quire_machine: cma) is declared by itself ----
 *
 * Sets `size` bytes aside: at `base`, if it is `fixed`; else somewhere in [base, limit) (limit 0: to
 * the end of RAM), above lowmem first if there is highmem. alignment: a power of two, 0: that of
 * a page block, which is also the least. order_per_bit: 1 << order_per_bit pages are
 * handed out at once. The name is copied; NULL: "cma0", "cma1", ... *res_cma (NULL: nobody wants
 * it) is the area. 0; -EINVAL: it makes no sense, or crosses the end of lowmem; -EBUSY: the fixed
 * range is taken; -ENOMEM. A line in the log says what was reserved, or that nothing was.
 */
int cma_declare_contiguous_nid(phys_addr_t base, phys_addr_t size, phys_addr_t limit, phys_addr_t alignment,
			       unsigned int order_per_bit, bool fixed, const char *name, struct cma **res_cma,
			       int nid);
int cma_declare_contiguous(phys_addr_t base, phys_addr_t size, phys_addr_t limit, phys_addr_t alignment,
			   unsigned int order_per_bit, bool fixed, const char *name, struct cma **res_cma);
/*
 * The same for a range of whole page blocks that the caller has reserved in memblock, and that
 * is of no other area. 0; -EINVAL; -ENOMEM.
 */
int cma_init_reserved_mem(phys_addr_t base, phys_addr_t size, unsigned int order_per_bit, const char *name,
			  struct cma **res_cma);
/* If the area cannot be activated, its pages stay reserved instead of becoming anybody's. */
void cma_reserve_pages_on_error(struct cma *cma);

/* ---- once the machine is up ---- */

/*
 * `count` pages in a row, the first a multiple of 1 << align pages; each has a count of 1. What
 * others have there is moved away. NULL: there is no such range free of other cma_alloc, or
 * pages in each of them that cannot be moved; a line in the log says so, unless no_warn.
 * May sleep. The pages are the caller's until cma_release.
 */
struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align, bool no_warn);
/*
 * Gives back what cma_alloc gave, or a part of it in whole bits. False: it is not of the area, or
 * (with a warning) was not taken. May sleep.
 */
bool cma_release(struct cma *cma, const struct page *pages, unsigned long count);
/* Do the pages lie in the area, as a range that cma_alloc could have given? Context: any. */
bool cma_pages_valid(struct cma *cma, const struct page *pages, unsigned long count);

phys_addr_t cma_get_base(const struct cma *cma);
unsigned long cma_get_size(const struct cma *cma); /* bytes */
const char *cma_get_name(const struct cma *cma);
/* Calls `it` for each area until it returns something else than 0, and returns that. */
int cma_for_each_area(int (*it)(struct cma *cma, void *data), void *data);

#endif
