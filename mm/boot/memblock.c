/* SPDX-License-Identifier: MIT */
/*
 * memblock.c - memory before there is an allocator: which RAM there is, what of it is
 * taken, and by subtraction what is free.
 *
 * The problem
 *	Before the page allocator can run, somebody must say where RAM is and which parts
 *	the firmware, the kernel's image and the first data structures occupy, and must
 *	hand out memory for the page structures themselves. Nothing exists yet to hold that
 *	knowledge but what was linked into the image.
 *
 * The structure
 *	Two sorted arrays of disjoint ranges, `memory` and `reserved`. Nothing else is
 *	stored; free memory is what one walk over both finds:
 *
 *	memory    [======== node 0 ========][===== node 1 =====]      [== nomap ==]
 *	reserved     [####]      [#] [#####]     [##########]
 *	free      [==]    [======] [=]      [====]          [==]
 *	          ^ address 0: the first page is never handed out
 *
 *	Neighbours that touch and have the same node and flags are one region, so the
 *	arrays stay as short as the map allows. A third type, `physmem`, keeps the RAM that
 *	is really there when a limit has cut `memory`.
 *
 * Why this one
 *	A boot has tens of regions, rarely thousands, and a few hundred calls. An array
 *	that starts in the image needs no allocator below it, can be searched by bisection,
 *	is read by the reports as it stands, and is copied in one go when it grows. A tree
 *	would need nodes, and nodes an allocator.
 *
 * What it costs
 *	A question is a bisection, O(log n). An edit moves the regions behind it, O(n). An
 *	allocation walks both arrays from the end where it allocates, O(n) at worst.
 *
 * Edits: validate, reserve, commit
 *	Each edit first counts how many regions it will add at its peak, makes room for
 *	them (memblock_grow.c), and only then touches the array. A failure changes nothing.
 *
 * Where this is not exactly Linux
 *	- Arrays also grow before memblock_allow_resize(), once the boot code has said in
 *	  memblock_state.avoid what is occupied but not reserved yet.
 *	- memblock_trim_memory() keeps total_size right.
 *	- The iterators skip empty ranges: Linux shows one for an empty type, and between
 *	  reserved regions that touch.
 *	- Regions whose node nobody has said have NUMA_NO_NODE, in 6.1 too.
 *	- An allocation of size 0, or aligned to no power of two, or after the memblock
 *	  phase, is refused with a warning. One that returns an address in the direct map
 *	  never exceeds it, whatever current_limit says.
 *	- MEMBLOCK_MIRROR needs no kernelcore=mirror: marked memory is preferred at once.
 *
 * The files
 *	memblock.c          the types, and the doors to add and remove
 *	memblock_regions.c  edits of one array
 *	memblock_grow.c     larger arrays
 *	memblock_flags.c    nodes and flags
 *	memblock_limits.c   trimming, limits
 *	memblock_query.c    questions
 *	memblock_iter.c     the walks
 *	memblock_alloc.c    search and allocation
 *	memblock_dump.c     the log, and memblock_validate
 *
 * Locks: none while one CPU boots. On a machine that memory may come to, memblock lives on, and CPUs ask
 * while others add and remove: from the end of the boot on each edit and each question takes
 * state.lock for itself, and the walks for each of their steps. It is the innermost lock: nothing
 * but the log is called with it. Arrays do not grow any more by then. Whoever reads the arrays
 * by himself (for_each_mem_region, memblock.memory.cnt) keeps memory from coming and going meanwhile.
 */
#include <quire/kmemleak.h>

#include "mm/boot/boot_annotate.h"
#include "mm/boot/memblock_internal.h"
#include "mm/lib/string.h"

void memblock_reset_type(struct memblock_type *type, const char *name,
			 struct memblock_region *regions, size_t size)
{
	type->regions = regions;
	type->max = size / sizeof(*regions);
	type->name = (char *)name; /* Linux's field is not const; nobody writes to it */
	memblock_set_empty(type);
}

void memblock_reset(struct memblock_state *state)
{
	memset(state, 0, sizeof(*state));
	memblock_reset_type(&state->blocks.memory, "memory", state->memory_init_regions,
			    sizeof(state->memory_init_regions));
	memblock_reset_type(&state->blocks.reserved, "reserved", state->reserved_init_regions,
			    sizeof(state->reserved_init_regions));
	memblock_reset_type(&state->physmem, "physmem", state->physmem_init_regions,
			    sizeof(state->physmem_init_regions));
	state->blocks.current_limit = MEMBLOCK_ALLOC_ANYWHERE;
}

struct memblock_type *memblock_physmem(void)
{
	return &memblock_state()->physmem;
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	memblock_trace("memblock_add", base, size, __builtin_return_address(0));
	return memblock_add_range(&memblock.memory, base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
}

/* RAM that is known already stays as it is: worth a word if the caller wants it otherwise. */
static void warn_of_conflict(phys_addr_t base, phys_addr_t end, int nid, enum memblock_flags flags,
			     const void *caller)
{
	const struct memblock_type *type = &memblock.memory;
	unsigned long nr = memblock_nr_regions(type), i = memblock_first_above(type, base);

	for (; i < nr && type->regions[i].base < end; i++) {
		const struct memblock_region *old = &type->regions[i];

		if ((nid == NUMA_NO_NODE || nid == old->nid) && (!flags || flags == old->flags))
			continue;
		quire_warn(caller,
			   "memblock: memory " MEMBLOCK_RANGE_FMT
			   " stays on node %d with flags 0x%x, not node %d with 0x%x",
			   MEMBLOCK_RANGE_ARGS(old->base, old->size), old->nid,
			   (unsigned int)old->flags, nid, (unsigned int)flags);
	}
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
	unsigned long irq = memblock_lock();

	warn_of_conflict(base, memblock_range_end(base, size), memblock_known_nid(nid), flags,
			 __builtin_return_address(0));
	memblock_unlock(irq);
	memblock_trace("memblock_add_node", base, size, __builtin_return_address(0));
	return memblock_add_range(&memblock.memory, base, size, nid, flags);
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	memblock_trace("memblock_remove", base, size, __builtin_return_address(0));
	return memblock_remove_range(&memblock.memory, base, size);
}

int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	int err;

	memblock_trace("memblock_reserve", base, size, __builtin_return_address(0));
	err = memblock_add_range(&memblock.reserved, base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
	if (!err)
		boot_annotate_reserve(base, size);
	return err;
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	int err;

	memblock_trace("memblock_phys_free", base, size, __builtin_return_address(0));
	kmemleak_free_part_phys(base, size);
	err = memblock_remove_range(&memblock.reserved, base, size);
	if (!err)
		boot_annotate_free(base, size);
	return err;
}

void memblock_free(void *ptr, size_t size)
{
	if (ptr)
		memblock_phys_free(virt_to_phys(ptr), size);
}

int memblock_physmem_add(phys_addr_t base, phys_addr_t size)
{
	memblock_trace("memblock_physmem_add", base, size, __builtin_return_address(0));
	return memblock_add_range(memblock_physmem(), base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
}
