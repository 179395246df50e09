/* SPDX-License-Identifier: MIT */
/*
 * descriptor_test.c - the bits of a descriptor, against bytes computed by hand.
 */
#include "tests/segment/segment_support.h"

static bool has_bytes(const struct desc_struct *desc, const u8 *bytes)
{
	return !memcmp(desc, bytes, 8);
}

static void flat_descriptors_have_the_bytes_everybody_knows(void)
{
	static const u8 kernel_code[] = { 0xff, 0xff, 0, 0, 0, 0x9a, 0xcf, 0 };
	static const u8 user_data[] = { 0xff, 0xff, 0, 0, 0, 0xf2, 0xcf, 0 };
	struct segment_descriptor d = segment_flat(true, 0);
	struct desc_struct desc;

	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK(has_bytes(&desc, kernel_code));
	CHECK_EQ(segment_raw(&desc), 0x00cf9a000000ffff);
	d = segment_flat(false, 0);
	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x00cf92000000ffff);
	d = segment_flat(true, 3);
	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x00cffa000000ffff);
	d = segment_flat(false, 3);
	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK(has_bytes(&desc, user_data));
}

static void system_descriptors_have_bytes_computed_by_hand(void)
{
	static const u8 tss[] = { 0xeb, 0, 0x56, 0x34, 0x12, 0x89, 0, 0xc0 };
	static const u8 ldt[] = { 0x17, 0, 0x78, 0x56, 0x34, 0x82, 0, 0x12 };
	struct segment_descriptor d = segment_tss_descriptor(0xc0123456, 0xeb);
	struct desc_struct desc;

	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK(has_bytes(&desc, tss));
	d = segment_ldt_descriptor(0x12345678, 23);
	CHECK_EQ(segment_encode(&d, &desc), 0);
	CHECK(has_bytes(&desc, ldt));
}

static void the_64bit_tss_takes_two_slots(void)
{
	static const u8 bytes[] = { 0x67, 0, 0x00, 0x30, 0x00, 0x89, 0, 0x80,
				    0x12, 0xfe, 0xff, 0xff, 0, 0, 0, 0 };
	struct segment_descriptor d = segment_tss_descriptor(0xfffffe1280003000, 0x67);
	struct ldttss_desc wide;
	struct desc_struct narrow = { 1, 2 };

	CHECK_EQ(segment_encode64(&d, &wide), 0);
	CHECK(!memcmp(&wide, bytes, 16));
	CHECK_EQ(segment_encode(&d, &narrow), -EINVAL);
	CHECK(narrow.a == 1 && narrow.b == 2);
	d.s = true;
	CHECK_EQ(segment_encode64(&d, &wide), -EINVAL);
}

static void every_access_and_flag_decodes_to_its_fields(void)
{
	unsigned int n, wrong = 0;

	for (n = 0; n < 0x10000; n++) {
		u64 raw = sample_raw(n);
		struct desc_struct desc = { (u32)raw, (u32)(raw >> 32) }, again;
		struct segment_descriptor d = segment_decode(&desc);

		wrong += d.base != ((raw >> 16 & 0xffffff) | (raw >> 56) << 24);
		wrong += d.limit != ((raw & 0xffff) | (raw >> 48 & 0xf) << 16);
		wrong += d.type != (n & 0xf) || d.s != (n >> 4 & 1) || d.dpl != (n >> 5 & 3);
		wrong += d.p != (n >> 7 & 1) || d.avl != (n >> 8 & 1) || d.l != (n >> 9 & 1);
		wrong += d.db != (n >> 10 & 1) || d.g != (n >> 11 & 1);
		wrong += segment_encode(&d, &again) != 0 || segment_raw(&again) != raw;
	}
	CHECK_EQ(wrong, 0);
}

static void fields_that_do_not_fit_are_refused(void)
{
	const struct segment_descriptor good = segment_flat(true, 0);
	struct segment_descriptor d = good;
	struct desc_struct desc = { 1, 2 };

	d.limit = 0x100000;
	CHECK_EQ(segment_encode(&d, &desc), -EINVAL);
	d = good;
	d.type = 16;
	CHECK_EQ(segment_encode(&d, &desc), -EINVAL);
	d = good;
	d.dpl = 4;
	CHECK_EQ(segment_encode(&d, &desc), -EINVAL);
	d = good;
	d.base = 0x100000000;
	CHECK_EQ(segment_encode(&d, &desc), -EINVAL);
	CHECK(desc.a == 1 && desc.b == 2);
}

static void gates_have_bytes_computed_by_hand(void)
{
	struct segment_gate gate = { .offset = 0x12345678, .selector = 8, .dpl = 3, .p = true,
				     .type = SEGMENT_CALL_GATE32, .parameters = 5 };
	struct segment_gate back;
	struct desc_struct desc;

	CHECK_EQ(segment_gate_encode(&gate, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x1234ec0500085678);
	CHECK_EQ(segment_gate_decode(&desc, &back), 0);
	CHECK(back.offset == 0x12345678 && back.selector == 8 && back.dpl == 3 && back.p);
	CHECK(back.type == SEGMENT_CALL_GATE32 && back.parameters == 5);
	gate.parameters = 0;
	gate.type = SEGMENT_INTERRUPT_GATE32;
	gate.dpl = 0;
	CHECK_EQ(segment_gate_encode(&gate, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x12348e0000085678);
	gate.type = SEGMENT_TRAP_GATE32;
	gate.dpl = 3;
	CHECK_EQ(segment_gate_encode(&gate, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x1234ef0000085678);
	gate = (struct segment_gate){ .selector = 0x80, .type = SEGMENT_TASK_GATE, .p = true };
	CHECK_EQ(segment_gate_encode(&gate, &desc), 0);
	CHECK_EQ(segment_raw(&desc), 0x0000850000800000);
}

static void gates_that_do_not_fit_are_refused(void)
{
	struct segment_gate gate = { .offset = 0x10000, .type = SEGMENT_CALL_GATE16 };
	struct desc_struct desc;

	CHECK_EQ(segment_gate_encode(&gate, &desc), -EINVAL);
	gate.offset = 0xffff;
	CHECK_EQ(segment_gate_encode(&gate, &desc), 0);
	gate.parameters = 32;
	CHECK_EQ(segment_gate_encode(&gate, &desc), -EINVAL);
	gate.parameters = 1;
	gate.type = SEGMENT_INTERRUPT_GATE32;
	CHECK_EQ(segment_gate_encode(&gate, &desc), -EINVAL);
	gate = (struct segment_gate){ .offset = 1, .type = SEGMENT_TASK_GATE };
	CHECK_EQ(segment_gate_encode(&gate, &desc), -EINVAL);
	gate = (struct segment_gate){ .type = SEGMENT_TSS32 };
	CHECK_EQ(segment_gate_encode(&gate, &desc), -EINVAL);
}

static void only_the_seven_gate_types_are_gates(void)
{
	unsigned int type, gates = 0;

	for (type = 0; type < 32; type++) {
		struct desc_struct desc = { 0, type << 8 };
		struct segment_gate gate;
		bool is_gate = type == 4 || type == 5 || type == 6 || type == 7 || type == 12 ||
			       type == 14 || type == 15;

		CHECK_EQ(segment_gate_decode(&desc, &gate), is_gate ? 0 : -EINVAL);
		gates += is_gate;
	}
	CHECK_EQ(gates, 7);
}

static void the_limit_scales_by_g(void)
{
	struct segment_descriptor d = { .limit = 0xfffff };

	CHECK_EQ(segment_limit(&d), 0xfffff);
	d.g = true;
	CHECK_EQ(segment_limit(&d), 0xffffffff);
	d.limit = 0;
	CHECK_EQ(segment_limit(&d), 0xfff);
	d.limit = 0x12345;
	CHECK_EQ(segment_limit(&d), 0x12345fff);
}

static void check_bounds(u32 limit, bool g, bool db, unsigned int type, u32 first, u32 last)
{
	struct segment_descriptor d = { .limit = limit, .g = g, .db = db, .type = (u8)type,
					.s = true };
	struct segment_bounds bounds = segment_bounds(&d);

	CHECK(!bounds.is_empty);
	CHECK_EQ(bounds.first, first);
	CHECK_EQ(bounds.last, last);
}

/*
 *	           0          limit                0xffff        0xffffffff
 *	up         |===========|                     .               .
 *	down, B=0  .           .|====================|               .
 *	down, B=1  .           .|====================================|
 */
static void bounds_lie_below_or_above_the_limit(void)
{
	struct segment_descriptor none = { .limit = 0xffff, .type = 6, .s = true };

	check_bounds(0x1234, false, true, 2, 0, 0x1234);
	check_bounds(0x1234, false, false, 6, 0x1235, 0xffff);
	check_bounds(0x1234, false, true, 6, 0x1235, 0xffffffff);
	check_bounds(0x1, true, true, 6, 0x2000, 0xffffffff);
	check_bounds(0, false, false, 4, 1, 0xffff);
	/* Bit 2 of code is "conforming": its bounds are not turned around. */
	check_bounds(0x1234, false, true, 0xe, 0, 0x1234);
	CHECK(segment_bounds(&none).is_empty);
	none.db = true;
	CHECK(!segment_bounds(&none).is_empty);
	none.g = true;
	none.limit = 0xfffff;
	CHECK(segment_bounds(&none).is_empty);
}

static void types_have_names(void)
{
	struct segment_descriptor d = segment_flat(true, 0);

	CHECK_STR(segment_type_name(&d), "code, execute/read");
	d.type |= SEGMENT_ACCESSED;
	CHECK_STR(segment_type_name(&d), "code, execute/read");
	d.type = 6;
	CHECK_STR(segment_type_name(&d), "data, read/write, expand-down");
	d.s = false;
	CHECK_STR(segment_type_name(&d), "16-bit interrupt gate");
	d.type = SEGMENT_TSS32_BUSY;
	CHECK_STR(segment_type_name(&d), "32-bit TSS, busy");
	d.type = 13;
	CHECK_STR(segment_type_name(&d), "reserved");
}

static void a_selector_has_three_fields(void)
{
	CHECK_EQ(segment_selector(4, false, 3), 0x23);
	CHECK_EQ(segment_selector(8191, true, 3), 0xffff);
	CHECK_EQ(segment_index(0xfff8), 8191);
	CHECK(segment_in_ldt(0x0f) && !segment_in_ldt(0x0b));
	CHECK_EQ(segment_rpl(0x0e), 2);
	CHECK(segment_is_null(0) && segment_is_null(3));
	CHECK(!segment_is_null(4) && !segment_is_null(8));
}

const struct tap_test tap_tests[] = {
	TEST(flat_descriptors_have_the_bytes_everybody_knows),
	TEST(system_descriptors_have_bytes_computed_by_hand),
	TEST(the_64bit_tss_takes_two_slots),
	TEST(every_access_and_flag_decodes_to_its_fields),
	TEST(fields_that_do_not_fit_are_refused),
	TEST(gates_have_bytes_computed_by_hand),
	TEST(gates_that_do_not_fit_are_refused),
	TEST(only_the_seven_gate_types_are_gates),
	TEST(the_limit_scales_by_g),
	TEST(bounds_lie_below_or_above_the_limit),
	TEST(types_have_names),
	TEST(a_selector_has_three_fields),
	{ NULL, NULL },
};
