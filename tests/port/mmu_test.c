/* SPDX-License-Identifier: MIT */
/*
 * mmu_test.c - the software MMU when tables change under its TLB: what stays, what each kind
 * of flush brings up to date, accessed and dirty bits, many bytes at once.
 */
#include <errno.h>
#include <string.h>

#include <quire/pgtable_formats.h>

#include "port/host/mmu.h"
#include "tests/fixture.h"
#include "tests/pgtable/support.h"
#include "tests/tap.h"

#define KERNEL_PAGE (PT_READ | PT_WRITE)
#define USER_PAGE (PT_READ | PT_WRITE | PT_USER)
#define VA 0x400000u

/* A table, pages to map, and the MMU that sees them. */
static struct pgtable pt;
static struct host_mmu mmu;
static struct page *page[4];

static void start(const char *format)
{
	unsigned int i;

	boot_for_tables();
	REQUIRE(pt_create(&pt, pt_format_find(format), NULL, NULL) == 0);
	REQUIRE(host_mmu_init(&mmu, pt.format, pt.root, NULL, NULL, NULL) == 0);
	for (i = 0; i < 4; i++) {
		page[i] = alloc_pages(GFP_KERNEL, 0);
		REQUIRE(page[i]);
		memset(page_address(page[i]), 'a' + (int)i, PAGE_SIZE);
	}
}

static void end(void)
{
	host_mmu_free(&mmu);
	pt_destroy(&pt);
}

static void map(u64 va, unsigned int nr, unsigned int prot)
{
	const struct pt_attr attr = { .prot = prot | PT_ACCESSED };

	REQUIRE(pt_map(&pt, va, page_to_phys(page[nr]), PAGE_SIZE, &attr) == 0);
}

static void remap(u64 va, unsigned int nr, unsigned int prot)
{
	REQUIRE(pt_unmap(&pt, va, PAGE_SIZE) == 0);
	map(va, nr, prot);
}

/* The byte that a kernel load gives; the negative fault if it gives none. */
static int load(u64 va)
{
	char byte = 0;
	enum pt_fault fault = host_mmu_read(&mmu, va, &byte, 1, false, NULL);

	return fault ? -(int)fault : byte;
}

static int try_access(u64 va, enum pt_access_kind kind, bool is_user)
{
	struct pt_outcome outcome;

	return (int)host_mmu_access(&mmu, va, kind, is_user, &outcome);
}

static u64 entry_of(u64 va)
{
	struct pt_entry entry;

	pt_lookup(&pt, va, &entry);
	return entry.entry;
}

/* ---- stale until flushed ---- */

static void a_new_mapping_is_seen_at_once(void)
{
	start("x86_64");
	CHECK_EQ(load(VA), -PT_FAULT_TRANSLATION);
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	end();
}

static void a_changed_mapping_is_not_seen_before_the_flush(void)
{
	start("x86_64");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	remap(VA, 1, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(load(VA + 4095), 'a');
	host_mmu_flush_page(&mmu, VA + 17);
	CHECK_EQ(load(VA), 'b');
	end();
}

static void an_unmapped_page_is_there_until_the_flush(void)
{
	start("armv7");
	map(VA, 0, KERNEL_PAGE);
	map(VA + 0x1000, 1, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(load(VA + 0x1000), 'b');
	REQUIRE(pt_unmap(&pt, VA, 0x2000) == 0);
	CHECK_EQ(load(VA), 'a');
	host_mmu_flush_range(&mmu, VA + 0x1000, 0x1000);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(load(VA + 0x1000), -PT_FAULT_TRANSLATION);
	host_mmu_flush_range(&mmu, 0, 0);
	CHECK_EQ(load(VA), -PT_FAULT_TRANSLATION);
	end();
}

static void taken_rights_last_until_the_flush(void)
{
	start("x86_64");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	REQUIRE(pt_protect(&pt, VA, 0x1000, PT_READ) == 0);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	host_mmu_flush_page(&mmu, VA);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_PERMISSION);
	end();
}

static void given_rights_fault_once_on_x86(void)
{
	struct pt_outcome outcome;

	start("i386-pae");
	map(VA, 0, PT_READ);
	CHECK_EQ(load(VA), 'a');
	REQUIRE(pt_protect(&pt, VA, 0x1000, KERNEL_PAGE) == 0);
	CHECK_EQ(host_mmu_access(&mmu, VA, PT_STORE, false, &outcome), PT_FAULT_PERMISSION);
	CHECK_EQ(outcome.code, 3);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	end();
}

static void given_rights_fault_until_the_flush_elsewhere(void)
{
	start("armv7");
	map(VA, 0, PT_READ);
	CHECK_EQ(load(VA), 'a');
	REQUIRE(pt_protect(&pt, VA, 0x1000, KERNEL_PAGE) == 0);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_PERMISSION);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_PERMISSION);
	host_mmu_flush_page(&mmu, VA);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	end();
}

static void faults_are_not_remembered(void)
{
	u64 faults = 0;

	start("sv39");
	CHECK_EQ(load(VA), -PT_FAULT_TRANSLATION);
	CHECK_EQ(load(VA), -PT_FAULT_TRANSLATION);
	CHECK_EQ(host_mmu_counts(&mmu, &faults).misses, 2);
	CHECK_EQ(faults, 2);
	map(VA, 2, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'c');
	end();
}

/* ---- rights are those of the access, not of the one that filled the TLB ---- */

static void a_hit_still_checks_who_asks(void)
{
	start("x86_64");
	map(VA, 0, PT_READ | PT_EXEC);
	map(VA + 0x1000, 1, USER_PAGE);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(try_access(VA, PT_FETCH, false), PT_OK);
	CHECK_EQ(try_access(VA, PT_LOAD, true), PT_FAULT_PERMISSION);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_PERMISSION);
	CHECK_EQ(try_access(VA + 0x1000, PT_STORE, true), PT_OK);
	CHECK_EQ(try_access(VA + 0x1000, PT_FETCH, true), PT_FAULT_PERMISSION);
	CHECK_EQ(try_access(VA + 0x1000, PT_LOAD, false), PT_OK);
	mmu.cpu |= PT_CPU_SMAP;
	CHECK_EQ(try_access(VA + 0x1000, PT_LOAD, false), PT_FAULT_PERMISSION);
	mmu.cpu &= ~(PT_CPU_SMAP | PT_CPU_WP);
	CHECK_EQ(try_access(VA + 0x1000, PT_LOAD, false), PT_OK);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	mmu.cpu |= PT_CPU_WP;
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_PERMISSION);
	end();
}

static void what_upper_tables_deny_is_remembered(void)
{
	u64 *root;
	u64 e;

	start("x86_64");
	map(VA, 0, USER_PAGE);
	root = phys_to_virt(pt.root);
	root[0] &= ~X86_PTE_RW;
	CHECK_EQ(load(VA), 'a');
	e = entry_of(VA);
	CHECK(e & X86_PTE_RW);
	CHECK_EQ(try_access(VA, PT_STORE, true), PT_FAULT_PERMISSION);
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, 1);
	end();
}

/* ---- accessed and dirty ---- */

static void a_store_through_a_clean_entry_walks_again(void)
{
	start("x86_64");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(entry_of(VA) & (X86_PTE_A | X86_PTE_D), X86_PTE_A);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	CHECK_EQ(entry_of(VA) & X86_PTE_D, X86_PTE_D);
	end();
}

static void that_walk_finds_the_table_as_it_is_now(void)
{
	start("x86_64");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	remap(VA, 1, KERNEL_PAGE);
	CHECK_EQ(host_mmu_write(&mmu, VA, "z", 1, false, NULL), PT_OK);
	CHECK_EQ(*(char *)page_address(page[0]), 'a');
	CHECK_EQ(*(char *)page_address(page[1]), 'z');
	CHECK_EQ(load(VA), 'z');
	REQUIRE(pt_unmap(&pt, VA, 0x1000) == 0);
	host_mmu_flush_page(&mmu, VA);
	map(VA, 2, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'c');
	REQUIRE(pt_unmap(&pt, VA, 0x1000) == 0);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_FAULT_TRANSLATION);
	CHECK_EQ(load(VA), -PT_FAULT_TRANSLATION);
	end();
}

static void a_format_without_dirty_bit_stores_through_what_it_knows(void)
{
	start("armv7");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	remap(VA, 1, KERNEL_PAGE);
	CHECK_EQ(host_mmu_write(&mmu, VA, "z", 1, false, NULL), PT_OK);
	CHECK_EQ(*(char *)page_address(page[0]), 'z');
	CHECK_EQ(*(char *)page_address(page[1]), 'b');
	end();
}

/* Who clears dirty bits must flush, or the next store goes unnoticed. */
static void a_cleared_dirty_bit_is_set_again_after_the_flush(void)
{
	void *slot;
	phys_addr_t table;
	struct pt_found found;

	start("i386");
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	table = pt.root;
	REQUIRE(pt_step(pt.format, 1, VA, &table, &found));
	slot = pt_slot(pt.format, phys_to_virt(table), pt_index(pt.format, 0, VA));
	pt_write(pt.format, slot, entry_of(VA) & ~X86_PTE_D);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	CHECK_EQ(entry_of(VA) & X86_PTE_D, 0);
	host_mmu_flush_page(&mmu, VA);
	CHECK_EQ(try_access(VA, PT_STORE, false), PT_OK);
	CHECK_EQ(entry_of(VA) & X86_PTE_D, X86_PTE_D);
	end();
}

/* ---- switching ---- */

static void a_switch_forgets_all_but_global_pages(void)
{
	start("i386-pse");
	map(VA, 0, KERNEL_PAGE);
	map(VA + 0x1000, 1, KERNEL_PAGE | PT_GLOBAL);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(load(VA + 0x1000), 'b');
	remap(VA, 2, KERNEL_PAGE);
	remap(VA + 0x1000, 3, KERNEL_PAGE | PT_GLOBAL);
	host_mmu_load(&mmu, pt.root, 0, false);
	CHECK_EQ(load(VA), 'c');
	CHECK_EQ(load(VA + 0x1000), 'b');
	host_mmu_flush_tag(&mmu, TLB_ANY_TAG);
	CHECK_EQ(load(VA + 0x1000), 'b');
	host_mmu_flush_page(&mmu, VA + 0x1000);
	CHECK_EQ(load(VA + 0x1000), 'd');
	end();
}

/* The 80386 has no global pages: each is forgotten. */
static void without_a_global_bit_nothing_survives(void)
{
	start("i386");
	map(VA, 0, KERNEL_PAGE | PT_GLOBAL);
	CHECK_EQ(load(VA), 'a');
	remap(VA, 1, KERNEL_PAGE | PT_GLOBAL);
	host_mmu_load(&mmu, pt.root, 0, false);
	CHECK_EQ(load(VA), 'b');
	end();
}

static void address_spaces_with_tags_stay_side_by_side(void)
{
	const struct pt_attr attr = { .prot = KERNEL_PAGE };
	struct pgtable other;
	struct tlb_counts before;

	start("x86_64");
	REQUIRE(pt_create(&other, pt.format, NULL, NULL) == 0);
	REQUIRE(pt_map(&other, VA, page_to_phys(page[1]), PAGE_SIZE, &attr) == 0);
	map(VA, 0, KERNEL_PAGE);
	CHECK_EQ(load(VA), 'a');
	host_mmu_load(&mmu, other.root, 1, true);
	CHECK_EQ(load(VA), 'b');
	before = host_mmu_counts(&mmu, NULL);
	host_mmu_load(&mmu, pt.root, 2, true);
	host_mmu_flush_page(&mmu, VA);
	host_mmu_load(&mmu, pt.root, 0, true);
	CHECK_EQ(load(VA), 'a');
	host_mmu_load(&mmu, other.root, 1, true);
	CHECK_EQ(load(VA), 'b');
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, before.misses);
	host_mmu_load(&mmu, pt.root, 0, false);
	CHECK_EQ(load(VA), 'a');
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, before.misses + 1);
	host_mmu_flush_tag(&mmu, 1);
	host_mmu_load(&mmu, other.root, 1, true);
	CHECK_EQ(load(VA), 'b');
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, before.misses + 2);
	pt_destroy(&other);
	end();
}

/* ---- large pages ---- */

static void a_large_page_takes_one_entry(void)
{
	const struct pt_attr attr = { .prot = KERNEL_PAGE };
	u64 va, size = 2 << 20;

	start("x86_64");
	REQUIRE(pt_map(&pt, size, (phys_addr_t)size, size, &attr) == 0);
	for (va = size; va < 2 * size; va += 4096)
		CHECK_EQ(try_access(va, PT_LOAD, false), PT_OK);
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, 1);
	CHECK_EQ(host_mmu_counts(&mmu, NULL).hits, 511);
	host_mmu_flush_page(&mmu, 2 * size - 1);
	CHECK_EQ(try_access(size, PT_LOAD, false), PT_OK);
	CHECK_EQ(host_mmu_counts(&mmu, NULL).misses, 2);
	end();
}

static void a_split_page_is_one_until_the_flush(void)
{
	const struct pt_attr attr = { .prot = KERNEL_PAGE };
	u64 size = 2 << 20;
	struct pt_outcome outcome;

	start("x86_64");
	REQUIRE(pt_map(&pt, size, (phys_addr_t)size, size, &attr) == 0);
	CHECK_EQ(try_access(size, PT_LOAD, false), PT_OK);
	remap(size + 0x3000, 2, KERNEL_PAGE);
	CHECK_EQ(host_mmu_access(&mmu, size + 0x3001, PT_LOAD, false, &outcome), PT_OK);
	CHECK_EQ(outcome.phys, size + 0x3001);
	host_mmu_flush_page(&mmu, size + 0x3000);
	CHECK_EQ(load(size + 0x3001), 'c');
	end();
}

/* ---- many bytes ---- */

static void bytes_are_copied_across_pages(void)
{
	char text[7] = "";

	start("sv32");
	map(VA, 2, KERNEL_PAGE | PT_DIRTY);
	map(VA + 0x1000, 0, KERNEL_PAGE | PT_DIRTY);
	CHECK_EQ(host_mmu_read(&mmu, VA + 0xffd, text, 6, false, NULL), PT_OK);
	CHECK_STR(text, "cccaaa");
	end();
}

static void a_write_reaches_every_page_and_stops_at_a_hole(void)
{
	struct host_mmu_fault fault;
	char bytes[3 * 4096];

	start("x86_64");
	map(VA, 2, KERNEL_PAGE);
	map(VA + 0x1000, 0, KERNEL_PAGE);
	memset(bytes, 'w', sizeof(bytes));
	CHECK_EQ(host_mmu_write(&mmu, VA + 10, bytes, sizeof(bytes), false, &fault),
		 PT_FAULT_TRANSLATION);
	CHECK_EQ(fault.fault, PT_FAULT_TRANSLATION);
	CHECK_EQ(fault.va, VA + 0x2000);
	CHECK_EQ(fault.done, 0x2000 - 10);
	CHECK_EQ(fault.code, 2);
	CHECK_EQ(((char *)page_address(page[2]))[9], 'c');
	CHECK_EQ(((char *)page_address(page[2]))[10], 'w');
	CHECK_EQ(((char *)page_address(page[0]))[4095], 'w');
	CHECK_EQ(*(char *)page_address(page[1]), 'b');
	CHECK_EQ(host_mmu_read(&mmu, VA, bytes, 0x2000, false, &fault), PT_OK);
	CHECK_EQ(fault.done, 0x2000);
	CHECK_EQ(fault.code, 0);
	end();
}

static void a_write_to_what_is_read_only_changes_nothing(void)
{
	struct host_mmu_fault fault;

	start("armv7");
	map(VA, 0, PT_READ);
	CHECK_EQ(host_mmu_write(&mmu, VA, "zz", 2, false, &fault), PT_FAULT_PERMISSION);
	CHECK_EQ(fault.code, 0x80f);
	CHECK_EQ(fault.done, 0);
	CHECK_EQ(*(char *)page_address(page[0]), 'a');
	end();
}

static void an_address_without_memory_is_a_bus_fault(void)
{
	const struct pt_attr attr = { .prot = KERNEL_PAGE };
	struct host_mmu_fault fault;
	char byte;

	start("x86_64");
	REQUIRE(pt_map(&pt, VA, (phys_addr_t)1 << 40, PAGE_SIZE, &attr) == 0);
	CHECK_EQ(host_mmu_read(&mmu, VA + 5, &byte, 1, false, &fault), PT_FAULT_BUS);
	CHECK_EQ(fault.fault, PT_FAULT_BUS);
	CHECK_EQ(fault.va, VA + 5);
	CHECK_EQ(try_access(VA, PT_LOAD, false), PT_OK);
	end();
}

static bool echo(void *ctx, u64 phys, void *buf, size_t len, bool is_write)
{
	u64 *last = ctx;

	*last = phys;
	if (!is_write)
		memset(buf, '!', len);
	return phys != 0x7000;
}

static void memory_may_be_reached_by_the_callers_function(void)
{
	const struct pt_attr attr = { .prot = KERNEL_PAGE };
	struct host_mmu with_echo;
	u64 last = 0;
	char text[3] = "";

	start("x86_64");
	REQUIRE(host_mmu_init(&with_echo, pt.format, pt.root, NULL, echo, &last) == 0);
	REQUIRE(pt_map(&pt, VA, 0x6000, 2 * PAGE_SIZE, &attr) == 0);
	CHECK_EQ(host_mmu_read(&with_echo, VA + 0x123, text, 2, false, NULL), PT_OK);
	CHECK_STR(text, "!!");
	CHECK_EQ(last, 0x6123);
	CHECK_EQ(host_mmu_write(&with_echo, VA + 0x1000, text, 2, false, NULL), PT_FAULT_BUS);
	host_mmu_free(&with_echo);
	end();
}

static void addresses_that_a_format_lacks_are_refused(void)
{
	static const struct tlb_shape impossible = { 3, 1, TLB_LRU };

	start("x86_64");
	CHECK_EQ(load(0x0000800000000000), -PT_FAULT_CANONICAL);
	CHECK_EQ(load(0xffff7fffffffffff), -PT_FAULT_CANONICAL);
	CHECK_EQ(host_mmu_counts(&mmu, NULL).hits, 0);
	end();
	CHECK_EQ(host_mmu_init(&mmu, pt.format, 0, &impossible, NULL, NULL), -EINVAL);
}

const struct tap_test tap_tests[] = {
	TEST(a_new_mapping_is_seen_at_once),
	TEST(a_changed_mapping_is_not_seen_before_the_flush),
	TEST(an_unmapped_page_is_there_until_the_flush),
	TEST(taken_rights_last_until_the_flush),
	TEST(given_rights_fault_once_on_x86),
	TEST(given_rights_fault_until_the_flush_elsewhere),
	TEST(faults_are_not_remembered),
	TEST(a_hit_still_checks_who_asks),
	TEST(what_upper_tables_deny_is_remembered),
	TEST(a_store_through_a_clean_entry_walks_again),
	TEST(that_walk_finds_the_table_as_it_is_now),
	TEST(a_format_without_dirty_bit_stores_through_what_it_knows),
	TEST(a_cleared_dirty_bit_is_set_again_after_the_flush),
	TEST(a_switch_forgets_all_but_global_pages),
	TEST(without_a_global_bit_nothing_survives),
	TEST(address_spaces_with_tags_stay_side_by_side),
	TEST(a_large_page_takes_one_entry),
	TEST(a_split_page_is_one_until_the_flush),
	TEST(bytes_are_copied_across_pages),
	TEST(a_write_reaches_every_page_and_stops_at_a_hole),
	TEST(a_write_to_what_is_read_only_changes_nothing),
	TEST(an_address_without_memory_is_a_bus_fault),
	TEST(memory_may_be_reached_by_the_callers_function),
	TEST(addresses_that_a_format_lacks_are_refused),
	{ NULL, NULL },
};
