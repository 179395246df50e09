/* SPDX-License-Identifier: MIT */
/*
 * look.c - looking at caches from outside: for reports and pictures.
 *
 * A report goes from cache to cache and prints, which may take its time: no lock may be held meanwhile, and
 * the cache that it is at may be destroyed. So whoever looks is counted in the cache, under the
 * lock of the list. Who destroys a cache first lets nobody new look, and waits for those who do: then nobody
 * shrinks the cache beside him, and his count of objects in use is true. A cache that a walk is at is
 * on the list, and its link leads to the next.
 */
#include "mm/lib/list.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

/* ---- from cache to cache ---- */

/* From this place of the list on the first that may be looked at. The list's lock is held. */
static struct kmem_cache *first_from(struct list_head *pos)
{
	struct list_head *end = &this_quire()->slab.caches;

	while (pos != end && list_entry(pos, struct kmem_cache, list)->is_ending)
		pos = pos->next;
	return pos == end ? NULL : list_entry(pos, struct kmem_cache, list);
}

struct kmem_cache *kmem_cache_next(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	struct kmem_cache *next;
	unsigned long irq;

	if (!slab->engine)
		return NULL;
	irq = spin_lock_irqsave(&slab->lock);
	next = first_from(cache ? cache->list.next : slab->caches.next);
	if (cache)
		cache->nr_lookers--;
	if (next)
		next->nr_lookers++;
	spin_unlock_irqrestore(&slab->lock, irq);
	return next;
}

void kmem_cache_put(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);

	cache->nr_lookers--;
	spin_unlock_irqrestore(&slab->lock, irq);
}

void slab_cache_hide(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);

	cache->is_ending = true;
#if CONFIG_SMP
	while (cache->nr_lookers) {
		spin_unlock_irqrestore(&slab->lock, irq);
		port_cpu_relax();
		irq = spin_lock_irqsave(&slab->lock);
	}
#endif
	spin_unlock_irqrestore(&slab->lock, irq);
}

void slab_cache_show(struct kmem_cache *cache)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);

	cache->is_ending = false;
	spin_unlock_irqrestore(&slab->lock, irq);
}

const struct slab_reports quire_slab_reports = {
	.next = kmem_cache_next,
	.info = get_slabinfo,
};

/* ---- objects that are free, but not in their slab ---- */

static void visit_array(struct kmem_cache *cache, void **slot, unsigned long nr, slab_object_fn *visit, void *ctx)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		visit(cache, slot[i], true, ctx);
}

void slab_for_each_cached(struct kmem_cache *cache, slab_object_fn *visit, void *ctx)
{
	const struct kmem_cache_cpu *cpu;
	struct kmem_cache_node *n;
	struct slab_sheaf *sheaf;
	unsigned int i;
	int nid;

	for_each_slab_node(cache, nid, n)
		if (slab_engine()->each_cached)
			slab_engine()->each_cached(cache, n, visit, ctx);
	if (cache->cpus == slab_no_cpus())
		return;
	for_each_slab_cpu(cache, i, cpu) {
		if (slab_is_in_hand(cache, i))
			visit(cache, load_relaxed(slab_cpu(slab_no_cpus(), i)->hand), true, ctx);
		visit_array(cache, cpu->slot, load_relaxed(cpu->count), visit, ctx);
		if (cpu->spare)
			visit_array(cache, cpu->spare->slot, cpu->spare->count, visit, ctx);
	}
	for_each_slab_node(cache, nid, n)
		for (sheaf = n->depot.full; sheaf; sheaf = sheaf->next)
			visit_array(cache, sheaf->slot, sheaf->count, visit, ctx);
}

/* ---- one address ---- */

static void is_it(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	struct slab_place *place = ctx;

	(void)cache, (void)is_free;
	place->is_cached |= object == place->object;
}

bool slab_find(const void *at, struct slab_place *place)
{
	struct page *page = slab_page_of(at);
	const char *slab;

	if (!page || !page->slab_cache)
		return false;
	slab = phys_to_virt(page_to_phys(page));
	*place = (struct slab_place){ .cache = page->slab_cache, .slab = page, .order = page_alloc_order(page) };
	place->object = slab_engine()->find(page->slab_cache, page, at, &place->is_free);
	if (!place->object) {
		place->offset = (const char *)at - slab;
		return true;
	}
	place->offset = (const char *)at - (const char *)place->object;
	place->index = slab_divide(place->cache, (size_t)((const char *)place->object - slab));
	slab_for_each_cached(place->cache, is_it, place);
	slab_tracks_of(place->cache, place->object, place);
	return true;
}
