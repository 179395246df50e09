/* SPDX-License-Identifier: MIT */
/*
 * state.h - struct quire: all the mutable state there is, and the one way to reach it.
 *
 * No file of the library has a static mutable variable (a test reads the symbol tables
 * to prove it). What would be one in Linux is a member of a layer's part here, so a
 * machine is reset by one call, thrown away by a test, or saved by copying.
 */
#ifndef QUIRE_STATE_H
#define QUIRE_STATE_H

#include <quire/boot_types.h>
#include <quire/kmemleak_types.h>
#include <quire/kvirt_types.h>
#include <quire/machine.h>
#include <quire/page_types.h>
#include <quire/pgtable_types.h>
#include <quire/slab_types.h>

/* How far the boot is. An allocation through the door of another phase is refused. */
enum boot_phase {
	PHASE_NONE,     /* nothing is known */
	PHASE_MEMBLOCK, /* memblock hands out memory */
	PHASE_BOOTMEM,  /* the bitmaps do (only with MACHINE_BOOTMEM) */
	PHASE_BUDDY,    /* the page allocator does: the boot allocators are closed */
};

/* The shape of the machine: what Linux compiles in. */
struct quire_geometry {
	unsigned int page_shift;
	unsigned int max_order;
	unsigned int block_order; /* pageblock_order */
	unsigned int leaf_order;  /* LEAF_ORDER_MAX, or block_order if that is less */
	unsigned int nr_cpus;
	uintptr_t direct_map; /* physical p below lowmem_end is at direct_map + p */
	phys_addr_t lowmem_start; /* no lowmem is below */
	phys_addr_t lowmem_end;
	phys_addr_t phys_end; /* first address that the machine cannot drive */
};

/*
 * What Linux calls by this name: which of many calls fail. All zero: none. Set it through
 * <quire/fault.h>.
 */
struct fault_attr {
	unsigned long probability; /* percent of the calls that come so far */
	unsigned long interval;	   /* only every interval-th call comes so far; 0: never set */
	s32 times;		   /* so many failures at most; -1: no limit */
	s32 space; /* nothing fails until so much was taken, in what the call counts by */
	unsigned long verbose; /* a failure is logged: 1; with what was asked for: 2 */
	unsigned long count;   /* calls since it was set, for interval */
	unsigned long failed;  /* failures since it was set */
	u64 seed;	       /* the same seed, the same failures, on one CPU */
	unsigned long draws;   /* random numbers since it was set */
};

/* Which calls of the page allocator fail; space is pages. */
struct fail_page_alloc {
	struct fault_attr attr;
	bool ignore_gfp_highmem; /* requests with __GFP_HIGHMEM do not fail */
	bool ignore_gfp_wait;	 /* those that may wait for reclaim do not: GFP_KERNEL */
	unsigned int min_order;	 /* nor do those of smaller orders */
};

/* Which requests for objects fail; space is bytes. */
struct failslab {
	struct fault_attr attr;
	bool ignore_gfp_wait; /* those that may wait for reclaim do not: GFP_KERNEL */
	bool cache_filter;    /* only those of caches with SLAB_FAILSLAB do */
};

enum fault_kinds {
	FAULT_NTH = 1 << 0,  /* quire_fail_nth: allocations are counted, and may fail */
	FAULT_PAGE = 1 << 1, /* fail_page_alloc has a probability */
	FAULT_SLAB = 1 << 2, /* failslab has */
};

/* Which allocations are to fail: <quire/fault.h>. */
struct fault_state {
	unsigned int on;       /* enum fault_kinds; 0: all of it is off */
	unsigned long calls;   /* allocations asked since the last reset */
	unsigned long fail_at; /* the one that fails, counted from 1; 0: none */
	bool fail_all_after;   /* and every later one too */
	unsigned long failed;  /* how many were refused */
	struct fail_page_alloc page_alloc;
	struct failslab slab;
};

struct log_state {
	unsigned long warnings; /* lines of LOG_WARN: tests look here for misuse reports */
	unsigned long errors;   /* lines of LOG_ERR */
	unsigned int warned_once[4]; /* a bit per WARN_ON_ONCE site, by hash */
};

/* A tree of address ranges, as /proc/iomem shows it. Ends are inclusive. */
struct resource {
	phys_addr_t start;
	phys_addr_t end;
	const char *name;
	struct resource *parent, *sibling, *child;
};

struct report_state {
	spinlock_t resource_lock; /* of all trees of resources: resource.c */
	struct resource iomem_resource; /* the root */
	struct resource *block_resources; /* for RAM that comes, by the memory block it begins with */
};

/* What quire_boot keeps of the machine's description for the reports. */
struct boot_state {
	const char *machine_name;
	unsigned int flags; /* enum machine_flags */
	struct machine_section text, rwdata, rodata, init, bss;
	char *metadata; /* what is left of machine->metadata */
	size_t metadata_left;
};

struct quire {
	struct quire_geometry geo;
	enum boot_phase phase;
	struct log_state log;
	struct fault_state fault;
	struct boot_state boot;
	struct memblock_state memblock_part;
	struct bootmem_state bootmem_part;
	struct page_state page;
	struct slab_state slab;
	struct pgtable_state pgtable;
#if CONFIG_MMU
	struct kvirt_state kvirt;
#endif
	struct percpu_state percpu;
	struct report_state report;
#if CONFIG_KMEMLEAK
	struct leak_state leak;
#endif
};

/* The accessor. */
#if CONFIG_SINGLE
extern struct quire quire_instance;
static inline struct quire *this_quire(void)
{
	return &quire_instance;
}
#else
#if CONFIG_THREADS
#define QUIRE_PER_THREAD _Thread_local
#else
#define QUIRE_PER_THREAD
#endif
/* The machine that this thread works on. quire_select() sets it. */
extern QUIRE_PER_THREAD struct quire *quire_current;
static inline struct quire *this_quire(void)
{
	return quire_current;
}
/* Makes this thread work on `q`, which the caller owns, aligned as its type is; returns the one before, or NULL. */
struct quire *quire_select(struct quire *q);
#endif

#if CONFIG_SINGLE
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#define MAX_ORDER ((unsigned int)CONFIG_MAX_ORDER)
#else
#define PAGE_SHIFT (this_quire()->geo.page_shift)
#define MAX_ORDER (this_quire()->geo.max_order)
#endif
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define pageblock_order (this_quire()->geo.block_order)
#define pageblock_nr_pages (1UL << pageblock_order)
#define MAX_ORDER_NR_PAGES (1UL << (MAX_ORDER - 1))
#if CONFIG_LEAF_ORDER
#define LEAF_ORDER ((unsigned int)CONFIG_LEAF_ORDER)
#else
#define LEAF_ORDER (this_quire()->geo.leaf_order)
#endif
#define LEAF_NR_PAGES (1UL << LEAF_ORDER)

#define PFN_UP(x) ((pfn_t)(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_DOWN(x) ((pfn_t)((x) >> PAGE_SHIFT))
#define PFN_PHYS(x) ((phys_addr_t)(x) << PAGE_SHIFT)

/* The direct map. The physical address must lie below lowmem_end. */
static inline void *phys_to_virt(phys_addr_t phys)
{
	return (void *)(this_quire()->geo.direct_map + (uintptr_t)phys);
}
/* The inverse; `virt` must be an address that phys_to_virt gave. */
static inline phys_addr_t virt_to_phys(const volatile void *virt)
{
	const struct quire_geometry *geo = &this_quire()->geo;

#if __SIZEOF_POINTER__ == 8
	return (phys_addr_t)((uintptr_t)virt - geo->direct_map);
#else
	/* Lowmem may lie above 4 GB, where the difference of two addresses does not reach. */
	uintptr_t start = geo->direct_map + (uintptr_t)geo->lowmem_start;

	return geo->lowmem_start + ((uintptr_t)virt - start);
#endif
}
#define __va(phys) phys_to_virt((phys_addr_t)(phys))
#define __pa(virt) virt_to_phys((const volatile void *)(virt))

static inline unsigned int quire_nr_cpus(void)
{
	return this_quire()->geo.nr_cpus;
}

#endif
