/* SPDX-License-Identifier: MIT */
/*
 * percpu_query.c - whose copy of what is at an address.
 */
#include "mm/kvirt/percpu_internal.h"

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

bool is_kernel_percpu_address(uintptr_t addr)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	size_t offset = addr - ps->static_start;

	if (CONFIG_SMP && offset < percpu_chunk_size())
		offset %= ps->unit_size;
	return offset < ps->static_size;
}

bool is_percpu_address(uintptr_t addr)
{
	struct percpu_state *ps = &this_quire()->percpu;
	unsigned long flags;
	bool found;

	if (is_kernel_percpu_address(addr))
		return true;
	flags = spin_lock_irqsave(&ps->lock);
	found = percpu_chunk_find(addr);
	spin_unlock_irqrestore(&ps->lock, flags);
	return found;
}

/* The physical address of what lies in a chunk. */
static phys_addr_t phys_in_chunk(const struct percpu_chunk *chunk, uintptr_t addr)
{
	size_t offset = addr - (uintptr_t)chunk->base;

	if (chunk->pages)
		return page_to_phys(chunk->pages[offset >> PAGE_SHIFT]) + (offset & ~PAGE_MASK);
	if (chunk->backing == PERCPU_BOOT && (this_quire()->boot.flags & MACHINE_AS_DUMPED))
		return PHYS_ADDR_MAX;
	return virt_to_phys((void *)addr);
}

phys_addr_t per_cpu_ptr_to_phys(void *addr)
{
	struct percpu_state *ps = &this_quire()->percpu;
	unsigned long flags = spin_lock_irqsave(&ps->lock);
	const struct percpu_chunk *chunk = percpu_chunk_find((uintptr_t)addr);
	phys_addr_t phys = chunk ? phys_in_chunk(chunk, (uintptr_t)addr) : PHYS_ADDR_MAX;

	spin_unlock_irqrestore(&ps->lock, flags);
#if !CONFIG_SMP
	if (!chunk && is_kernel_percpu_address((uintptr_t)addr))
		return virt_to_phys(addr);
#endif
	WARN(!chunk, "per_cpu_ptr_to_phys: %p is no CPU's copy of anything", addr);
	return phys;
}
