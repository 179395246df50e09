/* SPDX-License-Identifier: MIT */
/*
 * format.h - text from numbers, without a C library.
 */
#ifndef MM_LIB_FORMAT_H
#define MM_LIB_FORMAT_H

#include <quire/types.h>

/*
 * printf's conversions %d %i %u %x %X %o %c %s %p %%, with the flags - 0 + space #, width
 * and precision (also *), and the lengths hh h l ll z. Writes at most `size` bytes, the
 * NUL included; returns how long the whole text is. No floating point, no %n.
 */
int quire_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
__attribute__((format(printf, 3, 4))) int quire_snprintf(char *buf, size_t size, const char *fmt, ...);

/* The same, to a sink that takes the text piece by piece: no length limit. Returns the length. */
int quire_vformat(void (*write)(void *ctx, const char *text, size_t len), void *ctx,
		  const char *fmt, va_list args);

/*
 * A line of a hex dump: up to 16 of `nr` bytes, as numbers and as text, in columns that do not depend on
 * how many there are.
 */
#define HEX_ROW_BYTES 16u
#define HEX_ROW_CHARS (4 * HEX_ROW_BYTES + 2)
void quire_hex_row(char row[HEX_ROW_CHARS], const void *bytes, size_t nr);

#endif
