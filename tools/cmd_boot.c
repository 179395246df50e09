/* SPDX-License-Identifier: MIT */
/*
 * cmd_boot.c - quire boot: the log of a boot, and reports.
 */
#include "tools/command.h"

#include <stdlib.h>
#include <string.h>

#include "tools/session.h"

struct boot_request {
	const struct report **reports; /* in the order asked for */
	size_t nr_reports;
	bool quiet;
};

static int add_report(struct boot_request *req, const char *name, char *why, size_t size)
{
	const struct report *report = quire_find_report(name);
	const struct report **grown;

	if (!report) {
		snprintf(why, size, "no report `%s`; there are %s", name, report_names());
		return -1;
	}
	grown = realloc(req->reports, (req->nr_reports + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	req->reports = grown;
	req->reports[req->nr_reports++] = report;
	return 0;
}

/* One name, or several with commas between. */
static int set_show(void *ctx, const char *value, char *why, size_t size)
{
	char name[64];

	for (;;) {
		size_t len = strcspn(value, ",");

		snprintf(name, sizeof(name), "%.*s", (int)(len < 60 ? len : 60), value);
		if (add_report(ctx, name, why, size))
			return -1;
		if (!value[len])
			return 0;
		value += len + 1;
	}
}

static bool is_report(const char *word)
{
	return strchr(word, ',') || quire_find_report(word);
}

static int set_quiet(void *ctx, const char *value, char *why, size_t size)
{
	struct boot_request *req = ctx;

	(void)value, (void)why, (void)size;
	req->quiet = true;
	return 0;
}

const struct option_row boot_options[] = {
	{ "--show", "REPORT...", "print these reports: buddyinfo, zoneinfo, iomem, ...", set_show,
	  is_report },
	{ "--quiet", NULL, "do not print the log", set_quiet, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* One report without a log is the bare text, for diff and pipes. */
static void print_reports(const struct boot_request *req)
{
	bool bare = req->quiet && req->nr_reports == 1;
	size_t i;

	for (i = 0; i < req->nr_reports; i++) {
		if (!bare)
			printf("%s==> %s <==\n", req->quiet && !i ? "" : "\n",
			       req->reports[i]->name);
		print_report(req->reports[i], stdout);
	}
}

int cmd_boot(const struct command *self, int argc, char **argv)
{
	struct boot_request req = { 0 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice };
	struct session session;
	int status = parse_arguments(self, argc, argv, &args);

	if (!status)
		status = session_open(&session, &choice, !req.quiet);
	if (!status) {
		print_reports(&req);
		session_close(&session);
	}
	free(req.reports);
	return status;
}
