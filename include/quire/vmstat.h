/* SPDX-License-Identifier: MIT */
/*
 * vmstat.h - the counters of mm/page, summed for a reader. What a CPU counts meanwhile may
 * be missing; a sum never goes back. Context: any.
 */
#ifndef QUIRE_VMSTAT_H
#define QUIRE_VMSTAT_H

#include <quire/state.h>

/*
 * How many blocks and single pages were taken, by where they came from (a lot of pages
 * counts each): of a zone, of a node, of all.
 */
unsigned long zone_numa_event_state(const struct zone *zone, enum numa_stat_item item);
/* 0 where there is no such node. */
unsigned long sum_zone_numa_event_state(int nid, enum numa_stat_item item);
unsigned long global_numa_event_state(enum numa_stat_item item);

/* A counter of a zone, of a node, summed over all of them. */
unsigned long global_zone_page_state(enum zone_stat_item item);
unsigned long global_node_page_state(enum node_stat_item item);

#endif
