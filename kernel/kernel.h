/* SPDX-License-Identifier: MIT */
/*
 * kernel.h - the reference kernel: what its ports (port/pc, port/imx6ul) give it, and what
 * it gives them.
 *
 * The kernel proves that the library runs on bare metal. A port's start code brings the
 * CPU to C with an early page table (F5), learns the memory map from the firmware, fills
 * in a struct quire_machine and calls kernel_main(), which never returns.
 *
 * The hooks of <quire/port.h> that do not depend on the CPU (port_log, port_panic,
 * port_wait, port_wake) are in kernel/hooks.c; the others are the port's.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <quire/pgtable.h>
#include <quire/quire.h>

/*
 * Boots the library on the machine, then does what the command line says, word by word,
 * and ends the machine with status 0, or 1 if anything failed:
 *   show=REPORT,...	prints reports (buddyinfo, meminfo, vmallocinfo, ...)
 *   test=SUITE,...	runs tests and prints TAP: layout, protection, kmap, ram, ..., or all
 *   crash=KIND		traps on purpose: null, text, illegal, stack; or panic, or hang
 *   bench		measures operations (kernel/bench.c); bench=objects: objects, in many uses
 *   quiet		leaves out the boot log
 * Interrupts are off; traps are set up. `machine` stays for good.
 */
_Noreturn void kernel_main(const struct quire_machine *machine, const char *command_line);

/* The machine that kernel_main was called with; NULL before. */
const struct quire_machine *kernel_machine(void);

/* The console as a stream for reports and seq_printf. Usable as early as console_write. */
struct seq_file *console_stream(void);
#define console_printf(...) seq_printf(console_stream(), __VA_ARGS__)

/*
 * What an address of the kernel is, in a few words: "guard page of the boot stack",
 * "vmalloc: not mapped". For a trap's dump: takes no lock, never fails.
 */
void kernel_describe_address(uintptr_t addr, char *text, size_t size);

/* ---- what a port provides ---- */

/* Writes to the serial console, as it is. Usable from the first instruction in C. */
void console_write(const char *text, size_t length);
/* Ends QEMU with this exit status (0 or 1), or so that tools/run-qemu makes it that. */
_Noreturn void machine_exit(int status);

/* ---- traps: kernel/trap.c ---- */

/* A trap, as the CPU reported it, in terms that all ports share. */
struct trap {
	unsigned int vector;	/* x86: exception number; ARM: 1 undefined .. 4 data abort */
	unsigned long code;	/* x86: error code; ARM: fault status register */
	uintptr_t address;	/* that faulted: CR2, DFAR or IFAR; 0: none */
	uintptr_t pc;
};

/*
 * Runs fn(arg) and returns false; if the CPU traps in it, returns true with the trap in
 * *trap, and what fn did so far stays done. Not nested.
 */
bool trap_catch(void (*fn)(void *arg), void *arg, struct trap *trap);

/*
 * Called first by a port's trap entry, on whatever stack: true if the cause is gone, and the
 * port goes back to run the instruction again, all registers as they were (memory that is
 * given on its first touch). Else trap_deliver() is next. kernel/ has a weak one that says
 * false; the image of the unit tests has another.
 */
bool trap_resolve(const struct trap *trap);

/*
 * Called by a port's trap entry, on whatever stack, with the CPU in the kernel's mode:
 * returns to trap_catch() if one is waiting (and then not to here), else returns.
 */
void trap_deliver(const struct trap *trap);

/*
 * What the tests must know of a port's CPU: provided by the port, for kernel/test_*.c.
 */
struct kernel_cpu {
	const char *name;
	bool has_no_execute; /* memory can be made not executable */
	bool marks_tables; /* it sets bits in the tables that are reserved by the format */
	/* Is this trap what the CPU raises for the access that failed, on what is mapped or not? */
	bool (*is_fault)(const struct trap *trap, enum pt_access_kind kind, bool is_mapped);
	/* The lowest address of the stack that kernel_main runs on; below it is its guard page. */
	uintptr_t stack_start;
	/* Where the start's identity mapping was: an address that is not mapped any more; 0: none. */
	uintptr_t identity;
	/* An instruction that does nothing, and a return: put into data, it can be called. */
	const void *return_code;
	size_t return_code_size;
	/* A counter that -icount shift=0 makes one of instructions; NULL: none. */
	u64 (*ticks)(void);
	/* Tests of what only this CPU has; NULL: none. They report by test_result(). */
	void (*test)(void);
};
extern const struct kernel_cpu kernel_cpu;

#endif
