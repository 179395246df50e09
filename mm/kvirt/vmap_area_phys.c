/* SPDX-License-Identifier: MIT */
/*
 * vmap_area_phys.c - which physical addresses ioremap has mapped, and how they are cached.
 *
 * A device's registers that one mapping caches and another does not are read from a cache
 * that nobody writes back: so a second mapping must have the first one's type. There is a
 * tree of ranges for each type, ordered by their first byte; each node knows the
 * highest last byte of its subtree, so whether any range of a tree meets another is
 * found on one way down. Ranges of one type may overlap as they like.
 *
 * An area is in its tree until it is purged: a TLB may use the old entry so long.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

_Static_assert(VMAP_NR_CACHES == PT_NR_CACHES, "a tree for each cache type");

static inline struct vmap_area *area_of(const struct rb_node *node)
{
	return rb_entry((struct rb_node *)(uintptr_t)node, struct vmap_area, phys_node);
}

static inline phys_addr_t last_byte(const struct vmap_area *va)
{
	return va->vm.phys_addr + (vmap_usable(va) - 1);
}
RB_DECLARE_CALLBACKS_MAX(static, highest_last, struct vmap_area, phys_node, phys_addr_t,
			 highest_last, last_byte);

/* Some area of the tree that meets [phys, last]; NULL: none does. */
static struct vmap_area *find_overlap(const struct rb_root *root, phys_addr_t phys,
				      phys_addr_t last)
{
	const struct rb_node *node = root->rb_node;

	while (node) {
		struct vmap_area *va = area_of(node);

		/* If the left subtree reaches `phys` and has none, those to the right begin too high. */
		if (node->rb_left && area_of(node->rb_left)->highest_last >= phys) {
			node = node->rb_left;
			continue;
		}
		if (va->vm.phys_addr > last)
			return NULL;
		if (last_byte(va) >= phys)
			return va;
		node = node->rb_right;
	}
	return NULL;
}

struct vmap_area *vmap_phys_conflict_locked(phys_addr_t phys, phys_addr_t last, unsigned int cache)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *va = NULL;
	unsigned int other;

	for (other = 0; other < VMAP_NR_CACHES && !va; other++)
		if (other != cache)
			va = find_overlap(&vs->phys_root[other], phys, last);
	return va;
}

void vmap_phys_insert_locked(struct vmap_area *va)
{
	struct rb_root *root = &vmalloc_state()->phys_root[va->cache];
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = va->vm.phys_addr < area_of(parent)->vm.phys_addr ? &parent->rb_left
									: &parent->rb_right;
	}
	rb_link_node(&va->phys_node, parent, link);
	va->highest_last = last_byte(va);
	va->is_in_phys_root = true;
	highest_last.propagate(parent, NULL);
	rb_insert_augmented(&va->phys_node, root, &highest_last);
}

void vmap_phys_erase_locked(struct vmap_area *va)
{
	rb_erase_augmented(&va->phys_node, &vmalloc_state()->phys_root[va->cache], &highest_last);
	va->is_in_phys_root = false;
}

static bool knows_highest(const struct vmap_area *va)
{
	phys_addr_t highest = last_byte(va);
	unsigned int side;

	for (side = 0; side < 2; side++) {
		const struct rb_node *child = va->phys_node.rb_child[side];

		if (child && area_of(child)->highest_last > highest)
			highest = area_of(child)->highest_last;
	}
	return va->highest_last == highest;
}

/* One tree: its order, its sums, and that no busy area of another type meets one of it. */
static bool tree_is_valid(unsigned int cache, long *count)
{
	const struct rb_root *root = &vmalloc_state()->phys_root[cache];
	phys_addr_t before = 0;
	struct rb_node *node;
	long nodes = rb_validate(root);

	*count += nodes;
	for (node = nodes < 0 ? NULL : rb_first(root); node; node = rb_next(node)) {
		struct vmap_area *va = area_of(node);
		struct vmap_area *other =
			vmap_phys_conflict_locked(va->vm.phys_addr, last_byte(va), cache);

		if (va->cache != cache || va->vm.phys_addr < before || other || !knows_highest(va))
			return false;
		before = va->vm.phys_addr;
	}
	return nodes >= 0;
}

bool vmap_phys_are_valid_locked(long count)
{
	unsigned int cache;
	long found = 0;

	for (cache = 0; cache < VMAP_NR_CACHES; cache++)
		if (!tree_is_valid(cache, &found))
			return false;
	return found == count;
}

#endif
