/* SPDX-License-Identifier: MIT */
/*
 * load.c - the theory of the unit, and how segment registers are loaded.
 *
 * A logical address is a segment and an offset. Which segment is said once, when a register
 * is loaded; the addresses are made many times, and never look at the table again:
 *
 *	 selector                     GDT, or the LDT that a
 *	 15        3  2 1 0           descriptor of the GDT describes
 *	+-----------+--+---+         +--------------------+  gdtr.base / ldtr.base
 *	|   index   |TI|RPL|         | null (GDT)         |
 *	+-----------+--+---+         +--------------------+
 *	      |       |              |                    |
 *	      |       +-- table ---> +--------------------+
 *	      +------ 8 * index ---> | base, limit, access|
 *	                             +--------------------+
 *	                                       |  on a load: table limit, type, privilege,
 *	                                       |  presence are checked; A or busy is set
 *	                                       v
 *	 register    +----------+--------------------------+
 *	             | selector | hidden: base limit access|
 *	             +----------+--------------------------+
 *	                                       |  on an access: type and limit are checked
 *	 offset -------------------------------+
 *	                                       v
 *	                              linear = base + offset
 *
 * So a changed table means nothing to a register until it is loaded again, and that is why
 * a kernel reloads all of them after LGDT.
 *
 * Privilege. CPL is the level of the code that runs, in the low bits of cs. RPL is the level
 * on whose behalf a selector is used, and DPL the level the segment asks for. A data segment
 * demands max(CPL, RPL) <= DPL. The stack's level is exactly the CPL. Code is entered at its
 * own level; conforming code also from below, and then runs at the level of its caller.
 *
 * Every function first decides (check_*, const) and then writes (commit), so that a fault
 * leaves nothing behind.
 */
#include "mm/lib/string.h"
#include "mm/segment/internal.h"

#define SLOT 8U
#define ACCESS_BYTE 5 /* of a descriptor: P, DPL, S, type */
#define BUSY 0x2

int segment_raise(struct segment_fault *fault, unsigned int vector, u16 error, const char *why)
{
	*fault = (struct segment_fault){ .vector = (u8)vector, .error = error, .why = why };
	return -EFAULT;
}

const char *segment_vector_name(unsigned int vector)
{
	switch (vector) {
	case SEGMENT_UD:
		return "#UD";
	case SEGMENT_TS:
		return "#TS";
	case SEGMENT_NP:
		return "#NP";
	case SEGMENT_SS_FAULT:
		return "#SS";
	case SEGMENT_GP:
		return "#GP";
	case SEGMENT_PF:
		return "#PF";
	default:
		return "?";
	}
}

const char *segment_register_name(enum segment_register reg)
{
	static const char *const names[SEGMENT_REGISTERS] = { "es", "cs", "ss", "ds", "fs", "gs" };

	return (unsigned int)reg < SEGMENT_REGISTERS ? names[reg] : "?";
}

void segment_cpu_init(struct segment_cpu *cpu, void *(*memory)(void *, u64, size_t), void *ctx)
{
	unsigned int reg;

	memset(cpu, 0, sizeof(*cpu));
	for (reg = 0; reg < SEGMENT_REGISTERS; reg++) {
		cpu->reg[reg].is_usable = true;
		cpu->reg[reg].hidden = segment_flat(reg == SEGMENT_CS, 0);
		cpu->reg[reg].hidden.type |= SEGMENT_ACCESSED;
	}
	cpu->linear_bits = 48;
	cpu->memory = memory;
	cpu->ctx = ctx;
}

u64 segment_get_le(const u8 *bytes, unsigned int size)
{
	u64 value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

int segment_map(const struct segment_cpu *cpu, u64 linear, size_t size, u8 **bytes,
		struct segment_fault *fault)
{
	*bytes = cpu->memory(cpu->ctx, linear, size);
	if (*bytes)
		return 0;
	segment_raise(fault, SEGMENT_PF, 0, "a table or TSS is not mapped");
	fault->address = linear;
	return -EFAULT;
}

bool segment_find_table(const struct segment_cpu *cpu, u16 selector, struct segment_gdtr *table)
{
	u32 limit;

	if (!segment_in_ldt(selector)) {
		*table = cpu->gdtr;
		return true;
	}
	limit = segment_limit(&cpu->ldtr.hidden);
	/* An index reaches no further than 64 KiB. */
	table->limit = limit > 0xffff ? 0xffff : (u16)limit;
	table->base = cpu->ldtr.hidden.base;
	return cpu->ldtr.is_usable;
}

/* Reads `size` bytes, 8 or 16, of descriptor. */
static int fetch(const struct segment_cpu *cpu, u16 selector, unsigned int size,
		 unsigned int vector, u16 ext, struct segment_entry *entry,
		 struct segment_fault *fault)
{
	u16 error = segment_error(selector) | ext;
	unsigned int offset = segment_index(selector) * SLOT;
	struct segment_gdtr table;
	int err;

	if (!segment_find_table(cpu, selector, &table))
		return segment_raise(fault, vector, error, "there is no LDT");
	if (offset + size - 1 > table.limit)
		return segment_raise(fault, vector, error, "index beyond the table's limit");
	entry->address = segment_wrap(cpu, table.base + offset);
	err = segment_map(cpu, entry->address, size, &entry->bytes, fault);
	if (err)
		return err;
	entry->desc.a = (u32)segment_get_le(entry->bytes, 4);
	entry->desc.b = (u32)segment_get_le(entry->bytes + 4, 4);
	entry->d = segment_decode(&entry->desc);
	return 0;
}

int segment_fetch(const struct segment_cpu *cpu, u16 selector, unsigned int vector, u16 ext,
		  struct segment_entry *entry, struct segment_fault *fault)
{
	return fetch(cpu, selector, SLOT, vector, ext, entry, fault);
}

void segment_fill(struct segment_loading *loading, u16 selector, const struct segment_entry *entry)
{
	loading->cache.selector = selector;
	loading->cache.is_usable = true;
	loading->cache.hidden = entry->d;
	loading->cache.hidden.type |= SEGMENT_ACCESSED;
	loading->descriptor = entry->bytes;
}

void segment_commit(struct segment_cache *reg, const struct segment_loading *loading)
{
	u8 *bytes = loading->descriptor;

	/* Written only when it changes: a table in ROM with the bit set is legal. */
	if (bytes && !(bytes[ACCESS_BYTE] & SEGMENT_ACCESSED))
		bytes[ACCESS_BYTE] |= SEGMENT_ACCESSED;
	*reg = loading->cache;
}

int segment_check_stack(const struct segment_cpu *cpu, u16 selector, unsigned int cpl,
			unsigned int vector, u16 ext, struct segment_loading *loading,
			struct segment_fault *fault)
{
	u16 error = segment_error(selector) | ext;
	struct segment_entry entry;
	int err;

	if (segment_is_null(selector))
		return segment_raise(fault, vector, error, "null selector in ss");
	err = segment_fetch(cpu, selector, vector, ext, &entry, fault);
	if (err)
		return err;
	if (segment_rpl(selector) != cpl)
		return segment_raise(fault, vector, error, "RPL of ss is not the level's");
	if (!segment_is_writable(&entry.d))
		return segment_raise(fault, vector, error, "ss needs writable data");
	if (entry.d.dpl != cpl)
		return segment_raise(fault, vector, error, "DPL of ss is not the level's");
	if (!entry.d.p)
		return segment_raise(fault, SEGMENT_SS_FAULT, error, "stack segment not present");
	segment_fill(loading, selector, &entry);
	return 0;
}

static int check_data(const struct segment_cpu *cpu, u16 selector,
		      const struct segment_descriptor *d, struct segment_fault *fault)
{
	u16 error = segment_error(selector);

	if (!segment_is_readable(d))
		return segment_raise(fault, SEGMENT_GP, error, "neither data nor readable code");
	if (!segment_is_conforming(d)) {
		if (segment_rpl(selector) > d->dpl)
			return segment_raise(fault, SEGMENT_GP, error, "RPL above DPL");
		if (segment_cpl(cpu) > d->dpl)
			return segment_raise(fault, SEGMENT_GP, error, "CPL above DPL");
	}
	if (!d->p)
		return segment_raise(fault, SEGMENT_NP, error, "segment not present");
	return 0;
}

int segment_check_load(const struct segment_cpu *cpu, enum segment_register reg, u16 selector,
		       struct segment_loading *loading, struct segment_fault *fault)
{
	unsigned int cpl = segment_cpl(cpu);
	bool may_be_null = reg != SEGMENT_SS || (segment_is_64bit(cpu) && cpl < 3 &&
						 segment_rpl(selector) == cpl);
	struct segment_entry entry;
	int err;

	if (reg == SEGMENT_CS)
		return segment_raise(fault, SEGMENT_UD, 0, "cs is loaded by far transfers only");
	if (segment_is_null(selector) && may_be_null) {
		*loading = (struct segment_loading){ .cache.selector = selector };
		return 0;
	}
	if (reg == SEGMENT_SS)
		return segment_check_stack(cpu, selector, cpl, SEGMENT_GP, 0, loading, fault);
	err = segment_fetch(cpu, selector, SEGMENT_GP, 0, &entry, fault);
	if (!err)
		err = check_data(cpu, selector, &entry.d, fault);
	if (!err)
		segment_fill(loading, selector, &entry);
	return err;
}

int segment_load(struct segment_cpu *cpu, enum segment_register reg, u16 selector,
		 struct segment_fault *fault)
{
	struct segment_loading loading;
	int err;

	if ((unsigned int)reg >= SEGMENT_REGISTERS)
		return -EINVAL;
	err = segment_check_load(cpu, reg, selector, &loading, fault);
	if (!err)
		segment_commit(&cpu->reg[reg], &loading);
	return err;
}

/* The second slot of a system descriptor in 64-bit mode. */
static int widen(const struct segment_cpu *cpu, u16 selector, struct segment_entry *entry,
		 struct segment_fault *fault)
{
	u16 error = segment_error(selector);

	if (segment_get_le(entry->bytes + 12, 4) & 0x1f00)
		return segment_raise(fault, SEGMENT_GP, error, "the second slot has a type");
	entry->d.base |= segment_get_le(entry->bytes + 8, 4) << 32;
	if (!segment_is_canonical(cpu, entry->d.base))
		return segment_raise(fault, SEGMENT_GP, error, "base is not canonical");
	return 0;
}

/* An LDT or an available TSS, in the GDT. */
static int fetch_system(const struct segment_cpu *cpu, u16 selector, bool is_task,
			struct segment_entry *entry, struct segment_fault *fault)
{
	u16 error = segment_error(selector);
	bool is_wide = segment_is_64bit(cpu);
	const struct segment_descriptor *d = &entry->d;
	bool is_right;
	int err;

	if (segment_in_ldt(selector))
		return segment_raise(fault, SEGMENT_GP, error, "the selector is not the GDT's");
	err = fetch(cpu, selector, is_wide ? 2 * SLOT : SLOT, SEGMENT_GP, 0, entry, fault);
	if (err)
		return err;
	if (is_task)
		is_right = d->type == SEGMENT_TSS32 ||
			   (d->type == SEGMENT_TSS16 && !cpu->is_long_mode);
	else
		is_right = d->type == SEGMENT_LDT;
	if (d->s || !is_right)
		return segment_raise(fault, SEGMENT_GP, error,
				     is_task ? "not an available TSS" : "not an LDT");
	err = is_wide ? widen(cpu, selector, entry, fault) : 0;
	if (!err && !d->p)
		err = segment_raise(fault, SEGMENT_NP, error, "system segment not present");
	return err;
}

int segment_load_ldt(struct segment_cpu *cpu, u16 selector, struct segment_fault *fault)
{
	struct segment_entry entry;
	int err;

	if (segment_cpl(cpu))
		return segment_raise(fault, SEGMENT_GP, 0, "LLDT outside level 0");
	if (segment_is_null(selector)) {
		cpu->ldtr = (struct segment_cache){ .selector = selector };
		return 0;
	}
	err = fetch_system(cpu, selector, false, &entry, fault);
	if (!err)
		cpu->ldtr = (struct segment_cache){ selector, true, entry.d };
	return err;
}

int segment_load_task(struct segment_cpu *cpu, u16 selector, struct segment_fault *fault)
{
	struct segment_entry entry;
	int err;

	if (segment_cpl(cpu))
		return segment_raise(fault, SEGMENT_GP, 0, "LTR outside level 0");
	if (segment_is_null(selector))
		return segment_raise(fault, SEGMENT_GP, 0, "null selector in the task register");
	err = fetch_system(cpu, selector, true, &entry, fault);
	if (err)
		return err;
	entry.bytes[ACCESS_BYTE] |= BUSY;
	entry.d.type |= BUSY;
	cpu->tr = (struct segment_cache){ selector, true, entry.d };
	return 0;
}
