/* SPDX-License-Identifier: MIT */
/*
 * kfence_test.c - objects between guard pages: what may not be touched crashes, is reported, and the kernel
 * goes on.
 */
#include <quire/kfence.h>
#include <quire/kmalloc.h>
#include <quire/pgtable_formats.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

/* With `interval` 1 each request that a CPU's array cannot serve is sampled. */
static void boot(const char *format, unsigned int objects, unsigned long interval)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->objects.engine = &quire_slub;
	m->objects.sampler = &quire_kfence;
	m->objects.sampled_objects = objects;
	m->objects.sample_interval = interval;
	test_machine_kvirt(m, format);
	REQUIRE(test_machine_boot(m) == 0);
}

/* A sampled object that ends, or begins, with its page. */
static char *take(size_t size, bool at_end)
{
	unsigned int i;
	char *object;

	for (i = 0; i < 200; i++) {
		kfence_tick();
		object = kmalloc(size, GFP_KERNEL);
		REQUIRE(object);
		CHECK(is_kfence_address(object));
		if (((uintptr_t)object & (PAGE_SIZE - 1)) == (at_end ? PAGE_SIZE - size : 0))
			return object;
		kfree(object);
	}
	REQUIRE(!"an object at this end");
	return NULL;
}

static unsigned long nr_bugs(void)
{
	struct kfence_counts counts;

	kfence_count(&counts);
	return counts.nr_bugs;
}

static void a_tick_samples_the_next_object_and_no_other(void)
{
	char *a, *b;

	boot("x86_64", 10, 0);
	kfree(kmalloc(100, GFP_KERNEL));
	a = kmalloc(100, GFP_KERNEL);
	CHECK(!is_kfence_address(a));
	kfree(a);
	kfence_tick();
	a = kmalloc(100, GFP_KERNEL);
	b = kmalloc(100, GFP_KERNEL);
	CHECK(is_kfence_address(a));
	CHECK(!is_kfence_address(b));
	CHECK_EQ(ksize(a), 100);
	kfree(a);
	kfree(b);
	CHECK_EQ(nr_bugs(), 0);
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}

static void so_many_requests_are_sampled_as_the_interval_says(void)
{
	struct kmem_cache *cache;
	struct kfence_counts counts;
	unsigned int i, nr = 0;
	void *objects[20];

	boot("x86_64", 50, 10);
	cache = kmem_cache_create("watched", 64, 0, SLAB_RED_ZONE, NULL);
	kfence_count(&counts);
	i = (unsigned int)counts.nr_sampled;
	for (; i < 20; i++)
		objects[nr++] = kmem_cache_alloc(cache, GFP_KERNEL);
	kfence_count(&counts);
	CHECK(counts.nr_sampled >= 1 && counts.nr_sampled <= 3);
	kmem_cache_free_bulk(cache, nr, objects);
}

static void what_runs_over_the_end_crashes_and_is_reported(void)
{
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, true);
	CHECK(!test_crashes(object + 63, true));
	CHECK(test_crashes(object + 64, true));
	CHECK(test_crashes(object + 64, false));
	CHECK(slab_handle_page_fault((uintptr_t)object + 64, true, boot));
	CHECK(log_contains("BUG: KFENCE: out-of-bounds write in "));
	CHECK(log_contains("(1B right of kfence-#"));
	CHECK(log_contains("size=64, cache=kmalloc-64"));
	CHECK(!test_crashes(object + 64, true));
	CHECK_EQ(nr_bugs(), 1);
	kfree(object);
}

static void what_runs_before_the_beginning_crashes_and_is_reported(void)
{
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, false);
	CHECK(test_crashes(object - 1, false));
	CHECK(slab_handle_page_fault((uintptr_t)object - 1, false, boot));
	CHECK(log_contains("BUG: KFENCE: out-of-bounds read in "));
	CHECK(log_contains("(1B left of kfence-#"));
	kfree(object);
}

static void what_is_used_after_it_was_given_back_crashes_and_is_reported(void)
{
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, true);
	kfree(object);
	CHECK(test_crashes(object, false));
	CHECK(slab_handle_page_fault((uintptr_t)object, false, boot));
	CHECK(log_contains("BUG: KFENCE: use-after-free read in "));
	CHECK(log_contains("freed by "));
	CHECK(!test_crashes(object, false));
}

/* Of ten pages the one that was given back first is used last. */
static void a_page_that_was_given_back_rests_as_long_as_it_can(void)
{
	char *first, *object;
	unsigned int i;

	boot("x86_64", 10, 0);
	first = take(64, true);
	kfree(first);
	for (i = 0; i < 9; i++) {
		CHECK(test_crashes(first, false));
		kfence_tick();
		object = kmalloc(64, GFP_KERNEL);
		CHECK(is_kfence_address(object));
		kfree(object);
	}
	kfence_tick();
	object = kmalloc(64, GFP_KERNEL);
	CHECK_EQ((uintptr_t)object & ~(PAGE_SIZE - 1), (uintptr_t)first & ~(PAGE_SIZE - 1));
	CHECK_EQ(nr_bugs(), 0);
}

/* The page's other bytes are the object's for nobody. */
static void a_write_at_the_other_end_is_found_when_it_is_given_back(void)
{
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, true);
	object[-1] = 1;
	kfree(object);
	CHECK(log_contains("BUG: KFENCE: memory corruption in "));
	CHECK(log_contains("(1B left of kfence-#"));
	CHECK_EQ(nr_bugs(), 1);
}

static void wrong_frees_are_reported_and_refused(void)
{
	struct kfence_counts counts;
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, true);
	kfree(object + 8);
	CHECK_EQ(nr_bugs(), 1);
	CHECK(log_contains("BUG: KFENCE: invalid free in "));
	kfence_count(&counts);
	CHECK_EQ(counts.in_use, 1);
	kfree(object);
	kfree(object);
	CHECK_EQ(nr_bugs(), 2);
	kfence_count(&counts);
	CHECK_EQ(counts.in_use, 0);
}

static void when_all_pages_are_in_use_objects_come_from_slabs(void)
{
	char *objects[4];
	unsigned int i;

	boot("x86_64", 3, 0);
	for (i = 0; i < 4; i++) {
		kfence_tick();
		objects[i] = kmalloc(64, GFP_KERNEL);
		CHECK_EQ(is_kfence_address(objects[i]), i < 3);
	}
	for (i = 0; i < 4; i++)
		kfree(objects[i]);
	CHECK(!kmem_cache_validate());
	CHECK_EQ(this_quire()->log.warnings + this_quire()->log.errors, 0);
}

static unsigned int nr_constructed;

static void construct(void *object)
{
	nr_constructed++;
	*(char *)object = 77;
}

static void objects_of_caches_are_sampled_with_all_that_is_theirs(void)
{
	struct kmem_cache *cache;
	char *object;
	unsigned int i;

	boot("x86_64", 10, 0);
	cache = kmem_cache_create("made", 100, 64, 0, construct);
	kfence_tick();
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	CHECK(is_kfence_address(object));
	CHECK_EQ(*object, 77);
	CHECK_EQ((uintptr_t)object % 64, 0);
	CHECK_EQ(nr_constructed, 1);
	/* It is in use: the cache is kept. */
	kmem_cache_destroy(cache);
	CHECK(log_contains("Slab cache still has objects"));
	kmem_cache_free(cache, object);
	kfence_tick();
	object = kzalloc(200, GFP_KERNEL);
	CHECK(is_kfence_address(object));
	for (i = 0; i < 200 && !object[i]; i++)
		;
	CHECK_EQ(i, 200);
	object = krealloc(object, 300, GFP_KERNEL);
	CHECK_EQ(object[199], 0);
	kfree(object);
}

static void an_object_has_a_physical_address_like_any_other(void)
{
	char *object;

	boot("x86_64", 10, 0);
	object = take(64, true);
	CHECK_PTR(phys_to_virt(virt_to_phys(object)), object);
	CHECK(pfn_valid(PFN_DOWN(virt_to_phys(object))));
}

static void every_format_of_page_tables_will_do(void)
{
	static const char *const formats[] = { "i386", "i386-pae", "x86_64", "armv7", "sv39" };
	unsigned int i;
	char *object;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!pt_format_find(formats[i]))
			continue;
		boot(formats[i], 10, 0);
		object = take(64, true);
		CHECK(test_crashes(object + 64, true));
		CHECK(slab_handle_page_fault((uintptr_t)object + 64, true, boot));
		kfree(object);
		CHECK(test_crashes(object, true));
		CHECK_EQ(nr_bugs(), 1);
	}
}

static void it_can_be_enabled_while_the_machine_runs(void)
{
	struct quire_machine *m = test_machine_new();
	char *before, *object;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->objects.engine = &quire_slub;
	test_machine_kvirt(m, "x86_64");
	REQUIRE(test_machine_boot(m) == 0);
	before = kmalloc(64, GFP_KERNEL);
	CHECK_EQ(kfence_enable(5), 0);
	CHECK_EQ(kfence_enable(5), -EBUSY);
	object = take(64, true);
	CHECK(test_crashes(object + 64, true));
	kfree(object);
	kfree(before);
	CHECK_EQ(nr_bugs(), 0);
}

static void without_a_page_table_there_is_none(void)
{
	struct quire_machine *m = test_machine_new();
	void *object;

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->objects.engine = &quire_slub;
	m->objects.sampler = &quire_kfence;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("kfence: this machine has no kernel page table"));
	kfence_tick();
	object = kmalloc(64, GFP_KERNEL);
	CHECK(!is_kfence_address(object));
	kfree(object);
	CHECK(!slab_handle_page_fault(0x1000, false, NULL));
}

const struct tap_test tap_tests[] = {
	TEST(a_tick_samples_the_next_object_and_no_other),
	TEST(so_many_requests_are_sampled_as_the_interval_says),
	TEST(what_runs_over_the_end_crashes_and_is_reported),
	TEST(what_runs_before_the_beginning_crashes_and_is_reported),
	TEST(what_is_used_after_it_was_given_back_crashes_and_is_reported),
	TEST(a_page_that_was_given_back_rests_as_long_as_it_can),
	TEST(a_write_at_the_other_end_is_found_when_it_is_given_back),
	TEST(wrong_frees_are_reported_and_refused),
	TEST(when_all_pages_are_in_use_objects_come_from_slabs),
	TEST(objects_of_caches_are_sampled_with_all_that_is_theirs),
	TEST(an_object_has_a_physical_address_like_any_other),
	TEST(every_format_of_page_tables_will_do),
	TEST(it_can_be_enabled_while_the_machine_runs),
	TEST(without_a_page_table_there_is_none),
	{ NULL, NULL },
};
