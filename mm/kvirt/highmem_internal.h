/* SPDX-License-Identifier: MIT */
/*
 * highmem_internal.h - what the files of kmap and kmap_local share.
 */
#ifndef MM_KVIRT_HIGHMEM_INTERNAL_H
#define MM_KVIRT_HIGHMEM_INTERNAL_H

#include <quire/fixmap.h>
#include <quire/highmem.h>
#include <quire/kvirt.h>
#include <quire/port.h>

#if QUIRE_KMAP

/* ---- highmem.c ---- */

/*
 * Is all in place? A machine that is booted MACHINE_AS_DUMPED gets its tables at the first
 * use, here. False, after a line in the log, if there is no memory for them.
 */
bool quire_highmem_bring_up(void);
static inline bool quire_highmem_is_up(void)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;

	return __builtin_expect(__atomic_load_n(&hm->is_up, __ATOMIC_ACQUIRE), 1) ||
	       quire_highmem_bring_up();
}

/* Are there slots of kmap by now? Makes none. */
static inline bool quire_has_pkmap_slots(const struct highmem_state *hm)
{
	return __atomic_load_n(&hm->is_up, __ATOMIC_ACQUIRE) && hm->slots;
}

/* ---- kmap_local.c ---- */

/* kmap_local_page of a highmem page for one who can do without: makes no tables, and NULL is no warning. */
void *quire_try_kmap_local(const struct page *page);

/* ---- what an address shows ---- */

static inline const struct pt_format *quire_kernel_format(void)
{
	return pt_format_of(&this_quire()->kvirt.table);
}

/* The entry of a slot of kmap. */
static inline void *quire_pkmap_pte(const struct highmem_state *hm, unsigned int nr)
{
	const struct pt_format *f = quire_kernel_format();
#if CONFIG_KERNEL_WINDOW
	u64 first = hm->pkmap_va, va = first + ((u64)nr << PAGE_SHIFT);
#else
	uintptr_t first = PKMAP_BASE, va = PKMAP_ADDR(nr);
#endif
	size_t table = (size_t)((va >> f->level[1].shift) - (first >> f->level[1].shift));

	return pt_slot(f, hm->pkmap_tables[table], pt_index(f, 0, va));
}

/*
 * What the process itself sees at an address, where the MMU is software: follows the table.
 * 0; -ENOMEM. In a kernel there is nothing to do.
 */
static inline int quire_window_show(uintptr_t addr, phys_addr_t phys, unsigned int prot)
{
#if CONFIG_KERNEL_WINDOW
	return port_window_map(addr, phys, PAGE_SIZE, prot);
#else
	(void)addr;
	(void)phys;
	(void)prot;
	return 0;
#endif
}
static inline void quire_window_hide(uintptr_t addr)
{
#if CONFIG_KERNEL_WINDOW
	port_window_unmap(addr, PAGE_SIZE);
#else
	(void)addr;
#endif
}

/* The entry that maps a frame as PAGE_KERNEL; 0: the format has no address for it. */
static inline u64 quire_kernel_entry(const struct pt_format *f, phys_addr_t phys)
{
	u64 bits = pt_leaf_addr_bits(f, 0, phys);

	if ((u64)phys >> f->phys_bits || pt_leaf_addr(f, 0, bits) != phys)
		return 0;
	return this_quire()->kvirt.highmem.kernel_leaf | bits;
}

/* Is the address in the slots of kmap_local, some CPU's? */
static inline bool quire_is_local_slot(uintptr_t addr)
{
	uintptr_t bytes = (uintptr_t)(KM_MAX_IDX * quire_nr_cpus()) << PAGE_SHIFT;

	return this_quire()->kvirt.highmem.cpu && addr - __fix_to_virt(FIX_KMAP_END) < bytes;
}
/* Is it in kmap's window? */
static inline bool quire_is_pkmap_slot(uintptr_t addr)
{
	uintptr_t bytes = (uintptr_t)LAST_PKMAP << PAGE_SHIFT;

	return this_quire()->kvirt.highmem.slots && addr - PKMAP_BASE < bytes;
}

/* ---- kmap_slots.c: kmap()'s slots; all with highmem_state.lock held ---- */

/* The slot that maps the page, used or not yet flushed; -1: none. */
int quire_pkmap_find_locked(const struct page *page);
/*
 * A slot that maps the page, with one user more. -EAGAIN: all slots are in use; -EINVAL: the
 * format has no address for the page; -ENOMEM (in a process): the host has none.
 */
int quire_pkmap_get_locked(struct page *page);
/* One user less; how many are left, or -1 if there was none. */
int quire_pkmap_put_locked(const struct page *page);
/* Where the page is mapped for its users, or NULL: page_address() of highmem. Takes the lock. */
void *quire_pkmap_address(const struct page *page);
/* The chain of the page. */
unsigned int quire_pkmap_bucket(const struct highmem_state *hm, const struct page *page);

#endif
#endif
