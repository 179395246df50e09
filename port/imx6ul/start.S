/* SPDX-License-Identifier: MIT */
/*
 * start.S - from the boot loader to C.
 *
 * A raw image, started as Linux is: at physical PHYS_OFFSET + IMAGE_OFFSET, MMU and data
 * cache off, r2 the physical address of the device tree. The image is linked for its
 * address in the direct map, so nothing here reads a symbol's address before the MMU is on
 * but as a number to subtract VIRT_OFFSET from.
 *
 * The early table (F5) is sections of 1 MB alone:
 *
 *   virtual                        physical
 *   0x80000000 ... first 8 MB      0x80000000    identity: the next instruction after the
 *                                                MMU comes on is fetched from here
 *   0xc0000000 ... first 8 MB      0x80000000    the kernel
 *   device tree + 0x40000000       device tree   2 sections, where lowmem will be too
 *   0xffa00000                     0x02000000    the serial port
 *
 * paging_init makes the real table; of this one nothing stays.
 */
#include "port/imx6ul/memory.h"

	.syntax unified
	.arch_extension virt

/* A section: accessed, the kernel's. Memory: write-back; devices: shared device, no execute. */
#define SECTION_MEMORY 0x0000140e
#define SECTION_DEVICE 0x00000416
#define SECTION 0x00100000
#define EARLY_TABLE_SIZE 0x4000

#define MODE_MASK 0x1f
#define MODE_HYP 0x1a
/* Supervisor mode with aborts, interrupts and fast interrupts off. */
#define MODE_SVC_ALL_OFF 0x1d3

/* SCTLR. On: MMU, data cache, branch prediction, instruction cache, access flag. */
#define SCTLR_ON (1 << 0 | 1 << 2 | 1 << 11 | 1 << 12 | 1 << 29)
/* Off: alignment faults, high vectors, WXN, UWXN, big-endian and Thumb exceptions, TEX remap. */
#define SCTLR_OFF (1 << 1 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 25 | 1 << 28 | 1 << 30)

	.section .init.head, "ax"
	.arm
	.globl _start
_start:
	mov	r4, r2
	mrs	r0, cpsr
	and	r1, r0, #MODE_MASK
	cmp	r1, #MODE_HYP
	bne	1f
	/* A hypervisor's mode, which we leave for good. */
	mov	r0, #MODE_SVC_ALL_OFF & 0xff
	orr	r0, r0, #MODE_SVC_ALL_OFF & 0xff00
	msr	spsr_cxsf, r0
	adr	r0, 2f
	msr	elr_hyp, r0
	eret
1:	cpsid	aif, #0x13
2:	ldr	r0, =bss_start - VIRT_OFFSET
	ldr	r1, =bss_end - VIRT_OFFSET
	bl	clear
	ldr	r0, =early_table - VIRT_OFFSET
	mov	r6, r0
	add	r1, r0, #EARLY_TABLE_SIZE
	bl	clear

	/* The first megabytes, twice. */
	ldr	r0, =PHYS_OFFSET | SECTION_MEMORY
	add	r1, r6, #PHYS_OFFSET >> 18
	add	r2, r6, #IMX6UL_PAGE_OFFSET >> 18
	mov	r3, #EARLY_MAPPED >> 20
3:	str	r0, [r1], #4
	str	r0, [r2], #4
	add	r0, r0, #SECTION
	subs	r3, r3, #1
	bne	3b

	ldr	r0, =(UART_PHYS & -SECTION) | SECTION_DEVICE
	ldr	r1, =(UART_VA >> 20) * 4
	str	r0, [r6, r1]

	/* The device tree, if lowmem reaches it: r4 becomes its virtual address, else 0. */
	sub	r1, r4, #PHYS_OFFSET
	ldr	r0, =LOWMEM_MAX - DEVICE_TREE_SECTIONS * SECTION
	cmp	r1, r0
	movhs	r4, #0
	bhs	5f
	lsr	r1, r4, #20
	ldr	r0, =SECTION_MEMORY
	orr	r0, r0, r1, lsl #20
	add	r1, r1, #VIRT_OFFSET >> 20
	add	r1, r6, r1, lsl #2
	mov	r3, #DEVICE_TREE_SECTIONS
4:	str	r0, [r1], #4
	add	r0, r0, #SECTION
	subs	r3, r3, #1
	bne	4b
	add	r4, r4, #VIRT_OFFSET
5:
	/* ACTLR.SMP: the Cortex-A7's caches work with this bit alone. */
	mrc	p15, 0, r0, c1, c0, 1
	orr	r0, r0, #1 << 6
	mcr	p15, 0, r0, c1, c0, 1
	/* One table for all addresses, at TTBR0; domain 0 obeys the entries' rights. */
	mov	r0, #0
	mcr	p15, 0, r0, c2, c0, 2
	mcr	p15, 0, r0, c13, c0, 1
	orr	r1, r6, #TTBR_WALKS
	mcr	p15, 0, r1, c2, c0, 0
	mcr	p15, 0, r1, c2, c0, 1
	mov	r1, #1
	mcr	p15, 0, r1, c3, c0, 0
	/* Nothing old in TLB, instruction cache and branch predictor. */
	mcr	p15, 0, r0, c8, c7, 0
	mcr	p15, 0, r0, c7, c5, 0
	mcr	p15, 0, r0, c7, c5, 6
	dsb
	isb
	mrc	p15, 0, r0, c1, c0, 0
	ldr	r1, =SCTLR_OFF
	bic	r0, r0, r1
	ldr	r1, =SCTLR_ON
	orr	r0, r0, r1
	mcr	p15, 0, r0, c1, c0, 0
	isb
	ldr	pc, =at_home

	/* Fills [r0, r1), words, with zeros. */
clear:	mov	r2, #0
6:	cmp	r0, r1
	strlo	r2, [r0], #4
	blo	6b
	bx	lr

	/* In the direct map: traps are reported from here on. */
at_home:
	ldr	r0, =vectors
	mcr	p15, 0, r0, c12, c0, 0
	isb
	/* The modes that exceptions come in share a stack: no trap is taken inside another. */
	ldr	r0, =trap_stack_top
	cps	#0x17
	mov	sp, r0
	cps	#0x1b
	mov	sp, r0
	cps	#0x12
	mov	sp, r0
	cps	#0x11
	mov	sp, r0
	cps	#0x13
	ldr	sp, =kernel_stack_top
	mov	fp, #0
	mov	r0, r4
	bl	imx6ul_main
	.ltorg

	.section .init.table, "aw", %nobits
	.balign	EARLY_TABLE_SIZE
	.globl	early_table
early_table:
	.skip	EARLY_TABLE_SIZE
