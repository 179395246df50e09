/* SPDX-License-Identifier: MIT */
/*
 * kmalloc_test.c - pieces of any size: their classes, alignment and sizes, large ones, and what kfree
 * refuses.
 */
#include <string.h>

#include "tests/slab/objects.h"

static void pieces_of_every_size_are_apart_aligned_and_large_enough(const struct slab_engine *engine)
{
	static void *pieces[400];
	size_t sizes[400], size = 1;
	unsigned int i, nr;

	objects_boot(engine, 1, 64 * MB);
	for (nr = 0; nr < 400 && size <= 100000; nr++) {
		sizes[nr] = size;
		pieces[nr] = kmalloc(size, GFP_KERNEL);
		REQUIRE(pieces[nr]);
		CHECK_EQ((uintptr_t)pieces[nr] % 8, 0);
		if (!(size & (size - 1)))
			CHECK_EQ((uintptr_t)pieces[nr] % (size < 4096 ? size : 4096), 0);
		CHECK(ksize(pieces[nr]) >= size);
		objects_fill(pieces[nr], size, nr);
		size += size < 300 ? 1 : size / 8;
	}
	CHECK(nr > 300);
	objects_check();
	for (i = 0; i < nr; i++) {
		if (!objects_are_filled(pieces[i], sizes[i], i))
			CHECK(!"two pieces overlap");
		kfree(pieces[i]);
	}
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(pieces_of_every_size_are_apart_aligned_and_large_enough)

static void all_that_ksize_says_may_be_used(const struct slab_engine *engine)
{
	void *a, *b;
	size_t size;

	objects_boot(engine, 1, 64 * MB);
	for (size = 1; size <= 20000; size += size / 3 + 1) {
		a = kmalloc(size, GFP_KERNEL);
		b = kmalloc(size, GFP_KERNEL);
		objects_fill(a, ksize(a), 1);
		objects_fill(b, ksize(b), 2);
		CHECK(objects_are_filled(a, ksize(a), 1));
		CHECK(ksize(a) >= kmalloc_size_roundup(size) || engine == slab_engine_by_name("slob"));
		kfree(a);
		kfree(b);
	}
	objects_check();
}
EVERY_ENGINE(all_that_ksize_says_may_be_used)

/* The names, sizes, objects a slab and pages a slab of Linux 6.1 on one CPU; below 64 bytes a map takes room. */
static void classes_are_those_of_linux(void)
{
	static const struct {
		size_t request;
		const char *name;
		unsigned int size, objects, pages;
	} rows[] = {
		{ 1, "kmalloc-8", 8, 504, 1 },	       { 8, "kmalloc-8", 8, 504, 1 },
		{ 9, "kmalloc-16", 16, 254, 1 },       { 17, "kmalloc-32", 32, 127, 1 },
		{ 33, "kmalloc-64", 64, 64, 1 },       { 64, "kmalloc-64", 64, 64, 1 },
		{ 65, "kmalloc-96", 96, 42, 1 },       { 97, "kmalloc-128", 128, 32, 1 },
		{ 129, "kmalloc-192", 192, 21, 1 },    { 193, "kmalloc-256", 256, 16, 1 },
		{ 257, "kmalloc-512", 512, 8, 1 },     { 513, "kmalloc-1k", 1024, 8, 2 },
		{ 1025, "kmalloc-2k", 2048, 8, 4 },    { 2049, "kmalloc-4k", 4096, 8, 8 },
		{ 8192, "kmalloc-8k", 8192, 4, 8 },
	};
	struct kmem_cache *cache;
	struct slabinfo info;
	unsigned int i;
	void *piece;

	objects_boot(&quire_slub, 1, 64 * MB);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		piece = kmalloc(rows[i].request, GFP_KERNEL);
		cache = kmem_cache_of(piece);
		REQUIRE(cache);
		kfree(piece);
		CHECK_STR(cache->name, rows[i].name);
		CHECK_EQ(cache->object_size, rows[i].size);
		get_slabinfo(cache, &info);
		CHECK_EQ(info.objects_per_slab, rows[i].objects);
		CHECK_EQ(1 << info.cache_order, rows[i].pages);
		CHECK_EQ(kmalloc_size_roundup(rows[i].request), rows[i].size);
	}
}

static void kinds_of_pieces_have_caches_of_their_own(void)
{
	static const struct {
		size_t size;
		gfp_t gfp;
		const char *name; /* NULL: pages */
		enum zone_type zone;
	} kinds[] = {
		{ 100, GFP_KERNEL, "kmalloc-128", ZONE_NORMAL },
		{ 100, GFP_KERNEL | __GFP_RECLAIMABLE, "kmalloc-rcl-128", ZONE_NORMAL },
		{ 100, GFP_KERNEL | GFP_DMA, "dma-kmalloc-128", ZONE_DMA },
		{ 100, GFP_DMA, "dma-kmalloc-128", ZONE_DMA },
		{ 100000, GFP_DMA, NULL, ZONE_DMA },
	};
	struct quire_machine *m = objects_machine(&quire_slub, 1, 64 * MB);
	unsigned int i;
	void *piece;

	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 32 * MB;
	REQUIRE(test_machine_boot(m) == 0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		piece = kmalloc(kinds[i].size, kinds[i].gfp);
		REQUIRE(piece);
		if (kinds[i].name)
			CHECK_STR(kmem_cache_of(piece)->name, kinds[i].name);
		CHECK_EQ(page_zonenum(virt_to_page(piece)), kinds[i].zone);
		kfree(piece);
	}
}

static void slab_pages_are_counted_by_kind(const struct slab_engine *engine)
{
	pg_data_t *node;
	unsigned long fixed, reclaimable;
	void *large;

	objects_boot(engine, 1, 64 * MB);
	node = NODE_DATA(0);
	fixed = node->vm_stat[NR_SLAB_UNRECLAIMABLE];
	reclaimable = node->vm_stat[NR_SLAB_RECLAIMABLE];
	CHECK(fixed > 0 || engine == slab_engine_by_name("slob"));
	large = kmalloc(100000, GFP_KERNEL);
	CHECK_EQ(node->vm_stat[NR_SLAB_UNRECLAIMABLE], fixed + 32);
	kfree(large);
	CHECK_EQ(node->vm_stat[NR_SLAB_UNRECLAIMABLE], fixed);
	CHECK_EQ(node->vm_stat[NR_SLAB_RECLAIMABLE], reclaimable);
}
EVERY_ENGINE(slab_pages_are_counted_by_kind)

static void reclaimable_pieces_are_counted_as_such(void)
{
	void *piece;

	objects_boot(&quire_slub, 1, 64 * MB);
	CHECK_EQ(NODE_DATA(0)->vm_stat[NR_SLAB_RECLAIMABLE], 0);
	piece = kmalloc(100, GFP_KERNEL | __GFP_RECLAIMABLE);
	CHECK_EQ(NODE_DATA(0)->vm_stat[NR_SLAB_RECLAIMABLE], 1);
	kfree(piece);
}

/* ---- sizes at the edges ---- */

static void nothing_is_a_piece_that_may_not_be_touched(const struct slab_engine *engine)
{
	void *nothing;

	objects_boot(engine, 1, 32 * MB);
	nothing = kmalloc(0, GFP_KERNEL);
	CHECK_PTR(nothing, ZERO_SIZE_PTR);
	CHECK_EQ(ksize(nothing), 0);
	kfree(nothing);
	kfree(NULL);
	CHECK_EQ(ksize(NULL), 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(nothing_is_a_piece_that_may_not_be_touched)

static void what_is_too_large_is_refused(const struct slab_engine *engine)
{
	objects_boot(engine, 1, 32 * MB);
	CHECK(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL));
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(!kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	CHECK_EQ(this_quire()->log.warnings, 1);
	kfree(kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL));
}
EVERY_ENGINE(what_is_too_large_is_refused)

static void arrays_whose_size_does_not_fit_are_refused(const struct slab_engine *engine)
{
	const size_t half = SIZE_MAX / 2 + 1;

	objects_boot(engine, 1, 32 * MB);
	CHECK(!kmalloc_array(half, 2, GFP_KERNEL));
	CHECK(!kcalloc(half, 2, GFP_KERNEL));
	CHECK(!kmalloc_array(half + 1, 2, GFP_KERNEL));
	CHECK(!krealloc_array(NULL, half, 4, GFP_KERNEL));
	CHECK(kmalloc_array(half, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
	CHECK_EQ(struct_size((struct slab_sheaf *)NULL, slot, half), SIZE_MAX);
	CHECK_EQ(struct_size((struct slab_sheaf *)NULL, slot, 3), sizeof(struct slab_sheaf) + 3 * sizeof(void *));
	CHECK_EQ(size_add(half, half), SIZE_MAX);
}
EVERY_ENGINE(arrays_whose_size_does_not_fit_are_refused)

static void arrays_are_cleared_where_asked_for(const struct slab_engine *engine)
{
	unsigned char *p;
	size_t size, i;

	objects_boot(engine, 1, 32 * MB);
	for (size = 1; size < 20000; size = size * 3 + 1) {
		p = kmalloc(size, GFP_KERNEL);
		objects_fill(p, size, 1);
		kfree(p);
		p = kcalloc(1, size, GFP_KERNEL);
		for (i = 0; i < size && !p[i]; i++)
			;
		CHECK_EQ(i, size);
		kfree(p);
	}
}
EVERY_ENGINE(arrays_are_cleared_where_asked_for)

/* ---- pieces that grow ---- */

static void a_piece_that_grows_keeps_its_contents(const struct slab_engine *engine)
{
	void *p = NULL;
	size_t size, had = 0;

	objects_boot(engine, 1, 64 * MB);
	for (size = 1; size < 200000; size += size / 2 + 1) {
		p = krealloc(p, size, GFP_KERNEL);
		REQUIRE(p);
		CHECK(objects_are_filled(p, had, 3));
		objects_fill(p, size, 3);
		had = size;
	}
	p = krealloc(p, 10, GFP_KERNEL);
	CHECK(objects_are_filled(p, 10, 3));
	CHECK_PTR(krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	CHECK_PTR(krealloc(NULL, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	objects_check();
	CHECK_EQ(this_quire()->log.warnings, 0);
}
EVERY_ENGINE(a_piece_that_grows_keeps_its_contents)

static void a_piece_that_cannot_grow_stays_as_it_is(const struct slab_engine *engine)
{
	void *p;

	objects_boot(engine, 1, 32 * MB);
	p = kmalloc(100, GFP_KERNEL);
	objects_fill(p, 100, 5);
	CHECK(!krealloc(p, SIZE_MAX, GFP_KERNEL));
	CHECK(!krealloc(p, KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	CHECK(objects_are_filled(p, 100, 5));
	kfree(p);
	objects_check();
}
EVERY_ENGINE(a_piece_that_cannot_grow_stays_as_it_is)

static void a_piece_that_grows_in_place_is_zero_beyond(const struct slab_engine *engine)
{
	unsigned char *p, *q;
	size_t i;

	objects_boot(engine, 1, 32 * MB);
	p = kzalloc(60, GFP_KERNEL);
	objects_fill(p, 60, 1);
	p = krealloc(p, 20, GFP_KERNEL | __GFP_ZERO);
	q = krealloc(p, 64, GFP_KERNEL | __GFP_ZERO);
	CHECK(objects_are_filled(q, 20, 1));
	for (i = 20; i < 64 && !q[i]; i++)
		;
	CHECK_EQ(i, 64);
	kfree(q);
}
EVERY_ENGINE(a_piece_that_grows_in_place_is_zero_beyond)

/* Also where somebody else had written there, before it was taken cleared. */
static void a_cleared_piece_that_grows_in_place_is_zero_beyond(const struct slab_engine *engine)
{
	unsigned char *p, *dirty;
	size_t i;

	objects_boot(engine, 1, 32 * MB);
	do {
		dirty = kmalloc(60, GFP_KERNEL);
		objects_fill(dirty, 60, 1);
		kfree(dirty);
		p = kzalloc(40, GFP_KERNEL);
	} while (p != dirty);
	p = krealloc(p, 60, GFP_KERNEL | __GFP_ZERO);
	for (i = 0; i < 60 && !p[i]; i++)
		;
	CHECK_EQ(i, 60);
	kfree(p);
}
EVERY_ENGINE(a_cleared_piece_that_grows_in_place_is_zero_beyond)

static void copies_are_what_they_are_copies_of(const struct slab_engine *engine)
{
	char *copies[4];
	unsigned int i;

	objects_boot(engine, 1, 32 * MB);
	copies[0] = kstrdup("a quire is a gathering of pages", GFP_KERNEL);
	copies[1] = kstrndup(copies[0], 7, GFP_KERNEL);
	copies[2] = kstrndup("ab", 7, GFP_KERNEL);
	copies[3] = kmemdup("abc", 4, GFP_KERNEL);
	CHECK_STR(copies[0], "a quire is a gathering of pages");
	CHECK_STR(copies[1], "a quire");
	CHECK_STR(copies[2], "ab");
	CHECK_STR(copies[3], "abc");
	CHECK(!kstrdup(NULL, GFP_KERNEL));
	for (i = 0; i < 4; i++)
		kfree(copies[i]);
}
EVERY_ENGINE(copies_are_what_they_are_copies_of)

static void what_is_sensitive_is_cleared_before_it_is_given_back(const struct slab_engine *engine)
{
	unsigned char *p;
	size_t i;

	objects_boot(engine, 1, 32 * MB);
	p = kmalloc(4000, GFP_KERNEL);
	objects_fill(p, 4000, 1);
	kfree_sensitive(p);
	/* No caller may look; a thief would. */
	for (i = 64; i < 4000 && !test_peek(p + i); i++)
		;
	CHECK_EQ(i, 4000);
	kfree_sensitive(NULL);
}
EVERY_SLAB_ENGINE(what_is_sensitive_is_cleared_before_it_is_given_back)

/* ---- what kfree refuses ---- */

static void what_is_no_piece_is_refused(const struct slab_engine *engine)
{
	static char outside[64];
	unsigned long page;
	char *small, *large;

	objects_boot(engine, 1, 64 * MB);
	small = kmalloc(100, GFP_KERNEL);
	large = kmalloc(20000, GFP_KERNEL);
	page = __get_free_page(GFP_KERNEL);
	kfree(outside);
	kfree((void *)(uintptr_t)0x1234);
	kfree((void *)~(uintptr_t)0);
	kfree(large + 4096);
	kfree(large + 8);
	kfree((char *)page + 16);
	CHECK_EQ(this_quire()->log.warnings, 6);
	kfree(large);
	CHECK_EQ(this_quire()->log.warnings, 6);
	kfree(large);
	CHECK_EQ(this_quire()->log.warnings, 7);
	kfree(small);
	kfree(small);
	CHECK_EQ(this_quire()->log.warnings, 8);
	CHECK_EQ(ksize(outside), 0);
	objects_check();
	free_page(page);
}
EVERY_ENGINE(what_is_no_piece_is_refused)

/* Frames that nobody has touched since the boot have structures with anything in them. */
static void an_address_in_memory_that_was_never_used_is_refused(const struct slab_engine *engine)
{
	struct quire_machine *m = objects_machine(engine, 1, 64 * MB);
	char *ram;
	pfn_t pfn;

	test_machine_ram(m);
	ram = (char *)m->direct_map + 16 * MB;
	memset(ram + 32 * MB, 0xff, 32 * MB);
	REQUIRE(quire_boot(m) == 0);
	for (pfn = PFN_DOWN(16 * MB); pfn < PFN_DOWN(80 * MB); pfn++)
		if (!pfn_to_online_page(pfn))
			kfree(phys_to_virt(PFN_PHYS(pfn)));
	CHECK(this_quire()->log.warnings > 1000);
	objects_check();
}
EVERY_ENGINE(an_address_in_memory_that_was_never_used_is_refused)

static void only_what_is_for_user_space_may_be_copied_there(const struct slab_engine *engine)
{
	struct kmem_cache *cache;
	char *object, *piece;

	objects_boot(engine, 1, 32 * MB);
	cache = kmem_cache_create_usercopy("user", 100, 0, 0, 20, 30, NULL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	CHECK(!check_heap_object(object + 20, 30, true));
	CHECK(!check_heap_object(object + 25, 10, false));
	CHECK(check_heap_object(object + 20, 31, true));
	CHECK(check_heap_object(object + 19, 5, true));
	CHECK(check_heap_object(object + 50, 1, false));
	CHECK(check_heap_object(object + 30, ~0UL, false));
	CHECK_EQ(this_quire()->log.warnings, 4);
	piece = kmalloc(64, GFP_KERNEL);
	CHECK(!check_heap_object(piece, 64, true));
	CHECK(check_heap_object(piece + 1, 64, true));
	CHECK(!check_heap_object(&object, sizeof(object), true));
	kfree(piece);
	kmem_cache_free(cache, object);
}
EVERY_SLAB_ENGINE(only_what_is_for_user_space_may_be_copied_there)

const struct tap_test tap_tests[] = {
	TEST_ENGINES(pieces_of_every_size_are_apart_aligned_and_large_enough),
	TEST_ENGINES(all_that_ksize_says_may_be_used),
	TEST(classes_are_those_of_linux),
	TEST(kinds_of_pieces_have_caches_of_their_own),
	TEST_ENGINES(slab_pages_are_counted_by_kind),
	TEST(reclaimable_pieces_are_counted_as_such),
	TEST_ENGINES(nothing_is_a_piece_that_may_not_be_touched),
	TEST_ENGINES(what_is_too_large_is_refused),
	TEST_ENGINES(arrays_whose_size_does_not_fit_are_refused),
	TEST_ENGINES(arrays_are_cleared_where_asked_for),
	TEST_ENGINES(a_piece_that_grows_keeps_its_contents),
	TEST_ENGINES(a_piece_that_cannot_grow_stays_as_it_is),
	TEST_ENGINES(a_piece_that_grows_in_place_is_zero_beyond),
	TEST_ENGINES(a_cleared_piece_that_grows_in_place_is_zero_beyond),
	TEST_ENGINES(copies_are_what_they_are_copies_of),
	TEST_SLAB_ENGINES(what_is_sensitive_is_cleared_before_it_is_given_back),
	TEST_ENGINES(what_is_no_piece_is_refused),
	TEST_ENGINES(an_address_in_memory_that_was_never_used_is_refused),
	TEST_SLAB_ENGINES(only_what_is_for_user_space_may_be_copied_there),
	{ NULL, NULL },
};
