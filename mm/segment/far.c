/* SPDX-License-Identifier: MIT */
/*
 * far.c - transfers of control to another code segment: far JMP and CALL, straight or
 * through a call gate, and far RET.
 *
 * The level may rise only through a gate (here, or an interrupt's), and it falls only by a
 * return; a jump never changes it. What a far transfer will write is collected in a struct
 * plan while it is checked; only a plan without a fault is carried out.
 *
 * A task switch (a TSS or a task gate as the target) is checked and reported, not done: the
 * kernels that this unit is for switch tasks themselves.
 */
#include "mm/segment/internal.h"

struct plan {
	struct segment_loading cs;
	struct segment_stack stack;
	struct segment_far_result result;
};

static bool is_64bit_code(const struct segment_cpu *cpu, const struct segment_descriptor *code)
{
	return cpu->is_long_mode && code->l;
}

/* The last check of every transfer. */
static int check_ip(const struct segment_cpu *cpu, const struct segment_descriptor *code, u64 ip,
		    struct segment_fault *fault)
{
	if (is_64bit_code(cpu, code)) {
		if (!segment_is_canonical(cpu, ip))
			return segment_raise(fault, SEGMENT_GP, 0, "ip is not canonical");
	} else if (!segment_is_inside(code, ip, 1)) {
		return segment_raise(fault, SEGMENT_GP, 0, "ip outside the code segment");
	}
	return 0;
}

static void plan_cs(struct segment_loading *cs, u16 selector, unsigned int cpl,
		    const struct segment_entry *entry)
{
	segment_fill(cs, (u16)((selector & ~SEGMENT_RPL_MASK) | cpl), entry);
}

int segment_check_jump(const struct segment_cpu *cpu, u16 selector,
		       const struct segment_entry *entry, struct segment_loading *loading,
		       struct segment_fault *fault)
{
	const struct segment_descriptor *d = &entry->d;
	unsigned int cpl = segment_cpl(cpu);
	u16 error = segment_error(selector);

	if (!segment_is_code(d))
		return segment_raise(fault, SEGMENT_GP, error, "not code");
	if (cpu->is_long_mode && d->l && d->db)
		return segment_raise(fault, SEGMENT_GP, error, "code with both L and D");
	if (segment_is_conforming(d)) {
		if (d->dpl > cpl)
			return segment_raise(fault, SEGMENT_GP, error,
					     "conforming code of a lower level");
	} else if (segment_rpl(selector) > cpl || d->dpl != cpl) {
		return segment_raise(fault, SEGMENT_GP, error,
				     segment_rpl(selector) > cpl ? "RPL above CPL" :
								   "DPL of code is not the CPL");
	}
	if (!d->p)
		return segment_raise(fault, SEGMENT_NP, error, "code segment not present");
	plan_cs(loading, selector, cpl, entry);
	return 0;
}

/* The return address of a call on the stack that stays. */
static int check_frame(const struct segment_cpu *cpu, const struct segment_far *far,
		       unsigned int slot_size, struct segment_fault *fault)
{
	const struct segment_descriptor *ss = &cpu->reg[SEGMENT_SS].hidden;

	if (far->is_call &&
	    !segment_has_room(cpu, ss, segment_is_64bit(cpu), far->sp, slot_size, 2))
		return segment_raise(fault, SEGMENT_SS_FAULT, 0, "no room for the return address");
	return 0;
}

static int check_direct(const struct segment_cpu *cpu, const struct segment_far *far,
			const struct segment_entry *entry, struct plan *plan,
			struct segment_fault *fault)
{
	int err;

	err = segment_check_jump(cpu, far->selector, entry, &plan->cs, fault);
	if (!err)
		err = check_frame(cpu, far, far->operand_size, fault);
	if (!err)
		err = check_ip(cpu, &entry->d, far->offset, fault);
	plan->result.ip = far->offset;
	return err;
}

/* The code segment that a call gate names; the RPL of its selector means nothing. */
static int check_gate_code(const struct segment_cpu *cpu, const struct segment_far *far,
			   u16 selector, struct segment_entry *code, struct segment_fault *fault)
{
	unsigned int cpl = segment_cpl(cpu);
	u16 error = segment_error(selector);
	int err;

	if (segment_is_null(selector))
		return segment_raise(fault, SEGMENT_GP, 0, "the gate's selector is null");
	err = segment_fetch(cpu, selector, SEGMENT_GP, 0, code, fault);
	if (err)
		return err;
	if (!segment_is_code(&code->d))
		return segment_raise(fault, SEGMENT_GP, error, "the gate does not lead to code");
	if (code->d.dpl > cpl)
		return segment_raise(fault, SEGMENT_GP, error, "the gate leads to a lower level");
	if (!far->is_call && !segment_is_conforming(&code->d) && code->d.dpl != cpl)
		return segment_raise(fault, SEGMENT_GP, error, "a jump does not change the level");
	if (!code->d.p)
		return segment_raise(fault, SEGMENT_NP, error, "code segment not present");
	return 0;
}

/* A call to a higher level: ss, sp, the parameters, cs and ip go to the new stack. */
static int check_rise(const struct segment_cpu *cpu, const struct segment_gate *gate,
		      unsigned int cpl, unsigned int slot_size, struct plan *plan,
		      struct segment_fault *fault)
{
	struct segment_stack_request request = {
		.cpl = cpl, .slot_size = slot_size, .nr_slots = 4U + gate->parameters
	};
	int err;

	err = segment_stack_switch(cpu, &request, &plan->stack, fault);
	if (err)
		return err;
	plan->result.has_new_stack = true;
	plan->result.sp = plan->stack.sp;
	plan->result.parameters = gate->parameters;
	return 0;
}

static int check_gate(const struct segment_cpu *cpu, const struct segment_far *far,
		      const struct segment_entry *entry, struct plan *plan,
		      struct segment_fault *fault)
{
	unsigned int cpl = segment_cpl(cpu), slot_size;
	u16 error = segment_error(far->selector);
	struct segment_entry code;
	struct segment_gate gate;
	int err;

	segment_gate_decode(&entry->desc, &gate);
	slot_size = gate.type == SEGMENT_CALL_GATE32 ? 4 : 2;
	if (gate.dpl < cpl || gate.dpl < segment_rpl(far->selector))
		return segment_raise(fault, SEGMENT_GP, error, "CPL or RPL above the gate's DPL");
	if (!gate.p)
		return segment_raise(fault, SEGMENT_NP, error, "gate not present");
	err = check_gate_code(cpu, far, gate.selector, &code, fault);
	if (err)
		return err;
	if (far->is_call && !segment_is_conforming(&code.d) && code.d.dpl < cpl) {
		cpl = code.d.dpl;
		err = check_rise(cpu, &gate, cpl, slot_size, plan, fault);
	} else {
		err = check_frame(cpu, far, slot_size, fault);
	}
	if (!err)
		err = check_ip(cpu, &code.d, gate.offset, fault);
	if (err)
		return err;
	plan_cs(&plan->cs, gate.selector, cpl, &code);
	plan->result.ip = gate.offset;
	return 0;
}

static bool is_available_tss(const struct segment_descriptor *d)
{
	return !d->s && (d->type == SEGMENT_TSS16 || d->type == SEGMENT_TSS32);
}

static int check_tss(u16 selector, const struct segment_descriptor *d, struct plan *plan,
		     struct segment_fault *fault)
{
	u16 error = segment_error(selector);

	if (segment_in_ldt(selector) || !is_available_tss(d))
		return segment_raise(fault, SEGMENT_GP, error, "not an available TSS of the GDT");
	if (!d->p)
		return segment_raise(fault, SEGMENT_NP, error, "TSS not present");
	plan->result.is_task = true;
	plan->result.task = selector;
	return 0;
}

/* The DPL that counts for a task switch is that of the descriptor that the selector names. */
static int check_task(const struct segment_cpu *cpu, const struct segment_far *far,
		      const struct segment_entry *entry, struct plan *plan,
		      struct segment_fault *fault)
{
	const struct segment_descriptor *d = &entry->d;
	u16 error = segment_error(far->selector);
	struct segment_entry tss;
	struct segment_gate gate;
	int err;

	if (cpu->is_long_mode)
		return segment_raise(fault, SEGMENT_GP, error, "no task switch in long mode");
	if (d->dpl < segment_cpl(cpu) || d->dpl < segment_rpl(far->selector))
		return segment_raise(fault, SEGMENT_GP, error, "CPL or RPL above the task's DPL");
	if (d->type != SEGMENT_TASK_GATE)
		return check_tss(far->selector, d, plan, fault);
	if (!d->p)
		return segment_raise(fault, SEGMENT_NP, error, "gate not present");
	segment_gate_decode(&entry->desc, &gate);
	if (segment_is_null(gate.selector))
		return segment_raise(fault, SEGMENT_GP, 0, "the gate's selector is null");
	err = segment_fetch(cpu, gate.selector, SEGMENT_GP, 0, &tss, fault);
	return err ? err : check_tss(gate.selector, &tss.d, plan, fault);
}

static int check_system(const struct segment_cpu *cpu, const struct segment_far *far,
			const struct segment_entry *entry, struct plan *plan,
			struct segment_fault *fault)
{
	switch (entry->d.type) {
	case SEGMENT_CALL_GATE32:
		return cpu->is_long_mode ? -EINVAL : check_gate(cpu, far, entry, plan, fault);
	case SEGMENT_CALL_GATE16:
		if (cpu->is_long_mode)
			break;
		return check_gate(cpu, far, entry, plan, fault);
	case SEGMENT_TASK_GATE:
	case SEGMENT_TSS16:
	case SEGMENT_TSS16_BUSY:
	case SEGMENT_TSS32:
	case SEGMENT_TSS32_BUSY:
		return check_task(cpu, far, entry, plan, fault);
	default:
		break;
	}
	return segment_raise(fault, SEGMENT_GP, segment_error(far->selector),
			     "neither code, gate nor TSS");
}

static int check_transfer(const struct segment_cpu *cpu, const struct segment_far *far,
			  struct plan *plan, struct segment_fault *fault)
{
	struct segment_entry entry;
	int err;

	if (segment_is_null(far->selector))
		return segment_raise(fault, SEGMENT_GP, 0, "null selector in cs");
	err = segment_fetch(cpu, far->selector, SEGMENT_GP, 0, &entry, fault);
	if (err)
		return err;
	if (entry.d.s)
		return check_direct(cpu, far, &entry, plan, fault);
	return check_system(cpu, far, &entry, plan, fault);
}

static bool is_operand_size(const struct segment_cpu *cpu, const struct segment_far *far)
{
	return !far->is_call || far->operand_size == 2 || far->operand_size == 4 ||
	       (far->operand_size == 8 && cpu->is_long_mode);
}

int segment_far_transfer(struct segment_cpu *cpu, const struct segment_far *far,
			 struct segment_far_result *result, struct segment_fault *fault)
{
	struct plan plan = { 0 };
	int err;

	if (!is_operand_size(cpu, far))
		return -EINVAL;
	err = check_transfer(cpu, far, &plan, fault);
	if (err)
		return err;
	*result = plan.result;
	if (plan.result.is_task)
		return 0;
	segment_commit(&cpu->reg[SEGMENT_CS], &plan.cs);
	if (plan.result.has_new_stack)
		segment_stack_load(cpu, &plan.stack);
	return 0;
}

/* ---- far RET ---- */

static int check_return_code(const struct segment_cpu *cpu, u16 selector,
			     struct segment_entry *code, struct segment_fault *fault)
{
	unsigned int rpl = segment_rpl(selector);
	u16 error = segment_error(selector);
	int err;

	if (segment_is_null(selector))
		return segment_raise(fault, SEGMENT_GP, 0, "return to a null selector");
	err = segment_fetch(cpu, selector, SEGMENT_GP, 0, code, fault);
	if (err)
		return err;
	if (!segment_is_code(&code->d))
		return segment_raise(fault, SEGMENT_GP, error, "return to what is not code");
	if (rpl < segment_cpl(cpu))
		return segment_raise(fault, SEGMENT_GP, error, "return to a higher level");
	if (cpu->is_long_mode && code->d.l && code->d.db)
		return segment_raise(fault, SEGMENT_GP, error, "code with both L and D");
	if (segment_is_conforming(&code->d) ? code->d.dpl > rpl : code->d.dpl != rpl)
		return segment_raise(fault, SEGMENT_GP, error, "DPL of code and RPL disagree");
	if (!code->d.p)
		return segment_raise(fault, SEGMENT_NP, error, "code segment not present");
	return 0;
}

static int check_return_stack(const struct segment_cpu *cpu, const struct segment_return *to,
			      const struct segment_descriptor *code, struct segment_loading *ss,
			      struct segment_fault *fault)
{
	unsigned int rpl = segment_rpl(to->cs);

	if (segment_is_null(to->ss) && is_64bit_code(cpu, code) && rpl < 3 &&
	    segment_rpl(to->ss) == rpl) {
		*ss = (struct segment_loading){ .cache.selector = to->ss };
		return 0;
	}
	return segment_check_stack(cpu, to->ss, rpl, SEGMENT_GP, 0, ss, fault);
}

/* What the level that is returned to could not have loaded, it may not find loaded. */
static void drop_data_registers(struct segment_cpu *cpu)
{
	static const u8 data[] = { SEGMENT_ES, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS };
	unsigned int i;

	for (i = 0; i < sizeof(data); i++) {
		struct segment_cache *reg = &cpu->reg[data[i]];

		if (reg->is_usable && !segment_is_conforming(&reg->hidden) &&
		    reg->hidden.dpl < segment_cpl(cpu))
			*reg = (struct segment_cache){ 0 };
	}
}

int segment_return_far(struct segment_cpu *cpu, const struct segment_return *to,
		       struct segment_fault *fault)
{
	bool is_outward = segment_rpl(to->cs) > segment_cpl(cpu);
	struct segment_loading cs, ss;
	struct segment_entry code;
	int err;

	err = check_return_code(cpu, to->cs, &code, fault);
	if (!err && is_outward)
		err = check_return_stack(cpu, to, &code.d, &ss, fault);
	if (!err)
		err = check_ip(cpu, &code.d, to->ip, fault);
	if (err)
		return err;
	plan_cs(&cs, to->cs, segment_rpl(to->cs), &code);
	segment_commit(&cpu->reg[SEGMENT_CS], &cs);
	if (is_outward) {
		segment_commit(&cpu->reg[SEGMENT_SS], &ss);
		drop_data_registers(cpu);
	}
	return 0;
}
