/* SPDX-License-Identifier: MIT */
/*
 * file.c - the machine under construction: what readers add to it, who owns the memory,
 * and how a failure is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/page.h>

#include "tools/machine/reader.h"

void *vector_push(struct vector *vector, size_t item_size)
{
	char *item;

	if (vector->nr == vector->room) {
		size_t room = vector->room ? vector->room * 2 : 16;
		void *items = realloc(vector->items, room * item_size);

		if (!items)
			return NULL;
		vector->items = items;
		vector->room = room;
	}
	item = (char *)vector->items + vector->nr++ * item_size;
	return memset(item, 0, item_size);
}

/* Whatever a file has in it, what is printed of it stays one line of harmless characters. */
static void make_printable(char *text, unsigned char last)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f || (unsigned char)*text > last)
			*text = '?';
}

bool machine_fail(struct machine_file *f, u64 where, const char *fmt, ...)
{
	char what[400], place[32] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (where && f->is_blob)
		snprintf(place, sizeof(place), " offset 0x%llx:", (unsigned long long)where);
	else if (where)
		snprintf(place, sizeof(place), "%llu:", (unsigned long long)where);
	/* A piece of a line may end inside of a character. */
	make_printable(what, '~');
	if (f->err_size)
		snprintf(f->err, f->err_size, "%s:%s %s", f->name, place, what);
	return false;
}

bool machine_no_memory(struct machine_file *f)
{
	return machine_fail(f, 0, "no memory");
}

void *machine_alloc(struct machine_file *f, size_t size)
{
	void **kept = vector_push(&f->memory, sizeof(*kept));

	if (kept)
		*kept = calloc(1, size ? size : 1);
	if (!kept || !*kept) {
		machine_no_memory(f);
		return NULL;
	}
	return *kept;
}

char *machine_string(struct machine_file *f, const char *text, size_t length)
{
	char *copy;

	while (length && (*text == ' ' || *text == '\t')) {
		text++;
		length--;
	}
	while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
		length--;
	copy = machine_alloc(f, length + 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	make_printable(copy, 0xff);
	return copy;
}

/* Half-open ranges must not end at 2^64: the end would be 0. */
static bool check_range(struct machine_file *f, const char *what, u64 base, u64 size, u64 where)
{
	if (!size)
		return machine_fail(f, where, "%s at 0x%llx is empty", what,
				    (unsigned long long)base);
	if (size > UINT64_MAX - base)
		return machine_fail(f, where,
				    "%s at 0x%llx with 0x%llx bytes does not end below 2^64", what,
				    (unsigned long long)base, (unsigned long long)size);
	return true;
}

bool machine_check_node(struct machine_file *f, u64 nid, u64 where)
{
	if (nid < MAX_NUMNODES)
		return true;
	return machine_fail(f, where, "node %llu: nodes are numbered 0 to %u",
			    (unsigned long long)nid, MAX_NUMNODES - 1);
}

bool machine_add_bank(struct machine_file *f, u64 base, u64 size, int nid, unsigned int flags,
		      u64 where)
{
	struct bank_entry *entry;

	if (!check_range(f, "bank", base, size, where))
		return false;
	entry = vector_push(&f->banks, sizeof(*entry));
	if (!entry)
		return machine_no_memory(f);
	entry->bank =
		(struct machine_bank){ .base = base, .size = size, .nid = nid, .flags = flags };
	entry->where = where;
	return true;
}

bool machine_add_hotplug(struct machine_file *f, u64 base, u64 size, int nid, u64 where)
{
	struct machine_hotplug *range;

	if (!check_range(f, "hot-plug range", base, size, where))
		return false;
	range = vector_push(&f->hotplug, sizeof(*range));
	if (!range)
		return machine_no_memory(f);
	*range = (struct machine_hotplug){ .base = base, .size = size, .nid = nid };
	return true;
}

bool machine_add_cma(struct machine_file *f, const char *name, u64 base, u64 size, u64 where)
{
	struct machine_cma *cma;
	char *copy;

	if (!check_range(f, "CMA area", base, size, where))
		return false;
	copy = machine_string(f, name, strlen(name));
	if (!copy)
		return false;
	cma = vector_push(&f->cma, sizeof(*cma));
	if (!cma)
		return machine_no_memory(f);
	*cma = (struct machine_cma){ .name = copy, .base = base, .size = size, .is_fixed = base != 0 };
	return true;
}

bool machine_add_reserved(struct machine_file *f, u64 base, u64 size, const char *name, u64 where)
{
	struct machine_range *range;
	char *copy = NULL;

	if (!check_range(f, "reserved range", base, size, where))
		return false;
	if (name && !(copy = machine_string(f, name, strlen(name))))
		return false;
	range = vector_push(&f->reserved, sizeof(*range));
	if (!range)
		return machine_no_memory(f);
	*range = (struct machine_range){ .base = base, .size = size, .name = copy };
	return true;
}

static bool check_resource(struct machine_file *f, u64 start, u64 last, unsigned int depth,
			   u64 where)
{
	const struct machine_resource *parent;

	if (last < start)
		return machine_fail(f, where, "resource ends (0x%llx) before it starts (0x%llx)",
				    (unsigned long long)last, (unsigned long long)start);
	if (depth >= MACHINE_MAX_DEPTH || (depth && !f->open_resource[depth - 1]))
		return machine_fail(f, where, "resource is indented deeper than the line above it");
	if (!depth)
		return true;
	parent = (struct machine_resource *)f->resources.items + f->open_resource[depth - 1] - 1;
	if (start < parent->start || last > parent->end)
		return machine_fail(f, where, "resource 0x%llx-0x%llx is not inside `%s' above it",
				    (unsigned long long)start, (unsigned long long)last,
				    parent->name);
	return true;
}

bool machine_add_resource(struct machine_file *f, u64 start, u64 last, const char *name,
			  unsigned int depth, u64 where)
{
	struct machine_resource *resource;
	char *copy;

	if (!check_resource(f, start, last, depth, where))
		return false;
	copy = machine_string(f, name, strlen(name));
	if (!copy)
		return false;
	resource = vector_push(&f->resources, sizeof(*resource));
	if (!resource)
		return machine_no_memory(f);
	*resource = (struct machine_resource){
		.start = start, .end = last, .name = copy, .depth = depth
	};
	f->open_resource[depth] = f->resources.nr;
	for (unsigned int i = depth + 1; i < MACHINE_MAX_DEPTH; i++)
		f->open_resource[i] = 0;
	return true;
}

bool machine_add_window(struct machine_file *f, const char *name, u64 start, u64 end)
{
	struct machine_window *window = vector_push(&f->windows, sizeof(*window));

	if (!window)
		return machine_no_memory(f);
	*window = (struct machine_window){ .name = name, .start = start, .end = end };
	return true;
}

bool machine_add_distance(struct machine_file *f, u64 from, u64 to, u64 distance, u64 where)
{
	struct node_distance *entry;

	if (!machine_check_node(f, from, where) || !machine_check_node(f, to, where))
		return false;
	if (distance < 10 || distance > 254 || (from == to) != (distance == 10))
		return machine_fail(f, where,
				    "distance %llu from node %llu to %llu: 10 is local, "
				    "11 to 254 is remote",
				    (unsigned long long)distance, (unsigned long long)from,
				    (unsigned long long)to);
	entry = vector_push(&f->distances, sizeof(*entry));
	if (!entry)
		return machine_no_memory(f);
	*entry = (struct node_distance){ (int)from, (int)to, (u8)distance };
	return true;
}

bool machine_has_ram_above_4g(const struct machine_file *f)
{
	const struct bank_entry *banks = f->banks.items;

	for (size_t i = 0; i < f->banks.nr; i++)
		if ((banks[i].bank.base + banks[i].bank.size - 1) >> 32)
			return true;
	return false;
}

bool machine_add_cpu(struct machine_file *f, u64 nid, u64 where)
{
	u16 *node;

	if (!machine_check_node(f, nid, where))
		return false;
	node = vector_push(&f->cpu_nodes, sizeof(*node));
	if (!node)
		return machine_no_memory(f);
	*node = (u16)nid;
	return true;
}

/* Makes `address` a bank's border. */
static bool cut_banks(struct machine_file *f, u64 address)
{
	size_t nr = f->banks.nr;

	for (size_t i = 0; i < nr; i++) {
		struct bank_entry *entry = (struct bank_entry *)f->banks.items + i;
		struct bank_entry upper = *entry;

		if (address <= entry->bank.base || address - entry->bank.base >= entry->bank.size)
			continue;
		upper.bank.base = address;
		upper.bank.size -= address - entry->bank.base;
		entry->bank.size = address - entry->bank.base;
		entry = vector_push(&f->banks, sizeof(*entry));
		if (!entry)
			return machine_no_memory(f);
		*entry = upper;
	}
	return true;
}

bool machine_mark(struct machine_file *f, u64 base, u64 size, int nid, unsigned int flags)
{
	u64 last = size > UINT64_MAX - base ? UINT64_MAX : base + size - 1;

	if (!size)
		return true;
	if (!cut_banks(f, base) || (last != UINT64_MAX && !cut_banks(f, last + 1)))
		return false;
	for (size_t i = 0; i < f->banks.nr; i++) {
		struct machine_bank *bank = &((struct bank_entry *)f->banks.items + i)->bank;

		if (bank->base < base || bank->base > last)
			continue;
		bank->flags |= flags;
		if (nid != NUMA_NO_NODE)
			bank->nid = nid;
	}
	return true;
}

void machine_close(struct machine_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->memory.nr; i++)
		free(((void **)f->memory.items)[i]);
	free(f->memory.items);
	free(f->banks.items);
	free(f->hotplug.items);
	free(f->pluggable.items);
	free(f->cma.items);
	free(f->reserved.items);
	free(f->resources.items);
	free(f->windows.items);
	free(f->distances.items);
	free(f->cpu_nodes.items);
	free(f);
}

const struct quire_machine *machine_description(const struct machine_file *f)
{
	return &f->m;
}

const char *machine_kind(const struct machine_file *f)
{
	return f->kind;
}

const char *machine_arch(const struct machine_file *f)
{
	return f->arch;
}

const char *machine_format(const struct machine_file *f)
{
	return f->format;
}

const char *machine_summary(const struct machine_file *f)
{
	return f->summary;
}
