/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_types.h - the data of the vmalloc window. The calls are in <quire/vmalloc.h>.
 */
#ifndef QUIRE_VMALLOC_TYPES_H
#define QUIRE_VMALLOC_TYPES_H

#include <quire/rbtree_types.h>
#include <quire/types.h>

/* What an area is: vm_struct.flags. The numbers are Linux's. */
#define VM_IOREMAP 0x1UL	   /* ioremap(): a device's registers */
#define VM_ALLOC 0x2UL		   /* vmalloc(): pages of its own */
#define VM_MAP 0x4UL		   /* vmap(): pages of the caller's */
#define VM_USERMAP 0x8UL	   /* cleared, and fit to be mapped into user space */
#define VM_MAP_PUT_PAGES 0x200UL   /* vfree() drops a reference of each page */
#define VM_ALLOW_HUGE_VMAP 0x400UL /* large pages where they fit */

/* An area of the vmalloc window, as its owner sees it. Only the library writes it. */
struct vm_struct {
	void *addr;
	unsigned long size; /* bytes, the guard page behind the area included */
	unsigned long flags;
	unsigned int page_order; /* log2 of the pages in the large pages it may have; 0: none */
	unsigned int nr_pages;	 /* that vfree() gives back */
	phys_addr_t phys_addr;	 /* ioremap: of addr; else 0 */
	const void *caller;
};

enum vmap_state {
	VMAP_FREE,  /* a gap: in free_root */
	VMAP_NEW,   /* being mapped: in taken_root, as all that follow */
	VMAP_BUSY,  /* in use */
	VMAP_DYING, /* being unmapped */
	VMAP_LAZY,  /* unmapped, but TLBs may remember it: on purge_list, or being purged */
};

/*
 * A piece of the window: an area, or a gap between areas. Its range is [vm.addr, vm.addr +
 * vm.size); all pieces together are the window.
 */
struct vmap_area {
	struct vm_struct vm;
	struct rb_node rb_node; /* free_root or taken_root, by address */
	union {
		uintptr_t largest_gap; /* a gap: the largest in its subtree of free_root, bytes */
		phys_addr_t highest_last; /* ioremap: the highest last byte in that of phys_root */
	};
	struct rb_node phys_node; /* ioremap: phys_root, by physical address */
	struct vmap_area *next;	  /* purge_list, or the pool's list of unused ones */
	unsigned int state;	  /* enum vmap_state */
	unsigned char cache;	  /* ioremap: enum pt_cache, as the format has it */
	bool is_in_phys_root;
	bool is_bare; /* get_vm_area: addresses alone, mapped by the caller or not at all */
};

#define VMAP_NR_CACHES 4 /* the values of enum pt_cache */

/* struct vmap_area by the page: the window's allocator cannot stand on kmalloc. */
struct vmap_pool_page;
struct vmap_pool {
	struct vmap_pool_page *partial; /* pages with unused nodes */
	unsigned long nr_unused, nr_used, nr_pages;
};

struct vmalloc_state {
	uintptr_t start, end;	/* the window; equal: there is none */
	uintptr_t va_offset;	/* from a pointer to the machine's address (modulo a pointer) */
	unsigned long lazy_max; /* at so many lazy pages the TLBs are flushed */

	spinlock_t lock;	   /* for all that follows, but nr_pages */
	struct rb_root free_root;  /* gaps, with the largest below */
	struct rb_root taken_root; /* all that is no gap */
	/* ioremap areas until they are purged, by cache type. */
	struct rb_root phys_root[VMAP_NR_CACHES];
	struct vmap_area *purge_list;
	uintptr_t purge_start, purge_end; /* around all that is on it */
	unsigned long lazy_pages;	  /* of addresses, on it */
	bool is_purging;
	struct vmap_pool pool;

	unsigned long nr_pages; /* of memory, in VM_ALLOC areas; changed with atomic.h */
};

#endif
