/* SPDX-License-Identifier: MIT */
/*
 * slub_layout.c - how many pages a slab of slub's has: the arithmetic of Linux's calculate_order.
 *
 * More pages waste less at the end, and need fewer slabs; fewer pages are easier to get. So the least
 * order is taken that holds as many objects as CPUs make worthwhile and wastes a 16th at most; or an
 * 8th, or a 4th; or holds fewer. An order above max_order only for what fits in no less.
 */
#include "mm/slab/slab_bits.h"

static unsigned long bytes_of(unsigned int order)
{
	return PAGE_SIZE << order;
}

/* The least order up to `max` that holds min_objects and wastes 1 / fraction at most; max + 1: none. */
static unsigned int fitting_order(unsigned int size, unsigned int min_objects, unsigned int max,
				  unsigned int fraction)
{
	unsigned int order = get_order((unsigned long)min_objects * size);

	order = max_of(order, this_quire()->slab.min_order);
	while (order <= max && bytes_of(order) % size > bytes_of(order) / fraction)
		order++;
	return min_of(order, max + 1);
}

static unsigned int best_order(unsigned int size)
{
	unsigned int max = this_quire()->slab.max_order, objects, fraction, order;
	unsigned long most = bytes_of(max) / size;

	/* Of very small objects more would fit than a slab can count. */
	if (bytes_of(this_quire()->slab.min_order) / size > SLAB_OBJ_MAX_NUM)
		return get_order((unsigned long)SLAB_OBJ_MAX_NUM * size) - 1;
	for (objects = (unsigned int)min_of(most, (unsigned long)this_quire()->slab.min_objects); objects > 1; objects--)
		for (fraction = 16; fraction >= 4; fraction /= 2) {
			order = fitting_order(size, objects, max, fraction);
			if (order <= max)
				return order;
		}
	order = fitting_order(size, 1, max, 1);
	return order <= max ? order : get_order(size);
}

int slub_layout(struct kmem_cache *cache)
{
	cache->order = (u8)best_order(cache->size);
	cache->min_order = (u8)min_of(get_order(cache->size), (unsigned int)cache->order);
	if (cache->order >= MAX_ORDER)
		return -EINVAL;
	cache->nr_objects = slab_objects_in(bytes_of(cache->order), cache->size);
	cache->has_map = cache->nr_objects > SLAB_OBJ_NO_MAP;
	/* All slabs of a cache are of one kind. */
	if (cache->has_map && slab_objects_in(bytes_of(cache->min_order), cache->size) <= SLAB_OBJ_NO_MAP)
		cache->min_order = cache->order;
	cache->min_objects = slab_objects_in(bytes_of(cache->min_order), cache->size);
	cache->min_partial = min_of(max_of((fls_long(cache->size) - 1) / 2UL, 5UL), 10UL);
	return 0;
}
