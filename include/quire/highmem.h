/* SPDX-License-Identifier: MIT */
/*
 * highmem.h - pages that the direct map does not reach: given an address, worked on, let go.
 *
 * Two ways to an address, which mm/kvirt/highmem.c tells apart:
 * kmap		may sleep; the address is the same for all CPUs and may be kept.
 * kmap_local	never sleeps; a stack of 16 for each CPU, for a few lines of code.
 * A page of lowmem has its address in the direct map already: both give that, and cost
 * nothing. In a build without highmem (CONFIG_HIGHMEM=0) there are no others.
 *
 * Without an address no page can be given one: where the machine has no window, or the
 * page is beyond what the table's format can address, or (in a process) the host has no
 * memory left, both return NULL after a warning. Then nothing has changed.
 */
#ifndef QUIRE_HIGHMEM_H
#define QUIRE_HIGHMEM_H

#include <quire/gfp.h>
#include <quire/pgtable_names.h>

/* Is the page one that the direct map does not reach? */
static inline bool PageHighMem(const struct page *page)
{
#if CONFIG_HIGHMEM
	return page_to_pfn(page) >= max_low_pfn;
#else
	(void)page;
	return false;
#endif
}

/* The address of a page for which PageHighMem() does not hold. */
static inline void *lowmem_page_address(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

#if QUIRE_KMAP

/* ---- kmap ---- */

/* The window: LAST_PKMAP pages from PKMAP_BASE on. */
#define PKMAP_BASE (this_quire()->kvirt.layout.pkmap_base)
#define LAST_PKMAP (this_quire()->kvirt.layout.last_pkmap)
#define PKMAP_ADDR(nr) (PKMAP_BASE + ((uintptr_t)(nr) << PAGE_SHIFT))
#define PKMAP_NR(addr) ((unsigned int)(((uintptr_t)(addr) - PKMAP_BASE) >> PAGE_SHIFT))

void *kmap_high(struct page *page);
void kunmap_high(struct page *page);

/*
 * Gives the page an address until the kunmap() that belongs to it; the calls are counted.
 * Sleeps while all slots of the window are in use (so two threads that each want a second
 * page can wait for each other forever). Context: may sleep, interrupts on, no spinlock
 * held. Needs port_wait and port_wake.
 */
static inline void *kmap(struct page *page)
{
	return PageHighMem(page) ? kmap_high(page) : lowmem_page_address(page);
}
/*
 * Drops one kmap() of the page (the page, not the address). Without one it warns, and
 * nothing changes. After the last one the address must not be used; page_address() says NULL.
 * Context: any; does not sleep.
 */
static inline void kunmap(struct page *page)
{
	if (PageHighMem(page))
		kunmap_high(page);
}

/*
 * Empties the slots that nobody uses, with one flush of all TLBs: for a kernel that must
 * know that no address of a page is left, before it changes how the page is cached, say.
 * Context: any.
 */
void kmap_flush_unused(void);

/* The page that an address from kmap, kmap_local or the direct map shows; NULL: no page. */
struct page *kmap_to_page(const void *addr);

/* ---- kmap_local ---- */

void *__kmap_local_page_prot(const struct page *page, pgprot_t prot);
void *__kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot);
void kunmap_local_indexed(const void *addr);

/*
 * Gives the page an address on this CPU until kunmap_local(). The last one mapped is unmapped
 * first; more than KM_MAX_IDX at once are refused with a warning and NULL. Context: any,
 * interrupt handlers and spinlocks held included. From here to kunmap_local() the caller
 * stays on this CPU, does not sleep, and is not put aside for a thread that calls this too:
 * Linux saves the slots of a task that it switches away from, but this library switches no
 * tasks. A kernel that does disables preemption meanwhile. What an interrupt handler maps,
 * it unmaps before it returns.
 */
static inline void *kmap_local_page(const struct page *page)
{
	if (!PageHighMem(page))
		return lowmem_page_address(page);
	return __kmap_local_page_prot(page, PAGE_KERNEL);
}
/* With other protections or another cache type; these do not apply to a page of lowmem. */
static inline void *kmap_local_page_prot(const struct page *page, pgprot_t prot)
{
	if (!PageHighMem(page))
		return lowmem_page_address(page);
	return __kmap_local_page_prot(page, prot);
}
/* A frame that need have no page structure; always takes a slot. */
static inline void *kmap_local_pfn(pfn_t pfn)
{
	return __kmap_local_pfn_prot(pfn, PAGE_KERNEL);
}
static inline void *kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot)
{
	return __kmap_local_pfn_prot(pfn, prot);
}
/*
 * Any address in the page will do. One that is not the last that this CPU mapped, or was
 * never mapped, is refused with a warning: nothing changes. This CPU's TLB forgets the page.
 */
static inline void kunmap_local(const void *addr)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	uintptr_t lowmem = geo->direct_map + (uintptr_t)geo->lowmem_start;

	if ((uintptr_t)addr - lowmem >= (uintptr_t)(PFN_PHYS(max_low_pfn) - geo->lowmem_start))
		kunmap_local_indexed(addr);
}

#else

static inline void *kmap(struct page *page)
{
	return page_address(page);
}
static inline void kunmap(struct page *page)
{
	(void)page;
}
static inline void kmap_flush_unused(void)
{
}
static inline struct page *kmap_to_page(const void *addr)
{
	return virt_to_page(addr);
}
static inline void *kmap_local_page(const struct page *page)
{
	return page_address(page);
}
static inline void *kmap_local_page_prot(const struct page *page, pgprot_t prot)
{
	(void)prot;
	return page_address(page);
}
static inline void *kmap_local_pfn(pfn_t pfn)
{
	return page_address(pfn_to_page(pfn));
}
static inline void *kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot)
{
	(void)prot;
	return kmap_local_pfn(pfn);
}
static inline void kunmap_local(const void *addr)
{
	(void)addr;
}

#endif

/* The older names. Who uses them must not sleep meanwhile, as with the others. */
static inline void *kmap_atomic(const struct page *page)
{
	return kmap_local_page(page);
}
static inline void *kmap_atomic_prot(const struct page *page, pgprot_t prot)
{
	return kmap_local_page_prot(page, prot);
}
static inline void *kmap_atomic_pfn(pfn_t pfn)
{
	return kmap_local_pfn(pfn);
}
static inline void kunmap_atomic(const void *addr)
{
	kunmap_local(addr);
}

/* ---- work on pages, wherever they are: mm/kvirt/highmem_copy.c ---- */

/*
 * Context: as kmap_local_page(), which they use. Offsets and lengths are bytes and must lie
 * within the page; what is copied must not overlap. True; false, and nothing is written, if
 * they do not (with a warning) or the page cannot be mapped.
 */
bool clear_highpage(struct page *page);
bool copy_highpage(struct page *to, struct page *from);
/* Clears [start1, end1) and [start2, end2). */
bool zero_user_segments(struct page *page, unsigned int start1, unsigned int end1,
			unsigned int start2, unsigned int end2);
bool memcpy_from_page(void *to, struct page *page, size_t offset, size_t len);
bool memcpy_to_page(struct page *page, size_t offset, const void *from, size_t len);
bool memcpy_page(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
		 size_t len);
bool memset_page(struct page *page, size_t offset, int value, size_t len);

static inline bool zero_user_segment(struct page *page, unsigned int start, unsigned int end)
{
	return zero_user_segments(page, start, end, 0, 0);
}
static inline bool zero_user(struct page *page, unsigned int start, unsigned int size)
{
	return memset_page(page, start, 0, size);
}
static inline bool memzero_page(struct page *page, size_t offset, size_t len)
{
	return memset_page(page, offset, 0, len);
}

/* Free pages of the zones above the direct map. */
unsigned long nr_free_highpages(void);

/* ---- looking at it ---- */

struct highmem_stats {
	unsigned int slots;	 /* LAST_PKMAP; 0: no window, or not used yet */
	unsigned int used;	 /* with users */
	unsigned int unflushed;	 /* without, but TLBs may still know them */
	unsigned int waiters;	 /* threads that wait for a slot */
	unsigned long flushes;	 /* of the window so far */
	unsigned int local_used; /* kmap_local slots of all CPUs */
};
void highmem_get_stats(struct highmem_stats *stats);

struct highmem_slot {
	void *addr;
	struct page *page;  /* NULL: the slot is free */
	unsigned int users; /* 0: no kmap() of it is left */
};
/* What slot `nr` of kmap's window shows; false if there is none of that number. */
bool highmem_get_slot(unsigned int nr, struct highmem_slot *slot);

/*
 * Walks all slots, hash chains and page table entries, and checks that they agree. 0; -EINVAL
 * after a line in the log that says what is broken. Nobody may map anything meanwhile.
 */
int highmem_validate(void);

#endif
