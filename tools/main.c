/* SPDX-License-Identifier: MIT */
/*
 * main.c - the `quire` command: the table of subcommands, and who runs which.
 */
#include "tools/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <quire/quire.h>

#include "port/host/host.h"
#include "tools/output.h"

const struct command commands[] = {
	{ .name = "boot",
	  .usage = "MACHINE [--show REPORT...] [OPTION...]",
	  .help = "boot a machine, print its log and the reports asked for",
	  .explain = explain_boot,
	  .run = cmd_boot,
	  .options = boot_options,
	  .takes_machine = true },
	{ .name = "map",
	  .usage = "MACHINE [--svg FILE] [OPTION...]",
	  .help = "boot a machine and draw its physical memory",
	  .explain = explain_map,
	  .run = cmd_map,
	  .options = map_options,
	  .takes_machine = true },
	{ .name = "slabs",
	  .usage = "MACHINE [--cache NAME] [--svg FILE] [OPTION...]",
	  .help = "boot a machine, work with objects and draw their slabs",
	  .explain = explain_slabs,
	  .run = cmd_slabs,
	  .options = slabs_options,
	  .takes_machine = true },
	{ .name = "shell",
	  .usage = "MACHINE [SCRIPT] [OPTION...]",
	  .help = "boot a machine and take commands from a terminal, pipe or file",
	  .explain = explain_shell,
	  .run = cmd_shell,
	  .options = shell_options,
	  .takes_machine = true },
	{ .name = "translate",
	  .usage = "MACHINE ADDRESS [--selector S] [--svg FILE] [OPTION...]",
	  .help = "boot a machine and show the way from an address to a byte",
	  .explain = explain_translate,
	  .run = cmd_translate,
	  .options = translate_options,
	  .takes_machine = true },
	{ .name = "machines",
	  .usage = "[NAME]",
	  .help = "list the built-in machines, or print the description of one",
	  .explain = explain_machines,
	  .run = cmd_machines },
	{ .name = "help", .usage = "[COMMAND]", .help = "explain a command", .run = cmd_help },
	{ .name = "version", .usage = "", .help = "print the version", .run = cmd_version },
	{ .name = NULL },
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
	       "computer you are at, `-` for standard input, or a file: a device tree blob, a\n"
	       "kernel log with BIOS-e820 lines, an /proc/iomem listing, memblock's debugfs\n"
	       "text, or a machine description. `quire help COMMAND` explains its options.\n"
	       "\nThe exit status is 0, 1 for bad input or what could not be done, 2 for wrong\n"
	       "usage.\n");
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
	if (c->options) {
		printf("\nOptions:\n");
		print_options(c->options);
	}
	if (c->takes_machine) {
		printf("\nOptions of the machine:\n");
		print_options(machine_option_rows);
	}
	if (c->explain)
		c->explain();
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

/*
 * Where a standard stream was closed, the next file to be opened would take its number,
 * and the log would go into the machine's RAM. These give an error instead.
 */
static void open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_WRONLY);
		if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
			close(fd);
			fd = open("/dev/null", O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	int status;

	open_standard_streams();
	/* A file that grows too large is a write error, to be told as such. */
	signal(SIGXFSZ, SIG_IGN);
	host_explain_faults();
	status = run(argc, argv);
	/* What could not be printed was not done. */
	if (finish_stdout() && status == STATUS_OK)
		status = STATUS_FAILED;
	return status;
}
