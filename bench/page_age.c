/* SPDX-License-Identifier: MIT */
/*
 * page_age.c - the load that ages an allocator.
 *
 * About half of the memory is in use, in blocks of orders 0 .. 9, each order half as often
 * as the one below. A random slot at a time is emptied if it holds a block and filled if it
 * does not. Three of four slots hold memory that could be moved (a process's pages), one of
 * four memory that stays (a kernel's own): and those live eight times as long, for long
 * lives among short ones are what breaks memory up. What is drawn does not depend on what
 * the allocator does: all see the same requests.
 *
 * Nothing is moved, so the first figure tells how well requests are packed. The second,
 * taken after all movable memory has gone, tells how well the two kinds were kept apart: it
 * is what compaction or reclaim could make of the memory at best.
 */
#include "bench/page_age.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/page_workloads.h"

#define BLOCK_FRAMES 5.5 /* on average; half of the slots are full */

struct ageing {
	const struct page_subject *subject;
	page_handle *slots;
	uint8_t *orders;
	uint32_t nr_slots;
	size_t refused;
};

static bool is_movable(uint32_t slot)
{
	return slot % 4 != 0;
}

static void empty(struct ageing *ageing, uint32_t slot)
{
	const struct page_subject *subject = ageing->subject;

	if (is_movable(slot))
		subject->free_movable(0, ageing->slots[slot], ageing->orders[slot]);
	else
		subject->free(0, ageing->slots[slot], ageing->orders[slot]);
	ageing->slots[slot] = 0;
}

static void fill(struct ageing *ageing, uint32_t slot, unsigned int order)
{
	const struct page_subject *subject = ageing->subject;

	ageing->slots[slot] =
		is_movable(slot) ? subject->alloc_movable(0, order) : subject->alloc(0, order);
	ageing->orders[slot] = (uint8_t)order;
	ageing->refused += !ageing->slots[slot];
}

static void load(struct ageing *ageing, size_t operations)
{
	struct bench_random random = { 0x2545f4914f6cdd1du };

	while (operations-- > 0) {
		uint32_t slot = bench_random_below(&random, ageing->nr_slots);
		unsigned int order = page_random_order(&random, MIX_GEOMETRIC);

		/* Seven of eight times memory that stays is left alone, and a neighbour taken. */
		if (!is_movable(slot) && bench_random_below(&random, 8) &&
		    slot + 1 < ageing->nr_slots)
			slot++;
		if (ageing->slots[slot])
			empty(ageing, slot);
		else
			fill(ageing, slot, order);
	}
}

static void take_shares(const struct page_subject *subject, double *free_share, double *usable)
{
	size_t usable_frames = subject->usable_frames(); /* first: it calls back what CPUs keep */
	size_t free_frames = subject->free_frames();

	*free_share = (double)free_frames;
	*usable = free_frames ? (double)usable_frames / (double)free_frames : 0;
}

static void empty_all(struct ageing *ageing, bool movable)
{
	uint32_t slot;

	for (slot = 0; slot < ageing->nr_slots; slot++)
		if (ageing->slots[slot] && is_movable(slot) == movable)
			empty(ageing, slot);
}

void page_age_run(const struct page_subject *subject, size_t frames, size_t operations,
		  struct page_age *age)
{
	struct ageing ageing = { .subject = subject };
	struct stopwatch watch = { .ns = 0 };
	size_t free_at_first = subject->free_frames();

	ageing.nr_slots = (uint32_t)((double)frames / BLOCK_FRAMES);
	ageing.slots = calloc(ageing.nr_slots, sizeof(*ageing.slots));
	ageing.orders = calloc(ageing.nr_slots, 1);
	if (!ageing.slots || !ageing.orders) {
		fprintf(stderr, "page_bench: out of memory\n");
		exit(1);
	}
	if (subject->enter)
		subject->enter(0);
	stopwatch_start(&watch);
	load(&ageing, operations);
	stopwatch_stop(&watch);
	*age = (struct page_age){ .operations = operations,
				  .refused = ageing.refused,
				  .ns = watch.ns / (double)operations };
	take_shares(subject, &age->free_share, &age->usable_share);
	empty_all(&ageing, true);
	take_shares(subject, &age->late_free_share, &age->late_usable_share);
	age->free_share /= (double)free_at_first;
	age->late_free_share /= (double)free_at_first;
	empty_all(&ageing, false);
	free(ageing.slots);
	free(ageing.orders);
}
