/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - the MMU of one CPU, in software: it translates through page tables in simulated
 * RAM, with a TLB in front of them that must be flushed where a real one must.
 *
 * It works on the struct quire that the calling thread has selected, whose RAM holds the
 * tables, and needs nothing else of port/host.
 *
 * An MMU belongs to one thread at a time, the one that is its CPU; but any thread may flush
 * it, load its registers or ask for its counts. When such a call returns, no access goes on
 * that uses what was flushed.
 */
#ifndef PORT_HOST_MMU_H
#define PORT_HOST_MMU_H

#include <stdatomic.h>

#include "port/host/tlb.h"

/*
 * Copies between `buf` and the memory at `phys`, RAM or device, which need not be mapped.
 * False if there is none. `len` bytes do not cross a page.
 */
typedef bool (*host_mmu_copy_fn)(void *ctx, u64 phys, void *buf, size_t len, bool is_write);

struct host_mmu {
	/* Registers. While others may flush, they are changed by host_mmu_load() alone. */
	const struct pt_format *format;
	phys_addr_t root;
	unsigned int tag;	/* of the address space: PCID, ASID */
	unsigned int cpu;	/* PT_CPU_ bits */
	unsigned int phys_bits; /* address lines; 0: the format's */

	host_mmu_copy_fn copy;
	void *copy_ctx;
	struct tlb tlb;
	u64 faults; /* so far */
	atomic_uint next_ticket, serving; /* a lock */
};

/*
 * An MMU with an empty TLB, tag 0, and the control bits of a current processor: WP, NX, and
 * accessed and dirty by hardware. shape NULL: TLB_SHAPE_DEFAULT. copy NULL: RAM in the direct
 * map is all there is. 0; -EINVAL, -ENOMEM.
 */
int host_mmu_init(struct host_mmu *mmu, const struct pt_format *format, phys_addr_t root,
		  const struct tlb_shape *shape, host_mmu_copy_fn copy, void *copy_ctx);
void host_mmu_free(struct host_mmu *mmu);

/* ---- access ---- */

/*
 * One access to one byte, through the TLB: as pt_access(), whose outcome a miss is. Returns
 * outcome->fault. What is different from a walk:
 * - an entry of the TLB counts, whatever has become of the tables;
 * - a store through an entry that is not dirty yet walks again, to set the bit (x86, and where
 *   PT_CPU_HW_AD says so);
 * - on x86 a fault drops the entry that it came from, so that rights which were added without
 *   a flush fault once and no more. Elsewhere they fault until the flush.
 */
enum pt_fault host_mmu_access(struct host_mmu *mmu, u64 va, enum pt_access_kind kind,
			      bool is_user, struct pt_outcome *outcome);

/* Where and why an access of several bytes ended. */
struct host_mmu_fault {
	enum pt_fault fault; /* PT_FAULT_BUS also where the translated address is no memory */
	u32 code;	     /* as in struct pt_outcome */
	u64 va;		     /* of the first byte that could not be accessed: CR2, DFAR */
	size_t done;	     /* bytes before it, which are copied */
};

/*
 * Loads or stores `len` bytes at va, page by page. PT_OK or the fault, with *fault filled in
 * (NULL: not wanted). A run of pages is no single access: pages before the fault are done.
 */
enum pt_fault host_mmu_read(struct host_mmu *mmu, u64 va, void *buf, size_t len, bool is_user,
			    struct host_mmu_fault *fault);
enum pt_fault host_mmu_write(struct host_mmu *mmu, u64 va, const void *buf, size_t len,
			     bool is_user, struct host_mmu_fault *fault);

/* ---- flushing and switching ---- */

/* The page that holds va, of whatever size: of the current tag, and global ones (INVLPG). */
void host_mmu_flush_page(struct host_mmu *mmu, u64 va);
/* [va, va + size) of every tag, and global; size 0: everything. */
void host_mmu_flush_range(struct host_mmu *mmu, u64 va, u64 size);
/* All of a tag, or of TLB_ANY_TAG, but what is global. */
void host_mmu_flush_tag(struct host_mmu *mmu, unsigned int tag);
/*
 * Another table (CR3, TTBR, satp). Unless `keeps` (bit 63 of a CR3 with PCID; ARM and RISC-V
 * always), what the new tag has is forgotten, but not what is global.
 */
void host_mmu_load(struct host_mmu *mmu, phys_addr_t root, unsigned int tag, bool keeps);

/* Hits and misses, as they are now. `faults`: NULL, or where the number of faults goes. */
struct tlb_counts host_mmu_counts(struct host_mmu *mmu, u64 *faults);

#endif
