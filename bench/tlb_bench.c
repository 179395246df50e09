/* SPDX-License-Identifier: MIT */
/*
 * tlb_bench.c - what an access through the software MMU costs: when the TLB knows the page, when
 * the tables are walked, and beside these the walk alone, without a TLB. All is mapped in
 * pages of 4 KB, so that every level of the format is walked.
 *
 * Each row is a million operations: milliseconds are nanoseconds of one, and the instructions
 * too are those of a million.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "port/host/host.h"
#include "port/host/mmu.h"

#define MB (1ULL << 20)
#define RUNS 5
#define OPERATIONS 1000000u
#define PAGES 128u /* half of what the TLB holds */

/* A format's table, and an MMU on it. */
struct tlb_case {
	struct pgtable pt;
	struct host_mmu mmu;
	u64 sum; /* so that no result is thrown away */
};

static void ignore_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level == LOG_ERR)
		fprintf(stderr, "%s\n", line);
}

static void access_page(struct tlb_case *c, unsigned int i)
{
	struct pt_outcome outcome;

	if (host_mmu_access(&c->mmu, (u64)(i % PAGES) << 12, PT_LOAD, false, &outcome))
		exit(1);
	c->sum += outcome.phys;
}

/*
 * The same pages again and again. In a large TLB all are known after the first round, in one
 * of a single entry none ever is.
 */
static void access_all(void *ctx)
{
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++)
		access_page(ctx, i);
}

static void read_bytes(void *ctx)
{
	struct tlb_case *c = ctx;
	unsigned int i;
	u64 word;

	for (i = 0; i < OPERATIONS; i++) {
		u64 va = (u64)(i % PAGES) << 12;

		if (host_mmu_read(&c->mmu, va, &word, sizeof(word), false, NULL))
			exit(1);
		c->sum += word;
	}
}

static void walk(void *ctx)
{
	const struct pt_request request = { .kind = PT_LOAD, .cpu = PT_CPU_NXE | PT_CPU_HW_AD };
	struct tlb_case *c = ctx;
	struct pt_outcome outcome;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++) {
		if (pt_access(c->pt.format, c->pt.root, (u64)(i % PAGES) << 12, &request, &outcome))
			exit(1);
		c->sum += outcome.phys;
	}
}

static void flush(void *ctx)
{
	struct tlb_case *c = ctx;
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++) {
		access_page(c, i);
		host_mmu_flush_page(&c->mmu, (u64)(i % PAGES) << 12);
	}
}

static void measure(struct tlb_case *c, const char *workload, const struct tlb_shape *shape,
		    void (*run)(void *ctx))
{
	const struct bench_case bench = {
		.suite = "tlb",
		.workload = workload,
		.size = "4 KB",
		.threads = 1,
		.subject = c->pt.format->name,
		.runs = RUNS,
		.run = run,
		.ctx = c,
	};

	if (host_mmu_init(&c->mmu, c->pt.format, c->pt.root, shape, NULL, NULL))
		exit(1);
	bench_measure(&bench);
	host_mmu_free(&c->mmu);
}

static void measure_format(const char *name)
{
	static const struct tlb_shape one = { 1, 1, TLB_LRU };
	const struct pt_attr attr = { .prot = PT_READ | PT_WRITE | PT_ACCESSED | PT_DIRTY,
				      .max_page = 4096 };
	struct tlb_case c = { .sum = 0 };

	if (pt_create(&c.pt, pt_format_find(name), NULL, NULL) ||
	    pt_map(&c.pt, 0, 8 * MB, PAGES * 4096, &attr))
		exit(1);
	measure(&c, "hit", NULL, access_all);
	measure(&c, "hit, 8 bytes read", NULL, read_bytes);
	measure(&c, "miss", &one, access_all);
	measure(&c, "walk without TLB", NULL, walk);
	measure(&c, "miss and page flush", NULL, flush);
	pt_destroy(&c.pt);
}

int main(void)
{
	static const struct machine_bank bank = { 0, 64 * MB, 0, 0 };
	static const struct quire_machine machine = { .name = "tlb", .banks = &bank,
						      .nr_banks = 1 };
	char err[256];
	struct host_machine *hm;

	host_log_to(ignore_line, NULL);
	hm = host_machine_create(&machine, err, sizeof(err));
	if (!hm || host_machine_boot(hm)) {
		fprintf(stderr, "tlb_bench: %s\n", err);
		return 1;
	}
	measure_format("i386");
	measure_format("i386-pae");
	measure_format("x86_64");
	measure_format("armv7");
	measure_format("sv39");
	host_machine_destroy(hm);
	return 0;
}
