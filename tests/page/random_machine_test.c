/* SPDX-License-Identifier: MIT */
/*
 * random_machine_test.c - thousands of random machines against an obvious model.
 *
 * The model is a byte a page: 0 hole, 1 RAM, 2 reserved, one array for the whole machine.
 * With MACHINE_AS_DUMPED nothing else may be taken, so the free pages must be exactly the
 * model's 1s; and the blocks must be those of the one canonical cutting: the largest
 * aligned blocks of free pages in one zone and node.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>

#include "tests/fixture.h"
#include "tests/tap.h"

#define PAGES 16384 /* 64 MB of addresses with pages of 4 KB */
#define BASE_PFN ((pfn_t)0x40000)
#define MAX_BANKS 12

enum { HOLE, FREE, TAKEN };

static u8 model[PAGES];
static u8 model_zone[PAGES]; /* zone and node, as one number */

/* ---- a random machine ---- */

static void random_banks(struct quire_machine *m, int nodes)
{
	u64 at = test_random_below(300), banks = 1 + test_random_below(MAX_BANKS), i;

	for (i = 0; i < banks && at < PAGES - 8; i++) {
		u64 pages = 1 + test_random_below((PAGES - 4 - at) / (test_random_below(4) + 1));
		int nid = (int)test_random_below((u64)nodes);

		/* At times a bank begins and ends inside a page: those two do not count. */
		if (test_random_below(4) == 0) {
			at++; /* not the part page that the bank before may end in */
			test_bank(m, PFN_PHYS(BASE_PFN + at + 1) - 100, PFN_PHYS(pages) + 200, nid);
			at += 2;
		} else {
			test_bank(m, PFN_PHYS(BASE_PFN + at), PFN_PHYS(pages), nid);
		}
		if (test_random_below(8) == 0)
			((struct machine_bank *)(uintptr_t)m->banks)[m->nr_banks - 1].flags =
				1U << test_random_below(4);
		at += pages + test_random_below(5) * test_random_below(700);
	}
}

static void random_reservations(struct quire_machine *m)
{
	u64 count = test_random_below(40), i;

	for (i = 0; i < count; i++) {
		phys_addr_t base = PFN_PHYS(BASE_PFN) + test_random_below(PAGES * (u64)PAGE_SIZE);
		phys_addr_t size = test_random_below(1 + test_random_below(1 << (8 + test_random_below(14))));

		test_reserve(m, base, size);
	}
}

static void random_zones(struct quire_machine *m)
{
	phys_addr_t base = PFN_PHYS(BASE_PFN);

	m->zones = 1U << ZONE_NORMAL;
	if (test_random_below(2)) {
		m->zones |= 1U << ZONE_DMA;
		m->zone_end[ZONE_DMA] = base + PFN_PHYS(test_random_below(PAGES / 2));
	}
	if (test_random_below(2)) {
		m->zones |= 1U << ZONE_HIGHMEM;
		m->lowmem_end = base + PFN_PHYS(PAGES / 2 + test_random_below(PAGES / 2));
		m->zone_end[ZONE_NORMAL] = 0;
	}
	if (test_random_below(3) == 0) {
		m->zones |= 1U << ZONE_MOVABLE;
		m->movable_start = base + PFN_PHYS(test_random_below(PAGES));
	}
}

static struct quire_machine *random_machine(void)
{
	struct quire_machine *m = test_machine_new();

	m->max_order = 1 + (unsigned int)test_random_below(13);
	if (m->max_order > 1)
		m->block_order = (unsigned int)test_random_below(m->max_order);
	m->nr_cpus = 1 + (unsigned int)test_random_below(3);
	if (test_random_below(4) == 0)
		m->page_shift = 10 + (unsigned int)test_random_below(7);
	if (m->page_shift)
		this_quire()->geo.page_shift = m->page_shift;
	if (test_random_below(4) == 0)
		m->flags = MACHINE_BOTTOM_UP;
	random_banks(m, 1 + (int)test_random_below(4));
	random_reservations(m);
	random_zones(m);
	return m;
}

/* ---- the model of it ---- */

static void mark(phys_addr_t base, phys_addr_t size, u8 what, u8 only_over, bool whole_pages)
{
	u64 first = whole_pages ? PFN_UP(base) : PFN_DOWN(base);
	u64 end = whole_pages ? PFN_DOWN(base + size) : PFN_UP(base + size), pfn;

	for (pfn = first; pfn < end; pfn++)
		if (pfn >= BASE_PFN && pfn < BASE_PFN + PAGES && model[pfn - BASE_PFN] >= only_over)
			model[pfn - BASE_PFN] = what;
}

/* Other banks have page structures, but are not for the allocator. */
static bool is_usable(const struct machine_bank *bank)
{
	return !(bank->flags & (MEMBLOCK_NOMAP | MEMBLOCK_DRIVER_MANAGED));
}

static void build_model(const struct quire_machine *m)
{
	size_t i;

	memset(model, HOLE, sizeof(model));
	for (i = 0; i < m->nr_banks; i++)
		mark(m->banks[i].base, m->banks[i].size, is_usable(&m->banks[i]) ? FREE : TAKEN, HOLE, true);
	for (i = 0; i < m->nr_reserved; i++)
		if (m->reserved[i].size)
			mark(m->reserved[i].base, m->reserved[i].size, TAKEN, FREE, false);
}

static unsigned long model_free(void)
{
	unsigned long pages = 0;
	size_t i;

	for (i = 0; i < PAGES; i++)
		pages += model[i] == FREE;
	return pages;
}

/* Whose each free page is, as the zones' spans and the banks say. */
static void build_model_zones(const struct quire_machine *m)
{
	struct zone *zone;
	size_t i;
	pfn_t pfn;

	memset(model_zone, 0xff, sizeof(model_zone));
	for (i = 0; i < m->nr_banks; i++)
		for (pfn = PFN_UP(m->banks[i].base); pfn < PFN_DOWN(m->banks[i].base + m->banks[i].size); pfn++)
			for_each_populated_zone(zone)
				if (zone->node == m->banks[i].nid && zone_spans_pfn(zone, pfn))
					model_zone[pfn - BASE_PFN] = (u8)(zone->node * MAX_NR_ZONES + zone->zone_idx);
}

/* Is [at, at + 2^order) free, whole, aligned, and one zone's? */
static bool is_block(size_t at, unsigned int order)
{
	size_t i, pages = (size_t)1 << order;

	if ((BASE_PFN + at) & (pages - 1) || at + pages > PAGES)
		return false;
	for (i = at; i < at + pages; i++)
		if (model[i] != FREE || model_zone[i] != model_zone[at])
			return false;
	return true;
}

/* The canonical cutting of the model's free pages, counted as blocks by zone and order. */
static void check_blocks(const struct quire_machine *m)
{
	static unsigned long blocks[256][MAX_ORDER_LIMIT];
	struct zone *zone;
	size_t at = 0;
	unsigned int order;

	build_model_zones(m);
	memset(blocks, 0, sizeof(blocks));
	while (at < PAGES) {
		if (model[at] != FREE) {
			at++;
			continue;
		}
		for (order = MAX_ORDER - 1; !is_block(at, order); order--)
			;
		blocks[model_zone[at]][order]++;
		at += (size_t)1 << order;
	}
	for_each_populated_zone(zone)
		for (order = 0; order < MAX_ORDER; order++)
			if (!CHECK_EQ(test_free_blocks(zone, order),
				      blocks[zone->node * MAX_NR_ZONES + zone->zone_idx][order]))
				tap_note("node %d zone %s order %u", zone->node, zone->name, order);
}

/* ---- taking all and giving it back, at random ---- */

static unsigned long list_counts[64][MAX_ORDER_LIMIT];

static void save_lists(void)
{
	struct zone *zone;
	unsigned int order;
	int n = 0;

	for_each_populated_zone(zone) {
		for (order = 0; order < MAX_ORDER; order++)
			list_counts[n][order] = test_free_blocks(zone, order);
		n++;
	}
}

static void check_lists_as_saved(void)
{
	struct zone *zone;
	unsigned int order;
	int n = 0;

	for_each_populated_zone(zone) {
		for (order = 0; order < MAX_ORDER; order++)
			CHECK_EQ(test_free_blocks(zone, order), list_counts[n][order]);
		n++;
	}
}

static void churn(void)
{
	static struct {
		struct page *page;
		unsigned int order;
	} held[PAGES];
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_HIGHUSER, GFP_HIGHUSER_MOVABLE,
				       GFP_KERNEL | __GFP_RECLAIMABLE, GFP_DMA, GFP_KERNEL | __GFP_COMP };
	unsigned long free_at_start = nr_free_pages(), taken = 0, i;
	size_t n = 0;
	int step;

	save_lists();
	for (step = 0; step < 600; step++) {
		test_set_cpu((unsigned int)test_random_below(quire_nr_cpus()));
		if (test_random_below(5) < 3) {
			unsigned int order = (unsigned int)test_random_below(1 + test_random_below(MAX_ORDER));
			/* Half of them go down to the last page. */
			gfp_t below = test_random_below(2) ? __GFP_MEMALLOC : 0;
			struct page *page = alloc_pages(kinds[test_random_below(6)] | below | __GFP_NOWARN, order);

			if (!page)
				continue;
			for (i = 0; i < 1UL << order; i++) {
				size_t at = page_to_pfn(page) + i - BASE_PFN;

				if (!CHECK(at < PAGES && model[at] == FREE))
					return;
				model[at] = TAKEN + 1;
			}
			held[n].page = page;
			held[n++].order = order;
			taken += 1UL << order;
		} else if (n) {
			size_t victim = test_random_below(n);

			for (i = 0; i < 1UL << held[victim].order; i++)
				model[page_to_pfn(held[victim].page) + i - BASE_PFN] = FREE;
			taken -= 1UL << held[victim].order;
			__free_pages(held[victim].page, held[victim].order);
			held[victim] = held[--n];
		}
		if (step % 100 == 0)
			CHECK_EQ(page_alloc_validate(), 0);
	}
	CHECK_EQ(nr_free_pages(), free_at_start - taken);
	while (n--)
		__free_pages(held[n].page, held[n].order);
	test_set_cpu(0);
	drain_all_pages(NULL);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(nr_free_pages(), free_at_start);
	check_lists_as_saved();
}

/* ---- the tests ---- */

static bool has_lowmem(const struct quire_machine *m)
{
	size_t i;

	for (i = 0; i < m->nr_banks; i++)
		if (!m->lowmem_end || PFN_UP(m->banks[i].base) < PFN_DOWN(m->lowmem_end))
			return true;
	return false;
}

/* Boots the machine, or says why not: a machine of no whole page, or none in lowmem, is refused. */
static bool boot_random(struct quire_machine *m)
{
	int err = test_machine_boot(m);

	if (err)
		CHECK(err == -EINVAL && (!has_lowmem(m) || log_contains("not one whole page") ||
					 log_contains("above the direct map")));
	return !err;
}

static void free_pages_and_blocks_are_the_models(void)
{
	unsigned long machines = test_rounds(2000), i;

	for (i = 0; i < machines; i++) {
		struct quire_machine *m = random_machine();

		m->flags |= MACHINE_AS_DUMPED | (test_random_below(2) ? MACHINE_BOOTMEM : 0);
		build_model(m);
		if (boot_random(m)) {
			if (!CHECK_EQ(nr_free_pages(), model_free()))
				tap_note("machine %lu", i);
			check_blocks(m);
			CHECK_EQ(page_alloc_validate(), 0);
		}
		log_clear();
		test_machine_end(m);
	}
}

static void freeing_everything_leads_back_to_the_initial_lists(void)
{
	unsigned long machines = test_rounds(300), i;

	for (i = 0; i < machines; i++) {
		struct quire_machine *m = random_machine();

		m->flags |= MACHINE_AS_DUMPED;
		build_model(m);
		if (boot_random(m))
			churn();
		log_clear();
		test_machine_end(m);
	}
}

/* Metadata in the RAM this time: which pages it takes must not depend on the way of booting. */
static void both_boot_paths_leave_the_same_free_pages(void)
{
	unsigned long machines = test_rounds(500), i, compared = 0;

	for (i = 0; i < machines; i++) {
		struct quire_machine *m = random_machine();
		struct quire *q = test_machine_quire(m);
		unsigned long free_pages;

		if (test_machine_boot(m) == 0) {
			free_pages = nr_free_pages();
			save_lists();
			CHECK_EQ(page_alloc_validate(), 0);
			quire_reset();
			m->flags |= MACHINE_BOOTMEM;
			if (CHECK_EQ(quire_boot(m), 0)) {
				CHECK_EQ(nr_free_pages(), free_pages);
				check_lists_as_saved();
				CHECK_EQ(page_alloc_validate(), 0);
				compared++;
			}
		}
		CHECK_PTR(this_quire(), q);
		log_clear();
		test_machine_end(m);
	}
	CHECK(compared > machines / 2);
	tap_note("%lu machines compared", compared);
}

const struct tap_test tap_tests[] = {
	TEST(free_pages_and_blocks_are_the_models),
	TEST(freeing_everything_leads_back_to_the_initial_lists),
	TEST(both_boot_paths_leave_the_same_free_pages),
	{ NULL, NULL },
};
