/* SPDX-License-Identifier: MIT */
/*
 * mem_init.c - the hand-over: from the boot allocators to the page allocator.
 *
 * Theory. Until here a frame is free if a bank backs it and no reservation touches it.
 * mem_init turns that into free lists, in this order:
 *
 *   free_unused_memmap   page structures of holes go back to memblock first, so that
 *                        their pages are among those freed below
 *   memmap_init          page structures are written: everything starts as reserved
 *   free_all_bootmem     or memblock_free_all: each free range of lowmem, its start
 *                        rounded up to a page and its end down, is cut into the largest
 *                        aligned blocks that fit, and each block is freed as any block is
 *   free_highpages       the same for what lies above the direct map
 *
 *   range    |.x x x x x x x x x x x|   frames 3 .. 13
 *   blocks      1 [4    ] [8          ]...: 3 | 4-7 | 8-11 | 12-13
 *
 * A block is freed by clearing PG_reserved and the count, and putting it on the free lists
 * (B6). Pages partly covered by a reservation stay
 * reserved, with whatever no range gave back. Nothing may be taken from a boot allocator
 * once this has begun, so the phase changes at its end and both doors close.
 *
 * It stands in mm/page, not in mm/boot, because it needs both layers.
 */
#include <quire/bootmem.h>
#include <quire/cma.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/page/page_annotate.h"

/* ---- one block ---- */

/*
 * Frees a block of reserved frames, or of such whose structures were never written: those
 * are free from the beginning, and no structure is touched.
 */
static void release_block(struct zone *zone, pfn_t pfn, unsigned int order)
{
	struct page_state *ps = &this_quire()->page;
	unsigned long pages = 1UL << order, i, flags;

	for (i = 0; i < pages; i++) {
		struct page *page = pfn_to_online_page(pfn + i);

		if (!page) {
			i += LEAF_NR_PAGES - 1;
			continue;
		}
		clean_page(page);
		set_frame_free(page);
	}
	if (ANNOTATE && !(leaf_kind(pfn) & LEAF_IS_LAZY))
		annotate_frames_released(pfn, pages);
	flags = spin_lock_irqsave(&zone->lock);
	store_relaxed(zone->managed_pages, zone->managed_pages + pages);
	spin_unlock_irqrestore(&zone->lock, flags);
	count_add(&ps->totalram_pages, pages);
	if (zone_is_highmem(zone))
		count_add(&ps->totalhigh_pages, pages);
	flags = local_irq_save();
	buddy_put_block(zone, pfn, order);
	local_irq_restore(flags);
}

/*
 * Was the frame taken out of usable RAM? Holes and RAM that is not to be touched have
 * reserved structures too, but nobody can give them back. (After memblock_discard all
 * that is reserved has to be believed.)
 */
static bool is_reserved_ram(pfn_t pfn)
{
	const struct page *page = pfn_to_online_page(pfn);

	return page && PageReserved(page) &&
	       (!memblock.memory.total_size || memblock_is_map_memory(PFN_PHYS(pfn)));
}

void memblock_free_pages(struct page *page, unsigned long pfn, unsigned int order)
{
	unsigned long i;

	if (WARN(this_quire()->phase != PHASE_BUDDY || order >= MAX_ORDER || pfn & ((1UL << order) - 1) ||
			 !pfn_valid(pfn) || page != pfn_to_page(pfn),
		 "memblock_free_pages: page frame 0x%lx is no block of order %u", pfn, order))
		return;
	for (i = 0; i < 1UL << order; i++)
		if (WARN(!is_reserved_ram(pfn + i) || page_zone(page + i) != page_zone(page),
			 "memblock_free_pages: page frame 0x%lx is not reserved", pfn + i))
			return;
	release_block(page_zone(page), pfn, order);
}

/* Cuts [start, end) into the largest aligned blocks that fit and frees them. Returns the pages. */
unsigned long release_frames(struct zone *zone, pfn_t start, pfn_t end)
{
	unsigned long pages = end - start;

	while (start < end) {
		unsigned int order = largest_order(start, end);

		release_block(zone, start, order);
		start += 1UL << order;
	}
	return pages;
}

static unsigned long free_ranges(bool highmem)
{
	struct free_range_walk walk;
	unsigned long pages = 0;
	pfn_t start, end;

	free_range_start(&walk, highmem);
	while (free_range_next(&walk, &start, &end))
		pages += release_frames(walk.zone, start, end);
	return pages;
}

/* ---- the doors ---- */

/* The estimates of free_area_init end here; from now on managed counts what was freed. */
void reset_all_zones_managed_pages(void)
{
	struct page_state *ps = &this_quire()->page;
	struct zone *zone;

	if (ps->managed_reset)
		return;
	for_each_zone(zone)
		zone->managed_pages = 0;
	ps->managed_reset = true;
}

/* Only mem_init may go through these doors: at any other time free memory is in use, or unknown. */
static bool may_hand_over(const char *call, const void *caller)
{
	if (this_quire()->page.is_handing_over)
		return true;
	quire_warn(caller, "%s is a part of quire_boot: refused", call);
	return false;
}

void memblock_free_all(void)
{
	if (!may_hand_over("memblock_free_all", __builtin_return_address(0)))
		return;
	reset_all_zones_managed_pages();
	free_ranges(false);
}

#if CONFIG_BOOTMEM
/* Frees what the bitmaps call free, then the bitmaps themselves. */
unsigned long free_all_bootmem(void)
{
	unsigned long pages;
	pfn_t start, end;
	bootmem_data_t *bdata = NULL;
	pg_data_t *pgdat;

	if (!may_hand_over("free_all_bootmem", __builtin_return_address(0)))
		return 0;
	reset_all_zones_managed_pages();
	pages = free_ranges(false);
	while (bootmem_next_map(&bdata, &start, &end))
		pages += release_frames(page_zone(pfn_to_page(start)), start, end);
	for_each_online_pgdat(pgdat)
		pgdat->bdata = NULL; /* was in the pages just freed */
	return pages;
}
#endif

/* What the direct map does not reach: only memblock knows it, in both ways of booting. */
static void free_highpages(void)
{
	free_ranges(true);
}

/* Gives back the frames [start, end) that are reserved RAM; `poison` 0 .. 255 fills them first. */
static unsigned long free_reserved_frames(pfn_t start, pfn_t end, int poison, const void *caller)
{
	unsigned long pages = 0;
	pfn_t pfn;

	for (pfn = start; pfn < end; pfn++) {
		if (!is_reserved_ram(pfn)) {
			quire_warn(caller, "free_reserved_area: page frame 0x%lx is not reserved RAM", pfn);
			continue;
		}
		/* Where it was reserved by the byte, not all of it was. */
		annotate_block_open(pfn_to_page(pfn), 0);
		if (poison >= 0)
			memset(phys_to_virt(PFN_PHYS(pfn)), poison, PAGE_SIZE);
		release_block(page_zone(pfn_to_page(pfn)), pfn, 0);
		pages++;
	}
	return pages;
}

unsigned long free_reserved_area(void *start, void *end, int poison, const char *name)
{
	/* Pages are aligned by physical address, and the last may end where addresses end. */
	phys_addr_t base = virt_to_phys(start), size = (uintptr_t)end - (uintptr_t)start;
	pfn_t first = PFN_UP(base), last = PFN_DOWN(base + size);
	unsigned long pages;

	if (WARN(this_quire()->phase != PHASE_BUDDY || last > max_low_pfn,
		 "free_reserved_area: 0x%llx-0x%llx is not in the direct map of a machine that is up",
		 (unsigned long long)base, (unsigned long long)(base + size)))
		return 0;
	pages = free_reserved_frames(first, last, poison, __builtin_return_address(0));
	if (pages && name)
		pr_info("Freeing %s memory: %luK", name, pages << (PAGE_SHIFT - 10));
	return pages;
}

void memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	if (WARN(this_quire()->phase != PHASE_BUDDY,
		 "memblock_free_late before the page allocator is up: use memblock_phys_free"))
		return;
	kmemleak_free_part_phys(base, size);
	free_reserved_frames(PFN_UP(base), PFN_DOWN(base + size), -1, __builtin_return_address(0));
}

/* ---- the summary ---- */

static unsigned long kilobytes(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}
static unsigned long section_kilobytes(const struct machine_section *section)
{
	return (unsigned long)(section->size >> 10);
}

static unsigned long present_pages(void)
{
	unsigned long pages = 0;
	pg_data_t *pgdat;

	for_each_online_pgdat(pgdat)
		pages += pgdat->node_present_pages;
	return pages;
}

static void mem_init_print_info(void)
{
	const struct boot_state *boot = &this_quire()->boot;
	unsigned long present = present_pages();
	char highmem[40] = "", cma[40] = "";

	if (zone_configured(ZONE_HIGHMEM))
		quire_snprintf(highmem, sizeof(highmem), ", %luK highmem", kilobytes(totalhigh_pages()));
	if (totalcma_pages)
		quire_snprintf(cma, sizeof(cma), ", %luK cma-reserved", kilobytes(totalcma_pages));
	pr_info("Memory: %luK/%luK available (%luK kernel code, %luK rwdata, %luK rodata, "
		"%luK init, %luK bss, %luK reserved%s%s)",
		kilobytes(nr_free_pages()), kilobytes(present), section_kilobytes(&boot->text),
		section_kilobytes(&boot->rwdata), section_kilobytes(&boot->rodata),
		section_kilobytes(&boot->init), section_kilobytes(&boot->bss),
		kilobytes(present - totalram_pages() - totalcma_pages), cma, highmem);
}

/* A machine this small would refuse nearly every fork: let it overcommit (B8). */
static void overcommit_on_small_machines(void)
{
	if (PAGE_SIZE >= 16384 && present_pages() <= 128) {
		this_quire()->page.overcommit_memory = 1;
		pr_info("mem_init: %lu pages of %luK: vm.overcommit_memory is 1 (always)",
			present_pages(), PAGE_SIZE >> 10);
	}
}

int mem_init(void)
{
	struct quire *q = this_quire();
	bool from_bootmem = q->phase == PHASE_BOOTMEM;
	int err = memblock_clear_hotplug(0, PHYS_ADDR_MAX);

	if (err)
		return err;
	free_unused_memmap();
	memmap_init();
	q->page.is_handing_over = true;
#if CONFIG_BOOTMEM
	if (from_bootmem)
		free_all_bootmem();
#endif
	if (!from_bootmem)
		memblock_free_all();
	free_highpages();
	q->page.is_handing_over = false;
	q->phase = PHASE_BUDDY;
	/* From now on memblock's arrays do not grow, but other CPUs may ask. */
	q->memblock_part.is_shared = q->page.hotplug.nr_ranges;
	mem_init_print_info();
	overcommit_on_small_machines();
	return 0;
}
