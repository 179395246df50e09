/* SPDX-License-Identifier: MIT */
/*
 * slabs.c - from a running machine to a picture of its slabs, in the terminal or in a file.
 */
#include "tools/slabs.h"

#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/kernel_addresses.h"
#include "tools/output.h"

#define ROWS_OF_EACH 16

struct kmem_cache *find_cache(const char *name)
{
	struct kmem_cache *cache = NULL;

	while ((cache = kmem_cache_next(cache)) != NULL)
		if (!strcmp(cache->name, name)) {
			kmem_cache_put(cache);
			break;
		}
	return cache;
}

void slab_waste(const struct kmem_cache *cache, unsigned long *bytes, unsigned int *thousandths)
{
	/* Slabs of the engine slob belong to no cache: there an object is its own. */
	unsigned long nr = cache->nr_objects ? cache->nr_objects : 1;
	unsigned long slab = cache->nr_objects ? PAGE_SIZE << cache->order : cache->size;
	unsigned long objects = cache->object_size * nr;

	*bytes = (slab - objects + nr / 2) / nr;
	*thousandths = (unsigned int)(((u64)(slab - objects) * 1000 + slab / 2) / slab);
}

void slab_group_title(const struct slab_group *group, char *buf, size_t size)
{
	const struct kmem_cache *cache = group->cache;
	unsigned long used = group->objects[SLAB_CELL_USED], cached = group->objects[SLAB_CELL_CACHED];

	snprintf(buf, size, "%s: %lu slab%s of %s, %u bytes an object, %lu of %lu in use, %lu kept by CPUs", cache->name,
		 group->nr_slabs, group->nr_slabs == 1 ? "" : "s", size_text((u64)PAGE_SIZE << cache->order),
		 cache->object_size, used, used + cached + group->objects[SLAB_CELL_FREE], cached);
}

/* ---- reading slabs ---- */

/* Objects that are free, but not in their slab, by address. */
struct cached {
	void **objects;
	size_t nr, room;
};

struct reading {
	struct slab_picture *pic;
	struct slab_group *group;
	struct slab_row *row; /* NULL: this slab is only counted */
	struct cached cached;
	unsigned int max_rows;
};

static void add_cached(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	struct reading *r = ctx;
	struct cached *c = &r->cached;
	void **grown;

	(void)cache, (void)is_free;
	if (c->nr == c->room) {
		grown = realloc(c->objects, (c->room * 2 + 64) * sizeof(*grown));
		if (!grown) {
			r->pic->no_memory = true;
			return;
		}
		c->objects = grown;
		c->room = c->room * 2 + 64;
	}
	c->objects[c->nr++] = object;
}

static int compare_pointers(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)*(void *const *)a, y = (uintptr_t)*(void *const *)b;

	return x < y ? -1 : x > y;
}

static enum slab_cell cell_of(const struct reading *r, void *object, bool is_free)
{
	if (is_free)
		return SLAB_CELL_FREE;
	return r->cached.nr && bsearch(&object, r->cached.objects, r->cached.nr, sizeof(void *), compare_pointers)
		       ? SLAB_CELL_CACHED
		       : SLAB_CELL_USED;
}

static void add_object(struct kmem_cache *cache, void *object, bool is_free, void *ctx)
{
	struct reading *r = ctx;
	enum slab_cell cell = cell_of(r, object, is_free);

	r->group->objects[cell]++;
	if (r->row && r->row->nr_cells < cache->nr_objects)
		r->row->cells[r->row->nr_cells++] = (u8)cell;
}

static struct slab_row *add_row(struct reading *r, struct page *page)
{
	struct slab_group *g = r->group;
	struct slab_row *rows = g->rows;

	if (g->nr_rows == r->max_rows)
		return NULL;
	if (g->nr_rows == g->room)
		rows = realloc(rows, (g->room * 2 + 16) * sizeof(*rows));
	if (!rows) {
		r->pic->no_memory = true;
		return NULL;
	}
	g->room = rows == g->rows && g->nr_rows < g->room ? g->room : g->room * 2 + 16;
	g->rows = rows;
	rows[g->nr_rows] = (struct slab_row){ .va = kernel_va(page_address(page)),
					      .cells = malloc(g->cache->nr_objects + 1) };
	if (!rows[g->nr_rows].cells) {
		r->pic->no_memory = true;
		return NULL;
	}
	return &rows[g->nr_rows++];
}

static void add_slab(struct kmem_cache *cache, struct page *page, void *ctx)
{
	struct reading *r = ctx;

	r->group->nr_slabs++;
	r->row = add_row(r, page);
	slab_objects_of(cache, page, add_object, r);
}

static void read_cache(struct reading *r, struct kmem_cache *cache)
{
	struct slab_picture *pic = r->pic;
	struct slab_group *grown = realloc(pic->groups, (pic->nr_groups + 1) * sizeof(*grown));

	if (!grown) {
		pic->no_memory = true;
		return;
	}
	pic->groups = grown;
	r->group = memset(&grown[pic->nr_groups++], 0, sizeof(*grown));
	r->group->cache = cache;
	r->cached.nr = 0;
	slab_for_each_cached(cache, add_cached, r);
	if (r->cached.nr)
		qsort(r->cached.objects, r->cached.nr, sizeof(void *), compare_pointers);
	slab_for_each(cache, add_slab, r);
	if (!r->group->nr_slabs)
		pic->nr_groups--;
}

/* 0; -1 after a message. The picture is to be freed either way. */
static int read_slabs(struct slab_picture *pic, const struct slab_picture_request *req)
{
	struct reading r = { .pic = pic, .max_rows = req->rows };
	struct kmem_cache *cache = NULL;
	bool is_known = !req->cache;

	if (!r.max_rows)
		r.max_rows = req->cache ? ~0U : ROWS_OF_EACH;
	while ((cache = kmem_cache_next(cache)) != NULL) {
		if (req->cache && strcmp(cache->name, req->cache))
			continue;
		is_known = true;
		read_cache(&r, cache);
	}
	free(r.cached.objects);
	if (pic->no_memory)
		fail("no memory for the picture");
	else if (!is_known)
		fail("no cache `%s`; the report slabinfo lists them", req->cache);
	return pic->no_memory || !is_known ? -1 : 0;
}

static void free_picture(struct slab_picture *pic)
{
	size_t i, row;

	for (i = 0; i < pic->nr_groups; i++) {
		for (row = 0; row < pic->groups[i].nr_rows; row++)
			free(pic->groups[i].rows[row].cells);
		free(pic->groups[i].rows);
	}
	free(pic->groups);
}

/* ---- drawing ---- */

static int write_svg(const struct slab_picture *pic, const char *path)
{
	struct whole_file file;

	if (whole_file_open(&file, path))
		return -1;
	slab_picture_print_svg(pic, file.out);
	return whole_file_commit(&file) ? -1 : 0;
}

int slab_picture_draw(const struct slab_picture_request *req, const char *machine)
{
	struct slab_picture pic = { .machine = machine ? machine : "a machine" };
	int ret = read_slabs(&pic, req);

	if (!ret && req->svg)
		ret = write_svg(&pic, req->svg);
	else if (!ret)
		slab_picture_print(&pic, stdout, stdout_colours());
	free_picture(&pic);
	return ret;
}
