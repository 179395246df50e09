/* SPDX-License-Identifier: MIT */
/*
 * kmemleak.h - finding memory that nobody can give back any more, because no pointer to it is left.
 *
 * Linux's kmemleak, by its calls. Each allocator announces what it hands out and takes back: memblock,
 * bootmem, vmalloc, the per-CPU allocator and the objects' do. A scan looks through static data, per-CPU areas,
 * stacks and every object that is reachable from there for words that are addresses of objects;
 * an object that nothing leads to is reported. Pages are not followed, as in Linux: an allocator on top
 * of them announces its own.
 *
 * It is there in a library with CONFIG_KMEMLEAK, on a machine whose description has
 * leaks.layer = &quire_kmemleak. Elsewhere all calls are there and do nothing: without the option
 * they are no code, without the layer a load and a branch.
 *
 * Context of all calls that announce or mark: any, as that of an allocation; they do not sleep
 * but where their gfp says that an allocation of pages may. Before an object's memory is given back its
 * free call must have returned.
 */
#ifndef QUIRE_KMEMLEAK_H
#define QUIRE_KMEMLEAK_H

#include <quire/atomic.h>
#include <quire/state.h>

/* An object as a report shows it. */
struct kmemleak_info {
	enum kmemleak_kind kind;
	uintptr_t pointer;
	size_t size;
	int min_count, count;
	unsigned int flags;
	u32 checksum;
	unsigned long jiffies; /* when it was announced */
	unsigned long age;     /* milliseconds */
	int pid;
	char comm[KMEMLEAK_COMM_LEN];
	unsigned int nr_trace;
	const void *trace[KMEMLEAK_TRACE_MAX];
	unsigned int cpu;     /* whose copy the bytes are from, of a per-CPU object */
	unsigned int nr_bytes; /* of the following; 0: they cannot be read */
	u8 bytes[32];
};

/* What is said of an object. */
enum kmemleak_mark {
	KMEMLEAK_NOT_LEAK,   /* grey: never reported, but looked through */
	KMEMLEAK_IGNORE,     /* black: neither */
	KMEMLEAK_NO_SCAN,    /* has no pointers */
	KMEMLEAK_NEW_TRACE,  /* this caller has it */
	KMEMLEAK_TRANSIENT,  /* not in this scan: it is on its way from one place to another */
};

/* The layer as the others reach it: so a kernel that does not name it links nothing of it. */
struct kmemleak_layer {
	void (*begin)(const struct quire_machine *machine); /* memblock knows the RAM: objects may come */
	int (*init)(const struct quire_machine *machine);   /* the step of the boot */
	void (*alloc)(enum kmemleak_kind kind, const void *ptr, size_t size, int min_count, gfp_t gfp,
		      const void *caller);
	void (*vmalloc)(const void *area, size_t area_size, const void *ptr, size_t size, gfp_t gfp,
			const void *caller);
	void (*free)(enum kmemleak_kind kind, const void *ptr);
	void (*free_part)(enum kmemleak_kind kind, const void *ptr, size_t size);
	void (*mark)(enum kmemleak_kind kind, const void *ptr, enum kmemleak_mark mark, const void *caller);
	void (*scan_area)(const void *ptr, size_t size, gfp_t gfp, const void *caller);
	void (*add_stack)(struct kmemleak_stack *stack);
	void (*remove_stack)(struct kmemleak_stack *stack);
	bool (*scan_step)(size_t budget);
	int (*scan)(void);
	bool (*poll)(size_t budget);
	int (*write)(const char *command);
	bool (*next_leak)(unsigned int *kind, uintptr_t *cursor, struct kmemleak_info *info);
	bool (*find)(uintptr_t address, struct kmemleak_info *info);
	int (*validate)(void);
};

#if CONFIG_KMEMLEAK
extern const struct kmemleak_layer quire_kmemleak;

/* NULL: the machine has no leak detection. Stays when it is turned off. */
static inline const struct kmemleak_layer *kmemleak_layer(void)
{
	return load_relaxed(this_quire()->leak.layer);
}
/* NULL: objects are not followed (any more). */
static inline const struct kmemleak_layer *kmemleak_hooks(void)
{
	const struct kmemleak_layer *hooks = load_relaxed(this_quire()->leak.hooks);

	return __builtin_expect(hooks != NULL, 0) ? hooks : NULL;
}
#else
static inline const struct kmemleak_layer *kmemleak_layer(void)
{
	return NULL;
}
static inline const struct kmemleak_layer *kmemleak_hooks(void)
{
	return NULL;
}
#endif

/* Are objects followed now? It is so from the beginning of the boot on, or never; `off` ends it. */
static inline bool kmemleak_is_on(void)
{
	return kmemleak_hooks();
}

/* ---- announcing ---- */

#define KMEMLEAK_INLINE static inline __attribute__((always_inline))
/* Whoever called the function in which the call stands. */
#define KMEMLEAK_CALLER __builtin_return_address(0)

/*
 * `size` bytes at `ptr` are in use now, and are reported when fewer than min_count words lead to them:
 * 1 for an ordinary object; 0: never, but they are looked through; -1: neither. NULL is ignored.
 * The first form says who asked for them, the one by Linux's name means the caller of who calls it. Two
 * objects must not overlap: leak detection ends then, with lines that say so.
 */
static inline void kmemleak_alloc_for(const void *ptr, size_t size, int min_count, gfp_t gfp,
				      const void *caller)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->alloc(KMEMLEAK_VIRT, ptr, size, min_count, gfp, caller);
}
KMEMLEAK_INLINE void kmemleak_alloc(const void *ptr, size_t size, int min_count, gfp_t gfp)
{
	kmemleak_alloc_for(ptr, size, min_count, gfp, KMEMLEAK_CALLER);
}
/* They are no longer. What was not announced is ignored. */
static inline void kmemleak_free(const void *ptr)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->free(KMEMLEAK_VIRT, ptr);
}
/* A part of an object, or all of one or several, is no longer. */
static inline void kmemleak_free_part(const void *ptr, size_t size)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->free_part(KMEMLEAK_VIRT, ptr, size);
}

/* For objects of a cache with these flags: those with SLAB_NOLEAKTRACE are not followed. */
#define KMEMLEAK_NOLEAKTRACE 0x800000u
static inline void kmemleak_alloc_recursive_for(const void *ptr, size_t size, int min_count,
						slab_flags_t flags, gfp_t gfp, const void *caller)
{
	if (!(flags & KMEMLEAK_NOLEAKTRACE))
		kmemleak_alloc_for(ptr, size, min_count, gfp, caller);
}
KMEMLEAK_INLINE void kmemleak_alloc_recursive(const void *ptr, size_t size, int min_count,
					      slab_flags_t flags, gfp_t gfp)
{
	kmemleak_alloc_recursive_for(ptr, size, min_count, flags, gfp, KMEMLEAK_CALLER);
}
static inline void kmemleak_free_recursive(const void *ptr, slab_flags_t flags)
{
	if (!(flags & KMEMLEAK_NOLEAKTRACE))
		kmemleak_free(ptr);
}

/*
 * Physical memory: never reported, but looked through. What the direct map does not reach is ignored.
 */
static inline bool kmemleak_reaches(phys_addr_t phys, size_t size)
{
	const struct quire_geometry *geo = &this_quire()->geo;

	return phys >= geo->lowmem_start && phys < geo->lowmem_end && size <= geo->lowmem_end - phys;
}
static inline void kmemleak_alloc_phys_for(phys_addr_t phys, size_t size, gfp_t gfp, const void *caller)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks && kmemleak_reaches(phys, size))
		hooks->alloc(KMEMLEAK_PHYS, phys_to_virt(phys), size, 0, gfp, caller);
}
KMEMLEAK_INLINE void kmemleak_alloc_phys(phys_addr_t phys, size_t size, gfp_t gfp)
{
	kmemleak_alloc_phys_for(phys, size, gfp, KMEMLEAK_CALLER);
}
static inline void kmemleak_free_part_phys(phys_addr_t phys, phys_addr_t size)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();
	phys_addr_t room = this_quire()->geo.lowmem_end - phys;

	if (hooks && kmemleak_reaches(phys, 0))
		hooks->free_part(KMEMLEAK_PHYS, phys_to_virt(phys), (size_t)(size < room ? size : room));
}

/* Per-CPU memory: reported if nothing leads to its per-CPU pointer; each CPU's copy is looked through. */
static inline void kmemleak_alloc_percpu_for(const void *ptr, size_t size, gfp_t gfp, const void *caller)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->alloc(KMEMLEAK_PERCPU, ptr, size, 1, gfp, caller);
}
KMEMLEAK_INLINE void kmemleak_alloc_percpu(const void *ptr, size_t size, gfp_t gfp)
{
	kmemleak_alloc_percpu_for(ptr, size, gfp, KMEMLEAK_CALLER);
}
static inline void kmemleak_free_percpu(const void *ptr)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->free(KMEMLEAK_PERCPU, ptr);
}

/*
 * The memory of a vmalloc area, without its guard page. Its vm_struct leads to it too: so two words
 * must, and a word that leads to the vm_struct is as good as one that leads to the memory. If nobody
 * has announced the vm_struct itself it is an object until kmemleak_vfree.
 */
static inline void kmemleak_vmalloc_for(const struct vm_struct *area, size_t size, gfp_t gfp, const void *caller)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks)
		hooks->vmalloc(area, sizeof(*area), area->addr, size, gfp, caller);
}
KMEMLEAK_INLINE void kmemleak_vmalloc(const struct vm_struct *area, size_t size, gfp_t gfp)
{
	kmemleak_vmalloc_for(area, size, gfp, KMEMLEAK_CALLER);
}
static inline void kmemleak_vfree(const struct vm_struct *area)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks) {
		hooks->free(KMEMLEAK_VIRT, area->addr);
		hooks->free(KMEMLEAK_VIRT, area);
	}
}

/* ---- marking: a warning with the caller if there is no such object ---- */

KMEMLEAK_INLINE void kmemleak_mark(enum kmemleak_kind kind, const void *ptr, enum kmemleak_mark mark)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks && ptr)
		hooks->mark(kind, ptr, mark, KMEMLEAK_CALLER);
}
/* Nothing may lead to it, and it is no leak: it is not reported, but looked through. */
KMEMLEAK_INLINE void kmemleak_not_leak(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_VIRT, ptr, KMEMLEAK_NOT_LEAK);
}
KMEMLEAK_INLINE void kmemleak_not_leak_phys(phys_addr_t phys)
{
	if (kmemleak_reaches(phys, 1))
		kmemleak_mark(KMEMLEAK_PHYS, phys_to_virt(phys), KMEMLEAK_NOT_LEAK);
}
/* It is neither reported nor looked through. */
KMEMLEAK_INLINE void kmemleak_ignore(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_VIRT, ptr, KMEMLEAK_IGNORE);
}
KMEMLEAK_INLINE void kmemleak_ignore_phys(phys_addr_t phys)
{
	if (kmemleak_reaches(phys, 1))
		kmemleak_mark(KMEMLEAK_PHYS, phys_to_virt(phys), KMEMLEAK_IGNORE);
}
KMEMLEAK_INLINE void kmemleak_ignore_percpu(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_PERCPU, ptr, KMEMLEAK_IGNORE);
}
/* It holds no pointers. */
KMEMLEAK_INLINE void kmemleak_no_scan(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_VIRT, ptr, KMEMLEAK_NO_SCAN);
}
/* It has another owner now: the caller of who calls this. */
KMEMLEAK_INLINE void kmemleak_update_trace(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_VIRT, ptr, KMEMLEAK_NEW_TRACE);
}
/* Nothing leads to it for a moment: it is not reported before the next scan but one. */
KMEMLEAK_INLINE void kmemleak_transient_leak(const void *ptr)
{
	kmemleak_mark(KMEMLEAK_VIRT, ptr, KMEMLEAK_TRANSIENT);
}
/*
 * Of the object that `ptr` lies in, only this part holds pointers (and others so marked); SIZE_MAX: all up to
 * its end.
 */
KMEMLEAK_INLINE void kmemleak_scan_area(const void *ptr, size_t size, gfp_t gfp)
{
	const struct kmemleak_layer *hooks = kmemleak_hooks();

	if (hooks && ptr && size)
		hooks->scan_area(ptr, size, gfp, KMEMLEAK_CALLER);
}
/* Forgets a pointer that is no longer used, so that no scan finds it. */
static inline void kmemleak_erase(void **ptr)
{
	if (CONFIG_KMEMLEAK)
		*ptr = NULL;
}

/* ---- stacks ---- */

/*
 * A thread's stack is looked through from now on; *stack is the library's but for `start`. And no
 * more: when remove returns nobody reads it. Context: any. They may be called whether objects are
 * followed or not, from kmemleak_init on.
 */
static inline void kmemleak_add_stack(struct kmemleak_stack *stack)
{
	if (kmemleak_layer())
		kmemleak_layer()->add_stack(stack);
}
static inline void kmemleak_remove_stack(struct kmemleak_stack *stack)
{
	if (kmemleak_layer())
		kmemleak_layer()->remove_stack(stack);
}

/* ---- scanning; from kmemleak_init on ---- */

/*
 * Goes on with the scan that is under way, or begins one, for about `budget` bytes of what it
 * reads (and so much else as takes as long). True: it is at its end, or objects are not followed. False: there
 * is more to do, or another CPU is just doing it. Context: any; locks of the library
 * must not be held. Interrupts are on but for the time that 512 bytes take.
 */
static inline bool kmemleak_scan_step(size_t budget)
{
	return !kmemleak_layer() || kmemleak_layer()->scan_step(budget);
}
/* A whole scan from its beginning. 0; -EBUSY: another CPU is at it; -EPERM: objects are not followed. */
static inline int kmemleak_scan(void)
{
	return kmemleak_layer() ? kmemleak_layer()->scan() : -EPERM;
}
/*
 * What Linux's kmemleak thread does, for the embedder's: call it now and then. With scan=on, when it is
 * time, it does a step of a scan. True: there is more to do now. On a machine without a clock it is time
 * whenever it is called.
 */
static inline bool kmemleak_poll(size_t budget)
{
	return kmemleak_layer() && kmemleak_layer()->poll(budget);
}

/*
 * What is written to /sys/kernel/debug/kmemleak:
 *
 *   scan        a whole scan, now
 *   scan=on     kmemleak_poll scans by itself (the default), scan=off: it does not
 *   scan=SECS   so often; 0: not
 *   stack=on    stacks are looked through (the default), stack=off: they are not
 *   clear       what is reported now is no leak; after `off`: forgets all that is known
 *   off         objects are no longer followed, for good
 *   dump=ADDR   lines in the log about the object at ADDR, or around it
 *
 * 0; -EINVAL: it is none of these, a wrong number, or no object; -EPERM: objects are not
 * followed; -EBUSY: the boot is not as far, or another CPU scans. Context as kmemleak_scan_step.
 */
static inline int kmemleak_write(const char *command)
{
	return kmemleak_layer() ? kmemleak_layer()->write(command) : -EPERM;
}

/* ---- looking ---- */

/*
 * The next object that was reported and that the last scan did not find either: by address, after
 * *cursor, in the tree *kind; both 0 at first. False: no more.
 */
static inline bool kmemleak_next_leak(unsigned int *kind, uintptr_t *cursor, struct kmemleak_info *info)
{
	return kmemleak_layer() && kmemleak_layer()->next_leak(kind, cursor, info);
}
/* The object at an address, or around it. False: there is none. */
static inline bool kmemleak_find(uintptr_t address, struct kmemleak_info *info)
{
	return kmemleak_layer() && kmemleak_layer()->find(address, info);
}
/* Walks all that is kept. 0, or -EINVAL after a line in the log that says what is broken. Context: any. */
static inline int kmemleak_validate(void)
{
	return kmemleak_layer() ? kmemleak_layer()->validate() : 0;
}

#endif
