/* SPDX-License-Identifier: MIT */
/*
 * tlb.h - a translation lookaside buffer in software: what an MMU remembers of the tables
 * it has walked, until it is told to forget it.
 *
 * It is a plain structure: nothing here is locked, and it needs no machine (mmu.c has both).
 */
#ifndef PORT_HOST_TLB_H
#define PORT_HOST_TLB_H

#include <quire/pgtable.h>

/* Which entry of a full set gives way. */
enum tlb_replacement {
	TLB_LRU,	 /* the one that was not used for the longest time */
	TLB_ROUND_ROBIN, /* each in turn, whatever is used: as processors with little silicon do */
};

struct tlb_shape {
	unsigned int sets; /* a power of two; 1: fully associative */
	unsigned int ways; /* entries of a set */
	enum tlb_replacement replacement;
};
/* As many entries as a small core of today has. */
#define TLB_SHAPE_DEFAULT ((struct tlb_shape){ 64, 4, TLB_LRU })

struct tlb_entry {
	u64 va; /* of the page's first byte */
	u8 shift; /* log2 of its size; 0: the entry is free */
	bool is_global; /* serves every tag */
	u8 may;	  /* accesses known to be allowed while control bits are `cpu`: see mmu.c */
	unsigned int tag; /* the address space: PCID, ASID */
	unsigned int cpu;
	u64 used; /* when, for TLB_LRU */
	struct pt_outcome seen;
};

struct tlb_counts {
	u64 hits, misses;
	u64 evicted; /* entries that gave way to others */
	u64 flushes, flushed; /* calls of tlb_flush, and entries that these took */
};

struct tlb {
	struct tlb_shape shape;
	struct tlb_entry *entries; /* set by set */
	unsigned int *turn;	   /* of each set, for TLB_ROUND_ROBIN */
	unsigned int in_use[64];   /* entries by log2 of their page's size */
	u64 sizes;		   /* the bits of in_use that are not 0 */
	u64 now;
	struct tlb_counts counts;
};

/* 0; -EINVAL: no such shape; -ENOMEM. */
int tlb_init(struct tlb *tlb, const struct tlb_shape *shape);
void tlb_free(struct tlb *tlb);

/*
 * The entry for an address in an address space, counted as hit or miss; NULL: a miss. If pages
 * of several sizes are remembered for it, which takes a missing flush, the smallest counts.
 */
struct tlb_entry *tlb_find(struct tlb *tlb, u64 va, unsigned int tag);

/*
 * Remembers the page of 1 << shift bytes around va, in place of an entry for the same page
 * if there is one. The caller fills in what the entry is to say: `seen`, `may`, `cpu` are void.
 */
struct tlb_entry *tlb_insert(struct tlb *tlb, u64 va, unsigned int shift, unsigned int tag,
			     bool is_global);
/* Forgets one entry. */
void tlb_drop(struct tlb *tlb, struct tlb_entry *entry);

#define TLB_ANY_TAG (~0u)

/* What is to be forgotten: entries whose page overlaps [first, last], if the tag fits. */
struct tlb_range {
	u64 first, last;
	unsigned int tag; /* or TLB_ANY_TAG */
	bool with_global; /* global entries too, whatever their tag */
};
/* Returns how many there were. Costs one look at every entry, unless the TLB is empty. */
unsigned long tlb_flush(struct tlb *tlb, const struct tlb_range *range);

#endif
