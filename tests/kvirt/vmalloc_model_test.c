/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_model_test.c - random calls against a slow, obvious model of the window: a list of
 * ranges that are in use or wait for a flush. The model says which address each call gets.
 * Allocations fail at random. All is validated again and again, and what the areas hold is
 * what was written there.
 */
#include <string.h>

#include <quire/fault.h>

#include "tests/kvirt/vmalloc_support.h"

#define AREAS 40
#define RANGES 4096
#define POOL 64 /* pages for vmap */
#define DEVICE ((phys_addr_t)MB(512))

enum kind { NOTHING, MEMORY, LARGE, WINDOW, ONTO_DEVICE, ADDRESSES };

struct area {
	enum kind kind;
	char *addr;
	unsigned long pages;
	unsigned int seed;
};

/* A piece of the window that is taken; the list is sorted. */
struct range {
	uintptr_t start, end;
	bool is_lazy;
};

struct model {
	struct range ranges[RANGES];
	unsigned int n;
	unsigned long lazy_pages;
};

static struct area areas[AREAS];
static struct model model, model_before;
static struct page *pool[POOL];

static struct vmalloc_state *window(void)
{
	return &this_quire()->kvirt.vmalloc;
}

/* ---- the model ---- */

static void model_purge(void)
{
	unsigned int i, kept = 0;

	for (i = 0; i < model.n; i++)
		if (!model.ranges[i].is_lazy)
			model.ranges[kept++] = model.ranges[i];
	model.n = kept;
	model.lazy_pages = 0;
}

/*
 * The first gap, from the bottom, of `wanted` bytes that has room for `size` at the
 * alignment; 0: none.
 */
static uintptr_t model_search(uintptr_t wanted, uintptr_t size, uintptr_t align, uintptr_t offset)
{
	uintptr_t start = VMALLOC_START;
	unsigned int i;

	for (i = 0; i <= model.n; i++) {
		uintptr_t end = i < model.n ? model.ranges[i].start : VMALLOC_END, at = start;

		while ((at + offset) & (align - 1))
			at += PAGE_SIZE;
		if (end - start >= wanted && at < end && end - at >= size)
			return at;
		if (i < model.n)
			start = model.ranges[i].end;
	}
	return 0;
}

static uintptr_t model_find(uintptr_t size, uintptr_t align, uintptr_t offset)
{
	uintptr_t at = model_search(size + align - PAGE_SIZE, size, align, offset);

	return at || align == PAGE_SIZE ? at : model_search(size, size, align, offset);
}

/* Where an area of so many pages goes; 0: nowhere, even after a purge. */
static uintptr_t model_take(unsigned long pages, uintptr_t align, uintptr_t offset)
{
	uintptr_t size = (pages + 1) * PAGE_SIZE, at = model_find(size, align, offset);
	unsigned int i;

	if (!at) {
		model_purge();
		at = model_find(size, align, offset);
	}
	if (!at)
		return 0;
	REQUIRE(model.n < RANGES);
	for (i = model.n++; i && model.ranges[i - 1].start > at; i--)
		model.ranges[i] = model.ranges[i - 1];
	model.ranges[i] = (struct range){ at, at + size, false };
	return at;
}

static void model_free(uintptr_t at)
{
	unsigned int i = 0;

	while (i < model.n && model.ranges[i].start != at)
		i++;
	REQUIRE(i < model.n && !model.ranges[i].is_lazy);
	model.ranges[i].is_lazy = true;
	model.lazy_pages += (model.ranges[i].end - at) / PAGE_SIZE;
	if (model.lazy_pages > window()->lazy_max)
		model_purge();
}

/*
 * A call has failed. If it never came to an address, the model is what it was; if it did, the
 * address is lazy now.
 */
static void model_failed(uintptr_t at)
{
	if (window()->lazy_pages == model_before.lazy_pages &&
	    model.lazy_pages == model_before.lazy_pages) {
		model = model_before;
		return;
	}
	if (window()->lazy_pages == model_before.lazy_pages)
		model = model_before;
	else if (at)
		model_free(at);
	CHECK_EQ(window()->lazy_pages, model.lazy_pages);
}

/* ---- the calls ---- */

static char *call(struct area *a, uintptr_t *expected)
{
	phys_addr_t device = DEVICE + (phys_addr_t)test_random_below(4096) * PAGE_SIZE;
	bool is_aligned = a->pages >= 512 && (a->kind == LARGE || a->kind == ONTO_DEVICE) &&
			  kernel_pgtable()->format->levels > 2;
	uintptr_t align = is_aligned ? MB(2) : PAGE_SIZE;
	uintptr_t offset = window()->va_offset - (a->kind == ONTO_DEVICE ? (uintptr_t)device : 0);
	unsigned long size = a->pages * PAGE_SIZE;
	struct vm_struct *area;

	*expected = model_take(a->pages, align, offset);
	switch (a->kind) {
	case MEMORY:
		return a->seed % 2 ? vmalloc(size - a->seed % (PAGE_SIZE - sizeof(long) + 1)) : vzalloc(size);
	case LARGE:
		return vmalloc_huge(size, GFP_KERNEL);
	case WINDOW:
		return vmap(pool + a->seed % (POOL - a->pages + 1), (unsigned int)a->pages, VM_MAP,
			    PAGE_KERNEL);
	case ONTO_DEVICE:
		return ioremap(device, size);
	default:
		area = get_vm_area(size, VM_MAP);
		return area ? area->addr : NULL;
	}
}

static void take_back(struct area *a)
{
	switch (a->kind) {
	case MEMORY:
	case LARGE:
		vfree(a->addr);
		break;
	case WINDOW:
		vunmap(a->addr);
		break;
	case ONTO_DEVICE:
		iounmap(a->addr);
		break;
	default:
		free_vm_area(find_vm_area(a->addr));
	}
	model_free((uintptr_t)a->addr);
	a->kind = NOTHING;
}

/* Few of the pages of a large area are looked at: each has its number in it. */
static void stamp(const struct area *a)
{
	unsigned long i;

	if (a->kind == MEMORY && !(a->seed % 2))
		CHECK(is_cleared(a->addr, a->pages * PAGE_SIZE));
	if (a->kind == MEMORY || a->kind == LARGE)
		for (i = 0; i < a->pages; i++)
			memcpy(a->addr + i * PAGE_SIZE, &(unsigned long){ i * 1000 + a->seed },
			       sizeof(long));
}

static void check_stamps(const struct area *a)
{
	unsigned long i, expected, found;

	for (i = 0; i < a->pages && a->kind != ADDRESSES && a->kind != ONTO_DEVICE; i++) {
		memcpy(&found, a->addr + i * PAGE_SIZE, sizeof(found));
		expected = a->kind == WINDOW ? 777000 + a->seed % (POOL - a->pages + 1) + i
					     : i * 1000 + a->seed;
		if (found != expected) {
			CHECK_EQ(found, expected);
			return;
		}
	}
}

static unsigned long pages_for(enum kind kind)
{
	switch (kind) {
	case MEMORY:
		return 1 + (unsigned long)test_random_below(test_random_below(4) ? 20 : 300);
	case LARGE:
		return 1 + (unsigned long)test_random_below(1200);
	case WINDOW:
		return 1 + (unsigned long)test_random_below(POOL);
	case ONTO_DEVICE:
		return 1 + (unsigned long)test_random_below(test_random_below(4) ? 9 : 1100);
	default:
		return 1 + (unsigned long)test_random_below(test_random_below(3) ? 40 : 6000);
	}
}

static void make_area(struct area *a)
{
	bool with_faults = !test_random_below(4), had_memory;
	uintptr_t expected;

	a->kind = (enum kind)(1 + test_random_below(5));
	a->pages = pages_for(a->kind);
	a->seed = (unsigned int)test_random_below(1000000);
	had_memory = nr_free_pages() > a->pages + 100;
	model_before = model;
	quire_fail_nth(with_faults ? 1 + (unsigned long)test_random_below(6) : 0,
		       test_random_below(2));
	a->addr = call(a, &expected);
	quire_fail_off();
	if (a->addr) {
		CHECK_PTR(a->addr, (void *)expected);
		stamp(a);
		return;
	}
	CHECK(this_quire()->fault.failed || !had_memory || !expected);
	a->kind = NOTHING;
	model_failed(expected);
}

static void fill_the_pool(void)
{
	unsigned long i;

	for (i = 0; i < POOL; i++) {
		pool[i] = alloc_page(GFP_KERNEL);
		REQUIRE(pool[i]);
		memcpy(page_address(pool[i]), &(unsigned long){ 777000 + i }, sizeof(long));
	}
}

static void check_model(unsigned long step)
{
	unsigned int i;

	/* After a failure, and now and then: it looks at every page. */
	if (step % 3 == 0 || this_quire()->fault.failed)
		CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(window()->lazy_pages, model.lazy_pages);
	for (i = 0; i < model.n; i++) {
		bool is_live = find_vm_area((void *)model.ranges[i].start) != NULL;

		if (is_live == model.ranges[i].is_lazy)
			CHECK_EQ(is_live, !model.ranges[i].is_lazy);
	}
}

static void run_model(const char *format)
{
	unsigned long steps = test_rounds(2500), step, flushes;
	struct vmalloc_snapshot before;
	unsigned int i;

	boot_with_highmem(format);
	fill_the_pool();
	memset(areas, 0, sizeof(areas));
	model = (struct model){ .n = 0 };
	before = vmalloc_snapshot();
	flushes = test_tlb_flushes();
	for (step = 0; step < steps; step++) {
		struct area *a = &areas[test_random_below(AREAS)];

		window()->lazy_max = step % 400 < 200 ? 8192 : 1500;
		if (a->kind == NOTHING) {
			make_area(a);
		} else {
			check_stamps(a);
			take_back(a);
		}
		if (!test_random_below(200)) {
			vm_unmap_aliases();
			model_purge();
		}
		check_model(step);
	}
	CHECK(test_tlb_flushes() > flushes + steps / 250);
	for (i = 0; i < AREAS; i++) {
		if (areas[i].kind == NOTHING)
			continue;
		check_stamps(&areas[i]);
		take_back(&areas[i]);
	}
	check_snapshot(&before);
}

static void random_calls_agree_with_the_model_on_i386(void)
{
	run_model("i386");
}
static void random_calls_agree_with_the_model_on_pae(void)
{
	run_model("i386-pae");
}
static void random_calls_agree_with_the_model_on_x86_64(void)
{
	run_model("x86_64");
}

const struct tap_test tap_tests[] = {
	TEST(random_calls_agree_with_the_model_on_i386),
	TEST(random_calls_agree_with_the_model_on_pae),
	TEST(random_calls_agree_with_the_model_on_x86_64),
	{ NULL, NULL },
};
