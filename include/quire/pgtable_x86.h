/* SPDX-License-Identifier: MIT */
/*
 * pgtable_x86.h - the page-table formats of x86, from two levels to five.
 *
 *   63  62..52  51....12  11..9   8   7    6   5   4    3    2   1   0
 *   NX  ignored address   ignored G  PS/PAT D   A  PCD  PWT  U/S R/W P
 *
 * Bit 7 is PS (a large page) above level 0 and PAT at level 0; in a large page PAT is bit
 * 12. Tables have neither G nor D. The four PDPT entries of PAE have no U/S, R/W, A and NX:
 * those bits are reserved there. Protections are those that every level allows.
 *
 * Cache types stand for the PAT as Linux programs it: WB, WC, UC-, UC, WB, WP, UC-, WT.
 * Without a PAT there are write-back, write-through (PWT) and uncached (PCD and PWT).
 */
#ifndef QUIRE_PGTABLE_X86_H
#define QUIRE_PGTABLE_X86_H

#include <quire/pgtable_format.h>

#define X86_PTE_P 0x001ull
#define X86_PTE_RW 0x002ull
#define X86_PTE_US 0x004ull
#define X86_PTE_PWT 0x008ull
#define X86_PTE_PCD 0x010ull
#define X86_PTE_A 0x020ull
#define X86_PTE_D 0x040ull
#define X86_PTE_PS 0x080ull
#define X86_PTE_PAT 0x080ull /* level 0 */
#define X86_PTE_G 0x100ull
#define X86_PTE_SOFT0 0x200ull
#define X86_PTE_SOFT1 0x400ull
#define X86_PTE_PAT_LARGE 0x1000ull
#define X86_PTE_NX (1ull << 63)
#define X86_PTE_ADDR 0x000ffffffffff000ull /* 8-byte entries */

#define X86_RULES                                                        \
	{ PT_WRITE, 0, X86_PTE_RW }, { PT_USER, 0, X86_PTE_US },         \
	{ PT_ACCESSED, 0, X86_PTE_A }, { PT_DIRTY, 0, X86_PTE_D },       \
	{ PT_SOFT0, 0, X86_PTE_SOFT0 }, { PT_SOFT1, 0, X86_PTE_SOFT1 }
#define X86_RULES_G X86_RULES, { PT_GLOBAL, 0, X86_PTE_G }
#define X86_RULES_NX X86_RULES_G, { 0, PT_EXEC, X86_PTE_NX }
/* In the order of the PT_ flags. */
#define X86_TESTS(exec, global)                                                              \
	PT_ALWAYS, PT_IF_SET(X86_PTE_RW), exec, PT_IF_SET(X86_PTE_US), global,               \
		PT_IF_SET(X86_PTE_A), PT_IF_SET(X86_PTE_D), PT_IF_SET(X86_PTE_SOFT0),        \
		PT_IF_SET(X86_PTE_SOFT1)
#define X86_TEST_G PT_IF_SET(X86_PTE_G)
#define X86_TEST_NX PT_IF_CLEAR(X86_PTE_NX)

#define X86_CACHE_NO_PAT                                         \
	.cache_mask = X86_PTE_PCD | X86_PTE_PWT,                 \
	.cache = { 0, X86_PTE_PCD | X86_PTE_PWT, X86_PTE_PWT,    \
		   X86_PTE_PCD | X86_PTE_PWT }
#define X86_CACHE(pat)                                           \
	.cache_mask = (pat) | X86_PTE_PCD | X86_PTE_PWT,         \
	.cache = { 0, X86_PTE_PCD | X86_PTE_PWT, (pat) | X86_PTE_PCD | X86_PTE_PWT, X86_PTE_PWT }

/* Large pages are told by PS; what is below `low` in their address is reserved, but PAT. */
#define X86_LARGE_RESERVED(low, first) (((1ull << (low)) - 1) & ~((1ull << (first)) - 1))

static const struct pt_leaf x86_pte_386 = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_PTE_P,
	.rule = { X86_RULES },
	.test = { X86_TESTS(PT_ALWAYS, PT_NEVER) },
	.addr_mask = 0xfffff000,
	X86_CACHE_NO_PAT,
};
static const struct pt_leaf x86_pte_32 = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_PTE_P,
	.rule = { X86_RULES_G },
	.test = { X86_TESTS(PT_ALWAYS, X86_TEST_G) },
	.addr_mask = 0xfffff000,
	X86_CACHE(X86_PTE_PAT),
};
static const struct pt_leaf x86_pte_64 = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_PTE_P,
	.rule = { X86_RULES_NX },
	.test = { X86_TESTS(X86_TEST_NX, X86_TEST_G) },
	.addr_mask = X86_PTE_ADDR,
	X86_CACHE(X86_PTE_PAT),
};
/* Bits 62..52 are ignored with four and five levels, and reserved with PAE. */
static const struct pt_leaf x86_pte_pae = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_PTE_P,
	.rule = { X86_RULES_NX },
	.test = { X86_TESTS(X86_TEST_NX, X86_TEST_G) },
	.addr_mask = X86_PTE_ADDR,
	X86_CACHE(X86_PTE_PAT),
	.reserved = 0x7ff0000000000000ull,
};

/* 4 MB. Bits 21..13 are reserved; with PSE-36, 16..13 are the address bits 35..32. */
static const struct pt_leaf x86_pde_4m = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P | X86_PTE_PS,
	.fixed = X86_PTE_P | X86_PTE_PS,
	.rule = { X86_RULES_G },
	.test = { X86_TESTS(PT_ALWAYS, X86_TEST_G) },
	.addr_mask = 0xffc00000,
	X86_CACHE(X86_PTE_PAT_LARGE),
	.reserved = X86_LARGE_RESERVED(22, 13),
};
static const struct pt_leaf x86_pde_4m_pse36 = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P | X86_PTE_PS,
	.fixed = X86_PTE_P | X86_PTE_PS,
	.rule = { X86_RULES_G },
	.test = { X86_TESTS(PT_ALWAYS, X86_TEST_G) },
	.addr_mask = 0xffc00000,
	.high_mask = 0x1e000,
	.high_shift = 19,
	X86_CACHE(X86_PTE_PAT_LARGE),
	.reserved = X86_LARGE_RESERVED(22, 17),
};
/* 2 MB and 1 GB. */
static const struct pt_leaf x86_pde_2m_pae = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P | X86_PTE_PS,
	.fixed = X86_PTE_P | X86_PTE_PS,
	.rule = { X86_RULES_NX },
	.test = { X86_TESTS(X86_TEST_NX, X86_TEST_G) },
	.addr_mask = X86_PTE_ADDR & ~((1ull << 21) - 1),
	X86_CACHE(X86_PTE_PAT_LARGE),
	.reserved = X86_LARGE_RESERVED(21, 13) | 0x7ff0000000000000ull,
};
static const struct pt_leaf x86_pde_2m = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P | X86_PTE_PS,
	.fixed = X86_PTE_P | X86_PTE_PS,
	.rule = { X86_RULES_NX },
	.test = { X86_TESTS(X86_TEST_NX, X86_TEST_G) },
	.addr_mask = X86_PTE_ADDR & ~((1ull << 21) - 1),
	X86_CACHE(X86_PTE_PAT_LARGE),
	.reserved = X86_LARGE_RESERVED(21, 13),
};
static const struct pt_leaf x86_pdpte_1g = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P | X86_PTE_PS,
	.fixed = X86_PTE_P | X86_PTE_PS,
	.rule = { X86_RULES_NX },
	.test = { X86_TESTS(X86_TEST_NX, X86_TEST_G) },
	.addr_mask = X86_PTE_ADDR & ~((1ull << 30) - 1),
	X86_CACHE(X86_PTE_PAT_LARGE),
	.reserved = X86_LARGE_RESERVED(30, 13),
};

/* A table allows everything: the leaves decide. */
#define X86_TABLE_FIXED (X86_PTE_P | X86_PTE_RW | X86_PTE_US)

/* Where there are no large pages, bit 7 is ignored. */
static const struct pt_table x86_pde_386_table = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_TABLE_FIXED,
	.addr_mask = 0xfffff000,
	.accessed = X86_PTE_A,
	.write = PT_IF_SET(X86_PTE_RW),
	.user = PT_IF_SET(X86_PTE_US),
	.exec = PT_ALWAYS,
};
static const struct pt_table x86_pde_32_table = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P,
	.fixed = X86_TABLE_FIXED,
	.addr_mask = 0xfffff000,
	.accessed = X86_PTE_A,
	.write = PT_IF_SET(X86_PTE_RW),
	.user = PT_IF_SET(X86_PTE_US),
	.exec = PT_ALWAYS,
};
static const struct pt_table x86_pde_pae_table = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P,
	.fixed = X86_TABLE_FIXED,
	.addr_mask = X86_PTE_ADDR,
	.accessed = X86_PTE_A,
	.reserved = 0x7ff0000000000000ull,
	.write = PT_IF_SET(X86_PTE_RW),
	.user = PT_IF_SET(X86_PTE_US),
	.exec = PT_IF_CLEAR(X86_PTE_NX),
};
static const struct pt_table x86_pdpte_pae_table = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_PTE_P,
	.addr_mask = X86_PTE_ADDR,
	.reserved = 0xfff00000000001e6ull,
	.write = PT_ALWAYS,
	.user = PT_ALWAYS,
	.exec = PT_ALWAYS,
};
static const struct pt_table x86_large_or_table = {
	.kind_mask = X86_PTE_P | X86_PTE_PS,
	.kind_value = X86_PTE_P,
	.fixed = X86_TABLE_FIXED,
	.addr_mask = X86_PTE_ADDR,
	.accessed = X86_PTE_A,
	.write = PT_IF_SET(X86_PTE_RW),
	.user = PT_IF_SET(X86_PTE_US),
	.exec = PT_IF_CLEAR(X86_PTE_NX),
};
/* PML4 and PML5: bit 7 is reserved. */
static const struct pt_table x86_table_only = {
	.kind_mask = X86_PTE_P,
	.kind_value = X86_PTE_P,
	.fixed = X86_TABLE_FIXED,
	.addr_mask = X86_PTE_ADDR,
	.accessed = X86_PTE_A,
	.reserved = X86_PTE_PS,
	.write = PT_IF_SET(X86_PTE_RW),
	.user = PT_IF_SET(X86_PTE_US),
	.exec = PT_IF_CLEAR(X86_PTE_NX),
};

#define X86_32_SWAP { .type_shift = 1, .offset_shift = 6, .offset_bits = 26 }
/*
 * The inverted offset leaves the address bits of a small one all ones: a processor that
 * speculates on entries that are not present (L1TF) finds no memory there.
 */
#define X86_64_SWAP { .type_shift = 59, .offset_shift = 1, .offset_bits = 58 }

/* 80386 to 80486: 4 KB pages, no global pages. */
static const struct pt_format pt_i386 = {
	.name = "i386",
	.mmu = PT_MMU_X86,
	.levels = 2,
	.entry_bytes = 4,
	.va_bits = 32,
	.phys_bits = 32,
	.present_mask = X86_PTE_P,
	.swap = X86_32_SWAP,
	.level = {
		{ 12, 10, &x86_pte_386, NULL },
		{ 22, 10, NULL, &x86_pde_386_table },
	},
};
/* With PSE: 4 MB pages. */
static const struct pt_format pt_i386_pse = {
	.name = "i386-pse",
	.mmu = PT_MMU_X86,
	.levels = 2,
	.entry_bytes = 4,
	.va_bits = 32,
	.phys_bits = 32,
	.present_mask = X86_PTE_P,
	.swap = X86_32_SWAP,
	.level = {
		{ 12, 10, &x86_pte_32, NULL },
		{ 22, 10, &x86_pde_4m, &x86_pde_32_table },
	},
};
/* With PSE-36: 4 MB pages anywhere in 64 GB; 4 KB pages and tables below 4 GB only. */
static const struct pt_format pt_i386_pse36 = {
	.name = "i386-pse36",
	.mmu = PT_MMU_X86,
	.levels = 2,
	.entry_bytes = 4,
	.va_bits = 32,
	.phys_bits = 36,
	.present_mask = X86_PTE_P,
	.swap = X86_32_SWAP,
	.level = {
		{ 12, 10, &x86_pte_32, NULL },
		{ 22, 10, &x86_pde_4m_pse36, &x86_pde_32_table },
	},
};
/* PAE, with NX. The root is the table of four PDPT entries. */
static const struct pt_format pt_i386_pae = {
	.name = "i386-pae",
	.mmu = PT_MMU_X86,
	.levels = 3,
	.entry_bytes = 8,
	.va_bits = 32,
	.phys_bits = 36,
	.present_mask = X86_PTE_P,
	.swap = X86_64_SWAP,
	.level = {
		{ 12, 9, &x86_pte_pae, NULL },
		{ 21, 9, &x86_pde_2m_pae, &x86_pde_pae_table },
		{ 30, 2, NULL, &x86_pdpte_pae_table },
	},
};
static const struct pt_format pt_x86_64 = {
	.name = "x86_64",
	.mmu = PT_MMU_X86,
	.levels = 4,
	.entry_bytes = 8,
	.va_bits = 48,
	.is_signed = true,
	.phys_bits = 52,
	.present_mask = X86_PTE_P,
	.swap = X86_64_SWAP,
	.level = {
		{ 12, 9, &x86_pte_64, NULL },
		{ 21, 9, &x86_pde_2m, &x86_large_or_table },
		{ 30, 9, &x86_pdpte_1g, &x86_large_or_table },
		{ 39, 9, NULL, &x86_table_only },
	},
};
static const struct pt_format pt_x86_64_la57 = {
	.name = "x86_64-la57",
	.mmu = PT_MMU_X86,
	.levels = 5,
	.entry_bytes = 8,
	.va_bits = 57,
	.is_signed = true,
	.phys_bits = 52,
	.present_mask = X86_PTE_P,
	.swap = X86_64_SWAP,
	.level = {
		{ 12, 9, &x86_pte_64, NULL },
		{ 21, 9, &x86_pde_2m, &x86_large_or_table },
		{ 30, 9, &x86_pdpte_1g, &x86_large_or_table },
		{ 39, 9, NULL, &x86_table_only },
		{ 48, 9, NULL, &x86_table_only },
	},
};

#endif
