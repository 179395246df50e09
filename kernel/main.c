/* SPDX-License-Identifier: MIT */
/*
 * main.c - the kernel: brings memory up, does what the command line says, ends.
 */
#include "kernel/internal.h"

static const struct quire_machine *this_machine;

const struct quire_machine *kernel_machine(void)
{
	return this_machine;
}

/* ---- the command line ---- */

/* The next word of *line, as [*word, *word + *length); false when there is none. */
static bool next_word(const char **line, char separator, const char **word, size_t *length)
{
	const char *p = *line;

	while (*p == separator)
		p++;
	*word = p;
	while (*p && *p != separator && *p != ' ')
		p++;
	*length = (size_t)(p - *word);
	*line = p;
	return *length != 0;
}

/* What stands behind `key` if the word begins with it; else NULL. */
static const char *value_of(const char *word, const char *key)
{
	while (*key)
		if (*word++ != *key++)
			return NULL;
	return word;
}

static bool show(const char *name, size_t length)
{
	const struct report *report;

	for (report = quire_reports; report->name; report++)
		if (word_is(name, length, report->name)) {
			console_printf("==> %s <==\n", report->name);
			report->show(console_stream());
			return true;
		}
	console_printf("There is no such report. There are:");
	for (report = quire_reports; report->name; report++)
		console_printf(" %s", report->name);
	console_printf("\n");
	return false;
}

static bool obey_list(const char *list, bool (*each)(const char *name, size_t length))
{
	const char *name;
	size_t length;
	bool is_well = true;

	while (next_word(&list, ',', &name, &length))
		is_well &= each(name, length);
	return is_well;
}

/* Words that say nothing to this kernel are for others: a boot loader adds its own. */
static bool obey(const char *line)
{
	const char *word, *value;
	size_t length;
	bool is_well = true;

	while (next_word(&line, ' ', &word, &length)) {
		value = value_of(word, "show=");
		if (value)
			is_well &= obey_list(value, show);
		value = value_of(word, "test=");
		if (value)
			is_well &= obey_list(value, test_run);
		if (word_is(word, length, "bench"))
			is_well &= bench_run();
		if (word_is(word, length, "bench=objects"))
			is_well &= bench_objects();
		value = value_of(word, "crash=");
		if (value)
			is_well &= obey_list(value, crash);
	}
	return is_well;
}

static bool has_word(const char *line, const char *name)
{
	const char *word;
	size_t length;

	while (next_word(&line, ' ', &word, &length))
		if (word_is(word, length, name))
			return true;
	return false;
}

_Noreturn void kernel_main(const struct quire_machine *machine, const char *command_line)
{
	bool is_well;

	this_machine = machine;
	if (has_word(command_line, "quiet"))
		kernel_be_quiet();
	if (quire_boot(machine))
		machine_exit(1);
	free_init_memory(machine);
	is_well = obey(command_line);
	is_well &= test_end();
	machine_exit(!is_well);
}
