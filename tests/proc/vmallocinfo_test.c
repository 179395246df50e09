/* SPDX-License-Identifier: MIT */
/*
 * vmallocinfo_test.c - /proc/vmallocinfo, laid out as Linux lays it out.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "mm/lib/format.h"
#include "tests/fixture.h"
#include "tests/proc/proc_support.h"
#include "tests/tap.h"

#define MB(n) ((unsigned long)(n) << 20)

static void boot(const char *format, unsigned int nodes)
{
	struct quire_machine *m = test_machine_new();
	unsigned int i;

	for (i = 0; i < nodes; i++)
		test_bank(m, (phys_addr_t)MB(32) * i, MB(32), (int)i);
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
}

static unsigned long caller_of(const void *addr)
{
	struct vm_struct *area = find_vm_area(addr);

	REQUIRE(area);
	return (unsigned long)(uintptr_t)area->caller;
}

static void a_window_without_areas_has_an_empty_report(void)
{
	boot("i386", 1);
	CHECK_STR(report_text("vmallocinfo"), "");
	CHECK_STR(report_text("/proc/vmallocinfo"), "");
}

/* Each kind of area, as a 32-bit machine shows it. */
static void each_kind_of_area_has_its_line(void)
{
	struct page *pages[2];
	char expected[1000];
	void *addr[5];

	boot("i386", 1);
	pages[0] = alloc_page(GFP_KERNEL);
	pages[1] = alloc_page(GFP_KERNEL);
	addr[0] = vmalloc(3 * PAGE_SIZE);
	addr[1] = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	addr[2] = ioremap(0xfed00010, 4);
	addr[3] = vmalloc_user(32 * PAGE_SIZE);
	addr[4] = vmap(pages, 2, VM_MAP_PUT_PAGES, PAGE_KERNEL);
	REQUIRE(pages[0] && pages[1] && addr[0] && addr[1] && addr[2] && addr[3] && addr[4]);
	quire_snprintf(expected, sizeof(expected),
		       "0xf8000000-0xf8004000   16384 0x%lx pages=3 vmalloc N0=3\n"
		       "0xf8004000-0xf8007000   12288 0x%lx vmap\n"
		       "0xf8007000-0xf8009000    8192 0x%lx phys=0xfed00000 ioremap\n"
		       "0xf8009000-0xf802a000  135168 0x%lx pages=32 vmalloc user N0=32\n"
		       "0xf802a000-0xf802d000   12288 0x%lx pages=2 vmap N0=2\n",
		       caller_of(addr[0]), caller_of(addr[1]), caller_of(addr[2]),
		       caller_of(addr[3]), caller_of(addr[4]));
	CHECK_STR(report_text("vmallocinfo"), expected);
	vfree(addr[0]);
	vfree(addr[3]);
}

static void freed_areas_come_last_until_they_are_purged(void)
{
	char expected[500];
	void *addr[3];
	int i;

	boot("i386-pae", 1);
	for (i = 0; i < 3; i++) {
		addr[i] = vmalloc(PAGE_SIZE);
		REQUIRE(addr[i]);
	}
	vfree(addr[0]);
	vfree(addr[1]);
	quire_snprintf(expected, sizeof(expected),
		       "0xf8004000-0xf8006000    8192 0x%lx pages=1 vmalloc N0=1\n"
		       "0xf8000000-0xf8002000    8192 unpurged vm_area\n"
		       "0xf8002000-0xf8004000    8192 unpurged vm_area\n",
		       caller_of(addr[2]));
	CHECK_STR(report_text("vmallocinfo"), expected);
	vm_unmap_aliases();
	quire_snprintf(expected, sizeof(expected),
		       "0xf8004000-0xf8006000    8192 0x%lx pages=1 vmalloc N0=1\n",
		       caller_of(addr[2]));
	CHECK_STR(report_text("vmallocinfo"), expected);
	vfree(addr[2]);
}

static void addresses_of_64_bits_have_16_digits(void)
{
	char expected[500];
	void *addr[2];

	boot("x86_64", 1);
	addr[0] = ioremap(0xfed00000, 0x400);
	addr[1] = vmalloc_huge(MB(4) + PAGE_SIZE, GFP_KERNEL);
	REQUIRE(addr[0] && addr[1]);
	quire_snprintf(expected, sizeof(expected),
		       "0xffffc00000000000-0xffffc00000002000    8192 0x%lx"
		       " phys=0x00000000fed00000 ioremap\n"
		       "0xffffc00000200000-0xffffc00000602000 4202496 0x%lx"
		       " pages=1025 vmalloc N0=1025\n",
		       caller_of(addr[0]), caller_of(addr[1]));
	CHECK_STR(report_text("vmallocinfo"), expected);
	vfree(addr[1]);
}

/* More nodes than are counted at once, and pages of several of them. */
static void pages_are_counted_by_node(void)
{
	const unsigned int nodes = sizeof(void *) == 8 ? 40 : 4;
	struct page *pages[3];
	char expected[200];
	void *addr;

	boot("x86_64", nodes);
	pages[0] = alloc_pages_node(0, GFP_KERNEL, 0);
	pages[1] = alloc_pages_node((int)nodes - 1, GFP_KERNEL, 0);
	pages[2] = alloc_pages_node((int)nodes - 1, GFP_KERNEL, 0);
	REQUIRE(pages[0] && pages[1] && pages[2]);
	addr = vmap(pages, 3, VM_MAP_PUT_PAGES, PAGE_KERNEL);
	REQUIRE(addr);
	quire_snprintf(expected, sizeof(expected), "0x%lx pages=3 vmap N0=1 N%u=2\n",
		       caller_of(addr), nodes - 1);
	CHECK(strstr(report_text("vmallocinfo"), expected));
}

static void a_machine_without_a_window_has_an_empty_report(void)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(16), 0);
	REQUIRE(!test_machine_boot(m));
	CHECK_STR(report_text("vmallocinfo"), "");
}

/* ---- the same areas as on a real Linux ---- */

/*
 * Appends what stands behind the addresses of a line, without the caller, whose name Linux
 * alone knows. Returns the next line.
 */
static const char *append_comparable(const char *line, char *out)
{
	const char *end = strchr(line, '\n'), *at = strchr(line, ' ');
	unsigned int field = 0;

	REQUIRE(end && at && at < end);
	out += strlen(out);
	for (; at < end; at++) {
		field += at[0] == ' ' && at[1] != ' ';
		if (field != 2)
			*out++ = *at;
	}
	*out++ = '\n';
	*out = '\0';
	return end + 1;
}

/* The number behind a name in the text; 0 if it is not there. */
static unsigned long value_of(const char *text, const char *name, int base)
{
	const char *at = strstr(text, name);

	return at ? strtoul(at + strlen(name), NULL, base) : 0;
}

/* Areas of vmalloc that stay until the machine ends. */
static void *kept[200];
static unsigned int nr_kept;

static void *keep(void *addr)
{
	REQUIRE(nr_kept < sizeof(kept) / sizeof(kept[0]));
	kept[nr_kept++] = addr;
	return addr;
}

static void give_back_kept(void)
{
	while (nr_kept)
		vfree(kept[--nr_kept]);
}

/* Makes (and frees) an area as the text tells of; NULL: it is of a kind that there is not here. */
static void *make_like(const char *text)
{
	static struct page *pages[16];
	unsigned long size = strtoul(text, NULL, 10), nr = value_of(text, "pages=", 10), i;
	void *freed;

	if (strstr(text, " vpages") || (nr && size != (nr + 1) * PAGE_SIZE))
		return NULL; /* an array of pages, or no guard page */
	if (strstr(text, " ioremap"))
		return ioremap(value_of(text, "phys=", 16), size - PAGE_SIZE);
	if (strstr(text, " vmalloc"))
		return nr ? keep(vmalloc(nr * PAGE_SIZE)) : NULL;
	nr = size / PAGE_SIZE - 1;
	if (strstr(text, " vm_area")) { /* "unpurged" stands where callers do */
		freed = vmalloc(nr * PAGE_SIZE);
		vfree(freed);
		return freed;
	}
	REQUIRE(strstr(text, " vmap") && nr <= 16);
	for (i = 0; i < nr; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	return vmap(pages, (unsigned int)nr, VM_MAP, PAGE_KERNEL);
}

/* Takes the " N0=7" away that end lines. */
static void cut_nodes(char *text)
{
	char *nodes;

	while ((nodes = strstr(text, " N0="))) {
		char *end = strchr(nodes, '\n');

		memmove(nodes, end, strlen(end) + 1);
	}
}

/* Each area of Linux's report that we can have, we have: sizes, columns, addresses, nodes. */
static void check_like_linux(const char *machine, const char *format, bool has_nodes,
			     unsigned int at_least)
{
	static char theirs[32768], ours[32768];
	struct quire_machine *m = test_machine_new();
	unsigned int lines = 0;
	const char *line;

	test_bank(m, 0x40000000, MB(64), 0);
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	theirs[0] = ours[0] = '\0';
	for (line = proc_section(proc_fixture(machine), "=== /proc/vmallocinfo", "==="); *line;) {
		char *text = theirs + strlen(theirs);

		line = append_comparable(line, theirs);
		REQUIRE(strlen(theirs) < sizeof(theirs) - 300);
		if (make_like(text))
			lines++;
		else
			*text = '\0';
	}
	CHECK(lines >= at_least);
	for (line = report_text("vmallocinfo"); *line;)
		line = append_comparable(line, ours);
	if (!has_nodes)
		cut_nodes(ours);
	CHECK_STR(ours, theirs);
	give_back_kept();
}

static void lines_are_those_of_linux_on_x86_64(void)
{
	check_like_linux("x86_64-512M", "x86_64", CONFIG_NUMA, 60);
}

/* These kernels were built without NUMA and do not print nodes. */
static void lines_are_those_of_linux_on_32_bits(void)
{
	check_like_linux("i386-2G", "i386", false, 9);
	check_like_linux("i386pae-2G", "i386-pae", false, 9);
	check_like_linux("imx6ul-512M", "armv7", false, 60);
}

const struct tap_test tap_tests[] = {
	TEST(a_window_without_areas_has_an_empty_report),
	TEST(each_kind_of_area_has_its_line),
	TEST(freed_areas_come_last_until_they_are_purged),
	TEST(addresses_of_64_bits_have_16_digits),
	TEST(pages_are_counted_by_node),
	TEST(a_machine_without_a_window_has_an_empty_report),
	TEST(lines_are_those_of_linux_on_x86_64),
	TEST(lines_are_those_of_linux_on_32_bits),
	{ NULL, NULL },
};
