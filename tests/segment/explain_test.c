/* SPDX-License-Identifier: MIT */
/*
 * explain_test.c - a translation step by step, as data and as text.
 */
#include "tests/segment/segment_support.h"

struct lines {
	char text[2000];
};

static void add_line(void *ctx, const char *text)
{
	struct lines *lines = ctx;
	size_t used = strlen(lines->text);

	REQUIRE(used + strlen(text) + 2 < sizeof(lines->text));
	strcpy(lines->text + used, text);
	strcat(lines->text, "\n");
}

static int explain(struct world *w, const struct segment_logical *logical,
		   struct segment_trace *trace, struct lines *lines, u64 *linear)
{
	struct snapshot *before = snapshot_take(w);
	int err = segment_explain(&w->cpu, logical, trace, linear, &w->fault);

	CHECK(snapshot_same(before, w));
	lines->text[0] = '\0';
	segment_trace_text(trace, add_line, lines);
	return err;
}

static void a_user_selector_is_followed_to_its_linear_address(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_CS, .access = SEGMENT_EXECUTE, .size = 4,
					   .offset = 0x08048000, .has_selector = true,
					   .selector = USER_CODE << 3 | 3 };
	struct segment_trace trace;
	struct lines lines;
	u64 linear = 0;

	world_level(w, 3);
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), 0);
	CHECK_EQ(linear, 0x08048000);
	CHECK_STR(lines.text,
		  "selector 0x0023: index 4, GDT, RPL 3\n"
		  "GDT: base 0x00100000, limit 0x01ff\n"
		  "descriptor at 0x00100000 + 8 * 4 = 0x00100020\n"
		  "descriptor 0x00cffa000000ffff: base 0x00000000, limit 0xfffff, G=1 D/B=1 L=0 "
		  "AVL=0 P=1 DPL=3 S=1 type 0xa (code, execute/read)\n"
		  "load into cs: CPL 3, RPL 3, DPL 3: allowed\n"
		  "bounds: offsets 0x00000000-0xffffffff\n"
		  "offset 0x08048000, 4 bytes, execute: allowed\n"
		  "linear 0x00000000 + 0x08048000 = 0x08048000\n");
	CHECK_EQ(trace.nr_steps, 8);
	CHECK_EQ(trace.steps[2].kind, SEGMENT_STEP_ADDRESS);
	CHECK_EQ(trace.steps[2].value[2], 0x100020);
	free(w);
}

static void a_refused_load_ends_with_the_fault(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_DS, .access = SEGMENT_READ, .size = 4,
					   .has_selector = true, .selector = KERNEL_DATA << 3 };
	struct segment_trace trace;
	struct lines lines;
	u64 linear = 0x77;

	world_level(w, 3);
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK_EQ(linear, 0x77);
	CHECK_EQ(trace.nr_steps, 5);
	CHECK_EQ(trace.steps[4].kind, SEGMENT_STEP_FAULT);
	CHECK_EQ(trace.steps[4].fault.vector, SEGMENT_GP);
	CHECK_EQ(trace.steps[4].fault.error, 0x18);
	CHECK(strstr(lines.text, "\nfault #GP(0x0018): CPL above DPL\n"));
	logical.selector = GDT_SLOTS << 3;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK_STR(lines.text, "selector 0x0200: index 64, GDT, RPL 0\n"
			      "GDT: base 0x00100000, limit 0x01ff\n"
			      "fault #GP(0x0200): index beyond the table's limit\n");
	logical.selector = 0xf;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK_STR(lines.text, "selector 0x000f: index 1, LDT, RPL 3\n"
			      "fault #GP(0x000c): there is no LDT\n");
	w->cpu.gdtr.base = 0;
	logical.selector = KERNEL_DATA << 3;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK(strstr(lines.text, "fault #PF at 0x00000018: "));
	free(w);
}

static void a_null_selector_is_loaded_and_its_use_refused(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_GS, .access = SEGMENT_WRITE, .size = 1,
					   .has_selector = true, .selector = 0 };
	struct segment_trace trace;
	struct lines lines;
	u64 linear;

	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK_STR(lines.text, "selector 0x0000: null\n"
			      "fault #GP(0x0000): the register holds a null selector\n");
	logical.reg = SEGMENT_CS;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK(strstr(lines.text, "null selector in cs"));
	free(w);
}

static void without_a_selector_the_hidden_copy_is_used(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_SS, .access = SEGMENT_WRITE, .size = 4,
					   .offset = 0x1ffe };
	struct segment_trace trace;
	struct lines lines;
	u64 linear;

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x40000, 0x1fff, 0x96, 0x4));
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_SS, SLOT_TRY << 3, &w->fault), 0);
	put_raw(w, GDT_AT, SLOT_TRY, 0);
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK_STR(lines.text,
		  "ss holds 0x0048; hidden copy: base 0x00040000, limit 0x01fff, G=0 D/B=1 L=0 "
		  "AVL=0 P=1 DPL=0 S=1 type 0x7 (data, read/write, expand-down)\n"
		  "bounds: offsets 0x00002000-0xffffffff\n"
		  "fault #SS(0x0000): outside the limit\n");
	logical.offset = 0x2000;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), 0);
	CHECK_EQ(linear, 0x42000);
	w->cpu.reg[SEGMENT_SS].hidden.limit = 0xfffff;
	w->cpu.reg[SEGMENT_SS].hidden.g = true;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), -EFAULT);
	CHECK(strstr(lines.text, "\nbounds: no offset is inside\n"));
	free(w);
}

static void in_64bit_mode_the_base_that_counted_is_shown(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_GS, .access = SEGMENT_READ, .size = 8,
					   .offset = 0x28 };
	struct segment_trace trace;
	struct lines lines;
	u64 linear;

	w->cpu.is_long_mode = true;
	w->cpu.reg[SEGMENT_CS].hidden.l = true;
	w->cpu.reg[SEGMENT_GS].hidden.base = 0xffff888000000000;
	w->cpu.reg[SEGMENT_DS].hidden.base = 0x1234;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), 0);
	CHECK(strstr(lines.text,
		     "\nlinear 0xffff888000000000 + 0x00000028 = 0xffff888000000028\n"));
	logical.reg = SEGMENT_DS;
	CHECK_EQ(explain(w, &logical, &trace, &lines, &linear), 0);
	CHECK(strstr(lines.text, "\nlinear 0x00000000 + 0x00000028 = 0x00000028\n"));
	CHECK(!strstr(lines.text, "bounds"));
	free(w);
}

static void what_means_nothing_has_no_steps(void)
{
	struct world *w = world_new();
	struct segment_logical logical = { .reg = SEGMENT_DS, .size = 1,
					   .access = SEGMENT_EXECUTE };
	struct segment_trace trace = { .nr_steps = 5 };
	u64 linear;

	CHECK_EQ(segment_explain(&w->cpu, &logical, &trace, &linear, &w->fault), -EINVAL);
	CHECK_EQ(trace.nr_steps, 0);
	free(w);
}

/* Any selector and access: the same result as a load and a translation of a second CPU. */
static void the_explanation_agrees_with_the_cpu(void)
{
	unsigned long round, rounds = test_rounds(30000), wrong = 0, good = 0;
	static const u8 regs[] = { SEGMENT_ES, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS };
	struct world *w = world_new();

	for (round = 0; round < rounds; round++) {
		struct segment_cpu cpu;
		struct segment_fault fault = { 0 }, explained = { 0 };
		struct segment_logical logical = { .reg = regs[round % 5], .size = 4,
						   .access = test_random_below(2) ? SEGMENT_READ :
										    SEGMENT_WRITE,
						   .has_selector = true };
		struct segment_trace trace;
		u64 linear = 0, same = 0;
		int err, again;

		world_level(w, (unsigned int)test_random_below(2) * 3);
		put_raw(w, GDT_AT, SLOT_TRY,
			sample_raw((unsigned int)test_random_below(0x10000) | 0x90));
		logical.selector = (u16)(SLOT_TRY << 3 | segment_cpl(&w->cpu));
		logical.offset = test_random_below(0x2000);
		cpu = w->cpu;
		err = segment_explain(&w->cpu, &logical, &trace, &linear, &explained);
		again = segment_load(&cpu, logical.reg, logical.selector, &fault);
		if (!again)
			again = segment_translate(&cpu, logical.reg, logical.access,
						  logical.offset, 4, &same, &fault);
		wrong += err != again || linear != same || fault.vector != explained.vector ||
			 fault.error != explained.error || trace.nr_steps > SEGMENT_STEPS_MAX;
		good += !err;
	}
	CHECK_EQ(wrong, 0);
	CHECK(good > rounds / 20 && good < rounds);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(a_user_selector_is_followed_to_its_linear_address),
	TEST(a_refused_load_ends_with_the_fault),
	TEST(a_null_selector_is_loaded_and_its_use_refused),
	TEST(without_a_selector_the_hidden_copy_is_used),
	TEST(in_64bit_mode_the_base_that_counted_is_shown),
	TEST(what_means_nothing_has_no_steps),
	TEST(the_explanation_agrees_with_the_cpu),
	{ NULL, NULL },
};
