/* SPDX-License-Identifier: MIT */
/*
 * object_loops.h - what objects cost: the same loops in the reference kernel (bench_objects.c) and, compiled
 * as a module, in Linux (bench/linux/object_module.c). Both have the calls that are used here, under the
 * same names. Figures are ticks of a counter per object taken and given back, the loop's own few
 * instructions included; each is the second run, when what the first one needed is there.
 *
 * Who includes it has the calls declared, and u32 and u64, and brings the first two functions.
 */
#ifndef KERNEL_OBJECT_LOOPS_H
#define KERNEL_OBJECT_LOOPS_H

#define OBJECT_PAIRS 1000u
#define OBJECT_BATCH 1000u
#define OBJECT_LIVE 10000u
#define OBJECT_STEPS 20000u

static u64 object_ticks(void);
static void object_row(const char *workload, unsigned long size, const char *call, unsigned long ticks);

struct object_loops {
	struct kmem_cache *cache; /* NULL: kmalloc */
	size_t size;
	void **slots; /* of OBJECT_LIVE */
	u32 *steps;   /* of OBJECT_STEPS: the slots that are emptied, in turn */
};

#define OBJECT_LOOP static inline __attribute__((__always_inline__))

/* is_kmalloc is a constant: each loop is compiled once for caches, and once for kmalloc. */
OBJECT_LOOP void *object_take(const struct object_loops *loops, int is_kmalloc)
{
	void *object = is_kmalloc ? kmalloc(loops->size, GFP_KERNEL) : kmem_cache_alloc(loops->cache, GFP_KERNEL);

	*(volatile unsigned long *)object = 1;
	return object;
}

OBJECT_LOOP void object_give(const struct object_loops *loops, void *object, int is_kmalloc)
{
	if (is_kmalloc)
		kfree(object);
	else
		kmem_cache_free(loops->cache, object);
}

OBJECT_LOOP void object_pairs(const struct object_loops *loops, int is_kmalloc)
{
	unsigned int i;

	for (i = 0; i < OBJECT_PAIRS; i++)
		object_give(loops, object_take(loops, is_kmalloc), is_kmalloc);
}

OBJECT_LOOP void object_batch(const struct object_loops *loops, int is_kmalloc)
{
	unsigned int i;

	for (i = 0; i < OBJECT_BATCH; i++)
		loops->slots[i] = object_take(loops, is_kmalloc);
	for (i = 0; i < OBJECT_BATCH; i++)
		object_give(loops, loops->slots[loops->steps[i]], is_kmalloc);
}

/* All slots are full, before and afterwards. */
OBJECT_LOOP void object_steady(const struct object_loops *loops, int is_kmalloc)
{
	unsigned int i;

	for (i = 0; i < OBJECT_STEPS; i++) {
		void **slot = &loops->slots[loops->steps[i]];

		object_give(loops, *slot, is_kmalloc);
		*slot = object_take(loops, is_kmalloc);
	}
}

#define OBJECT_RUN(name, is_kmalloc)                                                                   \
	static __attribute__((__noinline__)) u64 name##_##is_kmalloc(const struct object_loops *loops) \
	{                                                                                              \
		u64 begin = object_ticks();                                                            \
                                                                                                       \
		name(loops, is_kmalloc);                                                               \
		return object_ticks() - begin;                                                         \
	}
OBJECT_RUN(object_pairs, 0)
OBJECT_RUN(object_pairs, 1)
OBJECT_RUN(object_batch, 0)
OBJECT_RUN(object_batch, 1)
OBJECT_RUN(object_steady, 0)
OBJECT_RUN(object_steady, 1)

/* Numbers below n that only look random: the same in both kernels. */
static u32 object_random(u32 n)
{
	static u32 state = 1;

	state = state * 1664525u + 1013904223u;
	return (u32)((u64)state * n >> 32);
}

static void object_steps_of_batch(struct object_loops *loops, char order)
{
	u32 i, k, swapped;

	for (i = 0; i < OBJECT_BATCH; i++)
		loops->steps[i] = order == 'L' ? OBJECT_BATCH - 1 - i : i;
	for (i = OBJECT_BATCH - 1; i > 0 && order == 'r'; i--) {
		k = object_random(i + 1);
		swapped = loops->steps[i];
		loops->steps[i] = loops->steps[k];
		loops->steps[k] = swapped;
	}
}

static void object_loops_of_size(struct object_loops *loops)
{
	static const char *const batches[] = { "batch LIFO", "batch FIFO", "batch random" };
	const char *call = loops->cache ? "kmem_cache" : "kmalloc";
	u64 (*run)(const struct object_loops *loops) = loops->cache ? object_pairs_0 : object_pairs_1;
	unsigned int i;

	run(loops);
	object_row("pair", loops->size, call, (unsigned long)run(loops) / OBJECT_PAIRS);

	run = loops->cache ? object_batch_0 : object_batch_1;
	for (i = 0; i < 3; i++) {
		object_steps_of_batch(loops, batches[i][6]);
		run(loops);
		object_row(batches[i], loops->size, call, (unsigned long)run(loops) / OBJECT_BATCH);
	}

	for (i = 0; i < OBJECT_STEPS; i++)
		loops->steps[i] = object_random(OBJECT_LIVE);
	for (i = 0; i < OBJECT_LIVE; i++)
		loops->slots[i] = object_take(loops, !loops->cache);
	run = loops->cache ? object_steady_0 : object_steady_1;
	run(loops);
	object_row("steady", loops->size, call, (unsigned long)run(loops) / OBJECT_STEPS);
	for (i = 0; i < OBJECT_LIVE; i++)
		object_give(loops, loops->slots[i], !loops->cache);
}

/* All there is to measure; what fails in it prints nothing, and gives false. */
static bool object_loops_run(void)
{
	static const unsigned int sizes[] = { 32, 64, 256, 1024, 4096 };
	struct object_loops loops;
	unsigned int i;

	loops.slots = kmalloc_array(OBJECT_LIVE, sizeof(*loops.slots), GFP_KERNEL);
	loops.steps = kmalloc_array(OBJECT_STEPS, sizeof(*loops.steps), GFP_KERNEL);
	for (i = 0; loops.slots && loops.steps && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		loops.size = sizes[i];
		loops.cache = kmem_cache_create("object_loops", sizes[i], 0, 0, NULL);
		if (!loops.cache)
			break;
		object_loops_of_size(&loops);
		kmem_cache_destroy(loops.cache);
		loops.cache = NULL;
		object_loops_of_size(&loops);
	}
	kfree(loops.slots);
	kfree(loops.steps);
	return i == sizeof(sizes) / sizeof(sizes[0]);
}

#endif
