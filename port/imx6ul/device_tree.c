/* SPDX-License-Identifier: MIT */
/*
 * device_tree.c - a flattened device tree, walked in place.
 *
 *   0   header: magic, sizes and offsets of the three blocks, version
 *       reservation block: pairs of 64-bit numbers, the last one 0, 0
 *       structure block: tags of 4 bytes, big-endian
 *             BEGIN_NODE name.. { PROP length name-offset value.. } { nodes } END_NODE
 *             names and values are padded to 4 bytes; NOP may stand anywhere
 *             END after the root node
 *       strings block: the names of properties
 *
 * QEMU writes NOPs over the nodes that it replaces.
 */
#include "port/imx6ul/device_tree.h"

#define MAGIC 0xd00dfeedu
#define BEGIN_NODE 1u
#define END_NODE 2u
#define PROP 3u
#define NOP 4u
#define END 9u

/* Offsets in the header. */
#define TOTAL_SIZE 4
#define OFFSET_STRUCTURE 8
#define OFFSET_STRINGS 12
#define OFFSET_RESERVATIONS 16
#define VERSION 20
#define OLDEST_COMPATIBLE 24
#define SIZE_STRINGS 32
#define SIZE_STRUCTURE 36
#define HEADER_SIZE 40

/* The first with the layout of today, and the first that gives SIZE_STRUCTURE. */
#define OLDEST_VERSION 16
#define SIZED_VERSION 17

static u32 word(const struct device_tree *t, u32 offset)
{
	const u8 *p = t->blob + offset;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u32 round_up4(u32 n)
{
	return (n + 3) & ~3u;
}

static bool strings_are_equal(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

/* ---- is it whole? ---- */

/* The offset behind the string at `at`, its NUL included; 0 if it does not end before `end`. */
static u32 string_end(const struct device_tree *t, u32 at, u32 end)
{
	for (; at < end; at++)
		if (!t->blob[at])
			return at + 1;
	return 0;
}

/* Is [offset, offset + size) in the blob, behind the header? */
static bool is_inside(const struct device_tree *t, u32 offset, u32 size)
{
	return offset >= HEADER_SIZE && offset <= t->size && size <= t->size - offset;
}

static const char *check_header(struct device_tree *t, size_t room, u32 *strings_end)
{
	u32 version, size;

	if (room < HEADER_SIZE)
		return "no room for its header";
	if (word(t, 0) != MAGIC)
		return "no device tree is there";
	t->size = word(t, TOTAL_SIZE);
	if (t->size < HEADER_SIZE || t->size > room)
		return "its size cannot be";
	version = word(t, VERSION);
	if (version < OLDEST_VERSION || word(t, OLDEST_COMPATIBLE) > SIZED_VERSION)
		return "its version is not one that is read here";
	t->structure = word(t, OFFSET_STRUCTURE);
	t->strings = word(t, OFFSET_STRINGS);
	t->reservations = word(t, OFFSET_RESERVATIONS);
	size = word(t, SIZE_STRINGS);
	if (!is_inside(t, t->strings, size))
		return "its strings lie outside of it";
	*strings_end = t->strings + size;
	size = version >= SIZED_VERSION ? word(t, SIZE_STRUCTURE) : 0;
	if ((t->structure & 3) || !is_inside(t, t->structure, size))
		return "its structure lies outside of it";
	t->structure_end = version >= SIZED_VERSION ? t->structure + size : t->size;
	return NULL;
}

static const char *check_reservations(struct device_tree *t)
{
	u32 at = t->reservations;

	if (at & 7)
		return "its reservation block is not aligned";
	for (t->nr_reservations = 0; is_inside(t, at, 16); at += 16) {
		if (!(word(t, at) | word(t, at + 4) | word(t, at + 8) | word(t, at + 12)))
			return NULL;
		t->nr_reservations++;
	}
	return "its reservation block does not end";
}

/* What follows the tag at `at`, a node's name or a property: the offset behind it, or 0. */
static u32 check_payload(const struct device_tree *t, u32 tag, u32 at, u32 strings_end)
{
	u32 length, name;

	if (tag == BEGIN_NODE) {
		at = string_end(t, at, t->structure_end);
		return at ? round_up4(at) : 0;
	}
	if (tag != PROP)
		return at;
	if (t->structure_end - at < 8)
		return 0;
	length = word(t, at);
	name = word(t, at + 4);
	at += 8;
	if (length > t->structure_end - at || name >= strings_end - t->strings ||
	    !string_end(t, t->strings + name, strings_end))
		return 0;
	return round_up4(at + length);
}

/* Nodes that nest, under one root, and nothing behind them. */
static const char *check_structure(const struct device_tree *t, u32 strings_end)
{
	u32 at = t->structure, depth = 0, tag;
	bool has_root = false;

	while (at < t->structure_end && t->structure_end - at >= 4) {
		tag = word(t, at);
		if (tag == END)
			return has_root && !depth ? NULL : "its nodes do not nest";
		at = check_payload(t, tag, at + 4, strings_end);
		if (!at)
			return "a node or property runs over its end";
		if (tag == BEGIN_NODE) {
			if (!depth++ && has_root)
				return "it has two roots";
			has_root = true;
		} else if (tag == END_NODE) {
			if (!depth--)
				return "its nodes do not nest";
		} else if (tag == PROP ? !depth : tag != NOP) {
			return "it has a tag that means nothing";
		}
	}
	return "its structure does not end";
}

const char *dt_open(struct device_tree *t, const void *blob, size_t room)
{
	u32 strings_end;
	const char *wrong;

	*t = (struct device_tree){ .blob = blob };
	if (!blob || ((uintptr_t)blob & 3))
		return "its address cannot be";
	wrong = check_header(t, room, &strings_end);
	if (!wrong)
		wrong = check_reservations(t);
	return wrong ? wrong : check_structure(t, strings_end);
}

/* ---- the structure block: the blob is sound from here on ---- */

/* Behind the tag at `at` and what belongs to it. */
static u32 next_tag(const struct device_tree *t, u32 at)
{
	u32 tag = word(t, at);

	if (tag == PROP)
		return round_up4(at + 12 + word(t, at + 4));
	return tag == BEGIN_NODE ? round_up4(string_end(t, at + 4, t->structure_end)) : at + 4;
}

/* From `at` on, the first tag that is neither a property nor a NOP. */
static u32 skip_properties(const struct device_tree *t, u32 at)
{
	while (word(t, at) == PROP || word(t, at) == NOP)
		at = next_tag(t, at);
	return at;
}

static dt_node node_at(const struct device_tree *t, u32 at)
{
	at = skip_properties(t, at);
	return word(t, at) == BEGIN_NODE ? at : 0;
}

dt_node dt_root(const struct device_tree *t)
{
	return node_at(t, t->structure);
}

dt_node dt_first_child(const struct device_tree *t, dt_node node)
{
	return node_at(t, next_tag(t, node));
}

dt_node dt_next_sibling(const struct device_tree *t, dt_node node)
{
	u32 at = node, depth = 0;

	do {
		u32 tag = word(t, at);

		depth += tag == BEGIN_NODE;
		depth -= tag == END_NODE;
		at = next_tag(t, at);
	} while (depth);
	return node_at(t, at);
}

const char *dt_name(const struct device_tree *t, dt_node node)
{
	return (const char *)t->blob + node + 4;
}

bool dt_is_named(const struct device_tree *t, dt_node node, const char *name)
{
	const char *found = dt_name(t, node);

	for (; *name; name++, found++)
		if (*found != *name)
			return false;
	return !*found || *found == '@';
}

dt_node dt_child(const struct device_tree *t, dt_node parent, const char *name)
{
	dt_node node;

	for (node = dt_first_child(t, parent); node; node = dt_next_sibling(t, node))
		if (dt_is_named(t, node, name))
			return node;
	return 0;
}

/* ---- properties ---- */

const void *dt_property(const struct device_tree *t, dt_node node, const char *name, u32 *length)
{
	u32 at;

	for (at = next_tag(t, node); word(t, at) == PROP || word(t, at) == NOP;
	     at = next_tag(t, at)) {
		if (word(t, at) == NOP)
			continue;
		if (!strings_are_equal((const char *)t->blob + t->strings + word(t, at + 8), name))
			continue;
		*length = word(t, at + 4);
		return t->blob + at + 12;
	}
	return NULL;
}

const char *dt_string(const struct device_tree *t, dt_node node, const char *name)
{
	u32 length;
	const char *text = dt_property(t, node, name, &length);

	return text && length && !text[length - 1] ? text : NULL;
}

u64 dt_cells(const void *at, u32 cells)
{
	const u8 *p = at;
	u64 value = 0;
	u32 i;

	for (i = 0; i < 4 * cells; i++)
		value = value << 8 | p[i];
	return value;
}

bool dt_number(const struct device_tree *t, dt_node node, const char *name, u64 *value)
{
	u32 length;
	const void *cells = dt_property(t, node, name, &length);

	if (!cells || (length != 4 && length != 8))
		return false;
	*value = dt_cells(cells, length / 4);
	return true;
}

/* ---- the reservation block ---- */

void dt_reservation(const struct device_tree *t, u32 i, u64 *base, u64 *size)
{
	const u8 *entry = t->blob + t->reservations + 16 * i;

	*base = dt_cells(entry, 2);
	*size = dt_cells(entry + 8, 2);
}
