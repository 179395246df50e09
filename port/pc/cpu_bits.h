/* SPDX-License-Identifier: MIT */
/*
 * cpu_bits.h - bits of x86's control registers and the numbers of this machine, for C and
 * assembly. Sources: Intel SDM volume 3A chapter 2, volume 4; the PVH boot protocol.
 */
#ifndef PORT_PC_CPU_BITS_H
#define PORT_PC_CPU_BITS_H

#include "port/pc/layout.h"

#define PVH_NOTE_ENTRY 18 /* the ELF note that names the 32-bit entry */

#define CR0_PE 0x1
#define CR0_WP 0x10000
#define CR0_PG 0x80000000
#define CR0_AT_START (CR0_PG | CR0_WP | CR0_PE)

#define CR4_PSE 0x10
#define CR4_PAE 0x20
#define CR4_PGE 0x80
#if __SIZEOF_POINTER__ == 8 || PC_PAE
#define CR4_AT_START (CR4_PAE | CR4_PGE)
#else
#define CR4_AT_START (CR4_PSE | CR4_PGE)
#endif

#define MSR_PAT 0x277
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define CPUID_1_EDX_PSE 0x8
#define CPUID_1_EDX_MSR 0x20
#define CPUID_1_EDX_PAE 0x40
#define CPUID_1_EDX_PGE 0x2000
#define CPUID_1_EDX_PAT 0x10000
#define CPUID_81_EDX_NX 0x100000
#define CPUID_81_EDX_PAGES_1G 0x4000000
#define CPUID_81_EDX_LONG 0x20000000

#if __SIZEOF_POINTER__ == 8
#define CPUID_1_EDX_NEEDED (CPUID_1_EDX_PAE | CPUID_1_EDX_PGE | CPUID_1_EDX_MSR | CPUID_1_EDX_PAT)
#define UNFIT_TEXT "This CPU will not do: 64 bits, PAE, PGE, PAT and NX are needed\n"
#elif PC_PAE
#define CPUID_1_EDX_NEEDED (CPUID_1_EDX_PAE | CPUID_1_EDX_PGE | CPUID_1_EDX_MSR | CPUID_1_EDX_PAT)
#define UNFIT_TEXT "This CPU will not do: PAE, PGE, PAT and NX are needed\n"
#else
#define CPUID_1_EDX_NEEDED (CPUID_1_EDX_PSE | CPUID_1_EDX_PGE | CPUID_1_EDX_MSR | CPUID_1_EDX_PAT)
#define UNFIT_TEXT "This CPU will not do: PSE, PGE and PAT are needed\n"
#endif

/* Of the first page table. */
#define X86_TABLE_PRESENT 0x1
#define X86_TABLE_WRITABLE 0x3
#define X86_LARGE_PAGE 0x83

/*
 * QEMU's exit device: a byte v ends QEMU with status 2v + 1, so 33 is passed and 35 failed,
 * and neither can be mistaken for an end of QEMU's own.
 */
#define EXIT_PORT 0xf4
#define EXIT_PASSED 0x10
#define EXIT_FAILED 0x11

#endif
