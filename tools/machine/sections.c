/* SPDX-License-Identifier: MIT */
/*
 * sections.c - where the kernel's image is in physical memory.
 *
 * /proc/iomem gives the addresses of some sections; the log's "Memory:" line gives the
 * sizes of all. Together they tell where the others are, because the linker scripts have
 * an order: x86 puts init behind data; ARM puts it before data, and counts bss into
 * what /proc/iomem calls "Kernel data" and rodata into "Kernel code".
 */
#include <string.h>

#include "tools/machine/reader.h"

#define PAGE 4096u

void machine_take_section(struct machine_file *f, const char *name, u64 start, u64 last)
{
	struct machine_section section = { .base = start, .size = last - start + 1 };

	if (!strcmp(name, "Kernel code"))
		f->m.text = section;
	else if (!strcmp(name, "Kernel rodata"))
		f->m.rodata = section;
	else if (!strcmp(name, "Kernel data"))
		f->m.rwdata = section;
	else if (!strcmp(name, "Kernel bss"))
		f->m.bss = section;
}

/* A section that starts right behind `before`, on a page; base 0 when that is unknown. */
static void place_behind(struct machine_section *section, const struct machine_section *before,
			 u64 size, bool is_on_page)
{
	u64 base = before->base ? before->base + before->size : 0;

	if (is_on_page)
		base = (base + PAGE - 1) & ~(u64)(PAGE - 1);
	*section = (struct machine_section){ .base = base, .size = size };
}

static void size_arm_sections(struct quire_machine *m, const struct log_hints *hints)
{
	if (m->text.size < hints->text || m->rwdata.size < hints->rwdata)
		return;
	m->text.size = hints->text;
	place_behind(&m->rodata, &m->text, hints->rodata, true);
	if (hints->init < m->rwdata.base)
		m->init = (struct machine_section){ .base = m->rwdata.base - hints->init,
						    .size = hints->init };
	m->rwdata.size = hints->rwdata;
	place_behind(&m->bss, &m->rwdata, hints->bss, false);
}

/* Only sizes: a log alone does not say where the image was. */
static void size_unplaced_sections(struct quire_machine *m, const struct log_hints *hints)
{
	m->text.size = hints->text;
	m->rwdata.size = hints->rwdata;
	m->rodata.size = hints->rodata;
	m->init.size = hints->init;
	m->bss.size = hints->bss;
}

void machine_size_sections(struct machine_file *f)
{
	const struct log_hints *hints = &f->hints;
	struct quire_machine *m = &f->m;

	if (!hints->text || m->init.size)
		return;
	if (!m->text.size)
		size_unplaced_sections(m, hints);
	else if (!strcmp(f->arch, "arm") && !m->bss.size)
		size_arm_sections(m, hints);
	else
		place_behind(&m->init, &m->rwdata, hints->init, true);
}

static void widen(const struct machine_section *section, u64 *start, u64 *end)
{
	if (!section->base || !section->size)
		return;
	if (section->base < *start)
		*start = section->base;
	if (section->base + section->size > *end)
		*end = section->base + section->size;
}

bool machine_reserve_image(struct machine_file *f)
{
	u64 start = UINT64_MAX, end = 0;

	widen(&f->m.text, &start, &end);
	widen(&f->m.rwdata, &start, &end);
	widen(&f->m.rodata, &start, &end);
	widen(&f->m.init, &start, &end);
	widen(&f->m.bss, &start, &end);
	return end <= start || machine_add_reserved(f, start, end - start, "kernel", 0);
}
