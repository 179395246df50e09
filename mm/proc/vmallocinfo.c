/* SPDX-License-Identifier: MIT */
/*
 * vmallocinfo.c - /proc/vmallocinfo: the areas of the vmalloc window by address, then those
 * that were freed and wait for the next TLB flush.
 *
 * Addresses are the machine's. There is no symbol table, so a caller is a number, as
 * Linux prints it where it finds no symbol. An area that comes or goes while the report
 * is written may be missing.
 *
 * The areas are reached through the machine's kvirt layer: a kernel that has reports and no such
 * layer links nothing of it, and the report is empty.
 */
#include "mm/proc/internal.h"

#if CONFIG_MMU

#include <quire/kvirt.h>

#include "mm/kvirt/vmap_area.h"

typedef unsigned long long ull;

static const struct kvirt_layer *kvirt_layer(void)
{
	return this_quire()->kvirt.layout.layer;
}

static void show_range(struct seq_file *m, const struct vmap_info *info)
{
	int digits = (int)vmap_va_digits();

	seq_printf(m, "0x%0*llx-0x%0*llx %7lu", digits, (ull)info->va, digits,
		   (ull)(info->va + info->vm.size), info->vm.size);
}

/* What kinds an area is of, in Linux's order. */
static void show_flags(struct seq_file *m, unsigned long flags)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} names[] = {
		{ VM_IOREMAP, " ioremap" },
		{ VM_ALLOC, " vmalloc" },
		{ VM_MAP, " vmap" },
		{ VM_USERMAP, " user" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			seq_puts(m, names[i].name);
}

#define NODES_AT_ONCE 32u

/* How many of the area's own pages lie on which node. */
static void show_nodes(struct seq_file *m, const struct vmap_info *info)
{
	unsigned int nodes = this_quire()->page.nr_nodes, first, i;

	for (first = 0; first < nodes && CONFIG_NUMA; first += NODES_AT_ONCE) {
		unsigned long counters[NODES_AT_ONCE] = { 0 };

		kvirt_layer()->count_nodes(info, first, NODES_AT_ONCE, counters);
		for (i = 0; i < NODES_AT_ONCE; i++)
			if (counters[i])
				seq_printf(m, " N%u=%lu", first + i, counters[i]);
	}
}

static void show_area(struct seq_file *m, const struct vmap_info *info)
{
	show_range(m, info);
	if (info->vm.caller)
		seq_printf(m, " 0x%lx", (unsigned long)(uintptr_t)info->vm.caller);
	if (info->vm.nr_pages)
		seq_printf(m, " pages=%u", info->vm.nr_pages);
	if (info->vm.phys_addr)
		seq_printf(m, " phys=0x%0*llx", (int)vmap_phys_digits(), (ull)info->vm.phys_addr);
	show_flags(m, info->vm.flags);
	if (info->vm.nr_pages)
		show_nodes(m, info);
	seq_puts(m, "\n");
}

static bool next_area(uintptr_t *cursor, struct vmap_info *info)
{
	return kvirt_layer() && kvirt_layer()->next_area(cursor, info);
}

void vmallocinfo_show(struct seq_file *m)
{
	struct vmap_info info;
	uintptr_t cursor;

	for (cursor = 0; next_area(&cursor, &info);)
		if (info.state != VMAP_LAZY)
			show_area(m, &info);
	for (cursor = 0; next_area(&cursor, &info);) {
		if (info.state != VMAP_LAZY)
			continue;
		show_range(m, &info);
		seq_puts(m, " unpurged vm_area\n");
	}
}

#endif
