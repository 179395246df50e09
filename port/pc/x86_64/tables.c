/* SPDX-License-Identifier: MIT */
/*
 * tables.c - GDT, TSS and IDT of 64-bit mode.
 *
 * Segments have neither base nor limit here; what is left of the TSS is the list of stacks.
 * Every trap gets a stack of its own by the interrupt stack table (IST 1), so that one whose
 * cause is the stack can still be told; and the double fault, whose cause may be that
 * stack, another (IST 2).
 */
#include <quire/segment.h>

#include "port/pc/pc.h"
#include "port/pc/segments.h"

#define IST_TRAP 1
#define IST_DOUBLE_FAULT 2

struct gate64 {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 access; /* 7 present, 6..5 DPL, 3..0 type */
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};
_Static_assert(sizeof(struct gate64) == 16, "the architecture's size");

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

static struct desc_struct gdt_slots[GDT_SLOTS];
static struct gate64 idt[NR_TRAPS];
static struct x86_hw_tss64 tss;

static BOOT_CODE void set_segment(struct segment_table *gdt, u16 selector, bool is_code)
{
	struct segment_descriptor d = segment_flat(is_code, segment_rpl(selector));
	struct desc_struct desc;

	if (is_code) {
		d.l = true;
		d.db = false;
	}
	if (segment_encode(&d, &desc) || segment_table_set(gdt, segment_index(selector), &desc))
		port_panic("the GDT cannot be built");
}

static BOOT_CODE void build_gdt(void)
{
	const struct segment_descriptor tss_segment =
		segment_tss_descriptor((uintptr_t)&tss, sizeof(tss) - 1);
	struct segment_table gdt;
	struct ldttss_desc desc;

	segment_table_init(&gdt, gdt_slots, GDT_SLOTS, true);
	set_segment(&gdt, KERNEL_CS, true);
	set_segment(&gdt, KERNEL_DS, false);
	set_segment(&gdt, USER_DS, false);
	set_segment(&gdt, USER_CS, true);
	if (segment_encode64(&tss_segment, &desc) || segment_table_set64(&gdt, TSS_SLOT, &desc))
		port_panic("the GDT cannot be built");
}

static BOOT_CODE void build_idt(void)
{
	unsigned int i;

	for (i = 0; i < NR_TRAPS; i++)
		idt[i] = (struct gate64){
			.offset_low = (u16)trap_entries[i],
			.selector = KERNEL_CS,
			.ist = i == TRAP_DOUBLE_FAULT ? IST_DOUBLE_FAULT : IST_TRAP,
			.access = 0x80 | SEGMENT_INTERRUPT_GATE32,
			.offset_middle = (u16)(trap_entries[i] >> 16),
			.offset_high = (u32)(trap_entries[i] >> 32),
		};
}

BOOT_CODE void pc_init_tables(void)
{
	const struct table_register gdtr = { sizeof(gdt_slots) - 1, (uintptr_t)gdt_slots };
	const struct table_register idtr = { sizeof(idt) - 1, (uintptr_t)idt };

	tss.sp[0] = (uintptr_t)STACK_TOP(trap);
	tss.ist[IST_TRAP - 1] = (uintptr_t)STACK_TOP(trap);
	tss.ist[IST_DOUBLE_FAULT - 1] = (uintptr_t)STACK_TOP(double_fault);
	tss.io_bitmap_base = sizeof(tss);
	build_gdt();
	build_idt();
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovw %2, %%ax\n\t"
			 "movw %%ax, %%ss\n\t"
			 "ltr %w3\n\t"
			 "lidt %4"
			 :
			 : "m"(gdtr), "i"(KERNEL_CS), "i"(KERNEL_DS), "r"(TSS_SLOT << 3), "m"(idtr)
			 : "rax", "memory");
}

void pc_note_root(phys_addr_t root)
{
	(void)root;
}
