/* SPDX-License-Identifier: MIT */
/*
 * kernel_addresses.h - <quire/kvirt.h> in every build: where the library has no page tables
 * there are none to show, and an address has one name only.
 */
#ifndef TOOLS_KERNEL_ADDRESSES_H
#define TOOLS_KERNEL_ADDRESSES_H

#include <quire/kvirt.h>

#if !CONFIG_MMU
static inline struct pgtable *kernel_pgtable(void)
{
	return NULL;
}
static inline u64 kernel_va(const volatile void *addr)
{
	return (uintptr_t)addr;
}
static inline void *kernel_pointer(u64 va)
{
	return (void *)(uintptr_t)va;
}
#endif

#endif
