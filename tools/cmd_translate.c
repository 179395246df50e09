/* SPDX-License-Identifier: MIT */
/*
 * cmd_translate.c - quire translate: the way from an address to a byte of memory, as the
 * machine's own tables have it.
 */
#include "tools/command.h"

#include <stddef.h>

#include "tools/translate.h"

struct arguments_of_translate {
	struct translate_request way;
	bool has_address;
	bool bad_address;
	bool write, exec;
};

static int set_selector(void *ctx, const char *value, char *why, size_t size)
{
	struct translate_request *way = &((struct arguments_of_translate *)ctx)->way;
	u64 selector;

	if (!parse_number(value, 0, 0xffff, &selector)) {
		snprintf(why, size, "a number from 0 to 0xffff is wanted");
		return -1;
	}
	way->has_selector = true;
	way->selector = (u16)selector;
	return 0;
}

static int set_svg(void *ctx, const char *value, char *why, size_t size)
{
	(void)why, (void)size;
	((struct arguments_of_translate *)ctx)->way.svg = value;
	return 0;
}

static int set_address(void *ctx, const char *word)
{
	struct arguments_of_translate *req = ctx;

	if (req->has_address)
		return -1;
	req->has_address = true;
	req->bad_address = !parse_number(word, 0, UINT64_MAX, &req->way.address);
	return 0;
}

#define FLAG(field) offsetof(struct arguments_of_translate, field)

const struct option_row translate_options[] = {
	{ .name = "--selector",
	  .value = "S",
	  .help = "ADDRESS is an offset in the segment S (x86)",
	  .set = set_selector },
	{ .name = "--write", .help = "the access is a write", .flag = FLAG(write) },
	{ .name = "--exec", .help = "it fetches an instruction", .flag = FLAG(exec) },
	{ .name = "--user", .help = "it is made in user mode", .flag = FLAG(way.is_user) },
	{ .name = "--svg",
	  .value = "FILE",
	  .help = "draw it, to FILE as SVG (-: standard output)",
	  .set = set_svg },
	{ .name = NULL },
};

void explain_translate(void)
{
	printf("\nADDRESS is what a program of that machine uses, in hex behind 0x or decimal. "
	       "The\n"
	       "table is the kernel's own. Looking changes nothing: `sets` says what the access\n"
	       "itself would set. The status is 1 when the way ends in a fault.\n");
	translate_explain_selectors();
	printf("\nExamples:\n"
	       "  quire translate pc-x86_64-512m 0xffff888001234567\n"
	       "  quire translate pc-i386-2g 0xc1234567 --selector 0x2b --write --user\n"
	       "  quire translate imx6ul 0xc0208000 --svg way.svg\n");
}

int cmd_translate(const struct command *self, int argc, char **argv)
{
	struct arguments_of_translate req = { 0 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice, .word = set_address };
	struct session session;
	char why[256];
	int status = parse_arguments(self, argc, argv, &args);

	if (!status && !req.has_address)
		status = usage_error(self, "which address?");
	if (!status && req.bad_address)
		status = usage_error(self, "the address is no number of 64 bits");
	if (!status && req.write && req.exec)
		status = usage_error(self, "--write or --exec, not both");
	if (!status)
		status = session_open(&session, &choice, false);
	if (status)
		return status;
	req.way.kind = req.write ? PT_STORE : req.exec ? PT_FETCH : PT_LOAD;
	if (translate_show(&session, &req.way, why, sizeof(why)))
		status = *why ? fail("%s", why) : STATUS_FAILED;
	session_close(&session);
	return status;
}
