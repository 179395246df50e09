/* SPDX-License-Identifier: MIT */
/*
 * annotate.h - tells AddressSanitizer and Valgrind what of the machine's memory may be used.
 *
 * Theory. Both know of each byte of a process whether the program may touch it; but to them
 * the machine's RAM is one mapping that may be touched everywhere. So who hands memory out and
 * takes it back says so. Then the first wrong access is reported where it is made, with its
 * stack, by the same tool and in the same words as for malloc's memory; and port/host adds what the
 * library knows of the address (quire_describe_address). On a kernel's CPU, and in a build
 * with neither tool, all of it is nothing: ANNOTATE is 0, and no instruction is left.
 *
 *                        AddressSanitizer    Valgrind
 *   annotate_noaccess    poisoned            no access
 *   annotate_undefined   not                 access; to depend on the contents is an error
 *   annotate_defined     not                 access, and the contents are what they are
 *   annotate_alloc, annotate_free: an object; Valgrind also remembers both stacks
 *
 * Exactness. AddressSanitizer has a byte for each 8 bytes of memory: how many of them may be touched,
 * from the first on. So where memory begins at a multiple of 8 its end is exact to a byte; a
 * piece that begins elsewhere is reached from the bytes before it; and what shares its last
 * 8 bytes with a neighbour cannot be told from it. Valgrind knows each byte, and of each bit
 * whether it is defined.
 *
 * Two views. What is known is known of an address of the process, not of a page frame. A page that
 * is mapped a second time (vmalloc, vmap, kmap) has a second shadow, which the map's owner
 * looks after: vmalloc for its areas; while a page is mapped there its view in the direct map
 * stays accessible, and is defined, for the contents may have come by the other way. A page that is freed is out of reach
 * in the direct map; through a mapping that was forgotten it is not.
 *
 * Where it is called:
 *   mm/boot     boot memory: what is handed out, what is given back, and what lies beside it (boot_annotate.h)
 *   mm/page     page_annotate.h: frames that are free; fragments of a block
 *   mm/slab     watch.h: objects; slob.h: what is cut from a heap
 *   mm/kvirt    vmalloc's areas to the byte, per-CPU memory
 * RAM that nobody ever took is not closed: a sparse 64 GB machine would pay 8 GB of shadow for
 * it. It is, leaf by leaf, when the page allocator takes the first page of a leaf. And of pieces of
 * more than 4 MB (ANNOTATE_LARGE) only the ends are closed.
 *
 * The library's own hands. Who must touch free memory (page poison) opens it before with
 * annotate_defined, and closes it after; there is no list of exceptions. Only who reads memory without
 * knowing whose it is, is not checked at all (ANNOTATE_UNCHECKED): hardware, as the software MMU plays it,
 * which walks whatever the tables say; a scan for pointers; and slob, which looks whether kmalloc's seal is before
 * an address. Valgrind checks by the thread, not by the function: for it stand annotate_unchecked_begin and _end.
 *
 * How an allocator that cuts pages into objects calls it:
 *   a slab is new          annotate_noaccess(all of it): pages come undefined, none is an object yet
 *   constructor            annotate_undefined(object, size), the constructor, annotate_noaccess again
 *   an object is taken     annotate_alloc(object, size asked for): the tail up to the next object,
 *                          padding and red zones stay out of reach; with __GFP_ZERO the memset
 *                          comes after it; if a constructor made it, annotate_defined after it
 *   it is given back       annotate_free(object, same size), before others can take it; an array
 *                          of the CPU holds pointers only, so it is out of reach there already
 *   ksize grew it          annotate_undefined(object + old, more); it is given back with all of its size
 *   its own bytes          free pointers, maps, tracks, poison: around their use annotate_defined(them),
 *                          then annotate_noaccess; a map or header for good: annotate_defined
 *   the slab goes          nothing: the page allocator closes pages that it gets
 * An object that is a part of a block which is annotated as a whole (large kmalloc): close the tail with
 * annotate_noaccess(ptr + size, rest) after the pages came. Every annotate_free must be
 * for an address that annotate_alloc had, else Valgrind reports a free of its own.
 */
#ifndef MM_LIB_ANNOTATE_H
#define MM_LIB_ANNOTATE_H

#include "mm/lib/bitmap.h"

#define ANNOTATE (CONFIG_ASAN || CONFIG_VALGRIND)

#if CONFIG_ASAN
/* The runtime's, which the compiler links. */
void __asan_poison_memory_region(const volatile void *at, size_t size);
void __asan_unpoison_memory_region(const volatile void *at, size_t size);
void *__asan_region_is_poisoned(void *at, size_t size); /* the first such byte, or NULL */

/* So much at once, and more: shadow that says nothing is not written, for the process to have memory for it. */
#define ANNOTATE_STEP ((size_t)1 << 20)

static inline void asan_open(const volatile void *at, size_t size)
{
	uintptr_t from = (uintptr_t)at, end = from + size, piece;

	while (end - from >= ANNOTATE_STEP) {
		from = (uintptr_t)__asan_region_is_poisoned((void *)from, end - from);
		if (!from)
			return;
		piece = min_of(end - from, ANNOTATE_STEP);
		__asan_unpoison_memory_region((void *)from, piece);
		from += piece;
	}
	__asan_unpoison_memory_region((void *)from, end - from);
}

/* A function whose accesses are not checked. */
#define ANNOTATE_UNCHECKED __attribute__((no_sanitize("address"), noinline))
#else
#define ANNOTATE_UNCHECKED
#endif

#if CONFIG_VALGRIND
#include "mm/lib/valgrind.h"
#endif

/* Nobody may touch it. Size 0 is nothing, here and below. */
static inline void annotate_noaccess(const volatile void *at, size_t size)
{
#if CONFIG_ASAN
	__asan_poison_memory_region(at, size);
#endif
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_MAKE_MEM_NOACCESS, (uintptr_t)at, size, 0, 0);
#endif
	(void)at;
	(void)size;
}

/* It may be written, and then read. */
static inline void annotate_undefined(const volatile void *at, size_t size)
{
#if CONFIG_ASAN
	asan_open(at, size);
#endif
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_MAKE_MEM_UNDEFINED, (uintptr_t)at, size, 0, 0);
#endif
	(void)at;
	(void)size;
}

/* It may be read and written. */
static inline void annotate_defined(const volatile void *at, size_t size)
{
#if CONFIG_ASAN
	asan_open(at, size);
#endif
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_MAKE_MEM_DEFINED, (uintptr_t)at, size, 0, 0);
#endif
	(void)at;
	(void)size;
}

/* An object of `size` bytes is its taker's: undefined, and nothing behind it is opened. */
static inline void annotate_alloc(const volatile void *object, size_t size)
{
#if CONFIG_ASAN
	__asan_unpoison_memory_region(object, size);
#endif
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_MALLOCLIKE_BLOCK, (uintptr_t)object, size, 0, 0);
#endif
	(void)object;
	(void)size;
}

/* And is nobody's again; `size` as it was taken, or more: what may have been opened since. */
static inline void annotate_free(const volatile void *object, size_t size)
{
#if CONFIG_ASAN
	__asan_poison_memory_region(object, size);
#endif
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_FREELIKE_BLOCK, (uintptr_t)object, 0, 0, 0);
	valgrind_ask(VALGRIND_REQUEST_MAKE_MEM_NOACCESS, (uintptr_t)object, size, 0, 0);
#endif
	(void)object;
	(void)size;
}

/*
 * Between these two Valgrind reports nothing that this thread does. What came of memory that may be anybody's is
 * annotate_defined then.
 */
static inline void annotate_unchecked_begin(void)
{
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_CHANGE_ERR_DISABLEMENT, 1, 0, 0, 0);
#endif
}
static inline void annotate_unchecked_end(void)
{
#if CONFIG_VALGRIND
	valgrind_ask(VALGRIND_REQUEST_CHANGE_ERR_DISABLEMENT, (uintptr_t)-1, 0, 0, 0);
#endif
}

#endif
