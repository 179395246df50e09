/* SPDX-License-Identifier: MIT */
/*
 * cpu_test.c - the unit against the CPU that runs the test.
 *
 * Linux lets a process have an LDT of code and data of level 3. The same 8 bytes, read back
 * from the kernel, are given to both: LAR, LSL, VERR, VERW and loads of a register must agree,
 * and in a 32-bit process, where limits count, so must every access.
 */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/segment/segment_support.h"

#if defined(__x86_64__) || defined(__i386__)

#define SLOT 1
#define SELECTOR(rpl) ((u16)(SLOT << 3 | SEGMENT_TI_LDT | (rpl)))
#define AREA_SIZE 0x30000U

/* The register that the C library does not use. */
#ifdef __x86_64__
#define SPARE SEGMENT_GS
#define SPARE_NAME "gs"
#else
#define SPARE SEGMENT_FS
#define SPARE_NAME "fs"
#endif

/* The kernel's struct user_desc: its header is not there for every target. */
struct ldt_request {
	unsigned int entry, base, limit;
	unsigned int seg_32bit : 1, contents : 2, read_exec_only : 1, limit_in_pages : 1,
		seg_not_present : 1, useable : 1, lm : 1;
};

/* Takes the request; the 8 bytes that the kernel made of it, or 0. */
static u64 install(const struct ldt_request *request)
{
	u64 slots[SLOT + 1] = { 0 };

	if (syscall(SYS_modify_ldt, 0x11, request, sizeof(*request)))
		return 0;
	if (syscall(SYS_modify_ldt, 0, slots, sizeof(slots)) != (long)sizeof(slots))
		return 0;
	return slots[SLOT];
}

#define ASK(name, instruction)                                           \
	static int cpu_##name(unsigned int selector, unsigned int *value) \
	{                                                                \
		unsigned char zf;                                        \
		__asm__ volatile(instruction "\n\tsetz %1"               \
				 : "+r"(*value), "=q"(zf)                \
				 : "r"(selector)                         \
				 : "cc");                                \
		return zf;                                               \
	}
ASK(lar, "lar %2, %0")
ASK(lsl, "lsl %2, %0")
ASK(verr, "verr %w2")
ASK(verw, "verw %w2")

static struct world *cpu_world(void)
{
	struct ldt_request request = { .entry = SLOT, .limit = 0xff, .seg_32bit = 1 };
	unsigned int ignored = 0;
	struct world *w;

	if (!install(&request))
		tap_skip("this kernel gives no LDT");
	/* Some virtual machines take it and keep it from the CPU: then not even plain data is there. */
	if (!cpu_verr(SELECTOR(3), &ignored))
		tap_skip("the CPU does not see the LDT that this kernel gives");
	w = world_new();
	REQUIRE(!segment_load_ldt(&w->cpu, SLOT_LDT << 3, &w->fault));
	world_level(w, 3);
	w->cpu.reg[SEGMENT_CS].hidden.l = sizeof(long) == 8;
	w->cpu.is_long_mode = sizeof(long) == 8;
	return w;
}

/* A random descriptor in both LDTs; 0 when the kernel refuses it. */
static u64 install_random(struct world *w, u32 base)
{
	struct ldt_request request = { .entry = SLOT, .base = base };
	u64 raw;

	request.contents = test_random_below(3);
	request.read_exec_only = test_random_below(2);
	request.limit_in_pages = test_random_below(4) == 0;
	request.seg_32bit = test_random_below(4) != 0;
	request.seg_not_present = test_random_below(8) == 0;
	request.useable = test_random_below(2);
	if (request.seg_not_present && test_random_below(2))
		request.contents = 3;
	request.limit = request.limit_in_pages ? (u32)test_random_below(0x10) :
						 (u32)test_random_below(0xff00);
	raw = install(&request);
	put_raw(w, LDT_AT, SLOT, raw);
	return raw;
}

static bool answers_agree(struct world *w, u16 selector)
{
	unsigned int real[4] = { 7, 7, 7, 7 };
	u32 rights = 7, limit = 7;
	int lar = cpu_lar(selector, &real[0]), lsl = cpu_lsl(selector, &real[1]);
	int verr = cpu_verr(selector, &real[2]), verw = cpu_verw(selector, &real[3]);

	if (lar)
		real[0] &= 0x00f0ff00; /* the rest is undefined */
	return segment_lar(&w->cpu, selector, &rights, &w->fault) == lar && rights == real[0] &&
	       segment_lsl(&w->cpu, selector, &limit, &w->fault) == lsl && limit == real[1] &&
	       segment_verr(&w->cpu, selector, &w->fault) == verr &&
	       segment_verw(&w->cpu, selector, &w->fault) == verw;
}

static void lar_lsl_verr_verw_agree_with_the_cpu(void)
{
	struct world *w = cpu_world();
	unsigned int round, tried = 0, wrong = 0;

	for (round = 0; round < 3000; round++) {
		u64 raw = install_random(w, (u32)test_random());
		bool agrees = answers_agree(w, SELECTOR(round % 4));

		tried += raw != 0;
		wrong += !agrees;
		if (!agrees)
			tap_note("descriptor %#llx", (unsigned long long)raw);
	}
	CHECK_EQ(wrong, 0);
	CHECK(tried > 1000);
	CHECK(answers_agree(w, 0));
	CHECK(answers_agree(w, 3));
	CHECK(answers_agree(w, 0xffff));
	free(w);
}

/* ---- faults of the CPU, through signals ---- */

static sigjmp_buf after_fault;
static volatile unsigned int seen_vector, seen_error;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;

	(void)sig;
	(void)info;
	seen_vector = (unsigned int)at->uc_mcontext.gregs[REG_TRAPNO];
	seen_error = (unsigned int)at->uc_mcontext.gregs[REG_ERR];
	siglongjmp(after_fault, 1);
}

struct handlers {
	struct sigaction segv, bus;
};

static void catch_faults(struct handlers *old)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &action, &old->segv);
	sigaction(SIGBUS, &action, &old->bus);
}

static void leave_faults(const struct handlers *old)
{
	sigaction(SIGSEGV, &old->segv, NULL);
	sigaction(SIGBUS, &old->bus, NULL);
}

/* The statement's vector, 0 when it went through. */
#define FAULT_OF(statement)                          \
	({                                           \
		seen_vector = seen_error = 0;        \
		if (!sigsetjmp(after_fault, 1)) {    \
			statement;                   \
		}                                    \
		seen_vector;                         \
	})

static void cpu_load(u16 selector)
{
	__asm__ volatile("movw %w0, %%" SPARE_NAME : : "r"((unsigned int)selector) : "memory");
}

static bool load_agrees(struct world *w, u16 selector)
{
	int err;

	w->fault.vector = 0;
	w->fault.error = 0;
	err = segment_load(&w->cpu, SPARE, selector, &w->fault);
	(void)FAULT_OF(cpu_load(selector));
	return !err == !seen_vector && w->fault.vector == seen_vector &&
	       w->fault.error == seen_error;
}

static void skip_on_emulated_cpu(struct world *w)
{
	if (!tap_is_emulated())
		return;
	free(w);
	tap_skip("the CPU that an emulator gives a process looks at neither types nor limits");
}

static void loads_fault_as_on_the_cpu(void)
{
	struct world *w = cpu_world();
	unsigned int round, wrong = 0, faults = 0;
	struct handlers old;

	skip_on_emulated_cpu(w);
	catch_faults(&old);
	for (round = 0; round < 1500; round++) {
		install_random(w, (u32)test_random());
		wrong += !load_agrees(w, SELECTOR(round % 4));
		faults += seen_vector != 0;
		cpu_load(0);
	}
	CHECK(load_agrees(w, 0xffff));
	CHECK(load_agrees(w, 2));
	cpu_load(0);
	leave_faults(&old);
	CHECK_EQ(wrong, 0);
	CHECK(faults > 50 && faults < 1450);
	free(w);
}

#ifdef __i386__

static void cpu_access(u32 offset, u32 size, bool is_write)
{
	unsigned int value = 0;

	if (is_write && size == 1)
		__asm__ volatile("movb %b0, %%fs:(%1)" : : "q"(value), "r"(offset) : "memory");
	else if (is_write && size == 2)
		__asm__ volatile("movw %w0, %%fs:(%1)" : : "q"(value), "r"(offset) : "memory");
	else if (is_write)
		__asm__ volatile("movl %0, %%fs:(%1)" : : "q"(value), "r"(offset) : "memory");
	else if (size == 1)
		__asm__ volatile("movb %%fs:(%1), %b0" : "+q"(value) : "r"(offset) : "memory");
	else if (size == 2)
		__asm__ volatile("movw %%fs:(%1), %w0" : "+q"(value) : "r"(offset) : "memory");
	else
		__asm__ volatile("movl %%fs:(%1), %0" : "+q"(value) : "r"(offset) : "memory");
}

/* Near the limit, near 64 KiB, or anywhere in the area behind the base. */
static u32 pick_offset(const struct segment_descriptor *d)
{
	u32 near = test_random_below(2) ? segment_limit(d) : 0xffff;

	if (test_random_below(3))
		return near + 4 - (u32)test_random_below(9);
	return (u32)test_random_below(AREA_SIZE - 4);
}

static bool access_agrees(struct world *w, bool *is_allowed)
{
	u32 size = 1U << test_random_below(3);
	u32 offset = pick_offset(&w->cpu.reg[SPARE].hidden);
	bool is_write = test_random_below(2);
	u64 linear;

	/* Keep what may be accessed inside the area. */
	if (offset > AREA_SIZE - 4)
		offset %= AREA_SIZE - 4;
	w->fault.vector = 0;
	w->fault.error = 0;
	*is_allowed = !segment_translate(&w->cpu, SPARE, is_write ? SEGMENT_WRITE : SEGMENT_READ,
					 offset, size, &linear, &w->fault);
	(void)FAULT_OF(cpu_access(offset, size, is_write));
	return w->fault.vector == seen_vector && w->fault.error == seen_error;
}

static void accesses_fault_as_on_the_cpu(void)
{
	struct world *w = cpu_world();
	unsigned int round, wrong = 0, good = 0, rounds = 0;
	struct handlers old;
	u8 *area;

	skip_on_emulated_cpu(w);
	area = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(area != MAP_FAILED);
	catch_faults(&old);
	for (round = 0; round < 3000; round++) {
		bool is_allowed;

		if (!install_random(w, (u32)(uintptr_t)area) || !load_agrees(w, SELECTOR(3)))
			continue;
		if (seen_vector)
			continue;
		rounds++;
		wrong += !access_agrees(w, &is_allowed);
		good += is_allowed;
		cpu_load(0);
	}
	cpu_load(0);
	leave_faults(&old);
	CHECK_EQ(wrong, 0);
	CHECK(rounds > 1000 && good > rounds / 10 && good < rounds - rounds / 10);
	munmap(area, AREA_SIZE);
	free(w);
}

#else

static void accesses_fault_as_on_the_cpu(void)
{
	tap_skip("64-bit mode has no limits");
}

#endif

#else

static void lar_lsl_verr_verw_agree_with_the_cpu(void)
{
	tap_skip("this CPU has no segments");
}
static void loads_fault_as_on_the_cpu(void)
{
	tap_skip("this CPU has no segments");
}
static void accesses_fault_as_on_the_cpu(void)
{
	tap_skip("this CPU has no segments");
}

#endif

const struct tap_test tap_tests[] = {
	TEST(lar_lsl_verr_verw_agree_with_the_cpu),
	TEST(loads_fault_as_on_the_cpu),
	TEST(accesses_fault_as_on_the_cpu),
	{ NULL, NULL },
};
