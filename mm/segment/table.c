/* SPDX-License-Identifier: MIT */
/*
 * table.c - descriptor tables, and those that Linux builds.
 *
 * Linux uses segmentation as little as the CPU allows. Its four segments cover all 4 GiB
 * from base 0, so the linear address is the offset, and paging does all the work; what
 * remains of them is the privilege level in cs. The CPU still demands a TSS: it is where
 * the kernel's stack is found when a user program traps.
 */
#include "mm/lib/string.h"
#include "mm/segment/internal.h"

_Static_assert(SEGMENT_TASKS_MAX == 4090, "12 + 2 * 4090 == 8192");
_Static_assert(__KERNEL_CS == GDT_ENTRY_KERNEL_CS << 3, "level 0");
_Static_assert(__KERNEL_DS == GDT_ENTRY_KERNEL_DS << 3, "level 0");
_Static_assert(__USER_CS == (GDT_ENTRY_USER_CS << 3 | 3), "level 3");
_Static_assert(__USER_DS == (GDT_ENTRY_USER_DS << 3 | 3), "level 3");

int segment_table_init(struct segment_table *table, struct desc_struct *slots,
		       unsigned int nr_slots, bool is_gdt)
{
	if (!nr_slots || nr_slots > SEGMENT_TABLE_MAX)
		return -EINVAL;
	memset(slots, 0, nr_slots * sizeof(*slots));
	*table = (struct segment_table){ .slots = slots, .nr_slots = nr_slots, .is_gdt = is_gdt };
	return 0;
}

/* Whether `count` slots from `index` on may be written. */
static int check_slots(const struct segment_table *table, unsigned int index, unsigned int count)
{
	if (table->is_gdt && !index)
		return -EINVAL;
	if (count > table->nr_slots || index > table->nr_slots - count)
		return -ERANGE;
	return 0;
}

int segment_table_set(struct segment_table *table, unsigned int index,
		      const struct desc_struct *desc)
{
	int err = check_slots(table, index, 1);

	if (!err)
		table->slots[index] = *desc;
	return err;
}

int segment_table_set64(struct segment_table *table, unsigned int index,
			const struct ldttss_desc *desc)
{
	int err = check_slots(table, index, 2);

	if (!err)
		memcpy(&table->slots[index], desc, sizeof(*desc));
	return err;
}

struct desc_struct segment_table_get(const struct segment_table *table, unsigned int index)
{
	if (index >= table->nr_slots)
		return (struct desc_struct){ 0 };
	return table->slots[index];
}

int segment_table_find_free(const struct segment_table *table)
{
	unsigned int index;

	for (index = table->is_gdt ? 1 : 0; index < table->nr_slots; index++)
		if (!segment_raw(&table->slots[index]))
			return (int)index;
	return -ENOSPC;
}

struct segment_descriptor segment_tss_descriptor(u64 base, u32 limit)
{
	return (struct segment_descriptor){
		.base = base, .limit = limit, .type = SEGMENT_TSS32, .p = true
	};
}

struct segment_descriptor segment_ldt_descriptor(u64 base, u32 limit)
{
	return (struct segment_descriptor){
		.base = base, .limit = limit, .type = SEGMENT_LDT, .p = true
	};
}

struct segment_descriptor segment_flat(bool is_code, unsigned int dpl)
{
	return (struct segment_descriptor){
		.limit = 0xfffff,
		.type = is_code ? SEGMENT_CODE | SEGMENT_READABLE : SEGMENT_WRITABLE,
		.dpl = (u8)(dpl & 3),
		.s = true,
		.p = true,
		.db = true,
		.g = true,
	};
}

static void set_flat(struct segment_table *table, unsigned int index, bool is_code,
		     unsigned int dpl)
{
	struct segment_descriptor d = segment_flat(is_code, dpl);

	segment_encode(&d, &table->slots[index]);
}

int segment_flat_gdt(struct segment_table *gdt)
{
	if (gdt->nr_slots <= GDT_ENTRY_USER_DS)
		return -ERANGE;
	set_flat(gdt, GDT_ENTRY_KERNEL_CS, true, 0);
	set_flat(gdt, GDT_ENTRY_KERNEL_DS, false, 0);
	set_flat(gdt, GDT_ENTRY_USER_CS, true, 3);
	set_flat(gdt, GDT_ENTRY_USER_DS, false, 3);
	return 0;
}

int segment_default_ldt(struct segment_table *ldt)
{
	if (ldt->nr_slots < 3)
		return -ERANGE;
	ldt->slots[0] = (struct desc_struct){ 0 };
	set_flat(ldt, 1, true, 3);
	set_flat(ldt, 2, false, 3);
	return 0;
}

int segment_task_add(struct segment_table *gdt, unsigned int task, u64 tss_base, u32 tss_limit,
		     u64 ldt_base, u32 ldt_limit)
{
	struct segment_descriptor tss = segment_tss_descriptor(tss_base, tss_limit);
	struct segment_descriptor ldt = segment_ldt_descriptor(ldt_base, ldt_limit);
	struct desc_struct tss_slot, ldt_slot;

	if (task >= SEGMENT_TASKS_MAX || segment_task_ldt_index(task) >= gdt->nr_slots)
		return -ENOSPC;
	if (segment_encode(&tss, &tss_slot) || segment_encode(&ldt, &ldt_slot))
		return -EINVAL;
	gdt->slots[segment_task_tss_index(task)] = tss_slot;
	gdt->slots[segment_task_ldt_index(task)] = ldt_slot;
	return 0;
}
