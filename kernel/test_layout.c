/* SPDX-License-Identifier: MIT */
/*
 * test_layout.c - the kernel's page table, read by the library's own walkers, against the
 * machine's description: what must be mapped is, with the rights that were asked for, and
 * nothing else is.
 */
#include <quire/kvirt.h>
#include <quire/mmzone.h>

#include "kernel/internal.h"

#define RIGHTS (PT_READ | PT_WRITE | PT_EXEC | PT_USER)

/* ---- rights ---- */

struct expectation {
	u64 va, phys; /* of the first page */
	unsigned int prot;
	unsigned long wrong;
	u64 mapped;
};

static int compare(void *ctx, const struct pt_entry *entry)
{
	struct expectation *e = ctx;

	if (!e->prot) {
		e->wrong += entry->kind != PT_NONE;
		return 0;
	}
	if (entry->kind != PT_LEAF || entry->phys - e->phys != entry->va - e->va ||
	    (entry->prot & RIGHTS) != (e->prot & RIGHTS))
		e->wrong++;
	else
		e->mapped += entry->size;
	return 0;
}

/* Is it mapped as it was asked for? What was given back since is not looked at. */
static bool is_as_asked(const struct machine_mapping *m)
{
	const struct pgtable *table = kernel_pgtable();
	struct expectation e = { m->va, m->phys, 0, 0, 0 };

	if (m->prot)
		e.prot = pt_prot_fit(pt_format_of(table), m->prot);
	if (pt_walk_range(table, m->va, m->size, compare, &e) || e.wrong)
		return false;
	return !m->prot || e.mapped == m->size;
}

static bool was_given_back(const struct quire_machine *machine, const struct machine_mapping *m)
{
	return m->phys - machine->init.base < machine->init.size;
}

static void test_mappings(const struct quire_machine *machine)
{
	size_t i, nr = 0, wrong = 0;

	for (i = 0; i < machine->kvirt.nr_mappings; i++) {
		const struct machine_mapping *m = &machine->kvirt.mappings[i];

		if (!m->size || was_given_back(machine, m))
			continue;
		nr++;
		if (is_as_asked(m))
			continue;
		wrong++;
		console_printf("# %s at 0x%llx is not as it was asked for\n", m->name,
			       (unsigned long long)m->va);
	}
	test_result(nr && !wrong, "the %zu parts of the image have the rights that were asked for", nr);
}

/* ---- the whole table ---- */

struct survey {
	const struct quire_machine *machine;
	u64 lowmem;	       /* bytes of the direct map */
	unsigned long moved;   /* pages of it that show another address */
	unsigned long writable_code;
	unsigned long user;    /* pages that user space could reach, or where it would be */
};

static int look_at(void *ctx, const struct pt_entry *entry)
{
	struct survey *s = ctx;
	const struct quire_geometry *geo = &this_quire()->geo;
	u64 offset = entry->va - geo->direct_map;

	if (entry->kind != PT_LEAF)
		return 0;
	s->writable_code += (entry->prot & PT_WRITE) && (entry->prot & PT_EXEC);
	s->user += (entry->prot & PT_USER) || entry->va < s->machine->task_size;
	if (entry->va >= geo->direct_map && offset >= geo->lowmem_start && offset < geo->lowmem_end) {
		s->lowmem += entry->size;
		s->moved += entry->phys != offset;
	}
	return 0;
}

/* Both halves: the range of all addresses has no size that fits 64 bits. */
static int survey_table(struct survey *s)
{
	const struct pgtable *table = kernel_pgtable();
	const struct pt_format *f = pt_format_of(table);
	u64 half = (u64)1 << (f->va_bits - 1);
	int err = pt_walk_range(table, 0, half, look_at, s);

	return err ? err : pt_walk_range(table, pt_canonical(f, half), half, look_at, s);
}

static u64 bytes_of_lowmem(void)
{
	phys_addr_t start, end;
	u64 i, bytes = 0;

	for_each_mem_range(i, &start, &end) {
		if (end > this_quire()->geo.lowmem_end)
			end = this_quire()->geo.lowmem_end;
		if (start < end)
			bytes += end - start;
	}
	return bytes;
}

static u64 bytes_of_holes(const struct quire_machine *machine)
{
	u64 bytes = 0;
	size_t i;

	for (i = 0; i < machine->kvirt.nr_mappings; i++) {
		const struct machine_mapping *m = &machine->kvirt.mappings[i];

		if (!m->prot && m->va == (uintptr_t)phys_to_virt(m->phys))
			bytes += m->size;
	}
	return bytes;
}

static void test_table(const struct quire_machine *machine)
{
	struct survey s = { .machine = machine };

	test_result(!survey_table(&s), "the table can be walked from end to end");
	if (kernel_cpu.marks_tables)
		test_skip("this CPU sets reserved bits", "every entry of the table is sound");
	else
		test_result(!pt_validate(kernel_pgtable()), "every entry of the table is sound");
	test_result(s.lowmem + bytes_of_holes(machine) == bytes_of_lowmem() && !s.moved,
		    "the direct map shows all of lowmem in its place: %llu KB",
		    (unsigned long long)s.lowmem >> 10);
	test_result(!s.user, "nothing is mapped where user space will be, or for it");
	if (kernel_cpu.has_no_execute)
		test_result(!s.writable_code, "nothing is both writable and executable");
	else
		test_skip("this page-table format cannot forbid it",
			  "nothing is both writable and executable");
}

/* ---- the banner ---- */

static bool window_has(const struct quire_machine *machine, const char *name, uintptr_t addr)
{
	size_t i;

	for (i = 0; i < machine->nr_windows; i++) {
		const char *a = machine->windows[i].name, *b = name;

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (!*a && !*b)
			return addr >= machine->windows[i].start && addr < machine->windows[i].end;
	}
	return false;
}

static void test_banner(const struct quire_machine *machine)
{
	static unsigned long zeroed, initialised = 1;

	test_result(window_has(machine,
		    ".text", (uintptr_t)kernel_main), "code is in .text of the banner");
	test_result(window_has(machine, ".data", (uintptr_t)&initialised), "variables are in .data");
	test_result(window_has(machine, ".bss", (uintptr_t)&zeroed), "zeroed ones are in .bss");
	test_result(window_has(machine, "lowmem", (uintptr_t)pfn_to_page(max_low_pfn - 1)),
		    "page structures are in lowmem");
}

void test_layout(void)
{
	const struct quire_machine *machine = kernel_machine();

	test_banner(machine);
	test_mappings(machine);
	test_table(machine);
}
