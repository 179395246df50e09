/* SPDX-License-Identifier: MIT */
/*
 * bootmem.c - boot memory in the old manner: a bit per page frame, first fit.
 *
 * Theory. Between the firmware's memory map and the page allocator the kernel needs
 * memory for tables whose size depends on the machine. Before memblock, Linux kept one
 * bitmap per node for that: a bit for each frame from the node's first to the end of its
 * low memory, 1 = taken. A hole inside the node is a run of bits that nobody ever frees.
 *
 *   frame       min                                              low
 *   bitmap       1 1 1 0 0 0 0 1 1 1 1 1 0 0 1 1 1 1 0 0 0 0 0 0
 *                kernel  free    map/taken   ^hole         free
 *                              ^                 ^
 *                              |                 hint_idx: where the next search starts
 *                              last_end_off: bytes from min to the end of the last allocation
 *
 * An allocation takes the first run of free frames that is long enough, from the hint on;
 * if there is none, from the start. Because early tables are small, one rule saves most
 * of what whole pages would waste: when the last allocation ended inside a page and the
 * run found begins with the next frame, the new allocation continues in that page:
 *
 *      taken by the last one | free                     size 0x1200, aligned to 0x40
 *   ...AAAAAAAAAAAAAAAA......|.............   becomes   ...AAAAAAAAABBBBBBB|BBBBBBBBB....
 *         page n             |  page n + 1                 page n          | page n + 1
 *
 * The bit of a page that is used in part is set, so nothing but this rule ever looks into
 * it. For the same reason nothing smaller than a page can be freed: frees are rounded
 * inward, reservations outward. A free lowers the hint, and when it takes the page that
 * the last allocation ended in, the rule forgets that page.
 *
 * Why so: a bitmap is 1/32768 of the memory it describes, knows no upper bound on the
 * number of pieces, and is handed to the page allocator run by run. What it costs is a
 * linear search, and that sizes and owners are not recorded; memblock replaced it.
 *
 * Where nodes interleave, their maps overlap. The frames of the other node are then a
 * hole, and memblock's regions tell whose frame it is.
 *
 * No locks: one CPU, at boot. A wrong call is refused with a warning before it changes
 * anything: each range operation first checks every page, then writes.
 */
#include <quire/fault.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/boot/boot_annotate.h"
#include "mm/boot/bootmem_internal.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

/* What the caller of an allocation wants. */
struct bootmem_request {
	unsigned long size;  /* bytes */
	unsigned long align; /* bytes, a power of two */
	phys_addr_t goal;    /* lowest address wished for; 0: none */
	phys_addr_t limit;   /* lowest address out of bounds; 0: none */
	const void *caller;  /* for the warning */
};

/* ---- the nodes ---- */

/* quire_reset() leaves the head zero: the first use makes it an empty ring. */
struct list_head *bootmem_list(void)
{
	struct list_head *head = &this_quire()->bootmem_part.bdata_list;

	if (!head->next)
		INIT_LIST_HEAD(head);
	return head;
}

static bool covers(const bootmem_data_t *bdata, pfn_t pfn)
{
	return pfn >= bdata->node_min_pfn && pfn < bdata->node_low_pfn;
}

static pfn_t bdata_pages(const bootmem_data_t *bdata)
{
	return bdata->node_low_pfn - bdata->node_min_pfn;
}

static bool is_listed(const bootmem_data_t *bdata)
{
	const bootmem_data_t *other;

	list_for_each_entry(other, bootmem_list(), list)
		if (other == bdata)
			return true;
	return false;
}

bootmem_data_t *bootmem_node_data(int nid)
{
	bootmem_data_t *bdata;

	list_for_each_entry(bdata, bootmem_list(), list)
		if (bdata->nid == nid)
			return bdata;
	return NULL;
}

bootmem_data_t *bootmem_first(void)
{
	struct list_head *head = bootmem_list();

	return list_empty(head) ? NULL : list_first_entry(head, bootmem_data_t, list);
}

bool bootmem_next_free_run(const bootmem_data_t *bdata, pfn_t from, pfn_t *start, pfn_t *end)
{
	pfn_t base = bdata->node_min_pfn, pages = bdata_pages(bdata);
	pfn_t idx = from > base ? from - base : 0;

	if (idx < pages)
		idx = find_next_zero_bit(bdata->node_bootmem_map, pages, idx);
	if (idx >= pages)
		return false;
	*start = base + idx;
	*end = base + find_next_bit(bdata->node_bootmem_map, pages, idx);
	return true;
}

/* ---- whose frame is it? ---- */

int bootmem_region_node(const struct memblock_region *region)
{
	return region->nid == NUMA_NO_NODE ? 0 : region->nid;
}

/* The bank in which the frame lies whole; NULL: none. */
static const struct memblock_region *bank_of_frame(pfn_t pfn)
{
	const struct memblock_type *memory = &this_quire()->memblock_part.blocks.memory;
	unsigned long i;

	for (i = 0; i < memory->cnt; i++) {
		const struct memblock_region *r = &memory->regions[i];

		if (pfn >= PFN_UP(r->base) && pfn < PFN_DOWN(r->base + r->size))
			return r;
	}
	return NULL;
}

/* Are they all RAM of that node? True also where memblock knows of no memory to compare with. */
static bool frames_are_ram(int nid, pfn_t start, pfn_t end)
{
	const struct memblock_region *bank;

	if (!this_quire()->memblock_part.blocks.memory.total_size)
		return true;
	while (start < end) {
		bank = bank_of_frame(start);
		if (!bank || bootmem_region_node(bank) != nid)
			return false;
		start = PFN_DOWN(bank->base + bank->size);
	}
	return true;
}

/*
 * The node whose map accounts for the frame, and in *end, which comes in as the end of
 * the range asked for, how far that is known. NULL: no node has it.
 */
static bootmem_data_t *owner_of(pfn_t pfn, pfn_t *end)
{
	const struct memblock_region *bank = bank_of_frame(pfn);
	bootmem_data_t *bdata = bank ? bootmem_node_data(bootmem_region_node(bank)) : NULL;

	if (bdata && covers(bdata, pfn)) {
		*end = min_of(*end, PFN_DOWN(bank->base + bank->size));
		*end = min_of(*end, bdata->node_low_pfn);
		return bdata;
	}
	list_for_each_entry(bdata, bootmem_list(), list) {
		if (!covers(bdata, pfn))
			continue;
		/* In a hole between banks only this one frame is sure. */
		*end = this_quire()->memblock_part.blocks.memory.total_size
			       ? pfn + 1
			       : min_of(*end, bdata->node_low_pfn);
		return bdata;
	}
	return NULL;
}

/* ---- setting up ---- */

unsigned long bootmem_map_bytes(unsigned long pages)
{
	return BITS_TO_LONGS(pages) * sizeof(unsigned long);
}

unsigned long bootmem_bootmap_pages(unsigned long pages)
{
	return PFN_UP(bootmem_map_bytes(pages));
}

static void link_bootmem(bootmem_data_t *bdata)
{
	bootmem_data_t *other;

	list_for_each_entry(other, bootmem_list(), list)
		if (bdata->node_min_pfn < other->node_min_pfn)
			break;
	/* Before the one that starts higher; at the end of the loop, before the head. */
	list_add_tail(&bdata->list, &other->list);
}

unsigned long bootmem_start_map(bootmem_data_t *bdata, unsigned long *map, pfn_t start, pfn_t end)
{
	unsigned long bytes = bootmem_map_bytes(end - start);

	bdata->node_bootmem_map = map;
	bdata->node_min_pfn = start;
	bdata->node_low_pfn = end;
	bdata->last_end_off = 0;
	bdata->hint_idx = 0;
	annotate_defined(map, bytes);
	memset(map, 0xff, bytes);
	link_bootmem(bdata);
	return bytes;
}

unsigned long init_bootmem_core(bootmem_data_t *bdata, pfn_t mapstart, pfn_t start, pfn_t end)
{
	if (WARN(!bdata || start >= end, "bootmem: no map for the empty range 0x%lx-0x%lx", start,
		 end) ||
	    WARN(is_listed(bdata), "bootmem: node %d has a map already", bdata->nid))
		return 0;
	return bootmem_start_map(bdata, phys_to_virt(PFN_PHYS(mapstart)), start, end);
}

unsigned long init_bootmem_node(pg_data_t *pgdat, pfn_t freepfn, pfn_t startpfn, pfn_t endpfn)
{
	if (pgdat->bdata)
		pgdat->bdata->nid = pgdat->node_id;
	return init_bootmem_core(pgdat->bdata, freepfn, startpfn, endpfn);
}

unsigned long init_bootmem(pfn_t start, pfn_t pages)
{
	return init_bootmem_node(&this_quire()->page.contig_page_data, start, 0, pages);
}

/* ---- taking and freeing ranges ---- */

static bool all_taken(const bootmem_data_t *bdata, pfn_t start, pfn_t end)
{
	pfn_t base = bdata->node_min_pfn;

	return find_next_zero_bit(bdata->node_bootmem_map, end - base, start - base) >= end - base;
}

static bool all_free(const bootmem_data_t *bdata, pfn_t start, pfn_t end)
{
	pfn_t base = bdata->node_min_pfn;

	return find_next_bit(bdata->node_bootmem_map, end - base, start - base) >= end - base;
}

static void take_frames(bootmem_data_t *bdata, pfn_t start, pfn_t end)
{
	bitmap_set(bdata->node_bootmem_map, start - bdata->node_min_pfn, end - start);
	boot_annotate_reserve(PFN_PHYS(start), PFN_PHYS(end - start));
}

void bootmem_free_frames(bootmem_data_t *bdata, pfn_t start, pfn_t end)
{
	unsigned long first = start - bdata->node_min_pfn;
	unsigned long shared = PFN_DOWN(bdata->last_end_off);

	if (start < end)
		kmemleak_free_part_phys(PFN_PHYS(start), PFN_PHYS(end - start));
	bitmap_clear(bdata->node_bootmem_map, first, end - start);
	boot_annotate_free(PFN_PHYS(start), PFN_PHYS(end - start));
	if (bdata->hint_idx > first)
		bdata->hint_idx = first;
	/* The page may soon be somebody else's: nothing must be continued in it. */
	if (shared >= first && shared < first + (end - start))
		bdata->last_end_off = 0;
}

/* Could the boot's memory still be changed? Not when the page allocator has it. */
static bool maps_are_open(const void *caller)
{
	if (this_quire()->phase != PHASE_BUDDY)
		return true;
	quire_warn(caller, "bootmem: closed, the pages are the page allocator's");
	return false;
}

/* Why may these frames of the node not be freed? NULL: they may. */
static const char *free_refused(const bootmem_data_t *bdata, pfn_t start, pfn_t end)
{
	if (!bdata)
		return "no node has them";
	if (!frames_are_ram(bdata->nid, start, end))
		return "not RAM";
	return all_taken(bdata, start, end) ? NULL : "free already";
}

static void free_range(phys_addr_t physaddr, phys_addr_t size, const void *caller)
{
	pfn_t start = PFN_UP(physaddr), end = PFN_DOWN(physaddr + size), pos, next;
	bootmem_data_t *bdata;
	const char *why = NULL;

	for (pos = start; pos < end && !why; pos = next) {
		next = end;
		bdata = owner_of(pos, &next);
		why = free_refused(bdata, pos, next);
	}
	if (why) {
		quire_warn(caller, "bootmem: free of 0x%llx-0x%llx refused: %s",
			   (unsigned long long)physaddr, (unsigned long long)(physaddr + size - 1),
			   why);
		return;
	}
	for (pos = start; pos < end; pos = next) {
		next = end;
		bdata = owner_of(pos, &next);
		bootmem_free_frames(bdata, pos, next);
	}
}

void free_bootmem(phys_addr_t physaddr, phys_addr_t size)
{
	const void *caller = __builtin_return_address(0);

	if (maps_are_open(caller))
		free_range(physaddr, size, caller);
}

/* Is the range of frames within the node's map? Warns if not. */
static bool node_has(const bootmem_data_t *bdata, pfn_t start, pfn_t end, const void *caller)
{
	if (bdata && bdata->node_bootmem_map && start >= bdata->node_min_pfn &&
	    end <= bdata->node_low_pfn)
		return true;
	quire_warn(caller, "bootmem: frames 0x%lx-0x%lx are outside of the node", start, end);
	return false;
}

void free_bootmem_node(pg_data_t *pgdat, phys_addr_t physaddr, phys_addr_t size)
{
	const void *caller = __builtin_return_address(0);
	pfn_t start = PFN_UP(physaddr), end = PFN_DOWN(physaddr + size);
	const char *why;

	if (start >= end || !maps_are_open(caller) || !node_has(pgdat->bdata, start, end, caller))
		return;
	why = free_refused(pgdat->bdata, start, end);
	if (why)
		quire_warn(caller, "bootmem: free of frames 0x%lx-0x%lx refused: %s", start, end,
			   why);
	else
		bootmem_free_frames(pgdat->bdata, start, end);
}

static int reserve_range(pfn_t start, pfn_t end, int flags, const void *caller)
{
	bootmem_data_t *bdata;
	pfn_t pos, next;

	for (pos = start; pos < end; pos = next) {
		next = end;
		bdata = owner_of(pos, &next);
		if (!bdata) {
			quire_warn(caller, "bootmem: no node has frame 0x%lx to reserve", pos);
			return -EINVAL;
		}
		if ((flags & BOOTMEM_EXCLUSIVE) && !all_free(bdata, pos, next))
			return -EBUSY;
	}
	for (pos = start; pos < end; pos = next) {
		next = end;
		bdata = owner_of(pos, &next);
		take_frames(bdata, pos, next);
	}
	return 0;
}

int reserve_bootmem(phys_addr_t physaddr, phys_addr_t size, int flags)
{
	const void *caller = __builtin_return_address(0);

	if (!maps_are_open(caller))
		return -EINVAL;
	return size ? reserve_range(PFN_DOWN(physaddr), PFN_UP(physaddr + size), flags, caller) : 0;
}

int reserve_bootmem_node(pg_data_t *pgdat, phys_addr_t physaddr, phys_addr_t size, int flags)
{
	const void *caller = __builtin_return_address(0);
	pfn_t start = PFN_DOWN(physaddr), end = PFN_UP(physaddr + size);

	if (!size)
		return 0;
	if (!maps_are_open(caller) || !node_has(pgdat->bdata, start, end, caller))
		return -EINVAL;
	if ((flags & BOOTMEM_EXCLUSIVE) && !all_free(pgdat->bdata, start, end))
		return -EBUSY;
	take_frames(pgdat->bdata, start, end);
	return 0;
}

/* ---- allocating ---- */

/* The next index whose address is a multiple of `step` pages: the node may start anywhere. */
static unsigned long align_idx(const bootmem_data_t *bdata, unsigned long idx, unsigned long step)
{
	return ALIGN_UP(bdata->node_min_pfn + idx, step) - bdata->node_min_pfn;
}

/* The same for an offset in bytes. */
static unsigned long align_off(const bootmem_data_t *bdata, unsigned long off, unsigned long align)
{
	unsigned long base = (unsigned long)PFN_PHYS(bdata->node_min_pfn);

	return ALIGN_UP(base + off, align) - base;
}

/* The first aligned run of free pages in [idx, end); `end` if there is none. */
static unsigned long find_free_run(const bootmem_data_t *bdata, unsigned long idx,
				   unsigned long end, unsigned long pages, unsigned long step)
{
	const unsigned long *map = bdata->node_bootmem_map;
	unsigned long taken;

	for (;;) {
		if (idx >= end)
			return end;
		idx = align_idx(bdata, find_next_zero_bit(map, end, idx), step);
		if (idx >= end || pages > end - idx)
			return end;
		taken = find_next_bit(map, idx + pages, idx);
		if (taken >= idx + pages)
			return idx;
		idx = taken + 1;
	}
}

/* Hands out `size` bytes where the run of free pages at `idx` begins, or just before it. */
static void *take_run(bootmem_data_t *bdata, unsigned long idx, const struct bootmem_request *r)
{
	unsigned long last = bdata->last_end_off, off = (unsigned long)PFN_PHYS(idx);
	void *p;

	/* Continue in the page that the last allocation ended in, if that is the one before. */
	if ((last & ~PAGE_MASK) && PFN_DOWN(last) + 1 == idx)
		off = align_off(bdata, last, r->align);
	bdata->last_end_off = off + r->size;
	bdata->hint_idx = PFN_UP(bdata->last_end_off);
	if (bdata->hint_idx > idx)
		bitmap_set(bdata->node_bootmem_map, idx, bdata->hint_idx - idx);
	p = phys_to_virt(PFN_PHYS(bdata->node_min_pfn) + off);
	annotate_undefined(p, r->size);
	return p;
}

/* First fit in one node. NULL: no room. Contents undefined. */
static void *alloc_bootmem_bdata(bootmem_data_t *bdata, const struct bootmem_request *r)
{
	unsigned long step = max_of(r->align >> PAGE_SHIFT, 1UL);
	pfn_t min = bdata->node_min_pfn, low = bdata->node_low_pfn, start = min;
	unsigned long first, from, end, pages, idx;

	if (r->limit && low > PFN_DOWN(r->limit))
		low = PFN_DOWN(r->limit);
	if (low <= min || r->size > PFN_PHYS(low - min))
		return NULL;
	if (r->goal && PFN_DOWN(r->goal) > min && PFN_DOWN(r->goal) < low)
		start = PFN_DOWN(r->goal);
	end = low - min;
	pages = PFN_UP(r->size);
	first = align_idx(bdata, start - min, step);
	from = bdata->hint_idx > first ? align_idx(bdata, bdata->hint_idx, step) : first;

	idx = find_free_run(bdata, from, end, pages, step);
	if (idx >= end && from > first)
		idx = find_free_run(bdata, first, end, pages, step);
	return idx < end ? take_run(bdata, idx, r) : NULL;
}

/* First fit in the nodes in turn, but for those that lie below the goal. */
static void *alloc_bootmem_core(const struct bootmem_request *r)
{
	bootmem_data_t *bdata;
	void *p;

	list_for_each_entry(bdata, bootmem_list(), list) {
		if (r->goal && bdata->node_low_pfn <= PFN_DOWN(r->goal))
			continue;
		p = alloc_bootmem_bdata(bdata, r);
		if (p)
			return p;
	}
	return NULL;
}

/* On `near` first (NULL: no node is nearer), then on any; without the goal when it cannot be. */
static void *find_memory(bootmem_data_t *near, struct bootmem_request r)
{
	void *p;

	for (;;) {
		p = near ? alloc_bootmem_bdata(near, &r) : NULL;
		if (!p)
			p = alloc_bootmem_core(&r);
		if (p || !r.goal)
			return p;
		r.goal = 0;
	}
}

static bool request_is_valid(const struct bootmem_request *r)
{
	const char *why = NULL;

	if (this_quire()->phase != PHASE_BOOTMEM)
		why = "this is not its phase";
	else if (!r->size)
		why = "nothing asked for";
	else if (!is_power_of_2(r->align))
		why = "wrong alignment";
	else if (r->limit && (r->size > r->limit || r->goal > r->limit - r->size))
		why = "its goal is beyond its limit";
	if (why)
		quire_warn(r->caller, "bootmem: allocation of %lu bytes (align 0x%lx) refused: %s",
			   r->size, r->align, why);
	return !why;
}

/* Zeroed; NULL: no room, or so the fault injection says. */
static void *take_zeroed(bootmem_data_t *near, const struct bootmem_request *r)
{
	void *p = should_fail_alloc() ? NULL : find_memory(near, *r);

	if (!p)
		return NULL;
	kmemleak_alloc_phys_for(virt_to_phys(p), r->size, 0, r->caller);
	return memset(p, 0, r->size);
}

static void *alloc_or_null(bootmem_data_t *near, const struct bootmem_request *r)
{
	return request_is_valid(r) ? take_zeroed(near, r) : NULL;
}

static void *alloc_or_panic(bootmem_data_t *near, const struct bootmem_request *r)
{
	void *p;

	if (!request_is_valid(r))
		return NULL;
	p = take_zeroed(near, r);
	if (!p)
		quire_panic("Out of memory: bootmem alloc of %lu bytes failed!", r->size);
	return p;
}

#define REQUEST(size, align, goal, limit) \
	(&(struct bootmem_request){ size, align, goal, limit, __builtin_return_address(0) })

void *__alloc_bootmem(unsigned long size, unsigned long align, phys_addr_t goal)
{
	return alloc_or_panic(NULL, REQUEST(size, align, goal, 0));
}

void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, phys_addr_t goal)
{
	return alloc_or_null(NULL, REQUEST(size, align, goal, 0));
}

void *__alloc_bootmem_low(unsigned long size, unsigned long align, phys_addr_t goal)
{
	return alloc_or_panic(NULL, REQUEST(size, align, goal, ARCH_LOW_ADDRESS_LIMIT));
}

void *__alloc_bootmem_low_nopanic(unsigned long size, unsigned long align, phys_addr_t goal)
{
	return alloc_or_null(NULL, REQUEST(size, align, goal, ARCH_LOW_ADDRESS_LIMIT));
}

void *__alloc_bootmem_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			   phys_addr_t goal)
{
	return alloc_or_panic(pgdat->bdata, REQUEST(size, align, goal, 0));
}

void *__alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align,
				   phys_addr_t goal)
{
	return alloc_or_null(pgdat->bdata, REQUEST(size, align, goal, 0));
}

/* A limit that goal and size run past is no limit for a caller who names a node. */
static phys_addr_t usable_limit(unsigned long size, phys_addr_t goal, phys_addr_t limit)
{
	return size > limit || goal > limit - size ? 0 : limit;
}

void *___alloc_bootmem_node_nopanic(pg_data_t *pgdat, unsigned long size, unsigned long align,
				    phys_addr_t goal, phys_addr_t limit)
{
	return alloc_or_null(pgdat->bdata,
			     REQUEST(size, align, goal, usable_limit(size, goal, limit)));
}

void *__alloc_bootmem_low_node(pg_data_t *pgdat, unsigned long size, unsigned long align,
			       phys_addr_t goal)
{
	phys_addr_t limit = usable_limit(size, goal, ARCH_LOW_ADDRESS_LIMIT);

	return alloc_or_panic(pgdat->bdata, REQUEST(size, align, goal, limit));
}

void *__alloc_bootmem_node_high(pg_data_t *pgdat, unsigned long size, unsigned long align,
				phys_addr_t goal)
{
	/* Only where that leaves a choice: the node ends well above 4 GiB. */
	const u64 four_gib = 1ULL << 32, margin = 128ULL << 20;
	bootmem_data_t *bdata = pgdat->bdata;

	if (bdata && (u64)PFN_PHYS(bdata->node_low_pfn) > four_gib + margin && goal < four_gib)
		goal = (phys_addr_t)four_gib;
	return alloc_or_panic(bdata, REQUEST(size, align, goal, 0));
}

void *bootmem_alloc_raw(unsigned long size, unsigned long align, int nid)
{
	const struct bootmem_request *r = REQUEST(size, align, bootmem_low_limit(), 0);

	if (!request_is_valid(r) || should_fail_alloc())
		return NULL;
	return find_memory(bootmem_node_data(nid), *r);
}

/* ---- the invariants ---- */

/* What is wrong with the numbers of this node? NULL: nothing. */
static const char *wrong_bounds(const bootmem_data_t *bdata)
{
	unsigned long pages = bdata_pages(bdata), last = bdata->last_end_off;
	size_t bit;

	if (!bdata->node_bootmem_map || bdata->node_min_pfn >= bdata->node_low_pfn)
		return "no map";
	if (bdata->hint_idx > pages)
		return "the hint is outside of the map";
	if (PFN_UP(last) > pages)
		return "the last allocation ends outside of the map";
	if ((last & ~PAGE_MASK) && !test_bit(PFN_DOWN(last), bdata->node_bootmem_map))
		return "the page that the last allocation ended in is free";
	for (bit = pages; bit < 8 * bootmem_map_bytes(pages); bit++)
		if (!test_bit(bit, bdata->node_bootmem_map))
			return "a bit beyond the last page is clear";
	return NULL;
}

static const char *wrong_node(const bootmem_data_t *bdata)
{
	const char *why = wrong_bounds(bdata);
	pfn_t start, end = 0;

	if (why)
		return why;
	while (bootmem_next_free_run(bdata, end, &start, &end))
		if (!frames_are_ram(bdata->nid, start, end))
			return "a free page is not RAM of the node";
	return NULL;
}

int bootmem_validate(void)
{
	struct list_head *head = bootmem_list();
	const bootmem_data_t *bdata;
	pfn_t lowest = 0;

	list_for_each_entry(bdata, head, list) {
		const char *why = wrong_node(bdata);

		if (bdata->list.next->prev != &bdata->list)
			why = "the list is broken";
		else if (bdata->node_min_pfn < lowest)
			why = "the list is out of order";
		if (why) {
			pr_err("bootmem: node %d, frames 0x%lx-0x%lx: %s", bdata->nid,
			       bdata->node_min_pfn, bdata->node_low_pfn, why);
			return -EINVAL;
		}
		lowest = bdata->node_min_pfn;
	}
	return 0;
}
