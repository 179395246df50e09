/* SPDX-License-Identifier: MIT */
/*
 * names_test.c - pgd, p4d, pud, pmd, pte in Linux's names, for every format, with folding.
 */
#include <quire/pgtable_formats.h>
#include <quire/pgtable_names.h>

#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

#define MB ((u64)1 << 20)

static struct pgtable new_table(const struct pt_format *f)
{
	struct pgtable pt;

	boot_for_tables();
	pt_format_select(f);
	REQUIRE(pt_create(&pt, f, NULL, NULL) == 0);
	return pt;
}

/* A page table walked as Linux's readers know it; NULL where nothing is. */
static pte_t *walk(const struct pgtable *pt, u64 va)
{
	pgd_t *pgd = pgd_offset(pt, va);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgd_none(pgdp_get(pgd)) || pgd_bad(pgdp_get(pgd)))
		return NULL;
	p4d = p4d_offset(pgd, va);
	if (p4d_none(p4dp_get(p4d)) || p4d_bad(p4dp_get(p4d)))
		return NULL;
	pud = pud_offset(p4d, va);
	if (pud_none(pudp_get(pud)) || pud_leaf(pudp_get(pud)) || pud_bad(pudp_get(pud)))
		return NULL;
	pmd = pmd_offset(pud, va);
	if (pmd_none(pmdp_get(pmd)) || pmd_leaf(pmdp_get(pmd)) || pmd_bad(pmdp_get(pmd)))
		return NULL;
	return pte_offset_kernel(pmd, va);
}

static void walk_one_format(const struct pt_format *f)
{
	struct pgtable pt = new_table(f);
	const struct pt_attr attr = { .prot = PT_READ | PT_WRITE | PT_ACCESSED };
	u64 page = pt_page_size(f), va = 21 * MB + 3 * page, other = 21 * MB + 2 * page;
	struct pt_found found;
	pte_t *pte;

	CHECK(!walk(&pt, va));
	REQUIRE(pt_map(&pt, va, (phys_addr_t)(8 * MB), page, &attr) == 0);
	pte = walk(&pt, va);
	REQUIRE(pte);
	found = pt_find(f, pt.root, va);
	CHECK_EQ(pte_val(ptep_get(pte)), found.entry);
	CHECK(pte_present(ptep_get(pte)));
	CHECK_EQ(pte_pfn(ptep_get(pte)), 8 * MB / page);
	CHECK(pte_none(ptep_get(walk(&pt, other))));
	/* What is set with the names is seen by the engine. */
	set_pte(walk(&pt, other), pfn_pte((pfn_t)(9 * MB / page), PAGE_KERNEL));
	found = pt_find(f, pt.root, other + 5);
	CHECK_EQ(pt_found_phys(f, &found, other + 5), 9 * MB + 5);
	CHECK_EQ(pt_validate(&pt), 0);
	CHECK_EQ(pte_val(ptep_get_and_clear(walk(&pt, other))), found.entry);
	CHECK(pte_none(ptep_get(walk(&pt, other))));
	pt_destroy(&pt);
}

static void every_format_is_walked_by_the_five_names(void)
{
	unsigned int i;

	for (i = 0; pt_formats[i]; i++)
		walk_one_format(pt_formats[i]);
}

static void names_that_a_format_lacks_fold(void)
{
	struct pgtable pt = new_table(&pt_i386_pse);
	u64 va = 8 * MB;
	pgd_t *pgd = pgd_offset(&pt, va);
	pmd_t *pmd = pmd_offset(pud_offset(p4d_offset(pgd, va), va), va);

	CHECK_PTR(pmd, pgd);
	CHECK(!pgd_none(pgdp_get(pgd)) && pgd_present(pgdp_get(pgd)) && !pgd_bad(pgdp_get(pgd)));
	CHECK(pmd_none(pmdp_get(pmd)) && !pmd_present(pmdp_get(pmd)));
	set_pmd(pmd, (pmd_t){ pt_make_leaf(&pt_i386_pse, 1, 4 * MB, PT_WRITE, PT_CACHE_WB) });
	CHECK(pmd_leaf(pmdp_get(pmd)) && pmd_present(pmdp_get(pmd)) && pmd_bad(pmdp_get(pmd)));
	CHECK(!pgd_leaf(pgdp_get(pgd)));
	CHECK_EQ(pt_named_level(4), 1);
	pt_destroy(&pt);

	pt = new_table(&pt_i386_pae);
	CHECK_EQ(pt_named_level(4), 2);
	CHECK_EQ(pt_named_level(2), 2);
	CHECK_EQ(pt_named_level(1), 1);
	pgd = pgd_offset(&pt, va);
	CHECK_PTR(pud_offset(p4d_offset(pgd, va), va), pgd);
	CHECK(!pgd_none(pgdp_get(pgd)));
	CHECK(pud_none(pudp_get((pud_t *)pgd)));
	pt_destroy(&pt);

	pt = new_table(&pt_x86_64_la57);
	CHECK_EQ(pt_named_level(4), 4);
	CHECK_EQ(pt_named_level(3), 3);
	CHECK(pgd_none(pgdp_get(pgd_offset(&pt, va))));
	pt_destroy(&pt);
}

static void check_flags(const struct pt_format *f)
{
	unsigned int fit = pt_prot_fit(f, ~0u);
	pte_t pte = pfn_pte(0x123, PAGE_SHARED), same;

	CHECK(pte_present(pte) && !pte_none(pte) && !is_swap_pte(pte));
	CHECK_EQ(pte_pfn(pte), 0x123);
	CHECK(pte_write(pte) && pte_user(pte) && pte_young(pte));
	CHECK_EQ(pte_dirty(pte), !(fit & PT_DIRTY)); /* without the bit, writable is dirty */
	CHECK_EQ(pte_exec(pte), f->mmu == PT_MMU_X86 && f->entry_bytes == 4);
	same = pte_mkold(pte);
	CHECK(!pte_young(same) && pte_write(same));
	CHECK_EQ(pte_val(pte_mkyoung(same)), pte_val(pte));
	same = pte_wrprotect(pte);
	CHECK(!pte_write(same) && pte_young(same) && pte_user(same));
	CHECK_EQ(pte_val(pte_mkwrite(same)), pte_val(pte));
	same = pte_mkdirty(pte);
	CHECK(pte_dirty(same) && pte_write(same));
	CHECK_EQ(pte_val(pte_mkclean(same)), pte_val(pte));
	/* A dirty page that is made read-only stays dirty. */
	if (fit & PT_DIRTY)
		CHECK(pte_dirty(pte_wrprotect(same)) && !pte_write(pte_wrprotect(same)));
	CHECK_EQ(pte_pfn(pte_wrprotect(same)), 0x123);
	pte = pfn_pte(0x123, pgprot_noncached(PAGE_KERNEL_EXEC));
	CHECK(pte_exec(pte) && !pte_user(pte));
	CHECK_EQ(pte_pgprot(pte).prot & PT_GLOBAL, fit & PT_GLOBAL);
	if (f->mmu != PT_MMU_ALPHA && f->mmu != PT_MMU_RISCV)
		CHECK_EQ(pte_pgprot(pte).cache, PT_CACHE_UC);
}

static void pte_flags_are_set_and_cleared_one_by_one(void)
{
	unsigned int i;

	boot_for_tables();
	for (i = 0; pt_formats[i]; i++) {
		pt_format_select(pt_formats[i]);
		check_flags(pt_formats[i]);
	}
}

static void a_page_becomes_a_pte_and_back(void)
{
	struct page *page;
	pte_t pte;

	boot_for_tables();
	pt_format_select(&pt_x86_64);
	page = alloc_pages(GFP_KERNEL, 0);
	REQUIRE(page);
	pte = mk_pte(page, PAGE_READONLY);
	CHECK_PTR(pte_page(pte), page);
	CHECK_EQ(pte_val(pte), 0x8000000000000025ull | page_to_phys(page));
	__free_pages(page, 0);
}

static void swap_entries_go_through_any_pte(void)
{
	static const u64 offsets[] = { 0, 1, 4711, (1u << 25) - 2 };
	unsigned int i, type, n;

	boot_for_tables();
	for (i = 0; pt_formats[i]; i++) {
		pt_format_select(pt_formats[i]);
		for (type = 0; type < PT_SWAP_TYPES; type++) {
			for (n = 0; n < 4; n++) {
				swp_entry_t entry = swp_entry(type, offsets[n]);
				pte_t pte = swp_entry_to_pte(entry);

				CHECK(is_swap_pte(pte));
				CHECK_EQ(pte_to_swp_entry(pte).val, entry.val);
				CHECK_EQ(swp_type(entry), type);
				CHECK_EQ(swp_offset(entry), offsets[n]);
			}
		}
		CHECK(pte_none(swp_entry_to_pte(swp_entry(0, pt_swap_max_offset(pt_formats[i]) + 1))));
	}
}

/* The hardware's bits come along when an entry is taken out. */
static void an_entry_that_is_taken_out_has_the_dirty_bit(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	const struct pt_attr attr = { .prot = PT_READ | PT_WRITE };
	struct pt_request store = { .kind = PT_STORE, .cpu = PT_CPU_NXE };
	struct pt_outcome outcome;
	pte_t pte;

	REQUIRE(pt_map(&pt, MB, (phys_addr_t)MB, 4096, &attr) == 0);
	CHECK(!pte_dirty(ptep_get(walk(&pt, MB))));
	CHECK_EQ(pt_access(&pt_x86_64, pt.root, MB, &store, &outcome), PT_OK);
	pte = ptep_get_and_clear(walk(&pt, MB));
	CHECK(pte_dirty(pte) && pte_young(pte));
	pt_destroy(&pt);
}

const struct tap_test tap_tests[] = {
	TEST(every_format_is_walked_by_the_five_names),
	TEST(names_that_a_format_lacks_fold),
	TEST(pte_flags_are_set_and_cleared_one_by_one),
	TEST(a_page_becomes_a_pte_and_back),
	TEST(swap_entries_go_through_any_pte),
	TEST(an_entry_that_is_taken_out_has_the_dirty_bit),
	{ NULL, NULL },
};
