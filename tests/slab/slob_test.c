/* SPDX-License-Identifier: MIT */
/*
 * slob_test.c - the engine slob: where objects are cut from, how what is free becomes one again, what it
 * finds of misuse, and which pages serve whom.
 */
#include <string.h>

#include <quire/fault.h>

#include "tests/slab/objects.h"

#define NR 400

static char *objects[NR];

static void boot(void)
{
	objects_boot(&quire_slob, 1, 32 * MB);
}

static struct kmem_cache *make(const char *name, unsigned int size)
{
	struct kmem_cache *cache = kmem_cache_create(name, size, 0, SLAB_NO_MERGE, NULL);

	REQUIRE(cache);
	return cache;
}

static void *take(struct kmem_cache *cache)
{
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	REQUIRE(object);
	return object;
}

static const void *page_of(const void *at)
{
	return virt_to_page(at);
}

static unsigned long warnings(void)
{
	return this_quire()->log.warnings;
}

static void sound(void)
{
	objects_check();
}

/* What is free is written to all the same, and what lies before a piece. */
static void overwrite(char *at, int byte, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		test_poke(at + i, (unsigned char)byte);
}

static void turn_bit(char *byte, unsigned int bit)
{
	test_poke(byte, test_peek(byte) ^ (unsigned char)(1u << bit));
}

/* ---- where things lie ---- */

/*
 *   | 40 | 200 | 40 | 200 | 40 |
 *     ^          ^    ^              given back: too small, too small, the first that 200 fit into
 */
static void an_object_is_cut_from_the_first_hole_that_it_fits_into(void)
{
	struct kmem_cache *small, *large;
	char *at[5];
	void *again[3];

	boot();
	small = make("small", 40);
	large = make("large", 200);
	/* From here on all lies behind what the boot has taken. */
	at[0] = take(small);
	at[1] = take(large);
	at[2] = take(small);
	at[3] = take(large);
	at[4] = take(small);
	CHECK_PTR(at[4], at[0] + 40 + 200 + 40 + 200);
	kmem_cache_free(small, at[0]);
	kmem_cache_free(small, at[2]);
	kmem_cache_free(large, at[3]);
	again[0] = take(large);
	again[1] = take(small);
	again[2] = take(small);
	CHECK_PTR(again[0], at[2]);
	CHECK_PTR(again[1], at[0]);
	/* Of [2] and [3], one hole by then, 40 bytes are left. */
	CHECK_PTR(again[2], at[2] + 200);
	sound();
	kmem_cache_free(large, at[1]);
	kmem_cache_free(small, at[4]);
	kmem_cache_free(large, again[0]);
	kmem_cache_free_bulk(small, 2, &again[1]);
	sound();
}

/* | a | b | c | d |: the first three go in every order, and are one hole each time. */
static void neighbours_become_one_hole_on_both_sides(void)
{
	static const unsigned char orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	struct kmem_cache *small, *large;
	unsigned int i, k;
	char *whole;

	boot();
	small = make("small", 64);
	large = make("large", 192);
	for (i = 0; i < 4; i++)
		objects[i] = take(small);
	for (i = 0; i < 6; i++) {
		for (k = 0; k < 3; k++) {
			kmem_cache_free(small, objects[orders[i][k]]);
			sound();
		}
		whole = take(large);
		CHECK_PTR(whole, objects[0]);
		kmem_cache_free(large, whole);
		for (k = 0; k < 3; k++)
			CHECK_PTR(take(small), objects[k]);
	}
	sound();
}

static void pages_that_are_all_free_go_back(void)
{
	struct kmem_cache *cache;
	unsigned long free_before, slab_before;
	unsigned int i;

	boot();
	cache = make("test", 500);
	free_before = nr_free_pages();
	slab_before = NODE_DATA(0)->vm_stat[NR_SLAB_UNRECLAIMABLE];
	for (i = 0; i < NR; i++)
		objects[i] = i % 2 ? take(cache) : kmalloc(i * 7 + 1, GFP_KERNEL);
	CHECK(nr_free_pages() + 60 < free_before);
	for (i = 0; i < NR; i += 2)
		kfree(objects[i]);
	sound();
	for (i = 1; i < NR; i += 2)
		kmem_cache_free(cache, objects[i]);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(NODE_DATA(0)->vm_stat[NR_SLAB_UNRECLAIMABLE], slab_before);
	sound();
}

static void small_and_large_objects_lie_in_different_pages(void)
{
	const void *small, *medium, *large;

	boot();
	small = page_of(kmalloc(24, GFP_KERNEL));
	medium = page_of(kmalloc(300, GFP_KERNEL));
	large = page_of(kmalloc(1100, GFP_KERNEL));
	CHECK(small != medium && medium != large && small != large);
	CHECK_PTR(page_of(kmalloc(1200, GFP_KERNEL)), large);
	CHECK_PTR(page_of(kmalloc(900, GFP_KERNEL)), medium);
	CHECK_PTR(page_of(kmalloc(200, GFP_KERNEL)), small);
}

/* Two pages: the one in front has no room for the first request, but for the second. */
static void a_search_begins_where_the_last_one_ended(void)
{
	struct kmem_cache *fine, *coarse;
	char **fines = objects, **coarses = objects + 200;
	unsigned int i, other;

	boot();
	fine = make("fine", 64);
	coarse = make("coarse", 128);
	for (i = 0; i < 200; i++)
		fines[i] = take(fine);
	for (i = 0; i < 100; i++)
		coarses[i] = take(coarse);
	other = page_of(coarses[48]) == page_of(coarses[50]) ? 48 : 52;
	kmem_cache_free(coarse, coarses[50]);
	kmem_cache_free(coarse, coarses[other]);
	kmem_cache_free(fine, fines[100]);
	CHECK(page_of(fines[100]) != page_of(coarses[50]));
	CHECK(page_of(take(coarse)) == page_of(coarses[50]));
	CHECK(page_of(take(fine)) == page_of(coarses[50]));
	sound();
}

static void objects_of_a_page_or_more_are_pages(void)
{
	static const unsigned int sizes[] = { 4096, 4097, 20000 };
	unsigned long free_before;
	struct kmem_cache *cache;
	unsigned int i;
	char *object;

	boot();
	for (i = 0; i < 3; i++) {
		cache = make("large", sizes[i]);
		free_before = nr_free_pages();
		object = take(cache);
		CHECK_EQ(free_before - nr_free_pages(), 1 << get_order(sizes[i]));
		CHECK_PTR(kmem_cache_of(object), cache);
		CHECK_EQ(objects_in_use(cache), 1);
		objects_fill(object, sizes[i], i);
		kmem_cache_free(cache, object + 8);
		CHECK_EQ(warnings(), i + 1);
		sound();
		if (i == 2)
			kfree(object);
		else
			kmem_cache_free(cache, object);
		CHECK_EQ(nr_free_pages(), free_before);
		CHECK_EQ(objects_in_use(cache), 0);
		sound();
	}
}

static void half_a_page_is_aligned_to_itself(void)
{
	unsigned int shift;
	char *a, *b;

	boot();
	for (shift = 3; shift < 12; shift++) {
		a = kmalloc(1u << shift, GFP_KERNEL);
		kmalloc(8, GFP_KERNEL);
		b = kmalloc(1u << shift, GFP_KERNEL);
		CHECK_EQ(((uintptr_t)a | (uintptr_t)b) & ((1u << shift) - 1), 0);
		CHECK_EQ(ksize(a), 1u << shift);
	}
	/* What remains before a piece of half a page is used. */
	a = kmalloc(2048, GFP_KERNEL);
	CHECK(page_of(kmalloc(1500, GFP_KERNEL)) == page_of(a) || page_of(kmalloc(1500, GFP_KERNEL)) == page_of(b));
	sound();
}

/* ---- what callers see ---- */

static void the_size_of_a_piece_survives_what_its_neighbours_write(void)
{
	unsigned int i;

	boot();
	for (i = 0; i < NR; i++) {
		objects[i] = kmalloc(i + 1, GFP_KERNEL);
		objects_fill(objects[i], ksize(objects[i]), i);
	}
	for (i = 0; i < NR; i++) {
		CHECK_EQ(ksize(objects[i]), (i + 8) / 8 * 8);
		CHECK_EQ(kmalloc_size_roundup(i + 1), ksize(objects[i]));
		CHECK(objects_are_filled(objects[i], ksize(objects[i]), i));
		kfree(objects[i]);
	}
	CHECK_EQ(warnings(), 0);
	CHECK_EQ(ksize(kmalloc(4088, GFP_KERNEL)), 4088);
	CHECK_EQ(ksize(kmalloc(4089, GFP_KERNEL)), 4096);
	CHECK_EQ(kmalloc_size_roundup(4089), 4096);
	CHECK_EQ(kmalloc_size_roundup(5000), 8192);
	sound();
}

static unsigned int nr_constructed;

static void construct(void *object)
{
	memset(object, 7, 50);
	nr_constructed++;
}

static void a_constructor_is_called_whenever_an_object_is_taken(void)
{
	struct kmem_cache *cache;
	char *object;
	unsigned int i;

	boot();
	nr_constructed = 0;
	cache = kmem_cache_create("test", 50, 0, 0, construct);
	for (i = 1; i < 4; i++) {
		object = take(cache);
		CHECK_EQ(nr_constructed, i);
		CHECK_EQ(object[0] + object[49], 14);
		memset(object, 0, 50);
		kmem_cache_free(cache, object);
	}
}

static void debugging_flags_are_ignored(void)
{
	struct kmem_cache *cache;
	char *a;

	objects_boot_debug(&quire_slob, SLAB_DEBUG_FLAGS);
	cache = kmem_cache_create("test", 64, 0, SLAB_POISON | SLAB_RED_ZONE, NULL);
	REQUIRE(cache);
	CHECK_EQ(cache->flags & SLAB_DEBUG_FLAGS, 0);
	a = take(cache);
	CHECK_PTR(take(cache), a + 64);
	kfree(kmalloc(10, GFP_KERNEL));
	sound();
}

static void objects_left_in_a_cache_that_ends_are_counted(void)
{
	struct kmem_cache *cache;

	boot();
	cache = make("leaky", 100);
	take(cache);
	objects[0] = take(cache);
	take(cache);
	kmem_cache_free(cache, objects[0]);
	kmem_cache_destroy(cache);
	CHECK(log_contains("2 objects of leaky are in use"));
	sound();
}

static void memory_is_cleared_where_the_machine_wants_it(void)
{
	struct quire_machine *m = objects_machine(&quire_slob, 1, 32 * MB);
	unsigned int i, sum = 0;
	unsigned char *p;

	m->flags |= MACHINE_INIT_ON_ALLOC | MACHINE_INIT_ON_FREE;
	REQUIRE(test_machine_boot(m) == 0);
	kmalloc(100, GFP_KERNEL);
	p = kmalloc(600, GFP_KERNEL);
	kmalloc(600, GFP_KERNEL);
	memset(p, 0xee, 600);
	kfree(p);
	/* The first two units are a link, and where the piece's size stood. */
	for (i = 8; i < 600; i++)
		sum += test_peek(p + i);
	CHECK_EQ(sum, 0);
	test_poke(p + 100, 1);
	CHECK_PTR(kmalloc(600, GFP_KERNEL), p);
	CHECK_EQ(p[100], 0);
}

/* ---- misuse ---- */

/* The same, whose memory is cleared when it is given back: what is refused is not touched. */
static void what_is_refused_is_not_cleared(void)
{
	struct quire_machine *m = objects_machine(&quire_slob, 1, 32 * MB);
	struct kmem_cache *cache, *other;
	unsigned int i;

	m->flags |= MACHINE_INIT_ON_FREE;
	REQUIRE(test_machine_boot(m) == 0);
	cache = make("test", 96);
	other = make("other", 96);
	for (i = 0; i < 3; i++)
		objects[i] = take(cache);
	objects_fill(objects[0], 96, 7);
	kmem_cache_free(other, objects[0]);
	CHECK_EQ(warnings(), 1);
	CHECK(objects_are_filled(objects[0], 96, 7));
	kmem_cache_free(cache, objects[1]);
	kmem_cache_free(cache, objects[1]);
	CHECK_EQ(warnings(), 2);
	CHECK_EQ(this_quire()->slab.nr_reports, 2);
	CHECK_EQ(objects_in_use(cache), 2);
	sound();
}

static void a_link_that_was_overwritten_is_found_and_not_followed(void)
{
	struct kmem_cache *cache;
	unsigned int bit;
	char *fresh;

	boot();
	cache = make("test", 96);
	for (bit = 0; bit < 5; bit++)
		objects[bit] = take(cache);
	kmem_cache_free(cache, objects[1]);
	for (bit = 0; bit < 64; bit++) {
		turn_bit(objects[1] + bit / 8, bit % 8);
		CHECK_STR(kmem_cache_validate(), "a free block was overwritten");
		turn_bit(objects[1] + bit / 8, bit % 8);
		sound();
	}
	overwrite(objects[1], 'x', 96);
	fresh = take(cache);
	CHECK(page_of(fresh) != page_of(objects[1]));
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	CHECK(log_contains("BUG slob: the free block at"));
	CHECK(log_contains("was overwritten"));
	sound();
	/* The page goes on with what is given back to it. */
	kmem_cache_free(cache, objects[3]);
	CHECK_PTR(take(cache), objects[3]);
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	sound();
}

static void a_link_that_is_found_broken_at_a_free_loses_no_object(void)
{
	struct kmem_cache *cache;
	unsigned int i;

	boot();
	cache = make("test", 96);
	for (i = 0; i < 5; i++)
		objects[i] = take(cache);
	kmem_cache_free(cache, objects[2]);
	overwrite(objects[2], 0, 96);
	kmem_cache_free(cache, objects[1]);
	CHECK_EQ(this_quire()->slab.nr_reports, 1);
	kmem_cache_free(cache, objects[3]);
	CHECK_EQ(objects_in_use(cache), 2);
	CHECK_EQ(warnings(), 0);
	sound();
}

/* One copied from elsewhere is sealed, but not for this place. */
static void a_link_from_elsewhere_is_no_link(void)
{
	struct kmem_cache *cache;
	unsigned int i;

	boot();
	cache = make("test", 96);
	for (i = 0; i < 6; i++)
		objects[i] = take(cache);
	kmem_cache_free(cache, objects[1]);
	kmem_cache_free(cache, objects[3]);
	for (i = 0; i < 8; i++)
		test_poke(objects[3] + i, test_peek(objects[1] + i));
	CHECK_STR(kmem_cache_validate(), "a free block was overwritten");
}

static void what_is_free_already_is_refused(void)
{
	struct kmem_cache *cache, *large;
	unsigned int i;
	void *piece;

	boot();
	cache = make("test", 96);
	large = make("large", 192);
	for (i = 0; i < 6; i++)
		objects[i] = take(cache);
	kmem_cache_free(cache, objects[1]);
	kmem_cache_free(cache, objects[3]);
	kmem_cache_free(cache, objects[1]);
	CHECK_EQ(warnings(), 1);
	/* Half of it is free. */
	objects[6] = take(large);
	kmem_cache_free(large, objects[2]);
	CHECK_EQ(warnings(), 2);
	kmem_cache_free(cache, objects[2]);
	kmem_cache_free(cache, objects[2]);
	kmem_cache_free(cache, objects[3]);
	CHECK_EQ(warnings(), 4);
	piece = kmalloc(50, GFP_KERNEL);
	kmalloc(50, GFP_KERNEL);
	kfree(piece);
	kfree(piece);
	CHECK_EQ(warnings(), 5);
	CHECK_EQ(this_quire()->slab.nr_reports, 5);
	CHECK(log_contains("it is free already"));
	sound();
	CHECK_EQ(objects_in_use(cache), 3);
}

static void what_is_no_object_of_the_cache_is_refused(void)
{
	struct kmem_cache *cache, *other, *aligned, *large;
	char *object, *piece, *pages, *block;

	boot();
	cache = make("test", 96);
	other = make("other", 96);
	large = make("large", 8192);
	aligned = kmem_cache_create("aligned", 64, 64, SLAB_NO_MERGE, NULL);
	object = take(cache);
	take(aligned);
	block = take(large);
	piece = kmalloc(96, GFP_KERNEL);
	pages = kmalloc(10000, GFP_KERNEL);
	kmem_cache_free(cache, object + 4);
	kmem_cache_free(other, object);
	kmem_cache_free(cache, piece);
	kmem_cache_free(cache, pages);
	kmem_cache_free(cache, block);
	kmem_cache_free(large, object);
	kmem_cache_free(aligned, piece + 8);
	CHECK_EQ(warnings(), 7);
	kfree(object);
	kfree(piece + 8);
	kfree(piece + 1);
	CHECK_EQ(warnings(), 10);
	CHECK_EQ(ksize(object), 0);
	CHECK(log_contains("it is not the beginning of an object"));
	CHECK(log_contains("all objects of the cache are free"));
	CHECK(log_contains("kmalloc gave it, and kfree takes it"));
	sound();
	kfree(piece);
	kfree(pages);
	kmem_cache_free(cache, object);
	kmem_cache_free(large, block);
	CHECK_EQ(warnings(), 11);
	sound();
}

static void a_piece_whose_size_was_overwritten_is_not_given_back(void)
{
	unsigned int bit;
	char *piece;

	boot();
	piece = kmalloc(40, GFP_KERNEL);
	for (bit = 0; bit < 64; bit++) {
		turn_bit(piece - 1 - bit / 8, bit % 8);
		kfree(piece);
		CHECK_EQ(warnings(), bit + 1);
		turn_bit(piece - 1 - bit / 8, bit % 8);
	}
	CHECK(log_contains("or its size was overwritten"));
	kfree(piece);
	CHECK_EQ(warnings(), 64);
	sound();
}

/* ---- zones and nodes ---- */

static void requests_for_dma_are_served_from_there_alone(void)
{
	struct quire_machine *m = objects_machine(&quire_slob, 1, 64 * MB);
	struct kmem_cache *cache;
	void *pieces[102], *of_cache[100];
	unsigned int i;

	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 32 * MB;
	REQUIRE(test_machine_boot(m) == 0);
	cache = kmem_cache_create("dma", 100, 0, SLAB_CACHE_DMA, NULL);
	pieces[100] = kmalloc(100, GFP_KERNEL);
	CHECK_EQ(page_zonenum(virt_to_page(pieces[100])), ZONE_NORMAL);
	for (i = 0; i < 100; i++) {
		pieces[i] = kmalloc(100, GFP_KERNEL | GFP_DMA);
		of_cache[i] = take(cache);
		CHECK_EQ(page_zonenum(virt_to_page(pieces[i])), ZONE_DMA);
		CHECK_EQ(page_zonenum(virt_to_page(of_cache[i])), ZONE_DMA);
	}
	pieces[101] = kmalloc(5000, GFP_DMA);
	CHECK_EQ(page_zonenum(virt_to_page(pieces[101])), ZONE_DMA);
	sound();
	kmem_cache_free_bulk(NULL, 102, pieces);
	kmem_cache_free_bulk(cache, 100, of_cache);
	sound();
}

static struct kmem_cache *boot_two_nodes(void)
{
	struct quire_machine *m = objects_machine(&quire_slob, 1, 16 * MB);

	test_bank(m, 48 * MB, 4 * MB, 1);
	REQUIRE(test_machine_boot(m) == 0);
	return make("test", 100);
}

static void requests_for_a_node_are_served_from_there(void)
{
	struct kmem_cache *cache = boot_two_nodes();
	void *pieces[200], *of_cache[200];
	unsigned int i;
	int nid;

	for (i = 0; i < 200; i++) {
		nid = (int)i % 2;
		pieces[i] = kmalloc_node(100, GFP_KERNEL, nid);
		of_cache[i] = kmem_cache_alloc_node(cache, GFP_KERNEL, nid);
		CHECK_EQ(page_to_nid(virt_to_page(pieces[i])), nid);
		CHECK_EQ(page_to_nid(virt_to_page(of_cache[i])), nid);
	}
	CHECK(!kmem_cache_alloc_node(cache, GFP_KERNEL, 7));
	CHECK(!kmalloc_node(100, GFP_KERNEL | __GFP_NOWARN, 7));
	sound();
	kmem_cache_free_bulk(NULL, 200, pieces);
	kmem_cache_free_bulk(cache, 200, of_cache);
	sound();
}

/* The object is the last of those that *last leads to. */
static bool chain(void **last, void *object)
{
	if (!object)
		return false;
	*(void **)object = *last;
	*last = object;
	return true;
}

/* A page for each object would be the price of asking for a page of any node first. */
static void where_a_node_is_full_others_serve_from_pages_that_are_there(void)
{
	struct kmem_cache *cache = boot_two_nodes();
	void *pieces = NULL, *of_cache = NULL, *next;
	unsigned long before;
	unsigned int i;

	while (chain(&pieces, kmalloc_node(4088, GFP_NOWAIT | __GFP_NOWARN | __GFP_THISNODE, 1)))
		;
	while (chain(&of_cache, kmem_cache_alloc_node(cache, GFP_NOWAIT | __GFP_NOWARN | __GFP_THISNODE, 1)))
		;
	before = nr_free_pages();
	for (i = 0; i < 400; i++) {
		REQUIRE(chain(&of_cache, kmem_cache_alloc_node(cache, GFP_NOWAIT, 1)));
		CHECK_EQ(page_to_nid(virt_to_page(of_cache)), 0);
	}
	CHECK(before - nr_free_pages() <= 12);
	sound();
	for (; pieces; pieces = next) {
		next = *(void **)pieces;
		kfree(pieces);
	}
	for (; of_cache; of_cache = next) {
		next = *(void **)of_cache;
		kmem_cache_free(cache, of_cache);
	}
	sound();
}

/* ---- at random ---- */

#define HELD 120

static void random_requests_with_a_look_at_all_after_each(void)
{
	static const unsigned int sizes[] = { 8, 24, 72, 136, 264, 640, 1200, 2100, 4096, 6000 };
	struct {
		char *at;
		struct kmem_cache *cache;
		size_t size;
		unsigned int tag;
	} held[HELD];
	struct kmem_cache *caches[10];
	unsigned long free_before, i, rounds = test_rounds(6000);
	unsigned int k, tag = 0;

	/* So little that it runs out. */
	objects_boot(&quire_slob, 1, 1 * MB);
	for (k = 0; k < 10; k++)
		caches[k] = kmem_cache_create("test", sizes[k], k % 2 ? 0 : 16, SLAB_NO_MERGE, NULL);
	free_before = nr_free_pages();
	memset(held, 0, sizeof(held));
	for (i = 0; i < rounds + HELD; i++) {
		k = i < rounds ? (unsigned int)test_random_below(HELD) : (unsigned int)(i - rounds);
		if (held[k].at) {
			if (!objects_are_filled(held[k].at, held[k].size, held[k].tag))
				CHECK(!"what is held has changed");
			if (held[k].cache)
				kmem_cache_free(held[k].cache, held[k].at);
			else
				kfree(held[k].at);
			held[k].at = NULL;
		} else if (i < rounds) {
			unsigned int which = (unsigned int)test_random_below(20);

			held[k].cache = which < 10 ? caches[which] : NULL;
			held[k].size = which < 10 ? sizes[which] : 1 + test_random_below(which < 15 ? 300 : 6000);
			held[k].tag = ++tag;
			held[k].at = which < 10 ? kmem_cache_alloc(caches[which], GFP_NOWAIT | __GFP_NOWARN)
						: kmalloc(held[k].size, GFP_NOWAIT | __GFP_NOWARN);
			if (held[k].at)
				objects_fill(held[k].at, held[k].size, held[k].tag);
		}
		sound();
	}
	CHECK_EQ(warnings(), 0);
	CHECK_EQ(nr_free_pages(), free_before);
}

static void every_page_that_is_asked_for_may_be_refused(void)
{
	unsigned long n, failed = 1;
	unsigned int i;

	boot();
	for (n = 1; failed; n++) {
		quire_fail_nth(n, false);
		for (i = 0; i < 40; i++)
			objects[i] = kmalloc(i * 100, GFP_KERNEL | __GFP_NOWARN);
		failed = this_quire()->fault.failed;
		quire_fail_off();
		sound();
		for (i = 0; i < 40; i++)
			kfree(objects[i]);
		sound();
	}
	CHECK(n > 40);
}

const struct tap_test tap_tests[] = {
	TEST(an_object_is_cut_from_the_first_hole_that_it_fits_into),
	TEST(neighbours_become_one_hole_on_both_sides),
	TEST(pages_that_are_all_free_go_back),
	TEST(small_and_large_objects_lie_in_different_pages),
	TEST(a_search_begins_where_the_last_one_ended),
	TEST(objects_of_a_page_or_more_are_pages),
	TEST(half_a_page_is_aligned_to_itself),
	TEST(the_size_of_a_piece_survives_what_its_neighbours_write),
	TEST(a_constructor_is_called_whenever_an_object_is_taken),
	TEST(debugging_flags_are_ignored),
	TEST(objects_left_in_a_cache_that_ends_are_counted),
	TEST(memory_is_cleared_where_the_machine_wants_it),
	TEST(what_is_refused_is_not_cleared),
	TEST(a_link_that_was_overwritten_is_found_and_not_followed),
	TEST(a_link_that_is_found_broken_at_a_free_loses_no_object),
	TEST(a_link_from_elsewhere_is_no_link),
	TEST(what_is_free_already_is_refused),
	TEST(what_is_no_object_of_the_cache_is_refused),
	TEST(a_piece_whose_size_was_overwritten_is_not_given_back),
	TEST(requests_for_dma_are_served_from_there_alone),
	TEST(requests_for_a_node_are_served_from_there),
	TEST(where_a_node_is_full_others_serve_from_pages_that_are_there),
	TEST(random_requests_with_a_look_at_all_after_each),
	TEST(every_page_that_is_asked_for_may_be_refused),
	{ NULL, NULL },
};
