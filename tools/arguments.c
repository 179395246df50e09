/* SPDX-License-Identifier: MIT */
/*
 * arguments.c - reading a command line by tables of options.
 *
 * Options and words may stand in any order; `--name value` and `--name=value` are the
 * same; after `--` everything is a word. An option with is_value takes one value, and
 * then as many more as are values: `--show buddyinfo zoneinfo MACHINE`.
 */
#include "tools/command.h"

#include <stdio.h>
#include <string.h>

struct parser {
	const struct command *self;
	struct arguments *args;
	const struct option_row *open; /* the option that may take further values */
	void *open_ctx;
};

static const struct option_row *find_row(const struct option_row *row, const char *name, size_t len)
{
	for (; row && row->name; row++)
		if (strlen(row->name) == len && !memcmp(row->name, name, len))
			return row;
	return NULL;
}

static int set_option(struct parser *p, const struct option_row *row, void *ctx, const char *value)
{
	char why[512] = "not a valid value";

	if (!row->set)
		*(bool *)((char *)ctx + row->flag) = true;
	else if (row->set(ctx, value, why, sizeof(why)))
		return usage_error(p->self, "%s %s: %s", row->name, value, why);
	return STATUS_OK;
}

int set_limited(unsigned int *number, const char *value, unsigned int max, char *why, size_t size)
{
	u64 n;

	if (!parse_number(value, 1, max, &n)) {
		snprintf(why, size, "a number from 1 to %u is wanted", max);
		return -1;
	}
	*number = (unsigned int)n;
	return 0;
}

static int parse_word(struct parser *p, const char *word)
{
	struct machine_choice *choice = p->self->takes_machine ? p->args->choice : NULL;
	bool machine_wanted = choice && !choice->name;

	if (p->open && (p->open->is_value(word) || !machine_wanted))
		return set_option(p, p->open, p->open_ctx, word);
	p->open = NULL;
	if (machine_wanted) {
		if (!*word)
			return usage_error(p->self, "the name of the machine is empty");
		choice->name = word;
		return STATUS_OK;
	}
	if (!p->args->word || p->args->word(p->args->ctx, word))
		return usage_error(p->self, "unexpected argument `%s`", word);
	return STATUS_OK;
}

/* Returns how many more words of argv it took, or a negative exit status. */
static int parse_option(struct parser *p, const char *text, const char *next)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : NULL;
	const struct option_row *row = find_row(p->self->options, text, len);
	void *ctx = p->args->ctx;
	int took = 0;

	p->open = NULL;
	if (!row && p->self->takes_machine) {
		row = find_row(machine_option_rows, text, len);
		ctx = p->args->choice;
	}
	if (!row)
		return -usage_error(p->self, "no option `%.*s`", (int)len, text);
	if (value && !row->value)
		return -usage_error(p->self, "%s takes no value", row->name);
	if (row->value && !value) {
		if (!next)
			return -usage_error(p->self, "%s needs a value: %s", row->name, row->value);
		value = next;
		took = 1;
	}
	if (set_option(p, row, ctx, value))
		return -STATUS_USAGE;
	if (row->is_value) {
		p->open = row;
		p->open_ctx = ctx;
	}
	return took;
}

int parse_arguments(const struct command *self, int argc, char **argv, struct arguments *args)
{
	struct parser p = { .self = self, .args = args };
	bool options = true;
	int i;

	for (i = 1; i < argc; i++) {
		if (options && !strcmp(argv[i], "--")) {
			options = false;
			p.open = NULL;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			int took = parse_option(&p, argv[i], i + 1 < argc ? argv[i + 1] : NULL);

			if (took < 0)
				return -took;
			i += took;
		} else if (parse_word(&p, argv[i])) {
			return STATUS_USAGE;
		}
	}
	if (self->takes_machine && !args->choice->name)
		return usage_error(self, "which machine? `quire machines` lists some");
	return STATUS_OK;
}
