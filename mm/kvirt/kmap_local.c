/* SPDX-License-Identifier: MIT */
/*
 * kmap_local.c - pages mapped for a few lines of code, on one CPU.
 *
 * Each CPU has KM_MAX_IDX slots of the fixmap, used as a stack: what is mapped last is
 * unmapped first. So there is no lock and no search, and no other CPU is told: only this one
 * has ever used the address, and its TLB alone must forget it.
 *
 * An interrupt handler may come at any point. It finds `depth` as it is, uses slots from
 * there on, and leaves it as it was. So a slot is ours from the moment that depth says so:
 * depth goes up before the entry is written, and down after it is cleared and flushed. The
 * hooks and the release of pt_write keep the compiler from changing that order.
 */
#include "mm/kvirt/highmem_internal.h"

#if QUIRE_KMAP

#include "mm/kvirt/internal.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

/* Maps a frame on this CPU's next slot. NULL: *why says what is wrong. */
static void *push_local(phys_addr_t phys, u64 entry, unsigned int prot, const char **why)
{
	struct kmap_cpu *cpu = &this_quire()->kvirt.highmem.cpu[this_cpu_id()];
	unsigned int depth = load_relaxed(cpu->depth);
	uintptr_t addr = cpu->first - ((uintptr_t)depth << PAGE_SHIFT);

	*why = "this CPU has no slot left: KM_MAX_IDX pages are mapped";
	if (depth == KM_MAX_IDX)
		return NULL;
	store_relaxed(cpu->depth, depth + 1);
	*why = "the host has no memory for it";
	if (quire_window_show(addr, phys, prot)) {
		store_relaxed(cpu->depth, depth);
		return NULL;
	}
	pt_write(quire_kernel_format(), cpu->pte[depth], entry);
	quire_map_barrier();
	return (void *)addr;
}

/* An entry with other protections than PAGE_KERNEL; 0: the format cannot hold it. */
static u64 entry_of(const struct pt_format *f, pfn_t pfn, pgprot_t prot)
{
	const pgprot_t kernel = PAGE_KERNEL;
	phys_addr_t phys = PFN_PHYS(pfn);
	u64 entry = quire_kernel_entry(f, phys);

	/* A frame number may be too large for an address. */
	if (sizeof(phys) <= sizeof(pfn) && PFN_DOWN(phys) != pfn)
		return 0;
	if (!entry || (prot.prot == kernel.prot && prot.cache == kernel.cache))
		return entry;
	if (prot.cache >= PT_NR_CACHES || !(pt_prot_fit(f, prot.prot) & (PT_READ | PT_EXEC)))
		return 0;
	return pt_make_leaf(f, 0, phys, prot.prot, prot.cache);
}

static void *map_local(pfn_t pfn, pgprot_t prot, const void *caller)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	const char *why = "the fixmap has no room for kmap_local";
	void *addr = NULL;
	u64 entry;

	if (quire_highmem_is_up() && hm->cpu) {
		entry = entry_of(quire_kernel_format(), pfn, prot);
		why = "the format of the page table cannot hold it";
		if (entry)
			addr = push_local(PFN_PHYS(pfn), entry, prot.prot, &why);
	}
	if (__builtin_expect(!addr, 0))
		quire_warn(caller, "kmap_local of page frame 0x%lx: %s", pfn, why);
	return addr;
}

void *__kmap_local_pfn_prot(pfn_t pfn, pgprot_t prot)
{
	return map_local(pfn, prot, __builtin_return_address(0));
}

void *__kmap_local_page_prot(const struct page *page, pgprot_t prot)
{
	return map_local(page_to_pfn(page), prot, __builtin_return_address(0));
}

void *quire_try_kmap_local(const struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	const pgprot_t kernel = PAGE_KERNEL;
	const char *why;
	u64 entry;

	if (!load_acquire(hm->is_up) || !hm->cpu)
		return NULL;
	entry = quire_kernel_entry(quire_kernel_format(), page_to_phys(page));
	return entry ? push_local(page_to_phys(page), entry, kernel.prot, &why) : NULL;
}

/* Why the address is not one that this CPU may unmap now. */
static const char *why_not_unmapped(const struct kmap_cpu *cpu, uintptr_t addr)
{
	if (quire_is_local_slot(addr))
		return cpu->depth ? "it is not the last one that this CPU mapped"
				  : "this CPU has none mapped";
	if (quire_is_pkmap_slot(addr))
		return "it is kmap's: kunmap takes the page";
	return "it is nobody's";
}

void kunmap_local_indexed(const void *addr)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	struct kmap_cpu *cpu = hm->cpu ? &hm->cpu[this_cpu_id()] : NULL;
	uintptr_t page = (uintptr_t)addr & ~(uintptr_t)(PAGE_SIZE - 1);
	unsigned int top = cpu ? cpu->depth - 1 : 0;

	if (WARN(!cpu || !cpu->depth || page != cpu->first - ((uintptr_t)top << PAGE_SHIFT),
		 "kunmap_local of %p: %s", addr, why_not_unmapped(cpu, page)))
		return;
	pt_write(quire_kernel_format(), cpu->pte[top], 0);
	quire_window_hide(page);
	port_tlb_flush(page, PAGE_SIZE, TLB_THIS_CPU);
	store_relaxed(cpu->depth, top);
}

#endif
