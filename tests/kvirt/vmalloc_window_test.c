/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_window_test.c - the process has no room for a mapping: each call fails once at each
 * of its mappings, and nothing has changed. Also: what is mapped in the process is what
 * the table says.
 */
#include <string.h>
#include <sys/mman.h>

#include <quire/port.h>

#include "mm/kvirt/internal.h"
#include "tests/kvirt/vmalloc_support.h"
#include "tests/support/support.h"

static unsigned long maps, fail_at;	 /* the map that fails, counted from 1; 0: none */
static bool is_shown[(96 << 20) / 4096]; /* by page: this process maps it */

/* Notes that pages of the vmalloc window are mapped now, or not any more. */
static void note(uintptr_t addr, size_t size, bool is_mapped)
{
	uintptr_t page;

	for (page = addr; page < addr + size; page += PAGE_SIZE) {
		if (page < VMALLOC_START || page >= VMALLOC_END)
			continue;
		CHECK(!is_mapped || !is_shown[(page - VMALLOC_START) / PAGE_SIZE]);
		is_shown[(page - VMALLOC_START) / PAGE_SIZE] = is_mapped;
	}
}

static unsigned long shown_pages(void)
{
	unsigned long i, shown = 0;

	for (i = 0; i < sizeof(is_shown) / sizeof(is_shown[0]); i++)
		shown += is_shown[i];
	return shown;
}

int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	u64 offset = 0;
	int fd = test_ram_file(phys, &offset);
	void *got;

	if (++maps == fail_at)
		return -ENOMEM;
	got = mmap((void *)addr, size, PROT_READ | (prot & PT_WRITE ? PROT_WRITE : 0),
		   (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_FIXED, fd,
		   (off_t)offset);
	REQUIRE(got != MAP_FAILED);
	note(addr, size, true);
	return 0;
}

void port_window_unmap(uintptr_t addr, size_t size)
{
	note(addr, size, false);
	REQUIRE(mmap((void *)addr, size, PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED);
}

static void *small(void)
{
	return vmalloc(150 * PAGE_SIZE);
}
static void *large(void)
{
	return vmalloc_huge(MB(4) + PAGE_SIZE, GFP_KERNEL);
}
static void *device(void)
{
	return ioremap(MB(512), MB(9));
}
static void *window(void)
{
	static struct page *pages[100];
	unsigned int i;

	/* Every other page: none is beside the one before. */
	for (i = 0; i < 100; i++)
		pages[i] = pfn_to_page(0x2000 + 2 * i);
	return vmap(pages, 100, VM_MAP, PAGE_KERNEL_RO);
}

static void take_back(void *addr)
{
	struct vm_struct *area = find_vm_area(addr);

	if (area && (area->flags & VM_ALLOC))
		vfree(addr);
	else if (area && (area->flags & VM_MAP))
		vunmap(addr);
	else
		iounmap(addr);
}

static void a_process_without_room_changes_nothing(void)
{
	void *(*const calls[])(void) = { small, large, device, window };
	unsigned long n;
	size_t i;

	for (i = 0; i < 4; i++) {
		struct quire_machine *m = boot_with_window("i386-pae");
		struct vmalloc_snapshot before;
		bool failed = true;

		memset(is_shown, 0, sizeof(is_shown));
		vfree(vmalloc(1));
		REQUIRE(!alloc_contig_range(0x2000, 0x2100, MIGRATE_UNMOVABLE, GFP_KERNEL));
		before = vmalloc_snapshot();
		for (n = 1; failed; n++) {
			void *addr;

			REQUIRE(n < 400);
			maps = 0;
			fail_at = n;
			addr = calls[i]();
			failed = maps >= n;
			fail_at = 0;
			CHECK(addr || failed);
			CHECK_EQ(vmalloc_validate(), 0);
			take_back(addr);
			check_snapshot(&before);
			CHECK_EQ(shown_pages(), 0);
		}
		CHECK_EQ(this_quire()->log.warnings, 0);
		test_machine_end(m);
	}
}

/* Neighbours are mapped in one call of the host. */
static void pages_side_by_side_are_mapped_at_once(void)
{
	struct page *pages[64];
	unsigned int i;

	boot_with_window("i386");
	memset(is_shown, 0, sizeof(is_shown));
	REQUIRE(!alloc_contig_range(0x2000, 0x2040, MIGRATE_UNMOVABLE, GFP_KERNEL));
	for (i = 0; i < 64; i++)
		pages[i] = pfn_to_page(0x2000 + (i + 32) % 64);
	maps = 0;
	REQUIRE(vmap(pages, 64, VM_MAP, PAGE_KERNEL));
	CHECK_EQ(maps, 2);
	CHECK_EQ(shown_pages(), 64);
}

const struct tap_test tap_tests[] = {
	TEST(a_process_without_room_changes_nothing),
	TEST(pages_side_by_side_are_mapped_at_once),
	{ NULL, NULL },
};
