/* SPDX-License-Identifier: MIT */
/*
 * init_memory.c - what only the start needed is given back.
 *
 * Its code must not stay executable, and must not stay mapped where another page's owner
 * could be reached by it: the direct map gets ordinary rights again, and a mapping of its
 * own that the image has elsewhere goes.
 */
#include <quire/kvirt.h>

#include "kernel/internal.h"

#define KERNEL_DATA (PT_READ | PT_WRITE | PT_GLOBAL)

static bool is_in_direct_map(const struct machine_mapping *m)
{
	return m->va == (uintptr_t)phys_to_virt(m->phys);
}

static bool is_in_section(const struct machine_mapping *m, const struct machine_section *section)
{
	return m->phys >= section->base && m->phys - section->base < section->size &&
	       m->size <= section->size - (m->phys - section->base);
}

static int release(const struct quire_machine *machine)
{
	struct pgtable *table = kernel_pgtable();
	size_t i;
	int err = 0;

	for (i = 0; i < machine->kvirt.nr_mappings && !err; i++) {
		const struct machine_mapping *m = &machine->kvirt.mappings[i];

		if (!m->size || !is_in_section(m, &machine->init))
			continue;
		if (is_in_direct_map(m))
			err = pt_protect(table, m->va, m->size, KERNEL_DATA);
		else
			err = pt_unmap(table, m->va, m->size);
		port_tlb_flush((uintptr_t)m->va, (size_t)m->size, 0);
	}
	return err;
}

void free_init_memory(const struct quire_machine *machine)
{
	char *start;

	if (!machine->init.size || !machine->kvirt.format)
		return;
	if (release(machine)) {
		console_printf("The start's memory cannot be given back.\n");
		return;
	}
	start = phys_to_virt(machine->init.base);
	free_reserved_area(start, start + machine->init.size, -1, "unused kernel image (initmem)");
}
