/* SPDX-License-Identifier: MIT */
/*
 * formats.c - the list of the formats.
 */
#include <quire/pgtable_formats.h>

#include "mm/lib/string.h"

const struct pt_format *const pt_formats[] = {
	&pt_i386, &pt_i386_pse, &pt_i386_pse36, &pt_i386_pae, &pt_x86_64, &pt_x86_64_la57,
	&pt_alpha, &pt_armv7, &pt_arm64, &pt_sv32, &pt_sv39, &pt_sv48, NULL,
};

const struct pt_format *pt_format_find(const char *name)
{
	const struct pt_format *const *f;

	for (f = pt_formats; *f; f++)
		if (quire_streq((*f)->name, name))
			return *f;
	return NULL;
}
