/* SPDX-License-Identifier: MIT */
/*
 * string.h - the four functions that a freestanding compiler may call, declared here
 * because there is no <string.h>, and two of our own.
 *
 * A kernel has the four; where it has not, CONFIG_MEM_FUNCTIONS gives weak ones (string.c).
 */
#ifndef MM_LIB_STRING_H
#define MM_LIB_STRING_H

#include <quire/types.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *dest, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

size_t quire_strlen(const char *s);
bool quire_streq(const char *a, const char *b);

#endif
