/* SPDX-License-Identifier: MIT */
/*
 * check_kvirt.c - the part of a machine's description that lays out the kernel's virtual
 * addresses: windows, image, early mapping. Checked, as all of it, before anything changes.
 */
#include <quire/quire.h>

#include "mm/init/check.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"

#if CONFIG_MMU

#include <quire/pgtable.h>

/* A range of pointers; the end is exclusive. */
struct range {
	const char *name;
	uintptr_t start, end;
};

enum { VMALLOC, PKMAP, FIXMAP, LOWMEM, NR_RANGES };

/* The windows, and the part of the direct map that has RAM. */
static void list_ranges(const struct quire_machine *m, size_t page, struct range *r)
{
	const struct machine_kvirt *kv = &m->kvirt;
	phys_addr_t start = PHYS_ADDR_MAX, end = 0;
	size_t i;

	for (i = 0; i < m->nr_banks; i++) {
		start = min_of(start, m->banks[i].base);
		end = max_of(end, m->banks[i].base + m->banks[i].size);
	}
	for (i = 0; i < m->nr_hotplug; i++) {
		start = min_of(start, m->hotplug[i].base);
		end = max_of(end, m->hotplug[i].base + m->hotplug[i].size);
	}
	if (m->lowmem_end)
		end = min_of(end, m->lowmem_end);
	r[VMALLOC] = (struct range){ "vmalloc", kv->vmalloc_start, kv->vmalloc_end };
	r[PKMAP] = (struct range){ "pkmap", kv->pkmap_base, kv->pkmap_base + kv->last_pkmap * page };
	r[FIXMAP] = (struct range){ "fixmap", kv->fixmap_start, kv->fixmap_end };
	r[LOWMEM] = (struct range){ "the direct map", m->direct_map + (uintptr_t)start,
				    m->direct_map + (uintptr_t)end };
}

static int check_windows(const struct quire_machine *m, size_t page, const struct verdict *v)
{
	struct range r[NR_RANGES];
	unsigned int i, j;

	list_ranges(m, page, r);
	for (i = 0; i < LOWMEM; i++) {
		if ((r[i].start | r[i].end) & (page - 1))
			return check_refuse(v, "the %s window (0x%llx-0x%llx) begins or ends inside a page",
				      r[i].name, (ull)r[i].start, (ull)r[i].end);
		if (r[i].end < r[i].start)
			return check_refuse(v, "the %s window ends (0x%llx) before it begins (0x%llx)", r[i].name,
				      (ull)r[i].end, (ull)r[i].start);
		for (j = i + 1; j < NR_RANGES && r[i].start < r[i].end; j++)
			if (r[j].start < r[j].end && r[i].start < r[j].end && r[j].start < r[i].end)
				return check_refuse(v, "the %s window (0x%llx-0x%llx) overlaps %s (0x%llx-0x%llx)",
					      r[i].name, (ull)r[i].start, (ull)r[i].end, r[j].name,
					      (ull)r[j].start, (ull)r[j].end);
	}
	return 0;
}

static int check_image(const struct quire_machine *m, size_t page, const struct verdict *v)
{
	size_t i;

	if (m->kvirt.nr_mappings && !m->kvirt.mappings)
		return check_refuse(v, "the list of %zu mappings of the image is missing", m->kvirt.nr_mappings);
	for (i = 0; i < m->kvirt.nr_mappings; i++) {
		const struct machine_mapping *map = &m->kvirt.mappings[i];

		if ((map->va | map->phys | map->size) & (page - 1))
			return check_refuse(v, "mapping %zu of the image (0x%llx) is not of whole pages", i,
				      (ull)map->va);
	}
	return 0;
}

static int check_format(const struct quire_machine *m, unsigned int shift, const struct verdict *v)
{
	const struct pt_format *f = m->kvirt.format;

	if (f->level[0].shift != shift)
		return check_refuse(v, "page tables of format %s have pages of 1 << %u bytes, the machine has 1 << %u",
			      f->name, f->level[0].shift, shift);
#ifdef CONFIG_PGTABLE_FORMAT
	if (!quire_streq(f->name, CONFIG_PGTABLE_FORMAT.name))
		return check_refuse(v, "page tables of format %s: this build has %s", f->name,
				    CONFIG_PGTABLE_FORMAT.name);
#endif
	return 0;
}

/* Something at least must be mapped when the boot begins. */
static int check_early_map(const struct quire_machine *m, size_t page, const struct verdict *v)
{
	phys_addr_t end = m->kvirt.mapped_end;
	size_t i;

	if (!end)
		return 0;
	if (end & (page - 1))
		return check_refuse(v, "the early mapping ends at 0x%llx, inside a page", (ull)end);
	for (i = 0; i < m->nr_banks; i++)
		if (m->banks[i].base < end)
			return 0;
	return check_refuse(v, "the early mapping ends at 0x%llx, below all RAM", (ull)end);
}

int check_kvirt(const struct quire_machine *m, const struct verdict *v)
{
	const struct machine_kvirt *kv = &m->kvirt;
	unsigned int shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	size_t page = (size_t)1 << shift;
	int err;

	if (!kv->layer) {
		if (kv->format)
			return check_refuse(v, "a page-table format without kvirt.layer: set it to &quire_kvirt");
		if (kv->vmalloc_end > kv->vmalloc_start || kv->last_pkmap ||
		    kv->fixmap_end > kv->fixmap_start)
			return check_refuse(v, "there are windows for the kernel, but no page table");
		return 0;
	}
	if (!kv->format)
		return check_refuse(v, "the kernel's page table has no format");
	if (kv->last_pkmap & (kv->last_pkmap - 1))
		return check_refuse(v, "%u slots of kmap: a power of two is needed", kv->last_pkmap);
	err = check_format(m, shift, v);
	if (!err)
		err = check_windows(m, page, v);
	if (!err)
		err = check_image(m, page, v);
	return err ? err : check_early_map(m, page, v);
}

#else

int check_kvirt(const struct quire_machine *m, const struct verdict *v)
{
	return m->kvirt.layer ? check_refuse(v, "page tables are not in this build (CONFIG_MMU=0)") : 0;
}

#endif
