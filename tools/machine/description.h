/* SPDX-License-Identifier: MIT */
/*
 * description.h - a line of a machine description, between those who cut it into words
 * (description.c) and those who understand them (keywords.c).
 */
#ifndef TOOLS_MACHINE_DESCRIPTION_H
#define TOOLS_MACHINE_DESCRIPTION_H

#include "tools/machine/reader.h"

#define DESCRIPTION_MAX_WORDS 8
#define NR_KEYWORDS 27

struct description_line {
	struct machine_file *f;
	u64 number;
	int *node; /* of the banks that follow */
	unsigned int nr;
	char *word[DESCRIPTION_MAX_WORDS];
};

/* "KEYWORD: EXPECTED is missing", or "... is expected, not `WORD'"; returns false. */
bool fail_word(const struct description_line *l, unsigned int word, const char *expected);
/* What the word says. False after machine_fail; `what` names it there: "a size". */
bool word_number(const struct description_line *l, unsigned int word, const char *what, u64 *value);
bool word_limited(const struct description_line *l, unsigned int word, const char *what, u64 low,
		  u64 high, unsigned int *value);
bool word_node(const struct description_line *l, unsigned int word, int *nid);
/* "FIRST-LAST" (inclusive) in one word, or "BASE SIZE" in two. *next: the word behind it. */
bool word_range(const struct description_line *l, unsigned int word, u64 *base, u64 *size,
		unsigned int *next);

/*
 * Does what the line says. `seen` (NR_KEYWORDS zeros before the first line) remembers
 * where each keyword was used first: most of them may come only once.
 */
bool take_keyword(struct description_line *l, u64 *seen);

#endif
