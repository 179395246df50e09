/* SPDX-License-Identifier: MIT */
/*
 * kernel_log_test.c - BIOS-e820 lines of all ages, nodes from SRAT lines, and which
 * architecture a log gives away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/boot_types.h>
#include <quire/page.h>

#include "tests/machine/machine_support.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define SMALL_PC "BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n"
#define LARGE_PC SMALL_PC "BIOS-e820: [mem 0x0000000100000000-0x000000023fffffff] usable\n"

static void the_format_with_inclusive_ends_is_read(void)
{
	struct machine_file *f = open_text(
		"[    0.000000] BIOS-provided physical RAM map:\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000040000000-0x000000004000ffff] ACPI data\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000040010000-0x000000004001ffff] ACPI NVS\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000040020000-0x000000004002ffff] unusable\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000040030000-0x000000004003ffff] type 20\n"
		"[    0.000000] BIOS-e820: [mem 0x0000000040040000-0x000000004004ffff] persistent "
		"(type 7)\n",
		NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_kind(f), "kernel log");
	CHECK_STR(m->name, "board");
	CHECK_EQ(m->nr_banks, 2);
	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x3ff00000, 0, 0));
	/* Without a listing of /proc/iomem the resources are made from the map. */
	CHECK_EQ(m->nr_resources, 8);
	CHECK(is_resource(m, 0, 0, 0xfff, 0, "Reserved"));
	CHECK(is_resource(m, 1, 0x1000, 0x9fbff, 0, "System RAM"));
	CHECK(is_resource(m, 3, 0x40000000, 0x4000ffff, 0, "ACPI Tables"));
	CHECK(is_resource(m, 4, 0x40010000, 0x4001ffff, 0, "ACPI Non-volatile Storage"));
	CHECK(is_resource(m, 5, 0x40020000, 0x4002ffff, 0, "Unusable memory"));
	CHECK(is_resource(m, 7, 0x40040000, 0x4004ffff, 0, "Persistent Memory"));
	machine_close(f);
}

static void the_old_format_has_exclusive_ends(void)
{
	struct machine_file *f =
		open_text("<6>BIOS-provided physical RAM map:\n"
			  " BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)\n"
			  " BIOS-e820: 0000000000100000 - 0000000040000000 (usable)\n"
			  " BIOS-e820: 00000000fec00000 - 0000000100000000 (reserved)\n",
			  NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x3ff00000, 0, 0));
	CHECK(is_resource(m, 3, 0xfec00000, 0xffffffff, 0, "Reserved"));
	machine_close(f);
}

static void the_newest_format_shows_gaps_and_says_system_ram(void)
{
	struct machine_file *f = open_text(
		"Nov 22 10:00:00 host kernel: BIOS-e820: [mem 0x0000000000001000-"
		"0x000000000009fbff]  System RAM\n"
		"BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]\n"
		"BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff]  device reserved\n"
		"BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff]    1.0 GB kernel usable "
		"RAM\n"
		"BIOS-e820: [mem 0x0000000040000000-0x000000007fffffff]  soft reserved\n",
		NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 2);
	CHECK(is_bank(m, 1, 0x100000, 0x3ff00000, 0, 0));
	CHECK(is_resource(m, m->nr_resources - 1, 0x40000000, 0x7fffffff, 0, "Soft Reserved"));
	machine_close(f);
}

static void lines_may_end_as_on_dos_and_the_last_may_lack_its_end(void)
{
	struct machine_file *f =
		open_text("BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usable\r\n"
			  "BIOS-e820: [mem 0x0000000000300000-0x00000000003fffff] usable",
			  NULL);

	CHECK_EQ(machine_description(f)->nr_banks, 2);
	machine_close(f);
}

static void srat_lines_put_banks_and_cpus_on_nodes(void)
{
	struct machine_file *f =
		open_text(SMALL_PC "SRAT: PXM 0 -> APIC 0x00 -> Node 0\n"
				   "SRAT: PXM 1 -> APIC 0x01 -> Node 1\n"
				   "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]\n"
				   "ACPI: SRAT: Node 0 PXM 0 [mem 0x00100000-0x1fffffff]\n"
				   "ACPI: SRAT: Node 1 PXM 1 [mem 0x20000000-0x2fffffff]\n"
				   "ACPI: SRAT: Node 1 PXM 1 [mem 0x30000000-0x7fffffff] hotplug\n"
				   "smp: Brought up 2 nodes, 2 CPUs\n",
			  NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 3);
	CHECK(is_bank(m, 0, 0x100000, 0x1ff00000, 0, 0));
	CHECK(is_bank(m, 1, 0x20000000, 0x10000000, 1, 0));
	CHECK(is_bank(m, 2, 0x30000000, 0x10000000, 1, MEMBLOCK_HOTPLUG));
	CHECK_EQ(m->nr_cpus, 2);
	REQUIRE(m->cpu_node != NULL);
	CHECK_EQ(m->cpu_node[1], 1);
	machine_close(f);
}

/*
 *    0    512M   768M    1G     1G+64M    2G           3G
 *    | RAM |      | RAM   |      hotplug  |             |
 *                 [ SRAT: hotplug                       ]
 */
static void slots_that_are_empty_can_be_used(void)
{
	struct machine_options options = { .hotplug = true };
	struct machine_file *f =
		open_text(SMALL_PC "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x1fffffff]\n"
				   "ACPI: SRAT: Node 1 PXM 1 [mem 0x30000000-0xbfffffff] hotplug\n"
				   "smp: Brought up 2 nodes, 2 CPUs\n",
			  &options);
	const struct quire_machine *m = machine_description(f);

	REQUIRE(m->nr_hotplug == 1);
	CHECK_EQ(m->hotplug[0].base, 0x40000000);
	CHECK_EQ(m->hotplug[0].size, 0x80000000);
	CHECK_EQ(m->hotplug[0].nid, 1);
	machine_close(f);
	f = open_text(SMALL_PC "ACPI: SRAT: Node 1 PXM 1 [mem 0x30000000-0xbfffffff] hotplug\n", NULL);
	CHECK_EQ(machine_description(f)->nr_hotplug, 0);
	machine_close(f);
}

static void old_srat_lines_have_exclusive_ends(void)
{
	struct machine_file *f = open_text(SMALL_PC "SRAT: Node 0 PXM 0 0-a0000\n"
						    "SRAT: Node 0 PXM 0 100000-20000000\n"
						    "SRAT: Node 1 PXM 1 20000000-40000000\n",
					   NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 2);
	CHECK(is_bank(m, 1, 0x20000000, 0x20000000, 1, 0));
	machine_close(f);
}

static void the_number_of_cpus_comes_from_the_log(void)
{
	struct machine_file *f = open_text(SMALL_PC "Brought up 4 CPUs\n", NULL);

	CHECK_EQ(machine_description(f)->nr_cpus, 4);
	machine_close(f);
	f = open_text(SMALL_PC "setup_percpu: NR_CPUS:64 nr_cpumask_bits:6 nr_cpu_ids:6 "
			       "nr_node_ids:1\n",
		      NULL);
	CHECK_EQ(machine_description(f)->nr_cpus, 6);
	machine_close(f);
	f = open_text(SMALL_PC, NULL);
	CHECK_EQ(machine_description(f)->nr_cpus, 1);
	machine_close(f);
}

static const char *arch_of(const char *text)
{
	static char arch[16];
	struct machine_file *f = open_text(text, NULL);

	snprintf(arch, sizeof(arch), "%s", machine_arch(f));
	machine_close(f);
	return arch;
}

static void the_architecture_is_guessed_from_the_release(void)
{
	CHECK_STR(arch_of("Linux version 6.1.0-50-686 (gcc-12)\n" SMALL_PC), "i386");
	CHECK_STR(arch_of("Linux version 6.1.0-50-686-pae (gcc-12)\n" SMALL_PC), "i386-pae");
	CHECK_STR(arch_of("Linux version 6.1.0-50-amd64 (gcc-12)\n" SMALL_PC), "x86_64");
	CHECK_STR(arch_of("Linux version 2.6.35.fc14.i686.PAE (mock)\n" SMALL_PC), "i386-pae");
	CHECK_STR(arch_of("Linux version 6.8.9.fc40.x86_64 (mock)\n" SMALL_PC), "x86_64");
	/* The compiler's name behind the release does not count. */
	CHECK_STR(arch_of("Linux version 5.4 (x@y) (i686-linux-gnu-gcc)\n" SMALL_PC), "x86_64");
}

static void the_architecture_is_guessed_from_what_only_32_bits_print(void)
{
	CHECK_STR(arch_of(SMALL_PC), "x86_64");
	CHECK_STR(arch_of(SMALL_PC "128MB HIGHMEM available.\n896MB LOWMEM available.\n"), "i386");
	CHECK_STR(arch_of(SMALL_PC "  mapped low ram: 0 - 373fe000\n"), "i386");
	CHECK_STR(arch_of(SMALL_PC "NX (Execute Disable) protection: active\n"), "x86_64");
	CHECK_STR(arch_of(SMALL_PC "NX (Execute Disable) protection: active\n"
				   "896MB LOWMEM available.\n"),
		  "i386-pae");
	CHECK_STR(arch_of(LARGE_PC "896MB LOWMEM available.\n"), "i386-pae");
	CHECK_STR(arch_of(SMALL_PC "Zone ranges:\n  DMA      [mem 0x1000-0xffffff]\n"
				   "  DMA32    [mem 0x1000000-0x3fffffff]\n"),
		  "x86_64");
	CHECK_STR(arch_of(SMALL_PC "Zone ranges:\n  DMA  [mem 0x1000-0xffffff]\n"
				   "  HighMem  empty\n"),
		  "i386");
}

static u64 lowmem_of(const char *zone_line)
{
	char text[400];
	struct machine_file *f;
	u64 end;

	snprintf(text, sizeof(text),
		 "%sZone ranges:\n%s\nMovable zone start for each node\n"
		 "  HighMem [mem 0x00200000-0x00300000]\n",
		 SMALL_PC, zone_line);
	f = open_text(text, NULL);
	end = machine_description(f)->lowmem_end;
	machine_close(f);
	return end;
}

static void lowmem_ends_where_the_highmem_zone_starts(void)
{
	CHECK_EQ(lowmem_of("[    0.030257]   HighMem  [mem 0x00000000373fe000-0x000000003fffffff]"),
		 0x373fe000);
	CHECK_EQ(lowmem_of("  HighMem  0x000373fe -> 0x00040000"), 0x373fe000);
	CHECK_EQ(lowmem_of("  HighMem     226302 ->   262144"), 0x373fe000);
	/* Without an address it is the usual. */
	CHECK_EQ(lowmem_of("  HighMem  empty"), 0x38000000);
}

static void lowmem_never_ends_behind_the_ram(void)
{
	const struct machine_options options = { .arch = "i386" };
	struct machine_file *f = open_text(
		"BIOS-e820: [mem 0x0000000000100000-0x000000000fffffff] usable\n", &options);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->lowmem_end, 0x10000000);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 0x10000000);
	CHECK_EQ(model_zone(m, ZONE_HIGHMEM, 0).present, 0);
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xd0000000));
	/* The usual 896 MB put pkmap and fixmap where they were for twenty years. */
	CHECK(is_window(m, "vmalloc", 0xd0800000, 0xff7fe000));
	CHECK(is_window(m, "pkmap", 0xff800000, 0xffc00000));
	machine_close(f);
}

static void what_the_kernel_and_the_firmware_took_is_reserved(void)
{
	struct machine_file *f = open_text(
		SMALL_PC "RAMDISK: [mem 0x3fec9000-0x3ffdffff]\n"
			 "ACPI: Reserving DSDT table memory at [mem 0x3ffe0040-0x3ffe198b]\n"
			 "Memory: 2057776k/2097152k available (2759k kernel code, 39036k reserved, "
			 "408k init)\n",
		NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_reserved, 2);
	CHECK(is_reserved(m, 0x3fec9000, 0x117000, "initrd"));
	CHECK(is_reserved(m, 0x3ffe0040, 0x194c, "ACPI DSDT"));
	/* Sizes without a place: for the summary alone. */
	CHECK_EQ(m->text.size, 2759 << 10);
	CHECK_EQ(m->text.base, 0);
	CHECK_EQ(m->init.size, 408 << 10);
	CHECK_EQ(m->nr_windows, 0);
	machine_close(f);
}

static void bad_logs_are_refused_with_the_line(void)
{
	static const struct bad_text bad[] = {
		{ "BIOS-e820: \n", "board:1: BIOS-e820: a range is expected, not `'" },
		{ "\n\nBIOS-e820: [mem 0x1000-0x", "board:3: BIOS-e820: a range is expected, not "
						   "`[mem 0x1000-0x'" },
		{ "BIOS-e820: [mem 0x1000-0xzz] usable", "board:1: BIOS-e820: a range is expected, "
							 "not `[mem 0x1000-0xzz] usable'" },
		{ "BIOS-e820: [mem 0x2000-0x1000] usable", "board:1: BIOS-e820: the range ends "
							   "(0x1000) before it starts (0x2000)" },
		{ "BIOS-e820: 0000000000100000 - 0000000000100000 (usable)",
		  "board:1: BIOS-e820: the range ends (0xfffff) before it starts (0x100000)" },
		{ "BIOS-e820: 0000000000100000 - 0000000000000000 (usable)",
		  "board:1: BIOS-e820: a range is expected, not `0000000000100000 - "
		  "0000000000000000 (usa'" },
		{ "BIOS-e820: [mem 0x100000-0x12345678901234567] usable",
		  "board:1: BIOS-e820: a range is expected, not `[mem 0x100000-0x12345678901234567"
		  "] usabl'" },
		{ SMALL_PC "BIOS-e820: [mem 0x0-0xfff] odd",
		  "board:2: BIOS-e820: unknown type `odd'" },
		{ SMALL_PC "BIOS-e820: [mem 0x0-0xfff]", "board:2: BIOS-e820: unknown type `'" },
		{ SMALL_PC "BIOS-e820: [mem 0x0-0xfff] type 9999999999",
		  "board:2: BIOS-e820: unknown type `type 9999999999'" },
		{ "BIOS-e820: [mem 0x0-0xfff] reserved", "board: this kernel log has no RAM" },
		/* All of it is page 0 and video memory. */
		{ "BIOS-e820: [mem 0x0-0xfff] usable\nBIOS-e820: [mem 0xa0000-0xbffff] usable",
		  "board: this kernel log has no RAM" },
		{ SMALL_PC "BIOS-e820: [mem 0x400000000000-0x40000fffffff] usable",
		  "board:2: bank 0x400000000000-0x40000fffffff is beyond the 64 TB that 46 address "
		  "lines reach (arch x86_64)" },
		{ SMALL_PC "ACPI: SRAT: Node 0 PXM 0 [mem 0x2000-0x1000]",
		  "board:2: SRAT: a range is expected, not `'" },
		{ SMALL_PC "ACPI: SRAT: Node 0 PXM 0 nowhere",
		  "board:2: SRAT: a range is expected, not `nowhere'" },
		{ "=== /proc/iomem\nSystem RAM\n=== dmesg\n" SMALL_PC,
		  "board:2: not a line of /proc/iomem: `System RAM'" },
	};
	char message[100], text[200];

	check_bad_texts(bad, NR(bad));
	snprintf(text, sizeof(text), "%sACPI: SRAT: Node 5000 PXM 0 [mem 0x0-0x1000]", SMALL_PC);
	snprintf(message, sizeof(message), "board:2: node 5000: nodes are numbered 0 to %u",
		 MAX_NUMNODES - 1);
	CHECK_STR(error_of(text, NULL), message);
}

static void limits_of_the_architecture_and_of_the_host_are_checked(void)
{
	const struct machine_options i386 = { .arch = "i386" }, small = { .max_ram = 1 << 30 };
	const struct machine_options odd = { .arch = "z80" }, low = { .lowmem = 0x80000 };
	const struct machine_options x86_64 = { .arch = "x86_64", .lowmem = 0x10000000 };
	const struct machine_options full = { .arch = "i386", .lowmem = 0x3f000000 };
	const struct machine_options order = { .max_order = 21 };

	CHECK_STR(error_of(LARGE_PC, &i386),
		  "board:2: bank 0x100000000-0x23fffffff is beyond the 4 GB that 32 address lines "
		  "reach (arch i386)");
	CHECK_STR(error_of(LARGE_PC, &small), "board:2: bank 0x100000000-0x23fffffff: more RAM "
					      "than this computer can hold (1 GB, "
					      "or 64 TB of addresses)");
	CHECK_STR(error_of(SMALL_PC, &odd),
		  "board: unknown arch `z80': i386, i386-pae, x86_64, arm or generic");
	CHECK_STR(error_of(SMALL_PC, &low),
		  "board: lowmem ends at 0x80000, but the RAM starts at 0x100000");
	CHECK_STR(
		error_of(SMALL_PC, &x86_64),
		"board: lowmem ends at 0x10000000 and the RAM at 0x40000000, but there is no zone "
		"HighMem for the rest (arch x86_64)");
	CHECK_STR(
		error_of(SMALL_PC, &full),
		"board: lowmem ends at 0x3f000000: no room is left for vmalloc; it must end below "
		"0x3effe000");
	CHECK_STR(error_of(SMALL_PC, &order), "board: max-order 21: 1 to 20");
}

static void a_map_of_thousands_of_lines_is_refused(void)
{
	size_t length = 0, room = 5000 * 60;
	char *text = malloc(room);

	REQUIRE(text != NULL);
	for (int i = 0; i < 4097; i++)
		length += (size_t)snprintf(text + length, room - length,
					   "BIOS-e820: [mem 0x%x000-0x%xfff] usable\n", 256 + 2 * i,
					   256 + 2 * i);
	CHECK_STR(error_of(text, NULL), "board:4097: BIOS-e820: more than 4096 lines");
	free(text);
}

static void an_error_is_one_printable_line(void)
{
	CHECK_STR(error_of("BIOS-e820: \x1b[2J\x80 \t", NULL),
		  "board:1: BIOS-e820: a range is expected, not `?[2J? ?'");
}

const struct tap_test tap_tests[] = {
	TEST(the_format_with_inclusive_ends_is_read),
	TEST(the_old_format_has_exclusive_ends),
	TEST(the_newest_format_shows_gaps_and_says_system_ram),
	TEST(lines_may_end_as_on_dos_and_the_last_may_lack_its_end),
	TEST(srat_lines_put_banks_and_cpus_on_nodes),
	TEST(slots_that_are_empty_can_be_used),
	TEST(old_srat_lines_have_exclusive_ends),
	TEST(the_number_of_cpus_comes_from_the_log),
	TEST(the_architecture_is_guessed_from_the_release),
	TEST(the_architecture_is_guessed_from_what_only_32_bits_print),
	TEST(lowmem_ends_where_the_highmem_zone_starts),
	TEST(lowmem_never_ends_behind_the_ram),
	TEST(what_the_kernel_and_the_firmware_took_is_reserved),
	TEST(bad_logs_are_refused_with_the_line),
	TEST(limits_of_the_architecture_and_of_the_host_are_checked),
	TEST(a_map_of_thousands_of_lines_is_refused),
	TEST(an_error_is_one_printable_line),
	{ NULL, NULL },
};
