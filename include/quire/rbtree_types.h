/* SPDX-License-Identifier: MIT */
/*
 * rbtree_types.h - the links of a balanced tree, to be embedded in what it holds. The
 * functions are in mm/lib/rbtree.h.
 */
#ifndef QUIRE_RBTREE_TYPES_H
#define QUIRE_RBTREE_TYPES_H

#include <quire/types.h>

struct rb_node {
	uintptr_t __rb_parent_color; /* the parent's address; bit 0: the node is black */
	union {
		struct {
			struct rb_node *rb_left, *rb_right;
		};
		struct rb_node *rb_child[2]; /* the same: what is done on one side is done on the other */
	};
};

/* A tree; zeroed memory is an empty one. */
struct rb_root {
	struct rb_node *rb_node;
};

/* A tree that knows its first node. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#endif
