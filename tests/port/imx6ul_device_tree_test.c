/* SPDX-License-Identifier: MIT */
/*
 * imx6ul_device_tree_test.c - how the i.MX6UL's kernel reads its device tree, tried out in a
 * process: good trees, wrong ones with their messages, mutants under the sanitizers, and
 * random boards that the `quire` command, by libfdt, reads too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/boot_types.h>

#include "port/imx6ul/board.h"
#include "tests/fixture.h"
#include "tests/machine/blob.h"
#include "tests/machine/machine_support.h"

#define CELLS(b, property, ...)                               \
	blob_cells(b, property, (const u32[]){ __VA_ARGS__ }, \
		   sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32))

/* ---- reading ---- */

/* A blob alone in memory, so that the sanitizers see a read behind it; and what was read. */
struct reading {
	u8 *data;
	struct device_tree tree;
	struct board board;
	const char *wrong;
};

static void read_bytes(struct reading *r, const u8 *data, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->data = malloc(size ? size : 1);
	REQUIRE(r->data);
	memcpy(r->data, data, size);
	r->wrong = dt_open(&r->tree, r->data, size);
	if (!r->wrong)
		r->wrong = board_read(&r->board, &r->tree);
}

static void read_blob(struct reading *r, const struct blob *b)
{
	read_bytes(r, b->data, b->size);
}

static void end(struct reading *r)
{
	free(r->data);
}

static void check_wrong(const u8 *data, size_t size, const char *wrong)
{
	struct reading r;

	read_bytes(&r, data, size);
	CHECK_STR(r.wrong ? r.wrong : "nothing is wrong", wrong);
	end(&r);
}

static bool is_board_bank(const struct board *b, size_t i, phys_addr_t base, phys_addr_t size,
			  unsigned int flags)
{
	return CHECK(i < b->nr_banks) && CHECK_EQ(b->banks[i].base, base) &&
	       CHECK_EQ(b->banks[i].size, size) && CHECK_EQ(b->banks[i].flags, flags);
}

static bool is_board_reserved(const struct board *b, size_t i, phys_addr_t base, phys_addr_t size,
			      const char *name)
{
	return CHECK(i < b->nr_reserved) && CHECK_EQ(b->reserved[i].base, base) &&
	       CHECK_EQ(b->reserved[i].size, size) && CHECK_STR(b->reserved[i].name, name);
}

/* ---- trees ---- */

static void begin_board(struct blob *b, u32 address_cells, u32 size_cells)
{
	blob_begin(b);
	blob_u32(b, "#address-cells", address_cells);
	blob_u32(b, "#size-cells", size_cells);
	blob_string(b, "model", "Test board");
}

static void add_memory(struct blob *b, const char *name, u32 base, u32 size)
{
	blob_node(b, name);
	blob_string(b, "device_type", "memory");
	CELLS(b, "reg", base, size);
	blob_end_node(b);
}

static void begin_reserved_memory(struct blob *b)
{
	blob_node(b, "reserved-memory");
	blob_u32(b, "#address-cells", 1);
	blob_u32(b, "#size-cells", 1);
	blob_flag(b, "ranges");
}

static void add_reserved(struct blob *b, const char *name, u32 base, u32 size, bool is_nomap)
{
	blob_node(b, name);
	CELLS(b, "reg", base, size);
	if (is_nomap)
		blob_flag(b, "no-map");
	blob_end_node(b);
}

static void write_board(struct blob *b)
{
	begin_board(b, 1, 1);
	blob_reserve(b, 0x80000000, 0x8000);
	blob_node(b, "chosen");
	blob_string(b, "bootargs", "show=buddyinfo quiet");
	CELLS(b, "linux,initrd-start", 0, 0x88000000);
	CELLS(b, "linux,initrd-end", 0x88012345);
	blob_end_node(b);
	add_memory(b, "memory@80000000", 0x80000000, 0x20000000);
	begin_reserved_memory(b);
	add_reserved(b, "firmware@80100000", 0x80100000, 0x100000, true);
	add_reserved(b, "framebuffer@90000000", 0x90000000, 0x800000, false);
	blob_node(b, "pool"); /* the kernel may choose where */
	CELLS(b, "size", 0x1000000);
	blob_end_node(b);
	blob_end_node(b);
	blob_finish(b);
}

/* ---- good ones ---- */

static void a_board_is_read_with_all_that_is_taken(void)
{
	struct reading r;
	struct blob b;

	write_board(&b);
	read_blob(&r, &b);
	REQUIRE(!r.wrong);
	CHECK_STR(r.board.model, "Test board");
	CHECK_STR(r.board.bootargs, "show=buddyinfo quiet");
	/* What must not be mapped is a bank of its own. */
	CHECK_EQ(r.board.nr_banks, 3);
	is_board_bank(&r.board, 0, 0x80000000, 0x100000, MEMBLOCK_NONE);
	is_board_bank(&r.board, 1, 0x80100000, 0x100000, MEMBLOCK_NOMAP);
	is_board_bank(&r.board, 2, 0x80200000, 0x1fe00000, MEMBLOCK_NONE);
	CHECK_EQ(r.board.nr_reserved, 3);
	is_board_reserved(&r.board, 0, 0x80000000, 0x8000, "memreserve");
	is_board_reserved(&r.board, 1, 0x90000000, 0x800000, "framebuffer@90000000");
	is_board_reserved(&r.board, 2, 0x88000000, 0x12345, "initrd");
	end(&r);
}

static void a_board_without_chosen_has_an_empty_command_line(void)
{
	struct reading r;
	struct blob b;

	begin_board(&b, 1, 1);
	add_memory(&b, "memory", 0x80000000, 0x1000000);
	blob_finish(&b);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_STR(r.board.bootargs, "");
	CHECK_EQ(r.board.nr_reserved, 0);
	end(&r);
}

/* Where the tag is of the node with this name. */
static size_t find_node(const struct blob *b, const char *name)
{
	const u8 *found = memmem(b->data, b->size, name, strlen(name) + 1);

	REQUIRE(found != NULL);
	return (size_t)(found - b->data) - 4;
}

/* As QEMU does with the memory nodes that it replaces. */
static void nodes_that_became_nops_are_passed_over(void)
{
	struct reading r;
	struct blob b;
	size_t at, last;

	begin_board(&b, 1, 1);
	add_memory(&b, "memory@80000000", 0x80000000, 0x1000000);
	add_memory(&b, "memory@90000000", 0x90000000, 0x2000000);
	blob_finish(&b);
	last = find_node(&b, "memory@90000000");
	for (at = find_node(&b, "memory@80000000"); at < last; at += 4)
		memcpy(b.data + at, "\0\0\0\4", 4);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_EQ(r.board.nr_banks, 1);
	is_board_bank(&r.board, 0, 0x90000000, 0x2000000, MEMBLOCK_NONE);
	end(&r);
}

static void memory_is_clipped_to_where_the_soc_has_ram(void)
{
	struct reading r;
	struct blob b;

	begin_board(&b, 2, 2);
	blob_node(&b, "memory@0");
	CELLS(&b, "reg", 0, 0x10000000, 0, 0x10000000, 0, 0x7ff00000, 0, 0x200000, 0, 0xf0000000, 1,
	      0, 2, 0, 0, 0x1000, 0xffffffff, 0xfffff000, 0, 0x2000);
	blob_end_node(&b);
	blob_finish(&b);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_EQ(r.board.nr_banks, 2);
	is_board_bank(&r.board, 0, 0x80000000, 0x100000, MEMBLOCK_NONE);
	is_board_bank(&r.board, 1, 0xf0000000, 0xffff000, MEMBLOCK_NONE);
	end(&r);
}

static void disabled_nodes_do_not_count(void)
{
	struct reading r;
	struct blob b;

	begin_board(&b, 1, 1);
	blob_node(&b, "memory@80000000");
	CELLS(&b, "reg", 0x80000000, 0x20000000);
	CELLS(&b, "linux,usable-memory", 0x80000000, 0x10000000);
	blob_end_node(&b);
	blob_node(&b, "memory@a0000000");
	CELLS(&b, "reg", 0xa0000000, 0x20000000);
	blob_string(&b, "status", "disabled");
	blob_end_node(&b);
	begin_reserved_memory(&b);
	blob_node(&b, "off@81000000");
	CELLS(&b, "reg", 0x81000000, 0x1000);
	blob_string(&b, "status", "disabled");
	blob_end_node(&b);
	blob_end_node(&b);
	blob_finish(&b);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_EQ(r.board.nr_banks, 1);
	is_board_bank(&r.board, 0, 0x80000000, 0x10000000, MEMBLOCK_NONE);
	CHECK_EQ(r.board.nr_reserved, 0);
	end(&r);
}

static void a_piece_that_is_not_mapped_takes_whole_pages(void)
{
	struct reading r;
	struct blob b;

	begin_board(&b, 1, 1);
	add_memory(&b, "memory@80000000", 0x80000000, 0x1000000);
	add_memory(&b, "memory@90000000", 0x90000000, 0x1000000);
	begin_reserved_memory(&b);
	add_reserved(&b, "a@80fff800", 0x80fff800, 0x900, true);
	add_reserved(&b, "b@90000000", 0x90000000, 1, true);
	add_reserved(&b, "c@0", 0, 0x1000, true);
	blob_end_node(&b);
	blob_finish(&b);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_EQ(r.board.nr_banks, 4);
	is_board_bank(&r.board, 0, 0x80000000, 0xfff000, MEMBLOCK_NONE);
	is_board_bank(&r.board, 1, 0x80fff000, 0x1000, MEMBLOCK_NOMAP);
	is_board_bank(&r.board, 2, 0x90000000, 0x1000, MEMBLOCK_NOMAP);
	is_board_bank(&r.board, 3, 0x90001000, 0xfff000, MEMBLOCK_NONE);
	CHECK(board_has_ram(&r.board, 0x80000000, 0xfff000));
	CHECK(!board_has_ram(&r.board, 0x80000000, 0xfff001));
	CHECK(!board_has_ram(&r.board, 0x90000000, 0x1000));
	CHECK(board_has_ram(&r.board, 0x90fff000, 0x1000));
	CHECK(!board_has_ram(&r.board, 0x90fff001, 0x1000));
	end(&r);
}

/* ---- bad ones ---- */

static void a_truncated_blob_is_refused_at_every_length(void)
{
	struct blob b;
	size_t size;

	write_board(&b);
	for (size = 0; size < b.size; size++)
		check_wrong(b.data, size,
			    size < 40 ? "no room for its header" : "its size cannot be");
}

static void a_bad_header_is_refused(void)
{
	static const struct {
		u8 at, value;
		const char *wrong;
	} cases[] = {
		{ 0, 0, "no device tree is there" },
		{ 4, 0x7f, "its size cannot be" },
		{ 8, 0x7f, "its structure lies outside of it" },
		{ 11, 1, "its structure lies outside of it" },
		{ 12, 0x7f, "its strings lie outside of it" },
		{ 19, 41, "its reservation block is not aligned" },
		{ 16, 0x7f, "its reservation block does not end" },
		{ 23, 15, "its version is not one that is read here" },
		{ 27, 18, "its version is not one that is read here" },
		{ 32, 0x7f, "its strings lie outside of it" },
		{ 36, 0x7f, "its structure lies outside of it" },
	};
	struct blob b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_board(&b);
		b.data[cases[i].at] = cases[i].value;
		check_wrong(b.data, b.size, cases[i].wrong);
	}
}

static void a_bad_structure_is_refused(void)
{
	struct blob b;
	size_t at;

	write_board(&b);
	at = find_node(&b, "memory@80000000");
	b.data[at + 3] = 7;
	check_wrong(b.data, b.size, "it has a tag that means nothing");
	b.data[at + 3] = 9;
	check_wrong(b.data, b.size, "its nodes do not nest");
	b.data[at + 3] = 2; /* the root ends early, and the name is no tag */
	check_wrong(b.data, b.size, "it has a tag that means nothing");
	b.data[at + 3] = 1;
	memset(b.data + at + 20, 0xff, 12); /* a property's tag, length and name */
	memcpy(b.data + at + 20, "\0\0\0\3", 4);
	check_wrong(b.data, b.size, "a node or property runs over its end");
}

static void a_tree_that_makes_no_sense_is_refused(void)
{
	struct blob b;

	begin_board(&b, 1, 1);
	blob_finish(&b);
	check_wrong(b.data, b.size, "it names no RAM");
	begin_board(&b, 3, 1);
	add_memory(&b, "memory", 0x80000000, 0x1000000);
	blob_finish(&b);
	check_wrong(b.data, b.size, "its addresses or sizes have neither 1 nor 2 cells");
	begin_board(&b, 2, 1);
	add_memory(&b, "memory", 0x80000000, 0x1000000);
	blob_finish(&b);
	check_wrong(b.data, b.size, "a `reg' is not of whole pairs of address and size");
	begin_board(&b, 1, 1);
	add_memory(&b, "memory", 0x80000000, 0x1000000);
	blob_node(&b, "chosen");
	blob_u32(&b, "linux,initrd-start", 0x80200000);
	blob_u32(&b, "linux,initrd-end", 0x80100000);
	blob_end_node(&b);
	blob_finish(&b);
	check_wrong(b.data, b.size, "the initrd ends before it starts");
}

/* Banks of 1 MB, each in 2 MB of its own, eight to a node. */
static void write_banks(struct blob *b, u32 nr)
{
	u32 cells[16], i;

	begin_board(b, 1, 1);
	for (i = 0; i < nr; i++) {
		cells[2 * (i % 8)] = 0x80000000 + i * 0x200000;
		cells[2 * (i % 8) + 1] = 0x100000;
		if (i % 8 != 7 && i != nr - 1)
			continue;
		blob_node(b, "memory");
		blob_cells(b, "reg", cells, 2 * (i % 8 + 1));
		blob_end_node(b);
	}
}

static void more_than_there_is_room_for_is_refused(void)
{
	struct reading r;
	struct blob b;
	u32 i;

	write_banks(&b, BOARD_MAX_BANKS);
	blob_finish(&b);
	read_blob(&r, &b);
	CHECK(!r.wrong);
	CHECK_EQ(r.board.nr_banks, BOARD_MAX_BANKS);
	for (i = r.board.nr_reserved; i < BOARD_MAX_RESERVED; i++)
		CHECK(board_reserve(&r.board, 0x80000000, 0x1000, "x"));
	CHECK(!board_reserve(&r.board, 0x80000000, 0x1000, "x"));
	CHECK(board_reserve(&r.board, 0x80000000, 0, "nothing"));
	end(&r);
	write_banks(&b, BOARD_MAX_BANKS + 1);
	blob_finish(&b);
	check_wrong(b.data, b.size, "there are too many banks of RAM");
	write_banks(&b, BOARD_MAX_BANKS);
	begin_reserved_memory(&b);
	add_reserved(&b, "hole@80010000", 0x80010000, 0x1000, true);
	blob_end_node(&b);
	blob_finish(&b);
	check_wrong(b.data, b.size, "there are too many banks of RAM");
}

/* ---- random ones ---- */

#define ROUNDS 3000

/* Everything that can be reached is looked at. */
static size_t count_nodes(const struct device_tree *t, dt_node node, unsigned int depth)
{
	size_t nr = 1;
	dt_node child;
	u32 length;

	dt_property(t, node, "no such property", &length);
	dt_is_named(t, node, "memory");
	for (child = dt_first_child(t, node); child; child = dt_next_sibling(t, child))
		nr += depth < 50 ? count_nodes(t, child, depth + 1) : 1;
	return nr;
}

static void mutants_are_read_or_refused_and_nothing_outside_is_touched(void)
{
	unsigned long round, accepted = 0, refused = 0;
	struct reading r;
	struct blob b;

	for (round = 0; round < test_rounds(ROUNDS); round++) {
		size_t changes = 1 + test_random_below(4), size;

		write_board(&b);
		while (changes--) {
			size_t at = test_random_below(b.size);

			if (test_random_below(3))
				b.data[at] ^= (u8)(1 << test_random_below(8));
			else
				b.data[at] = (u8)test_random();
		}
		size = test_random_below(8) ? b.size : test_random_below(b.size);
		read_bytes(&r, b.data, size);
		if (!dt_open(&r.tree, r.data, size)) {
			CHECK(count_nodes(&r.tree, dt_root(&r.tree), 0) >= 1);
			accepted++;
		} else {
			CHECK(r.wrong != NULL);
			refused++;
		}
		end(&r);
	}
	tap_note("%lu accepted, %lu refused", accepted, refused);
	CHECK(accepted > 0 && refused > 0);
}

/* In whole pages, apart from one another, but in any order. */
static void write_random_board(struct blob *b)
{
	static const u32 places[] = { 0x80000000, 0xa0000000, 0x90000000, 0xb0000000 };
	u32 nr = 1 + (u32)test_random_below(4), i;
	char name[32];

	begin_board(b, 1, 1);
	for (i = 0; i < test_random_below(4); i++)
		blob_reserve(b, 0x80000000 + test_random_below(0x40000000),
			     1 + test_random_below(0x100000));
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "memory@%x", places[i]);
		add_memory(b, name, places[i], (1 + (u32)test_random_below(0xffff)) << 12);
	}
	begin_reserved_memory(b);
	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "range@%x", i);
		add_reserved(b, name, places[i] + ((u32)test_random_below(0x8000) << 12),
			     (1 + (u32)test_random_below(0x8000)) << 12, test_random_below(2));
	}
	blob_end_node(b);
	blob_finish(b);
}

static bool same_as_command(const struct board *b, const struct quire_machine *m)
{
	size_t i;
	bool same = CHECK_EQ(b->nr_banks, m->nr_banks) && CHECK_EQ(b->nr_reserved, m->nr_reserved);

	for (i = 0; same && i < b->nr_banks; i++)
		same = is_board_bank(b, i, m->banks[i].base, m->banks[i].size, m->banks[i].flags);
	for (i = 0; same && i < b->nr_reserved; i++)
		same = is_board_reserved(b, i, m->reserved[i].base, m->reserved[i].size,
					 m->reserved[i].name);
	return same;
}

static int by_address(const void *a, const void *b)
{
	const struct machine_bank *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

static void random_boards_are_as_the_command_reads_them(void)
{
	struct machine_file *f;
	unsigned long round;
	struct reading r;
	struct blob b;
	char err[300];

	for (round = 0; round < test_rounds(300); round++) {
		write_random_board(&b);
		f = machine_open_memory("dtb", b.data, b.size, NULL, err, sizeof(err));
		if (!f && strstr(err, "without libfdt"))
			tap_skip("%s", err);
		read_blob(&r, &b);
		qsort(r.board.banks, r.board.nr_banks, sizeof(r.board.banks[0]), by_address);
		if (!f)
			tap_note("%s", err);
		REQUIRE(f && !r.wrong);
		REQUIRE(same_as_command(&r.board, machine_description(f)));
		machine_close(f);
		end(&r);
	}
}

const struct tap_test tap_tests[] = {
	TEST(a_board_is_read_with_all_that_is_taken),
	TEST(a_board_without_chosen_has_an_empty_command_line),
	TEST(nodes_that_became_nops_are_passed_over),
	TEST(memory_is_clipped_to_where_the_soc_has_ram),
	TEST(disabled_nodes_do_not_count),
	TEST(a_piece_that_is_not_mapped_takes_whole_pages),
	TEST(a_truncated_blob_is_refused_at_every_length),
	TEST(a_bad_header_is_refused),
	TEST(a_bad_structure_is_refused),
	TEST(a_tree_that_makes_no_sense_is_refused),
	TEST(more_than_there_is_room_for_is_refused),
	TEST(mutants_are_read_or_refused_and_nothing_outside_is_touched),
	TEST(random_boards_are_as_the_command_reads_them),
	{ NULL, NULL },
};
