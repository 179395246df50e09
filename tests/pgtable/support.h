/* SPDX-License-Identifier: MIT */
/*
 * support.h - a machine for page-table tests.
 */
#ifndef TESTS_PGTABLE_SUPPORT_H
#define TESTS_PGTABLE_SUPPORT_H

#include <quire/pgtable.h>
#include <quire/quire.h>

/* 32 MB of RAM from address 0 on, page 0 taken, the rest free. */
void boot_for_tables(void);
/* The table is destroyed; all memory is back where it was. */
void check_destroyed(struct pgtable *pt, unsigned long free_before);

#endif
