/* SPDX-License-Identifier: MIT */
/*
 * boot_alloc_test.c - the one door to boot memory, and the three sources behind it.
 */
#include <string.h>

#include <quire/bootmem.h>
#include <quire/fault.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define BASE 0x100000
#define BANK 0x10000

/* A machine with two nodes of 16 pages in memblock's phase; the RAM is dirty. */
static struct quire_machine *begin(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	m->flags = flags;
	test_bank(m, BASE, BANK, 0);
	test_bank(m, BASE + BANK, BANK, 1);
	test_machine_ram(m);
	memset(phys_to_virt(BASE), 0xa5, 2 * BANK);
	this_quire()->phase = PHASE_MEMBLOCK;
	this_quire()->boot.flags = flags;
	this_quire()->boot.metadata = m->metadata;
	this_quire()->boot.metadata_left = m->metadata_size;
	REQUIRE(!memblock_add_node(BASE, BANK, 0, MEMBLOCK_NONE));
	REQUIRE(!memblock_add_node(BASE + BANK, BANK, 1, MEMBLOCK_NONE));
	return m;
}

static bool is_zero(const char *p, size_t size)
{
	while (size && !p[size - 1])
		size--;
	return !size;
}

static void memblock_serves_its_phase(void)
{
	char *p;

	begin(0);
	p = boot_alloc(300, 256, 0, "a table");
	REQUIRE(p);
	CHECK(is_zero(p, 300));
	CHECK_EQ(virt_to_phys(p) % 256, 0);
	CHECK(virt_to_phys(p) >= BASE && virt_to_phys(p) + 300 <= BASE + BANK);
	CHECK_EQ(memblock_reserved_size(), 300);
	p = boot_alloc_raw(64, 64, 1, "another");
	REQUIRE(p);
	CHECK(virt_to_phys(p) >= BASE + BANK);
	CHECK_EQ((unsigned char)p[0], 0xa5);
}

static void memblock_stays_below_the_end_of_the_direct_map(void)
{
	begin(0);
	this_quire()->geo.lowmem_end = BASE + 0x4000;
	CHECK_EQ(virt_to_phys(boot_alloc(0x4000, 0x1000, NUMA_NO_NODE, "a table")), BASE);
	CHECK(!boot_alloc(0x1000, 0x1000, 1, "a second one"));
	CHECK(log_contains("out of boot memory: 4096 bytes for a second one"));
}

static void bootmem_serves_its_phase(void)
{
	char *p;

	begin(MACHINE_BOOTMEM);
	REQUIRE(!bootmem_init_from_memblock());
	p = boot_alloc_raw(100, 64, 1, "a table");
	REQUIRE(p);
	CHECK_EQ(virt_to_phys(p), BASE + BANK);
	CHECK_EQ((unsigned char)p[0], 0xa5);
	p = boot_alloc(100, 64, 0, "a table");
	REQUIRE(p);
	CHECK_EQ(virt_to_phys(p), BASE);
	CHECK(is_zero(p, 100));
	p = boot_alloc(100, 64, NUMA_NO_NODE, "a table");
	CHECK_EQ(virt_to_phys(p), BASE + 128);
	CHECK_EQ(bootmem_validate(), 0);
}

static void metadata_serves_a_machine_as_dumped(void)
{
	struct quire_machine *m = begin(MACHINE_AS_DUMPED);
	char *first, *second;

	first = boot_alloc(100, 64, 0, "a table");
	second = boot_alloc(100, 256, 1, "a table");
	CHECK_PTR(first, m->metadata);
	CHECK_PTR(second, (char *)m->metadata + 256);
	CHECK_EQ(this_quire()->boot.metadata_left, m->metadata_size - 356);
	CHECK(is_zero(second, 100));
	CHECK_EQ(memblock_reserved_size(), 0);
	CHECK(!boot_alloc(m->metadata_size, 64, 0, "too much"));
	CHECK(log_contains("bytes for too much"));
	CHECK_PTR(boot_alloc(1, 1, 0, "a byte"), second + 100);
}

static void every_source_fails_once_when_told_to(void)
{
	static const unsigned int flags[] = { 0, MACHINE_AS_DUMPED, MACHINE_BOOTMEM };
	size_t i;

	for (i = 0; i < 3; i++) {
		struct quire_machine *m = begin(flags[i]);

		if (flags[i] & MACHINE_BOOTMEM)
			REQUIRE(!bootmem_init_from_memblock());
		log_clear();
		quire_fail_nth(1, false);
		CHECK(!boot_alloc(64, 64, 0, "a table"));
		CHECK(log_contains("64 bytes for a table"));
		CHECK_EQ(this_quire()->fault.calls, 1);
		CHECK_EQ(this_quire()->log.errors, 1);
		CHECK(boot_alloc(64, 64, 0, "a table"));
		CHECK_EQ(this_quire()->fault.calls, 2);
		quire_fail_nth(0, false);
		test_machine_end(m);
	}
}

static void misuse_is_refused_with_a_warning(void)
{
	begin(0);
	CHECK(!boot_alloc(0, 64, 0, "nothing"));
	CHECK(!boot_alloc(64, 48, 0, "a table"));
	CHECK(log_contains("wrong size or alignment"));
	this_quire()->phase = PHASE_BUDDY;
	CHECK(!boot_alloc(64, 64, 0, "a table"));
	CHECK(log_contains("closed"));
	this_quire()->phase = PHASE_NONE;
	CHECK(!boot_alloc_raw(64, 64, 0, "a table"));
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK_EQ(memblock_reserved_size(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(memblock_serves_its_phase),
	TEST(memblock_stays_below_the_end_of_the_direct_map),
	TEST(bootmem_serves_its_phase),
	TEST(metadata_serves_a_machine_as_dumped),
	TEST(every_source_fails_once_when_told_to),
	TEST(misuse_is_refused_with_a_warning),
	{ NULL, NULL },
};
