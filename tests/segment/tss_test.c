/* SPDX-License-Identifier: MIT */
/*
 * tss_test.c - the stack switch of a rise in privilege, and the I/O permission bitmap.
 */
#include "tests/segment/segment_support.h"

#define STACK(dpl) ((u16)(SLOT_TRY << 3 | (dpl)))

static void put16(struct world *w, u32 at, u16 value)
{
	w->bytes[at] = (u8)value;
	w->bytes[at + 1] = (u8)(value >> 8);
}

static void put32(struct world *w, u32 at, u32 value)
{
	put16(w, at, (u16)value);
	put16(w, at + 2, (u16)(value >> 16));
}

/* A user program whose TSS names `ss`:`esp` for level `cpl`. */
static struct world *user_world(unsigned int cpl, u16 ss, u32 esp)
{
	struct world *w = world_new();

	REQUIRE(!segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault));
	put32(w, TSS_AT + 4 + 8 * cpl, esp);
	/* The upper half of the slot is reserved: it must not be looked at. */
	put32(w, TSS_AT + 8 + 8 * cpl, 0xdead0000U | ss);
	world_level(w, 3);
	return w;
}

static int change(struct world *w, unsigned int cpl, struct segment_stack *stack)
{
	struct segment_stack_request request = { .cpl = cpl, .slot_size = 4, .nr_slots = 5 };

	return segment_stack_switch(&w->cpu, &request, stack, &w->fault);
}

static void check_ts(struct world *w, unsigned int vector, u16 error)
{
	struct segment_stack stack;
	struct segment_stack_request external = { .is_external = true, .slot_size = 4,
						  .nr_slots = 5 };

	CHECK_FAULT(w, change(w, 0, &stack), vector, error);
	CHECK_FAULT(w, segment_stack_switch(&w->cpu, &external, &stack, &w->fault), vector,
		    error | SEGMENT_ERROR_EXT);
}

static void the_stack_of_each_level_is_found(void)
{
	unsigned int cpl;

	for (cpl = 0; cpl < 3; cpl++) {
		struct world *w = user_world(cpl, STACK(cpl), 0xc0002000 + cpl);
		struct segment_stack stack;
		struct snapshot *before;

		put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x4000, 0xfffff, 0x92 | cpl << 5, 0xc));
		before = snapshot_take(w);
		CHECK_EQ(change(w, cpl, &stack), 0);
		CHECK(snapshot_same(before, w));
		CHECK_EQ(stack.ss.selector, STACK(cpl));
		CHECK_EQ(stack.sp, 0xc0002000 + cpl);
		CHECK_EQ(stack.ss.hidden.base, 0x4000);
		segment_stack_load(&w->cpu, &stack);
		CHECK_EQ(w->cpu.reg[SEGMENT_SS].selector, STACK(cpl));
		CHECK_EQ(get_raw(w, GDT_AT, SLOT_TRY),
			 make_raw(0x4000, 0xfffff, 0x93 | cpl << 5, 0xc));
		free(w);
	}
}

static void a_16bit_tss_has_pairs_of_16_bits(void)
{
	struct world *w = world_new();
	struct segment_stack stack;

	put_raw(w, GDT_AT, SLOT_TSS, make_raw(WORLD_BASE + TSS_AT, 0x2b, 0x81, 0));
	CHECK_EQ(segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), 0);
	CHECK_EQ(w->cpu.tr.hidden.type, SEGMENT_TSS16_BUSY);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xffff, 0xb2, 0));
	put16(w, TSS_AT + 6, 0x1234);
	put16(w, TSS_AT + 8, STACK(1));
	world_level(w, 3);
	CHECK_EQ(change(w, 1, &stack), 0);
	CHECK_EQ(stack.sp, 0x1234);
	CHECK_EQ(stack.ss.selector, STACK(1));
	w->cpu.tr.hidden.limit = 9;
	CHECK_EQ(change(w, 1, &stack), 0);
	w->cpu.tr.hidden.limit = 8;
	CHECK_FAULT(w, change(w, 1, &stack), SEGMENT_TS, SLOT_TSS << 3);
	free(w);
}

static void the_pair_must_lie_within_the_tss(void)
{
	struct world *w = user_world(0, KERNEL_DATA << 3, 0x8000);
	struct segment_stack stack;

	w->cpu.tr.hidden.limit = 9;
	CHECK_EQ(change(w, 0, &stack), 0);
	w->cpu.tr.hidden.limit = 8;
	check_ts(w, SEGMENT_TS, SLOT_TSS << 3);
	free(w);
}

static void a_wrong_stack_segment_is_ts(void)
{
	struct world *w = user_world(0, 0, 0x8000);

	check_ts(w, SEGMENT_TS, 0);
	put16(w, TSS_AT + 8, 3);
	check_ts(w, SEGMENT_TS, 0);
	put16(w, TSS_AT + 8, GDT_SLOTS << 3);
	check_ts(w, SEGMENT_TS, GDT_SLOTS << 3);
	put16(w, TSS_AT + 8, 0xc); /* there is no LDT */
	check_ts(w, SEGMENT_TS, 0xc);
	put16(w, TSS_AT + 8, KERNEL_DATA << 3 | 1);
	check_ts(w, SEGMENT_TS, KERNEL_DATA << 3);
	put16(w, TSS_AT + 8, USER_DATA << 3);
	check_ts(w, SEGMENT_TS, USER_DATA << 3);
	put16(w, TSS_AT + 8, KERNEL_CODE << 3);
	check_ts(w, SEGMENT_TS, KERNEL_CODE << 3);
	put16(w, TSS_AT + 8, STACK(0));
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x90, 0xc));
	check_ts(w, SEGMENT_TS, STACK(0));
	/* Not present is #SS, as when ss is loaded. */
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x12, 0xc));
	check_ts(w, SEGMENT_SS_FAULT, STACK(0));
	free(w);
}

static void the_frame_must_have_room(void)
{
	struct world *w = user_world(0, STACK(0), 20);
	struct segment_stack stack;

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfff, 0x92, 0x4));
	CHECK_EQ(change(w, 0, &stack), 0);
	put32(w, TSS_AT + 4, 19);
	check_ts(w, SEGMENT_SS_FAULT, STACK(0));
	put32(w, TSS_AT + 4, 0x1000);
	CHECK_EQ(change(w, 0, &stack), 0);
	put32(w, TSS_AT + 4, 0x1001);
	check_ts(w, SEGMENT_SS_FAULT, STACK(0));
	/* With B = 0 the pointer has 16 bits, and wraps: 4, 0, 0xfffc. */
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xffff, 0x92, 0));
	put32(w, TSS_AT + 4, 0x12340008);
	CHECK_EQ(change(w, 0, &stack), 0);
	/* A stack that grows down to its limit. */
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0x1fff, 0x96, 0x4));
	put32(w, TSS_AT + 4, 0x2014);
	CHECK_EQ(change(w, 0, &stack), 0);
	put32(w, TSS_AT + 4, 0x2010);
	check_ts(w, SEGMENT_SS_FAULT, STACK(0));
	free(w);
}

static void requests_that_mean_nothing_are_refused(void)
{
	struct world *w = world_new();
	struct segment_stack_request request = { .cpl = 0 };
	struct segment_stack stack;

	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), -EINVAL);
	CHECK_EQ(segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), 0);
	request.cpl = 3;
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), -EINVAL);
	request = (struct segment_stack_request){ .ist = 1 };
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), -EINVAL);
	request = (struct segment_stack_request){ .slot_size = 3, .nr_slots = 1 };
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), -EINVAL);
	w->cpu.tr.hidden.base = 0x40000000;
	request = (struct segment_stack_request){ .cpl = 0 };
	CHECK_FAULT(w, segment_stack_switch(&w->cpu, &request, &stack, &w->fault), SEGMENT_PF, 0);
	CHECK_EQ(w->fault.address, 0x40000004);
	free(w);
}

static void in_long_mode_rsp_comes_from_the_tss_and_ss_is_null(void)
{
	struct world *w = user_world(0, 0, 0);
	struct x86_hw_tss64 *tss = (struct x86_hw_tss64 *)(void *)(w->bytes + TSS_AT);
	struct segment_stack_request request = { .cpl = 0, .slot_size = 8, .nr_slots = 5 };
	struct segment_stack stack;

	w->cpu.is_long_mode = true;
	tss->sp[0] = 0xffffc90000004000;
	tss->sp[1] = 0xffffc90000005000;
	tss->ist[6] = 0x0000800000000000;
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), 0);
	CHECK_EQ(stack.sp, 0xffffc90000004000);
	CHECK(!stack.ss.is_usable);
	CHECK_EQ(stack.ss.selector, 0);
	request.cpl = 1;
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), 0);
	CHECK_EQ(stack.sp, 0xffffc90000005000);
	CHECK_EQ(stack.ss.selector, 1);
	segment_stack_load(&w->cpu, &stack);
	CHECK(!w->cpu.reg[SEGMENT_SS].is_usable);
	request.ist = 7;
	CHECK_FAULT(w, segment_stack_switch(&w->cpu, &request, &stack, &w->fault),
		    SEGMENT_SS_FAULT, 0);
	tss->ist[6] = 0xfffffe0000001000;
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), 0);
	CHECK_EQ(stack.sp, 0xfffffe0000001000);
	w->cpu.tr.hidden.limit = 36 + 6 * 8 + 6;
	request.is_external = true;
	CHECK_FAULT(w, segment_stack_switch(&w->cpu, &request, &stack, &w->fault), SEGMENT_TS,
		    SLOT_TSS << 3 | SEGMENT_ERROR_EXT);
	request.ist = 8;
	CHECK_EQ(segment_stack_switch(&w->cpu, &request, &stack, &w->fault), -EINVAL);
	free(w);
}

static int io(struct world *w, u16 port, unsigned int size)
{
	return segment_check_io(&w->cpu, 0, port, size, &w->fault);
}

static void the_bitmap_allows_single_ports(void)
{
	struct world *w = world_new();
	struct tss_struct *tss = (struct tss_struct *)(void *)(w->bytes + TSS_AT);

	segment_tss_init(tss, KERNEL_DATA << 3, 0x8000);
	CHECK_EQ(tss->x86_tss.esp0, 0x8000);
	CHECK_EQ(tss->x86_tss.ss0, KERNEL_DATA << 3);
	CHECK_EQ(segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), 0);
	CHECK_EQ(io(w, 0x60, 1), 0); /* CPL <= IOPL */
	world_level(w, 3);
	CHECK_EQ(segment_check_io(&w->cpu, 3, 0x60, 4, &w->fault), 0);
	/* Linux's default: the bitmap lies beyond the limit. */
	CHECK_FAULT(w, io(w, 0x60, 1), SEGMENT_GP, 0);
	tss->x86_tss.io_bitmap_base = IO_BITMAP_OFFSET;
	CHECK_FAULT(w, io(w, 0x60, 1), SEGMENT_GP, 0);
	tss->io_bitmap[3] = ~0x1fU; /* ports 0x60 .. 0x64 */
	CHECK_EQ(io(w, 0x60, 4), 0);
	CHECK_EQ(io(w, 0x64, 1), 0);
	CHECK_EQ(io(w, 0x63, 2), 0);
	CHECK_FAULT(w, io(w, 0x64, 2), SEGMENT_GP, 0);
	CHECK_FAULT(w, io(w, 0x5f, 1), SEGMENT_GP, 0);
	/* Ports on both sides of a byte of the bitmap. */
	tss->io_bitmap[3] = ~0x180U;
	CHECK_EQ(io(w, 0x67, 2), 0);
	CHECK_FAULT(w, io(w, 0x67, 4), SEGMENT_GP, 0);
	free(w);
}

static void ports_beyond_the_bitmap_are_refused(void)
{
	struct world *w = world_new();
	struct tss_struct *tss = (struct tss_struct *)(void *)(w->bytes + TSS_AT);

	segment_tss_init(tss, KERNEL_DATA << 3, 0x8000);
	tss->x86_tss.io_bitmap_base = IO_BITMAP_OFFSET;
	memset(tss->io_bitmap, 0, IO_BITMAP_BITS / 8);
	CHECK_EQ(segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), 0);
	world_level(w, 3);
	CHECK_EQ(io(w, 1023, 1), 0);
	/* The word of ones ends the bitmap; what lies beyond the TSS is not read. */
	CHECK_FAULT(w, io(w, 1023, 2), SEGMENT_GP, 0);
	CHECK_FAULT(w, io(w, 1024, 1), SEGMENT_GP, 0);
	CHECK_FAULT(w, io(w, 0xffff, 1), SEGMENT_GP, 0);
	CHECK_EQ(io(w, 0, 3), -EINVAL);
	/* One byte less than the two that are read. */
	w->cpu.tr.hidden.limit = IO_BITMAP_OFFSET + 1023 / 8;
	CHECK_FAULT(w, io(w, 1023, 1), SEGMENT_GP, 0);
	w->cpu.tr.hidden.limit++;
	CHECK_EQ(io(w, 1023, 1), 0);
	w->cpu.tr.is_usable = false;
	CHECK_FAULT(w, io(w, 0, 1), SEGMENT_GP, 0);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(the_stack_of_each_level_is_found),
	TEST(a_16bit_tss_has_pairs_of_16_bits),
	TEST(the_pair_must_lie_within_the_tss),
	TEST(a_wrong_stack_segment_is_ts),
	TEST(the_frame_must_have_room),
	TEST(requests_that_mean_nothing_are_refused),
	TEST(in_long_mode_rsp_comes_from_the_tss_and_ss_is_null),
	TEST(the_bitmap_allows_single_ports),
	TEST(ports_beyond_the_bitmap_are_refused),
	{ NULL, NULL },
};
