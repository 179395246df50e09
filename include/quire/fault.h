/* SPDX-License-Identifier: MIT */
/*
 * fault.h - making allocations fail on purpose, to see what the callers do.
 *
 * Three ways, each its own switch. quire_fail_nth: one allocation, counted from now on, boot
 * memory and per-CPU areas included; a test lets each in turn fail. fail_page_alloc and
 * failslab, as in Linux: calls of the page allocator, and requests for objects, fail at random,
 * by knobs. All survive quire_reset(), so that a boot can be made to fail. With
 * CONFIG_FAULT_INJECTION 0 none is there.
 */
#ifndef QUIRE_FAULT_H
#define QUIRE_FAULT_H

#include <quire/atomic.h>
#include <quire/state.h>

/*
 * Counts the allocations from now on (fault.calls), and lets the n-th of them fail (1: the
 * next), once, or with every later one; 0: none. No other CPU may allocate meanwhile.
 */
static inline void quire_fail_nth(unsigned long n, bool and_all_after)
{
	struct fault_state *f = &this_quire()->fault;

	f->calls = 0;
	f->failed = 0;
	f->fail_at = n;
	f->fail_all_after = and_all_after;
	f->on |= FAULT_NTH;
}

static inline void quire_fail_off(void)
{
	this_quire()->fault.on &= ~(unsigned int)FAULT_NTH;
}

static inline bool fail_nth_hits(struct fault_state *f)
{
	unsigned long call;

	if (!(f->on & FAULT_NTH))
		return false;
	call = count_up(&f->calls);
	if (!f->fail_at || call < f->fail_at || (call > f->fail_at && !f->fail_all_after))
		return false;
	count_up(&f->failed);
	return true;
}

/* Are allocations counted now? Paths that do not ask should_fail_alloc are closed then. */
static inline bool fault_injection_is_on(void)
{
#if CONFIG_FAULT_INJECTION
	return __builtin_expect(this_quire()->fault.on != 0, 0);
#else
	return false;
#endif
}

/* Asked by every function that takes memory, once a call, before it takes any. */
static inline bool should_fail_alloc(void)
{
#if CONFIG_FAULT_INJECTION
	struct fault_state *f = &this_quire()->fault;

	return __builtin_expect(f->on != 0, 0) && fail_nth_hits(f);
#else
	return false;
#endif
}

/* ---- fail_page_alloc ---- */

/*
 * The knobs are those of Linux's /sys/kernel/debug/fail_page_alloc, by their names there:
 *
 *   probability         percent, 0 .. 100; 0: off, which is how it begins
 *   interval            only every so many-th call may fail; 1: each
 *   times               how many failures at most; -1: no limit. At first 1
 *   space               nothing fails until so many pages were asked for
 *   verbose             0: silent; 1: a failure is logged; 2: with order and flags
 *   ignore-gfp-highmem  1: requests that may be highmem do not fail. At first 1
 *   ignore-gfp-wait     1: requests that may wait (GFP_KERNEL) do not fail. At first 1
 *   min-order           requests of smaller orders do not fail. At first 1
 *   seed                (Quire's own) where the random numbers begin
 *
 * A request with __GFP_NOFAIL never fails by them. The conditions are asked in Linux's
 * order: the request's kind, times, space, interval, probability. Nothing is logged for a
 * request with __GFP_NOWARN.
 */

/*
 * Sets a knob, which restarts the random numbers and the counts of calls and failures.
 * Returns 0; -ENOENT: there is no such knob; -EINVAL: the value is out of range; nothing
 * changes on failure. No other CPU may allocate meanwhile.
 */
int fail_page_alloc_set(const char *knob, long value);
/* Reads one. 0 or -ENOENT. */
int fail_page_alloc_get(const char *knob, long *value);
/* The name of the n-th knob, from 0; NULL past the last. */
const char *fail_page_alloc_knob(size_t n);
/* All knobs as they were at first: nothing fails. */
void fail_page_alloc_off(void);

/* The slow part of should_fail_alloc_page. */
bool fail_page_alloc_hits(gfp_t gfp, unsigned int order);

/* Asked by the page allocator, once for each block, or lot of pages, that is asked of it. */
static inline bool should_fail_alloc_page(gfp_t gfp, unsigned int order)
{
#if CONFIG_FAULT_INJECTION
	struct fault_state *f = &this_quire()->fault;

	if (__builtin_expect(!f->on, 1))
		return false;
	return fail_nth_hits(f) || ((f->on & FAULT_PAGE) && fail_page_alloc_hits(gfp, order));
#else
	(void)gfp;
	(void)order;
	return false;
#endif
}

/* ---- failslab ---- */

/*
 * The knobs are those of Linux's /sys/kernel/debug/failslab: the ones of fail_page_alloc, but
 * space counts bytes, and instead of the last four:
 *
 *   ignore-gfp-wait  1: requests that may wait (GFP_KERNEL) do not fail. At first 1
 *   cache-filter     1: only caches with SLAB_FAILSLAB fail. At first 0
 *   seed             (Quire's own) where the random numbers begin
 *
 * All else is as for fail_page_alloc, the calls included.
 */
int failslab_set(const char *knob, long value);
int failslab_get(const char *knob, long *value);
const char *failslab_knob(size_t n);
void failslab_off(void);

/* The slow part of should_failslab. */
bool failslab_hits(slab_flags_t flags, gfp_t gfp, size_t size);

/*
 * Asked by the front of objects, once for each object, or lot of objects, that is asked of it:
 * with the cache's flags, and the bytes of an object.
 */
static inline bool should_failslab(slab_flags_t flags, gfp_t gfp, size_t size)
{
#if CONFIG_FAULT_INJECTION
	struct fault_state *f = &this_quire()->fault;

	if (__builtin_expect(!f->on, 1))
		return false;
	return fail_nth_hits(f) || ((f->on & FAULT_SLAB) && failslab_hits(flags, gfp, size));
#else
	(void)flags;
	(void)gfp;
	(void)size;
	return false;
#endif
}

#endif
