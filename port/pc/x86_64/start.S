/* SPDX-License-Identifier: MIT */
/*
 * start.S - from the loader to C on 64 bits.
 *
 * The loader (PVH) enters in 32-bit protected mode, paging off, %ebx = the physical address
 * of its start information. The first page table stands ready in the image: three ways lead
 * to the same first 8 MB.
 *
 *   early_root (PML4)      early_low (PDPT)
 *	  0 (at 0)	  ->     0 ------------+
 *	273 (PAGE_OFFSET) ->     0	       |
 *			  early_image (PDPT)   +--> early_pages (PD): pages of 2 MB
 *	511		  ->   510 (KERNEL_BASE)
 */
#include "port/pc/cpu_bits.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

	.section .note.pvh, "a", @note
	.long 4, 8, PVH_NOTE_ENTRY
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .init.text, "ax"
	.code32
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
	movl $0x80000001, %eax
	cpuid
	andl $(CPUID_81_EDX_NX | CPUID_81_EDX_LONG), %edx
	cmpl $(CPUID_81_EDX_NX | CPUID_81_EDX_LONG), %edx
	jne unfit

	movl %cr4, %eax
	orl $CR4_AT_START, %eax
	movl %eax, %cr4
	movl $PHYS(early_root), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $(EFER_LME | EFER_NXE), %eax
	wrmsr
	movl %cr0, %eax
	orl $CR0_AT_START, %eax
	movl %eax, %cr0
	lgdt PHYS(early_gdt_pointer)
	ljmp $0x10, $PHYS(low)

	.code64
low:
	movq $high, %rax
	jmp *%rax
high:
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl %eax, %fs
	movl %eax, %gs
	movl %esi, %ebx
	movq $__bss_start, %rdi
	movq $__bss_end, %rcx
	subq %rdi, %rcx
	rep stosb
	movq $boot_stack_top, %rsp
	xorl %ebp, %ebp
	movl %ebx, %edi
	call pc_start
	ud2

	.code32
#define CONSOLE_ADDRESS(symbol) PHYS(symbol)
#include "port/pc/unfit.h"
	.code64

	.section .init.data, "aw"
	.balign 8
early_gdt:
	.quad 0
	.quad 0
	.quad 0x00209a0000000000 /* 64-bit code, present, readable */
early_gdt_pointer:
	.word early_gdt_pointer - early_gdt - 1
	.long PHYS(early_gdt)

	.balign PAGE_BYTES
early_root:
	.quad PHYS(early_low) + X86_TABLE_WRITABLE
	.org early_root + ((PAGE_OFFSET >> 39) & 511) * 8
	.quad PHYS(early_low) + X86_TABLE_WRITABLE
	.org early_root + ((KERNEL_BASE >> 39) & 511) * 8
	.quad PHYS(early_image) + X86_TABLE_WRITABLE
	.balign PAGE_BYTES
early_low:
	.quad PHYS(early_pages) + X86_TABLE_WRITABLE
	.balign PAGE_BYTES
early_image:
	.org early_image + ((KERNEL_BASE >> 30) & 511) * 8
	.quad PHYS(early_pages) + X86_TABLE_WRITABLE
	.balign PAGE_BYTES
early_pages:
	.set at, 0
	.rept EARLY_MAPPED / 0x200000
	.quad at + X86_LARGE_PAGE
	.set at, at + 0x200000
	.endr
	.balign PAGE_BYTES

	.section .note.GNU-stack, "", @progbits
