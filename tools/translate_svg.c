/* SPDX-License-Identifier: MIT */
/*
 * translate_svg.c - the way as a drawing: the address cut in fields, below each field the
 * table that it is the index of, at the right the page. As in processor manuals, tables
 * grow upwards: an index counts from the base at the bottom, so that no arrows cross.
 *
 *	 +------+------+------+--------+
 *	 | sign | pgd  | pte  | offset |
 *	 +------+--+---+--+---+---+----+
 *	           |  +-+ |  +-+  |  +-+
 *	           |  | | +->|#|--+  | |
 *	           +->|#|-+  | | |+->|#|
 *	              | | |  | | |   | |
 *	      CR3 --->+-+ +->+-+ +-->+-+
 */
#include "tools/translate.h"

#include <stdarg.h>
#include <string.h>

#include "tools/svg.h"

typedef unsigned long long ull;

enum {
	MARGIN = SVG_MARGIN,
	FIRST = 116, /* width of the column of the root register, below the sign */
	PITCH = 190, /* from column to column */
	GUTTER = 56, /* left of a table: its index and its base come through here */
	TABLE = PITCH - GUTTER,
	INDEX_X = 36,	/* in the gutter: where the index comes down */
	BASE_X = 16,	/* where the base comes down */
	BAR = 46,	/* height of the fields */
	TABLE_TOP = 62, /* below the fields */
	HEIGHT = 230,	/* of a table */
	ROW = 24,	/* of an entry */
	LINE = 17,
	NOTES = 26,    /* characters in a line below a table */
	SEGMENT = 268, /* height of the segment's part */
	FAULT_WIDTH = 340,
	MIN_WIDTH = 760,
};

struct drawing {
	const struct translation *t;
	FILE *out; /* NULL: text is measured only */
	struct translate_field fields[TRANSLATE_FIELDS];
	unsigned int nr_fields;
	bool has_sign;
	int bar_y;   /* top of the fields */
	int table_y; /* top of the tables */
};

/* ---- pieces ---- */

static void box(const struct drawing *d, const char *class, int x, int y, int width, int height)
{
	fprintf(d->out,
		"<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>\n",
		class, x, y, width, height);
}

__attribute__((format(printf, 5, 6))) static void text(const struct drawing *d, const char *class,
						       int x, int y, const char *fmt, ...)
{
	char buf[200];
	va_list args;

	if (!d->out)
		return;
	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	fprintf(d->out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	svg_escaped(d->out, buf);
	fputs("</text>\n", d->out);
}

static void right_head(const struct drawing *d, int x, int y)
{
	fprintf(d->out, "<path class=\"head\" d=\"M%d %dl-9 -4v8z\"/>\n", x, y);
}

static void down_head(const struct drawing *d, int x, int y)
{
	fprintf(d->out, "<path class=\"head\" d=\"M%d %dl-4 -9h8z\"/>\n", x, y);
}

/* From (x, y) down or up to the height of (to_x, to_y), then to the right. */
static void elbow(const struct drawing *d, int x, int y, int to_x, int to_y)
{
	fprintf(d->out, "<path class=\"line\" d=\"M%d %dV%dH%d\"/>\n", x, y, to_y, to_x - 6);
	right_head(d, to_x, to_y);
}

/* From (x, y) to the right as far as via_x, then as above. */
static void step_down(const struct drawing *d, int x, int y, int via_x, int to_x, int to_y)
{
	fprintf(d->out, "<path class=\"line\" d=\"M%d %dH%dV%dH%d\"/>\n", x, y, via_x, to_y,
		to_x - 6);
	right_head(d, to_x, to_y);
}

/*
 * Writes words from y on in lines of `columns` characters, broken at "; " if it can be.
 * Returns the y behind the last.
 */
static int notes(const struct drawing *d, const char *words, int x, int y, int columns)
{
	char line[120];
	int length = 0;

	while (*words) {
		const char *end = strstr(words, "; ");
		int piece = end ? (int)(end - words) : (int)strlen(words);

		if (length && length + 2 + piece > columns) {
			text(d, "note", x, y, "%s", line);
			y += LINE;
			length = 0;
		}
		length += snprintf(line + length, sizeof(line) - (size_t)length, "%s%.*s",
				   length ? ", " : "", piece, words);
		words += end ? piece + 2 : piece;
	}
	if (length)
		text(d, "note", x, y, "%s", line);
	return y + LINE;
}

/* ---- where things are ---- */

/* The column of a step; the page's is that of nr_steps. */
static int column_x(unsigned int column)
{
	return MARGIN + FIRST + (int)column * PITCH;
}

static int table_bottom(const struct drawing *d)
{
	return d->table_y + HEIGHT;
}

/* The middle of what is `part` of `whole` above the base. */
static int height_of(const struct drawing *d, u64 part, u64 whole)
{
	int room = HEIGHT - ROW - 4;

	return table_bottom(d) - ROW / 2 - 2 -
	       (whole > 1 ? (int)((u64)room * part / (whole - 1)) : 0);
}

/* The same without overflow, for an offset in a page of any size. */
static int height_of_byte(const struct drawing *d, u64 offset, unsigned int shift)
{
	return shift > 12 ? height_of(d, offset >> (shift - 12), 4096)
			  : height_of(d, offset, (u64)1 << shift);
}

static int step_height(const struct drawing *d, const struct translate_step *step)
{
	return height_of(d, step->index, (u64)1 << d->t->format->level[step->level].bits);
}

/* ---- the fields ---- */

static void draw_field(const struct drawing *d, const struct translate_field *field, int x,
		       int width)
{
	int middle = x + width / 2;

	box(d, "tint", x, d->bar_y, width, BAR);
	text(d, "bit", x + 3, d->bar_y - 6, "%u", field->first);
	text(d, "bit end", x + width - 3, d->bar_y - 6, "%u", field->last);
	text(d, "code middle", middle, d->bar_y + 19, "%s", field->value);
	text(d, "name middle", middle, d->bar_y + 38, "%s%s%s", field->name,
	     *field->index ? " " : "", field->index);
}

static void draw_fields(const struct drawing *d)
{
	unsigned int i, column = 0;

	for (i = 0; i < d->nr_fields; i++) {
		bool is_sign = d->has_sign && !i;
		bool is_last = i + 1 == d->nr_fields;
		bool is_bad = d->t->outcome.fault == PT_FAULT_CANONICAL;

		if (is_sign || is_last)
			fprintf(d->out, "<g class=\"%s\">\n",
				is_bad	  ? "fault"
				: is_sign ? "sign"
					  : "page");
		else
			fprintf(d->out, "<g class=\"level%u\">\n", d->t->step[column].level);
		if (is_sign)
			draw_field(d, &d->fields[i], MARGIN, FIRST);
		else
			draw_field(d, &d->fields[i], column_x(column++), PITCH);
		fputs("</g>\n", d->out);
	}
}

/* ---- the tables ---- */

static void draw_root(const struct drawing *d)
{
	int y = table_bottom(d);

	if (!d->t->nr_steps)
		return;
	fprintf(d->out, "<g class=\"level%u\">\n", d->t->step[0].level);
	box(d, "tint", MARGIN, y - 34, FIRST - 8, 46);
	text(d, "name middle", MARGIN + (FIRST - 8) / 2, y - 16, "%s",
	     translate_root_register(d->t->format));
	text(d, "code middle", MARGIN + (FIRST - 8) / 2, y + 3, "0x%llx", (ull)d->t->root);
	step_down(d, MARGIN + FIRST - 8, y, MARGIN + FIRST - 8, column_x(0) + GUTTER, y);
	fputs("</g>\n", d->out);
}

/* Below a table: where it is, and what its entry says. Returns the y behind the last line. */
static int draw_entry_notes(const struct drawing *d, unsigned int i)
{
	const struct translate_step *step = &d->t->step[i];
	struct translate_words words = { .length = 0 };
	int left = column_x(i) + GUTTER, y = table_bottom(d) + LINE;

	text(d, "code", left, y, "0x%llx", (ull)step->table);
	y += LINE + 4;
	text(d, "note", left, y, "entry at");
	text(d, "code", left + 56, y, "0x%llx", (ull)step->slot);
	translate_entry_words(d->t->format, step, &words);
	return notes(d, words.text, left, y + LINE, NOTES);
}

static void draw_table(const struct drawing *d, unsigned int i)
{
	const struct translate_step *step = &d->t->step[i];
	const struct pt_format *f = d->t->format;
	int left = column_x(i) + GUTTER, y = step_height(d, step);

	fprintf(d->out, "<g class=\"level%u\">\n", step->level);
	text(d, "name", left, d->table_y - 8, "%s", translate_level_name(f, step->level));
	text(d, "quiet end", left + TABLE, d->table_y - 8, "%lu entries",
	     1UL << f->level[step->level].bits);
	box(d, "tint", left, d->table_y, TABLE, HEIGHT);
	box(d, "entry", left, y - ROW / 2, TABLE, ROW);
	text(d, "code middle", left + TABLE / 2, y + 4, "0x%0*llx", f->entry_bytes * 2,
	     (ull)step->entry);
	elbow(d, column_x(i) + INDEX_X, d->bar_y + BAR, left, y);
	fputs("</g>\n", d->out);
	draw_entry_notes(d, i);
}

/* The arrow from an entry to the base of what it points to, in the entry's colour. */
static void draw_pointer(const struct drawing *d, unsigned int i)
{
	const struct translate_step *step = &d->t->step[i];
	int x = column_x(i + 1);

	fprintf(d->out, "<g class=\"level%u\">\n", step->level);
	step_down(d, x, step_height(d, step), x + BASE_X, x + GUTTER, table_bottom(d));
	fputs("</g>\n", d->out);
}

/* ---- the end of the way ---- */

static void draw_page(const struct drawing *d)
{
	const struct translation *t = d->t;
	const struct translate_step *leaf = &t->step[t->nr_steps - 1];
	unsigned int shift = t->format->level[leaf->level].shift;
	u64 offset = t->outcome.phys & (((u64)1 << shift) - 1);
	int x = column_x(t->nr_steps), left = x + GUTTER, bottom = table_bottom(d);
	int y = height_of_byte(d, offset, shift);
	struct translate_words words = { .length = 0 };

	fputs("<g class=\"page\">\n", d->out);
	text(d, "name", left, d->table_y - 8, "%s page", size_text((u64)1 << shift));
	box(d, "tint", left, d->table_y, TABLE, HEIGHT);
	box(d, "entry", left, y - ROW / 2, TABLE, ROW);
	if (t->has_byte)
		text(d, "code middle", left + TABLE / 2, y + 4, "byte 0x%02x", t->byte);
	elbow(d, x + INDEX_X, d->bar_y + BAR, left, y);
	fputs("</g>\n", d->out);
	text(d, "code", left, bottom + LINE, "0x%llx", (ull)(t->outcome.phys - offset));
	text(d, "note", left, bottom + 2 * LINE + 4, "byte at");
	text(d, "code strong", left + 56, bottom + 2 * LINE + 4, "0x%llx", (ull)t->outcome.phys);
	translate_add(&words, "frame 0x%lx", (unsigned long)t->pfn);
	if (t->zone)
		translate_add(&words, "zone %s, node %d", t->zone, t->nid);
	else
		translate_add(&words, "no page of RAM");
	notes(d, words.text, left, bottom + 3 * LINE + 4, NOTES);
}

static int fault_height(const struct translation *t)
{
	struct translate_code_field fields[TRANSLATE_CODE_FIELDS];

	return 56 + (int)translate_fault_fields(t, fields) * LINE;
}

/* A box with all that is to be said of the fault; its top left corner is at (x, y). */
static void draw_fault(const struct drawing *d, int x, int y)
{
	struct translate_code_field fields[TRANSLATE_CODE_FIELDS];
	unsigned int nr = translate_fault_fields(d->t, fields), i;
	char reason[120], name[120];

	translate_fault_reason(d->t, reason, sizeof(reason));
	translate_fault_name(d->t, name, sizeof(name));
	box(d, "tint", x, y, FAULT_WIDTH, fault_height(d->t));
	text(d, "name", x + 12, y + 22, "%s", reason);
	text(d, "note", x + 12, y + 42, "%s", name);
	for (i = 0; i < nr; i++) {
		int line = y + 44 + (int)(i + 1) * LINE;

		text(d, "code", x + 12, line, "%s", fields[i].name);
		text(d, "code", x + 58, line, "%u", fields[i].value);
		text(d, "note", x + 86, line, "%s", fields[i].meaning);
	}
}

static void draw_page_fault(const struct drawing *d)
{
	unsigned int nr = d->t->nr_steps;
	int x = column_x(nr), y;

	fputs("<g class=\"fault\">\n", d->out);
	if (nr) {
		y = step_height(d, &d->t->step[nr - 1]);
		step_down(d, x, y, x, x + GUTTER, y);
		/* The box is where the arrow comes, and no lower than the tables. */
		y = y > table_bottom(d) - 150 ? table_bottom(d) - 150 : y - 28;
		draw_fault(d, x + GUTTER, y < d->table_y ? d->table_y : y);
	} else {
		draw_fault(d, MARGIN + FIRST, d->table_y);
	}
	fputs("</g>\n", d->out);
}

static void draw_walk(const struct drawing *d)
{
	unsigned int i;

	draw_fields(d);
	draw_root(d);
	for (i = 0; i < d->t->nr_steps; i++)
		draw_table(d, i);
	for (i = 0; i + 1 < d->t->nr_steps + !d->t->outcome.fault; i++)
		draw_pointer(d, i);
	if (d->t->outcome.fault)
		draw_page_fault(d);
	else
		draw_page(d);
}

/* ---- the segment ---- */

static const struct segment_step *find_step(const struct translation *t,
					    enum segment_step_kind kind)
{
	unsigned int i;

	for (i = 0; i < t->trace.nr_steps; i++)
		if (t->trace.steps[i].kind == kind)
			return &t->trace.steps[i];
	return NULL;
}

enum {
	SELECTOR_WIDTH = 150,
	OFFSET_WIDTH = 190,
	SLOT_HEIGHT = 84,
	DESCRIPTOR_X = MARGIN + GUTTER + TABLE + 70,
	BASE_WIDTH = 150,
	ADDER_X = DESCRIPTOR_X + BASE_WIDTH + 70,
	LINEAR_X = ADDER_X + 70,
	LINEAR_WIDTH = 190,
};

static void draw_logical(const struct drawing *d, int y)
{
	const struct translation *t = d->t;
	u16 selector = t->req.selector;

	fputs("<g class=\"segment\">\n", d->out);
	box(d, "tint", MARGIN, y, SELECTOR_WIDTH, BAR);
	text(d, "code middle", MARGIN + SELECTOR_WIDTH / 2, y + 19, "0x%04x", selector);
	text(d, "name middle", MARGIN + SELECTOR_WIDTH / 2, y + 38, "selector");
	fputs("</g>\n<g class=\"page\">\n", d->out);
	box(d, "tint", MARGIN + SELECTOR_WIDTH, y, OFFSET_WIDTH, BAR);
	text(d, "code middle", MARGIN + SELECTOR_WIDTH + OFFSET_WIDTH / 2, y + 19, "0x%08llx",
	     (ull)t->req.address);
	text(d, "name middle", MARGIN + SELECTOR_WIDTH + OFFSET_WIDTH / 2, y + 38, "offset");
	fputs("</g>\n", d->out);
	text(d, "note", MARGIN + 46, y + BAR + 18, "index %u, %s, RPL %u", segment_index(selector),
	     segment_in_ldt(selector) ? "LDT" : "GDT", segment_rpl(selector));
}

/* The table that the selector points into, and the descriptor there. Returns its height. */
static int draw_descriptor_table(const struct drawing *d, int y)
{
	const struct segment_step *table = find_step(d->t, SEGMENT_STEP_TABLE);
	const struct segment_step *entry = find_step(d->t, SEGMENT_STEP_DESCRIPTOR);
	int left = MARGIN + GUTTER, slot = y + SLOT_HEIGHT / 2;

	if (!table)
		return slot;
	if (entry)
		slot = y + SLOT_HEIGHT - ROW / 2 - 2 -
		       (int)((SLOT_HEIGHT - ROW - 4) * segment_index(d->t->req.selector) /
			     ((table->value[1] + 1) / 8));
	fputs("<g class=\"segment\">\n", d->out);
	box(d, "tint", left, y, TABLE, SLOT_HEIGHT);
	if (entry) {
		box(d, "entry", left, slot - ROW / 2, TABLE, ROW);
		text(d, "code middle", left + TABLE / 2, slot + 4, "0x%016llx",
		     (ull)entry->value[0]);
		elbow(d, MARGIN + 30, y - 40, left, slot);
	}
	fputs("</g>\n", d->out);
	text(d, "code", left, y + SLOT_HEIGHT + LINE, "0x%llx", (ull)table->value[0]);
	text(d, "note", left, y + SLOT_HEIGHT + 2 * LINE, "%s, limit 0x%04x",
	     table->value[2] ? "LDT" : "GDT", (unsigned int)table->value[1]);
	return slot;
}

/* What the descriptor says: below its base, or where that would be. */
static void draw_descriptor(const struct drawing *d, int y)
{
	const struct segment_step *entry = find_step(d->t, SEGMENT_STEP_DESCRIPTOR);
	const struct segment_step *bounds = find_step(d->t, SEGMENT_STEP_BOUNDS);
	struct translate_words words = { .length = 0 };

	if (!entry)
		return;
	translate_descriptor_words(&entry->descriptor, &words);
	if (bounds && !bounds->value[2])
		translate_add(&words, "offsets 0x%08llx to 0x%08llx", (ull)bounds->value[0],
			      (ull)bounds->value[1]);
	notes(d, words.text, DESCRIPTOR_X, y + SLOT_HEIGHT + LINE + 8, 56);
}

/* The descriptor's base, on its way to the sum. */
static void draw_base(const struct drawing *d, int slot, u64 base)
{
	int x = MARGIN + GUTTER + TABLE;

	step_down(d, x, slot, x, DESCRIPTOR_X, slot);
	box(d, "tint", DESCRIPTOR_X, slot - BAR / 2, BASE_WIDTH, BAR);
	text(d, "code middle", DESCRIPTOR_X + BASE_WIDTH / 2, slot - BAR / 2 + 19, "0x%08llx",
	     (ull)base);
	text(d, "name middle", DESCRIPTOR_X + BASE_WIDTH / 2, slot - BAR / 2 + 38, "base");
}

/* Base and offset meet, and give the linear address that the fields below are cut from. */
static void draw_sum(const struct drawing *d, int y, int slot)
{
	const struct segment_step *sum = find_step(d->t, SEGMENT_STEP_LINEAR);
	int middle = y + BAR / 2, bar_end = column_x(d->nr_fields - d->has_sign);
	int target = LINEAR_X + LINEAR_WIDTH / 2;

	if (!sum)
		return;
	target = target < bar_end - 40 ? target : bar_end - 40;
	fputs("<g class=\"page\">\n", d->out);
	step_down(d, MARGIN + SELECTOR_WIDTH + OFFSET_WIDTH, middle, ADDER_X - 14, ADDER_X - 14,
		  middle);
	fputs("</g>\n<g class=\"segment\">\n", d->out);
	draw_base(d, slot, sum->value[0]);
	fprintf(d->out, "<path class=\"line\" d=\"M%d %dH%dV%d\"/>\n", DESCRIPTOR_X + BASE_WIDTH,
		slot, ADDER_X, middle + 20);
	fprintf(d->out, "<path class=\"head\" d=\"M%d %dl-4 9h8z\"/>\n", ADDER_X, middle + 14);
	fprintf(d->out, "<circle class=\"tint\" cx=\"%d\" cy=\"%d\" r=\"14\"/>\n", ADDER_X, middle);
	text(d, "name middle", ADDER_X, middle + 5, "+");
	fputs("</g>\n<g class=\"sign\">\n", d->out);
	step_down(d, ADDER_X + 14, middle, LINEAR_X, LINEAR_X, middle);
	box(d, "tint", LINEAR_X, y, LINEAR_WIDTH, BAR);
	text(d, "code middle", LINEAR_X + LINEAR_WIDTH / 2, y + 19, "0x%08llx", (ull)d->t->va);
	text(d, "name middle", LINEAR_X + LINEAR_WIDTH / 2, y + 38, "linear address");
	fprintf(d->out, "<path class=\"line\" d=\"M%d %dV%dH%dV%d\"/>\n",
		LINEAR_X + LINEAR_WIDTH / 2, y + BAR, d->bar_y - 30, target, d->bar_y - 8);
	down_head(d, target, d->bar_y - 2);
	fputs("</g>\n", d->out);
}

static void draw_segment(const struct drawing *d)
{
	int y = MARGIN + SVG_HEAD, table_y = y + BAR + 40, slot;

	draw_logical(d, y);
	slot = draw_descriptor_table(d, table_y);
	draw_descriptor(d, table_y);
	draw_sum(d, y, slot);
	if (!d->t->segment_faults)
		return;
	fputs("<g class=\"fault\">\n", d->out);
	if (find_step(d->t, SEGMENT_STEP_DESCRIPTOR))
		step_down(d, MARGIN + GUTTER + TABLE, slot, DESCRIPTOR_X, DESCRIPTOR_X, slot);
	else
		elbow(d, MARGIN + 30, y + BAR, DESCRIPTOR_X, table_y - 6);
	draw_fault(d, DESCRIPTOR_X, table_y - 22);
	fputs("</g>\n", d->out);
}

/* ---- all of it ---- */

static void print_style(FILE *out)
{
	static const char *const colours[PT_MAX_LEVELS] = { "#c28400", "#2da44e", "#1193a0",
							    "#2f6fde", "#8250df" };
	static const struct {
		const char *name, *colour;
	} others[] = {
		{ "page", "#e8743b" },
		{ "sign", "#8c959f" },
		{ "segment", "#c2409b" },
		{ "fault", "#cf222e" },
	};
	size_t i;

	fputs(".name{font-weight:600;fill:#1f2328}\n"
	      ".note{font-size:12px}\n"
	      ".code,.bit{font-family:ui-monospace,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;"
	      "font-size:11px}\n"
	      ".bit{fill:#656d76;font-size:10px}\n"
	      ".strong{font-weight:700}\n"
	      ".middle{text-anchor:middle}\n.end{text-anchor:end}\n"
	      ".line{fill:none;stroke-width:1.6}\n"
	      ".tint{fill-opacity:.10;stroke-width:1.2}\n.entry{fill-opacity:.34}\n",
	      out);
	for (i = 0; i < PT_MAX_LEVELS; i++)
		fprintf(out,
			".level%zu .line{stroke:%s}\n.level%zu .tint{fill:%s;stroke:%s}\n"
			".level%zu .head,.level%zu .entry{fill:%s}\n",
			i, colours[i], i, colours[i], colours[i], i, i, colours[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		fprintf(out,
			".%s .line{stroke:%s}\n.%s .tint{fill:%s;stroke:%s}\n"
			".%s .head,.%s .entry{fill:%s}\n",
			others[i].name, others[i].colour, others[i].name, others[i].colour,
			others[i].colour, others[i].name, others[i].name, others[i].colour);
	svg_open_dark(out);
	fputs(".name{fill:#f0f6fc}\n.bit{fill:#8b949e}\n", out);
}

static int drawing_width(const struct drawing *d)
{
	const struct translation *t = d->t;
	int width = column_x(t->nr_steps + 1);

	if (t->segment_faults)
		return MIN_WIDTH;
	if (t->outcome.fault)
		width = column_x(t->nr_steps) + GUTTER + FAULT_WIDTH;
	width = width + MARGIN + (t->outcome.fault ? 0 : 24);
	if (t->req.has_selector && width < LINEAR_X + LINEAR_WIDTH + MARGIN)
		width = LINEAR_X + LINEAR_WIDTH + MARGIN;
	return width < MIN_WIDTH ? MIN_WIDTH : width;
}

static int drawing_height(const struct drawing *d)
{
	struct drawing measured = *d;
	int end = table_bottom(d), y;
	unsigned int i;

	if (d->t->segment_faults)
		return MARGIN + SVG_HEAD + SEGMENT;
	if (!d->t->nr_steps)
		return d->table_y + fault_height(d->t) + MARGIN;
	measured.out = NULL;
	for (i = 0; i < d->t->nr_steps; i++) {
		y = draw_entry_notes(&measured, i);
		end = y > end ? y : end;
	}
	return end + MARGIN - LINE / 2;
}

static void print_head(const struct drawing *d)
{
	const struct translation *t = d->t;
	unsigned int width = (unsigned int)drawing_width(d),
		     height = (unsigned int)drawing_height(d);
	char title[100], selector[12] = "";

	if (t->req.has_selector)
		snprintf(selector, sizeof(selector), "0x%04x:", t->req.selector);
	snprintf(title, sizeof(title), "The way of %s0x%llx on ", selector, (ull)t->req.address);
	svg_open(d->out, width, height, title, t->machine ? t->machine : "a machine");
	print_style(d->out);
	svg_ground(d->out, width, height, title, t->machine ? t->machine : "a machine");
	text(d, "quiet", MARGIN, MARGIN + 42, "%s in %s mode; tables of %s",
	     translate_kind_name(t->req.kind), t->req.is_user ? "user" : "kernel", t->format->name);
}

void translate_print_svg(const struct translation *t, FILE *out)
{
	struct drawing d = { .t = t, .out = out };

	d.bar_y = MARGIN + SVG_HEAD + 14 + (t->req.has_selector ? SEGMENT : 0);
	d.table_y = d.bar_y + BAR + TABLE_TOP;
	if (!t->segment_faults) {
		d.nr_fields = translate_cut(t, d.fields);
		d.has_sign = d.fields[0].first == 63;
	}
	print_head(&d);
	if (t->req.has_selector)
		draw_segment(&d);
	if (!t->segment_faults)
		draw_walk(&d);
	fputs("</svg>\n", out);
}
