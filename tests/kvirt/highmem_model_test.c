/* SPDX-License-Identifier: MIT */
/*
 * highmem_model_test.c - random calls of kmap, kmap_local and the fixmap on four CPUs, right
 * and wrong ones, with failures of the host, against a model: who has which page mapped,
 * and which byte each page holds. After every call TLBs load all they can (so an address
 * that is reused without a flush is found), and all structures are walked.
 */
#include "tests/kvirt/highmem_support.h"

#define PAGES 40
#define SLOTS 8
#define CPUS 4
#define PORTS 8

struct model_page {
	struct page *page;
	unsigned int users; /* of kmap */
	u8 *addr;	    /* that kmap gave; kept when the last user goes */
	u8 byte;	    /* all bytes that we look at hold this */
};

static struct model_page pages[PAGES];
static struct {
	unsigned int depth;
	unsigned int page[KM_MAX_IDX];
	u8 *addr[KM_MAX_IDX];
} stacks[CPUS];
static int ports[PORTS]; /* the page that the fixmap's slot shows; -1: none */
static unsigned long waits_avoided;

static unsigned int random_page(void)
{
	return (unsigned int)test_random_below(PAGES);
}

static unsigned int nr_mapped(void)
{
	unsigned int i, mapped = 0;

	for (i = 0; i < PAGES; i++)
		mapped += pages[i].users > 0;
	return mapped;
}

/* Once in a while the host refuses the next mapping. */
static bool inject_failure(void)
{
	highmem_fail_maps = test_random_below(8) == 0;
	return highmem_fail_maps;
}

/* The warnings of a call that may be refused. */
static void check_warned(bool expected)
{
	CHECK_EQ(highmem_new_warnings(), expected);
	highmem_fail_maps = 0;
}

static void check_byte(const volatile u8 *addr, const struct model_page *p)
{
	if (addr[0] != p->byte || addr[PAGE_SIZE / 2] != p->byte || addr[PAGE_SIZE - 1] != p->byte)
		CHECK_EQ(addr[0], p->byte);
}

static void write_byte(volatile u8 *addr, struct model_page *p)
{
	p->byte = (u8)test_random();
	addr[0] = addr[PAGE_SIZE / 2] = addr[PAGE_SIZE - 1] = p->byte;
}

/* ---- the calls ---- */

static void do_kmap(void)
{
	struct model_page *p = &pages[random_page()];
	bool fails;
	u8 *addr;

	if (!p->users && nr_mapped() == SLOTS) {
		waits_avoided++;
		return;
	}
	fails = inject_failure() && !p->users;
	addr = kmap(p->page);
	check_warned(fails);
	CHECK_EQ(!addr, fails);
	if (!addr)
		return;
	if (p->users)
		CHECK_PTR(addr, p->addr);
	p->users++;
	p->addr = addr;
	CHECK_EQ(highmem_translate(addr), page_to_phys(p->page));
	check_byte(addr, p);
	write_byte(addr, p);
}

static void do_kunmap(void)
{
	struct model_page *p = &pages[random_page()];

	/* Seldom one that nobody has mapped. */
	while (!p->users && nr_mapped() && test_random_below(16))
		p = &pages[random_page()];
	if (p->users)
		check_byte(p->addr, p);
	kunmap(p->page);
	check_warned(!p->users);
	p->users -= p->users > 0;
}

static void do_kmap_local(void)
{
	unsigned int cpu = port_cpu_id(), nr = random_page();
	struct model_page *p = &pages[nr];
	bool fails = inject_failure() || stacks[cpu].depth == KM_MAX_IDX;
	u8 *addr = kmap_local_page(p->page);

	check_warned(fails);
	CHECK_EQ(!addr, fails);
	if (!addr)
		return;
	CHECK_EQ(highmem_translate(addr), page_to_phys(p->page));
	check_byte(addr, p);
	write_byte(addr, p);
	stacks[cpu].page[stacks[cpu].depth] = nr;
	stacks[cpu].addr[stacks[cpu].depth++] = addr;
}

static void do_kunmap_local(void)
{
	unsigned int cpu = port_cpu_id(), depth = stacks[cpu].depth;
	unsigned int other = (unsigned int)test_random_below(CPUS);

	if (!depth)
		return;
	if (test_random_below(4) == 0 && depth > 1) {
		kunmap_local(stacks[cpu].addr[test_random_below(depth - 1)]);
		check_warned(true);
	} else if (test_random_below(4) == 0 && other != cpu && stacks[other].depth) {
		kunmap_local(stacks[other].addr[stacks[other].depth - 1]);
		check_warned(true);
	} else {
		check_byte(stacks[cpu].addr[depth - 1], &pages[stacks[cpu].page[depth - 1]]);
		kunmap_local(stacks[cpu].addr[depth - 1] + test_random_below(PAGE_SIZE));
		check_warned(false);
		stacks[cpu].depth--;
	}
}

static void do_fixmap(void)
{
	unsigned int port = (unsigned int)test_random_below(PORTS);
	unsigned int idx = FIX_PORT_0 + port, nr = random_page();
	bool fails;
	int err;

	if (test_random_below(3) == 0) {
		CHECK_EQ(clear_fixmap(idx), 0);
		ports[port] = -1;
		return;
	}
	fails = inject_failure();
	err = set_fixmap(idx, page_to_phys(pages[nr].page));
	check_warned(false);
	CHECK_EQ(err, fails ? -ENOMEM : 0);
	if (!err)
		ports[port] = (int)nr;
}

static void do_flush(void)
{
	struct highmem_stats stats;

	kmap_flush_unused();
	highmem_get_stats(&stats);
	CHECK_EQ(stats.unflushed, 0);
	CHECK_EQ(stats.used, nr_mapped());
}

/* A page that nobody has mapped goes, and a cleared one comes. */
static void do_exchange(void)
{
	unsigned int nr = random_page(), cpu, i;

	for (cpu = 0; cpu < CPUS; cpu++)
		for (i = 0; i < stacks[cpu].depth; i++)
			if (stacks[cpu].page[i] == nr)
				return;
	for (i = 0; i < PORTS; i++)
		if (ports[i] == (int)nr)
			return;
	if (pages[nr].users)
		return;
	__free_page(pages[nr].page);
	/* With all of this CPU's slots in use there is none to clear it with. */
	pages[nr].page = alloc_page(GFP_HIGHUSER);
	REQUIRE(pages[nr].page && PageHighMem(pages[nr].page));
	if (stacks[port_cpu_id()].depth == KM_MAX_IDX)
		test_set_cpu(!port_cpu_id());
	if (clear_highpage(pages[nr].page))
		pages[nr].byte = 0;
	check_warned(stacks[port_cpu_id()].depth == KM_MAX_IDX);
}

/* ---- the whole ---- */

static void check_everything(void)
{
	unsigned int i, cpu;

	for (i = 0; i < PAGES; i++) {
		CHECK_PTR(page_address(pages[i].page), pages[i].users ? pages[i].addr : NULL);
		if (pages[i].users)
			check_byte(pages[i].addr, &pages[i]);
	}
	for (cpu = 0; cpu < CPUS; cpu++)
		for (i = 0; i < stacks[cpu].depth; i++)
			check_byte(stacks[cpu].addr[i], &pages[stacks[cpu].page[i]]);
	for (i = 0; i < PORTS; i++) {
		const u8 *addr = (const u8 *)fix_to_virt(FIX_PORT_0 + i);

		CHECK_EQ(highmem_translate(addr), ports[i] < 0 ? 0 : page_to_phys(pages[ports[i]].page));
		if (ports[i] >= 0)
			check_byte(addr, &pages[ports[i]]);
	}
	CHECK_EQ(page_alloc_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
}

static void run_model(const char *format)
{
	static void (*const calls[])(void) = {
		do_kmap, do_kmap, do_kmap, do_kunmap, do_kunmap, do_kmap_local, do_kmap_local,
		do_kunmap_local, do_kunmap_local, do_fixmap, do_flush, do_exchange,
	};
	struct quire_machine *m = highmem_boot(format, SLOTS, CPUS);
	unsigned long i, steps = test_rounds(5000);
	struct highmem_stats stats;

	tap_note("%s", format);
	highmem_watch();
	waits_avoided = 0;
	for (i = 0; i < CPUS; i++)
		stacks[i].depth = 0;
	for (i = 0; i < PORTS; i++)
		ports[i] = -1;
	for (i = 0; i < PAGES; i++) {
		pages[i] = (struct model_page){ .page = alloc_page(GFP_HIGHUSER | __GFP_ZERO) };
		REQUIRE(pages[i].page && PageHighMem(pages[i].page));
	}
	for (i = 0; i < steps; i++) {
		test_set_cpu((unsigned int)test_random_below(CPUS));
		calls[test_random_below(sizeof(calls) / sizeof(calls[0]))]();
		highmem_fill_tlbs();
		CHECK_EQ(highmem_validate(), 0);
		if (i % 32 == 0)
			check_everything();
	}
	check_everything();
	highmem_get_stats(&stats);
	CHECK(stats.flushes > steps / 50); /* it has turned many times */
	CHECK(waits_avoided > 0);	   /* and has been full */
	test_set_cpu(0);
	test_machine_end(m);
}

static void random_calls_agree_with_the_model_in_two_levels(void)
{
	run_model("i386");
}

static void random_calls_agree_with_the_model_in_pae(void)
{
	run_model("i386-pae");
}

static void random_calls_agree_with_the_model_on_armv7(void)
{
	run_model("armv7");
}

static void random_calls_agree_with_the_model_in_four_levels(void)
{
	run_model("x86_64");
}

const struct tap_test tap_tests[] = {
	TEST(random_calls_agree_with_the_model_in_two_levels),
	TEST(random_calls_agree_with_the_model_in_pae),
	TEST(random_calls_agree_with_the_model_on_armv7),
	TEST(random_calls_agree_with_the_model_in_four_levels),
	{ NULL, NULL },
};
