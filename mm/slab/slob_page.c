/* SPDX-License-Identifier: MIT */
/*
 * slob_page.c - the free blocks of a page: finding one that fits, cutting it, joining neighbours.
 * slob.h has the theory.
 */
#include "mm/slab/slob.h"

#include <quire/page_poison.h>

#include "mm/lib/annotate.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

struct block {
	u32 at, units;
	u32 next; /* slob_page_units(): it is the last */
};

static char *unit_address(const struct page *page, u32 at)
{
	return (char *)phys_to_virt(page_to_phys(page)) + (size_t)at * SLOB_UNIT;
}

/* ---- sealed units ---- */

struct sealed {
	u32 code, seal;
};
_Static_assert(sizeof(struct sealed) == SLOB_UNIT, "a link fills the smallest block");

static u32 mask_at(const void *at)
{
	return this_quire()->slab.heap.secret[0] + (u32)(uintptr_t)at / SLOB_UNIT * 0x9e3779b1u;
}

static u32 seal_of(const void *at, u32 value)
{
	/* The mixing function is murmur3's. */
	u32 z = value ^ mask_at(at);

	z = (z ^ (z >> 16)) * 0x85ebca6bu;
	z ^= this_quire()->slab.heap.secret[1];
	z = (z ^ (z >> 13)) * 0xc2b2ae35u;
	return z ^ (z >> 16);
}

void slob_seal(void *at, u32 value)
{
	annotate_undefined(at, SLOB_UNIT);
	*(struct sealed *)at = (struct sealed){ .code = value ^ mask_at(at), .seal = seal_of(at, value) };
	annotate_noaccess(at, SLOB_UNIT);
}

/*
 * What stands before an object that is none of kmalloc's is another's, who may write it meanwhile: then
 * it does not matter what is read. Whose a unit is only its seal says, so no error checker is asked.
 */
__attribute__((no_sanitize("thread"))) ANNOTATE_UNCHECKED bool slob_unseal(const void *at, u32 *value)
{
	const struct sealed *sealed = at;
	bool is_whole;

	annotate_unchecked_begin();
	*value = sealed->code ^ mask_at(at);
	is_whole = sealed->seal == seal_of(at, *value);
	annotate_unchecked_end();
	annotate_defined(value, sizeof(*value));
	annotate_defined(&is_whole, sizeof(is_whole));
	return is_whole;
}

void slob_clear(void *at, u32 units)
{
	size_t bytes = (size_t)units * SLOB_UNIT;

	annotate_undefined(at, bytes);
	memset(at, 0, bytes);
	annotate_noaccess(at, bytes);
}

/* ---- links ---- */

/* False: there is none, or one that cannot be. */
static bool read_block(const struct page *page, u32 at, struct block *b)
{
	u32 value, end = slob_page_units();

	if (at >= end || !slob_unseal(unit_address(page, at), &value))
		return false;
	*b = (struct block){ .at = at, .units = value & 0xffff, .next = value >> 16 };
	if (b->next == end)
		return b->units && b->units <= end - at;
	/* Between two blocks is something that is in use. */
	return b->units && b->next < end && b->next > at && b->units < b->next - at;
}

static void write_block(const struct page *page, const struct block *b)
{
	slob_seal(unit_address(page, b->at), b->units | b->next << 16);
}

/* The block that begins at `next` is the one behind prev; prev NULL: the page's first. */
static void link_behind(struct page *page, struct block *prev, u32 next)
{
	if (prev) {
		prev->next = next;
		write_block(page, prev);
	} else {
		slob_set_page(page, slob_free_units(page), next, slob_list_of(page));
	}
}

static void add_free_units(struct page *page, u32 units)
{
	slob_set_page(page, slob_free_units(page) + units, slob_first_block(page), slob_list_of(page));
}

void slob_page_init(struct page *page, u32 list)
{
	annotate_noaccess(unit_address(page, 0), PAGE_SIZE);
	slob_set_page(page, slob_page_units(), 0, list);
	write_block(page, &(struct block){ .at = 0, .units = slob_page_units(), .next = slob_page_units() });
}

/* A link is broken: nobody knows what behind it is free. All that was is nobody's from now on. */
static void give_up_blocks(struct page *page, u32 at)
{
	struct slab_state *slab = &this_quire()->slab;

	slab->nr_reports++;
	pr_err("BUG slob: the free block at %p was overwritten: %u bytes of its page are lost",
	       (void *)unit_address(page, at), slob_free_units(page) * SLOB_UNIT);
	slab->heap.lost_units += slob_free_units(page);
	slab->heap.used_units += slob_free_units(page);
	slob_set_page(page, 0, slob_page_units(), slob_list_of(page));
}

/* ---- taking ---- */

/* Cuts units from `at` on out of a block; what is left on either side stays free. */
static void *carve(struct page *page, struct block *prev, struct block *b, u32 at, u32 units)
{
	struct block rest = { .at = at + units, .units = b->at + b->units - at - units, .next = b->next };
	u32 next = b->next;
	char *start = unit_address(page, at);

	if (rest.units) {
		write_block(page, &rest);
		next = rest.at;
	}
	if (at > b->at) {
		b->units = at - b->at;
		b->next = next;
		write_block(page, b);
	} else {
		link_behind(page, prev, next);
	}
	add_free_units(page, -units);
	/* Nobody shall see what a link looks like. */
	slob_clear(start, 1);
	return start;
}

void *slob_page_take(struct page *page, u32 units, u32 lead, u32 align)
{
	struct block prev, b;
	bool has_prev = false;
	u32 at, start;

	for (at = slob_first_block(page); at != slob_page_units(); at = b.next) {
		if (!read_block(page, at, &b)) {
			give_up_blocks(page, at);
			return NULL;
		}
		start = ALIGN_UP(at + lead, align) - lead;
		if (start + units <= at + b.units)
			return carve(page, has_prev ? &prev : NULL, &b, start, units);
		prev = b;
		has_prev = true;
	}
	return NULL;
}

/* ---- giving back ---- */

/*
 * The last block that begins before unit `at`, if it returns true, and where the one behind that is.
 * If a link is broken there are no blocks any more.
 */
static bool find_place(struct page *page, u32 at, struct block *prev, u32 *next)
{
	bool has_prev = false;

	for (*next = slob_first_block(page); *next < at; *next = prev->next) {
		if (!read_block(page, *next, prev)) {
			give_up_blocks(page, *next);
			*next = slob_page_units();
			return false;
		}
		has_prev = true;
	}
	return has_prev;
}

bool slob_page_has_free(struct page *page, u32 at)
{
	struct block b;
	u32 next;

	return find_place(page, at + 1, &b, &next) && at < b.at + b.units;
}

const char *slob_page_give(struct page *page, u32 at, u32 units)
{
	struct block prev, behind, fresh = { .at = at, .units = units };
	bool has_prev = find_place(page, at, &prev, &fresh.next);

	/* One behind that touches becomes part of it, so it must be sound. */
	if (fresh.next == at + units && fresh.next != slob_page_units() && !read_block(page, fresh.next, &behind)) {
		give_up_blocks(page, fresh.next);
		has_prev = false;
		fresh.next = slob_page_units();
	}
	if ((has_prev && prev.at + prev.units > at) || fresh.next < at + units)
		return "it is free already";
	add_free_units(page, units);
	if (fresh.next == at + units && fresh.next != slob_page_units()) {
		fresh.units += behind.units;
		fresh.next = behind.next;
		slob_clear(unit_address(page, behind.at), 1);
	}
	/* What kmalloc wrote before a piece shall not be there any more, even in the middle of a block. */
	slob_clear(unit_address(page, at), this_quire()->page.watch.poison & PAGE_INIT_ON_FREE ? units : 1);
	if (has_prev && prev.at + prev.units == at) {
		prev.units += fresh.units;
		prev.next = fresh.next;
		write_block(page, &prev);
	} else {
		write_block(page, &fresh);
		link_behind(page, has_prev ? &prev : NULL, at);
	}
	return NULL;
}

/* ---- looking ---- */

const char *slob_page_check(const struct page *page)
{
	u32 at, units = 0;
	struct block b;

	for (at = slob_first_block(page); at != slob_page_units(); at = b.next) {
		if (!read_block(page, at, &b))
			return "a free block was overwritten";
		units += b.units;
	}
	return units == slob_free_units(page) ? NULL : "a page's free blocks are not what it counts";
}

#if ANNOTATE
void *slob_page_find(const struct page *page, u32 at, bool *is_free)
{
	u32 value, units, i = at;

	while (!slob_unseal(unit_address(page, i), &value))
		if (!i--)
			return NULL;
	/* A link has a next block, or the page's end, in its upper half; no piece is so large. */
	*is_free = value >> 16;
	units = *is_free ? value & 0xffff : 1 + ALIGN_UP(value, SLOB_UNIT) / SLOB_UNIT;
	return at - i < units ? unit_address(page, i + !*is_free) : NULL;
}
#endif
