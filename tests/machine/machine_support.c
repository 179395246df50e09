/* SPDX-License-Identifier: MIT */
/*
 * machine_support.c - the models are page by page: slow, but nobody can doubt them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/machine/machine_support.h"

static char error_line[300];

char *fixture_text(const char *name, size_t *size)
{
	char path[200];
	FILE *stream;
	char *text = malloc(1 << 20);

	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	stream = fopen(path, "rb");
	REQUIRE(text && stream);
	*size = fread(text, 1, (1 << 20) - 1, stream);
	text[*size] = '\0';
	fclose(stream);
	REQUIRE(*size > 0);
	return text;
}

struct machine_file *open_text(const char *text, const struct machine_options *options)
{
	struct machine_file *f = machine_open_memory("board", text, strlen(text), options,
						     error_line, sizeof(error_line));

	if (!f)
		tap_note("%s", error_line);
	REQUIRE(f != NULL);
	CHECK_STR(error_line, "");
	return f;
}

struct machine_file *open_fixture(const char *name, const struct machine_options *options)
{
	struct machine_file *f;
	char path[200];

	snprintf(path, sizeof(path), "tests/fixtures/%s", name);
	f = machine_open(path, options, error_line, sizeof(error_line));
	if (!f)
		tap_note("%s", error_line);
	REQUIRE(f != NULL);
	return f;
}

const char *error_of(const char *text, const struct machine_options *options)
{
	struct machine_file *f = machine_open_memory("board", text, strlen(text), options,
						     error_line, sizeof(error_line));

	if (f) {
		tap_note("opened: %s", text);
		machine_close(f);
		return "";
	}
	return error_line;
}

void check_bad_texts(const struct bad_text *bad, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		CHECK_STR(error_of(bad[i].text, NULL), bad[i].error);
}

bool is_bank(const struct quire_machine *m, size_t i, u64 base, u64 size, int nid,
	     unsigned int flags)
{
	if (i >= m->nr_banks)
		return false;
	if (m->banks[i].base == base && m->banks[i].size == size && m->banks[i].nid == nid &&
	    m->banks[i].flags == flags)
		return true;
	tap_note("bank %zu is 0x%llx+0x%llx node %d flags 0x%x", i,
		 (unsigned long long)m->banks[i].base, (unsigned long long)m->banks[i].size,
		 m->banks[i].nid, m->banks[i].flags);
	return false;
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool is_reserved(const struct quire_machine *m, u64 base, u64 size, const char *name)
{
	for (size_t i = 0; i < m->nr_reserved; i++)
		if (m->reserved[i].base == base && m->reserved[i].size == size &&
		    same_name(m->reserved[i].name, name))
			return true;
	return false;
}

bool is_resource(const struct quire_machine *m, size_t i, u64 start, u64 last, unsigned int depth,
		 const char *name)
{
	return i < m->nr_resources && m->resources[i].start == start &&
	       m->resources[i].end == last && m->resources[i].depth == depth &&
	       same_name(m->resources[i].name, name);
}

bool is_window(const struct quire_machine *m, const char *name, u64 start, u64 end)
{
	for (size_t i = 0; i < m->nr_windows; i++)
		if (!strcmp(m->windows[i].name, name))
			return m->windows[i].start == start && m->windows[i].end == end;
	return false;
}

/* [start, end) of a zone, by the rules of <quire/machine.h>. */
static void zone_limits(const struct quire_machine *m, enum zone_type zone, u64 *start, u64 *end)
{
	*start = 0;
	*end = m->zone_end[zone] ? m->zone_end[zone] : UINT64_MAX;
	for (int below = ZONE_DMA; below < (int)zone; below++)
		if (m->zones >> below & 1)
			*start = m->zone_end[below] ? m->zone_end[below] : UINT64_MAX;
	if (zone > ZONE_HIGHMEM || !(m->zones >> zone & 1))
		*start = *end;
}

struct zone_pages model_zone(const struct quire_machine *m, enum zone_type zone, int nid)
{
	struct zone_pages pages = { 0, 0, 0 };
	u64 first, end, top = 0, size = (u64)1 << m->page_shift;

	zone_limits(m, zone, &first, &end);
	for (size_t i = 0; i < m->nr_banks; i++) {
		const struct machine_bank *bank = &m->banks[i];
		u64 base = (bank->base + size - 1) / size * size;

		for (; bank->nid == nid && base + size <= bank->base + bank->size; base += size) {
			if (base < first || base >= end)
				continue;
			if (!pages.present++ || base / size < pages.start_pfn)
				pages.start_pfn = base / size;
			if (base / size + 1 > top)
				top = base / size + 1;
		}
	}
	pages.spanned = pages.present ? top - pages.start_pfn : 0;
	return pages;
}

static bool is_free_page(const struct quire_machine *m, u64 base, u64 size)
{
	bool is_ram = false;

	for (size_t i = 0; i < m->nr_banks; i++)
		is_ram |= base >= m->banks[i].base &&
			  base + size <= m->banks[i].base + m->banks[i].size;
	for (size_t i = 0; i < m->nr_reserved; i++)
		is_ram &= base >= m->reserved[i].base + m->reserved[i].size ||
			  base + size <= m->reserved[i].base;
	return is_ram;
}

/* The largest aligned block of free pages that starts at page `pfn`. * */
static unsigned int block_at(const bool *is_free, u64 nr, u64 pfn, unsigned int max_order)
{
	unsigned int order = 0;

	while (order + 1 < max_order && !(pfn & ((2ull << order) - 1))) {
		u64 i = 0;

		while (i < 2ull << order && pfn + i < nr && is_free[pfn + i])
			i++;
		if (i < 2ull << order)
			break;
		order++;
	}
	return order;
}

u64 model_free_blocks(const struct quire_machine *m, u64 *blocks)
{
	u64 size = (u64)1 << m->page_shift, base = m->banks[0].base, nr, sum = 0;
	const struct machine_bank *last = &m->banks[m->nr_banks - 1];
	bool *is_free;

	nr = (last->base + last->size - base) / size;
	is_free = calloc(nr, sizeof(*is_free));
	REQUIRE(is_free != NULL);
	for (u64 i = 0; i < nr; i++)
		is_free[i] = is_free_page(m, base + i * size, size);
	memset(blocks, 0, m->max_order * sizeof(*blocks));
	for (u64 i = 0; i < nr;) {
		unsigned int order = is_free[i] ? block_at(is_free, nr, i, m->max_order) : 0;

		blocks[order] += is_free[i];
		sum += is_free[i] ? 1ull << order : 0;
		i += 1ull << order;
	}
	free(is_free);
	return sum;
}
