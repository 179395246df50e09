/* SPDX-License-Identifier: MIT */
/*
 * cmd_machines.c - quire machines: what can be booted by name, and what it is made of.
 */
#include "tools/command.h"

#include <stdio.h>
#include <string.h>

static void print_machine(const struct builtin_machine *m, int width)
{
	printf("%-*s  %s", width, m->name, m->summary);
	if (m->aliases && *m->aliases)
		printf(" (also: %s)", m->aliases);
	printf("\n");
}

static void list_machines(void)
{
	size_t i, len, widest = 0;

	for (i = 0; builtin_machines[i].name; i++) {
		len = strlen(builtin_machines[i].name);
		if (len > widest)
			widest = len;
	}
	for (i = 0; builtin_machines[i].name; i++)
		print_machine(&builtin_machines[i], (int)widest);
}

static int set_name(void *ctx, const char *word)
{
	const char **name = ctx;

	if (*name)
		return -1;
	*name = word;
	return 0;
}

void explain_machines(void)
{
	printf("\nWith NAME: prints that machine's description, to be copied and changed:\n"
	       "  quire machines arm-1g > my.machine\n"
	       "  quire boot my.machine\n");
}

int cmd_machines(const struct command *self, int argc, char **argv)
{
	const struct builtin_machine *machine;
	const char *name = NULL;
	struct arguments args = { .ctx = &name, .word = set_name };

	if (parse_arguments(self, argc, argv, &args))
		return STATUS_USAGE;
	if (!name) {
		list_machines();
		return STATUS_OK;
	}
	machine = find_builtin_machine(name);
	if (!machine)
		return fail("no built-in machine `%s`; `quire machines` lists them", name);
	fputs(machine->text, stdout);
	return STATUS_OK;
}
