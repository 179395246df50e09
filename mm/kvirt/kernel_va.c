/* SPDX-License-Identifier: MIT */
/*
 * kernel_va.c - the two names of an address: the pointer of this program, and what the
 * machine's MMU translates. In a kernel they are the same.
 */
#include <quire/page.h>

#include "mm/kvirt/internal.h"

#if CONFIG_MMU

#if CONFIG_KERNEL_WINDOW
/* Where the format has 32-bit addresses, they wrap there. */
static u64 wrapped(u64 va)
{
	const struct pt_format *f = this_quire()->kvirt.layout.format;

	return f && f->va_bits == 32 ? (u32)va : va;
}

/* From the start of the windows to the end of the highest. */
static uintptr_t windows_size(void)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	uintptr_t end = layout->window;

	if (layout->vmalloc_end > end)
		end = layout->vmalloc_end;
	if (layout->fixmap_end > end)
		end = layout->fixmap_end;
	if (layout->last_pkmap && layout->pkmap_base + layout->last_pkmap * PAGE_SIZE > end)
		end = layout->pkmap_base + layout->last_pkmap * PAGE_SIZE;
	return end - layout->window;
}

u64 kernel_va(const volatile void *addr)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	uintptr_t offset = (uintptr_t)addr - layout->window;

	if (offset < windows_size())
		return wrapped(layout->window_va + offset);
	return wrapped(layout->direct_map_va + virt_to_phys(addr));
}

/* The end of lowmem: until the page allocator knows where RAM ends, what the machine says. */
static u64 direct_map_end(void)
{
	u64 end = this_quire()->geo.lowmem_end, ram_end = (u64)max_low_pfn << PAGE_SHIFT;

	return ram_end && ram_end < end ? ram_end : end;
}

void *kernel_pointer(u64 va)
{
	const struct machine_kvirt *layout = &this_quire()->kvirt.layout;
	u64 phys = wrapped(va - layout->direct_map_va), offset = wrapped(va - layout->window_va);

	if (offset < windows_size())
		return (void *)(layout->window + (uintptr_t)offset);
	if (phys >= this_quire()->geo.lowmem_start && phys < direct_map_end())
		return phys_to_virt((phys_addr_t)phys);
	return NULL;
}
#else
u64 kernel_va(const volatile void *addr)
{
	return (uintptr_t)addr;
}

void *kernel_pointer(u64 va)
{
	return (void *)(uintptr_t)va;
}
#endif

#endif
