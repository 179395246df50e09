/* SPDX-License-Identifier: MIT */
/*
 * access.c - the table walk of the hardware: one access, translated or refused.
 *
 * The walk is the same for all; a processor family adds three things of its own: what of
 * an access the leaf allows, which of accessed and dirty it sets by itself, and how it
 * words a fault (access_codes.c).
 *
 * Bits are set by compare-and-exchange, as hardware does it: if the entry has changed since
 * it was read, the whole walk begins again. It ends, because each new attempt follows a
 * change made by somebody else.
 */
#include "mm/lib/annotate.h"
#include "mm/lib/bitmap.h"
#include "mm/pgtable/access.h"
#include "mm/pgtable/internal.h"

struct access {
	const struct pt_format *f;
	const struct pt_request *request;
	struct pt_outcome *out;
	unsigned int denied; /* by the tables above */
	u64 table_bits;	     /* AArch64: all table entries on the way, OR-ed */
	void *slot;
};

static bool is_store(const struct access *a)
{
	return a->request->kind == PT_STORE;
}

static bool cpu_has(const struct access *a, unsigned int bit)
{
	return a->request->cpu & bit;
}

/* ---- permissions of a leaf, by family ---- */

static enum pt_fault allow(bool is_allowed)
{
	return is_allowed ? PT_OK : PT_FAULT_PERMISSION;
}

static enum pt_fault x86_permits(const struct access *a, unsigned int prot)
{
	bool is_user = a->request->is_user;

	if (is_user && !(prot & PT_USER))
		return PT_FAULT_PERMISSION;
	if (a->request->kind == PT_FETCH) {
		if (!is_user && (prot & PT_USER) && cpu_has(a, PT_CPU_SMEP))
			return PT_FAULT_PERMISSION;
		return allow(prot & PT_EXEC);
	}
	if (!is_user && (prot & PT_USER) && cpu_has(a, PT_CPU_SMAP))
		return PT_FAULT_PERMISSION;
	return allow(!is_store(a) || (prot & PT_WRITE) || (!is_user && !cpu_has(a, PT_CPU_WP)));
}

static enum pt_fault armv7_permits(const struct access *a, unsigned int prot)
{
	if (!(prot & PT_ACCESSED))
		return PT_FAULT_ACCESSED;
	if (a->request->is_user && !(prot & PT_USER))
		return PT_FAULT_PERMISSION;
	if (a->request->kind == PT_FETCH)
		return allow(prot & PT_EXEC);
	return allow(!is_store(a) || (prot & PT_WRITE));
}

/* By the bits: "executable" and "writable" say less than AArch64 has to say. */
static enum pt_fault arm64_permits(const struct access *a)
{
	u64 e = a->out->entry, tables = a->table_bits;
	bool user_may = (e & ARM64_PTE_USER) && !(tables & ARM64_TABLE_NO_USER);
	bool can_write = !(e & ARM64_PTE_RDONLY);

	if (!(e & ARM64_PTE_AF) && !cpu_has(a, PT_CPU_HW_AD))
		return PT_FAULT_ACCESSED;
	if ((e & ARM64_PTE_DBM) && cpu_has(a, PT_CPU_HW_AD))
		can_write = true;
	if (tables & ARM64_TABLE_RDONLY)
		can_write = false;
	if (a->request->kind == PT_FETCH) {
		/* What user programs may write the kernel never executes. */
		bool user_writes = user_may && can_write;

		return a->request->is_user
			       ? allow(!(e & ARM64_PTE_UXN) && !(tables & ARM64_TABLE_UXN))
			       : allow(!(e & ARM64_PTE_PXN) && !(tables & ARM64_TABLE_PXN) && !user_writes);
	}
	if (a->request->is_user && !user_may)
		return PT_FAULT_PERMISSION;
	return allow(!is_store(a) || can_write);
}

static enum pt_fault riscv_permits(const struct access *a, unsigned int prot)
{
	enum pt_access_kind kind = a->request->kind;
	bool is_user_page = prot & PT_USER;
	bool can_read = (prot & PT_READ) || ((prot & PT_EXEC) && cpu_has(a, PT_CPU_MXR));

	if (a->request->is_user != is_user_page &&
	    (a->request->is_user || kind == PT_FETCH || !cpu_has(a, PT_CPU_SUM)))
		return PT_FAULT_PERMISSION;
	if (kind == PT_FETCH ? !(prot & PT_EXEC) : kind == PT_STORE ? !(prot & PT_WRITE) : !can_read)
		return PT_FAULT_PERMISSION;
	if (cpu_has(a, PT_CPU_HW_AD))
		return PT_OK;
	if (!(prot & PT_ACCESSED) || (kind == PT_STORE && !(prot & PT_DIRTY)))
		return PT_FAULT_ACCESSED;
	return PT_OK;
}

/* The enable bits first, then the bits that make an enabled access fault. */
static enum pt_fault alpha_permits(const struct access *a)
{
	static const u64 fault_on[] = { ALPHA_PTE_FOR, ALPHA_PTE_FOW, ALPHA_PTE_FOE };
	bool is_user = a->request->is_user;
	u64 read = is_user ? ALPHA_PTE_URE : ALPHA_PTE_KRE;
	u64 write = is_user ? ALPHA_PTE_UWE : ALPHA_PTE_KWE;

	if (!(a->out->entry & (is_store(a) ? write : read)))
		return PT_FAULT_PERMISSION;
	return a->out->entry & fault_on[a->request->kind] ? PT_FAULT_ON : PT_OK;
}

static enum pt_fault leaf_permits(const struct access *a)
{
	unsigned int prot = pt_leaf_prot(a->f, a->out->level, a->out->entry) & ~a->denied;

	switch (a->f->mmu) {
	case PT_MMU_X86:
		return x86_permits(a, prot);
	case PT_MMU_ARMV7:
		return armv7_permits(a, prot);
	case PT_MMU_AARCH64:
		return arm64_permits(a);
	case PT_MMU_RISCV:
		return riscv_permits(a, prot);
	default:
		return alpha_permits(a);
	}
}

/* ---- what the hardware writes ---- */

/* The leaf as it is after an allowed access. */
static u64 leaf_after(const struct access *a)
{
	u64 e = a->out->entry;

	switch (a->f->mmu) {
	case PT_MMU_X86:
		return e | X86_PTE_A | (is_store(a) ? X86_PTE_D : 0);
	case PT_MMU_RISCV: /* without PT_CPU_HW_AD both are set, or it would have faulted */
		return e | RISCV_PTE_A | (is_store(a) ? RISCV_PTE_D : 0);
	case PT_MMU_AARCH64:
		e |= ARM64_PTE_AF;
		return is_store(a) ? e & ~ARM64_PTE_RDONLY : e;
	default:
		return e;
	}
}

/* Bits to set in a table entry as the walk passes it. False: the entry has changed. */
static bool note_table(const struct access *a, u64 e)
{
	u64 after = e | a->f->level[a->out->level].table->accessed;

	return after == e || quire_pt_replace(a->f, a->slot, e, after);
}

/* ---- the walk ---- */

/* Bit 63 of an x86 entry, when the processor does not know NX. */
static bool is_reserved_nx(const struct access *a, u64 e)
{
	return a->f->mmu == PT_MMU_X86 && (e & X86_PTE_NX) && !cpu_has(a, PT_CPU_NXE);
}

static enum pt_fault check_present(const struct access *a, u64 e)
{
	enum pt_kind kind = pt_kind(a->f, a->out->level, e);
	unsigned int phys_bits = a->request->phys_bits;

	if (kind != PT_TABLE && kind != PT_LEAF)
		return PT_FAULT_TRANSLATION;
	if (!phys_bits || phys_bits > a->f->phys_bits)
		phys_bits = a->f->phys_bits;
	if (quire_pt_has_reserved(a->f, a->out->level, e, phys_bits) || is_reserved_nx(a, e))
		return PT_FAULT_RESERVED;
	return PT_OK;
}

#define WALK_AGAIN (-1)

static int finish(struct access *a, u64 va)
{
	const struct pt_found found = { a->out->entry, a->out->level };
	enum pt_fault fault = leaf_permits(a);
	u64 after;

	if (fault)
		return (int)fault;
	after = leaf_after(a);
	if (after != a->out->entry && !quire_pt_replace(a->f, a->slot, a->out->entry, after))
		return WALK_AGAIN;
	a->out->phys = pt_found_phys(a->f, &found, va);
	a->out->after = after;
	a->out->denied = a->denied;
	a->out->table_bits = a->table_bits;
	return PT_OK;
}

/* Nobody stops hardware from walking a table that was freed: error checkers are not asked. */
ANNOTATE_UNCHECKED static u64 read_entry(const struct pt_format *f, const void *slot)
{
	return pt_read(f, slot);
}

static int walk_once(struct access *a, u64 table, u64 va)
{
	const struct pt_format *f = a->f;
	unsigned int level = f->levels;
	enum pt_fault fault;

	a->denied = 0;
	a->table_bits = 0;
	while (level--) {
		u64 e;

		a->out->level = level;
		if (!quire_pt_reachable(table, pt_table_bytes(f, level)))
			return PT_FAULT_BUS;
		a->slot = pt_slot(f, phys_to_virt((phys_addr_t)table), pt_index(f, level, va));
		e = a->out->entry = read_entry(f, a->slot);
		fault = check_present(a, e);
		if (fault)
			return (int)fault;
		if (!pt_is_table(f, level, e))
			break;
		if (!note_table(a, e))
			return WALK_AGAIN;
		a->denied |= quire_pt_denied(f->level[level].table, e);
		a->table_bits |= e;
		table = pt_table_addr(f, level, e);
	}
	return finish(a, va);
}

enum pt_fault pt_access(const struct pt_format *f, phys_addr_t root, u64 va,
			const struct pt_request *request, struct pt_outcome *outcome)
{
	struct access a = { .f = f, .request = request, .out = outcome };
	int answer;

	*outcome = (struct pt_outcome){ .fault = PT_FAULT_CANONICAL, .level = f->levels - 1u };
	if (pt_is_canonical(f, va)) {
		do {
			answer = walk_once(&a, root, va);
		} while (answer == WALK_AGAIN);
		outcome->fault = (enum pt_fault)answer;
	}
	if (outcome->fault)
		outcome->code = quire_pt_fault_code(f, request, outcome);
	return outcome->fault;
}

bool pt_access_cached(const struct pt_format *f, const struct pt_outcome *seen, u64 va,
		      const struct pt_request *request, struct pt_outcome *outcome)
{
	struct access a = { .f = f, .request = request, .out = outcome, .denied = seen->denied,
			    .table_bits = seen->table_bits };
	const struct pt_found found = { seen->after, seen->level };

	*outcome = *seen;
	outcome->entry = seen->after;
	outcome->fault = leaf_permits(&a);
	if (!outcome->fault) {
		outcome->phys = pt_found_phys(f, &found, va);
		return leaf_after(&a) == outcome->entry;
	}
	*outcome = (struct pt_outcome){ .fault = outcome->fault, .level = seen->level,
					.entry = seen->after };
	outcome->code = quire_pt_fault_code(f, request, outcome);
	return true;
}
