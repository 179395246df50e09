/* SPDX-License-Identifier: MIT */
/*
 * hotplug_support.h - machines into which memory is plugged, for tests: what they have in common.
 */
#ifndef TESTS_PAGE_HOTPLUG_SUPPORT_H
#define TESTS_PAGE_HOTPLUG_SUPPORT_H

#include <quire/quire.h>

#define MB ((phys_addr_t)1 << 20)
#define BLOCK (4 * MB) /* a memory block: one largest block of pages */
#define BLOCK_PAGES 1024UL

/* The machine of the running test. */
extern struct quire_machine *hot_machine;

/* What must be as it was when something came to nothing, or was undone. */
struct hot_counts {
	unsigned long free, total, present[2][MAX_NR_ZONES], managed[2][MAX_NR_ZONES], spanned[2][MAX_NR_ZONES];
	unsigned long low[2][MAX_NR_ZONES], reserve[2][MAX_NR_ZONES], totalreserve, min_free;
	phys_addr_t ram;
	unsigned long regions;
	struct resource *iomem;
};

void hot_count_all(struct hot_counts *c);
/* All is as it was, and consistent. */
void hot_check_same(const struct hot_counts *before);
/* All that can be validated is valid. */
void hot_check_all(void);

struct zone *hot_zone(int nid, enum zone_type type);

/* Three CPUs, these zones, memory blocks of BLOCK; banks and ranges are the caller's to add. */
void hot_describe(unsigned int zones);
/* 16 MB of RAM at 16 MB, room for 24 MB at 40 MB; zones Normal and Movable. */
void hot_boot_flat(void);
/*
 * The machine that is being described, of memory blocks of WBLOCK, gets a window for page structures
 * of frames below `end`. What is not mapped there is a crash.
 */
#define WBLOCK (16 * MB) /* frame_state of so much is a page */
void hot_use_window(phys_addr_t end);
void hot_free_window(void);
extern unsigned long hot_window_mapped; /* bytes that the window shows */
/* 48 MB of RAM at 16 MB, room for 128 MB at 128 MB and for 64 MB at 1 GB; zones Normal and Movable. */
void hot_boot_window(void);

/* RAM is there, and added. */
void hot_plug(phys_addr_t base, phys_addr_t size, int nid);
/* Online as the type (MMOP_) says; the zone it went to. */
struct zone *hot_online(phys_addr_t base, phys_addr_t size, int nid, int type);
int hot_offline(phys_addr_t base, phys_addr_t size, struct zone *zone);

#endif
