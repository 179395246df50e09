/* SPDX-License-Identifier: MIT */
/*
 * turns.c - whose turn it is, and which runs are kept.
 */
#include "bench/turns.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/crew.h"

#define MOST_ROWS 8u

void turns_make(struct bench_turns *turns, unsigned int rows, unsigned int runs, bool is_short)
{
	*turns = (struct bench_turns){ .rows = rows, .runs = runs, .is_short = is_short };
	turns->samples = calloc((size_t)BENCH_MAX_SUBJECTS * rows * runs, sizeof(double));
	if (turns->samples && rows <= MOST_ROWS)
		return;
	fprintf(stderr, "bench: out of memory\n");
	exit(1);
}

unsigned int turns_most_rounds(const struct bench_turns *turns)
{
	return 1 + turns->runs + (turns->is_short ? 0 : turns->runs / 2);
}

double *turns_samples(const struct bench_turns *turns, unsigned int subject, unsigned int row)
{
	return turns->samples + ((size_t)subject * turns->rows + row) * turns->runs;
}

/* How many samples a subject has: those of quiet runs are in front, the others at the end. */
struct tally {
	unsigned int quiet, disturbed;
};

/* Keeps the figures of a run; those of a quiet one in the place of others. */
static void keep(const struct bench_turns *turns, unsigned int subject, struct tally *tally,
		 const double *ns, bool is_quiet)
{
	bool is_full = tally->quiet + tally->disturbed == turns->runs;
	unsigned int row, at = turns->runs - 1 - tally->disturbed;

	if (is_full && !is_quiet)
		return;
	if (is_quiet)
		at = tally->quiet;
	for (row = 0; row < turns->rows; row++)
		turns_samples(turns, subject, row)[at] = ns[row];
	tally->quiet += is_quiet;
	if (!is_quiet)
		tally->disturbed++;
	else if (is_full)
		tally->disturbed--;
}

void turns_run_all(struct bench_turns *turns, unsigned int nr_subjects, turns_run run, void *ctx)
{
	struct tally tallies[BENCH_MAX_SUBJECTS] = { { 0, 0 } };
	bool was_quiet = crew_is_quiet(), is_quiet, is_alone;
	unsigned int i, round;
	double ns[MOST_ROWS];

	for (round = 0; round < turns_most_rounds(turns); round++) {
		for (i = 0; i < nr_subjects; i++) {
			if (tallies[i].quiet == turns->runs)
				continue;
			is_alone = run(ctx, i, round, ns);
			is_quiet = crew_is_quiet();
			if (round)
				keep(turns, i, &tallies[i], ns, was_quiet && is_quiet && is_alone);
			was_quiet = is_quiet;
		}
	}
}
