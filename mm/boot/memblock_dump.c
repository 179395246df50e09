/* SPDX-License-Identifier: MIT */
/*
 * memblock_dump.c - memblock in the log, and the walk that checks it.
 */
#include "mm/boot/memblock_internal.h"

void memblock_trace(const char *call, phys_addr_t base, phys_addr_t size, const void *caller)
{
	if (memblock_state()->debug)
		pr_info("%s: " MEMBLOCK_RANGE_FMT " %p", call, MEMBLOCK_RANGE_ARGS(base, size),
			caller);
}

/* ---- dump ---- */

static void dump_region(const struct memblock_type *type, unsigned long i)
{
	const struct memblock_region *r = &type->regions[i];

	if (r->nid == NUMA_NO_NODE)
		pr_info(" %s[0x%lx]\t" MEMBLOCK_RANGE_FMT ", 0x%0*llx bytes flags: 0x%x",
			type->name, i, MEMBLOCK_RANGE_ARGS(r->base, r->size), MEMBLOCK_ADDR_DIGITS,
			(unsigned long long)r->size, (unsigned int)r->flags);
	else
		pr_info(" %s[0x%lx]\t" MEMBLOCK_RANGE_FMT ", 0x%0*llx bytes on node %d flags: 0x%x",
			type->name, i, MEMBLOCK_RANGE_ARGS(r->base, r->size), MEMBLOCK_ADDR_DIGITS,
			(unsigned long long)r->size, r->nid, (unsigned int)r->flags);
}

static void dump_type(const struct memblock_type *type)
{
	pr_info(" %s.cnt  = 0x%lx", type->name, type->cnt);
	for (unsigned long i = 0; i < type->cnt; i++)
		dump_region(type, i);
}

void __memblock_dump_all(void)
{
	unsigned long irq = memblock_lock();

	pr_info("MEMBLOCK configuration:");
	pr_info(" memory size = 0x%0*llx reserved size = 0x%0*llx", MEMBLOCK_ADDR_DIGITS,
		(unsigned long long)memblock.memory.total_size, MEMBLOCK_ADDR_DIGITS,
		(unsigned long long)memblock.reserved.total_size);
	dump_type(&memblock.memory);
	dump_type(&memblock.reserved);
	if (memblock_physmem()->total_size)
		dump_type(memblock_physmem());
	memblock_unlock(irq);
}

void memblock_dump_all(void)
{
	if (memblock_state()->debug)
		__memblock_dump_all();
}

/* ---- validate ---- */

#define ALL_FLAGS                                                                        \
	(MEMBLOCK_HOTPLUG | MEMBLOCK_MIRROR | MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED | \
	 MEMBLOCK_RSRV_NOINIT)

/* What is wrong with region i, or NULL. The regions before it are right. */
static const char *region_fault(const struct memblock_type *type, unsigned long i)
{
	const struct memblock_region *r = &type->regions[i];
	const struct memblock_region *before = i ? r - 1 : NULL;

	if (!r->size)
		return "is empty";
	if (r->size > PHYS_ADDR_MAX - r->base)
		return "runs beyond the end of the address space";
	if (r->flags & ~(unsigned int)ALL_FLAGS)
		return "has an unknown flag";
	if (r->nid != memblock_known_nid(r->nid))
		return "has no possible node";
	if (before && r->base < memblock_region_end(before))
		return "overlaps the one before it, or is out of order";
	if (before && memblock_joins(before, r))
		return "should be merged with the one before it";
	return NULL;
}

static int validate_empty(const struct memblock_type *type)
{
	const struct memblock_region *r = &type->regions[0];

	if (type->cnt == 1 && !r->base && !r->size && !r->flags && r->nid == NUMA_NO_NODE)
		return 0;
	pr_err("memblock: %s is empty, but has cnt 0x%lx and " MEMBLOCK_RANGE_FMT, type->name,
	       type->cnt, MEMBLOCK_RANGE_ARGS(r->base, r->size));
	return -EINVAL;
}

static int validate_type(const struct memblock_type *type)
{
	phys_addr_t total = 0;

	if (!type->regions || !type->cnt || type->cnt > type->max) {
		pr_err("memblock: %s has cnt 0x%lx of 0x%lx", type->name, type->cnt, type->max);
		return -EINVAL;
	}
	if (!type->total_size)
		return validate_empty(type);
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		const char *fault = region_fault(type, i);

		if (fault) {
			pr_err("memblock: %s[0x%lx] " MEMBLOCK_RANGE_FMT " %s", type->name, i,
			       MEMBLOCK_RANGE_ARGS(r->base, r->size), fault);
			return -EINVAL;
		}
		total += r->size;
	}
	if (total == type->total_size)
		return 0;
	pr_err("memblock: %s has total_size 0x%llx, its regions 0x%llx", type->name,
	       (unsigned long long)type->total_size, (unsigned long long)total);
	return -EINVAL;
}

int memblock_validate(void)
{
	unsigned long irq = memblock_lock();
	int err = validate_type(&memblock.memory);

	if (!err)
		err = validate_type(&memblock.reserved);
	if (!err)
		err = validate_type(memblock_physmem());
	memblock_unlock(irq);
	return err;
}
