/* SPDX-License-Identifier: MIT */
/*
 * cma_debugfs.c - /sys/kernel/debug/cma: a directory for each area, a file for each thing that is
 * known of it. As a report all files of all areas, each behind its path, as `grep . -r` prints
 * them.
 */
#include <quire/cma.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"
#include "mm/proc/internal.h"

static unsigned long pages_used(const struct cma *cma)
{
	return (unsigned long)bitmap_weight(cma->bitmap, cma_bitmap_maxno(cma)) << cma->order_per_bit;
}

/* The longest run of bits that are not taken, in pages. */
static unsigned long largest_chunk(const struct cma *cma)
{
	size_t total = cma_bitmap_maxno(cma), start, end = 0, longest = 0;

	while ((start = find_next_zero_bit(cma->bitmap, total, end)) < total) {
		end = find_next_bit(cma->bitmap, total, start);
		longest = max_of(longest, end - start);
	}
	return (unsigned long)longest << cma->order_per_bit;
}

/* Words of 32 bits, with a blank between. */
static void show_bitmap(struct seq_file *m, const struct cma *cma)
{
	size_t words = (cma_bitmap_maxno(cma) + 31) / 32, i;

	for (i = 0; i < words; i++) {
		unsigned long word = cma->bitmap[i * 32 / BITS_PER_LONG] >> (i * 32 % BITS_PER_LONG);

		seq_printf(m, "%s%u", i ? " " : "", (u32)word);
	}
	seq_puts(m, "\n");
}

static const char *const files[] = {
	"base_pfn", "bitmap", "count", "maxchunk", "order_per_bit", "used", NULL,
};

bool cma_debugfs_show(struct seq_file *m, const struct cma *cma, const char *file)
{
	if (quire_streq(file, "bitmap"))
		show_bitmap(m, cma);
	else if (quire_streq(file, "base_pfn"))
		seq_printf(m, "%lu\n", cma->base_pfn);
	else if (quire_streq(file, "count"))
		seq_printf(m, "%lu\n", cma->count);
	else if (quire_streq(file, "order_per_bit"))
		seq_printf(m, "%u\n", cma->order_per_bit);
	else if (quire_streq(file, "used"))
		seq_printf(m, "%lu\n", pages_used(cma));
	else if (quire_streq(file, "maxchunk"))
		seq_printf(m, "%lu\n", largest_chunk(cma));
	else
		return false;
	return true;
}

void cma_show(struct seq_file *m)
{
	const struct cma *cma;
	unsigned int i;

	for (cma = this_quire()->page.cma_areas; cma; cma = cma->next)
		for (i = 0; files[i]; i++) {
			seq_printf(m, "%s/%s:", cma->name, files[i]);
			cma_debugfs_show(m, cma, files[i]);
		}
}
