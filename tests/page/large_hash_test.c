/* SPDX-License-Identifier: MIT */
/*
 * large_hash_test.c - hash tables sized from the RAM, against the lines that a real Linux
 * 6.1 logged on machines of the same size.
 */
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define DENTRY_SCALE 13
#define INODE_SCALE 14

static unsigned long bucketsize;
static void *dentries;
static unsigned int dentry_shift, dentry_mask;

static int take_tables(void *ctx)
{
	(void)ctx;
	dentries = alloc_large_system_hash("Dentry cache", bucketsize, 0, DENTRY_SCALE,
					   HASH_EARLY | HASH_ZERO, &dentry_shift, &dentry_mask, 0, 0);
	alloc_large_system_hash("Inode-cache", bucketsize, 0, INODE_SCALE, HASH_EARLY | HASH_ZERO, NULL,
				NULL, 0, 0);
	return 0;
}

/* Not zeroed: nobody writes to it. */
static int take_large_table(void *ctx)
{
	(void)ctx;
	alloc_large_system_hash("Dentry cache", bucketsize, 0, DENTRY_SCALE, HASH_EARLY, NULL, NULL, 0, 0);
	return 0;
}

static struct quire_machine *machine_that_takes_tables(unsigned long bucket)
{
	struct quire_machine *m = test_machine_new();

	bucketsize = bucket;
	m->early = take_tables;
	return m;
}

static void i386_with_2_gb_has_linux_tables(void)
{
	struct quire_machine *m = machine_that_takes_tables(4);

	test_bank(m, 0x1000, 0x9e000, 0);
	test_bank(m, 0x100000, 0x7fee0000, 0);
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 0x36bfe000;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Dentry cache hash table entries: 131072 (order: 7, 524288 bytes, linear)"));
	CHECK(log_contains("Inode-cache hash table entries: 65536 (order: 6, 262144 bytes, linear)"));
	CHECK_EQ(dentry_shift, 17);
	CHECK_EQ(dentry_mask, 131071);
	CHECK(PageReserved(virt_to_page(dentries)));
}

static void imx6ul_with_512_mb_has_linux_tables(void)
{
	struct quire_machine *m = machine_that_takes_tables(4);

	test_bank(m, 0x80000000, 512 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Dentry cache hash table entries: 65536 (order: 6, 262144 bytes, linear)"));
	CHECK(log_contains("Inode-cache hash table entries: 32768 (order: 5, 131072 bytes, linear)"));
}

static void x86_64_with_512_mb_has_linux_tables(void)
{
	struct quire_machine *m = machine_that_takes_tables(8);

	test_bank(m, 0x100000, 0x1fee0000, 0);
	m->flags = MACHINE_BOOTMEM;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Dentry cache hash table entries: 65536 (order: 7, 524288 bytes, linear)"));
	CHECK(log_contains("Inode-cache hash table entries: 32768 (order: 6, 262144 bytes, linear)"));
}

static void a_table_after_boot_comes_from_the_page_allocator(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long before;
	unsigned int shift;
	u32 *table;
	size_t i, set = 0;

	test_bank(m, 0, 64 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	before = nr_free_pages();
	table = alloc_large_system_hash("test", 4, 5000, 0, HASH_ZERO, &shift, NULL, 0, 0);
	CHECK_EQ(shift, 13);
	CHECK_EQ(nr_free_pages(), before - 8);
	for (i = 0; i < 8192; i++)
		set += table[i] != 0;
	CHECK_EQ(set, 0);
	kmemleak_free(table); /* no table is meant to go */
	free_pages_exact(table, 8192 * 4);
	CHECK_EQ(nr_free_pages(), before);
}

static void limits_bound_the_number_of_buckets(void)
{
	static void *volatile tables[3]; /* nobody gives a table back */
	struct quire_machine *m = test_machine_new();
	unsigned int shift;

	test_bank(m, 0, 64 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	tables[0] = alloc_large_system_hash("low", 8, 16, 0, 0, &shift, NULL, 1024, 0);
	CHECK_EQ(shift, 10);
	tables[1] = alloc_large_system_hash("high", 8, 1 << 20, 0, 0, &shift, NULL, 0, 256);
	CHECK_EQ(shift, 8);
	/* a 16th of 64 MB, less its page structures: 2^18 buckets of 8 bytes at most */
	tables[2] = alloc_large_system_hash("all", 8, 1 << 24, 0, 0, &shift, NULL, 0, 0);
	CHECK_EQ(shift, 18);
	CHECK(tables[0] && tables[1] && tables[2]);
}

static void a_table_is_halved_until_it_fits(void)
{
	static void *volatile table;
	struct quire_machine *m = test_machine_new();
	unsigned int shift;

	test_bank(m, 16 * MB, 4 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	REQUIRE(alloc_pages(GFP_KERNEL, 9));
	REQUIRE(alloc_contig_range(4096 + 700, 4096 + 701, MIGRATE_MOVABLE, GFP_KERNEL) == 0 ||
		alloc_pages(GFP_KERNEL, 8));
	table = alloc_large_system_hash("big", 4096, 512, 0, 0, &shift, NULL, 0, 1024);
	CHECK(table);
	CHECK(shift < 9);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* From 64 GB on, four times the RAM is twice the buckets: not 2^27 of them at 1 TB, but 2^25. */
static void tables_of_large_machines_grow_more_slowly(void)
{
	struct quire_machine *m = machine_that_takes_tables(8);

	if (sizeof(long) == 4)
		tap_skip("a 32-bit kernel has no such machine");
	m->max_order = 20;
	test_bank(m, 2048 * MB, 1048576 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	m->early = take_large_table;
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(log_contains("Dentry cache hash table entries: 33554432 (order: 16, 268435456 bytes, linear)"));
}

/* Wanted: 2^20 buckets of 16 bytes; the largest block has 4 MB. That is nobody's mistake. */
static void a_table_larger_than_any_block_is_halved_without_a_warning(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned int shift, mask;

	test_bank(m, 16 * MB, 512 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	alloc_large_system_hash("huge", 16, 1 << 20, 0, 0, &shift, &mask, 0, 0);
	CHECK_EQ(shift, 18);
	CHECK_EQ(mask, (1 << 18) - 1);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(nr_free_pages(), 131072 - 1024);
}

static void no_memory_for_a_page_of_table_stops_the_machine(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 4 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	while (alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN))
		;
	CHECK(EXPECT_PANIC(alloc_large_system_hash("none", 8, 512, 0, 0, NULL, NULL, 0, 0)));
}

const struct tap_test tap_tests[] = {
	TEST(i386_with_2_gb_has_linux_tables),
	TEST(imx6ul_with_512_mb_has_linux_tables),
	TEST(x86_64_with_512_mb_has_linux_tables),
	TEST(a_table_after_boot_comes_from_the_page_allocator),
	TEST(limits_bound_the_number_of_buckets),
	TEST(a_table_is_halved_until_it_fits),
	TEST(tables_of_large_machines_grow_more_slowly),
	TEST(a_table_larger_than_any_block_is_halved_without_a_warning),
	TEST(no_memory_for_a_page_of_table_stops_the_machine),
	{ NULL, NULL },
};
