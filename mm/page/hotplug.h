/* SPDX-License-Identifier: MIT */
/*
 * hotplug.h - between the two halves of memory hot-plug: memory_hotplug.c (blocks) and
 * memory_online.c (zones).
 */
#ifndef MM_PAGE_HOTPLUG_H
#define MM_PAGE_HOTPLUG_H

#include <quire/memory_hotplug.h>

/* Between the two nobody else adds, removes or changes blocks; false: somebody does. */
bool hotplug_begin(void);
void hotplug_done(void);
/* Is it a range of whole memory blocks, on a machine that is up and has any? */
bool hotplug_is_whole_blocks(pfn_t start, unsigned long pages);
bool hotplug_all_blocks_are(pfn_t start, unsigned long pages, enum memory_block_state state);

/* online_pages and offline_pages, between hotplug_begin and hotplug_done. */
int hotplug_online(pfn_t start, unsigned long pages, struct zone *zone);
int hotplug_offline(pfn_t start, unsigned long pages, struct zone *zone);
/* The one zone that has all frames of an online block, or NULL. */
struct zone *hotplug_zone_of_block(pfn_t start);

/* Tells all notifiers; 0, or what one of them said, and those after it are not told. */
int hotplug_notify(unsigned long action, struct memory_notify *about);

#endif
