/* SPDX-License-Identifier: MIT */
/*
 * page_model.c - see page_model.h. Written to be read, not to be quick.
 */
#include <string.h>

#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/page/page_model.h"
#include "tests/tap.h"

/* ---- frames and zones, from the machine's description ---- */

static unsigned int at_of(const struct page_model *model, pfn_t pfn)
{
	return (unsigned int)(pfn - model->base);
}

/* The end of the frames that the direct map reaches. */
static pfn_t lowmem_end(const struct page_model *model)
{
	return model->machine->lowmem_end ? PFN_DOWN(model->machine->lowmem_end) : ~(pfn_t)0;
}

/* The zone type that the address alone makes it. */
static enum zone_type type_by_address(const struct page_model *model, pfn_t pfn)
{
	const struct quire_machine *m = model->machine;

	if (pfn >= lowmem_end(model))
		return ZONE_HIGHMEM;
	if (m->zones >> ZONE_DMA & 1 && pfn < PFN_DOWN(m->zone_end[ZONE_DMA]))
		return ZONE_DMA;
	if (m->zones >> ZONE_DMA32 & 1 && pfn < PFN_DOWN(m->zone_end[ZONE_DMA32]))
		return ZONE_DMA32;
	return ZONE_NORMAL;
}

/* The highest of them that the machine has frames in: ZONE_MOVABLE takes its frames from there. */
static enum zone_type top_type(const struct page_model *model)
{
	enum zone_type top = ZONE_DMA;
	size_t i;

	for (i = 0; i < model->machine->nr_banks; i++) {
		const struct machine_bank *bank = &model->machine->banks[i];
		enum zone_type type = type_by_address(model, PFN_DOWN(bank->base + bank->size) - 1);

		if (type > top)
			top = type;
	}
	return top;
}

static enum zone_type type_of(const struct page_model *model, pfn_t pfn)
{
	enum zone_type type = type_by_address(model, pfn);

	if (model->machine->movable_start && type == top_type(model) &&
	    pfn >= PFN_DOWN(model->machine->movable_start))
		return ZONE_MOVABLE;
	return type;
}

static u8 zone_index(struct page_model *model, int nid, enum zone_type type)
{
	unsigned int i;

	for (i = 0; i < model->nr_zones; i++)
		if (model->zones[i].nid == nid && model->zones[i].type == type)
			return (u8)i;
	REQUIRE(model->nr_zones < MODEL_ZONES);
	model->zones[i].zone = &NODE_DATA(nid)->node_zones[type];
	model->zones[i].model = model;
	model->zones[i].nid = nid;
	model->zones[i].type = type;
	model->nr_zones++;
	return (u8)i;
}

static void add_bank(struct page_model *model, const struct machine_bank *bank)
{
	pfn_t pfn;

	for (pfn = PFN_DOWN(bank->base); pfn < PFN_DOWN(bank->base + bank->size); pfn++) {
		unsigned int at = at_of(model, pfn);

		REQUIRE(at < MODEL_FRAMES);
		model->what[at] = MODEL_FREE;
		model->zone_of[at] = zone_index(model, bank->nid, type_of(model, pfn));
	}
	if (model->nr_nodes <= (unsigned int)bank->nid)
		model->nr_nodes = (unsigned int)bank->nid + 1;
}

static void add_reserved(struct page_model *model, const struct machine_range *range)
{
	pfn_t pfn;

	for (pfn = PFN_DOWN(range->base); pfn < PFN_UP(range->base + range->size); pfn++)
		if (at_of(model, pfn) < MODEL_FRAMES && model->what[at_of(model, pfn)] == MODEL_FREE)
			model->what[at_of(model, pfn)] = MODEL_RESERVED;
}

static void compute_marks(struct page_model *model);
static void order_zones(struct page_model *model, int nid);

void model_start(struct page_model *model, const struct quire_machine *m)
{
	unsigned int i;

	memset(model, 0, sizeof(*model));
	model->machine = m;
	model->base = ~(pfn_t)0;
	for (i = 0; i < m->nr_banks; i++)
		if (PFN_DOWN(m->banks[i].base) < model->base)
			model->base = PFN_DOWN(m->banks[i].base);
	/* Blocks begin at the same places as in frame numbers. */
	model->base &= ~(MAX_ORDER_NR_PAGES - 1);
	for (i = 0; i < m->nr_banks; i++)
		add_bank(model, &m->banks[i]);
	for (i = 0; i < m->nr_reserved; i++)
		add_reserved(model, &m->reserved[i]);
	for (i = 0; i < MODEL_FRAMES; i++)
		if (model->what[i] == MODEL_FREE) {
			model->zones[model->zone_of[i]].managed++;
			model->zones[model->zone_of[i]].free++;
			model->free++;
		}
	model->sysctls = (struct model_sysctls){
		.min_free_kbytes = this_quire()->page.min_free_kbytes,
		.scale_factor = 10,
		.reserve_ratio = { [ZONE_DMA] = 256, [ZONE_DMA32] = 256, [ZONE_NORMAL] = 32 },
	};
	compute_marks(model);
	for (i = 0; i < model->nr_nodes; i++)
		order_zones(model, (int)i);
}

bool model_all(const struct page_model *model, pfn_t pfn, unsigned long pages, unsigned int what)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (pfn + i < model->base || at_of(model, pfn + i) >= MODEL_FRAMES ||
		    model->what[at_of(model, pfn + i)] != what)
			return false;
	return true;
}

struct model_zone *model_zone_of(struct page_model *model, pfn_t pfn)
{
	return &model->zones[model->zone_of[at_of(model, pfn)]];
}

void model_set(struct page_model *model, pfn_t pfn, unsigned long pages, unsigned int what)
{
	unsigned long i;

	for (i = 0; i < pages; i++) {
		u16 *at = &model->what[at_of(model, pfn + i)];
		struct model_zone *zone = model_zone_of(model, pfn + i);

		if (*at == MODEL_FREE && what != MODEL_FREE) {
			zone->free--;
			model->free--;
		} else if (*at != MODEL_FREE && what == MODEL_FREE) {
			zone->free++;
			model->free++;
		}
		*at = (u16)what;
	}
}

/* ---- marks and reserves: Linux's formulas ---- */

static bool is_highmem_zone(const struct page_model *model, const struct model_zone *zone)
{
	return zone->type == ZONE_HIGHMEM ||
	       (zone->type == ZONE_MOVABLE && top_type(model) == ZONE_HIGHMEM);
}

static unsigned long managed_of(const struct page_model *model, int nid, enum zone_type type)
{
	unsigned int i;

	for (i = 0; i < model->nr_zones; i++)
		if (model->zones[i].nid == nid && model->zones[i].type == type)
			return model->zones[i].managed;
	return 0;
}

static void compute_zone_marks(struct page_model *model, struct model_zone *zone, u64 lowmem)
{
	u64 pages_min = model->sysctls.min_free_kbytes * 1024 / PAGE_SIZE, min, step;
	u64 share = pages_min * zone->managed / lowmem;
	int high;

	min = share;
	if (is_highmem_zone(model, zone)) {
		min = zone->managed / 1024;
		if (min < 32)
			min = 32;
		if (min > 128)
			min = 128;
	}
	step = (u64)zone->managed * model->sysctls.scale_factor / 10000;
	if (step < share / 4)
		step = share / 4;
	zone->mark[WMARK_MIN] = (unsigned long)min;
	zone->mark[WMARK_LOW] = (unsigned long)(min + step);
	zone->mark[WMARK_HIGH] = (unsigned long)(min + 2 * step);
	for (high = 0; high < MAX_NR_ZONES; high++) {
		unsigned long above = 0;
		int type;

		for (type = (int)zone->type + 1; type <= high; type++)
			above += managed_of(model, zone->nid, (enum zone_type)type);
		zone->reserve[high] = model->sysctls.reserve_ratio[zone->type] && zone->managed
					      ? above / model->sysctls.reserve_ratio[zone->type]
					      : 0;
	}
}

static void compute_marks(struct page_model *model)
{
	u64 lowmem = 0;
	unsigned int i;

	for (i = 0; i < model->nr_zones; i++)
		if (!is_highmem_zone(model, &model->zones[i]))
			lowmem += model->zones[i].managed;
	for (i = 0; i < model->nr_zones; i++)
		compute_zone_marks(model, &model->zones[i], lowmem);
}

bool model_check_marks(struct page_model *model)
{
	unsigned int i, n;
	bool held = true;

	compute_marks(model);
	for (i = 0; i < model->nr_zones; i++) {
		const struct model_zone *zone = &model->zones[i];

		for (n = 0; n < NR_WMARK; n++)
			held &= CHECK_EQ(zone->zone->_watermark[n], zone->mark[n]);
		for (n = 0; n < MAX_NR_ZONES; n++)
			held &= CHECK_EQ(zone->zone->lowmem_reserve[n], zone->reserve[n]);
	}
	return held;
}

/* ---- which zone ---- */

enum zone_type model_highest(const struct page_model *model, gfp_t gfp)
{
	bool has_highmem = top_type(model) == ZONE_HIGHMEM;

	if (gfp & __GFP_DMA)
		return model->machine->zones >> ZONE_DMA & 1 ? ZONE_DMA : ZONE_NORMAL;
	if (gfp & __GFP_DMA32)
		return model->machine->zones >> ZONE_DMA32 & 1 ? ZONE_DMA32 : ZONE_NORMAL;
	/* Nothing here can clear highmem. */
	if (!(gfp & __GFP_HIGHMEM) || ((gfp & __GFP_ZERO) && has_highmem))
		return ZONE_NORMAL;
	return gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_HIGHMEM;
}

static int distance_between(const struct page_model *model, int from, int to)
{
	const struct quire_machine *m = model->machine;

	if (m->distance)
		return m->distance[(unsigned int)from * m->nr_distance_nodes + (unsigned int)to];
	return from == to ? 10 : 20;
}

/* How many nodes are asked before this one: the nearer ones, and of equally near ones those next in turn. */
static unsigned int node_rank(const struct page_model *model, int from, int nid)
{
	int distance = distance_between(model, from, nid), other;
	int nodes = (int)model->nr_nodes, turn = (nid - from + nodes) % nodes;
	unsigned int rank = 0;

	for (other = 0; other < nodes; other++) {
		int that = distance_between(model, from, other);

		rank += that < distance || (that == distance && (other - from + nodes) % nodes < turn);
	}
	return rank;
}

bool model_allows(const struct page_model *model, const struct model_request *r,
		  const struct model_zone *zone)
{
	return zone->type <= model_highest(model, r->gfp) &&
	       (!(r->gfp & __GFP_THISNODE) || zone->nid == r->nid);
}

/* Is the zone asked before the other one by requests on node `nid`? */
static bool comes_before(const struct page_model *model, int nid, const struct model_zone *zone,
			 const struct model_zone *other)
{
	if (zone->nid == other->nid)
		return zone->type > other->type;
	return node_rank(model, nid, zone->nid) < node_rank(model, nid, other->nid);
}

static void order_zones(struct page_model *model, int nid)
{
	unsigned int i, j;

	for (i = 0; i < model->nr_zones; i++) {
		unsigned int before = 0;

		for (j = 0; j < model->nr_zones; j++)
			before += comes_before(model, nid, &model->zones[j], &model->zones[i]);
		model->zonelist[nid][before] = &model->zones[i];
	}
}

/* ---- may the zone give a block? ---- */

/* Not free for anybody else. */
unsigned long model_kept_by_cpus(const struct model_zone *zone)
{
	unsigned long pages = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		pages += per_cpu_pages_count(&zone->zone->per_cpu_pageset[cpu]);
	return pages;
}

static bool above_mark(const struct model_zone *zone, const struct model_request *r, unsigned long mark,
		       enum zone_type highest, bool may_have_reserve, unsigned long free)
{
	/* All but one page of the block are gone afterwards; the reserve of others is not there. */
	unsigned long gone = (1UL << r->order) - 1 +
			     (may_have_reserve ? 0 : zone->zone->nr_reserved_highatomic);

	return free > gone && free - gone > mark + zone->reserve[highest];
}

static enum migratetype type_of_request(gfp_t gfp)
{
	if (!this_quire()->page.mobility_grouping)
		return MIGRATE_UNMOVABLE;
	if (gfp & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	return gfp & __GFP_RECLAIMABLE ? MIGRATE_RECLAIMABLE : MIGRATE_UNMOVABLE;
}

static bool is_on_cpu_list(const struct model_zone *zone, const struct model_request *r)
{
	const struct per_cpu_pages *pcp = &zone->zone->per_cpu_pageset[r->cpu];
	const struct pcp_list *inbox =
		&zone->zone->per_cpu_pageset[r->cpu % zone->zone->nr_pools].lists[PCP_INBOX];
	enum migratetype type = type_of_request(r->gfp);

	if (r->order < PCP_ORDERS && pcp->lists[r->order * 4 + type].count)
		return true;
	/* What other CPUs gave back of its pages counts as on its list. */
	return !r->order && inbox->count && inbox->kind == type;
}

static bool has_common_block(const struct model_zone *zone, unsigned int order)
{
	return zone_has_free_block(zone->zone, order, MIGRATE_UNMOVABLE) ||
	       zone_has_free_block(zone->zone, order, MIGRATE_MOVABLE) ||
	       zone_has_free_block(zone->zone, order, MIGRATE_RECLAIMABLE);
}

/* Down to the low mark, as everybody. */
static bool gives_at_once(const struct model_zone *zone, const struct model_request *r,
			  enum zone_type highest)
{
	unsigned long mark = zone->mark[WMARK_LOW] + zone->zone->watermark_boost;

	return above_mark(zone, r, mark, highest, false, zone->free - model_kept_by_cpus(zone)) &&
	       (is_on_cpu_list(zone, r) || has_common_block(zone, r->order));
}

static bool may_take_all(gfp_t gfp)
{
	return (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC);
}

static bool is_atomic(gfp_t gfp)
{
	return (gfp & __GFP_ATOMIC) && !(gfp & __GFP_NOMEMALLOC) && !may_take_all(gfp);
}

/* Were so many pages free, would they be enough for the request in its need? */
static bool is_enough(const struct model_zone *zone, const struct model_request *r, unsigned long free,
		      unsigned long boost)
{
	bool is_high = (r->gfp & __GFP_HIGH) && !may_take_all(r->gfp);
	unsigned long mark = zone->mark[WMARK_MIN] + boost;

	mark -= is_high ? mark / 2 : 0;
	mark -= is_atomic(r->gfp) ? mark / 4 : 0;
	return may_take_all(r->gfp) ||
	       above_mark(zone, r, mark, model_highest(zone->model, r->gfp), is_atomic(r->gfp), free);
}

/* Down to what the request's urgency lets it have. */
static bool gives_in_need(const struct model_zone *zone, const struct model_request *r)
{
	/* A single page for an atomic request: the boost does not count. */
	unsigned long boost = r->order || !(r->gfp & __GFP_ATOMIC) ? zone->zone->watermark_boost : 0;

	if (!is_enough(zone, r, zone->free - model_kept_by_cpus(zone), boost))
		return false;
	if (has_common_block(zone, r->order))
		return true;
	if (is_atomic(r->gfp) || may_take_all(r->gfp))
		return zone_has_free_block(zone->zone, r->order, MIGRATE_HIGHATOMIC);
	return !(r->gfp & __GFP_HIGH) && is_on_cpu_list(zone, r);
}

bool model_left_enough(const struct model_zone *zone, const struct model_request *r,
		       unsigned long free_before)
{
	unsigned long free_now = zone->free - model_kept_by_cpus(zone);

	/*
	 * The last page may have come with others that are on the CPU's list now; and only then the
	 * zone may have been boosted.
	 */
	return free_now >= free_before || is_enough(zone, r, zone->free + 1, 0);
}

struct model_zone *model_expect(struct page_model *model, const struct model_request *r)
{
	struct model_zone **zonelist = model->zonelist[r->nid];
	enum zone_type highest = model_highest(model, r->gfp);
	unsigned int i, first = 0;

	while (first < model->nr_zones && !model_allows(model, r, zonelist[first]))
		first++;
	/* What is on the CPU's list has left the zone's free memory: no mark is in the way. */
	if (first < model->nr_zones && !zonelist[first]->reserve[highest] &&
	    is_on_cpu_list(zonelist[first], r))
		return zonelist[first];
	for (i = first; i < model->nr_zones; i++)
		if (model_allows(model, r, zonelist[i]) && gives_at_once(zonelist[i], r, highest))
			return zonelist[i];
	for (i = first; i < model->nr_zones; i++)
		if (model_allows(model, r, zonelist[i]) && gives_in_need(zonelist[i], r))
			return zonelist[i];
	return NULL;
}

/* ---- checks of the whole ---- */

bool model_check_counts(struct page_model *model)
{
	bool held = CHECK_EQ(nr_free_pages(), model->free);
	unsigned int i;

	for (i = 0; i < model->nr_zones; i++) {
		struct model_zone *zone = &model->zones[i];

		held &= CHECK_EQ(zone_page_state(zone->zone, NR_FREE_PAGES) + model_kept_by_cpus(zone),
				 zone->free);
		held &= CHECK_EQ(zone->zone->managed_pages, zone->managed);
	}
	return held;
}

/* Free blocks merge across page blocks of these types, but not with other page blocks. */
static int mixing_class(pfn_t pfn)
{
	enum migratetype type = get_pageblock_migratetype(pfn_to_page(pfn));

	return type < MIGRATE_PCPTYPES ? 0 : (int)type;
}

/* The order of the largest block that begins at the frame, the first of its block. */
static unsigned int block_at(const struct page_model *model, pfn_t pfn)
{
	unsigned int order = 0;

	while (order + 1 < MAX_ORDER) {
		pfn_t first = pfn & ~((2UL << order) - 1), i;

		for (i = first; i < first + (2UL << order); i++)
			if (!model_all(model, i, 1, MODEL_FREE) ||
			    model->zone_of[at_of(model, i)] != model->zone_of[at_of(model, pfn)] ||
			    mixing_class(i) != mixing_class(pfn))
				return order;
		order++;
	}
	return order;
}

/* How much of each zone is set apart is what its page blocks say. */
static bool check_highatomic(struct page_model *model)
{
	unsigned long counts[MIGRATE_TYPES];
	bool held = true;
	unsigned int i;

	for (i = 0; i < model->nr_zones; i++) {
		const struct zone *zone = model->zones[i].zone;

		zone_count_page_blocks(zone, counts);
		held &= CHECK_EQ(zone->nr_reserved_highatomic, counts[MIGRATE_HIGHATOMIC] << pageblock_order);
	}
	return held;
}

bool model_check_blocks(struct page_model *model)
{
	unsigned int i, next = 0;

	for (i = 0; i < MODEL_FRAMES; i++) {
		int order = -1;

		if (model->what[i] == MODEL_HOLE)
			continue;
		/* Inside of a block that was found no other begins. */
		if (model->what[i] == MODEL_FREE && i >= next) {
			order = (int)block_at(model, model->base + i);
			next = i + (1U << order);
		}
		if (!CHECK_EQ(free_block_order(model->base + i), order)) {
			tap_note("frame 0x%lx", model->base + i);
			return false;
		}
	}
	return check_highatomic(model);
}
