/* SPDX-License-Identifier: MIT */
/*
 * internal.h - a machine as port/host keeps it, and the steps in which it is made. Each
 * step returns 0, or -1 after one line in `err`; host_machine_destroy undoes any of them.
 */
#ifndef PORT_HOST_INTERNAL_H
#define PORT_HOST_INTERNAL_H

#include <stdatomic.h>

#include "port/host/host.h"

/* A bank as the host holds it: whole host pages, sorted in the order of the description. */
struct host_bank {
	u64 start;   /* physical, a multiple of the host's page size */
	u64 end;     /* exclusive */
	u64 low_end; /* end of what the direct map shows of it; start: nothing */
	u64 offset;  /* of `start` in the memfd */
};

struct host_machine {
	struct quire *quire;
	struct quire_machine desc;
	int ram_fd;
	struct host_bank *banks;
	size_t nr_banks;
	u64 first_phys; /* of the window: lowest bank */
	u64 last_phys;	/* exclusive: end of the highest bank */
	u64 mapped_end; /* exclusive: end of the reserved part of the window */
	char *window;	/* address of first_phys */
	char *memmap;	/* window for mem_map, or MAP_FAILED */
	size_t memmap_size;
	void *metadata;
	size_t metadata_size;
	char *peek; /* the one host page that host_machine_phys shows of highmem */
	_Atomic(struct host_machine *) next;
};

/* Writes the one line and returns -1. */
__attribute__((format(printf, 3, 4))) int host_fail(char *err, size_t size, const char *fmt, ...);
u64 host_page_size(void);

/* ram.c: where the banks are, and the memfd that stands for them. */
int host_plan_banks(struct host_machine *hm, char *err, size_t size);
int host_make_ram(struct host_machine *hm, char *err, size_t size);
const struct host_bank *host_bank_of(const struct host_machine *hm, u64 phys);

/* memmap_window.c: a window for mem_map, on machines that have no other place for it. */
int host_plan_memmap(struct host_machine *hm, char *err, size_t size);

/* window.c: the direct map. */
/*
 * Sets address space aside, without access: at the first slot that has room from `skip`
 * bytes on, else wherever there is room. MAP_FAILED with errno set.
 */
void *host_reserve(u64 skip, size_t size);
int host_map_window(struct host_machine *hm, char *err, size_t size);
void host_unmap_window(struct host_machine *hm);

#endif
