/* SPDX-License-Identifier: MIT */
/*
 * output.c - stdout and files, with every write checked.
 */
#include "tools/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/command.h"

int finish_stdout(void)
{
	static bool reported;
	bool bad = ferror(stdout);

	errno = 0;
	if (fflush(stdout))
		bad = true;
	if (!bad)
		return 0;
	if (!reported)
		fail("standard output: %s", errno ? strerror(errno) : "write error");
	reported = true;
	return STATUS_FAILED;
}

/* ---- whole files ---- */

static void forget(struct whole_file *f)
{
	if (f->temporary)
		unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	memset(f, 0, sizeof(*f));
}

static int open_failed(struct whole_file *f, const char *path, int error)
{
	forget(f);
	return fail("%s: %s", path, strerror(error));
}

/* A symbolic link stays: its target is what is replaced. */
static char *final_path(const char *path)
{
	char *target = realpath(path, NULL);

	return target ? target : strdup(path);
}

static int open_temporary(struct whole_file *f)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	f->temporary = malloc(strlen(f->path) + sizeof(".XXXXXX"));
	if (!f->temporary)
		return -1;
	strcpy(f->temporary, f->path);
	strcat(f->temporary, ".XXXXXX");
	fd = mkstemp(f->temporary);
	if (fd < 0) {
		free(f->temporary);
		f->temporary = NULL;
		return -1;
	}
	fchmod(fd, 0666 & ~mask);
	f->out = fdopen(fd, "w");
	if (!f->out)
		close(fd);
	return f->out ? 0 : -1;
}

int whole_file_open(struct whole_file *f, const char *path)
{
	struct stat st;

	memset(f, 0, sizeof(*f));
	if (!strcmp(path, "-")) {
		f->out = stdout;
		return 0;
	}
	f->path = final_path(path);
	if (!f->path)
		return open_failed(f, path, errno);
	if (!stat(f->path, &st) && !S_ISREG(st.st_mode)) {
		f->out = fopen(f->path, "w");
		return f->out ? 0 : open_failed(f, path, errno);
	}
	return open_temporary(f) ? open_failed(f, path, errno) : 0;
}

int whole_file_commit(struct whole_file *f)
{
	int error = 0, bad;

	if (f->out == stdout)
		return finish_stdout();
	bad = ferror(f->out);
	if (fclose(f->out) || bad)
		error = errno ? errno : EIO;
	if (!error && f->temporary && rename(f->temporary, f->path))
		error = errno;
	if (error) {
		fail("%s: %s", f->path, strerror(error));
		forget(f);
		return STATUS_FAILED;
	}
	free(f->temporary);
	f->temporary = NULL;
	forget(f);
	return 0;
}

/* ---- the terminal ---- */

unsigned int stdout_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM"), *more = getenv("COLORTERM");

	if (!isatty(STDOUT_FILENO) || (no && *no) || !term || !*term || !strcmp(term, "dumb"))
		return 0;
	return strstr(term, "256color") || (more && *more) ? 256 : 16;
}

unsigned int stdout_columns(void)
{
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	return 80;
}
