/* SPDX-License-Identifier: MIT */
/*
 * memblock_alloc.c - the search for free memory, and allocation.
 *
 * An allocation reserves the first free range that fits, from the top or, bottom-up, from
 * the bottom. What it wishes for is given up step by step:
 *
 *	1. mirrored memory (if there is any) of the node that was named
 *	2. mirrored memory of any node (unless exact_nid)
 *	3. any memory of the node        after a warning that it is not mirrored
 *	4. any memory of any node
 *	5. the same again from address 0 (only those that return an address in the direct map)
 */
#include <quire/fault.h>
#include <quire/kmemleak.h>

#include "mm/boot/boot_annotate.h"
#include "mm/boot/memblock_internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"

/* ---- search ---- */

static phys_addr_t find_bottom_up(const struct memblock_request *req, int nid,
				  enum memblock_flags flags)
{
	phys_addr_t start, end;
	u64 i;

	for_each_free_mem_range(i, nid, flags, &start, &end, NULL) {
		phys_addr_t base;

		start = max_of(start, req->start);
		end = min_of(end, req->end);
		base = ALIGN_UP(start, req->align);
		/* base is below start if rounding up went over the top */
		if (base >= start && base < end && end - base >= req->size)
			return base;
	}
	return 0;
}

static phys_addr_t find_top_down(const struct memblock_request *req, int nid,
				 enum memblock_flags flags)
{
	phys_addr_t start, end;
	u64 i;

	for_each_free_mem_range_reverse(i, nid, flags, &start, &end, NULL) {
		phys_addr_t base;

		start = max_of(start, req->start);
		end = min_of(end, req->end);
		if (start >= end || end - start < req->size)
			continue;
		base = ALIGN_DOWN(end - req->size, req->align);
		if (base >= start)
			return base;
	}
	return 0;
}

phys_addr_t memblock_find_free(const struct memblock_request *req, int nid,
			       enum memblock_flags flags)
{
	struct memblock_request bounded = *req;

	if (req->end == MEMBLOCK_ALLOC_ACCESSIBLE || req->end == MEMBLOCK_ALLOC_NOLEAKTRACE)
		bounded.end = memblock.current_limit;
	/* 0 says that nothing was found: so the page at address 0 is never found */
	bounded.start = max_of(req->start, (phys_addr_t)PAGE_SIZE);
	if (memblock_bottom_up())
		return find_bottom_up(&bounded, nid, flags);
	return find_top_down(&bounded, nid, flags);
}

/* ---- allocation ---- */

static phys_addr_t find_by_node(const struct memblock_request *req, enum memblock_flags flags)
{
	phys_addr_t base = memblock_find_free(req, req->nid, flags);

	if (base || req->nid == NUMA_NO_NODE || req->exact_nid)
		return base;
	return memblock_find_free(req, NUMA_NO_NODE, flags);
}

static phys_addr_t allocate(const struct memblock_request *req)
{
	phys_addr_t base = 0;

	if (memblock_has_mirror()) {
		base = find_by_node(req, MEMBLOCK_MIRROR);
		if (!base)
			pr_warn("Could not allocate 0x%llx bytes of mirrored memory",
				(unsigned long long)req->size);
	}
	if (!base)
		base = find_by_node(req, MEMBLOCK_NONE);
	if (!base)
		return 0;
	if (memblock_add_range(&memblock.reserved, base, req->size, NUMA_NO_NODE, MEMBLOCK_NONE))
		return 0;
	boot_annotate_alloc(base, req->size);
	return base;
}

/*
 * The door: every allocation comes through here once. False, after a warning that names
 * the caller if it is to blame, when there is nothing to be had.
 */
static bool admit(struct memblock_request *req, const char *call, const void *caller)
{
	if (memblock_state()->debug)
		pr_info("%s: %llu bytes align=0x%llx nid=%d from=0x%llx max_addr=0x%llx %p", call,
			(unsigned long long)req->size, (unsigned long long)req->align, req->nid,
			(unsigned long long)req->start, (unsigned long long)req->end, caller);
	if (this_quire()->phase > PHASE_MEMBLOCK) {
		quire_warn(caller, "%s: memblock is closed, %s has its memory", call,
			   this_quire()->phase == PHASE_BOOTMEM ? "bootmem" : "the page allocator");
		return false;
	}
	if (!req->size) {
		quire_warn(caller, "%s: a block of 0 bytes", call);
		return false;
	}
	if (!req->align) {
		quire_warn(caller, "%s: no alignment, %d taken", call, SMP_CACHE_BYTES);
		req->align = SMP_CACHE_BYTES;
	}
	if (!is_power_of_2(req->align)) {
		quire_warn(caller, "%s: alignment 0x%llx is no power of two", call,
			   (unsigned long long)req->align);
		return false;
	}
	req->nid = memblock_known_nid(req->nid);
	return !should_fail_alloc();
}

static void announce(phys_addr_t base, phys_addr_t size, phys_addr_t end, const void *caller)
{
	if (base && end != MEMBLOCK_ALLOC_NOLEAKTRACE)
		kmemleak_alloc_phys_for(base, (size_t)size, 0, caller);
}

static phys_addr_t allocate_phys(struct memblock_request req, const char *call, const void *caller)
{
	phys_addr_t base = admit(&req, call, caller) ? allocate(&req) : 0;

	announce(base, req.size, req.end, caller);
	return base;
}

/* For those that return an address in the direct map: within it, and min_addr is a wish. */
static void *allocate_mapped(struct memblock_request req, const char *call, const void *caller)
{
	phys_addr_t base, limit = memblock_mapped_end(), end = req.end;

	if (!admit(&req, call, caller))
		return NULL;
	if (req.end == MEMBLOCK_ALLOC_ACCESSIBLE || req.end == MEMBLOCK_ALLOC_NOLEAKTRACE ||
	    req.end > limit)
		req.end = limit;
	base = allocate(&req);
	if (!base && req.start) {
		req.start = MEMBLOCK_LOW_LIMIT;
		base = allocate(&req);
	}
	announce(base, req.size, end, caller);
	return base ? phys_to_virt(base) : NULL;
}

phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid)
{
	struct memblock_request req = { size, align, start, end, nid, exact_nid };

	return allocate_phys(req, "memblock_alloc_range_nid", __builtin_return_address(0));
}

phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end)
{
	struct memblock_request req = { size, align, start, end, NUMA_NO_NODE, false };

	return allocate_phys(req, "memblock_phys_alloc_range", __builtin_return_address(0));
}

phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
{
	struct memblock_request req = { size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid, false };

	return allocate_phys(req, "memblock_phys_alloc_try_nid", __builtin_return_address(0));
}

void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid)
{
	struct memblock_request req = { size, align, min_addr, max_addr, nid, true };

	return allocate_mapped(req, "memblock_alloc_exact_nid_raw", __builtin_return_address(0));
}

void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid)
{
	struct memblock_request req = { size, align, min_addr, max_addr, nid, false };

	return allocate_mapped(req, "memblock_alloc_try_nid_raw", __builtin_return_address(0));
}

void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid)
{
	struct memblock_request req = { size, align, min_addr, max_addr, nid, false };
	void *ptr = allocate_mapped(req, "memblock_alloc_try_nid", __builtin_return_address(0));

	if (ptr)
		memset(ptr, 0, (size_t)size);
	return ptr;
}
