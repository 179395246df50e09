/* SPDX-License-Identifier: MIT */
/*
 * zonelist.c - in which order an allocation tries the zones.
 *
 * Theory. Each node has two lists. The fallback list starts with the node's own zones,
 * highest first (HIGHMEM, NORMAL, DMA32, DMA: the dearest memory is touched last), and
 * goes on with the other nodes by distance. The other list is the node's own part alone,
 * for __GFP_THISNODE. One list serves all kinds of request: a request skips the zones
 * above the one it may use. So user pages see HIGHMEM, NORMAL, DMA; kernel pages NORMAL,
 * DMA; DMA requests DMA only.
 *
 * Where two nodes are equally far, the one after the asking node comes first, so that
 * neighbours do not all fall back on the same node.
 *
 * The order is a policy (set_zonelist_order): a function that fills an array. The lists
 * are sized once at boot for every zone of every node.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

/* Entries a list may have, its end not counted. */
static size_t zonelist_size(void)
{
	size_t zones = 0;
	struct zone *zone;

	for_each_zone(zone)
		zones++;
	return zones;
}

int zonelists_alloc(void)
{
	size_t size = (zonelist_size() + 1) * sizeof(struct zoneref);
	struct page_state *ps = &this_quire()->page;
	pg_data_t *pgdat;
	int kind;

	ps->zonelist_scratch = boot_alloc(size, sizeof(void *), NUMA_NO_NODE, "zonelist");
	if (!ps->zonelist_scratch)
		return -ENOMEM;
	for_each_online_pgdat(pgdat) {
		for (kind = 0; kind < MAX_ZONELISTS; kind++) {
			struct zoneref *refs = boot_alloc(size, sizeof(void *), pgdat->node_id, "zonelist");

			if (!refs)
				return -ENOMEM;
			pgdat->node_zonelists[kind]._zonerefs = refs;
		}
	}
	return 0;
}

struct zoneref *zonelist_first(int nid, bool this_node_only)
{
	int kind = this_node_only ? ZONELIST_NOFALLBACK : ZONELIST_FALLBACK;

	return NODE_DATA(nid)->node_zonelists[kind]._zonerefs;
}

/* ---- Linux's order ---- */

/* A node's populated zones, highest first. */
static size_t add_node_zones(const pg_data_t *pgdat, struct zoneref *refs, size_t used, size_t max)
{
	int type;

	for (type = MAX_NR_ZONES - 1; type >= 0; type--) {
		const struct zone *zone = &pgdat->node_zones[type];

		if (populated_zone(zone) && used < max)
			refs[used++] = (struct zoneref){ .zone = (struct zone *)zone, .zone_idx = type };
	}
	return used;
}

/* Does node `a` come before node `b` in the list of `from`? */
static bool is_nearer(int from, int a, int b)
{
	int da = node_distance(from, a), db = node_distance(from, b);

	if (da != db)
		return da < db;
	if ((a < from) != (b < from))
		return b < from;
	return a < b;
}

/* The nearest node to `from` that comes after `last` (NULL: the nearest of all). */
static const pg_data_t *next_nearest(int from, const pg_data_t *last)
{
	const pg_data_t *best = NULL;
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat) {
		if (last && (pgdat == last || !is_nearer(from, last->node_id, pgdat->node_id)))
			continue;
		if (!best || is_nearer(from, pgdat->node_id, best->node_id))
			best = pgdat;
	}
	return best;
}

static size_t zonelist_order_default(const struct pglist_data *node, bool fallback,
				     struct zoneref *refs, size_t max)
{
	size_t used = add_node_zones(node, refs, 0, max);
	const pg_data_t *other = NULL;

	while (fallback && (other = next_nearest(node->node_id, other)))
		if (other != node)
			used = add_node_zones(other, refs, used, max);
	return used;
}

/* ---- another policy: best fit ---- */

static unsigned long zone_free(const struct zoneref *ref)
{
	return ref->zone->vm_stat[NR_FREE_PAGES];
}

size_t zonelist_order_best_fit(const struct pglist_data *node, bool fallback,
			       struct zoneref *refs, size_t max)
{
	size_t used = zonelist_order_default(node, fallback, refs, max), i, at;

	/* Stable: zones with as many free pages stay in the default order. */
	for (i = 1; i < used; i++) {
		struct zoneref ref = refs[i];

		for (at = i; at > 0 && zone_free(&refs[at - 1]) < zone_free(&ref); at--)
			refs[at] = refs[at - 1];
		refs[at] = ref;
	}
	return used;
}

/* ---- building ---- */

static bool is_sound(const pg_data_t *node, bool fallback, const struct zoneref *refs, size_t used)
{
	size_t i, j;

	for (i = 0; i < used; i++) {
		const struct zone *zone = refs[i].zone;

		if (!zone || !populated_zone(zone) || refs[i].zone_idx != (int)zone->zone_idx)
			return false;
		if (!fallback && zone->zone_pgdat != node)
			return false;
		for (j = 0; j < i; j++)
			if (refs[j].zone == zone)
				return false;
	}
	return true;
}

/* Asks the policy for one list; with `commit` it replaces the list in use, else it is only tried. */
static int build_list(pg_data_t *pgdat, int kind, zonelist_order_fn order, struct zoneref *scratch,
		      bool commit)
{
	bool fallback = kind == ZONELIST_FALLBACK;
	size_t max = zonelist_size();
	size_t used = order(pgdat, fallback, scratch, max);

	if (used > max || !is_sound(pgdat, fallback, scratch, used))
		return -EINVAL;
	if (commit) {
		struct zoneref *refs = pgdat->node_zonelists[kind]._zonerefs;

		memcpy(refs, scratch, used * sizeof(*refs));
		refs[used] = (struct zoneref){ .zone = NULL };
	}
	return 0;
}

static int build_lists(zonelist_order_fn order, bool commit)
{
	struct zoneref *scratch = this_quire()->page.zonelist_scratch;
	pg_data_t *pgdat;
	int kind, err;

	for_each_online_pgdat(pgdat) {
		for (kind = 0; kind < MAX_ZONELISTS; kind++) {
			err = build_list(pgdat, kind, order, scratch, commit);
			if (err)
				return err;
		}
	}
	return 0;
}

int set_zonelist_order(zonelist_order_fn order)
{
	zonelist_order_fn wanted = order ? order : zonelist_order_default;
	int err = build_lists(wanted, false);

	if (err)
		return err;
	this_quire()->page.zonelist_order = wanted;
	return build_lists(wanted, true);
}

static void log_fallback_order(const pg_data_t *pgdat)
{
	const struct zoneref *ref = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
	char text[160] = "";
	size_t used = 0;
	int last = NUMA_NO_NODE;

	for (; ref->zone && used < sizeof(text) - 8; ref++) {
		if (ref->zone->node == last)
			continue;
		last = ref->zone->node;
		used += (size_t)quire_snprintf(text + used, sizeof(text) - used, "%d ", last);
	}
	pr_info("Fallback order for Node %d: %s", pgdat->node_id, text);
}

void build_all_zonelists(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int nodes = 0;
	pg_data_t *pgdat;

	set_zonelist_order(NULL);
	for_each_online_pgdat(pgdat) {
		nodes++;
		if (ps->nr_nodes > 1)
			log_fallback_order(pgdat);
	}
	pr_info("Built %u zonelists, mobility grouping %s.  Total pages: %lu", nodes,
		ps->mobility_grouping ? "on" : "off", nr_free_zone_pages(MAX_NR_ZONES - 1));
}
