/* SPDX-License-Identifier: MIT */
/*
 * fixmap.c - pages mapped at addresses that were fixed when the kernel was linked.
 *
 * Each change goes through kernel_map and kernel_unmap: these slots are set a few times in
 * the life of a machine, and early in it, so they need neither tables of their own nor a
 * lock. The slots of kmap_local are in the same window and are kmap_local.c's.
 */
#include <quire/fixmap.h>

#include "mm/kvirt/internal.h"

#if CONFIG_MMU

#include <quire/port.h>

#include "mm/lib/log.h"

static size_t fixmap_pages(void)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;

	return (layout->fixmap_end - layout->fixmap_start) >> PAGE_SHIFT;
}

unsigned long fix_to_virt(unsigned int idx)
{
	if (WARN(idx >= fixmap_pages(), "fix_to_virt of slot %u: the window has %zu", idx,
		 fixmap_pages()))
		return 0;
	return __fix_to_virt(idx);
}

long virt_to_fix(unsigned long addr)
{
	if (WARN(addr - FIXADDR_START >= FIXADDR_SIZE,
		 "virt_to_fix of 0x%lx, which is not in the fixmap", addr))
		return -EINVAL;
	return (long)__virt_to_fix(addr);
}

/* Why the slot may not be changed by its number; NULL: it may. */
static const char *why_not_set(unsigned int idx)
{
	if (idx >= fixmap_pages())
		return "the window does not have it";
	if (idx >= FIX_KMAP_BEGIN && idx < __end_of_fixed_addresses)
		return "it is one of kmap_local's";
	return NULL;
}

/* What the slot shows now; false: nothing, or there is no table. */
static bool look_up(uintptr_t addr, struct pt_entry *found)
{
	struct pgtable *table = kernel_pgtable();

	return table && !pt_lookup(table, kernel_va((void *)addr), found);
}

static void unmap_slot(uintptr_t addr)
{
	kernel_unmap(addr, PAGE_SIZE);
	port_tlb_flush(addr, PAGE_SIZE, 0);
}

int __set_fixmap(unsigned int idx, phys_addr_t phys, pgprot_t prot)
{
	const char *why = why_not_set(idx);
	struct pt_entry old;
	uintptr_t addr;
	bool has_old;
	int err;

	if (WARN(why, "set_fixmap of slot %u: %s", idx, why))
		return -EINVAL;
	addr = __fix_to_virt(idx);
	has_old = look_up(addr, &old);
	if (has_old)
		unmap_slot(addr);
	err = kernel_map(addr, phys & ~(phys_addr_t)(PAGE_SIZE - 1), PAGE_SIZE, prot.prot, prot.cache);
	if (err && has_old)
		WARN(kernel_map(addr, (phys_addr_t)old.phys, PAGE_SIZE, old.prot, old.cache),
		     "set_fixmap of slot %u: what it showed cannot be mapped again", idx);
	return err;
}

unsigned long __set_fixmap_offset(unsigned int idx, phys_addr_t phys, pgprot_t prot)
{
	if (__set_fixmap(idx, phys, prot))
		return 0;
	return __fix_to_virt(idx) + (unsigned long)(phys & (PAGE_SIZE - 1));
}

int clear_fixmap(unsigned int idx)
{
	const char *why = why_not_set(idx);
	struct pt_entry found;

	if (WARN(why, "clear_fixmap of slot %u: %s", idx, why))
		return -EINVAL;
	if (look_up(__fix_to_virt(idx), &found))
		unmap_slot(__fix_to_virt(idx));
	return 0;
}

#endif
