/* SPDX-License-Identifier: MIT */
/*
 * nr_leaks.h - how many objects kmemleak reports now. Inline, so that who does not ask links no kmemleak.
 */
#ifndef TESTS_SUPPORT_NR_LEAKS_H
#define TESTS_SUPPORT_NR_LEAKS_H

#include <quire/kmemleak.h>

static inline unsigned int nr_leaks(void)
{
	struct kmemleak_info info;
	unsigned int kind = 0, nr = 0;
	uintptr_t cursor = 0;

	while (kmemleak_next_leak(&kind, &cursor, &info))
		nr++;
	return nr;
}

#endif
