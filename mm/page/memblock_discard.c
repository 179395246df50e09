/* SPDX-License-Identifier: MIT */
/*
 * memblock_discard.c - the end of memblock: arrays that grew go to the page allocator.
 *
 * It stands in mm/page, as all of the hand-over does: it needs both layers.
 */
#include "mm/boot/memblock_internal.h"

/* Back to the array inside the state, which `size` bytes at `first` are, and empty. */
static void discard_type(struct memblock_type *type, struct memblock_region *first, size_t size,
			 bool *from_alloc)
{
	phys_addr_t base = *from_alloc ? virt_to_phys(type->regions) : 0;
	phys_addr_t bytes = *from_alloc ? memblock_array_size(type->max) : 0;
	unsigned long irq = memblock_lock();

	memblock_reset_type(type, type->name, first, size);
	*from_alloc = false;
	memblock_unlock(irq);
	if (bytes)
		memblock_free_late(base, bytes);
}

void memblock_discard(void)
{
	struct memblock_state *state = memblock_state();

	if (WARN(this_quire()->phase != PHASE_BUDDY,
		 "memblock_discard: the page allocator is not up"))
		return;
	discard_type(&state->physmem, state->physmem_init_regions,
		     sizeof(state->physmem_init_regions), &state->physmem_from_alloc);
	discard_type(&memblock.memory, state->memory_init_regions,
		     sizeof(state->memory_init_regions), &state->memory_from_alloc);
	discard_type(&memblock.reserved, state->reserved_init_regions,
		     sizeof(state->reserved_init_regions), &state->reserved_from_alloc);
}
