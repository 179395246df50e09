/* SPDX-License-Identifier: MIT */
/*
 * picture.h - physical memory as a grid of cells: what each block of pages is.
 */
#ifndef TOOLS_PICTURE_H
#define TOOLS_PICTURE_H

#include <stdio.h>

#include <quire/quire.h>

/* What a page is. From CELL_FREE on: free, in a block of order kind - CELL_FREE. */
enum cell_kind {
	CELL_HOLE, /* no RAM there */
	CELL_RESERVED,
	CELL_ALLOCATED,
	CELL_FREE,
	NR_CELL_KINDS = CELL_FREE + MAX_ORDER_LIMIT
};

/* One zone of one node. */
struct picture_band {
	int nid;
	const char *zone;
	pfn_t start, end;		    /* the zone's span */
	pfn_t first_pfn;		    /* of the first cell: start, rounded down */
	unsigned long pages[NR_CELL_KINDS]; /* exact counts */
	u8 *cells;			    /* enum cell_kind: what most of the cell's pages are */
	size_t nr_cells;
};

struct picture {
	const char *name;
	unsigned int page_shift, max_order;
	unsigned int cell_order; /* a cell is 1 << cell_order pages */
	unsigned int width;	 /* cells in a row */
	unsigned long ram_pages;
	unsigned int nr_nodes;
	struct picture_band *bands;
	size_t nr_bands;
};

/*
 * Draws the machine that is selected on this thread, booted from `machine`, with `width`
 * cells in a row. The cells become as large as it takes for the picture to have at most
 * `max_cells` cells; 0: as many as fit a screen. Nothing of the machine changes. 0, or
 * -1 when there is no memory; free it with picture_free either way.
 */
int picture_make(struct picture *pic, const struct quire_machine *machine, unsigned int width,
		 size_t max_cells);
void picture_free(struct picture *pic);

/* Rows of a band, and whether all of a row is hole: such rows are not drawn. */
size_t band_rows(const struct picture *pic, const struct picture_band *band);
bool band_row_is_hole(const struct picture *pic, const struct picture_band *band, size_t row);
/* Cells that a row has: fewer than `width` only in the last. */
size_t band_row_cells(const struct picture *pic, const struct picture_band *band, size_t row);
/* Physical address at which a row begins. */
u64 band_row_address(const struct picture *pic, const struct picture_band *band, size_t row);
/* Hex digits of the highest address, 8 at least: all rows begin in the same column. */
int picture_address_digits(const struct picture *pic);
/* Pages of a band: all there are, and those that are free. */
unsigned long band_ram_pages(const struct picture_band *band);
unsigned long band_free_pages(const struct picture_band *band);
/* Pages of one kind in the whole picture. */
unsigned long picture_pages(const struct picture *pic, enum cell_kind kind);
unsigned long picture_free_pages(const struct picture *pic);
/* "node 0, zone Normal", without the node where there is only one. */
const char *band_title(const struct picture *pic, const struct picture_band *band, char *buf,
		       size_t size);

/* The letter of a kind: '.' hole, '#' reserved, '+' allocated, an order as 0-9, a-j. */
char cell_letter(enum cell_kind kind);

/*
 * Cells in a row that fit the terminal beside the addresses of that machine: a power of
 * two, so that rows begin at round addresses.
 */
unsigned int picture_width_for_stdout(const struct quire_machine *machine);
/* To a terminal or a file: colours where `colours` is 16 or 256, letters where it is 0. */
void picture_print(const struct picture *pic, FILE *out, unsigned int colours);
/* As a drawing that stands alone. */
void picture_print_svg(const struct picture *pic, FILE *out);

/* ---- all of it ---- */

struct picture_request {
	const char *svg;    /* the file; "-": stdout; NULL: to stdout, in letters */
	unsigned int width; /* cells in a row; 0: what fits */
	unsigned int cells; /* at most; 0: what fits a screen */
};
/* Draws the machine that is selected on this thread. 0, or -1 after a message. */
int picture_draw(const struct picture_request *req, const struct quire_machine *machine);

#endif
