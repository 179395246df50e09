/* SPDX-License-Identifier: MIT */
/*
 * segments.h - the selectors of this kernel, for C and assembly.
 *
 * i386 has the table of Linux 2.2, built by mm/segment: task 0 is the kernel, task 1 takes
 * the double faults. x86-64 has the little that 64-bit mode still looks at.
 */
#ifndef PORT_PC_SEGMENTS_H
#define PORT_PC_SEGMENTS_H

#if __SIZEOF_POINTER__ == 8
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_DS 0x23
#define USER_CS 0x2b
#define TSS_SLOT 6 /* two slots */
#define GDT_SLOTS 8
#else
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
/* Left free behind the two tasks, for descriptors that tests make up. */
#define FREE_SLOT 16
#define GDT_SLOTS 32
#endif

#endif
