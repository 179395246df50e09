/* SPDX-License-Identifier: MIT */
/*
 * string.h - what tests in a kernel use of it: tests/kernel/strings.c.
 */
#ifndef TESTS_KERNEL_STRING_H
#define TESTS_KERNEL_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *dest, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int byte, size_t n);

size_t strlen(const char *s);
size_t strspn(const char *s, const char *accepted);
size_t strcspn(const char *s, const char *refused);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
char *strcpy(char *restrict dest, const char *restrict src);
char *strcat(char *restrict dest, const char *restrict src);
char *strsep(char **rest, const char *separators);

#endif
