/* SPDX-License-Identifier: MIT */
/*
 * shell_pages.c - the shell's commands that take pages and give them back.
 *
 * What the user holds is kept under handles. The blocks of a handle are linked through
 * their own page structures, so that filling a large machine takes no memory here.
 */
#include "tools/shell.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mm/lib/list.h"
#include "tools/gfp_names.h"

/* ---- handles ---- */

static struct shell_handle *make_handle(struct shell *sh, unsigned int order)
{
	struct shell_handle *h = calloc(1, sizeof(*h)), **link = &sh->handles;

	if (!h)
		return NULL;
	snprintf(h->name, sizeof(h->name), "h%lu", ++sh->nr_handles_made);
	h->order = order;
	INIT_LIST_HEAD(&h->blocks);
	while (*link)
		link = &(*link)->next;
	*link = h;
	return h;
}

static void drop_handle(struct shell *sh, struct shell_handle *h)
{
	struct shell_handle **link = &sh->handles;

	while (*link != h)
		link = &(*link)->next;
	*link = h->next;
	free(h);
}

struct shell_handle *shell_find_handle(const struct shell *sh, const char *name)
{
	struct shell_handle *h;

	for (h = sh->handles; h; h = h->next)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

static struct shell_handle *handle_of_page(const struct shell *sh, const struct page *page)
{
	struct shell_handle *h;
	struct page *block;

	for (h = sh->handles; h; h = h->next)
		list_for_each_entry(block, &h->blocks, lru)
			if (block == page)
				return h;
	return NULL;
}

void shell_forget_handles(struct shell *sh)
{
	while (sh->handles)
		drop_handle(sh, sh->handles);
}

const char *complete_handle(const struct shell *sh, int arg, size_t n)
{
	const struct shell_handle *h = sh->handles;

	while (h && n--)
		h = h->next;
	return arg == 1 && h ? h->name : NULL;
}

const char *complete_gfp(const struct shell *sh, int arg, size_t n)
{
	(void)sh;
	return arg == 2 ? gfp_name(n) : NULL;
}

const char *complete_fragment(const struct shell *sh, int arg, size_t n)
{
	return complete_gfp(sh, arg + 1, n);
}

void explain_gfp(void)
{
	const char *name;
	int column = 0;
	size_t n;

	printf("\nGFP is one flag or several, joined by |; in any case, with or without their\n"
	       "GFP_ or __GFP_: kernel|zero. NODE is where the search begins. The flags:\n");
	for (n = 0; (name = gfp_name(n)) != NULL; n++) {
		if (column + strlen(name) >= 78)
			column = 0;
		column += printf(column ? " %s" : n ? "\n  %s" : "  %s", name);
	}
	printf("\n");
}

static void print_handle(const struct shell_handle *h)
{
	u64 bytes = ((u64)h->nr_blocks << h->order) * PAGE_SIZE;
	struct page *page;

	if (h->nr_blocks != 1) {
		printf("%s: %lu blocks of order %u (%s)\n", h->name, h->nr_blocks, h->order,
		       size_text(bytes));
		return;
	}
	page = list_first_entry(&h->blocks, struct page, lru);
	printf("%s: order %u (%s), pfn %#lx, physical %#llx, node %d, zone %s\n", h->name, h->order,
	       size_text(bytes), page_to_pfn(page), (unsigned long long)page_to_phys(page),
	       page_to_nid(page), page_zone(page)->name);
}

int shell_handles(struct shell *sh, int argc, char **argv)
{
	const struct shell_handle *h;

	(void)argc, (void)argv;
	for (h = sh->handles; h; h = h->next)
		print_handle(h);
	shell_print_areas(sh);
	shell_print_objects(sh);
	return STATUS_OK;
}

/* ---- taking ---- */

/* What alloc_pages and fill have in common: [ORDER] [GFP] [NODE]. */
struct request {
	unsigned int order;
	gfp_t gfp;
	const char *gfp_text;
	int nid;
};

static int read_request(struct shell *sh, int argc, char **argv, struct request *req)
{
	char bad[32];
	u64 n;
	int i;

	if (argc > 1) {
		if (!parse_number(argv[1], 0, 63, &n))
			return shell_error(sh, "%s: `%s` is no order", argv[0], argv[1]);
		req->order = (unsigned int)n;
	}
	for (i = 2; i < argc; i++) {
		/* The flags may be left out, so a number is the node. */
		if (i == argc - 1 && parse_number(argv[i], 0, MAX_NUMNODES - 1, &n)) {
			if (!NODE_DATA((int)n))
				return shell_error(sh, "%s: there is no node %s", argv[0], argv[i]);
			req->nid = (int)n;
		} else if (i > 2) {
			return shell_error(sh, "%s: `%s` is no node", argv[0], argv[i]);
		} else if (!parse_gfp(argv[i], &req->gfp, bad, sizeof(bad))) {
			return shell_error(sh,
					   "%s: no flag `%s`; there are GFP_KERNEL, GFP_HIGHUSER, "
					   "GFP_DMA, __GFP_ZERO, ...",
					   argv[0], bad);
		} else {
			req->gfp_text = argv[i];
		}
	}
	return STATUS_OK;
}

static void hold_block(struct shell_handle *h, struct page *page)
{
	list_add_tail(&page->lru, &h->blocks);
	h->nr_blocks++;
}

int shell_alloc_pages(struct shell *sh, int argc, char **argv)
{
	struct request req = { 0, GFP_KERNEL, "GFP_KERNEL", NUMA_NO_NODE };
	struct shell_handle *h;
	struct page *page;

	if (read_request(sh, argc, argv, &req))
		return STATUS_FAILED;
	h = make_handle(sh, req.order);
	if (!h)
		return shell_error(sh, "no memory for a handle");
	page = alloc_pages_node(req.nid, req.gfp, req.order);
	if (!page) {
		drop_handle(sh, h);
		sh->nr_handles_made--;
		return shell_error(sh, "alloc_pages: no block of order %u for %s", req.order,
				   req.gfp_text);
	}
	hold_block(h, page);
	print_handle(h);
	return STATUS_OK;
}

static struct shell_handle *take_all(struct shell *sh, const struct request *req)
{
	struct shell_handle *h = make_handle(sh, req->order);
	struct page *page;

	while (h && (page = alloc_pages_node(req->nid, req->gfp | __GFP_NOWARN, req->order)))
		hold_block(h, page);
	return h;
}

int shell_fill(struct shell *sh, int argc, char **argv)
{
	struct request req = { 0, GFP_HIGHUSER, "GFP_HIGHUSER", NUMA_NO_NODE };
	struct shell_handle *h;

	if (read_request(sh, argc, argv, &req))
		return STATUS_FAILED;
	h = take_all(sh, &req);
	if (!h)
		return shell_error(sh, "no memory for a handle");
	if (!h->nr_blocks) {
		drop_handle(sh, h);
		sh->nr_handles_made--;
		return shell_error(sh, "fill: no block of order %u for %s", req.order,
				   req.gfp_text);
	}
	print_handle(h);
	return STATUS_OK;
}

/* ---- giving back ---- */

/* The library reports misuse in its log and changes nothing: that is how a refusal shows. */
static bool give_back(struct page *page, unsigned int order)
{
	unsigned long warnings = this_quire()->log.warnings;

	__free_pages(page, order);
	return this_quire()->log.warnings == warnings;
}

/* Gives back the blocks for which `which` holds; false if one was refused. */
static bool free_blocks(struct shell_handle *h, unsigned int order,
			bool (*which)(const struct page *page))
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &h->blocks, lru) {
		if (which && !which(page))
			continue;
		list_del(&page->lru);
		if (!give_back(page, order)) {
			list_add_tail(&page->lru, &next->lru);
			return false;
		}
		h->nr_blocks--;
	}
	return true;
}

static int free_frame(struct shell *sh, pfn_t pfn, unsigned int order)
{
	const struct shell_handle *owner;

	if (!pfn_valid(pfn))
		return shell_error(sh, "free: page frame %#lx does not exist", pfn);
	/* The handle would go on linking a page that is no longer its own. */
	owner = handle_of_page(sh, pfn_to_page(pfn));
	if (owner)
		return shell_error(sh, "free: page frame %#lx is held by %s", pfn, owner->name);
	if (!give_back(pfn_to_page(pfn), order))
		return shell_error(sh, "free: page frame %#lx was refused", pfn);
	return STATUS_OK;
}

int shell_free(struct shell *sh, int argc, char **argv)
{
	struct shell_handle *h = shell_find_handle(sh, argv[1]);
	u64 pfn, order = h ? h->order : 0;

	if (argc > 2 && !parse_number(argv[2], 0, 63, &order))
		return shell_error(sh, "free: `%s` is no order", argv[2]);
	if (!h && parse_number(argv[1], 0, ~0UL, &pfn))
		return free_frame(sh, (pfn_t)pfn, (unsigned int)order);
	if (!h)
		return shell_error(sh, "free: no handle `%s`", argv[1]);
	if (!free_blocks(h, (unsigned int)order, NULL))
		return shell_error(sh, "free: %s was refused", h->name);
	drop_handle(sh, h);
	return STATUS_OK;
}

/* Of each pair of buddies one: the other has nobody to merge with. */
static bool is_odd_frame(const struct page *page)
{
	return page_to_pfn(page) & 1;
}

int shell_fragment(struct shell *sh, int argc, char **argv)
{
	/* Every page, the reserves too. */
	struct request all = { 0, GFP_HIGHUSER, "GFP_HIGHUSER", NUMA_NO_NODE };
	struct shell_handle *h;
	char bad[32];

	if (argc > 1 && !parse_gfp(argv[1], &all.gfp, bad, sizeof(bad)))
		return shell_error(sh, "fragment: no flag `%s`", bad);
	all.gfp |= __GFP_MEMALLOC;
	h = take_all(sh, &all);
	if (!h)
		return shell_error(sh, "no memory for a handle");
	if (!free_blocks(h, 0, is_odd_frame))
		return shell_error(sh, "fragment: a page was refused");
	drain_all_pages(NULL);
	print_handle(h);
	return STATUS_OK;
}

int shell_drain(struct shell *sh, int argc, char **argv)
{
	(void)sh, (void)argc, (void)argv;
	drain_all_pages(NULL);
	return STATUS_OK;
}
