/* SPDX-License-Identifier: MIT */
/*
 * mmu_kernel_test.c - vmalloc, kmap and fixmap as the machine's own CPUs see them: through the
 * kernel's page table and a TLB. A pointer of the process shows what is mapped now; the MMU
 * shows what it remembers, until port_tlb_flush. So a flush that somebody forgets is seen
 * here, and that it would be is tested as well: host_machine_ignore_flushes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/fixmap.h>
#include <quire/highmem.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "port/host/host.h"
#include "port/host/mmu.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((u64)1 << 20)

/* 16 MB of lowmem and 16 MB of highmem, two CPUs. */
static const struct machine_bank banks[] = { { 0, 32 * MB, 0, 0 } };
static const struct quire_machine machine = {
	.name = "mmu",
	.banks = banks,
	.nr_banks = 1,
	.nr_cpus = 2,
	.zones = 1 << ZONE_NORMAL | 1 << ZONE_HIGHMEM,
	.zone_end = { [ZONE_NORMAL] = 16 * MB },
	.lowmem_end = 16 * MB,
};

static struct host_machine *hm;
static struct host_mmu *cpu[2];

static void start(const char *format)
{
	char err[256];

	hm = host_machine_create(&machine, err, sizeof(err));
	REQUIRE(hm);
	REQUIRE(host_machine_set_format(hm, format, err, sizeof(err)) == 0);
	if (!host_machine_description(hm)->kvirt.vmalloc_end) {
		host_machine_destroy(hm);
		tap_skip("no room in this process for the kernel's windows");
	}
	REQUIRE(host_machine_boot(hm) == 0);
	/* What is seen through a TLB entry that is too old is what was written, though the page is free. */
	set_page_poisoning(0);
	cpu[0] = host_machine_mmu(hm, 0);
	cpu[1] = host_machine_mmu(hm, 1);
	REQUIRE(cpu[0] && cpu[1]);
}

static void end(void)
{
	host_machine_destroy(hm);
}

/* The text at a pointer, as a CPU reads it: 15 bytes of it, or the fault. */
static const char *seen(unsigned int nr, const void *addr)
{
	static char text[16];
	u64 va = kernel_va(addr);
	enum pt_fault fault = host_mmu_read(cpu[nr], va, text, sizeof(text), false, NULL);

	if (fault)
		snprintf(text, sizeof(text), "fault %d", (int)fault);
	text[15] = '\0';
	return text;
}

#define UNMAPPED "fault 2" /* PT_FAULT_TRANSLATION */

/* ---- the same bytes ---- */

static void check_same(const void *addr, size_t size)
{
	char *bytes = malloc(size);

	REQUIRE(bytes);
	CHECK_EQ(host_mmu_read(cpu[0], kernel_va(addr), bytes, size, false, NULL), PT_OK);
	CHECK(!memcmp(bytes, addr, size));
	free(bytes);
}

static void fill_randomly(void *addr, size_t size)
{
	u64 *word = addr;
	size_t i;

	for (i = 0; i < size / 8; i++)
		word[i] = test_random();
}

static void what_a_pointer_shows_the_cpu_reads(void)
{
	static const char *const formats[] = { "i386",	"i386-pae", "x86_64",
					       "armv7", "arm64",    "sv39" };
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct page *page;
		char *p;

		start(formats[i]);
		p = vmalloc(20 * PAGE_SIZE);
		REQUIRE(p);
		fill_randomly(p, 20 * PAGE_SIZE);
		check_same(p, 20 * PAGE_SIZE);
		CHECK_EQ(host_mmu_write(cpu[1], kernel_va(p) + PAGE_SIZE - 2, "wxyz", 4, false, NULL),
			 PT_OK);
		CHECK(!memcmp(p + PAGE_SIZE - 2, "wxyz", 4));
		vfree(p);
		page = alloc_pages(GFP_HIGHUSER, 0);
		REQUIRE(page && PageHighMem(page));
		p = kmap(page);
		REQUIRE(p);
		fill_randomly(p, PAGE_SIZE);
		check_same(p, PAGE_SIZE);
		kunmap(page);
		p = kmap_local_page(page);
		check_same(p, PAGE_SIZE);
		kunmap_local(p);
		p = (char *)__get_free_page(GFP_KERNEL);
		fill_randomly(p, PAGE_SIZE);
		check_same(p, PAGE_SIZE);
		end();
	}
}

static void the_cpu_reads_a_devices_registers(void)
{
	u32 *reg, value = 0;

	start("i386-pae");
	reg = ioremap(0xfed00000, 0x1000);
	REQUIRE(reg);
	reg[7] = 0xcafe;
	CHECK_EQ(host_mmu_read(cpu[0], kernel_va(&reg[7]), &value, 4, false, NULL), PT_OK);
	CHECK_EQ(value, 0xcafe);
	value = 0xbeef;
	CHECK_EQ(host_mmu_write(cpu[0], kernel_va(&reg[8]), &value, 4, false, NULL), PT_OK);
	CHECK_EQ(reg[8], 0xbeef);
	end();
}

static void user_programs_and_guard_pages_fault(void)
{
	struct host_mmu_fault fault;
	char bytes[32];
	char *p;

	start("x86_64");
	p = vmalloc(PAGE_SIZE);
	REQUIRE(p);
	CHECK_EQ(host_mmu_read(cpu[0], kernel_va(p), bytes, 1, true, &fault), PT_FAULT_PERMISSION);
	CHECK_EQ(fault.code, 5);
	CHECK_EQ(host_mmu_read(cpu[0], kernel_va(p) + PAGE_SIZE - 8, bytes, 32, false, &fault),
		 PT_FAULT_TRANSLATION);
	CHECK_EQ(fault.va, kernel_va(p) + PAGE_SIZE);
	CHECK_EQ(fault.done, 8);
	end();
}

/* ---- vmalloc ---- */

/*
 * Frees an area of one page that the CPU knows and takes another one at the same address, on
 * another frame. What the CPU sees there then.
 */
static const char *reuse(void (*before_reuse)(void))
{
	char *p = vmalloc(PAGE_SIZE), *again;
	pfn_t frame;

	REQUIRE(p);
	strcpy(p, "old");
	CHECK_STR(seen(0, p), "old");
	frame = vmalloc_to_pfn(p);
	vfree(p);
	before_reuse();
	REQUIRE(alloc_pages(GFP_HIGHUSER, 0)); /* most likely the old frame */
	again = vmalloc(PAGE_SIZE);
	REQUIRE(again == p && vmalloc_to_pfn(again) != frame);
	strcpy(again, "new");
	return seen(0, again);
}

static void a_freed_area_is_known_until_the_purge(void)
{
	char *p;

	start("i386-pae");
	p = vmalloc(PAGE_SIZE);
	REQUIRE(p);
	strcpy(p, "old");
	CHECK_STR(seen(0, p), "old");
	vfree(p);
	CHECK_STR(seen(0, p), "old");
	CHECK_STR(seen(1, p), UNMAPPED);
	vm_unmap_aliases();
	CHECK_STR(seen(0, p), UNMAPPED);
	end();
}

static void an_address_used_again_shows_the_new_page(void)
{
	start("x86_64");
	CHECK_STR(reuse(vm_unmap_aliases), "new");
	end();
	start("armv7");
	CHECK_STR(reuse(vm_unmap_aliases), "new");
	end();
}

static void a_purge_without_flush_would_be_seen(void)
{
	start("x86_64");
	host_machine_ignore_flushes(hm, true);
	CHECK_STR(reuse(vm_unmap_aliases), "old");
	host_machine_ignore_flushes(hm, false);
	vm_unmap_aliases();
	end();
}

static void a_purge_reaches_every_cpu(void)
{
	char *p;

	start("sv39");
	p = vmalloc(PAGE_SIZE);
	REQUIRE(p);
	strcpy(p, "text");
	CHECK_STR(seen(0, p), "text");
	CHECK_STR(seen(1, p), "text");
	vfree(p);
	vm_unmap_aliases();
	CHECK_STR(seen(0, p), UNMAPPED);
	CHECK_STR(seen(1, p), UNMAPPED);
	end();
}

/* ---- kmap ---- */

static struct page *highmem_page(const char *text)
{
	struct page *page = alloc_pages(GFP_HIGHUSER, 0);

	REQUIRE(page && PageHighMem(page));
	strcpy(host_machine_phys(hm, page_to_phys(page)), text);
	return page;
}

/* Lets the CPU see a page through a slot; then goes on until the slot shows another page. */
static const char *wrap(void)
{
	struct page *page = highmem_page("old");
	const char *text;
	char *slot = kmap(page), *p = NULL;
	unsigned int i;

	CHECK_STR(seen(0, slot), "old");
	kunmap(page);
	for (i = 0; i <= LAST_PKMAP && p != slot; i++) {
		page = highmem_page("new");
		p = kmap(page);
		REQUIRE(p);
		CHECK_STR(p, "new");
		if (p != slot)
			kunmap(page);
	}
	CHECK_PTR(p, slot);
	text = seen(0, slot);
	kunmap(page);
	return text;
}

static void a_slot_used_again_shows_the_new_page(void)
{
	start("i386-pae");
	CHECK_STR(wrap(), "new");
	end();
	start("armv7");
	CHECK_STR(wrap(), "new");
	end();
}

static void a_window_that_wraps_without_flush_would_be_seen(void)
{
	start("i386-pae");
	host_machine_ignore_flushes(hm, true);
	CHECK_STR(wrap(), "old");
	end();
}

/* ---- kmap_local, fixmap ---- */

static const char *local_again(unsigned int nr)
{
	struct page *first = highmem_page("old"), *second = highmem_page("new");
	const char *text;
	char *p = kmap_local_page(first), *again;

	CHECK_STR(seen(0, p), "old");
	CHECK_STR(seen(1, p), "old");
	kunmap_local(p);
	again = kmap_local_page(second);
	CHECK_PTR(again, p);
	CHECK_STR(again, "new");
	text = seen(nr, again);
	kunmap_local(again);
	return text;
}

/* CPU 1 has no business with CPU 0's slots: nobody tells it. */
static void kunmap_local_flushes_this_cpu_alone(void)
{
	start("i386");
	CHECK_STR(local_again(0), "new");
	end();
	start("i386");
	CHECK_STR(local_again(1), "old");
	end();
}

static void a_kunmap_local_without_flush_would_be_seen(void)
{
	start("i386");
	host_machine_ignore_flushes(hm, true);
	CHECK_STR(local_again(0), "old");
	end();
}

static void a_fixmap_slot_set_again_shows_the_new_page(void)
{
	struct page *first, *second;
	char *p;

	start("x86_64");
	first = highmem_page("old");
	second = highmem_page("new");
	REQUIRE(set_fixmap(FIX_PORT_0, page_to_phys(first)) == 0);
	p = (char *)__fix_to_virt(FIX_PORT_0);
	CHECK_STR(seen(0, p), "old");
	CHECK_STR(seen(1, p), "old");
	REQUIRE(set_fixmap(FIX_PORT_0, page_to_phys(second)) == 0);
	CHECK_STR(seen(0, p), "new");
	CHECK_STR(seen(1, p), "new");
	REQUIRE(clear_fixmap(FIX_PORT_0) == 0);
	CHECK_STR(seen(0, p), UNMAPPED);
	end();
}

/* ---- all of it, at random ---- */

#define NR_THINGS 24

/* Something mapped, with a number at the start of each page. */
struct thing {
	char *addr; /* NULL: nothing */
	struct page *page; /* of a kmap; NULL: vmalloc */
	unsigned int pages;
	u64 number;
};

static struct thing things[NR_THINGS];
static u64 last_number;

static void make_thing(struct thing *t)
{
	unsigned int i;

	t->page = test_random_below(2) ? alloc_pages(GFP_HIGHUSER, 0) : NULL;
	t->pages = t->page ? 1 : 1 + (unsigned int)test_random_below(6);
	t->addr = t->page ? kmap(t->page) : vmalloc(t->pages * PAGE_SIZE);
	REQUIRE(t->addr);
	t->number = ++last_number << 8;
	for (i = 0; i < t->pages; i++)
		*(u64 *)(t->addr + i * PAGE_SIZE) = t->number + i;
}

static void drop_thing(struct thing *t)
{
	if (t->page) {
		kunmap(t->page);
		__free_pages(t->page, 0);
	} else {
		vfree(t->addr);
	}
	t->addr = NULL;
}

/* Pages of a thing that a CPU does not see as they are. */
static unsigned int wrong_pages(const struct thing *t, unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < t->pages; i++) {
		u64 va = kernel_va(t->addr + i * PAGE_SIZE), number = 0;

		if (host_mmu_read(cpu[nr], va, &number, sizeof(number), false, NULL))
			wrong++;
		else
			wrong += number != t->number + i;
	}
	return wrong;
}

static unsigned long use_at_random(unsigned long steps)
{
	unsigned long wrong = 0;
	unsigned int i;

	memset(things, 0, sizeof(things));
	while (steps--) {
		struct thing *t = &things[test_random_below(NR_THINGS)];

		if (t->addr && test_random_below(4))
			wrong += wrong_pages(t, (unsigned int)test_random_below(2));
		else if (t->addr)
			drop_thing(t);
		else
			make_thing(t);
		if (!test_random_below(50))
			vm_unmap_aliases();
		if (!test_random_below(200))
			kmap_flush_unused();
	}
	for (i = 0; i < NR_THINGS; i++)
		if (things[i].addr)
			drop_thing(&things[i]);
	return wrong;
}

static void whatever_is_mapped_every_cpu_sees_it(void)
{
	static const struct tlb_shape shapes[] = { { 1, 8, TLB_LRU }, { 64, 4, TLB_ROUND_ROBIN },
						   { 16, 64, TLB_LRU } };
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		struct tlb_counts counts;

		start("i386-pae");
		REQUIRE(host_machine_set_tlb(hm, &shapes[i]) == 0);
		cpu[0] = host_machine_mmu(hm, 0);
		cpu[1] = host_machine_mmu(hm, 1);
		CHECK_EQ(use_at_random(test_rounds(4000)), 0);
		counts = host_mmu_counts(cpu[0], NULL);
		CHECK(counts.hits > test_rounds(100) && counts.misses > test_rounds(100) &&
		      counts.flushes > test_rounds(20));
		CHECK_EQ(vmalloc_validate(), 0);
		CHECK_EQ(page_alloc_validate(), 0);
		end();
	}
}

static void without_flushes_that_would_not_be_so(void)
{
	unsigned long wrong;

	start("i386-pae");
	host_machine_ignore_flushes(hm, true);
	wrong = use_at_random(4000);
	tap_note("%lu pages were seen wrong", wrong);
	CHECK(wrong > 10);
	end();
}

/* ---- the MMUs of a machine ---- */

static void mmus_are_made_for_the_cpus_there_are(void)
{
	start("x86_64");
	CHECK_PTR(host_machine_mmu(hm, 0), cpu[0]);
	CHECK(cpu[0] != cpu[1]);
	CHECK_PTR(host_machine_mmu(hm, 2), NULL);
	CHECK(host_machine_set_tlb(hm, &(struct tlb_shape){ 3, 1, TLB_LRU }) < 0);
	CHECK_PTR(host_machine_mmu(hm, 0), cpu[0]);
	end();
}

static void a_boot_begins_with_empty_tlbs(void)
{
	char *p;

	start("x86_64");
	p = vmalloc(PAGE_SIZE);
	REQUIRE(p);
	strcpy(p, "old");
	CHECK_STR(seen(0, p), "old");
	quire_reset();
	REQUIRE(host_machine_boot(hm) == 0);
	cpu[0] = host_machine_mmu(hm, 0);
	REQUIRE(cpu[0]);
	CHECK_STR(seen(0, p), UNMAPPED);
	CHECK_EQ(host_mmu_counts(cpu[0], NULL).misses, 1);
	end();
}

const struct tap_test tap_tests[] = {
	TEST(what_a_pointer_shows_the_cpu_reads),
	TEST(the_cpu_reads_a_devices_registers),
	TEST(user_programs_and_guard_pages_fault),
	TEST(a_freed_area_is_known_until_the_purge),
	TEST(an_address_used_again_shows_the_new_page),
	TEST(a_purge_without_flush_would_be_seen),
	TEST(a_purge_reaches_every_cpu),
	TEST(a_slot_used_again_shows_the_new_page),
	TEST(a_window_that_wraps_without_flush_would_be_seen),
	TEST(kunmap_local_flushes_this_cpu_alone),
	TEST(a_kunmap_local_without_flush_would_be_seen),
	TEST(a_fixmap_slot_set_again_shows_the_new_page),
	TEST(whatever_is_mapped_every_cpu_sees_it),
	TEST(without_flushes_that_would_not_be_so),
	TEST(mmus_are_made_for_the_cpus_there_are),
	TEST(a_boot_begins_with_empty_tlbs),
	{ NULL, NULL },
};
