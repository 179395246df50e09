/* SPDX-License-Identifier: MIT */
/*
 * description.c - Quire's own machine description: a keyword a line. docs/machines.md
 * documents every keyword; the table at the end of this file is the list.
 *
 * Whoever writes such a file by hand makes mistakes, so nothing is skipped: an unknown
 * keyword, a word too many, or a number that does not fit is an error with its line.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/machine/reader.h"

#define MAX_WORDS 8
#define MAX_CPUS 8192

typedef unsigned long long ull;

/* One line, cut into words. */
struct line {
	struct machine_file *f;
	u64 number;
	int *node; /* of the banks that follow */
	unsigned int nr;
	char *word[MAX_WORDS];
};

static bool fail_word(const struct line *l, unsigned int word, const char *expected)
{
	if (word >= l->nr)
		return machine_fail(l->f, l->number, "%s: %s is missing", l->word[0], expected);
	return machine_fail(l->f, l->number, "%s: %s is expected, not `%.40s'", l->word[0],
			    expected, l->word[word]);
}

static bool parse_number(const struct line *l, unsigned int word, const char *what, u64 *value)
{
	const char *p = word < l->nr ? l->word[word] : "";

	return (text_size(&p, value) && !*p) || fail_word(l, word, what);
}

static bool parse_limited(const struct line *l, unsigned int word, const char *what, u64 low,
			  u64 high, unsigned int *value)
{
	u64 number;

	if (!parse_number(l, word, what, &number))
		return false;
	if (number < low || number > high)
		return machine_fail(l->f, l->number, "%s: %llu is not %llu to %llu", l->word[0],
				    (ull)number, (ull)low, (ull)high);
	*value = (unsigned int)number;
	return true;
}

/* "FIRST-LAST" (inclusive) in one word, or "BASE SIZE" in two. *next: the word behind it. */
static bool parse_range(const struct line *l, unsigned int word, u64 *base, u64 *size,
			unsigned int *next)
{
	const char *p = word < l->nr ? l->word[word] : "";
	u64 last;

	if (!text_size(&p, base))
		return fail_word(l, word, "BASE SIZE or FIRST-LAST");
	if (!*p) {
		*next = word + 2;
		return parse_number(l, word + 1, "a size", size);
	}
	*next = word + 1;
	if (*p++ != '-' || !text_size(&p, &last) || *p)
		return fail_word(l, word, "BASE SIZE or FIRST-LAST");
	if (last < *base)
		return machine_fail(l->f, l->number,
				    "%s: the range ends (0x%llx) before it starts "
				    "(0x%llx)",
				    l->word[0], (ull)last, (ull)*base);
	*size = last - *base + 1;
	return *size || machine_fail(l->f, l->number, "%s: the range goes beyond 2^64", l->word[0]);
}

static bool parse_node(const struct line *l, unsigned int word, int *nid)
{
	u64 node;

	if (!parse_number(l, word, "a node's number", &node) ||
	    !machine_check_node(l->f, node, l->number))
		return false;
	*nid = (int)node;
	return true;
}

/* ---- the keywords ---- */

static bool take_machine(struct line *l)
{
	l->f->m.name = machine_string(l->f, l->word[1], strlen(l->word[1]));
	if (l->nr > 2)
		l->f->summary = machine_string(l->f, l->word[2], strlen(l->word[2]));
	return l->f->m.name && (l->nr == 2 || l->f->summary);
}

static bool take_arch(struct line *l)
{
	if (!machine_is_arch(l->word[1]))
		return fail_word(l, 1, "i386, i386-pae, x86_64, arm or generic");
	l->f->arch = l->word[1];
	return true;
}

static bool take_format(struct line *l)
{
	l->f->format = l->word[1];
	return true;
}

static bool take_page_size(struct line *l)
{
	u64 size;

	if (!parse_number(l, 1, "a size", &size))
		return false;
	for (unsigned int shift = 10; shift <= 16; shift++)
		if (size == (u64)1 << shift) {
			l->f->m.page_shift = shift;
			return true;
		}
	return fail_word(l, 1, "a power of two from 1K to 64K");
}

static bool take_max_order(struct line *l)
{
	return parse_limited(l, 1, "a number", 1, MAX_ORDER_LIMIT, &l->f->m.max_order);
}

static bool take_block_order(struct line *l)
{
	return parse_limited(l, 1, "a number", 0, MAX_ORDER_LIMIT - 1, &l->f->m.block_order);
}

/* CPUs whose node nobody names are left to the library, which deals them out. */
static bool take_cpus(struct line *l)
{
	unsigned int nr;
	int nid;

	if (!parse_limited(l, 1, "a number", 1, MAX_CPUS - l->f->m.nr_cpus, &nr))
		return false;
	l->f->m.nr_cpus += nr;
	if (l->nr == 2)
		return true;
	if (strcmp(l->word[2], "node"))
		return fail_word(l, 2, "node N");
	if (!parse_node(l, 3, &nid))
		return false;
	while (nr--)
		if (!machine_add_cpu(l->f, (u64)nid, l->number))
			return false;
	return true;
}

static bool take_phys_bits(struct line *l)
{
	return parse_limited(l, 1, "a number", 12, 64, &l->f->m.phys_bits);
}

static bool take_lowmem(struct line *l)
{
	u64 end;

	if (!parse_number(l, 1, "an address", &end))
		return false;
	if (!end)
		return fail_word(l, 1, "an address above 0");
	l->f->m.lowmem_end = end;
	l->f->lowmem_where = l->number;
	return true;
}

static bool take_task_size(struct line *l)
{
	return parse_number(l, 1, "an address", &l->f->m.task_size);
}

static bool take_page_offset(struct line *l)
{
	return parse_number(l, 1, "an address", &l->f->m.page_offset);
}

static bool take_node(struct line *l)
{
	return parse_node(l, 1, l->node);
}

static bool take_bank(struct line *l)
{
	static const struct {
		const char *name;
		unsigned int flag;
	} flag_names[] = {
		{ "nomap", MEMBLOCK_NOMAP },
		{ "hotplug", MEMBLOCK_HOTPLUG },
		{ "mirror", MEMBLOCK_MIRROR },
	};
	unsigned int word, flags = 0;
	int nid = *l->node;
	u64 base, size;

	if (!parse_range(l, 1, &base, &size, &word))
		return false;
	for (; word < l->nr; word++) {
		unsigned int before = flags;

		if (!strcmp(l->word[word], "node")) {
			if (!parse_node(l, ++word, &nid))
				return false;
			continue;
		}
		for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
			if (!strcmp(l->word[word], flag_names[i].name))
				flags |= flag_names[i].flag;
		if (flags == before)
			return fail_word(l, word, "node N, nomap, hotplug or mirror");
	}
	return machine_add_bank(l->f, base, size, nid, flags, l->number);
}

static bool take_reserve(struct line *l)
{
	unsigned int word;
	u64 base, size;

	if (!parse_range(l, 1, &base, &size, &word))
		return false;
	if (l->nr > word + 1)
		return fail_word(l, word + 1, "the end of the line (quote a name with blanks)");
	return machine_add_reserved(l->f, base, size, word < l->nr ? l->word[word] : NULL,
				    l->number);
}

static bool take_resource(struct line *l)
{
	unsigned int word, depth = 0;
	u64 base, size;

	if (!parse_range(l, 1, &base, &size, &word))
		return false;
	if (!size)
		return machine_fail(l->f, l->number, "resource: the range is empty");
	if (word >= l->nr)
		return fail_word(l, word, "a name");
	if (word + 1 < l->nr && strcmp(l->word[word + 1], "depth"))
		return fail_word(l, word + 1, "depth N");
	if (word + 1 < l->nr &&
	    !parse_limited(l, word + 2, "a number", 0, MACHINE_MAX_DEPTH - 1, &depth))
		return false;
	return machine_add_resource(l->f, base, base + size - 1, l->word[word], depth, l->number);
}

static bool take_zone(struct line *l)
{
	static const char *const names[MAX_NR_ZONES] = {
		"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device",
	};
	u64 end = 0;
	int zone = 0;

	while (zone < MAX_NR_ZONES && strcasecmp(names[zone], l->word[1]))
		zone++;
	if (zone == MAX_NR_ZONES)
		return fail_word(l, 1, "DMA, DMA32, Normal, HighMem, Movable or Device");
	if (l->nr > 2 && zone >= ZONE_HIGHMEM)
		return machine_fail(l->f, l->number, "zone: %s takes no limit", names[zone]);
	if (l->nr > 2 && !parse_number(l, 2, "an address", &end))
		return false;
	l->f->m.zones |= 1u << zone;
	l->f->m.zone_end[zone] = end;
	return true;
}

static bool take_movable(struct line *l)
{
	u64 start;

	if (!parse_number(l, 1, "an address", &start))
		return false;
	l->f->m.movable_start = start;
	return true;
}

static bool take_distance(struct line *l)
{
	u64 from, to, distance;

	return parse_number(l, 1, "a node's number", &from) &&
	       parse_number(l, 2, "a node's number", &to) &&
	       parse_number(l, 3, "a distance", &distance) &&
	       machine_add_distance(l->f, from, to, distance, l->number);
}

static bool take_section(struct line *l)
{
	struct quire_machine *m = &l->f->m;
	const struct {
		const char *name;
		struct machine_section *section;
	} sections[] = {
		{ "text", &m->text }, { "rodata", &m->rodata }, { "data", &m->rwdata },
		{ "init", &m->init }, { "bss", &m->bss },
	};
	unsigned int next;
	u64 base, size;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(l->word[1], sections[i].name))
			continue;
		if (!parse_range(l, 2, &base, &size, &next))
			return false;
		if (next < l->nr)
			return fail_word(l, next, "the end of the line");
		*sections[i].section = (struct machine_section){ .base = base, .size = size };
		return true;
	}
	return fail_word(l, 1, "text, rodata, data, init or bss");
}

static bool take_window(struct line *l)
{
	u64 start, end;

	if (!parse_number(l, 2, "an address", &start) || !parse_number(l, 3, "an address", &end))
		return false;
	if (end <= start)
		return machine_fail(l->f, l->number,
				    "window: it ends (0x%llx) before it starts "
				    "(0x%llx)",
				    (ull)end, (ull)start);
	return machine_add_window(l->f, l->word[1], start, end);
}

static bool take_flag(struct line *l)
{
	static const struct {
		const char *name;
		unsigned int flag;
	} flags[] = {
		{ "as-dumped", MACHINE_AS_DUMPED },
		{ "bootmem", MACHINE_BOOTMEM },
		{ "bottom-up", MACHINE_BOTTOM_UP },
		{ "memblock-debug", MACHINE_MEMBLOCK_DEBUG },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(l->word[0], flags[i].name))
			l->f->m.flags |= flags[i].flag;
	return true;
}

static const struct keyword {
	const char *name;
	unsigned int min_words, max_words; /* with the keyword itself */
	bool is_once;
	bool (*take)(struct line *l);
} keywords[] = {
	{ "machine", 2, 3, true, take_machine },
	{ "arch", 2, 2, true, take_arch },
	{ "format", 2, 2, true, take_format },
	{ "page-size", 2, 2, true, take_page_size },
	{ "max-order", 2, 2, true, take_max_order },
	{ "block-order", 2, 2, true, take_block_order },
	{ "cpus", 2, 4, false, take_cpus },
	{ "phys-bits", 2, 2, true, take_phys_bits },
	{ "lowmem", 2, 2, true, take_lowmem },
	{ "task-size", 2, 2, true, take_task_size },
	{ "page-offset", 2, 2, true, take_page_offset },
	{ "movable", 2, 2, true, take_movable },
	{ "node", 2, 2, false, take_node },
	{ "bank", 2, 8, false, take_bank },
	{ "reserve", 2, 8, false, take_reserve },
	{ "resource", 2, 6, false, take_resource },
	{ "zone", 2, 3, false, take_zone },
	{ "distance", 4, 4, false, take_distance },
	{ "section", 2, 5, false, take_section },
	{ "window", 4, 4, false, take_window },
	{ "as-dumped", 1, 1, true, take_flag },
	{ "bootmem", 1, 1, true, take_flag },
	{ "bottom-up", 1, 1, true, take_flag },
	{ "memblock-debug", 1, 1, true, take_flag },
};
#define NR_KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

/* ---- lines ---- */

static const struct keyword *find_keyword(const char *word, size_t length)
{
	for (size_t i = 0; i < NR_KEYWORDS; i++)
		if (strlen(keywords[i].name) == length && !strncmp(word, keywords[i].name, length))
			return &keywords[i];
	return NULL;
}

bool is_description_line(const char *line)
{
	const char *word = text_skip_blanks(line);

	return find_keyword(word, strcspn(word, " \t")) != NULL;
}

/* Cuts one word off *p; quotes hold blanks together. */
static bool next_word(struct line *l, char **p)
{
	char *word = *p, *end;

	if (l->nr == MAX_WORDS)
		return machine_fail(l->f, l->number, "more than %d words", MAX_WORDS);
	if (*word == '"') {
		end = strchr(++word, '"');
		if (!end)
			return machine_fail(l->f, l->number, "the closing \" is missing");
	} else {
		end = word + strcspn(word, " \t");
	}
	*p = *end ? end + 1 : end;
	*end = '\0';
	l->word[l->nr++] = word;
	return true;
}

static bool split_words(struct line *l, char *p)
{
	l->nr = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (!*p || *p == '#')
			return true;
		if (!next_word(l, &p))
			return false;
	}
}

static bool take_line(struct line *l, u64 *seen)
{
	const struct keyword *keyword = find_keyword(l->word[0], strlen(l->word[0]));
	u64 *first = keyword ? &seen[keyword - keywords] : NULL;

	if (!keyword)
		return machine_fail(l->f, l->number, "unknown keyword `%.40s'", l->word[0]);
	if (l->nr < keyword->min_words)
		return machine_fail(l->f, l->number, "%s: too few words", keyword->name);
	if (l->nr > keyword->max_words)
		return machine_fail(l->f, l->number, "%s: `%.40s' is too much", keyword->name,
				    l->word[keyword->max_words]);
	if (keyword->is_once && *first)
		return machine_fail(l->f, l->number, "%s: said already in line %llu", keyword->name,
				    (ull)*first);
	*first = l->number;
	return keyword->take(l);
}

bool read_description(struct machine_file *f, const struct text *text)
{
	u64 seen[NR_KEYWORDS] = { 0 };
	int node = 0;

	for (size_t i = 0; i < text->nr; i++) {
		struct line line = { .f = f, .number = i + 1, .node = &node };

		if (!split_words(&line, text->line[i]))
			return false;
		if (line.nr && !take_line(&line, seen))
			return false;
	}
	if (!f->arch)
		f->arch = "generic";
	return true;
}
