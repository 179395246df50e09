/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.h - pieces that need not lie in one row of frames: kmalloc's if that is easy, vmalloc's else.
 * For large tables of the kernel's own; no device may be given such an address.
 */
#ifndef QUIRE_KVMALLOC_H
#define QUIRE_KVMALLOC_H

#include <quire/kmalloc.h>
#include <quire/vmalloc.h>

#if CONFIG_MMU

/*
 * As kmalloc (<quire/kmalloc.h>); flags must include those of GFP_KERNEL, or no vmalloc area is tried: its
 * tables need them. Where the machine has no vmalloc window it is kmalloc. Size 0: ZERO_SIZE_PTR.
 * NULL: no memory. May sleep; not from interrupt handlers.
 */
void *kvmalloc_node(size_t size, gfp_t gfp, int node) __attribute__((malloc, alloc_size(1)));
static inline void *kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc_node(size, gfp, NUMA_NO_NODE);
}
static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}
static inline void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kvmalloc(bytes, gfp);
}
static inline void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}
/* A larger piece with the `old` bytes of ptr, which is given back. NULL on failure: ptr is as it was. */
void *kvrealloc(const void *ptr, size_t old, size_t size, gfp_t gfp);

/* Gives one back, or what kmalloc or vmalloc gave. NULL is ignored. */
void kvfree(const void *ptr);
/* The same, with `size` bytes cleared before. */
void kvfree_sensitive(const void *ptr, size_t size);

#endif
#endif
