/* SPDX-License-Identifier: MIT */
/*
 * proc_support.c - see proc_support.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/page/free_marks.h"
#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define MAX_TEXT (256 * 1024)

struct buffer {
	char text[MAX_TEXT];
	size_t len;
};

#define PROC_LEAF_ORDER 9

static pg_data_t nodes[PROC_NODES];
static struct whole_part parts[PROC_NODES][MAX_NR_ZONES];
static struct whole_blocks whole[PROC_NODES][MAX_NR_ZONES][MAX_ORDER_LIMIT];
static pg_data_t *node_table[PROC_NODES];
static struct per_cpu_pages pagesets[PROC_NODES][MAX_NR_ZONES][PROC_CPUS];

static void append(void *ctx, const char *text, size_t len)
{
	struct buffer *b = ctx;

	REQUIRE(b->len + len < MAX_TEXT);
	memcpy(b->text + b->len, text, len);
	b->len += len;
}

const char *report_text(const char *name)
{
	static struct buffer buffer;
	struct seq_file m = { append, &buffer };
	const struct report *report = quire_find_report(name);

	REQUIRE(report);
	buffer.len = 0;
	report->show(&m);
	buffer.text[buffer.len] = '\0';
	return buffer.text;
}

struct zone *proc_zone(int nid, enum zone_type type)
{
	return &nodes[nid].node_zones[type];
}

struct per_cpu_pages *proc_pageset(int nid, enum zone_type type, unsigned int cpu)
{
	return &pagesets[nid][type][cpu];
}

/* Leaves' states, one leaf after the other. */
static struct {
	u8 *states;
	u16 *kinds;
	size_t nr;
} all_leaves;

static void free_leaves(void)
{
	unsigned int nid;
	enum zone_type type;

	for (nid = 0; nid < PROC_NODES; nid++)
		for (type = 0; type < MAX_NR_ZONES; type++) {
			free(nodes[nid].node_zones[type].leaves);
			free(nodes[nid].node_zones[type].leaf_section_pfn);
		}
	free(all_leaves.states);
	free(all_leaves.kinds);
	memset(&all_leaves, 0, sizeof(all_leaves));
}

void proc_machine(unsigned int nr_nodes, unsigned int zones)
{
	struct quire *q;
	unsigned int nid;
	enum zone_type type;

	test_machine_new();
	free_leaves();
	memset(nodes, 0, sizeof(nodes));
	memset(whole, 0, sizeof(whole));
	memset(parts, 0, sizeof(parts));
	memset(pagesets, 0, sizeof(pagesets));
	q = this_quire();
	q->geo.page_shift = 12;
	q->geo.max_order = 11;
	q->geo.block_order = 10;
	q->geo.leaf_order = PROC_LEAF_ORDER;
	q->geo.nr_cpus = 1;
	q->geo.phys_end = PHYS_ADDR_MAX;
	q->phase = PHASE_BUDDY;
	q->page.zones = zones;
	q->page.nr_nodes = nr_nodes;
	q->page.node_data = node_table;
	q->page.pgdat_list = &nodes[0];
	for (nid = 0; nid < nr_nodes; nid++) {
		node_table[nid] = &nodes[nid];
		nodes[nid].node_id = (int)nid;
		nodes[nid].node_next = nid + 1 < nr_nodes ? &nodes[nid + 1] : NULL;
		for (type = 0; type < MAX_NR_ZONES; type++) {
			struct zone *zone = proc_zone((int)nid, type);

			zone->name = zone_name(type);
			zone->zone_idx = (int)type;
			zone->node = (int)nid;
			zone->zone_pgdat = &nodes[nid];
			zone->nr_parts = 1;
			zone->parts = &parts[nid][type];
			zone->parts->blocks = whole[nid][type];
			zone->per_cpu_pageset = pagesets[nid][type];
		}
	}
}

/* States in which every second block of the order that there could be is free, `blocks` of them: a leaf's. */
static pfn_t add_states(unsigned int order, unsigned long blocks)
{
	size_t all = all_leaves.nr + 1;
	unsigned long i;
	u8 *states;

	all_leaves.states = realloc(all_leaves.states, all << PROC_LEAF_ORDER);
	all_leaves.kinds = realloc(all_leaves.kinds, all * sizeof(u16));
	REQUIRE(all_leaves.states && all_leaves.kinds);
	states = all_leaves.states + (all_leaves.nr << PROC_LEAF_ORDER);
	memset(states, 0, 1u << PROC_LEAF_ORDER);
	all_leaves.kinds[all_leaves.nr] = 0;
	for (i = 0; i < blocks; i++)
		mark_block(states + (i << (order + 1)), order);
	this_quire()->page.frame_state = all_leaves.states;
	this_quire()->page.leaf_kind = all_leaves.kinds;
	this_quire()->page.mem_map = (struct page *)64; /* is not looked at */
	return (pfn_t)all_leaves.nr++ << PROC_LEAF_ORDER;
}

/* Room for so many leaves more. A section of its own for each: where it lies is looked up. */
static void make_room(struct zone *zone, u32 more)
{
	u32 leaves = zone->nr_leaves + more;

	zone->leaves = realloc(zone->leaves, (leaves + 1) * sizeof(*zone->leaves));
	zone->leaf_section_pfn = realloc(zone->leaf_section_pfn, (leaves + 1) * sizeof(pfn_t));
	REQUIRE(zone->leaves && zone->leaf_section_pfn);
	zone->leaf_section_shift = PROC_LEAF_ORDER;
	zone->leaf_section_mask = 0;
}

/* So many leaves with as many blocks each. They are alike, and so one leaf's states are enough. */
static void add_leaves(struct zone *zone, unsigned int order, unsigned long leaves, unsigned long blocks)
{
	pfn_t pfn;

	if (!leaves || !blocks)
		return;
	pfn = add_states(order, blocks);
	while (leaves--) {
		zone->leaf_section_pfn[zone->nr_leaves] = pfn;
		zone->leaves[zone->nr_leaves++] = (struct page_leaf){
			.nr_free = (u16)(blocks << order), .migratetype = MIGRATE_MOVABLE,
		};
	}
}

void proc_set_free_blocks(struct zone *zone, unsigned int order, unsigned long blocks)
{
	unsigned long per_leaf;

	if (order >= PROC_LEAF_ORDER) {
		zone->parts->blocks[order - PROC_LEAF_ORDER].nr[MIGRATE_MOVABLE] = blocks;
		return;
	}
	per_leaf = 1UL << (PROC_LEAF_ORDER - 1 - order);
	make_room(zone, (u32)((blocks + per_leaf - 1) / per_leaf));
	add_leaves(zone, order, blocks / per_leaf, per_leaf);
	add_leaves(zone, order, 1, blocks % per_leaf);
}

void proc_set_counter(struct zone *zone, enum zone_stat_item item, unsigned long value)
{
	if (item == NR_FREE_PAGES)
		zone->parts->nr_pages = value;
	else if (item == NR_FREE_CMA_PAGES)
		zone->parts->nr_cma = value;
	else
		zone->vm_stat[item] = value;
	/* Without areas nobody counts their pages. */
	if (item == NR_FREE_CMA_PAGES && !zone->cma_pages)
		zone->cma_pages = value;
}

void proc_boot_memory(void)
{
	static _Alignas(64) char memory[64 * 1024];
	struct quire *q = this_quire();

	memset(memory, 0, sizeof(memory));
	q->phase = PHASE_MEMBLOCK;
	q->boot.flags = MACHINE_AS_DUMPED;
	q->boot.metadata = memory;
	q->boot.metadata_left = sizeof(memory);
}

const char *proc_fixture(const char *name)
{
	static char text[MAX_TEXT];
	char path[128];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "tests/fixtures/linux-6.1/%s.txt", name);
	f = fopen(path, "r");
	if (!f)
		tap_note("%s is not here: run the test in the project's folder", path);
	REQUIRE(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	return text;
}

const char *proc_section(const char *text, const char *title, const char *stop)
{
	static char section[MAX_TEXT];
	size_t title_len = strlen(title), len = 0, line_len;
	bool inside = false;

	for (; *text; text += line_len) {
		line_len = strcspn(text, "\n");
		line_len += text[line_len] == '\n';
		if (inside && !strncmp(text, stop, strlen(stop)))
			break;
		if (inside) {
			memcpy(section + len, text, line_len);
			len += line_len;
		} else if (!strncmp(text, title, title_len) && text[title_len] == '\n') {
			inside = true;
		}
	}
	section[len] = '\0';
	return section;
}
