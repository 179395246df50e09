/* SPDX-License-Identifier: MIT */
/*
 * entry.c - entries made and read by the rules of a format, and changed in memory under
 * the eyes of the hardware.
 */
#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/pgtable/internal.h"

/* The flag is never (or always) on: its test looks at no bit. */
static bool is_fixed_flag(const struct pt_leaf *leaf, unsigned int flag)
{
	return !leaf->test[flag].mask && !leaf->also[flag].mask;
}

unsigned int pt_prot_fit(const struct pt_format *f, unsigned int prot)
{
	const struct pt_leaf *leaf = f->level[0].leaf;
	unsigned int flag;

	if (prot & PT_WRITE)
		prot |= PT_READ;
	for (flag = 0; flag < PT_NR_FLAGS; flag++) {
		if (!is_fixed_flag(leaf, flag))
			continue;
		if (pt_holds(&leaf->test[flag], 0))
			prot |= 1u << flag;
		else
			prot &= ~(1u << flag);
	}
	return prot & ((1u << PT_NR_FLAGS) - 1);
}

static u64 prot_bits(const struct pt_leaf *leaf, unsigned int prot)
{
	const struct pt_rule *rule;
	u64 bits = 0;

	for (rule = leaf->rule; rule->bits; rule++)
		if ((prot & rule->need) == rule->need && !(prot & rule->need_not))
			bits |= rule->bits;
	return bits;
}

/* All bits that stand for protections. */
static u64 all_prot_bits(const struct pt_leaf *leaf)
{
	const struct pt_rule *rule;
	u64 bits = 0;

	for (rule = leaf->rule; rule->bits; rule++)
		bits |= rule->bits;
	return bits;
}

u64 pt_make_leaf(const struct pt_format *f, unsigned int level, u64 phys, unsigned int prot,
		 enum pt_cache cache)
{
	const struct pt_leaf *leaf = f->level[level].leaf;

	return leaf->fixed | prot_bits(leaf, pt_prot_fit(f, prot)) | leaf->cache[cache] |
	       pt_leaf_addr_bits(f, level, phys);
}

u64 pt_make_table(const struct pt_format *f, unsigned int level, u64 phys)
{
	const struct pt_table *table = f->level[level].table;

	return table->fixed | (pt_unshift_addr(f, phys) & table->addr_mask);
}

unsigned int pt_leaf_prot(const struct pt_format *f, unsigned int level, u64 e)
{
	const struct pt_leaf *leaf = f->level[level].leaf;
	unsigned int flag, prot = 0;

	for (flag = 0; flag < PT_NR_FLAGS; flag++)
		if (pt_holds(&leaf->test[flag], e) ||
		    (leaf->also[flag].mask && pt_holds(&leaf->also[flag], e)))
			prot |= 1u << flag;
	return prot;
}

enum pt_cache pt_leaf_cache(const struct pt_format *f, unsigned int level, u64 e)
{
	const struct pt_leaf *leaf = f->level[level].leaf;
	unsigned int cache;

	for (cache = 0; cache < PT_NR_CACHES; cache++)
		if ((e & leaf->cache_mask) == leaf->cache[cache])
			return (enum pt_cache)cache;
	return PT_CACHE_UC;
}

u64 pt_leaf_set_prot(const struct pt_format *f, unsigned int level, u64 e, unsigned int prot)
{
	const struct pt_leaf *leaf = f->level[level].leaf;

	return (e & ~all_prot_bits(leaf)) | prot_bits(leaf, pt_prot_fit(f, prot));
}

bool pt_leaf_can_map(const struct pt_format *f, unsigned int level, u64 phys)
{
	return !(phys >> f->phys_bits) &&
	       pt_leaf_addr(f, level, pt_leaf_addr_bits(f, level, phys)) == phys;
}

unsigned int quire_pt_denied(const struct pt_table *table, u64 e)
{
	unsigned int denied = 0;

	if (!pt_holds(&table->write, e))
		denied |= PT_WRITE;
	if (!pt_holds(&table->user, e))
		denied |= PT_USER;
	if (!pt_holds(&table->exec, e))
		denied |= PT_EXEC;
	return denied;
}

bool quire_pt_has_reserved(const struct pt_format *f, unsigned int level, u64 e,
			   unsigned int phys_bits)
{
	u64 phys, reserved;

	if (pt_is_table(f, level, e)) {
		reserved = f->level[level].table->reserved;
		phys = pt_table_addr(f, level, e);
	} else {
		reserved = f->level[level].leaf->reserved;
		phys = pt_leaf_addr(f, level, e);
	}
	return (e & reserved) || phys >> phys_bits;
}

void pt_write(const struct pt_format *f, void *slot, u64 e)
{
	if (f->entry_bytes == 4) {
		__atomic_store_n((u32 *)slot, (u32)e, __ATOMIC_RELEASE);
		return;
	}
#if __SIZEOF_POINTER__ == 8
	__atomic_store_n((u64 *)slot, e, __ATOMIC_RELEASE);
#else
	/* Not present while the halves do not belong together. */
	if (__atomic_load_n((u32 *)slot, __ATOMIC_RELAXED) != (u32)e)
		__atomic_store_n((u32 *)slot, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n((u32 *)slot + 1, (u32)(e >> 32), __ATOMIC_SEQ_CST);
	__atomic_store_n((u32 *)slot, (u32)e, __ATOMIC_SEQ_CST);
#endif
}

ANNOTATE_UNCHECKED bool quire_pt_replace(const struct pt_format *f, void *slot, u64 old, u64 e)
{
	u32 low = (u32)old;

#if __SIZEOF_POINTER__ == 8 || defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8)
	if (f->entry_bytes == 8)
		return __sync_bool_compare_and_swap((u64 *)slot, old, e);
#endif
	if (f->entry_bytes == 4 || old >> 32 == e >> 32)
		return __atomic_compare_exchange_n((u32 *)slot, &low, (u32)e, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	/*
	 * A processor without an exchange of 8 bytes: the entry is not present for a moment. The
	 * hardware writes into the lower half only, and only while the entry is present.
	 */
	if (!__atomic_compare_exchange_n((u32 *)slot, &low, 0, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return false;
	pt_write(f, slot, e);
	return true;
}

void quire_pt_update(const struct pt_format *f, void *slot, unsigned int level,
		     u64 (*change)(const struct pt_format *f, unsigned int level, u64 e,
				   unsigned int prot),
		     unsigned int prot)
{
	u64 old;

	do {
		old = pt_read(f, slot);
	} while (!quire_pt_replace(f, slot, old, change(f, level, old, prot)));
}

u64 pt_exchange(const struct pt_format *f, void *slot, u64 e)
{
	u64 old;

	do {
		old = pt_read(f, slot);
	} while (!quire_pt_replace(f, slot, old, e));
	return old;
}
