/* SPDX-License-Identifier: MIT */
/*
 * embedder.c - a program that uses an installed library: boots a machine in an array and
 * takes a page. Compiled by install.t and prefix.t with what the package tells them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>

#define RAM_SIZE (16u << 20)
static char ram[RAM_SIZE] __attribute__((aligned(4096)));

void port_log(enum log_level level, const char *line)
{
	if (level <= LOG_WARN)
		fprintf(stderr, "%s\n", line);
}

void port_panic(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(3);
}

unsigned int port_cpu_id(void)
{
	return 0;
}

unsigned long port_irq_save(void)
{
	return 0;
}

void port_irq_restore(unsigned long flags)
{
	(void)flags;
}

void port_cpu_relax(void)
{
}

int main(void)
{
	const struct machine_bank bank = { 0x100000, RAM_SIZE, 0, 0 };
	struct quire_machine machine = {
		.banks = &bank,
		.nr_banks = 1,
		.direct_map = (uintptr_t)ram - 0x100000,
	};
	struct page *page;
#if !CONFIG_SINGLE
	quire_select(memset(aligned_alloc(_Alignof(struct quire), sizeof(struct quire)), 0, sizeof(struct quire)));
	quire_reset();
#endif
	if (quire_boot(&machine))
		return 1;
	page = alloc_pages(GFP_KERNEL, 0);
	if (!page || (char *)page_address(page) < ram ||
	    (char *)page_address(page) >= ram + RAM_SIZE)
		return 2;
	printf("embedder: done\n");
	return 0;
}
