/* SPDX-License-Identifier: MIT */
/*
 * model_thread_test.c - two CPUs, as threads, make random requests of every kind on machines of
 * several nodes and zones, each for itself and now and then with blocks of the other.
 *
 * The model is a byte a frame that says whose it is, changed by atomic exchange: who takes a
 * block must find it nobody's, who frees one must find it taken. The pages hold what their
 * owner wrote, in plain stores: ThreadSanitizer sees whoever comes too close. Every so often
 * both stop, and the allocator is looked at as a whole.
 */
#include <pthread.h>

#include <quire/quire.h>

#include "mm/lib/bitmap.h"
#include "tests/fixture.h"
#include "tests/page/page_model.h"
#include "tests/tap.h"

#define CPUS 2
#define HELD 48
#define SHARED 16
#define ROUNDS 6 /* after each of which both stop */

struct block {
	struct page *page; /* NULL: none */
	unsigned int order;
	unsigned long stamp;
};
struct model_worker {
	pthread_t thread;
	struct quire *quire;
	unsigned int cpu;
	u64 random;
	unsigned long operations, served, faults;
	struct block held[HELD];
};

static struct page_model machine_model;
static u8 owned[MODEL_FRAMES];
/* On their way from one to the other: the first word of a block leads to the next. */
static struct page *shared[SHARED];

static u64 below(struct model_worker *w, u64 n)
{
	w->random = w->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (w->random >> 33) % n;
}

/* From one state to the other, all frames of the block; what is otherwise is counted. */
static void change_owned(struct model_worker *w, const struct page *page, unsigned int order, u8 from, u8 to)
{
	unsigned long first = page_to_pfn(page) - machine_model.base, i;

	for (i = first; i < first + (1UL << order); i++)
		w->faults += i >= MODEL_FRAMES ||
			     __atomic_exchange_n(&owned[i], to, __ATOMIC_ACQ_REL) != from;
}

/* ---- contents: the first word of each page that can be seen ---- */

static unsigned long *word_of(const struct page *page)
{
	return page_to_pfn(page) < max_low_pfn ? page_address(page) : NULL;
}

static void stamp(const struct block *b)
{
	unsigned long i;

	for (i = 0; i < 1UL << b->order; i++)
		if (word_of(b->page + i))
			*word_of(b->page + i) = b->stamp + i;
}

static void check_stamp(struct model_worker *w, const struct block *b)
{
	unsigned long i;

	for (i = 0; i < 1UL << b->order; i++)
		w->faults += word_of(b->page + i) && *word_of(b->page + i) != b->stamp + i;
}

/* ---- taking and freeing ---- */

static gfp_t some_gfp(struct model_worker *w)
{
	static const gfp_t where[] = { 0, __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, __GFP_MOVABLE,
				       __GFP_HIGHMEM | __GFP_MOVABLE, __GFP_RECLAIMABLE };
	static const gfp_t how[] = { GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, __GFP_HIGH,
				     GFP_KERNEL | __GFP_NORETRY, GFP_KERNEL | __GFP_MEMALLOC,
				     GFP_ATOMIC | __GFP_NOMEMALLOC };
	static const gfp_t what[] = { 0, 0, 0, __GFP_COMP, __GFP_ZERO, __GFP_THISNODE };

	return where[below(w, ARRAY_SIZE(where))] | how[below(w, ARRAY_SIZE(how))] |
	       what[below(w, ARRAY_SIZE(what))] | __GFP_NOWARN;
}

static void now_held(struct model_worker *w, struct block *b, struct page *page, unsigned int order,
		     const struct model_request *r)
{
	*b = (struct block){ .page = page, .order = order, .stamp = (unsigned long)below(w, 1u << 30) };
	change_owned(w, page, order, 0, 1);
	w->faults += !model_allows(&machine_model, r, model_zone_of(&machine_model, page_to_pfn(page)));
	w->served++;
	stamp(b);
}

static void take(struct model_worker *w, struct block *b)
{
	struct model_request r = {
		.gfp = some_gfp(w),
		.order = (unsigned int)below(w, 1 + below(w, below(w, 16) && MAX_ORDER > 4 ? 4 : MAX_ORDER)),
		.nid = (int)below(w, machine_model.nr_nodes),
	};
	struct page *page = alloc_pages_node(r.nid, r.gfp, r.order);

	if (!page)
		return;
	w->faults += (r.gfp & __GFP_ZERO) && word_of(page) && *word_of(page);
	now_held(w, b, page, r.order, &r);
}

static void free_held(struct model_worker *w, struct block *b)
{
	struct block old = *b;

	b->page = NULL;
	check_stamp(w, &old);
	change_owned(w, old.page, old.order, 1, 0);
	__free_pages(old.page, old.order);
}

/* A single page goes to the other CPU, and one of the other's is freed. */
static void exchange(struct model_worker *w, struct block *b)
{
	struct page *theirs, *mine = b->page && !b->order && word_of(b->page) ? b->page : NULL;
	struct block block = { .page = NULL };

	if (mine) {
		check_stamp(w, b);
		*word_of(mine) = 4711;
		b->page = NULL;
	}
	theirs = __atomic_exchange_n(&shared[below(w, SHARED)], mine, __ATOMIC_ACQ_REL);
	if (!theirs)
		return;
	block = (struct block){ .page = theirs, .stamp = 4711 };
	free_held(w, &block);
}

/* So many pages at once, free or not; all go back at once. */
static void take_some(struct model_worker *w)
{
	struct model_request r = { .gfp = some_gfp(w) & ~__GFP_THISNODE, .nid = (int)w->cpu };
	struct page *pages[40] = { NULL };
	struct block b;
	unsigned long got, i;

	got = alloc_pages_bulk_array(r.gfp, 1 + below(w, ARRAY_SIZE(pages)), pages);
	for (i = 0; i < got; i++) {
		now_held(w, &b, pages[i], 0, &r);
		free_held(w, &b);
	}
}

static void take_range(struct model_worker *w)
{
	pfn_t start = machine_model.base + below(w, MODEL_FRAMES - 64), end = start + 1 + below(w, 64), pfn;
	struct model_request r = { .gfp = GFP_HIGHUSER_MOVABLE };
	struct block b;

	if (alloc_contig_range(start, end, MIGRATE_MOVABLE, r.gfp))
		return;
	for (pfn = start; pfn < end; pfn++) {
		now_held(w, &b, pfn_to_page(pfn), 0, &r);
		free_held(w, &b);
	}
}

static void take_exact(struct model_worker *w)
{
	size_t size = 1 + below(w, 6 * PAGE_SIZE), i, pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	void *virt = MAX_ORDER > 3 ? alloc_pages_exact(size, GFP_NOWAIT | __GFP_NOWARN) : NULL;

	for (i = 0; virt && i < pages; i++)
		change_owned(w, virt_to_page(virt) + i, 0, 0, 1);
	for (i = 0; virt && i < pages; i++)
		change_owned(w, virt_to_page(virt) + i, 0, 1, 0);
	free_pages_exact(virt, size);
}

static void split(struct model_worker *w, struct block *b)
{
	struct block page = { .page = NULL };
	unsigned long i;

	if (PageHead(b->page))
		return;
	split_page(b->page, b->order);
	for (i = 0; i < 1UL << b->order; i++) {
		page = (struct block){ .page = b->page + i, .stamp = b->stamp + i };
		free_held(w, &page);
	}
	b->page = NULL;
}

static void fragments(struct model_worker *w, struct page_frag_cache *cache)
{
	char *frag = page_frag_alloc(cache, 1 + (unsigned int)below(w, 500), GFP_KERNEL | __GFP_NOWARN);

	if (frag)
		*frag = 1;
	page_frag_free(frag);
}

static void seldom(struct model_worker *w)
{
	if (below(w, 2))
		drain_all_pages(NULL);
	else if (w->cpu)
		set_min_free_kbytes((long)below(w, 600));
	else
		set_percpu_pagelist_high_fraction(8 + (int)below(w, 100));
}

static void *work_at_random(void *arg)
{
	struct model_worker *w = arg;
	struct page_frag_cache cache = { .va = NULL };
	unsigned long i;

	quire_select(w->quire);
	test_set_cpu(w->cpu);
	for (i = 0; i < w->operations; i++) {
		struct block *b = &w->held[below(w, HELD)];
		u64 which = below(w, 1000);

		if (which < 5)
			seldom(w);
		else if (which < 40)
			(below(w, 2) ? take_some : below(w, 2) ? take_range : take_exact)(w);
		else if (which < 60)
			fragments(w, &cache);
		else if (which < 200)
			exchange(w, b);
		else if (!b->page)
			take(w, b);
		else if (which < 230)
			split(w, b);
		else
			free_held(w, b);
	}
	page_frag_cache_drain(&cache);
	return NULL;
}

/* ---- a run ---- */

static void give_all_back(struct model_worker *w)
{
	unsigned int i;

	for (i = 0; i < HELD; i++)
		if (w->held[i].page)
			free_held(w, &w->held[i]);
	for (i = 0; i < SHARED; i++)
		if (shared[i]) {
			struct block b = { .page = shared[i], .stamp = 4711 };

			shared[i] = NULL;
			free_held(w, &b);
		}
}

static unsigned long count_owned(void)
{
	unsigned long count = 0, i;

	for (i = 0; i < MODEL_FRAMES; i++)
		count += owned[i];
	return count;
}

static void run_two(struct quire_machine *m)
{
	static struct model_worker workers[CPUS];
	unsigned int cpu, round;

	m->nr_cpus = CPUS;
	REQUIRE(test_machine_boot(m) == 0);
	model_start(&machine_model, m);
	for (cpu = 0; cpu < CPUS; cpu++)
		workers[cpu] = (struct model_worker){ .quire = this_quire(),
						      .cpu = cpu,
						      .random = test_random(),
						      .operations = test_rounds(3000) };
	for (round = 0; round < ROUNDS; round++) {
		for (cpu = 0; cpu < CPUS; cpu++)
			REQUIRE(!pthread_create(&workers[cpu].thread, NULL, work_at_random, &workers[cpu]));
		for (cpu = 0; cpu < CPUS; cpu++)
			pthread_join(workers[cpu].thread, NULL);
		CHECK_EQ(nr_free_pages(), machine_model.free - count_owned());
		CHECK_EQ(page_alloc_validate(), 0);
	}
	for (cpu = 0; cpu < CPUS; cpu++) {
		give_all_back(&workers[cpu]);
		CHECK_EQ(workers[cpu].faults, 0);
		CHECK(workers[cpu].served > workers[cpu].operations / 8);
	}
	CHECK_EQ(count_owned(), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	drain_all_pages(NULL);
	CHECK(model_check_counts(&machine_model));
	CHECK(model_check_blocks(&machine_model));
	CHECK_EQ(page_alloc_validate(), 0);
}

static void two_cpus_in_one_zone(void)
{
	run_two(model_machine_one_zone());
}

static void two_cpus_with_highmem(void)
{
	run_two(model_machine_dma_normal_highmem());
}

static void two_cpus_on_two_interleaved_nodes(void)
{
	run_two(model_machine_two_interleaved_nodes_with_dma32_and_movable());
}

static void two_cpus_and_single_pages(void)
{
	run_two(model_machine_single_pages_only());
}

static void two_cpus_and_large_blocks(void)
{
	run_two(model_machine_large_blocks_of_small_pages());
}

const struct tap_test tap_tests[] = {
	TEST(two_cpus_in_one_zone),
	TEST(two_cpus_with_highmem),
	TEST(two_cpus_on_two_interleaved_nodes),
	TEST(two_cpus_and_single_pages),
	TEST(two_cpus_and_large_blocks),
	{ NULL, NULL },
};
