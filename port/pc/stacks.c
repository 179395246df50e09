/* SPDX-License-Identifier: MIT */
/*
 * stacks.c - the kernel's stacks. They grow down into a page that the kernel's table does
 * not map:
 *
 *	| guard |   boot stack   | guard | trap stack | guard | double-fault stack | guard |
 *
 * The guards' memory is the price of a message instead of silent corruption.
 */
#include "port/pc/pc.h"

struct kernel_stacks kernel_stacks __attribute__((section(".bss.stacks"), aligned(PAGE_BYTES)));

/* For start.S. */
__asm__(".globl boot_stack_top\n\t.set boot_stack_top, kernel_stacks + 0x1000 + 0x4000");
_Static_assert(PAGE_BYTES == 0x1000 && BOOT_STACK_BYTES == 0x4000, "boot_stack_top");
_Static_assert(offsetof(struct kernel_stacks, boot.bytes_) == PAGE_BYTES, "boot_stack_top");
