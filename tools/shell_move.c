/* SPDX-License-Identifier: MIT */
/*
 * shell_move.c - the shell's commands that move pages: a handle whose blocks may be moved has a
 * mover, which links the new page in the place of the old one.
 */
#include "tools/shell.h"

#include <quire/compaction.h>
#include <quire/highmem.h>

#include "mm/lib/list.h"

static struct shell_handle *handle_of(const struct page *page)
{
	return (struct shell_handle *)(uintptr_t)page_private(page);
}

/* Nobody frees pages while the library moves them: there is one thread. */
static bool take_off_list(struct page *page, isolate_mode_t mode)
{
	(void)mode;
	list_del(&page->lru);
	return true;
}

static void put_on_list(struct page *page)
{
	list_add_tail(&page->lru, &handle_of(page)->blocks);
}

static const struct movable_operations *shell_mover(void);

static int move_block(struct page *dst, struct page *src, enum migrate_mode mode)
{
	struct shell_handle *h = handle_of(src);
	unsigned long i;

	(void)mode;
	for (i = 0; i < 1UL << h->order; i++)
		if (!copy_highpage(dst + i, src + i))
			return -EAGAIN;
	get_page(dst);
	set_page_private(dst, (uintptr_t)h);
	__SetPageMovable(dst, shell_mover());
	put_on_list(dst);
	__free_pages(src, h->order);
	return 0;
}

static const struct movable_operations *shell_mover(void)
{
	static const struct movable_operations mover = {
		.isolate_page = take_off_list,
		.migrate_page = move_block,
		.putback_page = put_on_list,
	};

	return &mover;
}

int shell_movable(struct shell *sh, int argc, char **argv)
{
	struct shell_handle *h = shell_find_handle(sh, argv[1]);
	struct page *page;

	(void)argc;
	if (!h)
		return shell_error(sh, "movable: no handle `%s`", argv[1]);
	list_for_each_entry(page, &h->blocks, lru) {
		set_page_private(page, (uintptr_t)h);
		__SetPageMovable(page, shell_mover());
	}
	return STATUS_OK;
}

void explain_movable(void)
{
	printf("\nTheir frame numbers change when they are moved; `handles` tells the new ones. Blocks of\n"
	       "other handles stay where they are, and keep memory in pieces.\n");
}

int shell_compact(struct shell *sh, int argc, char **argv)
{
	unsigned long moved = vm_event(PGMIGRATE_SUCCESS), made = 0;
	long of_node;
	u64 nid;

	if (argc < 2) {
		made = compact_memory();
	} else {
		of_node = parse_number(argv[1], 0, MAX_NUMNODES - 1, &nid) ? compact_node((int)nid) : -EINVAL;
		if (of_node < 0)
			return shell_error(sh, "compact: there is no node %s", argv[1]);
		made = (unsigned long)of_node;
	}
	printf("%lu blocks of order %u came free; %lu pages were moved\n", made, LEAF_ORDER,
	       vm_event(PGMIGRATE_SUCCESS) - moved);
	return STATUS_OK;
}
