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
 *
 * Lists are read without a lock. So a zone that has no memory yet, or has no more (memory comes
 * and goes: memory_hotplug.c), has its entry all the same, with a zone_idx above that of any
 * request: it is skipped. Memory comes to it, and one store a list shows it.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

/* Entries a list may have, its end not counted: every zone that has frames, or may come to have. */
static size_t zonelist_size(void)
{
	size_t zones = 0;
	struct zone *zone;
	pg_data_t *pgdat;

	for_each_room_zone(pgdat, zone)
		zones++;
	return zones;
}

/* In an entry: what a request compares with the highest zone that it may have. */
static int shown_idx(const struct zone *zone)
{
	return populated_zone(zone) ? zone->zone_idx : MAX_NR_ZONES;
}

static pg_data_t *first_node_data(void)
{
	return next_possible_node(-1);
}
static pg_data_t *next_node_data(const pg_data_t *pgdat)
{
	return next_possible_node(pgdat->node_id);
}
#define for_each_node_data(pgdat) for (pgdat = first_node_data(); pgdat; pgdat = next_node_data(pgdat))

/* A bit for each zone of each node, for the search for zones named twice; behind the scratch list. */
static size_t nr_zone_bits(void)
{
	return (size_t)this_quire()->page.nr_nodes * MAX_NR_ZONES;
}

static int alloc_scratch(size_t size)
{
	struct page_state *ps = &this_quire()->page;

	size += BITS_TO_LONGS(nr_zone_bits()) * sizeof(long);
	ps->zonelist_scratch = boot_alloc(size, sizeof(void *), NUMA_NO_NODE, "zonelist");
	return ps->zonelist_scratch ? 0 : -ENOMEM;
}

static int alloc_list(pg_data_t *pgdat, int kind, size_t size)
{
	struct zoneref *refs = boot_alloc(size, sizeof(void *), pgdat->node_id, "zonelist");

	pgdat->node_zonelists[kind]._zonerefs = refs;
	return refs ? 0 : -ENOMEM;
}

int zonelists_alloc(void)
{
	size_t size = (zonelist_size() + 1) * sizeof(struct zoneref);
	size_t own_size = (MAX_NR_ZONES + 1) * sizeof(struct zoneref);
	int err = alloc_scratch(size);
	pg_data_t *pgdat;

	for_each_node_data(pgdat) {
		if (!err)
			err = alloc_list(pgdat, ZONELIST_FALLBACK, size);
		if (!err)
			err = alloc_list(pgdat, ZONELIST_NOFALLBACK, own_size);
	}
	return err;
}

struct zoneref *zonelist_first(int nid, bool this_node_only)
{
	int kind = this_node_only ? ZONELIST_NOFALLBACK : ZONELIST_FALLBACK;

	return NODE_DATA(nid)->node_zonelists[kind]._zonerefs;
}

/* ---- Linux's order ---- */

/* A node's zones that have memory, or may have some, highest first. */
static size_t add_node_zones(const pg_data_t *pgdat, struct zoneref *refs, size_t used, size_t max)
{
	int type;

	for (type = MAX_NR_ZONES - 1; type >= 0; type--) {
		const struct zone *zone = &pgdat->node_zones[type];

		if (zone->room_pages && used < max)
			refs[used++] = (struct zoneref){ .zone = (struct zone *)zone, .zone_idx = type };
	}
	return used;
}

/* The least distance from the node that is more than `than`; 0: there is none. */
static int next_distance(const pg_data_t *from, int than)
{
	const pg_data_t *pgdat;
	int least = 0;

	for_each_node_data(pgdat) {
		int distance = node_distance(from->node_id, pgdat->node_id);

		if (distance > than && (!least || distance < least))
			least = distance;
	}
	return least;
}

/* The zones of the other nodes at just this distance: those behind the node, then those before it. */
static size_t add_nodes_at(const pg_data_t *node, int distance, struct zoneref *refs, size_t used,
			   size_t max)
{
	const pg_data_t *pgdat;

	for (pgdat = next_node_data(node); pgdat; pgdat = next_node_data(pgdat))
		if (node_distance(node->node_id, pgdat->node_id) == distance)
			used = add_node_zones(pgdat, refs, used, max);
	for_each_node_data(pgdat) {
		if (pgdat == node)
			break;
		if (node_distance(node->node_id, pgdat->node_id) == distance)
			used = add_node_zones(pgdat, refs, used, max);
	}
	return used;
}

/* Machines have few distances, however many nodes. */
static size_t zonelist_order_default(const struct pglist_data *node, bool fallback,
				     struct zoneref *refs, size_t max)
{
	size_t used = add_node_zones(node, refs, 0, max);
	int distance = 0;

	while (fallback && (distance = next_distance(node, distance)))
		used = add_nodes_at(node, distance, refs, used, max);
	return used;
}

/* ---- another policy: best fit ---- */

size_t zonelist_order_best_fit(const struct pglist_data *node, bool fallback,
			       struct zoneref *refs, size_t max)
{
	size_t used = zonelist_order_default(node, fallback, refs, max), i, at;

	/* Stable: zones with as many free pages stay in the default order. */
	for (i = 1; i < used; i++) {
		struct zoneref ref = refs[i];

		for (at = i; at > 0 && zone_free_pages(refs[at - 1].zone) < zone_free_pages(ref.zone); at--)
			refs[at] = refs[at - 1];
		refs[at] = ref;
	}
	return used;
}

/* ---- building ---- */

static bool is_sound(const pg_data_t *node, bool fallback, const struct zoneref *refs, size_t used,
		     unsigned long *seen)
{
	size_t i;

	bitmap_clear(seen, 0, nr_zone_bits());
	for (i = 0; i < used; i++) {
		const struct zone *zone = refs[i].zone;
		size_t bit;

		if (!zone || !zone->room_pages || refs[i].zone_idx != zone->zone_idx)
			return false;
		if (!fallback && zone->zone_pgdat != node)
			return false;
		bit = (size_t)zone->node * MAX_NR_ZONES + (size_t)zone->zone_idx;
		if (test_bit(bit, seen))
			return false;
		set_bit(bit, seen);
	}
	return true;
}

/* Asks the policy for one list; with `commit` it replaces the list in use, else it is only tried. */
static int build_list(pg_data_t *pgdat, int kind, zonelist_order_fn order, struct zoneref *scratch,
		      bool commit)
{
	bool fallback = kind == ZONELIST_FALLBACK;
	size_t max = zonelist_size();
	unsigned long *seen = (unsigned long *)(void *)(scratch + max + 1);
	size_t used = order(pgdat, fallback, scratch, max);

	if (used > max || !is_sound(pgdat, fallback, scratch, used, seen))
		return -EINVAL;
	if (commit) {
		struct zoneref *refs = pgdat->node_zonelists[kind]._zonerefs;
		size_t i;

		memcpy(refs, scratch, used * sizeof(*refs));
		for (i = 0; i < used; i++)
			refs[i].zone_idx = shown_idx(refs[i].zone);
		refs[used] = (struct zoneref){ .zone = NULL };
	}
	return 0;
}

static int build_lists(zonelist_order_fn order, bool commit)
{
	struct zoneref *scratch = this_quire()->page.zonelist_scratch;
	pg_data_t *pgdat;
	int kind, err;

	for_each_node_data(pgdat) {
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
	struct page_state *ps = &this_quire()->page;
	zonelist_order_fn wanted = order ? order : zonelist_order_default, before = ps->zonelist_order;
	int err = build_lists(wanted, false);

	if (!err)
		err = build_lists(wanted, true);
	if (!err)
		ps->zonelist_order = wanted;
	if (!err)
		pcp_find_homes();
	else if (before) /* a policy that does not always say the same may fail half way */
		build_lists(before, true);
	return err;
}

void zonelists_show_zone(const struct zone *zone)
{
	struct zoneref *ref;
	pg_data_t *pgdat;
	int kind;

	for_each_node_data(pgdat)
		for (kind = 0; kind < MAX_ZONELISTS; kind++)
			for (ref = pgdat->node_zonelists[kind]._zonerefs; ref->zone; ref++)
				if (ref->zone == zone)
					store_relaxed(ref->zone_idx, shown_idx(zone));
	/* A policy of the embedder's need not name zones that are empty: it is asked again. */
	if (this_quire()->page.zonelist_order != zonelist_order_default)
		set_zonelist_order(this_quire()->page.zonelist_order);
}

static void log_fallback_order(const pg_data_t *pgdat)
{
	const struct zoneref *ref = pgdat->node_zonelists[ZONELIST_FALLBACK]._zonerefs;
	char text[160] = "";
	size_t used = 0;
	int last = NUMA_NO_NODE;

	for (; ref->zone && used < sizeof(text) - 8; ref++) {
		if (ref->zone->node == last || !populated_zone(ref->zone))
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
