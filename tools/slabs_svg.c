/* SPDX-License-Identifier: MIT */
/*
 * slabs_svg.c - slabs as a drawing. The objects of one kind in one cache are a single path, which keeps
 * the file small and easy to edit.
 */
#include "tools/slabs.h"

#include "tools/command.h"
#include "tools/svg.h"

enum {
	MARGIN = SVG_MARGIN,
	GROUP_TITLE = 34, /* above each cache */
	LEGEND = 64,
	LEFT = MARGIN + 7 * 18 + 20, /* of the cells: room for an address */
	PITCH = 9,
	SIDE = 7,
	WIDTH = 80, /* cells in a line; a slab of more takes several */
};

struct drawing {
	const struct slab_picture *pic;
	FILE *out;
	unsigned int y; /* where the next thing goes */
};

static const char *const classes[NR_SLAB_CELLS] = { "used", "cached", "free" };

static unsigned int lines_of(const struct slab_row *row)
{
	return row->nr_cells ? (row->nr_cells + WIDTH - 1) / WIDTH : 1;
}

static unsigned int group_height(const struct slab_group *group)
{
	unsigned int lines = group->nr_rows < group->nr_slabs ? 2 : 0;
	size_t i;

	for (i = 0; i < group->nr_rows; i++)
		lines += lines_of(&group->rows[i]);
	return GROUP_TITLE + lines * PITCH;
}

static unsigned int drawing_height(const struct slab_picture *pic)
{
	unsigned int height = 2 * MARGIN + SVG_HEAD + LEGEND;
	size_t i;

	for (i = 0; i < pic->nr_groups; i++)
		height += group_height(&pic->groups[i]);
	return height;
}

/* All objects of one kind as one path: a square for each. */
static void print_cells(const struct drawing *d, const struct slab_group *group, enum slab_cell cell)
{
	unsigned int y = d->y, i;
	bool any = false;
	size_t row;

	for (row = 0; row < group->nr_rows; row++) {
		const struct slab_row *r = &group->rows[row];

		for (i = 0; i < r->nr_cells; i++) {
			if (r->cells[i] != cell)
				continue;
			if (!any)
				fprintf(d->out, "<path class=\"%s\" d=\"", classes[cell]);
			any = true;
			fprintf(d->out, "M%u %uh%dv%dh-%dz", LEFT + i % WIDTH * PITCH, y + i / WIDTH * PITCH, SIDE,
				SIDE, SIDE);
		}
		y += lines_of(r) * PITCH;
	}
	if (any)
		fputs("\"/>\n", d->out);
}

static void print_group(struct drawing *d, const struct slab_group *group)
{
	unsigned int since = 2;
	char title[256];
	size_t row;
	int cell;

	slab_group_title(group, title, sizeof(title));
	d->y += GROUP_TITLE;
	fprintf(d->out, "<text class=\"cache\" x=\"%d\" y=\"%u\">", MARGIN, d->y - 9);
	svg_escaped(d->out, title);
	fputs("</text>\n", d->out);
	for (cell = 0; cell < NR_SLAB_CELLS; cell++)
		print_cells(d, group, (enum slab_cell)cell);
	/* An address where there is room for one. */
	for (row = 0; row < group->nr_rows; row++) {
		if (since >= 2) {
			fprintf(d->out, "<text class=\"address\" x=\"%d\" y=\"%u\">0x%08llx</text>\n", LEFT - 10,
				d->y + SIDE, (unsigned long long)group->rows[row].va);
			since = 0;
		}
		since += lines_of(&group->rows[row]);
		d->y += lines_of(&group->rows[row]) * PITCH;
	}
	if (group->nr_rows < group->nr_slabs) {
		fprintf(d->out, "<text class=\"quiet\" x=\"%d\" y=\"%u\">%lu more</text>\n", LEFT,
			d->y + 2 * PITCH - 4, group->nr_slabs - (unsigned long)group->nr_rows);
		d->y += 2 * PITCH;
	}
}

static void print_legend(const struct drawing *d)
{
	static const char *const what[NR_SLAB_CELLS] = { "in use", "free, kept by a CPU or a node", "free" };
	static const unsigned int x[NR_SLAB_CELLS] = { 0, 110, 370 };
	int cell;

	for (cell = 0; cell < NR_SLAB_CELLS; cell++)
		fprintf(d->out,
			"<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"14\" height=\"14\" rx=\"2\"/>"
			"<text x=\"%u\" y=\"%u\">%s</text>\n",
			classes[cell], MARGIN + x[cell], d->y + 28, MARGIN + x[cell] + 22, d->y + 40, what[cell]);
}

#define TITLE "Slabs of "

void slab_picture_print_svg(const struct slab_picture *pic, FILE *out)
{
	struct drawing d = { .pic = pic, .out = out, .y = MARGIN + SVG_HEAD - 10 };
	unsigned int width = LEFT + WIDTH * PITCH + MARGIN, height = drawing_height(pic);
	size_t i;

	svg_open(out, width, height, TITLE, pic->machine);
	fputs(".cache{font-size:14px;font-weight:600;fill:#1f2328}\n"
	      ".used{fill:#e8743b}\n.cached{fill:#58a6d6}\n.free{fill:#c6e6c3}\n",
	      out);
	svg_open_dark(out);
	fputs(".cache{fill:#f0f6fc}\n.free{fill:#23492d}\n", out);
	svg_ground(out, width, height, TITLE, pic->machine);
	fprintf(out, "<text class=\"quiet\" x=\"%d\" y=\"%d\">a row is a slab, a square an object</text>\n", MARGIN,
		MARGIN + 42);
	for (i = 0; i < pic->nr_groups; i++)
		print_group(&d, &pic->groups[i]);
	print_legend(&d);
	fputs("</svg>\n", out);
}
