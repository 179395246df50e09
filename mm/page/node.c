/* SPDX-License-Identifier: MIT */
/*
 * node.c - nodes and zones: from memblock's regions to who owns which page frames.
 *
 * Theory. A machine's RAM lies in banks; banks that are equally far from a CPU form a
 * node (pg_data_t), and a machine whose banks are all alike has one node, the static
 * contig_page_data. A node's frames are cut into zones by what can reach them: devices
 * with few address lines (DMA), devices with 32 (DMA32), the kernel's direct map
 * (NORMAL), or nothing until it is mapped (HIGHMEM).
 *
 *   physical  0      16M                  lowmem_end           end of RAM
 *             |  DMA  |      NORMAL           |     HIGHMEM         |
 *   node 0    [==.==================)                                    . a hole
 *   node 1                          [=================.=============)
 *
 * The limits of zones are the machine's, the same for all nodes; a node's zone is the
 * part of the node's span between two limits, so it may be empty. `spanned` counts the
 * frames of that part, `present` those that a bank backs, `managed` those that the
 * allocator was given.
 *
 * All memory that the layer needs for itself is taken here, while memblock is the only
 * allocator: with bootmem as the second phase the same pages are then taken, and both
 * ways of booting end with the same free pages.
 */
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

#define LOCAL_DISTANCE 10
#define REMOTE_DISTANCE 20

const char *zone_name(enum zone_type type)
{
	static const char *const names[MAX_NR_ZONES] = {
		[ZONE_DMA] = "DMA",         [ZONE_DMA32] = "DMA32",     [ZONE_NORMAL] = "Normal",
		[ZONE_HIGHMEM] = "HighMem", [ZONE_MOVABLE] = "Movable", [ZONE_DEVICE] = "Device",
	};

	return type < MAX_NR_ZONES ? names[type] : "?";
}

int node_distance(int from, int to)
{
	const struct page_state *ps = &this_quire()->page;
	unsigned int n = ps->nr_distance_nodes;

	if (ps->distance && (unsigned int)from < n && (unsigned int)to < n)
		return ps->distance[(unsigned int)from * n + (unsigned int)to];
	return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}

int numa_node_id(void)
{
	return this_quire()->page.cpu_node[this_cpu_id()];
}

static bool is_ordinary(enum zone_type type)
{
	return type != ZONE_MOVABLE && type != ZONE_DEVICE;
}

enum zone_type zone_top_type(void)
{
	const struct page_state *ps = &this_quire()->page;
	enum zone_type type, top = ZONE_NORMAL;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (is_ordinary(type) && ps->zone_high_pfn[type] > ps->zone_low_pfn[type])
			top = type;
	return top;
}

bool zone_is_highmem(const struct zone *zone)
{
	return zone->zone_idx == ZONE_HIGHMEM ||
	       (zone->zone_idx == ZONE_MOVABLE && zone_top_type() == ZONE_HIGHMEM);
}

/* ---- the machine's zone limits ---- */

/* The end of RAM, and of what may be plugged in. */
static pfn_t room_end(void)
{
	const struct page_state *ps = &this_quire()->page;

	return max_of(ps->ram_end_pfn, ps->hotplug.end_pfn);
}

static pfn_t zone_limit(const struct quire_machine *machine, enum zone_type type)
{
	/* An address beyond the RAM may have no frame number. */
	if (machine->zone_end[type])
		return PFN_DOWN(min_of(machine->zone_end[type], PFN_PHYS(room_end())));
	if (type < ZONE_HIGHMEM && zone_configured(ZONE_HIGHMEM))
		return PFN_DOWN(min_of(this_quire()->geo.lowmem_end, PFN_PHYS(room_end())));
	return room_end();
}

static void set_zone_limits(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	pfn_t at = ps->hotplug.nr_ranges ? min_of(ps->ram_start_pfn, ps->hotplug.start_pfn) : ps->ram_start_pfn;
	enum zone_type type;

	ps->nr_zones = 0;
	for (type = 0; type < MAX_NR_ZONES; type++) {
		if (!zone_configured(type))
			continue;
		ps->nr_zones++;
		if (!is_ordinary(type))
			continue;
		ps->zone_low_pfn[type] = at;
		at = max_of(at, zone_limit(machine, type));
		ps->zone_high_pfn[type] = at;
	}
	ps->movable_start_pfn = ps->ram_end_pfn;
	if (machine->movable_start && zone_configured(ZONE_MOVABLE)) {
		phys_addr_t from = min_of(machine->movable_start, PFN_PHYS(ps->ram_end_pfn));
		pfn_t start = ALIGN_UP(PFN_UP(from), MAX_ORDER_NR_PAGES);

		/* Only the top zone gives up frames, as in Linux. */
		start = max_of(start, ps->zone_low_pfn[zone_top_type()]);
		ps->movable_start_pfn = min_of(start, ps->ram_end_pfn);
	}
}

static void log_zone_limits(void)
{
	const struct page_state *ps = &this_quire()->page;
	enum zone_type type;

	pr_info("Zone ranges:");
	for (type = 0; type < MAX_NR_ZONES; type++) {
		pfn_t low = max_of(ps->zone_low_pfn[type], ps->ram_start_pfn);
		pfn_t high = min_of(ps->zone_high_pfn[type], ps->ram_end_pfn);

		if (!zone_configured(type) || !is_ordinary(type))
			continue;
		if (low >= high)
			pr_info("  %-8s empty", zone_name(type));
		else
			pr_info("  %-8s [mem 0x%016llx-0x%016llx]", zone_name(type),
				(unsigned long long)PFN_PHYS(low),
				(unsigned long long)PFN_PHYS(high) - 1);
	}
	pr_info("Movable zone start for each node");
	if (ps->movable_start_pfn < ps->ram_end_pfn)
		pr_info("  from 0x%016llx", (unsigned long long)PFN_PHYS(ps->movable_start_pfn));
}

struct zone *zone_of_frame(pfn_t pfn, int nid)
{
	const struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat = ps->node_data[nid];
	enum zone_type type;

	if (pfn >= ps->movable_start_pfn)
		return &pgdat->node_zones[ZONE_MOVABLE];
	for (type = 0; type < MAX_NR_ZONES; type++)
		if (pfn >= ps->zone_low_pfn[type] && pfn < ps->zone_high_pfn[type])
			return &pgdat->node_zones[type];
	return &pgdat->node_zones[zone_top_type()];
}

/* ---- which nodes there are ---- */

/* The node of CPU `cpu` if the machine does not say: round the nodes, which then all have memory. */
static int default_cpu_node(unsigned int cpu, const pg_data_t *first)
{
	const pg_data_t *pgdat = first;

	while (cpu--)
		pgdat = pgdat->node_next ? pgdat->node_next : first;
	return pgdat->node_id;
}

static unsigned int count_nodes(const struct quire_machine *machine)
{
	const struct memblock_region *region;
	unsigned int highest = 0, cpu;
	size_t i;

	for_each_mem_region(region)
		if (region->nid >= 0)
			highest = max_of(highest, (unsigned int)region->nid);
	for (cpu = 0; machine->cpu_node && cpu < quire_nr_cpus(); cpu++)
		highest = max_of(highest, (unsigned int)machine->cpu_node[cpu]);
	for (i = 0; i < machine->nr_hotplug; i++)
		highest = max_of(highest, (unsigned int)machine->hotplug[i].nid);
	return highest + 1;
}

/* Is there anything on the node: RAM, or a CPU? Only then it is in the list of nodes. */
static bool node_is_online(const struct quire_machine *machine, int nid)
{
	const struct memblock_region *region;
	unsigned int cpu;

	for_each_mem_region(region)
		if (region->nid == nid)
			return true;
	for (cpu = 0; machine->cpu_node && cpu < quire_nr_cpus(); cpu++)
		if (machine->cpu_node[cpu] == nid)
			return true;
	return false;
}

static int alloc_node_data(int nid)
{
	struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat;

	if (ps->nr_nodes == 1) {
		pgdat = &ps->contig_page_data;
		memset(pgdat, 0, sizeof(*pgdat));
	} else {
		pgdat = boot_alloc(sizeof(*pgdat), _Alignof(pg_data_t), nid, "node data");
		if (!pgdat)
			return -ENOMEM;
		pr_info("NODE_DATA(%d) allocated, %zu bytes", nid, sizeof(*pgdat));
	}
	pgdat->node_id = nid;
	ps->node_data[nid] = pgdat;
	return 0;
}

static int alloc_nodes(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	pg_data_t **link = &ps->pgdat_list;
	unsigned int nid;
	int err;

	ps->nr_nodes = count_nodes(machine);
	ps->node_data = ps->contig_node_data;
	if (ps->nr_nodes > 1)
		ps->node_data = boot_alloc(ps->nr_nodes * sizeof(*ps->node_data), sizeof(void *),
					   NUMA_NO_NODE, "node table");
	if (!ps->node_data)
		return -ENOMEM;
	for (nid = 0; nid < ps->nr_nodes; nid++) {
		bool is_online = node_is_online(machine, (int)nid);

		if (!is_online && !hotplug_node_exists((int)nid))
			continue;
		err = alloc_node_data((int)nid);
		if (err)
			return err;
		if (!is_online)
			continue; /* until its first memory comes */
		*link = ps->node_data[nid];
		link = &ps->node_data[nid]->node_next;
	}
	*link = NULL;
	return 0;
}

pg_data_t *next_possible_node(int nid)
{
	const struct page_state *ps = &this_quire()->page;

	while (ps->node_data && (unsigned int)++nid < ps->nr_nodes)
		if (ps->node_data[nid])
			return ps->node_data[nid];
	return NULL;
}

static int alloc_cpu_nodes(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int cpu;

	ps->cpu_node = boot_alloc(quire_nr_cpus() * sizeof(*ps->cpu_node), sizeof(int),
				  NUMA_NO_NODE, "CPU-to-node table");
	if (!ps->cpu_node)
		return -ENOMEM;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		ps->cpu_node[cpu] = machine->cpu_node ? machine->cpu_node[cpu]
						      : default_cpu_node(cpu, ps->pgdat_list);
	return 0;
}

/* ---- spans ---- */

/* Frames of RAM on the node between two frames. */
static unsigned long frames_present(int nid, pfn_t low, pfn_t high)
{
	unsigned long present = 0, start, end;
	int i;

	for_each_mem_pfn_range(i, nid, &start, &end, NULL) {
		start = max_of(start, (unsigned long)low);
		end = min_of(end, (unsigned long)high);
		if (start < end)
			present += end - start;
	}
	return present;
}

static void set_node_span(pg_data_t *pgdat)
{
	unsigned long start, end, low = ~0UL, high = 0;
	int i;

	for_each_mem_pfn_range(i, pgdat->node_id, &start, &end, NULL) {
		low = min_of(low, start);
		high = max_of(high, end);
	}
	if (low >= high)
		low = high = 0;
	pgdat->node_start_pfn = low;
	pgdat->node_start_paddr = PFN_PHYS(low);
	pgdat->node_spanned_pages = high - low;
	pgdat->node_present_pages = frames_present(pgdat->node_id, low, high);
}

static void set_zone_span(pg_data_t *pgdat, enum zone_type type)
{
	const struct page_state *ps = &this_quire()->page;
	struct zone *zone = &pgdat->node_zones[type];
	pfn_t low = ps->zone_low_pfn[type], high = ps->zone_high_pfn[type];

	if (type == ZONE_MOVABLE) {
		low = ps->movable_start_pfn;
		high = ps->ram_end_pfn;
	} else {
		high = min_of(high, ps->movable_start_pfn);
	}
	low = max_of(low, pgdat->node_start_pfn);
	high = min_of(high, pgdat_end_pfn(pgdat));
	if (type == ZONE_DEVICE || low >= high)
		low = high = 0;
	zone->zone_start_pfn = low;
	zone->spanned_pages = high - low;
	zone->present_pages = frames_present(pgdat->node_id, low, high);
	zone->room_start_pfn = low;
	zone->room_end_pfn = high;
	zone->room_pages = zone->present_pages;
	hotplug_zone_room(zone);
}

static void init_zone(pg_data_t *pgdat, enum zone_type type)
{
	struct page_state *ps = &this_quire()->page;
	struct zone *zone = &pgdat->node_zones[type];
	unsigned long map_pages;

	zone->name = zone_name(type);
	zone->zone_idx = (int)type;
	zone->zone_pgdat = pgdat;
	zone->node = pgdat->node_id;
	zone->per_cpu_pageset = &ps->boot_pageset;
	set_zone_span(pgdat, type);
	/* An estimate until mem_init counts: what is present less its page structures. */
	map_pages = PFN_UP(zone->spanned_pages * MEMMAP_BYTES_PER_FRAME);
	zone->managed_pages = zone->present_pages;
	if (!zone_is_highmem(zone) && zone->managed_pages > map_pages)
		zone->managed_pages -= map_pages;
	ps->nr_all_pages += zone->managed_pages;
	if (!zone_is_highmem(zone))
		ps->nr_kernel_pages += zone->managed_pages;
	else if (ps->nr_kernel_pages > 2 * map_pages) /* page structures lie in lowmem */
		ps->nr_kernel_pages -= map_pages;
	if (zone->present_pages)
		pgdat->nr_zones = (int)type + 1;
}

static void init_node(pg_data_t *pgdat)
{
	enum zone_type type;

	set_node_span(pgdat);
	for (type = 0; type < MAX_NR_ZONES; type++)
		init_zone(pgdat, type);
	if (pgdat->node_spanned_pages)
		pr_info("Initmem setup node %d [mem 0x%016llx-0x%016llx]", pgdat->node_id,
			(unsigned long long)pgdat->node_start_paddr,
			(unsigned long long)PFN_PHYS(pgdat_end_pfn(pgdat)) - 1);
	else
		pr_info("Initmem setup node %d as memoryless", pgdat->node_id);
}

static void log_memory_ranges(void)
{
	unsigned long start, end;
	int i, nid;

	pr_info("Early memory node ranges");
	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start, &end, &nid)
		pr_info("  node %3d: [mem 0x%016llx-0x%016llx]", nid,
			(unsigned long long)PFN_PHYS(start), (unsigned long long)PFN_PHYS(end) - 1);
}

/* The page arrays of nodes and zones, once mem_map stands. */
static void point_into_memmap(void)
{
	struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat;
	enum zone_type type;

	for_each_online_pgdat(pgdat) {
		if (!pgdat->node_spanned_pages)
			continue;
		pgdat->node_mem_map = pfn_to_page(pgdat->node_start_pfn);
		for (type = 0; type < MAX_NR_ZONES; type++)
			if (pgdat->node_zones[type].spanned_pages)
				pgdat->node_zones[type].zone_mem_map =
					pfn_to_page(pgdat->node_zones[type].zone_start_pfn);
	}
	ps->mobility_grouping =
		nr_free_zone_pages(MAX_NR_ZONES - 1) >= pageblock_nr_pages * MIGRATE_TYPES;
}


int free_area_init(const struct quire_machine *machine)
{
	struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat;
	int err;

	pcp_init(&ps->boot_pageset);
	hotplug_plan(machine);
	set_zone_limits(machine);
	log_zone_limits();
	log_memory_ranges();
	err = alloc_nodes(machine);
	if (err)
		return err;
	for (pgdat = next_possible_node(-1); pgdat; pgdat = next_possible_node(pgdat->node_id))
		init_node(pgdat);
	err = alloc_cpu_nodes(machine);
	if (err)
		return err;
	err = zonelists_alloc();
	if (err)
		return err;
	err = pagesets_alloc();
	if (err)
		return err;
	err = memmap_alloc(machine);
	if (err)
		return err;
	err = zone_leaves_alloc();
	if (err)
		return err;
	err = hotplug_alloc_blocks();
	if (err)
		return err;
	point_into_memmap();
	return 0;
}
