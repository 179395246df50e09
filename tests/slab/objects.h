/* SPDX-License-Identifier: MIT */
/*
 * objects.h - what tests of mm/slab share: machines with each engine, and contents that tell
 * whose they are.
 */
#ifndef TESTS_SLAB_OBJECTS_H
#define TESTS_SLAB_OBJECTS_H

#include <quire/kmalloc.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

/*
 * A test of every engine is a function of one, void name(const struct slab_engine *engine), then
 * EVERY_ENGINE(name), and in the table the rows TEST_ENGINES(name).
 */
#define ENGINE_TEST(engine, name)          \
	static void engine##_##name(void) \
	{                                  \
		name(&quire_##engine);     \
	}
#define EVERY_ENGINE(name)      \
	ENGINE_TEST(slub, name) \
	ENGINE_TEST(slab, name) \
	ENGINE_TEST(slob, name)
#define TEST_ENGINES(name) TEST(slub_##name), TEST(slab_##name), TEST(slob_##name)
/* Those whose caches have slabs. */
#define EVERY_SLAB_ENGINE(name) \
	ENGINE_TEST(slub, name) \
	ENGINE_TEST(slab, name)
#define TEST_SLAB_ENGINES(name) TEST(slub_##name), TEST(slab_##name)

#define MB ((phys_addr_t)1 << 20)

/* A machine of one node with so much RAM and so many CPUs, not booted yet; and booted. */
struct quire_machine *objects_machine(const struct slab_engine *engine, unsigned int nr_cpus, phys_addr_t ram);
struct quire_machine *objects_boot(const struct slab_engine *engine, unsigned int nr_cpus, phys_addr_t ram);
/* The same with slub_debug= flags for all caches. */
struct quire_machine *objects_boot_debug(const struct slab_engine *engine, slab_flags_t flags);

/* Two CPUs, 16 MB, and at 64 MB another 8 that came since: all that node 1 has, in blocks of 4. */
struct quire_machine *objects_boot_and_plug(const struct slab_engine *engine);

/* Fills an object with what nobody else would write, and asks whether it is there yet. */
void objects_fill(void *object, size_t size, unsigned int tag);
bool objects_are_filled(const void *object, size_t size, unsigned int tag);

/* All structures hang together: fails the test with what does not. */
void objects_check(void);
/* Objects of the cache that are with callers: not free, and not kept by CPUs and nodes. */
unsigned long objects_in_use(struct kmem_cache *cache);

#endif
