/* SPDX-License-Identifier: MIT */
/*
 * slabs_text.c - slabs in letters, on coloured ground where there are colours. The letters stay
 * then, so that no meaning hangs on a colour alone.
 */
#include "tools/slabs.h"

#include "tools/command.h"
#include "tools/output.h"

#define ADDRESS_COLUMNS 6 /* around an address: blanks, and its 0x */
#define MAX_WIDTH 128

static const char letters[NR_SLAB_CELLS] = {
	[SLAB_CELL_USED] = '#', [SLAB_CELL_CACHED] = 'o', [SLAB_CELL_FREE] = '.',
};

static void set_colour(FILE *out, unsigned int colours, enum slab_cell cell)
{
	static const char *const of_256[NR_SLAB_CELLS] = {
		"\033[0;38;5;16;48;5;208m", "\033[0;38;5;16;48;5;117m", "\033[0;38;5;16;48;5;77m",
	};
	static const char *const of_16[NR_SLAB_CELLS] = { "\033[0;37;41m", "\033[0;30;46m", "\033[0;30;42m" };

	if (colours)
		fputs(colours == 256 ? of_256[cell] : of_16[cell], out);
}

static void end_colour(FILE *out, unsigned int colours)
{
	if (colours)
		fputs("\033[0m", out);
}

/* Hex digits of the highest address, 8 at least. */
static int address_digits(const struct slab_picture *pic)
{
	u64 last = 0;
	size_t i, row;
	int digits = 8;

	for (i = 0; i < pic->nr_groups; i++)
		for (row = 0; row < pic->groups[i].nr_rows; row++)
			last = pic->groups[i].rows[row].va > last ? pic->groups[i].rows[row].va : last;
	while (digits < 16 && last >> (4 * digits))
		digits++;
	return digits;
}

/* The address, and the objects; as many lines as it takes. */
static void print_row(const struct slab_row *row, FILE *out, unsigned int colours, int digits, unsigned int width)
{
	unsigned int i;

	fprintf(out, "  0x%0*llx  ", digits, (unsigned long long)row->va);
	for (i = 0; i < row->nr_cells; i++) {
		if (i && i % width == 0) {
			end_colour(out, colours);
			fprintf(out, "\n%*s", digits + ADDRESS_COLUMNS, "");
		}
		if (i % width == 0 || row->cells[i] != row->cells[i - 1])
			set_colour(out, colours, (enum slab_cell)row->cells[i]);
		fputc(letters[row->cells[i]], out);
	}
	end_colour(out, colours);
	fputc('\n', out);
}

static void print_group(const struct slab_group *group, FILE *out, unsigned int colours, int digits,
			unsigned int width)
{
	char title[256];
	size_t i;

	slab_group_title(group, title, sizeof(title));
	fprintf(out, "\n%s\n", title);
	for (i = 0; i < group->nr_rows; i++)
		print_row(&group->rows[i], out, colours, digits, width);
	if (group->nr_rows < group->nr_slabs)
		fprintf(out, "  %*s  %lu more\n", digits + 2, "...", group->nr_slabs - (unsigned long)group->nr_rows);
}

static void print_legend(FILE *out, unsigned int colours)
{
	static const char *const what[NR_SLAB_CELLS] = { " in use   ", " free, kept by a CPU or a node   ", " free" };
	int cell;

	fputs("\n  ", out);
	for (cell = 0; cell < NR_SLAB_CELLS; cell++) {
		set_colour(out, colours, (enum slab_cell)cell);
		fputc(letters[cell], out);
		end_colour(out, colours);
		fputs(what[cell], out);
	}
	fputc('\n', out);
}

void slab_picture_print(const struct slab_picture *pic, FILE *out, unsigned int colours)
{
	int digits = address_digits(pic);
	unsigned int columns = stdout_columns(), width;
	size_t i;

	width = columns > (unsigned int)digits + ADDRESS_COLUMNS + 8 ? columns - (unsigned int)digits - ADDRESS_COLUMNS : 8;
	width = width > MAX_WIDTH ? MAX_WIDTH : width / 8 * 8;
	fprintf(out, "%s: %zu cache%s with slabs. A row is a slab, a cell an object.\n", pic->machine, pic->nr_groups,
		pic->nr_groups == 1 ? "" : "s");
	for (i = 0; i < pic->nr_groups; i++)
		print_group(&pic->groups[i], out, colours, digits, width);
	print_legend(out, colours);
}
