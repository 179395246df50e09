/* SPDX-License-Identifier: MIT */
/*
 * mmu_oracle.h - the CPU's MMU against the library's reading of the same tables.
 */
#ifndef KERNEL_MMU_ORACLE_H
#define KERNEL_MMU_ORACLE_H

#include "kernel/kernel.h"

/* What a port gives, to have accesses tried out by its CPU. */
struct mmu_probe {
	const struct pt_format *format; /* that this CPU walks */
	unsigned int phys_bits;		/* its address lines; 0: the format's */
	unsigned int always;		/* PT_CPU_ bits that are on */
	unsigned int choices;		/* those that may be turned on and off */
	unsigned long code_mask;	/* of struct trap.code: what the model gives */
	bool has_user_fetch;		/* code can be run in user mode */
	u32 fill;	    /* a word that, run as code, ends the access well */
	u64 flips;	    /* bits of an entry that may be changed at random, wherever it is */
	u64 keep;	    /* bits that are never: they make an entry that the model does not have */
	uintptr_t user_va;  /* where user_code is mapped for the user; far from 0 */
	const void *user_code; /* at most a page; NULL: none is needed */
	size_t user_code_size;

	/* Makes the CPU use this table and these PT_CPU_ bits, and forget what it knew. */
	void (*use)(phys_addr_t root, unsigned int cpu);
	/*
	 * One access to one byte (a fetch: to one word). Ends well by returning, or by a trap
	 * that is_done() knows; else by the fault.
	 */
	void (*access)(uintptr_t va, enum pt_access_kind kind, bool is_user);
	bool (*is_done)(const struct trap *trap);
	/* A CPU may set this bit, or not, in the entries that an access reads which then faults. */
	u64 accessed;
	/* Bits that QEMU sets in entries of the root, and no CPU does. */
	u64 root_noise;
	/*
	 * Is this trap, with a code that is not the model's, what an emulated CPU is known to do
	 * against its manual? NULL: none is.
	 */
	bool (*deviates)(const struct pt_outcome *model, const struct trap *trap);
};

/* The port's; complete after mmu_probe_init(). */
extern struct mmu_probe mmu_probe;
void mmu_probe_init(void);

struct mmu_oracle_counts {
	unsigned long accesses, faults, skipped;
};

/*
 * Fills `sets` random tables and tries accesses in each. Returns NULL if the CPU and
 * pt_access() agreed about all: outcome, code, address, and every bit of the tables
 * afterwards; else one line that says where they did not.
 */
const char *mmu_oracle(const struct mmu_probe *probe, unsigned long sets,
		       struct mmu_oracle_counts *counts);

#endif
