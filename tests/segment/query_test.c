/* SPDX-License-Identifier: MIT */
/*
 * query_test.c - LAR, LSL, VERR, VERW against the manual's tables.
 */
#include "tests/segment/segment_support.h"

#define TRY(rpl) ((u16)(SLOT_TRY << 3 | (rpl)))

static void the_usual_answers(void)
{
	struct world *w = world_new();
	u32 rights = 0, limit = 0;

	CHECK_EQ(segment_lar(&w->cpu, KERNEL_CODE << 3, &rights, &w->fault), 1);
	CHECK_EQ(rights, 0x00c09a00);
	CHECK_EQ(segment_lsl(&w->cpu, KERNEL_CODE << 3, &limit, &w->fault), 1);
	CHECK_EQ(limit, 0xffffffff);
	CHECK_EQ(segment_verr(&w->cpu, KERNEL_CODE << 3, &w->fault), 1);
	CHECK_EQ(segment_verw(&w->cpu, KERNEL_CODE << 3, &w->fault), 0);
	CHECK_EQ(segment_verw(&w->cpu, KERNEL_DATA << 3, &w->fault), 1);
	CHECK_EQ(segment_lsl(&w->cpu, SLOT_TSS << 3, &limit, &w->fault), 1);
	CHECK_EQ(limit, 0xeb);
	world_level(w, 3);
	CHECK_EQ(segment_verr(&w->cpu, KERNEL_DATA << 3, &w->fault), 0);
	CHECK_EQ(segment_verr(&w->cpu, USER_DATA << 3 | 3, &w->fault), 1);
	free(w);
}

static void what_names_no_descriptor_is_answered_no(void)
{
	struct world *w = world_new();
	static const u16 none[] = { 0, 3, GDT_SLOTS << 3, 0xfff8, 0x4, 0xffff };
	u32 value = 77;
	unsigned int i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		CHECK_EQ(segment_lar(&w->cpu, none[i], &value, &w->fault), 0);
		CHECK_EQ(segment_lsl(&w->cpu, none[i], &value, &w->fault), 0);
		CHECK_EQ(segment_verr(&w->cpu, none[i], &w->fault), 0);
		CHECK_EQ(segment_verw(&w->cpu, none[i], &w->fault), 0);
	}
	CHECK_EQ(value, 77);
	w->cpu.gdtr.base = 0;
	CHECK_FAULT(w, segment_lar(&w->cpu, 8, &value, &w->fault), SEGMENT_PF, 0);
	CHECK_FAULT(w, segment_verw(&w->cpu, 8, &w->fault), SEGMENT_PF, 0);
	CHECK_EQ(w->fault.address, 8);
	free(w);
}

/* The manual's table of system types: 1 for LAR, 2 for LSL, 4 and 8 the same in long mode. */
static const u8 system_types[16] = {
	[1] = 1 | 2,	      /* 16-bit TSS, available */
	[2] = 1 | 2 | 8,      /* LDT */
	[3] = 1 | 2,	      /* 16-bit TSS, busy */
	[4] = 1,	      /* 16-bit call gate */
	[5] = 1,	      /* task gate */
	[9] = 1 | 2 | 4 | 8,  /* TSS, available */
	[11] = 1 | 2 | 4 | 8, /* TSS, busy */
	[12] = 1 | 4,	      /* call gate */
};

struct answers {
	int lar, lsl, verr, verw;
};

static struct answers oracle(unsigned int access, unsigned int cpl, unsigned int rpl, bool is_long)
{
	unsigned int dpl = access >> 5 & 3, type = access & 0xf;
	bool is_visible = (cpl > rpl ? cpl : rpl) <= dpl;
	unsigned int system = system_types[type] >> (is_long ? 2 : 0);

	if (!(access & 0x10))
		return (struct answers){ is_visible && system & 1, is_visible && system & 2, 0, 0 };
	if ((access & 0xc) == 0xc)
		return (struct answers){ 1, 1, access >> 1 & 1, 0 };
	return (struct answers){
		is_visible, is_visible,
		is_visible && (!(access & 8) || access & 2),
		is_visible && !(access & 8) && access & 2,
	};
}

static bool answers_as_expected(struct world *w, u64 raw, unsigned int cpl, unsigned int rpl)
{
	struct answers e = oracle(raw >> 40 & 0xff, cpl, rpl, w->cpu.is_long_mode);
	u32 limit20 = (u32)((raw & 0xffff) | (raw >> 32 & 0xf0000));
	u32 bytes = raw >> 55 & 1 ? limit20 * 4096 + 4095 : limit20;
	u32 rights = 5, limit = 5;

	put_raw(w, GDT_AT, SLOT_TRY, raw);
	return segment_lar(&w->cpu, TRY(rpl), &rights, &w->fault) == e.lar &&
	       segment_lsl(&w->cpu, TRY(rpl), &limit, &w->fault) == e.lsl &&
	       segment_verr(&w->cpu, TRY(rpl), &w->fault) == e.verr &&
	       segment_verw(&w->cpu, TRY(rpl), &w->fault) == e.verw &&
	       rights == (e.lar ? (u32)(raw >> 32) & 0xf0ff00 : 5) &&
	       limit == (e.lsl ? bytes : 5) && get_raw(w, GDT_AT, SLOT_TRY) == raw;
}

static void every_descriptor_is_answered_as_the_tables_say(void)
{
	struct world *w = world_new();
	unsigned int n, level, wrong = 0;

	for (n = 0; n < 0x10000; n++)
		for (level = 0; level < 16; level++) {
			w->cpu.is_long_mode = (n >> 8 ^ level) & 1;
			world_level(w, level >> 2);
			wrong += !answers_as_expected(w, sample_raw(n), level >> 2, level & 3);
		}
	CHECK_EQ(wrong, 0);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(the_usual_answers),
	TEST(what_names_no_descriptor_is_answered_no),
	TEST(every_descriptor_is_answered_as_the_tables_say),
	{ NULL, NULL },
};
