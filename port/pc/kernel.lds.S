/* SPDX-License-Identifier: MIT */
/*
 * kernel.lds.S - the image of the reference kernel, for all three kinds of PC.
 *
 * Each part begins on a page of its own, for it has rights of its own. The loader puts it
 * at IMAGE_PHYS and ends behind .bss. What __init_start to __init_end holds is given back
 * once the kernel is up.
 */
#include "port/pc/layout.h"

#if __SIZEOF_POINTER__ == 8
OUTPUT_FORMAT(elf64-x86-64)
#else
OUTPUT_FORMAT(elf32-i386)
#endif
ENTRY(pvh_entry)

PHDRS {
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	init PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	note PT_NOTE FLAGS(4);
}

SECTIONS {
	. = KERNEL_BASE + IMAGE_PHYS;
	__image_start = .;

	.text : AT(ADDR(.text) - KERNEL_BASE) {
		__text_start = .;
		*(.text .text.*)
		. = ALIGN(PAGE_BYTES);
		__text_end = .;
	} :text

	.notes : AT(ADDR(.notes) - KERNEL_BASE) {
		__rodata_start = .;
		KEEP(*(.note.pvh))
	} :rodata :note
	.rodata : AT(ADDR(.rodata) - KERNEL_BASE) {
		*(.rodata .rodata.*)
		. = ALIGN(PAGE_BYTES);
		__rodata_end = .;
	} :rodata

	.init.text : AT(ADDR(.init.text) - KERNEL_BASE) {
		__init_start = .;
		*(.init.text)
		*(.init.rodata)
		. = ALIGN(PAGE_BYTES);
		__init_text_end = .;
	} :init
	.init.data : AT(ADDR(.init.data) - KERNEL_BASE) {
		*(.init.data)
		. = ALIGN(PAGE_BYTES);
		__init_end = .;
	} :data

	.data : AT(ADDR(.data) - KERNEL_BASE) {
		__data_start = .;
		/* First, for it may ask for the alignment of a page. */
		__per_cpu_start = .;
		*(quire_percpu .data..percpu .data..percpu.*)
		__per_cpu_end = .;
		*(.data .data.[!.]*)
		. = ALIGN(PAGE_BYTES);
		__data_end = .;
	} :data
	.bss : AT(ADDR(.bss) - KERNEL_BASE) {
		__bss_start = .;
		*(.bss.stacks)
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE_BYTES);
		__bss_end = .;
	} :data
	__image_end = .;

	/DISCARD/ : {
		*(.comment .eh_frame .note.GNU-stack .note.gnu.property)
	}
}

ASSERT(__image_end - KERNEL_BASE <= EARLY_MAPPED - 0x100000,
       "the image leaves no megabyte of what the early page table maps")
