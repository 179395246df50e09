/* SPDX-License-Identifier: MIT */
/*
 * boot_alloc.c - one door for the boot's own memory, whichever allocator is open behind it.
 *
 *   MACHINE_AS_DUMPED   the embedder's metadata, a bump allocator: the RAM is not touched
 *   memblock's phase    memblock, inside the direct map
 *   bootmem's phase     bootmem
 *
 * memblock and bootmem ask for injected failures themselves, the metadata is asked for
 * here: so each call of boot_alloc can fail in exactly one place.
 */
#include <quire/bootmem.h>
#include <quire/fault.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>

#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

/* The next `size` bytes of the metadata. */
static void *metadata_alloc(size_t size, size_t align)
{
	struct boot_state *boot = &this_quire()->boot;
	size_t gap = (size_t)(-(uintptr_t)boot->metadata & (align - 1));
	char *p;

	if (should_fail_alloc() || !boot->metadata || gap > boot->metadata_left ||
	    size > boot->metadata_left - gap)
		return NULL;
	p = boot->metadata + gap;
	boot->metadata = p + size;
	boot->metadata_left -= gap + size;
	return p;
}

static bool from_metadata(void)
{
	return this_quire()->boot.flags & MACHINE_AS_DUMPED;
}

static void *alloc_by_phase(size_t size, size_t align, int nid)
{
	if (from_metadata())
		return metadata_alloc(size, align);
#if CONFIG_BOOTMEM
	if (this_quire()->phase == PHASE_BOOTMEM)
		return bootmem_alloc_raw(size, align, nid);
#endif
	return memblock_alloc_try_nid_raw(size, align, 0, MEMBLOCK_ALLOC_NOLEAKTRACE, nid);
}

static void *boot_alloc_for(size_t size, size_t align, int nid, const char *what,
			    const void *caller)
{
	enum boot_phase phase = this_quire()->phase;
	void *p;

	if ((phase != PHASE_MEMBLOCK && phase != PHASE_BOOTMEM) || !size || !is_power_of_2(align)) {
		quire_warn(caller, "boot_alloc: %llu bytes for %s refused: %s",
			   (unsigned long long)size, what,
			   size && is_power_of_2(align) ? "the boot allocators are closed"
							: "wrong size or alignment");
		return NULL;
	}
	p = alloc_by_phase(size, align, nid);
	if (!p)
		pr_err("out of boot memory: %llu bytes for %s", (unsigned long long)size, what);
	return p;
}

void *boot_alloc_raw(size_t size, size_t align, int nid, const char *what)
{
	return boot_alloc_for(size, align, nid, what, __builtin_return_address(0));
}

void *boot_alloc(size_t size, size_t align, int nid, const char *what)
{
	const void *caller = __builtin_return_address(0);
	void *p = boot_alloc_for(size, align, nid, what, caller);

	if (!p)
		return NULL;
	if (!from_metadata())
		kmemleak_alloc_phys_for(virt_to_phys(p), size, 0, caller);
	/* Metadata too: it may have served an earlier boot. What is large is asked for raw. */
	return memset(p, 0, size);
}
