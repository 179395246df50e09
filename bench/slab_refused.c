/* SPDX-License-Identifier: MIT */
/*
 * slab_refused.c - how slab_bench ends when an allocator has no object for it: there is no row without one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/slab_subject.h"

void slab_refused(size_t size)
{
	fprintf(stderr, "slab_bench: an object of %zu bytes was refused\n", size);
	exit(1);
}
