/* SPDX-License-Identifier: MIT */
/*
 * tlb_test.c - the TLB by itself: what it remembers, what gives way, what each flush takes;
 * and random use of it against a model that has one list and no sets to search.
 */
#include <errno.h>
#include <stdlib.h>

#include "port/host/tlb.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define PAGE 12u
#define LARGE 21u

static struct tlb make(unsigned int sets, unsigned int ways, enum tlb_replacement replacement)
{
	const struct tlb_shape shape = { sets, ways, replacement };
	struct tlb tlb;

	REQUIRE(tlb_init(&tlb, &shape) == 0);
	return tlb;
}

static void put(struct tlb *tlb, u64 va, unsigned int shift, unsigned int tag, bool is_global)
{
	tlb_insert(tlb, va, shift, tag, is_global)->seen.phys = va + tag;
}

static bool has(struct tlb *tlb, u64 va, unsigned int tag)
{
	return tlb_find(tlb, va, tag) != NULL;
}

static unsigned long flush(struct tlb *tlb, u64 first, u64 last, unsigned int tag, bool with_global)
{
	const struct tlb_range range = { first, last, tag, with_global };

	return tlb_flush(tlb, &range);
}

/* ---- shapes ---- */

static void impossible_shapes_are_refused(void)
{
	static const struct tlb_shape shapes[] = {
		{ 0, 4, TLB_LRU }, { 4, 0, TLB_LRU }, { 3, 4, TLB_LRU },
		{ 4, 4, (enum tlb_replacement)2 },
	};
	struct tlb tlb;
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		CHECK_EQ(tlb_init(&tlb, &shapes[i]), -EINVAL);
}

static void an_empty_tlb_misses_and_counts_it(void)
{
	struct tlb tlb = make(4, 2, TLB_LRU);

	CHECK(!has(&tlb, 0, 0));
	CHECK(!has(&tlb, 0x1000, 0));
	CHECK_EQ(tlb.counts.misses, 2);
	CHECK_EQ(tlb.counts.hits, 0);
	tlb_free(&tlb);
}

/* ---- finding ---- */

static void an_entry_serves_its_page_and_no_byte_more(void)
{
	struct tlb tlb = make(4, 2, TLB_LRU);

	put(&tlb, 0x7123, PAGE, 0, false);
	put(&tlb, 0x40000000, LARGE, 0, false);
	CHECK(has(&tlb, 0x7000, 0));
	CHECK(has(&tlb, 0x7fff, 0));
	CHECK(!has(&tlb, 0x6fff, 0));
	CHECK(!has(&tlb, 0x8000, 0));
	CHECK(has(&tlb, 0x401fffff, 0));
	CHECK(!has(&tlb, 0x40200000, 0));
	CHECK_EQ(tlb.counts.hits, 3);
	CHECK_EQ(tlb.counts.misses, 3);
	tlb_free(&tlb);
}

static void each_tag_has_its_own_entries_and_global_ones_serve_all(void)
{
	struct tlb tlb = make(1, 4, TLB_LRU);

	put(&tlb, 0x1000, PAGE, 1, false);
	put(&tlb, 0x1000, PAGE, 2, false);
	put(&tlb, 0x2000, PAGE, 1, true);
	CHECK_EQ(tlb_find(&tlb, 0x1000, 1)->seen.phys, 0x1001);
	CHECK_EQ(tlb_find(&tlb, 0x1000, 2)->seen.phys, 0x1002);
	CHECK(!has(&tlb, 0x1000, 3));
	CHECK(has(&tlb, 0x2000, 3));
	tlb_free(&tlb);
}

static void the_same_page_again_takes_the_same_entry(void)
{
	struct tlb tlb = make(1, 2, TLB_LRU);

	put(&tlb, 0x1000, PAGE, 1, false);
	put(&tlb, 0x2000, PAGE, 1, false);
	tlb_insert(&tlb, 0x1000, PAGE, 1, false)->seen.phys = 77;
	CHECK_EQ(tlb_find(&tlb, 0x1000, 1)->seen.phys, 77);
	CHECK(has(&tlb, 0x2000, 1));
	CHECK_EQ(tlb.counts.evicted, 0);
	tlb_free(&tlb);
}

/* ---- what gives way ---- */

static void with_lru_the_one_unused_for_longest_gives_way(void)
{
	struct tlb tlb = make(1, 3, TLB_LRU);

	put(&tlb, 0x1000, PAGE, 0, false);
	put(&tlb, 0x2000, PAGE, 0, false);
	put(&tlb, 0x3000, PAGE, 0, false);
	CHECK(has(&tlb, 0x1000, 0));
	put(&tlb, 0x4000, PAGE, 0, false);
	CHECK(!has(&tlb, 0x2000, 0));
	CHECK(has(&tlb, 0x1000, 0) && has(&tlb, 0x3000, 0) && has(&tlb, 0x4000, 0));
	CHECK_EQ(tlb.counts.evicted, 1);
	tlb_free(&tlb);
}

static void with_round_robin_use_does_not_help(void)
{
	struct tlb tlb = make(1, 3, TLB_ROUND_ROBIN);

	put(&tlb, 0x1000, PAGE, 0, false);
	put(&tlb, 0x2000, PAGE, 0, false);
	put(&tlb, 0x3000, PAGE, 0, false);
	CHECK(has(&tlb, 0x1000, 0));
	put(&tlb, 0x4000, PAGE, 0, false);
	CHECK(!has(&tlb, 0x1000, 0));
	put(&tlb, 0x5000, PAGE, 0, false);
	CHECK(!has(&tlb, 0x2000, 0));
	CHECK(has(&tlb, 0x3000, 0) && has(&tlb, 0x4000, 0) && has(&tlb, 0x5000, 0));
	tlb_free(&tlb);
}

static void only_pages_of_the_same_set_fight_for_room(void)
{
	struct tlb tlb = make(4, 1, TLB_LRU);

	put(&tlb, 0x0000, PAGE, 0, false);
	put(&tlb, 0x1000, PAGE, 0, false);
	put(&tlb, 0x2000, PAGE, 0, false);
	put(&tlb, 0x3000, PAGE, 0, false);
	CHECK_EQ(tlb.counts.evicted, 0);
	put(&tlb, 0x5000, PAGE, 0, false);
	CHECK_EQ(tlb.counts.evicted, 1);
	CHECK(!has(&tlb, 0x1000, 0));
	CHECK(has(&tlb, 0x0000, 0) && has(&tlb, 0x2000, 0) && has(&tlb, 0x3000, 0));
	tlb_free(&tlb);
}

/* ---- flushing ---- */

/* Two pages of tag 1, one of tag 2, a global one, a large one of tag 1. */
static struct tlb five(void)
{
	struct tlb tlb = make(8, 4, TLB_LRU);

	put(&tlb, 0x1000, PAGE, 1, false);
	put(&tlb, 0x2000, PAGE, 1, false);
	put(&tlb, 0x2000, PAGE, 2, false);
	put(&tlb, 0x3000, PAGE, 1, true);
	put(&tlb, 0x40000000, LARGE, 1, false);
	return tlb;
}

static void a_page_is_flushed_with_its_tag(void)
{
	struct tlb tlb = five();

	CHECK_EQ(flush(&tlb, 0x2abc, 0x2abc, 1, true), 1);
	CHECK(!has(&tlb, 0x2000, 1));
	CHECK(has(&tlb, 0x2000, 2));
	CHECK(has(&tlb, 0x1000, 1));
	CHECK_EQ(flush(&tlb, 0x3000, 0x3000, 2, true), 1);
	CHECK(!has(&tlb, 0x3000, 1));
	CHECK_EQ(flush(&tlb, 0x40100000, 0x40100000, 1, true), 1);
	CHECK(!has(&tlb, 0x40000000, 1));
	tlb_free(&tlb);
}

static void a_range_takes_what_it_touches(void)
{
	struct tlb tlb = five();

	CHECK_EQ(flush(&tlb, 0x2fff, 0x3000, TLB_ANY_TAG, true), 3);
	CHECK(has(&tlb, 0x1000, 1));
	CHECK(has(&tlb, 0x40000000, 1));
	CHECK(!has(&tlb, 0x2000, 1) && !has(&tlb, 0x2000, 2) && !has(&tlb, 0x3000, 1));
	CHECK_EQ(flush(&tlb, 0x40200000, UINT64_MAX, TLB_ANY_TAG, true), 0);
	CHECK_EQ(flush(&tlb, 0x3fffffff, 0x3fffffff, TLB_ANY_TAG, true), 0);
	CHECK_EQ(flush(&tlb, 0x401fffff, UINT64_MAX, TLB_ANY_TAG, true), 1);
	tlb_free(&tlb);
}

static void the_last_page_of_all_addresses_is_flushed(void)
{
	struct tlb tlb = make(2, 2, TLB_LRU);

	put(&tlb, UINT64_MAX - 5, PAGE, 0, false);
	CHECK_EQ(flush(&tlb, 0, UINT64_MAX - 4096, 0, true), 0);
	CHECK_EQ(flush(&tlb, UINT64_MAX, UINT64_MAX, 0, true), 1);
	tlb_free(&tlb);
}

static void a_switch_keeps_what_is_global(void)
{
	struct tlb tlb = five();

	CHECK_EQ(flush(&tlb, 0, UINT64_MAX, 1, false), 3);
	CHECK(has(&tlb, 0x3000, 1));
	CHECK(has(&tlb, 0x2000, 2));
	CHECK_EQ(flush(&tlb, 0, UINT64_MAX, TLB_ANY_TAG, false), 1);
	CHECK(has(&tlb, 0x3000, 5));
	CHECK_EQ(flush(&tlb, 0, UINT64_MAX, TLB_ANY_TAG, true), 1);
	CHECK(!has(&tlb, 0x3000, 1));
	CHECK_EQ(tlb.counts.flushes, 3);
	CHECK_EQ(tlb.counts.flushed, 5);
	CHECK_EQ(tlb.sizes, 0);
	tlb_free(&tlb);
}

/* ---- the model ---- */

struct known {
	u64 va;
	unsigned int shift, tag, way, set;
	bool is_global, is_there;
	u64 used, value;
};

#define MOST 64

struct model {
	struct tlb_shape shape;
	struct known known[MOST]; /* in no order */
	unsigned int turn[MOST];
	u64 now, hits, misses, evicted;
};

static const unsigned int shifts[] = { 12, 21, 30 };

/* Of a global entry and one of the tag for the same page, the one in the lower way. */
static struct known *model_look(struct model *m, u64 va, unsigned int tag, unsigned int shift)
{
	struct known *found = NULL;
	unsigned int i;

	for (i = 0; i < MOST; i++) {
		struct known *k = &m->known[i];

		if (k->is_there && k->shift == shift && va >= k->va && va - k->va < 1ull << shift &&
		    (k->is_global || k->tag == tag) && (!found || k->way < found->way))
			found = k;
	}
	return found;
}

static struct known *model_find(struct model *m, u64 va, unsigned int tag)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct known *k = model_look(m, va, tag, shifts[i]);

		if (k) {
			k->used = ++m->now;
			m->hits++;
			return k;
		}
	}
	m->misses++;
	return NULL;
}

/* The entry of a set and way; NULL: it is free. */
static struct known *model_at(struct model *m, unsigned int set, unsigned int way)
{
	unsigned int i;

	for (i = 0; i < MOST; i++)
		if (m->known[i].is_there && m->known[i].set == set && m->known[i].way == way)
			return &m->known[i];
	return NULL;
}

static unsigned int model_way(struct model *m, unsigned int set)
{
	unsigned int way, oldest = 0;

	for (way = 0; way < m->shape.ways; way++)
		if (!model_at(m, set, way))
			return way;
	m->evicted++;
	for (way = 1; way < m->shape.ways; way++)
		if (model_at(m, set, way)->used < model_at(m, set, oldest)->used)
			oldest = way;
	if (m->shape.replacement == TLB_ROUND_ROBIN)
		oldest = m->turn[set]++ % m->shape.ways;
	model_at(m, set, oldest)->is_there = false;
	return oldest;
}

static void model_insert(struct model *m, u64 va, unsigned int shift, unsigned int tag,
			 bool is_global, u64 value)
{
	struct known *k = model_look(m, va, tag, shift);
	unsigned int set = (unsigned int)((va >> shift) % m->shape.sets), i;
	unsigned int way = k ? k->way : model_way(m, set);

	for (i = 0; !k && i < MOST; i++)
		if (!m->known[i].is_there)
			k = &m->known[i];
	REQUIRE(k);
	*k = (struct known){ va >> shift << shift, shift, tag, way, set, is_global, true, ++m->now,
			     value };
}

static unsigned long model_flush(struct model *m, u64 first, u64 last, unsigned int tag,
				 bool with_global)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < MOST; i++) {
		struct known *k = &m->known[i];

		if (!k->is_there || k->va + ((1ull << k->shift) - 1) < first || k->va > last)
			continue;
		if (k->is_global ? !with_global : tag != TLB_ANY_TAG && tag != k->tag)
			continue;
		k->is_there = false;
		nr++;
	}
	return nr;
}

/* Few pages, so that they meet; some at the top of the addresses. */
static u64 some_address(unsigned int shift)
{
	u64 va = test_random_below(12) << shift | test_random_below(4096);

	return test_random_below(4) ? va : ~va;
}

static void one_step(struct tlb *tlb, struct model *m)
{
	unsigned int shift = shifts[test_random_below(3)], tag = (unsigned int)test_random_below(3);
	u64 va = some_address(shift), value = test_random(), end;
	bool is_global = !test_random_below(4);

	switch (test_random_below(24)) {
	case 0:
		end = some_address(shift);
		tag = test_random_below(2) ? tag : TLB_ANY_TAG;
		CHECK_EQ(flush(tlb, va < end ? va : end, va < end ? end : va, tag, is_global),
			 model_flush(m, va < end ? va : end, va < end ? end : va, tag, is_global));
		break;
	case 1:
		CHECK_EQ(flush(tlb, va, va, tag, true), model_flush(m, va, va, tag, true));
		break;
	case 2 ... 9:
		tlb_insert(tlb, va, shift, tag, is_global)->seen.phys = value;
		model_insert(m, va, shift, tag, is_global, value);
		break;
	default: {
		struct tlb_entry *e = tlb_find(tlb, va, tag);
		struct known *k = model_find(m, va, tag);

		if (CHECK_EQ(e != NULL, k != NULL) && e)
			CHECK_EQ(e->seen.phys, k->value);
	}
	}
}

static void a_tlb_does_what_the_model_does(void)
{
	static const struct tlb_shape shapes[] = {
		{ 1, 1, TLB_LRU },  { 1, 8, TLB_LRU },	       { 4, 4, TLB_LRU },
		{ 16, 2, TLB_LRU }, { 1, 8, TLB_ROUND_ROBIN }, { 8, 3, TLB_ROUND_ROBIN },
	};
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct tlb tlb = make(shapes[i].sets, shapes[i].ways, shapes[i].replacement);
		struct model m = { .shape = shapes[i] };
		unsigned long step;

		for (step = 0; step < test_rounds(20000); step++)
			one_step(&tlb, &m);
		CHECK_EQ(tlb.counts.hits, m.hits);
		CHECK_EQ(tlb.counts.misses, m.misses);
		CHECK_EQ(tlb.counts.evicted, m.evicted);
		CHECK(m.hits > test_rounds(100) && m.misses > test_rounds(100) && m.evicted > test_rounds(50));
		tlb_free(&tlb);
	}
}

const struct tap_test tap_tests[] = {
	TEST(impossible_shapes_are_refused),
	TEST(an_empty_tlb_misses_and_counts_it),
	TEST(an_entry_serves_its_page_and_no_byte_more),
	TEST(each_tag_has_its_own_entries_and_global_ones_serve_all),
	TEST(the_same_page_again_takes_the_same_entry),
	TEST(with_lru_the_one_unused_for_longest_gives_way),
	TEST(with_round_robin_use_does_not_help),
	TEST(only_pages_of_the_same_set_fight_for_room),
	TEST(a_page_is_flushed_with_its_tag),
	TEST(a_range_takes_what_it_touches),
	TEST(the_last_page_of_all_addresses_is_flushed),
	TEST(a_switch_keeps_what_is_global),
	TEST(a_tlb_does_what_the_model_does),
	{ NULL, NULL },
};
