/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - what several CPUs read and change without a lock. With CONFIG_SMP=0 all of it
 * is plain, so that a CPU without atomic instructions (ARMv6-M, say) needs no library.
 */
#ifndef QUIRE_ATOMIC_H
#define QUIRE_ATOMIC_H

#include <quire/types.h>

/* One whole load or store of a variable; only store_release orders what came before it. */
#if CONFIG_SMP
#define load_relaxed(variable) __atomic_load_n(&(variable), __ATOMIC_RELAXED)
#define store_relaxed(variable, value) __atomic_store_n(&(variable), value, __ATOMIC_RELAXED)
#define store_release(variable, value) __atomic_store_n(&(variable), value, __ATOMIC_RELEASE)
#else
#define load_relaxed(variable) (variable)
#define store_relaxed(variable, value) ((void)((variable) = (value)))
#define store_release(variable, value) ((void)((variable) = (value)))
#endif

/* One more; returns the new value. Orders nothing. */
static inline unsigned long count_up(unsigned long *counter)
{
#if CONFIG_SMP
	return __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
#else
	return ++*counter;
#endif
}

/* `n` more. Orders nothing. */
static inline void count_add(unsigned long *counter, unsigned long n)
{
#if CONFIG_SMP
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
#else
	*counter += n;
#endif
}

/* Clears the bits of `mask` in a word whose other bits other CPUs may clear. Orders nothing. */
static inline void clear_bits(unsigned long *word, unsigned long mask)
{
#if CONFIG_SMP
	__atomic_fetch_and(word, ~mask, __ATOMIC_RELAXED);
#else
	*word &= ~mask;
#endif
}

/*
 * One reference less; returns how many are left, or -1 if there was none to drop: of two
 * CPUs that drop the last one at once, one is told so. What the CPU wrote before is seen by
 * whoever drops the last one.
 */
static inline s32 drop_reference(s32 *count)
{
#if CONFIG_SMP
	s32 old = __atomic_load_n(count, __ATOMIC_RELAXED);

	while (old > 0)
		if (__atomic_compare_exchange_n(count, &old, old - 1, true, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return old - 1;
	return -1;
#else
	return *count > 0 ? --*count : -1;
#endif
}

#endif
