/* SPDX-License-Identifier: MIT */
/*
 * pgtable_riscv.h - the page-table formats of RISC-V: Sv32, Sv39, Sv48.
 *
 *   63..54    53......10 (Sv32: 31..10)  9..8  7 6 5 4 3 2 1 0
 *   reserved  page frame number          soft  D A G U X W R V
 *
 * An entry with one of R, W, X maps memory, at whatever level it stands; one with none
 * points to a table. Writable but not readable is reserved. In a table entry D, A and U
 * are reserved; in a large page the low bits of the frame number are.
 */
#ifndef QUIRE_PGTABLE_RISCV_H
#define QUIRE_PGTABLE_RISCV_H

#include <quire/pgtable_format.h>

#define RISCV_PTE_V 0x01ull
#define RISCV_PTE_R 0x02ull
#define RISCV_PTE_W 0x04ull
#define RISCV_PTE_X 0x08ull
#define RISCV_PTE_U 0x10ull
#define RISCV_PTE_G 0x20ull
#define RISCV_PTE_A 0x40ull
#define RISCV_PTE_D 0x80ull
#define RISCV_PTE_SOFT0 0x100ull
#define RISCV_PTE_SOFT1 0x200ull
#define RISCV_PPN32 0x00000000fffffc00ull
#define RISCV_PPN64 0x003ffffffffffc00ull
#define RISCV_RESERVED64 0xffc0000000000000ull

/* `ppn_low`: the bits of the frame number that are reserved in a large page. */
#define RISCV_LEAF(ppn, ppn_low, others)                                                     \
	{                                                                                    \
		.kind_mask = RISCV_PTE_V, .kind_value = RISCV_PTE_V,                         \
		.kind_any = RISCV_PTE_R | RISCV_PTE_X, .fixed = RISCV_PTE_V,                 \
		.rule = {                                                                    \
			{ PT_READ, 0, RISCV_PTE_R }, { PT_WRITE, 0, RISCV_PTE_W },           \
			{ PT_EXEC, 0, RISCV_PTE_X }, { PT_USER, 0, RISCV_PTE_U },            \
			{ PT_GLOBAL, 0, RISCV_PTE_G }, { PT_ACCESSED, 0, RISCV_PTE_A },      \
			{ PT_DIRTY, 0, RISCV_PTE_D }, { PT_SOFT0, 0, RISCV_PTE_SOFT0 },      \
			{ PT_SOFT1, 0, RISCV_PTE_SOFT1 },                                    \
		},                                                                           \
		.test = {                                                                    \
			PT_IF_SET(RISCV_PTE_R), PT_IF_SET(RISCV_PTE_W),                      \
			PT_IF_SET(RISCV_PTE_X), PT_IF_SET(RISCV_PTE_U),                      \
			PT_IF_SET(RISCV_PTE_G), PT_IF_SET(RISCV_PTE_A),                      \
			PT_IF_SET(RISCV_PTE_D), PT_IF_SET(RISCV_PTE_SOFT0),                  \
			PT_IF_SET(RISCV_PTE_SOFT1),                                          \
		},                                                                           \
		.addr_mask = (ppn) & ~(ppn_low), .reserved = (ppn_low) | (others),           \
	}
#define RISCV_TABLE(ppn, others)                                                             \
	{                                                                                    \
		.kind_mask = RISCV_PTE_V | RISCV_PTE_R | RISCV_PTE_W | RISCV_PTE_X,          \
		.kind_value = RISCV_PTE_V, .fixed = RISCV_PTE_V, .addr_mask = (ppn),         \
		.reserved = RISCV_PTE_D | RISCV_PTE_A | RISCV_PTE_U | (others),              \
		.write = PT_ALWAYS, .user = PT_ALWAYS, .exec = PT_ALWAYS,                    \
	}
/* The frame number's bits below a page of 1 << shift bytes. */
#define RISCV_PPN_LOW(shift) (((1ull << ((shift) - 2)) - 1) & ~0x3ffull)

static const struct pt_leaf riscv32_page = RISCV_LEAF(RISCV_PPN32, 0ull, 0ull);
static const struct pt_leaf riscv32_4m = RISCV_LEAF(RISCV_PPN32, RISCV_PPN_LOW(22), 0ull);
static const struct pt_table riscv32_table = RISCV_TABLE(RISCV_PPN32, 0ull);
static const struct pt_leaf riscv64_page = RISCV_LEAF(RISCV_PPN64, 0ull, RISCV_RESERVED64);
static const struct pt_leaf riscv64_2m =
	RISCV_LEAF(RISCV_PPN64, RISCV_PPN_LOW(21), RISCV_RESERVED64);
static const struct pt_leaf riscv64_1g =
	RISCV_LEAF(RISCV_PPN64, RISCV_PPN_LOW(30), RISCV_RESERVED64);
static const struct pt_leaf riscv64_512g =
	RISCV_LEAF(RISCV_PPN64, RISCV_PPN_LOW(39), RISCV_RESERVED64);
static const struct pt_table riscv64_table = RISCV_TABLE(RISCV_PPN64, RISCV_RESERVED64);

/* Writable and not readable, executable or not. */
#define RISCV_BAD .bad_mask = RISCV_PTE_R | RISCV_PTE_W, .bad_value = RISCV_PTE_W

static const struct pt_format pt_sv32 = {
	.name = "sv32",
	.mmu = PT_MMU_RISCV,
	.levels = 2,
	.entry_bytes = 4,
	.va_bits = 32,
	.phys_bits = 34,
	.addr_shift = 2,
	.present_mask = RISCV_PTE_V,
	RISCV_BAD,
	.swap = { .type_shift = 1, .offset_shift = 6, .offset_bits = 26 },
	.level = {
		{ 12, 10, &riscv32_page, NULL },
		{ 22, 10, &riscv32_4m, &riscv32_table },
	},
};
static const struct pt_format pt_sv39 = {
	.name = "sv39",
	.mmu = PT_MMU_RISCV,
	.levels = 3,
	.entry_bytes = 8,
	.va_bits = 39,
	.is_signed = true,
	.phys_bits = 56,
	.addr_shift = 2,
	.present_mask = RISCV_PTE_V,
	RISCV_BAD,
	.swap = { .type_shift = 1, .offset_shift = 6, .offset_bits = 58 },
	.level = {
		{ 12, 9, &riscv64_page, NULL },
		{ 21, 9, &riscv64_2m, &riscv64_table },
		{ 30, 9, &riscv64_1g, &riscv64_table },
	},
};
static const struct pt_format pt_sv48 = {
	.name = "sv48",
	.mmu = PT_MMU_RISCV,
	.levels = 4,
	.entry_bytes = 8,
	.va_bits = 48,
	.is_signed = true,
	.phys_bits = 56,
	.addr_shift = 2,
	.present_mask = RISCV_PTE_V,
	RISCV_BAD,
	.swap = { .type_shift = 1, .offset_shift = 6, .offset_bits = 58 },
	.level = {
		{ 12, 9, &riscv64_page, NULL },
		{ 21, 9, &riscv64_2m, &riscv64_table },
		{ 30, 9, &riscv64_1g, &riscv64_table },
		{ 39, 9, &riscv64_512g, &riscv64_table },
	},
};

#endif
