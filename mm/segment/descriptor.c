/* SPDX-License-Identifier: MIT */
/*
 * descriptor.c - the eight bytes of a descriptor, and what they say.
 *
 *	 63      56 55  54  53  52  51    48 47 46  45 44 43  40 39      32
 *	+----------+---+---+---+---+--------+--+------+--+------+----------+
 *	| base     | G |D/B| L |AVL| limit  |P | DPL  |S | type | base     |   word b
 *	|  31..24  |   |   |   |   | 19..16 |  |      |  |      |  23..16  |
 *	+----------+---+---+---+---+--------+--+------+--+------+----------+
 *	| base 15..0                        | limit 15..0                  |   word a
 *	+-----------------------------------+------------------------------+
 *	 31                               16 15                           0
 *
 * The fields are scattered because the 286's descriptor had 6 bytes, and the 386 put its
 * wider base and limit into the two that were left. A gate keeps only P, DPL, S and type in
 * their places.
 */
#include "mm/segment/internal.h"

_Static_assert(sizeof(struct desc_struct) == 8, "a slot has 8 bytes");
_Static_assert(offsetof(struct desc_struct, a) == 0, "the limit comes first");
_Static_assert(offsetof(struct desc_struct, b) == 4, "the access byte is byte 5");
_Static_assert(sizeof(struct ldttss_desc) == 16, "two slots");
_Static_assert(offsetof(struct ldttss_desc, base3) == 8, "the second slot begins with the base");
_Static_assert(offsetof(struct ldttss_desc, zero1) == 12, "and ends with zero");

#define LIMIT_MAX 0xfffffU
#define PARAMETERS_MAX 31

static u32 put_access(unsigned int type, bool s, unsigned int dpl, bool p)
{
	return type << 8 | (u32)s << 12 | dpl << 13 | (u32)p << 15;
}

static bool fits(const struct segment_descriptor *d)
{
	return d->limit <= LIMIT_MAX && d->type <= 15 && d->dpl <= 3;
}

static void put(const struct segment_descriptor *d, struct desc_struct *desc)
{
	u32 base = (u32)d->base;

	desc->a = (d->limit & 0xffff) | (base & 0xffff) << 16;
	desc->b = (base >> 16 & 0xff) | put_access(d->type, d->s, d->dpl, d->p) |
		  (d->limit & 0xf0000) | (u32)d->avl << 20 | (u32)d->l << 21 | (u32)d->db << 22 |
		  (u32)d->g << 23 | (base & 0xff000000);
}

int segment_encode(const struct segment_descriptor *d, struct desc_struct *desc)
{
	if (!fits(d) || d->base >> 32)
		return -EINVAL;
	put(d, desc);
	return 0;
}

int segment_encode64(const struct segment_descriptor *d, struct ldttss_desc *desc)
{
	if (!fits(d) || d->s)
		return -EINVAL;
	put(d, &desc->low);
	desc->base3 = (u32)(d->base >> 32);
	desc->zero1 = 0;
	return 0;
}

struct segment_descriptor segment_decode(const struct desc_struct *desc)
{
	u32 a = desc->a, b = desc->b;

	return (struct segment_descriptor){
		.base = a >> 16 | (b & 0xff) << 16 | (b & 0xff000000),
		.limit = (a & 0xffff) | (b & 0xf0000),
		.type = b >> 8 & 0xf,
		.s = b >> 12 & 1,
		.dpl = b >> 13 & 3,
		.p = b >> 15 & 1,
		.avl = b >> 20 & 1,
		.l = b >> 21 & 1,
		.db = b >> 22 & 1,
		.g = b >> 23 & 1,
	};
}

/* Bit 2 of a type: all gates have it. */
static bool is_gate(unsigned int type)
{
	return type <= 15 && (type & 4) && type != 13;
}

static bool is_16bit_gate(unsigned int type)
{
	return type < 8;
}

static bool is_call_gate(unsigned int type)
{
	return type == SEGMENT_CALL_GATE16 || type == SEGMENT_CALL_GATE32;
}

int segment_gate_encode(const struct segment_gate *gate, struct desc_struct *desc)
{
	u64 offset_max = is_16bit_gate(gate->type) ? 0xffff : 0xffffffff;

	if (!is_gate(gate->type) || gate->dpl > 3 || gate->offset > offset_max)
		return -EINVAL;
	if (gate->parameters > (is_call_gate(gate->type) ? PARAMETERS_MAX : 0))
		return -EINVAL;
	if (gate->type == SEGMENT_TASK_GATE && gate->offset)
		return -EINVAL;
	desc->a = (u32)gate->selector << 16 | ((u32)gate->offset & 0xffff);
	desc->b = ((u32)gate->offset & 0xffff0000) | gate->parameters |
		  put_access(gate->type, false, gate->dpl, gate->p);
	return 0;
}

int segment_gate_decode(const struct desc_struct *desc, struct segment_gate *gate)
{
	struct segment_descriptor d = segment_decode(desc);

	if (d.s || !is_gate(d.type))
		return -EINVAL;
	*gate = (struct segment_gate){
		.offset = desc->a & 0xffff,
		.selector = (u16)(desc->a >> 16),
		.type = d.type,
		.dpl = d.dpl,
		.parameters = is_call_gate(d.type) ? desc->b & PARAMETERS_MAX : 0,
		.p = d.p,
	};
	if (!is_16bit_gate(d.type))
		gate->offset |= desc->b & 0xffff0000;
	if (d.type == SEGMENT_TASK_GATE)
		gate->offset = 0;
	return 0;
}

struct segment_bounds segment_bounds(const struct segment_descriptor *d)
{
	u32 limit = segment_limit(d);
	u32 top = d->db ? 0xffffffff : 0xffff;

	if (!segment_is_expand_down(d))
		return (struct segment_bounds){ .first = 0, .last = limit };
	if (limit >= top)
		return (struct segment_bounds){ .is_empty = true };
	return (struct segment_bounds){ .first = limit + 1, .last = top };
}

bool segment_is_inside(const struct segment_descriptor *d, u64 offset, u32 size)
{
	struct segment_bounds bounds = segment_bounds(d);

	/* In 64 bits: the sum of an offset of 32 and a size does not wrap. */
	return !bounds.is_empty && offset >= bounds.first && offset + size - 1 <= bounds.last;
}

const char *segment_type_name(const struct segment_descriptor *d)
{
	static const char *const memory[8] = {
		"data, read-only",
		"data, read/write",
		"data, read-only, expand-down",
		"data, read/write, expand-down",
		"code, execute-only",
		"code, execute/read",
		"code, execute-only, conforming",
		"code, execute/read, conforming",
	};
	static const char *const system[16] = {
		"reserved",	   "16-bit TSS, available",
		"LDT",		   "16-bit TSS, busy",
		"16-bit call gate",   "task gate",
		"16-bit interrupt gate", "16-bit trap gate",
		"reserved",	   "32-bit TSS, available",
		"reserved",	   "32-bit TSS, busy",
		"32-bit call gate",   "reserved",
		"32-bit interrupt gate", "32-bit trap gate",
	};

	return d->s ? memory[d->type >> 1 & 7] : system[d->type & 15];
}
