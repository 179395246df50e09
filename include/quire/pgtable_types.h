/* SPDX-License-Identifier: MIT */
/*
 * pgtable_types.h - a page table as a structure: its format, its root, where its tables
 * come from. The calls are in <quire/pgtable.h>.
 */
#ifndef QUIRE_PGTABLE_TYPES_H
#define QUIRE_PGTABLE_TYPES_H

#include <quire/types.h>

#define PT_MAX_LEVELS 5

struct pt_format;

/* Where tables come from. */
struct pt_ops {
	/*
	 * Takes `bytes` of zeroed memory, aligned to its size and in the direct map, for a
	 * table whose address must lie below `limit`. *phys is its physical address.
	 * False if there is none.
	 */
	bool (*alloc)(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys);
	void (*free)(void *ctx, phys_addr_t phys, unsigned long bytes);
	/*
	 * Called by pt_free_empty when tables of [va, va + size) are unlinked and before they
	 * are freed: no processor may use them any more. NULL: the caller sees to that.
	 */
	void (*flush)(void *ctx, u64 va, u64 size);
};

struct pgtable {
	const struct pt_format *format;
	phys_addr_t root; /* what the processor's root register gets */
	const struct pt_ops *ops;
	void *ctx; /* handed to ops */
	unsigned long nr_tables[PT_MAX_LEVELS]; /* that there are, by level */
};

/* The format that the pte_ functions of <quire/pgtable_names.h> work on. */
struct pgtable_state {
	const struct pt_format *format;
};

#endif
