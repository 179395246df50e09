/* SPDX-License-Identifier: MIT */
/*
 * stdlib.h - what tests in a kernel use of it: tests/kernel/heap.c, numbers.c, main.c.
 */
#ifndef TESTS_KERNEL_STDLIB_H
#define TESTS_KERNEL_STDLIB_H

#include <stddef.h>

/* Memory of the test that runs: all of it is gone when the test ends. */
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);

unsigned long strtoul(const char *s, char **end, int base);
unsigned long long strtoull(const char *s, char **end, int base);

/* The environment is the kernel's command line: its words of the form NAME=VALUE. */
char *getenv(const char *name);
_Noreturn void abort(void);

#endif
