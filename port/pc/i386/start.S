/* SPDX-License-Identifier: MIT */
/*
 * start.S - from the loader to C on 32 bits, with and without PAE.
 *
 * The loader (PVH) enters in protected mode, paging off, flat segments, %ebx = the physical
 * address of its start information. The first page table stands ready in the image. It
 * maps the first 8 MB at 0 and at PAGE_OFFSET, so that the instruction after the one that
 * turns paging on is found, and the jump to the linked address behind it, too.
 */
#include "port/pc/layout.h"
#include "port/pc/cpu_bits.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

	.section .note.pvh, "a", @note
	.long 4, 4, PVH_NOTE_ENTRY
	.asciz "Xen"
	.long PHYS(pvh_entry)

	.section .init.text, "ax"
	.globl pvh_entry
pvh_entry:
	cli
	cld
	movl %ebx, %esi		/* cpuid writes %ebx */

	movl $1, %eax
	cpuid
	andl $CPUID_1_EDX_NEEDED, %edx
	cmpl $CPUID_1_EDX_NEEDED, %edx
	jne unfit
#if PC_PAE
	movl $0x80000001, %eax
	cpuid
	testl $CPUID_81_EDX_NX, %edx
	jz unfit
	movl $MSR_EFER, %ecx
	rdmsr
	orl $EFER_NXE, %eax
	wrmsr
#endif
	movl %cr4, %eax
	orl $CR4_AT_START, %eax
	movl %eax, %cr4
	movl $PHYS(early_root), %eax
	movl %eax, %cr3
	movl %cr0, %eax
	orl $CR0_AT_START, %eax
	movl %eax, %cr0
	movl $high, %eax
	jmp *%eax
high:
	movl $__bss_start, %edi
	movl $__bss_end, %ecx
	subl %edi, %ecx
	xorl %eax, %eax
	rep stosb
	movl $boot_stack_top, %esp
	xorl %ebp, %ebp
	pushl $0
	pushl $0
	pushl $0
	pushl %esi
	call pc_start
	ud2

#define CONSOLE_ADDRESS(symbol) PHYS(symbol)
#include "port/pc/unfit.h"

	.section .init.data, "aw"
	.balign PAGE_BYTES
#if PC_PAE
early_root: /* entries of 1 GB each: the first and the fourth */
	.long PHYS(early_pages) + X86_TABLE_PRESENT, 0
	.long 0, 0, 0, 0
	.long PHYS(early_pages) + X86_TABLE_PRESENT, 0
	.balign PAGE_BYTES
early_pages:
	.set at, 0
	.rept EARLY_MAPPED / 0x200000
	.long at + X86_LARGE_PAGE, 0
	.set at, at + 0x200000
	.endr
	.balign PAGE_BYTES
#else
early_root:
	.set at, 0
	.rept EARLY_MAPPED / 0x400000
	.long at + X86_LARGE_PAGE
	.set at, at + 0x400000
	.endr
	.org early_root + (PAGE_OFFSET >> 22) * 4
	.set at, 0
	.rept EARLY_MAPPED / 0x400000
	.long at + X86_LARGE_PAGE
	.set at, at + 0x400000
	.endr
	.balign PAGE_BYTES
#endif

	.section .note.GNU-stack, "", @progbits
