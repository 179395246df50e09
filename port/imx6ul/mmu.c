/* SPDX-License-Identifier: MIT */
/*
 * mmu.c - the kernel's page table, from the processor's side.
 *
 * Walks go through the caches (TTBR_WALKS), so an entry that was written is where the walk
 * looks, once it has left the store buffer: that is what the dsb before each flush sees to.
 *
 * When the real table takes the early one's place, the TLB still has sections of 1 MB where
 * there are pages now. Both lead to the same memory and differ in rights alone, and the
 * flush follows at once.
 */
#include "port/imx6ul/imx6ul.h"

/* More pages than this, and forgetting everything is cheaper. */
#define MOST_PAGES_ONE_BY_ONE 64

static void order_stores(void)
{
	__asm__ volatile("dsb" : : : "memory");
}

/* After changes of the translation: what is fetched from here on goes by the new one. */
static void finish(void)
{
	__asm__ volatile("mcr p15, 0, %0, c7, c5, 6" : : "r"(0) : "memory"); /* BPIALL */
	__asm__ volatile("dsb\n\tisb" : : : "memory");
}

static void flush_all(void)
{
	__asm__ volatile("mcr p15, 0, %0, c8, c7, 0" : : "r"(0) : "memory"); /* TLBIALL */
}

static void flush_page(uintptr_t va)
{
	__asm__ volatile("mcr p15, 0, %0, c8, c7, 3" : : "r"(va) : "memory"); /* TLBIMVAA */
}

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	const size_t page = (size_t)1 << CONFIG_PAGE_SHIFT;
	size_t i, pages = size >> CONFIG_PAGE_SHIFT;

	(void)flags; /* there is one CPU */
	order_stores();
	if (!size || pages > MOST_PAGES_ONE_BY_ONE)
		flush_all();
	for (i = 0; i < pages && pages <= MOST_PAGES_ONE_BY_ONE; i++)
		flush_page(start + i * page);
	finish();
}

#if CONFIG_MAP_BARRIER
void port_map_barrier(void)
{
	order_stores();
	finish();
}
#endif

void mmu_load_table(void *ctx, phys_addr_t root)
{
	u32 value = (u32)root | TTBR_WALKS;

	(void)ctx;
	order_stores();
	__asm__ volatile("mcr p15, 0, %0, c2, c0, 0" : : "r"(value) : "memory"); /* TTBR0 */
	__asm__ volatile("mcr p15, 0, %0, c2, c0, 1" : : "r"(value) : "memory"); /* TTBR1 */
	__asm__ volatile("isb" : : : "memory");
	flush_all();
	finish();
}
