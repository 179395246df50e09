/* SPDX-License-Identifier: MIT */
/*
 * fragmentation.c - how much the shape of free memory costs, in two numbers.
 *
 * unusable free space index: the share of the free pages that lie in blocks too small for
 * the order: 0 when all could be used, 1000 when none.
 *
 * fragmentation index: if a request of the order failed, why? With B blocks of any order
 * and F free pages, requested = 2^order: 1 - (1 + F / requested) / B, in thousandths.
 * Near 0: too little memory is free, whatever its shape. Near 1000: enough is free, in
 * pieces. It means nothing while a block suffices: then it is -1000.
 */
#include "mm/page/internal.h"

struct free_shape {
	unsigned long pages;     /* free */
	unsigned long blocks;    /* of any order */
	unsigned long suitable;  /* blocks of the order or a higher one, counted in blocks of the order */
};

static struct free_shape shape_of(const struct zone *zone, unsigned int order)
{
	struct free_shape shape = { 0, 0, 0 };
	unsigned long count[MAX_ORDER_LIMIT];
	unsigned int o;

	zone_count_free_blocks(zone, -1, count);
	for (o = 0; o < MAX_ORDER; o++) {
		unsigned long blocks = count[o];

		shape.blocks += blocks;
		shape.pages += blocks << o;
		if (o >= order)
			shape.suitable += blocks << (o - order);
	}
	return shape;
}

/* a / b in thousandths, rounded down; b is not 0. */
static int thousandths(unsigned long a, unsigned long b)
{
	/* a < 2^54 pages on any machine; on 32 bits a * 1000 may overflow: scale both. */
	while (a > ~0UL / 1000) {
		a >>= 1;
		b >>= 1;
	}
	return b ? (int)(a * 1000 / b) : 0;
}

int unusable_free_index(struct zone *zone, unsigned int order)
{
	struct free_shape shape = shape_of(zone, order);

	if (!shape.pages)
		return 1000;
	return thousandths(shape.pages - (shape.suitable << order), shape.pages);
}

int fragmentation_index(struct zone *zone, unsigned int order)
{
	struct free_shape shape = shape_of(zone, order);
	unsigned long per_block;

	if (!shape.blocks)
		return 0;
	if (shape.suitable)
		return -1000;
	/* 1000 + thousandths of F / requested, shared out among the blocks */
	per_block = (1000 + (unsigned long)thousandths(shape.pages, 1UL << order)) / shape.blocks;
	return 1000 - (int)per_block;
}
