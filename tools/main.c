/* SPDX-License-Identifier: MIT */
/*
 * main.c - the `quire` command: the table of subcommands, and who runs which.
 */
#include "tools/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <quire/quire.h>

#include "port/host/host.h"
#include "tools/output.h"

const struct command commands[] = {
	{ "boot", "MACHINE [--show REPORT...] [OPTION...]",
	  "boot a machine, print its log and the reports asked for", cmd_boot, boot_options, true },
	{ "map", "MACHINE [--svg FILE] [OPTION...]", "boot a machine and draw its physical memory",
	  cmd_map, map_options, true },
	{ "shell", "MACHINE [SCRIPT] [OPTION...]",
	  "boot a machine and take commands from a terminal, a pipe or a file", cmd_shell,
	  shell_options, true },
	{ "machines", "", "list the built-in machines", cmd_machines, NULL, false },
	{ "help", "[COMMAND]", "explain a command", cmd_help, NULL, false },
	{ "version", "", "print the version", cmd_version, NULL, false },
	{ NULL, NULL, NULL, NULL, NULL, false },
};

const struct command *find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static void print_usage(void)
{
	const struct command *c;

	printf("usage: quire COMMAND [ARGUMENT...]\n\n"
	       "Boots the memory management of a machine in this process, and shows it.\n\n");
	for (c = commands; c->name; c++)
		printf("  quire %-9s %s\n", c->name, c->help);
	printf("\nMACHINE is the name of a built-in machine (quire machines), `this` for the\n"
	       "computer you are at, or a file: a device tree blob, a kernel log with BIOS-e820\n"
	       "lines, an /proc/iomem listing, memblock's debugfs text, a machine description.\n"
	       "`quire help COMMAND` lists a command's options.\n");
}

static void print_options(const struct option_row *row)
{
	char name[64];

	for (; row && row->name; row++) {
		snprintf(name, sizeof(name), "%s%s%s", row->name, row->value ? " " : "",
			 row->value ? row->value : "");
		printf("  %-22s %s\n", name, row->help);
	}
}

static void print_command_help(const struct command *c)
{
	printf("usage: quire %s%s%s\n%s\n", c->name, *c->usage ? " " : "", c->usage, c->help);
	if (c->options || c->takes_machine)
		printf("\n");
	print_options(c->options);
	if (c->takes_machine)
		print_options(machine_option_rows);
}

int cmd_help(const struct command *self, int argc, char **argv)
{
	const struct command *c;

	if (argc > 2)
		return usage_error(self, "one command at a time");
	if (argc < 2) {
		print_usage();
		return STATUS_OK;
	}
	c = find_command(argv[1]);
	if (!c)
		return usage_error(self, "no command `%s`", argv[1]);
	print_command_help(c);
	return STATUS_OK;
}

int cmd_version(const struct command *self, int argc, char **argv)
{
	struct arguments none = { 0 };

	if (parse_arguments(self, argc, argv, &none))
		return STATUS_USAGE;
	printf("quire %s\n", QUIRE_VERSION);
	return STATUS_OK;
}

static bool is_help_flag(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run(int argc, char **argv)
{
	const struct command *c;
	int i;

	if (argc < 2 || is_help_flag(argv[1])) {
		print_usage();
		return STATUS_OK;
	}
	c = find_command(strcmp(argv[1], "--version") ? argv[1] : "version");
	if (!c) {
		fail("no command `%s` (quire --help lists them)", argv[1]);
		return STATUS_USAGE;
	}
	for (i = 2; i < argc && strcmp(argv[i], "--"); i++) {
		if (is_help_flag(argv[i])) {
			print_command_help(c);
			return STATUS_OK;
		}
	}
	return c->run(c, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int status;

	/* A file that grows too large is a write error, to be told as such. */
	signal(SIGXFSZ, SIG_IGN);
	host_explain_faults();
	status = run(argc, argv);
	/* What could not be printed was not done. */
	if (finish_stdout() && status == STATUS_OK)
		status = STATUS_FAILED;
	return status;
}
