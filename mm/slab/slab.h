/* SPDX-License-Identifier: MIT */
/*
 * slab.h - what the files of the engine slab share. slab.c has the theory.
 */
#ifndef MM_SLAB_SLAB_H
#define MM_SLAB_SLAB_H

#include "mm/slab/node_slabs.h"

/* order, colours, map, limits of a cache. 0 or -EINVAL. */
int slab_layout(struct kmem_cache *cache);

/* ---- a node's arrays: slab_shared.c ---- */

/* Objects of one other node that a node's CPUs have given back. */
#define ALIEN_LIMIT 12u
struct slab_alien {
	unsigned int count;
	void *slot[ALIEN_LIMIT];
};

/* kmem_cache_node.engine_data, guarded by the node's lock. */
struct slab_node_arrays {
	size_t bytes;
	unsigned int shared_limit, nr_shared;
	void **shared; /* the last one given back at the end */
	unsigned int nr_aliens;
	struct slab_alien alien[]; /* by node id; one's own is not used */
};

static inline struct slab_node_arrays *slab_arrays_of(const struct kmem_cache_node *n)
{
	return (struct slab_node_arrays *)load_acquire(n->engine_data);
}
/* The same; made if they are not there, and the cache should have some. NULL: it has none. */
struct slab_node_arrays *slab_arrays_make(const struct kmem_cache *cache, struct kmem_cache_node *n);
void slab_arrays_free(struct kmem_cache_node *n);

/* To and from the shared array, as many as it has room for, or has; how many. With the lock. */
unsigned int slab_shared_put(struct slab_node_arrays *arrays, void **objects, unsigned int nr);
unsigned int slab_shared_get(struct slab_node_arrays *arrays, void **objects, unsigned int max);
/*
 * Objects for that node; fewer than ALIEN_LIMIT. If that makes a lot, the lot comes out: how many.
 * And all that there are. With the lock.
 */
unsigned int slab_alien_put(struct slab_alien *alien, void **objects, unsigned int *nr, void **lot);
unsigned int slab_alien_get(struct slab_alien *alien, void **lot);

/* How many objects are in them. */
unsigned long slab_arrays_count(const struct kmem_cache_node *n);
/* NULL: each is an object in use of the node it should be of. */
const char *slab_arrays_validate(struct kmem_cache *cache, const struct kmem_cache_node *n, int nid);

#endif
