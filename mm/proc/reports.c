/* SPDX-License-Identifier: MIT */
/*
 * reports.c - the list of reports. A new one is a row here and a show function.
 */
#include "mm/lib/string.h"
#include "mm/proc/internal.h"

const struct report quire_reports[] = {
	{ "meminfo", "the machine's memory in kB", meminfo_show },
	{ "buddyinfo", "free blocks of each order in each zone", buddyinfo_show },
	{ "zoneinfo", "all about each zone: sizes, watermarks, counters", zoneinfo_show },
	{ "slabinfo", "caches of objects: in use, in all, sizes, slabs", slabinfo_show },
#if CONFIG_MMU
	{ "vmallocinfo", "areas of the vmalloc window: size, maker, pages", vmallocinfo_show },
#endif
	{ "vmstat", "counters of the whole machine", vmstat_show },
	{ "pagetypeinfo", "free blocks by migrate type and order", pagetypeinfo_show },
	{ "numastat", "where pages were taken from, node by node", numastat_show },
	{ "iomem", "who lives where in physical memory", iomem_show },
	{ "memblock/memory", "RAM, as the first boot allocator knows it", memblock_memory_show },
	{ "memblock/reserved", "what was taken at boot", memblock_reserved_show },
	{ "extfrag/unusable_index", "share of free memory in blocks too small for each order",
	  unusable_index_show },
	{ "extfrag/extfrag_index", "why each order would fail: 0 too little memory, 1 fragments",
	  extfrag_index_show },
	{ "cma", "areas for devices: base, size, what is taken", cma_show },
	{ "page_owner", "who holds each block, on a machine that keeps it", page_owner_show },
	{ "page_owner_sites", "how much each call site holds", page_owner_sites_show },
#if CONFIG_KMEMLEAK
	{ "kmemleak", "objects that nothing leads to: scan twice before", kmemleak_show },
#endif
	{ NULL, NULL, NULL },
};

/* What is left of `name` behind the prefix; `name` itself if it begins otherwise. */
static const char *skip_prefix(const char *name, const char *prefix)
{
	size_t len = quire_strlen(prefix);

	return quire_strlen(name) > len && !memcmp(name, prefix, len) ? name + len : name;
}

const struct report *quire_find_report(const char *name)
{
	const char *rest = skip_prefix(name, "/proc/");
	const struct report *report;

	if (rest == name)
		rest = skip_prefix(name, "/sys/kernel/debug/");
	for (report = quire_reports; report->name; report++)
		if (quire_streq(report->name, rest))
			return report;
	return NULL;
}
