/* SPDX-License-Identifier: MIT */
/*
 * translate.h - the way from an address to a byte of memory, as data and in words: the
 * segment, each level of the tables, the page. Two ways of printing read it.
 */
#ifndef TOOLS_TRANSLATE_H
#define TOOLS_TRANSLATE_H

#include <stdio.h>

#include <quire/quire.h>
#include <quire/segment.h>

#include "tools/kernel_addresses.h"
#include "tools/session.h"

struct translate_request {
	u64 address; /* with a selector the offset in its segment, else a virtual address */
	bool has_selector;
	u16 selector;
	bool is_user;
	enum pt_access_kind kind;
	const char *svg; /* the file; "-": stdout; NULL: in words, to stdout */
};

/* A level of the tables that the walk came to. */
struct translate_step {
	unsigned int level;
	u64 table; /* physical address */
	unsigned long index;
	u64 slot; /* physical address of the entry */
	u64 entry;
	u64 after; /* what the access would make of it: accessed and dirty bits */
};

struct translation {
	struct translate_request req;
	const char *machine;
	const struct pt_format *format;

	/* With a selector: */
	struct segment_trace trace;
	struct segment_gdtr gdt;
	bool segment_faults;
	struct segment_fault segment_fault;

	/* Unless the segment faults: */
	u64 va; /* the linear address */
	u64 root;
	struct translate_step step[PT_MAX_LEVELS]; /* from the root down */
	unsigned int nr_steps;
	struct pt_request access;
	struct pt_outcome outcome;
	unsigned int prot; /* PT_OK: what all levels together allow */

	/* PT_OK, and there is RAM at outcome.phys: */
	bool has_byte;
	u8 byte;
	pfn_t pfn;
	int nid;
	const char *zone; /* NULL: in none */
};

/*
 * Finds the way on the session's machine; nothing of the machine changes. 0; or -1 when
 * there is no way to look for, and `why` says why.
 */
int translate_make(struct translation *t, const struct session *session,
		   const struct translate_request *req, char *why, size_t size);

static inline bool translate_faults(const struct translation *t)
{
	return t->segment_faults || t->outcome.fault;
}

/* In words, in lines of 80 columns. */
void translate_print(const struct translation *t, FILE *out);
/* As a drawing that stands alone. */
void translate_print_svg(const struct translation *t, FILE *out);
/*
 * Finds the way and prints it where the request says. 0; or -1: it could not be done, or
 * it ends in a fault, and `why` says so (it is empty when the user has been told).
 */
int translate_show(const struct session *session, const struct translate_request *req, char *why,
		   size_t size);

/* ---- the address in its fields: translate_words.c ---- */

struct translate_field {
	const char *name;	  /* "sign", "pgd", "offset" */
	unsigned int first, last; /* bits, the highest first */
	char value[20];		  /* of an index in binary, else in hex */
	char index[12];		  /* of a level; else empty */
};
#define TRANSLATE_FIELDS (PT_MAX_LEVELS + 2)
/*
 * Cuts the address at the levels that the walk came to, from the highest bits down. The last
 * field is the offset, or what was not looked at before a fault. Returns how many there are.
 */
unsigned int translate_cut(const struct translation *t,
			   struct translate_field fields[TRANSLATE_FIELDS]);

/* ---- the segment: translate_segment.c ---- */

/*
 * Takes req.address through the segment; fills in trace, gdt, va and the fault. 0, or -1
 * with `why`.
 */
int translate_segment(struct translation *t, char *why, size_t size);
/* Lines on the selectors that there are. */
void translate_explain_selectors(void);

/* ---- words: translate_words.c ---- */

/* Pieces of text with "; " between. */
struct translate_words {
	char text[400];
	size_t length;
};
__attribute__((format(printf, 2, 3))) void translate_add(struct translate_words *words,
							 const char *fmt, ...);

/* Linux's name of a level: "pgd", "p4d", "pud", "pmd", "pte". */
const char *translate_level_name(const struct pt_format *f, unsigned int level);
/* "CR3", "satp": the register that holds the root. */
const char *translate_root_register(const struct pt_format *f);
/* "read", "write", "execute". */
const char *translate_kind_name(enum pt_access_kind kind);
/* What the entry is and allows. */
void translate_entry_words(const struct pt_format *f, const struct translate_step *step,
			   struct translate_words *words);
/* "read, write, no execute; the kernel's alone" */
void translate_rights_words(const struct pt_format *f, unsigned int prot,
			    struct translate_words *words);
/* Which bits the access would set, and where; empty: none. */
void translate_sets_words(const struct translation *t, struct translate_words *words);
/* The fields of a descriptor, but for its type. */
void translate_descriptor_words(const struct segment_descriptor *d, struct translate_words *words);

/* ---- words for what went wrong: translate_faults.c ---- */

/* The rule that was broken: "nothing is mapped there". */
void translate_fault_reason(const struct translation *t, char *text, size_t size);
/* What the processor does: "page fault (#PF), error code 0x0002". */
void translate_fault_name(const struct translation *t, char *text, size_t size);
/* A field of the code that the processor reports. */
struct translate_code_field {
	const char *name; /* "W/R" */
	unsigned int value;
	const char *meaning;
};
#define TRANSLATE_CODE_FIELDS 5
/* Takes the code apart; returns how many fields it has. */
unsigned int translate_fault_fields(const struct translation *t,
				    struct translate_code_field fields[TRANSLATE_CODE_FIELDS]);

#endif
