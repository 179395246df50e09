/* SPDX-License-Identifier: MIT */
/*
 * tss.c - the task state segment, as far as a kernel that switches tasks itself needs it:
 * the stacks of the higher privilege levels, and the I/O permission bitmap.
 *
 * A program must not choose the stack on which the kernel handles its trap. So the CPU takes
 * ss:esp of the new level from the TSS, and checks that stack as if the new level had loaded
 * it; what is wrong with it is #TS, for it is the kernel's mistake and not the program's.
 *
 *	 16-bit TSS        32-bit TSS          64-bit TSS
 *	 2 + 4n: sp, ss    4 + 8n: esp, ss     4 + 8n: rsp    36 + 8(i - 1): IST i
 */
#include "mm/lib/string.h"
#include "mm/segment/internal.h"

_Static_assert(sizeof(struct x86_hw_tss32) == 104, "the architecture's size");
_Static_assert(offsetof(struct x86_hw_tss32, esp0) == 4, "4 + 8n");
_Static_assert(offsetof(struct x86_hw_tss32, ss0) == 8, "behind esp0");
_Static_assert(offsetof(struct x86_hw_tss32, ss2) == 24, "behind esp2");
_Static_assert(offsetof(struct x86_hw_tss32, cr3) == 28, "28");
_Static_assert(offsetof(struct x86_hw_tss32, eip) == 32, "32");
_Static_assert(offsetof(struct x86_hw_tss32, eax) == 40, "40");
_Static_assert(offsetof(struct x86_hw_tss32, es) == 72, "72");
_Static_assert(offsetof(struct x86_hw_tss32, ldt) == 96, "96");
_Static_assert(offsetof(struct x86_hw_tss32, trace) == 100, "100");
_Static_assert(offsetof(struct x86_hw_tss32, io_bitmap_base) == 102, "102");
_Static_assert(sizeof(struct x86_hw_tss64) == 104, "the architecture's size");
_Static_assert(offsetof(struct x86_hw_tss64, sp) == 4, "4 + 8n");
_Static_assert(offsetof(struct x86_hw_tss64, ist) == 36, "IST1");
_Static_assert(offsetof(struct x86_hw_tss64, io_bitmap_base) == 102, "102");
_Static_assert(sizeof(struct tss_struct) == 236, "Linux's size");
_Static_assert(TSS_LIMIT == 0xeb, "Linux's limit");
_Static_assert(offsetof(struct tss_struct, io_bitmap) == IO_BITMAP_OFFSET, "behind the rest");

#define IO_BITMAP_BASE_AT 102

void segment_tss_init(struct tss_struct *tss, u16 ss0, u32 esp0)
{
	memset(tss, 0, sizeof(*tss));
	tss->x86_tss.esp0 = esp0;
	tss->x86_tss.ss0 = ss0;
	tss->x86_tss.io_bitmap_base = INVALID_IO_BITMAP_OFFSET;
	memset(tss->io_bitmap, 0xff, sizeof(tss->io_bitmap));
}

/* `size` bytes at `offset` of the task register's TSS; #TS when they are beyond its limit. */
static int read_tss(const struct segment_cpu *cpu, unsigned int offset, unsigned int size, u16 ext,
		    u64 *value, struct segment_fault *fault)
{
	u8 *bytes;
	int err;

	if (offset + size - 1 > segment_limit(&cpu->tr.hidden))
		return segment_raise(fault, SEGMENT_TS, segment_error(cpu->tr.selector) | ext,
				     "the level's stack is beyond the limit of the TSS");
	err = segment_map(cpu, segment_wrap(cpu, cpu->tr.hidden.base + offset), size, &bytes,
			  fault);
	if (!err)
		*value = segment_get_le(bytes, size);
	return err;
}

bool segment_has_room(const struct segment_cpu *cpu, const struct segment_descriptor *ss,
		      bool is_64bit, u64 sp, unsigned int slot_size, unsigned int nr_slots)
{
	u64 mask = ss->db ? 0xffffffff : 0xffff;

	for (; nr_slots; nr_slots--) {
		sp -= slot_size;
		if (is_64bit) {
			if (!segment_is_canonical(cpu, sp) ||
			    !segment_is_canonical(cpu, sp + slot_size - 1))
				return false;
			continue;
		}
		sp &= mask;
		if (!segment_is_inside(ss, sp, slot_size))
			return false;
	}
	return true;
}

static int switch_long(const struct segment_cpu *cpu, const struct segment_stack_request *request,
		       struct segment_stack *stack, struct segment_fault *fault)
{
	u16 ext = request->is_external ? SEGMENT_ERROR_EXT : 0;
	unsigned int offset = request->ist ? 36 + 8 * (request->ist - 1) : 4 + 8 * request->cpl;
	struct segment_stack found = { .ss.selector = (u16)request->cpl };
	int err;

	err = read_tss(cpu, offset, 8, ext, &found.sp, fault);
	if (err)
		return err;
	if (!segment_is_canonical(cpu, found.sp) ||
	    !segment_has_room(cpu, &found.ss.hidden, true, found.sp, request->slot_size,
			      request->nr_slots))
		return segment_raise(fault, SEGMENT_SS_FAULT, ext, "rsp is not canonical");
	*stack = found;
	return 0;
}

static int switch_legacy(const struct segment_cpu *cpu,
			 const struct segment_stack_request *request, struct segment_stack *stack,
			 struct segment_fault *fault)
{
	u16 ext = request->is_external ? SEGMENT_ERROR_EXT : 0;
	unsigned int width = cpu->tr.hidden.type & 8 ? 4 : 2;
	unsigned int offset = width + 2 * width * request->cpl;
	struct segment_loading loading;
	u64 pair, sp;
	u16 ss;
	int err;

	/* ss follows sp at once; its upper half in a 32-bit TSS is not read. */
	err = read_tss(cpu, offset, width + 2, ext, &pair, fault);
	if (err)
		return err;
	sp = width == 4 ? (u32)pair : (u16)pair;
	ss = (u16)(pair >> (8 * width));
	err = segment_check_stack(cpu, ss, request->cpl, SEGMENT_TS, ext, &loading, fault);
	if (err)
		return err;
	if (!segment_has_room(cpu, &loading.cache.hidden, false, sp, request->slot_size,
			      request->nr_slots))
		return segment_raise(fault, SEGMENT_SS_FAULT, segment_error(ss) | ext,
				     "no room on the new stack");
	*stack = (struct segment_stack){ loading.cache, sp, loading.descriptor };
	return 0;
}

static bool is_slot_size(unsigned int size)
{
	return size == 2 || size == 4 || size == 8;
}

int segment_stack_switch(const struct segment_cpu *cpu, const struct segment_stack_request *request,
			 struct segment_stack *stack, struct segment_fault *fault)
{
	if (request->cpl > 2 || request->ist > (cpu->is_long_mode ? 7 : 0) || !cpu->tr.is_usable)
		return -EINVAL;
	if (request->nr_slots && !is_slot_size(request->slot_size))
		return -EINVAL;
	if (cpu->is_long_mode)
		return switch_long(cpu, request, stack, fault);
	return switch_legacy(cpu, request, stack, fault);
}

void segment_stack_load(struct segment_cpu *cpu, const struct segment_stack *stack)
{
	struct segment_loading loading = { .cache = stack->ss, .descriptor = stack->descriptor };

	segment_commit(&cpu->reg[SEGMENT_SS], &loading);
}

int segment_check_io(const struct segment_cpu *cpu, unsigned int iopl, u16 port, unsigned int size,
		     struct segment_fault *fault)
{
	const struct segment_cache *tr = &cpu->tr;
	u32 limit = segment_limit(&tr->hidden), offset;
	u8 *bytes;
	int err;

	if (size != 1 && size != 2 && size != 4)
		return -EINVAL;
	if (segment_cpl(cpu) <= iopl)
		return 0;
	if (!tr->is_usable || !(tr->hidden.type & 8) || limit < IO_BITMAP_BASE_AT + 1)
		return segment_raise(fault, SEGMENT_GP, 0, "the TSS has no I/O bitmap");
	err = segment_map(cpu, segment_wrap(cpu, tr->hidden.base + IO_BITMAP_BASE_AT), 2, &bytes,
			  fault);
	if (err)
		return err;
	/* Always two bytes, for the ports may straddle them; that is why a word of ones ends it. */
	offset = (u32)segment_get_le(bytes, 2) + port / 8;
	if (offset + 1 > limit)
		return segment_raise(fault, SEGMENT_GP, 0, "port beyond the I/O bitmap");
	err = segment_map(cpu, segment_wrap(cpu, tr->hidden.base + offset), 2, &bytes, fault);
	if (err)
		return err;
	if (segment_get_le(bytes, 2) >> (port % 8) & ((1U << size) - 1))
		return segment_raise(fault, SEGMENT_GP, 0, "the I/O bitmap refuses the port");
	return 0;
}
