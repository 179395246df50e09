/* SPDX-License-Identifier: MIT */
/*
 * percpu_model_test.c - random sizes and alignments are taken and given back, on machines
 * of all kinds, with memory that runs out at random. The model is a list of what is held;
 * every byte of every CPU's copy is stamped, so that an overlap is seen.
 */
#include <quire/percpu.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)
#define HELD 300

static DEFINE_PER_CPU(u64, before) = 0x0123456789abcdef;
static DEFINE_PER_CPU(char[5000], block);

struct held {
	unsigned char *ptr; /* NULL: none */
	size_t size;
	unsigned char stamp;
};

/* Each copy has another stamp. */
static unsigned char stamp_of(const struct held *h, unsigned int cpu)
{
	return (unsigned char)(h->stamp + 7 * cpu);
}

static void stamp(const struct held *h)
{
	unsigned int cpu;
	size_t i;

	for_each_possible_cpu(cpu)
		for (i = 0; i < h->size; i++)
			per_cpu_ptr(h->ptr, cpu)[i] = stamp_of(h, cpu);
}

static bool is_all(const unsigned char *p, unsigned char byte, size_t size)
{
	while (size && p[size - 1] == byte)
		size--;
	return !size;
}

static bool take(struct held *h)
{
	size_t align = (size_t)1 << test_random_below(test_random_below(4) ? 7 : 13);
	unsigned int cpu;

	align = align > PAGE_SIZE ? PAGE_SIZE : align;
	h->size = test_random_below(8) ? 200 : this_quire()->percpu.unit_size;
	h->size = 1 + (size_t)test_random_below(h->size);
	h->stamp = (unsigned char)test_random();
	h->ptr = __alloc_percpu_gfp(h->size, align, GFP_KERNEL | __GFP_NOWARN);
	if (!h->ptr)
		return false;
	for_each_possible_cpu(cpu) {
		CHECK_EQ((uintptr_t)per_cpu_ptr(h->ptr, cpu) % align, 0);
		CHECK(is_all(per_cpu_ptr(h->ptr, cpu), 0, h->size));
	}
	stamp(h);
	return true;
}

static void give(struct held *h)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		CHECK(is_all(per_cpu_ptr(h->ptr, cpu), stamp_of(h, cpu), h->size));
	free_percpu(h->ptr);
	h->ptr = NULL;
}

/* Now and then the next allocation fails, or the one after, or all from then on. */
static void plan_failure(void)
{
	if (test_random_below(4))
		quire_fail_off();
	else
		quire_fail_nth((unsigned long)test_random_below(4) + 1, test_random_below(2));
}

static void run_steps(struct held *held, unsigned long steps)
{
	unsigned long i, failed = 0;

	for (i = 0; i < steps; i++) {
		/* Times of growth and of shrinking take turns. */
		struct held *h = &held[test_random_below(i / 500 % 2 ? HELD / 8 : HELD)];

		plan_failure();
		if (h->ptr)
			give(h);
		else
			failed += !take(h);
		if (i % 16 == 0)
			CHECK_EQ(percpu_validate(), 0);
	}
	quire_fail_off();
	CHECK(failed > 0);
}

/* The window keeps tables and nodes for the next who comes: fewer pages than a chunk has. */
static void check_that_nothing_is_lost(unsigned long before_pages)
{
	unsigned long kept = 0;

	if (this_quire()->percpu.window) {
		vm_unmap_aliases();
		CHECK_EQ(vmalloc_validate(), 0);
		kept = quire_nr_cpus() * this_quire()->percpu.unit_pages - 1;
	}
	CHECK(nr_free_pages() <= before_pages);
	CHECK(nr_free_pages() >= before_pages - kept);
}

static void run_model(struct quire_machine *m)
{
	static struct held held[HELD];
	unsigned long before_pages, empty;
	unsigned int i, cpu;

	REQUIRE(!test_machine_boot(m));
	free_percpu(__alloc_percpu(this_quire()->percpu.unit_size, 1)); /* one chunk is kept */
	before_pages = nr_free_pages();
	empty = pcpu_nr_pages();
	for (i = 0; i < HELD; i++)
		held[i] = (struct held){ NULL, 0, 0 };
	run_steps(held, test_rounds(3000));
	CHECK(pcpu_nr_pages() > empty);
	for (i = 0; i < HELD; i++)
		if (held[i].ptr)
			give(&held[i]);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(pcpu_nr_pages(), empty);
	check_that_nothing_is_lost(before_pages);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	for_each_possible_cpu(cpu) {
		if (!m->percpu_start)
			break;
		CHECK_EQ(per_cpu(before, cpu), 0x0123456789abcdef);
		CHECK(is_all((unsigned char *)per_cpu(block, cpu), 0, sizeof(block)));
	}
	test_machine_end(m);
}

static struct quire_machine *new_machine(unsigned int cpus, bool has_template)
{
	struct quire_machine *m = test_machine_new();

	m->nr_cpus = cpus;
	if (has_template) {
		m->percpu_start = percpu_template_start;
		m->percpu_end = percpu_template_end;
	}
	return m;
}

static void one_cpu_agrees_with_the_model(void)
{
	struct quire_machine *m = new_machine(1, false);

	test_bank(m, MB(16), MB(32), 0);
	run_model(m);
}

static void three_cpus_with_static_variables_agree_with_the_model(void)
{
	struct quire_machine *m = new_machine(3, true);

	test_bank(m, MB(16), MB(64), 0);
	run_model(m);
}

/* Units of one page. */
static void a_small_machine_agrees_with_the_model(void)
{
	struct quire_machine *m = new_machine(2, false);

	test_bank(m, 0, MB(1), 0);
	run_model(m);
}

/* The largest block is 64 KB: chunks are ranges of frames. */
static void chunks_larger_than_any_block_agree_with_the_model(void)
{
	struct quire_machine *m = new_machine(4, true);

	m->max_order = 5;
	test_bank(m, MB(16), MB(128), 0);
	run_model(m);
}

/* Each unit on its CPU's node, mapped in the window. */
static void chunks_of_several_nodes_agree_with_the_model(void)
{
	struct quire_machine *m = new_machine(4, true);

	test_bank(m, MB(16), MB(32), 0);
	test_bank(m, MB(48), MB(64), 1);
	test_machine_kvirt(m, "i386-pae");
	run_model(m);
}

const struct tap_test tap_tests[] = {
	TEST(one_cpu_agrees_with_the_model),
	TEST(three_cpus_with_static_variables_agree_with_the_model),
	TEST(a_small_machine_agrees_with_the_model),
	TEST(chunks_larger_than_any_block_agree_with_the_model),
	TEST(chunks_of_several_nodes_agree_with_the_model),
	{ NULL, NULL },
};
