/* SPDX-License-Identifier: MIT */
/*
 * vmap_area_pool.c - memory for struct vmap_area.
 *
 * Pages of lowmem are cut into nodes. A page's header counts the nodes in use and holds the
 * chain of the others; pages that have others are in a list. A page of which no node
 * is in use goes back to the page allocator, as long as another page's worth of unused
 * nodes remains.
 *
 *    page: | header | node | node | node | ...    a node's page is found by its address
 */
#include "mm/kvirt/vmap_area.h"

#if CONFIG_MMU

#include <quire/gfp.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/lib/spinlock.h"

struct vmap_pool_page {
	struct vmap_pool_page *next, *prev; /* in pool->partial; prev of the first is undefined */
	struct vmap_area *unused;	    /* by ->next */
	unsigned int nr_used;
};

/* The first node: behind the header, aligned as a node is. */
#define FIRST_NODE ALIGN_UP(sizeof(struct vmap_pool_page), _Alignof(struct vmap_area))

static unsigned long nodes_per_page(void)
{
	return (PAGE_SIZE - FIRST_NODE) / sizeof(struct vmap_area);
}

/* The direct map's addresses need not be as aligned as the physical ones. */
static struct vmap_pool_page *page_of(const struct vmap_area *va)
{
	return phys_to_virt(virt_to_phys(va) & ~(phys_addr_t)(PAGE_SIZE - 1));
}

static void link_page(struct vmap_pool *pool, struct vmap_pool_page *page)
{
	page->next = pool->partial;
	if (page->next)
		page->next->prev = page;
	pool->partial = page;
}

static void unlink_page(struct vmap_pool *pool, struct vmap_pool_page *page)
{
	if (pool->partial == page)
		pool->partial = page->next;
	else
		page->prev->next = page->next;
	if (page->next)
		page->next->prev = page->prev;
}

static void add_page(struct vmap_pool *pool, struct vmap_pool_page *page)
{
	struct vmap_area *node = (struct vmap_area *)((char *)page + FIRST_NODE);
	unsigned long i, n = nodes_per_page();

	page->nr_used = 0;
	page->unused = node;
	for (i = 0; i < n; i++)
		node[i].next = i + 1 < n ? node + i + 1 : NULL;
	link_page(pool, page);
	pool->nr_unused += n;
	pool->nr_pages++;
}

bool vmap_lock_with_nodes(unsigned long nodes, gfp_t gfp, unsigned long *flags)
{
	struct vmalloc_state *vs = vmalloc_state();
	void *page = NULL;

	/* How hard to try is the caller's to say; where the node lies is not. */
	gfp &= __GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HIGH | __GFP_ATOMIC | __GFP_NOWARN |
	       __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY;
	for (;;) {
		*flags = spin_lock_irqsave(&vs->lock);
		if (page)
			add_page(&vs->pool, page);
		if (vs->pool.nr_unused >= nodes)
			return true;
		spin_unlock_irqrestore(&vs->lock, *flags);
		/* Without the lock. Others may use up what this one adds: then once more. */
		page = (void *)(uintptr_t)__get_free_page(gfp);
		if (!page)
			return false;
	}
}

struct vmap_area *vmap_node_get_locked(void)
{
	struct vmap_pool *pool = &vmalloc_state()->pool;
	struct vmap_pool_page *page = pool->partial;
	struct vmap_area *node;

	BUG_ON(!page);
	node = page->unused;
	page->unused = node->next;
	page->nr_used++;
	if (!page->unused)
		unlink_page(pool, page);
	pool->nr_unused--;
	pool->nr_used++;
	*node = (struct vmap_area){ .state = VMAP_FREE };
	return node;
}

void vmap_node_put_locked(struct vmap_area *va)
{
	struct vmap_pool *pool = &vmalloc_state()->pool;
	struct vmap_pool_page *page = page_of(va);

	if (!page->unused)
		link_page(pool, page);
	va->next = page->unused;
	page->unused = va;
	page->nr_used--;
	pool->nr_unused++;
	pool->nr_used--;
	if (page->nr_used || pool->nr_unused < 2 * nodes_per_page())
		return;
	unlink_page(pool, page);
	pool->nr_unused -= nodes_per_page();
	pool->nr_pages--;
	free_page((unsigned long)(uintptr_t)page);
}

bool vmap_pool_is_valid_locked(void)
{
	const struct vmap_pool *pool = &vmalloc_state()->pool;
	unsigned long unused = 0, n = nodes_per_page();
	const struct vmap_pool_page *page;

	for (page = pool->partial; page; page = page->next) {
		const struct vmap_area *node;
		unsigned long here = 0;

		for (node = page->unused; node && here <= n; node = node->next)
			here++;
		unused += here;
		if (!here || here > n || here + page->nr_used != n || unused > pool->nr_unused)
			return false;
	}
	return unused == pool->nr_unused && pool->nr_pages * n == unused + pool->nr_used;
}

#endif
