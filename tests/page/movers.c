/* SPDX-License-Identifier: MIT */
#include "tests/page/movers.h"

#include <string.h>

#include <quire/quire.h>

#include "mm/lib/spinlock.h"
#include "tests/tap.h"

static struct movers owner;

/* The first and the last words of each page say whose it is, and the how many-th. */
static u32 mark(unsigned int seed, unsigned long page, bool last)
{
	return (u32)(seed * 2654435761u + page * 97 + last * 7 + 1);
}

static void fill(struct page *page, unsigned int order, unsigned int seed)
{
	char *at = page_address(page);
	unsigned long i;

	for (i = 0; i < 1UL << order; i++, at += PAGE_SIZE) {
		*(u32 *)(void *)at = mark(seed, i, false);
		*(u32 *)(void *)(at + PAGE_SIZE - 4) = mark(seed, i, true);
	}
}

static bool is_filled(struct page *page, unsigned int order, unsigned int seed)
{
	const char *at = page_address(page);
	unsigned long i;

	for (i = 0; i < 1UL << order; i++, at += PAGE_SIZE)
		if (*(const u32 *)(const void *)at != mark(seed, i, false) ||
		    *(const u32 *)(const void *)(at + PAGE_SIZE - 4) != mark(seed, i, true))
			return false;
	return true;
}

/* The slot of a page that may have left the table already; NULL: it has. */
static struct movers_slot *slot_of(const struct page *page)
{
	unsigned long i = page_private(page);

	return i < OWNER_SLOTS && owner.slot[i].page == page ? &owner.slot[i] : NULL;
}

static bool owner_isolate(struct page *page, isolate_mode_t mode)
{
	unsigned long flags = spin_lock_irqsave(&owner.lock);
	struct movers_slot *slot = slot_of(page);
	bool frees = slot && owner.frees_in_isolate;
	unsigned int order = slot ? slot->order : 0;

	(void)mode;
	if (owner.refuses || !slot) {
		owner.refused++;
		slot = NULL;
	} else {
		CHECK(!slot->is_isolated);
		slot->is_isolated = true;
		owner.isolated++;
		if (frees)
			slot->page = NULL;
	}
	spin_unlock_irqrestore(&owner.lock, flags);
	if (slot && frees)
		__free_pages(page, order);
	return slot;
}

static int owner_fails(void)
{
	if (owner.works_first) {
		owner.works_first--;
		return 0;
	}
	if (owner.errors) {
		owner.errors--;
		return owner.error;
	}
	if (owner.fail_one_in && owner.next_seed++ % owner.fail_one_in == 0)
		return owner.next_seed % 2 ? -EAGAIN : -EBUSY;
	return 0;
}

static const struct movable_operations owner_ops;

static int owner_migrate(struct page *dst, struct page *src, enum migrate_mode mode)
{
	unsigned long flags = spin_lock_irqsave(&owner.lock);
	struct movers_slot *slot = slot_of(src);
	int err = slot ? owner_fails() : -EINVAL;
	unsigned int order;

	(void)mode;
	if (err) {
		owner.failed++;
		spin_unlock_irqrestore(&owner.lock, flags);
		return err;
	}
	order = slot->order;
	memcpy(page_address(dst), page_address(src), PAGE_SIZE << order);
	get_page(dst);
	set_page_private(dst, (unsigned long)(slot - owner.slot));
	__SetPageMovable(dst, &owner_ops);
	slot->page = dst;
	slot->is_isolated = false;
	owner.moved++;
	spin_unlock_irqrestore(&owner.lock, flags);
	__free_pages(src, order);
	return 0;
}

static void owner_putback(struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&owner.lock);
	struct movers_slot *slot = slot_of(page);

	if (slot) {
		CHECK(slot->is_isolated);
		slot->is_isolated = false;
		owner.put_back++;
	}
	spin_unlock_irqrestore(&owner.lock, flags);
}

static const struct movable_operations owner_ops = {
	.isolate_page = owner_isolate,
	.migrate_page = owner_migrate,
	.putback_page = owner_putback,
};

struct movers *movers_new(void)
{
	memset(&owner, 0, sizeof(owner));
	return &owner;
}

int movers_adopt(struct page *page, unsigned int order)
{
	unsigned long flags;
	unsigned int i;

	flags = spin_lock_irqsave(&owner.lock);
	for (i = 0; i < OWNER_SLOTS && owner.slot[i].page; i++)
		;
	if (i < OWNER_SLOTS) {
		owner.slot[i] = (struct movers_slot){ .page = page, .order = (unsigned char)order,
						      .seed = ++owner.next_seed };
		fill(page, order, owner.slot[i].seed);
		set_page_private(page, i);
		__SetPageMovable(page, &owner_ops);
	}
	spin_unlock_irqrestore(&owner.lock, flags);
	REQUIRE(i < OWNER_SLOTS);
	return (int)i;
}

int movers_take(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp | __GFP_NOWARN, order);

	return page ? movers_adopt(page, order) : -1;
}

bool movers_free(unsigned int i)
{
	unsigned long flags = spin_lock_irqsave(&owner.lock);
	struct movers_slot slot = owner.slot[i];

	owner.slot[i].page = NULL;
	spin_unlock_irqrestore(&owner.lock, flags);
	if (!slot.page)
		return false;
	CHECK(is_filled(slot.page, slot.order, slot.seed));
	__free_pages(slot.page, slot.order);
	return true;
}

bool movers_check_all(void)
{
	unsigned int i;
	bool is_well = true;

	for (i = 0; i < OWNER_SLOTS && is_well; i++) {
		const struct movers_slot *slot = &owner.slot[i];

		if (!slot->page)
			continue;
		is_well = CHECK(is_filled(slot->page, slot->order, slot->seed)) && CHECK(!slot->is_isolated) &&
			  CHECK_EQ(page_ref_count(slot->page), 1) && CHECK(PageMovable(slot->page)) &&
			  CHECK(!PageIsolated(slot->page));
	}
	return is_well;
}

void movers_free_all(void)
{
	unsigned int i;

	for (i = 0; i < OWNER_SLOTS; i++)
		movers_free(i);
}

struct page *movers_page(int i)
{
	return owner.slot[i].page;
}
