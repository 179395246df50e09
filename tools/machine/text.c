/* SPDX-License-Identifier: MIT */
/*
 * text.c - files, lines and numbers, for all the readers of text.
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

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool digits(const char **p, unsigned int base, u64 *value)
{
	const char *s = *p;
	u64 sum = 0;

	for (; digit_value(*s) < (int)base; s++) {
		u64 digit = (u64)digit_value(*s);

		if (sum > (UINT64_MAX - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	if (s == *p)
		return false;
	*p = s;
	*value = sum;
	return true;
}

static bool has_hex_prefix(const char *p)
{
	return p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
}

bool text_hex(const char **p, u64 *value)
{
	const char *s = has_hex_prefix(*p) ? *p + 2 : *p;

	if (!digits(&s, 16, value))
		return false;
	*p = s;
	return true;
}

bool text_decimal(const char **p, u64 *value)
{
	return digits(p, 10, value);
}

/* log2 of what the letter multiplies by. */
static unsigned int suffix_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	case 't':
	case 'T':
		return 40;
	default:
		return 0;
	}
}

bool text_size(const char **p, u64 *value)
{
	const char *s = *p;
	unsigned int shift;
	u64 number;

	if (!(has_hex_prefix(s) ? text_hex(&s, &number) : text_decimal(&s, &number)))
		return false;
	shift = suffix_shift(*s);
	if (number > UINT64_MAX >> shift)
		return false;
	*value = number << shift;
	*p = s + (shift != 0);
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
static char *read_stream(struct machine_file *f, const char *path, FILE *stream, size_t *size)
{
	size_t room = 64 << 10, got;
	char *data = malloc(room + 1);

	*size = 0;
	while (data && (got = fread(data + *size, 1, room - *size, stream))) {
		char *more;

		*size += got;
		if (*size < room)
			continue;
		more = room < MAX_FILE ? realloc(data, room * 2 + 1) : NULL;
		if (!more) {
			free(data);
			machine_fail(f, 0, room < MAX_FILE ? "no memory" : "%s is larger than 64M",
				     path);
			return NULL;
		}
		data = more;
		room *= 2;
	}
	if (!data) {
		machine_no_memory(f);
		return NULL;
	}
	if (ferror(stream)) {
		machine_fail(f, 0, "cannot read %s: %s", path, strerror(errno));
		free(data);
		return NULL;
	}
	data[*size] = '\0';
	return data;
}

char *read_whole_file(struct machine_file *f, const char *path, size_t *size)
{
	FILE *stream = fopen(path, "rb");
	char *data, **kept;

	if (!stream) {
		machine_fail(f, 0, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	data = read_stream(f, path, stream, size);
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
