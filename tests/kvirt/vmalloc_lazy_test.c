/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_lazy_test.c - which addresses an area gets, and when it may get those of another:
 * not before all TLBs have forgotten it, and that once for many.
 */
#include <string.h>

#include "mm/lib/format.h"
#include "tests/kvirt/vmalloc_support.h"

#define AREA (2 * PAGE_SIZE) /* a page, and its guard page */

static struct vmalloc_state *window(void)
{
	return &this_quire()->kvirt.vmalloc;
}

static void freed_addresses_are_not_reused_before_a_flush(void)
{
	char *first, *second;
	unsigned long flushes;

	boot_with_window("x86_64");
	first = vmalloc(PAGE_SIZE);
	flushes = test_tlb_flushes();
	vfree(first);
	CHECK(is_unmapped(first)); /* at once */
	CHECK_EQ(test_tlb_flushes(), flushes);
	second = vmalloc(PAGE_SIZE);
	CHECK_PTR(second, first + AREA);
	vfree(second);
	vm_unmap_aliases();
	CHECK_EQ(test_tlb_flushes(), flushes + 1);
	CHECK_PTR(vmalloc(PAGE_SIZE), first);
	vm_unmap_aliases();
	CHECK_EQ(test_tlb_flushes(), flushes + 1); /* nothing to forget */
	CHECK_EQ(vmalloc_validate(), 0);
}

static void pages_are_free_at_once(void)
{
	unsigned long free_pages;
	char *addr;

	boot_with_window("x86_64");
	vfree(vmalloc(200 * PAGE_SIZE));
	free_pages = nr_free_pages();
	addr = vmalloc(200 * PAGE_SIZE);
	CHECK_EQ(nr_free_pages(), free_pages - 200);
	vfree(addr);
	CHECK_EQ(nr_free_pages(), free_pages);
	CHECK_EQ(window()->lazy_pages, 2 * 201);
}

/* 32 MB of addresses for one CPU, 64 MB for two or three: one flush for all of them. */
static void one_flush_serves_many_areas(void)
{
	unsigned int cpus;

	for (cpus = 1; cpus <= 3; cpus++) {
		struct quire_machine *m = test_machine_new();
		unsigned long i, limit = (cpus == 1 ? MB(32) : MB(64)) / 4096, flushes;

		test_bank(m, 0, MB(32), 0);
		m->nr_cpus = cpus;
		test_machine_kvirt(m, "x86_64");
		REQUIRE(!test_machine_boot(m));
		CHECK_EQ(window()->lazy_max, limit);
		flushes = test_tlb_flushes();
		for (i = 0; i < limit / 2; i++)
			vfree(vmalloc(1));
		CHECK_EQ(test_tlb_flushes(), flushes);
		CHECK_EQ(window()->lazy_pages, limit);
		CHECK_EQ(vmalloc_validate(), 0);
		vfree(vmalloc(1));
		CHECK_EQ(test_tlb_flushes(), flushes + 1);
		CHECK_EQ(window()->lazy_pages, 0);
		CHECK_EQ(vmalloc_validate(), 0);
		CHECK_PTR(vmalloc(1), (char *)VMALLOC_START);
		test_machine_end(m);
	}
}

/* The window is full of addresses that wait for a flush, long before the limit is reached. */
static void a_full_window_is_purged_before_an_allocation_fails(void)
{
	unsigned long flushes, i;

	boot_with_window("i386");
	flushes = test_tlb_flushes();
	for (i = 0; i < 3; i++) {
		struct vm_struct *area = get_vm_area(MB(30), VM_MAP);

		REQUIRE(area);
		window()->lazy_max = ~0UL;
		free_vm_area(area);
	}
	CHECK_EQ(test_tlb_flushes(), flushes);
	CHECK(get_vm_area(MB(30), VM_MAP));
	CHECK_EQ(test_tlb_flushes(), flushes + 1);
	CHECK_EQ(vmalloc_validate(), 0);
}

static void an_allocation_that_finds_no_room_changes_nothing(void)
{
	struct vmalloc_snapshot before;
	struct vm_struct *area;
	void *rest;

	boot_with_window("i386");
	area = get_vm_area(MB(64), VM_MAP);
	REQUIRE(area);
	before = vmalloc_snapshot();
	CHECK(!vmalloc(MB(32)));
	CHECK(log_contains("vmap allocation for size 33558528 failed: no such gap"));
	CHECK(!ioremap(MB(1024), MB(32)));
	check_snapshot(&before);
	/* Just the rest: 96 MB less the area, and a guard page. */
	rest = vmalloc(MB(32) - 2 * PAGE_SIZE);
	CHECK(rest);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK(!get_vm_area(1, VM_MAP));
	free_vm_area(area);
	CHECK(get_vm_area(1, VM_MAP));
	vfree(rest);
	CHECK_EQ(vmalloc_validate(), 0);
}

/*
 *    |a|b|c|d|e|  ->  | |b| |d| |  ->  a hole takes what fits, the lowest first
 */
static void the_lowest_gap_that_fits_is_taken(void)
{
	unsigned long sizes[] = { 4, 1, 2, 1, 8, 1 }, new_sizes[] = { 5, 2, 2, 1, 2, 1 }, i;
	char *addr[6], *again[6];

	boot_with_window("i386-pae");
	for (i = 0; i < 6; i++) {
		addr[i] = vmalloc(sizes[i] * PAGE_SIZE);
		REQUIRE(addr[i]);
	}
	for (i = 0; i < 6; i += 2)
		vfree(addr[i]);
	vm_unmap_aliases();
	for (i = 0; i < 6; i++)
		again[i] = vmalloc(new_sizes[i] * PAGE_SIZE);
	CHECK_PTR(again[0], addr[4]);
	CHECK_PTR(again[1], addr[0]);
	CHECK_PTR(again[2], addr[2]); /* two pages are left before it: one too few */
	CHECK_PTR(again[3], addr[0] + 3 * PAGE_SIZE);
	CHECK_PTR(again[4], addr[4] + 6 * PAGE_SIZE);
	CHECK_PTR(again[5], addr[5] + 2 * PAGE_SIZE);
	CHECK_EQ(vmalloc_validate(), 0);
	for (i = 0; i < 6; i++)
		vfree(again[i]);
	for (i = 1; i < 6; i += 2)
		vfree(addr[i]);
	CHECK_EQ(vmalloc_live_areas(), 0);
}

/* Freed in every order, neighbours become one gap again. */
static void gaps_merge_with_those_beside_them(void)
{
	static const unsigned char orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
						    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	unsigned int i, j;

	boot_with_window("i386");
	for (i = 0; i < 6; i++) {
		char *addr[3];

		for (j = 0; j < 3; j++)
			addr[j] = vmalloc(PAGE_SIZE);
		for (j = 0; j < 3; j++) {
			vfree(addr[orders[i][j]]);
			vm_unmap_aliases();
			CHECK_EQ(vmalloc_validate(), 0);
		}
		CHECK_EQ(window()->pool.nr_used, 1);
	}
}

/* Nodes come a page at a time; when nobody needs them, the pages go back but for two. */
static void memory_for_areas_grows_and_shrinks(void)
{
	static char *addr[1000];
	unsigned long i, pages;

	boot_with_window("x86_64");
	for (i = 0; i < 1000; i++) {
		addr[i] = vmalloc(1);
		REQUIRE(addr[i]);
	}
	pages = window()->pool.nr_pages;
	CHECK(pages > 1000 / (PAGE_SIZE / sizeof(struct vmap_area)));
	CHECK(pages < 60);
	/* Every other one: as many gaps as areas. */
	for (i = 0; i < 1000; i += 2)
		vfree(addr[i]);
	vm_unmap_aliases();
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(window()->pool.nr_pages, pages);
	for (i = 1; i < 1000; i += 2)
		vfree(addr[i]);
	vm_unmap_aliases();
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(window()->pool.nr_used, 1);
	CHECK(window()->pool.nr_pages <= 2);
}

/* The same addresses again and again, and each time other pages behind them. */
static void contents_are_right_when_addresses_are_reused(const char *format)
{
	enum { AREAS = 24, ROUNDS = 40 };
	char *addr[AREAS] = { NULL };
	unsigned long size[AREAS];
	unsigned int round, i, reused = 0;
	char *lowest = NULL;

	boot_with_window(format);
	window()->lazy_max = 64;
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < AREAS; i++) {
			if (addr[i] && test_random_below(2)) {
				CHECK(has_pattern(addr[i], size[i], i));
				vfree(addr[i]);
				addr[i] = NULL;
			} else if (!addr[i]) {
				size[i] = 1 + (unsigned long)test_random_below(20 * PAGE_SIZE);
				addr[i] =
					test_random_below(3) ? vmalloc(size[i]) : vzalloc(size[i]);
				REQUIRE(addr[i]);
				reused += addr[i] < lowest;
				lowest = addr[i] + size[i] > lowest ? addr[i] + size[i] : lowest;
				fill_pattern(addr[i], size[i], i);
			}
		}
		CHECK_EQ(vmalloc_validate(), 0);
	}
	CHECK(reused > 100);
	CHECK(test_tlb_flushes() > 5);
	for (i = 0; i < AREAS; i++)
		vfree(addr[i]);
}

static void contents_are_right_on_i386(void)
{
	contents_are_right_when_addresses_are_reused("i386");
}
static void contents_are_right_on_pae(void)
{
	contents_are_right_when_addresses_are_reused("i386-pae");
}
static void contents_are_right_on_x86_64(void)
{
	contents_are_right_when_addresses_are_reused("x86_64");
}
static void contents_are_right_on_armv7(void)
{
	contents_are_right_when_addresses_are_reused("armv7");
}
static void contents_are_right_on_alpha(void)
{
	contents_are_right_when_addresses_are_reused("alpha");
}

static void an_address_is_explained(void)
{
	char text[200], expected[200] = "";
	unsigned long caller;
	char *addr;

	boot_with_window("i386");
	addr = vmalloc(PAGE_SIZE);
	REQUIRE(addr);
	caller = (unsigned long)(uintptr_t)find_vm_area(addr)->caller;
	quire_snprintf(expected, sizeof(expected),
		       "in the area 0xf8000000-0xf8002000 of the vmalloc window, made by 0x%lx",
		       caller);
	CHECK(vmalloc_explain(addr + 5, text, sizeof(text)));
	CHECK_STR(text, expected);
	CHECK(vmalloc_explain(addr + PAGE_SIZE, text, sizeof(text)));
	CHECK(strstr(text, "in the guard page of the area 0xf8000000-0xf8002000") == text);
	CHECK(vmalloc_explain(addr + 2 * PAGE_SIZE, text, sizeof(text)));
	CHECK_STR(text, "in the vmalloc window, in no area");
	vfree(addr);
	CHECK(vmalloc_explain(addr, text, sizeof(text)));
	CHECK(strstr(text, "in the freed area 0xf8000000-0xf8002000") == text);
	CHECK(!vmalloc_explain(phys_to_virt(0), text, sizeof(text)));
	/* Whoever crashes with the lock held gets an answer too. */
	window()->lock.locked = 1;
	CHECK(vmalloc_explain(addr, text, sizeof(text)));
	CHECK(strstr(text, "in the vmalloc window") == text);
	window()->lock.locked = 0;
}

const struct tap_test tap_tests[] = {
	TEST(freed_addresses_are_not_reused_before_a_flush),
	TEST(pages_are_free_at_once),
	TEST(one_flush_serves_many_areas),
	TEST(a_full_window_is_purged_before_an_allocation_fails),
	TEST(an_allocation_that_finds_no_room_changes_nothing),
	TEST(the_lowest_gap_that_fits_is_taken),
	TEST(gaps_merge_with_those_beside_them),
	TEST(memory_for_areas_grows_and_shrinks),
	TEST(contents_are_right_on_i386),
	TEST(contents_are_right_on_pae),
	TEST(contents_are_right_on_x86_64),
	TEST(contents_are_right_on_armv7),
	TEST(contents_are_right_on_alpha),
	TEST(an_address_is_explained),
	{ NULL, NULL },
};
