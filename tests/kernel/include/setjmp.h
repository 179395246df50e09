/* SPDX-License-Identifier: MIT */
/*
 * setjmp.h - jumps out of a failed test: tests/kernel/jump.c.
 */
#ifndef TESTS_KERNEL_SETJMP_H
#define TESTS_KERNEL_SETJMP_H

/* The registers that a function keeps for its caller. */
typedef unsigned long jmp_buf[10];

__attribute__((returns_twice)) int setjmp(jmp_buf here);
_Noreturn void longjmp(jmp_buf there, int value);

#endif
