/* SPDX-License-Identifier: MIT */
/*
 * leaking_host.c - a test that loses something on a machine of the host port, and one that does not, for leaks.t.
 */
#include <quire/kmalloc.h>
#include <quire/quire.h>

#include "port/host/host.h"
#include "tests/tap.h"

static const struct machine_bank banks[] = { { 16 << 20, 64 << 20, 0, 0 } };

static struct host_machine *boot(void)
{
	struct quire_machine m = { .name = "leaking", .banks = banks, .nr_banks = 1 };
	struct host_machine *hm;
	char err[256];

	m.objects.engine = &quire_slub;
	hm = host_machine_create(&m, err, sizeof(err));
	REQUIRE(hm);
	REQUIRE(!host_machine_boot(hm));
	return hm;
}

static void loses_a_piece_of_the_hosts_machine(void)
{
	struct host_machine *hm = boot();

	CHECK(kmalloc(100, GFP_KERNEL));
	host_machine_destroy(hm);
}

static void keeps_what_the_stack_leads_to(void)
{
	struct host_machine *hm = boot();
	void *volatile held = kmalloc(100, GFP_KERNEL);

	host_machine_destroy(hm);
	CHECK(held);
}

const struct tap_test tap_tests[] = {
	TEST(loses_a_piece_of_the_hosts_machine),
	TEST(keeps_what_the_stack_leads_to),
	{ NULL, NULL },
};
