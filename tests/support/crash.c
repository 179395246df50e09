/* SPDX-License-Identifier: MIT */
/*
 * crash.c - memory that must not be touched: tried in a child of this process, which reports
 * by how it ends. A kernel has another way (tests/kernel/main.c).
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mm/lib/annotate.h"
#include "tests/fixture.h"
#include "tests/tap.h"

/* What is asked is whether it is mapped, not whether it is anybody's. */
ANNOTATE_UNCHECKED static void touch(volatile char *at, bool writes)
{
	if (writes)
		*at = *at;
	else
		(void)*at;
}

bool test_crashes(volatile void *byte, bool writes)
{
	pid_t child = fork();
	int status = 0;

	REQUIRE(child >= 0);
	if (!child) {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it at length */
		signal(SIGBUS, SIG_DFL);
		touch(byte, writes);
		_exit(0);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}
