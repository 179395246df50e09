/* SPDX-License-Identifier: MIT */
/*
 * mmu_oracle_test.c - the software MMU against tables read by the manuals (reader.c): random
 * tables, some entries of them malformed, random accesses. While nobody changes a table, a
 * TLB must not be noticed: the same addresses, bytes, error codes, and the same bits written.
 *
 *   arena     root, tables: where nothing is written but accessed and dirty bits
 *   scratch   what is mapped: word i holds i << 2, which no format takes for an entry
 *   beyond    addresses with no RAM, mapped as well
 */
#include <stdlib.h>
#include <string.h>

#include "port/host/mmu.h"
#include "tests/fixture.h"
#include "tests/pgtable/reader.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

#define ARENA_ORDER 8
#define ARENA_BYTES ((size_t)4096 << ARENA_ORDER)
#define SCRATCH_ORDER 10
#define SCRATCH_BYTES ((u64)4096 << SCRATCH_ORDER)
#define BEYOND ((u64)1 << 31)
#define NR_ANCHORS 4

struct job {
	const struct pt_format *f;
	struct pgtable pt;
	phys_addr_t arena, scratch;
	size_t used; /* bytes of the arena */
	char *shadow; /* the arena as it should be */
	u64 lowmem_end;
	u64 anchor[NR_ANCHORS]; /* mappings are near these */
	struct host_mmu mmu;
	unsigned long ok, faults, written, read;
	u64 hits, misses;
};

/* ---- tables ---- */

static bool take(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys)
{
	struct job *j = ctx;
	size_t at = (j->used + bytes - 1) & ~(size_t)(bytes - 1);

	(void)limit;
	if (at + bytes > ARENA_BYTES)
		return false;
	j->used = at + bytes;
	*phys = j->arena + at;
	return true;
}

static void keep(void *ctx, phys_addr_t phys, unsigned long bytes)
{
	(void)ctx;
	(void)phys;
	(void)bytes;
}

static const struct pt_ops arena_ops = { take, keep, NULL };

static u64 near(const struct job *j)
{
	u64 span = test_random_below(4) ? 96 * pt_page_size(j->f) : 8 << 20;
	u64 va = j->anchor[test_random_below(NR_ANCHORS)] + test_random_below(span);

	return pt_canonical(j->f, va);
}

static void map_something(struct job *j)
{
	unsigned int level = (unsigned int)test_random_below(3 * j->f->levels);
	struct pt_attr attr = { .prot = (unsigned int)test_random_below(1u << PT_NR_FLAGS) };
	u64 page = pt_page_size(j->f), size, phys;

	if (level >= j->f->levels || !j->f->level[level].leaf)
		level = 0;
	size = level ? pt_level_size(j->f, level) : page * (1 + test_random_below(24));
	phys = size <= SCRATCH_BYTES && test_random_below(4)
		       ? j->scratch + test_random_below(SCRATCH_BYTES / size) * size
		       : BEYOND;
	pt_map(&j->pt, near(j) & ~(pt_level_size(j->f, level) - 1), (phys_addr_t)phys, size, &attr);
}

/*
 * Flips some bits of an entry on the way to an address. Where a table is must stay, and where
 * a large page is: it may be taken for a table now.
 */
static void break_something(struct job *j)
{
	const struct pt_format *f = j->f;
	unsigned int target = test_random_below(8) ? 0 : (unsigned int)test_random_below(f->levels);
	unsigned int level = f->levels;
	unsigned int flips = 1 + (unsigned int)test_random_below(3);
	u64 va = near(j), e, address;
	phys_addr_t table = j->pt.root;
	struct pt_found found;
	void *slot;

	while (--level > target && pt_step(f, level, va, &table, &found))
		if (table < j->arena || table >= j->arena + j->used)
			return; /* broken already */
	slot = pt_slot(f, phys_to_virt(table), pt_index(f, level, va));
	e = pt_read(f, slot);
	address = pt_is_table(f, level, e) ? f->level[level].table->addr_mask : 0;
	if (level && f->level[level].leaf)
		address |= f->level[level].leaf->addr_mask | f->level[level].leaf->high_mask;
	while (flips--)
		e ^= (1ull << test_random_below(8u * f->entry_bytes)) & ~address;
	pt_write(f, slot, e);
}

static void build(struct job *j)
{
	unsigned int i;

	memset(phys_to_virt(j->arena), 0, ARENA_BYTES);
	j->used = 0;
	REQUIRE(pt_create(&j->pt, j->f, &arena_ops, j) == 0);
	for (i = 0; i < NR_ANCHORS; i++)
		j->anchor[i] = pt_canonical(j->f, test_random() & ~(u64)0x3fffffff);
	for (i = 0; i < 100; i++)
		map_something(j);
	for (i = 0; i < 25; i++)
		break_something(j);
	memcpy(j->shadow, phys_to_virt(j->arena), ARENA_BYTES);
}

/* ---- one access, by the book and by the MMU ---- */

static bool is_scratch(const struct job *j, u64 phys)
{
	return phys >= j->scratch && phys - j->scratch < SCRATCH_BYTES;
}

/* What the MMU reads of a word that is scratch. */
static bool same_word(struct job *j, u64 va, bool is_user, u64 phys)
{
	struct host_mmu_fault fault;
	u64 word = 0;

	j->read++;
	return CHECK_EQ(host_mmu_read(&j->mmu, va, &word, sizeof(word), is_user, &fault), PT_OK) &&
	       CHECK_EQ(fault.done, sizeof(word)) && CHECK_EQ(word, (phys - j->scratch) / 8 << 2);
}

static bool one_access(struct job *j, u64 va)
{
	struct pt_request request = { .kind = (enum pt_access_kind)test_random_below(3),
				      .is_user = test_random_below(2) };
	struct pt_outcome outcome;
	struct reading book;
	unsigned int i;

	/* Whether NX exists changes with a flush alone. */
	j->mmu.cpu = (j->mmu.cpu & PT_CPU_NXE) |
		     ((unsigned int)test_random_below(128) & ~PT_CPU_NXE);
	request.cpu = j->mmu.cpu;
	read_by_the_book(j->f->name, j->pt.root, j->lowmem_end, va, &request, &book);
	for (i = 0; i < book.nr_writes; i++)
		memcpy(j->shadow + (book.write[i].at - j->arena), &book.write[i].value,
		       j->f->entry_bytes);
	host_mmu_access(&j->mmu, va, request.kind, request.is_user, &outcome);
	j->written += book.nr_writes;
	j->ok += book.is_ok;
	j->faults += !book.is_ok;
	if (CHECK_EQ(outcome.fault == PT_OK, book.is_ok) && CHECK_EQ(outcome.phys, book.phys) &&
	    CHECK_EQ(outcome.code, book.code) &&
	    CHECK(!memcmp(j->shadow, phys_to_virt(j->arena), j->used)) &&
	    (!book.is_ok || request.kind != PT_LOAD || va % 8 || !is_scratch(j, book.phys) ||
	     same_word(j, va, request.is_user, book.phys)))
		return true;
	tap_note("%s: address 0x%llx, kind %d, user %d, cpu 0x%x", j->f->name,
		 (unsigned long long)va, (int)request.kind, request.is_user, request.cpu);
	return false;
}

/* A handful of addresses again and again, so that most are hits. */
static void access_much(struct job *j)
{
	u64 some[16];
	unsigned int i;

	for (i = 0; i < 16; i++)
		some[i] = near(j) & (test_random_below(2) ? ~7ull : ~0ull);
	for (i = 0; i < 200; i++) {
		if (!test_random_below(20))
			some[i % 16] = test_random_below(4) ? near(j) : test_random();
		REQUIRE(one_access(j, some[test_random_below(16)]));
	}
}

static void compare(const char *format)
{
	struct job *j = calloc(1, sizeof(*j));
	struct page *arena, *scratch;
	struct tlb_counts counts;
	unsigned int round;
	u64 i;

	boot_for_tables();
	REQUIRE(j);
	j->f = pt_format_find(format);
	arena = alloc_pages(GFP_KERNEL, ARENA_ORDER);
	scratch = alloc_pages(GFP_KERNEL, SCRATCH_ORDER);
	j->shadow = malloc(ARENA_BYTES);
	REQUIRE(j->f && arena && scratch && j->shadow);
	j->arena = page_to_phys(arena);
	j->scratch = page_to_phys(scratch);
	j->lowmem_end = (u64)max_low_pfn << PAGE_SHIFT;
	for (i = 0; i < SCRATCH_BYTES / 8; i++)
		((u64 *)page_address(scratch))[i] = i << 2;
	for (round = 0; round < test_rounds(40); round++) {
		const struct tlb_shape shape = { 1u << test_random_below(4),
						 1 + (unsigned int)test_random_below(4),
						 (enum tlb_replacement)test_random_below(2) };

		build(j);
		REQUIRE(host_mmu_init(&j->mmu, j->f, j->pt.root, &shape, NULL, NULL) == 0);
		if (!test_random_below(4))
			j->mmu.cpu &= ~PT_CPU_NXE;
		access_much(j);
		counts = host_mmu_counts(&j->mmu, NULL);
		j->hits += counts.hits;
		j->misses += counts.misses;
		host_mmu_free(&j->mmu);
	}
	tap_note("%s: %lu allowed, %lu refused, %lu entries written, %lu words read, %llu hits",
		 format, j->ok, j->faults, j->written, j->read, (unsigned long long)j->hits);
	CHECK(j->ok > test_rounds(500) && j->faults > test_rounds(100) && j->hits > test_rounds(100) &&
	      j->misses > test_rounds(100) && j->read > test_rounds(10));
	/* Alpha and ARMv7 leave accessed and dirty to software. */
	CHECK_EQ(j->written > test_rounds(50), j->f->mmu != PT_MMU_ALPHA && j->f->mmu != PT_MMU_ARMV7);
	free(j->shadow);
	free(j);
}

#define COMPARE(test, name)     \
	static void test(void)  \
	{                       \
		compare(name);  \
	}
COMPARE(i386_translates_as_the_manual_says, "i386")
COMPARE(i386_pse_translates_as_the_manual_says, "i386-pse")
COMPARE(i386_pse36_translates_as_the_manual_says, "i386-pse36")
COMPARE(i386_pae_translates_as_the_manual_says, "i386-pae")
COMPARE(x86_64_translates_as_the_manual_says, "x86_64")
COMPARE(x86_64_la57_translates_as_the_manual_says, "x86_64-la57")
COMPARE(alpha_translates_as_the_manual_says, "alpha")
COMPARE(armv7_translates_as_the_manual_says, "armv7")
COMPARE(arm64_translates_as_the_manual_says, "arm64")
COMPARE(sv32_translates_as_the_manual_says, "sv32")
COMPARE(sv39_translates_as_the_manual_says, "sv39")
COMPARE(sv48_translates_as_the_manual_says, "sv48")

const struct tap_test tap_tests[] = {
	TEST(i386_translates_as_the_manual_says),
	TEST(i386_pse_translates_as_the_manual_says),
	TEST(i386_pse36_translates_as_the_manual_says),
	TEST(i386_pae_translates_as_the_manual_says),
	TEST(x86_64_translates_as_the_manual_says),
	TEST(x86_64_la57_translates_as_the_manual_says),
	TEST(alpha_translates_as_the_manual_says),
	TEST(armv7_translates_as_the_manual_says),
	TEST(arm64_translates_as_the_manual_says),
	TEST(sv32_translates_as_the_manual_says),
	TEST(sv39_translates_as_the_manual_says),
	TEST(sv48_translates_as_the_manual_says),
	{ NULL, NULL },
};
