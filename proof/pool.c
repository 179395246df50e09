/* SPDX-License-Identifier: MIT */
/*
 * pool.c - contracts for the lists of mm/page/pool.c, for Frama-C's WP: `make prove`.
 *
 * What is proved, for zones of any size: putting a leaf on a list and taking one off changes
 * the leaf, its neighbours and the head of that one list, just as it must, and nothing else;
 * every access is inside its array. From that follows by hand that a list which was whole
 * stays so: each of its links is either untouched or one of those named here.
 */
/* What this Frama-C does not read. */
#define _Static_assert(cond, text) struct frama_c_skips
#define _Alignas(n)

#include <quire/gfp.h>
#include <quire/mmzone.h>

/*@
  // A leaf that is on a list names its neighbours: other leaves of the zone, and not one twice.
  predicate is_listed(struct page_leaf *l, integer n, integer no) =
    l[no].order <= 9 && l[no].migratetype < 6 &&
    l[no].next <= n && l[no].prev <= n && l[no].next != no + 1 && l[no].prev != no + 1 &&
    (l[no].next != 0 ==> l[no].next != l[no].prev);
*/

/*@ requires order <= 9 && no < zone->nr_leaves;
    requires \valid(zone) && \valid(pool) && \valid(zone->leaves + (0 .. zone->nr_leaves - 1));
    requires \separated(zone, pool, zone->leaves + (0 .. zone->nr_leaves - 1));
    requires zone->leaves[no].migratetype < 6;
    requires pool->leaves[zone->leaves[no].migratetype][order] <= zone->nr_leaves;
    requires pool->leaves[zone->leaves[no].migratetype][order] != no + 1;
    assigns zone->leaves[0 .. zone->nr_leaves - 1],
            pool->leaves[zone->leaves[no].migratetype][order],
            pool->orders[zone->leaves[no].migratetype];
    ensures first: pool->leaves[zone->leaves[no].migratetype][order] == no + 1;
    ensures order: zone->leaves[no].order == order;
    ensures type: zone->leaves[no].migratetype == \old(zone->leaves[no].migratetype);
    ensures prev: zone->leaves[no].prev == 0;
    ensures next: zone->leaves[no].next == \old(pool->leaves[zone->leaves[no].migratetype][order]);
    ensures back: zone->leaves[no].next != 0 ==> zone->leaves[zone->leaves[no].next - 1].prev == no + 1;
    ensures others: \forall integer i; 0 <= i < zone->nr_leaves && i != no && i + 1 != zone->leaves[no].next ==>
      zone->leaves[i].next == \old(zone->leaves[i].next) && zone->leaves[i].prev == \old(zone->leaves[i].prev) &&
      zone->leaves[i].order == \old(zone->leaves[i].order);
*/
static void link_leaf(struct zone *zone, struct free_pool *pool, u32 no, unsigned int order);

/*@ requires no < zone->nr_leaves;
    requires \valid(zone) && \valid(pool) && \valid(zone->leaves + (0 .. zone->nr_leaves - 1));
    requires \separated(zone, pool, zone->leaves + (0 .. zone->nr_leaves - 1));
    requires is_listed(zone->leaves, zone->nr_leaves, no);
    assigns zone->leaves[0 .. zone->nr_leaves - 1],
            pool->leaves[zone->leaves[no].migratetype][zone->leaves[no].order],
            pool->orders[zone->leaves[no].migratetype];
    ensures listed: zone->leaves[no].order == 255;
    ensures next: \old(zone->leaves[no].next) != 0 ==>
      zone->leaves[\old(zone->leaves[no].next) - 1].prev == \old(zone->leaves[no].prev);
    ensures prev: \old(zone->leaves[no].prev) != 0 ==>
      zone->leaves[\old(zone->leaves[no].prev) - 1].next == \old(zone->leaves[no].next);
    ensures first: \old(zone->leaves[no].prev) == 0 ==>
      pool->leaves[\old(zone->leaves[no].migratetype)][\old(zone->leaves[no].order)] == \old(zone->leaves[no].next);
    ensures others: \forall integer i; 0 <= i < zone->nr_leaves && i != no &&
      i + 1 != \old(zone->leaves[no].next) && i + 1 != \old(zone->leaves[no].prev) ==>
      zone->leaves[i].next == \old(zone->leaves[i].next) && zone->leaves[i].prev == \old(zone->leaves[i].prev) &&
      zone->leaves[i].order == \old(zone->leaves[i].order);
*/
static void unlink_leaf(struct zone *zone, struct free_pool *pool, u32 no);

#include "mm/page/pool.c"
