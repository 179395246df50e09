/* SPDX-License-Identifier: MIT */
/*
 * translate_text.c - the way in words: the segment, the address cut into its fields, each
 * level's entry, and where it ends.
 */
#include "tools/translate.h"

#include <string.h>

#define COLUMNS 80
#define LABEL 10 /* of "  label     value" */

typedef unsigned long long ull;

/*
 * Prints pieces that stand between "; ", broken to lines; the cursor is in column `indent`,
 * and so is what each further line begins with.
 */
static void print_wrapped(FILE *out, const char *text, int indent)
{
	int column = indent;

	while (*text) {
		const char *end = strstr(text, "; ");
		int length = end ? (int)(end - text) + 1 : (int)strlen(text);

		if (column > indent && column + 1 + length > COLUMNS) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", length, text);
		column += length;
		text += end ? length + 1 : length;
	}
	fputc('\n', out);
}

static void print_label(FILE *out, const char *label)
{
	fprintf(out, "  %-*s", LABEL, label);
}

static int hex_digits(u64 value)
{
	int digits = 1;

	while (digits < 16 && value >> (4 * digits))
		digits++;
	return digits;
}

/* Hex digits of an address of the format. */
static int va_digits(const struct pt_format *f)
{
	return f->va_bits > 32 ? 16 : 8;
}

/* ---- the segment ---- */

static void print_descriptor(FILE *out, const struct segment_descriptor *d)
{
	struct translate_words words = { .length = 0 };

	translate_descriptor_words(d, &words);
	fprintf(out, "%*s", LABEL + 2, "");
	print_wrapped(out, words.text, LABEL + 2);
}

static void print_bounds(FILE *out, const struct segment_step *step)
{
	print_label(out, "limit");
	if (step->value[2])
		fprintf(out, "no offset is inside\n");
	else
		fprintf(out, "offsets 0x%08llx to 0x%08llx are inside\n", (ull)step->value[0],
			(ull)step->value[1]);
}

static void print_segment_step(FILE *out, const struct segment_step *step)
{
	const u64 *v = step->value;

	switch (step->kind) {
	case SEGMENT_STEP_SELECTOR:
		print_label(out, "selector");
		fprintf(out, "0x%04x: index %u, %s, RPL %u\n", (unsigned int)v[0],
			segment_index((u16)v[0]), segment_in_ldt((u16)v[0]) ? "LDT" : "GDT",
			segment_rpl((u16)v[0]));
		break;
	case SEGMENT_STEP_NULL:
		print_label(out, "selector");
		fprintf(out, "0x%04x: null\n", (unsigned int)v[0]);
		break;
	case SEGMENT_STEP_TABLE:
		print_label(out, v[2] ? "LDT" : "GDT");
		fprintf(out, "base 0x%08llx, limit 0x%04x\n", (ull)v[0], (unsigned int)v[1]);
		break;
	case SEGMENT_STEP_ADDRESS:
		print_label(out, "slot");
		fprintf(out, "0x%08llx + 8 * %u = 0x%08llx\n", (ull)v[0], (unsigned int)v[1],
			(ull)v[2]);
		break;
	case SEGMENT_STEP_DESCRIPTOR:
		print_label(out, "entry");
		fprintf(out, "0x%016llx\n", (ull)v[0]);
		print_descriptor(out, &step->descriptor);
		break;
	case SEGMENT_STEP_LOADED:
		print_label(out, "load");
		fprintf(out, "into %s: CPL %u, RPL %u, DPL %u: allowed\n",
			segment_register_name((enum segment_register)v[0]), (unsigned int)v[1],
			(unsigned int)v[2], step->descriptor.dpl);
		break;
	case SEGMENT_STEP_BOUNDS:
		print_bounds(out, step);
		break;
	case SEGMENT_STEP_LINEAR:
		print_label(out, "linear");
		fprintf(out, "0x%08llx + 0x%08llx = 0x%08llx\n", (ull)v[0], (ull)v[1], (ull)v[2]);
		break;
	default: /* checked: the next step says so; hidden: not with a selector; fault: below */
		break;
	}
}

static void print_segment(const struct translation *t, FILE *out)
{
	unsigned int i;

	fprintf(out, "\nSegment\n");
	for (i = 0; i < t->trace.nr_steps; i++)
		print_segment_step(out, &t->trace.steps[i]);
}

/* ---- the address in its fields ---- */

static int field_width(const struct translate_field *field)
{
	char bits[12];
	int width = snprintf(bits, sizeof(bits), "%u..%u", field->first, field->last);
	int value = (int)strlen(field->value), name = (int)strlen(field->name);

	width = value > width ? value : width;
	return (name > width ? name : width) + 2;
}

enum field_row { FIELD_NAME, FIELD_BITS, FIELD_VALUE, FIELD_INDEX };

static const char *field_text(const struct translate_field *field, enum field_row row, char *bits,
			      size_t size)
{
	switch (row) {
	case FIELD_NAME:
		return field->name;
	case FIELD_VALUE:
		return field->value;
	case FIELD_INDEX:
		return field->index;
	default:
		snprintf(bits, size, "%u..%u", field->first, field->last);
		return bits;
	}
}

static void print_field_row(FILE *out, const char *label, const struct translate_field *fields,
			    unsigned int nr, enum field_row row)
{
	unsigned int i;
	int gap = 8; /* columns to fill before the next text: none behind the last */

	fprintf(out, "  %s", label);
	gap -= (int)strlen(label);
	for (i = 0; i < nr; i++) {
		char bits[12];
		const char *text = field_text(&fields[i], row, bits, sizeof(bits));

		if (*text) {
			fprintf(out, "%*s%s", gap, "", text);
			gap = -(int)strlen(text);
		}
		gap += field_width(&fields[i]);
	}
	fputc('\n', out);
}

static void print_fields(const struct translation *t, FILE *out)
{
	struct translate_field fields[TRANSLATE_FIELDS];
	unsigned int nr = translate_cut(t, fields);

	fprintf(out, "\nAddress 0x%0*llx\n", va_digits(t->format), (ull)t->va);
	print_field_row(out, "field", fields, nr, FIELD_NAME);
	print_field_row(out, "bits", fields, nr, FIELD_BITS);
	print_field_row(out, "value", fields, nr, FIELD_VALUE);
	print_field_row(out, "index", fields, nr, FIELD_INDEX);
}

/* ---- the tables ---- */

static void print_walk(const struct translation *t, FILE *out)
{
	int digits = 0, entry_digits = t->format->entry_bytes * 2;
	unsigned int i;

	for (i = 0; i < t->nr_steps; i++)
		if (hex_digits(t->step[i].slot) > digits)
			digits = hex_digits(t->step[i].slot);
	digits = digits < 6 ? 6 : digits;
	fprintf(out, "\nTables, from %s 0x%llx\n", translate_root_register(t->format),
		(ull)t->root);
	fprintf(out, "  %-*s%-*s  index  %-*s  entry\n", LABEL, "level", digits + 2, "table",
		digits + 2, "entry at");
	for (i = 0; i < t->nr_steps; i++) {
		const struct translate_step *step = &t->step[i];
		struct translate_words words = { .length = 0 };

		print_label(out, translate_level_name(t->format, step->level));
		fprintf(out, "0x%0*llx  %5lu  0x%0*llx  0x%0*llx\n", digits, (ull)step->table,
			step->index, digits, (ull)step->slot, entry_digits, (ull)step->entry);
		translate_entry_words(t->format, step, &words);
		fprintf(out, "%*s", LABEL + 2, "");
		print_wrapped(out, words.text, LABEL + 2);
	}
}

/* ---- the end ---- */

static void print_sets(const struct translation *t, FILE *out)
{
	struct translate_words words = { .length = 0 };

	translate_sets_words(t, &words);
	if (!words.length)
		return;
	print_label(out, "sets");
	print_wrapped(out, words.text, LABEL + 2);
}

static void print_translated(const struct translation *t, FILE *out)
{
	struct translate_words rights = { .length = 0 };
	u64 phys = t->outcome.phys;

	fprintf(out, "\nPhysical 0x%0*llx\n", hex_digits(phys) < 8 ? 8 : hex_digits(phys),
		(ull)phys);
	print_label(out, "frame");
	fprintf(out, "0x%lx, offset 0x%llx in it\n", (unsigned long)t->pfn,
		(ull)(phys & (PAGE_SIZE - 1)));
	print_label(out, "zone");
	if (t->zone)
		fprintf(out, "%s, node %d\n", t->zone, t->nid);
	else
		fprintf(out, "none: %s\n", t->has_byte ? "RAM without a zone" : "not RAM");
	print_label(out, "rights");
	translate_rights_words(t->format, t->prot, &rights);
	print_wrapped(out, rights.text, LABEL + 2);
	print_sets(t, out);
	if (t->has_byte) {
		print_label(out, "byte");
		fprintf(out, "0x%02x\n", t->byte);
	}
}

static void print_fault(const struct translation *t, FILE *out)
{
	struct translate_code_field fields[TRANSLATE_CODE_FIELDS];
	unsigned int nr = translate_fault_fields(t, fields), i;
	char text[120];

	translate_fault_reason(t, text, sizeof(text));
	fprintf(out, "\nFault: %s\n", text);
	translate_fault_name(t, text, sizeof(text));
	fprintf(out, "  %s\n", text);
	for (i = 0; i < nr; i++)
		fprintf(out, "    %-6s %-5u %s\n", fields[i].name, fields[i].value,
			fields[i].meaning);
	if (!t->segment_faults)
		print_sets(t, out);
}

void translate_print(const struct translation *t, FILE *out)
{
	fprintf(out, "%s: %s ", t->machine ? t->machine : "machine",
		translate_kind_name(t->req.kind));
	if (t->req.has_selector)
		fprintf(out, "0x%04x:", t->req.selector);
	fprintf(out, "0x%0*llx in %s mode, %s\n", va_digits(t->format), (ull)t->req.address,
		t->req.is_user ? "user" : "kernel", t->format->name);
	if (t->req.has_selector)
		print_segment(t, out);
	if (!t->segment_faults) {
		print_fields(t, out);
		if (t->nr_steps)
			print_walk(t, out);
	}
	if (translate_faults(t))
		print_fault(t, out);
	else
		print_translated(t, out);
}
