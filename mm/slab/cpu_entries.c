/* SPDX-License-Identifier: MIT */
/*
 * cpu_entries.c - where CPUs' entries are: a block of 4 KB for each CPU, with the entries of 64 caches.
 *
 * Theory. What a CPU uses lies close together, so it needs one entry of the TLB, and its cache lines fall into
 * as many different sets of the CPU's own cache. Had each cache an array with an entry for each CPU, with 64 CPUs
 * all entries of one CPU would fall into a single set. And from a CPU's number to its entry is a shift.
 *
 *   group:   CPU 0 | none | kmalloc-8 | kmalloc-16 | ...     CPU 1 | none | kmalloc-8 | kmalloc-16 | ...
 *
 * The first entry of the first group is of caches whose objects CPUs do not keep: it never has an object, nor
 * room for one, so that nobody needs to ask. And in it is what a CPU has but once: the section, and the hand. Other
 * groups follow when the first is full.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/string.h"
#include "mm/page/internal.h"
#include "mm/slab/internal.h"

static size_t group_bytes(void)
{
	return (size_t)quire_nr_cpus() * SLAB_CPU_ENTRIES * sizeof(struct kmem_cache_cpu);
}

void cpu_entries_empty_hands(struct kmem_cache_cpu *cpus)
{
	unsigned int cpu;

	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		slab_cpu(cpus, cpu)->hand_at = SLAB_HAND_EMPTY;
}

int cpu_entries_reserve(void)
{
	struct slab_state *slab = &this_quire()->slab;

	slab->cpu_groups.cpus = boot_alloc_raw(group_bytes(), SLAB_CPU_ENTRIES * sizeof(struct kmem_cache_cpu),
					       NUMA_NO_NODE, "CPUs' objects");
	if (!slab->cpu_groups.cpus)
		return -ENOMEM;
	memset(slab->cpu_groups.cpus, 0, group_bytes());
	cpu_entries_empty_hands(slab->cpu_groups.cpus);
	set_bit(0, slab->cpu_groups.used);
	slab->index.cpus = slab->cpu_groups.cpus;
	return 0;
}

/* The first free ones; NULL: all groups are full. */
static struct kmem_cache_cpu *take_free(struct slab_cpu_group *group)
{
	size_t row;

	for (; group; group = group->next) {
		row = find_next_zero_bit(group->used, SLAB_CPU_ENTRIES, 0);
		if (row < SLAB_CPU_ENTRIES) {
			set_bit(row, group->used);
			return group->cpus + row;
		}
	}
	return NULL;
}

static struct slab_cpu_group *new_group(void)
{
	struct slab_cpu_group *group = slab_alloc_bytes(sizeof(*group), GFP_KERNEL);

	if (!group)
		return NULL;
	memset(group, 0, sizeof(*group));
	group->cpus = alloc_pages_exact(group_bytes(), GFP_KERNEL | __GFP_ZERO);
	if (group->cpus)
		return group;
	slab_free_bytes(group, sizeof(*group));
	return NULL;
}

struct kmem_cache_cpu *cpu_entries_take(void)
{
	struct slab_state *slab = &this_quire()->slab;
	unsigned long irq = spin_lock_irqsave(&slab->lock);
	struct kmem_cache_cpu *cpus = take_free(&slab->cpu_groups);
	struct slab_cpu_group *group;

	spin_unlock_irqrestore(&slab->lock, irq);
	if (cpus)
		return cpus;
	/* Of thousands of CPUs no block of pages holds a group: caches beyond the first go without. */
	if (group_bytes() > KMALLOC_MAX_SIZE)
		return slab_no_cpus();
	group = new_group();
	if (!group)
		return NULL;
	irq = spin_lock_irqsave(&slab->lock);
	group->next = slab->cpu_groups.next;
	slab->cpu_groups.next = group;
	cpus = take_free(group);
	spin_unlock_irqrestore(&slab->lock, irq);
	return cpus;
}

/* The link to the group that has them. */
static struct slab_cpu_group **link_of(const struct kmem_cache_cpu *cpus)
{
	struct slab_cpu_group **link = &this_quire()->slab.cpu_groups.next;

	while (*link && (uintptr_t)cpus - (uintptr_t)(*link)->cpus >= group_bytes())
		link = &(*link)->next;
	return link;
}

void cpu_entries_give(struct kmem_cache_cpu *cpus)
{
	struct slab_state *slab = &this_quire()->slab;
	struct slab_cpu_group **link, *group, *gone = NULL;
	unsigned long irq;
	unsigned int cpu;

	if (cpus == slab_no_cpus())
		return;
	for (cpu = 0; cpu < quire_nr_cpus(); cpu++)
		memset(slab_cpu(cpus, cpu), 0, sizeof(*cpus));
	irq = spin_lock_irqsave(&slab->lock);
	link = link_of(cpus);
	group = *link ? *link : &slab->cpu_groups;
	clear_bit((size_t)(cpus - group->cpus), group->used);
	if (*link && find_next_bit(group->used, SLAB_CPU_ENTRIES, 0) == SLAB_CPU_ENTRIES) {
		gone = group;
		*link = group->next;
	}
	spin_unlock_irqrestore(&slab->lock, irq);
	if (!gone)
		return;
	free_pages_exact(gone->cpus, group_bytes());
	slab_free_bytes(gone, sizeof(*gone));
}
