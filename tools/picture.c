/* SPDX-License-Identifier: MIT */
/*
 * picture.c - looks at every page of the machine and makes cells of them.
 *
 * The walk goes through the page structures, zone by zone, in steps as large as what it
 * finds: a hole up to the next bank, a free block as a whole. The latter is not only
 * quick: of a largest block that nobody has touched yet only the head's structure was
 * written, so what is inside must not be looked at.
 *
 * Where RAM is, the machine's description says: page structures of a small hole exist
 * and look reserved. Which of the pages with a count of 0 are free on a CPU's list, and
 * which are the tail of somebody's block, only the lists themselves say.
 */
#include "tools/picture.h"

#include <stdlib.h>
#include <string.h>


#define SCREEN_ROWS 32

/* Page frames of RAM of one node: whole pages, half open. */
struct ram_range {
	pfn_t start, end;
	int nid;
};

struct walk {
	struct picture *pic;
	struct ram_range *ram; /* sorted */
	size_t nr_ram;
	pfn_t *cpu_pages; /* frames on the CPUs' lists, sorted */
	size_t nr_cpu_pages;
	unsigned long cell_pages[NR_CELL_KINDS]; /* of the cell that is being filled */
};

/* ---- where RAM is ---- */

static int compare_banks(const void *a, const void *b)
{
	const struct machine_bank *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

/* Banks that touch become one before the rounding to whole pages, as memblock does it. */
static int find_ram(struct walk *w, const struct quire_machine *machine)
{
	size_t bytes = machine->nr_banks * sizeof(struct machine_bank), i, next;
	struct machine_bank *banks = malloc(bytes);

	w->ram = calloc(machine->nr_banks, sizeof(*w->ram));
	if (!banks || !w->ram) {
		free(banks);
		return -1;
	}
	memcpy(banks, machine->banks, bytes);
	qsort(banks, machine->nr_banks, sizeof(*banks), compare_banks);
	for (i = 0; i < machine->nr_banks; i = next) {
		phys_addr_t end = banks[i].base + banks[i].size;
		struct ram_range *r = &w->ram[w->nr_ram];

		for (next = i + 1; next < machine->nr_banks && banks[next].base == end &&
				   banks[next].nid == banks[i].nid;
		     next++)
			end += banks[next].size;
		r->start = PFN_UP(banks[i].base);
		r->end = PFN_DOWN(end);
		r->nid = banks[i].nid;
		if (r->start < r->end)
			w->nr_ram++;
	}
	free(banks);
	return 0;
}

/* ---- pages on the CPUs' lists ---- */

static int compare_pfns(const void *a, const void *b)
{
	pfn_t x = *(const pfn_t *)a, y = *(const pfn_t *)b;

	return x < y ? -1 : x > y;
}

/* Each page of the blocks that the CPU keeps. */
static int add_cpu_lists(struct walk *w, const struct per_cpu_pages *pcp)
{
	unsigned long pages = per_cpu_pages_count(pcp), page;
	unsigned int list, i;
	pfn_t *grown;

	if (!pages)
		return 0;
	grown = realloc(w->cpu_pages, (w->nr_cpu_pages + pages) * sizeof(*grown));
	if (!grown)
		return -1;
	w->cpu_pages = grown;
	for (list = 0; list < PCP_LISTS; list++)
		for (i = 0; i < pcp->lists[list].count; i++)
			for (page = 0; page < 1UL << list / 4; page++)
				grown[w->nr_cpu_pages++] = page_to_pfn(pcp->lists[list].slot[i]) + page;
	return 0;
}

static int find_cpu_pages(struct walk *w)
{
	struct zone *zone;
	unsigned int cpu;

	for_each_populated_zone(zone)
		for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
			if (zone->per_cpu_pageset && add_cpu_lists(w, &zone->per_cpu_pageset[cpu]))
				return -1;
	if (w->nr_cpu_pages)
		qsort(w->cpu_pages, w->nr_cpu_pages, sizeof(*w->cpu_pages), compare_pfns);
	return 0;
}

static bool on_cpu_list(const struct walk *w, pfn_t pfn)
{
	return w->nr_cpu_pages &&
	       bsearch(&pfn, w->cpu_pages, w->nr_cpu_pages, sizeof(pfn), compare_pfns);
}

/* ---- how large a cell is ---- */

/* Rows of `width` cells that hold RAM if a cell is 1 << order pages: others are not drawn. */
static size_t rows_with_ram(const struct walk *w, const struct picture_band *band,
			    unsigned int order, unsigned int width)
{
	pfn_t first = band->start >> order, last_row = 0;
	size_t i, rows = 0;

	for (i = 0; i < w->nr_ram; i++) {
		pfn_t start = w->ram[i].start > band->start ? w->ram[i].start : band->start;
		pfn_t end = w->ram[i].end < band->end ? w->ram[i].end : band->end;
		pfn_t from, to;

		if (start >= end || w->ram[i].nid != band->nid)
			continue;
		from = ((start >> order) - first) / width;
		to = (((end - 1) >> order) - first) / width;
		rows += to - from + 1 - (rows && from == last_row);
		last_row = to;
	}
	return rows;
}

static void choose_cell_order(const struct walk *w, size_t max_cells)
{
	struct picture *pic = w->pic;
	/* Cells are rows of one cell. */
	unsigned int width = max_cells ? 1 : pic->width;
	size_t limit = max_cells ? max_cells : SCREEN_ROWS, rows, i;

	/* Each band has a row at least: larger cells do not help then. */
	if (limit < pic->nr_bands)
		limit = pic->nr_bands;
	for (pic->cell_order = 0; pic->cell_order < 8 * sizeof(pfn_t) - 1; pic->cell_order++) {
		for (rows = i = 0; i < pic->nr_bands; i++)
			rows += rows_with_ram(w, &pic->bands[i], pic->cell_order, width);
		if (rows <= limit)
			return;
	}
}

/* ---- the walk ---- */

/* Every kind of free together competes with the other kinds: what is most of the cell? */
static enum cell_kind cell_majority(const unsigned long *pages)
{
	unsigned long free = 0;
	int kind, best = CELL_ALLOCATED, best_free = CELL_FREE;

	for (kind = CELL_FREE; kind < NR_CELL_KINDS; kind++) {
		free += pages[kind];
		if (pages[kind] && pages[kind] >= pages[best_free])
			best_free = kind;
	}
	if (pages[CELL_RESERVED] > pages[best])
		best = CELL_RESERVED;
	if (pages[CELL_HOLE] > pages[best])
		best = CELL_HOLE;
	return free && free >= pages[best] ? (enum cell_kind)best_free : (enum cell_kind)best;
}

static void finish_cell(struct walk *w, struct picture_band *band, size_t cell)
{
	band->cells[cell] = (u8)cell_majority(w->cell_pages);
	memset(w->cell_pages, 0, sizeof(w->cell_pages));
}

/* `nr` pages of one kind from `pfn` on, which follow what was added before. */
static void add_pages(struct walk *w, struct picture_band *band, pfn_t pfn, unsigned long nr,
		      enum cell_kind kind)
{
	unsigned long per_cell = 1UL << w->pic->cell_order;

	band->pages[kind] += nr;
	while (nr) {
		unsigned long offset = pfn - band->first_pfn;
		unsigned long room = per_cell - (offset & (per_cell - 1));
		unsigned long now = nr < room ? nr : room;

		/* Cells are holes to begin with: a hole of many is passed over in one step. */
		if (kind == CELL_HOLE && room == per_cell && nr >= per_cell)
			now = nr & ~(per_cell - 1);
		else
			w->cell_pages[kind] += now;
		if (w->cell_pages[kind] && (now == room || pfn + now == band->end))
			finish_cell(w, band, offset >> w->pic->cell_order);
		pfn += now;
		nr -= now;
	}
}

/* What the page is, and of how many pages from it on the same can be said. */
static enum cell_kind look_at_page(const struct walk *w, pfn_t pfn, unsigned long *nr)
{
	const struct page *page;
	int order;

	*nr = 1;
	if (!pfn_valid(pfn))
		return CELL_HOLE;
	order = free_block_order(pfn);
	if (order >= 0) {
		*nr = 1UL << order;
		return (enum cell_kind)(CELL_FREE + order);
	}
	page = pfn_to_page(pfn);
	if (PageReserved(page))
		return CELL_RESERVED;
	if (!page_ref_count(page) && on_cpu_list(w, pfn))
		return CELL_FREE;
	return CELL_ALLOCATED;
}

static void walk_ram(struct walk *w, struct picture_band *band, pfn_t pfn, pfn_t end)
{
	while (pfn < end) {
		unsigned long nr;
		enum cell_kind kind = look_at_page(w, pfn, &nr);

		if (nr > end - pfn)
			nr = end - pfn;
		add_pages(w, band, pfn, nr, kind);
		pfn += nr;
	}
}

static void walk_band(struct walk *w, struct picture_band *band)
{
	pfn_t pfn = band->start;
	size_t i;

	/* What the first cell has before the zone begins is nobody's: it counts for no kind. */
	for (i = 0; i < w->nr_ram && pfn < band->end; i++) {
		pfn_t start = w->ram[i].start, end = w->ram[i].end;

		if (w->ram[i].nid != band->nid || end <= pfn || start >= band->end)
			continue;
		if (start > pfn) {
			add_pages(w, band, pfn, start - pfn, CELL_HOLE);
			pfn = start;
		}
		end = end < band->end ? end : band->end;
		walk_ram(w, band, pfn, end);
		pfn = end;
	}
	if (pfn < band->end)
		add_pages(w, band, pfn, band->end - pfn, CELL_HOLE);
}

/* ---- the picture ---- */

static int make_bands(struct picture *pic)
{
	struct picture_band *band;
	struct zone *zone;
	size_t nr = 0;

	for_each_populated_zone(zone)
		nr++;
	pic->bands = band = calloc(nr ? nr : 1, sizeof(*band));
	if (!band)
		return -1;
	for_each_populated_zone(zone) {
		band->nid = zone->node;
		band->zone = zone->name;
		band->start = zone->zone_start_pfn;
		band->end = zone_end_pfn(zone);
		band++;
	}
	pic->nr_bands = nr;
	return 0;
}

static int make_cells(struct picture *pic, struct picture_band *band)
{
	pfn_t last = (band->end - 1) >> pic->cell_order;

	band->first_pfn = band->start >> pic->cell_order << pic->cell_order;
	band->nr_cells = last - (band->start >> pic->cell_order) + 1;
	band->cells = calloc(band->nr_cells, 1);
	return band->cells ? 0 : -1;
}

static int draw(struct walk *w, const struct quire_machine *machine, size_t max_cells)
{
	struct picture *pic = w->pic;
	size_t i;

	if (make_bands(pic) || find_ram(w, machine) || find_cpu_pages(w))
		return -1;
	choose_cell_order(w, max_cells);
	for (i = 0; i < pic->nr_bands; i++) {
		if (make_cells(pic, &pic->bands[i]))
			return -1;
		walk_band(w, &pic->bands[i]);
	}
	for (i = 0; i < w->nr_ram; i++)
		pic->ram_pages += w->ram[i].end - w->ram[i].start;
	return 0;
}

int picture_make(struct picture *pic, const struct quire_machine *machine, unsigned int width,
		 size_t max_cells)
{
	struct walk w = { .pic = pic };
	pg_data_t *pgdat;
	int ret;

	memset(pic, 0, sizeof(*pic));
	pic->name = machine->name ? machine->name : "machine";
	pic->page_shift = PAGE_SHIFT;
	pic->max_order = MAX_ORDER;
	pic->width = width;
	for_each_online_pgdat(pgdat)
		pic->nr_nodes++;
	ret = draw(&w, machine, max_cells);
	free(w.ram);
	free(w.cpu_pages);
	return ret;
}

void picture_free(struct picture *pic)
{
	size_t i;

	for (i = 0; i < pic->nr_bands; i++)
		free(pic->bands[i].cells);
	free(pic->bands);
	memset(pic, 0, sizeof(*pic));
}
