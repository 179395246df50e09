/* SPDX-License-Identifier: MIT */
/*
 * highmem_validate.c - the state of kmap and kmap_local: shown, and checked.
 */
#include "mm/kvirt/highmem_internal.h"

#include "mm/lib/format.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

#if QUIRE_KMAP

__attribute__((format(printf, 1, 2))) static int broken(const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	quire_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	pr_err("highmem_validate: %s", text);
	return -EINVAL;
}

/* ---- slots of kmap ---- */

/* Does an entry map just this frame? */
static bool maps_frame(const void *pte, pfn_t pfn)
{
	const struct pt_format *f = quire_kernel_format();
	u64 e = pt_read(f, pte);

	return pt_is_leaf(f, 0, e) && pt_leaf_addr(f, 0, e) == PFN_PHYS(pfn);
}

static bool is_clear(const void *pte)
{
	return !pt_read(quire_kernel_format(), pte);
}

static int check_slot(const struct highmem_state *hm, unsigned int nr)
{
	const struct pkmap_slot *slot = &hm->slots[nr];
	pfn_t pfn;

	if (!slot->count) {
		if (slot->page || slot->next)
			return broken("slot %u is free, but has a page", nr);
		return is_clear(quire_pkmap_pte(hm, nr)) ? 0 : broken("slot %u is free, but mapped", nr);
	}
	if (!slot->page)
		return broken("slot %u has %u users, but no page", nr, slot->count - 1);
	pfn = page_to_pfn(slot->page);
	if (!pfn_valid(pfn) || !PageHighMem(slot->page))
		return broken("slot %u shows page frame 0x%lx, which is not highmem", nr, pfn);
	if (!maps_frame(quire_pkmap_pte(hm, nr), pfn))
		return broken("slot %u: the page table does not map page frame 0x%lx", nr, pfn);
	if (quire_pkmap_find_locked(slot->page) != (int)nr)
		return broken("slot %u: the hash table does not know page frame 0x%lx", nr, pfn);
	return 0;
}

/* The chains hold every slot with a page, once, and where it belongs. */
static int check_chains(const struct highmem_state *hm)
{
	unsigned int bucket, chained = 0, mapped = 0, nr, link;

	for (nr = 0; nr < LAST_PKMAP; nr++)
		mapped += hm->slots[nr].page != NULL;
	for (bucket = 0; bucket < 1u << hm->bucket_bits; bucket++) {
		for (link = hm->buckets[bucket]; link; link = hm->slots[link - 1].next) {
			if (link > LAST_PKMAP || chained++ > LAST_PKMAP)
				return broken("the chain of bucket %u does not end", bucket);
			if (!hm->slots[link - 1].page)
				return broken("the chain of bucket %u has the free slot %u", bucket, link - 1);
			if (quire_pkmap_bucket(hm, hm->slots[link - 1].page) != bucket)
				return broken("slot %u is in the chain of bucket %u", link - 1, bucket);
		}
	}
	return chained == mapped ? 0 : broken("%u slots have a page, %u are chained", mapped, chained);
}

static int check_slots(const struct highmem_state *hm)
{
	unsigned int nr;
	int err = check_chains(hm); /* first: the others look pages up */

	for (nr = 0; nr < LAST_PKMAP && !err; nr++)
		err = check_slot(hm, nr);
	return err;
}

/* ---- stacks of kmap_local ---- */

static int check_stack(const struct highmem_state *hm, unsigned int cpu)
{
	unsigned int depth = hm->cpu[cpu].depth, i;

	if (depth > KM_MAX_IDX)
		return broken("CPU %u has %u pages mapped: %d are possible", cpu, depth, KM_MAX_IDX);
	for (i = 0; i < KM_MAX_IDX; i++) {
		if (i >= depth && !is_clear(hm->cpu[cpu].pte[i]))
			return broken("CPU %u: slot %u is free, but mapped", cpu, i);
		if (i < depth && is_clear(hm->cpu[cpu].pte[i]))
			return broken("CPU %u: slot %u is in use, but not mapped", cpu, i);
	}
	return 0;
}

int highmem_validate(void)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;
	unsigned int cpu;
	int err = 0;

	if (!__atomic_load_n(&hm->is_up, __ATOMIC_ACQUIRE))
		return 0;
	flags = spin_lock_irqsave(&hm->lock);
	if (hm->slots)
		err = check_slots(hm);
	for (cpu = 0; hm->cpu && cpu < quire_nr_cpus() && !err; cpu++)
		err = check_stack(hm, cpu);
	spin_unlock_irqrestore(&hm->lock, flags);
	return err;
}

/* ---- what is shown ---- */

void highmem_get_stats(struct highmem_stats *stats)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;
	unsigned int i;

	*stats = (struct highmem_stats){ 0 };
	if (!__atomic_load_n(&hm->is_up, __ATOMIC_ACQUIRE))
		return;
	for (i = 0; hm->cpu && i < quire_nr_cpus(); i++)
		stats->local_used += load_relaxed(hm->cpu[i].depth);
	if (!hm->slots)
		return;
	flags = spin_lock_irqsave(&hm->lock);
	stats->slots = LAST_PKMAP;
	stats->waiters = hm->waiters;
	stats->flushes = hm->flushes;
	for (i = 0; i < LAST_PKMAP; i++) {
		stats->used += hm->slots[i].count > 1;
		stats->unflushed += hm->slots[i].count == 1;
	}
	spin_unlock_irqrestore(&hm->lock, flags);
}

bool highmem_get_slot(unsigned int nr, struct highmem_slot *slot)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;
	unsigned int count;

	if (!quire_has_pkmap_slots(hm) || nr >= LAST_PKMAP)
		return false;
	flags = spin_lock_irqsave(&hm->lock);
	count = hm->slots[nr].count;
	slot->addr = (void *)PKMAP_ADDR(nr);
	slot->page = hm->slots[nr].page;
	slot->users = count ? count - 1 : 0;
	spin_unlock_irqrestore(&hm->lock, flags);
	return true;
}

#else

int highmem_validate(void)
{
	return 0;
}

void highmem_get_stats(struct highmem_stats *stats)
{
	*stats = (struct highmem_stats){ 0 };
}

bool highmem_get_slot(unsigned int nr, struct highmem_slot *slot)
{
	(void)nr;
	(void)slot;
	return false;
}

#endif
