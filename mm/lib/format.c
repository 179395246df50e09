/* SPDX-License-Identifier: MIT */
/*
 * format.c - printf's conversions, written piece by piece to a sink.
 *
 * Nothing is collected before it is written, so no text is too long: padding is written
 * in runs, digits in one piece of at most 22 characters. A 64-bit number is taken apart
 * without 64-bit division, for which 32-bit compilers call a helper library.
 */
#include "mm/lib/format.h"
#include "mm/lib/string.h"

#define MAX_DIGITS 22 /* 2^64 in octal */

/* Where the text goes, and how much went there. */
struct sink {
	void (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
	size_t len;
};

/* What stands between the % and the conversion's letter. */
struct spec {
	bool left, zero, plus, space, alternate;
	int width;
	int precision; /* -1: none given */
	char length;   /* 'H' for hh, 'h', 'l', 'L' for ll, 'z', or 0 */
};

/* A number's parts: [pad] prefix [zeros] digits [pad]. */
struct number {
	char prefix[2]; /* a sign, or 0x */
	size_t prefix_len;
	char digits[MAX_DIGITS];
	size_t nr_digits;
};

static void emit(struct sink *out, const char *text, size_t len)
{
	if (len)
		out->write(out->ctx, text, len);
	out->len += len;
}

static void emit_run(struct sink *out, char c, size_t count)
{
	static const char spaces[] = "                ", zeros[] = "0000000000000000";
	const char *run = c == ' ' ? spaces : zeros;

	for (; count > 16; count -= 16)
		emit(out, run, 16);
	emit(out, run, count);
}

/* Divides by ten in place; returns the remainder. */
static unsigned int divide_by_10(u64 *value)
{
	unsigned long small = (unsigned long)*value;
	unsigned int rest = 0;
	u64 quotient = 0;
	int shift;

	if (small == *value) {
		*value = small / 10;
		return (unsigned int)(small % 10);
	}
	/* By hand, in 16-bit digits: the rest and one of them fit 32 bits. */
	for (shift = 48; shift >= 0; shift -= 16) {
		u32 part = rest << 16 | (u32)(*value >> shift & 0xffff);

		quotient = quotient << 16 | part / 10;
		rest = part % 10;
	}
	*value = quotient;
	return rest;
}

static unsigned int take_digit(u64 *value, unsigned int base)
{
	unsigned int digit;

	if (base == 10)
		return divide_by_10(value);
	digit = (unsigned int)(*value & (base - 1));
	*value = base == 16 ? *value >> 4 : *value >> 3;
	return digit;
}

static void make_digits(struct number *number, u64 value, unsigned int base, bool upper)
{
	const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	size_t at = MAX_DIGITS, i;

	while (value)
		number->digits[--at] = alphabet[take_digit(&value, base)];
	number->nr_digits = MAX_DIGITS - at;
	for (i = 0; i < number->nr_digits; i++)
		number->digits[i] = number->digits[at + i];
}

static void emit_number(struct sink *out, const struct spec *spec, const struct number *number)
{
	size_t width = (size_t)spec->width, zeros = 0, len;

	/* Zero has no digits of its own: unless the precision is 0, there is at least one. */
	if (spec->precision < 0)
		zeros = number->nr_digits ? 0 : 1;
	else if ((size_t)spec->precision > number->nr_digits)
		zeros = (size_t)spec->precision - number->nr_digits;
	len = number->prefix_len + zeros + number->nr_digits;
	if (spec->zero && !spec->left && spec->precision < 0 && len < width) {
		zeros += width - len;
		len = width;
	}
	if (!spec->left && len < width)
		emit_run(out, ' ', width - len);
	emit(out, number->prefix, number->prefix_len);
	emit_run(out, '0', zeros);
	emit(out, number->digits, number->nr_digits);
	if (spec->left && len < width)
		emit_run(out, ' ', width - len);
}

static void emit_text(struct sink *out, const struct spec *spec, const char *text, size_t len)
{
	size_t pad = (size_t)spec->width > len ? (size_t)spec->width - len : 0;

	if (!spec->left)
		emit_run(out, ' ', pad);
	emit(out, text, len);
	if (spec->left)
		emit_run(out, ' ', pad);
}

static void format_string(struct sink *out, const struct spec *spec, const char *text)
{
	size_t len = 0;

	/* The C library's habit: all of "(null)" or nothing. */
	if (!text)
		text = spec->precision < 0 || spec->precision >= 6 ? "(null)" : "";
	/* With a precision the text need not end in a NUL. */
	while ((spec->precision < 0 || len < (size_t)spec->precision) && text[len])
		len++;
	emit_text(out, spec, text, len);
}

/* va_list may be an array type: a pointer to it travels only inside a structure. */
struct arguments {
	va_list list;
};

static u64 next_unsigned(struct arguments *args, char length)
{
	switch (length) {
	case 'L':
		return va_arg(args->list, unsigned long long);
	case 'l':
		return va_arg(args->list, unsigned long);
	case 'z':
		return va_arg(args->list, size_t);
	case 'h':
		return (unsigned short)va_arg(args->list, unsigned int);
	case 'H':
		return (unsigned char)va_arg(args->list, unsigned int);
	default:
		return va_arg(args->list, unsigned int);
	}
}

static s64 next_signed(struct arguments *args, char length)
{
	switch (length) {
	case 'L':
		return va_arg(args->list, long long);
	case 'l':
		return va_arg(args->list, long);
	case 'z':
		return va_arg(args->list, ptrdiff_t);
	case 'h':
		return (short)va_arg(args->list, int);
	case 'H':
		return (signed char)va_arg(args->list, int);
	default:
		return va_arg(args->list, int);
	}
}

static void format_signed(struct sink *out, const struct spec *spec, s64 value)
{
	struct number number = { .prefix_len = 0 };

	if (value < 0)
		number.prefix[number.prefix_len++] = '-';
	else if (spec->plus || spec->space)
		number.prefix[number.prefix_len++] = spec->plus ? '+' : ' ';
	make_digits(&number, value < 0 ? 0 - (u64)value : (u64)value, 10, false);
	emit_number(out, spec, &number);
}

static void format_unsigned(struct sink *out, struct spec *spec, char conversion, u64 value)
{
	struct number number = { .prefix_len = 0 };
	unsigned int base = conversion == 'u' ? 10 : conversion == 'o' ? 8 : 16;

	make_digits(&number, value, base, conversion == 'X');
	if (spec->alternate && base == 16 && value) {
		number.prefix[0] = '0';
		number.prefix[1] = conversion;
		number.prefix_len = 2;
	}
	/* %#o: the first digit is a zero, if need be one more than the precision asks for. */
	if (spec->alternate && base == 8) {
		if (spec->precision < 0 && value)
			number.prefix[number.prefix_len++] = '0';
		else if (spec->precision >= 0 && spec->precision <= (int)number.nr_digits)
			spec->precision = (int)number.nr_digits + 1;
	}
	emit_number(out, spec, &number);
}

static void format_pointer(struct sink *out, struct spec *spec, const void *pointer)
{
	struct number number = { .prefix = { '0', 'x' }, .prefix_len = 2 };

	make_digits(&number, (uintptr_t)pointer, 16, false);
	emit_number(out, spec, &number);
}

static const char *read_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		default:
			return fmt;
		}
	}
}

/* Digits, or a * that takes the next argument. Nobody needs more than 16 million. */
static const char *read_count(const char *fmt, int *count, struct arguments *args)
{
	const int top = 1 << 24;
	int n = 0;

	if (*fmt == '*') {
		n = va_arg(args->list, int);
		*count = n > top ? top : n < -top ? -top : n;
		return fmt + 1;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		n = n < top ? n * 10 + (*fmt - '0') : top;
	*count = n;
	return fmt;
}

static const char *read_length(const char *fmt, struct spec *spec)
{
	if (*fmt != 'h' && *fmt != 'l' && *fmt != 'z')
		return fmt;
	spec->length = *fmt++;
	if (*fmt == spec->length && *fmt != 'z') {
		spec->length = *fmt == 'h' ? 'H' : 'L';
		fmt++;
	}
	return fmt;
}

/* Reads what follows a %; returns where the conversion's letter stands. */
static const char *read_spec(const char *fmt, struct spec *spec, struct arguments *args)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = read_flags(fmt, spec);
	fmt = read_count(fmt, &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = read_count(fmt + 1, &spec->precision, args);
	if (spec->precision < 0)
		spec->precision = -1;
	return read_length(fmt, spec);
}

static void convert(struct sink *out, struct spec *spec, char conversion, struct arguments *args)
{
	char c;

	switch (conversion) {
	case 'd':
	case 'i':
		format_signed(out, spec, next_signed(args, spec->length));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		format_unsigned(out, spec, conversion, next_unsigned(args, spec->length));
		break;
	case 'p':
		format_pointer(out, spec, va_arg(args->list, const void *));
		break;
	case 's':
		format_string(out, spec, va_arg(args->list, const char *));
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		emit_text(out, spec, &c, 1);
		break;
	case '%':
		emit(out, "%", 1);
		break;
	}
}

static bool is_conversion(char c)
{
	const char *known = "diuxXopsc%";

	while (*known && *known != c)
		known++;
	return *known && c;
}

int quire_vformat(void (*write)(void *ctx, const char *text, size_t len), void *ctx,
		  const char *fmt, va_list list)
{
	struct sink out = { write, ctx, 0 };
	struct arguments args;
	const char *literal, *end;
	struct spec spec;

	va_copy(args.list, list);
	while (*fmt) {
		for (literal = fmt; *fmt && *fmt != '%'; fmt++)
			;
		emit(&out, literal, (size_t)(fmt - literal));
		if (!*fmt)
			break;
		end = read_spec(fmt + 1, &spec, &args);
		if (!is_conversion(*end)) {
			/* Not one of ours: it appears as it is written. */
			emit(&out, fmt, (size_t)(end - fmt));
			fmt = end;
			continue;
		}
		convert(&out, &spec, *end, &args);
		fmt = end + 1;
	}
	va_end(args.list);
	return (int)out.len;
}

/* A buffer as a sink: what does not fit is dropped. */
struct buffer {
	char *next;
	size_t left; /* without the final NUL */
};

static void write_to_buffer(void *ctx, const char *text, size_t len)
{
	struct buffer *buffer = ctx;
	size_t fits = len < buffer->left ? len : buffer->left;

	memcpy(buffer->next, text, fits);
	buffer->next += fits;
	buffer->left -= fits;
}

int quire_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	char none;
	struct buffer buffer = { size ? buf : &none, size ? size - 1 : 0 };
	int len = quire_vformat(write_to_buffer, &buffer, fmt, args);

	if (size)
		*buffer.next = '\0';
	return len;
}

int quire_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = quire_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

void quire_hex_row(char row[HEX_ROW_CHARS], const void *bytes, size_t nr)
{
	const unsigned char *byte = bytes;
	char *text = row + 3 * HEX_ROW_BYTES;
	unsigned int i;

	*text++ = ' ';
	for (i = 0; i < HEX_ROW_BYTES; i++) {
		if (i < nr) {
			row[3 * i] = "0123456789abcdef"[byte[i] >> 4];
			row[3 * i + 1] = "0123456789abcdef"[byte[i] & 15];
			*text++ = (char)(byte[i] >= 0x20 && byte[i] < 0x7f ? byte[i] : '.');
		} else {
			row[3 * i] = row[3 * i + 1] = ' ';
		}
		row[3 * i + 2] = ' ';
	}
	*text = '\0';
}
