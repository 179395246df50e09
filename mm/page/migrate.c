/* SPDX-License-Identifier: MIT */
/*
 * migrate.c - moving pages that are isolated: from where they are to where somebody wants them.
 *
 * A page is moved by its owner (movable.c); here is the round around it: where it shall go,
 * how often it is tried, who drops which reference:
 *
 *                  owner   mover (us)     afterwards         owner   mover
 *   src, isolated    1         1          src                  -       1 -> freed, or kept
 *   dst, new         -         1          dst                  1       1 -> dropped
 *
 * Whoever drops the last reference of src frees it. When that is us, the frame need not go to
 * the free lists at all: who empties a range keeps it (struct migration, release_source).
 */
#include <quire/migrate.h>

#include "mm/lib/list.h"
#include "mm/page/internal.h"
#include "mm/page/page_watch.h"

#if CONFIG_PAGE_EXT

#define MIGRATE_PASSES 10

/* ---- one page ---- */

static void drop_source(struct migration *m, struct page *src, unsigned int order)
{
	if (m->release_source)
		m->release_source(m, src, order);
	else
		free_pages_for(src, order, m->caller);
}

static void drop_target(struct migration *m, struct page *dst, unsigned int order)
{
	if (m->put_new_page)
		m->put_new_page(dst, m->private_data);
	else
		free_pages_for(dst, order, m->caller);
}

static void finish(struct migration *m, struct page *src, unsigned int order)
{
	list_del(&src->lru);
	movable_end_isolation(src);
	m->succeeded += 1U << order;
	drop_source(m, src, order);
}

/* 0; -ENOMEM: there is nowhere to go; -EAGAIN: it may work later; others: it will not. */
static int move_page(struct migration *m, struct page *src)
{
	unsigned int order = page_alloc_order(src);
	bool is_on_lru = movable_is_on_lru(src);
	struct page *dst;
	int err;

	if (page_ref_count(src) == 1) { /* its owner has freed it: only we have it */
		finish(m, src, order);
		return 0;
	}
	dst = m->get_new_page(src, m->private_data);
	if (!dst)
		return -ENOMEM;
	err = movable_migrate(dst, src, m->mode);
	if (err) {
		drop_target(m, dst, order);
		/* Of what a mover lacks another may have enough: it is no lack of room. */
		return err == -ENOMEM ? -EBUSY : err;
	}
	page_watch_move(dst, src);
	if (is_on_lru)
		this_quire()->page.lru_migrate->put_page(dst);
	else
		free_pages_for(dst, order, m->caller);
	finish(m, src, order);
	return 0;
}

/* ---- a list of them ---- */

/* Tries each page of `list` once; those that may work later are left, others go to `failed`. */
static int one_pass(struct migration *m, struct list_head *list, struct list_head *failed)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		int err = move_page(m, page);

		if (err == -ENOMEM)
			return err;
		if (err && err != -EAGAIN) {
			list_del(&page->lru);
			list_add_tail(&page->lru, failed);
		}
	}
	return 0;
}

static void splice_tail(struct list_head *from, struct list_head *to)
{
	while (!list_empty(from)) {
		struct list_head *entry = from->next;

		list_del(entry);
		list_add_tail(entry, to);
	}
}

static unsigned int count_pages_of(const struct list_head *list)
{
	const struct page *page;
	unsigned int pages = 0;

	list_for_each_entry(page, list, lru)
		pages += 1U << page_alloc_order(page);
	return pages;
}

int migrate_list(struct migration *m, struct list_head *from)
{
	struct list_head failed;
	unsigned int pass, left, before = m->succeeded;
	int err = 0;

	INIT_LIST_HEAD(&failed);
	for (pass = 0; pass < MIGRATE_PASSES && !err && !list_empty(from); pass++)
		err = one_pass(m, from, &failed);
	splice_tail(&failed, from);
	left = count_pages_of(from);
	count_vm_events(PGMIGRATE_SUCCESS, m->succeeded - before);
	count_vm_events(PGMIGRATE_FAIL, left);
	return err ? err : (int)left;
}

int migrate_pages(struct list_head *from, new_page_t *get_new_page, free_page_t *put_new_page,
		  unsigned long private_data, enum migrate_mode mode, enum migrate_reason reason,
		  unsigned int *succeeded)
{
	struct migration m = {
		.get_new_page = get_new_page,
		.put_new_page = put_new_page,
		.private_data = private_data,
		.mode = mode,
		.caller = __builtin_return_address(0),
	};
	int left = migrate_list(&m, from);

	(void)reason; /* nothing is counted by reason */
	if (succeeded)
		*succeeded = m.succeeded;
	return left;
}

/* ---- where to ---- */

struct page *alloc_migration_target(struct page *page, unsigned long private_data)
{
	const struct migration_target_control *target = (const void *)(uintptr_t)private_data;
	int nid = target->nid == NUMA_NO_NODE ? page_to_nid(page) : target->nid;
	gfp_t gfp = target->gfp_mask | __GFP_MOVABLE | __GFP_NOWARN;
	unsigned int order = page_alloc_order(page);

	if (page_zonenum(page) >= ZONE_HIGHMEM)
		gfp |= __GFP_HIGHMEM;
	if (PageHead(page))
		gfp |= __GFP_COMP;
	return alloc_pages_for(gfp, order, nid, __builtin_return_address(0));
}

#endif
