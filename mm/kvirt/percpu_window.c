/* SPDX-License-Identifier: MIT */
/*
 * percpu_window.c - chunks in the vmalloc window: each CPU's unit is made of pages of its
 * own node, and the units lie one behind the other in virtual addresses alone.
 *
 *	window   |  CPU 0's unit   |  CPU 1's unit   |  CPU 2's unit   | guard page
 *	           |   |   |   |     |   |   |   |     |   |   |   |
 *	pages     on node 0         on node 1         on node 0
 *
 * A kernel without a page table of the library's does not link this file: the others
 * reach it through percpu_state.window.
 */
#include "mm/kvirt/internal.h"
#include "mm/kvirt/percpu_internal.h"

#if CONFIG_MMU

#include <quire/gfp.h>
#include <quire/vmalloc.h>

#include "mm/lib/log.h"

static unsigned int pages_of_chunk(void)
{
	return quire_nr_cpus() * this_quire()->percpu.unit_pages;
}

static void free_unit_pages(struct page **pages)
{
	unsigned int i;

	for (i = 0; i < pages_of_chunk(); i++)
		if (pages[i])
			__free_page(pages[i]);
}

/* Fills the empty array with pages of each CPU's node. False: there are not so many. */
static bool alloc_unit_pages(struct page **pages, gfp_t gfp)
{
	const int *node = this_quire()->page.cpu_node;
	unsigned int nr = this_quire()->percpu.unit_pages, cpu;

	gfp |= __GFP_HIGHMEM;
	for_each_possible_cpu(cpu)
		if (alloc_pages_bulk_array_node(gfp, node[cpu], nr, pages + cpu * nr) < nr)
			return false;
	return true;
}

static struct percpu_chunk *window_create(gfp_t gfp)
{
	struct percpu_chunk *chunk = percpu_chunk_alloc(gfp, true);
	char *base = NULL;

	if (!chunk)
		return NULL;
	if (alloc_unit_pages(chunk->pages, gfp))
		base = vmap(chunk->pages, pages_of_chunk(), VM_MAP, PAGE_KERNEL);
	if (!base) {
		free_unit_pages(chunk->pages);
		percpu_chunk_free(chunk);
		return NULL;
	}
	percpu_chunk_place(chunk, base, PERCPU_WINDOW);
	return chunk;
}

static void window_destroy(struct percpu_chunk *chunk)
{
	vunmap(chunk->base);
	free_unit_pages(chunk->pages);
}

static const struct percpu_window window = { window_create, window_destroy };

/* The copies of the static variables, for which setup_per_cpu_areas had no window yet. */
static int make_first_chunk(size_t nr_static)
{
	struct percpu_state *ps = &this_quire()->percpu;
	const void *template = (const void *)ps->static_start;
	struct percpu_chunk *chunk;

	percpu_set_up(percpu_choose_unit_size(nr_static));
	chunk = percpu_chunk_create(GFP_KERNEL);
	if (!chunk) {
		pr_err("percpu: no memory for the per-CPU data of %u CPUs, %zu bytes each",
		       quire_nr_cpus(), nr_static);
		return -ENOMEM;
	}
	percpu_chunk_make_first(chunk, template, nr_static);
	pr_info("percpu: %u %luK pages/cpu s%zu r0 d%zu", ps->unit_pages, PAGE_SIZE >> 10,
		nr_static, ps->unit_size - nr_static);
	return 0;
}

int percpu_window_init(void)
{
	struct percpu_state *ps = &this_quire()->percpu;

	if (VMALLOC_TOTAL)
		ps->window = &window;
	return ps->is_up ? 0 : make_first_chunk(ps->static_size);
}

#endif
