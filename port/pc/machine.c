/* SPDX-License-Identifier: MIT */
/*
 * machine.c - a PC as a struct quire_machine: what the firmware says of RAM, what is taken,
 * the zones, the windows, and which part of the image may do what.
 */
#include <quire/kmemleak.h>
#include <quire/kvirt.h>
#include <quire/pgtable_formats.h>
#include <quire/slab.h>

#include "port/pc/cpu.h"
#include "port/pc/pc.h"

#define BIT(n) (1U << (n))
#define MB ((phys_addr_t)1 << 20)

static struct machine_bank banks[PC_MAX_RANGES];
static struct machine_resource resources[PC_MAX_RANGES];

/* ---- memory ---- */

/* Address lines of this CPU, as far as the format has bits for them. */
static BOOT_CODE unsigned int phys_bits(void)
{
	unsigned int bits = CONFIG_PGTABLE_FORMAT.phys_bits, lines = 36;

	if (cpuid(0x80000000).a >= 0x80000008)
		lines = cpuid(0x80000008).a & 0xff;
	return lines < bits ? lines : bits;
}

/* What the CPU cannot drive is no RAM for it. */
static BOOT_CODE size_t clip_banks(size_t nr, unsigned int bits)
{
	u64 end = (u64)1 << bits;
	size_t i;

	for (i = 0; i < nr && banks[i].base < end; i++)
		if (banks[i].size > end - banks[i].base)
			banks[i].size = (phys_addr_t)(end - banks[i].base);
	return i;
}

static BOOT_CODE size_t list_resources(const struct pc_firmware *firmware)
{
	struct e820_entry range;
	u64 position = 0;
	size_t nr = 0;

	while (nr < PC_MAX_RANGES &&
	       e820_next_range(firmware->map, firmware->nr_map, &position, &range)) {
		if (range.base > PHYS_ADDR_MAX)
			break;
		resources[nr++] = (struct machine_resource){
			.start = (phys_addr_t)range.base,
			.end = (phys_addr_t)(range.base + range.size - 1 > PHYS_ADDR_MAX
						     ? PHYS_ADDR_MAX
						     : range.base + range.size - 1),
			.name = e820_resource_name(range.type),
		};
		if (!position)
			break;
	}
	return nr;
}

/* ---- the image ---- */

#define DATA (PT_READ | PT_WRITE | PT_GLOBAL)
#define STACK(name_) kernel_stacks.name_.bytes_, STACK_TOP(name_)
#define GUARD(name_) kernel_stacks.name_.guard, kernel_stacks.name_.bytes_

static const struct image_piece {
	const char *name;
	const char *start, *end;
	unsigned int prot; /* 0: a hole */
} pieces[] = {
	{ ".text", __text_start, __text_end, PT_READ | PT_EXEC | PT_GLOBAL },
	{ ".rodata", __rodata_start, __rodata_end, PT_READ | PT_GLOBAL },
	{ ".init.text", __init_start, __init_text_end, PT_READ | PT_EXEC | PT_GLOBAL },
	{ ".init.data", __init_text_end, __init_end, DATA },
	{ ".data", __data_start, __data_end, DATA },
	{ "guard page of the boot stack", GUARD(boot), 0 },
	{ "boot stack", STACK(boot), DATA },
	{ "guard page of the trap stack", GUARD(trap), 0 },
	{ "trap stack", STACK(trap), DATA },
	{ "guard page of the double-fault stack", GUARD(double_fault), 0 },
	{ "double-fault stack", STACK(double_fault), DATA },
	{ "guard page behind the stacks", kernel_stacks.end, (char *)(&kernel_stacks + 1), 0 },
	{ ".bss", (char *)(&kernel_stacks + 1), __bss_end, DATA },
};
#define NR_PIECES (sizeof(pieces) / sizeof(pieces[0]))

/* Where the image is linked, and if that is elsewhere, where the direct map shows it, too. */
#define MAPPINGS_PER_PIECE (KERNEL_BASE == PAGE_OFFSET ? 1 : 2)
static struct machine_mapping mappings[NR_PIECES * MAPPINGS_PER_PIECE];

static BOOT_CODE void list_mappings(void)
{
	struct machine_mapping *m = mappings;
	size_t i;

	for (i = 0; i < NR_PIECES; i++) {
		const struct image_piece *piece = &pieces[i];

		*m = (struct machine_mapping){
			.va = (uintptr_t)piece->start,
			.phys = image_phys(piece->start),
			.size = (u64)(piece->end - piece->start),
			.prot = piece->prot,
			.name = piece->name,
		};
		if (MAPPINGS_PER_PIECE == 2) {
			m[1] = m[0];
			m[1].va = PAGE_OFFSET + (uintptr_t)m->phys;
			m[1].prot &= ~PT_EXEC;
		}
		m += MAPPINGS_PER_PIECE;
	}
}

static BOOT_CODE struct machine_section section(const char *start, const char *end)
{
	return (struct machine_section){ image_phys(start), (phys_addr_t)(end - start) };
}

/* ---- the windows of the banner ---- */

/* What contradicts itself fails the build. */
_Static_assert(PC_VMALLOC_START < PC_VMALLOC_END, "vmalloc ends before it begins");
_Static_assert(PC_FIXMAP_START < PC_FIXMAP_END, "fixmap ends before it begins");
_Static_assert(PC_USER_END <= PAGE_OFFSET, "user space runs into the direct map");
_Static_assert(!(EARLY_MAPPED % 0x400000), "the first page table has pages of 4 MB");
#ifdef PC_PKMAP_BASE
_Static_assert(PAGE_OFFSET + PC_LOWMEM_END <= PC_VMALLOC_START, "lowmem runs into vmalloc");
_Static_assert(PC_VMALLOC_END <= PC_PKMAP_BASE, "vmalloc runs into pkmap");
_Static_assert(PC_PKMAP_BASE + PC_LAST_PKMAP * PAGE_BYTES <= PC_FIXMAP_START,
	       "pkmap runs into fixmap");
_Static_assert(EARLY_MAPPED <= PC_LOWMEM_END, "the first page table maps more than lowmem");
#else
_Static_assert(PC_VMALLOC_END <= KERNEL_BASE, "vmalloc runs into the image");
_Static_assert(KERNEL_BASE + EARLY_MAPPED <= PC_FIXMAP_START, "the image runs into fixmap");
#endif

static struct machine_window windows[] = {
	{ "fixmap", PC_FIXMAP_START, PC_FIXMAP_END },
	{ "vmalloc", PC_VMALLOC_START, PC_VMALLOC_END },
	{ "lowmem", PAGE_OFFSET, 0 }, /* its end: pc_describe */
#ifdef PC_PKMAP_BASE
	{ "pkmap", PC_PKMAP_BASE, PC_PKMAP_BASE + PC_LAST_PKMAP * PAGE_BYTES },
#endif
	{ ".text", 0, 0 },
	{ ".init", 0, 0 },
	{ ".data", 0, 0 },
	{ ".bss", 0, 0 },
};
#define NR_WINDOWS (sizeof(windows) / sizeof(windows[0]))

static BOOT_CODE void list_windows(phys_addr_t lowmem_end)
{
	struct machine_window *w = &windows[NR_WINDOWS - 4];

	windows[2].end = PAGE_OFFSET + (uintptr_t)lowmem_end;
	w[0] = (struct machine_window){ ".text", (uintptr_t)__text_start, (uintptr_t)__text_end };
	w[1] = (struct machine_window){ ".init", (uintptr_t)__init_start, (uintptr_t)__init_end };
	w[2] = (struct machine_window){ ".data", (uintptr_t)__data_start, (uintptr_t)__data_end };
	w[3] = (struct machine_window){ ".bss", (uintptr_t)__bss_start, (uintptr_t)__bss_end };
}

/* ---- the whole ---- */

void pc_load_table(void *ctx, phys_addr_t root)
{
	(void)ctx;
	pc_note_root(root);
	write_cr3((unsigned long)root);
}

#if CONFIG_KMEMLEAK
static const struct kmemleak_range leak_roots[] = {
	{ __data_start, __data_end },
	{ &kernel_stacks + 1, __bss_end },
};
#endif

static struct machine_range reserved[] = {
	{ .base = 0, .size = MB, .name = "the BIOS and what it left" },
	{ .base = IMAGE_PHYS, .name = "the image" },
};

static struct quire_machine machine = {
	.banks = banks,
	.reserved = reserved,
	.nr_reserved = sizeof(reserved) / sizeof(reserved[0]),
	.resources = resources,
	.nr_cpus = 1,
	.direct_map = PAGE_OFFSET,
	.zone_end = { [ZONE_DMA] = 16 * MB },
	.objects = { .engine = &quire_slub },
	.kvirt = {
		.layer = &quire_kvirt,
		.format = &CONFIG_PGTABLE_FORMAT,
		.vmalloc_start = PC_VMALLOC_START,
		.vmalloc_end = PC_VMALLOC_END,
		.fixmap_start = PC_FIXMAP_START,
		.fixmap_end = PC_FIXMAP_END,
		.mappings = mappings,
		.nr_mappings = sizeof(mappings) / sizeof(mappings[0]),
		.mapped_end = EARLY_MAPPED,
		.load_table = pc_load_table,
#ifdef PC_PKMAP_BASE
		.pkmap_base = PC_PKMAP_BASE,
		.last_pkmap = PC_LAST_PKMAP,
#endif
	},
#if CONFIG_KMEMLEAK
	.leaks = {
		.layer = &quire_kmemleak,
		.roots = leak_roots,
		.nr_roots = sizeof(leak_roots) / sizeof(leak_roots[0]),
	},
#endif
	.percpu_start = __per_cpu_start,
	.percpu_end = __per_cpu_end,
	.windows = windows,
	.nr_windows = NR_WINDOWS,
	.task_size = PC_USER_END,
	.page_offset = PAGE_OFFSET,
};

/* Zones as Linux has them on this kind of PC. */
static BOOT_CODE void set_zones(void)
{
	machine.zones = BIT(ZONE_DMA) | BIT(ZONE_NORMAL) | BIT(ZONE_MOVABLE);
#ifdef PC_LOWMEM_END
	machine.name = PC_PAE ? "PC, i386 with PAE" : "PC, i386";
	machine.zones |= BIT(ZONE_HIGHMEM);
	machine.lowmem_end = PC_LOWMEM_END;
	machine.zone_end[ZONE_NORMAL] = PC_LOWMEM_END;
#else
	machine.name = "PC, x86-64";
	machine.zones |= BIT(ZONE_DMA32) | BIT(ZONE_DEVICE);
	machine.zone_end[ZONE_DMA32] = 4096 * MB;
	if (!(cpuid(0x80000001).d & CPUID_81_EDX_PAGES_1G))
		machine.kvirt.max_page = 2 * MB;
#endif
}

static BOOT_CODE phys_addr_t end_of_lowmem(void)
{
	const struct machine_bank *last = &banks[machine.nr_banks - 1];
	phys_addr_t end = last->base + last->size;

	return machine.lowmem_end && machine.lowmem_end < end ? machine.lowmem_end : end;
}

BOOT_CODE const struct quire_machine *pc_describe(const struct pc_firmware *firmware)
{
	machine.phys_bits = phys_bits();
	machine.nr_banks = e820_banks(firmware->map, firmware->nr_map, banks, PC_MAX_RANGES);
	machine.nr_banks = clip_banks(machine.nr_banks, machine.phys_bits);
	machine.nr_resources = list_resources(firmware);
	set_zones();
	reserved[1].size = image_phys(__image_end) - IMAGE_PHYS;
	list_mappings();
	if (machine.nr_banks)
		list_windows(end_of_lowmem());
	machine.text = section(__text_start, __text_end);
	machine.rodata = section(__rodata_start, __rodata_end);
	machine.init = section(__init_start, __init_end);
	machine.rwdata = section(__data_start, __data_end);
	machine.bss = section(__bss_start, __bss_end);
	return &machine;
}
