/* SPDX-License-Identifier: MIT */
/*
 * memory.c - anonymous mappings that begin at a large page.
 */
#include "bench/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#define LARGE ((uintptr_t)2 << 20)

static bool is_small;

void bench_use_small_pages(void)
{
	is_small = true;
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + LARGE - 1) & ~(uint64_t)(LARGE - 1);
}

/* A large page more than needed is mapped; what lies before and behind goes again. */
void *bench_map(uint64_t bytes)
{
	uint64_t size = round_up(bytes);
	uintptr_t base, start;
	void *got;

	if (size + LARGE > (uint64_t)SIZE_MAX / 2)
		return NULL;
	got = mmap(NULL, (size_t)(size + LARGE), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (got == MAP_FAILED)
		return NULL;
	base = (uintptr_t)got;
	start = (base + LARGE - 1) & ~(LARGE - 1);
	if (start > base)
		munmap(got, start - base);
	if (start < base + LARGE)
		munmap((void *)(start + (uintptr_t)size), base + LARGE - start);
	/* Refused: small pages, for all alike. */
	madvise((void *)start, (size_t)size, is_small ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	return (void *)start;
}

void bench_unmap(void *start, uint64_t bytes)
{
	if (start)
		munmap(start, (size_t)round_up(bytes));
}
