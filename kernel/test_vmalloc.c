/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc.c - areas of the vmalloc window, by the CPU's own MMU: what is mapped shows
 * its pages, what is not mapped traps, and the trap's address is told apart.
 */
#include <quire/highmem.h>
#include <quire/vmalloc.h>

#include "kernel/internal.h"

#define NR_PAGES 300
#define AREA_BYTES (NR_PAGES * PAGE_SIZE)

static unsigned long value_of_page(unsigned long i)
{
	return i * 2654435761UL + 1;
}

/* Written through the window, each page shows its own value at its other address. */
static bool is_backed_by_its_pages(char *area)
{
	unsigned long i, *other;
	struct page *page;
	bool is_well = true;

	for (i = 0; i < NR_PAGES; i++)
		*(unsigned long *)(area + i * PAGE_SIZE) = value_of_page(i);
	for (i = 0; i < NR_PAGES; i++) {
		page = vmalloc_to_page(area + i * PAGE_SIZE);
		other = page ? kmap(page) : NULL;
		if (!other)
			return false;
		is_well &= *other == value_of_page(i) && (char *)other != area + i * PAGE_SIZE;
		kunmap(page);
	}
	return is_well;
}

static void touch(void *at)
{
	*(volatile unsigned long *)at = 1;
}

/* The touch traps with its address, and the address is said to be what `what` says. */
static void expect_trap(char *at, const char *what, const char *name)
{
	struct trap trap = { 0 };
	char text[192];
	bool is_well = trap_catch(touch, at, &trap) && trap.address == (uintptr_t)at &&
		       kernel_cpu.is_fault(&trap, PT_STORE, false);

	kernel_describe_address((uintptr_t)at, text, sizeof(text));
	test_result(is_well && text_contains(text, what), "%s", name);
	console_printf("#   %p: %s\n", (void *)at, text);
}

static void test_area(void)
{
	char *area = vmalloc(AREA_BYTES), text[192];

	test_result(area && is_backed_by_its_pages(area), "%u pages from anywhere are one area", NR_PAGES);
	if (!area)
		return;
	expect_trap(area + AREA_BYTES, "guard", "who runs over the end of an area meets its guard page");
	vfree(area);
	kernel_describe_address((uintptr_t)area, text, sizeof(text));
	test_result(text_contains(text,
		    "freed"), "a freed area is known as such until its addresses are free");
	vm_unmap_aliases();
	expect_trap(area, "vmalloc window", "a freed area traps when it is touched");
}

/* The same addresses again and again with other pages: no TLB may remember the last ones. */
static bool reuse(void)
{
	unsigned int round;
	unsigned long *area, *other;
	struct page *page;
	bool is_well = true;

	for (round = 0; round < 4000 && is_well; round++) {
		area = vmalloc(2 * PAGE_SIZE);
		if (!area)
			return false;
		page = vmalloc_to_page(area);
		other = kmap_local_page(page);
		area[0] = round;
		is_well &= other[0] == round;
		other[1] = ~(unsigned long)round;
		is_well &= area[1] == ~(unsigned long)round;
		kunmap_local(other);
		vfree(area);
	}
	return is_well;
}

static void test_huge(void)
{
	const struct pgtable *table = kernel_pgtable();
	unsigned long size = 8UL << 20, i;
	unsigned long *area = vmalloc_huge(size, GFP_KERNEL | __GFP_ZERO);
	struct pt_entry entry;
	bool is_well = area != NULL, is_large;

	for (i = 0; is_well && i < size / sizeof(*area); i += 512)
		is_well &= area[i] == 0;
	is_large = area && !pt_lookup(table, (uintptr_t)area, &entry) && entry.level;
	test_result(is_well, "8 MB in one area, in pages of %llu KB",
		    is_large ? (unsigned long long)entry.size >> 10 : PAGE_SIZE >> 10);
	vfree(area);
}

void test_vmalloc(void)
{
	unsigned long free_before;

	/* Tables for the window, once made, stay: this makes them. */
	vfree(vmalloc_huge(8UL << 20, GFP_KERNEL));
	reuse();
	vm_unmap_aliases();
	free_before = nr_free_pages();
	test_area();
	test_result(reuse(), "areas that are taken and freed again and again show their own pages");
	test_huge();
	vm_unmap_aliases();
	test_result(!vmalloc_validate(), "the window is sound");
	test_result(nr_free_pages() >= free_before, "no page is lost: %lu were free, %lu are", free_before,
		    nr_free_pages());
}
