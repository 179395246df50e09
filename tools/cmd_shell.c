/* SPDX-License-Identifier: MIT */
/*
 * cmd_shell.c - quire shell: commands on a running machine, from a terminal, a pipe or a
 * script. In a terminal an error is told and the shell goes on; elsewhere it ends the
 * shell with status 1, so that a script is a test.
 */
#include "tools/shell.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/output.h"

int shell_error(struct shell *sh, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (sh->expects_failure)
		printf("as expected: %s\n", text);
	else if (sh->interactive)
		fail("%s", text);
	else
		fail("%s:%lu: %s", sh->source, sh->line, text);
	return STATUS_FAILED;
}

/* Cuts the line into words, up to a '#' that begins a word. Returns how many there are. */
static int split(char *line, char **words)
{
	static const char blanks[] = " \t\r\n\f\v";
	int nr = 0;

	for (;;) {
		line += strspn(line, blanks);
		if (!*line || *line == '#')
			return nr;
		words[nr++] = line;
		line += strcspn(line, blanks);
		if (*line)
			*line++ = '\0';
	}
}

static int run_command(struct shell *sh, int argc, char **argv)
{
	const struct shell_command *c = shell_find_command(argv[0]);

	if (!c)
		return shell_error(sh, "no command `%s` (help lists them)", argv[0]);
	if (argc - 1 < c->min_args || (c->max_args >= 0 && argc - 1 > c->max_args))
		return shell_error(sh, "usage: %s%s%s", c->name, *c->usage ? " " : "", c->usage);
	return c->run(sh, argc, argv);
}

/* `! COMMAND`: what fails is right, what succeeds is an error. */
static int run_expecting_failure(struct shell *sh, int argc, char **argv)
{
	int status;

	if (!argc)
		return shell_error(sh, "usage: ! COMMAND...");
	sh->expects_failure = true;
	status = run_command(sh, argc, argv);
	sh->expects_failure = false;
	return status ? STATUS_OK : shell_error(sh, "%s: should have failed", argv[0]);
}

int shell_run_line(struct shell *sh, char *line)
{
	char **words = malloc((strlen(line) / 2 + 1) * sizeof(*words));
	int nr, status = STATUS_OK;

	if (!words)
		return shell_error(sh, "no memory for the line");
	nr = split(line, words);
	if (nr && !strcmp(words[0], "!"))
		status = run_expecting_failure(sh, nr - 1, words + 1);
	else if (nr)
		status = run_command(sh, nr, words);
	free(words);
	return status;
}

static int run_lines(struct shell *sh)
{
	int status = STATUS_OK;
	char *line;

	shell_input_open(sh);
	while (!sh->quit && (line = shell_input_line(sh, &status)) != NULL) {
		status = shell_run_line(sh, line);
		if (finish_stdout())
			break;
		if (status && !sh->interactive)
			break;
		status = STATUS_OK;
	}
	shell_input_close(sh);
	return status;
}

/* ---- the command line ---- */

struct shell_request {
	const char *script;
	bool verbose;
};

const struct option_row shell_options[] = {
	{ .name = "--verbose",
	  .help = "print the boot log first",
	  .flag = offsetof(struct shell_request, verbose) },
	{ .name = "-v", .help = "the same", .flag = offsetof(struct shell_request, verbose) },
	{ .name = NULL },
};

void explain_shell(void)
{
	printf("\nSCRIPT has a command on each line; without it they come from standard input.\n"
	       "At a terminal lines can be edited, and an error is told; elsewhere it ends the\n"
	       "shell with status 1, so that a script is a test. `help` lists the commands:\n\n");
	print_shell_commands("  ");
	printf("\nExamples:\n"
	       "  quire shell imx6ul\n"
	       "  echo 'alloc_pages 3 kernel|zero' | quire shell imx6ul\n");
}

static int set_script(void *ctx, const char *word)
{
	struct shell_request *req = ctx;

	if (req->script)
		return -1;
	req->script = word;
	return 0;
}

static int open_source(struct shell *sh, const char *script)
{
	struct stat st;

	sh->in = stdin;
	sh->source = "stdin";
	if (script && strcmp(script, "-")) {
		sh->source = script;
		sh->in = fopen(script, "re");
		if (!sh->in)
			return fail("%s: %s", script, strerror(errno));
	}
	if (!fstat(fileno(sh->in), &st) && S_ISDIR(st.st_mode)) {
		fclose(sh->in);
		return fail("%s: %s", sh->source, strerror(EISDIR));
	}
	sh->interactive = isatty(fileno(sh->in));
	return STATUS_OK;
}

int cmd_shell(const struct command *self, int argc, char **argv)
{
	struct shell_request req = { 0 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice, .word = set_script };
	struct shell sh = { 0 };
	int status = parse_arguments(self, argc, argv, &args);

	if (!status && !strcmp(choice.name, "-") && (!req.script || !strcmp(req.script, "-")))
		status = usage_error(self, "the machine is on standard input: name a SCRIPT");
	if (!status)
		status = open_source(&sh, req.script);
	if (status)
		return status;
	status = session_open(&sh.session, &choice, req.verbose);
	if (!status) {
		status = run_lines(&sh);
		shell_forget_handles(&sh);
		shell_forget_areas(&sh);
		shell_forget_objects(&sh);
		session_close(&sh.session);
	}
	if (sh.in != stdin)
		fclose(sh.in);
	return status;
}
