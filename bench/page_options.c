/* SPDX-License-Identifier: MIT */
/*
 * page_options.c - page_bench's command line, and the peers that the environment names.
 */
#include "bench/page_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/page_results.h"

#define GIB ((uint64_t)1 << 30)

static const struct page_subject *const known_subjects[] = {
	&page_floor,	    &page_textbook,	     &page_quire,	   &page_llfree,
	&page_faulty_twice, &page_faulty_misaligned, &page_faulty_outside,
};
#define NR_KNOWN (sizeof(known_subjects) / sizeof(known_subjects[0]))
#define NR_USUAL 4u /* the others are faulty on purpose */

static void usage(FILE *out)
{
	fprintf(out, "usage: page_bench [OPTION]...\n"
		     "  --size LIST      machines: 1G,16G,64G; G or M behind each number\n"
		     "  --threads LIST   1,2\n"
		     "  --subject LIST   floor,textbook,quire,llfree\n"
		     "  --workload TEXT  those in whose name the text stands\n"
		     "  --runs N         of each workload: 7\n"
		     "  --steps N        of each run: 300000\n"
		     "  --age N          operations of the ageing load: 4000000; 0: none\n"
		     "  --full           on large machines too, all workloads, one thread and two\n"
		     "  --check          measure nothing, check what the allocators hand out\n");
}

static void refuse(const char *option, const char *value)
{
	fprintf(stderr, "page_bench: --%s %s: cannot be\n", option, value);
	usage(stderr);
	exit(2);
}

static unsigned long long number(const char *option, const char *text, unsigned long long least,
				 unsigned long long most)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (end == text || *end || text[0] == '-' || value < least || value > most)
		refuse(option, text);
	return value;
}

static struct page_size size_of(uint64_t bytes)
{
	struct page_size size = { .bytes = bytes };

	if (bytes % GIB)
		snprintf(size.text, sizeof(size.text), "%u MiB", (unsigned int)(bytes >> 20));
	else
		snprintf(size.text, sizeof(size.text), "%u GiB", (unsigned int)(bytes >> 30));
	return size;
}

static struct page_size one_size(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);
	unsigned int shift = *end == 'G' ? 30 : 20;

	if (end == text || (*end != 'G' && *end != 'M') || end[1] || value > 1u << 16 ||
	    value << shift < (uint64_t)32 << 20 || value << shift > 128 * GIB)
		refuse("size", text);
	return size_of((uint64_t)value << shift);
}

static const struct page_subject *one_subject(const char *name)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++)
		if (!strcmp(known_subjects[i]->name, name))
			return known_subjects[i];
	refuse("subject", name);
	return NULL;
}

/* Cuts the list at its commas. */
static void read_list(struct page_options *options, const char *option, char *list)
{
	unsigned int nr = 0;
	char *item;

	while ((item = strsep(&list, ","))) {
		if (!strcmp(option, "size") && nr < MOST_SIZES)
			options->sizes[nr++] = one_size(item);
		else if (!strcmp(option, "threads") && nr < BENCH_MAX_THREADS)
			options->threads[nr++] =
				(unsigned int)number(option, item, 1, BENCH_MAX_THREADS);
		else if (!strcmp(option, "subject") && nr < BENCH_MAX_SUBJECTS)
			options->subjects[nr++] = one_subject(item);
		else
			refuse(option, item);
	}
	if (!strcmp(option, "size"))
		options->nr_sizes = nr;
	else if (!strcmp(option, "threads"))
		options->nr_threads = nr;
	else
		options->nr_subjects = nr;
}

static void read_option(struct page_options *options, const char *name, char *value)
{
	if (!strcmp(name, "help")) {
		usage(stdout);
		exit(0);
	}
	if (!strcmp(name, "workload"))
		options->workload = value;
	else if (!strcmp(name, "runs"))
		options->runs = (unsigned int)number(name, value, 1, BENCH_MAX_RUNS);
	else if (!strcmp(name, "steps"))
		options->steps = (size_t)number(name, value, 1000, 1000000000);
	else if (!strcmp(name, "age"))
		options->age = (size_t)number(name, value, 0, 100000000000ull);
	else if (!strcmp(name, "full"))
		options->is_full = true;
	else if (!strcmp(name, "check"))
		options->is_check = true;
	else
		read_list(options, name, value);
}

static void read_command_line(struct page_options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "size", required_argument, NULL, 0 },
		{ "threads", required_argument, NULL, 0 },
		{ "subject", required_argument, NULL, 0 },
		{ "workload", required_argument, NULL, 0 },
		{ "runs", required_argument, NULL, 0 },
		{ "steps", required_argument, NULL, 0 },
		{ "age", required_argument, NULL, 0 },
		{ "full", no_argument, NULL, 0 },
		{ "check", no_argument, NULL, 0 },
		{ "help", no_argument, NULL, 0 },
		{ NULL, 0, NULL, 0 },
	};
	int index, got;

	while ((got = getopt_long(argc, argv, "", known, &index)) == 0)
		read_option(options, known[index].name, optarg);
	if (got == -1 && optind == argc)
		return;
	usage(stderr);
	exit(2);
}

/* The usual subjects, if none were named; without a peer that is not there. */
static void find_subjects(struct page_options *options)
{
	const char *missing = page_llfree_missing(), *linux_file = getenv("QUIRE_BENCH_LINUX");
	unsigned int i, nr = 0;

	if (!options->nr_subjects)
		for (; options->nr_subjects < NR_USUAL; options->nr_subjects++)
			options->subjects[options->nr_subjects] =
				known_subjects[options->nr_subjects];
	for (i = 0; i < options->nr_subjects; i++) {
		if (options->subjects[i] != &page_llfree || !missing)
			options->subjects[nr++] = options->subjects[i];
		else
			printf("page: llfree: peer not found: %s\n", missing);
	}
	options->nr_subjects = nr;
	if (options->is_check)
		return;
	if (!linux_file || !*linux_file)
		printf("page: linux: peer not found: QUIRE_BENCH_LINUX names no file\n");
	else if (results_load(linux_file))
		exit(1);
}

void page_options_read(struct page_options *options, int argc, char **argv)
{
	*options = (struct page_options){
		.sizes = { size_of(GIB), size_of(16 * GIB), size_of(64 * GIB) },
		.nr_sizes = 3,
		.threads = { 1, 2 },
		.nr_threads = 2,
		.runs = 7,
		.steps = 300000,
		.age = 4000000,
	};
	read_command_line(options, argc, argv);
	find_subjects(options);
}
