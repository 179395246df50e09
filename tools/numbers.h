/* SPDX-License-Identifier: MIT */
/*
 * numbers.h - numbers and sizes as people write them.
 */
#ifndef TOOLS_NUMBERS_H
#define TOOLS_NUMBERS_H

#include <quire/types.h>

/*
 * Inside of a text: each reads at *p, moves *p behind what it read, and returns false
 * (with *p where it was) when there is no number there or when it does not fit.
 */
bool text_hex(const char **p, u64 *value);     /* "9fc00", "0x9fc00" */
bool text_decimal(const char **p, u64 *value); /* "42" */
bool text_size(const char **p, u64 *value);    /* "0x1000", "64", "512M": K, M, G, T */

/* A whole word: a number in decimal, or in hex with 0x; true if it is within the limits. */
bool parse_number(const char *text, u64 min, u64 max, u64 *value);
/* A whole word: bytes, perhaps with K, M, G or T, perhaps with a B behind that. */
bool parse_size(const char *text, u64 *bytes);

/* "512 MB"; stays until the fourth call from now. */
const char *size_text(u64 bytes);

#endif
