/* SPDX-License-Identifier: MIT */
/*
 * picture_svg.c - a picture as a drawing. The cells of one kind in one zone are a single
 * path, which keeps the file small and easy to edit.
 */
#include "tools/picture.h"

#include "tools/command.h"
#include "tools/svg.h"

enum {
	MARGIN = SVG_MARGIN,
	BAND_TITLE = 34, /* above each zone */
	LEGEND = 92,
	GRID_WIDTH = 800, /* what the cells together take, about */
	MIN_WIDTH = 760,  /* for the legend */
};

struct drawing {
	const struct picture *pic;
	FILE *out;
	unsigned int left;  /* of the cells: room for the addresses */
	unsigned int pitch; /* from cell to cell */
	unsigned int side;  /* of a cell */
	unsigned int y;	    /* where the next thing goes */
};

/* Rows of a band that are drawn, and gaps where rows of holes are left out. */
static size_t drawn_rows(const struct picture *pic, const struct picture_band *band, size_t *gaps)
{
	size_t row, rows = 0;

	*gaps = 0;
	for (row = 0; row < band_rows(pic, band); row++) {
		if (!band_row_is_hole(pic, band, row))
			rows++;
		else if (!row || !band_row_is_hole(pic, band, row - 1))
			++*gaps;
	}
	return rows;
}

static unsigned int drawing_height(const struct drawing *d)
{
	size_t rows = 0, gaps, i;

	for (i = 0; i < d->pic->nr_bands; i++) {
		rows += drawn_rows(d->pic, &d->pic->bands[i], &gaps);
		rows += gaps * 2;
	}
	return (unsigned int)(SVG_HEAD + d->pic->nr_bands * BAND_TITLE + rows * d->pitch + LEGEND +
			      2 * MARGIN);
}

/* ---- colours ---- */

/* Free memory: from pale yellow (single pages) to deep green (largest blocks). */
static void print_free_colour(const struct drawing *d, unsigned int order)
{
	static const int pale[3] = { 240, 237, 150 }, deep[3] = { 22, 138, 98 };
	int top = d->pic->max_order > 1 ? (int)d->pic->max_order - 1 : 1;
	int rgb[3], i;

	for (i = 0; i < 3; i++)
		rgb[i] = pale[i] + (deep[i] - pale[i]) * (int)order / top;
	fprintf(d->out, ".f%u{fill:#%02x%02x%02x}\n", order, rgb[0], rgb[1], rgb[2]);
}

static void print_style(const struct drawing *d)
{
	unsigned int order;

	fputs(".zone{font-size:14px;font-weight:600;fill:#1f2328}\n"
	      ".reserved{fill:#8c959f}\n.allocated{fill:#e8743b}\n.hole{fill:#eceff2}\n",
	      d->out);
	for (order = 0; order < d->pic->max_order; order++)
		print_free_colour(d, order);
	svg_open_dark(d->out);
	fputs(".zone{fill:#f0f6fc}\n.reserved{fill:#6e7681}\n.hole{fill:#1c2128}\n", d->out);
}

static void print_class(FILE *out, enum cell_kind kind)
{
	static const char *const names[CELL_FREE] = { "hole", "reserved", "allocated" };

	if (kind < CELL_FREE)
		fputs(names[kind], out);
	else
		fprintf(out, "f%d", (int)kind - CELL_FREE);
}

/* ---- zones ---- */

/* All cells of one kind as one path: a square for each. */
static void print_cells(const struct drawing *d, const struct picture_band *band,
			enum cell_kind kind)
{
	size_t row, i, rows = band_rows(d->pic, band);
	unsigned int y = d->y;
	bool any = false;

	for (row = 0; row < rows; row++) {
		const u8 *cells = band->cells + row * d->pic->width;

		if (band_row_is_hole(d->pic, band, row)) {
			if (!row || !band_row_is_hole(d->pic, band, row - 1))
				y += 2 * d->pitch;
			continue;
		}
		for (i = 0; i < band_row_cells(d->pic, band, row); i++) {
			if (cells[i] != kind)
				continue;
			if (!any) {
				fputs("<path class=\"", d->out);
				print_class(d->out, kind);
				fputs("\" d=\"", d->out);
				any = true;
			}
			fprintf(d->out, "M%zu %uh%uv%uh-%uz", d->left + i * d->pitch, y, d->side,
				d->side, d->side);
		}
		y += d->pitch;
	}
	if (any)
		fputs("\"/>\n", d->out);
}

/* Says how much is left out where rows of holes are. Returns the first row behind them. */
static size_t print_gap(struct drawing *d, const struct picture_band *band, size_t row)
{
	size_t rows = band_rows(d->pic, band), first = row;
	u64 cells;

	while (row < rows && band_row_is_hole(d->pic, band, row))
		row++;
	cells = (u64)(row - first) * d->pic->width;
	fprintf(d->out, "<text class=\"quiet\" x=\"%u\" y=\"%u\">no RAM: %s</text>\n", d->left,
		d->y + d->pitch + 4, size_text(cells << (d->pic->cell_order + d->pic->page_shift)));
	d->y += 2 * d->pitch;
	return row;
}

/* Addresses before the rows: each where there is room, else every second or fourth. */
static void print_addresses(struct drawing *d, const struct picture_band *band)
{
	size_t row = 0, drawn = 0, rows = band_rows(d->pic, band),
	       every = (12 + d->pitch - 1) / d->pitch;

	while (row < rows) {
		if (band_row_is_hole(d->pic, band, row)) {
			row = print_gap(d, band, row);
			drawn = 0;
			continue;
		}
		if (drawn++ % every == 0)
			fprintf(d->out,
				"<text class=\"address\" x=\"%u\" y=\"%u\">0x%0*llx</text>\n",
				d->left - 10, d->y + d->side / 2 + 4,
				picture_address_digits(d->pic),
				(unsigned long long)band_row_address(d->pic, band, row));
		d->y += d->pitch;
		row++;
	}
}

static void print_band(struct drawing *d, const struct picture_band *band)
{
	unsigned long pages = band_ram_pages(band), free = band_free_pages(band);
	char title[64];
	int kind;

	d->y += BAND_TITLE;
	fprintf(d->out, "<text class=\"zone\" x=\"%u\" y=\"%u\">", d->left, d->y - 9);
	svg_escaped(d->out, band_title(d->pic, band, title, sizeof(title)));
	fprintf(d->out,
		"<tspan class=\"quiet\" font-weight=\"400\" dx=\"10\">%lu pages, %s, %s free"
		"</tspan></text>\n",
		pages, size_text((u64)pages << d->pic->page_shift),
		size_text((u64)free << d->pic->page_shift));
	for (kind = 0; kind < NR_CELL_KINDS; kind++)
		print_cells(d, band, (enum cell_kind)kind);
	print_addresses(d, band);
}

/* ---- head and legend ---- */

#define TITLE "Physical memory of "

static void print_head(struct drawing *d, unsigned int width, unsigned int height)
{
	const struct picture *pic = d->pic;
	u64 cell = 1ULL << (pic->cell_order + pic->page_shift);

	svg_open(d->out, width, height, TITLE, pic->name);
	print_style(d);
	svg_ground(d->out, width, height, TITLE, pic->name);
	fprintf(d->out,
		"<text class=\"quiet\" x=\"%d\" y=\"%d\">%s of RAM; a square is "
		"%llu page%s (%s) and shows what most of them are, a row is %s</text>\n",
		MARGIN, MARGIN + 42, size_text((u64)pic->ram_pages << pic->page_shift),
		1ULL << pic->cell_order, pic->cell_order ? "s" : "", size_text(cell),
		size_text(cell * pic->width));
	d->y = MARGIN + SVG_HEAD - 10;
}

static void print_legend_item(const struct drawing *d, unsigned int x, enum cell_kind kind,
			      const char *what, const char *amount)
{
	fputs("<rect class=\"", d->out);
	print_class(d->out, kind);
	fprintf(d->out,
		"\" x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" rx=\"2\"/>"
		"<text x=\"%u\" y=\"%u\">%s<tspan class=\"quiet\" dx=\"6\">%s</tspan></text>\n",
		x, d->y, x + 22, d->y + 12, what, amount);
}

static void print_legend(struct drawing *d)
{
	const struct picture *pic = d->pic;
	unsigned int order, x = d->left;

	d->y += 28;
	print_legend_item(d, x, CELL_RESERVED, "reserved",
			  size_text((u64)picture_pages(pic, CELL_RESERVED) << pic->page_shift));
	print_legend_item(d, x + 180, CELL_ALLOCATED, "allocated",
			  size_text((u64)picture_pages(pic, CELL_ALLOCATED) << pic->page_shift));
	print_legend_item(d, x + 360, CELL_HOLE, "no RAM", "");
	d->y += 34;
	for (order = 0; order < pic->max_order; order++)
		fprintf(d->out,
			"<rect class=\"f%u\" x=\"%u\" y=\"%u\" width=\"18\" height=\"14\"/>"
			"<text class=\"quiet\" x=\"%u\" y=\"%u\" "
			"text-anchor=\"middle\">%u</text>\n",
			order, x + order * 19, d->y, x + order * 19 + 9, d->y + 29, order);
	fprintf(d->out,
		"<text x=\"%u\" y=\"%u\">free<tspan class=\"quiet\" dx=\"6\">%s</tspan></text>\n"
		"<text class=\"quiet\" x=\"%u\" y=\"%u\">order of the block, %s to %s</text>\n",
		x + order * 19 + 10, d->y + 12,
		size_text((u64)picture_free_pages(pic) << pic->page_shift), x + order * 19 + 10,
		d->y + 29, size_text(1ULL << pic->page_shift),
		size_text(1ULL << (pic->page_shift + order - 1)));
}

void picture_print_svg(const struct picture *pic, FILE *out)
{
	struct drawing d = { .pic = pic, .out = out };
	unsigned int width, height;
	size_t i;

	d.pitch = GRID_WIDTH / pic->width;
	d.pitch = d.pitch < 3 ? 3 : d.pitch > 16 ? 16 : d.pitch;
	d.side = d.pitch > 5 ? d.pitch - 2 : d.pitch - 1;
	/* An address has 0x before its digits, each 7 units wide, and a gap behind. */
	d.left = MARGIN + 7 * ((unsigned int)picture_address_digits(pic) + 2) + 20;
	width = d.left + MARGIN + pic->width * d.pitch;
	width = width < MIN_WIDTH ? MIN_WIDTH : width;
	height = drawing_height(&d);
	print_head(&d, width, height);
	for (i = 0; i < pic->nr_bands; i++)
		print_band(&d, &pic->bands[i]);
	print_legend(&d);
	fputs("</svg>\n", out);
}
