/* SPDX-License-Identifier: MIT */
/*
 * pgtable.h - page tables: make, map, unmap, protect, look up, walk, count, give back, and
 * what the hardware does with them.
 *
 * One set of functions for every format. Those that change a table must not run at the
 * same time as another call for the same addresses: the caller has the lock. Looking up
 * may run at any time, but not while pt_free_empty or pt_destroy frees what it reads.
 * Nothing here flushes a TLB, except where a hook is named: that is the caller's.
 * Addresses and sizes are in bytes. No function sleeps.
 */
#ifndef QUIRE_PGTABLE_H
#define QUIRE_PGTABLE_H

#include <quire/pgtable_format.h>
#include <quire/pgtable_types.h>

/*
 * With CONFIG_PGTABLE_FORMAT (one of <quire/pgtable_formats.h>, as pt_x86_64) every table
 * of this build has that format, and the compiler folds it in.
 */
#ifdef CONFIG_PGTABLE_FORMAT
#include <quire/pgtable_formats.h>
#define pt_format_of(pt) (&CONFIG_PGTABLE_FORMAT)
#else
#define pt_format_of(pt) ((pt)->format)
#endif

/*
 * The default source of tables: blocks of the page allocator, in the smallest order that
 * holds a table. An ARMv7 second table (1 KB) or a PAE root (32 bytes) takes a page of its
 * own.
 */
extern const struct pt_ops pt_page_ops;

/*
 * Makes an empty table: a root alone. ops NULL: pt_page_ops. With CONFIG_PGTABLE_FORMAT
 * `format` must be that one. 0; -ENOMEM.
 */
int pt_create(struct pgtable *pt, const struct pt_format *format, const struct pt_ops *ops,
	      void *ctx);
/*
 * Gives all tables back, the root too. What they mapped belongs to others and is not
 * touched. No processor may use the table any more.
 */
void pt_destroy(struct pgtable *pt);

/* How a range is to be mapped. */
struct pt_attr {
	unsigned int prot; /* PT_ flags; see pt_prot_fit() */
	enum pt_cache cache;
	u64 max_page; /* no larger pages than so many bytes; 0: the largest that fit */
};

/*
 * Maps [va, va + size) to physical memory from `phys` on, each piece with the largest page
 * that the format has, whose alignment both addresses have, that fits, and that is not
 * larger than attr->max_page; where a table is already, even an empty one, smaller pages
 * go into it. All or nothing:
 * -EINVAL: size 0, something not aligned to the smallest page, addresses that are not
 *	    canonical or that the format cannot hold, protections that allow neither
 *	    reading nor executing, or a table that is not of this format;
 * -EEXIST: something is mapped there, or a swap entry stands there;
 * -ENOMEM: no memory for tables.
 */
int pt_map(struct pgtable *pt, u64 va, phys_addr_t phys, u64 size, const struct pt_attr *attr);

/*
 * Takes away what is mapped in [va, va + size), swap entries too; holes stay holes. A large
 * page that reaches beyond the range is split first. Tables stay, for pt_free_empty after
 * the TLB is flushed. -EINVAL, -ENOMEM as above, and nothing has changed.
 */
int pt_unmap(struct pgtable *pt, u64 va, u64 size);

/*
 * Gives everything that is mapped in [va, va + size) the PT_RIGHTS of `prot`; accessed,
 * dirty, software bits and cache type stay. Holes and swap entries are passed over. A large
 * page that only partly changes is split. -EINVAL, -ENOMEM as above: nothing has changed.
 */
int pt_protect(struct pgtable *pt, u64 va, u64 size, unsigned int prot);

/*
 * Unlinks and frees the tables below the root that lie at least partly in [va, va + size)
 * and have no entry left. Returns how many. A malformed range frees none.
 */
unsigned long pt_free_empty(struct pgtable *pt, u64 va, u64 size);

/* ---- looking up ---- */

/* Where a walk ended. */
struct pt_found {
	u64 entry;	    /* the first that is no table */
	unsigned int level; /* that it stands at */
};

/* One step down. True if the entry is a table; *table is then its address. */
PT_INLINE bool pt_step(const struct pt_format *f, unsigned int level, u64 va, phys_addr_t *table,
		       struct pt_found *found)
{
	u64 e = pt_read(f, pt_slot(f, phys_to_virt(*table), pt_index(f, level, va)));

	found->entry = e;
	found->level = level;
	if (!level || !pt_is_table(f, level, e))
		return false;
	*table = (phys_addr_t)pt_table_addr(f, level, e);
	return true;
}

/*
 * The entry that decides about an address. With a constant format this is one load and one
 * test a level. The address must be canonical: bits above va_bits are not looked at. The
 * tables must be sound: where one points is not checked (pt_access does that).
 */
PT_INLINE struct pt_found pt_find(const struct pt_format *f, phys_addr_t root, u64 va)
{
	struct pt_found found = { 0, 0 };

	if (f->levels > 4 && !pt_step(f, 4, va, &root, &found))
		return found;
	if (f->levels > 3 && !pt_step(f, 3, va, &root, &found))
		return found;
	if (f->levels > 2 && !pt_step(f, 2, va, &root, &found))
		return found;
	if (pt_step(f, 1, va, &root, &found))
		pt_step(f, 0, va, &root, &found);
	return found;
}

/* The physical address that a leaf, found for va, translates it to. */
PT_INLINE u64 pt_found_phys(const struct pt_format *f, const struct pt_found *found, u64 va)
{
	return pt_leaf_addr(f, found->level, found->entry) |
	       (va & (pt_level_size(f, found->level) - 1));
}

/* The translation by an entry of a level that is known; false if it is no leaf. */
PT_INLINE bool pt_leaf_translate(const struct pt_format *f, unsigned int level, u64 e, u64 va,
				 u64 *phys)
{
	if (!pt_is_leaf(f, level, e))
		return false;
	*phys = pt_leaf_addr(f, level, e) | (va & (pt_level_size(f, level) - 1));
	return true;
}

/*
 * The physical address of a canonical virtual one; false if it is not mapped. With a
 * constant format what a large page means is folded in at each level: this costs as many
 * instructions as a walk written by hand for the format (tests/build/pgtable.t counts).
 */
PT_INLINE bool pt_translate(const struct pt_format *f, phys_addr_t root, u64 va, u64 *phys)
{
	struct pt_found found;

	if (f->levels > 4 && !pt_step(f, 4, va, &root, &found))
		return pt_leaf_translate(f, 4, found.entry, va, phys);
	if (f->levels > 3 && !pt_step(f, 3, va, &root, &found))
		return pt_leaf_translate(f, 3, found.entry, va, phys);
	if (f->levels > 2 && !pt_step(f, 2, va, &root, &found))
		return pt_leaf_translate(f, 2, found.entry, va, phys);
	if (!pt_step(f, 1, va, &root, &found))
		return pt_leaf_translate(f, 1, found.entry, va, phys);
	pt_step(f, 0, va, &root, &found);
	return pt_leaf_translate(f, 0, found.entry, va, phys);
}

/* All that the tables say of an address, or of a range that one entry decides about. */
struct pt_entry {
	u64 va;	  /* first address */
	u64 size; /* bytes */
	enum pt_kind kind;  /* PT_NONE: a hole */
	unsigned int level; /* that the entry stands at */
	u64 entry;
	/* Of a PT_LEAF: */
	u64 phys;	   /* that `va` is mapped to */
	unsigned int prot; /* what all levels together allow; accessed and dirty of the leaf */
	enum pt_cache cache;
};

/*
 * Looks an address up: *out is the whole page (or hole) that it lies in, but phys is that of
 * the address itself. 0 if it is mapped; -ENOENT if not (*out says what stands there);
 * -EINVAL if the address is not canonical (*out is not written).
 */
int pt_lookup(const struct pgtable *pt, u64 va, struct pt_entry *out);

/*
 * Calls `each` for every entry of [va, va + size) that is no table, in ascending order, cut
 * to the range. An answer other than 0 ends the walk and is returned. `each` must not
 * change the tables. -EINVAL for a malformed range; else 0.
 */
int pt_walk_range(const struct pgtable *pt, u64 va, u64 size,
		  int (*each)(void *ctx, const struct pt_entry *entry), void *ctx);

struct pt_counts {
	unsigned long tables[PT_MAX_LEVELS];
	unsigned long leaves[PT_MAX_LEVELS];
	unsigned long swaps; /* non-present entries */
};
/* Counts what there is, at every level, by walking all of it. */
void pt_count(const struct pgtable *pt, struct pt_counts *counts);

/*
 * Walks all of it and checks: every entry is one that this format has at its level, no
 * reserved bit is set, tables lie in the direct map, nr_tables is right. 0; -EINVAL, with
 * a line at LOG_ERR that names the first wrong entry.
 */
int pt_validate(const struct pgtable *pt);

/* ---- what the hardware does: mm/pgtable/access*.c ---- */

enum pt_access_kind { PT_LOAD, PT_STORE, PT_FETCH };

/* The control bits of a processor, each with the format that has it. */
#define PT_CPU_WP 0x01u	    /* x86: the kernel, too, may not write what is read-only */
#define PT_CPU_NXE 0x02u    /* x86: bit 63 is NX; without it, it is reserved */
#define PT_CPU_SMEP 0x04u   /* x86: the kernel does not execute user memory */
#define PT_CPU_SMAP 0x08u   /* x86: nor read or write it (and EFLAGS.AC is clear) */
#define PT_CPU_SUM 0x10u    /* RISC-V: the kernel may read and write user memory */
#define PT_CPU_MXR 0x20u    /* RISC-V: what is executable is readable */
#define PT_CPU_HW_AD 0x40u  /* RISC-V, AArch64: hardware sets accessed and dirty; else it faults */

struct pt_request {
	enum pt_access_kind kind;
	bool is_user;
	unsigned int cpu;	/* PT_CPU_ bits */
	unsigned int phys_bits; /* address lines of this processor; 0: the format's */
};

enum pt_fault {
	PT_OK,
	PT_FAULT_CANONICAL,   /* the address is none of this format's */
	PT_FAULT_TRANSLATION, /* nothing is mapped there */
	PT_FAULT_RESERVED,    /* an entry has a reserved bit set */
	PT_FAULT_ACCESSED,    /* not accessed yet, and software is to note it */
	PT_FAULT_PERMISSION,  /* Alpha: the access is not enabled */
	PT_FAULT_ON,	      /* Alpha: the fault-on-read, -write or -execute bit is set */
	PT_FAULT_BUS, /* a table lies outside of the direct map */
};

/*
 * The outcome. `code` is what the processor reports:
 * x86	     the error code of #PF: P 1, W 2, U 4, RSVD 8, I/D 16. PT_FAULT_CANONICAL and
 *	     PT_FAULT_BUS are no page faults: code 0 (#GP, machine check)
 * ARMv7     the fault status register: status, and WnR (bit 11) for a store; 5 and 7
 *	     translation, 3 and 6 access flag, 13 and 15 permission, 12 and 14 external abort
 *	     on the walk, each for section and page
 * AArch64   fault status and WnR (bit 6) of ESR: 4 translation, 8 access flag, 12
 *	     permission, 20 external abort, plus the level that ARM counts from the root
 * RISC-V    scause: 12, 13, 15 page fault of a fetch, load, store; 1, 5, 7 access fault
 * Alpha     MMCSR of the OSF/1 PALcode: 0 not valid, 1 access violation, 2, 3, 4 fault on
 *	     read, execute, write
 */
struct pt_outcome {
	enum pt_fault fault;
	u32 code;
	unsigned int level; /* of the entry that decided */
	u64 phys;	    /* PT_OK: the translated address */
	u64 entry;	    /* as it was read: the bits set by this access are not in it */
	/* PT_OK: what a TLB keeps for pt_access_cached(). */
	u64 after;	     /* the entry with the bits set by this access */
	unsigned int denied; /* PT_ flags that the tables above take away */
	u64 table_bits;	     /* all table entries on the way, OR-ed */
};

/*
 * One access to one byte, as the processor's table walk does it: checks, and sets accessed
 * and dirty bits where the hardware of the format does. x86 sets A in each table entry it
 * passes, and A and D in the leaf when the access is allowed. Any table contents are safe.
 * Any number of CPUs may do this at the same time. Returns outcome->fault.
 */
enum pt_fault pt_access(const struct pt_format *f, phys_addr_t root, u64 va,
			const struct pt_request *request, struct pt_outcome *outcome);

/*
 * An access to the page of an earlier one that was PT_OK, by a processor that remembers its
 * outcome `seen` in a TLB: what was read then decides, however the tables are now. True:
 * *outcome is what pt_access would have said then. False: this access would set a bit in the
 * entry, so the processor walks the tables again; *outcome is then void.
 */
bool pt_access_cached(const struct pt_format *f, const struct pt_outcome *seen, u64 va,
		      const struct pt_request *request, struct pt_outcome *outcome);

#endif
