/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/page share and nobody else sees.
 *
 * Lock order: a CPU's own lists (its cpu_section), then either an inbox's lock, or
 * free_pool.lock, lower pools first, and whole_part.lock; all but the first with interrupts off on
 * this CPU. zone.lock, which guards what the zone has but once (marks, counts), is held alone. Memory
 * that comes and goes has hotplug.is_busy outside of all of them (memory_hotplug.c); cma_is_busy
 * stands outside too. Inside of hotplug.is_busy are memblock's lock and that of the resource trees,
 * which are innermost.
 */
#ifndef MM_PAGE_INTERNAL_H
#define MM_PAGE_INTERNAL_H

#include <quire/gfp.h>
#include <quire/mempolicy.h>
#include <quire/migrate.h>
#include <quire/mmzone.h>
#include <quire/vmstat.h>

#include <quire/atomic.h>

#include <quire/port.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/cpu_section.h"
#include "mm/page/leaf.h"

/* ---- nodes and zones (node.c) ---- */

/*
 * From memblock's regions to nodes and zones with their spans, and to the memory that
 * mem_map, the zonelists and the per-CPU lists need. Takes all the memory that the page
 * layer needs at boot. Returns 0, -ENOMEM or -EINVAL with a line in the log.
 */
int free_area_init(const struct quire_machine *machine);
/* The highest zone type with frames, MOVABLE and DEVICE aside: where ZONE_MOVABLE takes its pages. */
enum zone_type zone_top_type(void);
bool zone_is_highmem(const struct zone *zone);
/* The node of the CPU that runs this. */
int numa_node_id(void);
/* Free pages of the zone, without those on CPUs' lists. May be old when it is read. */
unsigned long zone_free_pages(const struct zone *zone);
/* Are they more than so many? Asks about this CPU's own first: mostly that is enough. */
bool zone_has_free_pages(const struct zone *zone, unsigned long more_than);
/* The zone of node `nid` that frame `pfn` of RAM belongs to. */
struct zone *zone_of_frame(pfn_t pfn, int nid);

/* ---- the array of page structures (memmap.c) ---- */

/* -ENOMEM after a line in the log. */
int memmap_alloc(const struct quire_machine *machine);
/* Gives the page structures of holes back to memblock. */
void free_unused_memmap(void);
/* Writes the page structures: all but those of wholly free leaves. */
void memmap_init(void);
/* Writes those of the leaves of a block that were not written so far. */
void memmap_complete(struct zone *zone, u32 leaf, unsigned int order);
/* Index of the largest block that holds the frame. */
static inline unsigned long memmap_block(pfn_t pfn)
{
	return (pfn - this_quire()->page.memmap_base_pfn) >> (MAX_ORDER - 1);
}
/*
 * Page structures for the memory block that begins at `start`: from other memory, or in its own
 * first frames. 0, or an error and nothing has changed. And away with them.
 */
int memmap_back_block(struct memory_block *block, pfn_t start, bool in_itself);
void memmap_unback_block(struct memory_block *block, pfn_t start);
/* How many pages of structures come and go with a memory block. */
unsigned long memmap_pages_of_block(void);
/*
 * The block's frames become valid, and the zone's: the first nr_own and the rest of their leaf
 * reserved, the others free but on no list. And invalid.
 */
void memmap_show_block(struct zone *zone, pfn_t start, unsigned long nr_own);
void memmap_hide_block(pfn_t start);
/* Until all who may have seen the hidden blocks valid are done (memmap_walk_begin). */
void memmap_wait_for_walks(void);
/* The zone of a frame that has a page structure, be it written or not; NULL: nobody knows. */
struct zone *zone_of_valid_frame(pfn_t pfn);

/* ---- where memory may come later (hotplug_room.c); without such ranges: RAM alone ---- */

/* From the machine's description; before free_area_init looks at anything. */
void hotplug_plan(const struct quire_machine *machine);
/* Takes the table of memory blocks. 0, or -ENOMEM. */
int hotplug_alloc_blocks(void);
/* Frames of a memory block, if memory may come at all. */
pfn_t hotplug_block_pages(void);
struct memory_block *memory_block_of(pfn_t pfn);
/* Does memory come to the node? */
bool hotplug_node_exists(int nid);
/* The range that all of [start, end) lies in, or NULL. */
const struct machine_hotplug *hotplug_range_of(pfn_t start, pfn_t end);
/* Widens the zone's room by what may come to it. */
void hotplug_zone_room(struct zone *zone);

/* A walk over RAM and the ranges where it may come, in ascending order; start with { .nid = ... }. */
struct room_walk {
	int nid; /* NUMA_NO_NODE: of all nodes */
	bool is_started;
	int ram;
	size_t hot;
	unsigned long start, end; /* of the RAM that is next */
	int ram_nid;
};
/* Frames [*start, *end) on node *nid. */
bool room_next(struct room_walk *walk, unsigned long *start, unsigned long *end, int *nid);

/* The node with the lowest id above `nid`, be it in the list of nodes or not; NULL: none. */
pg_data_t *next_possible_node(int nid);
/* Every zone that has memory or may come to have some, of nodes that are not in the list as well. */
#define for_each_room_zone(pgdat, zone)                                                        \
	for (pgdat = next_possible_node(-1); pgdat; pgdat = next_possible_node(pgdat->node_id)) \
		for (zone = pgdat->node_zones; zone < pgdat->node_zones + MAX_NR_ZONES; zone++) \
			if (!zone->room_pages) {                                               \
			} else

/* ---- zonelists (zonelist.c) ---- */

int zonelists_alloc(void);
void build_all_zonelists(void);
/* The first entry of the list to try; the end has a NULL zone. */
struct zoneref *zonelist_first(int nid, bool this_node_only);
/* The zone has memory from now on, or has none any more: requests see it in the lists, or skip it. */
void zonelists_show_zone(const struct zone *zone);

/* ---- leaves (zone_leaves.c, leaf.c): numbered within their zone ---- */

/* Takes the memory for the leaves, pools and blocks of every zone. 0, or -ENOMEM. */
int zone_leaves_alloc(void);

static inline u32 leaf_number(const struct zone *zone, pfn_t pfn)
{
	pfn_t offset = pfn - zone->leaf_base_pfn;

	return zone->leaf_section[offset >> zone->leaf_section_shift] +
	       (u32)(offset >> LEAF_ORDER & zone->leaf_section_mask);
}
static inline pfn_t leaf_pfn(const struct zone *zone, u32 no)
{
	return zone->leaf_section_pfn[(u64)no >> (zone->leaf_section_shift - LEAF_ORDER)] +
	       ((pfn_t)(no & zone->leaf_section_mask) << LEAF_ORDER);
}
/* Is there RAM of the zone in the frame's section? The zone must span the frame. */
static inline bool zone_has_leaf(const struct zone *zone, pfn_t pfn)
{
	u32 no = leaf_number(zone, pfn);

	return no < zone->nr_leaves && leaf_pfn(zone, no) == ALIGN_DOWN(pfn, LEAF_NR_PAGES);
}
/* The states of the leaf's frames. */
static inline u8 *leaf_states(const struct zone *zone, u32 no)
{
	return frame_state(pfn_to_page(leaf_pfn(zone, no)));
}
/* Are there frames of other zones in the leaf? It begins at the frame. */
static inline bool leaf_is_shared(const struct zone *zone, pfn_t first)
{
	return (leaf_kind(first) & LEAF_ZONE_MASK) != zone->number << LEAF_ZONE_SHIFT;
}
/* Words of bits for a leaf of any size. */
#define LEAF_WORDS_MAX ((1U << LEAF_ORDER_MAX) / BITS_PER_LONG)
/* The free frames of a leaf that is partly free, those of the zone alone, as bits (leaf.h). */
void leaf_read_bits(const struct zone *zone, u32 no, unsigned long *bits);
/* Replaces the bits of `mask` in what leaf_kind() says. */
static inline void change_leaf_kind(pfn_t pfn, unsigned int mask, unsigned int bits)
{
	struct page_state *ps = &this_quire()->page;

	exchange_bits16(&ps->leaf_kind[(pfn - ps->memmap_base_pfn) >> LEAF_ORDER], (u16)mask, (u16)bits);
}
/* Sets the type of leaves; the caller sees to it that no list or set has them by type. */
void leaves_set_type(struct zone *zone, u32 first, u32 count, enum migratetype type);

/* ---- the buddy system (buddy.c); interrupts are off, no lock is held ---- */

/* The order of the largest aligned block that begins at `start` and ends by `end`. */
static inline unsigned int largest_order(pfn_t start, pfn_t end)
{
	unsigned int order = start ? __ffs(start) : MAX_ORDER - 1;

	order = min_of(order, MAX_ORDER - 1);
	return min_of(order, fls_long(end - start) - 1);
}

/* Most blocks that one call takes. */
#define PCP_BATCH_MAX 64
/* Up to `max` blocks off the free lists; returns how many: 0, if there is none. */
unsigned int buddy_take(struct zone *zone, unsigned int order, enum migratetype type,
			struct page **pages, unsigned int max);
/* The same, from page blocks of this type only. */
unsigned int buddy_take_type(struct zone *zone, unsigned int order, enum migratetype type,
			     struct page **pages, unsigned int max);
/*
 * Puts blocks on the free lists, in any order: pages[] is used up. What is there already is
 * reported and left.
 */
void buddy_put(struct zone *zone, struct page **pages, unsigned int count, unsigned int order);
/* The same by frame number, for one whose page structures may not be written. */
void buddy_put_block(struct zone *zone, pfn_t pfn, unsigned int order);
/*
 * Takes the frames [start, end), all of the zone, off the free lists. Returns 0; -EBUSY if one
 * of them is not free: nothing has changed then. What is isolated is for who has isolated it, and
 * says so: to others it is not free, and what is not isolated is not to him.
 */
int buddy_take_range(struct zone *zone, pfn_t start, pfn_t end, bool isolated);
/* Gives frames back that are nobody's. */
void buddy_put_range(struct zone *zone, pfn_t start, pfn_t end);
/*
 * Takes what is free of [start, end), all of one leaf, and sets the frames' bits; returns how many.
 * Neither this nor the next takes what is isolated.
 */
unsigned int buddy_take_all_of(struct zone *zone, pfn_t start, pfn_t end, unsigned long *taken);
/* Up to `max` blocks out of just this leaf; none if it is whole. */
unsigned int buddy_take_of_leaf(struct zone *zone, u32 no, unsigned int order, struct page **pages,
				unsigned int max);
/* Are the frames [start, end), all of one leaf, free? */
bool buddy_is_range_free(struct zone *zone, pfn_t start, pfn_t end);
/*
 * The page block that the page is in becomes `type`, and so do its free blocks. Returns how
 * many pages those are.
 */
unsigned long move_freepages_block(struct zone *zone, const struct page *page, enum migratetype type);

/* ---- partly free leaves (pool.c) ---- */

unsigned int pool_take(struct zone *zone, unsigned int order, enum migratetype type,
		       struct page **pages, unsigned int max);
/* One block out of a leaf whose largest free block is of order `from`. */
unsigned int pool_borrow(struct zone *zone, unsigned int order, unsigned int from,
			 enum migratetype type, struct page **page);
void pool_put(struct zone *zone, struct page **pages, unsigned int count, unsigned int order);
/* Is it the pool that the leaf names? */
static inline bool pool_has_leaf(const struct zone *zone, const struct free_pool *pool, u32 no)
{
	return pool == &zone->pools[load_relaxed(zone->leaves[no].pool)];
}
/* Locks the pool of a leaf in which a frame is in use: that pool it keeps. */
struct free_pool *pool_lock_leaf(struct zone *zone, u32 no);
/* The same of any leaf, and the part that it lies in: unless it is whole, it is that pool's. */
struct free_pool *pool_lock_any_leaf(struct zone *zone, u32 no, struct whole_part **part);
/* With that lock held, of a leaf that is not whole: changes its type; takes just these free frames. */
void pool_retype_leaf(struct zone *zone, struct free_pool *pool, u32 no, enum migratetype type);
void pool_take_frames(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frame,
		      unsigned int count);
/* With that lock held, of a leaf on a list: blocks; or all free frames, whose bits are set. */
unsigned int pool_take_of_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order,
			       struct page **pages, unsigned int max);
unsigned int pool_take_all_of(struct zone *zone, struct free_pool *pool, u32 no, unsigned int frame,
			      unsigned int count, unsigned long *taken);
/* The frames of a leaf that was taken from the zone for this pool become free ones of the pool. */
void pool_adopt_whole(struct zone *zone, struct free_pool *pool, u32 no);

/* ---- wholly free leaves (whole.c); a block is named by its first leaf ---- */

/* Takes up to `max` blocks of at least LEAF_ORDER, which must have the type; returns how many. */
unsigned int whole_take(struct zone *zone, unsigned int order, enum migratetype type, u32 *leaves,
			unsigned int max);
/* Takes one leaf for a pool, whose lock is held; false: there is none. */
bool whole_take_for_pool(struct zone *zone, enum migratetype type, const struct free_pool *pool, u32 *leaf);
/* A leaf that was just taken becomes the pool's; the lock of its part is held still. */
static inline void whole_set_pool(struct zone *zone, u32 leaf, const struct free_pool *pool)
{
	store_relaxed(zone->leaves[leaf].pool, (u8)(pool - zone->pools));
}
/* Puts blocks back, with the types that their leaves have. */
void whole_put(struct zone *zone, const u32 *leaves, unsigned int count, unsigned int order);
/*
 * The largest block, at least of `order`, of one of the types becomes one of type `to`. False:
 * there is none.
 */
bool whole_convert_largest(struct zone *zone, unsigned int order, const u8 *from, unsigned int nr_from,
			   enum migratetype to);
/* Locks the part that the leaf lies in. */
struct whole_part *whole_lock_leaf(const struct zone *zone, u32 leaf);
/* With that lock held: takes just this leaf, which is whole; puts a block back. */
void whole_take_leaf_locked(struct zone *zone, struct whole_part *part, u32 leaf);
void whole_put_locked(struct zone *zone, struct whole_part *part, u32 leaf, unsigned int order);
/* The order of the free block that a whole leaf is in, and its first leaf. */
unsigned int whole_order(const struct zone *zone, u32 leaf, u32 *head);

/* ---- per-CPU lists (percpu_pages.c) ---- */

void pcp_init(struct per_cpu_pages *pcp);
/* Takes the memory for every zone's lists of every CPU. 0, or -ENOMEM. */
int pagesets_alloc(void);
/* A block of the CPU's own list, which is not refilled; NULL: there is none. */
struct page *pcp_take(struct zone *zone, unsigned int order, enum migratetype type);
/* drain_all_pages for the CPU that runs this. */
void drain_local_pages(struct zone *zone);
void setup_per_cpu_pageset(void);
/* Lets blocks go to and from the lists without further ado, unless they are watched. */
void pcp_open_fast_paths(void);
/* Finds the lists that serve each kind of request first; after each change of the zonelists. */
void pcp_find_homes(void);
/* A block, from the CPU's list, which is refilled, or from the zone; NULL: the zone has none. */
struct page *pcp_alloc_slow(struct zone *zone, unsigned int order, enum migratetype type);
void pcp_free_slow(struct zone *zone, struct page *page, unsigned int order);

/* Blocks that a list of the order has room for; its limit may be less. */
unsigned int pcp_list_room(const struct zone *zone, unsigned int order);
/*
 * Is a block that was on a CPU's list free? If two CPUs freed it at once it may be on two lists,
 * and the other CPU has handed it out already: that is reported, and the block is not ours.
 */
bool pcp_is_sound(const struct page *page);
/* Single pages of a list of this CPU, which is not refilled; returns how many. */
unsigned int pcp_take_pages(struct zone *zone, enum migratetype type, struct page **pages, unsigned int max);

/* ---- from CPU to CPU (pcp_inbox.c); interrupts are off, no lock is held ---- */

/* Gives pages to the CPU in whose leaves they lie. False: it does not take them; they are ours still. */
bool inbox_give(struct zone *zone, enum migratetype type, struct page *const *pages, unsigned int count);
/* Up to `max` pages that this CPU was given; returns how many. */
unsigned int inbox_take(struct zone *zone, enum migratetype type, struct page **pages, unsigned int max);
/* Puts what is in a CPU's inbox on the free lists. */
void inbox_drain(struct per_cpu_pages *pcp, struct zone *zone);
/* Pages that the inbox of each CPU has room for. */
unsigned int inbox_room(const struct zone *zone);

/* How much the lists of a zone may hold; high: pages of order 0 in a list, batch: per lot. */
void pcp_set_limits(struct zone *zone, int batch, int high);

/* ---- taking and giving back (alloc.c, free.c) ---- */

/*
 * __alloc_pages for somebody else: what is reported and recorded names `caller`. `nodes`: from these
 * alone, in the order of the preferred node's zonelist; NULL: from all.
 */
struct page *alloc_pages_nodemask_for(gfp_t gfp, unsigned int order, int preferred_nid,
				      const nodemask_t *nodes, const void *caller);
static inline struct page *alloc_pages_for(gfp_t gfp, unsigned int order, int preferred_nid,
					   const void *caller)
{
	return alloc_pages_nodemask_for(gfp, order, preferred_nid, NULL, caller);
}
/* The node, or for NUMA_NO_NODE the running CPU's. */
int alloc_node_or_local(int nid);
/* The highest zone type, and the migrate type, that serve the request. */
enum zone_type gfp_zone(gfp_t gfp);
enum migratetype gfp_migratetype(gfp_t gfp);
/* Is there somebody who clears pages that the direct map does not reach? */
bool can_clear_highmem(void);
/*
 * From a free block to one that its new owner may use: its count is 1. False: it was to be
 * cleared, and cannot be; the caller frees it.
 */
bool prep_new_page(struct page *page, gfp_t gfp, unsigned int order);
/* __free_pages at any time of the boot, for somebody else: the warnings name `caller`. */
void free_pages_for(struct page *page, unsigned int order, const void *caller);
/* The same of free_pages. */
void free_address_for(unsigned long addr, unsigned int order, const void *caller);

/*
 * The checks and the end of a free: one reference less. True: it was the last, and the block, which
 * is in no list, is the caller's to put somewhere.
 */
bool release_pages_for(struct page *page, unsigned int order, const void *caller);

/* The order that an allocated block was taken with. */
static inline unsigned int page_alloc_order(const struct page *page)
{
	return load_relaxed(*frame_state(page)) & PAGE_ORDER_MASK;
}
/* The frame becomes the first of an allocated block, or no such: what its owner did is undone before. */
static inline void set_frame_held(struct page *page, unsigned int order)
{
	store_release(*frame_state(page), (u8)(PAGE_HELD | order));
}
static inline void set_frame_free(struct page *page)
{
	store_relaxed(*frame_state(page), 0);
}
/* Undoes what was written to the structure of a page that nobody has any more. */
void clean_page(struct page *page);

/* ---- free memory by type (free_blocks.c, page_blocks.c) ---- */

/* Is there a free block of the type, of this order or a larger one? */
bool zone_has_free_block(const struct zone *zone, unsigned int order, enum migratetype type);
/* How many page blocks of each type the zone has, those with reserved pages included. */
void zone_count_page_blocks(const struct zone *zone, unsigned long counts[MIGRATE_TYPES]);

/* ---- the slow way (slowpath.c), and what both ways share (alloc.c) ---- */

/* What follows from a request's flags: computed once. */
struct alloc_context {
	int nid;                       /* the node that is asked first */
	enum zone_type highest_zoneidx;
	enum migratetype migratetype;
	struct zoneref *zonelist;      /* zones above highest_zoneidx are to be skipped */
	const nodemask_t *nodes;       /* and those of other nodes; NULL: none */
};
static inline bool zone_serves(const struct alloc_context *ac, const struct zoneref *ref)
{
	return load_relaxed(ref->zone_idx) <= (int)ac->highest_zoneidx &&
	       (!ac->nodes || node_isset(ref->zone->node, ac->nodes));
}
/* The zones of a zonelist that will do. */
#define for_each_zone_of(ac, ref)                    \
	for (ref = (ac)->zonelist; ref->zone; ref++) \
		if (!zone_serves(ac, ref)) {         \
		} else

/* Movable requests may have pages of CMA areas. */
unsigned int gfp_alloc_flags_cma(gfp_t gfp);
/* A page of this CPU's own lists, which no watermark counts as free; NULL: none, or order > 0. */
struct page *take_own_page(unsigned int order, const struct alloc_context *ac);
/* A block from the first zone that may give it; its structures are as the free lists left them. */
struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac);
/*
 * What to do for a request for which no zone stays above its low watermark. Returns a block as
 * get_page_from_freelist; NULL after a report. May sleep with __GFP_DIRECT_RECLAIM.
 */
struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, const struct alloc_context *ac);

/* ---- what the layer above keeps (keeper.c) ---- */

static inline bool keeper_is_there(void)
{
	return this_quire()->page.keeper.give_back;
}
/* All of it comes back; how many pages. */
unsigned long keeper_give_back(void);
/* The same for a request that would fail, unless others of its order asked in vain. False: nothing came of it. */
bool keeper_ask(gfp_t gfp, unsigned int order);
/* A request below the low mark has a block: who asks next may get one, too. */
void keeper_end_rest(unsigned int order);

/* Once a machine: that a block of this order cannot be promised. */
void warn_nofail_order(const void *caller, unsigned int order);

/* ---- the highatomic reserve (highatomic.c) ---- */

/* A block that a request with ALLOC_HARDER got: its page block may become reserve. */
void reserve_highatomic_pageblock(struct zone *zone, struct page *page);
/*
 * Gives one page block of the reserve back, to the request's migrate type; without `force` each
 * zone keeps one. True: pages came free.
 */
bool unreserve_highatomic_pageblock(const struct alloc_context *ac, bool force);

/* ---- reports (show_mem.c, gfp_names.c) ---- */

/* The report of a request that failed, as often as the log can bear; nothing with __GFP_NOWARN. */
void warn_alloc(gfp_t gfp, unsigned int order);
/* The name of some of the flags, which are then cleared; NULL: none of them has a name. */
const char *gfp_take_name(gfp_t *gfp);

/* ---- watermarks (watermark.c) ---- */

/* Who may have the pages of the highatomic reserve. */
#define ALLOC_TAKES_HIGHATOMIC (ALLOC_HARDER | ALLOC_OOM | ALLOC_NO_WATERMARKS)
/* Who goes below the min watermark: what these take is no more than what they need. */
#define ALLOC_RESERVES (ALLOC_TAKES_HIGHATOMIC | ALLOC_HIGH)

/* zone_watermark_ok by the count alone, were also_free pages more free: there may be no such block. */
bool zone_pages_suffice(const struct zone *zone, unsigned int order, unsigned long mark,
			enum zone_type highest_zoneidx, unsigned int alloc_flags,
			unsigned long also_free);
/* Is a block of the order free, of a type that the request may have? */
bool zone_has_suitable_block(const struct zone *zone, unsigned int order, unsigned int alloc_flags);
/* A page block was mixed: raises the marks for a while. zone->lock held. */
void boost_watermark(struct zone *zone);

/* min_free_kbytes and all that follows from it: watermarks, reserves, per-CPU list sizes. */
void init_per_zone_wmark_min(void);
void setup_per_zone_lowmem_reserve(void);
/* The same after memory has come or gone: what a user has set stays. */
void recompute_wmarks(void);
/* Pages of zones up to `type` less their high watermarks. */
unsigned long nr_free_zone_pages(enum zone_type type);

/* ---- moving pages (movable.c, migrate.c) ---- */

/*
 * What taking and giving back pages want of all that moves pages. It is reached through
 * page_state.moving, set by whoever makes a page movable: so a kernel that has no such page does
 * not link it.
 */
struct page_moving {
	/* The last reference of a page with PG_movable is dropped; false: there is another by now. */
	bool (*page_dies)(struct page *page);
	/* As of <quire/compaction.h>. */
	enum compact_result (*compact)(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
				       enum compact_priority priority);
	void (*defer_reset)(struct zone *zone, unsigned int order, bool alloc_success);
	void (*wake_kcompactd)(pg_data_t *pgdat, unsigned int order, enum zone_type highest_zoneidx);
	int (*empty_and_take)(struct zone *zone, pfn_t start, pfn_t end, int migratetype, gfp_t gfp);
};
/*
 * Isolates the frames, all of the zone, moves away what is in use, and takes them off the free
 * lists. Returns 0, or -EBUSY: they are as they were, but for what was moved. May sleep.
 */
int isolation_empty_and_take(struct zone *zone, pfn_t start, pfn_t end, int migratetype, gfp_t gfp);
/* NULL while there is nothing that could be moved. */
static inline const struct page_moving *page_moving(void)
{
	const struct page_state *ps = &this_quire()->page;

	if (!CONFIG_PAGE_EXT)
		return NULL;
	return load_relaxed(ps->nr_movable) || ps->lru_migrate ? load_acquire(ps->moving) : NULL;
}
/* Has the page, which somebody holds, a mover? */
#if CONFIG_PAGE_EXT
bool page_can_move(const struct page *page);
/* Of an isolated page: its mover's migrate_page; and that it is isolated no longer. */
int movable_migrate(struct page *dst, struct page *src, enum migrate_mode mode);
void movable_end_isolation(struct page *page);
/* Is it the mover of the LRU lists that it was isolated with? */
bool movable_is_on_lru(const struct page *page);

/* A round of migrate_pages. */
struct migration {
	new_page_t *get_new_page;
	free_page_t *put_new_page; /* NULL: the block is freed */
	unsigned long private_data;
	/* What is done with our reference of a page that was moved; NULL: it is dropped. */
	void (*release_source)(struct migration *m, struct page *src, unsigned int order);
	enum migrate_mode mode;
	const void *caller;
	unsigned int succeeded; /* pages that were moved */
};
/* migrate_pages: pages left, or -ENOMEM. */
int migrate_list(struct migration *m, struct list_head *from);
#else
static inline bool page_can_move(const struct page *page)
{
	(void)page;
	return false;
}
#endif

/*
 * The block in use that the frame is a part of; false: there is none. May be old when it is there.
 * Between memmap_walk_begin and memmap_walk_end, as zone_of_valid_frame.
 */
bool block_of_frame(pfn_t pfn, struct page **head, unsigned int *order);

/*
 * What page_leaf.hint of a leaf says that is isolated: the type that it had, plus one. Of others see
 * compact.h.
 */
static inline u8 leaf_hint(const struct page_leaf *leaf)
{
	return load_acquire(leaf->hint);
}
static inline void set_leaf_hint(struct page_leaf *leaf, u8 hint)
{
	store_release(leaf->hint, hint);
}

/* ---- the hand-over (mem_init.c, free_ranges.c) ---- */

/* A walk over the ranges of frames that are free when the boot allocators close. */
struct free_range_walk {
	pfn_t low, high;          /* frames outside are skipped */
	bool from_bootmem;        /* the bitmaps say what is free, not memblock */
	bootmem_data_t *bdata;    /* the bitmap being read */
	u64 memblock_cursor;
	pfn_t pending, pending_end; /* what is left of the range found last */
	struct zone *zone;        /* of the range that free_range_next gave */
};
/* Lowmem as memblock or bootmem has it, or highmem, which memblock alone knows. */
void free_range_start(struct free_range_walk *walk, bool highmem);
/* The next range [*start, *end), never empty, in one zone (walk->zone). */
bool free_range_next(struct free_range_walk *walk, pfn_t *start, pfn_t *end);

int mem_init(void);

/* ---- contiguous areas (cma.c) ---- */
/* Declares what the machine's description names. 0, or the first error. */
int cma_declare_listed(const struct quire_machine *machine);
/* Their page blocks come to the page allocator, once that is up. */
void cma_init_reserved_areas(void);

/* The reserved, or unwritten, frames [start, end) of the zone become free. Returns how many. */
unsigned long release_frames(struct zone *zone, pfn_t start, pfn_t end);

#endif
