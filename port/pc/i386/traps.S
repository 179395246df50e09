/* SPDX-License-Identifier: MIT */
/*
 * traps.S - the way from an exception into C: makes a struct trap_frame of what the CPU
 * pushed, and puts everything back if C returns.
 *
 * The segment registers may hold anything (a test of segmentation may have trapped); C
 * gets flat ones.
 */
#include "port/pc/segments.h"

	.text
	.macro trap vector
	.balign 16
trap_\vector:
	.if \vector != 8 && (\vector < 10 || \vector > 14) && \vector != 17 && \vector != 21
	pushl $0		/* the CPU pushes no error code */
	.endif
	pushl $\vector
	jmp trap_common
	.endm

	.altmacro
	.set number, 0
	.rept 32
	trap %number
	.set number, number + 1
	.endr

trap_common:
	cld
	pushal
	pushl %ds
	pushl %es
	pushl %fs
	pushl %gs
	movw $KERNEL_DS, %ax
	movw %ax, %ds
	movw %ax, %es
	leal 68(%esp), %eax	/* where the stack pointer was: behind flags */
	movl %eax, 28(%esp)
	movl %esp, %ebx
	andl $-16, %esp
	subl $12, %esp
	pushl %ebx
	call pc_trap
	movl %ebx, %esp
	popl %gs
	popl %fs
	popl %es
	popl %ds
	popal
	addl $8, %esp		/* vector and error code */
	iret

/*
 * Of the task that the CPU switches to for a double fault. It changes the task that faulted
 * so that it goes on in double_fault_resume, on this stack, and gives the CPU back to it.
 * For the next one, the task stands ready behind the iret.
 */
	.globl double_fault_entry
double_fault_entry:
	addl $4, %esp		/* the error code: always 0 */
	cld
	call double_fault_task
	iret
	jmp double_fault_entry

	.section .rodata
	.balign 4
	.globl trap_entries
trap_entries:
	.macro entry vector
	.long trap_\vector
	.endm
	.set number, 0
	.rept 32
	entry %number
	.set number, number + 1
	.endr

	.section .note.GNU-stack, "", @progbits
