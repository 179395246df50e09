/* SPDX-License-Identifier: MIT */
/*
 * cma.c - contiguous memory areas.
 *
 * Theory. A camera wants 16 MB in one piece, once a day. Memory that is kept for it alone is lost
 * for the rest of the day; memory that is not kept is in pieces when it is wanted. So the area is
 * set aside at boot, and its page blocks become MIGRATE_CMA: the page allocator hands their
 * pages out, but only to requests for movable pages, whose contents can go elsewhere when the
 * device needs the frames.
 *
 *   boot      memblock reserves the range: whole page blocks of one zone
 *   hand-over its frames stay reserved; then each page block becomes MIGRATE_CMA and free
 *   lent      movable requests take from it when more than half of what the zone has free lies
 *             here, or when there is nothing else of their own (buddy.c); watermarks do
 *             not count it for requests that may not have it (watermark.c)
 *   cma_alloc finds a gap in the bitmap, and has that range emptied and taken (cma_alloc.c)
 *
 * The first areas are made while the boot has one CPU; afterwards the list does not change.
 */
#include <quire/cma.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

typedef unsigned long long ull;

/* ---- what is known of an area ---- */

phys_addr_t cma_get_base(const struct cma *cma)
{
	return PFN_PHYS(cma->base_pfn);
}

unsigned long cma_get_size(const struct cma *cma)
{
	return cma->count << PAGE_SHIFT;
}

const char *cma_get_name(const struct cma *cma)
{
	return cma ? cma->name : "(undefined)";
}

int cma_for_each_area(int (*it)(struct cma *cma, void *data), void *data)
{
	struct cma *cma;
	int ret = 0;

	for (cma = this_quire()->page.cma_areas; cma && !ret; cma = cma->next)
		ret = it(cma, data);
	return ret;
}

/* ---- declaring ---- */

static phys_addr_t least_alignment(void)
{
	return (phys_addr_t)pageblock_nr_pages << PAGE_SHIFT;
}

static void name_area(struct cma *cma, const char *name)
{
	const struct cma *each;
	unsigned int nr = 0;

	for (each = this_quire()->page.cma_areas; each; each = each->next)
		nr++;
	if (name)
		quire_snprintf(cma->name, sizeof(cma->name), "%s", name);
	else
		quire_snprintf(cma->name, sizeof(cma->name), "cma%u", nr);
}

static struct cma *new_area(pfn_t base, unsigned long count, unsigned int order_per_bit)
{
	size_t bitmap_size = BITS_TO_LONGS(count >> order_per_bit) * sizeof(long);
	/* In one piece: nothing is left over if there is no memory for it. */
	struct cma *cma = boot_alloc(sizeof(*cma) + bitmap_size, sizeof(u64), NUMA_NO_NODE, "a CMA area");

	if (!cma)
		return NULL;
	cma->base_pfn = base;
	cma->count = count;
	cma->order_per_bit = order_per_bit;
	cma->bitmap = (unsigned long *)(void *)(cma + 1);
	return cma;
}

static bool may_declare(const char *call, const void *caller)
{
	if (this_quire()->phase == PHASE_MEMBLOCK)
		return true;
	quire_warn(caller, "%s: memblock hands out no memory now", call);
	return false;
}

static bool is_of_an_area(pfn_t start, pfn_t end)
{
	const struct cma *cma;

	for (cma = this_quire()->page.cma_areas; cma; cma = cma->next)
		if (start < cma->base_pfn + cma->count && cma->base_pfn < end)
			return true;
	return false;
}

/* All of it: what is not would be free twice. */
static bool is_all_reserved(phys_addr_t base, phys_addr_t size)
{
	unsigned long i;

	for (i = 0; size && i < memblock.reserved.cnt; i++) {
		const struct memblock_region *region = &memblock.reserved.regions[i];
		phys_addr_t part;

		if (base < region->base || base - region->base >= region->size)
			continue;
		part = min_of(size, region->size - (base - region->base));
		base += part;
		size -= part;
	}
	return !size;
}

static int init_reserved(phys_addr_t base, phys_addr_t size, unsigned int order_per_bit, const char *name,
			 struct cma **res_cma)
{
	struct cma **link = &this_quire()->page.cma_areas, *cma;

	cma = new_area(PFN_DOWN(base), PFN_DOWN(size), order_per_bit);
	if (!cma)
		return -ENOMEM;
	name_area(cma, name);
	while (*link)
		link = &(*link)->next;
	*link = cma;
	totalcma_pages += cma->count;
	if (res_cma)
		*res_cma = cma;
	return 0;
}

int cma_init_reserved_mem(phys_addr_t base, phys_addr_t size, unsigned int order_per_bit, const char *name,
			  struct cma **res_cma)
{
	if (!may_declare("cma_init_reserved_mem", __builtin_return_address(0)))
		return -EINVAL;
	if (!size || !is_all_reserved(base, size) || ((base | size) & (least_alignment() - 1)) ||
	    order_per_bit >= MAX_ORDER || (PFN_DOWN(size) & ((1UL << order_per_bit) - 1)) ||
	    is_of_an_area(PFN_DOWN(base), PFN_DOWN(base + (size - 1)) + 1))
		return -EINVAL;
	return init_reserved(base, size, order_per_bit, name, res_cma);
}

void cma_reserve_pages_on_error(struct cma *cma)
{
	cma->reserve_pages_on_error = true;
}

/* What is asked for, made whole. */
struct cma_request {
	phys_addr_t base, size, limit, alignment;
	phys_addr_t low_end; /* of the direct map's RAM */
	bool is_fixed;
	int nid;
};

/* Rounds, and says in the log what makes no sense. */
static int check_request(struct cma_request *r, unsigned int order_per_bit)
{
	phys_addr_t ram_end = memblock_end_of_DRAM();

	if (!r->size || (r->alignment && !is_power_of_2(r->alignment)) || order_per_bit >= MAX_ORDER)
		return -EINVAL;
	r->alignment = max_of(r->alignment, least_alignment());
	if (r->is_fixed && (r->base & (r->alignment - 1))) {
		pr_err("cma: Region at 0x%llx must be aligned to 0x%llx bytes", (ull)r->base, (ull)r->alignment);
		return -EINVAL;
	}
	if (r->size > PHYS_ADDR_MAX - r->alignment || r->base > PHYS_ADDR_MAX - r->alignment)
		return -EINVAL;
	r->base = ALIGN_UP(r->base, r->alignment);
	r->size = ALIGN_UP(r->size, r->alignment);
	if (r->limit && r->limit < r->alignment)
		return -EINVAL; /* rounded down it would be none */
	r->limit &= ~(r->alignment - 1);
	r->is_fixed &= r->base != 0;
	if (PFN_DOWN(r->size) & ((1UL << order_per_bit) - 1))
		return -EINVAL;
	if (r->is_fixed && r->base < r->low_end && r->size > r->low_end - r->base) {
		pr_err("cma: Region at 0x%llx defined on low/high memory boundary (0x%llx)", (ull)r->base,
		       (ull)r->low_end);
		return -EINVAL;
	}
	if (!r->limit || r->limit > ram_end)
		r->limit = ram_end;
	if (r->base > r->limit || r->size > r->limit - r->base) {
		pr_err("cma: Size (0x%llx) of region at 0x%llx exceeds limit (0x%llx)", (ull)r->size, (ull)r->base,
		       (ull)r->limit);
		return -EINVAL;
	}
	/* Where we choose, bits stand for multiples of what they hold. */
	r->alignment = max_of(r->alignment, (phys_addr_t)PAGE_SIZE << order_per_bit);
	return 0;
}

static int take_fixed(const struct cma_request *r)
{
	return memblock_is_region_reserved(r->base, r->size) || memblock_reserve(r->base, r->size) ? -EBUSY : 0;
}

/* An area must not lie in lowmem and highmem; lowmem is the dearer of the two. */
static int take_somewhere(struct cma_request *r)
{
	phys_addr_t found = 0;

	if (r->base < r->low_end && r->limit > r->low_end) {
		found = memblock_alloc_range_nid(r->size, r->alignment, r->low_end, r->limit, r->nid, true);
		r->limit = r->low_end;
	}
	if (!found && r->base < r->limit)
		found = memblock_alloc_range_nid(r->size, r->alignment, r->base, r->limit, r->nid, true);
	if (found)
		kmemleak_ignore_phys(found); /* its pages will be the page allocator's */
	r->base = found;
	return found ? 0 : -ENOMEM;
}

static int declare(struct cma_request *r, unsigned int order_per_bit, const char *name,
		   struct cma **res_cma)
{
	int err = check_request(r, order_per_bit);

	if (err)
		return err;
	err = r->is_fixed ? take_fixed(r) : take_somewhere(r);
	if (err)
		return err;
	err = init_reserved(r->base, r->size, order_per_bit, name, res_cma);
	if (err)
		memblock_phys_free(r->base, r->size);
	return err;
}

int cma_declare_contiguous_nid(phys_addr_t base, phys_addr_t size, phys_addr_t limit, phys_addr_t alignment,
			       unsigned int order_per_bit, bool fixed, const char *name, struct cma **res_cma,
			       int nid)
{
	struct cma_request r = {
		.base = base,
		.size = size,
		.limit = limit,
		.alignment = alignment,
		.low_end = PFN_PHYS(max_low_pfn),
		.is_fixed = fixed,
		.nid = CONFIG_NUMA ? nid : NUMA_NO_NODE,
	};
	int err;

	if (!may_declare("cma_declare_contiguous", __builtin_return_address(0)))
		return -EINVAL;
	err = declare(&r, order_per_bit, name, res_cma);
	if (err)
		pr_err("cma: Failed to reserve %llu MiB", (ull)(size >> 20));
	else
		pr_info("cma: Reserved %llu MiB at 0x%0*llx", (ull)(r.size >> 20), 2 * (int)sizeof(phys_addr_t),
			(ull)r.base);
	return err;
}

int cma_declare_contiguous(phys_addr_t base, phys_addr_t size, phys_addr_t limit, phys_addr_t alignment,
			   unsigned int order_per_bit, bool fixed, const char *name, struct cma **res_cma)
{
	return cma_declare_contiguous_nid(base, size, limit, alignment, order_per_bit, fixed, name, res_cma,
					  NUMA_NO_NODE);
}

int cma_declare_listed(const struct quire_machine *machine)
{
	size_t i;

	for (i = 0; i < machine->nr_cma; i++) {
		const struct machine_cma *m = &machine->cma[i];
		int err = cma_declare_contiguous_nid(m->base, m->size, m->limit, m->alignment, m->order_per_bit,
						     m->is_fixed, m->name, NULL, NUMA_NO_NODE);

		if (err) {
			pr_err("setup_arch: CMA area %zu (%s) cannot be set aside (%d)", i, m->name ? m->name : "",
			       err);
			return err;
		}
	}
	return 0;
}

/* ---- the hand-over ---- */

/* A page block whose frames are all reserved becomes CMA's, and free. */
static void init_cma_reserved_pageblock(struct zone *zone, pfn_t start)
{
	set_pageblock_migratetype(pfn_to_page(start), MIGRATE_CMA);
	release_frames(zone, start, start + pageblock_nr_pages);
	store_relaxed(zone->cma_pages, zone->cma_pages + pageblock_nr_pages);
}

/* The one zone of all frames; NULL: they are of several, or there is a hole. */
static struct zone *zone_of_area(const struct cma *cma)
{
	struct zone *zone = pfn_valid(cma->base_pfn) ? zone_of_valid_frame(cma->base_pfn) : NULL;
	pfn_t pfn;

	for (pfn = cma->base_pfn; zone && pfn < cma->base_pfn + cma->count; pfn++)
		if (!pfn_valid(pfn) || zone_of_valid_frame(pfn) != zone || !memblock_is_map_memory(PFN_PHYS(pfn)))
			return NULL;
	return zone;
}

/* A hole in it is nobody's to give. */
static void free_ram_of(const struct cma *cma)
{
	pfn_t pfn;

	for (pfn = cma->base_pfn; pfn < cma->base_pfn + cma->count; pfn++)
		if (memblock_is_map_memory(PFN_PHYS(pfn)))
			memblock_free_late(PFN_PHYS(pfn), PAGE_SIZE);
}

/* Linux gives the pages away: the area is of no use to anybody, so its memory is everybody's. */
static void give_up(struct cma *cma)
{
	pr_err("cma: CMA area %s could not be activated", cma->name);
	if (!cma->reserve_pages_on_error)
		free_ram_of(cma);
	totalcma_pages -= cma->count;
	cma->count = 0;
}

void cma_init_reserved_areas(void)
{
	struct cma *cma;

	for (cma = this_quire()->page.cma_areas; cma; cma = cma->next) {
		struct zone *zone = zone_of_area(cma);
		pfn_t pfn = cma->base_pfn, end = pfn + cma->count;

		if (!zone) {
			give_up(cma);
			continue;
		}
		for (; pfn < end; pfn += pageblock_nr_pages)
			init_cma_reserved_pageblock(zone, pfn);
	}
}
