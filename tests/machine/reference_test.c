/* SPDX-License-Identifier: MIT */
/*
 * reference_test.c - the five machines on which Linux 6.1 was looked at, from whole files
 * of its output: the machine that is read has the zones, pages and limits that Linux
 * printed further down in the same file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/machine/machine_support.h"

static const char *const zone_names[] = {
	"DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"
};

static int zone_number(const char *name)
{
	for (int zone = 0; zone < MAX_NR_ZONES; zone++)
		if (!strcmp(zone_names[zone], name))
			return zone;
	return -1;
}

static const char *next_line(const char *line)
{
	line = strchr(line, '\n');
	REQUIRE(line != NULL);
	return line + 1;
}

/* Walks the file's /proc/zoneinfo. Returns how many zones were compared. */
static unsigned int check_zoneinfo(const struct quire_machine *m, const char *text)
{
	const char *line = strstr(text, "=== /proc/zoneinfo");
	struct zone_pages pages = { 0, 0, 0 };
	unsigned int compared = 0;

	REQUIRE(line != NULL);
	while (strncmp(line = next_line(line), "=== ", 4)) {
		unsigned long long number;
		char name[16];
		int nid;

		if (sscanf(line, "Node %d, zone %15s", &nid, name) == 2) {
			REQUIRE(zone_number(name) >= 0);
			CHECK(m->zones >> zone_number(name) & 1);
			pages = model_zone(m, (enum zone_type)zone_number(name), nid);
			compared++;
		} else if (sscanf(line, " spanned %llu", &number) == 1) {
			CHECK_EQ(pages.spanned, number);
		} else if (sscanf(line, " present %llu", &number) == 1) {
			CHECK_EQ(pages.present, number);
		} else if (sscanf(line, " start_pfn: %llu", &number) == 1) {
			CHECK_EQ(pages.start_pfn, number);
		}
	}
	return compared;
}

/* Each line of the file's /proc/iomem is a resource, in order. */
static void check_iomem(const struct quire_machine *m, const char *text)
{
	const char *line = strstr(text, "=== /proc/iomem");
	size_t i = 0;

	REQUIRE(line != NULL);
	while (strncmp(line = next_line(line), "=== ", 4)) {
		unsigned int depth = (unsigned int)strspn(line, " ") / 2;
		unsigned long long start, last;
		char name[80];

		REQUIRE(sscanf(line, " %llx-%llx : %79[^\n]", &start, &last, name) == 3);
		CHECK(is_resource(m, i++, start, last, depth, name));
	}
	CHECK_EQ(m->nr_resources, i);
}

static struct machine_file *open_reference(const char *name, const char *kind, const char *arch,
					   unsigned int zones)
{
	struct machine_file *f = open_fixture(name, NULL);
	const struct quire_machine *m = machine_description(f);
	size_t size;
	char *text = fixture_text(name, &size);

	CHECK_STR(machine_kind(f), kind);
	CHECK_STR(machine_arch(f), arch);
	CHECK_EQ(check_zoneinfo(m, text), zones);
	check_iomem(m, text);
	free(text);
	return f;
}

static bool has_size_kb(const struct machine_section *section, u64 kb)
{
	return section->size >> 10 == kb;
}

static void i386_with_highmem(void)
{
	struct machine_file *f =
		open_reference("linux-6.1/i386-2G.txt", "kernel log", "i386", 4);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(m->name, "i386-2G.txt");
	CHECK_STR(machine_format(f), "i386-pse");
	CHECK_EQ(m->nr_banks, 2);
	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x7fee0000, 0, 0));
	CHECK_EQ(m->lowmem_end, 0x36bfe000);
	CHECK_EQ(m->max_order, 11);
	CHECK_EQ(m->block_order, 10);
	CHECK_EQ(m->phys_bits, 32);
	CHECK_EQ(m->nr_cpus, 1);
	CHECK_EQ(m->zones,
		 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM | 1 << ZONE_MOVABLE);
	/* "VmallocTotal: 122880 kB" */
	CHECK(is_window(m, "vmalloc", 0xf73fe000, 0xf73fe000 + (122880 << 10)));
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xf6bfe000));
	CHECK(is_window(m, "pkmap", 0xfec00000, 0xff000000));
	CHECK(is_window(m, ".text", 0xcc000000, 0xcc91bc80));
	/* "9327K kernel code, 1246K rwdata, 3188K rodata, 912K init, 464K bss" */
	CHECK(has_size_kb(&m->text, 9327));
	CHECK(has_size_kb(&m->rwdata, 1246));
	CHECK(has_size_kb(&m->rodata, 3188));
	CHECK(has_size_kb(&m->init, 912));
	CHECK(has_size_kb(&m->bss, 464));
	CHECK(is_reserved(m, 0, 0x100000, "low memory"));
	CHECK(is_reserved(m, 0xc000000, 0xee6000, "kernel"));
	/* Linux moved the initrd below the lowmem limit; its first place is free again. */
	CHECK(is_reserved(m, 0x36ae7000, 0x116904, "initrd"));
	CHECK(is_reserved(m, 0x7ffe198c, 0x74, "ACPI FACP"));
	machine_close(f);
}

static void i386_with_pae(void)
{
	struct machine_file *f =
		open_reference("linux-6.1/i386pae-2G.txt", "kernel log", "i386-pae", 4);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_format(f), "i386-pae");
	CHECK_EQ(m->lowmem_end, 0x36ffe000);
	CHECK_EQ(m->block_order, 9);
	CHECK_EQ(m->phys_bits, 36);
	CHECK(is_window(m, "vmalloc", 0xf77fe000, 0xf77fe000 + (122880 << 10)));
	CHECK(is_window(m, "pkmap", 0xff000000, 0xff200000));
	machine_close(f);
}

static void x86_64_with_one_node(void)
{
	struct machine_file *f =
		open_reference("linux-6.1/x86_64-512M.txt", "kernel log", "x86_64", 5);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_format(f), "x86_64");
	CHECK_EQ(m->nr_banks, 2);
	CHECK(is_bank(m, 1, 0x100000, 0x1fee0000, 0, 0));
	CHECK_EQ(m->lowmem_end, 0);
	CHECK_EQ(m->block_order, 9);
	CHECK_EQ(m->nr_windows, 0);
	/* "14343K kernel code, 2327K rwdata, 8348K rodata, 2612K init, 5436K bss" */
	CHECK(has_size_kb(&m->text, 14343));
	CHECK(has_size_kb(&m->rwdata, 2327));
	CHECK(has_size_kb(&m->rodata, 8348));
	CHECK(has_size_kb(&m->init, 2612));
	/* From the page after data, and before bss. */
	CHECK_EQ(m->init.base, 0x10c46000);
	CHECK(m->init.base + m->init.size <= m->bss.base);
	CHECK(is_reserved(m, 0x1fed4000, 0x10c000, "initrd"));
	machine_close(f);
}

static void x86_64_with_two_nodes(void)
{
	struct machine_file *f =
		open_reference("linux-6.1/x86_64-numa.txt", "kernel log", "x86_64", 10);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 3);
	CHECK(is_bank(m, 0, 0x1000, 0x9ec00, 0, 0));
	CHECK(is_bank(m, 1, 0x100000, 0x3ff00000, 0, 0));
	CHECK(is_bank(m, 2, 0x40000000, 0x3ffe0000, 1, 0));
	CHECK_EQ(m->nr_cpus, 2);
	REQUIRE(m->cpu_node != NULL);
	CHECK_EQ(m->cpu_node[0], 0);
	CHECK_EQ(m->cpu_node[1], 1);
	machine_close(f);
}

static void arm_board(void)
{
	struct machine_file *f =
		open_reference("linux-6.1/imx6ul-512M.txt", "memblock listing", "arm", 4);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->nr_banks, 1);
	CHECK(is_bank(m, 0, 0x80000000, 0x20000000, 0, 0));
	CHECK_EQ(m->nr_reserved, 36);
	CHECK(is_reserved(m, 0x9effffb0, 0x1000050, NULL));
	/* That kernel has orders 0 to 11, and page blocks of the highest. */
	CHECK_EQ(m->max_order, 12);
	CHECK_EQ(m->block_order, 11);
	CHECK_EQ(m->lowmem_end, 0xa0000000);
	CHECK(is_window(m, "vector", 0xffff0000, 0xffff1000));
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xe0000000));
	CHECK(is_window(m, "vmalloc", 0xe0800000, 0xff800000));
	CHECK(is_window(m, "pkmap", 0xbfe00000, 0xc0000000));
	CHECK(is_window(m, "modules", 0xbf000000, 0xbfe00000));
	CHECK(is_window(m, ".init", 0xc1200000, 0xc1400000));
	/* "11264K kernel code, 1700K rwdata, 3732K rodata, 2048K init, 377K bss" */
	CHECK(has_size_kb(&m->text, 11264));
	CHECK(has_size_kb(&m->rwdata, 1700));
	CHECK(has_size_kb(&m->rodata, 3732));
	CHECK(has_size_kb(&m->init, 2048));
	CHECK(has_size_kb(&m->bss, 377));
	machine_close(f);
}

static void options_win_over_what_the_file_says(void)
{
	const struct machine_options options = {
		.arch = "x86_64", .max_order = 5, .cpus = 7, .bootmem = true, .memblock_debug = true
	};
	struct machine_file *f = open_fixture("linux-6.1/i386-2G.txt", &options);
	const struct quire_machine *m = machine_description(f);

	CHECK_STR(machine_arch(f), "x86_64");
	CHECK_EQ(m->lowmem_end, 0);
	CHECK_EQ(m->max_order, 5);
	CHECK_EQ(m->block_order, 4);
	CHECK_EQ(m->nr_cpus, 7);
	CHECK_EQ(m->flags, MACHINE_BOOTMEM | MACHINE_MEMBLOCK_DEBUG);
	CHECK(!(m->zones >> ZONE_HIGHMEM & 1));
	machine_close(f);
}

static void lowmem_can_be_moved(void)
{
	const struct machine_options options = { .lowmem = 0x20000000 };
	struct machine_file *f = open_fixture("linux-6.1/i386-2G.txt", &options);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(m->lowmem_end, 0x20000000);
	CHECK_EQ(m->zone_end[ZONE_NORMAL], 0x20000000);
	CHECK_EQ(model_zone(m, ZONE_HIGHMEM, 0).start_pfn, 0x20000);
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xe0000000));
	machine_close(f);
}

const struct tap_test tap_tests[] = {
	TEST(i386_with_highmem),
	TEST(i386_with_pae),
	TEST(x86_64_with_one_node),
	TEST(x86_64_with_two_nodes),
	TEST(arm_board),
	TEST(options_win_over_what_the_file_says),
	TEST(lowmem_can_be_moved),
	{ NULL, NULL },
};
