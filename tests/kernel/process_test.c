/* SPDX-License-Identifier: MIT */
/*
 * process_test.c - what tests in a kernel have of a process: memory at addresses of its own,
 * files of memory, the heap, text. The other tests stand on it.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/kernel/kernel_tests.h"

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static char *map(size_t pages, int protection)
{
	char *p = mmap(NULL, pages * PAGE_BYTES, protection, PRIVATE, -1, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

/* ---- memory ---- */

static void pages_are_given_on_the_first_touch_and_come_back(void)
{
	unsigned long before = kernel_free_pages(), mapped;
	size_t size = (size_t)512 << 20;
	char *p = map(size / PAGE_BYTES, PROT_READ | PROT_WRITE);

	mapped = kernel_free_pages();
	CHECK(before - mapped < 4); /* a page of the heap, for the region */
	CHECK_EQ(p[0], 0);
	p[size - 1] = 7;
	CHECK_EQ(p[size - 1], 7);
	CHECK(mapped - kernel_free_pages() >= 2);
	CHECK(mapped - kernel_free_pages() < 12); /* tables, too */
	CHECK_EQ(munmap(p, size), 0);
	CHECK_EQ(kernel_free_pages(), mapped);
	CHECK(test_crashes(p, false));
}

/* | none | r/w | read | none | */
static void protections_are_kept(void)
{
	char *p = map(4, PROT_NONE);

	CHECK_EQ(mprotect(p + PAGE_BYTES, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE), 0);
	p[2 * PAGE_BYTES] = 5;
	CHECK_EQ(mprotect(p + 2 * PAGE_BYTES, PAGE_BYTES, PROT_READ), 0);
	CHECK(test_crashes(p + PAGE_BYTES - 1, false));
	CHECK(!test_crashes(p + PAGE_BYTES, true));
	CHECK(test_crashes(p + 2 * PAGE_BYTES, true));
	CHECK(!test_crashes(p + 2 * PAGE_BYTES, false));
	CHECK(test_crashes(p + 3 * PAGE_BYTES, false));
	CHECK_EQ(p[2 * PAGE_BYTES], 5);
	CHECK_EQ(mprotect(p + 2 * PAGE_BYTES, PAGE_BYTES, PROT_NONE), -1); /* it has been touched */
	CHECK_EQ(munmap(p, 4 * PAGE_BYTES), 0);
}

static void a_fixed_mapping_takes_the_place_of_what_is_there(void)
{
	char *p = map(3, PROT_READ | PROT_WRITE);

	memset(p, 1, 3 * PAGE_BYTES);
	CHECK_PTR(mmap(p + PAGE_BYTES, PAGE_BYTES, PROT_READ | PROT_WRITE, PRIVATE | MAP_FIXED, -1, 0),
		  p + PAGE_BYTES);
	CHECK_EQ(p[PAGE_BYTES - 1], 1);
	CHECK_EQ(p[PAGE_BYTES], 0);
	CHECK_EQ(p[2 * PAGE_BYTES], 1);
	CHECK_EQ(munmap(p + PAGE_BYTES, PAGE_BYTES), 0);
	CHECK(test_crashes(p + PAGE_BYTES, false));
	CHECK_EQ(p[2 * PAGE_BYTES], 1);
	CHECK_EQ(munmap(p, 3 * PAGE_BYTES), 0);
}

static void what_is_no_range_of_the_tests_is_refused(void)
{
	char *p = map(1, PROT_READ);

	CHECK_PTR(mmap(p + 1, PAGE_BYTES, PROT_READ, PRIVATE | MAP_FIXED, -1, 0), MAP_FAILED);
	CHECK_PTR(mmap(NULL, 0, PROT_READ, PRIVATE, -1, 0), MAP_FAILED);
	CHECK_PTR(mmap(NULL, SIZE_MAX / 4 * 3, PROT_READ, PRIVATE, -1, 0), MAP_FAILED);
	CHECK_PTR(mmap((void *)PAGE_BYTES, PAGE_BYTES, PROT_READ, PRIVATE | MAP_FIXED, -1, 0),
		  MAP_FAILED);
	CHECK_PTR(mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, 9, 0), MAP_FAILED);
	CHECK_EQ(munmap(p + 1, PAGE_BYTES), -1);
	CHECK_EQ(munmap(p, PAGE_BYTES), 0);
	CHECK(test_crashes(NULL, false));
}

/* The file as 0 1 2, and its pages 2 and 1 the other way round. */
static void a_file_of_memory_is_the_same_through_every_mapping(void)
{
	unsigned long before = kernel_free_pages();
	int fd = memfd_create("test", MFD_CLOEXEC);
	char *a, *b, *c;

	REQUIRE(fd >= 0 && !ftruncate(fd, 3 * PAGE_BYTES));
	a = mmap(NULL, 3 * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 2 * PAGE_BYTES);
	c = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, PAGE_BYTES);
	REQUIRE(a != MAP_FAILED && b != MAP_FAILED && c != MAP_FAILED);
	a[PAGE_BYTES + 5] = 15;
	b[5] = 25;
	CHECK_EQ(c[5], 15);
	CHECK_EQ(a[2 * PAGE_BYTES + 5], 25);
	CHECK(test_crashes(c, true));
	CHECK_EQ(munmap(a, 3 * PAGE_BYTES), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(close(fd), -1);
	CHECK_EQ(b[5], 25); /* the file lives as long as it is mapped */
	CHECK_EQ(munmap(b, PAGE_BYTES) + munmap(c, PAGE_BYTES), 0);
	CHECK(before - kernel_free_pages() < 4); /* of the heap */
}

static void a_file_ends_where_it_was_cut(void)
{
	int fd = memfd_create("test", 0);
	char *p;

	REQUIRE(fd >= 0 && !ftruncate(fd, PAGE_BYTES));
	p = mmap(NULL, 2 * PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(!test_crashes(p, false));
	CHECK(test_crashes(p + PAGE_BYTES, false));
	CHECK_EQ(munmap(p, 2 * PAGE_BYTES) + close(fd), 0);
}

static void blocks_of_the_heap_do_not_overlap(void)
{
	enum { N = 60 };
	unsigned char *block[N];
	size_t size[N], i;

	for (i = 0; i < N; i++) {
		size[i] = (size_t)1 + test_random_below(i % 10 ? 300 : 20000);
		block[i] = malloc(size[i]);
		REQUIRE(block[i] && (uintptr_t)block[i] % 16 == 0);
		memset(block[i], (int)i, size[i]);
	}
	for (i = 0; i < N; i += 2) {
		block[i] = realloc(block[i], size[i] * 2);
		REQUIRE(block[i]);
		memset(block[i] + size[i], (int)i, size[i]);
		size[i] *= 2;
	}
	for (i = 0; i < N; i++) {
		CHECK(block[i][0] == i && block[i][size[i] - 1] == i);
		CHECK(!memcmp(block[i], block[i] + 1, size[i] - 1));
		free(block[i]);
	}
	CHECK(!malloc(SIZE_MAX / 2));
	CHECK(!calloc(SIZE_MAX / 2, 4));
}

/* ---- text ---- */

static void text_is_formatted_as_c_says(void)
{
	char text[80];

	CHECK_EQ(snprintf(text, sizeof(text), "%5d|%-5d|%05d|%+d|% d", -42, 42, -42, 42, 42), 25);
	CHECK_STR(text, "  -42|42   |-0042|+42| 42");
	snprintf(text, sizeof(text), "%#x %#o %X %.3u %5.1s| %c %% %p", 255, 8, 0xbeef, 7, "ab", 'z',
		 (void *)(uintptr_t)0x1f);
	CHECK_STR(text, "0xff 010 BEEF 007     a| z % 0x1f");
	snprintf(text, sizeof(text), "%hhu %hd %ld %llx %zu %*d", (unsigned char)200,
		 (short)-5, -3L, 0x123456789abcdefULL, sizeof(u64), 4, 5);
	CHECK_STR(text, "200 -5 -3 123456789abcdef 8    5");
	CHECK_EQ(snprintf(text, 4, "%s", "abcdef"), 6);
	CHECK_STR(text, "abc");
}

static void text_is_read_as_c_says(void)
{
	unsigned long long start;
	unsigned int n;
	char name[16], *end;
	int nid;

	CHECK_EQ(sscanf("Node -3, zone DMA32 ", "Node %d, zone %15s", &nid, name), 2);
	CHECK(nid == -3 && !strcmp(name, "DMA32"));
	CHECK_EQ(sscanf(" 7: 0x1ffff0000..", " %u: 0x%llx..", &n, &start), 2);
	CHECK(n == 7 && start == 0x1ffff0000);
	CHECK_EQ(sscanf("12 : System RAM\nx", "%x : %15[^\n]", &n, name), 2);
	CHECK(n == 0x12 && !strcmp(name, "System RAM"));
	CHECK_EQ(sscanf("zone", "Node %d", &nid), 0);
	CHECK_EQ(strtoul("0x1fg", &end, 0), 0x1f);
	CHECK_STR(end, "g");
	CHECK_EQ(strtoul("077", NULL, 0), 63);
}

static void numbers_of_64_bits_are_divided(void)
{
	volatile u64 a = 0xfedcba9876543210, b = 0x123456789, c = 10;
	volatile s64 minus = -7000000000001, seven = 7;

	CHECK_EQ(a / b, 0xe0000000);
	CHECK_EQ(a / b * b + a % b, a);
	CHECK_EQ(a / c, 1836475854449306472);
	CHECK_EQ(a % c, 0);
	CHECK_EQ(b / a, 0);
	CHECK_EQ(minus / seven, -1000000000000);
	CHECK_EQ(minus % seven, -1);
	CHECK_EQ(minus / -seven, 1000000000000);
}

static void words_are_found(void)
{
	char text[] = "one two", *rest = text;

	CHECK_STR(strsep(&rest, " "), "one");
	CHECK_STR(rest, "two");
	CHECK_STR(strstr("a bb bbb", "bbb"), "bbb");
	CHECK_PTR(strstr("a bb", "bbb"), NULL);
	CHECK_EQ(strspn("aab", "a"), 2);
	CHECK_EQ(strcspn("aab", "bc"), 2);
	CHECK(strcmp("a", "b") < 0 && strcmp("\xff", "a") > 0 && !strncmp("abc", "abd", 2));
	CHECK_STR(strrchr("a/b/c", '/'), "/c");
}

/* ---- jumps and traps ---- */

static jmp_buf there;

__attribute__((noinline)) static void jump_from_below(volatile char *frame)
{
	frame[0] = 1;
	longjmp(there, 17);
}

static void a_jump_ends_the_calls_below(void)
{
	volatile char frame[100] = { 0 };
	volatile int kept = 1;
	int value = setjmp(there);

	if (!value) {
		kept = 2;
		jump_from_below(frame);
	}
	CHECK_EQ(value, 17);
	CHECK_EQ(frame[0], 1);
	CHECK_EQ(kept, 2);
}

static void a_trap_may_come_in_the_middle_of_a_copy(void)
{
	char *p = map(40, PROT_READ | PROT_WRITE);

	memset(p, 3, 20 * PAGE_BYTES + 123);
	memcpy(p + 20 * PAGE_BYTES + 123, p, 19 * PAGE_BYTES);
	CHECK(!memcmp(p, p + 1, 39 * PAGE_BYTES + 122));
	CHECK_EQ(p[39 * PAGE_BYTES + 123], 0);
	CHECK_EQ(munmap(p, 40 * PAGE_BYTES), 0);
}

const struct tap_test tap_tests[] = {
	TEST(pages_are_given_on_the_first_touch_and_come_back),
	TEST(protections_are_kept),
	TEST(a_fixed_mapping_takes_the_place_of_what_is_there),
	TEST(what_is_no_range_of_the_tests_is_refused),
	TEST(a_file_of_memory_is_the_same_through_every_mapping),
	TEST(a_file_ends_where_it_was_cut),
	TEST(blocks_of_the_heap_do_not_overlap),
	TEST(text_is_formatted_as_c_says),
	TEST(text_is_read_as_c_says),
	TEST(numbers_of_64_bits_are_divided),
	TEST(words_are_found),
	TEST(a_jump_ends_the_calls_below),
	TEST(a_trap_may_come_in_the_middle_of_a_copy),
	{ NULL, NULL },
};
