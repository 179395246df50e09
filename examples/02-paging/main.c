/* SPDX-License-Identifier: MIT */
/*
 * main.c - a page table of one's own: what a kernel makes for a process, here without a
 * processor that uses it. Code, data and a stack are mapped, looked up step by step, and
 * accessed as the hardware would access them.
 *
 * The format is a parameter: pt_i386_pae or pt_sv39 would do as well. The tables come
 * from the page allocator, so a machine is booted first, as in 01-pages.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <quire/pgtable.h>
#include <quire/pgtable_formats.h>
#include <quire/quire.h>

#define MB ((u64)1 << 20)
#define RAM_BASE 0x80000000u
#define RAM_SIZE (16u << 20)
static char ram[RAM_SIZE] __attribute__((aligned(4096)));

/* Where the process has its code and data, and where these are in RAM. */
#define CODE 0x400000u
#define DATA 0x602000u
#define STACK_TOP 0x7ffffffff000u
#define CODE_PHYS 0x80200000u

void port_log(enum log_level level, const char *line) { fprintf(stderr, "<%d>%s\n", level, line); }
void port_panic(const char *why) { port_log(LOG_ERR, why); abort(); }
#if CONFIG_SMP
unsigned int port_cpu_id(void) { return 0; }
unsigned long port_irq_save(void) { return 0; }
void port_irq_restore(unsigned long flags) { (void)flags; }
void port_cpu_relax(void) { }
#endif

static int boot(void)
{
	static const struct machine_bank bank = { .base = RAM_BASE, .size = RAM_SIZE };
	static const struct machine_range program = { RAM_BASE, 5 * MB, "kernel and program" };
	static struct quire_machine machine = { .name = "array", .banks = &bank, .nr_banks = 1,
						.reserved = &program, .nr_reserved = 1 };
#if !CONFIG_SINGLE
	static struct quire state;

	quire_select(&state);
#endif
	machine.direct_map = (uintptr_t)ram - RAM_BASE;
	return quire_boot(&machine);
}

/* Two megabytes and two pages of code, a page of data behind it, a page of stack. */
static int map_process(struct pgtable *pt, const struct page *stack)
{
	const struct pt_attr code = { .prot = PT_READ | PT_EXEC | PT_USER };
	const struct pt_attr data = { .prot = PT_READ | PT_WRITE | PT_USER };
	int err = pt_map(pt, CODE, CODE_PHYS, 2 * MB + 2 * PAGE_SIZE, &code);

	if (!err)
		err = pt_map(pt, DATA, CODE_PHYS + (DATA - CODE), PAGE_SIZE, &data);
	return err ? err : pt_map(pt, STACK_TOP - PAGE_SIZE, page_to_phys(stack), PAGE_SIZE, &data);
}

/* A line for each page that is mapped: pt_walk_range() calls it for every entry. */
static int print_entry(void *ctx, const struct pt_entry *e)
{
	(void)ctx;
	if (e->kind == PT_LEAF)
		printf("  0x%08" PRIx64 " %5" PRIu64 " KB at 0x%" PRIx64 " %c%c%c\n", e->va,
		       e->size >> 10, e->phys, e->prot & PT_READ ? 'r' : '-',
		       e->prot & PT_WRITE ? 'w' : '-', e->prot & PT_EXEC ? 'x' : '-');
	return 0;
}

static void print_map(const struct pgtable *pt)
{
	const struct pt_format *f = pt_format_of(pt);
	struct pt_counts counts;
	unsigned int level;

	pt_count(pt, &counts);
	printf("%s, tables from the root down:", f->name);
	for (level = f->levels; level--;)
		printf(" %lu", counts.tables[level]);
	printf("\n");
	pt_walk_range(pt, CODE, DATA + PAGE_SIZE - CODE, print_entry, NULL);
}

/* The way of an address down the tree: the index at each level, and where it leads. */
static void print_way(const struct pgtable *pt, u64 va)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int level = f->levels;
	phys_addr_t table = pt->root;
	struct pt_found found;
	bool is_table;

	printf("0x%" PRIx64 ":", va);
	do {
		level--;
		is_table = pt_step(f, level, va, &table, &found);
		printf(" [%lu]", pt_index(f, level, va));
	} while (is_table);
	printf(" -> 0x%" PRIx64 "\n", pt_found_phys(f, &found, va));
}

/*
 * A user program's access, and what the processor would do: translate it, or raise a page fault
 * with a code whose bits say present (1), write (2), user (4), fetch (16).
 */
static void try_access(const struct pgtable *pt, const char *what, enum pt_access_kind kind, u64 va)
{
	const struct pt_request request = { .kind = kind, .is_user = true,
					    .cpu = PT_CPU_WP | PT_CPU_NXE };
	struct pt_outcome outcome;

	if (pt_access(pt_format_of(pt), pt->root, va, &request, &outcome))
		printf("%-5s 0x%" PRIx64 ": page fault, code %u\n", what, va,
		       (unsigned int)outcome.code);
	else
		printf("%-5s 0x%" PRIx64 ": physical 0x%" PRIx64 "\n", what, va, outcome.phys);
}

/* One page of the code may be written now, but not run: the large page is split for it. */
static bool open_a_page(struct pgtable *pt)
{
	return !pt_protect(pt, CODE + PAGE_SIZE, PAGE_SIZE, PT_READ | PT_WRITE | PT_USER) &&
	       !pt_validate(pt);
}

int main(void)
{
	unsigned long free_pages_before;
	struct pgtable pt;
	struct page *stack;

	if (boot())
		return EXIT_FAILURE;
	free_pages_before = nr_free_pages();
	stack = alloc_page(GFP_HIGHUSER);
	if (!stack || pt_create(&pt, &pt_x86_64, NULL, NULL) || map_process(&pt, stack))
		return EXIT_FAILURE;
	print_map(&pt);
	print_way(&pt, CODE + 0x1234);
	try_access(&pt, "run", PT_FETCH, CODE + 0x1234);
	try_access(&pt, "write", PT_STORE, CODE + 0x1234);
	try_access(&pt, "read", PT_LOAD, STACK_TOP - 2 * PAGE_SIZE);

	if (!open_a_page(&pt))
		return EXIT_FAILURE;
	print_way(&pt, CODE + 0x1234);
	try_access(&pt, "write", PT_STORE, CODE + 0x1234);
	try_access(&pt, "run", PT_FETCH, CODE + 0x1234);

	pt_destroy(&pt);
	__free_page(stack);
	return nr_free_pages() == free_pages_before ? EXIT_SUCCESS : EXIT_FAILURE;
}
