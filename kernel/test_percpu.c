/* SPDX-License-Identifier: MIT */
/*
 * test_percpu.c - static and allocated per-CPU variables in a kernel whose linker script
 * gathers them.
 */
#define PER_CPU_BASE_SECTION ".data..percpu"
#include <quire/gfp.h>
#include <quire/percpu.h>

#include "kernel/internal.h"

static DEFINE_PER_CPU(unsigned long, counter) = 4711;
static DEFINE_PER_CPU_ALIGNED(unsigned int, events);

static void test_static(void)
{
	unsigned long *copy = this_cpu_ptr(&counter);

	test_result(this_cpu_read(counter) == 4711, "a static variable begins with its value");
	this_cpu_add(counter, 5);
	this_cpu_inc(events);
	test_result(*copy == 4716 && *this_cpu_ptr(&events) == 1, "this CPU's copy can be changed");
#if CONFIG_SMP
	test_result(copy != &counter && is_kernel_percpu_address((uintptr_t)copy) &&
			    counter == 4711 && !events,
		    "which is not the template that every CPU begins with");
#endif
	test_result(!((uintptr_t)this_cpu_ptr(&events) % 64),
		    "one that asks for a cache line of its own gets it");
}

static void test_dynamic(void)
{
	unsigned long __percpu *numbers = __alloc_percpu(3 * sizeof(long), sizeof(long));
	unsigned int i, cpu;
	bool is_well = numbers != NULL;

	for_each_possible_cpu(cpu)
		for (i = 0; is_well && i < 3; i++) {
			is_well &= !per_cpu_ptr(numbers, cpu)[i];
			per_cpu_ptr(numbers, cpu)[i] = i + cpu;
		}
	test_result(is_well, "allocated ones are zeroed");
	for_each_possible_cpu(cpu)
		for (i = 0; is_well && i < 3; i++)
			is_well &= per_cpu_ptr(numbers, cpu)[i] == i + cpu;
	free_percpu(numbers);
	test_result(is_well && !percpu_validate(), "and keep what is written");
}

void test_percpu(void)
{
	test_static();
	test_dynamic();
}
