/* SPDX-License-Identifier: MIT */
/*
 * strings.c - <string.h> for tests in a kernel. Written apart from mm/lib/string.c, which is
 * tested against it.
 */
#include <stdint.h>
#include <string.h>

/*
 * Hides a pointer from the compiler, which else makes a call of memset of the loop in
 * memset.
 */
#define KEEP(pointer) __asm__("" : "+r"(pointer))

/* Memory of any type, a word at a time; x86 reads and writes words at any address. */
#if defined(__x86_64__) || defined(__i386__)
typedef unsigned long __attribute__((may_alias, aligned(1))) word;
#define WORD_ALIGN 1
#else
typedef unsigned long __attribute__((may_alias)) word;
#define WORD_ALIGN sizeof(word)
#endif
#define WORD sizeof(word)

/* What is left of [0, n) after whole blocks of four words. */
static size_t copy_blocks(unsigned char *to, const unsigned char *from, size_t n)
{
	size_t i;

	if (((uintptr_t)to | (uintptr_t)from) % WORD_ALIGN)
		return 0;
	for (i = 0; n - i >= 4 * WORD; i += 4 * WORD) {
		word *t = (word *)(void *)(to + i);
		const word *f = (const word *)(const void *)(from + i);

		t[0] = f[0];
		t[1] = f[1];
		t[2] = f[2];
		t[3] = f[3];
		KEEP(to);
	}
	return i;
}

void *memmove(void *dest, const void *src, size_t n)
{
	unsigned char *to = dest;
	const unsigned char *from = src;
	size_t i;

	if (to > from && to < from + n) {
		for (i = n; i-- > 0;) {
			to[i] = from[i];
			KEEP(to);
		}
		return dest;
	}
	for (i = copy_blocks(to, from, n); i < n; i++) {
		to[i] = from[i];
		KEEP(to);
	}
	return dest;
}

void *memcpy(void *restrict dest, const void *restrict src, size_t n)
{
	return memmove(dest, src, n);
}

void *memset(void *dest, int byte, size_t n)
{
	unsigned char *to = dest, *end = to + n;
	word pattern = (unsigned char)byte * (~0ul / 255);

	for (; to < end && (uintptr_t)to % WORD; to++) {
		*to = (unsigned char)byte;
		KEEP(to);
	}
	for (; (size_t)(end - to) >= 4 * WORD; to += 4 * WORD) {
		word *t = (word *)(void *)to;

		t[0] = t[1] = t[2] = t[3] = pattern;
		KEEP(to);
	}
	for (; to < end; to++) {
		*to = (unsigned char)byte;
		KEEP(to);
	}
	return dest;
}

/* How much of [0, n) is the same, in whole blocks of four words. */
static size_t same_blocks(const unsigned char *a, const unsigned char *b, size_t n)
{
	size_t i;

	if (((uintptr_t)a | (uintptr_t)b) % WORD_ALIGN)
		return 0;
	for (i = 0; n - i >= 4 * WORD; i += 4 * WORD) {
		const word *x = (const word *)(const void *)(a + i);
		const word *y = (const word *)(const void *)(b + i);

		if ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]))
			break;
	}
	return i;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;
	size_t i;

	for (i = same_blocks(x, y, n); i < n; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

void *memchr(const void *s, int byte, size_t n)
{
	const unsigned char *x = s;
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i] == (unsigned char)byte)
			return (void *)(uintptr_t)(x + i);
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end) {
		end++;
		KEEP(end);
	}
	return (size_t)(end - s);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (!*s)
			return (char *)(uintptr_t)found;
	}
}

size_t strspn(const char *s, const char *accepted)
{
	size_t n = 0;

	while (s[n] && strchr(accepted, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *refused)
{
	size_t n = 0;

	while (s[n] && !strchr(refused, s[n]))
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		if (!*a)
			return 0;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strstr(const char *s, const char *part)
{
	size_t n = strlen(part);

	for (; strncmp(s, part, n); s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}

char *strcpy(char *restrict dest, const char *restrict src)
{
	return memcpy(dest, src, strlen(src) + 1);
}

char *strcat(char *restrict dest, const char *restrict src)
{
	strcpy(dest + strlen(dest), src);
	return dest;
}

char *strsep(char **rest, const char *separators)
{
	char *text = *rest;
	size_t n;

	if (!text)
		return NULL;
	n = strcspn(text, separators);
	*rest = text[n] ? text + n + 1 : NULL;
	text[n] = '\0';
	return text;
}
