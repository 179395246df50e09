/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_mark.c - what callers say of objects: their colour, where in them pointers are.
 */
#include "mm/debug/internal.h"

#if CONFIG_KMEMLEAK

/* Boot memory is found by its pointer as well. */
static struct kmemleak_object *find_locked(enum kmemleak_kind kind, const void *ptr)
{
	struct kmemleak_object *object = kmemleak_lookup_exact_locked(kind, (uintptr_t)ptr);

	if (!object && kind == KMEMLEAK_VIRT)
		object = kmemleak_lookup_exact_locked(KMEMLEAK_PHYS, (uintptr_t)ptr);
	return object;
}

static void mark_locked(struct kmemleak_object *object, enum kmemleak_mark mark, const void *caller)
{
	switch (mark) {
	case KMEMLEAK_NOT_LEAK:
		object->min_count = KMEMLEAK_GREY_COUNT;
		object->is_leak = false;
		kmemleak_became_grey_locked(object);
		break;
	case KMEMLEAK_IGNORE:
		object->min_count = KMEMLEAK_BLACK_COUNT;
		object->is_leak = false;
		object->flags |= OBJECT_NO_SCAN;
		break;
	case KMEMLEAK_NO_SCAN:
		object->flags |= OBJECT_NO_SCAN;
		break;
	case KMEMLEAK_NEW_TRACE:
		kmemleak_set_trace(object, caller);
		break;
	case KMEMLEAK_TRANSIENT:
		object->checksum = 0;
		break;
	}
}

static void warn_unknown(const void *caller, const void *ptr, enum kmemleak_mark mark)
{
	unsigned long address = (unsigned long)(uintptr_t)ptr;

	if (mark == KMEMLEAK_NO_SCAN)
		quire_warn(caller, "kmemleak: Not scanning unknown object at 0x%08lx", address);
	else if (mark == KMEMLEAK_NOT_LEAK || mark == KMEMLEAK_IGNORE)
		quire_warn(caller, "kmemleak: Trying to color unknown object at 0x%08lx as %s", address,
			   mark == KMEMLEAK_IGNORE ? "Black" : "Grey");
}

void kmemleak_do_mark(enum kmemleak_kind kind, const void *ptr, enum kmemleak_mark mark, const void *caller)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object = find_locked(kind, ptr);
	bool is_known = object || !ls->hooks;

	if (object)
		mark_locked(object, mark, caller);
	spin_unlock_irqrestore(&ls->lock, flags);
	if (!is_known)
		warn_unknown(caller, ptr, mark);
}

/* ---- scan areas ---- */

enum area_result { AREA_ADDED, AREA_UNKNOWN, AREA_TOO_LARGE, AREA_NO_MEMORY };

/* A scan that is at the object has counted its areas: it begins again with the first. */
static void add_to_areas(struct kmemleak_object *object, struct kmemleak_area *area)
{
	struct leak_state *ls = leak_state();

	area->next = object->areas;
	object->areas = area;
	ls->nr_areas++;
	if (ls->scan.at == object) {
		ls->scan.piece = 0;
		ls->scan.offset = 0;
	}
}

static enum area_result add_area_locked(uintptr_t start, size_t size, struct kmemleak_area *area)
{
	struct kmemleak_object *object = kmemleak_lookup_locked(KMEMLEAK_VIRT, start);

	if (!object)
		object = kmemleak_lookup_locked(KMEMLEAK_PHYS, start);
	if (!object)
		return AREA_UNKNOWN;
	if (size == SIZE_MAX)
		size = object_end(object) - start;
	if (size > object_end(object) - start)
		return AREA_TOO_LARGE;
	if (!area) {
		object->flags |= OBJECT_FULL_SCAN;
		return AREA_NO_MEMORY;
	}
	area->start = start;
	area->size = size;
	add_to_areas(object, area);
	return AREA_ADDED;
}

void kmemleak_do_scan_area(const void *ptr, size_t size, gfp_t gfp, const void *caller)
{
	struct leak_state *ls = leak_state();
	struct kmemleak_area *area = (struct kmemleak_area *)(void *)kmemleak_slot_get(gfp);
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	bool is_on = ls->hooks;
	enum area_result result = is_on ? add_area_locked((uintptr_t)ptr, size, area) : AREA_UNKNOWN;

	if (area && result != AREA_ADDED)
		kmemleak_slot_put_locked(area);
	spin_unlock_irqrestore(&ls->lock, flags);
	if (!is_on)
		return;
	if (result == AREA_UNKNOWN)
		quire_warn(caller, "kmemleak: Adding scan area to unknown object at 0x%08lx",
			   (unsigned long)(uintptr_t)ptr);
	else if (result == AREA_TOO_LARGE)
		quire_warn(caller, "kmemleak: Scan area larger than object 0x%08lx",
			   (unsigned long)(uintptr_t)ptr);
	else if (result == AREA_NO_MEMORY)
		pr_warn("kmemleak: Cannot allocate a scan area, scanning the full object");
}

#endif
