/* SPDX-License-Identifier: MIT */
/*
 * mempolicy.h - on which nodes pages are taken: Linux's memory policies, for kernel callers.
 */
#ifndef QUIRE_MEMPOLICY_H
#define QUIRE_MEMPOLICY_H

#include <quire/state.h>

/* ---- sets of nodes ---- */

#define NODEMASK_LONGS ((MAX_NUMNODES + 8 * sizeof(long) - 1) / (8 * sizeof(long)))
/* A bit for each node id. All zero: no node. */
typedef struct {
	unsigned long bits[NODEMASK_LONGS];
} nodemask_t;

/* `node` is 0 .. MAX_NUMNODES - 1. */
static inline bool node_isset(int node, const nodemask_t *nodes)
{
	unsigned int n = (unsigned int)node;

	return (nodes->bits[n / (8 * sizeof(long))] >> (n % (8 * sizeof(long)))) & 1;
}
static inline void node_set(int node, nodemask_t *nodes)
{
	unsigned int n = (unsigned int)node;

	nodes->bits[n / (8 * sizeof(long))] |= 1UL << (n % (8 * sizeof(long)));
}
static inline void node_clear(int node, nodemask_t *nodes)
{
	unsigned int n = (unsigned int)node;

	nodes->bits[n / (8 * sizeof(long))] &= ~(1UL << (n % (8 * sizeof(long))));
}
/* The lowest node above `node` (-1: of all); MAX_NUMNODES: there is none. */
int next_node(int node, const nodemask_t *nodes);
#define first_node(nodes) next_node(-1, nodes)
#define for_each_node_mask(node, nodes)                              \
	for ((node) = first_node(nodes); (node) < (int)MAX_NUMNODES; \
	     (node) = next_node(node, nodes))

/* ---- policies ---- */

/* Linux's numbers, so that they can cross a system call. */
enum {
	MPOL_DEFAULT,	 /* the running CPU's node first */
	MPOL_PREFERRED,	 /* the lowest node of the mask first, then others by distance */
	MPOL_BIND,	 /* the nodes of the mask alone, the nearest to the running CPU first */
	MPOL_INTERLEAVE, /* the nodes of the mask in turn, by an index */
	MPOL_LOCAL,	 /* as MPOL_DEFAULT */
};

/* All zero is MPOL_DEFAULT. May be written by mpol_setup alone while others use it. */
struct mempolicy {
	unsigned short mode;
	nodemask_t nodes;
};

/*
 * Makes a policy of a mode and a mask, of which the nodes without memory are left out. NULL
 * is the empty mask, which makes MPOL_PREFERRED local. Returns 0, or -EINVAL, and nothing is
 * changed: no such mode; a mask where there must be none (MPOL_DEFAULT, MPOL_LOCAL); none
 * where there must be one; no node of it has memory.
 */
int mpol_setup(struct mempolicy *policy, int mode, const nodemask_t *nodes);

/*
 * alloc_pages by a policy; NULL is MPOL_DEFAULT. `index` says whose turn it is with
 * MPOL_INTERLEAVE: a page's number in its file or area; other modes do not look at it.
 * Where the node whose turn it is has no such block, another one is used. With MPOL_BIND a
 * request fails though other nodes have memory, and nobody is killed for it; __GFP_THISNODE makes
 * it one for the nearest node of the mask. Context and result as alloc_pages.
 */
struct page *alloc_pages_policy(gfp_t gfp, unsigned int order, const struct mempolicy *policy,
				unsigned long index);
/* The node that MPOL_INTERLEAVE takes for the index first; of an empty mask the running CPU's. */
int mpol_interleave_node(const struct mempolicy *policy, unsigned long index);

#endif
