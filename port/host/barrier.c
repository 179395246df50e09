/* SPDX-License-Identifier: MIT */
/*
 * barrier.c - a memory barrier on every CPU that runs a thread of this process.
 *
 * membarrier(2) does just that. Where it is missing or forbidden, taking away the rights of a
 * page that was just written makes the kernel interrupt the same CPUs, to flush their TLBs,
 * and an interrupt is a barrier.
 */
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "port/host/host.h"

static bool ask_membarrier(void)
{
	static atomic_bool is_registered;

	if (!atomic_load(&is_registered)) {
		if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
			return false;
		atomic_store(&is_registered, true);
	}
	return !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

void host_cpu_barrier(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *page;

	if (ask_membarrier())
		return;
	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		abort();
	*page = 1;
	munmap((void *)page, size);
}
