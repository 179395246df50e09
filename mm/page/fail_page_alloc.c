/* SPDX-License-Identifier: MIT */
/*
 * fail_page_alloc.c - the page allocator fails at random, as much as the knobs say.
 *
 * The random numbers are the library's own, from a seed and a count of draws: the same
 * calls with the same knobs fail at the same places again, and two CPUs need no lock for
 * them. A knob is a row of a table: its name, its range, and where it stands.
 */
#include <quire/fault.h>
#include <quire/gfp.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

#define LONG_LIMIT ((long)(~0UL >> 1))
#define S32_LIMIT 0x7fffffffL

enum knob {
	KNOB_PROBABILITY,
	KNOB_INTERVAL,
	KNOB_TIMES,
	KNOB_SPACE,
	KNOB_VERBOSE,
	KNOB_IGNORE_HIGHMEM,
	KNOB_IGNORE_WAIT,
	KNOB_MIN_ORDER,
	KNOB_SEED,
	NR_KNOBS
};

static const struct knob_row {
	const char *name;
	long min, max;
} knobs[NR_KNOBS] = {
	[KNOB_PROBABILITY] = { "probability", 0, 100 },
	[KNOB_INTERVAL] = { "interval", 1, LONG_LIMIT },
	[KNOB_TIMES] = { "times", -1, S32_LIMIT },
	[KNOB_SPACE] = { "space", 0, S32_LIMIT },
	[KNOB_VERBOSE] = { "verbose", 0, 2 },
	[KNOB_IGNORE_HIGHMEM] = { "ignore-gfp-highmem", 0, 1 },
	[KNOB_IGNORE_WAIT] = { "ignore-gfp-wait", 0, 1 },
	[KNOB_MIN_ORDER] = { "min-order", 0, MAX_ORDER_LIMIT - 1 },
	[KNOB_SEED] = { "seed", 0, LONG_LIMIT },
};

static const struct fail_page_alloc defaults = {
	.attr = { .interval = 1, .times = 1, .verbose = 2 },
	.ignore_gfp_highmem = true,
	.ignore_gfp_wait = true,
	.min_order = 1,
};

static enum knob find_knob(const char *name)
{
	enum knob knob = 0;

	while (knob < NR_KNOBS && !quire_streq(knobs[knob].name, name))
		knob++;
	return knob;
}

const char *fail_page_alloc_knob(size_t n)
{
	return n < NR_KNOBS ? knobs[n].name : NULL;
}

static void write_knob(struct fail_page_alloc *fail, enum knob knob, long value)
{
	switch (knob) {
	case KNOB_PROBABILITY:
		fail->attr.probability = (unsigned long)value;
		break;
	case KNOB_INTERVAL:
		fail->attr.interval = (unsigned long)value;
		break;
	case KNOB_TIMES:
		fail->attr.times = (s32)value;
		break;
	case KNOB_SPACE:
		fail->attr.space = (s32)value;
		break;
	case KNOB_VERBOSE:
		fail->attr.verbose = (unsigned long)value;
		break;
	case KNOB_IGNORE_HIGHMEM:
		fail->ignore_gfp_highmem = value;
		break;
	case KNOB_IGNORE_WAIT:
		fail->ignore_gfp_wait = value;
		break;
	case KNOB_MIN_ORDER:
		fail->min_order = (unsigned int)value;
		break;
	case KNOB_SEED:
		fail->attr.seed = (u64)value;
		break;
	case NR_KNOBS:
		break;
	}
}

static long read_knob(const struct fail_page_alloc *fail, enum knob knob)
{
	switch (knob) {
	case KNOB_PROBABILITY:
		return (long)fail->attr.probability;
	case KNOB_INTERVAL:
		return (long)fail->attr.interval;
	case KNOB_TIMES:
		return load_relaxed(fail->attr.times);
	case KNOB_SPACE:
		return load_relaxed(fail->attr.space);
	case KNOB_VERBOSE:
		return (long)fail->attr.verbose;
	case KNOB_IGNORE_HIGHMEM:
		return fail->ignore_gfp_highmem;
	case KNOB_IGNORE_WAIT:
		return fail->ignore_gfp_wait;
	case KNOB_MIN_ORDER:
		return (long)fail->min_order;
	case KNOB_SEED:
		return (long)fail->attr.seed;
	case NR_KNOBS:
		break;
	}
	return 0;
}

/* What is set, or what stands for it while nothing was. */
static const struct fail_page_alloc *current_knobs(void)
{
	const struct fail_page_alloc *fail = &this_quire()->fault.page_alloc;

	return fail->attr.interval ? fail : &defaults;
}

int fail_page_alloc_get(const char *name, long *value)
{
	enum knob knob = find_knob(name);

	if (!CONFIG_FAULT_INJECTION || knob == NR_KNOBS)
		return -ENOENT;
	*value = read_knob(current_knobs(), knob);
	return 0;
}

int fail_page_alloc_set(const char *name, long value)
{
	struct fault_state *f = &this_quire()->fault;
	enum knob knob = find_knob(name);

	if (!CONFIG_FAULT_INJECTION || knob == NR_KNOBS)
		return -ENOENT;
	if (value < knobs[knob].min || value > knobs[knob].max)
		return -EINVAL;
	f->page_alloc = *current_knobs();
	write_knob(&f->page_alloc, knob, value);
	f->page_alloc.attr.count = 0;
	f->page_alloc.attr.failed = 0;
	f->page_alloc.attr.draws = 0;
	f->on &= ~(unsigned int)FAULT_PAGE;
	if (f->page_alloc.attr.probability)
		f->on |= FAULT_PAGE;
	return 0;
}

void fail_page_alloc_off(void)
{
	struct fault_state *f = &this_quire()->fault;

	f->on &= ~(unsigned int)FAULT_PAGE;
	f->page_alloc = (struct fail_page_alloc){ .min_order = 0 };
}

/* ---- does this one fail? ---- */

/* 0 .. 99. The mixing function is splitmix64's. */
static unsigned int random_percent(struct fault_attr *attr)
{
	u64 z = attr->seed + count_up(&attr->draws) * 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (unsigned int)((u32)((z ^ (z >> 31)) >> 32) % 100);
}

/* One failure more; false: there were as many as are wanted. */
static bool take_one_time(struct fault_attr *attr)
{
	return load_relaxed(attr->times) == -1 || drop_reference(&attr->times) >= 0;
}

static bool attr_hits(struct fault_attr *attr, s32 size)
{
	if (!load_relaxed(attr->times))
		return false;
	if (load_relaxed(attr->space) > size && subtract_if_enough(&attr->space, size))
		return false;
	if (attr->interval > 1 && count_up(&attr->count) % attr->interval)
		return false;
	return random_percent(attr) < attr->probability && take_one_time(attr);
}

static bool is_spared(const struct fail_page_alloc *fail, gfp_t gfp, unsigned int order)
{
	return order < fail->min_order || (gfp & __GFP_NOFAIL) ||
	       (fail->ignore_gfp_highmem && (gfp & __GFP_HIGHMEM)) ||
	       (fail->ignore_gfp_wait && (gfp & __GFP_DIRECT_RECLAIM));
}

static void log_failure(const struct fault_attr *attr, gfp_t gfp, unsigned int order)
{
	if (!attr->verbose || (gfp & __GFP_NOWARN))
		return;
	pr_info("FAULT_INJECTION: forcing a failure.");
	pr_info("name fail_page_alloc, interval %lu, probability %lu, space %d, times %d",
		attr->interval, attr->probability, (int)load_relaxed(attr->space),
		(int)load_relaxed(attr->times));
	if (attr->verbose > 1)
		pr_info("order:%u, gfp:0x%x", order, gfp);
}

bool fail_page_alloc_hits(gfp_t gfp, unsigned int order)
{
	struct fail_page_alloc *fail = &this_quire()->fault.page_alloc;

	if (is_spared(fail, gfp, order) || !attr_hits(&fail->attr, (s32)1 << order))
		return false;
	count_up(&fail->attr.failed);
	log_failure(&fail->attr, gfp, order);
	return true;
}
