/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_unmap_test.c - an area is announced when all of it is mapped, and is known no longer before any of
 * it is unmapped: looked at from the hooks that map and unmap, so it does not depend on who runs when.
 */
#include <sys/mman.h>

#include <quire/vmalloc.h>

#include "tests/debug/kmemleak_support.h"

static unsigned long pages_mapped, pages_unmapped, early, late;

static unsigned long known_pages(uintptr_t addr, size_t size, unsigned long *pages)
{
	struct kmemleak_info info;
	unsigned long known = 0;
	size_t at;

	for (at = 0; at < size; at += PAGE_SIZE, ++*pages)
		known += kmemleak_find(addr + at, &info);
	return known;
}

int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	void *got = mmap((void *)addr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)phys;
	(void)prot;
	early += known_pages(addr, size, &pages_mapped);
	return got == MAP_FAILED ? -ENOMEM : 0;
}

void port_window_unmap(uintptr_t addr, size_t size)
{
	late += known_pages(addr, size, &pages_unmapped);
	CHECK(mmap((void *)addr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		   0) != MAP_FAILED);
}

static void an_area_is_known_only_while_all_of_it_is_mapped(void)
{
	struct quire_machine *m = leak_machine();
	struct kmemleak_info info;
	char *area;

	test_machine_kvirt(m, "x86_64");
	REQUIRE(!test_machine_boot(m));
	pages_mapped = pages_unmapped = early = late = 0;
	area = vmalloc(100 * PAGE_SIZE);
	CHECK(pages_mapped >= 100);
	CHECK_EQ(early, 0);
	CHECK(kmemleak_find((uintptr_t)area + 100 * PAGE_SIZE - 1, &info));
	CHECK(!kmemleak_find((uintptr_t)area + 100 * PAGE_SIZE, &info));
	CHECK(kmemleak_find((uintptr_t)find_vm_area(area), &info));
	vfree(area);
	vm_unmap_aliases();
	CHECK(pages_unmapped >= 100);
	CHECK_EQ(late, 0);
	CHECK(!kmemleak_find((uintptr_t)area, &info));
	CHECK_EQ(kmemleak_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(an_area_is_known_only_while_all_of_it_is_mapped),
	{ NULL, NULL },
};
