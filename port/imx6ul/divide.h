/* SPDX-License-Identifier: MIT */
/* divide.h - division of 64-bit numbers. */
#ifndef PORT_IMX6UL_DIVIDE_H
#define PORT_IMX6UL_DIVIDE_H

#include <quire/types.h>

/* The quotient toward zero; the remainder has the sign of `n`. `d` 0 is a trap. */
u64 divide_u64(u64 n, u64 d, u64 *remainder);
s64 divide_s64(s64 n, s64 d, s64 *remainder);

#endif
