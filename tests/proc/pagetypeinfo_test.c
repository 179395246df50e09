/* SPDX-License-Identifier: MIT */
/*
 * pagetypeinfo_test.c - the report of free blocks by migrate type: its layout as Linux
 * printed it on machines with the same zones, and its numbers against the allocator's.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/gfp.h>

#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define PAGE4K(n) ((phys_addr_t)(n) << 12)
#define MB ((phys_addr_t)1 << 20)

static void boot_i386(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, PAGE4K(0x1), PAGE4K(0x9e), 0);
	test_bank(m, PAGE4K(0x100), PAGE4K(0x7ffe0 - 0x100), 0);
	m->lowmem_end = PAGE4K(0x36bfe);
	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = 16 * MB;
	REQUIRE(test_machine_boot(m) == 0);
}

static void boot_x86_64_numa(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, PAGE4K(0x1), PAGE4K(0x9e), 0);
	test_bank(m, PAGE4K(0x100), PAGE4K(0x40000 - 0x100), 0);
	test_bank(m, PAGE4K(0x40000), PAGE4K(262112), 1);
	m->block_order = 9;
	m->zones = 1 << ZONE_DMA | 1 << ZONE_DMA32 | 1 << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 * MB;
	REQUIRE(test_machine_boot(m) == 0);
}

static void boot_imx6ul(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, PAGE4K(0x80000), 512 * MB, 0);
	m->max_order = 12;
	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = PAGE4K(0xa0000);
	REQUIRE(test_machine_boot(m) == 0);
	NODE_DATA(0)->node_zones[ZONE_DMA].cma_pages = 8192; /* that Linux had a CMA area */
}

/* ---- as Linux printed it ---- */

/* Numbers have fixed widths: as blanks, they leave the layout. Then the page blocks of all zones. */
static char *layout_of(const char *text)
{
	static char copies[2][16384];
	static unsigned int turn;
	char *copy = copies[turn++ % 2], *at;

	REQUIRE(strlen(text) < sizeof(copies[0]));
	strcpy(copy, text);
	for (at = copy; *at; at++)
		if (*at >= '0' && *at <= '9')
			*at = ' ';
	return copy;
}

/* How many page blocks the n-th zone has, of any type; -1: there is no such zone. */
static long blocks_of_zone(const char *text, int n)
{
	const char *line = text;
	long sum = 0;

	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *numbers = strstr(line, "zone");
		char *end;

		if (strncmp(line, "Node ", 5) || line[5] == ' ' || n--)
			continue;
		numbers += 4 + strspn(numbers + 4, " ");
		numbers += strcspn(numbers, " ");
		while (*(numbers + strspn(numbers, " ")) != '\n') {
			sum += (long)strtoul(numbers, &end, 10);
			numbers = end;
		}
		return sum;
	}
	return -1;
}

static void check_as_linux(const char *machine)
{
	static char expected[16384];
	const char *text = proc_section(proc_fixture(machine), "=== /proc/pagetypeinfo", "===");
	int zone = 0;

	REQUIRE(*text && strlen(text) < sizeof(expected));
	strcpy(expected, text);
	CHECK_STR(layout_of(report_text("pagetypeinfo")), layout_of(expected));
	do
		CHECK_EQ(blocks_of_zone(report_text("pagetypeinfo"), zone),
			 blocks_of_zone(expected, zone));
	while (blocks_of_zone(expected, zone++) >= 0);
	CHECK(zone > 1);
}

static void an_i386_pc_with_highmem_is_shown_as_linux_showed_it(void)
{
	boot_i386();
	check_as_linux("i386-2G");
}

static void a_pc_with_two_nodes_is_shown_as_linux_showed_it(void)
{
	boot_x86_64_numa();
	check_as_linux("x86_64-numa");
}

static void a_board_with_cma_is_shown_as_linux_showed_it(void)
{
	boot_imx6ul();
	check_as_linux("imx6ul-512M");
}

/* ---- the numbers ---- */

static const char *line_of(const char *what)
{
	static char line[256];
	const char *at = strstr(report_text("pagetypeinfo"), what);
	size_t len = at ? strcspn(at, "\n") : 0;

	REQUIRE(len < sizeof(line));
	memcpy(line, at, len);
	line[len] = '\0';
	return line;
}

/* 64 MB in one piece: 16 free blocks of order 10, all movable. */
static void boot_whole(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
}

static void free_blocks_are_counted_under_their_type(void)
{
	struct zone *zone;

	boot_whole();
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	CHECK_STR(line_of("Node    0, zone   Normal, type      Movable"),
		  "Node    0, zone   Normal, type      Movable      0      0      0      0      0"
		  "      0      0      0      0      0     16 ");
	CHECK_STR(line_of("Node 0, zone   Normal"), "Node 0, zone   Normal            0           "
						    "16            0            0            0 ");
	/* An unmovable request makes one block unmovable, and leaves the rest of it free. */
	REQUIRE(alloc_pages(GFP_KERNEL, 9));
	CHECK_STR(line_of("Node    0, zone   Normal, type    Unmovable"),
		  "Node    0, zone   Normal, type    Unmovable      0      0      0      0      0"
		  "      0      0      0      0      1      0 ");
	CHECK_STR(line_of("Node 0, zone   Normal"), "Node 0, zone   Normal            1           "
						    "15            0            0            0 ");
	CHECK_EQ(test_free_blocks(zone, 10), 15);
}

/* The sum over the types, of an order, in the report. */
static unsigned long free_in_report(unsigned int order)
{
	const char *at = report_text("pagetypeinfo");
	unsigned long sum = 0;

	while ((at = strstr(at, ", type ")) != NULL) {
		char *end;
		unsigned int i;

		at += 7;
		at += strspn(at, " ");
		at += strcspn(at, " ");
		for (i = 0; i <= order; i++) {
			unsigned long value = strtoul(at, &end, 10);

			if (i == order)
				sum += value;
			at = end;
		}
	}
	return sum;
}

static void all_types_together_are_what_buddyinfo_counts(void)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_HIGHUSER_MOVABLE,
				       GFP_KERNEL | __GFP_RECLAIMABLE };
	static struct page *held[200];
	unsigned long round, rounds = test_rounds(2000);
	unsigned int order;

	boot_whole();
	memset(held, 0, sizeof(held));
	for (round = 0; round < rounds; round++) {
		unsigned int slot = (unsigned int)test_random_below(200);

		if (held[slot])
			__free_pages(held[slot], slot % 8);
		held[slot] = held[slot] ? NULL
					: alloc_pages(kinds[test_random_below(3)] | __GFP_NOWARN,
						      slot % 8);
		if (round % 100)
			continue;
		for (order = 0; order < MAX_ORDER; order++)
			CHECK_EQ(free_in_report(order),
				 test_free_blocks(&NODE_DATA(0)->node_zones[ZONE_NORMAL], order));
		CHECK_EQ(blocks_of_zone(report_text("pagetypeinfo"), 0), 16);
	}
}

static void a_node_without_memory_is_not_shown(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 1);
	m->cpu_node = (const u16[]){ 0 };
	REQUIRE(test_machine_boot(m) == 0);
	CHECK(!strstr(report_text("pagetypeinfo"), "Node    0"));
	CHECK(strstr(report_text("pagetypeinfo"), "Node    1, zone   Normal, type    Unmovable "));
}

const struct tap_test tap_tests[] = {
	TEST(an_i386_pc_with_highmem_is_shown_as_linux_showed_it),
	TEST(a_pc_with_two_nodes_is_shown_as_linux_showed_it),
	TEST(a_board_with_cma_is_shown_as_linux_showed_it),
	TEST(free_blocks_are_counted_under_their_type),
	TEST(all_types_together_are_what_buddyinfo_counts),
	TEST(a_node_without_memory_is_not_shown),
	{ NULL, NULL },
};
