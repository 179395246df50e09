/* SPDX-License-Identifier: MIT */
/*
 * translate_faults.c - faults in words: the rule that was broken, the exception that each
 * family of processors raises, and the fields of the code that comes with it.
 */
#include "tools/translate.h"

#include <string.h>

/* ---- why ---- */

static void canonical_reason(const struct pt_format *f, char *text, size_t size)
{
	if (f->is_signed)
		snprintf(text, size, "not canonical (bits 63 to %u must be alike)",
			 f->va_bits - 1u);
	else
		snprintf(text, size, "no address of %u bits", f->va_bits);
}

static const char *translation_reason(const struct translation *t)
{
	switch (pt_kind(t->format, t->outcome.level, t->outcome.entry)) {
	case PT_NONPRESENT:
		return "the page is in the swap area";
	case PT_BAD:
		return "the format has no such entry";
	default:
		return "nothing is mapped there";
	}
}

static const char *permission_reason(const struct translation *t)
{
	static const char *const missing[] = {
		[PT_LOAD] = "the page is not readable",
		[PT_STORE] = "the page is not writable",
		[PT_FETCH] = "the page is not executable",
	};
	static const unsigned int wanted[] = {
		[PT_LOAD] = PT_READ, [PT_STORE] = PT_WRITE, [PT_FETCH] = PT_EXEC
	};

	if (t->req.is_user && !(t->prot & PT_USER))
		return "the page is the kernel's alone";
	if (!(t->prot & wanted[t->req.kind]))
		return missing[t->req.kind];
	return "the entry does not allow it";
}

void translate_fault_reason(const struct translation *t, char *text, size_t size)
{
	if (t->segment_faults) {
		snprintf(text, size, "%s", t->segment_fault.why);
		return;
	}
	switch (t->outcome.fault) {
	case PT_OK:
		snprintf(text, size, "no fault");
		break;
	case PT_FAULT_CANONICAL:
		canonical_reason(t->format, text, size);
		break;
	case PT_FAULT_TRANSLATION:
		snprintf(text, size, "%s", translation_reason(t));
		break;
	case PT_FAULT_RESERVED:
		snprintf(text, size, "a reserved bit of the %s is set",
			 translate_level_name(t->format, t->outcome.level));
		break;
	case PT_FAULT_ACCESSED:
		snprintf(text, size, "the page is not marked as %s yet",
			 t->req.kind == PT_STORE && (t->prot & PT_ACCESSED) ? "dirty" : "accessed");
		break;
	case PT_FAULT_PERMISSION:
		snprintf(text, size, "%s", permission_reason(t));
		break;
	case PT_FAULT_ON:
		snprintf(text, size, "the fault-on-%s bit is set",
			 translate_kind_name(t->req.kind));
		break;
	case PT_FAULT_BUS:
		snprintf(text, size, "the %s points out of the direct map",
			 t->nr_steps ? translate_level_name(t->format, t->outcome.level + 1)
				     : translate_root_register(t->format));
		break;
	}
}

/* ---- what the processor reports ---- */

static void x86_name(const struct translation *t, char *text, size_t size)
{
	if (t->outcome.fault == PT_FAULT_CANONICAL)
		snprintf(text, size, "general protection (#GP), error code 0x0000");
	else if (t->outcome.fault == PT_FAULT_BUS)
		snprintf(text, size, "machine check (#MC)");
	else
		snprintf(text, size, "page fault (#PF), error code 0x%04x", t->outcome.code);
}

static void arm_name(const struct translation *t, const char *code, char *text, size_t size)
{
	snprintf(text, size, "%s abort, %s 0x%03x", t->req.kind == PT_FETCH ? "prefetch" : "data",
		 code, t->outcome.code);
}

static const char *riscv_cause(u32 code)
{
	switch (code) {
	case 1:
		return "instruction access fault";
	case 5:
		return "load access fault";
	case 7:
		return "store access fault";
	case 12:
		return "instruction page fault";
	case 13:
		return "load page fault";
	default:
		return "store page fault";
	}
}

static void segment_name(const struct segment_fault *fault, char *text, size_t size)
{
	static const char *const names[] = {
		[SEGMENT_TS] = "invalid TSS",	    [SEGMENT_NP] = "segment not present",
		[SEGMENT_SS_FAULT] = "stack fault", [SEGMENT_GP] = "general protection",
		[SEGMENT_PF] = "page fault",
	};
	const char *name = fault->vector <= SEGMENT_PF ? names[fault->vector] : NULL;

	snprintf(text, size, "%s (%s), error code 0x%04x", name ? name : "exception",
		 segment_vector_name(fault->vector), fault->error);
}

void translate_fault_name(const struct translation *t, char *text, size_t size)
{
	if (t->segment_faults) {
		segment_name(&t->segment_fault, text, size);
		return;
	}
	switch (t->format->mmu) {
	case PT_MMU_X86:
		x86_name(t, text, size);
		break;
	case PT_MMU_ARMV7:
		arm_name(t, t->req.kind == PT_FETCH ? "IFSR" : "DFSR", text, size);
		break;
	case PT_MMU_AARCH64:
		arm_name(t, "ISS", text, size);
		break;
	case PT_MMU_RISCV:
		snprintf(text, size, "%s, scause %u", riscv_cause(t->outcome.code),
			 t->outcome.code);
		break;
	case PT_MMU_ALPHA:
		snprintf(text, size, "memory management fault, MMCSR %u", t->outcome.code);
		break;
	}
}

/* ---- the fields of the code ---- */

/* A bit of a code, and what it says when it is 0 and when it is 1. */
struct code_bit {
	const char *name;
	unsigned int shift;
	const char *meaning[2];
};

static struct translate_code_field bit_field(const struct code_bit *bit, u32 code)
{
	unsigned int value = code >> bit->shift & 1;

	return (struct translate_code_field){ bit->name, value, bit->meaning[value] };
}

static unsigned int x86_fields(u32 code, struct translate_code_field *fields)
{
	static const struct code_bit bits[] = {
		{ "P", 0, { "an entry is not present", "all entries are present" } },
		{ "W/R", 1, { "not a write", "a write" } },
		{ "U/S", 2, { "in kernel mode", "in user mode" } },
		{ "RSVD", 3, { "no reserved bit is set", "a reserved bit is set" } },
		{ "I/D", 4, { "not told as a fetch", "an instruction fetch" } },
	};
	unsigned int i;

	for (i = 0; i < 5; i++)
		fields[i] = bit_field(&bits[i], code);
	return 5;
}

static const char *armv7_status(u32 status)
{
	static const char *const names[16] = {
		[3] = "access flag fault, section",    [5] = "translation fault, section",
		[6] = "access flag fault, page",       [7] = "translation fault, page",
		[12] = "external abort, first table",  [13] = "permission fault, section",
		[14] = "external abort, second table", [15] = "permission fault, page",
	};

	return names[status & 15] ? names[status & 15] : "?";
}

static unsigned int armv7_fields(u32 code, struct translate_code_field *fields)
{
	static const struct code_bit write = { "WnR", 11, { "not a write", "a write" } };

	fields[0] = bit_field(&write, code);
	fields[1] = (struct translate_code_field){ "FS", code & 0xf, armv7_status(code) };
	return 2;
}

static const char *arm64_status(u32 status)
{
	static const char *const names[] = {
		[1] = "translation fault",
		[2] = "access flag fault",
		[3] = "permission fault",
		[5] = "external abort on a table",
	};

	return names[status >> 2 < 6 ? status >> 2 : 0];
}

static unsigned int arm64_fields(u32 code, struct translate_code_field *fields)
{
	static const struct code_bit write = { "WnR", 6, { "not a write", "a write" } };
	static const char *const levels[] = { "at the first table", "at the second table",
					      "at the third table", "at the last table" };

	fields[0] = bit_field(&write, code);
	fields[1] = (struct translate_code_field){ "FSC", code & 0x3f, arm64_status(code & 0x3f) };
	fields[2] = (struct translate_code_field){ "level", code & 3, levels[code & 3] };
	return 3;
}

static unsigned int alpha_fields(u32 code, struct translate_code_field *fields)
{
	static const char *const names[] = { "the entry is not valid", "access is not enabled",
					     "fault on read", "fault on execute",
					     "fault on write" };

	fields[0] = (struct translate_code_field){ "MMCSR", code, names[code < 5 ? code : 0] };
	return 1;
}

/* An error code that names a selector: all fields; 0 names none. */
static unsigned int segment_fields(u16 error, struct translate_code_field *fields)
{
	fields[0] = (struct translate_code_field){ "index", error >> 3,
						   error ? "of the descriptor" : "no descriptor" };
	fields[1] = (struct translate_code_field){ "TI", !!(error & SEGMENT_ERROR_TI),
						   error & SEGMENT_ERROR_TI ? "in the LDT"
									    : "in the GDT" };
	fields[2] = (struct translate_code_field){ "EXT", error & SEGMENT_ERROR_EXT,
						   "by the program itself" };
	return error ? 3 : 1;
}

unsigned int translate_fault_fields(const struct translation *t,
				    struct translate_code_field fields[TRANSLATE_CODE_FIELDS])
{
	u32 code = t->outcome.code;

	if (t->segment_faults)
		return segment_fields(t->segment_fault.error, fields);
	switch (t->format->mmu) {
	case PT_MMU_X86:
		if (t->outcome.fault == PT_FAULT_CANONICAL || t->outcome.fault == PT_FAULT_BUS)
			return 0;
		return x86_fields(code, fields);
	case PT_MMU_ARMV7:
		return armv7_fields(code, fields);
	case PT_MMU_AARCH64:
		return arm64_fields(code, fields);
	case PT_MMU_ALPHA:
		return alpha_fields(code, fields);
	default:
		return 0; /* RISC-V's cause says it all */
	}
}
