/* SPDX-License-Identifier: MIT */
/*
 * console.c - text for the serial line.
 */
#include "kernel/kernel.h"

static void write_to_console(void *ctx, const char *text, size_t length)
{
	(void)ctx;
	console_write(text, length);
}

struct seq_file *console_stream(void)
{
	static struct seq_file stream = { .write = write_to_console };

	return &stream;
}
