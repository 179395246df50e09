/* SPDX-License-Identifier: MIT */
/*
 * e820.h - the memory map that a PC's firmware hands over, made into banks.
 *
 * Freestanding: bare metal calls it on what the BIOS or the boot loader left in memory,
 * the `quire` command on what a kernel log says the firmware left.
 */
#ifndef PORT_PC_E820_H
#define PORT_PC_E820_H

#include <quire/machine.h>

/* The firmware's numbers. Where entries overlap, the higher number holds. */
enum e820_type {
	E820_NONE = 0, /* nobody spoke of it: a hole, or devices */
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3, /* tables that may be reclaimed once read */
	E820_NVS = 4,  /* memory the firmware needs across sleep */
	E820_UNUSABLE = 5,
	E820_PMEM = 7,
	E820_PRAM = 12, /* persistent memory before there was a standard */
};
#define E820_SOFT_RESERVED 0xefffffffu

/* One entry. The firmware's own has the same fields in 20 packed bytes. */
struct e820_entry {
	u64 base; /* bytes */
	u64 size; /* bytes; 0: the entry says nothing. Beyond 2^64: cut there */
	u32 type; /* enum e820_type, or another number that the firmware made up */
};

/* Low memory of a PC: real-mode code and data of the firmware live there. */
#define E820_LOW_END 0x100000u

/*
 * Walks the map after overlaps and the PC's own rules are resolved: *range becomes the
 * first range that ends after *position and has one type (never E820_NONE), and *position
 * its last byte + 1, or 0 behind the last byte there is. Start with *position = 0 and
 * stop when it is 0 again or when the answer is false: nothing more.
 *
 * The map may be in any order. It is not changed, nothing is allocated.
 * Context: any. Time: square of `nr`, which is a few dozen.
 */
bool e820_next_range(const struct e820_entry *map, size_t nr, u64 *position,
		     struct e820_entry *range);

/*
 * The usable ranges, ascending, as banks of node 0. Returns how many there are; only the
 * first `max` are written, so a call with max 0 (banks may be NULL) counts them.
 * Ranges above the end of phys_addr_t are left out, or cut there.
 */
size_t e820_banks(const struct e820_entry *map, size_t nr, struct machine_bank *banks, size_t max);

/* The name that /proc/iomem gives to a range of this type. */
const char *e820_resource_name(u32 type);

#endif
