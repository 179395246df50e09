/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_validate_test.c - vmalloc_validate() sees what is broken: each thing is broken by
 * hand, seen, and mended.
 *
 *    | a: 3 pages |g| freed |g| gap | b: vmap |g| device |g| lazy |g| gap
 */
#include <quire/fault.h>

#include "mm/kvirt/internal.h"
#include "mm/lib/rbtree.h"
#include "tests/kvirt/vmalloc_support.h"

static char *a, *b, *device, *lazy;
static struct page *page;

static struct vmalloc_state *window(void)
{
	return &this_quire()->kvirt.vmalloc;
}

static struct vmap_area *area_at(const void *addr)
{
	return rb_entry(find_vm_area(addr), struct vmap_area, vm);
}

static struct vmap_area *first_gap(void)
{
	return rb_entry(rb_first(&window()->free_root), struct vmap_area, rb_node);
}

static void start(void)
{
	void *freed;

	boot_with_window("i386-pae");
	page = alloc_page(GFP_KERNEL);
	a = vmalloc(3 * PAGE_SIZE);
	freed = vmalloc(PAGE_SIZE);
	b = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	device = ioremap(MB(512), 2 * PAGE_SIZE);
	lazy = vmalloc(PAGE_SIZE);
	REQUIRE(page && a && freed && b && device && lazy);
	vfree(freed);
	vm_unmap_aliases();
	vfree(lazy);
	CHECK_EQ(vmalloc_validate(), 0);
	log_clear();
}

/* Something is broken, seen, and whole again. */
#define CHECK_SEEN(break_it, mend_it, line)            \
	do {                                           \
		break_it;                              \
		CHECK_EQ(vmalloc_validate(), -EINVAL); \
		CHECK(log_contains(line));             \
		log_clear();                           \
		mend_it;                               \
		CHECK_EQ(vmalloc_validate(), 0);       \
	} while (0)

static void broken_pieces_are_seen(void)
{
	struct vmap_area *va, *gap;

	start();
	va = area_at(device);
	gap = first_gap();
	CHECK_SEEN(va->vm.size -= PAGE_SIZE, va->vm.size += PAGE_SIZE,
		   "is the end of the one before");
	CHECK_SEEN(va->vm.size += 5, va->vm.size -= 5, "is the end of the one before");
	CHECK_SEEN(va->vm.size -= 2 * PAGE_SIZE, va->vm.size += 2 * PAGE_SIZE, "has no page");
	CHECK_SEEN(va->state = VMAP_FREE, va->state = VMAP_BUSY, "is in the tree of areas");
	CHECK_SEEN(gap->state = VMAP_BUSY, gap->state = VMAP_FREE, "is in the tree of gaps");
	CHECK_SEEN(gap->largest_gap++, gap->largest_gap--, "does not know the largest");
	CHECK_SEEN(window()->end += PAGE_SIZE, window()->end -= PAGE_SIZE, "the last piece ends");
	CHECK_SEEN(va->rb_node.__rb_parent_color ^= 1, va->rb_node.__rb_parent_color ^= 1,
		   "the tree of areas is broken");
	CHECK_SEEN(gap->rb_node.__rb_parent_color ^= 1, gap->rb_node.__rb_parent_color ^= 1,
		   "the tree of gaps is broken");
}

static void wrong_counts_are_seen(void)
{
	struct vmap_area *va;

	start();
	va = area_at(a);
	CHECK_SEEN(va->vm.nr_pages++, va->vm.nr_pages--, "has 4 pages");
	CHECK_SEEN(window()->nr_pages++, window()->nr_pages--, "4 pages counted, 3 there");
	CHECK_SEEN(window()->lazy_pages++, window()->lazy_pages--, "pages are lazy");
	CHECK_SEEN(window()->purge_list->state = VMAP_DYING,
		   window()->purge_list->state = VMAP_LAZY, "does not belong onto the purge list");
	CHECK_SEEN(window()->purge_end -= PAGE_SIZE, window()->purge_end += PAGE_SIZE,
		   "does not belong onto the purge list");
	CHECK_SEEN(window()->pool.nr_used++, window()->pool.nr_used--, "nodes in use");
	CHECK_SEEN(window()->pool.nr_unused++, window()->pool.nr_unused--,
		   "the nodes are in disorder");
}

static void a_lazy_area_that_is_on_no_list_is_seen(void)
{
	struct vmap_area *list;

	start();
	list = window()->purge_list;
	CHECK_SEEN((window()->purge_list = NULL, window()->lazy_pages -= 2),
		   (window()->purge_list = list, window()->lazy_pages += 2),
		   "are not on the purge list");
}

static void wrong_mappings_are_seen(void)
{
	phys_addr_t phys;

	start();
	phys = page_to_phys(vmalloc_to_page(a + PAGE_SIZE));
	CHECK_SEEN(kernel_unmap((uintptr_t)a + PAGE_SIZE, PAGE_SIZE),
		   kernel_map((uintptr_t)a + PAGE_SIZE, phys, PAGE_SIZE, PT_READ | PT_WRITE,
			      PT_CACHE_WB),
		   "maps 0x2000 bytes of 0x3000");
	CHECK_SEEN(kernel_map((uintptr_t)a + 3 * PAGE_SIZE, phys, PAGE_SIZE, PT_READ, PT_CACHE_WB),
		   kernel_unmap((uintptr_t)a + 3 * PAGE_SIZE, PAGE_SIZE), "the guard page");
	CHECK_SEEN(kernel_map((uintptr_t)a + 4 * PAGE_SIZE, phys, PAGE_SIZE, PT_READ, PT_CACHE_WB),
		   kernel_unmap((uintptr_t)a + 4 * PAGE_SIZE, PAGE_SIZE),
		   "is mapped, but nobody's");
	CHECK_SEEN(kernel_map((uintptr_t)lazy, phys, PAGE_SIZE, PT_READ, PT_CACHE_WB),
		   kernel_unmap((uintptr_t)lazy, PAGE_SIZE), "is mapped, but nobody's");
	CHECK_SEEN(set_page_count(page, 0), set_page_count(page, 1), "what it must not");
	kernel_unmap((uintptr_t)b, PAGE_SIZE);
	CHECK_SEEN(kernel_map((uintptr_t)b, MB(600), PAGE_SIZE, PT_READ, PT_CACHE_WB),
		   (kernel_unmap((uintptr_t)b, PAGE_SIZE),
		    kernel_map((uintptr_t)b, page_to_phys(page), PAGE_SIZE, PT_READ, PT_CACHE_WB)),
		   "what it must not");
	kernel_unmap((uintptr_t)device, PAGE_SIZE);
	CHECK_SEEN(kernel_map((uintptr_t)device, MB(600), PAGE_SIZE, PT_READ, PT_CACHE_UC),
		   kernel_unmap((uintptr_t)device, PAGE_SIZE);
		   kernel_map((uintptr_t)device, MB(512), PAGE_SIZE, PT_READ, PT_CACHE_UC),
		   "what it must not");
	kernel_unmap((uintptr_t)device, PAGE_SIZE);
	CHECK_SEEN(kernel_map((uintptr_t)device, MB(512), PAGE_SIZE, PT_READ, PT_CACHE_WB),
		   kernel_unmap((uintptr_t)device, PAGE_SIZE);
		   kernel_map((uintptr_t)device, MB(512), PAGE_SIZE, PT_READ, PT_CACHE_UC),
		   "what it must not");
}

static void broken_ranges_of_devices_are_seen(void)
{
	struct vmap_area *va;

	start();
	va = area_at(device);
	CHECK_SEEN(va->highest_last++, va->highest_last--,
		   "the trees of physical ranges are broken");
	CHECK_SEEN(va->cache ^= 1, va->cache ^= 1, "the trees of physical ranges are broken");
	CHECK_SEEN(va->is_in_phys_root = false, va->is_in_phys_root = true,
		   "the trees of physical ranges are broken");
}

const struct tap_test tap_tests[] = {
	TEST(broken_pieces_are_seen),
	TEST(wrong_counts_are_seen),
	TEST(a_lazy_area_that_is_on_no_list_is_seen),
	TEST(wrong_mappings_are_seen),
	TEST(broken_ranges_of_devices_are_seen),
	{ NULL, NULL },
};
