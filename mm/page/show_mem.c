/* SPDX-License-Identifier: MIT */
/*
 * show_mem.c - the report: what memory there is and how it is used, in Linux 6.1's words.
 *
 * When an allocation fails somebody has to find out why from the log alone, perhaps much
 * later. So the report has all that the decision was made from: the request, the counts
 * of nodes and zones, marks and reserves, and the free blocks by order and type.
 *
 * Linux's lines may be longer than port_log takes. A line is put together from fields that
 * begin with what parts them from the one before; one that does not fit begins the next
 * line, so the lines joined as they are give Linux's.
 *
 * Linux begins with the name of the task. There are no tasks here: the CPU is named, which
 * is what an embedder can look up his own in. Linux limits reports by time; without a
 * clock the first 10 failures are reported, and then those whose number is a power of two,
 * so that an endless row of failures costs a few dozen reports and not the log.
 * rearm_alloc_warnings() begins anew.
 */
#include <quire/atomic.h>
#include <quire/vmstat.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

#define LINE_MAX 255 /* what port_log takes */
#define FIELD_MAX 79
#define REPORT_BURST 10

/* ---- lines of fields ---- */

struct line {
	enum log_level level;
	size_t used;
	char text[LINE_MAX + 1];
};

static void line_end(struct line *line)
{
	if (line->used)
		quire_log(line->level, "%s", line->text);
	line->used = 0;
}

/* One field; it never parts. */
__attribute__((format(printf, 2, 3))) static void line_add(struct line *line, const char *fmt, ...)
{
	char field[FIELD_MAX + 1];
	size_t len;
	va_list args;

	va_start(args, fmt);
	quire_vsnprintf(field, sizeof(field), fmt, args);
	va_end(args);
	len = quire_strlen(field);
	if (line->used + len > LINE_MAX)
		line_end(line);
	memcpy(line->text + line->used, field, len + 1);
	line->used += len;
}

static unsigned long kilobytes(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

static void add_kilobytes(struct line *line, const char *name, unsigned long pages)
{
	line_add(line, " %s%lukB", name, kilobytes(pages));
}

/* ---- the whole machine ---- */

static unsigned long node_stat(const pg_data_t *pgdat, enum node_stat_item item)
{
	return load_relaxed(pgdat->vm_stat[item]);
}

static bool has_own_lists(const struct zone *zone)
{
	return zone->per_cpu_pageset != &this_quire()->page.boot_pageset;
}

static unsigned long pages_of_cpu(const struct zone *zone, unsigned int cpu)
{
	return has_own_lists(zone) ? per_cpu_pages_count(&zone->per_cpu_pageset[cpu]) : 0;
}

static unsigned long pages_of_cpus(const struct zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		pages += pages_of_cpu(zone, cpu);
	return pages;
}

static void show_totals(void)
{
	unsigned long free_pcp = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		free_pcp += pages_of_cpus(zone);
	pr_info("active_anon:%lu inactive_anon:%lu isolated_anon:%lu", global_node_page_state(NR_ACTIVE_ANON),
		global_node_page_state(NR_INACTIVE_ANON), global_node_page_state(NR_ISOLATED_ANON));
	pr_info(" active_file:%lu inactive_file:%lu isolated_file:%lu",
		global_node_page_state(NR_ACTIVE_FILE), global_node_page_state(NR_INACTIVE_FILE),
		global_node_page_state(NR_ISOLATED_FILE));
	pr_info(" unevictable:%lu dirty:%lu writeback:%lu", global_node_page_state(NR_UNEVICTABLE),
		global_node_page_state(NR_FILE_DIRTY), global_node_page_state(NR_WRITEBACK));
	pr_info(" slab_reclaimable:%lu slab_unreclaimable:%lu", global_node_page_state(NR_SLAB_RECLAIMABLE),
		global_node_page_state(NR_SLAB_UNRECLAIMABLE));
	pr_info(" mapped:%lu shmem:%lu pagetables:%lu", global_node_page_state(NR_FILE_MAPPED),
		global_node_page_state(NR_SHMEM), global_node_page_state(NR_PAGETABLE));
	pr_info(" sec_pagetables:%lu bounce:%lu", global_node_page_state(NR_SECONDARY_PAGETABLE),
		global_zone_page_state(NR_BOUNCE));
	pr_info(" kernel_misc_reclaimable:%lu", global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE));
	pr_info(" free:%lu free_pcp:%lu free_cma:%lu", global_zone_page_state(NR_FREE_PAGES), free_pcp,
		global_zone_page_state(NR_FREE_CMA_PAGES));
}

/* ---- a node ---- */

static void show_node(const pg_data_t *pgdat)
{
	static const struct {
		const char *name;
		enum node_stat_item item;
	} fields[] = {
		{ "active_anon:", NR_ACTIVE_ANON },
		{ "inactive_anon:", NR_INACTIVE_ANON },
		{ "active_file:", NR_ACTIVE_FILE },
		{ "inactive_file:", NR_INACTIVE_FILE },
		{ "unevictable:", NR_UNEVICTABLE },
		{ "isolated(anon):", NR_ISOLATED_ANON },
		{ "isolated(file):", NR_ISOLATED_FILE },
		{ "mapped:", NR_FILE_MAPPED },
		{ "dirty:", NR_FILE_DIRTY },
		{ "writeback:", NR_WRITEBACK },
		{ "shmem:", NR_SHMEM },
		{ "shmem_thp: ", NR_SHMEM_THPS },
		{ "shmem_pmdmapped: ", NR_SHMEM_PMDMAPPED },
		{ "anon_thp: ", NR_ANON_THPS },
		{ "writeback_tmp:", NR_WRITEBACK_TEMP },
	};
	struct line line = { .level = LOG_INFO };
	size_t i;

	line_add(&line, "Node %d", pgdat->node_id);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		add_kilobytes(&line, fields[i].name, node_stat(pgdat, fields[i].item));
	line_add(&line, " kernel_stack:%lukB", node_stat(pgdat, NR_KERNEL_STACK_KB));
	add_kilobytes(&line, "pagetables:", node_stat(pgdat, NR_PAGETABLE));
	add_kilobytes(&line, "sec_pagetables:", node_stat(pgdat, NR_SECONDARY_PAGETABLE));
	/* Reclaim, which would call a node unreclaimable, is a later layer's. */
	line_add(&line, " all_unreclaimable? no");
	line_end(&line);
}

/* ---- a zone ---- */

static void show_zone_stats(struct line *line, const struct zone *zone)
{
	static const struct {
		const char *name;
		enum zone_stat_item item;
	} fields[] = {
		{ "active_anon:", NR_ZONE_ACTIVE_ANON },
		{ "inactive_anon:", NR_ZONE_INACTIVE_ANON },
		{ "active_file:", NR_ZONE_ACTIVE_FILE },
		{ "inactive_file:", NR_ZONE_INACTIVE_FILE },
		{ "unevictable:", NR_ZONE_UNEVICTABLE },
		{ "writepending:", NR_ZONE_WRITE_PENDING },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		add_kilobytes(line, fields[i].name, load_relaxed(zone->vm_stat[fields[i].item]));
}

static void show_lowmem_reserve(const struct zone *zone)
{
	struct line line = { .level = LOG_INFO };
	unsigned int type;

	line_add(&line, "lowmem_reserve[]:");
	for (type = 0; type < MAX_NR_ZONES; type++)
		if (zone_configured(type))
			line_add(&line, " %lu", load_relaxed(zone->lowmem_reserve[type]));
	line_end(&line);
}

static void show_zone(const struct zone *zone)
{
	struct line line = { .level = LOG_INFO };

	line_add(&line, "Node %d %s", zone->node, zone->name);
	add_kilobytes(&line, "free:", zone_free_pages(zone));
	add_kilobytes(&line, "boost:", load_relaxed(zone->watermark_boost));
	add_kilobytes(&line, "min:", min_wmark_pages(zone));
	add_kilobytes(&line, "low:", low_wmark_pages(zone));
	add_kilobytes(&line, "high:", high_wmark_pages(zone));
	line_add(&line, " reserved_highatomic:%luKB",
		 kilobytes(load_relaxed(zone->nr_reserved_highatomic)));
	show_zone_stats(&line, zone);
	add_kilobytes(&line, "present:", zone->present_pages);
	add_kilobytes(&line, "managed:", zone->managed_pages);
	add_kilobytes(&line, "mlocked:", load_relaxed(zone->vm_stat[NR_MLOCK]));
	add_kilobytes(&line, "bounce:", load_relaxed(zone->vm_stat[NR_BOUNCE]));
	add_kilobytes(&line, "free_pcp:", pages_of_cpus(zone));
	add_kilobytes(&line, "local_pcp:", pages_of_cpu(zone, this_cpu_id()));
	add_kilobytes(&line, "free_cma:", zone_page_state(zone, NR_FREE_CMA_PAGES));
	line_end(&line);
	show_lowmem_reserve(zone);
}

/* ---- its free blocks ---- */

struct free_shape {
	unsigned long blocks[MAX_ORDER_LIMIT];
	u8 types[MAX_ORDER_LIMIT]; /* a bit for each migrate type that has some */
};

static void read_free_shape(const struct zone *zone, struct free_shape *shape)
{
	unsigned long count[MAX_ORDER_LIMIT];
	unsigned int order, type;

	*shape = (struct free_shape){ .blocks = { 0 } };
	for (type = 0; type < MIGRATE_TYPES; type++) {
		zone_count_free_blocks(zone, (int)type, count);
		for (order = 0; order < MAX_ORDER; order++) {
			shape->blocks[order] += count[order];
			shape->types[order] |= (u8)((count[order] != 0) << type);
		}
	}
}

/* " (UM)": the types, by their letters. */
static void add_types(struct line *line, unsigned int types)
{
	static const char letters[MIGRATE_TYPES + 1] = {
		[MIGRATE_UNMOVABLE] = 'U',  [MIGRATE_MOVABLE] = 'M', [MIGRATE_RECLAIMABLE] = 'E',
		[MIGRATE_HIGHATOMIC] = 'H', [MIGRATE_CMA] = 'C',     [MIGRATE_ISOLATE] = 'I',
	};
	char text[MIGRATE_TYPES + 1];
	unsigned int type;
	size_t used = 0;

	for (type = 0; type < MIGRATE_TYPES; type++)
		if (types >> type & 1)
			text[used++] = letters[type];
	text[used] = '\0';
	line_add(line, " (%s)", text);
}

static void show_free_blocks(struct zone *zone)
{
	struct line line = { .level = LOG_INFO };
	struct free_shape shape;
	unsigned long total = 0;
	unsigned int order;

	read_free_shape(zone, &shape);
	line_add(&line, "Node %d %s:", zone->node, zone->name);
	for (order = 0; order < MAX_ORDER; order++) {
		line_add(&line, " %lu*%lukB", shape.blocks[order], kilobytes(1) << order);
		if (shape.blocks[order])
			add_types(&line, shape.types[order]);
		total += shape.blocks[order] << order;
	}
	line_add(&line, " = %lukB", kilobytes(total));
	line_end(&line);
}

/* ---- all of it ---- */

static void show_page_counts(void)
{
	unsigned long present = 0, managed = 0, highmem = 0, cma = 0;
	struct zone *zone;

	for_each_populated_zone(zone) {
		present += zone->present_pages;
		managed += zone->managed_pages;
		cma += zone->cma_pages;
		if (zone_is_highmem(zone))
			highmem += zone->present_pages;
	}
	pr_info("%lu pages RAM", present);
	pr_info("%lu pages HighMem/MovableOnly", highmem);
	pr_info("%lu pages reserved", present - managed);
	pr_info("%lu pages cma reserved", cma);
}

void show_mem(void)
{
	const pg_data_t *pgdat;
	struct zone *zone;

	if (WARN(this_quire()->phase != PHASE_BUDDY, "show_mem while the page allocator is not up"))
		return;
	pr_info("Mem-Info:");
	show_totals();
	for_each_online_pgdat(pgdat)
		show_node(pgdat);
	for_each_populated_zone(zone)
		show_zone(zone);
	for_each_populated_zone(zone)
		show_free_blocks(zone);
	pr_info("%lu total pagecache pages", global_node_page_state(NR_FILE_PAGES));
	show_page_counts();
}

/* ---- a request that failed ---- */

/* Whether this one is reported, and how many before it were not. */
static bool may_report(unsigned long *suppressed)
{
	unsigned long n = count_up(&this_quire()->page.alloc_failures);

	*suppressed = 0;
	if (n <= REPORT_BURST)
		return true;
	if (!is_power_of_2(n))
		return false;
	*suppressed = n - 1 - max_of(n / 2, REPORT_BURST + 0UL);
	return true;
}

void rearm_alloc_warnings(void)
{
	store_relaxed(this_quire()->page.alloc_failures, 0UL);
}

/* Is there memory at all that a request for DMA could have? Some machines have the zone empty. */
static bool has_managed_dma(void)
{
	const pg_data_t *pgdat;

	if (!zone_configured(ZONE_DMA))
		return true;
	for_each_online_pgdat(pgdat)
		if (managed_zone(&pgdat->node_zones[ZONE_DMA]))
			return true;
	return false;
}

static void report_request(gfp_t gfp, unsigned int order)
{
	struct line line = { .level = LOG_ERR };
	const char *name, *before = "";
	gfp_t left = gfp;

	line_add(&line, "cpu %u: page allocation failure: order:%u, mode:0x%x(", this_cpu_id(),
		 order, gfp);
	while ((name = gfp_take_name(&left))) {
		line_add(&line, "%s%s", before, name);
		before = "|";
	}
	if (left)
		line_add(&line, "%s%#x", before, left);
	line_add(&line, "), nodemask=(null)");
	line_end(&line);
}

void warn_alloc(gfp_t gfp, unsigned int order)
{
	unsigned long suppressed;

	if ((gfp & __GFP_NOWARN) || ((gfp & __GFP_DMA) && !has_managed_dma()) || !may_report(&suppressed))
		return;
	if (suppressed)
		pr_warn("warn_alloc: %lu callbacks suppressed", suppressed);
	report_request(gfp, order);
	show_mem();
}
