/* SPDX-License-Identifier: MIT */
/*
 * address.c - what an address of the kernel is, for whoever reads a trap's dump.
 */
#include <quire/vmalloc.h>

#include "kernel/internal.h"

typedef unsigned long long ull;

static const struct machine_mapping *find_mapping(const struct quire_machine *m, uintptr_t addr)
{
	size_t i;

	for (i = 0; i < m->kvirt.nr_mappings; i++)
		if (addr - m->kvirt.mappings[i].va < m->kvirt.mappings[i].size)
			return &m->kvirt.mappings[i];
	return NULL;
}

static void tell_place(const struct quire_machine *m, uintptr_t addr, struct seq_file *out)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	const struct machine_mapping *mapping = find_mapping(m, addr);
	char area[160];
	size_t i;

	if (mapping && mapping->name) {
		seq_puts(out, mapping->name);
		return;
	}
	if (addr < PAGE_SIZE) {
		seq_puts(out, "the null page");
		return;
	}
	if (addr - (geo->direct_map + (uintptr_t)geo->lowmem_start) <
	    (uintptr_t)(geo->lowmem_end - geo->lowmem_start)) {
		seq_printf(out, "lowmem, physical 0x%llx", (ull)virt_to_phys((void *)addr));
		return;
	}
	if (vmalloc_explain((void *)addr, area, sizeof(area))) {
		seq_puts(out, area);
		return;
	}
	for (i = 0; i < m->nr_windows; i++)
		if (addr - m->windows[i].start < m->windows[i].end - m->windows[i].start) {
			seq_printf(out, "the %s window", m->windows[i].name);
			return;
		}
	seq_puts(out, addr < m->task_size ? "user space" : "between the kernel's windows");
}

/* What the kernel's table says; nothing while there is none. */
static void tell_mapping(uintptr_t addr, struct seq_file *out)
{
	const struct pgtable *table = kernel_pgtable();
	struct pt_entry entry;

	if (!table)
		return;
	if (pt_lookup(table, addr, &entry)) {
		seq_puts(out, ", not mapped");
		return;
	}
	seq_printf(out, ", mapped to 0x%llx %c%c%c", (ull)entry.phys, entry.prot & PT_READ ? 'r' : '-',
		   entry.prot & PT_WRITE ? 'w' : '-', entry.prot & PT_EXEC ? 'x' : '-');
}

void kernel_describe_address(uintptr_t addr, char *buffer, size_t size)
{
	const struct quire_machine *machine = kernel_machine();
	struct text text;
	struct seq_file *out = text_begin(&text, buffer, size);

	if (!machine) {
		seq_puts(out, "not known yet");
		return;
	}
	tell_place(machine, addr, out);
	tell_mapping(addr, out);
}
