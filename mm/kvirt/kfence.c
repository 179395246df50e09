/* SPDX-License-Identifier: MIT */
/*
 * kfence.c - objects in pages of their own, with pages around them that nobody may touch.
 *
 *      guard   #0      guard   #1      guard   #2      guard
 *    |  ///  |    oo|  ///  |oo    |  ///  |  ///  |  ///  |        /// not in the page table
 *                   ^ ends with its page    ^ was given back
 *
 * The pool is a block of the direct map, so that an object has a physical address like any other. An
 * object lies at one end of its page, by chance: what runs over that end faults at once; the rest of
 * the page is filled, and looked at when the object is given back. Then its page goes out of the page
 * table, and is used again last of all.
 *
 * Which request is sampled a gate decides, which a tick opens, or every so many-th request that comes
 * this way: an open gate is a bit of every cache's `watch`, so that a closed one costs nothing.
 *
 * kfence_state.lock guards the list of free objects and their states. It is held while the page table is
 * changed; the page table's own lock is inside of it.
 */
#include "mm/kvirt/kfence_internal.h"

#if CONFIG_MMU

#include "mm/kvirt/internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/slab/internal.h"

#define DEFAULT_OBJECTS 255

/* ---- the pool ---- */

static void close_page(uintptr_t page)
{
	kernel_unmap(page, PAGE_SIZE);
	port_tlb_flush(page, PAGE_SIZE, 0);
}

static bool open_page(uintptr_t page)
{
	return !kernel_map(page, virt_to_phys((void *)page), PAGE_SIZE,
			   PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY, PT_CACHE_WB);
}

static void push_free(struct kfence_object *object)
{
	struct kfence_state *k = kfence();

	object->next = NULL;
	if (k->free)
		k->free_tail->next = object;
	else
		k->free = object;
	k->free_tail = object;
}

static struct kfence_object *pop_free(void)
{
	struct kfence_state *k = kfence();
	struct kfence_object *object = k->free;

	if (object)
		k->free = object->next;
	return object;
}

static int kfence_init(const struct machine_objects *wanted)
{
	struct kfence_state *k = kfence();
	unsigned int nr = wanted->sampled_objects ? wanted->sampled_objects : DEFAULT_OBJECTS, i;
	size_t bytes = (2 * (size_t)nr + 1) * PAGE_SIZE;

	if (!kernel_pgtable()) {
		pr_info("kfence: this machine has no kernel page table");
		return -EINVAL;
	}
	k->objects = alloc_pages_exact(nr * sizeof(*k->objects), GFP_KERNEL | __GFP_ZERO);
	if (!k->objects)
		return -ENOMEM;
	k->pool = (uintptr_t)alloc_pages_exact(bytes, GFP_KERNEL);
	if (!k->pool) {
		free_pages_exact(k->objects, nr * sizeof(*k->objects));
		k->objects = NULL;
		return -ENOMEM;
	}
	k->pool_bytes = bytes;
	this_quire()->slab.sampled_at = k->pool;
	this_quire()->slab.sampled_bytes = bytes;
	k->nr_objects = nr;
	k->interval = wanted->sample_interval;
	/* All of it, at first: page by page it would not stay in large pages either. */
	kernel_unmap(k->pool, bytes);
	port_tlb_flush(k->pool, bytes, 0);
	for (i = 0; i < nr; i++)
		push_free(&k->objects[i]);
	pr_info("kfence: %u objects at 0x%lx-0x%lx", nr, (unsigned long)k->pool, (unsigned long)(k->pool + bytes));
	return 0;
}

/* ---- the gate ---- */

void kfence_tick(void)
{
	if (kfence()->pool)
		slab_open_gate(true);
}

void kfence_set_interval(unsigned long interval)
{
	store_relaxed(kfence()->interval, interval);
}

/* Is it this request's turn? Then the gate is closed. */
static bool takes_turn(void)
{
	struct kfence_state *k = kfence();
	unsigned long interval = load_relaxed(k->interval);

	if (load_relaxed(this_quire()->slab.gate_is_open) && slab_open_gate(false))
		return true;
	return interval && count_up(&k->requests) % interval == 0;
}

/* ---- objects ---- */

/* The bytes of the page that are not the object's. */
static void fill_canaries(const struct kfence_object *object)
{
	uintptr_t page = kfence_page(object), at;

	for (at = page; at < object->addr; at++)
		*(u8 *)at = kfence_canary(at);
	for (at = object->addr + object->size; at < page + PAGE_SIZE; at++)
		*(u8 *)at = kfence_canary(at);
}

/* The first of them that somebody has written to; 0: none. */
static uintptr_t broken_canary(const struct kfence_object *object)
{
	uintptr_t page = kfence_page(object), at;

	for (at = page; at < page + PAGE_SIZE; at++)
		if ((at < object->addr || at >= object->addr + object->size) && *(u8 *)at != kfence_canary(at))
			return at;
	return 0;
}

/* At the page's end, as near as the alignment allows, or at its beginning. */
static uintptr_t place_for(const struct kfence_object *object, const struct kmem_cache *cache, size_t size)
{
	uintptr_t page = kfence_page(object);
	uintptr_t align = max_of((uintptr_t)cache->align, (uintptr_t)1);

	/* A piece whose size is a power of two is aligned to it. */
	if ((cache->flags & SLAB_KMALLOC) && is_power_of_2(size))
		align = max_of(align, min_of((uintptr_t)size, (uintptr_t)PAGE_SIZE));
	return slab_random() & 1 ? page + ALIGN_DOWN(PAGE_SIZE - size, align) : page;
}

static bool can_sample(const struct kmem_cache *cache, size_t size, gfp_t gfp)
{
	return size && size <= PAGE_SIZE && !(gfp & (__GFP_DMA | __GFP_DMA32 | __GFP_THISNODE)) &&
	       !(cache->flags & (SLAB_CACHE_DMA | SLAB_CACHE_DMA32));
}

static void *kfence_take(struct kmem_cache *cache, size_t size, gfp_t gfp, const void *caller)
{
	struct kfence_state *k = kfence();
	struct kfence_object *object;
	unsigned long flags;

	if (!can_sample(cache, size, gfp) || !takes_turn())
		return NULL;
	flags = spin_lock_irqsave(&k->lock);
	object = pop_free();
	/* A page that was reported is in the table already. */
	if (object && !object->is_open && !open_page(kfence_page(object))) {
		push_free(object);
		object = NULL;
	}
	if (object) {
		*object = (struct kfence_object){
			.state = KFENCE_OBJECT_ALLOCATED, .size = size, .cache = cache, .alloc_caller = caller,
			.addr = place_for(object, cache, size),
		};
		k->nr_in_use++;
		k->nr_sampled++;
	} else {
		k->nr_skipped++;
	}
	spin_unlock_irqrestore(&k->lock, flags);
	if (!object)
		return NULL;
	fill_canaries(object);
	if (cache->ctor)
		cache->ctor((void *)object->addr);
	return (void *)object->addr;
}

/* The object in whose page, or in the guard behind whose page, the address lies; of the first guard: #0. */
static struct kfence_object *object_near(uintptr_t addr)
{
	struct kfence_state *k = kfence();
	size_t page = (addr - k->pool) / PAGE_SIZE;

	return &k->objects[page ? min_of((page - 1) / 2, (size_t)k->nr_objects - 1) : 0];
}

bool is_kfence_address(const void *addr)
{
	return (uintptr_t)addr - kfence()->pool < kfence()->pool_bytes;
}

/* In use no longer, and out of the page table. False: it was not in use, or begins elsewhere. */
static bool end_object(struct kfence_object *object, const void *ptr, const void *caller)
{
	struct kfence_state *k = kfence();
	unsigned long flags = spin_lock_irqsave(&k->lock);
	bool is_its = object->state == KFENCE_OBJECT_ALLOCATED && object->addr == (uintptr_t)ptr;

	if (is_its) {
		object->state = KFENCE_OBJECT_FREED;
		object->free_caller = caller;
		k->nr_in_use--;
		k->nr_freed++;
	}
	spin_unlock_irqrestore(&k->lock, flags);
	return is_its;
}

static bool kfence_give(void *ptr, const void *caller)
{
	struct kfence_state *k = kfence();
	struct kfence_object *object;
	uintptr_t broken;
	unsigned long flags;

	if (!is_kfence_address(ptr))
		return false;
	object = object_near((uintptr_t)ptr);
	if (!end_object(object, ptr, caller)) {
		kfence_report_free(object, ptr, caller);
		return true;
	}
	broken = broken_canary(object);
	if (broken)
		kfence_report_corruption(object, broken, caller);
	close_page(kfence_page(object));
	flags = spin_lock_irqsave(&k->lock);
	push_free(object);
	spin_unlock_irqrestore(&k->lock, flags);
	return true;
}

static size_t kfence_size(const void *ptr, struct kmem_cache **cache)
{
	const struct kfence_object *object;

	if (!is_kfence_address(ptr))
		return 0;
	object = object_near((uintptr_t)ptr);
	*cache = object->cache;
	return object->state == KFENCE_OBJECT_ALLOCATED ? object->size : 0;
}

static unsigned long kfence_in_use(const struct kmem_cache *cache)
{
	struct kfence_state *k = kfence();
	unsigned long flags = spin_lock_irqsave(&k->lock), nr = 0;
	unsigned int i;

	for (i = 0; i < k->nr_objects; i++)
		nr += k->objects[i].state == KFENCE_OBJECT_ALLOCATED && k->objects[i].cache == cache;
	spin_unlock_irqrestore(&k->lock, flags);
	return nr;
}

void kfence_count(struct kfence_counts *counts)
{
	struct kfence_state *k = kfence();
	unsigned long flags = spin_lock_irqsave(&k->lock);

	*counts = (struct kfence_counts){
		.objects = k->nr_objects, .in_use = k->nr_in_use, .nr_sampled = k->nr_sampled,
		.nr_freed = k->nr_freed, .nr_bugs = load_relaxed(k->nr_bugs), .nr_skipped = k->nr_skipped,
	};
	spin_unlock_irqrestore(&k->lock, flags);
}

/* ---- faults ---- */

/* Of the two objects beside a guard the one in use whose end is nearer; NULL: neither is in use. */
static struct kfence_object *object_beside(uintptr_t addr)
{
	struct kfence_state *k = kfence();
	struct kfence_object *left = object_near(addr), *right = left + 1;
	bool has_left = addr >= k->pool + PAGE_SIZE && left->state == KFENCE_OBJECT_ALLOCATED;
	bool has_right;

	if (addr < k->pool + PAGE_SIZE)
		right = left;
	has_right = right < k->objects + k->nr_objects && right->state == KFENCE_OBJECT_ALLOCATED;
	if (has_left && has_right)
		return addr - (left->addr + left->size) <= right->addr - addr ? left : right;
	return has_left ? left : has_right ? right : NULL;
}

bool kfence_handle_page_fault(uintptr_t addr, bool is_write, const void *ip)
{
	struct kfence_state *k = kfence();
	struct kfence_object *object;
	bool is_guard;

	if (!k->pool || !is_kfence_address((void *)addr))
		return false;
	is_guard = (addr - k->pool) / PAGE_SIZE % 2 == 0;
	object = is_guard ? object_beside(addr) : object_near(addr);
	if (is_guard)
		kfence_report_access(addr, is_write, ip, object, object ? "out-of-bounds" : "invalid");
	else
		kfence_report_access(addr, is_write, ip, object->state == KFENCE_OBJECT_UNUSED ? NULL : object,
				     object->state == KFENCE_OBJECT_FREED ? "use-after-free" : "invalid");
	/* So that the kernel can go on. A page stays open until it is used next; a guard from now on. */
	if (!is_guard)
		object->is_open = true;
	open_page(ALIGN_DOWN(addr, PAGE_SIZE));
	return true;
}

int kfence_enable(unsigned int objects)
{
	const struct machine_objects wanted = { .sampled_objects = objects };

	return kfence()->pool ? -EBUSY : slab_set_sampler(&quire_kfence, &wanted);
}

const struct slab_sampler quire_kfence = {
	.init = kfence_init,
	.take = kfence_take,
	.give = kfence_give,
	.size = kfence_size,
	.fault = kfence_handle_page_fault,
	.in_use = kfence_in_use,
};

#endif
