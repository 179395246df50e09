/* SPDX-License-Identifier: MIT */
/*
 * access.h - between access.c and access_codes.c.
 */
#ifndef MM_PGTABLE_ACCESS_H
#define MM_PGTABLE_ACCESS_H

#include <quire/pgtable.h>
#include <quire/pgtable_formats.h>

/* What the processor reports for an outcome with a fault: see struct pt_outcome. */
u32 quire_pt_fault_code(const struct pt_format *f, const struct pt_request *request,
			const struct pt_outcome *outcome);

#endif
