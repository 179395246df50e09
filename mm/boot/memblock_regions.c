/* SPDX-License-Identifier: MIT */
/*
 * memblock_regions.c - edits of one region array: add, remove, change, clip.
 *
 * Every edit comes in two passes over the same regions: the first counts by how many
 * the array will grow at most while it is edited, the second edits. Between the two,
 * memblock_make_room() may move the array, and may change `reserved` by a range for the
 * array itself; it keeps clear of the edited range and leaves some slots to spare, so
 * that the count still suffices.
 */
#include "mm/boot/memblock_internal.h"
#include "mm/lib/string.h"

unsigned long memblock_first_above(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long low = 0, high = memblock_nr_regions(type);

	while (low < high) {
		unsigned long middle = low + (high - low) / 2;

		if (memblock_region_end(&type->regions[middle]) > addr)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

long memblock_search(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long i = memblock_first_above(type, addr);

	if (i == memblock_nr_regions(type) || type->regions[i].base > addr)
		return -1;
	return (long)i;
}

bool memblock_get_region(const struct memblock_type *type, unsigned long i, struct memblock_region *region)
{
	unsigned long irq = memblock_lock();
	bool is_there = i < memblock_nr_regions(type);

	if (is_there)
		*region = type->regions[i];
	memblock_unlock(irq);
	return is_there;
}

/* ---- slots ---- */

void memblock_set_empty(struct memblock_type *type)
{
	type->cnt = 1;
	type->total_size = 0;
	type->regions[0] = (struct memblock_region){ .nid = NUMA_NO_NODE };
}

/* There is room, and no empty region: both are the callers' duty. */
static void insert_region(struct memblock_type *type, unsigned long i,
			  const struct memblock_region *region)
{
	unsigned long nr = memblock_nr_regions(type);
	struct memblock_region *slot = &type->regions[i];

	VM_BUG_ON(nr == type->max || !region->size);
	memmove(slot + 1, slot, (nr - i) * sizeof(*slot));
	*slot = *region;
	type->cnt = nr + 1;
	type->total_size += region->size;
}

/* Closes the gap that regions [first, first + nr) leave, whatever was in them. */
static void close_slots(struct memblock_type *type, unsigned long first, unsigned long nr)
{
	struct memblock_region *gap = &type->regions[first];

	memmove(gap, gap + nr, (type->cnt - first - nr) * sizeof(*gap));
	type->cnt -= nr;
}

static void delete_regions(struct memblock_type *type, unsigned long first, unsigned long nr)
{
	for (unsigned long i = first; i < first + nr; i++)
		type->total_size -= type->regions[i].size;
	if (!type->total_size)
		memblock_set_empty(type);
	else
		close_slots(type, first, nr);
}

/* ---- add ---- */

/*
 * A part of the range to add that no region covers. `index` is the region behind it; the
 * gap joins a neighbour if it can become part of it.
 */
struct gap {
	phys_addr_t start, end;
	unsigned long index;
	bool joins_left, joins_right;
};

/* The first gap of `type` in [from, end of range). */
static bool next_gap(const struct memblock_type *type, phys_addr_t from,
		     const struct memblock_region *range, struct gap *gap)
{
	unsigned long nr = memblock_nr_regions(type), i = memblock_first_above(type, from);
	phys_addr_t end = memblock_region_end(range);
	struct memblock_region fill = *range;

	while (i < nr && type->regions[i].base <= from)
		from = memblock_region_end(&type->regions[i++]);
	if (from >= end)
		return false;
	if (i < nr && type->regions[i].base < end)
		end = type->regions[i].base;
	*gap = (struct gap){ .start = from, .end = end, .index = i };
	fill.base = from;
	fill.size = end - from;
	gap->joins_left = i > 0 && memblock_joins(&type->regions[i - 1], &fill);
	gap->joins_right = i < nr && memblock_joins(&fill, &type->regions[i]);
	return true;
}

/* How many slots filling the gaps takes, at its peak. */
static unsigned long count_gaps(const struct memblock_type *type,
				const struct memblock_region *range)
{
	long more = 0, peak = 0;
	struct gap gap;

	for (phys_addr_t from = range->base; next_gap(type, from, range, &gap); from = gap.end) {
		more += 1 - gap.joins_left - gap.joins_right;
		if (more > peak)
			peak = more;
	}
	return (unsigned long)peak;
}

static void fill_gap(struct memblock_type *type, const struct gap *gap,
		     const struct memblock_region *range)
{
	struct memblock_region *right = &type->regions[gap->index];
	struct memblock_region fill = *range;

	fill.base = gap->start;
	fill.size = gap->end - gap->start;
	if (!gap->joins_left && !gap->joins_right) {
		insert_region(type, gap->index, &fill);
		return;
	}
	type->total_size += fill.size;
	if (!gap->joins_left) {
		right->base = fill.base;
		right->size += fill.size;
		return;
	}
	right[-1].size += fill.size;
	if (gap->joins_right) {
		right[-1].size += right->size;
		close_slots(type, gap->index, 1);
	}
}

void memblock_put_range(struct memblock_type *type, const struct memblock_region *range)
{
	struct gap gap;

	for (phys_addr_t from = range->base; next_gap(type, from, range, &gap); from = gap.end)
		fill_gap(type, &gap, range);
}

int memblock_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid,
		       enum memblock_flags flags)
{
	phys_addr_t end = memblock_range_end(base, size);
	struct memblock_region range = { base, end - base, flags, memblock_known_nid(nid) };
	unsigned long irq;
	int err;

	if (!range.size)
		return 0;
	irq = memblock_lock();
	err = memblock_make_room(type, count_gaps(type, &range), base, end);
	if (!err)
		memblock_put_range(type, &range);
	if (!err && type == &memblock.memory && (flags & MEMBLOCK_MIRROR))
		memblock_state()->has_mirror = true;
	memblock_unlock(irq);
	return err;
}

/* ---- remove ---- */

/* Slots that a hole at [base, end) takes: one if it lies inside a region, else none. */
static unsigned long count_hole(const struct memblock_type *type, phys_addr_t base, phys_addr_t end)
{
	long i = memblock_search(type, base);

	return i >= 0 && type->regions[i].base < base &&
	       memblock_region_end(&type->regions[i]) > end;
}

/* The front of region i stays, up to `base`; also what is behind `end`, as a new region. */
static void cut_back(struct memblock_type *type, unsigned long i, phys_addr_t base, phys_addr_t end)
{
	struct memblock_region *r = &type->regions[i], rest = *r;
	phys_addr_t old_end = memblock_region_end(r);

	r->size = base - r->base;
	type->total_size -= old_end - base;
	if (old_end > end) {
		rest.base = end;
		rest.size = old_end - end;
		insert_region(type, i + 1, &rest);
	}
}

void memblock_take_range(struct memblock_type *type, phys_addr_t base, phys_addr_t end)
{
	unsigned long i = memblock_first_above(type, base), last;
	struct memblock_region *r;

	if (i < memblock_nr_regions(type) && type->regions[i].base < base)
		cut_back(type, i++, base, end);
	for (last = i; last < memblock_nr_regions(type); last++)
		if (memblock_region_end(&type->regions[last]) > end)
			break;
	if (last > i)
		delete_regions(type, i, last - i);
	r = &type->regions[i];
	if (i < memblock_nr_regions(type) && r->base < end) {
		type->total_size -= end - r->base;
		r->size -= end - r->base;
		r->base = end;
	}
}

int memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = memblock_range_end(base, size);
	unsigned long irq;
	int err;

	if (base >= end)
		return 0;
	irq = memblock_lock();
	err = memblock_make_room(type, count_hole(type, base, end), base, end);
	if (!err)
		memblock_take_range(type, base, end);
	memblock_unlock(irq);
	return err;
}

/* ---- change ---- */

static struct memblock_region edited(const struct memblock_region *region,
				     const struct memblock_edit *edit)
{
	struct memblock_region after = *region;

	after.flags = (enum memblock_flags)((after.flags & ~edit->clear) | edit->set);
	if (edit->set_nid)
		after.nid = memblock_known_nid(edit->nid);
	return after;
}

/* The edit makes a difference to region i, and `at` lies inside it, so that it must be split. */
static bool splits_at(const struct memblock_type *type, phys_addr_t at,
		      const struct memblock_edit *edit)
{
	long i = memblock_search(type, at);
	const struct memblock_region *r = &type->regions[i < 0 ? 0 : i];
	struct memblock_region after = edited(r, edit);

	return i >= 0 && r->base < at && (after.nid != r->nid || after.flags != r->flags);
}

static void split_at(struct memblock_type *type, phys_addr_t at)
{
	cut_back(type, (unsigned long)memblock_search(type, at), at, at);
}

/* Joins what has become alike among the regions [first, last). */
static void merge_regions(struct memblock_type *type, unsigned long first, unsigned long last)
{
	struct memblock_region *regions = type->regions;
	unsigned long kept = first;

	for (unsigned long i = first + 1; i < last; i++) {
		if (memblock_joins(&regions[kept], &regions[i]))
			regions[kept].size += regions[i].size;
		else
			regions[++kept] = regions[i];
	}
	if (kept + 1 < last)
		close_slots(type, kept + 1, last - kept - 1);
}

static void apply_edit(struct memblock_type *type, phys_addr_t base, phys_addr_t end,
		       const struct memblock_edit *edit)
{
	unsigned long nr, i, first;

	if (splits_at(type, base, edit))
		split_at(type, base);
	if (splits_at(type, end, edit))
		split_at(type, end);
	nr = memblock_nr_regions(type);
	first = memblock_first_above(type, base);
	for (i = first; i < nr && type->regions[i].base < end; i++)
		type->regions[i] = edited(&type->regions[i], edit);
	/* the neighbours on both sides may have become alike too */
	merge_regions(type, first ? first - 1 : 0, i < nr ? i + 1 : nr);
}

/* A larger array may lie in RAM that the edit leaves usable, be it all there is. */
static bool may_hold_array(const struct memblock_type *type, const struct memblock_edit *edit)
{
	return type != &memblock.reserved &&
	       !(edit->set & (MEMBLOCK_NOMAP | MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED));
}

int memblock_change_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			  const struct memblock_edit *edit)
{
	phys_addr_t end = memblock_range_end(base, size);
	unsigned long splits, irq;
	int err;

	if (base >= end)
		return 0;
	irq = memblock_lock();
	splits = (unsigned long)splits_at(type, base, edit) + splits_at(type, end, edit);
	if (may_hold_array(type, edit))
		err = memblock_make_room(type, splits, 0, 0);
	else
		err = memblock_make_room(type, splits, base, end);
	if (!err)
		apply_edit(type, base, end, edit);
	memblock_unlock(irq);
	return err;
}

/* ---- clip ---- */

void memblock_clip_regions(struct memblock_type *type, memblock_clip_fn clip, const void *arg)
{
	unsigned long nr = memblock_nr_regions(type), kept = 0;

	type->total_size = 0;
	for (unsigned long i = 0; i < nr; i++) {
		struct memblock_region r = type->regions[i];

		clip(&r, arg);
		if (!r.size)
			continue;
		type->regions[kept++] = r;
		type->total_size += r.size;
	}
	type->cnt = kept;
	if (!kept)
		memblock_set_empty(type);
}
