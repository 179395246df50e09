/* SPDX-License-Identifier: MIT */
/*
 * page_age.h - how an allocator grows old: what is left in whole after a long mixed load.
 */
#ifndef BENCH_PAGE_AGE_H
#define BENCH_PAGE_AGE_H

#include "bench/page_subject.h"

struct page_age {
	size_t operations;
	size_t refused;	     /* allocations */
	double ns;	     /* of an operation */
	double free_share;   /* of all frames, at the end of the load */
	double usable_share; /* of those, in blocks of order 9 or more */
	/* The same when all that could be moved has been given back, and the rest stays. */
	double late_free_share, late_usable_share;
};

/* Ages a subject that was just made, and gives everything back. On thread 0, alone. */
void page_age_run(const struct page_subject *subject, size_t frames, size_t operations,
		  struct page_age *age);

#endif
