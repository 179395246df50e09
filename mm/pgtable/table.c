/* SPDX-License-Identifier: MIT */
/*
 * table.c - the memory of tables: taken, kept in reserve, given back.
 *
 * Tables that are in no tree (in reserve, or unlinked and not freed yet) form chains. The
 * link is in the first 8 bytes of the table itself: the physical address of the next one.
 * It is a multiple of 1 KB, and below 4 GB where entries have 4 bytes, so a processor that
 * still looks at an unlinked table reads entries that are not present.
 */
#include <quire/gfp.h>
#include <quire/memblock.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/pgtable/internal.h"

/* ---- the default: the page allocator ---- */

static bool alloc_from_pages(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys)
{
	unsigned int order = get_order(bytes);
	/* The kernel's table is changed with its lock held: nobody may sleep for a page of it. */
	struct page *page = alloc_pages(GFP_ATOMIC | __GFP_ZERO, order);

	(void)ctx;
	if (page && (u64)page_to_phys(page) + bytes > limit) {
		__free_pages(page, order);
		page = alloc_pages(GFP_DMA32 | __GFP_ZERO | __GFP_NOWARN, order);
	}
	if (!page)
		return false;
	if ((u64)page_to_phys(page) + bytes > limit) {
		__free_pages(page, order);
		return false;
	}
	*phys = page_to_phys(page);
	return true;
}

static void free_to_pages(void *ctx, phys_addr_t phys, unsigned long bytes)
{
	(void)ctx;
	free_pages((unsigned long)phys_to_virt(phys), get_order(bytes));
}

const struct pt_ops pt_page_ops = { alloc_from_pages, free_to_pages, NULL };

/* ---- one table ---- */

/*
 * The end of the addresses that a table may have: below 4 GB where entries have 4 bytes
 * (Sv32 could reach 16 GB, but see the chains above), and the root of PAE, whose register
 * has 32 bits; else any.
 */
static u64 table_limit(const struct pt_format *f, unsigned int level)
{
	u64 limit = (u64)1 << f->phys_bits;

	if (f->entry_bytes == 4 || (level == f->levels - 1u && f->va_bits == 32))
		limit = min_of(limit, (u64)1 << 32);
	return limit;
}

static bool alloc_table(struct pgtable *pt, unsigned int level, phys_addr_t *phys)
{
	const struct pt_format *f = pt_format_of(pt);

	return pt->ops->alloc(pt->ctx, pt_table_bytes(f, level), table_limit(f, level), phys);
}

int pt_create(struct pgtable *pt, const struct pt_format *format, const struct pt_ops *ops,
	      void *ctx)
{
	struct pgtable made = { .format = format, .ops = ops ? ops : &pt_page_ops, .ctx = ctx };
	unsigned int level = pt_format_of(&made)->levels - 1u;

	if (!alloc_table(&made, level, &made.root))
		return -ENOMEM;
	made.nr_tables[level] = 1;
	*pt = made;
	return 0;
}

/*
 * What memblock knows of is mapped. Where it knows nothing, before the boot and after
 * memblock_discard(), all that lies below the direct map's end can be read, or all that has
 * page structures.
 */
bool quire_pt_reachable(u64 table, u64 bytes)
{
	u64 end = this_quire()->geo.lowmem_end;

	if (table >= end || bytes > end - table)
		return false;
	if (memblock_phys_mem_size())
		return memblock_is_map_memory((phys_addr_t)table) &&
		       memblock_is_map_memory((phys_addr_t)(table + bytes - 1));
	return !max_low_pfn || (PFN_DOWN(table + bytes - 1) < max_low_pfn && pfn_valid(PFN_DOWN(table)));
}

/* ---- chains ---- */

/* 8 bytes at any alignment of entries, read and written as halves. */
static phys_addr_t chain_next(phys_addr_t table)
{
	const u32 *half = phys_to_virt(table);

	return (phys_addr_t)(half[0] | (u64)half[1] << 32);
}

static void chain_set(phys_addr_t table, u64 next)
{
	u32 *half = phys_to_virt(table);

	half[1] = (u32)(next >> 32);
	half[0] = (u32)next;
}

/*
 * A head is the first table's address with bit 0 set, or 0: a zeroed reserve needs no
 * preparation, and a table may lie at physical address 0. The last table links to itself.
 */
void quire_pt_chain(phys_addr_t *chain, phys_addr_t table)
{
	chain_set(table, *chain ? *chain & ~(phys_addr_t)1 : table);
	*chain = table | 1;
}

static phys_addr_t unchain(phys_addr_t *chain)
{
	phys_addr_t table = *chain & ~(phys_addr_t)1, next = chain_next(table);

	chain_set(table, 0);
	*chain = next == table ? 0 : next | 1;
	return table;
}

void quire_pt_free_chain(struct pgtable *pt, phys_addr_t chain, unsigned int level)
{
	while (chain) {
		phys_addr_t table = unchain(&chain);

		pt->nr_tables[level]--;
		pt->ops->free(pt->ctx, table, pt_table_bytes(pt_format_of(pt), level));
	}
}

/* ---- in reserve ---- */

static void give_back(struct pgtable *pt, struct pt_reserve *reserve)
{
	unsigned int level;

	for (level = 0; level < PT_MAX_LEVELS; level++) {
		quire_pt_free_chain(pt, reserve->chain[level], level);
		reserve->chain[level] = 0;
	}
}

/* A table in reserve counts in nr_tables already: it is taken out of it when it is not used. */
int quire_pt_reserve(struct pgtable *pt, struct pt_reserve *reserve)
{
	unsigned int level;
	unsigned long n;

	for (level = 0; level < PT_MAX_LEVELS; level++) {
		for (n = 0; n < reserve->needed[level]; n++) {
			phys_addr_t table;

			if (!alloc_table(pt, level, &table)) {
				give_back(pt, reserve);
				return -ENOMEM;
			}
			pt->nr_tables[level]++;
			quire_pt_chain(&reserve->chain[level], table);
		}
	}
	return 0;
}

phys_addr_t quire_pt_take(struct pgtable *pt, struct pt_reserve *reserve, unsigned int level)
{
	(void)pt;
	BUG_ON(!reserve->chain[level]);
	return unchain(&reserve->chain[level]);
}

/* ---- giving back ---- */

struct free_walk {
	struct pt_walk walk;
	struct pgtable *pt;
	phys_addr_t chain[PT_MAX_LEVELS]; /* unlinked, not freed yet */
	unsigned long unlinked;
};

static int visit_tables(struct pt_walk *walk, const struct pt_place *place)
{
	return pt_is_table(walk->f, place->level, pt_read(walk->f, place->slot)) ? PT_WALK_INTO : 0;
}

static bool is_empty(const struct pt_format *f, unsigned int level, phys_addr_t table)
{
	const unsigned long *word = phys_to_virt(table);
	unsigned long n = pt_table_bytes(f, level) / sizeof(*word);

	while (n--)
		if (*word++)
			return false;
	return true;
}

static void unlink_table(struct free_walk *fw, const struct pt_place *place, phys_addr_t table)
{
	pt_write(fw->walk.f, place->slot, 0);
	quire_pt_chain(&fw->chain[place->level - 1], table);
	fw->unlinked++;
}

static void unlink_if_empty(struct pt_walk *walk, const struct pt_place *place)
{
	const struct pt_format *f = walk->f;
	phys_addr_t table = (phys_addr_t)pt_table_addr(f, place->level, pt_read(f, place->slot));

	if (is_empty(f, place->level - 1, table))
		unlink_table((struct free_walk *)walk, place, table);
}

static void unlink_always(struct pt_walk *walk, const struct pt_place *place)
{
	const struct pt_format *f = walk->f;
	phys_addr_t table = (phys_addr_t)pt_table_addr(f, place->level, pt_read(f, place->slot));

	unlink_table((struct free_walk *)walk, place, table);
}

static void free_unlinked(struct free_walk *fw)
{
	unsigned int level;

	for (level = 0; level < PT_MAX_LEVELS; level++)
		quire_pt_free_chain(fw->pt, fw->chain[level], level);
}

unsigned long pt_free_empty(struct pgtable *pt, u64 va, u64 size)
{
	const struct pt_format *f = pt_format_of(pt);
	struct free_walk fw = { .walk = { f, visit_tables, unlink_if_empty }, .pt = pt };
	struct pt_range range;

	if (quire_pt_range(f, va, size, &range))
		return 0;
	quire_pt_walk(&fw.walk, f->levels - 1u, pt->root, range);
	if (fw.unlinked && pt->ops->flush)
		pt->ops->flush(pt->ctx, va, size);
	free_unlinked(&fw);
	return fw.unlinked;
}

void pt_destroy(struct pgtable *pt)
{
	const struct pt_format *f = pt_format_of(pt);
	struct free_walk fw = { .walk = { f, visit_tables, unlink_always }, .pt = pt };

	quire_pt_walk(&fw.walk, f->levels - 1u, pt->root, pt_whole(f));
	free_unlinked(&fw);
	pt->ops->free(pt->ctx, pt->root, pt_table_bytes(f, f->levels - 1u));
	*pt = (struct pgtable){ .format = NULL };
}
