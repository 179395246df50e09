/* SPDX-License-Identifier: MIT */
/*
 * mmu_probe.c - accesses tried out by a PC's CPU, in kernel mode and in user mode, for
 * kernel/mmu_oracle.c.
 *
 * Memory is filled with breakpoints (int3): a jump into it ends in a trap that says it got
 * there. A piece of code in user mode does its access and a breakpoint too; user mode may not
 * call that gate, so it ends in a general protection fault that names it.
 */
#include <quire/pgtable_formats.h>
#include <quire/segment.h>

#include "kernel/mmu_oracle.h"
#include "port/pc/cpu.h"
#include "port/pc/pc.h"
#include "port/pc/segments.h"

#define CR4_SMEP 0x100000
#define CR4_SMAP 0x200000
#define CPUID_7_EBX_SMEP 0x80
#define CPUID_7_EBX_SMAP 0x100000

#define TRAP_BREAKPOINT 3
#define TRAP_GENERAL_PROTECTION 13
/* The error code names gate 3 of the IDT; QEMU counts 16 bytes for each in 64-bit mode. */
#define BREAKPOINT_GATE (TRAP_BREAKPOINT << 3 | 2)
#define BREAKPOINT_GATE_QEMU (TRAP_BREAKPOINT << 4 | 2)

/* The user's accesses, each at a place of its own: by enum pt_access_kind. */
#define USER_CODE_STEP 16
extern const char user_access_code[], user_access_code_end[];
#if __SIZEOF_POINTER__ == 8
__asm__(".pushsection .rodata\n\t.balign 16\n\t.globl user_access_code, user_access_code_end\n"
	"user_access_code:\n\tmovb (%rax), %cl\n\tint3\n\t.balign 16, 0xcc\n"
	"\tmovb $0xcc, (%rax)\n\tint3\n\t.balign 16, 0xcc\n"
	"\tjmp *%rax\n\t.balign 16, 0xcc\nuser_access_code_end:\n\t.popsection\n");
#else
/* The data segment is the user's too. */
__asm__(".pushsection .rodata\n\t.balign 16\n\t.globl user_access_code, user_access_code_end\n"
	"user_access_code:\n\tmovl %edx, %ds\n\tmovb (%eax), %cl\n\tint3\n\t.balign 16, 0xcc\n"
	"\tmovl %edx, %ds\n\tmovb $0xcc, (%eax)\n\tint3\n\t.balign 16, 0xcc\n"
	"\tjmp *%eax\n\t.balign 16, 0xcc\nuser_access_code_end:\n\t.popsection\n");
#endif

static void use(phys_addr_t root, unsigned int cpu)
{
	unsigned long cr4 = read_cr4() & ~(unsigned long)(CR4_SMEP | CR4_SMAP | CR4_PGE);

	write_cr0((read_cr0() & ~(unsigned long)CR0_WP) | (cpu & PT_CPU_WP ? CR0_WP : 0));
	/* Without PGE nothing is kept. */
	write_cr4(cr4);
	write_cr3(root);
	write_cr4(cr4 | CR4_PGE | (cpu & PT_CPU_SMEP ? CR4_SMEP : 0) | (cpu & PT_CPU_SMAP ? CR4_SMAP : 0));
}

/* Leaves for user mode; what is done there ends in a trap. */
static void access_as_user(uintptr_t va, enum pt_access_kind kind)
{
	uintptr_t code = mmu_probe.user_va + (uintptr_t)kind * USER_CODE_STEP;

#if __SIZEOF_POINTER__ == 8
	__asm__ volatile("pushq %1\n\tpushq $0\n\tpushq $2\n\tpushq %2\n\tpushq %3\n\tiretq"
			 :
			 : "a"(va), "i"(USER_DS), "i"(USER_CS), "r"(code)
			 : "rcx", "memory");
#else
	__asm__ volatile("pushl %1\n\tpushl $0\n\tpushl $2\n\tpushl %2\n\tpushl %3\n\tiretl"
			 :
			 : "a"(va), "i"(__USER_DS), "i"(__USER_CS), "r"(code), "d"(__USER_DS)
			 : "ecx", "memory");
#endif
	__builtin_unreachable();
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
	return trap->vector == TRAP_BREAKPOINT ||
	       (trap->vector == TRAP_GENERAL_PROTECTION &&
		(trap->code == BREAKPOINT_GATE || trap->code == BREAKPOINT_GATE_QEMU));
}

/*
 * The manual (volume 3A, 4.7) says that bit 3 (reserved bit set) comes with bit 0 (present);
 * QEMU leaves bit 0 clear then.
 */
static bool deviates(const struct pt_outcome *model, const struct trap *trap)
{
	return model->fault == PT_FAULT_RESERVED && trap->code == (model->code & ~1u);
}

#if __SIZEOF_POINTER__ == 8
#define WALKED pt_x86_64
#define USER_CODE_VA ADDRESS(0x00007f0000000000)
/* All flags, and what is above any CPU's address lines. */
#define FLIPS 0xfff0000000000fffull
#define ROOT_NOISE 0
#elif PC_PAE
#define WALKED pt_i386_pae
#define USER_CODE_VA ADDRESS(0x80000000)
#define FLIPS 0xfff0000000000fffull
#define ROOT_NOISE 0x20 /* the root's entries have no accessed bit */
#else
#define WALKED pt_i386_pse36
#define USER_CODE_VA ADDRESS(0x80000000)
/* Not bit 7: a table become a large page would use address lines beyond the 36 of PSE-36. */
#define FLIPS 0xf7full
#define ROOT_NOISE 0
#endif

struct mmu_probe mmu_probe = {
	.format = &WALKED,
	.code_mask = ~0ul,
	.always = PT_CPU_WP | PT_CPU_NXE,
	.has_user_fetch = true,
	.fill = 0xcccccccc,
	.flips = FLIPS,
	.user_va = USER_CODE_VA,
	.user_code = user_access_code,
	.use = use,
	.access = access_byte,
	.is_done = is_done,
	.deviates = deviates,
	.accessed = 0x20,
	.root_noise = ROOT_NOISE,
};

void mmu_probe_init(void)
{
	struct cpuid features = { 0, 0, 0, 0 };

	if (cpuid(0).a >= 7)
		features = cpuid(7);
	mmu_probe.choices = PT_CPU_WP;
	if (features.b & CPUID_7_EBX_SMEP)
		mmu_probe.choices |= PT_CPU_SMEP;
	if (features.b & CPUID_7_EBX_SMAP)
		mmu_probe.choices |= PT_CPU_SMAP;
	mmu_probe.user_code_size = (size_t)(user_access_code_end - user_access_code);
	if (mmu_probe.format->entry_bytes == 8 && cpuid(0x80000000).a >= 0x80000008) {
		mmu_probe.phys_bits = cpuid(0x80000008).a & 0xff;
		/* Bits of an address that this CPU has no lines for. */
		mmu_probe.flips |= (1ull << 52) - (1ull << mmu_probe.phys_bits);
	}
}
