/* SPDX-License-Identifier: MIT */
/*
 * wait_hooks.c - the hooks of tier 3 for tests: one condition variable for all words, so
 * every wake-up is a spurious one for who waits for another word. The hooks are weak.
 */
#include "tests/support/wait_hooks.h"

#include <pthread.h>

#include <quire/port.h>

#define HOOK __attribute__((weak))

void (*test_before_wait)(void);

static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;

HOOK void port_wait(const unsigned int *word, unsigned int value)
{
	if (test_before_wait)
		test_before_wait();
	pthread_mutex_lock(&wait_lock);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
		pthread_cond_wait(&woken, &wait_lock);
	pthread_mutex_unlock(&wait_lock);
}

HOOK void port_wake(const unsigned int *word)
{
	(void)word;
	pthread_mutex_lock(&wait_lock);
	pthread_cond_broadcast(&woken);
	pthread_mutex_unlock(&wait_lock);
}
