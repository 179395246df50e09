/* SPDX-License-Identifier: MIT */
/*
 * fixmap.h - addresses that are fixed before anything is mapped there.
 *
 * Slot 0 is the last page of the window (struct machine_kvirt), and they count down:
 *
 *   fixmap_start                                                          fixmap_end
 *   |  the embedder's  | CPU n-1 | ... | CPU 0 | FIX_PORT_7 ... FIX_PORT_0 | EARLYCON |
 *                      `-- kmap_local: 16 each -'                            slot 0
 *
 * A slot is one page. All of this may be used from the end of setup_arch on (from a
 * machine's `early` hook, say): the tables then come from memblock.
 */
#ifndef QUIRE_FIXMAP_H
#define QUIRE_FIXMAP_H

#include <quire/state.h>

#if CONFIG_MMU

#include <quire/pgtable_names.h>

enum fixed_addresses {
	FIX_EARLYCON, /* the early console's registers */
	FIX_PORT_0,   /* to FIX_PORT_7: for the embedder */
	FIX_PORT_1,
	FIX_PORT_2,
	FIX_PORT_3,
	FIX_PORT_4,
	FIX_PORT_5,
	FIX_PORT_6,
	FIX_PORT_7,
	__end_of_permanent_fixed_addresses,
	FIX_KMAP_BEGIN = __end_of_permanent_fixed_addresses, /* KM_MAX_IDX for each CPU */
};
/* Where the window is larger, slots from here on are the embedder's too. */
#if CONFIG_HIGHMEM
#define FIX_KMAP_END (FIX_KMAP_BEGIN + KM_MAX_IDX * quire_nr_cpus() - 1)
#define __end_of_fixed_addresses (FIX_KMAP_END + 1)
#else
#define __end_of_fixed_addresses ((unsigned int)__end_of_permanent_fixed_addresses)
#endif

#define FIXADDR_START (this_quire()->kvirt.layout.fixmap_start)
#define FIXADDR_SIZE (this_quire()->kvirt.layout.fixmap_end - FIXADDR_START)
/* The address of slot 0. */
#define FIXADDR_TOP (this_quire()->kvirt.layout.fixmap_end - PAGE_SIZE)

/* Slot to address and back; nothing is checked. */
#define __fix_to_virt(idx) (FIXADDR_TOP - ((uintptr_t)(idx) << PAGE_SHIFT))
#define __virt_to_fix(addr) ((FIXADDR_TOP - ((addr) & ~(uintptr_t)(PAGE_SIZE - 1))) >> PAGE_SHIFT)

/*
 * The same with a check. 0 for a slot that the window does not have, -EINVAL for an address
 * outside of the window, each after a warning. Context: any.
 */
unsigned long fix_to_virt(unsigned int idx);
long virt_to_fix(unsigned long addr);

#define FIXMAP_PAGE_NORMAL PAGE_KERNEL
#define FIXMAP_PAGE_RO PAGE_KERNEL_RO
#define FIXMAP_PAGE_NOCACHE pgprot_noncached(PAGE_KERNEL)
#define FIXMAP_PAGE_IO pgprot_noncached(PAGE_KERNEL)

/*
 * Maps the page that holds `phys` at a slot's address, in place of what was there; the
 * TLBs of all CPUs then know. 0; -EINVAL if there is no such slot or it is one of
 * kmap_local's (with a warning), if there is no kernel page table yet, or if the format
 * cannot hold address or protections; -ENOMEM. On failure the slot shows what it showed.
 * Context: any. The caller sees to it that nobody else changes or uses the slot meanwhile.
 */
int __set_fixmap(unsigned int idx, phys_addr_t phys, pgprot_t prot);
/* Unmaps it: a touch is a fault from now on. An empty slot is left as it is. 0; -EINVAL. */
int clear_fixmap(unsigned int idx);

static inline int set_fixmap(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap(idx, phys, FIXMAP_PAGE_NORMAL);
}
static inline int set_fixmap_nocache(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap(idx, phys, FIXMAP_PAGE_NOCACHE);
}
static inline int set_fixmap_io(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap(idx, phys, FIXMAP_PAGE_IO);
}

/* The same, and returns the address at which `phys` itself is; 0 on failure. */
unsigned long __set_fixmap_offset(unsigned int idx, phys_addr_t phys, pgprot_t prot);
static inline unsigned long set_fixmap_offset(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap_offset(idx, phys, FIXMAP_PAGE_NORMAL);
}
static inline unsigned long set_fixmap_offset_nocache(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap_offset(idx, phys, FIXMAP_PAGE_NOCACHE);
}
static inline unsigned long set_fixmap_offset_io(unsigned int idx, phys_addr_t phys)
{
	return __set_fixmap_offset(idx, phys, FIXMAP_PAGE_IO);
}

#endif
#endif
