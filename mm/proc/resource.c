/* SPDX-License-Identifier: MIT */
/*
 * resource.c - a tree of address ranges: children lie inside their parent, siblings are
 * sorted and do not overlap.
 *
 *      parent  [................................]
 *      child     [....]   [.........]  [..]        child -> sibling -> sibling
 *                           [..][.]                child of the second
 *
 * Locks: one lock for all trees, report.resource_lock, taken by each call and for each line of
 * /proc/iomem. It is an innermost one: nothing is called with it. What is in a tree stays in memory.
 */
#include "mm/proc/internal.h"

static bool lies_inside(const struct resource *inner, const struct resource *outer)
{
	return inner->start >= outer->start && inner->end <= outer->end;
}

static bool is_possible(const struct resource *parent, const struct resource *res)
{
	return res->start <= res->end && lies_inside(res, parent);
}

/* The link to the first child that `res` does not lie wholly behind. */
static struct resource **find_place(struct resource *parent, const struct resource *res)
{
	struct resource **link = &parent->child;

	while (*link && (*link)->end < res->start)
		link = &(*link)->sibling;
	return link;
}

/* Does the child that the place was found for leave room before it? */
static bool is_room(const struct resource *next, const struct resource *res)
{
	return !next || next->start > res->end;
}

static void link_at(struct resource **link, struct resource *parent, struct resource *res)
{
	res->parent = parent;
	res->sibling = *link;
	*link = res;
}

int request_resource(struct resource *parent, struct resource *new_res)
{
	struct resource **link;
	unsigned long flags;
	bool has_room;

	if (!is_possible(parent, new_res))
		return -EINVAL;
	flags = resource_lock();
	link = find_place(parent, new_res);
	has_room = is_room(*link, new_res);
	if (has_room)
		link_at(link, parent, new_res);
	resource_unlock(flags);
	return has_room ? 0 : -EBUSY;
}

/* Puts `outer` in the place of the siblings from *link on that overlap it, and them below it. */
static int enclose(struct resource **link, struct resource *parent, struct resource *outer)
{
	struct resource *first = *link, *last = first, *res;

	for (res = first; !is_room(res, outer); res = res->sibling) {
		if (!lies_inside(res, outer))
			return -EBUSY;
		last = res;
	}
	*link = last->sibling;
	last->sibling = NULL;
	for (res = first; res; res = res->sibling)
		res->parent = outer;
	outer->child = first;
	link_at(link, parent, outer);
	return 0;
}

static int insert_locked(struct resource *parent, struct resource *new_res)
{
	struct resource **link;

	for (;;) {
		link = find_place(parent, new_res);
		if (is_room(*link, new_res)) {
			link_at(link, parent, new_res);
			return 0;
		}
		/* Of two equal ranges the new one is the outer. */
		if (!lies_inside(new_res, *link) || lies_inside(*link, new_res))
			return enclose(link, parent, new_res);
		parent = *link;
	}
}

int insert_resource(struct resource *parent, struct resource *new_res)
{
	unsigned long flags;
	int err;

	if (!is_possible(parent, new_res))
		return -EINVAL;
	flags = resource_lock();
	err = insert_locked(parent, new_res);
	resource_unlock(flags);
	return err;
}
