/* SPDX-License-Identifier: MIT */
/*
 * cpus.c - what a CPU has beyond its thread: an MMU, flushed by the library through
 * port_tlb_flush; and sleep (tier 3), a futex of the host.
 *
 * MMUs are made when somebody first asks for one, on the kernel's page table. Pointers of the
 * process need no translation, so a machine whose CPUs nobody looks through has none, and its
 * flushes cost nothing.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <quire/kvirt.h>
#include <quire/port.h>

#if CONFIG_MMU

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static bool copy_phys(void *ctx, u64 phys, void *buf, size_t len, bool is_write)
{
	return host_copy_phys(ctx, phys, buf, len, is_write);
}

static struct host_mmu *make_mmu(struct host_machine *hm)
{
	const struct tlb_shape *shape = hm->tlb_shape.sets ? &hm->tlb_shape : NULL;
	const struct pgtable *table = kernel_pgtable();
	struct host_mmu *mmu = table ? malloc(sizeof(*mmu)) : NULL;

	if (mmu && host_mmu_init(mmu, table->format, table->root, shape, copy_phys, hm)) {
		free(mmu);
		return NULL;
	}
	return mmu;
}

struct host_mmu *host_machine_mmu(struct host_machine *hm, unsigned int cpu)
{
	struct host_mmu *mmu;
	struct quire *before;

	if (cpu >= hm->nr_mmus)
		return NULL;
	mmu = atomic_load(&hm->mmus[cpu]);
	if (mmu)
		return mmu;
	pthread_mutex_lock(&making);
	mmu = atomic_load(&hm->mmus[cpu]);
	if (!mmu) {
		before = quire_select(hm->quire);
		mmu = make_mmu(hm);
		quire_select(before);
		atomic_store(&hm->mmus[cpu], mmu);
	}
	pthread_mutex_unlock(&making);
	return mmu;
}

int host_machine_set_tlb(struct host_machine *hm, const struct tlb_shape *shape)
{
	struct tlb trial;
	int err = tlb_init(&trial, shape);

	if (err)
		return err;
	tlb_free(&trial);
	host_drop_mmus(hm);
	hm->tlb_shape = *shape;
	return 0;
}

void host_machine_ignore_flushes(struct host_machine *hm, bool ignore)
{
	atomic_store(&hm->ignores_flushes, ignore);
}

static unsigned int this_cpu(void)
{
#if CONFIG_SMP
	return port_cpu_id();
#else
	return 0;
#endif
}

void port_tlb_flush(uintptr_t start, size_t size, unsigned int flags)
{
	struct host_machine *hm = host_machine_of(this_quire());
	unsigned int cpu = 0, end;
	u64 va;

	if (!hm || atomic_load(&hm->ignores_flushes))
		return;
	va = size ? kernel_va((void *)start) : 0;
	end = hm->nr_mmus;
	if (flags & TLB_THIS_CPU) {
		cpu = this_cpu();
		end = cpu < end ? cpu + 1 : cpu;
	}
	for (; cpu < end; cpu++) {
		struct host_mmu *mmu = atomic_load(&hm->mmus[cpu]);

		if (mmu)
			host_mmu_flush_range(mmu, va, size);
	}
}

#else

struct host_mmu *host_machine_mmu(struct host_machine *hm, unsigned int cpu)
{
	(void)hm;
	(void)cpu;
	return NULL;
}

int host_machine_set_tlb(struct host_machine *hm, const struct tlb_shape *shape)
{
	(void)hm;
	(void)shape;
	return -EINVAL;
}

void host_machine_ignore_flushes(struct host_machine *hm, bool ignore)
{
	(void)hm;
	(void)ignore;
}

#endif

int host_make_mmus(struct host_machine *hm, char *err, size_t size)
{
	hm->nr_mmus = hm->desc.nr_cpus ? hm->desc.nr_cpus : 1;
	hm->mmus = calloc(hm->nr_mmus, sizeof(*hm->mmus));
	return hm->mmus ? 0 : host_fail(err, size, "no memory for %u CPUs", hm->nr_mmus);
}

void host_drop_mmus(struct host_machine *hm)
{
	unsigned int cpu;

	for (cpu = 0; cpu < hm->nr_mmus && hm->mmus; cpu++) {
		struct host_mmu *mmu = atomic_exchange(&hm->mmus[cpu], NULL);

		if (!mmu)
			continue;
		host_mmu_free(mmu);
		free(mmu);
	}
}

void port_wait(const unsigned int *word, unsigned int value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void port_wake(const unsigned int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
