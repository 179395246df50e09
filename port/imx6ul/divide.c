/* SPDX-License-Identifier: MIT */
/*
 * divide.c - division of 64-bit numbers, which the compiler calls by a name of the ARM ABI
 * (aeabi.S). The Cortex-A7 divides 32-bit numbers in hardware.
 */
#include "port/imx6ul/divide.h"

/* By a number of 16 bits, as on paper: each digit of 16 bits takes one division in hardware. */
static u64 divide_by_short(u64 n, u32 d, u64 *remainder)
{
	u32 high = (u32)(n >> 32), low = (u32)n, part, digit;
	u64 quotient = (u64)(high / d) << 32;

	part = (high % d) << 16 | low >> 16;
	digit = part / d;
	part = (part % d) << 16 | (low & 0xffff);
	*remainder = part % d;
	return quotient | (u64)digit << 16 | part / d;
}

/* Bit by bit, from where the divisor's highest bit is under the number's. */
static u64 divide_by_bits(u64 n, u64 d, u64 *remainder)
{
	int shift = __builtin_clzll(d) - __builtin_clzll(n);
	u64 quotient = 0;

	for (d <<= shift; shift >= 0; shift--, d >>= 1) {
		quotient <<= 1;
		if (n >= d) {
			n -= d;
			quotient |= 1;
		}
	}
	*remainder = n;
	return quotient;
}

u64 divide_u64(u64 n, u64 d, u64 *remainder)
{
	if (!d)
		__builtin_trap();
	*remainder = n;
	if (n < d)
		return 0;
	if (!(n >> 32)) {
		*remainder = (u32)n % (u32)d;
		return (u32)n / (u32)d;
	}
	return d >> 16 ? divide_by_bits(n, d, remainder) : divide_by_short(n, (u32)d, remainder);
}

s64 divide_s64(s64 n, s64 d, s64 *remainder)
{
	u64 rest, quotient = divide_u64(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d, &rest);

	*remainder = (s64)(n < 0 ? -rest : rest);
	return (s64)((n < 0) != (d < 0) ? -quotient : quotient);
}
