/* SPDX-License-Identifier: MIT */
/*
 * internal.h - the parts of the boot.
 */
#ifndef MM_INIT_INTERNAL_H
#define MM_INIT_INTERNAL_H

#include <quire/machine.h>

/*
 * First address that the machine cannot drive, or that has no frame number: PHYS_ADDR_MAX
 * where every address is fine.
 */
phys_addr_t machine_phys_end(const struct quire_machine *machine);

/* Lets the direct map and the reports follow memory that comes and goes, where it may. */
void hotplug_set_hooks(const struct quire_machine *machine);

/* From the machine's description to memblock, nodes, zones and page structures. */
int setup_arch(const struct quire_machine *machine);

/*
 * Logs the `Virtual kernel memory layout:` banner, if the machine has windows. -EINVAL,
 * after a line in the log, if they contradict each other.
 */
int print_virtual_layout(const struct quire_machine *machine);

#endif
