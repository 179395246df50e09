/* SPDX-License-Identifier: MIT */
/*
 * numbers.c - numbers from text, and the divisions of 64-bit numbers that a compiler for i386
 * calls a function for.
 */
#include <stdlib.h>

#include "tests/kernel/kernel_tests.h"

int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

/* Without a sign: nobody here has one to read. */
unsigned long long strtoull(const char *s, char **end, int base)
{
	unsigned long long value = 0;

	while (*s == ' ' || *s == '\t' || *s == '\n')
		s++;
	if ((!base || base == 16) && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') &&
	    digit_of(s[2]) < 16) {
		base = 16;
		s += 2;
	} else if (!base) {
		base = *s == '0' ? 8 : 10;
	}
	for (; digit_of(*s) < base; s++)
		value = value * (unsigned int)base + (unsigned int)digit_of(*s);
	if (end)
		*end = (char *)(uintptr_t)s;
	return value;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	return (unsigned long)strtoull(s, end, base);
}

#ifdef __i386__ /* port/imx6ul has those of its processor */

/* As on paper, with digits of 32 bits, which the CPU divides. */
static u64 divide_by_word(u64 value, u32 by, u64 *rest)
{
	u32 high = (u32)(value >> 32), low, left = high % by;

	__asm__("divl %2" : "=a"(low), "+d"(left) : "r"(by), "0"((u32)value) : "cc");
	*rest = left;
	return (u64)(high / by) << 32 | low;
}

/* With digits of one bit. */
static u64 divide(u64 value, u64 by, u64 *rest)
{
	u64 quotient = 0;
	int shift;

	if (!(by >> 32))
		return divide_by_word(value, (u32)by, rest);
	shift = value >> 32 ? __builtin_clz((u32)(by >> 32)) - __builtin_clz((u32)(value >> 32)) : -1;
	for (; shift >= 0; shift--) {
		if (value >= by << shift) {
			value -= by << shift;
			quotient |= (u64)1 << shift;
		}
	}
	*rest = value;
	return quotient;
}

static s64 divide_signed(s64 value, s64 by, s64 *rest)
{
	u64 left, quotient = divide(value < 0 ? 0 - (u64)value : (u64)value,
				    by < 0 ? 0 - (u64)by : (u64)by, &left);

	*rest = (s64)(value < 0 ? 0 - left : left);
	return (s64)((value < 0) != (by < 0) ? 0 - quotient : quotient);
}

u64 __udivmoddi4(u64 value, u64 by, u64 *rest);
u64 __udivdi3(u64 value, u64 by);
u64 __umoddi3(u64 value, u64 by);
s64 __divdi3(s64 value, s64 by);
s64 __moddi3(s64 value, s64 by);

u64 __udivmoddi4(u64 value, u64 by, u64 *rest)
{
	return divide(value, by, rest);
}

u64 __udivdi3(u64 value, u64 by)
{
	u64 rest;

	return divide(value, by, &rest);
}

u64 __umoddi3(u64 value, u64 by)
{
	u64 rest;

	divide(value, by, &rest);
	return rest;
}

s64 __divdi3(s64 value, s64 by)
{
	s64 rest;

	return divide_signed(value, by, &rest);
}

s64 __moddi3(s64 value, s64 by)
{
	s64 rest;

	divide_signed(value, by, &rest);
	return rest;
}

#endif
