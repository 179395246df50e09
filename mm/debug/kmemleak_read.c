/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_read.c - the one place that reads memory which is not the reader's: whoever owns it may be
 * writing it, and an error checker may know it as poisoned. A word that is torn, or old, does no harm.
 *
 * The copies are loops over volatile words, so that no compiler makes them calls of memcpy, which
 * checkers watch too.
 */
#include "mm/debug/internal.h"

#if CONFIG_KMEMLEAK

KMEMLEAK_UNCHECKED void kmemleak_read_words(uintptr_t *to, uintptr_t from, size_t words)
{
	const volatile uintptr_t *word = (const volatile uintptr_t *)from;
	size_t i;

	for (i = 0; i < words; i++)
		to[i] = word[i];
}

KMEMLEAK_UNCHECKED void kmemleak_read_bytes(u8 *to, uintptr_t from, size_t bytes)
{
	const volatile u8 *byte = (const volatile u8 *)from;
	size_t i;

	for (i = 0; i < bytes; i++)
		to[i] = byte[i];
}

uintptr_t kmemleak_percpu_address(uintptr_t pointer, unsigned int cpu)
{
#if CONFIG_SMP
	const struct percpu_state *ps = &this_quire()->percpu;

	return pointer + ps->delta + cpu * ps->unit_size;
#else
	(void)cpu;
	return pointer;
#endif
}

#endif
