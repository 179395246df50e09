/* SPDX-License-Identifier: MIT */
/*
 * boot_annotate.h - boot memory, as error checkers of the process see it (mm/lib/annotate.h).
 *
 * All RAM is accessible at first: what of it the firmware or the boot code uses, nobody knows yet.
 * An allocation closes what is free beside it, and so do frees; a reservation opens:
 *
 *   memory     [...................................................]
 *   reserved                   |  allocation  |       | another |
 *   closed               xxxxxx                xxxxxxx           xxxxxx
 *                        <GAP->                                  <GAP->
 *
 * It is not so for memory that no direct map shows: then a physical address has no address here.
 */
#ifndef MM_BOOT_BOOT_ANNOTATE_H
#define MM_BOOT_BOOT_ANNOTATE_H

#include <quire/state.h>

#include "mm/lib/annotate.h"

#if ANNOTATE
/* memblock has reserved it for somebody who asked for memory, */
void boot_annotate_alloc(phys_addr_t base, phys_addr_t size);
/* or who knows what is there; */
void boot_annotate_reserve(phys_addr_t base, phys_addr_t size);
/* and it is free again. */
void boot_annotate_free(phys_addr_t base, phys_addr_t size);
#else
static inline void boot_annotate_alloc(phys_addr_t base, phys_addr_t size)
{
	(void)base;
	(void)size;
}
static inline void boot_annotate_reserve(phys_addr_t base, phys_addr_t size)
{
	(void)base;
	(void)size;
}
static inline void boot_annotate_free(phys_addr_t base, phys_addr_t size)
{
	(void)base;
	(void)size;
}
#endif

#endif
