/* SPDX-License-Identifier: MIT */
/*
 * pgtable_alpha.h - the page-table format of Alpha: three levels, 43 bits of address,
 * 8 KB pages.
 *
 *   63.......32  31..16    13  12   9   8   6..5  4    3    2    1    0
 *   page frame   software  UWE KWE  URE KRE GH    ASM  FOE  FOW  FOR  V
 *
 * Each access has an enable bit per mode (kernel, user; read, write) and a bit that makes
 * it fault. The fault bits are the protections: FOR no read, FOW no write, FOE no execute.
 * The enable bits are what is known of the page: reads are enabled once it has been
 * accessed, writes once it is dirty, so that the first of each is noticed; hardware sets
 * nothing. The software bits remember: 17 dirty, 18 accessed, 19 user, 20 and 21 soft. ASM is
 * global. Table entries are read by the processor in kernel mode.
 */
#ifndef QUIRE_PGTABLE_ALPHA_H
#define QUIRE_PGTABLE_ALPHA_H

#include <quire/pgtable_format.h>

#define ALPHA_PTE_V 0x0001ull
#define ALPHA_PTE_FOR 0x0002ull
#define ALPHA_PTE_FOW 0x0004ull
#define ALPHA_PTE_FOE 0x0008ull
#define ALPHA_PTE_ASM 0x0010ull
#define ALPHA_PTE_KRE 0x0100ull
#define ALPHA_PTE_URE 0x0200ull
#define ALPHA_PTE_KWE 0x1000ull
#define ALPHA_PTE_UWE 0x2000ull
#define ALPHA_PTE_DIRTY 0x20000ull
#define ALPHA_PTE_ACCESSED 0x40000ull
#define ALPHA_PTE_USER 0x80000ull
#define ALPHA_PTE_SOFT0 0x100000ull
#define ALPHA_PTE_SOFT1 0x200000ull
#define ALPHA_PTE_PFN 0xffffffff00000000ull

static const struct pt_leaf alpha_page = {
	.kind_mask = ALPHA_PTE_V,
	.kind_value = ALPHA_PTE_V,
	.fixed = ALPHA_PTE_V,
	.rule = {
		{ 0, PT_READ, ALPHA_PTE_FOR },
		{ 0, PT_WRITE, ALPHA_PTE_FOW },
		{ 0, PT_EXEC, ALPHA_PTE_FOE },
		{ PT_GLOBAL, 0, ALPHA_PTE_ASM },
		{ PT_ACCESSED, 0, ALPHA_PTE_ACCESSED | ALPHA_PTE_KRE },
		{ PT_ACCESSED | PT_USER, 0, ALPHA_PTE_URE },
		{ PT_DIRTY, 0, ALPHA_PTE_DIRTY | ALPHA_PTE_KWE },
		{ PT_DIRTY | PT_USER, 0, ALPHA_PTE_UWE },
		{ PT_USER, 0, ALPHA_PTE_USER },
		{ PT_SOFT0, 0, ALPHA_PTE_SOFT0 },
		{ PT_SOFT1, 0, ALPHA_PTE_SOFT1 },
	},
	.test = {
		PT_IF_CLEAR(ALPHA_PTE_FOR), PT_IF_CLEAR(ALPHA_PTE_FOW), PT_IF_CLEAR(ALPHA_PTE_FOE),
		PT_IF_SET(ALPHA_PTE_USER), PT_IF_SET(ALPHA_PTE_ASM), PT_IF_SET(ALPHA_PTE_ACCESSED),
		PT_IF_SET(ALPHA_PTE_DIRTY), PT_IF_SET(ALPHA_PTE_SOFT0), PT_IF_SET(ALPHA_PTE_SOFT1),
	},
	.addr_mask = ALPHA_PTE_PFN,
};
static const struct pt_table alpha_table = {
	.kind_mask = ALPHA_PTE_V,
	.kind_value = ALPHA_PTE_V,
	.fixed = ALPHA_PTE_V | ALPHA_PTE_KRE | ALPHA_PTE_KWE,
	.addr_mask = ALPHA_PTE_PFN,
	.write = PT_ALWAYS,
	.user = PT_ALWAYS,
	.exec = PT_ALWAYS,
};
/* A swap entry leaves the fault and enable bits clear. */
static const struct pt_format pt_alpha = {
	.name = "alpha",
	.mmu = PT_MMU_ALPHA,
	.levels = 3,
	.entry_bytes = 8,
	.va_bits = 43,
	.is_signed = true,
	.phys_bits = 45,
	.addr_shift = -19,
	.present_mask = ALPHA_PTE_V,
	.swap = { .type_shift = 16, .offset_shift = 21, .offset_bits = 43 },
	.level = {
		{ 13, 10, &alpha_page, NULL },
		{ 23, 10, NULL, &alpha_table },
		{ 33, 10, NULL, &alpha_table },
	},
};

#endif
