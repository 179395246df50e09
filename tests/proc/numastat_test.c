/* SPDX-License-Identifier: MIT */
/*
 * numastat_test.c - the counters of where pages came from, as Linux and numastat lay them out.
 */
#include <string.h>

#include <quire/gfp.h>

#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

static char node_text[512];

static void append(void *ctx, const char *text, size_t len)
{
	size_t used = strlen(node_text);

	(void)ctx;
	REQUIRE(used + len < sizeof(node_text));
	memcpy(node_text + used, text, len);
	node_text[used + len] = '\0';
}

static const char *node_file(int nid)
{
	struct seq_file m = { .write = append };

	node_text[0] = '\0';
	node_numastat_show(&m, nid);
	return node_text;
}

/* Counts of two zones on two CPUs of node 0, and one on node 1. */
static void make_counts(void)
{
	unsigned int item;

	proc_machine(2, 1U << ZONE_DMA | 1U << ZONE_NORMAL);
	this_quire()->geo.nr_cpus = 2;
	proc_zone(0, ZONE_DMA)->present_pages = 1;
	proc_zone(0, ZONE_NORMAL)->present_pages = 1;
	proc_zone(1, ZONE_NORMAL)->present_pages = 1;
	for (item = 0; item < NR_VM_NUMA_EVENT_ITEMS; item++) {
		proc_pageset(0, ZONE_DMA, 0)->numa_event[item] = 1 + item;
		proc_pageset(0, ZONE_NORMAL, 0)->numa_event[item] = 10;
		proc_pageset(0, ZONE_NORMAL, 1)->numa_event[item] = 100;
		proc_pageset(1, ZONE_NORMAL, 1)->numa_event[item] = 76557750 + item;
	}
}

static void a_nodes_file_sums_its_zones_and_cpus(void)
{
	make_counts();
	CHECK_STR(node_file(0), "numa_hit 111\nnuma_miss 112\nnuma_foreign 113\n"
				"interleave_hit 114\nlocal_node 115\nother_node 116\n");
	CHECK_STR(node_file(1),
		  "numa_hit 76557750\nnuma_miss 76557751\nnuma_foreign 76557752\n"
		  "interleave_hit 76557753\nlocal_node 76557754\nother_node 76557755\n");
}

static void a_node_that_is_not_there_has_counted_nothing(void)
{
	make_counts();
	CHECK_STR(node_file(7), "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\n"
				"interleave_hit 0\nlocal_node 0\nother_node 0\n");
}

static void numastat_has_a_column_for_each_node(void)
{
	make_counts();
	CHECK_STR(report_text("numastat"), "                           node0           node1\n"
					   "numa_hit                     111        76557750\n"
					   "numa_miss                    112        76557751\n"
					   "numa_foreign                 113        76557752\n"
					   "interleave_hit               114        76557753\n"
					   "local_node                   115        76557754\n"
					   "other_node                   116        76557755\n");
}

static void a_column_is_as_wide_for_a_node_of_two_digits(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0x1000000, 0x1000000, 3);
	test_bank(m, 0x2000000, 0x1000000, 12);
	m->cpu_node = (const u16[]){ 12 };
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(alloc_pages(GFP_KERNEL, 2));
	CHECK(!strncmp(report_text("numastat"),
		       "                           node3          node12\n"
		       "numa_hit                       0               1\n",
		       98));
}

const struct tap_test tap_tests[] = {
	TEST(a_nodes_file_sums_its_zones_and_cpus),
	TEST(a_node_that_is_not_there_has_counted_nothing),
	TEST(numastat_has_a_column_for_each_node),
	TEST(a_column_is_as_wide_for_a_node_of_two_digits),
	{ NULL, NULL },
};
