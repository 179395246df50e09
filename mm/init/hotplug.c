/* SPDX-License-Identifier: MIT */
/*
 * hotplug.c - what the layers above the page allocator do when memory comes or goes. The page
 * allocator, which must not know them, reaches them through struct hotplug_hooks.
 */
#include <quire/quire.h>

#include "mm/init/internal.h"
#include "mm/kvirt/internal.h"
#include "mm/proc/internal.h"

#if CONFIG_MMU
static const struct kvirt_layer *kvirt_layer(void)
{
	return this_quire()->kvirt.layout.layer;
}

static int map_ram(phys_addr_t start, phys_addr_t size)
{
	return kvirt_layer() ? kvirt_layer()->map_ram(start, size) : 0;
}
static int unmap_ram(phys_addr_t start, phys_addr_t size)
{
	return kvirt_layer() ? kvirt_layer()->unmap_ram(start, size) : 0;
}
#else
static int map_ram(phys_addr_t start, phys_addr_t size)
{
	(void)start;
	(void)size;
	return 0;
}
#define unmap_ram map_ram
#endif

static int memory_comes(phys_addr_t start, phys_addr_t size)
{
	int err = iomem_add_ram(start, size);

	if (err)
		return err;
	err = map_ram(start, size);
	if (err)
		iomem_remove_ram(start, size);
	return err;
}

static int memory_goes(phys_addr_t start, phys_addr_t size)
{
	int err = unmap_ram(start, size);

	if (!err)
		iomem_remove_ram(start, size);
	return err;
}

static const struct hotplug_hooks hooks = { memory_comes, memory_goes };

void hotplug_set_hooks(const struct quire_machine *machine)
{
	if (machine->nr_hotplug)
		this_quire()->page.hotplug.hooks = &hooks;
}
