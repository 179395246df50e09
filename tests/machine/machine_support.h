/* SPDX-License-Identifier: MIT */
/*
 * machine_support.h - what the tests of the machine readers share: files from texts and
 * fixtures, the errors of bad ones, and slow, obvious models of what a description means.
 */
#ifndef TESTS_MACHINE_SUPPORT_H
#define TESTS_MACHINE_SUPPORT_H

#include "tests/tap.h"
#include "tools/machine/machine.h"

/* A whole fixture of tests/fixtures/, NUL-terminated; the caller frees it. */
char *fixture_text(const char *name, size_t *size);

/* Opens a text under the name "board"; ends the test if it cannot be read. */
struct machine_file *open_text(const char *text, const struct machine_options *options);
struct machine_file *open_fixture(const char *name, const struct machine_options *options);
/* The error line of a text that must not open; "" (a failed check) if it did. */
const char *error_of(const char *text, const struct machine_options *options);

/* Texts with the error that each must give. */
struct bad_text {
	const char *text, *error;
};
void check_bad_texts(const struct bad_text *bad, size_t nr);

/* Bank i is [base, base + size) on node nid with flags. */
bool is_bank(const struct quire_machine *m, size_t i, u64 base, u64 size, int nid,
	     unsigned int flags);
bool is_reserved(const struct quire_machine *m, u64 base, u64 size, const char *name);
bool is_resource(const struct quire_machine *m, size_t i, u64 start, u64 last, unsigned int depth,
		 const char *name);
bool is_window(const struct quire_machine *m, const char *name, u64 start, u64 end);

/* Pages of a zone on a node: from the first to the last, and how many there are. */
struct zone_pages {
	u64 start_pfn, spanned, present;
};
struct zone_pages model_zone(const struct quire_machine *m, enum zone_type zone, int nid);

/* Free blocks of each order when nothing but the reserved list is taken. Returns the pages. */
u64 model_free_blocks(const struct quire_machine *m, u64 *blocks);

#endif
