/* SPDX-License-Identifier: MIT */
/*
 * shell.h - what a command of `quire shell` sees. Adding one is a function and a row in
 * shell_commands.c.
 */
#ifndef TOOLS_SHELL_H
#define TOOLS_SHELL_H

#include <quire/quire.h>

#include "tools/session.h"

/* Blocks of pages that the user holds under one name. */
struct shell_handle {
	char name[16]; /* "h1" */
	unsigned int order;
	unsigned long nr_blocks;
	struct list_head blocks; /* by page->lru of each first page: the owner's while allocated */
	struct shell_handle *next;
};

/* What of the kernel's addresses the user holds under one name. */
enum shell_area_kind { AREA_VMALLOC, AREA_VMAP, AREA_IOREMAP, AREA_KMAP, AREA_PERCPU };
struct shell_area {
	char name[16]; /* "h1": they are counted with the handles */
	enum shell_area_kind kind;
	void *pointer; /* of the library: address, or per-CPU pointer */
	u64 va;	       /* what the machine sees; of a per-CPU area CPU 0's copy */
	u64 size;
	pfn_t pfn; /* AREA_KMAP */
	struct shell_area *next;
};

struct shell_objects; /* objects that the user holds: shell_slab.c */

struct shell {
	struct session session;
	FILE *in;
	const char *source;   /* for messages: the script's name, or "stdin" */
	unsigned long line;   /* in the source, from 1 */
	bool interactive;     /* somebody sits there: errors do not end the shell */
	bool expects_failure; /* the running command stands behind a '!' */
	bool quit;
	struct shell_handle *handles; /* in the order in which they were made */
	struct shell_area *areas;     /* likewise */
	struct shell_objects *objects; /* likewise */
	unsigned long nr_handles_made;
};

struct shell_command {
	const char *name;
	const char *usage;     /* its arguments */
	const char *help;      /* one line */
	void (*explain)(void); /* prints what else `help NAME` says; NULL: nothing */
	/* Returns STATUS_OK, or STATUS_FAILED after a message (shell_error). argv[0] is the name. */
	int (*run)(struct shell *sh, int argc, char **argv);
	int min_args, max_args; /* without the name; max -1: any number */
	/* The n-th word that can stand as argument `arg` (from 1); NULL: no more. May be NULL. */
	const char *(*complete)(const struct shell *sh, int arg, size_t n);
};

/* Ends with a NULL name. */
extern const struct shell_command shell_commands[];
const struct shell_command *shell_find_command(const char *name);
/* A line for each. */
void print_shell_commands(const char *indent);

/* "quire: SOURCE:LINE: ..." on stderr; returns STATUS_FAILED. */
__attribute__((format(printf, 2, 3))) int shell_error(struct shell *sh, const char *fmt, ...);
/* Runs one line; STATUS_OK if it is empty. The line is cut into words in place. */
int shell_run_line(struct shell *sh, char *line);

/* ---- reading lines: shell_input.c ---- */

/* Gets ready to read from sh->in; with editing where it is a terminal and libedit is there. */
void shell_input_open(struct shell *sh);
/* The next line, without its newline; NULL at the end, or after a message on a read error. */
char *shell_input_line(struct shell *sh, int *status);
void shell_input_close(struct shell *sh);

/* ---- the commands on pages: shell_pages.c ---- */

int shell_alloc_pages(struct shell *sh, int argc, char **argv);
int shell_free(struct shell *sh, int argc, char **argv);
int shell_handles(struct shell *sh, int argc, char **argv);
int shell_fill(struct shell *sh, int argc, char **argv);
int shell_fragment(struct shell *sh, int argc, char **argv);
int shell_drain(struct shell *sh, int argc, char **argv);
/* What the argument GFP can be. */
void explain_gfp(void);
const char *complete_gfp(const struct shell *sh, int arg, size_t n);
const char *complete_fragment(const struct shell *sh, int arg, size_t n);
const char *complete_handle(const struct shell *sh, int arg, size_t n);
void shell_forget_handles(struct shell *sh);
struct shell_handle *shell_find_handle(const struct shell *sh, const char *name);

/* ---- moving pages: shell_move.c ---- */

int shell_movable(struct shell *sh, int argc, char **argv);
void explain_movable(void);
int shell_compact(struct shell *sh, int argc, char **argv);

/* ---- who holds pages: shell_owner.c ---- */

int shell_page_owner(struct shell *sh, int argc, char **argv);
void explain_page_owner(void);

/* ---- memory that is lost: shell_leak.c ---- */

int shell_kmemleak(struct shell *sh, int argc, char **argv);
void explain_kmemleak(void);
const char *complete_kmemleak(const struct shell *sh, int arg, size_t n);
int shell_forget(struct shell *sh, int argc, char **argv);
const char *complete_forget(const struct shell *sh, int arg, size_t n);

/* ---- memory that comes and goes: shell_memory.c ---- */

int shell_memory(struct shell *sh, int argc, char **argv);
void explain_memory(void);
const char *complete_memory(const struct shell *sh, int arg, size_t n);

/* ---- failures on purpose: shell_fault.c ---- */

int shell_fail_page_alloc(struct shell *sh, int argc, char **argv);
void explain_fail_page_alloc(void);
const char *complete_fail_page_alloc(const struct shell *sh, int arg, size_t n);
int shell_failslab(struct shell *sh, int argc, char **argv);
void explain_failslab(void);
const char *complete_failslab(const struct shell *sh, int arg, size_t n);

/* ---- the commands on the kernel's addresses: shell_kvirt.c ---- */

int shell_vmalloc(struct shell *sh, int argc, char **argv);
int shell_vfree(struct shell *sh, int argc, char **argv);
int shell_vmap(struct shell *sh, int argc, char **argv);
int shell_vunmap(struct shell *sh, int argc, char **argv);
int shell_ioremap(struct shell *sh, int argc, char **argv);
int shell_iounmap(struct shell *sh, int argc, char **argv);
int shell_kmap(struct shell *sh, int argc, char **argv);
int shell_kunmap(struct shell *sh, int argc, char **argv);
int shell_percpu(struct shell *sh, int argc, char **argv);
void explain_percpu(void);
const char *complete_percpu(const struct shell *sh, int arg, size_t n);
const char *complete_area(const struct shell *sh, int arg, size_t n);
/* A line for each area that is held. */
void shell_print_areas(const struct shell *sh);
void shell_forget_areas(struct shell *sh);
/* The name alone is forgotten, and the area stays. False: there is none of that name. */
bool shell_forget_area(struct shell *sh, const char *name);
/* Checks every invariant; the name of what is not consistent, or NULL. */
const char *shell_validate_kvirt(void);

/* ---- the commands on objects: shell_slab.c ---- */

int shell_kmalloc(struct shell *sh, int argc, char **argv);
int shell_kfree(struct shell *sh, int argc, char **argv);
int shell_cache(struct shell *sh, int argc, char **argv);
int shell_caches(struct shell *sh, int argc, char **argv);
int shell_object(struct shell *sh, int argc, char **argv);
int shell_slabs(struct shell *sh, int argc, char **argv);
int shell_shrink(struct shell *sh, int argc, char **argv);
void explain_cache(void);
void explain_caches(void);
const char *complete_kmalloc(const struct shell *sh, int arg, size_t n);
const char *complete_kfree(const struct shell *sh, int arg, size_t n);
const char *complete_cache(const struct shell *sh, int arg, size_t n);
const char *complete_slabs(const struct shell *sh, int arg, size_t n);
/* A line for what is held under each name. */
void shell_print_objects(const struct shell *sh);
void shell_forget_objects(struct shell *sh);
/* The pieces of a handle, or the objects of a cache, stay, and are held no more. False: none are, of that name. */
bool shell_forget_held(struct shell *sh, const char *name);
/* What is held is made known to the leak detector, and no longer. */
void shell_announce_objects(const struct shell *sh);
void shell_withdraw_objects(const struct shell *sh);

/* ---- the commands on addresses: shell_translate.c ---- */

int shell_translate(struct shell *sh, int argc, char **argv);
void explain_shell_translate(void);
int shell_peek(struct shell *sh, int argc, char **argv);
int shell_poke(struct shell *sh, int argc, char **argv);

#endif
