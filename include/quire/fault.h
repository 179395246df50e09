/* SPDX-License-Identifier: MIT */
/*
 * fault.h - making allocations fail on purpose, to see what the callers do.
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
	f->is_on = true;
}

static inline void quire_fail_off(void)
{
	this_quire()->fault.is_on = false;
}

/* Asked by every function that takes memory, once a call, before it takes any. */
static inline bool should_fail_alloc(void)
{
#if CONFIG_FAULT_INJECTION
	struct fault_state *f = &this_quire()->fault;

	unsigned long call;

	if (__builtin_expect(!f->is_on, 1))
		return false;
	call = count_up(&f->calls);
	if (!f->fail_at || call < f->fail_at || (call > f->fail_at && !f->fail_all_after))
		return false;
	count_up(&f->failed);
	return true;
#else
	return false;
#endif
}

#endif
