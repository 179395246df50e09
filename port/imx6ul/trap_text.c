/* SPDX-License-Identifier: MIT */
/*
 * trap_text.c - an exception, told to people: what happened, what the page table says of the
 * address, what lies there, the registers.
 */
#include <quire/pgtable_formats.h>

#include "port/imx6ul/imx6ul.h"

#define PSR_THUMB (1u << 5)
#define PSR_IRQ_OFF (1u << 7)

static const char *vector_name(unsigned int vector)
{
	static const char *const name[] = {
		"reset",      "undefined instruction", "supervisor call", "prefetch abort",
		"data abort", "hypervisor call",       "interrupt",	  "fast interrupt",
	};

	return vector < sizeof(name) / sizeof(name[0]) ? name[vector] : "?";
}

/* The five bits of status in DFSR and IFSR. */
static const char *status_text(unsigned long fsr)
{
	static const char *const text[32] = {
		[1] = "alignment fault",
		[2] = "debug event",
		[3] = "access flag fault of a section",
		[4] = "fault in cache maintenance",
		[5] = "translation fault of a section",
		[6] = "access flag fault of a page",
		[7] = "translation fault of a page",
		[8] = "external abort",
		[9] = "domain fault of a section",
		[11] = "domain fault of a page",
		[12] = "external abort on the table walk, first level",
		[13] = "permission fault of a section",
		[14] = "external abort on the table walk, second level",
		[15] = "permission fault of a page",
		[16] = "two TLB entries for one address",
		[22] = "external abort, some time ago",
		[24] = "parity error, some time ago",
		[25] = "parity error",
		[28] = "parity error on the table walk, first level",
		[30] = "parity error on the table walk, second level",
	};
	unsigned int status = (fsr & 15) | (fsr >> 6 & 16);

	return text[status] ? text[status] : "a status that means nothing";
}

static const char *mode_name(u32 psr)
{
	switch (psr & 0x1f) {
	case 0x10:
		return "user";
	case 0x11:
		return "fast interrupt";
	case 0x12:
		return "interrupt";
	case 0x13:
		return "supervisor";
	case 0x17:
		return "abort";
	case 0x1b:
		return "undefined";
	case 0x1f:
		return "system";
	default:
		return "unknown";
	}
}

/* ---- the address ---- */

/*
 * The entry that decides about it, in the table that this processor uses: read straight
 * from memory, since the library may be what is broken.
 */
static struct pt_found find_entry(uintptr_t va)
{
	const struct pt_format *f = &pt_armv7;
	struct pt_found found = { .level = 1 };
	u32 table;

	__asm__ volatile("mrc p15, 0, %0, c2, c0, 0" : "=r"(table)); /* TTBR0 */
	table &= ~(u32)(pt_table_bytes(f, 1) - 1);
	found.entry = pt_read(f, pt_slot(f, (void *)(table + VIRT_OFFSET), pt_index(f, 1, va)));
	if (!pt_is_table(f, 1, found.entry))
		return found;
	table = (u32)pt_table_addr(f, 1, found.entry) + VIRT_OFFSET;
	found.level = 0;
	found.entry = pt_read(f, pt_slot(f, (void *)table, pt_index(f, 0, va)));
	return found;
}

static void print_entry(uintptr_t va)
{
	const struct pt_format *f = &pt_armv7;
	struct pt_found found = find_entry(va);
	const char *what = found.level ? "section" : "page";
	unsigned int prot;

	if (pt_kind(f, found.level, found.entry) != PT_LEAF) {
		console_printf("    table: nothing is mapped there (%s entry 0x%08llx)\n", what,
			       (unsigned long long)found.entry);
		return;
	}
	prot = pt_leaf_prot(f, found.level, found.entry);
	console_printf("    table: a %s at 0x%08llx, %c%c%c, %s (entry 0x%08llx)\n", what,
		       (unsigned long long)pt_leaf_addr(f, found.level, found.entry),
		       prot & PT_READ ? 'r' : '-', prot & PT_WRITE ? 'w' : '-',
		       prot & PT_EXEC ? 'x' : '-', prot & PT_USER ? "user" : "kernel",
		       (unsigned long long)found.entry);
}

static void print_place(const char *what, uintptr_t va)
{
	char text[96];

	kernel_describe_address(va, text, sizeof(text));
	console_printf("    %s 0x%08lx: %s\n", what, (unsigned long)va, text);
}

/* ---- the registers ---- */

static void print_register(const char *name, u32 value)
{
	console_printf("  %-3s %08lx", name, (unsigned long)value);
}

static void print_registers(const struct trap_frame *frame)
{
	static const char *const name[] = {
		"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12",
	};
	unsigned int i;

	for (i = 0; i < 13; i++) {
		seq_puts(console_stream(), i % 4 ? "" : i ? "\n  " : "  ");
		print_register(name[i], frame->r[i]);
	}
	print_register("sp", frame->sp);
	print_register("lr", frame->lr);
	print_register("pc", frame->pc);
	seq_puts(console_stream(), "\n  ");
	print_register("psr", frame->cpsr);
	console_printf(": %s mode, %s, interrupts %s\n", mode_name(frame->cpsr),
		       frame->cpsr & PSR_THUMB ? "Thumb" : "ARM",
		       frame->cpsr & PSR_IRQ_OFF ? "off" : "on");
}

static const char *access_name(const struct trap *trap)
{
	if (trap->vector == PREFETCH_ABORT)
		return "fetch from";
	return trap->code & FSR_WRITE ? "write to" : "read from";
}

void trap_print(const struct trap_frame *frame, const struct trap *trap)
{
	console_printf("trap: %s at 0x%08lx", vector_name(trap->vector), (unsigned long)trap->pc);
	if (trap->code)
		console_printf(": %s 0x%08lx: %s (status 0x%lx)", access_name(trap),
			       (unsigned long)trap->address, status_text(trap->code), trap->code);
	seq_puts(console_stream(), "\n");
	if (trap->code) {
		print_entry(trap->address);
		print_place("address", trap->address);
	}
	print_place("pc", frame->pc);
	print_place("sp", frame->sp);
	print_registers(frame);
}
