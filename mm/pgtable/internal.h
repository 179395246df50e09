/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/pgtable share: the walker, and table memory.
 */
#ifndef MM_PGTABLE_INTERNAL_H
#define MM_PGTABLE_INTERNAL_H

#include <quire/page.h>
#include <quire/pgtable.h>

#include "mm/lib/bitmap.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "page tables are read as little-endian"
#endif

/* ---- the walker: walk.c ---- */

/* Addresses here are without sign: va & pt_va_mask(). `last` is inclusive. */
struct pt_range {
	u64 va, last;
};

/* 0, or -EINVAL if [va, va + size) is empty, not canonical or not of whole pages. */
int quire_pt_range(const struct pt_format *f, u64 va, u64 size, struct pt_range *range);
/* All addresses. */
static inline struct pt_range pt_whole(const struct pt_format *f)
{
	return (struct pt_range){ 0, pt_va_mask(f) };
}

struct pt_walk;
/* An entry, and the part of what it maps that the walk is about. */
struct pt_place {
	unsigned int level;
	void *slot;
	u64 va, last;
};
#define PT_WALK_INTO 1
/*
 * Called for each entry in turn. 0: go on with the next; PT_WALK_INTO: walk the table that
 * the entry points to now; negative: stop.
 */
typedef int pt_visit_t(struct pt_walk *walk, const struct pt_place *place);

struct pt_walk {
	const struct pt_format *f;
	pt_visit_t *visit;
	/* Called after the table below an entry has been walked; NULL: nothing. */
	void (*leave)(struct pt_walk *walk, const struct pt_place *place);
};
/*
 * Visits the entries of the table that cover the range. Depth of recursion: the levels.
 * 0 or the negative answer of a visit.
 */
int quire_pt_walk(struct pt_walk *walk, unsigned int level, phys_addr_t table, struct pt_range range);

/* Does the range cover all that an entry of its level maps? */
static inline bool pt_covers_entry(const struct pt_format *f, const struct pt_place *place)
{
	return place->last - place->va == pt_level_size(f, place->level) - 1;
}

/* ---- memory for tables: table.c ---- */

/* Tables taken in advance: how many, and chains of them, by level. */
struct pt_reserve {
	unsigned long needed[PT_MAX_LEVELS];
	phys_addr_t chain[PT_MAX_LEVELS];
};
/* Takes what is `needed`: 0; -ENOMEM, and nothing is taken. */
int quire_pt_reserve(struct pgtable *pt, struct pt_reserve *reserve);
/* Hands one out, zeroed, and counts it. There must be one. */
phys_addr_t quire_pt_take(struct pgtable *pt, struct pt_reserve *reserve, unsigned int level);
/* Puts a table onto a chain; only the first 8 bytes are used, and look like no entry. */
void quire_pt_chain(phys_addr_t *chain, phys_addr_t table);
/* Frees a chain of tables of the level. */
void quire_pt_free_chain(struct pgtable *pt, phys_addr_t chain, unsigned int level);

/* Can [table, table + bytes) be read through the direct map: is RAM there? */
bool quire_pt_reachable(u64 table, u64 bytes);

/* ---- entries: entry.c ---- */

/* Replaces the entry `old` by `e`, and says so; false if it has changed. */
bool quire_pt_replace(const struct pt_format *f, void *slot, u64 old, u64 e);
/* Replaces *slot by change(old), losing no bit that hardware sets meanwhile. */
void quire_pt_update(const struct pt_format *f, void *slot, unsigned int level,
		     u64 (*change)(const struct pt_format *f, unsigned int level, u64 e,
				   unsigned int prot),
		     unsigned int prot);
/* Does an entry, a table or a leaf, have a reserved bit set, or an address of too many bits? */
bool quire_pt_has_reserved(const struct pt_format *f, unsigned int level, u64 e,
			   unsigned int phys_bits);
/* What tables allow what is below them: PT_ flags to take away. */
unsigned int quire_pt_denied(const struct pt_table *table, u64 e);

/* ---- splitting: split.c ---- */

/* How many tables of each level it takes to split the leaf at `place` so that its range ends there. */
void quire_pt_count_split(const struct pt_format *f, const struct pt_place *place,
			  struct pt_reserve *reserve);
/* Replaces a leaf by a table of leaves of the next level that map the same. */
void quire_pt_split(struct pgtable *pt, const struct pt_place *place, struct pt_reserve *reserve);
/* Can the pieces of a leaf be mapped at all? A page above 4 GB (PSE-36) cannot be split. */
bool quire_pt_can_split(const struct pt_format *f, unsigned int level, u64 e);

#endif
