/* SPDX-License-Identifier: MIT */
/*
 * vmap_area_report.c - the areas as reports and crash messages tell of them. Calls no hook of
 * tier 2: a kernel without page tables has the reports too.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"
#include "mm/lib/spinlock.h"

typedef unsigned long long ull;

static void copy_info(const struct vmap_area *va, struct vmap_info *info)
{
	info->vm = va->vm;
	info->state = vmap_state(va);
	info->va = kernel_va(va->vm.addr);
}

bool vmap_area_next(uintptr_t *cursor, struct vmap_info *info)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags = spin_lock_irqsave(&vs->lock);
	struct vmap_area *va = vmap_find_from_locked(*cursor);

	if (va) {
		copy_info(va, info);
		*cursor = vmap_end(va);
	}
	spin_unlock_irqrestore(&vs->lock, flags);
	return va != NULL;
}

/* ---- nodes ---- */

/* Pages whose nodes are counted while interrupts are off. */
#define LOT 1024UL

struct node_count {
	unsigned int first_nid, nr;
	unsigned long *counters;
};

static int count_entry(void *ctx, const struct pt_entry *entry)
{
	struct node_count *c = ctx;
	pfn_t pfn = PFN_DOWN(entry->phys);
	unsigned int index;

	if (entry->kind != PT_LEAF || !pfn_valid(pfn))
		return 0;
	index = (unsigned int)page_to_nid(pfn_to_page(pfn)) - c->first_nid;
	if (index < c->nr)
		c->counters[index] += (unsigned long)(entry->size >> PAGE_SHIFT);
	return 0;
}

void vmap_area_count_nodes(const struct vmap_info *info, unsigned int first_nid, unsigned int nr,
			   unsigned long *counters)
{
	struct kvirt_state *kv = &this_quire()->kvirt;
	const struct pgtable *table = kernel_table_if_made();
	struct node_count c = { first_nid, nr, counters };
	unsigned long size = info->vm.size - PAGE_SIZE, done, bytes;

	for (done = 0; done < size; done += bytes) {
		unsigned long flags = spin_lock_irqsave(&kv->table_lock);
		u32 walk = memmap_walk_begin();

		bytes = min_of(size - done, LOT << PAGE_SHIFT);
		if (table)
			pt_walk_range(table, info->va + done, bytes, count_entry, &c);
		memmap_walk_end(walk);
		spin_unlock_irqrestore(&kv->table_lock, flags);
	}
}

/* ---- text ---- */

static const char *place_of(const struct vmap_info *info, uintptr_t addr)
{
	bool is_guard = addr - (uintptr_t)info->vm.addr >= info->vm.size - PAGE_SIZE;

	if (info->state != VMAP_BUSY && info->state != VMAP_NEW)
		return "in the freed area";
	return is_guard ? "in the guard page of the area" : "in the area";
}

/* The area that holds the address, if any. False if the lock is not to be had. */
static bool find_info(uintptr_t addr, struct vmap_info *info, bool *is_found)
{
	struct vmalloc_state *vs = vmalloc_state();
	const struct vmap_area *va;
	unsigned long flags;

	/* Whoever has crashed with the lock in his hands will not let go of it. */
	if (spin_is_locked(&vs->lock))
		return false;
	flags = spin_lock_irqsave(&vs->lock);
	va = vmap_find_locked(addr);
	if (va)
		copy_info(va, info);
	spin_unlock_irqrestore(&vs->lock, flags);
	*is_found = va != NULL;
	return true;
}

bool vmalloc_explain(const void *addr, char *text, size_t size)
{
	int digits = (int)vmap_va_digits();
	struct vmap_info info;
	bool is_found = false;

	if (!is_vmalloc_addr(addr))
		return false;
	if (!find_info((uintptr_t)addr, &info, &is_found))
		quire_snprintf(text, size,
			       "in the vmalloc window, whose areas are just being changed");
	else if (!is_found)
		quire_snprintf(text, size, "in the vmalloc window, in no area");
	else
		quire_snprintf(
			text, size, "%s 0x%0*llx-0x%0*llx of the vmalloc window, made by 0x%lx",
			place_of(&info, (uintptr_t)addr), digits, (ull)info.va, digits,
			(ull)(info.va + info.vm.size), (unsigned long)(uintptr_t)info.vm.caller);
	return true;
}

#endif
