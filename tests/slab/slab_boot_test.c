/* SPDX-License-Identifier: MIT */
/*
 * slab_boot_test.c - the layer makes itself: on machines of many shapes, and with each of its requests for
 * memory failing.
 */
#include <quire/fault.h>

#include "mm/slab/internal.h"
#include "tests/slab/objects.h"

/* The caches of caches and of nodes are objects of each other like any. */
static void the_first_caches_are_made_out_of_themselves(const struct slab_engine *engine)
{
	const struct slab_state *slab;

	objects_boot(engine, 1, 32 * MB);
	slab = &this_quire()->slab;
	CHECK_PTR(kmem_cache_of(slab->kmem_cache), slab->kmem_cache);
	CHECK_PTR(kmem_cache_of(slab->kmem_cache_node), slab->kmem_cache);
	CHECK_PTR(kmem_cache_of(slab->kmem_cache->node[0]), slab->kmem_cache_node);
	CHECK_PTR(kmem_cache_of(slab->kmem_cache_node->node[0]), slab->kmem_cache_node);
	CHECK_EQ(slab->up, SLAB_FULL);
	objects_check();
}
EVERY_SLAB_ENGINE(the_first_caches_are_made_out_of_themselves)

static void each_step_says_what_it_did(const struct slab_engine *engine)
{
	objects_boot(engine, 2, 32 * MB);
	CHECK(log_contains("kmem_cache_init: "));
	CHECK(log_contains("kmem_cache_init_late: "));
}
EVERY_ENGINE(each_step_says_what_it_did)

static void a_machine_that_names_no_engine_boots_without_objects(void)
{
	objects_boot(NULL, 1, 32 * MB);
	CHECK(log_contains("kmem_cache_init: this machine has no objects"));
	CHECK_EQ(global_node_page_state(NR_SLAB_UNRECLAIMABLE), 0);
	CHECK(!kmem_cache_of(&this_quire()->slab));
	kfree(NULL);
}

static void machines_with_many_nodes_and_cpus_boot(const struct slab_engine *engine)
{
	struct quire_machine *m = test_machine_new();
	unsigned int i;
	void *object;

	for (i = 0; i < 12; i++)
		test_bank(m, (phys_addr_t)(16 + 16 * i) * MB, 8 * MB, (int)i);
	m->nr_cpus = 24;
	m->objects.engine = engine;
	REQUIRE(test_machine_boot(m) == 0);
	objects_check();
	for (i = 0; i < 12; i++) {
		object = kmalloc_node(500, GFP_KERNEL, (int)i);
		CHECK_EQ(page_to_nid(virt_to_page(object)), (int)i);
		kfree(object);
	}
	CHECK(!kmalloc_node(500, GFP_KERNEL, 12));
	CHECK(!kmalloc_node(500, GFP_KERNEL, -5));
	objects_check();
}
EVERY_ENGINE(machines_with_many_nodes_and_cpus_boot)

/* More than a block of pages has room for entries of; 300 are that many with pages of 1 KB. */
static void machines_with_thousands_of_cpus_boot(const struct slab_engine *engine)
{
	static const struct {
		unsigned int nr_cpus, page_shift;
	} shapes[] = { { 1024, 12 }, { 1025, 12 }, { 3000, 12 }, { 256, 10 }, { 300, 10 } };
	struct quire_machine *m;
	struct kmem_cache *cache;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		m = objects_machine(engine, shapes[i].nr_cpus, 256 * MB);
		m->page_shift = shapes[i].page_shift;
		REQUIRE(test_machine_boot(m) == 0);
		cache = kmem_cache_create("test", 100, 0, SLAB_NO_MERGE, NULL);
		test_set_cpu(shapes[i].nr_cpus - 1);
		kfree(kmalloc(100, GFP_KERNEL));
		kmem_cache_free(cache, kmem_cache_alloc(cache, GFP_KERNEL));
		CHECK_EQ(objects_in_use(cache), 0);
		objects_check();
		test_set_cpu(0);
	}
}
EVERY_ENGINE(machines_with_thousands_of_cpus_boot)

/* Node 0 has CPUs, and no memory. */
static void a_node_without_memory_takes_from_the_others(const struct slab_engine *engine)
{
	static const u16 cpu_node[2] = { 0, 1 };
	struct quire_machine *m = test_machine_new();
	void *object;

	test_bank(m, 16 * MB, 32 * MB, 1);
	m->nr_cpus = 2;
	m->cpu_node = cpu_node;
	m->objects.engine = engine;
	if (test_machine_boot(m))
		tap_skip("such a machine does not boot");
	object = kmalloc(100, GFP_KERNEL);
	REQUIRE(object);
	CHECK_EQ(page_to_nid(virt_to_page(object)), 1);
	kfree(object);
	objects_check();
}
EVERY_ENGINE(a_node_without_memory_takes_from_the_others)

/* The boot fails, or the machine is whole. */
static void a_boot_whose_memory_fails_leaves_nothing(const struct slab_engine *engine)
{
	unsigned long n, failed = 1, booted = 0;
	struct quire_machine *m = objects_machine(engine, 2, 32 * MB);

	test_machine_ram(m);
	for (n = 1; failed; n++) {
		quire_reset();
		quire_fail_nth(n, false);
		booted = !quire_boot(m);
		failed = this_quire()->fault.failed;
		quire_fail_off();
		if (!booted)
			continue;
		kfree(kmalloc(100, GFP_KERNEL));
		objects_check();
	}
	CHECK(booted);
	CHECK(n > 20);
}
EVERY_ENGINE(a_boot_whose_memory_fails_leaves_nothing)

/* What a piece of this size is cut from. */
static struct kmem_cache *cache_for(size_t size)
{
	void *piece = kmalloc(size, GFP_KERNEL);
	struct kmem_cache *cache = kmem_cache_of(piece);

	kfree(piece);
	REQUIRE(cache);
	return cache;
}

static void the_orders_of_slabs_follow_what_the_machine_says(void)
{
	struct quire_machine *m = objects_machine(&quire_slub, 1, 32 * MB);

	m->objects.max_order = 1 + 0;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(cache_for(1024)->order, 0);
	CHECK_EQ(cache_for(8192)->order, 1);
	m = objects_machine(&quire_slub, 1, 32 * MB);
	m->objects.min_order = 2;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK_EQ(cache_for(64)->order, 2);
	m = objects_machine(&quire_slub, 1, 32 * MB);
	m->objects.min_objects = 30;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(cache_for(512)->nr_objects >= 30);
	objects_check();
}

/* Of boot memory it takes what it takes before bootmem opens, if that is to. */
static void with_bootmem_the_same_pages_are_free(const struct slab_engine *engine)
{
	phys_addr_t of_frame[2], cpus[2];
	unsigned long free[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct quire_machine *m = objects_machine(engine, 2, 64 * MB);

		m->flags |= i ? MACHINE_BOOTMEM : 0;
		REQUIRE(test_machine_boot(m) == 0);
		of_frame[i] = virt_to_phys(this_quire()->slab.index.of_frame);
		cpus[i] = virt_to_phys(this_quire()->slab.index.cpus);
		free[i] = nr_free_pages();
	}
	CHECK_EQ(of_frame[1], of_frame[0]);
	CHECK_EQ(cpus[1], cpus[0]);
	CHECK_EQ(free[1], free[0]);
}
EVERY_SLAB_ENGINE(with_bootmem_the_same_pages_are_free)

/* ---- before kmem_cache_init_late ---- */

static const struct slab_engine *its_engine;

/* As much as a CPU must use a cache before it gets an array. */
static int use_and_init_late(const struct machine_objects *objects)
{
	void *taken[40];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(taken); i++)
		taken[i] = kmalloc(64, GFP_NOWAIT);
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		kfree(taken[i]);
	return its_engine->init_late(objects);
}

/* Those that are shared by caches whose objects CPUs do not keep stay without any. */
static void objects_of_the_boot_are_in_nobody_elses_cache(const struct slab_engine *engine)
{
	struct slab_engine early = *engine;
	struct kmem_cache *cache;
	void *taken[40];
	unsigned int i;

	its_engine = engine;
	early.init_late = use_and_init_late;
	objects_boot(&early, 1, 32 * MB);
	cache = kmem_cache_create("checked", 64, 0, SLAB_POISON, NULL);
	REQUIRE(cache);
	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		taken[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		CHECK_PTR(kmem_cache_of(taken[i]), cache);
	}
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		kmem_cache_free(cache, taken[i]);
	CHECK_EQ(objects_in_use(cache), 0);
	kmem_cache_destroy(cache);
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
	objects_check();
	quire_reset();
}
EVERY_SLAB_ENGINE(objects_of_the_boot_are_in_nobody_elses_cache)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(the_first_caches_are_made_out_of_themselves),
	TEST_ENGINES(each_step_says_what_it_did),
	TEST(a_machine_that_names_no_engine_boots_without_objects),
	TEST_ENGINES(machines_with_many_nodes_and_cpus_boot),
	TEST_ENGINES(machines_with_thousands_of_cpus_boot),
	TEST_ENGINES(a_node_without_memory_takes_from_the_others),
	TEST_ENGINES(a_boot_whose_memory_fails_leaves_nothing),
	TEST(the_orders_of_slabs_follow_what_the_machine_says),
	TEST_SLAB_ENGINES(with_bootmem_the_same_pages_are_free),
	TEST_SLAB_ENGINES(objects_of_the_boot_are_in_nobody_elses_cache),
	{ NULL, NULL },
};
