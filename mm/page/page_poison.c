/* SPDX-License-Identifier: MIT */
/*
 * page_poison.c - free pages that are filled, and looked at before they are handed out again.
 *
 * Theory. Who goes on to use a page that it gave back destroys somebody else's data, later and
 * elsewhere. While poisoning is on a page is filled with a pattern that nobody writes by chance
 * when it is freed, and must still hold it when it is next handed out; wherever it lay
 * meanwhile, on a CPU's list or in a leaf: the two places are those that every block passes.
 *
 *   freed     a1 00 7f ...  ->  aa aa aa aa ... aa     its state: PAGE_POISONED
 *   used yet                    aa aa 00 10 ... aa
 *   handed out                        |___| reported
 *
 * Which pages are filled, is in the states of the frames, one bit while a frame is free: pages
 * that were free when poisoning began, at boot say, are not filled for it (64 GB of them), and
 * not looked at.
 */
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/page_annotate.h"
#include "mm/page/page_watch.h"

#define POISON_WORD (~0UL / 0xff * PAGE_POISON)
#define ROW 16 /* bytes in a line of a report */
#define REPORTS 10

/* ---- on and off ---- */

/* Meanwhile another CPU may take the frame: then it is left. */
static void forget_mark(u8 *state)
{
	u8 now;

	do {
		now = load_relaxed(*state);
		if ((now & PAGE_HELD) || !(now & PAGE_POISONED))
			return;
	} while (!exchange_if8(state, now, (u8)(now & ~PAGE_POISONED)));
}

/* Marks that were left when it was last switched off say nothing any more. */
static void forget_marks(void)
{
	const struct page_state *ps = &this_quire()->page;
	u32 walk = memmap_walk_begin();
	pfn_t pfn;

	for (pfn = ps->memmap_base_pfn; pfn < ps->memmap_end_pfn; pfn++) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page)
			pfn |= LEAF_NR_PAGES - 1;
		else
			forget_mark(frame_state(page));
	}
	memmap_walk_end(walk);
}

void set_page_poisoning(unsigned int what)
{
	struct page_watch *watch = &this_quire()->page.watch;

	if ((what & PAGE_POISONING) && this_quire()->phase == PHASE_BUDDY)
		forget_marks();
	watch->poison = (u8)what;
	page_watch_changed();
}

unsigned int page_poisoning(void)
{
	return this_quire()->page.watch.poison;
}

unsigned long page_poison_found(void)
{
	return load_relaxed(this_quire()->page.watch.nr_corrupted);
}

void page_poison_init(const struct quire_machine *machine)
{
	unsigned int what = CONFIG_PAGE_POISONING ? PAGE_POISONING : 0;

	what |= machine->flags & MACHINE_PAGE_POISON ? PAGE_POISONING : 0;
	what |= machine->flags & MACHINE_INIT_ON_ALLOC ? PAGE_INIT_ON_ALLOC : 0;
	what |= machine->flags & MACHINE_INIT_ON_FREE ? PAGE_INIT_ON_FREE : 0;
	if (!what)
		return;
	pr_info("mem auto-init: page_poison:%s, init_on_alloc:%s, init_on_free:%s",
		what & PAGE_POISONING ? "on" : "off", what & PAGE_INIT_ON_ALLOC ? "on" : "off",
		what & PAGE_INIT_ON_FREE ? "on" : "off");
	set_page_poisoning(what);
}

/* ---- what is in a page ---- */

static bool is_lowmem(const struct page *page)
{
	return page_to_pfn(page) < max_low_pfn;
}

/* The page's bytes, until unmap(); NULL: nobody can map it. */
static unsigned long *map(const struct page *page)
{
	const struct highmem_ops *ops = this_quire()->page.highmem;

	if (is_lowmem(page))
		return phys_to_virt(page_to_phys(page));
	return ops && ops->map ? ops->map(page) : NULL;
}

static void unmap(const struct page *page, const void *bytes)
{
	if (!is_lowmem(page) && bytes)
		this_quire()->page.highmem->unmap(bytes);
}

/* False: nobody can map it. */
static bool fill_page(const struct page *page, int byte)
{
	void *bytes = map(page);

	if (bytes)
		memset(bytes, byte, PAGE_SIZE);
	unmap(page, bytes);
	return bytes;
}

/* ---- the report ---- */

static char hex_digit(unsigned int value)
{
	return "0123456789abcdef"[value & 0xf];
}

/* A line as hexdump's: the bytes, and in the column behind a full row what they are as text. */
static void print_row(const u8 *bytes, size_t count)
{
	char line[3 * ROW + 1 + ROW + 1];
	size_t i;

	memset(line, ' ', 3 * ROW + 1);
	for (i = 0; i < count; i++) {
		line[3 * i] = hex_digit(bytes[i] >> 4);
		line[3 * i + 1] = hex_digit(bytes[i]);
		line[3 * ROW + 1 + i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	}
	line[3 * ROW + 1 + count] = '\0';
	if (sizeof(long) == 8)
		pr_err("%016lx: %s", (unsigned long)(uintptr_t)bytes, line);
	else
		pr_err("%08lx: %s", (unsigned long)(uintptr_t)bytes, line);
}

/* Who took and freed the block that the page was last in, as far as the records of heads say. */
static void print_last_owner(pfn_t pfn)
{
	struct page_owner owner;
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++) {
		if (!page_owner_read(ALIGN_DOWN(pfn, 1UL << order), &owner))
			return;
		if (!owner.free_caller || owner.is_held || owner.order < order)
			continue;
		pr_err("page_owner tracks the page as freed");
		pr_err("page last allocated via order %u, gfp_mask %#x, by 0x%lx", owner.order, owner.gfp,
		       (unsigned long)(uintptr_t)owner.caller);
		pr_err("page last freed by 0x%lx", (unsigned long)(uintptr_t)owner.free_caller);
		return;
	}
}

static void report(const struct page *page, const u8 *first, const u8 *last)
{
	u8 wrong = *first ^ PAGE_POISON;

	if (first == last && !(wrong & (wrong - 1)))
		pr_err("pagealloc: single bit error");
	else
		pr_err("pagealloc: memory corruption");
	for (; first <= last; first += ROW)
		print_row(first, (size_t)min_of(last - first + 1, (ptrdiff_t)ROW));
	pr_err("page:%p refcount:0 mapcount:%d pfn:0x%lx", (const void *)page, page_mapcount(page),
	       page_to_pfn(page));
	pr_err("page dumped because: pagealloc: corrupted page details");
	print_last_owner(page_to_pfn(page));
}

/* ---- the two places that every block passes ---- */

/* The page was filled: is it still? What is not, is reported and overwritten. */
static void check_page(const struct page *page)
{
	unsigned long *words = map(page);
	size_t count = PAGE_SIZE / sizeof(long), i = 0;
	const u8 *first, *last;

	while (words && i < count && words[i] == POISON_WORD)
		i++;
	if (words && i < count) {
		for (first = (const u8 *)(words + i); *first == PAGE_POISON; first++)
			;
		for (last = (const u8 *)(words + count) - 1; *last == PAGE_POISON; last--)
			;
		if (count_up(&this_quire()->page.watch.nr_corrupted) <= REPORTS)
			report(page, first, last);
		memset(words, PAGE_POISON, PAGE_SIZE);
	}
	unmap(page, words);
}

void page_poison_block_freed(struct page *page, unsigned int order)
{
	bool is_poisoned = page_poisoning() & PAGE_POISONING;
	unsigned long i;

	if (!(page_poisoning() & (PAGE_POISONING | PAGE_INIT_ON_FREE)))
		return;
	annotate_block_open(page, order); /* whoever had it may have closed a part */
	for (i = 0; i < 1UL << order; i++)
		if (fill_page(page + i, is_poisoned ? PAGE_POISON : 0) && is_poisoned)
			store_relaxed(*frame_state(page + i), (u8)(*frame_state(page + i) | PAGE_POISONED));
}

void page_poison_block_taken(struct page *page, gfp_t gfp, unsigned int order)
{
	bool is_poisoned = page_poisoning() & PAGE_POISONING;
	unsigned long i;

	for (i = 0; i < 1UL << order; i++) {
		u8 *state = frame_state(page + i);

		if (load_relaxed(*state) & PAGE_POISONED) {
			store_relaxed(*state, (u8)(*state & ~PAGE_POISONED));
			annotate_block_open(page + i, 0);
			if (is_poisoned)
				check_page(page + i);
			annotate_block_taken(page + i, 0);
		}
		if ((page_poisoning() & PAGE_INIT_ON_ALLOC) && !is_poisoned && !(gfp & __GFP_ZERO))
			fill_page(page + i, 0);
	}
}
