/* SPDX-License-Identifier: MIT */
/*
 * ioremap.c - windows onto physical addresses that are no memory of ours: device registers,
 * frame buffers, tables of the firmware.
 *
 * The address is chosen so that it has the same place in a large page as the physical one,
 * if the range is that long: then large pages fit. All checks come first; the one that
 * takes part with others, for the cache type, is made when the area enters the tree of
 * physical ranges (vmap_area_phys.c).
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

typedef unsigned long long ull;

/* So much is mapped while interrupts are off. */
#define STEP ((uintptr_t)4 << 20)

/* A mapping to be made: whole pages. */
struct io_range {
	phys_addr_t phys, last;
	pgprot_t prot;
};

static size_t io_size(const struct io_range *r)
{
	return (size_t)(r->last - r->phys + 1);
}

/* ---- what is refused ---- */

/* Frames of a largest block that nobody has touched since boot are free: nothing says so. */
static bool is_ram_in_use(pfn_t pfn)
{
	u32 walk = memmap_walk_begin();
	const struct page *page = pfn_to_online_page(pfn);
	bool in_use = page ? !PageReserved(page) : pfn_valid(pfn);

	memmap_walk_end(walk);
	return in_use;
}

/* Does the page allocator own a page of the range? */
static bool has_ram(const struct io_range *r)
{
	pfn_t pfn = PFN_DOWN(r->phys), last = PFN_DOWN(r->last), next;

	for (; pfn <= last; pfn = next) {
		next = pfn + 1;
		if (!pfn_valid(pfn))
			next = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
		else if (is_ram_in_use(pfn))
			return true;
		if (next < pfn)
			break; /* the last block of all */
	}
	return false;
}

static const char *why_not_map(phys_addr_t phys, size_t size, const struct io_range *r)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;
	phys_addr_t last = phys + (size - 1);

	if (!size || last < phys)
		return "the range is empty or wraps";
	if (!f || !VMALLOC_TOTAL)
		return "there is no vmalloc window";
	if ((u64)r->last >> f->phys_bits || last >= this_quire()->geo.phys_end)
		return "no such physical address";
	if (r->last - r->phys > (phys_addr_t)(VMALLOC_TOTAL - 1))
		return "the vmalloc window is smaller";
	if (!(pt_prot_fit(f, r->prot.prot) & (PT_READ | PT_EXEC)) || r->prot.cache >= PT_NR_CACHES)
		return "no such protections";
	return has_ram(r) ? "RAM of the page allocator" : NULL;
}

/* ---- mapping ---- */

/*
 * Registers the area's range and cache type. False if another has a type that contradicts; an
 * area that is only waiting for a purge is purged first.
 */
static bool claim_range(struct vmap_area *va)
{
	struct vmalloc_state *vs = vmalloc_state();
	phys_addr_t phys = va->vm.phys_addr, last = phys + (vmap_usable(va) - 1);
	unsigned int turn;

	for (turn = 0; turn < 2; turn++) {
		unsigned long flags = spin_lock_irqsave(&vs->lock);
		struct vmap_area *other = vmap_phys_conflict_locked(phys, last, va->cache);
		bool is_lazy = other && vmap_state(other) == VMAP_LAZY;

		if (!other)
			vmap_phys_insert_locked(va);
		spin_unlock_irqrestore(&vs->lock, flags);
		if (!other)
			return true;
		if (!is_lazy)
			break;
		vm_unmap_aliases();
	}
	return false;
}

/* The cache type that the format makes of this. */
static enum pt_cache fitted_cache(const struct io_range *r)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;

	return pt_leaf_cache(f, 0, pt_make_leaf(f, 0, r->phys, r->prot.prot, r->prot.cache));
}

static struct vmap_area *new_io_area(const struct io_range *r, const void *caller)
{
	const struct vmap_area like = {
		.vm = { .flags = VM_IOREMAP, .phys_addr = r->phys, .caller = caller },
		.cache = (unsigned char)fitted_cache(r),
	};
	unsigned long large = PAGE_SIZE << kernel_large_order();
	struct vmap_request where = { .size = io_size(r) + PAGE_SIZE,
				      .align = PAGE_SIZE,
				      .offset = vmalloc_state()->va_offset - (uintptr_t)r->phys };

	if (io_size(r) >= large)
		where.align = large;
	return vmap_area_alloc(&where, GFP_KERNEL, &like);
}

/* 0, or an error of kernel_map, and nothing is mapped, though TLBs may remember. */
static int map_io(const struct vmap_area *va, const struct io_range *r)
{
	uintptr_t start = vmap_start(va), end = start + vmap_usable(va), addr = start, next;
	int err = 0;

	kernel_free_tables(start, end - start);
	for (; addr < end && !err; addr = next) {
		/* Up to where the machine's address is a multiple of STEP. */
		next = addr + STEP - ((addr + vmalloc_state()->va_offset) & (STEP - 1));
		if (next > end || next < addr)
			next = end;
		err = kernel_map(addr, r->phys + (addr - start), next - addr, r->prot.prot,
				 r->prot.cache);
	}
	if (err && addr > start)
		kernel_unmap(start, addr - start);
	return err;
}

static void *map_range(const struct io_range *r, const void *caller)
{
	struct vmap_area *va = new_io_area(r, caller);
	int err;

	if (!va)
		return NULL;
	if (!claim_range(va)) {
		vmap_area_free_now(va);
		quire_warn(caller,
			   "ioremap of 0x%llx-0x%llx, refused: mapped with another cache type",
			   (ull)r->phys, (ull)r->last);
		return NULL;
	}
	err = map_io(va, r);
	if (err) {
		pr_err("ioremap of 0x%llx-0x%llx failed (%d)", (ull)r->phys, (ull)r->last, err);
		vmap_area_free_lazy(va);
		return NULL;
	}
	vmap_area_ready(va);
	return va->vm.addr;
}

static void *do_ioremap(phys_addr_t phys, size_t size, pgprot_t prot, const void *caller)
{
	const phys_addr_t in_page = PAGE_SIZE - 1;
	const struct io_range range = { phys & ~in_page, (phys + (size - 1)) | in_page, prot };
	const char *why = why_not_map(phys, size, &range);
	char *addr;

	if (why) {
		quire_warn(caller, "ioremap of 0x%llx, 0x%llx bytes, refused: %s", (ull)phys,
			   (ull)size, why);
		return NULL;
	}
	addr = map_range(&range, caller);
	return addr ? addr + (phys & in_page) : NULL;
}

/* ---- the calls ---- */

#define DEVICE(cache) ((pgprot_t){ PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY, cache })
#define CALLER __builtin_return_address(0)

void *ioremap(phys_addr_t phys, size_t size)
{
	return do_ioremap(phys, size, DEVICE(PT_CACHE_UC), CALLER);
}

void *ioremap_wc(phys_addr_t phys, size_t size)
{
	return do_ioremap(phys, size, DEVICE(PT_CACHE_WC), CALLER);
}

void *ioremap_wt(phys_addr_t phys, size_t size)
{
	return do_ioremap(phys, size, DEVICE(PT_CACHE_WT), CALLER);
}

void *ioremap_cache(phys_addr_t phys, size_t size)
{
	return do_ioremap(phys, size, DEVICE(PT_CACHE_WB), CALLER);
}

void *ioremap_prot(phys_addr_t phys, size_t size, pgprot_t prot)
{
	return do_ioremap(phys, size, prot, CALLER);
}

void iounmap(const volatile void *addr)
{
	void *start = (void *)ALIGN_DOWN((uintptr_t)addr, PAGE_SIZE);
	struct vmap_area *va;

	if (!addr)
		return;
	va = vmap_area_kill(start, VM_IOREMAP, VM_ALLOC | VM_MAP, "iounmap", CALLER);
	if (!va)
		return;
	kernel_unmap(vmap_start(va), vmap_usable(va));
	vmap_area_free_lazy(va);
}

#endif
