/* SPDX-License-Identifier: MIT */
/*
 * pgtable_arm.h - the page-table formats of ARM: ARMv7 short descriptors, and AArch64 with
 * 4 KB pages.
 *
 * ARMv7, with the access flag enabled (SCTLR.AFE = 1, TRE = 0), so that AP[0] is it:
 *
 *              31......20 19 18 17 16 15  14..12 11 10  9  8....5  4  3 2 1 0
 *   section    address    NS 0  nG S  AP2 TEX    AP1 AF  -  domain  XN C B 1 0
 *   table      address (31..10)                         -  domain  0 NS PXN 0 1
 *              31...............12 11 10 9   8..6  5   4  3 2 1 0
 *   small page address             nG S  AP2 TEX   AP1 AF C B 1 XN
 *
 * AP2 is read-only, nG not-global, XN execute-never: three bits that mean the opposite of
 * the flag. There is no dirty bit and no free bit. Domain 0 is used, as a client. Not in
 * this format: supersections, 64 KB pages, and PXN: such entries are PT_BAD.
 *
 * AArch64, bits of a block or page; a table has bits 1..0 = 3 above level 0:
 *
 *   57..55 54  53  52     51  50.48 47....12  11 10 9..8 7   6   5  4..2  1..0
 *   soft   UXN PXN contig DBM -     address   nG AF SH   AP2 AP1 NS Attr  1: block 3: page
 *
 * Writable is DBM, as Linux has it: the entry is read-only (AP2) until it is dirty, so that
 * the first write is noticed, by the hardware where it can (a processor that cannot
 * faults). Bit 55 keeps the dirtiness of a page that is read-only. Executable memory is so
 * for its owner alone: user memory has PXN, kernel memory UXN.
 * One table covers 48 bits of address; the upper half of addresses (TTBR1) is another
 * table, looked up with bits 47..0. MAIR holds Linux's types: 0 normal write-back,
 * 2 normal uncached, 4 device nGnRE, 5 normal write-through.
 */
#ifndef QUIRE_PGTABLE_ARM_H
#define QUIRE_PGTABLE_ARM_H

#include <quire/pgtable_format.h>

/* ---- ARMv7 ---- */

/* TEX, C, B at `tex` and bit 2: write-back, shared device, write-through, normal uncached. */
#define ARMV7_CACHE(tex)                                                          \
	.cache_mask = 7ull << (tex) | 0xc,                                        \
	.cache = { 1ull << (tex) | 0xc, 0x4, 0x8, 1ull << (tex) }
#define ARMV7_RULES(af, ap1, ap2, ng, xn)                                         \
	{ PT_ACCESSED, 0, 1ull << (af) }, { PT_USER, 0, 1ull << (ap1) },          \
	{ 0, PT_WRITE, 1ull << (ap2) }, { 0, PT_GLOBAL, 1ull << (ng) },           \
	{ 0, PT_EXEC, 1ull << (xn) }
#define ARMV7_TESTS(af, ap1, ap2, ng, xn)                                         \
	PT_ALWAYS, PT_IF_CLEAR(1ull << (ap2)), PT_IF_CLEAR(1ull << (xn)),         \
		PT_IF_SET(1ull << (ap1)), PT_IF_CLEAR(1ull << (ng)),              \
		PT_IF_SET(1ull << (af)), PT_NEVER, PT_NEVER, PT_NEVER

static const struct pt_leaf armv7_small_page = {
	.kind_mask = 0x2,
	.kind_value = 0x2,
	.fixed = 0x2,
	.rule = { ARMV7_RULES(4, 5, 9, 11, 0) },
	.test = { ARMV7_TESTS(4, 5, 9, 11, 0) },
	.addr_mask = 0xfffff000,
	ARMV7_CACHE(6),
};
static const struct pt_leaf armv7_section = {
	.kind_mask = 0x40003,
	.kind_value = 0x2,
	.fixed = 0x2,
	.rule = { ARMV7_RULES(10, 11, 15, 17, 4) },
	.test = { ARMV7_TESTS(10, 11, 15, 17, 4) },
	.addr_mask = 0xfff00000,
	ARMV7_CACHE(12),
};
static const struct pt_table armv7_table = {
	.kind_mask = 0x3,
	.kind_value = 0x1,
	.fixed = 0x1,
	.addr_mask = 0xfffffc00,
	.write = PT_ALWAYS,
	.user = PT_ALWAYS,
	.exec = PT_ALWAYS,
};
/* The first table is 16 KB, the second ones 1 KB. */
static const struct pt_format pt_armv7 = {
	.name = "armv7",
	.mmu = PT_MMU_ARMV7,
	.levels = 2,
	.entry_bytes = 4,
	.va_bits = 32,
	.phys_bits = 32,
	.present_mask = 0x3,
	.swap = { .type_shift = 2, .offset_shift = 7, .offset_bits = 25 },
	.level = {
		{ 12, 8, &armv7_small_page, NULL },
		{ 20, 12, &armv7_section, &armv7_table },
	},
};

/* ---- AArch64 ---- */

#define ARM64_PTE_USER (1ull << 6)
#define ARM64_PTE_RDONLY (1ull << 7)
#define ARM64_PTE_AF (1ull << 10)
#define ARM64_PTE_NG (1ull << 11)
#define ARM64_PTE_DBM (1ull << 51)
#define ARM64_PTE_PXN (1ull << 53)
#define ARM64_PTE_UXN (1ull << 54)
#define ARM64_PTE_DIRTY (1ull << 55)
#define ARM64_PTE_SOFT0 (1ull << 56)
#define ARM64_PTE_SOFT1 (1ull << 57)
#define ARM64_TABLE_PXN (1ull << 59)
#define ARM64_TABLE_UXN (1ull << 60)
#define ARM64_TABLE_NO_USER (1ull << 61)
#define ARM64_TABLE_RDONLY (1ull << 62)
/* Inner shareable. */
#define ARM64_PTE_SHARED (3ull << 8)

#define ARM64_LEAF(type, shift)                                                           \
	{                                                                                 \
		.kind_mask = 3, .kind_value = (type), .fixed = (type) | ARM64_PTE_SHARED, \
		.rule = {                                                                 \
			{ 0, PT_WRITE, ARM64_PTE_RDONLY },                                \
			{ 0, PT_DIRTY, ARM64_PTE_RDONLY },                                \
			{ PT_WRITE, 0, ARM64_PTE_DBM },                                   \
			{ PT_DIRTY, 0, ARM64_PTE_DIRTY },                                 \
			{ 0, PT_EXEC, ARM64_PTE_UXN | ARM64_PTE_PXN },                    \
			{ 0, PT_USER, ARM64_PTE_UXN },                                    \
			{ PT_USER, 0, ARM64_PTE_USER | ARM64_PTE_PXN },                   \
			{ 0, PT_GLOBAL, ARM64_PTE_NG },                                   \
			{ PT_ACCESSED, 0, ARM64_PTE_AF },                                 \
			{ PT_SOFT0, 0, ARM64_PTE_SOFT0 },                                 \
			{ PT_SOFT1, 0, ARM64_PTE_SOFT1 },                                 \
		},                                                                        \
		.test = {                                                                 \
			PT_ALWAYS, PT_IF_SET(ARM64_PTE_DBM),                              \
			PT_UNLESS_ALL(ARM64_PTE_UXN | ARM64_PTE_PXN),                     \
			PT_IF_SET(ARM64_PTE_USER), PT_IF_CLEAR(ARM64_PTE_NG),             \
			PT_IF_SET(ARM64_PTE_AF), PT_IF_SET(ARM64_PTE_DIRTY),              \
			PT_IF_SET(ARM64_PTE_SOFT0), PT_IF_SET(ARM64_PTE_SOFT1),           \
		},                                                                        \
		.also = {                                                                 \
			[1] = PT_IF_CLEAR(ARM64_PTE_RDONLY),                              \
			[6] = PT_IF_CLEAR(ARM64_PTE_RDONLY),                              \
		},                                                                        \
		.addr_mask = 0xffffffffffffull & ~((1ull << (shift)) - 1),                \
		.cache_mask = 7 << 2, .cache = { 0 << 2, 4 << 2, 5 << 2, 2 << 2 },        \
	}

static const struct pt_leaf arm64_page = ARM64_LEAF(3, 12);
static const struct pt_leaf arm64_block_2m = ARM64_LEAF(1, 21);
static const struct pt_leaf arm64_block_1g = ARM64_LEAF(1, 30);
static const struct pt_table arm64_table = {
	.kind_mask = 3,
	.kind_value = 3,
	.fixed = 3,
	.addr_mask = 0xfffffffff000ull,
	.write = PT_IF_CLEAR(ARM64_TABLE_RDONLY),
	.user = PT_IF_CLEAR(ARM64_TABLE_NO_USER),
	.exec = PT_UNLESS_ALL(ARM64_TABLE_UXN | ARM64_TABLE_PXN),
};
static const struct pt_format pt_arm64 = {
	.name = "arm64",
	.mmu = PT_MMU_AARCH64,
	.levels = 4,
	.entry_bytes = 8,
	.va_bits = 48,
	.phys_bits = 48,
	.present_mask = 1,
	.swap = { .type_shift = 1, .offset_shift = 6, .offset_bits = 58 },
	.level = {
		{ 12, 9, &arm64_page, NULL },
		{ 21, 9, &arm64_block_2m, &arm64_table },
		{ 30, 9, &arm64_block_1g, &arm64_table },
		{ 39, 9, NULL, &arm64_table },
	},
};

#endif
