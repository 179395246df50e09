/* SPDX-License-Identifier: MIT */
/*
 * cpu_array.h - the two moves that nearly every call is: an object from those that this CPU keeps, and
 * back to them.
 *
 * Theory. What was given back last is taken first: it is in the CPU's cache. It stands by itself, in the CPU's
 * hand, because most programs give back what they took just now: then no count changes, on whose
 * way through memory the next call would wait; nor is the place where it is put known only when the object is, as
 * it would be in an array of its cache's. For the same reason who finds the hand empty takes two from the array: the
 * second is for the next call. Nothing else is touched: not the object, nor its page's
 * structure, nor a lock. So an error in the use of objects (a second free, one into the wrong cache)
 * shows when the array goes back to the slabs (see give in internal.h), but for the likeliest: the
 * object that was given back just before.
 */
#ifndef MM_SLAB_CPU_ARRAY_H
#define MM_SLAB_CPU_ARRAY_H

#include "mm/slab/internal.h"

/* This CPU's first entry. The compiler shall add where another is, which may come late, and not before. */
static inline __attribute__((always_inline)) struct kmem_cache_cpu *this_cpu_entries(void)
{
	struct kmem_cache_cpu *first = slab_cpu(slab_no_cpus(), this_cpu_id());

	__asm__("" : "+r"(first));
	return first;
}

static inline struct kmem_cache_cpu *cpu_entry_at(struct kmem_cache_cpu *first, uintptr_t at)
{
	return (struct kmem_cache_cpu *)((uintptr_t)first + at);
}

/* The CPU is pinned. False: it has none, or somebody is at it. */
static inline __attribute__((always_inline)) bool cpu_array_pop(struct kmem_cache_cpu *first, uintptr_t at,
								 void **object)
{
	struct kmem_cache_cpu *cpu;
	uintptr_t hand_at;
	bool has_one;
	u32 count;

	if (__builtin_expect(!cpu_section_enter(&first->section), 0))
		return false;
	hand_at = load_relaxed(first->hand_at);
	if (hand_at == at) {
		*object = load_relaxed(first->hand);
		store_relaxed(first->hand_at, SLAB_HAND_EMPTY);
		cpu_section_leave(&first->section);
		return true;
	}
	cpu = cpu_entry_at(first, at);
	count = load_relaxed(cpu->count);
	has_one = __builtin_expect(count != 0, 1);
	if (has_one) {
		*object = cpu->slot[--count];
		if (__builtin_expect(count != 0, 1) && hand_at == SLAB_HAND_EMPTY) {
			store_relaxed(first->hand, cpu->slot[--count]);
			store_relaxed(first->hand_at, at);
		}
		store_relaxed(cpu->count, count);
	}
	cpu_section_leave(&first->section);
	return has_one;
}

/* What the hand held goes to its array. False: there is no room, or another CPU is at it, which closed `capacity`. */
static inline __attribute__((always_inline)) bool cpu_array_put_away(struct kmem_cache_cpu *cpu, void *object)
{
	u32 capacity = load_acquire(cpu->capacity), count = load_relaxed(cpu->count);

	if (__builtin_expect(count >= capacity, 0))
		return false;
	cpu->slot[count] = object;
	store_relaxed(cpu->count, count + 1);
	return true;
}

/*
 * The CPU is pinned. False: it is nobody's, there is no room, somebody is at it, or the object is in the hand
 * already. NULL is not asked for.
 */
static inline __attribute__((always_inline)) bool cpu_array_push(struct kmem_cache_cpu *first, uintptr_t at,
								  void *object)
{
	uintptr_t hand_at;
	bool is_well;
	void *hand;

	if (__builtin_expect(!at, 0) || __builtin_expect(!cpu_section_begin(&first->section), 0))
		return false;
	/* Another CPU that claims the section may only empty the hand meanwhile. */
	hand_at = load_acquire(first->hand_at);
	hand = load_relaxed(first->hand);
	is_well = hand_at == SLAB_HAND_EMPTY || (__builtin_expect(hand != object, 1) &&
						 cpu_array_put_away(cpu_entry_at(first, hand_at), hand));
	if (is_well) {
		store_relaxed(first->hand, object);
		store_release(first->hand_at, at);
	}
	cpu_section_leave(&first->section);
	return is_well;
}

#endif
