/* SPDX-License-Identifier: MIT */
/*
 * migrate_test.c - pages with movers: how one is isolated, moved, put back, and what becomes of it
 * when its owner frees it meanwhile.
 */
#include <quire/page_owner.h>
#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/page/movers.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct movers *owner;

static void boot(phys_addr_t ram)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, ram, 0);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
}

static struct page *next_target; /* where new_target says that pages go; NULL: anywhere */

static struct page *new_target(struct page *page, unsigned long private_data)
{
	struct page *target = next_target;

	(void)page, (void)private_data;
	next_target = NULL;
	return target ? target : alloc_page(GFP_KERNEL | __GFP_NOWARN);
}

static struct page *no_target(struct page *page, unsigned long private_data)
{
	(void)page, (void)private_data;
	return NULL;
}

static int move_list(struct list_head *list, new_page_t *to)
{
	return migrate_pages(list, to, NULL, 0, MIGRATE_SYNC, MR_COMPACTION, NULL);
}

/* Isolates the page of a slot onto an empty list. */
static void isolate_onto(struct list_head *list, int i)
{
	struct page *page = movers_page(i);

	INIT_LIST_HEAD(list);
	REQUIRE(isolate_movable_page(page, 0) == 0);
	list_add_tail(&page->lru, list);
}

/* ---- one page ---- */

static void a_moved_page_keeps_its_contents_and_its_owner(void)
{
	unsigned long free_before;
	struct list_head list;
	struct page *src, *dst;
	int i;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	src = movers_page(i);
	free_before = nr_free_pages();
	isolate_onto(&list, i);
	CHECK(PageIsolated(src));
	CHECK_EQ(page_ref_count(src), 2);
	dst = next_target = alloc_page(GFP_KERNEL);
	CHECK_EQ(move_list(&list, new_target), 0);
	CHECK(list_empty(&list));
	CHECK_PTR(movers_page(i), dst);
	CHECK(movers_check_all());
	CHECK_EQ(page_ref_count(src), 0);
	CHECK(!PageMovable(src));
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(vm_event(PGMIGRATE_SUCCESS), 1);
	CHECK_EQ(vm_event(PGMIGRATE_FAIL), 0);
	movers_free_all();
	CHECK_EQ(nr_free_pages(), free_before + 1);
	CHECK_EQ(page_alloc_validate(), 0);
}

static struct page *target_like(struct page *page, unsigned long private_data)
{
	struct migration_target_control control = { NUMA_NO_NODE, GFP_KERNEL };

	(void)private_data;
	return alloc_migration_target(page, (uintptr_t)&control);
}

static void blocks_move_as_a_whole_and_compound_pages_stay_compound(void)
{
	struct list_head list;
	unsigned long free_before;
	struct page *src;
	int plain, compound;

	boot(16 * MB);
	free_before = nr_free_pages();
	plain = movers_take(GFP_KERNEL, 4);
	compound = movers_take(GFP_KERNEL | __GFP_COMP, 9);
	REQUIRE(plain >= 0 && compound >= 0);
	src = movers_page(compound);
	isolate_onto(&list, compound);
	CHECK_EQ(move_list(&list, target_like), 0);
	CHECK(movers_page(compound) != src);
	CHECK_EQ(compound_order(movers_page(compound)), 9);
	CHECK_PTR(compound_head(movers_page(compound) + 511), movers_page(compound));
	isolate_onto(&list, plain);
	CHECK_EQ(move_list(&list, target_like), 0);
	CHECK(!PageHead(movers_page(plain)));
	CHECK_EQ(vm_event(PGMIGRATE_SUCCESS), 512 + 16);
	CHECK(movers_check_all());
	movers_free_all();
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_that_is_put_back_is_as_before(void)
{
	struct list_head list;
	struct page *page;
	int i;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	page = movers_page(i);
	isolate_onto(&list, i);
	putback_movable_pages(&list);
	CHECK(list_empty(&list));
	CHECK_EQ(owner->put_back, 1);
	CHECK(movers_check_all());
	isolate_onto(&list, i);
	CHECK_EQ(move_list(&list, new_target), 0);
	CHECK(movers_page(i) != page);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void who_took_the_old_page_has_the_new_one(void)
{
	struct quire_machine *m = test_machine_new();
	struct page_owner before, after;
	struct list_head list;
	struct page *src;
	int i;

	test_bank(m, 16 * MB, 8 * MB, 0);
	m->flags = MACHINE_AS_DUMPED | MACHINE_PAGE_OWNER;
	REQUIRE(test_machine_boot(m) == 0);
	owner = movers_new();
	i = movers_take(GFP_HIGHUSER_MOVABLE, 2);
	src = movers_page(i);
	REQUIRE(page_owner_read(page_to_pfn(src), &before));
	isolate_onto(&list, i);
	CHECK_EQ(move_list(&list, target_like), 0);
	REQUIRE(page_owner_read(page_to_pfn(movers_page(i)), &after));
	CHECK(after.is_held);
	CHECK_PTR(after.caller, before.caller);
	CHECK_EQ(after.seq, before.seq);
	CHECK_EQ(after.gfp, before.gfp);
	CHECK_EQ(after.order, 2);
	REQUIRE(page_owner_read(page_to_pfn(src), &after));
	CHECK(!after.is_held);
}

/* ---- who cannot be isolated ---- */

static void only_a_page_whose_owner_agrees_is_isolated(void)
{
	struct page *plain, *page;
	struct list_head list;
	int i;

	boot(8 * MB);
	plain = alloc_pages(GFP_KERNEL, 1);
	i = movers_take(GFP_KERNEL, 1);
	page = movers_page(i);
	CHECK_EQ(isolate_movable_page(plain, 0), -EBUSY);
	CHECK_EQ(isolate_page_to_move(plain, 0), -EBUSY);
	CHECK_EQ(isolate_page_to_move(page + 1, 0), -EBUSY);
	owner->refuses = true;
	CHECK_EQ(isolate_movable_page(page, 0), -EBUSY);
	CHECK_EQ(owner->refused, 1);
	owner->refuses = false;
	isolate_onto(&list, i);
	CHECK_EQ(isolate_movable_page(page, 0), -EBUSY);
	CHECK_EQ(owner->isolated, 1);
	putback_movable_pages(&list);
	__ClearPageMovable(page);
	CHECK_EQ(isolate_movable_page(page, 0), -EBUSY);
	CHECK_EQ(page_ref_count(page), 1);
	__free_pages(page, 1);
	CHECK_EQ(isolate_page_to_move(page, 0), -EBUSY);
	CHECK_EQ(page_ref_count(page), 0);
	CHECK_EQ(this_quire()->page.nr_movable, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void marking_what_nobody_holds_is_refused(void)
{
	static const struct movable_operations ops;
	struct page *page;

	boot(8 * MB);
	page = alloc_pages(GFP_KERNEL, 1);
	__SetPageMovable(page + 1, &ops);
	CHECK(log_contains("is not the first of a block in use"));
	CHECK(!PageMovable(page + 1));
	log_clear();
	__SetPageMovable(page, NULL);
	CHECK(log_contains("is no mover"));
	CHECK(!PageMovable(page));
	__free_pages(page, 1);
	__SetPageMovable(page, &ops);
	CHECK(!PageMovable(page));
	CHECK_EQ(this_quire()->page.nr_movable, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- owners who free meanwhile ---- */

static void a_page_freed_while_it_is_isolated_counts_as_moved(void)
{
	unsigned long free_before;
	struct list_head list;
	int i;

	boot(8 * MB);
	free_before = nr_free_pages();
	i = movers_take(GFP_KERNEL, 2);
	isolate_onto(&list, i);
	CHECK(movers_free((unsigned int)i));
	CHECK_EQ(nr_free_pages(), free_before - 4);
	CHECK_EQ(move_list(&list, no_target), 0);
	CHECK_EQ(owner->moved + owner->failed, 0);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(this_quire()->page.nr_movable, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_page_freed_while_it_is_isolated_may_be_put_back(void)
{
	unsigned long free_before;
	struct list_head list;
	int i;

	boot(8 * MB);
	free_before = nr_free_pages();
	i = movers_take(GFP_KERNEL, 0);
	owner->frees_in_isolate = true;
	isolate_onto(&list, i);
	putback_movable_pages(&list);
	CHECK_EQ(owner->put_back, 0);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void an_owner_may_take_his_mover_away_while_it_is_isolated(void)
{
	struct list_head list;
	struct page *page;
	int i;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	page = movers_page(i);
	isolate_onto(&list, i);
	__ClearPageMovable(page);
	CHECK_EQ(move_list(&list, new_target), 1);
	putback_movable_pages(&list);
	CHECK_EQ(owner->moved + owner->put_back, 0);
	CHECK_EQ(page_ref_count(page), 1);
	CHECK(!PageIsolated(page));
	CHECK(movers_free((unsigned int)i));
	CHECK_EQ(page_alloc_validate(), 0);
}

static bool agree(struct page *page, isolate_mode_t mode)
{
	(void)page, (void)mode;
	return true;
}

static void do_nothing(struct page *page)
{
	(void)page;
}

static const struct movable_operations plain_ops = { .isolate_page = agree, .putback_page = do_nothing };

/* On a list by page->lru it can be once only. */
static void a_page_that_gets_a_mover_again_while_it_is_isolated_stays_so(void)
{
	struct list_head list;
	struct page *page;

	boot(8 * MB);
	page = alloc_page(GFP_KERNEL);
	__SetPageMovable(page, &plain_ops);
	INIT_LIST_HEAD(&list);
	REQUIRE(isolate_movable_page(page, 0) == 0);
	list_add_tail(&page->lru, &list);
	__ClearPageMovable(page);
	__SetPageMovable(page, &plain_ops);
	CHECK(PageIsolated(page));
	CHECK_EQ(isolate_movable_page(page, 0), -EBUSY);
	putback_movable_pages(&list);
	CHECK_EQ(page_ref_count(page), 1);
	CHECK(!PageIsolated(page));
	CHECK_EQ(isolate_movable_page(page, 0), 0);
	list_add_tail(&page->lru, &list);
	putback_movable_pages(&list);
	__free_page(page);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- failures ---- */

static void what_may_work_in_a_moment_is_tried_ten_times(void)
{
	struct list_head list;
	int i;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	owner->error = -EAGAIN;
	owner->errors = 9;
	isolate_onto(&list, i);
	CHECK_EQ(move_list(&list, new_target), 0);
	CHECK_EQ(owner->failed, 9);
	owner->errors = 100;
	isolate_onto(&list, i);
	CHECK_EQ(move_list(&list, new_target), 1);
	CHECK_EQ(owner->failed, 19);
	CHECK_EQ(vm_event(PGMIGRATE_FAIL), 1);
	putback_movable_pages(&list);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

static void other_errors_are_tried_once_and_do_not_stop_the_others(void)
{
	struct list_head list;
	unsigned int moved;
	struct page *first;
	int i, j;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	j = movers_take(GFP_KERNEL, 0);
	first = movers_page(i);
	owner->error = -EBUSY;
	owner->errors = 1;
	isolate_onto(&list, i);
	REQUIRE(isolate_movable_page(movers_page(j), 0) == 0);
	list_add_tail(&movers_page(j)->lru, &list);
	CHECK_EQ(migrate_pages(&list, new_target, NULL, 0, MIGRATE_SYNC, MR_COMPACTION, &moved), 1);
	CHECK_EQ(moved, 1);
	CHECK_EQ(owner->failed, 1);
	CHECK_PTR(list_first_entry(&list, struct page, lru), first);
	putback_movable_pages(&list);
	CHECK_PTR(movers_page(i), first);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

/* What its mover lacks is no reason not to move the others: there is room for them. */
static void a_mover_without_memory_does_not_stop_the_others(void)
{
	unsigned int succeeded;
	struct list_head list;
	int i, j;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	j = movers_take(GFP_KERNEL, 0);
	isolate_onto(&list, i);
	REQUIRE(isolate_movable_page(movers_page(j), 0) == 0);
	list_add_tail(&movers_page(j)->lru, &list);
	owner->error = -ENOMEM;
	owner->errors = 1;
	CHECK_EQ(migrate_pages(&list, new_target, NULL, 0, MIGRATE_SYNC, MR_COMPACTION, &succeeded), 1);
	CHECK_EQ(succeeded, 1);
	putback_movable_pages(&list);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

static void without_room_elsewhere_nothing_moves(void)
{
	unsigned long free_before;
	struct list_head list;
	int i;

	boot(8 * MB);
	i = movers_take(GFP_KERNEL, 0);
	free_before = nr_free_pages();
	isolate_onto(&list, i);
	CHECK_EQ(move_list(&list, no_target), -ENOMEM);
	CHECK(!list_empty(&list));
	putback_movable_pages(&list);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK(movers_check_all());
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- pages on LRU lists ---- */

static struct page *on_lru;
static unsigned int lru_calls;

static bool lru_isolate(struct page *page, isolate_mode_t mode)
{
	(void)mode;
	if (page != on_lru)
		return false;
	get_page(page);
	ClearPageLRU(page);
	on_lru = NULL;
	return true;
}

static int lru_migrate(struct page *dst, struct page *src, enum migrate_mode mode)
{
	(void)mode;
	lru_calls++;
	get_page(dst);
	SetPageLRU(dst);
	on_lru = dst;
	__free_page(src);
	return 0;
}

static void lru_putback(struct page *page)
{
	SetPageLRU(page);
	on_lru = page;
	__free_page(page);
}

static unsigned int lru_puts;

static void lru_put(struct page *page)
{
	lru_puts++;
	__free_page(page);
}

static const struct lru_migrate_ops lru_ops = { lru_isolate, lru_migrate, lru_putback, lru_put };

static void pages_on_lru_lists_move_by_their_layer(void)
{
	unsigned long free_before;
	struct list_head list;
	struct page *page;

	boot(8 * MB);
	lru_calls = lru_puts = 0;
	free_before = nr_free_pages();
	page = on_lru = alloc_page(GFP_KERNEL);
	SetPageLRU(page);
	INIT_LIST_HEAD(&list);
	CHECK_EQ(isolate_page_to_move(page, 0), -EBUSY); /* there is nobody yet who could */
	set_lru_migrate_ops(&lru_ops);
	REQUIRE(isolate_page_to_move(page, 0) == 0);
	list_add_tail(&page->lru, &list);
	putback_movable_pages(&list);
	CHECK_PTR(on_lru, page);
	CHECK_EQ(page_ref_count(page), 1);
	REQUIRE(isolate_page_to_move(page, 0) == 0);
	list_add_tail(&page->lru, &list);
	CHECK_EQ(move_list(&list, new_target), 0);
	CHECK_EQ(lru_calls, 1);
	CHECK_EQ(lru_puts, 1);
	CHECK_EQ(page_ref_count(on_lru), 1);
	CHECK(on_lru && on_lru != page);
	CHECK_EQ(page_ref_count(page), 0);
	__free_page(on_lru);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Nothing of the mover is left then, be it taken away while the page was isolated or not. */
static void a_page_may_go_to_an_lru_list_when_its_mover_is_gone(void)
{
	struct list_head list;
	struct page *page;
	int round;

	boot(8 * MB);
	set_lru_migrate_ops(&lru_ops);
	INIT_LIST_HEAD(&list);
	for (round = 0; round < 2; round++) {
		page = alloc_page(GFP_KERNEL);
		__SetPageMovable(page, &plain_ops);
		if (round) {
			REQUIRE(isolate_movable_page(page, 0) == 0);
			list_add_tail(&page->lru, &list);
		}
		__ClearPageMovable(page);
		putback_movable_pages(&list);
		on_lru = page;
		SetPageLRU(page);
		REQUIRE(isolate_page_to_move(page, 0) == 0);
		CHECK_PTR(on_lru, NULL);
		list_add_tail(&page->lru, &list);
		putback_movable_pages(&list);
		CHECK_PTR(on_lru, page);
		CHECK_EQ(page_ref_count(page), 1);
		__free_page(page);
	}
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- model ---- */

/* Random pages of random orders are taken, moved, put back and freed; the owner checks each. */
static void random_moves_lose_nothing(void)
{
	unsigned long rounds = test_rounds(3000), free_before;
	struct list_head list;

	boot(16 * MB);
	free_before = nr_free_pages();
	owner->fail_one_in = 5;
	INIT_LIST_HEAD(&list);
	while (rounds--) {
		unsigned int i = (unsigned int)test_random_below(600);
		struct page *page = movers_page((int)i);

		if (!page)
			movers_take(GFP_HIGHUSER_MOVABLE, (unsigned int)test_random_below(4));
		else if (test_random_below(4) == 0)
			movers_free(i);
		else if (!isolate_movable_page(page, 0))
			list_add_tail(&page->lru, &list);
		if (test_random_below(8) == 0)
			movers_free((unsigned int)test_random_below(600)); /* isolated ones too */
		if (test_random_below(8) == 0) {
			if (test_random_below(2))
				migrate_pages(&list, target_like, NULL, 0, MIGRATE_ASYNC, MR_COMPACTION, NULL);
			putback_movable_pages(&list);
			movers_check_all();
			CHECK_EQ(page_alloc_validate(), 0);
		}
	}
	putback_movable_pages(&list);
	movers_free_all();
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK(owner->moved > 10 || test_rounds(3000) < 1000);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_moved_page_keeps_its_contents_and_its_owner),
	TEST(blocks_move_as_a_whole_and_compound_pages_stay_compound),
	TEST(a_page_that_is_put_back_is_as_before),
	TEST(who_took_the_old_page_has_the_new_one),
	TEST(only_a_page_whose_owner_agrees_is_isolated),
	TEST(marking_what_nobody_holds_is_refused),
	TEST(a_page_freed_while_it_is_isolated_counts_as_moved),
	TEST(a_page_freed_while_it_is_isolated_may_be_put_back),
	TEST(an_owner_may_take_his_mover_away_while_it_is_isolated),
	TEST(a_page_that_gets_a_mover_again_while_it_is_isolated_stays_so),
	TEST(what_may_work_in_a_moment_is_tried_ten_times),
	TEST(other_errors_are_tried_once_and_do_not_stop_the_others),
	TEST(a_mover_without_memory_does_not_stop_the_others),
	TEST(without_room_elsewhere_nothing_moves),
	TEST(pages_on_lru_lists_move_by_their_layer),
	TEST(a_page_may_go_to_an_lru_list_when_its_mover_is_gone),
	TEST(random_moves_lose_nothing),
	{ NULL, NULL },
};
