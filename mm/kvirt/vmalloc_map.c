/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_map.c - windows onto pages that somebody has already, areas of addresses alone,
 * and what an address of the window means.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/page_annotate.h"

/* Pages that are mapped, or unmapped, while interrupts are off. */
#define BATCH 64

/* Room for `size` bytes and a guard page, with nothing mapped. */
static struct vmap_area *new_area(unsigned long size, const struct vmap_area *like)
{
	struct vmap_request where = { .size = ALIGN_UP(size, PAGE_SIZE) + PAGE_SIZE,
				      .align = PAGE_SIZE,
				      .offset = vmalloc_state()->va_offset };

	/* Is refused as every size that is too large. */
	if (where.size <= size)
		where.size = ALIGN_DOWN(~0UL, PAGE_SIZE);
	return vmap_area_alloc(&where, GFP_KERNEL, like);
}

static void unmap_pages(const struct vmap_area *va, unsigned long pages)
{
	unsigned long done, nr;

	for (done = 0; done < pages; done += nr) {
		nr = min_of(pages - done, (unsigned long)BATCH);
		kernel_unmap_pages(vmap_start(va) + done * PAGE_SIZE, (unsigned int)nr, NULL);
	}
}

/* Of an area of its own only vmap knows that there are no large pages. */
static void free_mapped(struct vmap_area *va)
{
	if (va->is_bare || (va->vm.flags & VM_IOREMAP))
		kernel_unmap(vmap_start(va), vmap_usable(va));
	else
		unmap_pages(va, vmap_usable(va) >> PAGE_SHIFT);
	vmap_area_free_lazy(va);
}

/* ---- vmap ---- */

/* 0; else the error of kernel_map_pages, and nothing is mapped, though TLBs may remember. */
static int map_pages(const struct vmap_area *va, struct page **pages, unsigned int count,
		     pgprot_t prot)
{
	unsigned int done, nr;
	int err = 0;

	for (done = 0; done < count && !err; done += nr) {
		nr = min_of(count - done, (unsigned int)BATCH);
		err = kernel_map_pages(vmap_start(va) + done * PAGE_SIZE, pages + done, nr,
				       prot.prot, prot.cache);
	}
	if (err)
		unmap_pages(va, done);
	return err;
}

/* What is written through the area comes to be defined where the direct map shows it. */
static void annotate_shown(struct page *const *pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; ANNOTATE && i < count; i++)
		annotate_block_open(pages[i], 0);
}

static bool has_null(struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!pages[i])
			return true;
	return false;
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	bool puts = flags & VM_MAP_PUT_PAGES;
	const struct vmap_area like = {
		.vm = { .flags = VM_MAP | (flags & (VM_MAP_PUT_PAGES | VM_USERMAP)),
			.nr_pages = puts ? count : 0,
			.caller = __builtin_return_address(0) },
	};
	struct vmap_area *va;
	int err;

	if (WARN(!count || !pages || has_null(pages, count), "vmap of no pages") ||
	    WARN((unsigned long)count << PAGE_SHIFT >> PAGE_SHIFT != count, "vmap of %u pages",
		 count))
		return NULL;
	va = new_area((unsigned long)count << PAGE_SHIFT, &like);
	if (!va)
		return NULL;
	annotate_shown(pages, count);
	err = map_pages(va, pages, count, prot);
	if (err) {
		pr_err("vmap error: %u pages cannot be mapped (%d)", count, err);
		vmap_area_free_lazy(va);
		return NULL;
	}
	vmap_area_ready(va);
	return va->vm.addr;
}

void vunmap(const void *addr)
{
	struct vmap_area *va;

	if (!addr)
		return;
	va = vmap_area_kill(addr, VM_MAP, VM_MAP_PUT_PAGES | VM_ALLOC | VM_IOREMAP, "vunmap",
			    __builtin_return_address(0));
	if (va)
		free_mapped(va);
}

/* ---- addresses alone ---- */

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	const struct vmap_area like = {
		.vm = { .flags = flags, .caller = __builtin_return_address(0) },
		.is_bare = true,
	};
	struct vmap_area *va;

	if (WARN(!size || (flags & (VM_ALLOC | VM_MAP_PUT_PAGES)),
		 "get_vm_area of size %lu, flags 0x%lx", size, flags))
		return NULL;
	va = new_area(size, &like);
	if (!va)
		return NULL;
	vmap_area_ready(va);
	return &va->vm;
}

void free_vm_area(struct vm_struct *area)
{
	struct vmap_area *va = NULL;

	if (area)
		va = vmap_area_kill(area->addr, 0, VM_ALLOC | VM_MAP_PUT_PAGES, "free_vm_area",
				    __builtin_return_address(0));
	if (va)
		free_mapped(va);
}

/* ---- asking ---- */

struct vm_struct *find_vm_area(const void *addr)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags = spin_lock_irqsave(&vs->lock);
	struct vmap_area *va = vmap_find_locked((uintptr_t)addr);
	bool is_live = va && vmap_state(va) == VMAP_BUSY;

	spin_unlock_irqrestore(&vs->lock, flags);
	return is_live ? &va->vm : NULL;
}

/* The physical address of one in the window; false: it is not mapped. */
static bool lookup(const void *addr, u64 *phys)
{
	const struct pgtable *table = kernel_table_if_made();
	struct pt_entry found;

	if (!table || !is_vmalloc_addr(addr) || pt_lookup(table, kernel_va(addr), &found))
		return false;
	*phys = found.phys;
	return true;
}

struct page *vmalloc_to_page(const void *addr)
{
	u64 phys;

	if (!lookup(addr, &phys) || !pfn_valid(PFN_DOWN(phys)))
		return NULL;
	return phys_to_page((phys_addr_t)phys);
}

pfn_t vmalloc_to_pfn(const void *addr)
{
	u64 phys;

	return lookup(addr, &phys) ? PFN_DOWN(phys) : 0;
}

#endif
