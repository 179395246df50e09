/* SPDX-License-Identifier: MIT */
/*
 * windows.c - the kernel's windows of a test machine: where they are, and the hooks that
 * map RAM in them. In the machine's own addresses:
 *
 *                  32 bits        more
 *   direct map     0xc0000000     the upper half's first address
 *   vmalloc        0xf8000000     the upper half's second half
 *   pkmap          after vmalloc, LAST_PKMAP pages
 *   fixmap         after pkmap and a gap, FIXMAP_PAGES pages
 *
 * The whole is one reservation without access in the process.
 */
#include <stdatomic.h>
#include <sys/mman.h>

#include <quire/kvirt.h>
#include <quire/port.h>

#include "tests/support/support.h"

#define HOOK __attribute__((weak))
#define FIXMAP_PAGES 512u

static atomic_ulong tlb_flushes;

void test_machine_kvirt(struct quire_machine *m, const char *format)
{
	m->kvirt.format = pt_format_find(format);
	REQUIRE(m->kvirt.format);
	m->kvirt.layer = &quire_kvirt;
	m->page_shift = m->kvirt.format->level[0].shift;
	atomic_store(&tlb_flushes, 0);
}

unsigned long test_tlb_flushes(void)
{
	return atomic_load(&tlb_flushes);
}

static size_t vmalloc_bytes(const struct pt_format *f)
{
	return f->va_bits == 32 || sizeof(void *) == 4 ? (size_t)96 << 20 : (size_t)4 << 30;
}

char *test_windows_reserve(struct quire_machine *m, u64 ram_start, size_t *size)
{
	struct machine_kvirt *kv = &m->kvirt;
	const struct pt_format *f = kv->format;
	size_t page = (size_t)1 << f->level[0].shift, align = (size_t)2 << 20;
	u64 upper = f->va_bits == 32 ? 0xc0000000 : pt_canonical(f, (u64)1 << (f->va_bits - 1));
	uintptr_t at;
	char *room;

	/* Entries of eight bytes: half as many in a table, which is what pkmap is. */
	kv->last_pkmap = f->entry_bytes == 8 ? 512 : 1024;
	*size = vmalloc_bytes(f) + (kv->last_pkmap + 1 + FIXMAP_PAGES) * page + align;
	room = mmap(NULL, *size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED && sizeof(void *) == 4)
		tap_skip("no room in 32 bits for the kernel's windows");
	REQUIRE(room != MAP_FAILED);
	at = ((uintptr_t)room + align - 1) & ~(align - 1);
	kv->window = kv->vmalloc_start = at;
	kv->vmalloc_end = kv->pkmap_base = at + vmalloc_bytes(f);
	kv->fixmap_start = kv->pkmap_base + (kv->last_pkmap + 1) * page;
	kv->fixmap_end = kv->fixmap_start + FIXMAP_PAGES * page;
	kv->direct_map_va = upper - ram_start;
	kv->window_va = f->va_bits == 32 ? 0xf8000000
					 : pt_canonical(f, (u64)3 << (f->va_bits - 2));
	return room;
}

HOOK void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	(void)start;
	(void)size;
	(void)flags;
	atomic_fetch_add(&tlb_flushes, 1);
}

HOOK int port_window_map(uintptr_t addr, phys_addr_t phys, size_t size, unsigned int prot)
{
	int access = PROT_READ | (prot & PT_WRITE ? PROT_WRITE : 0), fd;
	u64 offset = 0;
	void *got;

	fd = test_ram_file(phys, &offset);
	got = mmap((void *)addr, size, access,
		   (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | MAP_FIXED, fd,
		   (off_t)offset);
	return got == MAP_FAILED ? -ENOMEM : 0;
}

HOOK void port_window_unmap(uintptr_t addr, size_t size)
{
	void *got = mmap((void *)addr, size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);

	CHECK(got != MAP_FAILED);
}
