/* SPDX-License-Identifier: MIT */
/*
 * percpu_test.c - per-CPU variables as their users see them: copies, pointers, operations,
 * and what is allocated.
 */
#include <stdio.h>
#include <string.h>

#include <quire/percpu.h>
#include <quire/quire.h>

#include "mm/kvirt/percpu_internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

static DEFINE_PER_CPU(unsigned long, counter) = 17;
static DEFINE_PER_CPU(char, small) = 'q';
DEFINE_PER_CPU(u64, wide);
static DEFINE_PER_CPU_ALIGNED(unsigned int, alone) = 5;
static __attribute__((aligned(4096))) DEFINE_PER_CPU(char[100], paged);
static DEFINE_PER_CPU(void *, pointer);
DECLARE_PER_CPU(u64, wide);

static struct quire_machine *new_machine(unsigned int cpus, bool has_template)
{
	struct quire_machine *m = test_machine_new();

	counter = 17;
	test_bank(m, MB(16), MB(64), 0);
	m->nr_cpus = cpus;
	if (has_template) {
		m->percpu_start = percpu_template_start;
		m->percpu_end = percpu_template_end;
	}
	return m;
}

static void boot(unsigned int cpus, bool has_template)
{
	REQUIRE(!test_machine_boot(new_machine(cpus, has_template)));
}

static bool is_filled(const void *memory, unsigned char byte, size_t size)
{
	const unsigned char *p = memory;

	while (size && p[size - 1] == byte)
		size--;
	return !size;
}

/* ---- static variables ---- */

static void check_static_copies(unsigned int cpus)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		CHECK_EQ(per_cpu(counter, cpu), 18);
		CHECK_EQ(per_cpu(small, cpu), 'q');
		CHECK_EQ(per_cpu(wide, cpu), 0);
		per_cpu(counter, cpu) = 1000 + cpu;
		per_cpu(wide, cpu) = ~(u64)cpu;
	}
	for_each_possible_cpu(cpu) {
		CHECK_EQ(per_cpu(counter, cpu), 1000 + cpu);
		CHECK_EQ(per_cpu(wide, cpu), ~(u64)cpu);
		CHECK_EQ(per_cpu(small, cpu), 'q');
	}
	CHECK_EQ(cpu, cpus);
	CHECK_EQ(counter, 18);
	CHECK_EQ(wide, 0);
}

/* What is written to the template before the boot is what each CPU begins with. */
static void each_cpu_has_its_own_copy_of_the_template(void)
{
	static const unsigned int cpus[] = { 1, 2, 8, 300 };
	size_t i;

	for (i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		struct quire_machine *m = new_machine(cpus[i], true);

		per_cpu(counter, 0)++;
		CHECK_EQ(counter, 18);
		REQUIRE(!test_machine_boot(m));
		check_static_copies(cpus[i]);
		CHECK_EQ(percpu_validate(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		CHECK_EQ(this_quire()->log.warnings, 0);
		test_machine_end(m);
	}
}

static void copies_are_aligned_as_their_variables(void)
{
	unsigned int cpu;

	boot(3, true);
	for_each_possible_cpu(cpu) {
		CHECK_EQ((uintptr_t)per_cpu_ptr(&counter, cpu) % _Alignof(unsigned long), 0);
		CHECK_EQ((uintptr_t)per_cpu_ptr(&alone, cpu) % 64, 0);
		CHECK_EQ((uintptr_t)per_cpu_ptr(&paged, cpu) % 4096, 0);
		CHECK_EQ(per_cpu(alone, cpu), 5);
	}
}

/* The copies of two CPUs are never in the same cache line, nor page. */
static void offsets_go_up_by_the_same_number_of_pages(void)
{
	uintptr_t step;
	unsigned int cpu;

	boot(8, true);
	step = per_cpu_offset(1) - per_cpu_offset(0);
	CHECK(step && step % PAGE_SIZE == 0);
	CHECK(step >= (uintptr_t)percpu_template_end - (uintptr_t)percpu_template_start +
			      PERCPU_DYNAMIC_RESERVE);
	for (cpu = 1; cpu < 8; cpu++)
		CHECK_EQ(per_cpu_offset(cpu) - per_cpu_offset(cpu - 1), step);
}

static void the_boot_says_what_it_copied(void)
{
	size_t bytes = (size_t)((char *)percpu_template_end - (char *)percpu_template_start);
	size_t unit;
	char line[128];

	boot(2, true);
	unit = this_quire()->percpu.unit_size;
	snprintf(line, sizeof(line),
		 "setup_per_cpu_areas: 2 CPUs, %zu bytes of static per-CPU data each\n", bytes);
	CHECK(log_contains(line));
	snprintf(line, sizeof(line), "percpu: Embedded %zu pages/cpu s%zu r0 d%zu u%zu\n",
		 (size_t)(unit / PAGE_SIZE), bytes, unit - bytes, unit);
	CHECK(log_contains(line));
	CHECK_EQ(pcpu_nr_pages(), 2 * unit / PAGE_SIZE);
}

static void a_machine_without_static_variables_takes_no_boot_memory(void)
{
	phys_addr_t reserved;

	boot(8, true);
	reserved = memblock_reserved_size();
	boot(8, false);
	CHECK(log_contains("setup_per_cpu_areas: 8 CPUs, no static per-CPU data to copy\n"));
	CHECK_EQ(pcpu_nr_pages(), 0);
	CHECK(memblock_reserved_size() + 8 * (PERCPU_DYNAMIC_RESERVE + 4096) < reserved);
}

/* Booted as it was dumped, a machine takes no page from its RAM. */
static void a_machine_as_dumped_keeps_the_copies_outside_of_its_ram(void)
{
	struct quire_machine *m = new_machine(4, true);
	void *ptr;

	m->flags = MACHINE_AS_DUMPED;
	per_cpu(counter, 0)++;
	REQUIRE(!test_machine_boot(m));
	CHECK_EQ(nr_free_pages(), MB(64) / 4096);
	check_static_copies(4);
	CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(&counter, 3)), PHYS_ADDR_MAX);
	CHECK_EQ(this_quire()->log.warnings, 0);
	/* The first chunk's room is there, too. */
	ptr = alloc_percpu(u64);
	CHECK(ptr);
	CHECK_EQ(nr_free_pages(), MB(64) / 4096);
	free_percpu(ptr);
	CHECK_EQ(percpu_validate(), 0);
}

static void bootmem_gives_the_first_chunk_too(void)
{
	struct quire_machine *m = new_machine(4, true);

	m->flags = MACHINE_BOOTMEM;
	per_cpu(counter, 0)++;
	REQUIRE(!test_machine_boot(m));
	check_static_copies(4);
	CHECK(PageReserved(virt_to_page(per_cpu_ptr(&counter, 3))));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_template_that_ends_before_it_begins_is_refused(void)
{
	struct quire_machine *m = new_machine(2, true);

	m->percpu_start = percpu_template_end;
	m->percpu_end = percpu_template_start;
	CHECK_EQ(test_machine_boot(m), -EINVAL);
	CHECK(log_contains("the template ends"));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
}

static void a_template_beyond_the_address_space_is_refused(void)
{
	struct quire_machine *m = new_machine(2, true);

	m->percpu_start = (const void *)16;
	m->percpu_end = (const void *)(UINTPTR_MAX - 16);
	CHECK_EQ(test_machine_boot(m), -EINVAL);
	CHECK(log_contains("are beyond any address"));
}

/* ---- operations on this CPU's copy ---- */

static void operations_change_only_this_cpus_copy(void)
{
	unsigned int cpu;

	boot(3, true);
	test_set_cpu(1);
	this_cpu_inc(counter);
	this_cpu_add(counter, 10);
	this_cpu_sub(counter, 3);
	this_cpu_dec(counter);
	CHECK_EQ(this_cpu_read(counter), 17 + 1 + 10 - 3 - 1);
	CHECK_EQ(this_cpu_add_return(counter, 6), 30);
	CHECK_EQ(this_cpu_xchg(counter, 0xf0), 30);
	this_cpu_and(counter, 0x3c);
	CHECK_EQ(this_cpu_read(counter), 0x30);
	this_cpu_or(counter, 3);
	CHECK_EQ(this_cpu_cmpxchg(counter, 1, 99), 0x33);
	CHECK_EQ(this_cpu_cmpxchg(counter, 0x33, 99), 0x33);
	CHECK_EQ(get_cpu_var(counter), 99);
	put_cpu_var(counter);
	this_cpu_write(pointer, &cpu);
	CHECK_PTR(this_cpu_read(pointer), &cpu);
	CHECK_PTR(this_cpu_ptr(&wide), per_cpu_ptr(&wide, 1));
	CHECK_PTR(raw_cpu_ptr(&wide), per_cpu_ptr(&wide, 1));
	for (cpu = 0; cpu < 3; cpu++) {
		CHECK_EQ(per_cpu(counter, cpu), cpu == 1 ? 99 : 17);
		CHECK(!per_cpu(pointer, cpu) == (cpu != 1));
	}
}

static void changes_are_made_with_interrupts_off(void)
{
	boot(2, true);
	this_cpu_write(counter, test_irq_depth());
	CHECK_EQ(this_cpu_read(counter), 1);
	this_cpu_add(counter, test_irq_depth());
	CHECK_EQ(this_cpu_read(counter), 2);
	CHECK_EQ(this_cpu_add_return(counter, test_irq_depth()), 3);
	CHECK_EQ(this_cpu_xchg(counter, test_irq_depth()), 3);
	CHECK_EQ(this_cpu_cmpxchg(counter, test_irq_depth(), 7), 1);
	CHECK_EQ(this_cpu_read(counter), 7);
	CHECK_EQ(test_irq_depth(), 0);
}

/* ---- allocating ---- */

static void what_is_allocated_is_zero_on_every_cpu(void)
{
	struct quire_machine *m = new_machine(4, false);
	unsigned int cpu;
	char *ptr;

	test_machine_ram(m);
	memset(phys_to_virt(MB(16)), 0xa5, MB(64));
	REQUIRE(!quire_boot(m));
	ptr = __alloc_percpu(777, 1);
	REQUIRE(ptr);
	for_each_possible_cpu(cpu) {
		CHECK(is_filled(per_cpu_ptr(ptr, cpu), 0, 777));
		memset(per_cpu_ptr(ptr, cpu), (int)cpu + 1, 777);
	}
	for_each_possible_cpu(cpu)
		CHECK(is_filled(per_cpu_ptr(ptr, cpu), (unsigned char)(cpu + 1), 777));
	free_percpu(ptr);
	ptr = __alloc_percpu(777, 1);
	REQUIRE(ptr);
	for_each_possible_cpu(cpu)
		CHECK(is_filled(per_cpu_ptr(ptr, cpu), 0, 777));
	free_percpu(ptr);
	CHECK_EQ(percpu_validate(), 0);
}

struct twin {
	u64 wide;
	char narrow;
};

static void a_type_is_allocated_with_its_size_and_alignment(void)
{
	struct twin __percpu *twin;
	char __percpu *byte;

	boot(2, false);
	byte = alloc_percpu(char);
	twin = alloc_percpu_gfp(struct twin, GFP_ATOMIC);
	REQUIRE(byte && twin);
	CHECK_EQ((uintptr_t)per_cpu_ptr(twin, 1) % _Alignof(struct twin), 0);
	per_cpu_ptr(twin, 1)->wide = 1;
	per_cpu_ptr(twin, 1)->narrow = 2;
	*per_cpu_ptr(byte, 1) = 3;
	CHECK_EQ(per_cpu_ptr(twin, 1)->wide, 1);
	CHECK_EQ(per_cpu_ptr(twin, 0)->wide, 0);
	free_percpu(byte);
	free_percpu(twin);
}

static void every_alignment_up_to_a_page_is_kept(void)
{
	char *gaps[17], *ptrs[17];
	unsigned int cpu, i, nr = 0;
	size_t align;

	boot(3, true);
	for (align = 1; align <= PAGE_SIZE; align *= 2, nr++) {
		gaps[nr] = __alloc_percpu(1, 1);
		ptrs[nr] = __alloc_percpu(3, align);
		REQUIRE(gaps[nr] && ptrs[nr]);
		for_each_possible_cpu(cpu)
			CHECK_EQ((uintptr_t)per_cpu_ptr(ptrs[nr], cpu) % align, 0);
	}
	CHECK_EQ(percpu_validate(), 0);
	for (i = 0; i < nr; i++) {
		free_percpu(gaps[i]);
		free_percpu(ptrs[i]);
	}
	CHECK_EQ(percpu_validate(), 0);
}

static void a_unit_is_the_most_that_can_be_taken(void)
{
	size_t unit;
	char *ptr;

	boot(2, false);
	unit = this_quire()->percpu.unit_size;
	CHECK_EQ(unit, PERCPU_MIN_UNIT_SIZE);
	ptr = __alloc_percpu(unit, PAGE_SIZE);
	REQUIRE(ptr);
	memset(per_cpu_ptr(ptr, 1), 1, unit);
	CHECK(is_filled(per_cpu_ptr(ptr, 0), 0, unit));
	log_clear();
	CHECK(!__alloc_percpu(unit + 1, 1));
	CHECK(log_contains("WARNING: illegal size (32769) or align (1) for percpu allocation"));
	free_percpu(ptr);
}

static void wrong_sizes_and_alignments_are_refused(void)
{
	unsigned long before;

	boot(2, false);
	before = nr_free_pages();
	CHECK(!__alloc_percpu(0, 1));
	CHECK(!__alloc_percpu(SIZE_MAX, 1));
	CHECK(!__alloc_percpu(SIZE_MAX - 2, 1));
	CHECK(!__alloc_percpu(8, 0));
	CHECK(!__alloc_percpu(8, 24));
	CHECK(!__alloc_percpu(8, 2 * PAGE_SIZE));
	CHECK(!__alloc_percpu_gfp(0, 1, GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(this_quire()->log.warnings, 7);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(pcpu_nr_pages(), 0);
}

static int alloc_early(void *ctx)
{
	(void)ctx;
	CHECK(!alloc_percpu(int));
	CHECK(log_contains("WARNING: alloc_percpu before setup_per_cpu_areas"));
	return 0;
}

static void before_its_step_of_the_boot_nothing_can_be_taken(void)
{
	struct quire_machine *m = new_machine(2, true);

	m->early = alloc_early;
	REQUIRE(!test_machine_boot(m));
	CHECK_EQ(this_quire()->log.warnings, 1);
}

/* Between setup_per_cpu_areas and mem_init there is what that step set aside. */
static void before_the_page_allocator_is_up_the_first_chunk_serves(void)
{
	char *ptr;
	size_t unit;
	unsigned long pages;

	boot(2, true);
	this_quire()->phase = PHASE_MEMBLOCK;
	unit = this_quire()->percpu.unit_size;
	pages = pcpu_nr_pages();
	ptr = __alloc_percpu(PERCPU_DYNAMIC_RESERVE, 4);
	CHECK(ptr);
	CHECK(!__alloc_percpu(unit / 2, 4));
	CHECK(log_contains("percpu: allocation failed, size="));
	this_quire()->phase = PHASE_BUDDY;
	CHECK_EQ(pcpu_nr_pages(), pages);
	free_percpu(ptr);
}

/* ---- chunks ---- */

#define PIECE 1024

static void more_chunks_are_made_when_one_is_full_and_given_back_when_empty(void)
{
	unsigned char *ptr[200];
	unsigned long before, empty, chunks;
	unsigned int i, cpu, nr = sizeof(ptr) / sizeof(ptr[0]);

	boot(2, false);
	free_percpu(alloc_percpu(int)); /* from now on one chunk is kept */
	before = nr_free_pages();
	empty = pcpu_nr_pages();
	CHECK_EQ(empty, 2 * PERCPU_MIN_UNIT_SIZE / PAGE_SIZE);
	for (i = 0; i < nr; i++) {
		ptr[i] = __alloc_percpu(PIECE, 4);
		REQUIRE(ptr[i]);
		for_each_possible_cpu(cpu)
			memset(per_cpu_ptr(ptr[i], cpu), (int)(i + cpu), PIECE);
	}
	chunks = (nr * PIECE + PERCPU_MIN_UNIT_SIZE - 1) / PERCPU_MIN_UNIT_SIZE;
	CHECK_EQ(pcpu_nr_pages(), empty * chunks);
	CHECK_EQ(percpu_validate(), 0);
	for (i = 0; i < nr; i++) {
		for_each_possible_cpu(cpu)
			CHECK(is_filled(per_cpu_ptr(ptr[i], cpu), (unsigned char)(i + cpu), PIECE));
		free_percpu(ptr[i]);
		CHECK_EQ(percpu_validate(), 0);
	}
	CHECK_EQ(pcpu_nr_pages(), empty);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* A chunk that is nearly full is filled up before an empty one is begun. */
static void small_gaps_are_filled_first(void)
{
	char *first, *second, *third;
	size_t unit;

	boot(2, false);
	unit = this_quire()->percpu.unit_size;
	first = __alloc_percpu(unit - 64, 4);
	second = __alloc_percpu(128, 4); /* in a chunk of its own */
	third = __alloc_percpu(64, 4);
	REQUIRE(first && second && third);
	CHECK_EQ(third - first, unit - 64);
	free_percpu(first);
	free_percpu(second);
	free_percpu(third);
	CHECK_EQ(percpu_validate(), 0);
}

/* RAM of 512 KB for each CPU: a unit is one page of it. */
static void on_a_machine_with_little_ram_a_unit_is_small(void)
{
	struct quire_machine *m = test_machine_new();
	u64 *ptr;

	test_bank(m, MB(16), MB(2), 0);
	m->nr_cpus = 4;
	REQUIRE(!test_machine_boot(m));
	CHECK_EQ(this_quire()->percpu.unit_size, PAGE_SIZE);
	ptr = alloc_percpu(u64);
	CHECK(ptr);
	CHECK_EQ(pcpu_nr_pages(), 4);
	free_percpu(ptr);
}

/* 300 units of 32 KB: more than the largest block of 4 MB. */
static void many_cpus_share_a_chunk_that_no_block_holds(void)
{
	struct quire_machine *m = new_machine(300, true);
	unsigned long before;
	unsigned int cpu;
	u64 *ptr;
	char *filler;

	test_bank(m, MB(256), MB(64), 0);
	REQUIRE(!test_machine_boot(m));
	filler = __alloc_percpu(PERCPU_DYNAMIC_RESERVE, 4); /* fills the first chunk */
	REQUIRE(filler);
	free_percpu(__alloc_percpu(this_quire()->percpu.unit_size, 8));
	before = nr_free_pages();
	ptr = __alloc_percpu(this_quire()->percpu.unit_size, 8);
	REQUIRE(ptr);
	for_each_possible_cpu(cpu)
		*per_cpu_ptr(ptr, cpu) = cpu;
	for_each_possible_cpu(cpu) {
		CHECK_EQ(*per_cpu_ptr(ptr, cpu), cpu);
		CHECK_EQ(per_cpu(counter, cpu), 17);
		CHECK_EQ(per_cpu_ptr_to_phys(per_cpu_ptr(ptr, cpu)),
			 virt_to_phys(per_cpu_ptr(ptr, cpu)));
	}
	CHECK(!PageReserved(virt_to_page(per_cpu_ptr(ptr, 299))));
	free_percpu(ptr);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void when_memory_runs_out_the_caller_gets_null_and_a_line(void)
{
	struct page *page, *held = NULL;
	u64 *ptr;

	boot(2, false);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		set_page_private(page, (unsigned long)(uintptr_t)held);
		held = page;
	}
	log_clear();
	CHECK(!__alloc_percpu_gfp(8, 8, GFP_KERNEL | __GFP_NOWARN));
	CHECK_STR(log_text(), "");
	CHECK(!__alloc_percpu_gfp(8, 8, GFP_ATOMIC));
	CHECK_STR(log_text(), "percpu: allocation failed, size=8 align=8\n");
	CHECK_EQ(pcpu_nr_pages(), 0);
	while (held) {
		page = (struct page *)(uintptr_t)page_private(held);
		__free_pages(held, 0);
		held = page;
	}
	ptr = alloc_percpu(u64);
	CHECK(ptr);
	CHECK_EQ(percpu_validate(), 0);
	free_percpu(ptr);
}

/* ---- giving back ---- */

static void what_was_not_allocated_is_not_given_back(void)
{
	unsigned long warnings = 0;
	char *ptr, on_stack;

	boot(2, true);
	ptr = __alloc_percpu(64, 8);
	REQUIRE(ptr);
	free_percpu(NULL);
	CHECK_EQ(this_quire()->log.warnings, warnings);
	free_percpu(&on_stack);
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu(&counter); /* static */
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu((void *)(uintptr_t)percpu_template_start);
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu(ptr + 4); /* inside */
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu(ptr + 1);
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu(per_cpu_ptr(ptr, 0)); /* an address is no per-CPU pointer */
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	free_percpu(ptr + this_quire()->percpu.unit_size); /* in CPU 1's unit */
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	CHECK(log_contains("was not allocated, or is free already, called from"));
	free_percpu(ptr);
	CHECK_EQ(this_quire()->log.warnings, warnings);
	free_percpu(ptr); /* twice */
	CHECK_EQ(this_quire()->log.warnings, ++warnings);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(per_cpu(counter, 1), 17);
}

/* ---- what is where ---- */

static void addresses_are_known_for_what_they_are(void)
{
	struct percpu_state *ps;
	uintptr_t first, last, dynamic;
	char *ptr;

	boot(2, true);
	ps = &this_quire()->percpu;
	first = (uintptr_t)percpu_shift(percpu_template_start, per_cpu_offset(0));
	last = (uintptr_t)percpu_shift(percpu_template_end, per_cpu_offset(1)) - 1;
	ptr = __alloc_percpu(ps->unit_size, 1); /* a chunk of its own */
	REQUIRE(ptr);
	dynamic = (uintptr_t)per_cpu_ptr(ptr, 0);
	CHECK(is_kernel_percpu_address(first));
	CHECK(!is_kernel_percpu_address(first - 1));
	CHECK(is_kernel_percpu_address(last));
	CHECK(!is_kernel_percpu_address(last + 1));
	CHECK(is_kernel_percpu_address((uintptr_t)per_cpu_ptr(&counter, 1)));
	CHECK(!is_kernel_percpu_address((uintptr_t)&counter));
	CHECK(!is_kernel_percpu_address(dynamic));
	CHECK(is_percpu_address(first));
	CHECK(is_percpu_address(last));
	CHECK(is_percpu_address(dynamic));
	CHECK(is_percpu_address(dynamic + 2 * ps->unit_size - 1));
	CHECK(!is_percpu_address((uintptr_t)&counter));
	CHECK(!is_percpu_address((uintptr_t)phys_to_virt(MB(16) + PAGE_SIZE)));
	CHECK_EQ(per_cpu_ptr_to_phys((void *)last), virt_to_phys((void *)last));
	CHECK_EQ(per_cpu_ptr_to_phys((void *)(dynamic + 5)), virt_to_phys((void *)dynamic) + 5);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(per_cpu_ptr_to_phys(&counter), PHYS_ADDR_MAX);
	CHECK(log_contains("is no CPU's copy of anything"));
	free_percpu(ptr);
}

/* Nothing is at the pointer itself: whoever takes it for an address finds out. */
static void a_per_cpu_pointer_is_no_address(void)
{
	int *ptr;

	boot(1, false);
	ptr = alloc_percpu(int);
	REQUIRE(ptr);
	CHECK((void *)ptr != (void *)per_cpu_ptr(ptr, 0));
	CHECK(!is_percpu_address((uintptr_t)ptr));
	free_percpu(ptr);
}

const struct tap_test tap_tests[] = {
	TEST(each_cpu_has_its_own_copy_of_the_template),
	TEST(copies_are_aligned_as_their_variables),
	TEST(offsets_go_up_by_the_same_number_of_pages),
	TEST(the_boot_says_what_it_copied),
	TEST(a_machine_without_static_variables_takes_no_boot_memory),
	TEST(a_machine_as_dumped_keeps_the_copies_outside_of_its_ram),
	TEST(bootmem_gives_the_first_chunk_too),
	TEST(a_template_that_ends_before_it_begins_is_refused),
	TEST(a_template_beyond_the_address_space_is_refused),
	TEST(operations_change_only_this_cpus_copy),
	TEST(changes_are_made_with_interrupts_off),
	TEST(what_is_allocated_is_zero_on_every_cpu),
	TEST(a_type_is_allocated_with_its_size_and_alignment),
	TEST(every_alignment_up_to_a_page_is_kept),
	TEST(a_unit_is_the_most_that_can_be_taken),
	TEST(wrong_sizes_and_alignments_are_refused),
	TEST(before_its_step_of_the_boot_nothing_can_be_taken),
	TEST(before_the_page_allocator_is_up_the_first_chunk_serves),
	TEST(more_chunks_are_made_when_one_is_full_and_given_back_when_empty),
	TEST(small_gaps_are_filled_first),
	TEST(on_a_machine_with_little_ram_a_unit_is_small),
	TEST(many_cpus_share_a_chunk_that_no_block_holds),
	TEST(when_memory_runs_out_the_caller_gets_null_and_a_line),
	TEST(what_was_not_allocated_is_not_given_back),
	TEST(addresses_are_known_for_what_they_are),
	TEST(a_per_cpu_pointer_is_no_address),
	{ NULL, NULL },
};
