/* SPDX-License-Identifier: MIT */
/*
 * page_frag_test.c - page fragments: where they lie, when their blocks come back, what is
 * refused, and a random model with contents and failing allocations.
 */
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define BLOCK PAGE_FRAG_CACHE_MAX_SIZE

static void boot_small_machine(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
}

static const char *frag(struct page_frag_cache *nc, unsigned int size)
{
	char *p = page_frag_alloc(nc, size, GFP_KERNEL);

	REQUIRE(p);
	return p;
}

static void free_frag(const void *p)
{
	page_frag_free((void *)(uintptr_t)p);
}

/* |ccc|bbbbb|aaaa|: each directly below the one before, all in one block of 32 KB. */
static void fragments_are_cut_from_one_block_from_its_end_down(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	const char *a, *b, *c;

	boot_small_machine();
	before = nr_free_pages();
	a = frag(&nc, 1000);
	CHECK_EQ(before - nr_free_pages(), BLOCK / PAGE_SIZE);
	CHECK_PTR(a, (char *)nc.va + BLOCK - 1000);
	b = frag(&nc, 17);
	CHECK_PTR(b, a - 17);
	c = frag(&nc, 4096);
	CHECK_PTR(c, b - 4096);
	CHECK_EQ(before - nr_free_pages(), BLOCK / PAGE_SIZE);
	free_frag(b);
	free_frag(a);
	page_frag_cache_drain(&nc);
	CHECK_PTR(nc.va, NULL);
	/* The block lives as long as its last fragment. */
	CHECK_EQ(before - nr_free_pages(), BLOCK / PAGE_SIZE);
	free_frag(c + 100);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void cutting_a_fragment_does_not_touch_the_blocks_count(void)
{
	struct page_frag_cache nc = { 0 };
	struct page *page;
	int count, i;

	boot_small_machine();
	free_frag(frag(&nc, 1));
	page = virt_to_page(nc.va);
	count = page_ref_count(page);
	CHECK_EQ(count, BLOCK); /* one for each byte and for the cache, less the one freed */
	for (i = 0; i < 1000; i++)
		frag(&nc, 16);
	CHECK_EQ(page_ref_count(page), count);
	CHECK_EQ(nc.pagecnt_bias, BLOCK + 1 - 1001);
}

static void a_block_is_used_again_when_all_of_it_came_back(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	void *block;
	int i;

	boot_small_machine();
	before = nr_free_pages();
	free_frag(frag(&nc, 2048));
	block = nc.va;
	for (i = 0; i < 1000; i++)
		free_frag(frag(&nc, 2048));
	CHECK_PTR(nc.va, block);
	CHECK_EQ(before - nr_free_pages(), BLOCK / PAGE_SIZE);
	page_frag_cache_drain(&nc);
	CHECK_EQ(nr_free_pages(), before);
}

static void a_block_with_fragments_in_use_is_left_for_another(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	const char *kept;
	void *block;
	int i;

	boot_small_machine();
	before = nr_free_pages();
	kept = frag(&nc, 4096);
	block = nc.va;
	for (i = 0; i < 8; i++)
		free_frag(frag(&nc, 4096));
	CHECK(nc.va != block);
	CHECK_EQ(before - nr_free_pages(), 2 * BLOCK / PAGE_SIZE);
	free_frag(kept);
	CHECK_EQ(before - nr_free_pages(), BLOCK / PAGE_SIZE);
	page_frag_cache_drain(&nc);
	CHECK_EQ(nr_free_pages(), before);
}

static void fragments_are_aligned_as_asked(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned int align;

	boot_small_machine();
	for (align = 1; align <= PAGE_SIZE; align *= 2) {
		uintptr_t addr;

		frag(&nc, 3);
		addr = (uintptr_t)page_frag_alloc_align(&nc, 5, GFP_KERNEL, align);
		CHECK(addr);
		CHECK_EQ(addr % align, 0);
	}
	/* The gap that the alignment needs does not fit any more. */
	nc = (struct page_frag_cache){ 0 };
	frag(&nc, BLOCK - 10);
	CHECK(page_frag_alloc_align(&nc, 4, GFP_KERNEL, 64) == nc.va);
	CHECK_EQ(nc.offset, 0);
}

static void with_zero_a_fragment_is_clear_though_the_block_was_used_before(void)
{
	struct page_frag_cache nc = { 0 };
	char *p;
	int i;

	boot_small_machine();
	for (i = 0; i < 40; i++) {
		p = page_frag_alloc(&nc, 4096, GFP_KERNEL | __GFP_ZERO);
		REQUIRE(p);
		CHECK(!p[0] && !memcmp(p, p + 1, 4095));
		memset(p, 0xaa, 4096);
		page_frag_free(p);
	}
}

static void without_a_large_block_a_page_will_do(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	const char *a;

	boot_small_machine();
	before = nr_free_pages();
	quire_fail_nth(1, false);
	a = frag(&nc, 100);
	quire_fail_off();
	CHECK_EQ(nc.size, PAGE_SIZE);
	CHECK_EQ(before - nr_free_pages(), 1);
	CHECK(!log_contains("page allocation failure"));
	/* More than a page does not fit: a block again. */
	free_frag(frag(&nc, (unsigned int)PAGE_SIZE + 1));
	CHECK_EQ(nc.size, BLOCK);
	free_frag(a);
	page_frag_cache_drain(&nc);
	CHECK_EQ(nr_free_pages(), before);
}

static void when_memory_has_run_out_the_cache_stays_as_it_was(void)
{
	struct page_frag_cache nc = { 0 }, was;
	unsigned long before;
	const char *a;

	boot_small_machine();
	before = nr_free_pages();
	a = frag(&nc, 30000);
	was = nc;
	quire_fail_nth(1, true);
	CHECK_PTR(page_frag_alloc(&nc, 3000, GFP_KERNEL | __GFP_NOWARN), NULL);
	CHECK_EQ(this_quire()->fault.failed, 2);
	CHECK_PTR(page_frag_alloc(&nc, 8000, GFP_KERNEL | __GFP_NOWARN), NULL);
	CHECK_EQ(this_quire()->fault.failed, 3); /* no single page holds that */
	quire_fail_off();
	CHECK(!memcmp(&nc, &was, sizeof(nc)));
	CHECK_PTR(frag(&nc, 2000), a - 2000);
	free_frag(a);
	free_frag(a - 2000);
	page_frag_cache_drain(&nc);
	CHECK_EQ(nr_free_pages(), before);
}

static void what_cannot_be_is_refused_and_reported(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;

	boot_small_machine();
	before = nr_free_pages();
	CHECK_PTR(page_frag_alloc(&nc, 0, GFP_KERNEL), NULL);
	CHECK_PTR(page_frag_alloc(&nc, BLOCK + 1, GFP_KERNEL), NULL);
	CHECK_PTR(page_frag_alloc(&nc, 1, GFP_HIGHUSER), NULL);
	CHECK_PTR(page_frag_alloc_align(&nc, 1, GFP_KERNEL, 0), NULL);
	CHECK_PTR(page_frag_alloc_align(&nc, 1, GFP_KERNEL, 3), NULL);
	CHECK_PTR(page_frag_alloc_align(&nc, 1, GFP_KERNEL, 2 * (unsigned int)PAGE_SIZE), NULL);
	CHECK_EQ(this_quire()->log.warnings, 6);
	CHECK_PTR(nc.va, NULL);
	CHECK_EQ(nr_free_pages(), before);
	page_frag_cache_drain(&nc);
	CHECK_EQ(this_quire()->log.warnings, 6);
}

static void a_wrong_free_is_refused_and_reported(void)
{
	unsigned long before, addr;
	int outside;

	boot_small_machine();
	before = nr_free_pages();
	page_frag_free(NULL);
	CHECK_EQ(this_quire()->log.warnings, 0);
	page_frag_free(&outside);
	CHECK_EQ(this_quire()->log.warnings, 1);
	/* A page that is free, and a block that has no fragments. */
	addr = __get_free_pages(GFP_KERNEL, 0);
	free_pages(addr, 0);
	page_frag_free((void *)(uintptr_t)addr);
	CHECK_EQ(this_quire()->log.warnings, 2);
	addr = __get_free_pages(GFP_KERNEL, 2);
	page_frag_free((void *)(uintptr_t)addr);
	page_frag_free((void *)(uintptr_t)(addr + PAGE_SIZE));
	CHECK_EQ(this_quire()->log.warnings, 4);
	free_pages(addr, 2);
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Whoever still uses the block keeps it: it is never handed out again. */
static void a_fragment_freed_twice_costs_the_block_and_no_more(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	const char *a;

	boot_small_machine();
	before = nr_free_pages();
	a = frag(&nc, 20000);
	free_frag(a);
	free_frag(a);
	CHECK_EQ(this_quire()->log.warnings, 0);
	/* Noticed when the block's end is reached: another takes its place. */
	CHECK(frag(&nc, 20000) != a);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("more were freed than taken"));
	CHECK_EQ(before - nr_free_pages(), 2 * BLOCK / PAGE_SIZE);
	/* Or when the cache is drained. */
	free_frag((char *)nc.va + nc.offset);
	free_frag((char *)nc.va + nc.offset);
	page_frag_cache_drain(&nc);
	CHECK_EQ(this_quire()->log.warnings, 2);
	CHECK_EQ(before - nr_free_pages(), 2 * BLOCK / PAGE_SIZE);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void the_drain_from_outside_drops_as_many_references_as_it_is_told(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned long before;
	struct page *page;
	const char *a;

	boot_small_machine();
	before = nr_free_pages();
	a = frag(&nc, 64);
	page = virt_to_page(nc.va);
	__page_frag_cache_drain(page, nc.pagecnt_bias + 2);
	CHECK_EQ(this_quire()->log.warnings, 1);
	__page_frag_cache_drain(page, 0);
	__page_frag_cache_drain(page, nc.pagecnt_bias);
	CHECK_EQ(page_ref_count(page), 1);
	free_frag(a);
	CHECK_EQ(nr_free_pages(), before);
	nc = (struct page_frag_cache){ 0 }; /* it was not told */
	frag(&nc, 64);
	__page_frag_cache_drain(virt_to_page(nc.va), nc.pagecnt_bias + 1);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(this_quire()->log.warnings, 1);
}

/* ---- other shapes of machines ---- */

static void a_machine_of_large_pages_cuts_single_pages(void)
{
	struct quire_machine *m = test_machine_new();
	struct page_frag_cache nc = { 0 };
	unsigned long before;

	m->page_shift = 16;
	this_quire()->geo.page_shift = 16;
	test_bank(m, 16 * MB, 64 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	before = nr_free_pages();
	free_frag(frag(&nc, 65536));
	CHECK_EQ(nc.size, 65536);
	CHECK_EQ(before - nr_free_pages(), 1);
	free_frag(frag(&nc, 65536));
	page_frag_cache_drain(&nc);
	CHECK_EQ(nr_free_pages(), before);
}

static void a_machine_without_large_blocks_cuts_single_pages(void)
{
	struct quire_machine *m = test_machine_new();
	struct page_frag_cache nc = { 0 };

	m->max_order = 2;
	test_bank(m, 16 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	free_frag(frag(&nc, 8192));
	CHECK_EQ(nc.size, 8192);
	CHECK_PTR(page_frag_alloc(&nc, 8193, GFP_KERNEL), NULL);
	CHECK_EQ(this_quire()->log.warnings, 1);
}

/* ---- the model: what is held, and what must stand in it ---- */

#define HELD 300
#define CACHES 3

static struct held_frag {
	unsigned char *at; /* NULL: nothing is held */
	unsigned int size;
	unsigned char fill;
} held[HELD];

static unsigned int random_size(void)
{
	switch (test_random_below(8)) {
	case 0:
		return 1;
	case 1:
		return 1 + (unsigned int)test_random_below(BLOCK);
	case 2:
		return 1 + (unsigned int)test_random_below(PAGE_SIZE);
	default:
		return 1 + (unsigned int)test_random_below(2048);
	}
}

static void take_held(struct page_frag_cache *nc, struct held_frag *h)
{
	unsigned int align = 1U << test_random_below(test_random_below(4) ? 7 : 13);
	gfp_t zero = test_random_below(4) ? 0 : __GFP_ZERO;
	unsigned int i;

	h->size = random_size();
	h->at = page_frag_alloc_align(nc, h->size, GFP_ATOMIC | __GFP_NOWARN | zero, align);
	if (!h->at)
		return;
	CHECK_EQ((uintptr_t)h->at % align, 0);
	for (i = 0; zero && i < h->size; i++)
		if (h->at[i])
			CHECK_EQ(h->at[i], 0);
	h->fill = (unsigned char)(1 + test_random_below(255));
	memset(h->at, h->fill, h->size);
}

/* Overlap with any other fragment would have changed the contents of one of the two. */
static void give_held(struct held_frag *h)
{
	unsigned int i;

	for (i = 0; i < h->size; i++)
		if (h->at[i] != h->fill) {
			CHECK_EQ(h->at[i], h->fill);
			break;
		}
	page_frag_free(h->at + test_random_below(h->size));
	h->at = NULL;
}

static void random_step(struct page_frag_cache caches[CACHES])
{
	struct held_frag *h = &held[test_random_below(HELD)];
	struct page_frag_cache *nc = &caches[test_random_below(CACHES)];

	if (test_random_below(3) == 0)
		quire_fail_nth(1 + test_random_below(4), test_random_below(2));
	else
		quire_fail_off();
	if (test_random_below(500) == 0)
		page_frag_cache_drain(nc);
	else if (h->at)
		give_held(h);
	else
		take_held(nc, h);
}

static void random_fragments_keep_their_contents_and_all_comes_back(void)
{
	struct page_frag_cache caches[CACHES] = { { 0 } };
	unsigned long before, round, rounds = test_rounds(40000);
	unsigned int i;

	boot_small_machine();
	memset(held, 0, sizeof(held));
	before = nr_free_pages();
	for (round = 0; round < rounds; round++) {
		random_step(caches);
		if (round % 4096 == 0)
			CHECK_EQ(page_alloc_validate(), 0);
	}
	quire_fail_off();
	for (i = 0; i < HELD; i++)
		if (held[i].at)
			give_held(&held[i]);
	for (i = 0; i < CACHES; i++)
		page_frag_cache_drain(&caches[i]);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(nr_free_pages(), before);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(fragments_are_cut_from_one_block_from_its_end_down),
	TEST(cutting_a_fragment_does_not_touch_the_blocks_count),
	TEST(a_block_is_used_again_when_all_of_it_came_back),
	TEST(a_block_with_fragments_in_use_is_left_for_another),
	TEST(fragments_are_aligned_as_asked),
	TEST(with_zero_a_fragment_is_clear_though_the_block_was_used_before),
	TEST(without_a_large_block_a_page_will_do),
	TEST(when_memory_has_run_out_the_cache_stays_as_it_was),
	TEST(what_cannot_be_is_refused_and_reported),
	TEST(a_wrong_free_is_refused_and_reported),
	TEST(a_fragment_freed_twice_costs_the_block_and_no_more),
	TEST(the_drain_from_outside_drops_as_many_references_as_it_is_told),
	TEST(a_machine_of_large_pages_cuts_single_pages),
	TEST(a_machine_without_large_blocks_cuts_single_pages),
	TEST(random_fragments_keep_their_contents_and_all_comes_back),
	{ NULL, NULL },
};
