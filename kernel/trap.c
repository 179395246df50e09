/* SPDX-License-Identifier: MIT */
/*
 * trap.c - a function that may trap, and the way back out of the trap.
 *
 * The compiler's own setjmp does: the trap's entry code has put the CPU back into the state
 * that C needs, and what the function had on the stack is left behind.
 */
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

__attribute__((weak)) bool trap_resolve(const struct trap *trap)
{
	(void)trap;
	return false;
}
