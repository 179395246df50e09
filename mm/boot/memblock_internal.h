/* SPDX-License-Identifier: MIT */
/*
 * memblock_internal.h - what memblock's files share: edits of a region array, room in it,
 * the search for free memory. The theory is at the head of memblock.c.
 */
#ifndef MM_BOOT_MEMBLOCK_INTERNAL_H
#define MM_BOOT_MEMBLOCK_INTERNAL_H

#include <quire/memblock.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

/* Our own sources go by the field; the embedder may have asked for the macro. */
#undef physmem

static inline struct memblock_state *memblock_state(void)
{
	return &this_quire()->memblock_part;
}

/* Between the two the arrays are ours; see memblock.c. Does not nest. */
static inline unsigned long memblock_lock(void)
{
	struct memblock_state *state = memblock_state();

	return state->is_shared ? spin_lock_irqsave(&state->lock) : 0;
}
static inline void memblock_unlock(unsigned long flags)
{
	struct memblock_state *state = memblock_state();

	if (state->is_shared)
		spin_unlock_irqrestore(&state->lock, flags);
}

/* Nodes as they come from the caller: whatever is no node id is "none". */
static inline int memblock_known_nid(int nid)
{
	return nid >= 0 && nid < (int)MAX_NUMNODES ? nid : NUMA_NO_NODE;
}

/* Where [base, base + size) ends. The last byte there is cannot be part of a range. */
static inline phys_addr_t memblock_range_end(phys_addr_t base, phys_addr_t size)
{
	return size < PHYS_ADDR_MAX - base ? base + size : PHYS_ADDR_MAX;
}

static inline phys_addr_t memblock_region_end(const struct memblock_region *r)
{
	return r->base + r->size;
}

/* Regions in the type: 0 where cnt says 1 for the placeholder of an empty type. */
static inline unsigned long memblock_nr_regions(const struct memblock_type *type)
{
	return type->total_size ? type->cnt : 0;
}

/* `a` ends where `b` starts, and nothing tells them apart. */
static inline bool memblock_joins(const struct memblock_region *a, const struct memblock_region *b)
{
	return memblock_region_end(a) == b->base && a->nid == b->nid && a->flags == b->flags;
}

/* ---- memblock.c ---- */

/* An empty type over the array of `size` bytes at `regions`. */
void memblock_reset_type(struct memblock_type *type, const char *name,
			 struct memblock_region *regions, size_t size);

/* ---- memblock_regions.c ---- */

/* Index of the first region that ends above addr; memblock_nr_regions() if there is none. */
unsigned long memblock_first_above(const struct memblock_type *type, phys_addr_t addr);
/* Index of the region that addr lies in; -1: none. */
long memblock_search(const struct memblock_type *type, phys_addr_t addr);

/* Copies the i-th region; false: there is none, the type has fewer. Takes the lock. */
bool memblock_get_region(const struct memblock_type *type, unsigned long i, struct memblock_region *region);

/* The edits, which take the lock. Each makes room first and changes nothing if there is none: 0 or -ENOMEM. */
int memblock_add_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size, int nid,
		       enum memblock_flags flags);
int memblock_remove_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
/* What a change does to the regions in its range. */
struct memblock_edit {
	unsigned int set, clear; /* enum memblock_flags */
	bool set_nid;
	int nid;
};
int memblock_change_range(struct memblock_type *type, phys_addr_t base, phys_addr_t size,
			  const struct memblock_edit *edit);
/*
 * Lets `clip` shrink each region, to size 0 if it is to go. It must neither extend a
 * region nor change its node or flags. Needs no room.
 */
typedef void (*memblock_clip_fn)(struct memblock_region *region, const void *arg);
void memblock_clip_regions(struct memblock_type *type, memblock_clip_fn clip, const void *arg);

/* For the growth alone: the same edits in room that is known to suffice. */
void memblock_put_range(struct memblock_type *type, const struct memblock_region *range);
void memblock_take_range(struct memblock_type *type, phys_addr_t base, phys_addr_t end);

/* An empty type: its placeholder. */
void memblock_set_empty(struct memblock_type *type);

/* ---- memblock_grow.c ---- */

/*
 * Room for `extra` more regions in `type`. The arrays keep clear of [base, end), which
 * the caller is about to edit. 0, or -ENOMEM after a line in the log, with nothing changed.
 */
int memblock_make_room(struct memblock_type *type, unsigned long extra, phys_addr_t base,
		       phys_addr_t end);

/* Bytes of whole pages that an array of `max` regions takes. */
phys_addr_t memblock_array_size(unsigned long max);

/* ---- memblock_alloc.c ---- */

/* What an allocation asks for. end may be MEMBLOCK_ALLOC_ACCESSIBLE or _NOLEAKTRACE. */
struct memblock_request {
	phys_addr_t size, align, start, end;
	int nid;
	bool exact_nid;
};

/*
 * The lowest (bottom-up) or highest (top-down) free range for the request in memory of
 * `nid` with `flags`, as __next_mem_range takes them; 0: none. Reserves nothing.
 */
phys_addr_t memblock_find_free(const struct memblock_request *req, int nid,
			       enum memblock_flags flags);

/* ---- memblock_limits.c ---- */

/* The end of what may be touched by now: current_limit, within the direct map. */
phys_addr_t memblock_mapped_end(void);

/* ---- memblock_dump.c ---- */

/* memblock=debug: one line for a call that changes a range. */
void memblock_trace(const char *call, phys_addr_t base, phys_addr_t size, const void *caller);

/* "[0x...-0x...]", both ends inclusive, for printf: MEMBLOCK_RANGE_ARGS(base, size). */
#define MEMBLOCK_RANGE_FMT "[0x%0*llx-0x%0*llx]"
#define MEMBLOCK_ADDR_DIGITS ((int)(2 * sizeof(phys_addr_t)))
#define MEMBLOCK_RANGE_ARGS(base, size)                                         \
	MEMBLOCK_ADDR_DIGITS, (unsigned long long)(base), MEMBLOCK_ADDR_DIGITS, \
		(unsigned long long)((base) + (size)-1)

#endif
