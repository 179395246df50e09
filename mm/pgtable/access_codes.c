/* SPDX-License-Identifier: MIT */
/*
 * access_codes.c - how each processor family words a fault.
 */
#include "mm/pgtable/access.h"

#define X86_PF_P 1u
#define X86_PF_W 2u
#define X86_PF_U 4u
#define X86_PF_RSVD 8u
#define X86_PF_ID 16u

/* I/D is reported only where fetches can be refused: NX in an 8-byte format, or SMEP. */
static u32 x86_code(const struct pt_format *f, const struct pt_request *r, enum pt_fault fault)
{
	bool tells_fetch = (r->cpu & PT_CPU_SMEP) || ((r->cpu & PT_CPU_NXE) && f->entry_bytes == 8);
	u32 code = fault == PT_FAULT_TRANSLATION ? 0 : X86_PF_P;

	if (fault == PT_FAULT_CANONICAL || fault == PT_FAULT_BUS)
		return 0;
	if (fault == PT_FAULT_RESERVED)
		code |= X86_PF_RSVD;
	if (r->kind == PT_STORE)
		code |= X86_PF_W;
	if (r->is_user)
		code |= X86_PF_U;
	if (r->kind == PT_FETCH && tells_fetch)
		code |= X86_PF_ID;
	return code;
}

/* Level 1 is a section's, level 0 a page's. */
static u32 armv7_code(const struct pt_request *r, const struct pt_outcome *o)
{
	static const u8 section[] = {
		[PT_FAULT_CANONICAL] = 5, [PT_FAULT_TRANSLATION] = 5, [PT_FAULT_RESERVED] = 5,
		[PT_FAULT_ACCESSED] = 3,  [PT_FAULT_PERMISSION] = 13, [PT_FAULT_BUS] = 12,
	};
	static const u8 page[] = {
		[PT_FAULT_CANONICAL] = 7, [PT_FAULT_TRANSLATION] = 7, [PT_FAULT_RESERVED] = 7,
		[PT_FAULT_ACCESSED] = 6,  [PT_FAULT_PERMISSION] = 15, [PT_FAULT_BUS] = 14,
	};
	u32 write = r->kind == PT_STORE ? 1u << 11 : 0;

	return write | (o->level ? section[o->fault] : page[o->fault]);
}

static u32 arm64_code(const struct pt_format *f, const struct pt_request *r,
		      const struct pt_outcome *o)
{
	u32 level = f->levels - 1u - o->level, write = r->kind == PT_STORE ? 1u << 6 : 0;

	switch (o->fault) {
	case PT_FAULT_ACCESSED:
		return write | (8 + level);
	case PT_FAULT_PERMISSION:
		return write | (12 + level);
	case PT_FAULT_BUS:
		return write | (20 + level);
	case PT_FAULT_CANONICAL:
		return write | 4;
	default:
		return write | (4 + level);
	}
}

static u32 riscv_code(const struct pt_request *r, enum pt_fault fault)
{
	static const u8 page_fault[] = { [PT_LOAD] = 13, [PT_STORE] = 15, [PT_FETCH] = 12 };
	static const u8 access_fault[] = { [PT_LOAD] = 5, [PT_STORE] = 7, [PT_FETCH] = 1 };

	return fault == PT_FAULT_BUS ? access_fault[r->kind] : page_fault[r->kind];
}

static u32 alpha_code(const struct pt_request *r, enum pt_fault fault)
{
	static const u8 fault_on[] = { [PT_LOAD] = 2, [PT_STORE] = 4, [PT_FETCH] = 3 };

	if (fault == PT_FAULT_ON)
		return fault_on[r->kind];
	return fault == PT_FAULT_TRANSLATION ? 0 : 1;
}

u32 quire_pt_fault_code(const struct pt_format *f, const struct pt_request *request,
			const struct pt_outcome *outcome)
{
	switch (f->mmu) {
	case PT_MMU_X86:
		return x86_code(f, request, outcome->fault);
	case PT_MMU_ARMV7:
		return armv7_code(request, outcome);
	case PT_MMU_AARCH64:
		return arm64_code(f, request, outcome);
	case PT_MMU_RISCV:
		return riscv_code(request, outcome->fault);
	default:
		return alpha_code(request, outcome->fault);
	}
}
