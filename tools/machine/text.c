/* SPDX-License-Identifier: MIT */
/*
 * text.c - files and lines, for all the readers of text.
 *
 * Lines are C strings, so that the readers can use the C library on them; a file with a
 * NUL in it is not text and never gets here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/machine/reader.h"

/* A memory map is a few kilobytes; a whole kernel log a few hundred. */
#define MAX_FILE ((size_t)64 << 20)

const char *text_skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

bool text_skip(const char **p, const char *word)
{
	const char *start = text_skip_blanks(*p);

	if (strncmp(start, word, strlen(word)))
		return false;
	*p = start + strlen(word);
	return true;
}

bool text_mem_range(const char **p, u64 *first, u64 *last)
{
	const char *s = *p;

	if (!text_skip(&s, "[mem "))
		return false;
	s = text_skip_blanks(s);
	if (!text_hex(&s, first) || *s++ != '-' || !text_hex(&s, last) || *s++ != ']')
		return false;
	*p = s;
	return true;
}

const char *text_heading(const char *line)
{
	return strncmp(line, "=== ", 4) ? NULL : line + 4;
}

bool text_has_heading(const struct text *text, const char *name)
{
	for (size_t i = 0; i < text->nr; i++) {
		const char *heading = text_heading(text->line[i]);

		if (heading && !strcmp(heading, name))
			return true;
	}
	return false;
}

bool text_split(struct machine_file *f, const char *data, size_t size, struct text *text)
{
	char *copy = machine_alloc(f, size + 1);
	size_t nr = 1;

	if (!copy)
		return false;
	memcpy(copy, data, size);
	for (size_t i = 0; i < size; i++)
		nr += copy[i] == '\n';
	text->line = machine_alloc(f, nr * sizeof(*text->line));
	if (!text->line)
		return false;
	text->nr = 0;
	for (char *line = copy, *end; line < copy + size; line = end + 1) {
		end = memchr(line, '\n', (size_t)(copy + size - line));
		if (!end)
			end = copy + size;
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		text->line[text->nr++] = line;
	}
	return true;
}

/* Reads to the end: files of /proc say that they are empty. */
static char *read_stream(struct machine_file *f, FILE *stream, size_t *size)
{
	size_t room = 64 << 10, got;
	char *data = malloc(room + 1), *more;

	*size = 0;
	while (data && (got = fread(data + *size, 1, room - *size, stream))) {
		*size += got;
		if (*size < room)
			continue;
		if (room >= MAX_FILE) {
			machine_fail(f, 0, "larger than %s", size_text(MAX_FILE));
			free(data);
			return NULL;
		}
		room *= 2;
		more = realloc(data, room + 1);
		if (!more)
			free(data);
		data = more;
	}
	if (!data) {
		machine_no_memory(f);
		return NULL;
	}
	if (ferror(stream)) {
		machine_fail(f, 0, "%s", strerror(errno));
		free(data);
		return NULL;
	}
	data[*size] = '\0';
	return data;
}

char *read_whole_file(struct machine_file *f, const char *path, size_t *size)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *stream = is_stdin ? stdin : fopen(path, "rb");
	char *data, **kept;

	if (!stream) {
		machine_fail(f, 0, "%s", strerror(errno));
		return NULL;
	}
	data = read_stream(f, stream, size);
	if (!is_stdin)
		fclose(stream);
	if (!data)
		return NULL;
	kept = vector_push(&f->memory, sizeof(*kept));
	if (!kept) {
		free(data);
		machine_no_memory(f);
		return NULL;
	}
	*kept = data;
	return data;
}
