/* SPDX-License-Identifier: MIT */
/*
 * memblock_dump_test.c - memblock in the log, laid out as Linux lays it out, and the walk
 * that finds what is broken.
 */
#include "tests/boot/memblock_support.h"

/* The i.MX6UL board's RAM and the first of its reservations. */
static void board(void)
{
	empty_memblock();
	memblock_add_node(0x80000000, 0x20000000, 0, MEMBLOCK_NONE);
	memblock_reserve(0x80003000, 0x5000);
	memblock_reserve(0x80200000, 0xee8eec);
	log_clear();
}

static void dump_shows_every_region_as_linux_does(void)
{
	board();
	__memblock_dump_all();
	CHECK_STR(log_text(),
		  "MEMBLOCK configuration:\n"
		  " memory size = 0x0000000020000000 reserved size = 0x0000000000eedeec\n"
		  " memory.cnt  = 0x1\n"
		  " memory[0x0]\t[0x0000000080000000-0x000000009fffffff], 0x0000000020000000 bytes"
		  " on node 0 flags: 0x0\n"
		  " reserved.cnt  = 0x2\n"
		  " reserved[0x0]\t[0x0000000080003000-0x0000000080007fff], 0x0000000000005000 bytes"
		  " flags: 0x0\n"
		  " reserved[0x1]\t[0x0000000080200000-0x00000000810e8eeb], 0x0000000000ee8eec bytes"
		  " flags: 0x0\n");
}

static void dump_shows_flags_and_physmem(void)
{
	board();
	memblock_mark_nomap(0x90000000, 0x1000);
	memblock_physmem_add(0x80000000, 0x40000000);
	log_clear();
	__memblock_dump_all();
	CHECK(log_contains(" memory.cnt  = 0x3\n"));
	CHECK(log_contains(" memory[0x1]\t[0x0000000090000000-0x0000000090000fff], "
			   "0x0000000000001000 bytes on node 0 flags: 0x4\n"));
	CHECK(log_contains(" physmem.cnt  = 0x1\n physmem[0x0]\t[0x0000000080000000-"
			   "0x00000000bfffffff], 0x0000000040000000 bytes flags: 0x0\n"));
}

static void dump_all_speaks_only_with_memblock_debug(void)
{
	board();
	memblock_dump_all();
	CHECK_STR(log_text(), "");
	this_quire()->memblock_part.debug = true;
	memblock_dump_all();
	CHECK(log_contains("MEMBLOCK configuration:"));
}

static void debug_logs_every_call(void)
{
	memblock_with_ram();
	this_quire()->memblock_part.debug = true;
	log_clear();
	memblock_add(0x1000, 0x1000);
	memblock_add_node(0x8000, 0x1000, 0, MEMBLOCK_NONE);
	memblock_remove(0x1000, 0x800);
	memblock_reserve(0x1000, 0x1000);
	memblock_phys_free(0x1000, 0x800);
	memblock_alloc(0x2000, 0x40);
	CHECK(log_contains("memblock_add: [0x0000000000001000-0x0000000000001fff] "));
	CHECK(log_contains("memblock_add_node: [0x0000000000008000-0x0000000000008fff] "));
	CHECK(log_contains("memblock_remove: [0x0000000000001000-0x00000000000017ff] "));
	CHECK(log_contains("memblock_reserve: [0x0000000000001000-0x0000000000001fff] "));
	CHECK(log_contains("memblock_phys_free: [0x0000000000001000-0x00000000000017ff] "));
	CHECK(log_contains("memblock_alloc_try_nid: 8192 bytes align=0x40 nid=-1 from=0x0 "
			   "max_addr=0x0 "));
}

/* Each way to break a type, told by the line it leaves. */
static void check_found(const char *line)
{
	log_clear();
	CHECK_EQ(memblock_validate(), -EINVAL);
	CHECK(log_contains(line));
	CHECK_EQ(this_quire()->log.errors, 1);
	memblock_reset(&this_quire()->memblock_part);
	this_quire()->log.errors = 0;
	memblock_add_node(0x1000, 0x1000, 0, MEMBLOCK_NONE);
	memblock_add_node(0x2000, 0x1000, 1, MEMBLOCK_NONE);
	memblock_reserve(0x1000, 0x1000);
	memblock_reserve(0x4000, 0x1000);
	CHECK_EQ(memblock_validate(), 0);
}

static void validate_finds_every_broken_invariant(void)
{
	empty_memblock();
	memblock.memory.total_size = 1;
	check_found("memory[0x0]");
	memblock.memory.regions[1].nid = 0;
	check_found("memory[0x1] [0x0000000000002000-0x0000000000002fff] should be merged");
	memblock.memory.regions[1].base = 0x1800;
	check_found("memory[0x1] [0x0000000000001800-0x00000000000027ff] overlaps");
	memblock.memory.regions[1].base = 0x800;
	check_found("out of order");
	memblock.memory.regions[1].size = 0;
	check_found("is empty");
	memblock.memory.regions[1].size = PHYS_ADDR_MAX;
	check_found("runs beyond the end");
	memblock.memory.regions[1].nid = (int)MAX_NUMNODES;
	check_found("no possible node");
	memblock.reserved.regions[1].flags = (enum memblock_flags)0x40;
	check_found("reserved[0x1] [0x0000000000004000-0x0000000000004fff] has an unknown flag");
	memblock.reserved.total_size += 1;
	check_found("reserved has total_size 0x2001, its regions 0x2000");
	memblock.reserved.cnt = memblock.reserved.max + 1;
	check_found("reserved has cnt 0x");
	memblock.memory.cnt = 0;
	check_found("memory has cnt 0x0");
	memblock.memory.total_size = 0;
	check_found("memory is empty, but has cnt 0x2");
	memblock_physmem()->regions[0].size = 1;
	check_found("physmem is empty, but");
}

const struct tap_test tap_tests[] = {
	TEST(dump_shows_every_region_as_linux_does),
	TEST(dump_shows_flags_and_physmem),
	TEST(dump_all_speaks_only_with_memblock_debug),
	TEST(debug_logs_every_call),
	TEST(validate_finds_every_broken_invariant),
	{ NULL, NULL },
};
