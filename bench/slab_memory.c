/* SPDX-License-Identifier: MIT */
/*
 * slab_memory.c - how much memory objects take.
 *
 * Of this library: the pages that were taken from the page allocator, as it says. Of the others:
 * how much more memory the process has than before (Rss of smaps_rollup, which is exact).
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/memory.h"
#include "bench/random.h"
#include "bench/slab_child.h"
#include "bench/slab_fork.h"

#define TIMES 10u /* each object is replaced, on average */

struct question {
	const struct slab_subject *subject;
	size_t size, live;
};

/* Without stdio, whose buffers would come from one of those who are measured. */
static double resident(void)
{
	static char text[4096];
	int file = open("/proc/self/smaps_rollup", O_RDONLY);
	ssize_t len = read(file, text, sizeof(text) - 1);
	const char *line;

	close(file);
	if (len <= 0)
		return -1;
	text[len] = '\0';
	line = strstr(text, "Rss:");
	return line ? 1024 * strtod(line + 4, NULL) : -1;
}

static double taken(const struct slab_subject *subject)
{
	return subject->taken ? (double)subject->taken() : resident();
}

static void *take(const struct question *question)
{
	void *object = question->subject->alloc(question->size);

	if (!object)
		slab_refused(question->size);
	memset(object, 1, question->size);
	return object;
}

static double measure_here(void *ctx)
{
	const struct question *question = ctx;
	size_t bytes = question->live * sizeof(void *), i;
	struct bench_random random = { 0x9e3779b97f4a7c15u };
	void **slots = bench_map(bytes);
	double before, after;

	if (!slots ||
	    (question->subject->init && question->subject->init(question->size, question->live, 1)))
		return -1;
	memset(slots, 1, bytes);
	before = taken(question->subject);
	before = taken(question->subject);
	for (i = 0; i < question->live; i++)
		slots[i] = take(question);
	for (i = 0; i < TIMES * question->live; i++) {
		void **slot = &slots[bench_random_below(&random, (uint32_t)question->live)];

		question->subject->free(*slot);
		*slot = take(question);
	}
	after = taken(question->subject);
	if (before < 0 || after < 0)
		return -1;
	return (after - before) / ((double)question->live * (double)question->size);
}

double slab_memory(const struct slab_subject *subject, size_t size, size_t live)
{
	struct question question = { subject, size, live };

	return slab_in_child(measure_here, &question);
}
