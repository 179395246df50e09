/* SPDX-License-Identifier: MIT */
/*
 * vmap_area.c - the theory of the vmalloc window, and its two trees.
 *
 * The window is cut into pieces, each described by a struct vmap_area:
 *
 *    VMALLOC_START                                                        VMALLOC_END
 *    | area       |g| area |g| lazy  |g|      gap        | area  |g|      gap     |
 *      mapped             ^ guard page, never mapped       ^ taken: in taken_root
 *                                              ^ free: in free_root
 *
 * A piece is either a gap or it is taken; together they are the whole window, without a
 * hole and without two gaps side by side. An area is taken from its first to its last day:
 *
 *    gap -> NEW -> BUSY -> DYING -> LAZY -> gap
 *           |                       ^ |
 *           |-----------------------' | page-table entries are clear from here on,
 *           | it could not be mapped  | TLBs forget them on the way to the gap
 *           '-> gap: nothing was mapped
 *
 * Finding room. free_root is ordered by address, and each node knows the largest gap of its
 * subtree. So the lowest gap of at least n bytes is found on one way down: left if there
 * is one on the left, else here, else right. Low addresses first keeps the areas together,
 * which saves page tables. With an alignment, a gap of n + align - page bytes fits wherever
 * it begins; only if there is none are the gaps from n bytes on tried one by one.
 *
 * Giving an address to somebody else is the delicate thing. Entries are cleared at once when
 * an area is freed, but each CPU's TLB may go on using the old ones, and telling all CPUs is
 * what costs: so it is done for many areas at once (vmap_area_purge.c).
 *
 * Nodes come from pages of their own (vmap_area_pool.c): an area needs two at most, one for
 * itself and one for a second gap; to free one needs none, so freeing cannot fail.
 *
 * Lock: vmalloc_state.lock, for all of this; held for O(log n) steps. What is slow (pages
 * taken, mapped, unmapped, given back, TLBs flushed) is done without it by whoever has
 * made the area NEW or DYING. This file calls no hook of tier 2, so that the reports can
 * stand on it.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

static inline struct vmap_area *area_of(const struct rb_node *node)
{
	return rb_entry_safe((struct rb_node *)(uintptr_t)node, struct vmap_area, rb_node);
}

static inline uintptr_t gap_size(const struct vmap_area *va)
{
	return va->vm.size;
}
RB_DECLARE_CALLBACKS_MAX(static, largest_gap, struct vmap_area, rb_node, uintptr_t, largest_gap,
			 gap_size);

static inline uintptr_t largest_below(const struct rb_node *node)
{
	return node ? area_of(node)->largest_gap : 0;
}

static void set_range(struct vmap_area *va, uintptr_t start, uintptr_t end)
{
	va->vm.addr = (void *)start;
	va->vm.size = end - start;
}

/* Where an area would begin in a gap from `start` on. */
static inline uintptr_t aligned(uintptr_t start, const struct vmap_request *r)
{
	return start + (-(start + r->offset) & (r->align - 1));
}

static bool fits(const struct vmap_area *gap, const struct vmap_request *r)
{
	uintptr_t skipped = aligned(vmap_start(gap), r) - vmap_start(gap);

	return skipped <= gap->vm.size && gap->vm.size - skipped >= r->size;
}

/* ---- the tree of gaps ---- */

/* The lowest gap of at least `size` bytes below this node. */
static struct vmap_area *lowest_gap(struct rb_node *node, uintptr_t size)
{
	if (largest_below(node) < size)
		return NULL;
	for (;;) {
		if (largest_below(node->rb_left) >= size)
			node = node->rb_left;
		else if (gap_size(area_of(node)) >= size)
			return area_of(node);
		else
			node = node->rb_right;
	}
}

/* The next higher one. */
static struct vmap_area *next_gap(struct vmap_area *gap, uintptr_t size)
{
	struct rb_node *node = &gap->rb_node, *parent;

	for (;;) {
		if (largest_below(node->rb_right) >= size)
			return lowest_gap(node->rb_right, size);
		/* Up to the first that is to the right of where we are. */
		while ((parent = rb_parent(node)) && parent->rb_right == node)
			node = parent;
		node = parent;
		if (!node || gap_size(area_of(node)) >= size)
			return area_of(node);
	}
}

static struct vmap_area *find_gap(const struct vmap_request *r)
{
	struct rb_node *root = vmalloc_state()->free_root.rb_node;
	struct vmap_area *gap;

	if (r->size + r->align <= r->size)
		return NULL; /* beyond all addresses */
	gap = lowest_gap(root, r->size + r->align - PAGE_SIZE);
	if (gap || r->align == PAGE_SIZE)
		return gap;
	for (gap = lowest_gap(root, r->size); gap && !fits(gap, r);)
		gap = next_gap(gap, r->size);
	return gap;
}

static void insert_gap(struct vmap_area *gap)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct rb_node **link = &vs->free_root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = vmap_start(gap) < vmap_start(area_of(parent)) ? &parent->rb_left
								     : &parent->rb_right;
	}
	rb_link_node(&gap->rb_node, parent, link);
	gap->largest_gap = gap_size(gap);
	largest_gap.propagate(parent, NULL);
	rb_insert_augmented(&gap->rb_node, &vs->free_root, &largest_gap);
}

static void erase_gap(struct vmap_area *gap)
{
	rb_erase_augmented(&gap->rb_node, &vmalloc_state()->free_root, &largest_gap);
}

/* A gap's borders move, but not beyond its neighbours. */
static void resize_gap(struct vmap_area *gap, uintptr_t start, uintptr_t end)
{
	set_range(gap, start, end);
	largest_gap.propagate(&gap->rb_node, NULL);
}

static struct vmap_area *new_gap(uintptr_t start, uintptr_t end)
{
	struct vmap_area *gap = vmap_node_get_locked();

	gap->state = VMAP_FREE;
	set_range(gap, start, end);
	insert_gap(gap);
	return gap;
}

/* ---- the tree of areas ---- */

static bool area_is_before(const struct rb_node *a, const struct rb_node *b)
{
	return vmap_start(area_of(a)) < vmap_start(area_of(b));
}

struct vmap_area *vmap_find_from_locked(uintptr_t addr)
{
	struct rb_node *node = vmalloc_state()->taken_root.rb_node;
	struct vmap_area *found = NULL;

	while (node) {
		struct vmap_area *va = area_of(node);

		if (vmap_end(va) > addr) {
			found = va;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct vmap_area *vmap_find_locked(uintptr_t addr)
{
	struct rb_node *node = vmalloc_state()->taken_root.rb_node;

	while (node) {
		struct vmap_area *va = area_of(node);

		if (addr - vmap_start(va) < va->vm.size)
			return va;
		node = addr < vmap_start(va) ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* ---- taking and giving back ---- */

/*
 * Cuts [start, end) out of a gap and returns the node for it: the gap's own if nothing of it
 * is left.
 */
static struct vmap_area *cut_out(struct vmap_area *gap, uintptr_t start, uintptr_t end)
{
	uintptr_t gap_start = vmap_start(gap), gap_end = vmap_end(gap);
	struct vmap_area *va;

	if (gap_start == start && gap_end == end) {
		erase_gap(gap);
		*gap = (struct vmap_area){ .state = VMAP_FREE };
		va = gap;
	} else if (gap_start == start) {
		resize_gap(gap, end, gap_end);
		va = vmap_node_get_locked();
	} else {
		resize_gap(gap, gap_start, start);
		if (end < gap_end)
			new_gap(end, gap_end);
		va = vmap_node_get_locked();
	}
	set_range(va, start, end);
	return va;
}

struct vmap_area *vmap_take_locked(const struct vmap_request *request)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *gap, *va;
	uintptr_t start;

	/* The window's first area: all of it is one gap so far. */
	if (RB_EMPTY_ROOT(&vs->free_root) && RB_EMPTY_ROOT(&vs->taken_root))
		new_gap(vs->start, vs->end);
	gap = find_gap(request);
	if (!gap)
		return NULL;
	start = aligned(vmap_start(gap), request);
	va = cut_out(gap, start, start + request->size);
	store_relaxed(va->state, VMAP_NEW);
	rb_add(&va->rb_node, &vs->taken_root, area_is_before);
	return va;
}

/* The gaps on either side of an address, on one way down. */
static void find_neighbours(uintptr_t addr, struct vmap_area **below, struct vmap_area **above)
{
	struct rb_node *node = vmalloc_state()->free_root.rb_node;

	*below = NULL;
	*above = NULL;
	while (node) {
		struct vmap_area *gap = area_of(node);

		if (vmap_start(gap) < addr) {
			*below = gap;
			node = node->rb_right;
		} else {
			*above = gap;
			node = node->rb_left;
		}
	}
}

void vmap_give_back_locked(struct vmap_area *va)
{
	uintptr_t start = vmap_start(va), end = vmap_end(va);
	struct vmap_area *below, *above;

	if (va->is_in_phys_root)
		vmap_phys_erase_locked(va);
	rb_erase(&va->rb_node, &vmalloc_state()->taken_root);
	find_neighbours(start, &below, &above);
	if (above && vmap_start(above) != end)
		above = NULL;
	if (below && vmap_end(below) != start)
		below = NULL;
	if (!below && !above) {
		*va = (struct vmap_area){ .state = VMAP_FREE };
		set_range(va, start, end);
		insert_gap(va);
		return;
	}
	vmap_node_put_locked(va);
	if (below && above) {
		end = vmap_end(above);
		erase_gap(above);
		vmap_node_put_locked(above);
	}
	if (below)
		resize_gap(below, vmap_start(below), end);
	else
		resize_gap(above, start, vmap_end(above));
}

#endif
