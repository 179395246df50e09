/* SPDX-License-Identifier: MIT */
/*
 * turns.h - subjects that take turns, run by run, so that what drifts hits all alike.
 */
#ifndef BENCH_TURNS_H
#define BENCH_TURNS_H

#include <stdbool.h>

#define BENCH_MAX_SUBJECTS 8u

struct bench_turns {
	unsigned int rows; /* figures of a run, at most */
	unsigned int runs; /* that are kept of each subject */
	bool is_short;	   /* disturbed runs are not replaced */
	double *samples;   /* [subject][row][run] */
};

/* Memory for the figures, or the program ends. */
void turns_make(struct bench_turns *turns, unsigned int rows, unsigned int runs, bool is_short);
/* How many rounds there are at most: one to warm up, and half as many more than are wanted. */
unsigned int turns_most_rounds(const struct bench_turns *turns);
/* The figures of a subject's row, one a run. */
double *turns_samples(const struct bench_turns *turns, unsigned int subject, unsigned int row);

/*
 * A run of a subject: figures to ns[0 .. rows - 1]. False: it was interrupted.
 */
typedef bool (*turns_run)(void *ctx, unsigned int subject, unsigned int round, double *ns);

/*
 * The first run of each warms up; then they take turns until all have enough quiet ones, or the
 * rounds are over. The crew must be there.
 */
void turns_run_all(struct bench_turns *turns, unsigned int nr_subjects, turns_run run, void *ctx);

#endif
