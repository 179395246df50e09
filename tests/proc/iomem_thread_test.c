/* SPDX-License-Identifier: MIT */
/*
 * iomem_thread_test.c - one CPU lets memory come and go, others read who lists it meanwhile: the
 * resource tree and memblock. Meant for ThreadSanitizer; what is checked here is that each thing read
 * makes sense by itself.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define BLOCK (4 * MB)
#define HOT (48 * MB)
#define NR_BLOCKS 4

static struct quire *machine;
static bool is_over;

struct lines {
	char text[65536];
	size_t len;
};

static void append(void *ctx, const char *text, size_t len)
{
	struct lines *lines = ctx;

	REQUIRE(lines->len + len < sizeof(lines->text));
	memcpy(lines->text + lines->len, text, len);
	lines->len += len;
	lines->text[lines->len] = '\0';
	/* Whoever writes may be slow. */
	sched_yield();
}

/* Lines that begin "start-end" or "start..end" in hexadecimal; how many of them are not in order. */
static unsigned long read_report(const char *name, const char *format)
{
	static _Thread_local struct lines lines;
	struct seq_file m = { append, &lines };
	unsigned long long start, end, last = 0;
	unsigned long wrong = 0;
	const char *line;

	lines.len = 0;
	quire_find_report(name)->show(&m);
	for (line = lines.text; lines.len && *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, format, &start, &end) != 2 || start > end || start < last)
			wrong++;
		last = start;
	}
	return wrong;
}

/* RAM is whole blocks, those of the boot among them. */
static unsigned long walk_ram(void)
{
	phys_addr_t start, end, size = 0;
	unsigned long wrong = 0;
	u64 i;

	for_each_mem_range(i, &start, &end) {
		wrong += start >= end || start % BLOCK || end % BLOCK;
		size += end - start;
	}
	for_each_mem_range_rev(i, &start, &end)
		wrong += start >= end || start % BLOCK || end % BLOCK;
	wrong += size < 32 * MB || memblock_phys_mem_size() < 32 * MB || memblock_phys_mem_size() % BLOCK;
	wrong += memblock_end_of_DRAM() % BLOCK != 0 || memblock_start_of_DRAM() != 16 * MB;
	wrong += !memblock_is_map_memory(40 * MB) || memblock_is_memory(8 * MB);
	memblock_is_region_memory(HOT + BLOCK, BLOCK);
	return wrong;
}

static void *read_all(void *arg)
{
	unsigned long *wrong = arg;

	quire_select(machine);
	test_set_cpu(1 + (wrong[1] & 1));
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		*wrong += read_report("iomem", " %llx-%llx");
		*wrong += read_report("memblock/memory", " %*u: 0x%llx..0x%llx");
		*wrong += walk_ram();
		*wrong += memblock_validate() != 0;
		sched_yield();
	}
	return NULL;
}

/* Others' lines come and go as well: a driver's. */
static void *request(void *arg)
{
	static struct resource mine[2000];
	struct resource *root = &machine->report.iomem_resource;
	unsigned int i;

	(void)arg;
	quire_select(machine);
	test_set_cpu(3);
	for (i = 0; i < 2000; i++) {
		mine[i] = (struct resource){ .start = 1024 * MB + i * 0x1000, .end = 1024 * MB + i * 0x1000 + 0xfff,
					     .name = "a device" };
		CHECK_EQ(i & 1 ? insert_resource(root, &mine[i]) : request_resource(root, &mine[i]), 0);
		CHECK_EQ(request_resource(root, &mine[i / 2]), -EBUSY);
		if (i % 8 == 0)
			sched_yield();
	}
	return NULL;
}

static void lists_of_memory_make_sense_while_it_comes_and_goes(void)
{
	struct quire_machine *m = test_machine_new();
	unsigned long wrong[2][2] = { { 0, 0 }, { 0, 1 } }, n, rounds = test_rounds(200);
	pthread_t readers[2], driver;
	unsigned int i;

	test_bank(m, 16 * MB, 32 * MB, 0);
	test_hotplug(m, HOT + BLOCK, NR_BLOCKS * BLOCK, 0);
	m->zones = 1U << ZONE_NORMAL | 1U << ZONE_MOVABLE;
	m->memory_block_size = BLOCK;
	m->nr_cpus = 4;
	REQUIRE(test_machine_boot(m) == 0);
	machine = this_quire();
	is_over = false;
	for (i = 0; i < 2; i++)
		REQUIRE(!pthread_create(&readers[i], NULL, read_all, wrong[i]));
	REQUIRE(!pthread_create(&driver, NULL, request, NULL));
	for (n = 0; n < rounds; n++) {
		phys_addr_t base = HOT + BLOCK + (n * 3 % NR_BLOCKS) * BLOCK;

		test_plug(m, base, BLOCK);
		CHECK_EQ(add_memory(0, base, BLOCK, MHP_NONE), 0);
		/* One that was cut out of others leaves two lines. */
		if (n % 4 == 3)
			for (i = 0; i < NR_BLOCKS; i++) {
				CHECK_EQ(remove_memory(HOT + BLOCK + i * BLOCK, BLOCK), 0);
				test_unplug(m, HOT + BLOCK + i * BLOCK, BLOCK);
			}
		sched_yield();
	}
	__atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
	pthread_join(driver, NULL);
	for (i = 0; i < 2; i++) {
		pthread_join(readers[i], NULL);
		CHECK_EQ(wrong[i][0], 0);
	}
	CHECK_EQ(memblock_validate(), 0);
	CHECK_EQ(memblock_phys_mem_size(), 32 * MB);
}

const struct tap_test tap_tests[] = {
	TEST(lists_of_memory_make_sense_while_it_comes_and_goes),
	{ NULL, NULL },
};
