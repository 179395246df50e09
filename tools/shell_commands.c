/* SPDX-License-Identifier: MIT */
/*
 * shell_commands.c - the table of the shell's commands, and those that only look.
 */
#include "tools/shell.h"

#include <string.h>

#include <quire/slab.h>

#include "tools/picture.h"

static int do_ls(struct shell *sh, int argc, char **argv)
{
	(void)sh, (void)argc, (void)argv;
	print_report_list("");
	return STATUS_OK;
}

static int do_cat(struct shell *sh, int argc, char **argv)
{
	int i;

	/* All names first: an error prints nothing. */
	for (i = 1; i < argc; i++)
		if (!quire_find_report(argv[i]))
			return shell_error(sh, "no report `%s`; there are %s", argv[i],
					   report_names());
	for (i = 1; i < argc; i++)
		print_report(quire_find_report(argv[i]), stdout);
	return STATUS_OK;
}

static const char *complete_report(const struct shell *sh, int arg, size_t n)
{
	const struct report *r = quire_reports;

	(void)sh, (void)arg;
	while (r->name && n--)
		r++;
	return r->name;
}

static int do_map(struct shell *sh, int argc, char **argv)
{
	const struct picture_request req = { .svg = argc > 1 ? argv[1] : NULL };

	return picture_draw(&req, sh->session.machine) ? STATUS_FAILED : STATUS_OK;
}

static int do_validate(struct shell *sh, int argc, char **argv)
{
	const char *broken = shell_validate_kvirt();

	(void)argc, (void)argv;
	if (page_alloc_validate())
		return shell_error(sh, "the page allocator is not consistent");
	if (memory_hotplug_validate())
		return shell_error(sh, "the memory blocks are not consistent");
	if (memblock_validate())
		return shell_error(sh, "memblock is not consistent");
	if (kmemleak_validate())
		return shell_error(sh, "the leak detector is not consistent");
	if (kmem_cache_validate())
		return shell_error(sh, "objects are not consistent: %s", kmem_cache_validate());
	if (broken)
		return shell_error(sh, "%s is not consistent", broken);
	printf("all is consistent\n");
	return STATUS_OK;
}

static int do_echo(struct shell *sh, int argc, char **argv)
{
	int i;

	(void)sh;
	for (i = 1; i < argc; i++)
		printf("%s%s", i > 1 ? " " : "", argv[i]);
	printf("\n");
	return STATUS_OK;
}

static void print_signature(const char *name, const char *usage, const char *indent, int width)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s", name, *usage ? " " : "", usage);
	printf("%s%-*s", indent, width, text);
}

void print_shell_commands(const char *indent)
{
	const struct shell_command *c;

	for (c = shell_commands; c->name; c++) {
		print_signature(c->name, c->usage, indent, 32);
		printf("%s\n", c->help);
	}
	print_signature("!", "COMMAND...", indent, 32);
	printf("succeeds if the command fails\n");
	print_signature("#", "TEXT", indent, 32);
	printf("a comment\n");
}

static int do_help(struct shell *sh, int argc, char **argv)
{
	const struct shell_command *c;

	if (argc < 2) {
		print_shell_commands("");
		return STATUS_OK;
	}
	c = shell_find_command(argv[1]);
	if (!c)
		return shell_error(sh, "no command `%s` (help lists them)", argv[1]);
	print_signature(c->name, c->usage, "", 0);
	printf("\n%s\n", c->help);
	if (c->explain)
		c->explain();
	return STATUS_OK;
}

static const char *complete_command(const struct shell *sh, int arg, size_t n)
{
	const struct shell_command *c = shell_commands;

	(void)sh;
	while (c->name && n--)
		c++;
	return arg == 1 ? c->name : NULL;
}

static int do_quit(struct shell *sh, int argc, char **argv)
{
	(void)argc, (void)argv;
	sh->quit = true;
	return STATUS_OK;
}

const struct shell_command shell_commands[] = {
	{ .name = "ls", .usage = "", .help = "list the reports", .run = do_ls },
	{ .name = "cat",
	  .usage = "REPORT...",
	  .help = "print reports",
	  .run = do_cat,
	  .min_args = 1,
	  .max_args = -1,
	  .complete = complete_report },
	{ .name = "alloc_pages",
	  .usage = "ORDER [GFP] [NODE]",
	  .help = "take a block, as GFP_KERNEL if not said",
	  .explain = explain_gfp,
	  .run = shell_alloc_pages,
	  .min_args = 1,
	  .max_args = 3,
	  .complete = complete_gfp },
	{ .name = "free",
	  .usage = "HANDLE|PFN [ORDER]",
	  .help = "give back; a wrong page or ORDER is refused",
	  .run = shell_free,
	  .min_args = 1,
	  .max_args = 2,
	  .complete = complete_handle },
	{ .name = "handles", .usage = "", .help = "list what is held", .run = shell_handles },
	{ .name = "fill",
	  .usage = "[ORDER] [GFP] [NODE]",
	  .help = "take all that the flags allow, as GFP_HIGHUSER",
	  .explain = explain_gfp,
	  .run = shell_fill,
	  .max_args = 3,
	  .complete = complete_gfp },
	{ .name = "fragment",
	  .usage = "[GFP]",
	  .help = "take every page, free every second",
	  .explain = explain_gfp,
	  .run = shell_fragment,
	  .max_args = 1,
	  .complete = complete_fragment },
	{ .name = "movable",
	  .usage = "HANDLE",
	  .help = "let the blocks of a handle be moved",
	  .explain = explain_movable,
	  .run = shell_movable,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_handle },
	{ .name = "compact",
	  .usage = "[NODE]",
	  .help = "make large blocks by moving pages",
	  .run = shell_compact,
	  .max_args = 1 },
	{ .name = "drain",
	  .usage = "",
	  .help = "empty the CPUs' lists into the zones",
	  .run = shell_drain },
	{ .name = "page_owner",
	  .usage = "[PFN]",
	  .help = "who holds a page, or most pages",
	  .explain = explain_page_owner,
	  .run = shell_page_owner,
	  .max_args = 1 },
	{ .name = "kmemleak",
	  .usage = "[COMMAND]",
	  .help = "memory that nothing leads to any more",
	  .explain = explain_kmemleak,
	  .run = shell_kmemleak,
	  .max_args = 1,
	  .complete = complete_kmemleak },
	{ .name = "forget",
	  .usage = "NAME",
	  .help = "lose an area or objects: they stay",
	  .run = shell_forget,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_forget },
	{ .name = "memory",
	  .usage = "[add|online|...]",
	  .help = "plug memory in and out; list its blocks",
	  .explain = explain_memory,
	  .run = shell_memory,
	  .max_args = 5,
	  .complete = complete_memory },
	{ .name = "fail_page_alloc",
	  .usage = "[KNOB N...]",
	  .help = "make requests fail; show the knobs",
	  .explain = explain_fail_page_alloc,
	  .run = shell_fail_page_alloc,
	  .max_args = -1,
	  .complete = complete_fail_page_alloc },
	{ .name = "failslab",
	  .usage = "[KNOB N...]",
	  .help = "the same for requests for objects",
	  .explain = explain_failslab,
	  .run = shell_failslab,
	  .max_args = -1,
	  .complete = complete_failslab },
#if CONFIG_MMU
	{ .name = "vmalloc",
	  .usage = "SIZE [huge]",
	  .help = "take bytes in a row, from pages anywhere",
	  .run = shell_vmalloc,
	  .min_args = 1,
	  .max_args = 2 },
	{ .name = "vfree",
	  .usage = "HANDLE|ADDRESS",
	  .help = "give them back",
	  .run = shell_vfree,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_area },
	{ .name = "vmap",
	  .usage = "HANDLE",
	  .help = "map the pages of a handle in a row",
	  .run = shell_vmap,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_handle },
	{ .name = "vunmap",
	  .usage = "HANDLE|ADDRESS",
	  .help = "take that mapping away",
	  .run = shell_vunmap,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_area },
	{ .name = "ioremap",
	  .usage = "PHYS SIZE [CACHE]",
	  .help = "map a device; CACHE is uc, wc, wt or cache",
	  .run = shell_ioremap,
	  .min_args = 2,
	  .max_args = 3 },
	{ .name = "iounmap",
	  .usage = "HANDLE|ADDRESS",
	  .help = "take that mapping away",
	  .run = shell_iounmap,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_area },
#endif
	{ .name = "kmap",
	  .usage = "PFN|HANDLE",
	  .help = "give a page of highmem an address",
	  .run = shell_kmap,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_handle },
	{ .name = "kunmap",
	  .usage = "HANDLE|ADDRESS|PFN",
	  .help = "take the address away",
	  .run = shell_kunmap,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_area },
	{ .name = "percpu",
	  .usage = "alloc|free|show [...]",
	  .help = "memory that each CPU has a copy of",
	  .explain = explain_percpu,
	  .run = shell_percpu,
	  .min_args = 1,
	  .max_args = 3,
	  .complete = complete_percpu },
	{ .name = "kmalloc",
	  .usage = "SIZE [COUNT] [GFP]",
	  .help = "take pieces of any size",
	  .explain = explain_gfp,
	  .run = shell_kmalloc,
	  .min_args = 1,
	  .max_args = 3,
	  .complete = complete_kmalloc },
	{ .name = "kfree",
	  .usage = "HANDLE|ADDRESS",
	  .help = "give them back; what is none is refused",
	  .run = shell_kfree,
	  .min_args = 1,
	  .max_args = 1,
	  .complete = complete_kfree },
	{ .name = "cache",
	  .usage = "create|alloc|free|... NAME [...]",
	  .help = "caches of objects of one size",
	  .explain = explain_cache,
	  .run = shell_cache,
	  .min_args = 2,
	  .max_args = 5,
	  .complete = complete_cache },
	{ .name = "caches",
	  .usage = "",
	  .help = "what each cache has, and wastes",
	  .explain = explain_caches,
	  .run = shell_caches },
	{ .name = "object",
	  .usage = "ADDRESS",
	  .help = "which object of which slab it is in",
	  .run = shell_object,
	  .min_args = 1,
	  .max_args = 1 },
	{ .name = "slabs",
	  .usage = "[CACHE|all] [FILE]",
	  .help = "draw slabs, to FILE as SVG",
	  .run = shell_slabs,
	  .max_args = 2,
	  .complete = complete_slabs },
	{ .name = "shrink",
	  .usage = "",
	  .help = "give empty slabs of all caches back",
	  .run = shell_shrink },
	{ .name = "translate",
	  .usage = "ADDRESS [OPTION...]",
	  .help = "show the way from an address to a byte",
	  .explain = explain_shell_translate,
	  .run = shell_translate,
	  .min_args = 1,
	  .max_args = -1 },
	{ .name = "peek",
	  .usage = "ADDRESS [COUNT]",
	  .help = "print the bytes at an address",
	  .run = shell_peek,
	  .min_args = 1,
	  .max_args = 2 },
	{ .name = "poke",
	  .usage = "ADDRESS BYTE...",
	  .help = "write bytes to an address",
	  .run = shell_poke,
	  .min_args = 2,
	  .max_args = -1 },
	{ .name = "validate",
	  .usage = "",
	  .help = "check every invariant of the allocators",
	  .run = do_validate },
	{ .name = "map",
	  .usage = "[FILE]",
	  .help = "draw physical memory, to FILE as SVG",
	  .run = do_map,
	  .max_args = 1 },
	{ .name = "echo",
	  .usage = "[WORD...]",
	  .help = "print the words",
	  .run = do_echo,
	  .max_args = -1 },
	{ .name = "help",
	  .usage = "[COMMAND]",
	  .help = "explain a command, or list them",
	  .run = do_help,
	  .max_args = 1,
	  .complete = complete_command },
	{ .name = "quit", .usage = "", .help = "leave", .run = do_quit },
	{ .name = NULL },
};

const struct shell_command *shell_find_command(const char *name)
{
	const struct shell_command *c;

	for (c = shell_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
