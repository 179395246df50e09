/* SPDX-License-Identifier: MIT */
/*
 * boot_annotate.c - opens and closes boot memory for error checkers; see boot_annotate.h.
 */
#include "mm/boot/boot_annotate.h"

#if ANNOTATE

#include "mm/boot/memblock_internal.h"

/* So much on either side of an allocation is closed. */
#define GAP ((phys_addr_t)64 << 10)
/* More than that is not closed at once: it would cost an eighth of it. */
#define MOST ((phys_addr_t)1 << 20)

/* What of [*base, *end) the direct map shows, if it is known; false: nothing. */
static bool clip_to_direct_map(phys_addr_t *base, phys_addr_t *end)
{
	const struct quire_geometry *geo = &this_quire()->geo;

	*base = max_of(*base, geo->lowmem_start);
	*end = min_of(*end, geo->lowmem_end);
	/* A process has nothing at its lowest addresses: nobody has said where the map is. */
	return geo->direct_map && *base < *end;
}

/* Calls `annotate` for what of [base, end) is RAM in the direct map. */
static void for_ram(phys_addr_t base, phys_addr_t end,
		    void (*annotate)(const volatile void *at, size_t size))
{
	const struct memblock_type *memory = &memblock.memory;
	unsigned long nr = memblock_nr_regions(memory), i = memblock_first_above(memory, base);

	if (!clip_to_direct_map(&base, &end))
		return;
	for (; i < nr && memory->regions[i].base < end; i++) {
		const struct memblock_region *r = &memory->regions[i];
		phys_addr_t from = max_of(base, r->base);
		phys_addr_t to = min_of(end, memblock_region_end(r));

		if (from < to && !(r->flags & MEMBLOCK_NOMAP))
			annotate(phys_to_virt(from), (size_t)(to - from));
	}
}

/* Is a part of it in use, though nobody has reserved it yet? */
static bool is_to_avoid(phys_addr_t base, phys_addr_t end)
{
	const struct memblock_state *state = memblock_state();
	size_t i;

	for (i = 0; i < state->nr_avoid; i++)
		if (state->avoid[i].base < end &&
		    memblock_range_end(state->avoid[i].base, state->avoid[i].size) > base)
			return true;
	return false;
}

static void close_range(phys_addr_t base, phys_addr_t end)
{
	if (base < end && end - base <= MOST && !is_to_avoid(base, end))
		for_ram(base, end, annotate_noaccess);
}

/* What is free on both sides of the reserved region that has `base`. */
static void close_beside(phys_addr_t base)
{
	const struct memblock_type *reserved = &memblock.reserved;
	unsigned long nr = memblock_nr_regions(reserved), i = memblock_first_above(reserved, base);
	phys_addr_t start, end, low, high;

	if (i == nr)
		return;
	start = reserved->regions[i].base;
	end = memblock_region_end(&reserved->regions[i]);
	low = i ? memblock_region_end(&reserved->regions[i - 1]) : 0;
	high = i + 1 < nr ? reserved->regions[i + 1].base : PHYS_ADDR_MAX;
	close_range(start - min_of(start - low, GAP), start);
	close_range(end, end + min_of(high - end, GAP));
}

void boot_annotate_alloc(phys_addr_t base, phys_addr_t size)
{
	for_ram(base, base + size, annotate_undefined);
	close_beside(base);
}

void boot_annotate_reserve(phys_addr_t base, phys_addr_t size)
{
	for_ram(base, memblock_range_end(base, size), annotate_defined);
}

void boot_annotate_free(phys_addr_t base, phys_addr_t size)
{
	/* Later it is a mere entry of a list that is free: who has the memory is another's to say. */
	if (this_quire()->phase <= PHASE_BOOTMEM)
		close_range(base, memblock_range_end(base, size));
}

#endif
