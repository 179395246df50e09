/* SPDX-License-Identifier: MIT */
/*
 * slab_fork.h - a figure that is found in a process of its own.
 */
#ifndef BENCH_SLAB_FORK_H
#define BENCH_SLAB_FORK_H

/* What work(ctx) returned in a child; < 0 if it died. This process must have one thread. */
double slab_in_child(double (*work)(void *ctx), void *ctx);

#endif
