/* SPDX-License-Identifier: MIT */
/*
 * leaks.c - with QUIRE_TEST_LEAKS=1 in the environment every machine that a test boots watches for leaks, and is
 * asked for them when it ends: an object that nothing leads to fails the test, which prints kmemleak's report.
 * With QUIRE_TEST_LEAKS=trace the report says not only who asked for an object, but who called them (slowly).
 *
 * How a machine comes to it
 *	mk/tests.mk links the tests with --wrap=quire_boot: the boots that tests ask for go through here,
 *	and a test that boots nothing links none of it. A machine whose description says anything of leaks
 *	itself keeps that (test_machine_unwatched). test_machine_end asks; for the host port's machines leaks_host.c
 *	does. A machine that is reset and booted again is asked at its end only, for what it took since.
 *
 * What leads to an object (the roots)
 *	What a program has of its own, named piece by piece, so that nothing of a machine is among it (neither RAM, nor
 *	page structures, nor what the detector itself keeps, which leads to everything):
 *
 *	  .data, .bss       of the program and its libraries, and this thread's variables (dl_iterate_phdr)
 *	  [heap]            all that malloc has: it is told to take nothing elsewhere
 *	  stack             from the frame that asks upwards, with the registers in it
 *
 *	A test that keeps its only pointer elsewhere (in what it has mapped, on the stack of a thread that still runs) gets a
 *	report for it: a root that is missing is noticed, one too many is not.
 *
 * What hides a leak
 *	A stale pointer. malloc overwrites what is given back (M_PERTURB), small blocks too where tests/run-program
 *	runs the test: it turns off the cache that keeps them as they are. Of dead frames nothing is seen but what lies in
 *	gaps of live ones. tests/build/leaks.t loses thousands of objects in all these ways, and must be told of each. Boot memory
 *	is never reported, as in Linux; and the first area of a window and the first per-CPU variable lie where the
 *	machine's description says that these begin.
 *
 * Records lie in a mapping of their own: the machine has as much free as one that watches nothing, so no test
 * needs to know. A test that loses something on purpose says so: kmemleak_ignore. One that has failed, or was skipped, is
 * asked nothing: it ended in the middle.
 */
#include <errno.h>
#include <execinfo.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <quire/quire.h>

#include "tests/support/nr_leaks.h"
#include "tests/support/support.h"

int __real_quire_boot(const struct quire_machine *m);
int __wrap_quire_boot(const struct quire_machine *m);

/* Two for each of the program and its libraries; the heap, the stack. */
#define MAX_ROOTS 64
/* Address space for a machine's records: of 400 000 objects. With more the detector turns itself off: the test fails. */
#define RECORDS_SIZE ((size_t)64 << 20)
#define GUARD ((size_t)64 << 10)
/* Of the report, in case that a test has lost thousands. */
#define MAX_LINES 60

/* A machine that watches. Outside of the heap, for it leads to its records. */
struct watched {
	struct watched *next;
	const struct quire *quire;
	char *mapping; /* this structure, records; a guard on either side */
	_Atomic size_t used;
	struct kmemleak_range roots[MAX_ROOTS];
	size_t nr_roots;
};

#define RECORDS_START ((sizeof(struct watched) + 7) & ~(size_t)7)

/* Those of the running test. */
static struct watched *machines;

/* NULL: the tests are run without it. */
static const char *wanted(void)
{
	const char *leaks = getenv("QUIRE_TEST_LEAKS");

	return leaks && *leaks && strcmp(leaks, "0") ? leaks : NULL;
}

/* Before the first thread, and before most of what is taken from it. */
__attribute__((constructor)) static void keep_malloc_in_the_heap(void)
{
	if (!wanted())
		return;
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX); /* the heap does not shrink while it is read */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_PERTURB, 0x5a);
}

/* ---- a machine that watches ---- */

/* Called with spinlocks held, by several threads. */
static void *more_memory(void *ctx, size_t size)
{
	struct watched *w = ctx;
	size_t at = atomic_fetch_add(&w->used, (size + 7) & ~(size_t)7);

	return at + size <= RECORDS_SIZE ? (char *)w + at : NULL;
}

/* As addr2line -e PROGRAM wants it. */
static void name_address(void *ctx, const void *address, char *text, size_t size)
{
	extern const char __executable_start[], _end[];
	const char *at = address;

	(void)ctx;
	if (at < __executable_start || at >= _end)
		snprintf(text, size, "a library");
	else
		snprintf(text, size, "%s+0x%lx", program_invocation_short_name,
			 (unsigned long)(at - __executable_start));
}

/* Frames between backtrace() and the allocator: this function, and the detector's. */
#define OWN_FRAMES 4

static unsigned int trace(void *ctx, const void **addresses, unsigned int max)
{
	void *frames[KMEMLEAK_TRACE_MAX + OWN_FRAMES];
	int nr = backtrace(frames, (int)max + OWN_FRAMES);

	(void)ctx;
	if (nr <= OWN_FRAMES)
		return 0;
	memcpy(addresses, frames + OWN_FRAMES, (size_t)(nr - OWN_FRAMES) * sizeof(*frames));
	return (unsigned int)(nr - OWN_FRAMES);
}

static struct watched *find(const struct quire *quire)
{
	struct watched *w = machines;

	while (w && w->quire != quire)
		w = w->next;
	return w;
}

/* NULL: the process has no room. */
static struct watched *watched_new(const struct quire *quire)
{
	char *mapping = mmap(NULL, RECORDS_SIZE + 2 * GUARD, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct watched *w = (struct watched *)(mapping + GUARD);

	if (mapping == MAP_FAILED)
		return NULL;
	REQUIRE(!mprotect(w, RECORDS_SIZE, PROT_READ | PROT_WRITE));
	w->mapping = mapping;
	w->quire = quire;
	w->next = machines;
	machines = w;
	return w;
}

static void forget(struct watched *w)
{
	struct watched **link = &machines;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	munmap(w->mapping, RECORDS_SIZE + 2 * GUARD);
}

static void watch(struct machine_leaks *leaks)
{
	struct watched *w = find(this_quire());

	if (!w)
		w = watched_new(this_quire());
	if (!w)
		return;
	if (!kmemleak_layer()) /* it has no records yet, or no more */
		w->used = RECORDS_START;
	*leaks = (struct machine_leaks){
		.layer = &quire_kmemleak,
		.roots = w->roots,
		.nr_roots = MAX_ROOTS,
		.symbol = name_address,
		.trace = !strcmp(wanted(), "trace") ? trace : NULL,
		.memory = more_memory,
		.ctx = w,
	};
}

int __wrap_quire_boot(const struct quire_machine *m)
{
	static const struct machine_leaks nothing;
	struct machine_leaks *leaks = &((struct quire_machine *)m)->leaks;

	if (wanted() && (!memcmp(leaks, &nothing, sizeof(nothing)) || leaks->memory == more_memory)) {
		watch(leaks);
		test_leaks_end = test_leaks_check;
	}
	return __real_quire_boot(m);
}

/* ---- roots ---- */

static void add_root(struct watched *w, const void *start, const void *end)
{
	if (CHECK(w->nr_roots < MAX_ROOTS))
		w->roots[w->nr_roots++] = (struct kmemleak_range){ start, end };
}

/* What can be written of the program or a library, and this thread's variables there. */
static int add_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
	unsigned int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		const char *start = (const char *)(info->dlpi_addr + header->p_vaddr);

		if (header->p_type == PT_LOAD && header->p_flags & PF_W)
			add_root(ctx, start, start + header->p_memsz);
		if (header->p_type == PT_TLS && info->dlpi_tls_data)
			add_root(ctx, info->dlpi_tls_data, (char *)info->dlpi_tls_data + header->p_memsz);
	}
	return 0;
}

static void add_heap_and_stack(struct watched *w, const char *frame)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];

	REQUIRE(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		if (strstr(line, "[heap]"))
			add_root(w, (char *)start, (char *)end);
		if ((unsigned long)frame >= start && (unsigned long)frame < end)
			add_root(w, frame, (char *)end);
	}
	fclose(maps);
}

static void find_roots(struct watched *w, const char *frame)
{
	memset(w->roots, 0, sizeof(w->roots));
	w->nr_roots = 0;
	dl_iterate_phdr(add_object, w);
	add_heap_and_stack(w, frame);
}

/* ---- asking ---- */

/* The report comes in pieces; a whole line is printed, unless there were enough. */
struct printer {
	char line[256];
	size_t length;
	unsigned int nr_lines;
};

static void print_text(void *ctx, const char *text, size_t len)
{
	struct printer *p = ctx;

	for (; len--; text++) {
		if (*text != '\n') {
			if (p->length < sizeof(p->line) - 1)
				p->line[p->length++] = *text;
			continue;
		}
		p->line[p->length] = '\0';
		p->length = 0;
		if (p->nr_lines++ < MAX_LINES)
			tap_note("%s", p->line);
	}
}

/* The first report of a leak takes two scans: its contents must not change in between. */
static __attribute__((noinline)) void ask(struct watched *w, const char *frame)
{
	struct printer printer = { .nr_lines = 0 };
	struct seq_file out = { .write = print_text, .ctx = &printer };
	unsigned int nr;

	find_roots(w, frame);
	if (!CHECK_EQ(kmemleak_scan(), 0) || !CHECK_EQ(kmemleak_scan(), 0))
		return;
	CHECK_EQ(kmemleak_validate(), 0);
	nr = nr_leaks();
	if (tap_check(!nr, "nothing is lost when the machine ends", __FILE__, __LINE__))
		return;
	tap_note("%u objects are lost; addr2line -fie %s says who asked for them:", nr, program_invocation_name);
	quire_find_report("kmemleak")->show(&out);
}

/* The machine has come to the end of its boot. */
static bool is_up(const struct quire *quire)
{
	return quire->leak.layer && !quire->leak.is_early && quire->leak.machine->memory == more_memory;
}

void test_leaks_check(struct quire *quire)
{
	struct watched *w = find(quire);
	unsigned int cpu = port_cpu_id();
	struct quire *before;

	if (!w)
		return;
	if (is_up(quire) && !test_has_ended_early()) {
		before = quire_select(quire);
		test_set_cpu(0);
		__builtin_unwind_init();
		ask(w, __builtin_frame_address(0));
		test_set_cpu(cpu);
		quire_select(before);
	}
	forget(w);
}
