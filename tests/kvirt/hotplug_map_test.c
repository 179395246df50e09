/* SPDX-License-Identifier: MIT */
/*
 * hotplug_map_test.c - the kernel's page table follows memory that comes and goes: what is there
 * is mapped in the direct map, what is gone is not, and no table that is missing breaks it.
 */
#include <quire/kvirt.h>
#include <quire/pgtable_formats.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)
#define BLOCK MB(32)

static const char *const formats[] = { "i386-pse", "i386-pae", "x86_64", "armv7", "arm64", "sv39" };
#define NR_FORMATS (sizeof(formats) / sizeof(formats[0]))

/* 64 MB of RAM, and room for two memory blocks at `hot`. */
static struct quire_machine *boot(const char *format, phys_addr_t hot)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	test_hotplug(m, hot, 2 * BLOCK, 0);
	m->memory_block_size = BLOCK;
	test_machine_kvirt(m, format);
	tap_note("%s", format);
	REQUIRE(!test_machine_boot(m));
	REQUIRE(kernel_pgtable());
	return m;
}

/* Is every page of [start, end) mapped where the direct map says; or none? */
static void check_range(phys_addr_t start, phys_addr_t end, bool is_mapped)
{
	phys_addr_t phys;

	for (phys = start; phys < end; phys += 16 * PAGE_SIZE) {
		struct pt_entry found;
		int err = pt_lookup(kernel_pgtable(), kernel_va(phys_to_virt(phys)), &found);

		if (!CHECK_EQ(err, is_mapped ? 0 : -ENOENT) || (is_mapped && !CHECK_EQ(found.phys, phys)))
			return;
		if (is_mapped && !CHECK(found.prot & PT_WRITE))
			return;
	}
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

static void the_direct_map_follows_memory_that_comes_and_goes(void)
{
	size_t i;

	for (i = 0; i < NR_FORMATS; i++) {
		struct quire_machine *m = boot(formats[i], MB(128));
		unsigned long flushes;

		check_range(MB(128), MB(128) + 2 * BLOCK, false);
		test_plug(m, MB(128), 2 * BLOCK);
		CHECK_EQ(add_memory(0, MB(128), 2 * BLOCK, MHP_NONE), 0);
		check_range(MB(128), MB(128) + 2 * BLOCK, true);
		flushes = test_tlb_flushes();
		CHECK_EQ(remove_memory(MB(128), BLOCK), 0);
		CHECK(test_tlb_flushes() > flushes);
		check_range(MB(128), MB(128) + BLOCK, false);
		check_range(MB(128) + BLOCK, MB(128) + 2 * BLOCK, true);
		CHECK_EQ(add_memory(0, MB(128), BLOCK, MHP_NONE), 0);
		check_range(MB(128), MB(128) + 2 * BLOCK, true);
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
}

/* Each allocation of a table fails: nothing is mapped, nothing is known of the memory. */
static void without_tables_memory_does_not_come(void)
{
	const phys_addr_t hot = MB(1024); /* in a table of its own */
	struct quire_machine *m = boot("x86_64", hot);
	unsigned long n, free_before;
	int err = -ENOMEM;

	test_plug(m, hot, 2 * BLOCK);
	drain_all_pages(NULL);
	free_before = nr_free_pages();
	for (n = 1; err; n++) {
		quire_fail_nth(n, true);
		err = add_memory(0, hot, 2 * BLOCK, MHP_NONE);
		quire_fail_off();
		if (!err)
			break;
		REQUIRE(n < 50);
		CHECK_EQ(err, -ENOMEM);
		check_range(hot, hot + 2 * BLOCK, false);
		drain_all_pages(NULL);
		CHECK_EQ(nr_free_pages(), free_before);
		CHECK_EQ(memblock_phys_mem_size(), MB(64));
		CHECK_EQ(memory_block_state(PFN_DOWN(hot)), MEMORY_BLOCK_ABSENT);
		CHECK_EQ(memory_hotplug_validate(), 0);
	}
	CHECK(n > 1);
	check_range(hot, hot + 2 * BLOCK, true);
}

/* RAM of the boot is mapped with larger pages than it goes by: they are split, or it stays. */
static void memory_of_the_boot_goes_from_the_direct_map_or_stays(void)
{
	struct quire_machine *m = test_machine_new();
	const phys_addr_t block = MB(128);
	struct pt_entry found;

	test_bank(m, 0, MB(2048), 0);
	test_hotplug(m, MB(2048), block, 0);
	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(phys_to_virt(block)), &found));
	CHECK_EQ(found.size, MB(1024));
	REQUIRE(offline_pages(PFN_DOWN(block), PFN_DOWN(block), &NODE_DATA(0)->node_zones[ZONE_NORMAL], NULL) == 0);
	quire_fail_nth(1, true);
	CHECK_EQ(remove_memory(block, block), -ENOMEM);
	quire_fail_off();
	CHECK_EQ(memblock_phys_mem_size(), MB(2048));
	check_range(0, MB(1024), true);
	CHECK_EQ(remove_memory(block, block), 0);
	check_range(0, block, true);
	check_range(block, 2 * block, false);
	check_range(2 * block, MB(1024), true);
	CHECK_EQ(memblock_phys_mem_size(), MB(2048) - block);
	CHECK_EQ(memblock_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(the_direct_map_follows_memory_that_comes_and_goes),
	TEST(without_tables_memory_does_not_come),
	TEST(memory_of_the_boot_goes_from_the_direct_map_or_stays),
	{ NULL, NULL },
};
