/* SPDX-License-Identifier: MIT */
/*
 * far.c - objects of other nodes, on their way home. (For the engine slub: slab has its alien arrays.)
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
#define FAR_OBJECTS 31u

struct slab_far {
	_Alignas(64) spinlock_t lock;
	u32 nr;
	struct kmem_cache *cache[FAR_OBJECTS];
	void *object[FAR_OBJECTS];
};

void slab_far_init(void)
{
	if (slab_engine()->has_depot && this_quire()->page.nr_nodes > 1)
		this_quire()->slab.far = alloc_pages_exact(quire_nr_cpus() * sizeof(struct slab_far),
							   GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

/* Takes all of them off the list, with its lock. */
static void take_out(struct slab_far *far, struct slab_far *out)
{
	out->nr = far->nr;
	memcpy(out->cache, far->cache, far->nr * sizeof(far->cache[0]));
	memcpy(out->object, far->object, far->nr * sizeof(far->object[0]));
	far->nr = 0;
}

static void send_home(struct slab_far *out)
{
	u32 i, end;

	for (i = 0; i < out->nr; i = end) {
		for (end = i + 1; end < out->nr && out->cache[end] == out->cache[i];)
			end++;
		slab_engine()->give(out->cache[i], out->object + i, end - i, NULL);
	}
}

bool slab_far_put(struct kmem_cache *cache, void *object, const void *caller)
{
	struct slab_far *far, out;
	unsigned long flags;
	bool is_last;

	if (!this_quire()->slab.far || !cache->sheaf_bytes)
		return false;
	out.nr = 0;
	flags = local_irq_save();
	far = &this_quire()->slab.far[this_cpu_id()];
	spin_lock(&far->lock);
	is_last = far->nr && far->object[far->nr - 1] == object;
	if (!is_last) {
		far->cache[far->nr] = cache;
		far->object[far->nr++] = object;
		if (far->nr == FAR_OBJECTS)
			take_out(far, &out);
	}
	spin_unlock(&far->lock);
	local_irq_restore(flags);
	if (is_last)
		slab_report_bad_free(caller, cache, object, "it is free already");
	send_home(&out);
	return true;
}

void slab_far_drain(void)
{
	struct slab_far *far = this_quire()->slab.far, out;
	unsigned long flags;
	unsigned int cpu;

	for (cpu = 0; far && cpu < quire_nr_cpus(); cpu++) {
		flags = spin_lock_irqsave(&far[cpu].lock);
		take_out(&far[cpu], &out);
		spin_unlock_irqrestore(&far[cpu].lock, flags);
		send_home(&out);
	}
}

unsigned long slab_far_count(const struct kmem_cache *cache)
{
	struct slab_far *far = this_quire()->slab.far;
	unsigned long flags, count = 0;
	unsigned int cpu;
	u32 i;

	for (cpu = 0; far && cpu < quire_nr_cpus(); cpu++) {
		flags = spin_lock_irqsave(&far[cpu].lock);
		for (i = 0; i < far[cpu].nr; i++)
			count += far[cpu].cache[i] == cache;
		spin_unlock_irqrestore(&far[cpu].lock, flags);
	}
	return count;
}
