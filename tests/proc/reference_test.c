/* SPDX-License-Identifier: MIT */
/*
 * reference_test.c - the numbers of a real Linux 6.1, filled into our structures, come
 * out as the same bytes: tests/fixtures/linux-6.1 holds what five machines printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/memblock.h>

#include "mm/proc/internal.h"
#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

/* ---- reading zoneinfo ---- */

static enum zone_type type_of_name(const char *name)
{
	enum zone_type type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (!strcmp(zone_name(type), name))
			return type;
	tap_note("no zone is called %s", name);
	REQUIRE(false);
	return 0;
}

/* Which nodes and zones does the text speak of? */
static void make_machine_of(const char *text)
{
	unsigned int zones = 0, nr_nodes = 0;
	const char *line;
	char name[16];
	int nid;

	for (line = strstr(text, "Node "); line; line = strstr(line + 1, "\nNode ")) {
		line += *line == '\n';
		REQUIRE(sscanf(line, "Node %d, zone %15s", &nid, name) == 2);
		zones |= 1U << type_of_name(name);
		nr_nodes = nid + 1 > (int)nr_nodes ? (unsigned int)nid + 1 : nr_nodes;
	}
	proc_machine(nr_nodes, zones);
	this_quire()->geo.nr_cpus = strstr(text, "cpu: 1\n") ? 2 : 1;
}

/* A number behind its name: "        spanned  4095". */
static bool read_number(const char *line, const char *name, unsigned long *value)
{
	line += strspn(line, " ");
	if (strncmp(line, name, strlen(name)))
		return false;
	*value = strtoul(line + strlen(name), NULL, 10);
	return true;
}

static void read_protection(struct zone *zone, const char *numbers)
{
	enum zone_type type;
	char *end;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		if (!zone_configured(type))
			continue;
		zone->lowmem_reserve[type] = strtoul(numbers, &end, 10);
		numbers = end + strspn(end, ", ");
	}
	CHECK(*numbers == ')');
}

/* Where the reader of zoneinfo is. */
struct reader {
	struct zone *zone;
	struct per_cpu_pages *pcp;
	bool in_node_stats;
	unsigned int nr_node_stats, nr_zone_stats;
};

static void begin_zone(struct reader *r, const char *line)
{
	char name[16];
	int nid;

	REQUIRE(sscanf(line, "Node %d, zone %15s", &nid, name) == 2);
	*r = (struct reader){ .zone = proc_zone(nid, type_of_name(name)) };
}

/* Counters come in the order of the enums, the zone's followed by those of NUMA. */
static void read_counter(struct reader *r, const char *line)
{
	unsigned long value = strtoul(strrchr(line, ' '), NULL, 10);
	unsigned int i;

	if (r->in_node_stats) {
		REQUIRE(r->nr_node_stats < NR_VM_NODE_STAT_ITEMS);
		r->zone->zone_pgdat->vm_stat[r->nr_node_stats++] = value;
		return;
	}
	i = r->nr_zone_stats++;
	REQUIRE(i < NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS);
	if (i < NR_VM_ZONE_STAT_ITEMS)
		proc_set_counter(r->zone, i, value);
	else
		r->zone->per_cpu_pageset->numa_event[i - NR_VM_ZONE_STAT_ITEMS] = value;
}

static void read_size(struct reader *r, const char *line)
{
	struct zone *z = r->zone;
	unsigned long value;

	if (read_number(line, "pages free", &value)) {
		proc_set_counter(z, NR_FREE_PAGES, value);
		r->in_node_stats = false;
		return;
	}
	if (read_number(line, "boost", &z->watermark_boost) ||
	    read_number(line, "min", &z->_watermark[WMARK_MIN]) ||
	    read_number(line, "low", &z->_watermark[WMARK_LOW]) ||
	    read_number(line, "high ", &z->_watermark[WMARK_HIGH]) ||
	    read_number(line, "spanned", &z->spanned_pages) ||
	    read_number(line, "present", &z->present_pages) ||
	    read_number(line, "managed", &z->managed_pages) ||
	    read_number(line, "cma", &z->cma_pages) ||
	    read_number(line, "start_pfn:", &z->zone_start_pfn))
		return;
	if (strstr(line, "protection: ("))
		read_protection(z, strchr(line, '(') + 1);
	else if (read_number(line, "cpu:", &value))
		r->pcp = &z->per_cpu_pageset[value];
	else if (read_number(line, "count:", &value))
		r->pcp->lists[0].count = (u16)value;
	else if (read_number(line, "high:", &value))
		r->pcp->high = (int)value;
	else if (read_number(line, "batch:", &value))
		r->pcp->batch = (int)value;
}

static void read_zoneinfo(const char *text)
{
	struct reader reader = { 0 };
	char line[256];
	size_t len;

	make_machine_of(text);
	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		REQUIRE(len < sizeof(line));
		memcpy(line, text, len);
		line[len] = '\0';
		if (!strncmp(line, "Node ", 5))
			begin_zone(&reader, line);
		else if (strstr(line, "per-node stats"))
			reader.in_node_stats = true;
		else if (!strncmp(line, "      ", 6) && line[6] != ' ')
			read_counter(&reader, line);
		else
			read_size(&reader, line);
	}
}

/* ---- zoneinfo, and meminfo from the same numbers ---- */

static void set_totals(void)
{
	struct page_state *ps = &this_quire()->page;
	struct zone *zone;

	for_each_zone(zone) {
		ps->totalram_pages += zone->managed_pages;
		if (zone->zone_idx == ZONE_HIGHMEM)
			ps->totalhigh_pages += zone->managed_pages;
	}
}

static u64 kb_of_row(const char *meminfo, const char *label)
{
	const char *row = strstr(meminfo, label);

	REQUIRE(row);
	return strtoull(row + strlen(label), NULL, 10);
}

/* Linux took objects between the two files. */
static void set_slabs(const char *meminfo)
{
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat)
		pgdat->vm_stat[NR_SLAB_RECLAIMABLE] = pgdat->vm_stat[NR_SLAB_UNRECLAIMABLE] = 0;
	NODE_DATA(0)->vm_stat[NR_SLAB_RECLAIMABLE] = (unsigned long)kb_of_row(meminfo, "SReclaimable:") / 4;
	NODE_DATA(0)->vm_stat[NR_SLAB_UNRECLAIMABLE] = (unsigned long)kb_of_row(meminfo, "SUnreclaim:") / 4;
}

/* What mm/kvirt would have counted. False: a pointer is too small for the window's size. */
static bool set_kvirt(const char *meminfo)
{
	struct quire *q = this_quire();
	u64 window = kb_of_row(meminfo, "VmallocTotal:") << 10;

	q->percpu.nr_pages = (unsigned long)kb_of_row(meminfo, "Percpu:") / 4;
#if CONFIG_MMU
	q->kvirt.vmalloc.nr_pages = (unsigned long)kb_of_row(meminfo, "VmallocUsed:") / 4;
	q->kvirt.vmalloc.end = (uintptr_t)window;
	return q->kvirt.vmalloc.end == window;
#else
	(void)window;
	return false;
#endif
}

/* Linux's rows on total and free memory and the kernel's own: those that the library has. */
static void keep_rows_we_have(char *rows, const char *meminfo)
{
	static const char *const labels[] = { "MemTotal:",     "MemFree:",     "HighTotal:",
					      "HighFree:",     "LowTotal:",    "LowFree:",
					      "KReclaimable:", "Slab:",	      "SReclaimable:",
					      "SUnreclaim:",   "VmallocTotal:", "VmallocUsed:",
					      "VmallocChunk:", "Percpu:" };
	size_t len, i;

	for (; *meminfo; meminfo += len) {
		len = strcspn(meminfo, "\n");
		len += meminfo[len] == '\n';
		for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
			if (strncmp(meminfo, labels[i], strlen(labels[i])))
				continue;
			memcpy(rows, meminfo, len);
			rows += len;
		}
	}
	*rows = '\0';
}

static void cut_row(char *rows, const char *label)
{
	char *row = strstr(rows, label), *end;

	REQUIRE(row);
	end = strchr(row, '\n') + 1;
	memmove(row, end, strlen(end) + 1);
}

static void check_meminfo(const char *linux_meminfo)
{
	char expected[1024], ours[1024];
	bool fits;

	set_totals();
	set_slabs(linux_meminfo);
	fits = set_kvirt(linux_meminfo);
	keep_rows_we_have(expected, linux_meminfo);
	snprintf(ours, sizeof(ours), "%s", report_text("meminfo"));
	cut_row(ours, "MemAvailable:"); /* in Linux it counts the page cache, too */
	if (!fits) {
		cut_row(ours, "VmallocTotal:");
		cut_row(expected, "VmallocTotal:");
	}
	if (!CONFIG_MMU) {
		cut_row(ours, "VmallocUsed:");
		cut_row(expected, "VmallocUsed:");
	}
	CHECK_STR(ours, expected);
}

static void check_zoneinfo(const char *machine)
{
	const char *text = proc_fixture(machine);
	const char *expected = proc_section(text, "=== /proc/zoneinfo", "===");

	read_zoneinfo(expected);
	CHECK_STR(report_text("zoneinfo"), expected);
	check_meminfo(proc_section(text, "=== /proc/meminfo", "==="));
}

/* ---- buddyinfo ---- */

static void read_buddyinfo(const char *text)
{
	const char *line;
	unsigned int order;

	make_machine_of(text);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		struct reader reader;
		const char *numbers = strstr(line, "zone") + 4;
		char *end;

		begin_zone(&reader, line);
		numbers += strspn(numbers, " ");
		numbers += strcspn(numbers, " ");
		for (order = 0; *(numbers + strspn(numbers, " ")) != '\n'; order++) {
			REQUIRE(order < MAX_ORDER_LIMIT);
			proc_set_free_blocks(reader.zone, order, strtoul(numbers, &end, 10));
			numbers = end;
		}
		this_quire()->geo.max_order = order;
		reader.zone->present_pages = 1;
	}
}

static void check_buddyinfo(const char *machine)
{
	const char *expected = proc_section(proc_fixture(machine), "=== /proc/buddyinfo", "===");

	read_buddyinfo(expected);
	CHECK_STR(report_text("buddyinfo"), expected);
}

/* ---- vmstat ---- */

/* Of the rows behind the nodes' those of events that the page allocator counts. */
static bool is_row_we_have(const char *row)
{
	static const char *const ours[] = { "pgalloc_", "allocstall_", "pgskip_", "pgfree ", "pgmigrate_",
					    "compact_",  "cma_alloc_",  "slabs_scanned ", "drop_slab " };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strncmp(row, ours[i], strlen(ours[i])))
			return true;
	return false;
}

/* The rows of Linux that we have. */
static const char *vmstat_rows_we_have(const char *machine)
{
	static char rows[8192];
	const char *linux_rows = proc_section(proc_fixture(machine), "=== /proc/vmstat", "===");
	const char *row = strstr(linux_rows, "nr_dirty_threshold");
	size_t len;

	REQUIRE(row && row - linux_rows < (int)sizeof(rows));
	len = (size_t)snprintf(rows, sizeof(rows), "%.*s", (int)(row - linux_rows), linux_rows);
	for (; *row; row = strchr(row, '\n') + 1) {
		size_t line = (size_t)(strchr(row, '\n') + 1 - row);

		if (!is_row_we_have(row))
			continue;
		REQUIRE(len + line < sizeof(rows));
		memcpy(rows + len, row, line);
		len += line;
		rows[len] = '\0';
	}
	return rows;
}

/*
 * The numbers of the rows of events become counts of two CPUs. What was freed is not counted:
 * it is what was taken and what is free, on CPUs' lists too.
 */
static void read_event(const char *name, unsigned long value, unsigned long *pages)
{
	struct page_cpu *cpus = this_quire()->page.cpus_reserved;
	static unsigned int row, type;
	unsigned int item;

	if (!strcmp(name, "pgalloc_dma")) {
		type = ZONE_DMA;
		row = 0;
	}
	if (!strcmp(name, "pgfree")) {
		REQUIRE(value - *pages < 65536);
		proc_pageset(0, ZONE_NORMAL, 0)->lists[0].count = (u16)(value - *pages);
		row = 3;
		type = 1;
		return;
	}
	/* Three rows by zone, of the zones that the machine has; then one by one. */
	while (row < 3 && !zone_configured((enum zone_type)type))
		type++;
	item = row < 3 ? PGALLOC_DMA + row * MAX_NR_ZONES + type : PGFREE + type;
	REQUIRE(item < NR_VM_EVENT_ROWS);
	*pages += row == 0 ? value : 0;
	cpus[0].event[item] = value / 3;
	cpus[1].event[item] = value - value / 3;
	type++;
	while (row < 3 && type < MAX_NR_ZONES && !zone_configured((enum zone_type)type))
		type++;
	if (row < 3 && type == MAX_NR_ZONES) {
		type = 0;
		row++;
	}
}

/* Each number of Linux's, in its order, where our counters of that kind stand. */
static void read_vmstat(const char *rows)
{
	unsigned long value, zone_rows = 0, numa_rows = 0, node_rows = 0;
	bool is_node = false, is_event = false;
	unsigned long pages = 0;
	const char *line;
	char name[64];

	for (line = rows; *line; line = strchr(line, '\n') + 1) {
		REQUIRE(sscanf(line, "%63s %lu", name, &value) == 2);
		is_node |= !strcmp(name, "nr_inactive_anon");
		is_event |= !strcmp(name, "pgalloc_dma");
		pages += !strcmp(name, "nr_free_pages") ? value : 0;
		if (is_event)
			read_event(name, value, &pages);
		else if (is_node)
			NODE_DATA(0)->vm_stat[node_rows++] = value;
		else if (!strncmp(name, "numa_", 5))
			proc_pageset(0, ZONE_NORMAL, 0)->numa_event[numa_rows++] = value;
		else
			proc_set_counter(proc_zone(0, ZONE_NORMAL), zone_rows++, value);
		REQUIRE(zone_rows <= NR_VM_ZONE_STAT_ITEMS && numa_rows <= NR_VM_NUMA_EVENT_ITEMS &&
			node_rows <= NR_VM_NODE_STAT_ITEMS);
	}
}

static void check_vmstat(const char *machine, unsigned int zones)
{
	static struct page_cpu cpus[2];
	const char *expected = vmstat_rows_we_have(machine);

	proc_machine(1, zones);
	proc_zone(0, ZONE_NORMAL)->present_pages = 1;
	memset(cpus, 0, sizeof(cpus));
	this_quire()->page.cpus_reserved = cpus;
	this_quire()->geo.nr_cpus = 2;
	/* A Linux that was built without CMA says nothing of it. */
	this_quire()->page.nr_cma_pages = strstr(expected, "cma_alloc_success") ? 16384 : 0;
	read_vmstat(expected);
	CHECK_STR(report_text("vmstat"), expected);
}

static void vmstat_has_the_rows_of_linux_in_its_order(void)
{
	unsigned int zones64 = 1U << ZONE_DMA | 1U << ZONE_DMA32 | 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE |
			       1U << ZONE_DEVICE;
	unsigned int zones32 = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM | 1U << ZONE_MOVABLE;

	check_vmstat("x86_64-512M", zones64);
	check_vmstat("x86_64-numa", zones64);
	check_vmstat("i386-2G", zones32);
	check_vmstat("i386pae-2G", zones32);
	check_vmstat("imx6ul-512M", zones32);
}

/* ---- iomem ---- */

static void check_iomem(const char *machine)
{
	static struct machine_resource list[64];
	static char names[64][64];
	const char *expected = proc_section(proc_fixture(machine), "=== /proc/iomem", "===");
	struct quire_machine m = { .resources = list };
	const char *line;

	for (line = expected; *line; line = strchr(line, '\n') + 1) {
		struct machine_resource *r = &list[m.nr_resources];
		unsigned long long start, end;

		REQUIRE(m.nr_resources < 64);
		REQUIRE(sscanf(line, " %llx-%llx : %63[^\n]", &start, &end,
			       names[m.nr_resources]) == 3);
		*r = (struct machine_resource){ (phys_addr_t)start, (phys_addr_t)end,
						names[m.nr_resources],
						(unsigned int)strspn(line, " ") / 2 };
		m.nr_resources++;
	}
	REQUIRE(m.nr_resources > 5);
	proc_machine(1, 1U << ZONE_NORMAL);
	proc_boot_memory();
	CHECK_EQ(iomem_build(&m), 0);
	CHECK_STR(report_text("iomem"), expected);
}

/* ---- memblock ---- */

static void read_regions(const char *lines, int (*add)(phys_addr_t base, phys_addr_t size))
{
	unsigned long long start, end;
	unsigned int index;

	for (; *lines; lines = strchr(lines, '\n') + 1) {
		REQUIRE(sscanf(lines, " %u: 0x%llx..0x%llx", &index, &start, &end) == 3);
		CHECK_EQ(add((phys_addr_t)start, (phys_addr_t)(end - start + 1)), 0);
	}
}

static void check_memblock(const char *machine, const char *memory, const char *reserved,
			   const char *stop, phys_addr_t phys_end)
{
	const char *text = proc_fixture(machine);

	proc_machine(1, 1U << ZONE_NORMAL);
	this_quire()->phase = PHASE_MEMBLOCK;
	this_quire()->geo.phys_end = phys_end;
	read_regions(proc_section(text, memory, stop), memblock_add);
	read_regions(proc_section(text, reserved, "==="), memblock_reserve);
	this_quire()->phase = PHASE_BUDDY;
	CHECK_STR(report_text("memblock/memory"), proc_section(text, memory, stop));
	CHECK_STR(report_text("memblock/reserved"), proc_section(text, reserved, "==="));
	CHECK(memblock.reserved.cnt >= 35);
}

/* ---- the five machines ---- */

static void an_i386_pc_with_highmem(void)
{
	check_zoneinfo("i386-2G");
	check_buddyinfo("i386-2G");
	check_iomem("i386-2G");
}

static void an_i386_pc_with_pae(void)
{
	check_zoneinfo("i386pae-2G");
	check_buddyinfo("i386pae-2G");
	if (sizeof(phys_addr_t) > 4)
		check_iomem("i386pae-2G");
}

static void an_imx6ul_board(void)
{
	check_zoneinfo("imx6ul-512M");
	check_buddyinfo("imx6ul-512M");
	check_iomem("imx6ul-512M");
}

static void an_x86_64_pc_with_one_node(void)
{
	check_zoneinfo("x86_64-512M");
	check_buddyinfo("x86_64-512M");
	if (sizeof(phys_addr_t) > 4)
		check_iomem("x86_64-512M");
}

static void an_x86_64_pc_with_two_nodes_and_two_cpus(void)
{
	check_zoneinfo("x86_64-numa");
	check_buddyinfo("x86_64-numa");
	if (sizeof(phys_addr_t) > 4)
		check_iomem("x86_64-numa");
}

static void memblock_of_a_kernel_with_32_bit_addresses(void)
{
	check_memblock("imx6ul-512M", "=== /sys/kernel/debug/memblock/memory",
		       "=== /sys/kernel/debug/memblock/reserved",
		       "===", (phys_addr_t)((u64)UINT32_MAX + (sizeof(phys_addr_t) > 4)));
}

static void memblock_of_a_kernel_with_64_bit_addresses(void)
{
	if (sizeof(phys_addr_t) == 4)
		tap_skip("phys_addr_t has 32 bits");
	check_memblock("imx6ul-memblock", "memory:", "reserved:", "reserved:", PHYS_ADDR_MAX);
}

const struct tap_test tap_tests[] = {
	TEST(an_i386_pc_with_highmem),
	TEST(an_i386_pc_with_pae),
	TEST(an_imx6ul_board),
	TEST(an_x86_64_pc_with_one_node),
	TEST(an_x86_64_pc_with_two_nodes_and_two_cpus),
	TEST(vmstat_has_the_rows_of_linux_in_its_order),
	TEST(memblock_of_a_kernel_with_32_bit_addresses),
	TEST(memblock_of_a_kernel_with_64_bit_addresses),
	{ NULL, NULL },
};
