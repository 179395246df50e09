/* SPDX-License-Identifier: MIT */
/*
 * device_tree.c - a flattened device tree: /memory, /reserved-memory, the memory
 * reservation block, the initrd of /chosen, the CPUs, the NUMA distances.
 *
 * libfdt reads the blob. fdt_check_full has walked all of it before anything is looked
 * at, so that later calls stay inside; what is read here is only checked for its meaning.
 * Messages name the offset of the node or property in the blob.
 */
#include "tools/machine/reader.h"

#ifndef HAVE_LIBFDT

bool read_device_tree(struct machine_file *f, const void *blob, size_t size)
{
	(void)blob;
	(void)size;
	return machine_fail(f, 0,
			    "a device tree blob, but this program was built without libfdt "
			    "(package libfdt-dev)");
}

#else

#include <libfdt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The first with the layout of today. */
#define MIN_VERSION 16

typedef unsigned long long ull;

struct tree {
	struct machine_file *f;
	const void *blob;
	int address_cells, size_cells; /* of the root */
};

/* Where a node or a property is in the file. */
static u64 offset_of(const struct tree *t, const void *p)
{
	return (u64)((const char *)p - (const char *)t->blob);
}

static u64 node_offset(const struct tree *t, int node)
{
	return (u64)fdt_off_dt_struct(t->blob) + (u64)node;
}

static const char *node_name(const struct tree *t, int node)
{
	const char *name = fdt_get_name(t->blob, node, NULL);

	return name ? name : "?";
}

/* ---- is it whole? ---- */

/* The tag at which libfdt cannot go on. */
static int find_bad_tag(const void *blob)
{
	int offset, next = 0;
	uint32_t tag;

	do {
		offset = next;
		tag = fdt_next_tag(blob, offset, &next);
	} while (tag != FDT_END && next > offset);
	return offset;
}

static bool check_blob(struct machine_file *f, const void *blob, size_t size)
{
	int error;

	if (size < sizeof(struct fdt_header))
		return machine_fail(f, size, "the device tree blob is cut off inside its header");
	if (fdt_totalsize(blob) > size)
		return machine_fail(f, size,
				    "the device tree blob is cut off: it has %zu of %u "
				    "bytes",
				    size, fdt_totalsize(blob));
	/* libfdt reads older ones too, but fdt_check_full() does not survive them. */
	if (fdt_version(blob) < MIN_VERSION)
		return machine_fail(f, offsetof(struct fdt_header, version),
				    "device tree blob of version %u: %d is the oldest that is read",
				    fdt_version(blob), MIN_VERSION);
	error = fdt_check_header(blob);
	if (error)
		return machine_fail(f, offsetof(struct fdt_header, totalsize),
				    "bad header of a device tree blob: %s", fdt_strerror(error));
	error = fdt_check_full(blob, size);
	if (!error)
		return true;
	return machine_fail(f, (u64)fdt_off_dt_struct(blob) + (u64)find_bad_tag(blob),
			    "bad device tree blob: %s", fdt_strerror(error));
}

/* ---- cells ---- */

static u64 read_cells(const fdt32_t *cells, int nr)
{
	u64 value = 0;

	for (int i = 0; i < nr; i++)
		value = value << 32 | fdt32_to_cpu(cells[i]);
	return value;
}

static bool read_cell_counts(struct tree *t, int node, int *address_cells, int *size_cells)
{
	*address_cells = fdt_address_cells(t->blob, node);
	*size_cells = fdt_size_cells(t->blob, node);
	if (*address_cells >= 1 && *address_cells <= 2 && *size_cells >= 1 && *size_cells <= 2)
		return true;
	return machine_fail(t->f, node_offset(t, node),
			    "node `%.60s': addresses and sizes must "
			    "have 1 or 2 cells",
			    node_name(t, node));
}

/* A property of whole (address, size) pairs. *nr is 0 if there is none. */
static bool read_reg(const struct tree *t, int node, const char *property, int cells,
		     const fdt32_t **reg, int *nr)
{
	int length;

	*reg = fdt_getprop(t->blob, node, property, &length);
	*nr = 0;
	if (!*reg)
		return true;
	if (length % (cells * 4))
		return machine_fail(t->f, offset_of(t, *reg),
				    "node `%.60s': `%s' has %d bytes, "
				    "which is no multiple of %d",
				    node_name(t, node), property, length, cells * 4);
	*nr = length / (cells * 4);
	return true;
}

static bool read_u32(const struct tree *t, int node, const char *property, u64 *value)
{
	int length;
	const fdt32_t *cell = fdt_getprop(t->blob, node, property, &length);

	if (!cell || length != 4)
		return false;
	*value = fdt32_to_cpu(*cell);
	return true;
}

static bool has_string(const struct tree *t, int node, const char *property, const char *value)
{
	return fdt_stringlist_search(t->blob, node, property, value) >= 0;
}

static bool is_enabled(const struct tree *t, int node)
{
	return !fdt_getprop(t->blob, node, "status", NULL) ||
	       has_string(t, node, "status", "okay") || has_string(t, node, "status", "ok");
}

/* "memory" or "memory@80000000". */
static bool is_named(const struct tree *t, int node, const char *name)
{
	const char *found = node_name(t, node);
	size_t length = strlen(name);

	return !strncmp(found, name, length) && (!found[length] || found[length] == '@');
}

/* ---- RAM ---- */

static bool take_memory(struct tree *t, int node)
{
	bool is_hotplug = fdt_getprop(t->blob, node, "hotpluggable", NULL) != NULL;
	int cells = t->address_cells + t->size_cells, nr;
	const char *property = "linux,usable-memory";
	const fdt32_t *reg;
	u64 nid = 0;

	if (!fdt_getprop(t->blob, node, property, NULL))
		property = "reg";
	if (!read_reg(t, node, property, cells, &reg, &nr))
		return false;
	if (!nr)
		return machine_fail(t->f, node_offset(t, node), "node `%.60s' has no `reg'",
				    node_name(t, node));
	if (read_u32(t, node, "numa-node-id", &nid) &&
	    !machine_check_node(t->f, nid, node_offset(t, node)))
		return false;
	for (int i = 0; i < nr; i++, reg += cells)
		if (!machine_add_bank(t->f, read_cells(reg, t->address_cells),
				      read_cells(reg + t->address_cells, t->size_cells), (int)nid,
				      is_hotplug ? MEMBLOCK_HOTPLUG : MEMBLOCK_NONE,
				      offset_of(t, reg)))
			return false;
	return true;
}

static bool take_memory_nodes(struct tree *t)
{
	int node;

	fdt_for_each_subnode(node, t->blob, 0)
	{
		if (!has_string(t, node, "device_type", "memory") && !is_named(t, node, "memory"))
			continue;
		if (is_enabled(t, node) && !take_memory(t, node))
			return false;
	}
	if (!t->f->banks.nr)
		return machine_fail(t->f, node_offset(t, 0),
				    "no node /memory: maybe the boot "
				    "loader of this board adds it");
	return true;
}

/* ---- what is taken ---- */

static bool take_reservations(struct tree *t)
{
	int nr = fdt_num_mem_rsv(t->blob);

	for (int i = 0; i < nr; i++) {
		uint64_t base, size;

		if (fdt_get_mem_rsv(t->blob, i, &base, &size))
			continue;
		if (!machine_add_reserved(t->f, base, size, "memreserve",
					  (u64)fdt_off_mem_rsvmap(t->blob) +
						  (u64)i * sizeof(struct fdt_reserve_entry)))
			return false;
	}
	return true;
}

/* A child without `reg` asks for memory that the kernel chooses while it boots: not here. */
static bool take_reserved_node(struct tree *t, int node, int address_cells, int size_cells)
{
	bool is_nomap = fdt_getprop(t->blob, node, "no-map", NULL) != NULL;
	const fdt32_t *reg;
	int nr;

	if (!read_reg(t, node, "reg", address_cells + size_cells, &reg, &nr))
		return false;
	for (int i = 0; i < nr; i++, reg += address_cells + size_cells) {
		u64 base = read_cells(reg, address_cells);
		u64 size = read_cells(reg + address_cells, size_cells);

		if (is_nomap && size) {
			if (!machine_mark(t->f, base, size, NUMA_NO_NODE, MEMBLOCK_NOMAP))
				return false;
		} else if (!machine_add_reserved(t->f, base, size, node_name(t, node),
						 offset_of(t, reg))) {
			return false;
		}
	}
	return true;
}

static bool take_reserved_memory(struct tree *t)
{
	int parent = fdt_path_offset(t->blob, "/reserved-memory");
	int address_cells, size_cells, node;

	if (parent < 0)
		return true;
	if (!read_cell_counts(t, parent, &address_cells, &size_cells))
		return false;
	fdt_for_each_subnode(node, t->blob, parent)
	{
		if (is_enabled(t, node) && !take_reserved_node(t, node, address_cells, size_cells))
			return false;
	}
	return true;
}

static bool read_address(const struct tree *t, int node, const char *property, u64 *value,
			 u64 *where)
{
	int length;
	const fdt32_t *cells = fdt_getprop(t->blob, node, property, &length);

	if (!cells || (length != 4 && length != 8))
		return false;
	*value = read_cells(cells, length / 4);
	*where = offset_of(t, cells);
	return true;
}

static bool take_initrd(struct tree *t)
{
	int node = fdt_path_offset(t->blob, "/chosen");
	u64 start, end, where;

	if (node < 0 || !read_address(t, node, "linux,initrd-start", &start, &where) ||
	    !read_address(t, node, "linux,initrd-end", &end, &where))
		return true;
	if (end <= start)
		return machine_fail(t->f, where,
				    "/chosen: the initrd ends (0x%llx) before it "
				    "starts (0x%llx)",
				    (ull)end, (ull)start);
	return machine_add_reserved(t->f, start, end - start, "initrd", where);
}

/* ---- CPUs and distances ---- */

/* 64-bit cores: the presets know none of these machines. */
static bool is_64bit_cpu(const struct tree *t, int node)
{
	static const char *const names[] = {
		"armv8", "cortex-a3", "cortex-a5", "cortex-a6", "cortex-a7", "neoverse", "riscv",
	};
	int length;
	const char *compatible = fdt_getprop(t->blob, node, "compatible", &length);

	if (!compatible || length <= 0 || compatible[length - 1])
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *found = strstr(compatible, names[i]);

		/* cortex-a5 and a7 have 32 bits; a53 and a72 have 64, a32 not. */
		if (!found || !strncmp(found, "cortex-a32", 10))
			continue;
		if (strncmp(found, "cortex", 6) || found[strlen(names[i])])
			return true;
	}
	return false;
}

static bool take_cpus(struct tree *t)
{
	int parent = fdt_path_offset(t->blob, "/cpus"), node;
	bool is_64bit = false;
	u64 nid;

	t->f->arch = "arm";
	if (parent < 0)
		return true;
	fdt_for_each_subnode(node, t->blob, parent)
	{
		if (!has_string(t, node, "device_type", "cpu") && !is_named(t, node, "cpu"))
			continue;
		if (!is_enabled(t, node))
			continue;
		is_64bit |= is_64bit_cpu(t, node);
		t->f->m.nr_cpus++;
		if (read_u32(t, node, "numa-node-id", &nid) &&
		    !machine_add_cpu(t->f, nid, node_offset(t, node)))
			return false;
	}
	if (is_64bit || machine_has_ram_above_4g(t->f))
		t->f->arch = "generic";
	return true;
}

static bool take_distances(struct tree *t)
{
	int node = fdt_path_offset(t->blob, "/distance-map"), nr;
	const fdt32_t *cells;

	if (node < 0)
		return true;
	if (!read_reg(t, node, "distance-matrix", 3, &cells, &nr))
		return false;
	for (int i = 0; i < nr; i++, cells += 3)
		if (!machine_add_distance(t->f, fdt32_to_cpu(cells[0]), fdt32_to_cpu(cells[1]),
					  fdt32_to_cpu(cells[2]), offset_of(t, cells)))
			return false;
	return true;
}

/* The board's name: "model" of the root. */
static bool take_model(struct tree *t)
{
	int length;
	const char *model = fdt_getprop(t->blob, 0, "model", &length);

	if (!model || length <= 1 || model[length - 1])
		return true;
	t->f->summary = machine_string(t->f, model, strlen(model));
	return t->f->summary != NULL;
}

bool read_device_tree(struct machine_file *f, const void *blob, size_t size)
{
	struct tree t = { .f = f, .blob = blob };

	f->is_blob = true;
	if (size > INT_MAX || !check_blob(f, blob, size))
		return false;
	return read_cell_counts(&t, 0, &t.address_cells, &t.size_cells) && take_memory_nodes(&t) &&
	       take_cpus(&t) && take_reservations(&t) && take_reserved_memory(&t) &&
	       take_initrd(&t) && take_distances(&t) && take_model(&t);
}

#endif
