/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_types.h - the data of the leak detector. The calls are in <quire/kmemleak.h>; how it
 * works is told at the head of mm/debug/kmemleak.c.
 */
#ifndef QUIRE_KMEMLEAK_TYPES_H
#define QUIRE_KMEMLEAK_TYPES_H

#include <quire/rbtree_types.h>

struct kmemleak_layer;
struct kmemleak_object;

/* What an object's address is. Each kind has its own tree. */
enum kmemleak_kind {
	KMEMLEAK_VIRT,	 /* a pointer */
	KMEMLEAK_PHYS,	 /* physical memory, by its pointer in the direct map: never reported */
	KMEMLEAK_PERCPU, /* a per-CPU pointer: a copy for each CPU */
	NR_KMEMLEAK_KINDS
};

/* Memory that may hold pointers: [start, end), readable throughout while it is given so. */
struct kmemleak_range {
	const void *start, *end;
};

/*
 * A stack, looked through by scans while stack=on. Part of what the embedder keeps of a thread; he may
 * move `start` to the stack pointer whenever the thread does not run.
 */
struct kmemleak_stack {
	const void *start, *end;
	struct kmemleak_stack *next, *prev; /* the library's */
};

/* Addresses in the backtrace of an object. */
#define KMEMLEAK_TRACE_MAX 6
/* Length of a task's name, the NUL included. */
#define KMEMLEAK_COMM_LEN 16

/* How far a scan is. */
enum kmemleak_phase {
	KMEMLEAK_IDLE,
	KMEMLEAK_RESET,	   /* nothing was found yet; what is grey from the start is put on the list */
	KMEMLEAK_ROOTS,	   /* static data, the library's own, static per-CPU variables */
	KMEMLEAK_MEM_MAP,  /* page structures */
	KMEMLEAK_STACKS,
	KMEMLEAK_GREY,	   /* objects that were found, until there is no new one */
	KMEMLEAK_CHANGED,  /* objects that were not found, but have changed since the last scan, */
	KMEMLEAK_GREY_TOO, /* and what they point to */
	KMEMLEAK_REPORT,
};

/* A scan under way. */
struct kmemleak_scan {
	u32 phase;		    /* enum kmemleak_phase */
	struct list_head grey;	    /* found, but not scanned yet */
	struct kmemleak_object *at; /* being looked through; NULL: none, or it was freed meanwhile */
	unsigned int piece;	    /* of it, or of the roots */
	size_t offset;		    /* in the piece */
	unsigned int kind;	    /* walks over all objects: the tree, */
	uintptr_t next;		    /* and where the rest begins */
	u32 checksum;		    /* of `at`, as far as it was read */
	pfn_t pfn;		    /* of the page structure that is next */
	struct kmemleak_stack *stack;
	unsigned long new_leaks;
};

/* Part of struct quire. */
struct leak_state {
	const struct kmemleak_layer *layer; /* NULL: the machine does not want it */
	const struct kmemleak_layer *hooks; /* the same while objects are followed; else NULL */
	const struct machine_leaks *machine;
	bool is_early; /* kmemleak_init is still to come: there are no scans */

	spinlock_t lock; /* for all that follows */
	struct rb_root trees[NR_KMEMLEAK_KINDS];
	uintptr_t min_addr[NR_KMEMLEAK_KINDS]; /* no object ever was outside of these */
	uintptr_t max_addr[NR_KMEMLEAK_KINDS];
	unsigned long nr_objects;
	struct kmemleak_object *unused; /* the pool */
	unsigned long nr_unused, nr_slots, nr_areas;
	struct kmemleak_pool_page *pages; /* that the pool has taken from the page allocator */

	struct kmemleak_scan scan;
	bool is_stepping; /* a CPU is just at it */
	struct kmemleak_stack *stacks;
	unsigned long jiffies; /* scans begun: the time on a machine without a clock */
	unsigned long last_scan; /* the time when the last scan began */
	unsigned long scan_wait; /* seconds between automatic scans */
	unsigned long next_scan; /* the time when the next one is due */
	bool scans_by_itself;	 /* scan=on */
	bool scans_stacks;	 /* stack=on */
	bool found_leaks;	 /* since the last clear */
	bool is_to_be_emptied;	 /* it was turned off where that could not be done */
};

#endif
