/* SPDX-License-Identifier: MIT */
/*
 * validate_test.c - page_alloc_validate() finds each thing that can be broken: one change
 * to a sound machine, one line in the log, and sound again when the change is undone.
 */
#include <quire/quire.h>

#include "mm/lib/bit_tree.h"
#include "mm/page/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)

static struct zone *zone;   /* 16 MB at 16 MB in one zone, one CPU */
static struct page *taken;  /* a block of order 3 that is allocated */
static struct page *listed; /* a page on the CPU's list */

static void boot_with_all_kinds_of_pages(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_reserve(m, 17 * MB, 1 * MB);
	m->flags = MACHINE_AS_DUMPED;
	REQUIRE(test_machine_boot(m) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	taken = alloc_pages(GFP_KERNEL, 3);
	listed = alloc_page(GFP_KERNEL);
	REQUIRE(taken && listed);
	__free_page(listed);
	REQUIRE(page_alloc_validate() == 0);
	log_clear();
}

static void check_broken(const char *why)
{
	CHECK_EQ(page_alloc_validate(), -EINVAL);
	if (!CHECK(log_contains(why)))
		tap_note("expected: %s", why);
	log_clear();
}

static void check_sound(void)
{
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_STR(log_text(), "");
}

/* The leaf that the frame is in. */
static struct page_leaf *leaf_of(pfn_t pfn)
{
	return &zone->leaves[leaf_number(zone, pfn)];
}

/* A leaf of a pool's list. */
static u32 listed_leaf(void)
{
	u32 no = leaf_number(zone, page_to_pfn(taken));

	REQUIRE(zone->leaves[no].order != LEAF_NO_LIST);
	return no;
}

/* The first free block of the order that the zone has whole: its first leaf, and its type. */
static u32 whole_block(unsigned int order, enum migratetype *type)
{
	const struct whole_part *part = zone->parts;

	for (*type = 0; *type < MIGRATE_TYPES; (*type)++)
		if (part->blocks[order - LEAF_ORDER].nr[*type])
			return part->first + ((u32)bit_tree_first(&part->blocks[order - LEAF_ORDER].tree[*type])
					      << (order - LEAF_ORDER));
	tap_note("no block of order %u", order);
	REQUIRE(false);
	return 0;
}

static void wrong_counts_are_found(void)
{
	struct pcp_list *list;

	boot_with_all_kinds_of_pages();
	zone->parts->blocks[1].nr[MIGRATE_MOVABLE]++;
	check_broken("order 10: nr is");
	zone->parts->blocks[1].nr[MIGRATE_MOVABLE]--;
	zone->parts->nr_pages--;
	check_broken("pages are in whole blocks by count");
	zone->parts->nr_pages++;
	zone->pools[0].nr_free++;
	check_broken("pool 0 counts");
	zone->pools[0].nr_free--;
	zone->leaves[listed_leaf()].nr_free++;
	check_broken("are marked");
	zone->leaves[listed_leaf()].nr_free--;
	zone->managed_pages++;
	check_broken("pages are managed, but");
	zone->managed_pages--;
	this_quire()->page.totalram_pages++;
	check_broken("totalram is");
	this_quire()->page.totalram_pages--;
	list = &zone->per_cpu_pageset[0].lists[MIGRATE_UNMOVABLE];
	list->count = (u16)(list->count + 60000);
	check_broken("more than it has room for");
	list->count = (u16)(list->count - 60000);
	check_sound();
}

static void a_leaf_whose_marks_are_wrong_is_found(void)
{
	u8 *states;
	u32 no;

	boot_with_all_kinds_of_pages();
	no = listed_leaf();
	states = leaf_states(zone, no);
	states[448] ^= PAGE_FREE;
	check_broken("are marked");
	states[448] ^= PAGE_FREE;
	zone->leaves[no].is_whole = true;
	check_broken("and is whole");
	zone->leaves[no].is_whole = false;
	zone->leaves[no].pool = 200;
	check_broken("is of pool 200");
	zone->leaves[no].pool = 0;
	check_sound();
}

static void a_free_frame_in_use_is_found(void)
{
	struct page *page;
	pfn_t pfn;

	boot_with_all_kinds_of_pages();
	pfn = leaf_pfn(zone, listed_leaf());
	while (free_block_order(pfn) < 0)
		pfn++;
	page = pfn_to_page(pfn);
	*frame_state(page) = PAGE_FREE | PAGE_HELD;
	check_broken("is free and in use");
	*frame_state(page) = PAGE_FREE | PAGE_RESERVED;
	check_broken("is free and in use");
	*frame_state(page) = PAGE_FREE;
	check_sound();
}

static void a_free_frame_of_another_zone_is_found(void)
{
	unsigned long flags;
	struct page *page;
	pfn_t pfn;

	boot_with_all_kinds_of_pages();
	pfn = leaf_pfn(zone, listed_leaf());
	while (free_block_order(pfn) < 0)
		pfn++;
	page = pfn_to_page(pfn);
	flags = page_flags(page);
	set_page_flags(page, (flags & ~(7UL << ZONES_SHIFT)) | (unsigned long)ZONE_DMA << ZONES_SHIFT);
	check_broken("which is not its own");
	set_page_flags(page, flags);
	*frame_state(page) = PAGE_FREE;
	zone->spanned_pages -= 1024;
	check_broken("where it does not lie");
	zone->spanned_pages += 1024;
	check_sound();
}

static void a_leaf_of_the_wrong_type_is_found(void)
{
	enum migratetype type;
	u32 no;

	boot_with_all_kinds_of_pages();
	no = listed_leaf();
	type = (enum migratetype)zone->leaves[no].migratetype;
	leaves_set_type(zone, no, 1, MIGRATE_CMA);
	check_broken("is not on the list that it names");
	leaves_set_type(zone, no, 1, type);
	zone->leaves[no].migratetype = MIGRATE_CMA;
	check_broken("frees take it for");
	zone->leaves[no].migratetype = (u8)type;
	no = whole_block(10, &type);
	leaves_set_type(zone, no + 1, 1, MIGRATE_CMA);
	check_broken("in no block of its type");
	leaves_set_type(zone, no + 1, 1, type);
	check_sound();
}

static void buddies_that_were_not_merged_are_found(void)
{
	enum migratetype type;
	u32 no;

	boot_with_all_kinds_of_pages();
	no = whole_block(10, &type);
	/* by hand: a block of order 10 as two of order 9 */
	bit_tree_clear(&zone->parts->blocks[1].tree[type], no / 2);
	zone->parts->blocks[1].nr[type]--;
	bit_tree_set(&zone->parts->blocks[0].tree[type], no);
	bit_tree_set(&zone->parts->blocks[0].tree[type], no + 1);
	zone->parts->blocks[0].nr[type] += 2;
	check_broken("was not merged with its buddy");
}

static void a_leaf_on_the_wrong_list_is_found(void)
{
	struct page_leaf *leaf;

	boot_with_all_kinds_of_pages();
	leaf = &zone->leaves[listed_leaf()];
	leaf->order--;
	check_broken("not of its largest block");
	leaf->order++;
	check_sound();
	zone->pools[0].orders[leaf->migratetype] ^= (u16)(1U << leaf->order);
	check_broken("word of orders is wrong");
	zone->pools[0].orders[leaf->migratetype] ^= (u16)(1U << leaf->order);
	check_sound();
}

static void a_torn_list_is_found(void)
{
	struct page_leaf *leaf;

	boot_with_all_kinds_of_pages();
	leaf = &zone->leaves[listed_leaf()];
	leaf->prev = 7;
	check_broken("is torn");
	leaf->prev = 0;
	leaf->next = leaf_number(zone, page_to_pfn(taken)) + 1;
	check_broken("is torn");
	leaf->next = 0;
	check_sound();
}

static void pages_in_use_on_a_cpus_list_are_found(void)
{
	boot_with_all_kinds_of_pages();
	*frame_state(listed) = PAGE_HELD;
	check_broken("on CPU 0's list is in use");
	*frame_state(listed) = 0;
	*frame_state(listed) = PAGE_RESERVED;
	check_broken("on CPU 0's list is in use");
	*frame_state(listed) = 0;
	check_sound();
}

static void a_page_that_nobody_has_is_found(void)
{
	boot_with_all_kinds_of_pages();
	/* lost: neither reserved nor managed */
	SetPageReserved(taken);
	check_broken("pages are managed, but");
	ClearPageReserved(taken);
	check_sound();
}

static void a_taken_leaf_with_unwritten_structures_is_found(void)
{
	boot_with_all_kinds_of_pages();
	change_leaf_kind(page_to_pfn(taken), LEAF_IS_LAZY, LEAF_IS_LAZY);
	check_broken("has unwritten structures but is not free");
	CHECK_EQ(leaf_of(page_to_pfn(taken))->is_whole, false);
}

const struct tap_test tap_tests[] = {
	TEST(wrong_counts_are_found),
	TEST(a_leaf_whose_marks_are_wrong_is_found),
	TEST(a_free_frame_in_use_is_found),
	TEST(a_free_frame_of_another_zone_is_found),
	TEST(a_leaf_of_the_wrong_type_is_found),
	TEST(buddies_that_were_not_merged_are_found),
	TEST(a_leaf_on_the_wrong_list_is_found),
	TEST(a_torn_list_is_found),
	TEST(pages_in_use_on_a_cpus_list_are_found),
	TEST(a_page_that_nobody_has_is_found),
	TEST(a_taken_leaf_with_unwritten_structures_is_found),
	{ NULL, NULL },
};
