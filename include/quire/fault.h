/* SPDX-License-Identifier: MIT */
/*
 * fault.h - making allocations fail on purpose, to see what the callers do.
 */
#ifndef QUIRE_FAULT_H
#define QUIRE_FAULT_H

#include <quire/state.h>

/* Lets the n-th allocation from now on fail (1: the next), once, or with every later one; 0: none. */
static inline void quire_fail_nth(unsigned long n, bool and_all_after)
{
	struct fault_state *f = &this_quire()->fault;

	f->calls = 0;
	f->failed = 0;
	f->fail_at = n;
	f->fail_all_after = and_all_after;
}

/* Asked by every function that takes memory, once a call, before it takes any. */
static inline bool should_fail_alloc(void)
{
#if CONFIG_FAULT_INJECTION
	struct fault_state *f = &this_quire()->fault;

	f->calls++;
	if (!f->fail_at || f->calls < f->fail_at || (f->calls > f->fail_at && !f->fail_all_after))
		return false;
	f->failed++;
	return true;
#else
	return false;
#endif
}

#endif
