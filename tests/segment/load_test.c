/* SPDX-License-Identifier: MIT */
/*
 * load_test.c - loading ds, es, fs, gs, ss, the LDT register and the task register.
 */
#include "tests/segment/segment_support.h"

#define TRY(rpl) ((u16)(SLOT_TRY << 3 | (rpl)))

static int load(struct world *w, enum segment_register reg, u16 selector)
{
	return segment_load(&w->cpu, reg, selector, &w->fault);
}

static int load_try(struct world *w, enum segment_register reg, unsigned int rpl, u64 raw)
{
	put_raw(w, GDT_AT, SLOT_TRY, raw);
	return load(w, reg, TRY(rpl));
}

static int read_ds(struct world *w, u32 offset, u64 *linear)
{
	return segment_translate(&w->cpu, SEGMENT_DS, SEGMENT_READ, offset, 1, linear, &w->fault);
}

static void a_load_copies_the_descriptor_and_sets_its_accessed_bit(void)
{
	struct world *w = world_new();
	const struct segment_cache *ds = &w->cpu.reg[SEGMENT_DS];

	CHECK_EQ(load_try(w, SEGMENT_DS, 0, make_raw(0x12345678, 0xabcde, 0x92, 0xc)), 0);
	CHECK_EQ(ds->selector, TRY(0));
	CHECK(ds->is_usable);
	CHECK_EQ(ds->hidden.base, 0x12345678);
	CHECK_EQ(ds->hidden.limit, 0xabcde);
	CHECK(ds->hidden.g && ds->hidden.db && !ds->hidden.l && !ds->hidden.avl);
	CHECK_EQ(ds->hidden.type, SEGMENT_WRITABLE | SEGMENT_ACCESSED);
	CHECK_EQ(get_raw(w, GDT_AT, SLOT_TRY), make_raw(0x12345678, 0xabcde, 0x93, 0xc));
	free(w);
}

static void a_changed_table_does_not_matter_until_the_next_load(void)
{
	struct world *w = world_new();
	u64 linear;

	CHECK_EQ(load_try(w, SEGMENT_DS, 0, make_raw(0x1000, 0xff, 0x92, 0x4)), 0);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x2000, 0xffff, 0x92, 0x4));
	CHECK_EQ(read_ds(w, 0xff, &linear), 0);
	CHECK_EQ(linear, 0x10ff);
	CHECK_FAULT(w, read_ds(w, 0x100, &linear), SEGMENT_GP, 0);
	w->cpu.gdtr.limit = 0;
	CHECK_EQ(read_ds(w, 0, &linear), 0);
	w->cpu.gdtr.limit = GDT_SLOTS * 8 - 1;
	CHECK_EQ(load(w, SEGMENT_DS, TRY(0)), 0);
	CHECK_EQ(read_ds(w, 0x100, &linear), 0);
	CHECK_EQ(linear, 0x2100);
	free(w);
}

static void a_null_selector_loads_into_data_and_faults_on_use(void)
{
	struct world *w = world_new();
	u16 null;
	u64 linear;

	for (null = 0; null < 4; null++) {
		CHECK_EQ(load(w, SEGMENT_GS, null), 0);
		CHECK_EQ(w->cpu.reg[SEGMENT_GS].selector, null);
		CHECK(!w->cpu.reg[SEGMENT_GS].is_usable);
		CHECK_FAULT(w, segment_translate(&w->cpu, SEGMENT_GS, SEGMENT_READ, 0, 1, &linear,
						 &w->fault), SEGMENT_GP, 0);
		CHECK_FAULT(w, load(w, SEGMENT_SS, null), SEGMENT_GP, 0);
	}
	free(w);
}

static void cs_is_not_loaded_by_mov(void)
{
	struct world *w = world_new();

	CHECK_FAULT(w, load(w, SEGMENT_CS, KERNEL_CODE << 3), SEGMENT_UD, 0);
	CHECK_EQ(load(w, SEGMENT_REGISTERS, KERNEL_CODE << 3), -EINVAL);
	free(w);
}

static void the_whole_descriptor_must_lie_within_the_table(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, 0x00cf92000000ffff);
	w->cpu.gdtr.limit = SLOT_TRY * 8 + 7;
	CHECK_EQ(load(w, SEGMENT_DS, TRY(0)), 0);
	w->cpu.gdtr.limit = SLOT_TRY * 8 + 6;
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(0)), SEGMENT_GP, TRY(0));
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(3)), SEGMENT_GP, TRY(0));
	CHECK_FAULT(w, load(w, SEGMENT_SS, TRY(0)), SEGMENT_GP, TRY(0));
	free(w);
}

static void slot_8191_of_a_full_gdt_can_be_loaded(void)
{
	struct world *w = world_new();

	w->cpu.gdtr.limit = 0xffff;
	put_raw(w, GDT_AT, 8191, 0x00cf92000000ffff);
	CHECK_EQ(load(w, SEGMENT_ES, 0xfff8), 0);
	CHECK_EQ(get_raw(w, GDT_AT, 8191), 0x00cf93000000ffff);
	free(w);
}

static void the_ldt_is_found_through_a_descriptor_of_the_gdt(void)
{
	struct world *w = world_new();

	put_raw(w, LDT_AT, 0, make_raw(0x5000, 0xff, 0xf2, 0x4));
	CHECK_FAULT(w, load(w, SEGMENT_FS, 0x7), SEGMENT_GP, 0x4);
	CHECK_EQ(segment_load_ldt(&w->cpu, SLOT_LDT << 3, &w->fault), 0);
	CHECK_EQ(w->cpu.ldtr.hidden.base, WORLD_BASE + LDT_AT);
	/* Selector 4..7 is slot 0 of the LDT, and not null. */
	CHECK_EQ(load(w, SEGMENT_FS, 0x7), 0);
	CHECK_EQ(w->cpu.reg[SEGMENT_FS].hidden.base, 0x5000);
	CHECK_EQ(get_raw(w, LDT_AT, 0), make_raw(0x5000, 0xff, 0xf3, 0x4));
	CHECK_FAULT(w, load(w, SEGMENT_FS, LDT_SLOTS << 3 | 7), SEGMENT_GP, LDT_SLOTS << 3 | 4);
	CHECK_EQ(segment_load_ldt(&w->cpu, 2, &w->fault), 0);
	CHECK_FAULT(w, load(w, SEGMENT_FS, 0x7), SEGMENT_GP, 0x4);
	free(w);
}

static void an_unmapped_table_is_a_page_fault(void)
{
	struct world *w = world_new();

	w->cpu.gdtr.base = 0x40000000;
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(0)), SEGMENT_PF, 0);
	CHECK_EQ(w->fault.address, 0x40000000 + SLOT_TRY * 8);
	/* The address of the descriptor wraps at 4 GiB. */
	w->cpu.gdtr.base = 0xffffffff - SLOT_TRY * 8 + 1;
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(0)), SEGMENT_PF, 0);
	CHECK_EQ(w->fault.address, 0);
	free(w);
}

static void data_is_visible_to_levels_up_to_its_dpl(void)
{
	struct world *w = world_new();
	unsigned int cpl, rpl, dpl;

	for (cpl = 0; cpl < 4; cpl++)
		for (rpl = 0; rpl < 4; rpl++)
			for (dpl = 0; dpl < 4; dpl++) {
				u64 raw = make_raw(0, 0xfffff, 0x93 | dpl << 5, 0xc);

				world_level(w, cpl);
				put_raw(w, GDT_AT, SLOT_TRY, raw);
				if (cpl <= dpl && rpl <= dpl)
					CHECK_EQ(load(w, SEGMENT_DS, TRY(rpl)), 0);
				else
					CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(rpl)), SEGMENT_GP,
						    TRY(0));
			}
	free(w);
}

static void conforming_readable_code_is_visible_to_all(void)
{
	struct world *w = world_new();

	world_level(w, 3);
	CHECK_EQ(load_try(w, SEGMENT_DS, 3, make_raw(0, 0xfffff, 0x9e, 0xc)), 0);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x9c, 0xc));
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(3)), SEGMENT_GP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x9a, 0xc));
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(3)), SEGMENT_GP, TRY(0));
	free(w);
}

static void presence_is_checked_last(void)
{
	struct world *w = world_new();

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x12, 0xc));
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(0)), SEGMENT_NP, TRY(0));
	CHECK_FAULT(w, load(w, SEGMENT_DS, TRY(1)), SEGMENT_GP, TRY(0));
	CHECK_FAULT(w, load(w, SEGMENT_SS, TRY(0)), SEGMENT_SS_FAULT, TRY(0));
	CHECK_FAULT(w, load(w, SEGMENT_SS, TRY(1)), SEGMENT_GP, TRY(0));
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0, 0xfffff, 0x10, 0xc));
	CHECK_FAULT(w, load(w, SEGMENT_SS, TRY(0)), SEGMENT_GP, TRY(0));
	free(w);
}

/* ---- the oracle: MOV's rules, from the bits of the 8 bytes ---- */

struct expected {
	unsigned int vector; /* 0: loads */
	u16 error;
};

static struct expected oracle(bool is_ss, unsigned int access, unsigned int cpl, unsigned int rpl)
{
	const struct expected gp = { 13, TRY(0) }, fine = { 0, 0 };
	unsigned int dpl = access >> 5 & 3;

	if (is_ss) {
		/* S, not code, writable */
		if (rpl != cpl || dpl != cpl || (access & 0x1a) != 0x12)
			return gp;
		return access & 0x80 ? fine : (struct expected){ 12, TRY(0) };
	}
	switch (access & 0x1e) {
	case 0x10: /* data */
	case 0x12:
	case 0x14:
	case 0x16:
	case 0x1a: /* readable code */
		if (cpl > dpl || rpl > dpl)
			return gp;
		break;
	case 0x1e: /* readable and conforming */
		break;
	default:
		return gp;
	}
	return access & 0x80 ? fine : (struct expected){ 11, TRY(0) };
}

static bool loads_as_expected(struct world *w, enum segment_register reg, unsigned int cpl,
			      unsigned int rpl, u64 raw)
{
	struct expected e = oracle(reg == SEGMENT_SS, raw >> 40 & 0xff, cpl, rpl);
	const struct segment_cache *seg = &w->cpu.reg[reg];
	struct segment_cache before;
	int err;

	memcpy(&before, seg, sizeof(before));
	err = load_try(w, reg, rpl, raw);
	if (e.vector)
		return err == -EFAULT && w->fault.vector == e.vector && w->fault.error == e.error &&
		       get_raw(w, GDT_AT, SLOT_TRY) == raw && !memcmp(&before, seg, sizeof(before));
	raw |= (u64)1 << 40;
	return !err && get_raw(w, GDT_AT, SLOT_TRY) == raw && seg->selector == TRY(rpl) &&
	       seg->hidden.base == ((raw >> 16 & 0xffffff) | raw >> 56 << 24) &&
	       seg->hidden.limit == ((raw & 0xffff) | (raw >> 48 & 0xf) << 16) &&
	       seg->hidden.type == (raw >> 40 & 0xf) && seg->hidden.g == (raw >> 55 & 1);
}

static void every_descriptor_loads_as_the_oracle_says(void)
{
	static const u8 regs[] = { SEGMENT_DS, SEGMENT_ES, SEGMENT_FS, SEGMENT_GS };
	struct world *w = world_new();
	unsigned int n, level, wrong = 0;

	for (n = 0; n < 0x10000; n++)
		for (level = 0; level < 16; level++) {
			u64 raw = sample_raw(n);
			enum segment_register data = regs[(n + level) % 4];

			world_level(w, level >> 2);
			wrong += !loads_as_expected(w, SEGMENT_SS, level >> 2, level & 3, raw);
			wrong += !loads_as_expected(w, data, level >> 2, level & 3, raw);
		}
	CHECK_EQ(wrong, 0);
	free(w);
}

/* ---- LLDT, LTR ---- */

static void lldt_and_ltr_need_level_0(void)
{
	struct world *w = world_new();

	world_level(w, 1);
	CHECK_FAULT(w, segment_load_ldt(&w->cpu, SLOT_LDT << 3, &w->fault), SEGMENT_GP, 0);
	CHECK_FAULT(w, segment_load_ldt(&w->cpu, 0, &w->fault), SEGMENT_GP, 0);
	CHECK_FAULT(w, segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), SEGMENT_GP, 0);
	free(w);
}

static void ltr_makes_the_tss_busy_and_takes_no_busy_one(void)
{
	struct world *w = world_new();

	CHECK_FAULT(w, segment_load_task(&w->cpu, 0, &w->fault), SEGMENT_GP, 0);
	CHECK_FAULT(w, segment_load_task(&w->cpu, 3, &w->fault), SEGMENT_GP, 0);
	CHECK_EQ(segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), 0);
	CHECK_EQ(get_raw(w, GDT_AT, SLOT_TSS), make_raw(WORLD_BASE + TSS_AT, 0xeb, 0x8b, 0));
	CHECK_EQ(w->cpu.tr.hidden.type, SEGMENT_TSS32_BUSY);
	CHECK_EQ(w->cpu.tr.hidden.base, WORLD_BASE + TSS_AT);
	CHECK_FAULT(w, segment_load_task(&w->cpu, SLOT_TSS << 3, &w->fault), SEGMENT_GP,
		    SLOT_TSS << 3);
	free(w);
}

static void only_the_right_types_load_into_ldtr_and_tr(void)
{
	struct world *w = world_new();
	unsigned int access;

	for (access = 0; access < 0x100; access++) {
		u64 raw = make_raw(WORLD_BASE, 0xff, access, 0);
		unsigned int type = access & 0x1f, vector = access & 0x80 ? 0 : SEGMENT_NP;
		bool is_tss = type == 1 || type == 9;

		put_raw(w, GDT_AT, SLOT_TRY, raw);
		if (type == 2 && !vector)
			CHECK_EQ(segment_load_ldt(&w->cpu, TRY(0), &w->fault), 0);
		else
			CHECK_FAULT(w, segment_load_ldt(&w->cpu, TRY(1), &w->fault),
				    type == 2 ? vector : SEGMENT_GP, TRY(0));
		if (is_tss && !vector) {
			CHECK_EQ(segment_load_task(&w->cpu, TRY(0), &w->fault), 0);
			CHECK_EQ(get_raw(w, GDT_AT, SLOT_TRY), raw | (u64)2 << 40);
		} else {
			CHECK_FAULT(w, segment_load_task(&w->cpu, TRY(2), &w->fault),
				    is_tss ? vector : SEGMENT_GP, TRY(0));
		}
	}
	free(w);
}

static void ldtr_and_tr_are_loaded_from_the_gdt_only(void)
{
	struct world *w = world_new();

	CHECK_EQ(segment_load_ldt(&w->cpu, SLOT_LDT << 3, &w->fault), 0);
	put_raw(w, LDT_AT, 1, make_raw(WORLD_BASE, 0xff, 0x82, 0));
	CHECK_FAULT(w, segment_load_ldt(&w->cpu, 0xc, &w->fault), SEGMENT_GP, 0xc);
	put_raw(w, LDT_AT, 1, make_raw(WORLD_BASE, 0xff, 0x89, 0));
	CHECK_FAULT(w, segment_load_task(&w->cpu, 0xc, &w->fault), SEGMENT_GP, 0xc);
	CHECK_FAULT(w, segment_load_task(&w->cpu, GDT_SLOTS << 3, &w->fault), SEGMENT_GP,
		    GDT_SLOTS << 3);
	free(w);
}

/* ---- long mode ---- */

static struct world *world_64bit(void)
{
	struct world *w = world_new();

	w->cpu.is_long_mode = true;
	w->cpu.reg[SEGMENT_CS].hidden.l = true;
	w->cpu.reg[SEGMENT_CS].hidden.db = false;
	return w;
}

static void a_64bit_tss_has_a_base_of_64_bits(void)
{
	struct world *w = world_64bit();
	unsigned int bit;

	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x80003000, 0x67, 0x89, 0));
	put_raw(w, GDT_AT, SLOT_TRY + 1, 0xfffffe12);
	CHECK_EQ(segment_load_task(&w->cpu, TRY(0), &w->fault), 0);
	CHECK_EQ(w->cpu.tr.hidden.base, 0xfffffe1280003000);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x80003000, 0x67, 0x89, 0));
	put_raw(w, GDT_AT, SLOT_TRY + 1, 0x00fffe12);
	CHECK_FAULT(w, segment_load_task(&w->cpu, TRY(0), &w->fault), SEGMENT_GP, TRY(0));
	for (bit = 8; bit <= 12; bit++) {
		put_raw(w, GDT_AT, SLOT_TRY + 1, (u64)1 << (32 + bit));
		CHECK_FAULT(w, segment_load_task(&w->cpu, TRY(0), &w->fault), SEGMENT_GP, TRY(0));
	}
	put_raw(w, GDT_AT, SLOT_TRY + 1, 0);
	w->cpu.gdtr.limit = SLOT_TRY * 8 + 14;
	CHECK_FAULT(w, segment_load_task(&w->cpu, TRY(0), &w->fault), SEGMENT_GP, TRY(0));
	w->cpu.gdtr.limit++;
	CHECK_EQ(segment_load_task(&w->cpu, TRY(0), &w->fault), 0);
	put_raw(w, GDT_AT, SLOT_TRY, make_raw(0x80003000, 0x67, 0x81, 0));
	CHECK_FAULT(w, segment_load_task(&w->cpu, TRY(0), &w->fault), SEGMENT_GP, TRY(0));
	free(w);
}

static void a_null_fs_or_gs_has_base_0_in_64bit_mode(void)
{
	struct world *w = world_64bit();
	struct segment_cpu *cpu = &w->cpu;
	u64 linear;

	CHECK_EQ(load_try(w, SEGMENT_GS, 0, make_raw(0x12340000, 0, 0x92, 0)), 0);
	CHECK_EQ(segment_translate(cpu, SEGMENT_GS, SEGMENT_WRITE, 8, 8, &linear, &w->fault), 0);
	CHECK_EQ(linear, 0x12340008);
	CHECK_EQ(load(w, SEGMENT_GS, 3), 0);
	CHECK_EQ(segment_translate(cpu, SEGMENT_GS, SEGMENT_WRITE, 8, 8, &linear, &w->fault), 0);
	CHECK_EQ(linear, 8);
	free(w);
}

static void ss_may_be_null_in_64bit_mode_below_level_3(void)
{
	struct world *w = world_64bit();

	CHECK_EQ(load(w, SEGMENT_SS, 0), 0);
	CHECK_FAULT(w, load(w, SEGMENT_SS, 1), SEGMENT_GP, 0);
	world_level(w, 2);
	CHECK_EQ(load(w, SEGMENT_SS, 2), 0);
	world_level(w, 3);
	CHECK_FAULT(w, load(w, SEGMENT_SS, 3), SEGMENT_GP, 0);
	/* Compatibility mode has no such leave. */
	world_level(w, 0);
	w->cpu.reg[SEGMENT_CS].hidden.l = false;
	CHECK_FAULT(w, load(w, SEGMENT_SS, 0), SEGMENT_GP, 0);
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(a_load_copies_the_descriptor_and_sets_its_accessed_bit),
	TEST(a_changed_table_does_not_matter_until_the_next_load),
	TEST(a_null_selector_loads_into_data_and_faults_on_use),
	TEST(cs_is_not_loaded_by_mov),
	TEST(the_whole_descriptor_must_lie_within_the_table),
	TEST(slot_8191_of_a_full_gdt_can_be_loaded),
	TEST(the_ldt_is_found_through_a_descriptor_of_the_gdt),
	TEST(an_unmapped_table_is_a_page_fault),
	TEST(data_is_visible_to_levels_up_to_its_dpl),
	TEST(conforming_readable_code_is_visible_to_all),
	TEST(presence_is_checked_last),
	TEST(every_descriptor_loads_as_the_oracle_says),
	TEST(lldt_and_ltr_need_level_0),
	TEST(ltr_makes_the_tss_busy_and_takes_no_busy_one),
	TEST(only_the_right_types_load_into_ldtr_and_tr),
	TEST(ldtr_and_tr_are_loaded_from_the_gdt_only),
	TEST(a_64bit_tss_has_a_base_of_64_bits),
	TEST(a_null_fs_or_gs_has_base_0_in_64bit_mode),
	TEST(ss_may_be_null_in_64bit_mode_below_level_3),
	{ NULL, NULL },
};
