/* SPDX-License-Identifier: MIT */
/*
 * slob_small_test.c - a machine with 256 KB of RAM and one CPU boots with the engine slob, has next to
 * all of its RAM for others, and serves a small kernel's caches from a few pages.
 */
#include "tests/slab/objects.h"

#define KB 1024u
#define CACHES 20
#define HELD 2000

static struct quire_machine *small_machine(const struct slab_engine *engine, unsigned int page_shift)
{
	struct quire_machine *m = objects_machine(engine, 1, 256 * KB);

	m->page_shift = page_shift;
	return m;
}

/* Bytes that are free after the boot. */
static unsigned long boot_small(const struct slab_engine *engine, unsigned int page_shift)
{
	REQUIRE(test_machine_boot(small_machine(engine, page_shift)) == 0);
	return nr_free_pages() << page_shift;
}

static void objects_cost_a_small_machine_one_page_of_its_ram(void)
{
	unsigned long without, slob, slub;
	unsigned int shift;

	for (shift = 10; shift <= 12; shift += 2) {
		without = boot_small(NULL, shift);
		slob = boot_small(&quire_slob, shift);
		slub = boot_small(&quire_slub, shift);
		tap_note("pages of %u bytes: %lu of %u bytes are free; with slob %lu less, with slub %lu less",
			 1u << shift, without, 256 * KB, without - slob, without - slub);
		CHECK(without - slob <= 1ul << shift);
		CHECK(without - slub > 3 * (without - slob));
	}
}

/* Of the 4 KB from the entry of one to that of the other, pages that are smaller are free. */
static void of_two_cpus_each_costs_one_page_at_most(void)
{
	unsigned long free[2];
	struct quire_machine *m;
	unsigned int shift, i;

	for (shift = 10; shift <= 12; shift++) {
		for (i = 0; i < 2; i++) {
			m = small_machine(i ? &quire_slob : NULL, shift);
			m->nr_cpus = 2;
			REQUIRE(test_machine_boot(m) == 0);
			free[i] = nr_free_pages();
		}
		CHECK(free[0] - free[1] <= 2);
		CHECK_EQ(page_alloc_validate(), 0);
		test_set_cpu(1);
		kfree(kmalloc(100, GFP_KERNEL));
		test_set_cpu(0);
		objects_check();
	}
}

/* Sizes of a small kernel's structures, three of each. */
static void twenty_caches_share_a_few_pages(void)
{
	void *objects[CACHES][3];
	struct kmem_cache *cache[CACHES];
	unsigned long free_before, used;
	unsigned int shift, i;

	for (shift = 10; shift <= 12; shift += 2) {
		free_before = boot_small(&quire_slob, shift);
		for (i = 0; i < CACHES; i++) {
			cache[i] = kmem_cache_create("structure", 16 + i * 12, 0, SLAB_NO_MERGE, NULL);
			REQUIRE(cache[i]);
			REQUIRE(kmem_cache_alloc_bulk(cache[i], GFP_KERNEL, 3, objects[i]) == 3);
			objects_check();
		}
		used = free_before - (nr_free_pages() << shift);
		tap_note("pages of %u bytes: twenty caches and sixty objects take %lu bytes", 1u << shift, used);
		/* 7.9 KB of objects; the caches' own structures are larger on 64 bits. */
		CHECK(used <= (sizeof(void *) == 8 ? 20 : 16) * KB);
		for (i = 0; i < CACHES; i++)
			kmem_cache_free_bulk(cache[i], 3, objects[i]);
	}
}

static void nearly_all_of_the_ram_can_become_objects(void)
{
	static void *held[HELD];
	unsigned long free_before, bytes;
	unsigned int shift, nr, i;

	for (shift = 10; shift <= 12; shift += 2) {
		free_before = boot_small(&quire_slob, shift);
		bytes = 0;
		for (nr = 0; nr < HELD; nr++) {
			held[nr] = kmalloc(100, GFP_NOWAIT | __GFP_NOWARN | __GFP_MEMALLOC);
			if (!held[nr])
				break;
			objects_fill(held[nr], 100, nr);
			bytes += 100;
		}
		CHECK(bytes > free_before * 3 / 4);
		objects_check();
		for (i = 0; i < nr; i++) {
			CHECK(objects_are_filled(held[i], 100, i));
			kfree(held[i]);
		}
		objects_check();
		CHECK_EQ(nr_free_pages() << shift, free_before);
	}
}

const struct tap_test tap_tests[] = {
	TEST(objects_cost_a_small_machine_one_page_of_its_ram),
	TEST(of_two_cpus_each_costs_one_page_at_most),
	TEST(twenty_caches_share_a_few_pages),
	TEST(nearly_all_of_the_ram_can_become_objects),
	{ NULL, NULL },
};
