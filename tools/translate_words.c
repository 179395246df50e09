/* SPDX-License-Identifier: MIT */
/*
 * translate_words.c - entries and rights in words. A word stands for every bit that the
 * format has, and for none that it lacks.
 */
#include "tools/translate.h"

#include <stdarg.h>
#include <string.h>

typedef unsigned long long ull;

void translate_add(struct translate_words *words, const char *fmt, ...)
{
	size_t room = sizeof(words->text) - words->length;
	va_list args;
	int length;

	length = snprintf(words->text + words->length, room, "%s", words->length ? "; " : "");
	words->length += (size_t)length < room ? (size_t)length : room - 1;
	room = sizeof(words->text) - words->length;
	va_start(args, fmt);
	length = vsnprintf(words->text + words->length, room, fmt, args);
	va_end(args);
	words->length += (size_t)length < room ? (size_t)length : room - 1;
}

const char *translate_level_name(const struct pt_format *f, unsigned int level)
{
	static const char *const names[PT_MAX_LEVELS] = { "pte", "pmd", "pud", "p4d", "pgd" };

	return names[level == f->levels - 1u ? PT_MAX_LEVELS - 1 : level];
}

const char *translate_root_register(const struct pt_format *f)
{
	static const char *const names[] = {
		[PT_MMU_X86] = "CR3",	    [PT_MMU_ALPHA] = "PTBR", [PT_MMU_ARMV7] = "TTBR0",
		[PT_MMU_AARCH64] = "TTBR1", [PT_MMU_RISCV] = "satp",
	};

	return names[f->mmu];
}

const char *translate_kind_name(enum pt_access_kind kind)
{
	static const char *const names[] = {
		[PT_LOAD] = "read", [PT_STORE] = "write", [PT_FETCH] = "execute"
	};

	return names[kind];
}

/* ---- rights ---- */

/* Does a leaf of the format tell the flag, whatever else it allows? */
static bool has_flag(const struct pt_format *f, unsigned int flag)
{
	return pt_prot_fit(f, PT_READ | flag) & flag;
}

void translate_rights_words(const struct pt_format *f, unsigned int prot,
			    struct translate_words *words)
{
	translate_add(words, "%sread, %swrite, %sexecute", prot & PT_READ ? "" : "no ",
		      prot & PT_WRITE ? "" : "no ", prot & PT_EXEC ? "" : "no ");
	translate_add(words, prot & PT_USER ? "user" : "kernel only");
	if (has_flag(f, PT_GLOBAL))
		translate_add(words, prot & PT_GLOBAL ? "global" : "not global");
}

static const char *cache_name(enum pt_cache cache)
{
	static const char *const names[PT_NR_CACHES] = {
		[PT_CACHE_WB] = "write-back",
		[PT_CACHE_UC] = "uncached",
		[PT_CACHE_WT] = "write-through",
		[PT_CACHE_WC] = "write-combining",
	};

	return names[cache];
}

/* A format of one cache type (RISC-V) has no bits to show. */
static bool has_cache_types(const struct pt_format *f, unsigned int level)
{
	return f->level[level].leaf->cache_mask;
}

static void leaf_words(const struct pt_format *f, const struct translate_step *step,
		       struct translate_words *words)
{
	unsigned int prot = pt_leaf_prot(f, step->level, step->entry);

	translate_add(words, "%s page at 0x%llx", size_text(pt_level_size(f, step->level)),
		      (ull)pt_leaf_addr(f, step->level, step->entry));
	translate_rights_words(f, prot, words);
	if (has_flag(f, PT_ACCESSED))
		translate_add(words, prot & PT_ACCESSED ? "accessed" : "not accessed");
	if (has_flag(f, PT_DIRTY))
		translate_add(words, prot & PT_DIRTY ? "dirty" : "clean");
	if (has_cache_types(f, step->level))
		translate_add(words, "%s", cache_name(pt_leaf_cache(f, step->level, step->entry)));
}

static bool may_deny(const struct pt_test *test)
{
	return test->mask || test->is_not;
}

/* What a table refuses for all that is below it; what its format cannot refuse is not told. */
static void table_words(const struct pt_format *f, const struct translate_step *step,
			struct translate_words *words)
{
	const struct pt_table *table = f->level[step->level].table;
	bool write = pt_holds(&table->write, step->entry);
	bool exec = pt_holds(&table->exec, step->entry);

	translate_add(words, "table at 0x%llx", (ull)pt_table_addr(f, step->level, step->entry));
	if (may_deny(&table->write) || may_deny(&table->exec))
		translate_add(words, "%swrite, %sexecute", write ? "" : "no ", exec ? "" : "no ");
	if (may_deny(&table->user))
		translate_add(words, pt_holds(&table->user, step->entry) ? "user" : "kernel only");
	if (table->accessed)
		translate_add(words, step->entry & table->accessed ? "accessed" : "not accessed");
}

void translate_entry_words(const struct pt_format *f, const struct translate_step *step,
			   struct translate_words *words)
{
	switch (pt_kind(f, step->level, step->entry)) {
	case PT_TABLE:
		translate_add(words, "present");
		table_words(f, step, words);
		break;
	case PT_LEAF:
		translate_add(words, "present");
		leaf_words(f, step, words);
		break;
	case PT_NONE:
		translate_add(words, "not present");
		translate_add(words, "empty");
		break;
	case PT_NONPRESENT:
		translate_add(words, "not present");
		translate_add(words, "swap entry, type %u, offset 0x%llx",
			      pt_swap_type(f, step->entry), (ull)pt_swap_offset(f, step->entry));
		break;
	case PT_BAD:
		translate_add(words, "present");
		translate_add(words, "no entry that %s has at this level", f->name);
		break;
	}
}

/* ---- what the access sets ---- */

/* "accessed", "dirty", "accessed and dirty": the flags of a leaf that were not there before. */
static const char *new_flags(const struct pt_format *f, const struct translate_step *step)
{
	unsigned int before, after, set;

	if (!pt_is_leaf(f, step->level, step->entry))
		return "accessed";
	before = pt_leaf_prot(f, step->level, step->entry);
	after = pt_leaf_prot(f, step->level, step->after);
	set = after & ~before & (PT_ACCESSED | PT_DIRTY);
	return set == PT_DIRTY ? "dirty" : set == PT_ACCESSED ? "accessed" : "accessed and dirty";
}

void translate_sets_words(const struct translation *t, struct translate_words *words)
{
	unsigned int i;

	for (i = 0; i < t->nr_steps; i++)
		if (t->step[i].after != t->step[i].entry)
			translate_add(words, "%s in the %s", new_flags(t->format, &t->step[i]),
				      translate_level_name(t->format, t->step[i].level));
}

void translate_descriptor_words(const struct segment_descriptor *d, struct translate_words *words)
{
	translate_add(words, "base 0x%08llx", (ull)d->base);
	translate_add(words, "limit 0x%05x%s", d->limit, d->g ? " pages" : " bytes");
	translate_add(words, d->p ? "present" : "not present");
	translate_add(words, "DPL %u", d->dpl);
	if (d->s)
		translate_add(words, d->l ? "64-bit" : d->db ? "32-bit" : "16-bit");
	translate_add(words, "%s", segment_type_name(d));
	if (d->s)
		translate_add(words, d->type & SEGMENT_ACCESSED ? "accessed" : "not accessed");
}

/* ---- the address in its fields ---- */

static void set_binary(struct translate_field *field, u64 va)
{
	unsigned int bit = field->first, n = 0;

	do {
		field->value[n++] = va >> bit & 1 ? '1' : '0';
	} while (bit-- > field->last);
	field->value[n] = '\0';
}

static void set_hex(struct translate_field *field, u64 va)
{
	unsigned int width = field->first - field->last + 1;
	u64 value = va >> field->last & ~(u64)0 >> (64 - width);

	snprintf(field->value, sizeof(field->value), "0x%llx", (ull)value);
}

/* Bits that are no index and no offset: on 64-bit machines there are some above. */
static bool has_sign(const struct translation *t)
{
	return t->format->va_bits > 32 || t->va >> 32;
}

/* Is the last entry that was read what decides about all bits below it? */
static bool ends_at_leaf(const struct translation *t)
{
	const struct translate_step *last = t->nr_steps ? &t->step[t->nr_steps - 1] : NULL;

	return last && pt_is_leaf(t->format, last->level, last->entry);
}

unsigned int translate_cut(const struct translation *t,
			   struct translate_field fields[TRANSLATE_FIELDS])
{
	const struct pt_format *f = t->format;
	unsigned int nr = 0, i, below = f->va_bits;

	memset(fields, 0, TRANSLATE_FIELDS * sizeof(*fields));
	if (has_sign(t)) {
		fields[0] = (struct translate_field){ .name = f->is_signed ? "sign" : "zero",
						      .first = 63,
						      .last = f->va_bits };
		set_hex(&fields[nr++], t->va);
	}
	for (i = 0; i < t->nr_steps; i++) {
		struct translate_field *field = &fields[nr++];
		unsigned int level = t->step[i].level;

		field->name = translate_level_name(f, level);
		field->first = below - 1u;
		field->last = below = f->level[level].shift;
		set_binary(field, t->va);
		snprintf(field->index, sizeof(field->index), "%lu", t->step[i].index);
	}
	fields[nr].name = ends_at_leaf(t) ? "offset" : "rest";
	fields[nr].first = below - 1u;
	set_hex(&fields[nr++], t->va);
	return nr;
}
