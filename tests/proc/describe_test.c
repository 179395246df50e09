/* SPDX-License-Identifier: MIT */
/*
 * describe_test.c - what the library says of an address, for crash messages and error reports.
 */
#include <string.h>

#include <quire/kmalloc.h>
#include <quire/memblock.h>
#include <quire/quire.h>
#include <quire/slab.h>
#include <quire/vmalloc.h>

#include "mm/lib/annotate.h"
#include "mm/lib/format.h"
#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static const char *of(const void *addr)
{
	static char text[400];

	return quire_describe_address(addr, text, sizeof(text)) ? text : "nothing";
}

__attribute__((format(printf, 1, 2))) static const char *text(const char *fmt, ...)
{
	static char line[400];
	va_list args;

	va_start(args, fmt);
	quire_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	return line;
}

static void boot(unsigned int flags, const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_reserve(m, 20 * MB, 1 * MB);
	m->flags = flags;
	if (format)
		test_machine_kvirt(m, format);
	REQUIRE(test_machine_boot(m) == 0);
}

static void a_page_is_free_or_held_in_its_block(void)
{
	struct page *page;
	char *addr;

	boot(0, NULL);
	page = alloc_pages(GFP_KERNEL, 3);
	REQUIRE(page);
	addr = page_address(page);
	CHECK_STR(of(addr + 5 * PAGE_SIZE + 0x123),
		  text("0x123 bytes into page frame 0x%lx, in the block of order 3 from page frame 0x%lx on, "
		       "which is held",
		       page_to_pfn(page) + 5, page_to_pfn(page)));
	__free_pages(page, 3);
	CHECK_STR(of(addr), text("0x0 bytes into page frame 0x%lx, which is free", page_to_pfn(page)));
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	CHECK_STR(of(page_address(page)),
		  text("0x0 bytes into page frame 0x%lx, which is held", page_to_pfn(page)));
}

static void who_took_a_page_and_freed_it_is_said(void)
{
	struct page *page;
	char *addr;

	boot(MACHINE_PAGE_OWNER, NULL);
	page = alloc_pages(GFP_KERNEL, 1);
	REQUIRE(page);
	addr = page_address(page);
	CHECK(strstr(of(addr + PAGE_SIZE), ", which is held: taken by 0x"));
	__free_pages(page, 1);
	CHECK(strstr(of(addr + PAGE_SIZE), ", which is free: last taken by 0x"));
	CHECK(strstr(of(addr + PAGE_SIZE), ", given back by 0x"));
}

static void reserved_memory_and_none_are_told_apart(void)
{
	boot(0, NULL);
	CHECK_STR(of(phys_to_virt(20 * MB)), "0x0 bytes into page frame 0x1400, which is reserved");
	CHECK_STR(of((char *)phys_to_virt(24 * MB) - 1), "0xfff bytes into page frame 0x17ff, which is free");
	CHECK_STR(of(phys_to_virt(64 * MB)), "nothing");
	CHECK_STR(of("a constant"), "nothing");
}

static void an_area_is_named_with_the_frame_that_it_shows(void)
{
	char *area;

	boot(0, "x86_64");
	area = vmalloc(2 * PAGE_SIZE);
	REQUIRE(area);
	CHECK(strstr(of(area + PAGE_SIZE), "in the area 0x"));
	CHECK(strstr(of(area + PAGE_SIZE),
		     text("; it shows page frame 0x%lx, which is held", vmalloc_to_pfn(area + PAGE_SIZE))));
	CHECK(strstr(of(area + 2 * PAGE_SIZE), "in the guard page of the area 0x"));
	CHECK(!strstr(of(area + 2 * PAGE_SIZE), "it shows"));
	vfree(area);
	CHECK(strstr(of(area), "in the freed area 0x"));
}

static void boot_memory_is_reserved_or_free(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_machine_ram(m);
	this_quire()->phase = PHASE_MEMBLOCK;
	REQUIRE(!memblock_add(16 * MB, 16 * MB) && !memblock_reserve(17 * MB, 4096));
	CHECK_STR(of(phys_to_virt(17 * MB)), "0x0 bytes into page frame 0x1100, boot memory that is reserved");
	CHECK_STR(of(phys_to_virt(18 * MB)), "0x0 bytes into page frame 0x1200, boot memory that is free");
}

/* The text is cut off, not written beyond its end. */
static void a_short_buffer_is_filled(void)
{
	char shorter[17];

	boot(0, NULL);
	memset(shorter, 'x', sizeof(shorter));
	CHECK(quire_describe_address(phys_to_virt(20 * MB), shorter, 16));
	CHECK_STR(shorter, "0x0 bytes into ");
	CHECK_EQ(shorter[16], 'x');
}

static void an_object_is_named_with_its_cache(void)
{
	struct quire_machine *m = test_machine_new();
	struct kmem_cache *cache;
	char *object;

	test_bank(m, 16 * MB, 16 * MB, 0);
	m->objects.engine = &quire_slub;
	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("inode", 600, 0, SLAB_RED_ZONE | SLAB_NO_MERGE, NULL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	CHECK(strstr(of(object + 7), text("; a slab of inode, byte 7 of the object %p of 600 bytes", (const void *)object)));
	CHECK(strstr(of(object + 600), text(", 1 bytes behind the object %p of 600 bytes", (const void *)object)));
	CHECK(strstr(of(object - 2), text(", 2 bytes before the object %p of 600 bytes", (const void *)object)));
	kmem_cache_free(cache, object);
}

/* Only error checkers ask for it: elsewhere it is no code. */
static void what_is_cut_from_a_heap_is_a_piece_or_free(void)
{
	struct quire_machine *m = test_machine_new();
	struct kmem_cache *cache;
	char *object, *piece;

	if (!ANNOTATE)
		tap_skip("this build has no error checker");
	test_bank(m, 16 * MB, 16 * MB, 0);
	m->objects.engine = &quire_slob;
	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("inode", 200, 0, SLAB_NO_MERGE, NULL);
	piece = kmalloc(50, GFP_KERNEL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	REQUIRE(object && piece);
	CHECK(strstr(of(piece), text("; a page of slob's, byte 0 of the piece %p of 56 bytes", (void *)piece)));
	CHECK(strstr(of(piece + 55), text("; a page of slob's, byte 55 of the piece %p of 56 bytes", (void *)piece)));
	CHECK(strstr(of(piece - 8), text("; a page of slob's, 8 bytes before the piece %p of 56 bytes", (void *)piece)));
	/* Whose it is nobody knows. */
	CHECK_PTR(object, piece + 56);
	CHECK(strstr(of(object + 100), "; a page of slob's") && !strstr(of(object + 100), "slob's,"));
	CHECK(strstr(of(object + 200), "; a page of slob's, in a free block"));
	kfree(piece);
	CHECK(strstr(of(piece - 8), "; a page of slob's, in a free block"));
	CHECK(strstr(of(piece + 55), "; a page of slob's, in a free block"));
	CHECK(strstr(of(object + 100), "; a page of slob's") && !strstr(of(object + 100), "slob's,"));
	kmem_cache_free(cache, object);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_page_is_free_or_held_in_its_block),
	TEST(who_took_a_page_and_freed_it_is_said),
	TEST(reserved_memory_and_none_are_told_apart),
	TEST(an_area_is_named_with_the_frame_that_it_shows),
	TEST(boot_memory_is_reserved_or_free),
	TEST(an_object_is_named_with_its_cache),
	TEST(what_is_cut_from_a_heap_is_a_piece_or_free),
	TEST(a_short_buffer_is_filled),
	{ NULL, NULL },
};
