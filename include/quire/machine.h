/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what the embedder hands over at boot, as data: where RAM is, what is
 * taken, where the zones end, how many CPUs there are.
 *
 * The structure and all it points to belong to the caller and must stay as they are
 * until quire_reset(): the reports use its names. What a zero means is said at each field.
 */
#ifndef QUIRE_MACHINE_H
#define QUIRE_MACHINE_H

#include <quire/types.h>

/* The zones in ascending order of address. Not every machine has every one. */
enum zone_type {
	ZONE_DMA,     /* for devices with few address lines: 0-16 MB on a PC */
	ZONE_DMA32,   /* for devices with 32 address lines, on 64-bit machines */
	ZONE_NORMAL,  /* in the direct map */
	ZONE_HIGHMEM, /* above the direct map of a 32-bit machine */
	ZONE_MOVABLE, /* only pages that can be moved: taken from the end of each node's top zone */
	ZONE_DEVICE,  /* pages of devices; configured on x86-64, always empty so far */
	MAX_NR_ZONES
};

/* A bank of RAM on one node. Banks may touch, must not overlap, need no order. */
struct machine_bank {
	phys_addr_t base; /* bytes; need not be page-aligned: only whole pages are used */
	phys_addr_t size;
	int nid;            /* 0 on a machine with one node */
	unsigned int flags; /* enum memblock_flags */
};

/* A range that is taken at boot: the firmware's tables, an initrd. May overlap others. */
struct machine_range {
	phys_addr_t base;
	phys_addr_t size;
	const char *name; /* for the log; NULL: none */
};

/* A range where memory may come while the machine runs, and go again: see `hotplug` below. */
struct machine_hotplug {
	phys_addr_t base; /* multiples of the size of a memory block */
	phys_addr_t size;
	int nid;
};

/* An area of frames in a row, for devices: the arguments of cma_declare_contiguous (<quire/cma.h>). */
struct machine_cma {
	const char *name; /* NULL: "cma0" and so on */
	phys_addr_t base, size, limit, alignment;
	unsigned int order_per_bit;
	bool is_fixed;
};

/* A line of /proc/iomem: what the firmware says lives there. */
struct machine_resource {
	phys_addr_t start;
	phys_addr_t end; /* inclusive, as in /proc/iomem */
	const char *name;
	unsigned int depth; /* 0: top level; else inside the last one of depth - 1 */
};

/* A section of the kernel's image in physical memory; size 0: not known. */
struct machine_section {
	phys_addr_t base;
	phys_addr_t size;
};

/* A row of the `Virtual kernel memory layout:` banner: virtual addresses, end exclusive. */
struct machine_window {
	const char *name; /* "fixmap", "vmalloc", ".text", ... */
	u64 start;
	u64 end;
};

/*
 * A part of the kernel's image (or anything else that is there from the start) in the
 * kernel's page table. Laid over the direct map: where `va` is in it, the range gets these
 * protections; elsewhere it is mapped anew. Multiples of the page size.
 */
struct machine_mapping {
	u64 va;
	phys_addr_t phys;
	u64 size;
	unsigned int prot; /* PT_ flags of <quire/pgtable_format.h>; 0: a hole (a guard page) */
	unsigned int cache; /* enum pt_cache; 0: ordinary memory. In the direct map: not looked at */
	const char *name;
};

struct pt_format;
struct slab_engine;
struct slab_sampler;
struct kvirt_layer;
struct kmemleak_layer;
struct kmemleak_range;

/*
 * The kernel's page table and the windows of addresses that it maps: what Linux's
 * architectures define as VMALLOC_START, PKMAP_BASE, FIXADDR_TOP. Addresses are those that
 * the library's pointers have; all are multiples of the page size, ends are exclusive,
 * and a window of no length is not there. None may overlap another or the direct map.
 */
struct machine_kvirt {
	/*
	 * &quire_kvirt of <quire/kvirt.h>. Naming it is what links mm/kvirt into a kernel, and
	 * with it the need for the hooks of tier 2. NULL: no kernel page table, no window.
	 */
	const struct kvirt_layer *layer;
	const struct pt_format *format; /* of the kernel's page table; NULL with layer NULL only */
	u64 max_page; /* this CPU has no larger pages; 0: it has all of the format's */
	uintptr_t vmalloc_start, vmalloc_end;
	uintptr_t pkmap_base;	 /* kmap()'s window */
	unsigned int last_pkmap; /* its pages, a power of two; 0: none */
	uintptr_t fixmap_start, fixmap_end; /* kmap_local and set_fixmap */

	const struct machine_mapping *mappings;
	size_t nr_mappings;

	/*
	 * Physical lowmem below here is in the direct map when quire_boot is called (F5's early
	 * tables): setup_arch takes memory from nowhere else until the rest is mapped.
	 * 0: all of it is.
	 */
	phys_addr_t mapped_end;
	/*
	 * Called once the table maps all of lowmem and `mappings`, and earlier if it must: makes
	 * this CPU use it from now on. Identity mappings of the start are gone with that.
	 * NULL: nothing to do.
	 */
	void (*load_table)(void *ctx, phys_addr_t root);
	void *ctx;

	/*
	 * With CONFIG_KERNEL_WINDOW, where the machine itself sees what the process sees: the
	 * direct map's address of physical 0 (modulo the format's address), and the address
	 * of the pointer `window`; the windows above lie in one piece from there on.
	 */
	u64 direct_map_va;
	uintptr_t window;
	u64 window_va;
};

/* Objects: <quire/slab.h>. All zero: there are none. */
struct machine_objects {
	/*
	 * &quire_slub, &quire_slab or &quire_slob, or what slab_engine_by_name returned. Naming one is
	 * what links mm/slab into a kernel.
	 */
	const struct slab_engine *engine;
	unsigned int debug;	  /* slub_debug=: SLAB_DEBUG_FLAGS for the caches below, from their beginning; not with quire_slob */
	const char *debug_caches; /* names, with commas, each perhaps with a * at its end; NULL: all */
	bool no_merge;		  /* slab_nomerge: no two caches become one */
	bool randomise;		  /* the order in which objects are handed out */
	/* &quire_kfence: some objects are pages with guards (<quire/kfence.h>). NULL: none. */
	const struct slab_sampler *sampler;
	unsigned int sampled_objects;  /* of them at a time; 0: 255 */
	unsigned long sample_interval; /* kfence_set_interval */
	unsigned int quarantine;  /* so many objects that were given back wait before others get them; 0: none */
	u64 seed;		  /* of that; 0: from the machine's own */
	unsigned int min_objects; /* slub_min_objects= in a slab; 0: by the number of CPUs */
	unsigned int max_order;	  /* slub_max_order= of a slab's pages, plus one; 0: 3 */
	unsigned int min_order;	  /* slub_min_order= */
};

/* Leak detection: <quire/kmemleak.h>. All zero: there is none. */
struct machine_leaks {
	/*
	 * &quire_kmemleak, in a library with CONFIG_KMEMLEAK. Naming it is what links mm/debug. Memory is
	 * then followed from memblock's first allocation on.
	 */
	const struct kmemleak_layer *layer;
	/*
	 * Where the kernel's own pointers are: its .data and .bss, without guard pages. struct quire and the
	 * copies of the per-CPU variables need not be in it, and may be.
	 */
	const struct kmemleak_range *roots;
	size_t nr_roots;
	/*
	 * A counter that the embedder counts up with the time, hz times a second: Linux's jiffies. Objects younger
	 * than five seconds are not reported. NULL: the time is the number of scans begun, and a scan counts
	 * as a second; what was there before a scan began may be reported by it.
	 */
	const volatile unsigned long *jiffies;
	unsigned int hz;
	/*
	 * Hooks for what reports say beside addresses, each may be NULL. They are called with an allocation's
	 * context, interrupts off and a spinlock held included, from the first one on: they must neither
	 * sleep nor call the library.
	 */
	/* The name (KMEMLEAK_COMM_LEN bytes, NUL-terminated) and number of the task. NULL: "swapper/CPU", 0. */
	void (*task)(void *ctx, char *comm, int *pid);
	/* Who called whom, the innermost first: up to `max` return addresses; how many. NULL: one, as good as the library knows. */
	unsigned int (*trace)(void *ctx, const void **addresses, unsigned int max);
	/* An address as function+offset/size. Called by reports alone. NULL: numbers. */
	void (*symbol)(void *ctx, const void *address, char *text, size_t size);
	/*
	 * `size` bytes for the records of objects, aligned as a u64 is, for as long as the machine runs; NULL: there are
	 * none, and objects are no longer followed. It must be outside of the roots: records lead to all objects. NULL
	 * instead of the hook: boot memory and pages of the machine's own. With it, who watches changes nothing of what
	 * the machine has free: for machines that are tested or simulated.
	 */
	void *(*memory)(void *ctx, size_t size);
	void *ctx;
};

enum machine_flags {
	MACHINE_BOOTMEM = 1 << 0,   /* the second phase is bootmem instead of memblock only */
	MACHINE_BOTTOM_UP = 1 << 1, /* memblock hands out low addresses first */
	/*
	 * The reserved list is final: boot metadata is already inside it. What this boot
	 * needs for itself then comes from `metadata`, and no page is taken from the RAM.
	 */
	MACHINE_AS_DUMPED = 1 << 2,
	MACHINE_MEMBLOCK_DEBUG = 1 << 3, /* log every memblock call */
	MACHINE_PAGE_OWNER = 1 << 4, /* keep who took each page: 32 bytes a page (20 on 32 bits) */
	/* page_poison=1, init_on_alloc=1, init_on_free=1 of Linux's command line: <quire/page_poison.h> */
	MACHINE_PAGE_POISON = 1 << 5,
	MACHINE_INIT_ON_ALLOC = 1 << 6,
	MACHINE_INIT_ON_FREE = 1 << 7,
};

struct quire_machine {
	const char *name;
	unsigned int flags; /* enum machine_flags */

	unsigned int page_shift;      /* 0: CONFIG_PAGE_SHIFT */
	unsigned int max_order;       /* 0: CONFIG_MAX_ORDER */
	unsigned int block_order;     /* pages of a page block, log2; 0: max_order - 1 */
	unsigned int nr_cpus;         /* 0: 1 */
	unsigned int phys_bits;       /* physical address lines; 0: all of phys_addr_t */

	const struct machine_bank *banks;
	size_t nr_banks;
	const struct machine_range *reserved;
	size_t nr_reserved;
	const struct machine_resource *resources; /* for iomem; none: made from the banks */
	size_t nr_resources;

	/*
	 * Zones this machine is configured with, bit 1 << zone_type each (0: NORMAL alone),
	 * and where each ends, exclusive, in bytes (0: at the end of RAM). A zone starts
	 * where the configured one below it ends; with equal limits it is empty.
	 */
	unsigned int zones;
	phys_addr_t zone_end[MAX_NR_ZONES];
	phys_addr_t movable_start; /* from here on, pages of each node are ZONE_MOVABLE; 0: none */

	/* nr_nodes x nr_nodes, row by row, as the ACPI SLIT: 10 is local. NULL: 10 and 20. */
	const u8 *distance;
	unsigned int nr_distance_nodes;

	const u16 *cpu_node; /* the node of each CPU; NULL: CPU i on the i-th node, round and round */

	/*
	 * Called in setup_arch when the boot allocator is open for the embedder's own early
	 * memory: memblock_alloc and its family, or alloc_bootmem with MACHINE_BOOTMEM. An
	 * error from it stops the boot. NULL: nothing.
	 */
	int (*early)(void *ctx);
	void *early_ctx;

	/*
	 * The direct map: physical address p below lowmem_end is at direct_map + p.
	 * A machine whose RAM starts high may pass an address that wraps below zero.
	 */
	uintptr_t direct_map;
	phys_addr_t lowmem_end; /* end of the direct map, exclusive; 0: all RAM is in it */

	/*
	 * A window of virtual addresses for mem_map and the arrays beside it, for machines whose
	 * banks lie far apart: frame 0's page structure would stand at memmap_window, and there
	 * is room for MEMMAP_BYTES_PER_FRAME (and a page for each array) from the first frame of
	 * RAM, rounded down to a largest block, to the last, rounded up. map_window makes `size` bytes
	 * at `virt` show the RAM at `phys` (all multiples of the page size), for good; it
	 * returns 0 or -ENOMEM. Then only frames that exist cost memory, and each bank's
	 * structures lie on its own node. NULL: mem_map is one piece of the direct map, and
	 * the structures of holes are given back.
	 */
	int (*map_window)(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size);
	void *map_window_ctx;
	uintptr_t memmap_window;
	/* Ends what map_window began, for structures of memory that is gone. NULL: nothing is done. */
	void (*unmap_window)(void *ctx, uintptr_t virt, size_t size);

	/*
	 * Where memory may come while the machine runs (<quire/memory_hotplug.h>; in ACPI's SRAT the
	 * ranges marked hot-pluggable): ascending, without overlaps, clear of the banks. What
	 * the library keeps for each 2 MB of address room (160 bytes, or 80 without
	 * ZONE_MOVABLE) and per-CPU lists for the zones are taken at boot; page structures when
	 * memory comes, or at boot where mem_map has no window. direct_map, memmap_window and
	 * movable addresses reach as if the ranges were banks. None: nothing of it.
	 */
	const struct machine_hotplug *hotplug;
	size_t nr_hotplug;
	/*
	 * Bytes of a memory block, in which memory comes and goes: a power of two, not less than the
	 * largest block of pages. 0: 128 MB, or that.
	 */
	phys_addr_t memory_block_size;

	/* Areas to be set aside when all that is reserved is known. One that cannot be stops the boot. */
	const struct machine_cma *cma;
	size_t nr_cma;

	struct machine_objects objects;

	struct machine_kvirt kvirt;

	struct machine_leaks leaks;

	/*
	 * The template of the static per-CPU variables: the section that DEFINE_PER_CPU of
	 * <quire/percpu.h> fills. Equal: there are none.
	 */
	const void *percpu_start, *percpu_end;

	/* Memory outside the RAM for boot metadata with MACHINE_AS_DUMPED: zeroed. */
	void *metadata;
	size_t metadata_size;

	/* For the summary: the kernel's own image. Not reserved by itself: list it in `reserved`. */
	struct machine_section text, rwdata, rodata, init, bss;

	/* For the layout banner. None: no banner. */
	const struct machine_window *windows;
	size_t nr_windows;
	u64 task_size;   /* end of user space, exclusive; 0: not checked */
	u64 page_offset; /* where the kernel sees physical lowmem; 0: not checked */
};

#endif
