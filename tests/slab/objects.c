/* SPDX-License-Identifier: MIT */
/*
 * objects.c - machines with objects, and contents of objects, for the tests of mm/slab.
 */
#include <quire/memory_hotplug.h>

#include "tests/slab/objects.h"

struct quire_machine *objects_machine(const struct slab_engine *engine, unsigned int nr_cpus, phys_addr_t ram)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, ram, 0);
	m->nr_cpus = nr_cpus;
	m->objects.engine = engine;
	return m;
}

struct quire_machine *objects_boot(const struct slab_engine *engine, unsigned int nr_cpus, phys_addr_t ram)
{
	struct quire_machine *m = objects_machine(engine, nr_cpus, ram);

	REQUIRE(test_machine_boot(m) == 0);
	return m;
}

struct quire_machine *objects_boot_debug(const struct slab_engine *engine, slab_flags_t flags)
{
	struct quire_machine *m = objects_machine(engine, 1, 32 * MB);

	m->objects.debug = flags;
	REQUIRE(test_machine_boot(m) == 0);
	return m;
}

struct quire_machine *objects_boot_and_plug(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 2, 16 * MB);

	m->memory_block_size = 4 * MB;
	test_hotplug(m, 64 * MB, 8 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	test_plug(m, 64 * MB, 8 * MB);
	mhp_set_default_online_type(MMOP_ONLINE_KERNEL);
	REQUIRE(add_memory(1, 64 * MB, 8 * MB, MHP_NONE) == 0);
	return m;
}

/* Every byte differs from its neighbours, and from the same byte of another object. */
static unsigned char byte_of(unsigned int tag, size_t at)
{
	return (unsigned char)(tag * 167u + (tag >> 8) * 59u + at * 13u + 1);
}

void objects_fill(void *object, size_t size, unsigned int tag)
{
	unsigned char *p = object;
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = byte_of(tag, i);
}

bool objects_are_filled(const void *object, size_t size, unsigned int tag)
{
	const unsigned char *p = object;
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != byte_of(tag, i))
			return false;
	return true;
}

void objects_check(void)
{
	const char *why = kmem_cache_validate();

	CHECK_STR(why ? why : "sound", "sound");
}

unsigned long objects_in_use(struct kmem_cache *cache)
{
	struct slabinfo info;

	get_slabinfo(cache, &info);
	return info.active_objs - info.cached_objs;
}
