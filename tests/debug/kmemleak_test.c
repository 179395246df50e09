/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_test.c - which objects a scan finds and which not: what counts as a pointer, colours and
 * marks, what is not a leak yet. Objects are pieces of pages that the tests announce by hand.
 */
#include <quire/slab.h>
#include <string.h>

#include "mm/debug/internal.h"
#include "tests/debug/kmemleak_support.h"

_Static_assert(KMEMLEAK_NOLEAKTRACE == SLAB_NOLEAKTRACE, "the flag of caches that are not followed");
_Static_assert(sizeof(struct kmemleak_object) <= (sizeof(void *) == 8 ? 168 : 128),
	       "kmemleak.c says how much an object costs");

/* ---- what counts as a pointer ---- */

static void nothing_is_lost_after_the_boot(void)
{
	boot_leak_machine();
	CHECK_LEAKS();
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void what_nothing_leads_to_is_reported_by_the_second_scan(void)
{
	void *lost, *kept;

	boot_leak_machine();
	lost = new_object(100);
	kept = leak_roots[3] = new_object(100);
	scan_times(1);
	CHECK_EQ(nr_leaks(), 0);
	log_clear();
	scan_times(1);
	CHECK(log_contains("kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n"));
	CHECK(is_leak(lost));
	CHECK(!is_leak(kept));
	CHECK_EQ(nr_leaks(), 1);
	log_clear();
	scan_times(1);
	CHECK(!log_contains("suspected"));
	CHECK_EQ(nr_leaks(), 1);
}

/*
 *   root -> a -> b -> c          d -> e
 */
static void objects_lead_to_objects(void)
{
	void **a, **b, **c, **d, **e;

	boot_leak_machine();
	a = leak_roots[0] = new_object(64);
	b = a[7] = new_object(4096);
	c = b[511] = new_object(24);
	d = new_object(24);
	e = d[1] = new_object(24);
	CHECK_LEAKS(d, e);
	leak_roots[1] = d;
	CHECK_LEAKS();
	a[7] = NULL;
	CHECK_LEAKS(b, c);
}

static void an_address_inside_counts_and_one_behind_does_not(void)
{
	char *inside, *last, *behind;

	boot_leak_machine();
	inside = new_object(100);
	last = new_object(100);
	behind = new_object(112);
	leak_roots[0] = inside + 50;
	leak_roots[1] = last + 99;
	leak_roots[2] = behind + 112;
	CHECK_LEAKS(behind);
}

static void only_whole_aligned_words_count(void)
{
	char *box, *lost, *kept, *end;

	boot_leak_machine();
	leak_roots[0] = box = new_object(64);
	lost = new_object(16);
	memcpy(box + 1, &lost, sizeof(lost));
	kept = new_object(16);
	memcpy(box + 16, &kept, sizeof(kept));
	/* an object that does not end with a word */
	leak_roots[1] = end = leak_object(63, 1);
	memset(end, 0, 64);
	CHECK_LEAKS(lost);
}

static void an_object_does_not_keep_itself(void)
{
	void **self;

	boot_leak_machine();
	self = new_object(64);
	self[0] = self[1] = self;
	CHECK_LEAKS(self);
}

static void a_ring_that_nothing_leads_to_is_reported_whole(void)
{
	void **a, **b, **c, **tail;

	boot_leak_machine();
	a = new_object(32);
	b = new_object(32);
	c = new_object(32);
	tail = new_object(32);
	a[0] = b;
	b[0] = c;
	c[0] = a;
	c[1] = tail;
	CHECK_LEAKS(a, b, c, tail);
	leak_roots[0] = b;
	CHECK_LEAKS();
}

static void a_pointer_that_comes_back_ends_the_report(void)
{
	void *lost;

	boot_leak_machine();
	lost = new_object(64);
	CHECK_LEAKS(lost);
	leak_roots[0] = lost;
	scan_times(1);
	CHECK_EQ(nr_leaks(), 0);
	leak_roots[0] = NULL;
	CHECK_LEAKS(lost);
}

static void what_is_given_back_is_not_reported(void)
{
	void *lost;

	boot_leak_machine();
	lost = new_object(64);
	CHECK_LEAKS(lost);
	kmemleak_free(lost);
	CHECK_EQ(nr_leaks(), 0);
	CHECK_LEAKS();
	kmemleak_free(lost);
	kmemleak_free(NULL);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

/* ---- colours and marks ---- */

static void grey_objects_are_looked_through_and_never_reported(void)
{
	void **grey, **marked;

	boot_leak_machine();
	grey = leak_object(64, 0);
	grey[2] = new_object(16);
	marked = new_object(64);
	kmemleak_not_leak(marked);
	marked[0] = new_object(16);
	CHECK_LEAKS();
}

static void black_objects_are_neither(void)
{
	void **black, **marked, *a, *b;

	boot_leak_machine();
	black = leak_object(64, -1);
	a = black[2] = new_object(16);
	marked = new_object(64);
	kmemleak_ignore(marked);
	b = marked[0] = new_object(16);
	CHECK_LEAKS(a, b);
}

static void no_scan_says_that_it_holds_no_pointers(void)
{
	void **numbers, *a;

	boot_leak_machine();
	numbers = leak_roots[0] = new_object(64);
	kmemleak_no_scan(numbers);
	a = numbers[0] = new_object(16);
	CHECK_LEAKS(a);
	leak_roots[0] = NULL;
	CHECK_LEAKS(numbers, a);
}

/*
 *   0  1  2  3  4  5  6  7
 *   a  .  b  c  .  .  d  e
 *         [area]       [to the end]
 */
static void scan_areas_say_where_the_pointers_are(void)
{
	void **box, *a, *d;

	boot_leak_machine();
	box = leak_roots[0] = new_object(8 * sizeof(void *));
	a = box[0] = new_object(16);
	box[2] = new_object(16);
	box[3] = new_object(16);
	d = box[6] = new_object(16);
	box[7] = new_object(16);
	kmemleak_scan_area(&box[2], 2 * sizeof(void *), GFP_KERNEL);
	kmemleak_scan_area(&box[7], SIZE_MAX, GFP_KERNEL);
	CHECK_LEAKS(a, d);
	CHECK_EQ(this_quire()->leak.nr_areas, 2);
	kmemleak_free(box);
	CHECK_EQ(this_quire()->leak.nr_areas, 0);
	CHECK_EQ(kmemleak_validate(), 0);
}

static void a_scan_area_larger_than_its_object_is_refused(void)
{
	void **box;

	boot_leak_machine();
	box = leak_roots[0] = new_object(64);
	box[7] = new_object(16);
	kmemleak_scan_area(&box[1], 64, GFP_KERNEL);
	CHECK(log_contains("WARNING: kmemleak: Scan area larger than object"));
	CHECK_LEAKS();
}

static void marks_of_unknown_objects_are_worth_a_warning(void)
{
	char *p;

	boot_leak_machine();
	p = new_object(64);
	kmemleak_not_leak(p + 8);
	CHECK(log_contains("WARNING: kmemleak: Trying to color unknown object at 0x"));
	CHECK(log_contains(" as Grey, called from 0x"));
	kmemleak_ignore(p + 8);
	CHECK(log_contains(" as Black, called from 0x"));
	kmemleak_no_scan(p + 8);
	CHECK(log_contains("Not scanning unknown object"));
	kmemleak_scan_area(p + 64, 8, GFP_KERNEL);
	CHECK(log_contains("Adding scan area to unknown object"));
	CHECK_EQ(this_quire()->log.warnings, 4);
	kmemleak_not_leak(NULL);
	kmemleak_update_trace(p + 8);
	kmemleak_transient_leak(p + 8);
	CHECK_EQ(this_quire()->log.warnings, 4);
	CHECK_LEAKS(p);
}

static void an_object_may_want_two_pointers(void)
{
	void *two;

	boot_leak_machine();
	two = leak_roots[0] = leak_object(64, 2);
	CHECK_LEAKS(two);
	leak_roots[1] = two;
	CHECK_LEAKS();
}

static void erase_forgets_the_pointer(void)
{
	void *lost;

	boot_leak_machine();
	lost = leak_roots[0] = new_object(64);
	kmemleak_erase(&leak_roots[0]);
	CHECK(!leak_roots[0]);
	CHECK_LEAKS(lost);
}

static void caches_may_be_left_out(void)
{
	void *followed;

	boot_leak_machine();
	followed = leak_object(64, UNANNOUNCED);
	kmemleak_alloc_recursive(followed, 64, 1, SLAB_HWCACHE_ALIGN, GFP_KERNEL);
	kmemleak_alloc_recursive(leak_object(64, UNANNOUNCED), 64, 1, SLAB_NOLEAKTRACE, GFP_KERNEL);
	CHECK_LEAKS(followed);
	kmemleak_free_recursive(followed, SLAB_NOLEAKTRACE);
	CHECK_EQ(nr_leaks(), 1);
	kmemleak_free_recursive(followed, SLAB_HWCACHE_ALIGN);
	CHECK_EQ(nr_leaks(), 0);
}

/* ---- parts ---- */

static size_t size_of(const void *ptr)
{
	struct kmemleak_info info;

	return kmemleak_find((uintptr_t)ptr, &info) && info.pointer == (uintptr_t)ptr ? info.size : 0;
}

/*
 *   |-------- 512 --------|
 *   |xx 64 |  |xx|   |xx 64|
 */
static void parts_of_an_object_can_go(void)
{
	char *p;

	boot_leak_machine();
	p = new_object(512);
	kmemleak_free_part(p, 64);
	CHECK_EQ(size_of(p + 64), 448);
	kmemleak_free_part(p + 448, 64);
	CHECK_EQ(size_of(p + 64), 384);
	kmemleak_free_part(p + 128, 32);
	CHECK_EQ(size_of(p + 64), 64);
	CHECK_EQ(size_of(p + 160), 288);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK_LEAKS(p + 64, p + 160);
	kmemleak_free_part(p + 200, 8); /* both parts stay reported */
	CHECK_LEAKS(p + 64, p + 160, p + 208);
	kmemleak_free_part(p, 512);
	CHECK_LEAKS();
}

static void a_part_may_be_of_several_objects(void)
{
	char *p;
	int i;

	boot_leak_machine();
	p = leak_object(512, UNANNOUNCED);
	for (i = 0; i < 4; i++)
		kmemleak_alloc(p + i * 128, 100, 1, GFP_KERNEL);
	kmemleak_free_part(p + 50, 3 * 128);
	CHECK_EQ(size_of(p), 50);
	CHECK_EQ(size_of(p + 3 * 128 + 50), 50);
	CHECK_LEAKS(p, p + 3 * 128 + 50);
}

/* ---- not a leak yet ---- */

static void what_changes_is_in_use_with_all_that_it_leads_to(void)
{
	unsigned long *busy, i;
	void **box;

	boot_leak_machine();
	busy = new_object(4000);
	box = (void **)busy;
	box[100] = new_object(16);
	for (i = 0; i < 4; i++) {
		busy[499] = i;
		scan_times(1);
		CHECK_EQ(nr_leaks(), 0);
	}
	scan_times(1);
	CHECK_EQ(nr_leaks(), 2);
}

static void what_is_on_its_way_gets_one_more_scan(void)
{
	void *moved;

	boot_leak_machine();
	moved = new_object(64);
	scan_times(1);
	kmemleak_transient_leak(moved);
	scan_times(1);
	CHECK_EQ(nr_leaks(), 0);
	scan_times(1);
	CHECK(is_leak(moved));
}

static volatile unsigned long test_jiffies;

static void with_a_clock_objects_are_five_seconds_old_before_they_are_reported(void)
{
	struct quire_machine *m = leak_machine();
	struct kmemleak_info info;
	void *lost;

	test_jiffies = (unsigned long)-300; /* the counter goes over the top meanwhile */
	m->leaks.jiffies = &test_jiffies;
	m->leaks.hz = 100;
	REQUIRE(!test_machine_boot(m));
	lost = new_object(64);
	test_jiffies += 499;
	scan_times(3);
	CHECK_EQ(nr_leaks(), 0);
	test_jiffies++;
	scan_times(1);
	CHECK(is_leak(lost));
	test_jiffies += 123;
	REQUIRE(kmemleak_find((uintptr_t)lost, &info));
	CHECK_EQ(info.jiffies, (unsigned long)-300);
	CHECK_EQ(info.age, 6230);
}

/* ---- without it ---- */

static void a_machine_that_does_not_want_it_pays_a_branch(void)
{
	struct quire_machine *m = test_machine_new();
	void *p;

	test_bank(m, MB(16), MB(32), 0);
	test_machine_unwatched(m);
	REQUIRE(!test_machine_boot(m));
	CHECK(log_contains("kmemleak_init: this machine has no leak detection\n"));
	CHECK(!kmemleak_is_on());
	p = new_object(64);
	kmemleak_not_leak(p);
	kmemleak_scan_area(p, 8, GFP_KERNEL);
	kmemleak_free_part(p, 8);
	kmemleak_free(p);
	CHECK(kmemleak_scan_step(1));
	CHECK(!kmemleak_poll(1));
	CHECK_EQ(kmemleak_scan(), -EPERM);
	CHECK_EQ(kmemleak_write("scan"), -EPERM);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK_STR(leak_report(), "");
	CHECK_EQ(this_quire()->log.warnings, 0);
}

const struct tap_test tap_tests[] = {
	TEST(nothing_is_lost_after_the_boot),
	TEST(what_nothing_leads_to_is_reported_by_the_second_scan),
	TEST(objects_lead_to_objects),
	TEST(an_address_inside_counts_and_one_behind_does_not),
	TEST(only_whole_aligned_words_count),
	TEST(an_object_does_not_keep_itself),
	TEST(a_ring_that_nothing_leads_to_is_reported_whole),
	TEST(a_pointer_that_comes_back_ends_the_report),
	TEST(what_is_given_back_is_not_reported),
	TEST(grey_objects_are_looked_through_and_never_reported),
	TEST(black_objects_are_neither),
	TEST(no_scan_says_that_it_holds_no_pointers),
	TEST(scan_areas_say_where_the_pointers_are),
	TEST(a_scan_area_larger_than_its_object_is_refused),
	TEST(marks_of_unknown_objects_are_worth_a_warning),
	TEST(an_object_may_want_two_pointers),
	TEST(erase_forgets_the_pointer),
	TEST(caches_may_be_left_out),
	TEST(parts_of_an_object_can_go),
	TEST(a_part_may_be_of_several_objects),
	TEST(what_changes_is_in_use_with_all_that_it_leads_to),
	TEST(what_is_on_its_way_gets_one_more_scan),
	TEST(with_a_clock_objects_are_five_seconds_old_before_they_are_reported),
	TEST(a_machine_that_does_not_want_it_pays_a_branch),
	{ NULL, NULL },
};
