/* SPDX-License-Identifier: MIT */
/*
 * main.c - the smallest embedder: boots a machine whose RAM is an array, takes a block of
 * pages, shows the free lists, gives the block back. The log goes to stderr.
 *
 * A kernel differs in three things. port_log writes to its console and port_panic halts.
 * Its bank, its reservations and its direct map are those of the machine it runs on. And
 * it is linked with a library built with SINGLE=1, in which the state is a static variable
 * that nobody selects. docs/porting.md goes through all three.
 */
#include <stdio.h>
#include <stdlib.h>

#include <quire/quire.h>

#define RAM_BASE 0x80000000u
#define RAM_SIZE (16u << 20)
static char ram[RAM_SIZE] __attribute__((aligned(4096)));

/* Tier 0: what every embedder provides. */
void port_log(enum log_level level, const char *line) { fprintf(stderr, "<%d>%s\n", level, line); }
void port_panic(const char *why) { port_log(LOG_ERR, why); abort(); }
#if CONFIG_SMP /* Tier 1: here there is one CPU, and nothing interrupts it. */
unsigned int port_cpu_id(void) { return 0; }
unsigned long port_irq_save(void) { return 0; }
void port_irq_restore(unsigned long flags) { (void)flags; }
void port_cpu_relax(void) { }
#endif

static void print(void *ctx, const char *text, size_t len) { fwrite(text, 1, len, ctx); }

static int boot(void)
{
	static const struct machine_bank bank = { .base = RAM_BASE, .size = RAM_SIZE };
	static const struct machine_range image = { RAM_BASE, 1u << 20, "kernel image" };
	static struct quire_machine machine = { .name = "array", .banks = &bank, .nr_banks = 1,
						.reserved = &image, .nr_reserved = 1 };
#if !CONFIG_SINGLE
	static struct quire state;

	quire_select(&state);
#endif
	machine.direct_map = (uintptr_t)ram - RAM_BASE;
	return quire_boot(&machine);
}

int main(void)
{
	struct seq_file out = { .write = print, .ctx = stdout };
	unsigned long free_pages_before;
	struct page *page;

	if (boot())
		return EXIT_FAILURE;
	free_pages_before = nr_free_pages();
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 3);
	if (!page)
		return EXIT_FAILURE;
	printf("took 8 pages: physical 0x%llx, %ld bytes into the array, %lu pages still free\n",
	       (unsigned long long)page_to_phys(page), (long)((char *)page_address(page) - ram),
	       nr_free_pages());
	quire_find_report("buddyinfo")->show(&out);
	__free_pages(page, 3);
	printf("gave them back: %lu pages free\n", nr_free_pages());
	return nr_free_pages() == free_pages_before && !page_alloc_validate() ? EXIT_SUCCESS
									      : EXIT_FAILURE;
}
