/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/kvirt share, and what mm/init calls.
 */
#ifndef MM_KVIRT_INTERNAL_H
#define MM_KVIRT_INTERNAL_H

#include <quire/kvirt.h>
#include <quire/port.h>

#if CONFIG_MMU

/* kernel_pgtable(), but NULL if it has yet to be made: nothing is mapped then. */
static inline struct pgtable *kernel_table_if_made(void)
{
	struct pgtable *table = &this_quire()->kvirt.table;

	/* The format is written last, by whoever makes the table late (paging_init_late). */
	return __atomic_load_n(&table->format, __ATOMIC_ACQUIRE) ? table : NULL;
}

/* ---- kernel_table.c: changes of the kernel's table, and of the process's own mappings ---- */

/*
 * Maps [addr, addr + size), multiples of the page size in one window, to the physical
 * memory from `phys` on. 0; -EINVAL, -EEXIST, -ENOMEM as pt_map(), and nothing has changed;
 * -EINVAL too if there is no table. Context: any; does not sleep.
 */
int kernel_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot,
	       enum pt_cache cache);
/*
 * Unmaps it; holes stay holes. The caller sees to the TLB (port_tlb_flush). A range that
 * kernel_map mapped as one is never refused.
 */
void kernel_unmap(uintptr_t addr, size_t size);

/*
 * Maps pages[0 .. nr - 1], which may lie anywhere, side by side from `addr` on, with small
 * pages: faster than a kernel_map for each. Errors as kernel_map; where it is the process that has
 * no room, empty tables stay. A few dozen at a time: interrupts are off meanwhile.
 */
int kernel_map_pages(uintptr_t addr, struct page *const *pages, unsigned int nr, unsigned int prot,
		     enum pt_cache cache);
/*
 * Unmaps small pages; holes stay holes, large pages stay. Returns how many there were, and puts
 * them into `pages`, which has room for `nr`, in the order of their addresses; NULL: nobody
 * wants them (what is mapped need have no page structures then).
 */
unsigned int kernel_unmap_pages(uintptr_t addr, unsigned int nr, struct page **pages);
/*
 * The order of the blocks that kernel_map can map as one large page, of the smallest large
 * kind; 0: there is none, or no block is so large.
 */
unsigned int kernel_large_order(void);
/*
 * Frees the empty tables that would keep large pages out of [addr, addr + size), where nothing
 * is mapped. Flushes the TLBs if it has to. Must not be called with a lock held.
 */
void kernel_free_tables(uintptr_t addr, size_t size);

/*
 * The direct map of RAM that comes while the machine runs, and its end; highmem has none. A table
 * that is yet to be made will have it. 0; -ENOMEM, -EEXIST as pt_map(): nothing has changed.
 */
int kernel_map_ram(phys_addr_t start, phys_addr_t size);
int kernel_unmap_ram(phys_addr_t start, phys_addr_t size);

/* After entries were written where nothing was mapped, before anybody uses the addresses. */
static inline void quire_map_barrier(void)
{
#if CONFIG_MAP_BARRIER
	port_map_barrier();
#endif
}

/* ---- paging_init.c ---- */

/* Makes the table from free pages, after the boot: for MACHINE_AS_DUMPED. */
int paging_init_late(void);

/* ---- vmalloc.c, highmem.c: called when the page allocator is up ---- */
int vmalloc_init(void);
/* __vmalloc, on a node, for who shall be named as the maker. */
void *vmalloc_for(unsigned long size, gfp_t gfp, int nid, const void *caller);
int highmem_init(void);

/* ---- percpu_window.c: called when the vmalloc window is open. 0; -ENOMEM ---- */
int percpu_window_init(void);

#endif

/*
 * ---- percpu_setup.c: the step setup_per_cpu_areas of the boot, before mem_init. 0; -ENOMEM;
 * -EINVAL if the template makes no sense (a line in the log says why) ----
 */
int setup_per_cpu_areas(const struct quire_machine *machine);

#endif
