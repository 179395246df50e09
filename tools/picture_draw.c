/* SPDX-License-Identifier: MIT */
/*
 * picture_draw.c - from a running machine to a picture in the terminal or in a file.
 */
#include "tools/command.h"
#include "tools/output.h"
#include "tools/picture.h"

#define SVG_WIDTH 64

static int write_svg(const struct picture *pic, const char *path)
{
	struct whole_file file;

	if (whole_file_open(&file, path))
		return -1;
	picture_print_svg(pic, file.out);
	return whole_file_commit(&file) ? -1 : 0;
}

int picture_draw(const struct picture_request *req, const struct quire_machine *machine)
{
	unsigned int width = req->svg ? SVG_WIDTH : picture_width_for_stdout(machine);
	struct picture pic;
	int ret = picture_make(&pic, machine, req->width ? req->width : width, req->cells);

	if (ret)
		fail("no memory for the picture");
	else if (req->svg)
		ret = write_svg(&pic, req->svg);
	else
		picture_print(&pic, stdout, stdout_colours());
	picture_free(&pic);
	return ret;
}
