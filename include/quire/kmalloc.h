/* SPDX-License-Identifier: MIT */
/*
 * kmalloc.h - pieces of any size. Up to two pages they are objects of caches of some twelve sizes;
 * larger ones are blocks of pages. (With quire_slob: just as large as asked for, up to 8 bytes less
 * than a page.)
 *
 * Contexts and errors are those of kmem_cache_alloc (<quire/slab.h>). A piece whose size is a power
 * of two is aligned to it; any other to 8 bytes at least.
 */
#ifndef QUIRE_KMALLOC_H
#define QUIRE_KMALLOC_H

#include <quire/slab.h>

/* The largest piece that is an object, and the largest of all. */
#define KMALLOC_MAX_CACHE_SIZE (PAGE_SIZE << 1)
#define KMALLOC_MAX_SIZE (PAGE_SIZE << (MAX_ORDER - 1))

/* What kmalloc(0) returns: no byte of it may be touched, and kfree takes it. */
#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(ptr) ((uintptr_t)(ptr) <= (uintptr_t)ZERO_SIZE_PTR)

/* n * size, or SIZE_MAX, which no request gets, where that does not fit; and sums likewise. */
static inline size_t size_mul(size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? SIZE_MAX : bytes;
}
static inline size_t size_add(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}
/* Bytes of a structure that ends in an array of n elements. */
#define struct_size(p, member, n) size_add(sizeof(*(p)), size_mul(n, sizeof((p)->member[0])))

/* `size` bytes, the caller's until kfree. Size 0: ZERO_SIZE_PTR. NULL on failure. */
void *kmalloc(size_t size, gfp_t gfp) __attribute__((malloc, alloc_size(1)));
void *kmalloc_node(size_t size, gfp_t gfp, int node) __attribute__((malloc, alloc_size(1)));
static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}
static inline void *kzalloc_node(size_t size, gfp_t gfp, int node)
{
	return kmalloc_node(size, gfp | __GFP_ZERO, node);
}
/* Arrays: NULL where the product does not fit. */
static inline void *kmalloc_array_node(size_t n, size_t size, gfp_t gfp, int node)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kmalloc_node(bytes, gfp, node);
}
static inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kmalloc(bytes, gfp);
}
static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

/*
 * A piece of `size` bytes with what `ptr` has, as much as fits, which is given back; perhaps it
 * stays where it is. ptr NULL: as kmalloc. Size 0: as kfree, and returns ZERO_SIZE_PTR. With
 * __GFP_ZERO bytes beyond what the caller had asked for before are not defined; use it from the
 * first request on. NULL on failure: ptr is as it was.
 */
void *krealloc(const void *ptr, size_t size, gfp_t gfp);
void *krealloc_array(void *ptr, size_t n, size_t size, gfp_t gfp);

/*
 * Gives a piece back, or an object of any cache (with quire_slob only of kmalloc's: others are reported
 * and refused). NULL and ZERO_SIZE_PTR are ignored.
 */
void kfree(const void *ptr);
/* The same, cleared before. */
void kfree_sensitive(const void *ptr);

/* The bytes that are the caller's: at least those asked for. 0 for NULL and ZERO_SIZE_PTR. */
size_t ksize(const void *ptr);
/* What a request of so many bytes would get. */
size_t kmalloc_size_roundup(size_t size);

/* Copies: of a string; of at most `max` bytes of one; of `len` bytes. */
char *kstrdup(const char *s, gfp_t gfp);
char *kstrndup(const char *s, size_t max, gfp_t gfp);
void *kmemdup(const void *src, size_t len, gfp_t gfp);

#endif
