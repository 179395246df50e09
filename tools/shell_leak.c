/* SPDX-License-Identifier: MIT */
/*
 * shell_leak.c - the shell's commands that lose memory, and find what was lost.
 *
 * What the shell holds of the kernel's memory is in the shell's own lists: they are static data of the
 * machine, as it were. The detector gets to know them for as long as it scans.
 */
#include "tools/shell.h"

#include <stdlib.h>
#include <string.h>

void explain_kmemleak(void)
{
	printf("\nWithout COMMAND it prints the report: what nothing leads to any more, once two scans\n"
	       "have seen it so. Addresses are this process's. The machine watches if the shell was\n"
	       "started with --kmemleak; `forget` loses something. The commands are Linux's:\n"
	       "  scan       look, now\n"
	       "  stack=on   look through stacks; stack=off: do not\n"
	       "  scan=on    scan by itself, every so many seconds (scan=SECS); scan=off: do not\n"
	       "  clear      what is reported now is no leak\n"
	       "  dump=ADDR  what is known of the object at an address\n"
	       "  off        watch no longer\n");
}

const char *complete_kmemleak(const struct shell *sh, int arg, size_t n)
{
	static const char *const words[] = { "scan",	  "clear",    "off",	  "dump=",
					     "scan=on",	  "scan=off", "stack=on", "stack=off" };

	(void)sh;
	return arg == 1 && n < sizeof(words) / sizeof(words[0]) ? words[n] : NULL;
}

/* The log of the command is what it has to say. */
static int write_command(struct shell *sh, const char *command)
{
	struct shell_area *area;
	int err;

	for (area = sh->areas; area; area = area->next)
		kmemleak_alloc(area, sizeof(*area), 0, GFP_KERNEL);
	shell_announce_objects(sh);
	err = kmemleak_write(command);
	shell_withdraw_objects(sh);
	for (area = sh->areas; area; area = area->next)
		kmemleak_free(area);
	if (err == -EPERM)
		return shell_error(sh, "kmemleak: it is off");
	if (err && !strncmp(command, "dump=", 5))
		return shell_error(sh, "kmemleak: there is no object at `%s`", command + 5);
	if (err)
		return shell_error(sh, "kmemleak: `%s` is no command (help kmemleak lists them)", command);
	return STATUS_OK;
}

static void print_object(const char *address)
{
	struct kmemleak_info info;

	if (!kmemleak_find((uintptr_t)strtoull(address, NULL, 0), &info))
		return;
	printf("0x%lx: %zu bytes, min_count %d, count %d, flags 0x%x, by %p\n", (unsigned long)info.pointer,
	       info.size, info.min_count, info.count, info.flags, info.nr_trace ? info.trace[0] : NULL);
}

int shell_kmemleak(struct shell *sh, int argc, char **argv)
{
	int status;

	if (!kmemleak_layer())
		return shell_error(sh, "kmemleak: the machine does not watch for leaks (--kmemleak)");
	if (argc < 2) {
		print_report(quire_find_report("kmemleak"), stdout);
		return STATUS_OK;
	}
	status = write_command(sh, argv[1]);
	if (status)
		return status;
	if (!strcmp(argv[1], "scan")) {
		struct kmemleak_info info;
		unsigned int kind = 0, nr = 0;
		uintptr_t cursor = 0;

		while (kmemleak_next_leak(&kind, &cursor, &info))
			nr++;
		printf("%u suspected memory leak%s\n", nr, nr == 1 ? "" : "s");
	} else if (!strncmp(argv[1], "dump=", 5)) {
		print_object(argv[1] + 5);
	}
	return STATUS_OK;
}

const char *complete_forget(const struct shell *sh, int arg, size_t n)
{
	const struct shell_area *area;

	if (arg != 1)
		return NULL;
	for (area = sh->areas; area && n; area = area->next)
		n--;
	return area ? area->name : complete_kfree(sh, arg, n);
}

int shell_forget(struct shell *sh, int argc, char **argv)
{
	(void)argc;
	if (!shell_forget_area(sh, argv[1]) && !shell_forget_held(sh, argv[1]))
		return shell_error(sh, "forget: nothing of the kernel's addresses is held as `%s`", argv[1]);
	printf("%s: nobody knows it any more\n", argv[1]);
	return STATUS_OK;
}
