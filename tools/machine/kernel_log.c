/* SPDX-License-Identifier: MIT */
/*
 * kernel_log.c - the memory map that a Linux kernel printed while it booted on a PC.
 *
 * The banks come from the BIOS-e820 lines alone, in the formats of all versions:
 *
 *	BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)		until 3.3
 *	BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable	since 3.4
 *	BIOS-e820: [mem ...]  System RAM, device reserved; [gap ...]	since 6.16
 *
 * Everything else in a log is a hint: which architecture, where highmem starts, how many
 * CPUs. Lines that are no hint are skipped, so a whole log may be given.
 */
#include <stdlib.h>
#include <string.h>

#include "port/pc/e820.h"
#include "tools/machine/reader.h"

/* Resolving overlaps takes the square of this. Linux's own limit is 3,200. */
#define MAX_ENTRIES 4096

typedef unsigned long long ull;

/* ---- BIOS-e820 lines ---- */

/* Longer names first: "usable" is also the end of "unusable". */
static const struct {
	const char *text;
	u32 type;
} type_names[] = {
	{ "unusable", E820_UNUSABLE }, { "soft reserved", E820_SOFT_RESERVED },
	{ "usable", E820_RAM },	       { "System RAM", E820_RAM },
	{ "reserved", E820_RESERVED }, { "ACPI data", E820_ACPI },
	{ "ACPI NVS", E820_NVS },      { "persistent (type 12)", E820_PRAM },
	{ "persistent", E820_PMEM },
};

static bool parse_type(const char *p, u32 *type)
{
	u64 number;

	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
		if (strcasestr(p, type_names[i].text)) {
			*type = type_names[i].type;
			return true;
		}
	p = strstr(p, "type ");
	if (!p)
		return false;
	p += strlen("type ");
	if (!text_decimal(&p, &number) || number > UINT32_MAX)
		return false;
	*type = (u32)number;
	return true;
}

/* "first - end (type)": the end is exclusive. */
static bool parse_old_range(const char **p, u64 *first, u64 *last)
{
	const char *s = text_skip_blanks(*p);

	if (!text_hex(&s, first) || !text_skip(&s, "-"))
		return false;
	s = text_skip_blanks(s);
	if (!text_hex(&s, last) || !*last)
		return false;
	(*last)--;
	*p = s;
	return true;
}

static bool read_entry(struct machine_file *f, const char *p, struct vector *map, u64 where)
{
	struct e820_entry *entry;
	u64 first, last;
	u32 type;

	if (text_skip(&p, "[gap "))
		return true;
	if (!text_mem_range(&p, &first, &last) && !parse_old_range(&p, &first, &last))
		return machine_fail(f, where, "BIOS-e820: a range is expected, not `%.40s'",
				    text_skip_blanks(p));
	if (last < first)
		return machine_fail(f, where,
				    "BIOS-e820: the range ends (0x%llx) before it starts "
				    "(0x%llx)",
				    (ull)last, (ull)first);
	if (!parse_type(p, &type))
		return machine_fail(f, where, "BIOS-e820: unknown type `%.40s'",
				    text_skip_blanks(p));
	if (map->nr == MAX_ENTRIES)
		return machine_fail(f, where, "BIOS-e820: more than %d lines", MAX_ENTRIES);
	entry = vector_push(map, sizeof(*entry));
	if (!entry)
		return machine_no_memory(f);
	/* All of 2^64 does not fit in a size; nor does any machine have it. */
	*entry = (struct e820_entry){ .base = first,
				      .type = type,
				      .size = last - first == UINT64_MAX ? UINT64_MAX
									 : last - first + 1 };
	return true;
}

/* The line that a usable range came from, for messages. */
static u64 find_line(const struct vector *map, const u64 *lines, u64 base)
{
	const struct e820_entry *entries = map->items;

	for (size_t i = 0; i < map->nr; i++)
		if (entries[i].type == E820_RAM && base >= entries[i].base &&
		    base - entries[i].base < entries[i].size)
			return lines[i];
	return 0;
}

static bool add_ranges(struct machine_file *f, const struct vector *map, const u64 *lines,
		       bool want_resources)
{
	const struct e820_entry *entries = map->items;
	struct e820_entry range;
	u64 position = 0;

	while (e820_next_range(entries, map->nr, &position, &range)) {
		u64 where = find_line(map, lines, range.base);

		if (range.type == E820_RAM &&
		    !machine_add_bank(f, range.base, range.size, 0, 0, where))
			return false;
		if (want_resources &&
		    !machine_add_resource(f, range.base, range.base + range.size - 1,
					  e820_resource_name(range.type), 0, where))
			return false;
		if (!position)
			break;
	}
	return true;
}

static bool read_map(struct machine_file *f, const struct text *text, struct vector *map,
		     struct vector *lines)
{
	for (size_t i = 0; i < text->nr; i++) {
		const char *p = strstr(text->line[i], "BIOS-e820:");
		u64 *line;

		if (!p)
			continue;
		if (!read_entry(f, p + strlen("BIOS-e820:"), map, i + 1))
			return false;
		if (map->nr == lines->nr)
			continue;
		line = vector_push(lines, sizeof(*line));
		if (!line)
			return machine_no_memory(f);
		*line = i + 1;
	}
	return true;
}

bool read_kernel_log(struct machine_file *f, const struct text *text)
{
	struct vector map = { 0 }, lines = { 0 };
	bool has_listing, ok;

	f->has_e820 = true;
	f->is_firmware_map = true;
	ok = read_iomem_resources(f, text);
	has_listing = f->resources.nr != 0;
	ok = ok && read_map(f, text, &map, &lines) &&
	     add_ranges(f, &map, lines.items, !has_listing) && read_srat(f, text);
	free(map.items);
	free(lines.items);
	return ok;
}
