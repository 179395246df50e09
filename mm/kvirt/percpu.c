/* SPDX-License-Identifier: MIT */
/*
 * percpu.c - per-CPU memory is taken and given back.
 *
 * A per-CPU variable needs as many copies as there are CPUs, and one number from which
 * each CPU finds its own with an addition. So memory is divided into chunks, a chunk into
 * a unit for each CPU, and what is taken at an offset of one unit is taken at that offset
 * of all of them:
 *
 *	          CPU 0's unit     CPU 1's unit     CPU 2's unit
 *	chunk    |sss..aa...bbb...|sss..aa...bbb...|sss..aa...bbb...|
 *	chunk                              |c..dddd...|c..dddd...|c..dddd...|
 *	                                    <-unit_size->
 *
 * A per-CPU pointer is CPU 0's address less delta. The chunks lie anywhere, but in all of
 * them, the first included, each unit begins unit_size bytes behind the one before:
 *
 *	per_cpu_ptr(p, cpu) = p + delta + cpu * unit_size
 *
 * That is why no table of offsets is needed, of which a large machine would have a large
 * one, and each access a load that depends on another. The price is that a chunk must be
 * contiguous, if not in physical memory then in the vmalloc window; the other way, chunks
 * whose units lie in the same pattern of distances far from one another, needs a window
 * anyhow. delta makes the static variables' addresses per-CPU pointers: it is what leads
 * from the template, which the linker made, to the first chunk, where the copies s are.
 *
 * Where to look: chunks are on lists by log2 of their longest free run, and the list for
 * the smallest run that may do is tried first, so that nearly full chunks fill up and
 * others drain. In a chunk the first fit is taken (percpu_map.c). A chunk that is wholly
 * free again is given back, except for one that is kept for the next who comes.
 *
 * Lock order: percpu_state.lock, for lists, tree and maps, with interrupts off; under it
 * nothing is taken. A chunk is made and destroyed, and memory is cleared, without it.
 */
#include "mm/kvirt/percpu_internal.h"

#include <quire/fault.h>
#include <quire/gfp.h>
#include <quire/kmemleak.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"

/* ---- taking ---- */

/* CPU 0's address as a per-CPU pointer, and back. */
static void __percpu *pointer_of(const char *address)
{
	return (void *)((uintptr_t)address - this_quire()->percpu.delta);
}
static uintptr_t address_of(const void __percpu *ptr)
{
	return (uintptr_t)ptr + this_quire()->percpu.delta;
}

static char *take_from_chunk(struct percpu_chunk *chunk, size_t count, size_t align)
{
	struct percpu_state *ps = &this_quire()->percpu;
	bool was_empty = chunk->backing != PERCPU_BOOT && percpu_chunk_is_empty(chunk);
	ptrdiff_t at = percpu_map_take(chunk, count, align);

	percpu_chunk_reslot(chunk);
	if (at < 0)
		return NULL;
	ps->nr_empty -= was_empty;
	return chunk->base + (size_t)at * PERCPU_GRANULE;
}

/* CPU 0's address of `count` granules in one of the chunks there are; NULL. */
static char *take_locked(size_t count, size_t align)
{
	struct percpu_state *ps = &this_quire()->percpu;
	/* A chunk that turns out to have less goes to a slot that was tried. */
	unsigned long slots = ps->filled_slots & ~0UL << percpu_slot(count);
	struct percpu_chunk *chunk, *following;
	char *address;

	for (; slots; slots &= slots - 1)
		list_for_each_entry_safe(chunk, following, &ps->slots[__ffs(slots)], link) {
			address = take_from_chunk(chunk, count, align);
			if (address)
				return address;
		}
	return NULL;
}

/* Another CPU may have made room meanwhile: then the fresh chunk is not needed. */
static char *take_with_fresh_chunk(size_t count, size_t align, gfp_t gfp)
{
	struct percpu_state *ps = &this_quire()->percpu;
	struct percpu_chunk *fresh = percpu_chunk_create(gfp);
	unsigned long flags = spin_lock_irqsave(&ps->lock);
	char *address = take_locked(count, align);

	if (!address && fresh && fresh->nr_usable >= count) {
		percpu_chunk_insert(fresh);
		ps->nr_empty++;
		address = take_from_chunk(fresh, count, align);
		fresh = NULL;
	}
	spin_unlock_irqrestore(&ps->lock, flags);
	if (fresh)
		percpu_chunk_destroy(fresh);
	return address;
}

static char *take(size_t count, size_t align, gfp_t gfp)
{
	struct percpu_state *ps = &this_quire()->percpu;
	unsigned long flags;
	char *address;

	if (should_fail_alloc())
		return NULL;
	flags = spin_lock_irqsave(&ps->lock);
	address = take_locked(count, align);
	spin_unlock_irqrestore(&ps->lock, flags);
	return address ? address : take_with_fresh_chunk(count, align, gfp);
}

/* What is asked for is opened to error checkers, what is handed out beyond it is not. */
static void clear_copies(char *address, size_t size)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		annotate_undefined(address + cpu * this_quire()->percpu.unit_size, size);
		memset(address + cpu * this_quire()->percpu.unit_size, 0, size);
	}
}

/* With the lock held: it is not free yet. */
static void close_copies(char *address, size_t size)
{
	unsigned int cpu;

	if (ANNOTATE)
		for_each_possible_cpu(cpu)
			annotate_noaccess(address + cpu * this_quire()->percpu.unit_size, size);
}

static void __percpu *alloc_for(size_t size, size_t align, gfp_t gfp, const void *caller)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	char *address;

	if (!ps->is_up) {
		quire_warn(caller, "alloc_percpu before setup_per_cpu_areas");
		return NULL;
	}
	if (!size || size > ps->unit_size || !is_power_of_2(align) || align > PAGE_SIZE) {
		quire_warn(caller, "illegal size (%zu) or align (%zu) for percpu allocation", size,
			   align);
		return NULL;
	}
	align = max_of(align, (size_t)PERCPU_GRANULE);
	address = take(ALIGN_UP(size, PERCPU_GRANULE) / PERCPU_GRANULE, align / PERCPU_GRANULE, gfp);
	if (!address) {
		if (!(gfp & __GFP_NOWARN))
			pr_err("percpu: allocation failed, size=%zu align=%zu", size, align);
		return NULL;
	}
	clear_copies(address, size);
	kmemleak_alloc_percpu_for(pointer_of(address), size, gfp, caller);
	return pointer_of(address);
}

void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	return alloc_for(size, align, gfp, __builtin_return_address(0));
}

void __percpu *__alloc_percpu(size_t size, size_t align)
{
	return alloc_for(size, align, GFP_KERNEL, __builtin_return_address(0));
}

/* ---- giving back ---- */

/* The chunk that is now to be destroyed, in *surplus. False: no allocation begins at `address`. */
static bool give_locked(uintptr_t address, struct percpu_chunk **surplus)
{
	struct percpu_state *ps = &this_quire()->percpu;
	struct percpu_chunk *chunk = percpu_chunk_find(address);
	size_t offset;

	*surplus = NULL;
	if (!chunk || address - ps->static_start < ps->static_size)
		return false;
	offset = address - (uintptr_t)chunk->base;
	if (offset % PERCPU_GRANULE || !percpu_map_length(chunk, offset / PERCPU_GRANULE))
		return false;
	close_copies((char *)address, percpu_map_length(chunk, offset / PERCPU_GRANULE) * PERCPU_GRANULE);
	percpu_map_give(chunk, offset / PERCPU_GRANULE);
	percpu_chunk_reslot(chunk);
	if (chunk->backing == PERCPU_BOOT || !percpu_chunk_is_empty(chunk))
		return true;
	if (ps->nr_empty) {
		percpu_chunk_remove(chunk);
		*surplus = chunk;
	} else {
		ps->nr_empty++;
	}
	return true;
}

void free_percpu(void __percpu *ptr)
{
	struct percpu_state *ps = &this_quire()->percpu;
	struct percpu_chunk *surplus;
	unsigned long flags;
	bool was_taken;

	if (!ptr)
		return;
	kmemleak_free_percpu(ptr);
	flags = spin_lock_irqsave(&ps->lock);
	was_taken = give_locked(address_of(ptr), &surplus);
	spin_unlock_irqrestore(&ps->lock, flags);
	if (surplus)
		percpu_chunk_destroy(surplus);
	WARN(!was_taken, "free_percpu: %p was not allocated, or is free already", ptr);
}
