/* SPDX-License-Identifier: MIT */
/*
 * page_subject_quire.c - this library, called as a kernel calls it (kernel_machine.h).
 *
 * Only public calls are used. Where a workload does not tell kinds of memory apart, it asks as a
 * kernel asks for its own: GFP_KERNEL.
 */
#include <stdio.h>
#include <string.h>

#include <quire/quire.h>

#include "bench/kernel_machine.h"
#include "bench/page_subject.h"

#define NOWARN __GFP_NOWARN /* a refusal is counted, not told */

/* ---- the machine ---- */

/*
 * RAM holds the frames asked for, and besides what the library needs for itself: page
 * structures of up to 80 bytes a frame, and the reserves that its watermarks keep.
 */
static uint64_t ram_size(size_t frames)
{
	return ((uint64_t)frames + frames / 40 + 4096) * PAGE_SIZE;
}

static void subject_destroy(void)
{
	kernel_machine_end();
}

static int subject_init(size_t frames, unsigned int threads)
{
	if (kernel_machine_boot("page_bench", ram_size(frames), threads, 1, NULL))
		return -1;
	if (nr_free_pages() >= frames)
		return 0;
	fprintf(stderr, "page_bench: quire: fewer pages are free than were asked for\n");
	subject_destroy();
	return -1;
}

static void subject_enter(unsigned int cpu)
{
	bench_cpu = cpu;
}

/* ---- the calls ---- */

static page_handle subject_alloc(unsigned int cpu, unsigned int order)
{
	(void)cpu;
	return (page_handle)alloc_pages(GFP_KERNEL | NOWARN, order);
}

static page_handle subject_alloc_movable(unsigned int cpu, unsigned int order)
{
	(void)cpu;
	return (page_handle)alloc_pages(GFP_HIGHUSER_MOVABLE | NOWARN, order);
}

static void subject_free(unsigned int cpu, page_handle page, unsigned int order)
{
	(void)cpu;
	__free_pages((struct page *)page, order);
}

static size_t subject_alloc_bulk(unsigned int cpu, size_t nr, page_handle *pages)
{
	_Static_assert(sizeof(page_handle) == sizeof(struct page *), "a handle is a pointer");

	(void)cpu;
	memset(pages, 0, nr * sizeof(*pages)); /* it fills what is NULL */
	return alloc_pages_bulk_array(GFP_KERNEL | NOWARN, nr, (struct page **)pages);
}

/* ---- what the checks ask for ---- */

static size_t subject_frame_of(page_handle page)
{
	return (size_t)(page_to_pfn((struct page *)page) - PFN_DOWN(KERNEL_RAM_BASE));
}

static size_t subject_span(void)
{
	return (size_t)(kernel_machine_ram() / PAGE_SIZE);
}

static size_t subject_free_frames(void)
{
	drain_all_pages(NULL);
	return nr_free_pages();
}

struct text {
	char bytes[4096];
	size_t len;
};

static void keep_text(void *ctx, const char *text, size_t len)
{
	struct text *kept = ctx;

	if (len > sizeof(kept->bytes) - 1 - kept->len)
		len = sizeof(kept->bytes) - 1 - kept->len;
	memcpy(kept->bytes + kept->len, text, len);
	kept->len += len;
}

/* The sum of a line of buddyinfo, "Node 0, zone Normal" and a number for each order, from 9 on. */
static size_t usable_of_line(const char *line)
{
	const char *zone = strstr(line, "zone"), *end = strchr(line, '\n');
	unsigned int order = 0;
	size_t sum = 0;
	int used;
	unsigned long blocks;
	char name[32];

	if (!zone || sscanf(zone, "zone %31s%n", name, &used) != 1)
		return 0;
	for (zone += used; zone < end && sscanf(zone, "%lu%n", &blocks, &used) == 1; order++) {
		if (order >= 9)
			sum += (size_t)blocks << order;
		zone += used;
	}
	return sum;
}

static size_t subject_usable_frames(void)
{
	struct text text = { .len = 0 };
	struct seq_file out = { .write = keep_text, .ctx = &text };
	const char *line;
	size_t sum = 0;

	drain_all_pages(NULL);
	quire_find_report("buddyinfo")->show(&out);
	text.bytes[text.len] = '\0';
	for (line = text.bytes; strchr(line, '\n'); line = strchr(line, '\n') + 1)
		sum += usable_of_line(line);
	return sum;
}

const struct page_subject page_quire = {
	.name = "quire",
	.init = subject_init,
	.destroy = subject_destroy,
	.enter = subject_enter,
	.alloc = subject_alloc,
	.free = subject_free,
	.alloc_movable = subject_alloc_movable,
	.free_movable = subject_free,
	.alloc_bulk = subject_alloc_bulk,
	.frame_of = subject_frame_of,
	.span = subject_span,
	.free_frames = subject_free_frames,
	.usable_frames = subject_usable_frames,
};
