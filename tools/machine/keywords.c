/* SPDX-License-Identifier: MIT */
/*
 * keywords.c - what each keyword of a machine description does. docs/machines.md documents
 * every one; the table at the end of this file is the list.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/machine/description.h"

typedef unsigned long long ull;

static bool take_machine(struct description_line *l)
{
	l->f->m.name = machine_string(l->f, l->word[1], strlen(l->word[1]));
	if (l->nr > 2)
		l->f->summary = machine_string(l->f, l->word[2], strlen(l->word[2]));
	return l->f->m.name && (l->nr == 2 || l->f->summary);
}

static bool take_arch(struct description_line *l)
{
	if (!machine_is_arch(l->word[1]))
		return fail_word(l, 1, MACHINE_ARCH_NAMES);
	l->f->arch = l->word[1];
	return true;
}

static bool take_format(struct description_line *l)
{
	l->f->format = l->word[1];
	return true;
}

static bool take_page_size(struct description_line *l)
{
	u64 size;

	if (!word_number(l, 1, "a size", &size))
		return false;
	for (unsigned int shift = 10; shift <= 16; shift++)
		if (size == (u64)1 << shift) {
			l->f->m.page_shift = shift;
			return true;
		}
	return fail_word(l, 1, "a power of two from 1K to 64K");
}

static bool take_max_order(struct description_line *l)
{
	return word_limited(l, 1, "a number", 1, MAX_ORDER_LIMIT, &l->f->m.max_order);
}

static bool take_block_order(struct description_line *l)
{
	return word_limited(l, 1, "a number", 0, MAX_ORDER_LIMIT - 1, &l->f->m.block_order);
}

/* CPUs whose node nobody names are left to the library, which deals them out. */
static bool take_cpus(struct description_line *l)
{
	unsigned int nr;
	int nid;

	if (!word_limited(l, 1, "a number", 1, MACHINE_MAX_CPUS, &nr))
		return false;
	l->f->m.nr_cpus += nr;
	if (l->f->m.nr_cpus > MACHINE_MAX_CPUS)
		return machine_fail(l->f, l->number, "cpus: %u CPUs in all: %u is the most",
				    l->f->m.nr_cpus, MACHINE_MAX_CPUS);
	if (l->nr == 2)
		return true;
	if (strcmp(l->word[2], "node"))
		return fail_word(l, 2, "node N");
	if (!word_node(l, 3, &nid))
		return false;
	while (nr--)
		if (!machine_add_cpu(l->f, (u64)nid, l->number))
			return false;
	return true;
}

static bool take_phys_bits(struct description_line *l)
{
	return word_limited(l, 1, "a number", 12, 64, &l->f->m.phys_bits);
}

static bool take_lowmem(struct description_line *l)
{
	u64 end;

	if (!word_number(l, 1, "an address", &end))
		return false;
	if (!end)
		return fail_word(l, 1, "an address above 0");
	l->f->m.lowmem_end = end;
	l->f->lowmem_where = l->number;
	return true;
}

static bool take_task_size(struct description_line *l)
{
	return word_number(l, 1, "an address", &l->f->m.task_size);
}

static bool take_page_offset(struct description_line *l)
{
	return word_number(l, 1, "an address", &l->f->m.page_offset);
}

static bool take_node(struct description_line *l)
{
	return word_node(l, 1, l->node);
}

static bool take_bank(struct description_line *l)
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

	if (!word_range(l, 1, &base, &size, &word))
		return false;
	for (; word < l->nr; word++) {
		unsigned int before = flags;

		if (!strcmp(l->word[word], "node")) {
			if (!word_node(l, ++word, &nid))
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

static bool take_hotplug(struct description_line *l)
{
	unsigned int word;
	int nid = *l->node;
	u64 base, size;

	if (!word_range(l, 1, &base, &size, &word))
		return false;
	if (word < l->nr && (strcmp(l->word[word], "node") || !word_node(l, ++word, &nid)))
		return fail_word(l, word, "node N");
	return machine_add_hotplug(l->f, base, size, nid, l->number);
}

static bool take_memory_block(struct description_line *l)
{
	u64 size;

	if (!word_number(l, 1, "a size", &size))
		return false;
	if (!size || (size & (size - 1)))
		return fail_word(l, 1, "a power of two");
	l->f->m.memory_block_size = size;
	return true;
}

static bool take_cma(struct description_line *l)
{
	u64 size, base = 0;

	if (!word_number(l, 2, "a size", &size))
		return false;
	if (l->nr > 3 && (l->nr != 5 || strcmp(l->word[3], "at")))
		return fail_word(l, 3, "at ADDRESS");
	if (l->nr > 3 && !word_number(l, 4, "an address", &base))
		return false;
	return machine_add_cma(l->f, l->word[1], base, size, l->number);
}

static bool take_reserve(struct description_line *l)
{
	unsigned int word;
	u64 base, size;

	if (!word_range(l, 1, &base, &size, &word))
		return false;
	if (l->nr > word + 1)
		return fail_word(l, word + 1, "the end of the line (quote a name with blanks)");
	return machine_add_reserved(l->f, base, size, word < l->nr ? l->word[word] : NULL,
				    l->number);
}

static bool take_resource(struct description_line *l)
{
	unsigned int word, depth = 0;
	u64 base, size;

	if (!word_range(l, 1, &base, &size, &word))
		return false;
	if (!size)
		return machine_fail(l->f, l->number, "resource: the range is empty");
	if (word >= l->nr)
		return fail_word(l, word, "a name");
	if (word + 1 < l->nr && strcmp(l->word[word + 1], "depth"))
		return fail_word(l, word + 1, "depth N");
	if (word + 1 < l->nr &&
	    !word_limited(l, word + 2, "a number", 0, MACHINE_MAX_DEPTH - 1, &depth))
		return false;
	return machine_add_resource(l->f, base, base + size - 1, l->word[word], depth, l->number);
}

static bool take_zone(struct description_line *l)
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
	if (l->nr > 2 && !word_number(l, 2, "an address", &end))
		return false;
	l->f->m.zones |= 1u << zone;
	l->f->m.zone_end[zone] = end;
	return true;
}

static bool take_movable(struct description_line *l)
{
	u64 start;

	if (!word_number(l, 1, "an address", &start))
		return false;
	l->f->m.movable_start = start;
	return true;
}

static bool take_distance(struct description_line *l)
{
	u64 from, to, distance;

	return word_number(l, 1, "a node's number", &from) &&
	       word_number(l, 2, "a node's number", &to) &&
	       word_number(l, 3, "a distance", &distance) &&
	       machine_add_distance(l->f, from, to, distance, l->number);
}

static bool take_section(struct description_line *l)
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
		if (!word_range(l, 2, &base, &size, &next))
			return false;
		if (next < l->nr)
			return fail_word(l, next, "the end of the line");
		*sections[i].section = (struct machine_section){ .base = base, .size = size };
		return true;
	}
	return fail_word(l, 1, "text, rodata, data, init or bss");
}

static bool take_window(struct description_line *l)
{
	u64 start, end;

	if (!word_number(l, 2, "an address", &start) || !word_number(l, 3, "an address", &end))
		return false;
	if (end <= start)
		return machine_fail(l->f, l->number,
				    "window: it ends (0x%llx) before it starts "
				    "(0x%llx)",
				    (ull)end, (ull)start);
	return machine_add_window(l->f, l->word[1], start, end);
}

static bool take_flag(struct description_line *l)
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
	const char *values;		   /* what stands behind it, as docs/machines.md has it */
	unsigned int min_words, max_words; /* with the keyword itself */
	bool is_once;
	bool (*take)(struct description_line *l);
} keywords[] = {
	{ "machine", "NAME [SUMMARY]", 2, 3, true, take_machine },
	{ "arch", "NAME", 2, 2, true, take_arch },
	{ "format", "NAME", 2, 2, true, take_format },
	{ "page-size", "SIZE", 2, 2, true, take_page_size },
	{ "max-order", "N", 2, 2, true, take_max_order },
	{ "block-order", "N", 2, 2, true, take_block_order },
	{ "cpus", "N [node M]", 2, 4, false, take_cpus },
	{ "phys-bits", "N", 2, 2, true, take_phys_bits },
	{ "lowmem", "ADDRESS", 2, 2, true, take_lowmem },
	{ "task-size", "ADDRESS", 2, 2, true, take_task_size },
	{ "page-offset", "ADDRESS", 2, 2, true, take_page_offset },
	{ "movable", "ADDRESS", 2, 2, true, take_movable },
	{ "node", "N", 2, 2, false, take_node },
	{ "bank", "RANGE [node N] [nomap] [hotplug] [mirror]", 2, 8, false, take_bank },
	{ "hotplug", "RANGE [node N]", 2, 5, false, take_hotplug },
	{ "memory-block", "SIZE", 2, 2, true, take_memory_block },
	{ "cma", "NAME SIZE [at ADDRESS]", 3, 5, false, take_cma },
	{ "reserve", "RANGE [NAME]", 2, 8, false, take_reserve },
	{ "resource", "RANGE NAME [depth N]", 2, 6, false, take_resource },
	{ "zone", "NAME [END]", 2, 3, false, take_zone },
	{ "distance", "A B D", 4, 4, false, take_distance },
	{ "section", "NAME RANGE", 2, 5, false, take_section },
	{ "window", "NAME START END", 4, 4, false, take_window },
	{ "as-dumped", "", 1, 1, true, take_flag },
	{ "bootmem", "", 1, 1, true, take_flag },
	{ "bottom-up", "", 1, 1, true, take_flag },
	{ "memblock-debug", "", 1, 1, true, take_flag },
};
_Static_assert(sizeof(keywords) / sizeof(keywords[0]) == NR_KEYWORDS, "a place for each");

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

bool take_keyword(struct description_line *l, u64 *seen)
{
	const struct keyword *keyword = find_keyword(l->word[0], strlen(l->word[0]));
	u64 *first = keyword ? &seen[keyword - keywords] : NULL;

	if (!keyword)
		return machine_fail(l->f, l->number, "unknown keyword `%.40s'", l->word[0]);
	if (l->nr < keyword->min_words)
		return machine_fail(l->f, l->number, "%s: too few words: %s %s", keyword->name,
				    keyword->name, keyword->values);
	if (l->nr > keyword->max_words)
		return machine_fail(l->f, l->number, "%s: `%.40s' is too much", keyword->name,
				    l->word[keyword->max_words]);
	if (keyword->is_once && *first)
		return machine_fail(l->f, l->number, "%s: said already in line %llu", keyword->name,
				    (ull)*first);
	*first = l->number;
	return keyword->take(l);
}
