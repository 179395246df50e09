/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_command_test.c - the debugfs file kmemleak: its text, and what is written to it; how the
 * detector ends, when it is told to or must.
 */
#include <stdio.h>
#include <string.h>

#include "tests/debug/kmemleak_support.h"

/* ---- the text ---- */

static volatile unsigned long test_jiffies;
static unsigned int nr_addresses;

static void test_task(void *ctx, char *comm, int *pid)
{
	CHECK_PTR(ctx, &nr_addresses);
	memcpy(comm, "modprobe", 9);
	*pid = 2088;
}

static unsigned int test_trace(void *ctx, const void **addresses, unsigned int max)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < nr_addresses && i < max; i++)
		addresses[i] = (const void *)((uintptr_t)0xc0de1000 + i * 16);
	return i;
}

static void test_symbol(void *ctx, const void *address, char *text, size_t size)
{
	(void)ctx;
	if ((uintptr_t)address == 0xc0de1010)
		snprintf(text, size, "do_one_initcall+0x41/0x1df");
}

static void the_report_is_laid_out_as_linux_does(void)
{
	struct quire_machine *m = leak_machine();
	char expected[1000];
	int digits = (int)(2 * sizeof(void *));
	u8 *a, *b;

	nr_addresses = 2;
	test_jiffies = 4294680594UL;
	m->leaks.jiffies = &test_jiffies;
	m->leaks.hz = 250;
	m->leaks.task = test_task;
	m->leaks.trace = test_trace;
	m->leaks.symbol = test_symbol;
	m->leaks.ctx = &nr_addresses;
	REQUIRE(!test_machine_boot(m));
	a = new_object(200);
	b = new_object(20);
	memset(a, 0x6b, 31);
	a[31] = 0xa5;
	memcpy(b, "Hello, leak!\n", 13);
	test_jiffies += 93871;
	CHECK_STR(leak_report(), "");
	scan_times(2);
	snprintf(expected, sizeof(expected),
		 "unreferenced object 0x%08lx (size 200):\n"
		 "  comm \"modprobe\", pid 2088, jiffies 4294680594 (age 375.484s)\n"
		 "  hex dump (first 32 bytes):\n"
		 "    6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  kkkkkkkkkkkkkkkk\n"
		 "    6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b a5  kkkkkkkkkkkkkkk.\n"
		 "  backtrace:\n"
		 "    [<%0*lx>] 0xc0de1000\n"
		 "    [<%0*lx>] do_one_initcall+0x41/0x1df\n"
		 "unreferenced object 0x%08lx (size 20):\n"
		 "  comm \"modprobe\", pid 2088, jiffies 4294680594 (age 375.484s)\n"
		 "  hex dump (first 20 bytes):\n"
		 "    48 65 6c 6c 6f 2c 20 6c 65 61 6b 21 0a 00 00 00  Hello, leak!....\n"
		 "    00 00 00 00                                      ....\n"
		 "  backtrace:\n"
		 "    [<%0*lx>] 0xc0de1000\n"
		 "    [<%0*lx>] do_one_initcall+0x41/0x1df\n",
		 (unsigned long)(uintptr_t)a, digits, 0xc0de1000UL, digits, 0xc0de1010UL,
		 (unsigned long)(uintptr_t)b, digits, 0xc0de1000UL, digits, 0xc0de1010UL);
	CHECK_STR(leak_report(), expected);
}

static void traces_of_any_length_fit(void)
{
	struct quire_machine *m = leak_machine();
	struct kmemleak_info info;
	void *p;

	m->leaks.trace = test_trace;
	REQUIRE(!test_machine_boot(m));
	nr_addresses = 100;
	p = new_object(16);
	REQUIRE(kmemleak_find((uintptr_t)p, &info));
	CHECK_EQ(info.nr_trace, KMEMLEAK_TRACE_MAX);
	CHECK_STR(info.comm, "swapper/0");
	/* none: then the caller, whom the library knows */
	nr_addresses = 0;
	kmemleak_update_trace(p);
	REQUIRE(kmemleak_find((uintptr_t)p, &info));
	CHECK_EQ(info.nr_trace, 1);
}

/* ---- commands ---- */

static void commands_that_are_none_are_refused(void)
{
	static const char *const wrong[] = { "",	  "scanner",  "sca",	 "scan=",   "scan=x",
					     "scan=-1",	  "scan= 5",  "dump=",	 "dump=0x", "dump=zz",
					     "stack=",	  "stack=maybe", "offx", "clear\n\n", "dump" };
	size_t i;

	boot_leak_machine();
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK_EQ(kmemleak_write(wrong[i]), -EINVAL))
			tap_note("`%s`", wrong[i]);
	CHECK_EQ(kmemleak_write("scan=4294967296"), -ERANGE);
	CHECK_EQ(kmemleak_write("scan=4294967295\n"), 0);
	CHECK_EQ(kmemleak_write("scan\n"), 0);
}

static int early_tries(void *ctx)
{
	(void)ctx;
	CHECK_EQ(kmemleak_write("scan"), -EBUSY);
	CHECK_EQ(kmemleak_scan(), -EBUSY);
	CHECK(kmemleak_scan_step(1));
	CHECK(!kmemleak_poll(1));
	return 0;
}

static void before_its_step_of_the_boot_there_are_no_scans(void)
{
	struct quire_machine *m = leak_machine();

	m->early = early_tries;
	REQUIRE(!test_machine_boot(m));
	CHECK(log_contains("kmemleak: Kernel memory leak detector initialized (mem pool available: "));
	CHECK_EQ(kmemleak_write("scan"), 0);
}

static void dump_tells_about_an_object(void)
{
	char command[64], line[64];
	void *p;

	boot_leak_machine();
	p = leak_roots[0] = new_object(64);
	scan_times(1);
	log_clear();
	snprintf(command, sizeof(command), "dump=0x%lx\n", (unsigned long)(uintptr_t)p + 10);
	CHECK_EQ(kmemleak_write(command), 0);
	snprintf(line, sizeof(line), "kmemleak: Object 0x%08lx (size 64):\n", (unsigned long)(uintptr_t)p);
	CHECK(log_contains(line));
	CHECK(log_contains("kmemleak:   comm \"swapper/0\", pid 0, jiffies 0\n"));
	CHECK(log_contains("kmemleak:   min_count = 1\nkmemleak:   count = 1\nkmemleak:   flags = 0x1\n"
			   "kmemleak:   checksum = 0\nkmemleak:   backtrace:\nkmemleak:     [<"));
	snprintf(command, sizeof(command), "dump=%lu", (unsigned long)(uintptr_t)p + 64);
	CHECK_EQ(kmemleak_write(command), -EINVAL);
	CHECK(log_contains("kmemleak: Unknown object at 0x"));
}

static void clear_forgets_the_leaks_of_now(void)
{
	void **old, *fresh;

	boot_leak_machine();
	old = new_object(64);
	CHECK_LEAKS(old);
	CHECK_EQ(kmemleak_write("clear"), 0);
	CHECK_STR(leak_report(), "");
	old[3] = new_object(16); /* it is looked through from now on */
	fresh = new_object(16);
	CHECK_LEAKS(fresh);
}

static void what_has_leaked_since_the_last_scan_is_not_cleared(void)
{
	void *late;

	boot_leak_machine();
	late = new_object(64);
	scan_times(1);
	CHECK_EQ(kmemleak_write("clear"), 0);
	scan_times(1);
	CHECK(is_leak(late));
}

/* ---- scans by themselves ---- */

static void polling_scans_when_it_is_time(void)
{
	struct quire_machine *m = leak_machine();
	void *lost;

	test_jiffies = 1000;
	m->leaks.jiffies = &test_jiffies;
	m->leaks.hz = 10;
	REQUIRE(!test_machine_boot(m));
	lost = new_object(64);
	test_jiffies += 599;
	CHECK(!kmemleak_poll(100));
	CHECK_EQ(this_quire()->leak.scan.phase, KMEMLEAK_IDLE);
	test_jiffies++; /* a minute after the boot */
	CHECK(kmemleak_poll(100));
	while (kmemleak_poll(1000))
		;
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK_EQ(nr_leaks(), 0);
	test_jiffies += 6000; /* then every ten */
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(is_leak(lost));
	CHECK_EQ(kmemleak_write("scan=7"), 0);
	leak_roots[0] = lost;
	test_jiffies += 69;
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(is_leak(lost));
	test_jiffies++;
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(!is_leak(lost));
	leak_roots[0] = NULL;
	CHECK_EQ(kmemleak_write("scan=off"), 0);
	test_jiffies += 100000;
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(!is_leak(lost));
	CHECK_EQ(kmemleak_write("scan=on"), 0);
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(is_leak(lost));
	CHECK_EQ(kmemleak_write("scan=0"), 0);
	CHECK(!kmemleak_poll(SIZE_MAX));
	CHECK(!this_quire()->leak.scans_by_itself);
}

static void without_a_clock_it_is_always_time(void)
{
	void *lost;

	boot_leak_machine();
	lost = new_object(64);
	while (kmemleak_poll(1000))
		;
	while (kmemleak_poll(1000))
		;
	CHECK(is_leak(lost));
}

/* ---- off ---- */

static void off_ends_it_for_good_and_gives_its_memory_back(void)
{
	unsigned long before;
	void *p;
	int i;

	boot_leak_machine();
	before = nr_free_pages();
	p = leak_object(16 * 1000, UNANNOUNCED);
	before -= 16;
	for (i = 0; i < 1000; i++)
		kmemleak_alloc((char *)p + i * 16, 16, 1, GFP_KERNEL);
	CHECK(nr_free_pages() < before);
	CHECK_EQ(kmemleak_write("off"), 0);
	CHECK(log_contains("kmemleak: Kernel memory leak detector disabled\n"));
	CHECK(!log_contains("without freeing"));
	CHECK_EQ(nr_free_pages(), before);
	CHECK(!kmemleak_is_on());
	CHECK_EQ(kmemleak_write("scan"), -EPERM);
	CHECK_EQ(kmemleak_write("off"), -EPERM);
	CHECK_EQ(kmemleak_write("stack=on"), -EPERM);
	CHECK_EQ(kmemleak_write("clear"), 0);
	CHECK(kmemleak_scan_step(100));
	kmemleak_free(p);
	kmemleak_not_leak(p);
	kmemleak_alloc(p, 16, 1, GFP_KERNEL);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK_EQ(this_quire()->leak.nr_objects, 0);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void after_a_report_the_list_stays_until_it_is_cleared(void)
{
	void *lost;

	boot_leak_machine();
	lost = new_object(64);
	CHECK_LEAKS(lost);
	CHECK_EQ(kmemleak_write("off"), 0);
	CHECK(log_contains("kmemleak: Kmemleak disabled without freeing internal data."));
	CHECK(is_leak(lost));
	CHECK(kmemleak_scan_step(100));
	CHECK(is_leak(lost));
	CHECK_EQ(kmemleak_write("clear"), 0);
	CHECK_EQ(nr_leaks(), 0);
	CHECK_EQ(this_quire()->leak.nr_objects, 0);
	CHECK_EQ(this_quire()->leak.nr_slots, 0);
}

static void off_ends_a_scan_that_is_under_way(void)
{
	boot_leak_machine();
	new_object(64);
	CHECK(!kmemleak_scan_step(200));
	CHECK_EQ(kmemleak_write("off"), 0);
	CHECK(kmemleak_scan_step(200));
	CHECK_EQ(kmemleak_scan(), -EPERM);
	CHECK_EQ(nr_leaks(), 0);
	CHECK_EQ(kmemleak_validate(), 0);
}

static void out_of_memory_it_turns_itself_off_and_the_rest_goes_on(void)
{
	unsigned long i, before;
	char *p;

	boot_leak_machine();
	p = leak_object(60000, UNANNOUNCED);
	before = nr_free_pages();
	quire_fail_nth(1, true);
	for (i = 0; i < 3000 && kmemleak_is_on(); i++)
		kmemleak_alloc(p + i * 16, 16, 1, GFP_KERNEL);
	quire_fail_off();
	CHECK(i >= CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE / 2 && i < 3000);
	CHECK(log_contains("kmemleak: Cannot allocate a kmemleak_object structure\n"
			   "kmemleak: Kernel memory leak detector disabled\n"));
	CHECK_EQ(this_quire()->log.warnings, 1);
	kmemleak_free(p);
	CHECK_EQ(kmemleak_write("scan"), -EPERM);
	CHECK(kmemleak_scan_step(1)); /* tidies up */
	CHECK_EQ(this_quire()->leak.nr_objects, 0);
	CHECK(nr_free_pages() >= before);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void without_memory_for_a_scan_area_all_is_looked_through(void)
{
	void **box;
	unsigned long i;

	boot_leak_machine();
	box = leak_roots[0] = new_object(64);
	box[7] = new_object(16);
	quire_fail_nth(1, true);
	for (i = 0; i < 3000 && this_quire()->leak.nr_unused; i++)
		kmemleak_scan_area(&box[1], 8, GFP_KERNEL);
	CHECK_EQ(this_quire()->log.warnings, 0);
	kmemleak_scan_area(&box[1], 8, GFP_KERNEL);
	quire_fail_off();
	CHECK(log_contains("kmemleak: Cannot allocate a scan area, scanning the full object\n"));
	CHECK(kmemleak_is_on());
	CHECK_LEAKS();
}

static void objects_that_overlap_end_it(void)
{
	char *p;

	boot_leak_machine();
	p = new_object(64);
	kmemleak_alloc(p + 32, 64, 1, GFP_KERNEL);
	CHECK(log_contains("kmemleak: Cannot insert 0x"));
	CHECK(log_contains(" into the object search tree (overlaps existing)\n"
			   "kmemleak: Kernel memory leak detector disabled\nkmemleak: Object 0x"));
	CHECK(!kmemleak_is_on());
	CHECK_EQ(kmemleak_validate(), 0);
}

static void nothing_and_what_has_no_end_are_no_objects(void)
{
	unsigned long before;

	boot_leak_machine();
	before = this_quire()->leak.nr_objects;
	kmemleak_alloc(NULL, 64, 1, GFP_KERNEL);
	kmemleak_alloc(leak_roots, 0, 1, GFP_KERNEL);
	kmemleak_alloc(leak_roots, SIZE_MAX, 1, GFP_KERNEL);
	kmemleak_free_part(leak_roots, 0);
	kmemleak_free_part(NULL, 10);
	CHECK_EQ(this_quire()->leak.nr_objects, before);
	CHECK_EQ(kmemleak_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(the_report_is_laid_out_as_linux_does),
	TEST(traces_of_any_length_fit),
	TEST(commands_that_are_none_are_refused),
	TEST(before_its_step_of_the_boot_there_are_no_scans),
	TEST(dump_tells_about_an_object),
	TEST(clear_forgets_the_leaks_of_now),
	TEST(what_has_leaked_since_the_last_scan_is_not_cleared),
	TEST(polling_scans_when_it_is_time),
	TEST(without_a_clock_it_is_always_time),
	TEST(off_ends_it_for_good_and_gives_its_memory_back),
	TEST(after_a_report_the_list_stays_until_it_is_cleared),
	TEST(off_ends_a_scan_that_is_under_way),
	TEST(out_of_memory_it_turns_itself_off_and_the_rest_goes_on),
	TEST(without_memory_for_a_scan_area_all_is_looked_through),
	TEST(objects_that_overlap_end_it),
	TEST(nothing_and_what_has_no_end_are_no_objects),
	{ NULL, NULL },
};
