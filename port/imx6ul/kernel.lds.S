/* SPDX-License-Identifier: MIT */
/*
 * kernel.lds.S - the image, through the C preprocessor. Linked for its addresses in the
 * direct map; as a raw image it begins at image_start. Rights change at pages.
 *
 *   .init     start.S, the early table, the device tree's readers: memory like any by then
 *   .text     the exception vectors first
 *   .rodata
 *   .data     the per-CPU template first: its copies begin at pages, as it must then, too
 *   .bss      guard page, trap stack, guard page, stack
 */
#include "port/imx6ul/memory.h"

#define PAGE 4096

ENTRY(_start)
SECTIONS
{
	. = IMX6UL_PAGE_OFFSET + IMAGE_OFFSET;
	image_start = .;
	init_start = .;
	.init : {
		*(.init.head)
		*imx6ul/device_tree.c.o(.text .text.*)
		*imx6ul/board.c.o(.text .text.*)
		*(.init.table)
	}
	. = ALIGN(PAGE);
	init_end = .;
	text_start = .;
	.text : {
		*(.text.vectors)
		*(.text .text.*)
	}
	. = ALIGN(PAGE);
	text_end = .;
	rodata_start = .;
	.rodata : {
		*(.rodata .rodata.*)
	}
	. = ALIGN(PAGE);
	rodata_end = .;
	data_start = .;
	.data : {
		percpu_start = .;
		*(quire_percpu .data..percpu .data..percpu.*)
		percpu_end = .;
		*(.data .data.*)
		. = ALIGN(8);
	}
	data_end = .;
	. = ALIGN(PAGE);
	bss_start = .;
	.bss (NOLOAD) : {
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE);
		trap_guard = .;
		. += PAGE;
		trap_stack = .;
		. += TRAP_STACK_SIZE;
		trap_stack_top = .;
		kernel_guard = .;
		. += PAGE;
		kernel_stack = .;
		. += KERNEL_STACK_SIZE;
		kernel_stack_top = .;
	}
	bss_end = .;
	image_end = .;
	/DISCARD/ : {
		*(.ARM.exidx* .ARM.extab* .ARM.attributes .comment .note*)
	}
	ASSERT(image_end <= IMX6UL_PAGE_OFFSET + EARLY_MAPPED,
	       "the early table does not map all of the image")
}
