/* SPDX-License-Identifier: MIT */
/*
 * slab_bits.h - one slab: where its objects lie, and which of them are free. For the engines slub and slab.
 *
 * Theory. Which objects of a slab are free is 64 bits in the structure of its first page, or, where
 * a slab has more objects than that, a map of bits. Nothing of a free object is touched.
 *
 *   slab_words.h      few objects: a bit each, set: free
 *                     many: word 0, low half: how many are free
 *
 *   | colour | object 0 | object 1 | ...                  | waste | map, if there is one |
 *
 * The map stands at the slab's end, or (engine slab, CFLGS_OFF_SLAB) in a piece of kmalloc's, whose
 * address takes what is left of the words. The colour (engine slab) follows from the slab's frame, so
 * that nobody needs to keep it: neighbouring frames get colours that are far apart.
 *
 * All of this is for who holds the node's lock, or is the only one who knows the slab.
 */
#ifndef MM_SLAB_SLAB_BITS_H
#define MM_SLAB_SLAB_BITS_H

#include "mm/lib/bitmap.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"
#include "mm/slab/slab_words.h"

/* In kmem_cache.flags: maps lie outside of the slabs. */
#define CFLGS_OFF_SLAB 0x80000000u

/* The most objects that a slab is cut into. */
#define SLAB_OBJ_MAX_NUM 32767u
/* So many have their bits in the page's structure. */
#define SLAB_OBJ_NO_MAP 64u

/* Bytes of the map of so many. */
static inline unsigned long slab_map_bytes(unsigned long nr)
{
	return nr > SLAB_OBJ_NO_MAP ? BITS_TO_LONGS(nr) * sizeof(long) : 0;
}
/* As many objects as so many bytes hold, with their map. */
static inline unsigned int slab_objects_in(unsigned long bytes, unsigned int size)
{
	unsigned long nr = bytes / size;

	while (nr * size + slab_map_bytes(nr) > bytes)
		nr--;
	return (unsigned int)nr;
}

/* A slab, and what its bits need. */
struct slab_bits {
	struct page *page;
	char *first;	    /* object 0 */
	unsigned long *map; /* NULL: the bits are in the page's structure */
};

static inline unsigned int slab_nr_objects(const struct kmem_cache *cache, const struct page *page)
{
	return page_alloc_order(page) == cache->order ? cache->nr_objects : cache->min_objects;
}

/* ---- where ---- */

static inline char *slab_start(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

static inline unsigned long *slab_end_map(const struct kmem_cache *cache, const struct page *page)
{
	char *end = slab_start(page) + (PAGE_SIZE << page_alloc_order(page));

	return (unsigned long *)(void *)(end - BITS_TO_LONGS(slab_nr_objects(cache, page)) * sizeof(long));
}

/* The address of a map that is not in the slab, in units of 8 bytes: 48 bits. */
static inline unsigned long *slab_off_map(const struct page *page)
{
	u64 eighths = (u64)(slab_word_of(page, 0) >> 16) << 32 | slab_word_of(page, 1);

	return phys_to_virt((phys_addr_t)(eighths << 3));
}
static inline void slab_set_off_map(struct page *page, const unsigned long *map)
{
	u64 eighths = (u64)virt_to_phys(map) >> 3;

	slab_set_words(page, (u32)(eighths >> 32) << 16, (u32)eighths);
}

/* 0 .. colour - 1. Multiples of the golden ratio, without their whole part, are spread evenly. */
static inline unsigned int slab_colour_of(const struct kmem_cache *cache, const struct page *page)
{
	u32 fraction = (u32)(page_to_pfn(page) >> cache->order) * 0x9e3779b1u;

	return (unsigned int)(((u64)fraction * cache->colour) >> 32);
}

/* A slab without colour, with its map, if it has one, at the end: all of slub's. */
static inline __attribute__((always_inline)) struct slab_bits slab_bits_plain(const struct kmem_cache *cache,
									       struct page *page)
{
	return (struct slab_bits){
		.page = page,
		.first = slab_start(page) + cache->red_left_pad,
		.map = cache->has_map ? slab_end_map(cache, page) : NULL,
	};
}

/* Object 0 of any slab; without the lock, too. */
static inline char *slab_first_object(const struct kmem_cache *cache, const struct page *page)
{
	return slab_start(page) + slab_colour_of(cache, page) * cache->colour_off + cache->red_left_pad;
}

/* Any slab. */
static inline __attribute__((always_inline)) struct slab_bits slab_bits_of(const struct kmem_cache *cache,
									    struct page *page)
{
	struct slab_bits s = { .page = page, .first = slab_first_object(cache, page), .map = NULL };

	if (cache->has_map)
		s.map = cache->flags & CFLGS_OFF_SLAB ? slab_off_map(page) : slab_end_map(cache, page);
	return s;
}

/* ---- which are free ---- */

/* The lowest `nr` bits of two words, 0 to 64: of the one, and of the other. */
static inline u32 slab_mask(unsigned int nr, unsigned int word)
{
	nr = nr > word * 32 ? nr - word * 32 : 0;
	return nr >= 32 ? ~(u32)0 : ((u32)1 << nr) - 1;
}

static inline bool slab_has_free(const struct slab_bits *s)
{
	u32 low = slab_word_of(s->page, 0);

	return s->map ? (u16)low != 0 : (low | slab_word_of(s->page, 1)) != 0;
}

/* Are all `nr` objects that the slab has free? */
static inline bool slab_are_free(const struct page *page, unsigned int nr, bool has_map)
{
	if (has_map)
		return (u16)slab_word_of(page, 0) == nr;
	return slab_word_of(page, 0) == slab_mask(nr, 0) && slab_word_of(page, 1) == slab_mask(nr, 1);
}
static inline bool slab_is_all_free(const struct kmem_cache *cache, const struct page *page)
{
	return slab_are_free(page, slab_nr_objects(cache, page), cache->has_map);
}

static inline bool slab_is_free(const struct slab_bits *s, unsigned int index)
{
	return s->map ? test_bit(index, s->map) : (slab_word_of(s->page, index / 32) >> index % 32) & 1;
}

/* Which of the slab's `nr` objects begins at the address; `nr` or more: none. */
static inline unsigned int slab_index_of(const struct kmem_cache *cache, const struct slab_bits *s,
					 unsigned int nr, const void *object)
{
	size_t offset = (size_t)((const char *)object - s->first);
	unsigned int index;

	/* Also where it lies before the first: the difference is huge. */
	if (offset >= (size_t)nr * cache->size)
		return nr;
	index = slab_divide(cache, offset);
	return (size_t)index * cache->size == offset ? index : nr;
}

/* ---- taking ---- */

/* Objects whose bits are set in a word, the first of which stands for `first`; their bits go. */
static inline unsigned int slab_take_of_word(const struct kmem_cache *cache, char *first, unsigned long *word,
					     void **objects, unsigned int max)
{
	unsigned long bits = *word;
	unsigned int got = 0;

	for (; bits && got < max; bits &= bits - 1)
		objects[got++] = first + (size_t)__ffs(bits) * cache->size;
	*word = bits;
	return got;
}

static inline unsigned int slab_take_by_bits(const struct kmem_cache *cache, const struct slab_bits *s,
					     void **objects, unsigned int max)
{
	unsigned int got = 0, word;
	unsigned long bits;

	for (word = 0; word < 2; word++) {
		bits = slab_word_of(s->page, word);
		got += slab_take_of_word(cache, s->first + (size_t)word * 32 * cache->size, &bits, objects + got,
					 max - got);
		slab_set_word(s->page, word, (u32)bits);
	}
	return got;
}

static inline unsigned int slab_take_by_map(const struct kmem_cache *cache, const struct slab_bits *s,
					    void **objects, unsigned int max)
{
	size_t word, nr = BITS_TO_LONGS(slab_nr_objects(cache, s->page));
	unsigned int got = 0;

	for (word = 0; word < nr && got < max; word++)
		got += slab_take_of_word(cache, s->first + word * BITS_PER_LONG * cache->size, &s->map[word],
					 objects + got, max - got);
	slab_set_word(s->page, 0, slab_word_of(s->page, 0) - got);
	return got;
}

/* Up to `max` of its free objects; how many. */
static inline unsigned int slab_take_objects(const struct kmem_cache *cache, const struct slab_bits *s,
					     void **objects, unsigned int max)
{
	return s->map ? slab_take_by_map(cache, s, objects, max) : slab_take_by_bits(cache, s, objects, max);
}

/* ---- giving back ---- */

static inline unsigned int slab_give_by_bits(const struct kmem_cache *cache, const struct slab_bits *s, void **objects,
					     unsigned int max)
{
	u32 words[2] = { slab_word_of(s->page, 0), slab_word_of(s->page, 1) };
	unsigned int given, index, nr = slab_nr_objects(cache, s->page);

	for (given = 0; given < max; given++) {
		index = slab_index_of(cache, s, nr, objects[given]);
		if (index >= nr || (words[index / 32] >> index % 32) & 1)
			break;
		words[index / 32] |= (u32)1 << index % 32;
	}
	slab_set_words(s->page, words[0], words[1]);
	return given;
}

static inline unsigned int slab_give_by_map(const struct kmem_cache *cache, const struct slab_bits *s, void **objects,
					    unsigned int max)
{
	unsigned int given, index, nr = slab_nr_objects(cache, s->page);

	for (given = 0; given < max; given++) {
		index = slab_index_of(cache, s, nr, objects[given]);
		if (index >= nr || test_bit(index, s->map))
			break;
		set_bit(index, s->map);
	}
	slab_set_word(s->page, 0, slab_word_of(s->page, 0) + given);
	return given;
}

/* Up to `max` into the slab, from the first on, to one that is none of its objects, or is free: how many. */
static inline unsigned int slab_give_objects(const struct kmem_cache *cache, const struct slab_bits *s, void **objects,
					     unsigned int max)
{
	return s->map ? slab_give_by_map(cache, s, objects, max) : slab_give_by_bits(cache, s, objects, max);
}

#endif
