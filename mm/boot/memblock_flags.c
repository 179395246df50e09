/* SPDX-License-Identifier: MIT */
/*
 * memblock_flags.c - what is special about a range: its flags and its node.
 *
 * A change splits the regions at its ends where that makes a difference, and merges what
 * has become alike:
 *
 *	before	[============ 0 ============]
 *	mark	        <---- nomap --->
 *	after	[== 0 ==][== 0 nomap ==][ 0 ]
 *	clear	        <-------------->
 *	after	[============ 0 ============]
 */
#include "mm/boot/memblock_internal.h"

static int set_flag(phys_addr_t base, phys_addr_t size, enum memblock_flags flag)
{
	const struct memblock_edit edit = { .set = flag };

	return memblock_change_range(&memblock.memory, base, size, &edit);
}

static int clear_flag(phys_addr_t base, phys_addr_t size, enum memblock_flags flag)
{
	const struct memblock_edit edit = { .clear = flag };

	return memblock_change_range(&memblock.memory, base, size, &edit);
}

int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
{
	return set_flag(base, size, MEMBLOCK_HOTPLUG);
}

int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
{
	return clear_flag(base, size, MEMBLOCK_HOTPLUG);
}

int memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
{
	int err = set_flag(base, size, MEMBLOCK_MIRROR);

	if (!err)
		memblock_state()->has_mirror = true;
	return err;
}

int memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
{
	return set_flag(base, size, MEMBLOCK_NOMAP);
}

int memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
{
	return clear_flag(base, size, MEMBLOCK_NOMAP);
}

int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size)
{
	const struct memblock_edit edit = { .set = MEMBLOCK_RSRV_NOINIT };

	return memblock_change_range(&memblock.reserved, base, size, &edit);
}

bool memblock_has_mirror(void)
{
	return memblock_state()->has_mirror;
}

int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid)
{
	const struct memblock_edit edit = { .set_nid = true, .nid = nid };

	return memblock_change_range(type, base, size, &edit);
}
