/* SPDX-License-Identifier: MIT */
/*
 * percpu_pages.c - each CPU's own few free pages of each zone.
 *
 * Theory. Most requests are for a page or a few, and most frees give back what is still in
 * the CPU's cache. So a CPU keeps free blocks on stacks of its own, one for each order and
 * migrate type: an array of pointers, so that a push or a pop touches nothing of the block
 * but what its owner touches too. The block freed last is the first to be handed out: it
 * is the warmest; the colder half, at the bottom, goes back to the zone when the stack is full.
 *
 *   slot   [ coldest | ... | warmest |      free      ]
 *           0                 count            limit
 *
 * A push or pop must not be torn: each CPU's lists are a section of its own (mm/lib/cpu_section.h).
 * Who does not get in, an interrupt handler that came between, goes to the zone instead.
 *
 * Pages here do not count as free: who takes one lowers no watermark. Until
 * setup_per_cpu_pageset all zones share boot_pageset, whose limits are 0: it keeps nothing.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

void pcp_init(struct per_cpu_pages *pcp)
{
	unsigned int i;

	memset(pcp, 0, sizeof(*pcp));
	pcp->batch = 1;
	for (i = 0; i < PCP_LISTS; i++)
		pcp->lists[i].kind = PCP_NO_KIND;
}

/* ---- one's own ---- */

/* The running CPU, if CPUs have lists already. */
static struct page_cpu *this_page_cpu(void)
{
	struct page_cpu *cpus = this_quire()->page.cpus;

	return cpus ? &cpus[this_cpu_id()] : NULL;
}

static void reverse(struct page **pages, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count / 2; i++) {
		struct page *other = pages[i];

		pages[i] = pages[count - 1 - i];
		pages[count - 1 - i] = other;
	}
}

/* Fills an empty list with what other CPUs gave back for this one. */
static void refill_from_inbox(struct pcp_list *list, struct zone *zone, unsigned int order,
			      enum migratetype type)
{
	if (!order && zone->nr_pools > 1)
		store_relaxed(list->count, (u16)inbox_take(zone, type, list->slot, load_relaxed(list->batch)));
}

/* The same, or from the zone; the lowest page will be the first to be taken. */
static void refill(struct pcp_list *list, struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned int got;

	refill_from_inbox(list, zone, order, type);
	if (list->count)
		return;
	got = buddy_take(zone, order, type, list->slot, load_relaxed(list->batch));
	reverse(list->slot, got);
	store_relaxed(list->count, (u16)got);
}

/* The coldest `count` blocks of the list were given back. */
static void drop_coldest(struct pcp_list *list, unsigned int count)
{
	unsigned int left = list->count - count, i;

	for (i = 0; i < left; i++)
		list->slot[i] = list->slot[i + count];
	store_relaxed(list->count, (u16)left);
}

/* Gives the coldest `count` blocks of the list back. */
static void drain_list(struct pcp_list *list, struct zone *zone, unsigned int order, unsigned int count)
{
	if (!count)
		return;
	buddy_put(zone, list->slot, count, order);
	drop_coldest(list, count);
}

/* A full list gives its colder half away: to the CPU that had the pages, or to the zone. */
static void shed(struct pcp_list *list, struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned int count = (list->count + 1U) / 2;

	if (order || zone->nr_pools == 1 || !inbox_give(zone, type, list->slot, count))
		buddy_put(zone, list->slot, count, order);
	drop_coldest(list, count);
}

/* The CPU's list for such blocks, if it keeps them. */
static struct pcp_list *list_for(const struct zone *zone, unsigned int order, enum migratetype type)
{
	struct pcp_list *list;

	if (order >= PCP_ORDERS || type >= MIGRATE_PCPTYPES)
		return NULL;
	list = &zone->per_cpu_pageset[this_cpu_id()].lists[order * 4 + type];
	return load_relaxed(list->limit) ? list : NULL;
}

bool pcp_is_sound(const struct page *page)
{
	u8 state = load_relaxed(*frame_state(page));

	if (!(state & (PAGE_HELD | PAGE_RESERVED | PAGE_FREE)))
		return true;
	quire_warn(NULL, "bad free, refused: page frame 0x%lx was freed by two CPUs at once%s", page_to_pfn(page),
		   state & PAGE_FREE ? "" : ": it is in use");
	return false;
}

/* The block that is to be taken first, or NULL. */
static struct page *pop(struct pcp_list *list)
{
	struct page *page;

	while (list->count) {
		page = list->slot[list->count - 1];
		store_relaxed(list->count, (u16)(list->count - 1));
		if (pcp_is_sound(page))
			return page;
	}
	return NULL;
}

struct page *pcp_alloc_slow(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned long flags = local_irq_save();
	struct page_cpu *cpu = this_page_cpu();
	struct pcp_list *list = cpu ? list_for(zone, order, type) : NULL;
	struct page *page = NULL;

	if (list && cpu_section_enter(&cpu->section)) {
		if (!list->count)
			refill(list, zone, order, type);
		page = pop(list);
		cpu_section_leave(&cpu->section);
	} else if (!buddy_take(zone, order, type, &page, 1)) {
		page = NULL;
	}
	local_irq_restore(flags);
	return page;
}

struct page *pcp_take(struct zone *zone, unsigned int order, enum migratetype type)
{
	unsigned long flags = local_irq_save();
	struct page_cpu *cpu = this_page_cpu();
	struct pcp_list *list = cpu ? list_for(zone, order, type) : NULL;
	struct page *page = NULL;

	if (list && cpu_section_enter(&cpu->section)) {
		if (!list->count)
			refill_from_inbox(list, zone, order, type);
		page = pop(list);
		cpu_section_leave(&cpu->section);
	}
	local_irq_restore(flags);
	return page;
}

unsigned int pcp_take_pages(struct zone *zone, enum migratetype type, struct page **pages, unsigned int max)
{
	struct page_cpu *cpu = this_page_cpu();
	struct pcp_list *list = cpu ? list_for(zone, 0, type) : NULL;
	unsigned int taken = 0;

	if (!list || !cpu_section_enter(&cpu->section))
		return 0;
	if (!list->count)
		refill_from_inbox(list, zone, 0, type);
	while (taken < max && (pages[taken] = pop(list)))
		taken++;
	cpu_section_leave(&cpu->section);
	return taken;
}

/* The list of a freed block: types without lists of their own share the movable ones. */
static struct pcp_list *list_for_freed(const struct zone *zone, const struct page *page, unsigned int order)
{
	enum migratetype type = get_pageblock_migratetype(page);

	if (type == MIGRATE_ISOLATE)
		return NULL;
	return list_for(zone, order, type < MIGRATE_PCPTYPES ? type : MIGRATE_MOVABLE);
}

void pcp_free_slow(struct zone *zone, struct page *page, unsigned int order)
{
	unsigned long flags = local_irq_save();
	struct page_cpu *cpu = this_page_cpu();
	struct pcp_list *list = cpu ? list_for_freed(zone, page, order) : NULL;

	if (list && cpu_section_enter(&cpu->section)) {
		if (list->count >= load_relaxed(list->limit))
			shed(list, zone, order, (enum migratetype)((list - zone->per_cpu_pageset[this_cpu_id()].lists) % 4));
		list->slot[list->count] = page;
		store_relaxed(list->count, (u16)(list->count + 1));
		cpu_section_leave(&cpu->section);
	} else {
		buddy_put(zone, &page, 1, order);
	}
	local_irq_restore(flags);
}

/* ---- other CPUs' ---- */

static void drain_lists(struct per_cpu_pages *pcp, struct zone *zone)
{
	unsigned int order, type;

	for (order = 0; order < PCP_ORDERS; order++)
		for (type = 0; type < MIGRATE_PCPTYPES; type++) {
			struct pcp_list *list = &pcp->lists[order * 4 + type];

			while (list->count)
				drain_list(list, zone, order, min_of((unsigned int)list->count, PCP_BATCH_MAX + 0U));
		}
	inbox_drain(pcp, zone);
}

static void drain_zones(unsigned int cpu, struct zone *zone)
{
	struct zone *each;

	for_each_populated_zone(each)
		if (!zone || each == zone)
			drain_lists(&each->per_cpu_pageset[cpu], each);
}

static bool keeps_any(unsigned int cpu, const struct zone *zone)
{
	struct zone *each;

	for_each_populated_zone(each)
		if ((!zone || each == zone) && per_cpu_pages_count(&each->per_cpu_pageset[cpu]))
			return true;
	return false;
}

/* Drains the lists of one CPU: its own, or those that nobody but us may touch meanwhile. */
static void drain_cpu(unsigned int cpu, struct zone *zone)
{
	struct page_cpu *owner = &this_quire()->page.cpus[cpu];
	unsigned long flags = local_irq_save();

	if (cpu == this_cpu_id()) {
		if (cpu_section_enter(&owner->section)) {
			drain_zones(cpu, zone);
			cpu_section_leave(&owner->section);
		}
	} else {
		cpu_section_claim(&owner->section);
		drain_zones(cpu, zone);
		cpu_section_unclaim(&owner->section);
	}
	local_irq_restore(flags);
}

void drain_local_pages(struct zone *zone)
{
	if (this_quire()->page.cpus)
		drain_cpu(this_cpu_id(), zone);
}

void drain_all_pages(struct zone *zone)
{
	unsigned int cpu;

	if (!this_quire()->page.cpus)
		return;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		if (keeps_any(cpu, zone))
			drain_cpu(cpu, zone);
}

unsigned long per_cpu_pages_count(const struct per_cpu_pages *pcp)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < PCP_LISTS; i++)
		pages += (unsigned long)load_relaxed(pcp->lists[i].count) << (i / 4);
	return pages;
}

/* ---- where a CPU looks first ---- */

static struct pcp_list *home_of(int nid, gfp_t gfp, unsigned int cpu)
{
	struct page_state *ps = &this_quire()->page;
	const struct zoneref *ref = zonelist_first(nid, false);
	enum zone_type highest = gfp_zone(gfp);

	while (ref->zone && load_relaxed(ref->zone_idx) > (int)highest)
		ref++;
	/*
	 * To another node's zone the way is longer: it is counted, and may be forbidden. What a zone
	 * keeps from such requests (take_own_page) they do not find here either.
	 */
	if (!ref->zone || ref->zone->node != nid || load_relaxed(ref->zone->lowmem_reserve[highest]))
		return ps->boot_pageset.lists;
	return &ref->zone->per_cpu_pageset[cpu].lists[gfp_migratetype(gfp)];
}

void pcp_find_homes(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int cpu, kind;

	for (cpu = 0; ps->cpus && cpu < quire_nr_cpus(); cpu++)
		for (kind = 0; kind < ARRAY_SIZE(ps->cpus[cpu].home); kind++)
			store_relaxed(ps->cpus[cpu].home[kind], home_of(ps->cpu_node[cpu], kind, cpu));
}

/* ---- setting up ---- */

/* Pointers that the lists of one CPU may hold: a 32nd of a byte a page, for all CPUs together. */
static unsigned int pcp_room(unsigned long pages)
{
	unsigned long room = pages / (256UL * quire_nr_cpus());

	return (unsigned int)min_of(max_of(room, 4UL), 1024UL);
}

/*
 * Blocks that a list has room for: many single pages, fewer of what is larger; no list of all
 * CPUs together has more than a 128th of the zone, those of whole leaves a 32nd: they are the
 * ones for which CPUs would wait for each other at the zone's lock.
 */
static unsigned int list_room(unsigned long pages, unsigned int order)
{
	unsigned long room = pcp_room(pages), share = order < LEAF_ORDER ? 128 : 32;

	if (!order)
		return (unsigned int)max_of(1UL, room / 4);
	return (unsigned int)max_of(1UL, min_of(room / 32, (pages >> order) / (share * quire_nr_cpus())));
}

/* With all the memory that may come to the zone. */
unsigned int pcp_list_room(const struct zone *zone, unsigned int order)
{
	return list_room(zone->room_pages, order);
}

static size_t slots_of(const struct zone *zone)
{
	unsigned int order;
	size_t slots = 0;

	for (order = 0; order < PCP_ORDERS && order < MAX_ORDER; order++)
		slots += MIGRATE_PCPTYPES * (size_t)pcp_list_room(zone, order);
	return slots + inbox_room(zone);
}

int pagesets_alloc(void)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int cpus = quire_nr_cpus(), cpu;
	size_t zones = 0, slots = 0, kinds;
	struct pcp_list **table;
	struct zone *zone;
	pg_data_t *pgdat;

	for_each_room_zone(pgdat, zone) {
		zone->number = (unsigned int)zones++ + 2;
		slots += slots_of(zone);
	}
	kinds = (zones + 2) << LEAF_ZONE_SHIFT;
	if (kinds > LEAF_ZONE_MASK) {
		pr_err("%zu zones: at most %u can be told apart", zones, (LEAF_ZONE_MASK >> LEAF_ZONE_SHIFT) - 2);
		return -EINVAL;
	}
	ps->pagesets = boot_alloc(zones * cpus * sizeof(struct per_cpu_pages),
				  _Alignof(struct per_cpu_pages), NUMA_NO_NODE, "per-CPU page lists");
	ps->pageset_slots = boot_alloc(slots * cpus * sizeof(struct page *), 64, NUMA_NO_NODE,
				       "per-CPU page lists");
	ps->cpus_reserved = boot_alloc(cpus * sizeof(struct page_cpu), _Alignof(struct page_cpu), NUMA_NO_NODE,
				       "per-CPU page lists");
	table = boot_alloc(cpus * kinds * sizeof(*table), 64, NUMA_NO_NODE, "per-CPU page lists");
	if (!ps->pagesets || !ps->pageset_slots || !ps->cpus_reserved || !table)
		return -ENOMEM;
	for (cpu = 0; cpu < cpus; cpu++)
		ps->cpus_reserved[cpu].of_kind = table + cpu * kinds;
	return 0;
}

/* Gives the lists of one CPU their slots; returns the first slot behind them. */
static struct page **give_slots(struct per_cpu_pages *pcp, struct page **slot, const struct zone *zone)
{
	unsigned int order, type;

	for (order = 0; order < PCP_ORDERS && order < MAX_ORDER; order++)
		for (type = 0; type < MIGRATE_PCPTYPES; type++) {
			pcp->lists[order * 4 + type].slot = slot;
			slot += pcp_list_room(zone, order);
		}
	pcp->lists[PCP_INBOX].slot = slot;
	return slot + inbox_room(zone);
}

void pcp_set_limits(struct zone *zone, int batch, int high)
{
	unsigned int cpu, i;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
		struct per_cpu_pages *pcp = &zone->per_cpu_pageset[cpu];

		pcp->batch = batch;
		pcp->high = high;
		for (i = 0; i < PCP_LISTS; i++) {
			struct pcp_list *list = &pcp->lists[i];
			unsigned int limit = list->slot ? list_room(zone->present_pages, i / 4) : 0;

			if (i == PCP_INBOX && list->slot)
				limit = inbox_room(zone);
			else if (i < 4 && limit)
				limit = min_of(limit, max_of(1U, (unsigned int)high / MIGRATE_PCPTYPES));
			store_relaxed(list->limit, (u16)limit);
			store_relaxed(list->batch, (u16)max_of(1U, min_of((unsigned int)batch, (limit + 1) / 2)));
		}
	}
}

/* Who wants to know of each block that changes hands is not told of on the fast paths. */
void pcp_open_fast_paths(void)
{
	struct page_state *ps = &this_quire()->page;

	ps->pcp_orders = ps->cpus && !ps->watch.is_on ? PCP_ORDERS : 0;
}

static void set_list_of_kind(struct page_cpu *cpu, struct pcp_list *list, unsigned int kind)
{
	list->kind = (u16)kind;
	cpu->of_kind[kind] = list;
	cpu->last_freed = list;
}

void setup_per_cpu_pageset(void)
{
	struct page_state *ps = &this_quire()->page;
	struct per_cpu_pages *next = ps->pagesets;
	struct page **slot = ps->pageset_slots;
	struct zone *zone;
	unsigned int cpu, type;
	pg_data_t *pgdat;

	for_each_room_zone(pgdat, zone) {
		for (cpu = 0; cpu < quire_nr_cpus(); cpu++) {
			pcp_init(&next[cpu]);
			slot = give_slots(&next[cpu], slot, zone);
			for (type = 0; type < MIGRATE_PCPTYPES; type++)
				set_list_of_kind(&ps->cpus_reserved[cpu], &next[cpu].lists[type],
						 zone->number << LEAF_ZONE_SHIFT | type);
		}
		zone->per_cpu_pageset = next;
		next += quire_nr_cpus();
	}
	ps->cpus = ps->cpus_reserved;
	pcp_find_homes();
	pcp_open_fast_paths();
}
