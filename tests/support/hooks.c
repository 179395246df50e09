/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - the porting interface as tests need it: the log is kept, a panic can be
 * expected, CPU numbers are set by hand, and interrupts are a counter.
 *
 * The hooks are weak: a test program that brings its own (the host port's, say) wins.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/port.h>

#if CONFIG_CPU_BARRIER
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "tests/support/support.h"

#define LOG_CAP (1u << 20)

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_buffer[LOG_CAP + 1];
static size_t log_length;

static QUIRE_PER_THREAD unsigned int cpu_id;
static QUIRE_PER_THREAD unsigned int irq_depth;
static QUIRE_PER_THREAD struct test_panic_frame *panic_frames;
static QUIRE_PER_THREAD char panic_text[256];

#define HOOK __attribute__((weak))

HOOK void port_log(enum log_level level, const char *line)
{
	const char *echo = getenv("QUIRE_TEST_LOG");
	size_t len = strlen(line);

	(void)level;
	pthread_mutex_lock(&log_lock);
	if (log_length + len + 1 <= LOG_CAP) {
		memcpy(log_buffer + log_length, line, len);
		log_length += len;
		log_buffer[log_length++] = '\n';
		log_buffer[log_length] = '\0';
	}
	pthread_mutex_unlock(&log_lock);
	CHECK(len <= 255);
	CHECK(!memchr(line, '\n', len));
	if (echo && *echo)
		fprintf(stderr, "%s\n", line);
}

HOOK void port_panic(const char *why)
{
	struct test_panic_frame *frame = panic_frames;

	snprintf(panic_text, sizeof(panic_text), "%s", why);
	if (frame) {
		irq_depth = frame->irq_depth;
		longjmp(frame->jump, 1);
	}
	irq_depth = 0;
	tap_note("unexpected panic: %s", why);
	tap_check(false, "no panic", __FILE__, __LINE__);
	tap_abandon();
}

HOOK unsigned int port_cpu_id(void)
{
	return cpu_id;
}

HOOK unsigned long port_irq_save(void)
{
	return irq_depth++;
}

HOOK void port_irq_restore(unsigned long flags)
{
	/* Pairs nest: what is restored is what the innermost save returned. */
	if (flags + 1 != irq_depth)
		CHECK_EQ(flags + 1, irq_depth);
	irq_depth = (unsigned int)flags;
}

HOOK void port_cpu_relax(void)
{
	sched_yield();
}

#if CONFIG_CPU_BARRIER
HOOK void port_cpu_barrier(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		abort();
}
#endif

const char *log_text(void)
{
	return log_buffer;
}

void log_clear(void)
{
	pthread_mutex_lock(&log_lock);
	log_length = 0;
	log_buffer[0] = '\0';
	pthread_mutex_unlock(&log_lock);
}

bool log_contains(const char *text)
{
	return strstr(log_buffer, text) != NULL;
}

void test_set_cpu(unsigned int cpu)
{
	cpu_id = cpu;
}

unsigned int test_irq_depth(void)
{
	return irq_depth;
}

void test_panic_push(struct test_panic_frame *frame)
{
	frame->outer = panic_frames;
	frame->irq_depth = irq_depth;
	panic_frames = frame;
}

void test_panic_pop(struct test_panic_frame *frame)
{
	panic_frames = frame->outer;
}

const char *test_panic_text(void)
{
	return panic_text;
}

void test_hooks_begin(void)
{
	log_clear();
	panic_text[0] = '\0';
	panic_frames = NULL;
	cpu_id = 0;
	irq_depth = 0;
}

void test_hooks_check(void)
{
	if (irq_depth)
		tap_check_eq(irq_depth, 0, "interrupts are on again at the end of the test",
			     __FILE__, __LINE__);
	panic_frames = NULL;
}

void test_hooks_show_log(void)
{
	const char *line = log_buffer + log_length;
	unsigned int lines = 0;

	if (!log_length)
		return;
	while (line > log_buffer && lines <= 15)
		if (*--line == '\n')
			lines++;
	tap_note("the end of the log:\n%s", line > log_buffer ? line + 1 : line);
}
