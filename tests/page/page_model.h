/* SPDX-License-Identifier: MIT */
/*
 * page_model.h - the page allocator as it should be, slow and obvious: what each frame is, which
 * zone it belongs to, and which zone a request must be served from.
 *
 * Nothing here asks the allocator what it may be asked about itself: zones follow from the
 * machine's description, marks and reserves from Linux's formulas, free pages are counted
 * frame by frame. What CPUs keep is its own affair, though: how much that is, is read.
 */
#ifndef TESTS_PAGE_MODEL_H
#define TESTS_PAGE_MODEL_H

#include <quire/quire.h>

#define MODEL_FRAMES 16384
#define MODEL_ZONES 24
#define MODEL_NODES 4

/* What a frame is; from MODEL_HELD on: MODEL_HELD + the number of whose it is. */
enum { MODEL_HOLE, MODEL_RESERVED, MODEL_FREE, MODEL_HELD };

struct page_model;

struct model_zone {
	const struct page_model *model;
	struct zone *zone;
	int nid;
	enum zone_type type;
	unsigned long managed; /* frames that are not reserved */
	unsigned long free;    /* those that nobody holds, on CPUs' lists or not */
	unsigned long mark[NR_WMARK];
	unsigned long reserve[MAX_NR_ZONES];
};

/* The sysctls that marks and reserves follow from. */
struct model_sysctls {
	unsigned long min_free_kbytes;
	unsigned int scale_factor;
	unsigned int reserve_ratio[MAX_NR_ZONES];
};

struct page_model {
	const struct quire_machine *machine;
	pfn_t base; /* the first frame of what[] */
	u16 what[MODEL_FRAMES];
	u8 zone_of[MODEL_FRAMES]; /* its zone's place in zones[] */
	struct model_zone zones[MODEL_ZONES];
	unsigned int nr_zones;
	unsigned int nr_nodes;
	struct model_zone *zonelist[MODEL_NODES][MODEL_ZONES]; /* by node, the first to be asked first */
	unsigned long free; /* in all zones */
	struct model_sysctls sysctls;
};

struct model_request {
	gfp_t gfp;
	unsigned int order;
	int nid;
	unsigned int cpu;
};

/* From the machine's description; it has been booted, all as it was given. */
void model_start(struct page_model *model, const struct quire_machine *m);

/* Is [pfn, pfn + pages) in what[], and each frame of it `what`? */
bool model_all(const struct page_model *model, pfn_t pfn, unsigned long pages, unsigned int what);
/* All of them become `what`; the zones count their free frames. */
void model_set(struct page_model *model, pfn_t pfn, unsigned long pages, unsigned int what);
/* The zone of a frame that is no hole. */
struct model_zone *model_zone_of(struct page_model *model, pfn_t pfn);

/* The highest zone type that the request may have. */
enum zone_type model_highest(const struct page_model *model, gfp_t gfp);
/* May the request have memory of the zone at all? */
bool model_allows(const struct page_model *model, const struct model_request *r,
		  const struct model_zone *zone);
/*
 * The zone that must serve the request, the first in its order that may give a block now; NULL:
 * none may, without somebody's lists being drained or a reserve being given up.
 */
struct model_zone *model_expect(struct page_model *model, const struct model_request *r);

/*
 * Requests for single pages took some of the zone, when so many were free and on no list: did they
 * leave what such a request must leave?
 */
bool model_left_enough(const struct model_zone *zone, const struct model_request *r,
		       unsigned long free_before);
/* Pages of the zone on CPUs' lists, as the CPUs count them. */
unsigned long model_kept_by_cpus(const struct model_zone *zone);

/* Each of these says whether it held. Marks and reserves of all zones; after every change of a sysctl. */
bool model_check_marks(struct page_model *model);
/* The free pages of all zones, as the allocator counts them. */
bool model_check_counts(struct page_model *model);
/* While CPUs keep nothing: each free block must begin where the arithmetic of buddies says. */
bool model_check_blocks(struct page_model *model);

/* ---- machines to try it on: model_machines.c ---- */

struct quire_machine *model_machine_one_zone(void);
struct quire_machine *model_machine_dma_normal_highmem(void);
struct quire_machine *model_machine_two_interleaved_nodes_with_dma32_and_movable(void);
struct quire_machine *model_machine_four_nodes_with_highmem(void);
struct quire_machine *model_machine_single_pages_only(void);
struct quire_machine *model_machine_large_blocks_of_small_pages(void);

#endif
