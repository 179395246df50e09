/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug_race_test.c - memory goes while others use it: what another CPU could do just
 * then is done by a mover, in the midst of it.
 */
#include <string.h>

#include <quire/isolation.h>
#include <quire/migrate.h>
#include <quire/vmstat.h>

#include "tests/page/hotplug_support.h"
#include "tests/tap.h"

/* ---- an owner of one page ---- */

static struct page *mine;
static void (*meanwhile)(void); /* when it is moved */

static bool isolate_mine(struct page *page, isolate_mode_t mode)
{
	(void)page;
	(void)mode;
	return true;
}

static const struct movable_operations mover;

static int move_mine(struct page *dst, struct page *src, enum migrate_mode mode)
{
	(void)mode;
	if (meanwhile)
		meanwhile();
	memcpy(page_address(dst), page_address(src), PAGE_SIZE);
	get_page(dst);
	__SetPageMovable(dst, &mover);
	mine = dst;
	__free_pages(src, 0);
	return 0;
}

static void keep_mine(struct page *page)
{
	(void)page;
}

static const struct movable_operations mover = { isolate_mine, move_mine, keep_mine };

/*
 *      40M       44M       48M       52M
 *      | block    | block    | block    |      zone Movable
 *                             ^ mine
 */
static struct zone *boot_with_mine(void)
{
	struct zone *movable;
	pfn_t at;

	hot_boot_flat();
	hot_plug(40 * MB, 3 * BLOCK, 0);
	movable = hot_online(40 * MB, 3 * BLOCK, 0, MMOP_ONLINE_MOVABLE);
	at = PFN_DOWN(48 * MB);
	REQUIRE(alloc_contig_range(at, at + 1, MIGRATE_MOVABLE, GFP_KERNEL) == 0);
	mine = pfn_to_page(at);
	__SetPageMovable(mine, &mover);
	return movable;
}

/* ---- the second of three blocks ---- */

static pfn_t taken;

static void take_of_the_second_block(void)
{
	taken = PFN_DOWN(44 * MB) + 5;
	undo_isolate_page_range(PFN_DOWN(44 * MB), PFN_DOWN(48 * MB), MIGRATE_MOVABLE);
	CHECK_EQ(alloc_contig_range(taken, taken + 1, MIGRATE_MOVABLE, GFP_KERNEL), 0);
}

/* The first block was taken already, and is given back: nobody had it, so nobody has freed it. */
static void what_an_offline_in_vain_took_is_not_counted(void)
{
	struct zone *movable = boot_with_mine();
	unsigned long free = nr_free_pages(), freed = vm_event(PGFREE);

	meanwhile = take_of_the_second_block;
	CHECK_EQ(hot_offline(40 * MB, 3 * BLOCK, movable), -EBUSY);
	meanwhile = NULL;
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), free - 1);
	/* Of the page that was moved, where it was. */
	CHECK_EQ(vm_event(PGFREE), freed + 1);
	free_contig_range(taken, 1);
	CHECK_EQ(vm_event(PGFREE), freed + 2);
	CHECK_EQ(hot_offline(40 * MB, 3 * BLOCK, movable), 0);
	/* It went to another zone: there is nothing to be moved. */
	CHECK_EQ(vm_event(PGFREE), freed + 2);
	__free_pages(mine, 0);
	hot_check_all();
}

const struct tap_test tap_tests[] = {
	TEST(what_an_offline_in_vain_took_is_not_counted),
	{ NULL, NULL },
};
