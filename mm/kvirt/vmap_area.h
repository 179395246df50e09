/* SPDX-License-Identifier: MIT */
/*
 * vmap_area.h - the addresses of the vmalloc window: who has which. Shared by the files of
 * vmalloc and by the report vmallocinfo.
 */
#ifndef MM_KVIRT_VMAP_AREA_H
#define MM_KVIRT_VMAP_AREA_H

#include <quire/vmalloc.h>

#include "mm/lib/rbtree.h"

#if CONFIG_MMU

static inline struct vmalloc_state *vmalloc_state(void)
{
	return &this_quire()->kvirt.vmalloc;
}
static inline uintptr_t vmap_start(const struct vmap_area *va)
{
	return (uintptr_t)va->vm.addr;
}
static inline uintptr_t vmap_end(const struct vmap_area *va)
{
	return (uintptr_t)va->vm.addr + va->vm.size;
}
/* Bytes of the area itself, without the guard page. */
static inline unsigned long vmap_usable(const struct vmap_area *va)
{
	return va->vm.size - PAGE_SIZE;
}
static inline struct vmap_area *vmap_of(struct vm_struct *vm)
{
	return list_container(vm, struct vmap_area, vm);
}
/* The owner changes the state of an area that is new; others read it under the lock. */
static inline enum vmap_state vmap_state(const struct vmap_area *va)
{
	return (enum vmap_state)load_relaxed(va->state);
}

/* ---- the trees: vmap_area.c. With the lock held ---- */

/* An area to be: its size (whole pages, guard page included) and where it may lie. */
struct vmap_request {
	unsigned long size;
	unsigned long align; /* a power of two, PAGE_SIZE at least */
	uintptr_t offset;    /* (address + offset) is to be a multiple of align */
};
/*
 * Takes the lowest gap that fits. Two unused nodes must be in the pool, and a third before
 * the first area of all. The node is VMAP_NEW, and its vm but for address and size is
 * zero. NULL: no gap is large enough.
 */
struct vmap_area *vmap_take_locked(const struct vmap_request *request);
/* Makes the area a gap again, merged with those beside it. `va` is then no longer there. */
void vmap_give_back_locked(struct vmap_area *va);
/* The area, live or dying, that holds the address; NULL: it is in a gap or no window. */
struct vmap_area *vmap_find_locked(uintptr_t addr);
/* The first area that ends above the address; NULL: none. */
struct vmap_area *vmap_find_from_locked(uintptr_t addr);

/* ---- ioremap areas by physical address: vmap_area_phys.c. With the lock held ---- */

/* An area, not purged yet, that maps a part of [phys, last] with another type than `cache`. */
struct vmap_area *vmap_phys_conflict_locked(phys_addr_t phys, phys_addr_t last, unsigned int cache);
void vmap_phys_insert_locked(struct vmap_area *va);
void vmap_phys_erase_locked(struct vmap_area *va);
/* Are the trees sound, with so many areas in all? */
bool vmap_phys_are_valid_locked(long count);

/* ---- nodes: vmap_area_pool.c ---- */

/*
 * Takes the lock, with `nodes` unused nodes in the pool. False if there is no memory for
 * them: the lock is not held then.
 */
bool vmap_lock_with_nodes(unsigned long nodes, gfp_t gfp, unsigned long *flags);
/* With the lock held. A node of zeroes; there must be an unused one. */
struct vmap_area *vmap_node_get_locked(void);
void vmap_node_put_locked(struct vmap_area *va);
/* Do the counts of the pool agree with what is in it? */
bool vmap_pool_is_valid_locked(void);

/* ---- taking and giving back, with what that means for TLBs: vmap_area_purge.c ---- */

/*
 * An area in the state VMAP_NEW, with vm (but address and size), cache and is_bare as `like`
 * has them. If there is no room, the TLBs are flushed first for what was given back. NULL,
 * after a line in the log unless gfp has __GFP_NOWARN.
 */
struct vmap_area *vmap_area_alloc(const struct vmap_request *request, gfp_t gfp,
				  const struct vmap_area *like);
/* It is mapped: it may be found from now on. */
static inline void vmap_area_ready(struct vmap_area *va)
{
	store_release(va->state, VMAP_BUSY);
}
/*
 * The live area that begins at `addr` and has one of the flags `with` (0: whatever it has) and
 * none of `without` becomes VMAP_DYING, and the caller's. NULL, after a warning that names
 * `caller` and the function.
 */
struct vmap_area *vmap_area_kill(const void *addr, unsigned long with, unsigned long without,
				 const char *function, const void *caller);
/*
 * Nothing is mapped in the area any more (VMAP_NEW or VMAP_DYING), but TLBs may remember
 * what was: it is kept until they have forgotten.
 */
void vmap_area_free_lazy(struct vmap_area *va);
/* Nothing was ever mapped in it (VMAP_NEW): it is a gap at once. */
void vmap_area_free_now(struct vmap_area *va);

/* ---- for reports: vmap_area_report.c ---- */

/* What a report says of an area. */
struct vmap_info {
	struct vm_struct vm;
	enum vmap_state state;
	u64 va; /* the machine's address */
};
/* The first area that ends above *cursor, which moves behind it; false: no more. */
bool vmap_area_next(uintptr_t *cursor, struct vmap_info *info);
/*
 * Adds to counters[0 .. nr - 1] how many pages of nodes first_nid, first_nid + 1 ... the
 * area maps now.
 */
void vmap_area_count_nodes(const struct vmap_info *info, unsigned int first_nid, unsigned int nr,
			   unsigned long *counters);
/* How many digits an address, and a physical one, of this machine has. */
static inline unsigned int vmap_va_digits(void)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;

	return f && f->va_bits > 32 ? 16 : 8;
}
static inline unsigned int vmap_phys_digits(void)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;

	return f && f->phys_bits > 32 ? 16 : 8;
}

#endif
#endif
