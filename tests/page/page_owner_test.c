/* SPDX-License-Identifier: MIT */
/*
 * page_owner_test.c - who holds which page: what each way of taking pages leaves on record,
 * the sums by call site, the trace hook, and that nothing is kept where nobody asked.
 */
#include <string.h>

#include <quire/quire.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct quire_machine *owner_machine(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 32 * MB, 0);
	m->flags = flags;
	return m;
}

static void boot_with_owners(void)
{
	REQUIRE(test_machine_boot(owner_machine(MACHINE_PAGE_OWNER)) == 0);
}

/* Pages on record: of all blocks that somebody holds. */
static unsigned long pages_held(void)
{
	struct page_owner owner;
	unsigned long pages = 0;
	pfn_t pfn = 0;

	for (; page_owner_next(&pfn, &owner); pfn += 1UL << owner.order)
		pages += 1UL << owner.order;
	return pages;
}

static struct page_owner owner_of(const struct page *page)
{
	struct page_owner owner = { .caller = NULL };
	pfn_t head;

	CHECK(page_owner_find(page_to_pfn(page), &owner, &head));
	return owner;
}

/* ---- off ---- */

static void without_the_flag_there_are_no_records(void)
{
	struct page_owner owner;
	struct page *page;
	pfn_t pfn = 0;

	REQUIRE(test_machine_boot(owner_machine(0)) == 0);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	CHECK_EQ(this_quire()->page.watch.is_on, CONFIG_PAGE_POISONING);
	CHECK(!page_owner_find(page_to_pfn(page), &owner, &pfn));
	CHECK(!page_owner_read(page_to_pfn(page), &owner));
	pfn = 0;
	CHECK(!page_owner_next(&pfn, &owner));
	CHECK_EQ(page_owner_sites(NULL, 0), 0);
	CHECK(!log_contains("page_owner"));
}

/* ---- what is on record ---- */

static void a_block_is_on_record_from_its_first_page_to_its_last(void)
{
	struct page_owner owner;
	struct page *page;
	pfn_t pfn, head, i;

	boot_with_owners();
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 4);
	REQUIRE(page);
	pfn = page_to_pfn(page);
	for (i = 0; i < 16; i++) {
		CHECK(page_owner_find(pfn + i, &owner, &head));
		CHECK_EQ(head, pfn);
		CHECK_EQ(owner.order, 4);
		CHECK_EQ(owner.gfp, GFP_KERNEL | __GFP_ZERO);
		CHECK(owner.is_held && owner.caller && owner.seq);
	}
	__free_pages(page, 4);
	for (i = 0; i < 16; i++)
		CHECK(!page_owner_find(pfn + i, &owner, &head));
	CHECK(page_owner_read(pfn, &owner));
	CHECK(!owner.is_held && owner.free_caller && owner.caller);
	CHECK(!page_owner_find(0, &owner, &head));
	CHECK(!page_owner_find(max_pfn, &owner, &head));
	CHECK(!page_owner_read(~0UL, &owner));
}

static void records_are_numbered_in_the_order_of_the_allocations(void)
{
	struct page *a, *b;

	boot_with_owners();
	a = alloc_page(GFP_KERNEL);
	b = alloc_pages(GFP_ATOMIC, 1);
	REQUIRE(a && b);
	CHECK_EQ(owner_of(b).seq, owner_of(a).seq + 1);
}

/* ---- who ---- */

#define DOORS 16
static struct page *door[DOORS];
static unsigned int nr_doors;

static void through_door(struct page *page)
{
	REQUIRE(page && nr_doors < DOORS);
	door[nr_doors++] = page;
}

/* Takes a page by each call there is; what is recorded must lie in this function. */
__attribute__((noinline)) static void *take_by_every_door(void)
{
	static struct page_frag_cache frags;
	static const struct mempolicy bind = { .mode = MPOL_BIND, .nodes = { { 1 } } };
	struct list_head list = { &list, &list };
	struct page *pages[1] = { NULL };
	struct page *exact;

	frags = (struct page_frag_cache){ .va = NULL };
	through_door(alloc_pages(GFP_KERNEL, 1));
	through_door(alloc_pages_node(0, GFP_KERNEL, 0));
	through_door(alloc_pages_node(NUMA_NO_NODE, GFP_KERNEL, 0));
	through_door(__alloc_pages(GFP_KERNEL, 0, 0));
	through_door(virt_to_page((void *)(uintptr_t)__get_free_pages(GFP_KERNEL, 2)));
	through_door(virt_to_page((void *)(uintptr_t)get_zeroed_page(GFP_KERNEL)));
	exact = virt_to_page(alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL));
	through_door(exact);
	through_door(exact + 2);
	through_door(virt_to_page(alloc_pages_exact_nid(0, PAGE_SIZE, GFP_KERNEL)));
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 1, pages), 1);
	through_door(pages[0]);
	CHECK_EQ(alloc_pages_bulk_list(GFP_KERNEL, 1, &list), 1);
	through_door(list_first_entry(&list, struct page, lru));
	through_door(alloc_pages_policy(GFP_KERNEL, 0, NULL, 0));
	through_door(alloc_pages_policy(GFP_KERNEL, 0, &bind, 0));
	through_door(virt_to_page(page_frag_alloc(&frags, 100, GFP_KERNEL)));
	CHECK_EQ(alloc_contig_range(PFN_DOWN(24 * MB), PFN_DOWN(24 * MB) + 3, MIGRATE_MOVABLE,
				    GFP_KERNEL),
		 0);
	through_door(pfn_to_page(PFN_DOWN(24 * MB) + 2));
	return __builtin_return_address(0);
}

static bool lies_in_function(const void *address, uintptr_t function)
{
	return (uintptr_t)address - function < 16384;
}

static void every_way_to_take_a_page_records_its_caller(void)
{
	uintptr_t function = (uintptr_t)&take_by_every_door;
	const void *back;
	unsigned int i, j;

	boot_with_owners();
	nr_doors = 0;
	back = take_by_every_door();
	CHECK(back != NULL);
	CHECK_EQ(nr_doors, 15);
	for (i = 0; i < nr_doors; i++) {
		if (!CHECK(lies_in_function(owner_of(door[i]).caller, function)))
			tap_note("door %u: %p, the function is at %p", i, owner_of(door[i]).caller,
				 (void *)function);
		/* Each at a line of its own; 6 and 7 are one call. */
		for (j = 0; j < i; j++)
			CHECK((owner_of(door[i]).caller == owner_of(door[j]).caller) ==
			      (i == 7 && j == 6));
	}
	CHECK_EQ(pages_held(), totalram_pages() - nr_free_pages());
}

__attribute__((noinline)) static void *free_by_every_door(struct page *pages[4],
							  struct page_frag_cache *frags)
{
	void *frag = page_frag_alloc(frags, 100, GFP_KERNEL);

	pages[3] = virt_to_page(frag);
	page_frag_cache_drain(frags);
	__free_pages(pages[0], 1);
	free_pages((unsigned long)(uintptr_t)page_address(pages[1]), 0);
	free_pages_exact(page_address(pages[2]), PAGE_SIZE);
	page_frag_free(frag);
	return __builtin_return_address(0);
}

static void every_way_to_free_a_page_records_its_caller(void)
{
	uintptr_t function = (uintptr_t)&free_by_every_door;
	struct page_frag_cache frags = { 0 };
	struct page *pages[4];
	struct page_owner owner;
	unsigned int i;

	boot_with_owners();
	pages[0] = alloc_pages(GFP_KERNEL, 1);
	pages[1] = alloc_page(GFP_KERNEL);
	pages[2] = virt_to_page(alloc_pages_exact(PAGE_SIZE, GFP_KERNEL));
	CHECK(free_by_every_door(pages, &frags) != NULL);
	for (i = 0; i < 4; i++) {
		pfn_t pfn = ALIGN_DOWN(page_to_pfn(pages[i]), i == 3 ? 8UL : 1UL);

		CHECK(page_owner_read(pfn, &owner));
		CHECK(!owner.is_held);
		if (!CHECK(lies_in_function(owner.free_caller, function)))
			tap_note("door %u: %p, the function is at %p", i, owner.free_caller,
				 (void *)function);
	}
	CHECK_EQ(pages_held(), totalram_pages() - nr_free_pages());
}

/* ---- splitting ---- */

static void pages_of_a_split_block_are_on_record_one_by_one(void)
{
	const void *caller;
	struct page *page;
	unsigned int i;

	boot_with_owners();
	page = alloc_pages(GFP_ATOMIC, 3);
	REQUIRE(page);
	caller = owner_of(page).caller;
	split_page(page, 3);
	__free_page(page + 3);
	for (i = 0; i < 8; i++) {
		struct page_owner owner;
		pfn_t head;

		CHECK_EQ(page_owner_find(page_to_pfn(page) + i, &owner, &head), i != 3);
		if (i == 3)
			continue;
		CHECK_EQ(head, page_to_pfn(page) + i);
		CHECK_EQ(owner.order, 0);
		CHECK_EQ(owner.gfp, GFP_ATOMIC);
		CHECK_PTR(owner.caller, caller);
	}
}

/* ---- call sites ---- */

/* One call site, however the compiler lays out the loop around it. */
__attribute__((noinline)) static void take_block_of_four(void)
{
	REQUIRE(alloc_pages(GFP_KERNEL, 2));
}

__attribute__((noinline)) static void take_single_page(void)
{
	REQUIRE(alloc_pages(GFP_KERNEL, 0));
}

static void call_sites_come_with_the_most_pages_first(void)
{
	struct page_owner_site sites[64];
	unsigned long total = 0;
	long n, i;

	boot_with_owners();
	for (i = 0; i < 5; i++)
		take_block_of_four();
	for (i = 0; i < 30; i++)
		take_single_page();
	REQUIRE(alloc_pages(GFP_KERNEL, 8));
	n = page_owner_sites(sites, 64);
	CHECK_EQ(n, 3);
	for (i = 0; i < n; i++)
		total += sites[i].pages;
	CHECK_EQ(total, totalram_pages() - nr_free_pages());
	CHECK_EQ(sites[0].pages, 256);
	CHECK_EQ(sites[0].blocks, 1);
	CHECK_EQ(sites[1].pages, 30);
	CHECK_EQ(sites[1].blocks, 30);
	CHECK_EQ(sites[2].pages, 20);
	CHECK_EQ(sites[2].blocks, 5);
	CHECK_EQ(page_owner_sites(sites, 3), 3);
	CHECK_EQ(sites[2].pages, 20);
	CHECK_EQ(page_owner_sites(sites, 2), -ENOSPC);
	CHECK_EQ(page_owner_sites(NULL, 0), -ENOSPC);
}

/* ---- shapes of machines ---- */

static void holes_between_banks_have_no_records(void)
{
	struct quire_machine *m = owner_machine(MACHINE_PAGE_OWNER);
	struct page_owner owner;
	unsigned int present = 0, i;

	test_bank(m, 256 * MB, 16 * MB, 0);
	REQUIRE(test_machine_boot(m) == 0);
	for (i = 0; i < this_quire()->page.watch.nr_owners; i++)
		present += this_quire()->page.watch.owners[i] != NULL;
	CHECK_EQ(present, 12);
	CHECK_EQ(this_quire()->page.watch.nr_owners, 64);
	CHECK(!page_owner_read(PFN_DOWN(128 * MB), &owner));
	while (alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))
		;
	CHECK_EQ(pages_held(), totalram_pages());
}

static void every_kind_of_boot_keeps_records(void)
{
	static const unsigned int kinds[] = { 0, MACHINE_BOOTMEM, MACHINE_AS_DUMPED,
					      MACHINE_BOTTOM_UP };
	unsigned int i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct quire_machine *m = owner_machine(MACHINE_PAGE_OWNER | kinds[i]);

		REQUIRE(test_machine_boot(m) == 0);
		CHECK(log_contains("page_owner: 8192 records of "));
		CHECK_EQ(pages_held(), totalram_pages() - nr_free_pages());
		REQUIRE(alloc_pages(GFP_KERNEL, 3));
		CHECK_EQ(pages_held(), totalram_pages() - nr_free_pages());
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
}

static void a_boot_without_memory_for_records_fails(void)
{
	unsigned long n, in_our_step = 0;
	int err = -ENOMEM;

	for (n = 1; err; n++) {
		struct quire_machine *m = owner_machine(MACHINE_PAGE_OWNER);

		log_clear();
		quire_fail_nth(n, false);
		err = test_machine_boot(m);
		quire_fail_off();
		in_our_step += log_contains("stopped in page_owner_init: not enough memory");
		if (err)
			CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(this_quire()->page.watch.is_on, !err);
		test_machine_end(m);
	}
	CHECK_EQ(in_our_step, 2); /* the table, the records */
}

/* ---- the model: what is held ---- */

static void random_calls_leave_what_is_held_on_record(void)
{
	static struct page *held[256];
	unsigned long round, rounds = test_rounds(20000);
	unsigned int i;

	boot_with_owners();
	memset(held, 0, sizeof(held));
	for (round = 0; round < rounds; round++) {
		unsigned int slot = (unsigned int)test_random_below(256);
		struct page *page = held[slot];

		if (page && slot % 6 && test_random_below(3) == 0) {
			split_page(page, slot % 6);
			for (i = 0; i < 1U << slot % 6; i++)
				__free_page(page + i);
		} else if (page) {
			__free_pages(page, slot % 6);
		}
		held[slot] = page ? NULL : alloc_pages(GFP_KERNEL | __GFP_NOWARN, slot % 6);
		if (round % 512)
			continue;
		CHECK_EQ(pages_held(), totalram_pages() - nr_free_pages());
		for (i = 0; i < 256; i++)
			if (held[i])
				CHECK_EQ(owner_of(held[i] + ((1 << i % 6) - 1)).order, i % 6);
	}
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- tracing ---- */

static struct page_trace_event events[16];
static unsigned int nr_events;

static void note_event(const struct page_trace_event *event)
{
	if (nr_events < 16)
		events[nr_events++] = *event;
}

static void the_trace_hook_is_told_of_each_allocation_and_free(void)
{
	struct page *page, *single, *pages[2] = { NULL };

	REQUIRE(test_machine_boot(owner_machine(0)) == 0);
	nr_events = 0;
	single = alloc_page(GFP_KERNEL);
	CHECK_EQ(nr_events, 0);
	set_page_trace(note_event);
	page = alloc_pages(GFP_KERNEL, 3);
	__free_pages(page, 3);
	__free_page(single);
	quire_fail_nth(1, false);
	CHECK_PTR(alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 2), NULL);
	quire_fail_off();
	CHECK_EQ(alloc_pages_bulk_array(GFP_ATOMIC, 2, pages), 2);
	CHECK_EQ(nr_events, 6);
	CHECK_EQ(events[0].kind, PAGE_TRACE_ALLOC);
	CHECK_PTR(events[0].page, page);
	CHECK_EQ(events[0].order, 3);
	CHECK_EQ(events[0].gfp, GFP_KERNEL);
	CHECK_EQ(events[0].migratetype, MIGRATE_UNMOVABLE);
	CHECK_EQ(events[1].kind, PAGE_TRACE_FREE);
	CHECK_PTR(events[1].page, page);
	CHECK_EQ(events[1].order, 3);
	CHECK(events[0].caller && events[1].caller && events[0].caller != events[1].caller);
	CHECK_PTR(events[2].page, single);
	CHECK_EQ(events[2].order, 0);
	CHECK_PTR(events[3].page, NULL);
	CHECK_EQ(events[3].order, 2);
	CHECK_EQ(events[3].kind, PAGE_TRACE_ALLOC);
	CHECK_EQ(events[4].gfp, GFP_ATOMIC);
	CHECK(events[4].page == pages[0] || events[4].page == pages[1]);
	set_page_trace(NULL);
	__free_page(pages[0]);
	CHECK_EQ(nr_events, 6);
	CHECK_EQ(this_quire()->page.watch.is_on, CONFIG_PAGE_POISONING);
}

static void a_page_that_is_refused_is_not_told_of(void)
{
	struct page *page;

	boot_with_owners();
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	nr_events = 0;
	set_page_trace(note_event);
	__free_pages(page, 1);
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK_EQ(nr_events, 0);
	CHECK(owner_of(page).is_held);
	set_page_trace(NULL);
	CHECK(this_quire()->page.watch.is_on); /* the records go on */
}

const struct tap_test tap_tests[] = {
	TEST(without_the_flag_there_are_no_records),
	TEST(a_block_is_on_record_from_its_first_page_to_its_last),
	TEST(records_are_numbered_in_the_order_of_the_allocations),
	TEST(every_way_to_take_a_page_records_its_caller),
	TEST(every_way_to_free_a_page_records_its_caller),
	TEST(pages_of_a_split_block_are_on_record_one_by_one),
	TEST(call_sites_come_with_the_most_pages_first),
	TEST(holes_between_banks_have_no_records),
	TEST(every_kind_of_boot_keeps_records),
	TEST(a_boot_without_memory_for_records_fails),
	TEST(random_calls_leave_what_is_held_on_record),
	TEST(the_trace_hook_is_told_of_each_allocation_and_free),
	TEST(a_page_that_is_refused_is_not_told_of),
	{ NULL, NULL },
};
