/* SPDX-License-Identifier: MIT */
/*
 * pgtable_names.h - page tables in Linux's names: pgd, p4d, pud, pmd, pte.
 *
 * They work on the same tables as <quire/pgtable.h>, in the format of this machine:
 * pt_format_select() says which, or CONFIG_PGTABLE_FORMAT for good. Five names stand for
 * up to five levels: pte is level 0 and pgd the root; a format with fewer levels folds
 * names in the middle, from p4d down:
 *
 *    levels   pgd  p4d  pud  pmd  pte
 *      5       4    3    2    1    0
 *      4       3   (3)   2    1    0       (n): the same entry as the name to its left
 *      3       2   (2)  (2)   1    0
 *      2       1   (1)  (1)  (1)   0
 *
 * Of names that share an entry the lowest one looks at it; the others say that it is
 * present, not none, not bad and no leaf, and their _offset hands the pointer on.
 *
 * A value (pte_t) is 8 bytes wide whatever the table holds, so a pointer to an entry is
 * never followed: it is read with ptep_get() and its like, and written with set_pte().
 * Addresses are virtual, in bytes, and canonical. Nothing here locks, sleeps or flushes.
 */
#ifndef QUIRE_PGTABLE_NAMES_H
#define QUIRE_PGTABLE_NAMES_H

#include <quire/page.h>
#include <quire/pgtable.h>

#ifdef CONFIG_PGTABLE_FORMAT
PT_INLINE const struct pt_format *this_pt_format(void)
{
	return &CONFIG_PGTABLE_FORMAT;
}
#else
PT_INLINE const struct pt_format *this_pt_format(void)
{
	return this_quire()->pgtable.format;
}
#endif
/* Which format the names below work on; `f` must stay. Before any of them is used. */
static inline void pt_format_select(const struct pt_format *f)
{
	this_quire()->pgtable.format = f;
}

/* ---- the levels above pte ---- */

/* The level that the n-th name stands for (pte 0, pgd 4). */
PT_INLINE unsigned int pt_named_level(unsigned int n)
{
	unsigned int top = this_pt_format()->levels - 1u;

	return n < top ? n : top;
}
/* Does the name below look at the same entry? */
PT_INLINE bool pt_name_is_folded(unsigned int n)
{
	return pt_named_level(n - 1) == pt_named_level(n);
}

#define PT_DEFINE_NAME(x, n)                                                         \
	typedef struct {                                                             \
		u64 x;                                                               \
	} x##_t;                                                                     \
	static inline u64 x##_val(x##_t e)                                           \
	{                                                                            \
		return e.x;                                                          \
	}                                                                            \
	static inline x##_t x##p_get(const x##_t *slot)                              \
	{                                                                            \
		return (x##_t){ pt_read(this_pt_format(), slot) };                   \
	}                                                                            \
	static inline void set_##x(x##_t *slot, x##_t e)                             \
	{                                                                            \
		pt_write(this_pt_format(), slot, e.x);                               \
	}                                                                            \
	static inline bool x##_none(x##_t e)                                         \
	{                                                                            \
		return !pt_name_is_folded(n) && !e.x;                                \
	}                                                                            \
	static inline bool x##_present(x##_t e)                                      \
	{                                                                            \
		return pt_name_is_folded(n) || pt_is_present(this_pt_format(), e.x); \
	}                                                                            \
	/* Neither folded nor a table: to be looked at before the next _offset. */   \
	static inline bool x##_bad(x##_t e)                                          \
	{                                                                            \
		return !pt_name_is_folded(n) &&                                      \
		       !pt_is_table(this_pt_format(), pt_named_level(n), e.x);       \
	}                                                                            \
	static inline bool x##_leaf(x##_t e)                                         \
	{                                                                            \
		return !pt_name_is_folded(n) &&                                      \
		       pt_kind(this_pt_format(), pt_named_level(n), e.x) == PT_LEAF; \
	}

PT_DEFINE_NAME(pgd, 4)
PT_DEFINE_NAME(p4d, 3)
PT_DEFINE_NAME(pud, 2)
PT_DEFINE_NAME(pmd, 1)
#undef PT_DEFINE_NAME

typedef struct {
	u64 pte;
} pte_t;

/* The entry of the n-th name for an address, below the entry of the name above. */
PT_INLINE void *pt_named_offset(unsigned int n, void *above, u64 va)
{
	const struct pt_format *f = this_pt_format();
	unsigned int level = pt_named_level(n);
	phys_addr_t table;

	if (level == pt_named_level(n + 1))
		return above;
	table = (phys_addr_t)pt_table_addr(f, level + 1, pt_read(f, above));
	return pt_slot(f, phys_to_virt(table), pt_index(f, level, va));
}

/* The entry of the root for an address. */
static inline pgd_t *pgd_offset(const struct pgtable *pt, u64 va)
{
	const struct pt_format *f = this_pt_format();

	return pt_slot(f, phys_to_virt(pt->root), pt_index(f, f->levels - 1u, va));
}
/* The entry one name further down. The one above must be present and not bad. */
static inline p4d_t *p4d_offset(pgd_t *pgd, u64 va)
{
	return pt_named_offset(3, pgd, va);
}
static inline pud_t *pud_offset(p4d_t *p4d, u64 va)
{
	return pt_named_offset(2, p4d, va);
}
static inline pmd_t *pmd_offset(pud_t *pud, u64 va)
{
	return pt_named_offset(1, pud, va);
}
static inline pte_t *pte_offset_kernel(pmd_t *pmd, u64 va)
{
	return pt_named_offset(0, pmd, va);
}

/* ---- pte ---- */

static inline u64 pte_val(pte_t pte)
{
	return pte.pte;
}
static inline pte_t ptep_get(const pte_t *slot)
{
	return (pte_t){ pt_read(this_pt_format(), slot) };
}
static inline void set_pte(pte_t *slot, pte_t pte)
{
	pt_write(this_pt_format(), slot, pte.pte);
}
/* Takes an entry out, with the accessed and dirty bits that it has at that moment. */
static inline pte_t ptep_get_and_clear(pte_t *slot)
{
	return (pte_t){ pt_exchange(this_pt_format(), slot, 0) };
}
static inline bool pte_none(pte_t pte)
{
	return !pte.pte;
}
static inline bool pte_present(pte_t pte)
{
	return pt_is_present(this_pt_format(), pte.pte);
}

/* The rest is for present entries. */
static inline unsigned int pte_prot(pte_t pte)
{
	return pt_leaf_prot(this_pt_format(), 0, pte.pte);
}
static inline bool pte_write(pte_t pte)
{
	return pte_prot(pte) & PT_WRITE;
}
static inline bool pte_exec(pte_t pte)
{
	return pte_prot(pte) & PT_EXEC;
}
static inline bool pte_user(pte_t pte)
{
	return pte_prot(pte) & PT_USER;
}
static inline bool pte_young(pte_t pte)
{
	return pte_prot(pte) & PT_ACCESSED;
}
/* Where the format has no dirty bit (ARMv7), what is writable may be dirty. */
static inline bool pte_dirty(pte_t pte)
{
	if (!(pt_prot_fit(this_pt_format(), PT_READ | PT_DIRTY) & PT_DIRTY))
		return pte_write(pte);
	return pte_prot(pte) & PT_DIRTY;
}

static inline pte_t pte_set_flags(pte_t pte, unsigned int set, unsigned int clear)
{
	unsigned int prot = (pte_prot(pte) | set) & ~clear;

	return (pte_t){ pt_leaf_set_prot(this_pt_format(), 0, pte.pte, prot) };
}
static inline pte_t pte_mkwrite(pte_t pte)
{
	return pte_set_flags(pte, PT_WRITE, 0);
}
static inline pte_t pte_wrprotect(pte_t pte)
{
	return pte_set_flags(pte, 0, PT_WRITE);
}
static inline pte_t pte_mkdirty(pte_t pte)
{
	return pte_set_flags(pte, PT_DIRTY, 0);
}
static inline pte_t pte_mkclean(pte_t pte)
{
	return pte_set_flags(pte, 0, PT_DIRTY);
}
static inline pte_t pte_mkyoung(pte_t pte)
{
	return pte_set_flags(pte, PT_ACCESSED, 0);
}
static inline pte_t pte_mkold(pte_t pte)
{
	return pte_set_flags(pte, 0, PT_ACCESSED);
}

/* Protections and cache type of a mapping. */
typedef struct {
	unsigned int prot; /* PT_ flags */
	enum pt_cache cache;
} pgprot_t;

#define __pgprot(flags) ((pgprot_t){ (flags), PT_CACHE_WB })
#define PAGE_KERNEL __pgprot(PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED | PT_DIRTY)
#define PAGE_KERNEL_RO __pgprot(PT_READ | PT_GLOBAL | PT_ACCESSED)
#define PAGE_KERNEL_EXEC \
	__pgprot(PT_READ | PT_WRITE | PT_EXEC | PT_GLOBAL | PT_ACCESSED | PT_DIRTY)
#define PAGE_SHARED __pgprot(PT_READ | PT_WRITE | PT_USER | PT_ACCESSED)
#define PAGE_SHARED_EXEC __pgprot(PT_READ | PT_WRITE | PT_EXEC | PT_USER | PT_ACCESSED)
#define PAGE_READONLY __pgprot(PT_READ | PT_USER | PT_ACCESSED)
#define PAGE_READONLY_EXEC __pgprot(PT_READ | PT_EXEC | PT_USER | PT_ACCESSED)

static inline pgprot_t pgprot_noncached(pgprot_t prot)
{
	return (pgprot_t){ prot.prot, PT_CACHE_UC };
}
static inline pgprot_t pgprot_writecombine(pgprot_t prot)
{
	return (pgprot_t){ prot.prot, PT_CACHE_WC };
}
static inline pgprot_t pte_pgprot(pte_t pte)
{
	return (pgprot_t){ pte_prot(pte), pt_leaf_cache(this_pt_format(), 0, pte.pte) };
}

/* A frame number counts pages of the format, which must be those of the machine. */
static inline pte_t pfn_pte(pfn_t pfn, pgprot_t prot)
{
	const struct pt_format *f = this_pt_format();

	return (pte_t){ pt_make_leaf(f, 0, (u64)pfn << f->level[0].shift, prot.prot, prot.cache) };
}
static inline pfn_t pte_pfn(pte_t pte)
{
	const struct pt_format *f = this_pt_format();

	return (pfn_t)(pt_leaf_addr(f, 0, pte.pte) >> f->level[0].shift);
}
static inline pte_t mk_pte(const struct page *page, pgprot_t prot)
{
	return pfn_pte(page_to_pfn(page), prot);
}
/* The page must have a page structure. */
static inline struct page *pte_page(pte_t pte)
{
	return pfn_to_page(pte_pfn(pte));
}

/* ---- swap entries ---- */

/* A swap area and a page in it, whatever the format: the type in the highest 5 bits. */
typedef struct {
	u64 val;
} swp_entry_t;
#define PT_SWP_OFFSET_BITS 59

static inline swp_entry_t swp_entry(unsigned int type, u64 offset)
{
	return (swp_entry_t){ (u64)type << PT_SWP_OFFSET_BITS |
			      (offset & (((u64)1 << PT_SWP_OFFSET_BITS) - 1)) };
}
static inline unsigned int swp_type(swp_entry_t entry)
{
	return (unsigned int)(entry.val >> PT_SWP_OFFSET_BITS);
}
static inline u64 swp_offset(swp_entry_t entry)
{
	return entry.val & (((u64)1 << PT_SWP_OFFSET_BITS) - 1);
}
/* A pte that is none if the format's entries cannot hold the offset. */
static inline pte_t swp_entry_to_pte(swp_entry_t entry)
{
	return (pte_t){ pt_make_swap(this_pt_format(), swp_type(entry), swp_offset(entry)) };
}
static inline bool is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}
/* `pte` must be one for which is_swap_pte() holds. */
static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	const struct pt_format *f = this_pt_format();

	return swp_entry(pt_swap_type(f, pte.pte), pt_swap_offset(f, pte.pte));
}

#endif
