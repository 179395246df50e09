/* SPDX-License-Identifier: MIT */
/*
 * text.c - text into a buffer, by the stream that the reports write to; words by name.
 */
#include "kernel/internal.h"

static void write_to_text(void *ctx, const char *from, size_t length)
{
	struct text *text = ctx;

	while (length-- && text->left > 1) {
		*text->at++ = *from++;
		text->left--;
	}
	if (text->left)
		*text->at = '\0';
}

struct seq_file *text_begin(struct text *text, char *buffer, size_t size)
{
	*text = (struct text){ { write_to_text, text }, buffer, size };
	if (size)
		*buffer = '\0';
	return &text->stream;
}

bool text_contains(const char *text, const char *part)
{
	const char *a, *b;

	for (; *text; text++) {
		for (a = text, b = part; *b && *a == *b; a++, b++)
			;
		if (!*b)
			return true;
	}
	return false;
}

bool word_is(const char *word, size_t length, const char *name)
{
	while (length && *name && *word == *name) {
		word++;
		name++;
		length--;
	}
	return !length && !*name;
}
