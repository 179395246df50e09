/* SPDX-License-Identifier: MIT */
/*
 * meminfo.c - /proc/meminfo, the rows whose values exist so far.
 *
 * As in Linux, free memory is what the zones have: pages that CPUs keep on their own
 * lists are not in it.
 */
#include <quire/cma.h>
#include <quire/percpu.h>
#include <quire/vmstat.h>

#include "mm/lib/bitmap.h"
#include "mm/proc/internal.h"

/* Free pages, and those of them that the direct map does not reach. */
struct free_pages {
	unsigned long all, high;
};

/* ZONE_MOVABLE is cut from the top zone: above lowmem it is highmem too. */
static bool is_highmem(const struct zone *zone)
{
	return zone->zone_idx == ZONE_HIGHMEM ||
	       (zone->zone_idx == ZONE_MOVABLE && zone->zone_start_pfn >= max_low_pfn);
}

static struct free_pages count_free_pages(void)
{
	struct free_pages free = { 0, 0 };
	struct zone *zone;

	for_each_populated_zone(zone) {
		unsigned long pages = zone_page_state(zone, NR_FREE_PAGES);

		free.all += pages;
		if (is_highmem(zone))
			free.high += pages;
	}
	return free;
}

/* Objects, and what else was said to be given back when it is asked for. */
static unsigned long reclaimable_pages(void)
{
	return global_node_page_state(NR_SLAB_RECLAIMABLE) + global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE);
}

static unsigned long low_watermarks(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += low_wmark_pages(zone);
	return pages;
}

/*
 * Free pages less what the watermarks and reserves keep back; and of what can be reclaimed all but half of it, or
 * but the low watermarks: some of it will be in use.
 */
static unsigned long available_pages(unsigned long free)
{
	unsigned long reserve = this_quire()->page.totalreserve_pages, reclaimable = reclaimable_pages();

	free += reclaimable - min_of(reclaimable / 2, low_watermarks());
	return free > reserve ? free - reserve : 0;
}

static void show_kb(struct seq_file *m, const char *name, unsigned long kb)
{
	seq_printf(m, "%-15s %8lu kB\n", name, kb);
}

static void show_row(struct seq_file *m, const char *name, unsigned long pages)
{
	show_kb(m, name, pages_to_kb(pages));
}

static void show_highmem_rows(struct seq_file *m, const struct free_pages *free)
{
	show_row(m, "HighTotal:", totalhigh_pages());
	show_row(m, "HighFree:", free->high);
	show_row(m, "LowTotal:", totalram_pages() - totalhigh_pages());
	show_row(m, "LowFree:", free->all - free->high);
}

static void show_slab_rows(struct seq_file *m)
{
	unsigned long reclaimable = global_node_page_state(NR_SLAB_RECLAIMABLE);
	unsigned long unreclaimable = global_node_page_state(NR_SLAB_UNRECLAIMABLE);

	show_row(m, "KReclaimable:", reclaimable_pages());
	show_row(m, "Slab:", reclaimable + unreclaimable);
	show_row(m, "SReclaimable:", reclaimable);
	show_row(m, "SUnreclaim:", unreclaimable);
}

/*
 * From the state alone: a machine without page tables shows them, too. The largest gap has
 * not been looked for since Linux 4.3; its row is for old readers.
 */
static void show_vmalloc_rows(struct seq_file *m)
{
	unsigned long bytes = 0, pages = 0;

#if CONFIG_MMU
	const struct vmalloc_state *vmalloc = &this_quire()->kvirt.vmalloc;

	bytes = (unsigned long)(vmalloc->end - vmalloc->start);
	pages = load_relaxed(vmalloc->nr_pages);
#endif
	show_kb(m, "VmallocTotal:", bytes >> 10);
	show_row(m, "VmallocUsed:", pages);
	show_kb(m, "VmallocChunk:", 0);
}

static unsigned long cma_free_pages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		pages += zone_page_state(zone, NR_FREE_CMA_PAGES);
	return pages;
}

void meminfo_show(struct seq_file *m)
{
	struct free_pages free = count_free_pages();

	show_row(m, "MemTotal:", totalram_pages());
	show_row(m, "MemFree:", free.all);
	show_row(m, "MemAvailable:", available_pages(free.all));
	if (zone_configured(ZONE_HIGHMEM))
		show_highmem_rows(m, &free);
	show_slab_rows(m);
	show_vmalloc_rows(m);
	show_row(m, "Percpu:", pcpu_nr_pages());
	/* Linux has these in kernels with CMA. */
	if (totalcma_pages) {
		show_row(m, "CmaTotal:", totalcma_pages);
		show_row(m, "CmaFree:", cma_free_pages());
	}
}
