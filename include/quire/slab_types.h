/* SPDX-License-Identifier: MIT */
/*
 * slab_types.h - the data of mm/slab: caches of objects, what CPUs and nodes keep of them.
 * The calls are in <quire/slab.h>, <quire/kmalloc.h> and <quire/mempool.h>.
 */
#ifndef QUIRE_SLAB_TYPES_H
#define QUIRE_SLAB_TYPES_H

#include <quire/page_types.h>

typedef unsigned int slab_flags_t;

struct kmem_cache;
struct slab_engine;
struct slab_reports;

/* ---- what a CPU keeps: see mm/slab/cpu_array.c ---- */

/* An array of objects of one cache: what CPUs and nodes trade. */
struct slab_sheaf {
	struct slab_sheaf *next; /* on a node's list */
	unsigned long count;	 /* while it is no CPU's `main`: objects in slot[] */
	void *slot[];
};

/*
 * To a CPU, a load from the same place of another page looks as if it were of what was just written, and waits
 * (4 KB aliasing). What each call writes of an entry stands in its cache line at the bytes 8, 16, 40 and 56 (of
 * 64-bit machines), the first three of the first entry alone. Objects begin at multiples of 32, and what each call
 * reads elsewhere is not at 40.
 */

/*
 * A CPU's free objects of one cache: the last one given back is taken first. A cache whose
 * objects CPUs do not keep has the first of a CPU's entries, like all such: this never has any, nor room for one;
 * and in it stands what the CPU needs for all of its entries.
 */
struct kmem_cache_cpu {
	_Alignas(64) u32 nr_traded; /* times that `main` was empty or full */
	u32 nr_spare;		    /* objects in `spare` */
	union {
		struct kmem_cache *cache;   /* whose it is */
		struct cpu_section section; /* of the first entry: of all that the CPU has */
	};
	void *hand;		    /* of the first entry: the object given back last, of whichever cache; */
	void **slot;		    /* of `main`, its array; NULL: it has none yet, or never */
	unsigned long capacity;	    /* 0: no array, or another CPU is at it */
	unsigned long count;	    /* objects in slot[] */
	struct slab_sheaf *spare;   /* full, empty, or NULL */
	uintptr_t hand_at;	    /* and where that cache's entry is; or SLAB_HAND_EMPTY */
};
_Static_assert(sizeof(struct kmem_cache_cpu) == 64, "a CPU's entry is a cache line");

/* Of hand_at: the hand holds nothing. No entry is at such a place. */
#define SLAB_HAND_EMPTY ((uintptr_t)1)

/* The entries of so many caches, one CPU's after the other: see mm/slab/cpu_entries.c. */
#define SLAB_CPU_ENTRIES 64u
struct slab_cpu_group {
	struct kmem_cache_cpu *cpus; /* CPU 0's; the next CPU's are so many further */
	unsigned long used[SLAB_CPU_ENTRIES / (8 * sizeof(long))]; /* bits */
	struct slab_cpu_group *next;
};
/* The entry of a CPU, by that of CPU 0. */
static inline struct kmem_cache_cpu *slab_cpu(struct kmem_cache_cpu *cpus, unsigned int cpu)
{
	return cpus + (size_t)cpu * SLAB_CPU_ENTRIES;
}

/* ---- what a node keeps ---- */

/* Full and empty arrays, ready for CPUs. */
struct slab_depot {
	struct slab_sheaf *full, *empty;
	unsigned int nr_full, nr_empty;
};

struct kmem_cache_node {
	_Alignas(64) spinlock_t lock; /* innermost but for the page allocator's */
	struct slab_depot depot;
	unsigned long nr_slabs;
	unsigned long total_objects;
	unsigned long nr_free; /* objects that are free in the slabs: not with a CPU, not in the depot */
	/* of the engine: */
	struct page *partial, *partial_tail; /* slub, slab: slabs with free objects, by slab_next */
	unsigned long nr_partial;
	unsigned long nr_empty; /* those of them without any object in use */
	void *engine_data;	/* slab: shared and alien arrays */
};

/* ---- caches ---- */

/* What a cache's paths must do beside the common case: bits of kmem_cache.watch. */
enum slab_watch {
	SLAB_WATCH_INIT = 1 << 0,   /* init_on_alloc or init_on_free */
	SLAB_WATCH_LEAKS = 1 << 1,  /* kmemleak wants to know */
	SLAB_WATCH_SAMPLE = 1 << 2, /* some objects come from guarded pages, */
	SLAB_WATCH_GATE = 1 << 7,   /* and so shall the next */
	SLAB_WATCH_ANNOTATE = 1 << 3, /* an error checker of the process is told */
	SLAB_WATCH_NODES = 1 << 4,  /* there are other nodes, whose objects go back there */
	SLAB_WATCH_DEBUG = 1 << 5,  /* each object passes the engine, and is checked */
	SLAB_WATCH_QUARANTINE = 1 << 6, /* what is given back waits */
};

/* What those who take must know of, and those who give. */
#define SLAB_WATCH_TAKE \
	(SLAB_WATCH_INIT | SLAB_WATCH_LEAKS | SLAB_WATCH_ANNOTATE | SLAB_WATCH_DEBUG | SLAB_WATCH_GATE)
#define SLAB_WATCH_GIVE                                                                                 \
	(SLAB_WATCH_INIT | SLAB_WATCH_LEAKS | SLAB_WATCH_ANNOTATE | SLAB_WATCH_DEBUG | SLAB_WATCH_NODES | \
	 SLAB_WATCH_QUARANTINE)

/* A kind of objects (once kmem_cache_t). */
struct kmem_cache {
	const char *name;
	void (*ctor)(void *object);
	struct list_head list;	    /* slab_state.caches */
	int refcount;		    /* callers that made it, or one like it */
	unsigned int align;	    /* as it was asked for, and what became of it */
	unsigned int inuse;	    /* bytes of the object, without what debugging adds behind */
	unsigned int red_left_pad;  /* bytes before it */
	unsigned int useroffset, usersize; /* the part that may be copied to and from user space */
	gfp_t allocflags;
	unsigned int size; /* from one object to the next */
	u64 reciprocal;	   /* of size: see slab_divide() */
	u32 cpus_at; /* which of kmalloc_index.cpus its entry is, or will be; 0: none of them */
	struct kmem_cache_cpu *cpus; /* its CPUs' entries: CPU 0's */

	/*
	 * Read by every call: where a CPU's entry is, in bytes from its first one, for those who take and for those
	 * who give. Where more is to be done than to move an object it is 0, the entry that is empty and full.
	 */
	uintptr_t take_at, give_at;
	u32 watch; /* enum slab_watch */
	slab_flags_t flags;
	unsigned int object_size; /* bytes that belong to the user */
	unsigned int nr_objects;  /* of a slab of `order`; */
	unsigned int min_objects; /* of one of min_order, which is taken when memory is in pieces */

	u8 order, min_order;	  /* log2 of pages */
	bool has_map;		  /* more than 64 objects a slab: which are free stands at its end, or elsewhere */
	bool is_kept;		  /* destroyed with objects in use: it stays, and hands out none */
	bool is_ending;		  /* is about to be destroyed: nobody looks at it any more, */
	unsigned int nr_lookers;  /* and those who do are waited for (look.c) */
	unsigned int nr_drainers; /* those who empty its arrays: meanwhile nobody takes from them */
	unsigned int sheaf_bytes; /* of a CPU's array; 0: CPUs do not keep objects of this cache */
	u32 sheaf_capacity;	  /* objects in one */
	u32 depot_limit;	  /* full arrays that a node keeps */
	unsigned long min_partial; /* empty slabs that a node may keep */

	/* of the engine slab */
	unsigned int colour, colour_off; /* how many places a slab may begin at, and bytes between */
	unsigned int limit, batchcount, shared; /* tunables: /proc/slabinfo */

	/* of the engine slob */
	unsigned long nr_in_use; /* objects with callers; slob_heap.lock */

	struct kmem_cache_node *node[]; /* by node id; NULL where nothing was taken yet */
};
#if __SIZEOF_POINTER__ == 8
/*
 * The second of two cache lines: objects of 128 bytes and more begin in even ones, and compete with each other
 * for a fraction of the sets of a CPU's cache. The structures are aligned to 128 bytes (SLAB_CACHE_ALIGN).
 */
_Static_assert(offsetof(struct kmem_cache, take_at) == 64 + 24, "what each call reads of a cache has moved");
#endif

/* ---- kmalloc ---- */

enum kmalloc_cache_type {
	KMALLOC_NORMAL,
	KMALLOC_RECLAIM,
	KMALLOC_DMA,
	NR_KMALLOC_TYPES
};

/* Classes: 1: 96 bytes, 2: 192 bytes, n: 1 << n bytes. The highest is two pages. */
#define KMALLOC_SHIFT_LOW 3
#define KMALLOC_SHIFT_HIGH_LIMIT 17
#define NR_KMALLOC_CLASSES (KMALLOC_SHIFT_HIGH_LIMIT + 1)
/* Sizes that are looked up in a table. */
#define KMALLOC_SMALL_MAX 1024
#define KMALLOC_MEDIUM_MAX 8192

/* How a CPU's entry is found by size and by address: see mm/slab/kmalloc_index.c. */
struct kmalloc_index {
	_Alignas(64) unsigned long nr_frames; /* of of_frame; 0: closed */
	/* Of of_frame, on a machine of several nodes, where this is looked at in the place of nr_frames. */
	unsigned long nr_node_frames;
	uintptr_t frames_at; /* the address of the first frame that has a page structure, or would be it */
	u8 *of_frame; /* which entry is that of a frame's cache, and its node; NULL: no frame is known */
	struct kmem_cache_cpu *cpus; /* CPU 0's entries of the first group */
	/*
	 * Of normal memory: which entry is that of the cache of a size; 0: closed. By (size - 1) / 8, and above that
	 * by (size - 1) / 512.
	 */
	_Alignas(64) u8 small[KMALLOC_SMALL_MAX / 8];
	u8 medium[KMALLOC_MEDIUM_MAX / 512];
};

/* ---- those who watch ---- */

/*
 * Who hands out objects of his own instead, now and then: from one range of addresses, whose pages are not
 * marked PG_slab. Context: that of the calls of slab.h.
 */
struct slab_sampler {
	/* In kmem_cache_init_late. 0 or an error: the boot goes on without it. */
	int (*init)(const struct machine_objects *objects);
	/* `size` bytes for the cache, in its alignment, not cleared; NULL: not this time. */
	void *(*take)(struct kmem_cache *cache, size_t size, gfp_t gfp, const void *caller);
	/* False: it is none of his. */
	bool (*give)(void *object, const void *caller);
	/* Bytes that are the caller's, and the cache it was taken for; 0: none of his. */
	size_t (*size)(const void *object, struct kmem_cache **cache);
	/* A page fault; true: it was reported, and the instruction can go on. */
	bool (*fault)(uintptr_t addr, bool is_write, const void *ip);
	/* Objects of the cache that are in use. */
	unsigned long (*in_use)(const struct kmem_cache *cache);
};

struct slab_quarantined {
	struct kmem_cache *cache;
	void *object; /* NULL: nothing waits here */
};
struct slab_quarantine {
	spinlock_t lock;
	struct slab_quarantined *slot; /* NULL: nothing ever waits */
	unsigned int capacity, next;
};

/* ---- the heap of the engine slob: see mm/slab/slob.c ---- */

/* Pages that are partly free, by the size of what is cut from them. */
enum slob_list {
	SLOB_SMALL,
	SLOB_MEDIUM,
	SLOB_LARGE,
	NR_SLOB_LISTS
};

struct slob_heap {
	spinlock_t lock; /* innermost but for the page allocator's */
	u32 secret[2];	 /* what its links are mixed with */
	struct page *partial[NR_SLOB_LISTS]; /* rings; the page where the next search begins */
	unsigned long nr_partial[NR_SLOB_LISTS];
	unsigned long nr_pages;	   /* those without free units included */
	unsigned long used_units;  /* of all pages: not free; */
	unsigned long piece_units; /* of kmalloc's pieces, with their sizes; */
	unsigned long lost_units;  /* behind links that somebody broke */
};

/* ---- the whole layer ---- */

/* How far it is up. */
enum slab_up {
	SLAB_DOWN,    /* there are no objects */
	SLAB_PARTIAL, /* kmem_cache_node's can be taken */
	SLAB_UP,      /* kmalloc works */
	SLAB_FULL,    /* kmem_cache_init_late is done */
};

/* Part of struct quire. */
struct slab_state {
	const struct slab_engine *engine; /* the machine's; NULL: no objects */
	struct kmalloc_index index;
	struct slab_cpu_group cpu_groups; /* the first */
	enum slab_up up;
	spinlock_t lock; /* of the list of caches; never held when a node's lock is */
	struct list_head caches;
	struct kmem_cache *kmem_cache;	    /* the cache of struct kmem_cache */
	struct kmem_cache *kmem_cache_node; /* and that of struct kmem_cache_node */
	struct kmem_cache *kmalloc[NR_KMALLOC_TYPES][NR_KMALLOC_CLASSES];
	const struct slab_sampler *sampler; /* NULL: nobody */
	u8 gate_is_open;		  /* 1: the next request is his */
	uintptr_t sampled_at;		  /* where his objects lie: he sets it in init */
	size_t sampled_bytes;		  /* 0: nowhere */
	struct slab_quarantine quarantine;
	struct slab_remote *remote; /* each CPU's objects of other nodes; NULL: they go home at once */
	slab_flags_t debug_flags;	  /* slub_debug= */
	const char *debug_caches;	  /* names with commas; NULL: all of them */
	bool no_merge;			  /* slab_nomerge */
	bool randomise;			  /* the order in which objects are handed out */
	u64 seed;			  /* of the random numbers, */
	unsigned long nr_random;	  /* of which so many were drawn */
	unsigned int min_objects;	  /* slub_min_objects; 0: by the number of CPUs */
	unsigned int max_order, min_order; /* slub_max_order, slub_min_order */
	unsigned long nr_reports;	   /* errors found in objects */
	unsigned long nr_tracked;	   /* calls that SLAB_STORE_USER kept, so far */
	struct slob_heap heap;		   /* of an engine without slabs */
	const struct slab_reports *reports; /* what mm/proc asks; NULL: no objects */
	/* shrinker.c */
	spinlock_t shrinker_lock;
	struct list_head shrinkers;
};

#endif
