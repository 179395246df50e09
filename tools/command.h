/* SPDX-License-Identifier: MIT */
/*
 * command.h - what a subcommand of `quire` is, and what all of them share: options,
 * messages, exit statuses. Adding a subcommand is one row in main.c.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <quire/types.h>

#include "tools/machine/machine.h"
#include "tools/numbers.h"

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* bad input, or the computer could not do it */
	STATUS_USAGE = 2,  /* the command line is wrong */
};

/* One option. `ctx` is the structure that the command gave to parse_arguments. */
struct option_row {
	const char *name;  /* "--lowmem" */
	const char *value; /* what the help calls its value; NULL: it takes none */
	const char *help;
	/* Stores the value; not 0: refused, and `why` says why. NULL: */
	int (*set)(void *ctx, const char *value, char *why, size_t size);
	size_t flag; /* the option takes no value and sets the bool at this offset of ctx */
	/* Where several values may follow the option: is this word one? Else NULL. */
	bool (*is_value)(const char *word);
};

struct command {
	const char *name;
	const char *usage;     /* the words after "quire NAME" */
	const char *help;      /* one line */
	void (*explain)(void); /* prints what else `quire help NAME` says; NULL: nothing */
	int (*run)(const struct command *self, int argc, char **argv); /* argv[0]: its name */
	const struct option_row *options; /* its own, ended by a NULL name; NULL: none */
	bool takes_machine;		  /* MACHINE and machine_options are accepted */
};

/* Every subcommand; ends with a NULL name. */
extern const struct command commands[];
const struct command *find_command(const char *name);

/* ---- the command line ---- */

/* Which machine to use, as the command line says. */
struct machine_choice {
	const char *name; /* a built-in, a file, or "this" */
	struct machine_options options;
	const struct pt_format *format; /* of its page tables; NULL: its own */
	struct machine_objects objects; /* with has_engine `engine` is what was said; else the usual one */
	bool has_engine;
};
extern const struct option_row machine_option_rows[];

struct arguments {
	void *ctx;		       /* handed to the option rows of the command */
	struct machine_choice *choice; /* takes the first word, where the command takes a machine */
	int (*word)(void *ctx, const char *word); /* further words; not 0 or NULL: too many */
};

/* STATUS_OK, or STATUS_USAGE after one line on stderr. */
int parse_arguments(const struct command *self, int argc, char **argv, struct arguments *args);

/* For an option whose value is a number from 1 to `max`; what option_row.set returns. */
int set_limited(unsigned int *number, const char *value, unsigned int max, char *why, size_t size);

/* ---- messages: one line on stderr each, after what stdout has so far ---- */

/* "quire: ..."; returns STATUS_FAILED. */
__attribute__((format(printf, 1, 2))) int fail(const char *fmt, ...);
/* "quire NAME: ... (see: quire help NAME)"; returns STATUS_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const struct command *self, const char *fmt,
						      ...);

/* ---- the subcommands ---- */

int cmd_boot(const struct command *self, int argc, char **argv);
int cmd_map(const struct command *self, int argc, char **argv);
int cmd_slabs(const struct command *self, int argc, char **argv);
int cmd_translate(const struct command *self, int argc, char **argv);
int cmd_shell(const struct command *self, int argc, char **argv);
int cmd_machines(const struct command *self, int argc, char **argv);
int cmd_help(const struct command *self, int argc, char **argv);
int cmd_version(const struct command *self, int argc, char **argv);
extern const struct option_row boot_options[], map_options[], translate_options[], shell_options[];
extern const struct option_row slabs_options[];
void explain_boot(void);
void explain_map(void);
void explain_slabs(void);
void explain_translate(void);
void explain_shell(void);
void explain_machines(void);

#endif
