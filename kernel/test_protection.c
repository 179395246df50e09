/* SPDX-License-Identifier: MIT */
/*
 * test_protection.c - what must not be done is done, and the CPU must refuse it: each access
 * is made in trap_catch(), and the trap must name the address and the reason.
 */
#include <quire/gfp.h>

#include "kernel/internal.h"

/* Constant data, and writable data, to be written and executed. */
static const unsigned long constant[4] = { 1, 2, 3, 4 };
static unsigned long variable[4];

struct access {
	uintptr_t addr;
	enum pt_access_kind kind;
};

static void make_access(void *arg)
{
	const struct access *access = arg;
	volatile unsigned char *at = (volatile unsigned char *)access->addr;

	switch (access->kind) {
	case PT_LOAD:
		(void)*at;
		break;
	case PT_STORE:
		*at = 0;
		break;
	case PT_FETCH:
		((void (*)(void))access->addr)();
		break;
	}
}

static void expect_fault(uintptr_t addr, enum pt_access_kind kind, bool is_mapped, const char *name)
{
	struct access access = { addr, kind };
	struct trap trap = { 0 };
	bool is_trapped = trap_catch(make_access, &access, &trap);
	bool is_well = is_trapped && trap.address == addr &&
		       kernel_cpu.is_fault(&trap, kind, is_mapped);

	test_result(is_well, "%s", name);
	if (!is_trapped)
		console_printf("#   0x%lx: nothing happened\n", (unsigned long)addr);
	else if (!is_well)
		console_printf("#   0x%lx: trap %u, code 0x%lx, address 0x%lx, at 0x%lx\n",
			       (unsigned long)addr, trap.vector, trap.code,
			       (unsigned long)trap.address, (unsigned long)trap.pc);
}

static void expect_no_execute(uintptr_t addr, const char *name)
{
	const unsigned char *from = kernel_cpu.return_code;
	unsigned char *to = (unsigned char *)addr;
	size_t i;

	if (!kernel_cpu.has_no_execute) {
		test_skip("this page-table format cannot forbid it", "%s", name);
		return;
	}
	for (i = 0; to != (const unsigned char *)constant && i < kernel_cpu.return_code_size; i++)
		to[i] = from[i];
	expect_fault(addr, PT_FETCH, true, name);
}

/* ---- the image ---- */

static void test_image(void)
{
	const struct quire_machine *machine = kernel_machine();
	uintptr_t text = (uintptr_t)kernel_main, page = __get_free_page(GFP_KERNEL);

	expect_fault(text, PT_STORE, true, "the kernel's code cannot be written");
	expect_fault((uintptr_t)phys_to_virt(machine->text.base), PT_STORE, true,
		     "nor where the direct map shows it");
	expect_fault((uintptr_t)constant, PT_STORE, true, "constants cannot be written");
	expect_fault((uintptr_t)phys_to_virt(machine->rodata.base), PT_STORE, true,
		     "nor where the direct map shows them");
	expect_no_execute((uintptr_t)constant, "constants do not execute");
	expect_no_execute((uintptr_t)variable, "variables do not execute");
	expect_no_execute((uintptr_t)&machine, "the stack does not execute");
	expect_no_execute(page, "a page of the direct map does not execute");
	free_page(page);
}

/* ---- what is not mapped ---- */

static void test_holes(void)
{
	const struct quire_machine *machine = kernel_machine();

	expect_fault(0, PT_LOAD, false, "the null page cannot be read");
	expect_fault(sizeof(long), PT_STORE, false, "nor written");
	expect_fault(0, PT_FETCH, false, "nor called");
	if (kernel_cpu.identity)
		expect_fault(kernel_cpu.identity, PT_LOAD, false, "the start's identity mapping is gone");
	if (machine->kvirt.vmalloc_end)
		expect_fault(machine->kvirt.vmalloc_end - sizeof(long), PT_LOAD, false,
			     "the vmalloc window is empty where nothing was allocated");
}

/* ---- the stack ---- */

/* Deeper and deeper: each call keeps a piece of stack that the compiler cannot do without. */
static __attribute__((noinline)) unsigned int dig(unsigned int depth)
{
	volatile unsigned char piece[256];

	piece[depth % sizeof(piece)] = (unsigned char)depth;
	if (depth == ~0U)
		return 0;
	return dig(depth + 1) + piece[depth / 2 % sizeof(piece)];
}

void overflow_stack(void *arg)
{
	*(unsigned int *)arg = dig(0);
}

static void test_stack(void)
{
	uintptr_t end = kernel_cpu.stack_start;
	struct trap trap = { 0 };
	unsigned int result, round;
	char text[192];
	bool is_well = true;

	/* Twice: the stack that the trap is handled on is in order again. */
	for (round = 0; round < 2; round++) {
		is_well &= trap_catch(overflow_stack, &result, &trap);
		is_well &= end - trap.address - 1 < PAGE_SIZE;
	}
	kernel_describe_address(trap.address, text, sizeof(text));
	test_result(is_well && text_contains(text,
		    "guard page"), "a stack that overflows meets its guard page");
	console_printf("#   0x%lx is %s\n", (unsigned long)trap.address, text);
}

void test_protection(void)
{
	test_image();
	test_holes();
	test_stack();
}
