/* SPDX-License-Identifier: MIT */
/*
 * percpu_map.c - which granules of a chunk are taken, and where each allocation begins.
 *
 *   granule   0       4       8       12
 *   taken     1 1 1 1 1 1 0 0 1 0 0 0 0 0 0 0
 *   begun     1 0 0 0 1 0 0 0 1 0 0 0 0 0 0 0     allocations of 4, 2 and 1 granules
 *                         ^ first_free = 6
 *                               ^ last_taken = 9; longest_free >= 7
 *
 * An allocation ends where the next one begins or the first free granule is. The three
 * hints are bounds, so that nobody needs to keep them exact: first_free may be too low,
 * last_taken and longest_free too high. A search that finds nothing has seen every free run
 * and makes them exact; giving back reads only as far as the next allocation on either side.
 */
#include "mm/kvirt/percpu_internal.h"
#include "mm/lib/list.h"
#include "mm/lib/string.h"

size_t percpu_chunk_bytes(bool with_pages)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	size_t bytes = sizeof(struct percpu_chunk) +
		       2 * sizeof(long) * BITS_TO_LONGS(ps->unit_size / PERCPU_GRANULE);

	if (with_pages)
		bytes += sizeof(struct page *) * quire_nr_cpus() * ps->unit_pages;
	return bytes;
}

struct percpu_chunk *percpu_chunk_init(void *memory, bool with_pages)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	size_t longs = BITS_TO_LONGS(ps->unit_size / PERCPU_GRANULE);
	struct percpu_chunk *chunk = memory;

	memset(memory, 0, percpu_chunk_bytes(with_pages));
	INIT_LIST_HEAD(&chunk->link);
	chunk->nr_granules = ps->unit_size / PERCPU_GRANULE;
	chunk->nr_usable = chunk->nr_free = chunk->longest_free = chunk->nr_granules;
	chunk->taken = (unsigned long *)(chunk + 1);
	chunk->begun = chunk->taken + longs;
	if (with_pages)
		chunk->pages = (struct page **)(chunk->begun + longs);
	return chunk;
}

/* Takes a run that nobody will give back. */
static void withhold(struct percpu_chunk *chunk, size_t at, size_t count)
{
	bitmap_set(chunk->taken, at, count);
	set_bit(at, chunk->begun);
	chunk->nr_usable -= count;
	chunk->nr_free = chunk->longest_free = chunk->nr_usable;
	chunk->last_taken = max_of(chunk->last_taken, at + count);
}

/*
 * The per-CPU pointer of the granule at address delta would be NULL, and the caller would
 * think that it got nothing.
 */
void percpu_chunk_place(struct percpu_chunk *chunk, char *base, enum percpu_backing backing)
{
	size_t null = (this_quire()->percpu.delta - (uintptr_t)base) / PERCPU_GRANULE;

	chunk->base = base;
	chunk->backing = backing;
	if (null < chunk->nr_granules)
		withhold(chunk, null, 1);
}

void percpu_map_set_static(struct percpu_chunk *chunk, size_t bytes)
{
	withhold(chunk, 0, (bytes + PERCPU_GRANULE - 1) / PERCPU_GRANULE);
}

static void commit(struct percpu_chunk *chunk, size_t first_free, size_t at, size_t count)
{
	bitmap_set(chunk->taken, at, count);
	set_bit(at, chunk->begun);
	chunk->nr_free -= count;
	chunk->first_free = at == first_free ? at + count : first_free;
	chunk->last_taken = max_of(chunk->last_taken, at + count);
	chunk->longest_free = min_of(chunk->longest_free, chunk->nr_free);
}

ptrdiff_t percpu_map_take(struct percpu_chunk *chunk, size_t count, size_t align)
{
	size_t size = chunk->nr_granules, longest = 0, first, start, at, end;

	if (count > chunk->longest_free)
		return -1;
	first = start = find_next_zero_bit(chunk->taken, size, chunk->first_free);
	for (; start < size; start = find_next_zero_bit(chunk->taken, size, end)) {
		at = ALIGN_UP(start, align);
		end = find_next_bit(chunk->taken, min_of(at + count, size), start);
		if (end == at + count) {
			commit(chunk, first, at, count);
			return (ptrdiff_t)at;
		}
		longest = max_of(longest, end - start);
		if (end == size)
			chunk->last_taken = start;
	}
	chunk->first_free = first;
	chunk->longest_free = longest;
	return -1;
}

/* The first granule of the free run that ends at `end`. */
static size_t run_begin(const struct percpu_chunk *chunk, size_t end)
{
	while (end) {
		size_t top = (end - 1) % BITS_PER_LONG, first = end - 1 - top;
		unsigned long bits = chunk->taken[first / BITS_PER_LONG];

		bits &= ~0UL >> (BITS_PER_LONG - 1 - top);
		if (bits)
			return first + fls_long(bits);
		end = first;
	}
	return 0;
}

size_t percpu_map_length(const struct percpu_chunk *chunk, size_t at)
{
	size_t end;

	if (at >= chunk->nr_granules || !test_bit(at, chunk->begun))
		return 0;
	end = find_next_bit(chunk->begun, chunk->last_taken, at + 1);
	return find_next_zero_bit(chunk->taken, end, at) - at;
}

void percpu_map_give(struct percpu_chunk *chunk, size_t at)
{
	size_t count = percpu_map_length(chunk, at), begin, end = at + count;

	bitmap_clear(chunk->taken, at, count);
	clear_bit(at, chunk->begun);
	chunk->nr_free += count;
	chunk->first_free = min_of(chunk->first_free, at);
	begin = run_begin(chunk, at);
	end = find_next_bit(chunk->taken, chunk->last_taken, end);
	if (end >= chunk->last_taken) {
		chunk->last_taken = begin;
		end = chunk->nr_granules;
	}
	chunk->longest_free = max_of(chunk->longest_free, end - begin);
}
