/* SPDX-License-Identifier: MIT */
/*
 * vmap_area_purge.c - areas come and go, and one TLB flush for many of those that went.
 *
 * When an area is freed, its page-table entries are cleared and its pages go back to the
 * page allocator at once; its addresses wait on purge_list, until port_tlb_flush() was
 * called for them and all the others on it. That happens when so many pages of addresses wait
 * that lazy_max is exceeded (32 MB for each doubling of the CPUs, as in Linux), when there is
 * no room for a new area, when vm_unmap_aliases() asks for it, and when ioremap wants to map
 * with another cache type what a waiting area mapped.
 *
 * Is it safe to free the pages before the flush? Until then, a CPU that has the old
 * translation in its TLB reaches the page, whoever owns it by now. It does so only if a
 * program touches an address after it was freed: for correct programs nothing is lost,
 * since the address means nothing to anybody until it is handed out again, and that is
 * after the flush. A processor that reads ahead on its own reads, but does not write, and
 * forgets. For wrong programs it is no worse than with the direct map, by which freed
 * pages can be reached at any time. Linux decides the same. To keep the pages would cost
 * up to 32 MB that nobody could use while other callers find no memory. So:
 *
 * - in a process the window is unmapped at once: any later touch crashes, and not only on
 *   those CPUs whose TLB has nothing;
 * - a CPU with a software TLB that translated an address of the area before goes on seeing
 *   the old frame until the purge, and never afterwards; one that did not, faults;
 * - a mapping that is undone halfway (no memory) counts as one that was used.
 *
 * Page tables that have become empty are kept, since the addresses will be used again, low
 * ones first; those in the way of a large page are freed (kernel_table.c), after a flush of
 * their own.
 *
 * The flush is made without the lock, so that no CPU spins with interrupts off for what
 * another CPU's interrupt must answer. One CPU purges at a time. Who frees (perhaps in an
 * interrupt handler) leaves the purge to the one that is at it; who needs room waits for it.
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

typedef unsigned long long ull;

/* Areas that become gaps while interrupts are off. */
#define PURGE_BATCH 32

/* ---- purging ---- */

/* Takes the list, with the lock held. *start, *end: around it. NULL: it is empty. */
static struct vmap_area *take_purge_list_locked(uintptr_t *start, uintptr_t *end)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *list = vs->purge_list;

	if (!list)
		return NULL;
	*start = vs->purge_start;
	*end = vs->purge_end;
	vs->purge_list = NULL;
	vs->lazy_pages = 0;
	vs->is_purging = true;
	return list;
}

/* The TLBs have forgotten these areas: gaps from now on. */
static void give_back_all(struct vmap_area *list)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags;
	unsigned int i;

	do {
		flags = spin_lock_irqsave(&vs->lock);
		for (i = 0; list && i < PURGE_BATCH; i++) {
			struct vmap_area *next = list->next;

			vmap_give_back_locked(list);
			list = next;
		}
		if (!list)
			vs->is_purging = false;
		spin_unlock_irqrestore(&vs->lock, flags);
	} while (list);
	VM_BUG_ON_EXPENSIVE(vmalloc_validate() != 0);
}

/* Lets another CPU, which purges, go on. On one CPU there is no other. */
static void wait_a_little(void)
{
#if CONFIG_SMP
	port_cpu_relax();
#endif
}

/*
 * When it returns, the areas that were lazy when it was called are gaps. If `must` is not
 * set, another CPU may still be at it.
 */
static void purge(bool must)
{
	struct vmalloc_state *vs = vmalloc_state();
	uintptr_t start = 0, end = 0;
	struct vmap_area *list;
	unsigned long flags = spin_lock_irqsave(&vs->lock);

	while (vs->is_purging) {
		spin_unlock_irqrestore(&vs->lock, flags);
		if (!must)
			return;
		wait_a_little();
		flags = spin_lock_irqsave(&vs->lock);
	}
	list = take_purge_list_locked(&start, &end);
	spin_unlock_irqrestore(&vs->lock, flags);
	if (!list)
		return;
	port_tlb_flush(start, end - start, 0);
	give_back_all(list);
}

void vm_unmap_aliases(void)
{
	purge(true);
}

/* ---- taking ---- */

static struct vmap_area *try_alloc(const struct vmap_request *request, gfp_t gfp,
				   const struct vmap_area *like, bool *no_memory)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *va;
	unsigned long flags;

	/* For the area, for a second gap, and for the first of all. */
	*no_memory = !vmap_lock_with_nodes(3, gfp, &flags);
	if (*no_memory)
		return NULL;
	va = vmap_take_locked(request);
	if (va) {
		void *addr = va->vm.addr;

		va->vm = like->vm;
		va->vm.addr = addr;
		va->vm.size = request->size;
		va->cache = like->cache;
		va->is_bare = like->is_bare;
	}
	spin_unlock_irqrestore(&vs->lock, flags);
	return va;
}

struct vmap_area *vmap_area_alloc(const struct vmap_request *request, gfp_t gfp,
				  const struct vmap_area *like)
{
	struct vmap_area *va = NULL;
	bool no_memory = false;

	if (VMALLOC_TOTAL)
		va = try_alloc(request, gfp, like, &no_memory);
	if (!va && VMALLOC_TOTAL && !no_memory) {
		purge(true);
		va = try_alloc(request, gfp, like, &no_memory);
	}
	if (!va && !(gfp & __GFP_NOWARN))
		pr_err("vmap allocation for size %lu failed: %s", request->size,
		       !VMALLOC_TOTAL ? "there is no vmalloc window"
		       : no_memory    ? "no memory to note it"
				      : "no such gap in the vmalloc window");
	return va;
}

/* ---- giving back ---- */

/* The area that begins there; NULL, with the reason in *why. */
static struct vmap_area *find_to_kill_locked(uintptr_t addr, unsigned long with,
					     unsigned long without, const char **why)
{
	struct vmap_area *va = vmap_find_locked(addr);

	*why = NULL;
	if (!va)
		*why = "there is no area";
	else if (vmap_state(va) == VMAP_DYING || vmap_state(va) == VMAP_LAZY)
		*why = "the area is free already";
	else if (vmap_state(va) != VMAP_BUSY || vmap_start(va) != addr)
		*why = "no area begins there";
	else if ((with && !(va->vm.flags & with)) || (va->vm.flags & without))
		*why = "the area is of another kind";
	return *why ? NULL : va;
}

struct vmap_area *vmap_area_kill(const void *addr, unsigned long with, unsigned long without,
				 const char *function, const void *caller)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags = spin_lock_irqsave(&vs->lock);
	const char *why;
	struct vmap_area *va = find_to_kill_locked((uintptr_t)addr, with, without, &why);

	if (va)
		store_relaxed(va->state, VMAP_DYING);
	spin_unlock_irqrestore(&vs->lock, flags);
	if (!va)
		quire_warn(caller, "%s of %p, refused: %s", function, addr, why);
	return va;
}

void vmap_area_free_lazy(struct vmap_area *va)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags = spin_lock_irqsave(&vs->lock);
	bool is_enough;

	if (!vs->purge_list) {
		vs->purge_start = vmap_start(va);
		vs->purge_end = vmap_end(va);
	}
	vs->purge_start = min_of(vs->purge_start, vmap_start(va));
	vs->purge_end = max_of(vs->purge_end, vmap_end(va));
	va->next = vs->purge_list;
	vs->purge_list = va;
	vs->lazy_pages += va->vm.size >> PAGE_SHIFT;
	store_relaxed(va->state, VMAP_LAZY);
	is_enough = vs->lazy_pages > vs->lazy_max;
	spin_unlock_irqrestore(&vs->lock, flags);
	if (is_enough)
		purge(false);
}

void vmap_area_free_now(struct vmap_area *va)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long flags = spin_lock_irqsave(&vs->lock);

	vmap_give_back_locked(va);
	spin_unlock_irqrestore(&vs->lock, flags);
}

#endif
