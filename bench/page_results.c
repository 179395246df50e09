/* SPDX-License-Identifier: MIT */
/*
 * page_results.c - a list of figures, and tables of their ratios with geometric means.
 */
#include "bench/page_results.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 5u

static struct {
	struct page_result *list;
	size_t nr, room;
} results;

/* One quotient: of two results, of which NULL and 0 stand for the row's and the table's own. */
struct column {
	const char *title;
	struct page_result above, below;
};

void results_add(const struct page_result *result)
{
	if (results.nr == results.room) {
		results.room = results.room ? 2 * results.room : 64;
		results.list = realloc(results.list, results.room * sizeof(*results.list));
		if (!results.list) {
			fprintf(stderr, "page_bench: out of memory\n");
			exit(1);
		}
	}
	results.list[results.nr++] = *result;
}

static bool is_same(const struct page_result *a, const struct page_result *b)
{
	return !strcmp(a->workload, b->workload) && !strcmp(a->size, b->size) &&
	       a->threads == b->threads && !strcmp(a->subject, b->subject);
}

double results_find(const struct page_result *wanted)
{
	size_t i;

	for (i = 0; i < results.nr; i++)
		if (is_same(&results.list[i], wanted))
			return results.list[i].ns;
	return -1;
}

/* ---- the file ---- */

/* Workload, size, threads, ns; the first two stay where they are in `line`. */
static bool read_line(char *line, struct page_result *result)
{
	char *at = line, *end, *fields[4];
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (!(fields[i] = strsep(&at, "\t")))
			return false;
	result->workload = fields[0];
	result->size = fields[1];
	result->threads = (unsigned int)strtoul(fields[2], &end, 10);
	if (*end || end == fields[2])
		return false;
	result->ns = strtod(fields[3], &end);
	return !at && end != fields[3] && !*end && result->ns > 0;
}

int results_load(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t room = 0, number = 0;
	ssize_t len;

	if (!file) {
		perror(path);
		return -1;
	}
	while ((len = getline(&line, &room, file)) > 0) {
		struct page_result result = { .subject = PAGE_LINUX };

		number++;
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (line[0] == '#' || !line[0])
			continue;
		if (!read_line(line, &result)) {
			fprintf(stderr,
				"%s:%zu: workload, size, threads, ns and tabs are expected\n", path,
				number);
			break;
		}
		results_add(&result);
		line = NULL; /* the names stay */
		room = 0;
	}
	fclose(file);
	return len > 0 ? -1 : 0;
}

/* ---- the tables ---- */

static struct page_result fill_in(const struct page_result *half, const struct page_result *own)
{
	return (struct page_result){
		.workload = own->workload,
		.size = half->size ? half->size : own->size,
		.threads = half->threads ? half->threads : own->threads,
		.subject = half->subject,
	};
}

static double quotient(const struct column *column, const struct page_result *own)
{
	struct page_result above = fill_in(&column->above, own),
			   below = fill_in(&column->below, own);
	double a = results_find(&above), b = results_find(&below);

	return a > 0 && b > 0 ? a / b : -1;
}

/* Was the i-th result's workload not in the list before? */
static bool is_new_workload(size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (!strcmp(results.list[k].workload, results.list[i].workload))
			return false;
	return true;
}

static void print_cell(double value)
{
	if (value > 0)
		printf(" %15.2f", value);
	else
		printf(" %15s", "-");
}

static bool has_values(const struct column *columns, const struct page_result *own)
{
	unsigned int c;

	for (c = 0; c < COLUMNS && columns[c].title; c++)
		if (quotient(&columns[c], own) > 0)
			return true;
	return false;
}

static void print_table_row(const struct column *columns, const struct page_result *own,
			    double *logs, unsigned int *counts)
{
	unsigned int c;

	printf("  %-24s", own->workload);
	for (c = 0; c < COLUMNS && columns[c].title; c++) {
		double value = quotient(&columns[c], own);

		print_cell(value);
		if (value > 0) {
			logs[c] += log(value);
			counts[c]++;
		}
	}
	printf("\n");
}

static void print_means(const struct column *columns, const double *logs,
			const unsigned int *counts)
{
	unsigned int c;

	printf("  %-24s", "geometric mean");
	for (c = 0; c < COLUMNS && columns[c].title; c++)
		print_cell(counts[c] ? exp(logs[c] / counts[c]) : -1);
	printf("\n");
}

/* A row for each workload that has one of the quotients; nothing if none has. */
static void print_table(const char *title, const char *size, unsigned int threads,
			const struct column *columns)
{
	unsigned int counts[COLUMNS] = { 0 }, c;
	double logs[COLUMNS] = { 0 };
	bool has_title = false;
	size_t i;

	for (i = 0; i < results.nr; i++) {
		struct page_result own = { results.list[i].workload, size, threads, NULL, 0 };

		if (!is_new_workload(i) || !has_values(columns, &own))
			continue;
		if (!has_title) {
			printf("\n%-26s", title);
			for (c = 0; c < COLUMNS && columns[c].title; c++)
				printf(" %15s", columns[c].title);
			printf("\n");
			has_title = true;
		}
		print_table_row(columns, &own, logs, counts);
	}
	if (has_title)
		print_means(columns, logs, counts);
}

static void print_subjects(const char *size, unsigned int threads)
{
	static const struct column columns[COLUMNS] = {
		{ "quire:floor", { .subject = "quire" }, { .subject = "floor" } },
		{ "textbook:quire", { .subject = "textbook" }, { .subject = "quire" } },
		{ "llfree:quire", { .subject = "llfree" }, { .subject = "quire" } },
		{ "linux:quire", { .subject = PAGE_LINUX }, { .subject = "quire" } },
	};
	char title[64];

	snprintf(title, sizeof(title), "%s, %u thread%s", size, threads, threads == 1 ? "" : "s");
	print_table(title, size, threads, columns);
}

static void print_threads(const char *size, unsigned int threads)
{
	static const char *const subjects[COLUMNS] = { "quire", "floor", "textbook", "llfree",
						       PAGE_LINUX };
	struct column columns[COLUMNS];
	char title[64];
	unsigned int c;

	for (c = 0; c < COLUMNS; c++)
		columns[c] = (struct column){ subjects[c],
					      { .threads = threads, .subject = subjects[c] },
					      { .threads = 1, .subject = subjects[c] } };
	snprintf(title, sizeof(title), "%s, %u threads : 1", size, threads);
	print_table(title, size, threads, columns);
}

static void print_sizes(const char *size, const char *smallest, unsigned int threads)
{
	static const char *const subjects[COLUMNS] = { "quire", "floor", "textbook", "llfree",
						       PAGE_LINUX };
	struct column columns[COLUMNS];
	char title[64];
	unsigned int c;

	for (c = 0; c < COLUMNS; c++)
		columns[c] = (struct column){ subjects[c],
					      { .size = size, .subject = subjects[c] },
					      { .size = smallest, .subject = subjects[c] } };
	snprintf(title, sizeof(title), "%s : %s, %u thr.", size, smallest, threads);
	print_table(title, size, threads, columns);
}

/* Is the i-th result the first of its machine that was measured here? */
static bool is_new_machine(size_t i)
{
	const struct page_result *result = &results.list[i];
	size_t k;

	if (!strcmp(result->subject, PAGE_LINUX))
		return false;
	for (k = 0; k < i; k++)
		if (strcmp(results.list[k].subject, PAGE_LINUX) &&
		    !strcmp(results.list[k].size, result->size) &&
		    results.list[k].threads == result->threads)
			return false;
	return true;
}

void results_print_ratios(void)
{
	const char *smallest = NULL;
	size_t i;

	for (i = 0; i < results.nr; i++)
		if (is_new_machine(i))
			print_subjects(results.list[i].size, results.list[i].threads);
	for (i = 0; i < results.nr; i++)
		if (is_new_machine(i) && results.list[i].threads > 1)
			print_threads(results.list[i].size, results.list[i].threads);
	for (i = 0; i < results.nr; i++) {
		if (!is_new_machine(i))
			continue;
		if (!smallest)
			smallest = results.list[i].size;
		if (strcmp(smallest, results.list[i].size))
			print_sizes(results.list[i].size, smallest, results.list[i].threads);
	}
}
