/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the files of mm/segment share.
 */
#ifndef MM_SEGMENT_INTERNAL_H
#define MM_SEGMENT_INTERNAL_H

#include <quire/segment.h>

/* A descriptor in its table. */
struct segment_entry {
	u64 address; /* linear */
	u8 *bytes;   /* there, as memory */
	struct desc_struct desc;
	struct segment_descriptor d;
};

/* What a load that passed its checks will write. */
struct segment_loading {
	struct segment_cache cache;
	u8 *descriptor; /* whose accessed bit is to be set; NULL when there is none */
};

/* Fills in *fault; returns -EFAULT. */
int segment_raise(struct segment_fault *fault, unsigned int vector, u16 error, const char *why);

/* The error code that names a selector. */
static inline u16 segment_error(u16 selector)
{
	return (u16)(selector & ~SEGMENT_RPL_MASK);
}

/* A linear address: 32 bits wide outside long mode. */
static inline u64 segment_wrap(const struct segment_cpu *cpu, u64 linear)
{
	return cpu->is_long_mode ? linear : (u32)linear;
}

static inline bool segment_is_canonical(const struct segment_cpu *cpu, u64 linear)
{
	u64 above = linear >> (cpu->linear_bits - 1);

	return !above || above == ~(u64)0 >> (cpu->linear_bits - 1);
}

/* The memory at a linear address, or #PF. */
int segment_map(const struct segment_cpu *cpu, u64 linear, size_t size, u8 **bytes,
		struct segment_fault *fault);

u64 segment_get_le(const u8 *bytes, unsigned int size);

/* The table that the selector points into. False: there is no LDT. */
bool segment_find_table(const struct segment_cpu *cpu, u16 selector, struct segment_gdtr *table);

/*
 * Reads the descriptor of a selector that is not null. `vector` with the selector, and
 * `ext`, when it is not in its table: #GP, or #TS for what a TSS holds.
 */
int segment_fetch(const struct segment_cpu *cpu, u16 selector, unsigned int vector, u16 ext,
		  struct segment_entry *entry, struct segment_fault *fault);

/*
 * All checks of a stack for level `cpl`: `vector` for what is wrong but a segment that is
 * not present, `ext` in the error code.
 */
int segment_check_stack(const struct segment_cpu *cpu, u16 selector, unsigned int cpl,
			unsigned int vector, u16 ext, struct segment_loading *loading,
			struct segment_fault *fault);
/* All checks of segment_load, none of its changes. */
int segment_check_load(const struct segment_cpu *cpu, enum segment_register reg, u16 selector,
		       struct segment_loading *loading, struct segment_fault *fault);
/* All checks of a far jump to a code segment but the one of the offset. */
int segment_check_jump(const struct segment_cpu *cpu, u16 selector,
		       const struct segment_entry *entry, struct segment_loading *loading,
		       struct segment_fault *fault);
/* Writes a register, and the accessed bit. */
void segment_commit(struct segment_cache *reg, const struct segment_loading *loading);
/* A register, and where the accessed bit is, from a descriptor. */
void segment_fill(struct segment_loading *loading, u16 selector, const struct segment_entry *entry);

/* Whether offset .. offset + size - 1 is inside. An offset of over 32 bits with size 1 only. */
bool segment_is_inside(const struct segment_descriptor *d, u64 offset, u32 size);
/* Whether a push of so many slots stays inside; in 64-bit mode, on canonical addresses. */
bool segment_has_room(const struct segment_cpu *cpu, const struct segment_descriptor *ss,
		      bool is_64bit, u64 sp, unsigned int slot_size, unsigned int nr_slots);

#endif
