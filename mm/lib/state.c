/* SPDX-License-Identifier: MIT */
/*
 * state.c - the one variable of the library: the state, or the pointer to it.
 */
#include <quire/state.h>

#if CONFIG_SINGLE

/*
 * A kernel feeds memblock from its first instructions on, long before quire_boot() or
 * quire_reset(): what memblock_reset() would set up is here from the beginning. An empty
 * type holds one region of size 0.
 */
#define EMPTY_TYPE(type_name, array)                                  \
	{                                                             \
		.cnt = 1,                                             \
		.max = sizeof(quire_instance.memblock_part.array) /   \
		       sizeof(quire_instance.memblock_part.array[0]), \
		.regions = quire_instance.memblock_part.array,        \
		.name = (char *)(uintptr_t)(type_name),               \
	}

#define EMPTY_REGION { .nid = NUMA_NO_NODE }

struct quire quire_instance = {
	.geo = {
		.page_shift = CONFIG_PAGE_SHIFT,
		.max_order = CONFIG_MAX_ORDER,
		.nr_cpus = 1,
	},
	.memblock_part = {
		.blocks = {
			.current_limit = PHYS_ADDR_MAX,
			.memory = EMPTY_TYPE("memory", memory_init_regions),
			.reserved = EMPTY_TYPE("reserved", reserved_init_regions),
		},
		.physmem = EMPTY_TYPE("physmem", physmem_init_regions),
		.memory_init_regions = { EMPTY_REGION },
		.reserved_init_regions = { EMPTY_REGION },
		.physmem_init_regions = { EMPTY_REGION },
	},
};

#else

QUIRE_PER_THREAD struct quire *quire_current;

struct quire *quire_select(struct quire *q)
{
	struct quire *before = quire_current;

	quire_current = q;
	return before;
}

#endif
