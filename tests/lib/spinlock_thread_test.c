/* SPDX-License-Identifier: MIT */
/*
 * spinlock_thread_test.c - the lock keeps threads apart, and interrupts off while it is held.
 */
#include <pthread.h>

#include "mm/lib/spinlock.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define THREADS 4

static spinlock_t lock;
static unsigned long counter; /* not atomic: the lock protects it */
static unsigned long turns;

static void *count(void *unused)
{
	unsigned long i;

	(void)unused;
	for (i = 0; i < turns; i++) {
		unsigned long flags = spin_lock_irqsave(&lock);

		if (test_irq_depth() != 1)
			CHECK_EQ(test_irq_depth(), 1);
		counter++;
		spin_unlock_irqrestore(&lock, flags);
	}
	CHECK_EQ(test_irq_depth(), 0);
	return NULL;
}

static void no_increment_is_lost_among_threads(void)
{
	pthread_t threads[THREADS];
	size_t i;

	counter = 0;
	turns = test_rounds(5000);
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, count, NULL));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(counter, THREADS * turns);
	CHECK(!spin_is_locked(&lock));
}

static void interrupts_stay_off_until_the_outer_pair_ends(void)
{
	spinlock_t inner = { 0 };
	unsigned long outer_flags, inner_flags;

	outer_flags = spin_lock_irqsave(&lock);
	CHECK(spin_is_locked(&lock));
	CHECK_EQ(test_irq_depth(), 1);
	inner_flags = spin_lock_irqsave(&inner);
	CHECK_EQ(test_irq_depth(), 2);
	spin_unlock_irqrestore(&inner, inner_flags);
	CHECK_EQ(test_irq_depth(), 1);
	CHECK(!spin_is_locked(&inner) && spin_is_locked(&lock));
	spin_unlock_irqrestore(&lock, outer_flags);
	CHECK_EQ(test_irq_depth(), 0);
}

static void the_cpu_is_the_ports(void)
{
	CHECK_EQ(this_cpu_id(), 0);
	test_set_cpu(3);
	CHECK_EQ(this_cpu_id(), 3);
}

const struct tap_test tap_tests[] = {
	TEST(no_increment_is_lost_among_threads),
	TEST(interrupts_stay_off_until_the_outer_pair_ends),
	TEST(the_cpu_is_the_ports),
	{ NULL, NULL },
};
