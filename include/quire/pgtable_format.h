/* SPDX-License-Identifier: MIT */
/*
 * pgtable_format.h - what a page-table format is, as data, and how an entry is read and
 * made with it.
 *
 * A format is a const structure (<quire/pgtable_formats.h> has all of them). Everything
 * below is inline and takes a pointer to it: where that pointer is the address of one
 * constant, the compiler folds masks and shifts into the instructions; where it is a
 * variable, the same functions serve every format.
 *
 * Levels are counted from the bottom: level 0 maps single pages, level levels - 1 is the
 * root. An entry is a u64 whatever its size in memory.
 */
#ifndef QUIRE_PGTABLE_FORMAT_H
#define QUIRE_PGTABLE_FORMAT_H

#include <quire/pgtable_types.h>
#include <quire/state.h>

/*
 * What a mapping allows and has seen. pt_prot_fit() says what a format makes of a wish
 * that it cannot express.
 */
#define PT_READ 0x01u
#define PT_WRITE 0x02u
#define PT_EXEC 0x04u
#define PT_USER 0x08u	  /* else the kernel alone */
#define PT_GLOBAL 0x10u	  /* the same in every address space: survives a switch */
#define PT_ACCESSED 0x20u
#define PT_DIRTY 0x40u
#define PT_SOFT0 0x80u /* for the kernel's own use: hardware ignores them */
#define PT_SOFT1 0x100u
#define PT_NR_FLAGS 9
/* What pt_protect replaces; the others of an entry stay. */
#define PT_RIGHTS (PT_READ | PT_WRITE | PT_EXEC | PT_USER | PT_GLOBAL)

/* How the memory is cached. Of two types with one encoding, an entry reads as the first. */
enum pt_cache {
	PT_CACHE_WB, /* write-back: ordinary memory */
	PT_CACHE_UC, /* uncached: device registers */
	PT_CACHE_WT, /* write-through; UC where the format lacks it */
	PT_CACHE_WC, /* write-combining; UC where the format lacks it */
	PT_NR_CACHES
};

/* Holds of an entry e when (e & mask) == value; with is_not, when that is not so. */
struct pt_test {
	u64 mask, value;
	bool is_not;
};
#define PT_ALWAYS { 0, 0, false }
#define PT_NEVER { 0, 0, true }
#define PT_IF_SET(bits) { (bits), (bits), false }
#define PT_IF_CLEAR(bits) { (bits), 0, false }
#define PT_UNLESS_ALL(bits) { (bits), (bits), true }

/* `bits` are set when the flags `need` are all on and `need_not` are all off. */
struct pt_rule {
	unsigned int need, need_not;
	u64 bits;
};
#define PT_MAX_RULES 15

/* Entries that map memory, at one or several levels. */
struct pt_leaf {
	u64 kind_mask, kind_value; /* such an entry has (e & kind_mask) == kind_value */
	u64 kind_any;		   /* and at least one of these bits; 0: no such condition */
	u64 fixed;		   /* bits that are always set */
	struct pt_rule rule[PT_MAX_RULES + 1]; /* to encode; ends with bits == 0 */
	struct pt_test test[PT_NR_FLAGS];      /* to decode: one for each flag, in order */
	struct pt_test also[PT_NR_FLAGS];      /* mask != 0: the flag also holds when this does */
	u64 addr_mask;			       /* the address, shifted by pt_format.addr_shift */
	u64 high_mask;			       /* PSE-36: more of it: (e & high_mask) << high_shift */
	unsigned int high_shift;
	u64 cache_mask, cache[PT_NR_CACHES];
	u64 reserved; /* must be clear */
};

/* Entries that point to the table one level below. */
struct pt_table {
	u64 kind_mask, kind_value;
	u64 fixed;
	u64 addr_mask;
	u64 accessed; /* set by the hardware when it passes; 0: it does not */
	u64 reserved;
	struct pt_test write, user, exec; /* what is below may only do so if this holds */
};

struct pt_level {
	u8 shift; /* log2 of the bytes that one entry maps */
	u8 bits;  /* log2 of the entries in a table */
	const struct pt_leaf *leaf;   /* NULL: no entry maps memory here */
	const struct pt_table *table; /* NULL at level 0 */
};

/* Whose hardware walks the tables: what a fault looks like. */
enum pt_mmu {
	PT_MMU_X86,
	PT_MMU_ALPHA,
	PT_MMU_ARMV7,
	PT_MMU_AARCH64,
	PT_MMU_RISCV,
};

/* Where a non-present entry holds a swap entry. The offset is stored inverted. */
struct pt_swap_layout {
	u8 type_shift; /* 5 bits */
	u8 offset_shift, offset_bits;
};

struct pt_format {
	const char *name;
	enum pt_mmu mmu;
	u8 levels;
	u8 entry_bytes; /* 4 or 8 */
	u8 va_bits;
	bool is_signed; /* the bits of an address above va_bits repeat the highest one of them */
	u8 phys_bits;
	signed char addr_shift; /* physical = masked entry << addr_shift; negative: >> */
	u64 present_mask; /* an entry with none of these bits is not looked at by the hardware */
	u64 bad_mask, bad_value; /* a combination that is reserved; mask 0: none */
	struct pt_swap_layout swap;
	struct pt_level level[PT_MAX_LEVELS];
};

#define PT_INLINE static inline __attribute__((always_inline))

/* ---- addresses ---- */

/* Bytes that an entry of the level maps. */
PT_INLINE u64 pt_level_size(const struct pt_format *f, unsigned int level)
{
	return (u64)1 << f->level[level].shift;
}
/* Bytes of a table of the level; it is aligned to its size. */
PT_INLINE unsigned long pt_table_bytes(const struct pt_format *f, unsigned int level)
{
	return (unsigned long)f->entry_bytes << f->level[level].bits;
}
/* Bytes of the smallest page. */
PT_INLINE u64 pt_page_size(const struct pt_format *f)
{
	return pt_level_size(f, 0);
}
PT_INLINE u64 pt_va_mask(const struct pt_format *f)
{
	return ~(u64)0 >> (64 - f->va_bits);
}
/* The canonical address of one whose bits above va_bits do not count. */
PT_INLINE u64 pt_canonical(const struct pt_format *f, u64 va)
{
	u64 sign = (u64)1 << (f->va_bits - 1);

	va &= pt_va_mask(f);
	return f->is_signed ? (va ^ sign) - sign : va;
}
PT_INLINE bool pt_is_canonical(const struct pt_format *f, u64 va)
{
	return pt_canonical(f, va) == va;
}
PT_INLINE unsigned long pt_index(const struct pt_format *f, unsigned int level, u64 va)
{
	return (unsigned long)(va >> f->level[level].shift) & ((1UL << f->level[level].bits) - 1);
}

/* ---- entries ---- */

enum pt_kind {
	PT_NONE,       /* all zero */
	PT_NONPRESENT, /* the hardware does not look at it: a swap entry */
	PT_TABLE,
	PT_LEAF,
	PT_BAD, /* present, but nothing that this format has at this level */
};

PT_INLINE bool pt_holds(const struct pt_test *test, u64 e)
{
	return ((e & test->mask) == test->value) != test->is_not;
}
PT_INLINE bool pt_is_present(const struct pt_format *f, u64 e)
{
	return (e & f->present_mask) != 0;
}
PT_INLINE bool pt_is_table(const struct pt_format *f, unsigned int level, u64 e)
{
	const struct pt_table *table = f->level[level].table;

	return table && (e & table->kind_mask) == table->kind_value;
}
PT_INLINE bool pt_is_leaf(const struct pt_format *f, unsigned int level, u64 e)
{
	const struct pt_leaf *leaf = f->level[level].leaf;

	if (!leaf || (e & leaf->kind_mask) != leaf->kind_value)
		return false;
	if (leaf->kind_any && !(e & leaf->kind_any))
		return false;
	return !f->bad_mask || (e & f->bad_mask) != f->bad_value;
}
PT_INLINE enum pt_kind pt_kind(const struct pt_format *f, unsigned int level, u64 e)
{
	if (!e)
		return PT_NONE;
	if (!pt_is_present(f, e))
		return PT_NONPRESENT;
	if (pt_is_table(f, level, e))
		return PT_TABLE;
	return pt_is_leaf(f, level, e) ? PT_LEAF : PT_BAD;
}

PT_INLINE u64 pt_shift_addr(const struct pt_format *f, u64 bits)
{
	return f->addr_shift >= 0 ? bits << f->addr_shift : bits >> -f->addr_shift;
}
PT_INLINE u64 pt_unshift_addr(const struct pt_format *f, u64 phys)
{
	return f->addr_shift >= 0 ? phys >> f->addr_shift : phys << -f->addr_shift;
}
/* Where the table is that a table entry points to: a physical address. */
PT_INLINE u64 pt_table_addr(const struct pt_format *f, unsigned int level, u64 e)
{
	return pt_shift_addr(f, e & f->level[level].table->addr_mask);
}
/* Where the memory begins that a leaf maps: a physical address. */
PT_INLINE u64 pt_leaf_addr(const struct pt_format *f, unsigned int level, u64 e)
{
	const struct pt_leaf *leaf = f->level[level].leaf;
	u64 phys = pt_shift_addr(f, e & leaf->addr_mask);

	return leaf->high_mask ? phys | (e & leaf->high_mask) << leaf->high_shift : phys;
}
/* The bits of a leaf that hold the address. */
PT_INLINE u64 pt_leaf_addr_bits(const struct pt_format *f, unsigned int level, u64 phys)
{
	const struct pt_leaf *leaf = f->level[level].leaf;
	u64 bits = pt_unshift_addr(f, phys) & leaf->addr_mask;

	return leaf->high_mask ? bits | ((phys >> leaf->high_shift) & leaf->high_mask) : bits;
}

/* ---- in memory ---- */

/* Where entry `index` of a table is. */
PT_INLINE void *pt_slot(const struct pt_format *f, void *table, unsigned long index)
{
	return (char *)table + index * f->entry_bytes;
}
/*
 * What an entry points to must be read after it. These processors keep the order of a load
 * and one of the address that it gave; with others (Alpha does not) it is asked for.
 */
#if defined(__arm__) || defined(__aarch64__) || defined(__riscv)
#define PT_READ_ORDER __ATOMIC_RELAXED
#else
#define PT_READ_ORDER __ATOMIC_ACQUIRE
#endif
/*
 * Reads an entry that hardware or another CPU may be changing. On a 32-bit machine the
 * halves of an 8-byte entry are read until they belong together.
 */
PT_INLINE u64 pt_read(const struct pt_format *f, const void *slot)
{
	if (f->entry_bytes == 4)
		return __atomic_load_n((const u32 *)slot, PT_READ_ORDER);
#if __SIZEOF_POINTER__ == 8
	return __atomic_load_n((const u64 *)slot, PT_READ_ORDER);
#else
	{
		const u32 *half = (const u32 *)slot;
		u32 low, high;

		do {
			low = __atomic_load_n(half, __ATOMIC_ACQUIRE);
			high = __atomic_load_n(half + 1, __ATOMIC_ACQUIRE);
		} while (low != __atomic_load_n(half, __ATOMIC_RELAXED));
		return low | (u64)high << 32;
	}
#endif
}
/*
 * Replaces an entry; what was written before is visible to who follows it. No other CPU
 * ever sees a present entry with half an address.
 */
void pt_write(const struct pt_format *f, void *slot, u64 e);
/* Replaces an entry and returns the one before, with every bit that hardware has set in it. */
u64 pt_exchange(const struct pt_format *f, void *slot, u64 e);

/* ---- encoding: mm/pgtable/entry.c ---- */

/*
 * The protections that a mapping has when `prot` is asked for: what the format always
 * has is added, what it lacks is taken away, and writable memory is readable. So memory
 * is executable where there is no NX, and never dirty where there is no such bit.
 */
unsigned int pt_prot_fit(const struct pt_format *f, unsigned int prot);
/* The leaf that maps `phys` (aligned to the level) with prot as pt_prot_fit() makes it. */
u64 pt_make_leaf(const struct pt_format *f, unsigned int level, u64 phys, unsigned int prot,
		 enum pt_cache cache);
/* The entry that points to a table. */
u64 pt_make_table(const struct pt_format *f, unsigned int level, u64 phys);
/* PT_ flags and cache type of a leaf, by itself: the tables above it may allow less. */
unsigned int pt_leaf_prot(const struct pt_format *f, unsigned int level, u64 e);
enum pt_cache pt_leaf_cache(const struct pt_format *f, unsigned int level, u64 e);
/* The same leaf with other flags; all else in it stays. */
u64 pt_leaf_set_prot(const struct pt_format *f, unsigned int level, u64 e, unsigned int prot);
/* True if a leaf of the level can hold this address: it is aligned and not too high. */
bool pt_leaf_can_map(const struct pt_format *f, unsigned int level, u64 phys);

/* ---- swap entries: mm/pgtable/swap.c ---- */

#define PT_SWAP_TYPES 32
/* The highest offset that a swap entry holds. */
u64 pt_swap_max_offset(const struct pt_format *f);
/* The non-present entry of level 0 for it; 0 if type or offset is too high. */
u64 pt_make_swap(const struct pt_format *f, unsigned int type, u64 offset);
/* `e` must be PT_NONPRESENT. */
unsigned int pt_swap_type(const struct pt_format *f, u64 e);
u64 pt_swap_offset(const struct pt_format *f, u64 e);

/* ---- the formats: mm/pgtable/formats.c ---- */

/* All of them; ends with NULL. */
extern const struct pt_format *const pt_formats[];
/* By its name ("x86_64", "i386-pae"); NULL if there is none. */
const struct pt_format *pt_format_find(const char *name);
/*
 * Does a format contradict itself: levels that do not meet, bits used twice, protections
 * that do not come back, swap entries that look present? NULL if it is sound, or what is
 * wrong. For embedders with a format of their own, and for tests.
 */
const char *pt_format_check(const struct pt_format *f);

#endif
