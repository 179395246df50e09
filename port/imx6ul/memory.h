/* SPDX-License-Identifier: MIT */
/*
 * memory.h - where things are: numbers that C, assembly and the linker script share.
 *
 * The i.MX6UL has one window for RAM, 2 GB from 0x80000000 on. The virtual addresses are
 * those of Linux on ARM with the usual 3 GB for user space:
 *
 *   0xbfe00000  pkmap: kmap()'s window, below PAGE_OFFSET
 *   0xc0000000  lowmem: RAM from 0x80000000 on, at most 768 MB of it
 *               a hole of up to 16 MB, then vmalloc
 *   0xff800000  the end of vmalloc
 *   0xffa20000  the serial port's registers
 *   0xffc80000  fixmap
 *   0xfff00000  its end
 */
#ifndef PORT_IMX6UL_MEMORY_H
#define PORT_IMX6UL_MEMORY_H

/* RAM, and where the direct map shows it. */
#define PHYS_OFFSET 0x80000000
#define IMX6UL_PAGE_OFFSET 0xc0000000
/* From a virtual address of lowmem, minus this, to the physical one. */
#define VIRT_OFFSET 0x40000000

/* Where a boot loader of Linux's kind puts a raw image: 64 KB into RAM. */
#define IMAGE_OFFSET 0x10000

/* What the early table maps of RAM: the first 8 MB. The image must end below. */
#ifndef EARLY_MAPPED
#define EARLY_MAPPED 0x00800000
#endif
/* The sections of 1 MB that it maps of the device tree, and so the most that one may be. */
#define DEVICE_TREE_SECTIONS 2

#define LOWMEM_MAX 0x30000000
#define VMALLOC_GAP 0x00800000
#define IMX6UL_VMALLOC_END 0xff800000
#define IMX6UL_PKMAP_BASE 0xbfe00000
#define IMX6UL_LAST_PKMAP 512
#define IMX6UL_FIXMAP_START 0xffc80000
#define IMX6UL_FIXMAP_END 0xfff00000
/* Below the modules' 16 MB, which Linux has between user space and the kernel. */
#define IMX6UL_TASK_SIZE 0xbf000000

/* UART1, the console. */
#define UART_PHYS 0x02020000
#define UART_VA 0xffa20000
#define UART_SIZE 0x4000

/* A guard page lies below each of the two. */
#define TRAP_STACK_SIZE 0x4000
#define KERNEL_STACK_SIZE 0x4000

/* An exception's registers as vectors.S stores them: struct trap_frame. */
#define FRAME_SP 52
#define FRAME_LR 56
#define FRAME_VECTOR 60
#define FRAME_PC 64
#define FRAME_CPSR 68
#define FRAME_SIZE 72

/*
 * TTBR0 and TTBR1: walks go through the caches, inner and outer write-back with
 * write-allocate, not shared: the type of the mapping through which tables are written. So
 * a new entry need not be cleaned out of the data cache.
 */
#define TTBR_WALKS 0x48

#endif
