/* SPDX-License-Identifier: MIT */
/*
 * test_kmap.c - highmem through kmap and kmap_local, by the CPU's own MMU: an entry that is
 * reused without a flush would show another page.
 */
#include <quire/highmem.h>
#include <quire/mmzone.h>

#include "kernel/internal.h"

#define NR_PAGES 3000 /* more than there are slots: the window wraps */
#define NR_HELD 16

static struct page *pages[NR_PAGES];

static bool take_pages(void)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		pages[i] = alloc_page(GFP_HIGHUSER);
		if (!pages[i])
			return false;
	}
	return true;
}

static void give_pages_back(void)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		if (pages[i])
			__free_page(pages[i]);
}

static unsigned int count_high(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_PAGES; i++)
		nr += PageHighMem(pages[i]);
	return nr;
}

/* Rounds of one mapping after the other: each page must show what was written into it. */
static bool map_each(void)
{
	unsigned int i, round;
	unsigned long *at;
	bool is_well = true;

	for (round = 0; round < 3; round++)
		for (i = 0; i < NR_PAGES; i++) {
			at = kmap(pages[i]);
			if (!at)
				return false;
			if (round)
				is_well &= *at == i * 2654435761UL + round - 1;
			*at = i * 2654435761UL + round;
			kunmap(pages[i]);
		}
	return is_well;
}

/* Some pages stay mapped while the window wraps around them. */
static bool hold_some(void)
{
	unsigned long *held[NR_HELD];
	unsigned int i;
	bool is_well = true;

	for (i = 0; i < NR_HELD; i++) {
		held[i] = kmap(pages[i]);
		if (!held[i])
			return false;
		held[i][1] = i;
	}
	is_well &= map_each();
	for (i = 0; i < NR_HELD; i++) {
		is_well &= held[i][1] == i && page_address(pages[i]) == held[i];
		kunmap(pages[i]);
	}
	return is_well;
}

/* As deep as it goes, and another page in every slot the second time. */
static bool map_locally(void)
{
	unsigned long *at[KM_MAX_IDX];
	unsigned int i, round;
	bool is_well = true;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < KM_MAX_IDX; i++) {
			at[i] = kmap_local_page(pages[round * KM_MAX_IDX + i]);
			if (!at[i])
				return false;
			*at[i] = round << 16 | i;
		}
		for (i = KM_MAX_IDX; i--;) {
			is_well &= *at[i] == (round << 16 | i);
			kunmap_local(at[i]);
		}
	}
	return is_well;
}

static void read_word(void *at)
{
	(void)*(volatile unsigned long *)at;
}

/* After the last kunmap and a flush of what nobody uses, a touch is a fault. */
static void test_touch_after_kunmap(void)
{
	const char *name = "a page that is no longer mapped traps when it is touched";
	struct page *page = pages[NR_PAGES - 1];
	struct trap trap = { 0 };
	void *at;
	bool is_well;

	if (!PageHighMem(page)) {
		test_skip("this machine has no highmem", "%s", name);
		return;
	}
	at = kmap(page);
	is_well = !trap_catch(read_word, at, &trap);
	kunmap(page);
	kmap_flush_unused();
	is_well &= trap_catch(read_word, at, &trap) && trap.address == (uintptr_t)at &&
		   kernel_cpu.is_fault(&trap, PT_LOAD, false);
	test_result(is_well, "%s", name);
}

void test_kmap(void)
{
	unsigned long free_before = nr_free_pages();

	if (!take_pages()) {
		test_result(false, "%u pages can be taken", NR_PAGES);
	} else {
		test_result(map_each(), "%u pages, %u of highmem, each mapped in turn keep their contents",
			    NR_PAGES, count_high());
		test_result(hold_some(), "pages that stay mapped stay what they are");
		test_result(map_locally(), "kmap_local: %u pages at once, twice", KM_MAX_IDX);
		test_touch_after_kunmap();
	}
	give_pages_back();
	test_result(nr_free_pages() == free_before, "no page is lost");
}
