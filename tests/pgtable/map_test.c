/* SPDX-License-Identifier: MIT */
/*
 * map_test.c - which pages pt_map chooses, how large ones are split, what is refused, and
 * that a call without memory changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/fault.h>
#include <quire/pgtable_formats.h>

#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

#define KB ((u64)1 << 10)
#define MB ((u64)1 << 20)
#define GB ((u64)1 << 30)

static const struct pt_attr plain = { .prot = PT_READ | PT_WRITE };

static struct pgtable new_table(const struct pt_format *f)
{
	struct pgtable pt;

	boot_for_tables();
	REQUIRE(pt_create(&pt, f, NULL, NULL) == 0);
	return pt;
}

static bool has_leaves(const struct pgtable *pt, unsigned long l0, unsigned long l1, unsigned long l2)
{
	struct pt_counts counts;

	pt_count(pt, &counts);
	return CHECK_EQ(counts.leaves[0], l0) && CHECK_EQ(counts.leaves[1], l1) &&
	       CHECK_EQ(counts.leaves[2], l2) && CHECK_EQ(pt_validate(pt), 0);
}

static u64 phys_at(const struct pgtable *pt, u64 va)
{
	struct pt_entry entry;

	return pt_lookup(pt, va, &entry) ? ~(u64)0 : entry.phys;
}

/*
 *   1 GB - 2 MB - 4 KB       1 GB                        2 GB       + 2 MB   + 4 KB
 *   | 4K |       2M         |             1G             |     2M      | 4K |
 */
static void each_piece_gets_the_largest_page_that_fits(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	u64 start = GB - 2 * MB - 4 * KB;

	REQUIRE(pt_map(&pt, start, (phys_addr_t)(4 * GB + start), GB + 4 * MB + 8 * KB, &plain) == 0);
	has_leaves(&pt, 2, 2, 1);
	CHECK_EQ(phys_at(&pt, start), 4 * GB + start);
	CHECK_EQ(phys_at(&pt, GB + 12345), 5 * GB + 12345);
	CHECK_EQ(phys_at(&pt, 2 * GB + 2 * MB + 4 * KB - 1), 6 * GB + 2 * MB + 4 * KB - 1);
	CHECK_EQ(phys_at(&pt, 2 * GB + 2 * MB + 4 * KB), ~(u64)0);
	CHECK_EQ(phys_at(&pt, start - 1), ~(u64)0);
	pt_destroy(&pt);
}

static void physical_alignment_and_the_callers_limit_make_pages_smaller(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	struct pt_attr limited = { .prot = PT_READ, .max_page = 2 * MB };

	REQUIRE(pt_map(&pt, GB, (phys_addr_t)(2 * MB), GB, &plain) == 0);
	has_leaves(&pt, 0, 512, 0);
	REQUIRE(pt_map(&pt, 4 * GB, (phys_addr_t)(4 * KB), 2 * MB, &plain) == 0);
	has_leaves(&pt, 512, 512, 0);
	REQUIRE(pt_map(&pt, 8 * GB, 0, GB, &limited) == 0);
	has_leaves(&pt, 512, 1024, 0);
	limited.max_page = 2 * MB - 1;
	REQUIRE(pt_map(&pt, 10 * GB, 0, 2 * MB, &limited) == 0);
	has_leaves(&pt, 1024, 1024, 0);
	pt_destroy(&pt);
}

static void a_table_that_is_there_keeps_small_pages(void)
{
	struct pgtable pt = new_table(&pt_i386_pse);

	REQUIRE(pt_map(&pt, 4 * MB, 0, 4 * KB, &plain) == 0);
	REQUIRE(pt_unmap(&pt, 4 * MB, 4 * KB) == 0);
	REQUIRE(pt_map(&pt, 4 * MB, 0, 4 * MB, &plain) == 0);
	has_leaves(&pt, 1024, 0, 0);
	REQUIRE(pt_unmap(&pt, 4 * MB, 4 * MB) == 0);
	CHECK_EQ(pt_free_empty(&pt, 4 * MB, 4 * KB), 1);
	REQUIRE(pt_map(&pt, 4 * MB, 0, 4 * MB, &plain) == 0);
	has_leaves(&pt, 0, 1, 0);
	pt_destroy(&pt);
}

/*   |  1 GB  |  unmap 4 KB  ->  |2M|..|2M| 4K x 511, a hole |2M|..|2M|   */
static void unmapping_a_part_splits_what_is_around_it(void)
{
	struct pgtable pt = new_table(&pt_x86_64);

	REQUIRE(pt_map(&pt, GB, (phys_addr_t)(2 * GB), GB, &plain) == 0);
	REQUIRE(pt_unmap(&pt, GB + 5 * MB, 4 * KB) == 0);
	has_leaves(&pt, 511, 511, 0);
	CHECK_EQ(phys_at(&pt, GB + 5 * MB), ~(u64)0);
	CHECK_EQ(phys_at(&pt, GB + 5 * MB - 1), 2 * GB + 5 * MB - 1);
	CHECK_EQ(phys_at(&pt, GB + 5 * MB + 4 * KB), 2 * GB + 5 * MB + 4 * KB);
	CHECK_EQ(phys_at(&pt, 2 * GB - 1), 3 * GB - 1);
	pt_destroy(&pt);
}

static void a_section_is_split_and_keeps_what_it_says(void)
{
	struct pgtable pt = new_table(&pt_armv7);
	const struct pt_attr device = {
		.prot = PT_READ | PT_WRITE | PT_GLOBAL | PT_ACCESSED, .cache = PT_CACHE_UC,
	};
	struct pt_entry entry;

	REQUIRE(pt_map(&pt, 3 * MB, (phys_addr_t)(7 * MB), MB, &device) == 0);
	has_leaves(&pt, 0, 1, 0);
	REQUIRE(pt_protect(&pt, 3 * MB + 8 * KB, 4 * KB, PT_READ) == 0);
	has_leaves(&pt, 256, 0, 0);
	REQUIRE(pt_lookup(&pt, 3 * MB + 8 * KB, &entry) == 0);
	CHECK_EQ(entry.prot, PT_READ | PT_ACCESSED);
	CHECK_EQ(entry.cache, PT_CACHE_UC);
	CHECK_EQ(entry.size, 4 * KB);
	REQUIRE(pt_lookup(&pt, 3 * MB + 12 * KB, &entry) == 0);
	CHECK_EQ(entry.prot, device.prot);
	CHECK_EQ(entry.phys, 7 * MB + 12 * KB);
	CHECK_EQ(pt_table_bytes(&pt_armv7, 1), 16384);
	CHECK_EQ(pt.root & 16383, 0);
	pt_destroy(&pt);
}

static void the_same_rights_need_no_split(void)
{
	struct pgtable pt = new_table(&pt_x86_64);

	REQUIRE(pt_map(&pt, GB, 0, GB, &plain) == 0);
	REQUIRE(pt_protect(&pt, GB + 4 * KB, 4 * KB, plain.prot) == 0);
	has_leaves(&pt, 0, 0, 1);
	REQUIRE(pt_protect(&pt, GB, GB, PT_READ) == 0);
	has_leaves(&pt, 0, 0, 1);
	REQUIRE(pt_protect(&pt, GB, 2 * MB, PT_READ | PT_EXEC) == 0);
	has_leaves(&pt, 0, 512, 0);
	pt_destroy(&pt);
}

/* With PSE-36 only 4 MB pages reach beyond 4 GB. */
static void memory_beyond_a_small_page_is_mapped_by_large_ones_or_not(void)
{
	struct pgtable pt = new_table(&pt_i386_pse36);
	struct pt_attr small = { .prot = PT_READ, .max_page = 4 * KB };

	REQUIRE(pt_map(&pt, 4 * MB, (phys_addr_t)(60 * GB), 8 * MB, &plain) == 0);
	has_leaves(&pt, 0, 2, 0);
	CHECK_EQ(phys_at(&pt, 4 * MB + 77), 60 * GB + 77);
	CHECK_EQ(pt_map(&pt, 40 * MB, (phys_addr_t)(60 * GB), 4 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 40 * MB, (phys_addr_t)(60 * GB), 4 * MB, &small), -EINVAL);
	CHECK_EQ(pt_map(&pt, 40 * MB, (phys_addr_t)(64 * GB), 4 * MB, &plain), -EINVAL);
	CHECK_EQ(pt_unmap(&pt, 4 * MB, 4 * KB), -EINVAL);
	CHECK_EQ(pt_protect(&pt, 4 * MB, 4 * KB, PT_READ), -EINVAL);
	has_leaves(&pt, 0, 2, 0);
	pt_destroy(&pt);
}

static void what_is_malformed_is_refused(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	const struct pt_attr none = { .prot = 0 }, bad_cache = { PT_READ, PT_NR_CACHES, 0 };
	struct pt_entry entry;
	struct pgtable sv;

	REQUIRE(pt_create(&sv, &pt_sv39, NULL, NULL) == 0);
	CHECK_EQ(pt_map(&sv, 0, 0, 4 * KB, &none), -EINVAL);
	CHECK_EQ(pt_protect(&sv, 0, 4 * KB, PT_USER), -EINVAL);
	pt_destroy(&sv);
	CHECK_EQ(pt_map(&pt, 4 * KB, 0, 0, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 4 * KB + 1, 0, 4 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 4 * KB, 1, 4 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 4 * KB, 0, 4 * KB + 1, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 4 * KB, 0, 4 * KB, &bad_cache), -EINVAL);
	CHECK_EQ(pt_map(&pt, (u64)1 << 47, 0, 4 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, ((u64)1 << 47) - 4 * KB, 0, 8 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_map(&pt, 0 - 4 * KB, 0, 8 * KB, &plain), -EINVAL);
	/* From the last page of the lower half to the first of the upper: over the hole. */
	CHECK_EQ(pt_unmap(&pt, 0x7ffffffff000, 0xffff000000002000), -EINVAL);
	CHECK_EQ(pt_map(&pt, 0, ((u64)1 << 52) - 4 * KB, 8 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_unmap(&pt, 0, 4 * KB - 1), -EINVAL);
	CHECK_EQ(pt_free_empty(&pt, 1, 4 * KB), 0);
	CHECK_EQ(pt_lookup(&pt, (u64)1 << 47, &entry), -EINVAL);
	has_leaves(&pt, 0, 0, 0);
	/* Both ends of the address space are its own. */
	CHECK_EQ(pt_map(&pt, 0 - 4 * KB, 0, 4 * KB, &plain), 0);
	CHECK_EQ(pt_map(&pt, ((u64)1 << 47) - 4 * KB, ((u64)1 << 52) - 4 * KB, 4 * KB, &plain), 0);
	CHECK_EQ(phys_at(&pt, ~(u64)0), 4 * KB - 1);
	has_leaves(&pt, 2, 0, 0);
	pt_destroy(&pt);
}

static void what_is_taken_is_not_mapped_again(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	const struct pt_format *f = pt.format;
	phys_addr_t table = pt.root;
	struct pt_found found;
	unsigned int level;
	void *slot;

	REQUIRE(pt_map(&pt, 8 * MB, 0, 4 * KB, &plain) == 0);
	CHECK_EQ(pt_map(&pt, 8 * MB - 4 * KB, 0, 8 * KB, &plain), -EEXIST);
	CHECK_EQ(pt_map(&pt, 0, 0, GB, &plain), -EEXIST);
	has_leaves(&pt, 1, 0, 0);
	/* A swap entry is something too; unmapping takes it away. */
	for (level = 3; level; level--)
		REQUIRE(pt_step(f, level, 8 * MB, &table, &found));
	slot = pt_slot(f, phys_to_virt(table), pt_index(f, 0, 8 * MB));
	pt_write(f, slot, pt_make_swap(f, 3, 99));
	CHECK_EQ(pt_map(&pt, 8 * MB, 0, 4 * KB, &plain), -EEXIST);
	CHECK_EQ(pt_protect(&pt, 8 * MB, 4 * KB, PT_READ), 0);
	CHECK_EQ(pt_swap_offset(f, pt_read(f, slot)), 99);
	CHECK_EQ(pt_unmap(&pt, 8 * MB, 4 * KB), 0);
	CHECK_EQ(pt_read(f, slot), 0);
	CHECK_EQ(pt_map(&pt, 8 * MB, 0, 4 * KB, &plain), 0);
	pt_destroy(&pt);
}

static void tables_that_are_not_of_the_format_are_left_alone(void)
{
	struct pgtable pt = new_table(&pt_sv39);
	u64 *root = phys_to_virt(pt.root);

	root[0] = 0x5; /* writable and not readable */
	log_clear();
	CHECK_EQ(pt_map(&pt, 0, 0, 4 * KB, &plain), -EINVAL);
	CHECK_EQ(pt_unmap(&pt, 0, 4 * KB), -EINVAL);
	CHECK_EQ(pt_protect(&pt, 0, 4 * KB, PT_READ), -EINVAL);
	CHECK_EQ(root[0], 0x5);
	CHECK_EQ(pt_validate(&pt), -EINVAL);
	CHECK(log_contains("entry 0x5 is none of level 2 of sv39"));
	root[0] = 0x10000043; /* a leaf whose frame number is not aligned */
	root[0] |= 0x400;
	log_clear();
	CHECK_EQ(pt_validate(&pt), -EINVAL);
	CHECK(log_contains("reserved bit"));
	root[0] = 0x2; /* a swap entry where there are none */
	CHECK_EQ(pt_validate(&pt), -EINVAL);
	root[0] = (u64)1 << 50 | 1;
	log_clear();
	CHECK_EQ(pt_validate(&pt), -EINVAL);
	CHECK(log_contains("outside of the direct map"));
	root[0] = 0;
	CHECK_EQ(pt_validate(&pt), 0);
	pt.nr_tables[0]++;
	log_clear();
	CHECK_EQ(pt_validate(&pt), -EINVAL);
	CHECK(log_contains("nr_tables says 1"));
	pt.nr_tables[0]--;
	pt_destroy(&pt);
}

/* ---- without memory ---- */

struct snapshot {
	struct pt_counts counts;
	unsigned long free;
	u64 phys[3];
};

static struct snapshot take_snapshot(const struct pgtable *pt)
{
	struct snapshot s;

	memset(&s, 0, sizeof(s));
	pt_count(pt, &s.counts);
	s.free = nr_free_pages();
	s.phys[0] = phys_at(pt, GB);
	s.phys[1] = phys_at(pt, 2 * GB);
	s.phys[2] = phys_at(pt, 2 * GB - 4 * KB);
	return s;
}

static int map_much(struct pgtable *pt)
{
	return pt_map(pt, 3 * GB - 12 * KB, (phys_addr_t)(12 * MB - 12 * KB), 6 * MB, &plain);
}
static int unmap_middle(struct pgtable *pt)
{
	return pt_unmap(pt, GB + 4 * KB, GB - 8 * KB);
}
static int protect_middle(struct pgtable *pt)
{
	return pt_protect(pt, GB + 4 * KB, GB - 8 * KB, PT_READ);
}

static void fail_each_allocation(const struct pt_format *f, int (*call)(struct pgtable *pt),
				 unsigned long at_least)
{
	struct pgtable pt = new_table(f);
	unsigned long n, free_before;

	free_before = nr_free_pages() + (get_order(pt_table_bytes(f, f->levels - 1u)) ? 0 : 1);
	REQUIRE(pt_map(&pt, GB, (phys_addr_t)GB, GB, &plain) == 0);
	for (n = 1;; n++) {
		struct snapshot before = take_snapshot(&pt), after;
		int err;

		quire_fail_nth(n, false);
		err = call(&pt);
		quire_fail_off();
		if (!err)
			break;
		after = take_snapshot(&pt);
		CHECK_EQ(err, -ENOMEM);
		CHECK(!memcmp(&before, &after, sizeof(before)));
		REQUIRE(pt_validate(&pt) == 0);
	}
	CHECK(n > at_least);
	CHECK_EQ(pt_validate(&pt), 0);
	check_destroyed(&pt, free_before);
}

static void map_without_memory_changes_nothing(void)
{
	fail_each_allocation(&pt_x86_64, map_much, 3);
	fail_each_allocation(&pt_i386_pae, map_much, 3);
	fail_each_allocation(&pt_x86_64_la57, map_much, 3);
}
static void unmap_without_memory_changes_nothing(void)
{
	fail_each_allocation(&pt_x86_64, unmap_middle, 3);
	fail_each_allocation(&pt_i386_pse, unmap_middle, 2);
}
static void protect_without_memory_changes_nothing(void)
{
	fail_each_allocation(&pt_sv48, protect_middle, 3);
	fail_each_allocation(&pt_arm64, protect_middle, 3);
}

static void a_table_without_memory_is_not_made(void)
{
	struct pgtable pt = { .root = 77 };

	boot_for_tables();
	quire_fail_nth(1, false);
	CHECK_EQ(pt_create(&pt, &pt_x86_64, NULL, NULL), -ENOMEM);
	quire_fail_off();
	CHECK_EQ(pt.root, 77);
}

/* ---- an embedder's own table memory ---- */

struct pool {
	char *memory; /* 64 KB */
	unsigned int used, freed, flushed;
	bool flushed_before_free;
};

static bool pool_alloc(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys)
{
	struct pool *pool = ctx;

	if (pool->used + 4096 > 16 * 4096 || bytes > 4096)
		return false;
	*phys = virt_to_phys(pool->memory + pool->used);
	pool->used += 4096;
	return CHECK(*phys + bytes <= limit);
}
static void pool_free(void *ctx, phys_addr_t phys, unsigned long bytes)
{
	struct pool *pool = ctx;

	CHECK(bytes <= 4096 && (char *)phys_to_virt(phys) >= pool->memory);
	pool->freed++;
	pool->flushed_before_free = pool->flushed > 0;
}
static void pool_flush(void *ctx, u64 va, u64 size)
{
	struct pool *pool = ctx;

	CHECK_EQ(va, 0);
	CHECK_EQ(size, GB);
	CHECK_EQ(pool->freed, 0);
	pool->flushed++;
}

static void tables_are_flushed_before_they_are_freed(void)
{
	static const struct pt_ops ops = { pool_alloc, pool_free, pool_flush };
	struct pool pool = { .used = 0 };
	struct pgtable pt;

	boot_for_tables();
	pool.memory = alloc_pages_exact(64 * KB, GFP_KERNEL | __GFP_ZERO);
	REQUIRE(pool.memory && pt_create(&pt, &pt_x86_64, &ops, &pool) == 0);
	REQUIRE(pt_map(&pt, 0, 0, 4 * KB, &plain) == 0);
	REQUIRE(pt_map(&pt, 2 * MB, 0, 4 * KB, &plain) == 0);
	CHECK_EQ(pt_free_empty(&pt, 0, GB), 0);
	CHECK_EQ(pool.flushed, 0);
	REQUIRE(pt_unmap(&pt, 0, GB) == 0);
	/* Two of level 0, one of level 1, one of level 2; once. */
	CHECK_EQ(pt_free_empty(&pt, 0, GB), 4);
	CHECK_EQ(pool.flushed, 1);
	CHECK_EQ(pool.freed, 4);
	CHECK(pool.flushed_before_free);
	CHECK_EQ(pt_validate(&pt), 0);
	pt_destroy(&pt);
	CHECK_EQ(pool.freed, 5);
}

static bool note_limit(void *ctx, unsigned long bytes, u64 limit, phys_addr_t *phys)
{
	u64 *limits = ctx;

	limits[bytes == 32 ? 1 : 0] = limit;
	return pt_page_ops.alloc(NULL, bytes, limit, phys);
}

static void tables_lie_where_entries_can_point(void)
{
	static const struct pt_ops ops = { note_limit, NULL, NULL };
	struct pt_ops noting = ops;
	u64 limits[2] = { 0, 0 };
	struct pgtable pt;
	phys_addr_t phys;

	boot_for_tables();
	noting.free = pt_page_ops.free;
	REQUIRE(pt_create(&pt, &pt_i386_pae, &noting, limits) == 0);
	REQUIRE(pt_map(&pt, 0, 0, 4 * KB, &plain) == 0);
	CHECK_EQ(limits[1], 4 * GB); /* the root, in CR3 */
	CHECK_EQ(limits[0], 64 * GB);
	pt_destroy(&pt);
	REQUIRE(pt_create(&pt, &pt_i386_pse36, &noting, limits) == 0);
	CHECK_EQ(limits[0], 4 * GB);
	pt_destroy(&pt);
	/* The default refuses what lies too high, and keeps nothing of it. */
	limits[0] = nr_free_pages();
	CHECK(!pt_page_ops.alloc(NULL, 4096, 4 * KB, &phys));
	CHECK_EQ(nr_free_pages(), limits[0]);
}

/* ---- walking ---- */

static int remember_leaf(void *ctx, const struct pt_entry *entry)
{
	if (entry->kind == PT_LEAF)
		*(struct pt_entry *)ctx = *entry;
	return 0;
}

static void tables_take_away_what_they_do_not_allow(void)
{
	const struct pt_attr all = { .prot = PT_READ | PT_WRITE | PT_EXEC | PT_USER };
	struct pgtable pt = new_table(&pt_x86_64);
	struct pt_entry entry;
	u64 *root = phys_to_virt(pt.root), *middle;

	REQUIRE(pt_map(&pt, 0, 0, 4 * KB, &all) == 0);
	middle = phys_to_virt(root[0] & 0xffffffffff000);
	root[0] &= ~X86_PTE_RW;
	middle[0] |= X86_PTE_NX;
	REQUIRE(pt_lookup(&pt, 0, &entry) == 0);
	CHECK_EQ(entry.prot, PT_READ | PT_USER);
	entry.prot = 0;
	CHECK_EQ(pt_walk_range(&pt, 0, 2 * MB, remember_leaf, &entry), 0);
	CHECK_EQ(entry.prot, PT_READ | PT_USER);
	middle[0] &= ~X86_PTE_US;
	REQUIRE(pt_lookup(&pt, 0, &entry) == 0);
	CHECK_EQ(entry.prot, PT_READ);
	pt_destroy(&pt);
}

static int record(void *ctx, const struct pt_entry *entry)
{
	struct pt_entry **at = ctx;

	*(*at)++ = *entry;
	return 0;
}
static int stop_at_once(void *ctx, const struct pt_entry *entry)
{
	(void)ctx;
	return entry->kind == PT_LEAF ? 42 : 0;
}

/*   0        2M  2M+4K      4M         4M+4K
 *   |  hole  | 4K |   holes  | cut out of 2M |   */
static void a_walk_shows_leaves_and_holes_cut_to_the_range(void)
{
	struct pgtable pt = new_table(&pt_x86_64);
	struct pt_entry *seen = calloc(600, sizeof(*seen)), *at = seen;
	u64 top = 0 - GB;

	REQUIRE(seen);
	REQUIRE(pt_map(&pt, top + 2 * MB, (phys_addr_t)(8 * KB), 4 * KB, &plain) == 0);
	REQUIRE(pt_map(&pt, top + 4 * MB, (phys_addr_t)(6 * MB), 2 * MB, &plain) == 0);
	CHECK_EQ(pt_walk_range(&pt, top + MB, 3 * MB + 4 * KB, record, &at), 0);
	CHECK_EQ(at - seen, 1 + 512 + 1);
	CHECK_EQ(seen[0].va, top + MB);
	CHECK_EQ(seen[0].size, MB);
	CHECK_EQ(seen[0].kind, PT_NONE);
	CHECK_EQ(seen[0].level, 1);
	CHECK_EQ(seen[1].kind, PT_LEAF);
	CHECK_EQ(seen[1].phys, 8 * KB);
	CHECK_EQ(seen[1].prot, PT_READ | PT_WRITE);
	CHECK_EQ(seen[2].kind, PT_NONE);
	CHECK_EQ(seen[513].va, top + 4 * MB);
	CHECK_EQ(seen[513].size, 4 * KB);
	CHECK_EQ(seen[513].phys, 6 * MB);
	CHECK_EQ(seen[513].level, 1);
	CHECK_EQ(pt_walk_range(&pt, top, 4 * MB, stop_at_once, NULL), 42);
	CHECK_EQ(pt_walk_range(&pt, top, 4 * MB + 1, stop_at_once, NULL), -EINVAL);
	free(seen);
	pt_destroy(&pt);
}

const struct tap_test tap_tests[] = {
	TEST(each_piece_gets_the_largest_page_that_fits),
	TEST(physical_alignment_and_the_callers_limit_make_pages_smaller),
	TEST(a_table_that_is_there_keeps_small_pages),
	TEST(unmapping_a_part_splits_what_is_around_it),
	TEST(a_section_is_split_and_keeps_what_it_says),
	TEST(the_same_rights_need_no_split),
	TEST(memory_beyond_a_small_page_is_mapped_by_large_ones_or_not),
	TEST(what_is_malformed_is_refused),
	TEST(what_is_taken_is_not_mapped_again),
	TEST(tables_that_are_not_of_the_format_are_left_alone),
	TEST(map_without_memory_changes_nothing),
	TEST(unmap_without_memory_changes_nothing),
	TEST(protect_without_memory_changes_nothing),
	TEST(a_table_without_memory_is_not_made),
	TEST(tables_are_flushed_before_they_are_freed),
	TEST(tables_lie_where_entries_can_point),
	TEST(tables_take_away_what_they_do_not_allow),
	TEST(a_walk_shows_leaves_and_holes_cut_to_the_range),
	{ NULL, NULL },
};
