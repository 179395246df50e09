/* SPDX-License-Identifier: MIT */
/*
 * listing_test.c - listings of /proc/iomem and of memblock's debugfs files, and the
 * running computer, for which folders under a temporary root stand in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <quire/boot_types.h>

#include "tests/machine/machine_support.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static const char pc_iomem[] = "00000000-00000fff : Reserved\n"
			       "00001000-0009fbff : System RAM\n"
			       "000a0000-000bffff : PCI Bus 0000:00\n"
			       "00100000-3fffffff : System RAM\n"
			       "  01000000-01e01ef1 : Kernel code\n"
			       "  02000000-02826fff : Kernel rodata\n"
			       "  02a00000-02c45dff : Kernel data\n"
			       "  032b1000-037fffff : Kernel bss\n"
			       "  30000000-33ffffff : Crash kernel\n"
			       "  38000000-380fffff : Reserved\n"
			       "fec00000-fec003ff : IOAPIC 0\n"
			       "100000000-13fffffff : System RAM\n";

static void an_iomem_listing_gives_banks_resources_and_the_image(void)
{
	struct machine_file *f = open_text(pc_iomem, NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_kind(f), "iomem listing");
	CHECK_STR(machine_arch(f), "x86_64");
	CHECK_EQ(m->nr_banks, 3);
	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x3ff00000, 0, 0));
	CHECK(is_bank(m, 2, 0x100000000, 0x40000000, 0, 0));
	CHECK_EQ(m->nr_resources, 12);
	CHECK(is_resource(m, 0, 0, 0xfff, 0, "Reserved"));
	CHECK(is_resource(m, 4, 0x1000000, 0x1e01ef1, 1, "Kernel code"));
	CHECK(is_resource(m, 11, 0x100000000, 0x13fffffff, 0, "System RAM"));
	CHECK_EQ(m->text.base, 0x1000000);
	CHECK_EQ(m->text.size, 0xe01ef2);
	CHECK_EQ(m->rodata.base, 0x2000000);
	CHECK_EQ(m->rwdata.size, 0x245e00);
	CHECK_EQ(m->bss.base, 0x32b1000);
	CHECK_EQ(m->nr_reserved, 4);
	CHECK(is_reserved(m, 0x1000000, 0x2800000, "kernel"));
	CHECK(is_reserved(m, 0x30000000, 0x4000000, "Crash kernel"));
	CHECK(is_reserved(m, 0x38000000, 0x100000, "Reserved"));
	CHECK(is_reserved(m, 0, 0x100000, "low memory"));
	machine_close(f);
}

static void ram_that_starts_high_is_an_arm_board(void)
{
	struct machine_file *f = open_text("02020000-02023fff : serial\n"
					   "  02020000-02020fff : inner\n"
					   "    02020000-02020003 : innermost\n"
					   "80000000-bfffffff : System RAM\n"
					   "  80008000-807fffff : Kernel code\n",
					   NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_arch(f), "arm");
	CHECK(is_resource(m, 2, 0x2020000, 0x2020003, 2, "innermost"));
	/* 768 MB are in the direct map: vmalloc has its 240 MB above them. */
	CHECK_EQ(m->lowmem_end, 0xb0000000);
	CHECK_EQ(m->zone_end[ZONE_DMA], 0xb0000000);
	CHECK_EQ(model_zone(m, ZONE_NORMAL, 0).present, 0);
	CHECK_EQ(model_zone(m, ZONE_HIGHMEM, 0).present, 65536);
	CHECK(is_window(m, "vmalloc", 0xf0800000, 0xff800000));
	CHECK(is_window(m, ".text", 0xc0008000, 0xc0800000));
	/* No PC, no megabyte of firmware. */
	CHECK_EQ(m->nr_reserved, 1);
	machine_close(f);
}

static void an_i386_listing_needs_the_option(void)
{
	const struct machine_options options = { .arch = "i386-pae" };
	struct machine_file *f = open_text(pc_iomem, &options);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_arch(f), "i386-pae");
	CHECK_EQ(m->lowmem_end, 896 << 20);
	CHECK_EQ(m->phys_bits, 36);
	machine_close(f);
}

static void bad_iomem_listings_are_refused_with_the_line(void)
{
	static const struct bad_text bad[] = {
		{ "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n"
		  "  00000000-00000000 : Kernel code\n",
		  "board: every address is 0: only root is shown the addresses of /proc/iomem; "
		  "read it "
		  "as root" },
		{ "00001000-0009fbff : Reserved\n", "board: this iomem listing has no RAM" },
		{ "00100000-001fffff : System RAM\n00300000 : System RAM\n",
		  "board:2: not a line of /proc/iomem: `00300000 : System RAM'" },
		{ "00100000-001fffff : System RAM\n00200000-002",
		  "board:2: not a line of /proc/iomem: `00200000-002'" },
		{ "00100000-001fffff : System RAM\n00180000-002fffff : System RAM\n",
		  "board:2: bank 0x180000-0x2fffff overlaps the bank 0x100000-0x1fffff of line 1" },
		{ "00300000-00200000 : System RAM\n",
		  "board:1: resource ends (0x200000) before it starts (0x300000)" },
		{ "  00100000-001fffff : System RAM\n",
		  "board:1: resource is indented deeper than the line above it" },
		{ "00100000-001fffff : System RAM\n    00100000-0010ffff : x\n",
		  "board:2: resource is indented deeper than the line above it" },
		{ "00100000-001fffff : System RAM\n 00100000-0010ffff : x\n",
		  "board:2: not a line of /proc/iomem: ` 00100000-0010ffff : x'" },
		{ "00100000-001fffff : System RAM\n  00180000-00200000 : x\n",
		  "board:2: resource 0x180000-0x200000 is not inside `System RAM' above it" },
		{ "00100000-ffffffffffffffff : System RAM\n",
		  "board:1: bank 0x100000-0xffffffffffffffff does not end below 2^64" },
	};

	check_bad_texts(bad, NR(bad));
}

static void the_golden_listing_is_read(void)
{
	struct machine_file *f = open_fixture("linux-6.1/imx6ul-memblock.txt", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_kind(f), "memblock listing");
	CHECK_STR(machine_arch(f), "arm");
	CHECK_EQ(m->nr_banks, 1);
	CHECK(is_bank(m, 0, 0x80000000, 0x20000000, 0, 0));
	CHECK_EQ(m->nr_reserved, 35);
	CHECK_EQ(m->reserved[0].base, 0x80003000);
	CHECK_EQ(m->reserved[0].size, 0x5000);
	CHECK_EQ(m->reserved[34].base, 0x8bfffdd8);
	CHECK_EQ(m->reserved[34].base + m->reserved[34].size, 0xa0000000);
	CHECK_EQ(m->flags, 0);
	machine_close(f);
}

static void memblock_columns_of_newer_kernels_are_read(void)
{
	struct machine_file *f =
		open_text("memory:\n"
			  "   0: 0x0000000040000000..0x000000007fffffff    0 NONE\n"
			  "   1: 0x0000000080000000..0x00000000800fffff    0 NOMAP\n"
			  "   2: 0x0000000080100000..0x00000000bfffffff    1 HOTPLUG|MIRROR\n"
			  "   3: 0x00000000c0000000..0x00000000cfffffff    x NONE\n"
			  "reserved:\n"
			  "   0: 0x0000000040008000..0x0000000040ffffff    x RSV_NOINIT\n",
			  NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 4);
	CHECK(is_bank(m, 0, 0x40000000, 0x40000000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 1, 0x80000000, 0x100000, 0, MEMBLOCK_NOMAP));
	CHECK(is_bank(m, 2, 0x80100000, 0x3ff00000, 1, MEMBLOCK_HOTPLUG | MEMBLOCK_MIRROR));
	CHECK(is_bank(m, 3, 0xc0000000, 0x10000000, 0, MEMBLOCK_NONE));
	CHECK(is_reserved(m, 0x40008000, 0xff8000, NULL));
	machine_close(f);
}

static void a_single_memblock_file_is_memory(void)
{
	struct machine_file *f = open_text("   0: 0x80000000..0x9fffffff\n"
					   "   1: 0xa0000000..0xa0ffffff\n",
					   NULL);

	CHECK_EQ(machine_description(f)->nr_banks, 2);
	CHECK_EQ(machine_description(f)->nr_reserved, 0);
	machine_close(f);
}

static void memblock_with_ram_above_4g_is_no_arm(void)
{
	struct machine_file *f = open_text("memory:\n   0: 0x0000000080000000.."
					   "0x000000017fffffff\n",
					   NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_arch(f), "generic");
	CHECK_EQ(m->zones, 1 << ZONE_NORMAL);
	CHECK_EQ(m->lowmem_end, 0);
	CHECK_EQ(m->nr_windows, 0);
	CHECK(machine_format(f) == NULL);
	machine_close(f);
}

static void as_dumped_is_an_option(void)
{
	const struct machine_options options = { .as_dumped = true };
	struct machine_file *f = open_fixture("linux-6.1/imx6ul-memblock.txt", &options);

	CHECK_EQ(machine_description(f)->flags, MACHINE_AS_DUMPED);
	machine_close(f);
}

static void bad_memblock_listings_are_refused_with_the_line(void)
{
	static const struct bad_text bad[] = {
		{ "memory:\nreserved:\n   0: 0x80000000..0x80000fff\n",
		  "board: this memblock listing has no RAM" },
		{ "memory:\n   0: 0x80000000..0x8000",
		  "board:2: region ends (0x8000) before it "
		  "starts (0x80000000), or does not end below 2^64" },
		{ "memory:\n   0: 0x80000000..", "board:2: not a memblock region: `   0: "
						 "0x80000000..'" },
		{ "memory:\n   0 0x80000000..0x9fffffff\n", "board:2: not a memblock region: `   0 "
							    "0x80000000..0x9fffffff'" },
		{ "memory:\n   0: 0x80000000..0xffffffffffffffff\n",
		  "board:2: region ends (0xffffffffffffffff) before it starts (0x80000000), or "
		  "does not end below 2^64" },
		{ "memory:\n 0: 0x80000000..0x9fffffff 0 SHINY\n",
		  "board:2: unknown memblock flags `SHINY'" },
		{ "memory:\n 0: 0x80000000..0x9fffffff 0 NOMAP|\n",
		  "board:2: unknown memblock flags `NOMAP|'" },
		{ "memory:\n 0: 0x80000000..0x9fffffff\n 1: 0x90000000..0xafffffff\n",
		  "board:3: bank 0x90000000-0xafffffff overlaps the bank 0x80000000-0x9fffffff of "
		  "line 2" },
		/* The later line is the one to look at, also when its bank is lower. */
		{ "memory:\n 0: 0x90000000..0xafffffff\n 1: 0x80000000..0x9fffffff\n",
		  "board:3: bank 0x80000000-0x9fffffff overlaps the bank 0x90000000-0xafffffff of "
		  "line 2" },
	};

	check_bad_texts(bad, NR(bad));
}

/* ---- the running computer ---- */

static char root[200];

static void put(const char *path, const char *text)
{
	char full[400], *slash;
	FILE *stream;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (slash = full + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	stream = fopen(full, "w");
	REQUIRE(stream != NULL);
	fputs(text, stream);
	fclose(stream);
}

static void new_root(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/quire-this-XXXXXX", tmp ? tmp : "/tmp");
	REQUIRE(mkdtemp(root) != NULL);
}

static void remove_root(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	CHECK_EQ(system(command), 0);
}

static struct machine_file *open_this(char *err, size_t size)
{
	const struct machine_options options = { .root = root };

	return machine_open("this", &options, err, size);
}

static void this_is_the_running_computer(void)
{
	struct machine_file *f;
	char err[300];

	new_root();
	put("/proc/iomem", pc_iomem);
	f = open_this(err, sizeof(err));
	REQUIRE(f != NULL);
	CHECK_STR(machine_kind(f), "running computer");
	CHECK_STR(machine_description(f)->name, "this");
	CHECK_EQ(machine_description(f)->nr_banks, 3);
	CHECK_EQ(machine_description(f)->nr_cpus, sysconf(_SC_NPROCESSORS_CONF));
	machine_close(f);
	remove_root();
}

static void nodes_of_the_running_computer_come_from_its_memory_blocks(void)
{
	const struct quire_machine *m;
	struct machine_file *f;
	char err[300];

	new_root();
	put("/proc/iomem", pc_iomem);
	put("/sys/devices/system/memory/block_size_bytes", "8000000\n");
	put("/sys/devices/system/node/node0/memory0", "");
	put("/sys/devices/system/node/node0/memory1", "");
	put("/sys/devices/system/node/node0/distance", "10 32\n");
	put("/sys/devices/system/node/node1/distance", "32 10\n");
	for (int block = 2; block < 40; block++) {
		char path[80];

		snprintf(path, sizeof(path), "/sys/devices/system/node/node1/memory%d", block);
		put(path, "");
	}
	f = open_this(err, sizeof(err));
	REQUIRE(f != NULL);
	m = machine_description(f);
	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x7f00000, 0, 0));
	CHECK(is_bank(m, 2, 0x8000000, 0x8000000, 0, 0));
	CHECK(is_bank(m, 3, 0x10000000, 0x8000000, 1, 0));
	CHECK(is_bank(m, m->nr_banks - 1, 0x138000000, 0x8000000, 1, 0));
	CHECK_EQ(m->nr_distance_nodes, 2);
	CHECK_EQ(m->distance[0], 10);
	CHECK_EQ(m->distance[1], 32);
	CHECK_EQ(m->distance[2], 32);
	machine_close(f);
	remove_root();
}

static void without_root_the_running_computer_is_refused(void)
{
	char err[300], expected[400];

	new_root();
	put("/proc/iomem", "00000000-00000000 : System RAM\n");
	CHECK(!open_this(err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "%s/proc/iomem: every address is 0: only root is shown "
		 "the addresses of /proc/iomem; read it as root",
		 root);
	CHECK_STR(err, expected);
	remove_root();
	CHECK(!open_this(err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "%s/proc/iomem: No such file or "
		 "directory",
		 root);
	CHECK_STR(err, expected);
}

const struct tap_test tap_tests[] = {
	TEST(an_iomem_listing_gives_banks_resources_and_the_image),
	TEST(ram_that_starts_high_is_an_arm_board),
	TEST(an_i386_listing_needs_the_option),
	TEST(bad_iomem_listings_are_refused_with_the_line),
	TEST(the_golden_listing_is_read),
	TEST(memblock_columns_of_newer_kernels_are_read),
	TEST(a_single_memblock_file_is_memory),
	TEST(memblock_with_ram_above_4g_is_no_arm),
	TEST(as_dumped_is_an_option),
	TEST(bad_memblock_listings_are_refused_with_the_line),
	TEST(this_is_the_running_computer),
	TEST(nodes_of_the_running_computer_come_from_its_memory_blocks),
	TEST(without_root_the_running_computer_is_refused),
	{ NULL, NULL },
};
