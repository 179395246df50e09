/* SPDX-License-Identifier: MIT */
/*
 * srat.c - which bank and which CPU is on which node, from the lines in which a kernel
 * repeats the firmware's affinity table.
 *
 *	ACPI: SRAT: Node 1 PXM 1 [mem 0x40000000-0x7fffffff]	since 3.4; maybe " hotplug"
 *	SRAT: Node 1 PXM 1 40000000-80000000			before; the end is exclusive
 *	SRAT: PXM 1 -> APIC 0x01 -> Node 1			a CPU
 */
#include <string.h>

#include "tools/machine/reader.h"

static bool parse_range(const char **p, u64 *first, u64 *last)
{
	const char *s;

	if (text_mem_range(p, first, last))
		return true;
	s = text_skip_blanks(*p);
	if (!text_hex(&s, first) || *s++ != '-' || !text_hex(&s, last) || !*last)
		return false;
	(*last)--;
	*p = s;
	return true;
}

/* "SRAT: Node N PXM M range"; other lines start with "SRAT:" too and say other things. */
static const char *find_entry(const char *line, u64 *node)
{
	const char *p = strstr(line, "SRAT: Node ");
	u64 domain;

	if (!p)
		return NULL;
	p += strlen("SRAT: Node ");
	if (!text_decimal(&p, node) || !text_skip(&p, "PXM "))
		return NULL;
	p = text_skip_blanks(p);
	return text_decimal(&p, &domain) ? p : NULL;
}

static bool take_cpu(struct machine_file *f, const char *line, u64 where)
{
	const char *p = strstr(line, "SRAT: PXM ");
	u64 number;

	if (!p)
		return true;
	p += strlen("SRAT: PXM ");
	if (!text_decimal(&p, &number) || !text_skip(&p, "-> APIC "))
		return true;
	p = text_skip_blanks(p);
	if (!text_hex(&p, &number) || !text_skip(&p, "-> Node "))
		return true;
	p = text_skip_blanks(p);
	return !text_decimal(&p, &number) || machine_add_cpu(f, number, where);
}

static bool take_memory(struct machine_file *f, const char *line, u64 where)
{
	u64 node, first, last, size;
	const char *p = find_entry(line, &node);
	bool is_pluggable;

	if (!p)
		return true;
	if (!machine_check_node(f, node, where))
		return false;
	if (!parse_range(&p, &first, &last) || last < first)
		return machine_fail(f, where, "SRAT: a range is expected, not `%.40s'",
				    text_skip_blanks(p));
	size = last - first == UINT64_MAX ? UINT64_MAX : last - first + 1;
	is_pluggable = strcasestr(p, "hotplug");
	if (is_pluggable && !machine_note_pluggable(f, first, size, (int)node))
		return false;
	return machine_mark(f, first, size, (int)node, is_pluggable ? MEMBLOCK_HOTPLUG : MEMBLOCK_NONE);
}

bool read_srat(struct machine_file *f, const struct text *text)
{
	for (size_t i = 0; i < text->nr; i++)
		if (!take_cpu(f, text->line[i], i + 1) || !take_memory(f, text->line[i], i + 1))
			return false;
	return true;
}
