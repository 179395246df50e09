/* SPDX-License-Identifier: MIT */
/*
 * fault_attr.c - knobs that say which calls fail, and the draw.
 *
 * The random numbers are the library's own, from a seed and a count of draws: the same calls
 * with the same knobs fail at the same places again, and two CPUs need no lock for them. A
 * knob is a row of a table: its name, its range, and where it stands.
 */
#include "mm/lib/fault_attr.h"

#include "mm/lib/log.h"
#include "mm/lib/string.h"

#define ATTR_KNOB(knob, min, max, type, member) \
	{ knob, min, max, type, offsetof(struct fault_attr, member) }

/* Before a kind's own, and behind them. */
static const struct fault_knob first_knobs[] = {
	ATTR_KNOB("probability", 0, 100, FAULT_KNOB_LONG, probability),
	ATTR_KNOB("interval", 1, FAULT_LONG_LIMIT, FAULT_KNOB_LONG, interval),
	ATTR_KNOB("times", -1, FAULT_S32_LIMIT, FAULT_KNOB_S32, times),
	ATTR_KNOB("space", 0, FAULT_S32_LIMIT, FAULT_KNOB_S32, space),
	ATTR_KNOB("verbose", 0, 2, FAULT_KNOB_LONG, verbose),
};
static const struct fault_knob last_knob =
	ATTR_KNOB("seed", 0, FAULT_LONG_LIMIT, FAULT_KNOB_U64, seed);

#define NR_FIRST (sizeof(first_knobs) / sizeof(first_knobs[0]))

/* The n-th knob of a kind; NULL past the last. */
static const struct fault_knob *nth_knob(const struct fault_kind *kind, size_t n)
{
	if (n < NR_FIRST)
		return &first_knobs[n];
	n -= NR_FIRST;
	if (n < kind->nr_knobs)
		return &kind->knobs[n];
	return n == kind->nr_knobs ? &last_knob : NULL;
}

static const struct fault_knob *find_knob(const struct fault_kind *kind, const char *name)
{
	const struct fault_knob *knob;
	size_t n = 0;

	while ((knob = nth_knob(kind, n)) != NULL && !quire_streq(knob->name, name))
		n++;
	return knob;
}

const char *fault_kind_knob(const struct fault_kind *kind, size_t n)
{
	const struct fault_knob *knob = nth_knob(kind, n);

	return knob ? knob->name : NULL;
}

static void write_knob(void *fail, const struct fault_knob *knob, long value)
{
	void *at = (char *)fail + knob->offset;

	switch (knob->type) {
	case FAULT_KNOB_LONG:
		*(unsigned long *)at = (unsigned long)value;
		break;
	case FAULT_KNOB_U64:
		*(u64 *)at = (u64)value;
		break;
	case FAULT_KNOB_S32:
		*(s32 *)at = (s32)value;
		break;
	case FAULT_KNOB_UINT:
		*(unsigned int *)at = (unsigned int)value;
		break;
	case FAULT_KNOB_BOOL:
		*(bool *)at = value;
		break;
	}
}

static long read_knob(const void *fail, const struct fault_knob *knob)
{
	const void *at = (const char *)fail + knob->offset;

	switch (knob->type) {
	case FAULT_KNOB_LONG:
		return (long)*(const unsigned long *)at;
	case FAULT_KNOB_U64:
		return (long)*(const u64 *)at;
	case FAULT_KNOB_S32:
		return load_relaxed(*(const s32 *)at);
	case FAULT_KNOB_UINT:
		return (long)*(const unsigned int *)at;
	case FAULT_KNOB_BOOL:
		return *(const bool *)at;
	}
	return 0;
}

static void *kind_state(const struct fault_kind *kind)
{
	return (char *)&this_quire()->fault + kind->offset;
}

/* What is set, or what stands for it while nothing was. */
static const void *current_knobs(const struct fault_kind *kind)
{
	const struct fault_attr *attr = kind_state(kind);

	return attr->interval ? (const void *)attr : kind->defaults;
}

int fault_kind_get(const struct fault_kind *kind, const char *name, long *value)
{
	const struct fault_knob *knob = find_knob(kind, name);

	if (!CONFIG_FAULT_INJECTION || !knob)
		return -ENOENT;
	*value = read_knob(current_knobs(kind), knob);
	return 0;
}

int fault_kind_set(const struct fault_kind *kind, const char *name, long value)
{
	unsigned int *on = &this_quire()->fault.on;
	const struct fault_knob *knob = find_knob(kind, name);
	struct fault_attr *attr = kind_state(kind);

	if (!CONFIG_FAULT_INJECTION || !knob)
		return -ENOENT;
	if (value < knob->min || value > knob->max)
		return -EINVAL;
	if (!attr->interval)
		memcpy(attr, kind->defaults, kind->size);
	write_knob(attr, knob, value);
	attr->count = 0;
	attr->failed = 0;
	attr->draws = 0;
	*on &= ~(unsigned int)kind->bit;
	if (attr->probability)
		*on |= kind->bit;
	return 0;
}

void fault_kind_off(const struct fault_kind *kind)
{
	this_quire()->fault.on &= ~(unsigned int)kind->bit;
	memset(kind_state(kind), 0, kind->size);
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

static bool draw(struct fault_attr *attr, s32 size)
{
	if (!load_relaxed(attr->times))
		return false;
	if (load_relaxed(attr->space) > size && subtract_if_enough(&attr->space, size))
		return false;
	if (attr->interval > 1 && count_up(&attr->count) % attr->interval)
		return false;
	return random_percent(attr) < attr->probability && take_one_time(attr);
}

bool fault_attr_hits(struct fault_attr *attr, size_t size)
{
	if (!draw(attr, size < FAULT_S32_LIMIT ? (s32)size : (s32)FAULT_S32_LIMIT))
		return false;
	count_up(&attr->failed);
	return true;
}

bool fault_attr_log(const struct fault_attr *attr, const char *name)
{
	if (!attr->verbose)
		return false;
	pr_info("FAULT_INJECTION: forcing a failure.");
	pr_info("name %s, interval %lu, probability %lu, space %d, times %d", name, attr->interval,
		attr->probability, (int)load_relaxed(attr->space), (int)load_relaxed(attr->times));
	return attr->verbose > 1;
}
