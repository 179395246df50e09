/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.c - memory that is contiguous in virtual addresses: pages from anywhere, mapped
 * side by side.
 *
 * What takes a long time for a large area is done in lots of BATCH pages: taken from
 * the page allocator in one call, mapped under one lock of the kernel's table, and the
 * same backwards. Nobody keeps a list of an area's pages: the page table is that list.
 *
 * An allocation that fails in the middle is undone by the same code that frees an area:
 * what is mapped by then is unmapped, and its addresses wait for the next flush.
 *
 * Pages are cleared by the page allocator. On a machine with highmem, where that would mean
 * to map each page for it, the area is cleared through its own mapping once it is there.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include <quire/kmemleak.h>

#include "mm/kvirt/internal.h"
#include "mm/lib/annotate.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/page_annotate.h"

typedef unsigned long long ull;

/* 512 bytes of pointers on the stack. */
#define BATCH 64

#define KERNEL_PROT (PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY)

/* An allocation under way. */
struct vmalloc_request {
	unsigned long bytes; /* as they were asked for */
	unsigned long size;  /* of the area, whole pages, without the guard page */
	unsigned long flags; /* vm_struct.flags */
	gfp_t gfp;
	int nid;
	const void *caller;
};

int vmalloc_init(void)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	struct vmalloc_state *vs = vmalloc_state();

	if (!layout->format || layout->vmalloc_end <= layout->vmalloc_start) {
		pr_info("vmalloc_init: this machine has no vmalloc window");
		return 0;
	}
	vs->start = layout->vmalloc_start;
	vs->end = layout->vmalloc_end;
	vs->va_offset = (uintptr_t)kernel_va((void *)vs->start) - vs->start;
	vs->lazy_max = fls_long(quire_nr_cpus()) * ((32UL << 20) >> PAGE_SHIFT);
	pr_info("vmalloc_init: 0x%llx-0x%llx, TLBs are flushed for %lu pages at once",
		(ull)kernel_va((void *)vs->start), (ull)kernel_va((void *)vs->end), vs->lazy_max);
	return 0;
}

/* ---- what error checkers of the process are told: mm/lib/annotate.h ---- */

/* The bytes behind what was asked for, up to the guard page, are nobody's, unless users see pages. */
static void annotate_area_taken(const struct vmalloc_request *r, const struct vmap_area *va, bool is_cleared)
{
	char *addr = va->vm.addr;

	if (!is_cleared)
		annotate_undefined(addr, r->bytes);
	if (!(r->flags & VM_USERMAP))
		annotate_noaccess(addr + r->bytes, r->size - r->bytes);
}

/* The last page as it was: the addresses may be shown for something else next. */
static void annotate_area_freed(const struct vmap_area *va)
{
	annotate_defined((char *)va->vm.addr + vmap_usable(va) - PAGE_SIZE, PAGE_SIZE);
}

/* The pages are written through the area: seen in the direct map they are defined. */
static void annotate_shown(struct page *const *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; ANNOTATE && i < nr; i++)
		annotate_block_open(pages[i], 0);
}

/* ---- pages of an area, taken and mapped ---- */

/* Backwards: what a CPU freed last it gets first, so neighbours come out in order again. */
static void free_pages_of(struct page **pages, unsigned int nr)
{
	while (nr)
		__free_page(pages[--nr]);
}

/* Up to BATCH single pages into the area at `addr`. 0; -ENOMEM, and none is there. */
static int fill_batch(const struct vmalloc_request *r, uintptr_t addr, unsigned int nr)
{
	struct page *pages[BATCH];
	unsigned long got;
	int err = -ENOMEM;

	memset(pages, 0, nr * sizeof(*pages));
	got = alloc_pages_bulk_array_node(r->gfp, r->nid, nr, pages);
	annotate_shown(pages, (unsigned int)got);
	if (got == nr)
		err = kernel_map_pages(addr, pages, nr, KERNEL_PROT, PT_CACHE_WB);
	if (err)
		free_pages_of(pages, (unsigned int)got);
	return err;
}

static int fill_small(const struct vmalloc_request *r, uintptr_t addr, unsigned long size)
{
	unsigned long done, bytes;
	int err = 0;

	for (done = 0; done < size && !err; done += bytes) {
		bytes = min_of(size - done, BATCH * PAGE_SIZE);
		err = fill_batch(r, addr + done, (unsigned int)(bytes >> PAGE_SHIFT));
	}
	return err;
}

/* One large page at `addr`. 0; -ENOMEM: there is no such block, or it cannot be mapped so. */
static int fill_large(const struct vmalloc_request *r, uintptr_t addr, unsigned int order)
{
	/* There is another way: no line in the log, no last resort. */
	gfp_t gfp = (r->gfp & ~__GFP_NOFAIL) | __GFP_NOWARN | __GFP_NORETRY;
	struct page *page = alloc_pages_node(r->nid, gfp, order);
	unsigned long i;
	int err;

	if (!page)
		return -ENOMEM;
	split_page(page, order);
	annotate_block_open(page, order);
	err = kernel_map(addr, page_to_phys(page), PAGE_SIZE << order, KERNEL_PROT, PT_CACHE_WB);
	for (i = 0; err && i < 1UL << order; i++)
		__free_page(page + i);
	return err;
}

/* All pages of a new area. 0; -ENOMEM: some may be there. */
static int fill(const struct vmalloc_request *r, const struct vmap_area *va)
{
	uintptr_t addr = vmap_start(va), end = addr + r->size;
	unsigned long large = va->vm.page_order ? PAGE_SIZE << va->vm.page_order : 0;
	int err = 0;

	if (large)
		kernel_free_tables(addr, r->size);
	for (; large && end - addr >= large && !err; addr += large)
		if (fill_large(r, addr, va->vm.page_order))
			err = fill_small(r, addr, large);
	return err ? err : fill_small(r, addr, end - addr);
}

/* ---- pages of an area, unmapped and given back ---- */

/* The large page that is mapped at `addr`, if one is, is unmapped and its pages are freed. */
static bool empty_large(uintptr_t addr, unsigned int order)
{
	const struct pgtable *table = kernel_table_if_made();
	struct pt_entry found;
	struct page *page;
	unsigned long i;

	if (!table || pt_lookup(table, kernel_va((void *)addr), &found) || !found.level)
		return false;
	page = phys_to_page((phys_addr_t)found.phys);
	kernel_unmap(addr, PAGE_SIZE << order);
	for (i = 0; i < 1UL << order; i++)
		__free_page(page + i);
	return true;
}

static void empty_small(uintptr_t addr, unsigned long size)
{
	struct page *pages[BATCH];
	unsigned long bytes;

	for (; size; size -= bytes, addr += bytes) {
		unsigned int nr;

		bytes = min_of(size, BATCH * PAGE_SIZE);
		nr = kernel_unmap_pages(addr, (unsigned int)(bytes >> PAGE_SHIFT), pages);
		free_pages_of(pages, nr);
	}
}

/* Unmaps what is mapped in the area, drops a reference of each page, lets go of the addresses. */
static void free_area(struct vmap_area *va)
{
	uintptr_t addr = vmap_start(va), end = addr + vmap_usable(va);
	unsigned long large = va->vm.page_order ? PAGE_SIZE << va->vm.page_order : 0;

	annotate_area_freed(va);
	for (; large && end - addr >= large; addr += large)
		if (!empty_large(addr, va->vm.page_order))
			empty_small(addr, large);
	empty_small(addr, end - addr);
	vmap_area_free_lazy(va);
}

/* ---- the calls ---- */

static void say_failed(const struct vmalloc_request *r, const char *why)
{
	if (!(r->gfp & __GFP_NOWARN))
		pr_err("vmalloc error: size %lu, %s", r->size, why);
}

/* Does the page allocator clear the pages, or is it done once they are mapped? */
static bool clears_when_mapped(const struct vmalloc_request *r)
{
	return (r->gfp & __GFP_ZERO) && (r->gfp & __GFP_HIGHMEM) && max_low_pfn < max_pfn;
}

static void *vmalloc_pages(struct vmalloc_request *r)
{
	unsigned int order = r->flags & VM_ALLOW_HUGE_VMAP ? kernel_large_order() : 0;
	bool clears = clears_when_mapped(r), is_cleared = r->gfp & __GFP_ZERO;
	struct vmap_request where = { .size = r->size + PAGE_SIZE,
				      .align = PAGE_SIZE,
				      .offset = vmalloc_state()->va_offset };
	struct vmap_area like = {
		.vm = { .flags = r->flags,
			.caller = r->caller,
			.nr_pages = (unsigned int)(r->size >> PAGE_SHIFT) },
	};
	struct vmap_area *va;

	if (order && r->size >= PAGE_SIZE << order) {
		like.vm.page_order = order;
		where.align <<= order;
	}
	va = vmap_area_alloc(&where, r->gfp, &like);
	if (!va)
		return NULL;
	if (clears)
		r->gfp &= ~__GFP_ZERO;
	if (fill(r, va)) {
		say_failed(r, "failed to allocate pages");
		free_area(va);
		return NULL;
	}
	if (clears)
		memset(va->vm.addr, 0, r->size);
	annotate_area_taken(r, va, is_cleared);
	count_add(&vmalloc_state()->nr_pages, like.vm.nr_pages);
	kmemleak_vmalloc_for(&va->vm, r->size, r->gfp, r->caller);
	vmap_area_ready(va);
	return va->vm.addr;
}

/* Checks the size, fits the flags, and allocates. */
static void *do_vmalloc(unsigned long size, unsigned long flags, gfp_t gfp, int nid,
			const void *caller)
{
	struct vmalloc_request r = {
		.bytes = size,
		.size = ALIGN_UP(size, PAGE_SIZE),
		.flags = VM_ALLOC | flags,
		/* The pages are single ones, and the mapping pins them. */
		.gfp = gfp & ~(__GFP_COMP | __GFP_MOVABLE),
		.nid = nid,
		.caller = caller,
	};

	if (!size) {
		quire_warn(caller, "vmalloc of size 0");
		return NULL;
	}
	if (!(gfp & (__GFP_DMA | __GFP_DMA32)))
		r.gfp |= __GFP_HIGHMEM;
	if (r.size < size || r.size >> PAGE_SHIFT > totalram_pages()) {
		r.size = size;
		say_failed(&r, "exceeds total pages");
		return NULL;
	}
	return vmalloc_pages(&r);
}

#define CALLER __builtin_return_address(0)

void *vmalloc(unsigned long size)
{
	return do_vmalloc(size, 0, GFP_KERNEL, NUMA_NO_NODE, CALLER);
}

void *vzalloc(unsigned long size)
{
	return do_vmalloc(size, 0, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *vmalloc_node(unsigned long size, int nid)
{
	return do_vmalloc(size, 0, GFP_KERNEL, nid, CALLER);
}

void *vzalloc_node(unsigned long size, int nid)
{
	return do_vmalloc(size, 0, GFP_KERNEL | __GFP_ZERO, nid, CALLER);
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	return do_vmalloc(size, 0, gfp, NUMA_NO_NODE, CALLER);
}

void *vmalloc_for(unsigned long size, gfp_t gfp, int nid, const void *caller)
{
	return do_vmalloc(size, 0, gfp, nid, caller);
}

void *vmalloc_user(unsigned long size)
{
	return do_vmalloc(size, VM_USERMAP, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *vmalloc_huge(unsigned long size, gfp_t gfp)
{
	return do_vmalloc(size, VM_ALLOW_HUGE_VMAP, gfp, NUMA_NO_NODE, CALLER);
}

void vfree(const void *addr)
{
	struct vmap_area *va;

	if (!addr)
		return;
	va = vmap_area_kill(addr, VM_ALLOC | VM_MAP_PUT_PAGES, VM_IOREMAP, "vfree", CALLER);
	if (!va)
		return;
	kmemleak_vfree(&va->vm);
	if (va->vm.flags & VM_ALLOC)
		count_add(&vmalloc_state()->nr_pages, -(unsigned long)va->vm.nr_pages);
	free_area(va);
}

#endif
