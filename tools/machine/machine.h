/* SPDX-License-Identifier: MIT */
/*
 * machine.h - from any kind of file to a struct quire_machine.
 *
 * The kinds and what is read from each are in docs/machines.md. A file's kind is
 * recognised by its content, never by its name.
 */
#ifndef TOOLS_MACHINE_MACHINE_H
#define TOOLS_MACHINE_MACHINE_H

#include <quire/machine.h>

/* Owns the description and all that it points to. */
struct machine_file;

/* What --arch takes, for messages. */
#define MACHINE_ARCH_NAMES "i386, i386-pae, x86_64, arm or generic"
bool machine_is_arch(const char *name);

/* Linux has been built for as many. */
#define MACHINE_MAX_CPUS 8192

/* What the user says; it wins over what the file says. All zero: nothing. */
struct machine_options {
	const char *arch; /* one of MACHINE_ARCH_NAMES; NULL: guess */
	u64 lowmem;	  /* end of the direct map, a physical address; 0: the usual */
	unsigned int max_order;
	unsigned int cpus;
	bool bootmem;
	bool as_dumped;
	bool memblock_debug;
	bool page_owner;
	bool kmemleak;
	bool hotplug; /* RAM may be plugged in where the firmware says */
	u64 cma; /* bytes of a contiguous area; 0: none */
	u64 max_ram;	  /* refuse more RAM than this, bytes; 0: what this computer can hold */
	const char *root; /* where /proc and /sys of "this" are; NULL: "" */
};

/*
 * Reads a machine. `name` is a built-in machine, "this" (the running computer), "-"
 * (standard input) or the path of a file. Returns NULL on failure, with one line in `err` (200 bytes are
 * plenty): the file, the line or offset, and what is wrong. The caller closes the file
 * when nothing uses the description any more.
 */
struct machine_file *machine_open(const char *name, const struct machine_options *options,
				  char *err, size_t err_size);
/* The same for a file that is in memory already; `name` is for messages. `data` is copied. */
struct machine_file *machine_open_memory(const char *name, const void *data, size_t size,
					 const struct machine_options *options, char *err,
					 size_t err_size);
void machine_close(struct machine_file *file);

/* Valid until machine_close. direct_map and metadata are left to the port. */
const struct quire_machine *machine_description(const struct machine_file *file);
/* What was recognised: "device tree blob", "kernel log", "built-in", ... (docs/machines.md). */
const char *machine_kind(const struct machine_file *file);
/* The architecture that was given, found or guessed: a name of machine_options.arch. */
const char *machine_arch(const struct machine_file *file);
/* The page-table format of the file, or its architecture's ("i386-pse", ...); NULL: neither says. */
const char *machine_format(const struct machine_file *file);
/* One line about the machine, if the description has one; else NULL. */
const char *machine_summary(const struct machine_file *file);

/* A machine that needs no file. `text` is of any kind that a text file may be. */
struct builtin_machine {
	const char *name;
	const char *aliases; /* other names, separated by blanks; NULL: none */
	const char *summary;
	const char *text;
};

/* Ends with a name of NULL. */
extern const struct builtin_machine builtin_machines[];
/* By its name or another of its names; NULL: there is none. */
const struct builtin_machine *find_builtin_machine(const char *name);

#endif
