/* SPDX-License-Identifier: MIT */
/*
 * remote.c - objects of other nodes, on their way home. (For the engine slub: slab has its alien arrays.)
 *
 * Theory. An object of another node goes back into its slab, under that node's lock, whose cache line must
 * come from afar. Each by itself, that is dearer than all else. So a CPU collects some of them, of all
 * caches, and lets each run of one cache go at once: what one node makes and another one uses up is such a
 * run. Objects that wait are no longer in use, and not free yet: cached, as those in arrays are.
 *
 * Each CPU's list has a lock, for others may empty it. It is held until what is taken out is home: who has
 * emptied all lists knows that nothing of his cache is on its way any more. Inside, the nodes' locks are taken.
 */
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

/* With the lock and the count, a list is 512 bytes on a 64-bit machine. */
#define REMOTE_OBJECTS 31u

struct slab_remote {
	_Alignas(64) spinlock_t lock;
	u32 nr;
	struct kmem_cache *cache[REMOTE_OBJECTS];
	void *object[REMOTE_OBJECTS];
};

void slab_remote_init(void)
{
	if (slab_engine()->has_depot && this_quire()->page.nr_nodes > 1)
		this_quire()->slab.remote = alloc_pages_exact(quire_nr_cpus() * sizeof(struct slab_remote),
							      GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

/* All that wait there go to their slabs. With the lock. */
static void send_home(struct slab_remote *list)
{
	u32 i, end, nr = list->nr;

	/* From now on they count as in use, until they are free. */
	store_relaxed(list->nr, 0);
	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr && list->cache[end] == list->cache[i];)
			end++;
		slab_engine()->give(list->cache[i], list->object + i, end - i, NULL);
	}
}

bool slab_remote_put(struct kmem_cache *cache, void *object, const void *caller)
{
	struct slab_remote *list;
	unsigned long flags;
	bool is_last;

	if (!this_quire()->slab.remote || !cache->sheaf_bytes)
		return false;
	flags = local_irq_save();
	list = &this_quire()->slab.remote[this_cpu_id()];
	spin_lock(&list->lock);
	is_last = list->nr && list->object[list->nr - 1] == object;
	if (!is_last) {
		store_relaxed(list->cache[list->nr], cache);
		list->object[list->nr] = object;
		store_relaxed(list->nr, list->nr + 1);
		if (list->nr == REMOTE_OBJECTS)
			send_home(list);
	}
	spin_unlock(&list->lock);
	local_irq_restore(flags);
	if (is_last)
		slab_report_bad_free(caller, cache, object, "it is free already");
	return true;
}

void slab_remote_drain(void)
{
	struct slab_remote *list = this_quire()->slab.remote;
	unsigned long flags;
	unsigned int cpu;

	for (cpu = 0; list && cpu < quire_nr_cpus(); cpu++) {
		flags = spin_lock_irqsave(&list[cpu].lock);
		send_home(&list[cpu]);
		spin_unlock_irqrestore(&list[cpu].lock, flags);
	}
}

unsigned long slab_remote_count(const struct kmem_cache *cache)
{
	const struct slab_remote *list = this_quire()->slab.remote;
	unsigned long count = 0;
	unsigned int cpu;
	u32 i, nr;

	/* Without the locks: as with all that is counted here, others may change it meanwhile. */
	for (cpu = 0; list && cpu < quire_nr_cpus(); cpu++) {
		nr = load_relaxed(list[cpu].nr);
		for (i = 0; i < nr; i++)
			count += load_relaxed(list[cpu].cache[i]) == cache;
	}
	return count;
}
