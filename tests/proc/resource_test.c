/* SPDX-License-Identifier: MIT */
/*
 * resource_test.c - the tree of address ranges, and /proc/iomem made from a machine.
 */
#include <string.h>

#include <quire/fault.h>
#include <quire/memblock.h>

#include "mm/proc/internal.h"
#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

/* The tree is this quire's own; its report shows it. */
static struct resource *begin(void)
{
	struct resource *root;

	proc_machine(1, 1U << ZONE_NORMAL);
	root = &this_quire()->report.iomem_resource;
	root->end = PHYS_ADDR_MAX;
	return root;
}

#define RANGE(first, last, text) \
	((struct resource){ .start = (first), .end = (last), .name = (text) })

/* ---- request ---- */

static void requests_are_sorted_by_address(void)
{
	struct resource *root = begin();
	struct resource c = RANGE(0x300, 0x3ff, "c"), a = RANGE(0x100, 0x1ff, "a");
	struct resource b = RANGE(0x200, 0x2ff, "b");

	CHECK_EQ(request_resource(root, &c), 0);
	CHECK_EQ(request_resource(root, &a), 0);
	CHECK_EQ(request_resource(root, &b), 0);
	CHECK_STR(report_text("iomem"), "00000100-000001ff : a\n"
					"00000200-000002ff : b\n"
					"00000300-000003ff : c\n");
	CHECK_PTR(b.parent, root);
	CHECK_PTR(b.sibling, &c);
}

static void a_request_for_taken_room_is_busy(void)
{
	struct resource *root = begin();
	struct resource taken = RANGE(0x200, 0x2ff, "taken");
	struct resource wrong[] = {
		RANGE(0x200, 0x2ff, "all"),    RANGE(0x240, 0x24f, "inside"),
		RANGE(0x1ff, 0x200, "start"),  RANGE(0x2ff, 0x300, "end"),
		RANGE(0x100, 0x400, "around"),
	};
	size_t i;

	CHECK_EQ(request_resource(root, &taken), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQ(request_resource(root, &wrong[i]), -EBUSY);
	CHECK_STR(report_text("iomem"), "00000200-000002ff : taken\n");
	CHECK_EQ(request_resource(&taken, &wrong[1]), 0);
	CHECK_STR(report_text("iomem"), "00000200-000002ff : taken\n"
					"  00000240-0000024f : inside\n");
}

static void a_request_outside_of_the_parent_or_for_nothing_is_invalid(void)
{
	struct resource *root = begin();
	struct resource parent = RANGE(0x200, 0x2ff, "parent"),
			below = RANGE(0x1ff, 0x210, "below");
	struct resource above = RANGE(0x2f0, 0x300, "above"), empty = RANGE(0x210, 0x20f, "empty");

	CHECK_EQ(request_resource(root, &parent), 0);
	CHECK_EQ(request_resource(&parent, &below), -EINVAL);
	CHECK_EQ(request_resource(&parent, &above), -EINVAL);
	CHECK_EQ(request_resource(&parent, &empty), -EINVAL);
	CHECK_EQ(insert_resource(&parent, &below), -EINVAL);
	CHECK_EQ(insert_resource(root, &empty), -EINVAL);
	CHECK(!parent.child);
}

/* ---- insert ---- */

/*
 *   before  [a]  [b]  [c]  [d]        after  [a]  [   new   ]  [d]
 *                                                 [b]  [c]
 */
static void an_inserted_range_takes_in_what_lies_inside_it(void)
{
	struct resource *root = begin();
	struct resource a = RANGE(0x100, 0x10f, "a"), b = RANGE(0x200, 0x20f, "b");
	struct resource c = RANGE(0x300, 0x30f, "c"), d = RANGE(0x400, 0x40f, "d");
	struct resource outer = RANGE(0x1f0, 0x30f, "new");

	CHECK_EQ(request_resource(root, &a), 0);
	CHECK_EQ(request_resource(root, &b), 0);
	CHECK_EQ(request_resource(root, &c), 0);
	CHECK_EQ(request_resource(root, &d), 0);
	CHECK_EQ(insert_resource(root, &outer), 0);
	CHECK_STR(report_text("iomem"), "00000100-0000010f : a\n"
					"000001f0-0000030f : new\n"
					"  00000200-0000020f : b\n"
					"  00000300-0000030f : c\n"
					"00000400-0000040f : d\n");
	CHECK_PTR(b.parent, &outer);
	CHECK_PTR(c.parent, &outer);
	CHECK(!c.sibling);
}

static void an_inserted_range_goes_down_to_where_it_belongs(void)
{
	struct resource *root = begin();
	struct resource ram = RANGE(0x1000, 0x1fff, "ram"), image = RANGE(0x1100, 0x18ff, "image");
	struct resource code = RANGE(0x1200, 0x12ff, "code"), alone = RANGE(0x10, 0x1f, "alone");

	CHECK_EQ(insert_resource(root, &ram), 0);
	CHECK_EQ(insert_resource(root, &image), 0);
	CHECK_EQ(insert_resource(root, &code), 0);
	CHECK_EQ(insert_resource(root, &alone), 0);
	CHECK_STR(report_text("iomem"), "00000010-0000001f : alone\n"
					"00001000-00001fff : ram\n"
					"  00001100-000018ff : image\n"
					"    00001200-000012ff : code\n");
}

static void of_two_equal_ranges_the_later_is_the_outer(void)
{
	struct resource *root = begin();
	struct resource first = RANGE(0x100, 0x1ff, "first"),
			second = RANGE(0x100, 0x1ff, "second");

	CHECK_EQ(insert_resource(root, &first), 0);
	CHECK_EQ(insert_resource(root, &second), 0);
	CHECK_STR(report_text("iomem"), "00000100-000001ff : second\n"
					"  00000100-000001ff : first\n");
}

static void a_partial_overlap_is_busy_and_changes_nothing(void)
{
	struct resource *root = begin();
	struct resource a = RANGE(0x100, 0x1ff, "a"), b = RANGE(0x300, 0x3ff, "b");
	struct resource wrong[] = { RANGE(0x180, 0x280, "into"), RANGE(0x80, 0x180, "out of"),
				    RANGE(0x100, 0x380, "one whole, one in part"),
				    RANGE(0x180, 0x3ff, "one in part, one whole") };
	size_t i;

	CHECK_EQ(insert_resource(root, &a), 0);
	CHECK_EQ(insert_resource(root, &b), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQ(insert_resource(root, &wrong[i]), -EBUSY);
	CHECK_STR(report_text("iomem"), "00000100-000001ff : a\n"
					"00000300-000003ff : b\n");
	CHECK_PTR(a.sibling, &b);
	CHECK_PTR(a.parent, root);
}

/* ---- the text ---- */

static void indentation_ends_at_five_levels(void)
{
	struct resource *root = begin();
	static struct resource nest[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		nest[i] = RANGE(i, 0xff - i, "x");
		CHECK_EQ(request_resource(i ? &nest[i - 1] : root, &nest[i]), 0);
	}
	CHECK_STR(report_text("iomem"), "00000000-000000ff : x\n"
					"  00000001-000000fe : x\n"
					"    00000002-000000fd : x\n"
					"      00000003-000000fc : x\n"
					"        00000004-000000fb : x\n"
					"          00000005-000000fa : x\n"
					"          00000006-000000f9 : x\n"
					"          00000007-000000f8 : x\n");
}

static void a_range_without_a_name_is_shown_as_bad(void)
{
	struct resource res = RANGE(1, 2, NULL);

	CHECK_EQ(request_resource(begin(), &res), 0);
	CHECK_STR(report_text("iomem"), "00000001-00000002 : <BAD>\n");
}

/* ---- from a machine ---- */

static void the_tree_of_a_machine_without_a_list_is_banks_and_image(void)
{
	struct machine_bank banks[] = { { 0x100000, 0x100000, 0, 0 },
					{ 0x1000, 0x9e000, 0, 0 },
					{ 0x200000, 0x100000, 1, MEMBLOCK_NOMAP } };
	struct quire_machine m = {
		.banks = banks,
		.nr_banks = 3,
		.text = { 0x120000, 0x20000 },
		.rodata = { 0x140000, 0x8000 },
		.rwdata = { 0x150000, 0x1234 },
		.init = { 0x160000, 0x1000 },
		.bss = { 0x170000, 0x10000 },
	};

	begin();
	proc_boot_memory();
	CHECK_EQ(iomem_build(&m), 0);
	CHECK_STR(report_text("iomem"), "00001000-0009efff : System RAM\n"
					"00100000-001fffff : System RAM\n"
					"  00120000-0013ffff : Kernel code\n"
					"  00140000-00147fff : Kernel rodata\n"
					"  00150000-00151233 : Kernel data\n"
					"  00170000-0017ffff : Kernel bss\n"
					"00200000-002fffff : Reserved\n");
}

static void an_image_section_without_a_place_in_the_ram_has_no_line(void)
{
	struct machine_bank bank = { 0x100000, 0x100000, 0, 0 };
	struct quire_machine m = {
		.banks = &bank,
		.nr_banks = 1,
		.text = { 0x1000, 0x20000 },	 /* in flash */
		.rodata = { 0x1f0000, 0x20000 }, /* across the end */
		.rwdata = { 0x140000, 0x10000 },
		.bss = { 0x148000, 0x10000 }, /* across another one */
	};

	begin();
	proc_boot_memory();
	CHECK_EQ(iomem_build(&m), 0);
	CHECK_STR(report_text("iomem"), "00100000-001fffff : System RAM\n"
					"  00140000-0014ffff : Kernel data\n");
	CHECK_EQ(this_quire()->log.warnings, 1);
	CHECK(log_contains("Kernel bss overlaps"));
}

static void overlapping_banks_are_refused(void)
{
	struct machine_bank banks[] = { { 0x100000, 0x100000, 0, 0 }, { 0x1ff000, 0x1000, 0, 0 } };
	struct quire_machine m = { .banks = banks, .nr_banks = 2 };

	begin();
	proc_boot_memory();
	CHECK_EQ(iomem_build(&m), -EINVAL);
	CHECK(log_contains("bank 2 at 0x1ff000"));
	CHECK_STR(report_text("iomem"), "");
}

static void check_refused(const struct machine_resource *list, size_t nr, const char *says)
{
	struct quire_machine m = { .resources = list, .nr_resources = nr };

	begin();
	proc_boot_memory();
	log_clear();
	CHECK_EQ(iomem_build(&m), -EINVAL);
	CHECK(log_contains(says));
	CHECK_STR(report_text("iomem"), "");
}

static void a_list_that_is_no_tree_is_refused(void)
{
	const struct machine_resource too_deep[] = { { 0, 0xff, "a", 0 }, { 0, 0xf, "b", 2 } };
	const struct machine_resource no_parent[] = { { 0, 0xff, "a", 1 } };
	const struct machine_resource outside[] = { { 0, 0xff, "a", 0 }, { 0x80, 0x100, "b", 1 } };
	const struct machine_resource overlap[] = { { 0, 0xff, "a", 0 }, { 0x80, 0x100, "b", 0 } };
	const struct machine_resource empty[] = { { 0x10, 0xf, NULL, 0 } };

	check_refused(too_deep, 2, "resource 2, 0x0-0xf : b");
	check_refused(no_parent, 1, "resource 1");
	check_refused(outside, 2, "resource 2, 0x80-0x100 : b");
	check_refused(overlap, 2, "resource 2");
	check_refused(empty, 1, "<BAD>");
}

static void a_list_climbs_back_as_far_as_its_depths_say(void)
{
	const struct machine_resource list[] = {
		{ 0x0, 0xff, "a", 0 },	{ 0x0, 0x7f, "b", 1 },	{ 0x0, 0x3f, "c", 2 },
		{ 0x40, 0x7f, "d", 2 }, { 0x80, 0xff, "e", 1 }, { 0x100, 0x1ff, "f", 0 },
	};
	struct quire_machine m = { .resources = list, .nr_resources = 6 };

	begin();
	proc_boot_memory();
	CHECK_EQ(iomem_build(&m), 0);
	CHECK_STR(report_text("iomem"), "00000000-000000ff : a\n"
					"  00000000-0000007f : b\n"
					"    00000000-0000003f : c\n"
					"    00000040-0000007f : d\n"
					"  00000080-000000ff : e\n"
					"00000100-000001ff : f\n");
}

static void without_memory_there_is_no_tree(void)
{
	const struct machine_resource list[] = { { 0, 0xff, "a", 0 } };
	struct quire_machine m = { .resources = list, .nr_resources = 1 };

	begin();
	proc_boot_memory();
	quire_fail_nth(1, false);
	CHECK_EQ(iomem_build(&m), -ENOMEM);
	CHECK_STR(report_text("iomem"), "");
	CHECK_EQ(this_quire()->fault.calls, 1);
	quire_fail_nth(0, false);
	CHECK_EQ(iomem_build(&m), 0);
	CHECK_STR(report_text("iomem"), "00000000-000000ff : a\n");
}

const struct tap_test tap_tests[] = {
	TEST(requests_are_sorted_by_address),
	TEST(a_request_for_taken_room_is_busy),
	TEST(a_request_outside_of_the_parent_or_for_nothing_is_invalid),
	TEST(an_inserted_range_takes_in_what_lies_inside_it),
	TEST(an_inserted_range_goes_down_to_where_it_belongs),
	TEST(of_two_equal_ranges_the_later_is_the_outer),
	TEST(a_partial_overlap_is_busy_and_changes_nothing),
	TEST(indentation_ends_at_five_levels),
	TEST(a_range_without_a_name_is_shown_as_bad),
	TEST(the_tree_of_a_machine_without_a_list_is_banks_and_image),
	TEST(an_image_section_without_a_place_in_the_ram_has_no_line),
	TEST(overlapping_banks_are_refused),
	TEST(a_list_that_is_no_tree_is_refused),
	TEST(a_list_climbs_back_as_far_as_its_depths_say),
	TEST(without_memory_there_is_no_tree),
	{ NULL, NULL },
};
