/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of the leak detector share. The theory is at the head of kmemleak.c.
 */
#ifndef MM_DEBUG_INTERNAL_H
#define MM_DEBUG_INTERNAL_H

#include <quire/kmemleak.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/rbtree.h"
#include "mm/lib/spinlock.h"

#if CONFIG_KMEMLEAK

/* ---- objects ---- */

/* kmemleak_object.flags. The numbers are Linux's, for who reads a dump. */
enum {
	OBJECT_ALLOCATED = 1 << 0,
	OBJECT_REPORTED = 1 << 1,
	OBJECT_NO_SCAN = 1 << 2,
	OBJECT_FULL_SCAN = 1 << 3, /* there was no memory for a scan area: all of it is looked through */
	OBJECT_PHYS = 1 << 4,
	OBJECT_PERCPU = 1 << 5,
};

/* min_count of an object that is looked through anyway, and of one that is left alone. */
#define KMEMLEAK_GREY_COUNT 0
#define KMEMLEAK_BLACK_COUNT (-1)

/* A part of an object that alone holds pointers. Lies in a slot of the pool. */
struct kmemleak_area {
	struct kmemleak_area *next;
	uintptr_t start;
	size_t size;
};

struct kmemleak_object {
	struct rb_node node; /* in the tree of its kind, by address */
	struct list_head grey; /* in scan.grey; next NULL: it is not */
	uintptr_t pointer;
	size_t size;
	uintptr_t excess_ref; /* of a vm_struct: the memory, which gets the references that this does not need */
	int min_count;	      /* words that must lead to it */
	int count;	      /* that were found */
	u32 checksum;	      /* of its contents, at the last scan that did not find it; 0: none yet */
	u8 kind;	      /* enum kmemleak_kind */
	u8 flags;	      /* OBJECT_ */
	u8 nr_trace;
	bool is_leak;	      /* so the last whole scan found */
	union {
		struct kmemleak_area *areas;
		struct kmemleak_object *next_unused;
	};
	unsigned long jiffies;
	int pid;
	char comm[KMEMLEAK_COMM_LEN];
	const void *trace[KMEMLEAK_TRACE_MAX];
};

static inline struct leak_state *leak_state(void)
{
	return &this_quire()->leak;
}

static inline bool object_is_black(const struct kmemleak_object *object)
{
	return object->min_count == KMEMLEAK_BLACK_COUNT;
}
static inline bool object_is_white(const struct kmemleak_object *object)
{
	return object->count < object->min_count;
}
static inline bool object_is_grey(const struct kmemleak_object *object)
{
	return !object_is_black(object) && !object_is_white(object);
}
static inline uintptr_t object_end(const struct kmemleak_object *object)
{
	return object->pointer + object->size;
}

/* ---- kmemleak_object.c: the pool, the trees. "_locked": with leak_state.lock ---- */

/*
 * A slot for an object or an area, whatever was in it. NULL: there is no memory, or objects are not
 * followed any more. Takes the lock.
 */
struct kmemleak_object *kmemleak_slot_get(gfp_t gfp);
void kmemleak_slot_put_locked(void *slot);
/* Memory to make slots of that is not the page allocator's; NULL. Without the lock. */
void *kmemleak_pool_memory(size_t size);
/* Makes slots of `size` bytes at `memory`. */
void kmemleak_slots_add_locked(void *memory, size_t size);
/* The object that the address lies in; that begins there; that is the first to begin there or later. NULL. */
struct kmemleak_object *kmemleak_lookup_locked(enum kmemleak_kind kind, uintptr_t addr);
struct kmemleak_object *kmemleak_lookup_exact_locked(enum kmemleak_kind kind, uintptr_t addr);
struct kmemleak_object *kmemleak_lookup_from_locked(enum kmemleak_kind kind, uintptr_t addr);
/* NULL; or the object that it would overlap, and nothing has changed. */
struct kmemleak_object *kmemleak_insert_locked(struct kmemleak_object *object);
/* The object is known no longer, to a scan under way neither, and its slot is unused. */
void kmemleak_remove_locked(struct kmemleak_object *object);
void kmemleak_drop_areas_locked(struct kmemleak_object *object);
/* The next object of the tree, by address; NULL: no more. */
static inline struct kmemleak_object *kmemleak_next_locked(const struct kmemleak_object *object)
{
	return rb_entry_safe(rb_next(&object->node), struct kmemleak_object, node);
}
/*
 * Forgets everything, and gives the memory back, when objects are not followed any more. The
 * second: unless somebody may still want to read of leaks.
 */
void kmemleak_empty(void);
void kmemleak_empty_if_idle(void);

/* ---- kmemleak.c ---- */

unsigned long kmemleak_now(void);
/* Ticks of kmemleak_now in a second. */
unsigned long kmemleak_hz(void);
/* Who has the object now. */
void kmemleak_set_trace(struct kmemleak_object *object, const void *caller);
/* Objects are no longer followed; a line says so. */
void kmemleak_disable(void);
/* What a request for pages of the detector's own may do, for a caller who said `gfp`. */
gfp_t kmemleak_gfp(gfp_t gfp);

/* ---- kmemleak_mark.c ---- */

void kmemleak_do_mark(enum kmemleak_kind kind, const void *ptr, enum kmemleak_mark mark, const void *caller);
void kmemleak_do_scan_area(const void *ptr, size_t size, gfp_t gfp, const void *caller);

/* ---- kmemleak_scan.c ---- */

/* It is grey from now on: a scan under way looks through it. */
void kmemleak_became_grey_locked(struct kmemleak_object *object);
bool kmemleak_do_scan_step(size_t budget);
int kmemleak_do_scan(void);
bool kmemleak_do_poll(size_t budget);
void kmemleak_do_add_stack(struct kmemleak_stack *stack);
void kmemleak_do_remove_stack(struct kmemleak_stack *stack);

/* ---- kmemleak_read.c: what others wrote, perhaps just now ---- */

/* Sanitizers shall not look: the words are read whoever owns them. */
#if defined(__clang__)
#define KMEMLEAK_UNCHECKED __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define KMEMLEAK_UNCHECKED \
	__attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif
/* Copies words, whole ones; and bytes. */
void kmemleak_read_words(uintptr_t *to, uintptr_t from, size_t words);
void kmemleak_read_bytes(u8 *to, uintptr_t from, size_t bytes);

/* Where the bytes of a CPU's copy are. */
uintptr_t kmemleak_percpu_address(uintptr_t pointer, unsigned int cpu);

/* ---- kmemleak_report.c, kmemleak_command.c ---- */

bool kmemleak_do_next_leak(unsigned int *kind, uintptr_t *cursor, struct kmemleak_info *info);
bool kmemleak_do_find(uintptr_t address, struct kmemleak_info *info);
/* Lines in the log. */
void kmemleak_dump(const struct kmemleak_info *info);
/* A copy of what is known of the object, and of its first bytes. */
void kmemleak_describe_locked(const struct kmemleak_object *object, struct kmemleak_info *info);
int kmemleak_do_validate(void);
int kmemleak_do_write(const char *command);

#endif
#endif
