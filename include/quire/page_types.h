/* SPDX-License-Identifier: MIT */
/*
 * page_types.h - the data of mm/page: page frames, zones, nodes.
 * The calls are in <quire/page.h>, <quire/gfp.h> and <quire/mmzone.h>.
 */
#ifndef QUIRE_PAGE_TYPES_H
#define QUIRE_PAGE_TYPES_H

#include <quire/boot_types.h>
#include <quire/machine.h>

struct address_space;
struct zone;

/* ---- the page frame ---- */

/* Bits of page->flags. Above them stand the zone and the node (see page.h). */
enum pageflags {
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_workingset,
	PG_waiters,
	PG_error,
	PG_slab,
	PG_private,
	PG_writeback,
	PG_head,     /* first page of a compound page */
	PG_reclaim,
	PG_swapbacked,
	PG_unevictable,
	PG_mlocked,
	PG_reserved, /* not the allocator's: firmware, kernel image, holes */
	PG_buddy,    /* first page of a free block; its order is in private */
	__NR_PAGEFLAGS
};

/*
 * One page frame (once mem_map_t). Its physical address is not stored: it is its index
 * in mem_map.
 *
 * state                 _refcount  flags        private   lru
 * free, head of a block 0          PG_buddy     order     in free_area[order].free_list
 * free, tail of a block 0          0            -         -   (perhaps never written: see memmap.c)
 * free, on a CPU's list 0          0            -         in per_cpu_pages.lists
 * reserved              1          PG_reserved  -         -
 * allocated             >= 1       owner's      owner's   owner's
 */
struct page {
	unsigned long flags;
	union {
		struct {
			struct list_head lru; /* free list, or one of the LRU lists */
			struct address_space *mapping; /* file or anonymous owner */
			unsigned long index; /* offset in the owner in pages, or the swap entry */
		};
		struct { /* tail of a compound page */
			unsigned long compound_head; /* address of the head, bit 0 set */
		};
		struct { /* first tail of a compound page */
			unsigned long compound_head_1;
			unsigned long compound_order;
		};
	};
	unsigned long private_data; /* page_private(): buffers, or the order of a free block */
	s32 _mapcount;         /* mappings, less one */
	s32 _refcount;         /* 0 free, 1 allocated, plus one per mapping */
	/* Where a highmem page is mapped now (Linux: virtual) is in kmap's hash table. */
};

#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(struct page) <= 64, "struct page has outgrown a cache line");
#else
_Static_assert(sizeof(struct page) <= 40, "struct page has outgrown its 32-bit ceiling");
#endif

/* ---- zones ---- */

/* What kind of pages share a page block, so that movable ones do not end up among pinned ones. */
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* the number of types on per-CPU lists */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE, /* nobody may allocate from here */
	MIGRATE_TYPES
};

/* The free blocks of one order. */
struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free; /* blocks in all the lists */
};

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

/* Counters of a zone, in the order of /proc/zoneinfo. */
enum zone_stat_item {
	NR_FREE_PAGES,
	NR_ZONE_INACTIVE_ANON, /* 2.4 kept inactive_clean_pages and inactive_dirty_pages here */
	NR_ZONE_ACTIVE_ANON,
	NR_ZONE_INACTIVE_FILE,
	NR_ZONE_ACTIVE_FILE,
	NR_ZONE_UNEVICTABLE,
	NR_ZONE_WRITE_PENDING,
	NR_MLOCK,
	NR_BOUNCE,
	NR_ZSPAGES,
	NR_FREE_CMA_PAGES,
	NR_VM_ZONE_STAT_ITEMS
};

/* Where allocations came from, seen from the NUMA node. */
enum numa_stat_item {
	NUMA_HIT,     /* allocated on the node that was asked for */
	NUMA_MISS,    /* allocated here though another was asked for */
	NUMA_FOREIGN, /* asked for here, allocated elsewhere */
	NUMA_INTERLEAVE_HIT,
	NUMA_LOCAL, /* by a CPU of this node */
	NUMA_OTHER, /* by a CPU of another node */
	NR_VM_NUMA_EVENT_ITEMS
};

/* Counters of a node, in the order of /proc/zoneinfo. */
enum node_stat_item {
	NR_INACTIVE_ANON,
	NR_ACTIVE_ANON,
	NR_INACTIVE_FILE,
	NR_ACTIVE_FILE,
	NR_UNEVICTABLE,
	NR_SLAB_RECLAIMABLE,
	NR_SLAB_UNRECLAIMABLE,
	NR_ISOLATED_ANON,
	NR_ISOLATED_FILE,
	WORKINGSET_NODES,
	WORKINGSET_REFAULT_ANON,
	WORKINGSET_REFAULT_FILE,
	WORKINGSET_ACTIVATE_ANON,
	WORKINGSET_ACTIVATE_FILE,
	WORKINGSET_RESTORE_ANON,
	WORKINGSET_RESTORE_FILE,
	WORKINGSET_NODERECLAIM,
	NR_ANON_MAPPED,
	NR_FILE_MAPPED,
	NR_FILE_PAGES,
	NR_FILE_DIRTY,
	NR_WRITEBACK,
	NR_WRITEBACK_TEMP,
	NR_SHMEM,
	NR_SHMEM_THPS,
	NR_SHMEM_PMDMAPPED,
	NR_FILE_THPS,
	NR_FILE_PMDMAPPED,
	NR_ANON_THPS,
	NR_VMSCAN_WRITE,
	NR_VMSCAN_IMMEDIATE,
	NR_DIRTIED,
	NR_WRITTEN,
	NR_THROTTLED_WRITTEN,
	NR_KERNEL_MISC_RECLAIMABLE,
	NR_FOLL_PIN_ACQUIRED,
	NR_FOLL_PIN_RELEASED,
	NR_KERNEL_STACK_KB,
	NR_PAGETABLE,
	NR_SECONDARY_PAGETABLE,
	NR_SWAPCACHE,
	PGPROMOTE_SUCCESS, /* NUMA machines only, with the next */
	PGPROMOTE_CANDIDATE,
	NR_VM_NODE_STAT_ITEMS
};

/* One CPU's own free pages of one zone: order 0. */
struct per_cpu_pages {
	spinlock_t lock; /* taken by its own CPU, and by others only to drain it */
	int count; /* pages in the lists */
	int high;  /* at this many, `batch` go back to the zone; 0: no caching (before setup_per_cpu_pageset) */
	int batch; /* pages per refill and per drain */
	struct list_head lists[MIGRATE_PCPTYPES];
	unsigned long numa_event[NR_VM_NUMA_EVENT_ITEMS];
};

/* A zone of a node (once zone_struct). All counts are pages. */
struct zone {
	/* read on every allocation, written at boot and by sysctls */
	unsigned long _watermark[NR_WMARK];
	unsigned long watermark_boost;
	unsigned long lowmem_reserve[MAX_NR_ZONES];
	struct pglist_data *zone_pgdat;
	struct per_cpu_pages *per_cpu_pageset; /* one per CPU */
	const char *name;
	pfn_t zone_start_pfn;
	struct page *zone_mem_map; /* page structure of zone_start_pfn */
	unsigned long spanned_pages; /* holes included */
	unsigned long present_pages; /* without holes */
	unsigned long cma_pages;
	int node;
	int zone_idx; /* enum zone_type */

	/* written under lock */
	_Alignas(64) spinlock_t lock;
	unsigned long managed_pages; /* given to the allocator: present less reserved */
	struct free_area free_area[MAX_ORDER_LIMIT];
	unsigned long vm_stat[NR_VM_ZONE_STAT_ITEMS];
};

/* ---- nodes ---- */

/* One entry of a zonelist. */
struct zoneref {
	struct zone *zone; /* NULL: the end */
	int zone_idx;
};

/* Zones in the order in which an allocation tries them. Ends with a NULL zone. */
struct zonelist {
	struct zoneref *_zonerefs; /* every zone with frames that may be used, and the end */
};

enum {
	ZONELIST_FALLBACK,   /* this node's zones, then the other nodes' by distance */
	ZONELIST_NOFALLBACK, /* this node's only: __GFP_THISNODE */
	MAX_ZONELISTS
};

/* A bank of memory that is equally far for each of its CPUs. */
typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	struct zonelist node_zonelists[MAX_ZONELISTS];
	int nr_zones; /* highest populated zone, plus one */
	struct page *node_mem_map; /* page structure of node_start_pfn */
	bootmem_data_t *bdata;     /* its boot allocator while phase is bootmem */
	pfn_t node_start_pfn;
	phys_addr_t node_start_paddr;
	unsigned long node_present_pages; /* without holes */
	unsigned long node_spanned_pages; /* holes included */
	int node_id;
	struct pglist_data *node_next; /* in the order of ids; ends in NULL */
	unsigned long vm_stat[NR_VM_NODE_STAT_ITEMS];
} pg_data_t;

/*
 * The order of the zones of one node's lists: a policy that an embedder can replace.
 * Fills refs[0 .. max - 1] with every populated zone that a request on `node` may use
 * and returns how many; the caller appends the end. Called at boot and at every rebuild.
 */
typedef size_t (*zonelist_order_fn)(const struct pglist_data *node, bool fallback,
				    struct zoneref *refs, size_t max);

/* What a higher layer does for pages that the direct map does not reach (mm/kvirt/highmem.c). */
struct highmem_ops {
	/* Where the page is mapped now, or NULL. Context: any. */
	void *(*address)(const struct page *page);
	/* Clears the page; false: it cannot be mapped. Context: any. NULL: no page can be cleared. */
	bool (*clear)(struct page *page);
};

/* ---- the whole layer ---- */

/* Part of struct quire. */
struct page_state {
	struct page *mem_map; /* page structure of memmap_base_pfn */
	pfn_t memmap_base_pfn;
	pfn_t memmap_end_pfn;     /* exclusive; page structures exist between where pfn_valid says */
	unsigned long *block_valid; /* a bit per largest block: it has page structures */
	unsigned long *block_lazy;  /* a bit per largest block: only its head was written yet */
	bool memmap_is_flat;        /* one piece of the direct map; else a window, backed in parts */
	unsigned long nr_blocks;    /* largest blocks between base and end */
	u8 *pageblock_migratetype;  /* a byte per page block: enum migratetype */

	pfn_t ram_start_pfn;  /* min_low_pfn: first page frame of RAM */
	pfn_t lowmem_end_pfn; /* max_low_pfn: end of RAM in the direct map, exclusive */
	pfn_t ram_end_pfn;    /* max_pfn: end of RAM, exclusive */
	unsigned long mapnr_end; /* max_mapnr: page structures in mem_map */
	unsigned long nr_kernel_pages; /* present less page structures, highmem not counted */
	unsigned long nr_all_pages;    /* the same with highmem */
	unsigned long totalram_pages;
	unsigned long totalhigh_pages;
	unsigned long totalreserve_pages;
	unsigned long min_free_kbytes;
	int sysctl_lowmem_reserve_ratio[MAX_NR_ZONES];
	int overcommit_memory; /* B8: small machines always overcommit */

	unsigned int nr_nodes;  /* highest node id, plus one */
	unsigned int zones;     /* bit per configured zone_type */
	unsigned int nr_zones;  /* how many of them */
	pg_data_t **node_data;  /* by node id; NULL where there is no such node */
	pg_data_t *pgdat_list;  /* by node_next */
	pg_data_t contig_page_data; /* the one node of UMA */
	pg_data_t *contig_node_data[1];
	struct per_cpu_pages *pagesets; /* of every zone and CPU, for setup_per_cpu_pageset */
	bool mobility_grouping; /* enough page blocks for one of each migrate type */
	struct per_cpu_pages boot_pageset; /* every zone's until setup_per_cpu_pageset */
	const u8 *distance;
	unsigned int nr_distance_nodes;
	int *cpu_node; /* the node of each CPU */
	zonelist_order_fn zonelist_order;
	struct zoneref *zonelist_scratch; /* a list being built */
	pfn_t zone_low_pfn[MAX_NR_ZONES]; /* limits of the machine's zones */
	pfn_t zone_high_pfn[MAX_NR_ZONES];
	pfn_t movable_start_pfn;
	bool managed_reset; /* reset_all_zones_managed_pages was done */
	bool is_handing_over; /* mem_init: page structures are written, free memory becomes free blocks */
	const struct highmem_ops *highmem; /* NULL: nothing maps highmem */
};

#endif
