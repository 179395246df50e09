/* SPDX-License-Identifier: MIT */
/*
 * imx6ul.h - what the files of this port share.
 *
 *   start.S vectors.S        from the boot loader to C; exceptions
 *   main.c                   the device tree becomes a struct quire_machine
 *   board.c device_tree.c    what the device tree says
 *   mmu.c                    the kernel's page table is loaded; the TLB
 *   trap.c trap_text.c       exceptions, told to people
 *   mmu_probe.c              what the tests want of this processor's MMU
 *   hooks.c uart.c           tier 1 of the porting interface, the serial port, QEMU's end
 *   divide.c aeabi.S         what the compiler calls, and no library brings
 */
#ifndef PORT_IMX6UL_IMX6UL_H
#define PORT_IMX6UL_IMX6UL_H

#include "kernel/kernel.h"
#include "port/imx6ul/memory.h"

/* From the linker script: virtual addresses, of whole pages but for the vectors. */
extern char image_start[], image_end[];
extern char init_start[], init_end[];
extern char text_start[], text_end[];
extern char rodata_start[], rodata_end[];
extern char data_start[], data_end[];
extern char bss_start[], bss_end[];
extern char percpu_start[], percpu_end[];
extern char vectors[], vectors_end[];
/* The guard page, and where the stack above it begins and, downward, starts. */
extern char trap_guard[], trap_stack[], trap_stack_top[];
extern char kernel_guard[], kernel_stack[], kernel_stack_top[];

/* Called by start.S; the virtual address of the device tree, or 0. */
_Noreturn void imx6ul_main(const void *device_tree);

/* Enables the transmitter. The boot loader has set clocks and baud rate. */
void uart_init(void);

/* machine_kvirt.load_table. */
void mmu_load_table(void *ctx, phys_addr_t root);

/* The registers when an exception was taken, as vectors.S stores them. */
struct trap_frame {
	u32 r[13];
	u32 sp, lr;
	u32 vector;
	u32 pc, cpsr;
};
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "struct trap_frame");
_Static_assert(offsetof(struct trap_frame, lr) == FRAME_LR, "struct trap_frame");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "struct trap_frame");
_Static_assert(offsetof(struct trap_frame, pc) == FRAME_PC, "struct trap_frame");
_Static_assert(offsetof(struct trap_frame, cpsr) == FRAME_CPSR, "struct trap_frame");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "struct trap_frame");

/* Called by vectors.S. Returns if the instruction is to run again. */
void trap_entry(const struct trap_frame *frame);

enum trap_vector {
	UNDEFINED_INSTRUCTION = 1,
	SUPERVISOR_CALL = 2,
	PREFETCH_ABORT = 3,
	DATA_ABORT = 4,
};

/* Of the fault status registers: what happened, and was it a write? */
#define FSR_STATUS 0x40fu
#define FSR_WRITE (1u << 11)

/* ---- trap_text.c ---- */

/* Prints the registers, what happened, and what is known of the address. */
void trap_print(const struct trap_frame *frame, const struct trap *trap);

#endif
