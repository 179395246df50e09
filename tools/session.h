/* SPDX-License-Identifier: MIT */
/*
 * session.h - a machine that was chosen on the command line, up and running.
 */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <stdio.h>

#include "port/host/host.h"
#include "tools/command.h"

struct session {
	struct machine_file *file;
	struct quire_machine described; /* the file's, with the format that was chosen */
	struct host_machine *host;
	const struct quire_machine *machine; /* as it was booted */
};

/*
 * Reads the machine, makes it and boots it. With `show_log` the log goes to stdout line
 * by line; without, only warnings show, on stderr. STATUS_OK, or STATUS_FAILED after one
 * line on stderr, and then there is nothing to close.
 */
int session_open(struct session *s, const struct machine_choice *choice, bool show_log);
void session_close(struct session *s);

/* Writes one report to `out`. */
void print_report(const struct report *report, FILE *out);
/* A line for each report: its name and what it is. */
void print_report_list(const char *indent);
/* The names of all reports, "buddyinfo, meminfo, ...", for messages. */
const char *report_names(void);

#endif
