/* SPDX-License-Identifier: MIT */
/*
 * page_subject_llfree.c - LLFree's C version, if the environment variable QUIRE_BENCH_LLFREE
 * names a shared library of it.
 *
 * Nothing of it is here but the shape of the few calls that are made, of the interface
 * with classes (2026): a class of trees each for frames that stay, for those that could
 * be moved, and for whole huge frames, each with a reservation for every thread.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/page_subject.h"

enum { CLASS_FIXED, CLASS_MOVABLE, CLASS_HUGE, NR_CLASSES };
enum { POLICY_MATCH, POLICY_STEAL, POLICY_DEMOTE };

#define HUGE_ORDER 9u
#define TREE_FRAMES 4096u

struct ll_policy {
	int type;
	uint8_t priority;
};

struct ll_classing {
	struct {
		uint8_t class;
		size_t locals;
	} classes[8];
	size_t nr_classes;
	uint8_t default_class;
	struct ll_policy (*policy)(uint8_t requested, uint8_t target, size_t free);
};

struct ll_some {
	bool is_some;
	size_t value;
};

struct ll_some_frame {
	bool is_some;
	uint64_t frame;
};

struct ll_request {
	uint8_t order;
	uint8_t class;
	struct ll_some local;
};

struct ll_result {
	uint64_t frame;
	uint8_t class;
	uint8_t error;
};

struct ll_sizes {
	size_t self, local, trees, lower;
};

struct ll_memory {
	void *local, *trees, *lower;
};

struct ll_stats {
	size_t free_frames, free_huge, free_trees;
};

static struct {
	struct ll_sizes (*metadata_size)(const struct ll_classing *classing, size_t frames);
	struct ll_result (*init)(void *self, size_t frames, uint8_t mode, struct ll_memory memory,
				 const struct ll_classing *classing);
	struct ll_result (*get)(void *self, struct ll_some_frame at, struct ll_request request);
	struct ll_result (*put)(void *self, uint64_t frame, struct ll_request request);
	void (*drain)(void *self);
	size_t (*frames)(const void *self);
	struct ll_stats (*stats)(const void *self);
} peer;

static struct {
	struct ll_sizes sizes;
	struct ll_memory memory;
	void *self;
	size_t frames;
	/*
	 * Every request there can be, put together beforehand: one written field by field would be
	 * read in wider pieces, which waits for the writes.
	 */
	struct ll_request requests[BENCH_MAX_THREADS][PAGE_BENCH_ORDERS][CLASS_HUGE];
} its;

/* ---- the library ---- */

/* Why one of the symbols is not there; NULL: all are. */
static const char *look_up(void *library)
{
	const struct {
		const char *name;
		void *to; /* a pointer to a function */
	} symbols[] = {
		{ "llfree_metadata_size", &peer.metadata_size },
		{ "llfree_init", &peer.init },
		{ "llfree_get", &peer.get },
		{ "llfree_put", &peer.put },
		{ "llfree_drain", &peer.drain },
		{ "llfree_frames", &peer.frames },
		{ "llfree_stats", &peer.stats },
	};
	size_t i;

	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *found = dlsym(library, symbols[i].name);

		if (!found)
			return dlerror();
		*(void **)symbols[i].to = found;
	}
	return NULL;
}

const char *page_llfree_missing(void)
{
	const char *path = getenv("QUIRE_BENCH_LLFREE");
	void *library;

	if (peer.get)
		return NULL;
	if (!path || !*path)
		return "QUIRE_BENCH_LLFREE names no library";
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return library ? look_up(library) : dlerror();
}

/* ---- an instance ---- */

/*
 * Where a tree of class `target` may serve a request: one of a larger class gives single frames
 * away, one of a smaller class becomes a larger one; of its own, those that are neither
 * nearly empty nor nearly full are best.
 */
static struct ll_policy choose_tree(uint8_t requested, uint8_t target, size_t free)
{
	struct ll_policy policy = { .type = POLICY_MATCH, .priority = 1 };

	if (requested != target)
		return (struct ll_policy){ requested > target ? POLICY_STEAL : POLICY_DEMOTE, 0 };
	if (free < TREE_FRAMES / 64)
		policy.priority = 2;
	else if (free < TREE_FRAMES / 2)
		policy.priority = UINT8_MAX;
	return policy;
}

static void release(void)
{
	bench_unmap(its.self, its.sizes.self);
	bench_unmap(its.memory.local, its.sizes.local);
	bench_unmap(its.memory.trees, its.sizes.trees);
	bench_unmap(its.memory.lower, its.sizes.lower);
	its.self = NULL;
}

static void put_requests_together(unsigned int threads)
{
	unsigned int cpu, order;
	uint8_t class;

	for (cpu = 0; cpu < threads; cpu++)
		for (order = 0; order < PAGE_BENCH_ORDERS; order++)
			for (class = 0; class < CLASS_HUGE; class ++)
				its.requests[cpu][order][class] = (struct ll_request){
					.order = (uint8_t)order,
					.class = order < HUGE_ORDER ? class : (uint8_t)CLASS_HUGE,
					.local = { true, cpu },
				};
}

static int ll_init(size_t frames, unsigned int threads)
{
	struct ll_classing classing = { .nr_classes = NR_CLASSES,
					.default_class = CLASS_HUGE,
					.policy = choose_tree };
	uint8_t class;

	for (class = 0; class < NR_CLASSES; class ++) {
		classing.classes[class].class = class;
		classing.classes[class].locals = threads;
	}
	put_requests_together(threads);
	its.frames = frames;
	its.sizes = peer.metadata_size(&classing, frames);
	its.self = bench_map(its.sizes.self);
	its.memory.local = bench_map(its.sizes.local);
	its.memory.trees = bench_map(its.sizes.trees);
	its.memory.lower = bench_map(its.sizes.lower);
	if (its.self && its.memory.local && its.memory.trees && its.memory.lower &&
	    !peer.init(its.self, frames, 0, its.memory, &classing).error &&
	    peer.frames(its.self) == frames && peer.stats(its.self).free_frames == frames)
		return 0;
	fprintf(stderr, "page_bench: llfree: no memory, or its interface is another one\n");
	release();
	return -1;
}

/* ---- the calls ---- */

static page_handle get(unsigned int cpu, unsigned int order, uint8_t class)
{
	const struct ll_some_frame anywhere = { false, 0 };
	struct ll_result got = peer.get(its.self, anywhere, its.requests[cpu][order][class]);

	return got.error ? 0 : (page_handle)got.frame + 1;
}

static void put(unsigned int cpu, page_handle page, unsigned int order, uint8_t class)
{
	if (!peer.put(its.self, page - 1, its.requests[cpu][order][class]).error)
		return;
	fprintf(stderr, "page_bench: llfree: refuses a frame that is given back\n");
	exit(1);
}

static page_handle ll_alloc(unsigned int cpu, unsigned int order)
{
	return get(cpu, order, CLASS_FIXED);
}

static void ll_free(unsigned int cpu, page_handle page, unsigned int order)
{
	put(cpu, page, order, CLASS_FIXED);
}

static page_handle ll_alloc_movable(unsigned int cpu, unsigned int order)
{
	return get(cpu, order, CLASS_MOVABLE);
}

static void ll_free_movable(unsigned int cpu, page_handle page, unsigned int order)
{
	put(cpu, page, order, CLASS_MOVABLE);
}

/* ---- what the checks ask for ---- */

static size_t ll_frame_of(page_handle page)
{
	return (size_t)page - 1;
}

static size_t ll_span(void)
{
	return its.frames;
}

static size_t ll_free_frames(void)
{
	return peer.stats(its.self).free_frames;
}

static size_t ll_usable_frames(void)
{
	peer.drain(its.self);
	return peer.stats(its.self).free_huge << HUGE_ORDER;
}

const struct page_subject page_llfree = {
	.name = "llfree",
	.init = ll_init,
	.destroy = release,
	.alloc = ll_alloc,
	.free = ll_free,
	.alloc_movable = ll_alloc_movable,
	.free_movable = ll_free_movable,
	.frame_of = ll_frame_of,
	.span = ll_span,
	.free_frames = ll_free_frames,
	.usable_frames = ll_usable_frames,
};
