/* SPDX-License-Identifier: MIT */
/*
 * trap.c - exceptions in C: to trap_resolve(), to trap_catch() if it waits for one, else a
 * dump and the end. And what the tests must know of this processor.
 *
 * The exceptions of C code share one stack. One that is raised while another is handled
 * ends the machine with one line.
 */
#include "port/imx6ul/imx6ul.h"

#define READ_CP15(value, registers) __asm__ volatile("mrc p15, 0, %0, " registers : "=r"(value))

static struct trap read_trap(const struct trap_frame *frame)
{
	struct trap trap = { .vector = frame->vector, .pc = frame->pc };

	if (frame->vector == DATA_ABORT) {
		READ_CP15(trap.code, "c5, c0, 0");    /* DFSR */
		READ_CP15(trap.address, "c6, c0, 0"); /* DFAR */
	} else if (frame->vector == PREFETCH_ABORT) {
		READ_CP15(trap.code, "c5, c0, 1");    /* IFSR */
		READ_CP15(trap.address, "c6, c0, 2"); /* IFAR */
	}
	return trap;
}

static _Noreturn void stop(const char *why)
{
	console_printf("%s\n", why);
	for (;;)
		__asm__ volatile("wfi");
}

void trap_entry(const struct trap_frame *frame)
{
	static bool is_busy;
	const struct trap trap = read_trap(frame);
	bool is_resolved;

	/* Only machine_exit() makes these. */
	if (frame->vector == SUPERVISOR_CALL)
		stop("halted: nobody takes the exit status (QEMU does with -semihosting)");
	if (is_busy) {
		console_printf("trap %u at 0x%08lx, address 0x%08lx, while a trap was handled\n",
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
	trap_print(frame, &trap);
	machine_exit(1);
}

/* ---- for the tests ---- */

/* Of a section or a page: the status differs in bit 1. */
#define FSR_OF_A_PAGE 0x2u
#define FSR_TRANSLATION 0x5u
#define FSR_PERMISSION 0xdu

static bool is_fault(const struct trap *trap, enum pt_access_kind kind, bool is_mapped)
{
	unsigned int vector = kind == PT_FETCH ? PREFETCH_ABORT : DATA_ABORT;
	unsigned int status = is_mapped ? FSR_PERMISSION : FSR_TRANSLATION;

	if (trap->vector != vector || (trap->code & FSR_STATUS & ~FSR_OF_A_PAGE) != status)
		return false;
	return kind == PT_FETCH || !(trap->code & FSR_WRITE) == (kind == PT_LOAD);
}

/* nop; bx lr */
static const u32 return_code[] = { 0xe1a00000, 0xe12fff1e };

const struct kernel_cpu kernel_cpu = {
	.name = "Cortex-A7",
	.has_no_execute = true,
	.is_fault = is_fault,
	.stack_start = (uintptr_t)kernel_stack,
	.identity = PHYS_OFFSET + IMAGE_OFFSET,
	.return_code = return_code,
	.return_code_size = sizeof(return_code),
};
