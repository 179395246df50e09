/* SPDX-License-Identifier: MIT */
/*
 * quarantine.c - objects that were given back wait, before they are handed out again.
 *
 * Who uses an object after he has given it back mostly does so soon. If it is another's by then, the
 * other one is hurt, far from the mistake; while it waits, poison or an error checker finds it. A
 * ring of so many objects, of all caches together: the next one in puts the oldest out.
 *
 *   slot:  [ 5 ][ 6 ][ 2 ][ 3 ][ 4 ]        the oldest is 2; 7 comes in its place
 *                      ^next
 *
 * slab_state.quarantine.lock guards the ring, and is held until what leaves it is in its slab, under the node's
 * lock: who has drained the ring of his cache knows that nothing of it is on its way any more.
 */
#include "mm/slab/watch.h"

int quarantine_init(unsigned int objects)
{
	struct slab_quarantine *q = &this_quire()->slab.quarantine;
	size_t bytes = (size_t)objects * sizeof(*q->slot);

	if (!objects)
		return 0;
	q->slot = alloc_pages_exact(bytes, GFP_NOWAIT | __GFP_ZERO);
	if (!q->slot)
		return -ENOMEM;
	q->capacity = objects;
	return 0;
}

/* Out of the ring, and nobody knows it any more but its slab. With the lock. */
static void release(struct slab_quarantined out, const void *caller)
{
	if (out.object)
		slab_engine()->give(out.cache, &out.object, 1, caller);
}

void quarantine_put(struct kmem_cache *cache, void *object, const void *caller)
{
	struct slab_quarantine *q = &this_quire()->slab.quarantine;
	unsigned long flags = spin_lock_irqsave(&q->lock);
	struct slab_quarantined oldest = q->slot[q->next];

	q->slot[q->next] = (struct slab_quarantined){ .cache = cache, .object = object };
	q->next = q->next + 1 == q->capacity ? 0 : q->next + 1;
	release(oldest, caller);
	spin_unlock_irqrestore(&q->lock, flags);
}

unsigned long quarantine_drain(const struct kmem_cache *cache)
{
	struct slab_quarantine *q = &this_quire()->slab.quarantine;
	struct slab_quarantined out;
	unsigned long flags, drained = 0;
	unsigned int i;

	for (i = 0; i < q->capacity; i++) {
		flags = spin_lock_irqsave(&q->lock);
		out = q->slot[i];
		if (out.object && (!cache || out.cache == cache))
			q->slot[i].object = NULL;
		else
			out.object = NULL;
		release(out, NULL);
		spin_unlock_irqrestore(&q->lock, flags);
		drained += !!out.object;
	}
	return drained;
}

unsigned long quarantine_count(const struct kmem_cache *cache)
{
	struct slab_quarantine *q = &this_quire()->slab.quarantine;
	unsigned long flags = spin_lock_irqsave(&q->lock), count = 0;
	unsigned int i;

	for (i = 0; i < q->capacity; i++)
		count += q->slot[i].object && q->slot[i].cache == cache;
	spin_unlock_irqrestore(&q->lock, flags);
	return count;
}

bool quarantine_has(const void *object)
{
	struct slab_quarantine *q = &this_quire()->slab.quarantine;
	unsigned long flags = spin_lock_irqsave(&q->lock);
	bool is_there = false;
	unsigned int i;

	for (i = 0; i < q->capacity && !is_there; i++)
		is_there = q->slot[i].object == object;
	spin_unlock_irqrestore(&q->lock, flags);
	return is_there;
}
