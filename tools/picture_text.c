/* SPDX-License-Identifier: MIT */
/*
 * picture_text.c - a picture in letters, on coloured ground where there are colours. The
 * letters stay then, so that no meaning hangs on a colour alone.
 */
#include "tools/picture.h"

#include "tools/command.h"
#include "tools/output.h"

/* Around an address: blanks, and its 0x. */
#define ADDRESS_COLUMNS 6
#define MAX_AUTO_WIDTH 128

static unsigned int hex_digits(u64 last)
{
	unsigned int digits = 8;

	while (digits < 16 && last >> (4 * digits))
		digits++;
	return digits;
}

unsigned int picture_width_for_stdout(const struct quire_machine *machine)
{
	unsigned int columns = stdout_columns(), width = 1, digits;
	u64 last = 0;
	size_t i;

	for (i = 0; i < machine->nr_banks; i++)
		if (machine->banks[i].base + machine->banks[i].size - 1 > last)
			last = machine->banks[i].base + machine->banks[i].size - 1;
	digits = hex_digits(last);
	while (width * 2 + ADDRESS_COLUMNS + digits <= columns && width < MAX_AUTO_WIDTH)
		width *= 2;
	return width;
}

/* Sets the colour of a kind. Free memory goes from pale (small blocks) to deep green. */
static void set_colour(const struct picture *pic, FILE *out, unsigned int colours,
		       enum cell_kind kind)
{
	static const u8 green[] = { 193, 156, 119, 113, 77, 71, 35, 29 };
	static const u8 basic[] = { 43, 43, 46, 46, 46, 42, 42, 42 };
	unsigned int order, steps = sizeof(green),
			    top = pic->max_order > 1 ? pic->max_order - 1 : 1;

	if (!colours)
		return;
	if (kind == CELL_HOLE) {
		fputs("\033[0;2m", out);
	} else if (kind == CELL_RESERVED) {
		fputs(colours == 256 ? "\033[0;38;5;252;48;5;243m" : "\033[0;30;47m", out);
	} else if (kind == CELL_ALLOCATED) {
		fputs(colours == 256 ? "\033[0;38;5;16;48;5;208m" : "\033[0;37;41m", out);
	} else {
		order = (unsigned int)kind - CELL_FREE;
		order = order < top ? order * (steps - 1) / top : steps - 1;
		if (colours == 256)
			fprintf(out, "\033[0;38;5;16;48;5;%um", green[order]);
		else
			fprintf(out, "\033[0;30;%um", basic[order]);
	}
}

static void end_colour(FILE *out, unsigned int colours)
{
	if (colours)
		fputs("\033[0m", out);
}

static void print_row(const struct picture *pic, const struct picture_band *band, size_t row,
		      FILE *out, unsigned int colours)
{
	const u8 *cells = band->cells + row * pic->width;
	size_t nr = band_row_cells(pic, band, row), i;

	fprintf(out, "  0x%0*llx  ", picture_address_digits(pic),
		(unsigned long long)band_row_address(pic, band, row));
	for (i = 0; i < nr; i++) {
		if (!i || cells[i] != cells[i - 1])
			set_colour(pic, out, colours, (enum cell_kind)cells[i]);
		fputc(cell_letter((enum cell_kind)cells[i]), out);
	}
	end_colour(out, colours);
	fputc('\n', out);
}

static u64 pages_bytes(const struct picture *pic, u64 pages)
{
	return pages << pic->page_shift;
}

static void print_band(const struct picture *pic, const struct picture_band *band, FILE *out,
		       unsigned int colours)
{
	size_t row, rows = band_rows(pic, band), holes;
	char title[64];

	fprintf(out, "\n%s: 0x%llx - 0x%llx, %s, %s free\n",
		band_title(pic, band, title, sizeof(title)),
		(unsigned long long)pages_bytes(pic, band->start),
		(unsigned long long)pages_bytes(pic, band->end) - 1,
		size_text(pages_bytes(pic, band_ram_pages(band))),
		size_text(pages_bytes(pic, band_free_pages(band))));
	for (row = 0; row < rows; row++) {
		for (holes = 0; row < rows && band_row_is_hole(pic, band, row); row++)
			holes++;
		if (holes)
			fprintf(out, "  %*s  no RAM: %s\n", picture_address_digits(pic) + 2, "...",
				size_text(pages_bytes(pic, (u64)(holes * pic->width)
								   << pic->cell_order)));
		if (row < rows)
			print_row(pic, band, row, out, colours);
	}
}

/* One line of the legend: the letters from kind `from` to `to`, what they mean, how much. */
static void print_legend_line(const struct picture *pic, FILE *out, unsigned int colours, int from,
			      int to, const char *what)
{
	u64 pages = 0;
	int kind;

	fputs("  ", out);
	for (kind = from; kind <= to; kind++) {
		set_colour(pic, out, colours, (enum cell_kind)kind);
		fputc(cell_letter((enum cell_kind)kind), out);
		pages += picture_pages(pic, (enum cell_kind)kind);
	}
	end_colour(out, colours);
	fprintf(out, "%*s", (int)pic->max_order + 1 - (to - from), "");
	if (from == CELL_HOLE)
		fprintf(out, "%s\n", what);
	else
		fprintf(out, "%-10s %10llu pages  %s\n", what, (unsigned long long)pages,
			size_text(pages_bytes(pic, pages)));
}

static void print_legend(const struct picture *pic, FILE *out, unsigned int colours)
{
	int top = CELL_FREE + (int)pic->max_order - 1;

	fputc('\n', out);
	print_legend_line(pic, out, colours, CELL_RESERVED, CELL_RESERVED, "reserved");
	print_legend_line(pic, out, colours, CELL_ALLOCATED, CELL_ALLOCATED, "allocated");
	print_legend_line(pic, out, colours, CELL_FREE, top, "free");
	print_legend_line(pic, out, colours, CELL_HOLE, CELL_HOLE, "no RAM");
	fprintf(out,
		"  A cell shows what most of its pages are. Free ones show the order of their\n"
		"  block: %c is %s",
		cell_letter(CELL_FREE), size_text(pages_bytes(pic, 1)));
	if (top > CELL_FREE)
		fprintf(out, ", %c is %s", cell_letter((enum cell_kind)top),
			size_text(pages_bytes(pic, 1ULL << (top - CELL_FREE))));
	fprintf(out, ".\n");
}

void picture_print(const struct picture *pic, FILE *out, unsigned int colours)
{
	u64 cell = pages_bytes(pic, 1ULL << pic->cell_order);
	size_t i;

	fprintf(out, "%s: %s of RAM. A cell is %llu page%s (%s), a row %s.\n", pic->name,
		size_text(pages_bytes(pic, pic->ram_pages)), 1ULL << pic->cell_order,
		pic->cell_order ? "s" : "", size_text(cell), size_text(cell * pic->width));
	for (i = 0; i < pic->nr_bands; i++)
		print_band(pic, &pic->bands[i], out, colours);
	print_legend(pic, out, colours);
}
