/* SPDX-License-Identifier: MIT */
/*
 * mutate_test.c - good files with bytes cut off, flipped, copied and moved, thousands of
 * times: each either still opens, and then its description is sound, or gives one line
 * of error that names it. Run under the sanitizers, nothing may crash or leak.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/machine/blob.h"
#include "tests/machine/machine_fuzz.h"
#include "tests/machine/machine_support.h"

#define ROUNDS 1500

static void check_mutant(const u8 *data, size_t size)
{
	const char *wrong = machine_fuzz_once(data, size);

	if (!wrong)
		return;
	tap_note("%s; the file:\n%.*s", wrong, (int)(size > 1500 ? 1500 : size),
		 (const char *)data);
	CHECK(!wrong);
}

/* Bytes that mean something to one of the readers. */
static u8 interesting_byte(void)
{
	static const char bytes[] = "0123456789abcdefxXKMGT-.:[]()|\"#=\n\t \r\0\xff\x80";

	return (u8)bytes[test_random_below(sizeof(bytes) - 1)];
}

static void mutate_once(u8 *data, size_t *size)
{
	size_t at = test_random_below(*size);
	size_t length = test_random_below(*size - at < 80 ? *size - at : 80) + 1;
	size_t to = test_random_below(*size - length + 1);

	switch (test_random_below(7)) {
	case 0: /* cut off */
		*size = at ? at : 1;
		break;
	case 1:
		data[at] ^= (u8)(1 << test_random_below(8));
		break;
	case 2:
	case 3:
		data[at] = interesting_byte();
		break;
	case 4: /* taken out */
		if (length >= *size)
			break;
		memmove(data + at, data + at + length, *size - at - length);
		*size -= length;
		break;
	default: /* copied over something else */
		memmove(data + to, data + at, length);
		break;
	}
}

static void mutate(const u8 *good, size_t size, unsigned int rounds)
{
	u8 *data = malloc(size);

	REQUIRE(data != NULL);
	check_mutant(good, size);
	for (unsigned int i = 0; i < test_rounds(rounds); i++) {
		size_t left = size;

		memcpy(data, good, size);
		for (u64 n = 1 + test_random_below(4); n; n--)
			mutate_once(data, &left);
		check_mutant(data, left);
	}
	free(data);
}

static bool is_section(const char *name)
{
	static const char *const names[] = { "/proc/iomem", "/proc/version", "dmesg",
					     "/sys/kernel/debug/memblock/" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

/* The parts of a whole reference file that are read: the rest takes only time. */
static size_t keep_what_is_read(char *text)
{
	char *to = text, *line = text, *end;
	bool keep = true;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (!strncmp(line, "=== ", 4))
			keep = is_section(line + 4);
		if (!keep)
			continue;
		memmove(to, line, (size_t)(end + 1 - line));
		to += end + 1 - line;
	}
	return (size_t)(to - text);
}

static void mutate_fixture(const char *name)
{
	size_t size;
	char *text = fixture_text(name, &size);

	size = keep_what_is_read(text);
	REQUIRE(size > 1000);
	mutate((const u8 *)text, size, ROUNDS / 5);
	free(text);
}

static void logs_survive_mutation(void)
{
	mutate_fixture("linux-6.1/i386-2G.txt");
	mutate_fixture("linux-6.1/x86_64-numa.txt");
}

static void listings_survive_mutation(void)
{
	static const char iomem[] = "00001000-0009fbff : System RAM\n"
				    "00100000-3fffffff : System RAM\n"
				    "  01000000-01e01ef1 : Kernel code\n"
				    "    01000000-01000fff : inner\n"
				    "  38000000-380fffff : Reserved\n"
				    "fec00000-fec003ff : IOAPIC 0\n";
	size_t size;
	char *text = fixture_text("linux-6.1/imx6ul-memblock.txt", &size);

	mutate((const u8 *)text, size, ROUNDS);
	free(text);
	mutate((const u8 *)iomem, sizeof(iomem) - 1, ROUNDS);
	mutate_fixture("linux-6.1/imx6ul-512M.txt");
}

static void descriptions_survive_mutation(void)
{
	for (const struct builtin_machine *machine = builtin_machines; machine->name; machine++)
		mutate((const u8 *)machine->text, strlen(machine->text), ROUNDS / 3);
}

static void blobs_survive_mutation(void)
{
	static struct blob b;
	u32 reg[] = { 0, 0x80000000, 0x40000000, 1, 0, 0x40000000 };

	blob_begin(&b);
	blob_reserve(&b, 0x80000000, 0x10000);
	blob_u32(&b, "#address-cells", 2);
	blob_u32(&b, "#size-cells", 1);
	blob_node(&b, "memory@80000000");
	blob_string(&b, "device_type", "memory");
	blob_cells(&b, "reg", reg, 6);
	blob_end_node(&b);
	blob_node(&b, "reserved-memory");
	blob_u32(&b, "#address-cells", 1);
	blob_u32(&b, "#size-cells", 1);
	blob_node(&b, "a");
	blob_cells(&b, "reg", reg + 1, 2);
	blob_flag(&b, "no-map");
	blob_end_node(&b);
	blob_end_node(&b);
	blob_node(&b, "chosen");
	blob_u32(&b, "linux,initrd-start", 0x81000000);
	blob_u32(&b, "linux,initrd-end", 0x81100000);
	blob_end_node(&b);
	blob_finish(&b);
	mutate(b.data, b.size, ROUNDS * 2);
}

static void every_prefix_of_a_file_is_survived(void)
{
	size_t size;
	char *text = fixture_text("linux-6.1/imx6ul-memblock.txt", &size);

	for (size_t left = 0; left < size; left++)
		check_mutant((const u8 *)text, left);
	free(text);
}

const struct tap_test tap_tests[] = {
	TEST(logs_survive_mutation),
	TEST(listings_survive_mutation),
	TEST(descriptions_survive_mutation),
	TEST(blobs_survive_mutation),
	TEST(every_prefix_of_a_file_is_survived),
	{ NULL, NULL },
};
