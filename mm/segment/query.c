/* SPDX-License-Identifier: MIT */
/*
 * query.c - LAR, LSL, VERR, VERW: what a program may ask about a selector that it was
 * given, without the risk of loading it.
 *
 * Of a system descriptor of long mode they look at the first slot only.
 */
#include "mm/segment/internal.h"

#define RIGHTS_MASK 0x00f0ff00U

#define BIT(type) (1U << (type))

/* The system types that they answer for, by Intel's tables. */
#define LSL_TYPES                                                                      \
	(BIT(SEGMENT_TSS16) | BIT(SEGMENT_LDT) | BIT(SEGMENT_TSS16_BUSY) |             \
	 BIT(SEGMENT_TSS32) | BIT(SEGMENT_TSS32_BUSY))
#define LAR_TYPES                                                                      \
	(LSL_TYPES | BIT(SEGMENT_CALL_GATE16) | BIT(SEGMENT_TASK_GATE) |               \
	 BIT(SEGMENT_CALL_GATE32))
/* In long mode; there LAR's table, unlike LSL's, leaves the LDT out. */
#define LSL_TYPES_LONG (BIT(SEGMENT_LDT) | BIT(SEGMENT_TSS32) | BIT(SEGMENT_TSS32_BUSY))
#define LAR_TYPES_LONG                                                                 \
	(BIT(SEGMENT_TSS32) | BIT(SEGMENT_TSS32_BUSY) | BIT(SEGMENT_CALL_GATE32))

/* 1 with the entry when the selector names a descriptor, 0 when not, or -EFAULT. */
static int look_up(const struct segment_cpu *cpu, u16 selector, struct segment_entry *entry,
		   struct segment_fault *fault)
{
	struct segment_fault found;

	if (segment_is_null(selector))
		return 0;
	if (!segment_fetch(cpu, selector, SEGMENT_GP, 0, entry, &found))
		return 1;
	if (found.vector != SEGMENT_PF)
		return 0;
	*fault = found;
	return -EFAULT;
}

static bool is_visible(const struct segment_cpu *cpu, u16 selector,
		       const struct segment_descriptor *d)
{
	return segment_is_conforming(d) ||
	       (segment_cpl(cpu) <= d->dpl && segment_rpl(selector) <= d->dpl);
}

static bool has_type(const struct segment_descriptor *d, unsigned int types)
{
	return d->s || types >> d->type & 1;
}

int segment_lar(const struct segment_cpu *cpu, u16 selector, u32 *rights,
		struct segment_fault *fault)
{
	struct segment_entry entry;
	int found = look_up(cpu, selector, &entry, fault);

	if (found <= 0)
		return found;
	if (!has_type(&entry.d, cpu->is_long_mode ? LAR_TYPES_LONG : LAR_TYPES) ||
	    !is_visible(cpu, selector, &entry.d))
		return 0;
	*rights = entry.desc.b & RIGHTS_MASK;
	return 1;
}

int segment_lsl(const struct segment_cpu *cpu, u16 selector, u32 *limit,
		struct segment_fault *fault)
{
	struct segment_entry entry;
	int found = look_up(cpu, selector, &entry, fault);

	if (found <= 0)
		return found;
	if (!has_type(&entry.d, cpu->is_long_mode ? LSL_TYPES_LONG : LSL_TYPES) ||
	    !is_visible(cpu, selector, &entry.d))
		return 0;
	*limit = segment_limit(&entry.d);
	return 1;
}

int segment_verr(const struct segment_cpu *cpu, u16 selector, struct segment_fault *fault)
{
	struct segment_entry entry;
	int found = look_up(cpu, selector, &entry, fault);

	if (found <= 0)
		return found;
	return segment_is_readable(&entry.d) && is_visible(cpu, selector, &entry.d);
}

int segment_verw(const struct segment_cpu *cpu, u16 selector, struct segment_fault *fault)
{
	struct segment_entry entry;
	int found = look_up(cpu, selector, &entry, fault);

	if (found <= 0)
		return found;
	return segment_is_writable(&entry.d) && is_visible(cpu, selector, &entry.d);
}
