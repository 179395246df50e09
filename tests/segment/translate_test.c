/* SPDX-License-Identifier: MIT */
/*
 * translate_test.c - logical to linear: limits, types, wraparound, 64-bit mode.
 */
#include "tests/segment/segment_support.h"

static struct segment_descriptor data(u32 base, u32 limit, unsigned int type)
{
	return (struct segment_descriptor){ .base = base, .limit = limit, .type = (u8)type,
					    .s = true, .p = true, .db = true };
}

/* Puts a hidden copy into a register, past all tables. */
static void hold(struct world *w, enum segment_register reg, struct segment_descriptor d)
{
	w->cpu.reg[reg].hidden = d;
	w->cpu.reg[reg].is_usable = true;
}

static int translate(struct world *w, enum segment_register reg, enum segment_access access,
		     u64 offset, u32 size, u64 *linear)
{
	return segment_translate(&w->cpu, reg, access, offset, size, linear, &w->fault);
}

static void check_inside(struct world *w, u64 offset, u32 size, u64 expected)
{
	u64 linear = 0;

	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, offset, size, &linear), 0);
	CHECK_EQ(linear, expected);
}

static void check_outside(struct world *w, u64 offset, u32 size)
{
	u64 linear = 0x5555;

	CHECK_FAULT(w, translate(w, SEGMENT_DS, SEGMENT_READ, offset, size, &linear), SEGMENT_GP,
		    0);
	CHECK_EQ(linear, 0x5555);
}

static void every_byte_of_an_access_must_be_inside_the_limit(void)
{
	struct world *w = world_new();

	hold(w, SEGMENT_DS, data(0x10000, 0xfff, 2));
	check_inside(w, 0, 1, 0x10000);
	check_inside(w, 0xfff, 1, 0x10fff);
	check_inside(w, 0xffc, 4, 0x10ffc);
	check_inside(w, 0, 0x1000, 0x10000);
	check_outside(w, 0xffd, 4);
	check_outside(w, 0x1000, 1);
	check_outside(w, 0, 0x1001);
	check_outside(w, 0xffffffff, 1);
	free(w);
}

static void expand_down_is_valid_above_the_limit(void)
{
	struct world *w = world_new();
	struct segment_descriptor d = data(0x10000, 0xfff, 6);

	hold(w, SEGMENT_DS, d);
	check_outside(w, 0xfff, 1);
	check_outside(w, 0xffe, 4);
	check_inside(w, 0x1000, 4, 0x11000);
	check_inside(w, 0xfffffffc, 4, 0xfffc);
	check_outside(w, 0xfffffffd, 4);
	d.db = false;
	hold(w, SEGMENT_DS, d);
	check_inside(w, 0xfffc, 4, 0x1fffc);
	check_outside(w, 0xfffd, 4);
	check_outside(w, 0x10000, 1);
	d.limit = 0xffff;
	hold(w, SEGMENT_DS, d);
	check_outside(w, 0xffff, 1);
	check_outside(w, 0x10000, 1);
	free(w);
}

static void the_sum_with_the_base_wraps_at_4_gib(void)
{
	struct world *w = world_new();
	struct segment_descriptor d = data(0xfffff000, 0xfffff, 2);

	d.g = true;
	hold(w, SEGMENT_DS, d);
	check_inside(w, 0x1000, 4, 0);
	check_inside(w, 0xffe, 4, 0xfffffffe);
	check_inside(w, 0xffffffff, 1, 0xffffefff);
	/* Over the last offset: the architecture leaves it open, here it faults. */
	check_outside(w, 0xffffffff, 2);
	free(w);
}

static void types_allow_what_they_say(void)
{
	struct world *w = world_new();
	unsigned int type;
	u64 linear;

	for (type = 0; type < 16; type++) {
		bool is_code = type & 8, bit1 = type & 2;

		hold(w, SEGMENT_ES, data(0, 0xfffff, type));
		if (type & 4 && !is_code)
			continue;
		if (!is_code || bit1)
			CHECK_EQ(translate(w, SEGMENT_ES, SEGMENT_READ, 8, 4, &linear), 0);
		else
			CHECK_FAULT(w, translate(w, SEGMENT_ES, SEGMENT_READ, 8, 4, &linear),
				    SEGMENT_GP, 0);
		if (!is_code && bit1)
			CHECK_EQ(translate(w, SEGMENT_ES, SEGMENT_WRITE, 8, 4, &linear), 0);
		else
			CHECK_FAULT(w, translate(w, SEGMENT_ES, SEGMENT_WRITE, 8, 4, &linear),
				    SEGMENT_GP, 0);
	}
	free(w);
}

static void violations_of_the_stack_are_ss_and_all_others_gp(void)
{
	struct world *w = world_new();
	unsigned int reg;
	u64 linear;

	for (reg = 0; reg < SEGMENT_REGISTERS; reg++) {
		struct segment_descriptor d = data(0, 0xff, reg == SEGMENT_CS ? 0xa : 2);

		hold(w, reg, d);
		CHECK_FAULT(w, translate(w, reg, SEGMENT_READ, 0x100, 1, &linear),
			    reg == SEGMENT_SS ? SEGMENT_SS_FAULT : SEGMENT_GP, 0);
	}
	CHECK_FAULT(w, translate(w, SEGMENT_CS, SEGMENT_EXECUTE, 0x100, 1, &linear), SEGMENT_GP, 0);
	CHECK_FAULT(w, translate(w, SEGMENT_CS, SEGMENT_WRITE, 0, 1, &linear), SEGMENT_GP, 0);
	CHECK_EQ(translate(w, SEGMENT_CS, SEGMENT_EXECUTE, 0xff, 1, &linear), 0);
	w->cpu.reg[SEGMENT_SS].is_usable = false;
	CHECK_FAULT(w, translate(w, SEGMENT_SS, SEGMENT_READ, 0, 1, &linear), SEGMENT_SS_FAULT, 0);
	free(w);
}

static void calls_that_mean_nothing_are_refused(void)
{
	struct world *w = world_new();
	u64 linear = 7;

	w->fault.vector = 99;
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, 0, 0, &linear), -EINVAL);
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_EXECUTE, 0, 1, &linear), -EINVAL);
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, 0x100000000, 1, &linear), -EINVAL);
	CHECK_EQ(translate(w, SEGMENT_REGISTERS, SEGMENT_READ, 0, 1, &linear), -EINVAL);
	CHECK_EQ(translate(w, SEGMENT_DS, (enum segment_access)3, 0, 1, &linear), -EINVAL);
	CHECK_EQ(linear, 7);
	CHECK_EQ(w->fault.vector, 99);
	free(w);
}

/* ---- the oracle: one byte at a time ---- */

static bool byte_is_allowed(unsigned int type, bool db, u64 limit, u64 offset)
{
	if ((type & 0xc) == 4)
		return offset > limit && offset <= (db ? 0xffffffffULL : 0xffffULL);
	return offset <= limit;
}

static bool access_is_allowed(const struct segment_descriptor *d, enum segment_access access,
			      u64 offset, u32 size)
{
	u64 limit = d->g ? (u64)d->limit * 4096 + 4095 : d->limit;
	u32 i;

	for (i = 0; i < size; i++)
		if (!byte_is_allowed(d->type, d->db, limit, offset + i))
			return false;
	if (access == SEGMENT_WRITE)
		return (d->type & 0xa) == 2;
	return !(d->type & 8) || d->type & 2;
}

static void every_access_agrees_with_an_oracle_of_single_bytes(void)
{
	unsigned long round, rounds = test_rounds(300000), allowed = 0, wrong = 0;
	struct world *w = world_new();

	for (round = 0; round < rounds; round++) {
		struct segment_descriptor d = data((u32)test_random(), 0, round % 16);
		enum segment_access access = round / 16 % 2 ? SEGMENT_WRITE : SEGMENT_READ;
		u32 size = 1 + (u32)test_random_below(16), edge;
		u64 offset, linear = 0;
		int err;

		d.limit = test_random_below(4) ? (u32)test_random_below(0x100000) :
						 0xffff - (u32)test_random_below(3);
		d.g = test_random_below(2);
		d.db = test_random_below(2);
		edge = test_random_below(2) ? segment_limit(&d) : test_random_below(2) ? 0xffff : 0;
		offset = test_random_below(4) ? (u32)(edge + test_random_below(40) - 20) :
						test_random_below(0x100000000);
		hold(w, SEGMENT_FS, d);
		err = translate(w, SEGMENT_FS, access, offset, size, &linear);
		if (access_is_allowed(&d, access, offset, size)) {
			allowed++;
			wrong += err != 0 || linear != ((d.base + offset) & 0xffffffff);
		} else {
			wrong += err != -EFAULT || w->fault.vector != 13 || w->fault.error;
		}
	}
	CHECK_EQ(wrong, 0);
	/* Both outcomes were tried. */
	CHECK(allowed > rounds / 10 && allowed < rounds - rounds / 10);
	free(w);
}

/* ---- 64-bit mode ---- */

static struct world *world_64bit(void)
{
	struct world *w = world_new();

	w->cpu.is_long_mode = true;
	w->cpu.reg[SEGMENT_CS].hidden.l = true;
	return w;
}

static void in_64bit_mode_only_fs_and_gs_have_a_base(void)
{
	struct world *w = world_64bit();
	u64 linear;

	hold(w, SEGMENT_DS, data(0x1000, 0, 0));
	hold(w, SEGMENT_FS, data(0x1000, 0, 0));
	hold(w, SEGMENT_GS, data(0, 0, 0));
	w->cpu.reg[SEGMENT_GS].hidden.base = 0xffff888000000000;
	/* Neither limit nor type nor null counts. */
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_WRITE, 0x7fff12345678, 8, &linear), 0);
	CHECK_EQ(linear, 0x7fff12345678);
	CHECK_EQ(translate(w, SEGMENT_FS, SEGMENT_WRITE, 0x7fff12345678, 8, &linear), 0);
	CHECK_EQ(linear, 0x7fff12346678);
	CHECK_EQ(translate(w, SEGMENT_GS, SEGMENT_READ, 0x28, 8, &linear), 0);
	CHECK_EQ(linear, 0xffff888000000028);
	w->cpu.reg[SEGMENT_ES].is_usable = false;
	CHECK_EQ(translate(w, SEGMENT_ES, SEGMENT_READ, 0, 8, &linear), 0);
	/* Compatibility mode: the legacy rules again. */
	w->cpu.reg[SEGMENT_CS].hidden.l = false;
	CHECK_FAULT(w, translate(w, SEGMENT_ES, SEGMENT_READ, 0, 8, &linear), SEGMENT_GP, 0);
	CHECK_FAULT(w, translate(w, SEGMENT_DS, SEGMENT_WRITE, 0, 1, &linear), SEGMENT_GP, 0);
	free(w);
}

static void addresses_of_64bit_mode_are_canonical(void)
{
	struct world *w = world_64bit();
	u64 linear;

	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, 0x7ffffffffff8, 8, &linear), 0);
	CHECK_FAULT(w, translate(w, SEGMENT_DS, SEGMENT_READ, 0x7ffffffffff9, 8, &linear),
		    SEGMENT_GP, 0);
	CHECK_FAULT(w, translate(w, SEGMENT_SS, SEGMENT_READ, 0x800000000000, 8, &linear),
		    SEGMENT_SS_FAULT, 0);
	CHECK_FAULT(w, translate(w, SEGMENT_CS, SEGMENT_EXECUTE, 0xffff7fffffffffff, 1, &linear),
		    SEGMENT_GP, 0);
	CHECK_EQ(translate(w, SEGMENT_CS, SEGMENT_EXECUTE, 0xffff800000000000, 1, &linear), 0);
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, 0xfffffffffffffff8, 8, &linear), 0);
	CHECK_FAULT(w, translate(w, SEGMENT_DS, SEGMENT_READ, 0xfffffffffffffff9, 8, &linear),
		    SEGMENT_GP, 0);
	w->cpu.linear_bits = 57;
	CHECK_EQ(translate(w, SEGMENT_DS, SEGMENT_READ, 0x800000000000, 8, &linear), 0);
	CHECK_FAULT(w, translate(w, SEGMENT_DS, SEGMENT_READ, 0x100000000000000, 8, &linear),
		    SEGMENT_GP, 0);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(every_byte_of_an_access_must_be_inside_the_limit),
	TEST(expand_down_is_valid_above_the_limit),
	TEST(the_sum_with_the_base_wraps_at_4_gib),
	TEST(types_allow_what_they_say),
	TEST(violations_of_the_stack_are_ss_and_all_others_gp),
	TEST(calls_that_mean_nothing_are_refused),
	TEST(every_access_agrees_with_an_oracle_of_single_bytes),
	TEST(in_64bit_mode_only_fs_and_gs_have_a_base),
	TEST(addresses_of_64bit_mode_are_canonical),
	{ NULL, NULL },
};
