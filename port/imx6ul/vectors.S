/* SPDX-License-Identifier: MIT */
/*
 * vectors.S - exceptions: the registers go onto the trap stack, and trap_entry gets them.
 * If it returns, they are put back, and the instruction runs again.
 *
 * Each exception has a mode with a stack pointer of its own; all of these point to the top of
 * the trap stack. The registers are stored there, the mode's pointer is left as it was, and the
 * rest runs in supervisor mode, on the trap stack: the kernel's own may be what is broken,
 * and trap_deliver() can go back to it by setting sp. A supervisor call comes in that mode
 * already, so its registers are on the kernel's stack, and lr is lost.
 */
#include "port/imx6ul/memory.h"

	.syntax unified
	.arm

	/* `behind`: how far lr is behind the instruction that the exception is about. */
	.macro	exception name, number, behind
\name:	sub	lr, lr, #\behind
	sub	sp, sp, #FRAME_SIZE
	stmia	sp, {r0-r12}
	mrs	r1, spsr
	str	lr, [sp, #FRAME_PC]
	str	r1, [sp, #FRAME_CPSR]
	mov	r2, #\number
	str	r2, [sp, #FRAME_VECTOR]
	b	save_rest
	.endm

	.section .text.vectors, "ax"
	.balign	32
	.globl	vectors, vectors_end
vectors:
	b	reset
	b	undefined
	b	supervisor_call
	b	prefetch_abort
	b	data_abort
	b	hypervisor_call
	b	interrupt
	b	fast_interrupt

	exception reset, 0, 0
	exception undefined, 1, 4
	exception supervisor_call, 2, 4
	exception prefetch_abort, 3, 4
	exception data_abort, 4, 8
	exception hypervisor_call, 5, 4
	exception interrupt, 6, 4
	exception fast_interrupt, 7, 4

save_rest:
	mov	r0, sp
	add	sp, sp, #FRAME_SIZE
	cpsid	aif, #0x13
	str	sp, [r0, #FRAME_SP]
	str	lr, [r0, #FRAME_LR]
	mov	sp, r0
	mov	r4, r0
	bl	trap_entry
	/* Again: the kernel's sp and lr, then the rest from the trap stack, in a mode that uses it. */
	clrex
	ldr	sp, [r4, #FRAME_SP]
	ldr	lr, [r4, #FRAME_LR]
	cps	#0x17
	mov	sp, r4
	ldmia	sp, {r0-r12}
	add	sp, sp, #FRAME_PC
	rfeia	sp!
vectors_end:
