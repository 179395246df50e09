/* SPDX-License-Identifier: MIT */
/*
 * log_hints.c - what a kernel's log gives away about the kernel and its machine, beside
 * the memory map.
 *
 * Each hint is a phrase that Linux has printed for many versions; a line that only
 * looks like one is not an error. A file that holds several files (see text_heading)
 * has its hints anywhere in it.
 */
#include <stdio.h>
#include <string.h>

#include "tools/machine/reader.h"

#define SIZE_OF_KB(number) ((u64)(number) << 10)

/* ---- which architecture ---- */

static const struct {
	const char *text, *arch;
} release_names[] = {
	{ "686-pae", "i386-pae" }, { "PAE", "i386-pae" },    { "amd64", "x86_64" },
	{ "x86_64", "x86_64" },	   { "-686", "i386" },	     { "-586", "i386" },
	{ "-486", "i386" },	   { "i386", "i386" },	     { "i686", "i386" },
	{ "arm64", "generic" },	   { "aarch64", "generic" }, { "armmp", "arm" },
	{ "armv7", "arm" },	   { "armhfp", "arm" },
};

/* The release, the word behind "Linux version", often ends with the flavour. */
static bool hint_version(struct machine_file *f, const char *p)
{
	char release[64] = "";

	sscanf(p, " %63s", release);
	for (size_t i = 0; i < sizeof(release_names) / sizeof(release_names[0]); i++)
		if (strstr(release, release_names[i].text)) {
			f->hints.arch = release_names[i].arch;
			break;
		}
	return true;
}

static bool hint_32bit(struct machine_file *f, const char *p)
{
	(void)p;
	f->hints.is_32bit = true;
	return true;
}

static bool hint_nx(struct machine_file *f, const char *p)
{
	(void)p;
	f->hints.has_nx = true;
	return true;
}

/* ---- CPUs ---- */

static bool hint_cpu_ids(struct machine_file *f, const char *p)
{
	unsigned int number;

	if (sscanf(p, "%6u", &number) == 1)
		f->hints.cpu_ids = number;
	return true;
}

/* "smp: Brought up 2 nodes, 4 CPUs", "Brought up 4 CPUs". */
static bool hint_brought_up(struct machine_file *f, const char *p)
{
	unsigned int first, second;

	if (sscanf(p, " %*u node%*[s,] %6u CPU", &second) == 1)
		f->hints.cpus = second;
	else if (sscanf(p, " %6u CPU", &first) == 1)
		f->hints.cpus = first;
	return true;
}

/* ---- sizes ---- */

/* "9327K kernel code," : the number before the label. */
static u64 size_before(const char *line, const char *label)
{
	const char *p = strstr(line, label);
	unsigned long kilobytes;

	if (!p)
		return 0;
	while (p > line && p[-1] != '(' && p[-1] != ',')
		p--;
	return sscanf(p, " %9lu%*[Kk]", &kilobytes) == 1 ? SIZE_OF_KB(kilobytes) : 0;
}

static bool hint_memory(struct machine_file *f, const char *p)
{
	struct log_hints *hints = &f->hints;

	if (!strstr(p, "available (") || !strstr(p, " kernel code"))
		return true;
	hints->text = size_before(p, " kernel code");
	hints->rwdata = size_before(p, " rwdata");
	hints->rodata = size_before(p, " rodata");
	hints->init = size_before(p, " init");
	hints->bss = size_before(p, " bss");
	return true;
}

/* The heading of /proc/pagetypeinfo numbers the orders. */
static bool hint_orders(struct machine_file *f, const char *p)
{
	unsigned int order, orders = 0;
	int length;

	while (sscanf(p, " %6u%n", &order, &length) == 1 && order == orders) {
		orders++;
		p += length;
	}
	if (orders && orders <= MAX_ORDER_LIMIT)
		f->m.max_order = orders;
	return true;
}

static bool hint_block_order(struct machine_file *f, const char *p)
{
	unsigned int order;

	if (sscanf(p, " %6u", &order) == 1 && order < MAX_ORDER_LIMIT)
		f->m.block_order = order;
	return true;
}

/* ---- what is taken ---- */

/* Where the initrd is at first, and where it was moved to: the last line holds. */
static bool hint_initrd(struct machine_file *f, const char *p)
{
	u64 first, last;

	if (text_mem_range(&p, &first, &last) && last > first && last != UINT64_MAX) {
		f->hints.initrd_start = first;
		f->hints.initrd_end = last + 1;
	}
	return true;
}

/* "FACP table memory at [mem ...]". */
static bool hint_acpi_table(struct machine_file *f, const char *p)
{
	char name[16] = "ACPI ";
	u64 first, last;

	if (sscanf(p, " %8s", name + 5) != 1 || !(p = strstr(p, "[mem ")))
		return true;
	if (!text_mem_range(&p, &first, &last) || last < first || last == UINT64_MAX)
		return true;
	return machine_add_reserved(f, first, last - first + 1, name, 0);
}

/* ---- zones ---- */

/* Three formats: bytes "[mem 0x..-0x..]", page frames "0x.. -> 0x..", decimal ones. */
static bool zone_start(const char *p, u64 *start)
{
	u64 last;

	if (text_mem_range(&p, start, &last))
		return true;
	p = text_skip_blanks(p);
	if (!text_size(&p, start) || !text_skip(&p, "->") || *start > UINT64_MAX >> 12)
		return false;
	*start <<= 12;
	return true;
}

/* A line below "Zone ranges:", without its time stamp. */
static void hint_zone(struct log_hints *hints, const char *p)
{
	u64 start;

	if (text_skip(&p, "DMA32 ")) {
		hints->has_dma32 = true;
	} else if (text_skip(&p, "HighMem ")) {
		hints->has_highmem = true;
		if (zone_start(p, &start))
			hints->highmem_start = start;
	}
}

/* ---- the phrases ---- */

static const struct {
	const char *phrase;
	bool (*take)(struct machine_file *f, const char *p);
} phrases[] = {
	{ "Linux version ", hint_version },
	{ "LOWMEM available.", hint_32bit },
	{ "HIGHMEM available.", hint_32bit },
	{ "mapped low ram: ", hint_32bit },
	{ "NX (Execute Disable) protection: active", hint_nx },
	{ "nr_cpu_ids:", hint_cpu_ids },
	{ "Brought up ", hint_brought_up },
	{ "Memory: ", hint_memory },
	{ "Free pages count per migrate type at order ", hint_orders },
	{ "Page block order: ", hint_block_order },
	{ "RAMDISK: ", hint_initrd },
	{ "ACPI: Reserving ", hint_acpi_table },
};

static bool hint_line(struct machine_file *f, const char *line)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		const char *p = strstr(line, phrases[i].phrase);

		if (p && !phrases[i].take(f, p + strlen(phrases[i].phrase)))
			return false;
	}
	return true;
}

/* Behind "[    0.030142] ", or the line itself. */
static const char *message(const char *line)
{
	const char *end = *line == '[' ? strchr(line, ']') : NULL;

	return end ? end + 1 : line;
}

bool read_log_hints(struct machine_file *f, const struct text *text)
{
	bool in_zones = false;

	for (size_t i = 0; i < text->nr; i++) {
		const char *line = text->line[i];

		if (strstr(line, "Zone ranges:"))
			in_zones = true;
		else if (strstr(line, "Movable zone start"))
			in_zones = false;
		else if (in_zones)
			hint_zone(&f->hints, message(line));
		if (!hint_line(f, line))
			return false;
	}
	if (f->hints.initrd_end > f->hints.initrd_start)
		return machine_add_reserved(f, f->hints.initrd_start,
					    f->hints.initrd_end - f->hints.initrd_start, "initrd",
					    0);
	return true;
}
