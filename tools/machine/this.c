/* SPDX-License-Identifier: MIT */
/*
 * this.c - the running computer's nodes and CPUs; its RAM comes from /proc/iomem.
 *
 * Linux shows which blocks of memory a node has as links memoryN in the node's folder;
 * a block's number times the block size is its address. Without that folder (a kernel
 * without NUMA or without memory hotplug) everything stays on node 0.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/machine/reader.h"

#define NODES "/sys/devices/system/node"
#define BLOCK_SIZE "/sys/devices/system/memory/block_size_bytes"

static bool read_first_line(const char *root, const char *path, char *line, int size)
{
	char full[512];
	FILE *stream;
	bool ok;

	snprintf(full, sizeof(full), "%s%s", root, path);
	stream = fopen(full, "r");
	if (!stream)
		return false;
	ok = fgets(line, size, stream) != NULL;
	fclose(stream);
	return ok;
}

/* The number behind `prefix`, if the name is nothing else. */
static bool parse_entry(const char *name, const char *prefix, u64 *number)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length))
		return false;
	name += length;
	return text_decimal(&name, number) && !*name;
}

static bool mark_blocks(struct machine_file *f, const char *root, u64 nid, u64 block_size)
{
	struct dirent *entry;
	char path[512];
	bool ok = true;
	DIR *dir;
	u64 block;

	snprintf(path, sizeof(path), "%s" NODES "/node%llu", root, (unsigned long long)nid);
	dir = opendir(path);
	if (!dir)
		return true;
	while (ok && (entry = readdir(dir)))
		if (parse_entry(entry->d_name, "memory", &block) && block < UINT64_MAX / block_size)
			ok = machine_mark(f, block * block_size, block_size, (int)nid, 0);
	closedir(dir);
	return ok;
}

static bool add_distances(struct machine_file *f, const char *root, u64 nid, const u64 *nodes,
			  size_t nr)
{
	char path[128], line[8192];
	const char *p = line;

	snprintf(path, sizeof(path), NODES "/node%llu/distance", (unsigned long long)nid);
	if (!read_first_line(root, path, line, sizeof(line)))
		return true;
	for (size_t i = 0; i < nr; i++) {
		u64 distance;

		p = text_skip_blanks(p);
		if (!text_decimal(&p, &distance))
			return true;
		if (!machine_add_distance(f, nid, nodes[i], distance, 0))
			return false;
	}
	return true;
}

static int compare_numbers(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static bool list_nodes(struct machine_file *f, const char *root, struct vector *nodes)
{
	struct dirent *entry;
	char path[512];
	u64 nid, *slot;
	DIR *dir;

	snprintf(path, sizeof(path), "%s" NODES, root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!parse_entry(entry->d_name, "node", &nid))
			continue;
		slot = machine_check_node(f, nid, 0) ? vector_push(nodes, sizeof(*slot)) : NULL;
		if (!slot) {
			closedir(dir);
			return false;
		}
		*slot = nid;
	}
	if (dir)
		closedir(dir);
	if (nodes->nr)
		qsort(nodes->items, nodes->nr, sizeof(u64), compare_numbers);
	return true;
}

bool read_this_nodes(struct machine_file *f, const char *root)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct vector nodes = { 0 };
	u64 block_size = 0;
	char line[64];
	const char *p = line;
	bool ok = list_nodes(f, root, &nodes);

	f->m.nr_cpus = cpus > 0 ? (unsigned int)cpus : 1;
	if (!read_first_line(root, BLOCK_SIZE, line, sizeof(line)) || !text_hex(&p, &block_size))
		block_size = 0;
	for (size_t i = 0; ok && nodes.nr > 1 && i < nodes.nr; i++) {
		u64 nid = ((u64 *)nodes.items)[i];

		ok = (!block_size || mark_blocks(f, root, nid, block_size)) &&
		     add_distances(f, root, nid, nodes.items, nodes.nr);
	}
	free(nodes.items);
	return ok;
}
