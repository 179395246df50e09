/* SPDX-License-Identifier: MIT */
/*
 * cma_test.c - contiguous areas: how they are set aside, whom their pages are lent to, and that
 * cma_alloc gets them back.
 */
#include <string.h>

#include <quire/migrate.h>
#include <quire/quire.h>

#include "mm/page/internal.h"
#include "mm/proc/internal.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define AREA_PAGES 1024UL

static struct quire_machine *machine;
static struct zone *zone;
static struct cma *area;

static void check_all(void)
{
	CHECK_EQ(page_alloc_validate(), 0);
}

static void describe(void)
{
	machine = test_machine_new();
	test_bank(machine, 16 * MB, 16 * MB, 0);
	machine->block_order = 6;
	machine->nr_cpus = CONFIG_SMP ? 2 : 1;
	area = NULL;
}

/*
 *      16M             24M      28M       32M
 *      | RAM            | area   | RAM     |
 */
static void boot_with_area(void)
{
	static const struct machine_cma cma = {
		.name = "camera", .base = 24 * MB, .size = 4 * MB, .is_fixed = true,
	};

	describe();
	machine->cma = &cma;
	machine->nr_cma = 1;
	REQUIRE(test_machine_boot(machine) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	area = this_quire()->page.cma_areas;
	REQUIRE(area);
	check_all();
}

static bool is_in_area(const struct page *page)
{
	pfn_t pfn = page_to_pfn(page);

	return pfn >= PFN_DOWN(24 * MB) && pfn < PFN_DOWN(28 * MB);
}

static unsigned long free_cma(void)
{
	drain_all_pages(NULL);
	return zone_page_state(zone, NR_FREE_CMA_PAGES);
}

static unsigned long bits_set(void)
{
	return bitmap_weight(area->bitmap, area->count >> area->order_per_bit);
}

/* ---- setting aside ---- */

static int (*early)(void);

static int run_early(void *ctx)
{
	(void)ctx;
	return early();
}

static void boot_with(int (*fn)(void))
{
	describe();
	early = fn;
	machine->early = run_early;
	REQUIRE(test_machine_boot(machine) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
}

static int declare_many(void)
{
	struct cma *cma;

	CHECK_EQ(cma_declare_contiguous(0, 0, 0, 0, 0, false, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 0, 3, 0, false, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(20 * MB + 4096, 1 * MB, 0, 0, 0, true, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 0, 0, 11, false, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 256 << 10, 0, 0, 7, false, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(31 * MB, 2 * MB, 0, 0, 0, true, "x", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 4096, 0, 0, false, "below any page block", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 24 * MB, 32 * MB, 0, false, "no such multiple", NULL), -EINVAL);
	CHECK_EQ(cma_declare_contiguous(0, 16 * MB, 0, 0, 0, false, "x", NULL), -ENOMEM);
	CHECK(log_contains("cma: Failed to reserve 16 MiB"));
	CHECK_PTR(this_quire()->page.cma_areas, NULL);
	/* Of whole page blocks; below the limit; where it says. */
	CHECK_EQ(cma_declare_contiguous(0, 100 << 10, 20 * MB, 0, 0, false, NULL, &cma), 0);
	CHECK_EQ(cma_get_size(cma), 256 << 10);
	CHECK(cma_get_base(cma) >= 16 * MB && cma_get_base(cma) < 20 * MB);
	CHECK_EQ(cma_get_base(cma) % (256 << 10), 0);
	CHECK_STR(cma_get_name(cma), "cma0");
	CHECK(memblock_is_region_reserved(cma_get_base(cma), cma_get_size(cma)));
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 0, 2 * MB, 2, false, "big steps", &cma), 0);
	CHECK_EQ(cma_get_base(cma) % (2 * MB), 0);
	CHECK_EQ(cma_declare_contiguous(22 * MB, 1 * MB, 0, 0, 0, true, "fixed", &cma), 0);
	CHECK_EQ(cma_get_base(cma), 22 * MB);
	CHECK(log_contains("cma: Reserved 1 MiB at 0x"));
	CHECK_EQ(cma_declare_contiguous(22 * MB, 1 * MB, 0, 0, 0, true, "again", NULL), -EBUSY);
	CHECK_EQ(cma_init_reserved_mem(26 * MB, 1 * MB, 0, "not reserved", NULL), -EINVAL);
	CHECK_EQ(memblock_reserve(26 * MB, 1 * MB), 0);
	CHECK_EQ(cma_init_reserved_mem(26 * MB, 1 * MB + 4096, 0, "in part", NULL), -EINVAL);
	CHECK_EQ(cma_init_reserved_mem(26 * MB, 2 * MB, 0, "its first half", NULL), -EINVAL);
	CHECK_EQ(cma_init_reserved_mem(25 * MB, 2 * MB, 0, "its second half", NULL), -EINVAL);
	CHECK_EQ(cma_init_reserved_mem(26 * MB, 1 * MB, 0, "reserved", &cma), 0);
	CHECK_EQ(cma_init_reserved_mem(26 * MB, 1 * MB, 0, "twice", &cma), -EINVAL);
	return 0;
}

static int add_size(struct cma *cma, void *data)
{
	*(unsigned long *)data += cma_get_size(cma);
	return 0;
}
static int stop_at_fixed(struct cma *cma, void *data)
{
	*(struct cma **)data = cma;
	return !strcmp(cma_get_name(cma), "fixed") ? 42 : 0;
}

static void areas_are_set_aside_as_they_are_asked_for(void)
{
	unsigned long sum = 0;
	struct cma *cma;

	boot_with(declare_many);
	CHECK_EQ(cma_for_each_area(add_size, &sum), 0);
	CHECK_EQ(sum, 4 * MB + (256 << 10)); /* the second became as large as its alignment */
	CHECK_EQ(totalcma_pages, sum >> PAGE_SHIFT);
	CHECK_EQ(zone->cma_pages, totalcma_pages);
	CHECK_EQ(free_cma(), totalcma_pages);
	CHECK_EQ(cma_for_each_area(stop_at_fixed, &cma), 42);
	CHECK_EQ(cma_get_base(cma), 22 * MB);
	CHECK_STR(cma_get_name(NULL), "(undefined)");
	check_all();
	/* Too late. */
	CHECK_EQ(cma_declare_contiguous(0, 1 * MB, 0, 0, 0, false, "late", NULL), -EINVAL);
	CHECK(log_contains("memblock hands out no memory now"));
}

static void an_area_is_lent_from_the_start(void)
{
	unsigned long managed;

	boot_with_area();
	CHECK_STR(cma_get_name(area), "camera");
	CHECK_EQ(free_cma(), AREA_PAGES);
	CHECK_EQ(get_pageblock_migratetype(pfn_to_page(PFN_DOWN(24 * MB))), MIGRATE_CMA);
	CHECK_EQ(get_pageblock_migratetype(pfn_to_page(PFN_DOWN(28 * MB) - 1)), MIGRATE_CMA);
	CHECK(get_pageblock_migratetype(pfn_to_page(PFN_DOWN(28 * MB))) != MIGRATE_CMA);
	managed = zone->managed_pages;
	CHECK_EQ(managed, totalram_pages());
	CHECK(nr_free_pages() > 3 * AREA_PAGES - 200);
	CHECK(log_contains(", 4096K cma-reserved)"));
}

/* It covers the border between two zones. */
static void an_area_of_two_zones_is_given_up(void)
{
	static const struct machine_cma cma = {
		.name = "both", .base = 22 * MB, .size = 4 * MB, .is_fixed = true,
	};
	unsigned long total;

	describe();
	machine->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	machine->zone_end[ZONE_DMA] = 24 * MB;
	machine->cma = &cma;
	machine->nr_cma = 1;
	REQUIRE(test_machine_boot(machine) == 0);
	zone = &NODE_DATA(0)->node_zones[ZONE_NORMAL];
	CHECK(log_contains("cma: CMA area both could not be activated"));
	CHECK_EQ(totalcma_pages, 0);
	CHECK_EQ(zone->cma_pages, 0);
	CHECK(!cma_alloc(this_quire()->page.cma_areas, 1, 0, true));
	check_all();
	total = totalram_pages();
	CHECK(total > 4096 - 250);
}

/*
 *      16M       22M    24M    26M  28M       36M
 *      | RAM      [ area       ]    | RAM      |
 */
static void of_an_area_over_a_hole_just_the_ram_is_given_back(void)
{
	static const struct machine_cma cma = {
		.name = "torn", .base = 22 * MB, .size = 4 * MB, .is_fixed = true,
	};

	machine = test_machine_new();
	test_bank(machine, 16 * MB, 8 * MB, 0);
	test_bank(machine, 28 * MB, 8 * MB, 0);
	machine->block_order = 6;
	machine->cma = &cma;
	machine->nr_cma = 1;
	REQUIRE(test_machine_boot(machine) == 0);
	CHECK(log_contains("cma: CMA area torn could not be activated"));
	CHECK(!log_contains("is not reserved RAM"));
	CHECK_EQ(totalcma_pages, 0);
	CHECK(totalram_pages() > 4096 - 250);
	check_all();
}

static int declare_reserved_on_error(void)
{
	struct cma *cma;

	REQUIRE(cma_declare_contiguous(22 * MB, 4 * MB, 0, 0, 0, true, "both", &cma) == 0);
	cma_reserve_pages_on_error(cma);
	return 0;
}

static void an_area_that_is_given_up_may_stay_reserved(void)
{
	describe();
	machine->zones = 1U << ZONE_DMA | 1U << ZONE_NORMAL;
	machine->zone_end[ZONE_DMA] = 24 * MB;
	early = declare_reserved_on_error;
	machine->early = run_early;
	REQUIRE(test_machine_boot(machine) == 0);
	CHECK(log_contains("could not be activated"));
	CHECK(totalram_pages() < 3072);
	check_all();
}

static void a_listed_area_that_cannot_be_stops_the_boot(void)
{
	static const struct machine_cma cma = { .name = "huge", .size = 64 * MB };

	describe();
	machine->cma = &cma;
	machine->nr_cma = 1;
	CHECK_EQ(test_machine_boot(machine), -EINVAL);
	CHECK(log_contains("CMA area 0 (huge) cannot be set aside"));
}

/* ---- lending ---- */

static void movable_requests_take_from_the_area_once_it_has_more_than_half(void)
{
	struct page *page;
	unsigned long others;

	boot_with_area();
	/* 3/4 are elsewhere: first those. */
	others = zone_page_state(zone, NR_FREE_PAGES) - free_cma();
	CHECK(others > AREA_PAGES);
	do {
		page = alloc_pages(GFP_HIGHUSER_MOVABLE, 3);
		REQUIRE(page);
	} while (!is_in_area(page));
	drain_all_pages(NULL);
	others = zone_page_state(zone, NR_FREE_PAGES) - free_cma();
	CHECK(others > AREA_PAGES / 2 && others <= AREA_PAGES + 64);
	check_all();
}

static void unmovable_requests_never_get_a_page_of_the_area(void)
{
	struct page *page;
	unsigned long n = 0;

	boot_with_area();
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		CHECK(!is_in_area(page));
		n++;
	}
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_RECLAIMABLE | __GFP_NOWARN, 0)))
		CHECK(!is_in_area(page));
	CHECK(n > 2 * AREA_PAGES);
	CHECK_EQ(free_cma(), AREA_PAGES);
	CHECK_EQ(nr_free_pages(), AREA_PAGES);
	check_all();
	/* And movable ones get all of it, to the last page. */
	for (n = 0; (page = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN, 0)); n++)
		CHECK(is_in_area(page));
	CHECK_EQ(n, AREA_PAGES);
	check_all();
}

/* No mark is met by pages that the request cannot have. */
static void watermarks_do_not_count_the_area_for_others(void)
{
	unsigned long n = 0;

	boot_with_area();
	zone->_watermark[WMARK_MIN] = 100;
	while (alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0))
		n++;
	drain_all_pages(NULL);
	CHECK(zone_page_state(zone, NR_FREE_PAGES) - free_cma() >= 100);
	CHECK(zone_page_state(zone, NR_FREE_PAGES) - free_cma() < 100 + 64);
	CHECK_EQ(free_cma(), AREA_PAGES);
	CHECK(alloc_pages(GFP_HIGHUSER_MOVABLE, 0) != NULL);
}

/* ---- taking back ---- */

static struct page *table[4096];

static bool isolate_mine(struct page *page, isolate_mode_t mode)
{
	(void)page;
	(void)mode;
	return true;
}
static void keep_mine(struct page *page)
{
	(void)page;
}
static int move_mine(struct page *dst, struct page *src, enum migrate_mode mode);
static const struct movable_operations mover = { isolate_mine, move_mine, keep_mine };

static void make_movable(struct page *page, unsigned long index)
{
	set_page_private(page, index);
	__SetPageMovable(page, &mover);
	table[index] = page;
}

static int move_mine(struct page *dst, struct page *src, enum migrate_mode mode)
{
	unsigned long index = page_private(src);

	(void)mode;
	memcpy(page_address(dst), page_address(src), PAGE_SIZE);
	get_page(dst);
	make_movable(dst, index);
	__free_pages(src, 0);
	return 0;
}

/* Movable pages with a number in each, until a quarter of the area is lent. Returns how many. */
static unsigned long lend_some(void)
{
	unsigned long n = 0;

	while (free_cma() > AREA_PAGES / 4 * 3) {
		struct page *page = alloc_pages(GFP_HIGHUSER_MOVABLE, 0);

		REQUIRE(page && n < ARRAY_SIZE(table));
		make_movable(page, n);
		*(unsigned long *)page_address(page) = n * 3;
		n++;
	}
	return n;
}

static void check_lent(unsigned long n)
{
	while (n--)
		CHECK_EQ(*(unsigned long *)page_address(table[n]), n * 3);
}

static void what_is_lent_is_moved_out_when_the_area_is_wanted(void)
{
	unsigned long lent, free_before;
	struct page *page;
	pfn_t pfn;

	boot_with_area();
	lent = lend_some();
	drain_all_pages(NULL);
	free_before = nr_free_pages();
	page = cma_alloc(area, AREA_PAGES, 0, false);
	REQUIRE(page);
	CHECK_EQ(page_to_pfn(page), PFN_DOWN(24 * MB));
	CHECK_EQ(nr_free_pages(), free_before - AREA_PAGES);
	CHECK_EQ(bits_set(), AREA_PAGES);
	CHECK_EQ(free_cma(), 0);
	check_lent(lent);
	for (pfn = area->base_pfn; pfn < area->base_pfn + AREA_PAGES; pfn++)
		CHECK_EQ(page_ref_count(pfn_to_page(pfn)), 1);
	check_all();
	CHECK(!cma_alloc(area, 1, 0, true));
	CHECK(cma_release(area, page, AREA_PAGES));
	CHECK_EQ(bits_set(), 0);
	drain_all_pages(NULL);
	CHECK_EQ(nr_free_pages(), free_before);
	CHECK_EQ(free_cma(), AREA_PAGES);
	check_lent(lent);
	check_all();
}

/* A page that cannot move: the next range that is free of such is taken. */
static void a_page_that_cannot_move_is_stepped_over(void)
{
	struct page *page, *pinned = NULL;

	boot_with_area();
	while (!pinned || page_to_pfn(pinned) >= area->base_pfn + 64 || !is_in_area(pinned)) {
		pinned = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0);
		REQUIRE(pinned);
	}
	/* All others may move. */
	page = cma_alloc(area, AREA_PAGES, 0, false);
	CHECK_PTR(page, NULL);
	CHECK(log_contains("cma: cma_alloc: camera: alloc failed, req-size: 1024 pages, ret: -16"));
	/* A request is counted, not each range that was tried. */
	CHECK_EQ(vm_event(CMA_ALLOC_FAIL), 1);
	CHECK_EQ(bits_set(), 0);
	check_all();
	page = cma_alloc(area, 512, 9, false);
	if (page) {
		CHECK(page_to_pfn(page) > page_to_pfn(pinned));
		CHECK_EQ(page_to_pfn(page) % 512, 0);
		CHECK(cma_release(area, page, 512));
	}
	CHECK_EQ(bits_set(), 0);
	check_all();
}

static void nonsense_is_refused(void)
{
	struct page *page;

	boot_with_area();
	CHECK(!cma_alloc(NULL, 1, 0, true));
	CHECK(!cma_alloc(area, 0, 0, true));
	CHECK(!cma_alloc(area, AREA_PAGES + 1, 0, true));
	CHECK(!cma_alloc(area, 1, 12, false));
	CHECK_EQ(vm_event(CMA_ALLOC_SUCCESS), 0);
	CHECK_EQ(vm_event(CMA_ALLOC_FAIL), 4);
	page = cma_alloc(area, 16, 4, false);
	REQUIRE(page);
	CHECK_EQ(vm_event(CMA_ALLOC_SUCCESS), 1);
	CHECK_EQ(vm_event(CMA_ALLOC_FAIL), 4);
	CHECK(cma_pages_valid(area, page, 16));
	CHECK(cma_pages_valid(area, page, AREA_PAGES));
	CHECK(!cma_pages_valid(area, page, AREA_PAGES + 1));
	CHECK(!cma_pages_valid(area, page - 1, 1));
	CHECK(!cma_pages_valid(area, NULL, 1));
	CHECK(!cma_pages_valid(NULL, page, 1));
	CHECK(!cma_release(area, page - 1, 1));
	CHECK(!cma_release(area, page, 0));
	log_clear();
	CHECK(!cma_release(area, page, 17));
	CHECK(log_contains("were not taken"));
	CHECK(cma_release(area, page, 8)); /* in parts */
	CHECK(!cma_release(area, page, 8));
	CHECK(cma_release(area, page + 8, 8));
	CHECK_EQ(bits_set(), 0);
	check_all();
}

static int declare_between_multiples(void)
{
	struct cma *cma;
	unsigned int i;

	for (i = 0; i < 3; i++) { /* page blocks are of 64 pages: each may come to lie behind an odd one */
		REQUIRE(cma_declare_contiguous(0, 256 << 10, 0, 0, 0, false, NULL, NULL) == 0);
		REQUIRE(cma_declare_contiguous(0, 1 * MB, 0, 0, 7, false, NULL, &cma) == 0);
		CHECK_EQ(cma->base_pfn % 128, 0);
	}
	return cma_declare_contiguous(18 * MB + (256 << 10), 1 * MB, 0, 0, 7, true, "odd", &area);
}

/* Bits of 128 pages, the first of them 64 pages behind a multiple of 128: so are all. */
static void no_request_gets_less_than_its_alignment(void)
{
	struct page *page;

	boot_with(declare_between_multiples);
	CHECK_PTR(cma_alloc(area, 128, 7, true), NULL);
	CHECK_PTR(cma_alloc(area, 128, 8, true), NULL);
	CHECK_EQ(bits_set(), 0);
	page = cma_alloc(area, 128, 6, true);
	REQUIRE(page);
	CHECK_EQ(page_to_pfn(page), area->base_pfn);
	CHECK(cma_release(area, page, 128));
	check_all();
}

/* ---- failures ---- */

static void each_failure_on_the_way_to_the_pages_changes_nothing(void)
{
	unsigned long lent, free_before, n;
	struct page *page = NULL;

	boot_with_area();
	lent = lend_some();
	drain_all_pages(NULL);
	free_before = nr_free_pages();
	for (n = 1; !page; n++) {
		REQUIRE(n < 5000);
		quire_fail_nth(n, true);
		page = cma_alloc(area, AREA_PAGES, 0, true);
		quire_fail_off();
		if (page)
			break;
		CHECK_EQ(bits_set(), 0);
		drain_all_pages(NULL);
		CHECK_EQ(nr_free_pages(), free_before);
		if (n < 20 || n % 64 == 0)
			check_all();
		/* Let the next one find as much lent. */
		n += n / 8;
	}
	tap_note("%lu allocations", n - 1);
	check_lent(lent);
	CHECK(n > 1);
	CHECK(cma_release(area, page, AREA_PAGES));
	check_all();
}

static int declare_with_failures(void)
{
	phys_addr_t before = memblock_reserved_size();
	unsigned long n;
	int err;

	for (n = 1;; n++) {
		quire_fail_nth(n, true);
		err = cma_declare_contiguous(0, 1 * MB, 0, 0, 0, false, "x", NULL);
		quire_fail_off();
		if (!err)
			break;
		CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(memblock_reserved_size(), before);
		CHECK_PTR(this_quire()->page.cma_areas, NULL);
		CHECK_EQ(totalcma_pages, 0);
		REQUIRE(n < 20);
	}
	CHECK(n > 1);
	return 0;
}

static void each_failure_to_set_aside_changes_nothing(void)
{
	boot_with(declare_with_failures);
	CHECK_EQ(free_cma(), 256);
	check_all();
}

/* ---- a model ---- */

#define MODEL_BITS 256 /* of 4 pages each */
#define MAX_HELD 40

static int declare_for_model(void)
{
	return cma_declare_contiguous(24 * MB, 4 * MB, 0, 0, 2, true, "model", &area);
}

/* The first place that suits, looked for one by one; -1: none. */
static long first_fit(const bool *taken, unsigned long bits, unsigned int align)
{
	unsigned long step = align > 2 ? 1UL << (align - 2) : 1, at, i;

	for (at = 0; at + bits <= MODEL_BITS; at += step) {
		for (i = 0; i < bits && !taken[at + i]; i++)
			;
		if (i == bits)
			return (long)at;
	}
	return -1;
}

static void random_requests_get_what_a_model_gets(void)
{
	bool taken[MODEL_BITS] = { false };
	struct { struct page *page; unsigned long count; } held[MAX_HELD];
	unsigned long n = test_rounds(600), nr = 0, i;

	boot_with(declare_for_model);
	for (; n; n--) {
		unsigned long count = 1 + (unsigned long)test_random_below(test_random_below(4) ? 40 : 300);
		unsigned long bits = (count + 3) / 4;
		unsigned int align = (unsigned int)test_random_below(8);
		long at = first_fit(taken, bits, align);
		struct page *page;

		if (nr < MAX_HELD && test_random_below(2)) {
			page = cma_alloc(area, count, align, true);
			CHECK_EQ(page ? (long)((page_to_pfn(page) - area->base_pfn) / 4) : -1, at);
			if (!page || at < 0)
				continue;
			for (i = 0; i < bits; i++)
				taken[at + (long)i] = true;
			held[nr].page = page;
			held[nr++].count = count;
		} else if (nr) {
			i = (unsigned long)test_random_below(nr);
			at = (long)((page_to_pfn(held[i].page) - area->base_pfn) / 4);
			CHECK(cma_release(area, held[i].page, held[i].count));
			for (bits = (held[i].count + 3) / 4; bits; bits--)
				taken[at + (long)bits - 1] = false;
			held[i] = held[--nr];
		}
		for (i = 0, bits = 0; i < MODEL_BITS; i++)
			bits += taken[i];
		CHECK_EQ(bits_set(), bits);
		if (n % 16 == 0)
			check_all();
	}
	check_all();
}

/* ---- reports ---- */

static char text[4096];
static size_t text_length;

static void append(void *ctx, const char *piece, size_t length)
{
	(void)ctx;
	REQUIRE(text_length + length < sizeof(text));
	memcpy(text + text_length, piece, length);
	text_length += length;
	text[text_length] = '\0';
}

static const char *file(const char *name)
{
	struct seq_file m = { .write = append };

	text_length = 0;
	text[0] = '\0';
	return cma_debugfs_show(&m, area, name) ? text : NULL;
}

/* Of 256 bits: 8 taken, 4 free, 1 taken. */
static void the_files_of_an_area_tell_what_is_taken(void)
{
	struct seq_file m = { .write = append };
	struct page *first, *between, *last;

	boot_with(declare_for_model);
	first = cma_alloc(area, 32, 0, false);
	between = cma_alloc(area, 16, 0, false);
	last = cma_alloc(area, 3, 0, false);
	REQUIRE(first && between && last);
	CHECK(cma_release(area, between, 16));
	CHECK_STR(file("base_pfn"), "6144\n");
	CHECK_STR(file("count"), "1024\n");
	CHECK_STR(file("order_per_bit"), "2\n");
	CHECK_STR(file("used"), "36\n");
	CHECK_STR(file("maxchunk"), "972\n");
	CHECK_STR(file("bitmap"), "4351 0 0 0 0 0 0 0\n");
	CHECK_PTR(file("nothing"), NULL);
	text_length = 0;
	cma_show(&m);
	CHECK_STR(text, "model/base_pfn:6144\nmodel/bitmap:4351 0 0 0 0 0 0 0\nmodel/count:1024\n"
			"model/maxchunk:972\nmodel/order_per_bit:2\nmodel/used:36\n");
	text_length = 0;
	meminfo_show(&m);
	CHECK(strstr(text, "CmaTotal:           4096 kB\nCmaFree:  ") != NULL);
	text_length = 0;
	text[0] = '\0';
}

const struct tap_test tap_tests[] = {
	TEST(areas_are_set_aside_as_they_are_asked_for),
	TEST(an_area_is_lent_from_the_start),
	TEST(an_area_of_two_zones_is_given_up),
	TEST(of_an_area_over_a_hole_just_the_ram_is_given_back),
	TEST(an_area_that_is_given_up_may_stay_reserved),
	TEST(a_listed_area_that_cannot_be_stops_the_boot),
	TEST(movable_requests_take_from_the_area_once_it_has_more_than_half),
	TEST(unmovable_requests_never_get_a_page_of_the_area),
	TEST(watermarks_do_not_count_the_area_for_others),
	TEST(what_is_lent_is_moved_out_when_the_area_is_wanted),
	TEST(a_page_that_cannot_move_is_stepped_over),
	TEST(nonsense_is_refused),
	TEST(no_request_gets_less_than_its_alignment),
	TEST(each_failure_on_the_way_to_the_pages_changes_nothing),
	TEST(each_failure_to_set_aside_changes_nothing),
	TEST(random_requests_get_what_a_model_gets),
	TEST(the_files_of_an_area_tell_what_is_taken),
	{ NULL, NULL },
};
