/* SPDX-License-Identifier: MIT */
/*
 * shell_kvirt.c - the shell's commands on the kernel's own addresses: vmalloc, kmap and
 * per-CPU memory. Addresses are those of the machine.
 *
 * What the user holds is kept by name, as blocks of pages are. An address that the shell did
 * not hand out is passed to the library all the same: that it refuses it is worth a look.
 */
#include "tools/shell.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <quire/highmem.h>
#include <quire/percpu.h>
#include <quire/vmalloc.h>

#include "mm/lib/list.h"
#include "tools/kernel_addresses.h"

typedef unsigned long long ull;

/* ---- what is held ---- */

static struct shell_area *make_area(struct shell *sh, enum shell_area_kind kind)
{
	struct shell_area *area = calloc(1, sizeof(*area)), **link = &sh->areas;

	if (!area)
		return NULL;
	snprintf(area->name, sizeof(area->name), "h%lu", ++sh->nr_handles_made);
	area->kind = kind;
	while (*link)
		link = &(*link)->next;
	*link = area;
	return area;
}

static void drop_area(struct shell *sh, struct shell_area *area)
{
	struct shell_area **link = &sh->areas;

	while (*link != area)
		link = &(*link)->next;
	*link = area->next;
	free(area);
}

/* An area that could not be had: as if its name had never been given. */
static void cancel_area(struct shell *sh, struct shell_area *area)
{
	drop_area(sh, area);
	sh->nr_handles_made--;
}

void shell_forget_areas(struct shell *sh)
{
	while (sh->areas)
		drop_area(sh, sh->areas);
}

bool shell_forget_area(struct shell *sh, const char *name)
{
	struct shell_area *area;

	for (area = sh->areas; area; area = area->next) {
		if (strcmp(area->name, name))
			continue;
		drop_area(sh, area);
		return true;
	}
	return false;
}

/* By its name or its address. */
static struct shell_area *find_area(const struct shell *sh, enum shell_area_kind kind,
				    const char *word)
{
	struct shell_area *area;
	u64 va;

	for (area = sh->areas; area; area = area->next) {
		if (area->kind != kind)
			continue;
		if (!strcmp(area->name, word))
			return area;
		if (parse_number(word, 0, UINT64_MAX, &va) && va == area->va)
			return area;
	}
	return NULL;
}

const char *complete_area(const struct shell *sh, int arg, size_t n)
{
	const struct shell_area *area = sh->areas;

	while (area && n--)
		area = area->next;
	return arg == 1 && area ? area->name : NULL;
}

static void print_area(const struct shell_area *area)
{
	static const char *const names[] = {
		[AREA_VMALLOC] = "vmalloc", [AREA_VMAP] = "vmap",     [AREA_IOREMAP] = "ioremap",
		[AREA_KMAP] = "kmap",	    [AREA_PERCPU] = "percpu",
	};
	unsigned int cpus = quire_nr_cpus();

	printf("%s: %s 0x%llx, ", area->name, names[area->kind], (ull)area->va);
	if (area->kind == AREA_KMAP)
		printf("pfn %#lx, %s\n", area->pfn,
		       PageHighMem(pfn_to_page(area->pfn)) ? "highmem" : "lowmem");
	else if (area->kind == AREA_PERCPU)
		printf("%s on each of %u CPU%s\n", size_text(area->size), cpus,
		       cpus == 1 ? "" : "s");
	else
		printf("%s\n", size_text(area->size));
}

void shell_print_areas(const struct shell *sh)
{
	const struct shell_area *area;

	for (area = sh->areas; area; area = area->next)
		print_area(area);
}

/* Keeps what the library returned, or nothing if that was NULL. `pointer` and `size` are set. */
static int keep_area(struct shell *sh, struct shell_area *area, const char *command)
{
	u64 size = area->size;

	if (!area->pointer) {
		cancel_area(sh, area);
		return shell_error(sh, "%s: %s cannot be had", command, size_text(size));
	}
	area->va = kernel_va(area->pointer);
	print_area(area);
	return STATUS_OK;
}

/* The library reports misuse in its log and changes nothing: that is how a refusal shows. */
static unsigned long warnings(void)
{
	return this_quire()->log.warnings;
}

#if CONFIG_MMU
/* ---- vmalloc, vmap, ioremap ---- */

int shell_vmalloc(struct shell *sh, int argc, char **argv)
{
	bool is_huge = argc > 2;
	struct shell_area *area;
	u64 size;

	if (!parse_size(argv[1], &size) || !size || size > SIZE_MAX)
		return shell_error(sh, "vmalloc: `%s` is no size", argv[1]);
	if (is_huge && strcmp(argv[2], "huge"))
		return shell_error(sh, "vmalloc: `%s` is not `huge`", argv[2]);
	area = make_area(sh, AREA_VMALLOC);
	if (!area)
		return shell_error(sh, "no memory for a handle");
	area->pointer = is_huge ? vmalloc_huge((size_t)size, GFP_KERNEL) : vmalloc((size_t)size);
	area->size = size;
	return keep_area(sh, area, argv[0]);
}

/* The pages of all blocks of a handle, in their order; NULL: no memory. The caller frees it. */
static struct page **pages_of(const struct shell_handle *h, size_t count)
{
	struct page **pages = calloc(count, sizeof(struct page *)), *block;
	size_t n = 0, i;

	if (pages)
		list_for_each_entry(block, &h->blocks, lru)
			for (i = 0; i < (size_t)1 << h->order; i++)
				pages[n++] = block + i;
	return pages;
}

int shell_vmap(struct shell *sh, int argc, char **argv)
{
	struct shell_handle *h = shell_find_handle(sh, argv[1]);
	size_t count = h ? (size_t)h->nr_blocks << h->order : 0;
	struct page **pages = NULL;
	struct shell_area *area;
	int status;

	(void)argc;
	if (!h || count > UINT_MAX)
		return shell_error(sh, "vmap: no handle `%s` on pages", argv[1]);
	area = make_area(sh, AREA_VMAP);
	pages = pages_of(h, count);
	if (area && pages) {
		area->size = (u64)count * PAGE_SIZE;
		area->pointer = vmap(pages, (unsigned int)count, VM_MAP, PAGE_KERNEL);
		status = keep_area(sh, area, argv[0]);
	} else {
		status = shell_error(sh, "no memory for a handle");
	}
	free(pages);
	return status;
}

/* The cache types of ioremap. */
static const struct {
	const char *name;
	void *(*map)(phys_addr_t phys, size_t size);
} ioremap_types[] = {
	{ "uc", ioremap },	    { "wc", ioremap_wc }, { "wt", ioremap_wt },
	{ "cache", ioremap_cache }, { NULL, NULL },
};

int shell_ioremap(struct shell *sh, int argc, char **argv)
{
	struct shell_area *area;
	u64 phys, size;
	size_t type = 0;

	if (!parse_number(argv[1], 0, PHYS_ADDR_MAX, &phys))
		return shell_error(sh, "ioremap: `%s` is no physical address", argv[1]);
	if (!parse_size(argv[2], &size) || size > SIZE_MAX)
		return shell_error(sh, "ioremap: `%s` is no size", argv[2]);
	while (argc > 3 && ioremap_types[type].name && strcmp(ioremap_types[type].name, argv[3]))
		type++;
	if (!ioremap_types[type].name)
		return shell_error(sh, "ioremap: `%s` is none of uc, wc, wt, cache", argv[3]);
	area = make_area(sh, AREA_IOREMAP);
	if (!area)
		return shell_error(sh, "no memory for a handle");
	area->pointer = ioremap_types[type].map((phys_addr_t)phys, (size_t)size);
	area->size = size;
	return keep_area(sh, area, argv[0]);
}

/* ---- and giving it back ---- */

static void unmap_device(const void *addr)
{
	iounmap(addr);
}

/* vfree, vunmap, iounmap: each takes its own kind, and the library refuses the others. */
static int give_area_back(struct shell *sh, enum shell_area_kind kind, char **argv,
			  void (*give_back)(const void *addr))
{
	struct shell_area *area = find_area(sh, kind, argv[1]);
	unsigned long before = warnings();
	void *pointer;
	u64 va;

	if (!area && !parse_number(argv[1], 0, UINT64_MAX, &va))
		return shell_error(sh, "%s: nothing is held as `%s`", argv[0], argv[1]);
	pointer = area ? area->pointer : kernel_pointer(va);
	if (!pointer)
		return shell_error(sh, "%s: the kernel has no address %s", argv[0], argv[1]);
	give_back(pointer);
	if (warnings() != before)
		return shell_error(sh, "%s: %s was refused", argv[0], argv[1]);
	if (area)
		drop_area(sh, area);
	return STATUS_OK;
}

int shell_vfree(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	return give_area_back(sh, AREA_VMALLOC, argv, vfree);
}

int shell_vunmap(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	return give_area_back(sh, AREA_VMAP, argv, vunmap);
}

int shell_iounmap(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	return give_area_back(sh, AREA_IOREMAP, argv, unmap_device);
}
#endif

/* ---- kmap ---- */

/* A page frame by its number, or the first one of a handle. */
static struct page *read_page(const struct shell *sh, const char *word)
{
	struct shell_handle *h = shell_find_handle(sh, word);
	u64 pfn;

	if (h)
		return list_first_entry(&h->blocks, struct page, lru);
	if (!parse_number(word, 0, (pfn_t)-1, &pfn) || !pfn_valid((pfn_t)pfn))
		return NULL;
	return pfn_to_page((pfn_t)pfn);
}

/* Would kmap() wait for a kunmap() that nobody is there to do? */
static bool would_wait(const struct page *page)
{
	struct highmem_stats stats;

	if (!PageHighMem(page) || page_address(page))
		return false;
	highmem_get_stats(&stats);
	return stats.slots && stats.used == stats.slots;
}

int shell_kmap(struct shell *sh, int argc, char **argv)
{
	struct page *page = read_page(sh, argv[1]);
	struct shell_area *area;

	(void)argc;
	if (!page)
		return shell_error(sh, "kmap: there is no page frame `%s`", argv[1]);
	if (would_wait(page))
		return shell_error(sh, "kmap: all slots of the window are in use: it would wait");
	area = make_area(sh, AREA_KMAP);
	if (!area)
		return shell_error(sh, "no memory for a handle");
	area->pointer = kmap(page);
	area->size = PAGE_SIZE;
	area->pfn = page_to_pfn(page);
	return keep_area(sh, area, argv[0]);
}

/* A kmap by the page frame that it shows. */
static struct shell_area *find_kmap(const struct shell *sh, const struct page *page)
{
	struct shell_area *area;

	for (area = sh->areas; area; area = area->next)
		if (area->kind == AREA_KMAP && page && area->pfn == page_to_pfn(page))
			return area;
	return NULL;
}

int shell_kunmap(struct shell *sh, int argc, char **argv)
{
	struct shell_area *area = find_area(sh, AREA_KMAP, argv[1]);
	struct page *page = area ? pfn_to_page(area->pfn) : read_page(sh, argv[1]);
	unsigned long before = warnings();

	(void)argc;
	if (!page)
		return shell_error(sh, "kunmap: there is no page frame `%s`", argv[1]);
	if (!area)
		area = find_kmap(sh, page);
	if (!area && !PageHighMem(page))
		return shell_error(sh, "kunmap: page frame %#lx is not mapped", page_to_pfn(page));
	kunmap(page);
	if (warnings() != before)
		return shell_error(sh, "kunmap: page frame %#lx was refused", page_to_pfn(page));
	if (area)
		drop_area(sh, area);
	return STATUS_OK;
}

/* ---- per-CPU memory ---- */

static int percpu_alloc(struct shell *sh, int argc, char **argv)
{
	struct shell_area *area;
	u64 size, align = 8;

	if (argc < 3 || !parse_size(argv[2], &size) || !size || size > SIZE_MAX)
		return shell_error(sh, "percpu: `%s` is no size", argc > 2 ? argv[2] : "");
	if (argc > 3 && (!parse_size(argv[3], &align) || align > SIZE_MAX))
		return shell_error(sh, "percpu: `%s` is no alignment", argv[3]);
	area = make_area(sh, AREA_PERCPU);
	if (!area)
		return shell_error(sh, "no memory for a handle");
	area->pointer = __alloc_percpu((size_t)size, (size_t)align);
	if (!area->pointer) {
		cancel_area(sh, area);
		return shell_error(sh, "percpu: no room for %s on each CPU, aligned to %s",
				   size_text(size), size_text(align));
	}
	area->va = kernel_va(per_cpu_ptr((char *)area->pointer, 0));
	area->size = size;
	print_area(area);
	return STATUS_OK;
}

static int percpu_free(struct shell *sh, int argc, char **argv)
{
	struct shell_area *area = argc == 3 ? find_area(sh, AREA_PERCPU, argv[2]) : NULL;
	unsigned long before = warnings();
	void *pointer;
	u64 va;

	if (argc != 3 || (!area && !parse_number(argv[2], 0, UINT64_MAX, &va)))
		return shell_error(sh, "percpu: nothing is held as `%s`", argc > 2 ? argv[2] : "");
	pointer = area ? area->pointer : kernel_pointer(va);
	if (!pointer)
		return shell_error(sh, "percpu: the kernel has no address %s", argv[2]);
	if (!area) /* from CPU 0's copy back to the per-CPU pointer */
		pointer = (void *)((uintptr_t)pointer - per_cpu_offset(0));
	free_percpu(pointer);
	if (warnings() != before)
		return shell_error(sh, "percpu: %s was refused", argv[2]);
	if (area)
		drop_area(sh, area);
	return STATUS_OK;
}

/* Each area that is held, and where each CPU's copy of it is. */
static int percpu_show(struct shell *sh, int argc, char **argv)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	const struct shell_area *area;
	unsigned int cpu;

	if (argc > 2)
		return shell_error(sh, "percpu: `%s` is too much", argv[2]);
	printf("%u CPU%s, %s for each in a chunk, %u chunk%s, %lu pages in all\n", quire_nr_cpus(),
	       quire_nr_cpus() == 1 ? "" : "s", size_text(ps->unit_size), ps->nr_chunks,
	       ps->nr_chunks == 1 ? "" : "s", pcpu_nr_pages());
	for (area = sh->areas; area; area = area->next) {
		if (area->kind != AREA_PERCPU)
			continue;
		print_area(area);
		for_each_possible_cpu(cpu)
			printf("  CPU %-4u 0x%llx\n", cpu,
			       (ull)kernel_va(per_cpu_ptr((char *)area->pointer, cpu)));
	}
	return STATUS_OK;
}

static const struct {
	const char *name;
	int (*run)(struct shell *sh, int argc, char **argv);
} percpu_commands[] = {
	{ "alloc", percpu_alloc },
	{ "free", percpu_free },
	{ "show", percpu_show },
	{ NULL, NULL },
};

int shell_percpu(struct shell *sh, int argc, char **argv)
{
	size_t i;

	for (i = 0; percpu_commands[i].name; i++)
		if (!strcmp(percpu_commands[i].name, argv[1]))
			return percpu_commands[i].run(sh, argc, argv);
	return shell_error(sh, "percpu: `%s` is none of alloc, free, show", argv[1]);
}

const char *complete_percpu(const struct shell *sh, int arg, size_t n)
{
	(void)sh;
	return arg == 1 ? percpu_commands[n].name : NULL;
}

void explain_percpu(void)
{
	printf("\n  percpu alloc SIZE [ALIGN]     bytes for each CPU, zeroed\n"
	       "  percpu free HANDLE|ADDRESS    give it back; ADDRESS is CPU 0's copy\n"
	       "  percpu show                   what there is, and where each CPU's copy is\n");
}

/* ---- checks ---- */

const char *shell_validate_kvirt(void)
{
#if CONFIG_MMU
	if (vmalloc_validate())
		return "vmalloc";
#endif
	if (highmem_validate())
		return "highmem";
	if (percpu_validate())
		return "per-CPU memory";
	return kernel_pgtable() && pt_validate(kernel_pgtable()) ? "the kernel's page table" : NULL;
}
