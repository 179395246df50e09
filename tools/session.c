/* SPDX-License-Identifier: MIT */
/*
 * session.c - from a machine's name to a machine that runs, and where its log goes.
 */
#include "tools/session.h"

#include <string.h>

#include <quire/pgtable.h>
#include <quire/slab.h>

/* One log for the process, as there is one stdout. */
static struct {
	bool show;
	bool booting;
	unsigned long errors;
	const char *machine;
} console;

/*
 * While the machine boots, the first error is the message that the user gets, and what
 * follows from it is log. Afterwards all is log: the command that caused it reports.
 */
static void console_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (console.booting && level == LOG_ERR && !console.errors++)
		fail("%s: %s", console.machine, line);
	else if (console.show || !console.booting)
		printf("%s\n", line);
	else if (level == LOG_WARN)
		fail("%s: %s", console.machine, line);
}

static int boot(struct session *s, const char *name, bool show_log)
{
	int ret;

	console.show = show_log;
	console.booting = true;
	console.errors = 0;
	console.machine = name;
	host_log_to(console_log, NULL);
	ret = host_machine_boot(s->host);
	console.booting = false;
	if (ret && !console.errors)
		fail("%s: the machine does not boot: %s", name, strerror(-ret));
	return ret;
}

/*
 * The format that was asked for, here or in the machine's file; NULL: the usual one. (What a
 * file says need not be the name of a format.)
 */
static const struct pt_format *wanted_format(const struct session *s,
					     const struct machine_choice *choice)
{
	const char *name = machine_format(s->file);

	return choice->format ? choice->format : name ? pt_format_find(name) : NULL;
}

/* The machine as its file has it, but its pages are those of the format that was chosen. */
static void describe(struct session *s, const struct machine_choice *choice)
{
	struct quire_machine *m = &s->described;
	unsigned int shift;

	*m = *machine_description(s->file);
	m->objects = choice->objects;
	/* What is free on a machine as dumped is what was dumped: it gets no objects, unless it shall. */
	if (!choice->has_engine && !(m->flags & MACHINE_AS_DUMPED))
		m->objects.engine = &quire_slub;
	if (!choice->format || choice->format->level[0].shift == m->page_shift)
		return;
	shift = choice->format->level[0].shift;
	m->lowmem_end = m->lowmem_end >> shift << shift;
	m->page_shift = shift;
}

/* 0, or STATUS_FAILED after a message. */
static int make_host(struct session *s, const struct machine_choice *choice)
{
	const struct pt_format *format = wanted_format(s, choice);
	char err[512];

	describe(s, choice);
	s->host = host_machine_create(&s->described, err, sizeof(err));
	if (!s->host ||
	    (format && host_machine_set_format(s->host, format->name, err, sizeof(err))))
		return fail("%s: %s", choice->name, err);
	s->machine = host_machine_description(s->host);
	return 0;
}

int session_open(struct session *s, const struct machine_choice *choice, bool show_log)
{
	char err[512] = "no such machine";

	memset(s, 0, sizeof(*s));
	s->file = machine_open(choice->name, &choice->options, err, sizeof(err));
	if (!s->file)
		return fail("%s", err);
	if (make_host(s, choice) || boot(s, choice->name, show_log)) {
		session_close(s);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

void session_close(struct session *s)
{
	host_machine_destroy(s->host);
	if (s->file)
		machine_close(s->file);
	memset(s, 0, sizeof(*s));
}

static void write_piece(void *ctx, const char *text, size_t len)
{
	fwrite(text, 1, len, ctx);
}

void print_report(const struct report *report, FILE *out)
{
	struct seq_file m = { .write = write_piece, .ctx = out };

	report->show(&m);
}

void print_report_list(const char *indent)
{
	const struct report *r;

	for (r = quire_reports; r->name; r++)
		printf("%s%-22s %s\n", indent, r->name, r->help);
}

const char *report_names(void)
{
	static char names[1024];
	const struct report *r;
	size_t len = 0;

	for (r = quire_reports; r->name && len < sizeof(names) - 1; r++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
					r->name);
	return names;
}
