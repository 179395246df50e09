/* SPDX-License-Identifier: MIT */
/*
 * quire.h - the whole library: include this, fill a struct quire_machine, call quire_boot().
 */
#ifndef QUIRE_QUIRE_H
#define QUIRE_QUIRE_H

#include <quire/bootmem.h>
#include <quire/cma.h>
#include <quire/fault.h>
#include <quire/gfp.h>
#include <quire/kmemleak.h>
#include <quire/memblock.h>
#include <quire/memory_hotplug.h>
#include <quire/mempolicy.h>
#include <quire/mmzone.h>
#include <quire/page_frag.h>
#include <quire/page_owner.h>
#include <quire/page_poison.h>
#include <quire/port.h>
#include <quire/proc.h>
#include <quire/vmstat.h>

#define QUIRE_VERSION "0.1.0"

/*
 * Brings the machine's memory up, in the order of Linux's start_kernel: from the banks
 * of `machine` to free pages in the buddy allocator. Each step is logged at LOG_INFO. What
 * memblock was told before - RAM, reservations, allocations - is kept.
 *
 * Context: one CPU, interrupts off or without handlers that allocate. Does not sleep.
 * Returns 0; -EINVAL if the description contradicts itself (a line at LOG_ERR says
 * where); -ENOMEM if RAM or metadata does not suffice; -EBUSY if a machine is up
 * already. On failure the state is as after quire_reset(): nothing is half built.
 */
int quire_boot(const struct quire_machine *machine);

/*
 * Forgets the machine: the next quire_boot() starts from nothing. The simulated or real
 * RAM is not touched. Fault injection settings survive, so that a boot can be made to fail.
 */
void quire_reset(void);

/*
 * The checks of quire_boot() on a description alone: nothing is changed. On -EINVAL
 * `why` (256 bytes are enough; may be NULL) holds one line that names the bank.
 */
int quire_check_machine(const struct quire_machine *machine, char *why, size_t size);

#endif
