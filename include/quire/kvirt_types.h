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
struct kmem_cache;

/* Guarded objects: <quire/kfence.h>. */
enum kfence_object_state { KFENCE_OBJECT_UNUSED, KFENCE_OBJECT_ALLOCATED, KFENCE_OBJECT_FREED };
struct kfence_object {
	enum kfence_object_state state;
	bool is_open; /* it was reported: its page, or the guard behind it, may be touched */
	uintptr_t addr; /* of the object, in its page */
	size_t size;
	struct kmem_cache *cache;
	const void *alloc_caller, *free_caller;
	struct kfence_object *next; /* of those that are free: the one that was used longest ago is first */
};
struct kfence_state {
	spinlock_t lock;
	unsigned long interval; /* see kfence_set_interval; 0: never */
	unsigned long requests;
	uintptr_t pool;		/* its first page; 0: there is none */
	size_t pool_bytes;
	unsigned int nr_objects;
	struct kfence_object *objects;
	struct kfence_object *free, *free_tail;
	unsigned int nr_in_use;
	unsigned long nr_sampled, nr_freed, nr_bugs, nr_skipped;
};

/*
 * Lock order: a lock of vmalloc or highmem, then table_lock, then the page allocator's.
 */
struct kvirt_state {
	struct machine_kvirt layout; /* as the machine gave it; format NULL: there is no table */
	struct pgtable table;	     /* the kernel's: init_mm.pgd. root 0: not made yet */
	spinlock_t table_lock;	     /* for every change of `table` */
	struct vmalloc_state vmalloc;
	struct highmem_state highmem;
	struct kfence_state kfence;
};
#endif

#endif
