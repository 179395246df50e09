/* SPDX-License-Identifier: MIT */
/*
 * arch.c - what a machine of an architecture usually is: zones and their limits, address
 * lines, the layout of kernel addresses. A file's own words win over all of it.
 *
 * Where lowmem ends on 32-bit machines follows from the kernel's gigabyte: at its top
 * are the fixmap, pkmap and vmalloc's window, and what is left below them is the direct map.
 *
 *	i386   |------- lowmem -------|8M| vmalloc |2 pages| pkmap | .. fixmap |
 *	       PAGE_OFFSET            ^ 128 MB below pkmap, less 2 pages; 896 MB at most
 *	arm    |------- lowmem -------|8M| vmalloc 240 MB | .. fixmap .. vectors |
 *	       PAGE_OFFSET            ^ 768 MB above it   ^ 0xff800000
 */
#include <stdio.h>
#include <string.h>

#include "tools/machine/reader.h"

#define K ((u64)1 << 10)
#define M ((u64)1 << 20)
#define G ((u64)1 << 30)

#define VMALLOC_OFFSET (8 * M)
#define KERNEL_START 0xc0000000u

#define I386_VMALLOC (128 * M)
#define I386_PKMAP_TOP 0xff800000u
#define I386_FIXMAP_START 0xfff14000u
#define I386_FIXMAP_END 0xfffff000u

#define ARM_VMALLOC_END 0xff800000u
#define ARM_PKMAP_START 0xbfe00000u
#define ARM_MODULES_START 0xbf000000u

typedef unsigned long long ull;

#define BIT(zone) (1u << (zone))

struct arch_preset {
	const char *name, *format;
	unsigned int zones;
	u64 dma_end, dma32_end; /* 0: no such limit */
	u64 lowmem;		/* bytes; 0: the direct map reaches everything */
	bool lowmem_from_ram;	/* counted from the RAM's start, else from address 0 */
	bool is_pc;
	unsigned int phys_bits;
	unsigned int huge_order; /* pages of a huge page, log2; 0: there are none */
	u64 pkmap_size;
	u64 task_size, page_offset;
};

#define ZONES_32 (BIT(ZONE_DMA) | BIT(ZONE_NORMAL) | BIT(ZONE_HIGHMEM) | BIT(ZONE_MOVABLE))
#define ZONES_64 \
	(BIT(ZONE_DMA) | BIT(ZONE_DMA32) | BIT(ZONE_NORMAL) | BIT(ZONE_MOVABLE) | BIT(ZONE_DEVICE))

static const struct arch_preset presets[] = {
	{ .name = "i386",
	  .format = "i386-pse",
	  .zones = ZONES_32,
	  .dma_end = 16 * M,
	  .lowmem = 896 * M,
	  .is_pc = true,
	  .phys_bits = 32,
	  .huge_order = 10,
	  .pkmap_size = 4 * M,
	  .task_size = KERNEL_START,
	  .page_offset = KERNEL_START },
	{ .name = "i386-pae",
	  .format = "i386-pae",
	  .zones = ZONES_32,
	  .dma_end = 16 * M,
	  .lowmem = 896 * M,
	  .is_pc = true,
	  .phys_bits = 36,
	  .huge_order = 9,
	  .pkmap_size = 2 * M,
	  .task_size = KERNEL_START,
	  .page_offset = KERNEL_START },
	{ .name = "x86_64",
	  .format = "x86_64",
	  .zones = ZONES_64,
	  .dma_end = 16 * M,
	  .dma32_end = 4 * G,
	  .is_pc = true,
	  .phys_bits = 46,
	  .huge_order = 9,
	  .task_size = 0x7ffffffff000,
	  .page_offset = 0xffff888000000000 },
	{ .name = "arm",
	  .format = "armv7",
	  .zones = ZONES_32,
	  .lowmem = 768 * M,
	  .lowmem_from_ram = true,
	  .phys_bits = 32,
	  .pkmap_size = 2 * M,
	  .task_size = ARM_MODULES_START,
	  .page_offset = KERNEL_START },
	{ .name = "generic", .zones = BIT(ZONE_NORMAL) },
};

static const struct arch_preset *find_preset(const char *name)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

bool machine_is_arch(const char *name)
{
	return find_preset(name) != NULL;
}

static u64 ram_start(const struct machine_file *f)
{
	return ((const struct bank_entry *)f->banks.items)->bank.base;
}

/* End of the last whole page. The banks are sorted and do not overlap. */
static u64 ram_end(const struct machine_file *f)
{
	const struct machine_bank *last =
		&((const struct bank_entry *)f->banks.items)[f->banks.nr - 1].bank;

	return (last->base + last->size) >> f->m.page_shift << f->m.page_shift;
}

/* Where pkmap starts on i386: as high as the direct map's limit needs it, as Linux does. */
static u64 i386_pkmap(const struct arch_preset *arch, u64 limit)
{
	u64 step = arch->pkmap_size;
	u64 start = KERNEL_START + limit + I386_VMALLOC + 2 * 4 * K;

	start = (start + step - 1) / step * step;
	return start < I386_PKMAP_TOP ? start : I386_PKMAP_TOP;
}

static u64 vmalloc_end(const struct arch_preset *arch, u64 limit)
{
	return arch->is_pc ? i386_pkmap(arch, limit) - 2 * 4 * K : ARM_VMALLOC_END;
}

/* The direct map's end as an address, before it is cut at the end of RAM. */
static bool choose_lowmem(struct machine_file *f, const struct arch_preset *arch,
			  const struct machine_options *options, u64 *limit)
{
	u64 start = arch->lowmem_from_ram ? ram_start(f) : 0;
	u64 room;

	if (options->lowmem)
		f->lowmem_where = 0;
	if (options->lowmem)
		*limit = options->lowmem;
	else if (f->m.lowmem_end)
		*limit = f->m.lowmem_end;
	else if (arch->lowmem && f->hints.highmem_start)
		*limit = f->hints.highmem_start;
	else
		*limit = arch->lowmem ? start + arch->lowmem : 0;
	if (!*limit)
		return true;
	*limit = *limit >> f->m.page_shift << f->m.page_shift;
	if (*limit <= ram_start(f))
		return machine_fail(f, f->lowmem_where,
				    "lowmem ends at 0x%llx, but the RAM starts at 0x%llx",
				    (ull)*limit, (ull)ram_start(f));
	if (!arch->lowmem)
		return true;
	room = vmalloc_end(arch, *limit - start) - VMALLOC_OFFSET - KERNEL_START;
	if (*limit - start >= room)
		return machine_fail(f, f->lowmem_where,
				    "lowmem ends at 0x%llx: no room is left for vmalloc; "
				    "it must end below 0x%llx",
				    (ull)*limit, (ull)(start + room));
	return true;
}

static enum zone_type top_zone(unsigned int zones)
{
	for (int zone = ZONE_HIGHMEM; zone > ZONE_DMA; zone--)
		if (zones & BIT(zone))
			return (enum zone_type)zone;
	return ZONE_DMA;
}

/* A zone never goes beyond lowmem or the RAM; one without a limit goes up to there. */
static void choose_zones(struct machine_file *f, const struct arch_preset *arch)
{
	struct quire_machine *m = &f->m;
	u64 end = m->lowmem_end ? m->lowmem_end : ram_end(f);

	if (!m->zones) {
		m->zones = arch->zones;
		m->zone_end[ZONE_DMA] = arch->dma_end;
		m->zone_end[ZONE_DMA32] = arch->dma32_end;
	}
	if (m->movable_start)
		m->zones |= BIT(ZONE_MOVABLE);
	for (int zone = ZONE_DMA; zone < ZONE_HIGHMEM; zone++)
		if ((m->zones & BIT(zone)) && (!m->zone_end[zone] || m->zone_end[zone] > end))
			m->zone_end[zone] = end;
	/* The top zone ends with the RAM, wherever that is. */
	if (m->zone_end[top_zone(m->zones)] >= ram_end(f))
		m->zone_end[top_zone(m->zones)] = 0;
}

static bool check_zones(struct machine_file *f)
{
	const struct quire_machine *m = &f->m;
	u64 top_end = m->zone_end[top_zone(m->zones)];
	u64 below = 0;

	if (!(m->zones & ~(BIT(ZONE_MOVABLE) | BIT(ZONE_DEVICE))))
		return machine_fail(f, 0, "there is no zone but Movable or Device");
	if (m->lowmem_end && m->lowmem_end < ram_end(f) && !(m->zones & BIT(ZONE_HIGHMEM)))
		return machine_fail(f, f->lowmem_where,
				    "lowmem ends at 0x%llx and the RAM at "
				    "0x%llx, but there is no zone HighMem for the rest (arch %s)",
				    (ull)m->lowmem_end, (ull)ram_end(f), f->arch);
	if (top_end)
		return machine_fail(f, 0, "the last zone ends at 0x%llx, but the RAM at 0x%llx",
				    (ull)top_end, (ull)ram_end(f));
	for (int zone = ZONE_DMA; zone < ZONE_HIGHMEM; zone++) {
		if (!(m->zones & BIT(zone)) || !m->zone_end[zone])
			continue;
		if (m->zone_end[zone] < below)
			return machine_fail(f, 0,
					    "a zone ends at 0x%llx, below the zone before it "
					    "(0x%llx)",
					    (ull)m->zone_end[zone], (ull)below);
		below = m->zone_end[zone];
	}
	return true;
}

/* ---- the rows of the layout banner ---- */

static bool add_section_rows(struct machine_file *f, u64 offset)
{
	const struct {
		const char *name;
		const struct machine_section *section;
	} rows[] = {
		{ ".text", &f->m.text },
		{ ".init", &f->m.init },
		{ ".data", &f->m.rwdata },
		{ ".bss", &f->m.bss },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		u64 base = rows[i].section->base + offset;

		if (rows[i].section->base && rows[i].section->size &&
		    !machine_add_window(f, rows[i].name, base, base + rows[i].section->size))
			return false;
	}
	return true;
}

static bool add_i386_windows(struct machine_file *f, const struct arch_preset *arch, u64 limit)
{
	u64 pkmap = i386_pkmap(arch, limit);
	u64 high = KERNEL_START + f->m.lowmem_end;

	return machine_add_window(f, "fixmap", I386_FIXMAP_START, I386_FIXMAP_END) &&
	       machine_add_window(f, "pkmap", pkmap, pkmap + arch->pkmap_size) &&
	       machine_add_window(f, "vmalloc", high + VMALLOC_OFFSET, vmalloc_end(arch, limit)) &&
	       machine_add_window(f, "lowmem", KERNEL_START, high) &&
	       add_section_rows(f, KERNEL_START);
}

static bool add_arm_windows(struct machine_file *f, const struct arch_preset *arch)
{
	bool has_pkmap = f->m.zones & BIT(ZONE_HIGHMEM);
	u64 offset = KERNEL_START - ram_start(f);
	u64 high = f->m.lowmem_end + offset;
	u64 vmalloc = (high + VMALLOC_OFFSET) & ~(VMALLOC_OFFSET - 1);

	return machine_add_window(f, "vector", 0xffff0000, 0xffff1000) &&
	       machine_add_window(f, "fixmap", 0xffc00000, 0xfff00000) &&
	       machine_add_window(f, "vmalloc", vmalloc, ARM_VMALLOC_END) &&
	       machine_add_window(f, "lowmem", KERNEL_START, high) &&
	       (!has_pkmap || machine_add_window(f, "pkmap", ARM_PKMAP_START,
						 ARM_PKMAP_START + arch->pkmap_size)) &&
	       machine_add_window(f, "modules", ARM_MODULES_START,
				  has_pkmap ? ARM_PKMAP_START : KERNEL_START) &&
	       add_section_rows(f, offset);
}

static bool add_windows(struct machine_file *f, const struct arch_preset *arch, u64 limit)
{
	if (f->windows.nr || !arch->lowmem || f->m.page_offset != KERNEL_START)
		return true;
	return arch->is_pc ? add_i386_windows(f, arch, limit) : add_arm_windows(f, arch);
}

/* ---- the architecture ---- */

/* RAM from 0 on is known from ARM boards; on a PC page 0 is the firmware's. */
static bool looks_like_pc(const struct machine_file *f)
{
	return f->has_e820 || (ram_start(f) && ram_start(f) <= 1 * M);
}

/* What nobody said: by where the RAM is and what the log lets slip. */
static const char *guess_arch(const struct machine_file *f)
{
	const struct log_hints *hints = &f->hints;
	bool is_32bit = hints->is_32bit || (hints->has_highmem && !hints->has_dma32);

	if (hints->arch)
		return hints->arch;
	if (f->arch)
		return f->arch;
	if (is_32bit && looks_like_pc(f))
		return hints->has_nx || machine_has_ram_above_4g(f) ? "i386-pae" : "i386";
	if (looks_like_pc(f) || hints->has_dma32)
		return "x86_64";
	if (is_32bit || (ram_start(f) >= 1 * G && !machine_has_ram_above_4g(f)))
		return "arm";
	return "x86_64";
}

static bool choose_orders(struct machine_file *f, const struct arch_preset *arch,
			  const struct machine_options *options)
{
	struct quire_machine *m = &f->m;
	unsigned int top;

	if (options->max_order > MAX_ORDER_LIMIT)
		return machine_fail(f, 0, "max-order %u: 1 to %d", options->max_order,
				    MAX_ORDER_LIMIT);
	if (options->max_order)
		m->max_order = options->max_order;
	else if (!m->max_order)
		m->max_order = CONFIG_MAX_ORDER;
	top = m->max_order - 1;
	if (!m->block_order && arch->huge_order && m->page_shift == 12)
		m->block_order = arch->huge_order;
	if (!m->block_order || m->block_order > top)
		m->block_order = top;
	return true;
}

/* Can the architecture's page tables be used? Else it is left to the host which can. */
static bool has_usual_addresses(const struct machine_file *f, const struct arch_preset *arch)
{
	return f->m.page_shift == 12 && f->m.page_offset == arch->page_offset &&
	       arch->phys_bits && !((ram_end(f) - 1) >> arch->phys_bits);
}

static void choose_numbers(struct machine_file *f, const struct arch_preset *arch,
			   const struct machine_options *options)
{
	struct quire_machine *m = &f->m;

	if (!m->phys_bits)
		m->phys_bits = arch->phys_bits;
	if (!m->task_size)
		m->task_size = arch->task_size;
	if (!m->page_offset)
		m->page_offset = arch->page_offset;
	if (!f->format && has_usual_addresses(f, arch))
		f->format = arch->format;
	if (!m->nr_cpus)
		m->nr_cpus = f->hints.cpus ? f->hints.cpus : f->hints.cpu_ids;
	if (options->cpus)
		m->nr_cpus = options->cpus;
	if (!m->nr_cpus)
		m->nr_cpus = 1;
}

/* What Linux reserves on every PC: the trampolines and the BIOS are in the first megabyte. */
static bool reserve_low_memory(struct machine_file *f, const struct arch_preset *arch)
{
	if (!arch->is_pc || !f->is_firmware_map || ram_start(f) >= 1 * M)
		return true;
	return machine_add_reserved(f, 0, 1 * M, "low memory", 0);
}

bool machine_apply_arch(struct machine_file *f, const struct machine_options *options)
{
	const struct arch_preset *arch;
	u64 limit, end;

	if (!f->m.page_shift)
		f->m.page_shift = 12;
	f->arch = options->arch ? options->arch : guess_arch(f);
	arch = find_preset(f->arch);
	if (!arch)
		return machine_fail(f, 0, "unknown arch `%s': " MACHINE_ARCH_NAMES, f->arch);
	f->arch = arch->name;
	choose_numbers(f, arch, options);
	if (!choose_orders(f, arch, options) || !choose_lowmem(f, arch, options, &limit))
		return false;
	end = ram_end(f);
	f->m.lowmem_end = limit && limit < end ? limit : limit ? end : 0;
	choose_zones(f, arch);
	if (!check_zones(f))
		return false;
	machine_size_sections(f);
	if (f->is_firmware_map && !machine_reserve_image(f))
		return false;
	return reserve_low_memory(f, arch) &&
	       add_windows(f, arch, limit - (arch->lowmem_from_ram ? ram_start(f) : 0));
}
