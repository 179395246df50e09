/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of kernel/ share.
 */
#ifndef KERNEL_INTERNAL_H
#define KERNEL_INTERNAL_H

#include "kernel/kernel.h"

/* ---- hooks.c: lines of LOG_INFO and LOG_DEBUG are not shown any more ---- */
void kernel_be_quiet(void);

/* ---- text.c: is [word, word + length) this name? ---- */
bool word_is(const char *word, size_t length, const char *name);

/*
 * ---- text.c: a stream into a buffer; what does not fit is left out, and a NUL ends it.
 * Is `part` somewhere in the text?
 */
struct text {
	struct seq_file stream;
	char *at;
	size_t left;
};
struct seq_file *text_begin(struct text *text, char *buffer, size_t size);
bool text_contains(const char *text, const char *part);

/* ---- init_memory.c: gives the sections that only the start needed to the allocator ---- */
void free_init_memory(const struct quire_machine *machine);

/* ---- crash.c: does what the word says, which ends the machine; false if it did not ---- */
bool crash(const char *name, size_t length);

/* ---- test_protection.c: calls itself until something stops it ---- */
void overflow_stack(void *arg);

/* ---- tap.c ---- */

/* One line of TAP: "ok 3 - " and the text. */
#define test_result(is_well, ...)                      \
	do {                                           \
		test_begin(is_well);                   \
		console_printf(__VA_ARGS__);           \
		console_printf("\n");                  \
	} while (0)
#define test_skip(why, ...)                            \
	do {                                           \
		test_begin(true);                      \
		console_printf(__VA_ARGS__);           \
		console_printf(" # SKIP %s\n", why);   \
	} while (0)
void test_begin(bool is_well);
/* Runs the suite of that name, or all; false if there is none. */
bool test_run(const char *name, size_t length);
/* The plan, if any test has run. False if one has failed. */
bool test_end(void);

/* ---- bench.c: prints what operations cost; false if that cannot be told ---- */
bool bench_run(void);
/* ---- bench_objects.c: the same of objects; false too if memory was out ---- */
bool bench_objects(void);

void test_layout(void);
void test_protection(void);
void test_kmap(void);
void test_vmalloc(void);
void test_percpu(void);
void test_objects(void);
void test_ram(void);
void test_leaks(void);
void test_mmu(void);

#endif
