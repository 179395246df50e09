/* SPDX-License-Identifier: MIT */
/*
 * kernel_window.c - the kernel's windows for vmalloc, kmap and fixmap, and the hooks of
 * tier 2 that map them.
 *
 *   machine   window_va             pkmap        fixmap
 *             | vmalloc ........... | ....... |  | ... |      one distance for all
 *   process   window
 *             [no access][RAM][no access][device][no access]
 *
 * All windows lie in one piece of the process, without access: what the kernel maps becomes a
 * view of the RAM's memfd there, and what it unmaps is without access again. So a touch of
 * something that is not mapped is a crash, which fault.c explains.
 *
 * Each piece that is contiguous in RAM is a mapping of the process, and a process has about
 * 65,000 of them (vm.max_map_count): vmalloc of 250 MB in scattered pages is -ENOMEM here.
 */
#include "port/host/internal.h"
#include "port/host/shadow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/kvirt.h>
#include <quire/port.h>

#if CONFIG_KERNEL_WINDOW

#define MB ((u64)1 << 20)
#define GB ((u64)1 << 30)

/* A window begins as far into a large page here as it does on the machine. */
#define WINDOW_ALIGN (sizeof(void *) == 8 ? GB : 4 * MB)
/* In the same slot as the direct map of a smaller machine. */
#define WINDOW_SKIP (512 * GB)
/* The least bytes of vmalloc that a machine with 64 bits is content with. */
#define LEAST_VMALLOC (16 * MB)

static const int none = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

/* ---- made and dropped ---- */

/* To split a mapping of the process takes another one, of which there may be too many. */
static void unmap(uintptr_t addr, size_t size)
{
	if (mmap((void *)addr, size, PROT_NONE, none | MAP_FIXED, -1, 0) == MAP_FAILED)
		port_panic("the process has too many mappings to unmap one");
}

/* As many bytes of vmalloc as there is RAM, and 64 GB where the process has room for that. */
static u64 wanted_vmalloc(const struct host_machine *hm)
{
	u64 span = (hm->last_phys - hm->first_phys + GB - 1) & ~(GB - 1);

	if (sizeof(void *) == 4)
		return 128 * MB;
	return span > 64 * GB ? span : 64 * GB;
}

static bool reserve(struct host_machine *hm, u64 bytes)
{
	struct host_kernel_window *w = &hm->kernel;

	if (bytes > SIZE_MAX / 2 - WINDOW_ALIGN)
		return false;
	w->base = host_reserve(WINDOW_SKIP, (size_t)(bytes + WINDOW_ALIGN));
	if (w->base == MAP_FAILED)
		return false;
	w->size = (size_t)(bytes + WINDOW_ALIGN);
	return true;
}

/* The layout as the process has it. */
static void set_windows(struct host_machine *hm, const struct host_layout *l)
{
	struct machine_kvirt *kv = &hm->desc.kvirt;
	u64 start = host_layout_start(l);
	uintptr_t window = (uintptr_t)hm->kernel.base +
			   (uintptr_t)((start - (uintptr_t)hm->kernel.base) & (WINDOW_ALIGN - 1));
	uintptr_t distance = window - (uintptr_t)start;

	kv->window = window;
	kv->window_va = start;
	kv->vmalloc_start = (uintptr_t)l->vmalloc_start + distance;
	kv->vmalloc_end = (uintptr_t)l->vmalloc_end + distance;
	kv->last_pkmap = l->last_pkmap;
	kv->pkmap_base = l->last_pkmap ? (uintptr_t)l->pkmap_base + distance : 0;
	kv->fixmap_start = (uintptr_t)l->fixmap_start + distance;
	kv->fixmap_end = (uintptr_t)l->fixmap_end + distance;
}

/* The same for a machine whose process has no room: lowmem alone is mapped. */
static void set_no_windows(struct host_machine *hm)
{
	struct machine_kvirt *kv = &hm->desc.kvirt;

	kv->window = kv->vmalloc_start = kv->vmalloc_end = kv->pkmap_base = 0;
	kv->fixmap_start = kv->fixmap_end = 0;
	kv->last_pkmap = 0;
	kv->window_va = 0;
}

static void set_no_format(struct host_machine *hm)
{
	hm->desc.kvirt.layer = NULL;
	hm->desc.kvirt.format = NULL;
}

static size_t small_pages(const struct host_machine *hm)
{
	const struct machine_kvirt *kv = &hm->desc.kvirt;

	return kv->last_pkmap + ((kv->fixmap_end - kv->fixmap_start) >> kv->format->level[0].shift);
}

/* What the process maps are whole pages of the host. */
static bool can_have(const struct host_machine *hm, const struct pt_format *f)
{
	struct host_layout l;

	return pt_page_size(f) >= host_page_size() &&
	       host_layout(&hm->desc, f, wanted_vmalloc(hm), &l);
}

/* The machine can have the format. Without room there are no windows. */
static void use_format(struct host_machine *hm, const struct pt_format *f)
{
	struct host_layout l = { 0 };
	u64 room = wanted_vmalloc(hm), tried = 0, bytes;
	bool has_room = false;

	for (; room >= LEAST_VMALLOC && !has_room; room /= 4) {
		host_layout(&hm->desc, f, room, &l);
		bytes = host_layout_end(&l, &hm->desc) - host_layout_start(&l);
		if (bytes == tried)
			break;
		tried = bytes;
		has_room = reserve(hm, bytes);
	}
	hm->desc.kvirt.layer = &quire_kvirt;
	hm->desc.kvirt.format = f;
	hm->desc.kvirt.direct_map_va = l.direct_map_va;
	if (has_room)
		set_windows(hm, &l);
	else
		set_no_windows(hm);
	hm->kernel.nr_shown = small_pages(hm);
	hm->kernel.shown = calloc(hm->kernel.nr_shown + 1, sizeof(*hm->kernel.shown));
	if (has_room && (host_make_devices(hm) || !hm->kernel.shown))
		set_no_windows(hm);
}

/* The description may come with windows of its own, and somebody who maps them. */
static bool has_windows(const struct machine_kvirt *kv)
{
	return kv->vmalloc_end || kv->last_pkmap || kv->fixmap_end;
}

void host_make_kernel_window(struct host_machine *hm)
{
	const struct pt_format *f = hm->desc.kvirt.format;

	if (has_windows(&hm->desc.kvirt))
		return;
	if (!f)
		f = host_layout_default(&hm->desc);
	if (f && can_have(hm, f))
		use_format(hm, f);
	else
		set_no_format(hm);
}

void host_drop_kernel_window(struct host_machine *hm)
{
	struct host_kernel_window *w = &hm->kernel;

	if (w->base != MAP_FAILED) {
		host_forget_shadow(w->base, w->size);
		munmap(w->base, w->size);
		set_no_windows(hm);
	}
	if (w->device_fd >= 0)
		close(w->device_fd);
	free(w->shown);
	memset(w, 0, sizeof(*w));
	w->base = MAP_FAILED;
	w->device_fd = -1;
}

void host_clear_kernel_window(struct host_machine *hm)
{
	struct host_kernel_window *w = &hm->kernel;

	if (w->base == MAP_FAILED)
		return;
	host_forget_shadow(w->base, w->size);
	unmap((uintptr_t)w->base, w->size);
	memset(w->shown, 0, w->nr_shown * sizeof(*w->shown));
}

int host_machine_set_format(struct host_machine *hm, const char *name, char *err, size_t size)
{
	unsigned int shift = hm->desc.page_shift ? hm->desc.page_shift : CONFIG_PAGE_SHIFT;
	const struct pt_format *f = name ? pt_format_find(name) : NULL;

	if (name && !f)
		return host_fail(err, size, "no page-table format is called %s", name);
	if (f && !can_have(hm, f))
		return host_fail(err, size, "the machine cannot have page tables of format %s: %s",
				 name,
				 f->level[0].shift != shift
					 ? "its pages have another size"
					 : "they do not reach all that must be mapped");
	host_drop_kernel_window(hm);
	set_no_format(hm);
	if (f)
		use_format(hm, f);
	return 0;
}

/* ---- what was there ---- */

size_t host_shown_index(const struct host_machine *hm, uintptr_t addr)
{
	const struct machine_kvirt *kv = &hm->desc.kvirt;
	unsigned int shift = kv->format->level[0].shift;

	if (addr - kv->pkmap_base < (uintptr_t)kv->last_pkmap << shift)
		return (addr - kv->pkmap_base) >> shift;
	if (addr - kv->fixmap_start < kv->fixmap_end - kv->fixmap_start)
		return kv->last_pkmap + ((addr - kv->fixmap_start) >> shift);
	return hm->kernel.nr_shown;
}

static void note_mapped(struct host_machine *hm, uintptr_t addr, u64 phys, size_t size)
{
	size_t page = (size_t)pt_page_size(hm->desc.kvirt.format), at, i;

	for (at = 0; at < size; at += page) {
		i = host_shown_index(hm, addr + at);
		if (i == hm->kernel.nr_shown)
			return;
		atomic_store(&hm->kernel.shown[i].frame, (pfn_t)((phys + at) / page + 1));
		atomic_store(&hm->kernel.shown[i].is_mapped, true);
	}
}

static void note_unmapped(struct host_machine *hm, uintptr_t addr, size_t size)
{
	size_t page = (size_t)pt_page_size(hm->desc.kvirt.format), at, i;

	for (at = 0; at < size; at += page) {
		i = host_shown_index(hm, addr + at);
		if (i == hm->kernel.nr_shown)
			return;
		atomic_store(&hm->kernel.shown[i].is_mapped, false);
	}
}

/* ---- the hooks ---- */

int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	struct host_machine *hm = host_machine_of(this_quire());
	int access = PROT_READ | (prot & PT_WRITE ? PROT_WRITE : 0);

	if (!hm || hm->kernel.base == MAP_FAILED)
		return -ENOMEM;
	if (host_show(hm, addr, phys, size, access)) {
		unmap(addr, size);
		return -ENOMEM;
	}
	note_mapped(hm, addr, phys, size);
	return 0;
}

void port_window_unmap(uintptr_t addr, size_t size)
{
	struct host_machine *hm = host_machine_of(this_quire());

	if (!hm || hm->kernel.base == MAP_FAILED)
		return;
	note_unmapped(hm, addr, size);
	unmap(addr, size);
}

#else

void host_make_kernel_window(struct host_machine *hm)
{
	(void)hm;
}

void host_drop_kernel_window(struct host_machine *hm)
{
	(void)hm;
}

void host_clear_kernel_window(struct host_machine *hm)
{
	(void)hm;
}

int host_machine_set_format(struct host_machine *hm, const char *name, char *err, size_t size)
{
	(void)hm;
	return name ? host_fail(err, size, "this build has no kernel page table") : 0;
}

#endif
