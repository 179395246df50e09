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
 *
 * Another CPU that wants what this one has of a cache (cpu_arrays_drain) closes the cache to those who take: take_at is
 * 0, for all CPUs; then it waits until this one is outside, once. So who takes need not ask whether somebody is
 * at his arrays; but he may look where the entry is only inside. Who gives does not come by that way, and finds
 * `capacity` closed.
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

/* This CPU's first entry, which nobody else uses until it is left. False: somebody does. */
static inline __attribute__((always_inline)) bool cpu_entries_enter(struct kmem_cache_cpu **first, unsigned long *irq)
{
	*irq = cpu_pin();
	*first = this_cpu_entries();
	if (__builtin_expect(cpu_section_begin(&(*first)->section), 1))
		return true;
	cpu_unpin(*irq);
	return false;
}
static inline __attribute__((always_inline)) void cpu_entries_leave(struct kmem_cache_cpu *first, unsigned long irq)
{
	cpu_section_leave(&first->section);
	cpu_unpin(irq);
}

/* Inside, where `at` was found out, too. False: the CPU has none. It is left in any case. */
static inline __attribute__((always_inline)) bool cpu_array_pop(struct kmem_cache_cpu *first, uintptr_t at,
								 unsigned long irq, void **object)
{
	uintptr_t hand_at = load_relaxed(first->hand_at);
	struct kmem_cache_cpu *cpu;
	bool has_one = true;
	unsigned long count;

	if (hand_at == at) {
		*object = load_relaxed(first->hand);
		store_relaxed(first->hand_at, SLAB_HAND_EMPTY);
		cpu_entries_leave(first, irq);
		return true;
	}
	cpu = cpu_entry_at(first, at);
	count = load_relaxed(cpu->count);
	if (__builtin_expect(count > 1, 1) && __builtin_expect(hand_at == SLAB_HAND_EMPTY, 1)) {
		*object = cpu->slot[count - 1];
		store_relaxed(first->hand, cpu->slot[count - 2]);
		store_relaxed(first->hand_at, at);
		store_relaxed(cpu->count, count - 2);
	} else if (__builtin_expect(count != 0, 1)) {
		*object = cpu->slot[count - 1];
		store_relaxed(cpu->count, count - 1);
	} else {
		has_one = false;
	}
	cpu_entries_leave(first, irq);
	return has_one;
}

/* What the hand held goes to its array. False: there is no room, or another CPU is at it, which closed `capacity`. */
static inline __attribute__((always_inline)) bool cpu_array_put_away(struct kmem_cache_cpu *cpu, void *object)
{
	unsigned long capacity = load_acquire(cpu->capacity), count = load_relaxed(cpu->count);

	if (__builtin_expect(count >= capacity, 0))
		return false;
	cpu->slot[count] = object;
	store_relaxed(cpu->count, count + 1);
	return true;
}

/*
 * Inside; at is not 0. False: there is no room, or the object is in the hand already. NULL is not asked for. Another
 * CPU that claims the section may only empty the hand meanwhile.
 */
static inline __attribute__((always_inline)) bool cpu_array_push(struct kmem_cache_cpu *first, uintptr_t at,
								  void *object)
{
	uintptr_t hand_at = load_acquire(first->hand_at);
	void *hand = load_relaxed(first->hand);

	if (hand_at != SLAB_HAND_EMPTY && (__builtin_expect(hand == object, 0) ||
					   !cpu_array_put_away(cpu_entry_at(first, hand_at), hand)))
		return false;
	store_relaxed(first->hand, object);
	store_release(first->hand_at, at);
	return true;
}

#endif
