/* SPDX-License-Identifier: MIT */
/*
 * files.c - the files of tests/fixtures, for tests in a kernel: they are in the image.
 */
#include <stdio.h>
#include <string.h>

#include "tests/kernel/kernel_tests.h"

/* One file at a time is open. */
struct test_file {
	const char *at, *end;
};

static struct test_file the_file;

FILE *fopen(const char *restrict path, const char *restrict mode)
{
	const struct kernel_fixture *fixture = kernel_fixtures;

	while (fixture->path && strcmp(fixture->path, path) != 0)
		fixture++;
	if (!fixture->path || strcmp(mode, "r") != 0 || the_file.at)
		return NULL;
	the_file = (struct test_file){ fixture->start, fixture->end };
	return &the_file;
}

size_t fread(void *restrict buffer, size_t size, size_t n, FILE *restrict file)
{
	size_t left = (size_t)(file->end - file->at) / size;

	n = n < left ? n : left;
	memcpy(buffer, file->at, n * size);
	file->at += n * size;
	return n;
}

int fclose(FILE *file)
{
	*file = (struct test_file){ 0 };
	return 0;
}
