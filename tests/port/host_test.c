/* SPDX-License-Identifier: MIT */
/*
 * host_test.c - port/host: RAM as a memfd, the direct map as a window, many machines in
 * one process, and what happens when the host has no room.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <quire/quire.h>

#include "port/host/host.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB (1ULL << 20)
#define GB (1ULL << 30)
#define TB (1ULL << 40)

static char err[256];

/* A UMA machine with Normal alone. */
static struct quire_machine plain(const struct machine_bank *banks, size_t nr)
{
	struct quire_machine m = { .name = "test", .banks = banks, .nr_banks = nr };

	return m;
}

static const struct machine_bank board_banks[] = { { 0x80000000, 64 * MB, 0, 0 } };

/* 16 MB of lowmem, a hole of 16 MB, 32 MB that straddle the end of lowmem at 48 MB. */
static const struct machine_bank highmem_banks[] = {
	{ 0, 16 * MB, 0, 0 },
	{ 32 * MB, 32 * MB, 0, 0 },
};
static struct quire_machine with_highmem(void)
{
	struct quire_machine m = plain(highmem_banks, 2);

	m.zones = 1U << ZONE_NORMAL | 1U << ZONE_HIGHMEM;
	m.lowmem_end = 48 * MB;
	m.zone_end[ZONE_NORMAL] = 48 * MB;
	return m;
}

static struct host_machine *create(const struct quire_machine *m)
{
	struct host_machine *hm = host_machine_create(m, err, sizeof(err));

	if (!hm)
		tap_note("%s", err);
	return hm;
}

static volatile char *byte_at(const struct host_machine *hm, u64 phys)
{
	return (volatile char *)(host_machine_description(hm)->direct_map + (uintptr_t)phys);
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

/* Mappings of the memfds of machines. */
static size_t ram_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t nr = 0;

	while (fgets(line, sizeof(line), maps))
		nr += strstr(line, "quire-ram") != NULL;
	fclose(maps);
	return nr;
}

/* ---- RAM and its window ---- */

static void physical_p_is_at_direct_map_plus_p(void)
{
	struct quire_machine m = plain(board_banks, 1);
	struct host_machine *hm = create(&m);

	REQUIRE(hm);
	*byte_at(hm, 0x80000000) = 'a';
	*byte_at(hm, 0x83ffffff) = 'z';
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x80000000), 'a');
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x83ffffff), 'z');
	CHECK(!host_machine_phys(hm, 0x7fffffff));
	CHECK(!host_machine_phys(hm, 0x84000000));
	host_machine_destroy(hm);
}

/*
 *     0x80000000   +64M        +128M            +192M
 *      | bank       | nothing   | hot-pluggable  |
 */
static void ram_can_be_plugged_in_and_pulled(void)
{
	static const struct machine_hotplug hotplug[] = { { 0x88000000, 64 * MB, 0 } };
	struct quire_machine m = plain(board_banks, 1);
	struct host_machine *hm;

	m.hotplug = hotplug;
	m.nr_hotplug = 1;
	m.memory_block_size = 16 * MB;
	hm = create(&m);
	REQUIRE(hm);
	CHECK(!host_machine_phys(hm, 0x88000000));
	CHECK_EQ(host_machine_plug(hm, 0x87000000, 16 * MB), -EINVAL);
	CHECK_EQ(host_machine_plug(hm, 0x88000001, 16 * MB), -EINVAL);
	CHECK_EQ(host_machine_plug(hm, 0x88000000, 48 * MB), 0);
	CHECK_EQ(host_machine_plug(hm, 0x8a000000, 32 * MB), -EEXIST);
	*byte_at(hm, 0x88000000) = 'a';
	*byte_at(hm, 0x8affffff) = 'z';
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x88000000), 'a');
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x8affffff), 'z');
	CHECK(!host_machine_phys(hm, 0x8b000000));
	/* The middle goes: what is around it stays, and comes back as zeros. */
	CHECK_EQ(host_machine_unplug(hm, 0x89000000, 16 * MB), 0);
	CHECK_EQ(host_machine_unplug(hm, 0x89000000, 16 * MB), -ENOENT);
	CHECK(!host_machine_phys(hm, 0x89000000));
	CHECK_EQ(*byte_at(hm, 0x88000000), 'a');
	CHECK_EQ(*byte_at(hm, 0x8affffff), 'z');
	CHECK_EQ(host_machine_unplug(hm, 0x88000000, 16 * MB), 0);
	CHECK_EQ(host_machine_plug(hm, 0x88000000, 32 * MB), 0);
	CHECK_EQ(*byte_at(hm, 0x88000000), 0);
	/* A boot finds what was there when the machine was made. */
	CHECK_EQ(host_machine_boot(hm), 0);
	CHECK(!host_machine_phys(hm, 0x88000000));
	CHECK_EQ(host_machine_plug(hm, 0x88000000, 16 * MB), 0);
	CHECK_EQ(add_memory(0, 0x88000000, 16 * MB, MHP_NONE), 0);
	CHECK_EQ(online_pages(PFN_DOWN(0x88000000), 4096, &NODE_DATA(0)->node_zones[ZONE_NORMAL], NULL), 0);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(memory_hotplug_validate(), 0);
	host_machine_destroy(hm);
}

static void the_same_machine_gets_the_same_addresses(void)
{
	struct quire_machine m = plain(board_banks, 1);
	struct host_machine *hm = create(&m);
	uintptr_t first;

	REQUIRE(hm);
	first = host_machine_description(hm)->direct_map;
	host_machine_destroy(hm);
	hm = create(&m);
	REQUIRE(hm);
	if (sizeof(void *) == 8) {
		CHECK_EQ(host_machine_description(hm)->direct_map, first);
		CHECK(first && first % (1UL << 30) == 0);
	}
	host_machine_destroy(hm);
}

static void two_banks_that_share_a_page_are_one_ram(void)
{
	static const struct machine_bank banks[] = {
		{ 0, 0x9fc00, 0, 0 },
		{ 0x9fc00, 0x400, 0, 0 },
		{ 0x100000, 32 * MB, 0, 0 },
	};
	struct quire_machine m = plain(banks, 3);
	struct host_machine *hm = create(&m);

	REQUIRE(hm);
	*byte_at(hm, 0x9fbff) = 'x';
	*byte_at(hm, 0x9fc00) = 'y';
	CHECK_EQ(*byte_at(hm, 0x9fbff), 'x');
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x9fc00), 'y');
	host_machine_destroy(hm);
}

static void ram_far_up_is_packed_into_the_file(void)
{
	/* Beyond what a file can have, and within what a pfn_t can count. */
	static const u64 far = sizeof(long) == 8 ? 1ULL << 62 : 10 * TB;
	const struct machine_bank banks[] = {
		{ far, 2 * MB, 0, 0 },
		{ far + 1024 * MB, 2 * MB, 0, 0 },
	};
	struct quire_machine m = plain(banks, 2);
	struct host_machine *hm;

	hm = create(&m);
	REQUIRE(hm);
	*byte_at(hm, banks[0].base) = 'a';
	*byte_at(hm, banks[1].base) = 'b';
	*byte_at(hm, banks[1].base + 2 * MB - 1) = 'c';
	CHECK_EQ(*(char *)host_machine_phys(hm, banks[0].base), 'a');
	CHECK_EQ(*(char *)host_machine_phys(hm, banks[1].base), 'b');
	CHECK_EQ(*(char *)host_machine_phys(hm, banks[1].base + 2 * MB - 1), 'c');
	host_machine_destroy(hm);
}

static void the_callers_description_stays_as_it_is(void)
{
	struct quire_machine m = plain(board_banks, 1), before;
	struct host_machine *hm;

	m.flags = MACHINE_AS_DUMPED;
	before = m;
	hm = create(&m);
	REQUIRE(hm);
	CHECK(!memcmp(&m, &before, sizeof(m)));
	CHECK(host_machine_description(hm)->metadata);
	host_machine_destroy(hm);
}

/* ---- what is not mapped ---- */

/* Touches an address in a child; what it wrote to stderr. True if it died of it. */
static bool crash_text(volatile char *addr, char *text, size_t size)
{
	int fds[2], status;
	ssize_t len, got = 0;
	pid_t pid;

	if (pipe(fds))
		return false;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		dup2(fds[1], STDERR_FILENO);
		host_explain_faults();
		*addr = 1;
		_exit(0);
	}
	close(fds[1]);
	while ((len = read(fds[0], text + got, size - 1 - (size_t)got)) > 0)
		got += len;
	text[got] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

static void highmem_is_not_mapped_and_the_crash_names_the_frame(void)
{
	struct quire_machine m = with_highmem();
	struct host_machine *hm = create(&m);
	char text[8192];

	REQUIRE(hm);
	CHECK(!crash_text(byte_at(hm, 48 * MB - 1), text, sizeof(text)));
	CHECK_STR(text, "");
	/* In 32 bits highmem has no part in the window: what is there, is another's. */
	if (sizeof(void *) == 8) {
		CHECK(crash_text(byte_at(hm, 48 * MB + 5), text, sizeof(text)));
		CHECK(strstr(text,
			     "quire: crash on access to physical 0x3000005 (page frame 0x3000): "
			     "highmem"));
	}
	host_machine_destroy(hm);
}

static void a_hole_is_not_mapped_and_the_crash_says_so(void)
{
	struct quire_machine m = with_highmem();
	struct host_machine *hm = create(&m);
	char text[8192];

	REQUIRE(hm);
	CHECK(crash_text(byte_at(hm, 20 * MB), text, sizeof(text)));
	CHECK(strstr(text, "physical 0x1400000 (page frame 0x1400): a hole"));
	host_machine_destroy(hm);
}

static void a_crash_elsewhere_is_not_explained(void)
{
	struct quire_machine m = with_highmem();
	struct host_machine *hm = create(&m);
	char text[8192];

	REQUIRE(hm);
	CHECK(crash_text((volatile char *)16, text, sizeof(text)));
	CHECK(!strstr(text, "quire:"));
	host_machine_destroy(hm);
}

static void highmem_is_reached_through_the_port(void)
{
	struct quire_machine m = with_highmem();
	struct host_machine *hm = create(&m);
	char *p;

	REQUIRE(hm);
	p = host_machine_phys(hm, 50 * MB + 7);
	REQUIRE(p);
	*p = 'h';
	REQUIRE(host_machine_phys(hm, 60 * MB));
	p = host_machine_phys(hm, 50 * MB + 7);
	REQUIRE(p);
	CHECK_EQ(*p, 'h');
	host_machine_destroy(hm);
}

static void addresses_are_found_in_their_machine(void)
{
	struct quire_machine m = with_highmem();
	struct host_machine *hm = create(&m);
	phys_addr_t phys;
	pfn_t pfn;

	REQUIRE(hm);
	CHECK_EQ(host_find_address((void *)byte_at(hm, 0x5678), &phys, &pfn), HOST_LOWMEM);
	CHECK_EQ(phys, 0x5678);
	CHECK_EQ(pfn, 5);
	CHECK_EQ(host_find_address((void *)byte_at(hm, 17 * MB), &phys, &pfn), HOST_HOLE);
	CHECK_EQ(phys, 17 * MB);
	CHECK_EQ(host_find_address(&m, &phys, &pfn), HOST_ELSEWHERE);
	host_machine_destroy(hm);
	CHECK_EQ(host_find_address((void *)(uintptr_t)0x5678, &phys, &pfn), HOST_ELSEWHERE);
}

/* ---- booting ---- */

/*
 * Two banks 16 TB apart: in one piece, mem_map would take 256 GB. In its window only what
 * stands for RAM is backed, and each bank's structures lie on its own node.
 */
static void banks_terabytes_apart_boot_with_a_window_for_mem_map(void)
{
	const phys_addr_t far = (phys_addr_t)16 << 40;
	const struct machine_bank banks[] = {
		{ 0x100000, 0x4000000, 0, 0 },
		{ far, 0x4000000, 1, 0 },
	};
	struct quire_machine m = { .name = "wide", .banks = banks, .nr_banks = 2, .phys_bits = 46 };
	struct host_machine *hm;
	struct page *page;

	if (sizeof(void *) == 4)
		tap_skip("16 TB of addresses do not fit");
	hm = host_machine_create(&m, err, sizeof(err));
	if (!CHECK(hm != NULL)) {
		tap_note("%s", err);
		return;
	}
	REQUIRE(host_machine_boot(hm) == 0);
	/* 2 MB of page structures, and a byte and two bits for each 4 MB of the 16 TB */
	CHECK(nr_free_pages() > 2 * 16384 - 2000);
	CHECK_EQ(page_alloc_validate(), 0);
	page = alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE, 10);
	REQUIRE(page);
	CHECK(page_to_phys(page) >= far);
	CHECK_EQ(page_to_nid(page + 1023), 1);
	CHECK_PTR(pfn_to_page(page_to_pfn(page) + 1000), page + 1000);
	CHECK(!pfn_valid(PFN_DOWN(far / 2)));
	__free_pages(page, 10);
	CHECK_EQ(page_alloc_validate(), 0);
	quire_reset();
	REQUIRE(host_machine_boot(hm) == 0);
	CHECK_EQ(page_alloc_validate(), 0);
	host_machine_destroy(hm);
}

static void machines_live_side_by_side(void)
{
	struct quire_machine m = plain(board_banks, 1), h = with_highmem();
	struct host_machine *a = create(&m), *b = create(&h);
	unsigned long free_a, free_b;
	struct page *page;

	REQUIRE(a && b);
	CHECK_EQ(host_machine_boot(a), 0);
	free_a = nr_free_pages();
	CHECK_EQ(host_machine_boot(b), 0);
	free_b = nr_free_pages();
	CHECK(free_a && free_b && free_a != free_b);
	page = alloc_pages(GFP_KERNEL, 2);
	CHECK(page);
	CHECK_EQ(nr_free_pages(), free_b - 4);
	host_machine_select(a);
	CHECK_EQ(nr_free_pages(), free_a);
	CHECK_EQ(page_alloc_validate(), 0);
	host_machine_destroy(a);
	host_machine_select(b);
	__free_pages(page, 2);
	CHECK_EQ(nr_free_pages(), free_b);
	CHECK_EQ(page_alloc_validate(), 0);
	host_machine_destroy(b);
}

static void a_machine_boots_again_after_a_reset(void)
{
	struct quire_machine m = plain(board_banks, 1);
	struct host_machine *hm;
	unsigned long free;

	m.flags = MACHINE_AS_DUMPED;
	hm = create(&m);
	REQUIRE(hm);
	CHECK_EQ(host_machine_boot(hm), 0);
	free = nr_free_pages();
	/* Nothing is reserved and metadata is elsewhere: every page is free. */
	CHECK_EQ(free, 64 * MB / 4096);
	CHECK(alloc_pages(GFP_KERNEL, 5));
	quire_reset();
	CHECK_EQ(host_machine_boot(hm), 0);
	CHECK_EQ(nr_free_pages(), free);
	CHECK_EQ(page_alloc_validate(), 0);
	host_machine_destroy(hm);
}

static void a_dumped_machine_has_metadata_for_many_nodes_and_cpus(void)
{
	struct machine_bank banks[16];
	struct quire_machine m = plain(banks, 16);
	struct host_machine *hm;
	int i;

	for (i = 0; i < 16; i++)
		banks[i] = (struct machine_bank){ (u64)i * 64 * MB, 5 * MB + 4096, i, 0 };
	m.flags = MACHINE_AS_DUMPED;
	m.nr_cpus = 64;
	m.max_order = 14;
	hm = create(&m);
	REQUIRE(hm);
	CHECK_EQ(host_machine_boot(hm), 0);
	CHECK_EQ(nr_free_pages(), 16 * (5 * MB + 4096) / 4096);
	host_machine_destroy(hm);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Page faults so far: a page of the host each. */
static long pages_touched(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_minflt;
}

/* What makes it quick is how little is touched; the time itself depends on the computer. */
static void a_boot_of_64_gigabytes_touches_little_memory(void)
{
	static const struct machine_bank banks[] = { { 0, 32 * GB, 0, 0 },
						     { 32 * GB, 32 * GB, 1, 0 } };
	struct quire_machine m = plain(banks, 2);
	struct host_machine *hm;
	double start = seconds();
	long before = pages_touched();

	if (sizeof(void *) == 4)
		tap_skip("no room for 64 GB in 32 bits");
	hm = create(&m);
	REQUIRE(hm);
	CHECK_EQ(host_machine_boot(hm), 0);
	tap_note("%d ms, %ld pages touched", (int)((seconds() - start) * 1000), pages_touched() - before);
	/* To write all page structures would be 1 GB. A sanitizer doubles what is touched. */
	CHECK(pages_touched() - before < (long)(256 * MB / 4096));
	CHECK(nr_free_pages() > 62 * GB / 4096);
	host_machine_destroy(hm);
}

/* ---- refusals ---- */

static void expect_refusal(const struct quire_machine *m, const char *why)
{
	struct quire *before = this_quire();
	size_t files = open_files(), mappings = ram_mappings();

	err[0] = '\0';
	if (!CHECK(!host_machine_create(m, err, sizeof(err))))
		return;
	if (!CHECK(strstr(err, why)))
		tap_note("it said: %s", err);
	CHECK(!strchr(err, '\n'));
	CHECK_EQ(open_files(), files);
	CHECK_EQ(ram_mappings(), mappings);
	CHECK(this_quire() == before);
}

static void more_ram_than_the_host_holds_is_refused(void)
{
	static const struct machine_bank banks[] = { { 0, 4096 * TB, 0, 0 } };
	struct quire_machine m = plain(banks, 1);

	/* A 32-bit library has page frame numbers for 16 TB. */
	expect_refusal(&m, sizeof(long) == 8 ? "this computer cannot hold 4096 TB"
					     : "beyond the physical limit");
}

static void a_description_that_contradicts_itself_is_refused(void)
{
	static const struct machine_bank overlap[] = { { 0, 2 * MB, 0, 0 }, { MB, 2 * MB, 0, 0 } };
	static const struct machine_bank wraps[] = { { ~0ULL - 4095, 8192, 0, 0 } };
	struct quire_machine m = plain(overlap, 2), none = plain(NULL, 0), w = plain(wraps, 1);

	expect_refusal(&m, "overlaps");
	expect_refusal(&none, "no RAM");
	expect_refusal(&w, "bank 0");
}

/* Creates a machine in a child that may use no more than `limit` of a resource. */
static bool refused_under_limit(int resource, rlim_t limit)
{
	struct quire_machine m = plain(board_banks, 1);
	struct rlimit rl = { limit, limit };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		setrlimit((__rlimit_resource_t)resource, &rl);
		err[0] = '\0';
		if (host_machine_create(&m, err, sizeof(err)))
			_exit(1);
		_exit(strstr(err, "this computer") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_limit_on_file_size_is_an_error_and_no_signal(void)
{
	CHECK(refused_under_limit(RLIMIT_FSIZE, 1 * MB));
	/* The RAM fits when it is packed, though its address does not. */
	CHECK(!refused_under_limit(RLIMIT_FSIZE, 64 * MB));
}

static void a_limit_on_address_space_is_an_error(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	tap_skip("a sanitizer takes the address space itself");
#else
	if (tap_is_emulated())
		tap_skip("an emulator does not limit the address space");
	CHECK(refused_under_limit(RLIMIT_AS, 32 * MB));
#endif
}

static void destroying_gives_everything_back(void)
{
	struct quire_machine m = plain(board_banks, 1);
	size_t files = open_files(), mappings = ram_mappings();
	struct host_machine *hm = create(&m);

	REQUIRE(hm);
	CHECK_EQ(host_machine_boot(hm), 0);
	CHECK(ram_mappings() > mappings);
	host_machine_destroy(hm);
	CHECK_EQ(open_files(), files);
	CHECK_EQ(ram_mappings(), mappings);
	CHECK(!this_quire());
	host_machine_destroy(NULL);
}

static void sizes_read_well(void)
{
	char text[32];

	CHECK_STR(host_size_text(0, text, sizeof(text)), "0 bytes");
	CHECK_STR(host_size_text(4096, text, sizeof(text)), "4 KB");
	CHECK_STR(host_size_text(512 * MB, text, sizeof(text)), "512 MB");
	CHECK_STR(host_size_text(64 * GB - MB, text, sizeof(text)), "64 GB");
	CHECK_STR(host_size_text(1536 * MB, text, sizeof(text)), "1536 MB");
	CHECK_STR(host_size_text(4096 * TB, text, sizeof(text)), "4096 TB");
	CHECK_STR(host_size_text(~0ULL, text, sizeof(text)), "16777216 TB");
}

const struct tap_test tap_tests[] = {
	TEST(physical_p_is_at_direct_map_plus_p),
	TEST(ram_can_be_plugged_in_and_pulled),
	TEST(the_same_machine_gets_the_same_addresses),
	TEST(two_banks_that_share_a_page_are_one_ram),
	TEST(ram_far_up_is_packed_into_the_file),
	TEST(the_callers_description_stays_as_it_is),
	TEST(highmem_is_not_mapped_and_the_crash_names_the_frame),
	TEST(a_hole_is_not_mapped_and_the_crash_says_so),
	TEST(a_crash_elsewhere_is_not_explained),
	TEST(highmem_is_reached_through_the_port),
	TEST(addresses_are_found_in_their_machine),
	TEST(banks_terabytes_apart_boot_with_a_window_for_mem_map),
	TEST(machines_live_side_by_side),
	TEST(a_machine_boots_again_after_a_reset),
	TEST(a_dumped_machine_has_metadata_for_many_nodes_and_cpus),
	TEST(a_boot_of_64_gigabytes_touches_little_memory),
	TEST(more_ram_than_the_host_holds_is_refused),
	TEST(a_description_that_contradicts_itself_is_refused),
	TEST(a_limit_on_file_size_is_an_error_and_no_signal),
	TEST(a_limit_on_address_space_is_an_error),
	TEST(destroying_gives_everything_back),
	TEST(sizes_read_well),
	{ NULL, NULL },
};
