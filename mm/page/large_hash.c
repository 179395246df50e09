/* SPDX-License-Identifier: MIT */
/*
 * large_hash.c - hash tables sized from the RAM: what a kernel's dentry and inode caches
 * ask for at boot.
 */
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"

/* From so many pages on a table grows by half as much as the RAM does: 64 GB. */
#define ADAPT_SCALE_BASE (64ULL << 30)

/* Buckets for one each 2^scale bytes of lowmem. */
static unsigned long entries_by_scale(int scale, unsigned long high_limit)
{
	unsigned long megabyte = max_of((1UL << 20) >> PAGE_SHIFT, 1UL);
	unsigned long pages = ALIGN_UP(this_quire()->page.nr_kernel_pages, megabyte);
	u64 adapt;

	if (!high_limit && sizeof(long) == 8)
		for (adapt = ADAPT_SCALE_BASE >> PAGE_SHIFT; adapt < pages; adapt <<= 2)
			scale++;
	return scale > (int)PAGE_SHIFT ? pages >> (scale - (int)PAGE_SHIFT)
				       : pages << ((int)PAGE_SHIFT - scale);
}

/* No more buckets than a 16th of all RAM holds, and than 2^31. */
static unsigned long entries_that_ram_allows(unsigned long bucketsize)
{
	u64 bytes = (u64)this_quire()->page.nr_all_pages << PAGE_SHIFT >> 4, max = 0;

	/* bytes / bucketsize by shifts: 64-bit division needs the compiler's library on 32 bits. */
	while (max < 0x40000000 && (max ? max * 2 : 1) * bucketsize <= bytes)
		max = max ? max * 2 : 1;
	return (unsigned long)max;
}

static unsigned int log2_entries(unsigned long bucketsize, unsigned long numentries, int scale,
				 unsigned long low_limit, unsigned long high_limit)
{
	unsigned long max = high_limit ? high_limit : entries_that_ram_allows(bucketsize);

	if (!numentries) {
		numentries = entries_by_scale(scale, high_limit);
		if (numentries * bucketsize < PAGE_SIZE)
			numentries = (PAGE_SIZE + bucketsize - 1) / bucketsize;
	}
	if (numentries > 1)
		numentries = 1UL << fls_long(numentries - 1);
	numentries = min_of(max_of(numentries, low_limit), max_of(max, 1UL));
	return fls_long(numentries) - 1;
}

static void *alloc_table(unsigned long size, int flags, const char *name)
{
	gfp_t zero = flags & HASH_ZERO ? __GFP_ZERO : 0;
	void *table;

	/* Too large for any block is no mistake of the caller: a smaller table will be asked for. */
	if (!(flags & HASH_EARLY) && get_order(size) >= MAX_ORDER)
		return NULL;
	if (!(flags & HASH_EARLY))
		return alloc_pages_exact(size, GFP_ATOMIC | __GFP_NOWARN | zero);
	table = boot_alloc_raw(size, SMP_CACHE_BYTES, NUMA_NO_NODE, name);
	return table && zero ? memset(table, 0, size) : table;
}

void *alloc_large_system_hash(const char *tablename, unsigned long bucketsize,
			      unsigned long numentries, int scale, int flags,
			      unsigned int *_hash_shift, unsigned int *_hash_mask,
			      unsigned long low_limit, unsigned long high_limit)
{
	unsigned int shift = log2_entries(bucketsize, numentries, scale, low_limit, high_limit);
	unsigned long size;
	void *table;

	for (;; shift--) {
		size = bucketsize << shift;
		table = alloc_table(size, flags, tablename);
		if (table || size <= PAGE_SIZE || !shift)
			break;
	}
	if (!table)
		quire_panic("Failed to allocate %s hash table", tablename);
	pr_info("%s hash table entries: %lu (order: %d, %lu bytes, linear)", tablename, 1UL << shift,
		(int)fls_long(size) - 1 - (int)PAGE_SHIFT, size);
	kmemleak_alloc(table, size, flags & HASH_EARLY ? 0 : 1, GFP_ATOMIC);
	if (_hash_shift)
		*_hash_shift = shift;
	if (_hash_mask)
		*_hash_mask = (1U << shift) - 1;
	return table;
}
