/* SPDX-License-Identifier: MIT */
/*
 * kvirt.h - the kernel's own page table: what every address space shares.
 *
 * setup_arch makes it when the machine names a format (struct machine_kvirt): all of
 * lowmem in the direct map, with the largest pages that fit, and the kernel's image with
 * its own protections. vmalloc, kmap and the fixmap then add to it.
 *
 * An address has two names: the pointer by which this program reaches it, and the virtual
 * address that the machine's MMU translates. In a kernel they are the same. In a process
 * (CONFIG_KERNEL_WINDOW) the machine's 0xf8000000 is some other place of the process.
 */
#ifndef QUIRE_KVIRT_H
#define QUIRE_KVIRT_H

#include <quire/state.h>

#if CONFIG_MMU

#include <quire/pgtable.h>

struct vmap_info;

/*
 * The layer as the boot and the reports reach it: struct machine_kvirt names it, so that a kernel which
 * does not links nothing of it.
 */
struct kvirt_layer {
	int (*paging_init)(const struct quire_machine *machine); /* in setup_arch */
	int (*vmalloc_init)(void); /* once the page allocator is up */
	/* RAM comes to the direct map, or goes. 0; an error, and nothing has changed. */
	int (*map_ram)(phys_addr_t start, phys_addr_t size);
	int (*unmap_ram)(phys_addr_t start, phys_addr_t size);
	/* For /proc/vmallocinfo: the next area, and on which nodes its pages are (mm/kvirt/vmap_area.h). */
	bool (*next_area)(uintptr_t *cursor, struct vmap_info *info);
	void (*count_nodes)(const struct vmap_info *info, unsigned int first_nid, unsigned int nr,
			    unsigned long *counters);
};
extern const struct kvirt_layer quire_kvirt;

/*
 * The table, to be loaded, looked into or copied from; it belongs to the library. NULL if
 * the machine names no format, or there is no memory for it: a machine that is booted
 * MACHINE_AS_DUMPED gets its table at the first call, from the page allocator. May be
 * called from the end of setup_arch on. Does not sleep.
 */
struct pgtable *kernel_pgtable(void);

/* The machine's virtual address of a pointer into the direct map or one of the windows. */
u64 kernel_va(const volatile void *addr);
/* The inverse; NULL if `va` is in neither the direct map nor a window. */
void *kernel_pointer(u64 va);

#endif
#endif
