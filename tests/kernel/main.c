/* SPDX-License-Identifier: MIT */
/*
 * main.c - the kernel that runs unit tests: boots its own machine, runs the tests of all
 * files one after the other, and ends. TAP goes to the console.
 *
 * Its command line is the environment of the tests; QUIRE_TEST_ONLY=TEXT runs only tests
 * that have TEXT in their file's path or their name.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/kvirt.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "tests/kernel/kernel_tests.h"
#include "tests/kernel/percpu_bounds.h"

#define STACK_BYTES (256ul << 10)

const struct kernel_test_file *running_file;

const void *kernel_percpu_start, *kernel_percpu_end;

static const struct quire_machine *machine_of_kernel;
static unsigned int nr_run, nr_failed;

const struct quire_machine *kernel_machine(void)
{
	return machine_of_kernel;
}

/* ---- the environment ---- */

static char environment[2048]; /* words, each with its end */
static size_t environment_length;

static void read_command_line(const char *line)
{
	size_t i;

	for (i = 0; line[i] && i < sizeof(environment) - 1; i++)
		environment[i] = line[i] == ' ' ? '\0' : line[i];
	environment_length = i;
}

char *getenv(const char *name)
{
	size_t n = strlen(name), at;

	for (at = 0; at < environment_length; at += strlen(environment + at) + 1)
		if (!strncmp(environment + at, name, n) && environment[at + n] == '=')
			return environment + at + n + 1;
	return NULL;
}

void abort(void)
{
	printf("Bail out! abort() was called\n");
	machine_exit(1);
}

void wait_for_ever(void)
{
	tap_check(false, "the only thread does not wait", __FILE__, __LINE__);
	tap_abandon();
}

/* ---- one test ---- */

static const struct tap_test *running;
static bool is_running; /* a trap ends the running test */
static struct trap last_trap;
static jmp_buf out_of_trap;

/* Linked in the place of kernel/trap.c's, which returns if nobody waits in trap_catch(). */
void __real_trap_deliver(const struct trap *trap);
void __wrap_trap_deliver(const struct trap *trap);
void __wrap_trap_deliver(const struct trap *trap)
{
	__real_trap_deliver(trap);
	if (!is_running)
		return;
	is_running = false;
	last_trap = *trap;
	longjmp(out_of_trap, 1);
}

/* The running test. A trap is a failed check, and the end of the test. */
static void run_caught(void)
{
	is_running = true;
	if (!setjmp(out_of_trap)) {
		running->run();
		return;
	}
	tap_note("trap %u, code 0x%lx, at 0x%lx; address 0x%lx: %s", last_trap.vector,
		 last_trap.code, (unsigned long)last_trap.pc, (unsigned long)last_trap.address,
		 region_describe(last_trap.address));
	tap_check(false, "no trap", __FILE__, __LINE__);
	tap_abandon();
}

static void run_one(const struct tap_test *test)
{
	const struct tap_test caught = { test->name, run_caught };

	running = test;
	quire_select(NULL);
	if (!test_run_one(&caught, ++nr_run))
		nr_failed++;
	is_running = false;
}

/* ---- tests/fixture.h: memory that must not be touched ---- */

struct touch {
	volatile char *byte;
	bool writes;
};

static void do_touch(void *arg)
{
	const struct touch *touch = arg;
	char value = *touch->byte;

	if (touch->writes)
		*touch->byte = value;
}

bool test_crashes(volatile void *byte, bool writes)
{
	struct touch touch = { byte, writes };
	struct trap trap;

	return trap_catch(do_touch, &touch, &trap);
}

/* ---- all tests ---- */

static bool is_wanted(const struct kernel_test_file *file, const struct tap_test *test)
{
	const char *only = getenv("QUIRE_TEST_ONLY");

	if (!only)
		return !strstr(test->name, "planted_");
	return strstr(file->path, only) || strstr(test->name, only);
}

static unsigned int count_wanted(const struct kernel_test_file *file)
{
	const struct tap_test *test;
	unsigned int n = 0;

	for (test = file->tests; test->name; test++)
		n += is_wanted(file, test);
	return n;
}

/* What a process loses when its program ends. */
static void forget_process(void)
{
	regions_reset();
	memory_files_reset();
	heap_reset();
}

static void run_file(const struct kernel_test_file *file)
{
	const struct tap_test *test;

	if (!count_wanted(file))
		return;
	printf("# %s\n", file->path);
	running_file = file;
	for (test = file->tests; test->name; test++)
		if (is_wanted(file, test))
			run_one(test);
	forget_process();
}

/* The last test: what all the others have left of the kernel's own machine. */
static unsigned long free_pages_at_first;

/*
 * QEMU sets the accessed bit in the entries of PAE's root, where it is reserved: what is
 * looked at is a copy of the root without it.
 */
static int validate_table(const struct pgtable *table)
{
	u64 *root = phys_to_virt(table->root), *copy = malloc(64);
	struct pgtable seen = *table;
	unsigned int i;
	int err;

	if (!strcmp(table->format->name, "i386-pae") && copy) {
		for (i = 0; i < 4; i++)
			copy[i] = root[i] & ~(u64)0x20;
		seen.root = virt_to_phys(copy);
	}
	err = pt_validate(&seen);
	free(copy);
	return err;
}

static void the_kernels_own_memory_is_whole_and_sound(void)
{
	struct quire *before = select_kernel();
	unsigned long free_pages = nr_free_pages();
	int pages = page_alloc_validate(), areas = vmalloc_validate(),
	    table = validate_table(kernel_pgtable());

	quire_select(before);
	CHECK_EQ(free_pages, free_pages_at_first);
	CHECK_EQ(pages, 0);
	CHECK_EQ(areas, 0);
	CHECK_EQ(table, 0);
}

static void run_all(void)
{
	static const struct tap_test last = TEST(the_kernels_own_memory_is_whole_and_sound);
	const struct kernel_test_file *file;
	unsigned int planned = 0;

	for (file = kernel_test_files; file->path; file++)
		planned += count_wanted(file);
	if (!planned)
		printf("# no test is named so\n");
	printf("1..%u\n", planned + 1);
	free_pages_at_first = kernel_free_pages();
	for (file = kernel_test_files; file->path; file++)
		run_file(file);
	printf("# %s\n", __FILE__);
	run_one(&last);
	printf("# %u of %u tests failed\n", nr_failed, nr_run);
	machine_exit(nr_failed || !planned);
}

_Noreturn void kernel_main(const struct quire_machine *machine, const char *command_line)
{
	struct quire *before;
	char *stack;

	machine_of_kernel = machine;
	kernel_percpu_start = machine->percpu_start;
	kernel_percpu_end = machine->percpu_end;
	read_command_line(command_line);
	if (boot_kernel(machine)) {
		printf("Bail out! the kernel's own machine does not boot\n");
		machine_exit(1);
	}
	/* Tests have more on the stack than a kernel; a page that is not mapped lies below. */
	before = select_kernel();
	stack = vmalloc(STACK_BYTES);
	quire_select(before);
	call_on_stack(run_all, stack + STACK_BYTES);
	machine_exit(1);
}
