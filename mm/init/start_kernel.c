/* SPDX-License-Identifier: MIT */
/*
 * start_kernel.c - the order in which a machine's memory comes up, as one function.
 *
 * The steps are Linux's, in start_kernel's order. Memory is taken in three phases, each
 * of which closes the door of the one before:
 *
 *   memblock ---------------> [bootmem, if the machine chose it] ------> page allocator
 *   setup_arch                 from the end of setup_arch                 from mem_init
 *
 * A step whose layer this build does not have says so. The first step that fails stops
 * the boot, and everything is forgotten: there is no half-built machine.
 */
#include <quire/quire.h>

#include "mm/init/internal.h"
#include "mm/kvirt/internal.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/page_watch.h"
#include "mm/slab/internal.h"

/* ---- the steps between those of mm/init and mm/page ---- */

static int step_mm_init_cpumask(const struct quire_machine *machine)
{
	(void)machine;
	pr_info("mm_init_cpumask: %u CPU%s, no address space yet", quire_nr_cpus(),
		quire_nr_cpus() == 1 ? "" : "s");
	return 0;
}

static int step_build_all_zonelists(const struct quire_machine *machine)
{
	(void)machine;
	build_all_zonelists();
	return 0;
}

static int step_mem_init(const struct quire_machine *machine)
{
	int err = mem_init();

	return err ? err : print_virtual_layout(machine);
}

static int step_setup_per_cpu_pageset(const struct quire_machine *machine)
{
	(void)machine;
	cma_init_reserved_areas();
	setup_per_cpu_pageset();
	init_per_zone_wmark_min();
	pr_info("setup_per_cpu_pageset: min_free_kbytes %lu, %lu pages kept in reserve",
		this_quire()->page.min_free_kbytes, this_quire()->page.totalreserve_pages);
	return 0;
}

/* The engine that the machine names links the layer: start_kernel knows it from there. */
static int step_kmem_cache_init(const struct quire_machine *machine)
{
	if (machine->objects.engine)
		return machine->objects.engine->init(&machine->objects);
	pr_info("kmem_cache_init: this machine has no objects");
	return 0;
}

static int step_kmem_cache_init_late(const struct quire_machine *machine)
{
	return machine->objects.engine ? machine->objects.engine->init_late(&machine->objects) : 0;
}

#if CONFIG_MMU
static int step_vmalloc_init(const struct quire_machine *machine)
{
	if (machine->kvirt.layer)
		return machine->kvirt.layer->vmalloc_init();
	pr_info("vmalloc_init: this machine has no kernel page table");
	return 0;
}
#else
#define step_vmalloc_init NULL
#endif

#if CONFIG_KMEMLEAK
static int step_kmemleak_init(const struct quire_machine *machine)
{
	if (machine->leaks.layer)
		return machine->leaks.layer->init(machine);
	pr_info("kmemleak_init: this machine has no leak detection");
	return 0;
}
#else
#define step_kmemleak_init NULL
#endif

static const struct boot_step {
	const char *name;
	int (*run)(const struct quire_machine *machine); /* NULL: its layer is not in this build */
	const char *layer;
} boot_steps[] = {
	{ "setup_arch", setup_arch, NULL },
	{ "mm_init_cpumask", step_mm_init_cpumask, NULL },
	{ "setup_per_cpu_areas", setup_per_cpu_areas, NULL },
	{ "build_all_zonelists", step_build_all_zonelists, NULL },
	{ "page_owner_init", page_owner_init, NULL },
	{ "mem_init", step_mem_init, NULL },
	{ "kmem_cache_init", step_kmem_cache_init, NULL },
	{ "vmalloc_init", step_vmalloc_init, "kernel virtual memory" },
	{ "kmem_cache_init_late", step_kmem_cache_init_late, NULL },
	{ "kmemleak_init", step_kmemleak_init, "leak detection" },
	{ "setup_per_cpu_pageset", step_setup_per_cpu_pageset, NULL },
	{ NULL, NULL, NULL },
};

/* ---- the whole ---- */

void quire_reset(void)
{
	struct quire *q = this_quire();
	struct fault_state fault = q->fault;
	struct log_state log = q->log;

	memset(q, 0, sizeof(*q));
	q->fault = fault;
	q->log = log;
	/* What memblock needs before quire_boot has seen a machine. */
	q->geo.page_shift = CONFIG_PAGE_SHIFT;
	q->geo.max_order = CONFIG_MAX_ORDER;
	q->geo.nr_cpus = 1;
	q->geo.phys_end = PHYS_ADDR_MAX;
	q->geo.lowmem_end = PHYS_ADDR_MAX;
	memblock_reset(&q->memblock_part);
}

static int run_step(const struct boot_step *step, const struct quire_machine *machine)
{
	int err;

	if (!step->run) {
		pr_info("%s: no %s in this build", step->name, step->layer);
		return 0;
	}
	err = step->run(machine);
	if (err)
		pr_err("boot stopped in %s: %s", step->name,
		       err == -ENOMEM ? "not enough memory" : "the machine cannot be set up");
	return err;
}

int quire_boot(const struct quire_machine *machine)
{
	const struct boot_step *step;
	char why[256];
	int err;

	if (this_quire()->phase != PHASE_NONE) {
		pr_err("quire_boot: a machine is up already: call quire_reset first");
		return -EBUSY;
	}
	if (quire_check_machine(machine, why, sizeof(why))) {
		pr_err("%s", why);
		return -EINVAL;
	}
	/* A kernel may have fed memblock already; a new struct quire knows nothing. */
	if (!memblock.memory.regions)
		quire_reset();
	pr_info("Quire " QUIRE_VERSION ": %s", machine->name ? machine->name : "a machine");
	for (step = boot_steps; step->name; step++) {
		err = run_step(step, machine);
		if (err) {
			quire_reset();
			return err;
		}
	}
	return 0;
}
