/* SPDX-License-Identifier: MIT */
/*
 * mempolicy.c - memory policies: which node is asked for a block.
 *
 * Default, preferred and interleaved requests name the node to begin with; the node's
 * zonelist has the others behind it. A bound request must not leave its nodes: it goes through the
 * running CPU's zonelist and passes over the zones of others (struct alloc_context). So all of
 * its nodes are asked down to their low watermarks, the nearest first, before one of them is asked
 * for more, and reclaim and compaction are set on them alone (slowpath.c).
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

/* The nearest node of the mask with a zone for the request; NUMA_NO_NODE: there is none. */
static int nearest_bound_node(gfp_t gfp, const nodemask_t *nodes)
{
	const struct zoneref *ref = zonelist_first(numa_node_id(), false);
	enum zone_type highest = gfp_zone(gfp);

	for (; ref->zone; ref++)
		if (load_relaxed(ref->zone_idx) <= (int)highest && node_isset(ref->zone->node, nodes))
			return ref->zone->node;
	return NUMA_NO_NODE;
}

static struct page *alloc_bound(gfp_t gfp, unsigned int order, const nodemask_t *nodes, const void *caller)
{
	int nearest = nearest_bound_node(gfp, nodes);

	if (nearest == NUMA_NO_NODE)
		return NULL;
	return alloc_pages_nodemask_for(gfp, order, gfp & __GFP_THISNODE ? nearest : numa_node_id(), nodes,
					caller);
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
