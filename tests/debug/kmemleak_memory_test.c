/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_memory_test.c - the allocators that announce what they hand out: memblock, bootmem, vmalloc, the
 * per-CPU allocator, and that of objects for its caches; and where pointers are looked for beside static data: per-CPU copies, page
 * structures, stacks, lists of the library's own.
 */
#include <quire/percpu.h>
#include <quire/slab.h>
#include <quire/vmalloc.h>
#include <string.h>

#include "mm/lib/list.h"
#include "tests/debug/kmemleak_support.h"

/* ---- memblock ---- */

static void **early_table, **early_raw, **early_untraced, **early_phys;
static bool early_uses_bootmem;

static int early_takes_memory(void *ctx)
{
	(void)ctx;
	if (early_uses_bootmem) {
		early_table = alloc_bootmem(3 * PAGE_SIZE);
		return 0;
	}
	early_table = memblock_alloc(PAGE_SIZE, PAGE_SIZE);
	early_raw = memblock_alloc_raw(3 * PAGE_SIZE, PAGE_SIZE);
	memset(early_raw, 0, 3 * PAGE_SIZE);
	early_untraced = memblock_alloc_try_nid(PAGE_SIZE, PAGE_SIZE, 0, MEMBLOCK_ALLOC_NOLEAKTRACE,
						NUMA_NO_NODE);
	early_phys = phys_to_virt(memblock_phys_alloc(PAGE_SIZE, PAGE_SIZE));
	memset(early_phys, 0, PAGE_SIZE);
	return 0;
}

static struct quire_machine *early_machine(bool uses_bootmem)
{
	struct quire_machine *m = leak_machine();

	early_uses_bootmem = uses_bootmem;
	m->early = early_takes_memory;
	if (uses_bootmem)
		m->flags = MACHINE_BOOTMEM;
	REQUIRE(!test_machine_boot(m));
	return m;
}

static void boot_memory_is_followed_from_the_first_allocation_on(void)
{
	struct kmemleak_info info;
	void *lost;

	early_machine(false);
	REQUIRE(kmemleak_find((uintptr_t)early_table + 100, &info));
	CHECK_EQ(info.kind, KMEMLEAK_PHYS);
	CHECK_EQ(info.pointer, (uintptr_t)early_table);
	CHECK_EQ(info.size, PAGE_SIZE);
	CHECK_EQ(info.min_count, 0);
	CHECK(!kmemleak_find((uintptr_t)early_untraced, &info));
	early_table[1] = new_object(16);
	early_raw[500] = new_object(16);
	early_phys[2] = new_object(16);
	lost = early_untraced[0] = new_object(16);
	CHECK_LEAKS(lost);
}

static void boot_memory_is_marked_by_either_address(void)
{
	void *a, *b;

	early_machine(false);
	a = early_table[1] = new_object(16);
	b = early_raw[500] = new_object(16);
	CHECK_LEAKS();
	kmemleak_ignore_phys(virt_to_phys(early_table));
	kmemleak_no_scan(early_raw);
	CHECK_LEAKS(a, b);
	kmemleak_not_leak_phys(virt_to_phys(early_phys));
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void boot_memory_that_is_given_back_is_not_looked_through(void)
{
	void *lost;

	early_machine(false);
	early_raw[0] = new_object(16);
	lost = *(void **)((char *)early_raw + PAGE_SIZE) = new_object(16);
	memblock_free_late(virt_to_phys(early_raw) + PAGE_SIZE, PAGE_SIZE);
	CHECK_LEAKS(lost);
}

static int early_gives_back(void *ctx)
{
	char *p = memblock_alloc(3 * PAGE_SIZE, PAGE_SIZE);

	(void)ctx;
	memblock_free(p + PAGE_SIZE, PAGE_SIZE);
	early_table = (void **)(void *)p;
	return kmemleak_validate();
}

static void boot_memory_can_be_given_back_in_parts(void)
{
	struct quire_machine *m = leak_machine();
	struct kmemleak_info info;

	m->early = early_gives_back;
	REQUIRE(!test_machine_boot(m));
	REQUIRE(kmemleak_find((uintptr_t)early_table, &info));
	CHECK_EQ(info.size, PAGE_SIZE);
	CHECK(!kmemleak_find((uintptr_t)early_table + PAGE_SIZE, &info));
	CHECK(kmemleak_find((uintptr_t)early_table + 2 * PAGE_SIZE, &info));
}

static void bootmem_is_followed_as_well(void)
{
	early_machine(true);
	early_table[1] = new_object(16);
	CHECK_LEAKS();
	kmemleak_ignore(early_table);
	scan_times(2);
	CHECK_EQ(nr_leaks(), 1);
}

/* ---- the vmalloc window ---- */

static void boot_with_windows(void)
{
	struct quire_machine *m = leak_machine();

	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
}

static void an_area_wants_a_pointer_beside_its_own(void)
{
	void **lost, **kept, *inner;

	boot_with_windows();
	lost = vzalloc(3 * PAGE_SIZE);
	kept = leak_roots[0] = vzalloc(2 * PAGE_SIZE);
	inner = lost[700] = new_object(16);
	kept[1000] = new_object(16);
	CHECK_LEAKS(lost, inner);
	vfree(lost);
	CHECK_LEAKS(inner);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void its_structure_leads_to_it(void)
{
	void **area;

	boot_with_windows();
	area = vzalloc(PAGE_SIZE);
	area[3] = new_object(16);
	leak_roots[0] = find_vm_area(area);
	CHECK_LEAKS();
	leak_roots[0] = NULL;
	scan_times(2);
	CHECK(is_leak(area));
	CHECK_EQ(nr_leaks(), 2);
}

/* A touch of what is unmapped is a crash. */
static void areas_that_are_gone_are_not_touched(void)
{
	void *a, *b;
	unsigned int i;

	boot_with_windows();
	for (i = 0; i < 20; i++) {
		a = leak_roots[0] = vzalloc((i % 3 + 1) * PAGE_SIZE);
		b = leak_roots[1] = vzalloc(PAGE_SIZE);
		CHECK(!kmemleak_scan_step(3000));
		vfree(a);
		CHECK(!kmemleak_scan_step(3000));
		vfree(b);
		while (!kmemleak_scan_step(1000))
			;
	}
	CHECK_LEAKS();
	CHECK_EQ(kmemleak_validate(), 0);
}

static void a_large_hash_table_is_looked_through(void)
{
	unsigned int shift;
	void **table;

	boot_with_windows();
	table = alloc_large_system_hash("Test", sizeof(void *), 1024, 0, HASH_ZERO, &shift, NULL, 0, 0);
	leak_roots[0] = table;
	table[100] = new_object(16);
	CHECK_LEAKS();
	leak_roots[0] = NULL;
	scan_times(2);
	CHECK(is_leak(table));
}

/* ---- per-CPU memory ---- */

static DEFINE_PER_CPU(void *, head);

static void boot_with_percpu(bool on_nodes)
{
	struct quire_machine *m = leak_machine();

	m->nr_cpus = 4;
	m->percpu_start = percpu_template_start;
	m->percpu_end = percpu_template_end;
	if (on_nodes) {
		test_bank(m, MB(48), MB(32), 1);
		test_machine_kvirt(m, "x86_64");
	}
	REQUIRE(!test_machine_boot(m));
}

static void check_percpu(bool on_nodes)
{
	void *__percpu *lost, *__percpu *kept, *inner;

	boot_with_percpu(on_nodes);
	lost = alloc_percpu(void *);
	kept = leak_roots[0] = __alloc_percpu(64, 8);
	inner = *per_cpu_ptr(lost, 1) = new_object(16);
	*per_cpu_ptr(kept + 2, 3) = new_object(16);
	per_cpu(head, 2) = new_object(16);
	CHECK_LEAKS(lost, inner);
	CHECK(strstr(leak_report(), "unreferenced object (percpu) 0x"));
	CHECK(strstr(leak_report(), "  hex dump (first 8 bytes on cpu 0):\n") || sizeof(void *) == 4);
	free_percpu(lost);
	CHECK_LEAKS(inner);
	per_cpu(head, 2) = NULL;
	scan_times(2);
	CHECK_EQ(nr_leaks(), 2);
	kmemleak_ignore_percpu(kept);
	scan_times(2);
	CHECK_EQ(nr_leaks(), 3);
	free_percpu(kept);
	CHECK_EQ(this_quire()->log.warnings, 0);
}

static void every_copy_of_per_cpu_memory_is_looked_through(void)
{
	check_percpu(false);
}

static void on_several_nodes_too(void)
{
	check_percpu(true);
}

static void per_cpu_memory_is_found_by_other_objects(void)
{
	void **box;

	boot_with_percpu(false);
	box = leak_roots[5] = new_object(64);
	box[7] = (char *)__alloc_percpu(64, 8) + 16;
	CHECK_LEAKS();
	box[7] = NULL;
	scan_times(2);
	CHECK_EQ(nr_leaks(), 1);
}

/* ---- other roots ---- */

static void links_of_pages_that_are_held_are_pointers(void)
{
	struct page *page;
	void *kept;

	boot_leak_machine();
	kept = new_object(64);
	page = alloc_pages(GFP_KERNEL, 0);
	page->lru.next = kept;
	CHECK_LEAKS();
	__free_page(page);
	CHECK_LEAKS(kept);
	page = alloc_pages(GFP_KERNEL, 2);
	page->lru.prev = kept;
	CHECK_LEAKS();
}

static void private_data_of_pages_are_pointers(void)
{
#if CONFIG_PAGE_EXT
	struct page *page;
	void *kept;

	boot_leak_machine();
	kept = new_object(64);
	page = alloc_pages(GFP_KERNEL, 0);
	set_page_private(page, (unsigned long)(uintptr_t)kept);
	CHECK_LEAKS();
	__free_page(page);
	CHECK_LEAKS(kept);
#endif
}

static void trees_of_resources_lead_to_what_is_in_them(void)
{
	struct resource *device;

	boot_leak_machine();
	device = new_object(sizeof(*device));
	device->start = MB(512);
	device->end = MB(513) - 1;
	device->name = "device";
	REQUIRE(!request_resource(&this_quire()->report.iomem_resource, device));
	CHECK_LEAKS();
}

static void stacks_are_looked_through_while_they_are_there(void)
{
	static void *words[2][600];
	struct kmemleak_stack stack[2] = { { .start = words[0], .end = words[0] + 600 },
					   { .start = words[1], .end = words[1] + 600 } };
	void *a, *b;

	memset(words, 0, sizeof(words));
	boot_leak_machine();
	a = words[0][599] = new_object(16);
	b = words[1][0] = new_object(16);
	kmemleak_add_stack(&stack[0]);
	kmemleak_add_stack(&stack[1]);
	CHECK_LEAKS();
	stack[1].start = words[1] + 1; /* what is below the stack pointer is no longer meant */
	CHECK_LEAKS(b);
	CHECK_EQ(kmemleak_write("stack=off"), 0);
	CHECK_LEAKS(a, b);
	CHECK_EQ(kmemleak_write("stack=on"), 0);
	CHECK_LEAKS(b);
	kmemleak_remove_stack(&stack[0]);
	CHECK_LEAKS(a, b);
	kmemleak_remove_stack(&stack[1]);
	CHECK(!this_quire()->leak.stacks);
}

/*
 * An image whose .data holds struct quire and the detector's own state: a pointer there is none. Here
 * the whole structure is a root, with a pointer on either side.
 */
static void its_own_state_does_not_hide_a_leak(void)
{
	static struct kmemleak_range around[2];
	struct quire_machine *m = leak_machine();
	const char *q = (const char *)this_quire();
	void *lost;

	around[0] = (struct kmemleak_range){ leak_roots, leak_roots + LEAK_ROOTS };
	around[1] = (struct kmemleak_range){ q, q + sizeof(struct quire) };
	m->leaks.roots = around;
	m->leaks.nr_roots = 2;
	REQUIRE(!test_machine_boot(m));
	leak_roots[LEAK_ROOTS - 1] = new_object(16);
	lost = new_object(16);
	this_quire()->leak.min_addr[KMEMLEAK_VIRT] = (uintptr_t)lost & ~(uintptr_t)0xffff;
	this_quire()->leak.next_scan = (unsigned long)(uintptr_t)lost;
	CHECK_LEAKS(lost);
}

/* ---- caches ---- */

/* Through the list of all caches its structure is found, and through that its name. */
static void a_cache_and_its_name_are_followed(const struct slab_engine *engine)
{
	struct quire_machine *m = leak_machine();
	struct kmem_cache *cache;
	struct kmemleak_info info;
	const void *name;

	m->objects.engine = engine;
	REQUIRE(!test_machine_boot(m));
	cache = kmem_cache_create("followed", 100, 0, SLAB_NO_MERGE, NULL);
	REQUIRE(cache);
	name = cache->name;
	CHECK(kmemleak_find((uintptr_t)cache, &info));
	CHECK_EQ(info.pointer, (uintptr_t)cache);
	CHECK(kmemleak_find((uintptr_t)name, &info));
	CHECK_EQ(info.size, sizeof("followed"));
	CHECK_LEAKS();
	list_del(&cache->list);
	CHECK_LEAKS(cache, (void *)(uintptr_t)name);
	list_add(&cache->list, &this_quire()->slab.caches);
	CHECK_LEAKS();
	kmem_cache_destroy(cache);
	CHECK(!kmemleak_find((uintptr_t)cache, &info));
	CHECK(!kmemleak_find((uintptr_t)name, &info));
}

static void a_cache_of_slub_and_its_name_are_followed(void)
{
	a_cache_and_its_name_are_followed(&quire_slub);
}
static void a_cache_of_slab_and_its_name_are_followed(void)
{
	a_cache_and_its_name_are_followed(&quire_slab);
}
static void a_cache_of_slob_and_its_name_are_followed(void)
{
	a_cache_and_its_name_are_followed(&quire_slob);
}

/* ---- memory for what is kept of objects ---- */

static struct {
	_Alignas(u64) char bytes[128 << 10];
	size_t used, limit;
} records;

static void *memory_for_records(void *ctx, size_t size)
{
	void *p = records.bytes + records.used;

	CHECK_PTR(ctx, &records);
	if (size > records.limit - records.used)
		return NULL;
	records.used += size;
	return p;
}

static void boot_with_records(size_t limit)
{
	struct quire_machine *m = leak_machine();

	records.used = 0;
	records.limit = limit;
	m->leaks.memory = memory_for_records;
	m->leaks.ctx = &records;
	REQUIRE(!test_machine_boot(m));
}

static void records_lie_where_the_machine_says(void)
{
	unsigned long nr_free;
	struct quire_machine *m = leak_machine();
	size_t at_boot;

	m->leaks.layer = NULL;
	REQUIRE(!test_machine_boot(m));
	nr_free = nr_free_pages();
	boot_with_records(sizeof(records.bytes));
	CHECK_EQ(nr_free_pages(), nr_free);
	at_boot = records.used;
	new_object(16); /* takes pages for those that follow */
	nr_free = nr_free_pages();
	while (records.used < at_boot + (64 << 10))
		new_object(16);
	CHECK_EQ(nr_free_pages(), nr_free);
	CHECK_EQ(kmemleak_validate(), 0);
	CHECK(kmemleak_is_on());
}

static void when_that_is_used_up_objects_are_followed_no_longer(void)
{
	boot_with_records(64 << 10);
	while (kmemleak_is_on())
		new_object(16);
	CHECK(log_contains("kmemleak: Cannot allocate a kmemleak_object structure\n"));
	CHECK(records.used <= 64 << 10);
	kmemleak_write("clear");
	CHECK_EQ(kmemleak_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(boot_memory_is_followed_from_the_first_allocation_on),
	TEST(boot_memory_is_marked_by_either_address),
	TEST(boot_memory_that_is_given_back_is_not_looked_through),
	TEST(boot_memory_can_be_given_back_in_parts),
	TEST(bootmem_is_followed_as_well),
	TEST(an_area_wants_a_pointer_beside_its_own),
	TEST(its_structure_leads_to_it),
	TEST(areas_that_are_gone_are_not_touched),
	TEST(a_large_hash_table_is_looked_through),
	TEST(every_copy_of_per_cpu_memory_is_looked_through),
	TEST(on_several_nodes_too),
	TEST(per_cpu_memory_is_found_by_other_objects),
	TEST(links_of_pages_that_are_held_are_pointers),
	TEST(private_data_of_pages_are_pointers),
	TEST(trees_of_resources_lead_to_what_is_in_them),
	TEST(stacks_are_looked_through_while_they_are_there),
	TEST(its_own_state_does_not_hide_a_leak),
	TEST(a_cache_of_slub_and_its_name_are_followed),
	TEST(a_cache_of_slab_and_its_name_are_followed),
	TEST(a_cache_of_slob_and_its_name_are_followed),
	TEST(records_lie_where_the_machine_says),
	TEST(when_that_is_used_up_objects_are_followed_no_longer),
	{ NULL, NULL },
};
