/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_object.c - what is known of each object, where it is found by address, and the memory for it.
 *
 * That memory is nobody else's: a slot of a fixed size for an object or a scan area, in pages that are
 * taken from the page allocator as they are, or before it is up from boot memory that is not followed; or
 * all of it in what the embedder has for it (machine_leaks.memory).
 * Some slots are always kept ready, CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE at first: an announcement may
 * come where nothing can be taken. Pages are asked for without the lock, since who makes memory free for
 * such a request may give objects back.
 */
#include <quire/gfp.h>

#include "mm/boot/boot_alloc.h"
#include "mm/debug/internal.h"

#if CONFIG_KMEMLEAK

/* ---- the pool ---- */

struct kmemleak_pool_page {
	struct kmemleak_pool_page *next;
	unsigned long pad; /* slots begin at a multiple of a u64 */
};

/* With fewer unused slots the pool grows, if it can. */
#define POOL_LOW (CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE / 2)
/* Bytes that it grows by where it takes no pages. */
#define BOOT_CHUNK (32 * sizeof(struct kmemleak_object))

_Static_assert(sizeof(struct kmemleak_area) <= sizeof(struct kmemleak_object), "an area fits a slot");

void kmemleak_slot_put_locked(void *slot)
{
	struct leak_state *ls = leak_state();
	struct kmemleak_object *object = slot;

	object->next_unused = ls->unused;
	ls->unused = object;
	ls->nr_unused++;
}

void kmemleak_slots_add_locked(void *memory, size_t size)
{
	struct kmemleak_object *slot = memory;
	size_t i;

	for (i = 0; i < size / sizeof(*slot); i++) {
		kmemleak_slot_put_locked(slot + i);
		leak_state()->nr_slots++;
	}
}

void *kmemleak_pool_memory(size_t size)
{
	const struct machine_leaks *machine = leak_state()->machine;

	if (machine->memory)
		return machine->memory(machine->ctx, size);
	return boot_alloc_raw(size, _Alignof(struct kmemleak_object), NUMA_NO_NODE, "kmemleak");
}

/* Before there are pages, or without them. */
static bool grow_by_chunk(void)
{
	void *memory = kmemleak_pool_memory(BOOT_CHUNK);
	unsigned long flags;

	if (!memory)
		return false;
	flags = spin_lock_irqsave(&leak_state()->lock);
	kmemleak_slots_add_locked(memory, BOOT_CHUNK);
	spin_unlock_irqrestore(&leak_state()->lock, flags);
	return true;
}

/* More slots. False: there is no memory. */
static bool grow(gfp_t gfp)
{
	struct leak_state *ls = leak_state();
	struct kmemleak_pool_page *header;
	struct page *page;
	unsigned long flags;

	if (ls->machine->memory)
		return grow_by_chunk();
	if (this_quire()->phase != PHASE_BUDDY)
		return !this_quire()->page.is_handing_over && grow_by_chunk();
	page = alloc_pages(kmemleak_gfp(gfp), 0);
	if (!page)
		return false;
	header = page_address(page);
	flags = spin_lock_irqsave(&ls->lock);
	header->next = ls->pages;
	ls->pages = header;
	kmemleak_slots_add_locked(header + 1, PAGE_SIZE - sizeof(*header));
	spin_unlock_irqrestore(&ls->lock, flags);
	return true;
}

static struct kmemleak_object *take_slot(unsigned long *nr_left)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *slot = ls->hooks ? ls->unused : NULL;

	if (slot) {
		ls->unused = slot->next_unused;
		ls->nr_unused--;
	}
	*nr_left = ls->hooks ? ls->nr_unused : POOL_LOW;
	spin_unlock_irqrestore(&ls->lock, flags);
	return slot;
}

struct kmemleak_object *kmemleak_slot_get(gfp_t gfp)
{
	unsigned long nr_left;
	struct kmemleak_object *slot = take_slot(&nr_left);

	/* Another CPU may take all that this one brings. */
	while (nr_left < POOL_LOW && grow(gfp) && !slot)
		slot = take_slot(&nr_left);
	return slot;
}

/* ---- the trees ---- */

static struct kmemleak_object *object_of(struct rb_node *node)
{
	return rb_entry(node, struct kmemleak_object, node);
}

struct kmemleak_object *kmemleak_lookup_locked(enum kmemleak_kind kind, uintptr_t addr)
{
	struct rb_node *node = leak_state()->trees[kind].rb_node;

	while (node) {
		struct kmemleak_object *object = object_of(node);

		if (addr < object->pointer)
			node = node->rb_left;
		else if (addr - object->pointer >= object->size)
			node = node->rb_right;
		else
			return object;
	}
	return NULL;
}

struct kmemleak_object *kmemleak_lookup_exact_locked(enum kmemleak_kind kind, uintptr_t addr)
{
	struct kmemleak_object *object = kmemleak_lookup_locked(kind, addr);

	return object && object->pointer == addr ? object : NULL;
}

struct kmemleak_object *kmemleak_lookup_from_locked(enum kmemleak_kind kind, uintptr_t addr)
{
	struct rb_node *node = leak_state()->trees[kind].rb_node;
	struct kmemleak_object *found = NULL;

	while (node) {
		struct kmemleak_object *object = object_of(node);

		if (object->pointer >= addr) {
			found = object;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct kmemleak_object *kmemleak_insert_locked(struct kmemleak_object *object)
{
	struct leak_state *ls = leak_state();
	struct rb_root *root = &ls->trees[object->kind];
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		struct kmemleak_object *other = object_of(*link);

		parent = *link;
		if (object_end(object) <= other->pointer)
			link = &parent->rb_left;
		else if (object_end(other) <= object->pointer)
			link = &parent->rb_right;
		else
			return other;
	}
	rb_link_node(&object->node, parent, link);
	rb_insert_color(&object->node, root);
	if (!ls->max_addr[object->kind] || object->pointer < ls->min_addr[object->kind])
		ls->min_addr[object->kind] = object->pointer;
	ls->max_addr[object->kind] = max_of(ls->max_addr[object->kind], object_end(object));
	ls->nr_objects++;
	return NULL;
}

void kmemleak_drop_areas_locked(struct kmemleak_object *object)
{
	struct kmemleak_area *area = object->areas;

	while (area) {
		struct kmemleak_area *next = area->next;

		kmemleak_slot_put_locked(area);
		leak_state()->nr_areas--;
		area = next;
	}
	object->areas = NULL;
}

void kmemleak_remove_locked(struct kmemleak_object *object)
{
	struct leak_state *ls = leak_state();

	rb_erase(&object->node, &ls->trees[object->kind]);
	ls->nr_objects--;
	if (object->grey.next)
		list_del(&object->grey);
	if (ls->scan.at == object)
		ls->scan.at = NULL;
	kmemleak_drop_areas_locked(object);
	kmemleak_slot_put_locked(object);
}

/* ---- the end ---- */

/* Up to `max` objects. False: there are none. */
static bool remove_some(unsigned int max)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	unsigned int kind;

	for (kind = 0; kind < NR_KMEMLEAK_KINDS; kind++)
		for (; max && ls->trees[kind].rb_node; max--)
			kmemleak_remove_locked(object_of(ls->trees[kind].rb_node));
	spin_unlock_irqrestore(&ls->lock, flags);
	return !max;
}

/* The pages, if nobody has a slot of them; boot memory stays where it is. */
static struct kmemleak_pool_page *take_pages(void)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_pool_page *pages = NULL;

	if (ls->nr_unused == ls->nr_slots) {
		pages = ls->pages;
		ls->pages = NULL;
		ls->unused = NULL;
		ls->nr_unused = ls->nr_slots = 0;
		ls->is_to_be_emptied = false;
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	return pages;
}

void kmemleak_empty(void)
{
	struct kmemleak_pool_page *pages;

	while (remove_some(32))
		;
	pages = take_pages();
	while (pages) {
		struct kmemleak_pool_page *next = pages->next;

		free_page((unsigned long)(uintptr_t)pages);
		pages = next;
	}
}

void kmemleak_empty_if_idle(void)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	bool is_wanted = ls->is_to_be_emptied && !ls->found_leaks && !ls->is_stepping;

	spin_unlock_irqrestore(&ls->lock, flags);
	if (is_wanted)
		kmemleak_empty();
}

#endif
