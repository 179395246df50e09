/* SPDX-License-Identifier: MIT */
/*
 * cpu_array.h - the two moves that nearly every call is: an object from those that this CPU keeps, and
 * back to them.
 *
 * Theory. What was given back last is taken first: it is in the CPU's cache. It stands by itself, before
 * the array, because most programs give back what they took just now: then no count changes, on whose
 * way through memory the next call would wait. Nothing else is touched: not the object, nor its page's
 * structure, nor a lock. So an error in the use of objects (a second free, one into the wrong cache)
 * shows when the array goes back to the slabs (see give in internal.h), but for the likeliest: the
 * object that was given back just before.
 */
#ifndef MM_SLAB_CPU_ARRAY_H
#define MM_SLAB_CPU_ARRAY_H

#include "mm/slab/internal.h"

/* This CPU's, by those of CPU 0. The compiler shall add an index to them, which may come late, and not before. */
static inline __attribute__((always_inline)) struct kmem_cache_cpu *this_cpu_entries(struct kmem_cache_cpu *cpus)
{
	cpus = slab_cpu(cpus, this_cpu_id());
	__asm__("" : "+r"(cpus));
	return cpus;
}

/* The CPU is pinned. False: it has none, or somebody is at it. */
static inline __attribute__((always_inline)) bool cpu_array_pop(struct kmem_cache_cpu *cpu, void **object)
{
	bool has_one;
	u32 count;

	if (__builtin_expect(!cpu_section_enter(&cpu->section), 0))
		return false;
	*object = cpu->last;
	if (*object) {
		store_relaxed(cpu->last, NULL);
		cpu_section_leave(&cpu->section);
		return true;
	}
	count = cpu->count;
	has_one = __builtin_expect(count != 0, 1);
	if (has_one) {
		*object = cpu->slot[count - 1];
		store_relaxed(cpu->count, count - 1);
	}
	cpu_section_leave(&cpu->section);
	return has_one;
}

/*
 * The CPU is pinned. False: the array is full, somebody is at it, or the object is the last one already. Whoever
 * claims the section closes `capacity`. NULL is no object, and does no harm.
 */
static inline __attribute__((always_inline)) bool cpu_array_push(struct kmem_cache_cpu *cpu, void *object)
{
	u32 count, capacity;
	void *last;
	bool is_well;

	if (__builtin_expect(!cpu_section_begin(&cpu->section), 0))
		return false;
	/* Where it is closed another CPU may change them now: then they are not used. */
	capacity = load_acquire(cpu->capacity);
	count = load_relaxed(cpu->count);
	last = load_relaxed(cpu->last);
	is_well = __builtin_expect(count < capacity, 1) && __builtin_expect(last != object, 1);
	if (is_well) {
		if (last) {
			cpu->slot[count] = last;
			store_relaxed(cpu->count, count + 1);
		}
		store_relaxed(cpu->last, object);
	}
	cpu_section_leave(&cpu->section);
	return is_well;
}

#endif
