/* SPDX-License-Identifier: MIT */
/*
 * remote.c - objects of other nodes, on their way home. (For the engine slub: slab has its alien arrays.)
 *
 * Theory. An object of another node goes back into its slab, under that node's lock, whose cache line must
 * come from afar. Each by itself, that is dearer than all else. So a CPU collects some of them, of all
 * caches, and lets each run of one cache go at once: what one node makes and another one uses up is such a
 * run. Objects that wait are no longer in use, and not free yet: cached, as those in arrays are.
 *
 * Each CPU's list has a lock, for others may empty it; nothing else is locked inside.
 */
#include "mm/lib/string.h"
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

/* Takes all of them off the list, with its lock. */
static void take_out(struct slab_remote *list, struct slab_remote *out)
{
	out->nr = list->nr;
	memcpy(out->cache, list->cache, list->nr * sizeof(list->cache[0]));
	memcpy(out->object, list->object, list->nr * sizeof(list->object[0]));
	list->nr = 0;
}

static void send_home(struct slab_remote *out)
{
	u32 i, end;

	for (i = 0; i < out->nr; i = end) {
		for (end = i + 1; end < out->nr && out->cache[end] == out->cache[i];)
			end++;
		slab_engine()->give(out->cache[i], out->object + i, end - i, NULL);
	}
}

bool slab_remote_put(struct kmem_cache *cache, void *object, const void *caller)
{
	struct slab_remote *list, out;
	unsigned long flags;
	bool is_last;

	if (!this_quire()->slab.remote || !cache->sheaf_bytes)
		return false;
	out.nr = 0;
	flags = local_irq_save();
	list = &this_quire()->slab.remote[this_cpu_id()];
	spin_lock(&list->lock);
	is_last = list->nr && list->object[list->nr - 1] == object;
	if (!is_last) {
		list->cache[list->nr] = cache;
		list->object[list->nr++] = object;
		if (list->nr == REMOTE_OBJECTS)
			take_out(list, &out);
	}
	spin_unlock(&list->lock);
	local_irq_restore(flags);
	if (is_last)
		slab_report_bad_free(caller, cache, object, "it is free already");
	send_home(&out);
	return true;
}

void slab_remote_drain(void)
{
	struct slab_remote *list = this_quire()->slab.remote, out;
	unsigned long flags;
	unsigned int cpu;

	for (cpu = 0; list && cpu < quire_nr_cpus(); cpu++) {
		flags = spin_lock_irqsave(&list[cpu].lock);
		take_out(&list[cpu], &out);
		spin_unlock_irqrestore(&list[cpu].lock, flags);
		send_home(&out);
	}
}

unsigned long slab_remote_count(const struct kmem_cache *cache)
{
	struct slab_remote *list = this_quire()->slab.remote;
	unsigned long flags, count = 0;
	unsigned int cpu;
	u32 i;

	for (cpu = 0; list && cpu < quire_nr_cpus(); cpu++) {
		flags = spin_lock_irqsave(&list[cpu].lock);
		for (i = 0; i < list[cpu].nr; i++)
			count += list[cpu].cache[i] == cache;
		spin_unlock_irqrestore(&list[cpu].lock, flags);
	}
	return count;
}
