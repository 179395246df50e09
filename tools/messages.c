/* SPDX-License-Identifier: MIT */
/*
 * messages.c - what went wrong, in one line on standard error: whatever a file's name or
 * its content brings into the line, no control character gets to the terminal.
 */
#include "tools/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void print_line(const char *line)
{
	for (; *line; line++)
		fputc((unsigned char)*line < ' ' || *line == 0x7f ? '?' : *line, stderr);
}

static void print_message(const char *fmt, va_list args)
{
	char *line;

	if (vasprintf(&line, fmt, args) < 0) {
		fputs("no memory for a message", stderr);
		return;
	}
	print_line(line);
	free(line);
}

int fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("quire: ", stderr);
	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return STATUS_FAILED;
}

int usage_error(const struct command *self, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "quire %s: ", self->name);
	va_start(args, fmt);
	print_message(fmt, args);
	va_end(args);
	fprintf(stderr, " (see: quire help %s)\n", self->name);
	return STATUS_USAGE;
}
