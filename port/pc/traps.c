/* SPDX-License-Identifier: MIT */
/*
 * traps.c - every exception comes here: is its cause taken away, does a test wait for it,
 * or is it told to people? Then: what it was, what the kernel's table says of the address,
 * the registers, the top of the stack; and the machine ends.
 */
#include <quire/kvirt.h>

#include "port/pc/cpu.h"
#include "port/pc/pc.h"

#define FAULT_PRESENT 0x1UL
#define FAULT_WRITE 0x2UL
#define FAULT_USER 0x4UL
#define FAULT_RESERVED 0x8UL
#define FAULT_FETCH 0x10UL

#define STACK_WORDS 16

static const char *trap_name(unsigned int vector)
{
	static const char *const names[NR_TRAPS] = {
		"divide error",
		"debug",
		"non-maskable interrupt",
		"breakpoint",
		"overflow",
		"bound range exceeded",
		"invalid opcode",
		"device not available",
		"double fault",
		"coprocessor segment overrun",
		"invalid TSS",
		"segment not present",
		"stack fault",
		"general protection",
		"page fault",
		"exception 15",
		"x87 error",
		"alignment check",
		"machine check",
		"SIMD error",
		"virtualization exception",
		"control protection",
	};

	return vector < NR_TRAPS && names[vector] ? names[vector] : "exception";
}

/* ---- what happened ---- */

static void print_page_fault(unsigned long code)
{
	console_printf(": %s %s %s", code & FAULT_USER ? "user" : "the kernel",
		       code & FAULT_FETCH ? "executes" : code & FAULT_WRITE ? "writes" : "reads",
		       code & FAULT_RESERVED  ? "through an entry with a reserved bit"
		       : code & FAULT_PRESENT ? "what is protected"
					      : "what is not mapped");
}

/* Other exceptions name a descriptor, if anything. */
static void print_selector(unsigned long code)
{
	console_printf(": %s descriptor %lu%s",
		       code & 2 ? "IDT" : code & 4 ? "LDT" : "GDT", code >> 3 & 0x1fff,
		       code & 1 ? ", by an external event" : "");
}

static void print_place(const char *what, uintptr_t addr)
{
	char text[192];

	kernel_describe_address(addr, text, sizeof(text));
	console_printf("  %s 0x%0*lx: %s\n", what, (int)(2 * sizeof(addr)), (unsigned long)addr, text);
}

static void print_cause(const struct trap *trap)
{
	console_printf("Trap %u, %s", trap->vector, trap_name(trap->vector));
	if (trap->vector == TRAP_PAGE_FAULT)
		print_page_fault(trap->code);
	else if (trap->vector != TRAP_DOUBLE_FAULT && trap->code)
		print_selector(trap->code);
	console_printf(" (code 0x%lx)\n", trap->code);
	if (trap->vector == TRAP_PAGE_FAULT || trap->vector == TRAP_DOUBLE_FAULT)
		print_place("address", trap->address);
}

/* ---- registers ---- */

struct named_value {
	const char *name;
	unsigned long value;
};

static void print_values(const struct named_value *values, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		console_printf("%s%-3s %0*lx%s", i % 4 ? "  " : "  ", values[i].name,
			       (int)(2 * sizeof(long)), values[i].value,
			       i % 4 == 3 || i == nr - 1 ? "\n" : "");
}

/* Where the stack pointer was. From user mode, i386 pushes it (and ss) behind the frame. */
static unsigned long stack_of(const struct trap_frame *f)
{
	if (__SIZEOF_POINTER__ == 4 && (f->cs & 3) && f->vector != TRAP_DOUBLE_FAULT)
		return *(const unsigned long *)(f + 1);
	return f->sp;
}

static void print_registers(const struct trap_frame *f)
{
	const struct named_value values[] = {
#if __SIZEOF_POINTER__ == 8
		{ "rip", f->ip }, { "rsp", f->sp }, { "rbp", f->bp }, { "flg", f->flags },
		{ "rax", f->ax }, { "rbx", f->bx }, { "rcx", f->cx }, { "rdx", f->dx },
		{ "rsi", f->si }, { "rdi", f->di }, { "r8", f->r8 },   { "r9", f->r9 },
		{ "r10", f->r10 }, { "r11", f->r11 }, { "r12", f->r12 }, { "r13", f->r13 },
		{ "r14", f->r14 }, { "r15", f->r15 }, { "cs", f->cs },	 { "ss", f->ss },
#else
		{ "eip", f->ip }, { "esp", stack_of(f) }, { "ebp", f->bp }, { "flg", f->flags },
		{ "eax", f->ax }, { "ebx", f->bx }, { "ecx", f->cx }, { "edx", f->dx },
		{ "esi", f->si }, { "edi", f->di }, { "cs", f->cs & 0xffff }, { "ds", f->ds & 0xffff },
		{ "es", f->es & 0xffff }, { "fs", f->fs & 0xffff }, { "gs", f->gs & 0xffff },
#endif
	};
	const struct named_value control[] = {
		{ "cr0", read_cr0() }, { "cr2", read_cr2() }, { "cr3", read_cr3() }, { "cr4", read_cr4() },
	};

	print_values(values, sizeof(values) / sizeof(values[0]));
	print_values(control, sizeof(control) / sizeof(control[0]));
}

/* Words are printed while the table maps them: a stack may be the very thing that is broken. */
static void print_stack(uintptr_t sp)
{
	const struct pgtable *table = kernel_pgtable();
	struct pt_entry entry;
	unsigned int i;

	sp &= ~(uintptr_t)(sizeof(long) - 1);
	for (i = 0; table && i < STACK_WORDS; i++, sp += sizeof(long)) {
		if (pt_lookup(table, sp, &entry))
			break;
		console_printf("%s%0*lx%s", i % 4 ? " " : "  ", (int)(2 * sizeof(long)),
			       *(const unsigned long *)sp, i % 4 == 3 ? "\n" : "");
	}
	if (i % 4)
		console_printf("\n");
}

static void print_trap(const struct trap_frame *frame, const struct trap *trap)
{
	print_cause(trap);
	print_place("at     ", trap->pc);
	print_place("stack  ", stack_of(frame));
	print_registers(frame);
	print_stack(stack_of(frame));
}

void pc_trap(const struct trap_frame *frame)
{
	static bool is_busy;
	struct trap trap = { .vector = (unsigned int)frame->vector, .code = frame->code,
			     .pc = frame->ip };
	bool is_resolved;

	if (trap.vector == TRAP_PAGE_FAULT || trap.vector == TRAP_DOUBLE_FAULT)
		trap.address = read_cr2();
	if (is_busy) {
		console_printf("Trap %u at 0x%lx, address 0x%lx, while another was handled\n",
			       trap.vector, (unsigned long)trap.pc, (unsigned long)trap.address);
		machine_exit(1);
	}
	is_busy = true;
	is_resolved = trap_resolve(&trap);
	is_busy = false;
	if (is_resolved)
		return;
	trap_deliver(&trap);
	is_busy = true;
	print_trap(frame, &trap);
	machine_exit(1);
}

/* ---- for the tests ---- */

/* Without NX (and SMEP) a fetch that fails looks like a read. */
#define HAS_NO_EXECUTE (__SIZEOF_POINTER__ == 8 || PC_PAE)

static bool is_fault(const struct trap *trap, enum pt_access_kind kind, bool is_mapped)
{
	unsigned long code = is_mapped ? FAULT_PRESENT : 0;

	if (kind == PT_STORE)
		code |= FAULT_WRITE;
	if (kind == PT_FETCH && HAS_NO_EXECUTE)
		code |= FAULT_FETCH;
	return trap->vector == TRAP_PAGE_FAULT && trap->code == code;
}

static const unsigned char return_code[] = { 0x90, 0xc3 }; /* nop; ret */

const struct kernel_cpu kernel_cpu = {
	.name = __SIZEOF_POINTER__ == 8 ? "x86-64" : "x86",
	.has_no_execute = HAS_NO_EXECUTE,
	.marks_tables = PC_PAE, /* QEMU sets the accessed bit in the entries of PAE's root */
	.is_fault = is_fault,
	.stack_start = (uintptr_t)kernel_stacks.boot.bytes_,
	.identity = IMAGE_PHYS,
	.return_code = return_code,
	.return_code_size = sizeof(return_code),
	.ticks = time_stamp,
#if __SIZEOF_POINTER__ == 4
	.test = test_segments,
#endif
};
