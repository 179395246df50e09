/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_report.c - what is known of objects, for reports, the log and who checks it. The text of the
 * report itself is mm/proc/kmemleak.c.
 */
#include "mm/debug/internal.h"
#include "mm/lib/string.h"

#if CONFIG_KMEMLEAK

/* ---- reading ---- */

static unsigned long age_in_ms(unsigned long since)
{
	unsigned long ticks = kmemleak_now() - since, hz = kmemleak_hz();

	return ticks / hz * 1000 + ticks % hz * 1000 / hz;
}

void kmemleak_describe_locked(const struct kmemleak_object *object, struct kmemleak_info *info)
{
	uintptr_t bytes = object->pointer;

	memset(info, 0, sizeof(*info));
	info->kind = (enum kmemleak_kind)object->kind;
	info->pointer = object->pointer;
	info->size = object->size;
	info->min_count = object->min_count;
	info->count = object->count;
	info->flags = object->flags;
	info->checksum = object->checksum;
	info->jiffies = object->jiffies;
	info->age = age_in_ms(object->jiffies);
	info->pid = object->pid;
	memcpy(info->comm, object->comm, sizeof(info->comm));
	info->nr_trace = object->nr_trace;
	memcpy(info->trace, object->trace, sizeof(info->trace));
	if (info->kind == KMEMLEAK_PHYS)
		return;
	if (info->kind == KMEMLEAK_PERCPU) {
		info->cpu = this_cpu_id();
		bytes = kmemleak_percpu_address(object->pointer, info->cpu);
	}
	info->nr_bytes = (unsigned int)min_of(object->size, sizeof(info->bytes));
	kmemleak_read_bytes(info->bytes, bytes, info->nr_bytes);
}

/* Looks at some objects from *cursor on. 1: found; 0: not yet; -1: there are no more. */
static int look_for_leak(enum kmemleak_kind kind, uintptr_t *cursor, struct kmemleak_info *info)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object = kmemleak_lookup_from_locked(kind, *cursor);
	unsigned int i;
	int found = 0;

	for (i = 0; object && !found && i < 32; i++) {
		*cursor = object->pointer + 1;
		if (object->flags & OBJECT_REPORTED && object->is_leak) {
			kmemleak_describe_locked(object, info);
			found = 1;
		}
		object = kmemleak_next_locked(object);
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	return i ? found : -1;
}

bool kmemleak_do_next_leak(unsigned int *kind, uintptr_t *cursor, struct kmemleak_info *info)
{
	while (*kind < NR_KMEMLEAK_KINDS) {
		int found = look_for_leak((enum kmemleak_kind)*kind, cursor, info);

		if (found > 0)
			return true;
		if (found < 0) {
			++*kind;
			*cursor = 0;
		}
	}
	return false;
}

bool kmemleak_do_find(uintptr_t address, struct kmemleak_info *info)
{
	static const enum kmemleak_kind order[] = { KMEMLEAK_VIRT, KMEMLEAK_PHYS, KMEMLEAK_PERCPU };
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object = NULL;
	size_t i;

	for (i = 0; i < 3 && !object; i++)
		object = kmemleak_lookup_locked(order[i], address);
	if (object)
		kmemleak_describe_locked(object, info);
	spin_unlock_irqrestore(&ls->lock, flags);
	return object;
}

/* ---- to the log ---- */

void kmemleak_dump(const struct kmemleak_info *info)
{
	static const char *const kinds[NR_KMEMLEAK_KINDS] = {
		[KMEMLEAK_VIRT] = "",
		[KMEMLEAK_PHYS] = " (phys)",
		[KMEMLEAK_PERCPU] = " (percpu)",
	};
	unsigned int i;

	pr_info("kmemleak: Object%s 0x%08lx (size %zu):", kinds[info->kind], (unsigned long)info->pointer,
		info->size);
	pr_info("kmemleak:   comm \"%s\", pid %d, jiffies %lu", info->comm, info->pid, info->jiffies);
	pr_info("kmemleak:   min_count = %d", info->min_count);
	pr_info("kmemleak:   count = %d", info->count);
	pr_info("kmemleak:   flags = 0x%x", info->flags);
	pr_info("kmemleak:   checksum = %u", info->checksum);
	pr_info("kmemleak:   backtrace:");
	for (i = 0; i < info->nr_trace; i++)
		pr_info("kmemleak:     [<%0*lx>]", (int)(2 * sizeof(void *)),
			(unsigned long)(uintptr_t)info->trace[i]);
}

/* ---- checking ---- */

#define BROKEN(...) (pr_err("kmemleak: broken: " __VA_ARGS__), -EINVAL)

static unsigned long count_areas(const struct kmemleak_object *object)
{
	const struct kmemleak_area *area;
	unsigned long nr = 0;

	for (area = object->areas; area; area = area->next)
		nr++;
	return nr;
}

static int check_object(const struct kmemleak_object *object, enum kmemleak_kind kind, uintptr_t last_end)
{
	const struct leak_state *ls = leak_state();
	const struct kmemleak_area *area;

	if (object->kind != kind || !object->size || object->pointer < last_end ||
	    object_end(object) < object->pointer)
		return BROKEN("object 0x%lx (size %zu) is out of place", (unsigned long)object->pointer,
			      object->size);
	if (object->pointer < ls->min_addr[kind] || object_end(object) > ls->max_addr[kind])
		return BROKEN("object 0x%lx is out of bounds", (unsigned long)object->pointer);
	for (area = object->areas; area; area = area->next)
		if (area->start < object->pointer || area->size > object_end(object) - area->start)
			return BROKEN("a scan area of object 0x%lx is outside of it",
				      (unsigned long)object->pointer);
	if (object->grey.next && ls->scan.phase == KMEMLEAK_IDLE)
		return BROKEN("object 0x%lx is on the list of a scan, and there is none",
			      (unsigned long)object->pointer);
	return 0;
}

static int check_tree(enum kmemleak_kind kind, unsigned long *objects, unsigned long *areas)
{
	const struct rb_node *node = rb_first(&leak_state()->trees[kind]);
	uintptr_t last_end = 0;
	int err = 0;

	for (; node && !err; node = rb_next(node)) {
		const struct kmemleak_object *object = rb_entry(node, struct kmemleak_object, node);

		err = check_object(object, kind, last_end);
		last_end = object_end(object);
		++*objects;
		*areas += count_areas(object);
	}
	return err;
}

static int check_counts(unsigned long objects, unsigned long areas)
{
	const struct leak_state *ls = leak_state();
	const struct kmemleak_object *slot;
	unsigned long unused = 0;

	for (slot = ls->unused; slot; slot = slot->next_unused)
		unused++;
	if (objects != ls->nr_objects || areas != ls->nr_areas || unused != ls->nr_unused)
		return BROKEN("%lu objects, %lu areas, %lu unused, counted %lu, %lu, %lu", ls->nr_objects,
			      ls->nr_areas, ls->nr_unused, objects, areas, unused);
	if (unused + objects + areas > ls->nr_slots)
		return BROKEN("more slots in use than there are, %lu", ls->nr_slots);
	return 0;
}

int kmemleak_do_validate(void)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock), objects = 0, areas = 0;
	unsigned int kind;
	int err = 0;

	for (kind = 0; kind < NR_KMEMLEAK_KINDS && !err; kind++)
		err = check_tree((enum kmemleak_kind)kind, &objects, &areas);
	if (!err)
		err = check_counts(objects, areas);
	spin_unlock_irqrestore(&ls->lock, flags);
	return err;
}

#endif
