/* SPDX-License-Identifier: MIT */
/*
 * access_test.c - pt_access and pt_lookup against the oracle of reader.c: random tables,
 * random accesses, the same outcome and the same bits written.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/pgtable_formats.h>

#include "tests/fixture.h"
#include "tests/pgtable/reader.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

/* Where the random tables are: 128 KB, the root first. */
#define AREA_ORDER 5
#define AREA_BYTES ((size_t)4096 << AREA_ORDER)

struct arena {
	const struct pt_format *f;
	u64 root;
	u8 *tables;
	u8 *expected; /* a copy, with what the oracle writes */
	u64 lowmem_end;
	unsigned long mapped, refused, out_of_reach, written;
};

/* An address for an entry: mostly of a table in the arena, sometimes one beyond all RAM. */
static u64 random_table(const struct arena *a)
{
	u64 at = test_random_below(AREA_BYTES);

	if (!test_random_below(40))
		return a->lowmem_end + (at & ~(u64)0x3fff);
	/* Tables of ARMv7 lie at any KB, of Alpha at 8 KB. */
	return a->root + (at & ~(u64)(a->f->mmu == PT_MMU_ARMV7 ? 0x3ff : 0x1fff));
}

/* Bits that are no address, by what an entry of the family usually has. */
static u64 random_bits(const struct pt_format *f)
{
	u64 bits = test_random();

	if (!test_random_below(8))
		return bits;
	switch (f->mmu) {
	case PT_MMU_X86:
		bits = (bits & 0xfff) | 1 | (test_random_below(3) ? 6 : 0);
		if (f->levels > 3 && test_random_below(4))
			bits &= ~0x80ull;
		return f->entry_bytes == 8 && !test_random_below(8) ? bits | 1ull << 63 : bits;
	case PT_MMU_ALPHA:
		return (bits & 0xffffffff & ~0xeull) | 1 | (test_random_below(3) ? 0 : bits & 0xe);
	case PT_MMU_ARMV7:
		return (bits & ~(1ull << 18)) | (test_random_below(2) ? 2 : 1);
	case PT_MMU_AARCH64:
		if (test_random_below(2))
			bits &= ~(0xfull << 59);
		return bits | (test_random_below(4) ? 3 : 1);
	default:
		bits &= 0x3ff;
		return test_random_below(3) ? (bits & ~0xdeull) | 1 : bits | 3;
	}
}

/* The table's address where the format has it; for once a large page's low bits are kept too. */
static u64 random_entry(const struct arena *a)
{
	const struct pt_format *f = a->f;
	u64 phys = random_table(a), bits = random_bits(f), low = 0xfff;

	if (!test_random_below(12))
		return 0;
	if (test_random_below(8) == 0)
		phys = test_random() & ((f->phys_bits < 64 ? (u64)1 << f->phys_bits : 0) - 1) &
		       ~(u64)0x3fffffff;
	if (f->entry_bytes == 4 && f->mmu != PT_MMU_RISCV)
		phys &= 0xffffffff;
	/* A random address must not be taken for a table that is RAM, but no table. */
	if (phys < a->root || (phys >= a->root + AREA_BYTES && phys < a->lowmem_end))
		phys = a->root;
	switch (f->mmu) {
	case PT_MMU_ALPHA:
		return (phys >> 13 << 32) | (bits & 0xffffffff);
	case PT_MMU_RISCV:
		return (phys >> 12 << 10) | (bits & (f->entry_bytes == 8 ? 0xffc00000000003ffull : 0x3ff));
	case PT_MMU_ARMV7:
		/* The attributes of a section lie where the address of a table is. */
		if ((bits & 3) == 2)
			return bits & 0xffffffff;
		low = 0x3ff;
		return phys | (bits & low);
	case PT_MMU_AARCH64:
		return (phys & 0xfffffffff000ull) | (bits & 0xffff000000000fffull);
	default:
		if (f->entry_bytes == 4)
			return (phys & 0xfffff000) | (bits & 0xfff);
		return phys | (bits & 0xfff0000000000fffull);
	}
}

static void fill(struct arena *a)
{
	size_t i;

	for (i = 0; i < AREA_BYTES; i += a->f->entry_bytes) {
		u64 e = random_entry(a);

		/* Most bits of a PDPT entry are reserved. */
		if (!strcmp(a->f->name, "i386-pae") && i < 32 && test_random_below(8))
			e &= 0xfffffffffffffe19ull & ~(1ull << 63);
		memcpy(a->tables + i, &e, a->f->entry_bytes);
	}
	memcpy(a->expected, a->tables, AREA_BYTES);
}

static u64 random_address(const struct pt_format *f)
{
	u64 va = test_random();

	if (!test_random_below(16))
		return va;
	va &= ~(u64)0 >> (64 - f->va_bits);
	if (f->is_signed && va >> (f->va_bits - 1))
		va |= ~(u64)0 << (f->va_bits - 1);
	return va;
}

static bool same_outcome(struct arena *a, u64 va, const struct pt_request *request)
{
	struct pt_outcome outcome;
	struct reading reading;
	unsigned int i;

	read_by_the_book(a->f->name, a->root, a->lowmem_end, va, request, &reading);
	for (i = 0; i < reading.nr_writes; i++)
		memcpy(a->expected + (reading.write[i].at - a->root), &reading.write[i].value,
		       a->f->entry_bytes);
	pt_access(a->f, (phys_addr_t)a->root, va, request, &outcome);
	a->written += reading.nr_writes;
	a->mapped += reading.is_ok;
	a->refused += !reading.is_ok;
	a->out_of_reach += outcome.fault == PT_FAULT_BUS;
	return CHECK_EQ(outcome.fault == PT_OK, reading.is_ok) &&
	       CHECK_EQ(outcome.phys, reading.is_ok ? reading.phys : 0) &&
	       CHECK_EQ(outcome.code, reading.is_ok ? 0 : reading.code);
}

/* Where the access was allowed, looking up says the same address. */
static bool same_lookup(const struct arena *a, u64 va)
{
	struct pt_request any = { .kind = PT_LOAD, .cpu = PT_CPU_NXE | PT_CPU_SUM | PT_CPU_HW_AD };
	struct pgtable pt = { .format = a->f, .root = (phys_addr_t)a->root };
	struct reading reading;
	struct pt_entry entry;
	u64 phys = 0;

	read_by_the_book(a->f->name, a->root, a->lowmem_end, va, &any, &reading);
	if (!reading.is_ok)
		return true;
	return CHECK(pt_translate(a->f, pt.root, va, &phys)) && CHECK_EQ(phys, reading.phys) &&
	       CHECK_EQ(pt_lookup(&pt, va, &entry), 0) && CHECK_EQ(entry.phys, reading.phys) &&
	       CHECK(entry.va <= va && va - entry.va < entry.size);
}

static bool one_access(struct arena *a)
{
	static const enum pt_access_kind kinds[] = { PT_LOAD, PT_STORE, PT_FETCH };
	u64 va = random_address(a->f);
	struct pt_request request = {
		.kind = kinds[test_random_below(3)],
		.is_user = test_random_below(2),
		.cpu = (unsigned int)test_random_below(128),
	};

	if (test_random_below(2))
		request.cpu |= PT_CPU_NXE;
	if (same_outcome(a, va, &request) && same_lookup(a, va) &&
	    CHECK(!memcmp(a->tables, a->expected, AREA_BYTES)))
		return true;
	tap_note("%s: address 0x%llx, kind %d, user %d, cpu 0x%x", a->f->name, (unsigned long long)va,
		 (int)request.kind, request.is_user, request.cpu);
	return false;
}

static void compare(const char *name)
{
	struct arena a = { .f = pt_format_find(name) };
	struct page *page;
	unsigned long rounds = test_rounds(20), round;
	unsigned int i;

	boot_for_tables();
	page = alloc_pages(GFP_KERNEL, AREA_ORDER);
	a.expected = malloc(AREA_BYTES);
	REQUIRE(page && a.expected && a.f);
	a.root = page_to_phys(page);
	a.tables = page_address(page);
	a.lowmem_end = (u64)max_low_pfn << PAGE_SHIFT;
	for (round = 0; round < rounds; round++) {
		fill(&a);
		for (i = 0; i < 300; i++)
			REQUIRE(one_access(&a));
	}
	tap_note("%s: %lu mapped, %lu refused, %lu of them out of reach, %lu entries written", name,
		 a.mapped, a.refused, a.out_of_reach, a.written);
	CHECK(a.mapped > 5 * rounds / 2 && a.refused > 5 * rounds && a.out_of_reach > rounds / 2);
	/* Alpha and ARMv7 leave accessed and dirty to software. */
	CHECK_EQ(a.written > rounds, a.f->mmu != PT_MMU_ALPHA && a.f->mmu != PT_MMU_ARMV7);
	free(a.expected);
}

#define COMPARE(test, name)     \
	static void test(void)  \
	{                       \
		compare(name);  \
	}
COMPARE(i386_accesses_are_as_the_manual_says, "i386")
COMPARE(i386_pse_accesses_are_as_the_manual_says, "i386-pse")
COMPARE(i386_pse36_accesses_are_as_the_manual_says, "i386-pse36")
COMPARE(i386_pae_accesses_are_as_the_manual_says, "i386-pae")
COMPARE(x86_64_accesses_are_as_the_manual_says, "x86_64")
COMPARE(x86_64_la57_accesses_are_as_the_manual_says, "x86_64-la57")
COMPARE(alpha_accesses_are_as_the_manual_says, "alpha")
COMPARE(armv7_accesses_are_as_the_manual_says, "armv7")
COMPARE(arm64_accesses_are_as_the_manual_says, "arm64")
COMPARE(sv32_accesses_are_as_the_manual_says, "sv32")
COMPARE(sv39_accesses_are_as_the_manual_says, "sv39")
COMPARE(sv48_accesses_are_as_the_manual_says, "sv48")

/* ---- bit by bit ---- */

/* Accesses of all kinds with the entry as it is now; `slot` is put back after each. */
static bool agree_on_entry(const struct pgtable *pt, void *slot, u64 va)
{
	const struct pt_format *f = pt->format;
	u64 e = pt_read(f, slot), lowmem_end = (u64)max_low_pfn << PAGE_SHIFT;
	unsigned long requests = test_rounds(256), k;
	bool same = true;

	for (k = 0; k < requests && same; k++) {
		unsigned int n = (unsigned int)test_random_below(6 * 128), i;
		struct pt_request request = {
			.kind = (enum pt_access_kind)(n % 3), .is_user = n / 3 % 2, .cpu = n / 6,
		};
		struct pt_outcome outcome;
		struct reading reading;
		u64 expected = e;

		read_by_the_book(f->name, pt->root, lowmem_end, va, &request, &reading);
		for (i = 0; i < reading.nr_writes; i++)
			if (reading.write[i].at == virt_to_phys(slot))
				expected = reading.write[i].value;
		pt_access(f, pt->root, va, &request, &outcome);
		same = CHECK_EQ(outcome.fault == PT_OK, reading.is_ok) && CHECK_EQ(outcome.phys, reading.phys) &&
		       CHECK_EQ(outcome.code, reading.code) && CHECK_EQ(pt_read(f, slot), expected);
		pt_write(f, slot, e);
	}
	return same;
}

/* Flips each bit of the entry at `level` on the way to va: of tables, all but the address. */
static void flip_bits(const struct pgtable *pt, unsigned int level, u64 va)
{
	const struct pt_format *f = pt->format;
	unsigned int at = f->levels - 1u, bit;
	phys_addr_t table = pt->root;
	struct pt_found found;
	void *slot;
	u64 e, keep;

	for (; at > level; at--)
		REQUIRE(pt_step(f, at, va, &table, &found));
	slot = pt_slot(f, phys_to_virt(table), pt_index(f, level, va));
	e = pt_read(f, slot);
	keep = pt_is_table(f, level, e) ? f->level[level].table->addr_mask : 0;
	CHECK(agree_on_entry(pt, slot, va));
	for (bit = 0; bit < 8u * f->entry_bytes; bit++) {
		if (keep >> bit & 1)
			continue;
		pt_write(f, slot, e ^ (u64)1 << bit);
		if (!agree_on_entry(pt, slot, va))
			tap_note("%s: level %u, entry 0x%llx, bit %u", f->name, level,
				 (unsigned long long)e, bit);
	}
	pt_write(f, slot, e);
}

/*
 * The memory that is mapped lies beyond the RAM: a leaf that becomes a table by a flipped
 * bit points to nothing.
 */
static void flip_all(const struct pt_format *f, unsigned int leaf_level, unsigned int prot)
{
	const struct pt_attr attr = { .prot = prot };
	u64 size = pt_level_size(f, leaf_level), phys = size < (1u << 30) ? 1u << 30 : size;
	unsigned int level;
	struct pgtable pt;

	REQUIRE(pt_create(&pt, f, NULL, NULL) == 0);
	REQUIRE(pt_map(&pt, 0, (phys_addr_t)phys, size, &attr) == 0);
	for (level = leaf_level; level < f->levels; level++)
		flip_bits(&pt, level, 0x123);
	pt_destroy(&pt);
}

static void every_bit_of_an_entry_means_what_the_manual_says(void)
{
	static const unsigned int prots[] = {
		PT_READ, PT_READ | PT_WRITE | PT_EXEC | PT_USER | PT_ACCESSED | PT_DIRTY,
		PT_READ | PT_EXEC | PT_ACCESSED, PT_READ | PT_WRITE | PT_USER | PT_ACCESSED,
	};
	unsigned int i, level, n;

	boot_for_tables();
	for (i = 0; pt_formats[i]; i++)
		for (level = 0; level < pt_formats[i]->levels; level++)
			for (n = 0; n < 4 && pt_formats[i]->level[level].leaf; n++)
				flip_all(pt_formats[i], level, prots[n]);
}

/* ---- by hand ---- */

static struct pgtable table_with_page(const struct pt_format *f, unsigned int prot)
{
	const struct pt_attr attr = { .prot = prot };
	struct pgtable pt;

	boot_for_tables();
	REQUIRE(pt_create(&pt, f, NULL, NULL) == 0);
	REQUIRE(pt_map(&pt, 0x400000, 0x800000, pt_page_size(f), &attr) == 0);
	return pt;
}

static u32 code_of(const struct pgtable *pt, enum pt_access_kind kind, bool is_user, unsigned int cpu)
{
	struct pt_request request = { .kind = kind, .is_user = is_user, .cpu = cpu };
	struct pt_outcome outcome;

	return pt_access(pt->format, pt->root, 0x400123, &request, &outcome) ? outcome.code : 0x100;
}

static void x86_error_codes_say_what_was_wrong(void)
{
	struct pgtable pt = table_with_page(&pt_x86_64, PT_READ);
	struct pt_request request = { .kind = PT_LOAD, .cpu = PT_CPU_NXE, .phys_bits = 23 };
	struct pt_outcome outcome;

	CHECK_EQ(code_of(&pt, PT_LOAD, false, PT_CPU_NXE), 0x100);
	CHECK_EQ(code_of(&pt, PT_LOAD, true, PT_CPU_NXE), 5);
	CHECK_EQ(code_of(&pt, PT_STORE, false, PT_CPU_NXE | PT_CPU_WP), 3);
	CHECK_EQ(code_of(&pt, PT_STORE, false, PT_CPU_NXE), 0x100);
	CHECK_EQ(code_of(&pt, PT_STORE, true, PT_CPU_NXE), 7);
	CHECK_EQ(code_of(&pt, PT_FETCH, true, PT_CPU_NXE), 0x15);
	CHECK_EQ(code_of(&pt, PT_FETCH, false, 0), 9); /* NX is a reserved bit */
	/* 8 MB is beyond what 23 lines drive: reserved address bits. */
	CHECK_EQ(pt_access(&pt_x86_64, pt.root, 0x400000, &request, &outcome), PT_FAULT_RESERVED);
	CHECK_EQ(outcome.code, 9);
	CHECK_EQ(pt_access(&pt_x86_64, pt.root, 0x800000000000, &request, &outcome), PT_FAULT_CANONICAL);
	request.kind = PT_STORE;
	request.phys_bits = 0;
	CHECK_EQ(pt_access(&pt_x86_64, pt.root, 0x600000, &request, &outcome), PT_FAULT_TRANSLATION);
	CHECK_EQ(outcome.code, 2);
	pt_destroy(&pt);
}

static void x86_kernel_keeps_out_of_user_memory_when_told(void)
{
	struct pgtable pt = table_with_page(&pt_i386_pae, PT_READ | PT_WRITE | PT_EXEC | PT_USER);

	CHECK_EQ(code_of(&pt, PT_FETCH, false, 0), 0x100);
	CHECK_EQ(code_of(&pt, PT_FETCH, false, PT_CPU_SMEP), 0x11);
	CHECK_EQ(code_of(&pt, PT_STORE, false, PT_CPU_SMEP), 0x100);
	CHECK_EQ(code_of(&pt, PT_STORE, false, PT_CPU_SMAP), 3);
	CHECK_EQ(code_of(&pt, PT_LOAD, true, PT_CPU_SMAP | PT_CPU_SMEP), 0x100);
	pt_destroy(&pt);
}

static void x86_sets_accessed_on_the_way_and_dirty_at_the_end(void)
{
	struct pgtable pt = table_with_page(&pt_i386, PT_READ | PT_WRITE);
	const u32 *root = phys_to_virt(pt.root);
	struct pt_entry entry;

	CHECK_EQ(root[1] & 0x60, 0);
	CHECK_EQ(code_of(&pt, PT_LOAD, true, 0), 5);
	CHECK_EQ(root[1] & 0x60, 0x20);
	CHECK_EQ(pt_lookup(&pt, 0x400000, &entry), 0);
	CHECK_EQ(entry.entry & 0x60, 0); /* refused: the leaf is as it was */
	CHECK_EQ(code_of(&pt, PT_LOAD, false, 0), 0x100);
	CHECK_EQ(pt_lookup(&pt, 0x400000, &entry), 0);
	CHECK_EQ(entry.entry & 0x60, 0x20);
	CHECK_EQ(code_of(&pt, PT_STORE, false, 0), 0x100);
	CHECK_EQ(pt_lookup(&pt, 0x400000, &entry), 0);
	CHECK_EQ(entry.entry & 0x60, 0x60);
	CHECK_EQ(root[1] & 0x60, 0x20);
	pt_destroy(&pt);
}

static void armv7_reports_section_and_page_faults(void)
{
	struct pgtable pt = table_with_page(&pt_armv7, PT_READ | PT_ACCESSED);
	const struct pt_attr section = { .prot = PT_READ };
	struct pt_request request = { .kind = PT_STORE };
	struct pt_outcome outcome;

	CHECK_EQ(code_of(&pt, PT_LOAD, false, 0), 0x100);
	CHECK_EQ(code_of(&pt, PT_LOAD, true, 0), 15);
	CHECK_EQ(code_of(&pt, PT_STORE, false, 0), 0x80f);
	CHECK_EQ(code_of(&pt, PT_FETCH, false, 0), 15);
	CHECK_EQ(pt_access(&pt_armv7, pt.root, 0x401000, &request, &outcome), PT_FAULT_TRANSLATION);
	CHECK_EQ(outcome.code, 0x807);
	request.kind = PT_LOAD;
	CHECK_EQ(pt_access(&pt_armv7, pt.root, 0x900000, &request, &outcome), PT_FAULT_TRANSLATION);
	CHECK_EQ(outcome.code, 5);
	REQUIRE(pt_map(&pt, 0x900000, 0x100000, 0x100000, &section) == 0);
	CHECK_EQ(pt_access(&pt_armv7, pt.root, 0x900000, &request, &outcome), PT_FAULT_ACCESSED);
	CHECK_EQ(outcome.code, 3);
	pt_destroy(&pt);
}

/* The direct map has nothing in a hole, though the array of page structures spans it. */
static void a_table_in_a_hole_of_ram_is_out_of_reach(void)
{
	struct quire_machine *m = test_machine_new();
	const struct pt_request load = { .kind = PT_LOAD };
	struct pt_outcome outcome;
	struct pgtable pt;

	test_bank(m, 0, 4 << 20, 0);
	test_bank(m, 8 << 20, 4 << 20, 0);
	REQUIRE(!test_machine_boot(m));
	REQUIRE(!pt_create(&pt, &pt_x86_64, NULL, NULL));
	pt_write(&pt_x86_64, phys_to_virt(pt.root), pt_make_table(&pt_x86_64, 3, 6 << 20));
	CHECK_EQ(pt_access(&pt_x86_64, pt.root, 0x1000, &load, &outcome), PT_FAULT_BUS);
	CHECK_EQ(outcome.level, 2);
	pt_write(&pt_x86_64, phys_to_virt(pt.root), 0);
	pt_destroy(&pt);
}

const struct tap_test tap_tests[] = {
	TEST(a_table_in_a_hole_of_ram_is_out_of_reach),
	TEST(i386_accesses_are_as_the_manual_says),
	TEST(i386_pse_accesses_are_as_the_manual_says),
	TEST(i386_pse36_accesses_are_as_the_manual_says),
	TEST(i386_pae_accesses_are_as_the_manual_says),
	TEST(x86_64_accesses_are_as_the_manual_says),
	TEST(x86_64_la57_accesses_are_as_the_manual_says),
	TEST(alpha_accesses_are_as_the_manual_says),
	TEST(armv7_accesses_are_as_the_manual_says),
	TEST(arm64_accesses_are_as_the_manual_says),
	TEST(sv32_accesses_are_as_the_manual_says),
	TEST(sv39_accesses_are_as_the_manual_says),
	TEST(sv48_accesses_are_as_the_manual_says),
	TEST(every_bit_of_an_entry_means_what_the_manual_says),
	TEST(x86_error_codes_say_what_was_wrong),
	TEST(x86_kernel_keeps_out_of_user_memory_when_told),
	TEST(x86_sets_accessed_on_the_way_and_dirty_at_the_end),
	TEST(armv7_reports_section_and_page_faults),
	{ NULL, NULL },
};
