/* SPDX-License-Identifier: MIT */
/*
 * segment.h - the x86 segmentation unit: descriptors and their tables, selectors, segment
 * registers with their hidden copies, logical to linear addresses.
 *
 * mm/segment/load.c tells how it works, with a drawing. Common to all calls:
 *
 *   Memory     everything the unit reads is memory that the caller gives: by pointer
 *              (struct segment_table), or by linear address through segment_cpu.memory.
 *   State      a struct segment_cpu is the caller's; it is not locked.
 *   Results    0; -EFAULT when the CPU would raise an exception, which is then in *fault;
 *              -EINVAL for a call that means nothing (a fault has not happened, *fault is
 *              not written). Whatever is not 0 has changed nothing: no register, no
 *              accessed or busy bit.
 *   Context    any; nothing sleeps, allocates or logs.
 *
 * Sources: Intel SDM volume 3A chapters 3, 5, 6 and 8, volume 2 (MOV, JMP, CALL, RET, LLDT, LTR,
 * LAR, LSL, VERR). Where it leaves the CPU a choice, the comment says which one is taken.
 */
#ifndef QUIRE_SEGMENT_H
#define QUIRE_SEGMENT_H

#include <quire/types.h>

/* ---- selectors ---- */

/* 15..3 index, 2 table indicator (0 GDT, 1 LDT), 1..0 requested privilege level. */
#define SEGMENT_RPL_MASK 0x3U
#define SEGMENT_TI_LDT 0x4U

static inline u16 segment_selector(unsigned int index, bool in_ldt, unsigned int rpl)
{
	return (u16)(index << 3 | (in_ldt ? SEGMENT_TI_LDT : 0) | (rpl & SEGMENT_RPL_MASK));
}

static inline unsigned int segment_index(u16 selector)
{
	return selector >> 3;
}

static inline bool segment_in_ldt(u16 selector)
{
	return selector & SEGMENT_TI_LDT;
}

static inline unsigned int segment_rpl(u16 selector)
{
	return selector & SEGMENT_RPL_MASK;
}

/* Slot 0 of the GDT, with whatever RPL. Slot 0 of an LDT is a slot like any other. */
static inline bool segment_is_null(u16 selector)
{
	return !(selector & ~SEGMENT_RPL_MASK);
}

/* ---- descriptors ---- */

/* As it lies in x86's memory: two words, little-endian. (Built by a little-endian machine.) */
struct desc_struct {
	u32 a; /* 31..16 base 15..0, 15..0 limit 15..0 */
	u32 b; /* 31..24 base 31..24, G, D/B, L, AVL, 19..16 limit, P, DPL, S, type, base 23..16 */
};

/* A system descriptor of 64-bit mode: two slots. */
struct ldttss_desc {
	struct desc_struct low;
	u32 base3; /* base 63..32 */
	u32 zero1; /* bits 12..8 must be 0: read as a descriptor of its own, it has no type */
};

/* Types of code and data (S = 1): bits. */
#define SEGMENT_ACCESSED 0x1
#define SEGMENT_WRITABLE 0x2    /* data */
#define SEGMENT_READABLE 0x2    /* code */
#define SEGMENT_EXPAND_DOWN 0x4 /* data */
#define SEGMENT_CONFORMING 0x4  /* code */
#define SEGMENT_CODE 0x8

/* Types of system descriptors (S = 0). 0, 8, 10 and 13 are reserved. */
enum segment_system_type {
	SEGMENT_TSS16 = 1,
	SEGMENT_LDT = 2,
	SEGMENT_TSS16_BUSY = 3,
	SEGMENT_CALL_GATE16 = 4,
	SEGMENT_TASK_GATE = 5,
	SEGMENT_INTERRUPT_GATE16 = 6,
	SEGMENT_TRAP_GATE16 = 7,
	SEGMENT_TSS32 = 9, /* and the 64-bit TSS */
	SEGMENT_TSS32_BUSY = 11,
	SEGMENT_CALL_GATE32 = 12,
	SEGMENT_INTERRUPT_GATE32 = 14,
	SEGMENT_TRAP_GATE32 = 15,
};

/* The fields of a descriptor that is not a gate. */
struct segment_descriptor {
	u64 base;     /* linear address; beyond 32 bits only in system descriptors of 64-bit mode */
	u32 limit;    /* 20 bits, in bytes or, with g, in units of 4 KiB */
	u8 type;      /* 4 bits */
	u8 dpl;       /* 0 .. 3 */
	bool s;       /* code or data; else system */
	bool p;       /* present */
	bool avl;     /* for software */
	bool l;       /* 64-bit code */
	bool db;      /* 32-bit: operands (code), stack pointer and upper bound (data) */
	bool g;       /* limit counts units of 4 KiB */
};

/* The fields of a gate. */
struct segment_gate {
	u64 offset;    /* 16, 32, or in 64-bit mode 64 bits; none in a task gate */
	u16 selector;  /* code segment, or TSS of a task gate */
	u8 type;       /* enum segment_system_type */
	u8 dpl;
	u8 parameters; /* call gate: 0 .. 31 stack slots to copy */
	bool p;
};

/* The 8 bytes as one number: a | b << 32. */
static inline u64 segment_raw(const struct desc_struct *desc)
{
	return (u64)desc->b << 32 | desc->a;
}

/* -EINVAL when a field does not fit its bits, or the base needs more than 32. */
int segment_encode(const struct segment_descriptor *d, struct desc_struct *desc);
/* Any 8 bytes; a gate's give a base and a limit that mean nothing. */
struct segment_descriptor segment_decode(const struct desc_struct *desc);
/* For 64-bit mode. -EINVAL also for code and data, which have 8 bytes there too. */
int segment_encode64(const struct segment_descriptor *d, struct ldttss_desc *desc);
/* -EINVAL when a field does not fit, or the type is not a gate's. */
int segment_gate_encode(const struct segment_gate *gate, struct desc_struct *desc);
/* -EINVAL when the descriptor is not a gate. */
int segment_gate_decode(const struct desc_struct *desc, struct segment_gate *gate);

static inline bool segment_is_code(const struct segment_descriptor *d)
{
	return d->s && (d->type & SEGMENT_CODE);
}

static inline bool segment_is_data(const struct segment_descriptor *d)
{
	return d->s && !(d->type & SEGMENT_CODE);
}

static inline bool segment_is_conforming(const struct segment_descriptor *d)
{
	return segment_is_code(d) && (d->type & SEGMENT_CONFORMING);
}

static inline bool segment_is_expand_down(const struct segment_descriptor *d)
{
	return segment_is_data(d) && (d->type & SEGMENT_EXPAND_DOWN);
}

static inline bool segment_is_readable(const struct segment_descriptor *d)
{
	return segment_is_data(d) || (segment_is_code(d) && (d->type & SEGMENT_READABLE));
}

static inline bool segment_is_writable(const struct segment_descriptor *d)
{
	return segment_is_data(d) && (d->type & SEGMENT_WRITABLE);
}

/* The limit in bytes: with G, the low 12 bits are ones. What LSL returns. */
static inline u32 segment_limit(const struct segment_descriptor *d)
{
	return d->g ? d->limit << 12 | 0xfff : d->limit;
}

/* The offsets of bytes that may be accessed: first .. last; none if is_empty. */
struct segment_bounds {
	u32 first, last;
	bool is_empty;
};
/* 0 .. limit; expand-down: limit + 1 .. 0xffff, or with B 0xffffffff. */
struct segment_bounds segment_bounds(const struct segment_descriptor *d);

/* "data, read/write, expand-down", "32-bit TSS, busy", ...; without the accessed bit. */
const char *segment_type_name(const struct segment_descriptor *d);

/* ---- tables ---- */

#define SEGMENT_TABLE_MAX 8192 /* slots, by the 13 bits of an index; 8191 usable in the GDT */

/* A table that is being built, in the caller's memory. */
struct segment_table {
	struct desc_struct *slots;
	unsigned int nr_slots;
	bool is_gdt; /* slot 0 stays null */
};

/* Takes the memory and zeroes it. -EINVAL: 0 slots or more than SEGMENT_TABLE_MAX. */
int segment_table_init(struct segment_table *table, struct desc_struct *slots,
		       unsigned int nr_slots, bool is_gdt);
/* For LGDT, or the limit of an LDT descriptor: the last byte. */
static inline u16 segment_table_limit(const struct segment_table *table)
{
	return (u16)(table->nr_slots * sizeof(struct desc_struct) - 1);
}
/* -EINVAL: slot 0 of a GDT. -ERANGE: beyond the table. */
int segment_table_set(struct segment_table *table, unsigned int index,
		      const struct desc_struct *desc);
/* Two slots; both must be free for it, which is the caller's to know. Errors as above. */
int segment_table_set64(struct segment_table *table, unsigned int index,
			const struct ldttss_desc *desc);
/* All zero beyond the table. */
struct desc_struct segment_table_get(const struct segment_table *table, unsigned int index);
/* The lowest slot that is all zero; it is not marked. -ENOSPC. */
int segment_table_find_free(const struct segment_table *table);

/* ---- task state segments ---- */

/* The 32-bit TSS of the architecture: 104 bytes. */
struct x86_hw_tss32 {
	u16 back_link, reserved0;
	u32 esp0; /* kernel stack: loaded when privilege rises to 0 */
	u16 ss0, reserved1;
	u32 esp1;
	u16 ss1, reserved2;
	u32 esp2;
	u16 ss2, reserved3;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u16 es, reserved4, cs, reserved5, ss, reserved6;
	u16 ds, reserved7, fs, reserved8, gs, reserved9;
	u16 ldt, reserved10;
	u16 trace; /* bit 0: debug trap on a switch to this task */
	u16 io_bitmap_base;
};

/* The 64-bit TSS: 104 bytes too. */
struct x86_hw_tss64 {
	u32 reserved0;
	u64 sp[3];
	u64 reserved1;
	u64 ist[7]; /* ist[0] is IST1 */
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap_base;
} __attribute__((packed));

/*
 * Linux's of 2.2 and 2.4: the architecture's, then a bitmap of 1024 ports, then a word of
 * ones that ends it. 236 bytes: limit 0xeb.
 */
#define IO_BITMAP_BITS 1024
#define IO_BITMAP_OFFSET 104            /* of the bitmap in tss_struct */
#define INVALID_IO_BITMAP_OFFSET 0x8000 /* beyond every limit: no port is allowed */
struct tss_struct {
	struct x86_hw_tss32 x86_tss;
	u32 io_bitmap[IO_BITMAP_BITS / 32 + 1];
};
#define TSS_LIMIT (sizeof(struct tss_struct) - 1)

/* A TSS with this kernel stack, no I/O port allowed, all else 0. */
void segment_tss_init(struct tss_struct *tss, u16 ss0, u32 esp0);
/* An available TSS, 32-bit or 64-bit, DPL 0; an LDT. Byte limits (of at most 20 bits). */
struct segment_descriptor segment_tss_descriptor(u64 base, u32 limit);
struct segment_descriptor segment_ldt_descriptor(u64 base, u32 limit);

/* ---- Linux's tables ---- */

/* The GDT of 2.2: a null slot, one unused, four flat segments, two unused, four for APM. */
#define GDT_ENTRY_KERNEL_CS 2
#define GDT_ENTRY_KERNEL_DS 3
#define GDT_ENTRY_USER_CS 4
#define GDT_ENTRY_USER_DS 5
#define __KERNEL_CS 0x10
#define __KERNEL_DS 0x18
#define __USER_CS 0x23
#define __USER_DS 0x2b
#define GDT_ENTRIES_COMMON 12

/*
 * Each task of 2.2 has two slots behind those, one for its TSS and one for its LDT, so
 * 12 + 2 * tasks <= 8192: 4090 tasks. Since 2.4 each CPU has one TSS and one LDT slot,
 * rewritten at a switch, and the table no longer limits the tasks.
 */
#define SEGMENT_TASKS_MAX ((SEGMENT_TABLE_MAX - GDT_ENTRIES_COMMON) / 2)
static inline unsigned int segment_task_tss_index(unsigned int task)
{
	return GDT_ENTRIES_COMMON + 2 * task;
}
static inline unsigned int segment_task_ldt_index(unsigned int task)
{
	return GDT_ENTRIES_COMMON + 2 * task + 1;
}

/*
 * Code or data of the flat model: base 0, limit 0xfffff pages, 32-bit; type execute/read
 * or read/write, not accessed.
 */
struct segment_descriptor segment_flat(bool is_code, unsigned int dpl);
/* Fills slots 2 to 5. -ERANGE: a table of fewer than 6 slots. */
int segment_flat_gdt(struct segment_table *gdt);
/* The LDT that tasks share: 24 bytes, null, user code, user data. -ERANGE: fewer than 3 slots. */
int segment_default_ldt(struct segment_table *ldt);
/*
 * The two slots of task 0 .. SEGMENT_TASKS_MAX - 1. -ENOSPC: a later task, or one beyond
 * this table; -EINVAL: a base beyond 32 bits, a limit beyond 20.
 */
int segment_task_add(struct segment_table *gdt, unsigned int task, u64 tss_base, u32 tss_limit,
		     u64 ldt_base, u32 ldt_limit);

/* ---- the CPU's part ---- */

/* In the order of the instruction set's encoding. */
enum segment_register {
	SEGMENT_ES,
	SEGMENT_CS,
	SEGMENT_SS,
	SEGMENT_DS,
	SEGMENT_FS,
	SEGMENT_GS,
	SEGMENT_REGISTERS
};

/* "es", "cs", ...; "?" for another number. */
const char *segment_register_name(enum segment_register reg);

/* A segment register: the selector, and the hidden copy that every access uses. */
struct segment_cache {
	u16 selector;
	bool is_usable; /* false after a null selector */
	struct segment_descriptor hidden;
};

struct segment_gdtr {
	u64 base;  /* linear */
	u16 limit; /* the last byte */
};

struct segment_cpu {
	struct segment_cache reg[SEGMENT_REGISTERS];
	struct segment_cache ldtr, tr;
	struct segment_gdtr gdtr;
	bool is_long_mode;        /* EFER.LMA: with CS.L 64-bit mode, else compatibility mode */
	unsigned int linear_bits; /* canonical addresses of long mode: 48 or 57 */
	/* The bytes at [linear, linear + size), writable; NULL: not mapped, a page fault. */
	void *(*memory)(void *ctx, u64 linear, size_t size);
	void *ctx;
};

/*
 * As a multiboot loader hands a CPU over: protected mode, privilege level 0, no table, and
 * flat hidden copies under selectors that are all 0.
 */
void segment_cpu_init(struct segment_cpu *cpu, void *(*memory)(void *, u64, size_t), void *ctx);

/* The current privilege level. */
static inline unsigned int segment_cpl(const struct segment_cpu *cpu)
{
	return segment_rpl(cpu->reg[SEGMENT_CS].selector);
}

static inline bool segment_is_64bit(const struct segment_cpu *cpu)
{
	return cpu->is_long_mode && cpu->reg[SEGMENT_CS].hidden.l;
}

enum segment_vector {
	SEGMENT_UD = 6,
	SEGMENT_TS = 10,
	SEGMENT_NP = 11,
	SEGMENT_SS_FAULT = 12,
	SEGMENT_GP = 13,
	SEGMENT_PF = 14,
};

/* In an error code: 15..3 index, 2 TI, 1 the index is the IDT's, 0 an event from outside. */
#define SEGMENT_ERROR_EXT 0x1U
#define SEGMENT_ERROR_IDT 0x2U
#define SEGMENT_ERROR_TI 0x4U

struct segment_fault {
	u8 vector;       /* enum segment_vector */
	u16 error;       /* the error code; 0 for #UD, and not modelled for #PF */
	u64 address;     /* #PF: the linear address; else 0 */
	const char *why; /* the rule that was broken, in a few words */
};

/* "#GP", ...; "?" for another number. */
const char *segment_vector_name(unsigned int vector);

/*
 * MOV, POP, LDS ... to ds, es, fs, gs, ss. A null selector makes a data register unusable;
 * in ss it is #GP(0) (64-bit mode: allowed below level 3 with RPL = CPL). Faults: #GP, #NP,
 * #SS (ss not present) with the selector, #UD for cs, #PF when the table is not mapped.
 * Sets the descriptor's accessed bit.
 * In 64-bit mode a null selector zeroes the base of fs and gs, as on Intel's CPUs.
 */
int segment_load(struct segment_cpu *cpu, enum segment_register reg, u16 selector,
		 struct segment_fault *fault);
/* LLDT. #GP(0) outside level 0; a null selector: no LDT. #GP, #NP with the selector. */
int segment_load_ldt(struct segment_cpu *cpu, u16 selector, struct segment_fault *fault);
/* LTR: of an available TSS, which becomes busy. #GP(0) for a null selector. Else as LLDT. */
int segment_load_task(struct segment_cpu *cpu, u16 selector, struct segment_fault *fault);

/* A far JMP or CALL. */
struct segment_far {
	u16 selector;
	u64 offset;                /* not used with a gate */
	bool is_call;
	unsigned int operand_size; /* of a call: 2, 4, or in long mode 8 bytes a stack slot */
	u64 sp;                    /* of a call: for the check that the frame has room */
};

/* What the stack switch of a rise in privilege finds. */
struct segment_stack {
	struct segment_cache ss;
	u64 sp;
	void *descriptor; /* of ss, for its accessed bit; NULL for the null ss of long mode */
};

struct segment_far_result {
	u64 ip;                /* where execution goes on; not for a task */
	bool has_new_stack;    /* privilege rose: ss is loaded, and `sp` is the new stack pointer */
	u64 sp;
	u8 parameters;         /* slots to copy from the old stack */
	bool is_task;          /* a task switch: its checks passed, nothing is changed */
	u16 task;              /* the TSS's selector */
};

/*
 * Loads cs: to a code segment, or through a call gate, with a switch to the stack of the
 * TSS when a call rises. cs gets RPL = CPL. Checks that the frame has room, but writes no
 * stack: that is the caller's, at segment_translate(SEGMENT_SS) from *result.
 * Order: the selector, type, privilege, presence, then the stack, then ip in the segment.
 * -EINVAL: a call gate in long mode, or an operand size that is none.
 */
int segment_far_transfer(struct segment_cpu *cpu, const struct segment_far *far,
			 struct segment_far_result *result, struct segment_fault *fault);

/*
 * Far RET, and IRET but for the flags: to cs:ip and, when the RPL of cs is above the CPL,
 * ss:sp. Data registers that the lower level may not keep become null. It reads no stack.
 */
struct segment_return {
	u16 cs;
	u64 ip;
	u16 ss;
};
int segment_return_far(struct segment_cpu *cpu, const struct segment_return *to,
		       struct segment_fault *fault);

/* What a stack switch is for. */
struct segment_stack_request {
	unsigned int cpl;       /* the new level: 0 .. 2 */
	unsigned int ist;       /* long mode: 1 .. 7; 0 for the level's stack */
	bool is_external;       /* EXT in error codes: an interrupt, not an instruction */
	unsigned int slot_size; /* 2, 4 or 8 */
	unsigned int nr_slots;  /* the frame that must have room */
};

/*
 * The stack of a higher level, from the task register's TSS (16-bit, 32-bit or in long mode
 * 64-bit). Pure: loads nothing. Faults: #TS with the TSS's selector (the level's pair is
 * beyond its limit), #TS with the stack's (null, table, RPL, DPL, type), #SS with the
 * stack's (not present, no room). -EINVAL: a level or IST that is none, no TSS loaded.
 */
int segment_stack_switch(const struct segment_cpu *cpu, const struct segment_stack_request *request,
			 struct segment_stack *stack, struct segment_fault *fault);
/* Loads ss with what segment_stack_switch found, and sets its accessed bit. */
void segment_stack_load(struct segment_cpu *cpu, const struct segment_stack *stack);

/*
 * IN, OUT: of 1, 2 or 4 ports. Allowed at CPL <= iopl, or when the bits of all ports in the
 * TSS's bitmap are 0; else #GP(0).
 */
int segment_check_io(const struct segment_cpu *cpu, unsigned int iopl, u16 port, unsigned int size,
		     struct segment_fault *fault);

/* ---- logical to linear ---- */

enum segment_access {
	SEGMENT_READ,
	SEGMENT_WRITE,
	SEGMENT_EXECUTE, /* through cs */
};

/*
 * The linear address of offset .. offset + size - 1 in what `reg` holds, by its hidden
 * copy alone. Violations are #SS(0) through ss, else #GP(0).
 * Outside 64-bit mode the sum with the base wraps at 4 GiB. An access that runs over offset
 * 0xffffffff faults, even where the limit is 4 GiB (there the architecture lets a CPU choose).
 * In 64-bit mode only fs and gs have a base, and the address must be canonical.
 * -EINVAL: size 0, execute through another register, an offset of more than 32 bits.
 */
int segment_translate(const struct segment_cpu *cpu, enum segment_register reg,
		      enum segment_access access, u64 offset, u32 size, u64 *linear,
		      struct segment_fault *fault);

/* ---- questions about a selector: LAR, LSL, VERR, VERW ---- */

/*
 * 1: yes (ZF set), 0: no. They never fault for what they find, only (-EFAULT) when the
 * table is not mapped. Presence does not matter, and no accessed bit is set.
 * LAR: the second word and 0x00f0ff00; the CPU leaves bits 19..16 undefined, here they are 0.
 * LSL: the limit in bytes.
 * In long mode the system types are those of Intel's tables, with which CPUs may not agree:
 * LAR says no to an LDT. (LSL's table also lists the upper half of a 16-byte descriptor, type
 * 0; here that is no.)
 */
int segment_lar(const struct segment_cpu *cpu, u16 selector, u32 *rights,
		struct segment_fault *fault);
int segment_lsl(const struct segment_cpu *cpu, u16 selector, u32 *limit,
		struct segment_fault *fault);
int segment_verr(const struct segment_cpu *cpu, u16 selector, struct segment_fault *fault);
int segment_verw(const struct segment_cpu *cpu, u16 selector, struct segment_fault *fault);

/* ---- the same, step by step ---- */

enum segment_step_kind {
	SEGMENT_STEP_SELECTOR,   /* value[0] selector */
	SEGMENT_STEP_NULL,       /* value[0] selector: no descriptor is read */
	SEGMENT_STEP_TABLE,      /* value[0] base, [1] limit, [2] 1 for the LDT */
	SEGMENT_STEP_ADDRESS,    /* value[0] table base, [1] index, [2] linear address */
	SEGMENT_STEP_DESCRIPTOR, /* value[0] the 8 bytes; descriptor */
	SEGMENT_STEP_HIDDEN,     /* value[0] register, [1] selector; descriptor: the hidden copy */
	SEGMENT_STEP_LOADED,     /* value[0] register, [1] CPL, [2] RPL; descriptor: as loaded */
	SEGMENT_STEP_BOUNDS,     /* value[0] first, [1] last offset, [2] 1 when there is none */
	SEGMENT_STEP_CHECKED,    /* value[0] offset, [1] size, [2] access */
	SEGMENT_STEP_LINEAR,     /* value[0] base, [1] offset, [2] linear address */
	SEGMENT_STEP_FAULT,      /* fault */
};

struct segment_step {
	enum segment_step_kind kind;
	u64 value[3];
	struct segment_descriptor descriptor;
	struct segment_fault fault;
};

#define SEGMENT_STEPS_MAX 9
struct segment_trace {
	unsigned int nr_steps;
	struct segment_step steps[SEGMENT_STEPS_MAX];
};

/* An access to explain. */
struct segment_logical {
	enum segment_register reg;
	enum segment_access access;
	u64 offset;
	u32 size;
	bool has_selector; /* as if `selector` were first loaded into reg (cs: by a far jump) */
	u16 selector;
};

/*
 * Writes what the CPU does to `trace`, and changes nothing, not even an accessed bit. The
 * result, *linear and *fault are those of the load and segment_translate.
 */
int segment_explain(const struct segment_cpu *cpu, const struct segment_logical *logical,
		    struct segment_trace *trace, u64 *linear, struct segment_fault *fault);
/* One step as a line, without newline: at most `size` bytes, NUL included. Returns its length. */
int segment_step_text(const struct segment_step *step, char *text, size_t size);
/* All steps, a call a line. */
void segment_trace_text(const struct segment_trace *trace,
			void (*line)(void *ctx, const char *text), void *ctx);

#endif
