/* SPDX-License-Identifier: MIT */
/*
 * kmap.c - kmap and kunmap, which wait for each other when the window is full.
 *
 * Nothing else of the library calls port_wait and port_wake; a kernel that never calls
 * kmap() does not link this file, and need not have them.
 *
 * No wake-up is lost. Who finds no slot notes, with the lock held, that it waits, and reads
 * the word `wakeups`; then it lets go of the lock and sleeps while the word is what it read.
 * A slot can only lose its last user with the lock held; that kunmap() sees the waiter, and
 * changes the word before it wakes. Be the waiter asleep by then or not, it comes back.
 */
#include "mm/kvirt/highmem_internal.h"

#if QUIRE_KMAP

#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

/* Sleeps until a slot may be free; the lock is let go of meanwhile. */
static unsigned long wait_for_slot(struct highmem_state *hm, unsigned long flags)
{
	unsigned int seen = hm->wakeups;

	hm->waiters++;
	spin_unlock_irqrestore(&hm->lock, flags);
	port_wait(&hm->wakeups, seen);
	flags = spin_lock_irqsave(&hm->lock);
	hm->waiters--;
	return flags;
}

void *kmap_high(struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	unsigned long flags;
	int nr;

	if (WARN(!quire_highmem_is_up() || !hm->slots,
		 "kmap of page frame 0x%lx: there is no window for it", page_to_pfn(page)))
		return NULL;
	flags = spin_lock_irqsave(&hm->lock);
	/* While one sleeps, another may have mapped the same page. */
	while ((nr = quire_pkmap_get_locked(page)) == -EAGAIN)
		flags = wait_for_slot(hm, flags);
	spin_unlock_irqrestore(&hm->lock, flags);
	if (WARN(nr < 0, "kmap of page frame 0x%lx: it cannot be mapped (%d)", page_to_pfn(page), nr))
		return NULL;
	return (void *)PKMAP_ADDR(nr);
}

void kunmap_high(struct page *page)
{
	struct highmem_state *hm = &this_quire()->kvirt.highmem;
	bool wakes = false;
	unsigned long flags;
	int users = -1;

	if (quire_has_pkmap_slots(hm)) {
		flags = spin_lock_irqsave(&hm->lock);
		users = quire_pkmap_put_locked(page);
		if (!users && hm->waiters) {
			store_relaxed(hm->wakeups, hm->wakeups + 1);
			wakes = true;
		}
		spin_unlock_irqrestore(&hm->lock, flags);
	}
	if (wakes)
		port_wake(&hm->wakeups);
	WARN(users < 0, "kunmap of page frame 0x%lx, which nobody has mapped", page_to_pfn(page));
}

#endif
