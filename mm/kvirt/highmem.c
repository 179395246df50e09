/* SPDX-License-Identifier: MIT */
/*
 * highmem.c - RAM that the direct map does not reach: the windows through which it is seen,
 * set up at boot.
 *
 * A 32-bit kernel has a gigabyte or so of addresses, most of it the direct map of the first
 * 896 MB. The pages above have no address until somebody wants to touch them, and then
 * for as long as that takes. There are two kinds of wanting:
 *
 *   kmap         |s|s|s|s|s| ... |s|    LAST_PKMAP slots that all CPUs share. Whoever has
 *                                       one may sleep with it; who finds none, waits. It takes
 *                                       a lock and a hash look-up; a slot is reused only
 *                                       after all TLBs have forgotten it: one flush for a
 *                                       whole window of them. kmap_slots.c, kmap.c
 *
 *   kmap_local   |CPU n| ... |CPU 0|    16 slots for each CPU alone, in the fixmap, used as
 *                                       a stack. No lock, no search, no waiting, and the
 *                                       flush is this CPU's own business. kmap_local.c
 *
 * Both write single entries of page tables that are made here once, all of them, so that
 * mapping a page can neither fail nor need memory: that is what lets a page be cleared or
 * copied where memory is short. (In a process, where the host's own mapping follows the
 * table, the host can run out of room.) They are found once, too: nobody walks from the
 * root to map a page. It follows that nobody may ever free these tables: so vmalloc, which
 * frees those that it has emptied, must have none of them in its window.
 *
 * Lock order: highmem_state.lock, then the table's, then the page allocator's. With
 * CONFIG_SMP the first is held while all TLBs are flushed.
 */
#include "mm/kvirt/highmem_internal.h"

#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

unsigned long nr_free_highpages(void)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone_is_highmem(zone))
			pages += zone_free_pages(zone);
	return pages;
}

#if CONFIG_MMU

typedef unsigned long long ull;

static size_t fixmap_pages(const struct machine_kvirt *layout)
{
	return (layout->fixmap_end - layout->fixmap_start) >> PAGE_SHIFT;
}

#if QUIRE_KMAP

static bool has_highmem(void)
{
	return max_low_pfn < max_pfn;
}

/* Has the fixmap room for the slots of every CPU? */
static bool has_local_slots(const struct machine_kvirt *layout)
{
	return fixmap_pages(layout) >= __end_of_fixed_addresses;
}

/* ---- page tables of a window ---- */

/* The table of level 0 that maps an address; NULL: there is none yet. */
static void *find_table(const struct pgtable *pt, u64 va)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int level = f->levels;
	phys_addr_t table = pt->root;
	struct pt_found found;

	while (--level)
		if (!pt_step(f, level, va, &table, &found))
			return NULL;
	return phys_to_virt(table);
}

/* The same, and makes it if it is missing: by mapping a page and taking it away again. */
static int get_table(struct pgtable *pt, u64 va, void **table)
{
	const struct pt_attr attr = { .prot = PT_READ, .max_page = PAGE_SIZE };
	int err = 0;

	*table = find_table(pt, va);
	if (*table)
		return 0;
	err = pt_map(pt, va, PFN_PHYS(min_low_pfn), PAGE_SIZE, &attr);
	if (!err)
		err = pt_unmap(pt, va, PAGE_SIZE);
	*table = find_table(pt, va); /* what is empty stays */
	return err;
}

/* How many tables map kmap's window. */
static size_t nr_pkmap_tables(const struct machine_kvirt *layout)
{
	unsigned int shift = layout->format->level[1].shift;
	u64 va = kernel_va((void *)layout->pkmap_base);
	u64 last = va + ((u64)layout->last_pkmap << PAGE_SHIFT) - 1;

	return (size_t)((last >> shift) - (va >> shift)) + 1;
}

static int make_pkmap_tables(struct highmem_state *hm, struct pgtable *pt)
{
	u64 va = kernel_va((void *)PKMAP_BASE), step = pt_level_size(pt_format_of(pt), 1);
	size_t i, nr = nr_pkmap_tables(&this_quire()->kvirt.layout);
	int err = 0;

#if CONFIG_KERNEL_WINDOW
	hm->pkmap_va = va;
#endif
	for (i = 0; i < nr && !err; i++, va += step)
		err = get_table(pt, va, &hm->pkmap_tables[i]);
	return err;
}

/* The slots of one CPU, and the entry of each. */
static int make_local_tables(struct kmap_cpu *cpu, struct pgtable *pt, unsigned int id)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int i;
	int err = 0;

	cpu->first = __fix_to_virt(FIX_KMAP_BEGIN + KM_MAX_IDX * id);
	for (i = 0; i < KM_MAX_IDX && !err; i++) {
		u64 va = kernel_va((void *)(cpu->first - ((uintptr_t)i << PAGE_SHIFT)));
		void *table;

		err = get_table(pt, va, &table);
		if (!err)
			cpu->pte[i] = pt_slot(f, table, pt_index(f, 0, va));
	}
	return err;
}

/* All tables that slots need. 0, or what pt_map says. */
static int make_tables(struct highmem_state *hm, struct pgtable *pt)
{
	unsigned long flags = spin_lock_irqsave(&this_quire()->kvirt.table_lock);
	unsigned int id;
	int err = hm->slots ? make_pkmap_tables(hm, pt) : 0;

	for (id = 0; hm->cpu && id < quire_nr_cpus() && !err; id++)
		err = make_local_tables(&hm->cpu[id], pt, id);
	spin_unlock_irqrestore(&this_quire()->kvirt.table_lock, flags);
	/* A CPU may have looked at a page while it was there. */
	if (hm->slots)
		port_tlb_flush(PKMAP_BASE, (size_t)LAST_PKMAP << PAGE_SHIFT, 0);
	if (hm->cpu)
		port_tlb_flush(__fix_to_virt(FIX_KMAP_END),
			       (size_t)(KM_MAX_IDX * quire_nr_cpus()) << PAGE_SHIFT, 0);
	return err;
}

/* ---- bringing it up ---- */

/* How many bytes each part takes; 0: the machine has no such window. */
struct highmem_sizes {
	size_t cpu, slots, tables, buckets, all;
};

static unsigned int nr_buckets(unsigned int slots)
{
	return slots >= 4 ? slots / 4 : 1;
}

static struct highmem_sizes sizes_for(const struct machine_kvirt *layout)
{
	struct highmem_sizes s = { 0 };

	if (has_local_slots(layout))
		s.cpu = quire_nr_cpus() * sizeof(struct kmap_cpu);
	if (layout->last_pkmap && has_highmem()) {
		s.slots = layout->last_pkmap * sizeof(struct pkmap_slot);
		s.tables = nr_pkmap_tables(layout) * sizeof(void *);
		s.buckets = nr_buckets(layout->last_pkmap) * sizeof(unsigned int);
	}
	s.all = s.cpu + s.slots + s.tables + s.buckets;
	return s;
}

/* Deals the block out, what needs most alignment first. */
static void place_parts(struct highmem_state *hm, char *block, const struct highmem_sizes *s)
{
	hm->cpu = s->cpu ? (struct kmap_cpu *)block : NULL;
	block += s->cpu;
	hm->slots = s->slots ? (struct pkmap_slot *)block : NULL;
	block += s->slots;
	hm->pkmap_tables = (void **)block;
	block += s->tables;
	hm->buckets = (unsigned int *)block;
	hm->bucket_bits = fls_long(nr_buckets(LAST_PKMAP)) - 1;
	hm->last_nr = 0;
}

/* With the lock held. 0; -ENOMEM, or what pt_map says: nothing has changed but for empty tables. */
static int bring_up_locked(struct highmem_state *hm, struct pgtable *pt)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	const struct highmem_sizes s = sizes_for(layout);
	char *block = s.all ? alloc_pages_exact(s.all, GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN) : NULL;
	int err = s.all ? -ENOMEM : 0;

	if (block) {
		place_parts(hm, block, &s);
		err = make_tables(hm, pt);
	}
	if (err) {
		hm->cpu = NULL;
		hm->slots = NULL;
		free_pages_exact(block, s.all);
		return err;
	}
	hm->kernel_leaf = pt_make_leaf(layout->format, 0, 0, PAGE_KERNEL.prot, PAGE_KERNEL.cache);
	store_release(hm->is_up, true);
	return 0;
}

bool quire_highmem_bring_up(void)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	struct pgtable *pt;
	unsigned long flags;
	int err = 0;

	if (this_quire()->phase != PHASE_BUDDY || !this_quire()->kvirt.layout.format)
		return false;
	flags = spin_lock_irqsave(&hm->lock);
	if (!hm->is_up) {
		pt = kernel_pgtable();
		err = pt ? bring_up_locked(hm, pt) : -ENOMEM;
	}
	spin_unlock_irqrestore(&hm->lock, flags);
	if (err)
		pr_err("highmem_init: the page tables of the windows cannot be made (%d)", err);
	return !err;
}

/* ---- what the page layer asks for ---- */

static const struct highmem_ops address_only = { .address = quire_pkmap_address };
static const struct highmem_ops address_and_clear = {
	.address = quire_pkmap_address,
	.clear = clear_highpage,
	.map = quire_try_kmap_local,
	.unmap = kunmap_local,
};

/* ---- the boot ---- */

/* Do two windows have pages that one table of level 0 maps? */
static bool shares_table(uintptr_t start, uintptr_t end, uintptr_t other, uintptr_t other_end)
{
	unsigned int shift = this_quire()->kvirt.layout.format->level[1].shift;
	u64 first = kernel_va((void *)start) >> shift, last = kernel_va((void *)(end - 1)) >> shift;
	u64 from = kernel_va((void *)other) >> shift, to = kernel_va((void *)(other_end - 1)) >> shift;

	return start < end && other < other_end && first <= to && from <= last;
}

static int refuse_shared_table(const char *name)
{
	pr_err("highmem_init: a page table maps parts of vmalloc and of %s: 0x%llx bytes is what "
	       "one maps",
	       name, (ull)pt_level_size(this_quire()->kvirt.layout.format, 1));
	return -EINVAL;
}

static int check_layout(const struct machine_kvirt *layout)
{
	uintptr_t pkmap_end = layout->pkmap_base + ((uintptr_t)layout->last_pkmap << PAGE_SHIFT);

	if (shares_table(layout->pkmap_base, pkmap_end, layout->vmalloc_start, layout->vmalloc_end))
		return refuse_shared_table("kmap's window");
	if (shares_table(layout->fixmap_start, layout->fixmap_end, layout->vmalloc_start,
			 layout->vmalloc_end))
		return refuse_shared_table("the fixmap");
	if (has_highmem() && fixmap_pages(layout) && !has_local_slots(layout)) {
		pr_err("highmem_init: the fixmap has %zu pages: %u are needed for %u CPU%s",
		       fixmap_pages(layout), __end_of_fixed_addresses, quire_nr_cpus(),
		       quire_nr_cpus() == 1 ? "" : "s");
		return -EINVAL;
	}
	return 0;
}

/* How highmem is reached on this machine, as a part of the boot's line. */
static void describe_kmap(const struct machine_kvirt *layout, char *text, size_t size)
{
	int len;

	if (!has_highmem()) {
		quire_snprintf(text, size, "all RAM is in the direct map");
		return;
	}
	if (layout->last_pkmap)
		len = quire_snprintf(text, size, "%u slots of kmap at 0x%llx", layout->last_pkmap,
				     (ull)kernel_va((void *)layout->pkmap_base));
	else
		len = quire_snprintf(text, size, "no window for kmap");
	if (has_local_slots(layout))
		quire_snprintf(text + len, size - (size_t)len, ", %d of kmap_local for each CPU",
			       KM_MAX_IDX);
	else
		quire_snprintf(text + len, size - (size_t)len, ", none for kmap_local");
}

static int set_up(const struct machine_kvirt *layout)
{
	const struct pt_format *f = layout->format;
	int err = check_layout(layout);

	if (err || !has_highmem())
		return err;
	this_quire()->page.highmem = has_local_slots(layout) ? &address_and_clear : &address_only;
	if (!pt_leaf_can_map(f, 0, PFN_PHYS(max_pfn - 1)))
		pr_warn("highmem_init: RAM up to 0x%llx is more than %s can map",
			(ull)PFN_PHYS(max_pfn - 1), f->name);
	if (this_quire()->boot.flags & MACHINE_AS_DUMPED)
		return 0; /* takes nothing yet */
	return quire_highmem_bring_up() ? 0 : -ENOMEM;
}

#else

static void describe_kmap(const struct machine_kvirt *layout, char *text, size_t size)
{
	(void)layout;
	quire_snprintf(text, size, "no highmem in this build");
}

static int set_up(const struct machine_kvirt *layout)
{
	(void)layout;
	return 0;
}

#endif

int highmem_init(void)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	char kmap[120], fixmap[60] = "no fixmap";
	int err = set_up(layout);

	if (err)
		return err;
	describe_kmap(layout, kmap, sizeof(kmap));
	if (fixmap_pages(layout))
		quire_snprintf(fixmap, sizeof(fixmap), "fixmap of %zu pages below 0x%llx",
			       fixmap_pages(layout), (ull)kernel_va((void *)(layout->fixmap_end - 1)) + 1);
	pr_info("highmem_init: %s; %s", kmap, fixmap);
	return 0;
}

#endif
