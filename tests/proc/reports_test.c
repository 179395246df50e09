/* SPDX-License-Identifier: MIT */
/*
 * reports_test.c - finding a report, the stream it is written to, and memblock's lists.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/gfp.h>
#include <quire/memblock.h>

#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

static void a_report_is_found_by_name_and_by_path(void)
{
	const struct report *buddyinfo = quire_find_report("buddyinfo");
	const struct report *memory = quire_find_report("memblock/memory");

	REQUIRE(buddyinfo && memory);
	CHECK_STR(buddyinfo->name, "buddyinfo");
	CHECK_STR(memory->name, "memblock/memory");
	CHECK_PTR(quire_find_report("/proc/buddyinfo"), buddyinfo);
	CHECK_PTR(quire_find_report("/sys/kernel/debug/memblock/memory"), memory);
}

static void what_is_no_report_is_not_found(void)
{
	static const char *const names[] = { "",
					     "/proc/",
					     "/proc",
					     "buddy",
					     "buddyinfo/",
					     "/proc//proc/buddyinfo",
					     "memblock",
					     "/proc/sys/kernel/debug/buddyinfo",
					     "proc/buddyinfo" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!CHECK(!quire_find_report(names[i])))
			tap_note("found: \"%s\"", names[i]);
}

static void every_report_has_a_help_line_and_can_be_shown(void)
{
	static const char *const names[] = { "meminfo",
					     "buddyinfo",
					     "zoneinfo",
					     "cma",
					     "page_owner",
					     "page_owner_sites",
					     "numastat",
					     "vmstat",
					     "pagetypeinfo",
					     "iomem",
					     "memblock/memory",
					     "memblock/reserved",
					     "extfrag/unusable_index",
					     "extfrag/extfrag_index",
					     "slabinfo",
					     "vmallocinfo",
					     "kmemleak" };
	const struct report *report = quire_reports;
	size_t i;

	proc_machine(1, 1U << ZONE_NORMAL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(quire_find_report(names[i]));
	for (; report->name; report++) {
		CHECK(report->help && *report->help && !strchr(report->help, '\n'));
		CHECK_PTR(quire_find_report(report->name), report);
		report_text(report->name);
	}
	CHECK_EQ(report - quire_reports, i);
}

struct text {
	char buf[64];
	size_t len;
};

static void append(void *ctx, const char *text, size_t len)
{
	struct text *t = ctx;

	REQUIRE(t->len + len < sizeof(t->buf));
	memcpy(t->buf + t->len, text, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

static void a_stream_takes_text_and_conversions(void)
{
	struct text text = { "", 0 };
	struct seq_file m = { append, &text };

	test_machine_new();
	seq_puts(&m, "a 100% ");
	seq_printf(&m, "%*d|%-6s|%08llx\n", 4, -7, "zone", 0x123abcULL);
	CHECK_STR(text.buf, "a 100%   -7|zone  |00123abc\n");
}

/* ---- memblock ---- */

static void begin_memblock(phys_addr_t phys_end)
{
	proc_machine(1, 1U << ZONE_NORMAL);
	this_quire()->phase = PHASE_MEMBLOCK;
	this_quire()->geo.phys_end = phys_end;
}

static void memblock_lists_are_numbered_from_0_with_inclusive_ends(void)
{
	begin_memblock(0xfffff000);
	CHECK_EQ(memblock_add(0x1000, 0x9e000), 0);
	CHECK_EQ(memblock_add(0x100000, 0x700000), 0);
	CHECK_EQ(memblock_reserve(0x200000, 1), 0);
	CHECK_STR(report_text("memblock/memory"), "   0: 0x00001000..0x0009efff\n"
						  "   1: 0x00100000..0x007fffff\n");
	CHECK_STR(report_text("memblock/reserved"), "   0: 0x00200000..0x00200000\n");
}

static void an_empty_memblock_list_has_no_lines(void)
{
	begin_memblock(0xfffff000);
	CHECK_STR(report_text("memblock/memory"), "");
	CHECK_STR(report_text("memblock/reserved"), "");
}

static void addresses_have_16_digits_where_they_may_exceed_4_gib(void)
{
	const char *wide = "   0: 0x0000000000001000..0x0000000000001fff\n";
	const char *narrow = "   0: 0x00001000..0x00001fff\n";
	bool can_be_wide = sizeof(phys_addr_t) > 4;

	begin_memblock(PHYS_ADDR_MAX);
	CHECK_EQ(memblock_add(0x1000, 0x1000), 0);
	CHECK_STR(report_text("memblock/memory"), can_be_wide ? wide : narrow);
	this_quire()->geo.phys_end = (phys_addr_t)(1ULL << 36);
	CHECK_STR(report_text("memblock/memory"), can_be_wide ? wide : narrow);
	this_quire()->geo.phys_end = (phys_addr_t)((1ULL << 32) - !can_be_wide);
	CHECK_STR(report_text("memblock/memory"), narrow);
}

static void memblock_lists_stay_readable_after_the_boot(void)
{
	begin_memblock(0xfffff000);
	CHECK_EQ(memblock_add(0x1000, 0x1000), 0);
	this_quire()->phase = PHASE_BUDDY;
	CHECK_STR(report_text("memblock/memory"), "   0: 0x00001000..0x00001fff\n");
}

/* ---- a machine that was booted ---- */

/* The sum over buddyinfo's lines, in pages. */
static unsigned long pages_in_buddyinfo(void)
{
	const char *text = report_text("buddyinfo");
	unsigned long pages = 0;
	char *end;

	while ((text = strstr(text, "zone"))) {
		unsigned int order;

		text += strlen("zone");
		text += strspn(text, " ");
		text += strcspn(text, " ");
		for (order = 0; order < MAX_ORDER; order++) {
			pages += strtoul(text, &end, 10) << order;
			text = end;
		}
		CHECK(!strncmp(text, " \n", 2));
	}
	return pages;
}

static unsigned long number_behind(const char *text, const char *name)
{
	text = strstr(text, name);
	REQUIRE(text);
	return strtoul(text + strlen(name), NULL, 10);
}

static void check_reports_agree(unsigned int flags)
{
	struct quire_machine *m = test_machine_new();
	unsigned long free_kb;

	m->flags = flags;
	m->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	m->zone_end[ZONE_DMA] = 16 << 20;
	test_bank(m, 1 << 20, 31 << 20, 0);
	test_bank(m, 64 << 20, 32 << 20, 1);
	test_reserve(m, 2 << 20, 123456);
	REQUIRE(!test_machine_boot(m));
	REQUIRE(alloc_page(GFP_KERNEL));
	free_kb = number_behind(report_text("meminfo"), "MemFree:");
	CHECK(free_kb > 50000 && free_kb < 63 << 10);
	CHECK_EQ(pages_in_buddyinfo() * 4, free_kb);
	CHECK(number_behind(report_text("meminfo"), "MemTotal:") >= free_kb);
	CHECK(strstr(report_text("zoneinfo"), "Node 1, zone   Normal\n  per-node stats\n"));
	CHECK(strstr(report_text("iomem"), "04000000-05ffffff : System RAM\n"));
	CHECK(strstr(report_text("memblock/memory"), "4000000..0x"));
	CHECK(strstr(report_text("memblock/reserved"), "200000..0x"));
	test_machine_end(m);
}

static void the_reports_of_a_booted_machine_agree(void)
{
	check_reports_agree(0);
	check_reports_agree(MACHINE_BOOTMEM);
	check_reports_agree(MACHINE_AS_DUMPED);
}

const struct tap_test tap_tests[] = {
	TEST(a_report_is_found_by_name_and_by_path),
	TEST(what_is_no_report_is_not_found),
	TEST(every_report_has_a_help_line_and_can_be_shown),
	TEST(a_stream_takes_text_and_conversions),
	TEST(memblock_lists_are_numbered_from_0_with_inclusive_ends),
	TEST(an_empty_memblock_list_has_no_lines),
	TEST(addresses_have_16_digits_where_they_may_exceed_4_gib),
	TEST(memblock_lists_stay_readable_after_the_boot),
	TEST(the_reports_of_a_booted_machine_agree),
	{ NULL, NULL },
};
