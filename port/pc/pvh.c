/* SPDX-License-Identifier: MIT */
/*
 * pvh.c - the start information of the PVH boot protocol: a memory map and a command line.
 *
 * The loader may have put it anywhere, also into memory that is not RAM and will not be
 * mapped later: all that is needed is copied.
 */
#include "port/pc/pc.h"

/* As the protocol lays it out: little-endian, no padding that a compiler would not make. */
struct hvm_start_info {
	u32 magic;
	u32 version; /* 1 and later have a memory map */
	u32 flags;
	u32 nr_modules;
	u64 modules;	  /* physical addresses */
	u64 command_line; /* 0: none */
	u64 rsdp;
	u64 memory_map;
	u32 nr_memory_map;
	u32 reserved;
};
_Static_assert(sizeof(struct hvm_start_info) == 56, "the protocol's size");

struct hvm_memory_map_entry {
	u64 base, size;
	u32 type; /* as in e820 */
	u32 reserved;
};
_Static_assert(sizeof(struct hvm_memory_map_entry) == 24, "the protocol's size");

#define HVM_START_MAGIC 0x336ec578

/* `size` bytes that the loader left at a physical address. */
static BOOT_CODE const void *early_pointer(u64 phys, u64 size, const char *what)
{
	if (phys >= EARLY_MAPPED || size > EARLY_MAPPED - phys) {
		console_printf("The loader left the %s at 0x%llx, beyond the first page table.\n", what,
			       (unsigned long long)phys);
		machine_exit(1);
	}
	return (const char *)PAGE_OFFSET + (uintptr_t)phys;
}

static BOOT_CODE void copy_map(const struct hvm_start_info *info, struct pc_firmware *firmware)
{
	const struct hvm_memory_map_entry *map;
	size_t i, nr = info->nr_memory_map;

	map = early_pointer(info->memory_map, (u64)nr * sizeof(*map), "memory map");
	if (nr > PC_MAX_RANGES) {
		console_printf("The firmware's map has %zu entries; the last %zu are not used.\n", nr,
			       nr - PC_MAX_RANGES);
		nr = PC_MAX_RANGES;
	}
	for (i = 0; i < nr; i++)
		firmware->map[i] = (struct e820_entry){ map[i].base, map[i].size, map[i].type };
	firmware->nr_map = nr;
}

static BOOT_CODE void copy_command_line(u64 phys, char *to)
{
	const char *from = early_pointer(phys, PC_COMMAND_LINE, "command line");
	size_t i;

	for (i = 0; i < PC_COMMAND_LINE - 1 && from[i]; i++)
		to[i] = from[i];
	to[i] = '\0';
}

BOOT_CODE void pc_read_firmware(u32 start_info, struct pc_firmware *firmware)
{
	const struct hvm_start_info *info =
		early_pointer(start_info, sizeof(*info), "start information");

	if (info->magic != HVM_START_MAGIC || info->version < 1 || !info->nr_memory_map) {
		console_printf("There is no PVH start information with a memory map at 0x%x.\n",
			       start_info);
		machine_exit(1);
	}
	copy_map(info, firmware);
	if (info->command_line)
		copy_command_line(info->command_line, firmware->command_line);
}
