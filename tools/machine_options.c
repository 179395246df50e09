/* SPDX-License-Identifier: MIT */
/*
 * machine_options.c - the options of every command that takes a machine.
 */
#include "tools/command.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <quire/pgtable.h>
#include <quire/slab.h>

static int set_arch(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	choice->options.arch = value;
	if (machine_is_arch(value))
		return 0;
	snprintf(why, size, MACHINE_ARCH_NAMES);
	return -1;
}

static int set_lowmem(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	if (parse_size(value, &choice->options.lowmem) && choice->options.lowmem)
		return 0;
	snprintf(why, size, "an address or a size, like 0x36bfe000 or 896M");
	return -1;
}

static int set_cma(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	if (parse_size(value, &choice->options.cma) && choice->options.cma)
		return 0;
	snprintf(why, size, "a size, like 64M");
	return -1;
}

static int set_max_order(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	return set_limited(&choice->options.max_order, value, MAX_ORDER_LIMIT, why, size);
}

static int set_cpus(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	return set_limited(&choice->options.cpus, value, MACHINE_MAX_CPUS, why, size);
}

/* "i386, ..., sv39 or sv48" */
static void list_formats(char *text, size_t size)
{
	const struct pt_format *const *f;
	size_t length = 0;

	*text = '\0';
	for (f = pt_formats; *f && length < size; f++) {
		const char *between = f == pt_formats ? "" : f[1] ? ", " : " or ";

		length +=
			(size_t)snprintf(text + length, size - length, "%s%s", between, (*f)->name);
	}
}

static int set_format(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	choice->format = pt_format_find(value);
	if (choice->format)
		return 0;
	list_formats(why, size);
	return -1;
}

static int set_slab(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	choice->has_engine = true;
	choice->objects.engine = slab_engine_by_name(value);
	if (choice->objects.engine || !strcmp(value, "none"))
		return 0;
	snprintf(why, size, "an engine is wanted: slub, slab or slob; or none, for no objects");
	return -1;
}

/* One letter of slub_debug=; 0: it is none. */
static unsigned int debug_flag(char letter)
{
	switch (letter) {
	case 'f': case 'F': return SLAB_CONSISTENCY_CHECKS;
	case 'z': case 'Z': return SLAB_RED_ZONE;
	case 'p': case 'P': return SLAB_POISON;
	case 'u': case 'U': return SLAB_STORE_USER;
	case 't': case 'T': return SLAB_TRACE;
	default: return 0;
	}
}

/* Linux's: letters, then names of caches with commas before. No letters: all but T. "-": nothing. */
static int set_slub_debug(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_objects *objects = &((struct machine_choice *)ctx)->objects;
	const char *p = value;

	objects->debug = 0;
	objects->debug_caches = NULL;
	if (!strcmp(value, "-"))
		return 0;
	for (; *p && *p != ','; p++) {
		if (!debug_flag(*p)) {
			snprintf(why, size, "letters of FZPUT, perhaps with ,CACHE,CACHE* behind");
			return -1;
		}
		objects->debug |= debug_flag(*p);
	}
	if (p == value)
		objects->debug = SLAB_DEBUG_FLAGS & ~SLAB_TRACE;
	if (*p && p[1])
		objects->debug_caches = p + 1;
	return 0;
}

#define FLAG(field) offsetof(struct machine_choice, options.field)

const struct option_row machine_option_rows[] = {
	{ .name = "--arch", .value = "ARCH", .help = MACHINE_ARCH_NAMES, .set = set_arch },
	{ .name = "--lowmem",
	  .value = "LIMIT",
	  .help = "end of the direct map: an address, or a size like 896M",
	  .set = set_lowmem },
	{ .name = "--max-order",
	  .value = "N",
	  .help = "orders are 0 to N-1 (11: blocks up to 4 MB)",
	  .set = set_max_order },
	{ .name = "--cpus", .value = "N", .help = "how many CPUs it has", .set = set_cpus },
	{ .name = "--cma", .value = "SIZE", .help = "set a contiguous area aside for devices", .set = set_cma },
	{ .name = "--format",
	  .value = "FORMAT",
	  .help = "of its page tables: i386-pae, x86_64, sv39, armv7, ...",
	  .set = set_format },
	{ .name = "--bootmem",
	  .help = "bootmem's bitmaps between memblock and the buddy lists",
	  .flag = FLAG(bootmem) },
	{ .name = "--as-dumped",
	  .help = "reserved ranges are final: no metadata in the RAM",
	  .flag = FLAG(as_dumped) },
	{ .name = "--memblock-debug",
	  .help = "log every call of memblock",
	  .flag = FLAG(memblock_debug) },
	{ .name = "--hotplug",
	  .help = "RAM can be plugged in where the SRAT has slots",
	  .flag = FLAG(hotplug) },
	{ .name = "--page-owner",
	  .help = "keep who takes each page, for the report page_owner",
	  .flag = FLAG(page_owner) },
	{ .name = "--kmemleak",
	  .help = "watch for memory that nothing leads to any more",
	  .flag = FLAG(kmemleak) },
	{ .name = "--slab", .value = "ENGINE", .help = "of objects: slub, slab, slob; none", .set = set_slab },
	{ .name = "--slub_debug",
	  .value = "FLAGS",
	  .help = "check objects: FZPUT, with ,CACHE,CACHE* only these",
	  .set = set_slub_debug },
	{ .name = "--slab_nomerge",
	  .help = "no two caches become one",
	  .flag = offsetof(struct machine_choice, objects.no_merge) },
	{ .name = NULL },
};
