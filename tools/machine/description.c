/* SPDX-License-Identifier: MIT */
/*
 * description.c - Quire's own machine description: a keyword a line (keywords.c).
 *
 * Whoever writes such a file by hand makes mistakes, so nothing is skipped: an unknown
 * keyword, a word too many, or a number that does not fit is an error with its line.
 */
#include <string.h>

#include "tools/machine/description.h"

typedef unsigned long long ull;

/* ---- what a word says ---- */

bool fail_word(const struct description_line *l, unsigned int word, const char *expected)
{
	if (word >= l->nr)
		return machine_fail(l->f, l->number, "%s: %s is missing", l->word[0], expected);
	return machine_fail(l->f, l->number, "%s: %s is expected, not `%.40s'", l->word[0],
			    expected, l->word[word]);
}

bool word_number(const struct description_line *l, unsigned int word, const char *what, u64 *value)
{
	const char *p = word < l->nr ? l->word[word] : "";

	return (text_size(&p, value) && !*p) || fail_word(l, word, what);
}

bool word_limited(const struct description_line *l, unsigned int word, const char *what, u64 low,
		  u64 high, unsigned int *value)
{
	u64 number;

	if (!word_number(l, word, what, &number))
		return false;
	if (number < low || number > high)
		return machine_fail(l->f, l->number, "%s: %llu is not %llu to %llu", l->word[0],
				    (ull)number, (ull)low, (ull)high);
	*value = (unsigned int)number;
	return true;
}

bool word_range(const struct description_line *l, unsigned int word, u64 *base, u64 *size,
		unsigned int *next)
{
	const char *p = word < l->nr ? l->word[word] : "";
	u64 last;

	if (!text_size(&p, base))
		return fail_word(l, word, "BASE SIZE or FIRST-LAST");
	if (!*p) {
		*next = word + 2;
		return word_number(l, word + 1, "a size", size);
	}
	*next = word + 1;
	if (*p++ != '-' || !text_size(&p, &last) || *p)
		return fail_word(l, word, "BASE SIZE or FIRST-LAST");
	if (last < *base)
		return machine_fail(l->f, l->number,
				    "%s: the range ends (0x%llx) before it starts "
				    "(0x%llx)",
				    l->word[0], (ull)last, (ull)*base);
	*size = last - *base + 1;
	return *size ||
	       machine_fail(l->f, l->number, "%s: the range does not end below 2^64", l->word[0]);
}

bool word_node(const struct description_line *l, unsigned int word, int *nid)
{
	u64 node;

	if (!word_number(l, word, "a node's number", &node) ||
	    !machine_check_node(l->f, node, l->number))
		return false;
	*nid = (int)node;
	return true;
}

/* ---- lines ---- */

/* Cuts one word off *p; quotes hold blanks together. */
static bool next_word(struct description_line *l, char **p)
{
	char *word = *p, *end;

	if (l->nr == DESCRIPTION_MAX_WORDS)
		return machine_fail(l->f, l->number, "more than %d words", DESCRIPTION_MAX_WORDS);
	if (*word == '"') {
		end = strchr(++word, '"');
		if (!end)
			return machine_fail(l->f, l->number, "the closing \" is missing");
	} else {
		end = word + strcspn(word, " \t");
	}
	*p = *end ? end + 1 : end;
	*end = '\0';
	l->word[l->nr++] = word;
	return true;
}

static bool split_words(struct description_line *l, char *p)
{
	l->nr = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (!*p || *p == '#')
			return true;
		if (!next_word(l, &p))
			return false;
	}
}

bool read_description(struct machine_file *f, const struct text *text)
{
	u64 seen[NR_KEYWORDS] = { 0 };
	int node = 0;

	for (size_t i = 0; i < text->nr; i++) {
		struct description_line line = { .f = f, .number = i + 1, .node = &node };

		if (!split_words(&line, text->line[i]))
			return false;
		if (line.nr && !take_keyword(&line, seen))
			return false;
	}
	if (!f->arch)
		f->arch = "generic";
	return true;
}
