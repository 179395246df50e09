/* SPDX-License-Identifier: MIT */
/*
 * kvirt_types.h - the data of mm/kvirt: the kernel's own page table, and what it maps.
 * The calls are in <quire/kvirt.h>, <quire/vmalloc.h>, <quire/highmem.h> and
 * <quire/percpu.h>.
 */
#ifndef QUIRE_KVIRT_TYPES_H
#define QUIRE_KVIRT_TYPES_H

#include <quire/highmem_types.h>
#include <quire/machine.h>
#include <quire/percpu_types.h>
#include <quire/pgtable_types.h>
#include <quire/vmalloc_types.h>

#if CONFIG_MMU
/*
 * Lock order: a lock of vmalloc or highmem, then table_lock, then the page allocator's.
 */
struct kvirt_state {
	struct machine_kvirt layout; /* as the machine gave it; format NULL: there is no table */
	struct pgtable table;	     /* the kernel's: init_mm.pgd. root 0: not made yet */
	spinlock_t table_lock;	     /* for every change of `table` */
	struct vmalloc_state vmalloc;
	struct highmem_state highmem;
};
#endif

#endif
