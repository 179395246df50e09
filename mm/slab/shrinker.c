/* SPDX-License-Identifier: MIT */
/*
 * shrinker.c - who is asked for memory when it is short: the registered shrinkers. (This layer itself: kept.c.)
 *
 * How much a shrinker is asked for is a matter of fairness: all caches are to shrink by the same share, those
 * that are cheap to fill again a bit more. With f objects that could go, at priority p, and s seeks to
 * make one again, it is to look at
 *
 *     f / 2^p * 4 / s    objects, or f / 2 where s is 0, at most 2 f.
 *
 * They are looked at in batches, so that nobody is bothered for five objects. What does not fill a batch, or
 * what the shrinker could not do (it returned SHRINK_STOP: a lock was taken), is put off: it is added the
 * next time, in the same measure of 2^p. The arithmetic is Linux's: tuned values keep their meaning.
 *
 * A shrinker may sleep, so no lock is held while it runs; nr_users keeps it on the list meanwhile, as nr_lookers
 * does a cache (look.c).
 */
#include <quire/kmalloc.h>
#include <quire/shrinker.h>

#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

/* ---- the list ---- */

static unsigned long lock_shrinkers(void)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->shrinker_lock);

	/* All zero at first: a machine without objects has shrinkers, too. */
	if (!slab->shrinkers.next)
		INIT_LIST_HEAD(&slab->shrinkers);
	return irq;
}

static void unlock_shrinkers(unsigned long irq)
{
	spin_unlock_irqrestore(&this_quire()->slab.shrinker_lock, irq);
}

int register_shrinker(struct shrinker *shrinker, const char *name)
{
	unsigned long irq;

	if (!shrinker->count_objects || !shrinker->scan_objects || shrinker->is_registered || shrinker->seeks < 0)
		return -EINVAL;
	shrinker->nr_deferred = &shrinker->deferred;
	shrinker->deferred = 0;
	if ((shrinker->flags & SHRINKER_NUMA_AWARE) && this_quire()->page.nr_nodes > 1) {
		shrinker->nr_deferred = kcalloc(this_quire()->page.nr_nodes, sizeof(long), GFP_KERNEL);
		if (!shrinker->nr_deferred)
			return -ENOMEM;
	}
	shrinker->name = name;
	shrinker->nr_users = 0;
	shrinker->is_leaving = false;
	shrinker->is_registered = true;
	irq = lock_shrinkers();
	list_add_tail(&shrinker->list, &this_quire()->slab.shrinkers);
	unlock_shrinkers(irq);
	return 0;
}

void unregister_shrinker(struct shrinker *shrinker)
{
	unsigned long irq;

	if (!shrinker->is_registered)
		return;
	irq = lock_shrinkers();
	shrinker->is_leaving = true;
#if CONFIG_SMP
	while (shrinker->nr_users) {
		unlock_shrinkers(irq);
		port_cpu_relax();
		irq = lock_shrinkers();
	}
#endif
	list_del(&shrinker->list);
	unlock_shrinkers(irq);
	if (shrinker->nr_deferred != &shrinker->deferred)
		kfree(shrinker->nr_deferred);
	shrinker->nr_deferred = NULL;
	shrinker->is_registered = false;
}

/* The one behind it, NULL: the first; and NULL: no more. One that is about to leave is passed over. */
static struct shrinker *next_shrinker(struct shrinker *shrinker)
{
	struct list_head *head = &this_quire()->slab.shrinkers, *next;
	unsigned long irq = lock_shrinkers();
	struct shrinker *found = NULL;

	for (next = shrinker ? shrinker->list.next : head->next; next != head && !found; next = next->next)
		if (!list_entry(next, struct shrinker, list)->is_leaving)
			found = list_entry(next, struct shrinker, list);
	if (shrinker)
		shrinker->nr_users--;
	if (found)
		found->nr_users++;
	unlock_shrinkers(irq);
	return found;
}

/* ---- one of them ---- */

/* What was put off, which is the caller's now; and put off more. */
static unsigned long *deferred_of(struct shrinker *shrinker, int nid)
{
	return shrinker->nr_deferred + (shrinker->nr_deferred == &shrinker->deferred ? 0 : nid);
}

static unsigned long take_deferred(struct shrinker *shrinker, int nid)
{
	unsigned long irq = lock_shrinkers(), nr = *deferred_of(shrinker, nid);

	*deferred_of(shrinker, nid) = 0;
	unlock_shrinkers(irq);
	return nr;
}

static void put_off(struct shrinker *shrinker, int nid, unsigned long nr)
{
	unsigned long irq = lock_shrinkers();

	*deferred_of(shrinker, nid) += nr;
	unlock_shrinkers(irq);
}

/* The share of `freeable` that is to be looked at, without what was put off. */
static unsigned long share_of(const struct shrinker *shrinker, unsigned long freeable, int priority)
{
	if (!shrinker->seeks)
		return freeable / 2;
	return (freeable >> priority) * 4 / (unsigned long)shrinker->seeks;
}

/* Batch by batch, up to `total` objects; what is left is less than a batch. How many were looked at, and freed. */
static unsigned long scan_batches(struct shrinker *shrinker, struct shrink_control *sc, unsigned long freeable,
				  unsigned long total, unsigned long *freed)
{
	unsigned long batch = shrinker->batch ? shrinker->batch : SHRINK_BATCH, scanned = 0, now;

	/* If less than a batch is all that there is, then that. */
	while (total && (total >= batch || total >= freeable)) {
		sc->nr_to_scan = sc->nr_scanned = min_of(batch, total);
		now = shrinker->scan_objects(shrinker, sc);
		if (now == SHRINK_STOP)
			break;
		*freed += now;
		count_vm_events(SLABS_SCANNED, sc->nr_scanned);
		scanned += sc->nr_scanned;
		total -= min_of(total, sc->nr_scanned);
		/* One that says that it looked at nothing would be asked for ever. */
		if (!sc->nr_scanned)
			break;
	}
	return scanned;
}

static unsigned long ask_shrinker(struct shrinker *shrinker, struct shrink_control *sc, int priority)
{
	unsigned long freeable = shrinker->count_objects(shrinker, sc), put_before, share, scanned, wanted, freed = 0;

	if (!freeable || freeable == SHRINK_EMPTY)
		return 0;
	put_before = take_deferred(shrinker, sc->nid);
	share = share_of(shrinker, freeable, priority);
	/* Much was put off, and then little is in use: nobody looks at an object more than twice. */
	scanned = scan_batches(shrinker, sc, freeable, min_of((put_before >> priority) + share, 2 * freeable), &freed);
	wanted = put_before + share;
	put_off(shrinker, sc->nid, wanted > scanned ? min_of(wanted - scanned, 2 * freeable) : 0);
	return freed;
}

/* ---- all of them ---- */

unsigned long shrink_slab(gfp_t gfp, int nid, int priority)
{
	struct shrinker *shrinker = NULL;
	unsigned long freed = 0;

	while ((shrinker = next_shrinker(shrinker)) != NULL) {
		struct shrink_control sc = { .gfp_mask = gfp, .nid = nid };

		freed += ask_shrinker(shrinker, &sc, priority);
	}
	return freed;
}

void drop_slab(void)
{
	unsigned int rounds = 0;
	unsigned long freed;
	pg_data_t *pgdat;

	count_vm_event(DROP_SLAB);
	/* Each round must free twice as much as the one before to be worth it: it ends, whatever shrinkers do. */
	do {
		freed = 0;
		for_each_online_pgdat(pgdat)
			freed += shrink_slab(GFP_KERNEL, pgdat->node_id, 0);
	} while (rounds < BITS_PER_LONG && freed >> rounds++ > 1);
}
