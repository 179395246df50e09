/* SPDX-License-Identifier: MIT */
/*
 * boot_alloc.h - where the boot itself takes memory: node data, zonelists, mem_map.
 *
 * One seam for three sources: memblock, bootmem once it has taken over, or the embedder's
 * `metadata` on a machine whose reserved list is final (MACHINE_AS_DUMPED).
 */
#ifndef MM_BOOT_BOOT_ALLOC_H
#define MM_BOOT_BOOT_ALLOC_H

#include <quire/state.h>

/*
 * `size` bytes in the direct map, `align` a power of two, near node `nid` if there is
 * room (NUMA_NO_NODE: anywhere). Contents are undefined. NULL, after a line in the log
 * that names `what`, when there is none. Only before the page phase. Leak detection does not
 * look through it: for what holds no pointers to objects.
 */
void *boot_alloc_raw(size_t size, size_t align, int nid, const char *what);
/* The same, zeroed, and it is looked through. */
void *boot_alloc(size_t size, size_t align, int nid, const char *what);

#endif
