/* SPDX-License-Identifier: MIT */
/*
 * slab_model_test.c - random requests against a plain list of what is held: objects of several caches and
 * pieces of all sizes, taken and given back one by one and by the lot, on several CPUs and nodes, with
 * memory running out and caches that are shrunk, ended and made anew. What is held never overlaps (its
 * contents say whose it is), everything comes back, and all structures hang together after each step.
 */
#include <quire/shrinker.h>

#include "tests/slab/objects.h"

#define HELD 3000
#define CACHES 6
#define BULK 40

struct held {
	void *at;
	size_t size;
	unsigned int tag;
	struct kmem_cache *cache; /* NULL: a piece */
};

static struct {
	struct held held[HELD];
	unsigned int nr;
	struct kmem_cache *cache[CACHES];
	unsigned long in_use[CACHES];
	unsigned int tag;
	unsigned int nr_cpus;
	unsigned int nr_nodes;
	unsigned long refused;
} model;

static unsigned int below(unsigned int n)
{
	return (unsigned int)test_random_below(n);
}

static void construct(void *object)
{
	*(u8 *)object = 1;
}

static void make_cache(unsigned int i)
{
	static const unsigned int sizes[CACHES] = { 8, 48, 104, 576, 1500, 5000 };
	unsigned int size = sizes[i] + 8 * below(4);

	model.cache[i] = kmem_cache_create("model", size, below(3) ? 0 : 64,
					   SLAB_NO_MERGE | (below(2) ? SLAB_HWCACHE_ALIGN : 0),
					   below(4) ? NULL : construct);
	CHECK_EQ(model.in_use[i], 0);
}

static unsigned int cache_number(const struct kmem_cache *cache)
{
	unsigned int i = 0;

	while (model.cache[i] != cache)
		i++;
	return i;
}

/* ---- what is held ---- */

static void hold(void *at, size_t size, struct kmem_cache *cache)
{
	struct held *h = &model.held[model.nr++];

	*h = (struct held){ .at = at, .size = size, .tag = ++model.tag, .cache = cache };
	objects_fill(at, size, h->tag);
	if (cache)
		model.in_use[cache_number(cache)]++;
}

/* Takes one out of the list, after a look at its contents. */
static struct held release(unsigned int i)
{
	struct held h = model.held[i];

	if (!objects_are_filled(h.at, h.size, h.tag))
		CHECK(!"what is held has changed");
	model.held[i] = model.held[--model.nr];
	if (h.cache)
		model.in_use[cache_number(h.cache)]--;
	return h;
}

/* With the call for any object, or that for its cache's: slob's do not say whose they are. */
static void give_back(struct held h, bool as_any)
{
	if (h.cache && !(as_any && kmem_cache_of(h.at)))
		kmem_cache_free(h.cache, h.at);
	else
		kfree(h.at);
}

/* ---- steps ---- */

static gfp_t any_gfp(void)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT, GFP_KERNEL | __GFP_RECLAIMABLE };

	return gfps[below(4)] | __GFP_NOWARN | (below(8) ? 0 : __GFP_MEMALLOC);
}

static int any_node(void)
{
	return below(3) ? NUMA_NO_NODE : (int)below(model.nr_nodes);
}

static size_t any_size(void)
{
	switch (below(8)) {
	case 0:
		return 1 + below(40000);
	case 1:
	case 2:
		return 1 + below(5000);
	default:
		return 1 + below(300);
	}
}

static void step_kmalloc(void)
{
	size_t size = any_size(), i;
	bool zero = !below(4);
	u8 *at;

	at = kmalloc_node(size, any_gfp() | (zero ? __GFP_ZERO : 0), any_node());
	if (!at) {
		model.refused++;
		return;
	}
	for (i = 0; zero && i < size; i++)
		if (at[i])
			zero = CHECK(!"it is not cleared");
	hold(at, size, NULL);
}

static void step_alloc(void)
{
	struct kmem_cache *cache = model.cache[below(CACHES)];
	void *at = kmem_cache_alloc_node(cache, any_gfp(), any_node());

	if (at)
		hold(at, kmem_cache_size(cache), cache);
	else
		model.refused++;
}

static void step_free(void)
{
	if (model.nr)
		give_back(release(below(model.nr)), !below(3));
}

static void step_realloc(void)
{
	size_t size = any_size();
	struct held h;
	void *at;

	if (!model.nr || model.held[model.nr - 1].cache)
		return;
	h = release(model.nr - 1);
	at = krealloc(h.at, size, any_gfp());
	if (at && !objects_are_filled(at, size < h.size ? size : h.size, h.tag))
		CHECK(!"a piece that grew has changed");
	hold(at ? at : h.at, at ? size : h.size, NULL);
}

static void step_bulk_alloc(void)
{
	struct kmem_cache *cache = model.cache[below(CACHES)];
	unsigned int nr = 1 + below(BULK), i;
	void *at[BULK];

	if (!kmem_cache_alloc_bulk(cache, any_gfp(), nr, at)) {
		model.refused++;
		return;
	}
	for (i = 0; i < nr; i++)
		hold(at[i], kmem_cache_size(cache), cache);
}

static void step_bulk_free(void)
{
	unsigned int nr = 1 + below(BULK), got = 0;
	void *at[BULK];
	struct held h;

	if (model.nr < nr)
		return;
	while (nr--) {
		h = release(below(model.nr));
		if (h.cache && !kmem_cache_of(h.at))
			give_back(h, false);
		else
			at[got++] = h.at;
	}
	kmem_cache_free_bulk(NULL, got, at);
}

/* Gives back all of a cache, ends it and makes another one. */
static void step_new_cache(void)
{
	unsigned int n = below(CACHES), i;
	struct kmem_cache *cache = model.cache[n];

	for (i = model.nr; i-- > 0;)
		if (model.held[i].cache == cache)
			kmem_cache_free(cache, release(i).at);
	kmem_cache_destroy(cache);
	make_cache(n);
}

static void step(void)
{
	bool has_room = model.nr + BULK < HELD;

	switch (below(40)) {
	case 0:
		kmem_cache_shrink(model.cache[below(CACHES)]);
		break;
	case 1:
		test_set_cpu(below(model.nr_cpus));
		break;
	case 2:
		if (!below(4))
			step_new_cache();
		break;
	case 3:
	case 4:
		step_bulk_free();
		break;
	case 5:
	case 6:
		if (has_room)
			step_bulk_alloc();
		break;
	case 7:
		step_realloc();
		break;
	default:
		if (has_room && below(20) < 11)
			below(2) ? step_alloc() : step_kmalloc();
		else
			step_free();
	}
}

static void check_counts(void)
{
	unsigned int i;

	objects_check();
	for (i = 0; i < CACHES; i++)
		CHECK_EQ(objects_in_use(model.cache[i]), model.in_use[i]);
}

static void give_all_back(void)
{
	while (model.nr)
		give_back(release(model.nr - 1), true);
	check_counts();
}

/* What CPUs' arrays may take, of all caches: bytes, whatever the size of a page. */
#define ARRAYS (256ul << 10)

/*
 * When nothing is held and all empty slabs are back, as many pages are free as the first time, but for
 * what CPUs have got for their arrays since: however long it runs.
 */
static void check_that_nothing_grew(unsigned long *free_at_first)
{
	unsigned long free;

	kmem_cache_shrink_all();
	free = nr_free_pages();
	if (!*free_at_first)
		*free_at_first = free;
	CHECK((free << PAGE_SHIFT) + ARRAYS >= *free_at_first << PAGE_SHIFT);
}

static void run_model(unsigned long rounds)
{
	unsigned long i, free_at_first = 0, reports = this_quire()->log.warnings;
	unsigned int n;

	model.nr = 0;
	model.refused = 0;
	for (n = 0; n < CACHES; n++) {
		model.in_use[n] = 0;
		make_cache(n);
	}
	for (i = 0; i < rounds; i++) {
		step();
		if (i % 256 == 0)
			check_counts();
		if (i % 5000 == 4999) {
			give_all_back();
			check_that_nothing_grew(&free_at_first);
		}
	}
	give_all_back();
	for (n = 0; n < CACHES; n++)
		kmem_cache_destroy(model.cache[n]);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, reports);
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
}

static void random_requests_on_one_cpu(const struct slab_engine *engine)
{
	objects_boot(engine, 1, 32 * MB);
	model.nr_cpus = model.nr_nodes = 1;
	run_model(test_rounds(20000));
}
EVERY_ENGINE(random_requests_on_one_cpu)

static void random_requests_while_memory_runs_out(const struct slab_engine *engine)
{
	unsigned int runs = 0;

	objects_boot(engine, 4, 1 * MB);
	model.nr_cpus = 4;
	model.nr_nodes = 1;
	/* A short run may end before it does: then there is another one. */
	do
		run_model(test_rounds(20000));
	while (!model.refused && ++runs < 50);
	CHECK(model.refused > 0);
}
EVERY_ENGINE(random_requests_while_memory_runs_out)

static void random_requests_on_two_nodes(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 4, 16 * MB);

	test_bank(m, 48 * MB, 16 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	model.nr_cpus = 4;
	model.nr_nodes = 2;
	run_model(test_rounds(20000));
}
EVERY_ENGINE(random_requests_on_two_nodes)

static void random_requests_with_every_object_watched(const struct slab_engine *engine)
{
	objects_boot_debug(engine, SLAB_DEBUG_FLAGS & ~SLAB_TRACE);
	model.nr_cpus = model.nr_nodes = 1;
	run_model(test_rounds(5000));
}
EVERY_SLAB_ENGINE(random_requests_with_every_object_watched)

static void random_requests_with_small_and_large_pages(const struct slab_engine *engine)
{
	static const unsigned int shifts[] = { 10, 14, 16 };
	struct quire_machine *m;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		m = objects_machine(engine, 2, 64 * MB);
		m->page_shift = shifts[i];
		REQUIRE(test_machine_boot(m) == 0);
		model.nr_cpus = 2;
		model.nr_nodes = 1;
		run_model(test_rounds(5000));
	}
}
EVERY_ENGINE(random_requests_with_small_and_large_pages)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(random_requests_on_one_cpu),
	TEST_ENGINES(random_requests_while_memory_runs_out),
	TEST_ENGINES(random_requests_on_two_nodes),
	TEST_SLAB_ENGINES(random_requests_with_every_object_watched),
	TEST_ENGINES(random_requests_with_small_and_large_pages),
	{ NULL, NULL },
};
