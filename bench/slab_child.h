/* SPDX-License-Identifier: MIT */
/*
 * slab_child.h - what is looked at in a process of its own for each subject and size: whether
 * what it hands out is sound, and how much memory it takes. No crew may be at work.
 */
#ifndef BENCH_SLAB_CHILD_H
#define BENCH_SLAB_CHILD_H

#include "bench/slab_subject.h"

/*
 * Two threads hold objects full of a pattern, replace them at random and give each other's back:
 * every object must be aligned, its own and unchanged. How many faults; each is told on stderr, up
 * to some. < 0: the process died.
 */
double slab_check_faults(const struct slab_subject *subject, size_t size);

/*
 * Bytes of memory taken for each byte that is in use, when `live` objects are there, all bytes
 * written, and each was replaced some ten times in random order. < 0: could not be measured.
 */
double slab_memory(const struct slab_subject *subject, size_t size, size_t live);

#endif
