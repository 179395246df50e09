/* SPDX-License-Identifier: MIT */
/*
 * hotplug.c - where RAM can be plugged in: from what the firmware says of its slots.
 *
 * The firmware's ranges cover what is plugged in already. What is left of them is cut down to
 * whole memory blocks:
 *
 *   SRAT       [ hotplug                                  ]
 *   banks      [ RAM      ]              [ RAM ]
 *   blocks     |     |     |     |     |     |     |     |
 *   used                   [           ]     .     [     ]
 */
#include "tools/machine/reader.h"

#define USUAL_BLOCK ((u64)128 << 20)

bool machine_note_pluggable(struct machine_file *f, u64 base, u64 size, int nid)
{
	struct machine_hotplug *range = vector_push(&f->pluggable, sizeof(*range));

	if (!range)
		return machine_no_memory(f);
	*range = (struct machine_hotplug){ .base = base, .size = size, .nid = nid };
	return true;
}

/* Adds the whole memory blocks of [start, end). */
static bool use(struct machine_file *f, u64 start, u64 end, int nid)
{
	u64 block = f->m.memory_block_size ? f->m.memory_block_size : USUAL_BLOCK;

	if (start > UINT64_MAX - block)
		return true;
	start = (start + block - 1) & ~(block - 1);
	end &= ~(block - 1);
	return start >= end || machine_add_hotplug(f, start, end - start, nid, 0);
}

/* What lies between the banks. */
static bool use_gaps(struct machine_file *f, const struct machine_hotplug *range)
{
	const struct bank_entry *banks = f->banks.items;
	u64 at = range->base, end = range->size > UINT64_MAX - at ? UINT64_MAX : at + range->size;

	for (size_t i = 0; i < f->banks.nr && at < end; i++) {
		u64 base = banks[i].bank.base, behind = base + banks[i].bank.size;

		if (behind <= at || base >= end)
			continue;
		if (base > at && !use(f, at, base, range->nid))
			return false;
		at = behind;
	}
	return at >= end || use(f, at, end, range->nid);
}

bool machine_use_pluggable(struct machine_file *f)
{
	for (size_t i = 0; i < f->pluggable.nr; i++)
		if (!use_gaps(f, (const struct machine_hotplug *)f->pluggable.items + i))
			return false;
	return true;
}
