/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - whose hook is it? The library calls port_log and the others for the kernel's own
 * machine and for those of the tests. The linker sends the calls here (--wrap), and what
 * is selected decides: __real_port_log is the port's, test_port_log is tests/support's.
 */
#include <stdio.h>
#include <stdlib.h>

#include <quire/kvirt.h>
#include <quire/quire.h>

#include "tests/kernel/kernel_tests.h"

static struct quire kernel_quire;
static struct quire_machine kernel_description;

static bool is_kernel(void)
{
	return this_quire() == &kernel_quire;
}

struct quire *select_kernel(void)
{
	return quire_select(&kernel_quire);
}

/*
 * The library is built for machines whose windows lie elsewhere in a process than in the
 * machine. In this one an address is its own name.
 */
static void name_addresses_by_themselves(struct quire_machine *m)
{
	struct machine_kvirt *kv = &m->kvirt;
	uintptr_t lowest = kv->vmalloc_start;

	if (kv->last_pkmap && kv->pkmap_base < lowest)
		lowest = kv->pkmap_base;
	if (kv->fixmap_start < lowest)
		lowest = kv->fixmap_start;
	kv->window = lowest;
	kv->window_va = lowest;
	kv->direct_map_va = m->direct_map;
}

int boot_kernel(const struct quire_machine *machine)
{
	int err;

	kernel_description = *machine;
	name_addresses_by_themselves(&kernel_description);
	select_kernel();
	quire_reset();
	err = quire_boot(&kernel_description);
	quire_select(NULL);
	return err;
}

unsigned long kernel_free_pages(void)
{
	struct quire *before = select_kernel();
	unsigned long nr = nr_free_pages();

	quire_select(before);
	return nr;
}

/*
 * ---- the hooks: the kernel's own machine has the port's; else the running file may have one
 * of its own; else it is the fixture's
 */

#define OF_TESTS(name) \
	(running_file->hooks.name ? running_file->hooks.name : test_##name)

/* One that the port has, too. */
#define SHARED_HOOK(type, name, parameters, arguments)        \
	type __real_##name parameters;                        \
	type test_##name parameters;                          \
	type __wrap_##name parameters;                        \
	type __wrap_##name parameters                         \
	{                                                     \
		return is_kernel() ? __real_##name arguments  \
				   : OF_TESTS(name) arguments; \
	}

SHARED_HOOK(unsigned int, port_cpu_id, (void), ())
SHARED_HOOK(unsigned long, port_irq_save, (void), ())
SHARED_HOOK(void, port_irq_restore, (unsigned long flags), (flags))
SHARED_HOOK(void, port_cpu_relax, (void), ())
SHARED_HOOK(void, port_tlb_flush, (uintptr_t start, size_t size, unsigned int flags),
	    (start, size, flags))
SHARED_HOOK(void, port_wait, (const unsigned int *word, unsigned int value), (word, value))
SHARED_HOOK(void, port_wake, (const unsigned int *word), (word))

_Noreturn void __real_port_panic(const char *why);
_Noreturn void test_port_panic(const char *why);
_Noreturn void __wrap_port_panic(const char *why);
void __wrap_port_panic(const char *why)
{
	if (is_kernel())
		__real_port_panic(why);
	OF_TESTS(port_panic)(why);
	__builtin_unreachable();
}

/* What the kernel says of itself is no line of TAP, and seldom wanted. */
void test_port_log(enum log_level level, const char *line);
void __wrap_port_log(enum log_level level, const char *line);
void __wrap_port_log(enum log_level level, const char *line)
{
	if (!is_kernel())
		OF_TESTS(port_log)(level, line);
	else if (level <= LOG_WARN || getenv("QUIRE_TEST_LOG"))
		printf("# %s\n", line);
}

/* The kernel's own windows are shown by the MMU, which walks the table that says so. */
int test_port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot);
void test_port_window_unmap(uintptr_t addr, size_t size);

int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	return is_kernel() ? 0 : OF_TESTS(port_window_map)(addr, phys, size, prot);
}

void port_window_unmap(uintptr_t addr, size_t size)
{
	if (!is_kernel())
		OF_TESTS(port_window_unmap)(addr, size);
}

/* ---- traps ---- */

bool trap_resolve(const struct trap *trap)
{
	return region_touch(trap->address);
}
