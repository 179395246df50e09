/* SPDX-License-Identifier: MIT */
/*
 * proc_support.h - what the tests of the reports share: a report as a string, a machine
 * made by hand of which only the numbers exist, and excerpts of a real Linux's output.
 */
#ifndef TESTS_PROC_SUPPORT_H
#define TESTS_PROC_SUPPORT_H

#include <quire/mmzone.h>
#include <quire/proc.h>

/* The report's whole text; stays until the next call. The test ends if there is no such report. */
const char *report_text(const char *name);

#define PROC_NODES 2
#define PROC_CPUS 8

/*
 * A machine that is up, with `nr_nodes` nodes, whose zones (a bit per zone_type) are empty:
 * page size 4 KiB, one CPU. The test fills in the numbers through proc_zone().
 */
void proc_machine(unsigned int nr_nodes, unsigned int zones);
struct zone *proc_zone(int nid, enum zone_type type);
struct per_cpu_pages *proc_pageset(int nid, enum zone_type type, unsigned int cpu);
/* The zone has so many free blocks of the order, movable ones. Once for each order of a zone. */
void proc_set_free_blocks(struct zone *zone, unsigned int order, unsigned long blocks);
/* The zone's counter has this value; free pages too, which follow from blocks otherwise. */
void proc_set_counter(struct zone *zone, enum zone_stat_item item, unsigned long value);

/* The machine takes boot memory from a buffer, as one that was dumped. */
void proc_boot_memory(void);

/* tests/fixtures/linux-6.1/NAME.txt; stays until the next call. Without it the test fails. */
const char *proc_fixture(const char *name);
/*
 * The lines behind the line `title`, up to the next that begins with `stop`; stays until the
 * next call. "" if there is no such line.
 */
const char *proc_section(const char *text, const char *title, const char *stop);

#endif
