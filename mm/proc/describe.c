/* SPDX-License-Identifier: MIT */
/*
 * describe.c - what the library knows of an address: for crash messages, and behind the reports
 * of error checkers (mm/lib/annotate.h), who know addresses and stacks but not our names.
 *
 * Whoever asks has crashed, perhaps in the library: no lock is waited for, nothing is allocated,
 * and what is read may be half changed.
 */
#include <quire/memblock.h>
#include <quire/page_owner.h>
#include <quire/proc.h>
#include <quire/vmalloc.h>

#include "mm/lib/annotate.h"
#include "mm/lib/format.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

typedef unsigned long long ull;

/* A line that grows. */
struct line {
	char *text;
	size_t size, len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line->len += (size_t)quire_vsnprintf(line->text + line->len, line->size - line->len, fmt, args);
	va_end(args);
	if (line->len >= line->size)
		line->len = line->size - 1;
}

/* The first frame of the held block that the frame is part of; false: there is none. */
static bool find_held(pfn_t pfn, pfn_t *head)
{
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++) {
		const struct page *page = pfn_to_online_page(ALIGN_DOWN(pfn, 1UL << order));
		u8 state = page ? load_relaxed(*frame_state(page)) : 0;

		*head = ALIGN_DOWN(pfn, 1UL << order);
		if ((state & PAGE_HELD) && pfn - *head < 1UL << (state & PAGE_ORDER_MASK))
			return true;
	}
	return false;
}

static void say_held(struct line *line, pfn_t head)
{
	struct page_owner owner;
	unsigned int order = load_relaxed(*frame_state(pfn_to_page(head))) & PAGE_ORDER_MASK;

	if (order)
		say(line, ", in the block of order %u from page frame 0x%lx on", order, head);
	say(line, ", which is held");
	if (page_owner_read(head, &owner) && owner.is_held)
		say(line, ": taken by 0x%lx", (unsigned long)(uintptr_t)owner.caller);
}

/* Who had it last is in the record of the first frame of the block it was part of. */
static void say_free(struct line *line, pfn_t pfn)
{
	struct page_owner owner;
	unsigned int order;

	say(line, ", which is free");
	for (order = 0; order < MAX_ORDER; order++) {
		if (!page_owner_read(ALIGN_DOWN(pfn, 1UL << order), &owner))
			return;
		if (owner.is_held || !owner.free_caller || owner.order < order)
			continue;
		say(line, ": last taken by 0x%lx, given back by 0x%lx", (unsigned long)(uintptr_t)owner.caller,
		    (unsigned long)(uintptr_t)owner.free_caller);
		return;
	}
}

/* Before there are page structures. */
static void say_boot_memory(struct line *line, pfn_t pfn)
{
	phys_addr_t phys = PFN_PHYS(pfn);

	if (!memblock_is_memory(phys))
		say(line, ", which is no RAM");
	else if (this_quire()->phase == PHASE_MEMBLOCK)
		say(line, ", boot memory that is %s", memblock_is_reserved(phys) ? "reserved" : "free");
}

static void say_frame(struct line *line, pfn_t pfn)
{
	const struct page *page;
	pfn_t head;

	say(line, "page frame 0x%lx", pfn);
	if (this_quire()->phase != PHASE_BUDDY || !pfn_valid(pfn)) {
		say_boot_memory(line, pfn);
		return;
	}
	page = pfn_to_online_page(pfn);
	if (page && (load_relaxed(*frame_state(page)) & PAGE_RESERVED))
		say(line, ", which is reserved");
	else if (page && find_held(pfn, &head))
		say_held(line, head);
	else
		say_free(line, pfn);
}

void quire_describe_frame(pfn_t pfn, char *text, size_t size)
{
	struct line line = { text, size, 0 };

	say_frame(&line, pfn);
}

static void say_place(struct line *line, const void *addr, const char *what, const char *start, unsigned int bytes)
{
	long offset = (long)((const char *)addr - start);

	if (offset < 0)
		say(line, ", %ld bytes before the %s %p of %u bytes", -offset, what, (const void *)start, bytes);
	else if (offset < (long)bytes)
		say(line, ", byte %ld of the %s %p of %u bytes", offset, what, (const void *)start, bytes);
	else
		say(line, ", %ld bytes behind the %s %p of %u bytes", offset - (long)bytes + 1, what,
		    (const void *)start, bytes);
}

/* In a page of a heap: what is free, or a piece of kmalloc's. Which cache an object is of nobody knows. */
static void say_heap(struct line *line, struct page *page, const void *addr)
{
	bool is_free = false;
	const char *start = slab_engine()->find(NULL, page, addr, &is_free);

	say(line, "; a page of %s's", slab_engine()->name);
	if (start && is_free)
		say(line, ", in a free block");
	else if (start)
		say_place(line, addr, "piece", start, (unsigned int)slab_engine()->ksize(start, page));
}

/* In a slab: which object of which cache, and where in it, or beside it. Takes no lock. */
static void say_object(struct line *line, const void *addr)
{
	struct page *page = this_quire()->phase == PHASE_BUDDY ? pfn_to_online_page(PFN_DOWN(virt_to_phys(addr)))
							       : NULL;
	struct kmem_cache *cache;
	const char *object;

	page = page ? compound_head(page) : NULL;
	if (!page || !PageSlab(page))
		return;
	cache = page->slab_cache;
	if (!cache) {
		if (ANNOTATE)
			say_heap(line, page, addr);
		return;
	}
	object = slab_engine()->find(cache, page, addr, NULL);
	say(line, "; a slab of %s", cache->name);
	if (object)
		say_place(line, addr, "object", object, cache->object_size);
}

#if CONFIG_MMU
static bool say_vmalloc(struct line *line, const void *addr)
{
	const struct page *page;

	if (!vmalloc_explain(addr, line->text, line->size))
		return false;
	while (line->text[line->len])
		line->len++;
	page = vmalloc_to_page(addr);
	if (page) {
		say(line, "; it shows ");
		say_frame(line, page_to_pfn(page));
	}
	return true;
}
#else
static bool say_vmalloc(struct line *line, const void *addr)
{
	(void)line;
	(void)addr;
	return false;
}
#endif

/* Is it RAM, or at least between pieces of RAM that have page structures? */
static bool is_known(pfn_t pfn)
{
	return (this_quire()->phase == PHASE_BUDDY && pfn_valid(pfn)) || memblock_is_memory(PFN_PHYS(pfn));
}

bool quire_describe_address(const void *addr, char *text, size_t size)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	struct line line = { text, size, 0 };
	phys_addr_t phys = virt_to_phys(addr);

	if (say_vmalloc(&line, addr))
		return true;
	if ((uintptr_t)addr < geo->direct_map + (uintptr_t)geo->lowmem_start || phys < geo->lowmem_start ||
	    phys >= geo->lowmem_end || !is_known(PFN_DOWN(phys)))
		return false;
	say(&line, "0x%llx bytes into ", (ull)(phys & (PAGE_SIZE - 1)));
	say_frame(&line, PFN_DOWN(phys));
	say_object(&line, addr);
	return true;
}
