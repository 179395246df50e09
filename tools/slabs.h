/* SPDX-License-Identifier: MIT */
/*
 * slabs.h - the slabs of caches as a picture: a row for each slab, a cell for each object.
 */
#ifndef TOOLS_SLABS_H
#define TOOLS_SLABS_H

#include <stdio.h>

#include <quire/slab.h>

enum slab_cell {
	SLAB_CELL_USED,
	SLAB_CELL_CACHED, /* free, and kept by a CPU or a node */
	SLAB_CELL_FREE,
	NR_SLAB_CELLS
};

struct slab_row {
	u64 va; /* where the slab begins, as the machine sees it */
	u8 *cells; /* enum slab_cell */
	unsigned int nr_cells;
};

/* A cache that has slabs. */
struct slab_group {
	struct kmem_cache *cache;
	unsigned long nr_slabs;
	unsigned long objects[NR_SLAB_CELLS]; /* of all slabs */
	struct slab_row *rows;		      /* by address; the first of them, as many as are shown */
	size_t nr_rows, room;
};

struct slab_picture {
	const char *machine;
	struct slab_group *groups;
	size_t nr_groups;
	bool no_memory;
};

struct slab_picture_request {
	const char *cache; /* the only one that is shown; NULL: all that have slabs */
	const char *svg;   /* the file; "-": stdout; NULL: to stdout, in letters */
	unsigned int rows; /* slabs of a cache that are shown; 0: 16 of all, all of one */
};

/* The cache of that name; NULL: there is none. Valid while nobody destroys it. */
struct kmem_cache *find_cache(const char *name);

/* Draws the machine that is selected on this thread. 0, or -1 after a message. */
int slab_picture_draw(const struct slab_picture_request *req, const char *machine);

void slab_picture_print(const struct slab_picture *pic, FILE *out, unsigned int colours);
void slab_picture_print_svg(const struct slab_picture *pic, FILE *out);

/* "kmalloc-64: 12 slabs of 4 KB, 300 of 768 objects in use, 40 with CPUs, 0 of 64 bytes wasted" */
void slab_group_title(const struct slab_group *group, char *buf, size_t size);

/*
 * Of the memory of a slab, what is not part of an object as it was asked for, shared out among its
 * objects: bytes, and thousandths of what an object takes with it.
 */
void slab_waste(const struct kmem_cache *cache, unsigned long *bytes, unsigned int *thousandths);

#endif
