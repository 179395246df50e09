/* SPDX-License-Identifier: MIT */
/*
 * cmd_machines.c - quire machines: what can be booted by name.
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

int cmd_machines(const struct command *self, int argc, char **argv)
{
	struct arguments none = { 0 };
	size_t i, len, widest = 0;

	if (parse_arguments(self, argc, argv, &none))
		return STATUS_USAGE;
	for (i = 0; builtin_machines[i].name; i++) {
		len = strlen(builtin_machines[i].name);
		if (len > widest)
			widest = len;
	}
	for (i = 0; builtin_machines[i].name; i++)
		print_machine(&builtin_machines[i], (int)widest);
	return STATUS_OK;
}
