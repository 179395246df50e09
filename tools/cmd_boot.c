/* SPDX-License-Identifier: MIT */
/*
 * cmd_boot.c - quire boot: the log of a boot, and reports.
 */
#include "tools/command.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tools/session.h"

struct boot_request {
	const struct report **reports; /* in the order asked for */
	size_t nr_reports;
	bool quiet; /* no log */
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

const struct option_row boot_options[] = {
	{ .name = "--show",
	  .value = "REPORT...",
	  .help = "print these reports, each under its name",
	  .set = set_show,
	  .is_value = is_report },
	{ .name = "--quiet",
	  .help = "no log; with one report, its bare text",
	  .flag = offsetof(struct boot_request, quiet) },
	{ .name = NULL },
};

void explain_boot(void)
{
	printf("\nReports:\n");
	print_report_list("  ");
	printf("\nExamples:\n"
	       "  quire boot imx6ul --show buddyinfo zoneinfo\n"
	       "  quire boot pc-i386-2g --lowmem 0x36bfe000 --quiet --show zoneinfo\n"
	       "  dmesg | quire boot - --show iomem\n");
}

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
