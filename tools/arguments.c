/* SPDX-License-Identifier: MIT */
/*
 * arguments.c - reading a command line by tables of options, messages, numbers.
 *
 * Options and words may stand in any order; `--name value` and `--name=value` are the
 * same; after `--` everything is a word. An option with is_value takes one value, and
 * then as many more as are values: `--show buddyinfo zoneinfo MACHINE`.
 */
#include "tools/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/host/host.h"

/* ---- messages ---- */

int fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("quire: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return STATUS_FAILED;
}

int usage_error(const struct command *self, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "quire %s: ", self->name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (see: quire help %s)\n", self->name);
	return STATUS_USAGE;
}

/* ---- numbers ---- */

/* strtoull takes blanks and signs that nobody means. */
static bool parse_digits(const char *text, const char **end, u64 *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *stop;

	if (!strchr("0123456789", text[0]) || !text[0])
		return false;
	if (hex && (!text[2] || !strchr("0123456789abcdefABCDEF", text[2])))
		return false;
	errno = 0;
	*value = strtoull(text, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno;
}

bool parse_number(const char *text, u64 min, u64 max, u64 *value)
{
	const char *end;

	return parse_digits(text, &end, value) && !*end && *value >= min && *value <= max;
}

bool parse_size(const char *text, u64 *bytes)
{
	static const char letters[] = "KMGT";
	const char *end, *letter;
	unsigned int shift;

	if (!parse_digits(text, &end, bytes))
		return false;
	if (!*end)
		return true;
	letter = strchr(letters, *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end);
	if (!letter || (end[1] && strcmp(end + 1, "B") && strcmp(end + 1, "b")))
		return false;
	shift = 10 * (unsigned int)(letter - letters + 1);
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

const char *size_text(u64 bytes)
{
	static char bufs[4][32];
	static unsigned int next;

	return host_size_text(bytes, bufs[next++ % 4], sizeof(bufs[0]));
}

/* ---- options of every command that takes a machine ---- */

static int set_arch(void *ctx, const char *value, char *why, size_t size)
{
	static const char *const known[] = { "i386", "i386-pae", "x86_64", "arm", "generic" };
	struct machine_choice *choice = ctx;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!strcmp(value, known[i])) {
			choice->options.arch = known[i];
			return 0;
		}
	}
	snprintf(why, size, "i386, i386-pae, x86_64, arm or generic");
	return -1;
}

static int set_lowmem(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;
	u64 bytes;

	if (!parse_size(value, &bytes) || !bytes) {
		snprintf(why, size, "an address or size, like 0x36bfe000 or 896M");
		return -1;
	}
	choice->options.lowmem = bytes;
	return 0;
}

static int set_max_order(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;
	u64 n;

	if (!parse_number(value, 1, MAX_ORDER_LIMIT, &n)) {
		snprintf(why, size, "1 to %d", MAX_ORDER_LIMIT);
		return -1;
	}
	choice->options.max_order = (unsigned int)n;
	return 0;
}

static int set_cpus(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;
	u64 n;

	if (!parse_number(value, 1, 65536, &n)) {
		snprintf(why, size, "1 to 65536");
		return -1;
	}
	choice->options.cpus = (unsigned int)n;
	return 0;
}

static int set_bootmem(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	(void)value, (void)why, (void)size;
	choice->options.bootmem = true;
	return 0;
}

static int set_as_dumped(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	(void)value, (void)why, (void)size;
	choice->options.as_dumped = true;
	return 0;
}

static int set_memblock_debug(void *ctx, const char *value, char *why, size_t size)
{
	struct machine_choice *choice = ctx;

	(void)value, (void)why, (void)size;
	choice->options.memblock_debug = true;
	return 0;
}

const struct option_row machine_option_rows[] = {
	{ "--arch", "ARCH", "i386, i386-pae, x86_64, arm or generic, where the map does not say",
	  set_arch, NULL },
	{ "--lowmem", "LIMIT", "end of the direct map: an address, or a size like 896M", set_lowmem,
	  NULL },
	{ "--max-order", "N", "orders are 0 to N-1 (11: blocks up to 4 MB)", set_max_order, NULL },
	{ "--cpus", "N", "how many CPUs the machine has", set_cpus, NULL },
	{ "--bootmem", NULL, "bootmem's bitmaps between memblock and the buddy lists", set_bootmem,
	  NULL },
	{ "--as-dumped", NULL, "the reserved list is final: keep metadata outside the RAM",
	  set_as_dumped, NULL },
	{ "--memblock-debug", NULL, "log every call of memblock", set_memblock_debug, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

/* ---- the parser ---- */

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

	if (!row->set(ctx, value, why, sizeof(why)))
		return STATUS_OK;
	return usage_error(p->self, "%s %s: %s", row->name, value, why);
}

static int parse_word(struct parser *p, const char *word)
{
	struct machine_choice *choice = p->self->takes_machine ? p->args->choice : NULL;
	bool machine_wanted = choice && !choice->name;

	if (p->open && (p->open->is_value(word) || !machine_wanted))
		return set_option(p, p->open, p->open_ctx, word);
	p->open = NULL;
	if (machine_wanted) {
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
		return usage_error(self, "which machine?");
	return STATUS_OK;
}
