/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - what a test needs around the library when it runs in a process: the log,
 * panics, machines with simulated RAM, CPUs, random numbers.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <setjmp.h>

#include <quire/machine.h>
#include <quire/state.h>

/* ---- the log: tests/support/hooks.c ---- */

/*
 * What the library logged since the test began or log_clear() was called: the lines, each
 * with its newline. Capped at 1 MiB. QUIRE_TEST_LOG=1 in the environment echoes it to
 * standard error. The text stays until the next call of the library or of log_clear.
 */
const char *log_text(void);
void log_clear(void);
bool log_contains(const char *text);

/* ---- CPUs and interrupts ---- */

/* The CPU that this thread is from now on; 0 when a test begins. */
void test_set_cpu(unsigned int cpu);
/* How often this thread has turned interrupts off and not on again. The runner checks for 0. */
unsigned int test_irq_depth(void);

/* ---- panics ---- */

struct test_panic_frame {
	jmp_buf jump;
	struct test_panic_frame *outer;
	unsigned int irq_depth;
};
void test_panic_push(struct test_panic_frame *frame);
void test_panic_pop(struct test_panic_frame *frame);
/* The text of the last panic of this thread; "" if there was none in this test. */
const char *test_panic_text(void);

/*
 * Runs the statement; true if it ended in port_panic. A local variable that the
 * statement changes and that is read afterwards must be volatile. A panic that nobody
 * expects ends the test and fails it.
 */
#define EXPECT_PANIC(statement)                            \
	({                                                 \
		struct test_panic_frame panic_frame;       \
		volatile bool panicked = true;             \
		test_panic_push(&panic_frame);             \
		if (!setjmp(panic_frame.jump)) {           \
			statement;                         \
			panicked = false;                  \
		}                                          \
		test_panic_pop(&panic_frame);              \
		(bool)panicked;                            \
	})
#if defined(__GNUC__) && !defined(__clang__)
/* gcc suspects every local of a function with a setjmp, changed or not. */
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* ---- machines: tests/support/machine.c ---- */

/*
 * A private machine for this test: a fresh struct quire, selected on this thread and
 * reset, and an empty description to fill in. A test may have several; quire_select()
 * changes between them. The runner ends those that the test left.
 */
struct quire_machine *test_machine_new(void);
void test_bank(struct quire_machine *m, phys_addr_t base, phys_addr_t size, int nid);
void test_reserve(struct quire_machine *m, phys_addr_t base, phys_addr_t size);

/* A range where RAM may be plugged in later; in ascending order. */
void test_hotplug(struct quire_machine *m, phys_addr_t base, phys_addr_t size, int nid);
/* Plugs RAM in and out: what is not plugged in crashes when it is touched. Whole host pages. */
void test_plug(struct quire_machine *m, phys_addr_t base, phys_addr_t size);
void test_unplug(struct quire_machine *m, phys_addr_t base, phys_addr_t size);

/*
 * Maps the RAM: one sparse mapping that stands for [lowest bank, end of the highest bank
 * or lowmem_end). Holes between the banks, and a page on either side, crash when they are
 * touched. Sets m->direct_map and the geometry of the quire, so that memblock works
 * without quire_boot. With MACHINE_AS_DUMPED it also provides metadata, unless there is.
 * Skips the test if the process has no room for so much (32-bit).
 */
void test_machine_ram(struct quire_machine *m);
/*
 * Gives the machine a kernel page table of this format (pt_format_find's name) and windows
 * for vmalloc, kmap and the fixmap, truly mapped in the process. Before test_machine_ram.
 * Its page size becomes the format's. Skips the test where the process has no room.
 */
void test_machine_kvirt(struct quire_machine *m, const char *format);
/* How often port_tlb_flush was called since the test began, by all threads. */
unsigned long test_tlb_flushes(void);
/*
 * The machine has no leak detection, even where the tests are run with it (tests/support/leaks.c, which
 * leaves alone what says anything of leaks itself): a clock says nothing without a layer.
 */
static inline void test_machine_unwatched(struct quire_machine *m)
{
	m->leaks.hz = 1;
}
/* test_machine_ram, then quire_boot(m): its result. */
int test_machine_boot(struct quire_machine *m);
/* The machine's struct quire. */
struct quire *test_machine_quire(const struct quire_machine *m);
/* Free blocks of just this order in the zone, those on CPUs' lists not counted. */
unsigned long test_free_blocks(const struct zone *zone, unsigned int order);
/* Frees all of it, and selects the quire that was selected before it was made. */
void test_machine_end(struct quire_machine *m);

/* ---- crashes: tests/support/crash.c ---- */

/*
 * Is this byte out of reach? It is read, and written back if `writes`: true if that is a
 * crash, which ends nothing here.
 */
bool test_crashes(volatile void *byte, bool writes);

/*
 * A byte of memory that is free, which only a test has reason to look at: no error checker of the
 * process is asked (mm/lib/annotate.h).
 */
unsigned char test_peek(const volatile void *byte);
void test_poke(volatile void *byte, unsigned char value);

/* ---- random numbers and size: tests/support/random.c ---- */

/*
 * Seeded from the test's name, or from QUIRE_TEST_SEED; a failing test prints its seed.
 * One sequence for the whole test: for its main thread only.
 */
u64 test_random(void);
/* 0 .. n - 1. */
u64 test_random_below(u64 n);
/*
 * How many rounds a random test shall go, if n is what it takes to find something: n times
 * QUIRE_TEST_SCALE, which may be a fraction ("100", "1/20"); 1 at least.
 */
unsigned long test_rounds(unsigned long n);

#endif
