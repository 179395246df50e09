/* SPDX-License-Identifier: MIT */
/*
 * string.c - the four memory functions, for embedders that have none; and our own two.
 *
 * The four are weak: a kernel's own win. A compiler that sees a loop which copies or
 * fills memory likes to replace it by a call of memcpy or memset, which here would call
 * itself. hide() stops that: after it the compiler knows nothing of the pointer.
 */
#include "mm/lib/string.h"

#if CONFIG_MEM_FUNCTIONS

#define WEAK __attribute__((weak))
#define WORD sizeof(word_t)

/* Memory of any type, a word at a time. */
typedef unsigned long __attribute__((may_alias)) word_t;

#define hide(pointer) __asm__("" : "+r"(pointer))

static inline bool is_word_aligned(const void *p)
{
	return ((uintptr_t)p & (WORD - 1)) == 0;
}

static inline bool can_copy_words(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

static inline void copy_up(u8 *to, const u8 *from, size_t n)
{
	if (can_copy_words(to, from)) {
		for (; n && !is_word_aligned(to); n--) {
			*to++ = *from++;
			hide(to);
		}
		for (; n >= WORD; n -= WORD) {
			*(word_t *)to = *(const word_t *)from;
			to += WORD;
			from += WORD;
			hide(to);
		}
	}
	for (; n; n--) {
		*to++ = *from++;
		hide(to);
	}
}

/* The same from the end: `to` and `from` are the ends. */
static inline void copy_down(u8 *to, const u8 *from, size_t n)
{
	if (can_copy_words(to, from)) {
		for (; n && !is_word_aligned(to); n--) {
			*--to = *--from;
			hide(to);
		}
		for (; n >= WORD; n -= WORD) {
			to -= WORD;
			from -= WORD;
			*(word_t *)to = *(const word_t *)from;
			hide(to);
		}
	}
	for (; n; n--) {
		*--to = *--from;
		hide(to);
	}
}

WEAK void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	copy_up(dest, src, n);
	return dest;
}

WEAK void *memmove(void *dest, const void *src, size_t n)
{
	/* Below the source, or not in it at all: what is overwritten has been read. */
	if ((uintptr_t)dest - (uintptr_t)src >= n)
		copy_up(dest, src, n);
	else
		copy_down((u8 *)dest + n, (const u8 *)src + n, n);
	return dest;
}

WEAK void *memset(void *dest, int byte, size_t n)
{
	word_t pattern = ~0UL / 255 * (u8)byte;
	u8 *to = dest;

	for (; n && !is_word_aligned(to); n--) {
		*to++ = (u8)byte;
		hide(to);
	}
	for (; n >= WORD; n -= WORD) {
		*(word_t *)to = pattern;
		to += WORD;
		hide(to);
	}
	for (; n; n--) {
		*to++ = (u8)byte;
		hide(to);
	}
	return dest;
}

WEAK int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
		hide(x);
	}
	return 0;
}

#endif

size_t quire_strlen(const char *s)
{
	const char *end = s;

	while (*end) {
		end++;
		/* Nor shall this become a call of strlen. */
		__asm__("" : "+r"(end));
	}
	return (size_t)(end - s);
}

bool quire_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}
