/* SPDX-License-Identifier: MIT */
/*
 * slab_subject.h - an allocator of objects as slab_bench sees it.
 *
 * The loops that are timed are compiled for each subject (slab_loops.h) and call it as a program
 * calls it that is linked with it; all else calls it through alloc and free. A subject has one
 * instance: what init() makes and destroy() takes away; allocators of the process's own
 * memory have none, and stay as they are.
 */
#ifndef BENCH_SLAB_SUBJECT_H
#define BENCH_SLAB_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/crew.h"

struct slab_engine;

/* What a thread has for itself. */
struct slab_lane {
	unsigned int cpu;
	size_t size;  /* of each object */
	void **slots; /* what is held, as the workload wants it */
	size_t nr_slots;
	const uint32_t *steps; /* of this run: numbers of slots */
	size_t nr_steps;
	struct stopwatch watch;
	uintptr_t sum; /* of what was read */
} __attribute__((aligned(128)));

struct slab_subject {
	const char *name;
	/* Is it one of this library's, to be compared with the peers? Is it a peer? */
	bool is_own, is_peer;
	/* Why it cannot be measured here; NULL: it can. Loads it. NULL: always can. */
	const char *(*missing)(void);

	/* Room for so many objects of that size. 0, or -1 with a reason on stderr. NULL: nothing to do. */
	int (*init)(size_t size, size_t objects, unsigned int threads);
	void (*destroy)(void);
	/* Bytes of memory it has taken. NULL: what the process has more of. */
	size_t (*taken)(void);

	void *(*alloc)(size_t size);
	void (*free)(void *object);

	/* The loops. None returns if memory runs out. */
	void (*pairs)(struct slab_lane *lane);
	void (*batches)(struct slab_lane *lane);
	void (*replace)(struct slab_lane *lane);
	void (*produce)(struct slab_lane *lane, void **batch, size_t nr);
	void (*consume)(struct slab_lane *lane, void **batch, size_t nr);
};

extern const struct slab_subject slab_floor, slab_kmem_cache, slab_kmalloc, slab_glibc,
	slab_jemalloc, slab_tcmalloc, slab_mimalloc;
/* Subjects that do what is wrong, one each: the check must find it. */
extern const struct slab_subject slab_faulty_twice, slab_faulty_misaligned, slab_faulty_short;

/* The engine behind kmem_cache and kmalloc from now on, and the nodes of its machine. False: there is no such engine. */
bool slab_choose_machine(const char *engine, unsigned int nodes);

/* The number of this thread: subjects with memory for each thread go by it. */
extern __attribute__((tls_model("local-exec"))) _Thread_local unsigned int bench_cpu;

/* An allocation was refused: says so and ends the program. */
void slab_refused(size_t size) __attribute__((noreturn, cold));

#endif
