/* SPDX-License-Identifier: MIT */
/*
 * percpu_numa_test.c - where the units lie: each on its CPU's node where there is a vmalloc
 * window, in one piece of physical memory else.
 */
#include <stdio.h>
#include <string.h>

#include <quire/percpu.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "mm/kvirt/percpu_internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

static DEFINE_PER_CPU(unsigned long, number) = 41;
static DEFINE_PER_CPU(char[6000], block);

/*
 *    16M        48M        80M
 *    |  node 0  |  node 1  |
 *     CPU 0, 2   CPU 1, 3
 */
static struct quire_machine *new_machine(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, MB(16), MB(32), 0);
	test_bank(m, MB(48), MB(32), 1);
	m->nr_cpus = 4;
	m->percpu_start = percpu_template_start;
	m->percpu_end = percpu_template_end;
	if (format)
		test_machine_kvirt(m, format);
	number = 41;
	return m;
}

/* Does each page of each CPU's copy lie on that CPU's node, and does the table agree? */
static void check_nodes(char *ptr, size_t size)
{
	unsigned int cpu;
	size_t at;

	for_each_possible_cpu(cpu)
		for (at = 0; at < size; at += PAGE_SIZE) {
			char *copy = per_cpu_ptr(ptr, cpu) + at;
			phys_addr_t phys = per_cpu_ptr_to_phys(copy);
			struct pt_entry found;

			CHECK_EQ(page_to_nid(phys_to_page(phys)), cpu % 2);
			CHECK(is_vmalloc_addr(copy));
			CHECK_EQ(pt_lookup(kernel_pgtable(), kernel_va(copy), &found), 0);
			CHECK_EQ(found.phys, phys);
		}
}

static void check_window(const char *format)
{
	struct quire_machine *m = new_machine(format);
	unsigned int cpu;
	char *ptr;

	per_cpu(number, 3)++; /* before the boot there is one copy */
	CHECK_EQ(per_cpu(number, 0), 42);
	REQUIRE(!test_machine_boot(m));
	for_each_possible_cpu(cpu) {
		CHECK_EQ(per_cpu(number, cpu), 42);
		per_cpu(number, cpu) = cpu;
	}
	for_each_possible_cpu(cpu)
		CHECK_EQ(per_cpu(number, cpu), cpu);
	CHECK_EQ(number, 42);
	check_nodes((char *)&block, sizeof(block));
	ptr = __alloc_percpu(this_quire()->percpu.unit_size, 8);
	REQUIRE(ptr);
	check_nodes(ptr, this_quire()->percpu.unit_size);
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(ptr, cpu), (int)cpu + 1, this_quire()->percpu.unit_size);
	for_each_possible_cpu(cpu)
		CHECK_EQ(per_cpu_ptr(ptr, cpu)[PAGE_SIZE], (int)cpu + 1);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(vmalloc_validate(), 0);
	free_percpu(ptr);
	CHECK_EQ(this_quire()->log.warnings, 0);
	test_machine_end(m);
}

static void with_a_window_each_cpus_copies_lie_on_its_own_node(void)
{
	static const char *const formats[] = { "i386",	"i386-pae", "x86_64",
					       "armv7", "alpha",    "sv39" };
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		tap_note("%s", formats[i]);
		check_window(formats[i]);
	}
}

/* The step is taken where Linux takes it; the copies are made once pages can be mapped. */
static void the_log_says_where_the_copies_went(void)
{
	const char *step, *percpu, *vmalloc;
	size_t statics = (size_t)((uintptr_t)percpu_template_end - (uintptr_t)percpu_template_start);
	char expected[80];

	REQUIRE(!test_machine_boot(new_machine("x86_64")));
	step = strstr(log_text(), "setup_per_cpu_areas: 4 CPUs, ");
	vmalloc = strstr(log_text(), "\nvmalloc_init: ");
	percpu = strstr(log_text(), "\npercpu: ");
	REQUIRE(step && vmalloc && percpu);
	CHECK(step < vmalloc && vmalloc < percpu);
	snprintf(expected, sizeof(expected), "percpu: %lu 4K pages/cpu s%zu r0 d", pcpu_nr_pages() / 4,
		 statics);
	CHECK(strstr(percpu, expected));
	CHECK_EQ(pcpu_nr_pages() % 4, 0);
	CHECK(pcpu_nr_pages() / 4 > statics >> PAGE_SHIFT);
}

static void without_a_window_the_copies_lie_in_one_piece(void)
{
	unsigned int cpu;
	phys_addr_t first;

	REQUIRE(!test_machine_boot(new_machine(NULL)));
	CHECK(log_contains("percpu: Embedded "));
	first = per_cpu_ptr_to_phys(per_cpu_ptr(&number, 0));
	for_each_possible_cpu(cpu) {
		CHECK_EQ(per_cpu(number, cpu), 41);
		CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(&number, cpu)),
			 first + cpu * this_quire()->percpu.unit_size);
	}
	CHECK(PageReserved(phys_to_page(first)));
}

static void cpus_of_one_node_share_a_piece_of_it(void)
{
	static const u16 all_on_node_1[] = { 1, 1, 1, 1 };
	struct quire_machine *m = new_machine("x86_64");

	m->cpu_node = all_on_node_1;
	REQUIRE(!test_machine_boot(m));
	CHECK(log_contains("percpu: Embedded "));
	CHECK_EQ(page_to_nid(phys_to_page(per_cpu_ptr_to_phys(per_cpu_ptr(&number, 0)))), 1);
	CHECK_EQ(page_to_nid(phys_to_page(per_cpu_ptr_to_phys(per_cpu_ptr(&number, 3)))), 1);
}

static void a_machine_as_dumped_takes_nothing_from_its_nodes(void)
{
	struct quire_machine *m = new_machine("x86_64");

	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(!test_machine_boot(m));
	CHECK_EQ(nr_free_pages(), MB(64) / 4096);
	CHECK_EQ(per_cpu(number, 3), 41);
	CHECK(!is_vmalloc_addr(per_cpu_ptr(&number, 3)));
}

/* Memory that is given back is not mapped any more. */
static void what_is_given_back_leaves_the_window(void)
{
	struct pt_entry found;
	unsigned long before;
	char *first, *second, *copy;
	size_t unit;

	REQUIRE(!test_machine_boot(new_machine("x86_64")));
	unit = this_quire()->percpu.unit_size;
	free_percpu(__alloc_percpu(unit, 8)); /* one chunk is kept */
	first = __alloc_percpu(unit, 8);
	before = nr_free_pages();
	second = __alloc_percpu(unit, 8);
	REQUIRE(first && second);
	copy = per_cpu_ptr(second, 3);
	CHECK_EQ(pt_lookup(kernel_pgtable(), kernel_va(copy), &found), 0);
	CHECK(before - nr_free_pages() >= 4 * unit / PAGE_SIZE);
	free_percpu(first);
	free_percpu(second);
	CHECK_EQ(pt_lookup(kernel_pgtable(), kernel_va(copy), &found), -ENOENT);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(vmalloc_validate(), 0);
}

/* Who must not wait gets a chunk that nobody has to be waited for: one in the direct map. */
static void an_atomic_request_stays_out_of_the_window(void)
{
	char *ptr;

	REQUIRE(!test_machine_boot(new_machine("x86_64")));
	ptr = __alloc_percpu_gfp(this_quire()->percpu.unit_size, 8, GFP_ATOMIC);
	REQUIRE(ptr);
	CHECK(!is_vmalloc_addr(per_cpu_ptr(ptr, 1)));
	CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(ptr, 1)), virt_to_phys(per_cpu_ptr(ptr, 1)));
	free_percpu(ptr);
	CHECK_EQ(percpu_validate(), 0);
}

/* Every second page is taken: there is no block for a chunk, but there are pages. */
static void fragmented_memory_is_mapped_together(void)
{
	struct quire_machine *m = test_machine_new();
	struct page *page, *held = NULL, *kept = NULL;
	unsigned int cpu;
	char *ptr;

	test_bank(m, MB(16), MB(16), 0);
	m->nr_cpus = 2;
	test_machine_kvirt(m, "i386-pae");
	REQUIRE(!test_machine_boot(m));
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		set_page_private(page, (unsigned long)(uintptr_t)held);
		held = page;
	}
	while (held) {
		page = held;
		held = (struct page *)(uintptr_t)page_private(held);
		if (page_to_pfn(page) % 2) {
			set_page_private(page, (unsigned long)(uintptr_t)kept);
			kept = page;
		} else {
			__free_pages(page, 0);
		}
	}
	ptr = __alloc_percpu(8, 8);
	REQUIRE(ptr);
	for_each_possible_cpu(cpu)
		CHECK(is_vmalloc_addr(per_cpu_ptr(ptr, cpu)));
	CHECK(!__alloc_percpu_gfp(this_quire()->percpu.unit_size, 8, GFP_NOWAIT | __GFP_NOWARN));
	free_percpu(ptr);
	while (kept) {
		page = (struct page *)(uintptr_t)page_private(kept);
		__free_pages(kept, 0);
		kept = page;
	}
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Units need no address in the direct map: they may be highmem. */
static void units_come_from_highmem_where_there_is_some(void)
{
	struct quire_machine *m = new_machine("i386-pae");

	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = m->zone_end[ZONE_NORMAL] = MB(40);
	REQUIRE(!test_machine_boot(m));
	check_nodes((char *)&block, sizeof(block));
	CHECK(per_cpu_ptr_to_phys(per_cpu_ptr(&number, 0)) >= MB(40));
	CHECK_EQ(per_cpu(number, 0), 41);
}

static void a_boot_that_fails_leaves_nothing(void)
{
	unsigned long n, in_our_step = 0;
	int err = -ENOMEM;

	for (n = 1; err; n++) {
		struct quire_machine *m = new_machine("i386-pae");

		log_clear();
		quire_fail_nth(n, true);
		err = test_machine_boot(m);
		quire_fail_off();
		in_our_step += log_contains("percpu: no memory for the per-CPU data");
		if (err) {
			CHECK_EQ(err, -ENOMEM);
			CHECK_EQ(this_quire()->phase, PHASE_NONE);
			CHECK(!this_quire()->percpu.is_up);
			CHECK_EQ(quire_boot(m), 0);
		}
		CHECK_EQ(per_cpu(number, 3), 41);
		CHECK_EQ(percpu_validate(), 0);
		CHECK_EQ(vmalloc_validate(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
	CHECK(in_our_step >= 5); /* the map, four units, what vmap needs */
}

/* Each allocation behind a call fails once; then all of them: nothing is left behind. */
static void a_call_that_fails_leaves_nothing(void)
{
	unsigned long n, before;
	size_t unit;
	void *ptr = NULL, *other = NULL;

	REQUIRE(!test_machine_boot(new_machine("i386-pae")));
	unit = this_quire()->percpu.unit_size;
	/* What the window keeps for itself is there from now on. */
	free_percpu(__alloc_percpu(unit, 8));
	ptr = __alloc_percpu(unit, 8);
	free_percpu(__alloc_percpu(unit, 8));
	free_percpu(__alloc_percpu(unit, 8));
	free_percpu(ptr);
	ptr = __alloc_percpu(unit, 8);
	before = nr_free_pages();
	free_percpu(ptr);
	ptr = __alloc_percpu(unit, 8);
	for (n = 1; n < 40; n++) {
		quire_fail_nth(n, true);
		other = __alloc_percpu_gfp(unit, 8, GFP_KERNEL | __GFP_NOWARN);
		quire_fail_off();
		CHECK_EQ(percpu_validate(), 0);
		CHECK_EQ(vmalloc_validate(), 0);
		if (other)
			break;
		vm_unmap_aliases();
		CHECK_EQ(nr_free_pages(), before);
	}
	CHECK(n > 6 && n < 40);
	free_percpu(other);
	free_percpu(ptr);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(with_a_window_each_cpus_copies_lie_on_its_own_node),
	TEST(the_log_says_where_the_copies_went),
	TEST(without_a_window_the_copies_lie_in_one_piece),
	TEST(cpus_of_one_node_share_a_piece_of_it),
	TEST(a_machine_as_dumped_takes_nothing_from_its_nodes),
	TEST(what_is_given_back_leaves_the_window),
	TEST(an_atomic_request_stays_out_of_the_window),
	TEST(fragmented_memory_is_mapped_together),
	TEST(units_come_from_highmem_where_there_is_some),
	TEST(a_boot_that_fails_leaves_nothing),
	TEST(a_call_that_fails_leaves_nothing),
	{ NULL, NULL },
};
