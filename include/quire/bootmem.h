/* SPDX-License-Identifier: MIT */
/*
 * bootmem.h - the second boot allocator, as Linux had it from 2.3 to 4.19: a bit per
 * page frame of low memory, 1 = taken. The theory is in mm/boot/bootmem.c.
 *
 * A machine with MACHINE_BOOTMEM takes boot memory from here between memblock and the
 * page allocator. All calls: one CPU, at boot; nothing sleeps. Addresses and sizes are
 * physical bytes; what is handed out are addresses in the direct map, zeroed, and belong
 * to the caller until free_bootmem gives their pages back.
 */
#ifndef QUIRE_BOOTMEM_H
#define QUIRE_BOOTMEM_H

#include <quire/state.h>

#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES 64
#endif

/* Flags of reserve_bootmem: what to do about a page that is taken already. */
#define BOOTMEM_DEFAULT 0          /* nothing: it stays taken */
#define BOOTMEM_EXCLUSIVE (1 << 0) /* -EBUSY, and nothing changes */

/* ---- setting up ---- */

/* Whole pages that a bitmap of so many bits fills. */
unsigned long bootmem_bootmap_pages(unsigned long pages);

/*
 * Starts the map of one node: page frames [start, end), all taken. The bitmap lies at
 * frame `mapstart`, in memory that the caller has set aside. Returns its size in bytes;
 * 0, after a warning, if the range is empty or the node is in the list already.
 */
unsigned long init_bootmem_core(bootmem_data_t *bdata, pfn_t mapstart, pfn_t start, pfn_t end);
/* The same for the node's pgdat->bdata. */
unsigned long init_bootmem_node(pg_data_t *pgdat, pfn_t freepfn, pfn_t startpfn, pfn_t endpfn);
/* The same for the one node of a UMA machine: frames 0 .. pages - 1, the bitmap at `start`. */
unsigned long init_bootmem(pfn_t start, pfn_t pages);

/*
 * Gives the whole pages inside the range to the allocator (a page of which only a part
 * is freed stays taken). Freeing a page that is free, or one that no node has, is
 * reported and refused: nothing changes.
 */
void free_bootmem(phys_addr_t physaddr, phys_addr_t size);
void free_bootmem_node(pg_data_t *pgdat, phys_addr_t physaddr, phys_addr_t size);

/*
 * Takes every page that the range touches; it may cross nodes. Returns 0; -EBUSY if a
 * page is taken and `flags` has BOOTMEM_EXCLUSIVE; -EINVAL, after a warning, if a page
 * belongs to no node or the page allocator has it already. Nothing changes on failure.
 */
int reserve_bootmem(phys_addr_t physaddr, phys_addr_t size, int flags);
int reserve_bootmem_node(pg_data_t *pgdat, phys_addr_t physaddr, phys_addr_t size, int flags);

/* ---- allocating ---- */

/*
 * `size` bytes aligned to `align` (a power of two), at or above physical address `goal`
 * if there is room there, else anywhere. The _node calls try their node before the others;
 * the _low calls stay below ARCH_LOW_ADDRESS_LIMIT.
 *
 * When there is no room, the _nopanic calls return NULL and the others stop the machine.
 * All return NULL, after a warning, in another phase than bootmem's, for a size of 0 and
 * for a wrong alignment.
 */
void *__alloc_bootmem(unsigned long size, unsigned long align, phys_addr_t goal);
void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, phys_addr_t goal);
void *__alloc_bootmem_low(unsigned long size, unsigned long align, phys_addr_t goal);
void *__alloc_bootmem_low_nopanic(unsigned long size, unsigned long align, phys_addr_t goal);
void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   phys_addr_t goal);
void *__alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align,
				   phys_addr_t goal);
/* Above 4 GiB on this node if it reaches that far; else as __alloc_bootmem_node. */
void *__alloc_bootmem_node_high(pg_data_t *pgdat, unsigned long size, unsigned long align,
				phys_addr_t goal);
void *__alloc_bootmem_low_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			       phys_addr_t goal);
/* With a limit, exclusive; 0: none. One that `goal` and `size` run past is ignored. */
void *___alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align,
				    phys_addr_t goal, phys_addr_t limit);

#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

/* The end of ZONE_DMA: what needs no DMA memory starts looking here. 0 without such a zone. */
static inline phys_addr_t bootmem_low_limit(void)
{
	const struct page_state *ps = &this_quire()->page;

	return (ps->zones >> ZONE_DMA) & 1 ? PFN_PHYS(ps->zone_high_pfn[ZONE_DMA]) : 0;
}
#define BOOTMEM_LOW_LIMIT bootmem_low_limit()

#define alloc_bootmem(x) __alloc_bootmem(x, SMP_CACHE_BYTES, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_align(x, align) __alloc_bootmem(x, align, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_nopanic(x) __alloc_bootmem_nopanic(x, SMP_CACHE_BYTES, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_pages(x) __alloc_bootmem(x, PAGE_SIZE, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_pages_nopanic(x) __alloc_bootmem_nopanic(x, PAGE_SIZE, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_node(pgdat, x) \
	__alloc_bootmem_node(pgdat, x, SMP_CACHE_BYTES, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_node_nopanic(pgdat, x) \
	__alloc_bootmem_node_nopanic(pgdat, x, SMP_CACHE_BYTES, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_pages_node(pgdat, x) \
	__alloc_bootmem_node(pgdat, x, PAGE_SIZE, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_pages_node_nopanic(pgdat, x) \
	__alloc_bootmem_node_nopanic(pgdat, x, PAGE_SIZE, BOOTMEM_LOW_LIMIT)
#define alloc_bootmem_low(x) __alloc_bootmem_low(x, SMP_CACHE_BYTES, 0)
#define alloc_bootmem_low_pages_nopanic(x) __alloc_bootmem_low_nopanic(x, PAGE_SIZE, 0)
#define alloc_bootmem_low_pages(x) __alloc_bootmem_low(x, PAGE_SIZE, 0)
#define alloc_bootmem_low_pages_node(pgdat, x) __alloc_bootmem_low_node(pgdat, x, PAGE_SIZE, 0)

/*
 * Gives every page that the bitmaps call free to the page allocator, then the bitmaps'
 * own pages. Returns how many. Part of mem_init; implemented by mm/page.
 */
unsigned long free_all_bootmem(void);

/* ---- for the library's own boot: the hand-over on either side ---- */

/*
 * From memblock: one map for each node with low memory, laid over the node's span, in
 * which a page is free if it lies whole in RAM and no reservation touches it; then opens
 * the bootmem phase. Returns 0; -ENOMEM, with a line in the log, if there is no room for a
 * map or no low memory; -EINVAL, after a warning, in another phase than memblock's.
 * Nothing has changed on failure.
 */
int bootmem_init_from_memblock(void);

/* The map of node `nid`, or NULL; the one with the lowest page frame, or NULL. */
bootmem_data_t *bootmem_node_data(int nid);
bootmem_data_t *bootmem_first(void);

/*
 * As __alloc_bootmem_nopanic near node `nid` (NUMA_NO_NODE: anywhere), but the contents
 * are undefined: for what is large and written whole later.
 */
void *bootmem_alloc_raw(unsigned long size, unsigned long align, int nid);

/*
 * To the page allocator: the next maximal run of free frames, [*start, *end), of the nodes
 * in turn. *bdata is the node being read: begin with NULL, go on with `from` = the *end of
 * the call before. False: there is no more.
 */
bool bootmem_next_free_range(bootmem_data_t **bdata, pfn_t from, pfn_t *start, pfn_t *end);

/*
 * Ends bootmem, node by node: takes the next node out of the list and says which page
 * frames its map and its bootmem_data_t fill, whole pages; they are the caller's from now
 * on. *bdata is the node, until those pages are used for something else. False: no node
 * is left; nodes whose map lies in the embedder's metadata are passed over. Only for nodes
 * that bootmem_init_from_memblock made.
 */
bool bootmem_next_map(bootmem_data_t **bdata, pfn_t *start, pfn_t *end);

/*
 * Checks every map: order of the list, bounds, that the page of a shared allocation is
 * taken, that each free page is RAM of its node. Returns 0, or -EINVAL after a line in the
 * log that says what is broken.
 */
int bootmem_validate(void);

#endif
