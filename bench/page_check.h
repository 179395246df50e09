/* SPDX-License-Identifier: MIT */
/*
 * page_check.h - watches an allocator: what it hands out must lie in range, be aligned, and
 * be free.
 */
#ifndef BENCH_PAGE_CHECK_H
#define BENCH_PAGE_CHECK_H

#include "bench/page_subject.h"

/* A subject that calls `subject` and looks at all that it returns. One at a time. */
const struct page_subject *page_check_wrap(const struct page_subject *subject);

/* Everything was given back: no frame is held, and as many are free as at first. */
void page_check_all_free(void);

/* Faults found since page_check_wrap; each was told on stderr, up to some. */
size_t page_check_faults(void);
/* Blocks handed out since page_check_wrap. */
size_t page_check_blocks(void);

#endif
