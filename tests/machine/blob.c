/* SPDX-License-Identifier: MIT */
/*
 * blob.c - the three parts of a flattened device tree behind its header: reservations,
 * structure, strings. All numbers are big-endian.
 */
#include <string.h>

#include "tests/machine/blob.h"
#include "tests/tap.h"

enum token { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, END = 9 };

#define HEADER_SIZE 40

static void put_u32(u8 *at, u32 value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (u8)(value >> (24 - 8 * i));
}

static void add_u32(struct blob *b, u32 value)
{
	REQUIRE(b->structure_size + 4 <= sizeof(b->structure));
	put_u32(b->structure + b->structure_size, value);
	b->structure_size += 4;
}

/* Padded with zeros to whole cells. */
static void add_bytes(struct blob *b, const void *bytes, size_t size)
{
	REQUIRE(b->structure_size + size + 3 <= sizeof(b->structure));
	memcpy(b->structure + b->structure_size, bytes, size);
	b->structure_size += (size + 3) & ~(size_t)3;
}

static u32 add_name(struct blob *b, const char *name)
{
	size_t offset = b->strings_size;

	REQUIRE(offset + strlen(name) + 1 <= sizeof(b->strings));
	strcpy((char *)b->strings + offset, name);
	b->strings_size += strlen(name) + 1;
	return (u32)offset;
}

static void add_property(struct blob *b, const char *property, const void *value, size_t size)
{
	add_u32(b, PROP);
	add_u32(b, (u32)size);
	add_u32(b, add_name(b, property));
	add_bytes(b, value, size);
}

void blob_begin(struct blob *b)
{
	memset(b, 0, sizeof(*b));
	blob_node(b, "");
}

void blob_reserve(struct blob *b, u64 base, u64 size)
{
	u8 *at = b->reservations + 16 * b->nr_reservations++;

	REQUIRE(16 * (b->nr_reservations + 1) <= sizeof(b->reservations));
	put_u32(at, (u32)(base >> 32));
	put_u32(at + 4, (u32)base);
	put_u32(at + 8, (u32)(size >> 32));
	put_u32(at + 12, (u32)size);
}

void blob_node(struct blob *b, const char *name)
{
	add_u32(b, BEGIN_NODE);
	add_bytes(b, name, strlen(name) + 1);
}

void blob_end_node(struct blob *b)
{
	add_u32(b, END_NODE);
}

void blob_cells(struct blob *b, const char *property, const u32 *cells, size_t nr)
{
	u8 bytes[256];

	REQUIRE(nr * 4 <= sizeof(bytes));
	for (size_t i = 0; i < nr; i++)
		put_u32(bytes + 4 * i, cells[i]);
	add_property(b, property, bytes, nr * 4);
}

void blob_u32(struct blob *b, const char *property, u32 value)
{
	blob_cells(b, property, &value, 1);
}

void blob_string(struct blob *b, const char *property, const char *text)
{
	add_property(b, property, text, strlen(text) + 1);
}

void blob_flag(struct blob *b, const char *property)
{
	add_property(b, property, "", 0);
}

void blob_finish(struct blob *b)
{
	size_t reservations = HEADER_SIZE;
	size_t structure = reservations + 16 * (b->nr_reservations + 1);
	size_t strings;

	blob_end_node(b);
	add_u32(b, END);
	strings = structure + b->structure_size;
	b->size = strings + b->strings_size;
	REQUIRE(b->size <= sizeof(b->data));
	put_u32(b->data, 0xd00dfeed);
	put_u32(b->data + 4, (u32)b->size);
	put_u32(b->data + 8, (u32)structure);
	put_u32(b->data + 12, (u32)strings);
	put_u32(b->data + 16, (u32)reservations);
	put_u32(b->data + 20, 17); /* version, and the oldest it is compatible with */
	put_u32(b->data + 24, 16);
	put_u32(b->data + 32, (u32)b->strings_size);
	put_u32(b->data + 36, (u32)b->structure_size);
	memcpy(b->data + reservations, b->reservations, 16 * b->nr_reservations);
	memcpy(b->data + structure, b->structure, b->structure_size);
	memcpy(b->data + strings, b->strings, b->strings_size);
}
