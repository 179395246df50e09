/* SPDX-License-Identifier: MIT */
/*
 * mempolicy.c - memory policies: which node is asked for a block.
 *
 * Default, preferred and interleaved requests name the node to begin with; the node's
 * zonelist has the others behind it. A bound request must not leave its nodes: it asks them
 * one by one, each for its own memory alone, in the order of the running CPU's zonelist. All
 * are asked without reclaim before reclaim is let loose on any of them.
 */
#include <quire/mempolicy.h>

#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/numa_stat.h"

/* ---- sets of nodes ---- */

int next_node(int node, const nodemask_t *nodes)
{
	return (int)find_next_bit(nodes->bits, MAX_NUMNODES, (size_t)(node + 1));
}

static unsigned int nodes_weight(const nodemask_t *nodes)
{
	return (unsigned int)bitmap_weight(nodes->bits, MAX_NUMNODES);
}

static bool node_has_memory(int nid)
{
	const pg_data_t *pgdat = NODE_DATA(nid);

	return pgdat && pgdat->node_present_pages;
}

/* ---- making a policy ---- */

int mpol_setup(struct mempolicy *policy, int mode, const nodemask_t *nodes)
{
	static const nodemask_t none = { { 0 } };
	bool is_local = mode == MPOL_DEFAULT || mode == MPOL_LOCAL;
	nodemask_t usable = nodes ? *nodes : none;
	unsigned int wanted = nodes_weight(&usable);
	int nid;

	if (mode < MPOL_DEFAULT || mode > MPOL_LOCAL || (is_local && wanted))
		return -EINVAL;
	for_each_node_mask(nid, &usable)
		if (!node_has_memory(nid))
			node_clear(nid, &usable);
	if (!is_local && !nodes_weight(&usable)) {
		if (wanted || mode != MPOL_PREFERRED)
			return -EINVAL;
		mode = MPOL_LOCAL;
	}
	policy->mode = (unsigned short)mode;
	policy->nodes = usable;
	return 0;
}

/* ---- the modes ---- */

static struct page *alloc_preferred(gfp_t gfp, unsigned int order, const nodemask_t *nodes,
				    const void *caller)
{
	int nid = first_node(nodes);

	nid = alloc_node_or_local(nid < (int)MAX_NUMNODES ? nid : NUMA_NO_NODE);
	return alloc_pages_for(gfp, order, nid, caller);
}

int mpol_interleave_node(const struct mempolicy *policy, unsigned long index)
{
	unsigned int weight = nodes_weight(&policy->nodes), turn;
	int nid = first_node(&policy->nodes);

	if (!weight)
		return numa_node_id();
	for (turn = (unsigned int)(index % weight); turn; turn--)
		nid = next_node(nid, &policy->nodes);
	return nid;
}

static struct page *alloc_interleaved(gfp_t gfp, unsigned int order, int nid, const void *caller)
{
	struct page *page = alloc_pages_for(gfp, order, nid, caller);

	if (page && page_to_nid(page) == nid)
		zone_interleave_hit(page_zone(page));
	return page;
}

/* The first zone of a zonelist, from `ref` on, that will do; its zone is NULL at the end. */
static struct zoneref *next_bound_zone(struct zoneref *ref, gfp_t gfp, const nodemask_t *nodes)
{
	enum zone_type highest = gfp_zone(gfp);

	while (ref->zone && (load_relaxed(ref->zone_idx) > (int)highest || !node_isset(ref->zone->node, nodes)))
		ref++;
	return ref;
}

/* Asks each node of the mask for its own memory, once for each run of its zones. */
static struct page *ask_bound_nodes(struct zoneref *first, gfp_t gfp, unsigned int order,
				    const nodemask_t *nodes, const void *caller)
{
	struct zoneref *ref = first;
	struct page *page;
	int asked = NUMA_NO_NODE;

	for (; ref->zone; ref = next_bound_zone(ref + 1, gfp, nodes)) {
		if (ref->zone->node == asked)
			continue;
		asked = ref->zone->node;
		page = alloc_pages_for(gfp | __GFP_THISNODE, order, asked, caller);
		if (!page)
			continue;
		if (asked != first->zone->node)
			zone_hit_was_miss(first->zone, page_zone(page));
		return page;
	}
	return NULL;
}

static struct page *alloc_bound(gfp_t gfp, unsigned int order, const nodemask_t *nodes,
				const void *caller)
{
	gfp_t quiet = (gfp & ~__GFP_NOFAIL) | __GFP_NOWARN;
	struct zoneref *first = next_bound_zone(zonelist_first(numa_node_id(), false), gfp, nodes);
	struct page *page;

	if (!first->zone)
		return NULL;
	page = ask_bound_nodes(first, quiet & ~__GFP_DIRECT_RECLAIM, order, nodes, caller);
	if (!page && (gfp & __GFP_DIRECT_RECLAIM))
		page = ask_bound_nodes(first, quiet, order, nodes, caller);
	/* The nearest node's failure is the one that is told; or it must not fail. */
	if (!page && (gfp & (__GFP_NOWARN | __GFP_NOFAIL)) != __GFP_NOWARN)
		page = alloc_pages_for(gfp | __GFP_THISNODE, order, first->zone->node, caller);
	return page;
}

struct page *alloc_pages_policy(gfp_t gfp, unsigned int order, const struct mempolicy *policy,
				unsigned long index)
{
	const void *caller = __builtin_return_address(0);
	/* Before the boot there are no nodes: alloc_pages_for says so. */
	bool can_be = this_quire()->phase == PHASE_BUDDY && order < MAX_ORDER;

	switch (policy && can_be ? policy->mode : MPOL_DEFAULT) {
	case MPOL_PREFERRED:
		return alloc_preferred(gfp, order, &policy->nodes, caller);
	case MPOL_INTERLEAVE:
		return alloc_interleaved(gfp, order, mpol_interleave_node(policy, index), caller);
	case MPOL_BIND:
		return alloc_bound(gfp, order, &policy->nodes, caller);
	default:
		return alloc_pages_for(gfp, order, alloc_node_or_local(NUMA_NO_NODE), caller);
	}
}
