/* SPDX-License-Identifier: MIT */
/*
 * cpu_array.h - the two moves that nearly every call is: an object off this CPU's array, and onto it.
 *
 * Theory. What was given back last is taken first: it is in the CPU's cache, and so is the end of
 * the array. Nothing else is touched: not the object, nor its page's structure, nor a lock. So
 * an error in the use of objects (a second free, one into the wrong cache) shows when the array
 * goes back to the slabs (see give in internal.h), but for the likeliest: the object that was
 * given back just before.
 */
#ifndef MM_SLAB_CPU_ARRAY_H
#define MM_SLAB_CPU_ARRAY_H

#include "mm/slab/internal.h"

/* The CPU is pinned. False: the array is empty, or somebody is at it. */
static inline __attribute__((always_inline)) bool cpu_array_pop(struct kmem_cache_cpu *cpu, void **object)
{
	u32 count;

	if (__builtin_expect(!cpu_section_enter(&cpu->section), 0))
		return false;
	count = cpu->count;
	if (__builtin_expect(!count, 0)) {
		cpu_section_leave(&cpu->section);
		return false;
	}
	*object = cpu->slot[count - 1];
	store_relaxed(cpu->count, count - 1);
	cpu_section_leave(&cpu->section);
	return true;
}

/* The CPU is pinned. False: the array is full, somebody is at it, or the object is in it already. */
static inline __attribute__((always_inline)) bool cpu_array_push(struct kmem_cache_cpu *cpu, void *object)
{
	bool has_room;
	u32 count;

	if (__builtin_expect(!cpu_section_enter(&cpu->section), 0))
		return false;
	count = cpu->count;
	/* Before the first stands the array's own head, which is no address of an object. */
	has_room = __builtin_expect(count < cpu->capacity, 1) &&
		   __builtin_expect(cpu->slot[(size_t)count - 1] != object, 1);
	if (has_room) {
		cpu->slot[count] = object;
		store_relaxed(cpu->count, count + 1);
	}
	cpu_section_leave(&cpu->section);
	return has_room;
}

#endif
