/* SPDX-License-Identifier: MIT */
/*
 * slab_fork.c - a child, and a pipe from it.
 */
#include "bench/slab_fork.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void be_child(int out, double (*work)(void *ctx), void *ctx)
{
	double value = work(ctx);

	if (write(out, &value, sizeof(value)) != sizeof(value))
		_exit(1);
	_exit(0);
}

double slab_in_child(double (*work)(void *ctx), void *ctx)
{
	double value = -1;
	int ends[2], status;
	pid_t child;

	fflush(NULL);
	if (pipe(ends) || (child = fork()) < 0) {
		perror("slab_bench");
		exit(1);
	}
	if (!child)
		be_child(ends[1], work, ctx);
	close(ends[1]);
	if (read(ends[0], &value, sizeof(value)) != sizeof(value))
		value = -1;
	close(ends[0]);
	waitpid(child, &status, 0);
	return value;
}
