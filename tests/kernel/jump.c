/* SPDX-License-Identifier: MIT */
/*
 * jump.c - setjmp and longjmp: the registers that the ABI says a function keeps, the stack
 * pointer behind the return, and where to return to. And a call on another stack.
 */
#include <setjmp.h>

#include "tests/kernel/kernel_tests.h"

#ifdef __x86_64__
__asm__("	.text\n"
	"	.globl setjmp, longjmp\n"
	"setjmp:\n"
	"	movq %rbx, (%rdi)\n"
	"	movq %rbp, 8(%rdi)\n"
	"	movq %r12, 16(%rdi)\n"
	"	movq %r13, 24(%rdi)\n"
	"	movq %r14, 32(%rdi)\n"
	"	movq %r15, 40(%rdi)\n"
	"	leaq 8(%rsp), %rax\n"
	"	movq %rax, 48(%rdi)\n"
	"	movq (%rsp), %rax\n"
	"	movq %rax, 56(%rdi)\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"longjmp:\n"
	"	movq (%rdi), %rbx\n"
	"	movq 8(%rdi), %rbp\n"
	"	movq 16(%rdi), %r12\n"
	"	movq 24(%rdi), %r13\n"
	"	movq 32(%rdi), %r14\n"
	"	movq 40(%rdi), %r15\n"
	"	movq 48(%rdi), %rsp\n"
	"	movl %esi, %eax\n"
	"	jmp *56(%rdi)\n");
#elif defined(__i386__)
__asm__("	.text\n"
	"	.globl setjmp, longjmp\n"
	"setjmp:\n"
	"	movl 4(%esp), %ecx\n"
	"	movl %ebx, (%ecx)\n"
	"	movl %ebp, 4(%ecx)\n"
	"	movl %esi, 8(%ecx)\n"
	"	movl %edi, 12(%ecx)\n"
	"	leal 4(%esp), %eax\n"
	"	movl %eax, 16(%ecx)\n"
	"	movl (%esp), %eax\n"
	"	movl %eax, 20(%ecx)\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"longjmp:\n"
	"	movl 4(%esp), %ecx\n"
	"	movl 8(%esp), %eax\n"
	"	movl (%ecx), %ebx\n"
	"	movl 4(%ecx), %ebp\n"
	"	movl 8(%ecx), %esi\n"
	"	movl 12(%ecx), %edi\n"
	"	movl 16(%ecx), %esp\n"
	"	jmp *20(%ecx)\n");
#elif defined(__arm__)
__asm__("	.text\n"
	"	.arm\n"
	"	.globl setjmp, longjmp\n"
	"	.type setjmp, %function\n"
	"	.type longjmp, %function\n"
	"setjmp:\n"
	"	mov ip, sp\n"
	"	stmia r0, {r4-r11, ip, lr}\n"
	"	mov r0, #0\n"
	"	bx lr\n"
	"longjmp:\n"
	"	ldmia r0, {r4-r11, ip, lr}\n"
	"	mov sp, ip\n"
	"	mov r0, r1\n"
	"	bx lr\n");
#else
#error "jump.c does not know this processor"
#endif

/* Aligned as at the entry of a function; the frame pointer keeps the old stack. */
void call_on_stack(void (*fn)(void), void *top)
{
#ifdef __x86_64__
	__asm__ volatile("movq %%rsp, %%rbx\n\t"
			 "movq %1, %%rsp\n\t"
			 "call *%0\n\t"
			 "movq %%rbx, %%rsp"
			 : : "r"(fn), "r"(top)
			 : "rbx", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			   "memory", "cc");
#elif defined(__i386__)
	__asm__ volatile("movl %%esp, %%ebx\n\t"
			 "movl %1, %%esp\n\t"
			 "call *%0\n\t"
			 "movl %%ebx, %%esp"
			 : : "r"(fn), "r"(top) : "ebx", "eax", "ecx", "edx", "memory", "cc");
#else
	__asm__ volatile("mov r4, sp\n\t"
			 "mov sp, %1\n\t"
			 "blx %0\n\t"
			 "mov sp, r4"
			 : : "r"(fn), "r"(top)
			 : "r4", "r0", "r1", "r2", "r3", "ip", "lr", "memory", "cc");
#endif
}
