/* SPDX-License-Identifier: MIT */
/*
 * page_owner.c - who holds which page, and who is told of it.
 *
 * Theory. There is a record for each page frame, in an array beside mem_map, in pieces of
 * a largest block each, so that holes between banks cost a pointer a block:
 *
 *     owners[]   [ * | * | NULL | NULL | * ]
 *                  |   |                 +--> records of 1 << (MAX_ORDER - 1) frames
 *                  |   +--> records
 *                  +--> records
 *
 * Only the record of a block's first frame is written, so that taking a large block costs no
 * more than a small one. Whose a page in the middle is, is found by looking at each frame that
 * could be the first of a block with it: one for each order.
 *
 * Who takes or frees a block writes its record, and nobody else does until it changes hands;
 * readers look at any time. So each field is one whole load or store, and is_held is written
 * last when a block is taken and first when it is freed.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/page_watch.h"

_Static_assert(sizeof(struct page_owner) <= 4 * sizeof(void *) + (sizeof(void *) == 4) * 4,
	       "machine.h says how large it is");

/* ---- the records ---- */

static bool has_frames(pfn_t block)
{
	pfn_t pfn = block;

	/* Memory that may come has its records from the boot on. */
	if (hotplug_range_of(block, block + MAX_ORDER_NR_PAGES))
		return true;
	for (; pfn < block + MAX_ORDER_NR_PAGES; pfn++)
		if (pfn_valid(pfn))
			return true;
	return false;
}

int page_owner_init(const struct quire_machine *machine)
{
	const struct page_state *ps = &this_quire()->page;
	struct page_watch *watch = &this_quire()->page.watch;
	unsigned long blocks, frames = 0, i;
	struct page_owner *records;

	page_poison_init(machine);
	if (!(machine->flags & MACHINE_PAGE_OWNER))
		return 0;
	blocks = ((ps->memmap_end_pfn - ps->memmap_base_pfn - 1) >> (MAX_ORDER - 1)) + 1;
	for (i = 0; i < blocks; i++)
		if (has_frames(ps->memmap_base_pfn + (i << (MAX_ORDER - 1))))
			frames += MAX_ORDER_NR_PAGES;
	watch->owners = boot_alloc(blocks * sizeof(*watch->owners), sizeof(void *), NUMA_NO_NODE,
				   "page owner table");
	records = boot_alloc_raw(frames * sizeof(*records), sizeof(void *), NUMA_NO_NODE,
				 "page owner records");
	if (!watch->owners || !records)
		return -ENOMEM;
	memset(records, 0, frames * sizeof(*records));
	for (i = 0; i < blocks; i++) {
		if (!has_frames(ps->memmap_base_pfn + (i << (MAX_ORDER - 1))))
			continue;
		watch->owners[i] = records;
		records += MAX_ORDER_NR_PAGES;
	}
	watch->nr_owners = blocks;
	page_watch_changed();
	pr_info("page_owner: %lu records of %zu bytes", frames, sizeof(*records));
	return 0;
}

/* The frame's record, or NULL. */
static struct page_owner *record_of(pfn_t pfn)
{
	const struct page_state *ps = &this_quire()->page;
	pfn_t at = pfn - ps->memmap_base_pfn;
	struct page_owner *block;

	if (pfn < ps->memmap_base_pfn || at >> (MAX_ORDER - 1) >= ps->watch.nr_owners)
		return NULL;
	block = ps->watch.owners[at >> (MAX_ORDER - 1)];
	return block ? block + (at & (MAX_ORDER_NR_PAGES - 1)) : NULL;
}

static void write_taken(struct page_owner *owner, unsigned int order, gfp_t gfp, const void *caller,
			unsigned long seq)
{
	store_relaxed(owner->caller, caller);
	store_relaxed(owner->seq, seq);
	store_relaxed(owner->gfp, gfp);
	store_relaxed(owner->order, (u8)order);
	store_release(owner->is_held, true);
}

static void copy_record(struct page_owner *to, const struct page_owner *from)
{
	to->is_held = load_acquire(from->is_held);
	to->caller = load_relaxed(from->caller);
	to->free_caller = load_relaxed(from->free_caller);
	to->seq = load_relaxed(from->seq);
	to->gfp = load_relaxed(from->gfp);
	to->order = load_relaxed(from->order);
}

/* ---- what happens to blocks ---- */

static void tell(enum page_trace_kind kind, struct page *page, unsigned int order, gfp_t gfp,
		 const void *caller)
{
	void (*trace)(const struct page_trace_event *event) = this_quire()->page.watch.trace;
	struct page_trace_event event = {
		.kind = kind,
		.page = page,
		.order = order,
		.gfp = gfp,
		.caller = caller,
	};

	if (!trace)
		return;
	event.migratetype = page ? get_pageblock_migratetype(page) : gfp_migratetype(gfp);
	trace(&event);
}

void page_watch_taken(struct page *page, unsigned int order, gfp_t gfp, const void *caller)
{
	struct page_owner *owner = page ? record_of(page_to_pfn(page)) : NULL;

	if (owner)
		write_taken(owner, order, gfp, caller, count_up(&this_quire()->page.watch.seq));
	tell(PAGE_TRACE_ALLOC, page, order, gfp, caller);
}

void page_watch_freed(struct page *page, unsigned int order, const void *caller)
{
	struct page_owner *owner = record_of(page_to_pfn(page));

	if (owner) {
		store_relaxed(owner->is_held, false);
		store_relaxed(owner->free_caller, caller);
	}
	tell(PAGE_TRACE_FREE, page, order, 0, caller);
}

void page_watch_was_split(struct page *page, unsigned int order)
{
	pfn_t pfn = page_to_pfn(page);
	struct page_owner whole;
	unsigned long i;

	if (!page_owner_read(pfn, &whole))
		return;
	for (i = 0; i < 1UL << order; i++)
		write_taken(record_of(pfn + i), 0, whole.gfp, whole.caller, whole.seq);
}

void page_watch_was_moved(struct page *dst, const struct page *src)
{
	struct page_owner *to = record_of(page_to_pfn(dst)), from;

	if (to && page_owner_read(page_to_pfn(src), &from))
		write_taken(to, from.order, from.gfp, from.caller, from.seq);
}

void page_watch_changed(void)
{
	struct page_watch *watch = &this_quire()->page.watch;

	watch->is_on = watch->trace || watch->owners || watch->poison;
	pcp_open_fast_paths();
}

void set_page_trace(void (*trace)(const struct page_trace_event *event))
{
	this_quire()->page.watch.trace = trace;
	page_watch_changed();
}

/* ---- reading ---- */

bool page_owner_read(pfn_t pfn, struct page_owner *owner)
{
	const struct page_owner *record = record_of(pfn);

	if (record)
		copy_record(owner, record);
	return record;
}

bool page_owner_find(pfn_t pfn, struct page_owner *owner, pfn_t *head)
{
	unsigned int order;

	for (order = 0; order < MAX_ORDER; order++) {
		*head = ALIGN_DOWN(pfn, 1UL << order);
		if (!page_owner_read(*head, owner))
			continue;
		if (owner->is_held && pfn - *head < 1UL << owner->order)
			return true;
	}
	return false;
}

bool page_owner_next(pfn_t *pfn, struct page_owner *owner)
{
	const struct page_state *ps = &this_quire()->page;
	pfn_t at = max_of(*pfn, ps->memmap_base_pfn);

	while (at < ps->memmap_end_pfn) {
		if (!page_owner_read(at, owner)) {
			at = ALIGN_DOWN(at, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
		} else if (owner->is_held) {
			*pfn = at;
			return true;
		} else {
			at++;
		}
	}
	return false;
}

/* ---- call sites ---- */

/* The site's entry in the hash table `sites`, or an empty one; NULL: the table is full. */
static struct page_owner_site *find_site(struct page_owner_site *sites, unsigned long max,
					 const void *caller)
{
	/* Call sites differ in their low bits; the product's upper half is well mixed. */
	uintptr_t hash = (uintptr_t)caller * (uintptr_t)0x9e3779b97f4a7c15ull;
	unsigned long start = (unsigned long)(hash >> (4 * sizeof(hash))) % max, i;

	for (i = 0; i < max; i++) {
		struct page_owner_site *site = &sites[(start + i) % max];

		if (!site->blocks || site->caller == caller)
			return site;
	}
	return NULL;
}

static bool comes_before(const struct page_owner_site *a, const struct page_owner_site *b)
{
	return a->pages != b->pages ? a->pages > b->pages
				    : (uintptr_t)a->caller < (uintptr_t)b->caller;
}

/* Lets sites[at] of a heap of n, whose root comes last in the order, sink to its place. */
static void sink(struct page_owner_site *sites, unsigned long at, unsigned long n)
{
	struct page_owner_site moved = sites[at];
	unsigned long child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && comes_before(&sites[child], &sites[child + 1]))
			child++;
		if (!comes_before(&moved, &sites[child]))
			break;
		sites[at] = sites[child];
		at = child;
	}
	sites[at] = moved;
}

static void sort_sites(struct page_owner_site *sites, unsigned long n)
{
	unsigned long i;

	for (i = n / 2; i--;)
		sink(sites, i, n);
	while (n > 1) {
		struct page_owner_site last = sites[--n];

		sites[n] = sites[0];
		sites[0] = last;
		sink(sites, 0, n);
	}
}

long page_owner_sites(struct page_owner_site *sites, unsigned long max)
{
	unsigned long used = 0, i;
	struct page_owner owner;
	pfn_t pfn = 0;

	for (i = 0; i < max; i++)
		sites[i] = (struct page_owner_site){ NULL, 0, 0 };
	for (; page_owner_next(&pfn, &owner); pfn += 1UL << owner.order) {
		struct page_owner_site *site = max ? find_site(sites, max, owner.caller) : NULL;

		if (!site)
			return -ENOSPC;
		site->caller = owner.caller;
		site->pages += 1UL << owner.order;
		site->blocks++;
	}
	for (i = 0; i < max; i++)
		if (sites[i].blocks)
			sites[used++] = sites[i];
	sort_sites(sites, used);
	return (long)used;
}
