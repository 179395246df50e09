/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_model_test.c - random objects that lead to one another at random, against a marking that is
 * slow and plain: it reads the same memory, and looks for each word in a list.
 */
#include <string.h>

#include "tests/debug/kmemleak_support.h"

#define OBJECTS 60
#define SLOT 512

/* Each object has a slot of its own in the pages, and begins somewhere in it. */
struct model_object {
	char *start; /* NULL: there is none */
	size_t size;
	int min_count;
	bool is_scanned;
	/* of a marking */
	int count;
	bool was_looked_through;
};

static struct model_object objects[OBJECTS];
static char *slots;

static struct model_object *find(uintptr_t word)
{
	int i;

	for (i = 0; i < OBJECTS; i++)
		if (objects[i].start && word - (uintptr_t)objects[i].start < objects[i].size)
			return &objects[i];
	return NULL;
}

static bool is_grey(const struct model_object *o)
{
	return o->min_count >= 0 && o->count >= o->min_count;
}

static void look_through(const char *start, size_t size, const struct model_object *from)
{
	size_t at = (size_t)(-(uintptr_t)start & (sizeof(void *) - 1));

	for (; at + sizeof(void *) <= size; at += sizeof(void *)) {
		struct model_object *o = find(*(const uintptr_t *)(const void *)(start + at));

		if (o && o != from && o->min_count > 0)
			o->count++;
	}
}

/* Until nothing changes. */
static void mark_all(void)
{
	bool is_done = false;
	int i;

	for (i = 0; i < OBJECTS; i++) {
		objects[i].count = 0;
		objects[i].was_looked_through = false;
	}
	look_through((const char *)leak_roots, sizeof(leak_roots), NULL);
	while (!is_done) {
		is_done = true;
		for (i = 0; i < OBJECTS; i++) {
			struct model_object *o = &objects[i];

			if (!o->start || o->was_looked_through || !is_grey(o))
				continue;
			o->was_looked_through = true;
			is_done = false;
			if (o->is_scanned)
				look_through(o->start, o->size, o);
		}
	}
}

static void compare(unsigned long round)
{
	unsigned int expected = 0;
	int i;

	mark_all();
	for (i = 0; i < OBJECTS; i++) {
		bool leaks = objects[i].start && objects[i].count < objects[i].min_count;

		expected += leaks;
		if (objects[i].start && !CHECK_EQ(is_leak(objects[i].start), leaks))
			tap_note("object %d in round %lu", i, round);
	}
	CHECK_EQ(nr_leaks(), expected);
}

/* ---- what happens ---- */

/* An address in some object, or none, or nonsense. */
static void *some_pointer(void)
{
	const struct model_object *o = &objects[test_random_below(OBJECTS)];

	if (test_random_below(8) == 0)
		return slots + test_random_below(OBJECTS * SLOT);
	return o->start ? o->start + test_random_below(o->size) : NULL;
}

static void create(struct model_object *o, int i)
{
	o->start = slots + (size_t)i * SLOT + test_random_below(SLOT / 4);
	o->size = 1 + test_random_below(SLOT / 2);
	o->min_count = test_random_below(10) ? 1 + (test_random_below(5) == 0) : (int)test_random_below(2) - 1;
	o->is_scanned = true;
	memset(slots + (size_t)i * SLOT, 0, SLOT);
	kmemleak_alloc(o->start, o->size, o->min_count, GFP_KERNEL);
}

static void mark_somehow(struct model_object *o)
{
	switch (test_random_below(12)) {
	case 0:
		kmemleak_not_leak(o->start);
		o->min_count = 0;
		break;
	case 1:
		kmemleak_ignore(o->start);
		o->min_count = -1;
		o->is_scanned = false;
		break;
	case 2:
		kmemleak_no_scan(o->start);
		o->is_scanned = false;
		break;
	default:
		break;
	}
}

static void destroy(struct model_object *o)
{
	kmemleak_free(o->start);
	o->start = NULL;
}

static void link_somehow(struct model_object *o)
{
	void *pointer = some_pointer();

	if (o->size >= sizeof(pointer))
		memcpy(o->start + test_random_below(o->size - sizeof(pointer) + 1), &pointer, sizeof(pointer));
	/* mostly where it counts */
	if (o->size >= 64)
		memcpy((char *)(((uintptr_t)o->start + 8 + (size_t)test_random_below(40)) & ~(uintptr_t)7), &pointer,
		       sizeof(pointer));
}

static void change_something(void)
{
	int i = (int)test_random_below(OBJECTS);
	struct model_object *o = &objects[i];

	if (test_random_below(8) == 0)
		leak_roots[test_random_below(4)] = some_pointer();
	else if (!o->start)
		create(o, i);
	else if (test_random_below(8) == 0)
		destroy(o);
	else if (test_random_below(8) == 0)
		mark_somehow(o);
	else
		link_somehow(o);
}

static void scan_somehow(bool changes)
{
	if (test_random_below(2)) {
		CHECK_EQ(kmemleak_scan(), 0);
		return;
	}
	while (!kmemleak_scan_step(test_random_below(2000)))
		if (changes)
			change_something();
}

static void scans_agree_with_a_plain_marking(void)
{
	unsigned long round, rounds = test_rounds(600);
	int i;

	boot_leak_machine();
	memset(objects, 0, sizeof(objects));
	slots = leak_object(OBJECTS * SLOT, UNANNOUNCED);
	for (round = 0; round < rounds; round++) {
		for (i = (int)test_random_below(60); i >= 0; i--)
			change_something();
		if (test_random_below(3) == 0)
			scan_somehow(true);
		scan_somehow(false);
		scan_somehow(false);
		compare(round);
		CHECK_EQ(kmemleak_validate(), 0);
		if (test_random_below(20) == 0)
			for (i = 0; i < OBJECTS; i++)
				destroy(&objects[i]);
	}
	CHECK_EQ(this_quire()->log.warnings, 0);
}

const struct tap_test tap_tests[] = {
	TEST(scans_agree_with_a_plain_marking),
	{ NULL, NULL },
};
