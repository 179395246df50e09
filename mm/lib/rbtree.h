/* SPDX-License-Identifier: MIT */
/*
 * rbtree.h - sets that stay in order: balanced binary trees of struct rb_node, embedded in
 * what they link, by Linux's names.
 *
 * The tree does not know its order: whoever inserts walks down from the root, comparing as
 * he likes, and hands over the place where the walk fell off:
 *
 *	struct rb_node **link = &root->rb_node, *parent = NULL;
 *
 *	while (*link) {
 *		parent = *link;
 *		link = new->key < rb_entry(parent, struct thing, node)->key ? &parent->rb_left
 *									    : &parent->rb_right;
 *	}
 *	rb_link_node(&new->node, parent, link);
 *	rb_insert_color(&new->node, root);
 *
 * or calls rb_add() with a function that compares.
 *
 * Inserting, erasing and looking up take O(log n) steps, stepping to a neighbour O(1) on
 * average. No memory is taken; nothing is locked: the caller sees to that.
 *
 * An augmented tree keeps in each node a value that is computed from the node itself and
 * the values of its two children (the largest size below, say), so that a search can leave
 * whole subtrees out. RB_DECLARE_CALLBACKS_MAX makes the functions that keep a maximum.
 * Whoever inserts into such a tree, or changes what a node's value is computed from,
 * brings the values above it up to date with the propagate function.
 */
#ifndef MM_LIB_RBTREE_H
#define MM_LIB_RBTREE_H

#include <quire/rbtree_types.h>

#include "mm/lib/list.h"

#define RB_ROOT ((struct rb_root){ NULL })
#define RB_ROOT_CACHED ((struct rb_root_cached){ { NULL }, NULL })
#define RB_EMPTY_ROOT(root) ((root)->rb_node == NULL)
#define rb_entry(ptr, type, member) list_container(ptr, type, member)
/* NULL for NULL. */
#define rb_entry_safe(ptr, type, member)                             \
	({                                                           \
		__typeof__(ptr) rb_ptr = (ptr);                      \
		rb_ptr ? rb_entry(rb_ptr, type, member) : NULL;      \
	})

#define RB_RED 0u
#define RB_BLACK 1u

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->__rb_parent_color & ~(uintptr_t)RB_BLACK);
}

/* A node may be marked as one that is in no tree: its parent is then itself. */
static inline void RB_CLEAR_NODE(struct rb_node *node)
{
	node->__rb_parent_color = (uintptr_t)node;
}
static inline bool RB_EMPTY_NODE(const struct rb_node *node)
{
	return node->__rb_parent_color == (uintptr_t)node;
}

/* ---- changing ---- */

/* Puts a node where a walk down ended: below `parent`, at its empty *link. */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (uintptr_t)parent; /* red */
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

/* Balances the tree after rb_link_node. */
void rb_insert_color(struct rb_node *node, struct rb_root *root);
/* Takes a node out. Its own links are left as they were. */
void rb_erase(struct rb_node *node, struct rb_root *root);
/* `new_node` takes the place of `victim`, which it compares equal to. */
void rb_replace_node(struct rb_node *victim, struct rb_node *new_node, struct rb_root *root);

/* ---- stepping; NULL: there is none ---- */

struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
/* Children before their parents: an order in which all nodes of a tree can be freed. */
struct rb_node *rb_first_postorder(const struct rb_root *root);
struct rb_node *rb_next_postorder(const struct rb_node *node);

/* Every entry in postorder; the entry may be freed in the loop's body. */
#define rbtree_postorder_for_each_entry_safe(pos, following, root, member)                        \
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), member);             \
	     pos && (following = rb_entry_safe(rb_next_postorder(&pos->member), __typeof__(*pos), \
					       member), true);                                    \
	     pos = following)

/* ---- augmented trees ---- */

struct rb_augment_callbacks {
	/*
	 * Computes the values anew from `node` up to `stop`, exclusive (NULL: up to the root);
	 * may end where a value turns out as it was.
	 */
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	/* `new_node` is to stand where `old` does: it gets its value. */
	void (*copy)(struct rb_node *old, struct rb_node *new_node);
	/* `new_node` has come up to where `old` was, and `old` is its child now. */
	void (*rotate)(struct rb_node *old, struct rb_node *new_node);
};

/* As above. Before rb_insert_augmented the values of the node and all above it must be right. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);

/*
 * Defines the callbacks `name` for the trees of `type`s by their `member`, where `compute`
 * (type *entry, bool may_stop) puts the value into entry->field, and returns true if it was so
 * already and may_stop is set.
 */
#define RB_DECLARE_CALLBACKS(storage, name, type, member, field, compute)                 \
	static inline void name##_propagate(struct rb_node *node, struct rb_node *stop)   \
	{                                                                                 \
		while (node != stop) {                                                    \
			if (compute(rb_entry(node, type, member), true))                  \
				break;                                                    \
			node = rb_parent(node);                                           \
		}                                                                         \
	}                                                                                 \
	static inline void name##_copy(struct rb_node *old, struct rb_node *new_node)     \
	{                                                                                 \
		rb_entry(new_node, type, member)->field = rb_entry(old, type, member)->field; \
	}                                                                                 \
	static void name##_rotate(struct rb_node *old, struct rb_node *new_node)          \
	{                                                                                 \
		name##_copy(old, new_node);                                               \
		compute(rb_entry(old, type, member), false);                              \
	}                                                                                 \
	storage const struct rb_augment_callbacks name = { name##_propagate, name##_copy, \
							   name##_rotate }

/*
 * The same where the value is the largest of a `field_type` number in the subtree:
 * `own`(type *entry) is the entry's own.
 */
#define RB_DECLARE_CALLBACKS_MAX(storage, name, type, member, field_type, field, own)     \
	static inline bool name##_compute_max(type *entry, bool may_stop)                 \
	{                                                                                 \
		field_type max = own(entry);                                              \
		int side;                                                                 \
                                                                                          \
		for (side = 0; side < 2; side++) {                                        \
			struct rb_node *child = entry->member.rb_child[side];             \
                                                                                          \
			if (child && rb_entry(child, type, member)->field > max)          \
				max = rb_entry(child, type, member)->field;               \
		}                                                                         \
		if (may_stop && entry->field == max)                                      \
			return true;                                                      \
		entry->field = max;                                                       \
		return false;                                                             \
	}                                                                                 \
	RB_DECLARE_CALLBACKS(storage, name, type, member, field, name##_compute_max)

/* ---- with a function that compares ---- */

/* Inserts behind those that compare equal; less(a, b): a stands before b. */
static inline void rb_add(struct rb_node *node, struct rb_root *root,
			  bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
}

/* A node that compares equal: cmp(key, node) is negative, 0 or positive as strcmp. NULL: none. */
static inline struct rb_node *rb_find(const void *key, const struct rb_root *root,
				      int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node;
	int order;

	while (node && (order = cmp(key, node)) != 0)
		node = order < 0 ? node->rb_left : node->rb_right;
	return node;
}

/* ---- trees that know their first node ---- */

static inline struct rb_node *rb_first_cached(const struct rb_root_cached *root)
{
	return root->rb_leftmost;
}
/* `is_leftmost`: the walk down never went right. */
static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool is_leftmost)
{
	if (is_leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}
static inline void rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
}

/*
 * Checks links, colours and balance, not the order, which is the caller's. Returns how many
 * nodes there are, or -EINVAL. Must not run while the tree is changed; O(n log n).
 */
long rb_validate(const struct rb_root *root);

#endif
