/* SPDX-License-Identifier: MIT */
/*
 * device_tree.h - reads a flattened device tree: nodes, properties, the reservation block.
 *
 * Freestanding, unlike the `quire` command, which has libfdt: a kernel cannot link that.
 * dt_open() looks at every byte that the rest will follow, so the rest needs no checks and
 * cannot leave the blob, whatever is in it. Nothing is allocated or changed.
 */
#ifndef PORT_IMX6UL_DEVICE_TREE_H
#define PORT_IMX6UL_DEVICE_TREE_H

#include <quire/types.h>

struct device_tree {
	const u8 *blob;
	u32 size;		      /* of the blob, bytes */
	u32 structure, structure_end; /* offsets in the blob */
	u32 strings;
	u32 reservations, nr_reservations;
};

/* A node: the offset of its tag. 0: none. */
typedef u32 dt_node;

/*
 * Makes *t from the blob, of which `room` bytes can be read. NULL if it is sound, or what is
 * wrong with it. The blob must stay.
 */
const char *dt_open(struct device_tree *t, const void *blob, size_t room);

/* The first node in it, without a name. */
dt_node dt_root(const struct device_tree *t);
dt_node dt_first_child(const struct device_tree *t, dt_node node);
dt_node dt_next_sibling(const struct device_tree *t, dt_node node);

const char *dt_name(const struct device_tree *t, dt_node node);
/* Is it called that, or that with an address: "memory" or "memory@80000000"? */
bool dt_is_named(const struct device_tree *t, dt_node node, const char *name);
/* The first child that is named so; 0: none. */
dt_node dt_child(const struct device_tree *t, dt_node parent, const char *name);

/* The value of a property and its length; NULL if the node has none of that name. */
const void *dt_property(const struct device_tree *t, dt_node node, const char *name, u32 *length);
/* Of a property that is one NUL-terminated string; NULL if it is not. */
const char *dt_string(const struct device_tree *t, dt_node node, const char *name);
/* Of a property of one or two cells; false if it is not there or longer. */
bool dt_number(const struct device_tree *t, dt_node node, const char *name, u64 *value);

/* Entry `i` of the reservation block. */
void dt_reservation(const struct device_tree *t, u32 i, u64 *base, u64 *size);

/* A big-endian number of 1 or 2 cells. */
u64 dt_cells(const void *at, u32 cells);

#endif
