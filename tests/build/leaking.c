/* SPDX-License-Identifier: MIT */
/*
 * leaking.c - tests that lose something, and tests that lose nothing though it may look so, for leaks.t: the
 * names of the first begin with "loses", of the others with "keeps".
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <quire/kmalloc.h>
#include <quire/percpu.h>
#include <quire/pgtable_formats.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define MANY 1000

static unsigned long **boot_memory;

static int early(void *ctx)
{
	(void)ctx;
	boot_memory = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	return 0;
}

static struct quire_machine *boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->nr_cpus = 2;
	m->objects.engine = &quire_slub;
	m->early = early;
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	return m;
}

/* ---- what is found ---- */

static void loses_a_piece(void)
{
	boot();
	CHECK(kmalloc(100, GFP_KERNEL));
}

static void loses_a_large_piece(void)
{
	boot();
	CHECK(kmalloc(100000, GFP_KERNEL));
}

static void loses_an_object_of_a_cache(void)
{
	boot();
	CHECK(kmem_cache_alloc(kmem_cache_create("lost", 200, 0, SLAB_NO_MERGE, NULL), GFP_KERNEL));
}

/* The first of the window begins where the machine says that the window does: that word leads to it. */
static void loses_an_area_of_vmalloc(void)
{
	void *first;

	boot();
	first = vmalloc(PAGE_SIZE);
	CHECK(vmalloc(3 * PAGE_SIZE));
	vfree(first);
}

/* Likewise the first of the per-CPU memory. */
static void loses_a_variable_of_each_cpu(void)
{
	void *first;

	boot();
	first = __alloc_percpu(8, 8);
	CHECK(__alloc_percpu(24, 8));
	free_percpu(first);
}

static void loses_a_ring(void)
{
	void **one, **other;

	boot();
	one = kzalloc(64, GFP_KERNEL);
	other = kzalloc(64, GFP_KERNEL);
	REQUIRE(one && other);
	*one = other;
	*other = one;
}

/* ---- what might hide it ---- */

static void loses_what_was_in_static_data(void)
{
	static void *volatile held;

	boot();
	held = kmalloc(100, GFP_KERNEL);
	CHECK(held);
	held = NULL;
}

static void loses_what_was_in_the_heap(void)
{
	void *volatile *held = malloc(64 * sizeof(void *));
	unsigned int i;

	boot();
	for (i = 0; i < 64; i++)
		held[i] = kmalloc(100, GFP_KERNEL);
	free((void *)held);
}

static __attribute__((noinline)) void take_on_a_deep_stack(void)
{
	void *volatile held[512];
	unsigned int i;

	for (i = 0; i < 512; i++)
		held[i] = kmalloc(100, GFP_KERNEL);
	CHECK(held[511]);
}

/* The machine ends in the frame that called the one where the pointers were. */
static void loses_what_was_on_the_stack(void)
{
	struct quire_machine *m = boot();

	take_on_a_deep_stack();
	test_machine_end(m);
}

static void *take_on_another_stack(void *quire)
{
	quire_select(quire);
	take_on_a_deep_stack();
	return NULL;
}

static void loses_what_a_thread_had(void)
{
	pthread_t thread;

	boot();
	REQUIRE(!pthread_create(&thread, NULL, take_on_another_stack, this_quire()));
	pthread_join(thread, NULL);
}

static void loses_what_a_machine_before_it_had_too(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct quire_machine *m = boot();

		take_on_a_deep_stack();
		test_machine_end(m);
	}
}

/* As a test goes on that has much in hand: of all sizes, in an array of the heap, sorted, some given back. */
static void loses_a_thousand(void)
{
	void **held = calloc(2 * MANY, sizeof(*held));
	unsigned int i, other;
	void *swap;

	boot();
	for (i = 0; i < 2 * MANY; i++) {
		held[i] = kmalloc(1 + (size_t)test_random_below(3000), GFP_KERNEL);
		REQUIRE(held[i]);
		other = (unsigned int)test_random_below(i + 1);
		swap = held[other];
		held[other] = held[i];
		held[i] = swap;
	}
	for (i = 0; i < MANY; i++)
		kfree(held[i]);
	free(held);
}

/* ---- what leads to an object ---- */

static void keeps_what_is_given_back(void)
{
	boot();
	kfree(kmalloc(100, GFP_KERNEL));
	vfree(vmalloc(PAGE_SIZE));
	free_percpu(__alloc_percpu(8, 8));
}

static void keeps_what_static_data_lead_to(void)
{
	static void *volatile held[3];

	boot();
	held[0] = kmalloc(100, GFP_KERNEL);
	held[1] = vmalloc(PAGE_SIZE);
	held[2] = __alloc_percpu(8, 8);
	CHECK(held[0] && held[1] && held[2]);
}

static void keeps_what_the_heap_leads_to(void)
{
	static void **volatile held;

	held = malloc(1 << 20); /* malloc would map so much apart */
	boot();
	held[100000] = kmalloc(100, GFP_KERNEL);
}

static void keeps_what_a_thread_variable_leads_to(void)
{
	static QUIRE_PER_THREAD void *volatile held;

	boot();
	held = kmalloc(100, GFP_KERNEL);
	CHECK(held);
}

static void keeps_what_the_stack_leads_to(void)
{
	struct quire_machine *m = boot();
	void *volatile held = kmalloc(100, GFP_KERNEL);

	test_machine_end(m);
	CHECK(held);
}

static void keeps_what_objects_lead_to(void)
{
	static void **volatile outer;

	boot();
	outer = kzalloc(64, GFP_KERNEL);
	REQUIRE(outer);
	outer[7] = kzalloc(64, GFP_KERNEL);
	((void **)outer[7])[3] = kmalloc(8, GFP_KERNEL);
	boot_memory[9] = kmalloc(32, GFP_KERNEL);
}

/* kmemleak does not report boot memory: it belongs to no one in particular. */
static void keeps_boot_memory(void)
{
	boot();
	boot_memory = NULL;
}

static void keeps_what_is_lost_on_purpose(void)
{
	boot();
	kmemleak_ignore(kmalloc(100, GFP_KERNEL));
}

static void keeps_quiet_on_a_machine_that_is_not_watched(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->objects.engine = &quire_slub;
	test_machine_unwatched(m);
	REQUIRE(!test_machine_boot(m));
	CHECK(kmalloc(100, GFP_KERNEL));
	CHECK(!kmemleak_is_on());
}

static void keeps_quiet_when_the_test_is_skipped(void)
{
	boot();
	CHECK(kmalloc(100, GFP_KERNEL));
	tap_skip("on purpose");
}

static void keeps_as_much_free_as_without_it(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long nr_free;

	test_bank(m, 16 * MB, 64 * MB, 0);
	test_machine_unwatched(m);
	m->nr_cpus = 2;
	m->objects.engine = &quire_slub;
	test_machine_kvirt(m, "x86_64");
	m->early = early;
	REQUIRE(!test_machine_boot(m));
	nr_free = nr_free_pages();
	boot();
	CHECK_EQ(nr_free_pages(), nr_free);
}

const struct tap_test tap_tests[] = {
	TEST(loses_a_piece),
	TEST(loses_a_large_piece),
	TEST(loses_an_object_of_a_cache),
	TEST(loses_an_area_of_vmalloc),
	TEST(loses_a_variable_of_each_cpu),
	TEST(loses_a_ring),
	TEST(loses_what_was_in_static_data),
	TEST(loses_what_was_in_the_heap),
	TEST(loses_what_was_on_the_stack),
	TEST(loses_what_a_thread_had),
	TEST(loses_what_a_machine_before_it_had_too),
	TEST(loses_a_thousand),
	TEST(keeps_what_is_given_back),
	TEST(keeps_what_static_data_lead_to),
	TEST(keeps_what_the_heap_leads_to),
	TEST(keeps_what_a_thread_variable_leads_to),
	TEST(keeps_what_the_stack_leads_to),
	TEST(keeps_what_objects_lead_to),
	TEST(keeps_boot_memory),
	TEST(keeps_what_is_lost_on_purpose),
	TEST(keeps_quiet_on_a_machine_that_is_not_watched),
	TEST(keeps_quiet_when_the_test_is_skipped),
	TEST(keeps_as_much_free_as_without_it),
	{ NULL, NULL },
};
