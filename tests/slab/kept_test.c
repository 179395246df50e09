/* SPDX-License-Identifier: MIT */
/*
 * kept_test.c - what the object layer keeps, free objects and empty slabs, is there for who needs pages: when a
 * request would fail otherwise, and when memory goes offline. And who may not ask for it, and how often.
 */
#include <quire/memory_hotplug.h>
#include <quire/shrinker.h>

#include "mm/slab/internal.h"
#include "tests/slab/objects.h"

#define MAX_HELD 4096

static void *objects[8 * MAX_HELD];
static struct page *pages[MAX_HELD];
static struct kmem_cache *cache;

static const struct page_keeper *keeper(void)
{
	return &this_quire()->page.keeper;
}

/* What holds of every test at its end. */
static void check_all(void)
{
	drain_all_pages(NULL);
	CHECK_EQ(page_alloc_validate(), 0);
	objects_check();
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

/* All pages that such requests get, and back. How many. */
static unsigned long count_pages(gfp_t gfp)
{
	unsigned long nr = 0, i;

	while (nr < MAX_HELD && (pages[nr] = alloc_pages_node(0, gfp | __GFP_NOWARN, 0)) != NULL)
		nr++;
	REQUIRE(nr < MAX_HELD);
	for (i = 0; i < nr; i++)
		__free_page(pages[i]);
	drain_all_pages(NULL);
	return nr;
}

/* The same, but they stay taken: what is left is what is kept. */
static void take_all_pages(gfp_t gfp)
{
	while (alloc_page(gfp | __GFP_NOWARN))
		;
}

/* Fills memory with objects of a cache, by all CPUs in turn, and gives them back by other CPUs than took them. */
static void fill_and_free(size_t size, unsigned int nr_cpus)
{
	unsigned int nr, i;

	cache = kmem_cache_create("kept", (unsigned int)size, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	for (nr = 0; nr < ARRAY_SIZE(objects); nr++) {
		test_set_cpu(nr % nr_cpus);
		objects[nr] = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);
		if (!objects[nr])
			break;
		objects_fill(objects[nr], size, nr);
	}
	REQUIRE(nr > 0 && nr < ARRAY_SIZE(objects));
	for (i = 0; i < nr; i++) {
		test_set_cpu((i / 7) % nr_cpus);
		CHECK(objects_are_filled(objects[i], size, i));
		kmem_cache_free(cache, objects[i]);
	}
	test_set_cpu(0);
	CHECK_EQ(objects_in_use(cache), 0);
}

/* In slabs of large blocks, and of several caches. */
static void keep_much(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		fill_and_free(3000, 2);
}

/* Two nodes of 4 MB, CPU 0 is of node 0, CPU 1 of node 1. */
static void boot_two_nodes(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 2, 4 * MB);

	test_bank(m, 64 * MB, 4 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
}

/* ---- when memory is out ---- */

/* The cache's nodes and the like stay. */
#define FEW_PAGES 8

static void a_request_gets_all_pages_that_are_only_kept(const struct slab_engine *engine)
{
	unsigned long before;

	objects_boot(engine, 2, 8 * MB);
	before = count_pages(GFP_KERNEL);
	fill_and_free(300, 2);
	CHECK(count_pages(GFP_KERNEL) + FEW_PAGES >= before);
	fill_and_free(3000, 2);
	CHECK(count_pages(GFP_KERNEL) + 2 * FEW_PAGES >= before);
	check_all();
}
EVERY_SLAB_ENGINE(a_request_gets_all_pages_that_are_only_kept)

static void the_same_on_two_nodes_with_objects_on_their_way(const struct slab_engine *engine)
{
	unsigned long before;

	boot_two_nodes(engine);
	before = count_pages(GFP_KERNEL);
	fill_and_free(2000, 2);
	CHECK(count_pages(GFP_KERNEL) + FEW_PAGES >= before);
	check_all();
}
EVERY_SLAB_ENGINE(the_same_on_two_nodes_with_objects_on_their_way)

#define LARGE 6

/* Blocks that such requests get, until none is left; from the nr-th on. They stay taken. */
static unsigned int take_large(gfp_t gfp, unsigned int nr)
{
	while ((pages[nr] = alloc_pages(gfp | __GFP_NOWARN, LARGE)) != NULL)
		nr++;
	return nr;
}

/* What is kept lies in many of them. */
static void large_blocks_are_had_of_what_was_objects(const struct slab_engine *engine)
{
	unsigned int before, now, i;

	objects_boot(engine, 2, 8 * MB);
	before = take_large(GFP_NOWAIT, 0);
	for (i = 0; i < before; i++)
		__free_pages(pages[i], LARGE);
	keep_much();
	drain_all_pages(NULL);
	now = take_large(GFP_NOWAIT, 0);
	CHECK(now + 3 < before);
	/* Each cache's nodes, and in the engine slab their arrays, may be in the way. */
	now = take_large(GFP_KERNEL, now);
	CHECK(now + 2 >= before);
	check_all();
}
EVERY_SLAB_ENGINE(large_blocks_are_had_of_what_was_objects)

/* Arrays are objects, too: those of a cache that nobody uses any more keep no page. */
static void cpus_arrays_go_and_come_again(const struct slab_engine *engine)
{
	void *object[64];
	unsigned int i, round;

	objects_boot(engine, 2, 8 * MB);
	cache = kmem_cache_create("kept", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++)
			REQUIRE((object[i] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
		for (i = 0; i < 64; i++)
			kmem_cache_free(cache, object[i]);
		CHECK(slab_cpu(cache->cpus, 0)->capacity > 0);
		kmem_cache_shrink_all();
		CHECK_EQ(slab_cpu(cache->cpus, 0)->capacity, 0);
		CHECK_EQ(cpu_arrays_count(cache), 0);
		check_all();
	}
}
EVERY_SLAB_ENGINE(cpus_arrays_go_and_come_again)

/* One object of the slab is in use, the others CPU 1 keeps; there is no page left for CPU 0. */
static void an_object_that_another_cpu_keeps_is_given_back_and_handed_out(const struct slab_engine *engine)
{
	unsigned int i;

	objects_boot(engine, 2, 4 * MB);
	cache = kmem_cache_create("kept", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	test_set_cpu(1);
	for (i = 0; i < 30; i++)
		REQUIRE((objects[i] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
	/* The slabs have none left that is free. */
	while (cache->node[0]->nr_free)
		REQUIRE(slab_alloc_raw(cache, GFP_NOWAIT, 0));
	for (i = 1; i < 30; i++)
		kmem_cache_free(cache, objects[i]);
	REQUIRE(slab_cpu(cache->cpus, 1)->count > 8);
	test_set_cpu(0);
	take_all_pages(GFP_KERNEL | __GFP_MEMALLOC);
	CHECK_PTR(kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN), NULL);
	objects[1] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
	CHECK(objects[1] != NULL);
	check_all();
}
EVERY_SLAB_ENGINE(an_object_that_another_cpu_keeps_is_given_back_and_handed_out)

static void of_another_node_too_but_not_for_thisnode(const struct slab_engine *engine)
{
	void *object;

	boot_two_nodes(engine);
	cache = kmem_cache_create("kept", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	objects[0] = kmem_cache_alloc_node(cache, GFP_KERNEL, 1);
	REQUIRE(objects[0]);
	take_all_pages(GFP_KERNEL | __GFP_MEMALLOC);
	CHECK_PTR(kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN), NULL);
	CHECK_PTR(kmem_cache_alloc(cache, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN), NULL);
	object = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
	REQUIRE(object);
	CHECK_EQ(page_to_nid(virt_to_page(object)), 1);
	check_all();
	kmem_cache_free(cache, object);
}
EVERY_SLAB_ENGINE(of_another_node_too_but_not_for_thisnode)

static unsigned int depth, deepest;

static unsigned long give_back_and_look(void)
{
	unsigned long nr;

	deepest = ++depth > deepest ? depth : deepest;
	nr = kmem_cache_shrink_all();
	depth--;
	return nr;
}

/* The request for a slab's pages gives slabs back, and is made from a cache's grow: it does not come there again. */
static void a_new_slab_is_made_of_what_was_given_back(const struct slab_engine *engine)
{
	unsigned long nr = 0;

	objects_boot(engine, 2, 4 * MB);
	keep_much();
	depth = deepest = 0;
	this_quire()->page.keeper.give_back = give_back_and_look;
	take_all_pages(GFP_NOWAIT);
	/* Some that there are. */
	while (kmalloc(500, GFP_NOWAIT | __GFP_NOWARN))
		;
	while (nr < ARRAY_SIZE(objects) && (objects[nr] = kmalloc(500, GFP_KERNEL | __GFP_NOWARN)) != NULL)
		nr++;
	CHECK(nr > 100);
	CHECK_EQ(deepest, 1);
	check_all();
}
EVERY_SLAB_ENGINE(a_new_slab_is_made_of_what_was_given_back)

/* ---- who may ask ---- */

static void who_may_not_reclaim_does_not_ask(void)
{
	static const gfp_t kinds[] = { GFP_NOWAIT, GFP_ATOMIC, __GFP_HIGH, 0, GFP_KERNEL | __GFP_MEMALLOC,
				       GFP_TRANSHUGE_LIGHT };
	unsigned long kept;
	unsigned int i;

	objects_boot(&quire_slub, 2, 4 * MB);
	keep_much();
	take_all_pages(GFP_KERNEL | __GFP_MEMALLOC);
	kept = global_node_page_state(NR_SLAB_UNRECLAIMABLE);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		CHECK_PTR(alloc_page(kinds[i] | __GFP_NOWARN), NULL);
		CHECK_PTR(alloc_pages(kinds[i] | __GFP_NOWARN, 5), NULL);
	}
	/* Who has a use for small blocks leaves it at that. */
	CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, 5), NULL);
	CHECK_EQ(keeper()->nr_asked, 0);
	CHECK_EQ(global_node_page_state(NR_SLAB_UNRECLAIMABLE), kept);
	CHECK(alloc_page(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN) != NULL);
	CHECK_EQ(keeper()->nr_asked, 1);
	check_all();
}

/* A full array is one that needs another for its objects: the memory for that is asked for inside. */
static void what_is_taken_inside_of_a_cpus_array_does_not_ask(const struct slab_engine *engine)
{
	unsigned int i;

	objects_boot(engine, 2, 4 * MB);
	cache = kmem_cache_create("kept", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	for (i = 0; i < 2000; i++)
		REQUIRE((objects[i] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
	take_all_pages(GFP_KERNEL | __GFP_MEMALLOC);
	for (i = 0; i < 2000; i++)
		kmem_cache_free(cache, objects[i]);
	CHECK_EQ(keeper()->nr_asked, 0);
	check_all();
}
EVERY_SLAB_ENGINE(what_is_taken_inside_of_a_cpus_array_does_not_ask)

/* A handler that asks, and came upon its own CPU in the midst of the array. See cpu_section_enter_own. */
static void an_interrupted_cpus_own_array_is_left_alone(void)
{
#if CONFIG_SMP
	const unsigned int nr_cpus = CONFIG_CPU_BARRIER ? 2 : 1;
	struct kmem_cache_cpu *first, *cpu;
	unsigned long kept;

	objects_boot(&quire_slub, nr_cpus, 4 * MB);
	fill_and_free(500, nr_cpus);
	first = slab_cpu(slab_no_cpus(), 0);
	cpu = slab_cpu(cache->cpus, 0);
	kept = cpu->count;
	REQUIRE(kept > 0);
	REQUIRE(cpu_section_enter(&first->section));
	CHECK(kmem_cache_shrink_all() > 0);
	CHECK_EQ(cpu->count, kept);
	if (nr_cpus > 1)
		CHECK_EQ(slab_cpu(cache->cpus, 1)->capacity, 0);
	cpu_section_leave(&first->section);
	CHECK(kmem_cache_shrink_all() > 0);
	CHECK_EQ(cpu->capacity, 0);
	check_all();
#else
	tap_skip("one CPU has no section");
#endif
}

static unsigned long kills;

static bool kill_nobody(gfp_t gfp, unsigned int order)
{
	(void)gfp, (void)order;
	kills++;
	return false;
}

static void nobody_is_killed_while_something_is_kept(void)
{
	static const struct reclaim_ops ops = { .out_of_memory = kill_nobody };

	kills = 0;
	objects_boot(&quire_slub, 2, 8 * MB);
	set_reclaim_ops(&ops);
	fill_and_free(500, 2);
	take_all_pages(GFP_NOWAIT);
	CHECK(alloc_page(GFP_KERNEL) != NULL);
	CHECK_EQ(kills, 0);
	take_all_pages(GFP_KERNEL);
	CHECK(kills > 0);
	check_all();
}

/* ---- how often ---- */

static void who_asks_in_vain_makes_others_rest(void)
{
	unsigned int i;

	objects_boot(&quire_slub, 2, 8 * MB);
	take_all_pages(GFP_KERNEL);
	for (i = 0; i < 1000; i++)
		CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	/* 1 + 2 + 4 .. + 64 that rest, and then one of 65. */
	CHECK(keeper()->nr_asked >= 8 && keeper()->nr_asked <= 8 + 1000 / 65 + 1);
	check_all();
}

static void a_request_that_finds_memory_by_itself_ends_the_rest(void)
{
	unsigned long asked;
	unsigned int i;

	objects_boot(&quire_slub, 2, 8 * MB);
	fill_and_free(500, 2);
	take_all_pages(GFP_KERNEL);
	for (i = 0; i < 100; i++)
		CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	/* Below the low mark, above the min mark. */
	for (i = 0; i < 40; i++)
		objects[i] = kmalloc(3000, GFP_ATOMIC | __GFP_NOWARN);
	asked = keeper()->nr_asked;
	CHECK(alloc_page(GFP_ATOMIC) != NULL);
	CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	CHECK_EQ(keeper()->nr_asked, asked + 1);
	check_all();
}

/* Who wants a large block in vain does not make those rest who want a page. */
static void requests_of_other_orders_do_not_rest(void)
{
	unsigned long asked;
	unsigned int i;

	objects_boot(&quire_slub, 2, 8 * MB);
	take_all_pages(GFP_KERNEL);
	for (i = 0; i < 100; i++)
		CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4), NULL);
	asked = keeper()->nr_asked;
	CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4), NULL);
	CHECK_EQ(keeper()->nr_asked, asked);
	CHECK_PTR(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 2), NULL);
	CHECK_EQ(keeper()->nr_asked, asked + 1);
	check_all();
}

static void a_machine_without_objects_has_nobody_to_ask(void)
{
	objects_boot(NULL, 2, 8 * MB);
	CHECK(!keeper()->give_back);
	take_all_pages(GFP_KERNEL);
	CHECK_PTR(alloc_page(GFP_KERNEL | __GFP_NOWARN), NULL);
	CHECK_EQ(keeper()->nr_asked, 0);
}

/* ---- when memory goes ---- */

/* By all the ways that objects go: to arrays, to the lists of other nodes' objects, to the slabs. */
static void memory_goes_that_only_kept_objects_are_in(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_boot_and_plug(engine);
	unsigned int i, nr = 600;

	for (i = 0; i < nr; i++) {
		objects[i] = kmalloc_node(i % 3 ? 300 : 4000, GFP_KERNEL | __GFP_THISNODE, 1);
		REQUIRE(objects[i]);
	}
	CHECK(offline_and_remove_memory(64 * MB, 8 * MB) < 0);
	objects_check();
	for (i = 0; i < nr; i++) {
		test_set_cpu(i % 2);
		kfree(objects[i]);
	}
	test_set_cpu(0);
	objects_check();
	CHECK_EQ(offline_and_remove_memory(64 * MB, 8 * MB), 0);
	test_unplug(m, 64 * MB, 8 * MB);
	CHECK_EQ(memory_hotplug_validate(), 0);
	/* And nothing is left that leads there. */
	for (i = 0; i < nr; i++) {
		test_set_cpu(i % 2);
		objects[i] = kmalloc(i % 3 ? 300 : 4000, GFP_KERNEL);
		REQUIRE(objects[i]);
		objects_fill(objects[i], 300, i);
	}
	for (i = 0; i < nr; i++)
		kfree(objects[i]);
	test_set_cpu(0);
	check_all();
}
EVERY_SLAB_ENGINE(memory_goes_that_only_kept_objects_are_in)

/* Takes objects of two sizes by both CPUs in turn, as many as there are, up to nr; and gives them back. */
static unsigned int take_and_give(unsigned int nr)
{
	unsigned int i, taken;

	for (taken = 0; taken < nr; taken++) {
		test_set_cpu(taken % 2);
		objects[taken] = kmalloc(taken % 9 ? 300 : 4000, GFP_NOWAIT | __GFP_NOWARN);
		if (!objects[taken])
			break;
	}
	for (i = 0; i < taken; i++) {
		test_set_cpu((i + i / 5) % 2);
		kfree(objects[i]);
	}
	test_set_cpu(0);
	return taken;
}

/* All that was there before is taken: objects, and CPUs' arrays of them, lie in what came. */
static void memory_of_the_cpus_own_node_goes_with_their_arrays_in_it(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 2, 16 * MB);

	m->memory_block_size = 4 * MB;
	test_hotplug(m, 64 * MB, 4 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	/* What the caches have of the node. */
	take_and_give(2000);
	kmem_cache_shrink_all();
	take_all_pages(GFP_KERNEL | __GFP_MEMALLOC);
	test_plug(m, 64 * MB, 4 * MB);
	mhp_set_default_online_type(MMOP_ONLINE_KERNEL);
	REQUIRE(add_memory(0, 64 * MB, 4 * MB, MHP_NONE) == 0);
	CHECK(take_and_give(4000) > 2000);
	CHECK(slab_cpu(this_quire()->slab.kmalloc[KMALLOC_NORMAL][9]->cpus, 1)->capacity > 0);
	objects_check();
	CHECK_EQ(offline_and_remove_memory(64 * MB, 4 * MB), 0);
	test_unplug(m, 64 * MB, 4 * MB);
	CHECK_EQ(memory_hotplug_validate(), 0);
	/* Nothing is left there that a CPU would hand out, or write to. */
	take_and_give(4000);
	check_all();
}
EVERY_SLAB_ENGINE(memory_of_the_cpus_own_node_goes_with_their_arrays_in_it)

static void one_object_in_use_keeps_its_memory(const struct slab_engine *engine)
{
	void *object;

	objects_boot_and_plug(engine);
	object = kmalloc_node(300, GFP_KERNEL | __GFP_THISNODE, 1);
	REQUIRE(object);
	objects_fill(object, 300, 1);
	CHECK(offline_and_remove_memory(64 * MB, 8 * MB) < 0);
	CHECK(objects_are_filled(object, 300, 1));
	kfree(object);
	CHECK_EQ(offline_and_remove_memory(64 * MB, 8 * MB), 0);
	check_all();
}
EVERY_SLAB_ENGINE(one_object_in_use_keeps_its_memory)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(a_request_gets_all_pages_that_are_only_kept),
	TEST_SLAB_ENGINES(the_same_on_two_nodes_with_objects_on_their_way),
	TEST_SLAB_ENGINES(large_blocks_are_had_of_what_was_objects),
	TEST_SLAB_ENGINES(cpus_arrays_go_and_come_again),
	TEST_SLAB_ENGINES(an_object_that_another_cpu_keeps_is_given_back_and_handed_out),
	TEST_SLAB_ENGINES(of_another_node_too_but_not_for_thisnode),
	TEST_SLAB_ENGINES(a_new_slab_is_made_of_what_was_given_back),
	TEST(who_may_not_reclaim_does_not_ask),
	TEST_SLAB_ENGINES(what_is_taken_inside_of_a_cpus_array_does_not_ask),
	TEST(an_interrupted_cpus_own_array_is_left_alone),
	TEST(nobody_is_killed_while_something_is_kept),
	TEST(who_asks_in_vain_makes_others_rest),
	TEST(a_request_that_finds_memory_by_itself_ends_the_rest),
	TEST(requests_of_other_orders_do_not_rest),
	TEST(a_machine_without_objects_has_nobody_to_ask),
	TEST_SLAB_ENGINES(memory_goes_that_only_kept_objects_are_in),
	TEST_SLAB_ENGINES(memory_of_the_cpus_own_node_goes_with_their_arrays_in_it),
	TEST_SLAB_ENGINES(one_object_in_use_keeps_its_memory),
	{ NULL, NULL },
};
