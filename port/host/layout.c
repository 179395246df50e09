/* SPDX-License-Identifier: MIT */
/*
 * layout.c - where a kernel of each page-table format has its direct map, vmalloc, kmap and
 * fixmap: in the machine's own addresses, as Linux lays them out.
 *
 *   i386    |----- lowmem -----|8M|  vmalloc  |2 pages| pkmap | .. fixmap |4K|
 *           0xc0000000         high_memory            4 MB (PAE 2 MB)     0xfffff000
 *   armv7   pkmap|----- lowmem -----|8M| vmalloc | .. fixmap |
 *           2 MB 0xc0000000         0xff800000 ^     ^ 0xffc80000-0xfff00000
 *   64 bits |----- direct map -----| .. | vmalloc |gap| pkmap |4K| fixmap |
 *
 * No page table maps parts of vmalloc and of another window: vmalloc frees tables that it has
 * emptied, the others keep theirs (mm/kvirt/highmem.c).
 *
 * With 64 bits Linux's vmalloc is of terabytes and its fixmap far above; here vmalloc has as
 * many bytes as the process is ready to set aside, and the small windows stand right behind
 * it, because all of them are one piece of the process (struct machine_kvirt).
 *
 * Where the description of an i386 or ARM has rows for its layout banner, vmalloc, pkmap and
 * fixmap are where these say, unless that cannot be.
 */
#include "port/host/layout.h"

#include <string.h>

#define KB ((u64)1 << 10)
#define MB ((u64)1 << 20)
#define GB ((u64)1 << 30)
#define TB ((u64)1 << 40)

#define VMALLOC_OFFSET (8 * MB)
#define I386_VMALLOC_RESERVE (128 * MB)

enum layout_kind { I386, ARMV7, FIXED };

struct layout_row {
	const char *format;
	enum layout_kind kind;
	u64 page_offset;
	/* RAM's first address, rounded down to this, is at page_offset; 0: physical 0 is. */
	u64 ram_align;
	u64 vmalloc_start, vmalloc_end; /* FIXED: as Linux has them */
	u64 fixmap_end;			/* not with 64 bits */
	unsigned int last_pkmap;
};

static const struct layout_row rows[] = {
	{ "i386", I386, 0xc0000000, 0, 0, 0, 0xfffff000, 1024 },
	{ "i386-pse", I386, 0xc0000000, 0, 0, 0, 0xfffff000, 1024 },
	{ "i386-pse36", I386, 0xc0000000, 0, 0, 0, 0xfffff000, 1024 },
	{ "i386-pae", I386, 0xc0000000, 0, 0, 0, 0xfffff000, 512 },
	{ "armv7", ARMV7, 0xc0000000, 2 * MB, 0, 0xff800000, 0xfff00000, 512 },
	{ "sv32", FIXED, 0xc0000000, 4 * MB, 0xa0000000, 0xc0000000, 0x9d000000, 0 },
	{ "x86_64", FIXED, 0xffff888000000000, 0, 0xffffc90000000000, 0xffffe90000000000, 0, 512 },
	{ "x86_64-la57", FIXED, 0xff11000000000000, 0, 0xffa0000000000000, 0xffd2000000000000, 0,
	  512 },
	{ "alpha", FIXED, 0xfffffc0000000000, 0, 0xfffffe0000000000, 0xfffffffe00000000, 0, 512 },
	/* The half of TTBR1, without the bits that choose it. */
	{ "arm64", FIXED, 0, GB, 0x800008000000, 0xfbfff0000000, 0, 512 },
	{ "sv39", FIXED, 0xffffffd800000000, GB, 0xffffffc800000000, 0xffffffd800000000, 0, 512 },
	{ "sv48", FIXED, 0xffffaf8000000000, GB, 0xffff8f8000000000, 0xffffaf8000000000, 0, 512 },
};

static const struct layout_row *find_row(const struct pt_format *f)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].format, f->name))
			return &rows[i];
	return NULL;
}

static u64 round_up(u64 value, u64 step)
{
	return (value + step - 1) & ~(step - 1);
}

/* ---- what a machine is ---- */

static bool has_zone(const struct quire_machine *m, enum zone_type zone)
{
	return m->zones >> zone & 1;
}

/* RAM: its first byte, and the one behind its last. */
static void ram_of(const struct quire_machine *m, u64 *first, u64 *end)
{
	size_t i;

	*first = UINT64_MAX;
	*end = 0;
	for (i = 0; i < m->nr_banks; i++) {
		u64 base = m->banks[i].base, bank_end = base + m->banks[i].size;

		*first = base < *first ? base : *first;
		*end = bank_end > *end ? bank_end : *end;
	}
}

static unsigned int page_shift(const struct quire_machine *m)
{
	return m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
}

const struct pt_format *host_layout_default(const struct quire_machine *m)
{
	bool is_32bit = m->page_offset ? m->page_offset < 4 * GB : has_zone(m, ZONE_HIGHMEM);
	struct host_layout layout;
	const struct pt_format *f;
	const char *name;
	u64 first, end;

	ram_of(m, &first, &end);
	if (!is_32bit)
		name = end <= 64 * TB ? "x86_64" : "x86_64-la57";
	else if (first > 1 * MB)
		name = "armv7";
	else
		name = end > 4 * GB || (m->phys_bits > 32 && m->phys_bits <= 36) ? "i386-pae"
										 : "i386-pse";
	f = pt_format_find(name);
	return host_layout(m, f, 1 * GB, &layout) ? f : NULL;
}

/* ---- the windows ---- */

/* What the windows are laid out for. */
struct plan {
	const struct quire_machine *m;
	const struct pt_format *f;
	const struct layout_row *row;
	u64 room;
	u64 fixmap; /* its bytes, at least */
};

/* kmap_local's slots for each CPU, and some. */
static u64 fixmap_pages(const struct quire_machine *m)
{
	return 64 + 16 * (u64)(m->nr_cpus ? m->nr_cpus : 1);
}

/* The end of the direct map's RAM: Linux's high_memory. */
static u64 high_memory(const struct quire_machine *m, const struct host_layout *l)
{
	u64 first, end;

	ram_of(m, &first, &end);
	if (m->lowmem_end && m->lowmem_end < end)
		end = m->lowmem_end;
	return l->direct_map_va + round_up(end, (u64)1 << page_shift(m));
}

/* A fixmap below `end`, of as many bytes as Linux has there or the plan wants. */
static void place_fixmap(const struct plan *p, u64 end, u64 usual, struct host_layout *l)
{
	l->fixmap_end = end;
	l->fixmap_start = end - (p->fixmap > usual ? p->fixmap : p->fixmap ? usual : 0);
}

/*
 * pkmap as high as it goes; but if RAM is left for highmem, as low as it takes to leave
 * vmalloc no more than its 128 MB: Linux derives the one from the other.
 */
static void place_i386(const struct plan *p, struct host_layout *l)
{
	u64 pkmap = (u64)p->row->last_pkmap * 4 * KB, top, wanted, first, end;
	u64 lowmem_end = p->m->lowmem_end;

	place_fixmap(p, p->row->fixmap_end, 235 * 4 * KB, l);
	l->vmalloc_start = high_memory(p->m, l) + VMALLOC_OFFSET;
	l->vmalloc_end = (l->fixmap_start & ~(pt_level_size(p->f, 1) - 1)) - 8 * KB;
	if (!has_zone(p->m, ZONE_HIGHMEM))
		return;
	ram_of(p->m, &first, &end);
	top = (l->fixmap_start - pkmap - 4 * KB) & ~(pkmap - 1);
	wanted = round_up(high_memory(p->m, l) + I386_VMALLOC_RESERVE + 8 * KB, pkmap);
	l->pkmap_base = lowmem_end && lowmem_end < end && wanted < top ? wanted : top;
	l->last_pkmap = p->row->last_pkmap;
	l->vmalloc_end = l->pkmap_base - 8 * KB;
}

static void place_armv7(const struct plan *p, struct host_layout *l)
{
	place_fixmap(p, p->row->fixmap_end, 2560 * KB, l);
	l->vmalloc_start = (high_memory(p->m, l) + VMALLOC_OFFSET) & ~(VMALLOC_OFFSET - 1);
	l->vmalloc_end = p->row->vmalloc_end;
	if (has_zone(p->m, ZONE_HIGHMEM)) {
		l->last_pkmap = p->row->last_pkmap;
		l->pkmap_base = p->row->page_offset - p->row->last_pkmap * 4 * KB;
	}
}

static void place_fixed(const struct plan *p, struct host_layout *l)
{
	u64 page = pt_page_size(p->f), gap = pt_level_size(p->f, 1);

	l->vmalloc_start = p->row->vmalloc_start;
	l->vmalloc_end = p->row->vmalloc_end;
	if (p->row->fixmap_end) {
		place_fixmap(p, p->row->fixmap_end, 0, l);
		return;
	}
	if (l->vmalloc_end - l->vmalloc_start > p->room)
		l->vmalloc_end = l->vmalloc_start + p->room;
	else
		l->vmalloc_end -= round_up(2 * gap + 512 * page + p->fixmap, gap);
	l->fixmap_start = l->vmalloc_end + gap;
	if (has_zone(p->m, ZONE_HIGHMEM)) {
		l->last_pkmap = p->row->last_pkmap;
		l->pkmap_base = l->fixmap_start;
		l->fixmap_start += (p->row->last_pkmap + 1) * page;
	}
	l->fixmap_end = l->fixmap_start + p->fixmap;
}

/* ---- the banner's rows ---- */

static void use_banner(const struct quire_machine *m, struct host_layout *l)
{
	size_t i;

	for (i = 0; i < m->nr_windows; i++) {
		const struct machine_window *w = &m->windows[i];
		u64 pages = (w->end - w->start) >> page_shift(m);

		if (w->end <= w->start)
			continue;
		if (!strcmp(w->name, "vmalloc")) {
			l->vmalloc_start = w->start;
			l->vmalloc_end = w->end;
		} else if (!strcmp(w->name, "pkmap") && l->last_pkmap && !(pages & (pages - 1))) {
			l->pkmap_base = w->start;
			l->last_pkmap = (unsigned int)pages;
		} else if (!strcmp(w->name, "fixmap") &&
			   w->end - w->start >= l->fixmap_end - l->fixmap_start) {
			l->fixmap_start = w->start;
			l->fixmap_end = w->end;
		}
	}
}

/* ---- can it be? ---- */

struct range {
	u64 start, end;
};

/* An empty range overlaps nothing. */
static bool overlaps(struct range r, u64 start, u64 end)
{
	return r.start < r.end && start < end && r.start < end && start < r.end;
}

/* The same with each end at the border of a page table of level 0. */
static struct range tables_of(const struct pt_format *f, struct range r)
{
	u64 mask = pt_level_size(f, 1) - 1;

	return (struct range){ r.start & ~mask, ((r.end - 1) | mask) + 1 };
}

/* Do the windows keep clear of one another and of the direct map, in the format's addresses? */
static bool is_sound(const struct plan *p, const struct host_layout *l)
{
	u64 page_mask = pt_page_size(p->f) - 1, first, end, low, high = high_memory(p->m, l);
	struct range vmalloc = { l->vmalloc_start, l->vmalloc_end };
	struct range fixmap = { l->fixmap_start, l->fixmap_end };
	struct range pkmap = { l->pkmap_base, l->pkmap_base + l->last_pkmap * (page_mask + 1) };

	ram_of(p->m, &first, &end);
	low = l->direct_map_va + (first & ~page_mask);
	if ((vmalloc.start | vmalloc.end | pkmap.start | fixmap.start | fixmap.end) & page_mask)
		return false;
	if (vmalloc.start >= vmalloc.end || fixmap.start > fixmap.end || low >= high)
		return false;
	if (!pt_is_canonical(p->f, low) || !pt_is_canonical(p->f, high - 1) ||
	    !pt_is_canonical(p->f, host_layout_start(l)) ||
	    !pt_is_canonical(p->f, host_layout_end(l, p->m) - 1))
		return false;
	return !overlaps(vmalloc, low, high) && !overlaps(fixmap, low, high) &&
	       !overlaps(pkmap, low, high) && !overlaps(pkmap, fixmap.start, fixmap.end) &&
	       !overlaps(fixmap, tables_of(p->f, vmalloc).start, tables_of(p->f, vmalloc).end) &&
	       !overlaps(pkmap, tables_of(p->f, vmalloc).start, tables_of(p->f, vmalloc).end);
}

u64 host_layout_start(const struct host_layout *l)
{
	u64 start = l->vmalloc_start < l->fixmap_start ? l->vmalloc_start : l->fixmap_start;

	return l->last_pkmap && l->pkmap_base < start ? l->pkmap_base : start;
}

u64 host_layout_end(const struct host_layout *l, const struct quire_machine *m)
{
	u64 end = l->vmalloc_end > l->fixmap_end ? l->vmalloc_end : l->fixmap_end;
	u64 pkmap_end = l->pkmap_base + ((u64)l->last_pkmap << page_shift(m));

	return l->last_pkmap && pkmap_end > end ? pkmap_end : end;
}

static void place(const struct plan *p, struct host_layout *l)
{
	u64 first, end;

	ram_of(p->m, &first, &end);
	memset(l, 0, sizeof(*l));
	l->direct_map_va = p->row->page_offset;
	if (p->row->ram_align)
		l->direct_map_va -= first & ~(p->row->ram_align - 1);
	if (p->row->kind == I386)
		place_i386(p, l);
	else if (p->row->kind == ARMV7)
		place_armv7(p, l);
	else
		place_fixed(p, l);
}

bool host_layout(const struct quire_machine *m, const struct pt_format *f, u64 room,
		 struct host_layout *layout)
{
	struct plan plan = { m, f, find_row(f), room, fixmap_pages(m) * pt_page_size(f) };
	u64 first, end;

	ram_of(m, &first, &end);
	if (!plan.row || f->level[0].shift != page_shift(m) || (end - 1) >> f->phys_bits)
		return false;
	place(&plan, layout);
	if (m->nr_windows && plan.row->kind != FIXED) {
		use_banner(m, layout);
		if (is_sound(&plan, layout))
			return true;
		place(&plan, layout);
	}
	if (is_sound(&plan, layout))
		return true;
	plan.fixmap = 0; /* so many CPUs that there is no room for kmap_local's slots */
	place(&plan, layout);
	return is_sound(&plan, layout);
}
