/* SPDX-License-Identifier: MIT */
/*
 * free.c - giving pages back, and refusing what must not be given back.
 *
 * The state of a block's first frame has the order it was taken with; tails, and frames
 * that are free, have state 0: so the wrong page, the wrong order and a second free are all
 * told from the one byte that the free touches anyway. What is refused is reported with the
 * caller and changes nothing.
 *
 * The common case is a block that its one owner gives back and that nobody has ever marked:
 * held, of the right order, not touched. That is one comparison, and then nobody else can
 * rightfully look at the page, so no atomic instruction is needed. Two CPUs that free the same page at the
 * same moment break that rule; the second of the two then is found out when the page comes
 * to the free lists, or is handed out, for the second time.
 */
#include <quire/atomic.h>

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/page/internal.h"
#include "mm/page/page_annotate.h"
#include "mm/page/page_watch.h"

/* Every failed check of a free ends here: one warning, nothing changed. */
static void report_bad_free(const void *caller, const struct page *page, unsigned int order,
			    const char *why)
{
	quire_warn(caller, "bad free, refused: page frame 0x%lx, order %u: %s", page_to_pfn(page),
		   order, why);
}

/* Why the block may not be freed with this order; NULL: it may. */
static const char *why_not_free(const struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);

	/* The structures of leaves that nobody has touched are not written. */
	if (leaf_kind(pfn) & LEAF_IS_LAZY)
		return "the page is free already";
	if (PageReserved(page))
		return "the page is reserved";
	/* Of a block that is held, page->lru may be being written: it is not looked at. */
	if (!(load_relaxed(*frame_state(page)) & PAGE_HELD))
		return PageTail(page) ? "the page is a tail of a compound page"
				      : "the page is free already, or in the middle of a block";
	if (page_alloc_order(page) != order)
		return "the block was taken with another order";
	return NULL;
}

/* Is it the address of a structure in mem_map that stands for a frame? */
static bool is_page_structure(const struct page *page)
{
	const struct page_state *ps = &this_quire()->page;
	uintptr_t at = (uintptr_t)page, map = (uintptr_t)ps->mem_map;

	return at >= map && (at - map) % sizeof(struct page) == 0 && pfn_valid(page_to_pfn(page));
}

void clean_page(struct page *page)
{
	store_relaxed(page->flags, page_flags(page) & ~((1UL << ZONES_SHIFT) - 1));
	store_relaxed(page->_refs, 0);
	page->_mapcount = -1;
	page->compound_head = 0;
}

/* The owner's marks go: those of a compound page from its tails too. */
static void clean_block(struct page *page, unsigned int order)
{
	unsigned long i, pages = PageHead(page) ? 1UL << order : 1;

	for (i = 0; i < pages; i++)
		clean_page(page + i);
}

bool release_pages_for(struct page *page, unsigned int order, const void *caller)
{
	const char *why = why_not_free(page, order);

	if (__builtin_expect(why != NULL, 0)) {
		report_bad_free(caller, page, order, why);
		return false;
	}
	if (load_relaxed(*frame_state(page)) & PAGE_TOUCHED) {
		if (drop_reference(&page->_refs) >= 0)
			return false;
		/* The last, unless somebody is about to move the page (movable.c). */
		if (PageMovable(page) && !load_acquire(this_quire()->page.moving)->page_dies(page))
			return false;
		clean_block(page, order);
	}
	page_watch_free(page, order, caller);
	set_frame_free(page);
	page_poison_free(page, order);
	annotate_block_free(page, order);
	return true;
}

/* All checks, then one reference less; the last one frees. */
static void free_pages_checked(struct page *page, unsigned int order, const void *caller)
{
	if (release_pages_for(page, order, caller))
		pcp_free_slow(page_zone(page), page, order);
}

void free_pages_for(struct page *page, unsigned int order, const void *caller)
{
	if (__builtin_expect(!is_page_structure(page), 0)) {
		quire_warn(caller, "bad free, refused: %p is no page structure", (void *)page);
		return;
	}
	free_pages_checked(page, order, caller);
}

/* Before that no page structure is written, and nothing was taken from the page allocator. */
static bool is_up(const void *caller)
{
	if (__builtin_expect(this_quire()->phase == PHASE_BUDDY, 1))
		return true;
	quire_warn(caller, "bad free, refused: the page allocator is not up");
	return false;
}

/*
 * Which frame of mem_map the structure is; some number beyond the last for what is none. A
 * rotation carries what a multiple of the size must not have to the top.
 */
static inline size_t frame_of_structure(const struct page_state *ps, const struct page *page)
{
	uintptr_t offset = (uintptr_t)page - (uintptr_t)ps->mem_map;
	size_t frame;

	if (sizeof(struct page) == 32)
		return offset >> 5 | offset << (8 * sizeof(offset) - 5);
	frame = offset / sizeof(struct page);
	return frame * sizeof(struct page) == offset ? frame : SIZE_MAX;
}

/*
 * The list of order 0 for pages of such a leaf. NULL: it is unwritten, of more than one zone, of a
 * type that goes another way. Mostly it is that of the last free: to compare with that is no
 * longer than to look it up, but the CPU need not wait for the answer before it goes on.
 */
static inline struct pcp_list *list_of_kind(struct page_cpu *cpu, unsigned int kind)
{
	struct pcp_list *list = load_relaxed(cpu->last_freed);

	if (__builtin_expect(list->kind == kind, 1))
		return list;
	list = cpu->of_kind[kind];
	if (list)
		store_relaxed(cpu->last_freed, list);
	return list;
}

/*
 * The common case as a whole: a block of one owner, who did not write its structure, goes to
 * a list of this CPU that has room. The frame's leaf_kind is backed. False: it is not that,
 * and nothing was done.
 */
static inline __attribute__((always_inline)) bool free_to_cpu_list(const struct page_state *ps, size_t frame,
								   struct page *page, unsigned int order)
{
	struct page_cpu *cpu;
	struct pcp_list *list;
	unsigned int count;
	unsigned long irq;
	bool has_room;

	if (order >= ps->pcp_orders)
		return false;
	irq = cpu_pin();
	cpu = &ps->cpus[this_cpu_id()];
	list = list_of_kind(cpu, leaf_kind_of_frame(ps, frame));
	if (__builtin_expect(!list || load_relaxed(ps->frame_state[frame]) != (PAGE_HELD | order) ||
				     !cpu_section_enter(&cpu->section), 0)) {
		cpu_unpin(irq);
		return false;
	}
	list += (size_t)order * 4;
	count = list->count;
	has_room = __builtin_expect(count < load_relaxed(list->limit), 1);
	if (has_room) {
		annotate_block_free(page, order);
		store_relaxed(ps->frame_state[frame], 0);
		list->slot[count] = page;
		store_relaxed(list->count, (u16)(count + 1));
	}
	cpu_section_leave(&cpu->section);
	cpu_unpin(irq);
	return has_room;
}

/* What the common case is not; but in a window it may be, if there is a page at all. */
static __attribute__((noinline)) void free_pages_further(struct page *page, unsigned int order,
							 const void *caller)
{
	const struct page_state *ps = &this_quire()->page;
	size_t frame = frame_of_structure(ps, page);

	if (!ps->nr_kind_frames && frame < ps->nr_frames && pfn_valid(ps->memmap_base_pfn + frame) &&
	    free_to_cpu_list(ps, frame, page, order))
		return;
	if (is_up(caller))
		free_pages_for(page, order, caller);
}

void __free_pages(struct page *page, unsigned int order)
{
	const struct page_state *ps = &this_quire()->page;
	size_t frame = frame_of_structure(ps, page);

	if (__builtin_expect(frame >= ps->nr_kind_frames || !free_to_cpu_list(ps, frame, page, order), 0))
		free_pages_further(page, order, __builtin_return_address(0));
}

void free_address_for(unsigned long addr, unsigned int order, const void *caller)
{
	phys_addr_t phys = virt_to_phys((void *)(uintptr_t)addr);

	if (!addr || !is_up(caller))
		return;
	if (phys & (PAGE_SIZE - 1) || PFN_DOWN(phys) >= load_relaxed(max_low_pfn) || !pfn_valid(PFN_DOWN(phys))) {
		quire_warn(caller, "bad free, refused: 0x%lx is no page of the direct map", addr);
		return;
	}
	free_pages_checked(phys_to_page(phys), order, caller);
}

void free_pages(unsigned long addr, unsigned int order)
{
	free_address_for(addr, order, __builtin_return_address(0));
}
