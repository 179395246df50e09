/* SPDX-License-Identifier: MIT */
/*
 * boot_test.c - quire_boot as a whole: its order, its doors, what it refuses, and what is
 * left when it fails: nothing.
 */
#include <string.h>

#include <quire/quire.h>
#include <quire/slab.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire_machine *plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	return m;
}

/* Position of the text in the log; -1: it is not there. */
static long log_at(const char *text)
{
	const char *log = log_text(), *found = strstr(log, text);

	if (!found)
		tap_note("not in the log: %s", text);
	return found ? found - log : -1;
}

static void steps_run_in_the_order_of_start_kernel(void)
{
	static const char *const order[] = {
		"Zone ranges:",	  "mm_init_cpumask", "setup_per_cpu_areas", "Built 1 zonelists",
		"Memory: ",	  "kmem_cache_init", "vmalloc_init",	    "kmem_cache_init_late",
		"kmemleak_init", "setup_per_cpu_pageset",
	};
	struct quire_machine *m = plain();
	long last = -1;
	size_t i;

	m->objects.engine = &quire_slub;
	test_machine_unwatched(m); /* or the line of that step has another name */
	REQUIRE(test_machine_boot(m) == 0);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		long at = log_at(order[i]);

		CHECK(at > last);
		last = at;
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(this_quire()->log.errors, 0);
}

/* ---- doors ---- */

static int early_calls;
static void *early_memory;

static int early_takes_memblock_memory(void *ctx)
{
	CHECK_PTR(ctx, &early_calls);
	early_calls++;
	early_memory = memblock_alloc(3 * PAGE_SIZE, PAGE_SIZE);
	CHECK(!alloc_pages(GFP_KERNEL, 0));
	CHECK(log_contains("the page allocator is not up"));
	return early_memory ? 0 : -ENOMEM;
}

static void early_memory_stays_taken_and_later_doors_are_shut_before(void)
{
	struct quire_machine *m = plain();
	pfn_t pfn;

	early_calls = 0;
	m->early = early_takes_memblock_memory;
	m->early_ctx = &early_calls;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(early_calls, 1);
	pfn = PFN_DOWN(virt_to_phys(early_memory));
	CHECK(PageReserved(pfn_to_page(pfn)));
	CHECK(PageReserved(pfn_to_page(pfn + 2)));
}

static int early_takes_bootmem(void *ctx)
{
	(void)ctx;
	early_memory = alloc_bootmem_pages(2 * PAGE_SIZE);
	CHECK(!memblock_alloc(64, 64));
	CHECK(log_contains("bootmem"));
	return early_memory ? 0 : -ENOMEM;
}

static void with_bootmem_memblock_is_shut_and_its_memory_stays_taken(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_BOOTMEM;
	m->early = early_takes_bootmem;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(PageReserved(virt_to_page(early_memory)));
	CHECK(PageReserved(virt_to_page((char *)early_memory + PAGE_SIZE)));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void boot_allocators_are_shut_once_pages_are_up(void)
{
	REQUIRE(test_machine_boot(plain()) == 0);
	log_clear();
	CHECK(!memblock_alloc(64, 64));
	CHECK(log_contains("WARNING"));
	log_clear();
	CHECK(!__alloc_bootmem_nopanic(64, 64, 0));
	CHECK(log_contains("WARNING"));
}

static int early_fails(void *ctx)
{
	(void)ctx;
	return -ENOSPC;
}

static void an_error_of_the_early_hook_stops_the_boot(void)
{
	struct quire_machine *m = plain();

	m->early = early_fails;
	CHECK_EQ(test_machine_boot(m), -ENOSPC);
	CHECK(log_contains("the machine's early hook failed (-28)"));
	CHECK(log_contains("boot stopped in setup_arch"));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
}

static void what_memblock_was_told_before_the_boot_is_kept(void)
{
	struct quire_machine *m = plain();
	void *early;

	test_machine_ram(m);
	CHECK_EQ(memblock_add_node(16 * MB, 64 * MB, 0, MEMBLOCK_NONE), 0);
	CHECK_EQ(memblock_reserve(20 * MB, 1 * MB), 0);
	early = memblock_alloc(3 * PAGE_SIZE, PAGE_SIZE);
	REQUIRE(early);
	REQUIRE(quire_boot(m) == 0);
	CHECK(PageReserved(pfn_to_page(20 * 256)));
	CHECK(PageReserved(virt_to_page(early)));
	CHECK(PageReserved(virt_to_page((char *)early + 2 * PAGE_SIZE)));
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Linux's memblock_add names no node; some of it may be in no bank. */
static void ram_told_before_the_boot_without_a_node_is_the_banks(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 32 * MB, 1);
	m->flags = MACHINE_AS_DUMPED;
	test_machine_ram(m);
	CHECK_EQ(memblock_add(48 * MB, 112 * MB), 0);
	REQUIRE(quire_boot(m) == 0);
	CHECK_EQ(NODE_DATA(0)->node_present_pages, 112 * MB >> 12);
	CHECK_EQ(NODE_DATA(1)->node_present_pages, 32 * MB >> 12);
	CHECK_EQ(nr_free_pages(), 144 * MB >> 12);
	/* touched, their structures say so */
	REQUIRE(alloc_contig_range(PFN_DOWN(100 * MB), PFN_DOWN(100 * MB) + 1, 0, GFP_KERNEL) == 0);
	REQUIRE(alloc_contig_range(PFN_DOWN(140 * MB), PFN_DOWN(140 * MB) + 1, 0, GFP_KERNEL) == 0);
	CHECK_EQ(page_to_nid(phys_to_page(100 * MB)), 0);
	CHECK_EQ(page_to_nid(phys_to_page(140 * MB)), 1);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void ram_above_the_direct_map_alone_is_refused(void)
{
	struct quire_machine *m = plain();

	m->lowmem_end = 8 * MB;
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("all RAM is above the direct map, which ends at 0x800000"));
}

/* ---- memory given back later ---- */

static void reserved_areas_can_be_freed_after_boot(void)
{
	struct quire_machine *m = plain();
	unsigned long before;

	test_reserve(m, 20 * MB, 2 * MB);
	REQUIRE(test_machine_boot(m) == 0);
	before = nr_free_pages();
	log_clear();
	CHECK_EQ(free_reserved_area((char *)phys_to_virt(20 * MB) + 1, phys_to_virt(21 * MB), 0xcc, "initrd"), 255);
	CHECK(log_contains("Freeing initrd memory: 1020K"));
	CHECK_EQ(nr_free_pages(), before + 255);
	CHECK_EQ(test_peek(phys_to_virt(20 * MB + PAGE_SIZE)), 0xcc);
	CHECK_EQ(totalram_pages(), before + 255);
	CHECK_EQ(free_reserved_area(phys_to_virt(20 * MB), phys_to_virt(20 * MB + 2 * PAGE_SIZE), -1, NULL), 1);
	CHECK(log_contains("is not reserved"));
	memblock_free_late(21 * MB, 1 * MB);
	CHECK_EQ(nr_free_pages(), before + 512);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- failures ---- */

/* The state must be as quire_reset() leaves it. */
static void check_nothing_is_left(void)
{
	static struct quire before;
	struct quire *q = this_quire();

	CHECK_EQ(q->phase, PHASE_NONE);
	CHECK(!q->page.mem_map && !q->page.pgdat_list && !q->page.node_data);
	CHECK_EQ(memblock.memory.total_size, 0);
	CHECK_EQ(memblock.reserved.total_size, 0);
	before = *q;
	quire_reset();
	CHECK(memcmp(&before, q, sizeof(before)) == 0);
}

/* Boots once well to count the allocations; then lets each one in turn fail. */
static void fail_each_allocation_of(struct quire_machine *m)
{
	unsigned long calls, n;

	quire_fail_nth(0, false);
	REQUIRE(test_machine_boot(m) == 0);
	calls = this_quire()->fault.calls;
	CHECK(calls >= 5);
	for (n = 1; n <= calls; n++) {
		quire_reset();
		log_clear();
		quire_fail_nth(n, false);
		if (!CHECK_EQ(quire_boot(m), -ENOMEM))
			tap_note("allocation %lu of %lu", n, calls);
		CHECK_EQ(this_quire()->fault.failed, 1);
		CHECK(log_contains("boot stopped in "));
		CHECK(log_contains("not enough memory"));
		check_nothing_is_left();
	}
	quire_fail_nth(0, false);
	CHECK_EQ(quire_boot(m), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	tap_note("%lu allocations", calls);
}

static void every_allocation_of_the_boot_may_fail(void)
{
	fail_each_allocation_of(plain());
}

static void every_allocation_of_a_numa_boot_may_fail(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 64 * MB, 1);
	test_bank(m, 256 * MB, 64 * MB, 5);
	m->nr_cpus = 3;
	fail_each_allocation_of(m);
}

static void every_allocation_of_a_boot_by_bootmem_may_fail(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 64 * MB, 1);
	m->flags = MACHINE_BOOTMEM;
	fail_each_allocation_of(m);
}

static void every_allocation_of_a_boot_with_outside_metadata_may_fail(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_AS_DUMPED;
	fail_each_allocation_of(m);
}

/* More banks and reservations than memblock's first arrays hold: they grow in the boot. */
static void every_allocation_of_a_boot_with_growing_arrays_may_fail(void)
{
	struct quire_machine *m = plain();
	int i;

	for (i = 0; i < 300; i++) {
		test_bank(m, 128 * MB + (phys_addr_t)i * 2 * MB, 1 * MB, 0);
		test_reserve(m, 128 * MB + (phys_addr_t)i * 2 * MB + 4096, 8192);
	}
	fail_each_allocation_of(m);
}

static void many_banks_and_no_reservation_boot(void)
{
	struct quire_machine *m = plain();
	int i;

	for (i = 0; i < 300; i++)
		test_bank(m, 128 * MB + (phys_addr_t)i * 2 * MB, 1 * MB, 0);
	CHECK_EQ(test_machine_boot(m), 0);
	CHECK_EQ(memblock.memory.cnt, 301);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void too_little_ram_is_a_clear_error(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 8192, 0);
	test_reserve(m, 16 * MB, 4096);
	CHECK_EQ(test_machine_boot(m), -ENOMEM);
	CHECK(log_contains("boot stopped in setup_arch: not enough memory"));
	check_nothing_is_left();
}

static void a_second_boot_without_reset_is_refused(void)
{
	struct quire_machine *m = plain();

	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(quire_boot(m), -EBUSY);
	CHECK_EQ(page_alloc_validate(), 0);
	quire_reset();
	CHECK_EQ(quire_boot(m), 0);
}

static void machines_live_side_by_side(void)
{
	struct quire_machine *a = plain(), *b;
	struct quire *qa = this_quire();
	unsigned long free_a;
	struct page *page;

	REQUIRE(test_machine_boot(a) == 0);
	free_a = nr_free_pages();
	b = test_machine_new();
	test_bank(b, 0, 32 * MB, 0);
	b->page_shift = 14;
	REQUIRE(test_machine_boot(b) == 0);
	CHECK_EQ(PAGE_SIZE, 16384);
	page = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(page);
	quire_select(qa);
	CHECK_EQ(PAGE_SIZE, 4096);
	CHECK_EQ(nr_free_pages(), free_a);
	CHECK_EQ(page_alloc_validate(), 0);
	quire_select(test_machine_quire(b));
	__free_pages(page, 3);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* B8: pages of 16 KiB and no more than 128 of them. */
static void small_machines_always_overcommit(void)
{
	struct quire_machine *m = test_machine_new();

	m->page_shift = 14;
	m->max_order = 4;
	test_bank(m, 0, 128 * 16384, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(this_quire()->page.overcommit_memory, 1);
	test_machine_end(m);

	m = test_machine_new();
	m->page_shift = 14;
	m->max_order = 4;
	test_bank(m, 0, 129 * 16384, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(this_quire()->page.overcommit_memory, 0);
}

/* ---- what the summary and the banner say ---- */

static void summary_gives_the_sections_and_highmem(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 48 * MB;
	m->flags = MACHINE_AS_DUMPED;
	m->text = (struct machine_section){ 17 * MB, 9327 << 10 };
	m->rwdata = (struct machine_section){ 0, 1246 << 10 };
	m->rodata = (struct machine_section){ 0, 3188 << 10 };
	m->init = (struct machine_section){ 0, 912 << 10 };
	m->bss = (struct machine_section){ 0, 464 << 10 };
	test_reserve(m, 17 * MB, 1 * MB);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Memory: 64512K/65536K available (9327K kernel code, 1246K rwdata, 3188K rodata, "
			   "912K init, 464K bss, 1024K reserved, 32768K highmem)\n"));
}

static void layout_banner_is_laid_out_as_linux_does(void)
{
	static const struct machine_window windows[] = {
		{ "vector", 0xffff0000, 0xffff1000 },
		{ "fixmap", 0xffc00000, 0xfff00000 },
		{ "vmalloc", 0xe0800000, 0xff800000 },
		{ "lowmem", 0xc0000000, 0xe0000000 },
		{ ".text", 0xc0008000, 0xc0908401 },
	};
	struct quire_machine *m = plain();

	m->windows = windows;
	m->nr_windows = 5;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Virtual kernel memory layout:\n"
			   "    vector  : 0xffff0000 - 0xffff1000   (   4 kB)\n"
			   "    fixmap  : 0xffc00000 - 0xfff00000   (3072 kB)\n"
			   "    vmalloc : 0xe0800000 - 0xff800000   ( 496 MB)\n"
			   "    lowmem  : 0xc0000000 - 0xe0000000   ( 512 MB)\n"
			   "    .text   : 0xc0008000 - 0xc0908401   (9218 kB)\n"));
}

static void contradicting_layouts_stop_the_boot(void)
{
	static const struct machine_window modules = { "modules", 0xbf000000, 0xbfe00000 };
	static const struct machine_window high_pkmap = { "pkmap", 0xff800000, 0xffa00000 };
	static const struct machine_window pkmap = { "pkmap", 0xbfe00000, 0xc0200000 };
	struct quire_machine *m = plain();

	m->windows = &modules;
	m->nr_windows = 1;
	m->task_size = 0xbf000001;
	CHECK_EQ(test_machine_boot(m), -EINVAL);
	CHECK(log_contains("user space (up to 0xbf000001) runs into the modules"));
	check_nothing_is_left();
	m->task_size = 0xbf000000;
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	m->windows = &high_pkmap;
	m->page_offset = 0xc0000000;
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	m->windows = &pkmap;
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("runs over PAGE_OFFSET"));
	check_nothing_is_left();
}

const struct tap_test tap_tests[] = {
	TEST(steps_run_in_the_order_of_start_kernel),
	TEST(early_memory_stays_taken_and_later_doors_are_shut_before),
	TEST(with_bootmem_memblock_is_shut_and_its_memory_stays_taken),
	TEST(boot_allocators_are_shut_once_pages_are_up),
	TEST(an_error_of_the_early_hook_stops_the_boot),
	TEST(what_memblock_was_told_before_the_boot_is_kept),
	TEST(ram_told_before_the_boot_without_a_node_is_the_banks),
	TEST(ram_above_the_direct_map_alone_is_refused),
	TEST(reserved_areas_can_be_freed_after_boot),
	TEST(every_allocation_of_the_boot_may_fail),
	TEST(every_allocation_of_a_numa_boot_may_fail),
	TEST(every_allocation_of_a_boot_by_bootmem_may_fail),
	TEST(every_allocation_of_a_boot_with_outside_metadata_may_fail),
	TEST(every_allocation_of_a_boot_with_growing_arrays_may_fail),
	TEST(many_banks_and_no_reservation_boot),
	TEST(too_little_ram_is_a_clear_error),
	TEST(a_second_boot_without_reset_is_refused),
	TEST(machines_live_side_by_side),
	TEST(small_machines_always_overcommit),
	TEST(summary_gives_the_sections_and_highmem),
	TEST(layout_banner_is_laid_out_as_linux_does),
	TEST(contradicting_layouts_stop_the_boot),
	{ NULL, NULL },
};
