/* SPDX-License-Identifier: MIT */
/*
 * memblock_debugfs.c - debugfs memblock/memory and memblock/reserved: the region arrays,
 * which stay readable after the boot (CONFIG_ARCH_KEEP_MEMBLOCK in Linux).
 *
 * Linux prints an address as wide as phys_addr_t: 16 digits in a 64-bit kernel and in a
 * 32-bit one with PAE or LPAE, 8 in the others. A library for many machines has one wide
 * phys_addr_t, so the machine decides: 8 digits where it can drive no address above 4 GiB
 * (phys_bits of its description at most 32), 16 where it can, or where the description
 * does not say.
 */
#include "mm/boot/memblock_internal.h"
#include "mm/proc/internal.h"

static int address_digits(void)
{
	u64 phys_end = this_quire()->geo.phys_end;

	if (sizeof(phys_addr_t) == 4)
		return 8;
	return phys_end && phys_end <= 1ULL << 32 ? 8 : 16;
}

static void show_regions(struct seq_file *m, const struct memblock_type *type)
{
	struct memblock_region r;
	int digits = address_digits();
	unsigned long i;

	for (i = 0; memblock_get_region(type, i, &r); i++)
		seq_printf(m, "%4lu: 0x%0*llx..0x%0*llx\n", i, digits, (unsigned long long)r.base, digits,
			   (unsigned long long)(r.base + r.size - 1));
}

void memblock_memory_show(struct seq_file *m)
{
	show_regions(m, &memblock.memory);
}

void memblock_reserved_show(struct seq_file *m)
{
	show_regions(m, &memblock.reserved);
}
