/* SPDX-License-Identifier: MIT */
/*
 * svg.c - what the drawings have in common. Each stands alone: one file, no script, no fonts
 * to fetch, readable on light and on dark ground.
 */
#include "tools/svg.h"

/* Bytes of the character, as UTF-8 has it; 0: it is none that XML may have. */
static unsigned int character_length(const unsigned char *p)
{
	unsigned int length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4, i;

	if (*p < ' ' || *p == 0x7f || *p > 0xf4)
		return 0;
	for (i = 1; i < length; i++)
		if (p[i] >> 6 != 2)
			return 0;
	/* Too long a form, half of a pair, no character, beyond the last. */
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xef && p[1] == 0xbf && p[2] > 0xbd) || (*p == 0xf0 && p[1] < 0x90) ||
	    (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

void svg_escaped(FILE *out, const char *text)
{
	while (*text) {
		unsigned int length = character_length((const unsigned char *)text);

		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else if (length)
			fwrite(text, 1, length, out);
		else
			fputc('?', out);
		text += length ? length : 1;
	}
}

void svg_open(FILE *out, unsigned int width, unsigned int height, const char *title,
	      const char *name)
{
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
		"viewBox=\"0 0 %u %u\" role=\"img\">\n<title>%s",
		width, height, width, height, title);
	svg_escaped(out, name);
	fputs("</title>\n<style>\n"
	      "text{font-family:system-ui,-apple-system,\"Segoe UI\",Helvetica,Arial,sans-serif;"
	      "font-size:13px;fill:#30363d}\n"
	      ".title{font-size:19px;font-weight:600;fill:#1f2328}\n"
	      ".quiet{fill:#656d76}\n"
	      ".address{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:11px;"
	      "fill:#656d76;text-anchor:end}\n"
	      ".ground{fill:#ffffff}\n",
	      out);
}

void svg_open_dark(FILE *out)
{
	fputs("@media (prefers-color-scheme:dark){\n"
	      "text{fill:#c9d1d9}\n.title{fill:#f0f6fc}\n.quiet,.address{fill:#8b949e}\n"
	      ".ground{fill:#0d1117}\n",
	      out);
}

void svg_ground(FILE *out, unsigned int width, unsigned int height, const char *title,
		const char *name)
{
	fprintf(out,
		"}\n</style>\n<rect class=\"ground\" width=\"%u\" height=\"%u\" rx=\"8\"/>\n"
		"<text class=\"title\" x=\"%d\" y=\"%d\">%s",
		width, height, SVG_MARGIN, SVG_MARGIN + 18, title);
	svg_escaped(out, name);
	fputs("</text>\n", out);
}
