/* SPDX-License-Identifier: MIT */
/*
 * aeabi.S - the ARM ABI's names for what compilers call, so that no compiler's library is
 * linked. Weak: where one is linked, its own win. 64-bit division answers in four
 * registers, which C cannot say; the memory functions have their arguments in another
 * order, or one less.
 */
	.syntax unified
	.arm
	.text

	.macro	divide name, with
	.weak	\name
	.type	\name, %function
\name:	push	{r4, lr}
	sub	sp, sp, #16
	add	r4, sp, #8
	str	r4, [sp]
	bl	\with
	ldrd	r2, r3, [sp, #8]
	add	sp, sp, #16
	pop	{r4, pc}
	.endm

	divide	__aeabi_uldivmod, divide_u64
	divide	__aeabi_ldivmod, divide_s64

	.macro	alias name, to
	.weak	\name, \name\()4, \name\()8
	.type	\name, %function
	.type	\name\()4, %function
	.type	\name\()8, %function
\name:
\name\()4:
\name\()8:
	b	\to
	.endm

	alias	__aeabi_memcpy, memcpy
	alias	__aeabi_memmove, memmove
	alias	__aeabi_memset, fill
	alias	__aeabi_memclr, clear

clear:	mov	r2, r1
	mov	r1, #0
	b	memset
	/* (to, n, value) */
fill:	eor	r1, r1, r2
	eor	r2, r1, r2
	eor	r1, r1, r2
	b	memset
