/* SPDX-License-Identifier: MIT */
/*
 * page_types.h - the data of mm/page: page frames, zones, nodes.
 * The calls are in <quire/page.h>, <quire/gfp.h> and <quire/mmzone.h>.
 */
#ifndef QUIRE_PAGE_TYPES_H
#define QUIRE_PAGE_TYPES_H

#include <quire/bit_tree_types.h>
#include <quire/boot_types.h>
#include <quire/machine.h>

struct address_space;
struct kmem_cache;
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
	PG_ext,      /* its struct page_ext is valid */
	PG_movable,  /* its owner has a mover: <quire/migrate.h> */
	__NR_PAGEFLAGS
};

/*
 * One page frame (once mem_map_t). Its physical address is not stored: it is its index in
 * mem_map. What Linux has in one structure of 64 bytes is three arrays here, by how often
 * it is touched:
 *
 *   frame_state[]  a byte        every allocation and free reads and writes it, and nothing else
 *   mem_map[]     struct page    what an owner uses: flags, further references, a list
 *   page_ext[]    struct page_ext   what only pages of files and address spaces have, if there can
 *                                   be such (CONFIG_PAGE_EXT)
 *
 * 64 frames share a cache line of states. So taking and giving back pages at random costs
 * no cache miss for each, and the structures of frames that are used as plain memory are
 * written once, when their leaf is first taken from.
 *
 * The structure of a frame that has just been handed out is clean: no flag, no reference,
 * not mapped. Whoever writes it through the accessors of page.h marks the frame
 * PAGE_TOUCHED, and then it is cleaned: that of a block's first frame when the block is given
 * back, those of the others when they are next handed out as first ones.
 */
struct page {
	unsigned long flags;
	union {
		struct {
			s32 _refs;     /* references beyond the first: page_ref_count() */
			s32 _mapcount; /* mappings, less one */
		};
		struct { /* page of a slab: see mm/slab/slab_words.h */
			struct kmem_cache *slab_cache; /* NULL: of the engine slob */
#if __SIZEOF_POINTER__ == 4
			u32 slab_spare;
#endif
		};
	};
	union {
		struct list_head lru; /* one of the LRU lists, or a list of the owner's */
		struct { /* first page of a slab */
			unsigned long slab_word; /* bit 0 clear: it is no tail */
			struct page *slab_link;	 /* the next on a list, and a bit */
		};
		struct { /* tail of a compound page */
			unsigned long compound_head; /* address of the head, bit 0 set */
			unsigned long compound_order; /* first tail only */
		};
	};
	/* Where a highmem page is mapped now (Linux: virtual) is in kmap's hash table. */
};

#if CONFIG_PAGE_EXT
/* Valid while the page has PG_ext. */
struct page_ext {
	struct address_space *mapping; /* file or anonymous owner */
	unsigned long index;           /* offset in the owner in pages, or the swap entry */
	unsigned long private_data;    /* page_private(): buffers */
};
#define PAGE_EXT_BYTES sizeof(struct page_ext)
#else
#define PAGE_EXT_BYTES 0u
#endif

/* What the window of machine.h's map_window must have room for, up to the last frame of RAM. */
#define MEMMAP_BYTES_PER_FRAME (sizeof(struct page) + PAGE_EXT_BYTES + 3)

/*
 * A byte of frame_state[]; 0: kept by a CPU, in a block of whole leaves, or not the first frame of
 * a block that is held.
 */
#define PAGE_HELD 0x20u    /* the first frame of a block that is allocated */
#define PAGE_TOUCHED 0x40u /* its structure is to be cleaned before it is free */
#define PAGE_FREE 0x80u    /* in the zone's free memory: see mm/page/free_marks.h */
/* With PAGE_HELD. */
#define PAGE_ORDER_MASK 0x1fu /* of the block */
/* Without it. */
#define PAGE_POISONED 0x01u /* the frame is filled (page_poison.c) */
#define PAGE_RESERVED 0x02u /* not the allocator's; PG_reserved says so too */

#if __SIZEOF_POINTER__ == 8
_Static_assert(sizeof(struct page) == 32, "struct page is two to a cache line");
#else
_Static_assert(sizeof(struct page) <= 20, "struct page has outgrown its 32-bit ceiling");
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

/* ---- free memory: see mm/page/buddy.c ---- */

/* log2 of the frames of a leaf, unless page blocks are smaller. */
#define LEAF_ORDER_MAX 9

/*
 * A leaf: so many frames, and what is known of them together. A leaf that is partly free is on a
 * list of its pool, and the states of its frames say which are free; one that is wholly free is
 * a block of the zone's.
 */
struct page_leaf {
	u32 next, prev; /* leaf numbers plus one, in the pool's list; 0: none */
	u16 nr_free;    /* frames */
	u8 order;       /* of its largest free block, while it is on a list; else LEAF_NO_LIST */
	u8 migratetype; /* enum migratetype of its page block */
	u8 pool;        /* whose lock guards it */
	bool is_whole;  /* in the zone's blocks */
	u8 part;        /* which of the zone's parts it lies in */
	u8 hint;        /* of those who move pages: see mm/page/compact.h */
};
#define LEAF_NO_LIST 0xff

/*
 * Partly free leaves. A zone has a pool for each CPU, up to MAX_FREE_POOLS, so that CPUs
 * that work at the same time do so in different cache lines.
 */
#define MAX_FREE_POOLS 16
struct free_pool {
	_Alignas(64) spinlock_t lock;
	u16 orders[MIGRATE_TYPES]; /* bit n: leaves[type][n] is not empty */
	unsigned long nr_free;     /* frames that are free in its leaves */
	unsigned long nr_free_cma; /* those of them in CMA areas */
	unsigned long nr_isolated; /* free frames of isolated leaves: not among nr_free */
	u32 leaves[MIGRATE_TYPES][LEAF_ORDER_MAX + 1]; /* the first, plus one; by largest free block */
};

/* Wholly free leaves, as blocks of 1 << n leaves. */
struct whole_blocks {
	struct bit_tree tree[MIGRATE_TYPES]; /* of block numbers: the first leaf's, counted in the part, >> n */
	unsigned long nr[MIGRATE_TYPES];
};

/* The leaves of a part of the zone: see mm/page/whole.c. */
struct whole_part {
	_Alignas(64) spinlock_t lock;
	u32 first;		     /* leaf */
	unsigned long nr_pages;	     /* in blocks[] */
	unsigned long nr_cma;	     /* those of them in CMA areas */
	unsigned long nr_isolated;   /* in blocks[] too, but not among nr_pages */
	struct whole_blocks *blocks; /* by order - LEAF_ORDER */
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

/*
 * What happened so far, in the order of /proc/vmstat. What is counted by zone has one for each
 * zone type: PGALLOC_DMA + ZONE_NORMAL.
 */
enum vm_event_item {
	PGALLOC_DMA,    /* pages taken; vm_event() adds what CPUs took from their own lists */
	ALLOCSTALL_DMA = PGALLOC_DMA + MAX_NR_ZONES,  /* requests that had to reclaim, by the highest zone */
	PGSCAN_SKIP_DMA = ALLOCSTALL_DMA + MAX_NR_ZONES, /* "pgskip": pages reclaim passed over */
	PGFREE = PGSCAN_SKIP_DMA + MAX_NR_ZONES, /* pages given back, at boot too: not counted but computed */
	SLABS_SCANNED,	   /* objects that shrinkers looked at */
	DROP_SLAB,	   /* calls of drop_slab */
	PGMIGRATE_SUCCESS, /* pages that were moved, */
	PGMIGRATE_FAIL,	   /* and that could not be */
	COMPACTMIGRATE_SCANNED, /* frames that were looked at, to see what is in use there, */
	COMPACTFREE_SCANNED,	/* and for room; of leaves that were taken into account */
	COMPACTISOLATED,	/* pages taken for moving, and frames to move them to */
	COMPACTSTALL,		/* requests that compacted themselves, */
	COMPACTFAIL,		/* in vain, */
	COMPACTSUCCESS,		/* and got their block */
	KCOMPACTD_WAKE,		/* times that background compaction had something to do */
	KCOMPACTD_MIGRATE_SCANNED, /* its part of the above */
	KCOMPACTD_FREE_SCANNED,
	CMA_ALLOC_SUCCESS,	/* calls of cma_alloc that got their range, */
	CMA_ALLOC_FAIL,		/* and that did not */
	NR_VM_EVENT_ROWS, /* what /proc/vmstat shows ends here */
	PGTAKE_RANGE = NR_VM_EVENT_ROWS, /* pages that were taken as just these, and are in no PGALLOC */
	NR_VM_EVENT_ITEMS
};

/* Orders that CPUs keep for themselves. */
#define PCP_ORDERS (MAX_ORDER_LIMIT < 10 ? MAX_ORDER_LIMIT : 10)
#define PCP_LISTS (4 * PCP_ORDERS) /* by order and type, order * 4 + type; of four the last is not used, */
#define PCP_INBOX 3		   /* but this: pages that come from other CPUs (pcp_inbox.c) */

/* A stack of free blocks of one order and type: the last one given back is taken first. */
struct pcp_list {
	struct page **slot;
	u16 count;
	u16 limit; /* at this many, half of them go back to the zone; 0: nothing is kept */
	u16 batch; /* blocks per refill */
	u16 kind;  /* leaf_kind of the leaves whose pages it keeps; PCP_NO_KIND: none; an inbox: the type */
	unsigned long nr_taken; /* by this CPU, of its node's memory, without a further look */
#if __SIZEOF_POINTER__ == 8
	unsigned long spare;
#endif
};

#define PCP_NO_KIND 0xffff

/* One CPU's own free pages of one zone: see mm/page/percpu_pages.c. */
struct per_cpu_pages {
	_Alignas(64) struct pcp_list lists[PCP_LISTS];
	spinlock_t inbox_lock;
	int high;  /* pages that the lists of order 0 may hold together; they hold no more */
	int batch; /* pages per refill */
	unsigned long numa_event[NR_VM_NUMA_EVENT_ITEMS]; /* but what nr_taken of the lists counts */
};

/* What a CPU looks at first. */
struct page_cpu {
	_Alignas(64) struct cpu_section section; /* of its lists */
	struct pcp_list *last_freed; /* the list of order 0 beside the one that a page went to last */
	struct pcp_list **of_kind; /* those of order 0 for pages of a leaf, by leaf_kind; NULL: another way */
	/* those of order 0 that serve a request first, by the lowest five bits of gfp */
	struct pcp_list *home[32];
	unsigned long event[NR_VM_EVENT_ITEMS]; /* only this CPU writes them */
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
	unsigned int number; /* among the zones with memory, from 2 on: see leaf_kind */
	u32 span_seq; /* odd while zone_start_pfn and spanned_pages change */

	/* where a frame's leaf is: section by section, so that a hole costs nothing */
	pfn_t leaf_base_pfn;
	unsigned int leaf_section_shift;
	unsigned long leaf_section_mask;
	u32 *leaf_section;        /* number of the first leaf of a section */
	pfn_t *leaf_section_pfn;  /* and back */
	u32 nr_leaves;
	unsigned int nr_pools;
	unsigned int nr_parts;
	struct page_leaf *leaves;
	struct free_pool *pools;
	struct whole_part *parts;

	/* what it may ever have, with what may be plugged in: what is sized at boot is sized for that */
	pfn_t room_start_pfn;
	pfn_t room_end_pfn; /* exclusive */
	unsigned long room_pages; /* without holes; 0: there is no such zone */

	/* written under lock */
	_Alignas(64) spinlock_t lock;
	unsigned long managed_pages; /* given to the allocator: present less reserved */
	unsigned long vm_stat[NR_VM_ZONE_STAT_ITEMS]; /* but NR_FREE_PAGES: zone_page_state() */
	unsigned long nr_reserved_highatomic; /* pages in page blocks of MIGRATE_HIGHATOMIC */
	bool is_boosted; /* the boost was raised, and background reclaim does not know yet */

	/* compaction that failed is not tried again at once: see mm/page/compaction.c */
	unsigned int compact_considered;  /* requests since it failed */
	unsigned int compact_defer_shift; /* it is tried after 1 << this many */
	int compact_order_failed;	  /* orders below are tried */
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
	/* background compaction: what it was woken for, and how far it is (kcompactd.c) */
	int kcompactd_max_order; /* 0: nothing */
	int kcompactd_order;	 /* of the round that it is in */
	enum zone_type kcompactd_highest_zoneidx;
	int kcompactd_zone;	       /* the next that it looks at */
	unsigned int proactive_defer;  /* steps that it rests, since it could do nothing */
	bool is_compacting;	       /* unasked, until the low mark */
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
	/*
	 * An address for the page until unmap; NULL: it cannot be mapped. The last one mapped is
	 * unmapped first. Context: any. NULL, with unmap: no page can be mapped so.
	 */
	void *(*map)(const struct page *page);
	void (*unmap)(const void *address);
};

/* ---- who takes pages: off unless asked for (<quire/page_owner.h>) ---- */

struct page_owner;
struct page_trace_event;

struct page_watch {
	bool is_on; /* one of the next three is there */
	u8 poison;  /* enum page_poisoning */
	void (*trace)(const struct page_trace_event *event); /* NULL: nobody wants to be told */
	struct page_owner **owners; /* the records of each largest block; NULL: none are kept */
	unsigned long nr_owners;    /* blocks in `owners` */
	unsigned long seq;	    /* allocations so far */
	unsigned long nr_corrupted; /* free pages that somebody wrote to */
};

/* ---- who makes memory free: reclaim, compaction, the OOM killer ---- */

/* How thoroughly compaction works: the lower, the more it does. */
enum compact_priority {
	COMPACT_PRIO_SYNC_FULL,
	COMPACT_PRIO_SYNC_LIGHT,
	COMPACT_PRIO_ASYNC,
	INIT_COMPACT_PRIORITY = COMPACT_PRIO_ASYNC,
	DEF_COMPACT_PRIORITY = COMPACT_PRIO_SYNC_LIGHT,
};

/* What came of it. */
enum compact_result {
	COMPACT_NOT_SUITABLE_ZONE,
	COMPACT_SKIPPED,         /* too little is free to move pages to: reclaim first */
	COMPACT_DEFERRED,        /* not tried: it failed not long ago */
	COMPACT_NO_SUITABLE_PAGE,
	COMPACT_CONTINUE,
	COMPACT_COMPLETE,        /* everything was looked at, in vain */
	COMPACT_PARTIAL_SKIPPED, /* a part was */
	COMPACT_CONTENDED,       /* stopped for a lock, or for somebody who waits for the CPU */
	COMPACT_SUCCESS,         /* there is a block now */
};

/*
 * What the slow path of an allocation asks of those who can free memory; each may be NULL.
 *
 * Context: called without any lock of the library. wake_kswapd in any context that a request
 * is made in, interrupts off included: it must not sleep. The others for requests with
 * __GFP_DIRECT_RECLAIM only: they may sleep. They run inside somebody's request: what they
 * take themselves they ask for with __GFP_MEMALLOC, which is never sent here again. The flags
 * say what they may do: without __GFP_IO no I/O, without __GFP_FS no call of a file system.
 */
struct reclaim_ops {
	/*
	 * Free memory of the zone is below its low watermark, or for order > 0 has no such
	 * block: background reclaim of its node should start. highest_zoneidx: the highest zone
	 * that would help. Called once a node, and again while the request goes on.
	 */
	void (*wake_kswapd)(struct zone *zone, unsigned int order, enum zone_type highest_zoneidx);
	/*
	 * Frees pages for a request on node `nid`, with __GFP_THISNODE there alone. Returns how many
	 * were freed: 0 is no progress.
	 */
	unsigned long (*direct_reclaim)(gfp_t gfp, unsigned int order, int nid);
	/*
	 * Makes free blocks of `order` by moving pages. alloc_flags: ALLOC_ of <quire/mmzone.h>.
	 * NULL: try_to_compact_pages does it, once there are pages with movers.
	 */
	enum compact_result (*compact)(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
				       enum compact_priority priority);
	/*
	 * All else failed. True: memory will come free (somebody was killed, or is dying), and
	 * the request tries again; false: there is nobody to take it from, and it fails. It may
	 * wait for what it set off; the request comes back as often as it is told so.
	 */
	bool (*out_of_memory)(gfp_t gfp, unsigned int order);
	/* Is it a dying task that asks? It may take half of the minimum, to die with. */
	bool (*is_oom_victim)(void);
};

/*
 * The layer above that keeps pages which it could do without (mm/page/keeper.c). `give_back` may be called in any
 * context in which a request with __GFP_DIRECT_RECLAIM is made; it does not sleep, and takes no page.
 */
struct page_keeper {
	unsigned long (*give_back)(void); /* how many pages that were; NULL: nobody keeps any */
	unsigned long nr_asked;		  /* requests that called it */
	struct {
		u8 shift;     /* 1 << (shift - 1) requests do not ask; 0: none */
		u8 nr_rested; /* so many did not */
	} rest[MAX_ORDER_LIMIT];
};

/* ---- memory that comes and goes: <quire/memory_hotplug.h> ---- */

struct cma;
struct notifier_block;

enum memory_block_state {
	MEMORY_BLOCK_ABSENT,  /* no memory, or a hole */
	MEMORY_BLOCK_OFFLINE, /* memory that no zone has */
	MEMORY_BLOCK_ONLINE,  /* a zone has it, or has RAM in it */
};

/* So much memory as comes or goes at once. */
struct memory_block {
	u8 state;	   /* enum memory_block_state */
	bool is_boot_map;  /* its page structures are there from boot on, and stay */
	bool is_own_map;   /* its first pages are its page structures */
	bool goes_back;	   /* it was taken offline for a removal that may fail */
	int nid;
	struct zone *zone; /* that had it then */
	unsigned long nr_map_pages; /* of its page structures, in it or elsewhere */
	struct page *map_chunks; /* the first block of pages elsewhere that has structures; NULL: none */
};

/* What the layers above do when memory comes or goes: the direct map, /proc/iomem. */
struct hotplug_hooks {
	int (*add)(phys_addr_t start, phys_addr_t size); /* 0; an error: nothing has changed */
	int (*remove)(phys_addr_t start, phys_addr_t size);
};

struct hotplug_state {
	const struct machine_hotplug *ranges;
	size_t nr_ranges;     /* 0: nothing comes or goes */
	pfn_t start_pfn;      /* of the lowest range */
	pfn_t end_pfn;	      /* of the highest, exclusive */
	unsigned int block_order; /* log2 of the frames of a memory block */
	size_t nr_blocks;
	struct memory_block *blocks; /* from memmap_base_pfn on */
	const struct hotplug_hooks *hooks;
	struct notifier_block *notifiers; /* by falling priority */
	u32 is_busy;	      /* somebody adds, removes or changes blocks */
	u32 walk_side;	      /* where walks that begin are counted: 0 or 1 */
	u32 walks[2];	      /* that look at page structures which may go: memmap_walk_begin */
	int default_online_type; /* of blocks that are added: MMOP_ */
	int (*map_window)(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size);
	void (*unmap_window)(void *ctx, uintptr_t virt, size_t size);
	void *map_window_ctx;
};

/* ---- moving pages: <quire/migrate.h> ---- */

struct lru_migrate_ops;
struct page_moving;

/* ---- the whole layer ---- */

/* Part of struct quire. */
struct page_state {
	/* three arrays, from memmap_base_pfn on */
	struct page *mem_map;
	u8 *frame_state;
#if CONFIG_PAGE_EXT
	struct page_ext *page_ext;
#endif
	pfn_t memmap_base_pfn;
	pfn_t memmap_end_pfn;     /* exclusive; page structures exist between where pfn_valid says */
	unsigned long *block_valid; /* a bit per largest block: it has page structures */
	bool memmap_is_flat;        /* one piece of the direct map; else a window, backed in parts */
	unsigned long nr_blocks;    /* largest blocks between base and end */
	unsigned long nr_frames;      /* page structures between base and end */
	u16 *leaf_kind;             /* of each leaf: see page.h */
	unsigned long nr_kind_frames; /* nr_frames if leaf_kind is backed for holes too; in a window 0 */

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
	struct per_cpu_pages boot_pageset; /* every zone's until setup_per_cpu_pageset: keeps nothing */
	struct page_cpu *cpus; /* by CPU number; NULL until setup_per_cpu_pageset */
	unsigned int pcp_orders; /* those that have a fast path: PCP_ORDERS, or 0 */
	struct page_cpu *cpus_reserved; /* what that will be */
	struct page **pageset_slots;    /* for what the lists hold */
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
	struct page_watch watch;
	const struct lru_migrate_ops *lru_migrate; /* NULL: no page is on an LRU list */
	const struct page_moving *moving; /* NULL: there was no page with a mover yet */
	unsigned long nr_movable; /* blocks whose owners have movers */
	unsigned int extfrag_threshold;	       /* 0 .. 1000: sysctls of compaction.c */
	unsigned int compaction_proactiveness; /* 0 .. 100 */

	/* requests that do not find what they want (slowpath.c, show_mem.c) */
	const struct reclaim_ops *reclaim; /* NULL: nobody makes memory free */
	struct page_keeper keeper;
	unsigned long alloc_failures; /* reported or not, since the start or the last rearm */
	unsigned int alloc_misuse; /* a bit for each kind that was warned of */

	/* the sysctls of watermark.c; min_free_kbytes and the ratios are above */
	spinlock_t wmark_lock; /* held while marks and reserves are computed; before zone->lock */
	unsigned int watermark_scale_factor; /* of 10,000: the part of a zone between two marks */
	unsigned int watermark_boost_factor; /* of 10,000: the most boost, as a part of the high mark */
	unsigned int percpu_pagelist_high_fraction; /* lists hold 1/n of the zone; 0: the low mark */
	struct cma *cma_areas;	    /* in the order in which they were declared */
	unsigned long nr_cma_pages; /* totalcma_pages */
	u32 cma_is_busy;	    /* a cma_alloc is emptying a range */

	bool min_free_is_set; /* set_min_free_kbytes was called: memory that comes does not change it */

	struct hotplug_state hotplug;
};

#endif
