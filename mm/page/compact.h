/* SPDX-License-Identifier: MIT */
/*
 * compact.h - one run of compaction, as its files see it: compact_zone.c works, compaction.c and
 * kcompactd.c say what for.
 */
#ifndef MM_PAGE_COMPACT_H
#define MM_PAGE_COMPACT_H

#include <quire/compaction.h>

#include "mm/page/internal.h"

#if CONFIG_PAGE_EXT

/*
 * page_leaf.hint of a leaf that is not isolated; 0: nothing is known. A leaf that could not be
 * emptied is not tried again while as many frames of it are free.
 */
#define LEAF_HINT_EMPTYING 0xffu
#define LEAF_HINT_FAILED 0x80u /* and the lowest bits of nr_free then */
#define LEAF_HINT_FREE 0x3fu

/* Leaves by how much of them is free: an eighth each. */
#define COMPACT_BANDS 8

#define COMPACT_STASH 32

struct compaction {
	struct zone *zone;
	unsigned int order;	/* of the block that shall be made */
	bool whole_zone;	/* not one block, but as many whole leaves as can be had */
	unsigned int max_blocks; /* then: so many are enough; 0: all */
	enum migratetype type;	/* of the request */
	enum migrate_mode mode;
	bool ignores_hints;	/* tries leaves that could not be emptied */
	bool is_daemon;
	unsigned int max_surveys; /* leaves to look into; 0: all */

	/* results */
	unsigned int made; /* blocks */
	unsigned long migrate_scanned, free_scanned, isolated;

	/* ---- compact_zone.c's own */
	struct migration migration;
	unsigned int surveys;
	bool is_full;	   /* there is no room for what is to be moved */
	bool is_contended; /* somebody waits for the locks that are needed */
	bool has_skipped;  /* not everything was looked at */
	unsigned int source_free; /* free frames of the leaf that is emptied, before */
	struct {
		u32 no;
		unsigned int band;
	} target[LEAF_ORDER_MAX]; /* by order: the leaf that is asked next for room */
	struct page *stash[COMPACT_STASH]; /* frames to move pages to */
	unsigned int nr_stash;
	u32 last_target; /* the leaf that was asked last, plus one */
	pfn_t start, end; /* what is emptied; all of one leaf */
	unsigned long captured[(1U << LEAF_ORDER_MAX) / BITS_PER_LONG]; /* frames of the leaf that are ours */
};

/*
 * Makes a block, or whole leaves, in c->zone. May sleep unless c->mode is MIGRATE_ASYNC.
 * COMPACT_SUCCESS, COMPLETE, PARTIAL_SKIPPED or CONTENDED.
 */
enum compact_result compact_zone(struct compaction *c);

#endif
#endif
