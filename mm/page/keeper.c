/* SPDX-License-Identifier: MIT */
/*
 * keeper.c - pages that the layer above keeps and could do without: when they are asked for.
 *
 * Theory. The object layer keeps what it gives out again soon: free objects with CPUs and nodes, and slabs
 * that are empty. That is what makes it fast, and while there is memory nobody misses it. There are two
 * times when it must go:
 *   - a request is about to fail, or to have somebody killed (slowpath.c);
 *   - memory is to go offline, in which a free object that a CPU keeps would be a page in use.
 *
 * To ask costs time: each CPU's arrays of each cache are emptied, and then all of them go the long way. So a
 * request asks last of all, once; and who asked in vain makes others rest: the next 1, 2, 4 .. 64 of his order
 * do not ask, until one of his order or above gets a block: after it asked, or by itself below the low mark, as
 * all do before memory is out again. (Compaction rests in the same way.)
 *
 * Who may ask? Requests with __GFP_DIRECT_RECLAIM, and not those with __GFP_MEMALLOC, which are made by who
 * frees memory. The layer above gives back without asking for pages, so it does not come here again. Where it
 * has a CPU's array or a lock it takes pages without that flag (cpu_array.c, slab_shared.c); where it makes a
 * slab it has neither, and may be given back what it is about to ask its own slabs for.
 *
 * Locks: none. Counts that two CPUs change at once may be off by one, which does no harm.
 */
#include "mm/lib/bitmap.h"
#include "mm/page/internal.h"

#define MAX_REST_SHIFT 7 /* 64 requests */

static struct page_keeper *keeper(void)
{
	return &this_quire()->page.keeper;
}

/* Is it a turn to fail without? */
static bool is_resting(gfp_t gfp, unsigned int order)
{
	struct page_keeper *k = keeper();
	unsigned int shift = load_relaxed(k->rest[order].shift), rested = load_relaxed(k->rest[order].nr_rested);

	if (!shift || rested >= 1U << (shift - 1))
		return false;
	/* On one CPU who must not fail would wait for nobody. */
	if (!CONFIG_SMP && (gfp & __GFP_NOFAIL))
		return false;
	store_relaxed(k->rest[order].nr_rested, (u8)(rested + 1));
	return true;
}

static void set_rest(unsigned int order, unsigned int shift)
{
	store_relaxed(keeper()->rest[order].shift, (u8)shift);
	store_relaxed(keeper()->rest[order].nr_rested, (u8)0);
}

unsigned long keeper_give_back(void)
{
	return keeper()->give_back ? keeper()->give_back() : 0;
}

bool keeper_ask(gfp_t gfp, unsigned int order)
{
	unsigned int shift = load_relaxed(keeper()->rest[order].shift);

	if (is_resting(gfp, order))
		return false;
	count_up(&keeper()->nr_asked);
	/* In vain, until it turns out that it was not. */
	set_rest(order, min_of(shift + 1, MAX_REST_SHIFT + 0U));
	return keeper_give_back();
}

void keeper_end_rest(unsigned int order)
{
	unsigned int o;

	for (o = 0; o <= order; o++)
		if (load_relaxed(keeper()->rest[o].shift))
			set_rest(o, 0);
}
