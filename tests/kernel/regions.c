/* SPDX-License-Identifier: MIT */
/*
 * regions.c - mmap for tests in a kernel: what a process has of address space.
 *
 * The kernel uses the upper part of the addresses only; tests get the lower. A region is a
 * range with a protection; a tree holds them. A page is given on the first touch,
 * by the trap that the touch is, and mapped in the kernel's own table: so machines with
 * many gigabytes of RAM cost what their tests touch, and holes are traps.
 *
 *   FIRST_ADDRESS                                                    LAST_ADDRESS
 *   |   | guard |   RAM of a test machine   | hole | RAM | guard |   ...   |
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/kvirt.h>
#include <quire/quire.h>

#include "mm/lib/rbtree.h"
#include "tests/kernel/kernel_tests.h"

#if __SIZEOF_POINTER__ == 8
#define FIRST_ADDRESS 0x0000100000000000ul
#define LAST_ADDRESS 0x00007fff00000000ul
#else
#define FIRST_ADDRESS 0x10000000ul
#define LAST_ADDRESS 0xb0000000ul
#endif

struct region {
	struct rb_node node;
	uintptr_t start, end;
	int protection;
	bool is_touched;	  /* it may have pages */
	struct memory_file *file; /* NULL: pages of its own */
	u64 offset;		  /* of `start` in the file */
};

/* By address; none overlap. */
static struct rb_root regions;

static struct region *region_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct region, node);
}

static struct region *next_region(const struct region *region)
{
	return region_of(rb_next(&region->node));
}

static bool is_before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct region, node)->start < rb_entry(b, struct region, node)->start;
}

/* The first region that ends above the address. */
static struct region *find(uintptr_t addr)
{
	struct rb_node *node = regions.rb_node;
	struct region *found = NULL;

	while (node) {
		struct region *region = region_of(node);

		if (region->end > addr)
			found = region;
		node = region->end > addr ? node->rb_left : node->rb_right;
	}
	return found;
}

static struct region *region_at(uintptr_t addr)
{
	struct region *region = find(addr);

	return region && region->start <= addr ? region : NULL;
}

/* ---- pages ---- */

static unsigned int rights_of(int protection)
{
	return PT_READ | (protection & PROT_WRITE ? PT_WRITE : 0) | PT_ACCESSED | PT_DIRTY;
}

static phys_addr_t page_for(struct region *region, uintptr_t addr)
{
	struct page *page;

	if (region->file)
		return memory_file_page(region->file, region->offset + (addr - region->start));
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return page ? page_to_phys(page) : PHYS_ADDR_MAX;
}

static bool give_page(struct region *region, uintptr_t addr)
{
	struct pgtable *table = kernel_pgtable();
	const struct pt_attr attr = { .prot = rights_of(region->protection) };
	struct pt_entry entry;
	phys_addr_t phys;

	/* Mapped already: it is not the memory that is missing, but the right. */
	if (!pt_lookup(table, addr, &entry))
		return false;
	phys = page_for(region, addr);
	if (phys == PHYS_ADDR_MAX)
		return false;
	if (!pt_map(table, addr, phys, PAGE_BYTES, &attr))
		return true;
	if (!region->file)
		free_page((unsigned long)phys_to_virt(phys));
	return false;
}

bool region_touch(uintptr_t addr)
{
	struct region *region = region_at(addr);
	struct quire *before;
	bool is_given;

	if (!region || region->protection == PROT_NONE)
		return false;
	before = select_kernel();
	is_given = give_page(region, addr & ~(PAGE_BYTES - 1));
	region->is_touched |= is_given;
	quire_select(before);
	return is_given;
}

const char *region_describe(uintptr_t addr)
{
	struct region *region = region_at(addr);

	if (!region)
		return "no memory of the test";
	return region->protection == PROT_NONE ? "a hole or guard of the test's memory"
					       : "memory of the test";
}

static int free_own_page(void *ctx, const struct pt_entry *entry)
{
	(void)ctx;
	if (entry->kind == PT_LEAF)
		free_page((unsigned long)phys_to_virt((phys_addr_t)entry->phys));
	return 0;
}

static int is_leaf(void *ctx, const struct pt_entry *entry)
{
	(void)ctx;
	return entry->kind == PT_LEAF;
}

static bool has_pages(const struct region *region)
{
	return pt_walk_range(kernel_pgtable(), region->start, region->end - region->start,
			     is_leaf, NULL) != 0;
}

static void take_pages(const struct region *region)
{
	size_t size = region->end - region->start;
	struct pgtable *table = kernel_pgtable();

	if (!region->is_touched)
		return;
	if (!region->file)
		pt_walk_range(table, region->start, size, free_own_page, NULL);
	pt_unmap(table, region->start, size);
	port_tlb_flush(region->start, size, 0);
	pt_free_empty(table, region->start, size);
}

/* ---- the tree ---- */

static void insert(struct region *region)
{
	rb_add(&region->node, &regions, is_before);
	if (region->file)
		memory_file_hold(region->file);
}

/* Without its pages. */
static void forget(struct region *region)
{
	rb_erase(&region->node, &regions);
	if (region->file)
		memory_file_drop(region->file);
	free(region);
}

static void remove_region(struct region *region)
{
	struct quire *before = select_kernel();

	take_pages(region);
	quire_select(before);
	forget(region);
}

/* Makes the address a border between two regions, if it lies inside one. False: no memory. */
static bool split_at(uintptr_t addr)
{
	struct region *region = region_at(addr), *upper;

	if (!region || region->start == addr)
		return true;
	upper = malloc(sizeof(*upper));
	if (!upper)
		return false;
	*upper = *region;
	upper->start = addr;
	upper->offset += addr - region->start;
	region->end = addr;
	insert(upper);
	return true;
}

/* Two regions become one if nothing but their addresses tells them apart. */
static void merge(struct region *lower, struct region *upper)
{
	if (!lower || !upper || lower->end != upper->start ||
	    lower->protection != upper->protection || lower->file != upper->file ||
	    (lower->file && lower->offset + (lower->end - lower->start) != upper->offset))
		return;
	lower->end = upper->end;
	lower->is_touched |= upper->is_touched;
	forget(upper);
}

static void merge_with_neighbours(struct region *region)
{
	struct region *lower = region_of(rb_prev(&region->node));

	merge(region, next_region(region));
	merge(lower, region);
}

static bool is_range(uintptr_t start, size_t size)
{
	return !(start % PAGE_BYTES) && size && start >= FIRST_ADDRESS && start < LAST_ADDRESS &&
	       size <= LAST_ADDRESS - start;
}

static size_t round_up(size_t size)
{
	return (size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

/* Nothing is in the range afterwards. False: no memory. */
static bool clear(uintptr_t start, uintptr_t end)
{
	struct region *region, *next;

	if (!split_at(start) || !split_at(end))
		return false;
	for (region = find(start); region && region->start < end; region = next) {
		next = next_region(region);
		remove_region(region);
	}
	return true;
}

/* The lowest gap of that size; 0: there is none. */
static uintptr_t find_gap(size_t size)
{
	uintptr_t start = FIRST_ADDRESS;
	struct region *region = find(start);

	for (; region && region->start - start < size; region = next_region(region))
		start = region->end;
	return LAST_ADDRESS - start >= size ? start : 0;
}

/* ---- what a test calls ---- */

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
	struct memory_file *file = flags & MAP_ANONYMOUS ? NULL : memory_file_of(fd);
	struct region *region;
	uintptr_t start;

	size = round_up(size);
	start = flags & MAP_FIXED ? (uintptr_t)address : find_gap(size);
	if (!is_range(start, size) || (!(flags & MAP_ANONYMOUS) && !file) ||
	    (file && !(flags & MAP_SHARED)) || offset % (off_t)PAGE_BYTES)
		return MAP_FAILED;
	region = malloc(sizeof(*region));
	if (!region || !clear(start, start + size))
		return MAP_FAILED;
	*region = (struct region){ .start = start, .end = start + size, .protection = protection,
				   .file = file, .offset = (u64)offset };
	insert(region);
	merge_with_neighbours(region);
	return (void *)start;
}

int munmap(void *address, size_t size)
{
	uintptr_t start = (uintptr_t)address;

	size = round_up(size);
	return is_range(start, size) && clear(start, start + size) ? 0 : -1;
}

static bool protect(struct region *region, int protection)
{
	struct quire *before = select_kernel();
	bool is_done = protection != PROT_NONE || !region->is_touched || !has_pages(region);
	size_t size = region->end - region->start;

	if (is_done && region->is_touched && protection != PROT_NONE) {
		is_done = !pt_protect(kernel_pgtable(), region->start, size, rights_of(protection));
		port_tlb_flush(region->start, size, 0);
	}
	quire_select(before);
	if (is_done)
		region->protection = protection;
	return is_done;
}

int mprotect(void *address, size_t size, int protection)
{
	uintptr_t start = (uintptr_t)address, end;
	struct region *region;

	size = round_up(size);
	end = start + size;
	if (!is_range(start, size) || !split_at(start) || !split_at(end))
		return -1;
	for (region = find(start); region && region->start < end; region = next_region(region))
		if (!protect(region, protection))
			return -1;
	return 0;
}

void regions_reset(void)
{
	while (regions.rb_node)
		remove_region(region_of(regions.rb_node));
}

long sysconf(int name)
{
	return name == _SC_PAGESIZE ? (long)PAGE_BYTES : -1;
}
