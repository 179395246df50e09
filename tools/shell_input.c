/* SPDX-License-Identifier: MIT */
/*
 * shell_input.c - where the shell's lines come from: a terminal with editing, history and
 * completion through libedit, or any stream.
 */
#include "tools/shell.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROMPT "quire> "

static bool is_terminal(const struct shell *sh)
{
	return isatty(fileno(sh->in)) && isatty(STDOUT_FILENO);
}

/* A line of the stream, into a buffer that is kept from line to line. */
static char *stream_line(struct shell *sh, int *status)
{
	static char *buf;
	static size_t room;
	ssize_t len;

	errno = 0;
	len = getline(&buf, &room, sh->in);
	if (len < 0) {
		if (ferror(sh->in))
			*status = fail("%s: %s", sh->source, strerror(errno));
		free(buf);
		buf = NULL;
		room = 0;
		return NULL;
	}
	if (strlen(buf) < (size_t)len) {
		sh->line++;
		*status = shell_error(sh, "not a line of text");
		return NULL;
	}
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

#ifdef HAVE_LIBEDIT
#include <editline/readline.h>

/* libedit's callbacks carry no context. */
static struct shell *edited_shell;
static char *edited_line;

/* The words before the one being completed: the command (NULL: none yet), and how many. */
static const struct shell_command *words_before(int end, int *nr_words)
{
	const struct shell_command *command = NULL;
	char name[32];
	int i = 0;

	for (*nr_words = 0;; ++*nr_words) {
		int start;

		while (i < end && strchr(" \t", rl_line_buffer[i]))
			i++;
		start = i;
		while (i < end && !strchr(" \t", rl_line_buffer[i]))
			i++;
		/* A word that goes on up to the cursor is still being written. */
		if (i >= end)
			return command;
		snprintf(name, sizeof(name), "%.*s", i - start > 31 ? 31 : i - start,
			 rl_line_buffer + start);
		if (!*nr_words)
			command = shell_find_command(name);
	}
}

static const char *candidate(size_t n)
{
	int nr_words;
	const struct shell_command *command = words_before(rl_point, &nr_words);

	if (!nr_words)
		return n < SIZE_MAX && shell_commands[n].name ? shell_commands[n].name : NULL;
	if (!command || !command->complete)
		return NULL;
	return command->complete(edited_shell, nr_words, n);
}

static char *next_match(const char *text, int state)
{
	static size_t n;
	const char *word;

	if (!state)
		n = 0;
	while ((word = candidate(n)) != NULL) {
		n++;
		if (!strncasecmp(word, text, strlen(text)))
			return strdup(word);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	int nr_words;
	const struct shell_command *command = words_before(end, &nr_words);

	(void)start;
	rl_attempted_completion_over = 1; /* no file names */
	/* Behind a flag a '|' may follow as well as a blank. */
	rl_completion_append_character = command && command->complete == complete_gfp ? '\0' : ' ';
	return rl_completion_matches(text, next_match);
}

/* ^C gives up the line that is being typed. While a command runs it ends the shell. */
static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static char *read_line(void)
{
	struct sigaction note = { .sa_handler = note_interrupt }, before;
	char *line;

	sigemptyset(&note.sa_mask);
	sigaction(SIGINT, &note, &before);
	do {
		interrupted = 0;
		line = readline(PROMPT);
		if (interrupted && !line)
			printf("\n");
	} while (interrupted && !line);
	sigaction(SIGINT, &before, NULL);
	return line;
}

static char *terminal_line(struct shell *sh, int *status)
{
	(void)sh, (void)status;
	free(edited_line);
	edited_line = read_line();
	if (!edited_line)
		printf("\n");
	else if (edited_line[strspn(edited_line, " \t")])
		add_history(edited_line);
	return edited_line;
}

static void terminal_open(struct shell *sh)
{
	edited_shell = sh;
	rl_readline_name = "quire";
	rl_attempted_completion_function = complete;
	/* Flags are joined by '|': each is completed by itself. */
	rl_basic_word_break_characters = " \t|";
	using_history();
}

static void terminal_close(void)
{
	free(edited_line);
	edited_line = NULL;
	clear_history();
}
#else
static char *terminal_line(struct shell *sh, int *status)
{
	char *line;

	fputs(PROMPT, stdout);
	fflush(stdout);
	line = stream_line(sh, status);
	if (!line)
		printf("\n");
	return line;
}

static void terminal_open(struct shell *sh)
{
	(void)sh;
	printf("Line editing and completion come with libedit (libedit-dev or libedit-devel)\n"
	       "when quire is built. `help` lists the commands.\n");
}

static void terminal_close(void)
{
}
#endif

void shell_input_open(struct shell *sh)
{
	if (is_terminal(sh))
		terminal_open(sh);
}

char *shell_input_line(struct shell *sh, int *status)
{
	char *line = is_terminal(sh) ? terminal_line(sh, status) : stream_line(sh, status);

	if (line)
		sh->line++;
	return line;
}

void shell_input_close(struct shell *sh)
{
	if (is_terminal(sh))
		terminal_close();
}
