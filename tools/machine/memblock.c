/* SPDX-License-Identifier: MIT */
/*
 * memblock.c - the texts of /sys/kernel/debug/memblock/memory and reserved.
 *
 *	   0: 0x0000000080000000..0x000000009fffffff
 *	   1: 0x00000000a0000000..0x00000000bfffffff    1 NOMAP		since 6.6
 *
 * Which of the two a line belongs to is said by a line "memory:" or "reserved:", or by a
 * heading "=== .../memblock/memory". Without either all lines are memory.
 */
#include <string.h>

#include "tools/machine/reader.h"

typedef unsigned long long ull;

struct region {
	u64 base, last;
	int nid;
	unsigned int flags;
};

static const struct {
	const char *name;
	unsigned int flag;
} flag_names[] = {
	{ "NONE", MEMBLOCK_NONE },
	{ "HOTPLUG", MEMBLOCK_HOTPLUG },
	{ "MIRROR", MEMBLOCK_MIRROR },
	{ "NOMAP", MEMBLOCK_NOMAP },
	{ "DRV_MNG", MEMBLOCK_DRIVER_MANAGED },
	/* These stand in the list of reserved regions, where a bank's flags do not matter. */
	{ "RSV_NOINIT", MEMBLOCK_NONE },
	{ "RSV_KERN", MEMBLOCK_NONE },
	{ "KHO_SCRATCH", MEMBLOCK_NONE },
};

static bool is_word(const char *p, size_t length, const char *word)
{
	return length == strlen(word) && !strncmp(p, word, length);
}

static bool parse_flags(const char *p, unsigned int *flags)
{
	for (;;) {
		size_t length = strcspn(p, "| \t"), i,
		       nr = sizeof(flag_names) / sizeof(*flag_names);

		for (i = 0; i < nr && !is_word(p, length, flag_names[i].name); i++)
			;
		if (i == nr)
			return false;
		*flags |= flag_names[i].flag;
		p = text_skip_blanks(p + length);
		if (*p != '|')
			return !*p;
		p = text_skip_blanks(p + 1);
	}
}

static bool parse_range(const char **p, u64 *base, u64 *last)
{
	u64 index;

	*p = text_skip_blanks(*p);
	if (!text_decimal(p, &index) || *(*p)++ != ':')
		return false;
	*p = text_skip_blanks(*p);
	return text_hex(p, base) && text_skip(p, "..") && text_hex(p, last);
}

bool is_memblock_region(const char *line)
{
	u64 base, last;

	return parse_range(&line, &base, &last);
}

/* What newer kernels print for a region without a node, unless it is an x. */
#define NO_NODE 1024

/* The node and the flags of newer kernels. */
static bool parse_columns(struct machine_file *f, const char *p, struct region *out, u64 where)
{
	u64 node;

	out->nid = 0;
	out->flags = 0;
	p = text_skip_blanks(p);
	if (!*p)
		return true;
	if (text_decimal(&p, &node)) {
		if (node == NO_NODE)
			node = 0;
		if (!machine_check_node(f, node, where))
			return false;
		out->nid = (int)node;
	} else if (*p == 'x') {
		p++;
	}
	p = text_skip_blanks(p);
	if (*p && !parse_flags(p, &out->flags))
		return machine_fail(f, where, "unknown memblock flags `%.40s'", p);
	return true;
}

/* Where the lines that follow belong. */
enum list { LIST_NONE, LIST_MEMORY, LIST_RESERVED };

static bool has_tail(const char *text, const char *tail)
{
	size_t length = strlen(text), tail_length = strlen(tail);

	return length >= tail_length && !strcmp(text + length - tail_length, tail);
}

static bool find_list(const char *line, enum list *list)
{
	const char *heading = text_heading(line);

	if (heading)
		*list = has_tail(heading, "memblock/memory")	 ? LIST_MEMORY
			: has_tail(heading, "memblock/reserved") ? LIST_RESERVED
								 : LIST_NONE;
	else if (!strcmp(line, "memory:"))
		*list = LIST_MEMORY;
	else if (!strcmp(line, "reserved:"))
		*list = LIST_RESERVED;
	else
		return false;
	return true;
}

bool is_memblock_heading(const char *line)
{
	enum list list;

	return find_list(line, &list) && list == LIST_MEMORY;
}

static bool take_region(struct machine_file *f, enum list list, const char *line, u64 where)
{
	const char *p = line;
	struct region region;

	if (!parse_range(&p, &region.base, &region.last))
		return machine_fail(f, where, "not a memblock region: `%.40s'", line);
	if (region.last < region.base || region.last == UINT64_MAX)
		return machine_fail(f, where,
				    "region ends (0x%llx) before it starts (0x%llx), or "
				    "does not end below 2^64",
				    (ull)region.last, (ull)region.base);
	if (!parse_columns(f, p, &region, where))
		return false;
	if (list == LIST_RESERVED)
		return machine_add_reserved(f, region.base, region.last - region.base + 1, NULL,
					    where);
	return machine_add_bank(f, region.base, region.last - region.base + 1, region.nid,
				region.flags, where);
}

static bool has_memory_heading(const struct text *text)
{
	for (size_t i = 0; i < text->nr; i++)
		if (is_memblock_heading(text->line[i]))
			return true;
	return false;
}

bool read_memblock(struct machine_file *f, const struct text *text)
{
	enum list list = has_memory_heading(text) ? LIST_NONE : LIST_MEMORY;

	for (size_t i = 0; i < text->nr; i++) {
		const char *line = text->line[i];

		if (find_list(line, &list) || list == LIST_NONE)
			continue;
		if (!*text_skip_blanks(line) || *line == '#')
			continue;
		if (!take_region(f, list, line, i + 1))
			return false;
	}
	/* The file is there on architectures that keep memblock: ARM, or a 64-bit one. */
	f->arch = machine_has_ram_above_4g(f) ? "generic" : "arm";
	return read_iomem_resources(f, text);
}
