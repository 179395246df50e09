/* SPDX-License-Identifier: MIT */
/*
 * debug.h - what the debugging flags of a cache do with its objects. debug.c has the layout.
 */
#ifndef MM_SLAB_DEBUG_H
#define MM_SLAB_DEBUG_H

#include "mm/slab/internal.h"

/* From object_size, align and flags: inuse, red_left_pad, size. Without such flags: size alone. */
void slab_object_layout(struct kmem_cache *cache);

/* The slab was just cut: an object is free for the first time, and constructed. */
void slab_setup_object(const struct kmem_cache *cache, void *object);
/* Its pages are about to go: what is free must be as it was left. Objects begin at `first`. */
void slab_debug_end_slab(struct kmem_cache *cache, char *first, unsigned int nr);

/*
 * An object was taken, is about to be given back, with such flags. False: something is wrong, was
 * reported, and the object goes no further.
 */
bool slab_debug_alloc(struct kmem_cache *cache, void *object, const void *caller);
bool slab_debug_free(struct kmem_cache *cache, void *object, const void *caller);

/* The flags that slub_debug= gives a cache of that name. */
slab_flags_t slab_debug_flags_for(const char *name);

#endif
