/* SPDX-License-Identifier: MIT */
/*
 * wait_hooks.c - the hooks of tier 3 for a kernel that links all of the library and never sleeps.
 */
#include <quire/port.h>

void port_wait(const unsigned int *word, unsigned int value)
{
	(void)word;
	(void)value;
	port_panic("nobody is there to wake");
}

void port_wake(const unsigned int *word)
{
	(void)word;
}
