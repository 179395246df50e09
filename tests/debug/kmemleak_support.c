/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_support.c - see kmemleak_support.h.
 */
#include <string.h>

#include "tests/debug/kmemleak_support.h"

void *leak_roots[LEAK_ROOTS];

static const struct kmemleak_range roots[] = { { leak_roots, leak_roots + LEAK_ROOTS } };

/* Where the next object comes from: a block of pages of the machine that is selected. */
static struct {
	struct quire *quire;
	char *next, *end;
} heap;

struct quire_machine *leak_machine(void)
{
	struct quire_machine *m = test_machine_new();

	memset(leak_roots, 0, sizeof(leak_roots));
	memset(&heap, 0, sizeof(heap));
	test_bank(m, MB(16), MB(32), 0);
	m->leaks.layer = &quire_kmemleak;
	m->leaks.roots = roots;
	m->leaks.nr_roots = 1;
	return m;
}

struct quire_machine *boot_leak_machine(void)
{
	struct quire_machine *m = leak_machine();

	REQUIRE(!test_machine_boot(m));
	return m;
}

void *leak_object(size_t size, int min_count)
{
	char *p;

	if (heap.quire != this_quire() || heap.end - heap.next < (ptrdiff_t)size) {
		heap.quire = this_quire();
		heap.next = (char *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 4);
		REQUIRE(heap.next);
		heap.end = heap.next + 16 * PAGE_SIZE;
	}
	p = heap.next;
	heap.next += (size + 15) & ~(size_t)15;
	if (min_count != UNANNOUNCED)
		kmemleak_alloc(p, size, min_count, GFP_KERNEL);
	return p;
}

void scan_times(unsigned int times)
{
	while (times--) {
		CHECK_EQ(kmemleak_scan(), 0);
		CHECK_EQ(kmemleak_validate(), 0);
	}
}

bool is_leak(const void *ptr)
{
	struct kmemleak_info info;
	unsigned int kind = 0;
	uintptr_t cursor = 0;

	while (kmemleak_next_leak(&kind, &cursor, &info))
		if (info.pointer == (uintptr_t)ptr)
			return true;
	return false;
}

void check_leaks(void *const *expected)
{
	unsigned int nr;

	scan_times(2);
	for (nr = 0; expected[nr]; nr++)
		if (!CHECK(is_leak(expected[nr])))
			tap_note("number %u of the list was not found", nr);
	CHECK_EQ(nr_leaks(), nr);
}

static char report_text[64 << 10];
static size_t report_length;

static void keep_text(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	if (len > sizeof(report_text) - 1 - report_length)
		len = sizeof(report_text) - 1 - report_length;
	memcpy(report_text + report_length, text, len);
	report_length += len;
	report_text[report_length] = '\0';
}

const char *leak_report(void)
{
	struct seq_file out = { .write = keep_text };

	report_length = 0;
	report_text[0] = '\0';
	quire_find_report("kmemleak")->show(&out);
	return report_text;
}
