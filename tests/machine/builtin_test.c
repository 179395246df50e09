/* SPDX-License-Identifier: MIT */
/*
 * builtin_test.c - the machines that need no file: that they are what their names say.
 */
#include <stdio.h>
#include <string.h>

#include "tests/machine/machine_support.h"

static struct machine_file *open_builtin(const char *name, const struct machine_options *options)
{
	char err[300];
	struct machine_file *f = machine_open(name, options, err, sizeof(err));

	if (!f)
		tap_note("%s", err);
	REQUIRE(f != NULL);
	return f;
}

static u64 ram_of(const struct quire_machine *m)
{
	u64 sum = 0;

	for (size_t i = 0; i < m->nr_banks; i++)
		sum += m->banks[i].size;
	return sum;
}

static void every_built_in_machine_opens_by_its_names(void)
{
	for (const struct builtin_machine *machine = builtin_machines; machine->name; machine++) {
		struct machine_file *f = open_builtin(machine->name, NULL);
		char alias[40];

		CHECK_STR(machine_kind(f), "built-in");
		CHECK_STR(machine_description(f)->name, machine->name);
		CHECK_STR(machine_summary(f), machine->summary);
		machine_close(f);
		for (const char *p = machine->aliases; p && *p;) {
			int length;

			REQUIRE(sscanf(p, "%39s%n", alias, &length) == 1);
			f = open_builtin(alias, NULL);
			CHECK_STR(machine_description(f)->name, machine->name);
			machine_close(f);
			p += length;
		}
	}
}

static void part_of_a_name_is_no_name(void)
{
	char err[300];

	CHECK(!machine_open("imx6", NULL, err, sizeof(err)));
	CHECK(!machine_open("pc-i386 i386", NULL, err, sizeof(err)));
	CHECK(!machine_open("", NULL, err, sizeof(err)));
}

static bool has_blocks(const u64 *blocks, const u64 *expected, unsigned int nr)
{
	for (unsigned int order = 0; order < nr; order++)
		if (blocks[order] != expected[order]) {
			tap_note("order %u: %llu, not %llu", order,
				 (unsigned long long)blocks[order],
				 (unsigned long long)expected[order]);
			return false;
		}
	return true;
}

/* Reference: 43,984 free pages, with these blocks for MAX_ORDER 11 and 12. */
static void the_golden_board_leaves_the_golden_blocks(void)
{
	static const u64 with_11[] = { 4, 4, 1, 2, 3, 2, 3, 3, 3, 3, 40 };
	static const u64 with_12[] = { 4, 4, 1, 2, 3, 2, 3, 3, 3, 3, 2, 19 };
	const struct machine_options options = { .max_order = 12 };
	struct machine_file *f = open_builtin("imx6ul", NULL);
	const struct quire_machine *m = machine_description(f);
	u64 blocks[20];

	CHECK_EQ(m->max_order, 11);
	CHECK_EQ(m->flags, MACHINE_AS_DUMPED);
	CHECK_EQ(m->zones, 1 << ZONE_NORMAL);
	CHECK_EQ(ram_of(m) >> 12, 131072);
	CHECK_EQ(model_free_blocks(m, blocks), 43984);
	CHECK(has_blocks(blocks, with_11, 11));
	machine_close(f);
	f = open_builtin("imx6ul", &options);
	CHECK_EQ(model_free_blocks(machine_description(f), blocks), 43984);
	CHECK(has_blocks(blocks, with_12, 12));
	machine_close(f);
}

static void the_golden_board_has_the_lists_of_the_dump(void)
{
	struct machine_file *f = open_builtin("imx6ul", NULL);
	struct machine_file *dump = open_fixture("linux-6.1/imx6ul-memblock.txt", NULL);
	const struct quire_machine *m = machine_description(f), *d = machine_description(dump);

	REQUIRE(m->nr_banks == d->nr_banks && m->nr_reserved == d->nr_reserved);
	CHECK_EQ(m->banks[0].base, d->banks[0].base);
	CHECK_EQ(m->banks[0].size, d->banks[0].size);
	for (size_t i = 0; i < m->nr_reserved; i++) {
		CHECK_EQ(m->reserved[i].base, d->reserved[i].base);
		CHECK_EQ(m->reserved[i].size, d->reserved[i].size);
	}
	CHECK_EQ(m->bss.base + m->bss.size, m->reserved[1].base + m->reserved[1].size);
	machine_close(dump);
	machine_close(f);
}

static void the_second_board_leaves_the_second_listing(void)
{
	static const u64 expected[] = { 2, 0, 2, 2, 1, 2, 2, 2, 1, 1, 1, 29 };
	struct machine_file *f = open_builtin("imx6ul-b10", NULL);
	const struct quire_machine *m = machine_description(f);
	u64 blocks[20];

	CHECK_EQ(m->max_order, 12);
	CHECK_EQ(m->flags, MACHINE_AS_DUMPED);
	CHECK_EQ(model_free_blocks(m, blocks), 61674);
	CHECK(has_blocks(blocks, expected, 12));
	machine_close(f);
}

/* The same banks, zones and limits as the reference machine of that name. */
static void check_like_reference(const char *name, const char *reference)
{
	struct machine_file *f = open_builtin(name, NULL), *r = open_fixture(reference, NULL);
	const struct quire_machine *m = machine_description(f), *d = machine_description(r);

	CHECK_STR(machine_arch(f), machine_arch(r));
	CHECK_EQ(m->zones, d->zones);
	CHECK_EQ(m->lowmem_end, d->lowmem_end);
	CHECK_EQ(m->block_order, d->block_order);
	CHECK_EQ(m->nr_cpus, d->nr_cpus);
	REQUIRE(m->nr_banks == d->nr_banks);
	for (size_t i = 0; i < m->nr_banks; i++)
		CHECK(is_bank(m, i, d->banks[i].base, d->banks[i].size, d->banks[i].nid, 0));
	for (int zone = 0; zone < MAX_NR_ZONES; zone++)
		CHECK_EQ(m->zone_end[zone], d->zone_end[zone]);
	CHECK_EQ(m->text.size, d->text.size);
	CHECK_EQ(m->rwdata.size, d->rwdata.size);
	CHECK_EQ(m->rodata.size, d->rodata.size);
	CHECK_EQ(m->init.size, d->init.size);
	CHECK_EQ(m->bss.size, d->bss.size);
	machine_close(r);
	machine_close(f);
}

static void the_pcs_are_those_of_the_reference(void)
{
	check_like_reference("pc-i386-2g", "linux-6.1/i386-2G.txt");
	check_like_reference("pc-x86_64-512m", "linux-6.1/x86_64-512M.txt");
	check_like_reference("pc-x86_64-numa", "linux-6.1/x86_64-numa.txt");
}

static void the_arm_board_has_a_quarter_of_its_ram_in_highmem(void)
{
	struct machine_file *f = open_builtin("arm-1g", NULL);
	const struct quire_machine *m = machine_description(f);

	CHECK_EQ(ram_of(m), 1u << 30);
	CHECK_EQ(model_zone(m, ZONE_DMA, 0).present, 768 << 8);
	CHECK_EQ(model_zone(m, ZONE_NORMAL, 0).present, 0);
	CHECK_EQ(model_zone(m, ZONE_HIGHMEM, 0).present, 256 << 8);
	machine_close(f);
}

static void the_server_has_64_gb_on_two_nodes_with_a_hole_below_4_gb(void)
{
	struct machine_file *f = open_builtin("server-64g", NULL);
	const struct quire_machine *m = machine_description(f);
	u64 node[2] = { 0, 0 };

	for (size_t i = 0; i < m->nr_banks; i++) {
		node[m->banks[i].nid] += m->banks[i].size;
		CHECK(m->banks[i].base >= 4ull << 30 ||
		      m->banks[i].base + m->banks[i].size <= 3ull << 30);
	}
	/* A little of node 0 is the firmware's. */
	CHECK_EQ(node[0] >> 20, 32 * 1024 - 1);
	CHECK_EQ(node[1] >> 20, 32 * 1024);
	CHECK_EQ(m->nr_cpus, 32);
	REQUIRE(m->cpu_node && m->distance);
	CHECK_EQ(m->cpu_node[15], 0);
	CHECK_EQ(m->cpu_node[16], 1);
	CHECK_EQ(m->distance[1], 21);
	machine_close(f);
}

static void what_is_reserved_lies_in_ram_or_in_the_first_megabyte(void)
{
	for (const struct builtin_machine *machine = builtin_machines; machine->name; machine++) {
		struct machine_file *f = open_builtin(machine->name, NULL);
		const struct quire_machine *m = machine_description(f);

		for (size_t i = 0; i < m->nr_reserved; i++) {
			const struct machine_range *range = &m->reserved[i];
			bool is_inside = range->base + range->size <= 1 << 20;

			for (size_t j = 0; j < m->nr_banks; j++)
				is_inside |= range->base >= m->banks[j].base &&
					     range->base + range->size <=
						     m->banks[j].base + m->banks[j].size;
			CHECK(is_inside);
		}
		machine_close(f);
	}
}

const struct tap_test tap_tests[] = {
	TEST(every_built_in_machine_opens_by_its_names),
	TEST(part_of_a_name_is_no_name),
	TEST(the_golden_board_leaves_the_golden_blocks),
	TEST(the_golden_board_has_the_lists_of_the_dump),
	TEST(the_second_board_leaves_the_second_listing),
	TEST(the_pcs_are_those_of_the_reference),
	TEST(the_arm_board_has_a_quarter_of_its_ram_in_highmem),
	TEST(the_server_has_64_gb_on_two_nodes_with_a_hole_below_4_gb),
	TEST(what_is_reserved_lies_in_ram_or_in_the_first_megabyte),
	{ NULL, NULL },
};
