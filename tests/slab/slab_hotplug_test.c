/* SPDX-License-Identifier: MIT */
/*
 * slab_hotplug_test.c - a node whose memory comes while the machine runs has objects, too; and its memory goes
 * again when they have been given back.
 */
#include <quire/memory_hotplug.h>

#include "tests/slab/objects.h"

static void a_node_that_comes_has_objects_and_goes_without_them(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_boot_and_plug(engine);
	static void *objects[200];
	unsigned int i;

	for (i = 0; i < 200; i++) {
		objects[i] = kmalloc_node(300, GFP_KERNEL, 1);
		REQUIRE(objects[i]);
		CHECK_EQ(page_to_nid(virt_to_page(objects[i])), 1);
		objects_fill(objects[i], 300, i);
	}
	objects_check();
	CHECK(offline_and_remove_memory(64 * MB, 8 * MB) < 0);
	for (i = 0; i < 200; i++) {
		CHECK(objects_are_filled(objects[i], 300, i));
		kfree(objects[i]);
	}
	objects_check();
	/* The slabs that are empty are kept, until somebody wants them. */
	kmem_cache_shrink(this_quire()->slab.kmalloc[KMALLOC_NORMAL][9]);
	CHECK_EQ(offline_and_remove_memory(64 * MB, 8 * MB), 0);
	test_unplug(m, 64 * MB, 8 * MB);
	objects_check();
	objects[0] = kmalloc_node(300, GFP_KERNEL, 1);
	REQUIRE(objects[0]);
	CHECK_EQ(page_to_nid(virt_to_page(objects[0])), 0);
	CHECK_EQ(this_quire()->slab.nr_reports, 0);
}
EVERY_SLAB_ENGINE(a_node_that_comes_has_objects_and_goes_without_them)

const struct tap_test tap_tests[] = {
	TEST_SLAB_ENGINES(a_node_that_comes_has_objects_and_goes_without_them),
	{ NULL, NULL },
};
