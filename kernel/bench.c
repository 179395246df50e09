/* SPDX-License-Identifier: MIT */
/*
 * bench.c - what operations cost, by the CPU's time stamp counter.
 *
 * In QEMU with -icount shift=0 one instruction is one tick, so the figures are instruction
 * counts and the same in every run. Each is the mean of many rounds, the loop's five instructions
 * included, after as many that are not counted: the first ones find nothing prepared. The boot is
 * measured by bench/boot-instructions from outside.
 */
#include <quire/gfp.h>
#include <quire/highmem.h>
#include <quire/kvirt.h>
#include <quire/page.h>
#include <quire/percpu.h>
#include <quire/kmalloc.h>
#include <quire/vmalloc.h>

#include "kernel/internal.h"

#define ROUNDS 256u
#define LIVE_AREAS 1000u

struct subject {
	const char *name;
	void (*run)(unsigned long size);
	unsigned long size;
};

static void page_and_back(unsigned long order)
{
	struct page *page = alloc_pages(GFP_KERNEL, (unsigned int)order);

	if (page)
		__free_pages(page, (unsigned int)order);
}

static void vmalloc_and_back(unsigned long size)
{
	vfree(vmalloc(size));
}

static void kmalloc_and_back(unsigned long size)
{
	kfree(kmalloc(size, GFP_KERNEL));
}

static struct kmem_cache *some_cache;

static void object_and_back(unsigned long size)
{
	(void)size;
	kmem_cache_free(some_cache, kmem_cache_alloc(some_cache, GFP_KERNEL));
}

static void percpu_and_back(unsigned long size)
{
	free_percpu(__alloc_percpu(size, 8));
}

static unsigned long __percpu *counter;

static void increment(unsigned long size)
{
	(void)size;
	this_cpu_inc(*counter);
}

static void look_up(unsigned long va)
{
	struct pt_found found = pt_find(pt_format_of(kernel_pgtable()), kernel_pgtable()->root, va);

	__asm__ volatile("" : : "r"(found.level), "m"(found));
}

#if CONFIG_HIGHMEM
static struct page *high_page;

static void kmap_and_back(unsigned long size)
{
	(void)size;
	kmap(high_page);
	kunmap(high_page);
}

static void kmap_local_and_back(unsigned long size)
{
	(void)size;
	kunmap_local(kmap_local_page(high_page));
}
#endif

static u64 ticks_of(const struct subject *subject)
{
	unsigned int i;
	u64 begin;

	for (i = 0; i < ROUNDS; i++)
		subject->run(subject->size);
	begin = kernel_cpu.ticks();
	for (i = 0; i < ROUNDS; i++)
		subject->run(subject->size);
	return kernel_cpu.ticks() - begin;
}

static void measure(const struct subject *subject)
{
	console_printf("bench %-44s %8lu\n", subject->name, (unsigned long)ticks_of(subject) / ROUNDS);
}

/* Areas that stay, so that a search has something to search. */
static void crowd_vmalloc(void)
{
	static void *areas[LIVE_AREAS];
	static const struct subject crowded = { "vmalloc + vfree, 1 page, among 1000 areas",
						vmalloc_and_back, PAGE_SIZE };
	unsigned int i;

	for (i = 0; i < LIVE_AREAS; i++)
		areas[i] = vmalloc((1 + i % 3) * PAGE_SIZE);
	for (i = 0; i < LIVE_AREAS; i += 2) {
		vfree(areas[i]);
		areas[i] = NULL;
	}
	vm_unmap_aliases();
	measure(&crowded);
	for (i = 0; i < LIVE_AREAS; i++)
		vfree(areas[i]);
}

bool bench_run(void)
{
	static const struct subject subjects[] = {
		{ "alloc_pages + __free_pages, order 0", page_and_back, 0 },
		{ "alloc_pages + __free_pages, order 3", page_and_back, 3 },
		{ "vmalloc + vfree, 1 page", vmalloc_and_back, PAGE_SIZE },
		{ "vmalloc + vfree, 16 pages", vmalloc_and_back, 16 * PAGE_SIZE },
		{ "vmalloc + vfree, 512 pages", vmalloc_and_back, 512 * PAGE_SIZE },
		{ "kmem_cache_alloc + kmem_cache_free, 64 bytes", object_and_back, 64 },
		{ "kmalloc + kfree, 64 bytes", kmalloc_and_back, 64 },
		{ "kmalloc + kfree, 4096 bytes", kmalloc_and_back, 4096 },
		{ "alloc_percpu + free_percpu, 8 bytes", percpu_and_back, 8 },
		{ "this_cpu_inc", increment, 0 },
#if CONFIG_HIGHMEM
		{ "kmap + kunmap", kmap_and_back, 0 },
		{ "kmap_local_page + kunmap_local", kmap_local_and_back, 0 },
#endif
	};
	const struct subject walk = { "look-up of an address, all levels", look_up,
				      (unsigned long)kernel_va(vmalloc(PAGE_SIZE)) };
	size_t i;

	if (!kernel_cpu.ticks) {
		console_printf("There is no counter to measure with on this machine.\n");
		return false;
	}
	counter = alloc_percpu(unsigned long);
	some_cache = kmem_cache_create("bench", 64, 0, SLAB_NO_MERGE, NULL);
	if (!counter || !some_cache)
		return false;
#if CONFIG_HIGHMEM
	high_page = alloc_pages(GFP_HIGHUSER, 0);
	if (!high_page)
		return false;
#endif
	for (i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		measure(&subjects[i]);
	measure(&walk);
	crowd_vmalloc();
	return true;
}
