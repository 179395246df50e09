/* SPDX-License-Identifier: MIT */
/*
 * shrinker.h - those who keep objects that they could do without: caches of inodes, of dentries, of
 * anything that can be made again. Each registers here; who reclaims memory asks all of them.
 */
#ifndef QUIRE_SHRINKER_H
#define QUIRE_SHRINKER_H

#include <quire/gfp.h>
#include <quire/slab_types.h>

/* What a shrinker is asked. */
struct shrink_control {
	gfp_t gfp_mask; /* of who needs memory: without __GFP_FS, say, no file system may be entered */
	int nid;	/* from this node, if the shrinker tells nodes apart */
	unsigned long nr_to_scan; /* look at so many objects. The shrinker may change the next: */
	unsigned long nr_scanned; /* so many were looked at */
};

#define SHRINK_STOP (~0UL)	/* of scan_objects: no progress can be made just now */
#define SHRINK_EMPTY (~0UL - 1) /* of count_objects: there are none at all; 0: none that may go now */

#define DEFAULT_SEEKS 2 /* what an object costs to be made again, in seeks of a disk */
#define SHRINK_BATCH 128

/* It tells nodes apart: it is asked for each, and keeps what is put off for each. */
#define SHRINKER_NUMA_AWARE 0x4u

struct shrinker {
	/* How many objects could go. Called often; must be quick. */
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	/*
	 * Looks at sc->nr_to_scan objects and frees those that it can: how many, or SHRINK_STOP. May sleep
	 * if sc->gfp_mask says so. Must not register or end a shrinker.
	 */
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	unsigned long batch; /* objects looked at in one call; 0: SHRINK_BATCH */
	int seeks;	     /* DEFAULT_SEEKS; 0: they cost next to nothing, half of them go each time */
	unsigned int flags;

	/* the library's */
	struct list_head list;
	const char *name;
	unsigned int nr_users; /* calls of its functions that run, or that a walk is at it; */
	bool is_leaving;
	bool is_registered;
	unsigned long *nr_deferred; /* objects that should have been looked at and were not: by node, or */
	unsigned long deferred;	    /* of all */
};

/*
 * From now on it is asked. The structure stays the caller's, all zero but for what is before `list`; the
 * name (NULL: none) is not copied. 0; -EINVAL: a function is missing, or it is registered; -ENOMEM: one
 * that tells nodes apart, on a machine with several, takes an array (and that needs objects).
 * Context: may sleep.
 */
int register_shrinker(struct shrinker *shrinker, const char *name);
/* Waits until it is not being asked; it is not asked any more. One that is not registered is ignored. */
void unregister_shrinker(struct shrinker *shrinker);

/*
 * Asks all shrinkers, for the node, to look at a part of what they have: 1 / (1 << priority) of the objects,
 * weighed by what they cost. Priority 12 is gentle, 0 is all. How many objects were freed.
 * Meant for reclaim_ops.direct_reclaim. Context: may sleep if gfp says so; not in interrupt handlers.
 */
unsigned long shrink_slab(gfp_t gfp, int nid, int priority);
/* Asks all, for all nodes, until hardly anything comes of it: Linux's drop_caches, 2. */
void drop_slab(void);

/*
 * Empty slabs of all caches go back to the page allocator, with the free objects that CPUs and nodes keep, and the
 * CPUs' arrays for them. How many pages that were, about: others take and give meanwhile. It need not be called
 * for want of memory, nor before memory goes offline: the page allocator does so itself, before a request with
 * __GFP_DIRECT_RECLAIM fails. Context as shrink_slab; but it never sleeps, and takes no memory.
 */
unsigned long kmem_cache_shrink_all(void);

#endif
