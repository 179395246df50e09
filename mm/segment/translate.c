/* SPDX-License-Identifier: MIT */
/*
 * translate.c - logical to linear, by the hidden copy alone.
 */
#include "mm/segment/internal.h"

static int refuse(enum segment_register reg, const char *why, struct segment_fault *fault)
{
	return segment_raise(fault, reg == SEGMENT_SS ? SEGMENT_SS_FAULT : SEGMENT_GP, 0, why);
}

/* Null selector and type. */
static int check_type(const struct segment_cache *seg, enum segment_register reg,
		      enum segment_access access, struct segment_fault *fault)
{
	if (!seg->is_usable)
		return refuse(reg, "the register holds a null selector", fault);
	if (access == SEGMENT_WRITE && !segment_is_writable(&seg->hidden))
		return refuse(reg, segment_is_code(&seg->hidden) ? "write to code" :
								   "write to read-only data",
			      fault);
	if (access == SEGMENT_READ && !segment_is_readable(&seg->hidden))
		return refuse(reg, "read of execute-only code", fault);
	return 0;
}

static int translate_legacy(const struct segment_cpu *cpu, enum segment_register reg,
			    enum segment_access access, u64 offset, u32 size, u64 *linear,
			    struct segment_fault *fault)
{
	const struct segment_cache *seg = &cpu->reg[reg];
	int err;

	if (offset >> 32)
		return -EINVAL;
	err = check_type(seg, reg, access, fault);
	if (err)
		return err;
	if (!segment_is_inside(&seg->hidden, offset, size))
		return refuse(reg, "outside the limit", fault);
	*linear = (u32)(seg->hidden.base + offset);
	return 0;
}

static int translate_long(const struct segment_cpu *cpu, enum segment_register reg, u64 offset,
			  u32 size, u64 *linear, struct segment_fault *fault)
{
	u64 first = offset, last;

	if (reg == SEGMENT_FS || reg == SEGMENT_GS)
		first += cpu->reg[reg].hidden.base;
	last = first + size - 1;
	/* Both ends: an access may not run over either edge of the hole, nor around 2^64. */
	if (!segment_is_canonical(cpu, first) || !segment_is_canonical(cpu, last) || last < first)
		return refuse(reg, "address is not canonical", fault);
	*linear = first;
	return 0;
}

int segment_translate(const struct segment_cpu *cpu, enum segment_register reg,
		      enum segment_access access, u64 offset, u32 size, u64 *linear,
		      struct segment_fault *fault)
{
	if ((unsigned int)reg >= SEGMENT_REGISTERS || (unsigned int)access > SEGMENT_EXECUTE)
		return -EINVAL;
	if (!size)
		return -EINVAL;
	if (access == SEGMENT_EXECUTE && reg != SEGMENT_CS)
		return -EINVAL;
	if (segment_is_64bit(cpu))
		return translate_long(cpu, reg, offset, size, linear, fault);
	return translate_legacy(cpu, reg, access, offset, size, linear, fault);
}
