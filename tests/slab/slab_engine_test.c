/* SPDX-License-Identifier: MIT */
/*
 * slab_engine_test.c - what only the engine slab has: colours, orders by waste, limits, shared and alien
 * arrays, a limit of free objects, maps outside of slabs.
 */
#include <quire/fault.h>
#include <quire/vmstat.h>

#include "mm/lib/list.h"
#include "mm/slab/slab.h"
#include "tests/slab/objects.h"

#define NR 4000

static void *objects[NR];

static struct kmem_cache *make(unsigned int size, unsigned int align, slab_flags_t flags)
{
	struct kmem_cache *cache = kmem_cache_create("test", size, align, SLAB_NO_MERGE | flags, NULL);

	REQUIRE(cache);
	return cache;
}

static void take(struct kmem_cache *cache, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		REQUIRE(objects[i]);
		objects_fill(objects[i], kmem_cache_size(cache), i);
	}
}

static void give(struct kmem_cache *cache, unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++) {
		if (!objects_are_filled(objects[i], kmem_cache_size(cache), i))
			CHECK(!"an object has lost its contents");
		kmem_cache_free(cache, objects[i]);
	}
}

/* Two nodes of 32 MB, CPUs on them by turns. */
static void boot_two_nodes(unsigned int nr_cpus)
{
	struct quire_machine *m = objects_machine(&quire_slab, nr_cpus, 32 * MB);

	test_bank(m, 64 * MB, 32 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
}

static struct slabinfo info_of(struct kmem_cache *cache)
{
	struct slabinfo info;

	get_slabinfo(cache, &info);
	return info;
}

/* ---- layout ---- */

static void check_layout(unsigned int size, slab_flags_t flags, unsigned int order, unsigned int nr)
{
	struct kmem_cache *cache = make(size, 0, flags);
	struct slabinfo info = info_of(cache);

	CHECK_EQ(info.cache_order, order);
	CHECK_EQ(info.objects_per_slab, nr);
	kmem_cache_destroy(cache);
}

/* What Linux's slabinfo says of such caches, with pages of 4 KB. */
static void orders_are_those_of_linux(void)
{
	objects_boot(&quire_slab, 1, 64 * MB);
	check_layout(64, 0, 0, 64);
	check_layout(192, 0, 0, 21);
	check_layout(256, 0, 0, 16);
	check_layout(640, 0, 0, 6);
	check_layout(1024, 0, 0, 4);
	check_layout(4096, 0, 0, 1);
	/* 576 bytes of a page would be lost, 448 of two. */
	check_layout(704, 0, 1, 11);
	check_layout(1504, 0, 1, 5);
	/* Too much is, but two pages are the most. */
	check_layout(3000, 0, 1, 2);
	check_layout(8192, 0, 1, 1);
	check_layout(16384, 0, 2, 1);
	check_layout(20000, 0, 3, 1);
	/* What can be reclaimed is in single pages where it can. */
	check_layout(704, SLAB_RECLAIM_ACCOUNT, 0, 5);
	check_layout(5000, SLAB_RECLAIM_ACCOUNT, 1, 1);
}

static void a_small_machine_has_slabs_of_one_page(void)
{
	objects_boot(&quire_slab, 1, 32 * MB);
	check_layout(704, 0, 0, 5);
	check_layout(1504, 0, 0, 2);
	check_layout(3000, 0, 0, 1);
	check_layout(5000, 0, 1, 1);
}

static void check_limits(unsigned int size, unsigned int limit, unsigned int batchcount, unsigned int shared)
{
	struct kmem_cache *cache = make(size, 0, 0);
	struct slabinfo info = info_of(cache);

	CHECK_EQ(info.limit, limit);
	CHECK_EQ(info.batchcount, batchcount);
	CHECK_EQ(info.shared, shared);
	kmem_cache_destroy(cache);
}

static void limits_are_those_of_linux(void)
{
	objects_boot(&quire_slab, 2, 64 * MB);
	check_limits(32, 120, 60, 8);
	check_limits(256, 120, 60, 8);
	check_limits(264, 54, 27, 8);
	check_limits(1032, 24, 12, 8);
	check_limits(4096, 24, 12, 8);
	check_limits(4104, 8, 4, 0);
	check_limits(131080, 1, 1, 0);
	objects_boot(&quire_slab, 1, 64 * MB);
	check_limits(32, 120, 60, 0);
}

/* ---- colours ---- */

struct colours {
	unsigned long slabs, by_offset[64];
	unsigned long neighbours, alike; /* of slabs in neighbouring frames */
	pfn_t last_pfn;
	size_t last;
};

static void see_colour(struct kmem_cache *cache, struct page *page, void *ctx)
{
	struct colours *colours = ctx;
	char *start = page_address(page), *at = start;
	pfn_t pfn = page_to_pfn(page);
	size_t offset;

	while (!slabs_find(cache, page, at, NULL))
		at++;
	offset = (size_t)(at - start);
	CHECK_EQ(offset % cache->colour_off, 0);
	REQUIRE(offset / cache->colour_off < 64);
	colours->by_offset[offset / cache->colour_off]++;
	if (colours->slabs++ && pfn == colours->last_pfn + (1UL << cache->order)) {
		colours->neighbours++;
		colours->alike += offset == colours->last;
	}
	colours->last_pfn = pfn;
	colours->last = offset;
}

/* 11 objects of 704 bytes in two pages leave 448: seven lines. */
static void slabs_begin_at_all_colours_alike_often(void)
{
	struct colours colours = { .slabs = 0 };
	struct kmem_cache *cache;
	unsigned int i;

	objects_boot(&quire_slab, 1, 64 * MB);
	cache = make(704, 0, 0);
	CHECK_EQ(cache->colour, 7);
	CHECK_EQ(cache->colour_off, 64);
	take(cache, 0, NR);
	slab_for_each(cache, see_colour, &colours);
	CHECK(colours.slabs >= NR / 11);
	for (i = 0; i < 7; i++)
		CHECK(colours.by_offset[i] > colours.slabs / 10 && colours.by_offset[i] < colours.slabs / 5);
	for (; i < 64; i++)
		CHECK_EQ(colours.by_offset[i], 0);
	CHECK(colours.neighbours > colours.slabs / 2);
	CHECK_EQ(colours.alike, 0);
	objects_check();
	give(cache, 0, NR);
	kmem_cache_destroy(cache);
}

static void coloured_objects_keep_their_alignment(void)
{
	static const slab_flags_t flags[] = { 0, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER };
	unsigned int align, f, i;
	struct kmem_cache *cache;

	objects_boot(&quire_slab, 1, 64 * MB);
	for (f = 0; f < 2; f++)
		for (align = 8; align <= 512; align *= 2) {
			cache = make(360, align, flags[f]);
			CHECK_EQ(cache->colour_off % align, 0);
			take(cache, 0, 500);
			for (i = 0; i < 500; i++)
				if ((uintptr_t)objects[i] % align)
					CHECK(!"an object is not aligned");
			objects_check();
			give(cache, 0, 500);
			kmem_cache_destroy(cache);
		}
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
}

static void nothing_is_found_in_a_colour(void)
{
	struct kmem_cache *cache;
	struct page *page;
	unsigned int i;
	char *start;

	objects_boot(&quire_slab, 1, 64 * MB);
	cache = make(704, 0, 0);
	take(cache, 0, NR);
	for (i = 0; i < NR; i++) {
		page = virt_to_head_page(objects[i]);
		start = page_address(page);
		if (slab_colour_of(cache, page))
			break;
	}
	REQUIRE(i < NR);
	CHECK_PTR(slabs_find(cache, page, start, NULL), NULL);
	CHECK(check_heap_object(start, 8, true) != NULL);
	kmem_cache_free(cache, start);
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	CHECK_EQ(objects_in_use(cache), NR);
	objects_check();
}

/* ---- a slab's map ---- */

static const struct kmem_cache *kmalloc_cache_of(size_t size)
{
	return this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(size)];
}

/* 128 objects of 32 bytes fill a page: their map would cost one of them. 504 of 8 leave room for it. */
static void a_map_is_elsewhere_where_it_would_cost_too_much(void)
{
	objects_boot(&quire_slab, 1, 64 * MB);
	CHECK(kmalloc_cache_of(32)->flags & CFLGS_OFF_SLAB);
	CHECK_EQ(kmalloc_cache_of(32)->nr_objects, 128);
	CHECK(!(kmalloc_cache_of(16)->flags & CFLGS_OFF_SLAB));
	CHECK_EQ(kmalloc_cache_of(16)->nr_objects, 254);
	CHECK(!(kmalloc_cache_of(8)->flags & CFLGS_OFF_SLAB));
	CHECK_EQ(kmalloc_cache_of(8)->nr_objects, 504);
	CHECK(!(kmalloc_cache_of(64)->flags & CFLGS_OFF_SLAB));
	CHECK(!kmalloc_cache_of(64)->has_map);
}

/* With maps elsewhere: they come with slabs, and go with them. */
static void check_off_slab(unsigned int page_shift, unsigned int size)
{
	struct quire_machine *m = objects_machine(&quire_slab, 1, 64 * MB);
	struct kmem_cache *cache, *of_maps;
	unsigned long maps;

	m->page_shift = page_shift;
	REQUIRE(test_machine_boot(m) == 0);
	cache = make(size, size, 0);
	CHECK(cache->flags & CFLGS_OFF_SLAB);
	CHECK_EQ(cache->nr_objects, PAGE_SIZE / size);
	of_maps = this_quire()->slab.kmalloc[KMALLOC_NORMAL][kmalloc_class(cache->nr_objects / 8)];
	/* What the CPU needs for itself is there then. */
	take(cache, 0, NR);
	give(cache, 0, NR);
	kmem_cache_shrink(cache);
	maps = objects_in_use(of_maps);
	take(cache, 0, NR);
	CHECK_EQ(objects_in_use(of_maps), maps + info_of(cache).num_slabs);
	objects_check();
	give(cache, 0, NR);
	take(cache, 0, NR);
	give(cache, 0, NR);
	kmem_cache_free(cache, objects[0]);
	kmem_cache_shrink(cache);
	/* The second free was seen, and everything else came back. */
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	CHECK_EQ(info_of(cache).num_slabs, 0);
	CHECK_EQ(objects_in_use(of_maps), maps);
	kmem_cache_destroy(cache);
	objects_check();
}

static void slabs_with_maps_elsewhere_work_as_others(void)
{
	check_off_slab(12, 32);
	check_off_slab(16, 512);
}

/* ---- which slab is taken from, and how many stay ---- */

/* All of a new slab, past the front. */
static unsigned int take_slab(struct kmem_cache *cache, void **slab)
{
	slab[0] = quire_slab.grow(cache, GFP_KERNEL, 0);
	REQUIRE(slab[0]);
	return 1 + quire_slab.take(cache, cache->node[0], slab + 1, cache->nr_objects - 1);
}

static void partly_used_slabs_are_taken_from_before_empty_ones(void)
{
	struct kmem_cache *cache;
	void *slab[3][32], *object;
	unsigned int i;

	objects_boot(&quire_slab, 1, 64 * MB);
	cache = make(128, 0, 0);
	REQUIRE(cache->nr_objects == 32);
	for (i = 0; i < 3; i++)
		CHECK_EQ(take_slab(cache, slab[i]), 32);
	quire_slab.give(cache, slab[0], 32, NULL);
	quire_slab.give(cache, &slab[1][7], 1, NULL);
	quire_slab.give(cache, slab[2], 32, NULL);
	CHECK_EQ(cache->node[0]->nr_empty, 2);
	objects_check();
	/* The third is in front. */
	CHECK_EQ(quire_slab.take(cache, cache->node[0], &object, 1), 1);
	CHECK_PTR(object, slab[1][7]);
	CHECK_EQ(cache->node[0]->nr_empty, 2);
	objects_check();
	CHECK_EQ(quire_slab.take(cache, cache->node[0], slab[0], 32), 32);
	CHECK_EQ(cache->node[0]->nr_empty, 1);
	objects_check();
}

/* free_limit of two CPUs with batches of 60, and 32 objects a slab: 3 * 60 + 32. */
static void a_node_keeps_free_objects_up_to_a_limit(void)
{
	struct kmem_cache *cache;
	struct kmem_cache_node *n;
	unsigned int i, other;
	void *object;

	objects_boot(&quire_slab, 2, 64 * MB);
	cache = make(128, 0, 0);
	take(cache, 0, NR);
	n = cache->node[0];
	for (i = NR; i > 1; i--) {
		other = (unsigned int)test_random_below(i);
		object = objects[i - 1];
		objects[i - 1] = objects[other];
		objects[other] = object;
	}
	quire_slab.give(cache, objects, NR - 1, NULL);
	CHECK(n->nr_free > 3 * 60 + 32);
	objects_check();
	/* Each call looks at some slabs only. */
	for (i = 0; i < 10; i++) {
		CHECK_EQ(quire_slab.take(cache, n, &object, 1), 1);
		quire_slab.give(cache, &object, 1, NULL);
	}
	CHECK(n->nr_free <= 3 * 60 + 32);
	CHECK(n->nr_free > 3 * 60);
	CHECK_EQ(n->nr_free, n->total_objects - 1);
	objects_check();
}

/* ---- the shared array ---- */

static void cpus_hand_objects_over_without_the_slabs(void)
{
	struct kmem_cache *cache;
	struct kmem_cache_node *n;
	unsigned long nr_free, nr_slabs;
	unsigned int i, j, nr, known = 0;
	static void *taken[100];

	objects_boot(&quire_slab, 2, 64 * MB);
	cache = make(128, 0, 0);
	/* More than a CPU keeps, by less than the array has room for. */
	nr = 2 * cache->sheaf_capacity + 200;
	take(cache, 0, nr);
	n = cache->node[0];
	nr_free = n->nr_free;
	nr_slabs = n->nr_slabs;
	give(cache, 0, nr);
	/* What its own array did not keep. */
	REQUIRE(slab_arrays_of(n));
	CHECK(slab_arrays_of(n)->nr_shared > 100);
	CHECK_EQ(n->nr_free, nr_free);
	CHECK_EQ(info_of(cache).cached_objs, info_of(cache).active_objs);
	objects_check();
	test_set_cpu(1);
	for (i = 0; i < 100; i++) {
		taken[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		for (j = 0; j < nr && objects[j] != taken[i]; j++)
			;
		known += j < nr;
	}
	CHECK_EQ(known, 100);
	CHECK_EQ(n->nr_free, nr_free);
	CHECK_EQ(n->nr_slabs, nr_slabs);
	CHECK_EQ(objects_in_use(cache), 100);
	objects_check();
	for (i = 0; i < 100; i++)
		kmem_cache_free(cache, taken[i]);
	CHECK_EQ(kmem_cache_shrink(cache), 0);
	CHECK_EQ(info_of(cache).num_slabs, 0);
	CHECK_EQ(slab_arrays_count(n), 0);
	kmem_cache_destroy(cache);
	objects_check();
}

static void a_shared_array_is_bounded(void)
{
	struct kmem_cache *cache;

	objects_boot(&quire_slab, 2, 64 * MB);
	cache = make(128, 0, 0);
	take(cache, 0, NR);
	give(cache, 0, NR);
	CHECK_EQ(slab_arrays_of(cache->node[0])->nr_shared, 8 * 60);
	CHECK(cache->node[0]->nr_free <= 3 * 60 + 32);
	objects_check();
}

/* One CPU, or objects larger than a page. */
static void no_array_is_shared_where_it_does_not_pay(void)
{
	struct kmem_cache *cache;

	objects_boot(&quire_slab, 1, 64 * MB);
	cache = make(128, 0, 0);
	take(cache, 0, NR);
	give(cache, 0, NR);
	CHECK_PTR(slab_arrays_of(cache->node[0]), NULL);
	objects_boot(&quire_slab, 2, 64 * MB);
	cache = make(5000, 0, 0);
	take(cache, 0, 500);
	give(cache, 0, 500);
	CHECK_PTR(slab_arrays_of(cache->node[0]), NULL);
}

/* ---- alien arrays ---- */

static void objects_go_home_by_the_lot(void)
{
	struct kmem_cache_node *home, *away;
	struct kmem_cache *cache;
	unsigned long nr_free;
	unsigned int i;

	boot_two_nodes(2);
	cache = make(128, 0, 0);
	take(cache, 0, 200);
	test_set_cpu(1);
	take(cache, 200, 1);
	home = cache->node[0];
	away = cache->node[1];
	nr_free = home->nr_free;
	for (i = 0; i < ALIEN_LIMIT - 1; i++)
		give(cache, i, 1);
	/* On CPU 1's node, and neither there nor at home is a slab touched. */
	CHECK_EQ(slab_arrays_of(away)->alien[0].count, ALIEN_LIMIT - 1);
	CHECK_EQ(slab_arrays_count(home), 0);
	CHECK_EQ(home->nr_free, nr_free);
	CHECK_EQ(info_of(cache).cached_objs, cpu_arrays_count(cache) + ALIEN_LIMIT - 1);
	objects_check();
	give(cache, i, 1);
	CHECK_EQ(slab_arrays_of(away)->alien[0].count, 0);
	CHECK_EQ(slab_arrays_of(home)->nr_shared, ALIEN_LIMIT);
	CHECK_EQ(home->nr_free, nr_free);
	objects_check();
	give(cache, i + 1, 200 - i - 1 + 1);
	CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	CHECK_EQ(kmem_cache_shrink(cache), 0);
	CHECK_EQ(info_of(cache).num_slabs, 0);
	kmem_cache_destroy(cache);
	objects_check();
}

/* The front knows where objects lie; the engine may be given any, by the lot, among them what is none. */
static void mixed_nodes_are_told_apart(void)
{
	struct kmem_cache *cache;
	void *mixed[64], *piece;
	unsigned int i;

	boot_two_nodes(2);
	cache = make(128, 0, 0);
	for (i = 0; i < 64; i++) {
		mixed[i] = kmem_cache_alloc_node(cache, GFP_KERNEL, (int)(i / 3 % 2));
		REQUIRE(mixed[i]);
		CHECK_EQ(page_to_nid(virt_to_page(mixed[i])), i / 3 % 2);
		kmemleak_free(mixed[i]); /* as the front does */
	}
	piece = kmalloc(700, GFP_KERNEL);
	mixed[20] = &mixed;
	mixed[21] = piece;
	mixed[50] = (char *)mixed[49] + 8;
	quire_slab.give(cache, mixed, 64, __builtin_return_address(0));
	/* What begins in the middle of an object shows when it comes to the slab. */
	kmem_cache_shrink(cache);
	CHECK_EQ(this_quire()->slab.nr_reports, 3);
	CHECK_EQ(objects_in_use(cache), 3);
	kfree(piece);
	objects_check();
}

/* ---- running out of memory ---- */

/* Every cache without what it keeps: pages of slabs. */
static unsigned long pages_at_rest(void)
{
	struct kmem_cache *cache;

	list_for_each_entry(cache, &this_quire()->slab.caches, list)
		kmem_cache_shrink(cache);
	list_for_each_entry(cache, &this_quire()->slab.caches, list)
		kmem_cache_shrink(cache);
	return global_node_page_state(NR_SLAB_UNRECLAIMABLE);
}

/* Taken on each CPU, given back on the other; a map elsewhere for each slab. */
static void use_a_cache(void)
{
	struct kmem_cache *cache = kmem_cache_create("test", 32, 32, SLAB_NO_MERGE, NULL);
	unsigned int i, got = 0;

	for (i = 0; cache && i < 80; i++) {
		test_set_cpu(i / 40);
		objects[got] = kmem_cache_alloc(cache, GFP_KERNEL | __GFP_NOWARN);
		if (objects[got])
			objects_fill(objects[got], 32, got), got++;
	}
	if (cache)
		CHECK_EQ(objects_in_use(cache), got);
	for (i = 0; i < got; i++) {
		test_set_cpu(i < 40);
		give(cache, i, 1);
	}
	if (cache)
		CHECK_EQ(objects_in_use(cache), 0);
	objects_check();
	test_set_cpu(0);
	kmem_cache_destroy(cache);
}

static void every_request_for_memory_may_fail_on_two_nodes(void)
{
	unsigned long n, failed = 1, pages;

	boot_two_nodes(2);
	use_a_cache();
	pages = pages_at_rest();
	for (n = 1; failed; n++) {
		quire_fail_nth(n, n % 2);
		use_a_cache();
		failed = this_quire()->fault.failed;
		quire_fail_off();
		objects_check();
		CHECK_EQ(pages_at_rest(), pages);
	}
	CHECK(n > 20);
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
}

const struct tap_test tap_tests[] = {
	TEST(orders_are_those_of_linux),
	TEST(a_small_machine_has_slabs_of_one_page),
	TEST(limits_are_those_of_linux),
	TEST(slabs_begin_at_all_colours_alike_often),
	TEST(coloured_objects_keep_their_alignment),
	TEST(nothing_is_found_in_a_colour),
	TEST(a_map_is_elsewhere_where_it_would_cost_too_much),
	TEST(slabs_with_maps_elsewhere_work_as_others),
	TEST(partly_used_slabs_are_taken_from_before_empty_ones),
	TEST(a_node_keeps_free_objects_up_to_a_limit),
	TEST(cpus_hand_objects_over_without_the_slabs),
	TEST(a_shared_array_is_bounded),
	TEST(no_array_is_shared_where_it_does_not_pay),
	TEST(objects_go_home_by_the_lot),
	TEST(mixed_nodes_are_told_apart),
	TEST(every_request_for_memory_may_fail_on_two_nodes),
	{ NULL, NULL },
};
