/* SPDX-License-Identifier: MIT */
/*
 * pc.h - what the files of port/pc share.
 */
#ifndef PORT_PC_PC_H
#define PORT_PC_PC_H

#include "kernel/kernel.h"
#include "port/pc/cpu_bits.h"
#include "port/pc/e820.h"

/* Code and data that are given back once the kernel is up. */
#define BOOT_CODE __attribute__((section(".init.text"), noinline))

/* ---- the image, by the linker script; addresses as linked ---- */
extern char __image_start[], __image_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __init_start[], __init_text_end[], __init_end[];
extern char __data_start[], __data_end[];
extern char __bss_start[], __bss_end[];
extern char __per_cpu_start[], __per_cpu_end[];

/* The physical address of something in the image. */
static inline phys_addr_t image_phys(const volatile void *addr)
{
	return (phys_addr_t)((uintptr_t)addr - KERNEL_BASE);
}

/* ---- stacks.c: each with a page below it that is not mapped ---- */

#define GUARDED_STACK(bytes)                                  \
	struct {                                                          \
		_Alignas(PAGE_BYTES) char guard[PAGE_BYTES];              \
		char bytes_[bytes];                                       \
	}
struct kernel_stacks {
	GUARDED_STACK(BOOT_STACK_BYTES) boot;
	GUARDED_STACK(TRAP_STACK_BYTES) trap;		/* x86-64: every trap's, by IST 1 */
	GUARDED_STACK(TRAP_STACK_BYTES) double_fault;	/* by IST 2, or a task of its own */
	char end[PAGE_BYTES]; /* a guard too: for who runs off the top of the last one */
};
extern struct kernel_stacks kernel_stacks;
#define STACK_TOP(name) (kernel_stacks.name.bytes_ + sizeof(kernel_stacks.name.bytes_))

/* ---- pvh.c: what the loader says ---- */

#define PC_MAX_RANGES 128
#define PC_COMMAND_LINE 2048

struct pc_firmware {
	struct e820_entry map[PC_MAX_RANGES];
	size_t nr_map;
	char command_line[PC_COMMAND_LINE];
};

/*
 * Reads the loader's start information at that physical address, which the early table
 * maps. Panics if it is none, or lacks a memory map.
 */
void pc_read_firmware(u32 start_info, struct pc_firmware *firmware);

/* ---- machine.c ---- */

/* The machine's description, made from the firmware's map. */
const struct quire_machine *pc_describe(const struct pc_firmware *firmware);
/* struct machine_kvirt's load_table. */
void pc_load_table(void *ctx, phys_addr_t root);

/* ---- traps ---- */

/* What a trap's entry code leaves on the stack, lowest address first. */
struct trap_frame {
#if __SIZEOF_POINTER__ == 8
	unsigned long r15, r14, r13, r12, r11, r10, r9, r8;
	unsigned long di, si, bp, bx, dx, cx, ax;
	unsigned long vector, code;
	unsigned long ip, cs, flags, sp, ss; /* by the CPU */
#else
	unsigned long gs, fs, es, ds;
	unsigned long di, si, bp, sp, bx, dx, cx, ax;
	unsigned long vector, code;
	unsigned long ip, cs, flags; /* by the CPU */
#endif
};

#define TRAP_DOUBLE_FAULT 8
#define TRAP_PAGE_FAULT 14
#define NR_TRAPS 32

/*
 * Where every trap goes. Returns if trap_resolve() has taken its cause away; else it ends in
 * trap_catch(), or in a register dump that ends the machine.
 */
void pc_trap(const struct trap_frame *frame);
/* What the entry code of each exception begins with: traps.S. */
extern const uintptr_t trap_entries[NR_TRAPS];

/* i386/test_segments.c: the CPU's segmentation unit against mm/segment. */
void test_segments(void);

/* i386/tables.c, x86_64/tables.c: GDT, TSS and IDT are built and loaded. */
void pc_init_tables(void);
/* The page table has changed: where the CPU keeps a copy of the root in memory. */
void pc_note_root(phys_addr_t root);

#endif
