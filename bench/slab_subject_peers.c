/* SPDX-License-Identifier: MIT */
/*
 * slab_subject_peers.c - the allocators that a program would use instead.
 *
 * A peer whose static library was there when this was built is part of the program, under names of
 * its own (mk/peers.mk), and called as such. Another is looked for as a shared library when the
 * program runs, and called through a pointer, as it is in any program that is linked with it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/slab_loops.h"

/* ---- the C library's ---- */

static inline void *glibc_alloc(size_t size)
{
	return malloc(size);
}
static inline void glibc_free(void *object)
{
	free(object);
}
SLAB_DEFINE_LOOPS(glibc, glibc_alloc, glibc_free)
const struct slab_subject slab_glibc = { .name = "glibc",
					 .is_peer = true,
					 SLAB_LOOPS(glibc, glibc_alloc, glibc_free) };

/* ---- others ---- */

/* A shared library, and its two functions; why not, or NULL. Not used if all peers are static. */
static __attribute__((unused)) const char *load(const char *file, const char *alloc_name,
						const char *free_name, slab_alloc_call *alloc_call,
						slab_free_call *free_call)
{
	void *library;

	if (*alloc_call)
		return NULL;
	library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return dlerror();
	*(void **)free_call = dlsym(library, free_name);
	if (*free_call)
		*(void **)alloc_call = dlsym(library, alloc_name);
	return *alloc_call ? NULL : "it lacks the functions";
}

#define PEER(peer)                                                           \
	SLAB_DEFINE_LOOPS(peer, peer##_alloc, peer##_free)                   \
	const struct slab_subject slab_##peer = { .name = #peer,             \
						  .is_peer = true,           \
						  .missing = peer##_missing, \
						  SLAB_LOOPS(peer, peer##_alloc, peer##_free) }

#define STATIC_PEER(peer)                             \
	void *peer_##peer##_alloc(size_t size);       \
	void peer_##peer##_free(void *object);        \
	static inline void *peer##_alloc(size_t size) \
	{                                             \
		return peer_##peer##_alloc(size);     \
	}                                             \
	static inline void peer##_free(void *object)  \
	{                                             \
		peer_##peer##_free(object);           \
	}                                             \
	static const char *peer##_missing(void)       \
	{                                             \
		return NULL;                          \
	}                                             \
	PEER(peer)

#define LOADED_PEER(peer, file, alloc_name, free_name)                                           \
	static slab_alloc_call peer##_alloc_call;                                                \
	static slab_free_call peer##_free_call;                                                  \
	static inline void *peer##_alloc(size_t size)                                            \
	{                                                                                        \
		return peer##_alloc_call(size);                                                  \
	}                                                                                        \
	static inline void peer##_free(void *object)                                             \
	{                                                                                        \
		peer##_free_call(object);                                                        \
	}                                                                                        \
	static const char *peer##_missing(void)                                                  \
	{                                                                                        \
		return load(file, alloc_name, free_name, &peer##_alloc_call, &peer##_free_call); \
	}                                                                                        \
	PEER(peer)

#ifdef HAVE_STATIC_JEMALLOC
STATIC_PEER(jemalloc);
#else
LOADED_PEER(jemalloc, "libjemalloc.so.2", "malloc", "free");
#endif

#ifdef HAVE_STATIC_TCMALLOC
STATIC_PEER(tcmalloc);
#else
LOADED_PEER(tcmalloc, "libtcmalloc_minimal.so.4", "tc_malloc", "tc_free");
#endif

#ifdef HAVE_STATIC_MIMALLOC
STATIC_PEER(mimalloc);
#else
LOADED_PEER(mimalloc, "libmimalloc.so.2", "mi_malloc", "mi_free");
#endif
