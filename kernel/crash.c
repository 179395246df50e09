/* SPDX-License-Identifier: MIT */
/*
 * crash.c - mistakes on purpose (crash=KIND on the command line), to see what a port says of
 * a trap that nobody waits for, and that the machine ends.
 */
#include "kernel/internal.h"

static void read_null(void)
{
	volatile const int *volatile nowhere = NULL;

	(void)*nowhere;
}

static void write_text(void)
{
	volatile unsigned char *code = (volatile unsigned char *)(uintptr_t)kernel_main;

	*code = 0;
}

static void run_illegal(void)
{
	__builtin_trap();
}

static void run_out_of_stack(void)
{
	unsigned int result;

	overflow_stack(&result);
}

static void panic(void)
{
	port_panic("on purpose");
}

static void hang(void)
{
	for (;;)
		__asm__ volatile("");
}

bool crash(const char *name, size_t length)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} kinds[] = {
		{ "null", read_null },	       { "text", write_text }, { "illegal", run_illegal },
		{ "stack", run_out_of_stack }, { "panic", panic },     { "hang", hang },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (word_is(name, length, kinds[i].name))
			kinds[i].run();
	console_printf("There is no crash of that name, or it did not happen.\n");
	return false;
}
