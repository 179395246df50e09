/* SPDX-License-Identifier: MIT */
/*
 * host_kfence_test.c - a process as the machine: an object that is used wrongly is reported by the fault
 * that this causes, and the program goes on.
 */
#include <string.h>

#include <quire/kfence.h>
#include <quire/kmalloc.h>
#include <quire/quire.h>

#include "port/host/host.h"
#include "tests/fixture.h"
#include "tests/tap.h"

static const struct machine_bank banks[] = { { 16 << 20, 64 << 20, 0, 0 } };

static char log_lines[1 << 16];

static void keep_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	if (strlen(log_lines) + strlen(line) + 2 < sizeof(log_lines)) {
		strcat(log_lines, line);
		strcat(log_lines, "\n");
	}
}

static struct host_machine *boot(void)
{
	struct quire_machine m = { .name = "test", .banks = banks, .nr_banks = 1 };
	struct host_machine *hm;
	char err[256];

	m.objects.engine = &quire_slub;
	m.objects.sampler = &quire_kfence;
	log_lines[0] = '\0';
	host_log_to(keep_line, NULL);
	hm = host_machine_create(&m, err, sizeof(err));
	REQUIRE(hm);
	host_machine_select(hm);
	REQUIRE(host_machine_boot(hm) == 0);
	REQUIRE(host_explain_faults() == 0);
	if (strstr(log_lines, "no kernel page table"))
		tap_skip("the process has no room for the kernel's windows");
	return hm;
}

static volatile char *sampled(void)
{
	volatile char *object;

	kfence_tick();
	object = kmalloc(4096, GFP_KERNEL);
	REQUIRE(is_kfence_address((void *)(uintptr_t)object));
	return object;
}

static void a_use_after_free_is_reported_and_the_program_goes_on(void)
{
	struct host_machine *hm = boot();
	volatile char *object = sampled();

	object[0] = 1;
	kfree((void *)(uintptr_t)object);
	CHECK_EQ(object[0], 1);
	CHECK(strstr(log_lines, "BUG: KFENCE: use-after-free read in "));
	host_machine_destroy(hm);
}

static void a_write_beyond_an_object_is_reported_and_the_program_goes_on(void)
{
	struct host_machine *hm = boot();
	volatile char *object = sampled();

	object[4096] = 1;
	CHECK(strstr(log_lines, "BUG: KFENCE: out-of-bounds write in "));
	CHECK(strstr(log_lines, "(1B right of kfence-#0):"));
	kfree((void *)(uintptr_t)object);
	host_machine_destroy(hm);
}

const struct tap_test tap_tests[] = {
	TEST(a_use_after_free_is_reported_and_the_program_goes_on),
	TEST(a_write_beyond_an_object_is_reported_and_the_program_goes_on),
	{ NULL, NULL },
};
