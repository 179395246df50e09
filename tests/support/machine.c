/* SPDX-License-Identifier: MIT */
/*
 * machine.c - private machines for tests, whose RAM is a sparse mapping of the process.
 *
 *        guard | bank 0 |  hole  | bank 1 | guard
 *        none    r/w      none     r/w      none      <- protection
 *              ^ lowest bank               ^ end of the highest bank, or lowmem_end
 *
 * Pages of the mapping that are never touched cost nothing, so banks may lie far apart.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/quire.h>

#include "port/host/shadow.h"
#include "tests/support/support.h"

/*
 * Nobody simulates more RAM than this. A description that spans more is one that the
 * boot must refuse: it gets no RAM, and a boot that goes on all the same crashes.
 */
#define LARGEST_SPAN (1ULL << 44)

struct test_machine {
	struct quire_machine description;
	struct machine_bank *banks;
	struct machine_range *reserved;
	struct machine_hotplug *hotplug;
	struct quire *quire;
	struct quire *selected_before;
	char *ram; /* the mapping, guards included */
	char *first; /* its first byte of RAM, which is at ram_start */
	u64 mapped_end; /* what is above is in no direct map */
	size_t ram_size;
	char *metadata;
	size_t metadata_size;
	/* With a kernel page table RAM is a file, so that it can be mapped in a window too. */
	int ram_fd;
	u64 ram_start, ram_end;
	char *windows;
	size_t windows_size;
	struct test_machine *next;
};

/* The machines of the running test, the latest first. */
static struct test_machine *machines;

static void end_all_machines(void)
{
	while (machines)
		test_machine_end(&machines->description);
}

static struct test_machine *machine_of(const struct quire_machine *m)
{
	struct test_machine *machine = machines;

	while (machine && &machine->description != m)
		machine = machine->next;
	REQUIRE(machine);
	return machine;
}

struct quire_machine *test_machine_new(void)
{
	struct test_machine *machine = calloc(1, sizeof(*machine));

	REQUIRE(machine);
	machine->quire = calloc(1, sizeof(*machine->quire));
	REQUIRE(machine->quire);
	machine->ram_fd = -1;
	machine->next = machines;
	machines = machine;
	test_machines_cleanup = end_all_machines;
	machine->description.name = "test";
	machine->selected_before = quire_select(machine->quire);
	quire_reset();
	return &machine->description;
}

struct quire *test_machine_quire(const struct quire_machine *m)
{
	return machine_of(m)->quire;
}

void test_bank(struct quire_machine *m, phys_addr_t base, phys_addr_t size, int nid)
{
	struct test_machine *machine = machine_of(m);

	machine->banks = realloc(machine->banks, (m->nr_banks + 1) * sizeof(*machine->banks));
	REQUIRE(machine->banks);
	machine->banks[m->nr_banks++] = (struct machine_bank){ base, size, nid, 0 };
	m->banks = machine->banks;
}

void test_reserve(struct quire_machine *m, phys_addr_t base, phys_addr_t size)
{
	struct test_machine *machine = machine_of(m);

	machine->reserved =
		realloc(machine->reserved, (m->nr_reserved + 1) * sizeof(*machine->reserved));
	REQUIRE(machine->reserved);
	machine->reserved[m->nr_reserved++] = (struct machine_range){ base, size, NULL };
	m->reserved = machine->reserved;
}

void test_hotplug(struct quire_machine *m, phys_addr_t base, phys_addr_t size, int nid)
{
	struct test_machine *machine = machine_of(m);

	machine->hotplug = realloc(machine->hotplug, (m->nr_hotplug + 1) * sizeof(*machine->hotplug));
	REQUIRE(machine->hotplug);
	machine->hotplug[m->nr_hotplug++] = (struct machine_hotplug){ base, size, nid };
	m->hotplug = machine->hotplug;
}

ANNOTATE_UNCHECKED unsigned char test_peek(const volatile void *byte)
{
	return *(const volatile unsigned char *)byte;
}

ANNOTATE_UNCHECKED void test_poke(volatile void *byte, unsigned char value)
{
	*(volatile unsigned char *)byte = value;
}

static u64 round_up(u64 value, u64 align)
{
	return (value + align - 1) & ~(align - 1);
}

/* A sparse mapping of so many bytes. A 32-bit process that has no room skips the test. */
static char *map_sparse(u64 size, int protection)
{
	void *p = MAP_FAILED;

	if (size <= SIZE_MAX / 2)
		p = mmap(NULL, (size_t)size, protection,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED && sizeof(void *) == 4)
		tap_skip("no room in 32 bits to map 0x%llx bytes", (unsigned long long)size);
	REQUIRE(p != MAP_FAILED);
	return p;
}

static void fill_in_geometry(struct quire_geometry *geo, const struct quire_machine *m, u64 ram_end)
{
	geo->page_shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	geo->max_order = m->max_order ? m->max_order : CONFIG_MAX_ORDER;
	geo->block_order = m->block_order ? m->block_order : geo->max_order - 1;
	geo->nr_cpus = m->nr_cpus ? m->nr_cpus : 1;
	geo->direct_map = m->direct_map;
	geo->lowmem_end = m->lowmem_end ? m->lowmem_end : (phys_addr_t)ram_end;
	geo->phys_end = m->phys_bits && m->phys_bits < 64 ? (phys_addr_t)(1ULL << m->phys_bits)
							  : PHYS_ADDR_MAX;
}

/* The RAM of one bank, open to the test: [from, to) of the file, or anonymous. */
static void open_ram(const struct test_machine *machine, char *at, u64 from, u64 to)
{
	if (machine->ram_fd < 0)
		REQUIRE(!mprotect(at, (size_t)(to - from), PROT_READ | PROT_WRITE));
	else
		REQUIRE(mmap(at, (size_t)(to - from), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_FIXED, machine->ram_fd,
			     (off_t)(from - machine->ram_start)) != MAP_FAILED);
}

/* Opens what the banks have of [start, end) in the mapping, whose first byte is `start`. */
static void open_banks(const struct test_machine *machine, char *start_of_ram, u64 start, u64 end,
		       u64 host_page)
{
	const struct quire_machine *m = &machine->description;
	size_t i;

	for (i = 0; i < m->nr_banks; i++) {
		u64 from = m->banks[i].base & ~(host_page - 1);
		u64 to = round_up((u64)m->banks[i].base + m->banks[i].size, host_page);

		if (to > end)
			to = end;
		if (from < to)
			open_ram(machine, start_of_ram + (from - start), from, to);
	}
}

/* Room for the page structures and bitmaps of every frame up to the end, and then some. */
static void provide_metadata(struct test_machine *machine, u64 span, unsigned int page_shift)
{
	struct quire_machine *m = &machine->description;
	u64 size = (span >> page_shift) * (MEMMAP_BYTES_PER_FRAME + 8) + (64u << 20);

	machine->metadata = map_sparse(size, PROT_READ | PROT_WRITE);
	machine->metadata_size = (size_t)size;
	m->metadata = machine->metadata;
	m->metadata_size = (size_t)size;
}

static void make_ram_file(struct test_machine *machine, u64 start, u64 end)
{
	machine->ram_fd = memfd_create("ram", MFD_CLOEXEC);
	REQUIRE(machine->ram_fd >= 0);
	REQUIRE(!ftruncate(machine->ram_fd, (off_t)(end - start)));
	machine->ram_end = end;
}

void test_plug(struct quire_machine *m, phys_addr_t base, phys_addr_t size)
{
	struct test_machine *machine = machine_of(m);

	if (base < machine->mapped_end)
		open_ram(machine, machine->first + (base - machine->ram_start), base,
			 base + size < machine->mapped_end ? base + size : machine->mapped_end);
}

/* What was in it is forgotten. */
void test_unplug(struct quire_machine *m, phys_addr_t base, phys_addr_t size)
{
	struct test_machine *machine = machine_of(m);
	char *at = machine->first + (base - machine->ram_start);
	u64 end = base + size < machine->mapped_end ? base + size : machine->mapped_end;

	if (base < end)
		REQUIRE(mmap(at, (size_t)(end - base), PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != MAP_FAILED);
}

/* Called by the hooks of several threads: the list of machines does not change meanwhile. */
int test_ram_file(u64 phys, u64 *offset)
{
	const struct test_machine *machine = machines;

	while (machine && machine->quire != this_quire())
		machine = machine->next;
	if (!machine || machine->ram_fd < 0 || phys < machine->ram_start || phys >= machine->ram_end)
		return -1;
	*offset = phys - machine->ram_start;
	return machine->ram_fd;
}

void test_machine_ram(struct quire_machine *m)
{
	struct test_machine *machine = machine_of(m);
	unsigned int page_shift = m->page_shift ? m->page_shift : CONFIG_PAGE_SHIFT;
	u64 host_page = (u64)sysconf(_SC_PAGESIZE);
	u64 page = 1ULL << page_shift > host_page ? 1ULL << page_shift : host_page;
	u64 start = UINT64_MAX, ram_end = 0, end;
	size_t i;

	REQUIRE(!machine->ram);
	for (i = 0; i < m->nr_banks; i++) {
		u64 base = m->banks[i].base, bank_end = base + m->banks[i].size;

		start = base < start ? base : start;
		ram_end = bank_end > ram_end ? bank_end : ram_end;
	}
	for (i = 0; i < m->nr_hotplug; i++) {
		u64 base = m->hotplug[i].base, range_end = base + m->hotplug[i].size;

		start = base < start ? base : start;
		ram_end = range_end > ram_end ? range_end : ram_end;
	}
	start &= ~(page - 1);
	ram_end = round_up(ram_end, page);
	end = m->lowmem_end && m->lowmem_end < ram_end ? round_up(m->lowmem_end, page) : ram_end;
	if (end > start && end - start <= LARGEST_SPAN) {
		machine->ram_start = start;
		machine->mapped_end = end;
		if (m->kvirt.format)
			make_ram_file(machine, start, ram_end);
		machine->ram = map_sparse(end - start + 2 * page, PROT_NONE);
		machine->ram_size = (size_t)(end - start + 2 * page);
		machine->first = machine->ram + page;
		open_banks(machine, machine->first, start, end, host_page);
		m->direct_map = (uintptr_t)(machine->ram + page) - (uintptr_t)start;
		if (m->kvirt.format)
			machine->windows = test_windows_reserve(m, start, &machine->windows_size);
	}
	if ((m->flags & MACHINE_AS_DUMPED) && !m->metadata && machine->ram)
		provide_metadata(machine, ram_end - start, page_shift);
	fill_in_geometry(&machine->quire->geo, m, ram_end);
}

unsigned long test_free_blocks(const struct zone *zone, unsigned int order)
{
	unsigned long count[MAX_ORDER_LIMIT];

	zone_count_free_blocks(zone, -1, count);
	return count[order];
}

void test_machine_end(struct quire_machine *m)
{
	struct test_machine *machine = machine_of(m), **link = &machines;

	if (test_leaks_end)
		test_leaks_end(machine->quire);
	while (*link != machine)
		link = &(*link)->next;
	*link = machine->next;
	if (this_quire() == machine->quire)
		quire_select(machine->selected_before);
	for (link = &machines; *link; link = &(*link)->next)
		if ((*link)->selected_before == machine->quire)
			(*link)->selected_before = machine->selected_before;
	if (machine->ram) {
		host_forget_shadow(machine->ram, machine->ram_size);
		munmap(machine->ram, machine->ram_size);
	}
	if (machine->windows) {
		host_forget_shadow(machine->windows, machine->windows_size);
		munmap(machine->windows, machine->windows_size);
	}
	if (machine->ram_fd >= 0)
		close(machine->ram_fd);
	if (machine->metadata)
		munmap(machine->metadata, machine->metadata_size);
	free(machine->banks);
	free(machine->reserved);
	free(machine->hotplug);
	free(machine->quire);
	free(machine);
}
