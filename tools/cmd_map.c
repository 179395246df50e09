/* SPDX-License-Identifier: MIT */
/*
 * cmd_map.c - quire map: a picture of physical memory, in the terminal or as SVG.
 */
#include "tools/command.h"

#include "tools/output.h"
#include "tools/picture.h"
#include "tools/session.h"

#define MAX_WIDTH 256
#define MAX_CELLS 65536

struct map_request {
	const char *svg;
	unsigned int width;
	size_t cells;
};

static int set_svg(void *ctx, const char *value, char *why, size_t size)
{
	struct map_request *req = ctx;

	(void)why, (void)size;
	req->svg = value;
	return 0;
}

static int set_width(void *ctx, const char *value, char *why, size_t size)
{
	struct map_request *req = ctx;
	u64 n;

	if (!parse_number(value, 1, MAX_WIDTH, &n)) {
		snprintf(why, size, "1 to %d", MAX_WIDTH);
		return -1;
	}
	req->width = (unsigned int)n;
	return 0;
}

static int set_cells(void *ctx, const char *value, char *why, size_t size)
{
	struct map_request *req = ctx;
	u64 n;

	if (!parse_number(value, 1, MAX_CELLS, &n)) {
		snprintf(why, size, "1 to %d", MAX_CELLS);
		return -1;
	}
	req->cells = (size_t)n;
	return 0;
}

const struct option_row map_options[] = {
	{ "--svg", "FILE", "write the picture to FILE, as SVG, instead (-: standard output)",
	  set_svg, NULL },
	{ "--width", "N", "cells in a row (what fits the terminal, or 64)", set_width, NULL },
	{ "--cells", "N", "cells in the picture at most (what fits a screen)", set_cells, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static int draw(const struct map_request *req, const struct quire_machine *machine)
{
	unsigned int width = req->width ? req->width : req->svg ? 64 : picture_width_for_stdout();
	struct whole_file file;
	struct picture pic;
	int status = STATUS_OK;

	if (picture_make(&pic, machine, width, req->cells))
		status = fail("no memory for the picture");
	else if (!req->svg)
		picture_print(&pic, stdout, stdout_colours());
	else
		status = whole_file_open(&file, req->svg);
	if (!status && req->svg) {
		picture_print_svg(&pic, file.out);
		status = whole_file_commit(&file);
	}
	picture_free(&pic);
	return status;
}

int cmd_map(const struct command *self, int argc, char **argv)
{
	struct map_request req = { 0 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice };
	struct session session;
	int status = parse_arguments(self, argc, argv, &args);

	if (!status)
		status = session_open(&session, &choice, false);
	if (status)
		return status;
	status = draw(&req, session.machine);
	session_close(&session);
	return status;
}
