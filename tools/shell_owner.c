/* SPDX-License-Identifier: MIT */
/*
 * shell_owner.c - the shell's command that says who holds a page, or most of them.
 */
#include "tools/shell.h"

#include "tools/numbers.h"

void explain_page_owner(void)
{
	printf("\nWithout PFN it sums up the call sites that hold pages, those with the most\n"
	       "first; with it, it tells of the block that the page frame is part of. The\n"
	       "machine keeps records if the shell was started with --page-owner.\n");
}

static int print_owner(struct shell *sh, pfn_t pfn)
{
	struct page_owner owner;
	pfn_t head;

	if (page_owner_find(pfn, &owner, &head)) {
		printf("pfn %#lx: in the block of order %u at %#lx, allocation %lu, gfp 0x%x, by "
		       "%p\n",
		       pfn, owner.order, head, owner.seq, owner.gfp, owner.caller);
		return STATUS_OK;
	}
	if (!pfn_valid(pfn) || !page_owner_read(pfn, &owner))
		return shell_error(sh, "page_owner: page frame %#lx does not exist", pfn);
	if (owner.free_caller)
		printf("pfn %#lx: nobody holds it; freed by %p\n", pfn, owner.free_caller);
	else
		printf("pfn %#lx: nobody holds it\n", pfn);
	return STATUS_OK;
}

int shell_page_owner(struct shell *sh, int argc, char **argv)
{
	u64 pfn;

	if (!this_quire()->page.watch.owners)
		return shell_error(sh, "page_owner: the machine keeps no records (--page-owner)");
	if (argc < 2) {
		print_report(quire_find_report("page_owner_sites"), stdout);
		return STATUS_OK;
	}
	if (!parse_number(argv[1], 0, ~0UL, &pfn))
		return shell_error(sh, "page_owner: `%s` is no page frame", argv[1]);
	return print_owner(sh, (pfn_t)pfn);
}
