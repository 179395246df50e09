/* SPDX-License-Identifier: MIT */
/*
 * percpu_map_test.c - the map of one chunk, and whether percpu_validate sees what is wrong
 * with it.
 */
#include <string.h>

#include <quire/quire.h>

#include "mm/kvirt/percpu_internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)
#define UNIT 4096
#define GRANULES (UNIT / PERCPU_GRANULE)
#define BASE ((char *)0x10000)

static unsigned long memory[(sizeof(struct percpu_chunk) + 2 * GRANULES / 8) / sizeof(long)];

/* A chunk of its own, whose units need not exist. */
static struct percpu_chunk *make_chunk(void)
{
	struct percpu_chunk *chunk;

	this_quire()->percpu.unit_size = UNIT;
	CHECK_EQ(percpu_chunk_bytes(false), sizeof(memory));
	memset(memory, 0xa5, sizeof(memory));
	chunk = percpu_chunk_init(memory, false);
	percpu_chunk_place(chunk, BASE, PERCPU_EXACT);
	return chunk;
}

static struct percpu_chunk *new_chunk(void)
{
	test_machine_new();
	return make_chunk();
}

/*
 *   static |aaaa|b|cc|....
 */
static void runs_are_taken_first_fit_behind_the_static_variables(void)
{
	struct percpu_chunk *chunk = new_chunk();

	percpu_map_set_static(chunk, 13);
	CHECK_EQ(chunk->nr_usable, GRANULES - 4);
	CHECK_EQ(percpu_map_take(chunk, 4, 1), 4);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), 8);
	CHECK_EQ(percpu_map_take(chunk, 2, 1), 9);
	CHECK_EQ(percpu_map_length(chunk, 4), 4);
	CHECK_EQ(percpu_map_length(chunk, 5), 0);
	CHECK_EQ(percpu_map_length(chunk, 8), 1);
	CHECK_EQ(percpu_map_length(chunk, 9), 2);
	CHECK_EQ(percpu_map_length(chunk, 11), 0);
	CHECK_EQ(percpu_map_length(chunk, GRANULES), 0);
	CHECK_EQ(chunk->nr_free, GRANULES - 11);
	percpu_map_give(chunk, 4);
	CHECK_EQ(percpu_map_take(chunk, 5, 1), 11);
	CHECK_EQ(percpu_map_take(chunk, 3, 1), 4);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), 7);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), 16);
}

static void a_unit_can_be_filled_to_the_last_granule(void)
{
	struct percpu_chunk *chunk = new_chunk();

	CHECK_EQ(percpu_map_take(chunk, GRANULES + 1, 1), -1);
	CHECK_EQ(percpu_map_take(chunk, GRANULES, GRANULES), 0);
	CHECK_EQ(chunk->longest_free, 0);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), -1);
	CHECK_EQ(percpu_map_length(chunk, 0), GRANULES);
	percpu_map_give(chunk, 0);
	CHECK(percpu_chunk_is_empty(chunk));
	CHECK_EQ(chunk->longest_free, GRANULES);
	CHECK_EQ(percpu_map_take(chunk, GRANULES - 1, 1), 0);
	CHECK_EQ(percpu_map_take(chunk, 2, 1), -1);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), GRANULES - 1);
}

/* A gap before an aligned run stays free for whom it fits. */
static void alignment_leaves_a_gap_that_is_used_later(void)
{
	struct percpu_chunk *chunk = new_chunk();

	CHECK_EQ(percpu_map_take(chunk, 1, 1), 0);
	CHECK_EQ(percpu_map_take(chunk, 16, 16), 16);
	CHECK_EQ(percpu_map_take(chunk, 15, 1), 1);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), 32);
	CHECK_EQ(percpu_map_take(chunk, 1, 512), 512);
	CHECK_EQ(percpu_map_take(chunk, 1, 512), -1);
	CHECK_EQ(chunk->longest_free, GRANULES - 513);
}

/* Every second granule is free: the search that finds nothing learns that. */
static void a_search_in_vain_makes_the_hints_exact(void)
{
	struct percpu_chunk *chunk = new_chunk();
	size_t at;

	for (at = 0; at < GRANULES; at++)
		CHECK_EQ(percpu_map_take(chunk, 1, 1), at);
	for (at = 10; at < GRANULES; at += 2)
		percpu_map_give(chunk, at);
	CHECK_EQ(chunk->longest_free, 1);
	CHECK_EQ(chunk->first_free, 10);
	chunk->longest_free = chunk->nr_free;
	chunk->first_free = 0;
	CHECK_EQ(percpu_map_take(chunk, 2, 1), -1);
	CHECK_EQ(chunk->longest_free, 1);
	CHECK_EQ(chunk->first_free, 10);
}

/* Neighbours that are given back become one run, from whichever side. */
static void free_neighbours_become_one_run(void)
{
	static const size_t orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 0, 2, 1 }, { 1, 0, 2 } };
	size_t i, j;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct percpu_chunk *chunk = new_chunk();

		for (j = 0; j < 4; j++)
			CHECK_EQ(percpu_map_take(chunk, 100, 1), j * 100);
		CHECK_EQ(percpu_map_take(chunk, GRANULES - 400, 1), 400);
		for (j = 0; j < 3; j++)
			percpu_map_give(chunk, orders[i][j] * 100);
		CHECK_EQ(chunk->longest_free, 300);
		CHECK_EQ(percpu_map_take(chunk, 301, 1), -1);
		CHECK_EQ(percpu_map_take(chunk, 300, 1), 0);
	}
}

/*
 * The per-CPU pointer is the address less delta: a granule at the address delta would be
 * NULL to those who are given it.
 */
static void a_pointer_that_would_be_null_is_never_given(void)
{
	struct percpu_chunk *chunk;

	test_machine_new();
	this_quire()->percpu.delta = (uintptr_t)BASE + 40;
	chunk = make_chunk();
	CHECK_EQ(chunk->nr_usable, GRANULES - 1);
	CHECK(percpu_chunk_is_empty(chunk));
	CHECK_EQ(percpu_map_take(chunk, GRANULES, 1), -1);
	CHECK_EQ(percpu_map_take(chunk, 8, 1), 0);
	CHECK_EQ(percpu_map_take(chunk, 8, 1), 11);
	CHECK_EQ(percpu_map_take(chunk, 2, 1), 8);
	CHECK_EQ(percpu_map_take(chunk, 1, 1), 19);
}

/* ---- the validator ---- */

static struct percpu_chunk *chunk_of(const void *ptr)
{
	return percpu_chunk_find((uintptr_t)per_cpu_ptr((char *)ptr, 0));
}

/* Changes a number of a sound chunk, and puts it back: seen, and sound again. */
#define CHECK_SEEN(number, wrong)                             \
	do {                                                  \
		__typeof__(number) right = (number);          \
		(number) = (wrong);                           \
		CHECK_EQ(percpu_validate(), -EINVAL);         \
		(number) = right;                             \
		CHECK_EQ(percpu_validate(), 0);               \
	} while (0)

static void whatever_is_wrong_is_found(void)
{
	struct quire_machine *m = test_machine_new();
	struct percpu_state *ps = &this_quire()->percpu;
	struct percpu_chunk *chunk;
	char *ptr;

	CHECK_EQ(percpu_validate(), 0);
	test_bank(m, MB(16), MB(64), 0);
	m->nr_cpus = 2;
	REQUIRE(!test_machine_boot(m));
	ptr = __alloc_percpu(64, 1);
	REQUIRE(ptr);
	chunk = chunk_of(ptr);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_SEEN(chunk->nr_free, chunk->nr_free - 1);
	CHECK_SEEN(chunk->nr_usable, 1);
	CHECK_SEEN(chunk->longest_free, chunk->longest_free - 1);
	CHECK_SEEN(chunk->longest_free, 1);
	CHECK_SEEN(chunk->longest_free, 2 * chunk->longest_free);
	CHECK_SEEN(chunk->first_free, chunk->nr_granules);
	CHECK_SEEN(chunk->last_taken, 15);
	CHECK_SEEN(chunk->taken[0], chunk->taken[0] & ~1UL);
	CHECK_SEEN(chunk->taken[0], chunk->taken[0] | 1UL << 30);
	CHECK_SEEN(chunk->begun[0], 0);
	CHECK_SEEN(chunk->begun[0], chunk->begun[0] | 1UL << 20);
	CHECK_SEEN(chunk->slot, 1);
	CHECK_SEEN(ps->filled_slots, 0);
	CHECK_SEEN(ps->filled_slots, ps->filled_slots | 2);
	CHECK_SEEN(ps->nr_chunks, 2);
	CHECK_SEEN(ps->nr_empty, 1);
	CHECK_SEEN(ps->nr_pages, ps->nr_pages + 1);
	CHECK(log_contains("percpu: chunk at "));
	free_percpu(ptr);
	CHECK_EQ(percpu_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(runs_are_taken_first_fit_behind_the_static_variables),
	TEST(a_unit_can_be_filled_to_the_last_granule),
	TEST(alignment_leaves_a_gap_that_is_used_later),
	TEST(a_search_in_vain_makes_the_hints_exact),
	TEST(free_neighbours_become_one_run),
	TEST(a_pointer_that_would_be_null_is_never_given),
	TEST(whatever_is_wrong_is_found),
	{ NULL, NULL },
};
