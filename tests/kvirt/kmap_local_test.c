/* SPDX-License-Identifier: MIT */
/*
 * kmap_local_test.c - kmap_local: each CPU's stack of slots, what is flushed, what is refused.
 */
#include "mm/lib/string.h"
#include "tests/kvirt/highmem_support.h"

/* The address of slot `depth` of a CPU. */
static void *slot_of(unsigned int cpu, unsigned int depth)
{
	return (void *)fix_to_virt(FIX_KMAP_BEGIN + cpu * KM_MAX_IDX + depth);
}

static unsigned int slots_in_use(void)
{
	struct highmem_stats stats;

	highmem_get_stats(&stats);
	return stats.local_used;
}

static void check_sound(void)
{
	CHECK_EQ(highmem_validate(), 0);
	CHECK_EQ(pt_validate(kernel_pgtable()), 0);
	CHECK_EQ(highmem_new_warnings(), 0);
}

static void lowmem_costs_nothing(void)
{
	struct page *page;
	void *addr;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = alloc_page(GFP_KERNEL);
	addr = kmap_local_page(page);
	CHECK_PTR(addr, page_address(page));
	CHECK_PTR(kmap_atomic(page), addr);
	CHECK_PTR(kmap_local_page_prot(page, PAGE_KERNEL_RO), addr);
	CHECK_EQ(slots_in_use(), 0);
	kunmap_local(addr);
	kunmap_local((char *)addr + 100);
	kunmap_atomic(addr);
	kunmap_local(phys_to_virt(0));
	kunmap_local((char *)phys_to_virt(MB(16)) - 1);
	CHECK_EQ(highmem_flushes(NULL), 0);
	check_sound();
}

static void pages_are_mapped_on_a_stack_of_slots(void)
{
	struct page *pages[3];
	u8 *addrs[3];
	int i;

	highmem_boot("i386-pae", 8, 1);
	highmem_watch();
	for (i = 0; i < 3; i++) {
		pages[i] = highmem_page();
		addrs[i] = kmap_local_page(pages[i]);
		CHECK_PTR(addrs[i], slot_of(0, (unsigned int)i));
		CHECK_EQ(highmem_translate(addrs[i]), page_to_phys(pages[i]));
		CHECK_PTR(kmap_to_page(addrs[i] + 7), pages[i]);
		memset(addrs[i], 0x40 + i, PAGE_SIZE);
		highmem_fill_tlbs();
	}
	CHECK_EQ(slots_in_use(), 3);
	CHECK_EQ(highmem_validate(), 0);
	for (i = 2; i >= 0; i--) {
		CHECK_EQ(addrs[i][0], 0x40 + i);
		CHECK_EQ(addrs[i][PAGE_SIZE - 1], 0x40 + i);
		kunmap_local(addrs[i] + i * 1000); /* anywhere in the page */
		CHECK_EQ(highmem_translate(addrs[i]), 0);
		highmem_fill_tlbs();
	}
	CHECK_EQ(slots_in_use(), 0);
	check_sound();
}

static void one_page_may_be_mapped_twice(void)
{
	struct page *page;
	u8 *first, *second;

	highmem_boot("sv39", 8, 1);
	page = highmem_page();
	first = kmap_local_page(page);
	second = kmap_local_page(page);
	CHECK(first != second);
	first[5] = 99;
	CHECK_EQ(second[5], 99);
	CHECK(!page_address(page)); /* kmap_local's addresses are nobody else's business */
	kunmap_local(second);
	first[6] = 98;
	CHECK_EQ(first[5], 99);
	kunmap_local(first);
	check_sound();
}

static void each_unmap_flushes_its_own_page_on_this_cpu_alone(void)
{
	struct page *page;
	struct flush flush;
	void *addr, *inner;

	highmem_boot("i386", 8, 3);
	highmem_watch();
	test_set_cpu(2);
	page = highmem_page();
	addr = kmap_local_page(page);
	inner = kmap_local_page(page);
	CHECK_EQ(highmem_flushes(NULL), 0);
	kunmap_local(inner);
	CHECK_EQ(highmem_flushes(&flush), 1);
	CHECK_EQ(flush.start, (uintptr_t)inner);
	CHECK_EQ(flush.size, PAGE_SIZE);
	CHECK_EQ(flush.flags, TLB_THIS_CPU);
	CHECK_EQ(flush.cpu, 2);
	kunmap_local(addr);
	CHECK_EQ(highmem_flushes(&flush), 2);
	CHECK_EQ(flush.start, (uintptr_t)addr);
	check_sound();
}

static void each_cpu_has_slots_of_its_own(void)
{
	struct page *pages[4];
	void *addrs[4];
	unsigned int cpu;

	highmem_boot("armv7", 8, 4);
	highmem_watch();
	for (cpu = 0; cpu < 4; cpu++) {
		test_set_cpu(cpu);
		pages[cpu] = highmem_page();
		addrs[cpu] = kmap_local_page(pages[cpu]);
		CHECK_PTR(addrs[cpu], slot_of(cpu, 0));
		CHECK_EQ(highmem_translate(addrs[cpu]), page_to_phys(pages[cpu]));
		highmem_fill_tlbs();
	}
	CHECK_EQ(slots_in_use(), 4);
	log_clear();
	kunmap_local(addrs[1]); /* CPU 3 cannot take what CPU 1 mapped */
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK(log_contains("it is not the last one that this CPU mapped"));
	CHECK_EQ(highmem_translate(addrs[1]), page_to_phys(pages[1]));
	for (cpu = 0; cpu < 4; cpu++) {
		test_set_cpu(cpu);
		kunmap_local(addrs[cpu]);
		highmem_fill_tlbs();
	}
	CHECK_EQ(slots_in_use(), 0);
	check_sound();
	test_set_cpu(0);
}

/* Refused with these words, and all stays as it is. */
static void check_refused(const void *addr, const char *words)
{
	unsigned int used = slots_in_use();

	log_clear();
	kunmap_local(addr);
	CHECK_EQ(highmem_new_warnings(), 1);
	if (!log_contains(words))
		CHECK_STR(log_text(), words);
	CHECK_EQ(slots_in_use(), used);
	CHECK_EQ(highmem_validate(), 0);
}

static void unmaps_in_the_wrong_order_and_of_foreign_addresses_are_refused(void)
{
	struct page *page;
	void *first, *second, *kmapped;

	highmem_boot("i386", 8, 1);
	page = highmem_page();
	kmapped = kmap(page);
	check_refused(slot_of(0, 0), "this CPU has none mapped");
	first = kmap_local_page(page);
	second = kmap_local_page(page);
	check_refused(first, "it is not the last one that this CPU mapped");
	check_refused(slot_of(0, 2), "it is not the last one that this CPU mapped");
	check_refused(kmapped, "it is kmap's: kunmap takes the page");
	check_refused((void *)fix_to_virt(FIX_EARLYCON), "it is nobody's");
	check_refused((void *)this_quire()->kvirt.layout.vmalloc_start, "it is nobody's");
	check_refused((char *)slot_of(0, 0) + PAGE_SIZE, "it is nobody's");
	check_refused((void *)(FIXADDR_TOP + PAGE_SIZE), "it is nobody's");
	check_refused(NULL, "it is nobody's");
	kunmap_local(second);
	check_refused(second, "it is not the last one that this CPU mapped");
	kunmap_local(first);
	check_refused(first, "this CPU has none mapped");
	kunmap(page);
	check_sound();
}

static void sixteen_pages_at_once_and_no_more(void)
{
	struct page *page;
	void *addrs[KM_MAX_IDX];
	int i;

	highmem_boot("i386", 8, 2);
	highmem_watch();
	page = highmem_page();
	for (i = 0; i < KM_MAX_IDX; i++) {
		addrs[i] = kmap_local_page(page);
		CHECK_EQ(highmem_translate(addrs[i]), page_to_phys(page));
	}
	log_clear();
	CHECK(!kmap_local_page(page));
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK(log_contains("this CPU has no slot left: KM_MAX_IDX pages are mapped"));
	test_set_cpu(1);
	kunmap_local(kmap_local_page(page));
	test_set_cpu(0);
	highmem_fill_tlbs();
	for (i = KM_MAX_IDX - 1; i >= 0; i--)
		kunmap_local(addrs[i]);
	CHECK_EQ(highmem_flushes(NULL), KM_MAX_IDX + 1);
	check_sound();
}

static void protections_and_cache_types_are_those_asked_for(void)
{
	struct pt_entry found;
	struct page *page;
	void *addr;

	highmem_boot("x86_64", 8, 1);
	page = highmem_page();
	addr = kmap_local_page(page);
	REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(addr), &found));
	CHECK_EQ(found.prot, PAGE_KERNEL.prot);
	CHECK_EQ(found.cache, PT_CACHE_WB);
	CHECK_EQ(found.level, 0);
	kunmap_local(addr);
	addr = kmap_local_page_prot(page, pgprot_noncached(PAGE_KERNEL_RO));
	REQUIRE(!pt_lookup(kernel_pgtable(), kernel_va(addr), &found));
	CHECK_EQ(found.phys, page_to_phys(page));
	CHECK_EQ(found.prot & (PT_WRITE | PT_EXEC | PT_USER), 0);
	CHECK_EQ(found.cache, PT_CACHE_UC);
	CHECK_EQ(*(u8 *)addr, *(u8 *)addr); /* readable */
	kunmap_local(addr);
	check_sound();
}

static void protections_that_the_format_does_not_have_are_refused(void)
{
	struct page *page;

	highmem_boot("sv39", 8, 1);
	page = highmem_page();
	CHECK(!kmap_local_page_prot(page, __pgprot(PT_DIRTY))); /* may not even be read */
	CHECK(log_contains("the format of the page table cannot hold it"));
	CHECK(!kmap_local_page_prot(page, (pgprot_t){ PAGE_KERNEL.prot, PT_NR_CACHES }));
	CHECK_EQ(highmem_new_warnings(), 2);
	CHECK_EQ(slots_in_use(), 0);
	check_sound();
}

static void a_frame_without_a_page_structure_can_be_mapped(void)
{
	pfn_t device = 0xfee00;
	pfn_t lowmem = 0x100;
	void *addr;

	highmem_boot("i386", 8, 1);
	CHECK(!pfn_valid(device));
	addr = kmap_local_pfn_prot(device, pgprot_noncached(PAGE_KERNEL));
	CHECK_EQ(highmem_translate(addr), PFN_PHYS(device));
	CHECK(!kmap_to_page(addr));
	kunmap_local(addr);
	addr = kmap_local_pfn(lowmem); /* takes a slot all the same */
	CHECK_PTR(addr, slot_of(0, 0));
	test_poke(phys_to_virt(PFN_PHYS(lowmem)), 77);
	CHECK_EQ(*(u8 *)addr, 77);
	CHECK_PTR(kmap_to_page(addr), pfn_to_page(lowmem));
	kunmap_local(addr);
	CHECK(!kmap_local_pfn((pfn_t)1 << 20)); /* plain i386 has 32 address lines */
	CHECK_EQ(highmem_new_warnings(), 1);
	check_sound();
}

static void a_page_that_the_host_cannot_map_takes_no_slot(void)
{
	struct page *page;
	void *addr, *inner;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = highmem_page();
	addr = kmap_local_page(page);
	highmem_fail_maps = 1;
	log_clear();
	CHECK(!kmap_local_page(page));
	CHECK(log_contains("the host has no memory for it"));
	CHECK_EQ(highmem_new_warnings(), 1);
	CHECK_EQ(slots_in_use(), 1);
	CHECK_EQ(highmem_validate(), 0);
	inner = kmap_local_page(page);
	CHECK_PTR(inner, slot_of(0, 1));
	kunmap_local(inner);
	kunmap_local(addr);
	check_sound();
}

/* ---- an interrupt handler that maps a page in the middle of it ---- */

static struct page *handler_page;
static unsigned int handled;

static void handler(void)
{
	u8 *addr = kmap_local_page(handler_page);

	CHECK_EQ(highmem_translate(addr), page_to_phys(handler_page));
	addr[0]++;
	highmem_fill_tlbs();
	kunmap_local(addr);
	highmem_fill_tlbs();
	handled++;
}

static void an_interrupt_handler_may_map_at_any_point(void)
{
	struct page *page;
	u8 *addr;
	int i;

	highmem_boot("i386", 8, 1);
	highmem_watch();
	page = highmem_page();
	handler_page = highmem_page();
	clear_highpage(handler_page);
	handled = 0;
	for (i = 0; i < 10; i++) {
		highmem_interrupt = handler; /* while it is mapped */
		addr = kmap_local_page(page);
		CHECK_PTR(addr, slot_of(0, 0));
		CHECK_EQ(highmem_translate(addr), page_to_phys(page));
		addr[i] = (u8)i;
		handler(); /* in between */
		CHECK_EQ(addr[i], i);
		highmem_interrupt = handler; /* while it is unmapped */
		kunmap_local(addr);
		CHECK_EQ(slots_in_use(), 0);
		highmem_fill_tlbs();
	}
	CHECK_EQ(handled, 30);
	addr = kmap_local_page(handler_page);
	CHECK_EQ(addr[0], 30);
	kunmap_local(addr);
	check_sound();
}

static void slots_that_lie_in_several_page_tables_are_found(void)
{
	/* ARMv7's tables map 1 MB: 40 CPUs have 2.5 MB of slots */
	struct quire_machine *m = highmem_machine("armv7", 8, 40);
	struct page *page;
	unsigned int cpu;

	REQUIRE(quire_boot(m) == 0);
	highmem_new_warnings();
	page = highmem_page();
	for (cpu = 0; cpu < 40; cpu++) {
		u8 *outer, *inner;

		test_set_cpu(cpu);
		outer = kmap_local_page(page);
		inner = kmap_local_page(page);
		CHECK_PTR(outer, slot_of(cpu, 0));
		CHECK_EQ(highmem_translate(outer), page_to_phys(page));
		CHECK_EQ(highmem_translate(inner), page_to_phys(page));
		*outer = (u8)cpu;
		CHECK_EQ(*inner, cpu);
	}
	CHECK_EQ(slots_in_use(), 80);
	check_sound();
	test_set_cpu(0);
}

const struct tap_test tap_tests[] = {
	TEST(lowmem_costs_nothing),
	TEST(pages_are_mapped_on_a_stack_of_slots),
	TEST(one_page_may_be_mapped_twice),
	TEST(each_unmap_flushes_its_own_page_on_this_cpu_alone),
	TEST(each_cpu_has_slots_of_its_own),
	TEST(unmaps_in_the_wrong_order_and_of_foreign_addresses_are_refused),
	TEST(sixteen_pages_at_once_and_no_more),
	TEST(protections_and_cache_types_are_those_asked_for),
	TEST(protections_that_the_format_does_not_have_are_refused),
	TEST(a_frame_without_a_page_structure_can_be_mapped),
	TEST(a_page_that_the_host_cannot_map_takes_no_slot),
	TEST(an_interrupt_handler_may_map_at_any_point),
	TEST(slots_that_lie_in_several_page_tables_are_found),
	{ NULL, NULL },
};
