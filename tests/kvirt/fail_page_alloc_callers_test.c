/* SPDX-License-Identifier: MIT */
/*
 * fail_page_alloc_callers_test.c - while 10 to 50 percent of the page allocator's calls
 * fail, everybody who calls it goes on: the boot, blocks, pages by the lot, exact sizes,
 * fragments, vmalloc and vmap, ioremap, kmap, per-CPU memory. Everything validates, what was
 * written stays, and when all is given back nothing is missing.
 */
#include <quire/fault.h>
#include <quire/highmem.h>
#include <quire/percpu.h>

#include "tests/kvirt/vmalloc_support.h"
#include "tests/support/wait_hooks.h"

#define HELD 48
#define LOT 24
#define DEVICE ((phys_addr_t)MB(512))

enum caller {
	BLOCK,
	LOT_OF_PAGES,
	EXACT,
	FRAGMENT,
	VMALLOC,
	VMALLOC_LARGE,
	VMAP,
	IOREMAP,
	KMAP,
	PERCPU,
	NR_CALLERS
};

struct held {
	enum caller caller;
	void *at; /* NULL: nothing is held */
	unsigned long size;
	unsigned int seed;
	struct page *page;
	struct page *pages[LOT];
};

static struct held held[HELD];
static struct page_frag_cache frags;
static unsigned long failures[NR_CALLERS], successes[NR_CALLERS];

static void fail_percent(long percent, long seed)
{
	static const struct {
		const char *knob;
		long value;
	} all[] = { { "times", -1 },
		    { "min-order", 0 },
		    { "ignore-gfp-wait", 0 },
		    { "ignore-gfp-highmem", 0 },
		    { "verbose", 0 } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		CHECK_EQ(fail_page_alloc_set(all[i].knob, all[i].value), 0);
	CHECK_EQ(fail_page_alloc_set("seed", seed), 0);
	CHECK_EQ(fail_page_alloc_set("probability", percent), 0);
}

/* ---- the boot ---- */

static struct quire_machine *failing_machine(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	m->lowmem_end = MB(32);
	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = MB(16);
	m->zone_end[ZONE_NORMAL] = MB(32);
	m->nr_cpus = 2;
	test_machine_kvirt(m, format);
	test_machine_ram(m);
	return m;
}

/* Boots again and again until a boot has no failure; what fails leaves nothing. */
static void boot_until_it_works(struct quire_machine *m, long percent)
{
	long seed;

	for (seed = 0; seed < 10000; seed++) {
		int err;

		fail_percent(percent, seed);
		err = quire_boot(m);
		fail_page_alloc_off();
		if (!err)
			return;
		CHECK_EQ(err, -ENOMEM);
		CHECK_EQ(this_quire()->phase, PHASE_NONE);
		CHECK(!this_quire()->page.mem_map);
	}
	CHECK(!"no boot of so many worked");
	tap_abandon();
}

static void a_boot_works_or_leaves_nothing(void)
{
	int i;

	for (i = 0; i < NR_VMALLOC_FORMATS; i++) {
		struct quire_machine *m = failing_machine(vmalloc_formats[i]);
		struct vmalloc_snapshot before;

		boot_until_it_works(m, 20);
		before = vmalloc_snapshot();
		check_snapshot(&before);
		CHECK_EQ(highmem_validate(), 0);
		CHECK_EQ(percpu_validate(), 0);
		test_machine_end(m);
	}
}

/* ---- taking ---- */

static void *take_block(struct held *h)
{
	unsigned int order = (unsigned int)test_random_below(5);

	h->size = PAGE_SIZE << order;
	h->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	return h->page ? page_address(h->page) : NULL;
}

/* Less than all of them is a failure, and then what came is given back. */
static void *take_lot(struct held *h)
{
	unsigned long nr = 1 + test_random_below(LOT), got, i;

	for (i = 0; i < LOT; i++)
		h->pages[i] = NULL;
	h->size = nr;
	got = alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, nr, h->pages);
	if (got == nr)
		return h->pages;
	for (i = 0; i < got; i++)
		__free_page(h->pages[i]);
	for (; i < nr; i++)
		CHECK_PTR(h->pages[i], NULL);
	return NULL;
}

static void *take_vmap(struct held *h)
{
	unsigned long nr, i;
	void *at;

	if (!take_lot(h))
		return NULL;
	nr = h->size;
	at = vmap(h->pages, (unsigned int)nr, 0, PAGE_KERNEL);
	for (i = 0; !at && i < nr; i++)
		__free_page(h->pages[i]);
	h->size = nr * PAGE_SIZE;
	return at;
}

static void *take_kmap(struct held *h)
{
	h->size = PAGE_SIZE;
	h->page = alloc_pages(GFP_HIGHUSER | __GFP_NOWARN, 0);
	return h->page ? kmap(h->page) : NULL;
}

static void *take(struct held *h)
{
	h->size = 1 + test_random_below(60000);
	switch (h->caller) {
	case BLOCK:
		return take_block(h);
	case LOT_OF_PAGES:
		return take_lot(h);
	case EXACT:
		return alloc_pages_exact(h->size, GFP_KERNEL | __GFP_NOWARN);
	case FRAGMENT:
		h->size = 1 + test_random_below(3000);
		return page_frag_alloc(&frags, (unsigned int)h->size, GFP_KERNEL | __GFP_NOWARN);
	case VMALLOC:
		return __vmalloc(h->size * 4, GFP_KERNEL | __GFP_NOWARN);
	case VMALLOC_LARGE:
		h->size = MB(2) * (1 + test_random_below(2));
		return vmalloc_huge(h->size, GFP_KERNEL | __GFP_NOWARN);
	case VMAP:
		return take_vmap(h);
	case IOREMAP:
		return ioremap(DEVICE + MB(1) * test_random_below(8), h->size * 16);
	case KMAP:
		return take_kmap(h);
	case PERCPU:
		return __alloc_percpu(1 + h->size % this_quire()->percpu.unit_size, 8);
	case NR_CALLERS:
		break;
	}
	return NULL;
}

/* ---- giving back ---- */

static void give_pages(struct held *h, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		__free_page(h->pages[i]);
}

static void give(struct held *h)
{
	switch (h->caller) {
	case BLOCK:
		__free_pages(h->page, get_order(h->size));
		break;
	case LOT_OF_PAGES:
		give_pages(h, h->size);
		break;
	case EXACT:
		free_pages_exact(h->at, h->size);
		break;
	case FRAGMENT:
		page_frag_free(h->at);
		break;
	case VMALLOC:
	case VMALLOC_LARGE:
		vfree(h->at);
		break;
	case VMAP:
		vunmap(h->at);
		give_pages(h, h->size / PAGE_SIZE);
		break;
	case IOREMAP:
		iounmap(h->at);
		break;
	case KMAP:
		kunmap(h->page);
		__free_page(h->page);
		break;
	case PERCPU:
		free_percpu(h->at);
		break;
	case NR_CALLERS:
		break;
	}
	h->at = NULL;
}

/* Is it plain memory of ours, `size` bytes at `at`? */
static bool has_bytes(const struct held *h)
{
	return h->caller != IOREMAP && h->caller != PERCPU && h->caller != LOT_OF_PAGES;
}

static void random_call(struct held *h)
{
	if (h->at) {
		if (has_bytes(h))
			CHECK(has_pattern(h->at, h->size < 5000 ? h->size : 5000, h->seed));
		give(h);
		return;
	}
	h->caller = (enum caller)test_random_below(NR_CALLERS);
	h->at = take(h);
	if (!h->at) {
		failures[h->caller]++;
		return;
	}
	successes[h->caller]++;
	h->seed = (unsigned int)test_random();
	if (has_bytes(h))
		fill_pattern(h->at, h->size < 5000 ? h->size : 5000, h->seed);
}

static void validate_all(void)
{
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(percpu_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

static void run_callers(const char *format, long percent)
{
	struct quire_machine *m = failing_machine(format);
	unsigned long i, rounds = test_rounds(4000), percpu_pages;
	struct vmalloc_snapshot before;

	test_before_wait = NULL; /* naming it links the hooks of tier 3 */
	REQUIRE(!quire_boot(m));
	REQUIRE(m->kvirt.last_pkmap > HELD); /* kmap() of a full window would wait */
	free_percpu(__alloc_percpu(this_quire()->percpu.unit_size, 1)); /* one chunk is kept */
	percpu_pages = pcpu_nr_pages();
	before = vmalloc_snapshot();
	fail_percent(percent, 1);
	for (i = 0; i < rounds; i++) {
		random_call(&held[test_random_below(HELD)]);
		if (i % 64 == 0)
			validate_all();
	}
	CHECK(this_quire()->fault.page_alloc.attr.failed > 0);
	fail_page_alloc_off();
	for (i = 0; i < HELD; i++)
		if (held[i].at)
			give(&held[i]);
	page_frag_cache_drain(&frags);
	CHECK_EQ(this_quire()->log.warnings, 0);
	CHECK_EQ(pcpu_nr_pages(), percpu_pages);
	validate_all();
	/* The per-CPU chunk that is kept may be one that had to go into the window. */
	before.areas += vmalloc_live_areas() == before.areas + 1;
	check_snapshot(&before);
	test_machine_end(m);
}

static void callers_survive_when_some_calls_fail(void)
{
	unsigned int caller;
	int i;

	for (caller = 0; caller < NR_CALLERS; caller++)
		failures[caller] = successes[caller] = 0;
	for (i = 0; i < NR_VMALLOC_FORMATS; i++)
		run_callers(vmalloc_formats[i], 10 + 20 * i);
	/* Each of them was made to fail, and came through as well. */
	for (caller = 0; caller < NR_CALLERS; caller++) {
		tap_note("caller %u: %lu failed, %lu did not", caller, failures[caller],
			 successes[caller]);
		if (test_rounds(4000) < 4000)
			continue;
		CHECK(successes[caller] > 0);
		CHECK(failures[caller] > 0);
	}
}

const struct tap_test tap_tests[] = {
	TEST(a_boot_works_or_leaves_nothing),
	TEST(callers_survive_when_some_calls_fail),
	{ NULL, NULL },
};
