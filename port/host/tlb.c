/* SPDX-License-Identifier: MIT */
/*
 * tlb.c - a translation lookaside buffer, set by set.
 *
 *              ways
 *   set 0    | page | page |      |      |
 *   set 1    | page |      |      |      |     set of a page: its number modulo `sets`,
 *   ...                                        counted in pages of its own size
 *
 * Pages of all sizes share the sets. A search does not know the size of the page that it
 * will find, so it looks once for each size of which there are entries, smallest first, as
 * second-level TLBs do: usually that is one or two.
 */
#include "port/host/tlb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tlb_init(struct tlb *tlb, const struct tlb_shape *shape)
{
	size_t entries = (size_t)shape->sets * shape->ways;

	memset(tlb, 0, sizeof(*tlb));
	if (!entries || shape->sets & (shape->sets - 1) || entries / shape->ways != shape->sets ||
	    (shape->replacement != TLB_LRU && shape->replacement != TLB_ROUND_ROBIN))
		return -EINVAL;
	tlb->shape = *shape;
	tlb->entries = calloc(entries, sizeof(*tlb->entries));
	tlb->turn = calloc(shape->sets, sizeof(*tlb->turn));
	if (tlb->entries && tlb->turn)
		return 0;
	tlb_free(tlb);
	return -ENOMEM;
}

void tlb_free(struct tlb *tlb)
{
	free(tlb->entries);
	free(tlb->turn);
	memset(tlb, 0, sizeof(*tlb));
}

static struct tlb_entry *set_of(const struct tlb *tlb, u64 va, unsigned int shift)
{
	return tlb->entries + (size_t)((va >> shift) & (tlb->shape.sets - 1)) * tlb->shape.ways;
}

/* The entry for a page of this size; not counted. */
static struct tlb_entry *find_page(const struct tlb *tlb, u64 va, unsigned int shift,
				   unsigned int tag)
{
	struct tlb_entry *e = set_of(tlb, va, shift), *end = e + tlb->shape.ways;

	for (; e < end; e++)
		if (e->shift == shift && e->va == va >> shift << shift &&
		    (e->is_global || e->tag == tag))
			return e;
	return NULL;
}

struct tlb_entry *tlb_find(struct tlb *tlb, u64 va, unsigned int tag)
{
	u64 sizes;

	for (sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		struct tlb_entry *e =
			find_page(tlb, va, (unsigned int)__builtin_ctzll(sizes), tag);

		if (e) {
			e->used = ++tlb->now;
			tlb->counts.hits++;
			return e;
		}
	}
	tlb->counts.misses++;
	return NULL;
}

void tlb_drop(struct tlb *tlb, struct tlb_entry *entry)
{
	if (!--tlb->in_use[entry->shift])
		tlb->sizes &= ~((u64)1 << entry->shift);
	entry->shift = 0;
}

/* A free entry of the page's set, or the one that gives way. */
static struct tlb_entry *make_room(struct tlb *tlb, u64 va, unsigned int shift)
{
	struct tlb_entry *set = set_of(tlb, va, shift), *victim = set, *e;
	unsigned int *turn = &tlb->turn[(size_t)(set - tlb->entries) / tlb->shape.ways];

	for (e = set; e < set + tlb->shape.ways; e++) {
		if (!e->shift)
			return e;
		if (e->used < victim->used)
			victim = e;
	}
	if (tlb->shape.replacement == TLB_ROUND_ROBIN) {
		victim = set + *turn;
		*turn = (*turn + 1) % tlb->shape.ways;
	}
	tlb->counts.evicted++;
	tlb_drop(tlb, victim);
	return victim;
}

struct tlb_entry *tlb_insert(struct tlb *tlb, u64 va, unsigned int shift, unsigned int tag,
			     bool is_global)
{
	struct tlb_entry *e = find_page(tlb, va, shift, tag);

	if (!e) {
		e = make_room(tlb, va, shift);
		tlb->in_use[shift]++;
		tlb->sizes |= (u64)1 << shift;
	}
	e->va = va >> shift << shift;
	e->shift = (u8)shift;
	e->tag = tag;
	e->is_global = is_global;
	e->used = ++tlb->now;
	return e;
}

static bool is_in_range(const struct tlb_entry *e, const struct tlb_range *range)
{
	u64 last = e->va + (((u64)1 << e->shift) - 1);

	if (!e->shift || e->va > range->last || last < range->first)
		return false;
	if (e->is_global)
		return range->with_global;
	return range->tag == TLB_ANY_TAG || range->tag == e->tag;
}

unsigned long tlb_flush(struct tlb *tlb, const struct tlb_range *range)
{
	size_t i, nr = (size_t)tlb->shape.sets * tlb->shape.ways;
	unsigned long flushed = 0;

	tlb->counts.flushes++;
	for (i = 0; i < nr && tlb->sizes; i++) {
		if (!is_in_range(&tlb->entries[i], range))
			continue;
		tlb_drop(tlb, &tlb->entries[i]);
		flushed++;
	}
	tlb->counts.flushed += flushed;
	return flushed;
}
