/* SPDX-License-Identifier: MIT */
/*
 * iomem.c - a listing of /proc/iomem: every line is a resource, "System RAM" is a bank.
 *
 *	00100000-7ffdffff : System RAM
 *	  0c000000-0c91bc7f : Kernel code
 *
 * Two blanks of indentation are one level. Inside System RAM, what is reserved is taken.
 */
#include <string.h>

#include "tools/machine/reader.h"

typedef unsigned long long ull;

struct iomem_line {
	u64 start, last;
	unsigned int depth;
	const char *name;
};

static bool parse_line(const char *line, struct iomem_line *out)
{
	const char *p = line;

	while (*p == ' ')
		p++;
	if ((p - line) % 2)
		return false;
	out->depth = (unsigned int)(p - line) / 2;
	if (!text_hex(&p, &out->start) || *p++ != '-' || !text_hex(&p, &out->last))
		return false;
	if (strncmp(p, " : ", 3) || !p[3])
		return false;
	out->name = p + 3;
	return true;
}

bool is_iomem_line(const char *line)
{
	struct iomem_line parsed;

	return parse_line(line, &parsed);
}

static bool is_ram(const struct iomem_line *line)
{
	size_t length = strlen("System RAM");

	return !strncmp(line->name, "System RAM", length) &&
	       (!line->name[length] || line->name[length] == ' ');
}

/* What lies inside System RAM. */
static bool take_inner(struct machine_file *f, const struct iomem_line *line, u64 where)
{
	machine_take_section(f, line->name, line->start, line->last);
	if (strcasecmp(line->name, "reserved") && strcasecmp(line->name, "Crash kernel"))
		return true;
	return machine_add_reserved(f, line->start, line->last - line->start + 1, line->name,
				    where);
}

/* State of the walk over the lines. */
struct iomem_walk {
	bool want_banks;
	bool in_ram;
	unsigned int ram_depth;
	bool saw_address;
};

static bool take_line(struct machine_file *f, struct iomem_walk *walk,
		      const struct iomem_line *line, u64 where)
{
	if (line->last)
		walk->saw_address = true;
	if (!machine_add_resource(f, line->start, line->last, line->name, line->depth, where))
		return false;
	if (walk->in_ram && line->depth > walk->ram_depth)
		return take_inner(f, line, where);
	walk->in_ram = is_ram(line);
	walk->ram_depth = line->depth;
	/* In a listing of zeros every bank is one byte at 0; the caller says what is wrong. */
	if (!walk->in_ram || !walk->want_banks || !line->last)
		return true;
	if (line->last == UINT64_MAX)
		return machine_fail(f, where, "bank 0x%llx-0x%llx does not end below 2^64",
				    (ull)line->start, (ull)line->last);
	return machine_add_bank(
		f, line->start, line->last - line->start + 1, 0,
		line->name[strlen("System RAM")] ? MEMBLOCK_DRIVER_MANAGED : MEMBLOCK_NONE, where);
}

static bool walk_lines(struct machine_file *f, const struct text *text, struct iomem_walk *walk)
{
	bool has_headings = text_has_heading(text, "/proc/iomem");
	bool inside = !has_headings;

	for (size_t i = 0; i < text->nr; i++) {
		const char *line = text->line[i], *heading = text_heading(line);
		struct iomem_line parsed;

		if (heading)
			inside = !has_headings || !strcmp(heading, "/proc/iomem");
		if (heading || !inside || !*text_skip_blanks(line) || *line == '#')
			continue;
		if (!parse_line(line, &parsed))
			return machine_fail(f, i + 1, "not a line of /proc/iomem: `%.40s'", line);
		if (!take_line(f, walk, &parsed, i + 1))
			return false;
	}
	return true;
}

bool read_iomem_resources(struct machine_file *f, const struct text *text)
{
	struct iomem_walk walk = { .want_banks = false };

	return !text_has_heading(text, "/proc/iomem") || walk_lines(f, text, &walk);
}

bool read_iomem(struct machine_file *f, const struct text *text)
{
	struct iomem_walk walk = { .want_banks = true };

	f->is_firmware_map = true;
	if (!walk_lines(f, text, &walk))
		return false;
	if (!walk.saw_address)
		return machine_fail(f, 0,
				    "every address is 0: only root is shown the addresses of "
				    "/proc/iomem; read it as root");
	return read_srat(f, text);
}
