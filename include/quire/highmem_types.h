/* SPDX-License-Identifier: MIT */
/*
 * highmem_types.h - the data of kmap and kmap_local. The calls are in <quire/highmem.h>.
 */
#ifndef QUIRE_HIGHMEM_TYPES_H
#define QUIRE_HIGHMEM_TYPES_H

#include <quire/types.h>

/*
 * Are there windows onto highmem? Without highmem, all pages are in the direct map and
 * every kmap() is page_address(); without page tables nothing can be mapped.
 */
#define QUIRE_KMAP (CONFIG_MMU && CONFIG_HIGHMEM)

/* How many pages a CPU may have mapped by kmap_local at once. */
#define KM_MAX_IDX 16

#if CONFIG_MMU

struct page;

/* One page of kmap()'s window. */
struct pkmap_slot {
	struct page *page;  /* that the entry maps; NULL: the entry is clear */
	unsigned int count; /* 0 free, 1 no user but not flushed, n: n - 1 users */
	unsigned int next;  /* in the chain of its hash bucket: slot number + 1; 0: the end */
};

/* A CPU's stack of kmap_local slots. Only that CPU changes it. */
struct kmap_cpu {
#if CONFIG_SMP
	_Alignas(64)
#endif
	unsigned int depth;	/* slots in use */
	uintptr_t first;	/* address of slot 0; the others are below it, page by page */
	void *pte[KM_MAX_IDX];	/* the page table entry of each slot */
};

struct highmem_state {
	bool is_up; /* all below is in place */
#if QUIRE_KMAP
	spinlock_t lock; /* kmap()'s: slots, buckets, last_nr, waiters, wakeups */

	struct pkmap_slot *slots; /* LAST_PKMAP of them; NULL: there is no window */
	unsigned int *buckets;	  /* from a page to its slot: slot number + 1; 0: empty */
	unsigned int bucket_bits;
	unsigned int last_nr; /* the slot that was handed out last */
	unsigned int waiters; /* threads in kmap() that found no slot */
	unsigned int wakeups; /* the word that they sleep on: changed for each of them */
	unsigned long flushes;
	void **pkmap_tables; /* of level 0: that which maps slot 0, and those behind it */
#if CONFIG_KERNEL_WINDOW
	u64 pkmap_va; /* what the MMU calls PKMAP_BASE */
#endif

	struct kmap_cpu *cpu; /* by CPU; NULL: the fixmap has no room for kmap_local */

	u64 kernel_leaf; /* an entry with the protections PAGE_KERNEL, and no address */
#endif
};

#endif
#endif
