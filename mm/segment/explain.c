/* SPDX-License-Identifier: MIT */
/*
 * explain.c - a translation as a list of steps, and the steps as text.
 *
 * The steps are recorded around the same checks that the CPU's part makes; nothing is
 * decided here a second time.
 */
#include "mm/lib/format.h"
#include "mm/segment/internal.h"

#define LL(x) ((unsigned long long)(x))

static struct segment_step *add(struct segment_trace *trace, enum segment_step_kind kind)
{
	struct segment_step *step = &trace->steps[trace->nr_steps++];

	*step = (struct segment_step){ .kind = kind };
	return step;
}

static void add_values(struct segment_trace *trace, enum segment_step_kind kind, u64 a, u64 b,
		       u64 c)
{
	struct segment_step *step = add(trace, kind);

	step->value[0] = a;
	step->value[1] = b;
	step->value[2] = c;
}

/* Selector, table, address, descriptor: as far as they can be found. */
static void explain_lookup(const struct segment_cpu *cpu, u16 selector, struct segment_trace *trace,
			   struct segment_entry *entry)
{
	struct segment_fault ignored;
	struct segment_gdtr table;
	struct segment_step *step;

	add_values(trace, segment_is_null(selector) ? SEGMENT_STEP_NULL : SEGMENT_STEP_SELECTOR,
		   selector, 0, 0);
	if (segment_is_null(selector) || !segment_find_table(cpu, selector, &table))
		return;
	add_values(trace, SEGMENT_STEP_TABLE, table.base, table.limit, segment_in_ldt(selector));
	if (segment_index(selector) * 8U + 7 > table.limit)
		return;
	add_values(trace, SEGMENT_STEP_ADDRESS, table.base, segment_index(selector),
		   segment_wrap(cpu, table.base + segment_index(selector) * 8));
	if (segment_fetch(cpu, selector, SEGMENT_GP, 0, entry, &ignored))
		return;
	step = add(trace, SEGMENT_STEP_DESCRIPTOR);
	step->value[0] = segment_raw(&entry->desc);
	step->descriptor = entry->d;
}

static int check_cs(const struct segment_cpu *cpu, u16 selector, struct segment_loading *loading,
		    struct segment_fault *fault)
{
	struct segment_entry entry;
	int err;

	if (segment_is_null(selector))
		return segment_raise(fault, SEGMENT_GP, 0, "null selector in cs");
	err = segment_fetch(cpu, selector, SEGMENT_GP, 0, &entry, fault);
	return err ? err : segment_check_jump(cpu, selector, &entry, loading, fault);
}

/* Loads a copy of the CPU: its own register and the table stay as they are. */
static int explain_load(struct segment_cpu *copy, const struct segment_logical *logical,
			struct segment_trace *trace, struct segment_fault *fault)
{
	unsigned int cpl = segment_cpl(copy);
	struct segment_loading loading;
	struct segment_entry entry;
	struct segment_step *step;
	int err;

	explain_lookup(copy, logical->selector, trace, &entry);
	if (logical->reg == SEGMENT_CS)
		err = check_cs(copy, logical->selector, &loading, fault);
	else
		err = segment_check_load(copy, logical->reg, logical->selector, &loading, fault);
	if (err)
		return err;
	copy->reg[logical->reg] = loading.cache;
	if (!loading.cache.is_usable)
		return 0;
	step = add(trace, SEGMENT_STEP_LOADED);
	step->value[0] = logical->reg;
	step->value[1] = cpl;
	step->value[2] = segment_rpl(logical->selector);
	step->descriptor = loading.cache.hidden;
	return 0;
}

static void explain_hidden(const struct segment_cpu *cpu, const struct segment_logical *logical,
			   struct segment_trace *trace)
{
	const struct segment_cache *seg = &cpu->reg[logical->reg];
	struct segment_step *step;

	if (!seg->is_usable) {
		add_values(trace, SEGMENT_STEP_NULL, seg->selector, 0, 0);
		return;
	}
	step = add(trace, SEGMENT_STEP_HIDDEN);
	step->value[0] = logical->reg;
	step->value[1] = seg->selector;
	step->descriptor = seg->hidden;
}

static int explain_access(const struct segment_cpu *cpu, const struct segment_logical *logical,
			  struct segment_trace *trace, u64 *linear, struct segment_fault *fault)
{
	const struct segment_cache *seg = &cpu->reg[logical->reg];
	struct segment_bounds bounds = segment_bounds(&seg->hidden);
	int err;

	if (seg->is_usable && !segment_is_64bit(cpu))
		add_values(trace, SEGMENT_STEP_BOUNDS, bounds.first, bounds.last, bounds.is_empty);
	err = segment_translate(cpu, logical->reg, logical->access, logical->offset, logical->size,
				linear, fault);
	if (err)
		return err;
	add_values(trace, SEGMENT_STEP_CHECKED, logical->offset, logical->size, logical->access);
	/* The base that counted: 64-bit mode has none for most registers. */
	add_values(trace, SEGMENT_STEP_LINEAR,
		   segment_is_64bit(cpu) ? *linear - logical->offset : seg->hidden.base,
		   logical->offset, *linear);
	return 0;
}

/* What segment_translate would refuse as meaningless, before a step is recorded. */
static bool means_something(const struct segment_cpu *cpu, const struct segment_logical *logical)
{
	struct segment_fault fault;
	u64 linear;

	return segment_translate(cpu, logical->reg, logical->access, logical->offset, logical->size,
				 &linear, &fault) != -EINVAL;
}

int segment_explain(const struct segment_cpu *cpu, const struct segment_logical *logical,
		    struct segment_trace *trace, u64 *linear, struct segment_fault *fault)
{
	struct segment_cpu copy = *cpu;
	int err = 0;

	trace->nr_steps = 0;
	if (!means_something(cpu, logical))
		return -EINVAL;
	if (logical->has_selector)
		err = explain_load(&copy, logical, trace, fault);
	else
		explain_hidden(&copy, logical, trace);
	if (!err)
		err = explain_access(&copy, logical, trace, linear, fault);
	if (err == -EFAULT)
		add(trace, SEGMENT_STEP_FAULT)->fault = *fault;
	return err;
}

static int descriptor_text(const char *head, const struct segment_descriptor *d, char *text,
			   size_t size)
{
	return quire_snprintf(text, size,
			      "%s: base 0x%08llx, limit 0x%05x, G=%d D/B=%d L=%d AVL=%d P=%d "
			      "DPL=%d S=%d type 0x%x (%s)",
			      head, LL(d->base), (unsigned int)d->limit, d->g, d->db, d->l, d->avl, d->p,
			      d->dpl, d->s, d->type, segment_type_name(d));
}

static int fault_text(const struct segment_fault *fault, char *text, size_t size)
{
	if (fault->vector == SEGMENT_PF)
		return quire_snprintf(text, size, "fault #PF at 0x%08llx: %s", LL(fault->address),
				      fault->why);
	return quire_snprintf(text, size, "fault %s(0x%04x): %s",
			      segment_vector_name(fault->vector), fault->error, fault->why);
}

static int selector_text(u16 selector, char *text, size_t size)
{
	return quire_snprintf(text, size, "selector 0x%04x: index %u, %s, RPL %u", selector,
			      segment_index(selector), segment_in_ldt(selector) ? "LDT" : "GDT",
			      segment_rpl(selector));
}

static int hidden_text(const struct segment_step *step, char *text, size_t size)
{
	char head[40];

	quire_snprintf(head, sizeof(head), "%s holds 0x%04x; hidden copy",
		       segment_register_name((enum segment_register)step->value[0]),
		       (unsigned int)step->value[1]);
	return descriptor_text(head, &step->descriptor, text, size);
}

static int bounds_text(const struct segment_step *step, char *text, size_t size)
{
	if (step->value[2])
		return quire_snprintf(text, size, "bounds: no offset is inside");
	return quire_snprintf(text, size, "bounds: offsets 0x%08llx-0x%08llx", LL(step->value[0]),
			      LL(step->value[1]));
}

int segment_step_text(const struct segment_step *step, char *text, size_t size)
{
	static const char *const access[] = { "read", "write", "execute" };
	const u64 *v = step->value;

	switch (step->kind) {
	case SEGMENT_STEP_SELECTOR:
		return selector_text((u16)v[0], text, size);
	case SEGMENT_STEP_NULL:
		return quire_snprintf(text, size, "selector 0x%04x: null", (unsigned int)v[0]);
	case SEGMENT_STEP_TABLE:
		return quire_snprintf(text, size, "%s: base 0x%08llx, limit 0x%04x",
				      v[2] ? "LDT" : "GDT", LL(v[0]), (unsigned int)v[1]);
	case SEGMENT_STEP_ADDRESS:
		return quire_snprintf(text, size, "descriptor at 0x%08llx + 8 * %u = 0x%08llx",
				      LL(v[0]), (unsigned int)v[1], LL(v[2]));
	case SEGMENT_STEP_DESCRIPTOR: {
		char head[40];

		quire_snprintf(head, sizeof(head), "descriptor 0x%016llx", LL(v[0]));
		return descriptor_text(head, &step->descriptor, text, size);
	}
	case SEGMENT_STEP_HIDDEN:
		return hidden_text(step, text, size);
	case SEGMENT_STEP_LOADED:
		return quire_snprintf(text, size, "load into %s: CPL %u, RPL %u, DPL %u: allowed",
				      segment_register_name((enum segment_register)v[0]),
				      (unsigned int)v[1], (unsigned int)v[2], step->descriptor.dpl);
	case SEGMENT_STEP_BOUNDS:
		return bounds_text(step, text, size);
	case SEGMENT_STEP_CHECKED:
		return quire_snprintf(text, size, "offset 0x%08llx, %llu bytes, %s: allowed",
				      LL(v[0]), LL(v[1]), access[(unsigned int)v[2] % 3]);
	case SEGMENT_STEP_LINEAR:
		return quire_snprintf(text, size, "linear 0x%08llx + 0x%08llx = 0x%08llx", LL(v[0]),
				      LL(v[1]), LL(v[2]));
	case SEGMENT_STEP_FAULT:
		return fault_text(&step->fault, text, size);
	}
	return quire_snprintf(text, size, "?");
}

void segment_trace_text(const struct segment_trace *trace,
			void (*line)(void *ctx, const char *text), void *ctx)
{
	char text[200];
	unsigned int i;

	for (i = 0; i < trace->nr_steps; i++) {
		segment_step_text(&trace->steps[i], text, sizeof(text));
		line(ctx, text);
	}
}
