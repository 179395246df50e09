/* SPDX-License-Identifier: MIT */
/*
 * debug.c - objects that are watched: what lies around them, and what lies in them while they are free.
 *
 *   | left red zone | object          | right red zone | who took it | who gave it back | rest |
 *     bb: free        6b ... 6b a5       as the left     SLAB_STORE_USER                   5a
 *     cc: in use      (while free)       one
 *                     SLAB_POISON       SLAB_RED_ZONE
 *
 * When an object is taken, and when it is given back, what its owner may not write is compared with what
 * should be there. An object that is found broken is taken out of use: its memory may belong to who broke
 * it. Numbers and texts are Linux's. Objects of such caches never lie in CPUs' arrays, so that their
 * slab knows which are free: a second free is found at once.
 */
#include "mm/slab/debug.h"

#include "mm/lib/annotate.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

#define RED_INACTIVE 0xbb
#define RED_ACTIVE 0xcc
#define POISON_FREE 0x6b
#define POISON_END 0xa5
#define POISON_INUSE 0x5a

/* Who did it, and when. */
struct slab_track {
	const void *caller;
	unsigned int cpu;
	unsigned int pad;
	unsigned long when; /* in calls of this kind, since the boot */
};

enum { TRACK_ALLOC, TRACK_FREE, NR_TRACKS };

/* ---- the layout ---- */

void slab_object_layout(struct kmem_cache *cache)
{
	unsigned int word = sizeof(void *), size = ALIGN_UP(cache->object_size, word);

	/* At least a word behind the object, if that does not end in the middle of one. */
	if ((cache->flags & SLAB_RED_ZONE) && size == cache->object_size)
		size += word;
	cache->inuse = size;
	cache->red_left_pad = 0;
	if (cache->flags & SLAB_STORE_USER)
		size += NR_TRACKS * (unsigned int)sizeof(struct slab_track);
	if (cache->flags & SLAB_RED_ZONE) {
		cache->red_left_pad = ALIGN_UP(word, cache->align);
		size += cache->red_left_pad;
	}
	cache->size = ALIGN_UP(size, cache->align);
}

static struct slab_track *track_of(const struct kmem_cache *cache, const void *object, int which)
{
	return (struct slab_track *)(void *)((char *)(uintptr_t)object + cache->inuse) + which;
}

/* What is behind the tracks, to the next object. */
static char *rest_of(const struct kmem_cache *cache, const void *object)
{
	size_t tracks = cache->flags & SLAB_STORE_USER ? NR_TRACKS * sizeof(struct slab_track) : 0;

	return (char *)(uintptr_t)object + cache->inuse + tracks;
}
static size_t rest_bytes(const struct kmem_cache *cache, const void *object)
{
	return (size_t)((const char *)object - cache->red_left_pad + cache->size - rest_of(cache, object));
}

static bool is_poisoned(const struct kmem_cache *cache)
{
	return (cache->flags & SLAB_POISON) && !cache->ctor;
}

static void fill(const struct kmem_cache *cache, void *object, int red)
{
	char *p = object;

	if (cache->flags & SLAB_RED_ZONE) {
		memset(p - cache->red_left_pad, red, cache->red_left_pad);
		memset(p + cache->object_size, red, cache->inuse - cache->object_size);
	}
	if (is_poisoned(cache)) {
		memset(p, POISON_FREE, cache->object_size - 1);
		p[cache->object_size - 1] = (char)POISON_END;
	}
}

static void set_track(const struct kmem_cache *cache, void *object, int which, const void *caller)
{
	if (cache->flags & SLAB_STORE_USER)
		*track_of(cache, object, which) = (struct slab_track){
			.caller = caller, .cpu = this_cpu_id(), .when = count_up(&this_quire()->slab.nr_tracked),
		};
}

void slab_tracks_of(const struct kmem_cache *cache, const void *object, struct slab_place *place)
{
	const struct slab_track *track = track_of(cache, object, 0);

	if (!(cache->flags & SLAB_STORE_USER))
		return;
	annotate_defined(track, NR_TRACKS * sizeof(*track));
	place->taken_by = track[TRACK_ALLOC].caller;
	place->taken_on = track[TRACK_ALLOC].cpu;
	place->freed_by = track[TRACK_FREE].caller;
	place->freed_on = track[TRACK_FREE].cpu;
	annotate_noaccess(track, NR_TRACKS * sizeof(*track));
}

/* ---- reports ---- */

static void report_track(const struct kmem_cache *cache, const void *object, int which)
{
	const struct slab_track *track = track_of(cache, object, which);

	if (track->caller)
		pr_err("%s in %p age=%lu cpu=%u", which == TRACK_ALLOC ? "Allocated" : "Freed", track->caller,
		       load_relaxed(this_quire()->slab.nr_tracked) - track->when, track->cpu);
}

static void report_bytes(const char *what, const char *at, size_t size)
{
	char row[HEX_ROW_CHARS];
	size_t done;

	for (done = 0; done < size; done += HEX_ROW_BYTES) {
		quire_hex_row(row, at + done, size - done);
		pr_err("%-8s %p: %s", what, (const void *)(at + done), row);
	}
}

static void report_object(const struct kmem_cache *cache, const void *object)
{
	const struct page *page = slab_page_of(object);
	const char *p = object, *slab = page ? phys_to_virt(page_to_phys(page)) : NULL;

	if (cache->flags & SLAB_STORE_USER) {
		report_track(cache, object, TRACK_ALLOC);
		report_track(cache, object, TRACK_FREE);
	}
	pr_err("Slab %p Object %p @offset=%lu size=%u", (const void *)slab, object, (unsigned long)(p - slab),
	       cache->object_size);
	if (cache->flags & SLAB_RED_ZONE)
		report_bytes("Redzone", p - cache->red_left_pad, cache->red_left_pad);
	report_bytes("Object", p, min_of((size_t)cache->object_size, (size_t)PAGE_SIZE));
	if (cache->flags & SLAB_RED_ZONE)
		report_bytes("Redzone", p + cache->object_size, cache->inuse - cache->object_size);
	report_bytes("Padding", rest_of(cache, object), rest_bytes(cache, object));
}

static void report_bug(const struct kmem_cache *cache, const void *object, const char *what, const void *caller)
{
	this_quire()->slab.nr_reports++;
	pr_err("=============================================================================");
	pr_err("BUG %s: %s", cache->name, what);
	pr_err("-----------------------------------------------------------------------------");
	if (caller)
		pr_err("Found in a call from %p", caller);
	report_object(cache, object);
}

/* ---- checks ---- */

/* Are `size` bytes all the value they should have? */
static bool bytes_are(const struct kmem_cache *cache, const void *object, const char *what, const char *at,
		      int value, size_t size, const void *caller)
{
	size_t first = 0, last = size;

	while (first < size && (unsigned char)at[first] == value)
		first++;
	if (first == size)
		return true;
	while ((unsigned char)at[last - 1] == value)
		last--;
	report_bug(cache, object, what, caller);
	pr_err("%p-%p: first byte 0x%x instead of 0x%x", (const void *)(at + first), (const void *)(at + last - 1),
	       (unsigned char)at[first], value);
	return false;
}

static bool check_object(const struct kmem_cache *cache, const void *object, int red, const void *caller)
{
	const char *p = object;

	if (cache->flags & SLAB_RED_ZONE) {
		if (!bytes_are(cache, object, "Left Redzone overwritten", p - cache->red_left_pad, red,
			       cache->red_left_pad, caller) ||
		    !bytes_are(cache, object, "Right Redzone overwritten", p + cache->object_size, red,
			       cache->inuse - cache->object_size, caller))
			return false;
	}
	if (red == RED_INACTIVE && is_poisoned(cache)) {
		if (!bytes_are(cache, object, "Poison overwritten", p, POISON_FREE, cache->object_size - 1, caller) ||
		    !bytes_are(cache, object, "End Poison overwritten", p + cache->object_size - 1, POISON_END, 1,
			       caller))
			return false;
	}
	return !(cache->flags & SLAB_POISON) ||
	       bytes_are(cache, object, "Object padding overwritten", rest_of(cache, object), POISON_INUSE,
			 rest_bytes(cache, object), caller);
}

/* Between the two an error checker of the process lets us look at, and write, all that belongs to the object. */
static void open_slot(const struct kmem_cache *cache, const void *object)
{
	annotate_defined((const char *)object - cache->red_left_pad, cache->size);
}
static void close_slot(const struct kmem_cache *cache, const void *object)
{
	annotate_noaccess((const char *)object - cache->red_left_pad, cache->size);
}

void slab_setup_object(const struct kmem_cache *cache, void *object)
{
	open_slot(cache, object);
	if (cache->flags & SLAB_DEBUG_FLAGS) {
		if (cache->flags & SLAB_POISON)
			memset(rest_of(cache, object), POISON_INUSE, rest_bytes(cache, object));
		if (cache->flags & SLAB_STORE_USER)
			memset(track_of(cache, object, 0), 0, NR_TRACKS * sizeof(struct slab_track));
		fill(cache, object, RED_INACTIVE);
	}
	if (cache->ctor)
		cache->ctor(object);
	close_slot(cache, object);
}

void slab_debug_end_slab(struct kmem_cache *cache, char *first, unsigned int nr)
{
	unsigned int i;

	if (!(cache->flags & SLAB_DEBUG_FLAGS & ~(SLAB_TRACE | SLAB_CONSISTENCY_CHECKS)))
		return;
	for (i = 0; i < nr; i++) {
		open_slot(cache, first + (size_t)i * cache->size);
		check_object(cache, first + (size_t)i * cache->size, RED_INACTIVE, NULL);
	}
}

/* It was taken, or given back: who did it, and what stands in it and around it from now on. */
static void change_hands(const struct kmem_cache *cache, void *object, int which, const void *caller)
{
	set_track(cache, object, which, caller);
	if (cache->flags & SLAB_TRACE)
		pr_info("TRACE %s %s %p by %p", cache->name, which == TRACK_ALLOC ? "alloc" : "free", object, caller);
	fill(cache, object, which == TRACK_ALLOC ? RED_ACTIVE : RED_INACTIVE);
}

bool slab_debug_alloc(struct kmem_cache *cache, void *object, const void *caller)
{
	bool is_sound;

	open_slot(cache, object);
	is_sound = check_object(cache, object, RED_INACTIVE, caller);
	if (is_sound)
		change_hands(cache, object, TRACK_ALLOC, caller);
	close_slot(cache, object);
	return is_sound;
}

bool slab_debug_free(struct kmem_cache *cache, void *object, const void *caller)
{
	const struct page *page = slab_page_of(object);
	bool is_free = true, is_sound;

	open_slot(cache, object);
	is_sound = slab_engine()->find(cache, page, object, &is_free) == object && !is_free;
	if (!is_sound)
		report_bug(cache, object, "Object already free", caller);
	is_sound = is_sound && check_object(cache, object, RED_ACTIVE, caller);
	if (is_sound)
		change_hands(cache, object, TRACK_FREE, caller);
	close_slot(cache, object);
	return is_sound;
}

/* ---- slub_debug= ---- */

/* Is the name one of the list's? An entry may end in a *. */
static bool name_matches(const char *list, const char *name)
{
	size_t len = quire_strlen(name), end;

	for (; *list; list += end + (list[end] == ',')) {
		for (end = 0; list[end] && list[end] != ','; end++)
			;
		if (end && list[end - 1] == '*' ? len >= end - 1 && !memcmp(list, name, end - 1)
						: len == end && !memcmp(list, name, end))
			return true;
	}
	return false;
}

slab_flags_t slab_debug_flags_for(const char *name)
{
	const struct slab_state *slab = &this_quire()->slab;

	if (!slab->debug_flags || (slab->debug_caches && !name_matches(slab->debug_caches, name)))
		return 0;
	return slab->debug_flags;
}
