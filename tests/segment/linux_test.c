/* SPDX-License-Identifier: MIT */
/*
 * linux_test.c - tables as they are built, and those that Linux builds.
 */
#include "tests/segment/segment_support.h"

static struct segment_table table_at(struct world *w, u32 at, unsigned int nr, bool is_gdt)
{
	struct desc_struct *slots = (struct desc_struct *)(void *)(w->bytes + at);
	struct segment_table table;

	REQUIRE(!segment_table_init(&table, slots, nr, is_gdt));
	return table;
}

static void a_table_has_1_to_8192_slots(void)
{
	struct world *w = world_new();
	struct desc_struct *slots = (struct desc_struct *)(void *)w->bytes;
	struct segment_table table;

	CHECK_EQ(segment_table_init(&table, slots, 0, true), -EINVAL);
	CHECK_EQ(segment_table_init(&table, slots, 8193, true), -EINVAL);
	CHECK_EQ(get_raw(w, GDT_AT, KERNEL_CODE), 0x00cf9a000000ffff);
	CHECK_EQ(segment_table_init(&table, slots, 8192, true), 0);
	CHECK_EQ(get_raw(w, GDT_AT, KERNEL_CODE), 0);
	CHECK_EQ(segment_table_limit(&table), 0xffff);
	free(w);
}

static void of_a_full_gdt_8191_slots_are_usable(void)
{
	struct world *w = world_new();
	struct segment_table gdt = table_at(w, GDT_AT, 8192, true);
	struct desc_struct desc = { 0xffff, 0x00cf9200 };
	int index, used = 0;

	CHECK_EQ(segment_table_set(&gdt, 0, &desc), -EINVAL);
	while ((index = segment_table_find_free(&gdt)) >= 0) {
		CHECK_EQ(index, used + 1);
		REQUIRE(!segment_table_set(&gdt, (unsigned int)index, &desc));
		used++;
	}
	CHECK_EQ(index, -ENOSPC);
	CHECK_EQ(used, 8191);
	CHECK_EQ(segment_table_set(&gdt, 8192, &desc), -ERANGE);
	CHECK_EQ(get_raw(w, GDT_AT, 0), 0);
	desc = segment_table_get(&gdt, 8191);
	CHECK_EQ(segment_raw(&desc), 0x00cf92000000ffff);
	desc = segment_table_get(&gdt, 8192);
	CHECK_EQ(segment_raw(&desc), 0);
	free(w);
}

static void a_wide_descriptor_needs_two_slots(void)
{
	struct world *w = world_new();
	struct segment_table gdt = table_at(w, GDT_AT, 8, true);
	struct segment_descriptor d = segment_tss_descriptor(0xffff888012345678, 0x67);
	struct ldttss_desc wide;

	CHECK_EQ(segment_encode64(&d, &wide), 0);
	CHECK_EQ(segment_table_set64(&gdt, 0, &wide), -EINVAL);
	CHECK_EQ(segment_table_set64(&gdt, 7, &wide), -ERANGE);
	CHECK_EQ(segment_table_set64(&gdt, 8, &wide), -ERANGE);
	CHECK_EQ(get_raw(w, GDT_AT, 7), 0);
	CHECK_EQ(segment_table_set64(&gdt, 6, &wide), 0);
	CHECK_EQ(get_raw(w, GDT_AT, 6), 0x1200893456780067);
	CHECK_EQ(get_raw(w, GDT_AT, 7), 0xffff8880);
	free(w);
}

static void the_flat_gdt_has_linux_descriptors(void)
{
	struct world *w = world_new();
	struct segment_table gdt = table_at(w, GDT_AT, 6, true);
	struct segment_table small = table_at(w, LDT_AT, 5, true);

	CHECK_EQ(segment_flat_gdt(&gdt), 0);
	CHECK_EQ(get_raw(w, GDT_AT, 0), 0);
	CHECK_EQ(get_raw(w, GDT_AT, 1), 0);
	CHECK_EQ(get_raw(w, GDT_AT, __KERNEL_CS >> 3), 0x00cf9a000000ffff);
	CHECK_EQ(get_raw(w, GDT_AT, __KERNEL_DS >> 3), 0x00cf92000000ffff);
	CHECK_EQ(get_raw(w, GDT_AT, __USER_CS >> 3), 0x00cffa000000ffff);
	CHECK_EQ(get_raw(w, GDT_AT, __USER_DS >> 3), 0x00cff2000000ffff);
	CHECK_EQ(segment_flat_gdt(&small), -ERANGE);
	CHECK_EQ(get_raw(w, LDT_AT, 2), 0);
	free(w);
}

static void the_default_ldt_has_24_bytes(void)
{
	struct world *w = world_new();
	struct segment_table ldt = table_at(w, LDT_AT, 3, false);
	struct segment_table small = table_at(w, LDT_AT + 0x100, 2, false);

	CHECK_EQ(segment_default_ldt(&ldt), 0);
	CHECK_EQ(segment_table_limit(&ldt), 23);
	CHECK_EQ(get_raw(w, LDT_AT, 0), 0);
	CHECK_EQ(get_raw(w, LDT_AT, 1), 0x00cffa000000ffff);
	CHECK_EQ(get_raw(w, LDT_AT, 2), 0x00cff2000000ffff);
	CHECK_EQ(segment_default_ldt(&small), -ERANGE);
	free(w);
}

/* A CPU that has loaded all registers from the tables that Linux builds. */
static struct world *boot_linux(void)
{
	struct world *w = world_new();
	struct segment_table gdt = table_at(w, GDT_AT, 8192, true);
	struct segment_table ldt = table_at(w, LDT_AT, 3, false);
	struct segment_far far = { .selector = __KERNEL_CS, .offset = 0xc0100000 };
	struct segment_far_result result;
	struct tss_struct *tss = (struct tss_struct *)(void *)(w->bytes + TSS_AT);
	unsigned int reg;

	REQUIRE(!segment_flat_gdt(&gdt) && !segment_default_ldt(&ldt));
	segment_tss_init(tss, __KERNEL_DS, 0xc0002000);
	REQUIRE(!segment_task_add(&gdt, 0, WORLD_BASE + TSS_AT, TSS_LIMIT, WORLD_BASE + LDT_AT,
				  segment_table_limit(&ldt)));
	w->cpu.gdtr.limit = segment_table_limit(&gdt);
	REQUIRE(!segment_far_transfer(&w->cpu, &far, &result, &w->fault));
	for (reg = 0; reg < SEGMENT_REGISTERS; reg++)
		if (reg != SEGMENT_CS)
			REQUIRE(!segment_load(&w->cpu, reg, __KERNEL_DS, &w->fault));
	REQUIRE(!segment_load_task(&w->cpu, 12 << 3, &w->fault));
	REQUIRE(!segment_load_ldt(&w->cpu, 13 << 3, &w->fault));
	return w;
}

static void check_flat(struct world *w)
{
	static const u32 offsets[] = { 0, 1, 0xfff, 0x1000, 0xffff, 0x10000, 0x08048000, 0x7fffffff,
				       0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffc };
	unsigned int reg, i;

	for (reg = 0; reg < SEGMENT_REGISTERS; reg++)
		for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			u64 linear = ~(u64)0;

			CHECK_EQ(segment_translate(&w->cpu, reg, SEGMENT_READ, offsets[i], 4,
						   &linear, &w->fault), 0);
			CHECK_EQ(linear, offsets[i]);
			if (reg == SEGMENT_CS)
				continue;
			CHECK_EQ(segment_translate(&w->cpu, reg, SEGMENT_WRITE, offsets[i], 4,
						   &linear, &w->fault), 0);
		}
}

static void logical_is_linear_in_the_kernel_and_for_the_user(void)
{
	struct world *w = boot_linux();
	struct segment_return user = { .cs = __USER_CS, .ip = 0x08048000, .ss = __USER_DS };
	unsigned int reg;

	check_flat(w);
	CHECK_EQ(segment_return_far(&w->cpu, &user, &w->fault), 0);
	CHECK_EQ(segment_cpl(&w->cpu), 3);
	for (reg = 0; reg < SEGMENT_REGISTERS; reg++)
		if (reg != SEGMENT_CS && reg != SEGMENT_SS)
			CHECK_EQ(segment_load(&w->cpu, reg, __USER_DS, &w->fault), 0);
	check_flat(w);
	/* By the default LDT too: its slots 1 and 2. */
	CHECK_EQ(segment_load(&w->cpu, SEGMENT_DS, 2 << 3 | 7, &w->fault), 0);
	check_flat(w);
	CHECK_FAULT(w, segment_load(&w->cpu, SEGMENT_DS, __KERNEL_DS, &w->fault), SEGMENT_GP, 0x18);
	free(w);
}

static void a_trap_finds_the_kernel_stack_in_the_tss(void)
{
	struct world *w = boot_linux();
	struct segment_return user = { .cs = __USER_CS, .ip = 0x08048000, .ss = __USER_DS };
	struct segment_stack_request trap = { .cpl = 0, .slot_size = 4, .nr_slots = 5 };
	struct segment_stack stack;

	CHECK_EQ(segment_return_far(&w->cpu, &user, &w->fault), 0);
	CHECK_EQ(segment_stack_switch(&w->cpu, &trap, &stack, &w->fault), 0);
	CHECK_EQ(stack.ss.selector, __KERNEL_DS);
	CHECK_EQ(stack.sp, 0xc0002000);
	CHECK_FAULT(w, segment_check_io(&w->cpu, 0, 0x3f8, 1, &w->fault), SEGMENT_GP, 0);
	free(w);
}

static void version_2_2_has_room_for_4090_tasks(void)
{
	struct world *w = world_new();
	struct segment_table gdt = table_at(w, GDT_AT, 8192, true);
	struct snapshot *full;
	unsigned int task = 0;

	CHECK_EQ(12 + 2 * SEGMENT_TASKS_MAX, 8192);
	CHECK_EQ(segment_flat_gdt(&gdt), 0);
	while (!segment_task_add(&gdt, task, 0xc0000000 + task * 0x2000, TSS_LIMIT, 0xc0800000, 23))
		task++;
	CHECK_EQ(task, 4090);
	CHECK_EQ(get_raw(w, GDT_AT, 12), 0xc0008900000000eb);
	CHECK_EQ(get_raw(w, GDT_AT, 13), 0xc000828000000017);
	CHECK_EQ(get_raw(w, GDT_AT, 8190), 0xc10089ff200000eb);
	full = snapshot_take(w);
	CHECK_EQ(segment_task_add(&gdt, 4090, 0, TSS_LIMIT, 0, 23), -ENOSPC);
	CHECK_EQ(segment_task_add(&gdt, ~0U, 0, TSS_LIMIT, 0, 23), -ENOSPC);
	CHECK_EQ(segment_task_add(&gdt, 0, 0x100000000, TSS_LIMIT, 0, 23), -EINVAL);
	CHECK_EQ(segment_task_add(&gdt, 0, 0, TSS_LIMIT, 0, 0x100000), -EINVAL);
	CHECK(snapshot_same(full, w));
	free(w);
}

const struct tap_test tap_tests[] = {
	TEST(a_table_has_1_to_8192_slots),
	TEST(of_a_full_gdt_8191_slots_are_usable),
	TEST(a_wide_descriptor_needs_two_slots),
	TEST(the_flat_gdt_has_linux_descriptors),
	TEST(the_default_ldt_has_24_bytes),
	TEST(logical_is_linear_in_the_kernel_and_for_the_user),
	TEST(a_trap_finds_the_kernel_stack_in_the_tss),
	TEST(version_2_2_has_room_for_4090_tasks),
	{ NULL, NULL },
};
