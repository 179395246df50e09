/* SPDX-License-Identifier: MIT */
/*
 * host.h - a Linux process as the machine: what a program calls to hold machines.
 *
 * A host machine is a memfd that stands for the RAM, a window of this process's address
 * space that stands for the direct map, and a struct quire. Any number live side by side.
 * The porting hooks themselves (<quire/port.h>) are in hooks.c.
 */
#ifndef PORT_HOST_HOST_H
#define PORT_HOST_HOST_H

#include <quire/quire.h>

struct host_machine;

/* ---- machines ---- */

/*
 * Makes the machine that `desc` describes, powered off, and selects its state on this
 * thread. `desc` and all it points to stay the caller's and must outlive the machine.
 * RAM costs nothing until it is touched. Returns NULL, with one line in `err` and
 * nothing left behind, if the description contradicts itself or this computer cannot
 * hold such a machine.
 */
struct host_machine *host_machine_create(const struct quire_machine *desc, char *err, size_t size);

/*
 * Chooses the format of the kernel's page table by its name ("i386-pae": pt_format_find), with
 * the windows for vmalloc, kmap and fixmap where Linux has them (layout.c). Before the first
 * boot. NULL: no table, no windows. Without this call the description's format holds, or if it
 * names none the one that goes without saying (host_layout_default). Where the process has no
 * room for the windows there is a table alone. 0; -1 with one line in `err`, and nothing has
 * changed: no such format, or one that this machine cannot have.
 */
int host_machine_set_format(struct host_machine *hm, const char *name, char *err, size_t size);

/* Frees everything. A thread that had the machine selected must select another. NULL is ignored. */
void host_machine_destroy(struct host_machine *hm);

/* Brings the memory up: quire_boot() with the direct map and metadata filled in. */
int host_machine_boot(struct host_machine *hm);

/* Makes this thread work on the machine; returns the state that was selected before. */
struct quire *host_machine_select(struct host_machine *hm);

/* The description as it is booted: with direct_map, and metadata if it needs any. */
const struct quire_machine *host_machine_description(const struct host_machine *hm);

/*
 * The byte of RAM at `phys`, whether the machine has it mapped or not. Valid to the end
 * of its host page and until the next call on this machine. NULL if no RAM is there or
 * the host gives no room.
 */
void *host_machine_phys(struct host_machine *hm, phys_addr_t phys);

/*
 * Plugs RAM in: [base, base + size), multiples of the page size, in a hot-pluggable range of the
 * description, where there is none so far. What the kernel is told is another matter
 * (add_memory). Another boot begins without it. 0; -EINVAL; -EEXIST; -ENOMEM.
 */
int host_machine_plug(struct host_machine *hm, phys_addr_t base, phys_addr_t size);
/* Pulls what host_machine_plug plugged in, or a part of it: who touches it crashes. 0; -ENOENT. */
int host_machine_unplug(struct host_machine *hm, phys_addr_t base, phys_addr_t size);

/* ---- CPUs ---- */

struct host_mmu;
struct tlb_shape;

/*
 * The MMU of a CPU (port/host/mmu.h), on the kernel's page table: what the machine's own
 * instructions would go through. Valid until the next boot. NULL if the machine has no kernel
 * page table, no such CPU, or this process no memory.
 */
struct host_mmu *host_machine_mmu(struct host_machine *hm, unsigned int cpu);

/* The shape of every CPU's TLB, from now on; those there are, are forgotten. 0; -EINVAL. */
int host_machine_set_tlb(struct host_machine *hm, const struct tlb_shape *shape);

/* With true, port_tlb_flush does nothing on this machine: to see what a flush is good for. */
void host_machine_ignore_flushes(struct host_machine *hm, bool ignore);

/* ---- what an address of this process means ---- */

enum host_place {
	HOST_ELSEWHERE, /* in no machine's direct map */
	HOST_LOWMEM,	/* RAM in the direct map: mapped */
	HOST_HIGHMEM,	/* RAM above the direct map: not mapped */
	HOST_HOLE,	/* no RAM */
};

/*
 * Finds out which machine's direct map `addr` belongs to, and stores the physical address
 * and the page frame that it stands for. Takes no lock: it is meant for a signal handler.
 */
enum host_place host_find_address(const void *addr, phys_addr_t *phys, pfn_t *pfn);

/*
 * Explains a crash: when a SIGSEGV or SIGBUS hits a machine's direct map, one line on
 * stderr names the physical address and why it is not there; in one of its kernel's windows,
 * the machine's virtual address, the window, and the area or slot; and what the library knows of
 * that memory (quire_describe_address). The signal then takes the course it would have taken.
 * In a build with AddressSanitizer the same follows its reports. Returns 0, or -1 with errno set.
 */
int host_explain_faults(void);

/* A size as people read it: "512 MB", "4096 TB". Returns `buf`. */
const char *host_size_text(u64 bytes, char *buf, size_t size);

/* ---- hooks ---- */

/* Takes the lines of port_log. May be called by several threads at once. */
typedef void (*host_log_fn)(void *ctx, enum log_level level, const char *line);

/*
 * Sends the log to `log`; NULL: back to the default, which writes errors to stderr with
 * "quire: " before them, and the rest to stdout. Set it while no other thread logs.
 */
void host_log_to(host_log_fn log, void *ctx);

/* Says which CPU this thread is; 0 where nobody said. */
void host_set_cpu(unsigned int cpu);

/* When it returns, every other running thread of the process has passed a memory barrier. */
void host_cpu_barrier(void);
/* How deep this thread is inside of port_irq_save; 0: interrupts are on. */
unsigned long host_irq_depth(void);

/* port_panic ends the process with this status (EX_SOFTWARE). */
#define HOST_PANIC_STATUS 70

#endif
