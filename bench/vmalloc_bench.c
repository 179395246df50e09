/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_bench.c - vmalloc on a 1 GB PC, beside what a process would use instead: mmap of
 * memory that is there at once, and munmap.
 *
 * In a process vmalloc stands on mmap too: each run of pages is mapped by a call of the
 * host's, and unmapped by another. Instructions are those of the process alone, so without
 * the host's own; in a kernel they are all there is. "addresses" is the share of the
 * library that finds room and gives it back: nothing is mapped.
 *
 * Each row is a thousand pairs, so microseconds are nanoseconds of one; of 512 pages it is a
 * hundred. "among 10000": so many other areas are there, with gaps between them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <quire/vmalloc.h>

#include "bench/bench.h"
#include "port/host/host.h"

#define MB (1ULL << 20)
#define RUNS 11
#define PAGE 4096ul
#define OTHERS 10000

struct vmalloc_case {
	struct quire_machine machine;
	struct host_machine *made;
	unsigned long size;
	unsigned int pairs;
	void *others[2 * OTHERS];
};

static void ignore_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level == LOG_ERR)
		fprintf(stderr, "%s\n", line);
}

static void must(bool held, const char *what)
{
	if (held)
		return;
	fprintf(stderr, "vmalloc_bench: %s\n", what);
	exit(1);
}

/* ---- the pairs ---- */

static void pairs_of_vmalloc(void *ctx)
{
	const struct vmalloc_case *c = ctx;
	unsigned int i;

	for (i = 0; i < c->pairs; i++) {
		char *addr = vmalloc(c->size);

		must(addr != NULL, "vmalloc");
		vfree(addr);
	}
}

static void pairs_of_vmalloc_huge(void *ctx)
{
	const struct vmalloc_case *c = ctx;
	unsigned int i;

	for (i = 0; i < c->pairs; i++) {
		char *addr = vmalloc_huge(c->size, GFP_KERNEL);

		must(addr != NULL, "vmalloc_huge");
		vfree(addr);
	}
}

static void pairs_of_addresses(void *ctx)
{
	const struct vmalloc_case *c = ctx;
	unsigned int i;

	for (i = 0; i < c->pairs; i++) {
		struct vm_struct *area = get_vm_area(c->size, VM_MAP);

		must(area != NULL, "get_vm_area");
		free_vm_area(area);
	}
}

static void pairs_of_mmap(const struct vmalloc_case *c, int protection, int flags)
{
	unsigned int i;

	for (i = 0; i < c->pairs; i++) {
		void *addr =
			mmap(NULL, c->size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

		must(addr != MAP_FAILED && !munmap(addr, c->size), "mmap");
	}
}

static void pairs_of_mmap_memory(void *ctx)
{
	pairs_of_mmap(ctx, PROT_READ | PROT_WRITE, MAP_POPULATE);
}

static void pairs_of_mmap_addresses(void *ctx)
{
	pairs_of_mmap(ctx, PROT_NONE, MAP_NORESERVE);
}

/* ---- the others ---- */

/* Twice as many as shall stay, every other of which goes again. */
static void make_others(struct vmalloc_case *c)
{
	unsigned int i;

	for (i = 0; i < 2 * OTHERS; i++) {
		c->others[i] = vmalloc(PAGE);
		must(c->others[i] != NULL, "vmalloc");
	}
	for (i = 0; i < 2 * OTHERS; i += 2)
		vfree(c->others[i]);
	vm_unmap_aliases();
}

static void free_others(struct vmalloc_case *c)
{
	unsigned int i;

	for (i = 1; i < 2 * OTHERS; i += 2)
		vfree(c->others[i]);
	vm_unmap_aliases();
}

/* The same for the host: different rights keep neighbours from becoming one mapping. */
static void make_other_mappings(struct vmalloc_case *c)
{
	unsigned int i;

	for (i = 0; i < 2 * OTHERS; i++) {
		c->others[i] = mmap(NULL, PAGE, i & 2 ? PROT_READ : PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(c->others[i] != MAP_FAILED, "mmap");
	}
	for (i = 0; i < 2 * OTHERS; i += 2)
		munmap(c->others[i], PAGE);
}

static void free_other_mappings(struct vmalloc_case *c)
{
	unsigned int i;

	for (i = 1; i < 2 * OTHERS; i += 2)
		munmap(c->others[i], PAGE);
}

/* ---- the rows ---- */

static void measure(struct vmalloc_case *c, const char *workload, unsigned long pages,
		    const char *subject, void (*run)(void *ctx))
{
	char size[32];
	const struct bench_case bench = {
		.suite = "vmalloc",
		.workload = workload,
		.size = size,
		.threads = 1,
		.subject = subject,
		.runs = RUNS,
		.run = run,
		.ctx = c,
	};

	snprintf(size, sizeof(size), "%lu page%s", pages, pages == 1 ? "" : "s");
	c->size = pages * PAGE;
	c->pairs = pages < 512 ? 1000 : 100;
	bench_measure(&bench);
}

static void make_machine(struct vmalloc_case *c)
{
	static const struct machine_bank banks[] = { { 0, 640 << 10, 0, 0 },
						     { MB, 1023 * MB, 0, 0 } };
	char err[256] = "";

	c->machine = (struct quire_machine){
		.name = "vmalloc",
		.banks = banks,
		.nr_banks = 2,
		.nr_cpus = 2,
		.zones = 1 << ZONE_DMA | 1 << ZONE_DMA32 | 1 << ZONE_NORMAL,
		.zone_end = { [ZONE_DMA] = 16 * MB, [ZONE_DMA32] = 4096 * MB },
	};
	c->made = host_machine_create(&c->machine, err, sizeof(err));
	must(c->made && !host_machine_set_format(c->made, "x86_64", err, sizeof(err)), err);
	must(!host_machine_boot(c->made), "the machine does not boot");
}

int main(void)
{
	static struct vmalloc_case c;

	host_log_to(ignore_line, NULL);
	make_machine(&c);
	measure(&c, "memory", 1, "vmalloc", pairs_of_vmalloc);
	measure(&c, "memory", 1, "mmap", pairs_of_mmap_memory);
	measure(&c, "memory", 16, "vmalloc", pairs_of_vmalloc);
	measure(&c, "memory", 16, "mmap", pairs_of_mmap_memory);
	measure(&c, "memory", 512, "vmalloc", pairs_of_vmalloc);
	measure(&c, "memory", 512, "vmalloc_huge", pairs_of_vmalloc_huge);
	measure(&c, "memory", 512, "mmap", pairs_of_mmap_memory);
	measure(&c, "addresses", 1, "get_vm_area", pairs_of_addresses);
	measure(&c, "addresses", 1, "mmap", pairs_of_mmap_addresses);
	make_others(&c);
	measure(&c, "memory among 10000", 1, "vmalloc", pairs_of_vmalloc);
	measure(&c, "memory among 10000", 16, "vmalloc", pairs_of_vmalloc);
	measure(&c, "addresses among 10000", 1, "get_vm_area", pairs_of_addresses);
	free_others(&c);
	make_other_mappings(&c);
	measure(&c, "memory among 10000", 1, "mmap", pairs_of_mmap_memory);
	measure(&c, "memory among 10000", 16, "mmap", pairs_of_mmap_memory);
	measure(&c, "addresses among 10000", 1, "mmap", pairs_of_mmap_addresses);
	free_other_mappings(&c);
	quire_select(NULL);
	host_machine_destroy(c.made);
	return 0;
}
