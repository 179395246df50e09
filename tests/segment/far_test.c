/* SPDX-License-Identifier: MIT */
/*
 * far_test.c - far jumps, calls, gates and returns.
 */
#include "tests/segment/segment_support.h"

#define TRY(rpl) ((u16)(SLOT_TRY << 3 | (rpl)))
#define CODE_AT (SLOT_TRY + 1)
#define STACK_AT (SLOT_TRY + 2)

static struct segment_far_result result;

static int jump(struct world *w, u16 selector, u64 offset)
{
	struct segment_far far = { .selector = selector, .offset = offset };

	return segment_far_transfer(&w->cpu, &far, &result, &w->fault);
}

static int call(struct world *w, u16 selector, u64 offset, u64 sp)
{
	struct segment_far far = { .selector = selector, .offset = offset, .is_call = true,
				   .operand_size = 4, .sp = sp };

	return segment_far_transfer(&w->cpu, &far, &result, &w->fault);
}

static int ret(struct world *w, u16 cs, u64 ip, u16 ss)
{
	struct segment_return to = { .cs = cs, .ip = ip, .ss = ss };

	return segment_return_far(&w->cpu, &to, &w->fault);
}

static u64 gate_raw(u16 selector, u32 offset, unsigned int type, unsigned int dpl, bool p,
		    unsigned int parameters)
{
	return (u64)(offset & 0xffff) | (u64)selector << 16 | (u64)parameters << 32 |
	       (u64)(type | dpl << 5 | (unsigned int)p << 7) << 40 | (u64)(offset >> 16) << 48;
}

static void a_far_jump_loads_cs_and_sets_accessed(void)
{
	struct world *w = world_new();

	CHECK_EQ(jump(w, KERNEL_CODE << 3, 0xc0100000), 0);
	CHECK_EQ(result.ip, 0xc0100000);
	CHECK(!result.has_new_stack && !result.is_task);
	CHECK_EQ(w->cpu.reg[SEGMENT_CS].selector, KERNEL_CODE << 3);
	CHECK_EQ(get_raw(w, GDT_AT, KERNEL_CODE), 0x00cf9b000000ffff);
	free(w);
}

static void null_and_missing_selectors_fault(void)
{
	struct world *w = world_new();

	CHECK_FAULT(w, jump(w, 0, 0), SEGMENT_GP, 0);
	CHECK_FAULT(w, jump(w, 3, 0), SEGMENT_GP, 0);
	CHECK_FAULT(w, jump(w, GDT_SLOTS << 3, 0), SEGMENT_GP, GDT_SLOTS << 3);
	CHECK_FAULT(w, jump(w, 0xc, 0), SEGMENT_GP, 0xc);
	CHECK_FAULT(w, jump(w, KERNEL_DATA << 3, 0), SEGMENT_GP, KERNEL_DATA << 3);
	CHECK_FAULT(w, jump(w, USER_CODE << 3 | 3, 0), SEGMENT_GP, USER_CODE << 3);
	free(w);
}

static void conforming_code_runs_at_the_level_of_its_caller(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x9e, 0xc));
	world_level(w, 3);
	CHECK_EQ(jump(w, TRY(0), 0x1000), 0);
	CHECK_EQ(w->cpu.reg[SEGMENT_CS].selector, TRY(3));
	CHECK_EQ(segment_cpl(&w->cpu), 3);
	CHECK_EQ(w->cpu.reg[SEGMENT_CS].hidden.dpl, 0);
	free(w);
}

static void ip_is_checked_last(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x9a, 0x4));
	CHECK_EQ(jump(w, TRY(0), 0xfff), 0);
	CHECK_FAULT(w, jump(w, TRY(0), 0x1000), SEGMENT_GP, 0);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x1a, 0x4));
	CHECK_FAULT(w, jump(w, TRY(0), 0x1000), SEGMENT_NP, TRY(0));
	/* A call looks for room on the stack before. */
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x9a, 0x4));
	w->cpu.reg[SEGMENT_SS].hidden.limit = 0xff;
	w->cpu.reg[SEGMENT_SS].hidden.g = false;
	CHECK_FAULT(w, call(w, TRY(0), 0x1000, 7), SEGMENT_SS_FAULT, 0);
	CHECK_FAULT(w, call(w, TRY(0), 0x1000, 8), SEGMENT_GP, 0);
	CHECK_EQ(call(w, TRY(0), 0xfff, 8), 0);
	free(w);
}

/* ---- the oracle of direct jumps, from the bits ---- */

static unsigned int oracle_jump(unsigned int access, unsigned int cpl, unsigned int rpl)
{
	unsigned int dpl = access >> 5 & 3;

	if ((access & 0x1c) == 0x1c) { /* conforming */
		if (dpl > cpl)
			return 13;
	} else if ((access & 0x1c) == 0x18) {
		if (rpl > cpl || dpl != cpl)
			return 13;
	} else {
		return 13;
	}
	return access & 0x80 ? 0 : 11;
}

static bool jumps_as_expected(struct world *w, u64 raw, unsigned int cpl, unsigned int rpl)
{
	unsigned int access = raw >> 40 & 0xff, vector = oracle_jump(access, cpl, rpl);
	int err;

	put_raw(w, GDT_AT, SLOT_TRY, raw);
	err = jump(w, TRY(rpl), 0);
	if (vector)
		return err == -EFAULT && w->fault.vector == vector && w->fault.error == TRY(0) &&
		       get_raw(w, GDT_AT, SLOT_TRY) == raw && segment_cpl(&w->cpu) == cpl;
	return !err && get_raw(w, GDT_AT, SLOT_TRY) == (raw | (u64)1 << 40) &&
	       w->cpu.reg[SEGMENT_CS].selector == TRY(cpl);
}

static void every_code_descriptor_is_entered_as_the_oracle_says(void)
{
	struct world *w = world_new();
	unsigned int n, level, wrong = 0;

	for (n = 0; n < 0x10000; n++) {
		if (!(n & 0x10)) /* gates and TSS: below */
			continue;
		for (level = 0; level < 16; level++) {
			world_level(w, level >> 2);
			wrong += !jumps_as_expected(w, sample_raw(n), level >> 2, level & 3);
		}
	}
	CHECK_EQ(wrong, 0);
	free(w);
}

/* ---- call gates ---- */

/* A user program, a gate of DPL 3 in SLOT_TRY to `access` code, a stack for level 0. */
static struct world *gate_world(unsigned int access)
{
	struct world *w = world_new();
	struct tss_struct *tss = (struct tss_struct *)(void *)(w->bytes + TSS_AT);

	segment_tss_init(tss, STACK_AT << 3, 0x9000);
	REQUIRE(!segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault));
	put_raw(w, GDT_AT, STACK_AT, make_raw(0, 0xffff, 0x92, 0x4));
	put_raw(w, GDT_AT, CODE_AT, make_raw(0, 0x1ffff, access, 0x4));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(CODE_AT << 3 | 3, 0x12345, 12, 3, true, 2));
	world_level(w, 3);
	return w;
}

static void a_call_through_a_gate_rises_and_changes_the_stack(void)
{
	struct world *w = gate_world(0x9a);

	/* The offset of the call is ignored, and so is the RPL of the gate's selector. */
	CHECK_EQ(call(w, TRY(3), 0xffffffff, 0), 0);
	CHECK_EQ(result.ip, 0x12345);
	CHECK(result.has_new_stack);
	CHECK_EQ(result.sp, 0x9000);
	CHECK_EQ(result.parameters, 2);
	CHECK_EQ(segment_cpl(&w->cpu), 0);
	CHECK_EQ(w->cpu.reg[SEGMENT_CS].selector, CODE_AT << 3);
	CHECK_EQ(w->cpu.reg[SEGMENT_SS].selector, STACK_AT << 3);
	CHECK_EQ(get_raw(w, GDT_AT, STACK_AT), make_raw(0, 0xffff, 0x93, 0x4));
	CHECK_EQ(get_raw(w, GDT_AT, CODE_AT), make_raw(0, 0x1ffff, 0x9b, 0x4));
	free(w);
}

static void a_jump_through_a_gate_does_not_rise(void)
{
	struct world *w = gate_world(0x9a);

	CHECK_FAULT(w, jump(w, TRY(3), 0), SEGMENT_GP, CODE_AT << 3);
	put_raw(w, GDT_AT, CODE_AT, make_raw(0, 0x1ffff, 0x9e, 0x4));
	CHECK_EQ(jump(w, TRY(3), 0), 0);
	CHECK_EQ(result.ip, 0x12345);
	CHECK(!result.has_new_stack);
	CHECK_EQ(w->cpu.reg[SEGMENT_CS].selector, CODE_AT << 3 | 3);
	free(w);
}

static void a_call_through_a_gate_to_conforming_code_keeps_the_level(void)
{
	struct world *w = gate_world(0x9e);

	CHECK_EQ(call(w, TRY(3), 0, 0x100), 0);
	CHECK(!result.has_new_stack);
	CHECK_EQ(segment_cpl(&w->cpu), 3);
	free(w);
}

static void a_gate_is_checked_before_its_code(void)
{
	struct world *w = gate_world(0x9a);

	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(0, 0, 12, 2, false, 0));
	CHECK_FAULT(w, call(w, TRY(0), 0, 0x100), SEGMENT_GP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(0, 0, 12, 3, false, 0));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0x100), SEGMENT_NP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(3, 0, 12, 3, true, 0));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0x100), SEGMENT_GP, 0);
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(GDT_SLOTS << 3, 0, 12, 3, true, 0));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0x100), SEGMENT_GP, GDT_SLOTS << 3);
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(KERNEL_DATA << 3, 0, 12, 3, true, 0));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0x100), SEGMENT_GP, KERNEL_DATA << 3);
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(CODE_AT << 3, 0, 12, 3, true, 0));
	put_raw(w, GDT_AT, CODE_AT, make_raw(0, 0x1ffff, 0x1a, 0x4));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0x100), SEGMENT_NP, CODE_AT << 3);
	/* RPL counts against the gate's DPL even at level 0. */
	world_level(w, 0);
	put_raw(w, GDT_AT, CODE_AT, make_raw(0, 0x1ffff, 0x9a, 0x4));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(CODE_AT << 3, 0, 12, 0, true, 0));
	CHECK_FAULT(w, call(w, TRY(1), 0, 0x100), SEGMENT_GP, TRY(0));
	CHECK_EQ(call(w, TRY(0), 0, 0x100), 0);
	CHECK(!result.has_new_stack);
	/* Code of a lower level is not reached. */
	put_raw(w, GDT_AT, CODE_AT, make_raw(0, 0x1ffff, 0xfa, 0x4));
	CHECK_FAULT(w, call(w, TRY(0), 0, 0x100), SEGMENT_GP, CODE_AT << 3);
	free(w);
}

static void the_new_stack_is_checked_before_ip(void)
{
	struct world *w = gate_world(0x9a);

	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(CODE_AT << 3, 0x20000, 12, 3, true, 31));
	put_raw(w, GDT_AT, STACK_AT, make_raw(0, 0xffff, 0xb2, 0x4));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0), SEGMENT_TS, STACK_AT << 3);
	/* 31 parameters and 4 words: 140 bytes. */
	put_raw(w, GDT_AT, STACK_AT, make_raw(0, 0x9000 - 141, 0x96, 0x4));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0), SEGMENT_GP, 0);
	put_raw(w, GDT_AT, STACK_AT, make_raw(0, 0x9000 - 140, 0x96, 0x4));
	CHECK_FAULT(w, call(w, TRY(3), 0, 0), SEGMENT_SS_FAULT, STACK_AT << 3);
	/* A 16-bit gate pushes half as much, and has an offset of 16 bits. */
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(CODE_AT << 3, 0xffff0123, 4, 3, true, 31));
	put_raw(w, GDT_AT, STACK_AT, make_raw(0, 0x9000 - 71, 0x96, 0x4));
	CHECK_EQ(call(w, TRY(3), 0, 0), 0);
	CHECK_EQ(result.ip, 0x123);
	free(w);
}

static void interrupt_gates_and_tables_are_no_targets(void)
{
	static const u8 types[] = { 0, 2, 6, 7, 8, 10, 13, 14, 15, 3, 11 };
	struct world *w = world_new();
	unsigned int i;

	for (i = 0; i < sizeof(types); i++) {
		put_raw(w, GDT_AT, SLOT_TRY, gate_raw(KERNEL_CODE << 3, 0, types[i], 3, true, 0));
		CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, TRY(0));
	}
	free(w);
}

static void a_task_is_checked_and_reported(void)
{
	struct world *w = world_new();
	struct snapshot *before;

	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(SLOT_TSS << 3, 0, 5, 3, true, 0));
	before = snapshot_take(w);
	CHECK_EQ(jump(w, SLOT_TSS << 3, 0), 0);
	CHECK(result.is_task);
	CHECK_EQ(result.task, SLOT_TSS << 3);
	memset(&result, 0, sizeof(result));
	world_level(w, 3);
	CHECK_EQ(jump(w, TRY(3), 0), 0);
	CHECK(result.is_task);
	CHECK_EQ(result.task, SLOT_TSS << 3);
	CHECK_FAULT(w, jump(w, SLOT_TSS << 3, 0), SEGMENT_GP, SLOT_TSS << 3);
	world_level(w, 0);
	CHECK(snapshot_same(before, w));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(SLOT_TSS << 3, 0, 5, 3, false, 0));
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_NP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(0xc, 0, 5, 3, true, 0));
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, 0xc);
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(0, 0, 5, 3, true, 0));
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, 0);
	/* A TSS in the LDT is none. */
	CHECK_EQ(segment_load_ldt(&w->cpu, SLOT_LDT << 3, &w->fault), 0);
	put_raw(w, LDT_AT, 1, make_raw(WORLD_BASE + TSS_AT, 0xeb, 0x89, 0));
	CHECK_FAULT(w, jump(w, 0xc, 0), SEGMENT_GP, 0xc);
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(0xc, 0, 5, 3, true, 0));
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, 0xc);
	put_raw(w, GDT_AT, SLOT_TSS, make_raw(0, 0x67, 0x09, 0));
	CHECK_FAULT(w, jump(w, SLOT_TSS << 3, 0), SEGMENT_NP, SLOT_TSS << 3);
	w->cpu.is_long_mode = true;
	CHECK_FAULT(w, jump(w, SLOT_TSS << 3, 0), SEGMENT_GP, SLOT_TSS << 3);
	free(w);
}

/* ---- returns ---- */

static void a_return_to_the_user_loads_the_stack_and_drops_kernel_data(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x9e, 0xc));
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_DS, USER_DATA << 3 | 3, &w->fault), 0);
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_ES, KERNEL_DATA << 3, &w->fault), 0);
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_FS, TRY(0), &w->fault), 0);
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_GS, KERNEL_CODE << 3, &w->fault), 0);
	CHECK_EQ(ret(w, USER_CODE << 3 | 3, 0x08048000, USER_DATA << 3 | 3), 0);
	CHECK_EQ(segment_cpl(&w->cpu), 3);
	CHECK_EQ(w->cpu.reg[SEGMENT_SS].selector, USER_DATA << 3 | 3);
	CHECK(w->cpu.reg[SEGMENT_DS].is_usable);
	CHECK(!w->cpu.reg[SEGMENT_ES].is_usable);
	CHECK_EQ(w->cpu.reg[SEGMENT_ES].selector, 0);
	CHECK(w->cpu.reg[SEGMENT_FS].is_usable); /* conforming */
	CHECK(!w->cpu.reg[SEGMENT_GS].is_usable);
	free(w);
}

static void a_return_within_the_level_leaves_the_stack(void)
{
	struct world *w = world_new();

	CHECK_EQ(ret(w, KERNEL_CODE << 3, 0x1000, 0xffff), 0);
	CHECK_EQ(w->cpu.reg[SEGMENT_SS].selector, 0);
	CHECK(w->cpu.reg[SEGMENT_DS].is_usable);
	free(w);
}

static void a_wrong_return_faults(void)
{
	struct world *w = world_new();
	const u16 user_ss = USER_DATA << 3 | 3, user_cs = USER_CODE << 3 | 3;

	CHECK_FAULT(w, ret(w, 2, 0, 0), SEGMENT_GP, 0);
	CHECK_FAULT(w, ret(w, GDT_SLOTS << 3 | 3, 0, 0), SEGMENT_GP, GDT_SLOTS << 3);
	CHECK_FAULT(w, ret(w, USER_DATA << 3 | 3, 0, user_ss), SEGMENT_GP, USER_DATA << 3);
	CHECK_FAULT(w, ret(w, USER_CODE << 3, 0, 0), SEGMENT_GP, USER_CODE << 3);
	CHECK_FAULT(w, ret(w, KERNEL_CODE << 3 | 3, 0, user_ss), SEGMENT_GP, KERNEL_CODE << 3);
	CHECK_FAULT(w, ret(w, user_cs, 0, 0), SEGMENT_GP, 0);
	CHECK_FAULT(w, ret(w, user_cs, 0, USER_DATA << 3), SEGMENT_GP, USER_DATA << 3);
	CHECK_FAULT(w, ret(w, user_cs, 0, KERNEL_DATA << 3 | 3), SEGMENT_GP, KERNEL_DATA << 3);
	CHECK_FAULT(w, ret(w, user_cs, 0, user_cs), SEGMENT_GP, USER_CODE << 3);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x72, 0xc));
	CHECK_FAULT(w, ret(w, user_cs, 0, TRY(3)), SEGMENT_SS_FAULT, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0xfa, 0x4));
	CHECK_FAULT(w, ret(w, TRY(3), 0x1000, user_ss), SEGMENT_GP, 0);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x7a, 0x4));
	CHECK_FAULT(w, ret(w, TRY(3), 0, user_ss), SEGMENT_NP, TRY(0));
	/* Conforming: the DPL may be above the level that is returned to. */
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0xfe, 0x4));
	CHECK_FAULT(w, ret(w, TRY(1), 0, 0), SEGMENT_GP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x9e, 0x4));
	CHECK_EQ(ret(w, TRY(3), 0, user_ss), 0);
	CHECK_FAULT(w, ret(w, KERNEL_CODE << 3, 0, 0), SEGMENT_GP, KERNEL_CODE << 3);
	free(w);
}

/* ---- long mode ---- */

static void long_mode_enters_64bit_code_by_its_l_bit(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, 0x00af9a000000ffff);
	/* Outside long mode the bit is no code of its own: a 16-bit segment. */
	CHECK_FAULT(w, jump(w, TRY(0), 0x100000000), SEGMENT_GP, 0);
	w->cpu.is_long_mode = true;
	CHECK(!segment_is_64bit(&w->cpu));
	CHECK_FAULT(w, jump(w, TRY(0), 0x800000000000), SEGMENT_GP, 0);
	CHECK_EQ(jump(w, TRY(0), 0xffffffff81000000), 0);
	CHECK(segment_is_64bit(&w->cpu));
	put_raw(w, GDT_AT, SLOT_TRY, 0x00ef9a000000ffff);
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, TRY(0));
	CHECK_FAULT(w, ret(w, TRY(0), 0, 0), SEGMENT_GP, TRY(0));
	/* Back to compatibility mode. */
	CHECK_EQ(jump(w, KERNEL_CODE << 3, 0x1000), 0);
	CHECK(!segment_is_64bit(&w->cpu));
	free(w);
}

static void long_mode_has_no_legacy_gates_and_64bit_ones_are_not_modelled(void)
{
	struct world *w = world_new();

	w->cpu.is_long_mode = true;
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(KERNEL_CODE << 3, 0, 4, 0, true, 0));
	CHECK_FAULT(w, jump(w, TRY(0), 0), SEGMENT_GP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, gate_raw(KERNEL_CODE << 3, 0, 12, 0, true, 0));
	CHECK_EQ(jump(w, TRY(0), 0), -EINVAL);
	free(w);
}

static void a_null_stack_is_returned_to_only_in_64bit_mode_below_level_3(void)
{
	struct world *w = world_new();

	w->cpu.is_long_mode = true;
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0xba, 0xa));
	CHECK_FAULT(w, ret(w, TRY(1), 0, 0), SEGMENT_GP, 0);
	CHECK_EQ(ret(w, TRY(1), 0, 1), 0);
	CHECK(!w->cpu.reg[SEGMENT_SS].is_usable);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0xfa, 0xa));
	CHECK_FAULT(w, ret(w, TRY(3), 0, 3), SEGMENT_GP, 0);
	CHECK_FAULT(w, ret(w, USER_CODE << 3 | 3, 0, 3), SEGMENT_GP, 0);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(a_far_jump_loads_cs_and_sets_accessed),
	TEST(null_and_missing_selectors_fault),
	TEST(conforming_code_runs_at_the_level_of_its_caller),
	TEST(ip_is_checked_last),
	TEST(every_code_descriptor_is_entered_as_the_oracle_says),
	TEST(a_call_through_a_gate_rises_and_changes_the_stack),
	TEST(a_jump_through_a_gate_does_not_rise),
	TEST(a_call_through_a_gate_to_conforming_code_keeps_the_level),
	TEST(a_gate_is_checked_before_its_code),
	TEST(the_new_stack_is_checked_before_ip),
	TEST(interrupt_gates_and_tables_are_no_targets),
	TEST(a_task_is_checked_and_reported),
	TEST(a_return_to_the_user_loads_the_stack_and_drops_kernel_data),
	TEST(a_return_within_the_level_leaves_the_stack),
	TEST(a_wrong_return_faults),
	TEST(long_mode_enters_64bit_code_by_its_l_bit),
	TEST(long_mode_has_no_legacy_gates_and_64bit_ones_are_not_modelled),
	TEST(a_null_stack_is_returned_to_only_in_64bit_mode_below_level_3),
	{ NULL, NULL },
};
