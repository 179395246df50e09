/* SPDX-License-Identifier: MIT */
/*
 * memblock.h - the first allocator: which physical memory there is, and what is taken.
 *
 * The interface is that of <linux/memblock.h>, Linux 6.1 to 6.12: code written for that
 * header compiles against this one and behaves the same. mm/boot/memblock.c tells how it
 * works and lists the few places where it does more than Linux.
 *
 * Common to all calls
 *   Units      base, size, addr, limit: bytes of physical memory; pfn: page frames. A
 *              range is [base, base + size); one that would run beyond PHYS_ADDR_MAX ends
 *              there. Nothing is rounded. A range of size 0 is nothing, and no error.
 *   Nodes      a node that is not in 0 .. MAX_NUMNODES - 1 is no node, so both
 *              NUMA_NO_NODE and MAX_NUMNODES say "any".
 *   Context    the boot CPU alone, nobody else in memblock. Where memory may come later (machine.h,
 *              hotplug) from the end of the boot on: any; a walk that memory comes or goes in the midst
 *              of may miss or repeat a range, and who reads the arrays by himself keeps that away.
 *              Does not sleep.
 *   Errors     int calls return 0, or -ENOMEM when the region array is full and cannot
 *              grow. Nothing has changed then. Allocations return NULL or 0.
 *
 * `memblock` is a macro for this machine's struct memblock, so that memblock.memory.cnt
 * reads as in Linux. After this header `struct memblock` can therefore not be spelled;
 * __typeof__(memblock) can. PAGE_SHIFT, pfns and max_low_pfn come from <quire/page.h>.
 */
#ifndef QUIRE_MEMBLOCK_H
#define QUIRE_MEMBLOCK_H

#include <quire/boot_types.h>
#include <quire/state.h>

#ifndef __init
#define __init
#endif
#ifndef __initdata
#define __initdata
#endif
#ifndef __meminit
#define __meminit
#endif
#ifndef __meminitdata
#define __meminitdata
#endif
#ifndef __init_memblock
#define __init_memblock
#endif
#ifndef __initdata_memblock
#define __initdata_memblock
#endif

/* The alignment of an allocation that asks for none. */
#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES 64
#endif

/* Ends of a range to allocate from, and its start. */
#define MEMBLOCK_ALLOC_ANYWHERE (~(phys_addr_t)0)
#define MEMBLOCK_ALLOC_ACCESSIBLE 0  /* current_limit */
#define MEMBLOCK_ALLOC_NOLEAKTRACE 1 /* the same, and kmemleak does not watch the block */
#define MEMBLOCK_LOW_LIMIT 0
#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

struct page;
struct zone;

/* This machine's. */
#define memblock (this_quire()->memblock_part.blocks)
#ifdef CONFIG_HAVE_MEMBLOCK_PHYS_MAP /* as in Linux: the name is too common otherwise */
#define physmem (*memblock_physmem())
#endif

/* ---- what there is, and what is taken ---- */

/*
 * RAM. Where the range is known already, the old region keeps its node and flags, and a
 * warning says so if the new ones differ.
 */
int memblock_add(phys_addr_t base, phys_addr_t size);
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags);
/* Forgets RAM. What is not there is no error. */
int memblock_remove(phys_addr_t base, phys_addr_t size);
/* Takes a range, RAM or not; taking it twice is no error. */
int memblock_reserve(phys_addr_t base, phys_addr_t size);
/* Gives a range back to memblock: not to the page allocator, for that is free_late. */
int memblock_phys_free(phys_addr_t base, phys_addr_t size);
/* The same for what memblock_alloc returned. NULL is no error. */
void memblock_free(void *ptr, size_t size);
/* The RAM that is really there, whatever memblock_remove and the limits hide. */
int memblock_physmem_add(phys_addr_t base, phys_addr_t size);

/* From now on the region arrays may grow: all that is taken has been reserved. */
void memblock_allow_resize(void);
/*
 * The page allocator is up and nobody asks memblock again: gives grown arrays to it.
 * All types are empty afterwards. Refused with a warning before PHASE_BUDDY.
 */
void memblock_discard(void);

/* ---- what is special about it ---- */

/* These change the RAM in the range, and skip what is no RAM. */
int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size);
int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size);
int memblock_mark_mirror(phys_addr_t base, phys_addr_t size);
int memblock_mark_nomap(phys_addr_t base, phys_addr_t size);
int memblock_clear_nomap(phys_addr_t base, phys_addr_t size);
/* This one changes what is reserved: its page structures stay uninitialised. */
int memblock_reserved_mark_noinit(phys_addr_t base, phys_addr_t size);
/* The node of the regions of `type` in the range: &memblock.memory or &memblock.reserved. */
int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid);
/* Some RAM is mirrored: allocations then try it first. */
bool memblock_has_mirror(void);

static inline bool memblock_is_hotpluggable(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_HOTPLUG;
}
static inline bool memblock_is_mirror(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_MIRROR;
}
static inline bool memblock_is_nomap(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_NOMAP;
}
static inline bool memblock_is_reserved_noinit(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_RSRV_NOINIT;
}
static inline bool memblock_is_driver_managed(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_DRIVER_MANAGED;
}
static inline void memblock_set_region_node(struct memblock_region *r, int nid)
{
	r->nid = nid;
}
static inline int memblock_get_region_node(const struct memblock_region *r)
{
	return r->nid;
}

/* ---- limits ---- */

/* Keeps of each region of RAM what lies between multiples of `align`, a power of two. */
void memblock_trim_memory(phys_addr_t align);
/*
 * mem=: forgets RAM, from the top, until `limit` bytes are left, and what is reserved
 * there. 0: does nothing.
 */
void memblock_enforce_memory_limit(phys_addr_t limit);
/* Forgets RAM outside of the range, but for NOMAP regions, and what is reserved there. */
void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size);
/* As memblock_enforce_memory_limit, but NOMAP regions above the limit stay. */
void memblock_mem_limit_remove_map(phys_addr_t limit);

/* The end of what MEMBLOCK_ALLOC_ACCESSIBLE may return: the end of what is mapped by now. */
void memblock_set_current_limit(phys_addr_t limit);
phys_addr_t memblock_get_current_limit(void);

/* Allocations take the lowest address that fits; if not, which is the default, the highest. */
static inline void memblock_set_bottom_up(bool enable)
{
	memblock.bottom_up = enable;
}
static inline bool memblock_bottom_up(void)
{
	return memblock.bottom_up;
}

/* ---- questions ---- */

/* Bytes of RAM; bytes reserved; pages of RAM less what is reserved. */
phys_addr_t memblock_phys_mem_size(void);
phys_addr_t memblock_reserved_size(void);
unsigned long memblock_estimated_nr_free_pages(void);
/* The first address of RAM, and the end of the last region, exclusive. */
phys_addr_t memblock_start_of_DRAM(void);
phys_addr_t memblock_end_of_DRAM(void);

bool memblock_is_memory(phys_addr_t addr);
bool memblock_is_map_memory(phys_addr_t addr); /* RAM, and not NOMAP */
bool memblock_is_reserved(phys_addr_t addr);
/* The whole range lies in one region of RAM. */
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
/* Some byte of the range is reserved. */
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);
/* Some byte of the range lies in a region of `type`. */
bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size);
/* Do two ranges overlap? 1 or 0. */
unsigned long memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
				     phys_addr_t size2);

/* The node of the frame, and the frames of its region; NUMA_NO_NODE (-1) if it is no RAM. */
int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn);
/* False, after a line in the log, if more than `threshold_bytes` of RAM belong to no node. */
bool memblock_validate_numa_coverage(unsigned long threshold_bytes);

/* Frames of a region. Whole ones of RAM, all that are touched of what is reserved. */
static inline unsigned long memblock_region_memory_base_pfn(const struct memblock_region *reg)
{
	return PFN_UP(reg->base);
}
static inline unsigned long memblock_region_memory_end_pfn(const struct memblock_region *reg)
{
	return PFN_DOWN(reg->base + reg->size);
}
static inline unsigned long memblock_region_reserved_base_pfn(const struct memblock_region *reg)
{
	return PFN_DOWN(reg->base);
}
static inline unsigned long memblock_region_reserved_end_pfn(const struct memblock_region *reg)
{
	return PFN_UP(reg->base + reg->size);
}

/* ---- allocation ---- */

/*
 * `size` bytes at a multiple of `align`, a power of two (0: SMP_CACHE_BYTES, after a
 * warning), within [min_addr, max_addr), reserved for the caller. Never NOMAP or driver
 * managed RAM, never page 0. Mirrored RAM first, if there is any.
 *
 * memblock_phys_* return the physical address, anywhere in RAM up to max_addr, or 0; the
 * contents are undefined. The others return an address in the direct map, zeroed but for
 * *_raw, or NULL; they never go beyond current_limit, and drop min_addr when the range
 * has no room. A node that is named comes first, then any node; exact_nid: that node only.
 *
 * After PHASE_MEMBLOCK they warn and fail: the memory is another allocator's.
 */
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid);
phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end);
phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid);
void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid);
void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid);
void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid);

/* A warning names who called these, so they have to be part of the caller. */
#define MEMBLOCK_INLINE static inline __attribute__((always_inline))

MEMBLOCK_INLINE phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
}
MEMBLOCK_INLINE void *memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}
MEMBLOCK_INLINE void *memblock_alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid_raw(size, align, MEMBLOCK_LOW_LIMIT,
					  MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}
MEMBLOCK_INLINE void *memblock_alloc_from(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr)
{
	return memblock_alloc_try_nid(size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}
MEMBLOCK_INLINE void *memblock_alloc_low(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, ARCH_LOW_ADDRESS_LIMIT,
				      NUMA_NO_NODE);
}
MEMBLOCK_INLINE void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      nid);
}

/* ---- iterators ---- */

/*
 * One step of the loops below: the next range that is in `type_a` and not in `type_b`
 * (NULL: nothing is left out), on node `nid`; out_start, out_end, out_nid may be NULL.
 * Of memblock.memory, regions are skipped that are NOMAP or driver managed, unless
 * `flags` has that flag; that are not mirrored, if `flags` has MEMBLOCK_MIRROR; and, with
 * movable_node, that are hotpluggable, unless `flags` has MEMBLOCK_HOTPLUG.
 * *idx is 0 (_rev: ~0) before the first step and ~0 after the last.
 */
void __next_mem_range(u64 *idx, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *out_start, phys_addr_t *out_end,
		      int *out_nid);
void __next_mem_range_rev(u64 *idx, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid);
/* The next range that is really there and not in `type`. */
void __next_physmem_range(u64 *idx, struct memblock_type *type, phys_addr_t *out_start,
			  phys_addr_t *out_end);
/* The next region of RAM of the node that has a whole page. *idx: -1 before and after. */
void __next_mem_pfn_range(int *idx, int nid, unsigned long *out_start_pfn,
			  unsigned long *out_end_pfn, int *out_nid);

#define MEMBLOCK_IDX_END (~(u64)0)

#define __for_each_mem_range(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)           \
	for (i = 0, __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != MEMBLOCK_IDX_END;                                                          \
	     __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))
#define __for_each_mem_range_rev(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)   \
	for (i = MEMBLOCK_IDX_END,                                                       \
	    __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != MEMBLOCK_IDX_END;                                                      \
	     __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

/* RAM: u64 i; phys_addr_t *p_start, *p_end, which may be NULL. */
#define for_each_mem_range(i, p_start, p_end)                         \
	__for_each_mem_range(i, &memblock.memory, NULL, NUMA_NO_NODE, \
			     MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED, p_start, p_end, NULL)
#define for_each_mem_range_rev(i, p_start, p_end)                         \
	__for_each_mem_range_rev(i, &memblock.memory, NULL, NUMA_NO_NODE, \
				 MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED, p_start, p_end, NULL)
/* What is reserved. */
#define for_each_reserved_mem_range(i, p_start, p_end)                                          \
	__for_each_mem_range(i, &memblock.reserved, NULL, NUMA_NO_NODE, MEMBLOCK_NONE, p_start, \
			     p_end, NULL)
/* What is really there and not in `type` (NULL: all of it). */
#define for_each_physmem_range(i, type, p_start, p_end)                                    \
	for (i = 0, __next_physmem_range(&i, type, p_start, p_end); i != MEMBLOCK_IDX_END; \
	     __next_physmem_range(&i, type, p_start, p_end))
/* RAM that is free. int *p_nid may be NULL. */
#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid)                             \
	__for_each_mem_range(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, p_end, \
			     p_nid)
#define for_each_free_mem_range_reverse(i, nid, flags, p_start, p_end, p_nid)                  \
	__for_each_mem_range_rev(i, &memblock.memory, &memblock.reserved, nid, flags, p_start, \
				 p_end, p_nid)
/* Whole pages of RAM: int i; unsigned long *p_start, *p_end; int *p_nid: each may be NULL. */
#define for_each_mem_pfn_range(i, nid, p_start, p_end, p_nid)                      \
	for (i = -1, __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid); i >= 0; \
	     __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid))

/* The regions themselves. An empty type shows one region of size 0. */
#define for_each_mem_region(region)            \
	for (region = memblock.memory.regions; \
	     region < memblock.memory.regions + memblock.memory.cnt; region++)
#define for_each_reserved_mem_region(region)     \
	for (region = memblock.reserved.regions; \
	     region < memblock.reserved.regions + memblock.reserved.cnt; region++)

/*
 * Whole free pages of a zone: u64 i; unsigned long *p_start, *p_end. When there are no
 * more, *p_start is ~0 and *p_end 0. _from goes on where a loop was left.
 */
#define __next_mem_pfn_range_in_zone(idx, zone, out_spfn, out_epfn)                            \
	memblock_next_free_pfn_range(idx, (zone)->zone_pgdat->node_id, (zone)->zone_start_pfn, \
				     (zone)->zone_start_pfn + (zone)->spanned_pages, out_spfn, \
				     out_epfn)
#define for_each_free_mem_pfn_range_in_zone(i, zone, p_start, p_end)                               \
	for (i = 0, __next_mem_pfn_range_in_zone(&i, zone, p_start, p_end); i != MEMBLOCK_IDX_END; \
	     __next_mem_pfn_range_in_zone(&i, zone, p_start, p_end))
#define for_each_free_mem_pfn_range_in_zone_from(i, zone, p_start, p_end) \
	for (; i != MEMBLOCK_IDX_END; __next_mem_pfn_range_in_zone(&i, zone, p_start, p_end))

/* ---- to look at it ---- */

/* Logs sizes and every region, as Linux lays it out: only with memblock=debug, or always. */
void memblock_dump_all(void);
void __memblock_dump_all(void);

/* Linux without CONFIG_MEMTEST: nothing. */
static inline void early_memtest(phys_addr_t start, phys_addr_t end)
{
	(void)start;
	(void)end;
}

/* ---- the hand-over: in mm/page ---- */

/* Gives all that is free to the page allocator: a part of quire_boot. */
void memblock_free_all(void);
/* One reserved block of it: `page` is the structure of `pfn`, aligned to `order`. */
void memblock_free_pages(struct page *page, unsigned long pfn, unsigned int order);
/* After the boot: gives a reserved range of RAM, its whole pages, to the page allocator. */
void memblock_free_late(phys_addr_t base, phys_addr_t size);
/* Counts of managed pages begin at 0; done once, whoever asks first. */
void reset_all_zones_managed_pages(void);

#define HASH_EARLY 0x1 /* taken from the boot allocator */
#define HASH_ZERO 0x4  /* cleared */
/* No table is spread over the nodes: that needs vmalloc. */
#define hashdist 0

/*
 * A hash table of a power of two of buckets of `bucketsize` bytes: `numentries` of them, or,
 * if that is 0, one for each 2^scale bytes of lowmem (on a 64-bit machine fewer than that
 * from 64 GB of RAM on). Between low_limit and high_limit buckets (0: a 16th of all RAM).
 * Halved until it fits. Stores log2 of the buckets and the mask to index with, where the
 * pointers are not NULL. Stops the machine if not even a page can be had, as in Linux.
 */
void *alloc_large_system_hash(const char *tablename, unsigned long bucketsize,
			      unsigned long numentries, int scale, int flags,
			      unsigned int *_hash_shift, unsigned int *_hash_mask,
			      unsigned long low_limit, unsigned long high_limit);

/* ---- Quire's own ---- */

/*
 * Puts a state to its initial form: the arrays inside it, all types empty, top-down, no
 * limit, no growth. What grown arrays occupied is forgotten with the rest.
 */
void memblock_reset(struct memblock_state *state);
/*
 * Checks every invariant of all types: sorted, disjoint, merged, sizes, counts. Returns 0,
 * or -EINVAL after a line in the log that names the region.
 */
int memblock_validate(void);
/* What memblock_physmem_add collected. */
struct memblock_type *memblock_physmem(void);
/* The step of for_each_free_mem_pfn_range_in_zone: whole free pages of the node in the range. */
void memblock_next_free_pfn_range(u64 *idx, int nid, unsigned long start_pfn, unsigned long end_pfn,
				  unsigned long *out_spfn, unsigned long *out_epfn);

#endif
