/* SPDX-License-Identifier: MIT */
/*
 * percpu_types.h - the data of per-CPU areas: mm/kvirt/percpu*.c.
 */
#ifndef QUIRE_PERCPU_TYPES_H
#define QUIRE_PERCPU_TYPES_H

#include <quire/rbtree_types.h>

struct percpu_window;

/* Lists of chunks, by log2 of the longest free run; the last holds all that are larger. */
#define PERCPU_SLOTS 24

/*
 * Part of struct quire. The first two fields are all that an access needs: a per-CPU
 * pointer plus delta is CPU 0's copy, and each CPU's copy is unit_size bytes behind the
 * copy of the CPU before it. Both are 0 until setup_per_cpu_areas: then the template
 * itself is what is reached.
 */
struct percpu_state {
	uintptr_t delta;
	size_t unit_size; /* a multiple of the page size */

	bool is_up;
	bool spans_nodes; /* the CPUs are not all on one node */
	const struct percpu_window *window; /* NULL: no chunk lies in the vmalloc window */
	unsigned int unit_pages;
	unsigned long nr_pages; /* of all CPUs' units; read without the lock */

	spinlock_t lock; /* for all that follows, and for what is in the chunks */
	uintptr_t static_start; /* CPU 0's copy of the static variables; or the template */
	size_t static_size;
	struct list_head slots[PERCPU_SLOTS];
	unsigned long filled_slots;	/* a bit for each that has a chunk */
	struct rb_root chunks;		/* by address */
	unsigned int nr_chunks;
	unsigned int nr_empty; /* of them: those that could be given back */
};

#endif
