/* SPDX-License-Identifier: MIT */
/*
 * window.c - the direct map: a window of address space in which physical p is at
 * direct_map + p.
 *
 *   direct_map + 0    bank 0            hole           bank 1    lowmem_end   highmem
 *              |      [memfd, shared]   [nothing]      [memfd, shared] |      [nothing] |
 *
 * The whole window is reserved without access first, so whatever nobody mapped - holes,
 * highmem - faults when touched, and no library of the host can settle there. Highmem
 * is in the memfd only: it gets an address when something maps it, as on the real thing.
 *
 * Windows stand at fixed addresses (slots), so that two runs of the same machine give
 * the same pointers. Where the fixed places are taken or the host is too small for them,
 * the kernel chooses.
 */
#include "port/host/internal.h"
#include "port/host/shadow.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* ThreadSanitizer keeps its shadow where the slots of other builds are. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

/* The slots: first address, distance, and where they end. All multiples of any page size. */
#define SLOT_FIRST (UNDER_TSAN ? 0x001000000000ULL : 0x200000000000ULL)
#define SLOT_STEP (UNDER_TSAN ? 0x000400000000ULL : 0x010000000000ULL)
#define SLOT_LIMIT (UNDER_TSAN ? 0x008000000000ULL : 0x500000000000ULL)

static void *reserve_at(u64 addr, size_t size)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *got = mmap((void *)(uintptr_t)addr, size, PROT_NONE,
			 flags | (addr ? MAP_FIXED_NOREPLACE : 0), -1, 0);

	/* Kernels before 4.17 take the address as a hint. */
	if (got != MAP_FAILED && addr && got != (void *)(uintptr_t)addr) {
		munmap(got, size);
		errno = EEXIST;
		return MAP_FAILED;
	}
	return got;
}

void *host_reserve(u64 skip, size_t size)
{
	u64 slot;

	if (sizeof(void *) == 4)
		return reserve_at(0, size);
	for (slot = SLOT_FIRST; slot + skip + size <= SLOT_LIMIT; slot += SLOT_STEP) {
		void *window = reserve_at(slot + skip, size);

		if (window != MAP_FAILED || errno != EEXIST)
			return window;
	}
	return reserve_at(0, size);
}

static const char *why_no_room(void)
{
	struct rlimit rl;

	return !getrlimit(RLIMIT_AS, &rl) && rl.rlim_cur != RLIM_INFINITY
		       ? "the limit on address space is lower (ulimit -v)"
		       : "the address space of a process has no room for them";
}

int host_map_window(struct host_machine *hm, char *err, size_t size)
{
	u64 span = hm->mapped_end - hm->first_phys;
	char text[32];
	size_t i;

	if (span > SIZE_MAX / 2) {
		errno = ENOMEM;
		hm->window = MAP_FAILED;
	} else {
		/* RAM that starts far up begins the slot itself: direct_map then lies below it. */
		hm->window =
			host_reserve(hm->first_phys < SLOT_STEP ? hm->first_phys : 0, (size_t)span);
	}
	if (hm->window == MAP_FAILED)
		return host_fail(err, size,
				 "this computer cannot hold %s of physical addresses: %s",
				 host_size_text(span, text, sizeof(text)),
				 errno == ENOMEM ? why_no_room() : strerror(errno));
	for (i = 0; i < hm->desc.nr_banks; i++) {
		const struct host_bank *b = &hm->banks[i];

		if (b->low_end > b->start &&
		    mmap(hm->window + (b->start - hm->first_phys), (size_t)(b->low_end - b->start),
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, hm->ram_fd,
			 (off_t)b->offset) == MAP_FAILED)
			return host_fail(err, size, "bank %zu cannot be mapped: %s", i,
					 strerror(errno));
	}
	hm->desc.direct_map = (uintptr_t)hm->window - (uintptr_t)hm->first_phys;
	return 0;
}

void host_unmap_window(struct host_machine *hm)
{
	size_t size = (size_t)(hm->mapped_end - hm->first_phys);

	if (hm->window == MAP_FAILED)
		return;
	host_forget_shadow(hm->window, size);
	munmap(hm->window, size);
}
