/* SPDX-License-Identifier: MIT */
/*
 * e820.c - overlaps resolved without sorting and without memory of its own.
 *
 * A firmware map may be unsorted, may overlap itself and may say the same thing twice.
 * It is short, though, so there is no need to sort it: stand at an address, ask every
 * entry for its type there (the highest number wins: "reserved" beats "usable"), ask
 * every entry for the next address where anything changes, and go there. Steps of the
 * same type become one range.
 *
 *	usable      |-------------------------|
 *	reserved            |----|
 *	ACPI                   |----|
 *	            uuuuuuuurrrAAAAAuuuuuuuuuuu
 *
 * A PC adds two rules, whatever the firmware says. The first page holds the BIOS's
 * data and is reserved. 0xa0000 to 0xfffff is the video memory and the ROMs: not RAM.
 */
#include "port/pc/e820.h"

#define FIRST_PAGE_END 0x1000u
#define VIDEO_START 0xa0000u
#define LAST_BYTE (~(u64)0)

/* The last byte of an entry that is not empty. */
static u64 entry_last(const struct e820_entry *entry)
{
	return entry->size - 1 > LAST_BYTE - entry->base ? LAST_BYTE
							 : entry->base + entry->size - 1;
}

static u32 pc_rules(u64 address, u32 type)
{
	if (type != E820_RAM)
		return type;
	if (address < FIRST_PAGE_END)
		return E820_RESERVED;
	if (address >= VIDEO_START && address < E820_LOW_END)
		return E820_NONE;
	return type;
}

static u32 type_at(const struct e820_entry *map, size_t nr, u64 address)
{
	u32 type = E820_NONE;

	for (size_t i = 0; i < nr; i++)
		if (map[i].size && map[i].type > type && address >= map[i].base &&
		    address <= entry_last(&map[i]))
			type = map[i].type;
	return pc_rules(address, type);
}

static u64 nearer_edge(u64 edge, u64 nearest, u64 address)
{
	return edge > address && edge < nearest ? edge : nearest;
}

/* The first address above `address` where the type may change; LAST_BYTE if none does. */
static u64 next_edge(const struct e820_entry *map, size_t nr, u64 address)
{
	u64 edge = LAST_BYTE;

	for (size_t i = 0; i < nr; i++) {
		if (!map[i].size)
			continue;
		edge = nearer_edge(map[i].base, edge, address);
		if (entry_last(&map[i]) != LAST_BYTE)
			edge = nearer_edge(entry_last(&map[i]) + 1, edge, address);
	}
	edge = nearer_edge(FIRST_PAGE_END, edge, address);
	edge = nearer_edge(VIDEO_START, edge, address);
	return nearer_edge(E820_LOW_END, edge, address);
}

/* Moves *address to the end of what has its type; false when that is the end of all. */
static bool skip_type(const struct e820_entry *map, size_t nr, u64 *address)
{
	u32 type = type_at(map, nr, *address);

	do {
		*address = next_edge(map, nr, *address);
		if (*address == LAST_BYTE)
			return false;
	} while (type_at(map, nr, *address) == type);
	return true;
}

bool e820_next_range(const struct e820_entry *map, size_t nr, u64 *position,
		     struct e820_entry *range)
{
	u64 start = *position;
	u64 end;

	if (type_at(map, nr, start) == E820_NONE && !skip_type(map, nr, &start))
		return false;
	end = start;
	if (!skip_type(map, nr, &end))
		end = 0;
	range->base = start;
	/* A range that ends with the last byte: end 0 makes the size come out modulo 2^64. */
	range->size = end - start;
	range->type = type_at(map, nr, start);
	*position = end;
	return true;
}

static bool clip_bank(const struct e820_entry *range, struct machine_bank *bank)
{
	u64 room;

	if (range->base > PHYS_ADDR_MAX)
		return false;
	room = (u64)PHYS_ADDR_MAX - range->base;
	bank->base = (phys_addr_t)range->base;
	bank->size = (phys_addr_t)(range->size > room ? room : range->size);
	bank->nid = 0;
	bank->flags = 0;
	return bank->size != 0;
}

size_t e820_banks(const struct e820_entry *map, size_t nr, struct machine_bank *banks, size_t max)
{
	struct e820_entry range;
	struct machine_bank bank;
	size_t found = 0;
	u64 position = 0;

	while (e820_next_range(map, nr, &position, &range)) {
		if (range.type == E820_RAM && clip_bank(&range, &bank)) {
			if (found < max)
				banks[found] = bank;
			found++;
		}
		if (!position)
			break;
	}
	return found;
}

const char *e820_resource_name(u32 type)
{
	switch (type) {
	case E820_RAM:
		return "System RAM";
	case E820_ACPI:
		return "ACPI Tables";
	case E820_NVS:
		return "ACPI Non-volatile Storage";
	case E820_UNUSABLE:
		return "Unusable memory";
	case E820_PMEM:
		return "Persistent Memory";
	case E820_PRAM:
		return "Persistent Memory (legacy)";
	case E820_SOFT_RESERVED:
		return "Soft Reserved";
	default:
		return "Reserved";
	}
}
