/* SPDX-License-Identifier: MIT */
/*
 * cmd_map.c - quire map: a picture of physical memory, in the terminal or as SVG.
 */
#include "tools/command.h"

#include "tools/picture.h"
#include "tools/session.h"

#define MAX_WIDTH 256
#define MAX_CELLS 65536

static int set_svg(void *ctx, const char *value, char *why, size_t size)
{
	struct picture_request *req = ctx;

	(void)why, (void)size;
	req->svg = value;
	return 0;
}

static int set_width(void *ctx, const char *value, char *why, size_t size)
{
	struct picture_request *req = ctx;

	return set_limited(&req->width, value, MAX_WIDTH, why, size);
}

static int set_cells(void *ctx, const char *value, char *why, size_t size)
{
	struct picture_request *req = ctx;

	return set_limited(&req->cells, value, MAX_CELLS, why, size);
}

const struct option_row map_options[] = {
	{ .name = "--svg",
	  .value = "FILE",
	  .help = "write the picture to FILE, as SVG (-: standard output)",
	  .set = set_svg },
	{ .name = "--width",
	  .value = "N",
	  .help = "cells in a row (what fits the terminal; in SVG 64)",
	  .set = set_width },
	{ .name = "--cells",
	  .value = "N",
	  .help = "cells in the picture at most (what fits a screen)",
	  .set = set_cells },
	{ .name = NULL },
};

void explain_map(void)
{
	printf("\nA cell is a block of pages, and shows what most of them are. Colours are used "
	       "at\n"
	       "a terminal, unless NO_COLOR is set.\n"
	       "\nExamples:\n"
	       "  quire map server-64g\n"
	       "  quire map pc-i386-2g --svg pc.svg\n");
}

int cmd_map(const struct command *self, int argc, char **argv)
{
	struct picture_request req = { 0 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice };
	struct session session;
	int status = parse_arguments(self, argc, argv, &args);

	if (!status)
		status = session_open(&session, &choice, false);
	if (status)
		return status;
	status = picture_draw(&req, session.machine) ? STATUS_FAILED : STATUS_OK;
	session_close(&session);
	return status;
}
