/* SPDX-License-Identifier: MIT */
/*
 * paging_init_test.c - the kernel's page table as setup_arch makes it: what it maps, with
 * which pages and rights, where its tables come from.
 */
#include <quire/fault.h>
#include <quire/kvirt.h>
#include <quire/pgtable_formats.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

static const char *const formats[] = { "i386", "i386-pse", "i386-pse36", "i386-pae", "x86_64",
				       "x86_64-la57", "alpha", "armv7", "arm64", "sv32",
				       "sv39", "sv48" };
#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

static struct quire_machine *new_machine(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(96), 0);
	test_bank(m, MB(128), MB(32), 0);
	test_machine_kvirt(m, format);
	return m;
}

/* Is [start, end) mapped where the direct map says, for the kernel's data? */
static void check_mapped(struct pgtable *table, phys_addr_t start, phys_addr_t end)
{
	phys_addr_t phys;

	for (phys = start; phys < end; phys += PAGE_SIZE) {
		struct pt_entry found;

		if (pt_lookup(table, kernel_va(phys_to_virt(phys)), &found)) {
			CHECK_EQ(phys, 0);
			return;
		}
		if (found.phys != phys || !(found.prot & PT_WRITE) || (found.prot & PT_USER)) {
			CHECK_EQ(found.phys, phys);
			CHECK_EQ(found.prot, PT_WRITE);
			return;
		}
	}
}

static void all_lowmem_is_mapped_and_holes_are_not(void)
{
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		struct quire_machine *m = new_machine(formats[i]);
		struct pt_entry found;
		struct pgtable *table;

		tap_note("%s", formats[i]);
		REQUIRE(!test_machine_boot(m));
		table = kernel_pgtable();
		REQUIRE(table);
		check_mapped(table, 0, MB(96));
		check_mapped(table, MB(128), MB(160));
		CHECK_EQ(pt_lookup(table, kernel_va(phys_to_virt(MB(96))), &found), -ENOENT);
		CHECK_EQ(pt_lookup(table, kernel_va(phys_to_virt(MB(128) - 1)), &found), -ENOENT);
		CHECK_EQ(pt_lookup(table, 0, &found), -ENOENT);
		CHECK_EQ(pt_validate(table), 0);
		test_machine_end(m);
	}
}

static void large_pages_are_used_where_they_fit(void)
{
	struct quire_machine *m = new_machine("x86_64");
	struct pt_counts counts;

	REQUIRE(!test_machine_boot(m));
	pt_count(kernel_pgtable(), &counts);
	CHECK_EQ(counts.leaves[1], (96 + 32) / 2);
	CHECK_EQ(counts.leaves[0], 0);
}

static void tables_come_from_lowmem_that_is_mapped_already(void)
{
	struct quire_machine *m = new_machine("i386");
	struct pgtable *table;
	struct pt_counts counts;

	m->kvirt.mapped_end = MB(8);
	REQUIRE(!test_machine_boot(m));
	table = kernel_pgtable();
	CHECK(table->root < MB(8));
	pt_count(table, &counts);
	CHECK_EQ(counts.leaves[0], (96 + 32) * 256);
	check_mapped(table, 0, MB(96));
}

struct loaded {
	unsigned int times;
	phys_addr_t root;
};
static void note_load(void *ctx, phys_addr_t root)
{
	struct loaded *loaded = ctx;

	loaded->times++;
	loaded->root = root;
}

static void the_table_is_loaded_once_it_is_whole(void)
{
	struct quire_machine *m = new_machine("i386-pae");
	struct loaded loaded = { 0, 0 };

	m->kvirt.mapped_end = MB(8);
	m->kvirt.load_table = note_load;
	m->kvirt.ctx = &loaded;
	REQUIRE(!test_machine_boot(m));
	CHECK_EQ(loaded.times, 1);
	CHECK_EQ(loaded.root, kernel_pgtable()->root);
}

static void it_is_loaded_earlier_when_the_mapped_part_is_too_small(void)
{
	struct quire_machine *m = test_machine_new();
	struct loaded loaded = { 0, 0 };

	test_bank(m, 0, MB(600), 0);
	test_machine_kvirt(m, "i386");
	/* 256 MB of 4 KB pages take 256 KB of tables. */
	m->kvirt.mapped_end = 300 << 10;
	m->kvirt.load_table = note_load;
	m->kvirt.ctx = &loaded;
	REQUIRE(!test_machine_boot(m));
	CHECK(loaded.times >= 2);
	check_mapped(kernel_pgtable(), 0, MB(600));
}

static void the_image_has_the_rights_of_its_sections(void)
{
	static const struct machine_mapping image[] = {
		{ 0xc0100000, 0x100000, 0x3000, PT_READ | PT_EXEC, PT_CACHE_WB, ".text" },
		{ 0xc0103000, 0x103000, 0x1000, PT_READ, PT_CACHE_WB, ".rodata" },
		{ 0xd0000000, 0x200000, 0x2000, PT_READ, PT_CACHE_UC, "elsewhere" },
	};
	struct quire_machine *m = new_machine("i386-pae");
	struct pt_entry found;

	m->kvirt.mappings = image;
	m->kvirt.nr_mappings = 3;
	m->kvirt.mapped_end = MB(8);
	REQUIRE(!test_machine_boot(m));
	REQUIRE(!pt_lookup(kernel_pgtable(), 0xc0102fff, &found));
	CHECK_EQ(found.prot & PT_RIGHTS & ~PT_GLOBAL, PT_READ | PT_EXEC);
	CHECK_EQ(found.cache, PT_CACHE_WB);
	REQUIRE(!pt_lookup(kernel_pgtable(), 0xc0103000, &found));
	CHECK_EQ(found.prot & PT_RIGHTS & ~PT_GLOBAL, PT_READ);
	REQUIRE(!pt_lookup(kernel_pgtable(), 0xc0104000, &found));
	CHECK_EQ(found.prot & PT_RIGHTS & ~PT_GLOBAL, PT_READ | PT_WRITE);
	REQUIRE(!pt_lookup(kernel_pgtable(), 0xd0001fff, &found));
	CHECK_EQ(found.phys, 0x201fff);
	CHECK_EQ(found.cache, PT_CACHE_UC);
	CHECK_EQ(pt_lookup(kernel_pgtable(), 0xd0002000, &found), -ENOENT);
}

static void a_machine_as_dumped_gets_its_table_from_free_pages(void)
{
	struct quire_machine *m = new_machine("x86_64");
	unsigned long before;

	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(!test_machine_boot(m));
	before = nr_free_pages();
	REQUIRE(kernel_pgtable());
	CHECK_EQ(before - nr_free_pages(), 3); /* root and two below it */
	check_mapped(kernel_pgtable(), 0, MB(96));
	CHECK_EQ(before - nr_free_pages(), 3);
}

static void a_machine_without_a_format_has_no_table(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(16), 0);
	REQUIRE(!test_machine_boot(m));
	CHECK(!kernel_pgtable());
}

static void a_boot_that_finds_no_memory_for_tables_leaves_nothing(void)
{
	unsigned long n;
	int err = -ENOMEM;

	for (n = 1; err; n++) {
		struct quire_machine *m = new_machine("i386");

		m->kvirt.mapped_end = MB(8);
		/* This one and all later: a single failure is overcome by loading the table early. */
		quire_fail_nth(n, true);
		err = test_machine_boot(m);
		quire_fail_off();
		if (err) {
			CHECK_EQ(err, -ENOMEM);
			CHECK_EQ(this_quire()->phase, PHASE_NONE);
			CHECK_EQ(test_machine_quire(m)->kvirt.table.root, 0);
		}
		test_machine_end(m);
	}
	CHECK(n > 33 + 2); /* the root and a table for each 4 MB of 128, at least */
}

static void pointers_and_the_machines_addresses_convert(void)
{
	struct quire_machine *m = new_machine("i386-pae");
	char *vmalloc_start;

	m->lowmem_end = MB(96);
	m->zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	REQUIRE(!test_machine_boot(m));
	vmalloc_start = (char *)m->kvirt.vmalloc_start;
	CHECK_EQ(kernel_va(phys_to_virt(0x1234)), 0xc0001234);
	CHECK_PTR(kernel_pointer(0xc0001234), phys_to_virt(0x1234));
	CHECK_EQ(kernel_va(vmalloc_start + 17), 0xf8000011);
	CHECK_PTR(kernel_pointer(0xf8000011), vmalloc_start + 17);
	CHECK_PTR(kernel_pointer(0xc0000000 + MB(96)), NULL);
	CHECK_PTR(kernel_pointer(0x1000), NULL);
}

const struct tap_test tap_tests[] = {
	TEST(all_lowmem_is_mapped_and_holes_are_not),
	TEST(large_pages_are_used_where_they_fit),
	TEST(tables_come_from_lowmem_that_is_mapped_already),
	TEST(the_table_is_loaded_once_it_is_whole),
	TEST(it_is_loaded_earlier_when_the_mapped_part_is_too_small),
	TEST(the_image_has_the_rights_of_its_sections),
	TEST(a_machine_as_dumped_gets_its_table_from_free_pages),
	TEST(a_machine_without_a_format_has_no_table),
	TEST(a_boot_that_finds_no_memory_for_tables_leaves_nothing),
	TEST(pointers_and_the_machines_addresses_convert),
	{ NULL, NULL },
};
