/* SPDX-License-Identifier: MIT */
/*
 * percpu_setup.c - the boot's step: how large a unit is, and the first chunk with the copies
 * of the static variables. percpu.c says what units and chunks are.
 *
 * A machine without static variables takes nothing here: its first chunk is made when
 * somebody asks for one.
 */
#include "mm/kvirt/internal.h"
#include "mm/kvirt/percpu_internal.h"

#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

/* Without static variables a unit takes at most this part of each CPU's share of the RAM. */
#define SHARE_OF_RAM 128

/*
 * Where there are no static variables, the pointers of CPU 0's copies lie in the other half
 * of the address space: who takes one for an address finds out at once.
 */
#define DELTA_WITHOUT_TEMPLATE (CONFIG_SMP ? (uintptr_t)1 << (8 * sizeof(uintptr_t) - 1) : 0)

size_t percpu_choose_unit_size(size_t nr_static)
{
	size_t most = (SIZE_MAX / 2 / quire_nr_cpus()) & PAGE_MASK, pages;

	if (nr_static)
		return nr_static > most || most - nr_static < PERCPU_DYNAMIC_RESERVE
			       ? 0
			       : ALIGN_UP(nr_static + PERCPU_DYNAMIC_RESERVE, PAGE_SIZE);
	pages = PFN_DOWN(memblock_phys_mem_size()) / SHARE_OF_RAM / quire_nr_cpus();
	pages = min_of(pages, (size_t)PFN_UP(PERCPU_MIN_UNIT_SIZE));
	return max_of(pages, (size_t)1) << PAGE_SHIFT;
}

static bool cpus_are_on_several_nodes(void)
{
	const int *node = this_quire()->page.cpu_node;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (node[cpu] != node[0])
			return true;
	return false;
}

void percpu_set_up(size_t unit_size)
{
	struct percpu_state *ps = &this_quire()->percpu;
	unsigned int slot;

	for (slot = 0; slot < PERCPU_SLOTS; slot++)
		INIT_LIST_HEAD(&ps->slots[slot]);
	ps->unit_size = unit_size;
	ps->unit_pages = (unsigned int)(unit_size >> PAGE_SHIFT);
	ps->delta = DELTA_WITHOUT_TEMPLATE;
	ps->spans_nodes = cpus_are_on_several_nodes();
	ps->is_up = true;
}

void percpu_chunk_make_first(struct percpu_chunk *chunk, const void *template, size_t nr_static)
{
	struct percpu_state *ps = &this_quire()->percpu;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		annotate_undefined(chunk->base + cpu * ps->unit_size, nr_static);
		memcpy(chunk->base + cpu * ps->unit_size, template, nr_static);
	}
	ps->static_start = (uintptr_t)chunk->base;
	ps->static_size = nr_static;
	ps->delta = (uintptr_t)chunk->base - (uintptr_t)template;
	percpu_map_set_static(chunk, nr_static);
	chunk->backing = PERCPU_BOOT;
	percpu_chunk_insert(chunk);
}

#if CONFIG_SMP
static int embed_first_chunk(const void *template, size_t nr_static)
{
	struct percpu_state *ps = &this_quire()->percpu;
	void *map = boot_alloc_raw(percpu_chunk_bytes(false), sizeof(u64), NUMA_NO_NODE,
				   "the map of the per-CPU areas");
	char *base = map ? boot_alloc_raw(percpu_chunk_size(), PAGE_SIZE,
					  this_quire()->page.cpu_node[0], "per-CPU areas")
			 : NULL;
	struct percpu_chunk *chunk;

	if (!base)
		return -ENOMEM;
	chunk = percpu_chunk_init(map, false);
	percpu_chunk_place(chunk, base, PERCPU_BOOT);
	annotate_noaccess(base, percpu_chunk_size());
	percpu_chunk_make_first(chunk, template, nr_static);
	pr_info("percpu: Embedded %u pages/cpu s%zu r0 d%zu u%zu", ps->unit_pages, nr_static,
		ps->unit_size - nr_static, ps->unit_size);
	return 0;
}

/*
 * Where each CPU's copies are to lie on its own node, the vmalloc window is needed: it opens
 * once there are pages, and until then the template is every CPU's copy. But a machine as
 * dumped gives nothing of its RAM to the boot.
 */
static bool must_wait_for_window(const struct quire_machine *machine)
{
#if CONFIG_MMU
	return machine->kvirt.layer && machine->kvirt.vmalloc_start < machine->kvirt.vmalloc_end &&
	       !(machine->flags & MACHINE_AS_DUMPED) && cpus_are_on_several_nodes();
#else
	(void)machine;
	return false;
#endif
}

static int set_up_with_template(const struct quire_machine *machine, size_t nr_static)
{
	size_t unit_size = percpu_choose_unit_size(nr_static);

	if (!unit_size) {
		pr_err("setup_per_cpu_areas: %zu bytes for each of %u CPUs are beyond any address",
		       nr_static, quire_nr_cpus());
		return -EINVAL;
	}
	if (must_wait_for_window(machine))
		return 0;
	percpu_set_up(unit_size);
	return embed_first_chunk(machine->percpu_start, nr_static);
}
#else
/* The one copy is the template itself. */
static int set_up_with_template(const struct quire_machine *machine, size_t nr_static)
{
	(void)machine;
	(void)nr_static;
	percpu_set_up(percpu_choose_unit_size(0));
	return 0;
}
#endif

int setup_per_cpu_areas(const struct quire_machine *machine)
{
	struct percpu_state *ps = &this_quire()->percpu;
	uintptr_t start = (uintptr_t)machine->percpu_start, end = (uintptr_t)machine->percpu_end;
	unsigned int cpus = quire_nr_cpus();

	if (end < start) {
		pr_err("setup_per_cpu_areas: the template ends (%p) before it begins (%p)",
		       machine->percpu_end, machine->percpu_start);
		return -EINVAL;
	}
	if (start == end) {
		percpu_set_up(percpu_choose_unit_size(0));
		pr_info("setup_per_cpu_areas: %u CPU%s, no static per-CPU data to copy", cpus,
			cpus == 1 ? "" : "s");
		return 0;
	}
	ps->static_start = start;
	ps->static_size = end - start;
	pr_info("setup_per_cpu_areas: %u CPU%s, %zu bytes of static per-CPU data%s", cpus,
		cpus == 1 ? "" : "s", ps->static_size, CONFIG_SMP ? " each" : " in place");
	return set_up_with_template(machine, ps->static_size);
}
