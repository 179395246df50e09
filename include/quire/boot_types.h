/* SPDX-License-Identifier: MIT */
/*
 * boot_types.h - the data of mm/boot: memblock's regions and bootmem's bitmaps.
 * The calls are in <quire/memblock.h> and <quire/bootmem.h>.
 */
#ifndef QUIRE_BOOT_TYPES_H
#define QUIRE_BOOT_TYPES_H

#include <quire/types.h>

/* What is special about a region of memory. Regions with different flags never merge. */
enum memblock_flags {
	MEMBLOCK_NONE = 0x0,           /* nothing: ordinary RAM */
	MEMBLOCK_HOTPLUG = 0x1,        /* may be unplugged later */
	MEMBLOCK_MIRROR = 0x2,         /* mirrored by the hardware: preferred for the kernel */
	MEMBLOCK_NOMAP = 0x4,          /* not in the direct map, never handed out */
	MEMBLOCK_DRIVER_MANAGED = 0x8, /* detected and added by a driver */
	MEMBLOCK_RSRV_NOINIT = 0x10,   /* reserved; page structures stay untouched */
};

/* One range of physical memory: bytes, half open. */
struct memblock_region {
	phys_addr_t base;
	phys_addr_t size;
	enum memblock_flags flags;
	int nid; /* node, or NUMA_NO_NODE while nobody has said (Linux: MAX_NUMNODES) */
};

/*
 * A sorted array of regions that do not overlap; neighbours that touch differ in node
 * or flags. An empty type holds one region of size 0 and says cnt = 1, as in Linux.
 */
struct memblock_type {
	unsigned long cnt; /* regions in use */
	unsigned long max; /* regions that fit */
	phys_addr_t total_size;
	struct memblock_region *regions;
	char *name;
};

/* All that the first allocator knows. */
struct memblock {
	bool bottom_up;            /* hand out low addresses first */
	phys_addr_t current_limit; /* end of what alloc may return: what is mapped by now */
	struct memblock_type memory;
	struct memblock_type reserved;
};

/* memblock and what it needs beside Linux's structure. Part of struct quire. */
struct memblock_state {
	struct memblock blocks; /* reached as `memblock` */
	struct memblock_type physmem;
	struct memblock_region memory_init_regions[CONFIG_INIT_MEMBLOCK_REGIONS];
	struct memblock_region reserved_init_regions[CONFIG_INIT_MEMBLOCK_REGIONS];
	struct memblock_region physmem_init_regions[4];
	bool can_resize;        /* memblock_allow_resize was called */
	bool debug;             /* memblock=debug: log every call */
	bool is_shared;         /* memory may come and go while others ask: `lock` is taken */
	spinlock_t lock;        /* of the arrays, from then on */
	bool has_mirror;        /* some region is MEMBLOCK_MIRROR */
	bool movable_node;      /* movable_node: nothing is allocated in hotpluggable memory */
	bool memory_from_alloc; /* the arrays were grown: memblock_discard gives them back */
	bool reserved_from_alloc;
	bool physmem_from_alloc;
	/*
	 * Ranges that the firmware or the image occupies but that are not in `reserved`
	 * yet: arrays that must grow before memblock_allow_resize keep clear of them.
	 */
	const struct machine_range *avoid;
	size_t nr_avoid;
};

/* Boot memory of one node in the old manner: a bit per page. Linux's structure, 2.3 to 4.19. */
typedef struct bootmem_data {
	pfn_t node_min_pfn;        /* first page frame of the node (once node_boot_start) */
	pfn_t node_low_pfn;        /* end of its low memory */
	unsigned long *node_bootmem_map; /* 1 = taken */
	unsigned long last_end_off; /* bytes from node_min_pfn: end of the last allocation */
	unsigned long hint_idx;    /* where the next search starts: page index */
	int nid;                   /* the node it belongs to (Linux: known from the pg_data_t alone) */
	struct list_head list;     /* in bootmem_state.bdata_list, by node_min_pfn */
} bootmem_data_t;

struct bootmem_state {
	struct list_head bdata_list;
};

#endif
