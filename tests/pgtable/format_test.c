/* SPDX-License-Identifier: MIT */
/*
 * format_test.c - the formats as data: entries as the manuals draw them, swap entries, and
 * formats that are wrong.
 */
#include <quire/pgtable_formats.h>

#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

static void every_format_is_sound_and_found_by_its_name(void)
{
	unsigned int i;

	for (i = 0; pt_formats[i]; i++) {
		const char *why = pt_format_check(pt_formats[i]);

		if (!CHECK(!why))
			tap_note("%s: %s", pt_formats[i]->name, why);
		CHECK_PTR(pt_format_find(pt_formats[i]->name), pt_formats[i]);
	}
	CHECK_EQ(i, 12);
	CHECK_PTR(pt_format_find("pdp-11"), NULL);
}

#define ALL_BUT_SOFT (PT_READ | PT_WRITE | PT_EXEC | PT_USER | PT_GLOBAL | PT_ACCESSED | PT_DIRTY)

/* Each number is put together from the processor's manual, bit by bit. */
static void leaves_have_the_bits_of_the_manual(void)
{
	static const struct {
		const struct pt_format *f;
		unsigned int level;
		u64 phys;
		unsigned int prot;
		enum pt_cache cache;
		u64 entry;
	} rows[] = {
		{ &pt_i386, 0, 0x12345000, PT_READ, PT_CACHE_WB, 0x12345001 },
		{ &pt_i386, 0, 0x12345000, ALL_BUT_SOFT, PT_CACHE_WT, 0x1234506f },
		{ &pt_i386_pse, 0, 0x12345000, ALL_BUT_SOFT, PT_CACHE_WT, 0x123451ff },
		{ &pt_i386_pse, 1, 0x12400000, ALL_BUT_SOFT, PT_CACHE_WT, 0x124011ff },
		{ &pt_i386_pse36, 1, 0xf12400000, PT_READ | PT_WRITE, PT_CACHE_WB, 0x1241e083 },
		{ &pt_i386_pae, 0, 0xf12345000, PT_READ | PT_SOFT0, PT_CACHE_UC, 0x8000000f12345219 },
		{ &pt_x86_64, 0, 0x12345000, PT_EXEC | PT_SOFT1, PT_CACHE_WC, 0x12345409 },
		{ &pt_x86_64, 1, 0x40000000, PT_WRITE | PT_GLOBAL, PT_CACHE_WB, 0x8000000040000183 },
		{ &pt_x86_64, 2, 0xfffffc0000000, PT_EXEC, PT_CACHE_WT, 0xfffffc0001099 },
		{ &pt_x86_64_la57, 0, 0xffffffffff000, PT_EXEC | PT_USER, PT_CACHE_WB, 0xffffffffff005 },
		{ &pt_alpha, 0, 0x2000, ALL_BUT_SOFT, PT_CACHE_WB, 0x1000e3311 },
		{ &pt_alpha, 0, 0x4000, PT_READ | PT_ACCESSED, PT_CACHE_WB, 0x20004010d },
		{ &pt_armv7, 0, 0x12345000, PT_READ | PT_ACCESSED, PT_CACHE_WB, 0x12345a5f },
		{ &pt_armv7, 0, 0x12345000, ALL_BUT_SOFT, PT_CACHE_UC, 0x12345036 },
		{ &pt_armv7, 1, 0x12300000, PT_WRITE | PT_ACCESSED, PT_CACHE_WC, 0x12321412 },
		{ &pt_armv7, 1, 0x12300000, ALL_BUT_SOFT, PT_CACHE_WB, 0x12301c0e },
		{ &pt_arm64, 0, 0x12345000, PT_READ, PT_CACHE_WB, 0x60000012345b83 },
		{ &pt_arm64, 0, 0x12345000, ALL_BUT_SOFT, PT_CACHE_UC, 0xa8000012345753 },
		{ &pt_arm64, 1, 0x40000000, PT_EXEC | PT_GLOBAL, PT_CACHE_WB, 0x40000040000381 },
		{ &pt_sv32, 0, 0x312345000, PT_READ, PT_CACHE_WB, 0xc48d1403 },
		{ &pt_sv39, 0, 0x12345000, ALL_BUT_SOFT, PT_CACHE_WB, 0x48d14ff },
		{ &pt_sv39, 2, 0x40000000, PT_EXEC | PT_SOFT0, PT_CACHE_WB, 0x10000109 },
		{ &pt_sv48, 3, 0x8000000000, PT_WRITE | PT_DIRTY, PT_CACHE_WB, 0x2000000087 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u64 e = pt_make_leaf(rows[i].f, rows[i].level, rows[i].phys, rows[i].prot, rows[i].cache);

		if (!CHECK_EQ(e, rows[i].entry))
			tap_note("row %u, %s", i, rows[i].f->name);
		CHECK_EQ(pt_kind(rows[i].f, rows[i].level, e), PT_LEAF);
		CHECK_EQ(pt_leaf_addr(rows[i].f, rows[i].level, e), rows[i].phys);
		CHECK_EQ(pt_leaf_prot(rows[i].f, rows[i].level, e), pt_prot_fit(rows[i].f, rows[i].prot));
	}
}

static void tables_have_the_bits_of_the_manual(void)
{
	CHECK_EQ(pt_make_table(&pt_i386, 1, 0x345000), 0x345007);
	CHECK_EQ(pt_make_table(&pt_i386_pae, 2, 0x345000), 0x345001);
	CHECK_EQ(pt_make_table(&pt_x86_64, 3, 0x345000), 0x345007);
	CHECK_EQ(pt_make_table(&pt_alpha, 1, 0x4000), 0x200001101);
	CHECK_EQ(pt_make_table(&pt_armv7, 1, 0x345400), 0x345401);
	CHECK_EQ(pt_make_table(&pt_arm64, 1, 0x345000), 0x345003);
	CHECK_EQ(pt_make_table(&pt_sv39, 1, 0x345000), 0xd1401);
	CHECK_EQ(pt_table_addr(&pt_sv39, 1, 0xd1401), 0x345000);
	CHECK_EQ(pt_table_addr(&pt_alpha, 1, 0x200001101), 0x4000);
}

static void entries_that_are_none_of_the_format_are_bad(void)
{
	CHECK_EQ(pt_kind(&pt_armv7, 1, 0x40002), PT_BAD); /* a supersection */
	CHECK_EQ(pt_kind(&pt_armv7, 1, 0x3), PT_BAD);	  /* with PXN */
	CHECK_EQ(pt_kind(&pt_armv7, 0, 0x1), PT_BAD);	  /* 64 KB */
	CHECK_EQ(pt_kind(&pt_arm64, 3, 0x1), PT_BAD);	  /* a block of 512 GB */
	CHECK_EQ(pt_kind(&pt_arm64, 0, 0x1), PT_BAD);
	CHECK_EQ(pt_kind(&pt_sv39, 1, 0x5), PT_BAD); /* writable, not readable */
	CHECK_EQ(pt_kind(&pt_sv39, 1, 0xd), PT_BAD);
	CHECK_EQ(pt_kind(&pt_sv39, 0, 0x1), PT_BAD); /* a table below the last level */
	CHECK_EQ(pt_kind(&pt_sv39, 0, 0), PT_NONE);
	CHECK_EQ(pt_kind(&pt_i386, 1, 0x81), PT_TABLE); /* bit 7 means nothing there */
	CHECK_EQ(pt_kind(&pt_i386_pse, 1, 0x81), PT_LEAF);
	CHECK_EQ(pt_kind(&pt_x86_64, 0, 0x80), PT_NONPRESENT);
}

static void canonical_addresses_repeat_their_highest_bit(void)
{
	CHECK(pt_is_canonical(&pt_x86_64, 0x7fffffffffff));
	CHECK(!pt_is_canonical(&pt_x86_64, 0x800000000000));
	CHECK(pt_is_canonical(&pt_x86_64, 0xffff800000000000));
	CHECK(!pt_is_canonical(&pt_x86_64, 0xffff7fffffffffff));
	CHECK(pt_is_canonical(&pt_x86_64_la57, 0x800000000000));
	CHECK(!pt_is_canonical(&pt_i386, 0x100000000));
	CHECK(pt_is_canonical(&pt_i386, 0xffffffff));
	CHECK(pt_is_canonical(&pt_arm64, 0xffffffffffff));
	CHECK(!pt_is_canonical(&pt_arm64, 0xffffffffffffffff));
	CHECK(pt_is_canonical(&pt_alpha, 0xfffffc0000000000));
	CHECK_EQ(pt_canonical(&pt_sv39, 0x4000000000), 0xffffffc000000000);
}

static void check_swap(const struct pt_format *f, unsigned int type, u64 offset)
{
	u64 e = pt_make_swap(f, type, offset);

	CHECK_EQ(pt_kind(f, 0, e), PT_NONPRESENT);
	CHECK(!pt_is_present(f, e));
	CHECK(f->entry_bytes == 8 || !(e >> 32));
	CHECK_EQ(pt_swap_type(f, e), type);
	CHECK_EQ(pt_swap_offset(f, e), offset);
}

static void swap_entries_come_back_at_all_limits(void)
{
	unsigned int i, type, n;

	for (i = 0; pt_formats[i]; i++) {
		const struct pt_format *f = pt_formats[i];
		u64 max = pt_swap_max_offset(f);

		for (type = 0; type < PT_SWAP_TYPES; type++) {
			check_swap(f, type, 0);
			check_swap(f, type, 1);
			check_swap(f, type, max - 1);
			check_swap(f, type, max);
			for (n = 0; n < 50; n++)
				check_swap(f, type, test_random_below(max + 1));
			CHECK_EQ(pt_make_swap(f, type, max + 1), 0);
			CHECK_EQ(pt_make_swap(f, type, ~(u64)0), 0);
		}
		CHECK_EQ(pt_make_swap(f, PT_SWAP_TYPES, 0), 0);
	}
	CHECK_EQ(pt_swap_max_offset(&pt_i386), (1u << 26) - 2);
	CHECK_EQ(pt_swap_max_offset(&pt_armv7), (1u << 25) - 2);
	CHECK_EQ(pt_swap_max_offset(&pt_x86_64), (1ull << 58) - 2);
	CHECK_EQ(pt_swap_max_offset(&pt_alpha), (1ull << 43) - 2);
}

static void what_a_format_cannot_express_follows_the_rule(void)
{
	CHECK_EQ(pt_prot_fit(&pt_i386, PT_WRITE | PT_GLOBAL), PT_READ | PT_WRITE | PT_EXEC);
	CHECK_EQ(pt_prot_fit(&pt_i386_pse, PT_GLOBAL), PT_READ | PT_EXEC | PT_GLOBAL);
	CHECK_EQ(pt_prot_fit(&pt_x86_64, PT_EXEC), PT_READ | PT_EXEC);
	CHECK_EQ(pt_prot_fit(&pt_armv7, PT_DIRTY | PT_SOFT0), PT_READ);
	CHECK_EQ(pt_prot_fit(&pt_sv39, PT_WRITE), PT_READ | PT_WRITE);
	CHECK_EQ(pt_prot_fit(&pt_sv39, PT_EXEC), PT_EXEC);
	CHECK_EQ(pt_prot_fit(&pt_sv39, ~0u), (1u << PT_NR_FLAGS) - 1);
}

/* Each is a sound format with one thing changed. */
static void formats_that_contradict_themselves_are_found(void)
{
	struct pt_format f = pt_x86_64;
	struct pt_leaf leaf = *pt_x86_64.level[0].leaf;
	struct pt_table table = *pt_x86_64.level[1].table;

	f.level[1].shift = 22;
	CHECK_STR(pt_format_check(&f), "the slices of the address do not join");
	f = pt_x86_64;
	f.levels = 6;
	CHECK_STR(pt_format_check(&f), "the number of levels is not 2 .. 5");
	f = pt_x86_64;
	f.level[1].leaf = NULL;
	CHECK_STR(pt_format_check(&f), "a large page that cannot be split");
	f = pt_x86_64;
	f.swap.offset_shift = 0;
	CHECK_STR(pt_format_check(&f), "the fields of a swap entry overlap, or make it present");
	f = pt_x86_64;
	f.swap.offset_bits = 59;
	CHECK_STR(pt_format_check(&f), "the fields of a swap entry overlap, or make it present");
	f = pt_x86_64;
	f.level[0].leaf = &leaf;
	leaf.addr_mask |= X86_PTE_D;
	CHECK_STR(pt_format_check(&f), "a bit of a leaf has two meanings");
	leaf = *pt_x86_64.level[0].leaf;
	leaf.test[1].is_not = true;
	CHECK_STR(pt_format_check(&f), "protections do not come back");
	leaf = *pt_x86_64.level[0].leaf;
	leaf.reserved = X86_PTE_A;
	CHECK_STR(pt_format_check(&f), "a reserved bit is in use");
	leaf = *pt_x86_64.level[0].leaf;
	leaf.addr_mask >>= 4;
	CHECK(pt_format_check(&f));
	f = pt_x86_64;
	f.level[1].table = &table;
	table.fixed |= X86_PTE_PS;
	CHECK_STR(pt_format_check(&f), "a table entry that is made is none, or denies something");
	f = pt_i386;
	f.entry_bytes = 4;
	f.swap = pt_x86_64.swap;
	CHECK_STR(pt_format_check(&f), "a swap entry has bits that its entry has not");
}

const struct tap_test tap_tests[] = {
	TEST(every_format_is_sound_and_found_by_its_name),
	TEST(leaves_have_the_bits_of_the_manual),
	TEST(tables_have_the_bits_of_the_manual),
	TEST(entries_that_are_none_of_the_format_are_bad),
	TEST(canonical_addresses_repeat_their_highest_bit),
	TEST(swap_entries_come_back_at_all_limits),
	TEST(what_a_format_cannot_express_follows_the_rule),
	TEST(formats_that_contradict_themselves_are_found),
	{ NULL, NULL },
};
