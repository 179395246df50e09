/* SPDX-License-Identifier: MIT */
/*
 * check.h - what the files that check a machine's description share.
 */
#ifndef MM_INIT_CHECK_H
#define MM_INIT_CHECK_H

#include <quire/machine.h>

typedef unsigned long long ull;

/* Where the answer goes. */
struct verdict {
	char *why;
	size_t size;
};

/* Writes the reason and returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int check_refuse(const struct verdict *v, const char *fmt, ...);

/* check_kvirt.c */
int check_kvirt(const struct quire_machine *m, const struct verdict *v);

#endif
