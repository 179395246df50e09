/* SPDX-License-Identifier: MIT */
/*
 * layout.h - the kernel's windows in the machine's own addresses.
 */
#ifndef PORT_HOST_LAYOUT_H
#define PORT_HOST_LAYOUT_H

#include <quire/machine.h>
#include <quire/pgtable.h>

/* As struct machine_kvirt has it, but of the machine and not of the process. Ends are exclusive. */
struct host_layout {
	u64 direct_map_va; /* physical 0, modulo the format's addresses */
	u64 vmalloc_start, vmalloc_end;
	u64 pkmap_base;
	unsigned int last_pkmap; /* 0: none */
	u64 fixmap_start, fixmap_end;
};

/*
 * The format that goes without saying: x86 with 32 bits where the direct map is below 4 GB
 * (or, if that is not said, there is a zone HighMem) and RAM starts below 1 MB, with PAE if
 * there is RAM beyond 4 GB or more than 32 address lines; ARMv7 where RAM starts higher;
 * else x86-64. NULL if the machine does not fit into it.
 */
const struct pt_format *host_layout_default(const struct quire_machine *m);

/*
 * Lays a machine out for a format. `room` bounds the bytes of vmalloc with 64 bits. False if
 * the machine cannot have it: pages of another size, RAM that it does not reach.
 */
bool host_layout(const struct quire_machine *m, const struct pt_format *f, u64 room,
		 struct host_layout *layout);

/* The piece of addresses that holds all windows. */
u64 host_layout_start(const struct host_layout *layout);
u64 host_layout_end(const struct host_layout *layout, const struct quire_machine *m);

#endif
