/* SPDX-License-Identifier: MIT */
/*
 * output.h - writing what the command was asked for: all of it, or an error.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Writes out what stdout holds. 0, or STATUS_FAILED after a message: disk full, pipe closed. */
int finish_stdout(void);

/* A file that appears whole or not at all. */
struct whole_file {
	FILE *out; /* write here */
	char *path;
	char *temporary; /* NULL: what is there is no regular file and is written in place */
};
/* 0, or STATUS_FAILED after a message. "-" is stdout. */
int whole_file_open(struct whole_file *f, const char *path);
/* Puts the file in its place; 0, or STATUS_FAILED after a message, and then nothing is left. */
int whole_file_commit(struct whole_file *f);

/* Colours of stdout: 256, 16, or 0 where it is no terminal or NO_COLOR is set. */
unsigned int stdout_colours(void);
/* Columns of the terminal, or 80. */
unsigned int stdout_columns(void);

#endif
