/* SPDX-License-Identifier: MIT */
/*
 * highmem_crash_test.c - in a process, what the kernel has not mapped is not there: a touch
 * is a crash. Each touch is made by a child of this process.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kvirt/highmem_support.h"

/* Reads a byte (and writes it back, if `writes`) in a child: does it crash? */
static bool crashes(volatile u8 *addr, bool writes)
{
	int status = 0;
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (!child) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (writes)
			*addr = *addr;
		else
			(void)*addr;
		_exit(0);
	}
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

static void highmem_beyond_the_direct_map_is_not_there(void)
{
	u8 *end;

	highmem_boot("i386", 8, 1);
	end = phys_to_virt(PFN_PHYS(max_low_pfn));
	CHECK(!crashes(end - 1, true));
	CHECK(crashes(end, false));
	CHECK(crashes((u8 *)PKMAP_ADDR(1), false));
	CHECK(crashes((u8 *)fix_to_virt(FIX_KMAP_BEGIN), false));
}

static void a_page_is_there_from_kmap_to_the_last_kunmap(void)
{
	struct page *page;
	u8 *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap(page);
	REQUIRE(kmap(page) == addr);
	CHECK(!crashes(addr, true));
	CHECK(crashes(addr + PAGE_SIZE, false));
	CHECK(crashes(addr - 1, false));
	kunmap(page);
	CHECK(!crashes(addr + PAGE_SIZE - 1, true));
	kunmap(page); /* the table still maps it, and a TLB may: it is wrong all the same */
	CHECK(crashes(addr, false));
	CHECK(kmap(page) == addr);
	CHECK(!crashes(addr, true));
	kunmap(page);
	kmap_flush_unused();
	CHECK(crashes(addr, false));
}

static void a_page_is_there_from_kmap_local_to_kunmap_local(void)
{
	struct page *page;
	u8 *outer, *inner;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	outer = kmap_local_page(page);
	inner = kmap_local_page(page);
	CHECK(!crashes(outer, true));
	CHECK(!crashes(inner, true));
	kunmap_local(inner);
	CHECK(crashes(inner, false));
	CHECK(!crashes(outer, true));
	kunmap_local(outer);
	CHECK(crashes(outer, false));
}

static void what_is_mapped_read_only_cannot_be_written(void)
{
	struct page *page;
	u8 *addr;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	addr = kmap_local_page_prot(page, PAGE_KERNEL_RO);
	CHECK(!crashes(addr, false));
	CHECK(crashes(addr, true));
	kunmap_local(addr);
	CHECK_EQ(__set_fixmap(FIX_PORT_1, page_to_phys(page), FIXMAP_PAGE_RO), 0);
	addr = (u8 *)fix_to_virt(FIX_PORT_1);
	CHECK(!crashes(addr, false));
	CHECK(crashes(addr, true));
}

static void a_slot_of_the_fixmap_is_there_while_it_is_set(void)
{
	u8 *addr;

	highmem_boot("i386", 8, 1);
	addr = (u8 *)fix_to_virt(FIX_PORT_0);
	CHECK(crashes(addr, false));
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(1)), 0);
	CHECK(!crashes(addr, true));
	CHECK_EQ(set_fixmap(FIX_PORT_0, MB(2)), 0);
	CHECK(!crashes(addr, true));
	CHECK(crashes(addr + PAGE_SIZE, false));
	CHECK_EQ(clear_fixmap(FIX_PORT_0), 0);
	CHECK(crashes(addr, false));
}

const struct tap_test tap_tests[] = {
	TEST(highmem_beyond_the_direct_map_is_not_there),
	TEST(a_page_is_there_from_kmap_to_the_last_kunmap),
	TEST(a_page_is_there_from_kmap_local_to_kunmap_local),
	TEST(what_is_mapped_read_only_cannot_be_written),
	TEST(a_slot_of_the_fixmap_is_there_while_it_is_set),
	{ NULL, NULL },
};
