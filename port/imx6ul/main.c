/* SPDX-License-Identifier: MIT */
/*
 * main.c - the board as a struct quire_machine, and the reference kernel started on it.
 *
 * One bank of RAM, zone Normal; with more than 768 MB what lies above is HighMem. The
 * image is mapped page by page with the rights of its sections: text is not writable,
 * nothing else executes; the early table's and start.S's memory (.init) is data by then.
 */
#include <quire/kmemleak.h>
#include <quire/kvirt.h>
#include <quire/pgtable_formats.h>
#include <quire/slab.h>

#include "port/imx6ul/board.h"
#include "port/imx6ul/imx6ul.h"

/* ---- the image in the kernel's page table ---- */

#define RO (PT_READ | PT_GLOBAL)
#define RX (PT_READ | PT_EXEC | PT_GLOBAL)
#define RW (PT_READ | PT_WRITE | PT_GLOBAL)

static phys_addr_t phys_of(const void *va)
{
	return (phys_addr_t)((uintptr_t)va - VIRT_OFFSET);
}

static struct machine_mapping part(const char *name, const char *start, const char *end,
				   unsigned int prot)
{
	return (struct machine_mapping){
		.va = (uintptr_t)start,
		.phys = phys_of(start),
		.size = (uintptr_t)(end - start),
		.prot = prot,
		.name = name,
	};
}

static void map_image(struct machine_kvirt *kvirt)
{
	static struct machine_mapping mappings[10];
	size_t n = 0;

	mappings[n++] = part(".init", init_start, init_end, RW);
	mappings[n++] = part(".text", text_start, text_end, RX);
	mappings[n++] = part(".rodata", rodata_start, rodata_end, RO);
	mappings[n++] = part(".data", data_start, bss_start, RW);
	mappings[n++] = part(".bss", bss_start, trap_guard, RW);
	mappings[n++] = part("guard page of the trap stack", trap_guard, trap_stack, 0);
	mappings[n++] = part("trap stack", trap_stack, trap_stack_top, RW);
	mappings[n++] = part("guard page of the boot stack", kernel_guard, kernel_stack, 0);
	mappings[n++] = part("boot stack", kernel_stack, kernel_stack_top, RW);
	mappings[n++] = (struct machine_mapping){
		.va = UART_VA,
		.phys = UART_PHYS,
		.size = UART_SIZE,
		.prot = RW,
		.cache = PT_CACHE_UC,
		.name = "serial port",
	};
	kvirt->mappings = mappings;
	kvirt->nr_mappings = n;
}

/* ---- the layout ---- */

/* The windows of kernel addresses, for a direct map that ends at `lowmem_end`. */
static void lay_out(struct machine_kvirt *kvirt, uintptr_t lowmem_end)
{
	kvirt->layer = &quire_kvirt;
	kvirt->format = &pt_armv7;
	kvirt->vmalloc_start = (lowmem_end + VMALLOC_GAP) & ~(uintptr_t)(VMALLOC_GAP - 1);
	kvirt->vmalloc_end = IMX6UL_VMALLOC_END;
	kvirt->pkmap_base = IMX6UL_PKMAP_BASE;
	kvirt->last_pkmap = IMX6UL_LAST_PKMAP;
	kvirt->fixmap_start = IMX6UL_FIXMAP_START;
	kvirt->fixmap_end = IMX6UL_FIXMAP_END;
	kvirt->mapped_end = PHYS_OFFSET + EARLY_MAPPED;
	kvirt->load_table = mmu_load_table;
	map_image(kvirt);
}

static struct machine_window window(const char *name, uintptr_t start, uintptr_t end)
{
	return (struct machine_window){ .name = name, .start = start, .end = end };
}

static struct machine_window section_window(const char *name, const char *start, const char *end)
{
	return window(name, (uintptr_t)start, (uintptr_t)end);
}

static void list_windows(struct quire_machine *m, uintptr_t lowmem_end)
{
	const struct machine_kvirt *kvirt = &m->kvirt;
	static struct machine_window windows[9];
	size_t n = 0;

	windows[n++] = section_window("vector", vectors, vectors_end);
	windows[n++] = window("fixmap", kvirt->fixmap_start, kvirt->fixmap_end);
	windows[n++] = window("vmalloc", kvirt->vmalloc_start, kvirt->vmalloc_end);
	windows[n++] = window("lowmem", IMX6UL_PAGE_OFFSET, lowmem_end);
	windows[n++] = window("pkmap", kvirt->pkmap_base, IMX6UL_PAGE_OFFSET);
	windows[n++] = section_window(".text", text_start, text_end);
	windows[n++] = section_window(".init", init_start, init_end);
	windows[n++] = section_window(".data", data_start, data_end);
	windows[n++] = section_window(".bss", bss_start, bss_end);
	m->windows = windows;
	m->nr_windows = n;
}

static struct machine_section section(const char *start, const char *end)
{
	return (struct machine_section){ .base = phys_of(start),
					 .size = (phys_addr_t)(end - start) };
}

static void describe_image(struct quire_machine *m)
{
	m->text = section(text_start, text_end);
	m->rodata = section(rodata_start, rodata_end);
	m->init = section(init_start, init_end);
	m->rwdata = section(data_start, data_end);
	m->bss = section(bss_start, bss_end);
	m->percpu_start = percpu_start;
	m->percpu_end = percpu_end;
}

static phys_addr_t end_of_ram(const struct board *b)
{
	phys_addr_t end = 0;
	size_t i;

	for (i = 0; i < b->nr_banks; i++)
		if (b->banks[i].base + b->banks[i].size > end)
			end = b->banks[i].base + b->banks[i].size;
	return end & ~((phys_addr_t)pt_page_size(&pt_armv7) - 1);
}

static void describe_leaks(struct machine_leaks *leaks)
{
#if CONFIG_KMEMLEAK
	static const struct kmemleak_range roots[] = { { data_start, data_end }, { bss_start, trap_guard } };

	leaks->layer = &quire_kmemleak;
	leaks->roots = roots;
	leaks->nr_roots = sizeof(roots) / sizeof(roots[0]);
#else
	(void)leaks;
#endif
}

static void describe(struct quire_machine *m, const struct board *b)
{
	const phys_addr_t most = (phys_addr_t)PHYS_OFFSET + LOWMEM_MAX;
	phys_addr_t end = end_of_ram(b);
	uintptr_t lowmem_end;

	m->name = b->model ? b->model : "i.MX6UL";
	m->phys_bits = 32;
	m->banks = b->banks;
	m->nr_banks = b->nr_banks;
	m->reserved = b->reserved;
	m->nr_reserved = b->nr_reserved;
	m->direct_map = VIRT_OFFSET;
	m->lowmem_end = end < most ? end : most;
	if (end > most) {
		m->zones = 1u << ZONE_NORMAL | 1u << ZONE_HIGHMEM;
		m->zone_end[ZONE_NORMAL] = most;
	}
	lowmem_end = m->direct_map + (uintptr_t)m->lowmem_end;
	m->objects.engine = &quire_slub;
	m->page_offset = IMX6UL_PAGE_OFFSET;
	m->task_size = IMX6UL_TASK_SIZE;
	lay_out(&m->kvirt, lowmem_end);
	list_windows(m, lowmem_end);
	describe_image(m);
	describe_leaks(&m->leaks);
}

/* ---- the start ---- */

static _Noreturn void refuse(const char *why)
{
	console_printf("imx6ul: the device tree cannot be used: %s\n", why);
	machine_exit(1);
}

/* What can be read at `blob`: to the end of the sections that start.S mapped of it. */
static size_t readable_at(const void *blob)
{
	uintptr_t section = 1u << 20, at = (uintptr_t)blob;

	return (at & ~(section - 1)) + DEVICE_TREE_SECTIONS * section - at;
}

static void read_device_tree(struct board *b, const void *blob)
{
	const phys_addr_t image_size = (phys_addr_t)(image_end - image_start);
	struct device_tree tree;
	const char *wrong;

	if (!blob)
		refuse("r2 does not point into lowmem");
	wrong = dt_open(&tree, blob, readable_at(blob));
	if (!wrong) {
		board_reserve(b, phys_of(image_start), image_size, "kernel");
		board_reserve(b, phys_of(blob), tree.size, "device tree");
		wrong = board_read(b, &tree);
	}
	if (wrong)
		refuse(wrong);
	if (!board_has_ram(b, phys_of(image_start), image_size))
		refuse("the kernel lies outside of the RAM that it names");
	if (!board_has_ram(b, phys_of(blob), tree.size))
		refuse("it lies outside of the RAM that it names");
}

_Noreturn void imx6ul_main(const void *device_tree)
{
	static struct quire_machine machine;
	static struct board board;

	uart_init();
	read_device_tree(&board, device_tree);
	describe(&machine, &board);
	kernel_main(&machine, board.bootargs);
}
