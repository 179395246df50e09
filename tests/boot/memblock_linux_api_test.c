/* SPDX-License-Identifier: MIT */
/*
 * memblock_linux_api_test.c - every call and macro of Linux's <linux/memblock.h>, written
 * as kernel code writes them and with the types that kernel code has at hand. That it
 * compiles is most of the test; each part also checks what it got.
 *
 * What kernel code has from its own headers is in the first lines.
 */
#define CONFIG_HAVE_MEMBLOCK_PHYS_MAP /* kernel code of such an architecture says physmem */

#include <quire/page.h>

#include "tests/boot/memblock_support.h"

typedef unsigned long long kernel_u64; /* as kernel code prints it */
#define SZ_1M 0x100000
#define SZ_2M 0x200000

_Static_assert(MEMBLOCK_NONE == 0 && MEMBLOCK_HOTPLUG == 1 && MEMBLOCK_MIRROR == 2 &&
		       MEMBLOCK_NOMAP == 4 && MEMBLOCK_DRIVER_MANAGED == 8 &&
		       MEMBLOCK_RSRV_NOINIT == 16,
	       "Linux's numbers");
_Static_assert(MEMBLOCK_ALLOC_ACCESSIBLE == 0 && MEMBLOCK_ALLOC_NOLEAKTRACE == 1 &&
		       MEMBLOCK_ALLOC_ANYWHERE == PHYS_ADDR_MAX && MEMBLOCK_LOW_LIMIT == 0 &&
		       ARCH_LOW_ADDRESS_LIMIT == 0xffffffffUL,
	       "Linux's numbers");

/* The signatures: an assignment to a pointer of Linux's type does not compile otherwise. */
static int (*const ranges[])(phys_addr_t base, phys_addr_t size) = {
	memblock_add,          memblock_remove,       memblock_phys_free,
	memblock_reserve,      memblock_physmem_add,  memblock_mark_hotplug,
	memblock_mark_mirror,  memblock_mark_nomap,   memblock_clear_hotplug,
	memblock_clear_nomap,  memblock_reserved_mark_noinit,
};
static bool (*const questions[])(phys_addr_t addr) = {
	memblock_is_memory,
	memblock_is_map_memory,
	memblock_is_reserved,
};
static bool (*const range_questions[])(phys_addr_t base, phys_addr_t size) = {
	memblock_is_region_memory,
	memblock_is_region_reserved,
};
static phys_addr_t (*const sizes[])(void) = {
	memblock_phys_mem_size, memblock_reserved_size,     memblock_start_of_DRAM,
	memblock_end_of_DRAM,   memblock_get_current_limit,
};
static void (*const limits[])(phys_addr_t limit) = {
	memblock_trim_memory,
	memblock_enforce_memory_limit,
	memblock_mem_limit_remove_map,
	memblock_set_current_limit,
};
static void *(*const allocs[])(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			       phys_addr_t max_addr, int nid) = {
	memblock_alloc_try_nid,
	memblock_alloc_try_nid_raw,
	memblock_alloc_exact_nid_raw,
};
static void (*const walks[])(u64 *idx, int nid, enum memblock_flags flags,
			     struct memblock_type *type_a, struct memblock_type *type_b,
			     phys_addr_t *out_start, phys_addr_t *out_end, int *out_nid) = {
	__next_mem_range,
	__next_mem_range_rev,
};
static void (*const physmem_walk)(u64 *idx, struct memblock_type *type, phys_addr_t *out_start,
				  phys_addr_t *out_end) = __next_physmem_range;
static void (*const pfn_walk)(int *idx, int nid, unsigned long *out_start_pfn,
			      unsigned long *out_end_pfn, int *out_nid) = __next_mem_pfn_range;

static void every_signature_is_linux_s(void)
{
	int (*add_node)(phys_addr_t, phys_addr_t, int, enum memblock_flags) = memblock_add_node;
	int (*set_node)(phys_addr_t, phys_addr_t, struct memblock_type *, int) =
		memblock_set_node;
	int (*search)(unsigned long, unsigned long *, unsigned long *) = memblock_search_pfn_nid;
	bool (*overlaps)(struct memblock_type *, phys_addr_t, phys_addr_t) =
		memblock_overlaps_region;
	phys_addr_t (*range_nid)(phys_addr_t, phys_addr_t, phys_addr_t, phys_addr_t, int, bool) =
		memblock_alloc_range_nid;
	void (*free_ptr)(void *, size_t) = memblock_free;
	void (*cap)(phys_addr_t, phys_addr_t) = memblock_cap_memory_range;
	bool (*coverage)(unsigned long) = memblock_validate_numa_coverage;

	CHECK(add_node && set_node && search && overlaps && range_nid && free_ptr && cap &&
	      coverage);
	CHECK(ranges[0] && questions[0] && range_questions[0] && sizes[0] && limits[0] &&
	      allocs[0] && walks[0] && physmem_walk && pfn_walk);
}

/* Firmware's tables, as an architecture's setup code hands them over. */
struct bank {
	u64 base, size;
	int nid;
};

static int __init add_banks(const struct bank *banks, int nr)
{
	int i, err;

	for (i = 0; i < nr; i++) {
		err = memblock_add_node(banks[i].base, banks[i].size, banks[i].nid, MEMBLOCK_NONE);
		if (err)
			return err;
	}
	return 0;
}

static void __init_memblock reserve_image(unsigned long start, unsigned long end)
{
	if (memblock_reserve(start, end - start))
		CHECK(0);
}

static void an_architecture_s_setup_works(void)
{
	static const struct bank banks[] __initdata_memblock = {
		{ RAM_BASE, 8 * MIB, 0 },
		{ RAM_BASE + 8 * MIB, 24 * MIB, 1 },
	};
	struct memblock_region *reg;
	phys_addr_t low = 0, total = 0;

	empty_memblock();
	CHECK_EQ(add_banks(banks, 2), 0);
	reserve_image(0x200000, 0x3ff123);
	memblock_trim_memory(PAGE_SIZE);
	memblock_set_current_limit(RAM_END);
	memblock_allow_resize();
	memblock_dump_all();
	early_memtest(0, 0);
	for_each_mem_region(reg) {
		if (!low || reg->base < low)
			low = reg->base;
		total += reg->size;
		CHECK(!memblock_is_hotpluggable(reg) && !memblock_is_mirror(reg) &&
		      !memblock_is_nomap(reg) && !memblock_is_driver_managed(reg) &&
		      !memblock_is_reserved_noinit(reg));
	}
	CHECK_EQ(low, memblock_start_of_DRAM());
	CHECK_EQ(total, memblock_phys_mem_size());
	CHECK_EQ(memblock.memory.cnt, 2);
	CHECK_EQ(memblock.memory.regions[1].nid, 1);
	CHECK_EQ(memblock.reserved.total_size, 0x1ff123);
	CHECK_EQ(memblock.current_limit, RAM_END);
	CHECK(!memblock.bottom_up);
	CHECK_STR(memblock.memory.name, "memory");
	CHECK(memblock.memory.max >= memblock.memory.cnt);
}

static void every_allocation_is_called_as_in_linux(void)
{
	phys_addr_t pa;
	void *p[9];
	int i;

	memblock_with_ram();
	p[0] = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	p[1] = memblock_alloc(sizeof(*p), SMP_CACHE_BYTES);
	p[2] = memblock_alloc_raw(SZ_1M, SZ_1M);
	p[3] = memblock_alloc_from(100, 8, SZ_2M);
	p[4] = memblock_alloc_low(PAGE_SIZE, PAGE_SIZE);
	p[5] = memblock_alloc_node(PAGE_SIZE, PAGE_SIZE, 0);
	p[6] = memblock_alloc_try_nid(PAGE_SIZE, PAGE_SIZE, MEMBLOCK_LOW_LIMIT,
				      MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
	p[7] = memblock_alloc_try_nid_raw(PAGE_SIZE, PAGE_SIZE, __pa(p[2]),
					  MEMBLOCK_ALLOC_NOLEAKTRACE, 0);
	p[8] = memblock_alloc_exact_nid_raw(PAGE_SIZE, PAGE_SIZE, 0, MEMBLOCK_ALLOC_ANYWHERE, 0);
	for (i = 0; i < 9; i++) {
		REQUIRE(p[i]);
		CHECK(memblock_is_region_reserved(__pa(p[i]), 1));
		memset(p[i], i, 8);
	}
	for (i = 0; i < 9; i++)
		CHECK_EQ(*(char *)p[i], i);

	pa = memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE);
	CHECK(pa && memblock_is_reserved(pa));
	pa = memblock_phys_alloc_range(SZ_1M, SZ_1M, SZ_2M, 4 * SZ_1M);
	CHECK(pa >= SZ_2M && pa < 4 * SZ_1M);
	memblock_phys_free(pa, SZ_1M);
	CHECK(!memblock_is_reserved(pa));
	pa = memblock_phys_alloc_try_nid(PAGE_SIZE, PAGE_SIZE, MAX_NUMNODES);
	CHECK(pa);
	pa = memblock_alloc_range_nid(PAGE_SIZE, PAGE_SIZE, 0, MEMBLOCK_ALLOC_ACCESSIBLE, 0, true);
	CHECK(pa);
	memblock_free(p[0], PAGE_SIZE);
	CHECK(!memblock_is_reserved(__pa(p[0])));
}

static void every_loop_is_written_as_in_linux(void)
{
	unsigned long start_pfn, end_pfn, pages = 0;
	phys_addr_t start, end, this_start, this_end, bytes[8] = { 0 };
	struct memblock_region *r;
	int i, nid;
	u64 j;

	memblock_with_ram();
	memblock_reserve(SZ_2M, SZ_1M);
	memblock_physmem_add(RAM_BASE, RAM_END - RAM_BASE);

	for_each_mem_range(j, &start, &end)
		bytes[0] += end - start;
	for_each_mem_range_rev(j, &start, &end)
		bytes[1] += end - start;
	for_each_reserved_mem_range(j, &start, &end)
		bytes[2] += end - start;
	for_each_free_mem_range(j, NUMA_NO_NODE, MEMBLOCK_NONE, &this_start, &this_end, NULL)
		bytes[3] += this_end - this_start;
	for_each_free_mem_range_reverse(j, 0, MEMBLOCK_NONE, &this_start, &this_end, &nid)
		bytes[4] += this_end - this_start;
	for_each_physmem_range(j, &memblock.reserved, &start, &end)
		bytes[5] += end - start;
	for_each_mem_region(r)
		bytes[6] += r->size;
	for_each_reserved_mem_region(r)
		bytes[7] += r->size;
	for_each_mem_pfn_range(i, MAX_NUMNODES, &start_pfn, &end_pfn, &nid)
		pages += end_pfn - start_pfn;

	CHECK_EQ(physmem.total_size, 32 * MIB);
	CHECK_PTR(&physmem, memblock_physmem());
	CHECK_EQ(bytes[0], 32 * MIB);
	CHECK_EQ(bytes[1], 32 * MIB);
	CHECK_EQ(bytes[2], 1 * MIB);
	CHECK_EQ(bytes[3], 31 * MIB);
	CHECK_EQ(bytes[4], 31 * MIB);
	CHECK_EQ(bytes[5], 31 * MIB);
	CHECK_EQ(bytes[6], 32 * MIB);
	CHECK_EQ(bytes[7], 1 * MIB);
	CHECK_EQ(pages, 32 * MIB / PAGE_SIZE);
	CHECK_EQ(nid, 0);
}

/* The two inner loops, and one that is left in the middle. */
static void the_inner_loops_are_written_as_in_linux(void)
{
	phys_addr_t start, end, found = 0;
	int nid;
	u64 i;

	memblock_with_ram();
	memblock_reserve(SZ_2M, SZ_1M);
	__for_each_mem_range(i, &memblock.memory, &memblock.reserved, NUMA_NO_NODE, MEMBLOCK_NONE,
			     &start, &end, &nid) {
		if (end - start > SZ_1M) {
			found = start;
			break;
		}
	}
	CHECK_EQ(found, 3 * MIB);
	__for_each_mem_range_rev(i, &memblock.memory, NULL, 0, MEMBLOCK_NONE, &start, &end, &nid)
		found = end;
	CHECK_EQ(found, RAM_END);
	i = 0;
	__next_mem_range(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.reserved, NULL, &start, &end,
			 NULL);
	CHECK_EQ((kernel_u64)start, SZ_2M);
	CHECK(i != ~0ULL);
	__next_mem_range(&i, NUMA_NO_NODE, MEMBLOCK_NONE, &memblock.reserved, NULL, &start, &end,
			 NULL);
	CHECK(i == ~0ULL);
}

static void the_rest_is_called_as_in_linux(void)
{
	unsigned long start_pfn, end_pfn;
	struct memblock_region *r;

	memblock_with_ram();
	memblock_set_bottom_up(true);
	if (memblock_bottom_up())
		memblock_set_bottom_up(false);
	CHECK_EQ(memblock_set_node(0, PHYS_ADDR_MAX, &memblock.memory, 0), 0);
	CHECK_EQ(memblock_set_node(0, ~0ULL, &memblock.reserved, NUMA_NO_NODE), 0);
	r = &memblock.memory.regions[0];
	memblock_set_region_node(r, 0);
	CHECK_EQ(memblock_get_region_node(r), 0);
	CHECK_EQ(memblock_search_pfn_nid(PFN_DOWN(RAM_BASE), &start_pfn, &end_pfn), 0);
	CHECK_EQ(end_pfn - start_pfn, memblock_region_memory_end_pfn(r) -
					      memblock_region_memory_base_pfn(r));
	CHECK_EQ(memblock_region_reserved_base_pfn(r), start_pfn);
	CHECK_EQ(memblock_region_reserved_end_pfn(r), end_pfn);
	CHECK(memblock_overlaps_region(&memblock.memory, RAM_BASE, SZ_1M));
	CHECK(memblock_addrs_overlap(0, 2, 1, 2));
	CHECK(memblock_validate_numa_coverage(SZ_1M));
	CHECK(!memblock_has_mirror());
	CHECK_EQ(memblock_estimated_nr_free_pages(), 32 * MIB / PAGE_SIZE);
	memblock_cap_memory_range(RAM_BASE, SZ_2M);
	memblock_mem_limit_remove_map(SZ_1M);
	memblock_enforce_memory_limit(SZ_1M);
	CHECK_EQ(memblock_end_of_DRAM(), RAM_BASE + SZ_1M);
	CHECK_EQ(__builtin_types_compatible_p(__typeof__(memblock.memory), struct memblock_type), 1);
}

/* The hand-over is in the layer above: its declarations are Linux's. */
static void the_hand_over_is_declared(void)
{
	CHECK(__builtin_types_compatible_p(__typeof__(memblock_free_all), void(void)));
	CHECK(__builtin_types_compatible_p(__typeof__(memblock_free_late),
					   void(phys_addr_t, phys_addr_t)));
	CHECK(__builtin_types_compatible_p(__typeof__(memblock_free_pages),
					   void(struct page *, unsigned long, unsigned int)));
	CHECK(__builtin_types_compatible_p(__typeof__(reset_all_zones_managed_pages), void(void)));
	CHECK(__builtin_types_compatible_p(__typeof__(memblock_discard), void(void)));
}

const struct tap_test tap_tests[] = {
	TEST(every_signature_is_linux_s),
	TEST(an_architecture_s_setup_works),
	TEST(every_allocation_is_called_as_in_linux),
	TEST(every_loop_is_written_as_in_linux),
	TEST(the_inner_loops_are_written_as_in_linux),
	TEST(the_rest_is_called_as_in_linux),
	TEST(the_hand_over_is_declared),
	{ NULL, NULL },
};
