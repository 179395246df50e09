/* SPDX-License-Identifier: MIT */
/*
 * wait_hooks.h - sleeping threads in tests.
 */
#ifndef TESTS_WAIT_HOOKS_H
#define TESTS_WAIT_HOOKS_H

/*
 * Called by port_wait before it looks at the word: the moment in which a wake-up could be
 * lost. NULL, as when the program starts: nothing.
 */
extern void (*test_before_wait)(void);

#endif
