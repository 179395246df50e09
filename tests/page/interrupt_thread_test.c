/* SPDX-License-Identifier: MIT */
/*
 * interrupt_thread_test.c - an interrupt handler that takes and gives back pages, at every
 * instruction at which interrupts are on.
 *
 * The CPU's single-step flag makes a signal of each instruction that the test's thread
 * executes. The handler is the interrupt's: while "interrupts are off" it does nothing, else
 * it allocates and frees, on the same CPU, with the same lists. Built with PREEMPT=0 the fast
 * paths leave interrupts on, and are torn at each of their instructions.
 */
#include <signal.h>
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define CAN_STEP 1
#else
#define CAN_STEP 0
#endif

#if CAN_STEP

#define HELD 24 /* pages of the handler, given back in turn */

static struct {
	volatile unsigned long taken_at; /* steps at which interrupts were on */
	unsigned long steps, failed;
	struct page *held[HELD];
	unsigned int order[HELD];
} its;

/* One interrupt: gives back what it took HELD interrupts ago, and takes a block. */
static void interrupt(int signal)
{
	unsigned int slot = (unsigned int)(its.taken_at % HELD);

	(void)signal;
	its.steps++;
	if (test_irq_depth())
		return;
	its.taken_at++;
	if (its.held[slot])
		__free_pages(its.held[slot], its.order[slot]);
	its.order[slot] = its.taken_at % 7 == 0 ? 1 : 0;
	its.held[slot] = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, its.order[slot]);
	its.failed += !its.held[slot];
}

static void single_step(bool on)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	flags = on ? flags | 0x100 : flags & ~0x100ul;
	__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

static void begin(void)
{
	struct sigaction action;

	memset(&its, 0, sizeof(its));
	memset(&action, 0, sizeof(action));
	action.sa_handler = interrupt;
	sigaction(SIGTRAP, &action, NULL);
}

static void end(void)
{
	unsigned int i;

	signal(SIGTRAP, SIG_DFL);
	for (i = 0; i < HELD; i++)
		if (its.held[i])
			__free_pages(its.held[i], its.order[i]);
	CHECK(its.taken_at > 100 && its.taken_at < its.steps);
	CHECK_EQ(its.failed, 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(nr_free_pages(), 16384);
	CHECK_EQ(page_alloc_validate(), 0);
}

#else

static void single_step(bool on)
{
	(void)on;
}
static void begin(void)
{
	tap_skip("no single steps here");
}
static void end(void)
{
}

#endif

static void boot(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
}

static void pairs_are_interrupted_at_every_instruction(void)
{
	struct page *page = NULL;
	int i;

	boot();
	begin();
	for (i = 0; i < 12; i++) {
		single_step(true);
		page = alloc_pages(GFP_KERNEL, (unsigned int)i % 3);
		single_step(false);
		REQUIRE(page);
		memset(page_address(page), 0x5a, PAGE_SIZE);
		single_step(true);
		__free_pages(page, (unsigned int)i % 3);
		single_step(false);
	}
	end();
}

/* Lists are filled from the zone and emptied into it: more pages than they hold. */
static void refills_and_drains_are_interrupted_at_every_instruction(void)
{
	static struct page *pages[80];
	unsigned int i;

	boot();
	begin();
	single_step(true);
	for (i = 0; i < 80; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (i = 0; i < 80; i++)
		if (pages[i])
			__free_page(pages[i]);
	drain_all_pages(NULL);
	single_step(false);
	for (i = 0; i < 80; i++)
		CHECK(pages[i] != NULL);
	end();
}

const struct tap_test tap_tests[] = {
	TEST(pairs_are_interrupted_at_every_instruction),
	TEST(refills_and_drains_are_interrupted_at_every_instruction),
	{ NULL, NULL },
};
