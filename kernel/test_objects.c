/* SPDX-License-Identifier: MIT */
/*
 * test_objects.c - objects on the machine itself: their contents, their order, and guard pages that the
 * CPU's own MMU enforces: the access that is wrong traps, is reported, and is done all the same.
 */
#include <quire/kfence.h>
#include <quire/kmalloc.h>

#include "kernel/internal.h"

#define NR_OBJECTS 2000

static size_t size_of(unsigned long i)
{
	return 8 + i * 37 % 3000;
}

static void fill(unsigned char *object, size_t size, unsigned long tag)
{
	size_t i;

	for (i = 0; i < size; i++)
		object[i] = (unsigned char)(tag * 167 + i * 13);
}

static bool is_filled(const unsigned char *object, size_t size, unsigned long tag)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (object[i] != (unsigned char)(tag * 167 + i * 13))
			return false;
	return true;
}

/* Objects of many sizes at a time, each with its own contents. */
static bool keep_their_contents(void)
{
	static unsigned char *objects[NR_OBJECTS];
	bool is_well = true;
	unsigned long i;

	for (i = 0; i < NR_OBJECTS; i++) {
		objects[i] = kmalloc(size_of(i), GFP_KERNEL);
		is_well &= objects[i] != NULL;
		if (objects[i])
			fill(objects[i], size_of(i), i);
	}
	for (i = 0; i < NR_OBJECTS; i++) {
		is_well &= objects[i] && is_filled(objects[i], size_of(i), i);
		kfree(objects[i]);
		objects[i] = NULL; /* a word that leads somewhere hides a leak */
	}
	return is_well;
}

static unsigned long nr_bugs(void)
{
	struct kfence_counts counts;

	kfence_count(&counts);
	return counts.nr_bugs;
}

/* As addresses: the compiler knows that such accesses are wrong. */
static void write_at(uintptr_t at)
{
	*(volatile char *)at = 1;
}
static void read_at(uintptr_t at)
{
	(void)*(volatile char *)at;
}

/* An object of a page: there is nothing between it and the guards. */
static void test_guards(void)
{
	unsigned long before = nr_bugs();
	uintptr_t object;
	bool is_sampled;

	/* The tests before this one look at all of the direct map: so it has no holes before. */
	test_result(!kfence_enable(20), "guard pages are taken out of the direct map");
	kfence_tick();
	object = (uintptr_t)kmalloc(PAGE_SIZE, GFP_KERNEL);
	is_sampled = is_kfence_address((void *)object);
	test_result(is_sampled, "an object is put between guard pages");
	if (!is_sampled)
		return;
	write_at(object + PAGE_SIZE);
	test_result(nr_bugs() == before + 1, "a write behind it is reported, and the kernel goes on");
	kfree((void *)object);
	read_at(object);
	test_result(nr_bugs() == before + 2, "a read after it was given back is reported, too");
}

void test_objects(void)
{
	const char *why;

	test_result(keep_their_contents(), "%u objects of all sizes keep their contents", NR_OBJECTS);
	test_guards();
	why = kmem_cache_validate();
	test_result(!why, "the caches are sound");
	if (why)
		console_printf("# %s\n", why);
}
