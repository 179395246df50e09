/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where things are in the kernel's address space, for C, assembly and the
 * linker script alike.
 *
 * i386 (the numbers of PAE in brackets), as Linux lays it out for the same CPU:
 *
 *   c0000000           f6bfe000  f73fe000      febfe000  fec00000  ff000000      fffff000
 *      |  direct map: lowmem | 8 MB |   vmalloc   | 2 pages |  pkmap  |   fixmap    |
 *     [c0000000           f6ffe000  f77fe000      feffe000  ff000000  ff200000]
 *
 * The top is fixed, 128 MB below the end of vmalloc are for the kernel's windows, and what
 * is left is lowmem: 876 MB [880 MB]. The image lies in the direct map.
 *
 * x86-64: the image has a mapping of its own, 2 GB below the top, where the compiler's
 * kernel code model wants it.
 *
 *   ffff888000000000   ffffc90000000000   ffffe90000000000   ffffffff80000000   ffffffffff400000
 *      |  direct map: all RAM  |     vmalloc     |      |         image          |  fixmap  |
 */
#ifndef PORT_PC_LAYOUT_H
#define PORT_PC_LAYOUT_H

#include <quire/config.h>

#ifdef __ASSEMBLER__
#define ADDRESS(number) number
#else
#define ADDRESS(number) number##UL
#endif

/* PAE is 32 bits with wide physical addresses. */
#ifndef PC_PAE
#define PC_PAE (__SIZEOF_POINTER__ == 4 && CONFIG_PHYS_ADDR_T_64BIT)
#endif

/* The image begins here in physical memory. */
#define IMAGE_PHYS 0x100000

/*
 * What the first page table maps (F5): the image and the library's first allocations must
 * fit. Three times: at 0, in the direct map, and where the image is linked.
 */
#ifndef EARLY_MAPPED
#define EARLY_MAPPED 0x800000
#endif

#define PAGE_BYTES 0x1000
#define BOOT_STACK_BYTES 0x4000
#define TRAP_STACK_BYTES 0x2000

#if __SIZEOF_POINTER__ == 8

#define PAGE_OFFSET ADDRESS(0xffff888000000000)
#define KERNEL_BASE ADDRESS(0xffffffff80000000) /* of physical 0 as the image sees it */
#define PC_VMALLOC_START ADDRESS(0xffffc90000000000)
#define PC_VMALLOC_END ADDRESS(0xffffe90000000000)
#define PC_FIXMAP_START ADDRESS(0xffffffffff400000)
#define PC_FIXMAP_END ADDRESS(0xffffffffff800000)
#define PC_USER_END ADDRESS(0x00007ffffffff000)

#else

#define PAGE_OFFSET ADDRESS(0xc0000000)
#define KERNEL_BASE PAGE_OFFSET
#if PC_PAE
#define PC_PKMAP_BASE ADDRESS(0xff000000)
#define PC_LAST_PKMAP 512
#else
#define PC_PKMAP_BASE ADDRESS(0xfec00000)
#define PC_LAST_PKMAP 1024
#endif
#define PC_VMALLOC_END (PC_PKMAP_BASE - 2 * PAGE_BYTES)
#define PC_LOWMEM_END (PC_VMALLOC_END - PAGE_OFFSET - 0x8000000)
#define PC_VMALLOC_START (PAGE_OFFSET + PC_LOWMEM_END + 0x800000)
#define PC_FIXMAP_START (PC_PKMAP_BASE + PC_LAST_PKMAP * PAGE_BYTES)
#define PC_FIXMAP_END ADDRESS(0xfffff000)
#define PC_USER_END PAGE_OFFSET

#endif
#endif
