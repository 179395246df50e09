/* SPDX-License-Identifier: MIT */
/*
 * log.c - the lines that the library says, and how it stops.
 *
 * A line is formatted on the stack and handed over whole. Before a machine is selected
 * there is nothing to count in: the line is handed over all the same.
 */
#include <quire/atomic.h>

#include "mm/lib/log.h"
#include "mm/lib/format.h"
#include "mm/lib/string.h"

#define LINE_SIZE 256 /* port_log's promise: 255 bytes and a NUL */

static void count_line(enum log_level level)
{
	struct quire *q = this_quire();

	if (!q)
		return;
	if (level == LOG_WARN)
		count_up(&q->log.warnings);
	else if (level == LOG_ERR)
		count_up(&q->log.errors);
}

/* A newline at the end is a habit of callers, and no part of the line. */
static void drop_newline(char *line)
{
	size_t len = quire_strlen(line);

	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
}

void quire_log(enum log_level level, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	quire_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	drop_newline(line);
	count_line(level);
	port_log(level, line);
}

void quire_warn(const void *caller, const char *fmt, ...)
{
	static const char begin[] = "WARNING: ";
	char line[LINE_SIZE], end[40];
	size_t end_size, len;
	va_list args;

	end_size = (size_t)quire_snprintf(end, sizeof(end), ", called from %p", caller) + 1;
	memcpy(line, begin, sizeof(begin));
	va_start(args, fmt);
	/* A long text is cut, so that the caller is always named. */
	quire_vsnprintf(line + sizeof(begin) - 1,
			sizeof(line) - (sizeof(begin) - 1) - (end_size - 1), fmt, args);
	va_end(args);
	drop_newline(line);
	len = quire_strlen(line);
	memcpy(line + len, end, end_size);
	count_line(LOG_WARN);
	port_log(LOG_WARN, line);
}

void quire_panic(const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	quire_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	drop_newline(line);
	port_panic(line);
}
