/* SPDX-License-Identifier: MIT */
/*
 * format_test.c - conversions, against the C library's and against what the header promises.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/lib/format.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* The formats here are made up at run time, and some are wrong on purpose. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif

#define SIZE 300

/* Formats with both and compares the text, the length, and that nothing else was written. */
static bool same_v(size_t size, const char *fmt, va_list args)
{
	char ours[SIZE + 8], theirs[SIZE + 8];
	va_list again;
	int a, b;

	memset(ours, '~', sizeof(ours));
	memset(theirs, '~', sizeof(theirs));
	va_copy(again, args);
	a = quire_vsnprintf(ours, size, fmt, args);
	b = vsnprintf(theirs, size, fmt, again);
	va_end(again);
	if (a == b && !memcmp(ours, theirs, sizeof(ours)))
		return true;
	tap_note("format \"%s\" to %zu bytes: %d \"%.*s\", C library %d \"%.*s\"", fmt, size, a,
		 (int)size, ours, b, (int)size, theirs);
	return false;
}

static bool same(size_t size, const char *fmt, ...)
{
	va_list args;
	bool is_same;

	va_start(args, fmt);
	is_same = same_v(size, fmt, args);
	va_end(args);
	return is_same;
}

static void the_usual_lines_of_reports(void)
{
	char line[SIZE];

	CHECK_EQ(quire_snprintf(line, SIZE, "Node %d, zone %8s ", 1, "DMA32"), 22);
	CHECK_STR(line, "Node 1, zone    DMA32 ");
	quire_snprintf(line, SIZE, "%6lu kB", 123UL);
	CHECK_STR(line, "   123 kB");
	quire_snprintf(line, SIZE, "%08llx-%08llx : %s", 0x1000ULL, 0x9fbffULL, "System RAM");
	CHECK_STR(line, "00001000-0009fbff : System RAM");
	quire_snprintf(line, SIZE, "[mem %#018llx-%#018llx]", 0x80000000ULL, 0x9fffffffULL);
	CHECK_STR(line, "[mem 0x0000000080000000-0x000000009fffffff]");
	quire_snprintf(line, SIZE, "%u.%03u%%", 12, 7);
	CHECK_STR(line, "12.007%");
	quire_snprintf(line, SIZE, "%p", (void *)(uintptr_t)0xdeadbeef);
	CHECK_STR(line, "0xdeadbeef");
	quire_snprintf(line, SIZE, "%p", NULL);
	CHECK_STR(line, "0x0");
}

static void limits_of_every_length(void)
{
	CHECK(same(SIZE, "%hhd %hhu %hhx", -128, 255, 0x1ff));
	CHECK(same(SIZE, "%hd %hu %hX", -32768, 65535, 0x1ffff));
	CHECK(same(SIZE, "%d %i %u %o", INT_MIN, INT_MAX, UINT_MAX, UINT_MAX));
	CHECK(same(SIZE, "%ld %ld %lu %lx", LONG_MIN, LONG_MAX, ULONG_MAX, ULONG_MAX));
	CHECK(same(SIZE, "%lld %lld %llu %llX %llo", LLONG_MIN, LLONG_MAX, ULLONG_MAX, ULLONG_MAX,
		   ULLONG_MAX));
	CHECK(same(SIZE, "%zu %zx %zd", SIZE_MAX, SIZE_MAX, (ptrdiff_t)PTRDIFF_MIN));
}

static void every_power_of_ten_and_its_neighbours(void)
{
	unsigned long long power = 1;
	int i;

	for (i = 0; i < 20; i++, power *= 10)
		CHECK(same(SIZE, "%llu %llu %llu", power - 1, power, power + 1));
}

static void zero_and_precision_zero(void)
{
	CHECK(same(SIZE, "[%d] [%.0d] [%5.0d] [%-5.0d] [%+.0d]", 0, 0, 0, 0, 0));
	CHECK(same(SIZE, "[%x] [%#x] [%.0x] [%#.0x]", 0, 0, 0, 0));
	CHECK(same(SIZE, "[%o] [%#o] [%.0o] [%#.0o] [%#05o] [%#.3o]", 0, 0, 0, 0, 0, 0));
}

static void octal_with_number_sign_has_one_leading_zero(void)
{
	CHECK(same(SIZE, "[%#o] [%#.2o] [%#.3o] [%#8o] [%#08o] [%-#8o]", 8, 8, 8, 8, 8, 8));
}

static void strings_are_cut_by_precision_and_need_no_end(void)
{
	const char no_end[3] = { 'a', 'b', 'c' };

	CHECK(same(SIZE, "[%s] [%10s] [%-10s] [%.2s] [%5.2s]", "quire", "quire", "quire", "quire",
		   "quire"));
	CHECK(same(SIZE, "[%.3s] [%.*s]", no_end, 2, no_end));
	CHECK(same(SIZE, "[%s] [%.5s] [%.6s] [%10s]", NULL, NULL, NULL, NULL));
	CHECK(same(SIZE, "[%c] [%3c] [%-3c]", 'q', 'q', 'q'));
}

static void counts_may_be_arguments(void)
{
	CHECK(same(SIZE, "[%*d] [%-*d] [%*d]", 7, 42, 7, 42, -7, 42));
	CHECK(same(SIZE, "[%.*d] [%.*d] [%*.*d]", 4, 42, -1, 42, 9, 3, 42));
}

static void a_count_beyond_reason_is_bounded(void)
{
	CHECK_EQ(quire_snprintf(NULL, 0, "%*d", INT_MIN, 1), 1 << 24);
	CHECK_EQ(quire_snprintf(NULL, 0, "%999999999999999999999d", 1), 1 << 24);
}

static void a_small_buffer_is_filled_and_ended(void)
{
	size_t size;

	for (size = 0; size < 30; size++)
		CHECK(same(size, "%s %d, %-8x|", "free pages", 43984, 0xabc));
	CHECK_EQ(quire_snprintf(NULL, 0, "%d pages", 43984), 11);
}

static void what_is_no_conversion_appears_as_written(void)
{
	char line[SIZE];

	CHECK_EQ(quire_snprintf(line, SIZE, "100%% %q %5y", 1, 2), 11);
	CHECK_STR(line, "100% %q %5y");
	quire_snprintf(line, SIZE, "at the end %");
	CHECK_STR(line, "at the end %");
	quire_snprintf(line, SIZE, "and %-08l");
	CHECK_STR(line, "and %-08l");
}

struct pieces {
	char *text;
	size_t len;
};

static void collect(void *ctx, const char *text, size_t len)
{
	struct pieces *pieces = ctx;

	memcpy(pieces->text + pieces->len, text, len);
	pieces->len += len;
}

static int stream(struct pieces *pieces, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = quire_vformat(collect, pieces, fmt, args);
	va_end(args);
	return len;
}

static void a_stream_has_no_limit(void)
{
	enum { LONG = 100000 };
	char *text = malloc(LONG + 1), *out = malloc(2 * LONG + 100),
	     *expected = malloc(2 * LONG + 100);
	struct pieces pieces = { out, 0 };
	int len;

	memset(text, 'x', LONG);
	text[LONG] = '\0';
	len = sprintf(expected, "%s|%*d|%s", text, 777, 5, "end");
	CHECK_EQ(stream(&pieces, "%s|%*d|%s", text, 777, 5, "end"), len);
	CHECK_EQ(pieces.len, len);
	CHECK(!memcmp(out, expected, (size_t)len));
	free(text);
	free(out);
	free(expected);
}

/* ---- random conversions ---- */

static u64 random_number(void)
{
	/* Of every size: most random 64-bit numbers have twenty digits. */
	u64 value = test_random() >> test_random_below(64);

	return test_random_below(4) ? value : 0 - value;
}

/* Appends a random choice of flags, width, precision. */
static char *random_spec(char *at, const char *flags)
{
	for (*at++ = '%'; *flags; flags++)
		if (!test_random_below(3))
			*at++ = *flags;
	if (test_random_below(2))
		at += sprintf(at, "%d", (int)test_random_below(40) + 1);
	if (!test_random_below(3))
		at += sprintf(at, ".%d", (int)test_random_below(30));
	return at;
}

static bool random_integer(char conversion, const char *flags)
{
	static const char *const lengths[] = { "", "hh", "h", "l", "ll", "z" };
	size_t length = test_random_below(6), size = test_random_below(60);
	char fmt[64], *at = random_spec(fmt, flags);
	u64 value = random_number();

	sprintf(at, "%s%c|", lengths[length], conversion);
	switch (length) {
	case 3:
		return same(size, fmt, (long)value);
	case 4:
		return same(size, fmt, (long long)value);
	case 5:
		return same(size, fmt, (size_t)value);
	default:
		return same(size, fmt, (int)value);
	}
}

static void random_integers_match_the_c_library(void)
{
	unsigned long i;

	for (i = 0; i < test_rounds(20000); i++) {
		REQUIRE(random_integer(test_random_below(2) ? 'd' : 'i', "-0+ "));
		REQUIRE(random_integer('u', "-0"));
		REQUIRE(random_integer("xXo"[test_random_below(3)], "-0#"));
	}
}

static void random_strings_and_pointers_match_the_c_library(void)
{
	unsigned long i;
	size_t n;

	for (i = 0; i < test_rounds(10000); i++) {
		char fmt[64], text[50], *at = random_spec(fmt, "-");

		for (n = 0; n < test_random_below(sizeof(text) - 1); n++)
			text[n] = (char)(1 + test_random_below(255));
		text[n] = '\0';
		sprintf(at, "s|");
		REQUIRE(same(test_random_below(80), fmt, text));
		sprintf(fmt, "%%%s%dp", test_random_below(2) ? "-" : "",
			(int)test_random_below(30) + 1);
		REQUIRE(same(SIZE, fmt, (void *)(uintptr_t)(random_number() | 1)));
	}
}

static void a_row_of_a_hex_dump_has_its_text_in_one_column(void)
{
	char row[HEX_ROW_CHARS];

	quire_hex_row(row, "0123456789abcde~f", 17);
	CHECK_STR(row, "30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 7e  0123456789abcde~");
	quire_hex_row(row, "\x00\xffz\x7f", 4);
	CHECK_STR(row, "00 ff 7a 7f                                      ..z.");
	quire_hex_row(row, "", 0);
	CHECK_STR(row, "                                                 ");
}

const struct tap_test tap_tests[] = {
	TEST(the_usual_lines_of_reports),
	TEST(limits_of_every_length),
	TEST(every_power_of_ten_and_its_neighbours),
	TEST(zero_and_precision_zero),
	TEST(octal_with_number_sign_has_one_leading_zero),
	TEST(strings_are_cut_by_precision_and_need_no_end),
	TEST(counts_may_be_arguments),
	TEST(a_count_beyond_reason_is_bounded),
	TEST(a_small_buffer_is_filled_and_ended),
	TEST(what_is_no_conversion_appears_as_written),
	TEST(a_stream_has_no_limit),
	TEST(random_integers_match_the_c_library),
	TEST(random_strings_and_pointers_match_the_c_library),
	TEST(a_row_of_a_hex_dump_has_its_text_in_one_column),
	{ NULL, NULL },
};
