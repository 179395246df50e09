/* SPDX-License-Identifier: MIT */
/*
 * test_leaks.c - leak detection on the machine itself, in a library that has it (KERNEL_OPTIONS=KMEMLEAK=1):
 * all that the kernel and its tests took so far is given back, or something leads to it; what is then lost
 * on purpose is found, all of it and nothing else.
 */
#include <quire/kmalloc.h>
#include <quire/kmemleak.h>
#include <quire/percpu.h>
#include <quire/vmalloc.h>

#include "kernel/internal.h"

#if CONFIG_KMEMLEAK

enum {
	A_PIECE,
	AN_OBJECT,
	A_LARGE_PIECE, /* of pages */
	A_RING, /* of two pieces, each of which leads to the other, */
	ITS_OTHER_HALF,
	AN_AREA,   /* of vmalloc, */
	A_VARIABLE, /* of each CPU, */
	AN_INNER_PIECE, /* to which only a lost one leads: it is lost too */
	NR_LOST,
};

/* Their addresses, in a form in which they are none. */
static uintptr_t hidden[NR_LOST];

static void hide(unsigned int which, const void *object)
{
	hidden[which] = object ? ~(uintptr_t)object : 0;
}
static void *found(unsigned int which)
{
	return hidden[which] ? (void *)~hidden[which] : NULL;
}

/*
 * The first of a window and of the per-CPU memory begin where the machine's description says that these begin
 * or end: those words lead to them. So others are taken first.
 */
static void *first_area;
static unsigned long __percpu *first_variable;

static void lose(struct kmem_cache *cache)
{
	void **ring = kzalloc(64, GFP_KERNEL), **other = kzalloc(64, GFP_KERNEL), **outer = kzalloc(40, GFP_KERNEL);

	first_area = vmalloc(PAGE_SIZE);
	first_variable = alloc_percpu(unsigned long);
	hide(A_PIECE, outer);
	hide(AN_OBJECT, kmem_cache_zalloc(cache, GFP_KERNEL));
	hide(A_LARGE_PIECE, kzalloc(3 * KMALLOC_MAX_CACHE_SIZE, GFP_KERNEL));
	hide(A_RING, ring);
	hide(ITS_OTHER_HALF, other);
	hide(AN_AREA, vzalloc(3 * PAGE_SIZE));
	hide(A_VARIABLE, (void *)(uintptr_t)alloc_percpu(unsigned long));
	if (ring && other && outer) {
		ring[0] = other;
		other[7] = ring;
		outer[2] = kzalloc(100, GFP_KERNEL);
		hide(AN_INNER_PIECE, outer[2]);
	}
}

static void give_back(struct kmem_cache *cache)
{
	kfree(found(A_PIECE));
	kmem_cache_free(cache, found(AN_OBJECT));
	kfree(found(A_LARGE_PIECE));
	kfree(found(A_RING));
	kfree(found(ITS_OTHER_HALF));
	vfree(found(AN_AREA));
	free_percpu((void __percpu *)(uintptr_t)found(A_VARIABLE));
	kfree(found(AN_INNER_PIECE));
	vfree(first_area);
	free_percpu(first_variable);
}

static bool is_hidden(uintptr_t address)
{
	unsigned int i;

	for (i = 0; i < NR_LOST; i++)
		if (hidden[i] && address == ~hidden[i])
			return true;
	return false;
}

/* Scans, as often as it takes to be sure; how many are reported that were hidden, and how many that were not. */
static void count_leaks(unsigned int *nr_hidden, unsigned int *nr_others)
{
	struct kmemleak_info info;
	unsigned int kind = 0;
	uintptr_t cursor = 0;

	*nr_hidden = *nr_others = 0;
	kmemleak_scan();
	kmemleak_scan();
	while (kmemleak_next_leak(&kind, &cursor, &info)) {
		if (is_hidden(info.pointer)) {
			++*nr_hidden;
			continue;
		}
		++*nr_others;
		console_printf("# %zu bytes at 0x%lx, which 0x%lx asked for\n", info.size, (unsigned long)info.pointer,
			       info.nr_trace ? (unsigned long)info.trace[0] : 0);
	}
}

void test_leaks(void)
{
	struct kmem_cache *cache = kmem_cache_create("leaks", 200, 0, SLAB_NO_MERGE, NULL);
	unsigned int nr_hidden, nr_others;

	if (!kmemleak_is_on() || !cache) {
		test_result(false, "objects are followed from the boot on, and a cache can be made");
		return;
	}
	count_leaks(&nr_hidden, &nr_others);
	test_result(!nr_others, "nothing was lost so far, by the boot or by a test");
	lose(cache);
	count_leaks(&nr_hidden, &nr_others);
	test_result(nr_hidden == NR_LOST, "all that is lost on purpose is found: %u of %u", nr_hidden, NR_LOST);
	test_result(!nr_others, "and nothing else is reported");
	give_back(cache);
	count_leaks(&nr_hidden, &nr_others);
	test_result(!nr_hidden && !nr_others, "what is given back is reported no longer");
	test_result(!kmemleak_validate(), "what is kept of all objects hangs together");
	kmem_cache_destroy(cache);
}

#else

void test_leaks(void)
{
	test_skip("this kernel has no leak detection (KERNEL_OPTIONS=KMEMLEAK=1)", "what is lost is found");
}

#endif
