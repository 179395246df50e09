/* SPDX-License-Identifier: MIT */
/*
 * shell_commands.c - the table of the shell's commands, and those that only look.
 */
#include "tools/shell.h"

#include <string.h>

#include "tools/output.h"
#include "tools/picture.h"

static int do_ls(struct shell *sh, int argc, char **argv)
{
	const struct report *r;

	(void)sh, (void)argc, (void)argv;
	for (r = quire_reports; r->name; r++)
		printf("%-20s %s\n", r->name, r->help);
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
	struct picture pic;
	int ret = picture_make(&pic, sh->session.machine, picture_width_for_stdout(), 0);

	(void)argc, (void)argv;
	if (!ret)
		picture_print(&pic, stdout, stdout_colours());
	picture_free(&pic);
	return ret ? shell_error(sh, "no memory for the picture") : STATUS_OK;
}

static int do_validate(struct shell *sh, int argc, char **argv)
{
	(void)argc, (void)argv;
	if (page_alloc_validate())
		return shell_error(sh, "the page allocator is not consistent");
	if (memblock_validate())
		return shell_error(sh, "memblock is not consistent");
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

static void print_signature(const struct shell_command *c, int width)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s", c->name, *c->usage ? " " : "", c->usage);
	printf("%-*s  %s\n", width, text, c->help);
}

static int do_help(struct shell *sh, int argc, char **argv)
{
	const struct shell_command *c;

	if (argc > 1) {
		c = shell_find_command(argv[1]);
		if (!c)
			return shell_error(sh, "no command `%s`", argv[1]);
		print_signature(c, 0);
		return STATUS_OK;
	}
	for (c = shell_commands; c->name; c++)
		print_signature(c, 34);
	printf("%-34s  %s\n%-34s  %s\n", "! COMMAND...", "succeeds if the command fails", "# TEXT",
	       "a comment");
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
	{ "ls", "", "list the reports", do_ls, 0, 0, NULL },
	{ "cat", "REPORT...", "print reports", do_cat, 1, -1, complete_report },
	{ "alloc_pages", "ORDER [GFP] [NODE]", "take a block; GFP like kernel|zero (GFP_KERNEL)",
	  shell_alloc_pages, 1, 3, complete_gfp },
	{ "free", "HANDLE|PFN [ORDER]", "give it back; a wrong ORDER or page is refused",
	  shell_free, 1, 2, complete_handle },
	{ "handles", "", "list what is held", shell_handles, 0, 0, NULL },
	{ "fill", "[ORDER] [GFP] [NODE]", "take blocks until there are none (0, GFP_HIGHUSER)",
	  shell_fill, 0, 3, complete_gfp },
	{ "fragment", "", "take every page, then give every second one back", shell_fragment, 0, 0,
	  NULL },
	{ "drain", "", "give the pages on the CPUs' lists back to the zones", shell_drain, 0, 0,
	  NULL },
	{ "validate", "", "check every invariant of the allocators", do_validate, 0, 0, NULL },
	{ "map", "", "draw physical memory", do_map, 0, 0, NULL },
	{ "echo", "[WORD...]", "print the words", do_echo, 0, -1, NULL },
	{ "help", "[COMMAND]", "explain a command, or list them", do_help, 0, 1, complete_command },
	{ "quit", "", "leave", do_quit, 0, 0, NULL },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL },
};

const struct shell_command *shell_find_command(const char *name)
{
	const struct shell_command *c;

	for (c = shell_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
