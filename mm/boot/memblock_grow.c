/* SPDX-License-Identifier: MIT */
/*
 * memblock_grow.c - larger region arrays, taken from memblock's own free memory.
 *
 * The difficulty is that memblock records the new array's memory in the very arrays that
 * are full. It is solved by order:
 *
 *	plan    how large the new array must be and where it goes; for `memory` or
 *	        `physmem`, whether `reserved` needs a larger array first. Any refusal or
 *	        failure happens here, and nothing has been written.
 *	commit  copy the regions, switch to the new array, reserve its memory, and give the
 *	        old array's memory back. Each array is planned with SPARE slots above what
 *	        is asked, so the two edits of `reserved` always find room.
 *
 * An array keeps clear of three things: what the caller is about to edit, since memory
 * that is being removed or reserved is a bad place to live; of state.avoid, what is
 * occupied but not reserved yet; and of the other array planned in the same go.
 *
 * On a machine whose reserved list is final (MACHINE_AS_DUMPED) no RAM may be taken, and
 * arrays come from the embedder's metadata instead.
 */
#include <quire/fault.h>

#include "mm/boot/boot_annotate.h"
#include "mm/boot/memblock_internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"

/*
 * Slots beyond those asked for. In `reserved`, the new array's region takes one, and
 * giving the old array back another if its region had merged with both neighbours. Two
 * more, because the caller counted when the edited range may have touched the old array
 * on both sides and could have merged with it.
 */
#define SPARE 4

struct growth {
	struct memblock_type *type;
	unsigned long max;     /* regions that the new array holds */
	phys_addr_t base, end; /* where it lies; base 0: in the embedder's metadata */
	struct memblock_region *regions;
};

/* The free memory that a search must not return. */
struct keep_clear {
	struct machine_range edit;
	const struct growth *other; /* NULL: none */
};

static bool *from_alloc_flag(struct memblock_state *state, const struct memblock_type *type)
{
	if (type == &state->blocks.memory)
		return &state->memory_from_alloc;
	if (type == &state->blocks.reserved)
		return &state->reserved_from_alloc;
	return &state->physmem_from_alloc;
}

phys_addr_t memblock_array_size(unsigned long max)
{
	return ALIGN_UP((phys_addr_t)max * sizeof(struct memblock_region), PAGE_SIZE);
}

/* ---- plan: where ---- */

static bool hits(const struct machine_range *range, phys_addr_t base, phys_addr_t end,
		 struct machine_range *hit)
{
	if (!range->size || range->base >= end ||
	    memblock_range_end(range->base, range->size) <= base)
		return false;
	*hit = *range;
	return true;
}

/* Does [base, end) touch something to keep clear of? *hit is then the first such range found. */
static bool is_taken(const struct keep_clear *clear, phys_addr_t base, phys_addr_t end,
		     struct machine_range *hit)
{
	const struct memblock_state *state = memblock_state();

	if (hits(&clear->edit, base, end, hit))
		return true;
	if (clear->other) {
		struct machine_range other = { .base = clear->other->base };

		other.size = clear->other->end - clear->other->base;
		if (hits(&other, base, end, hit))
			return true;
	}
	for (size_t i = 0; i < state->nr_avoid; i++)
		if (hits(&state->avoid[i], base, end, hit))
			return true;
	return false;
}

/*
 * Takes the best candidate, and if it is no good, narrows the search to what lies beyond
 * the obstacle: every candidate between is worse or hits the same obstacle.
 */
static phys_addr_t find_room(phys_addr_t size, const struct keep_clear *clear)
{
	struct memblock_request req = {
		.size = size,
		.align = PAGE_SIZE,
		.end = memblock_mapped_end(),
	};
	struct machine_range hit;

	for (;;) {
		phys_addr_t base = memblock_find_free(&req, NUMA_NO_NODE, MEMBLOCK_NONE);

		if (!base || !is_taken(clear, base, base + size, &hit))
			return base;
		if (memblock_bottom_up())
			req.start = memblock_range_end(hit.base, hit.size);
		else
			req.end = hit.base;
		if (req.end <= PAGE_SIZE || req.start >= req.end)
			return 0;
	}
}

static bool takes_metadata(void)
{
	return this_quire()->boot.flags & MACHINE_AS_DUMPED;
}

static struct memblock_region *metadata_room(phys_addr_t size)
{
	struct boot_state *boot = &this_quire()->boot;
	size_t gap = -(uintptr_t)boot->metadata & (sizeof(phys_addr_t) - 1);

	if (boot->metadata_left < gap || boot->metadata_left - gap < size)
		return NULL;
	return (struct memblock_region *)(void *)(boot->metadata + gap);
}

/* ---- plan: whether and how large ---- */

/* Why growth is out of the question now, or NULL. */
static const char *refusal(void)
{
	const struct memblock_state *state = memblock_state();

	if (this_quire()->phase > PHASE_MEMBLOCK)
		return "its memory is another allocator's by now";
	if (!state->can_resize && !state->avoid && !takes_metadata())
		return "memblock_allow_resize() was not called yet";
	if (should_fail_alloc())
		return "failed on purpose";
	return NULL;
}

static int no_room(const struct growth *g, const char *why)
{
	pr_err("memblock: cannot grow %s from %lu to %lu regions: %s", g->type->name, g->type->max,
	       g->max, why);
	return -ENOMEM;
}

static int plan(struct growth *g, struct memblock_type *type, unsigned long extra,
		const struct keep_clear *clear)
{
	const char *why;
	phys_addr_t size;

	*g = (struct growth){ .type = type, .max = type->max * 2 };
	while (g->max < type->cnt + extra + SPARE)
		g->max *= 2;
	why = refusal();
	if (why)
		return no_room(g, why);
	size = memblock_array_size(g->max);
	if (takes_metadata()) {
		g->regions = metadata_room(g->max * sizeof(*g->regions));
		return g->regions ? 0 : no_room(g, "the machine's metadata is used up");
	}
	g->base = find_room(size, clear);
	if (!g->base)
		return no_room(g, "no free memory");
	g->end = g->base + size;
	g->regions = phys_to_virt(g->base);
	return 0;
}

/* ---- commit ---- */

static void take_room(const struct growth *g)
{
	struct boot_state *boot = &this_quire()->boot;
	struct memblock_region range = { g->base, g->end - g->base, MEMBLOCK_NONE, NUMA_NO_NODE };
	char *end = (char *)(g->regions + g->max);

	if (g->base) {
		memblock_put_range(&memblock.reserved, &range);
		return;
	}
	boot->metadata_left -= (size_t)(end - boot->metadata);
	boot->metadata = end;
}

static void commit(const struct growth *g)
{
	struct memblock_type *type = g->type;
	struct memblock_region *old = type->regions;
	phys_addr_t old_size = memblock_array_size(type->max);
	bool *from_alloc = from_alloc_flag(memblock_state(), type);
	bool old_from_alloc = *from_alloc;

	if (g->base)
		boot_annotate_reserve(g->base, g->end - g->base);
	memcpy(g->regions, old, type->cnt * sizeof(*old));
	type->regions = g->regions;
	type->max = g->max;
	take_room(g);
	*from_alloc = g->base != 0;
	if (old_from_alloc) {
		memblock_take_range(&memblock.reserved, virt_to_phys(old),
				    virt_to_phys(old) + old_size);
		boot_annotate_free(virt_to_phys(old), old_size);
	}
	if (!memblock_state()->debug)
		return;
	if (g->base)
		pr_info("memblock: %s is doubled to %lu at " MEMBLOCK_RANGE_FMT, type->name, g->max,
			MEMBLOCK_RANGE_ARGS(g->base, g->end - g->base));
	else
		pr_info("memblock: %s is doubled to %lu in metadata", type->name, g->max);
}

int memblock_make_room(struct memblock_type *type, unsigned long extra, phys_addr_t base,
		       phys_addr_t end)
{
	struct memblock_type *reserved = &memblock.reserved;
	struct keep_clear clear = { .edit = { .base = base, .size = end - base } };
	struct growth first, second;
	bool reserved_first;
	int err;

	if (memblock_nr_regions(type) + extra <= type->max)
		return 0;
	reserved_first =
		type != reserved && !takes_metadata() && reserved->cnt + SPARE > reserved->max;
	if (reserved_first) {
		err = plan(&first, reserved, SPARE, &clear);
		if (err)
			return err;
		clear.other = &first;
	}
	err = plan(&second, type, extra, &clear);
	if (err)
		return err;
	if (reserved_first)
		commit(&first);
	commit(&second);
	return 0;
}
