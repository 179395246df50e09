/* SPDX-License-Identifier: MIT */
/*
 * mmu_probe.c - accesses tried out by an ARMv7 CPU for kernel/mmu_oracle.c. Memory is filled
 * with undefined instructions: a jump into it ends in a trap that says it got there.
 */
#include <quire/pgtable_formats.h>

#include "kernel/mmu_oracle.h"
#include "port/imx6ul/imx6ul.h"

/* User mode, ARM state, everything that can be masked is. */
#define PSR_USER 0x1d0

static void use(phys_addr_t root, unsigned int cpu)
{
	(void)cpu;
	mmu_load_table(NULL, root);
}

/* Loads and stores can be the user's without leaving the kernel's mode; fetches cannot. */
static void access_as_user(uintptr_t va, enum pt_access_kind kind)
{
	u32 value = mmu_probe.fill;

	if (kind == PT_LOAD)
		__asm__ volatile("ldrbt %0, [%1]" : "=&r"(value) : "r"(va) : "memory");
	else if (kind == PT_STORE)
		__asm__ volatile("strbt %0, [%1]" : : "r"(value), "r"(va) : "memory");
	else
		__asm__ volatile("msr spsr_cxsf, %0\n\tmovs pc, %1"
				 :
				 : "r"(PSR_USER), "r"(va)
				 : "memory");
}

static void access_byte(uintptr_t va, enum pt_access_kind kind, bool is_user)
{
	volatile u8 *byte = (volatile u8 *)va;

	if (is_user)
		access_as_user(va, kind);
	else if (kind == PT_LOAD)
		(void)*byte;
	else if (kind == PT_STORE)
		*byte = (u8)mmu_probe.fill;
	else
		((void (*)(void))va)();
}

static bool is_done(const struct trap *trap)
{
	return trap->vector == UNDEFINED_INSTRUCTION;
}

/*
 * QEMU looks at XN before the access flag: a fetch from a page with neither is a permission
 * fault there. The manual's order is access flag, then permissions.
 */
static bool deviates(const struct pt_outcome *model, const struct trap *trap)
{
	unsigned int prot;

	if (model->fault != PT_FAULT_ACCESSED || trap->vector != PREFETCH_ABORT)
		return false;
	prot = pt_leaf_prot(&pt_armv7, model->level, model->entry);
	return !(prot & PT_EXEC) && (trap->code & FSR_STATUS) == (model->level ? 13 : 15);
}

/*
 * Bits that may be flipped wherever an entry stands: C and XN of a section, C and AF of a page,
 * AP2 of a page; a table's and a section's bit 9 mean nothing.
 */
#define FLIPS 0x218
/* A supersection's mark. */
#define KEEP 0x40000

struct mmu_probe mmu_probe = {
	.format = &pt_armv7,
	.code_mask = FSR_WRITE | FSR_STATUS,
	.has_user_fetch = true,
	.fill = 0xe7f000f0,
	.flips = FLIPS,
	.keep = KEEP,
	.use = use,
	.access = access_byte,
	.is_done = is_done,
	.deviates = deviates,
};

void mmu_probe_init(void)
{
}
