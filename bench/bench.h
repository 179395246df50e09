/* SPDX-License-Identifier: MIT */
/*
 * bench.h - measures a piece of work: time and instructions, over several runs.
 *
 * Times on a shared machine are noise: read the ratios within one run of the program, and
 * the spread. Instructions hardly vary; they are counted where the host lets a process do so.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

struct bench_case {
	const char *suite;
	const char *workload;
	const char *size;
	unsigned int threads;
	const char *subject;	    /* what is measured: "quire", or what it is compared with */
	unsigned int runs;	    /* 1 .. BENCH_MAX_RUNS */
	void (*prepare)(void *ctx); /* before each run, not measured; NULL: nothing */
	void (*run)(void *ctx);
	void (*finish)(void *ctx); /* after each run, not measured; NULL: nothing */
	void *ctx;
};
#define BENCH_MAX_RUNS 101

/*
 * Runs it, once unmeasured and then `runs` times; prints a row with the median, the spread
 * from the fastest to the slowest run in percent of it, and the median of the instructions
 * ("-": cannot be counted here). Appends the medians to the file named by QUIRE_BENCH_TSV.
 */
void bench_measure(const struct bench_case *bench);

/*
 * The same row, and its line in the file, for what the program has timed by itself:
 * ns[0 .. runs - 1], the nanoseconds of one operation in each run; sorts them. Of `bench` only
 * the names, the size, the threads and the runs are looked at. Returns the median.
 */
double bench_report(const struct bench_case *bench, double *ns);
/* Sorts them, and returns the one in the middle. */
double bench_median(double *values, unsigned int nr);
/* Another line in the file alone. */
void bench_append(const struct bench_case *bench, double value, const char *unit);

#endif
