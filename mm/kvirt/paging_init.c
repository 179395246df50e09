/* SPDX-License-Identifier: MIT */
/*
 * paging_init.c - the kernel's own page table is made.
 *
 * A kernel starts on a small table that maps its first few megabytes (F5). This one maps
 * all of lowmem, with the largest pages that fit, and the kernel's image with the rights
 * of each section: text is not writable, data does not execute. It is built while the
 * small one is in use, so its tables come from lowmem that the small one maps; memblock's
 * limit sees to that, and moves up as the mapping grows:
 *
 *   lowmem   |--- mapped by the early table ---|--------------------------------|
 *   step 1    this is mapped in the new table, and the image gets its rights
 *   step 2                                     the rest, bank by bank; if tables no longer
 *                                              fit below the limit, the new table is loaded
 *                                              and the limit moves up to what it maps
 *   step 3    the new table is loaded; nothing of the early one is left, so the null page
 *             and the identity mapping are gone
 */
#include "mm/kvirt/internal.h"

#if CONFIG_MMU

#include <quire/gfp.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/kvirt/vmap_area.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"

typedef unsigned long long ull;

#define KERNEL_DATA (PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY)

/* ---- tables, before and after the page allocator is up ---- */

static bool alloc_kernel_table(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys)
{
	phys_addr_t end = min_of(limit, (u64)memblock_get_current_limit());
	void *table;

	(void)ctx;
	if (this_quire()->phase == PHASE_BUDDY)
		return pt_page_ops.alloc(NULL, bytes, limit, phys);
	table = memblock_alloc_try_nid(bytes, max_of(bytes, 64UL), 0, end, NUMA_NO_NODE);
	if (!table)
		return false;
	*phys = virt_to_phys(table);
	kmemleak_ignore_phys(*phys);
	return true;
}

/* The tables of a boot that fails are forgotten with all of memblock. */
static void free_kernel_table(void *ctx, phys_addr_t phys, unsigned long bytes)
{
	(void)ctx;
	if (this_quire()->phase == PHASE_BUDDY)
		pt_page_ops.free(NULL, phys, bytes);
	else
		memblock_phys_free(phys, bytes);
}

static const struct pt_ops kernel_table_ops = { alloc_kernel_table, free_kernel_table, NULL };

/* ---- what is mapped ---- */

static u64 va_of_lowmem(phys_addr_t phys)
{
	return kernel_va(phys_to_virt(phys));
}

/* Maps the RAM of [*start, end) where memblock knows any. *start moves up to where it got. */
static int map_lowmem(struct pgtable *table, const struct machine_kvirt *layout,
		      phys_addr_t *start, phys_addr_t end)
{
	const struct pt_attr attr = { .prot = KERNEL_DATA, .cache = PT_CACHE_WB,
				      .max_page = layout->max_page };
	phys_addr_t from, to;
	u64 i;
	int err = 0;

	for_each_mem_range(i, &from, &to) {
		from = max_of(from, *start);
		to = min_of(to, end);
		if (err || from >= to)
			continue;
		err = pt_map(table, va_of_lowmem(from), from, to - from, &attr);
		if (!err)
			*start = to;
	}
	if (!err)
		*start = end;
	return err;
}

/*
 * A piece of the image: rights for what lies in the direct map, a mapping of its own for
 * the rest, and nothing at all for a hole.
 */
static int map_piece(struct pgtable *table, const struct machine_kvirt *layout,
		     const struct machine_mapping *m)
{
	const struct pt_attr attr = { .prot = m->prot | PT_ACCESSED | PT_DIRTY,
				      .cache = (enum pt_cache)m->cache,
				      .max_page = layout->max_page };
	struct pt_entry there;

	if (!m->prot)
		return pt_unmap(table, m->va, m->size);
	if (!pt_lookup(table, m->va, &there))
		return pt_protect(table, m->va, m->size, m->prot);
	return pt_map(table, m->va, m->phys, m->size, &attr);
}

static int map_image(struct pgtable *table, const struct machine_kvirt *layout)
{
	size_t i;
	int err = 0;

	for (i = 0; i < layout->nr_mappings && !err; i++) {
		const struct machine_mapping *m = &layout->mappings[i];

		if (m->size)
			err = map_piece(table, layout, m);
		if (err)
			pr_err("paging_init: %s cannot be mapped at 0x%llx (%d)",
			       m->name ? m->name : "the image", (ull)m->va, err);
	}
	return err;
}

static void load_table(const struct pgtable *table, const struct machine_kvirt *layout)
{
	if (layout->load_table)
		layout->load_table(layout->ctx, table->root);
}

/*
 * How much is mapped before memblock's limit is looked at again: so much that 1 GB pages, where
 * CPU and format have them, are not cut.
 */
#define SMALL_STEP ((phys_addr_t)256 << 20)
#define LARGE_STEP ((phys_addr_t)1 << 30)
static phys_addr_t step_of(const struct pt_format *f, const struct machine_kvirt *layout)
{
	unsigned int level;

	if (layout->max_page && layout->max_page < LARGE_STEP)
		return SMALL_STEP;
	for (level = 0; level < f->levels; level++)
		if (f->level[level].leaf && pt_level_size(f, level) == LARGE_STEP)
			return LARGE_STEP;
	return SMALL_STEP;
}

/* Steps 2 and 3: the rest of lowmem, from `mapped` on. */
static int map_rest(struct pgtable *table, const struct machine_kvirt *layout, phys_addr_t mapped)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	phys_addr_t end = min_of(geo->lowmem_end, memblock_end_of_DRAM());
	phys_addr_t step = step_of(pt_format_of(table), layout);
	int err;

	while (mapped < end) {
		phys_addr_t next = end - mapped > step ? (mapped + step) & ~(step - 1) : end;
		bool can_open_more = memblock_get_current_limit() < mapped;

		err = map_lowmem(table, layout, &mapped, next);
		if (err == -ENOMEM && can_open_more) {
			load_table(table, layout);
			memblock_set_current_limit(mapped);
			continue;
		}
		if (err)
			return err;
	}
	return 0;
}

static int make_table(struct pgtable *table, const struct machine_kvirt *layout)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	phys_addr_t mapped = layout->mapped_end ? min_of(layout->mapped_end, geo->lowmem_end)
						: geo->lowmem_start;
	phys_addr_t start = geo->lowmem_start;
	int err = pt_create(table, layout->format, &kernel_table_ops, NULL);

	if (err)
		return err;
	err = map_lowmem(table, layout, &start, mapped);
	if (!err && layout->mapped_end)
		err = map_image(table, layout);
	if (!err)
		err = map_rest(table, layout, mapped);
	if (!err && !layout->mapped_end)
		err = map_image(table, layout);
	return err;
}

static void say_what_is_mapped(const struct pgtable *table)
{
	const struct pt_format *f = pt_format_of(table);
	unsigned int level;
	unsigned long tables = 0;

	for (level = 0; level < f->levels; level++)
		tables += table->nr_tables[level];
	pr_info("paging_init: %s, %lu tables, root at 0x%llx", f->name, tables, (ull)table->root);
}

static int paging_init(const struct quire_machine *machine)
{
	struct kvirt_state *kv = &this_quire()->kvirt;
	int err;

	kv->layout = machine->kvirt;
#if !CONFIG_KERNEL_WINDOW
	kv->layout.direct_map_va = machine->direct_map;
#endif
	this_quire()->pgtable.format = machine->kvirt.format;
	if (machine->flags & MACHINE_AS_DUMPED)
		return 0;
	err = make_table(&kv->table, &kv->layout);
	if (err) {
		pr_err("paging_init: the kernel's page table cannot be made (%d)", err);
		return err;
	}
	load_table(&kv->table, &kv->layout);
	memblock_set_current_limit(this_quire()->geo.lowmem_end);
	say_what_is_mapped(&kv->table);
	return 0;
}

int paging_init_late(void)
{
	struct kvirt_state *kv = &this_quire()->kvirt;
	struct pgtable table = { 0 };
	unsigned long flags;
	bool is_first;
	int err = make_table(&table, &kv->layout);

	if (err) {
		if (table.format)
			pt_destroy(&table);
		return err;
	}
	flags = spin_lock_irqsave(&kv->table_lock);
	is_first = !kv->table.format;
	if (is_first) {
		const struct pt_format *format = table.format;

		table.format = NULL;
		kv->table = table;
		store_release(kv->table.format, format);
	}
	spin_unlock_irqrestore(&kv->table_lock, flags);
	if (!is_first)
		pt_destroy(&table); /* another thread was as quick */
	return 0;
}

static int windows_init(void)
{
	int err = vmalloc_init();

	if (!err)
		err = highmem_init();
	return err ? err : percpu_window_init();
}

const struct kvirt_layer quire_kvirt = {
	.paging_init = paging_init,
	.vmalloc_init = windows_init,
	.map_ram = kernel_map_ram,
	.unmap_ram = kernel_unmap_ram,
	.next_area = vmap_area_next,
	.count_nodes = vmap_area_count_nodes,
};

#endif
