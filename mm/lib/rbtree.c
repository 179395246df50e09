/* SPDX-License-Identifier: MIT */
/*
 * rbtree.c - red-black trees.
 *
 * Every node is red or black, and two rules hold:
 *
 *   1. a red node's parent is black (the root is black);
 *   2. all ways from the root to a place where a child is missing pass as many black nodes.
 *
 * So the longest way is at most twice as long as the shortest, and the depth stays below
 * 2 log2(n + 1). A change breaks at most one rule at one place. There the repair either
 * ends with one or two rotations, or changes colours and moves the place up by a level or two.
 *
 *         top                    up           a rotation of `top` to the left: the order
 *        /   \                  /  \          a < top < between < up < b is as before
 *       a     up      -->    top    b
 *            /  \           /   \
 *     between    b         a   between
 *
 * Left and right are rb_child[0] and [1], so that each case is written once and works for
 * both sides. Augmented and plain trees share the code: it is inlined into each entry
 * point, and the plain one has no callbacks left in it.
 */
#include "mm/lib/rbtree.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

static inline bool is_red(const struct rb_node *node)
{
	return node && !(node->__rb_parent_color & RB_BLACK);
}
static inline void set_black(struct rb_node *node)
{
	node->__rb_parent_color |= RB_BLACK;
}
static inline void set_red(struct rb_node *node)
{
	node->__rb_parent_color &= ~(uintptr_t)RB_BLACK;
}
static inline void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->__rb_parent_color = (uintptr_t)parent | (node->__rb_parent_color & RB_BLACK);
}

/* Which child of its parent the node is. */
static inline int side_of(const struct rb_node *node, const struct rb_node *parent)
{
	return parent->rb_right == node;
}

/* Whatever pointed to `old` points to `node`: its parent, or the root. */
static inline void change_child(struct rb_root *root, struct rb_node *parent, struct rb_node *old,
				struct rb_node *node)
{
	if (parent)
		parent->rb_child[side_of(old, parent)] = node;
	else
		root->rb_node = node;
}

/* `top` goes down to `side`; its child of the other side comes up. Colours stay with the nodes. */
static ALWAYS_INLINE void rotate(struct rb_root *root, struct rb_node *top, int side,
				 const struct rb_augment_callbacks *augment)
{
	struct rb_node *up = top->rb_child[!side], *between = up->rb_child[side];
	struct rb_node *parent = rb_parent(top);

	top->rb_child[!side] = between;
	if (between)
		set_parent(between, top);
	change_child(root, parent, top, up);
	set_parent(up, parent);
	up->rb_child[side] = top;
	set_parent(top, up);
	if (augment)
		augment->rotate(top, up);
}

/* ---- inserting ---- */

/* The node is red and its subtree is right; its parent may be red too. */
static ALWAYS_INLINE void insert(struct rb_node *node, struct rb_root *root,
				 const struct rb_augment_callbacks *augment)
{
	for (;;) {
		struct rb_node *parent = rb_parent(node), *grand, *uncle;
		int side;

		if (!is_red(parent)) {
			if (!parent)
				set_black(node);
			return;
		}
		grand = rb_parent(parent); /* there is one: the root is black */
		side = side_of(parent, grand);
		uncle = grand->rb_child[!side];
		if (!is_red(uncle)) {
			if (side_of(node, parent) != side) {
				rotate(root, parent, side, augment);
				parent = node;
			}
			rotate(root, grand, !side, augment);
			set_black(parent);
			set_red(grand);
			return;
		}
		set_black(parent);
		set_black(uncle);
		set_red(grand);
		node = grand;
	}
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	insert(node, root, NULL);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	insert(node, root, augment);
}

/* ---- erasing ---- */

/*
 * All ways through `parent`'s child at `side`, which may be missing, pass one black node too
 * few.
 */
static ALWAYS_INLINE void add_a_black(struct rb_root *root, struct rb_node *parent, int side,
				      const struct rb_augment_callbacks *augment)
{
	for (;;) {
		struct rb_node *sibling = parent->rb_child[!side], *far, *node;

		if (is_red(sibling)) {
			/* The sibling's child becomes the sibling: black. */
			rotate(root, parent, side, augment);
			set_black(sibling);
			set_red(parent);
			sibling = parent->rb_child[!side];
		}
		far = sibling->rb_child[!side];
		if (!is_red(far) && is_red(sibling->rb_child[side])) {
			far = sibling;
			sibling = sibling->rb_child[side];
			rotate(root, far, !side, augment);
			set_black(sibling);
			set_red(far);
		}
		if (is_red(far)) {
			rotate(root, parent, side, augment);
			set_black(far);
			if (is_red(parent))
				set_red(sibling);
			set_black(parent);
			return;
		}
		/* One less on the other side too; then the place is the parent. */
		set_red(sibling);
		if (is_red(parent)) {
			set_black(parent);
			return;
		}
		node = parent;
		parent = rb_parent(node);
		if (!parent)
			return;
		side = side_of(node, parent);
	}
}

/* What is left when a node is out: where it is missing, and which child stands there now. */
struct hole {
	struct rb_node *parent, *child;
	int side;
	bool was_black;
};

/* Takes out a node that has one child at most. */
static ALWAYS_INLINE struct hole unlink_outer(struct rb_node *node, struct rb_root *root,
					      const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent = rb_parent(node);
	struct hole hole = {
		.parent = parent,
		.child = node->rb_left ? node->rb_left : node->rb_right,
		.side = parent ? side_of(node, parent) : 0,
		.was_black = !is_red(node),
	};

	change_child(root, parent, node, hole.child);
	if (hole.child)
		set_parent(hole.child, parent);
	if (augment && parent)
		augment->propagate(parent, NULL);
	return hole;
}

/*
 * Takes out a node with two children: the next one in order, which has no left child, is
 * taken out of its place and put in the node's, with the node's colour.
 */
static ALWAYS_INLINE struct hole unlink_inner(struct rb_node *node, struct rb_root *root,
					      const struct rb_augment_callbacks *augment)
{
	struct rb_node *next = node->rb_right;
	struct hole hole = { .side = 1 };

	while (next->rb_left) {
		next = next->rb_left;
		hole.side = 0;
	}
	hole.child = next->rb_right;
	hole.parent = hole.side ? next : rb_parent(next);
	hole.was_black = !is_red(next);
	if (!hole.side) {
		hole.parent->rb_left = hole.child;
		if (hole.child)
			set_parent(hole.child, hole.parent);
		next->rb_right = node->rb_right;
		set_parent(node->rb_right, next);
	}
	next->rb_left = node->rb_left;
	set_parent(node->rb_left, next);
	change_child(root, rb_parent(node), node, next);
	next->__rb_parent_color = node->__rb_parent_color;
	if (augment) {
		augment->copy(node, next);
		if (hole.parent != next)
			augment->propagate(hole.parent, next);
		augment->propagate(next, NULL);
	}
	return hole;
}

static ALWAYS_INLINE void erase(struct rb_node *node, struct rb_root *root,
				const struct rb_augment_callbacks *augment)
{
	struct hole hole = node->rb_left && node->rb_right ? unlink_inner(node, root, augment)
							   : unlink_outer(node, root, augment);

	if (!hole.was_black)
		return;
	if (hole.child)
		set_black(hole.child); /* a single child is red */
	else if (hole.parent)
		add_a_black(root, hole.parent, hole.side, augment);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	erase(node, root, NULL);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	erase(node, root, augment);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *new_node, struct rb_root *root)
{
	*new_node = *victim;
	if (victim->rb_left)
		set_parent(victim->rb_left, new_node);
	if (victim->rb_right)
		set_parent(victim->rb_right, new_node);
	change_child(root, rb_parent(victim), victim, new_node);
}

/* ---- stepping ---- */

/* The last node on the way that goes to `side` only. */
static struct rb_node *outermost(struct rb_node *node, int side)
{
	while (node && node->rb_child[side])
		node = node->rb_child[side];
	return node;
}

/* The neighbour in order. */
static struct rb_node *step(const struct rb_node *node, int side)
{
	struct rb_node *parent;

	if (node->rb_child[side])
		return outermost(node->rb_child[side], !side);
	for (parent = rb_parent(node); parent && side_of(node, parent) == side;
	     parent = rb_parent(node))
		node = parent;
	return parent;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, 0);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, 1);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return step(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return step(node, 0);
}

/* The first in postorder of a subtree: down until there is no child, left ones first. */
static struct rb_node *first_leaf(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return first_leaf(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);

	if (parent && !side_of(node, parent) && parent->rb_right)
		return first_leaf(parent->rb_right);
	return parent;
}

/* ---- checking ---- */

/* Black nodes from here up to the root. */
static unsigned int blacks_above(const struct rb_node *node)
{
	unsigned int blacks = 0;

	for (; node; node = rb_parent(node))
		blacks += !is_red(node);
	return blacks;
}

/* *blacks: on the ways that have been seen; 0: none yet. */
static bool node_is_sound(const struct rb_node *node, unsigned int *blacks)
{
	int side;

	if (node->rb_left && node->rb_left == node->rb_right)
		return false;
	for (side = 0; side < 2; side++) {
		const struct rb_node *child = node->rb_child[side];

		if (child && (rb_parent(child) != node || (is_red(node) && is_red(child))))
			return false;
		if (child)
			continue;
		if (!*blacks)
			*blacks = blacks_above(node);
		if (blacks_above(node) != *blacks)
			return false;
	}
	return true;
}

/*
 * The next node, parents before their children: a way up is taken only through links that
 * node_is_sound() has seen, so that a broken tree does not lead anywhere.
 */
static const struct rb_node *next_preorder(const struct rb_node *node)
{
	const struct rb_node *parent;

	if (node->rb_left || node->rb_right)
		return node->rb_left ? node->rb_left : node->rb_right;
	for (parent = rb_parent(node); parent; node = parent, parent = rb_parent(node))
		if (parent->rb_right && !side_of(node, parent))
			return parent->rb_right;
	return NULL;
}

long rb_validate(const struct rb_root *root)
{
	const struct rb_node *node = root->rb_node;
	unsigned int blacks = 0;
	long count = 0;

	if (node && (rb_parent(node) || is_red(node)))
		return -EINVAL;
	for (; node; node = next_preorder(node), count++)
		if (!node_is_sound(node, &blacks))
			return -EINVAL;
	return count;
}
