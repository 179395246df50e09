/* SPDX-License-Identifier: MIT */
/*
 * percpu_internal.h - a chunk of per-CPU memory, and what the files percpu*.c do with it.
 */
#ifndef MM_KVIRT_PERCPU_INTERNAL_H
#define MM_KVIRT_PERCPU_INTERNAL_H

#include <quire/page.h>
#include <quire/percpu.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/rbtree.h"

/* What is handed out is a multiple of this, in bytes, and begins at one. */
#define PERCPU_GRANULE 4

/* Room for allocations beside the static variables in the first chunk, per CPU. */
#define PERCPU_DYNAMIC_RESERVE ((size_t)(__SIZEOF_POINTER__ == 8 ? 28 : 20) << 10)
/* A CPU's part of a chunk on a machine without static variables, unless it has little RAM. */
#define PERCPU_MIN_UNIT_SIZE ((size_t)32 << 10)

enum percpu_backing {
	PERCPU_BOOT,   /* boot memory, or pages that hold the static variables: for good */
	PERCPU_EXACT,  /* alloc_pages_exact */
	PERCPU_CONTIG, /* alloc_contig_range: more than the largest block */
	PERCPU_WINDOW, /* pages of the CPUs' nodes, mapped one behind the other: pages[] */
};

/*
 * nr_cpus units of unit_size bytes, one behind the other. What is taken in one unit is
 * taken in all, so one map speaks for all: a bit per granule. All counts are granules.
 */
struct percpu_chunk {
	struct rb_node node;   /* in percpu_state.chunks */
	struct list_head link; /* in the slot that longest_free belongs to */
	unsigned int slot;     /* that one */
	char *base;	       /* CPU 0's unit */
	enum percpu_backing backing;
	struct page **pages; /* in the window: of unit after unit; else NULL */
	size_t nr_granules;  /* of a unit */
	size_t nr_usable;    /* of them may be handed out; the static variables may not */
	size_t nr_free;
	size_t longest_free; /* no free run is longer */
	size_t first_free;   /* none below is free */
	size_t last_taken;   /* all from here on are free */
	unsigned long *taken; /* a bit per granule */
	unsigned long *begun; /* a bit where an allocation begins */
};

/* ---- percpu_map.c: one chunk's map; with percpu_state.lock held, or before others see it ---- */

/* Bytes of the structure and all that hangs from it; with_pages: also of pages[]. */
size_t percpu_chunk_bytes(bool with_pages);
/* Makes an empty chunk of that much memory, whatever was in it. Where it is: see next. */
struct percpu_chunk *percpu_chunk_init(void *memory, bool with_pages);
void percpu_chunk_place(struct percpu_chunk *chunk, char *base, enum percpu_backing backing);
/* Takes the first bytes of the units out, for good. The chunk is empty. */
void percpu_map_set_static(struct percpu_chunk *chunk, size_t bytes);

/* A free run of `count` granules that begins at a multiple of `align`, first fit; -1: none. */
ptrdiff_t percpu_map_take(struct percpu_chunk *chunk, size_t count, size_t align);
/* The length of the allocation that begins at granule `at`; 0: none begins there. */
size_t percpu_map_length(const struct percpu_chunk *chunk, size_t at);
void percpu_map_give(struct percpu_chunk *chunk, size_t at);
static inline bool percpu_chunk_is_empty(const struct percpu_chunk *chunk)
{
	return chunk->nr_free == chunk->nr_usable;
}

/* ---- percpu_chunk.c ---- */

/*
 * A chunk from the page allocator or the window, known to nobody yet. NULL: no memory, or
 * the page allocator is not up. Without percpu_state.lock; does not sleep.
 */
struct percpu_chunk *percpu_chunk_create(gfp_t gfp);
/* Gives its memory back; nobody knows it any more. Not for PERCPU_BOOT. */
void percpu_chunk_destroy(struct percpu_chunk *chunk);
/* percpu_chunk_init() of pages, without units; and back, when its units are gone. */
struct percpu_chunk *percpu_chunk_alloc(gfp_t gfp, bool with_pages);
void percpu_chunk_free(struct percpu_chunk *chunk);

/* ---- percpu_window.c ---- */

struct percpu_window {
	/* As percpu_chunk_create; may wait for other CPUs' TLBs. */
	struct percpu_chunk *(*create)(gfp_t gfp);
	/* Unmaps it and frees its units, not its map. */
	void (*destroy)(struct percpu_chunk *chunk);
};

/* ---- percpu_setup.c: steps of the boot ---- */

/* 0: so much does not fit in the address space. */
size_t percpu_choose_unit_size(size_t nr_static);
/* From now on alloc_percpu may be called. */
void percpu_set_up(size_t unit_size);
/* The chunk, empty and not known yet, gets the copies of the static variables. */
void percpu_chunk_make_first(struct percpu_chunk *chunk, const void *template, size_t nr_static);

/* ---- percpu_slots.c: the chunks there are, with percpu_state.lock held ---- */

void percpu_chunk_insert(struct percpu_chunk *chunk);
void percpu_chunk_remove(struct percpu_chunk *chunk);
/* Moves the chunk to the slot that its longest run now belongs to. */
void percpu_chunk_reslot(struct percpu_chunk *chunk);
/* The chunk that has `addr` in one of its units; NULL. */
struct percpu_chunk *percpu_chunk_find(uintptr_t addr);
static inline unsigned int percpu_slot(size_t granules)
{
	return min_of(fls_long(granules), PERCPU_SLOTS - 1U);
}
/* Bytes of a chunk's units. */
static inline size_t percpu_chunk_size(void)
{
	return quire_nr_cpus() * this_quire()->percpu.unit_size;
}

#endif
