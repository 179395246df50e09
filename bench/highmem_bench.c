/* SPDX-License-Identifier: MIT */
/*
 * highmem_bench.c - kmap and kmap_local on a 1 GB PC with PAE, beside what they cost the
 * host: in a process each new mapping is an mmap, and each end of one another.
 *
 * Each row is a thousand pairs: microseconds are nanoseconds of one. Instructions are those
 * of the process alone, so without the host's own; in a kernel they are all there is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/highmem.h>

#include "bench/bench.h"
#include "port/host/host.h"

#define MB (1ULL << 20)
#define RUNS 15
#define PAIRS 1000
#define PAGES 4096 /* eight times as many as kmap has slots */

struct highmem_case {
	struct quire_machine machine;
	struct host_machine *made;
	struct page *low, *high;
	struct page *pages[PAGES]; /* of highmem */
	char *room;		   /* for the host's own mappings */
	int fd;
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
	fprintf(stderr, "highmem_bench: %s\n", what);
	exit(1);
}

/* What is measured is the way to the page, not the page. */
static void touch(void *addr)
{
	must(addr != NULL, "a page cannot be mapped");
	*(volatile char *)addr = 1;
}

/* ---- kmap ---- */

static void kmap_pairs(struct page *page)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		touch(kmap(page));
		kunmap(page);
	}
}

static void kmap_lowmem(void *ctx)
{
	kmap_pairs(((struct highmem_case *)ctx)->low);
}

static void kmap_same_page(void *ctx)
{
	kmap_pairs(((struct highmem_case *)ctx)->high);
}

/* Somebody else has it mapped: only a count changes. */
static void kmap_shared_page(void *ctx)
{
	struct highmem_case *c = ctx;

	kmap(c->high);
	kmap_pairs(c->high);
	kunmap(c->high);
}

static void kmap_page_after_page(void *ctx)
{
	struct highmem_case *c = ctx;
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		touch(kmap(c->pages[i % PAGES]));
		kunmap(c->pages[i % PAGES]);
	}
}

/* ---- kmap_local ---- */

static void local_pairs(struct page *page)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		void *addr = kmap_local_page(page);

		touch(addr);
		kunmap_local(addr);
	}
}

static void local_lowmem(void *ctx)
{
	local_pairs(((struct highmem_case *)ctx)->low);
}

static void local_highmem(void *ctx)
{
	local_pairs(((struct highmem_case *)ctx)->high);
}

static void clear_pages(void *ctx)
{
	struct highmem_case *c = ctx;
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		must(clear_highpage(c->pages[i % PAGES]), "a page cannot be cleared");
}

/* ---- what it is compared with ---- */

static void map_and_unmap(const struct highmem_case *c, unsigned int i)
{
	void *got = mmap(c->room, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, c->fd,
			 (off_t)(i % PAGES) * 4096);

	must(got != MAP_FAILED, "mmap");
	touch(got);
	got = mmap(c->room, 4096, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	must(got != MAP_FAILED, "munmap");
}

static void host_same_page(void *ctx)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		map_and_unmap(ctx, 0);
}

static void host_page_after_page(void *ctx)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		map_and_unmap(ctx, i);
}

static void clear_lowmem(void *ctx)
{
	struct highmem_case *c = ctx;
	unsigned int i;

	for (i = 0; i < PAIRS; i++) {
		memset(page_address(c->low), 0, 4096);
		__asm__ volatile("" ::: "memory");
	}
}

/* ---- the rows ---- */

static void measure(struct highmem_case *c, const char *workload, const char *subject,
		    void (*run)(void *ctx))
{
	const struct bench_case bench = {
		.suite = "highmem",
		.workload = workload,
		.size = "1000",
		.threads = 1,
		.subject = subject,
		.runs = RUNS,
		.run = run,
		.ctx = c,
	};

	bench_measure(&bench);
}

static void make_machine(struct highmem_case *c)
{
	static const struct machine_bank banks[] = { { 0, 640 << 10, 0, 0 }, { MB, 1023 * MB, 0, 0 } };
	char err[256] = "";
	unsigned int i;

	c->machine = (struct quire_machine){
		.name = "highmem",
		.banks = banks,
		.nr_banks = 2,
		.nr_cpus = 2,
		.zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
		.zone_end = { [ZONE_DMA] = 16 * MB, [ZONE_NORMAL] = 896 * MB },
		.lowmem_end = 896 * MB,
	};
	c->made = host_machine_create(&c->machine, err, sizeof(err));
	must(c->made && !host_machine_set_format(c->made, "i386-pae", err, sizeof(err)), err);
	must(!host_machine_boot(c->made), "the machine does not boot");
	c->low = alloc_page(GFP_KERNEL);
	for (i = 0; i < PAGES; i++) {
		c->pages[i] = alloc_page(GFP_HIGHUSER);
		must(c->pages[i] && PageHighMem(c->pages[i]), "no highmem");
		touch(kmap(c->pages[i])); /* the host's own page is there from now on */
		kunmap(c->pages[i]);
	}
	c->high = c->pages[0];
}

static void make_host_pages(struct highmem_case *c)
{
	unsigned int i;

	c->fd = memfd_create("highmem_bench", MFD_CLOEXEC);
	must(c->fd >= 0 && !ftruncate(c->fd, (off_t)PAGES * 4096), "memfd");
	c->room = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(c->room != MAP_FAILED, "mmap");
	for (i = 0; i < PAGES; i++)
		map_and_unmap(c, i);
}

int main(void)
{
	static struct highmem_case c;

	host_log_to(ignore_line, NULL);
	make_machine(&c);
	make_host_pages(&c);
	measure(&c, "a page of lowmem", "kmap", kmap_lowmem);
	measure(&c, "a page of lowmem", "kmap_local", local_lowmem);
	measure(&c, "a page that is mapped", "kmap", kmap_shared_page);
	measure(&c, "the same page", "kmap", kmap_same_page);
	measure(&c, "the same page", "kmap_local", local_highmem);
	measure(&c, "the same page", "mmap", host_same_page);
	measure(&c, "page after page", "kmap", kmap_page_after_page);
	measure(&c, "page after page", "mmap", host_page_after_page);
	measure(&c, "clear a page", "highmem", clear_pages);
	measure(&c, "clear a page", "lowmem", clear_lowmem);
	quire_select(NULL);
	host_machine_destroy(c.made);
	return 0;
}
