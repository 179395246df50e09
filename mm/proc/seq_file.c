/* SPDX-License-Identifier: MIT */
/*
 * seq_file.c - a report's text goes straight to the reader, piece by piece: no buffer,
 * so no report is too long and none needs memory.
 */
#include <quire/proc.h>

#include "mm/lib/format.h"
#include "mm/lib/string.h"

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	quire_vformat(m->write, m->ctx, fmt, args);
	va_end(args);
}

void seq_puts(struct seq_file *m, const char *text)
{
	m->write(m->ctx, text, quire_strlen(text));
}
