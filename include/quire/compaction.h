/* SPDX-License-Identifier: MIT */
/*
 * compaction.h - large blocks made of memory that is free in pieces, by moving pages whose
 * owners have movers (<quire/migrate.h>). mm/page/compact_zone.c tells how.
 *
 * Requests compact by themselves when a large block is missing (mm/page/slowpath.c), unless a
 * layer above has its own idea (struct reclaim_ops, compact). Here are the other occasions:
 * somebody asks for it, and the background thread.
 */
#ifndef QUIRE_COMPACTION_H
#define QUIRE_COMPACTION_H

#include <quire/migrate.h>
#include <quire/mmzone.h>

#if CONFIG_PAGE_EXT

/*
 * Empties as many leaves (blocks of 1 << LEAF_ORDER pages) of every zone, or of one node's, as
 * can be emptied into others. What echo 1 > /proc/sys/vm/compact_memory does. Returns how many
 * leaves came free; compact_node -EINVAL for a node that is not there. May sleep.
 */
unsigned long compact_memory(void);
long compact_node(int nid);

/*
 * vm.extfrag_threshold, 0 .. 1000: a large block is tried for only where the fragmentation index
 * is above, that is, where it fails for fragmentation and not for lack of memory. At first 500.
 * vm.compaction_proactiveness, 0 .. 100: how little fragmentation background compaction
 * tolerates; 0: it does nothing unasked. At first 20. Return 0 or -EINVAL.
 */
int set_extfrag_threshold(int threshold);
int set_compaction_proactiveness(int proactiveness);

/*
 * Is it worth to compact the zone for a block of `order`? COMPACT_SUCCESS: it has one;
 * COMPACT_SKIPPED: too little is free to move pages to, or nothing can be gained;
 * COMPACT_CONTINUE: yes. alloc_flags: the watermark that the request must leave. Context: any.
 */
enum compact_result compaction_suitable(struct zone *zone, unsigned int order, unsigned int alloc_flags,
					enum zone_type highest_zoneidx);

/*
 * Compaction of a zone for an order that failed rests: for 1, 2, 4 ... 64 requests.
 * compaction_deferred counts one, and says whether it is to be left out.
 */
void defer_compaction(struct zone *zone, unsigned int order);
bool compaction_deferred(struct zone *zone, unsigned int order);
/* A block of the order was had; `alloc_success` also: by a request. */
void compaction_defer_reset(struct zone *zone, unsigned int order, bool alloc_success);
/* Is it as deferred as it can be? */
bool compaction_restarting(const struct zone *zone, unsigned int order);

/*
 * Makes a block of `order` for a request on node `nid`, in the first zone where that is possible.
 * The request tries again then: the block is free memory. COMPACT_SKIPPED: nothing was tried.
 * What a request without __GFP_IO may not do is not done for it. May sleep, unless `priority` is
 * COMPACT_PRIO_ASYNC.
 */
enum compact_result try_to_compact_pages(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
					 enum compact_priority priority);

/* ---- in the background ---- */

/*
 * Asks for blocks of `order` in the node's zones up to highest_zoneidx, in the background.
 * Context: any. The page allocator asks when a request for a large block may not wait.
 */
void wakeup_kcompactd(pg_data_t *pgdat, unsigned int order, enum zone_type highest_zoneidx);
/*
 * What the background thread of a node does: one step of bounded length, a zone for what it was
 * woken for, or a block where fragmentation is above what compaction_proactiveness tolerates.
 * Returns whether there is more to do now; if not, it is to be called when it was woken, and
 * every 500 ms. One thread a node. May sleep.
 */
bool kcompactd_step(pg_data_t *pgdat);
/*
 * How fragmented a node is, 0 .. 100: the share of free memory in blocks smaller than page
 * blocks, its zones weighed by their size.
 */
unsigned int fragmentation_score_node(const pg_data_t *pgdat);
/* Above the high mark (`low` false) background compaction begins, and ends at the low one. */
unsigned int fragmentation_score_wmark(bool low);

#endif
#endif
