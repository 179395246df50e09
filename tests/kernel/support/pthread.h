/* SPDX-License-Identifier: MIT */
/*
 * pthread.h - what tests/support uses of it, in a kernel, where there is one thread. Test
 * files do not see it: those that need threads are not run.
 */
#ifndef TESTS_KERNEL_PTHREAD_H
#define TESTS_KERNEL_PTHREAD_H

#include <stdlib.h>

typedef struct {
	int unused;
} pthread_mutex_t;
#define PTHREAD_MUTEX_INITIALIZER { 0 }

static inline int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

static inline int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

typedef struct {
	int unused;
} pthread_cond_t;
#define PTHREAD_COND_INITIALIZER { 0 }

/* tests/kernel/main.c: fails the running test, for nobody else could wake it. */
_Noreturn void wait_for_ever(void);

static inline int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	(void)cond;
	(void)mutex;
	wait_for_ever();
}

static inline int pthread_cond_broadcast(pthread_cond_t *cond)
{
	(void)cond;
	return 0;
}

/* Outside of a test there is nothing to go back to. */
_Noreturn static inline void pthread_exit(void *result)
{
	(void)result;
	abort();
}

#endif
