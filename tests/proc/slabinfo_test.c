/* SPDX-License-Identifier: MIT */
/*
 * slabinfo_test.c - /proc/slabinfo and what meminfo says of slabs: laid out as Linux 6.1 lays them out,
 * and with the numbers of a machine's caches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/proc/internal.h"
#include "mm/slab/internal.h"
#include "tests/proc/proc_support.h"
#include "tests/slab/objects.h"

#define HEADING                                                                             \
	"slabinfo - version: 2.1\n"                                                         \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> " \
	": tunables <limit> <batchcount> <sharedfactor> "                                   \
	": slabdata <active_slabs> <num_slabs> <sharedavail>\n"

/* ---- the layout: Linux's own numbers ---- */

#define MAX_CACHES 256

static struct kmem_cache caches[MAX_CACHES];
static struct slabinfo infos[MAX_CACHES];
static char names[MAX_CACHES][64];
static unsigned int nr_caches;

static struct kmem_cache *next_read(struct kmem_cache *cache)
{
	size_t i = cache ? (size_t)(cache - caches) + 1 : 0;

	return i < nr_caches ? &caches[i] : NULL;
}

static void info_read(struct kmem_cache *cache, struct slabinfo *info)
{
	*info = infos[cache - caches];
}

static const struct slab_reports reports_read = { next_read, info_read };

static void read_row(const char *line)
{
	struct kmem_cache *cache = &caches[nr_caches];
	struct slabinfo *info = &infos[nr_caches];
	unsigned int pages;

	REQUIRE(nr_caches < MAX_CACHES);
	*info = (struct slabinfo){ 0 };
	REQUIRE(sscanf(line,
		       "%63s %lu %lu %u %u %u : tunables %u %u %u : slabdata %lu %lu %lu",
		       names[nr_caches], &info->active_objs, &info->num_objs, &cache->size, &info->objects_per_slab,
		       &pages, &info->limit, &info->batchcount, &info->shared, &info->active_slabs, &info->num_slabs,
		       &info->shared_avail) == 12);
	while (1U << info->cache_order < pages)
		info->cache_order++;
	cache->name = names[nr_caches++];
}

static void check_layout(const char *machine)
{
	const char *expected = proc_section(proc_fixture(machine), "=== /proc/slabinfo", "==="), *line = expected;
	int heading;

	proc_machine(1, 1U << ZONE_NORMAL);
	nr_caches = 0;
	for (heading = 0; heading < 2; heading++)
		line = strchr(line, '\n') + 1;
	for (; *line; line = strchr(line, '\n') + 1)
		read_row(line);
	CHECK(nr_caches > 90);
	this_quire()->slab.reports = &reports_read;
	CHECK_STR(report_text("slabinfo"), expected);
}

static void slabinfo_is_laid_out_as_linux_lays_it_out(void)
{
	check_layout("i386-2G");
	check_layout("i386pae-2G");
	check_layout("imx6ul-512M");
	check_layout("x86_64-512M");
	check_layout("x86_64-numa");
}

static void a_machine_without_objects_has_the_heading_alone(void)
{
	proc_machine(1, 1U << ZONE_NORMAL);
	CHECK_STR(report_text("slabinfo"), HEADING);
}

/* ---- the contents ---- */

/* The names of the rows, each with a blank behind, but for those that begin with `without`. */
static const char *names_of(const char *report, const char *without, char *buf, size_t size)
{
	size_t used = 0, len;

	*buf = '\0';
	for (; *report; report = strchr(report, '\n') + 1) {
		len = strcspn(report, " ");
		if (!strncmp(report, without, strlen(without)) || used + len + 2 > size)
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%.*s ", (int)len, report);
	}
	return buf;
}

/* Linux's kmalloc caches, and the two of its caches and nodes, are its first: the last ones in the file. */
static void the_first_caches_are_linuxs_in_its_order(void)
{
	static char linux_names[8192], ours[8192];
	const char *rows = proc_section(proc_fixture("x86_64-512M"), "=== /proc/slabinfo", "===");

	rows = strstr(rows, "\nkmalloc-rcl-8k ");
	REQUIRE(rows);
	names_of(rows + 1, "kmalloc-cg-", linux_names, sizeof(linux_names));
	objects_boot(&quire_slub, 1, 64 * MB);
	rows = strstr(report_text("slabinfo"), "\nkmalloc-rcl-8k ");
	REQUIRE(rows);
	CHECK_STR(names_of(rows + 1, "none", ours, sizeof(ours)), linux_names);
}

static void the_newest_cache_comes_first(void)
{
	objects_boot(&quire_slub, 1, 64 * MB);
	REQUIRE(kmem_cache_create("old", 100, 0, SLAB_NO_MERGE, NULL));
	REQUIRE(kmem_cache_create("new", 100, 0, SLAB_NO_MERGE, NULL));
	CHECK(!strncmp(report_text("slabinfo"), HEADING "new ", sizeof(HEADING "new ") - 1));
	CHECK(strstr(report_text("slabinfo"), "\nold "));
}

/* A row's numbers, of the cache that is first. */
static void read_first(unsigned long *active, unsigned long *all, unsigned long *slabs)
{
	unsigned long size, per_slab, pages, active_slabs;
	char name[64];

	REQUIRE(sscanf(report_text("slabinfo") + sizeof(HEADING) - 1,
		       "%63s %lu %lu %lu %lu %lu : tunables 0 0 0 : slabdata %lu %lu", name, active, all, &size,
		       &per_slab, &pages, &active_slabs, slabs) == 8);
	CHECK_EQ(*all, *slabs * per_slab);
}

/* Also those that CPUs keep: until they are given back. */
static void objects_that_are_out_are_active(void)
{
	unsigned long active, all, slabs;
	struct kmem_cache *cache;
	void *objects[100];
	unsigned int i;

	objects_boot(&quire_slub, 1, 64 * MB);
	cache = kmem_cache_create("mine", 256, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	read_first(&active, &all, &slabs);
	CHECK_EQ(active, 0);
	CHECK_EQ(slabs, 0);
	for (i = 0; i < 100; i++)
		REQUIRE((objects[i] = kmem_cache_alloc(cache, GFP_KERNEL)) != NULL);
	read_first(&active, &all, &slabs);
	CHECK(active >= 100 && all >= active);
	for (i = 0; i < 100; i++)
		kmem_cache_free(cache, objects[i]);
	read_first(&active, &all, &slabs);
	CHECK(active > 0);
	CHECK_EQ(kmem_cache_shrink(cache), 0);
	read_first(&active, &all, &slabs);
	CHECK_EQ(active, 0);
	CHECK_EQ(slabs, 0);
}

static void a_cache_that_is_gone_has_no_row_and_one_that_is_kept_has(void)
{
	struct kmem_cache *cache, *kept;
	void *object;

	objects_boot(&quire_slub, 1, 64 * MB);
	cache = kmem_cache_create("gone", 256, 0, SLAB_NO_MERGE, NULL);
	kept = kmem_cache_create("kept", 256, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache && kept);
	object = kmem_cache_alloc(kept, GFP_KERNEL);
	REQUIRE(object);
	kmem_cache_destroy(cache);
	kmem_cache_destroy(kept);
	CHECK(!strstr(report_text("slabinfo"), "\ngone "));
	CHECK(strstr(report_text("slabinfo"), "\nkept                   1 "));
	kmem_cache_free(kept, object);
}

/* ---- meminfo ---- */

static unsigned long kb_of(const char *row)
{
	const char *at = strstr(report_text("meminfo"), row);

	REQUIRE(at);
	return strtoul(at + strlen(row), NULL, 10);
}

static void meminfo_counts_slabs_that_can_be_reclaimed_and_others(void)
{
	struct kmem_cache *yes, *no;
	unsigned long slab, reclaimable, unreclaimable;
	void *of_yes, *of_no;

	objects_boot(&quire_slub, 1, 64 * MB);
	slab = kb_of("Slab:");
	CHECK(slab > 0);
	CHECK_EQ(kb_of("SReclaimable:"), 0);
	yes = kmem_cache_create("yes", 256, 0, SLAB_NO_MERGE | SLAB_RECLAIM_ACCOUNT, NULL);
	no = kmem_cache_create("no", 256, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(yes && no);
	unreclaimable = kb_of("SUnreclaim:");
	of_yes = kmem_cache_alloc(yes, GFP_KERNEL);
	REQUIRE(of_yes);
	reclaimable = kb_of("SReclaimable:");
	CHECK_EQ(reclaimable, PAGE_SIZE << yes->order >> 10);
	CHECK_EQ(kb_of("KReclaimable:"), reclaimable);
	/* Its node is an object, too, but there was room for one. */
	CHECK_EQ(kb_of("SUnreclaim:"), unreclaimable);
	of_no = kmem_cache_alloc(no, GFP_KERNEL);
	REQUIRE(of_no);
	CHECK_EQ(kb_of("SUnreclaim:"), unreclaimable + (PAGE_SIZE << no->order >> 10));
	CHECK_EQ(kb_of("Slab:"), kb_of("SReclaimable:") + kb_of("SUnreclaim:"));
	kmem_cache_free(yes, of_yes);
	kmem_cache_free(no, of_no);
}

/* Large pieces are pages, and count as slabs that stay. */
static void meminfo_counts_large_pieces_of_kmalloc_as_slabs(void)
{
	unsigned long before;
	void *piece;

	objects_boot(&quire_slub, 1, 64 * MB);
	before = kb_of("SUnreclaim:");
	piece = kmalloc(PAGE_SIZE * 4, GFP_KERNEL);
	REQUIRE(piece);
	CHECK_EQ(kb_of("SUnreclaim:"), before + (PAGE_SIZE * 4 >> 10));
	kfree(piece);
	CHECK_EQ(kb_of("SUnreclaim:"), before);
}

/* Half of it, where the watermarks are higher than that; else all but the watermarks. */
static void what_can_be_reclaimed_is_available_but_for_the_low_watermarks(void)
{
	struct zone *zone;

	proc_machine(1, 1U << ZONE_NORMAL);
	zone = proc_zone(0, ZONE_NORMAL);
	zone->spanned_pages = zone->present_pages = zone->managed_pages = 100000;
	proc_set_counter(zone, NR_FREE_PAGES, 10000);
	this_quire()->page.totalreserve_pages = 500;
	zone->_watermark[WMARK_LOW] = 300;
	zone->zone_pgdat->vm_stat[NR_SLAB_RECLAIMABLE] = 1000;
	CHECK_EQ(kb_of("MemAvailable:"), (10000 - 500 + 1000 - 300) * 4);
	zone->zone_pgdat->vm_stat[NR_KERNEL_MISC_RECLAIMABLE] = 50;
	CHECK_EQ(kb_of("KReclaimable:"), 1050 * 4);
	CHECK_EQ(kb_of("MemAvailable:"), (10000 - 500 + 1050 - 300) * 4);
	zone->_watermark[WMARK_LOW] = 3000;
	CHECK_EQ(kb_of("MemAvailable:"), (10000 - 500 + 525) * 4);
	zone->zone_pgdat->vm_stat[NR_SLAB_UNRECLAIMABLE] = 7;
	CHECK_EQ(kb_of("Slab:"), 1007 * 4);
	CHECK_EQ(kb_of("MemAvailable:"), (10000 - 500 + 525) * 4);
}

const struct tap_test tap_tests[] = {
	TEST(slabinfo_is_laid_out_as_linux_lays_it_out),
	TEST(a_machine_without_objects_has_the_heading_alone),
	TEST(the_first_caches_are_linuxs_in_its_order),
	TEST(the_newest_cache_comes_first),
	TEST(objects_that_are_out_are_active),
	TEST(a_cache_that_is_gone_has_no_row_and_one_that_is_kept_has),
	TEST(meminfo_counts_slabs_that_can_be_reclaimed_and_others),
	TEST(meminfo_counts_large_pieces_of_kmalloc_as_slabs),
	TEST(what_can_be_reclaimed_is_available_but_for_the_low_watermarks),
	{ NULL, NULL },
};
