/* SPDX-License-Identifier: MIT */
/*
 * numbers.c - one reader of digits for the command line, the shell and all kinds of files:
 * the C library's takes blanks and signs that nobody means.
 */
#include "tools/numbers.h"

#include <string.h>

#include "port/host/host.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool digits(const char **p, unsigned int base, u64 *value)
{
	const char *s = *p;
	u64 sum = 0;

	for (; digit_value(*s) < (int)base; s++) {
		u64 digit = (u64)digit_value(*s);

		if (sum > (UINT64_MAX - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	if (s == *p)
		return false;
	*p = s;
	*value = sum;
	return true;
}

static bool has_hex_prefix(const char *p)
{
	return p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
}

bool text_hex(const char **p, u64 *value)
{
	const char *s = has_hex_prefix(*p) ? *p + 2 : *p;

	if (!digits(&s, 16, value))
		return false;
	*p = s;
	return true;
}

bool text_decimal(const char **p, u64 *value)
{
	return digits(p, 10, value);
}

/* log2 of what the letter multiplies by. */
static unsigned int suffix_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	case 't':
	case 'T':
		return 40;
	default:
		return 0;
	}
}

bool text_size(const char **p, u64 *value)
{
	const char *s = *p;
	unsigned int shift;
	u64 number;

	if (!(has_hex_prefix(s) ? text_hex(&s, &number) : text_decimal(&s, &number)))
		return false;
	shift = suffix_shift(*s);
	if (number > UINT64_MAX >> shift)
		return false;
	*value = number << shift;
	*p = s + (shift != 0);
	return true;
}

bool parse_number(const char *text, u64 min, u64 max, u64 *value)
{
	const char *p = text;
	bool ok = has_hex_prefix(p) ? text_hex(&p, value) : text_decimal(&p, value);

	return ok && !*p && *value >= min && *value <= max;
}

bool parse_size(const char *text, u64 *bytes)
{
	const char *p = text;

	if (!text_size(&p, bytes))
		return false;
	if (suffix_shift(p[-1]) && (*p == 'B' || *p == 'b'))
		p++;
	return !*p;
}

const char *size_text(u64 bytes)
{
	static char bufs[4][32];
	static unsigned int next;

	return host_size_text(bytes, bufs[next++ % 4], sizeof(bufs[0]));
}
