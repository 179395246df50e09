/* SPDX-License-Identifier: MIT */
/*
 * pgtable_lookup.c - the same look-up three times: by hand, by a constant format, by any
 * format. pgtable.t compiles it and counts the instructions.
 */
#include <quire/pgtable_formats.h>

#define CONFIG_PGTABLE_FORMAT pt_x86_64
#include <quire/pgtable.h>

bool by_hand(const struct pgtable *pt, u64 va, u64 *phys);
bool by_constant_format(const struct pgtable *pt, u64 va, u64 *phys);
bool by_any_format(const struct pgtable *pt, u64 va, u64 *phys);

static const volatile u64 *table_of(u64 entry)
{
	return phys_to_virt(entry & 0xffffffffff000);
}

/* As a kernel for one processor would write it. */
bool by_hand(const struct pgtable *pt, u64 va, u64 *phys)
{
	const volatile u64 *table = phys_to_virt(pt->root);
	u64 e = table[va >> 39 & 511];

	if (!(e & 1))
		return false;
	e = table_of(e)[va >> 30 & 511];
	if ((e & 0x81) != 1) {
		*phys = (e & 0xfffffc0000000) | (va & 0x3fffffff);
		return e & 1;
	}
	e = table_of(e)[va >> 21 & 511];
	if ((e & 0x81) != 1) {
		*phys = (e & 0xfffffffe00000) | (va & 0x1fffff);
		return e & 1;
	}
	e = table_of(e)[va >> 12 & 511];
	*phys = (e & 0xffffffffff000) | (va & 0xfff);
	return e & 1;
}

bool by_constant_format(const struct pgtable *pt, u64 va, u64 *phys)
{
	return pt_translate(pt_format_of(pt), pt->root, va, phys);
}

bool by_any_format(const struct pgtable *pt, u64 va, u64 *phys)
{
	return pt_translate(pt->format, pt->root, va, phys);
}
