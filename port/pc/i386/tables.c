/* SPDX-License-Identifier: MIT */
/*
 * tables.c - GDT, TSS and IDT of i386, built by mm/segment and loaded.
 *
 * An exception in the kernel is pushed onto the stack in use. If that is what failed (it
 * has run into its guard page), the CPU cannot push either, and raises a double fault. So
 * this one is a task gate: the CPU puts the state into the kernel's TSS and goes on with
 * the registers of another, which has a stack of its own.
 */
#include <quire/segment.h>

#include "port/pc/cpu.h"
#include "port/pc/pc.h"
#include "port/pc/segments.h"

#define EFLAGS_FIXED 0x2

enum { TASK_KERNEL, TASK_DOUBLE_FAULT };

static struct desc_struct gdt_slots[GDT_SLOTS], ldt_slots[3], idt_slots[NR_TRAPS];
static struct tss_struct kernel_tss, double_fault_tss;

/* What the kernel did when the double fault came. */
static struct x86_hw_tss32 faulted;

void double_fault_entry(void); /* traps.S */
void double_fault_task(void);

static u16 task_selector(unsigned int task)
{
	return segment_selector(segment_task_tss_index(task), false, 0);
}

static BOOT_CODE void build_gdt(struct segment_table *gdt)
{
	struct segment_table ldt;
	u32 ldt_base = (uintptr_t)ldt_slots;
	int err;

	segment_table_init(&ldt, ldt_slots, 3, false);
	segment_table_init(gdt, gdt_slots, GDT_SLOTS, true);
	err = segment_default_ldt(&ldt);
	if (!err)
		err = segment_flat_gdt(gdt);
	if (!err)
		err = segment_task_add(gdt, TASK_KERNEL, (uintptr_t)&kernel_tss, TSS_LIMIT, ldt_base,
				       segment_table_limit(&ldt));
	if (!err)
		err = segment_task_add(gdt, TASK_DOUBLE_FAULT, (uintptr_t)&double_fault_tss, TSS_LIMIT,
				       ldt_base, segment_table_limit(&ldt));
	if (err)
		port_panic("the GDT cannot be built");
}

static BOOT_CODE void build_tasks(void)
{
	struct x86_hw_tss32 *task = &double_fault_tss.x86_tss;

	segment_tss_init(&kernel_tss, KERNEL_DS, (uintptr_t)STACK_TOP(trap));
	segment_tss_init(&double_fault_tss, KERNEL_DS, (uintptr_t)STACK_TOP(double_fault));
	/* A task's LDT and CR3 are read from its TSS, but never written there by the CPU. */
	kernel_tss.x86_tss.ldt = segment_selector(segment_task_ldt_index(TASK_KERNEL), false, 0);
	task->cr3 = (u32)read_cr3();
	task->eip = (uintptr_t)double_fault_entry;
	task->esp = (uintptr_t)STACK_TOP(double_fault);
	task->eflags = EFLAGS_FIXED;
	task->cs = KERNEL_CS;
	task->ss = task->ds = task->es = KERNEL_DS;
}

static BOOT_CODE void build_idt(void)
{
	struct segment_table idt;
	unsigned int i;

	segment_table_init(&idt, idt_slots, NR_TRAPS, false);
	for (i = 0; i < NR_TRAPS; i++) {
		struct segment_gate gate = { trap_entries[i], KERNEL_CS, SEGMENT_INTERRUPT_GATE32,
					     0, 0, true };
		struct desc_struct desc;

		if (i == TRAP_DOUBLE_FAULT)
			gate = (struct segment_gate){ .selector = task_selector(TASK_DOUBLE_FAULT),
						      .type = SEGMENT_TASK_GATE, .p = true };
		if (segment_gate_encode(&gate, &desc) || segment_table_set(&idt, i, &desc))
			port_panic("the IDT cannot be built");
	}
}

struct table_register {
	u16 limit;
	u32 base;
} __attribute__((packed));

BOOT_CODE void pc_init_tables(void)
{
	struct table_register gdtr = { sizeof(gdt_slots) - 1, (uintptr_t)gdt_slots };
	struct table_register idtr = { sizeof(idt_slots) - 1, (uintptr_t)idt_slots };
	struct segment_table gdt;

	build_tasks();
	build_gdt(&gdt);
	build_idt();
	__asm__ volatile("lgdt %0\n\t"
			 "ljmp %1, $1f\n"
			 "1:\tmovl %2, %%eax\n\t"
			 "movw %%ax, %%ds\n\t"
			 "movw %%ax, %%es\n\t"
			 "movw %%ax, %%ss\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movw %%ax, %%fs\n\t"
			 "movw %%ax, %%gs\n\t"
			 "ltr %w3\n\t"
			 "lldt %w4\n\t"
			 "lidt %5"
			 :
			 : "m"(gdtr), "i"(KERNEL_CS), "i"(KERNEL_DS), "r"(task_selector(TASK_KERNEL)),
			   "r"(segment_selector(segment_task_ldt_index(TASK_KERNEL), false, 0)), "m"(idtr)
			 : "eax", "memory");
}

/* A task switch loads CR3 from the TSS. */
void pc_note_root(phys_addr_t root)
{
	double_fault_tss.x86_tss.cr3 = (u32)root;
}

/* Where the kernel goes on after a double fault, as if it had been any other trap. */
static _Noreturn void double_fault_resume(void)
{
	const struct trap_frame frame = {
		.vector = TRAP_DOUBLE_FAULT,
		.ax = faulted.eax, .bx = faulted.ebx, .cx = faulted.ecx, .dx = faulted.edx,
		.si = faulted.esi, .di = faulted.edi, .bp = faulted.ebp, .sp = faulted.esp,
		.ds = faulted.ds, .es = faulted.es, .fs = faulted.fs, .gs = faulted.gs,
		.ip = faulted.eip, .cs = faulted.cs, .flags = faulted.eflags,
	};

	__asm__ volatile("clts"); /* the task switches have set CR0.TS */
	pc_trap(&frame);
	machine_exit(1); /* there is nothing to go back to */
}

/* Runs as the double-fault task; the CPU goes back to the kernel's by iret after it. */
void double_fault_task(void)
{
	struct x86_hw_tss32 *task = &kernel_tss.x86_tss;

	faulted = *task;
	task->eip = (uintptr_t)double_fault_resume;
	/* Below what this task has on it; a return address's place keeps the alignment of C. */
	task->esp = (uintptr_t)(STACK_TOP(double_fault) - TRAP_STACK_BYTES / 2 - 4);
	task->eflags = EFLAGS_FIXED;
	task->cr3 = double_fault_tss.x86_tss.cr3;
	task->cs = KERNEL_CS;
	task->ss = task->ds = task->es = KERNEL_DS;
	task->fs = task->gs = 0;
}
