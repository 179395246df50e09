/* SPDX-License-Identifier: MIT */
/*
 * kfence.h - guard pages by sampling: now and then an object is a page of its own, between two pages
 * that nobody may touch, and when it is given back nobody may touch it either. What runs over an end of
 * it, or uses it too late, faults at once, with the very instruction. Cheap enough to be always on:
 * few objects are sampled, but many machines run for long. (Linux's KFENCE.)
 *
 * A machine has it with objects.sampler = &quire_kfence, if it has a kernel page table. The embedder's
 * page-fault handler asks kfence_handle_page_fault() first, and his timer calls kfence_tick().
 */
#ifndef QUIRE_KFENCE_H
#define QUIRE_KFENCE_H

#include <quire/slab.h>

#if CONFIG_MMU

extern const struct slab_sampler quire_kfence;

/*
 * The same while the machine runs: a pool of so many objects (0: 255). 0; -EBUSY: there is one; -EINVAL: no
 * kernel page table; -ENOMEM. Context: may sleep; nobody takes or gives objects meanwhile.
 */
int kfence_enable(unsigned int objects);

/* From now on the next request for an object that can be sampled is. Context: any. Linux: each 100 ms. */
void kfence_tick(void);
/*
 * Of the requests that a CPU's array cannot serve, each so many-th is sampled too; 0: none, only
 * ticks count. It begins as machine.objects.sample_interval says.
 */
void kfence_set_interval(unsigned long interval);

/* Is the address in the pool? */
bool is_kfence_address(const void *addr);
/*
 * A page fault: true: it was in the pool, was reported, and the instruction can go on: the page may be
 * touched from now on. False: it is none of ours. `ip`: of the instruction. Context: that of a fault,
 * no lock of the library's held.
 */
bool kfence_handle_page_fault(uintptr_t addr, bool is_write, const void *ip);

/* Objects of the pool that are in use, and were ever handed out; errors that were found. */
struct kfence_counts {
	unsigned int objects, in_use;
	unsigned long nr_sampled, nr_freed, nr_bugs, nr_skipped;
};
void kfence_count(struct kfence_counts *counts);

#endif
#endif
