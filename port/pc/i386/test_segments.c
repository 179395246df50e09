/* SPDX-License-Identifier: MIT */
/*
 * test_segments.c - the CPU's segmentation unit and the model of mm/segment, on the GDT and
 * the LDT that this kernel has loaded.
 *
 * A random descriptor is put into a free slot of the GDT and of the LDT. Model and CPU are
 * asked the same of it: LAR, LSL, VERR, VERW, loads of fs and ss, far jumps, and accesses
 * through fs, in kernel mode and in user mode. Both must say yes or no alike, raise the
 * same fault with the same error code, and leave the same accessed bit.
 *
 * What happens in user mode can only end in a trap: int3 there is not allowed, so it is a
 * general protection fault that names its gate, and means yes; ud2 means no.
 */
#include <quire/gfp.h>
#include <quire/kvirt.h>
#include <quire/page.h>
#include <quire/segment.h>

#include "kernel/internal.h"
#include "kernel/random.h"
#include "mm/lib/string.h"
#include "port/pc/pc.h"
#include "port/pc/segments.h"

#define ROUNDS 4000u

/* Slots: the LDT's own descriptor, and the random one in both tables. */
#define LDT_SELECTOR (FREE_SLOT << 3)
#define RANDOM_SLOT (FREE_SLOT + 1)
#define LDT_SLOTS 4u
#define RANDOM_LDT_SLOT 1u

#define AREA_BYTES 0x20000u
#define USER_CODE 0x400000u /* where the user's code is mapped */
#define USER_STEP 32u

#define TRAP_BREAKPOINT 3
#define TRAP_INVALID_OPCODE 6
#define BREAKPOINT_GATE (TRAP_BREAKPOINT << 3 | 2)

struct trial {
	struct segment_cpu model;
	struct desc_struct *gdt;
	struct desc_struct ldt[LDT_SLOTS];
	u8 *area;
	u64 random;
	unsigned int wrong, faults;
};

static u64 next_random(struct trial *t)
{
	return random_next(&t->random);
}

static u32 below(struct trial *t, u32 n)
{
	return random_below(&t->random, n);
}

/* Linear addresses are this kernel's own; what does not exist is never asked for. */
static void *memory(void *ctx, u64 linear, size_t size)
{
	(void)ctx;
	(void)size;
	return (void *)(uintptr_t)linear;
}

static void load_ldt(u16 selector)
{
	__asm__ volatile("lldt %0" : : "r"(selector) : "memory");
}

/* The model sees the tables that the CPU has. */
static bool begin(struct trial *t)
{
	struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) gdtr;
	struct segment_descriptor d = segment_ldt_descriptor((uintptr_t)t->ldt, sizeof(t->ldt) - 1);
	struct segment_fault fault;

	memset(t, 0, sizeof(*t));
	t->random = RANDOM_SEED;
	t->area = (u8 *)__get_free_pages(GFP_KERNEL, get_order(AREA_BYTES));
	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	t->gdt = (struct desc_struct *)(uintptr_t)gdtr.base;
	segment_cpu_init(&t->model, memory, NULL);
	t->model.gdtr = (struct segment_gdtr){ gdtr.base, gdtr.limit };
	if (!t->area || segment_encode(&d, &t->gdt[FREE_SLOT]))
		return false;
	load_ldt(LDT_SELECTOR);
	return !segment_load_ldt(&t->model, LDT_SELECTOR, &fault);
}

static void end(struct trial *t)
{
	u16 none = 0;

	load_ldt(none);
	memset(&t->gdt[FREE_SLOT], 0, (RANDOM_SLOT + 1 - FREE_SLOT) * sizeof(t->gdt[0]));
	free_pages((unsigned long)t->area, get_order(AREA_BYTES));
}

/* ---- descriptors ---- */

/* Any 8 bytes, but mostly present, and code or data. */
static struct desc_struct random_descriptor(struct trial *t)
{
	struct desc_struct desc;
	u64 raw = next_random(t);

	if (below(t, 4))
		raw |= 1ull << 44; /* S */
	if (below(t, 4))
		raw |= 1ull << 47; /* P */
	memcpy(&desc, &raw, sizeof(desc));
	return desc;
}

/* One that begins at the area and, unless it expands down, ends in it. */
static struct desc_struct area_descriptor(struct trial *t)
{
	struct segment_descriptor d = segment_flat(false, below(t, 4));
	struct desc_struct desc;

	d.base = (uintptr_t)t->area;
	d.type = (u8)(below(t, 8) | (below(t, 4) ? 0 : 8));
	d.g = below(t, 4) == 0;
	d.limit = d.g ? below(t, AREA_BYTES >> 12) : below(t, AREA_BYTES - 8);
	d.db = below(t, 2);
	segment_encode(&d, &desc);
	return desc;
}

/* Puts it into both tables; the selector of one of them. */
static u16 install(struct trial *t, struct desc_struct desc)
{
	bool is_ldt = below(t, 2);

	t->gdt[RANDOM_SLOT] = desc;
	t->ldt[RANDOM_LDT_SLOT] = desc;
	if (!below(t, 16))
		return (u16)next_random(t) | 0x8000; /* beyond the tables */
	return segment_selector(is_ldt ? RANDOM_LDT_SLOT : RANDOM_SLOT, is_ldt, below(t, 4));
}

static bool is_like(const struct trial *t, struct desc_struct desc)
{
	return !memcmp(&t->gdt[RANDOM_SLOT], &desc, sizeof(desc));
}

static void note(struct trial *t, const char *what, u16 selector, struct desc_struct desc)
{
	u64 raw;

	memcpy(&raw, &desc, sizeof(raw));
	if (t->wrong++ < 3)
		console_printf("# %s: selector %x, descriptor %016llx\n", what, selector,
			       (unsigned long long)raw);
}

/* ---- questions ---- */

#define ASK(name, instruction)                                       \
	static int ask_##name(u32 selector, u32 *value)              \
	{                                                            \
		u8 yes;                                              \
		__asm__ volatile(instruction "\n\tsetz %1"           \
				 : "+r"(*value), "=q"(yes)           \
				 : "r"(selector)                     \
				 : "cc");                            \
		return yes;                                          \
	}
ASK(lar, "lar %2, %0")
ASK(lsl, "lsl %2, %0")
ASK(verr, "verr %w2")
ASK(verw, "verw %w2")

static void test_questions(struct trial *t)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		struct desc_struct desc = random_descriptor(t);
		u16 selector = install(t, desc);
		u32 rights = 7, limit = 7, cpu_rights = 7, cpu_limit = 7, unused = 0;
		struct segment_fault fault;
		bool is_like_it = ask_lar(selector, &cpu_rights) ==
					  segment_lar(&t->model, selector, &rights, &fault) &&
				  ask_lsl(selector, &cpu_limit) ==
					  segment_lsl(&t->model, selector, &limit, &fault) &&
				  ask_verr(selector, &unused) == segment_verr(&t->model, selector, &fault) &&
				  ask_verw(selector, &unused) == segment_verw(&t->model, selector, &fault);

		if (rights != 7)
			cpu_rights &= 0x00f0ff00; /* the rest is undefined */
		if (!is_like_it || rights != cpu_rights || limit != cpu_limit)
			note(t, "LAR, LSL, VERR or VERW", selector, desc);
	}
	test_result(!t->wrong, "LAR, LSL, VERR and VERW answer as the model for %u random descriptors", round);
}

/* ---- loads, accesses, jumps ---- */

struct attempt {
	u16 selector;
	u32 offset;
	u32 size;
	bool is_write;
};

static void cpu_load_fs(void *arg)
{
	const struct attempt *a = arg;

	__asm__ volatile("movw %w0, %%fs" : : "r"((u32)a->selector) : "memory");
}

/* The stack is not touched while ss holds something else. */
static void cpu_load_ss(void *arg)
{
	const struct attempt *a = arg;

	__asm__ volatile("movw %%ss, %%cx\n\tmovw %w0, %%ss\n\tmovw %%cx, %%ss"
			 :
			 : "r"((u32)a->selector)
			 : "ecx", "memory");
}

/* There and back: where it lands is linear, so only flat 32-bit code is really jumped to. */
static void cpu_jump(void *arg)
{
	const struct attempt *a = arg;
	struct {
		u32 offset;
		u16 selector;
	} __attribute__((packed)) far;

	far.selector = a->selector;
	__asm__ volatile("movl $1f, (%0)\n\tljmp *(%0)\n1:\tljmp %1, $2f\n2:" : : "r"(&far), "i"(KERNEL_CS) : "memory");
}

static void cpu_access(void *arg)
{
	const struct attempt *a = arg;
	u32 value = 0;

	if (a->size == 1 && a->is_write)
		__asm__ volatile("movb %b0, %%fs:(%1)" : : "q"(value), "r"(a->offset) : "memory");
	else if (a->size == 1)
		__asm__ volatile("movb %%fs:(%1), %b0" : "+q"(value) : "r"(a->offset) : "memory");
	else if (a->is_write)
		__asm__ volatile("movl %0, %%fs:(%1)" : : "q"(value), "r"(a->offset) : "memory");
	else
		__asm__ volatile("movl %%fs:(%1), %0" : "+q"(value) : "r"(a->offset) : "memory");
}

/*
 * QEMU gives #TS or #NP where the manual's JMP gives #GP, for a selector that names no TSS that
 * it can switch to.
 */
static bool deviates(const struct desc_struct *desc, const struct segment_fault *fault,
		     const struct trap *trap)
{
	struct segment_descriptor d = segment_decode(desc);
	bool is_task = !d.s && (d.type == SEGMENT_TASK_GATE || d.type == SEGMENT_TSS16 ||
				d.type == SEGMENT_TSS32);

	return is_task && fault->vector == SEGMENT_GP &&
	       (trap->vector == SEGMENT_TS || (trap->vector == SEGMENT_NP && !d.p));
}

/* Does the CPU fault as the model has: with this vector and code, or not at all? */
static bool faults_alike(struct trial *t, void (*fn)(void *), struct attempt *a, int err,
			 const struct segment_fault *fault)
{
	struct trap trap = { 0 };

	if (!trap_catch(fn, a, &trap)) {
		if (!err)
			return true;
		trap.vector = 0;
	} else {
		t->faults++;
		if (err && trap.code == fault->error &&
		    (trap.vector == fault->vector || deviates(&t->gdt[RANDOM_SLOT], fault, &trap)))
			return true;
	}
	if (t->wrong < 3)
		console_printf("# model: vector %u code %x (%s), CPU: vector %u code %lx\n",
			       err ? fault->vector : 0, err ? fault->error : 0, err ? fault->why : "no fault",
			       trap.vector, trap.code);
	return false;
}

/* Loads of one register, by the model and then, the table as it was, by the CPU. */
static void try_load(struct trial *t, enum segment_register reg, void (*fn)(void *))
{
	struct desc_struct desc = random_descriptor(t), after;
	u16 selector = install(t, desc);
	struct attempt a = { .selector = below(t, 32) ? selector : (u16)below(t, 4) };
	struct segment_cpu model = t->model;
	struct segment_fault fault = { 0, 0, 0, NULL };
	int err = segment_load(&model, reg, a.selector, &fault);
	bool is_ldt = a.selector & SEGMENT_TI_LDT;

	after = is_ldt ? t->ldt[RANDOM_LDT_SLOT] : t->gdt[RANDOM_SLOT];
	t->gdt[RANDOM_SLOT] = t->ldt[RANDOM_LDT_SLOT] = desc;
	if (!faults_alike(t, fn, &a, err, &fault))
		note(t, segment_register_name(reg), a.selector, desc);
	else if (is_ldt ? memcmp(&t->ldt[RANDOM_LDT_SLOT], &after, sizeof(after)) : !is_like(t, after))
		note(t, "the accessed bit", a.selector, desc);
	a.selector = 0;
	cpu_load_fs(&a);
}

static void test_loads(struct trial *t)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		try_load(t, SEGMENT_FS, cpu_load_fs);
		try_load(t, SEGMENT_SS, cpu_load_ss);
	}
	test_result(!t->wrong && t->faults, "loads of fs and ss: the model's faults, codes and accessed bits, %u faults of %u",
		    t->faults, 2 * round);
}

/* QEMU's emulated CPU adds the base and looks at neither limit nor type. */
static bool checks_limits(struct trial *t)
{
	struct segment_descriptor d = segment_flat(false, 0);
	struct attempt a = { .selector = RANDOM_SLOT << 3, .offset = 0x100, .size = 1 };
	struct trap trap;

	d.g = false;
	d.limit = 0;
	d.base = (uintptr_t)t->area;
	segment_encode(&d, &t->gdt[RANDOM_SLOT]);
	cpu_load_fs(&a);
	return trap_catch(cpu_access, &a, &trap);
}

/* An access that the model allows reaches the byte that it says, and no other. */
static bool reaches(struct trial *t, struct attempt *a, u64 linear)
{
	u8 *byte = (u8 *)(uintptr_t)linear;
	bool is_reached;

	a->is_write = true;
	memset(t->area, 0xee, AREA_BYTES);
	cpu_access(a);
	is_reached = !memcmp(byte, "\0\0\0", a->size) && byte[-1] == 0xee && byte[a->size] == 0xee;
	return is_reached;
}

static void try_access(struct trial *t, bool is_checked, unsigned int *reached)
{
	struct desc_struct desc = area_descriptor(t);
	struct attempt a = { .selector = install(t, desc) & (u16)~3u, .size = below(t, 2) ? 4 : 1,
			     .is_write = below(t, 2) };
	struct segment_cpu model = t->model;
	struct segment_fault fault = { 0, 0, 0, NULL };
	u64 linear;
	u32 limit;
	int err;

	if (segment_load(&model, SEGMENT_FS, a.selector, &fault))
		return;
	limit = segment_limit(&model.reg[SEGMENT_FS].hidden);
	a.offset = below(t, 3) ? limit + 4 - below(t, 9) : below(t, AREA_BYTES - 8);
	a.offset = 1 + a.offset % (AREA_BYTES - 8);
	cpu_load_fs(&a);
	err = segment_translate(&model, SEGMENT_FS, a.is_write ? SEGMENT_WRITE : SEGMENT_READ, a.offset,
				a.size, &linear, &fault);
	if (is_checked && !faults_alike(t, cpu_access, &a, err, &fault))
		note(t, "access through fs", a.selector, desc);
	if (err || !a.is_write)
		return;
	++*reached;
	if (!reaches(t, &a, linear))
		note(t, "address through fs", a.selector, desc);
}

static void test_accesses(struct trial *t)
{
	bool is_checked = checks_limits(t);
	unsigned int round, reached = 0;

	for (round = 0; round < ROUNDS / 8; round++)
		try_access(t, is_checked, &reached);
	test_result(!t->wrong && reached, "%u accesses through fs reach the model's linear address", reached);
	if (is_checked)
		test_result(!t->wrong && t->faults, "accesses through fs: the model's limits and rights, %u faults",
			    t->faults);
	else
		test_skip("this emulated CPU looks at neither limit nor type",
			  "accesses through fs: the model's limits and rights");
}

/* Only what is flat, 32 bits wide and not a gate can be jumped to and left again. */
static bool can_land(const struct desc_struct *desc)
{
	struct segment_descriptor d = segment_decode(desc);

	return d.s && d.db && d.base == 0 && d.g && d.limit == 0xfffff;
}

static void test_jumps(struct trial *t)
{
	unsigned int round, landed = 0;

	for (round = 0; round < ROUNDS; round++) {
		struct desc_struct desc = random_descriptor(t);
		struct segment_descriptor flat = segment_flat(true, below(t, 4));
		struct attempt a = { 0 };
		struct segment_far far = { .operand_size = 4 };
		struct segment_far_result result;
		struct segment_cpu model = t->model;
		struct segment_fault fault = { 0, 0, 0, NULL };
		int err;

		flat.type = (u8)(8 | below(t, 8));
		if (below(t, 2))
			segment_encode(&flat, &desc);
		a.selector = install(t, desc);
		far.selector = a.selector;
		far.offset = (uintptr_t)__text_start;
		err = segment_far_transfer(&model, &far, &result, &fault);
		t->gdt[RANDOM_SLOT] = t->ldt[RANDOM_LDT_SLOT] = desc;
		if (!err && !can_land(&desc))
			continue;
		/* The limit is looked at where it lands: the model was not told that place. */
		if (err && !fault.error && !can_land(&desc))
			continue;
		landed += !err;
		if (!faults_alike(t, cpu_jump, &a, err, &fault))
			note(t, "far jump", a.selector, desc);
	}
	test_result(!t->wrong && landed && t->faults, "far jumps: the model's faults and codes, %u faults, %u arrived",
		    t->faults, landed);
}

/* ---- user mode ---- */

/* Each asks one thing of the selector in eax, with the user's flat data segment loaded. */
extern const char user_questions[], user_questions_end[];
__asm__(".pushsection .rodata\n\t.balign 32\n"
	"user_questions:\n\tmovl %eax, %fs\n\tint3\n\t.balign 32, 0xcc\n"
	"\tverr %ax\n\tjnz 1f\n\tint3\n1:\tud2\n\t.balign 32, 0xcc\n"
	"\tverw %ax\n\tjnz 1f\n\tint3\n1:\tud2\n\t.balign 32, 0xcc\n"
	"\tlar %eax, %ecx\n\tjnz 1f\n\tint3\n1:\tud2\n\t.balign 32, 0xcc\n"
	"\tlsl %eax, %ecx\n\tjnz 1f\n\tint3\n1:\tud2\n\t.balign 32, 0xcc\n"
	"user_questions_end:\n\t.popsection\n");
enum user_question { USER_LOAD, USER_VERR, USER_VERW, USER_LAR, USER_LSL, USER_QUESTIONS };
static const char *const user_question_names[] = { "load of fs by the user", "VERR by the user",
						   "VERW by the user", "LAR by the user",
						   "LSL by the user" };

struct user_attempt {
	u16 selector;
	enum user_question question;
};

static void cpu_as_user(void *arg)
{
	const struct user_attempt *a = arg;

	__asm__ volatile("pushl %1\n\tpushl $0\n\tpushl $2\n\tpushl %2\n\tpushl %3\n\tiretl"
			 :
			 : "a"((u32)a->selector), "i"(__USER_DS), "i"(__USER_CS),
			   "r"(USER_CODE + (u32)a->question * USER_STEP)
			 : "ecx", "memory");
	__builtin_unreachable();
}

/* What the model says: 1 yes, 0 no, negative: a fault. */
static int ask_model(struct segment_cpu *model, const struct user_attempt *a, struct segment_fault *fault)
{
	u32 value;

	switch (a->question) {
	case USER_LOAD:
		return segment_load(model, SEGMENT_FS, a->selector, fault) ? -EFAULT : 1;
	case USER_VERR:
		return segment_verr(model, a->selector, fault);
	case USER_VERW:
		return segment_verw(model, a->selector, fault);
	case USER_LAR:
		return segment_lar(model, a->selector, &value, fault);
	default:
		return segment_lsl(model, a->selector, &value, fault);
	}
}

static bool user_alike(struct trial *t, struct user_attempt *a)
{
	struct segment_cpu model = t->model;
	struct segment_fault fault = { 0, 0, 0, NULL };
	struct trap trap;
	int answer;

	/* Level 3, as the CPU will be. */
	model.reg[SEGMENT_CS].selector = __USER_CS;
	answer = ask_model(&model, a, &fault);
	if (!trap_catch(cpu_as_user, a, &trap))
		return false;
	t->faults += answer < 0;
	if (trap.vector == SEGMENT_GP && trap.code == BREAKPOINT_GATE)
		return answer == 1;
	if (trap.vector == TRAP_INVALID_OPCODE)
		return answer == 0;
	return answer < 0 && trap.vector == fault.vector && trap.code == fault.error;
}

static void test_user(struct trial *t)
{
	const struct pt_attr attr = { .prot = PT_READ | PT_EXEC | PT_USER | PT_ACCESSED };
	struct pgtable *table = kernel_pgtable();
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int round;

	if (!page || pt_map(table, USER_CODE, page_to_phys(page), PAGE_SIZE, &attr)) {
		test_result(false, "there is memory for code in user mode");
		return;
	}
	memcpy(page_address(page), user_questions, (size_t)(user_questions_end - user_questions));
	for (round = 0; round < ROUNDS; round++) {
		struct desc_struct desc = random_descriptor(t);
		struct user_attempt a = { install(t, desc), (enum user_question)(round % USER_QUESTIONS) };

		if (!user_alike(t, &a))
			note(t, user_question_names[a.question], a.selector, desc);
	}
	test_result(!t->wrong && t->faults, "in user mode the same, with %u faults of %u", t->faults, round);
	pt_unmap(table, USER_CODE, PAGE_SIZE);
	port_tlb_flush(0, 0, 0);
	pt_free_empty(table, USER_CODE, PAGE_SIZE);
	__free_page(page);
}

void test_segments(void)
{
	static void (*const tests[])(struct trial *) = { test_questions, test_loads, test_accesses,
							 test_jumps, test_user };
	static struct trial trial;
	struct attempt none = { .selector = 0 };
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (!begin(&trial)) {
			test_result(false, "the model can be given the CPU's tables");
			return;
		}
		tests[i](&trial);
		end(&trial);
	}
	/* What a trap would restore must be loadable: the descriptors are gone. */
	cpu_load_fs(&none);
}
