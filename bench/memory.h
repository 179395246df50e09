/* SPDX-License-Identifier: MIT */
/*
 * memory.h - memory of the host for what is measured.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stdint.h>

/*
 * Zeroed memory of the host, in large pages where it has them, as a kernel's own memory
 * is mapped; costs nothing until it is touched. NULL: no room.
 */
void *bench_map(uint64_t bytes);
void bench_unmap(void *start, uint64_t bytes);
/* From now on in small pages, whatever the host has. */
void bench_use_small_pages(void);

#endif
