/* SPDX-License-Identifier: MIT */
/*
 * percpu_slots.c - the chunks there are: in a tree by address, to find the one that a
 * pointer is in, and on lists ("slots") by log2 of the longest free run, to find one with
 * room. filled_slots has a bit for each list that is not empty.
 *
 * All of it with percpu_state.lock held, or while the boot is alone.
 */
#include "mm/kvirt/percpu_internal.h"

static void count_pages(struct percpu_state *ps)
{
	store_relaxed(ps->nr_pages,
		      (unsigned long)ps->nr_chunks * quire_nr_cpus() * ps->unit_pages);
}

static bool lies_below(const struct rb_node *a, const struct rb_node *b)
{
	const struct percpu_chunk *chunk = rb_entry(a, struct percpu_chunk, node);

	return chunk->base < rb_entry(b, struct percpu_chunk, node)->base;
}

static void enter_slot(struct percpu_state *ps, struct percpu_chunk *chunk)
{
	chunk->slot = percpu_slot(chunk->longest_free);
	list_add(&chunk->link, &ps->slots[chunk->slot]);
	ps->filled_slots |= 1UL << chunk->slot;
}

static void leave_slot(struct percpu_state *ps, struct percpu_chunk *chunk)
{
	list_del(&chunk->link);
	if (list_empty(&ps->slots[chunk->slot]))
		ps->filled_slots &= ~(1UL << chunk->slot);
}

void percpu_chunk_reslot(struct percpu_chunk *chunk)
{
	struct percpu_state *ps = &this_quire()->percpu;

	if (percpu_slot(chunk->longest_free) == chunk->slot)
		return;
	leave_slot(ps, chunk);
	enter_slot(ps, chunk);
}

void percpu_chunk_insert(struct percpu_chunk *chunk)
{
	struct percpu_state *ps = &this_quire()->percpu;

	rb_add(&chunk->node, &ps->chunks, lies_below);
	enter_slot(ps, chunk);
	ps->nr_chunks++;
	count_pages(ps);
}

void percpu_chunk_remove(struct percpu_chunk *chunk)
{
	struct percpu_state *ps = &this_quire()->percpu;

	rb_erase(&chunk->node, &ps->chunks);
	leave_slot(ps, chunk);
	ps->nr_chunks--;
	count_pages(ps);
}

struct percpu_chunk *percpu_chunk_find(uintptr_t addr)
{
	struct rb_node *node = this_quire()->percpu.chunks.rb_node;
	size_t size = percpu_chunk_size();

	while (node) {
		struct percpu_chunk *chunk = rb_entry(node, struct percpu_chunk, node);

		if (addr - (uintptr_t)chunk->base < size)
			return chunk;
		node = addr < (uintptr_t)chunk->base ? node->rb_left : node->rb_right;
	}
	return NULL;
}
