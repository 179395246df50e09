/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - what several CPUs read and change without a lock. With CONFIG_SMP=0 all of it
 * is plain, so that a CPU without atomic instructions (ARMv6-M, say) needs no library.
 */
#ifndef QUIRE_ATOMIC_H
#define QUIRE_ATOMIC_H

#include <quire/types.h>

/*
 * One whole load or store of a variable. Only store_release orders what came before it, and
 * load_acquire what comes after it.
 */
#if CONFIG_SMP
#define load_relaxed(variable) __atomic_load_n(&(variable), __ATOMIC_RELAXED)
#define load_acquire(variable) __atomic_load_n(&(variable), __ATOMIC_ACQUIRE)
#define store_relaxed(variable, value) __atomic_store_n(&(variable), value, __ATOMIC_RELAXED)
#define store_release(variable, value) __atomic_store_n(&(variable), value, __ATOMIC_RELEASE)
#else
#define load_relaxed(variable) (variable)
#define load_acquire(variable) (variable)
#define store_relaxed(variable, value) ((void)((variable) = (value)))
#define store_release(variable, value) ((void)((variable) = (value)))
#endif

/* Other CPUs see what came before it before this CPU looks at what comes after it. */
static inline void full_barrier(void)
{
#if CONFIG_SMP && !defined(__SANITIZE_THREAD__) /* which knows no fences, and needs none of them */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* One more; returns the new value. Orders nothing. */
static inline unsigned long count_up(unsigned long *counter)
{
#if CONFIG_SMP
	return __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
#else
	return ++*counter;
#endif
}

/* The same for a count of references. */
static inline void count_up32(s32 *counter)
{
#if CONFIG_SMP
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
#else
	++*counter;
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

/* Replaces the bits of `mask` in a word whose other bits other CPUs may change. Orders nothing. */
static inline void exchange_bits16(u16 *word, u16 mask, u16 bits)
{
#if CONFIG_SMP
	u16 before = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(word, &before, (u16)((before & ~mask) | bits), true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
#else
	*word = (u16)((*word & ~mask) | bits);
#endif
}

/* Replaces one value by another; false: it was not the one. Orders nothing. */
static inline bool exchange_if8(u8 *variable, u8 from, u8 to)
{
#if CONFIG_SMP
	return __atomic_compare_exchange_n(variable, &from, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
#else
	if (*variable != from)
		return false;
	*variable = to;
	return true;
#endif
}

/*
 * One less of a count of further references; returns how many are left, or -1 if there was
 * none: the caller has the last one. What the CPU wrote before is seen by whoever has that.
 */
static inline s32 drop_reference(s32 *count)
{
#if CONFIG_SMP
	s32 old = __atomic_load_n(count, __ATOMIC_ACQUIRE);

	while (old > 0)
		if (__atomic_compare_exchange_n(count, &old, old - 1, true, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return old - 1;
	return -1;
#else
	return *count > 0 ? --*count : -1;
#endif
}

/*
 * `n` less, if there are as many; false: there are not, and nothing was changed. What the CPU
 * wrote before is seen by whoever drops the last reference.
 */
static inline bool subtract_if_enough(s32 *count, s32 n)
{
#if CONFIG_SMP
	s32 old = __atomic_load_n(count, __ATOMIC_RELAXED);

	while (old >= n)
		if (__atomic_compare_exchange_n(count, &old, old - n, true, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return true;
	return false;
#else
	if (*count < n)
		return false;
	*count -= n;
	return true;
#endif
}

#endif
