/* SPDX-License-Identifier: MIT */
/*
 * device_tree_test.c - machines from device tree blobs, good and bad. The blobs are made
 * here; where the command is built without libfdt, the tests are skipped but for the one
 * that reads the message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/boot_types.h>

#include "tests/machine/blob.h"
#include "tests/machine/machine_support.h"

#define CELLS(b, property, ...)                               \
	blob_cells(b, property, (const u32[]){ __VA_ARGS__ }, \
		   sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32))

static char err[300];

static struct machine_file *open_blob(const struct blob *b)
{
	struct machine_file *f =
		machine_open_memory("dtb", b->data, b->size, NULL, err, sizeof(err));

	if (!f && strstr(err, "without libfdt"))
		tap_skip("%s", err);
	return f;
}

static struct machine_file *open_good_blob(const struct blob *b)
{
	struct machine_file *f = open_blob(b);

	if (!f)
		tap_note("%s", err);
	REQUIRE(f != NULL);
	return f;
}

static const char *error_of_blob(const struct blob *b)
{
	struct machine_file *f = open_blob(b);

	REQUIRE(f == NULL);
	return err;
}

/* Where `text` is in the finished blob. */
static size_t find_bytes(const struct blob *b, const void *bytes, size_t size)
{
	const u8 *found = memmem(b->data, b->size, bytes, size);

	REQUIRE(found != NULL);
	return (size_t)(found - b->data);
}

static void begin_board(struct blob *b, u32 address_cells, u32 size_cells)
{
	blob_begin(b);
	blob_u32(b, "#address-cells", address_cells);
	blob_u32(b, "#size-cells", size_cells);
	blob_string(b, "model", "Test board");
}

static void a_board_with_one_memory_node(void)
{
	const struct quire_machine *m;
	struct machine_file *f;
	struct blob b;

	begin_board(&b, 1, 1);
	blob_node(&b, "memory@80000000");
	blob_string(&b, "device_type", "memory");
	CELLS(&b, "reg", 0x80000000, 0x20000000);
	blob_end_node(&b);
	blob_node(&b, "cpus");
	blob_node(&b, "cpu@0");
	blob_string(&b, "device_type", "cpu");
	blob_string(&b, "compatible", "arm,cortex-a7");
	blob_end_node(&b);
	blob_end_node(&b);
	blob_finish(&b);
	f = open_good_blob(&b);
	m = machine_description(f);
	CHECK_STR(machine_kind(f), "device tree blob");
	CHECK_STR(machine_arch(f), "arm");
	CHECK_STR(machine_summary(f), "Test board");
	CHECK_EQ(m->nr_banks, 1);
	CHECK(is_bank(m, 0, 0x80000000, 0x20000000, 0, 0));
	CHECK_EQ(m->nr_cpus, 1);
	CHECK_EQ(m->nr_reserved, 0);
	CHECK(is_window(m, "lowmem", 0xc0000000, 0xe0000000));
	machine_close(f);
}

static void write_large_board(struct blob *b)
{
	begin_board(b, 2, 2);
	blob_reserve(b, 0x80000000, 0x10000);
	blob_node(b, "memory@80000000");
	blob_string(b, "device_type", "memory");
	CELLS(b, "reg", 0, 0x80000000, 0, 0x40000000, 1, 0, 0, 0x80000000);
	blob_u32(b, "numa-node-id", 0);
	blob_end_node(b);
	blob_node(b, "memory@200000000");
	blob_string(b, "device_type", "memory");
	CELLS(b, "reg", 2, 0, 0, 0x40000000);
	blob_u32(b, "numa-node-id", 1);
	blob_flag(b, "hotpluggable");
	blob_end_node(b);
	blob_node(b, "cpus");
	blob_u32(b, "#address-cells", 1);
	for (u32 i = 0; i < 3; i++) {
		blob_node(b, i == 0 ? "cpu@0" : i == 1 ? "cpu@1" : "cpu@2");
		blob_string(b, "device_type", "cpu");
		blob_string(b, "compatible", "arm,cortex-a72");
		blob_u32(b, "numa-node-id", i != 0);
		if (i == 2)
			blob_string(b, "status", "disabled");
		blob_end_node(b);
	}
	blob_end_node(b);
	blob_node(b, "reserved-memory");
	blob_u32(b, "#address-cells", 2);
	blob_u32(b, "#size-cells", 2);
	blob_flag(b, "ranges");
	blob_node(b, "firmware@80100000");
	CELLS(b, "reg", 0, 0x80100000, 0, 0x100000);
	blob_flag(b, "no-map");
	blob_end_node(b);
	blob_node(b, "framebuffer@90000000");
	CELLS(b, "reg", 0, 0x90000000, 0, 0x800000);
	blob_end_node(b);
	blob_node(b, "pool"); /* the kernel chooses where */
	CELLS(b, "size", 0, 0x1000000);
	blob_end_node(b);
	blob_node(b, "off@a0000000");
	CELLS(b, "reg", 0, 0xa0000000, 0, 0x1000);
	blob_string(b, "status", "disabled");
	blob_end_node(b);
	blob_end_node(b);
	blob_node(b, "chosen");
	CELLS(b, "linux,initrd-start", 0, 0x88000000);
	blob_u32(b, "linux,initrd-end", 0x88100000);
	blob_end_node(b);
	blob_node(b, "distance-map");
	blob_string(b, "compatible", "numa-distance-map-v1");
	CELLS(b, "distance-matrix", 0, 0, 10, 0, 1, 25, 1, 1, 10);
	blob_end_node(b);
	blob_finish(b);
}

static void nodes_reservations_initrd_cpus_and_distances_are_read(void)
{
	const struct quire_machine *m;
	struct machine_file *f;
	struct blob b;

	write_large_board(&b);
	f = open_good_blob(&b);
	m = machine_description(f);
	CHECK_STR(machine_arch(f), "generic");
	/* The part without a mapping is a bank of its own. */
	CHECK_EQ(m->nr_banks, 5);
	CHECK(is_bank(m, 0, 0x80000000, 0x100000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 1, 0x80100000, 0x100000, 0, MEMBLOCK_NOMAP));
	CHECK(is_bank(m, 2, 0x80200000, 0x3fe00000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 3, 0x100000000, 0x80000000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 4, 0x200000000, 0x40000000, 1, MEMBLOCK_HOTPLUG));
	CHECK_EQ(m->nr_reserved, 3);
	CHECK(is_reserved(m, 0x80000000, 0x10000, "memreserve"));
	CHECK(is_reserved(m, 0x90000000, 0x800000, "framebuffer@90000000"));
	CHECK(is_reserved(m, 0x88000000, 0x100000, "initrd"));
	CHECK_EQ(m->nr_cpus, 2);
	REQUIRE(m->cpu_node && m->distance);
	CHECK_EQ(m->cpu_node[0], 0);
	CHECK_EQ(m->cpu_node[1], 1);
	CHECK_EQ(m->nr_distance_nodes, 2);
	CHECK_EQ(m->distance[1], 25);
	CHECK_EQ(m->distance[2], 25);
	machine_close(f);
}

static void bytes_behind_the_blob_do_not_matter(void)
{
	struct machine_file *f;
	struct blob b;

	write_large_board(&b);
	REQUIRE(b.size + 100 <= sizeof(b.data));
	memset(b.data + b.size, 0xee, 100);
	b.size += 100;
	f = open_good_blob(&b);
	CHECK_EQ(machine_description(f)->nr_banks, 5);
	machine_close(f);
}

static void usable_memory_wins_over_reg(void)
{
	struct machine_file *f;
	struct blob b;

	begin_board(&b, 1, 1);
	blob_node(&b, "memory");
	CELLS(&b, "reg", 0x80000000, 0x20000000);
	CELLS(&b, "linux,usable-memory", 0x80000000, 0x10000000);
	blob_end_node(&b);
	blob_finish(&b);
	f = open_good_blob(&b);
	CHECK(is_bank(machine_description(f), 0, 0x80000000, 0x10000000, 0, 0));
	machine_close(f);
}

static void a_truncated_blob_is_refused_at_every_length(void)
{
	char expected[200];
	struct blob b;
	size_t whole;

	write_large_board(&b);
	whole = b.size;
	for (b.size = 4; b.size < whole; b.size++) {
		if (b.size < 40)
			snprintf(expected, sizeof(expected),
				 "dtb: offset 0x%zx: the device tree blob is "
				 "cut off inside its header",
				 b.size);
		else
			snprintf(expected, sizeof(expected),
				 "dtb: offset 0x%zx: the device tree blob is "
				 "cut off: it has %zu of %zu bytes",
				 b.size, b.size, whole);
		CHECK_STR(error_of_blob(&b), expected);
	}
}

static void a_bad_tag_is_found_where_it_is(void)
{
	static const u8 name[] = "memory@200000000";
	char expected[200];
	struct blob b;
	size_t tag;

	write_large_board(&b);
	tag = find_bytes(&b, name, sizeof(name)) - 4;
	b.data[tag + 3] = 7;
	snprintf(expected, sizeof(expected),
		 "dtb: offset 0x%zx: bad device tree blob: "
		 "FDT_ERR_BADSTRUCTURE",
		 tag);
	CHECK_STR(error_of_blob(&b), expected);
}

static void a_bad_header_is_refused(void)
{
	struct blob b;

	write_large_board(&b);
	b.data[23] = 3; /* the version, and what it is compatible with */
	b.data[27] = 2;
	CHECK_STR(error_of_blob(&b), "dtb: offset 0x14: device tree blob of version 3: 16 is the "
				     "oldest that is read");
	write_large_board(&b);
	b.data[27] = 18;
	CHECK_STR(error_of_blob(&b), "dtb: offset 0x4: bad header of a device tree blob: "
				     "FDT_ERR_BADVERSION");
	write_large_board(&b);
	b.data[8] = 0x7f; /* the structure starts behind the end */
	CHECK_STR(error_of_blob(&b), "dtb: offset 0x4: bad header of a device tree blob: "
				     "FDT_ERR_TRUNCATED");
}

/* A board whose /memory is made by the test. */
static void begin_memory(struct blob *b, u32 address_cells, u32 size_cells)
{
	begin_board(b, address_cells, size_cells);
	blob_node(b, "memory@0");
	blob_string(b, "device_type", "memory");
}

static void finish_memory(struct blob *b)
{
	blob_end_node(b);
	blob_finish(b);
}

static void check_error_at(const struct blob *b, size_t offset, const char *what)
{
	char expected[300];

	snprintf(expected, sizeof(expected), "dtb: offset 0x%zx: %s", offset, what);
	CHECK_STR(error_of_blob(b), expected);
}

static void bad_memory_nodes_are_refused_with_the_offset(void)
{
	static const u8 base_cells[] = { 0xab, 0xcd, 0, 0 };
	struct blob b;

	begin_board(&b, 1, 1);
	blob_finish(&b);
	check_error_at(&b, 0x38, "no node /memory: maybe the boot loader of this board adds it");

	begin_memory(&b, 1, 1);
	finish_memory(&b);
	check_error_at(&b, find_bytes(&b, "memory@0", 8) - 4, "node `memory@0' has no `reg'");

	begin_memory(&b, 1, 1);
	CELLS(&b, "reg", 0xabcd0000, 0x1000, 0x2000);
	finish_memory(&b);
	check_error_at(&b, find_bytes(&b, base_cells, 4),
		       "node `memory@0': `reg' has 12 bytes, which is no multiple of 8");

	begin_memory(&b, 1, 1);
	CELLS(&b, "reg", 0xabcd0000, 0);
	finish_memory(&b);
	check_error_at(&b, find_bytes(&b, base_cells, 4), "bank at 0xabcd0000 is empty");

	begin_memory(&b, 2, 2);
	CELLS(&b, "reg", 0xabcd0000, 0, 0xffffffff, 0xffffffff);
	finish_memory(&b);
	check_error_at(
		&b, find_bytes(&b, base_cells, 4),
		"bank at 0xabcd000000000000 with 0xffffffffffffffff bytes does not end below 2^64");

	begin_memory(&b, 3, 1);
	CELLS(&b, "reg", 0, 0, 0, 0x1000);
	finish_memory(&b);
	check_error_at(&b, 0x38, "node `': addresses and sizes must have 1 or 2 cells");
}

static void overlapping_banks_name_both_offsets(void)
{
	static const u8 base_cells[] = { 0xab, 0xcd, 0, 0 };
	char what[200];
	struct blob b;
	size_t first;

	begin_memory(&b, 1, 1);
	CELLS(&b, "reg", 0xabcd0000, 0x1000, 0xabcd0800, 0x1000);
	finish_memory(&b);
	first = find_bytes(&b, base_cells, 4);
	snprintf(what, sizeof(what),
		 "bank 0xabcd0800-0xabcd17ff overlaps the bank "
		 "0xabcd0000-0xabcd0fff of offset 0x%zx",
		 first);
	check_error_at(&b, first + 8, what);
}

static void a_bank_beyond_the_architecture_names_its_offset(void)
{
	const struct machine_options options = { .arch = "arm" };
	static const u8 base_cells[] = { 0, 0, 0xab, 0xcd };
	char expected[300];
	struct blob b;

	begin_memory(&b, 2, 1);
	CELLS(&b, "reg", 0xabcd, 0, 0x1000);
	finish_memory(&b);
	error_of_blob(&b); /* skips the test without libfdt */
	CHECK(!machine_open_memory("dtb", b.data, b.size, &options, err, sizeof(err)));
	snprintf(expected, sizeof(expected),
		 "dtb: offset 0x%zx: bank 0xabcd00000000-0xabcd00000fff is "
		 "beyond the 4 GB that 32 address lines reach (arch arm)",
		 find_bytes(&b, base_cells, 4));
	CHECK_STR(err, expected);
}

static void bad_reservations_are_refused(void)
{
	struct blob b;

	begin_memory(&b, 1, 1);
	CELLS(&b, "reg", 0x80000000, 0x10000000);
	blob_end_node(&b);
	blob_node(&b, "chosen");
	blob_u32(&b, "linux,initrd-start", 0x81000000);
	blob_u32(&b, "linux,initrd-end", 0x80ffffff);
	finish_memory(&b);
	check_error_at(&b, find_bytes(&b, "\x80\xff\xff\xff", 4),
		       "/chosen: the initrd ends (0x80ffffff) before it starts (0x81000000)");

	begin_memory(&b, 1, 1);
	CELLS(&b, "reg", 0x80000000, 0x10000000);
	blob_end_node(&b);
	blob_node(&b, "reserved-memory");
	blob_u32(&b, "#address-cells", 1);
	blob_u32(&b, "#size-cells", 1);
	blob_node(&b, "nothing");
	CELLS(&b, "reg", 0xabcd0000, 0);
	blob_end_node(&b);
	finish_memory(&b);
	check_error_at(&b, find_bytes(&b, "\xab\xcd\0\0", 4),
		       "reserved range at 0xabcd0000 is empty");
}

/* A blob from the device tree compiler, where there is one. */
static void a_compiled_source_is_read(void)
{
	FILE *compiler = popen("dtc -q -O dtb tests/fixtures/machine/board.dts 2>/dev/null", "r");
	const struct quire_machine *m;
	struct machine_file *f;
	struct blob b;

	REQUIRE(compiler != NULL);
	b.size = fread(b.data, 1, sizeof(b.data), compiler);
	if (pclose(compiler) || !b.size)
		tap_skip("there is no dtc");
	f = open_good_blob(&b);
	m = machine_description(f);
	CHECK_STR(machine_summary(f), "A board from source");
	CHECK_STR(machine_arch(f), "arm");
	CHECK_EQ(m->nr_cpus, 2);
	CHECK_EQ(m->nr_banks, 3);
	CHECK(is_bank(m, 0, 0x80000000, 0x10000000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 1, 0xa0000000, 0x7f00000, 0, MEMBLOCK_NONE));
	CHECK(is_bank(m, 2, 0xa7f00000, 0x100000, 0, MEMBLOCK_NOMAP));
	CHECK_EQ(m->nr_reserved, 1);
	CHECK(is_reserved(m, 0x80000000, 0x4000, "memreserve"));
	machine_close(f);
}

const struct tap_test tap_tests[] = {
	TEST(a_board_with_one_memory_node),
	TEST(nodes_reservations_initrd_cpus_and_distances_are_read),
	TEST(bytes_behind_the_blob_do_not_matter),
	TEST(usable_memory_wins_over_reg),
	TEST(a_truncated_blob_is_refused_at_every_length),
	TEST(a_bad_tag_is_found_where_it_is),
	TEST(a_bad_header_is_refused),
	TEST(bad_memory_nodes_are_refused_with_the_offset),
	TEST(overlapping_banks_name_both_offsets),
	TEST(a_bank_beyond_the_architecture_names_its_offset),
	TEST(bad_reservations_are_refused),
	TEST(a_compiled_source_is_read),
	{ NULL, NULL },
};
