/* SPDX-License-Identifier: MIT */
/*
 * kmap_slots.c - the slots of kmap()'s window: which page each of them shows, how many use
 * it, and when it may show another one.
 *
 *   count 0    free: no entry, and no TLB knows one
 *   count 1    nobody uses it, but the entry stands and TLBs may know it: the same page
 *              takes it again for nothing, another one must not
 *   count n    n - 1 users
 *
 * The search for a free slot goes on behind the last one found. When it comes to the
 * window's start again, all slots with count 1 become free, with one TLB flush for all of
 * them: so a flush is paid for once in a whole turn of the window.
 *
 *   slot     0 1 2 3 4 5 6 7          0 1 2 3 4 5 6 7
 *   count    1 3 1 1 2 1 1 1   --->   0 3 0 0 2 0 0 0    then 0 is handed out
 *                          ^ last     ~~~~~~~~~~~~~~~    flushed at once
 *
 * From a page to its slot leads a hash table; from an address, subtraction.
 */
#include "mm/kvirt/highmem_internal.h"

#if QUIRE_KMAP

#include "mm/kvirt/internal.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

/* ---- the hash table ---- */

/* 2^32 divided by the golden ratio: neighbours go far apart. */
#define HASH_FACTOR 0x9e3779b9u

unsigned int quire_pkmap_bucket(const struct highmem_state *hm, const struct page *page)
{
	u32 hash = (u32)page_to_pfn(page) * HASH_FACTOR;

	return hm->bucket_bits ? hash >> (32 - hm->bucket_bits) : 0;
}

int quire_pkmap_find_locked(const struct page *page)
{
	const struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned int link = hm->buckets[quire_pkmap_bucket(hm, page)];

	while (link && hm->slots[link - 1].page != page)
		link = hm->slots[link - 1].next;
	return (int)link - 1;
}

static void insert_slot(struct highmem_state *hm, unsigned int nr, struct page *page)
{
	unsigned int *bucket = &hm->buckets[quire_pkmap_bucket(hm, page)];

	hm->slots[nr].page = page;
	hm->slots[nr].next = *bucket;
	*bucket = nr + 1;
}

static void remove_slot(struct highmem_state *hm, unsigned int nr)
{
	struct pkmap_slot *slot = &hm->slots[nr];
	unsigned int *link = &hm->buckets[quire_pkmap_bucket(hm, slot->page)];

	while (*link != nr + 1)
		link = &hm->slots[*link - 1].next;
	*link = slot->next;
	slot->page = NULL;
	slot->next = 0;
}

/* ---- slots ---- */

/* Frees every slot that nobody uses. */
static void flush_all_zero_pkmaps(struct highmem_state *hm)
{
	const struct pt_format *f = quire_kernel_format();
	unsigned int nr, first = LAST_PKMAP, end = 0;

	for (nr = 0; nr < LAST_PKMAP; nr++) {
		if (hm->slots[nr].count != 1)
			continue;
		pt_write(f, quire_pkmap_pte(hm, nr), 0);
		remove_slot(hm, nr);
		hm->slots[nr].count = 0;
		if (first == LAST_PKMAP)
			first = nr;
		end = nr + 1;
	}
	if (first == LAST_PKMAP)
		return;
	port_tlb_flush(PKMAP_ADDR(first), (size_t)(end - first) << PAGE_SHIFT, 0);
	hm->flushes++;
}

/* A free slot, or -1: all are in use. */
static int find_free_slot(struct highmem_state *hm)
{
	unsigned int nr = hm->last_nr, left;

	for (left = LAST_PKMAP; left; left--) {
		nr = (nr + 1) & (LAST_PKMAP - 1);
		if (!nr) {
			flush_all_zero_pkmaps(hm);
			left = LAST_PKMAP;
		}
		if (!hm->slots[nr].count) {
			hm->last_nr = nr;
			return (int)nr;
		}
	}
	return -1;
}

/* Makes a free slot show the page; it has no user yet. The slot, or -errno. */
static int map_new_virtual(struct highmem_state *hm, struct page *page)
{
	const struct pt_format *f = quire_kernel_format();
	u64 entry = quire_kernel_entry(f, page_to_phys(page));
	int nr;

	if (!entry)
		return -EINVAL;
	nr = find_free_slot(hm);
	if (nr < 0)
		return -EAGAIN;
	pt_write(f, quire_pkmap_pte(hm, (unsigned int)nr), entry);
	quire_map_barrier();
	insert_slot(hm, (unsigned int)nr, page);
	hm->slots[nr].count = 1;
	return nr;
}

int quire_pkmap_get_locked(struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	int nr = quire_pkmap_find_locked(page);

	if (nr < 0)
		nr = map_new_virtual(hm, page);
	if (nr < 0)
		return nr;
	/* On failure the slot stays as one that nobody uses. */
	if (hm->slots[nr].count == 1 &&
	    quire_window_show(PKMAP_ADDR(nr), page_to_phys(page), PAGE_KERNEL.prot))
		return -ENOMEM;
	hm->slots[nr].count++;
	return nr;
}

int quire_pkmap_put_locked(const struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	int nr = quire_pkmap_find_locked(page);

	if (nr < 0 || hm->slots[nr].count < 2)
		return -1;
	if (--hm->slots[nr].count == 1)
		quire_window_hide(PKMAP_ADDR(nr));
	return (int)hm->slots[nr].count - 1;
}

/* ---- calls that do not sleep ---- */

void *quire_pkmap_address(const struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;
	void *addr = NULL;
	int nr;

	if (!quire_has_pkmap_slots(hm))
		return NULL;
	flags = spin_lock_irqsave(&hm->lock);
	nr = quire_pkmap_find_locked(page);
	if (nr >= 0 && hm->slots[nr].count > 1)
		addr = (void *)PKMAP_ADDR(nr);
	spin_unlock_irqrestore(&hm->lock, flags);
	return addr;
}

void kmap_flush_unused(void)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;

	if (!quire_has_pkmap_slots(hm))
		return;
	flags = spin_lock_irqsave(&hm->lock);
	flush_all_zero_pkmaps(hm);
	spin_unlock_irqrestore(&hm->lock, flags);
}

/* The frame that an entry maps; NULL: none, or it has no page structure. */
static struct page *page_of_entry(const void *pte)
{
	const struct pt_format *f = quire_kernel_format();
	u64 e = pt_read(f, pte);
	pfn_t pfn;

	if (!pt_is_leaf(f, 0, e))
		return NULL;
	pfn = PFN_DOWN((phys_addr_t)pt_leaf_addr(f, 0, e));
	return pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

struct page *kmap_to_page(const void *addr)
{
	const struct highmem_state *hm = &this_quire()->kvirt.highmem;
	pfn_t pfn = PFN_DOWN(virt_to_phys(addr));
	size_t idx;

	if (__atomic_load_n(&hm->is_up, __ATOMIC_ACQUIRE)) {
		if (quire_is_pkmap_slot((uintptr_t)addr))
			return page_of_entry(quire_pkmap_pte(hm, PKMAP_NR(addr)));
		if (quire_is_local_slot((uintptr_t)addr)) {
			idx = __virt_to_fix((uintptr_t)addr) - FIX_KMAP_BEGIN;
			return page_of_entry(hm->cpu[idx / KM_MAX_IDX].pte[idx % KM_MAX_IDX]);
		}
	}
	return pfn < max_low_pfn && pfn_valid(pfn) ? pfn_to_page(pfn) : NULL;
}

#endif
