/* SPDX-License-Identifier: MIT */
/*
 * page_owner.c - who holds which pages: debugfs page_owner, a paragraph for each block, and a
 * summary by call site, which Linux leaves to a program that reads the paragraphs.
 *
 * A paragraph is Linux's as far as it can be. Instead of the task and the times there is the
 * allocation's number; instead of a stack there is the one address that is kept.
 */
#include <quire/gfp.h>
#include <quire/page_owner.h>

#include "mm/page/internal.h"
#include "mm/proc/internal.h"

static const char *const flag_names[__NR_PAGEFLAGS] = {
	[PG_locked] = "locked",
	[PG_referenced] = "referenced",
	[PG_uptodate] = "uptodate",
	[PG_dirty] = "dirty",
	[PG_lru] = "lru",
	[PG_active] = "active",
	[PG_workingset] = "workingset",
	[PG_waiters] = "waiters",
	[PG_error] = "error",
	[PG_slab] = "slab",
	[PG_private] = "private",
	[PG_writeback] = "writeback",
	[PG_head] = "head",
	[PG_reclaim] = "reclaim",
	[PG_swapbacked] = "swapbacked",
	[PG_unevictable] = "unevictable",
	[PG_mlocked] = "mlocked",
	[PG_reserved] = "reserved",
};

/* Linux numbers the zones that it is configured with. */
static unsigned int zone_number(enum zone_type type)
{
	unsigned int number = 0;
	enum zone_type below;

	for (below = 0; below < type; below++)
		number += zone_configured(below);
	return number;
}

/* What is shown of a page's structure. */
struct shown_page {
	unsigned long flags;
	int nid;
	enum zone_type zone;
	enum migratetype block;
};

/* False: its memory has gone since its record was read. */
static bool look_at(pfn_t pfn, struct shown_page *shown)
{
	u32 walk = memmap_walk_begin();
	const struct page *page = pfn_to_online_page(pfn);

	if (page)
		*shown = (struct shown_page){ page_flags(page) & PAGE_FLAGS_MASK, page_to_nid(page),
					      page_zonenum(page), get_pageblock_migratetype(page) };
	memmap_walk_end(walk);
	return page;
}

/* "0x200(slab|node=0|zone=1)": the value is that of the named flags alone. */
static void show_flags(struct seq_file *m, const struct shown_page *page)
{
	unsigned int bit;

	seq_printf(m, "0x%lx(", page->flags);
	for (bit = 0; bit < __NR_PAGEFLAGS; bit++)
		if (((page->flags >> bit) & 1) && flag_names[bit])
			seq_printf(m, "%s|", flag_names[bit]);
	seq_printf(m, "node=%d|zone=%u)", page->nid, zone_number(page->zone));
}

static void show_block(struct seq_file *m, pfn_t pfn, const struct page_owner *owner)
{
	struct shown_page page;

	if (!look_at(pfn, &page))
		return;
	seq_printf(m, "Page allocated via order %u, mask 0x%x, seq %lu\n", owner->order, owner->gfp,
		   owner->seq);
	seq_printf(m, "PFN %lu type %s Block %lu type %s Flags ", pfn,
		   migratetype_name(gfp_migratetype(owner->gfp)), pfn >> pageblock_order,
		   migratetype_name(page.block));
	show_flags(m, &page);
	seq_printf(m, "\n 0x%lx\n\n", (unsigned long)(uintptr_t)owner->caller);
}

void page_owner_show(struct seq_file *m)
{
	struct page_owner owner;
	pfn_t pfn = 0;

	for (; page_owner_next(&pfn, &owner); pfn += 1UL << owner.order)
		show_block(m, pfn, &owner);
}

/* ---- the summary ---- */

/* The sites in a table of `size` bytes; false: it is too small. */
static bool show_sites_in(struct seq_file *m, struct page_owner_site *sites, size_t size)
{
	long n = page_owner_sites(sites, size / sizeof(*sites)), i;

	if (n < 0)
		return false;
	seq_puts(m, "       pages      blocks  caller\n");
	for (i = 0; i < n; i++)
		seq_printf(m, "%12lu%12lu  0x%lx\n", sites[i].pages, sites[i].blocks,
			   (unsigned long)(uintptr_t)sites[i].caller);
	return true;
}

/* Nobody knows how many sites there are: the table is made larger until it holds them all. */
void page_owner_sites_show(struct seq_file *m)
{
	size_t size = PAGE_SIZE;
	bool is_done = !this_quire()->page.watch.owners;

	for (; !is_done; size *= 2) {
		void *sites = alloc_pages_exact(size, GFP_NOWAIT | __GFP_NOWARN);

		if (!sites) {
			seq_puts(m, "no memory for the list of call sites\n");
			return;
		}
		is_done = show_sites_in(m, sites, size);
		free_pages_exact(sites, size);
	}
}
