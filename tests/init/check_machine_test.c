/* SPDX-License-Identifier: MIT */
/*
 * check_machine_test.c - descriptions that make no sense are refused with one line, before
 * anything is changed.
 */
#include <string.h>

#include <quire/pgtable.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire_machine *plain(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	return m;
}

static void check_refused(const struct quire_machine *m, const char *why)
{
	char text[256] = "";

	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	CHECK_STR(text, why);
	log_clear();
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains(why));
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
}

static void a_sound_machine_passes(void)
{
	CHECK_EQ(quire_check_machine(plain(), NULL, 0), 0);
}

static void a_machine_without_ram_is_refused(void)
{
	check_refused(test_machine_new(), "the machine has no RAM");
}

static void an_empty_bank_is_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 128 * MB, 0, 0);
	check_refused(m, "bank 1 at 0x8000000 is empty");
}

static void hot_plug_ranges_that_make_no_sense_are_refused(void)
{
	struct quire_machine *m = plain();
	char why[256];

	test_hotplug(m, 128 * MB, 256 * MB, 0);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	m->memory_block_size = 3 * MB;
	check_refused(m, "memory blocks of 0x300000 bytes: a power of two that holds the largest block is needed");
	m->memory_block_size = 2 * MB;
	check_refused(m, "memory blocks of 0x200000 bytes: a power of two that holds the largest block is needed");
	m->memory_block_size = 512 * MB;
	check_refused(m, "hot-plug range 0 at 0x8000000 is not of whole memory blocks of 0x20000000 bytes");
	m->memory_block_size = 64 * MB;
	test_hotplug(m, 256 * MB, 64 * MB, 0);
	check_refused(m, "hot-plug range 1 at 0x10000000 is not behind the one before it");
	m = plain();
	test_hotplug(m, 0, 128 * MB, 0);
	check_refused(m, "hot-plug range 0 (0x0-0x7ffffff) has RAM in it");
	m = plain();
	test_hotplug(m, 128 * MB, 128 * MB, -1);
	CHECK_EQ(quire_check_machine(m, why, sizeof(why)), -EINVAL);
	CHECK(strstr(why, "hot-plug range 0 is on node -1: 0 to ") == why);
	m = plain();
	m->phys_bits = 28;
	test_hotplug(m, 256 * MB, 128 * MB, 0);
	check_refused(m, "hot-plug range 0 (0x10000000-0x17ffffff) is beyond the physical limit");
	m = plain();
	m->nr_hotplug = 2;
	check_refused(m, "the list of 2 hot-plug ranges is missing");
	m = plain();
	m->nr_cma = 3;
	check_refused(m, "the list of 3 CMA areas is missing");
}

static void overlapping_banks_are_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, 80 * MB, 16 * MB, 0); /* touches: fine */
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	test_bank(m, 95 * MB, 16 * MB, 0);
	check_refused(m, "bank 2 (0x5f00000-0x6efffff) overlaps bank 1 (0x5000000-0x5ffffff)");
}

static void a_bank_beyond_the_physical_limit_is_refused(void)
{
	struct quire_machine *m = plain();

	m->phys_bits = 32;
	test_bank(m, 0xf0000000, 0x10000000, 0);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	test_bank(m, 0x100000000, 0x1000, 0);
	check_refused(m, "bank 2 (0x100000000-0x100000fff) is beyond the physical limit 0xffffffff");
}

static void the_physical_limit_is_the_first_address_beyond(void)
{
	struct quire_machine *m = plain();

	m->phys_bits = 32;
	test_bank(m, 0xf0000000, 0x10000000 - 1, 0);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	m = plain();
	m->phys_bits = 32;
	test_bank(m, 0xf0000000, 0x10000001, 0);
	check_refused(m, "bank 1 (0xf0000000-0x100000000) is beyond the physical limit 0xffffffff");
}

static void zones_may_be_empty_or_end_beyond_the_ram(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = m->zone_end[ZONE_NORMAL] = 48 * MB;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	/* the direct map would end inside Normal, but there is no RAM so far up */
	m->zone_end[ZONE_NORMAL] = 128 * MB;
	m->lowmem_end = 80 * MB;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	m->lowmem_end = 80 * MB - 4096;
	check_refused(m, "zone Normal ends at 0x8000000, beyond lowmem (0x4fff000)");
}

static void a_bank_that_wraps_is_refused(void)
{
	struct quire_machine *m = plain();

	test_bank(m, ~(phys_addr_t)0xfff, 0x2000, 0);
	check_refused(m, "bank 1 at 0xfffffffffffff000 runs past the last address");
}

/* The end of the address space is 0 when it is computed. */
static void banks_up_to_the_last_address_are_checked_as_others_are(void)
{
	struct quire_machine *m = plain();
	phys_addr_t base = 0 - 64 * MB;
	char text[256];

	if (sizeof(pfn_t) < sizeof(phys_addr_t)) {
		tap_skip("the last addresses have no page frame number");
		return;
	}
	test_bank(m, base, 64 * MB, 0);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	m->zone_end[ZONE_NORMAL] = base;
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	CHECK_STR(text, "RAM up to 0xffffffffffffffff lies above the last zone, which ends at 0xfffffffffc000000");
	m->zone_end[ZONE_NORMAL] = 0;
	test_bank(m, base + 32 * MB, 32 * MB, 0);
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	CHECK_STR(text, "bank 2 (0xfffffffffe000000-0xffffffffffffffff) overlaps bank 1 "
			"(0xfffffffffc000000-0xffffffffffffffff)");
}

/* In whatever order, and beside the neighbour or far from it. */
static void an_overlap_is_found_among_many_banks(void)
{
	static const int order[] = { 10, 1, 2, 5, 4, 3, 9, 8, 11, 0 };
	struct quire_machine *m;
	int i, j;

	for (j = 0; j < 10; j++) {
		m = test_machine_new();
		for (i = 0; i < 10; i++)
			test_bank(m, (phys_addr_t)(order[i] + 1) * 64 * MB, 64 * MB, 0);
		CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
		test_bank(m, (phys_addr_t)(order[j] + 1) * 64 * MB + 63 * MB, 1 * MB, 0);
		CHECK_EQ(quire_check_machine(m, NULL, 0), -EINVAL);
	}
	m = plain();
	test_bank(m, 80 * MB - 1, 1 * MB, 0);
	check_refused(m, "bank 1 (0x4ffffff-0x50ffffe) overlaps bank 0 (0x1000000-0x4ffffff)");
}

static void a_direct_map_that_runs_over_the_last_address_is_refused(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_AS_DUMPED;
	test_machine_ram(m);
	m->direct_map = -(uintptr_t)(80 * MB);
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	m->direct_map = -(uintptr_t)(16 * MB);
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	m->direct_map = -(uintptr_t)(48 * MB);
	log_clear();
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK(log_contains("lowmem (0x1000000-0x4ffffff) does not fit into the address space at"));
	/* what lies above the direct map needs no address */
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m->lowmem_end = 48 * MB;
	CHECK_EQ(quire_boot(m), 0);
	quire_reset();
	m->lowmem_end = 48 * MB + 4096;
	CHECK_EQ(quire_boot(m), -EINVAL);
}

static int map_nothing(void *ctx, uintptr_t virt, phys_addr_t phys, size_t size)
{
	(void)ctx;
	(void)virt;
	(void)phys;
	(void)size;
	return -ENOMEM;
}

static void a_memmap_window_inside_a_page_is_refused(void)
{
	struct quire_machine *m = plain();

	m->map_window = map_nothing;
	m->memmap_window = 0x10000800;
	check_refused(m, "the window for mem_map begins at 0x10000800, inside a page");
}

static void lists_that_are_missing_are_refused(void)
{
	struct quire_machine *m = plain();

	m->nr_reserved = 1;
	check_refused(m, "the list of 1 reservations is missing");
	m->nr_reserved = 0;
	m->nr_windows = 2;
	check_refused(m, "the list of 2 windows is missing");
}

static void more_cpus_than_can_be_addressed_are_refused(void)
{
	struct quire_machine *m = plain();

	m->nr_cpus = 0x40000001;
	if (sizeof(void *) == 4)
		check_refused(m, "1073741825 CPUs: their page lists exceed the address space");
}

static void cpus_on_nodes_that_are_none_are_refused(void)
{
	static const u16 far_away[] = { 0, MAX_NUMNODES }, second[] = { 0, 1 };
	struct quire_machine *m = plain();
	char text[256];

	m->nr_cpus = 2;
	m->cpu_node = far_away;
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	m->cpu_node = second;
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), CONFIG_NUMA ? 0 : -EINVAL);
}

static void a_node_out_of_range_is_refused(void)
{
	struct quire_machine *m = plain();
	char text[256];

	test_bank(m, 128 * MB, 1 * MB, -1);
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	m = plain();
	test_bank(m, 128 * MB, 1 * MB, (int)MAX_NUMNODES);
	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
}

static void ram_above_the_last_zone_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zone_end[ZONE_NORMAL] = 64 * MB;
	check_refused(m, "RAM up to 0x4ffffff lies above the last zone, which ends at 0x4000000");
}

static void zones_out_of_order_are_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 96 * MB;
	m->zone_end[ZONE_NORMAL] = 80 * MB;
	check_refused(m, "zone Normal ends at 0x5000000, below the zone before it");
}

static void a_zone_limit_inside_a_page_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB + 5;
	check_refused(m, "zone DMA ends at 0x1000005, inside a page");
	m->zone_end[ZONE_DMA] = 16 * MB;
	m->lowmem_end = 64 * MB + 1;
	check_refused(m, "lowmem ends at 0x4000001, inside a page");
}

static void highmem_alone_is_refused(void)
{
	struct quire_machine *m = plain();

	m->zones = 1U << ZONE_HIGHMEM;
	check_refused(m, "there is no zone in the direct map: DMA, DMA32 or Normal");
}

static void wrong_shapes_are_refused(void)
{
	struct quire_machine *m = plain();

	m->page_shift = 9;
	check_refused(m, "pages of 1 << 9 bytes: 1 << 10 to 1 << 16 will do");
	m->page_shift = 0;
	m->max_order = MAX_ORDER_LIMIT + 1;
	check_refused(m, "MAX_ORDER 21: this build has at most 20");
	m->max_order = 8;
	m->block_order = 8;
	check_refused(m, "page blocks of order 8: the highest order is 7");
}

static void impossible_distances_are_refused(void)
{
	static const u8 not_local[] = { 10, 20, 20, 11 }, too_near[] = { 10, 9, 20, 10 };
	struct quire_machine *m = plain();

	m->nr_distance_nodes = 2;
	m->distance = not_local;
	check_refused(m, "node 1 is 11 from itself: that distance is 10");
	m->distance = too_near;
	check_refused(m, "nodes 0 and 1 are 9 apart: 10 is the least");
}

static void a_final_reserved_list_without_metadata_is_refused(void)
{
	struct quire_machine *m = plain();

	m->flags = MACHINE_AS_DUMPED;
	check_refused(m, "the reserved list is final, but no memory is given for metadata");
}

/* ---- the kernel's virtual addresses ---- */

static struct quire_machine *with_windows(void)
{
	struct quire_machine *m = plain();

	test_machine_kvirt(m, "i386-pae");
	test_machine_ram(m);
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	return m;
}

/* Pointers differ from run to run: the line's beginning will do. */
static void check_refused_with(const struct quire_machine *m, const char *beginning)
{
	char text[256] = "";

	CHECK_EQ(quire_check_machine(m, text, sizeof(text)), -EINVAL);
	if (!strstr(text, beginning))
		CHECK_STR(text, beginning);
	CHECK_EQ(quire_boot(m), -EINVAL);
	CHECK_EQ(this_quire()->phase, PHASE_NONE);
}

static void windows_without_a_page_table_are_refused(void)
{
	struct quire_machine *m = with_windows();

	m->kvirt.format = NULL;
	check_refused(m, "the kernel's page table has no format");
	m->kvirt.layer = NULL;
	check_refused(m, "there are windows for the kernel, but no page table");
	m->kvirt.format = pt_format_find("i386-pae");
	check_refused(m, "a page-table format without kvirt.layer: set it to &quire_kvirt");
}

static void a_page_table_format_with_other_pages_is_refused(void)
{
	struct quire_machine *m = with_windows();

	m->kvirt.format = pt_format_find("alpha");
	check_refused(m, "page tables of format alpha have pages of 1 << 13 bytes, the machine has 1 << 12");
}

static void windows_that_overlap_are_refused(void)
{
	struct quire_machine *m = with_windows();
	uintptr_t pkmap = m->kvirt.pkmap_base;

	m->kvirt.pkmap_base -= 4096;
	check_refused_with(m, "the vmalloc window (");
	m->kvirt.pkmap_base = pkmap;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
	m->kvirt.vmalloc_start = m->direct_map + 16 * MB;
	m->kvirt.vmalloc_end = m->kvirt.vmalloc_start + 4096;
	check_refused_with(m, "overlaps the direct map (");
	m->kvirt.vmalloc_start = m->direct_map + 80 * MB;
	m->kvirt.vmalloc_end = m->kvirt.vmalloc_start + 4096;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
}

static void windows_of_parts_of_pages_are_refused(void)
{
	struct quire_machine *m = with_windows();

	m->kvirt.fixmap_start += 8;
	check_refused_with(m, "the fixmap window (");
	m->kvirt.fixmap_start = m->kvirt.fixmap_end + 4096;
	check_refused_with(m, "the fixmap window ends (");
}

static void slots_of_kmap_are_a_power_of_two(void)
{
	struct quire_machine *m = with_windows();

	m->kvirt.last_pkmap = 500;
	check_refused(m, "500 slots of kmap: a power of two is needed");
}

static void the_image_is_mapped_in_whole_pages(void)
{
	static const struct machine_mapping image[] = {
		{ 0xc0100000, 0x100000, 0x1000, PT_READ, PT_CACHE_WB, ".text" },
		{ 0xc0101000, 0x101000, 0x1200, PT_READ, PT_CACHE_WB, ".rodata" },
	};
	struct quire_machine *m = with_windows();

	m->kvirt.nr_mappings = 2;
	check_refused(m, "the list of 2 mappings of the image is missing");
	m->kvirt.mappings = image;
	check_refused(m, "mapping 1 of the image (0xc0101000) is not of whole pages");
}

static void the_early_mapping_must_reach_ram(void)
{
	struct quire_machine *m = with_windows();

	m->kvirt.mapped_end = 16 * MB;
	check_refused(m, "the early mapping ends at 0x1000000, below all RAM");
	m->kvirt.mapped_end = 16 * MB + 100;
	check_refused(m, "the early mapping ends at 0x1000064, inside a page");
}

static void leak_detection_that_makes_no_sense_is_refused(void)
{
#if CONFIG_KMEMLEAK
	static unsigned long ticks;
	struct quire_machine *m = plain();
	struct kmemleak_range roots[2] = { { &ticks, &ticks + 1 }, { &ticks + 1, &ticks } };

	m->leaks.nr_roots = 2;
	m->leaks.jiffies = &ticks;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0); /* nobody looks at it */
	m->leaks.layer = &quire_kmemleak;
	check_refused(m, "leaks: 2 roots, and no list of them");
	m->leaks.roots = roots;
	check_refused_with(m, "leaks: root 1 ends (0x");
	m->leaks.nr_roots = 1;
	check_refused(m, "leaks: a clock of 0 ticks a second");
	m->leaks.hz = 1;
	CHECK_EQ(quire_check_machine(m, NULL, 0), 0);
#endif
}

const struct tap_test tap_tests[] = {
	TEST(a_sound_machine_passes),
	TEST(a_machine_without_ram_is_refused),
	TEST(an_empty_bank_is_refused),
	TEST(hot_plug_ranges_that_make_no_sense_are_refused),
	TEST(overlapping_banks_are_refused),
	TEST(a_bank_beyond_the_physical_limit_is_refused),
	TEST(the_physical_limit_is_the_first_address_beyond),
	TEST(zones_may_be_empty_or_end_beyond_the_ram),
	TEST(a_bank_that_wraps_is_refused),
	TEST(banks_up_to_the_last_address_are_checked_as_others_are),
	TEST(an_overlap_is_found_among_many_banks),
	TEST(a_direct_map_that_runs_over_the_last_address_is_refused),
	TEST(a_memmap_window_inside_a_page_is_refused),
	TEST(lists_that_are_missing_are_refused),
	TEST(more_cpus_than_can_be_addressed_are_refused),
	TEST(cpus_on_nodes_that_are_none_are_refused),
	TEST(a_node_out_of_range_is_refused),
	TEST(ram_above_the_last_zone_is_refused),
	TEST(zones_out_of_order_are_refused),
	TEST(a_zone_limit_inside_a_page_is_refused),
	TEST(highmem_alone_is_refused),
	TEST(wrong_shapes_are_refused),
	TEST(impossible_distances_are_refused),
	TEST(a_final_reserved_list_without_metadata_is_refused),
	TEST(windows_without_a_page_table_are_refused),
	TEST(a_page_table_format_with_other_pages_is_refused),
	TEST(windows_that_overlap_are_refused),
	TEST(windows_of_parts_of_pages_are_refused),
	TEST(slots_of_kmap_are_a_power_of_two),
	TEST(the_image_is_mapped_in_whole_pages),
	TEST(the_early_mapping_must_reach_ram),
	TEST(leak_detection_that_makes_no_sense_is_refused),
	{ NULL, NULL },
};
