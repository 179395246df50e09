/* SPDX-License-Identifier: MIT */
/*
 * traps.S - the way from an exception into C: makes a struct trap_frame of what the CPU
 * pushed, and puts everything back if C returns.
 */
	.text
	.macro trap vector
	.balign 16
trap_\vector:
	.if \vector != 8 && (\vector < 10 || \vector > 14) && \vector != 17 && \vector != 21
	pushq $0		/* the CPU pushes no error code */
	.endif
	pushq $\vector
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
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	movq %rsp, %rbx
	andq $-16, %rsp
	call pc_trap
	movq %rbx, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	addq $16, %rsp		/* vector and error code */
	iretq

	.section .rodata
	.balign 8
	.globl trap_entries
trap_entries:
	.macro entry vector
	.quad trap_\vector
	.endm
	.set number, 0
	.rept 32
	entry %number
	.set number, number + 1
	.endr

	.section .note.GNU-stack, "", @progbits
