/* SPDX-License-Identifier: MIT */
/*
 * hotplug_support.c - machines into which memory is plugged, for tests.
 */
#include "tests/page/hotplug_support.h"

#include <string.h>
#include <sys/mman.h>

#include "tests/fixture.h"
#include "tests/tap.h"

struct quire_machine *hot_machine;

void hot_check_all(void)
{
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(memory_hotplug_validate(), 0);
	CHECK_EQ(memblock_validate(), 0);
}

struct zone *hot_zone(int nid, enum zone_type type)
{
	return &NODE_DATA(nid)->node_zones[type];
}

void hot_count_all(struct hot_counts *c)
{
	int nid, type;

	memset(c, 0, sizeof(*c));
	c->free = nr_free_pages();
	c->total = totalram_pages();
	for (nid = 0; nid < 2 && NODE_DATA(nid); nid++)
		for (type = 0; type < MAX_NR_ZONES; type++) {
			const struct zone *zone = hot_zone(nid, type);

			c->present[nid][type] = zone->present_pages;
			c->managed[nid][type] = zone->managed_pages;
			c->spanned[nid][type] = zone->spanned_pages;
			c->low[nid][type] = low_wmark_pages(zone);
			c->reserve[nid][type] = zone->lowmem_reserve[ZONE_MOVABLE];
		}
	c->totalreserve = this_quire()->page.totalreserve_pages;
	c->min_free = this_quire()->page.min_free_kbytes;
	c->ram = memblock_phys_mem_size();
	c->regions = memblock.memory.cnt;
	c->iomem = this_quire()->report.iomem_resource.child->sibling;
}

void hot_check_same(const struct hot_counts *before)
{
	struct hot_counts now;
	const unsigned char *a = (const void *)before, *b = (const void *)&now;
	size_t i;

	hot_count_all(&now);
	/* Both began as zeros: so did their gaps. */
	for (i = 0; i < sizeof(now) && a[i] == b[i]; i++)
		;
	CHECK_EQ(i, sizeof(now));
	CHECK_EQ(now.free, before->free);
	CHECK_EQ(now.total, before->total);
	CHECK_EQ(now.totalreserve, before->totalreserve);
	CHECK_EQ(now.ram, before->ram);
	hot_check_all();
}

void hot_describe(unsigned int zones)
{
	hot_machine = test_machine_new();
	hot_machine->zones = zones;
	hot_machine->memory_block_size = BLOCK;
	hot_machine->nr_cpus = CONFIG_SMP ? 3 : 1;
}

/*
 *      16M          32M      40M                 64M
 *      | RAM, node 0 |  hole  | hot-pluggable     |
 */
void hot_boot_flat(void)
{
	hot_describe(1U << ZONE_NORMAL | 1U << ZONE_MOVABLE);
	test_bank(hot_machine, 16 * MB, 16 * MB, 0);
	test_hotplug(hot_machine, 40 * MB, 24 * MB, 0);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	hot_check_all();
}

/* ---- page structures in a window ---- */

unsigned long hot_window_mapped;
static char *window;
static size_t window_size;

static int map_part(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size)
{
	(void)ctx;
	if (phys >= 512 * MB)
		return -ENOMEM;
	/* The test need not see a structure through the direct map. */
	hot_window_mapped += size;
	return mprotect((void *)virt, size, PROT_READ | PROT_WRITE) ? -ENOMEM : 0;
}

static void unmap_part(void *ctx, uintptr_t virt, size_t size)
{
	(void)ctx;
	hot_window_mapped -= size;
	REQUIRE(mmap((void *)virt, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
		     -1, 0) != MAP_FAILED);
}

void hot_use_window(phys_addr_t end)
{
	hot_machine->memory_block_size = WBLOCK;
	window_size = (size_t)((end >> 12) * MEMMAP_BYTES_PER_FRAME + (16 << 12));
	window = mmap(NULL, window_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(window != MAP_FAILED);
	hot_window_mapped = 0;
	hot_machine->map_window = map_part;
	hot_machine->unmap_window = unmap_part;
	hot_machine->memmap_window = (uintptr_t)window;
}

void hot_free_window(void)
{
	test_machine_end(hot_machine);
	munmap(window, window_size);
}

/*
 *      16M      64M       128M                             1G            1G+64M
 *      | RAM     | hole    | hot-pluggable      | hole      | hot-pluggable |
 */
void hot_boot_window(void)
{
	hot_describe(1U << ZONE_NORMAL | 1U << ZONE_MOVABLE);
	test_bank(hot_machine, 16 * MB, 48 * MB, 0);
	test_hotplug(hot_machine, 128 * MB, 128 * MB, 0);
	test_hotplug(hot_machine, 1024 * MB, 64 * MB, 0);
	hot_use_window(1088 * MB);
	REQUIRE(test_machine_boot(hot_machine) == 0);
	hot_check_all();
}

/* ---- memory that comes and goes ---- */

void hot_plug(phys_addr_t base, phys_addr_t size, int nid)
{
	test_plug(hot_machine, base, size);
	REQUIRE(add_memory(nid, base, size, MHP_NONE) == 0);
}

/* Online as the type says; the zone it went to. */
struct zone *hot_online(phys_addr_t base, phys_addr_t size, int nid, int type)
{
	unsigned long pfn = PFN_DOWN(base), pages = PFN_DOWN(size);
	struct zone *zone = zone_for_pfn_range(type, nid, NULL, pfn, pages);

	REQUIRE(zone);
	REQUIRE(online_pages(pfn, pages, zone, NULL) == 0);
	return zone;
}

int hot_offline(phys_addr_t base, phys_addr_t size, struct zone *zone)
{
	return offline_pages(PFN_DOWN(base), PFN_DOWN(size), zone, NULL);
}
