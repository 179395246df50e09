/* SPDX-License-Identifier: MIT */
/*
 * slowpath.c - what a request does when no zone stays above its low watermark.
 *
 * Theory. Memory runs out gradually, and those who ask differ in what they can do about it.
 * In rounds, each of which costs more than the one before:
 *
 *   wake background reclaim         everybody with __GFP_KSWAPD_RECLAIM
 *   take down to the min mark       everybody; and below it, who may: see watermark.c
 *   ---- who has not __GFP_DIRECT_RECLAIM stops here
 *   reclaim, compact                and try again
 *   ---- __GFP_NORETRY stops here, and orders above 3 without __GFP_RETRY_MAYFAIL
 *   another round                   while rounds make progress, or could
 *   ask for what is kept            the layer above: keeper.c; and another round if it had some
 *   out of memory                   not for __GFP_RETRY_MAYFAIL, orders above 3, low zones
 *   ---- everybody but __GFP_NOFAIL stops here, with a report
 *
 * Before it stops, a request looks at what lies idle: what the layer above keeps, if it may wait and did
 * not ask before (but not for a block without which its owner can go on: __GFP_NORETRY, order above 0);
 * pages on per-CPU lists (of all CPUs if it may wait; its own CPU's if not: others cannot be told
 * to hurry), and the highatomic reserve.
 *
 * When does a round make sense? While reclaim frees pages, and while all that is free or could
 * be reclaimed would do; 16 rounds without progress are enough. Rounds that claim progress and
 * bring nothing are counted too: a request ends, whatever the hooks say, unless it must not
 * fail or the OOM killer promises memory.
 *
 * What reclaims is a layer above, and reached through struct reclaim_ops. It runs inside the
 * request; its own requests carry __GFP_MEMALLOC, which never reclaim: so this does not recurse.
 *
 * No lock is held here between two steps.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"

#define PAGE_ALLOC_COSTLY_ORDER 3 /* up to here blocks come free by themselves */
#define MAX_RECLAIM_RETRIES 16    /* rounds without progress */
#define MAX_COMPACT_RETRIES 16
#define MAX_ROUNDS 4096           /* that claim progress */
#define FIRST_STALL_REPORT 1024   /* rounds; then at every doubling */

/* Kinds of misuse, each reported once. */
enum {
	MISUSE_ATOMIC_RECLAIM,
	MISUSE_NOFAIL_ORDER,
	MISUSE_NOFAIL_NOWAIT,
};

/* A request on its slow way. */
struct attempt {
	gfp_t gfp;
	unsigned int order;
	const struct alloc_context *ac;
	unsigned int alloc_flags;
	bool may_wait; /* reclaim and compact itself */
	unsigned long rounds;
	unsigned int no_progress_loops;
	unsigned int compaction_retries;
	enum compact_priority priority;
	enum compact_result compacted; /* what the last compaction came to */
	bool made_progress; /* the last reclaim freed something */
	bool has_asked;	    /* the keeper, in these rounds */
};

static const struct reclaim_ops *reclaim_ops(void)
{
	static const struct reclaim_ops none = { NULL, NULL, NULL, NULL, NULL };
	const struct reclaim_ops *ops = this_quire()->page.reclaim;

	return ops ? ops : &none;
}

void set_reclaim_ops(const struct reclaim_ops *ops)
{
	this_quire()->page.reclaim = ops;
}

static void warn_misuse(unsigned int kind, const void *caller, const char *what)
{
	struct page_state *ps = &this_quire()->page;
	unsigned int seen = load_relaxed(ps->alloc_misuse);

	if (seen >> kind & 1)
		return;
	store_relaxed(ps->alloc_misuse, seen | 1U << kind);
	quire_warn(caller, "alloc_pages: %s", what);
}

void warn_nofail_order(const void *caller, unsigned int order)
{
	if (order > 1)
		warn_misuse(MISUSE_NOFAIL_ORDER, caller,
			    "__GFP_NOFAIL with an order above 1: it may wait for ever");
}

/* ---- what the flags allow ---- */

static bool is_costly(const struct attempt *a)
{
	return a->order > PAGE_ALLOC_COSTLY_ORDER;
}

static bool is_oom_victim(void)
{
	return reclaim_ops()->is_oom_victim && reclaim_ops()->is_oom_victim();
}

static unsigned int gfp_to_alloc_flags(gfp_t gfp)
{
	unsigned int flags = ALLOC_WMARK_MIN | gfp_alloc_flags_cma(gfp);

	if (gfp & __GFP_KSWAPD_RECLAIM)
		flags |= ALLOC_KSWAPD;
	if (!(gfp & __GFP_NOMEMALLOC)) {
		unsigned int basic = flags & (ALLOC_CMA | ALLOC_KSWAPD);

		if (gfp & __GFP_MEMALLOC)
			return basic | ALLOC_NO_WATERMARKS;
		if ((gfp & __GFP_DIRECT_RECLAIM) && is_oom_victim())
			return basic | ALLOC_OOM;
		if (gfp & __GFP_ATOMIC)
			flags |= ALLOC_HARDER;
	}
	return gfp & __GFP_HIGH ? flags | ALLOC_HIGH : flags;
}

/* ---- the steps ---- */

/* Once a node, by its first zone in the list. */
static void wake_all_kswapds(const struct attempt *a)
{
	const struct pglist_data *last = NULL;
	struct zoneref *ref;

	if (!(a->alloc_flags & ALLOC_KSWAPD))
		return;
	for_each_zone_of(a->ac, ref) {
		if (ref->zone->zone_pgdat == last || !managed_zone(ref->zone))
			continue;
		last = ref->zone->zone_pgdat;
		/* Who compacts himself need not ask for it. */
		if (!a->may_wait && page_moving())
			page_moving()->wake_kcompactd(ref->zone->zone_pgdat, a->order, a->ac->highest_zoneidx);
		if (reclaim_ops()->wake_kswapd)
			reclaim_ops()->wake_kswapd(ref->zone, a->order, a->ac->highest_zoneidx);
	}
}

/* What was freed meanwhile may be on this CPU's list, or in a zone. */
static struct page *take_what_is_there(const struct attempt *a)
{
	struct page *page = take_own_page(a->order, a->ac);

	return page ? page : get_page_from_freelist(a->gfp, a->order, a->alloc_flags, a->ac);
}

/*
 * The hooks know of no mask of nodes: for a bound request they are called once for each of its
 * nodes, the nearest first, and with __GFP_THISNODE, to leave the others alone. Returns the next
 * entry of the zonelist that is another node's than `nid`; its zone is NULL at the end.
 */
static struct zoneref *next_bound_node(const struct alloc_context *ac, struct zoneref *ref, int nid)
{
	while (ref->zone && (ref->zone->node == nid || !zone_serves(ac, ref)))
		ref++;
	return ref;
}
#define for_each_bound_node(ac, ref)                                                     \
	for (ref = next_bound_node(ac, (ac)->zonelist, NUMA_NO_NODE); ref->zone;         \
	     ref = next_bound_node(ac, ref + 1, ref->zone->node))

static bool reclaim_any(const struct attempt *a)
{
	unsigned long pages = 0;
	struct zoneref *ref;

	if (!a->ac->nodes)
		return reclaim_ops()->direct_reclaim(a->gfp, a->order, a->ac->nid);
	for_each_bound_node(a->ac, ref)
		pages += reclaim_ops()->direct_reclaim(a->gfp | __GFP_THISNODE, a->order, ref->zone->node);
	return pages;
}

static struct page *direct_reclaim(struct attempt *a)
{
	struct page *page;

	a->made_progress = false;
	if (reclaim_ops()->direct_reclaim) {
		count_vm_event((enum vm_event_item)(ALLOCSTALL_DMA + a->ac->highest_zoneidx));
		a->made_progress = reclaim_any(a);
	}
	if (!a->made_progress)
		return NULL;
	page = take_what_is_there(a);
	if (page)
		return page;
	/* What was reclaimed may be on a CPU's list, or only a reserve may be left. */
	unreserve_highatomic_pageblock(a->ac, false);
	drain_all_pages(NULL);
	return take_what_is_there(a);
}

/* Ours, where nobody above has another idea. While no page can move there is nothing to be gained. */
static bool has_compaction(void)
{
	return reclaim_ops()->compact || page_moving();
}

/* `ours`: the library's own; NULL: the hook, which is there. */
static enum compact_result compact_for(const struct attempt *a, gfp_t gfp, int nid, enum compact_priority priority,
				       const struct page_moving *ours)
{
	return (ours ? ours->compact : reclaim_ops()->compact)(gfp, a->order, nid, a->alloc_flags, priority);
}

static enum compact_result compact_any(const struct attempt *a, enum compact_priority priority,
				       const struct page_moving *ours)
{
	enum compact_result best = COMPACT_SKIPPED;
	struct zoneref *ref;

	if (!a->ac->nodes)
		return compact_for(a, a->gfp, a->ac->nid, priority, ours);
	for_each_bound_node(a->ac, ref) {
		best = max_of(best, compact_for(a, a->gfp | __GFP_THISNODE, ref->zone->node, priority, ours));
		if (best == COMPACT_SUCCESS)
			break;
	}
	return best;
}

static struct page *direct_compact(struct attempt *a, enum compact_priority priority)
{
	const struct page_moving *ours = reclaim_ops()->compact ? NULL : page_moving();
	struct page *page;

	a->compacted = COMPACT_SKIPPED;
	/* The last page with a mover may go at any time: `ours` is asked for once. */
	if (!a->order || (!ours && !reclaim_ops()->compact))
		return NULL;
	a->compacted = compact_any(a, priority, ours);
	if (a->compacted == COMPACT_SKIPPED)
		return NULL;
	count_vm_event(COMPACTSTALL);
	page = take_what_is_there(a);
	if (page && ours)
		ours->defer_reset(page_zone(page), a->order, true);
	count_vm_event(page ? COMPACTSUCCESS : COMPACTFAIL);
	return page;
}

/*
 * Large blocks are missing because memory is in pieces more often than because it is used up:
 * compaction is the cheaper thing to try. *give_up: it says that it could not, and the request
 * is a large one for which reclaim would be too much.
 */
static struct page *compact_first(struct attempt *a, bool *give_up)
{
	struct page *page;

	*give_up = false;
	if (!a->may_wait || !a->order || (!is_costly(a) && a->ac->migratetype == MIGRATE_MOVABLE))
		return NULL;
	page = direct_compact(a, INIT_COMPACT_PRIORITY);
	if (page || !is_costly(a) || !(a->gfp & __GFP_NORETRY))
		return page;
	*give_up = a->compacted == COMPACT_SKIPPED || a->compacted == COMPACT_DEFERRED;
	a->priority = INIT_COMPACT_PRIORITY;
	return NULL;
}

/* ---- is another round worth it? ---- */

/* Without swap only what has a file behind it. */
static unsigned long zone_reclaimable_pages(const struct zone *zone)
{
	return load_relaxed(zone->vm_stat[NR_ZONE_INACTIVE_FILE]) +
	       load_relaxed(zone->vm_stat[NR_ZONE_ACTIVE_FILE]);
}

/* Were `reclaimable` pages of each zone free as well, would one of them serve the request? */
static bool could_succeed(const struct attempt *a, unsigned int order, bool after_reclaim)
{
	struct zoneref *ref;

	for_each_zone_of(a->ac, ref) {
		struct zone *zone = ref->zone;
		unsigned long reclaimable = after_reclaim ? zone_reclaimable_pages(zone) : 0;

		if (zone_pages_suffice(zone, order, min_wmark_pages(zone), a->ac->highest_zoneidx,
				       a->alloc_flags, reclaimable) &&
		    (!order || zone_has_suitable_block(zone, order, a->alloc_flags)))
			return true;
	}
	return false;
}

static bool should_reclaim_retry(struct attempt *a)
{
	/* For large blocks freed pages are no progress: they need not be next to each other. */
	if (a->made_progress && !is_costly(a))
		a->no_progress_loops = 0;
	else
		a->no_progress_loops++;
	if (a->no_progress_loops > MAX_RECLAIM_RETRIES || a->rounds > MAX_ROUNDS)
		return unreserve_highatomic_pageblock(a->ac, true);
	return could_succeed(a, a->order, true);
}

/* Compaction looked everywhere or was stopped: harder, as long as there is a harder. */
static bool raise_priority(struct attempt *a)
{
	if (a->priority <= (is_costly(a) ? COMPACT_PRIO_SYNC_LIGHT : COMPACT_PRIO_SYNC_FULL))
		return false;
	a->priority--;
	a->compaction_retries = 0;
	return true;
}

static bool should_compact_retry(struct attempt *a)
{
	unsigned int max = is_costly(a) ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES;

	if (!a->order || a->rounds > MAX_ROUNDS)
		return false;
	/* Without compaction blocks form by themselves, as long as pages come free. */
	if (!has_compaction())
		return !is_costly(a) && could_succeed(a, 0, false);
	switch (a->compacted) {
	case COMPACT_SKIPPED:
		return could_succeed(a, 0, true);
	case COMPACT_COMPLETE:
	case COMPACT_DEFERRED:
	case COMPACT_CONTENDED:
	case COMPACT_PARTIAL_SKIPPED:
		return raise_priority(a);
	case COMPACT_SUCCESS:
		a->compaction_retries++;
		break;
	default:
		break;
	}
	return a->compaction_retries <= max || raise_priority(a);
}

/* ---- what is kept ---- */

/*
 * Pages on other CPUs' lists, and then what the layer above keeps. *again: that brought some, but not the block:
 * others were quicker, or it is in pieces.
 */
static struct page *take_what_is_kept(struct attempt *a, bool *again)
{
	struct page *page;

	*again = false;
	if (!keeper_is_there() || !a->may_wait || a->has_asked || (a->order && (a->gfp & __GFP_NORETRY)))
		return NULL;
	a->has_asked = true;
	drain_all_pages(NULL);
	page = take_what_is_there(a);
	if (page || !keeper_ask(a->gfp, a->order))
		return page;
	drain_all_pages(NULL);
	page = take_what_is_there(a);
	if (page)
		keeper_end_rest(a->order);
	*again = !page;
	return page;
}

/* ---- out of memory ---- */

/* Would it help this request, and is it worth it, to kill somebody? */
static bool oom_may_help(const struct attempt *a)
{
	/* Who is killed may have nothing on the nodes that a bound request is for. */
	return !is_costly(a) && !a->ac->nodes && !(a->gfp & (__GFP_RETRY_MAYFAIL | __GFP_THISNODE)) &&
	       a->ac->highest_zoneidx >= ZONE_NORMAL;
}

static struct page *may_oom(struct attempt *a, bool *again)
{
	/* The high mark: only if much came free meanwhile, somebody else's victim say. */
	struct page *page = get_page_from_freelist(a->gfp, a->order, ALLOC_WMARK_HIGH, a->ac);

	if (page || !oom_may_help(a) || !reclaim_ops()->out_of_memory ||
	    !reclaim_ops()->out_of_memory(a->gfp, a->order))
		return page;
	if (a->gfp & __GFP_NOFAIL)
		page = get_page_from_freelist(a->gfp, a->order, ALLOC_NO_WATERMARKS, a->ac);
	/* Who was chosen to die had its share, and must not wait for itself. */
	*again = !(((a->alloc_flags & ALLOC_OOM) || (a->gfp & __GFP_NOMEMALLOC)) && is_oom_victim());
	a->no_progress_loops = 0;
	return page;
}

/* ---- rounds ---- */

static void relax(void)
{
#if CONFIG_SMP
	port_cpu_relax();
#endif
}

/* Nobody waits without a word. */
static void count_round(struct attempt *a)
{
	a->rounds++;
	relax();
	if (a->rounds < FIRST_STALL_REPORT || !is_power_of_2(a->rounds))
		return;
	pr_err("cpu %u: page allocation stalls for %lu rounds: order:%u, mode:%#x", this_cpu_id(),
	       a->rounds, a->order, a->gfp);
	if (a->rounds == FIRST_STALL_REPORT && !(a->gfp & __GFP_NOWARN))
		show_mem();
}

/* *again: there was no page, but there may be in another round. */
static struct page *one_round(struct attempt *a, bool *again)
{
	struct page *page;

	*again = false;
	wake_all_kswapds(a);
	a->alloc_flags = gfp_to_alloc_flags(a->gfp);
	page = take_what_is_there(a);
	if (page || !a->may_wait)
		return page;
	page = direct_reclaim(a);
	if (!page)
		page = direct_compact(a, a->priority);
	if (page || (a->gfp & __GFP_NORETRY) || (is_costly(a) && !(a->gfp & __GFP_RETRY_MAYFAIL)))
		return page;
	*again = should_reclaim_retry(a) || (a->made_progress && should_compact_retry(a));
	if (*again)
		return NULL;
	page = take_what_is_kept(a, again);
	return page || *again ? page : may_oom(a, again);
}

/* Before it fails: what is kept above, what lies idle on CPUs' lists, and in the reserve. */
static struct page *take_what_lies_idle(struct attempt *a)
{
	bool had_some;
	struct page *page = take_what_is_kept(a, &had_some);

	if (page)
		return page;
	if (!(a->gfp & __GFP_DIRECT_RECLAIM)) {
		drain_local_pages(NULL);
		return take_what_is_there(a);
	}
	do {
		drain_all_pages(NULL);
		page = take_what_is_there(a);
	} while (!page && unreserve_highatomic_pageblock(a->ac, true));
	return page;
}

/* May it end without a block? A request that must not fail can only keep that if it may wait. */
static bool may_fail(const struct attempt *a)
{
	if (!(a->gfp & __GFP_NOFAIL))
		return true;
	if (a->gfp & __GFP_DIRECT_RECLAIM)
		return false;
	warn_misuse(MISUSE_NOFAIL_NOWAIT, __builtin_return_address(0),
		    "__GFP_NOFAIL without __GFP_DIRECT_RECLAIM: it may fail");
	return true;
}

/* One more try for a request that must not fail, with what atomic ones may take. */
static struct page *try_harder(const struct attempt *a)
{
	const struct reclaim_ops *ops = reclaim_ops();
	struct page *page = get_page_from_freelist(a->gfp, a->order, ALLOC_WMARK_MIN | ALLOC_HARDER,
						   a->ac);

	/* One CPU, and nobody to call: nothing can change any more. */
	if (!page && !CONFIG_SMP && !ops->wake_kswapd && !ops->direct_reclaim && !ops->compact &&
	    !ops->out_of_memory)
		quire_panic("System is deadlocked on memory: __GFP_NOFAIL, order %u, and nobody frees any",
			    a->order);
	return page;
}

static struct page *rounds(struct attempt *a)
{
	bool again, give_up;
	struct page *page = compact_first(a, &give_up);

	a->has_asked = false;
	while (!page && !give_up) {
		page = one_round(a, &again);
		if (page || !again)
			break;
		count_round(a);
	}
	return page ? page : take_what_lies_idle(a);
}

struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	struct attempt a = { .order = order, .ac = ac, .priority = DEF_COMPACT_PRIORITY };
	struct page *page;

	if ((gfp & __GFP_ATOMIC) && (gfp & __GFP_DIRECT_RECLAIM)) {
		warn_misuse(MISUSE_ATOMIC_RECLAIM, __builtin_return_address(0),
			    "__GFP_ATOMIC with __GFP_DIRECT_RECLAIM: who may wait gets no atomic reserve");
		gfp &= ~__GFP_ATOMIC;
	}
	a.gfp = gfp;
	a.alloc_flags = gfp_to_alloc_flags(gfp);
	a.may_wait = (gfp & __GFP_DIRECT_RECLAIM) && !(a.alloc_flags & ALLOC_NO_WATERMARKS);
	/* Down to the min mark, before anything that costs time. */
	wake_all_kswapds(&a);
	page = take_what_is_there(&a);
	if (page)
		keeper_end_rest(order);
	else
		page = rounds(&a);
	while (!page && !may_fail(&a)) {
		page = try_harder(&a);
		if (page)
			break;
		count_round(&a);
		page = rounds(&a);
	}
	if (!page)
		warn_alloc(gfp, order);
	return page;
}
