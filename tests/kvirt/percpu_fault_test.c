/* SPDX-License-Identifier: MIT */
/*
 * percpu_fault_test.c - each allocation on the way to a per-CPU area fails once: a boot
 * that fails leaves nothing, and neither does a call.
 */
#include <quire/percpu.h>
#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB(n) ((phys_addr_t)(n) << 20)

static DEFINE_PER_CPU(int, number) = 3;

static struct quire_machine *new_machine(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, MB(16), MB(64), 0);
	m->nr_cpus = 4;
	m->flags = flags;
	m->percpu_start = percpu_template_start;
	m->percpu_end = percpu_template_end;
	return m;
}

/* Boots with the n-th allocation failing, for n from 1 on until none fails. */
static void check_boots(unsigned int flags)
{
	unsigned long n, in_our_step = 0;
	int err = -ENOMEM;

	for (n = 1; err; n++) {
		struct quire_machine *m = new_machine(flags);

		log_clear();
		quire_fail_nth(n, false);
		err = test_machine_boot(m);
		quire_fail_off();
		in_our_step += log_contains("stopped in setup_per_cpu_areas: not enough memory");
		if (err) {
			CHECK_EQ(err, -ENOMEM);
			CHECK_EQ(this_quire()->phase, PHASE_NONE);
			CHECK(!this_quire()->percpu.is_up);
			CHECK_EQ(pcpu_nr_pages(), 0);
			CHECK_EQ(per_cpu(number, 3), 3);
			/* The next boot finds everything as it was. */
			CHECK_EQ(quire_boot(m), 0);
		}
		CHECK_EQ(per_cpu(number, 3), 3);
		CHECK_EQ(percpu_validate(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		test_machine_end(m);
	}
	CHECK_EQ(in_our_step, 2); /* the map, the units */
}

static void a_boot_that_fails_leaves_nothing(void)
{
	check_boots(0);
}

static void a_boot_with_bootmem_that_fails_leaves_nothing(void)
{
	check_boots(MACHINE_BOOTMEM);
}

static void a_boot_as_dumped_that_fails_leaves_nothing(void)
{
	check_boots(MACHINE_AS_DUMPED);
}

/* The call itself, the map's page, the units: a call can fail in three places. */
static void a_call_that_fails_leaves_nothing(void)
{
	unsigned long n, before;
	void *ptr = NULL;

	REQUIRE(!test_machine_boot(new_machine(0)));
	before = nr_free_pages();
	for (n = 1; !ptr; n++) {
		quire_fail_nth(n, false);
		ptr = __alloc_percpu(this_quire()->percpu.unit_size, 8);
		quire_fail_off();
		CHECK_EQ(percpu_validate(), 0);
		if (!ptr)
			CHECK_EQ(nr_free_pages(), before);
	}
	CHECK_EQ(n - 1, 4);
	free_percpu(ptr);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_boot_that_fails_leaves_nothing),
	TEST(a_boot_with_bootmem_that_fails_leaves_nothing),
	TEST(a_boot_as_dumped_that_fails_leaves_nothing),
	TEST(a_call_that_fails_leaves_nothing),
	{ NULL, NULL },
};
