/* SPDX-License-Identifier: MIT */
/*
 * failure_report_test.c - what the log says when an allocation fails: the whole text on a fixed
 * machine, in Linux 6.1's format, and how often it is said.
 */
#include <quire/quire.h>

#include "mm/lib/format.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* A PC's first 64 MB: DMA up to 16 MB, Normal, no DMA32 memory; two CPUs. */
static void boot_pc(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 64 * MB, 0);
	test_reserve(m, 0, 1 * MB);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->nr_cpus = 2;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
}

static void use_up(void)
{
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	log_clear();
}

/* How often the text is in the log. */
static unsigned int count_in_log(const char *text)
{
	const char *at = log_text();
	size_t len = quire_strlen(text);
	unsigned int n = 0;

	for (; *at; at++)
		n += !__builtin_strncmp(at, text, len);
	return n;
}

/*
 * Three blocks of order 10 fit into the DMA zone of 15 MB, a fourth does not. One page of Normal
 * is taken: what is left of its block is unmovable. Before the request failed the lists of all
 * CPUs were emptied.
 */
static void the_report_has_all_that_the_decision_was_made_from(void)
{
	static const char expected[] =
		"cpu 1: page allocation failure: order:10, mode:0xcc1(GFP_KERNEL|GFP_DMA), nodemask=(null)\n"
		"Mem-Info:\n"
		"active_anon:0 inactive_anon:0 isolated_anon:0\n"
		" active_file:7 inactive_file:0 isolated_file:0\n"
		" unevictable:0 dirty:0 writeback:0\n"
		" slab_reclaimable:0 slab_unreclaimable:0\n"
		" mapped:0 shmem:0 pagetables:0\n"
		" sec_pagetables:0 bounce:0\n"
		" kernel_misc_reclaimable:0\n"
		" free:13055 free_pcp:0 free_cma:0\n"
		"Node 0 active_anon:0kB inactive_anon:0kB active_file:28kB inactive_file:0kB"
		" unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:0kB dirty:0kB"
		" writeback:0kB shmem:0kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 0kB"
		" writeback_tmp:0kB\n"
		" kernel_stack:3kB pagetables:0kB sec_pagetables:0kB all_unreclaimable? no\n"
		"Node 0 DMA free:3072kB boost:0kB min:240kB low:300kB high:360kB"
		" reserved_highatomic:0KB active_anon:0kB inactive_anon:0kB active_file:0kB"
		" inactive_file:0kB unevictable:0kB writepending:0kB present:16384kB managed:15360kB"
		" mlocked:0kB bounce:0kB\n"
		" free_pcp:0kB local_pcp:0kB free_cma:0kB\n"
		"lowmem_reserve[]: 0 48 48\n"
		"Node 0 Normal free:49148kB boost:0kB min:768kB low:960kB high:1152kB"
		" reserved_highatomic:0KB active_anon:0kB inactive_anon:0kB active_file:0kB"
		" inactive_file:0kB unevictable:0kB writepending:20kB present:49152kB managed:49152kB"
		" mlocked:0kB bounce:0kB\n"
		" free_pcp:0kB local_pcp:0kB free_cma:0kB\n"
		"lowmem_reserve[]: 0 0 0\n"
		"Node 0 DMA: 0*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB 0*256kB 0*512kB"
		" 1*1024kB (M) 1*2048kB (M) 0*4096kB = 3072kB\n"
		"Node 0 Normal: 1*4kB (U) 1*8kB (U) 1*16kB (U) 1*32kB (U) 1*64kB (U) 1*128kB (U)"
		" 1*256kB (U) 1*512kB (U) 1*1024kB (U) 1*2048kB (U) 11*4096kB (M) = 49148kB\n"
		"11 total pagecache pages\n"
		"16384 pages RAM\n"
		"0 pages HighMem/MovableOnly\n"
		"256 pages reserved\n"
		"0 pages cma reserved\n";
	pg_data_t *node;

	boot_pc();
	node = NODE_DATA(0);
	REQUIRE(alloc_page(GFP_KERNEL));
	REQUIRE(alloc_pages(GFP_DMA, 10) && alloc_pages(GFP_DMA, 10) && alloc_pages(GFP_DMA, 10));
	test_set_cpu(1);
	node->vm_stat[NR_ACTIVE_FILE] = 7;
	node->vm_stat[NR_FILE_PAGES] = 11;
	node->vm_stat[NR_KERNEL_STACK_KB] = 3;
	node->node_zones[ZONE_NORMAL].vm_stat[NR_ZONE_WRITE_PENDING] = 5;
	log_clear();
	CHECK(!alloc_pages(GFP_KERNEL | GFP_DMA, 10));
	CHECK_STR(log_text(), expected);
}

static void pages_on_lists_are_those_of_all_cpus_and_of_this_one(void)
{
	const struct zone *zone;
	char text[80];
	int count;

	boot_pc();
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	__free_page(alloc_page(GFP_KERNEL));
	count = (int)per_cpu_pages_count(&zone->per_cpu_pageset[0]);
	REQUIRE(count > 0);
	log_clear();
	show_mem();
	quire_snprintf(text, sizeof(text), " free_pcp:%dkB local_pcp:%dkB free_cma:0kB\n", count * 4,
		       count * 4);
	CHECK(log_contains(text));
	quire_snprintf(text, sizeof(text), " free_pcp:%d free_cma:0\n", count);
	CHECK(log_contains(text));
	test_set_cpu(1);
	log_clear();
	show_mem();
	quire_snprintf(text, sizeof(text), " free_pcp:%dkB local_pcp:0kB free_cma:0kB\n", count * 4);
	CHECK(log_contains(text));
}

/* A line that port_log would cut goes on in the next; none is longer than it takes. */
static void no_line_is_longer_than_the_port_takes(void)
{
	struct quire_machine *m = test_machine_new();
	const char *at;
	size_t len = 0, longest = 0;

	test_bank(m, 0, 64 * MB, 0);
	m->max_order = 14;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	use_up();
	memset(this_quire()->page.contig_page_data.vm_stat, 0x7f, 40 * sizeof(long));
	CHECK(!alloc_pages(~(__GFP_NOWARN | __GFP_NOFAIL | __GFP_HIGHMEM | __GFP_DIRECT_RECLAIM), 13));
	for (at = log_text(); *at; at++) {
		len = *at == '\n' ? 0 : len + 1;
		longest = len > longest ? len : longest;
	}
	CHECK(longest > 200 && longest <= 255);
	/* Nothing is lost where a line goes on, and it goes on with what parts the fields. */
	CHECK(log_contains("\n|__GFP_"));
	CHECK(log_contains("), nodemask=(null)\nMem-Info:\n"));
}

/* ---- the names of flags ---- */

static const char *name_of(gfp_t gfp)
{
	static char text[512];
	const char *name;
	size_t used = 0;

	text[0] = '\0';
	while ((name = gfp_take_name(&gfp))) {
		if (used)
			text[used++] = '|';
		memcpy(text + used, name, quire_strlen(name) + 1);
		used += quire_strlen(name);
	}
	CHECK_EQ(gfp, 0);
	return text;
}

static void flags_are_named_by_the_largest_sets(void)
{
	CHECK_STR(name_of(GFP_KERNEL), "GFP_KERNEL");
	CHECK_STR(name_of(GFP_KERNEL | __GFP_ZERO), "GFP_KERNEL|__GFP_ZERO");
	CHECK_STR(name_of(GFP_ATOMIC), "GFP_ATOMIC");
	CHECK_STR(name_of(GFP_ATOMIC | __GFP_NOWARN | __GFP_COMP), "GFP_ATOMIC|__GFP_NOWARN|__GFP_COMP");
	CHECK_STR(name_of(GFP_HIGHUSER_MOVABLE), "GFP_HIGHUSER_MOVABLE");
	CHECK_STR(name_of(GFP_HIGHUSER | __GFP_ZERO), "GFP_HIGHUSER|__GFP_ZERO");
	CHECK_STR(name_of(GFP_KERNEL_ACCOUNT), "GFP_KERNEL_ACCOUNT");
	CHECK_STR(name_of(GFP_TRANSHUGE), "GFP_TRANSHUGE");
	CHECK_STR(name_of(GFP_TRANSHUGE_LIGHT), "GFP_TRANSHUGE_LIGHT");
	CHECK_STR(name_of(GFP_NOWAIT), "GFP_NOWAIT");
	CHECK_STR(name_of(GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM), "__GFP_IO|__GFP_FS|__GFP_DIRECT_RECLAIM");
	CHECK_STR(name_of(GFP_NOFS | GFP_DMA32), "GFP_NOFS|GFP_DMA32");
	CHECK_STR(name_of(0), "");
}

/* Every flag there is has a name of its own; what has none is left. */
static void every_flag_has_a_name(void)
{
	gfp_t bit, unknown = 0x80000000u;

	for (bit = 1; bit <= __GFP_ACCOUNT; bit <<= 1)
		CHECK(name_of(bit)[0] != '\0');
	CHECK(!gfp_take_name(&unknown));
	CHECK_EQ(unknown, 0x80000000u);
}

static void flags_without_a_name_are_numbers(void)
{
	boot_pc();
	use_up();
	CHECK(!alloc_pages(__GFP_DMA | __GFP_COMP | 0x50000000u | __GFP_THISNODE | __GFP_NOMEMALLOC, 10));
	CHECK(log_contains("mode:0x502c0001(GFP_DMA|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_THISNODE|"
			   "0x50000000), nodemask=(null)\n"));
}

/* ---- how often ---- */

static void fail(unsigned int times)
{
	while (times--)
		CHECK(!alloc_pages(GFP_NOWAIT | __GFP_THISNODE, 10));
}

static void an_endless_row_of_failures_costs_few_reports(void)
{
	boot_pc();
	use_up();
	fail(10);
	CHECK_EQ(count_in_log("page allocation failure"), 10);
	CHECK_EQ(count_in_log("Mem-Info:"), 10);
	log_clear();
	fail(5);
	CHECK_STR(log_text(), "");
	fail(1); /* the 16th */
	CHECK_EQ(count_in_log("page allocation failure"), 1);
	CHECK(log_contains("warn_alloc: 5 callbacks suppressed\ncpu 0: page allocation failure"));
	log_clear();
	fail(32 - 16);
	CHECK(log_contains("warn_alloc: 15 callbacks suppressed\n"));
	log_clear();
	fail(1000 - 32);
	CHECK_EQ(count_in_log("page allocation failure"), 4); /* 64, 128, 256, 512 */
}

static void rearmed_warnings_begin_anew(void)
{
	boot_pc();
	use_up();
	fail(15);
	rearm_alloc_warnings();
	log_clear();
	fail(12);
	CHECK_EQ(count_in_log("page allocation failure"), 10);
	CHECK_EQ(count_in_log("suppressed"), 0);
}

static void nowarn_says_nothing_and_counts_nothing(void)
{
	unsigned int i;

	boot_pc();
	use_up();
	for (i = 0; i < 100; i++)
		CHECK(!alloc_page(GFP_KERNEL | __GFP_NOWARN));
	CHECK_STR(log_text(), "");
	CHECK_EQ(this_quire()->log.errors, 0);
	fail(1);
	CHECK_EQ(this_quire()->log.errors, 1);
	CHECK_EQ(count_in_log("page allocation failure"), 1);
}

/* Machines have the zone configured and without memory: who asks for it knows that it may fail. */
static void a_machine_without_dma_memory_says_nothing_of_dma_requests(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 64 * MB, 32 * MB, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	log_clear();
	CHECK(!alloc_page(GFP_KERNEL | GFP_DMA));
	CHECK_STR(log_text(), "");
}

/* ---- show_mem ---- */

/* Letters for all types; a boosted mark, a reserve. */
static void show_mem_names_the_types_of_free_blocks(void)
{
	struct quire_machine *m = test_machine_new();
	enum migratetype type;
	unsigned long flags;
	struct zone *zone;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->max_order = 7;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	flags = local_irq_save();
	for (type = 0; type < MIGRATE_TYPES; type++)
		move_freepages_block(zone, pfn_to_page(zone->zone_start_pfn + 64 * (pfn_t)type), type);
	local_irq_restore(flags);
	zone->watermark_boost = 3;
	zone->nr_reserved_highatomic = 64;
	log_clear();
	show_mem();
	CHECK(log_contains("Node 0 Normal: 0*4kB 0*8kB 0*16kB 0*32kB 0*64kB 0*128kB"
			   " 256*256kB (UMEHCI) = 65536kB\n"));
	CHECK(log_contains(" boost:12kB min:1036kB low:1292kB high:1548kB reserved_highatomic:256KB "));
	zone->nr_reserved_highatomic = 0;
}

static void show_mem_counts_highmem_and_every_node(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, 32 * MB, 0);
	test_bank(m, 32 * MB, 32 * MB, 1);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 48 * MB;
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	log_clear();
	show_mem();
	CHECK(log_contains("\nNode 0 Normal: "));
	CHECK(log_contains("\nNode 1 Normal: "));
	CHECK(log_contains("\nNode 1 HighMem: "));
	CHECK(log_contains("\n16384 pages RAM\n4096 pages HighMem/MovableOnly\n0 pages reserved\n"));
	CHECK_EQ(count_in_log(" active_anon:0kB inactive_anon:0kB active_file:0kB inactive_file:0kB"), 5);
	CHECK_EQ(this_quire()->log.errors, 0);
}

static void show_mem_before_the_machine_is_up_is_refused(void)
{
	test_machine_new();
	show_mem();
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(!log_contains("Mem-Info"));
}

const struct tap_test tap_tests[] = {
	TEST(the_report_has_all_that_the_decision_was_made_from),
	TEST(pages_on_lists_are_those_of_all_cpus_and_of_this_one),
	TEST(no_line_is_longer_than_the_port_takes),
	TEST(flags_are_named_by_the_largest_sets),
	TEST(every_flag_has_a_name),
	TEST(flags_without_a_name_are_numbers),
	TEST(an_endless_row_of_failures_costs_few_reports),
	TEST(rearmed_warnings_begin_anew),
	TEST(nowarn_says_nothing_and_counts_nothing),
	TEST(a_machine_without_dma_memory_says_nothing_of_dma_requests),
	TEST(show_mem_names_the_types_of_free_blocks),
	TEST(show_mem_counts_highmem_and_every_node),
	TEST(show_mem_before_the_machine_is_up_is_refused),
	{ NULL, NULL },
};
