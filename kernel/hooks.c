/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the hooks of <quire/port.h> that are the same on every CPU.
 */
#include "kernel/internal.h"

static bool is_quiet;

void kernel_be_quiet(void)
{
	is_quiet = true;
}

void port_log(enum log_level level, const char *line)
{
	if (is_quiet && level >= LOG_INFO)
		return;
	console_printf("%s\n", line);
}

void port_panic(const char *why)
{
	console_printf("Kernel panic: %s\n", why);
	machine_exit(1);
}

/*
 * There is one thread, so nobody else could wake it: what waits here has waited for ever.
 */
void port_wait(const unsigned int *word, unsigned int value)
{
	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
		port_panic("the only thread waits, and nobody is left to wake it");
}

void port_wake(const unsigned int *word)
{
	(void)word;
}
