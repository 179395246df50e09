/* SPDX-License-Identifier: MIT */
/*
 * valgrind.h - the requests to Valgrind's memory checker that annotate.h makes.
 *
 * A request is a row of instructions that changes nothing: four rotations of a register by a
 * multiple of its width in all, and a move of another one to itself. Valgrind knows the row when it translates the
 * code, and reads an array of six words whose address is in a register; on a bare CPU the
 * answer stays what it was, 0. Rows, registers and numbers are a documented interface of
 * Valgrind (its manual, "The Client Request mechanism") that has not changed since 2003.
 *
 * They are written here because mm/ includes nobody's headers, and because a kernel's
 * compiler need not have <valgrind/memcheck.h>. tests/port/valgrind_test.c compares the numbers
 * with those of that header where it is installed, and runs under Valgrind.
 */
#ifndef MM_LIB_VALGRIND_H
#define MM_LIB_VALGRIND_H

#include <quire/types.h>

enum valgrind_request {
	VALGRIND_REQUEST_RUNNING = 0x1001,
	VALGRIND_REQUEST_COUNT_ERRORS = 0x1201, /* how many were reported so far */
	VALGRIND_REQUEST_MALLOCLIKE_BLOCK = 0x1301, /* address, size, red zone, is it cleared? */
	VALGRIND_REQUEST_FREELIKE_BLOCK = 0x1302,   /* address, red zone */
	VALGRIND_REQUEST_CHANGE_ERR_DISABLEMENT = 0x1801, /* 1: this thread's errors are none; -1: they are again */
	/* Of the tool memcheck ('M', 'C'): address, size. */
	VALGRIND_REQUEST_MAKE_MEM_NOACCESS = 0x4d430000,
	VALGRIND_REQUEST_MAKE_MEM_UNDEFINED = 0x4d430001,
	VALGRIND_REQUEST_MAKE_MEM_DEFINED = 0x4d430002,
};

#if defined(__x86_64__)
#define VALGRIND_ROW                                                                   \
	"rolq $3, %%rdi\n\trolq $13, %%rdi\n\trolq $61, %%rdi\n\trolq $51, %%rdi\n\t" \
	"xchgq %%rbx, %%rbx"
#define VALGRIND_ANSWER "d"
#define VALGRIND_ARGUMENTS "a"
#elif defined(__i386__)
#define VALGRIND_ROW                                                                   \
	"roll $3, %%edi\n\troll $13, %%edi\n\troll $29, %%edi\n\troll $19, %%edi\n\t" \
	"xchgl %%ebx, %%ebx"
#define VALGRIND_ANSWER "d"
#define VALGRIND_ARGUMENTS "a"
#elif defined(__aarch64__)
#define VALGRIND_ROW                                                                       \
	"ror x12, x12, #3\n\tror x12, x12, #13\n\tror x12, x12, #51\n\tror x12, x12, #61\n\t" \
	"orr x10, x10, x10"
#define VALGRIND_ANSWER_REGISTER "x3"
#define VALGRIND_ARGUMENTS_REGISTER "x4"
#elif defined(__arm__)
#define VALGRIND_ROW                                                                          \
	"mov r12, r12, ror #3\n\tmov r12, r12, ror #13\n\tmov r12, r12, ror #29\n\t" \
	"mov r12, r12, ror #19\n\torr r10, r10, r10"
#define VALGRIND_ANSWER_REGISTER "r3"
#define VALGRIND_ARGUMENTS_REGISTER "r4"
#else
#error "CONFIG_VALGRIND: this CPU's requests are not known here"
#endif

/* Valgrind's answer; 0 on a bare CPU. */
static inline uintptr_t valgrind_ask(enum valgrind_request request, uintptr_t first, uintptr_t second,
				     uintptr_t third, uintptr_t fourth)
{
	volatile uintptr_t words[6] = { request, first, second, third, fourth, 0 };

#ifdef VALGRIND_ANSWER
	uintptr_t answer = 0;

	__asm__ volatile(VALGRIND_ROW
			 : "+" VALGRIND_ANSWER(answer)
			 : VALGRIND_ARGUMENTS(&words[0])
			 : "cc", "memory");
#else
	register uintptr_t answer __asm__(VALGRIND_ANSWER_REGISTER) = 0;
	register volatile uintptr_t *arguments __asm__(VALGRIND_ARGUMENTS_REGISTER) = words;

	__asm__ volatile(VALGRIND_ROW : "+r"(answer) : "r"(arguments) : "cc", "memory");
#endif
	return answer;
}

/* How many Valgrinds are running this: 0, or 1. */
static inline uintptr_t valgrind_is_running(void)
{
	return valgrind_ask(VALGRIND_REQUEST_RUNNING, 0, 0, 0, 0);
}
/* Errors that it has reported so far. */
static inline uintptr_t valgrind_count_errors(void)
{
	return valgrind_ask(VALGRIND_REQUEST_COUNT_ERRORS, 0, 0, 0, 0);
}

#endif
