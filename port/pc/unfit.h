/* SPDX-License-Identifier: MIT */
/*
 * unfit.h - 32-bit code without paging or stack, included by both start.S: says that the
 * CPU will not do, and ends the machine.
 */
unfit:
	movl $CONSOLE_ADDRESS(unfit_text), %esi
	movl $unfit_text_end - unfit_text, %ecx
	movw $0x3f8, %dx
	rep outsb
	movb $EXIT_FAILED, %al
	outb %al, $EXIT_PORT
unfit_forever:
	hlt
	jmp unfit_forever

	.section .init.rodata, "a"
unfit_text:
	.ascii UNFIT_TEXT
unfit_text_end:
	.text
