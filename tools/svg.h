/* SPDX-License-Identifier: MIT */
/*
 * svg.h - what the drawings have in common: their frame, their colours, safe text.
 */
#ifndef TOOLS_SVG_H
#define TOOLS_SVG_H

#include <stdio.h>

enum {
	SVG_MARGIN = 28,
	SVG_HEAD = 66, /* height of title and subtitle, below the margin */
};

/* Text as XML takes it; what is no character of XML becomes '?'. */
void svg_escaped(FILE *out, const char *text);

/*
 * Opens the drawing: `title` and `name` behind it, and the rules of the style that all
 * drawings have. Own rules go between this and svg_ground().
 */
void svg_open(FILE *out, unsigned int width, unsigned int height, const char *title,
	      const char *name);
/* Rules for dark ground, of all drawings; own ones go behind it, before svg_ground(). */
void svg_open_dark(FILE *out);
/* Ends the style, and draws the ground and the title. */
void svg_ground(FILE *out, unsigned int width, unsigned int height, const char *title,
		const char *name);

#endif
