/* SPDX-License-Identifier: MIT */
/*
 * trap.c - a function that may trap, and the way back out of the trap.
 *
 * The compiler's own setjmp does: the trap's entry code has put the CPU back into the state
 * that C needs, and what the function had on the stack is left behind.
 */
#include <quire/slab.h>

#include "kernel/kernel.h"

static struct {
	bool is_waiting;
	struct trap trap;
	void *context[5];
} catcher;

bool trap_catch(void (*fn)(void *arg), void *arg, struct trap *trap)
{
	if (__builtin_setjmp(catcher.context)) {
		*trap = catcher.trap;
		return true;
	}
	catcher.is_waiting = true;
	fn(arg);
	catcher.is_waiting = false;
	return false;
}

/* Its own function: the compiler's longjmp must not stand where its setjmp does. */
__attribute__((noinline)) void trap_deliver(const struct trap *trap)
{
	if (!catcher.is_waiting)
		return;
	catcher.is_waiting = false;
	catcher.trap = *trap;
	__builtin_longjmp(catcher.context, 1);
}

/* Is it a page fault, and was that a write? */
static bool is_page_fault(const struct trap *trap, bool *is_write)
{
#if defined(__arm__)
	*is_write = trap->code >> 11 & 1;
	return trap->vector == 4;
#else
	*is_write = trap->code >> 1 & 1;
	return trap->vector == 14;
#endif
}

__attribute__((weak)) bool trap_resolve(const struct trap *trap)
{
	bool is_write;

	return is_page_fault(trap, &is_write) &&
	       slab_handle_page_fault(trap->address, is_write, (const void *)trap->pc);
}
