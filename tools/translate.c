/* SPDX-License-Identifier: MIT */
/*
 * translate.c - finds the way from an address to a byte.
 *
 * pt_access() alone decides how the walk ends, as the hardware does it. The entries on the
 * way are read before, for show, and what the access has set in them is read after it and
 * taken away again: looking does not change the machine.
 */
#include "tools/translate.h"

#include <string.h>

#include "tools/output.h"

/* The entry at a physical address, or NULL where no RAM is: tables may hold anything. */
static void *entry_at(const struct session *session, u64 phys)
{
	return (phys_addr_t)phys == phys ? host_machine_phys(session->host, (phys_addr_t)phys)
					 : NULL;
}

/* Reads the entries that the address leads to, down to the first that is no table. */
static void read_steps(struct translation *t, const struct session *session)
{
	const struct pt_format *f = t->format;
	unsigned int level = f->levels;
	u64 table = t->root;

	t->nr_steps = 0;
	if (!pt_is_canonical(f, t->va))
		return;
	while (level--) {
		struct translate_step *step = &t->step[t->nr_steps];
		void *slot;

		step->level = level;
		step->table = table;
		step->index = pt_index(f, level, t->va);
		step->slot = table + step->index * f->entry_bytes;
		slot = entry_at(session, step->slot);
		if (!slot)
			return;
		step->entry = step->after = pt_read(f, slot);
		t->nr_steps++;
		if (!pt_is_table(f, level, step->entry))
			return;
		table = pt_table_addr(f, level, step->entry);
	}
}

/* Notes what the access has set, and takes it away. */
static void undo_access(struct translation *t, const struct session *session)
{
	unsigned int i;

	for (i = 0; i < t->nr_steps; i++) {
		struct translate_step *step = &t->step[i];
		void *slot = entry_at(session, step->slot);

		step->after = pt_read(t->format, slot);
		if (step->after != step->entry)
			pt_write(t->format, slot, step->entry);
	}
}

/* Entries below the one that decided were read, but the hardware never came to them. */
static void forget_steps_below(struct translation *t)
{
	while (t->nr_steps && t->step[t->nr_steps - 1].level < t->outcome.level)
		t->nr_steps--;
}

/* The node of the RAM at an address. */
static int node_of(const struct quire_machine *m, u64 phys)
{
	size_t i;

	for (i = 0; i < m->nr_banks; i++)
		if (phys - m->banks[i].base < m->banks[i].size)
			return m->banks[i].nid < 0 ? 0 : m->banks[i].nid;
	return NUMA_NO_NODE;
}

/* By spans: the page's own structure is not written before its block is first used. */
static const char *zone_of(int nid, pfn_t pfn)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone->zone_pgdat->node_id == nid && zone_spans_pfn(zone, pfn))
			return zone->name;
	return NULL;
}

static void find_byte(struct translation *t, const struct session *session)
{
	const u8 *byte = entry_at(session, t->outcome.phys);

	t->has_byte = byte != NULL;
	if (byte)
		t->byte = *byte;
	t->pfn = PFN_DOWN(t->outcome.phys);
	t->nid = node_of(session->machine, t->outcome.phys);
	t->zone = byte ? zone_of(t->nid, t->pfn) : NULL;
}

/* If not, a table on the way may point anywhere. */
static bool came_to_leaf(const struct translation *t)
{
	return t->outcome.fault == PT_OK || t->outcome.fault == PT_FAULT_ACCESSED ||
	       t->outcome.fault == PT_FAULT_PERMISSION || t->outcome.fault == PT_FAULT_ON;
}

/* The processor as Linux sets it up: WP and NXE on x86; all others are off. */
static void walk(struct translation *t, const struct session *session, const struct pgtable *table)
{
	struct pt_entry found;

	t->root = table->root;
	t->access = (struct pt_request){
		.kind = t->req.kind,
		.is_user = t->req.is_user,
		.cpu = t->format->mmu == PT_MMU_X86 ? PT_CPU_WP | PT_CPU_NXE : 0,
		.phys_bits = session->machine->phys_bits,
	};
	read_steps(t, session);
	pt_access(t->format, t->root, t->va, &t->access, &t->outcome);
	undo_access(t, session);
	forget_steps_below(t);
	if (came_to_leaf(t) && !pt_lookup(table, t->va, &found))
		t->prot = found.prot;
	if (!t->outcome.fault)
		find_byte(t, session);
}

int translate_make(struct translation *t, const struct session *session,
		   const struct translate_request *req, char *why, size_t size)
{
	const struct pgtable *table = kernel_pgtable();

	memset(t, 0, sizeof(*t));
	t->req = *req;
	t->machine = session->machine->name;
	t->va = req->address;
	if (!table) {
		snprintf(why, size, "the machine has no page table: %s",
			 session->machine->kvirt.format ? "no memory for it"
							: "it names no format");
		return -1;
	}
	t->format = table->format;
	if (req->has_selector && translate_segment(t, why, size))
		return -1;
	if (!t->segment_faults)
		walk(t, session, table);
	return 0;
}

/* ---- all of it ---- */

/* What cannot be written is told at once. */
static int write_svg(const struct translation *t, char *why)
{
	struct whole_file file;

	*why = '\0';
	if (whole_file_open(&file, t->req.svg))
		return -1;
	translate_print_svg(t, file.out);
	return whole_file_commit(&file) ? -1 : 0;
}

int translate_show(const struct session *session, const struct translate_request *req, char *why,
		   size_t size)
{
	struct translation t;
	char reason[120], name[80];

	if (translate_make(&t, session, req, why, size))
		return -1;
	if (!req->svg)
		translate_print(&t, stdout);
	else if (write_svg(&t, why))
		return -1;
	if (!translate_faults(&t))
		return 0;
	translate_fault_reason(&t, reason, sizeof(reason));
	translate_fault_name(&t, name, sizeof(name));
	snprintf(why, size, "0x%llx: %s: %s", (unsigned long long)req->address, reason, name);
	return -1;
}
