/* SPDX-License-Identifier: MIT */
/*
 * description_test.c - Quire's own machine description: every keyword, and every way to
 * get one wrong.
 */
#include <stdio.h>
#include <string.h>

#include <quire/boot_types.h>

#include "tests/machine/machine_support.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define B "bank 1M 63M\n"

static void every_keyword_is_read(void)
{
	struct machine_file *f = open_text("# a comment\n"
					   "machine odd \"An odd machine, 96 MB\"   # and another\n"
					   "arch i386\n"
					   "format my-own\n"
					   "page-size 16K\n"
					   "max-order 8\n"
					   "block-order 3\n"
					   "cpus 2 node 0\n"
					   "cpus 1 node 1\n"
					   "phys-bits 40\n"
					   "lowmem 0x3000000\n"
					   "task-size 0xb0000000\n"
					   "page-offset 0xc0000000\n"
					   "movable 80M\n"
					   "bottom-up\n"
					   "bootmem\n"
					   "memblock-debug\n"
					   "as-dumped\n"
					   "bank 0 16M\n"
					   "bank 0x1000000-0x1ffffff nomap\n"
					   "node 1\n"
					   "bank 32M 32M hotplug mirror\n"
					   "bank 64M 32M node 0\n"
					   "hotplug 256M 64M node 1\n"
					   "hotplug 0x8000000-0x9ffffff node 0\n"
					   "memory-block 16M\n"
					   "cma camera 4M\n"
					   "cma sound 1M at 12M\n"
					   "reserve 0x100000 1M kernel\n"
					   "reserve 0x200000-0x2fffff \"two words\"\n"
					   "reserve 3M 64K\n"
					   "resource 0-0x5ffffff \"System RAM\"\n"
					   "resource 1M 1M \"Kernel code\" depth 1\n"
					   "zone DMA 8M\n"
					   "zone normal\n"
					   "zone HighMem\n"
					   "distance 0 1 30\n"
					   "section text 1M 512K\n"
					   "section rodata 0x180000-0x18ffff\n"
					   "section data 0x190000 64K\n"
					   "section init 0x1a0000 64K\n"
					   "section bss 0x1b0000 64K\n"
					   "window fixmap 0xff000000 0xff800000\n",
					   NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_hotplug, 2);
	CHECK_EQ(m->hotplug[0].base, 0x8000000);
	CHECK_EQ(m->hotplug[0].size, 0x2000000);
	CHECK_EQ(m->hotplug[0].nid, 0);
	CHECK_EQ(m->hotplug[1].base, 256 << 20);
	CHECK_EQ(m->hotplug[1].nid, 1);
	CHECK_EQ(m->memory_block_size, 16 << 20);
	CHECK_EQ(m->nr_cma, 2);
	CHECK_STR(m->cma[0].name, "camera");
	CHECK_EQ(m->cma[0].size, 4 << 20);
	CHECK(!m->cma[0].is_fixed);
	CHECK_EQ(m->cma[1].base, 12 << 20);
	CHECK(m->cma[1].is_fixed);
	CHECK_STR(machine_kind(f), "machine description");
	CHECK_STR(machine_summary(f), "An odd machine, 96 MB");
	CHECK_STR(machine_arch(f), "i386");
	CHECK_STR(machine_format(f), "my-own");
	CHECK_STR(m->name, "odd");
	CHECK_EQ(m->flags,
		 MACHINE_BOOTMEM | MACHINE_BOTTOM_UP | MACHINE_AS_DUMPED | MACHINE_MEMBLOCK_DEBUG);
	CHECK_EQ(m->page_shift, 14);
	CHECK_EQ(m->max_order, 8);
	CHECK_EQ(m->block_order, 3);
	CHECK_EQ(m->phys_bits, 40);
	CHECK_EQ(m->nr_cpus, 3);
	REQUIRE(m->cpu_node != NULL);
	CHECK_EQ(m->cpu_node[1], 0);
	CHECK_EQ(m->cpu_node[2], 1);
	CHECK_EQ(m->nr_banks, 4);
	CHECK(is_bank(m, 0, 0, 16 << 20, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 1, 16 << 20, 16 << 20, 0, MEMBLOCK_NOMAP));
	CHECK(is_bank(m, 2, 32 << 20, 32 << 20, 1, MEMBLOCK_HOTPLUG | MEMBLOCK_MIRROR));
	CHECK(is_bank(m, 3, 64 << 20, 32 << 20, 0, MEMBLOCK_NONE));
	CHECK_EQ(m->nr_reserved, 3);
	CHECK(is_reserved(m, 0x100000, 0x100000, "kernel"));
	CHECK(is_reserved(m, 0x200000, 0x100000, "two words"));
	CHECK(is_reserved(m, 0x300000, 0x10000, NULL));
	CHECK_EQ(m->nr_resources, 2);
	CHECK(is_resource(m, 1, 0x100000, 0x1fffff, 1, "Kernel code"));
	CHECK_EQ(m->zones,
		 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM | 1 << ZONE_MOVABLE);
	CHECK_EQ(m->zone_end[ZONE_DMA], 8 << 20);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 48 << 20);
	CHECK_EQ(m->zone_end[ZONE_HIGHMEM], 0);
	CHECK_EQ(m->movable_start, 80 << 20);
	CHECK_EQ(m->lowmem_end, 48 << 20);
	CHECK_EQ(m->task_size, 0xb0000000);
	CHECK_EQ(m->page_offset, 0xc0000000);
	CHECK_EQ(m->nr_distance_nodes, 2);
	CHECK_EQ(m->distance[0], 10);
	CHECK_EQ(m->distance[1], 30);
	CHECK_EQ(m->distance[2], 30);
	CHECK_EQ(m->distance[3], 10);
	CHECK_EQ(m->text.base, 0x100000);
	CHECK_EQ(m->text.size, 0x80000);
	CHECK_EQ(m->rodata.size, 0x10000);
	CHECK_EQ(m->rwdata.base, 0x190000);
	CHECK_EQ(m->init.base, 0x1a0000);
	CHECK_EQ(m->bss.base, 0x1b0000);
	/* Windows that are given replace all that the architecture would have. */
	CHECK_EQ(m->nr_windows, 1);
	CHECK(is_window(m, "fixmap", 0xff000000, 0xff800000));
	machine_close(f);
}

/* The text between "```machine" and "```" of docs/machines.md. */
static void the_example_of_the_documentation_is_read(void)
{
	static char page[32768];
	FILE *stream = fopen("docs/machines.md", "r");
	const struct quire_machine *m;
	struct machine_file *f;
	char *start, *end;

	REQUIRE(stream != NULL);
	page[fread(page, 1, sizeof(page) - 1, stream)] = '\0';
	fclose(stream);
	start = strstr(page, "```machine\n");
	REQUIRE(start != NULL);
	start += strlen("```machine\n");
	end = strstr(start, "```");
	REQUIRE(end != NULL);
	*end = '\0';
	f = open_text(start, NULL);
	m = machine_description(f);
	CHECK_STR(m->name, "example");
	CHECK_EQ(m->nr_banks, 4);
	CHECK(is_bank(m, 3, 0x80000000, 256 << 20, 1, MEMBLOCK_HOTPLUG));
	CHECK_EQ(m->nr_cpus, 4);
	CHECK(is_reserved(m, 0x3f000000, 0x800000, "framebuffer"));
	machine_close(f);
}

static void a_bank_is_enough(void)
{
	struct machine_file *f = open_text("bank 0x20000000 256K\n", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(m->name, "board");
	CHECK_STR(machine_arch(f), "generic");
	CHECK(machine_summary(f) == NULL);
	CHECK_EQ(m->zones, 1 << ZONE_NORMAL);
	CHECK_EQ(m->page_shift, 12);
	CHECK_EQ(m->max_order, 11);
	CHECK_EQ(m->block_order, 10);
	CHECK_EQ(m->nr_cpus, 1);
	CHECK_EQ(m->phys_bits, 0);
	CHECK_EQ(m->lowmem_end, 0);
	CHECK_EQ(m->nr_reserved, 0);
	CHECK_EQ(m->nr_windows, 0);
	CHECK(m->distance == NULL);
	CHECK(m->cpu_node == NULL);
	machine_close(f);
}

static void sizes_have_suffixes_and_any_base(void)
{
	struct machine_file *f =
		open_text("bank 0x40000000 1K\nbank 4096M 0x400K\nbank 1T 1048576\n", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK(is_bank(m, 0, 1u << 30, 1024, 0, 0));
	CHECK(is_bank(m, 1, 4ull << 30, 1 << 20, 0, 0));
	CHECK(is_bank(m, 2, 1ull << 40, 1 << 20, 0, 0));
	machine_close(f);
}

static void an_architecture_brings_its_zones_and_limits(void)
{
	struct machine_file *f = open_text("arch x86_64\nbank 1M 8191M\n", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->zones, 1 << ZONE_DMA | 1 << ZONE_DMA32 | 1 << ZONE_NORMAL | 1 << ZONE_MOVABLE |
				   1 << ZONE_DEVICE);
	CHECK_EQ(m->zone_end[ZONE_DMA], 16 << 20);
	CHECK_EQ(m->zone_end[ZONE_DMA32], 4ull << 30);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 0);
	CHECK_EQ(m->block_order, 9);
	CHECK_EQ(m->phys_bits, 46);
	machine_close(f);
	f = open_text("arch i386\nbank 1M 2047M\n", NULL);
	m = machine_description(f);
	CHECK_EQ(m->lowmem_end, 896 << 20);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 896 << 20);
	CHECK_EQ(m->block_order, 10);
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xf8000000));
	CHECK(is_window(m, "vmalloc", 0xf8800000, 0xff7fe000));
	machine_close(f);
	f = open_text("arch arm\nzone Normal\nbank 0x10000000 512M\n", NULL);
	m = machine_description(f);
	CHECK_EQ(m->zones, 1 << ZONE_NORMAL);
	/* Without highmem there is no pkmap, and the modules have its room. */
	CHECK(!is_window(m, "pkmap", 0xbfe00000, 0xc0000000));
	CHECK(is_window(m, "modules", 0xbf000000, 0xc0000000));
	machine_close(f);
}

static void page_blocks_are_no_larger_than_the_largest_order(void)
{
	const struct machine_options options = { .max_order = 4 };
	struct machine_file *f = open_text("arch x86_64\nblock-order 9\n" B, &options);

	CHECK_EQ(machine_description(f)->block_order, 3);
	machine_close(f);
}

static void zones_are_cut_at_lowmem_and_at_the_end_of_ram(void)
{
	const struct machine_options options = { .lowmem = 32 << 20 };
	struct machine_file *f = open_text("arch i386\nzone DMA 40M\nzone Normal 50M\n"
					   "zone HighMem\n" B,
					   &options);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->zone_end[ZONE_DMA], 32 << 20);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 32 << 20);
	CHECK_EQ(model_zone(m, ZONE_HIGHMEM, 0).present, 8192);
	machine_close(f);
	f = open_text("zone DMA 1G\nzone Normal\nbank 0 64M\n", NULL);
	CHECK_EQ(machine_description(f)->zone_end[ZONE_DMA], 64 << 20);
	machine_close(f);
}

static void banks_come_out_sorted(void)
{
	struct machine_file *f = open_text("bank 64M 1M\nbank 0 1M\nbank 32M 1M\n", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK(is_bank(m, 0, 0, 1 << 20, 0, 0));
	CHECK(is_bank(m, 1, 32 << 20, 1 << 20, 0, 0));
	CHECK(is_bank(m, 2, 64 << 20, 1 << 20, 0, 0));
	machine_close(f);
}

static void banks_that_touch_do_not_overlap(void)
{
	struct machine_file *f = open_text("bank 0 1M\nbank 1M 1M\n", NULL);

	CHECK_EQ(machine_description(f)->nr_banks, 2);
	machine_close(f);
}

static void distances_may_differ_by_direction(void)
{
	struct machine_file *f =
		open_text(B "distance 1 0 40\ndistance 0 1 30\ndistance 2 1 50\n", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_distance_nodes, 3);
	CHECK_EQ(m->distance[0 * 3 + 1], 30);
	CHECK_EQ(m->distance[1 * 3 + 0], 40);
	CHECK_EQ(m->distance[1 * 3 + 2], 50);
	CHECK_EQ(m->distance[2 * 3 + 1], 50);
	CHECK_EQ(m->distance[0 * 3 + 2], 20);
	CHECK_EQ(m->distance[2 * 3 + 2], 10);
	machine_close(f);
}

static void bad_words_are_refused_with_the_line(void)
{
	static const struct bad_text bad[] = {
		{ B "hotplug 1M 1M ende 1\n", "board:2: hotplug: node N is expected, not `ende'" },
		{ B "memory-block 3M\n", "board:2: memory-block: a power of two is expected, not `3M'" },
		{ B "cma x 1M in 4M\n", "board:2: cma: at ADDRESS is expected, not `in'" },
		{ B "cma x\n", "board:2: cma: too few words: cma NAME SIZE [at ADDRESS]" },
		{ B "banc 2 3\n", "board:2: unknown keyword `banc'" },
		{ "Bank 1M 1M\n" B, "board:1: unknown keyword `Bank'" },
		{ "bank\n",
		  "board:1: bank: too few words: bank RANGE [node N] [nomap] [hotplug] [mirror]" },
		{ "bank 1M\n", "board:1: bank: a size is missing" },
		{ "bank x 1M\n", "board:1: bank: BASE SIZE or FIRST-LAST is expected, not `x'" },
		{ "bank 1M y\n", "board:1: bank: a size is expected, not `y'" },
		{ "bank 1M 1MB\n", "board:1: bank: a size is expected, not `1MB'" },
		{ "bank 1M-\n", "board:1: bank: BASE SIZE or FIRST-LAST is expected, not `1M-'" },
		{ "bank 1M--2M\n",
		  "board:1: bank: BASE SIZE or FIRST-LAST is expected, not `1M--2M'" },
		{ "bank 2M-1M\n",
		  "board:1: bank: the range ends (0x100000) before it starts (0x200000)" },
		{ "bank 0-0xffffffffffffffff\n",
		  "board:1: bank: the range does not end below 2^64" },
		{ "bank 0x12345678901234567 1M\n",
		  "board:1: bank: BASE SIZE or FIRST-LAST is expected, not `0x12345678901234567'" },
		{ "bank 99999999T 1M\n",
		  "board:1: bank: BASE SIZE or FIRST-LAST is expected, not `99999999T'" },
		{ "bank 1M 0\n", "board:1: bank at 0x100000 is empty" },
		{ "bank 0xfffffffffffff000 1M\n", "board:1: bank at 0xfffffffffffff000 with "
						  "0x100000 bytes does not end below 2^64" },
		{ "bank 1M 1M hot\n",
		  "board:1: bank: node N, nomap, hotplug or mirror is expected, not `hot'" },
		{ "bank 1M 1M node\n", "board:1: bank: a node's number is missing" },
		{ "bank 1M 1M node -1\n", "board:1: bank: a node's number is expected, not `-1'" },
		{ "bank 1 2 3 4 5 6 7 8\n", "board:1: more than 8 words" },
		{ "machine \"a\n" B, "board:1: the closing \" is missing" },
		{ "machine a b c\n" B, "board:1: machine: `c' is too much" },
		{ "arch vax\n" B,
		  "board:1: arch: i386, i386-pae, x86_64, arm or generic is expected, not `vax'" },
		{ "arch arm\narch arm\n" B, "board:2: arch: said already in line 1" },
		{ "page-size 3K\n" B,
		  "board:1: page-size: a power of two from 1K to 64K is expected, not `3K'" },
		{ "page-size 128K\n" B,
		  "board:1: page-size: a power of two from 1K to 64K is expected, not `128K'" },
		{ "max-order 0\n" B, "board:1: max-order: 0 is not 1 to 20" },
		{ "max-order 21\n" B, "board:1: max-order: 21 is not 1 to 20" },
		{ "block-order 20\n" B, "board:1: block-order: 20 is not 0 to 19" },
		{ "cpus 0\n" B, "board:1: cpus: 0 is not 1 to 8192" },
		{ "cpus 2 on 1\n" B, "board:1: cpus: node N is expected, not `on'" },
		{ "cpus 2 node\n" B, "board:1: cpus: a node's number is missing" },
		{ "phys-bits 65\n" B, "board:1: phys-bits: 65 is not 12 to 64" },
		{ "lowmem 0\n" B, "board:1: lowmem: an address above 0 is expected, not `0'" },
		{ "reserve 1M 0\n" B, "board:1: reserved range at 0x100000 is empty" },
		{ "reserve 1M 1M two words\n" B, "board:1: reserve: the end of the line (quote a "
						 "name with blanks) is expected, not "
						 "`words'" },
		{ "resource 1M 1M\n" B, "board:1: resource: a name is missing" },
		{ "resource 1M 0 x\n" B, "board:1: resource: the range is empty" },
		{ "resource 1M 1M x deep 1\n" B,
		  "board:1: resource: depth N is expected, not `deep'" },
		{ "resource 1M 1M x depth 1\n" B,
		  "board:1: resource is indented deeper than the line above it" },
		{ "zone Low\n" B,
		  "board:1: zone: DMA, DMA32, Normal, HighMem, Movable or Device is "
		  "expected, not `Low'" },
		{ "zone HighMem 2G\n" B, "board:1: zone: HighMem takes no limit" },
		{ "distance 0 1 9\n" B,
		  "board:1: distance 9 from node 0 to 1: 10 is local, 11 to 254 is remote" },
		{ "distance 0 0 20\n" B,
		  "board:1: distance 20 from node 0 to 0: 10 is local, 11 to 254 is remote" },
		{ "distance 0 1 10\n" B,
		  "board:1: distance 10 from node 0 to 1: 10 is local, 11 to 254 is remote" },
		{ "section stack 1M 1M\n" B,
		  "board:1: section: text, rodata, data, init or bss is expected, not `stack'" },
		{ "section text\n" B, "board:1: section: BASE SIZE or FIRST-LAST is missing" },
		{ "section text 1M-2M 3M\n" B,
		  "board:1: section: the end of the line is expected, not "
		  "`3M'" },
		{ "window fixmap 2 1\n" B,
		  "board:1: window: it ends (0x1) before it starts (0x2)" },
		{ "as-dumped yes\n" B, "board:1: as-dumped: `yes' is too much" },
	};

	check_bad_texts(bad, NR(bad));
}

static void impossible_machines_are_refused(void)
{
	static const struct bad_text bad[] = {
		{ "machine empty\n", "board: this machine description has no RAM" },
		{ "bank 0 2M\n\n# both\nbank 1M 2M\n",
		  "board:4: bank 0x100000-0x2fffff overlaps the bank 0x0-0x1fffff of line 1" },
		{ "bank 0 8M\nbank 1M 1M\n",
		  "board:2: bank 0x100000-0x1fffff overlaps the bank 0x0-0x7fffff of line 1" },
		{ "bank 0 8M\nbank 0 8M\n",
		  "board:2: bank 0x0-0x7fffff overlaps the bank 0x0-0x7fffff of line 1" },
		{ "arch arm\nbank 0x80000000 3G\n", "board:2: bank 0x80000000-0x13fffffff is "
						    "beyond the 4 GB that 32 address lines reach "
						    "(arch arm)" },
		{ "phys-bits 20\nbank 0 1M\nbank 1M 4K\n",
		  "board:3: bank 0x100000-0x100fff is beyond the 1 MB that 20 address lines reach "
		  "(arch "
		  "generic)" },
		{ "bank 0 1M\nbank 65T 1M\n", "board:2: bank 0x410000000000-0x4100000fffff: more "
					      "RAM than this computer can hold "
					      "(?, or 64 TB of addresses)" },
		{ "lowmem 32M\n" B, "board:1: lowmem ends at 0x2000000 and the RAM at 0x4000000, "
				    "but there is no zone "
				    "HighMem for the rest (arch generic)" },
		{ "arch arm\nlowmem 512M\nbank 0x80000000 1G\n",
		  "board:2: lowmem ends at 0x20000000, but the RAM starts at 0x80000000" },
		{ "zone Movable\n" B, "board: there is no zone but Movable or Device" },
		{ "zone Normal 32M\n" B,
		  "board: the last zone ends at 0x2000000, but the RAM at 0x4000000" },
		{ "zone DMA 32M\nzone DMA32 16M\nzone Normal\n" B,
		  "board: a zone ends at 0x1000000, below the zone before it (0x2000000)" },
		{ "zone DMA 5000\nzone Normal\n" B,
		  "board: zone DMA ends at 0x1388, inside a page" },
	};

	for (size_t i = 0; i < NR(bad); i++) {
		const char *error = error_of(bad[i].text, NULL), *hole = strchr(bad[i].error, '?');

		/* What this computer can hold differs from one to the next. */
		if (!hole)
			CHECK_STR(error, bad[i].error);
		else
			CHECK(!strncmp(error, bad[i].error, (size_t)(hole - bad[i].error)) &&
			      strstr(error, hole + 1));
	}
}

static void files_of_no_known_kind_are_refused(void)
{
	struct machine_file *f;
	char err[300];

	CHECK_STR(error_of("", NULL), "board: the file is empty");
	CHECK_STR(error_of("\n\n# only this\n", NULL),
		  "board: a file of no known kind: no BIOS-e820 lines, no listing of memblock or "
		  "/proc/iomem, no machine description");
	CHECK_STR(error_of("hello, world\n", NULL),
		  "board: a file of no known kind: no BIOS-e820 lines, no listing of memblock or "
		  "/proc/iomem, no machine description");
	f = machine_open_memory("core",
				"\x7f"
				"ELF\0\1\2",
				7, NULL, err, sizeof(err));
	CHECK(f == NULL);
	CHECK_STR(err, "core: a file of no known kind: it is not text, nor a device tree blob");
}

static void files_that_cannot_be_read_are_refused(void)
{
	char err[300];

	CHECK(!machine_open("no-such-machine", NULL, err, sizeof(err)));
	CHECK_STR(err,
		  "no-such-machine: No such file or directory, and no built-in machine has this "
		  "name");
	CHECK(!machine_open("./no-such-machine", NULL, err, sizeof(err)));
	CHECK_STR(err, "./no-such-machine: No such file or directory");
	CHECK(!machine_open("tests", NULL, err, sizeof(err)));
	CHECK_STR(err, "tests: is a directory");
}

static void a_short_buffer_takes_what_fits(void)
{
	char err[12] = "###########";

	CHECK(!machine_open_memory("board", "bank\n", 5, NULL, err, 9));
	CHECK_STR(err, "board:1:");
	CHECK(!machine_open_memory("board", "bank\n", 5, NULL, NULL, 0));
}

const struct tap_test tap_tests[] = {
	TEST(every_keyword_is_read),
	TEST(the_example_of_the_documentation_is_read),
	TEST(a_bank_is_enough),
	TEST(sizes_have_suffixes_and_any_base),
	TEST(an_architecture_brings_its_zones_and_limits),
	TEST(page_blocks_are_no_larger_than_the_largest_order),
	TEST(zones_are_cut_at_lowmem_and_at_the_end_of_ram),
	TEST(banks_come_out_sorted),
	TEST(banks_that_touch_do_not_overlap),
	TEST(distances_may_differ_by_direction),
	TEST(bad_words_are_refused_with_the_line),
	TEST(impossible_machines_are_refused),
	TEST(files_of_no_known_kind_are_refused),
	TEST(files_that_cannot_be_read_are_refused),
	TEST(a_short_buffer_takes_what_fits),
	{ NULL, NULL },
};
