/* SPDX-License-Identifier: MIT */
/*
 * asan_test.c - wrong accesses to a machine's memory, each in a child of this process: in a
 * build with AddressSanitizer each is reported where it is made, with what the library knows of
 * the address, and what is right is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/kmalloc.h>
#include <quire/memblock.h>
#include <quire/page_frag.h>
#include <quire/percpu.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "mm/lib/annotate.h"
#include "port/host/host.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB (1ULL << 20)

static const struct machine_bank banks[] = { { 0x80000000, 64 * MB, 0, 0 } };

static struct host_machine *boot_with(const struct slab_engine *engine)
{
	static struct quire_machine m;
	struct host_machine *hm;
	char err[256];

	if (!CONFIG_ASAN)
		tap_skip("this build has no AddressSanitizer");
	m = (struct quire_machine){ .name = "test", .banks = banks, .nr_banks = 1,
				    .flags = MACHINE_PAGE_OWNER, .objects.engine = engine };
	hm = host_machine_create(&m, err, sizeof(err));
	REQUIRE(hm);
	host_machine_select(hm);
	REQUIRE(!host_machine_boot(hm));
	set_page_poisoning(0);
	return hm;
}

static struct host_machine *boot(void)
{
	return boot_with(&quire_slub);
}

enum touch { READ, WRITE };

/* Touches a byte in a child; what it wrote to stderr. True if it died of it. */
static bool is_reported(volatile char *byte, enum touch touch, char *text, size_t size)
{
	int fds[2], status;
	ssize_t len, got = 0;
	pid_t pid;

	REQUIRE(!pipe(fds));
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		host_explain_faults();
		if (touch == WRITE)
			*byte = 1;
		else
			(void)*byte;
		_exit(0);
	}
	close(fds[1]);
	while ((len = read(fds[0], text + got, size - 1 - (size_t)got)) > 0)
		got += len;
	text[got] = '\0';
	close(fds[0]);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

static void expect_report(volatile char *byte, enum touch touch, const char *what)
{
	char text[16384];

	CHECK(is_reported(byte, touch, text, sizeof(text)));
	if (!CHECK(strstr(text, "AddressSanitizer: use-after-poison")) || !CHECK(strstr(text, what)))
		tap_note("expected: %s\nit said: %s", what, text);
}

static void expect_none(volatile char *byte, enum touch touch)
{
	char text[16384];

	if (!CHECK(!is_reported(byte, touch, text, sizeof(text))))
		tap_note("it said: %s", text);
}

/* ---- pages ---- */

static void a_touch_of_a_freed_page_is_reported_with_who_freed_it(void)
{
	struct host_machine *hm = boot();
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	char *addr, expected[120];

	REQUIRE(page);
	addr = page_address(page);
	expect_none(addr, WRITE);
	expect_none(addr + 4 * PAGE_SIZE - 1, READ);
	__free_pages(page, 2);
	snprintf(expected, sizeof(expected), "quire: address 0x%llx: 0x64 bytes into page frame 0x%lx, which is free",
		 (unsigned long long)(uintptr_t)(addr + 100), page_to_pfn(page));
	expect_report(addr + 100, READ, expected);
	expect_report(addr + 4 * PAGE_SIZE - 1, WRITE, "a_touch_of_a_freed_page_is_reported_with_who_freed_it");
	host_machine_destroy(hm);
}

/* What nobody ever took is closed together with its neighbours in the leaf. */
static void a_touch_beside_a_page_is_reported(void)
{
	struct host_machine *hm = boot();
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	char *addr;

	REQUIRE(page);
	addr = page_address(page);
	expect_none(addr + PAGE_SIZE - 1, WRITE);
	expect_report(addr + PAGE_SIZE, WRITE, "which is free");
	host_machine_destroy(hm);
}

static void every_way_to_free_closes_a_page(void)
{
	struct host_machine *hm = boot();
	struct page *pages[8] = { NULL };
	char *exact, *first;
	unsigned int i;

	REQUIRE(alloc_pages_bulk_array(GFP_KERNEL, 8, pages) == 8);
	first = page_address(pages[0]);
	for (i = 0; i < 8; i++)
		__free_page(pages[i]);
	expect_report(first, READ, "which is free");
	exact = alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL);
	REQUIRE(exact);
	expect_none(exact + 3 * PAGE_SIZE - 1, WRITE);
	expect_report(exact + 3 * PAGE_SIZE, READ, "which is free");
	free_pages_exact(exact, 3 * PAGE_SIZE);
	expect_report(exact, READ, "which is free");
	host_machine_destroy(hm);
}

static void a_fragment_ends_where_it_ends(void)
{
	struct page_frag_cache nc = { .va = NULL };
	struct host_machine *hm = boot();
	char *frag = page_frag_alloc_align(&nc, 100, GFP_KERNEL, 8);

	REQUIRE(frag);
	expect_none(frag + 99, WRITE);
	expect_report(frag + 100, WRITE, "which is held");
	expect_report(frag - 1, READ, "which is held");
	page_frag_free(frag);
	page_frag_cache_drain(&nc);
	expect_report(frag, READ, "which is free");
	host_machine_destroy(hm);
}

/* ---- kernel virtual memory ---- */

static void a_write_behind_a_vmalloc_area_is_reported_to_the_byte(void)
{
	struct host_machine *hm = boot();
	char *addr = vmalloc(PAGE_SIZE + 13), *again;

	REQUIRE(addr);
	expect_none(addr + PAGE_SIZE + 12, WRITE);
	expect_report(addr + PAGE_SIZE + 13, WRITE, "in the area ");
	expect_report(addr + 2 * PAGE_SIZE - 1, READ, "of the vmalloc window, made by 0x");
	vfree(addr);
	vm_unmap_aliases();
	again = vmalloc(2 * PAGE_SIZE);
	CHECK_PTR(again, addr);
	expect_none(again + 2 * PAGE_SIZE - 1, WRITE);
	vfree(again);
	host_machine_destroy(hm);
}

static void per_cpu_memory_that_is_free_is_closed(void)
{
	struct host_machine *hm = boot();
	char __percpu *p = __alloc_percpu(12, 8);
	char *mine;

	REQUIRE(p);
	mine = per_cpu_ptr(p, 0);
	expect_none(mine + 11, WRITE);
	expect_report(mine + 12, WRITE, "which is held");
	free_percpu(p);
	expect_report(mine, READ, "which is held");
	host_machine_destroy(hm);
}

/* ---- objects ---- */

static void an_object_ends_where_its_taker_asked_for(void)
{
	struct host_machine *hm = boot();
	volatile size_t size = 50; /* or the compiler finds it */
	/* Before the first of a slab lies somebody else's page. */
	char *first = kmalloc(size, GFP_KERNEL), *piece = kmalloc(size, GFP_KERNEL);

	REQUIRE(first && piece);
	expect_none(piece + 49, WRITE);
	expect_report(piece + 50, WRITE, "; a slab of kmalloc-64, byte 50 of the object ");
	expect_report(piece - 1, READ, "; a slab of kmalloc-64, ");
	CHECK_EQ(ksize(piece), 64);
	expect_none(piece + 63, WRITE);
	kfree(piece);
	expect_report(piece, READ, "; a slab of kmalloc-64, byte 0 of the object ");
	/* With arrays and a depot in between, and from the slab itself. */
	drain_all_pages(NULL);
	expect_report(piece + 20, WRITE, "; a slab of kmalloc-64, byte 20 of the object ");
	host_machine_destroy(hm);
}

static void objects_of_caches_and_large_pieces_are_closed_likewise(void)
{
	struct host_machine *hm = boot();
	struct kmem_cache *cache = kmem_cache_create("inode", 600, 0, SLAB_NO_MERGE, NULL);
	char *object = kmem_cache_alloc(cache, GFP_KERNEL), *large = kmalloc(20000, GFP_KERNEL);
	void *objects[20];

	REQUIRE(object && large);
	expect_none(object + 599, WRITE);
	expect_report(object + 600, READ, "; a slab of inode, ");
	kmem_cache_free(cache, object);
	expect_report(object, WRITE, "; a slab of inode, byte 0 of the object ");
	expect_none(large + 19999, WRITE);
	expect_report(large + 20000, WRITE, "which is held");
	kfree(large);
	expect_report(large, READ, "which is free");
	REQUIRE(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 20, objects) == 20);
	expect_none((char *)objects[19] + 599, WRITE);
	kmem_cache_free_bulk(cache, 20, objects);
	expect_report(objects[19], WRITE, "; a slab of inode, byte 0 of the object ");
	host_machine_destroy(hm);
}

/* ---- what is cut from a heap ---- */

static void a_piece_of_a_heap_ends_where_its_taker_asked_for(void)
{
	struct host_machine *hm = boot_with(&quire_slob);
	volatile size_t size = 50;
	char *piece = kmalloc(size, GFP_KERNEL), *behind = kmalloc(size, GFP_KERNEL), expected[120];

	REQUIRE(piece && behind);
	CHECK_PTR(behind, piece + 64);
	snprintf(expected, sizeof(expected), "; a page of slob's, byte 50 of the piece %p of 56 bytes", piece);
	expect_none(piece, READ);
	expect_none(piece + 49, WRITE);
	expect_report(piece + 50, WRITE, expected);
	/* Its size lies there, which nobody but the heap may touch. */
	expect_report(piece - 1, READ, "; a page of slob's, 1 bytes before the piece ");
	expect_report(piece - 8, WRITE, "; a page of slob's, 8 bytes before the piece ");
	expect_report(piece + 56, WRITE, "; a page of slob's, 8 bytes before the piece ");
	expect_none(behind, WRITE);
	CHECK_EQ(ksize(piece), 56);
	expect_none(piece + 55, WRITE);
	kfree(piece);
	expect_report(piece, READ, "; a page of slob's, in a free block");
	expect_report(piece + 55, READ, "; a page of slob's, in a free block");
	expect_report(behind + 400, READ, "; a page of slob's, in a free block");
	/* A second free is found by the heap itself, and opens nothing. */
	kfree(piece);
	CHECK_EQ(this_quire()->log.warnings, 1);
	expect_report(piece + 20, WRITE, "; a page of slob's, in a free block");
	expect_none(behind + 49, WRITE);
	host_machine_destroy(hm);
}

static void what_a_heap_clears_and_what_grows_is_open_as_far_as_it_is_somebodys(void)
{
	struct host_machine *hm = boot_with(&quire_slob);
	volatile size_t size = 13;
	char *piece = kzalloc(size, GFP_KERNEL);

	REQUIRE(piece);
	CHECK_EQ(piece[12], 0);
	expect_report(piece + 13, READ, "; a page of slob's, byte 13 of the piece ");
	piece = krealloc(piece, 100, GFP_KERNEL);
	REQUIRE(piece);
	expect_none(piece + 99, WRITE);
	expect_report(piece + 100, WRITE, "; a page of slob's, byte 100 of the piece ");
	piece = krealloc(piece, 104, GFP_KERNEL);
	expect_none(piece + 103, WRITE);
	kfree_sensitive(piece);
	expect_report(piece + 103, READ, "; a page of slob's, in a free block");
	host_machine_destroy(hm);
}

static void construct(void *object)
{
	memset(object, 3, 20);
}

static void objects_of_a_heap_are_closed_likewise(void)
{
	struct host_machine *hm = boot_with(&quire_slob);
	struct kmem_cache *cache = kmem_cache_create("inode", 604, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *made = kmem_cache_create("made", 20, 64, 0, construct);
	struct kmem_cache *pages = kmem_cache_create("pages", 5000, 0, 0, NULL);
	char *first = kmem_cache_alloc(cache, GFP_KERNEL), *object = kmem_cache_alloc(cache, GFP_KERNEL);
	char *other = kmem_cache_alloc(made, GFP_KERNEL), *large = kmem_cache_alloc(pages, GFP_KERNEL | __GFP_ZERO);
	void *objects[20];

	REQUIRE(first && object && other && large);
	expect_none(object + 603, WRITE);
	expect_report(object + 604, READ, "; a page of slob's\n");
	expect_none(first + 603, WRITE);
	CHECK_EQ(other[19], 3);
	expect_report(other + 20, WRITE, "; a page of slob's\n");
	expect_report(other + 63, WRITE, "; a page of slob's\n");
	CHECK_EQ(large[4999], 0);
	expect_report(large + 5000, WRITE, "; a slab of pages\n");
	kmem_cache_free(cache, object);
	kmem_cache_free(made, other);
	kmem_cache_free(pages, large);
	expect_report(object + 100, WRITE, "; a page of slob's, in a free block");
	expect_report(other, READ, "; a page of slob's, in a free block");
	expect_report(large, READ, "which is free");
	REQUIRE(kmem_cache_alloc_bulk(cache, GFP_KERNEL, 20, objects) == 20);
	expect_none((char *)objects[19] + 603, WRITE);
	kmem_cache_free_bulk(cache, 20, objects);
	/* All of its page went. */
	expect_report(objects[10], WRITE, "which is free");
	host_machine_destroy(hm);
}

/* What is given back wrongly stays its owner's. */
static void what_a_heap_refuses_stays_open(void)
{
	struct host_machine *hm = boot_with(&quire_slob);
	struct kmem_cache *cache = kmem_cache_create("test", 96, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *other = kmem_cache_create("other", 96, 0, SLAB_NO_MERGE, NULL);
	char *object = kmem_cache_alloc(cache, GFP_KERNEL), *piece = kmalloc(96, GFP_KERNEL);

	REQUIRE(object && piece);
	kmem_cache_free(other, object);
	kmem_cache_free(cache, piece);
	kmem_cache_free(cache, object + 4);
	kfree(object);
	kfree(piece + 8);
	CHECK_EQ(this_quire()->log.warnings, 5);
	expect_none(object, WRITE);
	expect_none(object + 95, READ);
	expect_none(piece, WRITE);
	expect_none(piece + 95, READ);
	host_machine_destroy(hm);
}

/* ---- boot memory ---- */

static void boot_memory_ends_where_it_ends(void)
{
	struct quire_machine *m = test_machine_new();
	char *p, *q, text[16384];

	if (!CONFIG_ASAN)
		tap_skip("this build has no AddressSanitizer");
	test_bank(m, 16 * MB, 16 * MB, 0);
	test_machine_ram(m);
	REQUIRE(!memblock_add(16 * MB, 16 * MB));
	p = memblock_alloc(100, 8);
	q = memblock_alloc(5000, 4096);
	REQUIRE(p && q);
	CHECK(!is_reported(p + 99, WRITE, text, sizeof(text)));
	CHECK(is_reported(q + 5000, WRITE, text, sizeof(text)));
	CHECK(is_reported(q - 1, READ, text, sizeof(text)));
	REQUIRE(!memblock_reserve(virt_to_phys(q) - 64, 64));
	CHECK(!is_reported(q - 1, READ, text, sizeof(text)));
	memblock_free(q, 5000);
	CHECK(is_reported(q, READ, text, sizeof(text)));
}

const struct tap_test tap_tests[] = {
	TEST(a_touch_of_a_freed_page_is_reported_with_who_freed_it),
	TEST(a_touch_beside_a_page_is_reported),
	TEST(every_way_to_free_closes_a_page),
	TEST(a_fragment_ends_where_it_ends),
	TEST(a_write_behind_a_vmalloc_area_is_reported_to_the_byte),
	TEST(per_cpu_memory_that_is_free_is_closed),
	TEST(an_object_ends_where_its_taker_asked_for),
	TEST(objects_of_caches_and_large_pieces_are_closed_likewise),
	TEST(a_piece_of_a_heap_ends_where_its_taker_asked_for),
	TEST(what_a_heap_clears_and_what_grows_is_open_as_far_as_it_is_somebodys),
	TEST(objects_of_a_heap_are_closed_likewise),
	TEST(what_a_heap_refuses_stays_open),
	TEST(boot_memory_ends_where_it_ends),
	{ NULL, NULL },
};
