/* SPDX-License-Identifier: MIT */
/*
 * cpu_array.c - what CPUs keep: an array of free objects each, and a second one, so that a CPU that
 * takes one and gives one at the edge of the first does not trade every time. And the depot of each
 * node, where whole arrays change hands: one lock for some hundred objects, and none of them is
 * looked at. (Bonwick's magazines; Linux's array_cache, and its sheaves.)
 *
 *    CPU 0:  hand #  main [#######...]  spare [##########]    depot:  full  [##########] [##########]
 *    CPU 1:  hand .  main [#.........]  spare [..........]            empty [..........]
 *
 * `main` is used through cpu->slot and cpu->count; a spare is full or empty. Before them is the CPU's hand, which
 * holds one object, of any cache (cpu_array.h). An array is an object of kmalloc's caches, taken past their own
 * arrays. A CPU gets one when it has used a cache a few times: most CPUs never use most caches.
 *
 * All of a CPU's entries are in one section: that of its first. All that is here runs with interrupts off.
 */
#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/cpu_array.h"

/* So often does a CPU do without an array. */
#define CALLS_WITHOUT_ARRAY 8

/* ---- how large ---- */

/* A machine with so much RAM lets CPUs keep twice as many. */
#define LARGE_RAM (1UL << 30)

/* Bytes of an array, by the size of objects: larger ones are kept in smaller numbers. */
static unsigned int sheaf_bytes(const struct kmem_cache *cache)
{
	unsigned int bytes = 128;

	/* Two arrays are a CPU's limit, and change hands by the batch. */
	if (cache->batchcount)
		return (unsigned int)(sizeof(struct slab_sheaf) + cache->batchcount * sizeof(void *));
	if (cache->size <= 256)
		bytes = 1024;
	else if (cache->size <= 1024)
		bytes = 512;
	else if (cache->size <= PAGE_SIZE)
		bytes = 256;
	return totalram_pages() >= LARGE_RAM >> PAGE_SHIFT ? 2 * bytes : bytes;
}

/* Full arrays of all caches of one size, on a node: a thousandth of the RAM, and no more than this. */
#define DEPOT_BYTES_MAX (4UL << 20)
#define DEPOT_OBJECTS 1024

void cpu_array_layout(struct kmem_cache *cache)
{
	unsigned long budget, limit;
	unsigned int bytes = sheaf_bytes(cache);

	cache->sheaf_bytes = 0;
	if (slab_engine_has_heap() || (cache->flags & SLAB_DEBUG_FLAGS) || bytes > KMALLOC_MAX_CACHE_SIZE)
		return;
	cache->sheaf_bytes = bytes;
	cache->sheaf_capacity = (u32)((bytes - sizeof(struct slab_sheaf)) / sizeof(void *));
	budget = min_of(totalram_pages() << PAGE_SHIFT >> 10, DEPOT_BYTES_MAX);
	limit = budget / ((unsigned long)cache->size * cache->sheaf_capacity);
	cache->depot_limit = (u32)max_of(min_of(limit, DEPOT_OBJECTS / cache->sheaf_capacity + 1UL), 1UL);
}

static struct slab_sheaf *sheaf_alloc(const struct kmem_cache *cache)
{
	struct slab_sheaf *sheaf = slab_alloc_bytes(cache->sheaf_bytes, GFP_NOWAIT | __GFP_NOWARN);

	if (sheaf)
		sheaf->count = 0;
	return sheaf;
}

static void sheaf_free(const struct kmem_cache *cache, struct slab_sheaf *sheaf)
{
	slab_free_bytes(sheaf, cache->sheaf_bytes);
}

/* ---- the depot; with the node's lock ---- */

static struct slab_sheaf *sheaf_pop(struct slab_sheaf **list, unsigned int *nr)
{
	struct slab_sheaf *sheaf = *list;

	if (sheaf) {
		*list = sheaf->next;
		store_relaxed(*nr, *nr - 1);
	}
	return sheaf;
}

static void sheaf_push(struct slab_sheaf **list, unsigned int *nr, struct slab_sheaf *sheaf)
{
	sheaf->next = *list;
	*list = sheaf;
	store_relaxed(*nr, *nr + 1);
}

/* A full array for an empty one; NULL: there is none, and the empty one stays the caller's. */
static struct slab_sheaf *depot_trade_empty(struct kmem_cache_node *n, struct slab_sheaf *empty)
{
	struct slab_depot *depot = &n->depot;
	struct slab_sheaf *full;

	/* Looked at without the lock: mostly there is none, and then another time will do. */
	if (!load_relaxed(depot->nr_full))
		return NULL;
	spin_lock(&n->lock);
	full = sheaf_pop(&depot->full, &depot->nr_full);
	if (full && empty)
		sheaf_push(&depot->empty, &depot->nr_empty, empty);
	spin_unlock(&n->lock);
	return full;
}

/*
 * Leaves a full array there, and takes an empty one, or NULL if there is none. False: there are
 * enough full ones.
 */
static bool depot_trade_full(const struct kmem_cache *cache, struct kmem_cache_node *n,
			     struct slab_sheaf *full, struct slab_sheaf **empty)
{
	struct slab_depot *depot = &n->depot;
	bool has_room;

	if (load_relaxed(depot->nr_full) >= cache->depot_limit)
		return false;
	spin_lock(&n->lock);
	has_room = depot->nr_full < cache->depot_limit;
	if (has_room) {
		sheaf_push(&depot->full, &depot->nr_full, full);
		*empty = sheaf_pop(&depot->empty, &depot->nr_empty);
	}
	spin_unlock(&n->lock);
	return has_room;
}

static struct slab_sheaf *depot_take_empty(struct kmem_cache_node *n)
{
	struct slab_sheaf *empty;

	if (!n || !load_relaxed(n->depot.nr_empty))
		return NULL;
	spin_lock(&n->lock);
	empty = sheaf_pop(&n->depot.empty, &n->depot.nr_empty);
	spin_unlock(&n->lock);
	return empty;
}

/* ---- a CPU's arrays; the CPU's section is entered, or claimed ---- */

/* Whose slots the CPU uses; NULL: it has no array. */
static struct slab_sheaf *main_of(const struct kmem_cache_cpu *cpu)
{
	return cpu->slot ? (struct slab_sheaf *)((char *)cpu->slot - offsetof(struct slab_sheaf, slot)) : NULL;
}

/* From now on `main` is this one, with its objects; what it was has been put away. */
static void set_main(const struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct slab_sheaf *sheaf)
{
	cpu->slot = sheaf ? sheaf->slot : NULL;
	store_relaxed(cpu->count, sheaf ? sheaf->count : 0);
	/* Where another CPU did this, the cpu_array_push of ours goes on from here. */
	store_release(cpu->capacity, sheaf ? cache->sheaf_capacity : 0);
}

static void set_spare(struct kmem_cache_cpu *cpu, struct slab_sheaf *sheaf)
{
	cpu->spare = sheaf;
	store_relaxed(cpu->nr_spare, sheaf ? (u32)sheaf->count : 0);
}

static void swap_arrays(const struct kmem_cache *cache, struct kmem_cache_cpu *cpu)
{
	struct slab_sheaf *before = main_of(cpu);

	before->count = cpu->count;
	set_main(cache, cpu, cpu->spare);
	set_spare(cpu, before);
}

static struct kmem_cache_node *local_node(const struct kmem_cache *cache)
{
	return load_acquire(cache->node[numa_node_id()]);
}

/* May this CPU have an array by now? Then it gets one. */
static bool has_array(const struct kmem_cache *cache, struct kmem_cache_cpu *cpu)
{
	struct slab_sheaf *sheaf;

	if (cpu->slot)
		return true;
	if (cache->cpus == slab_no_cpus() || cpu->nr_traded < CALLS_WITHOUT_ARRAY)
		return false;
	sheaf = depot_take_empty(local_node(cache));
	if (!sheaf)
		sheaf = sheaf_alloc(cache);
	if (sheaf)
		set_main(cache, cpu, sheaf);
	return sheaf;
}

/* Objects of the engine's, as many as half an array. */
static void fill_from_slabs(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct kmem_cache_node *n)
{
	unsigned long max = cache->batchcount ? cpu->capacity : (cpu->capacity + 1) / 2;
	unsigned int got = slab_engine()->take(cache, n, cpu->slot, (unsigned int)max);

	if (this_quire()->slab.randomise)
		slab_shuffle(cpu->slot, got);
	store_relaxed(cpu->count, got);
}

/* `main` is empty: objects from somewhere, if there are any without a new slab. */
static void refill(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct kmem_cache_node *n)
{
	struct slab_sheaf *full, *before;

	if (cpu->spare && cpu->spare->count) {
		swap_arrays(cache, cpu);
		return;
	}
	/* What an empty spare was, the depot has for who fills it. */
	full = n ? depot_trade_empty(n, cpu->spare) : NULL;
	if (full) {
		before = main_of(cpu);
		before->count = 0;
		set_spare(cpu, before);
		set_main(cache, cpu, full);
	} else if (n) {
		fill_from_slabs(cache, cpu, n);
	}
}

/* `main` is full: afterwards it is not, unless there is no memory for an array. */
static void make_room(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, const void *caller)
{
	struct kmem_cache_node *n = local_node(cache);
	struct slab_sheaf *empty = NULL;

	if (cpu->spare && cpu->spare->count) {
		if (!slab_engine()->has_depot || !n || !depot_trade_full(cache, n, cpu->spare, &empty)) {
			slab_engine()->give(cache, cpu->spare->slot, (unsigned int)cpu->spare->count, caller);
			cpu->spare->count = 0;
			empty = cpu->spare;
		}
		set_spare(cpu, empty);
	}
	if (!cpu->spare)
		set_spare(cpu, depot_take_empty(n));
	if (!cpu->spare)
		set_spare(cpu, sheaf_alloc(cache));
	if (cpu->spare) {
		swap_arrays(cache, cpu);
		return;
	}
	/* The older half: what was given back last is taken next. */
	slab_engine()->give(cache, cpu->slot, (unsigned int)(cpu->count / 2), caller);
	memmove(cpu->slot, cpu->slot + cpu->count / 2, (cpu->count - cpu->count / 2) * sizeof(void *));
	store_relaxed(cpu->count, cpu->count - cpu->count / 2);
}

/* ---- what the front asks for ---- */

/*
 * What the hand holds goes on, if its own array has no room for it: else no object could be put into the hand
 * until somebody takes this one. It is as it was given, and may be anything: its entry says which cache that was.
 */
static void empty_hand(struct kmem_cache_cpu *first, const void *caller)
{
	struct kmem_cache_cpu *cpu = cpu_entry_at(first, first->hand_at);
	struct kmem_cache *cache;

	if (first->hand_at == SLAB_HAND_EMPTY || cpu->count < cpu->capacity)
		return;
	cache = cpu->cache;
	cpu->nr_traded++;
	if (has_array(cache, cpu) && cpu->count == cpu->capacity)
		make_room(cache, cpu, caller);
	if (!cpu_array_put_away(cpu, first->hand))
		slab_engine()->give(cache, &first->hand, 1, caller);
	store_relaxed(first->hand_at, SLAB_HAND_EMPTY);
}

void *cpu_array_take(struct kmem_cache *cache)
{
	void *object = NULL;

	cpu_array_take_many(cache, &object, 1);
	return object;
}

unsigned int cpu_array_take_many(struct kmem_cache *cache, void **objects, unsigned int nr)
{
	unsigned long flags = local_irq_save();
	struct kmem_cache_cpu *first = this_cpu_entries(), *cpu = cpu_entry_at(first, slab_entry_at(cache));
	struct kmem_cache_node *n = local_node(cache);
	unsigned long got = 0, now;

	if (cpu_section_enter(&first->section)) {
		if (first->hand_at == slab_entry_at(cache) && nr) {
			objects[got++] = first->hand;
			store_relaxed(first->hand_at, SLAB_HAND_EMPTY);
		}
		while (got < nr) {
			if (!cpu->count) {
				cpu->nr_traded++;
				if (has_array(cache, cpu))
					refill(cache, cpu, n);
			}
			now = min_of(cpu->count, (unsigned long)nr - got);
			if (!now)
				break;
			memcpy(objects + got, cpu->slot + cpu->count - now, now * sizeof(void *));
			store_relaxed(cpu->count, cpu->count - now);
			got += now;
		}
		cpu_section_leave(&first->section);
	}
	if (got < nr && n)
		got += slab_engine()->take(cache, n, objects + got, nr - (unsigned int)got);
	local_irq_restore(flags);
	return (unsigned int)got;
}

unsigned int cpu_array_give_many(struct kmem_cache *cache, void **objects, unsigned int nr, const void *caller)
{
	unsigned long flags = local_irq_save();
	struct kmem_cache_cpu *first = this_cpu_entries(), *cpu = cpu_entry_at(first, slab_entry_at(cache));
	unsigned long given = 0, now;

	if (cpu_section_enter(&first->section)) {
		empty_hand(first, caller);
		while (given < nr) {
			if (cpu->count == cpu->capacity) {
				cpu->nr_traded++;
				if (has_array(cache, cpu) && cpu->count == cpu->capacity)
					make_room(cache, cpu, caller);
			}
			now = min_of(cpu->capacity - cpu->count, (unsigned long)nr - given);
			if (!now)
				break;
			memcpy(cpu->slot + cpu->count, objects + given, now * sizeof(void *));
			store_relaxed(cpu->count, cpu->count + now);
			given += now;
		}
		cpu_section_leave(&first->section);
	}
	local_irq_restore(flags);
	return (unsigned int)given;
}

/* ---- for all CPUs ---- */

int cpu_arrays_create(struct kmem_cache *cache)
{
	struct kmem_cache_cpu *cpus = slab_no_cpus() + cache->cpus_at;
	unsigned int cpu;

	if (!cache->sheaf_bytes || cache->cpus != slab_no_cpus())
		return 0;
	if (!cache->cpus_at) {
		cpus = cpu_entries_take();
		if (!cpus)
			return -ENOMEM;
		/* The index knows it if it has no slab yet. */
		if (this_quire()->slab.up == SLAB_FULL && (size_t)(cpus - slab_no_cpus()) < SLAB_CPU_ENTRIES)
			cache->cpus_at = (u32)(cpus - slab_no_cpus());
	}
	/* There are too many CPUs: it goes without. */
	if (cpus == slab_no_cpus())
		return 0;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		slab_cpu(cpus, cpu)->cache = cache;
	/* Who finds them finds them empty. */
	store_release(cache->cpus, cpus);
	slab_set_watch(cache);
	return 0;
}

void cpu_arrays_destroy(struct kmem_cache *cache)
{
	cpu_arrays_drain(cache);
	cpu_entries_give(cache->cpus);
}

static void give_all(struct kmem_cache *cache, struct slab_sheaf *sheaf)
{
	if (!sheaf)
		return;
	slab_engine()->give(cache, sheaf->slot, (unsigned int)sheaf->count, NULL);
	sheaf->count = 0;
}

/*
 * The CPU may go on to put objects into its hand, of this cache too, which is as if it had done so later. But while
 * the hand holds one of this cache it is not the CPU's: it cannot put that away.
 */
static void drain_hand(struct kmem_cache *cache, struct kmem_cache_cpu *first)
{
	void *object;

	if (load_acquire(first->hand_at) != slab_entry_at(cache))
		return;
	object = load_relaxed(first->hand);
	store_release(first->hand_at, SLAB_HAND_EMPTY);
	slab_engine()->give(cache, &object, 1, NULL);
}

/* The CPU's section is ours, and its entry. False: an interrupt handler asks, and its own CPU is inside. */
static bool claim(struct kmem_cache_cpu *first, struct kmem_cache_cpu *cpu, bool is_own)
{
	if (is_own)
		return cpu_section_enter_own(&first->section, quire_nr_cpus() == 1);
	cpu_section_claim(&first->section);
	cpu_section_close(&first->section, &cpu->capacity);
	return true;
}

/* What CPU no has, and its arrays. Interrupts are off. */
static void drain_cpu(struct kmem_cache *cache, unsigned int no)
{
	struct kmem_cache_cpu *first = slab_cpu(slab_no_cpus(), no), *cpu = slab_cpu(cache->cpus, no);
	bool is_own = no == this_cpu_id();
	struct slab_sheaf *main, *spare;

	/* Most CPUs have nothing, and to claim costs each CPU a barrier. */
	if (!load_relaxed(cpu->capacity) && !slab_is_in_hand(cache, no))
		return;
	if (!claim(first, cpu, is_own))
		return;
	main = main_of(cpu);
	spare = cpu->spare;
	drain_hand(cache, first);
	if (main)
		main->count = cpu->count;
	give_all(cache, main);
	give_all(cache, spare);
	set_spare(cpu, NULL);
	set_main(cache, cpu, NULL);
	if (is_own)
		cpu_section_leave(&first->section);
	else
		cpu_section_unclaim(&first->section);
	if (main)
		sheaf_free(cache, main);
	if (spare)
		sheaf_free(cache, spare);
}

static void drain_depot(struct kmem_cache *cache, struct kmem_cache_node *n)
{
	struct slab_sheaf *full, *empty;

	do {
		spin_lock(&n->lock);
		full = sheaf_pop(&n->depot.full, &n->depot.nr_full);
		empty = sheaf_pop(&n->depot.empty, &n->depot.nr_empty);
		spin_unlock(&n->lock);
		give_all(cache, full);
		if (full)
			sheaf_free(cache, full);
		if (empty)
			sheaf_free(cache, empty);
	} while (full || empty);
}

/* One more, or less, who empties the arrays: then nobody takes of them past the section (cpu_array.h). */
static void add_drainer(struct kmem_cache *cache, int more)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);

	cache->nr_drainers += (unsigned int)more;
	slab_open_to_takers(cache);
	if (cache->flags & SLAB_KMALLOC)
		kmalloc_index_set_sizes();
	spin_unlock_irqrestore(&slab->lock, irq);
}

void cpu_arrays_drain(struct kmem_cache *cache)
{
	struct kmem_cache_node *n;
	unsigned long flags;
	unsigned int i;
	int nid;

	if (cache->cpus == slab_no_cpus())
		return;
	add_drainer(cache, 1);
	for (i = 0; i < quire_nr_cpus(); i++) {
		flags = local_irq_save();
		drain_cpu(cache, i);
		local_irq_restore(flags);
	}
	add_drainer(cache, -1);
	for_each_slab_node(cache, nid, n) {
		flags = local_irq_save();
		drain_depot(cache, n);
		local_irq_restore(flags);
	}
}

unsigned long cpu_arrays_count(const struct kmem_cache *cache)
{
	const struct kmem_cache_node *n;
	const struct kmem_cache_cpu *cpu;
	unsigned long objects = 0;
	unsigned int i;
	int nid;

	if (cache->cpus == slab_no_cpus())
		return 0;
	for_each_slab_cpu(cache, i, cpu)
		objects += slab_is_in_hand(cache, i) + load_relaxed(cpu->count) + load_relaxed(cpu->nr_spare);
	for_each_slab_node(cache, nid, n)
		objects += (unsigned long)load_relaxed(n->depot.nr_full) * cache->sheaf_capacity;
	return objects;
}
