/* SPDX-License-Identifier: MIT */
/*
 * setup_arch.c - the first step of the boot: the machine's description becomes memblock
 * regions, nodes, zones, and an array of page structures.
 *
 * The order matters. Banks come first, so that there is memory for memblock's own arrays
 * if they must grow; until every reservation is in, growth keeps clear of the described
 * ones (memblock_state.avoid). Only then may anything be allocated. The embedder's own
 * early memory is taken last, from whichever boot allocator the machine chose.
 */
#include <quire/quire.h>

#include "mm/init/internal.h"
#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/page/internal.h"
#include "mm/proc/internal.h"
#include "mm/slab/internal.h"

typedef unsigned long long ull;

static int add_banks(const struct quire_machine *machine)
{
	size_t i;
	int err;

	/* What memblock was told before, perhaps without a node, is on node 0 unless a bank says else. */
	err = memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, 0);
	if (err)
		return err;
	for (i = 0; i < machine->nr_banks; i++) {
		const struct machine_bank *bank = &machine->banks[i];

		err = memblock_add_node(bank->base, bank->size, bank->nid,
					(enum memblock_flags)bank->flags);
		if (!err)
			err = memblock_set_node(bank->base, bank->size, &memblock.memory, bank->nid);
		if (err) {
			pr_err("setup_arch: no room to note bank %zu at 0x%llx", i, (ull)bank->base);
			return err;
		}
	}
	memblock_trim_memory(PAGE_SIZE);
	return 0;
}

static int add_reservations(const struct quire_machine *machine)
{
	size_t i;
	int err;

	for (i = 0; i < machine->nr_reserved; i++) {
		const struct machine_range *range = &machine->reserved[i];

		if (!range->size)
			continue;
		err = memblock_reserve(range->base, range->size);
		if (err) {
			pr_err("setup_arch: no room to note the reservation at 0x%llx", (ull)range->base);
			return err;
		}
	}
	return 0;
}

/* An address of 0 means failure to every caller: the page that has it is never handed out. */
static int reserve_null_page(void)
{
	phys_addr_t phys = virt_to_phys(NULL);

	if (phys >= this_quire()->geo.lowmem_end || !memblock_is_memory(phys))
		return 0;
	return memblock_reserve(phys, PAGE_SIZE);
}

/* RAM that neither the direct map nor a highmem zone reaches is of no use. */
static int truncate_unreachable(void)
{
	phys_addr_t end = this_quire()->geo.lowmem_end;

	if (zone_configured(ZONE_HIGHMEM) || memblock_end_of_DRAM() <= end ||
	    memblock_start_of_DRAM() >= end) /* all of it: set_limits refuses that */
		return 0;
	pr_info("Truncating RAM at 0x%llx: no highmem zone is configured", (ull)end);
	return memblock_remove(end, PHYS_ADDR_MAX - end);
}

static int set_limits(void)
{
	phys_addr_t low_end = this_quire()->geo.lowmem_end;

	if (!memblock_phys_mem_size()) {
		pr_err("setup_arch: there is not one whole page of RAM");
		return -EINVAL;
	}
	min_low_pfn = PFN_UP(memblock_start_of_DRAM());
	max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	max_low_pfn = min_of(PFN_DOWN(low_end), max_pfn);
	if (max_low_pfn <= min_low_pfn) {
		pr_err("setup_arch: all RAM is above the direct map, which ends at 0x%llx", (ull)low_end);
		return -EINVAL;
	}
	if (zone_configured(ZONE_HIGHMEM)) {
		pr_info("%lluMB HIGHMEM available.", (ull)PFN_PHYS(max_pfn - max_low_pfn) >> 20);
		pr_info("%lluMB LOWMEM available.",
			((ull)PFN_PHYS(max_low_pfn) >> 20) - ((ull)PFN_PHYS(min_low_pfn) >> 20));
	}
	return 0;
}

/* The addresses of lowmem must ascend: none beyond the last one there is. */
static int check_direct_map(const struct quire_machine *machine)
{
	phys_addr_t first = this_quire()->geo.lowmem_start, last = 0;
	size_t i;

	for (i = 0; i < machine->nr_banks; i++)
		last = max_of(last, machine->banks[i].base + (machine->banks[i].size - 1));
	for (i = 0; i < machine->nr_hotplug; i++)
		last = max_of(last, machine->hotplug[i].base + (machine->hotplug[i].size - 1));
	last = min_of(last, this_quire()->geo.lowmem_end - 1);
	if (first > last || (last - first <= UINTPTR_MAX && phys_to_virt(first) <= phys_to_virt(last)))
		return 0;
	pr_err("setup_arch: lowmem (0x%llx-0x%llx) does not fit into the address space at %p", (ull)first,
	       (ull)last, phys_to_virt(first));
	return -EINVAL;
}

/* How far the direct map reaches before paging_init has made it whole. */
static phys_addr_t mapped_lowmem_end(const struct quire_machine *machine)
{
	phys_addr_t end = this_quire()->geo.lowmem_end;

#if CONFIG_MMU
	if (machine->kvirt.layer && machine->kvirt.mapped_end)
		return min_of(end, machine->kvirt.mapped_end);
#endif
	(void)machine;
	return end;
}

/* All that memblock is told. */
static int fill_memblock(const struct quire_machine *machine)
{
	struct memblock_state *ms = &this_quire()->memblock_part;
	int err = check_direct_map(machine);

	if (err)
		return err;
	ms->debug = machine->flags & MACHINE_MEMBLOCK_DEBUG;
	ms->avoid = machine->reserved;
	ms->nr_avoid = machine->nr_reserved;
	if (!machine->nr_reserved)
		memblock_allow_resize(); /* nothing to keep clear of */
	memblock_set_bottom_up(machine->flags & MACHINE_BOTTOM_UP);
	memblock_set_current_limit(mapped_lowmem_end(machine));
	err = add_banks(machine);
	if (!err)
		err = truncate_unreachable();
	if (!err)
		err = add_reservations(machine);
	if (!err)
		err = reserve_null_page();
	ms->avoid = NULL;
	ms->nr_avoid = 0;
	if (err)
		return err;
	memblock_allow_resize();
	memblock_dump_all();
	return set_limits();
}

/* Of the banks, of what may be plugged in, and of what memblock knows already. */
static phys_addr_t start_of_ram(const struct quire_machine *machine)
{
	phys_addr_t first = memblock.memory.total_size ? memblock_start_of_DRAM() : PHYS_ADDR_MAX;
	size_t i;

	for (i = 0; i < machine->nr_banks; i++)
		first = min_of(first, machine->banks[i].base);
	if (machine->nr_hotplug)
		first = min_of(first, machine->hotplug[0].base);
	return first;
}

static void set_geometry(const struct quire_machine *machine)
{
	struct quire *q = this_quire();

	q->geo.page_shift = machine->page_shift ? machine->page_shift : CONFIG_PAGE_SHIFT;
	q->geo.max_order = machine->max_order ? machine->max_order : CONFIG_MAX_ORDER;
	q->geo.block_order = machine->block_order ? machine->block_order : q->geo.max_order - 1;
	q->geo.leaf_order = CONFIG_LEAF_ORDER ? CONFIG_LEAF_ORDER : min_of(q->geo.block_order, LEAF_ORDER_MAX + 0U);
	q->geo.nr_cpus = machine->nr_cpus ? machine->nr_cpus : 1;
	q->geo.direct_map = machine->direct_map;
	q->geo.lowmem_start = start_of_ram(machine);
	q->geo.phys_end = machine_phys_end(machine);
	q->geo.lowmem_end = machine->lowmem_end && machine->lowmem_end < q->geo.phys_end
				    ? machine->lowmem_end
				    : q->geo.phys_end;
	q->page.zones = machine->zones ? machine->zones : 1U << ZONE_NORMAL;
	q->page.distance = machine->distance;
	q->page.nr_distance_nodes = machine->nr_distance_nodes;
}

static void keep_description(const struct quire_machine *machine)
{
	struct boot_state *boot = &this_quire()->boot;

	boot->machine_name = machine->name;
	boot->flags = machine->flags;
	boot->text = machine->text;
	boot->rwdata = machine->rwdata;
	boot->rodata = machine->rodata;
	boot->init = machine->init;
	boot->bss = machine->bss;
	boot->metadata = machine->metadata;
	boot->metadata_left = machine->metadata_size;
}

#if CONFIG_BOOTMEM
/* The bitmaps take over from memblock, and each node gets to know its own. */
static int open_bootmem(void)
{
	int err = bootmem_init_from_memblock();
	pg_data_t *pgdat;

	if (err)
		return err;
	for_each_online_pgdat(pgdat)
		pgdat->bdata = bootmem_node_data(pgdat->node_id);
	return 0;
}
#endif

/* The embedder's own memory. It may take RAM away, but zones and page structures stand. */
static int run_early_hook(const struct quire_machine *machine)
{
	phys_addr_t ram = memblock_phys_mem_size();
	int err = machine->early ? machine->early(machine->early_ctx) : 0;

	if (err)
		pr_err("setup_arch: the machine's early hook failed (%d)", err);
	if (!err && memblock_phys_mem_size() > ram) {
		pr_err("setup_arch: RAM was added by the early hook: list it in the machine's banks");
		return -EINVAL;
	}
	return err;
}

int setup_arch(const struct quire_machine *machine)
{
	int err;

	set_geometry(machine);
	keep_description(machine);
	this_quire()->phase = PHASE_MEMBLOCK;
	err = fill_memblock(machine);
#if CONFIG_KMEMLEAK
	if (!err && machine->leaks.layer)
		machine->leaks.layer->begin(machine);
#endif
#if CONFIG_MMU
	if (!err && machine->kvirt.layer)
		err = machine->kvirt.layer->paging_init(machine);
#endif
	if (!err)
		err = cma_declare_listed(machine);
	if (!err)
		err = free_area_init(machine);
	if (!err && machine->objects.engine && machine->objects.engine->reserve)
		err = machine->objects.engine->reserve();
	if (!err)
		err = iomem_build(machine);
	hotplug_set_hooks(machine);
#if CONFIG_BOOTMEM
	if (!err && (machine->flags & MACHINE_BOOTMEM))
		err = open_bootmem();
#endif
	return err ? err : run_early_hook(machine);
}
