/* SPDX-License-Identifier: MIT */
/*
 * machine.c - machines as wholes: made from a description, booted, found by address,
 * thrown away. RAM is ram.c's, the direct map window.c's.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/kvirt.h>

static _Atomic(struct host_machine *) live_machines;
static pthread_mutex_t live_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- metadata ---- */

/* An upper bound of what a boot keeps per page, block, node and CPU. Only what is used costs. */
static u64 metadata_bound(const struct host_machine *hm)
{
	const struct quire_machine *desc = &hm->desc;
	unsigned int shift = desc->page_shift ? desc->page_shift : CONFIG_PAGE_SHIFT;
	unsigned int order = desc->max_order ? desc->max_order : CONFIG_MAX_ORDER;
	u64 block = desc->nr_hotplug ? desc->memory_block_size ? desc->memory_block_size : 128ULL << 20 : 0;
	u64 pages = ((hm->last_phys - hm->first_phys + 2 * block) >> shift) + (2ULL << order);
	u64 nodes = 1, cpus = desc->nr_cpus ? desc->nr_cpus : 1;
	size_t i;

	for (i = 0; i < desc->nr_banks; i++)
		if (desc->banks[i].nid >= 0 && (u64)desc->banks[i].nid + 1 > nodes)
			nodes = (u64)desc->banks[i].nid + 1;
	for (i = 0; i < desc->nr_hotplug; i++)
		if (desc->hotplug[i].nid >= 0 && (u64)desc->hotplug[i].nid + 1 > nodes)
			nodes = (u64)desc->hotplug[i].nid + 1;
	return (4ULL << 20) + pages * (MEMMAP_BYTES_PER_FRAME + 2) +
	       nodes * (2 * sizeof(pg_data_t) +
			MAX_NR_ZONES * cpus * 2 * sizeof(struct per_cpu_pages)) +
	       nodes * nodes * MAX_NR_ZONES * 2 * sizeof(struct zoneref) +
	       (desc->flags & MACHINE_PAGE_OWNER ? pages * sizeof(struct page_owner) : 0) +
	       (desc->nr_banks + desc->nr_reserved + desc->nr_resources) * 256;
}

static int make_metadata(struct host_machine *hm, char *err, size_t size)
{
	u64 bytes = metadata_bound(hm);
	char text[32];

	if (!(hm->desc.flags & MACHINE_AS_DUMPED) || hm->desc.metadata)
		return 0;
	hm->metadata_size = (size_t)bytes;
	hm->metadata = bytes > SIZE_MAX / 2
			       ? MAP_FAILED
			       : mmap(NULL, hm->metadata_size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (hm->metadata == MAP_FAILED)
		return host_fail(err, size, "this computer has no room for %s of page structures",
				 host_size_text(bytes, text, sizeof(text)));
	hm->desc.metadata = hm->metadata;
	hm->desc.metadata_size = hm->metadata_size;
	return 0;
}

/* ---- the list of machines, for host_find_address ---- */

static void list_machine(struct host_machine *hm)
{
	pthread_mutex_lock(&live_lock);
	atomic_store(&hm->next, atomic_load(&live_machines));
	atomic_store(&live_machines, hm);
	pthread_mutex_unlock(&live_lock);
}

static void unlist_machine(struct host_machine *hm)
{
	_Atomic(struct host_machine *) *link = &live_machines;

	pthread_mutex_lock(&live_lock);
	while (atomic_load(link) && atomic_load(link) != hm)
		link = &atomic_load(link)->next;
	if (atomic_load(link))
		atomic_store(link, atomic_load(&hm->next));
	pthread_mutex_unlock(&live_lock);
}

struct host_machine *host_machine_of(const struct quire *quire)
{
	struct host_machine *hm;

	pthread_mutex_lock(&live_lock);
	hm = atomic_load(&live_machines);
	while (hm && hm->quire != quire)
		hm = atomic_load(&hm->next);
	pthread_mutex_unlock(&live_lock);
	return hm;
}

const struct host_machine *host_first_machine(void)
{
	return atomic_load(&live_machines);
}

enum host_place host_find_address(const void *addr, phys_addr_t *phys, pfn_t *pfn)
{
	const struct host_machine *hm;
	const struct host_bank *b;

	for (hm = atomic_load(&live_machines); hm; hm = atomic_load(&hm->next)) {
		u64 offset = (uintptr_t)addr - (uintptr_t)hm->window;
		unsigned int shift = hm->desc.page_shift;

		if (addr < (void *)hm->window || offset >= hm->mapped_end - hm->first_phys)
			continue;
		*phys = (phys_addr_t)(hm->first_phys + offset);
		*pfn = (pfn_t)(*phys >> (shift ? shift : CONFIG_PAGE_SHIFT));
		b = host_bank_of(hm, *phys);
		if (!b)
			return HOST_HOLE;
		return *phys < b->low_end ? HOST_LOWMEM : HOST_HIGHMEM;
	}
	return HOST_ELSEWHERE;
}

/* ---- whole machines ---- */

static int make_state(struct host_machine *hm, char *err, size_t size)
{
	void *state = mmap(NULL, sizeof(struct quire), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (state == MAP_FAILED)
		return host_fail(err, size, "no memory for the machine's state: %s",
				 strerror(errno));
	hm->quire = state;
	return 0;
}

/* The library's own checks, as if what is added later were there. */
static int check_description(const struct quire_machine *desc, char *err, size_t size)
{
	struct quire_machine probe = *desc;

	if ((desc->flags & MACHINE_AS_DUMPED) && !desc->metadata) {
		probe.metadata = &probe;
		probe.metadata_size = sizeof(probe);
	}
#if CONFIG_KERNEL_WINDOW
	if (desc->kvirt.format && !desc->kvirt.layer)
		probe.kvirt.layer = &quire_kvirt;
#endif
	return quire_check_machine(&probe, err, size);
}

struct host_machine *host_machine_create(const struct quire_machine *desc, char *err, size_t size)
{
	struct host_machine *hm;

	if (check_description(desc, err, size))
		return NULL;
	hm = calloc(1, sizeof(*hm));
	if (!hm) {
		host_fail(err, size, "%s", strerror(errno));
		return NULL;
	}
	hm->desc = *desc;
	hm->ram_fd = -1;
	hm->window = MAP_FAILED;
	hm->memmap = MAP_FAILED;
	hm->metadata = MAP_FAILED;
	hm->peek = MAP_FAILED;
	hm->kernel.base = MAP_FAILED;
	hm->kernel.device_fd = -1;
	if (host_plan_banks(hm, err, size) || host_make_ram(hm, err, size) ||
	    host_map_window(hm, err, size) || host_plan_memmap(hm, err, size) ||
	    make_metadata(hm, err, size) || make_state(hm, err, size) ||
	    host_make_mmus(hm, err, size)) {
		host_machine_destroy(hm);
		return NULL;
	}
	host_make_kernel_window(hm);
	list_machine(hm);
	quire_select(hm->quire);
	return hm;
}

void host_machine_destroy(struct host_machine *hm)
{
	if (!hm)
		return;
	unlist_machine(hm);
	if (hm->quire && this_quire() == hm->quire)
		quire_select(NULL);
	if (hm->quire)
		munmap(hm->quire, sizeof(struct quire));
	host_drop_mmus(hm);
	free(hm->mmus);
	host_drop_kernel_window(hm);
	host_unplug_all(hm);
	host_unmap_window(hm);
	if (hm->memmap != MAP_FAILED)
		munmap(hm->memmap, hm->memmap_size);
	if (hm->metadata != MAP_FAILED)
		munmap(hm->metadata, hm->metadata_size);
	if (hm->peek != MAP_FAILED)
		munmap(hm->peek, (size_t)host_page_size());
	if (hm->ram_fd >= 0)
		close(hm->ram_fd);
	free(hm->banks);
	free(hm);
}

struct quire *host_machine_select(struct host_machine *hm)
{
	return quire_select(hm->quire);
}

int host_machine_boot(struct host_machine *hm)
{
	host_machine_select(hm);
	/* A second boot finds all as the first one did. */
	if (hm->metadata != MAP_FAILED)
		madvise(hm->metadata, hm->metadata_size, MADV_DONTNEED);
	host_unplug_all(hm);
	host_drop_mmus(hm);
	host_clear_kernel_window(hm);
	return quire_boot(&hm->desc);
}

const struct quire_machine *host_machine_description(const struct host_machine *hm)
{
	return &hm->desc;
}

void *host_machine_phys(struct host_machine *hm, phys_addr_t phys)
{
	const struct host_bank *b = host_bank_of(hm, phys);
	u64 page = host_page_size();
	u64 in_page = phys & (page - 1);

	if (!b)
		return NULL;
	if (phys < b->low_end)
		return hm->window + (phys - hm->first_phys);
	if (hm->peek != MAP_FAILED)
		munmap(hm->peek, (size_t)page);
	hm->peek = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_SHARED, hm->ram_fd,
			(off_t)(b->offset + (phys - in_page - b->start)));
	return hm->peek == MAP_FAILED ? NULL : hm->peek + in_page;
}
