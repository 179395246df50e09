/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc_test.c - pieces of kmalloc's or vmalloc's, whichever has them.
 */
#include <string.h>

#include <quire/kvmalloc.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static void boot(bool has_window)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 64 * MB, 0);
	m->objects.engine = &quire_slub;
	if (has_window)
		test_machine_kvirt(m, "x86_64");
	REQUIRE(test_machine_boot(m) == 0);
}

/* Takes every block of two pages and more, and gives every other single page back. */
static void leave_single_pages(void)
{
	struct page *page, *chain = NULL, *next;
	unsigned int i = 0;

	while ((page = alloc_page(GFP_NOWAIT | __GFP_MEMALLOC | __GFP_NOWARN)) != NULL) {
		page->lru.next = (struct list_head *)(void *)chain;
		chain = page;
	}
	for (page = chain; page; page = next) {
		next = (struct page *)(void *)page->lru.next;
		if (page_to_pfn(page) & 1 && i++ < 4000)
			__free_page(page);
	}
	drain_all_pages(NULL);
}

static void small_pieces_are_kmallocs(void)
{
	void *p;

	boot(true);
	p = kvmalloc(1000, GFP_KERNEL);
	CHECK(p && !is_vmalloc_addr(p));
	kvfree(p);
	p = kvmalloc(100000, GFP_KERNEL);
	CHECK(p && !is_vmalloc_addr(p));
	kvfree(p);
	kvfree(NULL);
	CHECK_PTR(kvmalloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void what_memory_in_pieces_has_no_row_for_is_vmallocs(void)
{
	unsigned char *p;
	size_t i;

	boot(true);
	leave_single_pages();
	CHECK(!kmalloc(100000, GFP_NOWAIT | __GFP_NOWARN));
	p = kvzalloc(100000, GFP_KERNEL);
	REQUIRE(p);
	CHECK(is_vmalloc_addr(p));
	for (i = 0; i < 100000 && !p[i]; i++)
		;
	CHECK_EQ(i, 100000);
	memset(p, 1, 100000);
	CHECK(!kvmalloc(100000, GFP_NOWAIT | __GFP_NOWARN));
	kvfree(p);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void without_a_window_it_is_kmalloc(void)
{
	void *p;

	boot(false);
	p = kvmalloc(100000, GFP_KERNEL);
	CHECK(p);
	kvfree(p);
}

static void a_piece_grows_from_the_one_into_the_other(void)
{
	unsigned char *p, *q;

	boot(true);
	p = kvmalloc(5000, GFP_KERNEL);
	memset(p, 7, 5000);
	leave_single_pages();
	q = kvrealloc(p, 5000, 200000, GFP_KERNEL);
	REQUIRE(q);
	CHECK(is_vmalloc_addr(q));
	CHECK(q[0] == 7 && q[4999] == 7);
	CHECK_PTR(kvrealloc(q, 200000, 100, GFP_KERNEL), q);
	kvfree_sensitive(q, 200000);
	kvfree_sensitive(NULL, 5);
	CHECK(!kvmalloc_array(SIZE_MAX / 2, 3, GFP_KERNEL));
	CHECK_EQ(this_quire()->log.warnings, 0);
}

const struct tap_test tap_tests[] = {
	TEST(small_pieces_are_kmallocs),
	TEST(what_memory_in_pieces_has_no_row_for_is_vmallocs),
	TEST(without_a_window_it_is_kmalloc),
	TEST(a_piece_grows_from_the_one_into_the_other),
	{ NULL, NULL },
};
