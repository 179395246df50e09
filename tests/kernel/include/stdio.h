/* SPDX-License-Identifier: MIT */
/*
 * stdio.h - what tests in a kernel use of it: text to the serial console, and the files of
 * tests/fixtures, which are in the image. tests/kernel/print.c, scan.c, files.c.
 */
#ifndef TESTS_KERNEL_STDIO_H
#define TESTS_KERNEL_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct test_file FILE;
#define stdout ((FILE *)0)
#define stderr ((FILE *)0)

#define PRINTF(text, arguments) __attribute__((format(printf, text, arguments)))
PRINTF(1, 2) int printf(const char *fmt, ...);
PRINTF(2, 3) int fprintf(FILE *file, const char *fmt, ...);
PRINTF(2, 3) int sprintf(char *restrict text, const char *restrict fmt, ...);
PRINTF(3, 4) int snprintf(char *restrict text, size_t size, const char *restrict fmt, ...);
PRINTF(3, 0) int vsnprintf(char *restrict text, size_t size, const char *restrict fmt, va_list args);
__attribute__((format(scanf, 2, 3))) int sscanf(const char *text, const char *fmt, ...);

/* For reading only. */
FILE *fopen(const char *restrict path, const char *restrict mode);
size_t fread(void *restrict buffer, size_t size, size_t n, FILE *restrict file);
int fclose(FILE *file);

#endif
