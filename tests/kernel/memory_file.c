/* SPDX-License-Identifier: MIT */
/*
 * memory_file.c - files of memory for tests in a kernel: what memfd_create is in a process.
 *
 * A file is sparse: a page table of the library, of a format with wide addresses, says which
 * page of the kernel's holds which offset. No MMU walks it.
 */
#include <unistd.h>

#include <quire/quire.h>
#include <quire/pgtable_formats.h>

#include "tests/kernel/kernel_tests.h"

#define NR_FILES 16
#define FIRST_FD 3

struct memory_file {
	bool is_open;
	unsigned int mappings;
	u64 size;
	struct pgtable pages;
};

static struct memory_file files[NR_FILES];

struct memory_file *memory_file_of(int fd)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + NR_FILES || !files[fd - FIRST_FD].is_open)
		return NULL;
	return &files[fd - FIRST_FD];
}

static int free_page_of_file(void *ctx, const struct pt_entry *entry)
{
	(void)ctx;
	if (entry->kind == PT_LEAF)
		free_page((unsigned long)phys_to_virt((phys_addr_t)entry->phys));
	return 0;
}

static void forget(struct memory_file *file)
{
	struct quire *before = select_kernel();

	pt_walk_range(&file->pages, 0, 1ull << (pt_x86_64.va_bits - 1), free_page_of_file, NULL);
	pt_destroy(&file->pages);
	*file = (struct memory_file){ 0 };
	quire_select(before);
}

void memory_file_hold(struct memory_file *file)
{
	file->mappings++;
}

void memory_file_drop(struct memory_file *file)
{
	if (!--file->mappings && !file->is_open)
		forget(file);
}

int memfd_create(const char *name, unsigned int flags)
{
	struct quire *before;
	int i, err;

	(void)name;
	(void)flags;
	for (i = 0; i < NR_FILES; i++) {
		if (files[i].pages.format)
			continue;
		before = select_kernel();
		err = pt_create(&files[i].pages, &pt_x86_64, NULL, NULL);
		quire_select(before);
		files[i].is_open = !err;
		return err ? -1 : FIRST_FD + i;
	}
	return -1;
}

/* Files only grow: nobody here makes one shorter. */
int ftruncate(int fd, off_t size)
{
	struct memory_file *file = memory_file_of(fd);

	if (!file || (u64)size < file->size || (u64)size > 1ull << (pt_x86_64.va_bits - 1))
		return -1;
	file->size = (u64)size;
	return 0;
}

int close(int fd)
{
	struct memory_file *file = memory_file_of(fd);

	if (!file)
		return -1;
	file->is_open = false;
	if (!file->mappings)
		forget(file);
	return 0;
}

/* Reads and writes through any mapping, whatever this table says. */
static const struct pt_attr any_use = { .prot = PT_READ | PT_WRITE };

phys_addr_t memory_file_page(struct memory_file *file, u64 offset)
{
	struct pt_entry entry;
	struct page *page;

	if (offset >= file->size)
		return PHYS_ADDR_MAX;
	if (!pt_lookup(&file->pages, offset, &entry))
		return (phys_addr_t)entry.phys;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return PHYS_ADDR_MAX;
	if (pt_map(&file->pages, offset, page_to_phys(page), PAGE_BYTES, &any_use)) {
		__free_page(page);
		return PHYS_ADDR_MAX;
	}
	return page_to_phys(page);
}

void memory_files_reset(void)
{
	int i;

	for (i = 0; i < NR_FILES; i++)
		if (files[i].pages.format)
			forget(&files[i]);
}
