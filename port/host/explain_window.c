/* SPDX-License-Identifier: MIT */
/*
 * explain_window.c - what a crash in one of the kernel's windows means: which window, what
 * was there, what is next to it.
 *
 * All of it runs in a signal handler: nothing is allocated or printed, and the only lock is
 * vmalloc's, which vmalloc_explain leaves alone if somebody holds it.
 */
#include "port/host/internal.h"

#include <signal.h>

#include <quire/vmalloc.h>

#include "mm/lib/format.h"

#if CONFIG_KERNEL_WINDOW

typedef unsigned long long ull;

/* A crash: where, and what the machine calls it. */
struct crash {
	const struct host_machine *hm;
	uintptr_t addr;
	u64 va;
	bool is_bus; /* SIGBUS */
	char *line;
	size_t size;
};

__attribute__((format(printf, 3, 4))) static void say(const struct crash *c, const char *where,
						      const char *fmt, ...)
{
	va_list args;
	int len = quire_snprintf(c->line, c->size, "quire: crash on access to 0x%llx %s: ",
				 (ull)c->va, where);

	va_start(args, fmt);
	quire_vsnprintf(c->line + len, c->size - (size_t)len, fmt, args);
	va_end(args);
}

static const char *why_mapped(const struct crash *c)
{
	return c->is_bus ? "mapped, but the host has no memory left to stand for it"
			 : "mapped, but not for this kind of access";
}

/* ---- vmalloc ---- */

static bool is_mapped(const struct crash *c)
{
	const struct pgtable *table = &c->hm->quire->kvirt.table;
	struct pt_entry entry;

	return table->format && !pt_lookup(table, c->va, &entry);
}

static void explain_vmalloc(const struct crash *c)
{
	char text[160];

	if (!vmalloc_explain((const void *)c->addr, text, sizeof(text)))
		quire_snprintf(text, sizeof(text), "in the vmalloc window, which is not in use");
	say(c, text, "%s\n", is_mapped(c) ? why_mapped(c) : "nothing is mapped there");
}

/* ---- pages that come and go one by one: pkmap, fixmap ---- */

static void explain_page(const struct crash *c, const char *where, size_t number)
{
	const struct host_shown *shown = &c->hm->kernel.shown[host_shown_index(c->hm, c->addr)];
	pfn_t frame = atomic_load(&shown->frame);
	u64 phys = (u64)(frame - 1) * pt_page_size(c->hm->desc.kvirt.format);
	const struct host_bank *b = frame ? host_bank_of(c->hm, phys) : NULL;

	if (atomic_load(&shown->is_mapped))
		say(c, where, "slot %zu is %s\n", number, why_mapped(c));
	else if (!frame)
		say(c, where, "slot %zu has never been mapped\n", number);
	else
		say(c, where, "slot %zu has been unmapped; it showed page frame 0x%llx, %s\n",
		    number, (ull)frame - 1,
		    !b ? "a device" : phys < b->low_end ? "lowmem" : "highmem");
}

/* ---- which window ---- */

static void explain(const struct crash *c)
{
	const struct machine_kvirt *kv = &c->hm->desc.kvirt;
	unsigned int shift = kv->format->level[0].shift;

	if (c->addr - kv->vmalloc_start < kv->vmalloc_end - kv->vmalloc_start)
		explain_vmalloc(c);
	else if (c->addr - kv->pkmap_base < (uintptr_t)kv->last_pkmap << shift)
		explain_page(c, "in kmap's window", (c->addr - kv->pkmap_base) >> shift);
	else if (c->addr - kv->fixmap_start < kv->fixmap_end - kv->fixmap_start)
		explain_page(c, "in the fixmap", (kv->fixmap_end - 1 - c->addr) >> shift);
	else
		say(c, "beside the kernel's windows", "nothing is ever mapped there\n");
}

bool host_explain_window(const void *addr, int signal, char *line, size_t size)
{
	struct crash c = { .hm = host_first_machine(), .addr = (uintptr_t)addr,
			   .is_bus = signal == SIGBUS, .line = line, .size = size };
	struct quire *before;

	while (c.hm && c.addr - (uintptr_t)c.hm->kernel.base >= c.hm->kernel.size)
		c.hm = atomic_load(&c.hm->next);
	if (!c.hm)
		return false;
	c.va = c.hm->desc.kvirt.window_va + (c.addr - c.hm->desc.kvirt.window);
	if (c.hm->desc.kvirt.format->va_bits == 32)
		c.va = (u32)c.va;
	before = quire_select(c.hm->quire);
	explain(&c);
	quire_select(before);
	return true;
}

#else

bool host_explain_window(const void *addr, int signal, char *line, size_t size)
{
	(void)addr;
	(void)signal;
	(void)line;
	(void)size;
	return false;
}

#endif
