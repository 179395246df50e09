/* SPDX-License-Identifier: MIT */
/*
 * pgtable_formats.h - every page-table format as a constant. A file that names one gets a
 * copy that the compiler folds in; whoever chooses while running uses pt_format_find().
 */
#ifndef QUIRE_PGTABLE_FORMATS_H
#define QUIRE_PGTABLE_FORMATS_H

#include <quire/pgtable_alpha.h>
#include <quire/pgtable_arm.h>
#include <quire/pgtable_riscv.h>
#include <quire/pgtable_x86.h>

#endif
