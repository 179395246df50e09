/* SPDX-License-Identifier: MIT */
/*
 * kernel_table.c - the kernel's page table, once it is made: found, changed, and kept in
 * step with the process where the MMU is software.
 *
 * No leaf is ever put into the root, and no table that hangs on the root is freed: every
 * address space has a root of its own with a copy of the kernel's entries, which would go
 * on pointing to what was there.
 */
#include "mm/kvirt/internal.h"

#if CONFIG_MMU

#include <quire/port.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/pgtable/internal.h"

struct pgtable *kernel_pgtable(void)
{
	struct kvirt_state *kv = &this_quire()->kvirt;

	if (!kv->layout.format)
		return NULL;
	if (!kernel_table_if_made() && (this_quire()->phase != PHASE_BUDDY || paging_init_late()))
		return NULL;
	return &kv->table;
}

static unsigned long lock_table(void)
{
	return spin_lock_irqsave(&this_quire()->kvirt.table_lock);
}
static void unlock_table(unsigned long flags)
{
	spin_unlock_irqrestore(&this_quire()->kvirt.table_lock, flags);
}

/* ---- ranges that are contiguous in physical memory ---- */

/* The largest pages are those of the level below the root. */
static u64 largest_page(const struct pt_format *f)
{
	return pt_level_size(f, f->levels > 2 ? f->levels - 2u : 0);
}

int kernel_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot,
	       enum pt_cache cache)
{
	struct pgtable *table = kernel_pgtable();
	struct pt_attr attr = { .prot = prot, .cache = cache };
	u64 va = kernel_va((void *)addr);
	unsigned long flags;
	int err;

	if (!table)
		return -EINVAL;
	attr.max_page = largest_page(pt_format_of(table));
	flags = lock_table();
	err = pt_map(table, va, phys, size, &attr);
#if CONFIG_KERNEL_WINDOW
	if (!err) {
		err = port_window_map(addr, phys, size, prot);
		if (err)
			pt_unmap(table, va, size);
	}
#endif
	quire_map_barrier();
	unlock_table(flags);
	return err;
}

static int stop_at_leaf(void *ctx, const struct pt_entry *entry)
{
	(void)ctx;
	return entry->kind == PT_LEAF;
}

/* In a process. The host is asked only if there is something: it takes longer than all the rest. */
static void unmap_window(uintptr_t addr, size_t size, bool is_mapped)
{
#if CONFIG_KERNEL_WINDOW
	if (is_mapped)
		port_window_unmap(addr, size);
#else
	(void)addr;
	(void)size;
	(void)is_mapped;
#endif
}

void kernel_unmap(uintptr_t addr, size_t size)
{
	struct pgtable *table = kernel_table_if_made();
	u64 va = kernel_va((void *)addr);
	unsigned long flags;
	bool is_mapped;
	int err;

	if (!table)
		return;
	flags = lock_table();
	is_mapped = CONFIG_KERNEL_WINDOW && pt_walk_range(table, va, size, stop_at_leaf, NULL) > 0;
	err = pt_unmap(table, va, size);
	if (!err)
		unmap_window(addr, size, is_mapped);
	unlock_table(flags);
	WARN(err, "kernel_unmap: %zu bytes at %p cannot be unmapped (%d)", size, (void *)addr, err);
}

/* ---- RAM that comes and goes ---- */

/* What the direct map has of the range; 0: nothing. */
static size_t lowmem_size(phys_addr_t start, phys_addr_t size)
{
	phys_addr_t end = this_quire()->geo.lowmem_end;

	return start < end ? (size_t)min_of(size, end - start) : 0;
}

int kernel_map_ram(phys_addr_t start, phys_addr_t size)
{
	struct pgtable *table = kernel_table_if_made();
	struct pt_attr attr = { .prot = PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY,
				.cache = PT_CACHE_WB };
	size_t bytes = lowmem_size(start, size);
	unsigned long flags;
	int err;

	if (!table || !bytes)
		return 0;
	attr.max_page = largest_page(pt_format_of(table));
	if (this_quire()->kvirt.layout.max_page)
		attr.max_page = min_of(attr.max_page, this_quire()->kvirt.layout.max_page);
	flags = lock_table();
	err = pt_map(table, kernel_va(phys_to_virt(start)), start, bytes, &attr);
	quire_map_barrier();
	unlock_table(flags);
	return err;
}

int kernel_unmap_ram(phys_addr_t start, phys_addr_t size)
{
	struct pgtable *table = kernel_table_if_made();
	size_t bytes = lowmem_size(start, size);
	unsigned long flags;
	int err;

	if (!table || !bytes)
		return 0;
	flags = lock_table();
	err = pt_unmap(table, kernel_va(phys_to_virt(start)), bytes);
	unlock_table(flags);
	if (!err)
		port_tlb_flush((uintptr_t)phys_to_virt(start), bytes, 0);
	return err;
}

/* ---- scattered pages: a table of level 0 is found once for all its entries ---- */

/*
 * The table of `level` that maps the address. 0; -ENOENT: it is not there; -EEXIST: an entry
 * above is no table, but not empty.
 */
static int find_table(const struct pgtable *pt, u64 va, unsigned int level, phys_addr_t *table)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int at = f->levels - 1u;
	struct pt_found found;

	*table = pt->root;
	for (; at > level; at--)
		if (!pt_step(f, at, va, table, &found))
			return found.entry ? -EEXIST : -ENOENT;
	return 0;
}

/* How many entries there are from an address to the end of its table of level 0. */
static unsigned int entries_to_end(const struct pt_format *f, u64 va)
{
	return (1u << f->level[0].bits) - (unsigned int)pt_index(f, 0, va);
}

/* How many tables of a level are missing for [va, last]; negative: a large page is there. */
static long count_missing(const struct pgtable *pt, u64 va, u64 last, unsigned int level)
{
	u64 span = pt_level_size(pt_format_of(pt), level + 1), at = va & ~(span - 1);
	long missing = 0;

	for (;; at += span) {
		phys_addr_t table;
		int err = find_table(pt, at, level, &table);

		if (err == -EEXIST)
			return err;
		missing += err == -ENOENT;
		if (last - at < span)
			return missing;
	}
}

/* Which tables it takes to map [va, last]. 0; -EEXIST. */
static int count_tables(const struct pgtable *pt, u64 va, u64 last, struct pt_reserve *reserve)
{
	unsigned int level;

	for (level = 0; level + 1 < pt_format_of(pt)->levels; level++) {
		long missing = count_missing(pt, va, last, level);

		if (missing <= 0)
			return (int)missing; /* where a table is, there are those above it */
		reserve->needed[level] = (unsigned long)missing;
	}
	return 0;
}

/* The way down to level 0, with tables from the reserve where there are none. */
static phys_addr_t make_way(struct pgtable *pt, u64 va, struct pt_reserve *reserve)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int level = f->levels - 1u;
	phys_addr_t table = pt->root;

	for (; level; level--) {
		void *slot = pt_slot(f, phys_to_virt(table), pt_index(f, level, va));
		u64 entry = pt_read(f, slot);

		if (!entry) {
			table = quire_pt_take(pt, reserve, level - 1);
			pt_write(f, slot, pt_make_table(f, level, table));
		} else {
			table = (phys_addr_t)pt_table_addr(f, level, entry);
		}
	}
	return table;
}

/* Are the entries of these pages empty, as far as there are tables? */
static bool entries_are_empty(const struct pgtable *pt, u64 va, unsigned int nr)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int i, n;

	for (; nr; nr -= n, va += (u64)n << PAGE_SHIFT) {
		phys_addr_t table;
		void *slot;

		n = min_of(nr, entries_to_end(f, va));
		if (find_table(pt, va, 0, &table))
			continue;
		slot = pt_slot(f, phys_to_virt(table), pt_index(f, 0, va));
		for (i = 0; i < n; i++)
			if (pt_read(f, pt_slot(f, slot, i)))
				return false;
	}
	return true;
}

static void write_entries(struct pgtable *pt, u64 va, struct page *const *pages, unsigned int nr,
			  u64 leaf, struct pt_reserve *reserve)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int i, n;

	for (; nr; nr -= n, pages += n, va += (u64)n << PAGE_SHIFT) {
		phys_addr_t table = make_way(pt, va, reserve);
		void *slot = pt_slot(f, phys_to_virt(table), pt_index(f, 0, va));

		n = min_of(nr, entries_to_end(f, va));
		for (i = 0; i < n; i++)
			pt_write(f, pt_slot(f, slot, i),
				 leaf | pt_leaf_addr_bits(f, 0, page_to_phys(pages[i])));
	}
}

/* Clears the entries of level 0, and notes the pages that they mapped; returns how many. */
static unsigned int clear_entries(struct pgtable *pt, u64 va, unsigned int nr, struct page **pages)
{
	const struct pt_format *f = pt_format_of(pt);
	unsigned int i, n, found = 0;

	for (; nr; nr -= n, va += (u64)n << PAGE_SHIFT) {
		phys_addr_t table;
		void *slot;

		n = min_of(nr, entries_to_end(f, va));
		if (find_table(pt, va, 0, &table))
			continue;
		slot = pt_slot(f, phys_to_virt(table), pt_index(f, 0, va));
		for (i = 0; i < n; i++, slot = pt_slot(f, slot, 1)) {
			u64 entry = pt_read(f, slot);

			if (!entry)
				continue;
			pt_write(f, slot, 0);
			if (pages)
				pages[found] = phys_to_page((phys_addr_t)pt_leaf_addr(f, 0, entry));
			found++;
		}
	}
	return found;
}

#if CONFIG_KERNEL_WINDOW
/* Maps the pages in the process, as many at once as are contiguous. */
static int map_window(uintptr_t addr, struct page *const *pages, unsigned int nr, unsigned int prot)
{
	unsigned int i, n;
	int err = 0;

	for (i = 0; i < nr && !err; i += n) {
		pfn_t pfn = page_to_pfn(pages[i]);

		for (n = 1; i + n < nr && page_to_pfn(pages[i + n]) == pfn + n;)
			n++;
		err = port_window_map(addr + i * PAGE_SIZE, PFN_PHYS(pfn), n * PAGE_SIZE, prot);
		if (err && i)
			port_window_unmap(addr, i * PAGE_SIZE);
	}
	return err;
}
#endif

/*
 * Can the format map these pages so? Its bits can hold each address if they can hold all of
 * them together.
 */
static bool can_hold(const struct pt_format *f, struct page *const *pages, unsigned int nr,
		     unsigned int prot, enum pt_cache cache)
{
	phys_addr_t bits = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		bits |= page_to_phys(pages[i]);
	return pt_leaf_can_map(f, 0, bits) && cache < PT_NR_CACHES &&
	       (pt_prot_fit(f, prot) & (PT_READ | PT_EXEC));
}

static int map_pages_locked(struct pgtable *pt, uintptr_t addr, struct page *const *pages,
			    unsigned int nr, unsigned int prot, enum pt_cache cache)
{
	const struct pt_format *f = pt_format_of(pt);
	struct pt_reserve reserve = { { 0 }, { 0 } };
	struct pt_range range;
	int err = quire_pt_range(f, kernel_va((void *)addr), (u64)nr << PAGE_SHIFT, &range);

	if (err || !can_hold(f, pages, nr, prot, cache))
		return -EINVAL;
	err = count_tables(pt, range.va, range.last, &reserve);
	if (!err && !entries_are_empty(pt, range.va, nr))
		err = -EEXIST;
	if (!err)
		err = quire_pt_reserve(pt, &reserve);
	if (err)
		return err;
	write_entries(pt, range.va, pages, nr, pt_make_leaf(f, 0, 0, prot, cache), &reserve);
#if CONFIG_KERNEL_WINDOW
	err = map_window(addr, pages, nr, prot);
	if (err)
		clear_entries(pt, range.va, nr, NULL);
#endif
	return err;
}

int kernel_map_pages(uintptr_t addr, struct page *const *pages, unsigned int nr, unsigned int prot,
		     enum pt_cache cache)
{
	struct pgtable *table = kernel_pgtable();
	unsigned long flags;
	int err;

	if (!table)
		return -EINVAL;
	flags = lock_table();
	err = map_pages_locked(table, addr, pages, nr, prot, cache);
	quire_map_barrier();
	unlock_table(flags);
	return err;
}

unsigned int kernel_unmap_pages(uintptr_t addr, unsigned int nr, struct page **pages)
{
	struct pgtable *table = kernel_table_if_made();
	unsigned int found;
	unsigned long flags;
	u64 va;

	if (!table)
		return 0;
	va = kernel_va((void *)addr) & pt_va_mask(pt_format_of(table));
	flags = lock_table();
	found = clear_entries(table, va, nr, pages);
	unmap_window(addr, nr * PAGE_SIZE, found);
	unlock_table(flags);
	return found;
}

/* ---- large pages ---- */

unsigned int kernel_large_order(void)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;
	unsigned int order;

	if (!f || f->levels <= 2 || !f->level[1].leaf)
		return 0;
	order = f->level[1].shift - PAGE_SHIFT;
	return order < MAX_ORDER ? order : 0;
}

/* Takes an empty table of level 0 out of its place, onto the chain. */
static void unlink_if_empty(struct pgtable *pt, u64 va, phys_addr_t *chain)
{
	const struct pt_format *f = pt_format_of(pt);
	phys_addr_t above, table;
	unsigned long i, words = pt_table_bytes(f, 0) / sizeof(long);
	const unsigned long *word;

	if (find_table(pt, va, 1, &above) || find_table(pt, va, 0, &table))
		return;
	word = phys_to_virt(table);
	for (i = 0; i < words; i++)
		if (word[i])
			return;
	pt_write(f, pt_slot(f, phys_to_virt(above), pt_index(f, 1, va)), 0);
	quire_pt_chain(chain, table);
}

void kernel_free_tables(uintptr_t addr, size_t size)
{
	struct pgtable *pt = kernel_pgtable();
	phys_addr_t chain = 0;
	unsigned long flags;
	u64 va, span, offset;

	if (!pt || !kernel_large_order())
		return;
	span = pt_level_size(pt_format_of(pt), 1);
	va = kernel_va((void *)addr) & pt_va_mask(pt_format_of(pt));
	flags = lock_table();
	for (offset = -va & (span - 1); offset + span <= size; offset += span)
		unlink_if_empty(pt, va + offset, &chain);
	unlock_table(flags);
	if (!chain)
		return;
	/* Processors remember tables too. Until then nothing is mapped here. */
	port_tlb_flush(addr, size, 0);
	flags = lock_table();
	quire_pt_free_chain(pt, chain, 0);
	unlock_table(flags);
}

#endif
