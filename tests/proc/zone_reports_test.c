/* SPDX-License-Identifier: MIT */
/*
 * zone_reports_test.c - buddyinfo, zoneinfo, meminfo and extfrag of machines made by hand:
 * which zones and rows are shown, and how numbers are laid out.
 */
#include <stdio.h>
#include <string.h>

#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define DMA (1U << ZONE_DMA)
#define DMA32 (1U << ZONE_DMA32)
#define NORMAL (1U << ZONE_NORMAL)
#define HIGHMEM (1U << ZONE_HIGHMEM)
#define MOVABLE (1U << ZONE_MOVABLE)

/* A zone with memory, as far as its sizes say. */
static struct zone *populate(int nid, enum zone_type type, unsigned long pages)
{
	struct zone *zone = proc_zone(nid, type);

	zone->spanned_pages = zone->present_pages = zone->managed_pages = pages;
	return zone;
}

/* How often the text occurs. */
static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

/* ---- buddyinfo ---- */

static void buddyinfo_has_a_line_for_each_zone_with_memory(void)
{
	proc_machine(2, DMA | NORMAL);
	this_quire()->geo.max_order = 3;
	proc_set_free_blocks(populate(0, ZONE_NORMAL, 100), 0, 7);
	proc_set_free_blocks(populate(1, ZONE_DMA, 100), 2, 1234567);
	CHECK_STR(report_text("buddyinfo"), "Node 0, zone   Normal      7      0      0 \n"
					    "Node 1, zone      DMA      0      0 1234567 \n");
}

static void buddyinfo_leaves_out_the_pages_of_cpus(void)
{
	proc_machine(1, NORMAL);
	this_quire()->geo.max_order = 1;
	proc_set_free_blocks(populate(0, ZONE_NORMAL, 100), 0, 90);
	proc_pageset(0, ZONE_NORMAL, 0)->lists[0].count = 10;
	CHECK_STR(report_text("buddyinfo"), "Node 0, zone   Normal     90 \n");
}

static void reports_of_a_machine_that_is_not_up_are_empty(void)
{
	test_machine_new();
	CHECK_STR(report_text("buddyinfo"), "");
	CHECK_STR(report_text("zoneinfo"), "");
	CHECK_STR(report_text("iomem"), "");
	CHECK_STR(report_text("extfrag/extfrag_index"), "");
	CHECK_STR(report_text("memblock/memory"), "");
}

/* ---- zoneinfo ---- */

/* The short form, whole. */
static void zoneinfo_of_a_zone_without_memory_ends_with_its_protection(void)
{
	proc_machine(1, NORMAL | HIGHMEM);
	proc_zone(0, ZONE_HIGHMEM)->_watermark[WMARK_MIN] = 32;
	proc_zone(0, ZONE_HIGHMEM)->watermark_boost = 5;
	proc_zone(0, ZONE_NORMAL)->lowmem_reserve[ZONE_HIGHMEM] = 77;
	proc_zone(0, ZONE_NORMAL)->lowmem_reserve[ZONE_MOVABLE] = 99;
	CHECK_STR(report_text("zoneinfo"), "Node 0, zone   Normal\n"
					   "  pages free     0\n"
					   "        boost    0\n"
					   "        min      0\n"
					   "        low      0\n"
					   "        high     0\n"
					   "        spanned  0\n"
					   "        present  0\n"
					   "        managed  0\n"
					   "        cma      0\n"
					   "        protection: (0, 77)\n"
					   "Node 0, zone  HighMem\n"
					   "  pages free     0\n"
					   "        boost    5\n"
					   "        min      37\n"
					   "        low      5\n"
					   "        high     5\n"
					   "        spanned  0\n"
					   "        present  0\n"
					   "        managed  0\n"
					   "        cma      0\n"
					   "        protection: (0, 0)\n");
}

static void zoneinfo_shows_node_counters_in_the_first_zone_with_memory(void)
{
	const char *text, *stats;

	proc_machine(2, DMA | NORMAL | MOVABLE);
	populate(0, ZONE_NORMAL, 100)->zone_pgdat->vm_stat[NR_KERNEL_STACK_KB] = 640;
	populate(0, ZONE_MOVABLE, 100);
	/* Node 1 has no memory at all: no counters. */
	text = report_text("zoneinfo");
	CHECK_EQ(count(text, "per-node stats"), 1);
	stats = strstr(text, "per-node stats");
	REQUIRE(stats);
	CHECK(stats > strstr(text, "Node 0, zone   Normal"));
	CHECK(stats < strstr(text, "Node 0, zone  Movable"));
	CHECK(strstr(text, "\n      nr_kernel_stack 640\n"));
	CHECK_EQ(count(text, "Node 1, zone"), 3);
	CHECK_EQ(count(text, "pagesets"), 2);
}

static void zoneinfo_has_numa_rows_on_64_bit_machines_and_on_several_nodes(void)
{
	proc_machine(1, DMA | NORMAL);
	populate(0, ZONE_NORMAL, 100);
	CHECK(!strstr(report_text("zoneinfo"), "numa_"));
	CHECK(!strstr(report_text("zoneinfo"), "pgpromote"));
	proc_machine(1, DMA32 | NORMAL);
	populate(0, ZONE_NORMAL, 100);
	CHECK_EQ(count(report_text("zoneinfo"), "      numa_"), 6);
	CHECK_EQ(count(report_text("zoneinfo"), "      pgpromote_"), 2);
	proc_machine(2, NORMAL);
	populate(0, ZONE_NORMAL, 100);
	populate(1, ZONE_NORMAL, 100);
	CHECK_EQ(count(report_text("zoneinfo"), "      numa_"), 12);
	CHECK_EQ(count(report_text("zoneinfo"), "      pgpromote_"), 4);
}

static void zoneinfo_adds_the_numa_events_of_all_cpus(void)
{
	proc_machine(1, DMA32 | NORMAL);
	populate(0, ZONE_NORMAL, 100);
	this_quire()->geo.nr_cpus = 3;
	proc_pageset(0, ZONE_NORMAL, 0)->numa_event[NUMA_LOCAL] = 1;
	proc_pageset(0, ZONE_NORMAL, 1)->numa_event[NUMA_LOCAL] = 20;
	proc_pageset(0, ZONE_NORMAL, 2)->numa_event[NUMA_LOCAL] = 300;
	proc_pageset(0, ZONE_NORMAL, 3)->numa_event[NUMA_LOCAL] = 4000;
	CHECK(strstr(report_text("zoneinfo"), "\n      numa_local   321\n"));
}

/* The end of a zone's block, whole. */
static void zoneinfo_shows_each_cpus_list(void)
{
	const char *text, *end;

	proc_machine(1, NORMAL);
	populate(0, ZONE_NORMAL, 100)->zone_start_pfn = 524288;
	this_quire()->geo.nr_cpus = 2;
	*proc_pageset(0, ZONE_NORMAL, 0) =
		(struct per_cpu_pages){ .lists[0].count = 5, .high = 42, .batch = 7 };
	*proc_pageset(0, ZONE_NORMAL, 1) =
		(struct per_cpu_pages){ .lists[0].count = 6, .high = 42, .batch = 7 };
	text = report_text("zoneinfo");
	end = strstr(text, "  pagesets");
	REQUIRE(end);
	CHECK_STR(end, "  pagesets\n"
		       "    cpu: 0\n"
		       "              count: 5\n"
		       "              high:  42\n"
		       "              batch: 7\n"
		       "  vm stats threshold: 4\n"
		       "    cpu: 1\n"
		       "              count: 6\n"
		       "              high:  42\n"
		       "              batch: 7\n"
		       "  vm stats threshold: 4\n"
		       "  node_unreclaimable:  0\n"
		       "  start_pfn:           524288\n");
}

static void check_threshold(unsigned int cpus, unsigned long pages, const char *expected)
{
	char row[64];

	proc_machine(1, NORMAL);
	populate(0, ZONE_NORMAL, pages);
	this_quire()->geo.nr_cpus = cpus;
	snprintf(row, sizeof(row), "\n  vm stats threshold: %s\n", expected);
	CHECK_EQ(count(report_text("zoneinfo"), row), cpus);
}

/* 2 * fls(cpus) * (1 + fls(units of 128 MB)) */
static void the_stats_threshold_grows_with_cpus_and_memory_up_to_125(void)
{
	check_threshold(1, 32767, "2");
	check_threshold(1, 32768, "4");
	check_threshold(1, 65536, "6");
	check_threshold(2, 65536, "12");
	check_threshold(8, 1UL << 20, "56");
	check_threshold(8, 1UL << 29, "125");
	check_threshold(8, (1UL << 29) - 1, "120");
}

/* ---- meminfo ---- */

/* The rows on objects, and on the kernel's virtual memory, where there are none. */
#define NO_OBJECTS_ROWS                 \
	"KReclaimable:          0 kB\n" \
	"Slab:                  0 kB\n" \
	"SReclaimable:          0 kB\n" \
	"SUnreclaim:            0 kB\n"
#define NO_OBJECTS_OR_KVIRT_ROWS          \
	NO_OBJECTS_ROWS                   \
	"VmallocTotal:          0 kB\n"   \
	"VmallocUsed:           0 kB\n"   \
	"VmallocChunk:          0 kB\n"   \
	"Percpu:                0 kB\n"

static void meminfo_counts_in_kilobytes_and_leaves_out_the_pages_of_cpus(void)
{
	proc_machine(1, DMA | NORMAL);
	proc_set_counter(populate(0, ZONE_DMA, 4000), NR_FREE_PAGES, 1000);
	proc_set_counter(populate(0, ZONE_NORMAL, 200000), NR_FREE_PAGES, 100000);
	proc_pageset(0, ZONE_NORMAL, 0)->lists[0].count = 63;
	this_quire()->page.totalram_pages = 204000;
	this_quire()->page.totalreserve_pages = 1500;
	CHECK_STR(report_text("meminfo"), "MemTotal:         816000 kB\n"
					  "MemFree:          404000 kB\n"
					  "MemAvailable:     398000 kB\n" NO_OBJECTS_OR_KVIRT_ROWS);
}

static void meminfo_never_shows_less_than_nothing_as_available(void)
{
	proc_machine(1, NORMAL);
	proc_set_counter(populate(0, ZONE_NORMAL, 100), NR_FREE_PAGES, 10);
	this_quire()->page.totalreserve_pages = 11;
	CHECK(strstr(report_text("meminfo"), "\nMemAvailable:          0 kB\n"));
}

static void meminfo_splits_high_from_low_where_highmem_is_configured(void)
{
	proc_machine(1, NORMAL | HIGHMEM | MOVABLE);
	this_quire()->page.lowmem_end_pfn = 0x1000;
	proc_set_counter(populate(0, ZONE_NORMAL, 1000), NR_FREE_PAGES, 100);
	proc_set_counter(populate(0, ZONE_HIGHMEM, 2000), NR_FREE_PAGES, 200);
	proc_set_counter(populate(0, ZONE_MOVABLE, 4000), NR_FREE_PAGES, 400);
	proc_zone(0, ZONE_HIGHMEM)->zone_start_pfn = 0x1000;
	proc_zone(0, ZONE_MOVABLE)->zone_start_pfn = 0x2000;
	this_quire()->page.totalram_pages = 7000;
	this_quire()->page.totalhigh_pages = 6000;
	CHECK_STR(report_text("meminfo"), "MemTotal:          28000 kB\n"
					  "MemFree:            2800 kB\n"
					  "MemAvailable:       2800 kB\n"
					  "HighTotal:         24000 kB\n"
					  "HighFree:           2400 kB\n"
					  "LowTotal:           4000 kB\n"
					  "LowFree:             400 kB\n" NO_OBJECTS_OR_KVIRT_ROWS);
}

static void meminfo_shows_the_vmalloc_window_and_the_per_cpu_pages(void)
{
	struct quire *q;

	proc_machine(1, NORMAL);
	q = this_quire();
	q->percpu.nr_pages = 33;
	CHECK(strstr(report_text("meminfo"), "\nPercpu:              132 kB\n"));
#if CONFIG_MMU
	q->kvirt.vmalloc.start = 0xf0000000;
	q->kvirt.vmalloc.end = 0xf7800000;
	q->kvirt.vmalloc.nr_pages = 68;
	CHECK(strstr(report_text("meminfo"), "MemAvailable:          0 kB\n" NO_OBJECTS_ROWS
					     "VmallocTotal:     122880 kB\n"
					     "VmallocUsed:         272 kB\n"
					     "VmallocChunk:          0 kB\n"
					     "Percpu:              132 kB\n"));
#else
	tap_skip("no vmalloc window in this build");
#endif
}

static void meminfo_counts_pages_of_other_sizes(void)
{
	proc_machine(1, NORMAL);
#if CONFIG_SINGLE
	tap_skip("the page size is a constant");
#else
	this_quire()->geo.page_shift = 16;
	this_quire()->page.totalram_pages = 3;
	CHECK(strstr(report_text("meminfo"), "MemTotal:            192 kB\n"));
#endif
}

/* ---- extfrag ---- */

/* Eight single pages are free: nothing larger can be had, more for shape than for lack. */
static void extfrag_tells_shape_from_lack(void)
{
	proc_machine(1, NORMAL);
	this_quire()->geo.max_order = 4;
	proc_set_free_blocks(populate(0, ZONE_NORMAL, 100), 0, 8);
	CHECK_STR(report_text("extfrag/unusable_index"),
		  "Node 0, zone   Normal 0.000 1.000 1.000 1.000 \n");
	CHECK_STR(report_text("extfrag/extfrag_index"),
		  "Node 0, zone   Normal -1.000  0.375  0.625  0.750 \n");
}

/* One block of each order: 1, 2, 4 pages. */
static void extfrag_prints_thousandths(void)
{
	unsigned int order;

	proc_machine(2, DMA | NORMAL);
	this_quire()->geo.max_order = 4;
	populate(1, ZONE_DMA, 100);
	for (order = 0; order < 3; order++)
		proc_set_free_blocks(proc_zone(1, ZONE_DMA), order, 1);
	CHECK_STR(report_text("extfrag/unusable_index"),
		  "Node 1, zone      DMA 0.000 0.142 0.428 1.000 \n");
	CHECK_STR(report_text("extfrag/extfrag_index"),
		  "Node 1, zone      DMA -1.000 -1.000 -1.000  0.375 \n");
}

const struct tap_test tap_tests[] = {
	TEST(buddyinfo_has_a_line_for_each_zone_with_memory),
	TEST(buddyinfo_leaves_out_the_pages_of_cpus),
	TEST(reports_of_a_machine_that_is_not_up_are_empty),
	TEST(zoneinfo_of_a_zone_without_memory_ends_with_its_protection),
	TEST(zoneinfo_shows_node_counters_in_the_first_zone_with_memory),
	TEST(zoneinfo_has_numa_rows_on_64_bit_machines_and_on_several_nodes),
	TEST(zoneinfo_adds_the_numa_events_of_all_cpus),
	TEST(zoneinfo_shows_each_cpus_list),
	TEST(the_stats_threshold_grows_with_cpus_and_memory_up_to_125),
	TEST(meminfo_counts_in_kilobytes_and_leaves_out_the_pages_of_cpus),
	TEST(meminfo_never_shows_less_than_nothing_as_available),
	TEST(meminfo_splits_high_from_low_where_highmem_is_configured),
	TEST(meminfo_shows_the_vmalloc_window_and_the_per_cpu_pages),
	TEST(meminfo_counts_pages_of_other_sizes),
	TEST(extfrag_tells_shape_from_lack),
	TEST(extfrag_prints_thousandths),
	{ NULL, NULL },
};
