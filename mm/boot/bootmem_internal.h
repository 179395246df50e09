/* SPDX-License-Identifier: MIT */
/*
 * bootmem_internal.h - what bootmem.c (the maps) and bootmem_handover.c (where they come
 * from and where they go) share.
 */
#ifndef MM_BOOT_BOOTMEM_INTERNAL_H
#define MM_BOOT_BOOTMEM_INTERNAL_H

#include <quire/bootmem.h>

/* The nodes, by their first page frame. */
struct list_head *bootmem_list(void);
/* The node of a memblock region; one that belongs to no node in particular is node 0's. */
int bootmem_region_node(const struct memblock_region *region);
/* Bytes of a bitmap of so many bits: whole longs. */
unsigned long bootmem_map_bytes(unsigned long pages);
/* Links the node: frames [start, end), all taken. Returns the map's bytes. */
unsigned long bootmem_start_map(bootmem_data_t *bdata, unsigned long *map, pfn_t start, pfn_t end);
/* Clears the bits of frames inside the node's map, which the caller has checked. */
void bootmem_free_frames(bootmem_data_t *bdata, pfn_t start, pfn_t end);
/* The first maximal run of free frames at or after `from` in one node. */
bool bootmem_next_free_run(const bootmem_data_t *bdata, pfn_t from, pfn_t *start, pfn_t *end);

#endif
