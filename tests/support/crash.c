/* SPDX-License-Identifier: MIT */
/*
 * crash.c - memory that must not be touched: tried in a child of this process, which reports
 * by how it ends. A kernel has another way (tests/kernel/main.c).
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixture.h"
#include "tests/tap.h"

bool test_crashes(volatile void *byte, bool writes)
{
	volatile char *at = byte;
	pid_t child = fork();
	int status = 0;

	REQUIRE(child >= 0);
	if (!child) {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it at length */
		signal(SIGBUS, SIG_DFL);
		if (writes)
			*at = *at;
		else
			(void)*at;
		_exit(0);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}
