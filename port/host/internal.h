/* SPDX-License-Identifier: MIT */
/*
 * internal.h - a machine as port/host keeps it, and the steps in which it is made. Each
 * step returns 0, or -1 after one line in `err`; host_machine_destroy undoes any of them.
 */
#ifndef PORT_HOST_INTERNAL_H
#define PORT_HOST_INTERNAL_H

#include <stdatomic.h>

#include "port/host/host.h"
#include "port/host/layout.h"
#include "port/host/mmu.h"

/* A bank as the host holds it: whole host pages, sorted in the order of the description. */
struct host_bank {
	u64 start;   /* physical, a multiple of the host's page size */
	u64 end;     /* exclusive */
	u64 low_end; /* end of what the direct map shows of it; start: nothing */
	u64 offset;  /* of `start` in the memfd */
};

/* A part of a hot-pluggable range in which RAM is plugged in. */
struct host_dimm {
	u64 start, end;
	struct host_dimm *next;
};

/* A page of pkmap or the fixmap. */
struct host_shown {
	_Atomic(pfn_t) frame; /* the frame it shows, or showed last, + 1; 0: there was none */
	atomic_bool is_mapped;
};

/* The kernel's windows, in one piece of the process. */
struct host_kernel_window {
	bool is_default; /* the format goes without saying: nobody asked for it */
	char *base;	 /* the reservation, or MAP_FAILED */
	size_t size;
	int device_fd; /* stands for what is no RAM; -1: nothing does */
	u64 device_size;
	struct host_shown *shown; /* pages of pkmap, then of the fixmap */
	size_t nr_shown;
};

struct host_machine {
	struct quire *quire;
	struct quire_machine desc;
	int ram_fd;
	struct host_bank *banks; /* those of the description, then its hot-pluggable ranges */
	size_t nr_banks;
	struct host_dimm *dimms; /* what of these has RAM */
	u64 first_phys; /* of the window: lowest bank */
	u64 last_phys;	/* exclusive: end of the highest bank */
	u64 mapped_end; /* exclusive: end of the reserved part of the window */
	char *window;	/* address of first_phys */
	char *memmap;	/* window for mem_map, or MAP_FAILED */
	size_t memmap_size;
	void *metadata;
	size_t metadata_size;
	char *peek; /* the one host page that host_machine_phys shows of highmem */
	struct host_kernel_window kernel;
	_Atomic(struct host_mmu *) *mmus; /* of each CPU; NULL: not made yet */
	unsigned int nr_mmus;
	struct tlb_shape tlb_shape; /* sets 0: the default */
	atomic_bool ignores_flushes;
	_Atomic(struct host_machine *) next;
};

/* Writes the one line and returns -1. */
__attribute__((format(printf, 3, 4))) int host_fail(char *err, size_t size, const char *fmt, ...);
u64 host_page_size(void);

/* ram.c: where the banks are, and the memfd that stands for them. */
int host_plan_banks(struct host_machine *hm, char *err, size_t size);
int host_make_ram(struct host_machine *hm, char *err, size_t size);
/* The bank with RAM at `phys`; NULL: nothing is there, or nothing is plugged in. */
const struct host_bank *host_bank_of(const struct host_machine *hm, u64 phys);
/* How far from `phys` on all is RAM of the bank, or all is not, as it is at `phys`. */
u64 host_ram_end(const struct host_machine *hm, const struct host_bank *bank, u64 phys);

/*
 * Makes [virt, virt + size) of the process show the RAM at `phys`, or what stands for a device
 * where there is none. `prot` as for mmap. 0; -ENOMEM, and then a part may be mapped.
 */
int host_show(const struct host_machine *hm, uintptr_t virt, u64 phys, size_t size, int prot);
/* Copies between `buf` and RAM or device at `phys`. False if nothing stands for it. */
bool host_copy_phys(const struct host_machine *hm, u64 phys, void *buf, size_t len, bool is_write);
/*
 * A file for all that is no RAM, at its physical address: what is written to a device's
 * register is read there again, by whatever mapping. 0; -1 with errno set.
 */
int host_make_devices(struct host_machine *hm);

/* plug.c: the machine is switched off, and what was plugged in is gone. */
void host_unplug_all(struct host_machine *hm);

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

/*
 * describe.c: what the library knows of an address in a window of some machine, for a signal
 * handler. False: nothing, or it is in none.
 */
bool host_describe(const void *addr, char *text, size_t size);
/* From now on what AddressSanitizer reports is followed by that. */
void host_explain_reports(void);

/* machine.c */
/* The machine of a struct quire; NULL if that is none of port/host. */
struct host_machine *host_machine_of(const struct quire *quire);
/* The list of all, for a signal handler: it takes no lock. */
const struct host_machine *host_first_machine(void);

/* kernel_window.c: vmalloc, kmap and fixmap. */
/*
 * Lays the machine out for desc.kvirt.format, or for the format that goes without saying,
 * and reserves its windows. Never fails: without room there is no format.
 */
void host_make_kernel_window(struct host_machine *hm);
/* Forgets format and windows. */
void host_drop_kernel_window(struct host_machine *hm);
/* Unmaps everything in them: a boot finds them empty. */
void host_clear_kernel_window(struct host_machine *hm);
/* cpus.c: the places for MMUs; and all MMUs forgotten, as when a machine is switched on. */
int host_make_mmus(struct host_machine *hm, char *err, size_t size);
void host_drop_mmus(struct host_machine *hm);

/* The place in kernel.shown[] of a page of pkmap or fixmap; nr_shown: it is in neither. */
size_t host_shown_index(const struct host_machine *hm, uintptr_t addr);

/*
 * explain_window.c, for a signal handler: what it means that the process may not touch an
 * address in the windows of some machine. False if it is in none; else `line` says it.
 */
bool host_explain_window(const void *addr, int signal, char *line, size_t size);

#endif
