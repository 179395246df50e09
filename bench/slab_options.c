/* SPDX-License-Identifier: MIT */
/*
 * slab_options.c - slab_bench's command line.
 */
#include "bench/slab_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/kernel_machine.h"
#include "bench/memory.h"

static const struct slab_subject *const known_subjects[] = {
	&slab_floor,	    &slab_kmem_cache,	&slab_kmalloc,
	&slab_glibc,	    &slab_jemalloc,	&slab_tcmalloc,
	&slab_mimalloc,	    &slab_faulty_twice, &slab_faulty_misaligned,
	&slab_faulty_short,
};
#define NR_KNOWN (sizeof(known_subjects) / sizeof(known_subjects[0]))
#define NR_USUAL 7u /* the others are faulty on purpose */

static void usage(FILE *out)
{
	fprintf(out,
		"usage: slab_bench [OPTION]...\n"
		"  --size LIST      of objects: 32,64,128,192,256,512,1024,2048,4096\n"
		"  --subject LIST   floor,kmem_cache,kmalloc,glibc,jemalloc,tcmalloc,mimalloc\n"
		"  --workload TEXT  those in whose name the text stands\n"
		"  --engine NAME    behind kmem_cache and kmalloc: slub, slab, slob\n"
		"  --nodes N        of their machine: 1\n"
		"  --runs N         of each workload: 7\n"
		"  --steps N        of each run: 300000\n"
		"  --live N         objects in steady state: 100000\n"
		"  --small-pages    of the host, for the floor and for RAM too\n"
		"  --check          measure nothing, check what the allocators hand out\n");
}

static void refuse(const char *option, const char *value)
{
	fprintf(stderr, "slab_bench: --%s %s: cannot be\n", option, value);
	usage(stderr);
	exit(2);
}

static size_t number(const char *option, const char *text, size_t least, size_t most)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (end == text || *end || text[0] == '-' || value < least || value > most)
		refuse(option, text);
	return (size_t)value;
}

static size_t one_size(const char *text)
{
	size_t size = number("size", text, 32, 8192);

	if (size % 8)
		refuse("size", text);
	return size;
}

static const struct slab_subject *one_subject(const char *name)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++)
		if (!strcmp(known_subjects[i]->name, name))
			return known_subjects[i];
	refuse("subject", name);
	return NULL;
}

/* Cut at the commas. */
static void read_sizes(struct slab_options *options, char *list)
{
	char *item;

	options->nr_sizes = 0;
	while ((item = strsep(&list, ","))) {
		if (options->nr_sizes == SLAB_MOST_SIZES)
			refuse("size", item);
		options->sizes[options->nr_sizes++] = one_size(item);
	}
}

static void read_subjects(struct slab_options *options, char *list)
{
	char *item;

	options->nr_subjects = 0;
	while ((item = strsep(&list, ","))) {
		if (options->nr_subjects == BENCH_MAX_SUBJECTS)
			refuse("subject", item);
		options->subjects[options->nr_subjects++] = one_subject(item);
	}
}

static void read_option(struct slab_options *options, const char *name, char *value)
{
	if (!strcmp(name, "help")) {
		usage(stdout);
		exit(0);
	}
	if (!strcmp(name, "size"))
		read_sizes(options, value);
	else if (!strcmp(name, "subject"))
		read_subjects(options, value);
	else if (!strcmp(name, "workload"))
		options->workload = value;
	else if (!strcmp(name, "engine"))
		options->engine = value;
	else if (!strcmp(name, "nodes"))
		options->nodes = (unsigned int)number(name, value, 1, KERNEL_MOST_NODES);
	else if (!strcmp(name, "runs"))
		options->runs = (unsigned int)number(name, value, 1, BENCH_MAX_RUNS);
	else if (!strcmp(name, "steps"))
		options->steps = number(name, value, 4000, 100000000);
	else if (!strcmp(name, "live"))
		options->live = number(name, value, 1000, 10000000);
	else if (!strcmp(name, "small-pages"))
		options->has_small_pages = true;
	else
		options->is_check = true;
}

static void read_command_line(struct slab_options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "size", required_argument, NULL, 0 },
		{ "subject", required_argument, NULL, 0 },
		{ "workload", required_argument, NULL, 0 },
		{ "engine", required_argument, NULL, 0 },
		{ "nodes", required_argument, NULL, 0 },
		{ "runs", required_argument, NULL, 0 },
		{ "steps", required_argument, NULL, 0 },
		{ "live", required_argument, NULL, 0 },
		{ "small-pages", no_argument, NULL, 0 },
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

/* The usual subjects, if none were named; without peers that are not there. */
static void find_subjects(struct slab_options *options)
{
	unsigned int i, nr = 0;

	if (!options->nr_subjects)
		for (; options->nr_subjects < NR_USUAL; options->nr_subjects++)
			options->subjects[options->nr_subjects] =
				known_subjects[options->nr_subjects];
	for (i = 0; i < options->nr_subjects; i++) {
		const struct slab_subject *subject = options->subjects[i];
		const char *missing = subject->missing ? subject->missing() : NULL;

		if (missing)
			printf("slab: %s: peer not found: %s\n", subject->name, missing);
		else
			options->subjects[nr++] = subject;
	}
	options->nr_subjects = nr;
}

void slab_options_read(struct slab_options *options, int argc, char **argv)
{
	*options = (struct slab_options){
		.sizes = { 32, 64, 128, 192, 256, 512, 1024, 2048, 4096 },
		.nr_sizes = 9,
		.engine = "slub",
		.nodes = 1,
		.runs = 7,
		.steps = 300000,
		.live = 100000,
	};
	read_command_line(options, argc, argv);
	if (!slab_choose_machine(options->engine, options->nodes))
		refuse("engine", options->engine);
	if (options->has_small_pages)
		bench_use_small_pages();
	find_subjects(options);
}
