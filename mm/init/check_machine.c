/* SPDX-License-Identifier: MIT */
/*
 * check_machine.c - does a machine's description make sense? Every check that needs no
 * memory is made here, before anything is changed.
 */
#include <quire/quire.h>

#include "mm/init/check.h"
#include "mm/init/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"

int check_refuse(const struct verdict *v, const char *fmt, ...)
{
	va_list args;

	if (v->why && v->size) {
		va_start(args, fmt);
		quire_vsnprintf(v->why, v->size, fmt, args);
		va_end(args);
	}
	return -EINVAL;
}

phys_addr_t machine_phys_end(const struct quire_machine *machine)
{
	unsigned int shift = machine->page_shift ? machine->page_shift : CONFIG_PAGE_SHIFT;
	phys_addr_t end = PHYS_ADDR_MAX, last_end = ALIGN_DOWN((pfn_t)-1, (pfn_t)1 << MAX_ORDER_LIMIT);

	if (machine->phys_bits && machine->phys_bits < 8 * sizeof(phys_addr_t))
		end = (phys_addr_t)1 << machine->phys_bits;
	/* pfn_t counts them all, and the end of the largest block that holds the last one */
	if (end >> shift > last_end)
		end = last_end << shift;
	return end;
}

static int check_shape(const struct quire_machine *m, const struct verdict *v)
{
	unsigned int max_order = m->max_order ? m->max_order : CONFIG_MAX_ORDER;
	unsigned int shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;

	if (shift < 10 || shift > 16)
		return check_refuse(v, "pages of 1 << %u bytes: 1 << 10 to 1 << 16 will do", shift);
	if (max_order > MAX_ORDER_LIMIT)
		return check_refuse(v, "MAX_ORDER %u: this build has at most %u", max_order, MAX_ORDER_LIMIT);
#if CONFIG_SINGLE
	if (shift != CONFIG_PAGE_SHIFT || max_order != CONFIG_MAX_ORDER)
		return check_refuse(v, "this build has pages of 1 << %u bytes and MAX_ORDER %u",
			      CONFIG_PAGE_SHIFT, CONFIG_MAX_ORDER);
#endif
	if (m->block_order > max_order - 1)
		return check_refuse(v, "page blocks of order %u: the highest order is %u", m->block_order,
			      max_order - 1);
#if CONFIG_LEAF_ORDER
	if (max_order - 1 < CONFIG_LEAF_ORDER || (m->block_order && m->block_order < CONFIG_LEAF_ORDER))
		return check_refuse(v, "page blocks of order %u: this build has leaves of order %u (CONFIG_LEAF_ORDER)",
				    m->block_order ? m->block_order : max_order - 1, CONFIG_LEAF_ORDER);
#endif
#if !CONFIG_SMP
	if (m->nr_cpus > 1)
		return check_refuse(v, "%u CPUs: this build is for one (CONFIG_SMP=0)", m->nr_cpus);
#endif
#if !CONFIG_BOOTMEM
	if (m->flags & MACHINE_BOOTMEM)
		return check_refuse(v, "bootmem is not in this build (CONFIG_BOOTMEM=0)");
#endif
	return 0;
}

/* What the boot needs to be told and where its own memory goes. */
static int check_parts(const struct quire_machine *m, const struct verdict *v)
{
	unsigned int shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	/* On 32 bits there can be too many. */
	size_t most_cpus = SIZE_MAX / (MAX_NUMNODES * MAX_NR_ZONES * sizeof(struct per_cpu_pages));

	if (m->nr_cpus > most_cpus)
		return check_refuse(v, "%u CPUs: their page lists exceed the address space", m->nr_cpus);
	if ((m->flags & MACHINE_AS_DUMPED) && (!m->metadata || !m->metadata_size))
		return check_refuse(v, "the reserved list is final, but no memory is given for metadata");
	if (m->map_window && (m->memmap_window & (((uintptr_t)1 << shift) - 1)))
		return check_refuse(v, "the window for mem_map begins at 0x%llx, inside a page",
			      (ull)m->memmap_window);
	if (m->nr_reserved && !m->reserved)
		return check_refuse(v, "the list of %zu reservations is missing", m->nr_reserved);
	if (m->nr_cma && !m->cma)
		return check_refuse(v, "the list of %zu CMA areas is missing", m->nr_cma);
	if (m->nr_windows && !m->windows)
		return check_refuse(v, "the list of %zu windows is missing", m->nr_windows);
	return 0;
}

/* ---- banks ---- */

static int check_bank(const struct quire_machine *m, size_t i, const struct verdict *v)
{
	const struct machine_bank *bank = &m->banks[i];
	u64 limit = machine_phys_end(m), base = bank->base, last = base + bank->size - 1;

	if (!bank->size)
		return check_refuse(v, "bank %zu at 0x%llx is empty", i, (ull)base);
	if ((phys_addr_t)(bank->base + bank->size - 1) < bank->base)
		return check_refuse(v, "bank %zu at 0x%llx runs past the last address", i, (ull)base);
	if (limit != PHYS_ADDR_MAX && last >= limit)
		return check_refuse(v, "bank %zu (0x%llx-0x%llx) is beyond the physical limit 0x%llx", i,
			      (ull)base, (ull)last, (ull)limit - 1);
	if (bank->nid < 0 || (unsigned int)bank->nid >= MAX_NUMNODES)
		return check_refuse(v, "bank %zu at 0x%llx is on node %d: 0 to %u will do", i, (ull)base,
			      bank->nid, MAX_NUMNODES - 1);
#if !CONFIG_NUMA
	if (bank->nid)
		return check_refuse(v, "bank %zu at 0x%llx is on node %d: this build has one node", i,
			      (ull)base, bank->nid);
#endif
	return 0;
}

/* Inclusive: the end of a bank that reaches the last address would be 0. */
static phys_addr_t last_of(const struct machine_bank *bank)
{
	return bank->base + bank->size - 1;
}

/* Does bank i overlap one of those before it? */
static int check_overlap(const struct quire_machine *m, size_t i, const struct verdict *v)
{
	const struct machine_bank *a, *b = &m->banks[i];
	size_t j;

	for (j = 0; j < i; j++) {
		a = &m->banks[j];
		if (a->base <= last_of(b) && b->base <= last_of(a))
			return check_refuse(v, "bank %zu (0x%llx-0x%llx) overlaps bank %zu (0x%llx-0x%llx)", i,
				      (ull)b->base, (ull)last_of(b), j, (ull)a->base, (ull)last_of(a));
	}
	return 0;
}

static int check_banks(const struct quire_machine *m, const struct verdict *v)
{
	phys_addr_t last = 0; /* of the banks so far */
	size_t i;
	int err;

	if (!m->nr_banks || !m->banks)
		return check_refuse(v, "the machine has no RAM");
	for (i = 0; i < m->nr_banks; i++) {
		err = check_bank(m, i, v);
		/* Firmware lists banks in order: then none needs to be compared with all. */
		if (!err && m->banks[i].base <= last)
			err = check_overlap(m, i, v);
		if (err)
			return err;
		last = max_of(last, last_of(&m->banks[i]));
	}
	return 0;
}

/* ---- where memory may come ---- */

static phys_addr_t memory_block_size(const struct quire_machine *m)
{
	unsigned int shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	phys_addr_t size = m->memory_block_size ? m->memory_block_size : (phys_addr_t)128 << 20;
	phys_addr_t least = (phys_addr_t)1 << (shift + (m->max_order ? m->max_order : CONFIG_MAX_ORDER) - 1);

	return m->memory_block_size ? size : max_of(size, least);
}

static bool range_overlaps_a_bank(const struct quire_machine *m, const struct machine_hotplug *range)
{
	size_t i;

	for (i = 0; i < m->nr_banks; i++)
		if (m->banks[i].base <= range->base + (range->size - 1) && range->base <= last_of(&m->banks[i]))
			return true;
	return false;
}

static int check_hotplug_range(const struct quire_machine *m, size_t i, const struct verdict *v)
{
	const struct machine_hotplug *range = &m->hotplug[i];
	u64 base = range->base, last = base + (range->size - 1), limit = machine_phys_end(m);
	phys_addr_t block = memory_block_size(m);

	if (!range->size || ((range->base | range->size) & (block - 1)))
		return check_refuse(v, "hot-plug range %zu at 0x%llx is not of whole memory blocks of 0x%llx bytes", i,
				    (ull)base, (ull)block);
	if ((phys_addr_t)(range->base + (range->size - 1)) < range->base ||
	    (limit != PHYS_ADDR_MAX && last >= limit))
		return check_refuse(v, "hot-plug range %zu (0x%llx-0x%llx) is beyond the physical limit", i, (ull)base,
				    (ull)last);
	if (i && base <= (u64)m->hotplug[i - 1].base + (m->hotplug[i - 1].size - 1))
		return check_refuse(v, "hot-plug range %zu at 0x%llx is not behind the one before it", i, (ull)base);
	if (range_overlaps_a_bank(m, range))
		return check_refuse(v, "hot-plug range %zu (0x%llx-0x%llx) has RAM in it", i, (ull)base, (ull)last);
	if (range->nid < 0 || (unsigned int)range->nid >= (CONFIG_NUMA ? MAX_NUMNODES : 1))
		return check_refuse(v, "hot-plug range %zu is on node %d: 0 to %u will do", i, range->nid,
				    (CONFIG_NUMA ? MAX_NUMNODES : 1) - 1);
	return 0;
}

static int check_hotplug(const struct quire_machine *m, const struct verdict *v)
{
	unsigned int shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	unsigned int max_order = m->max_order ? m->max_order : CONFIG_MAX_ORDER;
	phys_addr_t block = memory_block_size(m);
	size_t i;
	int err = 0;

	if (!m->nr_hotplug)
		return 0;
	if (!m->hotplug)
		return check_refuse(v, "the list of %zu hot-plug ranges is missing", m->nr_hotplug);
	if ((block & (block - 1)) || block >> shift < (phys_addr_t)1 << (max_order - 1))
		return check_refuse(v,
				    "memory blocks of 0x%llx bytes: a power of two that holds the largest "
				    "block is needed", (ull)block);
	for (i = 0; i < m->nr_hotplug && !err; i++)
		err = check_hotplug_range(m, i, v);
	return err;
}

/* ---- zones and nodes ---- */

static phys_addr_t last_of_ram(const struct quire_machine *m)
{
	phys_addr_t last = 0;
	size_t i;

	for (i = 0; i < m->nr_banks; i++)
		last = max_of(last, last_of(&m->banks[i]));
	for (i = 0; i < m->nr_hotplug; i++)
		last = max_of(last, m->hotplug[i].base + (m->hotplug[i].size - 1));
	return last;
}

/* The zones that hold RAM by address, in the direct map or above it. */
static int check_zones(const struct quire_machine *m, const struct verdict *v)
{
	unsigned int zones = m->zones ? m->zones : 1U << ZONE_NORMAL;
	phys_addr_t page_mask = ((phys_addr_t)1 << (m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT)) - 1;
	phys_addr_t at = 0, end = 0, last = last_of_ram(m);
	enum zone_type type;
	bool is_open = false;

	if (zones >> MAX_NR_ZONES)
		return check_refuse(v, "zones 0x%x: there are %d", zones, MAX_NR_ZONES);
	if (!(zones & (1U << ZONE_DMA | 1U << ZONE_DMA32 | 1U << ZONE_NORMAL)))
		return check_refuse(v, "there is no zone in the direct map: DMA, DMA32 or Normal");
	if (m->lowmem_end & page_mask)
		return check_refuse(v, "lowmem ends at 0x%llx, inside a page", (ull)m->lowmem_end);
	for (type = 0; type <= ZONE_HIGHMEM; type++) {
		if (!(zones >> type & 1))
			continue;
		end = m->zone_end[type];
		if (end & page_mask)
			return check_refuse(v, "zone %s ends at 0x%llx, inside a page", zone_name(type), (ull)end);
		if (end && end < at)
			return check_refuse(v, "zone %s ends at 0x%llx, below the zone before it", zone_name(type),
				      (ull)end);
		if (end && type != ZONE_HIGHMEM && m->lowmem_end && end > m->lowmem_end &&
		    m->lowmem_end <= last && (zones >> ZONE_HIGHMEM & 1))
			return check_refuse(v, "zone %s ends at 0x%llx, beyond lowmem (0x%llx)", zone_name(type),
				      (ull)end, (ull)m->lowmem_end);
		is_open = !end;
		at = end ? end : at;
	}
	if (!is_open && at && last >= at)
		return check_refuse(v, "RAM up to 0x%llx lies above the last zone, which ends at 0x%llx",
			      (ull)last, (ull)at);
	return 0;
}

static int check_nodes(const struct quire_machine *m, const struct verdict *v)
{
	unsigned int i, j, n = m->nr_distance_nodes;

	for (i = 0; m->cpu_node && i < (m->nr_cpus ? m->nr_cpus : 1); i++)
		if (m->cpu_node[i] >= (CONFIG_NUMA ? MAX_NUMNODES : 1))
			return check_refuse(v, "CPU %u is on node %u: 0 to %u will do", i, m->cpu_node[i],
				      (CONFIG_NUMA ? MAX_NUMNODES : 1) - 1);
	for (i = 0; m->distance && i < n; i++) {
		if (m->distance[i * n + i] != 10)
			return check_refuse(v, "node %u is %u from itself: that distance is 10", i,
				      m->distance[i * n + i]);
		for (j = 0; j < n; j++)
			if (m->distance[i * n + j] < 10)
				return check_refuse(v, "nodes %u and %u are %u apart: 10 is the least", i, j,
					      m->distance[i * n + j]);
	}
	return 0;
}

static int check_leaks(const struct quire_machine *m, const struct verdict *v)
{
	const struct machine_leaks *leaks = &m->leaks;
	size_t i;

	if (!leaks->layer)
		return 0;
#if !CONFIG_KMEMLEAK
	return check_refuse(v, "leak detection is not in this build (CONFIG_KMEMLEAK=0)");
#endif
	if (leaks->nr_roots && !leaks->roots)
		return check_refuse(v, "leaks: %zu roots, and no list of them", leaks->nr_roots);
	for (i = 0; i < leaks->nr_roots; i++)
		if ((uintptr_t)leaks->roots[i].end < (uintptr_t)leaks->roots[i].start)
			return check_refuse(v, "leaks: root %zu ends (%p) before it begins (%p)", i,
					    leaks->roots[i].end, leaks->roots[i].start);
	if (leaks->jiffies && !leaks->hz)
		return check_refuse(v, "leaks: a clock of 0 ticks a second");
	return 0;
}

int quire_check_machine(const struct quire_machine *machine, char *why, size_t size)
{
	const struct verdict v = { why, size };
	int err = check_shape(machine, &v);

	if (!err)
		err = check_parts(machine, &v);
	if (!err)
		err = check_banks(machine, &v);
	if (!err)
		err = check_hotplug(machine, &v);
	if (!err)
		err = check_zones(machine, &v);
	if (!err)
		err = check_nodes(machine, &v);
	if (!err)
		err = check_kvirt(machine, &v);
	if (!err)
		err = check_leaks(machine, &v);
	return err;
}
