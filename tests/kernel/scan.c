/* SPDX-License-Identifier: MIT */
/*
 * scan.c - sscanf for tests in a kernel: %d, %u, %x with l and ll, %s and %[...] with a width,
 * spaces, and characters as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernel/kernel_tests.h"

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t\n");
}

static void store(unsigned long long value, int longs, va_list *args)
{
	if (longs == 2)
		*va_arg(*args, unsigned long long *) = value;
	else if (longs == 1)
		*va_arg(*args, unsigned long *) = (unsigned long)value;
	else
		*va_arg(*args, unsigned int *) = (unsigned int)value;
}

/* Reads a number; behind it, or NULL if there is none. */
static const char *scan_number(const char *text, int base, int longs, va_list *args)
{
	bool is_negative;
	unsigned long long value;
	char *end;

	text = skip_spaces(text);
	is_negative = base == 10 && *text == '-';
	text += is_negative;
	if (digit_of(*text) >= base)
		return NULL;
	value = strtoull(text, &end, base);
	store(is_negative ? 0 - value : value, longs, args);
	return end;
}

/* %s, or %[SET] and %[^SET] with *fmt behind the '['. Behind what it reads, or NULL. */
static const char *scan_text(const char *text, const char **fmt, char kind, size_t width,
			     va_list *args)
{
	char set[32] = " \t\n", *to = va_arg(*args, char *);
	bool is_refused = true;
	size_t n;

	if (kind == 's') {
		text = skip_spaces(text);
	} else {
		is_refused = **fmt == '^';
		*fmt += is_refused;
		n = strcspn(*fmt, "]");
		if (n >= sizeof(set))
			abort();
		memcpy(set, *fmt, n);
		set[n] = '\0';
		*fmt += n + 1;
	}
	n = is_refused ? strcspn(text, set) : strspn(text, set);
	if (width && n > width)
		n = width;
	if (!n)
		return NULL;
	memcpy(to, text, n);
	to[n] = '\0';
	return text + n;
}

/* One conversion, *fmt behind its '%'. Behind what it reads, or NULL. */
static const char *scan_one(const char *text, const char **fmt, va_list *args)
{
	char *end;
	size_t width = strtoul(*fmt, &end, 10);
	int longs = (int)strspn(end, "l");
	char kind = end[longs];

	*fmt = end + longs + 1;
	switch (kind) {
	case 'd':
	case 'u': return scan_number(text, 10, longs, args);
	case 'x': return scan_number(text, 16, longs, args);
	case 's':
	case '[': return scan_text(text, fmt, kind, width, args);
	default: abort();
	}
}

int sscanf(const char *text, const char *fmt, ...)
{
	va_list args;
	int converted = 0;

	va_start(args, fmt);
	while (text && *fmt) {
		if (*fmt == '%') {
			fmt++;
			text = scan_one(text, &fmt, &args);
			converted += text != NULL;
		} else if (strchr(" \t\n", *fmt)) {
			text = skip_spaces(text);
			fmt++;
		} else {
			text = *text == *fmt++ ? text + 1 : NULL;
		}
	}
	va_end(args);
	return converted;
}
