/* SPDX-License-Identifier: MIT */
/*
 * kernel_window_test.c - port/host's kernel windows: where they are, what the kernel maps is
 * truly mapped and what it unmaps is gone, and what a crash there says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/fixmap.h>
#include <quire/highmem.h>
#include <quire/pgtable.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "mm/kvirt/internal.h"
#include "port/host/host.h"
#include "port/host/layout.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define KB ((u64)1 << 10)
#define MB ((u64)1 << 20)
#define GB ((u64)1 << 30)

static char err[256];

/* ---- machines ---- */

/* As in reference/linux-6.1-i386-2G.txt: 2 GB, lowmem up to 0x36bfe000. */
static const struct machine_bank pc_banks[] = { { 0x1000, 0x9e000, 0, 0 },
						{ MB, 0x7ffe0000 - MB, 0, 0 } };
static struct quire_machine pc_2g(void)
{
	return (struct quire_machine){
		.name = "pc",
		.banks = pc_banks,
		.nr_banks = 2,
		.zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
		.zone_end = { [ZONE_DMA] = 16 * MB, [ZONE_NORMAL] = 0x36bfe000 },
		.lowmem_end = 0x36bfe000,
		.phys_bits = 32,
	};
}

/* An i.MX6UL board with 512 MB. */
static const struct machine_bank board_banks[] = { { 0x80000000, 512 * MB, 0, 0 } };
static struct quire_machine board(void)
{
	return (struct quire_machine){
		.name = "board",
		.banks = board_banks,
		.nr_banks = 1,
		.page_offset = 0xc0000000,
		.zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
		.lowmem_end = 0x80000000 + 512 * MB,
	};
}

/* 16 MB of lowmem and 16 MB of highmem. */
static const struct machine_bank small_banks[] = { { 0, 32 * MB, 0, 0 } };
static struct quire_machine small(void)
{
	return (struct quire_machine){
		.name = "small",
		.banks = small_banks,
		.nr_banks = 1,
		.nr_cpus = 2,
		.zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
		.zone_end = { [ZONE_NORMAL] = 16 * MB },
		.lowmem_end = 16 * MB,
	};
}

static const struct machine_bank server_banks[] = { { 0, 4 * MB, 0, 0 },
						    { 100 * GB, 4 * MB, 0, 0 } };
static struct quire_machine server(void)
{
	return (struct quire_machine){ .name = "server", .banks = server_banks, .nr_banks = 2 };
}

static struct host_machine *create(struct quire_machine m, const char *format)
{
	struct host_machine *hm = host_machine_create(&m, err, sizeof(err));

	if (!hm)
		tap_note("%s", err);
	REQUIRE(hm);
	if (format)
		REQUIRE(host_machine_set_format(hm, format, err, sizeof(err)) == 0);
	if (!host_machine_description(hm)->kvirt.vmalloc_end) {
		host_machine_destroy(hm);
		tap_skip("no room in this process for the kernel's windows");
	}
	return hm;
}

static struct host_machine *boot(struct quire_machine m, const char *format)
{
	struct host_machine *hm = create(m, format);

	REQUIRE(host_machine_boot(hm) == 0);
	return hm;
}

/* ---- where the windows are ---- */

static u64 va_of(const struct machine_kvirt *kv, uintptr_t addr)
{
	return kv->window_va + (addr - kv->window);
}

static void a_pc_has_its_windows_where_linux_has_them(void)
{
	struct quire_machine m = pc_2g();
	struct host_layout l;

	m.nr_cpus = 1;
	CHECK_STR(host_layout_default(&m)->name, "i386-pse");
	REQUIRE(host_layout(&m, pt_format_find("i386-pse"), GB, &l));
	CHECK_EQ(l.direct_map_va, 0xc0000000);
	CHECK_EQ(l.vmalloc_start, 0xf73fe000);
	CHECK_EQ((l.vmalloc_end - l.vmalloc_start) / KB, 122880); /* VmallocTotal */
	CHECK_EQ(l.pkmap_base, 0xfec00000);
	CHECK_EQ(l.last_pkmap, 1024);
	CHECK_EQ(l.fixmap_end, 0xfffff000);
	/* With PAE lowmem is larger there, and vmalloc as large: linux-6.1-i386pae-2G.txt. */
	m.lowmem_end = m.zone_end[ZONE_NORMAL] = 0x36ffe000;
	REQUIRE(host_layout(&m, pt_format_find("i386-pae"), GB, &l));
	CHECK_EQ((l.vmalloc_end - l.vmalloc_start) / KB, 122880);
	CHECK_EQ(l.pkmap_base, 0xff000000);
	CHECK_EQ(l.last_pkmap, 512);
}

static void a_board_has_its_windows_where_linux_has_them(void)
{
	struct quire_machine m = board();
	struct host_layout l;

	CHECK_STR(host_layout_default(&m)->name, "armv7");
	REQUIRE(host_layout(&m, pt_format_find("armv7"), GB, &l));
	CHECK_EQ((u32)(l.direct_map_va + 0x80000000), 0xc0000000);
	CHECK_EQ(l.vmalloc_start, 0xe0800000);
	CHECK_EQ(l.vmalloc_end, 0xff800000);
	CHECK_EQ((l.vmalloc_end - l.vmalloc_start) / KB, 507904); /* VmallocTotal */
	CHECK_EQ(l.fixmap_start, 0xffc80000);
	CHECK_EQ(l.fixmap_end, 0xfff00000);
	CHECK_EQ(l.pkmap_base, 0xbfe00000);
	CHECK_EQ(l.last_pkmap, 512);
}

static void a_server_has_its_windows_where_linux_has_them(void)
{
	struct quire_machine m = server();
	struct host_layout l;

	CHECK_STR(host_layout_default(&m)->name, "x86_64");
	REQUIRE(host_layout(&m, pt_format_find("x86_64"), 64 * GB, &l));
	CHECK_EQ(l.direct_map_va, 0xffff888000000000);
	CHECK_EQ(l.vmalloc_start, 0xffffc90000000000);
	CHECK_EQ(l.vmalloc_end - l.vmalloc_start, 64 * GB);
	CHECK_EQ(l.last_pkmap, 0);
	REQUIRE(host_layout(&m, pt_format_find("x86_64"), ~0ull, &l));
	CHECK(l.vmalloc_end - l.vmalloc_start > 31 * 1024 * GB);
}

static void the_rows_of_the_banner_win(void)
{
	static const struct machine_window rows[] = {
		{ "fixmap", 0xfff00000, 0xfffff000 },
		{ "pkmap", 0xff400000, 0xff800000 },
		{ "vmalloc", 0xf8000000, 0xff000000 },
	};
	static const struct machine_window impossible[] = {
		{ "vmalloc", 0xc0100000, 0xff000000 }, /* in lowmem */
		{ "vmalloc", 0xff000000, 0xfff10000 }, /* in the page table of the fixmap */
		{ "pkmap", 0xfe000800, 0xfe400800 },
	};
	struct quire_machine m = pc_2g();
	struct host_layout l;
	unsigned int i;

	m.windows = rows;
	m.nr_windows = 3;
	REQUIRE(host_layout(&m, pt_format_find("i386"), GB, &l));
	CHECK_EQ(l.vmalloc_start, 0xf8000000);
	CHECK_EQ(l.vmalloc_end, 0xff000000);
	CHECK_EQ(l.pkmap_base, 0xff400000);
	CHECK_EQ(l.fixmap_start, 0xfff00000);
	m.nr_windows = 1;
	for (i = 0; i < 3; i++) {
		m.windows = &impossible[i];
		REQUIRE(host_layout(&m, pt_format_find("i386"), GB, &l));
		CHECK_EQ(l.vmalloc_start, 0xf73fe000);
		CHECK_EQ(l.vmalloc_end, 0xfebfe000);
		CHECK_EQ(l.pkmap_base, 0xfec00000);
	}
}

static void the_default_follows_from_the_machine(void)
{
	struct quire_machine m = pc_2g();
	struct machine_bank wide[] = { { 0x1000, 3 * GB, 0, 0 }, { 4 * GB, GB, 0, 0 } };

	m.phys_bits = 36;
	CHECK_STR(host_layout_default(&m)->name, "i386-pae");
	m.phys_bits = 0;
	m.banks = wide;
	CHECK_STR(host_layout_default(&m)->name, "i386-pae");
	wide[1].base = 64 * GB;
	CHECK_PTR(host_layout_default(&m), NULL);
	m.zones = 0;
	m.lowmem_end = 0;
	CHECK_STR(host_layout_default(&m)->name, "x86_64");
	wide[1].base = (u64)1 << 50;
	CHECK_STR(host_layout_default(&m)->name, "x86_64-la57");
	wide[1].base = (u64)1 << 53;
	CHECK_PTR(host_layout_default(&m), NULL);
	m = pc_2g();
	m.page_shift = 13;
	CHECK_PTR(host_layout_default(&m), NULL);
}

static void many_cpus_have_slots_for_kmap_local_or_no_fixmap(void)
{
	struct quire_machine m = pc_2g();
	struct host_layout l;

	m.nr_cpus = 64;
	REQUIRE(host_layout(&m, pt_format_find("i386"), GB, &l));
	CHECK(l.fixmap_end - l.fixmap_start >= 64 * 16 * 4 * KB);
	CHECK(l.vmalloc_end <= l.pkmap_base && l.pkmap_base + 4 * MB <= l.fixmap_start);
	m.nr_cpus = 8192;
	REQUIRE(host_layout(&m, pt_format_find("i386"), GB, &l));
	CHECK_EQ(l.fixmap_end, l.fixmap_start);
	CHECK(l.vmalloc_end > l.vmalloc_start);
}

static void every_format_boots_with_windows(void)
{
	static const struct machine_bank alpha_banks[] = { { 0, 64 * MB, 0, 0 } };
	const struct quire_machine alpha = { .name = "alpha", .banks = alpha_banks, .nr_banks = 1,
					     .page_shift = 13, .nr_cpus = 2 };
	unsigned int i;

	for (i = 0; pt_formats[i]; i++) {
		struct quire_machine m = pt_formats[i]->level[0].shift == 13 ? alpha : small();
		struct host_machine *hm = boot(m, pt_formats[i]->name);
		const struct machine_kvirt *kv = &host_machine_description(hm)->kvirt;
		char *area = vmalloc(3 * PAGE_SIZE);

		tap_note("%s: vmalloc at 0x%llx", kv->format->name,
			 (unsigned long long)va_of(kv, kv->vmalloc_start));
		REQUIRE(area);
		memset(area, 'v', 3 * PAGE_SIZE);
		CHECK_PTR(kernel_pointer(kernel_va(area)), area);
		CHECK_EQ(kernel_va(phys_to_virt(MB)) - kernel_va(phys_to_virt(0)), MB);
		CHECK_EQ(vmalloc_validate(), 0);
		vfree(area);
		CHECK_EQ(pt_validate(kernel_pgtable()), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		host_machine_destroy(hm);
	}
}

/* ---- asking for a format ---- */

static void formats_that_cannot_be_are_refused(void)
{
	static const struct machine_bank bank = { 0, 1100 * MB, 0, 0 };
	const struct quire_machine wide = { .name = "wide", .banks = &bank, .nr_banks = 1 };
	struct quire_machine m = small();
	struct host_machine *hm = host_machine_create(&m, err, sizeof(err));

	REQUIRE(hm);
	CHECK_EQ(host_machine_set_format(hm, "vax", err, sizeof(err)), -1);
	CHECK_STR(err, "no page-table format is called vax");
	CHECK_EQ(host_machine_set_format(hm, "alpha", err, sizeof(err)), -1);
	CHECK_STR(err, "the machine cannot have page tables of format alpha: "
		       "its pages have another size");
	CHECK_STR(host_machine_description(hm)->kvirt.format->name, "i386-pse");
	CHECK_EQ(host_machine_boot(hm), 0);
	host_machine_destroy(hm);
	hm = host_machine_create(&wide, err, sizeof(err));
	REQUIRE(hm);
	CHECK_EQ(host_machine_set_format(hm, "i386-pae", err, sizeof(err)), -1);
	CHECK_STR(err, "the machine cannot have page tables of format i386-pae: "
		       "they do not reach all that must be mapped");
	host_machine_destroy(hm);
}

static void a_machine_may_have_no_table(void)
{
	struct quire_machine m = small();
	struct host_machine *hm = host_machine_create(&m, err, sizeof(err));

	REQUIRE(hm);
	CHECK_EQ(host_machine_set_format(hm, NULL, err, sizeof(err)), 0);
	CHECK_EQ(host_machine_boot(hm), 0);
	CHECK_PTR(kernel_pgtable(), NULL);
	CHECK_PTR(host_machine_mmu(hm, 0), NULL);
	host_machine_destroy(hm);
}

static void the_description_may_name_the_format(void)
{
	struct quire_machine m = small();
	struct host_machine *hm;

	m.kvirt.format = pt_format_find("sv32");
	hm = boot(m, NULL);
	CHECK_STR(kernel_pgtable()->format->name, "sv32");
	host_machine_destroy(hm);
}

/* A process without room boots all the same: lowmem is in the table, there are no windows. */
static void without_room_there_are_no_windows(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	tap_skip("a sanitizer takes the address space itself");
#else
	struct quire_machine m = small();
	struct rlimit rl = { 96 * MB, 96 * MB };
	int status;
	pid_t pid;

	if (tap_is_emulated())
		tap_skip("an emulator does not limit the address space");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct host_machine *hm;

		setrlimit(RLIMIT_AS, &rl);
		hm = host_machine_create(&m, err, sizeof(err));
		if (!hm || host_machine_description(hm)->kvirt.vmalloc_end || host_machine_boot(hm))
			_exit(1);
		_exit(kernel_pgtable() && kernel_va(phys_to_virt(MB)) == 0xc0000000 + MB &&
				      !vmalloc(PAGE_SIZE)
			      ? 0
			      : 2);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
#endif
}

static void a_machine_as_dumped_keeps_its_frames(void)
{
	struct quire_machine m = small();
	struct host_machine *hm;
	char *area;

	m.flags = MACHINE_AS_DUMPED;
	hm = boot(m, "i386-pae");
	CHECK_EQ(nr_free_pages(), 32 * MB / PAGE_SIZE);
	area = vmalloc(PAGE_SIZE);
	REQUIRE(area);
	strcpy(area, "lazy");
	CHECK_STR(page_address(vmalloc_to_page(area)) ? "lowmem" : "highmem", "highmem");
	CHECK_STR(host_machine_phys(hm, page_to_phys(vmalloc_to_page(area))), "lazy");
	host_machine_destroy(hm);
}

/* ---- what is mapped is mapped ---- */

static void a_pointer_shows_the_ram_of_the_machine(void)
{
	struct host_machine *hm = boot(small(), NULL);
	unsigned int i;
	char *area = vmalloc(8 * PAGE_SIZE);

	REQUIRE(area);
	for (i = 0; i < 8; i++)
		sprintf(area + i * PAGE_SIZE, "page %u", i);
	for (i = 0; i < 8; i++) {
		struct page *page = vmalloc_to_page(area + i * PAGE_SIZE);
		char text[16];

		sprintf(text, "page %u", i);
		CHECK_STR(host_machine_phys(hm, page_to_phys(page)), text);
	}
	vfree(area);
	host_machine_destroy(hm);
}

static void registers_of_a_device_read_as_stored(void)
{
	struct host_machine *hm = boot(small(), NULL);
	volatile u32 *a = ioremap(0xfed00000, 0x1000), *b = ioremap(0xfed00010, 4);

	REQUIRE(a && b);
	CHECK_EQ(a[4], 0);
	a[4] = 0x1234;
	CHECK_EQ(*b, 0x1234);
	iounmap(a);
	iounmap(b);
	a = ioremap(0xfed00000, 0x1000);
	REQUIRE(a);
	CHECK_EQ(a[4], 0x1234);
	iounmap(a);
	host_machine_destroy(hm);
}

/* A range of which a part is RAM. */
static void ram_and_device_side_by_side_are_each_itself(void)
{
	struct host_machine *hm = boot(board(), NULL);
	char *at = (char *)VMALLOC_START, *ram = phys_to_virt(0x80000000);

	REQUIRE(alloc_contig_range(PFN_DOWN(0x80000000), PFN_DOWN(0x80000000) + 1, 0, GFP_KERNEL) == 0);
	*(volatile char *)ram = 'r';
	REQUIRE(kernel_map((uintptr_t)at, 0x80000000 - PAGE_SIZE, 2 * PAGE_SIZE,
			   PT_READ | PT_WRITE, PT_CACHE_UC) == 0);
	CHECK_EQ(at[PAGE_SIZE], 'r');
	at[0] = 'd';
	at[PAGE_SIZE] = 'R';
	CHECK_EQ(*(volatile char *)ram, 'R');
	CHECK_EQ(*(char *)host_machine_phys(hm, 0x80000000), 'R');
	kernel_unmap((uintptr_t)at, 2 * PAGE_SIZE);
	host_machine_destroy(hm);
}

static void machines_map_side_by_side(void)
{
	struct host_machine *a = boot(small(), NULL), *b;
	char *in_a = vmalloc(PAGE_SIZE), *in_b;

	REQUIRE(in_a);
	strcpy(in_a, "a");
	b = boot(small(), "i386-pae");
	in_b = vmalloc(PAGE_SIZE);
	REQUIRE(in_b);
	strcpy(in_b, "b");
	CHECK(in_a != in_b);
	CHECK_STR(in_a, "a");
	host_machine_destroy(b);
	CHECK_STR(in_a, "a");
	host_machine_destroy(a);
}

/* ---- crashes ---- */

/* Touches an address in a child; what it wrote to stderr. False if it lived. */
static bool crash_text(volatile char *addr, char *text, size_t size)
{
	int fds[2], status;
	ssize_t len, got = 0;
	pid_t pid;

	REQUIRE(!pipe(fds));
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

static void check_crash(void *addr, const char *what)
{
	char text[8192], expected[512];

	CHECK(crash_text(addr, text, sizeof(text)));
	snprintf(expected, sizeof(expected), "quire: crash on access to 0x%llx %s",
		 (unsigned long long)kernel_va(addr), what);
	if (!CHECK(strstr(text, expected)))
		tap_note("expected: %s\nit said: %s", expected, text);
}

static const char *area_text(const char *place, const char *area, size_t size)
{
	static char text[160];

	snprintf(text, sizeof(text), "in the %s 0x%08llx-0x%08llx of the vmalloc window", place,
		 (unsigned long long)kernel_va(area), (unsigned long long)kernel_va(area + size));
	return text;
}

static void a_crash_behind_an_area_names_area_and_guard_page(void)
{
	struct host_machine *hm = boot(small(), NULL);
	char *area = vmalloc(2 * PAGE_SIZE);

	REQUIRE(area);
	check_crash(area + 2 * PAGE_SIZE + 5,
		    area_text("guard page of the area", area, 3 * PAGE_SIZE));
	vfree(area);
	host_machine_destroy(hm);
}

static void a_crash_in_a_freed_area_says_so(void)
{
	struct host_machine *hm = boot(small(), NULL);
	char *area = vmalloc(2 * PAGE_SIZE);

	REQUIRE(area);
	memset(area, 1, 2 * PAGE_SIZE);
	vfree(area);
	check_crash(area + 17, area_text("freed area", area, 3 * PAGE_SIZE));
	vm_unmap_aliases();
	check_crash(area + 17, "in the vmalloc window, in no area");
	host_machine_destroy(hm);
}

static void a_store_to_what_is_read_only_says_so(void)
{
	struct host_machine *hm = boot(small(), NULL);
	struct page *page = alloc_pages(GFP_KERNEL, 0);
	char *area = page ? vmap(&page, 1, 0, PAGE_KERNEL_RO) : NULL;

	REQUIRE(area);
	CHECK_EQ(*(volatile char *)area, *(char *)page_address(page));
	check_crash(area, area_text("area", area, 2 * PAGE_SIZE));
	vunmap(area);
	host_machine_destroy(hm);
}

static struct page *highmem_page(void)
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 0);

	REQUIRE(page && PageHighMem(page));
	return page;
}

static void a_crash_in_an_unmapped_kmap_slot_names_the_page(void)
{
	struct host_machine *hm = boot(small(), NULL);
	struct page *page = highmem_page();
	char *p = kmap(page), expected[160];

	REQUIRE(p);
	strcpy(p, "high");
	CHECK_STR(host_machine_phys(hm, page_to_phys(page)), "high");
	kunmap(page);
	snprintf(expected, sizeof(expected),
		 "in kmap's window: slot %u has been unmapped; it showed page frame 0x%lx, highmem",
		 PKMAP_NR(p), (unsigned long)page_to_pfn(page));
	check_crash(p + 100, expected);
	check_crash((void *)PKMAP_ADDR(LAST_PKMAP - 1),
		    "in kmap's window: slot 1023 has never been mapped");
	host_machine_destroy(hm);
}

static void a_crash_in_the_fixmap_names_the_slot(void)
{
	struct host_machine *hm = boot(small(), NULL);
	struct page *page = highmem_page();
	char *p = kmap_local_page(page), expected[160];

	REQUIRE(p);
	*p = 'x';
	kunmap_local(p);
	snprintf(expected, sizeof(expected),
		 "in the fixmap: slot %d has been unmapped; it showed page frame 0x%lx, highmem",
		 FIX_KMAP_BEGIN, (unsigned long)page_to_pfn(page));
	check_crash(p, expected);
	REQUIRE(set_fixmap_io(FIX_PORT_3, 0xfee00000) == 0);
	*(volatile char *)__fix_to_virt(FIX_PORT_3) = 1;
	REQUIRE(clear_fixmap(FIX_PORT_3) == 0);
	check_crash((void *)__fix_to_virt(FIX_PORT_3), "in the fixmap: slot 4 has been unmapped; "
						       "it showed page frame 0xfee00, a device");
	host_machine_destroy(hm);
}

static void a_second_boot_finds_the_windows_empty(void)
{
	struct host_machine *hm = boot(small(), NULL);
	char *area = vmalloc(PAGE_SIZE);

	REQUIRE(area);
	strcpy(area, "first");
	quire_reset();
	REQUIRE(host_machine_boot(hm) == 0);
	check_crash(area, "in the vmalloc window, in no area: nothing is mapped there");
	CHECK_PTR(vzalloc(PAGE_SIZE), area);
	CHECK_STR(area, "");
	host_machine_destroy(hm);
}

static void a_crash_between_the_windows_says_so(void)
{
	struct host_machine *hm = boot(small(), NULL);

	check_crash((void *)(PKMAP_BASE - PAGE_SIZE),
		    "beside the kernel's windows: nothing is ever mapped there");
	host_machine_destroy(hm);
}

const struct tap_test tap_tests[] = {
	TEST(a_pc_has_its_windows_where_linux_has_them),
	TEST(a_board_has_its_windows_where_linux_has_them),
	TEST(a_server_has_its_windows_where_linux_has_them),
	TEST(the_rows_of_the_banner_win),
	TEST(the_default_follows_from_the_machine),
	TEST(many_cpus_have_slots_for_kmap_local_or_no_fixmap),
	TEST(every_format_boots_with_windows),
	TEST(formats_that_cannot_be_are_refused),
	TEST(a_machine_may_have_no_table),
	TEST(the_description_may_name_the_format),
	TEST(without_room_there_are_no_windows),
	TEST(a_machine_as_dumped_keeps_its_frames),
	TEST(a_pointer_shows_the_ram_of_the_machine),
	TEST(registers_of_a_device_read_as_stored),
	TEST(ram_and_device_side_by_side_are_each_itself),
	TEST(machines_map_side_by_side),
	TEST(a_crash_behind_an_area_names_area_and_guard_page),
	TEST(a_crash_in_a_freed_area_says_so),
	TEST(a_store_to_what_is_read_only_says_so),
	TEST(a_crash_in_an_unmapped_kmap_slot_names_the_page),
	TEST(a_crash_in_the_fixmap_names_the_slot),
	TEST(a_crash_between_the_windows_says_so),
	TEST(a_second_boot_finds_the_windows_empty),
	{ NULL, NULL },
};
