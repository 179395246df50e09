/* SPDX-License-Identifier: MIT */
/*
 * print.c - printf for tests in a kernel. Written apart from mm/lib/format.c, which is tested
 * against it; it reads the conversions that C has for integers, characters, strings and
 * pointers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kernel/kernel_tests.h"

/* Where the text goes: what does not fit is counted only. */
struct output {
	char *text;
	size_t size;
	size_t length;
};

struct spec {
	bool left, zero, plus, space, alternative;
	int width;
	int precision; /* -1: none */
	int longs;     /* l 1, ll 2, h -1, hh -2, z 3 */
	char conversion;
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->size)
		out->text[out->length] = c;
	out->length++;
}

static void put_text(struct output *out, const char *text, size_t n)
{
	while (n--)
		put(out, *text++);
}

static void pad(struct output *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

/* ---- reading a conversion ---- */

static const char *read_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case '+': spec->plus = true; break;
		case ' ': spec->space = true; break;
		case '#': spec->alternative = true; break;
		default: return fmt;
		}
	}
}

static const char *read_count(const char *fmt, int *count, va_list *args)
{
	if (*fmt == '*') {
		*count = va_arg(*args, int);
		return fmt + 1;
	}
	for (*count = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*count = *count * 10 + (*fmt - '0');
	return fmt;
}

/* Behind the '%'. Returns what follows the conversion. */
static const char *read_spec(const char *fmt, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = read_count(read_flags(fmt, spec), &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = read_count(fmt + 1, &spec->precision, args);
	for (;; fmt++) {
		if (*fmt == 'l')
			spec->longs++;
		else if (*fmt == 'h')
			spec->longs--;
		else if (*fmt == 'z')
			spec->longs = 3;
		else
			break;
	}
	spec->conversion = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

/* ---- writing one ---- */

static unsigned long long unsigned_argument(const struct spec *spec, va_list *args)
{
	switch (spec->longs) {
	case 1: return va_arg(*args, unsigned long);
	case 2: return va_arg(*args, unsigned long long);
	case 3: return va_arg(*args, size_t);
	case -1: return (unsigned short)va_arg(*args, unsigned int);
	case -2: return (unsigned char)va_arg(*args, unsigned int);
	default: return va_arg(*args, unsigned int);
	}
}

static long long signed_argument(const struct spec *spec, va_list *args)
{
	switch (spec->longs) {
	case 1: return va_arg(*args, long);
	case 2: return va_arg(*args, long long);
	case 3: return (ptrdiff_t)va_arg(*args, size_t);
	case -1: return (short)va_arg(*args, int);
	case -2: return (signed char)va_arg(*args, int);
	default: return va_arg(*args, int);
	}
}

/* The sign or 0x, then zeros, then the digits, in a field of spaces. */
static void put_number(struct output *out, const struct spec *spec, unsigned long long value,
		       unsigned int base, const char *prefix)
{
	char digits[24];
	int n = 0, zeros, spaces, prefix_length = (int)strlen(prefix);
	const char *names = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		digits[n++] = names[value % base];
	zeros = (spec->precision < 0 ? 1 : spec->precision) - n;
	if (base == 8 && spec->alternative && zeros <= 0)
		zeros = 1;
	if (zeros < 0)
		zeros = 0;
	if (spec->zero && !spec->left && spec->precision < 0 &&
	    zeros < spec->width - n - prefix_length)
		zeros = spec->width - n - prefix_length;
	spaces = spec->width - n - zeros - prefix_length;
	if (!spec->left)
		pad(out, ' ', spaces);
	put_text(out, prefix, (size_t)prefix_length);
	pad(out, '0', zeros);
	while (n)
		put(out, digits[--n]);
	if (spec->left)
		pad(out, ' ', spaces);
}

static void put_signed(struct output *out, const struct spec *spec, long long value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(out, spec, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value,
		   10, sign);
}

static void put_hex(struct output *out, const struct spec *spec, unsigned long long value)
{
	bool has_prefix = spec->alternative && value;

	put_number(out, spec, value, 16, !has_prefix ? "" : spec->conversion == 'X' ? "0X" : "0x");
}

static void put_string(struct output *out, const struct spec *spec, const char *s)
{
	const char *end;
	int n;

	if (!s)
		s = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
	end = spec->precision < 0 ? NULL : memchr(s, '\0', (size_t)spec->precision);
	n = end ? (int)(end - s) : spec->precision < 0 ? (int)strlen(s) : spec->precision;
	if (!spec->left)
		pad(out, ' ', spec->width - n);
	put_text(out, s, (size_t)n);
	if (spec->left)
		pad(out, ' ', spec->width - n);
}

static void put_character(struct output *out, const struct spec *spec, char c)
{
	if (!spec->left)
		pad(out, ' ', spec->width - 1);
	put(out, c);
	if (spec->left)
		pad(out, ' ', spec->width - 1);
}

static void put_pointer(struct output *out, struct spec *spec, const void *p)
{
	spec->precision = -1;
	if (!p) {
		put_string(out, spec, "(nil)");
		return;
	}
	spec->alternative = true;
	put_hex(out, spec, (uintptr_t)p);
}

static void convert(struct output *out, struct spec *spec, va_list *args)
{
	switch (spec->conversion) {
	case 'd':
	case 'i': put_signed(out, spec, signed_argument(spec, args)); break;
	case 'u': put_number(out, spec, unsigned_argument(spec, args), 10, ""); break;
	case 'o': put_number(out, spec, unsigned_argument(spec, args), 8, ""); break;
	case 'x':
	case 'X': put_hex(out, spec, unsigned_argument(spec, args)); break;
	case 'p': put_pointer(out, spec, va_arg(*args, void *)); break;
	case 's': put_string(out, spec, va_arg(*args, const char *)); break;
	case '%': put(out, '%'); break;
	case 'c': put_character(out, spec, (char)va_arg(*args, int)); break;
	default: /* a conversion that this file does not know would be passed over in silence */
		abort();
	}
}

int vsnprintf(char *restrict text, size_t size, const char *restrict fmt, va_list args)
{
	struct output out = { text, size, 0 };
	struct spec spec;
	va_list rest;

	va_copy(rest, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = read_spec(fmt + 1, &spec, &rest);
		convert(&out, &spec, &rest);
	}
	va_end(rest);
	if (size)
		text[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

int snprintf(char *restrict text, size_t size, const char *restrict fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text, size, fmt, args);
	va_end(args);
	return length;
}

int sprintf(char *restrict text, const char *restrict fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text, (size_t)-1 / 2, fmt, args);
	va_end(args);
	return length;
}

/* ---- to the console: all files are one ---- */

static int vprintf(const char *fmt, va_list args)
{
	static char line[8192];
	int length = vsnprintf(line, sizeof(line), fmt, args);

	console_write(line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
	return length;
}

int printf(const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vprintf(fmt, args);
	va_end(args);
	return length;
}

int fprintf(FILE *file, const char *fmt, ...)
{
	va_list args;
	int length;

	(void)file;
	va_start(args, fmt);
	length = vprintf(fmt, args);
	va_end(args);
	return length;
}
