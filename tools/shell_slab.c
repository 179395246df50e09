/* SPDX-License-Identifier: MIT */
/*
 * shell_slab.c - the shell's commands on objects: kmalloc, caches, what an address is of, slabs.
 *
 * What the user holds is kept by name: pieces of kmalloc under handles, as blocks of pages are, the objects
 * of a cache under the cache's name. An address that the shell did not hand out is passed to the
 * library all the same: that it refuses it is worth a look. Addresses are the machine's.
 */
#include "tools/shell.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <quire/kmalloc.h>
#include <quire/kmemleak.h>
#include <quire/shrinker.h>

#include "tools/gfp_names.h"
#include "tools/kernel_addresses.h"
#include "tools/slabs.h"

#define MAX_COUNT 1000000

typedef unsigned long long ull;

/* ---- what is held ---- */

struct shell_objects {
	char *name;		  /* "h1", or the cache's */
	struct kmem_cache *cache; /* NULL: pieces of kmalloc */
	bool is_made;		  /* the cache was made here */
	size_t size;		  /* as asked for */
	size_t nr, room;
	void **at;
	struct shell_objects *next;
};

static struct shell_objects *find_objects(const struct shell *sh, const char *name)
{
	struct shell_objects *o;

	for (o = sh->objects; o; o = o->next)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

/* At the end of the list. NULL: no memory. */
static struct shell_objects *keep_objects(struct shell *sh, const char *name, struct kmem_cache *cache)
{
	struct shell_objects *o = calloc(1, sizeof(*o)), **link = &sh->objects;

	if (!o)
		return NULL;
	o->name = strdup(name);
	if (!o->name) {
		free(o);
		return NULL;
	}
	o->cache = cache;
	while (*link)
		link = &(*link)->next;
	*link = o;
	return o;
}

static void drop_objects(struct shell *sh, struct shell_objects *o)
{
	struct shell_objects **link = &sh->objects;

	while (*link != o)
		link = &(*link)->next;
	*link = o->next;
	free(o->name);
	free(o->at);
	free(o);
}

void shell_forget_objects(struct shell *sh)
{
	while (sh->objects)
		drop_objects(sh, sh->objects);
}

bool shell_forget_held(struct shell *sh, const char *name)
{
	struct shell_objects *o = find_objects(sh, name);

	if (!o || !o->nr)
		return false;
	o->nr = 0;
	/* A cache that was made here can still be used, and ended. */
	if (!o->is_made)
		drop_objects(sh, o);
	return true;
}

void shell_announce_objects(const struct shell *sh)
{
	const struct shell_objects *o;

	for (o = sh->objects; o; o = o->next)
		if (o->nr)
			kmemleak_alloc(o->at, o->nr * sizeof(*o->at), 0, GFP_KERNEL);
}

void shell_withdraw_objects(const struct shell *sh)
{
	const struct shell_objects *o;

	for (o = sh->objects; o; o = o->next)
		if (o->nr)
			kmemleak_free(o->at);
}

static bool make_room(struct shell_objects *o, size_t more)
{
	void **grown = realloc(o->at, (o->nr + more) * sizeof(*grown));

	if (!grown)
		return false;
	o->at = grown;
	o->room = o->nr + more;
	return true;
}

/* Who holds the object, and as which of his; NULL: nobody here. */
static struct shell_objects *holder_of(const struct shell *sh, const void *object, size_t *index)
{
	struct shell_objects *o;

	for (o = sh->objects; o; o = o->next)
		for (*index = 0; *index < o->nr; ++*index)
			if (o->at[*index] == object)
				return o;
	return NULL;
}

static void print_pieces(const struct shell_objects *o)
{
	const struct kmem_cache *cache = kmem_cache_of(o->at[0]);

	printf("%s: ", o->name);
	if (o->nr > 1)
		printf("%zu pieces of %zu bytes", o->nr, o->size);
	else
		printf("%zu bytes", o->size);
	if (cache)
		printf(" in %s", cache->name);
	else if (ksize(o->at[0]) >= PAGE_SIZE)
		printf(" in %lu pages", (unsigned long)(ksize(o->at[0]) >> PAGE_SHIFT));
	printf(", %s0x%llx\n", o->nr > 1 ? "the first at " : "at ", (ull)kernel_va(o->at[0]));
}

void shell_print_objects(const struct shell *sh)
{
	const struct shell_objects *o;

	for (o = sh->objects; o; o = o->next)
		if (!o->cache)
			print_pieces(o);
		else if (o->nr)
			printf("%s: %zu objects of %u bytes\n", o->name, o->nr, o->cache->object_size);
}

/* The library reports misuse in its log and changes nothing: that is how a refusal shows. */
static unsigned long warnings(void)
{
	return this_quire()->log.warnings + this_quire()->slab.nr_reports;
}

/* Does the machine have objects? Says if not. */
static bool has_objects(struct shell *sh, const char *command)
{
	if (this_quire()->slab.engine)
		return true;
	shell_error(sh, "%s: this machine has no objects (--slab slub gives it some)", command);
	return false;
}

static int read_count(struct shell *sh, const char *command, const char *word, u64 *count)
{
	if (parse_number(word, 1, MAX_COUNT, count))
		return STATUS_OK;
	return shell_error(sh, "%s: `%s` is no number from 1 to %d", command, word, MAX_COUNT);
}

static int read_gfp(struct shell *sh, const char *command, const char *word, gfp_t *gfp)
{
	char bad[32];

	if (parse_gfp(word, gfp, bad, sizeof(bad)))
		return STATUS_OK;
	return shell_error(sh, "%s: no flag `%s`; there are GFP_KERNEL, GFP_ATOMIC, __GFP_ZERO, ...", command, bad);
}

/* ---- kmalloc, kfree ---- */

/* All of them, or none. */
static bool take_pieces(struct shell_objects *o, size_t count, gfp_t gfp)
{
	for (; o->nr < count; o->nr++) {
		o->at[o->nr] = kmalloc(o->size, gfp);
		if (!o->at[o->nr])
			break;
	}
	if (o->nr == count)
		return true;
	while (o->nr)
		kfree(o->at[--o->nr]);
	return false;
}

int shell_kmalloc(struct shell *sh, int argc, char **argv)
{
	struct shell_objects *o;
	gfp_t gfp = GFP_KERNEL;
	u64 size, count = 1;
	char name[24];
	int last = argc - 1;

	if (!has_objects(sh, "kmalloc"))
		return STATUS_FAILED;
	if (!parse_size(argv[1], &size) || size > SIZE_MAX)
		return shell_error(sh, "kmalloc: `%s` is no size", argv[1]);
	/* The count may be left out. */
	if (last >= 2 && (last == 3 || (argv[2][0] >= '0' && argv[2][0] <= '9'))) {
		if (read_count(sh, "kmalloc", argv[2], &count))
			return STATUS_FAILED;
		if (last == 3 && read_gfp(sh, "kmalloc", argv[3], &gfp))
			return STATUS_FAILED;
	} else if (last == 2 && read_gfp(sh, "kmalloc", argv[2], &gfp)) {
		return STATUS_FAILED;
	}
	snprintf(name, sizeof(name), "h%lu", sh->nr_handles_made + 1);
	o = keep_objects(sh, name, NULL);
	if (!o)
		return shell_error(sh, "no memory for a handle");
	o->size = (size_t)size;
	if (!make_room(o, (size_t)count) || !take_pieces(o, (size_t)count, gfp)) {
		drop_objects(sh, o);
		return shell_error(sh, "kmalloc: %llu bytes cannot be had", (ull)size);
	}
	sh->nr_handles_made++;
	print_pieces(o);
	return STATUS_OK;
}

/* The shell no longer holds that one. */
static void forget_object(struct shell *sh, struct shell_objects *o, size_t index)
{
	memmove(&o->at[index], &o->at[index + 1], (o->nr - index - 1) * sizeof(*o->at));
	if (!--o->nr && !o->cache)
		drop_objects(sh, o);
}

int shell_kfree(struct shell *sh, int argc, char **argv)
{
	struct shell_objects *o = find_objects(sh, argv[1]);
	unsigned long before = warnings();
	size_t index;
	void *ptr;
	u64 va;

	(void)argc;
	if (!has_objects(sh, "kfree"))
		return STATUS_FAILED;
	if (o && !o->cache) {
		while (o->nr)
			kfree(o->at[--o->nr]);
		drop_objects(sh, o);
		return warnings() == before ? STATUS_OK : shell_error(sh, "kfree: %s was refused", argv[1]);
	}
	if (!parse_number(argv[1], 0, UINT64_MAX, &va))
		return shell_error(sh, "kfree: no handle `%s`", argv[1]);
	ptr = kernel_pointer(va);
	kfree(ptr);
	if (warnings() != before)
		return shell_error(sh, "kfree: 0x%llx was refused", (ull)va);
	o = holder_of(sh, ptr, &index);
	if (o)
		forget_object(sh, o, index);
	return STATUS_OK;
}

const char *complete_kfree(const struct shell *sh, int arg, size_t n)
{
	const struct shell_objects *o = sh->objects;

	while (o && (o->cache || n--))
		o = o->next;
	return arg == 1 && o ? o->name : NULL;
}

const char *complete_kmalloc(const struct shell *sh, int arg, size_t n)
{
	return complete_gfp(sh, arg - 1, n);
}

/* ---- cache ---- */

static const struct {
	const char *name;
	slab_flags_t flag;
} flag_names[] = {
	{ "hwcache_align", SLAB_HWCACHE_ALIGN }, { "reclaim_account", SLAB_RECLAIM_ACCOUNT },
	{ "cache_dma", SLAB_CACHE_DMA },	 { "cache_dma32", SLAB_CACHE_DMA32 },
	{ "no_merge", SLAB_NO_MERGE },		 { "consistency_checks", SLAB_CONSISTENCY_CHECKS },
	{ "red_zone", SLAB_RED_ZONE },		 { "poison", SLAB_POISON },
	{ "store_user", SLAB_STORE_USER },	 { "trace", SLAB_TRACE },
};
#define NR_FLAG_NAMES (sizeof(flag_names) / sizeof(flag_names[0]))

void explain_cache(void)
{
	size_t i;

	printf("\n  cache create NAME SIZE [ALIGN] [FLAGS]   make a cache\n"
	       "  cache alloc NAME [COUNT]                 take objects of any cache\n"
	       "  cache free NAME [COUNT]                  give them back, the last ones first\n"
	       "  cache shrink NAME                        give its empty slabs back\n"
	       "  cache destroy NAME                       end a cache that was made here\n"
	       "\nFLAGS are joined by |, in any case, with or without SLAB_:\n ");
	for (i = 0; i < NR_FLAG_NAMES; i++)
		printf("%s%s", i == 5 ? "\n  " : " ", flag_names[i].name);
	printf("\nA cache like another one may be one with it, unless it is no_merge.\n");
}

/* Flags joined by '|'; false, and the name that is none. */
static bool parse_slab_flags(const char *text, slab_flags_t *flags, char *bad, size_t size)
{
	size_t len, i;

	for (*flags = 0;; text += len + 1) {
		len = strcspn(text, "|");
		snprintf(bad, size, "%.*s", (int)len, text);
		for (i = 0; i < NR_FLAG_NAMES; i++)
			if (!strcasecmp(bad + (strncasecmp(bad, "SLAB_", 5) ? 0 : 5), flag_names[i].name))
				break;
		if (i == NR_FLAG_NAMES)
			return false;
		*flags |= flag_names[i].flag;
		if (!text[len])
			return true;
	}
}

static int cache_create(struct shell *sh, int argc, char **argv)
{
	struct shell_objects *o;
	slab_flags_t flags = 0;
	u64 size, align = 0;
	char bad[32];
	int next = 4;

	if (argc < 4)
		return shell_error(sh, "usage: cache create NAME SIZE [ALIGN] [FLAGS]");
	if (find_objects(sh, argv[2]) || find_cache(argv[2]))
		return shell_error(sh, "cache create: there is a cache `%s`", argv[2]);
	if (!parse_size(argv[3], &size) || size > UINT32_MAX)
		return shell_error(sh, "cache create: `%s` is no size", argv[3]);
	if (argc > next && parse_size(argv[next], &align))
		next++;
	if (argc > next && !parse_slab_flags(argv[next++], &flags, bad, sizeof(bad)))
		return shell_error(sh, "cache create: no flag `%s` (see `help cache`)", bad);
	if (argc > next)
		return shell_error(sh, "cache create: `%s` is too much", argv[next]);
	o = keep_objects(sh, argv[2], NULL);
	if (o)
		o->cache = kmem_cache_create(argv[2], (unsigned int)size, (unsigned int)align, flags, NULL);
	if (!o || !o->cache) {
		if (o)
			drop_objects(sh, o);
		return shell_error(sh, "cache create: no cache of %s bytes", argv[3]);
	}
	o->is_made = true;
	printf("%s: ", argv[2]);
	if (strcmp(o->cache->name, argv[2]))
		printf("one with %s, ", o->cache->name);
	printf("%u bytes an object, %u to the next", (unsigned int)size, o->cache->size);
	if (o->cache->nr_objects)
		printf(", %u in a slab of %s", o->cache->nr_objects, size_text((u64)PAGE_SIZE << o->cache->order));
	printf("\n");
	return STATUS_OK;
}

/* What the shell holds of a cache that is there; made if it must be. NULL after a message. */
static struct shell_objects *objects_of(struct shell *sh, const char *command, const char *name)
{
	struct shell_objects *o = find_objects(sh, name);
	struct kmem_cache *cache = o ? o->cache : find_cache(name);

	if (!cache) {
		shell_error(sh, "cache %s: no cache `%s` (caches lists them)", command, name);
		return NULL;
	}
	if (!o)
		o = keep_objects(sh, name, cache);
	if (!o)
		shell_error(sh, "no memory for a handle");
	return o;
}

static int cache_alloc(struct shell *sh, struct shell_objects *o, u64 count)
{
	size_t before = o->nr;

	if (!make_room(o, (size_t)count))
		return shell_error(sh, "no memory for a handle");
	while (o->nr < before + count && (o->at[o->nr] = kmem_cache_alloc(o->cache, GFP_KERNEL)) != NULL)
		o->nr++;
	if (o->nr < before + count)
		return shell_error(sh, "cache alloc: no more than %zu of %llu objects of %s", o->nr - before, (ull)count,
				   o->name);
	printf("%s: %llu object%s, the last at 0x%llx\n", o->name, (ull)count, count == 1 ? "" : "s",
	       (ull)kernel_va(o->at[o->nr - 1]));
	return STATUS_OK;
}

static int cache_free(struct shell *sh, struct shell_objects *o, u64 count)
{
	unsigned long before = warnings();

	if (count > o->nr)
		return shell_error(sh, "cache free: %zu objects of %s are held", o->nr, o->name);
	for (; count; count--)
		kmem_cache_free(o->cache, o->at[--o->nr]);
	return warnings() == before ? STATUS_OK : shell_error(sh, "cache free: an object was refused");
}

static int cache_destroy(struct shell *sh, struct shell_objects *o)
{
	struct kmem_cache *cache = NULL;
	bool is_kept = false;

	if (!o->is_made)
		return shell_error(sh, "cache destroy: %s was not made here", o->name);
	if (o->cache->is_kept)
		return shell_error(sh, "cache destroy: %s was destroyed already", o->name);
	kmem_cache_destroy(o->cache);
	/* The structure may be gone: it is asked for by its address. */
	while ((cache = kmem_cache_next(cache)) != NULL)
		is_kept |= cache == o->cache && cache->is_kept;
	if (is_kept)
		return shell_error(sh, "cache destroy: objects of %s are in use: it is kept with them", o->name);
	drop_objects(sh, o);
	return STATUS_OK;
}

int shell_cache(struct shell *sh, int argc, char **argv)
{
	const char *action = argv[1];
	struct shell_objects *o;
	u64 count = 1;

	if (!has_objects(sh, "cache"))
		return STATUS_FAILED;
	if (!strcmp(action, "create"))
		return cache_create(sh, argc, argv);
	if (argc < 3 || argc > 4 || (strcmp(action, "alloc") && strcmp(action, "free") && argc > 3))
		return shell_error(sh, "cache: see `help cache`");
	o = objects_of(sh, action, argv[2]);
	if (!o)
		return STATUS_FAILED;
	if (argc > 3 && read_count(sh, "cache", argv[3], &count))
		return STATUS_FAILED;
	if (!strcmp(action, "alloc"))
		return cache_alloc(sh, o, count);
	if (!strcmp(action, "free"))
		return cache_free(sh, o, argc > 3 ? count : o->nr);
	if (!strcmp(action, "destroy"))
		return cache_destroy(sh, o);
	if (strcmp(action, "shrink"))
		return shell_error(sh, "cache: see `help cache`");
	kmem_cache_shrink(o->cache);
	return STATUS_OK;
}

const char *complete_cache(const struct shell *sh, int arg, size_t n)
{
	static const char *const actions[] = { "create", "alloc", "free", "shrink", "destroy" };

	if (arg == 1)
		return n < sizeof(actions) / sizeof(actions[0]) ? actions[n] : NULL;
	return arg == 2 ? complete_slabs(sh, 1, n) : NULL;
}

/* ---- looking ---- */

static void print_cache(struct kmem_cache *cache)
{
	unsigned int thousandths;
	struct slabinfo info;
	unsigned long waste;

	get_slabinfo(cache, &info);
	if (!info.num_objs)
		return;
	slab_waste(cache, &waste, &thousandths);
	printf("%-20s %8lu %8lu %8lu %7u %7u %7lu  %3u.%u%%\n", cache->name, info.active_objs - info.cached_objs,
	       info.cached_objs, info.num_objs, cache->object_size, cache->size, waste, thousandths / 10,
	       thousandths % 10);
}

void explain_caches(void)
{
	printf("\nOf each cache that has objects: those that are in use, that are free but kept by\n"
	       "CPUs and nodes, and that there are in all; bytes of an object as it was asked\n"
	       "for, and from one object to the next; and what is wasted for each object, the\n"
	       "rest of its slab included, in bytes and as a part of the slab. Of kmalloc's\n"
	       "caches that is without what their users did not ask for.\n");
}

int shell_caches(struct shell *sh, int argc, char **argv)
{
	struct kmem_cache *cache = NULL;

	(void)argc, (void)argv;
	if (!has_objects(sh, "caches"))
		return STATUS_FAILED;
	printf("%-20s %8s %8s %8s %7s %7s %7s  %6s\n", "cache", "in use", "cached", "all", "object", "size", "wasted",
	       "share");
	while ((cache = kmem_cache_next(cache)) != NULL)
		print_cache(cache);
	return STATUS_OK;
}

static void print_track(const char *what, const void *caller, unsigned int cpu)
{
	if (caller)
		printf("  %s by %p on CPU %u\n", what, caller, cpu);
}

int shell_object(struct shell *sh, int argc, char **argv)
{
	struct slab_place place;
	u64 va;

	(void)argc;
	if (!parse_number(argv[1], 0, UINT64_MAX, &va))
		return shell_error(sh, "object: `%s` is no address", argv[1]);
	if (!has_objects(sh, "object"))
		return STATUS_FAILED;
	if (!slab_find(kernel_pointer(va), &place))
		return shell_error(sh, "object: 0x%llx is in no slab", (ull)va);
	printf("0x%llx: %s, ", (ull)va, place.cache->name);
	if (place.object)
		printf("object %u", place.index);
	else
		printf("between objects");
	printf(" of the slab at 0x%llx (%s, node %d)", (ull)kernel_va(page_address(place.slab)),
	       size_text((u64)PAGE_SIZE << place.order), page_to_nid(place.slab));
	printf(", offset %ld\n", place.offset);
	if (!place.object)
		return STATUS_OK;
	printf("  %s\n", place.is_free ? "free" : place.is_cached ? "free, kept by a CPU or a node" : "in use");
	print_track("taken", place.taken_by, place.taken_on);
	print_track("given back", place.freed_by, place.freed_on);
	return STATUS_OK;
}

int shell_slabs(struct shell *sh, int argc, char **argv)
{
	struct slab_picture_request req = { 0 };

	if (!has_objects(sh, "slabs"))
		return STATUS_FAILED;
	if (argc > 1 && strcmp(argv[1], "all"))
		req.cache = argv[1];
	if (argc > 2)
		req.svg = argv[2];
	if (req.cache && !find_cache(req.cache))
		return shell_error(sh, "slabs: no cache `%s` (caches lists them)", req.cache);
	return slab_picture_draw(&req, sh->session.machine->name) ? STATUS_FAILED : STATUS_OK;
}

const char *complete_slabs(const struct shell *sh, int arg, size_t n)
{
	struct kmem_cache *cache = NULL;
	const char *name = NULL;

	(void)sh;
	while (arg == 1 && (cache = kmem_cache_next(cache)) != NULL)
		if (!n--) {
			name = cache->name;
			kmem_cache_put(cache);
			break;
		}
	return name;
}

int shell_shrink(struct shell *sh, int argc, char **argv)
{
	unsigned long pages;

	(void)argc, (void)argv;
	if (!has_objects(sh, "shrink"))
		return STATUS_FAILED;
	drop_slab();
	pages = kmem_cache_shrink_all();
	printf("%lu pages given back\n", pages);
	return STATUS_OK;
}
