/* SPDX-License-Identifier: MIT */
/*
 * vmap_area_validate.c - is the vmalloc window as it should be?
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/kvirt/internal.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

typedef unsigned long long ull;

/* What the walk over all pieces has seen so far. */
struct survey {
	uintptr_t at; /* end of the piece before */
	bool after_gap;
	unsigned long pieces, lazy_pages, vmalloc_pages;
	long io_areas;
	bool is_moving; /* some area is just being mapped or unmapped */
};

#define CHECK_THAT(cond, ...)                                     \
	do {                                                      \
		if (!(cond)) {                                    \
			pr_err("vmalloc_validate: " __VA_ARGS__); \
			return -EINVAL;                           \
		}                                                 \
	} while (0)

/* ---- the pieces ---- */

static int check_area(const struct vmap_area *va, struct survey *s)
{
	CHECK_THAT(vmap_state(va) != VMAP_FREE, "a gap at %p is in the tree of areas", va->vm.addr);
	CHECK_THAT(va->vm.size > PAGE_SIZE, "the area at %p has no page", va->vm.addr);
	if (va->is_in_phys_root)
		s->io_areas++;
	if (vmap_state(va) == VMAP_LAZY)
		s->lazy_pages += va->vm.size >> PAGE_SHIFT;
	if (vmap_state(va) == VMAP_BUSY && (va->vm.flags & VM_ALLOC)) {
		s->vmalloc_pages += va->vm.nr_pages;
		CHECK_THAT((ull)va->vm.nr_pages << PAGE_SHIFT == vmap_usable(va),
			   "the area at %p has %u pages", va->vm.addr, va->vm.nr_pages);
	}
	s->is_moving |= vmap_state(va) == VMAP_NEW || vmap_state(va) == VMAP_DYING;
	s->after_gap = false;
	return 0;
}

static int check_gap(const struct vmap_area *gap, struct survey *s)
{
	uintptr_t largest = gap->vm.size;
	unsigned int side;

	for (side = 0; side < 2; side++) {
		const struct rb_node *child = gap->rb_node.rb_child[side];
		const struct vmap_area *below = rb_entry_safe((struct rb_node *)(uintptr_t)child,
							      struct vmap_area, rb_node);

		if (below && below->largest_gap > largest)
			largest = below->largest_gap;
	}
	CHECK_THAT(vmap_state(gap) == VMAP_FREE, "an area at %p is in the tree of gaps",
		   gap->vm.addr);
	CHECK_THAT(!s->after_gap, "two gaps meet at %p", gap->vm.addr);
	CHECK_THAT(gap->vm.size, "the gap at %p is empty", gap->vm.addr);
	CHECK_THAT(gap->largest_gap == largest, "the gap at %p does not know the largest below it",
		   gap->vm.addr);
	s->after_gap = true;
	return 0;
}

/* The next piece by address: of both trees, the one that comes first. */
static struct vmap_area *next_piece(struct rb_node **gap, struct rb_node **taken, bool *is_gap)
{
	struct vmap_area *g = rb_entry_safe(*gap, struct vmap_area, rb_node);
	struct vmap_area *t = rb_entry_safe(*taken, struct vmap_area, rb_node);

	*is_gap = g && (!t || vmap_start(g) < vmap_start(t));
	if (*is_gap)
		*gap = rb_next(*gap);
	else if (t)
		*taken = rb_next(*taken);
	return *is_gap ? g : t;
}

static int check_pieces(struct survey *s)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct rb_node *gap = rb_first(&vs->free_root), *taken = rb_first(&vs->taken_root);
	struct vmap_area *piece;
	bool is_gap;
	int err = 0;

	s->at = vs->start;
	while (!err && (piece = next_piece(&gap, &taken, &is_gap))) {
		CHECK_THAT(vmap_start(piece) == s->at && !(piece->vm.size & (PAGE_SIZE - 1)),
			   "a piece at %p, where %p is the end of the one before", piece->vm.addr,
			   (void *)s->at);
		err = is_gap ? check_gap(piece, s) : check_area(piece, s);
		s->at = vmap_end(piece);
		s->pieces++;
	}
	if (err || !s->pieces)
		return err; /* before the first area there is no piece */
	CHECK_THAT(s->at == vs->end, "the last piece ends at %p", (void *)s->at);
	return 0;
}

/* ---- what is mapped: the page table and the pieces, side by side ---- */

struct mapping {
	struct rb_node *gap, *taken; /* the pieces behind this one */
	const struct vmap_area *piece;
	u64 bytes;    /* mapped in it so far */
	u64 start_va; /* the machine's address of the window */
};

/* The piece is behind us: is as much mapped in it as must be? */
static int check_piece_is_mapped(const struct mapping *m)
{
	const struct vmap_area *va = m->piece;

	if (!va || vmap_state(va) != VMAP_BUSY || va->is_bare)
		return 0;
	CHECK_THAT(m->bytes == vmap_usable(va), "the area at %p maps 0x%llx bytes of 0x%llx",
		   va->vm.addr, (ull)m->bytes, (ull)vmap_usable(va));
	return 0;
}

static int next_mapping(struct mapping *m)
{
	int err = check_piece_is_mapped(m);
	bool is_gap;

	m->piece = next_piece(&m->gap, &m->taken, &is_gap);
	m->bytes = 0;
	return err;
}

/* Does an entry map what the area is for? */
static bool entry_is_right(const struct vmap_area *va, const struct pt_entry *entry, u64 offset)
{
	const struct page *page;

	if (va->is_bare)
		return true;
	if (entry->kind != PT_LEAF)
		return false;
	if (va->is_in_phys_root)
		return entry->phys == va->vm.phys_addr + offset && entry->cache == va->cache;
	page = pfn_valid(PFN_DOWN(entry->phys)) ? pfn_to_online_page(PFN_DOWN(entry->phys)) : NULL;
	return page && page_ref_count(page) >= 1;
}

static int look_at_entry(void *ctx, const struct pt_entry *entry)
{
	struct mapping *m = ctx;
	uintptr_t addr = VMALLOC_START + (uintptr_t)(entry->va - m->start_va);
	const struct vmap_area *va;
	u64 offset;

	if (entry->kind == PT_NONE)
		return 0;
	while (m->piece && addr >= vmap_end(m->piece))
		if (next_mapping(m))
			return -EINVAL;
	va = m->piece;
	CHECK_THAT(va && vmap_state(va) != VMAP_FREE && vmap_state(va) != VMAP_LAZY,
		   "%p is mapped, but nobody's", (void *)addr);
	offset = addr - vmap_start(va);
	CHECK_THAT(offset + entry->size <= vmap_usable(va),
		   "the guard page of the area at %p is mapped", va->vm.addr);
	CHECK_THAT(vmap_state(va) != VMAP_BUSY || entry_is_right(va, entry, offset),
		   "the area at %p maps at %p what it must not", va->vm.addr, (void *)addr);
	m->bytes += entry->size;
	return 0;
}

static int check_mappings(void)
{
	const struct vmalloc_state *vs = vmalloc_state();
	const struct pgtable *table = kernel_table_if_made();
	struct mapping m = { .gap = rb_first(&vs->free_root),
			     .taken = rb_first(&vs->taken_root),
			     .start_va = kernel_va((void *)vs->start) };
	int err = next_mapping(&m);

	if (table && VMALLOC_TOTAL)
		err = pt_walk_range(table, m.start_va, VMALLOC_TOTAL, look_at_entry, &m);
	while (!err && m.piece)
		err = next_mapping(&m);
	return err;
}

/* ---- all together ---- */

static int check_purge_list(const struct survey *s)
{
	const struct vmalloc_state *vs = vmalloc_state();
	const struct vmap_area *va;
	unsigned long pages = 0;

	for (va = vs->purge_list; va && pages <= s->lazy_pages; va = va->next) {
		pages += va->vm.size >> PAGE_SHIFT;
		CHECK_THAT(vmap_state(va) == VMAP_LAZY && vmap_start(va) >= vs->purge_start &&
				   vmap_end(va) <= vs->purge_end,
			   "the area at %p does not belong onto the purge list", va->vm.addr);
	}
	CHECK_THAT(pages == vs->lazy_pages, "%lu pages are lazy, not %lu", pages, vs->lazy_pages);
	CHECK_THAT(vs->is_purging || pages == s->lazy_pages,
		   "lazy areas are not on the purge list");
	return 0;
}

static int validate_locked(void)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct survey s = { .at = 0 };
	int err;

	CHECK_THAT(rb_validate(&vs->free_root) >= 0, "the tree of gaps is broken");
	CHECK_THAT(rb_validate(&vs->taken_root) >= 0, "the tree of areas is broken");
	err = check_pieces(&s);
	if (err)
		return err;
	CHECK_THAT(s.pieces == vs->pool.nr_used, "%lu pieces, but %lu nodes in use", s.pieces,
		   vs->pool.nr_used);
	CHECK_THAT(vmap_pool_is_valid_locked(), "the nodes are in disorder");
	CHECK_THAT(vmap_phys_are_valid_locked(s.io_areas),
		   "the trees of physical ranges are broken");
	CHECK_THAT(s.is_moving || s.vmalloc_pages == vmalloc_nr_pages(),
		   "%lu pages counted, %lu there", vmalloc_nr_pages(), s.vmalloc_pages);
	err = check_purge_list(&s);
	return err ? err : check_mappings();
}

int vmalloc_validate(void)
{
	struct kvirt_state *kv = &this_quire()->kvirt;
	unsigned long flags = spin_lock_irqsave(&kv->vmalloc.lock);
	int err;

	spin_lock(&kv->table_lock);
	err = validate_locked();
	spin_unlock(&kv->table_lock);
	spin_unlock_irqrestore(&kv->vmalloc.lock, flags);
	return err;
}

#endif
