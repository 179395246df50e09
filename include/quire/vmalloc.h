/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.h - memory that is contiguous in virtual addresses only, and windows onto pages
 * and devices: the areas of the vmalloc window.
 *
 * Sizes are in bytes and rounded up to pages. Each area ends with a page that is never
 * mapped, so that who runs over its end crashes. All calls that make an area return its
 * address, or NULL, after a line in the log, and then nothing has changed: no memory, no
 * address, or a machine without a vmalloc window.
 *
 * Context: calls that make areas must not come from interrupt handlers, and interrupts are
 * best on: they may wait for another CPU's TLB flush. None of them sleeps so far, but those
 * that take GFP_KERNEL may later. Calls that take areas away may be made anywhere but in
 * an NMI. A call that is given the wrong address, or an area of the wrong kind, is reported
 * with its caller and changes nothing.
 */
#ifndef QUIRE_VMALLOC_H
#define QUIRE_VMALLOC_H

#include <quire/atomic.h>
#include <quire/gfp.h>
#include <quire/kvirt.h>
#include <quire/pgtable_names.h>

#if CONFIG_MMU

/* ---- the window ---- */

#define VMALLOC_START (this_quire()->kvirt.vmalloc.start)
#define VMALLOC_END (this_quire()->kvirt.vmalloc.end)
#define VMALLOC_TOTAL ((unsigned long)(VMALLOC_END - VMALLOC_START))

static inline bool is_vmalloc_addr(const void *addr)
{
	return (uintptr_t)addr >= VMALLOC_START && (uintptr_t)addr < VMALLOC_END;
}

/* Pages of memory that vmalloc() and its kind hold now: VmallocUsed of /proc/meminfo. */
static inline unsigned long vmalloc_nr_pages(void)
{
	return load_relaxed(this_quire()->kvirt.vmalloc.nr_pages);
}

/* ---- memory: vmalloc.c ---- */

/*
 * Pages from anywhere, highmem included, mapped side by side, readable and writable. The
 * z ones are cleared; the _node ones come from node `nid` first (NUMA_NO_NODE: the running
 * CPU's). __vmalloc takes flags of gfp.h: __GFP_DMA and __GFP_DMA32 say where the pages
 * lie, __GFP_ZERO clears them, __GFP_NOWARN keeps a failure out of the log. The pages of an
 * area are single ones, each with a reference of its own, whatever maps them.
 */
void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);
void *vmalloc_node(unsigned long size, int nid);
void *vzalloc_node(unsigned long size, int nid);
void *__vmalloc(unsigned long size, gfp_t gfp);
/* Cleared, and marked as fit to be mapped into user space. */
void *vmalloc_user(unsigned long size);
/*
 * As __vmalloc, with large pages where the format has them below its root (2 MB with PAE
 * and on x86-64), as many as fit and as there are free blocks; small pages for the rest.
 */
void *vmalloc_huge(unsigned long size, gfp_t gfp);

/* Gives all of it back. NULL is ignored. Also for vmap areas with VM_MAP_PUT_PAGES. */
void vfree(const void *addr);

/* ---- pages: vmalloc_map.c ---- */

/*
 * Maps pages[0 .. count - 1] side by side. Of `flags` VM_MAP is implied; with
 * VM_MAP_PUT_PAGES the area takes over the caller's reference of each page, for vfree() to
 * drop. The array stays the caller's and is not needed afterwards.
 */
void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot);
/* Takes the mapping away; the pages are the caller's. NULL is ignored. */
void vunmap(const void *addr);

/*
 * Addresses alone, with nothing mapped, for a caller who maps there himself; free_vm_area
 * unmaps what is mapped by then. The structure is the library's. NULL if there is no room.
 * free_vm_area also does for vunmap and iounmap; NULL is ignored.
 */
struct vm_struct *get_vm_area(unsigned long size, unsigned long flags);
void free_vm_area(struct vm_struct *area);

/* ---- devices: ioremap.c ---- */

/*
 * Maps the physical range [phys, phys + size), any alignment: the result has the offset of
 * `phys` in its page. ioremap is uncached, _wc combines writes, _wt writes through, _cache
 * is as ordinary memory; ioremap_prot takes protections and cache type. NULL, with a warning
 * that says why:
 * - the range is empty, or beyond the addresses of the machine or its page-table format;
 * - a page of it is RAM that belongs to the page allocator;
 * - an area maps a page of it with another cache type (as the format has them: where it
 *   lacks one, PT_CACHE_UC stands for it). Two mappings of the same kind are allowed.
 */
void *ioremap(phys_addr_t phys, size_t size);
void *ioremap_wc(phys_addr_t phys, size_t size);
void *ioremap_wt(phys_addr_t phys, size_t size);
void *ioremap_cache(phys_addr_t phys, size_t size);
void *ioremap_prot(phys_addr_t phys, size_t size, pgprot_t prot);
/* `addr` is what ioremap returned, or in the same page. NULL is ignored. */
void iounmap(const volatile void *addr);

/* ---- asking ---- */

/*
 * The area that holds the address (or whose guard page does); NULL: none. The structure
 * stays as long as the area; its owner alone may be sure of that.
 */
struct vm_struct *find_vm_area(const void *addr);
/*
 * The page that an address of a live area is mapped to; NULL, or 0, if none is, or if what is
 * mapped has no page structure.
 */
struct page *vmalloc_to_page(const void *addr);
pfn_t vmalloc_to_pfn(const void *addr);

/*
 * When it returns, no TLB remembers an area that was taken away before: who changes the
 * cache type of pages that were once mapped here calls it first.
 */
void vm_unmap_aliases(void);

/*
 * Says in a line what an address of the window is: in which area, in the guard page behind
 * it, in one that was freed, or in none. For crash messages: waits for no lock that this CPU
 * could hold, but is to be called by one thread at a time. False if it is not in the window.
 */
bool vmalloc_explain(const void *addr, char *text, size_t size);

/*
 * Walks all there is: trees, gaps, counts, and that in the window nothing is mapped but what
 * its areas hold. 0; -EINVAL after a line at LOG_ERR. Other CPUs may go on meanwhile.
 */
int vmalloc_validate(void);

#endif
#endif
