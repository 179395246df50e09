/* SPDX-License-Identifier: MIT */
/*
 * translate_segment.c - the first half of an x86 machine's way: from a selector and an
 * offset to a linear address.
 *
 * The hosted machine's CPU is software and has loaded nothing, so it gets here what Linux
 * gives it: one page of the machine's RAM with the tables of the flat model, seen at its
 * address in the direct map.
 *
 *	page + 0      GDT: flat kernel and user segments, one task's TSS and LDT
 *	page + 0x100  LDT: flat user code and data
 *	page + 0x200  TSS
 */
#include "tools/translate.h"

#include <string.h>

#define GDT_SLOTS 16
#define LDT_SLOTS 3
#define LDT_AT 0x100
#define TSS_AT 0x200

/* In long mode a system descriptor takes two slots, and 64-bit code is a kind of its own. */
struct tables {
	u8 *page;
	u64 linear; /* of the page */
	bool is_long;
	struct segment_table gdt, ldt;
	u16 tss_selector, ldt_selector;
};

static void *memory_at(void *ctx, u64 linear, size_t size)
{
	const struct tables *t = ctx;
	u64 offset = linear - t->linear;

	return offset < PAGE_SIZE && size <= PAGE_SIZE - offset ? t->page + offset : NULL;
}

static void make_code_long(struct segment_table *table, unsigned int index)
{
	struct segment_descriptor d = segment_decode(&table->slots[index]);

	d.l = true;
	d.db = false;
	segment_encode(&d, &table->slots[index]);
}

static int add_long_task(struct tables *t)
{
	struct segment_descriptor tss = segment_tss_descriptor(t->linear + TSS_AT, TSS_LIMIT);
	struct segment_descriptor ldt =
		segment_ldt_descriptor(t->linear + LDT_AT, LDT_SLOTS * 8 - 1);
	struct ldttss_desc tss_slots, ldt_slots;
	unsigned int index = segment_task_tss_index(0);

	make_code_long(&t->gdt, GDT_ENTRY_KERNEL_CS);
	make_code_long(&t->gdt, GDT_ENTRY_USER_CS);
	make_code_long(&t->ldt, 1);
	t->tss_selector = segment_selector(index, false, 0);
	t->ldt_selector = segment_selector(index + 2, false, 0);
	if (segment_encode64(&tss, &tss_slots) || segment_encode64(&ldt, &ldt_slots))
		return -EINVAL;
	return segment_table_set64(&t->gdt, index, &tss_slots) ||
	       segment_table_set64(&t->gdt, index + 2, &ldt_slots);
}

static int add_task(struct tables *t)
{
	t->tss_selector = segment_selector(segment_task_tss_index(0), false, 0);
	t->ldt_selector = segment_selector(segment_task_ldt_index(0), false, 0);
	return segment_task_add(&t->gdt, 0, t->linear + TSS_AT, TSS_LIMIT, t->linear + LDT_AT,
				LDT_SLOTS * 8 - 1);
}

/* Writes the tables; not 0: one of them contradicts itself. */
static int fill_tables(struct tables *t)
{
	unsigned int slots = t->is_long ? GDT_SLOTS : segment_task_ldt_index(0) + 1;

	if (segment_table_init(&t->gdt, (struct desc_struct *)t->page, slots, true) ||
	    segment_table_init(&t->ldt, (struct desc_struct *)(t->page + LDT_AT), LDT_SLOTS,
			       false) ||
	    segment_flat_gdt(&t->gdt) || segment_default_ldt(&t->ldt))
		return -EINVAL;
	segment_tss_init((struct tss_struct *)(t->page + TSS_AT), __KERNEL_DS,
			 (u32)(t->linear + PAGE_SIZE));
	return t->is_long ? add_long_task(t) : add_task(t);
}

static int enter_kernel(struct segment_cpu *cpu, const struct tables *t)
{
	const struct segment_far to_kernel = { .selector = __KERNEL_CS };
	struct segment_far_result result;
	struct segment_fault fault;

	return segment_far_transfer(cpu, &to_kernel, &result, &fault) ||
	       segment_load(cpu, SEGMENT_SS, __KERNEL_DS, &fault) ||
	       segment_load(cpu, SEGMENT_DS, __KERNEL_DS, &fault) ||
	       segment_load_ldt(cpu, t->ldt_selector, &fault) ||
	       segment_load_task(cpu, t->tss_selector, &fault);
}

static int enter_user(struct segment_cpu *cpu)
{
	const struct segment_return to_user = { .cs = __USER_CS, .ss = __USER_DS };
	struct segment_fault fault;

	return segment_return_far(cpu, &to_user, &fault) ||
	       segment_load(cpu, SEGMENT_DS, __USER_DS, &fault);
}

/* What a booting kernel does, up to the level that the request wants. */
static int start_cpu(struct segment_cpu *cpu, struct tables *t, const struct translation *way)
{
	segment_cpu_init(cpu, memory_at, t);
	cpu->gdtr.base = t->linear;
	cpu->gdtr.limit = segment_table_limit(&t->gdt);
	cpu->is_long_mode = t->is_long;
	cpu->linear_bits = way->format->va_bits;
	return enter_kernel(cpu, t) || (way->req.is_user && enter_user(cpu));
}

static int explain(struct translation *way, struct tables *t, char *why, size_t size)
{
	static const enum segment_access access[] = {
		[PT_LOAD] = SEGMENT_READ,
		[PT_STORE] = SEGMENT_WRITE,
		[PT_FETCH] = SEGMENT_EXECUTE,
	};
	const struct segment_logical logical = {
		.reg = way->req.kind == PT_FETCH ? SEGMENT_CS : SEGMENT_DS,
		.access = access[way->req.kind],
		.offset = way->req.address,
		.size = 1,
		.has_selector = true,
		.selector = way->req.selector,
	};
	struct segment_cpu cpu;
	int err;

	if (fill_tables(t) || start_cpu(&cpu, t, way)) {
		snprintf(why, size, "the descriptor tables cannot be loaded");
		return -1;
	}
	way->gdt = cpu.gdtr;
	err = segment_explain(&cpu, &logical, &way->trace, &way->va, &way->segment_fault);
	way->segment_faults = err == -EFAULT;
	if (err != -EINVAL)
		return 0;
	snprintf(why, size, "an offset in a segment has 32 bits");
	return -1;
}

int translate_segment(struct translation *way, char *why, size_t size)
{
	struct tables t = { .is_long = way->format->va_bits > 32 };
	int ret;

	if (way->format->mmu != PT_MMU_X86) {
		snprintf(why, size, "only x86 has segments, and the format is %s",
			 way->format->name);
		return -1;
	}
	t.page = (u8 *)get_zeroed_page(GFP_KERNEL | __GFP_NOWARN);
	if (!t.page) {
		snprintf(why, size, "the machine has no free page for its descriptor tables");
		return -1;
	}
	t.linear = kernel_va(t.page);
	ret = explain(way, &t, why, size);
	free_page((unsigned long)t.page);
	return ret;
}

void translate_explain_selectors(void)
{
	printf("\nSelectors, of the tables that Linux has on x86:\n"
	       "  0x10, 0x18             kernel code, kernel data: flat, level 0\n"
	       "  0x23, 0x2b             user code, user data: flat, level 3\n"
	       "  0x0f, 0x17             the same in the LDT\n"
	       "  0x60, 0x68             TSS, LDT (0x70 in 64-bit formats)\n");
}
