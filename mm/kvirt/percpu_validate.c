/* SPDX-License-Identifier: MIT */
/*
 * percpu_validate.c - the invariants of per-CPU memory: maps, hints, lists and counts agree.
 */
#include "mm/kvirt/percpu_internal.h"

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

/* What a chunk's map says, read granule by granule. */
struct reading {
	size_t nr_free, longest_free, first_free, last_taken;
	const char *broken; /* NULL: all allocations are whole */
};

static struct reading read_map(const struct percpu_chunk *chunk)
{
	struct reading r = { 0, 0, chunk->nr_granules, 0, NULL };
	size_t at, run = 0;

	for (at = 0; at < chunk->nr_granules; at++) {
		bool taken = test_bit(at, chunk->taken), begun = test_bit(at, chunk->begun);

		if (begun && !taken)
			r.broken = "an allocation begins in a free granule";
		if (taken && !begun && (!at || run))
			r.broken = "a taken granule belongs to no allocation";
		run = taken ? 0 : run + 1;
		r.nr_free += !taken;
		r.longest_free = max_of(r.longest_free, run);
		if (!taken)
			r.first_free = min_of(r.first_free, at);
		else
			r.last_taken = at + 1;
	}
	return r;
}

static const char *check_chunk(const struct percpu_chunk *chunk)
{
	struct reading r = read_map(chunk);

	if (r.broken)
		return r.broken;
	if (r.nr_free != chunk->nr_free)
		return "the count of free granules is wrong";
	if (r.nr_free > chunk->nr_usable)
		return "more is free than may be handed out";
	if (r.longest_free > chunk->longest_free)
		return "there is a longer free run than the hint says";
	if (r.first_free < chunk->first_free)
		return "there is a free granule before the hint";
	if (r.last_taken > chunk->last_taken)
		return "there is a taken granule behind the hint";
	return NULL;
}

/* Is each chunk on the list of its longest run? */
static const char *check_slots_locked(const struct percpu_chunk **bad)
{
	struct percpu_state *ps = &this_quire()->percpu;
	const struct percpu_chunk *chunk;
	unsigned int slot, chunks = 0;

	for (slot = 0; slot < PERCPU_SLOTS; slot++) {
		if (list_empty(&ps->slots[slot]) == (ps->filled_slots >> slot & 1))
			return "a list of chunks is empty and said to be filled, or the reverse";
		list_for_each_entry(chunk, &ps->slots[slot], link) {
			*bad = chunk;
			if (chunk->slot != slot || percpu_slot(chunk->longest_free) != slot)
				return "it is not on the list of its longest run";
			if (percpu_chunk_find((uintptr_t)chunk->base) != chunk)
				return "it is not in the tree";
			chunks++;
		}
		*bad = NULL;
	}
	return chunks == ps->nr_chunks ? NULL : "the lists do not hold all chunks";
}

static const char *check_all_locked(const struct percpu_chunk **bad)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	const struct percpu_chunk *below = NULL;
	unsigned int chunks = 0, empty = 0;
	struct rb_node *node;

	*bad = NULL;
	if (rb_validate(&ps->chunks) != (long)ps->nr_chunks)
		return "the tree of chunks is broken";
	for (node = rb_first(&ps->chunks); node; node = rb_next(node)) {
		const struct percpu_chunk *chunk = rb_entry(node, struct percpu_chunk, node);
		const char *why = check_chunk(chunk);

		*bad = chunk;
		if (why)
			return why;
		if (below && (uintptr_t)chunk->base - (uintptr_t)below->base < percpu_chunk_size())
			return "it overlaps the one before it";
		below = chunk;
		chunks++;
		empty += chunk->backing != PERCPU_BOOT && percpu_chunk_is_empty(chunk);
	}
	*bad = NULL;
	if (empty != ps->nr_empty)
		return "the count of empty chunks is wrong";
	if (ps->nr_pages != (unsigned long)chunks * ps->unit_pages * quire_nr_cpus())
		return "the count of pages is wrong";
	return check_slots_locked(bad);
}

int percpu_validate(void)
{
	struct percpu_state *ps = &this_quire()->percpu;
	const struct percpu_chunk *chunk;
	unsigned long flags;
	const char *why;

	if (!ps->is_up)
		return 0;
	flags = spin_lock_irqsave(&ps->lock);
	why = check_all_locked(&chunk);
	spin_unlock_irqrestore(&ps->lock, flags);
	if (!why)
		return 0;
	if (chunk)
		pr_err("percpu: chunk at %p: %s", (void *)chunk->base, why);
	else
		pr_err("percpu: %s", why);
	return -EINVAL;
}
