/* SPDX-License-Identifier: MIT */
/*
 * vmalloc_support.c - see vmalloc_support.h.
 */
#include <string.h>

#include "mm/lib/rbtree.h"
#include "tests/kvirt/vmalloc_support.h"

const char *const vmalloc_formats[] = { "i386", "i386-pae", "x86_64" };

struct quire_machine *boot_with_window(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	return m;
}

struct quire_machine *boot_with_highmem(const char *format)
{
	struct quire_machine *m = test_machine_new();

	test_bank(m, 0, MB(64), 0);
	m->lowmem_end = MB(32);
	m->zones = 1 << ZONE_DMA | 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM;
	m->zone_end[ZONE_DMA] = MB(16);
	m->zone_end[ZONE_NORMAL] = MB(32);
	test_machine_kvirt(m, format);
	REQUIRE(!test_machine_boot(m));
	return m;
}

unsigned long vmalloc_live_areas(void)
{
	struct rb_node *node = rb_first(&this_quire()->kvirt.vmalloc.taken_root);
	unsigned long areas = 0;

	for (; node; node = rb_next(node))
		areas += rb_entry(node, struct vmap_area, rb_node)->state == VMAP_BUSY;
	return areas;
}

/* Pages that hold tables of the kernel, and nodes of the window. */
static unsigned long own_pages(void)
{
	const struct pgtable *table = kernel_pgtable();
	unsigned long pages = this_quire()->kvirt.vmalloc.pool.nr_pages;
	unsigned int level;

	for (level = 0; level + 1 < table->format->levels; level++)
		pages += table->nr_tables[level] << get_order(pt_table_bytes(table->format, level));
	return pages;
}

struct vmalloc_snapshot vmalloc_snapshot(void)
{
	struct vmalloc_snapshot now;

	vm_unmap_aliases();
	now.areas = vmalloc_live_areas();
	now.nr_pages = vmalloc_nr_pages();
	now.free_pages = nr_free_pages() + own_pages();
	return now;
}

void check_snapshot(const struct vmalloc_snapshot *before)
{
	struct vmalloc_snapshot now = vmalloc_snapshot();

	CHECK_EQ(vmalloc_validate(), 0);
	CHECK_EQ(now.areas, before->areas);
	CHECK_EQ(now.nr_pages, before->nr_pages);
	CHECK_EQ(now.free_pages, before->free_pages);
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

static unsigned char pattern_byte(unsigned long i, unsigned int seed)
{
	return (unsigned char)(i * 31 + (i >> 8) * 7 + (i >> 16) + seed * 101 + 1);
}

void fill_pattern(void *addr, unsigned long size, unsigned int seed)
{
	unsigned char *byte = addr;
	unsigned long i;

	for (i = 0; i < size; i++)
		byte[i] = pattern_byte(i, seed);
}

bool has_pattern(const void *addr, unsigned long size, unsigned int seed)
{
	const unsigned char *byte = addr;
	unsigned long i;

	for (i = 0; i < size; i++)
		if (byte[i] != pattern_byte(i, seed))
			return CHECK_EQ(byte[i], pattern_byte(i, seed));
	return true;
}

bool is_cleared(const void *addr, unsigned long size)
{
	const unsigned char *byte = addr;
	unsigned long i;

	for (i = 0; i < size; i++)
		if (byte[i])
			return CHECK_EQ(i, size);
	return true;
}

bool is_unmapped(const void *addr)
{
	struct pt_entry found;

	return pt_lookup(kernel_pgtable(), kernel_va(addr), &found) == -ENOENT;
}

unsigned int log_count(const char *text)
{
	const char *at = log_text();
	unsigned int count = 0;

	while ((at = strstr(at, text))) {
		at += strlen(text);
		count++;
	}
	return count;
}
