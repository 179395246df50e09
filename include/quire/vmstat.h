/* SPDX-License-Identifier: MIT */
/*
 * vmstat.h - the counters of mm/page, summed for a reader. What a CPU counts meanwhile may
 * be missing. Context: any.
 */
#ifndef QUIRE_VMSTAT_H
#define QUIRE_VMSTAT_H

#include <quire/port.h>
#include <quire/atomic.h>
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

/* ---- events ---- */

/*
 * `nr` more, counted by this CPU. Not atomic: an interrupt handler that counts the same event in
 * between may have its count lost. Events before the machine has its CPUs are not counted.
 */
static inline void count_vm_events(enum vm_event_item item, unsigned long nr)
{
	struct page_cpu *cpus = this_quire()->page.cpus_reserved;
	unsigned long *count;

	if (!cpus)
		return;
#if CONFIG_SMP
	cpus += port_cpu_id();
#endif
	count = &cpus->event[item];
	store_relaxed(*count, load_relaxed(*count) + nr);
}
static inline void count_vm_event(enum vm_event_item item)
{
	count_vm_events(item, 1);
}

/* How often it happened, on all CPUs together; what is counted in pages: how many pages. */
unsigned long vm_event(enum vm_event_item item);

#endif
