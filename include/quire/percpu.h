/* SPDX-License-Identifier: MIT */
/*
 * percpu.h - per-CPU variables: one name, and a copy for each CPU, so that what each CPU
 * counts or keeps for itself needs no lock and shares no cache line.
 *
 *	DEFINE_PER_CPU(unsigned long, events);
 *	struct stats __percpu *stats = alloc_percpu(struct stats);
 *
 *	this_cpu_inc(events);
 *	for_each_possible_cpu(cpu)
 *		sum += per_cpu(events, cpu) + per_cpu_ptr(stats, cpu)->errors;
 *
 * A per-CPU pointer (the address of a static variable, or what alloc_percpu returned) is
 * a name and no address: only per_cpu_ptr() and its siblings make an address of it. With
 * CONFIG_SMP=0 there is one copy, and the pointer is its address.
 *
 * The library neither moves threads between CPUs nor stops a kernel from doing so: who
 * holds this_cpu_ptr()'s result sees to it that the thread stays. The this_cpu_ operations
 * see to it themselves.
 */
#ifndef QUIRE_PERCPU_H
#define QUIRE_PERCPU_H

#include <quire/atomic.h>
#include <quire/port.h>
#include <quire/state.h>

/* Marks a per-CPU pointer, for the reader. */
#ifndef __percpu
#define __percpu
#endif

/* ---- static variables ---- */

/*
 * The section that holds the template: a variable's initial value is what each CPU's copy
 * begins with. The machine's percpu_start and percpu_end are its bounds.
 *
 * A linker that is given no script defines the bounds of a section whose name is a C
 * identifier: percpu_template_start and _end (both NULL where a program has no such
 * variable). A kernel whose linker script gathers .data..percpu defines
 * PER_CPU_BASE_SECTION as ".data..percpu" in each file that includes this one, begins the
 * section at a multiple of the largest alignment in it, and names its own bounds.
 */
#ifndef PER_CPU_BASE_SECTION
#define PER_CPU_BASE_SECTION "quire_percpu"
extern char __start_quire_percpu[] __attribute__((weak));
extern char __stop_quire_percpu[] __attribute__((weak));
#define percpu_template_start ((const void *)__start_quire_percpu)
#define percpu_template_end ((const void *)__stop_quire_percpu)
#endif

#define DECLARE_PER_CPU(type, name) \
	extern __attribute__((section(PER_CPU_BASE_SECTION))) __typeof__(type) name
/* May follow `static`, and be followed by an initial value. */
#define DEFINE_PER_CPU(type, name) \
	__attribute__((section(PER_CPU_BASE_SECTION))) __typeof__(type) name
/* For what other CPUs look at often: in cache lines of its own. */
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name) __attribute__((aligned(64)))
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name) __attribute__((aligned(64)))

/* ---- from a name to an address ---- */

/* Bytes from a per-CPU pointer to the copy of `cpu`, modulo the size of an address. */
static inline uintptr_t per_cpu_offset(unsigned int cpu)
{
#if CONFIG_SMP
	const struct percpu_state *ps = &this_quire()->percpu;

	return ps->delta + cpu * ps->unit_size;
#else
	(void)cpu;
	return 0;
#endif
}

/* The compiler must not conclude that what is so far from a variable cannot be reached from it. */
static inline void *percpu_shift(const volatile void *ptr, uintptr_t offset)
{
	uintptr_t address = (uintptr_t)ptr + offset;

	__asm__("" : "+r"(address));
	return (void *)address;
}

/*
 * The address of one CPU's copy: of any CPU below nr_cpus, or of the one that runs this.
 * Context: any.
 */
#if CONFIG_SMP
#define per_cpu_ptr(ptr, cpu) ((__typeof__(*(ptr)) *)percpu_shift(ptr, per_cpu_offset(cpu)))
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, port_cpu_id())
#else
#define per_cpu_ptr(ptr, cpu) ((void)(cpu), (__typeof__(*(ptr)) *)(ptr))
#define this_cpu_ptr(ptr) ((__typeof__(*(ptr)) *)(ptr))
#endif
#define raw_cpu_ptr(ptr) this_cpu_ptr(ptr)

/* The copies of a variable, as variables: of a CPU, or of this one until put_cpu_var(). */
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))
#define get_cpu_var(var) (*this_cpu_ptr(&(var)))
#define put_cpu_var(var) ((void)&(var))

#ifndef for_each_possible_cpu
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < quire_nr_cpus(); (cpu)++)
#endif

/* ---- operations on this CPU's copy of a number or pointer ---- */

/*
 * Each is done wholly on one CPU, and no interrupt handler of that CPU sees half of it.
 * Other CPUs may: the operations are not atomic for them. raw_cpu_ operations are for
 * those who have turned interrupts off, or whose variable no handler touches, and who stay
 * on the CPU. Context: any.
 */
#define raw_cpu_read(var) (*(volatile __typeof__(var) *)raw_cpu_ptr(&(var)))
#define raw_cpu_write(var, value) \
	((void)(*(volatile __typeof__(var) *)raw_cpu_ptr(&(var)) = (value)))
#define raw_cpu_add(var, value) ((void)(*raw_cpu_ptr(&(var)) += (value)))
#define raw_cpu_sub(var, value) ((void)(*raw_cpu_ptr(&(var)) -= (value)))
#define raw_cpu_inc(var) raw_cpu_add(var, 1)
#define raw_cpu_dec(var) raw_cpu_sub(var, 1)
#define raw_cpu_and(var, value) ((void)(*raw_cpu_ptr(&(var)) &= (value)))
#define raw_cpu_or(var, value) ((void)(*raw_cpu_ptr(&(var)) |= (value)))
#define raw_cpu_add_return(var, value) (*raw_cpu_ptr(&(var)) += (value))
/* Returns what was there before. */
#define raw_cpu_xchg(var, value)                                            \
	({                                                                  \
		__typeof__(var) *percpu_copy = raw_cpu_ptr(&(var));         \
		__typeof__(var) percpu_old = *percpu_copy;                  \
		*percpu_copy = (value);                                     \
		percpu_old;                                                 \
	})
/* Stores `value` if `expected` is there; returns what was there before. */
#define raw_cpu_cmpxchg(var, expected, value)                               \
	({                                                                  \
		__typeof__(var) *percpu_copy = raw_cpu_ptr(&(var));         \
		__typeof__(var) percpu_old = *percpu_copy;                  \
		if (percpu_old == (expected))                               \
			*percpu_copy = (value);                             \
		percpu_old;                                                 \
	})

static inline unsigned long percpu_irq_save(void)
{
#if CONFIG_SMP
	return port_irq_save();
#else
	return 0;
#endif
}
static inline void percpu_irq_restore(unsigned long flags)
{
#if CONFIG_SMP
	port_irq_restore(flags);
#else
	(void)flags;
#endif
}
#define percpu_do(operation)                                  \
	do {                                                  \
		unsigned long percpu_flags = percpu_irq_save(); \
		operation;                                    \
		percpu_irq_restore(percpu_flags);             \
	} while (0)
#define percpu_get(type, operation)                           \
	({                                                    \
		unsigned long percpu_flags = percpu_irq_save(); \
		type percpu_result = (operation);             \
		percpu_irq_restore(percpu_flags);             \
		percpu_result;                                \
	})

/* A load on its own is whole, wherever the thread is a moment later. */
#define this_cpu_read(var) raw_cpu_read(var)
#define this_cpu_write(var, value) percpu_do(raw_cpu_write(var, value))
#define this_cpu_add(var, value) percpu_do(raw_cpu_add(var, value))
#define this_cpu_sub(var, value) percpu_do(raw_cpu_sub(var, value))
#define this_cpu_inc(var) this_cpu_add(var, 1)
#define this_cpu_dec(var) this_cpu_sub(var, 1)
#define this_cpu_and(var, value) percpu_do(raw_cpu_and(var, value))
#define this_cpu_or(var, value) percpu_do(raw_cpu_or(var, value))
#define this_cpu_add_return(var, value) percpu_get(__typeof__(var), raw_cpu_add_return(var, value))
#define this_cpu_xchg(var, value) percpu_get(__typeof__(var), raw_cpu_xchg(var, value))
#define this_cpu_cmpxchg(var, expected, value) \
	percpu_get(__typeof__(var), raw_cpu_cmpxchg(var, expected, value))

/* ---- allocated variables ---- */

/*
 * Takes `size` bytes, zeroed, for each CPU, aligned to `align` (a power of two, at most the
 * page size). Returns the per-CPU pointer, the caller's until free_percpu; NULL, after a
 * line in the log, when there is no memory (no line with __GFP_NOWARN) or when `size` is 0
 * or larger than a CPU's part of a chunk (32 KB; less on a machine with little RAM; more
 * where the static variables take more), or the alignment is wrong (a warning).
 *
 * From setup_per_cpu_areas on; before mem_init there is only what that step set aside, if
 * the machine has static variables. (If its CPUs are on several nodes and it has a vmalloc
 * window, which these variables wait for: from vmalloc_init on.) Context: any with GFP_ATOMIC
 * or GFP_NOWAIT; with GFP_KERNEL not in interrupt handlers. Nothing here sleeps so far.
 */
void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void __percpu *__alloc_percpu(size_t size, size_t align);
#define alloc_percpu_gfp(type, gfp) \
	((__typeof__(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type) \
	((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))

/*
 * Gives it back; NULL is ignored. Anything else that alloc_percpu did not return, or a
 * second time, is refused with a warning: nothing changes. Context: any; does not sleep.
 */
void free_percpu(void __percpu *ptr);

/* ---- what is where ---- */

/*
 * The physical address behind per_cpu_ptr()'s result. PHYS_ADDR_MAX, after a warning, if
 * `addr` is no CPU's copy of anything. (A machine booted MACHINE_AS_DUMPED keeps the static
 * variables outside of its RAM: PHYS_ADDR_MAX without a warning.) Context: any.
 */
phys_addr_t per_cpu_ptr_to_phys(void *addr);

/* Is it in some CPU's copy of the static variables / of anything per-CPU? Context: any. */
bool is_kernel_percpu_address(uintptr_t addr);
bool is_percpu_address(uintptr_t addr);

/* Pages that the copies of all CPUs take: meminfo's Percpu row. Context: any. */
static inline unsigned long pcpu_nr_pages(void)
{
	return load_relaxed(this_quire()->percpu.nr_pages);
}

/*
 * Checks every chunk's map against its hints and counts. 0, or -EINVAL after a line in the
 * log that says what is broken. Costs a look at every granule. Context: any.
 */
int percpu_validate(void);

#endif
