/* SPDX-License-Identifier: MIT */
/*
 * model_test.c - random pt_map, pt_unmap and pt_protect against an array that says of each
 * page what it is mapped to; with allocations that fail.
 */
#include <stdlib.h>

#include <quire/fault.h>

#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

struct model_page {
	u32 frame; /* in pages; 0: not mapped */
	u16 prot;
	u8 cache;
};

struct model {
	struct pgtable pt;
	const struct pt_format *f;
	u64 start;	     /* virtual address of page 0 */
	unsigned long pages; /* that the model knows */
	unsigned int shift;
	struct model_page *page;
	bool check_each_page;
	unsigned long seen; /* pages, by the check that runs */
	unsigned long done, refused, failed;
};

/* What the format makes of protections: by hand. */
static unsigned int expected_prot(const struct pt_format *f, unsigned int prot)
{
	if (prot & PT_WRITE)
		prot |= PT_READ;
	switch (f->mmu) {
	case PT_MMU_X86:
		prot |= PT_READ;
		if (f->entry_bytes == 4)
			prot |= PT_EXEC;
		return f->entry_bytes == 4 && !f->level[1].leaf ? prot & ~PT_GLOBAL : prot;
	case PT_MMU_ARMV7:
		return (prot | PT_READ) & ~(PT_DIRTY | PT_SOFT0 | PT_SOFT1);
	case PT_MMU_AARCH64:
		return prot | PT_READ;
	default:
		return prot;
	}
}

/* Formats without all four cache types show another one. */
static enum pt_cache expected_cache(const struct pt_format *f, unsigned int cache)
{
	if (f->mmu == PT_MMU_ALPHA || f->mmu == PT_MMU_RISCV)
		return PT_CACHE_WB;
	if (f->mmu == PT_MMU_X86 && f->entry_bytes == 4 && !f->level[1].leaf && cache == PT_CACHE_WC)
		return PT_CACHE_UC;
	return (enum pt_cache)cache;
}

static bool page_is(const struct model *m, unsigned long i, const struct pt_entry *entry, u64 offset)
{
	const struct model_page *p = &m->page[i];

	if (entry->kind == PT_NONE)
		return CHECK_EQ(p->frame, 0);
	return CHECK_EQ(entry->phys + offset, (u64)p->frame << m->shift) && CHECK_EQ(entry->prot, p->prot) &&
	       CHECK_EQ(entry->cache, p->cache);
}

/* An entry and the pages of the model that it stands for: all of them, or some. */
static int check_entry(void *ctx, const struct pt_entry *entry)
{
	struct model *m = ctx;
	unsigned long first = (unsigned long)((entry->va - m->start) >> m->shift);
	unsigned long n = (unsigned long)(entry->size >> m->shift), i, step;

	if (!CHECK(entry->kind == PT_LEAF || entry->kind == PT_NONE) ||
	    !CHECK_EQ((entry->va - m->start) >> m->shift, m->seen))
		return -EINVAL;
	step = m->check_each_page || n < 8 ? 1 : n / 7;
	for (i = 0; i < n; i += step)
		if (!page_is(m, first + i, entry, (u64)i << m->shift))
			return -EINVAL;
	if (!page_is(m, first + n - 1, entry, (u64)(n - 1) << m->shift))
		return -EINVAL;
	m->seen += n;
	return 0;
}

static bool is_as_the_model(struct model *m)
{
	m->seen = 0;
	return CHECK_EQ(pt_walk_range(&m->pt, m->start, (u64)m->pages << m->shift, check_entry, m), 0) &&
	       CHECK_EQ(m->seen, m->pages) && CHECK_EQ(pt_validate(&m->pt), 0);
}

static bool is_any_mapped(const struct model *m, unsigned long first, unsigned long n)
{
	unsigned long i;

	for (i = first; i < first + n; i++)
		if (m->page[i].frame)
			return true;
	return false;
}

/* A range of pages: small, or large and often aligned, within the model. */
static void random_range(const struct model *m, unsigned long *first, unsigned long *n)
{
	unsigned int bits = (unsigned int)test_random_below(m->f->level[1].bits + 12);

	*n = 1 + (unsigned long)test_random_below(1ull << bits);
	*first = (unsigned long)test_random_below(m->pages);
	if (test_random_below(2)) {
		*n = (*n + 511) & ~511UL;
		*first &= ~511UL;
	}
	if (*n > m->pages - *first)
		*n = m->pages - *first;
}

static unsigned int random_prot(void)
{
	return (unsigned int)test_random_below(1u << PT_NR_FLAGS) | PT_READ;
}

static int try_map(struct model *m, unsigned long first, unsigned long n)
{
	struct pt_attr attr = { .prot = random_prot(), .cache = (enum pt_cache)test_random_below(4) };
	/* Often congruent to the address, so that large pages fit. */
	u64 frame = (test_random_below(4) ? first + (m->start >> m->shift) : test_random()) & 0x3ffff;
	bool is_taken = is_any_mapped(m, first, n);
	unsigned long i;
	int err;

	frame += 1u << 18;
	if (!test_random_below(4))
		attr.max_page = (u64)1 << (m->shift + test_random_below(20));
	err = pt_map(&m->pt, m->start + ((u64)first << m->shift), (phys_addr_t)(frame << m->shift),
		     (u64)n << m->shift, &attr);
	CHECK(err == -ENOMEM || err == (is_taken ? -EEXIST : 0));
	for (i = 0; !err && i < n; i++)
		m->page[first + i] = (struct model_page){
			(u32)(frame + i),
			(u16)expected_prot(m->f, attr.prot),
			(u8)expected_cache(m->f, attr.cache),
		};
	return err;
}

static int try_unmap(struct model *m, unsigned long first, unsigned long n)
{
	int err = pt_unmap(&m->pt, m->start + ((u64)first << m->shift), (u64)n << m->shift);
	unsigned long i;

	CHECK(err == 0 || err == -ENOMEM);
	for (i = 0; !err && i < n; i++)
		m->page[first + i].frame = 0;
	return err;
}

static int try_protect(struct model *m, unsigned long first, unsigned long n)
{
	unsigned int prot = random_prot(), rights = expected_prot(m->f, prot) & PT_RIGHTS;
	int err = pt_protect(&m->pt, m->start + ((u64)first << m->shift), (u64)n << m->shift, prot);
	unsigned long i;

	CHECK(err == 0 || err == -ENOMEM);
	for (i = first; !err && i < first + n; i++)
		if (m->page[i].frame)
			m->page[i].prot = (u16)((m->page[i].prot & ~PT_RIGHTS) | rights);
	return err;
}

static void one_step(struct model *m, unsigned long step)
{
	static int (*const what[])(struct model *, unsigned long, unsigned long) = {
		try_map, try_map, try_unmap, try_protect,
	};
	unsigned long first, n, free_before = nr_free_pages();
	struct pt_counts before, after;
	int err;

	random_range(m, &first, &n);
	pt_count(&m->pt, &before);
	if (!test_random_below(3))
		quire_fail_nth(1 + (unsigned long)test_random_below(3), false);
	err = what[test_random_below(4)](m, first, n);
	quire_fail_off();
	pt_count(&m->pt, &after);
	m->done += !err;
	m->refused += err == -EEXIST;
	m->failed += err == -ENOMEM;
	if (err) {
		CHECK_EQ(nr_free_pages(), free_before);
		CHECK_EQ(after.leaves[0], before.leaves[0]);
		CHECK_EQ(after.tables[0], before.tables[0]);
	}
	if (!test_random_below(2))
		pt_free_empty(&m->pt, m->start, (u64)m->pages << m->shift);
	m->check_each_page = step % 32 == 31;
	REQUIRE(is_as_the_model(m));
}

static void model(const char *name)
{
	struct model m = { .f = pt_format_find(name) };
	unsigned long steps = test_rounds(150), step, free_before;
	u64 large;

	boot_for_tables();
	free_before = nr_free_pages();
	REQUIRE(m.f && pt_create(&m.pt, m.f, NULL, NULL) == 0);
	m.shift = m.f->level[0].shift;
	/* A boundary of the second level, and a large page of it or some of the first. */
	large = m.f->levels > 2 && m.f->level[2].leaf ? pt_level_size(m.f, 2) : 24 * pt_level_size(m.f, 1);
	m.start = 2 * pt_level_size(m.f, m.f->levels > 2 ? 2 : 1) - ((u64)64 << m.shift);
	m.pages = (unsigned long)((large >> m.shift) + 2048);
	m.page = calloc(m.pages, sizeof(*m.page));
	REQUIRE(m.page);
	for (step = 0; step < steps; step++)
		one_step(&m, step);
	tap_note("%s: %lu done, %lu refused, %lu without memory, %lu pages", name, m.done, m.refused,
		 m.failed, m.pages);
	CHECK(m.done > steps / 3);
	/* Of few steps, none may be such. */
	CHECK(steps < 150 || (m.refused >= steps / 25 && m.failed >= steps / 50));
	REQUIRE(pt_unmap(&m.pt, m.start, (u64)m.pages << m.shift) == 0);
	pt_free_empty(&m.pt, m.start, (u64)m.pages << m.shift);
	CHECK_EQ(m.pt.nr_tables[0], 0);
	free(m.page);
	check_destroyed(&m.pt, free_before);
}

#define MODEL(test, name)      \
	static void test(void) \
	{                      \
		model(name);   \
	}
MODEL(random_i386_mappings_are_as_the_model, "i386")
MODEL(random_i386_pse_mappings_are_as_the_model, "i386-pse")
MODEL(random_i386_pse36_mappings_are_as_the_model, "i386-pse36")
MODEL(random_i386_pae_mappings_are_as_the_model, "i386-pae")
MODEL(random_x86_64_mappings_are_as_the_model, "x86_64")
MODEL(random_x86_64_la57_mappings_are_as_the_model, "x86_64-la57")
MODEL(random_alpha_mappings_are_as_the_model, "alpha")
MODEL(random_armv7_mappings_are_as_the_model, "armv7")
MODEL(random_arm64_mappings_are_as_the_model, "arm64")
MODEL(random_sv32_mappings_are_as_the_model, "sv32")
MODEL(random_sv39_mappings_are_as_the_model, "sv39")
MODEL(random_sv48_mappings_are_as_the_model, "sv48")

const struct tap_test tap_tests[] = {
	TEST(random_i386_mappings_are_as_the_model),
	TEST(random_i386_pse_mappings_are_as_the_model),
	TEST(random_i386_pse36_mappings_are_as_the_model),
	TEST(random_i386_pae_mappings_are_as_the_model),
	TEST(random_x86_64_mappings_are_as_the_model),
	TEST(random_x86_64_la57_mappings_are_as_the_model),
	TEST(random_alpha_mappings_are_as_the_model),
	TEST(random_armv7_mappings_are_as_the_model),
	TEST(random_arm64_mappings_are_as_the_model),
	TEST(random_sv32_mappings_are_as_the_model),
	TEST(random_sv39_mappings_are_as_the_model),
	TEST(random_sv48_mappings_are_as_the_model),
	{ NULL, NULL },
};
