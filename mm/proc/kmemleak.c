/* SPDX-License-Identifier: MIT */
/*
 * kmemleak.c - debugfs kmemleak: a paragraph for each object that leaked, as it seems, by address; those
 * of per-CPU memory come last. What is written to that file is kmemleak_write's.
 *
 * The detector is reached through the machine's layer: a kernel that has reports and no leak detection links
 * nothing of it, and the report is empty.
 */
#include <quire/kmemleak.h>

#include "mm/lib/format.h"
#include "mm/proc/internal.h"

#if CONFIG_KMEMLEAK

static void show_bytes(struct seq_file *m, const struct kmemleak_info *info)
{
	char row[HEX_ROW_CHARS];
	unsigned int i;

	if (info->kind == KMEMLEAK_PERCPU)
		seq_printf(m, "  hex dump (first %u bytes on cpu %u):\n", info->nr_bytes, info->cpu);
	else
		seq_printf(m, "  hex dump (first %u bytes):\n", info->nr_bytes);
	for (i = 0; i < info->nr_bytes; i += HEX_ROW_BYTES) {
		quire_hex_row(row, info->bytes + i, info->nr_bytes - i);
		seq_printf(m, "    %s\n", row);
	}
}

/* There is no symbol table but the embedder's: without one an address is its own name. */
static void show_address(struct seq_file *m, const void *address)
{
	const struct machine_leaks *machine = this_quire()->leak.machine;
	unsigned long value = (unsigned long)(uintptr_t)address;
	char name[128] = "";

	if (machine->symbol)
		machine->symbol(machine->ctx, address, name, sizeof(name));
	if (name[0])
		seq_printf(m, "    [<%0*lx>] %s\n", (int)(2 * sizeof(value)), value, name);
	else
		seq_printf(m, "    [<%0*lx>] 0x%lx\n", (int)(2 * sizeof(value)), value, value);
}

static void show_leak(struct seq_file *m, const struct kmemleak_info *info)
{
	unsigned int i;

	seq_printf(m, "unreferenced object%s 0x%08lx (size %zu):\n",
		   info->kind == KMEMLEAK_PERCPU ? " (percpu)" : "", (unsigned long)info->pointer, info->size);
	seq_printf(m, "  comm \"%s\", pid %d, jiffies %lu (age %lu.%03lus)\n", info->comm, info->pid,
		   info->jiffies, info->age / 1000, info->age % 1000);
	show_bytes(m, info);
	seq_puts(m, "  backtrace:\n");
	for (i = 0; i < info->nr_trace; i++)
		show_address(m, info->trace[i]);
}

void kmemleak_show(struct seq_file *m)
{
	struct kmemleak_info info;
	unsigned int kind = 0;
	uintptr_t cursor = 0;

	while (kmemleak_next_leak(&kind, &cursor, &info))
		show_leak(m, &info);
}

#endif
