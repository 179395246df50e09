/* SPDX-License-Identifier: MIT */
/*
 * shadow.h - what AddressSanitizer remembers of addresses that are given back to the host.
 *
 * Its shadow (a byte for 8) outlives a mapping, and whoever gets the addresses next would inherit
 * what was closed there. To write it for a sparse machine would take memory for all of it, so
 * the shadow's own pages are given back: they then read as 0, accessible.
 */
#ifndef PORT_HOST_SHADOW_H
#define PORT_HOST_SHADOW_H

#include "mm/lib/annotate.h"

#if CONFIG_ASAN
#include <sys/mman.h>
#include <unistd.h>

void __asan_get_shadow_mapping(size_t *scale, size_t *offset);

/* Before [at, at + size), which are whole host pages, is unmapped. */
static inline void host_forget_shadow(const void *at, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)at, end = start + size;
	size_t scale, offset;
	uintptr_t from, to;

	__asan_get_shadow_mapping(&scale, &offset);
	from = (((start >> scale) + offset) + page - 1) & ~(page - 1);
	to = ((end >> scale) + offset) & ~(page - 1);
	if (from >= to || madvise((void *)from, to - from, MADV_DONTNEED)) {
		__asan_unpoison_memory_region(at, size);
		return;
	}
	__asan_unpoison_memory_region(at, ((from - offset) << scale) - start);
	__asan_unpoison_memory_region((void *)((to - offset) << scale), end - ((to - offset) << scale));
}
#else
static inline void host_forget_shadow(const void *at, size_t size)
{
	(void)at;
	(void)size;
}
#endif

#endif
