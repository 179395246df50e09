/* SPDX-License-Identifier: MIT */
/*
 * mmu.c - an MMU in software.
 *
 *   access --> TLB: hit, and known to be allowed -----------------> physical address
 *               | hit --> do the rights that were read allow it? --> physical address, fault
 *               |          and must a dirty bit be set?
 *               v miss                 v yes
 *              walk of the tables (pt_access), remembered ---------> physical address, fault
 *
 * What an entry remembers is the outcome of the walk. It says all that later accesses to the
 * page must know (pt_access_cached), but to ask it costs as much as a short walk. So an entry
 * also has a bit for each kind of access by user and kernel, set when it was allowed once;
 * these hold for the control bits of that time.
 *
 * The lock is held from the look into the TLB until the bytes are copied: a flush by another
 * thread waits for an access that is under way, as the interrupt that asks a processor to flush
 * waits for the instruction.
 */
#include "port/host/mmu.h"

#include <sched.h>
#include <string.h>

#include <quire/quire.h>

/* First come, first served: a CPU that reads and reads does not keep a flush waiting. */
static void lock(struct host_mmu *mmu)
{
	unsigned int ticket = atomic_fetch_add_explicit(&mmu->next_ticket, 1, memory_order_relaxed);

	while (atomic_load_explicit(&mmu->serving, memory_order_acquire) != ticket)
		sched_yield();
}

static void unlock(struct host_mmu *mmu)
{
	unsigned int ticket = atomic_load_explicit(&mmu->serving, memory_order_relaxed);

	atomic_store_explicit(&mmu->serving, ticket + 1, memory_order_release);
}

int host_mmu_init(struct host_mmu *mmu, const struct pt_format *format, phys_addr_t root,
		  const struct tlb_shape *shape, host_mmu_copy_fn copy, void *copy_ctx)
{
	static const struct tlb_shape usual = TLB_SHAPE_DEFAULT;

	memset(mmu, 0, sizeof(*mmu));
	mmu->format = format;
	mmu->root = root;
	mmu->cpu = PT_CPU_WP | PT_CPU_NXE | PT_CPU_HW_AD;
	mmu->copy = copy;
	mmu->copy_ctx = copy_ctx;
	return tlb_init(&mmu->tlb, shape ? shape : &usual);
}

void host_mmu_free(struct host_mmu *mmu)
{
	tlb_free(&mmu->tlb);
}

/* ---- one access ---- */

static u8 may_bit(const struct pt_request *request)
{
	return (u8)(1u << (2u * (unsigned int)request->kind + request->is_user));
}

static void remember(struct host_mmu *mmu, u64 va, const struct pt_request *request,
		     const struct pt_outcome *outcome)
{
	const struct pt_format *f = mmu->format;
	bool is_global = pt_leaf_prot(f, outcome->level, outcome->after) & PT_GLOBAL;
	struct tlb_entry *e = tlb_insert(&mmu->tlb, va, f->level[outcome->level].shift, mmu->tag,
					 is_global);

	e->seen = *outcome;
	e->seen.entry = outcome->after;
	e->seen.phys &= ~(pt_level_size(f, outcome->level) - 1);
	e->may = may_bit(request);
	e->cpu = mmu->cpu;
}

/* What the entry says of the access; false: the tables must be walked. */
static bool answer(const struct host_mmu *mmu, struct tlb_entry *e, u64 va,
		   const struct pt_request *request, struct pt_outcome *outcome)
{
	if (e->cpu == mmu->cpu && e->may & may_bit(request)) {
		*outcome = e->seen;
		outcome->phys |= va - e->va;
		return true;
	}
	if (!pt_access_cached(mmu->format, &e->seen, va, request, outcome))
		return false;
	if (!outcome->fault) {
		e->may = (u8)((e->cpu == mmu->cpu ? e->may : 0u) | may_bit(request));
		e->cpu = mmu->cpu;
	}
	return true;
}

static enum pt_fault access_locked(struct host_mmu *mmu, u64 va, const struct pt_request *request,
				   struct pt_outcome *outcome)
{
	struct tlb_entry *e = tlb_find(&mmu->tlb, va, mmu->tag);

	if (e && answer(mmu, e, va, request, outcome)) {
		if (outcome->fault && mmu->format->mmu == PT_MMU_X86)
			tlb_drop(&mmu->tlb, e);
	} else {
		if (e)
			tlb_drop(&mmu->tlb, e);
		if (!pt_access(mmu->format, mmu->root, va, request, outcome))
			remember(mmu, va, request, outcome);
	}
	mmu->faults += outcome->fault != PT_OK;
	return outcome->fault;
}

static struct pt_request request_of(const struct host_mmu *mmu, enum pt_access_kind kind,
				    bool is_user)
{
	return (struct pt_request){ kind, is_user, mmu->cpu, mmu->phys_bits };
}

enum pt_fault host_mmu_access(struct host_mmu *mmu, u64 va, enum pt_access_kind kind,
			      bool is_user, struct pt_outcome *outcome)
{
	struct pt_request request;

	lock(mmu);
	request = request_of(mmu, kind, is_user);
	access_locked(mmu, va, &request, outcome);
	unlock(mmu);
	return outcome->fault;
}

/* ---- many bytes ---- */

/* RAM of the direct map; holes have no page structure. */
static bool copy_lowmem(u64 phys, void *buf, size_t len, bool is_write)
{
	const struct quire_geometry *geo = &this_quire()->geo;
	u64 end = max_low_pfn ? (u64)max_low_pfn << PAGE_SHIFT : geo->lowmem_end;
	void *ram;

	if (phys < geo->lowmem_start || phys >= end || len > end - phys)
		return false;
	if (max_low_pfn && !pfn_valid(PFN_DOWN(phys)))
		return false;
	ram = phys_to_virt((phys_addr_t)phys);
	memcpy(is_write ? ram : buf, is_write ? buf : ram, len);
	return true;
}

/* One piece that lies in one page. PT_OK, or the fault. */
static enum pt_fault copy_piece(struct host_mmu *mmu, u64 va, void *buf, size_t len,
				const struct pt_request *request, struct pt_outcome *outcome)
{
	bool is_write = request->kind == PT_STORE;

	if (access_locked(mmu, va, request, outcome))
		return outcome->fault;
	if (mmu->copy ? mmu->copy(mmu->copy_ctx, outcome->phys, buf, len, is_write)
		      : copy_lowmem(outcome->phys, buf, len, is_write))
		return PT_OK;
	mmu->faults++;
	outcome->code = 0;
	return PT_FAULT_BUS;
}

static enum pt_fault copy(struct host_mmu *mmu, u64 va, void *buf, size_t len,
			  enum pt_access_kind kind, bool is_user, struct host_mmu_fault *fault)
{
	size_t page = (size_t)pt_page_size(mmu->format), done, piece;
	enum pt_fault result = PT_OK;
	struct pt_outcome outcome = { .code = 0 };

	for (done = 0; done < len; done += piece) {
		struct pt_request request;

		piece = page - (size_t)((va + done) & (page - 1));
		piece = piece < len - done ? piece : len - done;
		lock(mmu);
		request = request_of(mmu, kind, is_user);
		result = copy_piece(mmu, va + done, (char *)buf + done, piece, &request, &outcome);
		unlock(mmu);
		if (result)
			break;
	}
	if (fault)
		*fault = (struct host_mmu_fault){ result, result ? outcome.code : 0, va + done,
						  done };
	return result;
}

enum pt_fault host_mmu_read(struct host_mmu *mmu, u64 va, void *buf, size_t len, bool is_user,
			    struct host_mmu_fault *fault)
{
	return copy(mmu, va, buf, len, PT_LOAD, is_user, fault);
}

enum pt_fault host_mmu_write(struct host_mmu *mmu, u64 va, const void *buf, size_t len,
			     bool is_user, struct host_mmu_fault *fault)
{
	return copy(mmu, va, (void *)(uintptr_t)buf, len, PT_STORE, is_user, fault);
}

/* ---- flushing and switching ---- */

static void flush(struct host_mmu *mmu, const struct tlb_range *range)
{
	lock(mmu);
	tlb_flush(&mmu->tlb, range);
	unlock(mmu);
}

void host_mmu_flush_page(struct host_mmu *mmu, u64 va)
{
	struct tlb_range page = { .first = va, .last = va, .with_global = true };

	lock(mmu);
	page.tag = mmu->tag;
	tlb_flush(&mmu->tlb, &page);
	unlock(mmu);
}

void host_mmu_flush_range(struct host_mmu *mmu, u64 va, u64 size)
{
	const struct tlb_range range = { size ? va : 0, size ? va + size - 1 : UINT64_MAX,
					 TLB_ANY_TAG, true };

	flush(mmu, &range);
}

void host_mmu_flush_tag(struct host_mmu *mmu, unsigned int tag)
{
	const struct tlb_range all = { 0, UINT64_MAX, tag, false };

	flush(mmu, &all);
}

void host_mmu_load(struct host_mmu *mmu, phys_addr_t root, unsigned int tag, bool keeps)
{
	const struct tlb_range all = { 0, UINT64_MAX, tag, false };

	lock(mmu);
	mmu->root = root;
	mmu->tag = tag;
	if (!keeps)
		tlb_flush(&mmu->tlb, &all);
	unlock(mmu);
}

struct tlb_counts host_mmu_counts(struct host_mmu *mmu, u64 *faults)
{
	struct tlb_counts counts;

	lock(mmu);
	counts = mmu->tlb.counts;
	if (faults)
		*faults = mmu->faults;
	unlock(mmu);
	return counts;
}
